"""The hard counter: whole choices that overrun no limit, and a proven distance to the best there could be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from groundswell.allocate.exact import Effort, Found, best_whole
from groundswell.allocate.margin import (
    Decided,
    all_but,
    all_may_rest,
    decide,
    group,
    in_question,
    nearest,
    solve,
    total_use,
)
from groundswell.allocate.problem import (
    Bools,
    Floats,
    Ints,
    Problem,
    checked,
    checked_choice,
    checked_order,
    checked_prices,
)
from groundswell.allocate.terms import Prices
from groundswell.allocate.whole import bring_back, deal, exact_use, exact_value, fill_up

_EXACT_BELOW = 500  # units; fewer are solved to proven optimality
_EXACT = Effort(columns=10**9, nodes=20_000, proposals=20)  # five scarce limits may end unproven
_GOOD_ENOUGH = 0.0005  # a smaller gap is not worth changing more units for
_FREED = (2000, 8000, 32000)  # units at the margin solved anew, if need be in turn
_MOST_KINDS = 2  # times as many kinds are too many for one program: ties among units that are all different
_POLISH = Effort(columns=1500, nodes=20, proposals=1)  # a second or two


@dataclass(frozen=True)
class Settled:
    """Whole choices that keep every limit.

    Attributes:
        choice: (n,) the option's column, or -1 for `nothing`.
        repaired: (n,) where the choice differs from the one that came in.
        value: what the choice is worth in all.
        bound: the dual value at the prices: no plan that keeps the limits is worth more.
        gap: (bound - value) / max(|bound|, 1e-12).
        used: (m,) what the choice uses of every limit: the exact sum, rounded once (`math.fsum`); never above it.
        proven: whether it is proven that no whole plan is worth more.
    """

    choice: Ints
    repaired: Bools
    value: float
    bound: float
    gap: float
    used: Floats
    proven: bool


def settle(
    choice: ArrayLike,
    value: ArrayLike,
    use: ArrayLike,
    at_most: ArrayLike,
    prices: Prices,
    *,
    is_open: ArrayLike | None = None,
    order: ArrayLike | None = None,
) -> Settled:
    """Make a policy's choices keep every limit exactly, and lose as little as possible by it.

    Overrun limits are brought back by moving the units that lose the least score, what is left is filled by those
    that gain most, ties by `order`. If that is not close enough to the bound, the units at the margin are solved
    anew. Below 500 units the result is the exact optimum (`proven`), unless 20,000 branchings did not suffice: then it
    is the best plan found. With prices of `find_prices` for the same arrays, `bound - value` is at most the number of
    priced limits times the largest value.

    Args:
        choice: (n,) what the policy drew: an option's column, or -1. A choice of a closed option is repaired.
        value: (n, k), as for `find_prices`.
        use: (n, k, m).
        at_most: (m,).
        prices: the prices the choice was made by.
        is_open: (n, k) booleans.
        order: (n,) a keyed hash of the unit, for instance; by position where it is None.

    Raises:
        ValueError: shapes disagree, a number is not finite, a use or limit is negative, or a choice is no column.

    Example:
        >>> import numpy as np
        >>> from groundswell.allocate import find_prices
        >>> value, use, at_most = np.array([[5.0], [3.0], [2.0]]), np.ones((3, 1, 1)), np.array([2.0])
        >>> done = settle(np.array([-1, 0, 0]), value, use, at_most, find_prices(value, use, at_most))
        >>> done.choice, done.repaired, done.gap
        (array([ 0,  0, -1]), array([ True, False,  True]), 0.0)
    """
    problem = checked(value, use, at_most, is_open)
    came_in, rank = checked_choice(choice, problem), checked_order(order, len(problem.value))
    per_use = _prices_for(problem, prices)
    decided = decide(problem, per_use)
    possible = _possible(problem)
    found = bring_back(possible, per_use, _without_closed(possible, came_in), rank)
    found = fill_up(possible, per_use, found, rank)
    if len(found) < _EXACT_BELOW:
        best = best_whole(possible, per_use, decided, found, order=rank, effort=_EXACT)
    else:
        best = _polish(problem, per_use, decided, found, rank)
    return _settled(problem, came_in, best, decided.bound)


def _prices_for(problem: Problem, prices: Prices) -> Floats:
    found = checked_prices(prices.prices)
    if len(found) != len(problem.at_most):
        raise ValueError(
            f"prices are for {len(found)} limits; expected {len(problem.at_most)}, one per entry of at_most; "
            "solve for the prices again with find_prices"
        )
    return found


def _possible(problem: Problem) -> Problem:
    """Close what no whole plan can contain: an option that needs more than there is."""
    is_open = problem.is_open & (problem.use <= problem.at_most).all(axis=2)
    return Problem(problem.value, problem.use, problem.at_most, is_open)


def _without_closed(problem: Problem, choice: Ints) -> Ints:
    found = choice.copy()
    doing = np.flatnonzero(choice >= 0)
    found[doing[~problem.is_open[doing, choice[doing]]]] = -1
    return found


def _polish(problem: Problem, prices: Floats, decided: Decided, choice: Ints, order: Floats) -> Found:
    """Solve the margin anew where the plan is not near the bound; wider where it is further than was promised."""
    found = choice
    for most in _FREED:
        short = decided.bound - exact_value(problem, found)
        if short <= _GOOD_ENOUGH * abs(decided.bound) and short <= _promised(problem, prices, decided.bound):
            return Found(found, proven=short <= 0.0)
        other = _solve_margin(problem, prices, choice, order, most)
        found = max(found, other, key=lambda plan: exact_value(problem, plan))
        if decided.bound - exact_value(problem, found) <= _promised(problem, prices, decided.bound):
            break
    if decided.bound - exact_value(problem, found) <= _GOOD_ENOUGH * abs(decided.bound):
        return Found(found, proven=False)
    return best_whole(_possible(problem), prices, decided, found, order=order, effort=_POLISH)


def _promised(problem: Problem, prices: Floats, bound: float) -> float:
    """A vertex of the relaxation splits no more units than there are priced limits."""
    largest = problem.value.max(initial=0.0, where=problem.is_open)
    return float(np.count_nonzero(prices) * largest + 1e-9 * abs(bound))


def _solve_margin(problem: Problem, prices: Floats, choice: Ints, order: Floats, most: int) -> Ints:
    """Free the units at the margin, let the others take their best, round down and fill up.

    A vertex of the program splits at most one unit per binding limit; rounding down loses no more than these. What
    needs more than there is can only be split, so it takes part in the program and is gone after rounding.
    """
    own = decide(problem, prices)
    near, radius = nearest(problem, prices, own, most)
    kinds = group(problem, near, in_question(problem, prices, own, near, radius))
    if len(kinds.number) > _MOST_KINDS * most:
        some = near[np.argsort(order[near], kind="stable")[:most]]
        kinds = group(problem, some, in_question(problem, prices, own, some, radius))
    found = own.choice.copy()
    found[near] = choice[near]
    room = problem.at_most - total_use(problem, found, all_but(len(found), kinds.units))
    counts, _ = solve(all_may_rest(kinds, room, np.zeros(len(prices)), 10.0 * (prices + own.spread)))
    found = deal(kinds, np.floor(counts + 1e-9).astype(np.int64), found, order)
    possible = _possible(problem)
    found = bring_back(possible, prices, _without_closed(possible, found), order)
    return fill_up(possible, prices, found, order)


def _settled(problem: Problem, came_in: Ints, found: Found, bound: float) -> Settled:
    value = exact_value(problem, found.choice)
    return Settled(
        choice=found.choice,
        repaired=found.choice != came_in,
        value=value,
        bound=bound,
        gap=(bound - value) / max(abs(bound), 1e-12),
        used=exact_use(problem, found.choice),
        proven=found.proven,
    )
