"""Visitors one after the other: nothing is overspent whatever the order, and little is lost against hindsight."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.allocate import solve
from groundswell.policy import Batch, Limit, Pacer, Trials, decide, plan_round
from groundswell.policy.pacing import Pace

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def planned(world):
    """A plan for everybody, without chance."""
    return plan_round(world.batch, world.draft(explore=0.0, holdout=0.0), world.limits(), DAY)


def budget(world) -> float:
    return world.limits()[0].at_most


def orders(world, planned) -> dict[str, np.ndarray]:
    best = planned.choices.scores.worth.max(axis=1)
    chance = np.random.default_rng(5).permutation(len(best))
    return {"chance": chance, "rising": np.argsort(best, kind="stable"), "falling": np.argsort(-best, kind="stable")}


def paced(world, policy, order, amount, **words) -> tuple[Pacer, float]:
    """All visitors in an order, and the exact sum of what they used."""
    pacer = Pacer(policy, {"budget": amount}, expected=len(order), **words)
    used = []
    for place in order.tolist():
        option = int(pacer.decide(world.batch.only(place), DAY).option[0])
        used.append(world.batch.use[place, option - 1, 0] if option else 0.0)
    return pacer, math.fsum(used)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    amount=st.one_of(st.just(0.0), st.floats(0.5, 300.0)),
    factor=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
    trust=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_no_order_and_no_price_overspends(world, planned, seed, amount, factor, trust):
    prices = replace(planned.policy.prices, prices=planned.policy.prices.prices * factor)
    order = np.random.default_rng(seed).permutation(len(world.batch.unit_ids))[:400]
    pacer, used = paced(world, planned.policy.with_prices(prices), order, amount, trust=trust, remember=False)
    assert used <= amount
    assert pacer.left[0] == pytest.approx(amount - used, abs=1e-9)


def true_loss(world, planned, pacer, order, amount) -> float:
    """Against an allocation of everybody who came, whatever the pacer remembers."""
    scores = planned.choices.scores
    best = solve(scores.worth[order], world.batch.use[order], [amount], allowed=scores.usable[order])
    return 1.0 - pacer.hindsight().value / best.bound


@pytest.mark.parametrize(("factor", "trust"), [(0.1, 1.0), (0.3, 0.5), (0.0, 0.0), (1.0, 1.0), (4.0, 0.0)])
def test_whoever_came_when_nothing_was_left_counts_in_hindsight(world, planned, factor, trust):
    prices = replace(planned.policy.prices, prices=planned.policy.prices.prices * factor)
    order = orders(world, planned)["rising"]
    pacer, _ = paced(world, planned.policy.with_prices(prices), order, 100.0, trust=trust)
    assert pacer.hindsight().loss == pytest.approx(true_loss(world, planned, pacer, order, 100.0), abs=1e-5)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.integers(1, 60), limit=st.integers(1, 900))
def test_not_a_last_bit_is_overspent(world, planned, cents, limit):
    """Cents are no binary fractions: the exact sum, rounded once, is what counts."""
    batch = world.batch
    dear = Batch(batch.unit_ids, batch.cluster_ids, batch.unit, batch.traits, batch.is_open, batch.use * cents / 100)
    free = planned.policy.with_prices(replace(planned.policy.prices, prices=np.zeros(1)))
    pacer, used = Pacer(free, {"budget": limit / 100}, expected=10**9, remember=False), []
    helped = np.flatnonzero((planned.choices.scores.usable & (planned.choices.scores.worth > 0)).any(axis=1))
    for place in helped[: limit // cents + 5].tolist():
        option = int(pacer.decide(dear.only(place), DAY).option[0])
        used.append(dear.use[place, option - 1, 0] if option else 0.0)
    assert math.fsum(used) <= limit / 100


def test_who_takes_part_in_an_experiment_is_no_visitor(world, planned):
    drawn = Trials(np.array([1]), np.full((1, len(planned.policy.options) + 1), 0.25))
    with pytest.raises(ValueError, match="takes part in an experiment"):
        Pacer(planned.policy, {"budget": 0.0}, expected=5).decide(replace(world.batch.only(0), trials=drawn), DAY)


def test_trusted_prices_stay_as_they_are_even_those_of_nothing(world, planned):
    free = planned.policy.with_prices(replace(planned.policy.prices, prices=np.zeros(1)))
    pacer, _ = paced(world, free, np.arange(60), 20.0, trust=1.0)
    assert pacer.pace.prices.tolist() == [0.0]


@pytest.mark.parametrize("order", ["chance", "rising", "falling"])
def test_who_was_planned_for_may_come_in_any_order(world, planned, order):
    """At the prices of the plan nothing but the last visitor is lost."""
    pacer, used = paced(world, planned.policy, orders(world, planned)[order], budget(world), trust=1.0)
    assert used <= budget(world)
    assert 0 <= pacer.hindsight().loss < 0.002


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 2.0])
def test_prices_that_are_wrong_find_their_way(world, planned, factor):
    prices = replace(planned.policy.prices, prices=planned.policy.prices.prices * factor)
    pacer, _ = paced(
        world, planned.policy.with_prices(prices), orders(world, planned)["chance"], budget(world), remember=True
    )
    found = pacer.hindsight()
    assert 0 <= found.loss < 0.05
    assert found.value == pytest.approx(found.bound * (1 - found.loss))
    assert pacer.left[0] < 0.02 * budget(world)


def test_it_decides_as_the_policy_does_as_long_as_prices_stay(world, planned):
    alone = planned.policy.with_prices(replace(planned.policy.prices, shares=()))
    pacer = Pacer(planned.policy, {}, expected=100)
    for place in range(0, len(world.batch.unit_ids), 41):
        one = world.batch.only(place)
        mine, usual = pacer.decide(one, DAY), decide(one, alone, DAY)
        assert mine.option[0] == usual.option[0]
        assert (mine.propensities == usual.propensities).all()


def test_it_goes_on_where_another_stopped(world, planned):
    order = orders(world, planned)["chance"][:200]
    whole, _ = paced(world, planned.policy, order, 40.0)
    first = Pacer(planned.policy, {"budget": 40.0}, expected=200)
    for place in order[:90].tolist():
        first.decide(world.batch.only(place), DAY)
    second = Pacer(planned.policy, {"budget": 40.0}, expected=200, pace=Pace(*first.pace))
    for place in order[90:].tolist():
        second.decide(world.batch.only(place), DAY)
    assert second.pace.seen == whole.pace.seen
    assert second.pace.spent == whole.pace.spent
    assert (second.pace.prices == whole.pace.prices).all()


def test_what_does_not_fit_any_more_is_logged_as_closed(world):
    """Exploration included: nothing that was impossible has a chance."""
    plan = plan_round(world.batch, world.draft(explore=0.5), world.limits(), DAY)
    pacer = Pacer(plan.policy, {"budget": 0.0}, expected=100)
    for place in range(60):
        found = pacer.decide(world.batch.only(place), DAY)
        assert found.option[0] == 0
        assert found.propensities[0].tolist() == [1.0, 0.0, 0.0, 0.0][: found.propensities.shape[1]]


def test_more_visitors_than_expected_get_what_is_left(world, planned):
    pacer = Pacer(planned.policy, {"budget": 30.0}, expected=10)
    for place in range(100):
        pacer.decide(world.batch.only(place), DAY)
    assert pacer.pace.seen == 100
    assert pacer.left[0] >= 0


@pytest.mark.parametrize(
    ("limits", "words", "said"),
    [
        ({"money": 1.0}, {}, "limits names 'money'; expected limits of the policy: budget"),
        ({"budget": -1.0}, {}, r"limits\['budget'\] is -1.0; expected 0 or more"),
        ({"budget": math.nan}, {}, r"limits\['budget'\] is nan; expected 0 or more"),
        ({"budget": 1.0}, {"expected": 0}, "expected is 0; expected 1 or more visitors"),
        ({"budget": 1.0}, {"trust": 2.0}, "trust is 2.0; expected 0"),
    ],
)
def test_what_cannot_be_meant_is_told(planned, limits, words, said):
    with pytest.raises(ValueError, match=said):
        Pacer(planned.policy, limits, **{"expected": 5, **words})


def test_several_at_once_are_refused_and_nobody_has_no_hindsight(world, planned):
    pacer = Pacer(planned.policy, {"budget": 5.0}, expected=5)
    with pytest.raises(ValueError, match="nothing is remembered"):
        pacer.hindsight()
    with pytest.raises(ValueError, match=r"batch has \d+ units; expected 1"):
        pacer.decide(world.batch, DAY)


def test_two_limits_are_both_kept(world):
    batch = world.batch
    use = np.concatenate(
        [
            batch.use,
            np.where(np.arange(batch.use.shape[1]) == 0, 1.0, 0.0)[None, :, None]
            * np.ones((len(batch.unit_ids), 1, 1)),
        ],
        axis=2,
    )
    asked = Batch(batch.unit_ids, batch.cluster_ids, batch.unit, batch.traits, batch.is_open, use)
    limits = [Limit("budget", "money", 300.0), Limit("first", "contacts", 60.0)]
    draft = replace(world.draft(explore=0.0, holdout=0.0), limits=("budget", "first"))
    draft = draft.with_prices(replace(draft.prices, prices=np.zeros(2)))
    plan = plan_round(asked, draft, limits, DAY)
    pacer = Pacer(plan.policy, {"budget": 300.0, "first": 60.0}, expected=len(batch.unit_ids))
    chosen = [int(pacer.decide(asked.only(place), DAY).option[0]) for place in range(len(batch.unit_ids))]
    assert sum(option == 1 for option in chosen) <= 60
    assert sum(option > 0 for option in chosen) <= 300
    assert pacer.hindsight().loss < 0.1
