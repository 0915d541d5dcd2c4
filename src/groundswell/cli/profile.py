"""``groundswell profile``: one person as a page that a human can read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, _campaign, _show, _told, app
from groundswell.vocabulary import words


@app.command()
def profile(
    folder_or_person: Annotated[str, typer.Argument(metavar="[FOLDER] PERSON", help="The person's id or full name.")],
    person: Annotated[str | None, typer.Argument(hidden=True)] = None,
    write: Annotated[Path | None, typer.Option(help="The same as a page, into this HTML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a person: what is known, what is foretold, what was sent, and the evidence of each."""
    with _told(as_json):
        folder, who = (Path(folder_or_person), person) if person is not None else (None, folder_or_person)
        campaign = _campaign(folder, None)
        found = campaign.profile(who)
        language = campaign.settings.spec.languages[0]
        more = []
        if write is not None:
            from groundswell.tables import write_text  # noqa: PLC0415 - heavy

            write_text(found.page(language), write)
            more = ["", words(language)("profile.told", file=write)]
        _show(found.as_json(), as_json, lambda: [found.told(language), *more])
