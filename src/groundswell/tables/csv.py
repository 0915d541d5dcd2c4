"""A table as CSV that spreadsheets open as it is."""

from __future__ import annotations

import csv
import io

import pyarrow as pa


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> neutral("=1+1"), neutral("+49 30 1234"), neutral(None), neutral(0.25)
    ("'=1+1", '+49 30 1234', '', '0.25')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else f"{cell:.10g}"
    text = str(cell)
    telephone = text[:1] == "+" and all(mark in "+0123456789 ().-" for mark in text)
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "|"} and not telephone else text


def lines_as_csv(header: list[str], lines: list[list[object]]) -> str:
    """Lines as CSV: UTF-8 with the mark that spreadsheets look for, formulas made harmless.

    >>> lines_as_csv(["a"], [["=1"]])
    "\\ufeffa\\r\\n'=1\\r\\n"
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[neutral(cell) for cell in line] for line in lines])
    return "\ufeff" + buffer.getvalue()


def as_csv(table: pa.Table) -> str:
    """A whole table as CSV."""
    return lines_as_csv(table.column_names, [list(row.values()) for row in table.to_pylist()])
