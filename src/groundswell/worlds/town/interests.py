"""What people truly care about, and what some of them said they care about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.worlds.town.draws import BLOCK
from groundswell.worlds.town.shapes import bell, logistic, ramp
from groundswell.worlds.town.work import works_as

TOPICS = ("schools", "pensions", "trade", "housing", "transport", "health")
LOUD = TOPICS.index("transport")
"""Everybody talks about it, and it moves nobody."""


def true_interests(
    draw: np.random.Generator,
    *,
    age: NDArray[np.int64],
    children: NDArray[np.int64],
    owner: NDArray[np.bool_],
    occupation: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(BLOCK, topics) 0-100: how much each person cares, known to nobody."""
    lean = np.column_stack(
        [
            -1.1 + 2.0 * (children > 0) + 1.2 * works_as(occupation, "teacher", "teaching assistant"),
            -1.2 + 2.3 * ramp(age, 52, 72) + 0.6 * bell(age, 45, 8),
            -1.4 + 2.2 * works_as(occupation, "dock worker", "farmer", "factory worker", "self-employed"),
            -0.9 + 1.6 * ~owner + 0.5 * bell(age, 28, 8),
            np.full(BLOCK, 0.3),
            -0.8 + 1.3 * ramp(age, 50, 75) + 1.2 * works_as(occupation, "nurse", "care worker"),
        ]
    )
    return 100.0 * logistic(1.2 * lean + draw.standard_normal(lean.shape))


def declare(
    draw: np.random.Generator, interest: NDArray[np.float64], habit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(BLOCK, topics) what people said, in steps of 5, NaN where they said nothing: two to four topics, or none at all.

    Who takes part says more; people speak of what they feel strongly about, and everybody speaks of the loud topic.
    """
    speaks = draw.random(BLOCK) < logistic(-0.45 + 0.5 * habit)
    loud = np.arange(len(TOPICS)) == LOUD
    strong = np.abs(interest - 45.0) / 25.0 + 1.5 * loud
    rank = np.argsort(np.argsort(-(strong + draw.gumbel(size=interest.shape)), axis=1), axis=1)
    chosen = (rank < draw.integers(2, 5, BLOCK)[:, None]) & speaks[:, None]
    said = 5.0 * np.round((interest + 12.0 * loud + draw.normal(0.0, 18.0, interest.shape)) / 5.0)
    return np.where(chosen, np.clip(said, 0.0, 100.0), np.nan)
