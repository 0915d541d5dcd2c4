"""A file laid out for SQL holds what reading it row by row would, however large it is."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.sources import columns_of, staging
from groundswell.sources.dialect import look
from groundswell.sources.slowly import read_row_by_row
from groundswell.sources.staging import head_of, stage
from groundswell.tables import Engine
from groundswell.vocabulary import DataError
from workbook import write_workbook

WANTED = {"person": "who", "message": "what"}


def staged(path, folder, wanted=None):
    """The rows of the view, each told by its row of the file; and the rows that are not whole."""
    with Engine() as engine:
        found = stage(engine, path, wanted or WANTED, folder)
        rows = engine.table("select * from staged order by _row").to_pylist()
    return [{**row, "_row": found.row_of(row["_row"])} for row in rows], found.broken.to_pylist()


@pytest.fixture
def lay(tmp_path):
    def lay_out(content: bytes, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return staged(path, tmp_path)

    return lay_out


def test_columns_are_found_by_name_and_blanks_around_a_value_go(lay):
    rows, broken = lay(b"what;x;who\n schools ;1;ada\n;2; \n")
    assert rows == [
        {"_row": 1, "person": "ada", "message": "schools"},
        {"_row": 2, "person": None, "message": None},
    ]
    assert broken == []


def test_every_format_gives_the_same_rows(lay, tmp_path):
    rows, _ = lay(b"who,what\nada,schools\nben,jobs\n")
    assert lay(gzip.compress(b"who\twhat\nada\tschools\nben\tjobs\n"), "log.tsv.gz")[0] == rows
    pq.write_table(pa.table({"who": ["ada", "ben"], "what": ["schools", "jobs"]}), tmp_path / "log.parquet")
    assert staged(tmp_path / "log.parquet", tmp_path)[0] == rows
    write_workbook(tmp_path / "log.xlsx", [("who", "what"), ("ada", "schools"), ("ben", "jobs")])
    assert staged(tmp_path / "log.xlsx", tmp_path)[0] == rows


def test_days_and_numbers_of_a_parquet_file_are_told_as_text(tmp_path):
    table = pa.table({"who": [1, 2], "what": pa.array([0, None], pa.timestamp("s", "Europe/Berlin"))})
    pq.write_table(table, tmp_path / "log.parquet")
    rows, _ = staged(tmp_path / "log.parquet", tmp_path)
    assert rows[0]["person"] == "1"
    assert rows[0]["message"].startswith("1970-01-01 00:00:00")
    assert rows[1]["message"] is None


@pytest.mark.parametrize("large", [False, True])
def test_broken_rows_are_told_with_their_place_and_the_others_keep_theirs(large, lay, monkeypatch):
    monkeypatch.setattr(staging, "LARGE", 0 if large else 1 << 40)
    rows, broken = lay(b'who,what\nada,1\nragged\nben,2\n"c" d,3\n\xff,4\neve,5,6\nfay,7\n')
    assert [(row["_row"], row["person"]) for row in rows] == [(1, "ada"), (3, "ben"), (7, "fay")]
    assert [row["row"] for row in broken] == [2, 4, 5, 6]
    assert all(row["reason"].startswith("not a whole row: ") for row in broken)
    assert broken[0]["value"] == "ragged"


@settings(max_examples=60, deadline=None)
@given(
    some.lists(
        some.sampled_from(["ada,1", "ben", '"c,1', "d,1,2", "e,1,", '"f ""x""",1', "g,\xe9", '"h" x,1']), max_size=12
    )
)
def test_large_files_are_read_as_small_ones_are(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("log")
    path = folder / "log.csv"
    path.write_text("\n".join(["who,what", *lines, "zoe,1", ""]), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "LARGE", 0)
        rows, broken = staged(path, folder)
    slowly = read_row_by_row(path, look(path))
    expected = [{"_row": row["_row"], "person": row["c0"], "message": row["c1"]} for row in slowly.whole.to_pylist()]
    assert [list(row.values())[1:] for row in rows] == [list(row.values())[1:] for row in expected]
    if '"c,1' not in lines:  # an open quote takes lines with it, and DuckDB counts lines
        assert rows == expected
        assert [row["row"] for row in broken] == slowly.broken["row"].to_pylist()


def test_a_column_with_one_value_and_blanks_is_asked_for_its_blanks(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("who,what\nada,a\nragged\nben,\ncem,a\n")
    with Engine() as engine:
        stage(engine, path, WANTED, tmp_path)
        assert engine.table("select * from staged where message is null").to_pylist() == [
            {"_row": 3, "person": "ben", "message": None}
        ]


def test_the_head_of_a_file_leaves_broken_rows_out(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("who,what\nada,1\nragged\nben,2\nzoe,3\n")
    assert head_of(path, columns_of(path), rows=2)["who"].to_pylist() == ["ada", "ben"]


def test_a_header_with_a_line_break_is_read_slowly(lay, tmp_path):
    (tmp_path / "log.csv").write_text('"who","a\nb",what\nada,1,schools\n')
    assert staged(tmp_path / "log.csv", tmp_path)[0] == [{"_row": 1, "person": "ada", "message": "schools"}]
    assert head_of(tmp_path / "log.csv", ("who", "a\nb", "what"), rows=5)["what"].to_pylist() == ["schools"]


def test_files_that_are_not_what_their_name_says_get_a_clear_word(tmp_path):
    (tmp_path / "log.parquet").write_bytes(b"who,what\n")
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(b"who,what\n" + b"a,b\n" * 50_000)[:-40])
    for name, message in (("log.parquet", "not a whole Parquet file"), ("log.csv.gz", "not a whole gzip file")):
        with pytest.raises(DataError, match=message):
            staged(tmp_path / name, tmp_path)
