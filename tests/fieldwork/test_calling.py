"""Each call to the volunteer who is most like the person called, as far as their hours go."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.channels import Channel
from groundswell.fieldwork import SPOKEN, all_through, assign, with_endless_hours

PHONE = Channel("phone", "endpoint", {}, {"caller_hours": 0.5}, ("volunteer",))
DOOR = Channel("door", "person", {}, {"walk_hours": 1.0}, ("volunteer",))
POST = Channel("post", "person", {"*": 0.7})
CHANNELS = {"phone": PHONE, "door": DOOR, "post": POST}


def world(*people: tuple[str, float] | tuple[str, float, str], stop: tuple[str, ...] = (), together: bool = False):
    """People as ``(name, age)`` or ``(name, age, household)``, each a unit; and their traits."""
    names = [row[0] for row in people]
    homes = [row[2] if len(row) > 2 else row[0] for row in people]
    table = pa.table(
        {
            "person": names,
            "unit": homes if together else names,
            "household": homes,
            "name": [name.title() for name in names],
            "stop": [name in stop for name in names],
        }
    )
    return table, pa.table({"person": names, "unit": names, "age": [float(row[1]) for row in people]})


def decided(*rows: tuple[str, str]) -> pa.Table:
    units, options = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"unit": pa.array(units, pa.string()), "option": pa.array(options, pa.string())})


def volunteers(*rows: tuple[str, str, float]) -> pa.Table:
    ids, people, hours = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "messenger": pa.array(ids, pa.string()),
            "person": pa.array(people, pa.string()),
            "hours": pa.array(hours, pa.float64()),
        }
    )


def spoken(people, traits, decisions, callers, **more) -> dict[str, dict[str, object]]:
    found = SPOKEN.check(assign(people, traits, decisions, callers, CHANNELS, key="spring|1", **more))
    rows = {row["person"]: row for row in found.to_pylist()}
    assert len(rows) == found.num_rows
    return rows


TOWN = world(("ada", 86), ("ben", 22), ("eve", 90), ("gil", 20))


def test_whoever_is_most_alike_calls():
    found = spoken(
        *TOWN, decided(("ada", "hello/phone"), ("ben", "hello/phone")), volunteers(("v1", "eve", 9), ("v2", "gil", 9))
    )
    assert {person: row["messenger"] for person, row in found.items()} == {"ada": "v1", "ben": "v2"}
    assert found["ada"]["name"] == "Eve"
    assert found["ada"]["alike"] == ["age"]
    assert found["ada"]["similarity"] > 0.8


def test_only_what_somebody_carries_is_spoken():
    options = decided(("ada", "hello/post"), ("ben", "nothing"), ("gil", "hello/door"))
    assert spoken(*TOWN, options, volunteers(("v1", "eve", 9))).keys() == {"gil"}


def test_nobody_speaks_to_themselves_or_to_whom_they_live_with():
    people, traits = world(("ada", 86, "h1"), ("ben", 85, "h1"), ("eve", 20, "h2"))
    found = spoken(
        people,
        traits,
        decided(("ada", "hello/phone"), ("ben", "hello/phone"), ("eve", "hello/phone")),
        volunteers(("v1", "ben", 9), ("v2", "eve", 9)),
    )
    assert {person: row["messenger"] for person, row in found.items()} == {"ada": "v2", "ben": "v2", "eve": "v1"}
    alone = spoken(people, traits, decided(("ada", "hello/phone")), volunteers(("v1", "ben", 9)))
    assert alone["ada"]["messenger"] is None


def test_nobody_is_called_by_somebody_without_an_hour_left_and_that_stays_blank():
    people, traits = world(*((f"p{n}", 50) for n in range(5)), ("eve", 50))
    calls = decided(*((f"p{n}", "hello/phone") for n in range(5)))
    found = spoken(people, traits, calls, volunteers(("v1", "eve", 1.1)))
    assert Counter(row["messenger"] for row in found.values()) == {"v1": 2, None: 3}
    nobody = next(row for row in found.values() if row["messenger"] is None)
    assert (nobody["name"], nobody["similarity"], nobody["alike"]) == (None, None, [])


def test_a_door_takes_its_own_hours():
    people, traits = world(("ada", 50), ("ben", 50), ("eve", 50))
    found = spoken(
        people, traits, decided(("ada", "hello/door"), ("ben", "hello/phone")), volunteers(("v1", "eve", 1.0))
    )
    assert sorted(str(row["messenger"]) for row in found.values()) == ["None", "v1"]


def test_hours_that_fit_to_the_last_minute_are_used():
    people, traits = world(*((f"p{n}", 50) for n in range(30)), ("eve", 50))
    tenth = {"phone": Channel("phone", "endpoint", {}, {"caller_hours": 0.1}, ("volunteer",))}
    calls = decided(*((f"p{n}", "hello/phone") for n in range(30)))
    found = assign(people, traits, calls, volunteers(("v1", "eve", 3.0)), tenth, key="x")
    assert found["messenger"].null_count == 0


def test_whoever_said_stop_is_not_on_the_list():
    people, traits = world(("ada", 86), ("eve", 90), stop=("ada",))
    assert spoken(people, traits, decided(("ada", "hello/phone")), volunteers(("v1", "eve", 9))) == {}


def test_a_volunteer_who_is_not_in_the_file_of_people_calls_nobody():
    found = spoken(*TOWN, decided(("ada", "hello/phone")), volunteers(("v1", "zoe", 9)))
    assert found["ada"]["messenger"] is None


def test_without_volunteers_everybody_is_left_without_and_without_calls_there_is_nothing():
    assert spoken(*TOWN, decided(("ada", "hello/phone")), volunteers())["ada"]["messenger"] is None
    assert spoken(*TOWN, decided(), volunteers(("v1", "eve", 9))) == {}


def test_all_people_of_a_household_are_spoken_to():
    people, traits = world(("ada", 86, "h1"), ("ben", 85, "h1"), ("eve", 20, "h2"), together=True)
    found = spoken(people, traits, decided(("h1", "hello/phone")), volunteers(("v1", "eve", 9)))
    assert {person: row["unit"] for person, row in found.items()} == {"ada": "h1", "ben": "h1"}


def test_only_the_named_traits_are_compared_and_interests_never():
    people, traits = world(("ada", 86), ("ben", 22), ("eve", 90), ("gil", 20))
    traits = traits.append_column("north", pa.array([1.0, 1.0, 0.0, 1.0]))
    traits = traits.append_column("interest_schools", pa.array([100.0, 0.0, 0.0, 100.0]))
    callers = volunteers(("v1", "eve", 9), ("v2", "gil", 9))
    call = decided(("ada", "hello/phone"))
    assert spoken(people, traits, call, callers, alike=["age"])["ada"]["messenger"] == "v1"
    assert spoken(people, traits, call, callers, alike=["north"])["ada"]["messenger"] == "v2"
    everything = spoken(people, traits, call, callers)["ada"]
    assert "interest_schools" not in everything["alike"]


def test_categories_are_alike_or_not_and_what_is_not_known_counts_half():
    people, traits = world(("ada", 50), ("ben", 50), ("eve", 50), ("gil", 50))
    traits = traits.append_column("district", pa.array(["north", "south", None, "north"]))
    call = decided(("ada", "hello/phone"))
    found = spoken(people, traits, call, volunteers(("v1", "ben", 9), ("v2", "eve", 9)), alike=["district"])["ada"]
    assert (found["messenger"], found["similarity"], found["alike"]) == ("v2", 0.5, [])
    best = spoken(people, traits, call, volunteers(("v1", "eve", 9), ("v2", "gil", 9)), alike=["district"])["ada"]
    assert (best["messenger"], best["similarity"], best["alike"]) == ("v2", 1.0, ["district"])


def test_a_trait_that_is_blank_for_everybody_breaks_nothing():
    people, traits = world(("ada", np.nan), ("eve", np.nan))
    found = spoken(people, traits, decided(("ada", "hello/phone")), volunteers(("v1", "eve", 9)))
    assert (found["ada"]["messenger"], found["ada"]["similarity"]) == ("v1", 0.5)


def test_the_same_key_gives_the_same_calls_whatever_the_order_of_the_file():
    rng = np.random.default_rng(0)
    rows = [(f"p{n}", float(age)) for n, age in enumerate(rng.integers(18, 90, 60))]
    calls = [(f"p{n}", "hello/phone") for n in range(50)]
    callers = volunteers(*((f"v{n}", f"p{n}", 2.0) for n in range(50, 60)))
    found = spoken(*world(*rows), decided(*calls), callers)
    moved = spoken(*world(*rows[::-1]), decided(*calls[::-1]), callers)
    assert {person: row["messenger"] for person, row in found.items()} == {
        person: row["messenger"] for person, row in moved.items()
    }


def test_with_more_volunteers_than_can_be_looked_at_everybody_is_still_called():
    count = 1_300
    people, traits = world(*((f"p{n}", 20 + n % 60) for n in range(count)))
    callers = volunteers(*((f"v{n}", f"p{n}", 0.5) for n in range(count // 2)))
    calls = decided(*((f"p{n}", "hello/phone") for n in range(count // 2, count)))
    found = spoken(people, traits, calls, callers)
    busy = Counter(row["messenger"] for row in found.values() if row["messenger"])
    assert max(busy.values()) == 1
    assert sum(busy.values()) == count / 2


def test_everybody_may_be_asked_about_with_volunteers_who_never_tire():
    people, traits = TOWN
    calls = all_through(people["unit"], "phone")
    tireless = with_endless_hours(volunteers(("v1", "eve", 0.0), ("v2", "gil", 0.0)))
    found = spoken(people, traits, calls, tireless)
    assert {person: row["messenger"] for person, row in found.items()} == {
        "ada": "v1",
        "ben": "v2",
        "eve": "v2",
        "gil": "v1",
    }
    named = pa.table({"id": ["v1"], "person_id": ["eve"], "hours": [1.0]})
    assert with_endless_hours(named).to_pylist() == [{"messenger": "v1", "person": "eve", "hours": float("inf")}]


@settings(deadline=None, max_examples=60)
@given(
    homes=st.lists(st.integers(0, 6), min_size=2, max_size=14),
    hours=st.lists(st.sampled_from([0.0, 0.4, 0.5, 1.0, 1.6, 5.0]), min_size=1, max_size=5),
    through=st.lists(st.sampled_from(["hello/phone", "hello/door", "nothing"]), min_size=14, max_size=14),
    seed=st.integers(0, 99),
)
def test_hours_are_never_overrun_nobody_calls_home_and_no_call_is_left_that_somebody_could_make(
    homes, hours, through, seed
):
    rng = np.random.default_rng(seed)
    names = [f"p{n}" for n in range(len(homes))]
    people, traits = world(
        *((name, float(rng.integers(18, 90)), f"h{home}") for name, home in zip(names, homes, strict=True))
    )
    callers = volunteers(*((f"v{n}", names[n % len(names)], own) for n, own in enumerate(hours)))
    calls = decided(*zip(names, through, strict=False))
    found = spoken(people, traits, calls, callers)
    home = dict(zip(names, homes, strict=True))
    who = {f"v{n}": names[n % len(names)] for n in range(len(hours))}
    need = {
        name: {"hello/phone": 0.5, "hello/door": 1.0}.get(option, 0.0)
        for name, option in zip(names, through, strict=False)
    }
    assert found.keys() == {name for name in names if need[name]}
    left = {f"v{n}": own for n, own in enumerate(hours)}
    for person, row in found.items():
        if row["messenger"] is not None:
            left[row["messenger"]] -= need[person]
            assert home[who[row["messenger"]]] != home[person]
    assert min(left.values()) >= -1e-9
    for person, row in found.items():
        if row["messenger"] is None:
            able = [name for name, rest in left.items() if rest >= need[person] and home[who[name]] != home[person]]
            assert able == []


@pytest.mark.parametrize("hours", [0.0, 0.49])
def test_too_few_hours_are_none(hours):
    found = spoken(*TOWN, decided(("ada", "hello/phone")), volunteers(("v1", "eve", hours)))
    assert found["ada"]["messenger"] is None
