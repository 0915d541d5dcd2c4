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

_TIED = 1e-6  # a reach below this is a tie that rounding, of float32 values too, has opened


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
    owed: Floats  # (m,) what the other units leave of the floors to be met
    low: Floats  # (m,) the price at which room can be sold back; minus infinity where it cannot
    high: Floats  # (m,) the price at which more can be bought; infinite where it cannot


class Range(NamedTuple):
    """Where the best prices are looked for."""

    low: Floats  # (m,)
    high: Floats  # (m,)

    def meet(self, low: Floats, high: Floats) -> "Range":
        """The part of both."""
        return Range(np.maximum(self.low, low), np.minimum(self.high, high))


def lawful(at_most: Floats, at_least: Floats) -> Range:
    """A limit has a price of 0 or more, a floor one of 0 or less: who takes it is paid; a row with both may have either."""
    none = np.zeros(len(at_most))
    return Range(np.where(np.isfinite(at_least), -np.inf, none), np.where(np.isfinite(at_most), np.inf, none))


def decide(problem: Problem, prices: Floats) -> Decided:
    """Let every unit decide at `prices`; the sum of the best scores plus the price of the limits is the bound."""
    choice = np.empty(len(problem.value), dtype=np.int64)
    own = kernels.sweep(problem, prices, choice)
    bound = own + priced(prices, problem.room, problem.owed) + problem.earned
    floors = bool(np.isfinite(problem.at_least).any())
    worth = max(abs(bound), _offered(problem)) if floors else bound
    amount = np.where(np.isfinite(problem.at_most), problem.at_most, np.abs(problem.at_least))
    amount = np.where(amount > 0, amount, 1.0)  # infinite where a row limits nothing: its price is 0 and stays so
    return Decided(choice, bound, np.maximum(np.abs(prices), 0.05 * worth / amount) + np.finfo(np.float64).tiny)


def priced(prices: Floats, room: Floats, owed: Floats) -> float:
    """What the limits are worth at the prices, less what the floors cost."""
    return float(prices[prices > 0] @ room[prices > 0] + prices[prices < 0] @ owed[prices < 0])


def _offered(problem: Problem) -> float:
    """A fifth of what all would be worth: the scale of prices where floors leave the bound near 0."""
    offered = np.abs(problem.value[problem.is_open])
    return 0.2 * float(offered.mean() * problem.number.sum()) if offered.size else 1.0


def total_use(problem: Problem, choice: Ints, units: Ints) -> Floats:
    """What `units` use of every limit under `choice`."""
    doing = units[choice[units] >= 0]
    found: Floats = problem.number[doing] @ problem.use[doing, choice[doing]]
    return found


def all_but(n: int, units: Ints) -> Ints:
    """The units of n that are not among `units`."""
    others = np.ones(n, dtype=np.bool_)
    others[units] = False
    return np.flatnonzero(others)


def nearest(
    problem: Problem, prices: Floats, decided: Decided, most: int, farthest: float = np.inf
) -> tuple[Ints, float]:
    """All tied units and the `most` next to them, with the radius of the box in which no other unit moves.

    Nobody is looked for beyond `farthest`.
    """
    reach = _reach(problem, prices, decided)
    apart = reach[reach > _TIED]
    radius = min(float(np.partition(apart, most)[most]) if most < len(apart) else np.inf, farthest)
    return np.flatnonzero(reach <= radius) if np.isfinite(radius) else np.arange(len(reach)), radius


def at_margin(problem: Problem, prices: Floats, decided: Decided, most: int) -> tuple[Ints, float]:
    """The `most` units nearest to changing their mind, and all that tie if there are more; with the radius."""
    reach = _reach(problem, prices, decided)
    radius = max(float(np.partition(reach, most)[most]), _TIED) if most < len(reach) else np.inf
    return np.flatnonzero(reach <= radius), radius


def _reach(problem: Problem, prices: Floats, decided: Decided) -> Floats:
    reach = np.empty(len(problem.value))
    kernels.reach(problem, prices, decided.spread, decided.choice, reach)
    return reach


def group(problem: Problem, units: Ints, keep: Bools) -> Kinds:
    """Group units whose rows are equal to the last bit, as far as their options are in question."""
    value = np.where(keep, problem.value[units], 0.0)
    use = np.where(keep[:, :, None], problem.use[units], 0.0).reshape(len(units), int(np.prod(problem.use.shape[1:])))
    first, kind, _ = distinct(np.concatenate([value, use, keep], axis=1))
    example, number = units[first], np.bincount(kind, problem.number[units], minlength=len(first))
    return Kinds(units, kind, problem.value[example], problem.use[example], keep[first], number.astype(np.float64))


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
    with np.errstate(over="ignore"):
        farthest = radius * slope * (1 + 1e-9) + 1e-12
    found: Bools = problem.is_open[units] & (best[:, None] - scores <= farthest)
    found[at] = True
    return found


def all_may_rest(kinds: Kinds, problem: Problem, others: Floats, within: Range) -> Margin:
    """The program in which every kind may also choose `nothing`; `others` (m,) is what units outside it use."""
    free = np.zeros(len(kinds.number), dtype=np.bool_)
    room, owed = problem.room - others, problem.owed - others
    return Margin(kinds.value, kinds.use, kinds.keep, kinds.number, free, room, owed, *within)


def missed(margin: Margin) -> Floats:
    """(m,) by how much limits are overrun and floors missed, where that is bought at `high` or sold at `low`."""
    answer = solve_linear(as_program(margin))
    beyond = answer.columns[margin.keep.sum() :].reshape(2, -1).sum(axis=0)
    found: Floats = beyond * _scales(margin)[1]
    return found


def solve(margin: Margin) -> tuple[Floats, Floats]:
    """How many of each kind take which option (T, k), and the prices (m,) that say so."""
    answer = solve_linear(as_program(margin))
    worth, unit = _scales(margin)
    duals = answer.duals[: len(margin.room)]
    found = -duals * worth / unit
    found = np.where(np.isfinite(margin.owed), found, np.maximum(found, 0.0))
    return taken(margin, answer), np.where(np.isfinite(margin.room), found, np.minimum(found, 0.0))


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
    buyable, sellable = np.isfinite(margin.high), np.isfinite(margin.low)
    prices = np.concatenate([np.where(buyable, margin.high, 0.0), -np.where(sellable, margin.low, 0.0)])
    own, limits = np.arange(size), np.arange(m)
    return Program(
        cost=np.concatenate([-margin.value[kinds, options] / worth, prices * np.tile(unit / worth, 2)]),
        upper=np.concatenate([np.full(size, np.inf), np.where(np.concatenate([buyable, sellable]), np.inf, 0.0)]),
        row_lower=np.concatenate([margin.owed / unit, np.where(margin.must, margin.number, 0.0)]),
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
