"""Who becomes a person, who lives with whom, and who said stop."""

from __future__ import annotations

import pyarrow as pa
import pytest

from groundswell.people import gather
from groundswell.sources import PeopleSpec, Rows
from groundswell.tables import REJECTED, empty
from groundswell.vocabulary import DataError

SPEC = PeopleSpec(path="p.csv", person="id", household="home", stop="stop", name="name")


def gathered(*rows: tuple[str | None, ...], decide="household", spec=SPEC, agree=None):
    names = ("id", "home", "stop", "name", "arm")
    columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
    return gather(
        Rows("p.csv", pa.table({"_row": list(range(1, len(rows) + 1)), **columns}), pa.table({})),
        spec,
        decide=decide,
        agree=agree,
    )


def person(name: str, home: str | None = None, stop: str | None = None, arm: str | None = None):
    return (name, home, stop, None, arm)


def test_a_second_row_with_the_same_id_is_rejected_and_leads_to_the_first():
    found = gathered(person("a"), person("b"), person("a"), person("a"))
    assert found.table["person"].to_pylist() == ["a", "b"]
    assert found.rejected.select(["row", "value", "reason"]).to_pylist() == [
        {"row": 3, "value": "a", "reason": "this id stands already in row 1"},
        {"row": 4, "value": "a", "reason": "this id stands already in row 1"},
    ]


def test_a_stop_in_a_second_row_of_the_same_id_is_honoured():
    assert gathered(person("a"), person("a", stop="yes")).table["stop"].to_pylist() == [True]


@pytest.mark.parametrize("said", ["yes", "1", "x", "true", "maybe", "STOP", "no calls", "-", "2026-01-01"])
def test_whatever_does_not_clearly_say_no_means_stop(said):
    assert gathered(person("a", stop=said)).table["stop"].to_pylist() == [True]


@pytest.mark.parametrize("said", [None, "", "no", "No", "N", "FALSE", "f", "0"])
def test_a_clear_no_and_a_blank_do_not_mean_stop(said):
    assert gathered(person("a", stop=said)).table["stop"].to_pylist() == [False]


def test_a_household_with_conflicting_arms_is_rejected_and_a_blank_arm_conflicts_with_none():
    found = gathered(
        person("a", "h1", arm="x"),
        person("b", "h1", arm="y"),
        person("c", "h2", arm="x"),
        person("d", "h2"),
        person("a", "h2", arm="y"),
        agree="arm",
    )
    assert found.table["person"].to_pylist() == ["c", "d"]
    assert [(row["row"], row["column"]) for row in found.rejected.to_pylist()] == [(1, "arm"), (2, "arm"), (5, "id")]
    assert found.rejected["reason"][0].as_py() == "household h1 has conflicting treatments: x and y"


def test_whoever_has_no_household_lives_alone():
    table = gathered(person("a"), person("b"), person("c", "h")).table
    assert len(set(table["unit"].to_pylist())) == 3
    assert table["unit"].to_pylist() == table["cluster"].to_pylist() == table["household"].to_pylist()


def test_decided_person_by_person_the_household_stays_the_cluster():
    table = gathered(person("a", "h"), person("b", "h"), decide="person").table
    assert table["unit"].to_pylist() == ["a", "b"]
    assert table["cluster"].to_pylist() == ["h", "h"]


def test_ids_may_hold_blanks_quotes_and_any_letter():
    ids = ["a b", "it's", 'say "hi"', "é/ü", "日本", "a:b", "%", "null"]
    assert gathered(*(person(one) for one in ids)).table["person"].to_pylist() == ids


def test_columns_called_as_ours_do_not_get_in_the_way():
    names = ["row", "unit", "stop", "household", "cluster", "agree", "rows", "person"]
    table = pa.table({"_row": [1], **{name: [f"my {name}"] for name in names}})
    spec = PeopleSpec(path="p.csv", person="row", household="unit", name="person", address="cluster", stop="agree")
    found = gather(Rows("p.csv", table, pa.table({})), spec, decide="household", agree="rows").table.to_pylist()[0]
    assert (found["person"], found["household"], found["name"]) == ("my row", "my unit", "my person")
    assert (found["address"], found["stop"], found["row"]) == ("my cluster", True, 1)


def test_when_nobody_is_left_that_is_an_error():
    with pytest.raises(DataError, match="Nobody is left"):
        gathered(person("a", "h", arm="x"), person("b", "h", arm="y"), agree="arm")


def test_several_columns_can_name_a_household_together():
    rows = pa.table(
        {"_row": [1, 2, 3, 4], "id": list("abcd"), "city": ["x", "x", "y", None], "family": ["1", "1", "1", "1"]}
    )
    spec = PeopleSpec(path="p.csv", person="id", household="city + family")
    found = gather(Rows("p.csv", rows, empty(REJECTED)), spec, decide="household").table
    assert found["household"].to_pylist() == ["x|1", "x|1", "y|1", "person:d"]
    assert found["unit"].to_pylist() == found["cluster"].to_pylist() == found["household"].to_pylist()
