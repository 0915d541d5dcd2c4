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
