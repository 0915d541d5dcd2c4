"""A round in a few lines, for a terminal: the same figures as the report's first screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.vocabulary import NOTHING, number, words


def brief(summary: Mapping[str, Any]) -> list[str]:
    """The answer first: what the policy brings, who gets what, what is left out."""
    say = words(summary["campaign"]["language"])
    unit = say(f"brief.{summary['campaign']['decide']}")
    lines = [
        f"{summary['campaign']['name']}, {summary['today']}",
        say("brief.read", people=f"{summary['people']:,}", rejected=f"{summary['rejected']:,}"),
    ]
    lines[1:1] = [say("brief.what_if", sets=", ".join(summary["what_if"]))] if summary.get("what_if") else []
    if summary["rejected_reasons"] and summary["rejected"] > 0.05 * (summary["people"] + summary["rejected"]):
        worst = summary["rejected_reasons"][0]
        lines.append(say("brief.rejected", rows=f"{worst['rows']:,}", file=worst["file"], reason=worst["reason"]))
    lines += [] if summary["arms"] else [say["brief.no_past"]]
    for name, key in (("policy-nothing", "brief.gain"), ("policy-broadcast", "brief.against")):
        found = summary["differences"].get(name)
        if found:
            low, high = found["lower"] * 1000, found["upper"] * 1000
            proven = "" if low > 0 or high < 0 else " " + say("brief.unproven")
            value, span = number(found["value"] * 1000), f"{number(low)} .. {number(high)}"
            lines.append(say(key, value=value, span=span, goal=summary["goal"]["name"]) + proven)
    for option, units in summary["decisions"].items():
        if option != NOTHING:
            lines.append(f"  {option:<28} {units:>10,} {unit}")
    left_out = ", ".join(f"{reason} {units:,}" for reason, units in summary["left_out"].items())
    lines.append(f"  {NOTHING:<28} {summary['decisions'][NOTHING]:>10,} {unit}  ({left_out})")
    for name, limit in summary["limits"].items():
        lines.append(say("brief.limit", name=name, used=number(limit["used"], 6), at_most=number(limit["at_most"], 6)))
    return lines
