"""The loops of turfs, compiled: places on a Hilbert curve, and short ways."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.kernels import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LONGEST_PIECE = 3  # doors that are moved together


@compiled
def hilbert(x: Ints, y: Ints, bits: int) -> Ints:
    """(n,) the place of each point of a grid along the Hilbert curve (Skilling 2004).

    >>> hilbert(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]), 1).tolist()
    [0, 1, 2, 3]
    """
    found = np.empty(len(x), dtype=np.int64)
    for place in range(len(x)):
        a, b, total = x[place], y[place], 0
        step = 1 << (bits - 1)
        while step > 0:
            right, up = 1 if a & step else 0, 1 if b & step else 0
            total += step * step * ((3 * right) ^ up)
            if up == 0:
                if right == 1:
                    a, b = step - 1 - (a & (step - 1)), step - 1 - (b & (step - 1))
                a, b = b, a
            a, b = a & (step - 1), b & (step - 1)
            step >>= 1
        found[place] = total
    return found


@compiled
def walk_all(east: Floats, north: Floats, side: Floats, begins: Ints) -> tuple[Ints, Floats]:
    """Ways through all turfs.

    Args:
        east: (n,) metres, in the order of the curve.
        north: (n,) metres.
        side: (n,) metres by which the sides of a street are held apart.
        begins: (turfs + 1,) where each turf begins, and the end.

    Returns:
        (n,) the doors in the order of the walks, and (turfs,) metres.
    """
    way = np.arange(len(east))
    metres = np.zeros(len(begins) - 1)
    most = 0
    for turf in range(len(begins) - 1):
        most = max(most, begins[turf + 1] - begins[turf])
    apart = np.empty((most, most), dtype=np.float64)
    for turf in range(len(begins) - 1):
        first, count = begins[turf], begins[turf + 1] - begins[turf]
        for one in range(count):
            for other in range(one):
                dx, dy = east[first + one] - east[first + other], north[first + one] - north[first + other]
                dz = side[first + one] - side[first + other]
                apart[one, other] = apart[other, one] = np.sqrt(dx * dx + dy * dy + dz * dz)
        tour = np.arange(count)
        shorten(tour, apart, count)
        for place in range(count):
            way[first + place] = first + tour[place]
            if place:
                one, other = first + tour[place - 1], first + tour[place]
                metres[turf] += np.hypot(east[one] - east[other], north[one] - north[other])
    return way, metres


@compiled
def shorten(tour: Ints, apart: Floats, count: int) -> None:
    """Shorten an open way in place until neither turning a stretch round nor moving a short one gains anything."""
    better = count > 2
    while better:
        better = _turned(tour, apart, count)
        better = _moved(tour, apart, count) or better


@compiled
def _turned(tour: Ints, apart: Floats, count: int) -> bool:
    """2-opt: turn stretches round where that is shorter; the ends are free."""
    any_better = False
    for i in range(count - 1):
        for j in range(i + 1, count):
            before = apart[tour[i - 1], tour[i]] if i > 0 else 0.0
            after = apart[tour[j], tour[j + 1]] if j < count - 1 else 0.0
            now_before = apart[tour[i - 1], tour[j]] if i > 0 else 0.0
            now_after = apart[tour[i], tour[j + 1]] if j < count - 1 else 0.0
            if now_before + now_after < before + after - 1e-9:
                low, high = i, j
                while low < high:
                    tour[low], tour[high] = tour[high], tour[low]
                    low, high = low + 1, high - 1
                any_better = True
    return any_better


@compiled
def _moved(tour: Ints, apart: Floats, count: int) -> bool:
    """Or-opt: put stretches of up to three doors elsewhere, either way round, where that is shorter."""
    any_better = False
    for length in range(1, min(_LONGEST_PIECE, count - 2) + 1):
        start = 0
        while start + length <= count:
            end = start + length - 1
            head, tail = tour[start], tour[end]
            left = apart[tour[start - 1], head] if start > 0 else 0.0
            right = apart[tail, tour[end + 1]] if end < count - 1 else 0.0
            closed = apart[tour[start - 1], tour[end + 1]] if start > 0 and end < count - 1 else 0.0
            saved = left + right - closed
            best, where, turned = 1e-9, -2, False
            if saved > best:
                for gap in range(-1, count):  # behind the door at this place; -1: before all
                    if start - 1 <= gap <= end:
                        continue
                    behind = tour[gap] if gap >= 0 else -1
                    ahead = tour[gap + 1] if gap + 1 < count else -1
                    opened = apart[behind, ahead] if behind >= 0 and ahead >= 0 else 0.0
                    straight = (apart[behind, head] if behind >= 0 else 0.0) + (
                        apart[tail, ahead] if ahead >= 0 else 0.0
                    )
                    round_ = (apart[behind, tail] if behind >= 0 else 0.0) + (apart[head, ahead] if ahead >= 0 else 0.0)
                    gain = saved - (min(straight, round_) - opened)
                    if gain > best:
                        best, where, turned = gain, gap, round_ < straight
            if where > -2:
                piece = tour[start : end + 1].copy()
                if turned:
                    piece = piece[::-1].copy()
                if where < start:
                    for place in range(start - 1, where, -1):
                        tour[place + length] = tour[place]
                    tour[where + 1 : where + 1 + length] = piece
                else:
                    for place in range(end + 1, where + 1):
                        tour[place - length] = tour[place]
                    tour[where + 1 - length : where + 1] = piece
                any_better = True
            start += 1
    return any_better
