"""Prices close to the best ones, in a dozen passes: Newton's method on the dual, made smooth.

The dual is convex but has a kink wherever a unit changes its mind. With a soft maximum in place of the hard one (Nesterov
2005) it has a gradient, what units use on average, and a curvature, how much of that moves with the prices; both come out
of one pass. The softer the maximum, the fewer steps it takes and the further off it ends, so it is hardened in stages. What
it leaves is for the exact program over the units at the margin.
"""

from typing import NamedTuple

import numpy as np

from groundswell.allocate import scan
from groundswell.allocate.margin import Range, priced
from groundswell.allocate.problem import Floats
from groundswell.allocate.units import Rows, Units, extra_costs, first

_SOFTEST, _HARD, _HARDEST, _HARDER = 0.3, 3e-3, 1e-6, 0.3  # of the mean value on offer, and from stage to stage
_ENOUGH = 300.0  # units whose choice is still open; the last stage is the first that leaves no more
_STEPS = 30  # at most, in each stage
_SETTLED = 0.02  # a step that changes scores by less than so many softnesses is the last of its stage
_LIGHT, _HEAVY = 1e-9, 1e6  # damping of steps
_CERTAIN = 1e-12
_COARSE, _NEARER = 8_000, 0.03  # units that say where to begin, and how hard the maximum may be from there on
_FAR = 6.0  # standard deviations of what a sample uses


class Point(NamedTuple):
    """What is seen at some prices."""

    prices: Floats  # (M,)
    height: float  # of the smooth dual
    used: Floats  # (M,) what units use on average
    curvature: Floats  # (M, M)
    second: Floats  # (M, M) the sum over units of the mean of use times use
    open: float  # the units whose choice is open, each as far as it is


class Dual(NamedTuple):
    """Units, rows, and what there is for them."""

    units: Units
    rows: Rows
    room: Floats  # (M,)
    owed: Floats  # (M,)
    typical: float  # the mean positive value on offer


def near_best(dual: Dual, within: Range, start: Floats) -> tuple[Point, Floats]:
    """What is seen at prices close to the best ones, and how far the last stage moved them: about as far off they are."""
    soft = _SOFTEST
    if dual.units.many > 4 * _COARSE:
        start, soft = near_best(_part(dual, _COARSE), within, start)[0].prices, _NEARER
    soft, damping, usual = soft * dual.typical, _LIGHT, _usual(dual)
    point = _look(dual, np.clip(start, *within), soft)
    while True:
        before, point = point.prices, _look(dual, point.prices, soft)
        for _ in range(_STEPS):
            found = _look(dual, _moved(dual, point, within, damping, usual), soft)
            if found.height < point.height:
                moved = np.abs(found.prices - point.prices) @ usual
                point, damping = found, max(0.1 * damping, _LIGHT)
                if moved <= _SETTLED * soft:
                    break
            elif damping > _HEAVY:
                break
            else:
                damping = 10.0 * max(damping, 1e-4)
        hard = soft <= _HARD * dual.typical
        if (point.open <= _ENOUGH and hard) or soft <= _HARDEST * dual.typical:
            return point, np.abs(point.prices - before)
        soft, damping = _HARDER * soft, min(damping, 1.0)


def _part(dual: Dual, many: int) -> Dual:
    """Some of the units, with their share of what there is."""
    share = many / dual.units.many
    return Dual(first(dual.units, many), dual.rows, dual.room * share, dual.owed * share, dual.typical)


def errors(dual: Dual, point: Point, share: float) -> Floats:
    """How far off the prices of a sample may be: one standard error each.

    The prices solve an estimating equation, so their covariance is a sandwich (Huber 1967). A row that is far from binding
    stays so.

    Args:
        dual: the sample.
        point: what was seen at its best prices.
        share: of all units that the sample holds.
    """
    many = max(dual.units.many, 1)
    swing = _FAR * np.sqrt(np.maximum(np.diag(point.second), 0.0))
    slack = (point.prices == 0) & (point.used < dual.room - swing) & (point.used > dual.owed + swing)
    moving = (np.diag(point.curvature) > _CERTAIN * np.max(np.diag(point.curvature), initial=0.0)) & ~slack
    found = np.zeros(len(point.prices))
    if not moving.any():
        return found
    scale = 1.0 / np.sqrt(np.diag(point.curvature)[moving])
    bread = np.linalg.pinv(
        point.curvature[np.ix_(moving, moving)] * np.outer(scale, scale), rcond=1e-12, hermitian=True
    )
    meat = (point.second - np.outer(point.used, point.used) / many)[np.ix_(moving, moving)] * np.outer(scale, scale)
    variance = np.diag(bread @ meat @ bread) * scale**2
    found[moving] = np.sqrt(np.maximum(variance, 0.0) * (1.0 - share))
    return found


