"""The best whole plan, by branch and bound over the options that could be part of one."""

from typing import NamedTuple

import numpy as np

from groundswell.allocate.margin import Decided, Kinds, Margin, as_program, group, taken
from groundswell.allocate.problem import Bools, Floats, Ints, Problem
from groundswell.allocate.programs import Program, solve_whole
from groundswell.allocate.whole import bring_back, deal, exact_value, fill_up, keeps


class Effort(NamedTuple):
    """How far to search, in work and not in seconds: the same input must give the same plan."""

    columns: int  # a larger program is left alone
    nodes: int  # branchings
    proposals: int  # plans that may overrun by a last bit, >= 1


class Search(NamedTuple):
    """What a better plan is looked for in."""

    problem: Problem
    prices: Floats  # (m,)
    choice: Ints  # (n,) the plan to beat, which keeps the limits
    order: Floats  # (n,)
    slack: float  # the most by which a better plan can fall short of the bound
    effort: Effort


class Found(NamedTuple):
    """A whole plan, and whether it is proven that none is worth more."""

    choice: Ints  # (n,)
    proven: bool


def best_whole(
    problem: Problem, prices: Floats, decided: Decided, choice: Ints, *, order: Floats, effort: Effort
) -> Found:
    """The best whole plan; `choice` where no plan is worth more, or where none was found that keeps limits and floors.

    An option that scores so far below its unit's best that taking it costs more than the whole gap is in no better
    plan; leaving those out makes the program small. Equal units are counted, not told apart.
    """
    present = exact_value(problem, choice) if keeps(problem, choice) else -np.inf
    slack = max(decided.bound - present, 0.0) + 1e-9 * max(abs(decided.bound), abs(present))
    search = Search(problem, prices, choice, order, slack, effort)
    keep = _could_improve(search)
    units = np.flatnonzero(keep.any(axis=1))
    if not 0 < keep.sum() <= effort.columns:
        return Found(choice, proven=not keep.any())
    found = _propose(search, group(problem, units, keep[units]), ())
    if not keeps(problem, found.choice) and not (found.choice == choice).all():
        found = _propose_until_it_fits(search, _one_by_one(problem, units, keep))
    improved = keeps(problem, found.choice) and exact_value(problem, found.choice) > present
    return found if improved else Found(choice, found.proven)


def _could_improve(search: Search) -> Bools:
    problem = search.problem
    scores = np.where(problem.is_open, problem.value - problem.use @ search.prices, -np.inf)
    best = np.maximum(scores.max(axis=1, initial=0.0), 0.0)
    helps = (problem.use[:, :, np.isfinite(problem.at_least)] > 0).any(axis=2)  # a floor may ask for what costs
    found: Bools = problem.is_open & ((problem.value > 0) | helps) & (scores >= best[:, None] - search.slack)
    return found


def _one_by_one(problem: Problem, units: Ints, keep: Bools) -> Kinds:
    return Kinds(
        units, np.arange(len(units)), problem.value[units], problem.use[units], keep[units], np.ones(len(units))
    )


def _propose_until_it_fits(search: Search, each: Kinds) -> Found:
    """HiGHS cannot see what is wrong in the tenth digit only: forbid a plan the exact sum refuses, and ask again.

    Where thousands of plans fill a limit but for the last bit (thirds of a cent), one of them is brought back.
    """
    refused: tuple[Ints, ...] = ()
    few = search.effort._replace(nodes=-(-search.effort.nodes // search.effort.proposals))
    search = search._replace(effort=few)  # all of them together take no longer than one
    for _ in range(search.effort.proposals):
        found = _propose(search, each, refused)
        if keeps(search.problem, found.choice):
            return found
        refused = (*refused, found.choice[each.units])
    within = bring_back(search.problem, search.prices, found.choice, search.order)
    return Found(fill_up(search.problem, search.prices, within, search.order), proven=False)


def _propose(search: Search, kinds: Kinds, refused: tuple[Ints, ...]) -> Found:
    """The best plan HiGHS finds; the present one where it finds none."""
    margin = _margin(search, kinds)
    program = as_program(margin)
    for plan in refused:
        program = _without(program, margin.keep, plan, larger=not np.isfinite(margin.owed).any())
    answer = solve_whole(program, whole=int(margin.keep.sum()), most_nodes=search.effort.nodes)
    if not len(answer.columns):
        return Found(search.choice, answer.optimal)
    idle = np.full(len(search.choice), -1, dtype=np.int64)
    idle[kinds.units] = search.choice[kinds.units]
    return Found(deal(kinds, np.rint(taken(margin, answer)).astype(np.int64), idle, search.order), answer.optimal)


def _margin(search: Search, kinds: Kinds) -> Margin:
    """All units free, nothing bought or sold; who loses more than the slack by `nothing` must take an option."""
    scores = np.where(kinds.keep, kinds.value - kinds.use @ search.prices, -np.inf)
    return Margin(
        value=kinds.value,
        use=kinds.use,
        keep=kinds.keep,
        number=kinds.number,
        must=scores.max(axis=1, initial=-np.inf) > search.slack,
        room=search.problem.room,
        owed=search.problem.owed,
        low=np.full(len(search.prices), -np.inf),
        high=np.full(len(search.prices), np.inf),
    )


def _without(program: Program, keep: Bools, plan: Ints, *, larger: bool) -> Program:
    """Forbid a plan: at most all but one of its options, or else another one too; `larger`: the latter neither.

    What contains a plan that overruns a limit overruns it too; what contains one that misses a floor may meet it.
    """
    inside = (plan[:, None] == np.arange(keep.shape[1]))[keep]
    columns = np.flatnonzero(inside) if larger else np.arange(len(inside))
    return program._replace(
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, inside.sum() - 1.0),
        row=np.append(program.row, np.full(len(columns), len(program.row_lower))),
        column=np.append(program.column, columns),
        entry=np.append(program.entry, np.where(inside[columns], 1.0, -1.0)),
    )
