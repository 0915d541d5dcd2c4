from math import fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocate.instances import GAP_DATA, assignment_problems, brute_force, exact_sums, published_optima
from groundswell.allocate import find_prices, settle


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    k=st.integers(1, 3),
    m=st.integers(0, 3),
    discrete=st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_it_equals_brute_force(seed, n, k, m, discrete):
    rng = np.random.default_rng(seed)
    value = rng.integers(-1, 5, (n, k)) * 0.3 if discrete else rng.normal(0.5, 1.0, (n, k))
    use = rng.integers(0, 4, (n, k, m)) * 0.1 if discrete else rng.random((n, k, m))
    at_most, is_open = rng.integers(0, 9, m) * 0.1, rng.random((n, k)) < 0.8
    prices = find_prices(value, use, at_most, is_open=is_open)
    settled = settle(rng.integers(-1, k, n), value, use, at_most, prices, is_open=is_open)
    assert settled.value == pytest.approx(brute_force(value, use, at_most, is_open), rel=1e-12, abs=1e-12)
    assert (exact_sums(settled.choice, use) <= at_most).all()
    assert settled.proven


def test_seven_units_with_three_options_equal_brute_force():
    rng = np.random.default_rng(7)
    value, use, at_most = rng.random((7, 3)), rng.random((7, 3, 3)), np.array([1.5, 1.2, 2.0])
    settled = settle(np.full(7, -1), value, use, at_most, find_prices(value, use, at_most))
    assert settled.value == pytest.approx(brute_force(value, use, at_most, np.ones((7, 3), bool)), rel=1e-12)


def test_an_overrun_too_small_for_the_solver_is_seen():
    value, use = np.array([[3.0], [3.1], [1.0]]), np.array([[[0.5]], [[0.5 + 1e-13]], [[0.4]]])
    settled = settle(np.full(3, -1), value, use, np.array([1.0]), find_prices(value, use, np.array([1.0])))
    assert settled.choice.tolist() == [-1, 0, 0]
    assert settled.proven


def test_many_plans_that_overrun_by_a_last_bit_do_not_hold_it_up():
    value, use, at_most = np.ones((30, 1)), np.full((30, 1, 1), 0.1), np.array([0.3])
    assert fsum([0.1, 0.1, 0.1]) > 0.3
    settled = settle(np.full(30, -1), value, use, at_most, find_prices(value, use, at_most))
    assert settled.used.tolist() == [0.2]
    cents = settle(np.full(30, -1), value, 100 * use, 100 * at_most, find_prices(value, 100 * use, 100 * at_most))
    assert cents.used.tolist() == [30.0]


def test_who_holds_an_equally_good_option_keeps_it():
    value, use, at_most = np.ones((20, 1)), np.ones((20, 1, 1)), np.array([5.0])
    came_in = np.where(np.arange(20) % 4 == 1, 0, -1)
    settled = settle(came_in, value, use, at_most, find_prices(value, use, at_most))
    assert not settled.repaired.any()


needs_the_library = pytest.mark.skipif(not GAP_DATA.exists(), reason="no OR-Library problems beside this checkout")


def reach_the_optimum(profit, resource, capacity, optimum):
    """There every job must be done: a bonus above all that profits can differ by makes doing one always better."""
    jobs, agents = profit.shape
    value, use = profit + jobs * np.ptp(profit) + 1, resource[:, :, None] * np.eye(agents)
    settled = settle(np.full(jobs, -1), value, use, capacity, find_prices(value, use, capacity))
    assert (settled.choice >= 0).all()
    assert profit[np.arange(jobs), settled.choice].sum() == optimum
    assert settled.proven


@needs_the_library
@pytest.mark.parametrize("number", [1, 3, 6, 9, 12])
def test_it_reaches_published_optima_of_the_or_library(number):
    name = f"gap{number}"
    reach_the_optimum(*next(assignment_problems(name)), published_optima()[name][0])


@pytest.mark.truth
@needs_the_library
@pytest.mark.parametrize("number", range(1, 13))
def test_it_reaches_all_published_optima_of_the_or_library(number):
    name = f"gap{number}"
    for problem, optimum in zip(assignment_problems(name), published_optima()[name], strict=True):
        reach_the_optimum(*problem, optimum)
