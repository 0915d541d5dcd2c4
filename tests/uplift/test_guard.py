"""A proof is rarer than one in a hundred where there is nothing to prove, however small the control and rare the action."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from groundswell.uplift import Evidence, GuardSpec, prove

ALPHA = GuardSpec(alpha=0.01)


def world(rng: np.random.Generator, *, base: float, count: int, control: float, effect: float = 0.0) -> Evidence:
    arm = (rng.random(count) >= control).astype(np.int64)
    return Evidence(
        traits=pa.table({"age": np.zeros(count)}),
        options=("nothing", "hello/post"),
        arm=arm,
        outcome=(rng.random(count) < base + effect * arm).astype(float),
        propensity=np.where(arm == 1, 1 - control, control),
        unit=np.arange(count),
        cluster=np.arange(count),
        cluster_ids=tuple(map(str, range(count))),
    )


def proven(evidence: Evidence) -> bool:
    residual = evidence.outcome - np.average(evidence.outcome, weights=evidence.weight)
    proofs = prove(evidence, residual, np.zeros((evidence.units, 1)), np.ones(evidence.units, dtype=bool), ALPHA)
    return any(proof.proven for proof in proofs)


@pytest.mark.parametrize(
    ("base", "count", "control"), [(0.005, 5_000, 0.05), (0.01, 5_000, 0.05), (0.01, 2_000, 0.2), (0.3, 2_000, 0.5)]
)
def test_without_an_effect_hardly_anything_is_proven(base, count, control):
    rng = np.random.default_rng(12)
    false = sum(proven(world(rng, base=base, count=count, control=control)) for _ in range(300))
    assert false <= 9  # 3 are expected at most; more than 9 would be a chance of one in a thousand


def test_an_effect_that_is_there_is_found():
    rng = np.random.default_rng(12)
    found = sum(proven(world(rng, base=0.3, count=4_000, control=0.5, effect=0.08)) for _ in range(100))
    assert found >= 90


def test_asked_about_more_evidence_the_bound_is_that_of_as_much_around_the_same_effect():
    rng = np.random.default_rng(12)
    evidence = world(rng, base=0.3, count=4_000, control=0.5, effect=0.05)
    residual, everybody = evidence.outcome - evidence.outcome.mean(), np.ones(evidence.units, dtype=bool)
    one, four = (
        prove(evidence, residual, np.zeros((evidence.units, 1)), everybody, ALPHA, stands_for=times)[0]
        for times in (1.0, 4.0)
    )
    assert four.effect == one.effect
    assert four.effect.value - four.bound == pytest.approx((one.effect.value - one.bound) / 2)


def test_a_hundred_units_are_the_least():
    rng = np.random.default_rng(3)
    evidence = world(rng, base=0.0, count=300, control=0.3, effect=1.0)
    assert (evidence.arm == 0).sum() < 100
    assert not proven(evidence)


def test_where_nothing_was_closed_there_is_nothing_to_compare_with():
    rng = np.random.default_rng(1)
    count = 6_000
    chances = np.where((np.arange(count) < count // 2)[:, None], [0.0, 0.5, 0.5], [0.4, 0.3, 0.3])
    arm = (rng.random(count)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    evidence = Evidence(
        traits=pa.table({"age": np.zeros(count)}),
        options=("nothing", "idle/post", "harmful/post"),
        arm=arm,
        outcome=(rng.random(count) < 0.5 - 0.3 * (arm == 2)).astype(float),
        propensity=chances[np.arange(count), arm],
        unit=np.arange(count),
        cluster=np.arange(count),
        cluster_ids=tuple(map(str, range(count))),
        chances=chances,
    )
    residual = evidence.outcome - np.average(evidence.outcome, weights=evidence.weight)
    proofs = prove(evidence, residual, np.zeros((count, 2)), np.ones(count, dtype=bool), ALPHA)
    assert not any(proof.proven for proof in proofs)
    assert proofs[0].effect.lower < 0 < proofs[0].effect.upper
    assert proofs[2].effect.lower < -0.3 < proofs[2].effect.upper
    assert proofs[0].units == count // 2
