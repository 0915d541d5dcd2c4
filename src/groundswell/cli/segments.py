"""``groundswell segments``: groups that a human can recognise, declared or discovered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from groundswell.cli.commands import AsJson, _campaign, _progress, _show, _told, app
from groundswell.vocabulary import Words, words

_DISCOVER, _ADOPT = "discover", "adopt"


@app.command()
def segments(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[discover | adopt NAME] [FOLDER]", help="Nothing: count those of segments.toml."),
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="discover: the traits that count, with commas; all where left out.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="adopt: what it shall be called; as it is where left out.")] = None,
    seed: Annotated[int, typer.Option(help="discover: another seed draws other people.")] = 0,
    now: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; left out: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the segments of segments.toml; discover others, and adopt one of them."""
    said, day = list(what or []), now.date() if now else None
    verb = said.pop(0) if said and said[0] in {_DISCOVER, _ADOPT} else None
    group = said.pop(0) if verb == _ADOPT and said else None
    if len(said) > 1 or (verb == _ADOPT and group is None):
        raise typer.BadParameter("one folder, and after  adopt  the name of a group", param_hint="segments")
    folder = Path(said[0]) if said else None
    with _told(as_json):
        campaign = _campaign(folder, None)
        say = words(campaign.settings.spec.languages[0])
        if verb == _DISCOVER:
            traits = tuple(part.strip() for part in of.split(",")) if of else ()
            found = campaign.discover_segments(of=traits, now=day, seed=seed, tell=_progress())
            _show(found, as_json, lambda: campaign.tell_discovered(found))
        elif group is not None:
            adopted = campaign.adopt_segment(group, called=name)
            _show({"format": 1, **adopted}, as_json, lambda: [say("segments.adopted", **adopted)])
        else:
            counted = campaign.segments(now=day)
            _show(counted, as_json, lambda: _lines(counted, say))


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
        if one["rounds"]:
            then = one["rounds"][-1]
            lines.append(say("segments.drift", before=f"{100 * then['share']:.1f} %", round=then["round"]))
    return lines
