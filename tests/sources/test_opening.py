"""Whatever a file is packed in, called or encoded as: it is read, or it is said what it is; never guessed in silence."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from groundswell.sources import Column, columns_of, head_of, opened, read_rows, stage, unpacking
from groundswell.sources.encoding import is_binary
from groundswell.tables import Engine
from groundswell.vocabulary import DataError, GroundswellError

NAMES = ["José Núñez", "Zoë Åkesson", "Ana Peña", "François Lefèvre", "Jürgen Groß", "Inés Ibáñez"]


def read_all(path, folder):
    """Rows by reading and by staging, which must agree: good with their numbers, bad numbers, notes."""
    rows = read_rows(path, {}, key="sources.people")
    columns = columns_of(path)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with Engine() as engine:
        laid = stage(engine, path, {f"x{place}": name for place, name in enumerate(columns)}, scratch)
        found = engine.table("select * from staged order by _row").to_pylist()
    numbered = [[laid.row_of(row["_row"]), *list(row.values())[1:]] for row in found]
    assert numbered == [list(row.values()) for row in rows.table.to_pylist()]
    assert laid.broken["row"].to_pylist() == rows.rejected["row"].to_pylist()
    assert laid.notes == rows.notes
    assert head_of(path, columns, rows=5).to_pylist() == [
        dict(list(row.items())[1:]) for row in rows.table.slice(0, 5).to_pylist()
    ]
    return rows


@pytest.fixture
def read(tmp_path):
    def read_it(content: bytes, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return read_all(path, tmp_path)

    return read_it


def text_of(names):
    return "id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names))


# Encodings


@pytest.mark.parametrize(
    ("codec", "called"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_names_with_accents_are_read_in_every_usual_encoding_and_it_is_said_which(codec, called, read):
    rows = read(text_of(NAMES).encode(codec))
    assert rows.table["name"].to_pylist() == NAMES
    assert [note.values["encoding"] for note in rows.notes] == ([called] if called else [])
    if called == "Windows-1252":
        assert "José Núñez" in str(rows.notes[0])  # by which a person sees whether it was right


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE])
def test_a_mark_says_which_half_of_a_letter_comes_first(mark, read):
    codec = "utf-16-be" if mark == codecs.BOM_UTF16_BE else "utf-16-le"
    assert read(mark + text_of(NAMES).encode(codec)).table["name"].to_pylist() == NAMES


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp1251", ["Иванов Пётр", "Смирнова Анна", "Кузнецов Юрий", "Щербакова Яна"]),
        ("cp1253", ["Παπαδόπουλος Γιώργος", "Νικολάου Ελένη", "Αθήνα"]),
        ("cp1250", ["Łódź", "Wałęsa Żaneta", "Gdańsk", "Świętosława Mączka", "Książę Błażej"]),
        ("cp932", ["山田太郎", "鈴木花子", "佐藤さくら"]),
        ("gb18030", ["张伟", "王秀英", "李娜刘洋", "陈静杨勇"]),
    ],
)
def test_other_code_pages_are_found_by_their_words(page, names, read):
    rows = read(text_of(names * 3).encode(page))
    assert rows.table["name"].to_pylist() == names * 3
    assert rows.notes[0].kind == "encoding"


def test_a_header_with_accents_is_the_same_wherever_the_file_is_looked_at(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes("año;teléfono\n1950;1\n".encode("cp1252") + b"1960;2\n" * 300_000 + b"\xe9;\xe8\n")
    assert columns_of(path) == ("año", "teléfono")
    assert read_rows(path, {}, key="sources.people").table.num_rows == 300_002


def test_a_few_lines_in_another_encoding_are_read_and_the_others_stay_as_they_are(read):
    content = "id,name\n1,Núñez\n".encode() + "2,Peña\n".encode("cp1252") + "3,Zoë\n".encode() * 3
    rows = read(content)
    assert rows.table["name"].to_pylist() == ["Núñez", "Peña", "Zoë", "Zoë", "Zoë"]
    assert [note.kind for note in rows.notes] == ["mixed"]
    assert rows.notes[0].values["lines"] == "1"


def test_a_line_that_is_text_in_no_encoding_is_rejected_alone(read):
    rows = read("id,name\n1,Núñez\n".encode() + b"2,\xff\xfe\n3,\x81\x8d\n4,Ana\n")
    assert rows.table["_row"].to_pylist() == [1, 4]
    assert rows.rejected["reason"].to_pylist() == ["not a whole row: it is not UTF-8 text"] * 2


def test_utf_16_that_is_cut_in_the_middle_of_a_letter_loses_its_last_row_only(read):
    rows = read(text_of(NAMES).encode("utf-16")[:-5])
    assert rows.table["name"].to_pylist() == NAMES[:-1]
    assert rows.rejected["row"].to_pylist() == [len(NAMES)]


def test_rows_with_nul_bytes_are_rejected_and_the_others_are_not(read):
    rows = read(b"id,name\n1,Ana\n2,Lu\0is\n\0\0\0\n4,Zoe\n")
    assert rows.table["_row"].to_pylist() == [1, 4]
    assert rows.rejected.select(["row", "value", "reason"]).to_pylist() == [
        {"row": 2, "value": "2,Lu?is", "reason": "not a whole row: it holds a NUL byte"},
        {"row": 3, "value": "???", "reason": "not a whole row: it holds a NUL byte"},
    ]


def test_formulas_stay_text(read):
    cells = ["=HYPERLINK(http://x)", "+1+1", "@SUM(A1)", "-2", "=1+1"]
    assert read(text_of(cells).encode()).table["name"].to_pylist() == cells


def test_ten_thousand_columns_are_columns(tmp_path):
    header = ",".join(f"column number {place}" for place in range(10_000))
    lines = [header, ",".join(["1 "] * 10_000), ",".join(["2"] * 9_999), ",".join(["x"] * 10_000)]
    (tmp_path / "people.csv").write_text("\n".join(lines))
    rows = read_rows(tmp_path / "people.csv", {"column number 7": Column("number")}, key="sources.people")
    assert rows.table.num_columns == 10_001
    assert (rows.table["_row"].to_pylist(), rows.rejected["row"].to_pylist()) == ([1], [2, 3])
    assert (rows.table["column number 7"][0].as_py(), rows.table["column number 9999"][0].as_py()) == (1.0, "1")


def test_wide_files_are_read_as_narrow_ones_are(tmp_path, monkeypatch):
    path = tmp_path / "people.csv"
    path.write_text("a,b,c\n1, x ,\u00a0y\n2,,z\nthree,x,y\n4,x\n")
    expected = {"a": Column("number"), "b": Column(required=True)}
    narrow = read_rows(path, expected, key="sources.people")
    monkeypatch.setattr("groundswell.sources.reading.WIDE", 2)
    monkeypatch.setattr("groundswell.sources.slowly.WIDE", 2)
    wide = read_rows(path, expected, key="sources.people")
    assert wide.table.to_pylist() == narrow.table.to_pylist() == [{"_row": 1, "a": 1.0, "b": "x", "c": "y"}]
    assert wide.rejected.to_pylist() == narrow.rejected.to_pylist()


# Packed


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("-", "/").replace("_csv", ".csv"), content)
    return path


def test_the_one_file_in_a_zip_is_read_whatever_lies_beside_it(tmp_path):
    path = zipped(
        tmp_path / "a.zip", members_csv="id,name\n1,Zoë\n", **{"__MACOSX-._members_csv": "x", "readme.md": "x"}
    )
    rows = read_all(path, tmp_path)
    assert rows.table["name"].to_pylist() == ["Zoë"]
    assert rows.file == "a.zip"
    assert str(rows.notes[0]) == "a.zip is a zip file; members.csv in it was read."


def test_of_several_files_in_a_zip_one_is_named_with_a_path(tmp_path):
    path = zipped(tmp_path / "a.zip", **{"north-members_csv": "id,name\n1,Ana\n", "south_csv": "id,name\n2,Luis\n"})
    with pytest.raises(DataError, match="holds 2 files") as caught:
        columns_of(path)
    assert caught.value.found == "north/members.csv, south.csv"
    assert str(path / "north" / "members.csv") in caught.value.hint
    assert read_all(path / "north" / "members.csv", tmp_path).table["name"].to_pylist() == ["Ana"]
    with pytest.raises(DataError, match=r"There is no south\.tsv in a\.zip") as caught:
        columns_of(path / "south.tsv")
    assert caught.value.hint == "Did you mean a.zip/south.csv?"


def test_names_in_a_zip_lead_nowhere(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../escaped.csv", "id,name\n1,Ana\n")
    with opened(tmp_path / "a.zip", folder=tmp_path) as found:
        assert found.plain.parent.parent == tmp_path
    assert read_all(tmp_path / "a.zip", tmp_path).table.num_rows == 1
    assert not list(tmp_path.parent.glob("escaped.csv")) + list(tmp_path.parent.parent.glob("escaped.csv"))


def test_zips_in_zips_and_gzips_in_them_are_unpacked_but_not_for_ever(tmp_path):
    content = text_of(NAMES).encode("utf-16")
    inner = zipped(tmp_path / "inner.zip", members_csv=gzip.compress(content)).read_bytes()
    (tmp_path / "outer.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", inner)
    assert read_all(tmp_path / "outer.zip", tmp_path).table["name"].to_pylist() == NAMES
    for _ in range(4):
        content = gzip.compress(content)
    (tmp_path / "deep.gz").write_bytes(content)
    with pytest.raises(DataError, match="packed many times over"):
        columns_of(tmp_path / "deep.gz")


def test_a_zip_with_a_password_is_refused_with_what_to_do(tmp_path):
    path = zipped(tmp_path / "a.zip", members_csv="id\n1\n")
    raw = bytearray(path.read_bytes())
    raw[6] |= 1  # the flag in the file's own header
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(raw)
    with pytest.raises(DataError, match="has a password") as caught:
        columns_of(path)
    assert "Unpack it" in caught.value.hint


def test_an_empty_and_a_damaged_zip_are_told_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    whole = zipped(tmp_path / "a.zip", members_csv="id,name\n" + "1,Ana\n" * 5_000).read_bytes()
    (tmp_path / "short.zip").write_bytes(whole[:-30])
    torn = bytearray(whole)
    torn[60:64] = b"\xff\xff\xff\xff"
    (tmp_path / "torn.zip").write_bytes(torn)
    for name, message in (("empty", "There is no file in"), ("short", "not a whole zip"), ("torn", "not a whole zip")):
        with pytest.raises(DataError, match=message):
            read_rows(tmp_path / f"{name}.zip", {}, key="sources.people")


def test_what_a_zip_promises_of_its_size_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_RATIO", 20)
    monkeypatch.setattr("groundswell.sources.opening.LEAST_BOMB", 1 << 21)
    path = zipped(tmp_path / "a.zip", members_csv=b"id,name\n" + b"1,1\n" * 900_000)
    gz = tmp_path / "a.csv.gz"
    gz.write_bytes(gzip.compress(b"id,name\n" + b"1,1\n" * 900_000))
    for bomb in (path, gz):
        assert columns_of(bomb) == ("id", "name")  # its beginning is harmless
        with pytest.raises(DataError, match="grows beyond all measure") as caught:
            read_rows(bomb, {}, key="sources.people")
        assert caught.value.file == str(bomb)


def test_a_gzip_file_needs_no_such_name_and_such_a_name_needs_no_gzip(read):
    rows = read(gzip.compress(b"id,name\n1,Ana\n"), "people.csv")
    assert [note.kind for note in rows.notes] == ["gzip"]
    rows = read(b"id,name\n1,Ana\n", "people.csv.gz")
    assert [note.kind for note in rows.notes] == ["text"]
    assert rows.table["name"].to_pylist() == ["Ana"]


def test_parquet_is_read_by_any_name_and_from_a_zip(tmp_path):
    pq.write_table(pa.table({"id": [1], "name": ["Zoë"]}), tmp_path / "people.csv")
    assert read_all(tmp_path / "people.csv", tmp_path).table["name"].to_pylist() == ["Zoë"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "people.csv", "people.parquet")
    assert read_all(tmp_path / "a.zip", tmp_path).table["name"].to_pylist() == ["Zoë"]


def test_copies_are_gone_when_the_file_is_closed(tmp_path):
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(text_of(NAMES).encode("cp1252")))
    with opened(path, folder=tmp_path) as found:
        assert found.plain.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["people.csv.gz"]


# What is no table


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html><table><tr><td>id</td></tr></table></html>", "a web page"),
        (b"\xef\xbb\xbf\n<table border=1><tr><td>id</td></tr></table>", "a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "an XML file"),
        (b'[{"id": 1}]', "a JSON file"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"BZh91AY&SY", "a file packed by bzip2"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7-Zip archive"),
        (b"SQLite format 3\x00" + b"\0" * 99, "an SQLite database"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a picture"),
    ],
)
@pytest.mark.parametrize("name", ["people.xls", "people.csv"])
def test_a_file_that_is_no_table_is_called_what_it_is(content, said, name, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        columns_of(tmp_path / name)
    assert caught.value.found == said
    assert caught.value.file == str(tmp_path / name)
    assert caught.value.hint


def test_a_spreadsheet_of_another_office_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(DataError, match="an OpenDocument file"):
        columns_of(tmp_path / "a.ods")


def test_a_path_into_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "people.csv").write_text("id\n1\n")
    with pytest.raises(DataError, match="is no zip file"):
        columns_of(tmp_path / "people.csv" / "inner.csv")


# Any bytes


def simple_count(content: bytes) -> int:
    """How many rows a reader of a few lines sees: lines that are not blank, below the first of them."""
    text = content.decode("latin-1").removeprefix("\xef\xbb\xbf")
    lines = [line for line in io.StringIO(text, newline="") if line.strip("\r\n")]
    first = next(place for place, line in enumerate(lines) if line.strip())
    return len(lines) - first - 1


MARKS = "a 1 , , ; \n \r\n \r \0 \xe9 \xff \xc3\xa9 \x80 \t | =HYPERLINK(1) \x1a # \\ ' \xe2\x80\xa8".encode("latin-1")
PIECES = some.sampled_from([*MARKS.split(b" "), b" ", b"1,2\n", b"x,y\r\n", b"03/04/2026,1\n", b"31.12.2026"])


@settings(max_examples=80, deadline=None)
@example([b"x,y\n", b"1,2\r\n", b"\r\n"], b"a,b\n")
@example([b"\xe9,\xe8\n"] * 9, b"a,b\n")
@given(some.lists(PIECES, max_size=30), some.sampled_from([b"a,b\n", b"a;b;c\r\n", b"\xef\xbb\xbfa,b\n", b"\n a,b\n"]))
def test_of_any_bytes_every_row_is_good_or_rejected_and_none_is_both(tmp_path_factory, pieces, header):
    folder = tmp_path_factory.mktemp("any")
    path = folder / "people.csv"
    path.write_bytes(header + b"".join(pieces))
    try:
        rows = read_all(path, folder)
    except GroundswellError:
        return  # said to be no table, or without a good row
    told = sorted([*rows.table["_row"].to_pylist(), *rows.rejected["row"].to_pylist()])
    assert told == list(range(1, simple_count(path.read_bytes()) + 1))


@settings(max_examples=60, deadline=None)
@given(some.binary(max_size=300), some.sampled_from(["people.csv", "people.xlsx", "people.csv.gz", "people.zip"]))
def test_random_bytes_are_read_or_refused_and_never_a_crash(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("random") / name
    path.write_bytes(content)
    try:
        rows = read_rows(path, {}, key="sources.people")
    except GroundswellError as error:
        assert error.found is not None
        return
    assert not is_binary(content)
    assert not {*rows.table["_row"].to_pylist()} & {*rows.rejected["row"].to_pylist()}


CELL = some.text(some.characters(codec="cp1252", exclude_characters="\x7f", min_codepoint=32), max_size=8)


@settings(max_examples=60, deadline=None)
@example(
    [("", "\xa00\xa0\xa0\xa0"), ("A¡¢¡", "\xa0\xa0¡A¡Œ")], ["cp1252"] * 15, set()
)  # looks like Chinese, in half of it
@given(
    rows=some.lists(some.tuples(CELL, CELL), min_size=1, max_size=15),
    codecs=some.lists(some.sampled_from(["utf-8", "cp1252"]), min_size=15, max_size=15),
    ragged=some.sets(some.integers(0, 14)),
)
def test_rows_in_mixed_encodings_and_ragged_ones_add_up_and_whole_ones_keep_their_places(
    tmp_path_factory, rows, codecs, ragged
):
    lines = []
    for place, row in enumerate(rows):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row[:1] if place in ragged else row)
        lines.append(buffer.getvalue().encode(codecs[place]))
    folder = tmp_path_factory.mktemp("mixed")
    path = folder / "people.csv"
    path.write_bytes(b"a,b\n" + b"".join(lines))
    try:
        found = read_all(path, folder)
    except GroundswellError:
        assert all(place in ragged or b"\xff" in lines[place] for place in range(len(rows)))
        return
    told = sorted([*found.table["_row"].to_pylist(), *found.rejected["row"].to_pylist()])
    assert told == list(range(1, len(rows) + 1))
    assert all(place - 1 not in ragged for place in found.table["_row"].to_pylist())
