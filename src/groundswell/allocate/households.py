"""One message for a household, each member through the channel that is best for it; door and mail come once for all.

What a household does at given prices is found by trying every message with every choice of what comes once: a *pattern*.
There are too many patterns to list, so a household is given those that are best at prices near the right ones, and the plan
is made of these (Dantzig & Wolfe 1960; Gilmore & Gomory 1961). The bound is reckoned over all patterns, not only over those.
"""

from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.allocate import scan
from groundswell.allocate.asked import Asked, checked_limits
from groundswell.allocate.keys import ranked, reranked
from groundswell.allocate.margin import priced
from groundswell.allocate.problem import Bools, Floats, Ints
from groundswell.allocate.reducing import Place, look, wider
from groundswell.allocate.scan import Groups, Values
from groundswell.allocate.solving import anywhere, placed, priced_out
from groundswell.allocate.units import Rows, Sums, Units, nothing_yet

MOST_MEMBERS = 12  # a household of more is split
_MOST_SHARED = 4
_SAMPLED = 8_000  # households
_LEARNING = 12  # rounds in which a sample's prices settle
_ROUNDS = 6  # in which one looks elsewhere, or nearer, if need be
_FEW = 2_000  # households that are given patterns at quite other prices too: of few, every one counts
_SCALES = (0.0, 0.4, 0.7, 0.9, 1.1, 1.4, 2.5, 5.0)
_CLOSE = 1e-5  # of the bound
_SPARE = 1e-12  # of every limit, so that sums over contacts, in whatever order, keep it


@dataclass(frozen=True)
class HouseholdAllocation:
    """What every household hears, and through what each member.

    Attributes:
        message: (n,) the message of the person's household, or -1.
        channel: (n,) the channel the person hears it through, or -1 for none.
        prices: (m,) what one more of each limit is worth.
        value: what all contacts are worth, the exact sum rounded once.
        bound: no plan under the limits is worth more.
        gap: (bound - value) / max(|bound|, 1e-12).
        used: (m,) what all contacts use, the exact sum rounded once; what comes once for a household counts once.
        split: (n,) whose household has more than twelve people and was split: each part decides by itself.
    """

    message: Ints
    channel: Ints
    prices: Floats
    value: float
    bound: float
    gap: float
    used: Floats
    split: Bools


class Homes(NamedTuple):
    """n people in H households, one after the other."""

    value: Values  # (n, K, C) minus infinity where closed
    use: Floats  # (K, C, m)
    shared: Bools  # (C,)
    start: Ints  # (H + 1,) where each household begins
    rank: NDArray[np.uint64]  # (H,)

    def only(self, households: Ints) -> "Homes":
        """Some of them."""
        sizes = np.diff(self.start)[households]
        start = np.concatenate([[0], np.cumsum(sizes)])
        people = np.repeat(self.start[households] - start[:-1], sizes) + np.arange(start[-1])
        return Homes(self.value[people], self.use, self.shared, start.astype(np.int64), self.rank[households])


class Patterns(NamedTuple):
    """What every household does at some prices."""

    message: Groups  # (H,)
    channel: Groups  # (n,)
    score: Floats  # (H,)
    value: Floats  # (H,)
    use: Floats  # (H, m)


