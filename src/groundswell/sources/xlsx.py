"""The first sheet of an Excel workbook, as text like a CSV.

A number, a date or a truth value is written the way a CSV would have it: ``501``, ``2025-12-31``, ``true``. The first row
that is not blank is the header; blank rows are no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from groundswell.sources.dialect import ROW, reading, refuse_names, require_file
from groundswell.vocabulary import DataError

_CHUNK = 50_000


class Sheet(NamedTuple):
    """A sheet: the names in its header, its rows as text (``_row``, ``c0``, ``c1``, ...), and the sheets beside it."""

    columns: tuple[str, ...]
    table: pa.Table
    name: str = ""
    others: tuple[str, ...] = ()


def read_sheet(plain: Path, *, path: Path | None = None) -> Sheet:
    """Read the first sheet of a workbook.

    Args:
        plain: the workbook, not packed.
        path: what the user calls it, for errors.

    Raises:
        DataError: when it is no workbook, has a password, or its first sheet is blank.
    """
    path = path or plain
    require_file(plain)
    with reading(path), plain.open("rb") as handle:
        try:
            book = CalamineWorkbook.from_filelike(handle)
            rows = book.get_sheet_by_index(0).iter_rows()
            filled = (texts for texts in ([_text(cell) for cell in row] for row in rows) if any(texts))
            header = next(filled, [])
            table = _table(filled, len(header))
        except CalamineError as error:
            raise not_workbook(path, str(error) or type(error).__name__) from error
    # A sheet may reach further to the right than anybody wrote: such columns have neither name nor value.
    kept = [place for place, name in enumerate(header) if name or table[place + 1].null_count < table.num_rows]
    columns = tuple(header[place] or f"column {place + 1}" for place in kept)
    if not any(header):
        raise _blank(path)
    refuse_names(columns, path)
    texts = [table[place + 1] for place in kept]
    first, *others = book.sheet_names
    named = pa.table([table[0], *texts], names=[ROW, *(f"c{place}" for place in range(len(kept)))])
    return Sheet(columns, named, first, tuple(others))


def _table(rows: Iterator[list[str]], columns: int) -> pa.Table:
    schema = pa.schema([(ROW, pa.int64()), *((f"c{place}", pa.string()) for place in range(columns))])
    batches, first = [], 1
    while chunk := list(islice(rows, _CHUNK)):
        cells = [pa.array([row[place] or None for row in chunk], pa.string()) for place in range(columns)]
        places = pa.array(range(first, first + len(chunk)), pa.int64())
        batches.append(pa.record_batch([places, *cells], schema=schema))
        first += len(chunk)
    return pa.Table.from_batches(batches, schema)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell).strip()


def not_workbook(path: Path, found: str) -> DataError:
    """The error for a file that is no workbook, or one that we cannot read."""
    return DataError(
        f"{path.name} is not an Excel workbook that can be opened.",
        file=path,
        found=(found.splitlines() or ["nothing"])[0][:200],
        expected="a file in the format .xlsx, without a password",
        hint="Open it in a spreadsheet and save it again, as .xlsx or as CSV UTF-8.",
    )


def _blank(path: Path) -> DataError:
    return DataError(
        f"{path.name} has no header line.",
        file=path,
        found="a first sheet that is blank",
        expected="the names of the columns in the first row of the first sheet",
        hint="Put the table on the first sheet.",
    )
