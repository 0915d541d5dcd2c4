import subprocess
import sys

import numpy as np
import pytest

from groundswell import allocate
from groundswell.allocate import find_prices, mixture, settle

VALUE, USE, AT_MOST = np.ones((3, 2)), np.ones((3, 2, 1)), np.array([2.0])


def broken(array, where, by):
    changed = array.astype(float)
    changed[where] = by
    return changed


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ((np.ones(3), USE, AT_MOST), "value has 1 dimensions; expected 2"),
        ((VALUE, np.ones((3, 2)), AT_MOST), "use has 2 dimensions; expected 3"),
        ((VALUE, np.ones((3, 1, 1)), AT_MOST), r"use has shape \(3, 1, 1\); expected \(3, 2, 1\)"),
        ((VALUE, USE, np.ones(2)), r"use has shape \(3, 2, 1\); expected \(3, 2, 2\)"),
        ((broken(VALUE, (1, 0), np.nan), USE, AT_MOST), r"value\[1, 0\] is nan; expected finite numbers; close an"),
        ((VALUE, broken(USE, (2, 1, 0), np.inf), AT_MOST), r"use\[2, 1, 0\] is inf"),
        ((VALUE, broken(USE, (2, 1, 0), -1), AT_MOST), r"use\[2, 1, 0\] is -1.0; expected 0 or more"),
        ((VALUE, USE, np.array([-2.0])), r"at_most\[0\] is -2.0; expected 0 or more"),
    ],
)
def test_it_says_what_is_wrong_with_an_array(arrays, said):
    with pytest.raises(ValueError, match=said):
        find_prices(*arrays)


@pytest.mark.parametrize(
    ("is_open", "said"),
    [(np.ones((3, 1), bool), "is_open has shape"), (np.ones((3, 2)), "is_open has type float64; expected booleans")],
)
def test_it_says_what_is_wrong_with_the_open_options(is_open, said):
    with pytest.raises(ValueError, match=said):
        find_prices(VALUE, USE, AT_MOST, is_open=is_open)


@pytest.mark.parametrize(
    ("choice", "order", "said"),
    [
        (np.array([0, 1]), None, r"choice has shape \(2,\); expected \(3,\)"),
        (np.array([0.0, 1.0, 0.0]), None, "choice has type float64; expected whole numbers"),
        (np.array([0, 2, 0]), None, r"choice runs from 0 to 2; expected -1 \(nothing\) to 1"),
        (np.array([0, 1, 0]), np.ones(2), r"order has shape \(2,\)"),
    ],
)
def test_it_says_what_is_wrong_with_a_choice(choice, order, said):
    with pytest.raises(ValueError, match=said):
        settle(choice, VALUE, USE, AT_MOST, find_prices(VALUE, USE, AT_MOST), order=order)


def test_prices_for_other_limits_are_refused():
    prices = find_prices(VALUE, USE, AT_MOST)
    with pytest.raises(ValueError, match="prices are for 1 limits; expected 2"):
        settle(np.zeros(3, int), VALUE, np.ones((3, 2, 2)), np.ones(2), prices)


def test_importing_the_room_loads_neither_numba_nor_highs():
    code = "import sys, groundswell.allocate; print({'numba', 'highspy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_room_has_no_other_doors():
    types = [
        "Allocation",
        "ContradictionError",
        "HouseholdAllocation",
        "Matching",
        "NoWholePlanError",
        "Prices",
        "Settled",
        "Share",
    ]
    assert sorted(allocate.__all__) == [
        *types,
        "find_prices",
        "match",
        "mixture",
        "settle",
        "solve",
        "solve_households",
        "solve_parquet",
    ]
    with pytest.raises(AttributeError, match="has no attribute 'solver'"):
        allocate.solver  # noqa: B018


@pytest.mark.parametrize("n", [0, 3, 700])
@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("m", [0, 2])
@pytest.mark.parametrize(
    ("limit", "sign", "opened"), [(0.0, 1, True), (5.0, 1, True), (5.0, -1, True), (5.0, 1, False)]
)
def test_it_has_an_answer_at_the_edges(n, k, m, limit, sign, opened):
    rng = np.random.default_rng(0)
    value, use, at_most = sign * rng.random((n, k)), rng.random((n, k, m)), np.full(m, limit)
    is_open = np.full((n, k), opened)
    prices = find_prices(value, use, at_most, is_open=is_open)
    rows = mixture(value, use, prices, is_open=is_open)
    assert np.allclose(rows.sum(axis=1), 1.0)
    assert (np.einsum("nk,nkm->m", rows[:, 1:], use) <= at_most * (1 + 1e-9)).all()
    settled = settle(np.full(n, -1), value, use, at_most, prices, is_open=is_open)
    assert (settled.used <= at_most).all()
    assert -1e-12 <= settled.bound - settled.value <= np.count_nonzero(prices.prices) + 1e-9
