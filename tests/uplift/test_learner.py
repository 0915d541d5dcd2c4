"""Effects are learnt without looking at whom they are for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from groundswell.uplift import Design, Evidence, GuardSpec, Models, learn, read_learnt, write_learnt
from groundswell.uplift.guard import Scope
from groundswell.uplift.learner import learn_parts
from groundswell.vocabulary import EvidenceError
from groundswell.worlds import make_village
from truth.simulated import evidence_of


@pytest.fixture(scope="module")
def village():
    return make_village(people=6_000, seed=5)


@pytest.fixture(scope="module")
def evidence(village):
    return evidence_of(village)


@pytest.fixture(scope="module")
def learnt(evidence):
    return learn(evidence)


def test_what_a_fold_did_has_no_part_in_what_is_said_of_it(evidence, learnt):
    """The strongest leak test there is: turn every outcome of a fold around, and its own effects stay to the last bit."""
    turned = replace(evidence, outcome=np.where(evidence.fold == 2, 1 - evidence.outcome, evidence.outcome))
    again = learn(turned)
    mine = evidence.unit_fold == 2
    assert (again.effect[mine] == learnt.effect[mine]).all()
    assert (again.effect[~mine] != learnt.effect[~mine]).any()
    assert (again.models.scope[2] == learnt.models.scope[2]).all()
    assert (again.models.slope[2] == learnt.models.slope[2]).all()


def test_a_fold_opens_about_as_many_options_as_all_of_the_evidence_however_strict_the_guard(evidence):
    """With a guard that asks a fifth of the evidence less for as much, a policy is valued that is worse than the plan's."""
    parts = learn_parts(evidence)
    levels = 10.0 ** -np.arange(1.0, 12.0, 0.5)
    found = [parts.assembled(GuardSpec(alpha=level)).models.opened() for level in levels]
    folds, whole = np.mean([np.mean(each) for each, _ in found]), np.mean([every for _, every in found])
    assert 0 < whole < 2  # options close along the way
    assert 0.85 < folds / whole < 1.15  # 0.78 with a guard that takes the fold's own error


def test_the_portable_models_say_what_was_learnt(evidence, learnt):
    found, _, unlike, _ = learnt.models.effects(evidence.traits, evidence.unit, evidence.unit_fold)
    np.testing.assert_allclose(found, learnt.effect, atol=1e-12)
    assert not unlike.any()


def test_a_household_alone_gets_the_same_bits_as_in_a_batch(evidence, learnt):
    together, errors, *_ = learnt.models.effects(evidence.traits, evidence.unit, evidence.unit_fold, errors=True)
    for place in (0, 17, evidence.units - 1):
        people = np.flatnonzero(evidence.unit == place)
        alone, error, *_ = learnt.models.effects(
            evidence.traits.take(pa.array(people)),
            np.zeros(len(people), dtype=np.int64),
            evidence.unit_fold[[place]],
            errors=True,
        )
        assert (alone[0] == together[place]).all()
        np.testing.assert_allclose(error[0], errors[place], rtol=1e-9)


def test_it_finds_the_effects_that_are_there(village, evidence, learnt):
    true = village.chance[:, 1:] - village.chance[:, :1]
    said = learnt.effect / evidence.size[:, None]
    assert abs(said[:, 0].mean() - true[:, 0].mean()) < 0.03
    by_unit = np.stack([np.bincount(village.household, column) / evidence.size for column in true.T], axis=1)
    assert np.mean([np.corrcoef(said[:, arm], by_unit[:, arm])[0, 1] for arm in (0, 1)]) > 0.25


def test_only_what_works_is_proven(learnt):
    level = dict(zip(learnt.models.options[1:], learnt.models.level.tolist(), strict=True))
    assert level["neighbours/post"] == Scope.EVERYBODY
    assert level["calendar/post"] == Scope.NOBODY


def test_shrinkage_never_turns_or_stretches_an_effect(learnt):
    assert (learnt.models.slope >= 0).all()
    assert (learnt.models.slope <= 1).all()


