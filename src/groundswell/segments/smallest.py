"""Which counts may be shown, where the law or the purpose lets no result on a few people be seen.

It is not enough to leave out small segments: whoever is told of 40 parents and 38 parents below fifty knows of two. So a
count is kept back, too, if with one or two others and the number of all, added or taken off, it would give away a group that
is too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_MOST_AT_ONCE = 3


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
    everybody = np.ones(len(atoms), dtype=np.int64)
    columns = {int(place): atoms[:, place].astype(np.int64) for place in shown}
    for many in range(1, _MOST_AT_ONCE + 1):
        for chosen in combinations(columns, many):
            for signs in product((1, -1), repeat=many):
                told = sum(sign * columns[place] for sign, place in zip(signs, chosen, strict=True))
                for all_of_them in (0, 1):
                    group = told + all_of_them * everybody
                    if group.min() < 0 or group.max() > 1:
                        continue
                    size = int(sizes @ group)
                    if 0 < size < smallest:
                        return chosen
    return None
