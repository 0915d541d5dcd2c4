"""The whole learner in villages whose truth is known: its values cover, it stays silent without effects, it has power."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from groundswell.policy import REASONS, LearningSpec, Limit, draft_policy, plan_round, replay
from groundswell.policy.replay import DIFFERENCES
from groundswell.uplift import learn
from groundswell.worlds import make_village
from truth import simulated
from truth.villages import letters, openness_of

DAY = date(2026, 11, 21)
PEOPLE = 5_000


def play(seed: int, effect: float, *, people: int = PEOPLE):
    village = make_village(people=people, seed=seed, effect=effect)
    evidence = simulated.evidence_of(village, seed=seed)
    learnt = learn(evidence)
    openness = openness_of(evidence)
    limits = [Limit("budget", "money", 0.25 * len(openness.unit_ids))]
    return village, evidence, learnt, openness, limits


def contacts_beyond_exploration(seed: int, effect: float) -> int:
    _, evidence, learnt, openness, limits = play(seed, effect)
    draft = draft_policy(
        campaign="truth",
        settings="",
        round_number=1,
        seed=seed,
        options=openness.options,
        messages=letters(),
        worth=25.0,
        limits=limits,
        models=learnt.models,
        learning=LearningSpec(),
    )
    plan = plan_round(openness.batch(evidence.traits), draft, limits, DAY)
    return int(((plan.option > 0) & (plan.reason != REASONS.index("explored"))).sum())


def test_without_any_effect_nobody_is_contacted_but_explorers():
    assert [contacts_beyond_exploration(seed, 0.0) for seed in range(6)] == [0] * 6


def test_with_the_declared_effects_the_plan_goes_through():
    assert sum(contacts_beyond_exploration(seed, 1.0) > 0 for seed in range(5)) >= 4


@pytest.mark.truth
def test_in_400_worlds_without_effect_at_least_389_contact_nobody_but_explorers():
    silent = sum(contacts_beyond_exploration(seed, 0.0) == 0 for seed in range(400))
    print("silent worlds of 400:", silent)
    assert silent >= 389


@pytest.mark.truth
def test_with_the_declared_effects_the_plan_goes_through_in_80_of_100():
    through = sum(contacts_beyond_exploration(seed, 1.0) > 0 for seed in range(1_000, 1_100))
    print("plans through of 100:", through)
    assert through >= 80


@pytest.mark.truth
def test_the_value_of_the_policy_as_fitted_is_covered_in_90_to_99_of_100():
    covered: dict[str, list[bool]] = {}
    for seed in range(2_000, 2_200):
        village, evidence, learnt, openness, limits = play(seed, 1.0)
        found = replay(evidence, learnt, openness=openness, limits=limits)
        assert found is not None
        rows, everybody = found.rows, len(village.age)
        truth = {name: (row[village.household] * village.chance).sum() / everybody for name, row in rows.items()}
        judged = [(name, found.values[name], truth[name]) for name in truth]
        for one, other in [pair for pair in DIFFERENCES if {*pair} <= rows.keys()]:
            # Two policies that do the same, or a difference that is refused, say nothing of the interval.
            if not np.allclose(rows[one], rows[other]):
                judged.append((f"{one}-{other}", found.differences[f"{one}-{other}"], truth[one] - truth[other]))
        for name, said, true in judged:
            if said is not None:
                covered.setdefault(name, []).append(said.lower <= true <= said.upper)
    shares = {name: (round(float(np.mean(hits)), 3), len(hits)) for name, hits in covered.items()}
    print(shares)
    assert {"policy", "policy-nothing", "policy-broadcast"} <= {
        name for name, (_, tries) in shares.items() if tries >= 100
    }
    assert all(0.90 <= share <= 0.99 for share, tries in shares.values() if tries >= 100), shares
