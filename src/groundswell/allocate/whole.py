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
    doing = np.flatnonzero(choice >= 0)
    taken = problem.use[doing, choice[doing]]
    return np.array([fsum(column.tolist()) for column in taken.T], dtype=np.float64)


def exact_value(problem: Problem, choice: Ints) -> float:
    """What a choice is worth, by the same rule."""
    doing = np.flatnonzero(choice >= 0)
    return fsum(problem.value[doing, choice[doing]].tolist())


def tally(problem: Problem, prices: Floats, choice: Ints) -> kernels.Tally:
    """Count a choice, so that units can be moved one by one; takes a copy."""
    doing = np.flatnonzero(choice >= 0)
    taken = problem.use[doing, choice[doing]]
    totals = np.zeros((problem.shape[2], 2))
    for limit, column in enumerate(taken.T):
        high = fsum(column.tolist())
        totals[limit] = high, fsum([*column.tolist(), -high])
    return kernels.Tally(problem, prices, choice.copy(), totals)


def bring_back(problem: Problem, prices: Floats, choice: Ints, order: Floats) -> Ints:
    """Move the units that lose least until no limit is overrun; the sums are taken afresh after every limit."""
    counted = tally(problem, prices, choice)
    while (over := np.flatnonzero(counted.totals[:, 0] > problem.at_most)).size:
        loss = np.empty(len(choice))
        kernels.losses(counted, int(over[0]), loss)
        kernels.relieve(counted, int(over[0]), _queue(loss, order))
        counted = tally(problem, prices, counted.choice)
    return counted.choice


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
