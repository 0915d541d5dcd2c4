from itertools import product
from math import fsum

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.allocate import solve_households

SHARED = np.array([False, False, True, True])  # call, e-mail, door, post
COST = np.array([[1.5, 0.0], [0.1, 0.0], [3.0, 1.0], [0.6, 0.0]])


def town(households, *, messages=3, seed=0, people=2.2):
    """Effects that household members share in part, and what each channel uses of money and hours at doors."""
    rng = np.random.default_rng(seed)
    sizes = 1 + rng.poisson(people - 1, households)
    home = np.repeat(np.arange(households), sizes)
    value = rng.normal(0.0, 1.0, (households, messages, 1))[home] + rng.normal(0.3, 1.0, (len(home), messages, 4))
    value = (value * [0.8, 0.3, 1.0, 0.4]).astype(np.float32)
    return value, np.tile(COST, (messages, 1, 1)), np.array([0.5, 0.05]) * households, home


def contacts(found, home, use):
    """What the plan uses, from scratch: what is shared counts once for a home."""
    seen = {}
    for person, (message, channel) in enumerate(zip(found.message.tolist(), found.channel.tolist(), strict=True)):
        if channel >= 0:
            seen[(home[person], channel) if SHARED[channel] else (person, channel, "own")] = use[message, channel]
    return np.array([fsum(row[limit] for row in seen.values()) for limit in range(use.shape[2])])


def check(found, value, use, limits, home, allowed=None):
    reached = np.flatnonzero(found.channel >= 0)
    assert found.value == pytest.approx(
        fsum(value[reached, found.message[reached], found.channel[reached]].tolist()), rel=1e-12
    )
    assert (contacts(found, home, use) <= limits).all()
    assert found.used.tolist() == pytest.approx(contacts(found, home, use), rel=1e-14)
    for label in set(home.tolist()):
        parts = found.message[home == label]
        if not found.split[home == label].any():
            assert len(set(parts.tolist())) == 1
    if allowed is not None:
        assert allowed[reached, found.message[reached], found.channel[reached]].all()
    assert found.gap >= -1e-12


def all_plans(value, use, home, allowed):
    """Every pattern of every home: message, what comes once, each member's channel; worth and use."""
    found = []
    for label in sorted(set(home.tolist())):
        people = np.flatnonzero(home == label)
        own = [(0.0, np.zeros(use.shape[2]))]
        for message in range(value.shape[1]):
            closed = {channel for channel in np.flatnonzero(SHARED) if not allowed[people, message, channel].all()}
            for chosen in product(range(-1, 4), repeat=len(people)):
                if any(
                    c >= 0 and (not allowed[p, message, c] or c in closed) for p, c in zip(people, chosen, strict=True)
                ):
                    continue
                worth = sum(float(value[p, message, c]) for p, c in zip(people, chosen, strict=True) if c >= 0)
                once = {c for c in chosen if c >= 0 and SHARED[c]}
                each = [c for c in chosen if c >= 0 and not SHARED[c]]
                own.append((worth, sum((use[message, c] for c in [*once, *each]), np.zeros(use.shape[2]))))
        found.append(own)
    return found


def integer_optimum(plans, limits):
    """The best choice of one pattern for each home, by HiGHS; patterns that another one beats are left out."""
    kept = []
    for own in plans:
        best = []
        for worth, uses in sorted(own, key=lambda one: (-one[0], one[1].tolist())):
            if not any((other <= uses + 1e-12).all() for _, other in best):
                best.append((worth, uses))
        kept.append(best)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 1e-6)
    columns = [(home, worth, uses) for home, own in enumerate(kept) for worth, uses in own]
    for _, worth, _ in columns:
        solver.addVar(0.0, 1.0)
        solver.changeColIntegrality(solver.getNumCol() - 1, highspy.HighsVarType.kInteger)
        solver.changeColCost(solver.getNumCol() - 1, -worth)
    for home in range(len(kept)):
        inside = [place for place, column in enumerate(columns) if column[0] == home]
        solver.addRow(-np.inf, 1.0, len(inside), np.array(inside, np.int32), np.ones(len(inside)))
    for limit, most in enumerate(limits):
        solver.addRow(
            -np.inf,
            most,
            len(columns),
            np.arange(len(columns), dtype=np.int32),
            np.array([c[2][limit] for c in columns]),
        )
    solver.run()
    return -solver.getInfo().objective_function_value


@given(seed=st.integers(0, 10**6), households=st.integers(1, 4), tight=st.floats(0.05, 1.0))
@settings(max_examples=40, deadline=None)
def test_it_is_near_the_best_whole_plan_and_never_above(seed, households, tight):
    value, use, limits, home = town(households, messages=2, seed=seed, people=1.6)
    kept = np.bincount(home)[home] <= 3
    value, home = value[kept], home[kept]
    if not len(home):
        return
    allowed = np.random.default_rng(seed).random(value.shape) < 0.8
    limits = limits * tight * 10
    found = solve_households(value, use, limits, household=home, shared=SHARED, allowed=allowed)
    check(found, value, use, limits, home, allowed)
    best = integer_optimum(all_plans(value, use, home, allowed), limits)
    assert found.value <= best + 1e-6
    assert best <= found.bound + 1e-6
    # A vertex of the program splits no more homes than there are limits.
    most = sum(max(worth for worth, _ in own) for own in all_plans(value, use, home, allowed)[:2])
    assert found.bound - found.value <= max(most, 2 * value.max() * 3) + 1e-6


