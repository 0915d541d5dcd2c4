"""A table as a workbook that a spreadsheet opens: every cell is a text, so that nothing is a formula and no zero is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from groundswell.tables.files import written

_WIDEST = 60
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
"""What the name of a sheet may not hold."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def write_xlsx(header: Sequence[str], lines: Sequence[Sequence[object]], path: Path, *, sheet: str = "list") -> None:
    """Write lines as an XLSX file, whole or not at all; the same lines give the same bytes.

    Args:
        header: the names of the columns.
        lines: their cells; None is a blank.
        path: the file.
        sheet: its name in the workbook, at most 31 letters.

    Raises:
        StorageError: when the file cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "list.xlsx"
    >>> write_xlsx(["phone"], [["+1 555"], ["=1+1"]], place)
    >>> place.read_bytes()[:2]
    b'PK'
    """
    import xlsxwriter  # noqa: PLC0415 - only who writes lists needs it

    with written(path) as draft, draft.open("wb") as handle:
        book = xlsxwriter.Workbook(handle, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": _EPOCH.replace(tzinfo=None)})
        page = book.add_worksheet(_NO_NAME.sub("-", sheet)[:31].strip("'"))
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for column, name in enumerate(header):
            page.write_string(0, column, name, bold)
            longest = max([len(name), *(len(str(line[column] or "")) for line in lines)])
            page.set_column(column, column, min(longest + 2, _WIDEST))
        for row, line in enumerate(lines, start=1):
            for column, cell in enumerate(line):
                page.write_string(row, column, "" if cell is None else str(cell), wrapped)
        page.freeze_panes(1, 0)
        book.close()
