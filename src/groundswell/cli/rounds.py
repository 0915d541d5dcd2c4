"""``groundswell new``, ``import`` and ``rounds``: a campaign from its first day on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _progress, _show, _told, app


class Example(StrEnum):
    """Made-up places to start from."""

    town = "town"
    village = "village"
    company = "company"


class Truth(StrEnum):
    """What is true of a made-up town or company."""

    smooth = "smooth"
    steps = "steps"
    hidden = "hidden"
    none = "none"


class Kind(StrEnum):
    """What a file holds."""

    people = "people"
    events = "events"
    remarks = "remarks"
    outcomes = "outcomes"
    consents = "consents"
    suppressions = "suppressions"


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where to make the campaign: a new or an empty folder.")],
    example: Annotated[Example, typer.Option(help="The made-up place it starts from.")] = Example.town,
    people: Annotated[
        int | None,
        typer.Option(min=500, max=10_000_000, help="How many people live there; left out: 20,000, of a company 5,000."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another place.")] = 0,
    truth: Annotated[
        Truth, typer.Option(help="What is true: of a town smooth, steps or none, of a company hidden or none.")
    ] = Truth.smooth,
    as_json: AsJson = False,
) -> None:
    """Make a campaign's folder from an example: a made-up town, company or village whose truth is known."""
    if people is not None and people < 1_000 and example is not Example.company:
        raise typer.BadParameter(f"{people} is not in the range x>=1000.", param_hint="--people")
    with _told(as_json):
        from groundswell.campaigns import make_example  # noqa: PLC0415 - heavy

        count = people or (5_000 if example is Example.company else 20_000)
        lines = make_example(folder, example=example.value, people=count, seed=seed, truth=truth.value)
        _show({"format": 1, "folder": str(folder), "example": example.value}, as_json, lambda: lines)


@app.command(name="import")
def import_(
    file: Annotated[
        str, typer.Argument(help="CSV, TSV, XLSX or Parquet, packed or not; with --query, a database's URL.")
    ],
    kind: Annotated[Kind, typer.Option("--as", help="What the file holds.")],
    folder: Folder = None,
    query: Annotated[str | None, typer.Option(help="One SQL query to the database whose URL stands as FILE.")] = None,
    named: Annotated[
        str | None, typer.Option("--list", help="Which of [sources.lists] it is; left out: the one its name fits.")
    ] = None,
    now: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the import; left out: today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in what came back or is new: the next run starts with it. The same file twice is done once."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.bring_in(
            file, kind.value, query=query, now=now.date() if now else None, named=named, tell=_progress()
        )
        _show(found.as_json(), as_json, lambda: campaign.tell_import(found))


@app.command()
def rounds(
    folder: Folder = None,
    simulate: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="In a made-up town: play on until there are N rounds.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What folds, exploration and ties are drawn with.")] = 0,
    now: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the first simulated round; left out: today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the rounds and what each brought; in a made-up town, play rounds against its truth."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        if simulate is not None:
            campaign.simulate(simulate, seed=seed, now=now.date() if now else None, tell=_progress())
        found = campaign.rounds()
        _show({"format": 1, "rounds": found}, as_json, lambda: campaign.tell_rounds(found))
