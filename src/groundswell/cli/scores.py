"""``groundswell scores``: what can be told of everybody from those who were asked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import words


@app.command()
def scores(
    folder: Folder = None,
    write: Annotated[
        Path | None, typer.Option(help="A CSV file for everybody's scores, each with the facts that moved it most.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What folds are drawn with.")] = 0,
    now: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; left out: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Learn the scores of campaign.toml, and say what each is worth."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.scores(now=now.date() if now else None, seed=seed, target=write)
        say = words(campaign.settings.spec.languages[0])
        more = [say("scores.saved", rows=f"{found['rows']:,}", file=write)] if write else []
        _show(found, as_json, lambda: [*campaign.tell_scores(found), *more])
