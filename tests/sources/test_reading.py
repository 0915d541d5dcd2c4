"""Every row of a file is read or rejected with a reason, and a file that is none gets a clear word."""

from __future__ import annotations

import csv
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.sources import Column, columns_of, read_rows
from groundswell.vocabulary import DataError


@pytest.fixture
def read(tmp_path):
    def read_it(content: bytes, expected=None, *, name="people.csv", **words):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return read_rows(path, expected or {}, key="sources.people", **words)

    return read_it


def cells(rows) -> list[list[object]]:
    return [list(row.values())[1:] for row in rows.table.to_pylist()]


def good(rows) -> list[int]:
    return rows.table["_row"].to_pylist()


def bad(rows) -> list[int]:
    return rows.rejected["row"].to_pylist()


# Files that are none


def test_a_missing_file_is_named_with_the_one_most_like_it(tmp_path):
    (tmp_path / "people.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"There is no file peple\.csv") as caught:
        read_rows(tmp_path / "peple.csv", {}, key="sources.people")
    assert caught.value.found == "nothing"
    assert caught.value.hint == "Did you mean people.csv?"


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(DataError) as caught:
        columns_of(tmp_path)
    assert caught.value.found == "a folder"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "has no header line"),
        (b"a,b\n", "has a header but no rows"),
        (b"a,b", "has a header but no rows"),
        (b"a,b\n\n\n", "has a header but no rows"),
        (b"PK\x03\x04\x00\x00", "is not a whole zip file"),
        (b"\x00\x01\x02\x03" * 99, "is not a text file"),
        (b"a\x00b,c\n1,2\n", "is not a text file"),
        (b"\xff\xff,b\n1,2\n", "is not a text file"),
        (b'"' + b"a" * (1 << 20) + b",b\n1,2\n", "does not end"),
        (b"a,b,A\n1,2,3\n", "has two columns called"),
        (b"a,_ROW\n1,2\n", 'has a column called "_row"'),
        (b"a,b\n1\n2\n", "No row of people.csv can be used"),
    ],
)
def test_a_file_that_is_no_table_gets_a_clear_word(read, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read(content)
    error = caught.value
    assert all([error.file, error.found, error.expected, error.hint])


def test_a_damaged_gzip_file_is_an_error(read):
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)
    for content in (packed[: len(packed) // 2], packed[:30] + b"\xff" * 40 + packed[70:]):
        with pytest.raises(DataError, match="is not a whole gzip file"):
            read(content, name="people.csv.gz")


def test_a_gzip_file_is_read_like_a_plain_one(read):
    assert cells(read(gzip.compress(b"a,b\n1,2\n"), name="people.CSV.GZ")) == [["1", "2"]]


def test_a_wrong_delimiter_is_suspected_when_there_is_one_column_only(read):
    with pytest.raises(DataError, match='has no column "b"') as caught:
        read(b"a,b\n1,2\n", {"b": Column()}, delimiter=";")
    assert "delimiter" in caught.value.hint


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_is_one_character(read, delimiter):
    with pytest.raises(DataError, match="cannot separate columns") as caught:
        read(b"a,b\n1,2\n", delimiter=delimiter)
    assert caught.value.key == "delimiter"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_looking(read, mark):
    assert cells(read(f"a{mark}b\n1{mark}2\n".encode())) == [["1", "2"]]


def test_an_unknown_column_gets_the_nearest_one_as_a_suggestion(read):
    with pytest.raises(DataError) as caught:
        read(b"household,age\n1,2\n", {"houshold": Column()})
    assert caught.value.key == "sources.people"
    assert caught.value.hint == 'Did you mean "household"?'


# Text as it comes


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
        b'\xef\xbb\xbf"a","b"\n1,2\n3,4\n',
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\r\n1,2\n3,4",
        b"\n\na,b\n1,2\n\n\n3,4\n\n",
        b'a,b\n"1","2"\n 3 ,4\n',
        b"a,b\n1,2,\n3,4\n",
    ],
)
def test_marks_line_ends_blank_lines_and_quotes_do_not_matter(read, content):
    rows = read(content)
    assert cells(rows) == [["1", "2"], ["3", "4"]]
    assert good(rows) == [1, 2]


def test_postcodes_keep_their_zeros_and_yes_stays_yes(read):
    assert cells(read(b"a,b,c\n00501,yes,1e5\n")) == [["00501", "yes", "1e5"]]


def test_a_file_of_one_row_is_enough(read):
    assert cells(read(b"a\n1\n")) == [["1"]]


def test_a_name_in_the_header_may_hold_a_line_break(read):
    rows = read(b'"a\nb",c\n1,2\n3,4\n')
    assert rows.table.column_names == ["_row", "a\nb", "c"]
    assert good(rows) == [1, 2]


