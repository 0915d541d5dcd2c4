"""A pilot: chance decides, relevance only weights it, the money is bounded, and what it can see is told before."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundswell.messages.files import parse_message
from groundswell.policy import (
    REASONS,
    Batch,
    LearningSpec,
    Limit,
    Pilot,
    Policy,
    decide,
    draft_policy,
    plan_round,
    read_policy,
    write_policy,
)
from groundswell.policy.pilot import LEAST_PROPENSITY, chances, overrun
from groundswell.stats import z_value

DAY = date(2026, 11, 21)
ENDLESS = Limit("money", "money", 1e12)
PILOT = REASONS.index("pilot")


def batch(
    units: int = 400,
    options: int = 3,
    *,
    use: NDArray[np.float64] | None = None,
    is_open: NDArray[np.bool_] | None = None,
    interest: NDArray[np.float64] | None = None,
    size: NDArray[np.int64] | None = None,
) -> Batch:
    """Units of one person each, unless ``size`` says otherwise; every option open and free."""
    ids = tuple(f"u{place}" for place in range(units))
    unit = np.repeat(np.arange(units), 1 if size is None else size)
    return Batch(
        ids,
        ids,
        unit,
        pa.table({"age": np.zeros(len(unit))}),
        np.ones((units, options), dtype=bool) if is_open is None else is_open,
        np.zeros((units, options, 1)) if use is None else use,
        interest,
    )


def draft(options: int = 3, limits: tuple[Limit, ...] = (ENDLESS,), *, seed: int = 0, **learning: float) -> Policy:
    names = [f"m{place}" for place in range(options)]
    return draft_policy(
        campaign="spring",
        settings="",
        round_number=1,
        seed=seed,
        options=[f"{name}/post" for name in names],
        messages={name: parse_message("# post\nDear all", Path(f"{name}.md")) for name in names},
        worth=25.0,
        limits=limits,
        models=None,
        learning=LearningSpec(**learning),
    )


def planned(world: Batch, *limits: Limit, seed: int = 0, rate: float | None = None, **learning: float):
    limits = limits or (ENDLESS,)
    policy = draft(world.is_open.shape[1], limits, seed=seed, **learning)
    return plan_round(world, policy, limits, DAY, rate=rate)


def spent(plan, world: Batch, limit: int = 0) -> float:
    """What a plan uses, added up in another way."""
    return math.fsum(world.use[unit, option - 1, limit] for unit, option in enumerate(plan.option) if option)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Batch, tuple[Limit, ...], float, float, int]:
    units, options, limits = draw(st.integers(1, 120)), draw(st.integers(1, 13)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    costs = draw(
        st.lists(
            st.one_of(st.just(0.0), st.floats(1e-6, 1e-2), st.floats(0.01, 10), st.floats(10, 1e7)),
            min_size=options * limits,
            max_size=options * limits,
        )
    )
    sendings = rng.integers(1, draw(st.sampled_from([2, 5])), (units, options, 1))
    use = sendings * np.array(costs).reshape(1, options, limits)
    room = draw(
        st.lists(
            st.one_of(st.just(0.0), st.floats(1e-3, 1.0), st.floats(1.0, 1e3), st.floats(1e3, 1e9)),
            min_size=limits,
            max_size=limits,
        )
    )
    kinds = draw(st.lists(st.sampled_from(["money", "hours"]), min_size=limits, max_size=limits))
    scarce = tuple(Limit(f"l{place}", kind, most) for place, (kind, most) in enumerate(zip(kinds, room, strict=True)))
    is_open = rng.random((units, options)) < draw(st.sampled_from([0.0, 0.3, 0.8, 1.0]))
    # What one use alone would overrun was closed before, by a rule.
    is_open &= ~(use > np.array(room)).any(axis=2)
    interest = np.where(rng.random((units, options)) < 0.3, np.nan, rng.random((units, options)) * 100)
    world = batch(units, options, use=use, is_open=is_open, interest=interest)
    return (
        world,
        scarce,
        draw(st.sampled_from([0.05, 0.3, 1.0])),
        draw(st.sampled_from([0.0, 0.05, 0.3])),
        draw(st.integers(0, 99)),
    )


@settings(deadline=None, max_examples=120)
@given(worlds())
def test_whatever_things_cost_no_limit_is_overrun_and_every_chance_can_be_learnt_from(found):
    world, limits, money, holdout, seed = found
    plan = planned(world, *limits, seed=seed, pilot=money, holdout=holdout)
    for place, limit in enumerate(limits):
        used = spent(plan, world, place)
        assert used == plan.used[limit.name]
        assert used <= limit.at_most * (money if limit.of == "money" else 1.0)
    logged = plan.choices.propensities
    np.testing.assert_allclose(logged.sum(axis=1), 1.0)
    assert ((logged[:, 1:] >= LEAST_PROPENSITY * (1 - 1e-9)) | (logged[:, 1:] == 0)).all()
    assert (logged[:, 1:][~world.is_open] == 0).all()
    tried = np.array(plan.policy.pilot.scale) > 0
    assert (logged[:, 1:][world.is_open & tried] > 0).all()
    assert (logged[:, 1:][:, ~tried] == 0).all()
    assert (logged[:, 0] >= LEAST_PROPENSITY).all()
    given_something = plan.option > 0
    assert world.is_open[given_something, plan.option[given_something] - 1].all()
    assert not (plan.option[plan.reason == REASONS.index("holdout")] > 0).any()
    assert {power.option for power in plan.power} <= {plan.policy.options[place] for place in np.flatnonzero(tried)}


def least_need(world: Batch, limit: int) -> float:
    """What a pilot uses of a limit, with four standard deviations, that draws every open option one time in a hundred."""
    use = np.where(world.is_open, world.use[:, :, limit], 0.0)
    each = LEAST_PROPENSITY * use.sum(axis=1)
    variance = float((LEAST_PROPENSITY * use**2).sum() - (each**2).sum())
    return float(each.sum()) + 4 * math.sqrt(max(variance, 0.0))


@settings(deadline=None, max_examples=120)
@given(worlds())
def test_nothing_is_given_up_while_the_least_of_everything_fits(found):
    world, limits, money, holdout, seed = found
    plan = planned(world, *limits, seed=seed, pilot=money, holdout=holdout)
    room = [limit.at_most * (money if limit.of == "money" else 1.0) for limit in limits]
    if all(least_need(world, place) <= 0.97 * most for place, most in enumerate(room)):
        assert min(plan.policy.pilot.scale) > 0


@settings(deadline=None, max_examples=40)
@given(options=st.integers(1, 12), known=st.floats(0, 1), seed=st.integers(0, 99))
def test_at_least_two_fifths_of_those_not_held_out_are_drawn_for_nothing(options, known, seed):
    rng = np.random.default_rng(seed)
    interest = np.where(rng.random((50, options)) < known, rng.random((50, options)) * 100, np.nan)
    world = batch(50, options, interest=interest)
    drawn = chances(world, world.is_open, Pilot((1.0,) * options, 0.3), 0.05)
    assert (drawn[:, 0] >= 0.4 - 1e-9).all()


@pytest.mark.parametrize("options", [30, 60, 120])
def test_many_options_leave_enough_for_nothing_too(options):
    world = batch(200, options, interest=np.random.default_rng(0).random((200, options)) * 100)
    drawn = chances(world, world.is_open, Pilot((1.0,) * options, 0.3), 0.05)
    assert (drawn[:, 0] >= 0.4 - 1e-9).all()


def test_a_large_holdout_leaves_probabilities_that_are_some():
    world = batch(200, 12)
    drawn = chances(world, world.is_open, Pilot((1.0,) * 12, 0.3), 0.9)
    assert (drawn >= 0).all()


# Relevance


def test_relevance_makes_an_option_likelier_by_two_at_most():
    interest = np.array([[100.0, 0.0], [0.0, 100.0], [np.nan, np.nan], [50.0, 50.0], [80.0, np.nan]])
    world = batch(5, 2, interest=interest)
    drawn = chances(world, world.is_open, Pilot((1.0, 1.0), 0.3), 0.0)
    assert drawn[0, 1] / drawn[0, 2] == pytest.approx(2.0)
    assert drawn[1, 2] / drawn[1, 1] == pytest.approx(2.0)
    np.testing.assert_allclose(drawn[2], drawn[3])
    assert drawn[2, 1] == drawn[2, 2]
    assert 1 < drawn[4, 1] / drawn[4, 2] < 2


@settings(deadline=None, max_examples=60)
@given(
    cares=st.lists(st.one_of(st.just(np.nan), st.floats(0, 100)), min_size=4, max_size=4),
    scale=st.lists(st.floats(1e-3, 1.0), min_size=4, max_size=4),
)
def test_who_cares_more_is_never_drawn_less(cares, scale):
    world = batch(2, 4, interest=np.array([cares, [np.nan] * 4]))
    drawn = chances(world, world.is_open, Pilot((1.0,) * 4, 0.3), 0.05)[0, 1:]
    known = np.where(np.isnan(cares), 50.0, cares)
    order = np.argsort(known)
    assert (np.diff(drawn[order]) >= -1e-12).all()
    assert drawn.max() / drawn.min() <= 3 + 1e-9
    shrunk = chances(world, world.is_open, Pilot(tuple(scale), 0.3), 0.05)[0, 1:]
    assert (shrunk <= np.maximum(drawn, LEAST_PROPENSITY / 0.95) + 1e-12).all()


def test_relevance_weights_the_draw_and_not_the_batch_of_others():
    """What a unit is drawn with does not hang on who else is there."""
    rng = np.random.default_rng(1)
    interest = rng.random((50, 3)) * 100
    world = batch(50, 3, interest=interest)
    pilot = Pilot((1.0, 0.4, 0.2), 0.3)
    together = chances(world, world.is_open, pilot, 0.05)
    for place in range(50):
        alone = world.only(place)
        assert (chances(alone, alone.is_open, pilot, 0.05)[0] == together[place]).all()


# Alone, in a batch, after the disk


@pytest.fixture(scope="module")
def world() -> Batch:
    rng = np.random.default_rng(3)
    units = 900
    interest = np.where(rng.random((units, 4)) < 0.5, np.nan, rng.random((units, 4)) * 100)
    use = np.stack([np.tile([0.001, 0.1, 0.5, 0.7], (units, 1)), np.tile([0.0, 0.05, 0.0, 0.0], (units, 1))], axis=2)
    return batch(units, 4, use=use, is_open=rng.random((units, 4)) < 0.8, interest=interest)


MONEY, HOURS = Limit("money", "money", 200.0), Limit("hours", "hours", 12.0)


@pytest.fixture(scope="module")
def plan(world):
    return planned(world, MONEY, HOURS)


def test_one_visitor_of_a_pilot_gets_what_the_batch_gave(world, plan):
    together = decide(world, plan.policy, DAY)
    for place in range(0, 900, 13):
        alone = decide(world.only(place), plan.policy, DAY)
        assert (alone.option[0], alone.reason[0]) == (together.option[place], together.reason[place])
        assert alone.propensities[0].tobytes() == together.propensities[place].tobytes()


def test_a_pilot_survives_the_disk_to_the_bit(world, plan, tmp_path):
    write_policy(plan.policy, tmp_path / "policy.gsw")
    again = read_policy(tmp_path / "policy.gsw")
    assert again.pilot == plan.policy.pilot
    found = decide(world, again, DAY)
    assert (found.option == plan.choices.option).all()
    assert found.propensities.tobytes() == plan.choices.propensities.tobytes()


def test_the_order_of_the_file_changes_no_draw(world, plan):
    order = np.random.default_rng(5).permutation(900)
    moved = Batch(
        tuple(world.unit_ids[place] for place in order),
        tuple(world.cluster_ids[place] for place in order),
        np.arange(900),
        world.traits,
        world.is_open[order],
        world.use[order],
        world.interest[order],
    )
    other = planned(moved, MONEY, HOURS)
    np.testing.assert_allclose(other.policy.pilot.scale, plan.policy.pilot.scale, rtol=1e-9)
    assert (other.choices.option == plan.choices.option[order]).mean() > 0.999


def test_it_happens_as_often_as_was_logged(world, plan):
    """Over many campaigns (holdout included) every unit gets every option as often as its logged chance says."""
    tries = 2_500
    some = [0, 1, 2, 5, 10]
    few = [world.only(place) for place in some]
    counts = np.zeros((len(some), 5))
    for number in range(tries):
        policy = replace(plan.policy, campaign=f"c{number}")
        for row, one in enumerate(few):
            counts[row, decide(one, policy, DAY).option[0]] += 1
    said = plan.choices.propensities[some]
    error = np.sqrt(said * (1 - said) / tries)
    assert (np.abs(counts / tries - said) < 4.5 * error + 1e-12).all()


def test_another_seed_and_another_round_are_another_draw(world, plan):
    other = planned(world, MONEY, HOURS, seed=1)
    later = decide(world, replace(plan.policy, round=2), DAY)
    for found in (other.choices.option, later.option):
        assert 0.2 < (found != plan.choices.option).mean() < 0.8
    assert ((other.reason == REASONS.index("holdout")) == (plan.reason == REASONS.index("holdout"))).all()


# Money


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_a_pilot_spends_no_more_than_its_share_of_the_money_and_uses_what_it_may(share, world):
    rich = replace(world, use=world.use * 20)
    plan = planned(rich, MONEY, replace(HOURS, at_most=1e9), pilot=share)
    assert plan.used["money"] <= MONEY.at_most * share
    assert plan.used["money"] > 0.2 * MONEY.at_most * share


def test_the_share_of_the_money_is_not_a_share_of_the_hours(world):
    plan = planned(world, replace(MONEY, at_most=1e9), replace(HOURS, at_most=3.0), pilot=0.1)
    assert 0.3 < plan.used["hours"] <= 3.0
    assert plan.used["hours"] > 0.3 * 3.0 * 0.9


def test_without_money_nothing_that_costs_is_tried_and_what_is_free_still_is():
    use = np.tile([0.0, 0.5], (300, 1))[:, :, None]
    plan = planned(batch(300, 2, use=use, is_open=np.tile([True, False], (300, 1))), Limit("money", "money", 0.0))
    assert plan.counts()["m0/post"] > 50
    assert plan.used["money"] == 0.0


def test_an_option_too_dear_to_teach_anything_is_not_tried_and_that_is_told():
    """One in a hundred for 500 letters at 90 would be 450; there are 100."""
    use = np.tile([0.01, 90.0], (500, 1))[:, :, None]
    plan = planned(batch(500, 2, use=use), Limit("money", "money", 100.0), pilot=1.0)
    assert plan.policy.pilot.scale[1] == 0.0
    assert (plan.choices.propensities[:, 2] == 0).all()
    assert [power.option for power in plan.power] == ["m0/post"]
    assert plan.counts()["m0/post"] > 100


def test_of_two_dear_options_only_what_does_not_fit_is_given_up():
    use = np.tile([0.01, 3.0, 60.0], (500, 1))[:, :, None]
    plan = planned(batch(500, 3, use=use), Limit("money", "money", 200.0), pilot=1.0)
    assert [scale > 0 for scale in plan.policy.pilot.scale] == [True, True, False]


def test_what_costs_more_is_drawn_more_rarely_and_what_hardly_costs_keeps_its_share():
    use = np.tile([0.001, 0.1, 0.7], (2_000, 1))[:, :, None]
    plan = planned(batch(2_000, 3, use=use), Limit("money", "money", 150.0), pilot=0.3)
    cheap, middle, dear = plan.policy.pilot.scale
    assert cheap > 0.9
    assert cheap > middle > dear
    # Twice as dear is rarer by the square root of two, not by two (Neyman).
    assert middle / dear == pytest.approx(math.sqrt(7), rel=0.05)


def test_drawn_over_the_limit_by_bad_luck_the_last_are_taken_back_and_are_no_evidence():
    """Four standard deviations are kept free, so it takes a policy that was not planned for so little."""
    option = np.array([1, 2, 1, 0, 2, 1])
    use = np.ones((6, 2, 1))
    order = np.array([0.9, 0.1, 0.5, 0.0, 0.7, 0.3])
    assert overrun(option, use, np.array([3.0]), order).tolist() == [True, False, False, False, True, False]
    assert not overrun(option, use, np.array([5.0]), order).any()
    assert overrun(option, use, np.array([0.0]), order).tolist() == [True, True, True, False, True, True]


def test_what_uses_nothing_of_a_limit_is_never_taken_back_for_it():
    use = np.array([[[0.0], [1.0]]] * 4)
    lost = overrun(np.array([1, 2, 2, 1]), use, np.array([1.0]), np.array([0.9, 0.8, 0.1, 0.95]))
    assert lost.tolist() == [False, True, False, False]


def test_sums_are_exact_to_the_last_cent():
    use = np.full((3, 1, 1), 0.1)
    assert not overrun(np.ones(3, dtype=int), use, np.array([math.fsum([0.1] * 3)]), np.arange(3.0)).any()
    assert overrun(np.ones(3, dtype=int), use, np.array([0.29999]), np.arange(3.0)).tolist() == [False, False, True]


# Power


def test_power_is_told_by_the_formula_of_the_page():
    plan = planned(batch(5_000, 2), rate=0.12, holdout=0.05)
    logged = plan.choices.propensities[0]
    reach = z_value(1 - 0.01 / 4) + z_value(0.8)
    for place, power in enumerate(plan.power, start=1):
        expected = reach * math.sqrt(0.12 * 0.88 * (1 / logged[place] + 1 / logged[0]) / 5_000)
        assert power.visible == pytest.approx(expected)
        assert power.drawn == pytest.approx(5_000 * logged[place])
        assert power.people == 5_000


def test_more_people_see_smaller_effects():
    few, many = (planned(batch(units, 2), rate=0.12).power[0].visible for units in (1_000, 4_000))
    assert many == pytest.approx(few / 2)


def test_an_effect_that_is_not_known_is_foretold_for_the_worst_case():
    known, unknown = (planned(batch(1_000, 2), rate=rate).power[0].visible for rate in (0.12, None))
    assert unknown / known == pytest.approx(0.5 / math.sqrt(0.12 * 0.88))


def test_a_household_of_three_is_one_witness():
    alone = planned(batch(900, 1)).power[0]
    together = planned(batch(300, 1, size=np.full(300, 3))).power[0]
    assert together.people == alone.people == 900
    assert together.visible == pytest.approx(alone.visible * math.sqrt(3))


def test_power_speaks_of_those_to_whom_an_option_is_open():
    is_open = np.ones((1_000, 2), dtype=bool)
    is_open[250:, 1] = False
    wide, narrow = planned(batch(1_000, 2, is_open=is_open)).power
    assert (wide.people, narrow.people) == (1_000, 250)
    assert narrow.visible > 1.5 * wide.visible


def test_the_power_that_was_foretold_is_the_power_there_is():
    """An effect just as large as foretold is proven about four times in five, with everybody's outcome known."""
    from groundswell.uplift import Evidence, GuardSpec, prove

    world, rng = batch(3_000, 1), np.random.default_rng(8)
    plan = planned(world, rate=0.2)
    visible = plan.power[0].visible
    found = 0
    for number in range(200):
        drawn = decide(world, replace(plan.policy, campaign=f"c{number}"), DAY)
        arm = drawn.option
        evidence = Evidence(
            world.traits,
            ("nothing", "m0/post"),
            arm,
            (rng.random(3_000) < 0.2 + visible * arm).astype(float),
            drawn.propensities[np.arange(3_000), arm],
            np.arange(3_000),
            np.arange(3_000),
            world.unit_ids,
            chances=drawn.propensities,
        )
        residual = evidence.outcome - np.average(evidence.outcome, weights=evidence.weight)
        proofs = prove(evidence, residual, np.zeros((3_000, 1)), np.ones(3_000, dtype=bool), GuardSpec())
        found += proofs[0].proven
    assert 0.70 <= found / 200 <= 0.92


