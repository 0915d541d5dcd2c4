"""``groundswell ask``: what to ask, and whom, so that the next plan knows better."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import words


@app.command()
def ask(
    folder: Folder = None,
    question: Annotated[str | None, typer.Option(help="Whose people are listed; left out: the first.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many people are listed.")] = 20,
    write: Annotated[Path | None, typer.Option(help="A CSV file for all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank what could be asked by how many decisions the answers would change, and list whom to ask."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.ask(question=question, most=most, target=write)
        say = words(campaign.settings.spec.languages[0])
        asked = next((one["people"] for one in found["questions"] if one["question"] == found["asked"]), 0)
        more = ["", say("ask.saved", rows=f"{asked:,}", file=write)] if write else []
        _show(found, as_json, lambda: [*campaign.tell_ask(found), *more])
