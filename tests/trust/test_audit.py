"""A broken experiment is told before anybody believes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from groundswell.trust.audit import audit
from groundswell.worlds import make_village
from truth.simulated import evidence_of


@pytest.fixture(scope="module")
def evidence():
    return evidence_of(make_village(people=4_000, seed=8))


def test_a_sound_experiment_raises_no_alarm(evidence):
    found = audit(evidence, {})
    assert found["sample_ratio"]["p"] > 0.001
    assert not found["sample_ratio"]["suspicious"]


def test_shares_that_do_not_fit_the_propensities_are_suspicious(evidence):
    wrong = replace(evidence, propensity=np.where(evidence.arm == 1, 0.15, evidence.propensity))
    assert audit(wrong, {})["sample_ratio"]["suspicious"]


def test_outcomes_missing_more_often_for_one_letter_are_suspicious(evidence):
    even = {"nothing": 80, "neighbours/post": 40, "new-faces/post": 40, "calendar/post": 40}
    assert not audit(evidence, even)["missing"]["suspicious"]
    assert audit(evidence, even | {"neighbours/post": 140})["missing"]["suspicious"]


def test_false_alarms_are_rare():
    alarms = sum(
        audit(evidence_of(make_village(people=1_000, seed=seed)), {})["sample_ratio"]["p"] < 0.05 for seed in range(100)
    )
    assert alarms <= 12


def test_different_probabilities_are_told(evidence):
    assert not audit(evidence, {})["uneven"]
    old = evidence.traits["age"].to_numpy() > 50
    chance = np.where(old[np.unique(evidence.unit, return_index=True)[1]][evidence.unit], 0.1, 0.3)
    assert audit(replace(evidence, propensity=np.where(evidence.arm == 1, chance, evidence.propensity)), {})["uneven"]
