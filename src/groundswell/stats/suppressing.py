"""Which groups may be told beside the sum of all, so that nobody can reckon a small one out of what is told."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def may_be_told(sides: ArrayLike, smallest: int, rest: ArrayLike = (0, 0)) -> NDArray[np.bool_]:
    """The groups that may be told: of either side each holds nobody or enough, and so does all that is left out, together.

    Complementary cell suppression (Willenborg & de Waal 2001) for one sum: the next smallest group goes, too, until what the
    whole less the groups told tells is of enough people, or of none.

    Args:
        sides: (groups, 2) people of either side, such as those who were drawn for something and for nothing.
        smallest: the fewest of a side that anything may be told of; 0: there is no such number.
        rest: (2,) people of the whole who are in no group.

    Returns:
        (groups,) True for those that may be told.

    >>> may_be_told([[12, 12], [3, 3], [9, 9]], 4).tolist(), may_be_told([[12, 12], [9, 9]], 4, rest=(1, 0)).tolist()
    ([True, False, False], [True, False])
    """
    counts = np.asarray(sides, dtype=np.int64).reshape(-1, 2)
    told = np.asarray(~((counts > 0) & (counts < smallest)).any(axis=1))
    for following in np.argsort(counts.sum(axis=1), kind="stable"):
        left = counts[~told].sum(axis=0) + np.asarray(rest)
        if not ((left > 0) & (left < smallest)).any():
            break
        told[following] = False
    return told
