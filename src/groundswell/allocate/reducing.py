"""From millions of units to the few that the prices leave open.

Prices from a sample are known up to their error. Wherever in that box the true ones lie, nearly every unit does the same:
those are decided, in one pass, and what they use is taken off the limits. What remains is the same problem with fewer
units, so it is done again, until what remains can be solved exactly. Whether the best prices really lie in the box is
seen at the end: where one lies at its edge, the box is laid around what was found, wider, and all begins anew.
"""

from typing import NamedTuple

import numpy as np

from groundswell.allocate import kernels, newton
from groundswell.allocate.keys import by_rank
from groundswell.allocate.margin import Range, decide
from groundswell.allocate.newton import Dual
from groundswell.allocate.problem import Floats, Ints
from groundswell.allocate.scan import UNDECIDED, Groups
from groundswell.allocate.units import Rows, Sums, Units, counted, dense, first, fix, nothing_yet

SAMPLED = 64_000  # units of a sample
_SAMPLED_BY_UNIT = 16_000  # the same where every unit has uses of its own, which takes longer
_AS_THEY_ARE = 4  # times as many are looked at all: what stays undecided with a sample may need more
_LOOKED_AT = 8_000  # units that show how many a box leaves undecided
_ERRORS = 4.0  # standard errors to either side
FEW = 24_000  # units that are solved as they are
_WHOLE = 500  # units that one program takes whole
_LEAST = 1e-5  # the radius of a box, at least, in natural steps of the prices: where all tie, all are at its middle
_SHRINKING = 0.7  # what stays undecided although prices are known better is tied
_WIDER = 4.0


class Left(NamedTuple):
    """What the prices leave open."""

    units: Ints  # (N,) the units still undecided, in the order of their ranks
    box: Range  # where the best prices are
    middle: Floats  # where they are looked for first
    choice: Groups  # (n,) what the others do; -1 is `nothing`, `UNDECIDED` for those still undecided
    decided: Sums  # what the others, and all that were decided before, come to


class Place(NamedTuple):
    """Where prices are looked for."""

    middle: Floats
    off: Floats  # how far they may be from there

    def box(self, within: Range) -> Range:
        """All that lies no farther off."""
        return within.meet(self.middle - self.off, self.middle + self.off)


def reduce(units: Units, rows: Rows, within: Range, typical: float, others: Sums, around: Place | None = None) -> Left:
    """Decide all units but some thousands.

    Args:
        units: all of them.
        rows: the limits.
        within: where prices may lie at all.
        typical: the mean positive value on offer.
        others: what units come to that are decided already.
        around: where the prices are; a sample says where it is None.
    """
    active = np.arange(units.many)
    choice = np.full(units.many, UNDECIDED, dtype=np.int32)
    decided, middle, box, shrinks = others, np.clip(np.zeros(len(rows.at_most)), *within), within, True
    while len(active) > FEW and shrinks:
        part = units if len(active) == units.many else units.only(active)
        place = around if around is not None else _from_sample(part, rows, decided, box, middle, typical)
        around = wider(place.middle, box, within)
        if around is not None:
            active, choice[:], decided, box = np.arange(units.many), UNDECIDED, others, within
            continue
        middle, box = place.middle, place.box(box)
        choice[active] = fix(part, rows, middle, box)
        still = active[choice[active] == UNDECIDED]
        active, shrinks = still, len(still) <= _SHRINKING * len(active)
        decided = counted(units, rows, choice, others)
    if _WHOLE < len(active) <= FEW:
        dual = Dual(units.only(active), rows, rows.at_most - decided.used, rows.at_least - decided.used, typical)
        middle = newton.near_best(dual, box, middle)[0].prices
    return Left(active[by_rank(units.rank[active])], box, middle, choice, decided)


def wider(prices: Floats, box: Range, within: Range) -> Place | None:
    """Where to look instead, if prices lie at the edge of the box; None if they do not."""
    span = box.high - box.low
    near = 1e-9 * np.maximum(np.abs(prices), np.where(np.isfinite(span), span, 0.0))
    edge = (prices <= box.low + near) & (box.low > within.low)
    edge |= (prices >= box.high - near) & (box.high < within.high)
    return Place(prices, np.where(edge, _WIDER, 0.5) * span) if edge.any() else None


def look(sample: Units, rows: Rows, others: Sums, box: Range, start: Floats, typical: float, many: int) -> Place:
    """Where the prices of `many` units are, by a sample of them: so wide that some thousand stay undecided in any case."""
    share, used = sample.many / many, others.used
    dual = Dual(sample, rows, (rows.at_most - used) * share, (rows.at_least - used) * share, typical)
    point, drift = newton.near_best(dual, box, start)
    error = newton.errors(dual, point, share)
    problem = dense(first(sample, min(sample.many, _LOOKED_AT)), rows, nothing_yet(rows))
    seen = decide(problem._replace(at_most=rows.at_most * share, at_least=rows.at_least * share), point.prices)
    reach = np.empty(len(problem.value))
    kernels.reach(problem, point.prices, seen.spread, seen.choice, reach)
    place = min(int(0.5 * FEW / many * len(reach)), len(reach) - 1)
    radius = max(float(np.partition(reach, place)[place]), _LEAST)
    return Place(point.prices, _ERRORS * error + drift + (radius if np.isfinite(radius) else 1.0) * seen.spread)


def _from_sample(units: Units, rows: Rows, others: Sums, box: Range, start: Floats, typical: float) -> Place:
    many = SAMPLED if units.alike else _SAMPLED_BY_UNIT
    size = units.many if units.many <= _AS_THEY_ARE * many else many
    return look(first(units, size), rows, others, box, start, typical, units.many)
