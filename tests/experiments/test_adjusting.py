"""What the past explains is taken off as regression does it, and never more than that."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from groundswell.experiments.adjusting import adjust
from groundswell.vocabulary import EvidenceError


class Made:
    """Amounts that half hang on last year's, in two uneven arms."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self.arm = (rng.random(3_000) < 0.2).astype(np.int64)
        self.before = rng.normal(size=(3_000, 2))
        self.outcome = self.before @ [1.0, 0.5] + rng.normal(size=3_000) + self.arm
        self.weight = np.ones(3_000)

    def adjusted(self, past: object, **changed):
        told = {"weight": self.weight, "units": 3_000} | changed
        return adjust(self.outcome, self.arm, past, **told)


@pytest.fixture(scope="module")
def made():
    return Made()


def test_it_is_the_regression_on_the_past_and_the_arms(made):
    design = np.column_stack([np.ones(3_000), made.arm, made.before])
    slope = np.linalg.lstsq(design, made.outcome, rcond=None)[0]
    found = made.adjusted(made.before).outcome
    centred = made.before - made.before.mean(axis=0)
    np.testing.assert_allclose(found, made.outcome - centred @ slope[2:], atol=1e-9)
    assert found[made.arm == 1].mean() - found[made.arm == 0].mean() == pytest.approx(slope[1])


def test_the_share_explained_is_that_within_arms(made):
    assert made.adjusted(made.before).explained == pytest.approx(1.25 / 2.25, abs=0.03)
    assert made.adjusted(np.random.default_rng(5).normal(size=3_000)).explained < 0.005


def test_columns_that_say_the_same_count_once(made):
    once = made.adjusted(made.before)
    twice = made.adjusted(np.column_stack([made.before, made.before[:, 0] * 3 + 1, made.before.sum(axis=1)]))
    np.testing.assert_allclose(twice.outcome, once.outcome, atol=1e-6)
    assert twice.inflation == once.inflation


def test_a_blank_counts_as_the_mean_and_says_that_it_is_one(made):
    blank = np.arange(3_000) % 3 == 0
    found = made.adjusted(np.where(blank, np.nan, made.before[:, 0]))
    filled = np.where(blank, made.before[~blank, 0].mean(), made.before[:, 0])
    by_hand = made.adjusted(np.column_stack([filled, blank]))
    np.testing.assert_allclose(found.outcome, by_hand.outcome, atol=1e-9)


def test_tables_lists_and_yes_and_no_are_taken(made):
    yes = made.before[:, 0] > 0
    array = made.adjusted(yes.astype(float)).outcome
    for past in (yes, yes.tolist(), {"before": yes}, pa.table({"before": yes.astype(float)})):
        np.testing.assert_allclose(made.adjusted(past).outcome, array, atol=1e-12)


def test_scales_do_not_matter(made):
    far = made.before * [1e9, 1e-9] + [1e12, -1e-6]
    np.testing.assert_allclose(made.adjusted(far).outcome, made.adjusted(made.before).outcome, atol=1e-3)


def test_more_columns_than_chance_allows_are_refused(made):
    with pytest.raises(EvidenceError, match="would explain chance") as refused:
        made.adjusted(np.random.default_rng(0).normal(size=(3_000, 20)), units=40)
    assert refused.value.key == "past"