def test_columns_may_bear_the_names_we_use_ourselves(read):
    names = [
        "person",
        "unit",
        "row",
        "stop",
        "value",
        "option",
        "problems",
        "place",
        "c0",
        "raw",
        "rows",
        "select",
        'a"b',
    ]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    row = ",".join(map(str, range(len(names))))
    rows = read(f"{header}\n{row}\n".encode(), {"problems": Column("number"), 'a"b': Column("number")})
    assert rows.table.column_names == ["_row", *names]
    assert cells(rows) == [[float(n) if name in {"problems", 'a"b'} else str(n) for n, name in enumerate(names)]]


def test_a_column_name_is_never_run_as_sql(read):
    name = 'x" from raw; drop table raw; --'
    rows = read(f'"{name.replace(chr(34), chr(34) * 2)}",b\n1,2\n'.encode(), {name: Column("number")})
    assert rows.table[name].to_pylist() == [1.0]


@pytest.mark.parametrize("name", ["a*b.csv", "a[1].csv", "a?.csv", "year=2020/a.csv", "it's.csv", "a b ü.csv"])
def test_a_file_may_be_called_anything(read, name):
    for decoy in ("azb.csv", "a1.csv", "ax.csv"):
        read(b"a,b\n9,9\n", name=decoy)
    rows = read(b"a,b\n1,2\n", name=name)
    assert rows.table.column_names == ["_row", "a", "b"]
    assert cells(rows) == [["1", "2"]]


def test_a_huge_cell_is_read_and_a_monstrous_row_is_rejected(read):
    rows = read(b"a,b\n" + b"x" * 1_000_000 + b",1\n" + b"y" * 17_000_000 + b",2\n3,4\n")
    assert good(rows) == [1, 3]
    assert rows.rejected["reason"].to_pylist() == ["not a whole row: it is too long"]
    assert len(rows.rejected["value"][0].as_py()) == 200


# Rows that cannot be used


def test_ragged_and_broken_rows_are_rejected_with_their_number_and_the_others_go_on(read):
    rows = read(b'a,b\n1\n"x\n\ny",2\n1,2,3\n\xff,6\n7,8\n"5" pipe",9\n\n"10,11\n12,13\n')
    assert cells(rows) == [["x\n\ny", "2"], ["7", "8"]]
    assert good(rows) == [2, 5]
    assert rows.rejected.select(["row", "value", "reason"]).to_pylist() == [
        {"row": 1, "value": "1", "reason": "not a whole row: expected 2 columns, found 1"},
        {"row": 3, "value": "1,2,3", "reason": "not a whole row: expected 2 columns, found 3"},
        {"row": 4, "value": "?,6", "reason": "not a whole row: it is not UTF-8 text"},
        {"row": 6, "value": '"5" pipe",9', "reason": "not a whole row: a quote stands in the middle of a quoted value"},
        {"row": 7, "value": '"10,11\n12,13', "reason": "not a whole row: a quote is not closed"},
    ]


@pytest.mark.parametrize(
    ("column", "right", "wrong"),
    [
        (Column("year"), ["1950", "2006", "1950.0", ""], ["50", "19500", "1950.5", "year", "1750"]),
        (Column("number"), ["1", "-1.5", "1e3", ""], ["1,5", "one", "nan", "inf", "-inf"]),
        (Column("number", lowest=0.01, highest=1.0), ["0.01", "1", "0.5"], ["0", "0.009", "1.01", "-1"]),
        (Column("yes/no"), ["yes", "No", "TRUE", "0", "1.0", "x", "sí", ""], ["maybe", "2", "oui"]),
        (
            Column("date"),
            ["2026-11-30", "2026-11-30 10:00:00", "30/11/2026", "20261130", ""],
            ["30/11/26", "2026-02-30", "infinity", "20261-01-01", "31/31/2026", "99999"],
        ),
        (Column("category", among=("a", "b c")), ["a", "b c", ""], ["A", "b", "c"]),
        (Column(required=True), ["x", "é"], ["", "  "]),
    ],
)
def test_a_value_that_is_not_of_its_type_rejects_the_row_and_says_what_was_expected(read, column, right, wrong):
    content = "a,b\n" + "".join(f'"{value}",1\n' for value in [*right, *wrong])
    rows = read(content.encode(), {"a": column})
    assert good(rows) == list(range(1, len(right) + 1))
    assert bad(rows) == list(range(len(right) + 1, len(right) + len(wrong) + 1))
    for said in rows.rejected.to_pylist():
        assert (said["file"], said["column"]) == ("people.csv", "a")
        assert column.expected() in said["reason"]


