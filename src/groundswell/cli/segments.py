"""``groundswell segments``: groups that a human can recognise, counted over the people of today."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import Words, words


@app.command()
def segments(
    folder: Folder = None,
    now: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; left out: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the segments of segments.toml: each a rule and a sentence."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        found = campaign.segments(now=now.date() if now else None)
        say = words(campaign.settings.spec.languages[0])
        _show(found, as_json, lambda: _lines(found, say))


def _lines(found: dict[str, Any], say: Words) -> list[str]:
    if not found["segments"]:
        return [say["segments.none"]]
    lines = []
    for one in found["segments"]:
        if one["people"] is None:
            told = say("segments.withheld", smallest=found["smallest_group"])
        elif one["people"] in {0, found["people"]}:
            told = say["segments.nobody" if one["people"] == 0 else "segments.everybody"]
        else:
            told = say("segments.count", people=f"{one['people']:,}", share=f"{100 * one['share']:.1f}")
        lines.append(say("segments.line", name=one["name"], told=told, say=one["say"]))
        if one["within"]:
            lines.append(say("segments.within", within=one["within"]))
    return lines
