"""Adjusted p-values are those of their papers, in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from groundswell.experiments import benjamini_hochberg, holm
from groundswell.vocabulary import EvidenceError

PS = st.lists(st.floats(0, 1), max_size=12)


@given(PS)
def test_holm_rejects_what_going_down_one_by_one_rejects(ps):
    adjusted, left = holm(ps), True
    for rank, place in enumerate(np.argsort(ps, kind="stable")):
        left = left and ps[place] * (len(ps) - rank) <= 0.05
        assert (adjusted[place] <= 0.05) == left


@given(PS.filter(bool))
def test_benjamini_and_hochberg_agree_with_scipy(ps):
    np.testing.assert_allclose(benjamini_hochberg(ps), stats.false_discovery_control(ps), rtol=1e-12)


@given(PS, st.randoms(use_true_random=False))
def test_the_order_changes_nothing(ps, random):
    order = list(range(len(ps)))
    random.shuffle(order)
    for adjust in (holm, benjamini_hochberg):
        np.testing.assert_array_equal(adjust([ps[place] for place in order]), adjust(ps)[order])


@given(PS)
def test_holm_is_never_kinder_than_the_false_discovery_rate_and_neither_than_p_itself(ps):
    assert (holm(ps) >= benjamini_hochberg(ps) - 1e-12).all()
    assert (benjamini_hochberg(ps) >= np.array(ps)).all()


def test_comparisons_that_are_not_told_count_too():
    assert holm([0.01, 0.2], comparisons=10).tolist() == pytest.approx([0.1, 1.0])
    assert holm([0.01, 0.2], comparisons=1).tolist() == pytest.approx([0.02, 0.2])
    assert holm([]).tolist() == []


@pytest.mark.parametrize("ps", [[0.1, 1.2], [-0.1], [float("nan")], [[0.1], [0.2]]])
def test_what_is_no_probability_is_refused(ps):
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(EvidenceError):
            adjust(ps)
