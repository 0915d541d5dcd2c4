"""The command ``groundswell``: parse, make one call, tell the result.

Nothing heavy is imported before a command needs it: ``groundswell --help`` answers at once.
"""

import groundswell.cli.rounds
import groundswell.cli.tsunami  # noqa: F401 - its command
from groundswell.cli.commands import app, main

__all__ = ["app", "main"]
