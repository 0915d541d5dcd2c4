"""The loops over rows and trees: compiled, one thread each, and letting other threads run beside them.

This file is read only where somebody learns or foretells: the compiler takes longer to load than most commands to run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop once and keep it; it lets other threads run beside it."""
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))


@compiled
def add(
    columns: NDArray[Any],
    trait: NDArray[np.int32],
    threshold: NDArray[np.float64],
    value: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add every tree's value to every row, some rows at a time so that they stay in the cache."""
    count, block = columns.shape[1], 512
    for start in range(0, count, block):
        stop = min(start + block, count)
        for tree in range(len(trait)):
            one, two, three = columns[trait[tree, 0]], columns[trait[tree, 1]], columns[trait[tree, 2]]
            first, second, third = threshold[tree, 0], threshold[tree, 1], threshold[tree, 2]
            for row in range(start, stop):
                answers = int(one[row] > first) + 2 * int(two[row] > second) + 4 * int(three[row] > third)
                out[row] += value[tree, answers]


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
def grow(
    bins: NDArray[np.uint8],
    slope: NDArray[np.float64],
    weight: NDArray[np.float64],
    rate: float,
    ridge: float,
    least: float,
    values: int,
    trait: NDArray[np.int32],
    last: NDArray[np.int64],
    value: NDArray[np.float64],
) -> None:
    """Fill ``trait``, ``last`` (-1: never above) and ``value`` tree by tree; ``slope`` ends as what is left of it."""
    (count, traits), questions = bins.shape, trait.shape[1]
    most = questions + 1
    rows, aside = np.arange(count), np.zeros(count, dtype=np.int64)
    root, sums = np.zeros((traits, values, 2)), np.zeros((most, traits, values, 2))
    _fill(bins, rows, slope, weight, root)
    start, stop = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
    gain, about, at = np.zeros(most), np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
    # Which questions lead to a leaf, and which of them were answered "above".
    asked, above = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
    for tree in range(len(trait)):
        last[tree] = -1
        for place in range(count):
            rows[place] = place  # in their order again, or rows that lie together would be read apart
        sums[0], start[0], stop[0], asked[0], above[0] = root, 0, count, 0, 0
        gain[0], about[0], at[0] = _best(sums[0], ridge, least)
        leaves = 1
        for question in range(questions):
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
            if leaves < most:
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
