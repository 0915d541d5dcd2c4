"""``groundswell tsunami``: its words, its options, and the one call it makes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, _progress, _show, _told, app


class Language(StrEnum):
    """Languages there is a catalogue for."""

    en = "en"
    es = "es"


class DateOrder(StrEnum):
    """What stands first in 03/04/2026."""

    day_first = "day-first"
    month_first = "month-first"


@app.command()
def tsunami(
    file: Annotated[Path, typer.Argument(help="A log of what was sent: CSV, TSV, Parquet or XLSX.")],
    who: Annotated[str | None, typer.Option(metavar="COLUMN", help="Who it was sent to; left out: guessed.")] = None,
    what: Annotated[str | None, typer.Option(metavar="COLUMN", help="Which message.")] = None,
    when: Annotated[str | None, typer.Option(metavar="COLUMN", help="When it was sent; - for none.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="COLUMN", help="Through which channel; - for none.")] = None,
    topic: Annotated[str | None, typer.Option(metavar="COLUMN", help="What it is about; - for none.")] = None,
    household: Annotated[str | None, typer.Option(metavar="COLUMN", help="Who lives together; - for none.")] = None,
    response: Annotated[str | None, typer.Option(metavar="COLUMN", help="Whether they responded; - for none.")] = None,
    dates: Annotated[
        DateOrder | None, typer.Option(help="How 03/04/2026 is meant; left out: the column itself shows it.")
    ] = None,
    cap: Annotated[
        list[int] | None, typer.Option(min=1, help="Try so many messages a week as a limit; left out: 1, 2 and 3.")
    ] = None,
    page: Annotated[Path | None, typer.Option(metavar="PATH", help="Where to write the page.")] = None,
    language: Annotated[Language, typer.Option(help="Of the page and the lines.")] = Language.en,
    as_json: AsJson = False,
) -> None:
    """Say how alike is what people are sent, from any log of sendings."""
    with _told(as_json):
        from groundswell.campaigns import tsunami as logs  # noqa: PLC0415 - heavy

        found = logs.tsunami(
            file,
            who=who,
            what=what,
            when=when,
            channel=channel,
            topic=topic,
            household=household,
            response=response,
            dates=dates.value if dates else None,
            caps=cap or (1, 2, 3),
            language=language.value,
            page=page or (None if as_json else logs.page_of(file)),
            tell=_progress(),
        )
        _show(found.summary, as_json, lambda: [*found.lines, str(found.page)])
