"""Places are counted; how small a place may be shown is for others to say."""

from __future__ import annotations

import pyarrow as pa

from groundswell.people.places import PLACES, places

PEOPLE = pa.table({
    "person": ["a", "b", "c", "d"],
    "~postcode": ["02139", "02139", "89301", None],
    "precinct": [" 7", "7", "", None],
    "~home": ["h", "h", "k", None],
})  # fmt: skip


def test_a_place_is_a_row_with_its_people_and_homes_the_largest_first():
    found = places(PEOPLE, "~postcode", "precinct")
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("precinct", "7", 2, 1),
        ("~postcode", "02139", 2, 1),
        ("~postcode", "89301", 1, 1),
    ]


def test_a_column_that_people_do_not_have_names_no_place():
    assert PLACES.check(places(PEOPLE, "site")).num_rows == 0
    assert PLACES.check(places(PEOPLE)).num_rows == 0


def test_homes_are_blank_where_nothing_is_known_of_homes():
    assert places(PEOPLE.drop_columns("~home"), "precinct")["homes"].to_pylist() == [None]


def test_a_place_may_be_a_number():
    assert places(pa.table({"site": [1, 1, 2]}), "site")["place"].to_pylist() == ["1", "2"]