def test_a_row_with_two_wrong_values_is_told_twice_and_read_never(read):
    rows = read(b"a,b\nx,y\n1,2\n", {"a": Column("number"), "b": Column("number")})
    assert good(rows) == [2]
    assert rows.rejected.select(["row", "column"]).to_pylist() == [{"row": 1, "column": "a"}, {"row": 1, "column": "b"}]


def test_when_no_row_is_left_the_first_reason_is_told(read):
    with pytest.raises(DataError, match=r"No row of people\.csv can be used") as caught:
        read(b"yob\nfifty\n", {"yob": Column("year")})
    assert caught.value.key == "yob"
    assert caught.value.found == 'row 1: "fifty"'


ODD = some.text(some.sampled_from('ab1,;"\n\r é='), max_size=6)


@settings(max_examples=40, deadline=None)
@given(
    rows=some.lists(
        some.one_of(
            some.lists(ODD, min_size=2, max_size=2),
            some.lists(some.text("ab1,", max_size=3), min_size=1, max_size=4),
            some.just([b"\xff", b"1"]),
        ),
        min_size=1,
        max_size=12,
    ),
    ending=some.sampled_from(["\n", "\r\n"]),
)
def test_read_and_rejected_rows_together_are_the_rows_of_the_file(tmp_path_factory, rows, ending):
    lines = []
    for row in rows:
        if row[0] == b"\xff":
            lines.append(b"\xff,1" + ending.encode())
            continue
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator=ending, quoting=csv.QUOTE_ALL).writerow(row)
        lines.append(buffer.getvalue().encode())
    path = tmp_path_factory.mktemp("rows") / "people.csv"
    path.write_bytes(f"a,b{ending}".encode() + b"".join(lines))
    whole = [place for place, row in enumerate(rows, start=1) if row[0] != b"\xff" and fits(row)]
    if not whole:
        with pytest.raises(DataError):
            read_rows(path, {}, key="sources.people")
        return
    found = read_rows(path, {}, key="sources.people")
    assert good(found) == whole
    assert sorted({*good(found), *bad(found)}) == list(range(1, len(rows) + 1))
    assert not {*good(found)} & {*bad(found)}
    for place, values in zip(whole, cells(found), strict=True):
        assert values == [cell.strip(" ") or None for cell in rows[place - 1][:2]]


def fits(row: list[str]) -> bool:
    return len(row) >= 2 and not any(row[2:])  # blanks too many do no harm


def test_row_numbers_stay_right_through_many_thousand_rows(read):
    lines = [f"{n},{n}\n" if n % 1000 else f"{n}\n" for n in range(1, 120_001)]
    rows = read(("a,b\n" + "".join(lines)).encode())
    assert bad(rows) == [n for n in range(1, 120_001) if n % 1000 == 0]
    assert rows.table["a"].to_pylist() == [str(n) for n in good(rows)]


# Parquet


def test_parquet_with_typed_columns_reads_as_the_same_file_in_text_would(tmp_path):
    path = tmp_path / "people.parquet"
    born = pa.array([1950.0, None, 1700.0])
    pq.write_table(pa.table({"id": [1, 2, 3], "yob": born, "stop": [True, False, None], "row": ["a", " ", "c"]}), path)
    rows = read_rows(path, {"yob": Column("year"), "stop": Column("yes/no")}, key="sources.people")
    assert cells(rows) == [["1", 1950, True, "a"], ["2", None, False, None]]
    assert bad(rows) == [3]


def test_a_parquet_file_that_is_none_is_an_error(tmp_path):
    path = tmp_path / "people.parquet"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is not a whole Parquet file"):
        columns_of(path)
    pq.write_table(pa.table({"a": [1], "_row": [2]}), path)
    with pytest.raises(DataError, match="a name that groundswell needs"):
        columns_of(path)


def test_rows_that_end_early_are_rejected_or_have_blanks_there_as_the_campaign_says(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id,name,born\n1,Ada,1950\n2,Ben\n3\n,,\n", encoding="utf-8")
    expected = {"id": Column(required=True), "born": Column("year")}
    strict = read_rows(file, expected, key="sources.people")
    assert strict.table["id"].to_pylist() == ["1"]
    assert "expected 3 columns, found 2" in strict.rejected["reason"].to_pylist()[0]
    padded = read_rows(file, expected, key="sources.people", padded=True)
    assert padded.table.select(["id", "name", "born"]).to_pylist() == [
        {"id": "1", "name": "Ada", "born": 1950},
        {"id": "2", "name": "Ben", "born": None},
    ]
    assert padded.rejected["row"].to_pylist() == [3, 4]  # one cell is no row, and neither is one without an id
