"""Who speaks to whom: never more than anybody can, as good as scipy's exact matching, and proven."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from groundswell.allocate import match


def drawn(seed: int, *, kind: int):
    """Some people, some messengers, and who may speak to whom: worth of any kind, equal ones, many equal ones."""
    rng = np.random.default_rng(seed)
    people, messengers = rng.integers(1, 25), rng.integers(1, 10)
    pairs = np.argwhere(rng.random((people, messengers)) < 0.5)
    worth = [rng.normal(1, 1, len(pairs)), np.ones(len(pairs)), np.round(3 * rng.random(len(pairs)))][kind]
    return pairs, worth, rng.integers(0, 5, messengers)


def exactly(pairs, worth, capacity, *, everyone: bool = False) -> float:
    """The best there is, by scipy: a column for each slot, and one for going without."""
    people, slots = int(pairs[:, 0].max()) + 1, np.repeat(np.arange(len(capacity)), capacity)
    table = np.full((people, len(slots) + people), -1e6 if everyone else 0.0)
    table[:, : len(slots)] = -1e7
    for (person, messenger), value in zip(pairs, worth, strict=True):
        table[person, : len(slots)][slots == messenger] = value
    rows, columns = linear_sum_assignment(-table)
    found = table[rows, columns]
    return float(found[found > -1e5].sum())


@pytest.mark.parametrize("kind", range(3))
def test_it_is_as_good_as_the_exact_matching(kind):
    for seed in range(60):
        pairs, worth, capacity = drawn(seed, kind=kind)
        if not len(pairs):
            continue
        found = match(pairs, worth, capacity)
        assert found.value == pytest.approx(exactly(pairs, worth, capacity), abs=1e-7), seed
        assert found.gap < 1e-9
        assert found.value <= found.bound + 1e-9


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), kind=st.integers(0, 2))
def test_nobody_is_matched_twice_and_nobody_speaks_to_more_than_they_can(seed, kind):
    pairs, worth, capacity = drawn(seed, kind=kind)
    found = match(pairs, worth, capacity)
    chosen = pairs[found.edge]
    assert len(set(chosen[:, 0].tolist())) == len(chosen)
    assert (np.bincount(chosen[:, 1], minlength=len(capacity)) <= capacity).all()
    assert found.value == pytest.approx(worth[found.edge].sum())
    assert (np.diff(found.edge) > 0).all()


def large(people: int, messengers: int, seed: int = 0):
    """Everybody may be spoken to by ten messengers near them."""
    rng = np.random.default_rng(seed)
    near = (rng.integers(0, messengers, people)[:, None] + np.arange(10)) % messengers
    return np.column_stack([np.repeat(np.arange(people), 10), near.ravel()]), rng.random(10 * people)


@pytest.mark.parametrize("capacity", [10, 60])
def test_a_large_one_is_proven_to_a_hundredth_of_a_percent(capacity):
    pairs, worth = large(20_000, 500)
    found = match(pairs, worth, np.full(500, capacity))
    assert 0 <= found.gap <= 1e-4
    assert len(found.edge) == min(20_000, 500 * capacity)


def test_everyone_is_matched_where_that_is_asked_and_as_well_as_can_be():
    rng = np.random.default_rng(5)
    for _ in range(40):
        pairs = np.argwhere(rng.random((12, 6)) < 0.6)
        if len(set(pairs[:, 0].tolist())) < 12:
            continue
        worth, capacity = rng.normal(-1, 1, len(pairs)), np.full(6, 4)
        found = match(pairs, worth, capacity, everyone=True)
        assert len(found.edge) == 12
        assert found.value == pytest.approx(exactly(pairs, worth, capacity, everyone=True), abs=1e-6)
        assert found.gap < 1e-6
    assert match([[0, 0]], [-1.0], [1]).edge.tolist() == []
    assert match([[0, 0]], [-1.0], [1], everyone=True).edge.tolist() == [0]


def test_that_not_everyone_can_be_matched_is_said():
    with pytest.raises(ValueError, match="not everyone can be matched: 1 people are left"):
        match([[0, 0], [1, 0], [2, 0], [2, 1]], [1.0, 1.0, 1.0, 1.0], [1, 1], everyone=True)
    with pytest.raises(ValueError, match="all capacities are 0"):
        match([[0, 0]], [1.0], [0], everyone=True)


def test_the_order_of_rows_changes_nothing_where_people_have_names():
    pairs, worth = large(300, 12)
    worth = np.round(worth, 1)  # many equal
    names = [f"p{place}" for place in range(300)]
    rng = np.random.default_rng(1)
    order, other = rng.permutation(len(pairs)), rng.permutation(300)
    one = match(pairs, worth, np.full(12, 9), key=names)
    again = match(
        np.column_stack([np.argsort(other)[pairs[order, 0]], pairs[order, 1]]),
        worth[order],
        np.full(12, 9),
        key=[names[place] for place in other],
    )
    assert sorted(order[again.edge].tolist()) == one.edge.tolist()
    luck = [match(pairs, worth, np.full(12, 9), key=names, seed=seed).edge.tolist() for seed in range(5)]
    assert luck[0] == one.edge.tolist()
    assert any(each != luck[0] for each in luck)


def test_nothing_to_match_is_no_error():
    for edges, capacity in (([], [1]), (np.zeros((0, 2), dtype=int), []), ([[0, 0]], [0])):
        found = match(edges, np.ones(len(edges)), capacity)
        assert (found.edge.tolist(), found.value, found.bound, found.gap) == ([], 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("edges", "weights", "capacity", "said"),
    [
        ([[0, 0], [0, 0]], [1, 1], [1], "both of person 0 and messenger 0"),
        ([[0, 3]], [1], [1], "messenger 3; expected 0 to 0"),
        ([[-1, 0]], [1], [1], "person -1; expected 0 or more"),
        ([[0, 0]], [1], [-2], r"capacity\[0\] is -2"),
        ([[0, 0]], [np.nan], [1], r"weights\[0\] is nan"),
        ([[0, 0]], [1, 2], [1], "one for each edge"),
        ([[0, 0, 0]], [1], [1], "a person and a messenger"),
        ([[0.5, 0]], [1], [1], "whole numbers"),
        ([[0, 0]], [1], [[1]], "expected \\(messengers,\\)"),
    ],
)
def test_what_cannot_be_meant_is_refused(edges, weights, capacity, said):
    with pytest.raises(ValueError, match=said):
        match(edges, weights, capacity)


def test_names_are_of_everybody_and_once():
    with pytest.raises(ValueError, match="person 2; expected 0 to 1"):
        match([[2, 0]], [1], [1], key=["a", "b"])
    with pytest.raises(ValueError, match="names somebody twice"):
        match([[0, 0]], [1], [1], key=["a", "a"])


@pytest.mark.parametrize("room", ["scarce", "uneven", "plenty", "some without"])
def test_where_prices_begin_changes_how_long_it_takes_and_nothing_else(room, monkeypatch):
    rng = np.random.default_rng(3)
    people, messengers = 6_000, 60
    near = np.argsort(rng.random((people, messengers)), axis=1)[:, :12]
    edges = np.column_stack([np.repeat(np.arange(people), 12), np.sort(near, axis=1).ravel()])
    weights = rng.gamma(2.0, 0.5, len(edges)) + rng.gamma(0.5, 1.0, messengers)[edges[:, 1]]
    capacity = {
        "scarce": np.full(messengers, 30),
        "uneven": rng.integers(0, 90, messengers),
        "plenty": np.full(messengers, 300),
        "some without": np.where(np.arange(messengers) % 3, 40, 0),
    }[room]
    begun = match(edges, weights, capacity)
    monkeypatch.setattr("groundswell.allocate.matching._foretold", lambda *_: np.zeros(messengers))
    cold = match(edges, weights, capacity)
    for found in (begun, cold):
        assert found.gap <= 1e-4
        assert (np.bincount(edges[found.edge, 1], minlength=messengers) <= capacity).all()
        assert len(set(edges[found.edge, 0].tolist())) == len(found.edge)
        assert found.bound >= max(begun.value, cold.value) - 1e-9
