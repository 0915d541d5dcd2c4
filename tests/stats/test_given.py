"""Whatever table a caller's propensities are in, they are the same; and what is none is refused in words."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from groundswell.stats import chances_of, labels_of, matrix_of, numbers_of
from groundswell.vocabulary import EvidenceError

ARMS = ("nothing", "post")
ARM = np.array([1, 0])
TABLE = {"post": [0.25, 0.5], "door": [0.0, 0.25], "nothing": [0.75, 0.25]}


@pytest.mark.parametrize("given", [TABLE, pa.table(TABLE), pl.DataFrame(TABLE)], ids=["mapping", "arrow", "polars"])
def test_propensities_of_a_table_also_of_an_arm_that_nobody_was_drawn_for(given):
    own, every = chances_of(given, ARM, ARMS)
    assert own.tolist() == [0.25, 0.25]
    assert every.tolist() == [[0.75, 0.25], [0.25, 0.5]]


def test_propensities_of_an_array_of_a_column_and_of_nobody():
    own, every = chances_of(np.array([[0.75, 0.25], [0.5, 0.5]]), ARM, ARMS)
    assert (own.tolist(), every.shape) == ([0.25, 0.5], (2, 2))
    own, every = chances_of([0.25, 0.5], ARM, ARMS)
    assert (own.tolist(), every) == ([0.25, 0.5], None)
    own, every = chances_of(None, ARM, ARMS)
    assert (own.tolist(), every) == ([1.0, 1.0], None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"post": [0.5, 0.5]}, "no column for 'nothing'"),
        ({"nothing": 0.75, "post": 0.5}, "do not sum to 1"),
        ({"nothing": [1.25, 0.5], "post": [-0.25, 0.5]}, "below 0"),
        ({"nothing": [1.0, 0.5], "post": [0.0, 0.5]}, "not above 0"),
        (np.array([[0.75, 0.25]]), "another number of rows"),
        (np.full((2, 3), 1 / 3), "3 columns for 2 arms"),
        ([0.5, 0.0], "not above 0"),
        ([0.5, float("nan")], "no finite number"),
        (["half", "half"], "no number"),
    ],
)
def test_what_is_no_propensity_is_refused(given, told):
    with pytest.raises(EvidenceError, match=told):
        chances_of(given, ARM, ARMS)


@pytest.mark.parametrize("gap", [None, float("nan"), pl.DataFrame({"a": ["x", None]})["a"][1]])
def test_a_label_that_is_missing_is_refused_and_its_row_named(gap):
    with pytest.raises(EvidenceError, match="missing in 1 rows") as caught:
        labels_of(["post", gap], "arm")
    assert "row 1" in str(caught.value.found)


def test_labels_are_texts_or_whole_numbers():
    assert labels_of([2.0, 1.0], "arm").tolist() == [2, 1]
    assert labels_of([1, "post"], "arm").tolist() == ["1", "post"]
    with pytest.raises(EvidenceError, match="fractions"):
        labels_of([0.5], "arm")


def test_numbers_may_be_blank_only_where_they_may():
    assert np.isnan(numbers_of([1.0, np.nan], "outcome", 2, blanks=True)).tolist() == [False, True]
    with pytest.raises(EvidenceError, match="no finite number in 1 rows"):
        numbers_of([1.0, np.inf], "outcome", 2, blanks=True)


def test_a_matrix_has_a_column_for_each_arm():
    assert matrix_of([[0.0, 1.0]], ARMS, "choice").tolist() == [[0.0, 1.0]]
    with pytest.raises(EvidenceError, match="choice has no columns for 2 arms"):
        matrix_of([0.0, 1.0], ARMS, "choice")


def test_propensities_with_which_nobody_would_have_drawn_that_are_refused():
    rng = np.random.default_rng(1)
    arm, names, own = rng.integers(0, 2, 2_000), ("nothing", "letter"), np.arange(2_000)
    assert chances_of(np.full(2_000, 0.5), arm, names, own).every is None
    with pytest.raises(EvidenceError, match="far more often"):
        chances_of(np.full(2_000, 0.25), arm, names, own)
    with pytest.raises(EvidenceError, match="likelier than all others"):
        chances_of(np.full(2_000, 0.9), arm, names, own)
    assert chances_of(np.full(2_000, 0.9), arm, names).every is None  # rows may have been lost since


def test_households_drawn_whole_are_not_taken_for_a_wrong_propensity():
    refused = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        home = np.repeat(np.arange(20), 50)
        chance = np.where(np.arange(20) < 10, 0.3, 0.2)[home]
        arm = (rng.random(20)[home] < chance).astype(int)
        try:
            chances_of(np.where(arm == 1, chance, 1 - chance), arm, ("nothing", "letter"), home)
        except EvidenceError:
            refused += 1
    assert refused == 0
