"""Random numbers by seed, purpose and block, so that no part of the town depends on another part's draws."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

BLOCK = 20_000
"""So many people are made at a time; always whole, so that the first rows never depend on the size of the town."""


class Purpose(IntEnum):
    """What random numbers are for."""

    HOMES = 1
    PEOPLE = 2
    INTERESTS = 3
    NAMES = 4
    VOLUNTEERS = 5
    EVENTS = 6
    REMARKS = 7
    ROUND = 8


def generator(seed: int, purpose: Purpose, block: int, *more: int) -> np.random.Generator:
    """The random numbers of one block for one purpose.

    >>> bool(generator(0, Purpose.HOMES, 1).random() == generator(0, Purpose.HOMES, 1).random())
    True
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, block, *more)))
