"""Questions beside messages: what an answer is worth enters the one argmax, and nothing else of a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from groundswell.policy import REASONS, Asking, Limit, count_answers, decide, plan_round, worth_of_answers
from groundswell.policy.questions import share_answering
from policy_world import World

DAY = date(2026, 11, 21)
ASKED = REASONS.index("asked")


@pytest.fixture(scope="module")
def world():
    return World(people=4_000)


@pytest.fixture(scope="module")
def priced(world):
    return plan_round(world.batch, world.draft(), world.limits(), DAY).policy


@pytest.fixture(scope="module")
def blanked(world):
    """Everybody's traits, of half of the people without their age and of others without their sex."""
    traits, lot = world.evidence.traits, np.random.default_rng(4)
    ids = [f"p{place}" for place in range(traits.num_rows)]
    for name in [column for column in traits.column_names if pa.types.is_floating(traits[column].type)][:2]:
        values = np.where(lot.random(traits.num_rows) < 0.5, np.nan, traits[name].to_numpy())
        traits = traits.set_column(traits.column_names.index(name), name, pa.array(values))
    return traits.add_column(0, "person", pa.array(ids)).add_column(1, "unit", pa.array(ids))


def columns(traits):
    return [name for name in traits.column_names[2:] if pa.types.is_floating(traits[name].type)][:2]


def reopened(world):
    return lambda traits: world.openness.batch(traits.drop_columns(["person", "unit"]))


def with_answers(world, worth, option=0):
    told = np.zeros(world.batch.is_open.shape)
    told[:, option] = worth
    return replace(world.batch, told=told)


def test_an_answer_that_is_worth_more_than_all_else_is_asked_for(world, priced):
    plain = decide(world.batch, priced, DAY)
    asked = decide(with_answers(world, 1_000.0), priced, DAY)
    free = np.isin(plain.reason, [REASONS.index(one) for one in ("chosen", "margin", "price", "no-gain", "not-proven")])
    may = free & plain.scores.harmless[:, 0]
    assert may.any()
    assert (asked.option[may] == 1).all()
    assert (asked.reason[may] == ASKED).all()
    by_chance = np.isin(plain.reason, [REASONS.index(one) for one in ("holdout", "explored")])
    assert (asked.option[by_chance] == plain.option[by_chance]).all()


def test_an_answer_that_is_worth_nothing_changes_nothing(world, priced):
    plain, asked = decide(world.batch, priced, DAY), decide(with_answers(world, 0.0), priced, DAY)
    assert (plain.propensities == asked.propensities).all()
    assert (plain.reason == asked.reason).all()


def test_nobody_is_asked_in_a_way_that_is_proven_to_push_them_away(world, priced):
    worth = np.where(world.batch.is_open[:, 0], 1_000.0, 0.0)
    found = decide(with_answers(world, worth), priced, DAY).scores
    assert not (found.asks & ~found.harmless).any()
    assert not (found.asks & ~found.open).any()


def test_one_alone_is_asked_as_in_any_batch(world, priced):
    lot = np.random.default_rng(1)
    batch = with_answers(world, lot.exponential(0.5, len(world.batch.unit_ids)))
    whole = decide(batch, priced, DAY)
    for place in lot.choice(len(batch.unit_ids), 30, replace=False).tolist():
        alone = decide(batch.only(place), priced, DAY)
        assert alone.option[0] == whole.option[place]
        assert (alone.propensities[0] == whole.propensities[place]).all()


def test_limits_hold_for_questions_and_answers_are_told_apart(world):
    lot = np.random.default_rng(2)
    batch = with_answers(world, lot.exponential(2.0, len(world.batch.unit_ids)))
    plan = plan_round(batch, world.draft(), world.limits(), DAY)
    plain = plan_round(world.batch, world.draft(), world.limits(), DAY)
    assert plan.used["budget"] <= world.limits()[0].at_most
    assert plan.reasons()["asked"] > 0
    assert plan.answers == pytest.approx(plan.choices.scores.answers(plan.option).sum())
    gains = np.column_stack([np.zeros(len(plan.option)), plan.choices.scores.gain])
    assert plan.expected == pytest.approx(gains[np.arange(len(plan.option)), plan.option].sum())
    assert plan.expected < plain.expected
    assert plan.expected + plan.answers / 25.0 > plain.expected
    assert plan.without_learning <= plain.without_learning + 1e-9


