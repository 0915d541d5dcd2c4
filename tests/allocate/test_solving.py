from itertools import product
from math import fsum

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allocate.instances import FAMILIES, GAP_DATA, assignment_problems, family, published_optima
from groundswell.allocate import ContradictionError, NoWholePlanError, solve


def used_by(option, use, size=None):
    """What a choice uses, reckoned from scratch."""
    taken = [(unit, column) for unit, column in enumerate(option.tolist()) if column >= 0]
    amount = (lambda unit, column: use[column] * (1.0 if size is None else size[unit])) if use.ndim == 2 else None
    rows = [amount(*one) if amount else use[one] for one in taken]
    return np.array([fsum(row[limit] for row in rows) for limit in range(use.shape[-1])])


def best_of_all(value, use, limits, floors, allowed, group, size):
    """The value of the best whole plan, by trying all; None where no plan keeps everything."""
    n, k = value.shape
    best = None
    for plan in product(range(-1, k), repeat=n):
        option = np.array(plan)
        if not all(column < 0 or allowed[unit, column] for unit, column in enumerate(plan)):
            continue
        if (used_by(option, use, size) > limits).any():
            continue
        counts = [
            sum(column in floor["options"] and group[unit] == floor["group"] for unit, column in enumerate(plan))
            for floor in floors
        ]
        if any(count < floor["minimum"] for count, floor in zip(counts, floors, strict=True)):
            continue
        worth = fsum(value[unit, column] for unit, column in enumerate(plan) if column >= 0)
        best = worth if best is None or worth > best else best
    return best


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    k=st.integers(1, 3),
    m=st.integers(0, 3),
    floors=st.integers(0, 2),
    tied=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_it_equals_trying_all(seed, n, k, m, floors, tied):
    rng = np.random.default_rng(seed)
    value = (rng.integers(-2, 5, (n, k)) / 4 if tied else rng.normal(0.3, 1.0, (n, k))).astype(np.float32)
    use = rng.integers(0, 4, (k, m)) / 4 if tied else rng.random((k, m))
    size = rng.integers(1, 4, n).astype(float) if seed % 2 else None
    limits, allowed, group = rng.integers(0, 9, m) / 4.0, rng.random((n, k)) < 0.8, rng.integers(0, 2, n)
    wanted = [
        {
            "group": int(rng.choice(group)),
            "options": sorted({int(rng.integers(0, k))}),
            "minimum": int(rng.integers(0, 3)),
        }
        for _ in range(floors)
    ]
    best = best_of_all(value, use, limits, wanted, allowed, group, size)
    given_floors = wanted or None
    if best is None:
        with pytest.raises((ContradictionError, NoWholePlanError)):
            solve(value, use, limits, at_least=given_floors, allowed=allowed, group=group, size=size)
        return
    found = solve(value, use, limits, at_least=given_floors, allowed=allowed, group=group, size=size)
    assert found.value == pytest.approx(best, abs=1e-6)
    assert found.proven
    assert found.value <= found.bound + 1e-9
    assert (used_by(found.option, use, size) <= limits).all()
    assert found.used == pytest.approx(used_by(found.option, use, size), abs=0)
    assert all(met >= floor["minimum"] for met, floor in zip(found.met, wanted, strict=True))


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("n", [700, 30_000])
def test_it_keeps_every_limit_and_proves_a_small_gap(kind, n):
    value, use, limits = family(kind, n)
    found = solve(value, use, limits)
    assert (used_by(found.option, use) <= limits).all()
    assert found.used.tolist() == used_by(found.option, use).tolist()
    taken = np.flatnonzero(found.option >= 0)
    assert found.value == pytest.approx(fsum(value[taken, found.option[taken]].tolist()), rel=1e-14)
    assert -1e-12 <= found.gap <= (0.02 if n < 1000 else 5e-4)


@pytest.mark.parametrize("kind", FAMILIES)
def test_the_bound_is_that_of_the_whole_relaxation(kind):
    value, use, limits = family(kind, 30_000)
    found = solve(value, use, limits)
    every = solve(value, np.broadcast_to(use, (len(value), *use.shape)), limits)
    assert found.bound == pytest.approx(every.bound, rel=1e-7)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), tied=st.booleans())
