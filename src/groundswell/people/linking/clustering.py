"""From pairs to people: whoever is linked is one person, unless that would make one of two who cannot be.

Records join from the surest link on, and two groups become one only where, on average over all their pairs, more speaks for
it than against it (average linkage on log odds). A pair that contradicts itself - other birth years, other first names -
counts so much that its two records never meet.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LARGEST = 200
"""Records; a larger group falls apart first, at its weakest links."""
FOR, AGAINST = 20.0, 10.0
"""The most a pair counts for a group, and against it, as log odds, base 2."""
NEVER = -1e9
"""What a pair counts that cannot be one person: as much as no group has links to outweigh."""
ALWAYS = 1e5
"""And one of which somebody said that it is."""


def groups_of(count: int, left: Ints, right: Ints) -> Ints:
    """The group of each record, where every link joins.

    >>> groups_of(3, np.array([0]), np.array([2])).tolist()
    [0, 1, 0]
    """
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - slow to load, and few commands link
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    links = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    _, labels = connected_components(links, directed=False)
    found: Ints = labels.astype(np.int64)
    return found


def cut(members: Sequence[int], pairs: Mapping[tuple[int, int], float], *, least: float) -> list[list[int]]:
    """Divide one group into people.

    Args:
        members: its records, in an order that does not depend on where they stood.
        pairs: (lesser, greater) -> log odds, base 2, that they are one person; of all pairs.
        least: the log odds of a link.

    >>> cut([1, 2, 3], {(1, 2): 9.0, (2, 3): 8.0, (1, 3): NEVER}, least=3.0)
    [[1, 2], [3]]
    """
    place = {member: at for at, member in enumerate(members)}
    groups: dict[int, list[int]] = {at: [at] for at in range(len(members))}
    total, best = {}, {}
    for (one, other), odds in pairs.items():
        between = _pair(place[one], place[other])
        best[between] = odds
        total[between] = odds if odds <= NEVER or odds >= ALWAYS else min(max(odds, -AGAINST), FOR)
    heap = [(-total[between], *between) for between, odds in best.items() if odds >= least]
    heapq.heapify(heap)
    newest = len(members)
    while heap:
        _, a, b = heapq.heappop(heap)
        if a not in groups or b not in groups:
            continue
        joined = groups.pop(a) + groups.pop(b)
        for other, its in groups.items():
            its_a, its_b, both = _pair(a, other), _pair(b, other), _pair(other, newest)
            total[both], best[both] = total[its_a] + total[its_b], max(best[its_a], best[its_b])
            # One sure link, more for it than against it over all pairs, and no two who cannot be one.
            if best[both] >= least and total[both] > 0.0:
                heapq.heappush(heap, (-total[both] / (len(joined) * len(its)), *both))
        groups[newest] = joined
        newest += 1
    return sorted(sorted(members[at] for at in its) for its in groups.values())


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
