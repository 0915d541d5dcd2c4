"""The units at the margin, and the small linear program over them that settles what the prices leave open.

In a box of prices around the present ones nearly every unit keeps its choice. Only those that could change, the
units at the margin, enter a program; the others are a fixed use of the limits. Units with identical rows are one
kind and enter once, with their number: discrete data have thousands of equal units but few kinds.
"""

from typing import NamedTuple

import numpy as np

from groundswell.allocate import kernels
from groundswell.allocate.problem import Bools, Floats, Ints, Problem
from groundswell.allocate.programs import Answer, Program, solve_linear

_TIED = 1e-12  # a reach below this is a tie that rounding has opened


class Decided(NamedTuple):
    """What every unit does by itself at some prices."""

    choice: Ints  # (n,) -1 is `nothing`
    bound: float  # the dual value at the prices: no plan that keeps the limits is worth more
    spread: Floats  # (m,) a natural step for each price, > 0


class Kinds(NamedTuple):
    """Units grouped by identical rows."""

    units: Ints  # (N,) the units
    kind: Ints  # (N,) the kind of each
    value: Floats  # (T, k)
    use: Floats  # (T, k, m)
    keep: Bools  # (T, k) the options that are in question
    number: Floats  # (T,) how many units are of the kind


class Margin(NamedTuple):
    """A linear program over T kinds: how many of each kind take which option."""

    value: Floats  # (T, k)
    use: Floats  # (T, k, m)
    keep: Bools  # (T, k) the options that are in question
    number: Floats  # (T,) how many units are of the kind
    must: Bools  # (T,) whether all of a kind must take an option (`nothing` is not in question)
    room: Floats  # (m,) what the other units leave of the limits; may be negative
    low: Floats  # (m,) the price at which room can be sold back
    high: Floats  # (m,) the price at which more can be bought; infinite where it cannot


def decide(problem: Problem, prices: Floats) -> Decided:
    """Let every unit decide at `prices`; the sum of the best scores plus the price of the limits is the bound."""
    choice = np.empty(len(problem.value), dtype=np.int64)
    bound = kernels.sweep(problem, prices, choice) + float(prices @ problem.at_most)
    worth_all = bound / np.where(problem.at_most > 0, problem.at_most, 1.0)
    return Decided(choice, bound, np.maximum(prices, 0.05 * worth_all) + np.finfo(np.float64).tiny)


def total_use(problem: Problem, choice: Ints, units: Ints) -> Floats:
    """What `units` use of every limit under `choice`."""
    doing = units[choice[units] >= 0]
    found: Floats = problem.use[doing, choice[doing]].sum(axis=0)
    return found


def all_but(n: int, units: Ints) -> Ints:
    """The units of n that are not among `units`."""
    others = np.ones(n, dtype=np.bool_)
    others[units] = False
    return np.flatnonzero(others)


def nearest(problem: Problem, prices: Floats, decided: Decided, most: int) -> tuple[Ints, float]:
    """All tied units and the `most` next to them, with the radius of the box in which no other unit moves."""
    reach = np.empty(len(problem.value))
    kernels.reach(problem, prices, decided.spread, decided.choice, reach)
    apart = reach[reach > _TIED]
    radius = float(np.partition(apart, most)[most]) if most < len(apart) else np.inf
    return np.flatnonzero(reach <= radius) if np.isfinite(radius) else np.arange(len(reach)), radius


def group(problem: Problem, units: Ints, keep: Bools) -> Kinds:
    """Group units whose rows are equal to the last bit, as far as their options are in question."""
    value = np.where(keep, problem.value[units], 0.0)
    use = np.where(keep[:, :, None], problem.use[units], 0.0).reshape(len(units), -1)
    first, kind, count = distinct(np.concatenate([value, use, keep], axis=1))
    example = units[first]
    return Kinds(units, kind, problem.value[example], problem.use[example], keep[first], count.astype(np.float64))


