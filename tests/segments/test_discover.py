"""Groups that nobody wrote down: they are there, they come out again, and their rules say who is in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.segments import Segment, assign, discover, members, rand_index, sql_of, tell_apart
from groundswell.vocabulary import EvidenceError


def village(count=3_000, seed=0, blanks=0.1):
    """Three kinds of people: parents, students and pensioners, each with what they care about."""
    lot = np.random.default_rng(seed)
    kind = lot.choice(3, count, p=[0.5, 0.2, 0.3])
    age = np.array([42.0, 22.0, 72.0])[kind] + lot.normal(0, 5, count)
    schools = np.array([75.0, 40.0, 25.0])[kind] + lot.normal(0, 12, count)
    pensions = np.array([30.0, 15.0, 80.0])[kind] + lot.normal(0, 12, count)
    work = np.where(lot.random(count) < 0.85, np.array(["works", "student", "retired"])[kind], "other")
    schools[lot.random(count) < blanks] = np.nan
    table = pa.table({"age": age, "schools": schools, "pensions": pensions, "work": pa.array(work.tolist())})
    return table, kind


def in_sql(groups, traits):
    """Who belongs to each group by its SQL, in the machine that counts declared segments."""
    segments = [Segment(f"g{place}", sql_of(group.rules), "") for place, group in enumerate(groups)]
    found = members(segments, traits, file="segments.toml")
    return np.column_stack([column.to_numpy(zero_copy_only=False) for column in found.columns]).astype(bool)


def test_the_kinds_of_people_that_there_are_come_out():
    traits, kind = village()
    found = discover(traits, traits.column_names)
    assert len(found.groups) == 3
    assert rand_index(found.place, kind) > 0.85
    assert found.stability >= 0.9
    assert found.fidelity >= 0.9
    assert [group.people for group in found.groups] == sorted((group.people for group in found.groups), reverse=True)
    assert sum(group.people for group in found.groups) == traits.num_rows


def test_each_is_told_by_few_rules_of_few_questions():
    traits, _ = village()
    groups = discover(traits, traits.column_names).groups
    assert sum(len(group.rules) for group in groups) <= 8
    assert max(len(rule) for group in groups for rule in group.rules) <= 3


def test_what_sets_a_group_apart_is_none_of_its_rules():
    traits, kind = village()
    found = discover(traits, traits.column_names)
    old = max(found.groups, key=lambda group: (kind[found.place == found.groups.index(group)] == 2).mean())
    asked = {question.trait for rule in old.rules for question in rule}
    assert not asked & {one.trait for one in old.apart}
    assert all(one.mine != one.everybody for one in old.apart)


@pytest.mark.parametrize("seed", range(3))
def test_among_people_who_differ_by_chance_only_there_are_none(seed):
    lot = np.random.default_rng(seed)
    noise = pa.table({f"x{place}": lot.normal(size=2_000) for place in range(6)})
    assert discover(noise, noise.column_names).groups == ()


def test_the_same_seed_finds_the_same():
    traits, _ = village(1_000)
    one, other = (discover(traits, traits.column_names, seed=3) for _ in range(2))
    assert one.groups == other.groups
    assert one.tried == other.tried


def test_the_rule_in_sql_names_the_same_people():
    traits, _ = village()
    found = discover(traits, traits.column_names)
    told = in_sql(found.groups, traits)
    assert (told.sum(axis=1) == 1).all()  # everybody is in exactly one, blanks too
    assert (told.argmax(axis=1) == found.place).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.6), st.integers(2, 8))
def test_everybody_is_in_exactly_one_group_whatever_is_blank(seed, blanks, most):
    lot = np.random.default_rng(seed)
    traits, _ = village(300, seed, blanks)
    target = np.where(lot.random(300) < 0.1, np.nan, traits["pensions"].to_numpy() + lot.normal(0, 5, 300))
    found = tell_apart(target, traits, ["age", "schools", "work"], most=most)
    assert len(found.groups) <= most
    if found.groups:
        told = in_sql(found.groups, traits)
        assert (told.sum(axis=1) == 1).all()
        assert (told.argmax(axis=1) == found.place).all()
        assert (assign([group.rules for group in found.groups], traits) == found.place).all()


def test_whom_to_talk_to_keeps_most_of_what_the_model_knows():
    traits, kind = village(4_000)
    lot = np.random.default_rng(1)
    model = 0.02 + 0.1 * (kind == 2) + 0.03 * (traits["age"].to_numpy() < 30) + lot.normal(0, 0.01, 4_000)
    found = tell_apart(model, traits, traits.column_names)
    means = np.array([group.mean for group in found.groups], dtype=float)[found.place]
    assert np.corrcoef(means, model)[0, 1] > 0.9
    assert found.stability >= 0.7


def test_households_are_drawn_together():
    """Each home of forty is alike in everything: drawn one by one its people would make groups look sure."""
    lot = np.random.default_rng(2)
    home = np.repeat(np.arange(25), 40)
    traits = pa.table({f"x{place}": lot.normal(size=25)[home] for place in range(5)})
    alone = discover(traits, traits.column_names).tried
    together = discover(traits, traits.column_names, unit=home.tolist()).tried
    assert max(one.stability for one in together) < max(one.stability for one in alone)


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        (pa.table({"age": np.linspace(20, 80, 30)}), "too few"),
        (pa.table({"age": np.full(500, 40.0)}), "no trait that tells people apart"),
        (
            pa.table({"age": np.full(500, np.nan), "town": pa.nulls(500, pa.string())}),
            "no trait that tells people apart",
        ),
    ],
)
def test_where_there_is_nothing_to_find_it_says_why(traits, said):
    with pytest.raises(EvidenceError, match=said):
        discover(traits, traits.column_names)


def test_a_cut_in_sql_is_the_cut_to_its_last_digit():
    large = np.where(np.arange(1_200) % 2 == 0, 1_234_567.0, 1_234_568.0)
    traits = pa.table({"income": large, "also": large % 2 + np.random.default_rng(0).normal(0, 0.1, 1_200)})
    found = tell_apart(large % 2, traits, ["income"])
    assert (in_sql(found.groups, traits).argmax(axis=1) == found.place).all()
    assert sorted(group.people for group in found.groups) == [600, 600]


def test_what_is_blank_of_everybody_adds_no_groups():
    lot = np.random.default_rng(0)
    blank = {f"b{place}": np.full(1_000, np.nan) for place in range(30)}
    noise = pa.table({f"x{place}": lot.normal(size=1_000) for place in range(4)} | blank)
    found = discover(noise, noise.column_names)
    assert (found.groups, found.tried) == ((), ())
