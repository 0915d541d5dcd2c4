"""Counts that are not as drawn are found, small and large, and the arm is named."""

from __future__ import annotations

import pytest
from scipy import stats

from groundswell.experiments import sample_ratio
from groundswell.vocabulary import EvidenceError

SHARES = {"nothing": 0.5, "door": 0.3, "post": 0.2}


def test_large_counts_are_tested_by_pearsons_chi_squared():
    counts = {"nothing": 510, "door": 310, "post": 180}
    found = sample_ratio(counts, SHARES)
    assert found.p == pytest.approx(stats.chisquare([510, 310, 180], [500, 300, 200]).pvalue)
    assert found.expected == pytest.approx({"nothing": 500, "door": 300, "post": 200})
    assert found.arm == "post"
    assert not found.alarm


def test_small_counts_of_two_arms_are_tested_exactly():
    found = sample_ratio({"a": 4, "b": 2}, {"a": 0.2, "b": 0.8})
    assert found.p == pytest.approx(stats.binomtest(4, 6, 0.2).pvalue)
    assert sample_ratio({"a": 0, "b": 6}, {"a": 0.5, "b": 0.5}).p == pytest.approx(2 / 64)


def test_small_counts_of_three_arms_are_simulated_and_the_same_each_time():
    counts = {"nothing": 2, "door": 2, "post": 8}
    one, again = sample_ratio(counts, SHARES), sample_ratio(counts, SHARES)
    assert one == again
    assert 0.0 < one.p < 0.01
    assert sample_ratio({"nothing": 6, "door": 4, "post": 2}, SHARES).p > 0.9


@pytest.mark.parametrize("always", [False, True])
def test_a_list_that_lost_a_tenth_of_one_arm_raises_the_alarm(always):
    counts = {"nothing": 10_000, "door": 6_000, "post": 3_600}
    found = sample_ratio(counts, SHARES, always_valid=always)
    assert found.alarm
    assert found.arm == "post"


@pytest.mark.parametrize("always", [False, True])
def test_counts_exactly_as_drawn_raise_none(always):
    assert sample_ratio({"nothing": 500, "door": 300, "post": 200}, SHARES, always_valid=always).p > 0.99


def test_an_arm_of_which_nothing_came_back_counts_as_nought():
    found = sample_ratio({"nothing": 50, "door": 30}, SHARES)
    assert found.arm == "post"
    assert found.alarm


def test_looked_at_every_day_the_always_valid_p_asks_for_more():
    counts = {"nothing": 560, "door": 440}
    half = {"nothing": 0.5, "door": 0.5}
    assert sample_ratio(counts, half, always_valid=True).p > sample_ratio(counts, half).p


def test_one_arm_alone_is_always_as_drawn():
    assert sample_ratio({"letter": 7}, {"letter": 1.0}).p == 1.0
    assert sample_ratio({"letter": 7}, {"letter": 1.0}, always_valid=True).p == 1.0


def test_arms_may_be_numbers():
    assert sample_ratio({0: 5, 1: 5}, {0: 0.5, 1: 0.5}).arm in {0, 1}


@pytest.mark.parametrize(
    ("counts", "shares", "words"),
    [
        ({"nothing": 5, "flyer": 5}, SHARES, "no share for 'flyer'"),
        ({"nothing": -1, "door": 5}, SHARES, "no counts"),
        ({"nothing": 1.5, "door": 5}, SHARES, "no counts"),
        ({"nothing": float("nan")}, SHARES, "no counts"),
        ({}, SHARES, "nobody to count"),
        ({"nothing": 5}, {"nothing": 0.5, "door": 0.6}, "do not sum to 1"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(counts, shares, words):
    with pytest.raises(EvidenceError, match=words):
        sample_ratio(counts, shares)