def test_people_unlike_all_others_get_the_broadcast_effect(evidence, learnt):
    stranger = pa.table({"age": [140.0], "meetings": [2.0], "district": ["moon"], "household_size": [1.0]})
    found, _, unlike, _ = learnt.models.effects(stranger, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    assert unlike.all()
    np.testing.assert_allclose(found[0], learnt.models.coefficients[0, :, 0])


def test_who_differs_in_what_was_the_same_for_all_is_unlike_them(evidence):
    """An experiment in one district says nothing of another."""
    here = evidence.traits.append_column("member", pa.array(np.ones(evidence.traits.num_rows)))
    design = Design.learn(here)
    stranger = here.slice(0, 1).set_column(here.column_names.index("member"), "member", pa.array([0.0]))
    blank = here.slice(0, 1).set_column(here.column_names.index("age"), "age", pa.array([float("nan")]))
    assert not design.unlike(here).any()
    assert design.unlike(stranger).all()
    assert design.unlike(blank).all()


def test_what_was_learnt_survives_the_disk(learnt, tmp_path):
    write_learnt(learnt, tmp_path / "learnt.gsw")
    again = read_learnt(tmp_path / "learnt.gsw")
    assert again.proofs == learnt.proofs
    assert (again.gamma == learnt.gamma).all()
    assert again.models.design == learnt.models.design
    assert isinstance(again.models, Models)


def small(arm, **changes) -> Evidence:
    count = len(arm)
    given = {
        "traits": pa.table(
            {"age": np.linspace(20, 80, count), "flat": np.ones(count), "blank": np.full(count, np.nan)}
        ),
        "options": ("nothing", "a/post"),
        "arm": np.array(arm),
        "outcome": np.arange(count) % 2.0,
        "propensity": np.full(count, 0.5),
        "unit": np.arange(count),
        "cluster": np.arange(count),
        "cluster_ids": tuple(map(str, range(count))),
    }
    return Evidence(**(given | changes))


def test_an_arm_of_three_people_proves_nothing_and_breaks_nothing():
    found = learn(small([0] * 300 + [1] * 3, outcome=np.array([0.0] * 300 + [1.0] * 3)))
    assert not any(proof.proven for proof in found.proofs)
    assert np.isfinite(found.gamma).all()
    assert np.isfinite(found.effect).all()


def test_outcomes_that_are_all_the_same_prove_nothing():
    found = learn(small([0, 1] * 300, outcome=np.ones(600)))
    assert not any(proof.proven for proof in found.proofs)
    assert np.isfinite(found.gamma).all()


@pytest.mark.parametrize("propensity", [0.0, -0.5, 1.5])
def test_a_propensity_that_is_none_is_refused(propensity):
    with pytest.raises(EvidenceError, match="propensity"):
        small([0, 1] * 5, propensity=np.full(10, propensity))


def test_a_unit_with_two_treatments_is_refused():
    with pytest.raises(EvidenceError, match="two treatments"):
        small([0, 1], unit=np.array([0, 0]), cluster=np.array([0]), cluster_ids=("h",))


def test_propensities_that_differ_are_weighted_away():
    """The keen are drawn more often: plain means would credit the letter with their keenness."""
    rng = np.random.default_rng(4)
    count = 20_000
    keen = rng.random(count) < 0.5
    chance = np.where(keen, 0.8, 0.2)
    arm = (rng.random(count) < chance).astype(int)
    outcome = (rng.random(count) < np.where(keen, 0.7, 0.2)).astype(float)
    found = learn(
        small(
            arm,
            traits=pa.table({"age": rng.normal(50, 10, count)}),
            outcome=outcome,
            propensity=np.where(arm == 1, chance, 1 - chance),
        )
    )
    assert outcome[arm == 1].mean() - outcome[arm == 0].mean() > 0.25
    assert not any(proof.proven for proof in found.proofs)
    assert abs((found.gamma[:, 1] - found.gamma[:, 0]).mean()) < 0.03


def caring(effect: float, *, somebody_elses: bool = False, seed: int = 0) -> Evidence:
    """Two options on a topic each; who cares is moved by some points more, or nobody is."""
    rng = np.random.default_rng(seed)
    people = 12_000
    cares = rng.uniform(0, 100, (2, people))
    arm = rng.integers(0, 3, people)
    more = np.column_stack([np.zeros(people), *(effect * (one - 50) / 50 for one in cares)])[np.arange(people), arm]
    acted = rng.random(people) < 0.3 + 0.05 * (arm > 0) + more
    if somebody_elses:
        cares = cares[:, rng.permutation(people)]
    return Evidence(
        pa.table({"interest_a": cares[0], "interest_b": cares[1], "age": rng.uniform(18, 90, people)}),
        ("nothing", "one/post", "other/post"),
        arm=arm,
        outcome=acted.astype(float),
        propensity=np.full(people, 1 / 3),
        unit=np.arange(people),
        cluster=np.arange(people),
        cluster_ids=tuple(map(str, range(people))),
        topics=(("interest_a",), ("interest_b",)),
    )


def test_what_people_care_about_counts_where_it_tells_whom_a_message_moves():
    found = learn(caring(0.08))
    assert (found.models.coefficients[:, :, -1] > 0).all()
    assert np.corrcoef(found.effect[:, 0], np.asarray(caring(0.08).traits["interest_a"]))[0, 1] > 0.9


def test_a_wrong_idea_of_who_cares_weighs_nothing_at_all():
    """Somebody else's interests: their column is 0, and who learns is as well off as without any."""
    wrong = caring(0.08, somebody_elses=True)
    without = replace(wrong, topics=(), traits=wrong.traits.select(["age"]))
    found, other = learn(wrong), learn(without)
    assert (found.models.coefficients[:, :, -1] == 0).all()
    np.testing.assert_allclose(found.effect, other.effect, atol=1e-9)
    doubt = [line.covariance for line in learn_parts(wrong).lines]
    assert all((one[:, -1] == 0).all() for one in doubt)


def test_interests_that_move_nobody_are_heard_in_one_world_of_forty_by_chance():
    heard = [
        (learn_parts(caring(0.0, seed=seed), inner=False).lines[0].coefficients[:, -1] != 0).any() for seed in range(24)
    ]
    assert sum(heard) <= 4
