"""``groundswell lists``: calling lists and walk lists, and who has which."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app


@app.command()
def lists(
    folder: Folder = None,
    team: Annotated[str | None, typer.Option(help="Tell only the lists of one team.")] = None,
    take: Annotated[
        str | None, typer.Option(metavar="LIST", help="As an organiser: take a list for your team.")
    ] = None,
    give_back: Annotated[str | None, typer.Option(metavar="LIST", help="As an organiser: give a list back.")] = None,
    order: Annotated[
        str | None, typer.Option(metavar="LIST", help="As an organiser: put a list in another order, with --first.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="The organiser's id in the file of messengers.")] = None,
    to: Annotated[
        str | None, typer.Option("--for", help="With --take: the messenger who gets it; left out: the organiser.")
    ] = None,
    first: Annotated[
        str | None, typer.Option(help="With --order: the ids of those who stand first, with commas.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a calling list for each volunteer and a walk list for each turf; or take, give back, put in order one of them."""
    chosen = {"take": take, "return": give_back, "order": order}
    wanted = {what: name for what, name in chosen.items() if name is not None}
    if len(wanted) > 1 or (wanted and by is None) or (order is not None and not first):
        raise typer.BadParameter("one of --take, --give-back, --order with --by; and --first with --order")
    with _told(as_json):
        campaign = _campaign(folder, None)
        if wanted:
            ((what, name),) = wanted.items()
            heads = tuple(part.strip() for part in (first or "").split(",") if part.strip())
            done = campaign.hand_out(what, name, by=by or "", messenger=to, first=heads)
            _show({"format": 1, **done}, as_json, lambda: campaign.tell_handed(done))
        else:
            found: dict[str, Any] = campaign.lists(team=team)
            _show(found, as_json, lambda: campaign.tell_lists(found))
