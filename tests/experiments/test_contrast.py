"""One difference, its error and its degrees of freedom, held against the plain formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.experiments.contrast import contrast


def test_whole_households_on_both_sides_give_the_error_of_the_household_means():
    rng = np.random.default_rng(1)
    home = np.repeat(np.arange(80), 3)
    treated = (np.arange(80) % 2 == 0)[home]
    outcome = rng.normal(size=80)[home] + rng.normal(size=240)
    found = contrast(outcome, treated, unit=home, weight=np.ones(240))
    means = outcome.reshape(80, 3).mean(axis=1)
    plain = stats.ttest_ind(means[::2], means[1::2], equal_var=False)
    assert found.value == pytest.approx(means[::2].mean() - means[1::2].mean())
    assert found.p == pytest.approx(plain.pvalue)
    assert found.freedom == pytest.approx(plain.df)


def test_a_unit_on_both_sides_takes_away_what_it_brings_to_both():
    rng = np.random.default_rng(2)
    person = np.tile(np.arange(200), 2)
    treated = np.arange(400) < 200
    own = rng.normal(size=200) * 5
    outcome = own[person] + rng.normal(size=400) * 0.1 + treated
    paired = contrast(outcome, treated, unit=person, weight=np.ones(400))
    apart = contrast(outcome, treated, unit=np.arange(400), weight=np.ones(400))
    assert paired.error < 0.1 * apart.error
    assert paired.error == pytest.approx(stats.sem(outcome[:200] - outcome[200:]), rel=1e-6)


@given(st.integers(0, 10_000), st.floats(0.1, 100), st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_weights_count_only_beside_each_other_and_the_scale_comes_out(seed, scale, shift):
    rng = np.random.default_rng(seed)
    treated, unit, weight = rng.random(60) < 0.5, rng.integers(0, 30, 60), rng.uniform(1, 5, 60)
    treated[:2] = [True, False]
    outcome = rng.normal(size=60)
    one = contrast(outcome, treated, unit=unit, weight=weight)
    other = contrast(outcome * scale + shift, treated, unit=unit, weight=weight * 7)
    assert other.value == pytest.approx(one.value * scale, abs=1e-9 * scale)
    assert other.error == pytest.approx(one.error * scale, rel=1e-6)


def test_units_of_uneven_weight_count_as_fewer():
    rng = np.random.default_rng(3)
    outcome, treated = rng.normal(size=200), np.arange(200) % 2 == 0
    even = contrast(outcome, treated, unit=np.arange(200), weight=np.ones(200))
    uneven = contrast(outcome, treated, unit=np.arange(200), weight=np.where(np.arange(200) < 20, 50.0, 1.0))
    assert uneven.freedom < even.freedom / 3


def test_an_interval_is_as_wide_as_its_alpha():
    found = contrast(np.arange(40.0) % 7, np.arange(40) % 2 == 0, unit=np.arange(40), weight=np.ones(40))
    narrow, wide = found.within(0.1), found.within(0.01)
    assert wide.lower < narrow.lower < found.value < narrow.upper < wide.upper
    edge = found.within(found.p)
    assert min(abs(edge.lower), abs(edge.upper)) == pytest.approx(0.0, abs=1e-9)
