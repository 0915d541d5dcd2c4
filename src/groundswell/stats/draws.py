"""Keyed draws: a number in [0, 1) that depends on an id and a key and on nothing else.

SHA-256 of ``key|id``; its first 52 bits are the number. DuckDB and Spark both have SHA-256, so the same draw can be made
anywhere, and checked by hand afterwards. Who is drawn never depends on the order or number of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

_SCALE = 2.0**-52


def draw(ids: Iterable[str], *, key: str) -> NDArray[np.float64]:
    """One uniform number for each id.

    Args:
        ids: n ids.
        key: what the draw is for; another key gives independent draws.

    Returns:
        (n,) float64 in [0, 1).

    >>> bool(draw(["a", "b"], key="holdout")[0] == draw(["a"], key="holdout")[0])
    True
    """
    state = sha256(f"{key}|".encode())

    def number(name: str) -> float:
        digest = state.copy()
        digest.update(name.encode())
        return (int.from_bytes(digest.digest()[:8], "big") >> 12) * _SCALE

    return np.fromiter(map(number, ids), dtype=np.float64)


def folds(ids: Iterable[str], *, count: int, key: str = "fold") -> NDArray[np.int64]:
    """The fold of each id, 0 to ``count - 1``.

    >>> sorted(set(folds(map(str, range(100)), count=4).tolist()))
    [0, 1, 2, 3]
    """
    return np.floor(draw(ids, key=key) * count).astype(np.int64)


def pick(drawn: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """The column each draw falls into.

    Args:
        drawn: (n,) numbers in [0, 1).
        shares: (n, k) or (k,) probabilities that sum to 1 in each row.

    Returns:
        (n,) column indices; a column whose share is 0 is never picked.

    >>> pick(np.array([0.1, 0.9]), np.array([0.5, 0.0, 0.5])).tolist()
    [0, 2]
    """
    edges = np.cumsum(np.broadcast_to(shares, (len(drawn), np.shape(shares)[-1])), axis=1)
    found = (drawn[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    return np.asarray(np.minimum(found, edges.shape[1] - 1), dtype=np.int64)
