"""A round counts by what its draw can tell, the same for all arms."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.experiments.waves import could_be_either, information
from groundswell.stats import Chances


def test_a_round_is_worth_one_over_what_its_draw_costs():
    every = np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1], [0.9, 0.1]])
    found = information(np.array([0, 1, 0, 0]), Chances(every[:, 0], every), np.array([0, 0, 1, 1]))
    worth = 1 / ((1 / 0.9 + 1 / 0.1) / 2) / (1 / 2)
    assert found == pytest.approx([1.0, 1.0, worth, worth])


def test_it_is_the_same_whether_all_propensities_are_known_or_only_ones_own():
    rng = np.random.default_rng(1)
    wave = np.repeat([0, 1, 2], 2_000)
    every = np.array([[0.4, 0.3, 0.3], [0.25, 0.05, 0.7], [0.6, 0.2, 0.2]])[wave]
    arm = (rng.random(6_000)[:, None] > every.cumsum(axis=1)).sum(axis=1)
    own = every[np.arange(6_000), arm]
    np.testing.assert_allclose(
        information(arm, Chances(own, None), wave), information(arm, Chances(own, every), wave), rtol=1e-9
    )


def test_a_closed_arm_costs_nothing():
    every = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    assert information(np.array([0, 1]), Chances(every[:, 0], every), np.zeros(2, dtype=int)).tolist() == [1.0, 1.0]


def test_only_whoever_could_have_had_either_is_compared():
    every = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.0, 0.5, 0.5]])
    chances, wave = Chances(np.full(3, 0.5), every), np.zeros(3, dtype=int)
    assert could_be_either(np.array([0, 0, 1]), chances, wave, 2).tolist() == [False, True, False]
    assert could_be_either(np.array([0, 0, 1]), chances, wave, 1).tolist() == [True, True, False]
