"""``groundswell map``: its words, its options, and the one call it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, _here, _show, _told, app
from groundswell.cli.tsunami import Language


@app.command(name="map")
def map_(
    file: Annotated[Path, typer.Argument(help="Any table: CSV, TSV, XLSX or Parquet, packed or not.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write it into campaign.toml; no line of yours changes.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="A list beside the file of people, called so.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show the first five people.")] = False,
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=COLUMN", help="You know better; ROLE=- for none.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="Of a new campaign: voters, workforce or customers.")] = None,
    place: Annotated[str | None, typer.Option(help="Of a new campaign: whose rules hold, such as US-MI.")] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of the lines and comments; left out: the campaign's first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which column of a strange file is what, and write that into campaign.toml if you agree."""
    given = _given(role or [])
    with _told(as_json):
        from groundswell.campaigns import mapping  # noqa: PLC0415 - heavy

        found = mapping.mapping(
            file,
            folder=_here.get("folder"),
            roles=given,
            name=name,
            purpose=purpose,
            place=place,
            language=language.value if language else None,
            write=write,
            preview=preview,
        )
        _show(found.as_json(), as_json, lambda: found.lines(str(file)))


def _given(said: list[str]) -> dict[str, str]:
    roles = {}
    for one in said:
        role, mark, column = one.partition("=")
        if not mark or not role.strip() or not column.strip():
            raise typer.BadParameter(f'"{one}" is not ROLE=COLUMN, such as phone=Mobile', param_hint="--role")
        roles[role.strip()] = column.strip()
    return roles
