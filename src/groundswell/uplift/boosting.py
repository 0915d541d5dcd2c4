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

from groundswell.uplift.trees import QUESTIONS, Trees, compiled

BINS = 64
"""Most values a trait is told apart by."""
_LEAVES = QUESTIONS + 1


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
    bins = np.ascontiguousarray(binned.bins[:, rows].T)
    _grow(bins, slope.copy(), weight, taste.rate, taste.ridge * unit, taste.least * unit, trait, last, value)
    used = last[:, 0] >= 0
    return Trees(trait[used], np.where(last >= 0, last, np.inf)[used], value[used])


@compiled
def _fill(
    bins: NDArray[np.uint8],
    rows: NDArray[np.int64],
    slope: NDArray[np.float64],
    weight: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Sums of slope and of weight by trait and bin over some rows."""
    sums[:] = 0.0
    for row in rows:
        mine, heavy = slope[row], weight[row]
        for trait in range(bins.shape[1]):
            place = bins[row, trait]
            sums[trait, place, 0] += mine
            sums[trait, place, 1] += heavy


@compiled
def _best(sums: NDArray[np.float64], ridge: float, least: float) -> tuple[float, int, int]:
    """The question that makes the loss least: its gain, its trait and its last bin below; -1 where there is none."""
    whole_slope, whole_weight = sums[0, :, 0].sum(), sums[0, :, 1].sum()
    before = whole_slope * whole_slope / (whole_weight + ridge)
    most, found, last = 0.0, -1, -1
    for trait in range(sums.shape[0]):
        slope, weight = 0.0, 0.0
        for place in range(sums.shape[1] - 1):
            slope += sums[trait, place, 0]
            weight += sums[trait, place, 1]
            if weight < least:
                continue
            if whole_weight - weight < least:
                break
            rest = whole_slope - slope
            gain = slope * slope / (weight + ridge) + rest * rest / (whole_weight - weight + ridge) - before
            if gain > most * (1 + 1e-12):
                most, found, last = gain, trait, place
    return most, found, last


@compiled
def _split(
    rows: NDArray[np.int64], aside: NDArray[np.int64], start: int, stop: int, column: NDArray[np.uint8], last: int
) -> int:
    """Bring those of ``rows[start:stop]`` that are above to the end, the order kept; where they begin."""
    middle, over = start, 0
    for place in range(start, stop):
        row = rows[place]
        if column[row] > last:
            aside[over] = row
            over += 1
        else:
            rows[middle] = row
            middle += 1
    rows[middle : middle + over] = aside[:over]
    return middle


@compiled
def _grow(
    bins: NDArray[np.uint8],
    slope: NDArray[np.float64],
    weight: NDArray[np.float64],
    rate: float,
    ridge: float,
    least: float,
    trait: NDArray[np.int32],
    last: NDArray[np.int64],
    value: NDArray[np.float64],
) -> None:
    """Fill ``trait``, ``last`` (-1: never above) and ``value`` tree by tree; ``slope`` ends as what is left of it."""
    count, traits = bins.shape
    rows, aside = np.arange(count), np.zeros(count, dtype=np.int64)
    root, sums = np.zeros((traits, BINS, 2)), np.zeros((_LEAVES, traits, BINS, 2))
    _fill(bins, rows, slope, weight, root)
    start, stop = np.zeros(_LEAVES, dtype=np.int64), np.zeros(_LEAVES, dtype=np.int64)
    gain, about, at = np.zeros(_LEAVES), np.zeros(_LEAVES, dtype=np.int64), np.zeros(_LEAVES, dtype=np.int64)
    # Which questions lead to a leaf, and which of them were answered "above".
    asked, above = np.zeros(_LEAVES, dtype=np.int64), np.zeros(_LEAVES, dtype=np.int64)
    for tree in range(len(trait)):
        last[tree] = -1
        for place in range(count):
            rows[place] = place  # in their order again, or rows that lie together would be read apart
        sums[0], start[0], stop[0], asked[0], above[0] = root, 0, count, 0, 0
        gain[0], about[0], at[0] = _best(sums[0], ridge, least)
        leaves = 1
        for question in range(QUESTIONS):
            leaf, new = int(np.argmax(gain[:leaves])), leaves
            if gain[leaf] <= 0.0:
                break
            leaves += 1
            trait[tree, question], last[tree, question] = about[leaf], at[leaf]
            middle = _split(rows, aside, start[leaf], stop[leaf], bins[:, about[leaf]], at[leaf])
            start[new], stop[new], stop[leaf] = middle, stop[leaf], middle
            asked[leaf] |= 1 << question
            asked[new], above[new] = asked[leaf], above[leaf] | 1 << question
            small, big = (new, leaf) if stop[new] - middle < middle - start[leaf] else (leaf, new)
            if big == new:
                sums[new] = sums[leaf]
            _fill(bins, rows[start[small] : stop[small]], slope, weight, sums[small])
            sums[big] -= sums[small]
            if leaves < _LEAVES:
                gain[leaf], about[leaf], at[leaf] = _best(sums[leaf], ridge, least)
                gain[new], about[new], at[new] = _best(sums[new], ridge, least)
        for leaf in range(leaves):
            here = rate * sums[leaf, 0, :, 0].sum() / (sums[leaf, 0, :, 1].sum() + ridge)
            root[:, :, 0] -= here * sums[leaf, :, :, 1]
            for place in range(start[leaf], stop[leaf]):
                slope[rows[place]] -= here * weight[rows[place]]
            for answers in range(value.shape[1]):
                if answers & asked[leaf] == above[leaf]:
                    value[tree, answers] = here
