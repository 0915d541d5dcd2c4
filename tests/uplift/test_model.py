"""UpliftModel on experiments whose truth is known, and on what people hand in by mistake."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from groundswell.uplift import UpliftModel, fold_of, policy_value, qini
from groundswell.uplift.learner import WAYS
from groundswell.vocabulary import EvidenceError, NotFittedError

ARMS = np.array(["nothing", "door", "post"])


class World:
    """The door moves the old (+20 points), the post everybody a little (+4) but pushes renters away (-12)."""

    def __init__(self, people: int, seed: int, *, household: bool = False, strength: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.unit = np.arange(people) // 2 if household else np.arange(people)
        units = int(self.unit.max()) + 1
        self.age, self.rent = rng.uniform(18, 90, people), rng.random(people) < 0.4
        noise = {f"mark_{place}": rng.normal(size=people) for place in range(6)}
        where = np.where(self.rent, "rents", "owns")
        where[rng.random(people) < 0.05] = "unsaid"
        self.traits = {"age": self.age, "where": where, **noise}
        self.index = rng.choice(3, p=[0.5, 0.25, 0.25], size=units)[self.unit]
        self.arm = ARMS[self.index]
        self.effect = strength * np.column_stack([np.where(self.age > 60, 0.20, 0.0), np.where(self.rent, -0.12, 0.04)])
        chance = 0.35 + np.column_stack([np.zeros(people), self.effect])[np.arange(people), self.index]
        luck = np.where(rng.random(units)[self.unit] < 0.5, rng.random(units)[self.unit], rng.random(people))
        self.outcome = ((luck if household else rng.random(people)) < chance).astype(float)


@pytest.fixture(scope="module")
def world():
    return World(20_000, seed=1)


@pytest.fixture(scope="module")
def model(world):
    return UpliftModel().fit(world.traits, world.arm, world.outcome)


@pytest.fixture(scope="module")
def fresh():
    return World(5_000, seed=2)


def test_it_finds_whom_each_arm_moves(model, fresh):
    found = model.effects(fresh.traits)
    assert found.arms == ("door", "post")
    assert np.sqrt(((found.value - fresh.effect) ** 2).mean()) < 0.04
    assert all(np.corrcoef(found.value[:, arm], fresh.effect[:, arm])[0, 1] > 0.8 for arm in (0, 1))


def test_its_intervals_hold_the_truth_of_about_95_in_100(model, fresh):
    """Of people one by one, so on average only; where a jump is smoothed away they are not to be trusted."""
    found = model.effects(fresh.traits)
    inside = (found.lower <= fresh.effect) & (fresh.effect <= found.upper)
    assert 0.80 <= inside.mean() <= 1.0


def test_it_chooses_better_than_one_message_for_everybody(model, fresh):
    every = np.column_stack([np.zeros(5_000), fresh.effect])
    chosen = model.choose(fresh.traits, guard=False)
    worth = every[np.arange(5_000), [list(ARMS).index(name) for name in chosen]].mean()
    broadcast, oracle = every.mean(axis=0).max(), every.max(axis=1).mean()
    assert worth > broadcast + 0.6 * (oracle - broadcast)


def test_nobody_is_sent_what_is_proven_to_push_their_group_away(model, fresh):
    """Renters are the lower half of the post, and their harm is proven: no worth makes up for it."""
    harm = [(proof.option, proof.scope.name) for proof in model.harms_ if proof.proven]
    assert ("post", "LOWER_HALF") in harm
    sent = model.choose(fresh.traits, worth=1e6) == "post"
    assert fresh.rent[sent].mean() < 0.05
    assert sent.mean() > 0.25


def test_a_stack_lets_the_part_count_that_foretold_better(world, model, fresh):
    """Both effects jump, which trees see and splines smooth away."""
    stacked = UpliftModel(stack=True).fit(world.traits, world.arm, world.outcome)
    one, other = (np.square(each.effects(fresh.traits).value - fresh.effect).mean() for each in (stacked, model))
    assert model.share_ == 0.5
    assert stacked.share_ >= 0.5
    assert one <= other * 1.02


def test_without_an_effect_nobody_is_sent_anything():
    nothing = World(6_000, seed=3, strength=0.0)
    model = UpliftModel().fit(nothing.traits, nothing.arm, nothing.outcome)
    assert set(model.choose(nothing.traits)) == {"nothing"}
    assert set(model.choose(nothing.traits, guard=False)) != {"nothing"}, "the guard is what keeps it silent"


def test_what_costs_more_than_it_brings_is_not_chosen(model, fresh):
    chosen = model.choose(fresh.traits, worth=10.0, cost={"door": 5.0, "post": 0.1})
    assert "door" not in set(chosen)
    assert "post" in set(chosen)


def test_a_row_alone_gets_what_it_gets_among_others(model, fresh):
    together = model.effects(fresh.traits)
    alone = model.effects({name: values[7:8] for name, values in fresh.traits.items()})
    np.testing.assert_allclose(alone.value[0], together.value[7], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(alone.upper[0], together.upper[7], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_any_library_s_table_gives_the_same(model, fresh, make):
    np.testing.assert_array_equal(model.effects(make(fresh.traits)).value, model.effects(fresh.traits).value)


def test_the_rows_order_and_another_name_of_the_arms_change_nothing(world, model, fresh):
    order = np.random.default_rng(0).permutation(20_000)
    unit = np.arange(20_000)
    plain = UpliftModel(baseline=0).fit(world.traits, world.index, world.outcome, unit=unit)
    turned = UpliftModel(baseline=0).fit(
        {name: values[order] for name, values in world.traits.items()},
        world.index[order],
        world.outcome[order],
        unit=unit[order],
    )
    assert plain.arms_ == (0, 1, 2)
    one, other = plain.effects(fresh.traits).value, turned.effects(fresh.traits).value
    np.testing.assert_allclose(one, other, atol=2e-3)
    np.testing.assert_allclose(model.effects(fresh.traits).value, one, atol=1e-12)


def test_propensities_can_be_said_in_every_way(world, fresh):
    share = np.array([0.5, 0.25, 0.25])
    ways = [share[world.index], np.tile(share, (20_000, 1)), dict(zip(ARMS, share, strict=True))]
    found = [
        UpliftModel().fit(world.traits, world.arm, world.outcome, propensity=way).effects(fresh.traits).value
        for way in ways
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_a_draw_that_favoured_the_keen_credits_nobody_with_their_keenness():
    rng = np.random.default_rng(4)
    keen = rng.random(20_000) < 0.5
    chance = np.where(keen, 0.8, 0.2)
    arm = rng.random(20_000) < chance
    outcome = rng.random(20_000) < np.where(keen, 0.7, 0.2)
    told = np.where(arm, chance, 1 - chance)
    model = UpliftModel(baseline=0).fit({"age": rng.normal(size=20_000)}, arm * 1, outcome, propensity=told)
    found = model.effects({"age": [0.0]})
    assert outcome[arm].mean() - outcome[~arm].mean() > 0.25
    assert found.lower[0, 0] < 0 < found.upper[0, 0]


def test_weights_count_people_as_often_as_they_say(world, fresh):
    """Renters counted as nothing: the post then helps on average."""
    weight = np.where(world.rent, 1e-6, 1.0)
    model = UpliftModel().fit(world.traits, world.arm, world.outcome, weight=weight)
    whole = next(proof for proof in model.proofs_ if proof.option == "post" and proof.scope.name == "EVERYBODY")
    assert whole.effect.lower < 0.04 < whole.effect.upper
    assert whole.effect.value > 0


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_of_those_it_learnt_from_comes_from_models_that_did_not_see_them(world, way, monkeypatch):
    """Turn every outcome of a fold around: the order of its own people stays to the last bit, however parts are weighed."""
    monkeypatch.setattr(sys.modules["groundswell.uplift.model"], "WAYS", (way,))
    model = UpliftModel().fit(world.traits, world.arm, world.outcome)
    mine = fold_of(map(str, range(20_000)), 0) == 3
    turned = UpliftModel().fit(world.traits, world.arm, np.where(mine, 1 - world.outcome, world.outcome))
    for arm in (0, 1):
        one, other = model.out_of_fold_[mine, arm], turned.out_of_fold_[mine, arm]
        assert (np.argsort(one, kind="stable") == np.argsort(other, kind="stable")).all()
    assert (turned.calibration_[3] != model.calibration_[3]).any()
    told = qini(
        model.out_of_fold_, world.arm, world.outcome, propensity=dict(zip(ARMS, [0.5, 0.25, 0.25], strict=True))
    )
    assert told["door"].qini.lower > 0


@pytest.mark.truth
@pytest.mark.parametrize("household", [False, True])
def test_the_value_of_what_it_chooses_is_covered_in_90_to_99_of_100(household):
    """Fitted on one half, valued on the other: the interval is of the policy as fitted."""
    hits = 0
    for seed in range(200):
        one, other = World(4_000, seed, household=household), World(4_000, 10_000 + seed, household=household)
        model = UpliftModel().fit(one.traits, one.arm, one.outcome, unit=one.unit)
        chosen = model.choose(other.traits, guard=False)
        share = {"nothing": 0.5, "door": 0.25, "post": 0.25}
        found = policy_value(chosen, other.arm, other.outcome, propensity=share, unit=other.unit)
        every = 0.35 + np.column_stack([np.zeros(4_000), other.effect])
        truth = every[np.arange(4_000), [list(ARMS).index(name) for name in chosen]].mean()
        hits += found.lower <= truth <= found.upper
    print("covered of 200:", hits)
    assert 180 <= hits <= 198


def small(**changed):
    rng = np.random.default_rng(0)
    told = {
        "X": {"age": rng.normal(size=600), "town": rng.choice(["a", "b"], 600)},
        "arm": np.array(["nothing", "letter"] * 300),
        "outcome": rng.integers(0, 2, 600),
    } | changed
    return told.pop("X"), told.pop("arm"), told.pop("outcome"), told


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": np.ones(600)}, "Everybody did the same"),
        ({"outcome": [float("nan"), *[1.0] * 599]}, "no finite number in 1 rows"),
        ({"outcome": [1.0, 0.0]}, "another number of rows"),
        ({"arm": ["letter"] * 600}, "nothing to compare"),
        ({"arm": ["a", "b"] * 300}, "Name the arm without a message"),
        ({"unit": np.arange(600) // 2}, "300 units are in two arms"),
        ({"propensity": np.zeros(600)}, "not above 0"),
        ({"propensity": np.full((600, 2), 0.7)}, "do not sum to 1"),
        ({"weight": np.zeros(600)}, "weight is not above 0"),
        ({"X": {"age": [float("inf"), *[1.0] * 599]}}, "age is infinite in 1 rows"),
        ({"X": {"born": np.array(["2001-01-01"] * 600, dtype="datetime64[D]")}}, "neither numbers nor texts"),
        ({"X": np.zeros(600)}, "X is no table"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_in_words(changed, words):
    traits, arm, outcome, rest = small(**changed)
    with pytest.raises(EvidenceError, match=words):
        UpliftModel().fit(traits, arm, outcome, **rest)


def test_an_arm_of_three_people_is_as_unsure_as_it_should_be():
    arm = np.array(["nothing", "letter"] * 300)
    arm[:3] = "rare"
    traits, arm, outcome, _ = small(arm=arm, outcome=np.r_[np.ones(3), np.arange(597) % 2])
    model = UpliftModel().fit(traits, arm, outcome)
    found = model.effects(traits)
    assert (found.upper - found.lower)[:, found.arms.index("rare")].min() > 0.8
    assert "rare" not in set(model.choose(traits))


@pytest.mark.parametrize(
    "traits",
    [
        {"flat": np.ones(600), "blank": np.full(600, np.nan)},
        {"town": [f"t{place}" for place in range(600)]},
        {"town": [None] * 600, "age": np.arange(600.0)},
        {},
    ],
    ids=["constant", "as many levels as people", "blank", "none"],
)
def test_traits_that_tell_nothing_leave_the_effect_on_everybody(traits):
    _, arm, outcome, _ = small()
    traits = pa.table({"nobody": pa.nulls(600)} | traits)
    found = UpliftModel().fit(traits, arm, outcome).effects(traits)
    assert np.isfinite(found.upper).all()
    assert (found.lower < found.upper).all()


def test_ten_thousand_levels_do_not_stop_it():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 10_000, 20_000).astype(str)
    arm, outcome = rng.choice(["nothing", "letter"], 20_000), rng.integers(0, 2, 20_000)
    found = UpliftModel().fit({"street": level}, arm, outcome).effects({"street": [*level[:5], "never seen"]})
    assert np.isfinite(found.value).all()
    wide = (found.upper - found.lower)[:, 0]
    assert wide[5] >= wide[0] * (1 - 1e-6)  # errors are of single precision


def test_who_is_unlike_all_others_gets_the_effect_on_everybody_and_a_wide_interval(model, fresh):
    rows = {name: values[:1] for name, values in fresh.traits.items()}
    odd = model.effects(rows | {"age": np.array([300.0])})
    usual = model.effects(rows)
    assert odd.value[0, 0] == pytest.approx(model._line[0, 0])
    assert odd.upper[0, 0] - odd.lower[0, 0] > 2 * (usual.upper[0, 0] - usual.lower[0, 0])


def test_it_says_what_it_needs_before_it_can_answer(model, fresh):
    with pytest.raises(NotFittedError):
        UpliftModel().effects(fresh.traits)
    with pytest.raises(EvidenceError, match="no column where"):
        model.effects({"age": [1.0]})
    with pytest.raises(EvidenceError, match="where holds numbers"):
        model.effects(fresh.traits | {"where": np.ones(5_000)})
    with pytest.raises(EvidenceError, match="no cost for 'post'"):
        model.choose(fresh.traits, cost={"door": 1.0})
    with pytest.raises(EvidenceError, match="no costs of the arms"):
        model.choose(fresh.traits, cost=[1.0, 2.0, 3.0])


def test_it_has_scikit_learns_manners():
    model = UpliftModel(seed=3)
    assert model.get_params() == {"baseline": "nothing", "seed": 3, "stack": False}
    assert model.set_params(seed=4).seed == 4
    with pytest.raises(EvidenceError, match="no such argument"):
        model.set_params(depth=3)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"propensity": np.full(400, 0.25)}, "far more often"),
        ({"propensity": np.full(400, 0.9)}, "likelier than all others"),
        ({"propensity": np.tile([0.5, 0.5, 0.4, 0.6], 100), "unit": np.arange(400) // 4}, "different propensities"),
        ({"outcome": np.arange(400) % 3 * 1e200}, "too large"),
        ({"X": {}}, "no columns"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changed, what):
    given = {"X": {"age": np.arange(400.0)}, "arm": np.repeat(["nothing", "letter"], 4)[np.arange(400) % 8]}
    given |= {"outcome": np.arange(400) % 3} | changed
    with pytest.raises(EvidenceError, match=what):
        UpliftModel().fit(given.pop("X"), given.pop("arm"), given.pop("outcome"), **given)


@pytest.mark.parametrize("worth", [np.nan, [1.0, 2.0]])
def test_a_worth_that_is_none_is_refused(model, fresh, worth):
    with pytest.raises(EvidenceError, match="worth"):
        model.choose(fresh.traits, worth=worth)
