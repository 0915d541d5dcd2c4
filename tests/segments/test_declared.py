"""Segments that somebody wrote down: who belongs to them, whatever is blank, nested or wrong."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.segments import SegmentSpec, count_members, in_order, may_be_shown, members, members_again
from groundswell.vocabulary import ExpressionError

NAN = float("nan")
TRAITS = {"age": [20.0, 70.0, NAN, 40.0], "children": [1.0, 0.0, 2.0, NAN], "town": ["Ash", "Ash", None, "Elm"]}


def found_in(table: pa.Table, rules: dict[str, dict[str, str]]) -> pa.Table:
    specs = {name: SegmentSpec(**said) for name, said in rules.items()}
    return members(in_order(specs, table.column_names, file="segments.toml"), table, file="segments.toml")


def who(rules: dict[str, dict[str, str]]) -> dict[str, list[int]]:
    """The rows of each segment."""
    told = found_in(pa.table(TRAITS), rules)
    return {name: np.flatnonzero(told[name].to_numpy(zero_copy_only=False)).tolist() for name in rules}


def test_a_blank_is_in_no_segment_that_asks_about_it():
    rules = {"old": {"rule": "age > 30"}, "young": {"rule": "age < 30"}, "in-ash": {"rule": "town = 'Ash'"}}
    assert who(rules) == {"old": [1, 3], "young": [0], "in-ash": [0, 1]}
    assert who({"not-old": {"rule": "not (age > 30)"}}) == {"not-old": [0]}
    assert who({"unknown": {"rule": "age is null"}}) == {"unknown": [2]}


def test_segments_nest_and_combine_in_any_order_of_the_file():
    rules = {
        "young-parents": {"rule": "age < 50", "within": "parents"},
        "others": {"rule": "not parents and not old"},
        "parents": {"rule": "children"},
        "old": {"rule": "age > 60"},
    }
    assert who(rules) == {"young-parents": [0], "others": [3], "parents": [0, 2], "old": [1]}


def test_a_rule_that_names_nobody_or_everybody_is_counted_as_such():
    told = found_in(pa.table(TRAITS), {"nobody": {"rule": "age > 200"}, "everybody": {"rule": "true"}})
    assert [one.people for one in count_members(told, 1)] == [0, 4]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"a": {"rule": "agee > 3"}}, 'no column "agee"'),
        ({"a": {"rule": "age > 3; drop table rows"}}, "not one SQL expression"),
        ({"a": {"rule": "(select count(*) from rows) > 3"}}, "a subquery"),
        ({"a": {"rule": "exists(select * from read_csv('/etc/passwd'))"}}, "a subquery"),
        ({"a": {"rule": "length(content) > 0 from read_text('/etc/passwd')"}}, "not one SQL expression"),
        ({"a": {"rule": "read_text('/etc/passwd') is not null"}}, "does not give one value|no such function"),
        ({"a": {"rule": "getenv('HOME') = 'x'"}}, "getenv"),
        ({"a": {"rule": "random() > 0.5"}}, "changes from call to call"),
        ({"a": {"rule": "count(age) > 1"}}, "more than one row"),
        ({"a": {"rule": "b"}, "b": {"rule": "not a"}}, "in a circle"),
        ({"a": {"rule": "age > 3", "within": "a"}}, "in a circle"),
        ({"a": {"rule": "age > 3", "within": "bb"}, "b": {"rule": "true"}}, "Did you mean b?"),
        ({"age": {"rule": "age > 3"}}, "the name of a trait"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(rules, said):
    with pytest.raises(ExpressionError) as told:
        who(rules)
    assert any(part in str(told.value) for part in said.split("|"))


@pytest.mark.parametrize("rule", ["town", "cast(town as date) > date '2020-01-01'"])
def test_a_rule_that_says_neither_yes_nor_no_is_refused(rule):
    with pytest.raises(ExpressionError):
        who({"a": {"rule": rule}})


@settings(deadline=None, max_examples=40)
@given(
    before=st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1.0, 2.0, NAN]), st.sampled_from(["x", None]))),
    now=st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1.0, 2.0, NAN]), st.sampled_from(["x", None]))),
)
def test_whoever_changed_alone_is_asked_again_and_all_is_as_if_everybody_were(before, now):
    def table(rows) -> pa.Table:
        distinct = {f"p{row[0]}": row for row in rows}
        columns = {"age": [row[1] for row in distinct.values()], "town": [row[2] for row in distinct.values()]}
        people = pa.array(list(distinct), pa.string())
        return pa.table(
            {
                "person": people,
                "age": pa.array(columns["age"], pa.float64()),
                "town": pa.array(columns["town"], pa.string()),
            }
        )

    specs = {"one": SegmentSpec(rule="age = 1"), "other": SegmentSpec(rule="not one or town = 'x'")}
    ordered = in_order(specs, ["age", "town"], file="")
    then, today = table(before), table(now)
    again, changed = members_again(ordered, today, members(ordered, then, file=""), then, file="")
    assert again.equals(members(ordered, today, file=""))
    old = {row["person"]: str(row) for row in then.to_pylist()}
    assert changed == sum(old.get(row["person"]) != str(row) for row in today.to_pylist())


# What may be told of few


def test_nothing_that_is_shown_gives_away_a_group_that_is_too_small():
    """Attacked by adding and taking off up to three counts and the number of all, in worlds made for it."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        base = rng.random((60, 1)) < rng.uniform(0.2, 0.9, 5)
        near = base[:, :3] & (rng.random((60, 3)) < 0.95)  # nearly the same people again
        both = np.column_stack([base, near, base[:, 0] | base[:, 1], base[:, 0] & base[:, 2]])
        shown = np.flatnonzero(may_be_shown(both, 5))
        counts = both.sum(axis=0)
        for one in shown:
            assert counts[one] == 0 or counts[one] >= 5
            assert not 0 < 60 - counts[one] < 5
            for other in shown:
                less = both[:, one] & ~both[:, other]
                if (both[:, other] <= both[:, one]).all():
                    assert not 0 < less.sum() < 5
                for third in shown:
                    told = both[:, one].astype(int) + both[:, other] - both[:, third]
                    if one != other and told.min() >= 0 and told.max() <= 1:
                        assert not 0 < told.sum() < 5


