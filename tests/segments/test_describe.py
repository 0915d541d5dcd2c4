"""Groups are told so that a person recognises them, and never so small that they name people."""

from __future__ import annotations

import numpy as np

from groundswell.segments import describe

RNG = np.random.default_rng(0)
SIZE = RNG.integers(1, 6, 5_000).astype(float)
AGE = RNG.uniform(18, 90, 5_000)


def test_a_rule_that_made_the_choice_is_found():
    group = describe((SIZE >= 3) & (AGE < 50), {"household_size": SIZE, "age": AGE})
    best = {condition.trait: condition for condition in group.leaves[0].conditions}
    assert best["household_size"].at_least == 2.5
    assert abs(best["age"].below - 50) < 2.5
    assert group.leaves[0].share > 0.9


def test_the_leaves_count_units_that_are_there():
    chosen = SIZE >= 4
    group = describe(chosen, {"household_size": SIZE, "age": AGE})
    assert group.units == chosen.sum()
    assert sum(leaf.units * leaf.share for leaf in group.leaves) <= chosen.sum() + 1e-6


def test_no_group_is_small_enough_to_name_people():
    chosen = np.zeros(5_000, dtype=bool)
    chosen[np.argsort(AGE)[:10]] = True
    group = describe(chosen, {"age": AGE})
    assert all(leaf.units >= 50 for leaf in group.leaves)


def test_blanks_and_constants_are_no_reason():
    group = describe(SIZE >= 3, {"blank": np.full(5_000, np.nan), "same": np.ones(5_000)})
    assert group.leaves == ()
    assert group.means == ()


def test_a_choice_by_chance_has_no_description():
    group = describe(RNG.random(5_000) < 0.3, {"household_size": SIZE, "age": AGE})
    assert group.means == ()