def solve_households(
    value: ArrayLike,
    use: ArrayLike,
    limits: ArrayLike,
    *,
    household: ArrayLike,
    shared: ArrayLike,
    allowed: ArrayLike | None = None,
    key: ArrayLike | None = None,
    seed: int = 0,
) -> HouseholdAllocation:
    """Choose one message for every household, and for each member the channel, so that all are worth most.

    A household hears one message or none. A channel that is `shared` (a visit, a letter to the home) costs once and serves
    all members who do best with it; any other costs for each member who gets it. It is closed for all where one member
    may not be reached through it.

    Args:
        value: (n, K, C) what a message through a channel brings with each person, read as float32.
        use: (K, C, m) what one contact takes of each limit, >= 0.
        limits: (m,) how much there is of each.
        household: (n,) the label of each person's household.
        shared: (C,) booleans: what comes once for a household; at most four.
        allowed: (n, K, C) booleans; nobody gets what is closed.
        key: (n,) ids that break ties and draw samples. Positions where it is None.
        seed: another seed breaks ties in another way.

    Raises:
        ValueError: shapes disagree, or a number cannot be meant.

    Example:
        One letter is worth more for two who share a home than a call for each:

        >>> import numpy as np
        >>> from groundswell.allocate import solve_households
        >>> value = np.array([[[3.0, 2.0]], [[3.0, 2.0]], [[3.0, 2.0]]])  # a call, a letter
        >>> use = np.array([[[2.0], [1.0]]])
        >>> found = solve_households(value, use, [3.0], household=["a", "a", "b"], shared=[False, True])
        >>> found.channel, found.used, found.value
        (array([1, 1, 0]), array([3.]), 7.0)
    """
    homes, order, split, at_most = _homes(value, use, limits, household, shared, allowed, key, seed)
    rows = Rows(at_most, np.full(len(at_most), -np.inf), np.empty(0, np.int64), np.empty((0, 0), np.bool_))
    worth = float(np.abs(homes.value[np.isfinite(homes.value)]).max(initial=0.0)) * MOST_MEMBERS or 1.0
    prices, patterns, bound = _planned(homes, rows, worth, _learnt(homes, rows, worth))
    if (
        _recounted(homes, patterns)[1] > at_most
    ).any():  # by a last bit: sums over homes round otherwise than over contacts
        spared = rows._replace(at_most=at_most * (1.0 - _SPARE))
        prices, patterns, _ = _planned(homes, spared, worth, Place(prices, np.zeros_like(prices)))
    message, channel = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    message[order] = np.repeat(patterns.message, np.diff(homes.start))
    channel[order] = patterns.channel
    worths, used = _recounted(homes, patterns)
    return HouseholdAllocation(
        message,
        channel,
        prices,
        worths,
        max(bound, worths),
        (max(bound, worths) - worths) / max(abs(bound), 1e-12),
        used,
        split,
    )


def _homes(
    value: ArrayLike,
    use: ArrayLike,
    limits: ArrayLike,
    household: ArrayLike,
    shared: ArrayLike,
    allowed: ArrayLike | None,
    key: ArrayLike | None,
    seed: int,
) -> tuple[Homes, Ints, Bools, Floats]:
    """The households, the people in their order, who was split, and the limits."""
    given = np.asarray(value)
    if given.ndim != 3 or given.dtype.kind not in "fiu":
        raise ValueError(
            f"value has shape {given.shape} and type {given.dtype}; expected numbers (people, messages, channels)"
        )
    n, messages, channels = given.shape
    found = np.array(given, dtype=np.float32, order="C") + np.float32(0.0)
    may = np.ones(given.shape, dtype=np.bool_) if allowed is None else np.asarray(allowed)
    if may.shape != given.shape or may.dtype != np.bool_:
        raise ValueError(f"allowed has shape {may.shape} and type {may.dtype}; expected booleans {given.shape}")
    bad = ~np.isfinite(found) & may
    if bad.any():
        cell = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"value{list(cell)} is {given[cell]}; expected a finite number; close a contact with allowed=False"
        )
    once = np.asarray(shared)
    if once.shape != (channels,) or once.dtype != np.bool_ or once.sum() > _MOST_SHARED:
        raise ValueError(
            f"shared is {shared!r}; expected {channels} booleans, one for each channel, at most {_MOST_SHARED} true"
        )
    at_most = checked_limits(limits)
    uses = np.ascontiguousarray(use, dtype=np.float64)
    if uses.shape != (messages, channels, len(at_most)) or not np.isfinite(uses).all() or (uses < 0).any():
        raise ValueError(
            f"use has shape {uses.shape}; expected {(messages, channels, len(at_most))} (messages, channels, limits), "
            "finite numbers, 0 or more"
        )
    labels = np.asarray(household)
    if labels.shape != (n,):
        raise ValueError(f"household has shape {labels.shape}; expected ({n},), one label for each person")
    rank = ranked(key, n, seed)
    names, of = np.unique(labels, return_inverse=True)
    order = np.lexsort((rank, of)).astype(np.int64)
    home = of[order]
    first = np.searchsorted(home, np.arange(len(names)))
    place = np.arange(n) - first[home]
    split = np.bincount(of, minlength=len(names))[of] > MOST_MEMBERS
    start = np.flatnonzero(place % MOST_MEMBERS == 0)
    may = may[order]
    closed_once = (
        ~np.logical_and.reduceat(may[:, :, once], start, axis=0)
        if n
        else np.empty((0, messages, int(once.sum())), bool)
    )
    sizes = np.diff(np.append(start, n))
    across = np.repeat(closed_once, sizes, axis=0)
    worth = found[order]
    worth[~may] = -np.inf
    part = worth[:, :, once]
    part[across] = -np.inf
    worth[:, :, once] = part
    worth[:, (uses[:, :, at_most == 0] > 0).any(axis=2)] = -np.inf
    homes = Homes(worth, uses, once, np.append(start, n).astype(np.int64), reranked(rank[order][start]))
    return homes, order, split, np.where(at_most == 0, np.inf, at_most)


