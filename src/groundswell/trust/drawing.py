"""How every picture looks: colours, letters, margins, and the one way to SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

INK, PAPER, TEAL, RUST, GREY, LINE = "#1c2024", "#fbfaf7", "#07595a", "#9a3412", "#565d66", "#e9e6df"
WIDE, NARROW = 720, 288
"""Pixels from edge to edge: a desk or a sheet of paper, and the smallest telephone."""
PADDING = 12
SCALE, BETWEEN = 44, 20
LETTER, SMALL = 16, 14
_NAMES = 0.55
"""The part of a wide row that a name may take; a longer one ends in dots."""


def chart_of(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """A chart of rows that stand in it."""
    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def domain_of(values: Sequence[float]) -> list[float]:
    """From the least to the most, zero included, with a little room on both sides."""
    least, most = min([0.0, *values]), max([0.0, *values])
    room = (most - least or 1.0) * 0.04
    return [least - room if least < 0 else -room / 2, most + room]


def axis_of(title: str, width: int) -> alt.Axis:
    """The axis under all rows, with its unit."""
    return alt.Axis(
        title=textwrap.wrap(title, max(20, width // 8)),
        orient="bottom",
        tickCount=8 if width >= WIDE else 4,
        grid=True,
        titleAnchor="start",
    )


def svg_of(chart: alt.TopLevelMixin, locale: Mapping[str, Any], width: int, title: str, under: str = "") -> str:
    """SVG text: width, padding, paper and letters are set here once.

    Args:
        chart: what to draw.
        locale: how numbers are written.
        width: pixels from edge to edge; rows are fitted to it, panels come with their own.
        title: a sentence above it.
        under: a second line above it, in grey: the unit of all panels.
    """
    spec = chart.to_dict()
    spec.pop("$schema", None)
    if "layer" in spec:
        spec |= {"width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    spec["config"] = _CONFIG
    if title or under:
        above = textwrap.wrap(title, max(24, width // 11)) or textwrap.wrap(under, max(20, width // 8))
        spec["title"] = {
            "text": above,
            "anchor": "start",
            "fontSize": 20 if title else SMALL,
            "color": INK if title else GREY,
            "fontWeight": 600 if title else "normal",
            "offset": 14,
        }
        if title and under:
            spec["title"]["subtitle"] = textwrap.wrap(under, max(20, width // 8))
    return str(vl_convert.vegalite_to_svg(spec, format_locale=dict(locale)))


class Rows:
    """Where the words and the marks of each row stand: beside each other if there is room, else below each other."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.narrow = width < WIDE
        self.each = 82 if self.narrow else 62

    def heights(self, place: int) -> dict[str, float]:
        """Where name, figures and dot of a row stand, in pixels from the top."""
        top = place * self.each
        return {"top": top + 12, "second": top + (34 if self.narrow else 12), "dot": top + self.each - 24}

    def total(self, count: int) -> int:
        """The height of all rows."""
        return count * self.each

    def scale(self, count: int) -> alt.Scale:
        """Pixels as a scale."""
        return alt.Scale(domain=[0, self.total(count)], reverse=True, nice=False)

    def said(self, figure: str, word: str) -> str:
        """Figures with the verdict: its word where there is room, else its sign."""
        if not figure:
            return word
        return f"{figure}  {word.split(maxsplit=1)[0] if self.narrow else word}"

    def zero(self, count: int, x: alt.X) -> alt.Chart:
        """The zero line, left open where a row's words stand."""
        dots = [self.heights(place)["dot"] for place in range(count)]
        data = [{"value": 0.0, "dot": dot - 14, "under": dot + 14} for dot in dots]
        zero: alt.Chart = chart_of(data).mark_rule(color=INK, strokeWidth=1.5)
        return zero.encode(x=x, y=alt.Y("dot:Q", scale=self.scale(count), axis=None), y2="under:Q")

    def words(self, base: alt.Chart, y: alt.Y) -> list[alt.Chart]:
        """Name and figures of each row, on a rim of paper that keeps lines away."""
        scale = y["scale"]
        start, end = alt.value(0), alt.value("width")
        name = alt.Y("top:Q", scale=scale, axis=None)
        figure = alt.Y("second:Q", scale=scale, axis=None)
        layers = []
        room = self.width - 2 * PADDING if self.narrow else round(self.width * _NAMES)
        for rim in (True, False):
            look: dict[str, Any] = {"stroke": PAPER, "strokeWidth": 8, "strokeJoin": "round"} if rim else {}
            mark = base.mark_text(fontSize=LETTER, color=INK, baseline="middle", **look)
            aside = "left" if self.narrow else "right"
            layers += [
                mark.copy().encode(x=start, y=name, text="name:N"),
                mark.copy().encode(x=start if self.narrow else end, y=figure, text="figure:N"),
            ]
            layers[-2].mark = {**layers[-2].mark.to_dict(), "align": "left", "fontWeight": 600, "limit": room}
            layers[-1].mark = {**layers[-1].mark.to_dict(), "align": aside}
        return layers


_CONFIG = {
    "background": PAPER,
    "padding": PADDING,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": SMALL,
        "titleFontSize": SMALL,
        "labelColor": INK,
        "titleColor": GREY,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "titlePadding": 8,
    },
    "title": {"color": INK, "subtitleColor": GREY, "subtitleFontSize": SMALL, "fontWeight": 600},
}
