"""Households whose truth is known in closed form: who they are, what they would do, and what a policy is worth."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.uplift import Evidence
from groundswell.worlds import Village

SIZES = np.array([1, 2, 3, 4])
SIZE_SHARES = np.array([0.35, 0.40, 0.15, 0.10])
KEEN = 0.4
ARM_SHARES = np.array([0.5, 0.3, 0.2])
# Probability of acting by keenness (row) and arm (column).
CHANCE = np.array([[0.20, 0.24, 0.20], [0.50, 0.58, 0.44]])


class Drawn(NamedTuple):
    """One simulated experiment: people by household, and what happened."""

    unit: NDArray[np.int64]
    size: NDArray[np.float64]
    keen: NDArray[np.int64]
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]


def draw(households: int, correlation: float, rng: np.random.Generator) -> Drawn:
    """Draw an experiment; with probability ``correlation`` a household's members act on one common chance."""
    sizes = rng.choice(SIZES, p=SIZE_SHARES, size=households)
    unit = np.repeat(np.arange(households), sizes)
    keen = (rng.random(len(unit)) < KEEN).astype(np.int64)
    arm = rng.choice(3, p=ARM_SHARES, size=households)[unit]
    together = (rng.random(households) < correlation)[unit]
    chance = np.where(together, rng.random(households)[unit], rng.random(len(unit)))
    outcome = (chance < CHANCE[keen, arm]).astype(np.float64)
    return Drawn(unit, sizes.astype(np.float64), keen, arm, outcome)


def policy_rows(size: NDArray[np.float64], keen_members: NDArray[np.float64]) -> NDArray[np.float64]:
    """A fixed policy: arm 1 for large households with a keen member, a third of the pairs on the margin."""
    treated = np.where((size >= 3) & (keen_members > 0), 1.0, np.where(size == 2, 1 / 3, 0.0))
    return np.column_stack([1 - treated, treated, np.zeros_like(treated)])


def spread_rows(units: int) -> NDArray[np.float64]:
    """Arm 2 for a random quarter of the households."""
    return np.tile([0.75, 0.0, 0.25], (units, 1))


def true_value(rule: str) -> float:
    """The value per person of ``policy`` or ``spread`` over everybody there could be, by adding up all households."""
    total, people = 0.0, 0.0
    for size, share in zip(SIZES, SIZE_SHARES, strict=True):
        for members in product((0, 1), repeat=int(size)):
            weight = share * np.prod([KEEN if keen else 1 - KEEN for keen in members])
            keen = np.array(members)
            rows = policy_rows(np.array([float(size)]), np.array([float(keen.sum())]))
            row = rows[0] if rule == "policy" else spread_rows(1)[0]
            total += weight * float((CHANCE[keen] @ row).sum())
            people += weight * size
    return total / people


def true_uplift(arm: int) -> float:
    """The difference of rates of an arm against nothing."""
    mean = np.array([1 - KEEN, KEEN]) @ CHANCE
    return float(mean[arm] - mean[0])


def gamma(drawn: Drawn, guessed: NDArray[np.float64]) -> NDArray[np.float64]:
    """(households, arms) doubly robust sums with a known outcome model."""
    under = guessed[drawn.keen].copy()
    here = np.arange(len(drawn.arm)), drawn.arm
    under[here] += (drawn.outcome - under[here]) / ARM_SHARES[drawn.arm]
    return np.column_stack([np.bincount(drawn.unit, under[:, arm]) for arm in range(3)])


def evidence_of(village: Village, *, seed: int = 0) -> Evidence:
    """A village's past experiment, as the learner sees it."""
    shares = np.array([0.4, 0.2, 0.2, 0.2])
    size = np.bincount(village.household)[village.household].astype(float)
    traits = pa.table(
        {
            "age": village.age.astype(float),
            "meetings": village.past.astype(float),
            "district": village.district.tolist(),
            "household_size": size,
        }
    )
    households = int(village.household.max()) + 1
    ids = tuple(f"h{place}" for place in range(households))
    return Evidence(
        traits=traits,
        options=("nothing", "neighbours/post", "new-faces/post", "calendar/post"),
        arm=village.arm.astype(np.int64),
        outcome=village.acted.astype(float),
        propensity=shares[village.arm],
        unit=village.household.astype(np.int64),
        cluster=np.arange(households),
        cluster_ids=ids,
        seed=seed,
        unit_ids=ids,
    )
