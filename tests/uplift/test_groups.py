"""A group's effect is estimated on units that chose neither the group's message nor the group."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from groundswell.uplift import Evidence, GuardSpec, halved, judge_groups, learn, most_moved

OPTIONS = ("nothing", *(f"m{place}/post" for place in range(8)))


def past(seed, effect, count=1_500):
    lot = np.random.default_rng(seed)
    arm = lot.integers(0, len(OPTIONS), count)
    age = lot.uniform(20, 80, count)
    came = lot.normal(0, 1, count) + effect(arm, age)
    return Evidence(
        pa.table({"age": age}),
        OPTIONS,
        arm=arm,
        outcome=came,
        propensity=np.full(count, 1 / len(OPTIONS)),
        unit=np.arange(count),
        cluster=np.arange(count),
        cluster_ids=tuple(f"p{seed}-{place}" for place in range(count)),
        chances=np.full((count, len(OPTIONS)), 1 / len(OPTIONS)),
    )


def test_the_best_of_eight_that_do_nothing_is_not_told_better_than_nothing():
    told, errors, in_sample = [], [], []
    for seed in range(25):
        evidence = past(seed, lambda arm, age: 0.0 * arm)
        learnt = learn(evidence)
        [found] = judge_groups(evidence, halved(evidence), np.zeros(len(evidence.arm), int), 1, GuardSpec())
        told.append(found.effect.value)
        errors.append((found.effect.upper - found.effect.lower) / 3.92)
        gain = learnt.gamma[:, 1:] - learnt.gamma[:, :1]
        in_sample.append(gain.mean(axis=0).max())
        assert not found.proven
    error = float(np.sqrt(np.mean(np.square(errors)) / len(told)))
    assert abs(np.mean(told)) < 3 * error
    assert (
        np.mean(in_sample) > 0.08 > np.mean(told) + error
    )  # what choosing and judging on the same units would have said


def test_each_group_gets_its_own_message_and_the_truth_is_within():
    inside, proven = [], []
    for seed in range(12):
        evidence = past(seed, lambda arm, age: np.where(age > 50, 0.9 * (arm == 2), 0.9 * (arm == 5)), count=4_000)
        group = (evidence.traits["age"].to_numpy() > 50).astype(int)
        young, old = judge_groups(evidence, halved(evidence), group, 2, GuardSpec())
        assert (young.option, old.option) == ("m4/post", "m1/post")
        proven += [young.proven, old.proven]
        inside += [one.effect.lower <= 0.9 <= one.effect.upper for one in (young, old)]
    assert sum(inside) >= 20
    assert sum(proven) >= 20


def test_where_nobody_was_drawn_for_it_a_model_alone_says_nothing():
    evidence = past(1, lambda arm, age: 0.9 * (arm == 1), count=4_000)
    group = (evidence.arm == 0).astype(int)  # a group that only ever got nothing
    everybody, only_nothing = judge_groups(evidence, halved(evidence), group, 2, GuardSpec())
    assert everybody is None  # and the others never got nothing
    assert only_nothing is None


def test_too_few_units_are_not_judged():
    evidence = past(0, lambda arm, age: 0.0 * arm)
    group = (np.arange(len(evidence.arm)) < 40).astype(int)
    everybody, few = judge_groups(evidence, halved(evidence), group, 2, GuardSpec())
    assert everybody is not None
    assert few is None


def test_what_moves_people_most_is_learnt_without_those_who_judge():
    evidence = past(3, lambda arm, age: 0.8 * (arm == 1) * (age > 50), count=3_000)
    halves = halved(evidence)
    ids = list(evidence.cluster_ids)
    moved = most_moved(halves, evidence.traits, ids)
    turned = Evidence(
        **{
            **{name: getattr(evidence, name) for name in evidence.__dataclass_fields__},
            "outcome": np.where(halves.judging, -evidence.outcome, evidence.outcome),
        }
    )
    assert (most_moved(halved(turned), evidence.traits, ids) == moved).all()


def test_who_lives_with_somebody_lends_them_nothing():
    """Homes of one old and one young person; the letter moves the old only."""
    lot = np.random.default_rng(0)
    arm = np.repeat(lot.integers(0, 2, 2_000), 2)
    old = np.tile([1, 0], 2_000)
    evidence = Evidence(
        pa.table({"age": np.where(old == 1, 70.0, 30.0)}),
        ("nothing", "letter/post"),
        arm=arm,
        outcome=lot.normal(0, 0.5, 4_000) + 0.5 * arm * old,
        propensity=np.full(4_000, 0.5),
        unit=np.repeat(np.arange(2_000), 2),
        cluster=np.arange(2_000),
        cluster_ids=tuple(map(str, range(2_000))),
    )
    young, elder = judge_groups(evidence, halved(evidence), old, 2, GuardSpec())
    assert not young.proven
    assert young.effect.lower < 0 < young.effect.upper
    assert elder.effect.lower < 0.5 < elder.effect.upper
    assert elder.proven


def test_a_small_control_in_which_hardly_anybody_acted_proves_nothing():
    false = 0
    for seed in range(30):
        lot = np.random.default_rng(seed)
        arm = (lot.random(1_500) > 0.1).astype(int)
        evidence = Evidence(
            pa.table({"age": lot.uniform(20, 80, 1_500)}),
            OPTIONS[:2],
            arm=arm,
            outcome=(lot.random(1_500) < 0.02).astype(float),
            propensity=np.where(arm == 1, 0.9, 0.1),
            unit=np.arange(1_500),
            cluster=np.arange(1_500),
            cluster_ids=tuple(f"p{seed}-{place}" for place in range(1_500)),
        )
        [found] = judge_groups(evidence, halved(evidence), np.zeros(1_500, int), 1, GuardSpec())
        false += bool(found and found.proven)
    assert false <= 2  # a quarter of them, where the control's own variance is believed
