"""The chart of an organisation is read whatever is wrong with it, and what is wrong is told."""

from __future__ import annotations

import gzip
import random
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.teams import LONGEST_WAY, PROBLEMS, TEAMS, Teams, teams

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
here = pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")


def chart(*pairs: tuple[str | None, str | None]) -> Teams:
    columns = list(zip(*pairs, strict=True)) or [(), ()]
    return teams(
        pa.table({name: pa.array(ids, pa.string()) for name, ids in zip(("person", "manager"), columns, strict=True)})
    )


def rows(found: Teams) -> dict[str, dict[str, object]]:
    return {row["person"]: row for row in found.table.to_pylist()}


def kinds(found: Teams) -> list[tuple[str, str]]:
    return [(row["kind"], row["person"]) for row in found.problems.to_pylist()]


def test_everybody_knows_the_way_to_the_top():
    found = chart(("a", None), ("b", "a"), ("c", "b"), ("d", "b"), ("e", "a"))
    assert kinds(found) == []
    told = rows(found)
    assert told["c"] == {
        "person": "c", "manager": "b", "team": "b", "top": "a", "depth": 2, "span": 0, "below": 0, "path": ["c", "b", "a"],
    }  # fmt: skip
    assert (told["a"]["team"], told["a"]["span"], told["a"]["below"], told["b"]["below"]) == ("a", 2, 4, 2)


def test_of_two_bosses_the_first_is_taken_and_the_other_reported():
    found = chart(("a", ""), ("b", ""), ("c", "a"), ("c", "b"), ("c", "b"))
    assert rows(found)["c"]["manager"] == "a"
    assert ("two-bosses", "c") in kinds(found)
    assert kinds(found).count(("two-bosses", "c")) == 1


def test_a_second_row_may_know_what_the_first_did_not():
    assert rows(chart(("a", None), ("b", None), ("b", "a")))["b"]["manager"] == "a"


def test_oneself_an_unknown_and_a_manager_who_is_gone_are_told_apart():
    found = chart(("a", "a"), ("b", "zz"), ("c", "unknown"), ("d", " n/a "))
    assert kinds(found) == [("self", "a"), ("orphan", "b"), ("unknown-manager", "c")]
    assert [row["depth"] for row in found.table.to_pylist()] == [0, 0, 0, 0]


def test_a_circle_is_cut_above_its_first_and_told_once():
    found = chart(("x", "b"), ("a", "c"), ("b", "a"), ("c", "b"))
    assert kinds(found) == [("cycle", "a")]
    assert "a reports to c reports to b reports to a" in found.problems["detail"].to_pylist()[0]
    assert (rows(found)["a"]["depth"], rows(found)["c"]["path"], rows(found)["x"]["top"]) == (0, ["c", "b", "a"], "a")


def test_several_tops_are_told():
    found = chart(("a", None), ("b", None), ("c", "a"))
    assert kinds(found) == [("several-tops", "a"), ("several-tops", "b")]


def test_a_file_without_managers_says_so():
    assert kinds(teams(pa.table({"person": ["a", "b"]}))) == [("no-managers", "a")]
    assert kinds(chart(("a", None), ("b", ""))) == [("no-managers", "a")]
    assert chart().table.num_rows == 0


def test_two_hundred_thousand_take_seconds():
    draw = random.Random(0)
    pairs = [("0x", None)] + [(f"{n}x", f"{draw.randrange(n)}x") for n in range(1, 200_000)]
    start = time.process_time()
    found = chart(*pairs)
    assert time.process_time() - start < 15
    assert rows(found)["0x"]["below"] == 199_999


def test_a_chain_of_many_thousands_neither_recurses_nor_fills_the_memory():
    found = chart(("0x", None), *((f"{n}x", f"{n - 1}x") for n in range(1, 50_000)))
    last = found.table.slice(49_999, 1).to_pylist()[0]
    assert (last["depth"], last["top"], len(last["path"])) == (49_999, "0x", LONGEST_WAY)


@here
def test_a_real_company_has_a_chart():
    table = arrow_csv.read_csv(
        DATA / "company_reports_to.csv", parse_options=arrow_csv.ParseOptions(delimiter=","),
    ).rename_columns(["person", "manager"])  # fmt: skip
    found = teams(table)
    assert found.table.num_rows == len(set(table["person"].to_pylist()))
    assert max(found.table["depth"].to_pylist()) >= 2


@here
def test_a_list_of_employees_without_managers_says_so():
    with gzip.open(DATA / "employees_fictional.csv.gz") as file:
        table = arrow_csv.read_csv(pa.BufferReader(file.read()))
    found = teams(table, person="EmployeeNumber", manager="ManagerID")
    assert (found.table.num_rows, found.problems["kind"].to_pylist()) == (1_470, ["no-managers"])


ID = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "d", "e", "", "n/a", "unknown"]), st.text(max_size=3))


@settings(max_examples=200)
@given(pairs=st.lists(st.tuples(ID, ID), max_size=12))
def test_every_chart_has_an_end_however_it_was_drawn(pairs):
    found = chart(*pairs)
    table = TEAMS.check(found.table).to_pylist()
    PROBLEMS.check(found.problems)
    assert {row["person"] for row in table} == {person.strip() for person, _ in pairs if person and person.strip()}
    assert sum(row["span"] for row in table) + sum(row["depth"] == 0 for row in table) == len(table)
    assert all(row["path"][0] == row["person"] and row["path"][-1] == row["top"] for row in table)
    assert sum(row["below"] + 1 for row in table if row["depth"] == 0) == len(table)
