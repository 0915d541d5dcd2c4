"""Prices for arrays that a campaign's round holds in memory; a plan is made of them by whoever decides."""

import numpy as np
from numpy.typing import ArrayLike

from groundswell.allocate.asked import asked
from groundswell.allocate.margin import Range, decide, lawful
from groundswell.allocate.prices import amiss, search
from groundswell.allocate.problem import Bools, Floats, Problem, checked, plain
from groundswell.allocate.shares import share_out
from groundswell.allocate.solving import NO_PRICE, priced_out
from groundswell.allocate.terms import Prices


def find_prices(
    value: ArrayLike,
    use: ArrayLike,
    at_most: ArrayLike,
    *,
    at_least: ArrayLike | None = None,
    is_open: ArrayLike | None = None,
) -> Prices:
    """Solve for the prices at which the units, each deciding by itself, use the limits best.

    The bound equals the optimum of the linear relaxation, and the prices lie on its breakpoints, so that scores that
    are equal in arithmetic tie within `tolerance`. The shares use every priced limit in full, in expectation, where
    the tied units of a set take equal amounts of an option; where they do not, a limit is rather left unfilled
    than overrun. The same input gives the same bytes.

    Args:
        value: (n, k) what an option brings for a unit; may be negative.
        use: (n, k, m) what it takes of each limit, >= 0, in the limit's own units.
        at_most: (m,) the limits, >= 0; infinite where a row is only a floor.
        at_least: (m,) the least that must be used of each, minus infinity where there is no floor.
        is_open: (n, k) booleans; a closed option is never chosen. All are open where it is None.

    Raises:
        ValueError: shapes disagree, a number is not finite, or a use or limit is negative.
        ContradictionError: floors and limits cannot be kept together; names an irreducible set of them, `limits[3]` being
            row 3.

    Example:
        Two letters for three households: the third household's value is the price of a letter.

        >>> import numpy as np
        >>> found = find_prices(np.array([[5.0], [3.0], [2.0]]), np.ones((3, 1, 1)), np.array([1.5]))
        >>> found.prices, found.bound
        (array([3.]), 6.5)
        >>> found.shares
        (Share(options=(-1, 0), shares=(0.5, 0.5), use=()),)

        A floor pays: here for a letter that brings nothing.

        >>> find_prices([[5.0], [-1.0]], np.ones((2, 1, 1)), [np.inf], at_least=[2.0]).prices
        array([-1.])
    """
    problem = checked(value, use, at_most, is_open, at_least)
    worth = _typical_value(problem)
    live = problem.at_most > 0
    prices = _closing_prices(problem, worth)
    tolerance = 1e-9 * worth
    reduced = _without_zero_limits(problem, live)
    within = _anywhere(reduced)
    found, iterations = search(reduced, within)
    if np.isfinite(reduced.at_least).any() and amiss(reduced, found, within):
        # It cannot be done: the same question again, for the names of what contradicts what. Hardly anything of what there is
        # nothing of, so that it is named, too.
        least = float(problem.use[problem.use > 0].min(initial=np.inf))
        hardly = np.where(live, problem.at_most, 1e-6 * least / max(len(problem.value), 1))
        priced_out(
            asked(value, use, hardly, at_least=at_least, allowed=is_open, group=None, size=None, key=None, seed=0)
        )
    amount = np.where(np.isfinite(reduced.at_most), reduced.at_most, np.abs(reduced.at_least))
    amount = np.where(np.isfinite(amount), amount, 0.0)
    prices[live] = np.where(np.abs(found) * amount > 1e-12 * worth, found, 0.0)
    decided = decide(problem, prices)
    shares = share_out(problem, prices, tolerance, decided)
    return Prices(prices, shares, tolerance, decided.bound, iterations)


def _anywhere(problem: Problem) -> Range:
    """All prices that could be meant; with floors they need an end, for floors may contradict limits."""
    everything = lawful(problem.at_most, problem.at_least)
    if not np.isfinite(problem.at_least).any() or not problem.use.size:
        return everything
    taking = np.where(problem.use > 0, problem.use, np.inf).min(axis=(0, 1))
    most = (
        NO_PRICE
        * max(float(np.abs(problem.value).max(initial=0.0)), 1e-300)
        / np.where(np.isfinite(taking), taking, 1.0)
    )
    return everything.meet(-most, most)


def _typical_value(problem: Problem) -> float:
    """The mean positive value on offer. The largest would let one outlier make everybody else tie."""
    offered = problem.value[problem.is_open & (problem.value > 0)]
    return float(offered.mean()) if offered.size else 1.0


def _closing_prices(problem: Problem, worth: float) -> Floats:
    """For a limit of 0, a price above the value of all that would use it; 0 for the other limits."""
    prices = np.zeros(len(problem.at_most))
    for limit in np.flatnonzero(problem.at_most == 0):
        needs = problem.is_open & (problem.use[:, :, limit] > 0)
        if needs.any():
            prices[limit] = ((np.maximum(problem.value[needs], 0.0) + worth) / problem.use[:, :, limit][needs]).max()
    return prices


def _without_zero_limits(problem: Problem, live: Bools) -> Problem:
    if live.all():
        return problem
    is_open = problem.is_open & ~(problem.use[:, :, ~live] > 0).any(axis=2)
    use = np.ascontiguousarray(problem.use[:, :, live])
    return plain(problem.value, use, problem.at_most[live], is_open, problem.at_least[live])
