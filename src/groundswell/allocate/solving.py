"""Who gets what under the limits, for any number of units: prices, a whole plan, and the proof of how good it is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from groundswell.allocate.asked import Asked, asked, name_of
from groundswell.allocate.margin import (
    Range,
    all_but,
    all_may_rest,
    at_margin,
    decide,
    in_question,
    lawful,
    total_use,
)
from groundswell.allocate.margin import group as grouped_by_row
from groundswell.allocate.margin import solve as solve_margin
from groundswell.allocate.prices import amiss, search
from groundswell.allocate.problem import Bools, Floats, Ints, Problem
from groundswell.allocate.reducing import FEW, Left, reduce, wider
from groundswell.allocate.rounding import whole_plan
from groundswell.allocate.scan import UNDECIDED, Groups
from groundswell.allocate.shares import share_out
from groundswell.allocate.terms import NO_WHOLE_PLAN, Allocation, ContradictionError, NoWholePlanError
from groundswell.allocate.units import Rows, Sums, Units, counted, dense, kinds, nothing_yet
from groundswell.allocate.whole import deal, keeps

_CLOSE = 1e-6  # a gap not worth a second look, as a share of the bound
_TIED = 1e-9  # of the mean value on offer
_AT_THE_MARGIN = 2000
_MOST_KINDS = 6000
_ONE_BY_ONE = 25_000_000  # uses that may be looked at one by one
_AT_CAP = 1e-2
_NEAR_CAP = 1e-3  # of the highest price, relative to its cap: such rows may contradict each other
NO_PRICE = 1e5  # times the largest value for the smallest use: no price that keeps anything is as high


class Solved(NamedTuple):
    """The prices, and what they leave open as a small problem."""

    prices: Floats  # (m + R,)
    units: Units  # what was solved for
    left: Left
    problem: Problem  # the kinds of units that are left, in the order of their ranks
    kind: Ints  # (N,) which kind each is
    bound: float
    kept: bool  # whether limits and floors can be kept together, by fractions of units at least


def solve(
    value: ArrayLike,
    use: ArrayLike,
    limits: ArrayLike,
    *,
    at_least: ArrayLike | list[dict[str, object]] | None = None,
    allowed: ArrayLike | None = None,
    group: ArrayLike | None = None,
    size: ArrayLike | None = None,
    key: ArrayLike | None = None,
    seed: int = 0,
) -> Allocation:
    """Choose one option or `nothing` for every unit so that all together are worth most and no limit is overrun.

    Below 500 units the plan is the best there is (`proven`, unless 20,000 branchings did not suffice). Above, it is within
    `gap` of the best, which is a proof by duality and typically a hundred-thousandth. One input gives one plan,
    whatever the order of its rows, if `key` names them.

    Args:
        value: (n, k) what an option brings for a unit, read as float32; may be negative.
        use: (k, m) what an option takes of each limit, times the unit's `size`; or (n, k, m). Zero or more, in the limit's
            own units.
        limits: (m,) how much there is of each; infinite where a row is only a floor.
        at_least: (m,) floors of the same rows, minus infinity for none; or a list of floors of groups,
            `{"group": label, "options": columns, "minimum": units}`: so many units of the group get one of the options.
            Without `group` everybody counts, without `options` all of them do.
        allowed: (n, k) booleans; a closed option is never chosen.
        group: (n,) the label of each unit's group.
        size: (n,) what `use` (k, m) is multiplied by, > 0.
        key: (n,) ids, whole numbers or texts; they break ties and draw samples. Positions where it is None.
        seed: another seed breaks ties in another way.

    Raises:
        ValueError: shapes disagree, a number is not finite, a use, a size or a limit is negative, or an id is there twice.
        ContradictionError: floors and limits cannot be kept together; names an irreducible set of them.
        NoWholePlanError: they could by fractions of units, but no whole plan was found.

    Example:
        Two letters for three households, one of which should go to the north:

        >>> import numpy as np
        >>> from groundswell.allocate import solve
        >>> found = solve([[5.0], [3.0], [2.0]], [[1.0]], [2.0])
        >>> found.option, found.prices, found.gap
        (array([ 0,  0, -1]), array([2.]), 0.0)
        >>> floor = {"group": "north", "minimum": 1}
        >>> found = solve([[5.0], [3.0], [2.0]], [[1.0]], [2.0], at_least=[floor], group=["south", "south", "north"])
        >>> found.option, found.floored
        (array([ 0, -1,  0]), array([False, False,  True]))
    """
    given = asked(value, use, limits, at_least=at_least, allowed=allowed, group=group, size=size, key=key, seed=seed)
    solved = priced_out(given)
    choice, proven = placed(given, solved, nothing_yet(given.rows))
    total = counted(given.units, given.rows, choice, nothing_yet(given.rows))
    floored = who_is_floored(given.units, given.rows, solved.prices, choice)
    return told(given, solved, total, choice.astype(np.int64), floored, proven=proven)


def priced_out(given: Asked, within: Range | None = None, others: Sums | None = None) -> Solved:
    """The prices at which all units together use the limits best.

    Args:
        given: the units and their limits.
        within: where to look for prices; everywhere where it is None.
        others: what units come to that are decided already.

    Raises:
        ContradictionError: no prices do.
    """
    decided = nothing_yet(given.rows) if others is None else others
    solved = _solve(given, given.rows, within or anywhere(given, given.rows), decided)
    if not solved.kept:
        share = np.abs(solved.prices) / cap(given, given.rows)
        rows = _irreducible(given, share > _NEAR_CAP * share.max(), decided)
        if not np.isfinite(given.rows.at_least[rows]).any():  # limits alone contradict nothing
            return solved._replace(kept=True)
        told = " and ".join(name_of(given, int(row)) for row in rows)
        raise ContradictionError(
            tuple(given.named[row] for row in rows),
            f"{told} cannot be kept together; lower a floor, raise a limit, or open more options",
        )
    return solved


def anywhere(given: Asked, rows: Rows) -> Range:
    """All prices that could be meant. Limits alone can always be kept, so that only floors need an end."""
    everything = lawful(rows.at_most, rows.at_least)
    if not np.isfinite(rows.at_least).any():
        return everything
    most = cap(given, rows)
    return everything.meet(-most, most)


def cap(given: Asked, rows: Rows) -> Floats:
    """(m + R,) prices beyond which nothing can be meant: far more than the largest value for the smallest use."""
    use = given.units.use.reshape(int(np.prod(given.units.use.shape[:2])), rows.limits)
    least = np.ones(len(rows.at_most))
    size = float(given.units.size.min()) if len(given.units.size) else 1.0
    for limit, column in enumerate(use.T):
        taking = column[column > 0]
        least[limit] = taking.min() * size if taking.size else 1.0
    return NO_PRICE * given.worth / least


def _solve(given: Asked, rows: Rows, within: Range, others: Sums) -> Solved:
    units, around = given.units, None
    while True:
        left = reduce(units, rows, within, given.typical, others, around)
        some = units.only(left.units)
        one_each, kind, number = some, np.arange(some.many), np.ones(some.many)
        if some.many > FEW:
            one_each, kind, number = kinds(some, rows, left.middle, left.box)
        problem = dense(one_each, rows, left.decided)._replace(number=number)
        prices, _ = search(problem, left.box, np.clip(left.middle, *left.box))
        around = wider(prices, left.box, within)
        if around is None:
            floors, outside = np.isfinite(rows.at_least).any(), wider(prices, within, anywhere(given, rows))
            kept = not floors or outside is not None or not amiss(problem, prices, within)
            return Solved(prices, units, left, problem, kind, decide(problem, prices).bound, kept)


def _irreducible(given: Asked, stuck: Bools, others: Sums) -> Ints:
    """Of rows that cannot be kept together, leave out one after the other if the rest still cannot."""
    kept = stuck.copy() if not _kept(given, stuck, others) else np.ones_like(stuck)
    for row in np.flatnonzero(kept):
        without = kept.copy()
        without[row] = False
        if not _kept(given, without, others):
            kept = without
    return np.flatnonzero(kept)


def _kept(given: Asked, rows: Bools, others: Sums) -> bool:
    """Whether some of the rows can be kept together."""
    fewer = given.rows.only(rows)
    spent = np.concatenate([others.spent[: fewer.limits], others.spent[fewer.limits :][rows[fewer.limits :]]])
    return _solve(given, fewer, anywhere(given, fewer), others._replace(spent=spent)).kept


def placed(given: Asked, solved: Solved, others: Sums) -> tuple[Groups, bool]:
    """A whole plan at the prices, and whether it is proven that there is none better; `others` are decided already.

    Raises:
        NoWholePlanError: none that keeps the floors was found.
    """
    units, rows = given.units, given.rows
    left, choice = solved.left, solved.left.choice.copy()
    own = decide(solved.problem, solved.prices)
    free, problem, drawn = left.units, solved.problem, own.choice
    if len(free) > FEW:
        drawn, near = _dealt(solved, own.choice)
        choice[free] = drawn
        free, drawn = free[near], drawn[near]
        choice[free] = UNDECIDED
        problem = dense(units.only(free), rows, counted(units, rows, choice, others))
        own = decide(problem, solved.prices)
    order = np.arange(len(free), dtype=np.float64)
    found = whole_plan(problem, solved.prices, own._replace(bound=solved.bound), drawn, order, enough=_CLOSE)
    if not keeps(problem, found.choice):
        raise NoWholePlanError(NO_WHOLE_PLAN)
    choice[free] = found.choice
    return choice, found.proven and len(free) == units.many and not (others.earned.any() or others.spent.any())


def _dealt(solved: Solved, held: Ints) -> tuple[Ints, Ints]:
    """The units left, where too many tie to be settled one by one: their options, and the few to be settled still."""
    problem, prices = solved.problem, solved.prices
    own = decide(problem, prices)
    near, radius = at_margin(problem, prices, own, _AT_THE_MARGIN)
    if len(near) > _MOST_KINDS:  # no two alike, and all tie: they start from nothing, and fill what there is one by one
        tied = np.isin(solved.kind, near)
        return np.where(tied, -1, held[solved.kind]), np.flatnonzero(tied)[: _ONE_BY_ONE // problem.use[0].size]
    grouped = grouped_by_row(problem, near, in_question(problem, prices, own, near, radius))
    used = total_use(problem, held, all_but(len(held), near))
    dear = 10.0 * (np.abs(prices) + own.spread)
    counts, _ = solve_margin(
        all_may_rest(grouped, problem, used, lawful(problem.at_most, problem.at_least).meet(-dear, dear))
    )
    of = np.full(len(held), -1)
    of[near] = grouped.kind
    inside = np.flatnonzero(of[solved.kind] >= 0)
    among = grouped._replace(units=inside, kind=of[solved.kind[inside]])
    order = np.arange(len(solved.kind), dtype=np.float64)
    return deal(among, np.floor(counts + 1e-9).astype(np.int64), held[solved.kind], order), inside[:FEW]


def told(
    given: Asked, solved: Solved, total: Sums, option: Ints | Groups, floored: Bools, *, proven: bool
) -> Allocation:
    """What was found, as the caller reads it."""
    m, value = given.rows.limits, float(total.earned.sum())
    bound = max(solved.bound, value)  # it can only be below by the last bits of a sum
    tolerance = _TIED * given.typical
    prices = np.maximum(solved.prices[:m], given.closing) if (given.closing > 0).any() else solved.prices[:m]
    floors = np.maximum(-solved.prices[m:], 0.0)
    beyond = floors >= _AT_CAP * cap(given, given.rows)[m:]  # all who can meet it do: there is no one more
    return Allocation(
        option=option,
        prices=prices,
        floors=np.where(beyond, np.inf, floors),
        margins=share_out(solved.problem, solved.prices, tolerance, decide(solved.problem, solved.prices)),
        tolerance=tolerance,
        value=value,
        bound=bound,
        gap=(bound - value) / max(abs(bound), 1e-12),
        used=total.spent[:m, 0],
        met=np.rint(total.spent[m:, 0]).astype(np.int64),
        floored=floored,
        proven=proven,
    )


def who_is_floored(units: Units, rows: Rows, prices: Floats, choice: Groups) -> Bools:
    """Who has what meets a floor with a price, and would rather have something else, or nothing, if floors paid nothing."""
    found = np.zeros(units.many, dtype=np.bool_)
    if not (prices < 0).any():
        return found
    m, paid = rows.limits, prices < 0
    charged = np.maximum(prices[:m], 0.0)
    best, own = np.zeros(units.many), np.zeros(units.many)
    for option, row in enumerate(units.value):
        cost, held = units.use[:, option] @ charged, choice == option
        score = row.astype(np.float64) - (cost * units.size if len(units.size) else cost)
        best = np.maximum(best, score)
        own = np.where(held, score, own)
        found |= held & (units.use[:, option][:, paid[:m]] > 0).any(axis=1)
        for place in np.flatnonzero(paid[m:] & rows.options[:, option]):
            found |= held & (rows.group[place] < 0 or units.group == rows.group[place])
    return found & (own < best - 1e-9 * np.maximum(np.abs(best), 1e-12))
