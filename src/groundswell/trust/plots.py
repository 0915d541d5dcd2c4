"""The report's plots as SVG text: drawn without a browser, without a network, in a font every machine has.

Estimates are a dot with its interval. What is proven is teal and filled, harm is rust and a diamond, what is not proven is
grey and hollow: shape and words say what colour says. Each plot is drawn twice, wide and narrow, so that its letters are
never scaled below 14 px.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from groundswell.trust.drawing import (
    BETWEEN,
    GREY,
    INK,
    LETTER,
    NARROW,
    PADDING,
    PAPER,
    RUST,
    SCALE,
    SMALL,
    TEAL,
    WIDE,
    Rows,
    axis_of,
    chart_of,
    domain_of,
    svg_of,
)
from groundswell.trust.figures import Interval, Verdict

__all__ = [
    "NARROW",
    "WIDE",
    "Line",
    "Mark",
    "draw_bars",
    "draw_calibration",
    "draw_curves",
    "draw_growth",
    "draw_intervals",
    "draw_reach",
]

_COLOURS: Mapping[str, str] = {"gain": TEAL, "harm": RUST, "none": GREY, "same": GREY, "unknown": GREY}
_SHAPES: Mapping[str, str] = {
    "gain": "circle",
    "harm": "diamond",
    "none": "circle",
    "same": "circle",
    "unknown": "circle",
}


@dataclass(frozen=True)
class Mark:
    """One row of a plot.

    Attributes:
        name: what it is.
        figure: its figures in words.
        word: its verdict, sign and word.
        estimate: where dot and interval stand; None draws nothing but the words.
        verdict: which colour and shape.
        start: where the row begins: the end of the step before it.
    """

    name: str
    figure: str
    word: str
    estimate: Interval | None
    verdict: Verdict = "gain"
    start: float = 0.0


@dataclass(frozen=True)
class Line:
    """One uplift curve: points from nobody to everybody, per 1,000 people."""

    name: str
    share: Sequence[float]
    gain: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]
    verdict: Verdict = "gain"


def draw_intervals(
    marks: Sequence[Mark], axis: str, locale: Mapping[str, Any], width: int = WIDE, title: str = ""
) -> str:
    """Dots with intervals and a zero line; with ``start`` the rows are a ladder.

    Args:
        marks: rows from the top.
        axis: the unit, under the axis.
        locale: how numbers are written.
        width: pixels.
        title: a sentence inside the picture, for a picture that stands alone.

    >>> mark = Mark("neighbors (post)", "81.3 (74.7 to 87.9)", "proven", {"value": 81.3, "lower": 74.7, "upper": 87.9})
    >>> draw_intervals([mark], "more per 1,000 people", {"decimal": ".", "thousands": ",", "grouping": [3]})[:4]
    '<svg'
    """
    rows = Rows(width)
    data = []
    for place, mark in enumerate(marks):
        row: dict[str, Any] = {"name": mark.name, "figure": rows.said(mark.figure, mark.word), **rows.heights(place)}
        row |= {"colour": _COLOURS[mark.verdict], "shape": _SHAPES[mark.verdict], "start": mark.start}
        row["fill"] = PAPER if mark.verdict in {"none", "same", "unknown"} else row["colour"]
        if mark.estimate is not None:
            row |= {part: mark.start + mark.estimate[part] for part in ("value", "lower", "upper")}
        data.append(row)
    ends = [
        value for row in data for part in ("value", "lower", "upper", "start") if (value := row.get(part)) is not None
    ]
    scale = alt.Scale(domain=domain_of(ends), nice=False, zero=False)
    base = chart_of(data)
    x = alt.X("value:Q", scale=scale, axis=axis_of(axis, width))
    y = alt.Y("dot:Q", scale=rows.scale(len(marks)), axis=None)
    tall = rows.total(len(marks))
    layers = [
        rows.zero(len(marks), x),
        *_ladder(base, data, scale, y),
        base.mark_rule(strokeWidth=4, strokeCap="round").encode(
            x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y, color=alt.Color("colour:N", scale=None)
        ),
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=170, strokeWidth=3, opacity=1, filled=True)
        .encode(
            x=x,
            y=y,
            stroke=alt.Stroke("colour:N", scale=None),
            fill=alt.Fill("fill:N", scale=None),
            shape=alt.Shape("shape:N", scale=None),
        ),
        *rows.words(base, y),
    ]
    return svg_of(alt.layer(*layers).properties(height=tall), locale, width, title)


def _ladder(base: alt.Chart, data: Sequence[Mapping[str, Any]], scale: alt.Scale, y: alt.Y) -> list[alt.Chart]:
    """Floating bars from each step's start, and a dashed thread from one step's end to the next."""
    if not any(row["start"] for row in data):
        return []
    threads = [
        {"value": row["start"], "dot": above["dot"], "under": row["dot"]}
        for above, row in pairwise(data)
        if row["start"] and "value" in row
    ]
    bars = base.mark_bar(height=14, opacity=0.22).encode(
        x=alt.X("start:Q", scale=scale), x2="value:Q", y=y, color=alt.Color("colour:N", scale=None)
    )
    thread = (
        chart_of(threads)
        .mark_rule(color=GREY, strokeDash=[3, 4], strokeWidth=1.5)
        .encode(x=alt.X("value:Q", scale=scale), y=y, y2="under:Q")
    )
    return [bars, thread]


def draw_bars(
    marks: Sequence[tuple[str, float, str, bool]],
    axis: str,
    locale: Mapping[str, Any],
    width: int = WIDE,
    title: str = "",
) -> str:
    """Bars from zero, to the left what is below: name, count, the same in words, and whether it stands out (teal) or not.

    >>> draw_bars([("nothing", 3.0, "3", False)], "households", {"decimal": ".", "thousands": ",", "grouping": [3]})[:4]
    '<svg'
    """
    rows = Rows(width)
    data = [
        {"name": name, "figure": said, "value": value, "colour": TEAL if out else GREY, **rows.heights(place)}
        for place, (name, value, said, out) in enumerate(marks)
    ]
    top = max((value for _, value, _, _ in marks), default=0.0) or 1.0
    low = min((value for _, value, _, _ in marks), default=0.0)
    base = chart_of(data)
    y = alt.Y("dot:Q", scale=rows.scale(len(marks)), axis=None)
    x = alt.X("value:Q", scale=alt.Scale(domain=[min(low, 0.0), top]), axis=axis_of(axis, width))
    bars = base.mark_bar(height=14).encode(x=x, x2=alt.datum(0), y=y, color=alt.Color("colour:N", scale=None))
    chart = alt.layer(bars, rows.zero(len(marks), x), *rows.words(base, y))
    return svg_of(chart.properties(height=rows.total(len(marks))), locale, width, title)


def draw_reach(
    marks: Sequence[tuple[str, float, str]],
    labels: tuple[str, str],
    axis: str,
    locale: Mapping[str, Any],
    width: int = WIDE,
    title: str = "",
) -> str:
    """How small an effect will be seen: what is smaller lies in the dark, what is larger will be told.

    Args:
        marks: name, the smallest effect that will be seen, and the same in words.
        labels: what stands in the dark and in the light, on the first row.
        axis: the unit, under the axis.
        locale: how numbers are written.
        width: pixels.
        title: a sentence inside the picture.

    >>> locale = {"decimal": ".", "thousands": ",", "grouping": [3]}
    >>> draw_reach([("schools (e-mail)", 41.0, "41")], ("may be missed", "seen"), "per 1,000 people", locale)[:4]
    '<svg'
    """
    rows = Rows(width)
    end = max((value for _, value, _ in marks), default=1.0) * 1.4
    data = [
        {"name": name, "figure": said, "value": value, "zero": 0.0, "end": end, **rows.heights(place)}
        for place, (name, value, said) in enumerate(marks)
    ]
    base, scale = chart_of(data), alt.Scale(domain=[0, end], nice=False)
    y = alt.Y("dot:Q", scale=rows.scale(len(marks)), axis=None)
    x = alt.X("value:Q", scale=scale, axis=axis_of(axis, width))
    parts = ((GREY, "zero", "value", 0.16), (TEAL, "value", "end", 0.24))
    bands = [
        base.mark_bar(height=22, color=colour, opacity=opacity).encode(
            x=alt.X(f"{start}:Q", scale=scale), x2=f"{stop}:Q", y=y
        )
        for colour, start, stop, opacity in parts
    ]
    edge = base.mark_tick(color=TEAL, thickness=4, size=26, orient="vertical", opacity=1).encode(x=x, y=y)
    # Where there is little room, each label stands in the row that has most of it.
    dark = rows.heights(len(marks) - 1 if rows.narrow else 0)["dot"]
    places = ((0.0, labels[0], dark), (marks[0][1], labels[1], rows.heights(0)["dot"]))
    first = [{"value": value, "said": said, "dot": dot} for value, said, dot in places]
    told = chart_of(first).mark_text(color=INK, fontSize=SMALL, align="left", baseline="middle", dx=8)
    layers = [*bands, edge, told.encode(x=x, y=y, text="said:N"), rows.zero(len(marks), x), *rows.words(base, y)]
    return svg_of(alt.layer(*layers).properties(height=rows.total(len(marks))), locale, width, title)


def draw_growth(
    points: Sequence[tuple[float, float]],
    today: tuple[float, float, str],
    axes: tuple[str, str],
    locale: Mapping[str, Any],
    width: int = WIDE,
    title: str = "",
) -> str:
    """What grows with what there is: a line, and a dot where one stands today.

    Args:
        points: amount and what it brings, by amount.
        today: the same for today, and the dot's label.
        axes: what stands along and up.
        locale: how numbers are written.
        width: pixels.
        title: a sentence inside the picture.

    >>> locale = {"decimal": ".", "thousands": ",", "grouping": [3]}
    >>> draw_growth([(0.0, 0.0), (10.0, 5.0)], (5.0, 3.0, "today"), ("money", "votes"), locale)[:4]
    '<svg'
    """
    across = width - 2 * PADDING - SCALE
    end = max(points[-1][0], today[0])
    x = alt.X(
        "amount:Q",
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(title=axes[0], tickCount=4, format=",~r", grid=False),
    )
    y = alt.Y("brings:Q", axis=alt.Axis(title=None, tickCount=4, minExtent=SCALE, maxExtent=SCALE))
    line = chart_of([{"amount": amount, "brings": brings} for amount, brings in sorted({*points, today[:2]})])
    dot = chart_of([{"amount": today[0], "brings": today[1], "said": today[2]}])
    right = today[0] > 0.6 * end
    layers = [
        line.mark_line(color=TEAL, strokeWidth=3).encode(x=x, y=y),
        dot.mark_point(color=TEAL, size=170, filled=True, opacity=1).encode(x=x, y=y),
        dot.mark_text(
            color=INK, fontSize=SMALL, align="right" if right else "left", baseline="top", dx=-4 if right else 12, dy=10
        ).encode(x=x, y=y, text="said:N"),
    ]
    return svg_of(alt.layer(*layers).properties(width=across, height=240), locale, width, title, axes[1])


def draw_calibration(
    points: Sequence[tuple[float, float, float]],
    axes: tuple[str, str],
    perfect: str,
    locale: Mapping[str, Any],
    width: int = WIDE,
    title: str = "",
) -> str:
    """What was said beside what came: dots by a straight line, with bars where a perfect forecast would lie.

    Args:
        points: said, came and the standard error of a perfect forecast, of 100 each.
        axes: what stands along and up.
        perfect: the label of the line.
        locale: how numbers are written.
        width: pixels.
        title: a sentence inside the picture.

    >>> locale = {"decimal": ".", "thousands": ",", "grouping": [3]}
    >>> draw_calibration([(20.0, 22.0, 3.0), (60.0, 58.0, 3.0)], ("said", "came"), "a perfect forecast", locale)[:4]
    '<svg'
    """
    across = width - 2 * PADDING - SCALE
    reach = [*(said for said, _, _ in points), *(came for _, came, _ in points)]
    low, high = max(0.0, min(reach) - 6.0), min(100.0, max(reach) + 6.0)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("said:Q", scale=scale, axis=alt.Axis(title=axes[0], tickCount=5, grid=False))
    y = alt.Y("came:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5, minExtent=SCALE, maxExtent=SCALE))
    rows = [
        {"said": said, "came": came, "least": max(said - 1.96 * error, low), "most": min(said + 1.96 * error, high)}
        for said, came, error in points
    ]
    base = chart_of(rows)
    line = chart_of([{"said": low, "came": low}, {"said": high, "came": high}])
    label = chart_of([{"said": low + 0.03 * (high - low), "came": high, "text": perfect}])
    key = chart_of([{"said": low + 0.012 * (high - low), "came": high}])
    layers = [
        line.mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=2).encode(x=x, y=y),
        base.mark_rule(color=GREY, strokeWidth=7, opacity=0.35).encode(
            x=x, y=alt.Y("least:Q", scale=scale), y2="most:Q"
        ),
        base.mark_point(color=TEAL, size=110, filled=True, opacity=1).encode(x=x, y=y),
        key.mark_point(shape="square", color=GREY, size=110, filled=True, opacity=0.35).encode(x=x, y=y),
        label.mark_text(color=INK, fontSize=SMALL, align="left", baseline="middle").encode(x=x, y=y, text="text:N"),
    ]
    return svg_of(alt.layer(*layers).properties(width=across, height=320), locale, width, title, axes[1])


def draw_curves(
    lines: Sequence[Line],
    axes: tuple[str, str],
    random: str,
    locale: Mapping[str, Any],
    width: int = WIDE,
    title: str = "",
) -> str:
    """One small panel an option: the curve in its band, and the straight line of a random order.

    Args:
        lines: the curves; all panels share one scale.
        axes: what stands along and up.
        random: the label of the straight line.
        locale: how numbers are written.
        width: pixels.
        title: a sentence inside the picture.

    >>> line = Line("a", [0.0, 1.0], [0.0, 5.0], [0.0, 4.0], [0.0, 6.0])
    >>> draw_curves([line], ("share", "gain"), "random order", {"decimal": ".", "thousands": ",", "grouping": [3]})[:4]
    '<svg'
    """
    columns = 2 if width >= WIDE and len(lines) > 1 else 1
    across = (width - 2 * PADDING - columns * SCALE - (columns - 1) * BETWEEN) // columns
    ends = [value for line in lines for value in (*line.lower, *line.upper, *line.gain)]
    scale = alt.Scale(domain=domain_of(ends), nice=False, zero=False)
    panels = [
        _panel(
            line,
            axes[0] if place >= len(lines) - columns else "",
            random if place == 0 else "",
            scale,
            across,
        )
        for place, line in enumerate(lines)
    ]
    grid = alt.vconcat(
        *(alt.hconcat(*panels[at : at + columns], spacing=BETWEEN) for at in range(0, len(panels), columns)),
        spacing=24,
    )
    return svg_of(grid, locale, width, title, axes[1])


def _panel(line: Line, along: str, random: str, scale: alt.Scale, width: int) -> alt.LayerChart | alt.FacetChart:
    parts = (line.share, line.gain, line.lower, line.upper)
    rows = [dict(zip(("share", "gain", "lower", "upper"), point, strict=True)) for point in zip(*parts, strict=True)]
    colour = _COLOURS[line.verdict]
    title = textwrap.wrap(along, max(16, width // 8)) or alt.Undefined
    x = alt.X(
        "share:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title=title if along else None, format=".0%", values=[0, 0.5, 1], grid=False),
    )
    y = alt.Y("gain:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4, minExtent=SCALE, maxExtent=SCALE))
    base = chart_of(rows)
    straight = [{"share": 0.0, "gain": 0.0}, {"share": 1.0, "gain": line.gain[-1]}]
    label = [{"share": 0.6, "gain": 0.6 * line.gain[-1], "said": random}]
    layers = [
        base.mark_area(color=colour, opacity=0.2).encode(x=x, y=alt.Y("lower:Q", scale=scale), y2="upper:Q"),
        chart_of([{"gain": 0.0}]).mark_rule(color=INK, strokeWidth=1.5).encode(y=y),
        chart_of(straight).mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=2).encode(x=x, y=y),
        base.mark_line(color=colour, strokeWidth=3).encode(x=x, y=y),
        chart_of(label)
        .mark_text(color=GREY, fontSize=SMALL, align="left", baseline="top", dy=9)
        .encode(x=x, y=y, text="said:N"),
    ]
    name = alt.TitleParams(line.name, fontSize=LETTER, anchor="start", offset=8)
    return alt.layer(*layers).properties(width=width, height=160, title=name)
