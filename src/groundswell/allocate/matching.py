"""Who speaks to whom: people to messengers of limited capacity, with a proof of how good it is.

An auction (Bertsekas 1988): people bid for the slot that is best for them; each bid raises a price by a little more than it
must, and the last prices are the proof. Where a slot keeps a price though nobody has it, prices were too high to begin with:
all begin lower, and everybody bids again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.allocate.problem import Floats, Ints
from groundswell.stats import draw

_PHASES = (0.1, 0.02, 0.004)  # steps of what a pair is worth at most
_FINE = 5e-4  # the step that is tried first, of what a pair is worth on average
_FINEST = 1e-13
_PATIENCE = 25  # bids a person
_GAP = 5e-5
_EXACT = 1e-10
_SMALL = 50_000  # pairs, up to which it is solved but for rounding
_PART, _FEWEST_SLOTS = 10, 3  # one in so many bids first; slots that a messenger keeps then
_ALL_BUT, _BEGIN = 0.02, 0.95  # messengers that may come to less than what is begun with; how much less that is
_BACK = 5.0  # steps by which a price that was too high to begin with is lowered first


class Matching(NamedTuple):
    """Who speaks to whom.

    Attributes:
        edge: (chosen,) indexes of the chosen edges, in their order.
        value: what they are worth together.
        bound: no matching is worth more than this.
        gap: ``(bound - value) / max(|bound|, 1e-12)``.
    """

    edge: Ints
    value: float
    bound: float
    gap: float


def match(
    edges: ArrayLike,
    weights: ArrayLike,
    capacity: ArrayLike,
    *,
    key: Sequence[str] | None = None,
    seed: int = 0,
    everyone: bool = False,
) -> Matching:
    """Match each person with at most one messenger, and each messenger with as many people as they can speak to.

    Args:
        edges: (n, 2) whole numbers: a person and a messenger who may speak to them, each pair once, both from 0 on.
        weights: (n,) what that is worth. A pair worth less than nothing is never chosen, unless everyone must be matched.
        capacity: (messengers,) how many people each may speak to.
        key: (people,) names, which settle who bids first: then the order of people and edges changes nothing. None: their
            numbers.
        seed: another seed, another order of bids; among equally good matchings another may be found.
        everyone: everybody who has an edge must be matched.

    Returns:
        The matching with its proof.

    Raises:
        ValueError: for edges to unknown people or messengers, a pair given twice, a capacity below 0, weights that are not
            finite; or, where everyone must be matched, when that cannot be.

    >>> found = match([[0, 0], [1, 0], [1, 1]], [3.0, 2.0, 1.0], [1, 1])
    >>> found.edge.tolist(), found.value, round(found.gap, 6)
    ([0, 2], 4.0, 0.0)
    """
    asked = _checked(edges, weights, capacity, key)
    order, start, turn = _sorted(asked, seed)
    to, worth, room = asked.messenger, asked.worth, asked.room
    if order is not None:
        to, worth = to[order], worth[order]
    near = np.ascontiguousarray(to, dtype=np.int32)  # half the memory to read, again and again
    people, slots = len(start) - 1, int(room.sum())
    if not len(worth) or not slots:
        if everyone and len(worth):
            raise ValueError("nobody can be matched: all capacities are 0; expected a slot for everyone")
        return Matching(np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0)
    low, high = float(worth.min()), float(worth.max())
    spread = max(high, -low)
    # Where everyone must be matched, going without is worse than any chain of changes that avoids it.
    least = -4.0 * spread * (min(people, len(room)) + 1.0) if everyone else 0.0
    held = _Held(start, near, worth, room, turn)
    average = float(worth.mean()) if low >= 0 else float(np.abs(worth).mean())
    target, step = _EXACT if len(worth) <= _SMALL else _GAP, _FINE * max(average, 1e-300)
    if not everyone and len(worth) > _SMALL:
        held.price = _foretold(start, near, worth, room, step)
    # Small steps at once are quickest where pairs differ in worth. Else prices would climb step by step: it is given up.
    if not held.bid(step, least, most=_PATIENCE * people):
        held = _Held(start, near, worth, room, turn)
        for part in _PHASES:
            if part * spread > step:
                held.bid(part * spread, least)
        held.bid(step, least)
    while held.gap(least) > target and step > _FINEST * spread:
        step /= 5.0
        held.bid(step, least)
    chosen = held.edge[held.edge >= 0]
    if everyone and len(chosen) < int((np.diff(start) > 0).sum()):
        lost = int(np.flatnonzero((held.edge < 0) & (np.diff(start) > 0))[0])
        raise ValueError(
            f"not everyone can be matched: {int((np.diff(start) > 0).sum()) - len(chosen)} people are left, such as person "
            f"{lost}; expected slots enough among those who may speak to them"
        )
    there = chosen if order is None else np.sort(order[chosen])
    return Matching(there, float(worth[chosen].sum()), held.bound(least), held.gap(least))


class _Asked(NamedTuple):
    person: Ints
    messenger: Ints
    worth: Floats
    room: Ints
    key: Sequence[str] | None


class _Held:
    """Prices and kept bids of an auction under way."""

    def __init__(self, start: Ints, to: NDArray[np.int32], worth: Floats, room: Ints, turn: Ints) -> None:
        self.start, self.to, self.worth, self.room, self.turn = start, to, worth, room, turn
        self.first = np.concatenate([[0], np.cumsum(room)[:-1]]).astype(np.int64)
        self.price, self.before = np.zeros(len(room)), 0.0
        self._empty()

    def _empty(self) -> None:
        slots, people = int(self.room.sum()), len(self.start) - 1
        self.bids, self.who = np.zeros(slots), np.zeros(slots, dtype=np.int64)
        self.count, self.edge = np.zeros(len(self.room), dtype=np.int64), np.full(people, -1, dtype=np.int64)

    def bid(self, step: float, least: float, *, most: int = 2**62) -> bool:
        """Everybody bids afresh, from the prices there are less what the last steps may have been too high.

        A slot that nobody takes, though it begins at a price, was too dear: all begin lower and bid again, until every free
        slot costs nothing. False: given up after so many bids.
        """
        from groundswell.allocate.auction import auction  # noqa: PLC0415 - the compiler takes long to load

        begin, less = np.maximum(self.price - self.before, 0.0), _BACK * step
        self.before = step
        while True:
            self._empty()
            self.price = begin.copy()
            if not auction(
                self.start, self.to, self.worth, self.room, self.first, step, least, self.turn, most,
                self.price, self.bids, self.who, self.count, self.edge,
            ):  # fmt: skip
                return False
            free = (self.count < self.room) & (self.price > 0)
            if not free.any():
                return True
            begin = np.maximum(begin - less, 0.0)
            less *= 2.0

    def bound(self, least: float) -> float:
        """What no matching can exceed, by the prices: everybody's best gain, and all slots at their price."""
        from groundswell.allocate.auction import gains  # noqa: PLC0415 - the compiler takes long to load

        gain = np.zeros(len(self.start) - 1)
        gains(self.start, self.to, self.worth, self.price, self.room, least, gain)
        some = np.diff(self.start) > 0
        return float(gain[some].sum() + (self.room * self.price).sum())

    def gap(self, least: float) -> float:
        """How far from it we may be, as a part of it."""
        bound = self.bound(least)
        return float((bound - self.worth[self.edge[self.edge >= 0]].sum()) / max(abs(bound), 1e-12))


