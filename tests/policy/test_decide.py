"""One argmax for everybody: alone or in a batch, today or on a laptop without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from groundswell.policy import REASONS, decide, plan_round, read_policy, write_policy
from groundswell.vocabulary import StorageError
from truth.villages import letters

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def plan(world):
    return plan_round(world.batch, world.draft(), world.limits(), DAY)


def test_one_visitor_gets_what_the_batch_gave(world, plan):
    together = decide(world.batch, plan.policy, DAY)
    for place in [*range(0, world.evidence.units, 97), *np.flatnonzero(plan.reason == REASONS.index("margin"))[:20]]:
        alone = decide(world.batch.only(int(place)), plan.policy, DAY)
        assert alone.option[0] == together.option[place]
        assert alone.reason[0] == together.reason[place]
        assert (alone.propensities[0] == together.propensities[place]).all()


def test_a_policy_decides_the_same_after_the_disk(world, plan, tmp_path):
    write_policy(plan.policy, tmp_path / "policy.gsw")
    again = decide(world.batch, read_policy(tmp_path / "policy.gsw"), DAY)
    assert (again.option == plan.choices.option).all()
    assert (again.propensities == plan.choices.propensities).all()


def test_a_policy_that_was_changed_by_hand_is_refused(plan, tmp_path):
    path = tmp_path / "policy.gsw"
    write_policy(plan.policy, path)
    for place in (60, path.stat().st_size // 2):
        blob = bytearray(path.read_bytes())
        blob[place] ^= 1
        (tmp_path / "other.gsw").write_bytes(blob)
        with pytest.raises(StorageError):
            read_policy(tmp_path / "other.gsw")


def test_propensities_sum_to_one_and_none_is_too_small_to_learn_from(plan):
    chances = plan.choices.propensities
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert ((chances >= 0.01 * (1 - 1e-9)) | (chances == 0)).all()


def test_the_logged_propensity_is_how_often_it_really_happens(world, plan):
    """Over many campaigns' draws each household gets each option as often as was logged for it."""
    some = world.batch.only(0)
    tries = 3_000
    counts = np.zeros(len(plan.policy.options) + 1)
    for place in range(tries):
        counts[decide(some, replace(plan.policy, campaign=f"c{place}"), DAY).option[0]] += 1
    said = decide(some, plan.policy, DAY).propensities[0]
    error = np.sqrt(said * (1 - said) / tries)
    assert (np.abs(counts / tries - said) < 4.5 * error + 1e-12).all()


def test_the_same_households_are_held_out_each_round_and_nobody_writes_to_them(world, plan):
    held = plan.reason == REASONS.index("holdout")
    assert 0.03 < held.mean() < 0.07
    assert (plan.option[held] == 0).all()
    later = plan_round(world.batch, world.draft(number=7, seed=99), world.limits(), DAY)
    assert ((later.reason == REASONS.index("holdout")) == held).all()
    wider = plan_round(world.batch, world.draft(holdout=0.10), world.limits(), DAY)
    assert (wider.reason[held] == REASONS.index("holdout")).all()


def test_what_campaigns_share_is_held_out_by_all_of_them_and_logged(world, tmp_path):
    shared = {"holdout_everywhere": 0.04, "holdout_key": "acme"}
    spring, autumn = (
        plan_round(world.batch, world.draft(campaign=name, **shared), world.limits(), DAY)
        for name in ("spring", "autumn")
    )
    alone = plan_round(world.batch, world.draft(campaign="winter", holdout=0.0, **shared), world.limits(), DAY)
    held = [plan.reason == REASONS.index("holdout") for plan in (spring, autumn, alone)]
    assert 0.03 < held[2].mean() < 0.05
    assert (held[0] & held[1])[held[2]].all()
    assert 0.07 < held[0].mean() < 0.11
    assert (held[0] & held[1] & ~held[2]).mean() < 0.01  # each campaign's own are others
    assert spring.policy.holdout == pytest.approx(0.088)
    assert spring.choices.propensities[:, 0].min() >= 0.088
    write_policy(spring.policy, tmp_path / "policy.gsw")
    again = decide(world.batch, read_policy(tmp_path / "policy.gsw"), DAY)
    assert (again.option == spring.choices.option).all()


def test_explorers_are_others_each_round_and_draw_evenly(world, plan):
    explorers = plan.reason == REASONS.index("explored")
    later = plan_round(world.batch, world.draft(number=2), world.limits(), DAY)
    assert 0.03 < explorers.mean() < 0.07
    assert (explorers & (later.reason == REASONS.index("explored"))).sum() < 0.3 * explorers.sum()
    counts = np.bincount(plan.option[explorers], minlength=4)
    assert counts.min() > 0.5 * counts.mean()


def test_a_message_is_not_sent_after_its_last_day(world, plan):
    messages = {name: replace(message, expires=DAY) for name, message in letters().items()}
    policy = replace(plan.policy, expires=(DAY,) * len(messages))
    assert decide(world.batch, policy, DAY).option.any()
    late = decide(world.batch, policy, DAY + timedelta(days=1))
    assert not late.option.any()
    assert set(late.reason) <= {REASONS.index("closed"), REASONS.index("holdout"), REASONS.index("explored")}


def test_without_evidence_nobody_is_contacted_but_explorers(world):
    plan = plan_round(world.batch, replace(world.draft(), models=None), world.limits(), DAY)
    contacted = plan.option > 0
    assert (plan.reason[contacted] == REASONS.index("explored")).all()
    assert REASONS.index("not-proven") in plan.reason
