"""What to ask: what is foretold of the answers is what comes when they are given."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from groundswell.policy import decide, plan_round, questions_of, rank_questions
from policy_world import World

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world():
    return World(people=4_000)


@pytest.fixture(scope="module")
def policy(world):
    return plan_round(world.batch, world.draft(), world.limits(), DAY).policy


@pytest.fixture(scope="module")
def blanked(world):
    """Everybody's traits, of half of the people without their age."""
    traits = world.evidence.traits
    ids = [f"p{place}" for place in range(traits.num_rows)]
    lot = np.random.default_rng(4)
    age = np.where(lot.random(traits.num_rows) < 0.5, np.nan, traits["age"].to_numpy())
    traits = traits.set_column(traits.column_names.index("age"), "age", pa.array(age))
    return traits.add_column(0, "person", pa.array(ids)).add_column(1, "unit", pa.array(ids))


def reopened(world):
    return lambda traits: world.openness.batch(traits.drop_columns(["person", "unit"]))


def test_as_many_decisions_change_as_is_foretold(world, policy, blanked):
    """One by one: each is asked alone, and nobody else of their home is."""
    reopen = reopened(world)
    [found] = rank_questions(blanked, policy, reopen, DAY, names=["age"])
    [question] = questions_of(blanked, names=["age"])
    before, lot = decide(reopen(blanked), policy, DAY).propensities, np.random.default_rng(0)
    unit, change = world.batch.unit, dict(zip(found.persons, found.change.tolist(), strict=True))
    single = np.bincount(unit, question.open_to)[unit] == 1
    moved = np.array([change.get(f"p{place}", 0.0) > 0 for place in range(len(unit))])
    alone = [
        place
        for some in (moved, ~moved)
        for place in lot.choice(np.flatnonzero(question.open_to & single & some), 20, replace=False).tolist()
    ]
    known, came = blanked["age"].to_numpy(), []
    for place in alone:
        each = 0.0
        for donor in question.donors[place].tolist():
            age = known.copy()
            age[place] = known[donor]
            told = blanked.set_column(blanked.column_names.index("age"), "age", pa.array(age))
            after = decide(reopen(told).only(int(unit[place])), policy, DAY).propensities[0]
            each += np.abs(after - before[unit[place]]).sum() / (2 * question.answers)
        came.append(each)
    assert came == pytest.approx([change[f"p{place}"] for place in alone])
    assert max(came) > 0


def test_who_would_change_most_is_asked_first_and_only_who_is_not_known(world, policy, blanked):
    [found] = rank_questions(blanked, policy, reopened(world), DAY, names=["age"])
    blank = {row["person"] for row in blanked.select(["person", "age"]).to_pylist() if row["age"] != row["age"]}
    assert set(found.persons) == blank
    assert found.people == len(blank)
    assert (np.diff(found.change) <= 0).all()
    assert found.decisions == pytest.approx(found.change.sum())
    assert found.worth >= 0


def test_what_nothing_depends_on_is_not_worth_asking(world, policy, blanked):
    lot = np.random.default_rng(5)
    colour = np.where(lot.random(blanked.num_rows) < 0.5, None, lot.choice(["red", "blue"], blanked.num_rows))
    both = blanked.append_column("colour", pa.array(colour.tolist(), pa.string()))
    age, useless = rank_questions(both, policy, reopened(world), DAY, names=["colour", "age"])
    assert (age.column, useless.column) == ("age", "colour")
    assert (useless.decisions, useless.worth) == (0, 0)


def test_of_whom_all_is_known_nothing_can_be_asked(world, policy, blanked):
    known = blanked.set_column(blanked.column_names.index("age"), "age", world.evidence.traits["age"])
    assert rank_questions(known, policy, reopened(world), DAY, names=["age"]) == []


def test_what_only_few_told_is_not_asked_of_all():
    few = pa.table({"person": ["a"] * 100, "unit": ["a"] * 100, "x": [1.0] * 10 + [float("nan")] * 90})
    assert questions_of(few, names=["x"]) == []


def test_a_score_is_no_question_for_its_answer_never_reaches_who_gave_it():
    ids = [str(one) for one in range(60)]
    traits = pa.table({"person": ids, "unit": ids, "score_levy": [0.7, 0.2, float("nan")] * 20})
    assert questions_of(traits, names=["score_levy"]) == []
