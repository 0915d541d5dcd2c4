"""All the units of an allocation, however many: what options bring them and what rows limit them.

A row is a limit with its floor, if it has one, or a floor of its own: at least so many units of a group get one of some
options. Every row has one price: 0 or more where it limits, 0 or less where it is a floor, and who meets that is paid.
"""

from typing import NamedTuple

import numpy as np

from groundswell.allocate import scan
from groundswell.allocate.keys import Ranks, by_rank
from groundswell.allocate.margin import Range
from groundswell.allocate.problem import Bools, Floats, Ints, Problem
from groundswell.allocate.scan import Groups, Values


class Rows(NamedTuple):
    """The limits (m of them) and the floors of groups (R)."""

    at_most: Floats  # (m + R,)
    at_least: Floats  # (m + R,)
    group: Ints  # (R,) whose floor it is; -1: everybody's
    options: Bools  # (R, k) what meets it

    @property
    def limits(self) -> int:
        """How many of the rows are limits."""
        return len(self.at_most) - len(self.group)

    def only(self, kept: Bools) -> "Rows":
        """Without some of the rows; limits stay, but do not bind any more."""
        own = kept[self.limits :]
        here = np.concatenate([np.ones(self.limits, dtype=np.bool_), own])
        at_most, at_least = np.where(kept, self.at_most, np.inf)[here], np.where(kept, self.at_least, -np.inf)[here]
        return Rows(at_most, at_least, self.group[own], self.options[own])


class Units(NamedTuple):
    """n units and k options."""

    value: Values  # (k, n) minus infinity where an option is closed
    use: Floats  # (1, k, m) of a unit of size 1, or (n, k, m)
    size: Floats  # (n,), or empty: all are 1
    group: Groups  # (n,) from 0, or empty where there is no floor of a group
    groups: int
    rank: Ranks  # (n,) an order that breaks ties

    def only(self, units: Ints) -> "Units":
        """Some of them."""
        return Units(
            np.ascontiguousarray(self.value[:, units]),
            self.use if self.alike else self.use[units],
            self.size[units] if len(self.size) else self.size,
            self.group[units] if len(self.group) else self.group,
            self.groups,
            self.rank[units],
        )

    @property
    def alike(self) -> bool:
        """Whether an option uses the same of everybody, but for size."""
        return len(self.use) == 1

    @property
    def many(self) -> int:
        """How many there are."""
        return int(self.value.shape[1])


class Sums(NamedTuple):
    """What decided units come to, as pairs (high, low): twice the precision of a float."""

    earned: Floats  # (2,)
    spent: Floats  # (m + R, 2)

    @property
    def used(self) -> Floats:
        """(m + R,) what they use, rounded."""
        found: Floats = self.spent.sum(axis=1)
        return found


def first(units: Units, many: int) -> Units:
    """So many units, the lowest ranks first."""
    if many == units.many:
        return units
    some = np.argpartition(units.rank, many)[:many]
    return units.only(some[by_rank(units.rank[some])])


def nothing_yet(rows: Rows) -> Sums:
    """Nobody is decided."""
    return Sums(np.zeros(2), np.zeros((len(rows.at_most), 2)))


def dense(units: Units, rows: Rows, others: Sums) -> Problem:
    """The units as rows of a small problem, beside others that are decided."""
    n, k = units.many, len(units.value)
    use = np.zeros((n, k, len(rows.at_most)))
    use[:, :, : rows.limits] = units.use
    if len(units.size):
        use[:, :, : rows.limits] *= units.size[:, None, None]
    for row in range(len(rows.group)):
        use[:, :, rows.limits + row] = _inside(units, rows, row)[:, None] & rows.options[row]
    is_open = np.ascontiguousarray(np.isfinite(units.value).T)
    value = np.where(is_open, units.value.T.astype(np.float64), 0.0)
    earned = float(others.earned.sum())
    return Problem(value, use, rows.at_most, is_open, rows.at_least, np.ones(n), others.spent, earned)