def _best(homes: Homes, prices: Floats) -> Patterns:
    """The best pattern of every household at some prices."""
    households, m = len(homes.start) - 1, len(prices)
    message, channel = np.empty(households, np.int32), np.empty(len(homes.value), np.int32)
    score, value, use = np.empty(households), np.empty(households), np.zeros((households, m))
    scan.best_patterns(
        homes.value, homes.use, homes.shared, homes.start, homes.use @ prices, message, channel, score, value, use
    )
    return Patterns(message, channel, score, value, use)


def _asked(homes: Homes, rows: Rows, worth: float, patterns: list[Patterns]) -> Asked:
    """The patterns as options of the households."""
    value = np.stack([one.value for one in patterns]).astype(np.float32)
    use = np.stack([one.use for one in patterns], axis=1)
    units = Units(value, np.ascontiguousarray(use), np.empty(0), np.empty(0, np.int32), 0, homes.rank)
    positive = value[value > 0]
    typical = float(positive.mean(dtype=np.float64)) if positive.size else 1.0
    return Asked(
        units, rows, worth, typical, 1.0, tuple(f"limits[{row}]" for row in range(rows.limits)), np.zeros(rows.limits)
    )


def _learnt(homes: Homes, rows: Rows, worth: float) -> Place:
    """Where the right prices are, by a sample."""
    households = len(homes.start) - 1
    if not households or not rows.limits:
        return Place(np.zeros(rows.limits), np.zeros(rows.limits))
    some = np.argsort(homes.rank, kind="stable")[:_SAMPLED]
    sample, share = homes.only(some), len(some) / households
    scaled = rows._replace(at_most=rows.at_most * share)
    patterns, prices = [_best(sample, np.zeros(rows.limits))], np.zeros(rows.limits)
    for _ in range(_LEARNING):
        given = _asked(sample, scaled, worth, patterns)
        prices = priced_out(given).prices
        own = _best(sample, prices)
        restricted = float(_restricted(given, prices).sum())
        patterns.append(own)
        if own.score.sum() - restricted <= _CLOSE * (own.score.sum() + priced(prices, scaled.at_most, scaled.at_least)):
            break
    given = _asked(sample, scaled, worth, patterns)
    off = look(given.units, rows, nothing_yet(rows), anywhere(given, scaled), prices, given.typical, households).off
    return Place(prices, off)


def _restricted(given: Asked, prices: Floats) -> Floats:
    """(H,) the best score among the patterns given."""
    scores = given.units.value.T.astype(np.float64) - given.units.use @ prices
    found: Floats = np.maximum(scores.max(axis=1, initial=0.0), 0.0)
    return found


