"""The hard counter: whole choices that overrun no limit, and a proven distance to the best there could be."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from groundswell.allocate.exact import Found
from groundswell.allocate.margin import decide
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
from groundswell.allocate.rounding import whole_plan
from groundswell.allocate.terms import NO_WHOLE_PLAN, NoWholePlanError, Prices
from groundswell.allocate.whole import exact_use, exact_value, keeps


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
    at_least: ArrayLike | None = None,
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
        at_least: (m,) floors, as for `find_prices`; they are met, too.
        is_open: (n, k) booleans.
        order: (n,) a keyed hash of the unit, for instance; by position where it is None.

    Raises:
        ValueError: shapes disagree, a number is not finite, a use or limit is negative, or a choice is no column.
        NoWholePlanError: no whole plan that meets the floors was found.

    Example:
        >>> import numpy as np
        >>> from groundswell.allocate import find_prices
        >>> value, use, at_most = np.array([[5.0], [3.0], [2.0]]), np.ones((3, 1, 1)), np.array([2.0])
        >>> done = settle(np.array([-1, 0, 0]), value, use, at_most, find_prices(value, use, at_most))
        >>> done.choice, done.repaired, done.gap
        (array([ 0,  0, -1]), array([ True, False,  True]), 0.0)
    """
    problem = checked(value, use, at_most, is_open, at_least)
    came_in, rank = checked_choice(choice, problem), checked_order(order, len(problem.value))
    per_use = _prices_for(problem, prices)
    decided = decide(problem, per_use)
    found = whole_plan(problem, per_use, decided, came_in, rank)
    if not keeps(problem, found.choice):
        raise NoWholePlanError(NO_WHOLE_PLAN)
    return _settled(problem, came_in, found, decided.bound)


def _prices_for(problem: Problem, prices: Prices) -> Floats:
    found = checked_prices(prices.prices)
    if len(found) != len(problem.at_most):
        raise ValueError(
            f"prices are for {len(found)} limits; expected {len(problem.at_most)}, one per entry of at_most; "
            "solve for the prices again with find_prices"
        )
    return found


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
