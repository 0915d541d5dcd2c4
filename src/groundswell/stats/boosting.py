"""Gradient boosting of small trees for weighted least squares, with few readings of the rows.

For squared error a tree changes every row's slope by its leaf's value times its weight. So the histogram of slopes for the
next tree is the last one less ``value x histogram of weights``, leaf by leaf, and the rows need not be read again for the
first of three questions; of the two sides of any other only the smaller one is read (as in LightGBM, Ke et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.trees import QUESTIONS, Trees

BINS = 64
"""Most values a trait is told apart by."""


class Taste(NamedTuple):
    """How a booster learns.

    Attributes:
        trees: how many.
        rate: what of a leaf's value is taken.
        ridge: weight that is added to a leaf's, in rows of average weight.
        least: a leaf has at least so much weight, in rows of average weight.
    """

    trees: int
    rate: float
    ridge: float
    least: float


class Binned(NamedTuple):
    """Traits as whole numbers below 64.

    Attributes:
        bins: (traits, n) which bin each value is in.
        edges: for each trait the values that end its bins; a value above the k-th edge is in bin k + 1 or later.
    """

    bins: NDArray[np.uint8]
    edges: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, columns: Iterable[NDArray[np.float64]], count: int) -> Binned:
        """Bins of about as many rows each, from columns (``count``,) without blanks.

        >>> Binned.of([np.array([1.0, 1.0, 5.0])], 3).bins.tolist()
        [[0, 0, 1]]
        """
        edges, found = [], []
        for column in columns:
            ordered = np.sort(column)
            distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=np.nan) != 0)]
            if len(distinct) > BINS:
                ends = np.unique(ordered[np.arange(1, BINS) * len(ordered) // BINS])
                ends = ends[ends < ordered[-1]]
            else:
                ends = (distinct[:-1] + distinct[1:]) / 2
            edges.append(ends)
            found.append(np.searchsorted(ends, column, side="left").astype(np.uint8))
        return cls(np.stack(found) if found else np.zeros((0, count), dtype=np.uint8), tuple(edges))

    def in_values(self, trees: Trees) -> Trees:
        """Trees that ask about bins, asking about values instead."""
        threshold = np.full(trees.threshold.shape, np.inf)
        for place in zip(*np.nonzero(np.isfinite(trees.threshold)), strict=True):
            threshold[place] = self.edges[trees.trait[place]][int(trees.threshold[place])]
        return Trees(trees.trait, threshold, trees.value)


def boost(
    binned: Binned, rows: NDArray[np.int64], slope: NDArray[np.float64], weight: NDArray[np.float64], taste: Taste
) -> Trees:
    """Trees, asking about bins, whose sum t makes ``sum(weight t^2 / 2 - slope t)`` small: t is about ``slope / weight``.

    Args:
        binned: traits of everybody.
        rows: (m,) those to learn from.
        slope: (m,) weight times target.
        weight: (m,) 0 or more.
        taste: how to learn.

    Returns:
        The trees; without a constant, so the target should have none.
    """
    total = float(weight.sum())
    unit = total / max(len(rows), 1)
    if total < 2 * taste.least * unit or not len(binned.bins) or unit <= 0:
        return Trees.none()
    count = taste.trees
    trait = np.zeros((count, QUESTIONS), dtype=np.int32)
    last = np.zeros((count, QUESTIONS), dtype=np.int64)
    value = np.zeros((count, 2**QUESTIONS))
    bins = np.empty((len(rows), len(binned.bins)), dtype=np.uint8)
    for place, column in enumerate(binned.bins):
        bins[:, place] = column[rows]
    from groundswell.stats import kernels  # noqa: PLC0415 - see there

    kernels.grow(
        bins, slope.copy(), weight, taste.rate, taste.ridge * unit, taste.least * unit, BINS, trait, last, value
    )
    used = last[:, 0] >= 0
    return Trees(trait[used], np.where(last >= 0, last, np.inf)[used], value[used])
