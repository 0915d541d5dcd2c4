"""Whole plans near a bound: what prices leave open is rounded, brought back within the limits, filled up and polished."""

import numpy as np

from groundswell.allocate.exact import Effort, Found, best_whole
from groundswell.allocate.margin import (
    Decided,
    all_but,
    all_may_rest,
    at_margin,
    decide,
    group,
    in_question,
    lawful,
    solve,
    total_use,
)
from groundswell.allocate.problem import Floats, Ints, Problem
from groundswell.allocate.whole import bring_back, deal, exact_value, fill_up, keeps

_EXACT_BELOW = 500  # units; fewer are solved to proven optimality
_EXACT = Effort(columns=10**9, nodes=20_000, proposals=20)  # five scarce limits may end unproven
GOOD_ENOUGH = 0.0005  # a smaller gap is not worth changing more units for
_FREED = (2000, 8000, 32000)  # units at the margin solved anew, if need be in turn
_MOST_KINDS = 2  # times as many kinds are too many for one program: ties among units that are all different
_POLISH = Effort(columns=1500, nodes=20, proposals=1)  # a second or two


def whole_plan(
    problem: Problem, prices: Floats, decided: Decided, choice: Ints, order: Floats, *, enough: float = GOOD_ENOUGH
) -> Found:
    """The best whole plan that can be had from `choice` without much ado; below 500 units the best there is.

    With floors it may be that none was found: ask `keeps`.
    """
    possible = _possible(problem)
    found = bring_back(possible, prices, _without_closed(possible, choice), order)
    found = fill_up(possible, prices, found, order)
    if len(found) < _EXACT_BELOW:
        return best_whole(possible, prices, decided, found, order=order, effort=_EXACT)
    return _polish(problem, prices, decided, found, order, enough)


def _possible(problem: Problem) -> Problem:
    """Close what no whole plan can contain: an option that needs more than there is."""
    is_open = problem.is_open & (problem.use <= problem.at_most).all(axis=2)
    return problem._replace(is_open=is_open)


def _without_closed(problem: Problem, choice: Ints) -> Ints:
    found = choice.copy()
    doing = np.flatnonzero(choice >= 0)
    found[doing[~problem.is_open[doing, choice[doing]]]] = -1
    return found


def _polish(problem: Problem, prices: Floats, decided: Decided, choice: Ints, order: Floats, enough: float) -> Found:
    """Solve the margin anew where the plan is not near the bound; wider where it is further than was promised."""
    found = choice
    promised = _promised(problem, prices, decided.bound)
    for most in _FREED:
        short = _short(problem, found, decided.bound)
        if short <= enough * abs(decided.bound) and short <= promised:
            return Found(found, proven=short <= 0.0)
        other = _solve_margin(problem, prices, choice, order, most)
        found = min(found, other, key=lambda plan: _short(problem, plan, decided.bound))
        if _short(problem, found, decided.bound) <= promised:
            break
    if _short(problem, found, decided.bound) <= GOOD_ENOUGH * abs(decided.bound):
        return Found(found, proven=False)
    return best_whole(_possible(problem), prices, decided, found, order=order, effort=_POLISH)


def _short(problem: Problem, choice: Ints, bound: float) -> float:
    """By how much a plan falls short of the bound; infinite if it does not keep the limits."""
    return bound - exact_value(problem, choice) if keeps(problem, choice) else np.inf


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
    near, radius = at_margin(problem, prices, own, most)
    kinds = group(problem, near, in_question(problem, prices, own, near, radius))
    if len(kinds.number) > _MOST_KINDS * most:
        some = near[np.argsort(order[near], kind="stable")[:most]]
        kinds = group(problem, some, in_question(problem, prices, own, some, radius))
    found = own.choice.copy()
    found[near] = choice[near]
    used = total_use(problem, found, all_but(len(found), kinds.units))
    dear = 10.0 * (np.abs(prices) + own.spread)
    counts, _ = solve(all_may_rest(kinds, problem, used, lawful(problem.at_most, problem.at_least).meet(-dear, dear)))
    found = deal(kinds, np.floor(counts + 1e-9).astype(np.int64), found, order)
    possible = _possible(problem)
    found = bring_back(possible, prices, _without_closed(possible, found), order)
    return fill_up(possible, prices, found, order)
