"""Areas under curves are what an integral gives, intervals cover, and the cost curve is the best there is at each price."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from groundswell.uplift import cost_curve, qini
from groundswell.vocabulary import EvidenceError


def drawn(people: int, seed: int, correlation: float = 0.0):
    """A trait from 0 to 1 in pairs; the effect of the one arm is a fifth of it, so that its AUUC is known."""
    rng = np.random.default_rng(seed)
    unit = np.arange(people) // 2
    trait = rng.random(people)
    arm = np.array(["nothing", "letter"])[rng.integers(0, 2, people // 2)][unit]
    together = (rng.random(people // 2) < correlation)[unit]
    luck = np.where(together, rng.random(people // 2)[unit], rng.random(people))
    acted = luck < 0.3 + np.where(arm == "letter", trait / 5, 0.0)
    return trait, arm, acted.astype(float), unit


# The gain of treating those above t: the integral of x/5 from t to 1, and over all shares q = 1 - t.
AUUC = 1 / 10 - 1 / 30
QINI = AUUC - 1 / 20


def test_the_area_is_that_under_the_curve():
    trait, arm, acted, unit = drawn(2_000, seed=1)
    found = qini(trait, arm, acted, propensity=np.full(2_000, 0.5), unit=unit, points=2_000)["letter"]
    assert found.auuc.value == pytest.approx(np.trapezoid(found.curve.gain, found.curve.share), abs=1e-9)
    assert found.qini.value == pytest.approx(found.auuc.value - found.curve.gain[-1] / 2)


def test_a_model_that_ranks_nobody_has_a_qini_of_nothing():
    _, arm, acted, unit = drawn(2_000, seed=2)
    found = qini(np.zeros(2_000), arm, acted, propensity=np.full(2_000, 0.5), unit=unit)["letter"]
    assert found.qini.value == pytest.approx(0.0, abs=1e-12)
    assert found.auuc.value == pytest.approx(found.curve.gain[-1] / 2)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_the_areas_cover_the_truth(correlation):
    hits = covered(correlation, 200)
    assert all(0.90 <= share <= 0.99 for share in hits), hits


@pytest.mark.truth
@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_the_areas_cover_the_truth_in_93_to_97_of_100(correlation):
    hits = covered(correlation, 2_000)
    assert all(0.93 <= share <= 0.97 for share in hits), hits


def covered(correlation: float, simulations: int) -> tuple[float, float]:
    hits = np.zeros(2)
    for seed in range(simulations):
        trait, arm, acted, unit = drawn(1_000, seed, correlation)
        found = qini(trait, arm, acted, propensity=np.full(1_000, 0.5), unit=unit, points=1)["letter"]
        hits += [
            estimate.lower <= truth <= estimate.upper for estimate, truth in ((found.auuc, AUUC), (found.qini, QINI))
        ]
    return tuple(hits / simulations)


def test_the_cost_curve_is_the_best_plan_at_every_price():
    """Eight people, two arms: no plan for the same money promises more, where the curve bends."""
    rng = np.random.default_rng(5)
    people, cost = 6, np.array([1.0, 2.5])
    effect = np.round(rng.normal(0.3, 0.5, (people, 2)), 2)
    # With a model that knows the effects and no surprise, the gain that is measured is the one that was promised.
    model = np.column_stack([np.zeros(people), effect])
    index = np.array([0, 1, 2] * 2)
    arm = np.array(["nothing", "a", "b"])[index]
    outcome = model[np.arange(people), index]
    curve = cost_curve(effect, cost, arm, outcome, propensity=np.full(people, 1 / 3), outcome_model=model, points=50)
    plans = list(product(range(3), repeat=people))
    price = np.array([0.0, *cost])
    for spend, gain in zip(curve.spend, curve.gain, strict=True):
        best = max(
            sum(model[row, option] for row, option in enumerate(plan))
            for plan in plans
            if price[list(plan)].sum() <= spend * people + 1e-9
        )
        assert gain * people >= best - 1e-9 or np.isclose(gain * people, best)
    assert curve.gain[-1] * people == pytest.approx(model.max(axis=1).sum())
    assert (np.diff(curve.gain) >= 0).all()
    assert (np.diff(curve.gain, 2) <= 1e-9).all(), "each further unit of money brings less"


def test_whom_nothing_helps_gets_nothing():
    arm = ["nothing", "a"] * 50
    curve = cost_curve(np.full((100, 1), -0.1), [1.0], arm, [0, 1] * 50, propensity=np.full(100, 0.5))
    assert curve.spend.tolist() == [0.0] * 21
    assert curve.gain.tolist() == [0.0] * 21


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"arm": ["a"] * 100}, "nothing to compare"),
        ({"effect": np.zeros((100, 2))}, "2 columns for 1 arms"),
        ({"effect": np.zeros((99, 1))}, "another number of rows"),
        ({"cost": [0.0]}, "not above 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changed, words):
    told = {"effect": np.zeros((100, 1)), "cost": [1.0], "arm": ["nothing", "a"] * 50} | changed
    with pytest.raises(EvidenceError, match=words):
        cost_curve(told["effect"], told["cost"], told["arm"], [0, 1] * 50, propensity=np.full(100, 0.5))


def test_whoever_could_not_have_got_an_arm_is_not_counted_as_a_loss():
    rng = np.random.default_rng(3)
    chances = np.where((np.arange(4_000) < 2_000)[:, None], [0.5, 0.5], [1.0, 0.0])
    arm = np.where(rng.random(4_000) < chances[:, 1], "letter", "nothing")
    acted, rank = (rng.random(4_000) < 0.3).astype(float), rng.normal(size=4_000)
    found = qini(rank, arm, acted, propensity=chances)["letter"]
    some = np.arange(4_000) < 2_000
    assert found.auuc == qini(rank[some], arm[some], acted[some], propensity=chances[some])["letter"].auuc
    assert found.auuc.lower < 0 < found.auuc.upper
    whole = cost_curve(np.abs(rank), [1.0], arm, acted, propensity=chances)
    assert abs(whole.gain[-1]) < 3 * whole.error[-1]
    apart = np.where((arm == "letter")[:, None], [0.0, 1.0], [1.0, 0.0])
    with pytest.raises(EvidenceError, match="cannot be compared"):
        qini(rank, arm, acted, propensity=apart)


def test_a_lucky_fold_does_not_turn_the_order_around():
    """Effects that say the mean of the other folds to everybody rank nobody; across folds they rank the lucky last."""
    across, within = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        fold, treated = np.arange(1_000) % 5, rng.random(1_000) < 0.5
        acted = (rng.random(1_000) < 0.3).astype(float)
        others = [fold != one for one in range(5)]
        means = [acted[one & treated].mean() - acted[one & ~treated].mean() for one in others]
        effect, arm = np.array(means)[fold], np.where(treated, "letter", "nothing")
        for found, given in ((across, None), (within, fold)):
            area = qini(effect, arm, acted, propensity=np.full(1_000, 0.5), fold=given)["letter"].qini
            found.append(area.value)
    error = np.std(within) / np.sqrt(200)
    assert abs(np.mean(within)) < 3 * error + 1e-12
    assert np.mean(across) < -5 * np.std(across) / np.sqrt(200)
    lucky = cost_curve(effect + 1, [1.0], arm, acted, propensity=np.full(1_000, 0.5), fold=fold)
    assert lucky.spend[-1] == 1.0


def null_areas(people: int, share: float, rate: float, seeds: int):
    """AUUC of an arm that does nothing, with a ranking that says nothing, seed by seed."""
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        arm = np.where(rng.random(people) < share, "letter", "nothing")
        arm[:2] = "letter", "nothing"
        acted = (rng.random(people) < rate).astype(float)
        chance = np.where(arm == "letter", share, 1 - share)
        yield qini(rng.random(people), arm, acted, propensity=chance)["letter"].auuc


@pytest.mark.parametrize(("people", "share", "rate"), [(3_000, 0.02, 0.05), (400, 0.01, 0.1), (3_000, 0.05, 0.2)])
def test_of_a_small_arm_the_area_is_not_surer_than_it_may_be(people, share, rate):
    found = list(null_areas(people, share, rate, 120))
    assert np.mean([one.lower <= 0 <= one.upper for one in found]) >= 0.90


def test_where_all_did_the_same_nobody_can_say_how_sure_an_area_or_a_price_is():
    rng = np.random.default_rng(1)
    arm = rng.choice(["nothing", "letter"], 2_000)
    found = qini(rng.random(2_000), arm, np.zeros(2_000), propensity=np.full(2_000, 0.5))["letter"]
    assert (found.auuc.lower, found.auuc.upper) == (-np.inf, np.inf)
    curve = cost_curve(rng.random(2_000), 1.0, arm, np.zeros(2_000), propensity=np.full(2_000, 0.5))
    assert curve.error[0] == 0
    assert np.isinf(curve.error[1:]).all()


@pytest.mark.parametrize(("cost", "words"), [([1.0, 2.0, 3.0], "not one cost"), ([np.inf], "finite"), (0.0, "above 0")])
def test_costs_that_are_none_are_refused_in_words(cost, words):
    arm = np.array(["nothing", "letter"] * 100)
    with pytest.raises(EvidenceError, match=words):
        cost_curve(np.ones(200), cost, arm, np.ones(200), propensity=np.full(200, 0.5))
