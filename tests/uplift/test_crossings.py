"""What counts only together: found, told at its size, and not found where there is nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from groundswell.stats.boosting import Binned
from groundswell.uplift import Evidence, UpliftModel
from groundswell.uplift.crossings import CELLS, Cells, crossings
from groundswell.uplift.evidence import FOLDS
from groundswell.uplift.learner import learn_parts

PEOPLE = 30_000


def drawn(seed: int, effect: float, *, people: int = PEOPLE):
    """An arm that helps those who have exactly one of two traits, by some points, and harms the others by as much."""
    rng = np.random.default_rng(seed)
    marks = rng.normal(size=(6, people))
    arm = rng.choice(["nothing", "post"], people)
    true = effect * np.where((marks[1] > 0) != (marks[4] > 0.3), 1.0, -1.0)
    acted = rng.random(people) < 0.4 + np.where(arm == "post", true, 0.0)
    return {f"mark_{place}": column for place, column in enumerate(marks)}, arm, acted.astype(float), true


def plainly(cells: np.ndarray, slope: np.ndarray, weight: np.ndarray, least: float) -> tuple[float, tuple[int, ...]]:
    """The largest z of all pairs and cuts of two numbers at a time: each trait's own part fitted away by least squares."""
    best, found = 0.0, (-1,)
    for one in range(cells.shape[1]):
        for other in range(one + 1, cells.shape[1]):
            own = np.column_stack([cells[:, [one]] == np.arange(CELLS), cells[:, [other]] == np.arange(CELLS)]) * 1.0
            root = np.sqrt(weight)
            fit = np.linalg.lstsq(own * root[:, None], slope / root, rcond=None)[0]
            left = slope - weight * (own @ fit)
            for first in range(1, CELLS):
                for second in range(1, CELLS):
                    part = (cells[:, one] >= first) + 2 * (cells[:, other] >= second)
                    heavy = np.bincount(part, weight, minlength=4)
                    if heavy.min() < least:
                        continue
                    said = np.bincount(part, left, minlength=4) / heavy
                    z = (said[3] - said[2] - said[1] + said[0]) / np.sqrt((1 / heavy).sum())
                    if abs(z) > abs(best):
                        best, found = z, (one, other, first, second)
    return best, found


@pytest.mark.parametrize("seed", range(3))
def test_the_cut_is_the_one_that_a_plain_search_finds(seed):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(4, 1_500))
    columns[2] += columns[0]  # traits hang together, and each says something by itself
    weight = rng.choice([0.3, 0.9], 1_500)
    target = 0.5 * columns[0] + np.square(columns[2]) + np.where((columns[1] > 0.2) != (columns[3] > 0), 0.6, 0.0)
    slope = weight * target + np.sqrt(weight) * rng.normal(size=1_500)
    slope -= weight * slope.sum() / weight.sum()
    cells = Cells.of(Binned.of(list(columns), 1_500))
    z, (one, other, first, second) = plainly(cells.cells, slope, weight, 0.03 * weight.sum())
    trees = crossings(cells, np.arange(1_500), slope, weight, 1.0)
    assert abs(z) > 5
    assert trees.trait[0, :2].tolist() == [one, other]
    assert trees.threshold[0, :2].tolist() == [cells.last[one][first - 1], cells.last[other][second - 1]]


def test_a_model_finds_whom_only_two_traits_together_tell():
    traits, arm, acted, _ = drawn(1, 0.06)
    new, _, _, true = drawn(2, 0.06)
    model = UpliftModel().fit(traits, arm, acted)
    assert model.crossed_ == {"post": [("mark_1", "mark_4")]}
    told = model.effects(new).value[:, 0]
    assert np.corrcoef(told, true)[0, 1] > 0.8
    assert abs(told[true > 0].mean() - 0.06) < 0.02
    assert abs(told[true < 0].mean() + 0.06) < 0.02


def test_a_policy_of_a_campaign_finds_them_too():
    traits, arm, acted, _ = drawn(1, 0.06)
    evidence = Evidence(
        pa.table(traits),
        ("nothing", "letter/post"),
        arm=(arm == "post") * 1,
        outcome=acted,
        propensity=np.full(PEOPLE, 0.5),
        unit=np.arange(PEOPLE),
        cluster=np.arange(PEOPLE),
        cluster_ids=tuple(map(str, range(PEOPLE))),
    )
    parts = learn_parts(evidence)
    assert all(grove.own.crossed.count for row in parts.groves for grove in row)
    assert all(len(grove.inner) == FOLDS - 1 for row in parts.groves for grove in row)
    assert all(grown.crossed.count for row in parts.groves for grove in row for grown in grove.inner.values())


def test_where_nothing_counts_together_hardly_anything_is_found():
    """At most one time in twenty by chance, over all pairs and cuts."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        columns, weight = rng.normal(size=(8, 2_000)), np.full(2_000, 0.25)
        slope = weight * (0.2 * columns[0] + 0.2 * np.sin(columns[1])) + 0.5 * rng.normal(size=2_000)
        cells = Cells.of(Binned.of(list(columns), 2_000))
        found += crossings(cells, np.arange(2_000), slope - slope.mean(), weight, 1.0).count > 0
    assert found <= 8  # of 60 at 5 % each, more than that happens once in 200


def test_of_few_who_were_drawn_nothing_is_said():
    traits, arm, acted, _ = drawn(3, 0.25, people=4_000)
    half = np.where(np.arange(4_000) < 1_900, "post", "nothing")
    model = UpliftModel().fit(traits, np.where(half == "post", arm, "nothing"), acted)
    assert not model.crossed_


def test_one_trait_or_none_is_no_pair():
    for traits in (0, 1):
        cells = Cells.of(Binned.of([np.arange(3_000.0)] * traits, 3_000))
        assert not crossings(cells, np.arange(3_000), np.ones(3_000), np.ones(3_000), 1.0).count
