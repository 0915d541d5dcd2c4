"""Trees against a slow and plain booster that reads every row for every question."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.stats.boosting import Binned, Taste, boost
from groundswell.stats.ridge import relevant
from groundswell.stats.trees import Trees


def plainly(bins, slope, weight, taste: Taste) -> np.ndarray:
    """(n,) what the trees say of their own rows, grown best leaf first with nothing remembered from tree to tree."""
    unit = weight.sum() / len(slope)
    ridge, least, said, left = taste.ridge * unit, taste.least * unit, np.zeros(len(slope)), slope.copy()
    for _ in range(taste.trees):
        leaves = [np.arange(len(slope))]
        for _question in range(3):
            best = (0.0, None, None)
            for place, rows in enumerate(leaves):
                whole = left[rows].sum() ** 2 / (weight[rows].sum() + ridge)
                for trait, edge in ((t, e) for t in range(len(bins)) for e in range(63)):
                    above = bins[trait, rows] > edge
                    parts = rows[~above], rows[above]
                    if min(weight[part].sum() for part in parts) < least:
                        continue
                    gain = sum(left[part].sum() ** 2 / (weight[part].sum() + ridge) for part in parts) - whole
                    if gain > best[0] * (1 + 1e-9):
                        best = (gain, place, parts)
            if best[1] is None:
                break
            leaves[best[1] : best[1] + 1] = best[2]
        for rows in leaves:
            value = taste.rate * left[rows].sum() / (weight[rows].sum() + ridge)
            said[rows] += value
            left[rows] -= value * weight[rows]
    return said


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_between_trees_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    columns = [rng.normal(size=400), rng.integers(0, 4, 400) * 1.0, rng.random(400)]
    binned = Binned.of(columns, 400)
    weight = rng.choice([0.2, 0.7], 400)
    slope = weight * (np.where((columns[0] > 0.3) & (columns[1] > 1), 1.0, 0.0) + rng.normal(size=400))
    taste = Taste(trees=6, rate=0.3, ridge=5, least=20)
    trees = boost(binned, np.arange(400), slope, weight, taste)
    assert trees.count == 6
    np.testing.assert_allclose(trees.of(binned.bins), plainly(binned.bins, slope, weight, taste), atol=1e-10)


def test_trees_that_ask_about_values_say_what_those_about_bins_say():
    rng = np.random.default_rng(1)
    columns = np.stack([rng.normal(size=3_000), rng.integers(0, 3, 3_000) * 1.0])
    binned = Binned.of(columns, 3_000)
    trees = boost(binned, np.arange(3_000), rng.normal(size=3_000), np.ones(3_000), Taste(20, 0.2, 10, 50))
    told = binned.in_values(trees)
    together = told.of(columns)
    np.testing.assert_array_equal(together, trees.of(binned.bins))
    assert all(told.of(columns[:, [row]])[0] == together[row] for row in (0, 17, 2_999)), "alone as among others"


def test_a_jump_is_found_where_it_is():
    rng = np.random.default_rng(2)
    age, other = rng.uniform(18, 90, 20_000), rng.normal(size=20_000)
    y = np.where((age > 60) & (other > 0), 1.0, 0.0) + rng.normal(size=20_000)
    binned = Binned.of([age, other], 20_000)
    trees = boost(binned, np.arange(20_000), y - y.mean(), np.ones(20_000), Taste(50, 0.1, 50, 200))
    said = binned.in_values(trees).of(np.array([[80.0, 80.0, 30.0], [1.0, -1.0, 1.0]])) + y.mean()
    np.testing.assert_allclose(said, [1.0, 0.0, 0.0], atol=0.12)


@pytest.mark.parametrize(
    ("columns", "rows", "weight"),
    [
        ([np.ones(2_000)], 2_000, 1.0),
        ([np.arange(2_000.0)], 900, 1.0),
        ([np.arange(2_000.0)], 2_000, 0.0),
        ([], 2_000, 1.0),
    ],
    ids=["one value", "few people", "no weight", "no traits"],
)
def test_what_cannot_be_told_apart_grows_no_tree(columns, rows, weight):
    binned = Binned.of(columns, 2_000)
    y = np.random.default_rng(0).normal(size=rows)
    assert boost(binned, np.arange(rows), y * weight, np.full(rows, weight), Taste(5, 0.1, 10, 500)).count == 0


def test_a_column_of_a_million_values_has_64_bins_at_most():
    column = np.random.default_rng(0).normal(size=100_000)
    binned = Binned.of([column], 100_000)
    counts = np.bincount(binned.bins[0])
    assert len(counts) == 64
    assert counts.min() > 1_000


def test_stacked_ensembles_of_different_length_say_what_each_says():
    one = Trees(np.zeros((2, 3), dtype=np.int32), np.zeros((2, 3)), np.arange(16.0).reshape(2, 8))
    stacked = Trees.stack([one, Trees.none()])
    column = np.array([[-1.0, 1.0]])
    np.testing.assert_array_equal(stacked[0].of(column), one.of(column))
    np.testing.assert_array_equal(stacked[1].of(column), [0.0, 0.0])
    np.testing.assert_array_equal(Trees.from_arrays(stacked.as_arrays())[0].of(column), one.of(column))


def test_a_trait_that_tells_nothing_is_left_out_and_one_that_does_is_hardly_shrunk():
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(5_000), rng.normal(size=(5_000, 8))])
    y = 0.5 * x[:, 1] - 0.5 * x[:, 2] + rng.normal(size=5_000)
    found = relevant(x.T @ x, x.T @ y, np.array([-1, 0, 0, 1, 1, 2, 3, 4, 5]), square=float(y @ y))
    np.testing.assert_allclose(found.coefficients[1:3], [0.5, -0.5], atol=0.05)
    assert (found.coefficients[3:] == 0).sum() >= 4
    assert np.abs(found.coefficients[3:]).max() < 0.03


def test_a_trait_without_a_column_is_no_trouble():
    x = np.column_stack([np.ones(100), np.arange(100.0) - 49.5])
    found = relevant(x.T @ x, x.T @ x[:, 1], np.array([-1, 2]), noise=1.0)
    assert found.coefficients[1] == pytest.approx(1.0, abs=0.01)
    assert found.variance[[0, 1]].tolist() == [0.0, 0.0]


def test_without_rows_nothing_is_said():
    found = relevant(np.zeros((3, 3)), np.zeros(3), np.array([-1, 0, 1]), noise=1.0)
    assert not found.coefficients.any()
    assert np.isinf(found.penalty).all()
