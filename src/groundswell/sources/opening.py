"""The one step before any reading: from a file of whatever kind to plain UTF-8, a workbook or Parquet, and what to say of it.

What a file is, its first bytes say; its name only where they do not. Nothing is unpacked or converted in place: copies lie in
a folder for the while.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from groundswell.sources.dialect import not_text, nothing_in, reading, require_file
from groundswell.sources.encoding import as_utf8, is_binary
from groundswell.sources.notes import Note
from groundswell.sources.unpacking import (
    LEAST_BOMB,
    Bound,
    Unpacked,
    is_open_document,
    is_workbook_zip,
    refuse_monster,
    ungzip,
    unzip,
)
from groundswell.sources.xlsx import not_workbook
from groundswell.vocabulary import DataError

HEAD = 1 << 20
"""So many bytes are looked at where only the header is wanted."""

Form = Literal["text", "workbook", "parquet"]

_DEEPEST = 4
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOKS = {".xlsx", ".xlsm", ".xls"}
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"BZh", "a file packed by bzip2", "Unpack it, or pack it by zip or gzip."),
    (b"\xfd7zXZ\x00", "a file packed by xz", "Unpack it, or pack it by zip or gzip."),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", "Unpack it, or pack it by zip or gzip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it by zip."),
    (b"Rar!\x1a", "a RAR archive", "Unpack it, or pack it by zip."),
    (b"%PDF", "a PDF", "Ask for the table it was made from: CSV or XLSX."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV."),
    (b"\x89PNG", "a picture", "Ask for the table it was made from: CSV or XLSX."),
    (b"\xff\xd8\xff", "a picture", "Ask for the table it was made from: CSV or XLSX."),
    (b"{\\rtf", "an RTF document", "Export the table as CSV."),
)
_MARKUP = (
    ((b"<!doctype html", b"<html", b"<head", b"<table", b"<body", b"<meta"), "a web page"),
    ((b"<?xml",), "an XML file"),
    ((b'{"', b'[{"', b"[{ ", b"[\n", b"{\n"), "a JSON file"),
)


@dataclass(frozen=True)
class Opened:
    """A file that can be read.

    Attributes:
        path: what the user calls it.
        plain: what to read: the file itself, or a copy that is gone afterwards.
        form: what it is.
        sound: for text: all of it is UTF-8 without NUL bytes.
        notes: what a person should hear.
    """

    path: Path
    plain: Path
    form: Form
    sound: bool = True
    notes: tuple[Note, ...] = ()


@contextmanager
def opened(path: Path, *, folder: Path | None = None, most: int | None = None) -> Iterator[Opened]:
    r"""Open a file of any kind for reading.

    Args:
        path: CSV or TSV in any usual encoding, XLSX, XLS or Parquet, plain or packed by gzip or zip; a file inside a zip
            file is called ``archive.zip/members.csv``.
        folder: where copies may lie for the while; None: the system's.
        most: so many bytes of a text are enough.

    Raises:
        DataError: when there is no such file, or it is nothing that rows can be read from.
        StorageError: when there is no room for a copy.

    >>> place = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = place.write_bytes("name\nZoë\n".encode("utf-16"))
    >>> with opened(place) as found:
    ...     found.plain.read_text("utf-8"), found.form, str(found.notes[0])
    ('name\nZoë\n', 'text', 'people.csv is in UTF-16; it was read as that.')
    """
    file, inside = split_path(path)
    require_file(file)
    with tempfile.TemporaryDirectory(prefix="groundswell-", dir=folder) as scratch:
        with reading(path):
            found = _opened(path, file, inside, Path(scratch), most)
        yield found


def split_path(path: Path) -> tuple[Path, str | None]:
    r"""The file on the disk, and which file inside it is meant.

    >>> import zipfile
    >>> place = Path(tempfile.mkdtemp()) / "a.zip"
    >>> with zipfile.ZipFile(place, "w") as archive:
    ...     archive.writestr("north/members.csv", "id\n1\n")
    >>> split_path(place / "north" / "members.csv")[1], split_path(place)[1]
    ('north/members.csv', None)
    """
    for parent in path.parents:
        if parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return path, None


def _opened(path: Path, file: Path, inside: str | None, scratch: Path, most: int | None) -> Opened:
    """Unpack what is packed, then say what it is."""
    notes: list[Note] = []
    bound = Bound(file, file.stat().st_size, LEAST_BOMB)
    piece, name = Unpacked(file, cut=False), file.name
    for depth in range(_DEEPEST):
        suffix = Path(name).suffix.lower()
        packing = _packing(piece.path, suffix, path)
        if packing is None:
            break
        named = inside if packing == "zip" else None
        piece, member = _unpack(packing, piece.path, named, scratch / f"piece{depth}", bound, most)
        if packing == "gzip" and suffix != ".gz":
            notes.append(Note("gzip", {"file": path.name}))
        if packing == "zip":
            notes += [] if named else [Note("member", {"file": path.name, "member": member})]
            inside = None
        name = member or (name[:-3] if suffix == ".gz" else name)
    else:
        raise _stranger(path, "a file packed many times over", "Unpack it, and give what is inside.")
    if inside is not None:
        raise _stranger(file, "no zip file", f"Give {file.name} alone.")
    return _as_it_is(path, Path(name).suffix.lower(), piece, scratch, most, tuple(notes))


def _packing(packed: Path, suffix: str, path: Path) -> Literal["gzip", "zip"] | None:
    head = _head(packed)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and suffix not in _BOOKS and not is_workbook_zip(packed):
        if is_open_document(packed):
            raise _stranger(
                path, "an OpenDocument file", "Open it in a spreadsheet and save it as .xlsx or as CSV UTF-8."
            )
        return "zip"
    return None


def _unpack(
    packing: Literal["gzip", "zip"], source: Path, inside: str | None, place: Path, bound: Bound, most: int | None
) -> tuple[Unpacked, str]:
    """One layer less; all of it where its beginning is no text."""

    def take(limit: int | None) -> tuple[Unpacked, str]:
        if packing == "gzip":
            return ungzip(source, place, bound, limit), ""
        return unzip(source, inside, place, bound, limit)

    found, member = take(most)
    if found.cut and _form_of(_head(found.path)) != "text":
        return take(None)
    return found, member


def _form_of(head: bytes) -> Form | Literal["packed"]:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_OLE):
        return "workbook"
    return "packed" if head.startswith((b"\x1f\x8b", b"PK")) else "text"


def _as_it_is(
    path: Path, suffix: str, piece: Unpacked, scratch: Path, most: int | None, notes: tuple[Note, ...]
) -> Opened:
    """What is left when nothing is packed any more."""
    head = _head(piece.path)
    if not head:
        raise nothing_in(path)
    form = _form_of(head)
    if form == "parquet" or suffix == ".parquet":
        return Opened(path, piece.path, "parquet", notes=notes)
    if form in {"packed", "workbook"}:
        return _workbook(path, suffix, piece.path, notes)
    for mark, what, hint in _STRANGERS:
        if head.startswith(mark):
            raise _stranger(path, what, hint)
    if is_binary(head):
        raise not_workbook(path, "binary data") if suffix in _BOOKS else not_text(path, "binary data")
    _refuse_markup(path, head)
    if suffix in {*_BOOKS, ".gz", ".zip"}:
        notes += (Note("text", {"file": path.name, "suffix": suffix}),)
    plain = as_utf8(piece.path, path.name, scratch / "plain", most, cut=piece.cut)
    return Opened(path, plain.path, "text", plain.sound, notes + plain.notes)


def _workbook(path: Path, suffix: str, plain: Path, notes: tuple[Note, ...]) -> Opened:
    if not _head(plain).startswith(_OLE):
        try:
            refuse_monster(plain, path)
        except zipfile.BadZipFile as error:
            raise not_workbook(path, str(error)) from error
    if suffix not in _BOOKS:
        notes += (Note("workbook", {"file": path.name}),)
    return Opened(path, plain, "workbook", notes=notes)


def _refuse_markup(path: Path, head: bytes) -> None:
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for marks, what in _MARKUP:
        if begins.startswith(marks):
            raise _stranger(path, what, "Open it in a spreadsheet and save it as .xlsx or as CSV UTF-8.")


def _stranger(path: Path, what: str, hint: str) -> DataError:
    return DataError(
        f"{path.name} is {what}.",
        file=path,
        found=what,
        expected="a table: CSV, TSV, XLSX or Parquet, plain or packed by zip or gzip",
        hint=hint,
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(4096)
