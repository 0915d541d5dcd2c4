import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocate.instances import KINDS, draw, exact_sums, make
from groundswell.allocate import find_prices, mixture, settle


def settle_as_drawn(value, use, at_most):
    prices = find_prices(value, use, at_most)
    choice, order = draw(mixture(value, use, prices))
    return choice, prices, settle(choice, value, use, at_most, prices, order=order)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(500, 700),
    m=st.integers(1, 3),
    cents=st.sampled_from([1.0, 0.6, 0.1, 0.07, 1 / 3]),
)
@settings(max_examples=25, deadline=None)
def test_it_never_overruns_a_limit(seed, n, m, cents):
    rng = np.random.default_rng(seed)
    value, use = rng.integers(0, 5, (n, 2)) / 4.0, rng.integers(0, 4, (n, 2, m)) * cents
    at_most = rng.integers(0, n, m) * cents
    prices = find_prices(value, use, at_most)
    settled = settle(rng.integers(-1, 2, n), value, use, at_most, prices)
    assert (exact_sums(settled.choice, use) <= at_most).all()
    assert (settled.used == exact_sums(settled.choice, use)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_gap_is_below_a_thousandth_at_twenty_thousand_units(kind):
    value, use, at_most = make(kind, 20_000)
    _, prices, settled = settle_as_drawn(value, use, at_most)
    assert 0 <= settled.gap <= 0.001
    assert settled.bound == pytest.approx(prices.bound, rel=1e-12)
    assert (settled.used <= at_most).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tight", [0.2, 0.01])
def test_it_falls_short_of_the_bound_by_no_more_than_promised_whatever_came_in(kind, tight):
    value, use, at_most = make(kind, 1000, 4, 3, tight=tight)
    prices = find_prices(value, use, at_most)
    choice = np.random.default_rng(0).integers(-1, 4, 1000)
    settled = settle(choice, value, use, at_most, prices)
    assert settled.bound - settled.value <= np.count_nonzero(prices.prices) * value.max() + 1e-9
    assert (settled.used <= at_most).all()


def test_forty_five_thousand_letters_at_sixty_cents_fill_a_budget_of_twenty_seven_thousand():
    value, use = np.full((100_000, 1), 2.0), np.full((100_000, 1, 1), 0.60)
    prices = find_prices(value, use, np.array([27_000.0]))
    settled = settle(np.zeros(100_000, int), value, use, np.array([27_000.0]), prices)
    assert np.count_nonzero(settled.choice == 0) == 45_000
    assert settled.used.tolist() == [27_000.0]
    assert settled.gap == pytest.approx(0.0, abs=1e-12)


def test_of_tied_units_it_moves_only_as_many_as_drew_too_much():
    value, use, at_most = np.full((10_000, 1), 2.0), np.ones((10_000, 1, 1)), np.array([4000.0])
    choice, _, settled = settle_as_drawn(value, use, at_most)
    assert settled.repaired.sum() == abs((choice == 0).sum() - 4000)
    assert (settled.repaired == (settled.choice != choice)).all()


def test_ties_are_moved_in_the_order_given():
    value, use, at_most = np.full((600, 1), 2.0), np.ones((600, 1, 1)), np.array([500.0])
    order = np.random.default_rng(0).permutation(600) / 600
    settled = settle(np.zeros(600, int), value, use, at_most, find_prices(value, use, at_most), order=order)
    assert set(np.flatnonzero(settled.repaired)) == set(np.argsort(order)[:100])


def test_a_plan_that_is_good_already_stays_as_it_is():
    value, use, at_most = make("continuous", 3000)
    _, prices, settled = settle_as_drawn(value, use, at_most)
    again = settle(settled.choice, value, use, at_most, prices)
    assert not again.repaired.any()
    assert again.value == settled.value


def test_one_unit_that_needs_more_than_there_is_costs_no_more_than_promised():
    value, use = np.ones((600, 1)), np.ones((600, 1, 1))
    value[0], use[0] = 500.0, 100.5
    at_most = np.array([100.0])
    prices = find_prices(value, use, at_most)
    settled = settle(np.zeros(600, int), value, use, at_most, prices)
    assert settled.bound - settled.value <= 500.0
    assert settled.used.tolist() == [100.0]


def test_a_closed_option_is_never_kept():
    value, use, at_most = make("continuous", 600, 2, 1)
    is_open = np.zeros((600, 2), dtype=bool)
    prices = find_prices(value, use, at_most, is_open=is_open)
    settled = settle(np.ones(600, int), value, use, at_most, prices, is_open=is_open)
    assert (settled.choice == -1).all()
    assert settled.repaired.all()


def test_without_limits_everybody_gets_the_best():
    value = make("negative", 2000)[0]
    prices = find_prices(value, np.zeros((2000, 10, 0)), np.zeros(0))
    settled = settle(np.full(2000, -1), value, np.zeros((2000, 10, 0)), np.zeros(0), prices)
    assert settled.gap == pytest.approx(0.0, abs=1e-15)
    assert settled.value == pytest.approx(np.maximum(value.max(axis=1), 0).sum())


def test_the_same_input_settles_to_the_same_bytes():
    value, use, at_most = make("discrete", 2000)
    first, second = (settle_as_drawn(value, use, at_most)[2] for _ in range(2))
    assert first.choice.tobytes() == second.choice.tobytes()
