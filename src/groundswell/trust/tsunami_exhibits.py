"""The plots of a log and the tables beside them: bars that anybody can read, with the same figures to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from groundswell.trust import plots
from groundswell.trust.exhibits import Figure, figure_of
from groundswell.trust.tabulating import Cell, Table
from groundswell.trust.tsunami_tables import percent
from groundswell.trust.tsunami_words import Told, rules

MOST_BARS = 12
_TAIL = 0.995
"""Where bars would be too many, those beyond what so much of all does not exceed are one."""
_WIDTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000)


_SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 2.0)
"""Weeks are told by these shares of people who got the same; the last bracket is everybody."""


class Bar(NamedTuple):
    """One bar of a histogram: from, to (None: or more), and how many."""

    low: int
    high: int | None
    many: int


def brackets(histogram: Sequence[tuple[int, int]]) -> list[Bar]:
    """A histogram in at most ``MOST_BARS`` bars of one width; its long tail is the last bar.

    Args:
        histogram: value and how many, values rising.

    >>> brackets([(0, 5), (1, 3)])
    [Bar(low=0, high=0, many=5), Bar(low=1, high=1, many=3)]
    >>> brackets([(0, 1000), (1, 1000), (40, 1)])[-1]
    Bar(low=1, high=None, many=1001)
    """
    whole, least, most = sum(many for _, many in histogram), histogram[0][0], histogram[-1][0]
    top, seen = most, 0
    for value, many in histogram:
        seen += many
        if seen >= _TAIL * whole and most - least >= MOST_BARS:
            top = value
            break
    width = next(width for width in _WIDTHS if top // width - least // width < MOST_BARS)
    last = top // width * width
    tail = most >= last + width
    lows = range(least // width * width, last + 1, width)
    bars = {low: Bar(low, None if tail and low == last else low + width - 1, 0) for low in lows}
    for value, many in histogram:
        low = min(value // width * width, last)
        bars[low] = bars[low]._replace(many=bars[low].many + many)
    return list(bars.values())


def span(told: Told, bar: Bar) -> str:
    """The values of a bar as people read them.

    >>> told = Told({"log": {}, "language": "en"})
    >>> span(told, Bar(2, 2, 0)), span(told, Bar(5, 9, 0)), span(told, Bar(10, None, 0))
    ('2', '5 to 9', '10 or more')
    """
    if bar.high is None:
        return told.say("tsunami.bar.more", n=told.write.count(bar.low))
    if bar.low == bar.high:
        return told.write.count(bar.low)
    return told.say("tsunami.bar.span", low=told.write.count(bar.low), high=told.write.count(bar.high))


def _histogram(told: Told, name: str, title: str, exact: str, bars: Sequence[Bar]) -> Figure:
    """Bars with their share of all."""
    say, write, noun = told.say, told.write, told.say[f"tsunami.{name}.noun"]
    whole = sum(bar.many for bar in bars)
    labels = [_row_name(told, name, bar) for bar in bars]
    shares = [write.percent(bar.many / whole) for bar in bars]
    rows = [
        (Cell(label), Cell(write.count(bar.many), kind="number"), Cell(share, kind="number"))
        for label, bar, share in zip(labels, bars, shares, strict=True)
    ]
    head = (say[f"tsunami.section.{name}"], noun, say["report.word.share"])
    parts = (say["tsunami.bar.from"], say["tsunami.bar.to"], noun, say["tsunami.bar.percent"])
    saved = [(bar.low, bar.high, bar.many, bar.many / whole * 100) for bar in bars]
    marks = [
        (label, float(bar.many), f"{write.count(bar.many)} ({share})", bool(bar.low))
        for label, bar, share in zip(labels, bars, shares, strict=True)
    ]
    return _drawn(
        told, name, title, exact, Table(title, head, tuple(rows), (parts, *saved)), marks, say[f"tsunami.{name}.axis"]
    )


def _row_name(told: Told, name: str, bar: Bar) -> str:
    if bar.high in (0, 1) and bar.low == bar.high:
        return told.say[f"tsunami.{name}.row_{'none' if bar.low == 0 else 'one'}"]
    return told.say(f"tsunami.{name}.row_many", n=span(told, bar))


def _drawn(
    told: Told,
    name: str,
    title: str,
    exact: str,
    table: Table,
    marks: Sequence[tuple[str, float, str, bool]],
    axis: str,
) -> Figure:
    most = max(value for _, value, _, _ in marks)
    unit, word = (1, "") if most < 20_000 else (1_000, "thousands") if most < 20_000_000 else (1_000_000, "millions")
    axis = told.say(f"tsunami.bar.{word}", axis=axis) if word else axis
    marks = [(label, value / unit, said, out) for label, value, said, out in marks]
    locale = told.write.locale()
    return figure_of(name, title, exact, table, lambda width, alone: plots.draw_bars(marks, axis, locale, width, alone))


def variety_figure(told: Told) -> Figure:
    """People by how many different messages they hear."""
    say, variety = told.say, told.summary["variety"]
    bars = brackets([(entry["effective"], entry["people"]) for entry in variety["histogram"]])
    median = variety["person"]["effective"]["median"]
    different = told.count("message", variety["all"]["different"])
    title = say("tsunami.variety.title", median=told.count("message", round(median)), different=different)
    if variety["all"]["different"] == 1:
        title = say["tsunami.variety.title_one"]
    return _histogram(told, "variety", title, say["tsunami.variety.exact"], bars)


def load_figure(told: Told) -> Figure | None:
    """Person-weeks by how much was heard in them."""
    load, say, write = told.summary["load"], told.say, told.write
    if not load:
        return None
    bars = brackets([(entry["messages"], entry["person_weeks"]) for entry in load["histogram"]])
    counts = {name: write.count(load[name]) for name in ("person_weeks", "median", "p90", "p99", "max")}
    weeks, mean = told.count("week", told.log["weeks"]), write.short(load["mean"])
    exact = say("tsunami.load.exact", weeks=weeks, mean=mean, **counts)
    median, most = (told.count("message", load[name]) for name in ("median", "max"))
    title = say("tsunami.load.title", median=median, max=most)
    return _histogram(told, "load", title, exact, bars)


def same_figure(told: Told) -> Figure | None:
    """How many people got the very same: each week where there are few, else weeks by that share."""
    same, say = told.summary["same"], told.say
    if not same or not same["compared"]:
        return None
    weeks = [week for week in same["weeks"] if week["people"] > 1]
    half = sum(week["share"] >= 0.5 for week in weeks)
    key = "title_all" if half == len(weeks) else "title" if half else "title_none"
    title = say(f"tsunami.same.{key}", n=told.write.count(half), weeks=told.count("week", len(weeks)))
    return _each_week(told, title, weeks) if len(weeks) <= MOST_BARS else _weeks_by_share(told, title, weeks)


def _each_week(told: Told, title: str, weeks: Sequence[Mapping[str, Any]]) -> Figure:
    say, write = told.say, told.write
    names = [say("tsunami.same.week_of", date=write.date(week["week"])) for week in weeks]
    columns = ("people", "same", "share")
    rows = [
        (
            Cell(name),
            *(Cell(write.count(week[part]), kind="number") for part in columns[:2]),
            percent(told, week["share"]),
        )
        for name, week in zip(names, weeks, strict=True)
    ]
    head = (say["tsunami.same.week"], *(say[f"tsunami.same.{part}"] for part in columns))
    saved = [(week["week"], week["people"], week["same"], week["share"] * 100) for week in weeks]
    marks = [
        (name, week["share"] * 100, write.percent(week["share"]), week["share"] >= 0.5)
        for name, week in zip(names, weeks, strict=True)
    ]
    table = Table(say["tsunami.section.same"], head, tuple(rows), (head, *saved))
    return _drawn(told, "same", title, say["tsunami.same.exact"], table, marks, say["tsunami.same.axis_weeks"])


def _weeks_by_share(told: Told, title: str, weeks: Sequence[Mapping[str, Any]]) -> Figure:
    """A few brackets, from "hardly anybody got the same" to "everybody did"."""
    say, write = told.say, told.write
    counts = [sum(low <= week["share"] < high for week in weeks) for low, high in pairwise(_SHARES)]
    ends = [{"low": write.percent(low), "high": write.percent(high)} for low, high in pairwise(_SHARES[:-1])]
    names = [*(say("tsunami.same.bracket", **end) for end in ends), say["tsunami.same.bracket_last"]]
    rows = [(Cell(name), Cell(write.count(many), kind="number")) for name, many in zip(names, counts, strict=True)]
    head = (say["tsunami.same.share"], say["tsunami.same.axis_brackets"])
    parts = (say["tsunami.bar.percent_from"], say["tsunami.bar.percent_to"], say["tsunami.same.axis_brackets"])
    saved = [(low * 100, min(high, 1) * 100, many) for (low, high), many in zip(pairwise(_SHARES), counts, strict=True)]
    marks = [
        (name, float(many), write.count(many), low >= 0.5)
        for name, many, low in zip(names, counts, _SHARES[:-1], strict=True)
    ]
    table = Table(say["tsunami.section.same"], head, tuple(rows), (parts, *saved))
    exact = f"{say['tsunami.same.exact']} {say['tsunami.same.exact_brackets']}"
    return _drawn(told, "same", title, exact, table, marks, say["tsunami.same.axis_brackets"])


def spared_figure(told: Told) -> Figure | None:
    """What each rule would have spared."""
    say, write, found = told.say, told.write, rules(told.summary)
    if not found:
        return None
    most = max(found, key=lambda rule: rule[2]["sendings"])
    title = say["tsunami.spared.title_none"]
    if most[2]["sendings"]:
        share = write.percent(most[2]["share"])
        title = say("tsunami.spared.title", rule=told.rule(most[0], most[1]), share=share)
    labels = [told.rule(name, cap) for name, cap, _ in found]
    more = ["" if name == "cap" else say[f"tsunami.spared.{name}_more"] for name, _, _ in found]
    parts = ("sendings", "share", "people", "people_share")
    rows = [
        (Cell(label, also), *_relief(told, spared))
        for label, also, (_, _, spared) in zip(labels, more, found, strict=True)
    ]
    saved = [
        (label, *(spared[part] * 100 if part.endswith("share") else spared[part] for part in parts))
        for label, (_, _, spared) in zip(labels, found, strict=True)
    ]
    head = tuple(say[f"tsunami.spared.{part}"] for part in ("rule", *parts))
    marks = [
        (
            label,
            float(spared["sendings"]),
            f"{write.count(spared['sendings'])} ({write.percent(spared['share'])})",
            True,
        )
        for label, (_, _, spared) in zip(labels, found, strict=True)
    ]
    interest = told.summary["interest"]
    exact = (
        say("tsunami.spared.exact", late=write.count(interest["late"]))
        if interest
        else say["tsunami.spared.exact_plain"]
    )
    table = Table(say["tsunami.section.spared"], head, tuple(rows), (head, *saved))
    return _drawn(told, "spared", title, exact, table, marks, say["tsunami.spared.axis"])


def _relief(told: Told, spared: Mapping[str, Any]) -> tuple[Cell, ...]:
    sendings, people = (Cell(told.write.count(spared[part]), kind="number") for part in ("sendings", "people"))
    return sendings, percent(told, spared["share"]), people, percent(told, spared["people_share"])
