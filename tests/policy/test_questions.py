"""Questions beside messages: what an answer is worth enters the one argmax, and nothing else of a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from groundswell.policy import REASONS, Asking, Limit, count_answers, decide, plan_round, worth_of_answers
from groundswell.policy.donors import donors
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
    by_chance = np.isin(plan.reason, [REASONS.index(one) for one in ("explored", "holdout")])
    assert (plan.asked == (~by_chance & (plan.choices.scores.answers(plan.option) > 0))).all()
    assert plan.answers == pytest.approx(plan.choices.scores.answers(plan.option)[plan.asked].sum())
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
    """Every answer put in by hand for one person alone, and decided anew: the best of each, less the best for all."""
    [first, _] = columns(blanked)
    reopen, known = reopened(world), blanked[columns(blanked)[0]].to_numpy()
    asking = {"letter": Asking((first,), {world.openness.options[0]: 0.4})}
    told = worth_of_answers(blanked, priced, reopen, DAY, asking)
    assert (told[:, 1:] == 0).all()
    whose = donors(blanked, (first,), np.isnan(known)[:, None], 16)
    unit, now = world.batch.unit, decide(reopen(blanked), priced, DAY).scores
    single = np.bincount(unit, np.isnan(known), minlength=len(told)) == 1
    some = np.flatnonzero(single & (told[:, 0] > 0))[:10]
    assert len(some) == 10
    rest = (1 - priced.holdout - priced.explore) * priced.models.freshness.once.value
    for place in some.tolist():
        person = int(np.flatnonzero((unit == place) & np.isnan(known))[0])
        best, each = [], []
        for donor in whose[person].tolist():
            mine = known.copy()
            mine[person] = known[donor]
            then = blanked.set_column(blanked.column_names.index(first), first, pa.array(mine))
            scores = decide(reopen(then).only(place), priced, DAY).scores
            best.append(max(np.where(scores.usable, scores.score, -np.inf).max(), 0.0))
            each.append(np.where(scores.usable, scores.worth, 0.0)[0] - scores.priced[0])
        unasked = np.where(now.usable[place], np.mean(each, axis=0), -np.inf).max()
        assert told[place, 0] == pytest.approx(rest * 0.4 * (np.mean(best) - max(unasked, 0.0)))


def test_nobody_is_thought_to_answer_what_people_like_them_never_do():
    """Where age tells who owns a home, the young may only give the answers of the young; where nothing tells it, all may."""
    lot, n = np.random.default_rng(0), 3_000
    age, luck = lot.uniform(20, 80, n), lot.random(n)
    owns = (age > 50).astype(float)
    asked = lot.random(n) < 0.5
    people = pa.table(
        {
            "person": [str(one) for one in range(n)],
            "age": age,
            "owns": np.where(asked, np.nan, owns),
            "lucky": np.where(asked, np.nan, (luck < 0.3).astype(float)),
        }
    )
    alone = donors(people, ("owns",), asked[:, None], 16)
    young, old = (owns[alone[asked & group]].mean() for group in (age < 45, age > 55))
    assert young < 0.05
    assert old > 0.95
    both = donors(people, ("owns", "lucky"), np.column_stack([asked, asked]), 16)
    assert abs((luck < 0.3)[both[asked]].mean() - 0.3) < 0.04
    assert (both[~asked] == np.arange(n)[~asked, None]).all()


def test_those_of_one_home_answer_apart():
    n = 2_000
    lot = np.random.default_rng(1)
    owns = np.where(lot.random(n) < 0.5, np.nan, (lot.random(n) < 0.5).astype(float))
    people = pa.table(
        {"person": [str(one) for one in range(n)], "age": np.repeat(lot.uniform(20, 80, n // 2), 2), "owns": owns}
    )
    whose = owns[donors(people, ("owns",), np.isnan(owns)[:, None], 16)]
    pairs = [place for place in range(0, n, 2) if np.isnan(owns[place]) and np.isnan(owns[place + 1])]
    one, other = whose[pairs].ravel(), whose[[place + 1 for place in pairs]].ravel()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


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


def test_whoever_answered_before_they_were_asked_has_not_answered_the_question():
    who = pa.table({"person": list("abcde"), "unit": ["h1", "h1", "h2", "h3", "h4"]})
    nan = float("nan")
    then = who.append_column("cares", pa.array([nan, 20.0, nan, nan, nan]))
    then = then.append_column("dares", pa.array([nan, 20.0, 50.0, nan, nan]))
    now = who.append_column("cares", pa.array([40.0, 20.0, nan, 10.0, nan]))
    now = now.append_column("dares", pa.array([nan, 20.0, 50.0, nan, nan]))
    asking = {"poll": Asking(("cares", "dares"), {})}
    done = pa.table({"unit": ["h1", "h2", "h3", "h4"], "option": ["poll/email", "poll/email", "nothing", "poll/phone"]})
    came = count_answers(done, then, now, asking)
    assert came.asked == {"poll/email": 2, "poll/phone": 1}
    assert +came.answered == {"poll/email": 1}
    assert came.vain == {"h2", "h4"}
    assert share_answering(0.25, 20, 0) == pytest.approx(0.125)


def test_whoever_was_asked_in_vain_is_less_likely_to_be_asked_again(world, priced, blanked):
    first, _ = columns(blanked)
    asking = {"letter": Asking((first,), {world.openness.options[0]: 1.0})}
    fresh = worth_of_answers(blanked, priced, reopened(world), DAY, asking)
    vain = worth_of_answers(blanked, priced, reopened(world), DAY, asking, np.full(len(fresh), 2.0))
    assert (vain[fresh[:, 0] > 0, 0] == fresh[fresh[:, 0] > 0, 0] / 2).all()


def test_what_nobody_had_declared_then_was_not_asked_then():
    who = pa.table({"person": ["a"], "unit": ["a"]})
    now = who.append_column("garden", pa.array([1.0]))
    done = pa.table({"unit": ["a"], "option": ["poll/email"]})
    assert not count_answers(done, who, now, {"poll": Asking(("garden",), {})}).asked
