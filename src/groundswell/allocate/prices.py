"""The price of everything scarce: the dual of the allocation, solved exactly.

The dual of the linear relaxation has one unknown per limit and is convex (Fisher 1981; for one option out of
several per unit, Sinha and Zoltners 1979). A sample gives a first guess; then, again and again, the small program
over the units at the margin finds the best prices in a box, until they lie inside it. Convexity makes these the
best of all.
"""

import numpy as np

from groundswell.allocate.margin import (
    Kinds,
    Range,
    all_but,
    all_may_rest,
    decide,
    group,
    in_question,
    missed,
    nearest,
    solve,
    total_use,
)
from groundswell.allocate.problem import Floats, Problem

_AT_ONCE = 500  # as many units HiGHS solves whole in a tenth of a second
_LARGEST = 4000  # kinds of units in a program; more at once take longer than a few steps more
_PATIENCE = 8  # steps of that size before they grow after all
_MOST_KINDS = 6000  # and as many at the margin in a second or two
_SAMPLED = 8  # one unit in so many is a good enough place to start from


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
    with np.errstate(over="ignore"):  # a spread is nearly 0 where nothing is worth anything, or a row limits nothing
        farthest = float((np.maximum(within.high - prices, prices - within.low) / decided.spread).max(initial=0.0))
        units, radius = nearest(problem, prices, decided, most, farthest)
        around = radius * decided.spread
    kinds = _thinned(group(problem, units, in_question(problem, prices, decided, units, radius)), 4 * most)
    box = within.meet(prices - around, prices + around)
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