def _planned(homes: Homes, rows: Rows, worth: float, place: Place) -> tuple[Floats, Patterns, float]:
    """The plan of all households: prices, patterns, and the bound over all patterns there are.

    Households that do the same at all prices looked at are fixed; the others choose among what they would do there.
    """
    best: tuple[Floats, Patterns, float] | None = None
    for _ in range(_ROUNDS):
        points = _around(place, few=len(homes.start) <= _FEW)
        base, varies = _best(homes, place.middle), np.zeros(len(homes.start) - 1, dtype=np.bool_)
        for point in points[1:]:
            other = _best(homes, point)
            varies |= (other.value != base.value) | (other.use != base.use).any(axis=1)
        if (_pairs(base.use[~varies])[:, 0] > rows.at_most).any():
            varies[:] = True  # what is fixed must leave room: nobody is
        where = np.flatnonzero(varies)
        free = homes.only(where)
        patterns = [_best(free, point) for point in points]
        if not len(where):
            patterns = patterns[:1]
        given = _asked(free, rows, worth, patterns)
        earned, spent = _pairs(base.value[~varies, None])[0], _pairs(base.use[~varies])
        box = place.box(everywhere := anywhere(given, rows))
        solved = priced_out(given, box, Sums(earned, spent))
        choice, _ = placed(given, solved, Sums(earned, spent))
        plan = _put_together(homes, base, free, where, patterns, choice)
        bound = float(_best(homes, solved.prices).score.sum()) + priced(solved.prices, rows.at_most, rows.at_least)
        if best is None or bound - plan.value.sum() < best[2] - best[1].value.sum():
            best = solved.prices, plan, bound
        further = wider(solved.prices, box, everywhere)
        if further is None and best[2] - best[1].value.sum() <= _CLOSE * abs(best[2]):
            break
        place = further or Place(solved.prices, 0.5 * place.off)
    assert best is not None
    return best


def _around(place: Place, *, few: bool) -> list[Floats]:
    """The prices to look at: the middle first."""
    m = len(place.middle)
    steps = [sign * place.off * (np.arange(m) == row) for row in range(m) for sign in (1.0, -1.0)]
    scales = [scale * place.middle for scale in _SCALES] if few else []
    return [place.middle, *(np.maximum(place.middle + step, 0.0) for step in steps), *scales]


def _pairs(columns: Floats) -> Floats:
    """(m, 2) the exact sum of each column, as pairs."""
    found = np.zeros((columns.shape[1], 2))
    for row, column in enumerate(columns.T):
        parts = column.tolist()
        high = fsum(parts)
        found[row] = high, fsum([*parts, -high])
    return found


def _put_together(
    homes: Homes, base: Patterns, open_homes: Homes, where: Ints, patterns: list[Patterns], choice: Groups
) -> Patterns:
    """The plan: what is fixed as it is, the others by choice."""
    message, channel = base.message.copy(), base.channel.copy()
    value, use = base.value.copy(), base.use.copy()
    sizes, members = np.diff(homes.start), np.diff(open_homes.start)
    inside = np.repeat(np.isin(np.arange(len(sizes)), where), sizes)
    own = np.full(len(open_homes.value), -1, dtype=np.int32)
    message[where], value[where], use[where] = -1, 0.0, 0.0
    for option, pattern in enumerate(patterns):
        taken = choice == option
        people = np.repeat(taken, members)
        own[people] = pattern.channel[people]
        at = where[taken]
        message[at], value[at], use[at] = pattern.message[taken], pattern.value[taken], pattern.use[taken]
    channel[inside] = own
    return Patterns(message, channel, base.score, value, use)


def _recounted(homes: Homes, plan: Patterns) -> tuple[float, Floats]:
    """What all contacts are worth and use, one by one; what comes once counts once."""
    sizes = np.diff(homes.start)
    of = np.repeat(np.arange(len(sizes)), sizes)
    people = np.flatnonzero(plan.channel >= 0)
    message, channel = plan.message[of[people]], plan.channel[people]
    worth = fsum(homes.value[people, message, channel].tolist())
    once = homes.shared[channel]
    contacts = np.column_stack([np.where(once, of[people], people + len(sizes)), channel])
    first = np.unique(contacts, axis=0, return_index=True)[1] if len(people) else np.empty(0, np.int64)
    uses = homes.use[message[first], channel[first]]
    return worth, np.array([fsum(column.tolist()) for column in uses.T], dtype=np.float64)
