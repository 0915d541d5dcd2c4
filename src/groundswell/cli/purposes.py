"""``groundswell purposes``: its words, its options, and the one call it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, _here, _show, _told, app
from groundswell.cli.tsunami import Language


@app.command()
def purposes(
    purpose: Annotated[
        str | None,
        typer.Option(help="voters, workforce or customers; left out: that of the campaign you are in, else all three."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            help="Such as US-MI, DE or EU; left out: that of the campaign you are in, else what holds everywhere."
        ),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the lines.")] = Language.en,
    as_json: AsJson = False,
) -> None:
    """Say which rules hold for a purpose at a place, and where each comes from. No legal advice."""
    with _told(as_json):
        from groundswell.campaigns.purposes import purposes as ask  # noqa: PLC0415 - heavy

        found = ask(purpose, place, folder=_here.get("folder") or _around(), language=language.value)
        _show(found.as_json(), as_json, lambda: found.lines)


def _around() -> Path | None:
    """The campaign whose folder we are in, if we are in one."""
    from groundswell.campaigns.settings import FILE, find_folder  # noqa: PLC0415 - heavy

    folder = find_folder(Path.cwd())
    return folder if (folder / FILE).is_file() else None
