"""Under which number a row of an import is known, and back: every row leads to its file."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

ROWS_EACH = 1_000_000_000
_LONG = re.compile(r"\b\d{10,12}\b")


def row_of_import(number: int, row: int) -> int:
    """The number under which a row of an import is known; rows of the campaign's own file keep theirs.

    >>> row_of_import(2, 17), row_of_import(0, 17)
    (2000000017, 17)
    """
    return number * ROWS_EACH + row


def import_of_row(row: int) -> tuple[int, int]:
    """The inverse of :func:`row_of_import`: the import (0: the campaign's own file) and the row in it.

    >>> import_of_row(2_000_000_017)
    (2, 17)
    """
    return divmod(row, ROWS_EACH)


def lead_to_files(rejected: pa.Table, files: Mapping[int, str]) -> pa.Table:
    """Rejected rows under the names of the files they stand in, and the rows' numbers there.

    >>> bad = {"file": ["people.csv"], "row": [1_000_000_007], "reason": ["stands already in row 1000000001"]}
    >>> lead_to_files(pa.table(bad), {0: "people.csv", 1: "new.csv"}).to_pylist()
    [{'file': 'new.csv', 'row': 7, 'reason': 'stands already in row 1'}]
    """
    rows = [import_of_row(row) for row in rejected["row"].to_pylist()]
    names = rejected["file"].to_pylist()
    told = [files[number] if number else name for (number, _), name in zip(rows, names, strict=True)]
    reasons = [
        _LONG.sub(lambda row: str(import_of_row(int(row[0]))[1]), text) for text in rejected["reason"].to_pylist()
    ]
    found = rejected.set_column(rejected.column_names.index("file"), "file", pa.array(told, pa.string()))
    found = found.set_column(found.column_names.index("reason"), "reason", pa.array(reasons, pa.string()))
    return found.set_column(found.column_names.index("row"), "row", pa.array([row for _, row in rows], pa.int64()))
