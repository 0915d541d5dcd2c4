"""``groundswell lessons``: show what was learnt, carry it out, take it in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import words

if TYPE_CHECKING:
    from groundswell.campaigns import Campaign


@app.command()
def lessons(
    folder: Folder = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them into a new file: no person is in it.")
    ] = None,
    taken: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Take in what another campaign learnt.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what each topic did through each channel, and to whom; for the next campaign to start from."""
    if export is not None and taken is not None:
        raise typer.BadParameter("Say one of  --export, --import.")
    with _told(as_json):
        campaign = _campaign(folder, None)
        say = words(campaign.settings.spec.languages[0])
        if taken is not None:
            count = campaign.import_lessons(taken)
            _show({"format": 1, "imported": count}, as_json, lambda: [say("lessons.imported", n=count)])
        elif export is not None:
            found = campaign.export_lessons(export)
            count = len(found.own) + len(found.others)
            told = {"format": 1, "file": str(export), "lessons": count, "withheld": found.withheld}
            _show(told, as_json, lambda: [say("lessons.exported", n=count, file=export)])
        else:
            _all(campaign, as_json)


def _all(campaign: Campaign, as_json: bool) -> None:
    from groundswell.trust.lessons import lesson_lines  # noqa: PLC0415 - heavy

    found, spec = campaign.lessons(), campaign.settings.spec
    lines = lesson_lines(
        (*found.own, *found.others),
        own=spec.name,
        withheld=found.withheld,
        smallest=found.smallest,
        language=spec.languages[0],
    )
    _show(found.as_json(), as_json, lambda: lines)
