"""``groundswell contacts``: how many were really reached, and what that did."""

from __future__ import annotations

from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, Sets, _campaign, _show, _told, app


@app.command()
def contacts(
    folder: Folder = None,
    sets: Sets = None,
    by: Annotated[
        str | None, typer.Option(help="SQL over a person's row, such as  turf: told for each value, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many of those on the lists were reached, and what that did: to all on the lists, and to those reached."""
    with _told(as_json):
        campaign = _campaign(folder, sets)
        found = campaign.contacts(by=by)
        _show(found, as_json, lambda: campaign.tell_contacts(found))
