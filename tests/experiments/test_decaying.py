"""Each period has its own effect, what is pending is no failure, and days are counted as "within 7 days" is meant."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.experiments import compare, decay
from groundswell.vocabulary import EvidenceError


class Made:
    """Thirty in a hundred act within four weeks; a letter brings ten more, all on the third day."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self.arm = rng.choice(["nothing", "letter", "call"], 12_000)
        self.day = np.where(rng.random(12_000) < 0.3, rng.integers(0, 29, 12_000), np.nan)
        self.day[(self.arm == "letter") & np.isnan(self.day) & (rng.random(12_000) < 0.1)] = 3


@pytest.fixture(scope="module")
def made():
    return Made()


def test_the_effect_stands_in_the_period_in_which_it_came(made):
    found = decay(made.arm, made.day, edges=[7, 14, 28])
    first, *later = found.period["letter"]
    assert first.lower < 0.07 < first.upper
    assert first.lower > 0
    assert all(one.lower < 0 < one.upper for one in (*later, *found.period["call"]))
    assert found.edges == (7.0, 14.0, 28.0)
    assert found.alpha == pytest.approx(0.05 / 6)


def test_until_the_last_edge_it_is_the_comparison_of_those_who_acted(made):
    found = decay(made.arm, made.day, edges=[7, 28]).cumulative
    whole = compare(made.arm, made.day <= 28, comparisons=4)
    for name in ("letter", "call"):
        assert found[name][1] == pytest.approx(whole[name].estimate)


def test_periods_add_up_to_what_came_until_then(made):
    found = decay(made.arm, made.day, edges=[0.5, 7, 14, 28])
    for name in ("letter", "call"):
        sums = np.cumsum([one.value for one in found.period[name]])
        assert [one.value for one in found.cumulative[name]] == pytest.approx(sums.tolist())


def test_the_seventh_day_is_within_seven_days_and_the_day_itself_too():
    arm = ["letter", "nothing"] * 50
    day = np.array([7.0, np.nan] * 20 + [0.0, np.nan] * 20 + [8.0, np.nan] * 10)
    found = decay(arm, day, edges=[7, 14])
    assert [one.value for one in found.period["letter"]] == pytest.approx([0.8, 0.2])
    assert decay(arm, day, edges=[0, 7, 14]) == decay(arm, day, edges=[-0.5, 7, 14]) == found


def test_what_only_comes_sooner_goes_back_to_nothing():
    rng = np.random.default_rng(3)
    arm = rng.choice(["nothing", "letter"], 20_000)
    day = np.where(rng.random(20_000) < 0.4, rng.integers(0, 20, 20_000), np.nan)
    day = np.where(arm == "letter", np.floor(day / 2), day)
    found = decay(arm, day, edges=[9, 20])
    assert found.period["letter"][0].lower > 0 > found.period["letter"][1].upper
    assert found.cumulative["letter"][1].lower < 0 < found.cumulative["letter"][1].upper


def test_a_row_that_was_not_observed_to_the_end_is_pending_and_no_failure(made):
    seen = np.where(np.arange(12_000) % 2 == 0, 28.0, 10.0)
    day = np.where(made.day > seen, np.nan, made.day)
    found = decay(made.arm, day, edges=[7, 28], seen=seen)
    half = np.arange(12_000) % 2 == 0
    only = decay(made.arm[half], day[half], edges=[7, 28])
    assert found.period["letter"][1] == only.period["letter"][1]
    assert found.people["letter"][0] == int((made.arm != "call").sum())
    assert found.pending["letter"] == (0, int(((made.arm != "call") & ~half).sum()))


def test_intervals_go_by_unit_and_by_propensity(made):
    home = np.arange(12_000) // 2
    arm = made.arm[::2][home]
    wide = decay(np.repeat(arm[::2], 4), np.repeat(made.day[::2], 4), edges=[28], unit=np.repeat(np.arange(6_000), 4))
    same = decay(arm[::2], made.day[::2], edges=[28])
    assert wide.period["call"][0] == pytest.approx(same.period["call"][0])
    weighted = decay(arm, made.day, edges=[28], unit=home, propensity=np.full(12_000, 1 / 3))
    assert weighted.period["call"][0] == pytest.approx(decay(arm, made.day, edges=[28], unit=home).period["call"][0])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"edges": []}, "do not increase"),
        ({"edges": [0]}, "do not increase"),
        ({"edges": [7, 7]}, "do not increase"),
        ({"edges": [7, np.inf]}, "do not increase"),
        ({"day": [-1.0, 2.0] * 20}, "before the decision"),
        ({"day": [np.inf, 2.0] * 20}, "no finite number"),
        ({"day": [1.0]}, "another number of rows"),
        ({"seen": np.full(40, 0.5)}, "after what was observed"),
        ({"seen": np.full(40, 5.0), "edges": [4, 7]}, "was observed for 7 days"),
        ({"seen": np.full(40, np.nan)}, "no finite number"),
        ({"unit": ["a"] * 40}, "A unit is in two arms"),
        ({"propensity": np.zeros(40)}, "not above 0"),
        ({"arm": ["letter"] * 40}, "no rows of 'nothing'"),
        ({"arm": [], "day": []}, "no rows of 'nothing'"),
        ({"alpha": 0.0}, "no probability"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed, words):
    told = {"arm": ["letter", "nothing"] * 20, "day": [1.0, np.nan, 2.0, 3.0] * 10, "edges": [7]} | changed
    with pytest.raises(EvidenceError, match=words):
        decay(told.pop("arm"), told.pop("day"), **told)
