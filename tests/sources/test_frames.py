"""A table from any library, or from a database, becomes a file that reads as a CSV of it would."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from groundswell.sources import as_file, columns_of, query_to_file, read_rows
from groundswell.vocabulary import DataError

ROWS = [
    {"id": 1, "name": "Zoë", "born": date(1950, 4, 3), "score": 1.0, "stop": True},
    {"id": 2, "name": None, "born": None, "score": 0.25, "stop": False},
]
TOLD = [["1", "Zoë", "1950-04-03", "1", "true"], ["2", None, None, "0.25", "false"]]


class Parsons:
    """The shape of a Parsons table: rows as dicts, and what it keeps them in."""

    def __init__(self, rows):
        self.table = [list(rows[0]), *[list(row.values()) for row in rows]]

    @property
    def columns(self):
        return self.table[0]

    def __iter__(self):
        return (dict(zip(self.table[0], row, strict=True)) for row in self.table[1:])


def told(path):
    rows = read_rows(path, {}, key="sources.people").table
    return [list(row.values())[1:] for row in rows.to_pylist()]


@pytest.mark.parametrize(
    "make",
    [
        list,
        iter,
        Parsons,
        pa.Table.from_pylist,
        lambda rows: pa.Table.from_pylist(rows).to_reader(),
        lambda rows: pa.Table.from_pylist(rows).to_batches()[0],
        pl.DataFrame,
        pd.DataFrame,
        lambda rows: pd.DataFrame(rows, index=["x", "y"]),
    ],
    ids=["dicts", "iterator", "parsons", "arrow", "reader", "batch", "polars", "pandas", "pandas with an index"],
)
def test_every_library_gives_the_same_file(make, tmp_path):
    path = as_file(make(ROWS), tmp_path)
    assert columns_of(path) == ("id", "name", "born", "score", "stop")
    assert told(path) == TOLD


def test_whole_numbers_that_pandas_makes_decimals_of_are_whole_again(tmp_path):
    frame = pd.DataFrame({"id": [1, 2, None], "at": pd.to_datetime(["2026-11-30 00:00", None, "2026-11-30 10:00"])})
    assert told(as_file(frame, tmp_path)) == [["1", "2026-11-30"], ["2", None], [None, "2026-11-30 10:00:00"]]


def test_categories_decimals_and_moments_are_told_as_text(tmp_path):
    table = pa.table(
        {
            "a": pa.array(["x", "y"]).dictionary_encode(),
            "b": pa.array([Decimal("1.50"), None]),
            "c": pa.array([datetime.fromisoformat("2026-11-30 10:00:01"), None]),
        }
    )
    assert told(as_file(table, tmp_path)) == [["x", "1.50", "2026-11-30 10:00:01"], ["y", None, None]]


def test_dicts_may_have_different_keys(tmp_path):
    assert told(as_file([{"a": 1}, {"b": 2}], tmp_path)) == [["1", None], [None, "2"]]


@pytest.mark.parametrize("data", [3, "people.csv", [1, 2], {"a": [1]}, [], b"x"])
def test_what_is_no_table_gets_a_clear_word(data, tmp_path):
    with pytest.raises(DataError, match="This is no table") as caught:
        as_file(data, tmp_path)
    assert caught.value.hint


def test_a_cell_with_several_values_is_refused_with_its_column(tmp_path):
    for data in ([{"id": 1, "tags": ["a", "b"]}], pa.table({"id": [1], "tags": [["a", "b"]]})):
        with pytest.raises(DataError, match='"tags" holds more than one value') as caught:
            as_file(data, tmp_path)
        assert caught.value.key == "tags"
    assert list(tmp_path.iterdir()) == []


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(DataError, match="two columns called"):
        as_file(pa.table([[1], [2]], names=["id", "ID"]), tmp_path)


# Databases


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "office.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table people (id integer, name text, share real)")
        connection.executemany("insert into people values (?, ?, ?)", [(n, f"Zoë {n}", n / 4) for n in range(25_000)])
    return f"sqlite:///{path}"


def test_a_query_becomes_a_file(database, tmp_path):
    path = query_to_file(database, "select id, name, share from people where name like '%Zoë%' order by id", tmp_path)
    assert told(path)[:3] == [["0", "Zoë 0", "0"], ["1", "Zoë 1", "0.25"], ["2", "Zoë 2", "0.5"]]
    assert len(told(path)) == 25_000


def test_percent_signs_and_colons_of_a_query_are_its_own(database, tmp_path):
    path = query_to_file(database, "select '100 % :x %s' as a, '10:30' as b", tmp_path)
    assert told(path) == [["100 % :x %s", "10:30"]]


def test_a_statement_that_changes_something_is_refused_and_changes_nothing(database, tmp_path):
    with pytest.raises(DataError, match="gives no rows"):
        query_to_file(database, "delete from people", tmp_path)
    assert told(query_to_file(database, "select count(*) as n from people", tmp_path)) == [["25000"]]


def test_what_the_database_says_is_told(database, tmp_path):
    with pytest.raises(DataError, match="does not answer") as caught:
        query_to_file(database, "select * from nobody", tmp_path)
    assert "no such table: nobody" in caught.value.found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ada:hush%20hush%40@127.0.0.1:1/office?connect_timeout=1",
        "postgresql+psycopg://127.0.0.1:1/office?user=ada&password=hush hush@",
        "nosuchdatabase://ada:hush%20hush%40@host/office",
        "mssql+nosuchdriver://ada:hush%20hush%40@host/office",
        "hush hush@",
        "ada:hush hush@://",
    ],
)
def test_a_password_stands_in_no_error(url, tmp_path):
    with pytest.raises(DataError) as caught:
        query_to_file(url, "select 1", tmp_path)
    told_all = f"{caught.value} {caught.value.as_json()} {caught.value.__cause__}"
    assert "hush" not in told_all
    assert caught.value.__suppress_context__
    assert caught.value.hint
