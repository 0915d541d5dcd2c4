"""What an experiment will see: the textbook's figure where people are on their own, and less where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.experiments import plan_power
from groundswell.vocabulary import EvidenceError

HALF = {"nothing": 0.5, "letter": 0.5}
SIZES = np.repeat([1, 2, 3, 4], [35, 40, 15, 10])  # of the made-up villages, and much as in the voter mailing


def visible(**told) -> float:
    return plan_power(**({"units": 10_000, "shares": HALF} | told)).visible["letter"]


def test_nine_thousand_households_see_two_and_a_half_points_and_not_one_and_a_half():
    """Households of 1 to 4 (2 on average), halves, 30 % act anyway, correlation 0.48, 5 % two-sided, found 4 times in 5."""
    found = plan_power(units=9_000, shares=HALF, rate=0.3, size=SIZES, correlation=0.48, effect=0.015)
    assert found.visible["letter"] == pytest.approx(0.025, abs=0.0003)
    assert found.needed > 2.7 * 9_000
    assert found.design_effect == pytest.approx(1 + (4.9 / 2 - 1) * 0.48)
    assert visible(units=9_000, rate=0.3, size=SIZES) < 0.02  # what forgetting the household promises


def test_without_clusters_it_is_the_formula_of_the_textbook():
    expected = (1.959964 + 0.841621) * math.sqrt(100 * 4 / 10_000)
    assert visible(spread=10.0) == pytest.approx(expected, rel=1e-3)
    assert visible() == pytest.approx((1.959964 + 0.841621) * math.sqrt(0.25 * 4 / 10_000), rel=1e-3)


def test_sizes_that_differ_cost_more_than_their_mean():
    assert visible(size=SIZES, correlation=0.5) > visible(size=2.0, correlation=0.5)
    assert visible(size=SIZES) == pytest.approx(visible(size=2.0))


def test_a_household_all_of_one_mind_counts_as_one_person():
    assert visible(size=3.0, correlation=1.0, spread=1.0) == pytest.approx(visible(size=1.0, spread=1.0))


def test_what_the_past_explains_more_comparisons_and_more_units_work_as_they_should():
    plain = visible(spread=1.0)
    assert visible(spread=1.0, explained=0.75) == pytest.approx(plain / 2)
    assert visible(spread=1.0, comparisons=8) > plain
    assert visible(spread=1.0, units=40_000) == pytest.approx(plain / 2, rel=1e-3)
    assert visible(spread=1.0, power=0.9) > plain > visible(spread=1.0, alpha=0.1)


def test_the_units_needed_are_the_fewest_that_see_the_effect():
    told = {"shares": {"nothing": 0.6, "letter": 0.3, "door": 0.1}, "rate": 0.2, "size": SIZES, "correlation": 0.3}
    found = plan_power(units=1_000, effect=0.03, comparisons=2, **told)
    one = plan_power(units=found.needed, comparisons=2, **told).visible
    less = plan_power(units=found.needed - 1, comparisons=2, **told).visible
    assert max(one.values()) == one["door"] <= 0.03 < less["door"]
    # A loss of those who act is a gain of those who do not; from a low rate it is seen by fewer.
    loss = plan_power(units=1_000, effect=-0.03, comparisons=2, **told)
    assert loss.needed == plan_power(units=1_000, effect=0.03, comparisons=2, **told | {"rate": 0.8}).needed
    assert loss.needed < found.needed


def test_a_design_that_cannot_be_is_refused():
    for wrong in ({"units": math.nan}, {"power": 0.01}, {"rate": 0.1, "effect": -0.2}, {"rate": 0.9, "effect": 0.2}):
        with pytest.raises(EvidenceError):
            plan_power(**{"units": 1_000, "shares": HALF} | wrong)


def test_days_are_counted_for_the_units_that_it_takes():
    found = plan_power(units=1_000, shares=HALF, rate=0.3, effect=0.05, per_day=100)
    assert found.days == math.ceil(found.needed / 100)
    assert plan_power(units=1_050, shares=HALF, rate=0.3, per_day=100).days == 11
    assert plan_power(units=1_000, shares=HALF).days is None


def test_a_rare_action_takes_the_larger_variance_that_the_effect_itself_brings():
    found = visible(rate=0.001, units=2_000)
    blind = (1.96 + 0.8416) * math.sqrt(0.001 * 0.999 * 4 / 2_000)
    assert found > 1.5 * blind


def test_what_can_never_be_seen_is_infinite():
    assert visible(units=2) == math.inf
    assert visible(units=6, rate=0.9) == math.inf


def test_few_teams_see_less_than_the_normal_curve_says():
    few = visible(units=10, spread=1.0, size=50.0, correlation=0.05)
    normal = (1.959964 + 0.841621) * math.sqrt((1 + 49 * 0.05) * 4 / 500)
    assert few > 1.1 * normal


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": 0},
        {"comparisons": 0},
        {"effect": 0.0},
        {"effect": math.nan},
        {"effect": 0.1, "rate": 0.95},
        {"rate": 0.0},
        {"rate": 1.0},
        {"rate": 0.2, "spread": 1.0},
        {"spread": -1.0},
        {"size": 0.5},
        {"size": []},
        {"size": [[1.0, 2.0]]},
        {"size": [1.0, math.nan]},
        {"correlation": -0.1},
        {"correlation": 1.1},
        {"explained": 1.0},
        {"alpha": 0.0},
        {"power": 1.0},
        {"per_day": 0.0},
        {"shares": {"letter": 0.5, "door": 0.5}},
        {"shares": {"nothing": 1.0}},
        {"shares": {"nothing": 0.5, "letter": 0.6}},
    ],
)
def test_what_cannot_be_planned_with_is_refused(wrong):
    with pytest.raises(EvidenceError):
        visible(**wrong)
