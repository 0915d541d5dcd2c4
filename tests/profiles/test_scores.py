"""Scores whose truth is known, and what people hand in by mistake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from groundswell.profiles import ScoreModel, rake
from groundswell.vocabulary import EvidenceError, NotFittedError

TOWNS = [f"town {place:02d}" for place in range(40)]


class World:
    """A town and a trade each shift the logit by a draw of their own; age counts in a straight line, or in a step."""

    def __init__(self, people: int, seed: int, *, step: float = 0.0, truth: int = 0) -> None:
        drawn = np.random.default_rng((1, truth))
        self.town_effect, self.trade_effect = drawn.normal(0, 0.5, 40), drawn.normal(0, 0.8, 5)
        rng = np.random.default_rng((2, seed, truth))
        self.town, self.trade = rng.integers(0, 40, people), rng.integers(0, 5, people)
        self.age = rng.uniform(18, 90, people)
        line = 0.02 * (self.age - 54)
        jump = step * np.where((self.age > 35) & (self.age < 60), 1.0, -1.0)
        self.logit = -0.4 + self.town_effect[self.town] + self.trade_effect[self.trade] + line + jump
        self.chance = 1 / (1 + np.exp(-self.logit))
        self.answer = (rng.random(people) < self.chance).astype(float)
        trades = np.array(["care", "craft", "office", "school", "shop"])
        self.traits = {"town": np.array(TOWNS)[self.town], "trade": trades[self.trade], "age": self.age}


@pytest.fixture(scope="module")
def world():
    return World(4_000, seed=1)


@pytest.fixture(scope="module")
def score(world):
    return ScoreModel().fit(world.traits, world.answer)


@pytest.fixture(scope="module")
def fresh():
    return World(20_000, seed=2)


def brier(chance, world: World) -> float:
    return float(np.square(chance - world.chance).mean())


def test_it_knows_everybody_from_little(score, fresh):
    found = score.predict(fresh.traits)
    assert brier(found.value, fresh) < 0.003  # the mean alone is 0.020 away
    assert brier(fresh.chance.mean(), fresh) > 0.018
    assert np.corrcoef(found.value, fresh.chance)[0, 1] > 0.93
    assert score.useful_
    assert score.skill_.lower > 0


def test_its_intervals_hold_the_truth_of_about_95_in_100():
    held = []
    for truth in range(12):
        known, new = World(2_000, 1, truth=truth), World(2_000, 2, truth=truth)
        found = ScoreModel().fit(known.traits, known.answer).predict(new.traits)
        held.append(((found.lower <= new.chance) & (new.chance <= found.upper)).mean())
    assert 0.92 < np.mean(held) < 0.985


def test_it_is_nearer_than_the_means_of_towns_where_answers_are_few(fresh):
    world = World(800, seed=1)
    found = ScoreModel().fit(world.traits, world.answer).predict_proba(fresh.traits)[:, 1]
    off, raw = [], []
    for town in range(40):
        mine = fresh.town == town
        true = fresh.chance[mine].mean()
        off.append(abs(found[mine].mean() - true))
        raw.append(abs(world.answer[world.town == town].mean() - true))
    assert np.mean(off) < 0.7 * np.mean(raw)


def test_a_spread_is_that_of_its_levels(score):
    assert score.spread_["town"] == pytest.approx(0.5, abs=0.15)
    assert 0.3 < score.spread_["trade"] < 2.0


def test_trees_count_where_a_line_tells_nothing_and_not_where_it_tells_all(score):
    assert score.trees_.trees == 0
    known, new = World(4_000, 1, step=0.9), World(20_000, 2, step=0.9)
    bent = ScoreModel().fit(known.traits, known.answer)
    assert bent.trees_.trees > 0
    assert brier(bent.predict(new.traits).value, new) < 0.006
    straight = 1 / (1 + np.exp(-(new.logit - 0.9 * np.where((new.age > 35) & (new.age < 60), 1.0, -1.0))))
    assert brier(straight, new) > 0.02


def test_two_factors_that_count_together_are_found():
    rng = np.random.default_rng(3)
    town, trade = rng.choice(TOWNS[:6], 6_000), rng.choice(["care", "craft", "office", "school"], 6_000)
    both = np.char.add(town, trade)
    effect = dict(zip(np.unique(both), rng.normal(0, 1.2, 24), strict=True))
    chance = 1 / (1 + np.exp(-np.array([effect[one] for one in both])))
    score = ScoreModel().fit({"town": town, "trade": trade}, rng.random(6_000) < chance)
    assert score.meetings_ == (("trade", "town"),)
    assert np.square(score.predict({"town": town, "trade": trade}).value - chance).mean() < 0.002


def test_nobody_is_in_the_model_that_foretells_them(world):
    """Turn some answers of one fold around: those are told apart as before, for only the slope of all may move them."""
    from groundswell.stats import folds

    unit = np.arange(4_000)
    mine = folds(map(str, unit), count=5, key="score|0") == 2
    one = ScoreModel().fit(world.traits, world.answer)
    turned = mine & (np.arange(4_000) < 1_500)
    other = ScoreModel().fit(world.traits, np.where(turned, 1 - world.answer, world.answer))
    assert turned.sum() > 250
    assert other.trees_.trees == one.trees_.trees == 0
    ranks = [np.argsort(np.argsort(each.out_of_fold_[mine])) for each in (one, other)]
    # Each fold's fit begins at the fit to all, and ends at its own to a thousandth of the logit.
    assert np.corrcoef(*ranks)[0, 1] > 0.9999
    ranks = [np.argsort(np.argsort(each.out_of_fold_[~mine])) for each in (one, other)]
    assert np.corrcoef(*ranks)[0, 1] < 0.999


def test_people_of_one_unit_are_one_witness():
    rng = np.random.default_rng(5)
    town = rng.choice(TOWNS[:4], 1_000)
    answer = rng.random(1_000) < 0.4
    every = {"town": np.repeat(town, 4)}
    alone, together = (
        ScoreModel().fit(every, np.repeat(answer, 4), unit=unit) for unit in (None, np.repeat(np.arange(1_000), 4))
    )
    new = {"town": TOWNS[:4]}
    wide, narrow = (one.predict(new) for one in (together, alone))
    assert ((wide.upper - wide.lower) > 1.4 * (narrow.upper - narrow.lower)).all()
    assert not together.useful_


def test_a_score_that_foretells_nothing_says_so():
    rng = np.random.default_rng(6)
    useful = [
        ScoreModel()
        .fit({"town": rng.choice(TOWNS, 1_500), "age": rng.normal(size=1_500)}, rng.random(1_500) < 0.3)
        .useful_
        for _ in range(20)
    ]
    assert sum(useful) <= 2


def test_a_level_that_nobody_answered_for_falls_back_to_its_factor(score, fresh):
    known, unknown = ({"town": [town], "trade": ["care"], "age": [50.0]} for town in (TOWNS[3], "nowhere"))
    one, other = score.predict(known), score.predict(unknown)
    assert other.upper[0] - other.lower[0] > one.upper[0] - one.lower[0]
    blank = score.predict({"town": pa.array([None], pa.string()), "trade": ["care"], "age": [np.nan]})
    assert 0 < blank.lower[0] < blank.value[0] < blank.upper[0] < 1


def test_areas_are_the_share_of_those_counted_there(score, fresh):
    cells = pa.table(fresh.traits).append_column("people", pa.array(np.ones(20_000)))
    found = score.by_area(cells, "town", "people", level=0.9)
    held = [
        found[town].lower <= fresh.answer[fresh.town == place].mean() <= found[town].upper
        for place, town in enumerate(TOWNS)
    ]
    assert 33 <= sum(held) <= 40
    mine = score.predict_proba(fresh.traits)[:, 1][fresh.town == 7].mean()
    assert found[TOWNS[7]].value == pytest.approx(mine)


def test_more_people_in_a_cell_are_that_many_rows(score):
    once = {"town": [TOWNS[0]] * 3, "trade": ["care", "care", "shop"], "age": [30.0, 30.0, 60.0], "n": [1.0, 1.0, 1.0]}
    counted = {"town": [TOWNS[0]] * 2, "trade": ["care", "shop"], "age": [30.0, 60.0], "n": [2.0, 1.0]}
    one, other = (score.by_area(cells, "town", "n")[TOWNS[0]] for cells in (once, counted))
    assert one == pytest.approx(other)


def test_an_area_that_nobody_answered_for_is_as_unsure_as_towns_differ(score):
    cells = {"town": ["nowhere", TOWNS[0]], "trade": ["care", "care"], "age": [54.0, 54.0], "n": [1e6, 1e6]}
    found = score.by_area(cells, "town", "n")
    unknown, known = (found[name].upper - found[name].lower for name in ("nowhere", TOWNS[0]))
    assert unknown == pytest.approx(2 * 1.96 * 0.45 * 0.16, rel=0.25)  # a spread of 0.45 on the logit, at 0.2
    assert known < 0.7 * unknown


def test_reasons_are_what_moved_the_score_most(score, world):
    trade = int(np.argmax(world.trade_effect))
    name = ["care", "craft", "office", "school", "shop"][trade]
    [told] = score.reasons({"town": [TOWNS[0]], "trade": [name], "age": [54.0]})
    assert len(told) == 3
    assert abs(told[0].points) >= abs(told[1].points) >= abs(told[2].points)
    said = {reason.trait: reason for reason in told}
    assert said["trade"].said == name
    assert said["trade"].points > 5
    assert abs(said["age"].points) < 3  # the mean age moves nobody
    [short] = score.reasons({"town": [TOWNS[0]], "trade": [name], "age": [54.0]}, most=1)
    assert short == told[:1]


def test_weights_make_those_who_answered_like_those_who_could():
    rng = np.random.default_rng(8)
    young = rng.random(6_000) < 0.8  # of the people a half is
    answer = rng.random(6_000) < np.where(young, 0.2, 0.6)
    traits = {"age": np.where(young, "young", "old")}
    weight = rake(traits, {"age": {"young": 0.5, "old": 0.5}})
    assert weight @ young / weight.sum() == pytest.approx(0.5)
    everybody = {"where": ["here", "here"], "n": [0.5, 0.5], "age": ["young", "old"]}
    whole = ScoreModel().fit({"same": ["x"] * 6_000, "age": traits["age"]}, answer, weight=weight)
    assert whole.by_area(everybody | {"n": [5e5, 5e5]}, "where", "n")["here"].value == pytest.approx(0.4, abs=0.03)
    narrow, wide = (ScoreModel().fit(traits, answer, weight=one).predict(traits) for one in (None, weight**3))
    assert (wide.upper - wide.lower).mean() > (narrow.upper - narrow.lower).mean()


def test_raking_holds_every_margin():
    rng = np.random.default_rng(9)
    traits = {
        "sex": rng.choice(["f", "m"], 500, p=[0.7, 0.3]),
        "age": rng.choice(["a", "b", "c"], 500, p=[0.6, 0.3, 0.1]),
    }
    margins = {"sex": {"f": 0.5, "m": 0.5}, "age": {"a": 200, "b": 200, "c": 100}}
    weight = rake(traits, margins)
    assert weight.mean() == pytest.approx(1.0)
    assert weight @ (traits["sex"] == "f") / 500 == pytest.approx(0.5, abs=1e-6)
    assert [weight @ (traits["age"] == name) / 500 for name in "abc"] == pytest.approx([0.4, 0.4, 0.2], abs=1e-6)
    assert rake(traits, margins, at_most=1.5).max() < 1.7


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_any_library_is_good(world, score, frame):
    found = ScoreModel().fit(frame(world.traits), world.answer).predict(frame(world.traits))
    np.testing.assert_array_equal(found.value, score.predict(world.traits).value)


def test_one_is_scored_as_in_a_batch(score, fresh):
    every = score.predict(fresh.traits).value
    for row in (0, 17, 19_999):
        one = score.predict({name: column[row : row + 1] for name, column in fresh.traits.items()})
        assert one.value[0] == every[row]


def test_the_same_seed_gives_the_same_score(world, score):
    again = ScoreModel().fit(world.traits, world.answer)
    np.testing.assert_array_equal(again.out_of_fold_, score.out_of_fold_)


# What people hand in by mistake


def test_one_answer_for_all_teaches_nothing():
    with pytest.raises(EvidenceError, match="Everybody answered the same"):
        ScoreModel().fit({"town": ["a", "b"] * 50}, np.ones(100))


def test_one_respondent_is_too_few():
    with pytest.raises(EvidenceError, match="too few to learn from"):
        ScoreModel().fit({"town": ["a", "b"]}, [0, 1])
    with pytest.raises(EvidenceError, match="1 answers are too few"):
        ScoreModel().fit({"town": ["a", "b"] * 50}, [0, 1] * 50, unit=[1] * 100)


@pytest.mark.parametrize(
    ("y", "said"),
    [([0, 2] * 50, "neither 0 nor 1"), ([0, np.nan] * 50, "no finite number"), (["a"] * 100, "no number")],
)
def test_an_answer_is_0_or_1(y, said):
    with pytest.raises(EvidenceError, match=said):
        ScoreModel().fit({"town": ["a", "b"] * 50}, y)


@pytest.mark.parametrize("weight", [np.zeros(100), -np.ones(100)])
def test_weights_that_count_nothing_are_refused(weight):
    with pytest.raises(EvidenceError, match="weights cannot be used"):
        ScoreModel().fit({"town": ["a", "b"] * 50}, [0, 1] * 50, weight=weight)


def test_some_weights_of_zero_are_answers_that_do_not_count():
    rng = np.random.default_rng(10)
    town, answer = rng.choice(TOWNS[:3], 600), rng.random(600) < 0.4
    weight = (np.arange(600) < 300) * 1.0
    found = ScoreModel().fit({"town": town}, answer, weight=weight).predict({"town": TOWNS[:3]})
    assert np.isfinite(found.value).all()


def test_a_factor_of_50000_levels_tells_nothing_and_costs_nothing():
    rng = np.random.default_rng(11)
    ids = rng.integers(0, 50_000, 5_000)
    town = rng.choice(TOWNS[:5], 5_000)
    answer = rng.random(5_000) < np.where(town == TOWNS[0], 0.7, 0.3)
    score = ScoreModel().fit({"id": ids.astype(str), "town": town}, answer)
    assert score.predict({"id": ["x"], "town": [TOWNS[0]]}).value[0] == pytest.approx(0.7, abs=0.05)
    assert score.useful_


def test_what_is_always_blank_or_the_same_is_left_out_and_told():
    rng = np.random.default_rng(12)
    traits = {
        "town": rng.choice(TOWNS[:3], 300),
        "blank": np.full(300, np.nan),
        "same": np.ones(300),
        "one": np.full(300, "x"),
    }
    score = ScoreModel().fit(traits, rng.random(300) < 0.5)
    assert score.left_out_ == {
        "blank": "always blank",
        "same": "the same for everybody",
        "one": "the same for everybody",
    }
    with pytest.raises(EvidenceError, match="no column town"):
        score.predict({"blank": [1.0]})
    only = ScoreModel().fit({"blank": np.full(300, np.nan)}, rng.random(300) < 0.5)
    assert not only.useful_
    assert only.reasons({"blank": [np.nan]}) == [()]


def test_perfect_separation_is_not_endlessly_sure():
    town = np.repeat(TOWNS[:4], 50)
    answer = np.isin(town, TOWNS[:2])
    found = (
        ScoreModel().fit({"town": town, "same": answer * 1.0}, answer).predict({"town": TOWNS[:2], "same": [1.0, 0.0]})
    )
    assert np.isfinite(found.value).all()
    assert ((found.lower > 0) & (found.upper < 1)).all()
    assert found.value[0] > 0.9


def test_numbers_named_as_factors_have_levels():
    rng = np.random.default_rng(13)
    floor = rng.integers(0, 4, 2_000)
    answer = rng.random(2_000) < np.array([0.2, 0.7, 0.2, 0.7])[floor]
    score = ScoreModel(factors=["floor"]).fit({"floor": floor, "name": ["x"] * 2_000}, answer)
    assert score.predict({"floor": [0, 1, 2, 3], "name": [""] * 4}).value.round(1).tolist() == [0.2, 0.7, 0.2, 0.7]
    assert score.left_out_ == {"name": "texts, and not among the factors"}
    with pytest.raises(EvidenceError, match="which factors names"):
        ScoreModel(factors=["flor"]).fit({"floor": floor}, answer)


def test_it_has_the_manners_of_scikit_learn(world):
    model = ScoreModel(seed=3)
    assert model.get_params() == {"factors": None, "seed": 3}
    assert model.set_params(seed=4).seed == 4
    with pytest.raises(EvidenceError, match="no such argument"):
        model.set_params(depth=3)
    with pytest.raises(NotFittedError):
        model.predict(world.traits)


def test_cells_need_their_columns(score):
    cells = {"town": [TOWNS[0]], "trade": ["care"], "age": [50.0], "n": [-1.0]}
    with pytest.raises(EvidenceError, match="below 0"):
        score.by_area(cells, "town", "n")
    with pytest.raises(EvidenceError, match="no column people"):
        score.by_area(cells, "town", "people")


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ({"sex": {"f": 1.0}}, "no share for 'm'"),
        ({"sex": {"f": 1, "m": 1, "x": 1}}, "Nobody answered for 'x'"),
        ({"age": {"old": 1.0}}, "no column age"),
    ],
)
def test_a_margin_that_does_not_fit_is_refused(margins, said):
    with pytest.raises(EvidenceError, match=said):
        rake({"sex": ["f", "m"]}, margins)
