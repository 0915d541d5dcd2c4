"""Doors cut into turfs, and the way through each.

Doors are laid on a Hilbert curve, which keeps neighbours together (Bartholdi and Platzman 1988), and cut into pieces of
equal length, team by team. Within a turf the way is the curve's, mended by 2-opt and by moving short stretches elsewhere
(Croes 1958; Or 1976) until nothing is gained. The two sides of a street count as a little further apart than they are:
nobody crosses at every door.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES = 111_320.0
"""One degree of latitude."""
CROSSING = 12.0
"""Metres that crossing the street counts for, beside the way itself."""
_BITS = 16


class Turfs(NamedTuple):
    """Doors in turfs.

    Attributes:
        turf: (doors,) the turf of each, 0 and on.
        turn: (doors,) its place in the walk of its turf, 0 and on.
        metres: (turfs,) the length of each walk, as the crow flies from door to door.
    """

    turf: Ints
    turn: Ints
    metres: Floats


def flat(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Metres east and north of the middle, good for places some hundred kilometres wide.

    >>> [column.round().tolist() for column in flat(np.array([39.80, 39.81]), np.array([-89.64, -89.64]))]
    [[0.0, 0.0], [-557.0, 557.0]]
    """
    middle = float(latitude.mean()) if len(latitude) else 0.0
    east = (longitude - (longitude.mean() if len(longitude) else 0.0)) * METRES * np.cos(np.radians(middle))
    return east, (latitude - middle) * METRES


def cut_turfs(
    east: Floats,
    north: Floats,
    *,
    doors: int = 60,
    odd: NDArray[np.bool_] | None = None,
    team: Ints | None = None,
) -> Turfs:
    """Cut doors into compact turfs, and lay a way through each.

    Args:
        east: (n,) metres.
        north: (n,) metres.
        doors: at most so many to a turf; a team's turfs are as even as can be.
        odd: (n,) on the odd side of the street; None: it is not known.
        team: (n,) whose doors they are: no turf holds those of two teams; None: all are one's.

    Raises:
        ValueError: for fewer than 1 door to a turf, or places that are not finite.

    >>> found = cut_turfs(np.array([0.0, 500.0, 10.0, 510.0]), np.zeros(4), doors=2)
    >>> found.turf.tolist(), found.metres.tolist()
    ([0, 1, 0, 1], [10.0, 10.0])
    """
    if doors < 1:
        raise ValueError(f"a turf of {doors} doors; expected 1 or more")
    east, north = np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        raise ValueError("east and north hold numbers that are not finite; expected metres")
    count = len(east)
    if not count:
        return Turfs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    from groundswell.fieldwork.walking import hilbert, walk_all  # noqa: PLC0415 - the compiler takes long to load

    team = np.zeros(count, np.int64) if team is None else np.asarray(team, dtype=np.int64)
    side = np.zeros(count) if odd is None else np.where(odd, CROSSING, 0.0)
    order = np.lexsort((hilbert(_grid(east), _grid(north), _BITS), team))
    begins = _cuts(team[order], doors)
    way, metres = walk_all(east[order], north[order], side[order], begins)
    turf, turn = np.empty(count, np.int64), np.empty(count, np.int64)
    numbers = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    turf[order] = numbers
    turn[order[way]] = np.arange(count) - begins[numbers]
    return Turfs(turf, turn, metres)


def _grid(metres: Floats) -> Ints:
    """Whole numbers of _BITS bits, one scale for both directions would waste bits: each has its own."""
    low, high = float(metres.min()), float(metres.max())
    scale = (2**_BITS - 1) / max(high - low, 1e-9)
    return np.asarray((metres - low) * scale, dtype=np.int64)


def _cuts(team: Ints, doors: int) -> Ints:
    """Where turfs begin, among doors sorted by team; and the end."""
    ends = np.flatnonzero(np.diff(team)) + 1
    begins = np.concatenate([[0], ends, [len(team)]])
    found = [0]
    for start, end in zip(begins[:-1].tolist(), begins[1:].tolist(), strict=True):
        pieces = -(-(end - start) // doors)
        found += [start + (end - start) * piece // pieces for piece in range(1, pieces + 1)]
    return np.array(found, dtype=np.int64)


def stray(latitude: Floats, longitude: Floats, *, furthest: float = 200.0) -> tuple[Ints, Sequence[str]]:
    """Places on the map that cannot be: which, and what is wrong with each.

    Args:
        latitude: (n,) degrees north; NaN where it is not known.
        longitude: (n,) degrees east.
        furthest: kilometres from the middle of all, beyond which a door is no door of this campaign.

    >>> where, why = stray(np.array([39.8, 39.8, 0.0, -89.6]), np.array([-89.6, -89.7, 0.0, 39.8]))
    >>> where.tolist(), why
    ([2, 3], ['0, 0 is no place where anybody lives', 'latitude and longitude are the wrong way round'])
    """
    known = np.isfinite(latitude) & np.isfinite(longitude)
    nowhere = known & (latitude == 0.0) & (longitude == 0.0)
    good = known & ~nowhere & (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    middle = (np.median(latitude[good]), np.median(longitude[good])) if good.any() else (0.0, 0.0)
    far = _kilometres(latitude, longitude, middle) > furthest
    swapped = _kilometres(longitude, latitude, middle) <= furthest
    wrong = np.flatnonzero(nowhere | (known & (far | ~good)))
    told = []
    for place in wrong.tolist():
        if nowhere[place]:
            told.append("0, 0 is no place where anybody lives")
        elif swapped[place]:
            told.append("latitude and longitude are the wrong way round")
        elif not good[place]:
            told.append("no place on earth: latitude is from -90 to 90, longitude from -180 to 180")
        else:
            told.append(f"lies more than {furthest:g} km from the others")
    return wrong, told


def _kilometres(latitude: Floats, longitude: Floats, middle: tuple[float, float]) -> Floats:
    north = (latitude - middle[0]) * METRES
    east = (longitude - middle[1]) * METRES * np.cos(np.radians(min(abs(middle[0]), 89.0)))
    return np.asarray(np.hypot(north, east) / 1_000)