@settings(max_examples=40, deadline=None)
@example(seed=0, n=60, tied=True)
def test_the_order_of_rows_changes_nothing_that_a_key_names(seed, n, tied):
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 4, (n, 3)) / 4 if tied else rng.random((n, 3))
    use, limits, key = rng.integers(1, 4, (3, 2)) / 4, np.array([0.2, 0.3]) * n, rng.permutation(1000)[:n]
    size, group = rng.integers(1, 3, n).astype(float), rng.choice(["a", "b"], n)
    order = rng.permutation(n)
    first = solve(value, use, limits, key=key, size=size, group=group)
    other = solve(value[order], use, limits, key=key[order], size=size[order], group=group[order])
    assert (first.option[order] == other.option).all()
    assert first.prices.tolist() == other.prices.tolist()


@pytest.mark.parametrize("kind", ["independent", "tied", "clustered"])
def test_the_order_of_many_rows_changes_nothing_either(kind):
    value, use, limits = family(kind, 40_000)
    key = np.array([f"p{number}" for number in range(len(value))])
    order = np.random.default_rng(5).permutation(len(value))
    first, other = solve(value, use, limits, key=key), solve(value[order], use, limits, key=key[order])
    assert (first.option[order] == other.option).all()
    again = solve(value, use, limits, key=key)
    assert again.option.tobytes() == first.option.tobytes()
    if kind == "tied":
        assert (solve(value, use, limits, key=key, seed=1).option != first.option).any()


def test_a_limit_with_a_floor_is_filled_from_below():
    value = np.random.default_rng(0).random((3000, 2)) * [1.0, 0.2]
    use = np.array([[1.0, 0.0], [0.0, 1.0]])
    free = solve(value, use, [1000.0, 2000.0])
    assert free.used.tolist() == [1000.0, 2000.0]
    found = solve(value, use, [1000.0, np.inf], at_least=[-np.inf, 2500.0])
    assert found.used.tolist() == [500.0, 2500.0]
    assert found.prices[0] == 0 > found.prices[1]
    assert found.floored.sum() > 0
    assert not found.floored[found.option < 0].any()
    assert found.value < free.value
    assert found.value <= found.bound


def test_a_floor_of_a_group_costs_what_it_says():
    rng = np.random.default_rng(1)
    value, group = rng.random((20_000, 2)), rng.choice(["en", "es"], 20_000, p=[0.9, 0.1])
    value[group == "es"] *= 0.3
    free = solve(value, [[1.0], [1.0]], [4000.0], group=group)
    reached = int((free.option[group == "es"] >= 0).sum())
    more = [{"group": "es", "minimum": reached + 100}]
    found = solve(value, [[1.0], [1.0]], [4000.0], at_least=more, group=group)
    assert found.met[0] == reached + 100 == (found.option[group == "es"] >= 0).sum()
    assert free.value - found.value == pytest.approx(100 * found.floors[0], rel=0.05)
    assert set(np.unique(group[found.floored])) == {"es"}


def test_contradicting_floors_are_named_and_no_others():
    value = np.random.default_rng(0).random((1000, 2))
    floors = [
        {"group": "north", "options": [0], "minimum": 300},
        {"group": "south", "minimum": 10},
        {"group": "north", "options": [1], "minimum": 300},
    ]
    group = np.where(np.arange(1000) < 500, "north", "south")
    with pytest.raises(ContradictionError, match=r"at_least\[0\] \(minimum 300\) and at_least\[2\]") as found:
        solve(value, [[1.0], [1.0]], [2000.0], at_least=floors, group=group)
    assert found.value.rows == ("at_least[0]", "at_least[2]")
    with pytest.raises(ContradictionError, match=r"limits\[0\] \(at most 250\) and at_least\[0\]"):
        solve(value, [[1.0], [1.0]], [250.0], at_least=floors[:2], group=group)