def fix(units: Units, rows: Rows, middle: Floats, box: Range) -> Groups:
    """The best option of every unit for which it is the same wherever in the box the prices are; else `UNDECIDED`."""
    m = rows.limits
    choice = np.empty(units.many, dtype=np.int32)
    extra = extra_costs(units, rows, middle)
    if units.alike:
        table, groups = _dearest(units, rows, box)
        cost = units.use[0] @ middle[:m]
        scan.fix(units.value, units.size, units.group, cost, extra, table, groups, choice)
    else:
        low, high = box.low[:m], box.high[:m]
        groups = _dearest(units, rows, box)[1]
        scan.fix_by_unit(units.value, units.use, units.group, middle[:m], low, high, extra, groups, choice)
    return choice


def kinds(units: Units, rows: Rows, middle: Floats, box: Range) -> tuple[Units, Ints, Floats]:
    """Units that are equal to the last bit in all that matters in the box, once.

    Returns:
        One unit of each kind, the kind of each unit (n,), and how many units are of each kind.
    """
    value = units.value
    if units.alike:
        value, cost = np.empty_like(units.value), units.use[0] @ middle[: rows.limits]
        extra, (table, groups) = extra_costs(units, rows, middle), _dearest(units, rows, box)
        scan.prune(units.value, units.size, units.group, cost, extra, table, groups, value)
    told = [own for own in (units.size, units.group, () if units.alike else units.use) if len(own)]
    parts = [value.T, *(np.ascontiguousarray(own).reshape(units.many, -1).view(np.float32) for own in told)]
    rows_of = np.ascontiguousarray(np.concatenate(parts, axis=1))
    keys = rows_of.view(np.dtype((np.void, rows_of.shape[1] * rows_of.itemsize))).ravel()
    _, first, kind, number = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return units._replace(value=value).only(first), kind.astype(np.int64), number.astype(np.float64)


def _dearest(units: Units, rows: Rows, box: Range) -> tuple[Floats, Floats]:
    """The most by which each option can cost more than each other in the box: for everybody, and what groups pay."""
    m, k = rows.limits, len(units.value)
    groups = np.zeros((units.groups if len(units.group) else 0, k + 1, k + 1))
    for row in range(len(rows.group)):
        more = _more(np.concatenate([[0.0], rows.options[row]])[:, None])[:, :, 0]
        groups[_of(rows, row)] += np.maximum(box.low[m + row] * more, box.high[m + row] * more)
    more = _more(np.concatenate([np.zeros((1, m)), units.use[0]]))
    return np.maximum(box.low[:m] * more, box.high[:m] * more).sum(axis=2), groups


def counted(units: Units, rows: Rows, choice: Groups, others: Sums) -> Sums:
    """What a choice comes to, added to what others do; `UNDECIDED` units count for nothing."""
    m = rows.limits
    found = np.concatenate([others.earned[None], others.spent[:m]])
    scan.totals(units.value, units.use, units.size, choice, found)
    spent = others.spent.copy()
    spent[:m] = found[1:]
    for row in range(len(rows.group)):
        taken = choice[_inside(units, rows, row)]
        spent[m + row, 0] += np.count_nonzero(rows.options[row][taken[taken >= 0]])
    return Sums(found[0], spent)


def extra_costs(units: Units, rows: Rows, prices: Floats) -> Floats:
    """(k, groups) what groups pay beyond the prices of limits; (k, 0) where there are none."""
    found = np.zeros((len(units.value), units.groups if len(units.group) else 0))
    for row, price in enumerate(prices[rows.limits :]):
        found[:, _of(rows, row)] += (price * rows.options[row])[:, None]
    return found


def _of(rows: Rows, row: int) -> slice:
    """The groups a floor is for."""
    group = int(rows.group[row])
    return slice(None) if group < 0 else slice(group, group + 1)


def _inside(units: Units, rows: Rows, row: int) -> Bools:
    if rows.group[row] < 0:
        return np.ones(units.many, dtype=np.bool_)
    found: Bools = units.group == rows.group[row]
    return found


def _more(use: Floats) -> Floats:
    """(k, k, m) what each uses more than each other."""
    found: Floats = use[:, None, :] - use[None, :, :]
    return found
