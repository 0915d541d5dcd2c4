"""``stop``, ``consent``, ``suppress``, ``lift``: what people want; ``people``, ``imports``, ``undo``: who there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app

if TYPE_CHECKING:
    from groundswell.campaigns import Campaign
    from groundswell.campaigns.wishes import Noted

Who = Annotated[str, typer.Argument(help="A person's id or full name, a telephone number, or an e-mail address.")]
In = Annotated[Path | None, typer.Option("-C", "--campaign", metavar="FOLDER", help="The campaign's folder.")]
Through = Annotated[str, typer.Option("--channel", help="One channel only; left out: all of them.")]
From = Annotated[str, typer.Option("--source", help="Who heard it, and where.")]
Words = Annotated[str, typer.Option("--words", help="The words they said, or were shown.")]


class Reason(StrEnum):
    """Why somebody must not be contacted."""

    do_not_call = "do-not-call"
    bounced = "bounced"
    deceased = "deceased"
    moved = "moved"
    wrong_number = "wrong-number"
    refused = "refused"
    complaint = "complaint"


Why = Annotated[Reason, typer.Option("--reason", help="Why they must not be contacted.")]


@app.command()
def stop(
    who: Who,
    folder: In = None,
    channel: Through = "*",
    source: From = "said to the campaign",
    words: Words = "",
    as_json: AsJson = False,
) -> None:
    """Somebody said stop: nothing goes to them any more, and they are taken off every list."""
    _note(folder, as_json, lambda campaign: campaign.stop(who, channel=channel, source=source, words=words))


@app.command()
def consent(
    who: Who,
    folder: In = None,
    channel: Through = "*",
    source: From = "said to the campaign",
    words: Words = "",
    as_json: AsJson = False,
) -> None:
    """Somebody said, themself, that they may be spoken to. A file can never say so for somebody who said stop."""
    _note(folder, as_json, lambda campaign: campaign.consent(who, channel=channel, source=source, words=words))


@app.command()
def suppress(
    who: Who, reason: Why, folder: In = None, source: From = "noted by the campaign", as_json: AsJson = False
) -> None:
    """Put somebody on the list of those who must not be contacted."""
    _note(folder, as_json, lambda campaign: campaign.suppress(who, reason.value, source=source))


@app.command()
def lift(
    who: Who, reason: Why, folder: In = None, source: From = "noted by the campaign", as_json: AsJson = False
) -> None:
    """Take somebody off that list again; it stays written down that they were on it."""
    _note(folder, as_json, lambda campaign: campaign.lift(who, reason.value, source=source))


@app.command()
def people(
    folder: Folder = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As it was known on that day; left out: today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who there is: people, homes, contacts, teams, places, and who must not be contacted."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.people(as_of=as_of.date() if as_of else None)
        _show(found, as_json, lambda: campaign.tell_people(found))


@app.command()
def home(
    person: Annotated[str, typer.Argument(help="The person's id, or the full name where only one has it.")],
    folder: In = None,
    as_json: AsJson = False,
) -> None:
    """Say who lives with somebody, and what each of them cares about, as the last round has it."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.home(person)
        _show(found, as_json, lambda: campaign.tell_home(found))


@app.command()
def imports(folder: Folder = None, as_json: AsJson = False) -> None:
    """List what was imported, and what was undone."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.imports()
        _show({"format": 1, "imports": found}, as_json, lambda: campaign.tell_imports(found))


@app.command()
def undo(
    number: Annotated[int, typer.Argument(min=1, help="Which import: the number that  groundswell imports  shows.")],
    folder: Folder = None,
    now: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it is undone; left out: today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take back an import, as if it had never come. Who said stop in it has said so all the same."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.undo(number, now=now.date() if now else None)
        _show({"format": 1, **found}, as_json, lambda: campaign.tell_undone(found))


def _note(folder: Path | None, as_json: bool, act: Callable[[Campaign], Noted]) -> None:
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = act(campaign)
        _show(found.as_json(), as_json, lambda: campaign.tell_noted(found))
