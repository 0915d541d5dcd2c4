"""Whoever was contacted before is not held out: the chances of several rounds, given what each unit had been through."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from groundswell.listen import DECISIONS, decisions_table
from groundswell.uplift.history import given_history, held_out

OPTIONS = ["nothing", "a/post", "b/post"]
UNITS = 40_000
FREE = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]])
"""Of each round, for those who are not held out."""


def table_of(number: int, drawn: NDArray[np.int64], chances: NDArray[np.float64], holdout: float, reason="chosen"):
    count = len(drawn)
    columns = {
        "round": np.full(count, number),
        "unit": [f"u{place}" for place in range(count)],
        "option": np.array(OPTIONS)[drawn],
        "propensity": chances[np.arange(count), drawn],
        "propensities": chances.tolist(),
        "reason": [reason] * count,
        "on": [None] * count,
        "key": [f"{number}:u{place}" for place in range(count)],
    }
    arrays = {name: pa.array(columns[name], kind) for name, kind in DECISIONS.columns.items()}
    return decisions_table(arrays, OPTIONS, holdout=holdout)


def drawn_rounds(shares: list[float], seed: int = 0):
    """Rounds with a holdout that lasts: what each unit drew, and the decisions as they are logged."""
    rng = np.random.default_rng(seed)
    lot, every, tables = rng.random(UNITS), [], []
    for number, (free, share) in enumerate(zip(FREE, shares, strict=False), 1):
        drawn = rng.choice(3, UNITS, p=free)
        drawn[lot < share] = 0
        every.append(drawn)
        logged = np.tile((1 - share) * free + share * np.eye(3)[0], (UNITS, 1))
        tables.append(table_of(number, drawn, logged, share))
    return np.stack(every), tables


def chances_of(table: pa.Table) -> NDArray[np.float64]:
    return np.array(table["propensities"].to_pylist())


@pytest.mark.parametrize("shares", [[0.1, 0.1, 0.1], [0.05, 0.2, 0.1]])
def test_given_what_they_had_people_get_each_option_as_often_as_is_said(shares):
    drawn, tables = drawn_rounds(shares)
    found = [chances_of(table) for table in given_history(tables)]
    for number in range(3):
        past = [tuple(row) for row in (drawn[:number] > 0).T.tolist()]
        for history in set(past):
            mine = np.array([one == history for one in past])
            said = found[number][mine].mean(axis=0)
            assert np.ptp(found[number][mine], axis=0).max() < 1e-9
            seen = np.bincount(drawn[number, mine], minlength=3) / mine.sum()
            assert np.abs(seen - said).max() < 4 * np.sqrt(0.25 / mine.sum())
        np.testing.assert_allclose(found[number].sum(axis=1), 1.0)


def test_what_is_logged_is_wrong_for_those_who_were_contacted_before():
    drawn, tables = drawn_rounds([0.1, 0.1])
    before = drawn[0] > 0
    logged, given = chances_of(tables[1])[:, 0], chances_of(given_history(tables)[1])[:, 0]
    assert (drawn[1, before] == 0).mean() < 0.11
    assert logged[before].mean() == pytest.approx(0.19)
    assert given[before].mean() == pytest.approx(0.1)
    assert given[~before].mean() == pytest.approx(0.1 * 0.9 * 0.5 / 0.55 + 0.1 / 0.55)
    np.testing.assert_allclose(given.mean(), logged.mean(), atol=0.005)


def test_the_first_round_and_rounds_without_a_holdout_stay_as_they_were_logged():
    _, tables = drawn_rounds([0.1, 0.1])
    np.testing.assert_allclose(chances_of(given_history(tables)[0]), chances_of(tables[0]))
    _, plain = drawn_rounds([0.0, 0.0])
    assert [held_out(table) for table in plain] == [0.0, 0.0]
    assert all(one is other for one, other in zip(given_history(plain), plain, strict=True))


def test_who_takes_part_in_an_experiment_has_its_chances_and_is_held_out_of_nothing():
    drawn, tables = drawn_rounds([0.1, 0.1])
    half = np.tile([0.5, 0.5, 0.0], (UNITS, 1))
    trial = table_of(1, np.zeros(UNITS, dtype=np.int64), half, 0.1, reason="experiment")
    first, second = given_history([trial, tables[1]])
    np.testing.assert_array_equal(chances_of(first), half)
    could = drawn[1] >= 0
    np.testing.assert_allclose(chances_of(second)[could, 0], 0.1)


def test_what_nobody_could_get_keeps_its_logged_chance():
    """The plan took an option away from somebody who could not have got nothing but by being held out."""
    sure = np.tile([0.1, 0.9, 0.0], (2, 1))
    first = table_of(1, np.array([1, 0]), np.tile([0.5, 0.5, 0.0], (2, 1)), 0.1)
    second = table_of(2, np.array([0, 0]), sure, 0.1, reason="repaired")
    given = chances_of(given_history([first, second])[1])
    np.testing.assert_allclose(given[0], [0.1, 0.9, 0.0])
    assert given[1, 0] > 0.15
