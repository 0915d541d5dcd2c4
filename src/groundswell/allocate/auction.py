"""The loops of the auction: compiled, one thread."""

import numpy as np
from numpy.typing import NDArray

from groundswell.allocate.kernels import compiled
from groundswell.allocate.problem import Floats, Ints


@compiled
def _sink(bids: Floats, who: Ints, first: int, place: int, count: int) -> None:
    """Let a bid of a heap (the least first) sink to its place."""
    while True:
        child = 2 * place + 1
        if child >= count:
            return
        if child + 1 < count and bids[first + child + 1] < bids[first + child]:
            child += 1
        if bids[first + place] <= bids[first + child]:
            return
        bids[first + place], bids[first + child] = bids[first + child], bids[first + place]
        who[first + place], who[first + child] = who[first + child], who[first + place]
        place = child


@compiled
def _rise(bids: Floats, who: Ints, first: int, place: int) -> None:
    """Let a bid rise to its place in a heap."""
    while place > 0:
        above = (place - 1) // 2
        if bids[first + above] <= bids[first + place]:
            return
        bids[first + place], bids[first + above] = bids[first + above], bids[first + place]
        who[first + place], who[first + above] = who[first + above], who[first + place]
        place = above


@compiled
def auction(
    start: Ints,
    to: NDArray[np.int32],
    weight: Floats,
    capacity: Ints,
    first: Ints,
    step: float,
    least: float,
    waiting: Ints,
    most: int,
    price: Floats,
    bids: Floats,
    who: Ints,
    count: Ints,
    edge: Ints,
) -> bool:
    """Everybody who waits bids for the slot that is best for them, until nobody is put out.

    A bid leaves the bidder as well off as with the second best, less ``step``. A messenger keeps the highest bids; the
    price of a slot is the least bid that is kept, once all slots are taken (Bertsekas 1988).

    Args:
        start: (people + 1,) where each person's edges begin.
        to: (edges,) the messenger of each.
        weight: (edges,) what it is worth.
        capacity: (messengers,) slots.
        first: (messengers,) where each one's kept bids begin.
        step: how much worse off than the best a bid may leave the bidder.
        least: what nobody's gain may fall below: 0 where going without is worth that.
        waiting: people without a slot; whoever is put out waits again.
        most: so many bids, and it is given up.
        price: (messengers,) filled.
        bids: (slots,) kept bids, a heap for each messenger; filled.
        who: (slots,) whose they are; filled.
        count: (messengers,) how many bids are kept; filled.
        edge: (people,) the edge each person has, -1: none; filled.

    Returns:
        True when nobody waits any more.
    """
    people = len(edge)
    queue = np.empty(people, dtype=np.int64)
    head, length = 0, len(waiting)
    queue[:length] = waiting
    dear = price.copy()  # a messenger without slots is too dear for anybody
    for messenger in range(len(capacity)):
        if capacity[messenger] == 0:
            dear[messenger] = np.inf
    while length:
        most -= 1
        if most < 0:
            return False
        person = queue[head]
        head = head + 1 if head + 1 < people else 0
        length -= 1
        best, second, chosen = least, least, -1
        for place in range(start[person], start[person + 1]):
            gain = weight[place] - dear[to[place]]
            if gain > best:
                best, second, chosen = gain, best, place
            elif gain > second:
                second = gain
        if chosen < 0:
            continue  # nothing is better than going without; prices never fall again
        messenger = to[chosen]
        bid = weight[chosen] - second + step
        begin, kept = first[messenger], count[messenger]
        edge[person] = chosen
        if kept < capacity[messenger]:
            bids[begin + kept], who[begin + kept] = bid, person
            _rise(bids, who, begin, kept)
            count[messenger] = kept + 1
            if kept + 1 < capacity[messenger]:
                continue
        else:
            out = who[begin]
            edge[out] = -1
            tail = head + length
            queue[tail if tail < people else tail - people] = out
            length += 1
            bids[begin], who[begin] = bid, person
            _sink(bids, who, begin, 0, kept)
        price[messenger] = dear[messenger] = max(price[messenger], bids[begin])
    return True


@compiled
def gains(
    start: Ints, to: NDArray[np.int32], weight: Floats, price: Floats, capacity: Ints, least: float, gain: Floats
) -> None:
    """Fill (people,) what each could gain at best at these prices."""
    for person in range(len(gain)):
        best = least
        for place in range(start[person], start[person + 1]):
            if capacity[to[place]] > 0:
                best = max(best, weight[place] - price[to[place]])
        gain[person] = best


@compiled
def begins(person: Ints, messenger: Ints, start: Ints) -> bool:
    """Fill (people + 1,) where each person's edges begin; True where they are sorted already, and no pair comes twice."""
    in_order = True
    for place in range(len(person)):
        start[person[place] + 1] += 1
        if place and person[place] < person[place - 1]:
            in_order = False
        if place and person[place] == person[place - 1] and messenger[place] <= messenger[place - 1]:
            in_order = False
    for place in range(1, len(start)):
        start[place] += start[place - 1]
    return in_order
