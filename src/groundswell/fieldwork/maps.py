"""A small map of a turf, as SVG: its doors, the way from door to door, how far, and where north is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WIDE, _HIGH, _EDGE = 680, 440, 44
_TEAL, _INK, _PAPER, _GREY = "#07595a", "#1c2024", "#fbfaf7", "#565d66"
_STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)  # metres of a scale


def draw_turf(
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    *,
    title: str,
    labels: Sequence[str] = (),
    north_is: str = "N",
) -> str:
    """Draw a turf.

    Args:
        east: (n,) metres, in the order of the walk.
        north: (n,) metres.
        title: what the picture shows, for whoever does not see it.
        labels: (n,) what stands beside each door; empty: its number in the walk, where there is room.
        north_is: the letter of the arrow.

    >>> picture = draw_turf(np.array([0.0, 100.0]), np.array([0.0, 50.0]), title="Two doors")
    >>> picture.startswith("<svg"), picture.count("<circle")
    (True, 2)
    """
    across = max(float(np.ptp(east)), float(np.ptp(north)) * (_WIDE - 2 * _EDGE) / (_HIGH - 2 * _EDGE), 20.0)
    scale = (_WIDE - 2 * _EDGE) / across
    x = _WIDE / 2 + (east - (east.min() + east.max()) / 2) * scale
    y = _HIGH / 2 - (north - (north.min() + north.max()) / 2) * scale
    way = " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x.tolist(), y.tolist(), strict=True))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{_safe(title)}" '
        'font-family="sans-serif" font-size="15">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="{_PAPER}"/>',
        f'<polyline points="{way}" fill="none" stroke="{_GREY}" stroke-width="1.5" stroke-dasharray="4 3"/>',
    ]
    parts += [
        f'<circle cx="{one:.1f}" cy="{other:.1f}" r="4" fill="{_TEAL}"/>'
        for one, other in zip(x.tolist(), y.tolist(), strict=True)
    ]
    parts += _numbers(x, y, labels)
    parts += [*_scale_bar(scale), *_arrow(north_is), "</svg>"]
    return "".join(parts)


def _numbers(x: NDArray[np.float64], y: NDArray[np.float64], labels: Sequence[str]) -> list[str]:
    """The first and the last door, and of the others as many as leave each other room."""
    count = len(x)
    texts = list(labels) or [str(place + 1) for place in range(count)]
    found: list[str] = []
    taken: list[tuple[float, float]] = []
    for place in [0, count - 1, *range(4, count, 5), *range(count)]:
        at = (float(x[place]), float(y[place]))
        if any(abs(at[0] - one) < 26 and abs(at[1] - other) < 20 for one, other in taken):
            continue
        taken.append(at)
        bold = ' font-weight="650"' if place in {0, count - 1} else ""
        found.append(f'<text x="{at[0] + 7:.1f}" y="{at[1] - 7:.1f}" fill="{_INK}"{bold}>{_safe(texts[place])}</text>')
    return found


def _scale_bar(scale: float) -> list[str]:
    metres = next((step for step in _STEPS if step * scale >= 70), _STEPS[-1])
    end = 20 + metres * scale
    told = f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"
    return [
        f'<path d="M20 {_HIGH - 26} v6 H{end:.1f} v-6" fill="none" stroke="{_INK}" stroke-width="1.5"/>',
        f'<text x="{end + 8:.1f}" y="{_HIGH - 18}" fill="{_INK}">{told}</text>',
    ]


def _arrow(letter: str) -> list[str]:
    middle = _WIDE - 28
    return [
        f'<path d="M{middle} 58 V24 m-6 9 l6 -9 l6 9" fill="none" stroke="{_INK}" stroke-width="1.5"/>',
        f'<text x="{middle}" y="76" text-anchor="middle" fill="{_INK}">{_safe(letter)}</text>',
    ]


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def walk_words(metres: float) -> tuple[float, int]:
    """A walk as people think of it: kilometres to one decimal, and minutes at an easy pace of 4 km an hour.

    >>> walk_words(1_230.0)
    (1.2, 19)
    """
    return round(metres / 1_000, 1), math.ceil(metres / 4_000 * 60 - 1e-9) if metres >= 1 else 0
