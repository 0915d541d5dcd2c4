"""Packed files: what is inside is written out under names of our own, counted while it comes, and never too much of it."""

from __future__ import annotations

import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from groundswell.tables.files import storage_error
from groundswell.vocabulary import DataError, nearest

MOST_RATIO = 200
"""A packed file that grows by more than this is refused, once it is larger than ``LEAST_BOMB``. Text shrinks to a tenth."""
LEAST_BOMB = 1 << 30
LEAST_SHEETS = 1 << 28
"""What the parts of a workbook may grow to in any case: all of a sheet is held in memory."""
MOST_CELLS = 200_000_000
"""How large a sheet may claim to be, blank cells included."""

_BLOCK = 1 << 20
_DATA = {".csv", ".tsv", ".tab", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".gz", ".zip"}
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?:[^>]*?\sr=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'])?[^>]*(?<!/)>|<(?:\w+:)?row\b[^>]*?\sr=[\"']([0-9]{1,7})"
)


class Unpacked(NamedTuple):
    """What was unpacked, and whether there is more of it than was asked for."""

    path: Path
    cut: bool


class Bound:
    """Counts what comes out of a packed file, and refuses a bomb.

    Args:
        path: the file as the user calls it, for errors.
        packed: its size.
        least: what may come out in any case.
    """

    def __init__(self, path: Path, packed: int, least: int) -> None:
        self.path = path
        self.most = max(least, packed * MOST_RATIO)
        self.seen = 0

    def add(self, size: int) -> None:
        """Count so many bytes more.

        Raises:
            DataError: when it is more than any honest file holds.
        """
        self.seen += size
        if self.seen > self.most:
            raise DataError(
                f"{self.path.name} grows beyond all measure when it is unpacked.",
                file=self.path,
                found=f"more than {self.most:,} bytes",
                expected=f"at most {MOST_RATIO} times its size, or {self.most:,} bytes",
                hint="Do not trust it. If you do know where it comes from, unpack it yourself and give what was inside.",
            )


@contextmanager
def unpacking(path: Path, kind: str) -> Iterator[None]:
    """Say clearly what is wrong when a packed file cannot be unpacked.

    Raises:
        DataError: for a damaged file, or one packed in a way we do not know.
    """
    try:
        yield
    except (
        gzip.BadGzipFile,
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise DataError(
            f"{path.name} is not a whole {kind} file.",
            file=path,
            found=str(error) or "its end is missing",
            expected=f"a file packed by {kind}",
            hint="Copy or export it again, or give the file that is inside.",
        ) from error


def ungzip(path: Path, place: Path, bound: Bound, most: int | None) -> Unpacked:
    """Write out what is in a gzip file, or its first ``most`` bytes."""
    with unpacking(bound.path, "gzip"), gzip.open(path) as source:
        return Unpacked(place, _copy(source, place, bound, most))


def unzip(path: Path, inside: str | None, place: Path, bound: Bound, most: int | None) -> tuple[Unpacked, str]:
    """Write out one file of a zip file, or its first ``most`` bytes.

    Args:
        path: the zip file.
        inside: which of its files; None: the only one that can hold data.
        place: where to; the names inside the zip file are never written by.
        bound: what may come out.
        most: how many bytes; None: all of them.

    Returns:
        What was unpacked, and its name in the zip file.

    Raises:
        DataError: when there is none, or several and none was named, or it has a password.
    """
    path, packed = bound.path, path
    with unpacking(path, "zip"), zipfile.ZipFile(packed) as archive:
        entry = _chosen(path, archive.infolist(), inside)
        if entry.flag_bits & 1:
            raise DataError(
                f"{path.name} has a password.",
                file=path,
                found=f"{_shown(entry.filename)}, encrypted",
                expected="a zip file that anybody may open",
                hint="Unpack it yourself and give the file that was inside.",
            )
        with archive.open(entry) as source:
            return Unpacked(place, _copy(source, place, bound, most)), _shown(PurePosixPath(entry.filename).name)


def is_workbook_zip(path: Path) -> bool:
    """True for a zip file that is an Excel workbook inside."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError):
        return False
    return "xl/workbook.xml" in names


def is_open_document(path: Path) -> bool:
    """True for a spreadsheet of OpenOffice or LibreOffice."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "mimetype" in archive.namelist() and "content.xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError):
        return False


