"""Scores in words: what can be told of everybody from those who were asked, and how far it comes true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.profiles import Reason
from groundswell.trust.teller import Teller

POINTS = 100
"""Scores are told from 0 to 100."""


def score_lines(told: Sequence[Mapping[str, Any]], *, language: str) -> list[str]:
    """Every declared score, a few lines each: what it was learnt from, whether it is worth anything, places.

    Args:
        told: of ``profiles.foretell``.
        language: of the words.
    """
    teller = Teller({"campaign": {"language": language}})
    if not told:
        return [teller.say["scores.none"]]
    lines = []
    for one in told:
        lines += [score_title(teller, one), *(f"  {line}" for line in score_sentences(teller, one))]
        for area, found in one.get("areas", {}).items():
            lines.append(f"  {teller.say('scores.by', trait=teller.trait(area))}")
            lines += [f"    {line}" for line in _area_lines(teller, found)]
    return lines


def score_title(teller: Teller, one: Mapping[str, Any]) -> str:
    """The score's name and what it is the chance of."""
    return teller.say("scores.title", name=teller.trait(one["score"].replace("-", "_")), say=one["say"])


def score_sentences(teller: Teller, one: Mapping[str, Any]) -> list[str]:
    """What a score was learnt from, and what it is worth."""
    say, write = teller.say, teller.write
    if one["answers"] is None:
        return [say["scores.few"]]
    lines = [say("scores.asked", answers=write.count(one["answers"]), people=write.count(one["people"]))]
    if one["used"] < one["answers"]:
        lines.append(say("scores.drawn", n=write.count(one["used"])))
    if one["refused"]:
        return [*lines, say("scores.refused", why=one["refused"])]
    mean = one["share"]
    lines.append(say("scores.mean", share=write.percent(mean)))
    spread = max(mean * (1 - mean), 1e-12)
    lower, value, upper = (one["skill"][part] / spread for part in ("lower", "value", "upper"))
    if one["useful"]:
        ends = {name: write.percent(share) for name, share in (("lower", lower), ("value", value), ("upper", upper))}
        lines.append(say("scores.useful", **ends))
    else:
        lines.append(say["scores.useless"])
    off, perfect = (one["calibration"]["off"] * POINTS, one["perfect_off"] * POINTS)
    lines.append(say("scores.off", off=write.short(off), perfect=write.short(perfect), bins=len(one["bins"])))
    return lines


def _area_lines(teller: Teller, places: Mapping[str, Mapping[str, Any]]) -> list[str]:
    width = max((len(name or teller.say["scores.blank"]) for name in places), default=0)
    lines = []
    for name, place in places.items():
        shown = f"{name or teller.say['scores.blank']:<{width}}"
        if place["value"] is None:
            lines.append(f"{shown}  {teller.say['scores.withheld']}")
            continue
        value, more = share_words(teller, place)
        lines.append(f"{shown}  {value} {more}")
    return lines


def share_words(teller: Teller, place: Mapping[str, Any]) -> tuple[str, str]:
    """The share of a place, and its interval."""
    parts = {part: teller.write.percent(place[part]) for part in ("value", "lower", "upper")}
    return parts["value"], teller.say("report.number.interval", lower=parts["lower"], upper=parts["upper"])


def reasons_words(reasons: Sequence[Reason], language: str) -> str:
    """The facts that moved a score most, in words.

    >>> reasons_words([Reason("age", "85", 12.4), Reason("district", "", -3.0)], "en")
    'age is 85 (+12 points); district is not known (-3 points)'
    """
    teller = Teller({"campaign": {"language": language}})
    found = []
    for one in reasons:
        points = teller.say("scores.points", n=f"{one.points:+.0f}")
        key = "scores.because" if one.said else "scores.because_blank"
        found.append(teller.say(key, trait=teller.trait(one.trait), said=_said(teller, one.said), points=points))
    return "; ".join(found)


def _said(teller: Teller, said: str) -> str:
    try:
        return teller.write.short(float(said))
    except ValueError:
        return said
