"""What wears off: how much of an effect is left on people who were contacted of late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from groundswell.allocate import Prices
from groundswell.policy import Batch, Policy
from groundswell.policy.decide import score
from groundswell.uplift import (
    About,
    Evidence,
    Freshness,
    Learnt,
    Lesson,
    fold_of,
    hints_of,
    learn,
    read_learnt,
    write_learnt,
)
from groundswell.uplift.hints import Level
from groundswell.vocabulary import NOTHING

BASE = 0.3
OPTIONS = (NOTHING, "north/post", "south/post", "both/door")
PEOPLE = 12_000
Numbers = NDArray[np.float64]


def effects(age: Numbers) -> Numbers:
    """(n, 3) of rested people: the young are moved by one, the old by the other, all by the third."""
    x = (age - 50) / 30
    return np.column_stack([0.08 * np.clip(x, -1, 1), -0.08 * np.clip(x, -1, 1), np.full(len(age), 0.06)])


def rounds(left: float, seed: int, *, people: int = PEOPLE, season: float = 1.0, size: float = 1.0) -> Evidence:
    """An even draw, then a round that gives most what suits them, drawn anew; who was contacted in the first is tired.

    Args:
        left: of an effect, after a contact.
        seed: of everything.
        people: drawn in each of the rounds.
        season: what effects of the second round are multiplied by, tired or not.
        size: what all effects are multiplied by.
    """
    rng = np.random.default_rng(seed)
    age, here = rng.uniform(20, 80, people), np.arange(people)
    effect = size * effects(age)
    first = np.tile([0.4, 0.2, 0.2, 0.2], (people, 1))
    second = np.full((people, 4), 0.1)
    second[here, 1 + effects(age).argmax(axis=1)] = 0.4
    second[:, 0] = 0.4
    arms, outcomes, tired = [], [], np.zeros(people)
    for chances, strong in ((first, 1.0), (second, season)):
        arm = (rng.random(people)[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
        moved = np.column_stack([np.zeros(people), effect])[here, arm] * strong * left**tired
        arms.append(arm)
        outcomes.append((rng.random(people) < BASE + moved).astype(np.float64))
        tired = tired + (arm > 0) if not len(outcomes) > 1 else tired
    contacts = np.concatenate([np.zeros(people), tired])
    chances = np.vstack([first, second])
    arm = np.concatenate(arms)
    return Evidence(
        traits=pa.table({"age": np.tile(age, 2)}),
        options=OPTIONS,
        arm=arm,
        outcome=np.concatenate(outcomes),
        propensity=chances[np.arange(2 * people), arm],
        unit=np.arange(2 * people),
        cluster=np.tile(here, 2),
        cluster_ids=tuple(map(str, here)),
        chances=chances,
        wave=np.repeat([1, 2], people),
        contacts=contacts,
    )


@cache
def learnt(left: float, seed: int = 0) -> Learnt:
    return learn(rounds(left, seed, size=2.0))


def told(found: Learnt, contacts: float) -> Numbers:
    """(61, 3) what is expected of people of all ages who were contacted so often."""
    age = np.linspace(20, 80, 61)
    traits = pa.table({"age": age, "recent_contacts": np.full(61, contacts)})
    said = found.models.effects(traits, np.arange(61), np.zeros(61, dtype=np.int64))
    return said.value * said.fresh[:, None]


@pytest.mark.parametrize("left", [0.3, 0.6, 1.0])
def test_what_is_left_of_an_effect_is_found(left: float) -> None:
    once = [learnt(left, seed).models.freshness.once for seed in range(4)]
    assert abs(np.mean([one.value for one in once]) - left) < 0.12
    assert sum(one.lower <= left <= one.upper for one in once) >= 3


def test_its_interval_holds_what_is_left_as_often_as_it_says() -> None:
    found = [learn(rounds(0.5, 100 + seed, size=2.0)).models.freshness.once for seed in range(24)]
    assert sum(one.lower <= 0.5 <= one.upper for one in found) >= 21
    assert np.mean([one.upper - one.lower for one in found]) < 0.45  # the prior's own is 0.63 wide


def test_the_prior_stands_until_something_is_shown() -> None:
    both = rounds(0.3, 0)
    first = np.arange(PEOPLE)
    alone = replace(
        both, traits=both.traits.slice(0, PEOPLE), wave=both.wave[first], unit=first, cluster=first,
        contacts=np.zeros(PEOPLE), chances=both.chances[first],
        **{name: getattr(both, name)[first] for name in ("arm", "outcome", "propensity")},
    )  # fmt: skip
    found = learn(alone).models.freshness
    assert not found.shown
    assert found.once == Freshness.assumed().once
    assert found.once.value == pytest.approx(0.75, abs=0.003)
    assert learnt(0.3).models.freshness.shown


def test_less_evidence_moves_it_less() -> None:
    moved = [abs(learn(rounds(0.0, seed, people=people)).models.freshness.once.value - 0.75) for seed in range(3)
             for people in (500, 12_000)]  # fmt: skip
    assert np.mean(moved[::2]) < np.mean(moved[1::2])


def test_a_round_in_which_everything_does_less_is_not_taken_for_wear() -> None:
    found = [learn(rounds(1.0, seed, season=0.5, size=2.0)).models.freshness.once.value for seed in range(4)]
    assert np.mean(found) > 0.8


def test_without_any_effect_it_stays_near_what_was_thought_before() -> None:
    found = [learn(rounds(0.5, seed, size=0.0, people=4_000)).models.freshness.once for seed in range(10)]
    assert 0.6 < np.mean([one.value for one in found]) < 0.9
    assert np.mean([one.upper - one.lower for one in found]) > 0.4


def test_effects_on_the_rested_are_not_watered_down_by_the_tired() -> None:
    truth = 2 * effects(np.linspace(20, 80, 61))
    found = np.mean([told(learnt(0.3, seed), 0.0) for seed in range(4)], axis=0)
    slope = (found * truth).sum() / np.square(truth).sum()
    assert 0.85 < slope < 1.15


def test_the_tired_are_expected_to_be_moved_less_and_twice_tired_less_again() -> None:
    found = learnt(0.6)
    rested, once, twice, more = (told(found, contacts) for contacts in (0.0, 1.0, 2.0, 7.0))
    left = found.models.freshness.left[0]
    np.testing.assert_allclose(once, rested * left[1])
    np.testing.assert_allclose(twice, rested * left[2])
    np.testing.assert_array_equal(more, twice)
    assert 1.0 > left[1] > left[2] > left[1] ** 2 - 1e-12


def test_nobody_is_held_unlike_all_others_for_having_heard_once_more() -> None:
    traits = pa.table({"age": [40.0], "recent_contacts": [9.0]})
    assert not learnt(0.6).models.effects(traits, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)).unlike.any()


def test_a_fold_never_sees_its_own_people() -> None:
    evidence = rounds(0.6, 0, people=2_000)
    aside = evidence.fold == 2
    other = replace(evidence, outcome=np.where(aside, 1.0 - evidence.outcome, evidence.outcome))
    one, two = (learn(each).models.freshness.left for each in (evidence, other))
    np.testing.assert_array_equal(one[2], two[2])
    assert (one[[0, 1, 3, 4], 1] != two[[0, 1, 3, 4], 1]).all()
    both = learn(evidence), learn(other)
    for name in ("coefficients", "slope", "scope", "harm", "threshold"):
        np.testing.assert_array_equal(*(getattr(each.models, name)[2] for each in both))
    for name in ("effect", "fresh"):
        np.testing.assert_array_equal(*(getattr(each, name)[aside] for each in both))


def test_all_that_is_learnt_is_of_rested_people() -> None:
    """Half of what is learnt from is tired, and of them next to nothing is left: no part may take that for the effect."""
    many = [rounds(0.1, seed, size=2.0) for seed in range(4)]
    about = {option: About(("schools",), option.split("/")[1]) for option in OPTIONS[1:]}
    found = [learn(replace(evidence, about=about)) for evidence in many]
    assert 0.8 < np.mean([one.calibration for one in found]) < 1.15
    whole = [lesson for one in found for lesson in one.lessons if lesson.channel == "door" and not lesson.trait]
    assert np.mean([lesson.effect.value for lesson in whole]) == pytest.approx(0.12, abs=0.025)


def test_outcomes_under_an_option_are_of_people_as_tired_as_they_were() -> None:
    """Of those who got nothing, two options differ by what the model says of each, on people as they were."""
    evidence, found = rounds(0.3, 0, size=2.0), learnt(0.3)
    quiet = evidence.arm == 0
    apart = found.gamma[quiet, 1] - found.gamma[quiet, 2]
    np.testing.assert_allclose(
        apart, (found.effect[quiet, 0] - found.effect[quiet, 1]) * found.fresh[quiet], atol=1e-12
    )
    assert (found.fresh[quiet] < 1).any()


def test_a_plan_counts_on_no_more_than_what_is_left() -> None:
    traits = pa.table({"age": [70.0] * 3, "recent_contacts": [0.0, 1.0, 2.0]})
    batch = Batch(
        ("a", "a2", "a3"), ("a", "a", "a"), np.arange(3), traits, np.ones((3, 3), dtype=bool), np.zeros((3, 3, 0))
    )
    free = Prices(np.zeros(0), (), 0.0, 0.0, 0)
    models = learnt(0.3).models
    policy = Policy("spring", "", 2, 0, OPTIONS[1:], (None,) * 3, 25.0, (), free, models, 0.05, 0.05)
    found = score(batch, policy, date(2026, 11, 30), errors=True)
    left = models.freshness.left[fold_of(["a"], models.seed)[0]]
    np.testing.assert_allclose(found.fresh, left)
    for each in (found.effect, found.error, found.worth):
        np.testing.assert_allclose(each, left[:, None] * each[0])
    assert (found.effect[0] != 0).all()


def test_what_everybody_did_alike_shows_nothing() -> None:
    evidence = rounds(0.6, 0, people=1_000)
    alike = learn(replace(evidence, outcome=np.full(2_000, 0.1))).models.freshness
    assert not alike.shown
    np.testing.assert_allclose(alike.left, Freshness.assumed().left)


def test_one_tired_person_shows_nothing_worth_a_word() -> None:
    evidence = rounds(0.6, 0, people=2_000)
    one = np.zeros(4_000)
    one[-1] = 1.0
    assert not learn(replace(evidence, contacts=one)).models.freshness.shown


def test_how_often_somebody_was_contacted_is_no_lesson_of_other_campaigns() -> None:
    whole = Lesson("x", "schools", "post", "", Level(), 1e6, 1e5, 1.0, 500, 500)
    tired = whole._replace(trait="recent_contacts", level=Level(0.5, None), score=0.0)
    old = whole._replace(trait="age", level=Level(60.0, None), score=3e5)
    assert {hint.trait for hint in hints_of([whole, tired, old], About(("schools",), "post"))} == {"age"}


def test_those_who_were_not_contacted_change_nothing(tmp_path: Path) -> None:
    evidence = replace(rounds(0.6, 0, people=2_000), contacts=None)
    none = learn(evidence)
    also = learn(replace(evidence, contacts=np.zeros(4_000)))
    np.testing.assert_array_equal(none.effect, also.effect)
    assert (none.fresh == 1).all()
    write_learnt(learnt(0.6), tmp_path / "learnt.gsw")
    again = read_learnt(tmp_path / "learnt.gsw")
    assert again is not None
    assert again.models.freshness.once == learnt(0.6).models.freshness.once
    np.testing.assert_array_equal(again.fresh, learnt(0.6).fresh)
