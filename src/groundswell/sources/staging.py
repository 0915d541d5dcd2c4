"""Some columns of a file of any size, laid out for SQL: what does not fit into memory need not.

Where :func:`groundswell.sources.read_rows` holds a whole file, this makes a view that is read as often as SQL asks: the file
is read once, and its columns lie as Parquet in a folder for the while.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pyarrow as pa

from groundswell.sources.dialect import Dialect, look
from groundswell.sources.marking import mark_lines, write_new
from groundswell.sources.notes import Note
from groundswell.sources.opening import Opened, opened
from groundswell.sources.reading import LEAN, csv_sql, not_parquet, notes_of, parquet_sql
from groundswell.sources.slowly import goes_quickly, lay_row_by_row, read_row_by_row
from groundswell.sources.xlsx import read_sheet
from groundswell.tables import REJECTED, Engine, SqlError, empty, quote_literal, quote_name

LARGE = 1 << 28
"""From so many bytes on, a text file with a broken row is not read row by row in Python."""

_LOOKED_AT = 1 << 25
"""So many bytes of a file hold the rows at its beginning."""
_TOLERANT = f"{LEAN}, ignore_errors = true, store_rejects = true, rejects_table = 'broken', rejects_limit = 0"
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
    with opened(path, most=_LOOKED_AT) as found, Engine() as engine:
        engine.run("set TimeZone = 'UTC'")
        try:
            if found.form == "parquet":
                source, names = parquet_sql(found.plain), [quote_name(name) for name in columns]
            else:
                source, names = _some(engine, found, rows), [f"c{place}" for place in range(len(columns))]
            said = names if source == "whole" else [_text(name) for name in names]
            texts = ", ".join(f"{name} as {quote_name(own)}" for name, own in zip(said, columns, strict=True))
            return engine.table(f"select {texts} from {source} limit {rows}")
        except SqlError as error:
            raise not_parquet(path, error) from error


@dataclass(frozen=True)
class Staged:
    """What is known of a file that was laid out.

    Attributes:
        broken: the rows that are not whole (contract ``REJECTED``).
        before: for each of them how many whole rows stand before it, where ``_row`` counts whole rows only.
        notes: how the file was read, where a person should hear of it.
        marked: every row is one line, and the view ``lines`` has ``_row`` and ``line``, the mark of each.
        left_out: rows that were not read, as their lines are known.
    """

    broken: pa.Table
    before: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    marked: bool = False
    left_out: int = 0

    def row_of(self, position: int) -> int:
        """Which row of the file it is that ``_row`` calls so.

        >>> staged = Staged(empty(REJECTED), before=(0, 2))
        >>> [staged.row_of(position) for position in (1, 2, 3)]
        [2, 3, 5]
        """
        return position + bisect_left(self.before, position)


def stage(engine: Engine, path: Path, wanted: Mapping[str, str], folder: Path, *, known: str | None = None) -> Staged:
    r"""Make the view ``staged``: ``_row`` and the wanted columns as text without blanks around it.

    Args:
        engine: where to make it; it must be gone before the folder is.
        path: CSV or TSV in any usual encoding, Parquet, or XLSX (its first sheet); plain or packed by gzip or zip.
        wanted: name in the view -> column of the file.
        folder: where the columns may lie for the while.
        known: a table of lines that need not be read (``line``, the marks of an earlier file with the same columns, as
            :mod:`groundswell.sources.marking` has them): the rows of a text file that stand there are left out.

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
    with opened(path, folder=folder) as found:
        staged = _staged(engine, found, wanted, folder, known)
        return replace(staged, notes=(*found.notes, *staged.notes))


def _staged(engine: Engine, found: Opened, wanted: Mapping[str, str], folder: Path, known: str | None) -> Staged:
    if found.form == "parquet":
        texts = [f"{_text(quote_name(own))} as {name}" for name, own in wanted.items()]
        try:
            _copy(engine, parquet_sql(found.plain), texts, folder)
        except SqlError as error:
            raise not_parquet(found.path, error) from error
        return Staged(empty(REJECTED))
    if found.form == "workbook":
        sheet = read_sheet(found.plain, path=found.path)
        engine.register(whole=sheet.table)
        _view(engine, "whole", sheet.columns, wanted)
        return Staged(empty(REJECTED), notes=notes_of(found.path, sheet))
    dialect = look(found.plain, path=found.path)
    if known is None or not goes_quickly(dialect, sound=found.sound):
        return _text_file(engine, found, dialect, wanted, folder)
    some = known if engine.value(f"select count(*) from (select 1 from {known} limit 1)") else None
    lines = mark_lines(engine, found.plain, dialect, _free(folder, "lines.parquet"), known=some)
    staged = _new_lines(engine, found, dialect, wanted, folder) if lines and some else None
    if staged is None:
        staged = _text_file(engine, found, dialect, wanted, folder)
        return replace(staged, marked=_rows(engine, staged) == lines and not staged.before)
    return replace(staged, left_out=(lines or 0) - _rows(engine, staged))