def test_a_floor_is_met_with_questions_too(world):
    lot = np.random.default_rng(2)
    batch = with_answers(world, lot.exponential(0.2, len(world.batch.unit_ids)))
    limits = [*world.limits(), Limit("reach", "contacts", np.inf, at_least=float(len(batch.unit_ids) // 5))]
    use = np.concatenate([batch.use, np.ones((*batch.is_open.shape, 1))], axis=2)
    draft = replace(world.draft(), limits=("budget", "reach"))
    plan = plan_round(replace(batch, use=use), draft, limits, DAY)
    assert plan.used["reach"] >= limits[1].at_least
    assert plan.used["budget"] <= limits[0].at_most


def test_an_answer_is_worth_what_it_would_change_one_by_one(world, priced, blanked):
    """Every answer put in by hand for one person alone, decided anew, and weighed by how likely it is."""
    [first, _] = columns(blanked)
    reopen = reopened(world)
    asking = {"letter": Asking((first,), {world.openness.options[0]: 0.4})}
    told = worth_of_answers(blanked, priced, reopen, DAY, asking)
    assert (told[:, 1:] == 0).all()
    values = blanked[first].to_numpy()
    ends = np.quantile(values[~np.isnan(values)], [0.125, 0.375, 0.625, 0.875])
    unit, now = world.batch.unit, decide(reopen(blanked), priced, DAY)
    single = np.bincount(unit, np.isnan(values), minlength=len(told)) == 1
    some = np.flatnonzero(single & (told[:, 0] > 0))[:10]
    assert len(some) == 10
    rest = 1 - priced.holdout - priced.explore
    for place in some.tolist():
        person = int(np.flatnonzero((unit == place) & np.isnan(values))[0])
        gain = 0.0
        for end in ends:
            mine = values.copy()
            mine[person] = end
            then = blanked.set_column(blanked.column_names.index(first), first, pa.array(mine))
            scores = decide(reopen(then).only(place), priced, DAY).scores
            worth = np.where(scores.usable, scores.score, -np.inf)[0]
            uniform = now.scores.open[place] / (1 + now.scores.open[place].sum())
            chances = (now.propensities[place, 1:] - priced.explore * uniform) / rest
            kept = np.where(scores.usable, scores.score, -scores.priced)[0]
            gain += (max(worth.max(), 0.0) - (np.maximum(chances, 0) * kept).sum()) / len(ends)
        assert told[place, 0] == pytest.approx(rest * 0.4 * gain)


def test_two_questions_on_one_card_are_worth_at_least_the_better_of_them(world, priced, blanked):
    """By and large: both are asked of the same people, and each answer may be another's."""
    first, second = columns(blanked)
    option = world.openness.options[0]
    alone = [
        worth_of_answers(blanked, priced, reopened(world), DAY, {"letter": Asking((name,), {option: 1.0})})[:, 0].sum()
        for name in (first, second)
    ]
    both = worth_of_answers(blanked, priced, reopened(world), DAY, {"letter": Asking((first, second), {option: 1.0})})
    assert both[:, 0].sum() > 0.9 * max(alone) > 0


def test_in_a_pilot_and_where_few_have_answered_nothing_is_foretold(world, priced, blanked):
    first, _ = columns(blanked)
    asking = {"letter": Asking((first,), {world.openness.options[0]: 1.0})}
    known = blanked[first].to_numpy().copy()
    known[np.flatnonzero(~np.isnan(known))[19:]] = np.nan
    few = blanked.set_column(blanked.column_names.index(first), first, pa.array(known))
    assert not worth_of_answers(few, priced, reopened(world), DAY, asking).any()


def test_those_who_answered_move_what_is_expected_of_answers():
    who = pa.table({"person": list("abcd"), "unit": ["h1", "h1", "h2", "h3"]})
    nan = float("nan")
    then = who.append_column("cares", pa.array([nan, 20.0, nan, nan]))
    now = who.append_column("cares", pa.array([40.0, 20.0, nan, 10.0]))
    asking = {"poll": Asking(("cares",), {})}
    done = pa.table({"unit": ["h1", "h2", "h3"], "option": ["poll/email", "poll/email", "nothing"]})
    assert count_answers(done, then, now, asking, asking) == {"poll/email": (2, 1)}
    assert share_answering(0.25, 20, 0) == pytest.approx(0.125)


def test_the_question_of_a_score_is_known_of_those_who_answered_it():
    traits = pa.table({"person": ["a", "b"], "unit": ["a", "b"], "score_levy": [0.4, 0.6]})
    assert Asking(("score_levy",), {}, frozenset({"a"})).still_asked(traits).tolist() == [False, True]
