"""Whole choices: counted exactly, dealt to units, and brought back within the limits."""

from math import fsum

import numpy as np

from groundswell.allocate import kernels
from groundswell.allocate.margin import Kinds
from groundswell.allocate.problem import Floats, Ints, Problem

_MOST_PASSES = 20


def exact_use(problem: Problem, choice: Ints) -> Floats:
    """What a choice uses of every limit: the exact sum of the floats, rounded once (`math.fsum`).

    This is the one rule by which a limit counts as kept. 45,000 letters at 0.60 are 27,000.0 by it, where adding
    one after the other gives 26,999.99999998. Floats are still binary: three times 0.1 is more than 0.3. Who needs
    the last cent counts in cents.
    """
    return _pairs(problem, choice)[:, 0]


def exact_value(problem: Problem, choice: Ints) -> float:
    """What a choice is worth, by the same rule."""
    doing = np.flatnonzero(choice >= 0)
    return fsum([*problem.value[doing, choice[doing]].tolist(), problem.earned])


def tally(problem: Problem, prices: Floats, choice: Ints) -> kernels.Tally:
    """Count a choice, so that units can be moved one by one; takes a copy."""
    return kernels.Tally(problem, prices, choice.copy(), _pairs(problem, choice))


def keeps(problem: Problem, choice: Ints) -> bool:
    """Whether a choice keeps every limit and meets every floor."""
    total = exact_use(problem, choice)
    return bool(((total <= problem.at_most) & (total >= problem.at_least)).all())


def bring_back(problem: Problem, prices: Floats, choice: Ints, order: Floats) -> Ints:
    """Move the units that lose least until every limit is kept and every floor met; sums are taken afresh after each.

    Without floors it always succeeds; with them single moves may not suffice: ask `keeps`.
    """
    counted = tally(problem, prices, choice)
    stuck: set[tuple[int, float]] = set()
    while wrong := [one for one in _wrong(counted) if one not in stuck]:
        limit, sign = wrong[0]
        before = counted.choice.copy()
        loss = np.empty(len(choice))
        kernels.losses(counted, limit, sign, loss)
        kernels.relieve(counted, limit, sign, _queue(loss, order))
        stuck = stuck | {(limit, sign)} if (counted.choice == before).all() else set()
        counted = tally(problem, prices, counted.choice)
    return counted.choice


def _wrong(counted: kernels.Tally) -> list[tuple[int, float]]:
    """The limits that are overrun (1) and the floors that are missed (-1)."""
    total, problem = counted.totals[:, 0], counted.problem
    over = [(int(limit), 1.0) for limit in np.flatnonzero(total > problem.at_most)]
    return over + [(int(limit), -1.0) for limit in np.flatnonzero(total < problem.at_least)]


def _pairs(problem: Problem, choice: Ints) -> Floats:
    """(m, 2) what a choice uses of every limit, as pairs (high, low): high is the exact sum, rounded once."""
    doing = np.flatnonzero(choice >= 0)
    taken = problem.use[doing, choice[doing]]
    totals = np.zeros((problem.shape[2], 2))
    for limit, column in enumerate(taken.T):
        parts = [*column.tolist(), *problem.spent[limit].tolist()]
        high = fsum(parts)
        totals[limit] = high, fsum([*parts, -high])
    return totals


def fill_up(problem: Problem, prices: Floats, choice: Ints, order: Floats) -> Ints:
    """Use what is left of the limits for moves that are worth more, those that lose least score first.

    The last word has the exact sum: should the running one have let a last bit pass, a unit goes back.
    """
    counted = tally(problem, prices, choice)
    for _ in range(_MOST_PASSES):
        gain = np.empty(len(choice))
        kernels.gains(counted, gain)
        queue = _queue(-gain, order)
        if not len(queue):
            break
        kernels.fill(counted, queue)
    return bring_back(problem, prices, counted.choice, order)


def deal(kinds: Kinds, counts: Ints, choice: Ints, order: Floats) -> Ints:
    """Give the units of every kind its options, `counts` (T, k) times; who holds one already keeps it if he can."""
    found = choice.copy()
    by_kind = kinds.units[np.lexsort((order[kinds.units], kinds.kind))]
    ends = np.cumsum(kinds.number).astype(np.int64)
    for members, seats in zip(np.split(by_kind, ends[:-1]), counts, strict=True):
        found[members] = _seat(choice[members], seats)
    return found


def _seat(held: Ints, seats: Ints) -> Ints:
    """The options of one kind's units, `nothing` for those who find no seat."""
    found = np.full(len(held), -1, dtype=np.int64)
    left = seats.copy()
    for option in np.flatnonzero(seats):
        staying = np.flatnonzero(held == option)[: seats[option]]
        found[staying] = option
        left[option] -= len(staying)
    movable = np.flatnonzero(found == -1)
    new = np.repeat(np.arange(len(seats)), left)
    found[movable[: len(new)]] = new
    return found


def _queue(cost: Floats, order: Floats) -> Ints:
    """The units that can move, cheapest first, ties by `order`, then by position."""
    able = np.flatnonzero(cost < np.inf)
    return able[np.lexsort((order[able], cost[able]))]