def _new_lines(
    engine: Engine, found: Opened, dialect: Dialect, wanted: Mapping[str, str], folder: Path
) -> Staged | None:
    """The rows of those lines that are not known; None where the whole file has to be read."""
    place = _free(folder, "new.csv")
    rows = write_new(engine, place)
    if rows is None or place.stat().st_size >= LARGE:
        return None
    some = replace(found, plain=place)
    staged = _text_file(engine, some, replace(dialect, skip=0), wanted, folder, view="part", few=True)
    if _rows(engine, staged, "part") != len(rows):
        return None  # a row has more than one line
    engine.register(places=pa.table({"rows": pa.array([rows], pa.list_(pa.int64()))}))
    engine.run("create or replace view staged as select part.* replace (rows[_row] as _row) from part, places")
    broken = staged.broken
    if broken.num_rows:
        where = pa.array([rows[row - 1] for row in broken["row"].to_pylist()], pa.int64())
        broken = broken.set_column(broken.column_names.index("row"), "row", where)
    return Staged(broken, marked=True)


def _rows(engine: Engine, staged: Staged, view: str = "staged") -> int:
    """How many rows were read, whole or not."""
    whole = int(engine.value(f"select count(*) from {view}"))
    return whole + int(staged.broken.num_rows)


def _free(folder: Path, name: str) -> Path:
    """A name in the folder that no file has: what a view reads is never written again."""
    return next(place for turn in count() if not (place := folder / f"{turn}-{name}").exists())


def _text_file(
    engine: Engine,
    found: Opened,
    dialect: Dialect,
    wanted: Mapping[str, str],
    folder: Path,
    *,
    view: str = "staged",
    few: bool = False,
) -> Staged:
    """Every row of a text file."""
    texts = _texts(dialect.columns, wanted)
    ways = (LEAN, _TOLERANT) if found.plain.stat().st_size >= LARGE else (LEAN,)
    for more in ways if goes_quickly(dialect, sound=found.sound) else ():
        try:
            _copy(engine, csv_sql(found.plain, dialect, more), texts, folder, view, few=few)
        except SqlError:
            continue  # something in it is not as it should be
        return _broken(engine, found.path, dialect) if more == _TOLERANT else Staged(empty(REJECTED))
    place = _free(folder, "staged.parquet")
    broken = lay_row_by_row(found.plain, dialect, place, path=found.path)
    _view(engine, parquet_sql(place), dialect.columns, wanted, view)
    return Staged(broken)


def _text(name: str) -> str:
    return f"nullif(trim(cast({name} as varchar)), '')"


def _texts(columns: tuple[str, ...], wanted: Mapping[str, str]) -> list[str]:
    places = {name: place for place, name in enumerate(columns)}
    return [f"{_text(f'c{places[own]}')} as {name}" for name, own in wanted.items()]


def _some(engine: Engine, found: Opened, rows: int) -> str:
    """SQL for the first rows of a text file or a workbook, whole or not."""
    if found.form == "workbook":
        engine.register(whole=read_sheet(found.plain, path=found.path).table.slice(0, rows))
        return "whole"
    dialect = look(found.plain, path=found.path)
    try:
        if goes_quickly(dialect, sound=found.sound):
            return csv_sql(found.plain, dialect, f"{LEAN}, ignore_errors = true")
    except SqlError:
        pass
    engine.register(whole=read_row_by_row(found.plain, dialect, path=found.path, rows=rows).whole)
    return "whole"


def _view(
    engine: Engine, source: str, columns: tuple[str, ...], wanted: Mapping[str, str], view: str = "staged"
) -> None:
    """Texts that have no blanks around them any more, by the names that are wanted."""
    places = {name: place for place, name in enumerate(columns)}
    named = ", ".join(f"c{places[own]} as {name}" for name, own in wanted.items())
    engine.run(f"create or replace view {view} as select _row, {named} from {source}")


def _copy(
    engine: Engine, source: str, texts: list[str], folder: Path, view: str = "staged", *, few: bool = False
) -> None:
    """Read the file once; the rows keep their order. The rows of one group are worked on by one core: few make small ones."""
    place, groups = _free(folder, "staged.parquet"), ", row_group_size 2048" if few else ""
    engine.run(
        f"copy (select {', '.join(texts)} from {source}) to {quote_literal(str(place))} (format parquet{groups})"
    )
    numbered = parquet_sql(place, ", file_row_number = true")
    engine.run(
        f"create or replace view {view} as select file_row_number + 1 as _row, * exclude (file_row_number) "
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
