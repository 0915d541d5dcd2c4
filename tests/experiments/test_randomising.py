"""Shares are kept to the unit, nothing hangs on the order of rows, and anybody can show what was drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.experiments import randomise, verify
from groundswell.vocabulary import EvidenceError

THIRDS = {"nothing": 1 / 3, "letter": 1 / 3, "door": 1 / 3}
HALF = {"nothing": 0.5, "letter": 0.5}


def ids(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


@st.composite
def draws(pick):
    """Shares of two to five arms, and the sizes of some strata."""
    parts = pick(st.lists(st.integers(1, 20), min_size=2, max_size=5))
    shares = {f"arm {place}": part / sum(parts) for place, part in enumerate(parts)}
    sizes = pick(st.lists(st.integers(1, 30), min_size=1, max_size=6))
    strata = [f"s{place}" for place, size in enumerate(sizes) for _ in range(size)]
    return shares, ids(len(strata)), strata, pick(st.text(max_size=6))


@given(draws())
@settings(max_examples=100, deadline=None)
def test_in_every_stratum_an_arm_is_less_than_one_unit_off_its_share(asked):
    shares, units, strata, key = asked
    drawn = randomise(units, shares, key=key, strata=strata)
    for stratum, size in Counter(strata).items():
        counts = Counter(arm for arm, mine in zip(drawn.arm.tolist(), strata, strict=True) if mine == stratum)
        assert all(abs(counts[arm] - share * size) < 1 for arm, share in shares.items())


@given(draws(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_and_of_arms_changes_nothing(asked, random):
    shares, units, strata, key = asked
    drawn = randomise(units, shares, key=key, strata=strata)
    order = list(range(len(units)))
    random.shuffle(order)
    arms = list(shares.items())
    random.shuffle(arms)
    again = randomise([units[place] for place in order], dict(arms), key=key, strata=[strata[place] for place in order])
    assert again.arm.tolist() == [drawn.arm[place] for place in order]
    assert again.fingerprint == drawn.fingerprint


@given(draws(), st.data())
@settings(max_examples=50, deadline=None)
def test_one_changed_arm_one_left_out_unit_and_another_key_are_found_out(asked, data):
    shares, units, strata, key = asked
    drawn = randomise(units, shares, key=key, strata=strata)
    told = drawn.arm.tolist()
    assert verify(drawn.fingerprint, units, told, shares, key=key, strata=strata)
    place = data.draw(st.integers(0, len(units) - 1))
    other = [*told[:place], next(arm for arm in shares if arm != told[place]), *told[place + 1 :]]
    assert not verify(drawn.fingerprint, units, other, shares, key=key, strata=strata)
    assert not verify(drawn.fingerprint, units, told, shares, key=key + "x", strata=strata)
    if len(units) > 1:
        assert not verify(drawn.fingerprint, units[1:], told[1:], shares, key=key, strata=strata[1:])


def test_two_units_that_swapped_their_arms_are_found_out():
    units = ids(40)
    drawn = randomise(units, HALF, key="k")
    one, other = drawn.arm.tolist().index("letter"), drawn.arm.tolist().index("nothing")
    swapped = drawn.arm.copy()
    swapped[[one, other]] = swapped[[other, one]]
    assert Counter(swapped.tolist()) == Counter(drawn.arm.tolist())
    assert not verify(drawn.fingerprint, units, swapped, HALF, key="k")


def test_a_fingerprint_of_other_shares_or_strata_is_another():
    units = ids(12)
    drawn = randomise(units, HALF, key="k")
    found = {
        drawn.fingerprint,
        randomise(units, {"nothing": 0.49, "letter": 0.51}, key="k").fingerprint,
        randomise(units, HALF, key="k", strata=["a"] * 12).fingerprint,
        randomise([*units[:-1], "p99"], HALF, key="k").fingerprint,
        randomise(units, HALF, key="l").fingerprint,
    }
    assert len(found) == 5


def test_ids_cannot_be_cut_differently_to_give_the_same_fingerprint():
    one = randomise(["a,b", "c"], HALF, key="k", strata=["x", "x"])
    other = randomise(["a", "b,c"], HALF, key="k", strata=["x", "x"])
    assert one.fingerprint != other.fingerprint


def test_a_draw_is_the_same_on_every_machine_and_in_every_version():
    drawn = randomise(ids(6), THIRDS, key="pilot", strata=["a", "a", "a", "b", "b", "b"])
    assert drawn.arm.tolist() == ["nothing", "door", "letter", "nothing", "door", "letter"]
    assert drawn.fingerprint[:16] == "70330cb79c1835a5"


def test_more_strata_and_more_units_elsewhere_change_nothing_here():
    units, strata = ids(50), ["north"] * 50
    alone = randomise(units, THIRDS, key="k", strata=strata)
    beside = randomise([*units, *(f"q{n}" for n in range(33))], THIRDS, key="k", strata=[*strata, *["south"] * 33])
    assert beside.arm[:50].tolist() == alone.arm.tolist()


def test_rows_of_one_unit_get_one_arm_and_count_once():
    home = np.repeat(np.arange(90), 3)
    drawn = randomise(home, THIRDS, key="k")
    arms = drawn.arm.reshape(90, 3)
    assert (arms == arms[:, :1]).all()
    assert Counter(arms[:, 0].tolist()) == {"nothing": 30, "letter": 30, "door": 30}
    assert drawn.propensity.tolist() == [1 / 3] * 270


def test_every_unit_has_exactly_its_chance_of_every_arm_also_in_a_small_stratum():
    shares = {"nothing": 0.5, "letter": 0.3, "door": 0.2}
    counts = {unit: Counter() for unit in ids(3)}
    for key in range(4_000):
        for unit, arm in zip(ids(3), randomise(ids(3), shares, key=str(key)).arm.tolist(), strict=True):
            counts[unit][arm] += 1
    for count in counts.values():
        for arm, share in shares.items():
            assert count[arm] / 4_000 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4_000))


def test_what_is_left_over_in_many_strata_of_one_falls_to_all_arms():
    units = ids(6_000)
    counts = Counter(randomise(units, THIRDS, key="k", strata=units).arm.tolist())
    assert all(abs(count - 2_000) < 4 * np.sqrt(6_000 * 2 / 9) for count in counts.values())


def test_in_strata_of_two_every_pair_of_arms_meets():
    shares = dict.fromkeys(("a", "b", "c", "d"), 0.25)
    strata = np.repeat(np.arange(400), 2)
    pairs = randomise(np.arange(800), shares, key="k", strata=strata).arm.reshape(400, 2)
    met = {tuple(sorted(pair)) for pair in pairs.tolist()}
    assert met == {("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")}


def test_shares_that_floating_point_cannot_add_up_are_kept_exactly():
    shares = {f"arm {place}": 0.1 for place in range(10)}
    for key in range(200):
        assert set(Counter(randomise(ids(30), shares, key=str(key)).arm.tolist()).values()) == {3}


def test_columns_of_pandas_and_whole_numbers_are_ids_too():
    rows = pd.DataFrame({"id": [1, 2, 3, 4], "place": ["a", "a", "b", "b"]})
    one = randomise(rows["id"], HALF, key="k", strata=rows["place"])
    assert one.arm.tolist() == randomise(["1", "2", "3", "4"], HALF, key="k", strata=["a", "a", "b", "b"]).arm.tolist()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"unit": []}, "nobody to draw"),
        ({"unit": ["a", None, "c"]}, "missing in 1 rows"),
        ({"unit": [1.5, 2.0, 3.0]}, "fractions"),
        ({"unit": [["a"], ["b"], ["c"]]}, "one column"),
        ({"shares": {}}, "do not sum to 1"),
        ({"shares": {"nothing": 0.5, "letter": 0.4}}, "do not sum to 1"),
        ({"shares": {"nothing": 1.0, "letter": 0.0}}, "not above 0"),
        ({"shares": {"nothing": 1.5, "letter": -0.5}}, "not above 0"),
        ({"shares": {"nothing": float("nan"), "letter": 0.5}}, "not above 0"),
        ({"strata": ["x", "y"]}, "another number of rows"),
        ({"strata": ["x", None, "x"]}, "missing in 1 rows"),
        ({"unit": ["a", "a", "b"], "strata": ["x", "y", "x"]}, "stands in two strata"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(changed, words):
    told = {"unit": ["a", "b", "c"], "shares": HALF, "strata": None} | changed
    with pytest.raises(EvidenceError, match=words):
        randomise(told["unit"], told["shares"], key="k", strata=told["strata"])


def test_another_number_of_arms_than_units_is_refused_not_called_false():
    with pytest.raises(EvidenceError, match="another number of rows"):
        verify("", ["a", "b"], ["letter"], HALF, key="k")
