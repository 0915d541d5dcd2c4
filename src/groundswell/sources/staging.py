"""Some columns of a file of any size, laid out for SQL: what does not fit into memory need not.

Where :func:`groundswell.sources.read_rows` holds a whole file, this makes a view that is read as often as SQL asks: the file
is read once, and its columns lie as Parquet in a folder for the while.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from groundswell.sources.dialect import Dialect, is_packed, look
from groundswell.sources.reading import csv_sql, is_parquet, not_parquet, parquet_sql
from groundswell.sources.slowly import LONGEST, read_row_by_row
from groundswell.sources.xlsx import is_workbook, read_sheet
from groundswell.tables import REJECTED, Engine, SqlError, empty, quote_literal, quote_name

LARGE = 1 << 28
"""From so many bytes on, a text file with a broken row is not read row by row in Python."""

_LEAN = f", buffer_size = {2 * LONGEST}"
"""Less read ahead, so that large files need little memory."""
_TOLERANT = f"{_LEAN}, ignore_errors = true, store_rejects = true, rejects_table = 'broken', rejects_limit = 0"
_WRONG = {
    "MISSING COLUMNS": "it has fewer columns than the header",
    "TOO MANY COLUMNS": "it has more columns than the header",
    "UNQUOTED VALUE": "a quote is not closed, or stands in the middle of a quoted value",
    "INVALID ENCODING": "it is not UTF-8 text",
    "LINE SIZE OVER MAXIMUM": "it is too long",
}


def head_of(path: Path, columns: tuple[str, ...], *, rows: int) -> pa.Table:
    r"""The first rows of a file as text, to look at; broken ones are left out.

    Args:
        path: CSV, TSV, Parquet or XLSX.
        columns: what :func:`groundswell.sources.columns_of` says.
        rows: how many.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = place.write_text("who,what\np1, letter\np2,\n")
    >>> head_of(place, ("who", "what"), rows=9).to_pylist()
    [{'who': 'p1', 'what': 'letter'}, {'who': 'p2', 'what': None}]
    """
    with Engine() as engine:
        engine.run("set TimeZone = 'UTC'")
        try:
            if is_parquet(path):
                source, names = parquet_sql(path), [quote_name(name) for name in columns]
            else:
                source, names = _some(engine, path, rows), [f"c{place}" for place in range(len(columns))]
            texts = ", ".join(f"{_text(name)} as {quote_name(own)}" for name, own in zip(names, columns, strict=True))
            return engine.table(f"select {texts} from {source} limit {rows}")
        except SqlError as error:
            raise not_parquet(path, error) from error


@dataclass(frozen=True)
class Staged:
    """What is known of a file that was laid out.

    Attributes:
        broken: the rows that are not whole (contract ``REJECTED``).
        before: for each of them how many whole rows stand before it, where ``_row`` counts whole rows only.
    """

    broken: pa.Table
    before: tuple[int, ...] = ()

    def row_of(self, position: int) -> int:
        """Which row of the file it is that ``_row`` calls so.

        >>> staged = Staged(empty(REJECTED), before=(0, 2))
        >>> [staged.row_of(position) for position in (1, 2, 3)]
        [2, 3, 5]
        """
        return position + bisect_left(self.before, position)


def stage(engine: Engine, path: Path, wanted: Mapping[str, str], folder: Path) -> Staged:
    r"""Make the view ``staged``: ``_row`` and the wanted columns as text without blanks around it.

    Args:
        engine: where to make it; it must be gone before the folder is.
        path: CSV, TSV, Parquet or XLSX.
        wanted: name in the view -> column of the file.
        folder: where the columns may lie for the while.

    Returns:
        The rows that are not whole; no other row is rejected here. In a text file of ``LARGE`` bytes or more that has such
        rows, rows are told by their line below the header's.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "log.csv").write_text("who,what\np1, letter\nragged\np2,\n")
    >>> with Engine() as engine:
    ...     staged = stage(engine, folder / "log.csv", {"person": "who", "message": "what"}, folder)
    ...     engine.table("select * from staged").to_pylist(), staged.broken["row"].to_pylist()
    ([{'_row': 1, 'person': 'p1', 'message': 'letter'}, {'_row': 3, 'person': 'p2', 'message': None}], [2])
    """
    engine.run("set TimeZone = 'UTC'")
    if is_parquet(path):
        try:
            _copy(
                engine,
                parquet_sql(path),
                [f"{_text(quote_name(own))} as {name}" for name, own in wanted.items()],
                folder,
            )
        except SqlError as error:
            raise not_parquet(path, error) from error
        return Staged(empty(REJECTED))
    if is_workbook(path):
        sheet = read_sheet(path)
        return _registered(engine, sheet.table, _texts(sheet.columns, wanted), empty(REJECTED))
    dialect = look(path)
    texts = _texts(dialect.columns, wanted)
    large = path.stat().st_size * (8 if is_packed(path) else 1) >= LARGE
    for more in (_LEAN, _TOLERANT) if large else (_LEAN,):
        try:
            _copy(engine, csv_sql(path, dialect, more), texts, folder)
        except SqlError:
            continue  # something in it is not as it should be
        return _broken(engine, path, dialect) if more == _TOLERANT else Staged(empty(REJECTED))
    found = read_row_by_row(path, dialect)
    return _registered(engine, found.whole, texts, found.broken)


def _text(name: str) -> str:
    return f"nullif(trim(cast({name} as varchar)), '')"


def _texts(columns: tuple[str, ...], wanted: Mapping[str, str]) -> list[str]:
    return [f"{_text(f'c{columns.index(own)}')} as {name}" for name, own in wanted.items()]


def _some(engine: Engine, path: Path, rows: int) -> str:
    """SQL for the first rows of a text file or a workbook, whole or not."""
    if is_workbook(path):
        engine.register(sheet=read_sheet(path).table.slice(0, rows))
        return "sheet"
    dialect = look(path)
    try:
        return csv_sql(path, dialect, f"{_LEAN}, ignore_errors = true")
    except SqlError:
        engine.register(whole=read_row_by_row(path, dialect).whole.slice(0, rows))
        return "whole"


def _registered(engine: Engine, table: pa.Table, texts: list[str], broken: pa.Table) -> Staged:
    engine.register(whole=table)
    engine.run(f"create or replace view staged as select {', '.join(['_row', *texts])} from whole")
    return Staged(broken)


def _copy(engine: Engine, source: str, texts: list[str], folder: Path) -> None:
    """Read the file once; the rows keep their order."""
    place = folder / "staged.parquet"
    engine.run(f"copy (select {', '.join(texts)} from {source}) to {quote_literal(str(place))} (format parquet)")
    numbered = parquet_sql(place, ", file_row_number = true")
    engine.run(
        "create or replace view staged as select file_row_number + 1 as _row, * exclude (file_row_number) "
        f"from {numbered}"
    )


def _broken(engine: Engine, path: Path, dialect: Dialect) -> Staged:
    """The rows that DuckDB left out, and where they stood."""
    cases = " ".join(f"when {quote_literal(kind)} then {quote_literal(said)}" for kind, said in _WRONG.items())
    told = f"'not a whole row: ' || coalesce(case first(error_type::varchar) {cases} end, first(error_message))"
    table = engine.table(
        f"select {quote_literal(path.name)} as file, cast(line - {dialect.skip} as bigint) as row, "
        f"cast(null as varchar) as column, left(first(csv_line), 200) as value, {told} as reason "
        "from broken group by line order by line"
    )
    before = tuple(row - place for place, row in enumerate(table["row"].to_pylist(), start=1))
    return Staged(REJECTED.check(table), before)
