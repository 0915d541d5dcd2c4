"""What is on offer under the limits, and what prices answer: what more would bring, what a floor costs, who is next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell import allocate
from groundswell.policy.settings import Limit
from groundswell.vocabulary import SettingsError

STEP = 0.05
"""Who stands at the margin: those to whom so much more, or less, of a limit makes a difference."""
_FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class Offer(NamedTuple):
    """What a plan may choose from, and how much there is.

    Attributes:
        units: (units,) the places of these units among all of the plan.
        worth: (units, K) what each option brings, in the goal's worth.
        use: (units, K, limits) what it uses.
        is_open: (units, K) what may be chosen: what is proven, and where a floor counts it, whatever is not proven to harm.
        room: (limits,) the most there may be.
        owed: (limits,) the least there must be; minus infinity where there is no floor.
        told: (units, K) what of ``worth`` is that of answers to questions; None: nothing is.
    """

    units: NDArray[np.int64]
    worth: NDArray[np.float64]
    use: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    room: NDArray[np.float64]
    owed: NDArray[np.float64]
    told: NDArray[np.float64] | None = None

    def only(self, some: NDArray[np.bool_], room: NDArray[np.float64], owed: NDArray[np.float64]) -> Offer:
        """The same for some of the units, with what the others leave."""
        told = None if self.told is None else self.told[some]
        return Offer(self.units[some], self.worth[some], self.use[some], self.is_open[some], room, owed, told)

    def prices(self) -> allocate.Prices:
        """The prices at which the units use the limits best, and meet the floors.

        Raises:
            ContradictionError: they cannot.
        """
        return allocate.find_prices(self.worth, self.use, self.room, at_least=self.owed, is_open=self.is_open)

    def chances(self, prices: allocate.Prices) -> NDArray[np.float64]:
        """(units, K + 1) what each unit does at these prices, ``nothing`` first."""
        return allocate.mixture(self.worth, self.use, prices, is_open=self.is_open)

    def brings(self, prices: allocate.Prices) -> float:
        """What the plan at these prices brings at best, without what answers are worth."""
        return prices.bound - (0.0 if self.told is None else float((self.chances(prices)[:, 1:] * self.told).sum()))

    def most(self, limit: int) -> float:
        """As much of one limit as could be used, under the others and whatever it brings; by parts of units."""
        use = self.use[:, :, limit]
        return allocate.find_prices(use, self.use, self.room, is_open=self.is_open).bound

    def with_room(self, limit: int, amount: float) -> Offer:
        """The same with another amount of one limit."""
        room = self.room.copy()
        room[limit] = max(amount, 0.0)
        return self._replace(room=room)

    def without_floor(self, limit: int | None = None) -> Offer:
        """The same without one floor, or without any."""
        owed = self.owed.copy()
        owed[slice(None) if limit is None else limit] = -np.inf
        return self._replace(owed=owed)


class Point(NamedTuple):
    """What there would be of a limit, and the goal actions it would bring."""

    amount: float
    actions: float


class Margin(NamedTuple):
    """Who comes next, and who would be the first to go.

    Attributes:
        joins: (units,) 0, or j + 1 where a little more of a limit gives the unit option j instead of ``nothing``.
        leaves: (units,) 0, or j + 1 where a little less takes option j from it.
    """

    joins: NDArray[np.int64]
    leaves: NDArray[np.int64]


def counted(use: NDArray[np.float64], at_least: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(units, K) whether a floor counts an option."""
    return np.asarray((use[:, :, np.isfinite(at_least)] > 0).any(axis=2))


def value_curve(offer: Offer, limit: int, *, at_most: float, taken: float, worth: float) -> tuple[Point, ...]:
    """What a plan brings as one limit grows, from what draws take of it to as much as could be used; by shrunken effects.

    What answers to questions are worth is left out.

    Args:
        offer: what is on offer, and what draws have left of the limits.
        limit: which.
        at_most: the whole of it.
        taken: what experiments and exploration take of it first.
        worth: what one goal action is worth.

    Returns:
        Points by amount, the last one where more would bring nothing; amounts at which a floor cannot be met are left out.

    >>> worth, room, no_floor = np.array([[4.0], [2.0], [1.0]]), np.array([2.0]), np.array([-np.inf])
    >>> offer = Offer(np.arange(3), worth, np.ones((3, 1, 1)), np.ones((3, 1), bool), room, no_floor)
    >>> [(point.amount, point.actions) for point in value_curve(offer, 0, at_most=2.0, taken=0.0, worth=1.0)]
    [(0.0, 0.0), (0.5, 2.0), (1.0, 4.0), (1.5, 5.0), (2.0, 6.0), (2.5, 6.5), (3.0, 7.0)]
    """
    free = offer.with_room(limit, np.inf)
    prices = free.prices()
    most = taken + float((free.chances(prices)[:, 1:] * offer.use[:, :, limit]).sum())
    found = []
    for amount in (taken, *(factor * min(at_most, most) for factor in _FACTORS)):
        if not taken <= amount < most or amount - taken < offer.owed[limit]:
            continue
        try:
            then = offer.with_room(limit, amount - taken)
            found.append(Point(amount, then.brings(then.prices()) / worth))
        except allocate.ContradictionError:
            continue
    return (*found, Point(most, free.brings(prices) / worth))


