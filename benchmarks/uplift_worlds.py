"""Worlds whose every effect is known, of different character: smooth and additive; thresholds and interactions.

Each gives traits, an arm drawn by known shares, an outcome 0 or 1, and the true effect of every arm on every person. A
third is drawn by causalml in its own environment (``uplift_rivals.py draw``), so that one of the three is not ours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

ARMS = ("nothing", "door", "phone", "post")
SHARES = (0.4, 0.2, 0.2, 0.2)
_TOWNS = np.array(["north", "east", "south", "west", "centre", "hills", "port", "fields"])
_TRADES = np.array(["care", "craft", "office", "school", "shop", "none"])


class World(NamedTuple):
    """People, what they were drawn for, what they did, and what nobody knows in life.

    Attributes:
        traits: n rows.
        arm: (n,) index into the arms.
        outcome: (n,) 0 or 1.
        effect: (n, arms - 1) true effect of each arm but ``nothing``, as a difference of probabilities.
        propensity: (arms,) the shares that were drawn with.
        arms: their names.
    """

    traits: pa.Table
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    effect: NDArray[np.float64]
    propensity: NDArray[np.float64]
    arms: tuple[str, ...] = ARMS


def smooth(people: int, seed: int) -> World:
    """Effects that are sums of smooth functions of one trait each; traits hang together, some are blank."""
    rng = np.random.default_rng((11, seed))
    common = rng.normal(size=(people, 3))
    x = rng.normal(size=(people, 12)) * 0.8 + np.repeat(common, 4, axis=1) * 0.6
    age = np.clip(48 + 17 * x[:, 0], 18, 95)
    town = rng.integers(0, len(_TOWNS), people)
    likes = np.linspace(-1, 1, len(_TOWNS))[town]
    base = -0.9 + 0.5 * x[:, 1] + 0.4 * np.sin(1.5 * x[:, 2]) - 0.3 * x[:, 3] ** 2 + 0.02 * (age - 48) + 0.3 * likes
    effect = np.column_stack(
        [
            0.015 + 0.03 * np.tanh(x[:, 4]) + 0.02 * np.sin(age / 12) + 0.015 * likes,
            0.005 + 0.025 * np.exp(-((x[:, 5] - 0.8) ** 2)) - 0.02 * x[:, 6] / (1 + np.abs(x[:, 6])) - 0.01 * likes,
            0.010 + 0.012 * x[:, 7] - 0.010 * np.cos(x[:, 8] * 1.5) + 0.0006 * (age - 48),
        ]
    )
    columns = {f"habit_{place}": x[:, place] for place in range(1, 12)}
    columns["habit_3"] = np.where(rng.random(people) < 0.15, np.nan, columns["habit_3"])
    return _drawn(rng, {"age": age, **columns, "town": _TOWNS[town]}, base, effect)


def thresholds(people: int, seed: int) -> World:
    """Effects that jump where two or three traits meet; most people are moved by nothing, some are pushed away."""
    rng = np.random.default_rng((12, seed))
    x = rng.normal(size=(people, 8))
    age = np.clip(np.round(rng.gamma(9, 5.5, people)), 18, 99)
    children, visits = rng.poisson(0.8, people), rng.poisson(1.5, people)
    town, trade = rng.integers(0, len(_TOWNS), people), rng.integers(0, len(_TRADES), people)
    old, parent, busy = age >= 62, (children > 0) & (age < 55), visits >= 3
    base = -1.1 + 0.8 * busy + 0.5 * old - 0.6 * ((x[:, 0] > 0.5) & ~old) + 0.4 * np.isin(trade, [0, 3]) * (x[:, 1] > 0)
    effect = np.column_stack(
        [
            0.09 * (old & (x[:, 2] > -0.3)) - 0.04 * (~old & busy) + 0.02 * np.isin(town, [1, 4]),
            0.08 * (parent & np.isin(trade, [0, 3, 4])) - 0.03 * (old & (x[:, 3] > 0.5)),
            0.05 * ((x[:, 4] > 0) != (x[:, 5] > 0)) * ~busy + 0.03 * (np.isin(town, [0, 2, 6]) & (visits == 0)) - 0.01,
        ]
    )
    numbers = {f"mark_{place}": x[:, place] for place in range(8)}
    columns = {"age": age, "children": children * 1.0, "visits": visits * 1.0, **numbers}
    return _drawn(rng, columns | {"town": _TOWNS[town], "trade": _TRADES[trade]}, base, effect)


def _drawn(
    rng: np.random.Generator,
    columns: dict[str, NDArray[np.generic]],
    base: NDArray[np.float64],
    effect: NDArray[np.float64],
) -> World:
    people = len(base)
    chance = 1 / (1 + np.exp(-base))
    under = np.clip(np.column_stack([chance, chance[:, None] + effect]), 0.005, 0.995)
    arm = rng.choice(len(ARMS), p=SHARES, size=people)
    outcome = (rng.random(people) < under[np.arange(people), arm]).astype(np.float64)
    traits = pa.table({name: pa.array(values) for name, values in columns.items()})
    return World(traits, arm, outcome, under[:, 1:] - under[:, :1], np.array(SHARES))