def test_a_contradiction_among_many_is_named_too():
    value, use, limits = family("independent", 3000)
    floors = [{"minimum": 2000, "options": [3]}]
    with pytest.raises(ContradictionError, match=r"limits\[.\].* and at_least\[0\]"):
        solve(value, use, limits, at_least=floors)


def test_what_only_fractions_could_keep_is_an_error_of_its_own():
    value, use = np.ones((2, 1)), np.array([[2.0]])
    with pytest.raises(NoWholePlanError, match="fractions"):
        solve(value, use, [3.0], at_least=[3.0])


def test_a_floor_above_its_limit_or_its_group_is_seen_at_once():
    with pytest.raises(ContradictionError, match=r"at_least\[0\] is 3 and limits\[0\] is 2"):
        solve([[1.0]], [[1.0]], [2.0], at_least=[3.0])
    with pytest.raises(ContradictionError, match=r"at_least\[0\] asks for 5 units where its group has 1"):
        solve([[1.0], [1.0]], [[1.0]], [2.0], at_least=[{"group": "a", "minimum": 5}], group=["a", "b"])


needs_the_library = pytest.mark.skipif(not GAP_DATA.exists(), reason="no OR-Library problems beside this checkout")


def never_beat_the_optimum(profit, resource, capacity, optimum):
    jobs, agents = profit.shape
    use = resource[:, :, None] * np.eye(agents)
    found = solve(profit, use, capacity, at_least=[{"minimum": jobs}])
    assert (found.option >= 0).all()
    assert found.value <= optimum
    if found.proven:
        assert found.value == optimum


@needs_the_library
@pytest.mark.parametrize("number", [1, 4, 12])
def test_no_published_optimum_of_the_or_library_is_beaten(number):
    name = f"gap{number}"
    never_beat_the_optimum(*next(assignment_problems(name)), published_optima()[name][0])


@pytest.mark.truth
@needs_the_library
@pytest.mark.parametrize("number", range(1, 13))
def test_no_optimum_of_the_or_library_is_beaten(number):
    name = f"gap{number}"
    for problem, optimum in zip(assignment_problems(name), published_optima()[name], strict=True):
        never_beat_the_optimum(*problem, optimum)


def test_equal_units_share_what_there_is_to_the_last_letter():
    value, use = np.full((100_000, 1), 2.0), np.array([[0.60]])
    found = solve(value, use, [27_000.0])
    assert (found.option == 0).sum() == 45_000
    assert found.used.tolist() == [27_000.0]
    assert found.margins[0].options == (-1, 0)
    assert found.margins[0].shares == pytest.approx((0.55, 0.45))


@pytest.mark.parametrize("outlier", [1e4, 1e6, 1e9])
def test_an_outlier_among_uses_or_sizes_hides_no_price(outlier):
    value = np.random.default_rng(0).random((1000, 2))
    assert solve(value, [[1.0], [outlier]], [100.0]).gap <= 1e-3
    floor = [{"minimum": 50, "options": [0]}]
    assert solve(value, [[1.0], [outlier]], [100.0], at_least=floor).met[0] >= 50
    size = np.ones(1000)
    size[0] = outlier
    assert solve(value[:, :1], [[1.0]], [100.0], size=size).gap <= 1e-3
    assert solve(value[:, :1], [[1.0]], [100.0], size=size, at_least=[{"minimum": 50}]).met[0] >= 50
    assert (
        solve([[1.0, 1.0], [2.0, 1.0]], [[1.0], [outlier]], [1.0], at_least=[{"minimum": 1, "options": [0]}]).met[0]
        == 1
    )


@pytest.mark.parametrize("n", [3000, 25_000, 40_000])
def test_values_in_proportion_to_uses_all_tie_and_are_settled_all_the_same(n):
    size = (np.random.default_rng(0).random(n) + 0.5).astype(np.float32).astype(float)
    found = solve((size * 2)[:, None], [[1.0]], [size.sum() * 0.37], size=size)
    assert found.gap <= 5e-4