def margin(offer: Offer, limit: int, at_most: float) -> Margin:
    """Who stands at the margin of a limit.

    Args:
        offer: what is on offer, and what draws have left of the limits.
        limit: which.
        at_most: the whole of it; a part of this is given and taken.

    >>> worth, room, no_floor = np.arange(40.0, 0.0, -1.0)[:, None], np.array([20.0]), np.array([-np.inf])
    >>> offer = Offer(np.arange(40), worth, np.ones((40, 1, 1)), np.ones((40, 1), bool), room, no_floor)
    >>> found = margin(offer, 0, 20.0)
    >>> np.flatnonzero(found.leaves), np.flatnonzero(found.joins)
    (array([19]), array([20]))
    """
    now = _choice(offer)
    ends = []
    for step in (STEP * at_most, -STEP * at_most):
        amount = offer.room[limit] + step
        try:
            ends.append(now if amount < offer.owed[limit] else _choice(offer.with_room(limit, amount)))
        except allocate.ContradictionError:
            ends.append(now)
    more, less = ends
    return Margin(np.where(now == 0, more, 0), np.where(less == 0, now, 0))


def _choice(offer: Offer) -> NDArray[np.int64]:
    return np.asarray(offer.chances(offer.prices()).argmax(axis=1))


def floor_costs(offer: Offer, prices: allocate.Prices, names: Sequence[str], worth: float) -> dict[str, float]:
    """Floor -> goal actions that there would be more of without it."""
    found = {}
    for row in np.flatnonzero(np.isfinite(offer.owed)).tolist():
        more = offer.without_floor(row).prices().bound - prices.bound if prices.prices[row] < 0 else 0.0
        found[names[row]] = max(float(more) / worth, 0.0)
    return found


@contextmanager
def told_in_words(offer: Offer, limits: Sequence[Limit], names: Sequence[str], file: str) -> Iterator[None]:
    """Say in the campaign's own words what cannot be kept.

    Args:
        offer: what is on offer.
        limits: all limits.
        names: those that prices are for, in their order.
        file: where they are written.
    """
    asked = {limit.name: limit for limit in limits}
    try:
        yield
    except allocate.ContradictionError as error:
        rows = [asked[names[int(row.removeprefix("limits[").removesuffix("]"))]] for row in error.rows]
        told = " and ".join(_said(limit) for limit in rows)
        floor = next((limit for limit in rows if limit.at_least > 0), rows[0])
        row = names.index(floor.name)
        drawn = floor.at_least - offer.owed[row]
        raise SettingsError(
            f"No plan can keep {told}{' together' if len(rows) > 1 else ''}.",
            file=file,
            key=f"limits.{floor.name}.at_least",
            found=f"{floor.at_least:g}",
            expected=f"{np.floor(offer.most(row) + drawn + 1e-6):,.0f} at most: what is open leaves no room for more",
            hint="Lower the floor, raise the limit, or open more options; the last report says what is closed, and why.",
        ) from None
    except allocate.NoWholePlanError:
        floor = next(limit for limit in limits if limit.at_least > 0 and limit.name in names)
        raise SettingsError(
            "Parts of people could keep the floors, but no whole plan was found that does.",
            file=file,
            key=f"limits.{floor.name}.at_least",
            found=f"{floor.at_least:g}",
            expected="a floor with room for one unit more or less",
            hint="Lower it by the use of a few units, or raise a limit by as much.",
        ) from None


def _said(limit: Limit) -> str:
    parts = [f"at least {limit.at_least:g}"] if limit.at_least > 0 else []
    parts += [f"at most {limit.at_most:g}"] if np.isfinite(limit.at_most) else []
    return f"limits.{limit.name} ({', '.join(parts)} of {limit.of})"