def _usual(dual: Dual) -> Floats:
    """(M,) the use of a typical option of a typical unit: how much a price moves scores."""
    units, m = dual.units, dual.rows.limits
    found = np.ones(len(dual.room))
    use = units.use.reshape(int(np.prod(units.use.shape[:2])), m)
    found[:m] = np.sqrt((use**2).mean(axis=0)) * (units.size.mean() if len(units.size) else 1.0) if len(use) else 1.0
    return np.where(found > 0, found, 1.0)


def _moved(dual: Dual, point: Point, within: Range, damping: float, usual: Floats) -> Floats:
    """Newton's step, damped (Levenberg 1944, Marquardt 1963), over the rows that are free to move.

    A row at its bound that wants to leave it stays; no price changes its sign in one step.
    """
    prices = point.prices
    slope = np.where(prices > 0, dual.room, np.where(prices < 0, dual.owed, 0.0)) - point.used
    over, under = dual.room - point.used, dual.owed - point.used
    slope = np.where(prices == 0, np.where(over < 0, over, np.where(under > 0, under, 0.0)), slope)
    stuck = ((prices <= within.low) & (slope > 0)) | ((prices >= within.high) & (slope < 0)) | (slope == 0.0)
    free = np.flatnonzero(~stuck & np.isfinite(slope))
    if not free.size:
        return prices
    unit = np.maximum(np.abs(prices), dual.typical / usual)[free]  # a natural step
    matrix = point.curvature[np.ix_(free, free)] * np.outer(unit, unit)
    least = 1e-8 * np.trace(matrix) / len(free) + 1e-6 * dual.typical * dual.units.many
    matrix[np.diag_indices(len(free))] *= 1.0 + damping
    found = np.linalg.solve(matrix + (1.0 + damping) * least * np.eye(len(free)), -slope[free] * unit)
    moved = prices.copy()
    moved[free] += found * min(1.0, 2.0 / (1.0 + damping) / np.abs(found).max()) * unit
    moved = np.clip(moved, *within)
    return np.where(moved * prices < 0, 0.0, moved)


def _look(dual: Dual, prices: Floats, soft: float) -> Point:
    units, rows = dual.units, dual.rows
    if not units.alike:
        return _look_by_unit(dual, prices, soft)
    k, m, groups = len(units.value), rows.limits, max(units.groups, 1)
    cost, extra = units.use[0] @ prices[:m], extra_costs(units, rows, prices)
    means, spread = np.zeros((3, groups, k)), np.zeros((3, groups, k, k))
    height = scan.soft_sweep(units.value, units.size, units.group, cost, extra, soft, means, spread)
    used, curvature, second = np.zeros(len(prices)), np.zeros((len(prices),) * 2), np.zeros((len(prices),) * 2)
    common = np.zeros((k, len(prices)))
    common[:, :m] = units.use[0]
    for group in range(groups):
        own = np.zeros((k, len(prices)))
        for row in range(len(rows.group)):
            if rows.group[row] in (-1, group):
                own[:, m + row] = rows.options[row]
        used += means[1, group] @ common + means[0, group] @ own
        for power, left, right in ((2, common, common), (1, common, own), (1, own, common), (0, own, own)):
            curvature += left.T @ spread[power, group] @ right
            second += left.T @ (means[power, group][:, None] * right)
    height += priced(prices, dual.room, dual.owed)
    return Point(prices, height, used, curvature / soft, second, float(np.trace(spread[0], axis1=1, axis2=2).sum()))


def _look_by_unit(dual: Dual, prices: Floats, soft: float) -> Point:
    """The same where every unit has uses of its own."""
    units, rows, m = dual.units, dual.rows, dual.rows.limits
    used, curvature, second = np.zeros(len(prices)), np.zeros((len(prices),) * 2), np.zeros((len(prices),) * 2)
    own = np.zeros((max(units.groups, 1), len(units.value), len(prices) - m))
    for row in range(len(rows.group)):
        own[slice(None) if rows.group[row] < 0 else rows.group[row], :, row] = rows.options[row]
    height, still = scan.soft_sweep_by_unit(
        units.value, units.use, units.group, own, prices, soft, used, curvature, second
    )
    return Point(prices, height + priced(prices, dual.room, dual.owed), used, curvature / soft, second, still)