def refuse_monster(book: Path, path: Path) -> None:
    """Refuse a workbook that would not fit into memory, whatever its headers say.

    Args:
        book: the workbook.
        path: what the user calls it.

    Raises:
        DataError: for parts that grow beyond all measure, or a sheet with cells at the ends of the earth.
        BadZipFile: when it is none.
    """
    bound = Bound(path, book.stat().st_size, LEAST_SHEETS)
    with zipfile.ZipFile(book) as archive:
        for entry in archive.infolist():
            with _damaged_is_bad(), archive.open(entry) as part:
                is_sheet = "worksheets" in entry.filename.lower()
                cells = _cells(part, bound) if is_sheet else _counted(part, bound)
            if cells > MOST_CELLS:
                raise DataError(
                    f"A sheet of {path.name} reaches too far.",
                    file=path,
                    found=f"{cells:,} cells, most of them blank",
                    expected=f"at most {MOST_CELLS:,}",
                    hint="Copy the table alone onto a new sheet, or save it as CSV UTF-8.",
                )


@contextmanager
def _damaged_is_bad() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _counted(part: IO[bytes], bound: Bound) -> int:
    while block := part.read(_BLOCK):
        bound.add(len(block))
    return 0


def _cells(part: IO[bytes], bound: Bound) -> int:
    """How large the block is that a sheet's filled cells span."""
    right = low = last = 0
    homeless = False
    rest = b""
    while block := part.read(_BLOCK):
        bound.add(len(block))
        text = rest + block
        end = text.rfind(b">") + 1
        for letters, row, of_row in _CELL.findall(text, 0, end):
            if of_row:
                last = max(last, int(of_row))
            elif letters:
                right, low = max(right, _column(letters)), max(low, int(row))
            else:
                homeless = True
        rest = text[end:][-_BLOCK:]
    return right * max(low, last if homeless else 0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _copy(source: IO[bytes] | gzip.GzipFile, place: Path, bound: Bound, most: int | None) -> bool:
    """True if there was more than ``most`` bytes."""
    left = most
    try:
        with place.open("wb") as target:
            while block := source.read(_BLOCK if left is None else min(_BLOCK, left + 1)):
                bound.add(len(block))
                if left is not None and len(block) > left:
                    target.write(block[:left])
                    return True
                target.write(block)
                left = None if left is None else left - len(block)
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise storage_error(error, place) from error
    return False


def _chosen(path: Path, entries: list[zipfile.ZipInfo], inside: str | None) -> zipfile.ZipInfo:
    files = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]
    if inside is not None:
        found = [entry for entry in files if entry.filename == inside]
        if found:
            return found[0]
        near = nearest(inside, [entry.filename for entry in files])
        raise DataError(
            f"There is no {inside} in {path.name}.",
            file=path,
            found=_listed(files),
            expected="the name of a file inside",
            hint=f"Did you mean {path.name}/{_shown(near)}?" if near else "Name one of them.",
        )
    likely = [entry for entry in files if PurePosixPath(entry.filename).suffix.lower() in _DATA] or files
    if len(likely) == 1:
        return likely[0]
    raise DataError(
        f"{path.name} holds {len(likely)} files." if likely else f"There is no file in {path.name}.",
        file=path,
        found=_listed(likely),
        expected="one file of data",
        hint=f"Say which one:  {path}/{_shown(likely[0].filename)}" if likely else "Pack it again.",
    )


def _is_litter(name: str) -> bool:
    """Files that packing programs leave behind."""
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1] in {"Thumbs.db", "desktop.ini"}


def _listed(entries: list[zipfile.ZipInfo]) -> str:
    names = [_shown(entry.filename) for entry in entries[:8]]
    return ", ".join([*names, *(["..."] if len(entries) > 8 else [])]) or "nothing"


def _shown(name: str) -> str:
    """A name out of a zip file, fit for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]
