"""The price of everything scarce: the dual of the allocation, solved exactly.

The dual of the linear relaxation has one unknown per limit and is convex (Fisher 1981; for one option out of
several per unit, Sinha and Zoltners 1979). A sample gives a first guess; then, again and again, the small program
over the units at the margin finds the best prices in a box, until they lie inside it. Convexity makes these the
best of all.
"""

import numpy as np
from numpy.typing import ArrayLike

from groundswell.allocate.margin import (
    Kinds,
    Range,
    all_but,
    all_may_rest,
    decide,
    group,
    in_question,
    lawful,
    missed,
    nearest,
    solve,
    total_use,
)
from groundswell.allocate.problem import Bools, Floats, Problem, checked, plain
from groundswell.allocate.shares import share_out
from groundswell.allocate.terms import Prices

_AT_ONCE = 500  # as many units HiGHS solves whole in a tenth of a second
_LARGEST = 4000  # kinds of units in a program; more at once take longer than a few steps more
_PATIENCE = 8  # steps of that size before they grow after all
_MOST_KINDS = 6000  # and as many at the margin in a second or two
_SAMPLED = 8  # one unit in so many is a good enough place to start from


def find_prices(value: ArrayLike, use: ArrayLike, at_most: ArrayLike, *, is_open: ArrayLike | None = None) -> Prices:
    """Solve for the prices at which the units, each deciding by itself, use the limits best.

    The bound equals the optimum of the linear relaxation, and the prices lie on its breakpoints, so that scores that
    are equal in arithmetic tie within `tolerance`. The shares use every priced limit in full, in expectation, where
    the tied units of a set take equal amounts of an option; where they do not, a limit is rather left unfilled
    than overrun. The same input gives the same bytes.

    Args:
        value: (n, k) what an option brings for a unit; may be negative.
        use: (n, k, m) what it takes of each limit, >= 0, in the limit's own units.
        at_most: (m,) the limits, >= 0.
        is_open: (n, k) booleans; a closed option is never chosen. All are open where it is None.

    Raises:
        ValueError: shapes disagree, a number is not finite, or a use or limit is negative.

    Example:
        Two letters for three households: the third household's value is the price of a letter.

        >>> import numpy as np
        >>> found = find_prices(np.array([[5.0], [3.0], [2.0]]), np.ones((3, 1, 1)), np.array([1.5]))
        >>> found.prices, found.bound
        (array([3.]), 6.5)
        >>> found.shares
        (Share(options=(-1, 0), shares=(0.5, 0.5), use=()),)
    """
    problem = checked(value, use, at_most, is_open)
    worth = _typical_value(problem)
    live = problem.at_most > 0
    prices = _closing_prices(problem, worth)
    tolerance = 1e-9 * worth
    reduced = _without_zero_limits(problem, live)
    found, iterations = search(reduced, lawful(reduced.at_most, reduced.at_least))
    prices[live] = np.where(found * problem.at_most[live] > 1e-12 * worth, found, 0.0)
    decided = decide(problem, prices)
    shares = share_out(problem, prices, tolerance, decided)
    return Prices(prices, shares, tolerance, decided.bound, iterations)


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
    return plain(problem.value, np.ascontiguousarray(problem.use[:, :, live]), problem.at_most[live], is_open)


def search(problem: Problem, within: Range, start: Floats | None = None) -> tuple[Floats, int]:
    """The best prices `within` a range, and how many small programs it took to find them.

    `start`, if given, is where to look first; else a sample says.
    """
    n, k, m = problem.shape
    floors = bool(np.isfinite(problem.at_least).any())
    if n * k * m == 0 or not (floors or (problem.is_open & (problem.value > 0)).any()):
        return np.clip(np.zeros(m), *within), 0
    if n <= _AT_ONCE:
        return _best_in_box(problem, np.clip(np.zeros(m), *within), n, within)[0], 1
    prices, iterations = (start, 0) if start is not None else search(_sample(problem), within)
    most, inside = _AT_ONCE, False
    while not inside:
        before = prices
        prices, inside, kinds = _best_in_box(problem, prices, most, within)
        moved = (np.abs(prices - before) > 1e-9 * np.maximum(np.abs(prices), np.abs(before))).any()
        iterations += 1
        if kinds < _LARGEST or not moved or iterations % _PATIENCE == 0:
            most = 2 * most
    return prices, iterations


def amiss(problem: Problem, prices: Floats, within: Range) -> bool:
    """Whether limits and floors cannot be kept together even by fractions of units, at the best prices `within`."""
    decided = decide(problem, prices)
    units, radius = nearest(problem, prices, decided, _AT_ONCE)
    kinds = group(problem, units, in_question(problem, prices, decided, units, radius))
    used = total_use(problem, decided.choice, all_but(len(problem.value), units))
    beyond = missed(all_may_rest(kinds, problem, used, within))
    amount = np.where(np.isfinite(problem.at_most), problem.at_most, np.abs(problem.at_least))
    return bool((beyond > 1e-7 * np.where(np.isfinite(amount), amount, 1.0)).any())


def _sample(problem: Problem) -> Problem:
    n = len(problem.value)
    units = np.sort(np.random.default_rng(0).permutation(n)[: max(_AT_ONCE, n // _SAMPLED)])
    return problem.only(units, float(problem.number[units].sum() / problem.number.sum()))


def _best_in_box(problem: Problem, prices: Floats, most: int, within: Range) -> tuple[Floats, bool, int]:
    """The best prices in the box in which `most` units can change their mind.

    Also whether they are the best `within`, and how many kinds of units the program had.
    """
    decided = decide(problem, prices)
    with np.errstate(over="ignore"):  # a spread of nearly 0 where nothing is worth anything
        farthest = float((np.maximum(within.high - prices, prices - within.low) / decided.spread).max(initial=0.0))
    units, radius = nearest(problem, prices, decided, most, farthest)
    kinds = _thinned(group(problem, units, in_question(problem, prices, decided, units, radius)), 4 * most)
    box = within.meet(prices - radius * decided.spread, prices + radius * decided.spread)
    used = total_use(problem, decided.choice, all_but(len(problem.value), units))
    _, found = solve(all_may_rest(kinds, problem, used, box))
    near = 1e-9 * np.maximum(np.abs(found), decided.spread)
    inside = ((found < box.high - near) | (box.high == within.high)) & (
        (found > box.low + near) | (box.low == within.low)
    )
    return found, bool(inside.all()), len(kinds.number)


def _thinned(kinds: Kinds, usual: int) -> Kinds:
    """Every so many kinds for all of them, where thousands tie and no two are alike.

    That takes values proportional to uses; all kinks of the dual then lie in one place, and a part shows it too.
    """
    step = -(-len(kinds.number) // _MOST_KINDS)
    if step <= 1 or len(kinds.number) <= usual:
        return kinds
    number = kinds.number[::step] * (kinds.number.sum() / kinds.number[::step].sum())
    return kinds._replace(value=kinds.value[::step], use=kinds.use[::step], keep=kinds.keep[::step], number=number)
