"""A plan keeps every limit exactly and comes close to the best there can be."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.listen import DECISIONS
from groundswell.policy import REASONS, Batch, Limit, plan_round

DAY = date(2026, 11, 21)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at_most=st.one_of(st.just(0.0), st.floats(0.05, 3_000)),
    explore=st.sampled_from([0.0, 0.05, 0.2]),
    cost=st.sampled_from([0.1, 0.6, 7.0]),
)
def test_no_limit_is_overrun_by_any_amount(world, at_most, explore, cost):
    batch = world.batch
    dear = Batch(batch.unit_ids, batch.cluster_ids, batch.unit, batch.traits, batch.is_open, batch.use * cost)
    plan = plan_round(dear, world.draft(explore=explore), [Limit("budget", "money", at_most)], DAY)
    spent = math.fsum(dear.use[place, option - 1, 0] for place, option in enumerate(plan.option) if option)
    assert spent == plan.used["budget"] <= at_most
    assert plan.settled.gap <= 0.001 or plan.settled.bound - plan.settled.value <= 25.0 * 5


def test_money_for_nobody_writes_to_nobody(world):
    plan = plan_round(world.batch, world.draft(), [Limit("budget", "money", 0.0)], DAY)
    assert not plan.option.any()
    assert plan.policy.explore == 0.0


def test_exploration_that_money_cannot_carry_is_cut_before_it_is_drawn(world):
    plan = plan_round(world.batch, world.draft(explore=0.2), [Limit("budget", "money", 150.0)], DAY)
    assert 0 < plan.policy.explore < 0.2
    assert plan.used["budget"] <= 150.0
    np.testing.assert_allclose(plan.choices.propensities.sum(axis=1), 1.0)
    assert plan.explore_asked == 0.2


def test_what_is_closed_is_drawn_by_nobody(world):
    is_open = world.batch.is_open.copy()
    is_open[::2, 0] = False
    batch = Batch(
        world.batch.unit_ids, world.batch.cluster_ids, world.batch.unit, world.batch.traits, is_open, world.batch.use
    )
    plan = plan_round(batch, world.draft(explore=0.2), world.limits(), DAY)
    assert not (plan.option[::2] == 1).any()
    assert (plan.choices.propensities[::2, 1] == 0).all()


def test_the_order_of_the_file_changes_nothing_for_anybody(world):
    here = world.evidence.units
    order = np.random.default_rng(1).permutation(here)
    place_of = np.empty(here, dtype=np.int64)
    place_of[order] = np.arange(here)
    people = np.argsort(place_of[world.batch.unit], kind="stable")
    moved = Batch(
        tuple(world.batch.unit_ids[place] for place in order),
        tuple(world.batch.cluster_ids[place] for place in order),
        place_of[world.batch.unit][people],
        world.batch.traits.take(pa.array(people)),
        world.batch.is_open[order],
        world.batch.use[order],
    )
    one = plan_round(world.batch, world.draft(), world.limits(), DAY)
    other = plan_round(moved, world.draft(), world.limits(), DAY)
    assert (one.choices.option[order] == other.choices.option).mean() > 0.999
    assert abs(one.settled.value - other.settled.value) < 1e-6 * one.settled.value


def test_decisions_keep_their_contract(world):
    plan = plan_round(world.batch, world.draft(), world.limits(), DAY)
    table = DECISIONS.check(plan.decisions(world.batch, DAY))
    assert table.num_rows == world.evidence.units
    assert len(set(table["key"].to_pylist())) == table.num_rows
    options = table.schema.field("propensities").metadata[b"options"].decode().split("\n")
    for row in table.slice(0, 50).to_pylist():
        assert row["propensities"][options.index(row["option"])] == row["propensity"]


def test_learning_has_a_price_and_it_is_told(world):
    plan = plan_round(world.batch, world.draft(), world.limits(), DAY)
    free = plan_round(world.batch, world.draft(explore=0.0, holdout=0.0), world.limits(), DAY)
    assert plan.without_learning == pytest.approx(free.expected, rel=1e-3)
    assert plan.expected < plan.without_learning
    assert REASONS.index("holdout") not in free.reason


def test_two_rounds_with_the_same_seed_are_the_same_to_the_byte(world):
    one, other = (plan_round(world.batch, world.draft(seed=4), world.limits(), DAY) for _ in range(2))
    assert (one.option == other.option).all()
    assert (one.choices.propensities == other.choices.propensities).all()
    assert one.policy.prices.prices.tobytes() == other.policy.prices.prices.tobytes()


def test_a_tie_is_never_drawn_too_rarely_to_learn_from(world):
    """Everybody alike, money for one in a thousand, nothing explored: no share between 0 and 0.01 is logged."""
    people = world.batch.traits.num_rows
    alike = world.batch.traits.take(pa.array(np.zeros(people, dtype=np.int64)))
    units = len(world.batch.unit_ids)
    batch = Batch(
        world.batch.unit_ids,
        world.batch.cluster_ids,
        np.arange(units),
        alike.slice(0, units),
        world.batch.is_open,
        world.batch.use,
    )
    for share in (0.001, 0.25, 0.999):
        plan = plan_round(batch, world.draft(explore=0.0), [Limit("budget", "money", share * units)], DAY)
        chances = plan.choices.propensities
        assert ((chances >= 0.01 * (1 - 1e-9)) | (chances == 0)).all()


def test_what_is_not_proven_is_not_expected_to_help(world):
    none = plan_round(world.batch, replace(world.draft(), models=None), world.limits(), DAY)
    assert (none.option > 0).any()
    assert none.expected == 0
