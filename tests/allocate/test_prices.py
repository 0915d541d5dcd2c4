import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allocate.instances import KINDS, draw, expected_use, make, relaxed_optimum
from groundswell.allocate import find_prices, mixture


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "k", "m"), [(40, 3, 1), (300, 4, 3), (1500, 4, 3)])
def test_the_bound_is_the_optimum_of_the_relaxation(kind, n, k, m):
    value, use, at_most = make(kind, n, k, m)
    assert find_prices(value, use, at_most).bound == pytest.approx(relaxed_optimum(value, use, at_most), rel=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [300, 5000])
def test_the_mixture_uses_priced_limits_in_full_and_is_worth_the_bound(kind, n):
    value, use, at_most = make(kind, n)
    prices = find_prices(value, use, at_most)
    rows = mixture(value, use, prices)
    spent = expected_use(rows, use)
    assert (spent <= at_most * (1 + 1e-9)).all()
    assert spent[prices.prices > 0] == pytest.approx(at_most[prices.prices > 0], rel=1e-9)
    assert (rows[:, 1:] * value).sum() == pytest.approx(prices.bound, rel=1e-9)
    assert rows.sum(axis=1) == pytest.approx(np.ones(n), abs=1e-12)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), k=st.integers(1, 3), m=st.integers(1, 3))
@example(seed=71985, n=3, k=2, m=1)  # a limit without a price, overrun by options that tie
@settings(max_examples=80, deadline=None)
def test_every_small_tied_problem_is_priced_right(seed, n, k, m):
    rng = np.random.default_rng(seed)
    value, use = rng.integers(-1, 4, (n, k)).astype(float), rng.integers(0, 3, (n, k, m)) * 0.6
    at_most, is_open = rng.integers(0, 1 + n, m) * 0.6, rng.random((n, k)) < 0.9
    prices = find_prices(value, use, at_most, is_open=is_open)
    rows = mixture(value, use, prices, is_open=is_open)
    assert prices.bound == pytest.approx(relaxed_optimum(value, use, at_most, is_open), rel=1e-7, abs=1e-9)
    assert (expected_use(rows, use) <= at_most * (1 + 1e-9)).all()
    assert (rows[:, 1:] * value).sum() == pytest.approx(prices.bound, rel=1e-9, abs=1e-9)
    assert (rows[:, 1:][~is_open] == 0).all()


def test_ten_thousand_equal_units_share_a_limit_to_the_last_letter():
    value, use = np.full((10_000, 1), 2.0), np.full((10_000, 1, 1), 0.6)
    prices = find_prices(value, use, np.array([2700.0]))
    assert prices.prices == pytest.approx([2.0 / 0.6])
    assert prices.shares[0].options == (-1, 0)
    assert prices.shares[0].shares == pytest.approx((0.55, 0.45))


def test_distinct_scores_do_not_count_as_tied():
    value, use = 1.0 + np.arange(1000)[:, None] * 1e-6, np.ones((1000, 1, 1))
    rows = mixture(value, use, find_prices(value, use, np.array([400.5])))
    assert (rows[:599, 0] == 1).all()
    assert rows[599] == pytest.approx([0.5, 0.5])
    assert (rows[600:, 1] == 1).all()


def test_a_limit_that_does_not_bind_costs_nothing():
    value, use, _ = make("continuous", 2000, 3, 2)
    assert (find_prices(value, use, np.array([1e6, 1e6])).prices == 0).all()


def test_a_limit_of_nothing_closes_what_needs_it():
    value, use, at_most = make("continuous", 2000, 3, 2)
    use[:, 0, 1] = 0.0
    prices = find_prices(value, use, np.array([at_most[0], 0.0]))
    rows = mixture(value, use, prices)
    assert (rows[:, 2:] == 0).all()
    assert expected_use(rows, use)[0] == pytest.approx(at_most[0])


def test_nobody_is_contacted_for_nothing():
    value, use = np.zeros((600, 2)), np.ones((600, 2, 1))
    assert (mixture(value, use, find_prices(value, use, np.array([100.0])))[:, 0] == 1).all()


def test_a_row_that_limits_nothing_beside_one_that_does():
    few = np.arange(3_000) < 100
    value = np.array([[1.0, 2.0]]) * np.random.default_rng(0).uniform(0.5, 1, (3_000, 1))
    use = np.zeros((3_000, 2, 2))
    use[:, 0, 0] = use[:, 1, 1] = 1
    is_open = np.column_stack([np.ones_like(few), few])
    found = find_prices(value, use, np.array([np.inf, 5.0]), is_open=is_open)
    gain = np.sort(value[few, 1] - value[few, 0])
    assert found.prices[0] == 0
    assert gain[-6] <= found.prices[1] <= gain[-5]
    assert found.bound == pytest.approx(value[:, 0].sum() + gain[-5:].sum(), rel=1e-9)


def test_large_and_small_units_at_one_margin_get_their_own_shares():
    value = np.repeat([[2.0], [4.0], [6.0]], 1000, axis=0)
    use = np.repeat([[[1.0, 1.0]], [[2.0, 2.0]], [[2.0, 4.0]]], 1000, axis=0)
    at_most = np.array([3100.0, 4300.0])
    prices = find_prices(value, use, at_most)
    rows = mixture(value, use, prices)
    assert (rows[:, 1:] * value).sum() == pytest.approx(prices.bound)
    assert (expected_use(rows, use) <= at_most * (1 + 1e-9)).all()


def test_a_tied_set_without_a_share_takes_the_least_use():
    value, use = np.array([[2.0, 4.0], [1.0, 9.0]]), np.array([[[1.0], [3.0]], [[1.0], [2.0]]])
    prices = find_prices(value, use, np.array([2.0]))
    unseen = type(prices)(np.array([1.0]), (), 1e-9, 0.0, 0)
    assert mixture(value, use, unseen).tolist() == [[0, 1, 0], [0, 0, 1]]


def test_proportional_values_where_all_units_tie_are_priced_in_seconds():
    use = np.random.default_rng(0).random((20_000, 3, 2))
    value = use @ np.array([0.7, 0.2])
    prices = find_prices(value, use, np.array([2000.0, 1000.0]))
    assert prices.prices == pytest.approx([0.7, 0.2])
    assert prices.bound == pytest.approx(1600.0)


def test_the_same_input_gives_the_same_bytes():
    arrays = make("discrete", 3000)
    first, second = find_prices(*arrays), find_prices(*arrays)
    assert first.prices.tobytes() == second.prices.tobytes()
    assert (first.shares, first.bound, first.iterations) == (second.shares, second.bound, second.iterations)


def test_draws_from_the_mixture_spend_what_was_expected():
    value, use, at_most = make("types", 20_000)
    choice, _ = draw(mixture(value, use, find_prices(value, use, at_most)))
    doing = choice >= 0
    spent = use[doing, choice[doing]].sum(axis=0)
    assert (spent <= at_most * 1.02).all()