def test_only_who_meets_a_floor_is_there_because_of_it():
    value = np.random.default_rng(0).random((200, 2))
    floor, group = [{"group": "b", "minimum": 25, "options": [1]}], np.repeat(["a", "b"], 100)
    found = solve(value, [[3.0, 1.0], [7.0, 2.0]], [301.0, 1e9], at_least=floor, group=group)
    assert (found.option[found.floored] == 1).all()
    assert (group[found.floored] == "b").all()


def test_a_floor_that_all_who_can_must_meet_has_no_price():
    asked = {"at_least": [{"group": "n", "minimum": 1}], "group": ["s", "s", "n", "s"]}
    found = solve([[5.0], [3.0], [2.0], [2.9]], [[1.0]], [2.5], **asked)
    assert found.option.tolist() == [0, -1, 0, -1]
    assert found.floors.tolist() in ([np.inf], [pytest.approx(1.0)])


def test_edges_have_an_answer():
    assert solve(np.empty((0, 2)), [[1.0], [1.0]], [5.0]).option.tolist() == []
    assert solve([[1.0]], np.empty((1, 0)), []).option.tolist() == [0]
    assert solve([[-1.0]], [[1.0]], [5.0]).option.tolist() == [-1]
    assert solve([[1.0, 2.0]], [[1.0], [1.0]], [5.0], allowed=[[False, False]]).option.tolist() == [-1]
    nothing_left = solve([[1.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]], [0.0, 1.0])
    assert nothing_left.option.tolist() == [1]
    assert nothing_left.prices[0] > 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": [[1.0, np.nan]]}, r"value\[0, 1\] is nan"),
        ({"value": [[1e39, 1.0]]}, r"value\[0, 0\] is 1e\+39.*float32"),
        ({"value": [1.0, 2.0]}, "value has 1 dimensions"),
        ({"value": [["a", "b"]]}, "value has type"),
        ({"use": [[1.0], [-1.0]]}, r"use\[1, 0\] is -1"),
        ({"use": [[1.0], [np.inf]]}, r"use\[1, 0\] is inf"),
        ({"use": [[1.0]]}, r"use has shape \(1, 1\); expected \(2, 1\)"),
        ({"limits": [-1.0]}, r"limits\[0\] is -1"),
        ({"limits": [np.nan]}, r"limits\[0\] is nan"),
        ({"allowed": [[True]]}, "allowed has shape"),
        ({"allowed": [[1, 0]]}, "allowed has type int64; expected booleans"),
        ({"size": [0.0]}, r"size\[0\] is 0"),
        ({"size": [1.0, 1.0]}, "size has shape"),
        ({"key": ["a", "b"]}, "key has shape"),
        ({"key": [1.5]}, "key has type float64"),
        ({"at_least": [np.nan]}, r"at_least\[0\] is nan"),
        ({"at_least": [1.0, 2.0]}, "at_least has shape"),
        ({"at_least": [{"minimum": 1, "option": 0}]}, r"at_least\[0\] has the keys"),
        ({"value": np.empty((1, 0)), "use": np.empty((0, 1))}, "value has no option"),
        ({"at_least": {"minimum": 1}}, "expected a list of floors"),
        ({"at_least": [{"minimum": 1, "group": ["a"]}]}, "expected one label"),
        ({"group": ["a"], "value": [[1.0, 2.0]], "key": [b"\xff"]}, "key has type"),
        ({"at_least": [{"minimum": 1.5}]}, r"at_least\[0\] has minimum 1.5"),
        ({"at_least": [{"minimum": 1, "options": [2]}]}, r"at_least\[0\] has options \[2\]"),
        ({"at_least": [{"minimum": 1, "group": "x"}]}, "no unit has; there are none: the argument group is missing"),
    ],
)
def test_what_cannot_be_meant_is_named_with_index_and_value(change, message):
    asked = {"value": [[1.0, 2.0]], "use": [[1.0], [1.0]], "limits": [5.0], **change}
    with pytest.raises(ValueError, match=message):
        solve(**asked)


def test_an_id_that_is_there_twice_is_named():
    with pytest.raises(ValueError, match=r"key\[0\] and key\[2\] are both 'a'"):
        solve(np.ones((3, 1)), [[1.0]], [1.0], key=["a", "b", "a"])
