"""A workbook is read like a CSV of its first sheet, and one that is none gets a clear word."""

from __future__ import annotations

import zipfile
from datetime import date, datetime

import pytest

from groundswell.sources import Column, columns_of, read_rows, unpacking
from groundswell.sources.xlsx import read_sheet
from groundswell.vocabulary import DataError
from workbook import write_workbook


@pytest.fixture
def sheet(tmp_path):
    def write(*rows, name="log.xlsx"):
        return write_workbook(tmp_path / name, rows)

    return write


def test_texts_numbers_days_and_truth_values_are_told_as_a_csv_would_tell_them(sheet):
    path = sheet(
        ("who", "n", "share", "day", "moment", "opened"),
        ("ada", 501, 0.25, date(2025, 12, 31), datetime.fromisoformat("2025-12-31 14:05:06"), True),
        ("bén & co", -3.0, 1e21, date(2026, 1, 5), datetime.fromisoformat("2026-01-05"), False),
    )
    rows = read_rows(path, {"day": Column("date"), "opened": Column("yes/no")}, key="sources.people").table.to_pylist()
    assert [list(row.values()) for row in rows] == [
        [1, "ada", "501", "0.25", date(2025, 12, 31), "2025-12-31 14:05:06", True],
        [2, "bén & co", "-3", "1000000000000000000000", date(2026, 1, 5), "2026-01-05", False],
    ]


def test_blank_rows_are_no_rows_and_the_header_is_the_first_that_is_not_blank(sheet):
    found = read_sheet(sheet((None,), ("who", "what"), (None, " "), ("ada", "schools"), (None,), ("ben", None)))
    assert found.columns == ("who", "what")
    assert found.table.to_pylist() == [
        {"_row": 1, "c0": "ada", "c1": "schools"},
        {"_row": 2, "c0": "ben", "c1": None},
    ]


def test_a_column_without_a_name_is_kept_where_it_holds_something(sheet):
    found = read_sheet(sheet(("who", None, "what", None), ("ada", None, "schools", None), ("ben", None, "jobs", "x")))
    assert found.columns == ("who", "what", "column 4")
    assert found.table["c2"].to_pylist() == [None, "x"]


def test_what_is_declared_is_parsed_and_what_is_wrong_is_rejected_with_its_row(sheet):
    rows = read_rows(sheet(("born",), (1950,), ("soon",)), {"born": Column("year")}, key="sources.people")
    assert rows.table["born"].to_pylist() == [1950]
    assert [(row["row"], row["value"]) for row in rows.rejected.to_pylist()] == [(2, "soon")]


def test_many_rows_keep_their_order(sheet):
    path = sheet(("n",), *((number,) for number in range(51_000)))
    assert read_sheet(path).table["c0"].to_pylist() == [str(number) for number in range(51_000)]


def test_the_capitals_of_the_ending_do_not_matter(sheet):
    assert columns_of(sheet(("who",), ("ada",), name="LOG.XLSX")) == ("who",)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\xd0\xcf\x11\xe0" * 200])
def test_a_file_that_is_no_workbook_gets_a_clear_word(content, tmp_path):
    (tmp_path / "log.xlsx").write_bytes(content)
    with pytest.raises(DataError, match="is not an Excel workbook") as caught:
        columns_of(tmp_path / "log.xlsx")
    assert all([caught.value.file, caught.value.found, caught.value.expected, caught.value.hint])


def test_a_zip_file_that_is_no_workbook_and_a_workbook_cut_short_are_told_alike(sheet, tmp_path):
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as other:
        other.writestr("letter.txt", "dear all")
    whole = sheet(("who",), ("ada",)).read_bytes()
    (tmp_path / "short.xlsx").write_bytes(whole[: len(whole) // 2])
    for name in ("other.xlsx", "short.xlsx"):
        with pytest.raises(DataError, match="is not an Excel workbook"):
            columns_of(tmp_path / name)


def test_a_text_that_is_called_a_workbook_is_read_as_text_and_that_is_said(tmp_path):
    (tmp_path / "log.xlsx").write_bytes(b"who\twhat\nada\tschools\n")
    rows = read_rows(tmp_path / "log.xlsx", {}, key="sources.people")
    assert rows.table["what"].to_pylist() == ["schools"]
    assert [note.kind for note in rows.notes] == ["text"]


def test_a_workbook_by_another_name_is_read_and_that_is_said(sheet, tmp_path):
    path = sheet(("who",), ("ada",)).rename(tmp_path / "log.csv")
    rows = read_rows(path, {}, key="sources.people")
    assert rows.table["who"].to_pylist() == ["ada"]
    assert str(rows.notes[0]) == "log.csv is an Excel workbook, though its name does not say so."


def _with_sheet(path, change):
    """The workbook with another first sheet."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "cell",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c t='n' r='XFD1048576'><v>1</v></c></row>",
        b'<row r="3"><c r="XFD3"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_a_cell_at_the_end_of_the_earth_is_refused_rather_than_all_between_it_held(sheet, cell):
    path = _with_sheet(sheet(("who",), ("ada",)), lambda xml: xml.replace(b"</sheetData>", cell + b"</sheetData>"))
    with pytest.raises(DataError, match="reaches too far") as caught:
        columns_of(path)
    assert caught.value.hint


def test_blank_cells_far_away_that_only_have_a_style_do_no_harm(sheet):
    far = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    path = _with_sheet(sheet(("who",), ("ada",)), lambda xml: xml.replace(b"</sheetData>", far))
    assert read_rows(path, {}, key="sources.people").table["who"].to_pylist() == ["ada"]


def test_a_workbook_that_grows_beyond_all_measure_is_refused(sheet, monkeypatch):
    monkeypatch.setattr(unpacking, "LEAST_SHEETS", 1 << 20)
    path = _with_sheet(sheet(("who",), ("ada",)), lambda xml: xml + b" " * (1 << 23))
    with pytest.raises(DataError, match="grows beyond all measure"):
        columns_of(path)


def test_the_sheets_that_are_not_read_are_named(sheet):
    path = sheet(("who",), ("ada",))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    second = b'<sheet name="Old" sheetId="2" r:id="r1"/></sheets>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", second)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    notes = read_rows(path, {}, key="sources.people").notes
    assert [str(note) for note in notes] == ["Only the first sheet of log.xlsx, Log, is read. There are others: Old"]


def test_a_missing_an_empty_and_a_blank_workbook_are_told_apart(sheet, tmp_path):
    (tmp_path / "empty.xlsx").touch()
    for name, message in (("none.xlsx", "There is no file"), ("empty.xlsx", "is empty")):
        with pytest.raises(DataError, match=message):
            columns_of(tmp_path / name)
    with pytest.raises(DataError, match="has no header line"):
        columns_of(sheet())
    with pytest.raises(DataError, match="has a header but no rows"):
        read_rows(sheet(("who",)), {}, key="sources.people")


def test_two_columns_of_one_name_are_refused(sheet):
    with pytest.raises(DataError, match="has two columns called"):
        columns_of(sheet(("who", "Who"), ("a", "b")))
