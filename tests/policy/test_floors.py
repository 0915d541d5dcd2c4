"""A floor is met even where it costs, by those for whom it costs least, and never by harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.policy import (
    REASONS,
    Batch,
    Limit,
    Trials,
    decide,
    margin,
    plan_round,
    read_policy,
    value_curve,
    write_policy,
)
from groundswell.uplift.guard import Scope
from groundswell.vocabulary import SettingsError

DAY = date(2026, 11, 21)
FLOOR = REASONS.index("floor")
BY_FLOOR = {FLOOR, REASONS.index("floor-repaired")}


def in_the_north(world) -> np.ndarray:
    """Every third unit."""
    return np.arange(len(world.batch.unit_ids)) % 3 == 0


def with_north(world, least: float, budget: float = np.inf):
    """The village with a floor under contacts in the north."""
    batch = world.batch
    use = np.concatenate(
        [batch.use, np.where(in_the_north(world)[:, None], 1.0, 0.0)[:, :, None] * np.ones((1, batch.use.shape[1], 1))],
        axis=2,
    )
    asked = Batch(batch.unit_ids, batch.cluster_ids, batch.unit, batch.traits, batch.is_open, use)
    limits = [Limit("budget", "money", budget), Limit("north", "contacts", np.inf, at_least=least)]
    draft = replace(world.draft(explore=0.05), limits=("budget", "north"))
    draft = draft.with_prices(replace(draft.prices, prices=np.zeros(2)))
    return asked, draft, limits


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(least=st.integers(1, 500), budget=st.sampled_from([600.0, 900.0, 10_000.0]))
def test_a_floor_is_met_and_no_limit_overrun(world, least, budget):
    batch, draft, limits = with_north(world, least, budget)
    plan = plan_round(batch, draft, limits, DAY)
    contacted = (plan.option > 0) & in_the_north(world)
    assert contacted.sum() == plan.used["north"] >= least
    assert plan.used["budget"] <= budget


def test_a_floor_that_nobody_is_proven_for_is_met_with_no_more_than_it_asks_for(world):
    """Nothing is proven: the plan would be silent, but for the floor."""
    batch, draft, limits = with_north(world, 150)
    nobody = np.full_like(draft.models.level, Scope.NOBODY)
    draft = replace(draft, models=replace(draft.models, level=nobody))
    plan = plan_round(batch, draft, limits, DAY)
    by_chance = np.isin(plan.reason, [REASONS.index("explored"), REASONS.index("holdout")])
    sent = (plan.option > 0) & ~by_chance
    assert plan.used["north"] == 150
    assert in_the_north(world)[sent].all()
    assert set(plan.reason[sent]) <= BY_FLOOR
    assert plan.expected <= 0.0
    assert plan.floors["north"] >= 0.0


def test_nobody_is_sent_for_a_floor_what_is_proven_to_harm(world):
    batch, draft, limits = with_north(world, 50)
    models = draft.models
    nobody = np.full_like(models.level, Scope.NOBODY)
    harmful = np.full_like(models.harmful, Scope.NOBODY)
    harmful[0] = Scope.EVERYBODY
    draft = replace(draft, explore=0.0, models=replace(models, level=nobody, harmful=harmful))
    plan = plan_round(batch, draft, limits, DAY)
    assert plan.used["north"] == 50
    assert not (plan.option == 1 + draft.options.index(models.options[1])).any()


def test_a_floor_that_the_plan_meets_anyway_changes_nothing_and_costs_nothing(world):
    batch, draft, limits = with_north(world, 1, 900.0)
    plan = plan_round(batch, draft, limits, DAY)
    free = plan_round(batch, draft, [limits[0], replace(limits[1], at_least=0.0)], DAY)
    assert (plan.option == free.option).all()
    assert plan.floors == {"north": 0.0}
    assert FLOOR not in plan.reason


def test_what_a_floor_costs_is_what_there_would_be_more_of_without_it(world):
    batch, draft, limits = with_north(world, 560, 700.0)
    draft = replace(draft, explore=0.0)
    plan = plan_round(batch, draft, limits, DAY)
    free = plan_round(batch, draft, [limits[0], replace(limits[1], at_least=0.0)], DAY)
    assert plan.policy.prices.prices[1] < 0
    told = np.isin(plan.reason, list(BY_FLOOR))
    assert told.any()
    # Whoever is told so would really get something else; a tie or the hard count may differ for one or two.
    assert (plan.option[told] == free.option[told]).sum() <= 2
    assert (plan.option[~told & (plan.option > 0)] != free.option[~told & (plan.option > 0)]).sum() <= 2
    assert free.used["north"] < 560 <= plan.used["north"]
    assert plan.floors["north"] == pytest.approx(free.expected - plan.expected, rel=0.05, abs=0.5)


def test_a_policy_with_a_floor_decides_alone_what_it_decides_for_all(world, tmp_path):
    batch, draft, limits = with_north(world, 500, 700.0)
    plan = plan_round(batch, draft, limits, DAY)
    write_policy(plan.policy, tmp_path / "policy.gsw")
    kept = read_policy(tmp_path / "policy.gsw")
    for place in range(0, len(batch.unit_ids), 97):
        alone = decide(batch.only(place), kept, DAY)
        assert alone.option[0] == plan.choices.option[place]
        assert alone.reason[0] == plan.choices.reason[place]
        assert (alone.propensities[0] == plan.choices.propensities[place]).all()


def test_a_floor_that_money_cannot_carry_is_refused_by_name(world):
    batch, draft, limits = with_north(world, 400, 300.0)
    with pytest.raises(
        SettingsError, match=r"No plan can keep limits\.budget \(at most 300 of money\) and limits\.north"
    ) as told:
        plan_round(batch, draft, limits, DAY, file="spring/campaign.toml")
    assert told.value.key == "limits.north.at_least"
    assert told.value.file == "spring/campaign.toml"
    assert told.value.hint


def test_a_limit_of_nothing_is_named_beside_the_floor(world):
    batch, draft, limits = with_north(world, 10, 0.0)
    with pytest.raises(SettingsError, match=r"limits\.budget \(at most 0 of money\) and limits\.north"):
        plan_round(batch, replace(draft, explore=0.0), limits, DAY)


def test_floors_go_before_exploration(world):
    """As much as could be reached without exploring is reached, and exploration is cut before anybody is drawn."""
    batch, draft, limits = with_north(world, 600, 640.0)
    plan = plan_round(batch, draft, limits, DAY)
    assert plan.used["north"] >= 600
    assert plan.policy.explore < plan.explore_asked == 0.05
    easy = plan_round(batch, draft, [limits[0], replace(limits[1], at_least=100.0)], DAY)
    assert easy.policy.explore == 0.05


def test_experiments_that_use_more_than_there_is_are_told(world):
    batch, draft, limits = with_north(world, 1)
    units, options = len(batch.unit_ids), len(draft.options)
    drawn = Trials(np.where(np.arange(units) < 50, 1, -1), np.full((units, options + 1), 1 / (options + 1)))
    with pytest.raises(SettingsError, match="The experiments of this round use more of budget than there is") as told:
        plan_round(replace(batch, trials=drawn), draft, [replace(limits[0], at_most=20.0), limits[1]], DAY)
    assert told.value.key == "limits.budget.at_most"


@pytest.mark.parametrize(("at_most", "at_least"), [(540.0, 300.0), (500.0, 500.0)])
def test_one_limit_may_have_both_ends(world, at_most, at_least):
    batch, draft = world.batch, world.draft()
    plan = plan_round(batch, draft, [Limit("budget", "money", at_most, at_least=at_least)], DAY)
    assert at_least <= plan.used["budget"] <= at_most
    taken = at_most - float(plan.offer.room[0])
    points = value_curve(plan.offer, 0, at_most=at_most, taken=taken, worth=25.0)
    assert all(point.amount >= at_least for point in points)
    assert margin(plan.offer, 0, at_most).joins.shape == (len(plan.offer.units),)


def test_a_floor_above_all_there_are_is_refused_by_name(world):
    batch, draft, limits = with_north(world, 100_000)
    with pytest.raises(SettingsError) as told:
        plan_round(batch, draft, limits, DAY)
    assert told.value.message == "No plan can keep limits.north (at least 100000 of contacts)."