def distinct(rows: Floats) -> tuple[Ints, Ints, Ints]:
    """The first row of each kind (T,), the kind of each row (N,) and how many rows are of it (T,)."""
    plain = np.ascontiguousarray(rows + 0.0)  # -0.0 and 0.0 are one number with two faces
    if not plain.size:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    keys = plain.view(np.dtype((np.void, plain.shape[1] * plain.itemsize))).ravel()
    _, first, kind, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return first.astype(np.int64), kind.astype(np.int64), count.astype(np.int64)


def in_question(problem: Problem, prices: Floats, decided: Decided, units: Ints, radius: float) -> Bools:
    """Which options of `units` could be the best one for some prices in the box."""
    if not np.isfinite(radius):
        return problem.is_open[units].copy()
    held = decided.choice[units]
    doing = held >= 0
    scores = problem.value[units] - problem.use[units] @ prices
    at = (np.flatnonzero(doing), held[doing])
    best, mine = np.zeros(len(units)), np.zeros((len(units), len(prices)))
    best[doing], mine[doing] = scores[at], problem.use[units[doing], held[doing]]
    slope = np.abs(problem.use[units] - mine[:, None, :]) @ decided.spread
    found: Bools = problem.is_open[units] & (best[:, None] - scores <= radius * slope * (1 + 1e-9) + 1e-12)
    found[at] = True
    return found


def all_may_rest(kinds: Kinds, room: Floats, low: Floats, high: Floats) -> Margin:
    """The program in which every kind may also choose `nothing`."""
    free = np.zeros(len(kinds.number), dtype=np.bool_)
    return Margin(kinds.value, kinds.use, kinds.keep, kinds.number, free, room, low, high)


def solve(margin: Margin) -> tuple[Floats, Floats]:
    """How many of each kind take which option (T, k), and the prices (m,) that say so."""
    answer = solve_linear(as_program(margin))
    worth, unit = _scales(margin)
    duals = answer.duals[: len(margin.room)]
    return taken(margin, answer), np.maximum(-duals * worth / unit, 0.0)


def taken(margin: Margin, answer: Answer) -> Floats:
    """The answer to `as_program`, as counts (T, k)."""
    counts = np.zeros(margin.keep.shape)
    counts[margin.keep] = np.maximum(answer.columns[: margin.keep.sum()], 0.0)
    return counts


def as_program(margin: Margin) -> Program:
    """One column for each kept option of each kind, then room bought and room sold for each limit."""
    kinds, options = np.nonzero(margin.keep)
    size, m = len(kinds), len(margin.room)
    worth, unit = _scales(margin)
    buyable = np.isfinite(margin.high)
    prices = np.concatenate([np.where(buyable, margin.high, 0.0), -margin.low]) * np.tile(unit / worth, 2)
    own, limits = np.arange(size), np.arange(m)
    return Program(
        cost=np.concatenate([-margin.value[kinds, options] / worth, prices]),
        upper=np.concatenate([np.full(size, np.inf), np.where(buyable, np.inf, 0.0), np.full(m, np.inf)]),
        row_lower=np.concatenate([margin.room / unit, np.where(margin.must, margin.number, 0.0)]),
        row_upper=np.concatenate([margin.room / unit, margin.number]),
        row=np.concatenate([m + kinds, np.tile(limits, size), limits, limits]),
        column=np.concatenate([own, np.repeat(own, m), size + limits, size + m + limits]),
        entry=np.concatenate([np.ones(size), (margin.use[kinds, options] / unit).ravel(), -np.ones(m), np.ones(m)]),
    )


def _scales(margin: Margin) -> tuple[float, Floats]:
    """Money and letters differ by powers of ten; the program sees both near 1."""
    worth = float(np.abs(margin.value[margin.keep]).max(initial=0.0)) or 1.0
    rows = margin.use[margin.keep]
    mean = rows.sum(axis=0) / np.maximum((rows > 0).sum(axis=0), 1)
    return worth, np.where(mean > 0, mean, 1.0)
