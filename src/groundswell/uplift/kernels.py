"""The loops over rows that look for what counts only together.

This file is read only where somebody learns: the compiler takes longer to load than most commands to run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.kernels import compiled


@compiled
def cross(
    cells: NDArray[np.uint8], slope: NDArray[np.float64], weight: NDArray[np.float64], table: NDArray[np.float64]
) -> None:
    """Fill ``table`` (traits, traits, cells, cells, 2) with sums of slope and of weight by the cells of every two traits."""
    table[:] = 0.0
    traits = cells.shape[1]
    for row in range(len(slope)):
        mine, heavy = slope[row], weight[row]
        for one in range(traits):
            own = table[one, :, cells[row, one]]
            for other in range(one + 1, traits):
                cell = cells[row, other]
                own[other, cell, 0] += mine
                own[other, cell, 1] += heavy


@compiled
def _take_off(table: NDArray[np.float64], heavy: NDArray[np.float64]) -> None:
    """Take off what each of two traits says by itself."""
    count = len(table)
    own, others = np.zeros(count), np.zeros(count)
    for _ in range(6):
        for row in range(count):
            total = heavy[row].sum()
            own[row] = (table[row].sum() - (heavy[row] * others).sum()) / total if total > 0.0 else 0.0
        for column in range(count):
            total = heavy[:, column].sum()
            others[column] = (table[:, column].sum() - (heavy[:, column] * own).sum()) / total if total > 0.0 else 0.0
    for row in range(count):
        for column in range(count):
            table[row, column] -= heavy[row, column] * (own[row] + others[column])


@compiled
def cut_in_four(table: NDArray[np.float64], noise: float, least: float) -> tuple[int, int, int, int, float]:
    """The two traits and the first cells above their cuts whose double difference stands out most, and its z.

    The slopes of ``table`` end without what each trait says by itself.
    """
    traits, count = table.shape[0], table.shape[2]
    best, found = 0.0, (0, 0, 1, 1)
    slope, weight = np.zeros((count + 1, count + 1)), np.zeros((count + 1, count + 1))
    for one in range(traits):
        for other in range(one + 1, traits):
            mine, heavier = table[one, other, :, :, 0], table[one, other, :, :, 1]
            _take_off(mine, heavier)
            for row in range(count):
                for column in range(count):
                    for total, part in ((slope, mine), (weight, heavier)):
                        before = total[row, column + 1] + total[row + 1, column] - total[row, column]
                        total[row + 1, column + 1] = before + part[row, column]
            whole, heaviest = slope[count, count], weight[count, count]
            for row in range(1, count):
                for column in range(1, count):
                    low, high = weight[row, column], heaviest
                    right, down = weight[row, count] - low, weight[count, column] - low
                    high -= low + right + down
                    if min(low, right, down, high) < least:
                        continue
                    low_slope = slope[row, column]
                    right_slope, down_slope = slope[row, count] - low_slope, slope[count, column] - low_slope
                    high_slope = whole - low_slope - right_slope - down_slope
                    apart = high_slope / high - right_slope / right - down_slope / down + low_slope / low
                    z = apart / np.sqrt(noise * (1 / high + 1 / right + 1 / down + 1 / low))
                    if abs(z) > abs(best):
                        best, found = z, (one, other, row, column)
    return found[0], found[1], found[2], found[3], best
