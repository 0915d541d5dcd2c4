"""A comparison is the plain difference where the draw was plain, says how sure it is, and nothing odd passes in silence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from groundswell.experiments import compare, holm
from groundswell.stats import difference_of_rates
from groundswell.vocabulary import EvidenceError


class Town:
    """Two thousand people in a thousand homes; letters and calls drawn by home."""

    def __init__(self, seed: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.home = np.repeat(np.arange(1_000), 2)
        self.index = rng.choice(3, p=[0.5, 0.3, 0.2], size=1_000)[self.home]
        self.arm = np.array(["nothing", "call", "letter"])[self.index]
        self.before = rng.random(2_000) < 0.5
        self.acted = rng.random(2_000) < 0.2 + 0.3 * self.before + 0.1 * (self.index == 2)
        self.propensity = np.array([0.5, 0.3, 0.2])[self.index]


@pytest.fixture(scope="module")
def town():
    return Town()


def test_without_a_past_both_estimates_are_the_difference_of_rates(town):
    found = compare(town.arm, town.acted, unit=town.home, comparisons=1)
    for name in ("call", "letter"):
        both = (town.arm == name) | (town.arm == "nothing")
        places = np.unique(town.home[both], return_inverse=True)[1]
        plain = difference_of_rates(town.acted[both], town.arm[both] == name, unit=places)
        assert found[name].estimate.value == pytest.approx(plain.value, abs=1e-12)
        assert found[name].estimate == found[name].unadjusted
        # Student's t, and one unit less in each arm, make it a little wider.
        width = np.ptp(found[name].estimate[1:]) / np.ptp(plain[1:])
        assert 1.0 < width < 1.02


def test_people_on_their_own_give_welchs_t_test(town):
    one = compare(town.arm, town.acted, comparisons=1)["letter"]
    other = stats.ttest_ind(town.acted[town.arm == "letter"], town.acted[town.arm == "nothing"], equal_var=False)
    assert one.p == pytest.approx(other.pvalue, rel=1e-9)
    assert one.estimate[1:] == pytest.approx(tuple(other.confidence_interval()), rel=1e-9)


def test_propensities_that_are_the_same_for_all_of_an_arm_change_nothing(town):
    plain = compare(town.arm, town.acted, unit=town.home)["letter"]
    for told in (
        town.propensity,
        {"nothing": 0.5, "call": 0.3, "letter": 0.2},
        np.tile([0.5, 0.3, 0.2], (2_000, 1)),
        pd.DataFrame(np.tile([0.1, 0.2, 0.4, 0.3], (2_000, 1)), columns=["flyer", "letter", "nothing", "call"]),
        pl.DataFrame(np.tile([0.2, 0.5, 0.3], (2_000, 1)), schema=["letter", "nothing", "call"]),
    ):
        one = compare(town.arm, town.acted, unit=town.home, propensity=told)["letter"]
        assert one.estimate == pytest.approx(plain.estimate)


def test_uneven_propensities_put_right_what_plain_means_get_wrong():
    rng = np.random.default_rng(3)
    keen = rng.random(20_000) < 0.5
    chance = np.where(keen, 0.8, 0.2)
    told = rng.random(20_000) < chance
    acted = rng.random(20_000) < 0.2 + 0.4 * keen
    arm = np.where(told, "letter", "nothing")
    assert compare(arm, acted)["letter"].estimate.lower > 0.2
    one = compare(arm, acted, propensity=np.where(told, chance, 1 - chance))["letter"]
    assert one.estimate.lower < 0 < one.estimate.upper


def test_rows_in_any_order_and_in_any_library_say_the_same(town):
    order = np.random.default_rng(0).permutation(2_000)
    told = {"unit": town.home, "past": town.before, "propensity": town.propensity}
    plain = compare(town.arm, town.acted, planned=1_000, **told)
    shuffled = compare(town.arm[order], town.acted[order], planned=1_000, **{k: v[order] for k, v in told.items()})
    lists = compare(
        pl.Series(town.arm),
        pd.Series(town.acted),
        unit=pd.Series([f"h{home}" for home in town.home]),
        past=pd.DataFrame({"before": town.before}),
        propensity=town.propensity.tolist(),
        planned=1_000,
    )
    for one, *others in zip(plain, shuffled, lists, strict=True):
        for other in others:
            assert other.estimate == pytest.approx(one.estimate, rel=1e-9)
            assert other.always_valid == pytest.approx(one.always_valid, rel=1e-9)
            assert (other.arm, other.units, other.people) == (one.arm, one.units, one.people)


def test_the_past_narrows_and_moves_little(town):
    one = compare(town.arm, town.acted, unit=town.home, past=town.before)
    assert 0.05 < one.explained < 0.15
    letter = one["letter"]
    assert np.ptp(letter.estimate[1:]) < np.ptp(letter.unadjusted[1:])
    assert abs(letter.estimate.value - letter.unadjusted.value) < 0.02


def test_a_family_of_comparisons_has_wider_intervals_and_holms_p(town):
    alone = compare(town.arm, town.acted, unit=town.home, comparisons=1)
    family = compare(town.arm, town.acted, unit=town.home)
    many = compare(town.arm, town.acted, unit=town.home, comparisons=20)
    assert family.alpha == 0.025
    assert [round(np.ptp(each["letter"].estimate[1:]), 9) for each in (alone, family, many)] == sorted(
        round(np.ptp(each["letter"].estimate[1:]), 9) for each in (alone, family, many)
    )
    assert [one.p_adjusted for one in family] == holm([one.p for one in family]).tolist()
    assert many["letter"].p_adjusted == min(1.0, 20 * many["letter"].p)


def test_an_always_valid_interval_is_wider_and_only_there_when_it_was_planned(town):
    found = compare(town.arm, town.acted, unit=town.home, planned=1_000)
    assert all(
        one.always_valid.lower < one.estimate.lower < one.estimate.upper < one.always_valid.upper for one in found
    )
    assert compare(town.arm, town.acted)["letter"].always_valid is None


def test_what_was_counted_is_told(town):
    found = compare(town.arm, town.acted, unit=town.home)
    assert sum(found.counts.values()) == 1_000
    assert found["letter"].units == found.counts["letter"] == len(set(town.home[town.arm == "letter"].tolist()))
    assert found["letter"].people == int((town.arm == "letter").sum())
    assert [one.arm for one in found] == ["call", "letter"]
    assert len(found) == 2
    with pytest.raises(KeyError):
        found["flyer"]


def test_amounts_are_compared_as_amounts():
    rng = np.random.default_rng(1)
    arm = rng.choice(["nothing", "letter"], 4_000)
    given = rng.exponential(20.0, 4_000) + 5.0 * (arm == "letter")
    one = compare(arm, given)["letter"]
    assert one.estimate.lower < 5.0 < one.estimate.upper
    assert one.estimate.lower > 2.0


# Few, and alike


def test_an_arm_of_one_unit_says_nothing_and_one_of_two_or_three_hardly_anything():
    rng = np.random.default_rng(5)
    others = rng.random(300) < 0.3
    for count in (1, 2, 3):
        one = compare(["letter"] * count + ["nothing"] * 300, [1] * count + others.tolist(), comparisons=1)["letter"]
        assert one.estimate.upper - one.estimate.lower > 1.0
        assert one.p > 0.05
    alone = compare(["letter"] + ["nothing"] * 300, [1, *others.tolist()], planned=400)["letter"]
    assert alone.estimate[1:] == (-math.inf, math.inf)
    assert alone.always_valid[1:] == (-math.inf, math.inf)
    assert alone.p == alone.p_adjusted == 1.0


def test_two_rows_of_one_household_are_one_unit():
    one = compare(["letter"] * 2 + ["nothing"] * 50, [1, 0] + [0, 1] * 25, unit=[0, 0, *range(1, 51)])["letter"]
    assert one.units == 1
    assert one.estimate.upper == math.inf


def test_where_everybody_did_the_same_nothing_can_be_said_yet():
    for value in (0, 1, 17.3):
        one = compare(["letter", "nothing"] * 200, [value] * 400, unit=np.arange(400) // 2 * 2 + np.arange(400) % 2)
        assert one["letter"].estimate == (0.0, -math.inf, math.inf)
        assert one["letter"].p == 1.0


def test_a_small_arm_in_which_nobody_acted_is_not_called_certain():
    acted = np.concatenate([np.zeros(40), np.random.default_rng(1).random(2_000) < 0.08])
    one = compare(["letter"] * 40 + ["nothing"] * 2_000, acted)["letter"]
    assert one.estimate.upper > 0  # 0 of 40 happens in 4 of 100 where 8 of 100 act
    assert one.p > 0.05


def test_what_is_the_same_for_all_and_what_is_blank_does_no_harm(town):
    blank = np.where(np.arange(2_000) % 7 == 0, np.nan, town.before)
    past = np.column_stack([blank, np.ones(2_000), blank, np.full(2_000, np.nan)])
    one = compare(town.arm, town.acted, unit=town.home, past=past)
    other = compare(town.arm, town.acted, unit=town.home, past=blank)
    assert one["letter"].estimate == pytest.approx(other["letter"].estimate, rel=1e-6)
    assert compare(town.arm, town.acted, unit=town.home, past=np.ones(2_000)).explained == 0.0


# Rounds


def rounds(seed: int = 4) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    wave = np.repeat([1, 2], 2_000)
    chance = np.where(wave == 1, 0.2, 0.8)
    told = rng.random(4_000) < chance
    return {
        "arm": np.where(told, "letter", "nothing"),
        "acted": rng.random(4_000) < np.where(wave == 1, 0.1, 0.5),
        "wave": wave,
        "propensity": np.where(told, chance, 1 - chance),
        "unit": np.tile(np.arange(2_000), 2),
    }


def test_a_season_is_not_taken_for_an_effect():
    made = rounds()
    assert compare(made["arm"], made["acted"])["letter"].estimate.lower > 0.15
    one = compare(made["arm"], made["acted"], wave=made["wave"], propensity=made["propensity"], unit=made["unit"])[
        "letter"
    ]
    assert one.estimate.lower < 0 < one.estimate.upper


def test_a_unit_may_have_another_arm_in_each_round_but_not_in_one():
    made = rounds()
    with pytest.raises(EvidenceError, match="A unit is in two arms"):
        compare(made["arm"], made["acted"], unit=made["unit"])
    found = compare(made["arm"], made["acted"], unit=made["unit"], wave=made["wave"], propensity=made["propensity"])
    assert sum(found.counts.values()) == 4_000
    with pytest.raises(EvidenceError, match="without the propensities"):
        compare(made["arm"], made["acted"], wave=made["wave"])


def test_one_round_is_the_same_as_none():
    made = rounds()
    first = made["wave"] == 1
    arm, acted, chance = made["arm"][first], made["acted"][first], made["propensity"][first]
    one = compare(arm, acted, propensity=chance, wave=np.ones(first.sum(), dtype=int))["letter"]
    assert one.estimate == pytest.approx(compare(arm, acted, propensity=chance)["letter"].estimate)


def test_an_arm_that_was_closed_in_a_round_is_compared_in_the_others():
    rng = np.random.default_rng(6)
    wave = np.repeat([0, 1], 3_000)
    every = np.where(wave[:, None] == 0, [0.5, 0.0, 0.5], [0.4, 0.3, 0.3])
    index = (rng.random(6_000)[:, None] > every.cumsum(axis=1)).sum(axis=1)
    acted = rng.random(6_000) < np.where(wave == 0, 0.1, 0.5)
    arm = np.array(["nothing", "door", "post"])[index]
    for told in (every, every[np.arange(6_000), index]):
        found = compare(arm, acted, propensity=told, wave=wave)
        assert all(one.estimate.lower < 0 < one.estimate.upper for one in found)
        assert found["door"].people == int((index == 1).sum())


def test_arms_that_were_never_open_together_are_refused():
    arm, wave = ["letter"] * 5 + ["nothing"] * 5 + ["door"] * 5, [0] * 5 + [1] * 10
    with pytest.raises(EvidenceError, match="Nobody could have been drawn for either"):
        compare(arm, [0, 1, 0, 1, 0] * 3, wave=wave, propensity=np.full(15, 0.5))


# What cannot be


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"propensity": np.zeros(200)}, "not above 0"),
        ({"propensity": np.full(200, 1.5)}, "not above 0"),
        ({"propensity": np.full(200, np.nan)}, "no finite number in 200 rows"),
        ({"propensity": np.full(199, 0.5)}, "another number of rows"),
        ({"propensity": np.tile([0.5, 0.6], (200, 1))}, "do not sum to 1"),
        ({"propensity": np.tile([1.0, 0.0], (200, 1))}, "not above 0"),
        ({"propensity": np.full((200, 3), 1 / 3)}, "3 columns for 2 arms"),
        ({"propensity": {"letter": 0.5}}, "no propensity for 'nothing'"),
        ({"outcome": np.full(200, np.inf)}, "no finite number in 200 rows"),
        ({"outcome": [np.nan, *[0] * 199]}, "no finite number in 1 rows"),
        ({"outcome": ["yes"] * 200}, "no number"),
        ({"outcome": [0, 1]}, "another number of rows"),
        ({"outcome": np.zeros((200, 2))}, "one column"),
        ({"arm": [], "outcome": []}, "no rows of 'nothing'"),
        ({"arm": ["letter"] * 200}, "no rows of 'nothing'"),
        ({"arm": ["nothing"] * 200}, "nothing to compare"),
        ({"arm": [None, *["letter"] * 199]}, "missing in 1 rows"),
        ({"unit": ["a"] * 200}, "A unit is in two arms"),
        ({"unit": ["a"] * 199}, "another number of rows"),
        ({"past": np.zeros(199)}, "another number of rows"),
        ({"past": np.full(200, np.inf)}, "infinite"),
        ({"past": ["old"] * 200}, "no number"),
        ({"past": np.random.default_rng(0).normal(size=(200, 99))}, "99 columns for 200 units"),
        ({"alpha": 0.0}, "no probability"),
        ({"alpha": 5.0}, "no probability"),
        ({"comparisons": 0}, "below 1"),
        ({"planned": 0}, "below 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed, words):
    told = {"arm": ["letter", "nothing"] * 100, "outcome": [0, 1, 1, 0] * 50} | changed
    arm, outcome = told.pop("arm"), told.pop("outcome")
    with pytest.raises(EvidenceError, match=words):
        compare(arm, outcome, **told)


def test_a_refusal_names_the_unit_and_its_arms():
    with pytest.raises(EvidenceError) as refused:
        compare(["letter", "nothing", "letter", "nothing"], [0, 1, 1, 0], unit=["h1", "h2", "h3", "h3"])
    assert refused.value.key == "h3"
    assert "'letter'" in refused.value.found
    assert "'nothing'" in refused.value.found
