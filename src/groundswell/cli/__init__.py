"""The command ``groundswell``: parse, make one call, tell the result.

Nothing heavy is imported before a command needs it: ``groundswell --help`` answers at once.
"""

import groundswell.cli.ask
import groundswell.cli.contacts
import groundswell.cli.experiments
import groundswell.cli.keeping
import groundswell.cli.lessons
import groundswell.cli.linking
import groundswell.cli.lists
import groundswell.cli.mapping
import groundswell.cli.profile
import groundswell.cli.purposes
import groundswell.cli.rights
import groundswell.cli.rounds
import groundswell.cli.scores
import groundswell.cli.segments
import groundswell.cli.tsunami
import groundswell.cli.wishes  # noqa: F401 - their commands
from groundswell.cli.commands import app, main

__all__ = ["app", "main"]