@pytest.mark.parametrize("seed", [0, 1])
def test_three_hundred_households_come_within_half_a_percent_of_the_integer_optimum(seed):
    value, use, limits, home = town(300, seed=seed, people=1.7)
    kept = np.bincount(home)[home] <= 4
    value, home = value[kept], home[kept]
    found = solve_households(value, use, limits, household=home, shared=SHARED)
    check(found, value, use, limits, home)
    best = integer_optimum(all_plans(value, use, home, np.ones(value.shape, bool)), limits)
    assert 0.995 * best <= found.value <= best + 1e-6


def test_thirty_thousand_households_are_proven_within_a_two_thousandth():
    value, use, limits, home = town(30_000)
    found = solve_households(value, use, limits, household=home, shared=SHARED)
    check(found, value, use, limits, home)
    assert found.gap <= 5e-4
    assert (found.prices > 0).all()


def test_a_visit_or_a_letter_is_closed_for_all_where_one_member_may_not_be_reached_so():
    value, use, _, home = town(3000, seed=4)
    allowed = np.ones(value.shape, dtype=bool)
    allowed[::5, :, 2] = False
    found = solve_households(value, use, [np.inf, np.inf], household=home, shared=SHARED, allowed=allowed)
    check(found, value, use, [np.inf, np.inf], home, allowed)
    homes = set(home[::5].tolist())
    at_door = set(home[found.channel == 2].tolist())
    assert at_door and not homes & at_door


def test_more_than_twelve_people_are_split_and_it_says_so():
    value, use, limits, _ = town(2000, seed=5)
    home = np.concatenate([np.zeros(30, int), 1 + np.arange(len(value) - 30) // 3])
    found = solve_households(value, use, limits, household=home, shared=SHARED)
    assert found.split.sum() == 30
    assert found.split[:30].all()
    assert (found.used <= limits).all()
    assert set(home[found.split]) == {0}


def test_the_order_of_people_changes_nothing_that_a_key_names():
    value, use, limits, home = town(2000, seed=6)
    key, order = np.arange(len(value)) + 7, np.random.default_rng(0).permutation(len(value))
    first = solve_households(value, use, limits, household=home, shared=SHARED, key=key)
    other = solve_households(value[order], use, limits, household=home[order], shared=SHARED, key=key[order])
    assert (first.channel[order] == other.channel).all()
    assert (first.message[order] == other.message).all()


def test_what_fits_exactly_is_used_to_the_last():
    one = np.ones((1, 1, 1))
    assert solve_households([[[5.0]]], one, [1.0], household=[0], shared=[False]).value == 5.0
    value = np.random.default_rng(0).random((1000, 1, 1)) + 0.1
    found = solve_households(value, one, [500.0], household=np.arange(1000), shared=[False])
    assert found.used.tolist() == [500.0]
    assert found.value <= found.bound
    many = solve_households(np.ones((20_000, 1, 1)), 0.6 * one, [6000.0], household=np.arange(20_000), shared=[True])
    assert (many.channel >= 0).sum() == 10_000
    assert many.used.tolist() == [6000.0]


def test_edges_have_an_answer():
    value, use, _, home = town(50)
    nothing = solve_households(value, use, [0.0, 0.0], household=home, shared=SHARED)
    assert (nothing.channel == -1).all()
    empty = solve_households(value[:0], use, [1.0, 1.0], household=home[:0], shared=SHARED)
    assert empty.channel.tolist() == []
    none = solve_households(value, use[:, :, :0], [], household=home, shared=SHARED)
    assert none.gap <= 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": np.full((1, 1, 2), np.nan)}, r"value\[0, 0, 0\] is nan"),
        ({"value": [[1.0]]}, "value has shape"),
        ({"use": np.full((1, 2, 1), -1.0)}, "use has shape .* 0 or more"),
        ({"limits": [-1.0]}, r"limits\[0\] is -1"),
        ({"shared": [False]}, "shared is"),
        ({"household": ["a", "b"]}, "household has shape"),
        ({"allowed": np.ones((1, 1, 1), bool)}, "allowed has shape"),
    ],
)
def test_what_cannot_be_meant_is_named(change, message):
    asked = {
        "value": np.ones((1, 1, 2)),
        "use": np.ones((1, 2, 1)),
        "limits": [1.0],
        "household": ["a"],
        "shared": [False, True],
    }
    with pytest.raises(ValueError, match=message):
        solve_households(**(asked | change))
