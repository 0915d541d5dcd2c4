"""A text file row by row: slower than DuckDB, and it can say of every row whether it is whole and what is wrong with it.

A row is a record of the file, which may span lines inside quotes; blank lines are no rows, unless there is one column only.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from groundswell.sources.dialect import ROW, Dialect, is_packed, reading
from groundswell.tables import REJECTED

LONGEST = 1 << 24
"""The longest row that is read, in bytes."""

_CHUNK = 50_000


@dataclass(frozen=True)
class Sorted:
    """The rows of a file: the whole ones as text (``_row``, ``c0``, ``c1``, ...), and the others (contract ``REJECTED``)."""

    whole: pa.Table
    broken: pa.Table


class _Record(NamedTuple):
    cells: list[str]
    raw: str
    wrong: str | None


def read_row_by_row(path: Path, dialect: Dialect) -> Sorted:
    """Read a CSV file; every row is in exactly one of the two tables.

    Raises:
        DataError: when the file cannot be read to its end.
    """
    columns = len(dialect.columns)
    schema = pa.schema([(ROW, pa.int64()), *((f"c{place}", pa.string()) for place in range(columns))])
    chunks: list[pa.RecordBatch] = []
    rows: list[list[str]] = []
    places: list[int] = []
    broken: list[dict[str, object]] = []

    def put_away() -> None:
        cells = [pa.array([row[place] or None for row in rows], pa.string()) for place in range(columns)]
        chunks.append(pa.record_batch([pa.array(places, pa.int64()), *cells], schema=schema))
        rows.clear()
        places.clear()

    for row, record in enumerate(_records(path, dialect), start=1):
        wrong = record.wrong or _misfit(record.cells, columns)
        if wrong:
            said = record.raw.rstrip("\r\n")[:200].encode("utf-8", errors="replace").decode()
            broken.append({"file": path.name, "row": row, "column": None, "value": said, "reason": wrong})
            continue
        rows.append(record.cells)
        places.append(row)
        if len(rows) == _CHUNK:
            put_away()
    put_away()
    return Sorted(pa.Table.from_batches(chunks, schema), pa.Table.from_pylist(broken, pa.schema(REJECTED.columns)))


def _records(path: Path, dialect: Dialect) -> Iterator[_Record]:
    """Every record below the header, with the text it was read from."""
    before = csv.field_size_limit(LONGEST)
    try:
        with reading(path), gzip.open(path) if is_packed(path) else path.open("rb") as handle:
            text = io.TextIOWrapper(handle, encoding="utf-8", errors="surrogateescape", newline="")
            for _ in range(dialect.skip):
                text.readline()
            seen: list[str] = []
            reader = csv.reader(_noted(text, seen), delimiter=dialect.delimiter, strict=True)
            while True:
                seen.clear()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield _Record([], "".join(seen), f"not a whole row: {_in_words(str(error))}")
                    continue
                if cells or len(dialect.columns) == 1:
                    yield _Record(cells or [""], "".join(seen), None)
    finally:
        csv.field_size_limit(before)


def _noted(lines: Iterator[str], seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen.append(line)
        yield line


def _misfit(cells: list[str], columns: int) -> str | None:
    """What is wrong with a record, or None."""
    if any(not cell.isascii() and _is_broken(cell) for cell in cells):
        return "not a whole row: it is not UTF-8 text"
    if len(cells) < columns or any(cells[columns:]):  # more delimiters at the end do no harm
        return f"not a whole row: expected {columns} columns, found {len(cells)}"
    return None


def _is_broken(text: str) -> bool:
    return any("\ud800" <= mark <= "\udfff" for mark in text)


def _in_words(said: str) -> str:
    if "limit" in said:
        return "it is too long"
    return "a quote is not closed" if "end of data" in said else "a quote stands in the middle of a quoted value"
