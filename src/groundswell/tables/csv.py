"""A table as CSV that spreadsheets open as it is."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence

import pyarrow as pa

_RISKY = set("=+-@|\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four: full-width, which some spreadsheets read alike
_TELEPHONE = re.compile(r"\+[0-9][0-9 ().-]{5,}")


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> neutral("=1+1"), neutral("+49 30 1234"), neutral("+1+1"), neutral(None), neutral(0.25)
    ("'=1+1", '+49 30 1234', "'+1+1", '', '0.25')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.10g}" if not math.isfinite(cell) or cell != int(cell) else str(int(cell))
    text = str(cell)
    risky = text.lstrip(" \u00a0")[:1] in _RISKY
    return "'" + text if risky and not _TELEPHONE.fullmatch(text) else text


def lines_as_csv(header: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    r"""Lines as CSV: UTF-8 with the mark that spreadsheets look for, formulas made harmless.

    >>> lines_as_csv(["a"], [["=1"]])
    "\ufeffa\r\n'=1\r\n"
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[neutral(cell) for cell in line] for line in lines])
    return "\ufeff" + buffer.getvalue()


def as_csv(table: pa.Table) -> str:
    """A whole table as CSV."""
    return lines_as_csv(table.column_names, [list(row.values()) for row in table.to_pylist()])
