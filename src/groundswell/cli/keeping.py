"""``groundswell backup`` and ``restore``: a campaign's whole folder in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _here, _show, _told, app


@app.command()
def backup(
    folder: Folder = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A new file, or a folder for it; left out: beside the campaign's folder."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the whole folder and the ledger into one file; others may go on working in it."""
    with _told(as_json):
        from groundswell.campaigns.backup import backup as copy  # noqa: PLC0415 - heavy

        made = copy(_campaign(folder, None).folder, to)
        _show(made.as_json(), as_json, lambda: made.lines)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What  groundswell backup  made.")],
    folder: Annotated[
        Path | None, typer.Argument(help="A new or an empty folder for the campaign; left out: that of -C.")
    ] = None,
    keep_ledger: Annotated[
        bool, typer.Option("--keep-ledger", help="The campaign's database still has its ledger: leave it as it is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a campaign back from a backup, every file checked, whole or not at all."""
    place = folder or _here.get("folder")
    if place is None:
        raise typer.BadParameter("Say which new or empty folder it shall go to.", param_hint="FOLDER")
    with _told(as_json):
        from groundswell.campaigns.restore import restore as bring_back  # noqa: PLC0415 - heavy

        done = bring_back(file, place, keep_ledger=keep_ledger)
        _show(done.as_json(), as_json, lambda: done.lines)
