"""A census counts what there is, and all of it can be written down."""

from __future__ import annotations

import json

import pyarrow as pa

from groundswell.people.census import census
from groundswell.people.normalising import normalise
from groundswell.tables import Engine

ROWS = [
    ("a", "(202) 555-0123", "ann@x.org", "Ann Ray", "5 Oak St Apt 1", "89301", ""),
    ("b", "202-555-0123", "bob@x.org", "Bob Ray", "5 Oak Street #1", "89301-1234", "a"),
    ("c", "555-0199", "ANN@x.org", "Cid Fox", "6 Oak St", "89301", "a"),
    ("d", "555-0198", "dan.x.org", "Dan Fox", "Elm Nursing Home, 7 Elm St", "89301", "zz"),
    ("e", "", None, "Eve Lee", "Oak St", None, "e"),
    ("f", "n/a", "", "Fay Lee", None, None, "a"),
    ("g", "999-999-9999", "x", "Gus Lee", "", "", "a"),
]
COLUMNS = ("person", "tel", "mail", "who", "street", "zip", "boss")
ROLES = {"phone": "tel", "email": "mail", "name": "who", "address": "street", "postcode": "zip"}


def counted(rows: list[tuple[str | None, ...]] = ROWS, **words) -> dict:
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = {name: pa.array(values, pa.string()) for name, values in zip(COLUMNS, columns, strict=True)}
    with Engine() as engine:
        engine.register(rows=pa.table(table))
        normalise(engine, "rows", ROLES, "made", country="US")
        people = engine.table("select * from made")
    told = census(people, ROLES, country="US", **words)
    assert json.loads(json.dumps(told)) == told
    return told


def test_homes_are_counted_by_size_and_institutions_apart():
    told = counted()["homes"]
    assert (told["count"], told["people_without"]) == (3, 3)
    assert told["by_size"] == [
        {"members": 1, "or_more": False, "homes": 1},
        {"members": 2, "or_more": False, "homes": 1},
    ]
    assert told["institutions"]["by_kind"] == {"care home": 1}
    assert told["institutions"]["largest"][0]["reason"] == "its address names a care home"


def test_endpoints_that_several_share_are_counted():
    told = counted()
    assert told["phone"]["shared"] == [{"by": 2, "endpoints": 1}]
    assert told["email"]["shared"] == [{"by": 2, "endpoints": 1}]
    assert (told["phone"]["people_with"], told["phone"]["people_without"], told["phone"]["endpoints"]) == (2, 5, 1)


def test_what_is_missing_or_unusable_says_why_the_most_frequent_first():
    told = counted()
    assert told["phone"]["reasons"] == [
        {"reason": "blank", "people": 2, "example": None},
        {"reason": "no-area-code", "people": 2, "example": "555-0198"},
        {"reason": "filler", "people": 1, "example": "999-999-9999"},
    ]
    assert [reason["reason"] for reason in told["email"]["reasons"]] == ["blank", "no-at-sign"]


def test_teams_are_counted_with_what_is_wrong():
    told = counted(manager="boss")["teams"]
    assert (told["count"], told["depth"], told["widest"]) == (1, 1, {"person": "a", "span": 4})
    assert {problem["kind"]: problem["count"] for problem in told["problems"]} == {"orphan": 1, "self": 1}


def test_places_are_counted():
    (place,) = counted()["places"]
    assert (place["kind"], place["count"], place["people"]) == ("~postcode", 1, 4)


def test_nobody_can_be_counted_too():
    told = counted([], manager="boss")
    assert (told["people"], told["homes"]["count"], told["teams"]["count"], told["places"]) == (0, 0, 0, [])


def test_what_was_not_made_is_not_told():
    told = census(pa.table({"person": ["a"]}), {}, country="US")
    assert (told["homes"], told["phone"], told["email"], told["teams"], told["places"]) == (None, None, None, None, [])