# No pilot


def test_with_a_pilot_of_zero_only_exploration_speaks_to_anybody(world):
    plan = planned(world, MONEY, HOURS, pilot=0.0, explore=0.1)
    assert plan.policy.pilot is None
    assert plan.power == ()
    assert set(plan.reason[plan.option > 0]) == {REASONS.index("explored")}
    silent = planned(world, MONEY, HOURS, pilot=0.0, explore=0.0)
    assert not silent.option.any()


def test_where_rules_close_everything_that_is_the_reason_and_not_chance():
    is_open = np.ones((200, 2), dtype=bool)
    is_open[:50] = False
    plan = planned(batch(200, 2, is_open=is_open), holdout=0.0)
    assert set(plan.reason[:50]) == {REASONS.index("closed")}
    assert set(plan.reason[50:]) == {PILOT}
    assert (plan.choices.propensities[:50, 0] == 1.0).all()


def test_a_message_that_expired_is_not_drawn():
    policy = replace(draft(2), expires=(DAY - timedelta(days=1), DAY))
    plan = plan_round(batch(300, 2), policy, (ENDLESS,), DAY)
    assert plan.counts()["m0/post"] == 0
    assert plan.counts()["m1/post"] > 50
    assert [power.option for power in plan.power] == ["m1/post"]


@example(units=1)
@given(units=st.integers(1, 3))
@settings(deadline=None, max_examples=5)
def test_a_pilot_of_one_person_is_drawn_too(units):
    plan = planned(batch(units, 2))
    assert len(plan.option) == units
    np.testing.assert_allclose(plan.choices.propensities.sum(axis=1), 1.0)
