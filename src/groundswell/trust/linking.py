"""Who is the same person, in words: what linking found, what speaks for and against a pair, and what the weights learnt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import Words, words

_RARE, _COMMON = 2e-4, 5e-3
"""Shares of people; a value that fewer, or more, have is called so."""
_EVEN = 1.25
_SHOWN = 30
"""Changed ids that are told one by one."""
_WIDTH = 38


def link_lines(found: Mapping[str, Any], waiting: int, folder: Path, language: str) -> list[str]:
    """What linking found.

    Args:
        found: what ``groundswell link --json`` shows.
        waiting: pairs that are for a person to decide.
        folder: the campaign's.
        language: of the words.
    """
    say = words(language)
    count = Figures(say).count
    figures = {name: count(found[name]) for name in ("ids", "people", "joined", "parted")}
    lines = [say("link.done", **figures)]
    lines.append(
        say("link.new", new=count(found["new"]), learnt=say["link.learnt" if found["learnt"] else "link.kept"])
    )
    if len(found["trace"]) <= _SHOWN:
        lines += [say("link.changed", **one) for one in found["trace"]]
    for one in found["told"]:
        lines.append(say(f"link.told.{one['kind']}", records=count(one["records"])))
    if found["taken_off"]:
        lines.append(say("link.taken_off", n=count(found["taken_off"])))
    lines.append(say("link.waiting", n=count(waiting), folder=folder) if waiting else say["link.nobody_waits"])
    return lines


def evidence_line(evidence: Mapping[str, Any], language: str) -> str:
    """One field's evidence in words.

    Args:
        evidence: ``comparison, level, share, times``.
        language: of the words.

    >>> evidence_line({"comparison": "last_name", "level": "same", "share": 6e-5, "times": 40.2}, "en")
    'same surname (rare): 40x more likely the same'
    """
    say = words(language)
    times, what = evidence["times"], _what(evidence, say)
    kind = "review.even" if _is_even(evidence) else "review.more" if times > 1.0 else "review.less"
    return say(kind, what=what, times=_times(max(times, 1 / times), say))


def _is_even(evidence: Mapping[str, Any]) -> bool:
    return bool(1 / _EVEN < evidence["times"] < _EVEN)


def _what(evidence: Mapping[str, Any], say: Words) -> str:
    what, share = say[f"likeness.{evidence['comparison']}_{evidence['level']}"], evidence["share"]
    if share is None or _RARE < share < _COMMON:
        return what
    return say("review.rare" if share <= _RARE else "review.common", what=what)


def _times(times: float, say: Words) -> str:
    """How many times: two figures, as nobody knows it better."""
    if times >= 1e6:
        return Figures(say).count(10.0 ** math.floor(math.log10(times)))
    digits = 1 - math.floor(math.log10(times))
    return Figures(say).short(round(times, digits))


def question_lines(question: Mapping[str, Any], place: tuple[int, int], language: str) -> list[str]:
    """Two records side by side, and what speaks for and against their being one person.

    Args:
        question: ``one, other, probability, rows`` (two, column -> text), ``evidence``.
        place: which question this is, and of how many.
        language: of the words.
    """
    say = words(language)
    write = Figures(say)
    one, other = question["rows"]
    columns = list(dict.fromkeys([*one, *other]))
    wide = max([len(name) for name in columns], default=0)
    likely = write.percent(question["probability"])
    lines = [say("review.left", n=write.count(place[0]), all=write.count(place[1]), p=likely), ""]
    for name in columns:
        cells = [_cut(row.get(name) or "") for row in (one, other)]
        for number, (left, right) in enumerate(zip_longest(*cells, fillvalue="")):
            same = "=" if number == 0 and one.get(name) and one.get(name) == other.get(name) else " "
            lines.append(f"  {name if number == 0 else '':{wide}}  {left:{_WIDTH}} {same} {right}".rstrip())
    # Who stands on which list, in which order names are written: only where it says something.
    told = [each for each in question["evidence"] if each["comparison"] not in {"list", "order"} or not _is_even(each)]
    ordered = sorted(told, key=lambda each: -abs(math.log(each["times"])))
    return [*lines, "", *(f"  {evidence_line(each, language)}" for each in ordered), ""]


def _cut(text: str) -> list[str]:
    return [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)] or [""]


def weights_chart(weights: Sequence[Mapping[str, Any]], language: str) -> str:
    """What the weights learnt, as an SVG picture: a bar a likeness, to the right what speaks for one person.

    Args:
        weights: ``comparison, level, share, times``; of values that are the same the most common and the rarest are shown.
        language: of the words.
    """
    from groundswell.trust.plots import WIDE, draw_bars  # noqa: PLC0415 - slow to load

    say = words(language)
    write = Figures(say)
    ends: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in weights:
        ends.setdefault((each["comparison"], each["level"]), []).append(each)
    marks = []
    for its in ends.values():
        ordered = sorted(its, key=lambda each: -(each["share"] or 0.0))
        for each in ordered[:1] if len(ordered) == 1 else [ordered[0], ordered[-1]]:
            name = say[f"likeness.{each['comparison']}_{each['level']}"]
            if each["share"]:
                name = say("weights.shared", what=name, n=write.count(float(f"{1 / each['share']:.1g}")))
            bits = math.log2(each["times"])
            marks.append((name, bits, write.signed(bits, 10.0), bits > 0))
    return draw_bars(marks, say["weights.axis"], write.locale(), WIDE, say["weights.title"])
