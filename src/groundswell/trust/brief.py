"""A round in a few lines, for a terminal: the same figures as the report's first screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.figures import verdict
from groundswell.trust.foretelling import powered
from groundswell.trust.recounting import known_rounds
from groundswell.trust.teller import PER, Teller
from groundswell.vocabulary import NOTHING, number, words


def brief(summary: Mapping[str, Any]) -> list[str]:
    """The answer first: what the policy brings, or what a pilot will see; who gets what, what is left out."""
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
    if summary["pilot"] is not None:
        lines += _pilot(Teller(summary))
    elif not summary["arms"]:
        lines.append(say["brief.no_past"])
    lines += _brought(summary)
    for name, key in (("policy-nothing", "brief.gain"), ("policy-broadcast", "brief.against")):
        found = summary["differences"].get(name)
        if found:
            value, span, unproven = _figures(summary, found)
            lines.append(say(key, value=value, span=span, goal=summary["goal"]["name"]) + unproven)
    for option, units in summary["decisions"].items():
        if option != NOTHING:
            lines.append(f"  {option:<28} {units:>10,} {unit}")
    left_out = ", ".join(f"{reason} {units:,}" for reason, units in summary["left_out"].items())
    lines.append(f"  {NOTHING:<28} {summary['decisions'][NOTHING]:>10,} {unit}  ({left_out})")
    for name, limit in summary["limits"].items():
        told = {part: number(limit[part], 6) for part in ("used", "at_most", "at_least") if limit[part] is not None}
        if limit["at_most"] is not None:
            lines.append(say("brief.limit", name=name, **told))
        if limit["at_least"] is not None:
            lines.append(say("brief.floor", name=name, **told))
    return lines


def _figures(summary: Mapping[str, Any], gain: Mapping[str, float]) -> tuple[str, str, str]:
    """A gain per 1,000 people, its interval, and whether it is not proven."""
    low, high = gain["lower"] * PER, gain["upper"] * PER
    say = words(summary["campaign"]["language"])
    unproven = " " + say("brief.unproven") if verdict(gain) == "none" else ""
    return number(gain["value"] * PER), f"{number(low)} .. {number(high)}", unproven


def _pilot(teller: Teller) -> list[str]:
    """That it is a pilot, and the smallest effect it will show: of the option that shows most, and least."""
    say, found = teller.say, powered(teller.summary)
    lines = [say["brief.pilot"]]
    if found:
        best, worst = found[0], found[-1]
        told = {"best": best["option"], "least": teller.size(best["visible"]), "goal": teller.summary["goal"]["name"]}
        key = "brief.see" if len(found) > 1 else "brief.see_one"
        lines.append(say(key, **told, worst=worst["option"], most=teller.size(worst["visible"])))
    untried = teller.summary["pilot"]["untried"]
    return [*lines, say("brief.untried", names=", ".join(untried))] if untried else lines


def _brought(summary: Mapping[str, Any]) -> list[str]:
    """What the first round brought, and the latest of which that is known."""
    say, known = words(summary["campaign"]["language"]), known_rounds(summary)
    line = ""
    for entry in known[:1] + known[1:][-1:]:
        value, span, unproven = _figures(summary, entry["brought"])
        name = say(f"brief.round{'_pilot' if entry['kind'] == 'pilot' else ''}", n=entry["round"])
        told = {"round": name, "value": value, "span": span, "unproven": unproven, "goal": summary["goal"]["name"]}
        line = say("brief.brought_then", before=line, **told) if line else say("brief.brought", **told)
    return [line] if line else []
