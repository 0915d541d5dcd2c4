"""Prices with floors: the bound of `solve`; the policy meets its floors in expectation, the count meets them exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.allocate import ContradictionError, NoWholePlanError, find_prices, mixture, settle, solve


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80), k=st.integers(1, 3), m=st.integers(1, 3))
def test_prices_with_floors_are_those_of_the_exact_solver(seed, n, k, m):
    rng = np.random.default_rng(seed)
    value = rng.normal(0.0, 1.0, (n, k)).astype(np.float32).astype(np.float64)
    use = rng.uniform(0.1, 1.0, (n, k, m)) * (rng.random((n, k, m)) < 0.7)
    at_most = np.where(rng.random(m) < 0.4, np.inf, rng.uniform(0.2, 0.6) * n)
    at_least = np.where(rng.random(m) < 0.6, rng.uniform(0.0, 0.4) * n, -np.inf)
    at_least = np.minimum(at_least, np.maximum(at_most - 1.0, 0.0))
    try:
        whole = solve(value, use, at_most, at_least=at_least)
    except ContradictionError as error:
        with pytest.raises(ContradictionError) as told:
            find_prices(value, use, at_most, at_least=at_least)
        assert told.value.rows == error.rows
        return
    except NoWholePlanError:
        return
    prices = find_prices(value, use, at_most, at_least=at_least)
    assert prices.bound == pytest.approx(whole.bound, rel=1e-6, abs=1e-6)
    rows = mixture(value, use, prices)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)
    expected = np.einsum("uk,ukm->m", rows[:, 1:], use)
    assert (expected <= at_most + 1e-6 * n).all()
    assert (expected >= at_least - 1e-6 * n).all()
    settled = settle(rows.argmax(axis=1) - 1, value, use, at_most, prices, at_least=at_least)
    assert (settled.used <= at_most).all()
    assert (settled.used >= at_least).all()
    assert settled.value <= prices.bound + 1e-9 * n


def test_a_floor_above_its_limit_is_told():
    with pytest.raises(ValueError, match=r"at_least\[0\] is 3 and at_most\[0\] is 2; expected a floor no higher"):
        find_prices(np.ones((4, 1)), np.ones((4, 1, 1)), [2.0], at_least=[3.0])


@pytest.mark.parametrize("at_least", [[1.0, 2.0], [np.nan]])
def test_floors_of_another_shape_or_none_at_all_are_told(at_least):
    with pytest.raises(ValueError, match="at_least"):
        find_prices(np.ones((4, 1)), np.ones((4, 1, 1)), [2.0], at_least=at_least)


def test_one_visitor_finds_the_share_of_a_tie_by_what_it_uses():
    """Finer shares and nobody at a tie: a batch of one need not be tied to be decided."""
    value = np.array([[2.0], [4.0], [1.0], [2.0], [3.0]])
    use = np.array([[[1.0]], [[2.0]], [[1.0]], [[1.0]], [[1.0]]])
    prices = find_prices(value, use, [2.5])
    alone = [mixture(value[[unit]], use[[unit]], prices)[0] for unit in range(5)]
    np.testing.assert_array_equal(mixture(value, use, prices), alone)
