"""Doors in compact turfs, and short ways through them."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.channels import Channel
from groundswell.fieldwork import TURFS, draw_turf, turfs_of, walk_words
from groundswell.fieldwork.doors import number_and_street
from groundswell.fieldwork.turfs import CROSSING, cut_turfs, flat, stray
from groundswell.fieldwork.walking import hilbert

DOOR = {"door": Channel("door", "person", {}, {"walk_hours": 0.1}, ("volunteer",))}


def test_the_curve_visits_every_place_once_and_goes_from_neighbour_to_neighbour():
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(32), np.arange(32)))
    place = hilbert(x, y, 5)
    assert sorted(place.tolist()) == list(range(32 * 32))
    order = np.argsort(place)
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


@settings(deadline=None, max_examples=40)
@given(
    count=st.integers(1, 160),
    doors=st.integers(1, 40),
    teams=st.integers(1, 4),
    seed=st.integers(0, 99),
    same=st.booleans(),
)
def test_every_door_is_in_one_turf_of_its_own_team_and_no_turf_is_too_large(count, doors, teams, seed, same):
    rng = np.random.default_rng(seed)
    east, north = (rng.integers(0, 3, count) * 10.0 if same else rng.uniform(0, 5_000, count) for _ in range(2))
    team = rng.integers(0, teams, count)
    found = cut_turfs(east, north, doors=doors, team=team, odd=rng.random(count) < 0.5)
    sizes = np.bincount(found.turf)
    assert sizes.sum() == count and sizes.min() >= 1 and sizes.max() <= doors
    for turf in range(len(sizes)):
        mine = found.turf == turf
        assert len(set(team[mine].tolist())) == 1
        assert sorted(found.turn[mine].tolist()) == list(range(sizes[turf]))
        way = np.flatnonzero(mine)[np.argsort(found.turn[mine])]
        assert found.metres[turf] == pytest.approx(np.hypot(np.diff(east[way]), np.diff(north[way])).sum())
    for one in range(teams):  # as even as can be
        mine = np.unique(found.turf[team == one])
        if len(mine):
            assert np.ptp(sizes[mine]) <= 1


def test_short_ways_are_the_shortest_where_all_can_be_tried():
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(30):
        east, north = rng.uniform(0, 100, (2, 7))
        found = cut_turfs(east, north, doors=7)
        best = min(
            np.hypot(np.diff(east[list(way)]), np.diff(north[list(way)])).sum()
            for way in itertools.permutations(range(7))
        )
        ratios.append(found.metres[0] / best)
    assert np.mean(ratios) < 1.02
    assert max(ratios) < 1.2


def test_one_side_of_a_street_is_walked_before_the_other():
    along = np.repeat(np.arange(12) * 10.0, 2)
    odd = np.tile([True, False], 12)
    found = cut_turfs(along, np.zeros(24), doors=24, odd=odd)
    sides = odd[np.argsort(found.turn)]
    assert np.abs(np.diff(sides.astype(int))).sum() <= 3  # crossing at every door would be 12 times or more
    assert found.metres[0] < 2 * 110 + CROSSING


def test_turfs_are_far_more_compact_than_doors_in_the_order_of_a_file():
    rng = np.random.default_rng(0)
    east, north = rng.uniform(0, 3_000, (2, 3_000))
    found = cut_turfs(east, north, doors=60)
    by_file = np.hypot(np.diff(east), np.diff(north)).mean() * 59
    assert found.metres.mean() < by_file / 20


def test_impossible_turfs_are_refused():
    with pytest.raises(ValueError, match="0 doors"):
        cut_turfs(np.zeros(2), np.zeros(2), doors=0)
    with pytest.raises(ValueError, match="not finite"):
        cut_turfs(np.array([np.nan]), np.zeros(1))
    assert len(cut_turfs(np.zeros(0), np.zeros(0)).metres) == 0


def test_places_that_cannot_be_are_told_apart():
    latitude = np.array([0.0, -89.6, 99.0, 52.5, np.nan, *[39.8] * 9])
    longitude = np.array([0.0, 39.8, 10.0, 13.4, np.nan, *[-89.6] * 9])
    where, why = stray(latitude, longitude)
    assert where.tolist() == [0, 1, 2, 3]
    assert "0, 0" in why[0]
    assert "wrong way round" in why[1]
    assert "no place on earth" in why[2]
    assert "200 km" in why[3]


def test_degrees_become_metres():
    east, north = flat(np.array([39.80, 39.80, 39.81]), np.array([-89.64, -89.63, -89.64]))
    assert np.hypot(east[1] - east[0], north[1] - north[0]) == pytest.approx(855, rel=0.01)
    assert north[2] - north[0] == pytest.approx(1_113, rel=0.01)


@pytest.mark.parametrize(
    ("said", "number", "street"),
    [
        ("12 Elm Street", 12, "elm street"),
        ("12b Elm Street, Flat 3", 12, "elm street"),
        ("Calle Mayor 7", 7, "calle mayor"),
        ("The Mill", None, "the mill"),
        ("", None, ""),
    ],
)
def test_house_numbers_are_found_before_and_behind_the_street(said, number, street):
    assert number_and_street(said) == (number, street)


def village(*rows: tuple[str, str, float | None, float | None]):
    """People as ``(name, address, latitude, longitude)``."""
    names = [row[0] for row in rows]
    people = pa.table(
        {
            "person": names,
            "unit": names,
            "household": [row[1] for row in rows],
            "address": [row[1] for row in rows],
            "address_key": [row[1].upper() for row in rows],
            "stop": [False] * len(rows),
            "row": range(1, len(rows) + 1),
        }
    )
    cells = {"_row": range(1, len(rows) + 1), "lat": [row[2] for row in rows], "lon": [row[3] for row in rows]}
    return people, pa.table(cells)


def visits(people: pa.Table) -> pa.Table:
    return pa.table({"unit": people["unit"], "option": ["hello/door"] * people.num_rows})


def test_people_behind_one_door_are_one_door_and_team_boundaries_hold():
    people, rows = village(
        ("ada", "1 Elm St", 39.8, -89.6), ("ben", "1 Elm St", 39.8, -89.6), ("cy", "3 Elm St", 39.8001, -89.6)
    )
    found, bad = turfs_of(
        people,
        rows,
        visits(people),
        DOOR,
        doors=20,
        latitude="lat",
        longitude="lon",
        teams=["north", "north", "South Side"],
    )
    told = {row["person"]: (row["turf"], row["turn"], row["door"]) for row in TURFS.check(found).to_pylist()}
    assert told == {
        "ada": ("walk-north-01", 0, "1 Elm St"),
        "ben": ("walk-north-01", 0, "1 Elm St"),
        "cy": ("walk-south-side-01", 0, "3 Elm St"),
    }
    assert bad.num_rows == 0


def test_doors_without_a_place_on_the_map_stand_street_by_street_and_odd_and_even_sides_apart():
    people, _ = village(*((f"p{number}", f"{number} Elm St", None, None) for number in (4, 1, 2, 5, 3)))
    strays, _ = village(("zed", "9 Oak St", 0.0, 0.0))
    people = pa.concat_tables([people, strays.set_column(6, "row", pa.array([6]))])
    cells = pa.table({"_row": range(1, 7), "lat": [None] * 5 + [0.0], "lon": [None] * 5 + [0.0]})
    found, bad = turfs_of(people, cells, visits(people), DOOR, doors=20, latitude="lat", longitude="lon", file="p.csv")
    assert found["person"].to_pylist() == ["p2", "p4", "p5", "p3", "p1", "zed"]
    assert found["metres"].null_count == 6
    assert bad.to_pylist()[0]["reason"] == "0, 0 is no place where anybody lives"
    assert bad.to_pylist()[0]["row"] == 6


def test_only_those_who_are_visited_and_did_not_say_stop_are_in_turfs():
    people, rows = village(("ada", "1 Elm St", 1.0, 1.0), ("ben", "2 Elm St", 1.0, 1.0))
    stopped = people.set_column(5, "stop", pa.array([True, False]))
    found, _ = turfs_of(stopped, rows, visits(people), DOOR, doors=5, latitude="lat", longitude="lon")
    assert found["person"].to_pylist() == ["ben"]
    phone = pa.table({"unit": ["ben"], "option": ["hello/phone"]})
    assert turfs_of(people, rows, phone, DOOR, doors=5)[0].num_rows == 0
    assert turfs_of(people, rows, visits(people), {}, doors=5)[0].num_rows == 0


def test_a_map_shows_every_door_and_lets_no_text_out_of_its_place():
    rng = np.random.default_rng(3)
    picture = draw_turf(*rng.uniform(0, 400, (2, 25)), title='<b>"Walk"&', labels=["<i>"] * 25)
    assert picture.count("<circle") == 25
    assert "<b>" not in picture and "<i>" not in picture
    assert float(re.search(r'font-size="(\d+)"', picture).group(1)) >= 14
    for number in re.findall(r'(?:cx|cy)="([-\d.]+)"', picture):
        assert 0 <= float(number) <= 680


def test_a_walk_in_words():
    assert walk_words(0.0) == (0.0, 0)
    assert walk_words(4_000.0) == (4.0, 60)
