"""Which counts may be shown, where the law or the purpose lets no result on a few people be seen.

It is not enough to leave out small segments: whoever is told of 40 parents and 38 parents below fifty knows of two. So a
count is kept back, too, if with any of the others and the number of all, added or taken off, it would give away a group that
is too small. Of more than ten segments any four are tried together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_ALL_TOGETHER, _AT_ONCE = 10, 4  # segments of which any are added and taken off; of more, so many at once


class Counted(NamedTuple):
    """How many belong to a segment.

    Attributes:
        name: its id.
        people: how many; None where that may not be shown.
        share: of all people.
    """

    name: str
    people: int | None
    share: float | None


def count_members(found: pa.Table, smallest: int) -> list[Counted]:
    """How many belong to each segment, as far as that may be shown.

    Args:
        found: a column of true and false for each segment.
        smallest: the fewest people that anything may be told of.

    >>> count_members(pa.table({"all": [True] * 9, "some": [True] * 2 + [False] * 7}), 5)
    [Counted(name='all', people=9, share=1.0), Counted(name='some', people=None, share=None)]
    """
    if not found.column_names:
        return []
    members = np.column_stack([column.to_numpy(zero_copy_only=False).astype(bool) for column in found.columns])
    shown, count = may_be_shown(members, smallest), members.sum(axis=0)
    everybody = max(len(members), 1)
    return [
        Counted(name, int(many), float(many / everybody)) if told else Counted(name, None, None)
        for name, many, told in zip(found.column_names, count, shown, strict=True)
    ]


def may_be_shown(members: NDArray[np.bool_], smallest: int) -> NDArray[np.bool_]:
    """(segments,) True where the count of a segment may be shown beside all others that may, and the number of all people.

    Args:
        members: (people, segments).
        smallest: the fewest people that anything may be told of.

    >>> four = np.arange(40)[:, None] < np.array([30, 28, 3, 12])
    >>> may_be_shown(four, 5).tolist()
    [True, False, False, True]
    """
    atoms, sizes = np.unique(members, axis=0, return_counts=True)
    count = members.sum(axis=0)
    if not len(members):
        return np.ones(members.shape[1], dtype=bool)
    shown = np.array((count >= smallest) | (count == 0))
    while True:
        gone = _betrayed(atoms, sizes, np.flatnonzero(shown), smallest)
        if gone is None:
            return shown
        # Of those that together betray somebody the smallest goes.
        shown[min(gone, key=lambda place: (count[place], -place))] = False


def _betrayed(
    atoms: NDArray[np.bool_], sizes: NDArray[np.int64], shown: NDArray[np.int64], smallest: int
) -> Sequence[int] | None:
    """Segments whose counts, added and taken off, give the size of a group that is too small; None: there are none."""
    inside = atoms[:, shown].astype(np.int16)
    for many in range(1, min(len(shown), _AT_ONCE if len(shown) > _ALL_TOGETHER else len(shown)) + 1):
        signs = np.array(list(product((1, -1), repeat=many)), dtype=np.int16)
        for chosen in combinations(range(len(shown)), many):
            told = signs @ inside[:, chosen].T
            for everybody in (-1, 0, 1):
                groups = told + everybody
                real = np.flatnonzero((groups.min(axis=1) >= 0) & (groups.max(axis=1) <= 1))
                people = groups[real].astype(np.int64) @ sizes
                if ((people > 0) & (people < smallest)).any():
                    return [int(shown[place]) for place in chosen]
    return None
