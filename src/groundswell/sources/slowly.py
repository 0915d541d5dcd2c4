"""A text file row by row: slower than DuckDB, and it can say of every row whether it is whole and what is wrong with it.

A row is a record of the file, which may span lines inside quotes; blank lines are no rows, unless there is one column only.
A row too long to be held is read past to its end: memory does not grow with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from groundswell.sources.dialect import ROW, Dialect, reading
from groundswell.sources.encoding import LONGEST
from groundswell.tables import REJECTED
from groundswell.tables.files import storage_error

WIDE = 500
"""From more columns on no SQL is said over each of them."""

BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What SQL's ``trim`` takes away."""

_CELLS = 500_000
_LETTERS = 1 << 25
"""A chunk of rows is put away when it holds so many cells or letters."""


@dataclass(frozen=True)
class Sorted:
    """The rows of a file: whole ones as text without blanks around it (``_row``, ``c0``, ...), others as ``REJECTED``."""

    whole: pa.Table
    broken: pa.Table


def goes_quickly(dialect: Dialect, *, sound: bool) -> bool:
    r"""True for a file that DuckDB reads as we would.

    In a file of one column blank lines are rows, and where lines end in two ways DuckDB sees more of them than there are.
    With very many columns it takes its time, which grows with their square.

    >>> goes_quickly(Dialect(",", ("id", "born"), 1), sound=True), goes_quickly(Dialect(",", ("id",), 1), sound=True)
    (True, False)
    """
    return sound and not dialect.padded and 1 < len(dialect.columns) <= WIDE


class _Record(NamedTuple):
    cells: list[str]
    raw: str
    wrong: str | None


class _TooLongError(Exception):
    """A row that is not held."""


def read_row_by_row(plain: Path, dialect: Dialect, *, path: Path | None = None, rows: int | None = None) -> Sorted:
    """Read a CSV file; every row is in exactly one of the two tables.

    Args:
        plain: the file as UTF-8.
        dialect: how it is laid out.
        path: what the user calls it.
        rows: so many whole ones are enough; None: all of them.

    Raises:
        DataError: when the file cannot be read to its end.
    """
    sorting = _Sorting(plain, dialect, path or plain, rows)
    return Sorted(pa.Table.from_batches(list(sorting), sorting.schema), sorting.broken())


def lay_row_by_row(plain: Path, dialect: Dialect, place: Path, *, path: Path | None = None) -> pa.Table:
    """Write the whole rows of a CSV file as Parquet (``_row``, ``c0``, ``c1``, ...), and return the broken ones.

    Raises:
        DataError: when the file cannot be read to its end.
        StorageError: when there is no room.
    """
    sorting = _Sorting(plain, dialect, path or plain, None)
    try:
        # DuckDB 2.0 takes every row for blank where plain pages have one value only in their statistics.
        with pq.ParquetWriter(place, sorting.schema, write_statistics=False) as writer:
            for batch in sorting:
                writer.write_batch(batch)
    except OSError as error:
        raise storage_error(error, place) from error
    return sorting.broken()


class _Sorting:
    """Goes through a file once: batches of whole rows; the broken ones are noted down on the way."""

    def __init__(self, plain: Path, dialect: Dialect, path: Path, rows: int | None) -> None:
        self.columns = len(dialect.columns)
        self.schema = pa.schema([(ROW, pa.int64()), *((f"c{place}", pa.string()) for place in range(self.columns))])
        self._source = (plain, dialect, path, rows)
        self._broken: list[dict[str, object]] = []

    def broken(self) -> pa.Table:
        return pa.Table.from_pylist(self._broken, pa.schema(REJECTED.columns))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        plain, dialect, path, most = self._source
        rows: list[list[str]] = []
        places: list[int] = []
        letters = 0
        good = 0
        for row, record in enumerate(_records(plain, dialect), start=1):
            if good == most:
                break
            if dialect.padded and 1 < len(record.cells) < self.columns:
                record.cells.extend([""] * (self.columns - len(record.cells)))
            wrong = record.wrong or _misfit(record.cells, self.columns)
            if wrong:
                said = record.raw.rstrip("\r\n")[:200].encode("utf-8", errors="replace").decode().replace("\0", "?")
                self._broken.append({"file": path.name, "row": row, "column": None, "value": said, "reason": wrong})
                continue
            good += 1
            rows.append(record.cells)
            places.append(row)
            letters += len(record.raw)
            if len(rows) * self.columns >= _CELLS or letters >= _LETTERS:
                yield self._batch(rows, places)
                rows, places, letters = [], [], 0
        if rows:
            yield self._batch(rows, places)

    def _batch(self, rows: list[list[str]], places: list[int]) -> pa.RecordBatch:
        cells = [
            pa.array([row[place].strip(BLANKS) or None for row in rows], pa.string()) for place in range(self.columns)
        ]
        return pa.record_batch([pa.array(places, pa.int64()), *cells], schema=self.schema)


class _Lines:
    """The lines of a file, the record they belong to noted down; an endless one is read past and not held."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._size = 0
        self.seen: list[str] = []

    def begin(self) -> None:
        """A new record begins."""
        self.seen.clear()
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST + 1)
        if not line:
            raise StopIteration
        self.seen.append(line)
        self._size += len(line)
        if self._size > LONGEST:
            self._read_past()
            raise _TooLongError
        return line

    def _read_past(self) -> None:
        """To the end of the line, or to that in which the quote is closed."""
        quotes = sum(line.count('"') for line in self.seen)
        line = self.seen[-1]
        self.seen[:] = ["".join(piece[:200] for piece in self.seen[:2])]
        while quotes % 2 or not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST)
            if not line:
                return
            quotes += line.count('"')


def _records(plain: Path, dialect: Dialect) -> Iterator[_Record]:
    """Every record below the header, with the text it was read from."""
    before = csv.field_size_limit(2 * LONGEST)
    try:
        with reading(plain), plain.open("rb") as handle:
            text = io.TextIOWrapper(handle, encoding="utf-8", errors="surrogateescape", newline="")
            for _ in range(dialect.skip):
                text.readline()
            lines = _Lines(text)
            reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
            while True:
                lines.begin()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except _TooLongError:
                    yield _Record([], "".join(lines.seen), "not a whole row: it is too long")
                    continue
                except csv.Error as error:
                    yield _Record([], "".join(lines.seen), f"not a whole row: {_in_words(str(error))}")
                    continue
                if cells or len(dialect.columns) == 1:
                    yield _Record(cells or [""], "".join(lines.seen), None)
    finally:
        csv.field_size_limit(before)


def _misfit(cells: list[str], columns: int) -> str | None:
    """What is wrong with a record, or None."""
    if any(not cell.isascii() and _is_broken(cell) for cell in cells):
        return "not a whole row: it is not UTF-8 text"
    if any("\0" in cell for cell in cells):
        return "not a whole row: it holds a NUL byte"
    if len(cells) < columns or any(cells[columns:]):  # more delimiters at the end do no harm
        return f"not a whole row: expected {columns} columns, found {len(cells)}"
    return None


def _is_broken(text: str) -> bool:
    return any("\ud800" <= mark <= "\udfff" for mark in text)


def _in_words(said: str) -> str:
    if "limit" in said:
        return "it is too long"
    return "a quote is not closed" if "end of data" in said else "a quote stands in the middle of a quoted value"