def _foretold(start: Ints, to: NDArray[np.int32], worth: Floats, room: Ints, step: float) -> Floats:
    """(messengers,) prices to begin with, where slots are scarce everywhere: less than what nearly all of them come to.

    A part of the people bid for as large a part of the slots. Beginning too high costs time only: a slot that nobody takes
    begins lower, until it is taken or costs nothing.
    """
    none = np.zeros(len(room))
    some = room[room > 0]
    part = int(min(np.median(some) // _FEWEST_SLOTS, _PART)) if len(some) else 0
    if part < 2:
        return none
    people = np.arange(0, len(start) - 1, part)
    count = np.diff(start)[people]
    first = np.concatenate([[0], np.cumsum(count)])
    edges = np.repeat(start[people] - first[:-1], count) + np.arange(first[-1])
    held = _Held(first, to[edges], worth[edges], room // part, np.arange(len(people)))
    # Ten times the step will do: these are beginnings.
    if not held.bid(10 * step, 0.0, most=_PATIENCE * len(people)):
        return none
    return np.where(room > 0, _BEGIN * float(np.quantile(held.price[room > 0], _ALL_BUT)), 0.0)


def _sorted(asked: _Asked, seed: int) -> tuple[Ints | None, Ints, Ints]:
    """The edges by person and messenger (None: they are), where each person's begin, and who bids first."""
    from groundswell.allocate.auction import begins  # noqa: PLC0415 - the compiler takes long to load

    people = len(asked.key) if asked.key is not None else int(asked.person.max(initial=-1)) + 1
    person, messenger, order = asked.person, asked.messenger, None
    start = np.zeros(people + 1, dtype=np.int64)
    if not begins(person, messenger, start):
        order = np.lexsort((messenger, person)).astype(np.int64)
        twice = np.flatnonzero((np.diff(person[order]) == 0) & (np.diff(messenger[order]) == 0))
        if len(twice):
            one, other = sorted(order[twice[0] : twice[0] + 2].tolist())
            raise ValueError(
                f"edges {one} and {other} are both of person {person[one]} and messenger {messenger[one]}; "
                "expected each pair once"
            )
    if asked.key is None:
        return order, start, np.roll(np.arange(people), seed)  # as they lie: their edges are read one after the other
    names = [str(one) for one in asked.key]
    luck = draw(names, key=f"match|{seed}")
    return order, start, np.lexsort((np.array(names), luck)).astype(np.int64)


def _checked(edges: ArrayLike, weights: ArrayLike, capacity: ArrayLike, key: Sequence[str] | None) -> _Asked:
    pairs = _whole(np.asarray(edges), "edges")
    pairs = pairs.reshape(0, 2) if not pairs.size else pairs
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"edges has shape {pairs.shape}; expected (n, 2): a person and a messenger in each row")
    worth = np.ascontiguousarray(weights, dtype=np.float64)
    if worth.shape != (len(pairs),):
        raise ValueError(f"weights has shape {worth.shape}; expected ({len(pairs)},), one for each edge")
    odd = np.flatnonzero(~np.isfinite(worth))
    if len(odd):
        raise ValueError(
            f"weights[{odd[0]}] is {worth[odd[0]]}; expected finite numbers; leave out who cannot be matched"
        )
    room = _whole(np.asarray(capacity), "capacity")
    if room.ndim != 1:
        raise ValueError(f"capacity has shape {room.shape}; expected (messengers,)")
    below = np.flatnonzero(room < 0)
    if len(below):
        raise ValueError(f"capacity[{below[0]}] is {room[below[0]]}; expected 0 or more")
    person, messenger = pairs[:, 0], pairs[:, 1]
    for name, column, most in (
        ("person", person, None if key is None else len(key)),
        ("messenger", messenger, len(room)),
    ):
        strange = np.flatnonzero((column < 0) | (column >= (np.iinfo(np.int64).max if most is None else most)))
        if len(strange):
            at = strange[0]
            known = "0 or more" if most is None else f"0 to {most - 1}"
            raise ValueError(f"edge {at} is of {name} {column[at]}; expected {known}")
    if key is not None and len(set(key)) < len(key):
        raise ValueError("key names somebody twice; expected a name of their own for everybody")
    return _Asked(person, messenger, worth, np.minimum(room, max(len(pairs), 1)), key)


def _whole(found: NDArray[Any], what: str) -> Ints:
    if (
        found.size
        and found.dtype.kind not in "iu"
        and not (found.dtype.kind == "f" and (found == np.floor(found)).all())
    ):
        raise ValueError(f"{what} holds {found.dtype}; expected whole numbers")
    return np.ascontiguousarray(found, dtype=np.int64)
