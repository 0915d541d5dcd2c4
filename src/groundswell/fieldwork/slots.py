"""Messengers drawn by chance: every slot of every messenger is as likely, so that the chance of each is known exactly.

Who is drawn for this is settled by a keyed hash of the person, which slot each gets by one of the slot: a person in a group
of S slots gets each of them with probability 1 / S. A slot of the own home is not taken; for the others the slots of other
homes are still as likely as each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import draw

_MOST = 4  # slots for each person who is drawn: more would change nothing


def count_slots(room: NDArray[np.float64], wanted: int, chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """(V,) how many slots each messenger lays into the draw.

    Args:
        room: (V,) how many people each could speak to, fractions included.
        wanted: people who are drawn.
        chance: (V,) numbers from 0 to 1, which settle fractions.

    >>> count_slots(np.array([1.5, 100.0]), 2, np.array([0.4, 0.9])).tolist()
    [2, 2]
    """
    found = np.minimum(room, wanted)
    total = float(found.sum())
    if total > _MOST * wanted + len(room):
        found = found * (_MOST * wanted) / total
    return np.asarray(np.floor(found) + (chance < found - np.floor(found)), dtype=np.int64)


def deal(people: Sequence[str], messengers: Sequence[str], slots: NDArray[np.int64], *, key: str) -> NDArray[np.int64]:
    """Give each person one slot, as long as there are any.

    Args:
        people: (n,) ids of those who are drawn.
        messengers: (V,) ids.
        slots: (V,) how many each lays in.
        key: of the draw.

    Returns:
        (n,) the messenger of each; -1 for whoever got none.

    >>> deal(["a", "b"], ["v"], np.array([2]), key="x").tolist()
    [0, 0]
    """
    whose = np.repeat(np.arange(len(slots)), slots)
    number = np.arange(len(whose)) - np.repeat(np.cumsum(slots) - slots, slots)
    names = [f"{messengers[one]}|{place}" for one, place in zip(whose.tolist(), number.tolist(), strict=True)]
    turn = np.argsort(draw(names, key=f"{key}|slot"), kind="stable")
    order = np.argsort(draw(people, key=f"{key}|slot of"), kind="stable")
    count = min(len(order), len(turn))
    found = np.full(len(people), -1, dtype=np.int64)
    found[order[:count]] = whose[turn[:count]]
    return found
