"""Excel workbooks small enough to write by hand: just what a reader needs, zipped."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/>{more}</Relationships>'
)
_STYLES = (
    '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
    'Target="styles.xml"/>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FORMATS = (  # style 1 is a day, style 2 a moment
    f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)
_EPOCH = datetime.fromisoformat("1899-12-30")


def write_workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A workbook with one sheet; texts, numbers, truth values, days and moments as Excel keeps them, None blank."""
    cells = "".join(
        f'<row r="{number}">{"".join(_cell(cell, place, number) for place, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    sheets = '<sheets><sheet name="Log" sheetId="1" r:id="r1"/></sheets>'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(id="r0", kind="officeDocument", target="xl/workbook.xml", more=""),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{relations}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            id="r1", kind="worksheet", target="worksheets/sheet1.xml", more=_STYLES
        ),
        "xl/styles.xml": _FORMATS,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as workbook:
        for name, text in parts.items():
            workbook.writestr(name, text)
    return path


def _cell(cell: object, place: int, row: int) -> str:
    name = f'r="{chr(65 + place)}{row}"'
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return f'<c {name} t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime):
        return f'<c {name} s="2"><v>{(cell - _EPOCH).total_seconds() / 86400!r}</v></c>'
    if isinstance(cell, date):
        return f'<c {name} s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
    if isinstance(cell, int | float):
        return f"<c {name}><v>{cell!r}</v></c>"
    return f'<c {name} t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>'
