"""Many comparisons at once: who tries twenty messages finds one that "works" by chance, unless it is counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.vocabulary import EvidenceError


def holm(p: ArrayLike, *, comparisons: int = 0) -> NDArray[np.float64]:
    """Adjusted p-values: among those below alpha is a false one with probability alpha at most, whatever hangs on what.

    Args:
        p: (n,) p-values.
        comparisons: how many were made in all, where these are only some of them; the others count as the larger ones.

    Returns:
        (n,) adjusted p-values, in the order given.

    Raises:
        EvidenceError: when one is no probability.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]

    Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    found, order = _ordered(p)
    times = np.maximum(max(len(found), comparisons) - np.arange(len(found)), 1)
    return _put_back(np.maximum.accumulate(found[order] * times), order)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values: of those below alpha a share of alpha is false on average, where they do not pull apart.

    Args:
        p: (n,) p-values, independent or positively dependent.

    Returns:
        (n,) adjusted p-values (false discovery rates), in the order given.

    Raises:
        EvidenceError: when one is no probability.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]

    Benjamini & Hochberg (1995), Controlling the false discovery rate.
    """
    found, order = _ordered(p)
    each = found[order] * (len(found) / np.arange(1, len(found) + 1))
    return _put_back(np.minimum.accumulate(each[::-1])[::-1], order)


def _ordered(p: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    found = np.asarray(p, dtype=np.float64)
    if found.ndim != 1:
        raise EvidenceError("p is one column.", found=f"an array of shape {found.shape}", expected="(n,)")
    odd = np.flatnonzero(~((found >= 0) & (found <= 1)))
    if len(odd):
        raise EvidenceError(
            "A p-value is no probability.",
            found=f"{found[odd[0]]} in place {odd[0]} (counted from 0)",
            expected="0 to 1",
        )
    return found, np.argsort(found, kind="stable")


def _put_back(adjusted: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    back = np.empty_like(adjusted)
    back[order] = np.minimum(adjusted, 1.0)
    return back
