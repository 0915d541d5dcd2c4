"""What is imported takes the place of what was there; every row still leads to the file it came from."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.overlay import import_of_row, lead_to_files, overlay, row_of_import


def rows(*people: tuple[str | None, str], **more: list[object]) -> pa.Table:
    """``(id, town)`` in the order of a file."""
    ids, towns = ([person for person, _ in people], [town for _, town in people])
    table = {"_row": list(range(1, len(people) + 1)), "id": pa.array(ids, pa.string()), "town": towns}
    return pa.table(table | more)


def told(table: pa.Table) -> list[tuple[str | None, str, int]]:
    return [(row["id"], row["town"], row["_row"]) for row in table.to_pylist()]


OWN = rows(("ada", "Ely"), ("ben", "Ely"), ("eve", "Ely"))


def test_without_imports_the_file_stays_as_it_is():
    assert overlay(OWN, [], person="id") is OWN


def test_an_imported_row_replaces_that_of_the_same_person_and_a_new_one_is_added():
    found = overlay(OWN, [(1, rows(("ben", "York"), ("zoe", "York")))], person="id")
    assert told(found) == [
        ("ada", "Ely", 1),
        ("eve", "Ely", 3),
        ("ben", "York", 1_000_000_001),
        ("zoe", "York", 1_000_000_002),
    ]


def test_of_several_imports_the_last_one_counts():
    first, second = rows(("ben", "York"), ("zoe", "York")), rows(("zoe", "Bath"))
    found = overlay(OWN, [(1, first), (2, second)], person="id")
    assert ("zoe", "Bath", 2_000_000_001) in told(found)
    assert [row for row in told(found) if row[0] == "zoe"] == [("zoe", "Bath", 2_000_000_001)]


def test_a_person_who_stands_twice_in_the_campaigns_own_file_is_replaced_twice():
    own = rows(("ada", "Ely"), ("ben", "Ely"), ("ada", "Leeds"))
    assert told(overlay(own, [(1, rows(("ada", "York")))], person="id")) == [
        ("ben", "Ely", 2),
        ("ada", "York", 1_000_000_001),
    ]


def test_a_column_that_only_one_side_has_is_blank_on_the_other():
    own = rows(("ada", "Ely"), ("ben", "Ely"), born=[1950, 1960])
    new = rows(("ben", "York"), member=[True])
    found = {row["id"]: row for row in overlay(own, [(1, new)], person="id").to_pylist()}
    assert (found["ada"]["born"], found["ada"]["member"]) == (1950, None)
    assert (found["ben"]["born"], found["ben"]["member"]) == (None, True)


def test_the_columns_may_stand_in_another_order_and_bear_odd_names():
    own = pa.table({"_row": [1], 'the "id"': ["ada"], "row": ["x"], "came": ["y"]})
    new = pa.table({"came": ["z"], "_row": [1], "row": ["w"], 'the "id"': ["ada"]})
    found = overlay(own, [(3, new)], person='the "id"').to_pylist()
    assert found == [{"_row": 3_000_000_001, 'the "id"': "ada", "row": "w", "came": "z"}]


def stops(*people: tuple[str, str | None]) -> pa.Table:
    return rows(*((person, "Ely") for person, _ in people), stop=pa.array([said for _, said in people], pa.string()))


def who_stopped(own: pa.Table, *imports: pa.Table) -> set[str]:
    found = overlay(own, list(enumerate(imports, start=1)), person="id", stop="stop").to_pylist()
    return {row["id"] for row in found if row["stop"] not in {None, "", "no"}}


def test_a_stop_is_honoured_wherever_it_was_said_and_is_never_taken_back_by_a_row_that_came_later():
    own = stops(("ada", "yes"), ("ben", None), ("eve", None), ("gil", "no"))
    assert who_stopped(own, stops(("ada", None), ("ben", "yes"), ("gil", "no"))) == {"ada", "ben"}
    assert who_stopped(own, stops(("ben", "yes")), stops(("ben", None), ("eve", ""))) == {"ada", "ben"}
    assert who_stopped(own, stops(("eve", None), ("eve", "please stop"))) == {"ada", "eve"}


def test_a_second_row_of_somebody_in_one_import_is_kept_to_be_told_and_comes_after_the_first():
    found = overlay(OWN, [(1, rows(("ben", "York"), ("ben", "Bath")))], person="id")
    assert [row for row in told(found) if row[0] == "ben"] == [
        ("ben", "York", 1_000_000_001),
        ("ben", "Bath", 1_000_000_002),
    ]


def test_rejected_rows_lead_to_the_file_they_stand_in_and_so_do_their_reasons():
    said = ["expected a year", "this id stands already in row 1000000002", "this id stands already in row 12"]
    bad = pa.table({"file": ["people.csv"] * 3, "row": [7, 1_000_000_007, 2_000_000_001], "reason": said})
    assert lead_to_files(bad, {0: "people.csv", 1: "may.csv", 2: "june.csv"}).to_pylist() == [
        {"file": "people.csv", "row": 7, "reason": "expected a year"},
        {"file": "may.csv", "row": 7, "reason": "this id stands already in row 2"},
        {"file": "june.csv", "row": 1, "reason": "this id stands already in row 12"},
    ]


@given(st.integers(0, 10_000), st.integers(1, 999_999_999))
def test_a_row_leads_back_to_its_import(number, row):
    assert import_of_row(row_of_import(number, row)) == (number, row)


PEOPLE = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz")), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(own=PEOPLE, imports=st.lists(PEOPLE, max_size=3))
def test_everybody_has_the_last_row_that_came_of_them(own, imports):
    # An import holds each person once: the door rejects second rows.
    imports = [list(dict(part).items()) for part in imports]
    tables = [(number, rows(*part)) for number, part in enumerate(imports, start=1)]
    found = told(overlay(rows(*own), tables, person="id"))
    expected = {}
    for number, part in enumerate(imports, start=1):
        for place, (person, town) in enumerate(part, start=1):
            expected[person] = (person, town, row_of_import(number, place))
    kept = [(person, town, place) for place, (person, town) in enumerate(own, start=1) if person not in expected]
    assert found == sorted([*kept, *expected.values()], key=lambda row: row[2])