def test_as_much_as_may_be_is_shown():
    half = np.arange(100)[:, None] < np.array([50, 20, 80])
    assert may_be_shown(half, 5).all()
    assert may_be_shown(np.arange(10)[:, None] < np.array([3, 1]), 1).all()
    assert may_be_shown(np.zeros((10, 1), dtype=bool), 5).all()  # nobody at all tells of nobody
    assert may_be_shown(np.zeros((0, 2), dtype=bool), 5).all()


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 100_000), count=st.integers(1, 8), people=st.integers(12, 60))
def test_no_number_of_counts_added_and_taken_off_gives_away_a_small_group(seed, count, people):
    """Whoever knows the rules of all segments, and adds and takes off what is told of them, finds nobody."""
    rng = np.random.default_rng(seed)
    facts = rng.integers(0, 8, (people, 3))
    columns = []
    for _ in range(count):
        inside = facts[:, rng.integers(0, 3)] < rng.integers(1, 8)
        inside = inside if rng.random() < 0.5 else ~inside
        columns.append(inside & (facts[:, rng.integers(0, 3)] < rng.integers(2, 9)))
    both = np.column_stack(columns)
    told = np.column_stack([np.ones(people, dtype=int), both[:, may_be_shown(both, 5)]])
    for signs in product((-1, 0, 1), repeat=told.shape[1]):
        group = told @ np.array(signs)
        if group.min() >= 0 and group.max() <= 1:
            assert group.sum() == 0 or group.sum() >= 5
