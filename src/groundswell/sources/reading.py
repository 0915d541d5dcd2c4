"""Read a file as text, parse what was declared, keep what cannot be used with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.sources.dialect import ROW, Dialect, look, reading, refuse_names
from groundswell.sources.encoding import LONGEST
from groundswell.sources.notes import Note
from groundswell.sources.opening import HEAD, Opened, opened
from groundswell.sources.slowly import WIDE, goes_quickly, read_row_by_row
from groundswell.sources.types import Column, settle_dates
from groundswell.sources.xlsx import Sheet, read_sheet
from groundswell.tables import REJECTED, Engine, SqlError, empty, quote_literal, quote_name
from groundswell.vocabulary import DataError, nearest

LEAN = f", buffer_size = {2 * LONGEST}"
"""Less read ahead, so that large files need little memory."""


@dataclass(frozen=True)
class Rows:
    """What was read from one file.

    Attributes:
        file: the file's name.
        table: the good rows, typed, in the file's order, with ``_row``.
        rejected: the bad ones (contract ``REJECTED``), one line a problem.
        notes: how the file was read, where a person should hear of it.
    """

    file: str
    table: pa.Table
    rejected: pa.Table
    notes: tuple[Note, ...] = ()


def columns_of(path: Path, delimiter: str | None = None) -> tuple[str, ...]:
    r"""The column names of a file.

    Raises:
        DataError: when the file is missing, empty or not a table.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = place.write_text("id;born\n1;1950\n")
    >>> columns_of(place)
    ('id', 'born')
    """
    with opened(path, most=HEAD) as found:
        return names_in(found, delimiter)


def names_in(found: Opened, delimiter: str | None = None) -> tuple[str, ...]:
    """The column names of a file that is open.

    Raises:
        DataError: when it is not a table.
    """
    if found.form == "workbook":
        return read_sheet(found.plain, path=found.path).columns
    if found.form == "text":
        return look(found.plain, delimiter, path=found.path).columns
    try:
        with reading(found.path), Engine() as engine:
            found.plain.open("rb").close()
            columns = tuple(engine.table(f"select * from {parquet_sql(found.plain)} limit 0").column_names)
    except SqlError as error:
        raise not_parquet(found.path, error) from error
    refuse_names(columns, found.path)
    return columns


def read_rows(
    path: Path,
    expected: Mapping[str, Column],
    *,
    key: str,
    delimiter: str | None = None,
    header_only: bool = False,
    padded: bool = False,
) -> Rows:
    r"""Read a file; every column as text but those declared otherwise.

    Args:
        path: CSV or TSV in any usual encoding, Parquet, or XLSX (its first sheet); plain or packed by gzip or zip.
        expected: what is expected of columns; the others are text.
        key: the section of ``campaign.toml`` that named the columns, for errors.
        delimiter: what separates the columns; None: found by looking.
        header_only: True: a file with no row below its header is a table without rows, and no error.
        padded: True: a row that ends before its last columns has blanks there; else it is rejected.

    Returns:
        The good rows and the rejected ones; every row of the file is in exactly one of the two.

    Raises:
        DataError: when the file cannot be read at all, a column is missing, or no row is left.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = place.write_text("id,born\n1,1950\n2,soon\n")
    >>> found = read_rows(place, {"born": Column("year")}, key="sources.people")
    >>> found.table.to_pylist(), found.rejected.select(["row", "value"]).to_pylist()
    ([{'_row': 1, 'id': '1', 'born': 1950}], [{'row': 2, 'value': 'soon'}])
    """
    with opened(path) as found, Engine() as engine:
        sheet = read_sheet(found.plain, path=path) if found.form == "workbook" else None
        columns = sheet.columns if sheet else names_in(found, delimiter)
        for name in expected:
            if name not in columns:
                raise unknown_column(name, columns, path, key)
        rejected, wide = _load(engine, found, sheet, columns, delimiter, padded=padded)
        settled = settle_dates(engine, "raw", expected, {name: f"c{place}" for place, name in enumerate(columns)})
        table = _parsed(engine, columns, settled) if wide is None else _parsed_apart(engine, wide, columns, settled)
        bad = [rejected, *(_rejects(engine, path.name, columns, name, column) for name, column in settled.items())]
    everything = pa.concat_tables(bad).sort_by([("row", "ascending"), ("column", "ascending")])
    if table.num_rows == 0 and not (header_only and everything.num_rows == 0):
        raise _no_rows(path, everything)
    return Rows(path.name, table, REJECTED.check(everything), (*found.notes, *notes_of(path, sheet)))


def notes_of(path: Path, sheet: Sheet | None) -> tuple[Note, ...]:
    """What a person should hear of a workbook: the sheets that are not read."""
    if sheet is None or not sheet.others:
        return ()
    return (Note("sheets", {"file": path.name, "sheet": sheet.name, "others": ", ".join(sheet.others)[:200]}),)


def unknown_column(name: str, columns: tuple[str, ...], path: Path, key: str) -> DataError:
    """The error for a column that is not there, with the nearest that is."""
    near = nearest(name, columns)
    if len(columns) == 1:
        hint = "The file seems to have one column only: say its delimiter with delimiter = ..."
    else:
        hint = f'Did you mean "{near}"?' if near else f"The columns are: {', '.join(columns)}."
    return DataError(
        f'{path.name} has no column "{name}".',
        file=path,
        key=key,
        found=", ".join(columns),
        expected=name,
        hint=hint,
    )


def parquet_sql(path: Path, more: str = "") -> str:
    """A Parquet file as SQL.

    >>> print(parquet_sql(Path("a.parquet")))
    read_parquet('a.parquet', hive_partitioning = false)
    """
    return f"read_parquet({path_sql(path)}, hive_partitioning = false{more})"


def csv_sql(path: Path, dialect: Dialect, more: str = "") -> str:
    """A CSV file as SQL: every column as text, called ``c0``, ``c1`` and so on; an error where a row is not whole.

    Args:
        path: the file.
        dialect: what :func:`look` found. All of it is said: DuckDB's own guess may differ between two halves of one file.
        more: further settings of DuckDB's ``read_csv``.

    Raises:
        SqlError: for a header with a line break, whose lines DuckDB counts in another way.

    >>> csv_sql(Path("a.csv"), Dialect(";", ("id", "born"), 1)).startswith("read_csv('a.csv', auto_detect = false")
    True
    """
    if any("\n" in name or "\r" in name for name in dialect.columns):
        raise SqlError("DuckDB counts the lines of such a header in another way")
    kinds = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(dialect.columns)))
    return (
        f"read_csv({path_sql(path)}, auto_detect = false, header = false, skip = {dialect.skip}, strict_mode = true, "
        f"nullstr = '', delim = {quote_literal(dialect.delimiter)}, quote = '\"', escape = '\"', "
        f"compression = 'none', max_line_size = {LONGEST}, hive_partitioning = false, columns = {{{kinds}}}{more})"
    )


def path_sql(path: Path) -> str:
    """The path as SQL; DuckDB would take a star or a bracket in it for a pattern.

    >>> path_sql(Path("a[1].csv"))
    "'a[[]1].csv'"
    """
    return quote_literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def not_parquet(path: Path, error: Exception) -> DataError:
    """The error for a file that bears the name of Parquet only."""
    return DataError(
        f"{path.name} is not a whole Parquet file.",
        file=path,
        found=str(error).splitlines()[0][:200],
        expected="a file in the Parquet format",
        hint="Copy or export it again.",
    )


def _load(
    engine: Engine,
    found: Opened,
    sheet: Sheet | None,
    columns: tuple[str, ...],
    delimiter: str | None,
    *,
    padded: bool,
) -> tuple[pa.Table, pa.Table | None]:
    """Put the file into ``raw`` as text, with ``_row``; return the rows that are not whole, and all others if it is wide."""
    # The columns are called c0, c1 and so on in here: no name of theirs meets one of ours.
    if sheet is not None:
        return empty(REJECTED), _register(engine, sheet.table)
    if found.form == "parquet":
        texts = ", ".join(f"cast({quote_name(name)} as varchar) as c{place}" for place, name in enumerate(columns))
        source = parquet_sql(found.plain)
        try:
            engine.run(f"create table raw as select row_number() over () as _row, {texts} from {source}")
        except SqlError as error:
            raise not_parquet(found.path, error) from error
        return empty(REJECTED), None
    dialect = replace(look(found.plain, delimiter, path=found.path), padded=padded)
    try:
        if goes_quickly(dialect, sound=found.sound):
            source = csv_sql(found.plain, dialect, LEAN)
            engine.run(f"create table raw as select row_number() over () as _row, * from {source}")
            return empty(REJECTED), None
    except SqlError:
        engine.run("drop table if exists raw")
    # Something in it is not as it should be: read it slowly, to say of every row whether it can be used.
    rows = read_row_by_row(found.plain, dialect, path=found.path)
    return rows.broken, _register(engine, rows.whole)


def _register(engine: Engine, whole: pa.Table) -> pa.Table | None:
    engine.register(whole=whole)
    engine.run("create view raw as select * from whole")
    return whole if whole.num_columns > WIDE + 1 else None


def _parsed(engine: Engine, columns: tuple[str, ...], expected: Mapping[str, Column]) -> pa.Table:
    """The rows without a problem, each declared column typed."""
    values = [
        f"{expected[name].parsed(f'c{place}')} as c{place}"
        if name in expected
        else f"nullif(trim(c{place}), '') as c{place}"
        for place, name in enumerate(columns)
    ]
    engine.run(
        f"create view parsed as select _row, {', '.join(values)}, {_problems(columns, expected)} as bad from raw"
    )
    named = ", ".join(f"c{place} as {quote_name(name)}" for place, name in enumerate(columns))
    return engine.table(f"select _row, {named} from parsed where bad = 0 order by _row")


def _parsed_apart(engine: Engine, wide: pa.Table, columns: tuple[str, ...], expected: Mapping[str, Column]) -> pa.Table:
    """The same of very many columns: only the declared ones go through SQL."""
    values = {
        name: f"{column.parsed(f'c{columns.index(name)}')} as d{n}" for n, (name, column) in enumerate(expected.items())
    }
    problems = _problems(columns, expected)
    parsed = engine.table(f"select {', '.join(['_row', *values.values()])}, {problems} as bad from raw order by _row")
    good = pc.equal(parsed["bad"], 0)
    typed, whole = parsed.filter(good), wide.filter(good)
    places = {name: f"d{n}" for n, name in enumerate(values)}
    cells = [typed[places[name]] if name in places else whole[place + 1] for place, name in enumerate(columns)]
    return pa.table([whole[0], *cells], names=[ROW, *columns])


def _problems(columns: tuple[str, ...], expected: Mapping[str, Column]) -> str:
    """SQL that counts what is wrong in a row."""
    wrong = [f"coalesce(cast({_is_wrong(columns, name, column)} as int), 0)" for name, column in expected.items()]
    return " + ".join(wrong) or "0"


def _is_wrong(columns: tuple[str, ...], name: str, column: Column) -> str:
    """SQL that is true where the column's text cannot be used."""
    here = f"c{columns.index(name)}"
    text = f"nullif(trim(raw.{here}), '')"
    tests = [f"({text} is not null and ({column.parsed(here)}) is null)"]
    if column.required:
        tests.append(f"({text} is null)")
    if column.required_with:
        other = f"c{columns.index(column.required_with)}"
        tests.append(f"({text} is null and nullif(trim(raw.{other}), '') is not null)")
    return "(" + " or ".join(tests) + ")"


def _rejects(engine: Engine, file: str, columns: tuple[str, ...], name: str, column: Column) -> pa.Table:
    here = f"c{columns.index(name)}"
    return engine.table(
        f"select {quote_literal(file)} as file, cast(_row as bigint) as row, {quote_literal(name)} as column, "
        f"left(nullif(trim({here}), ''), 200) as value, {column.reason(here)} as reason "
        f"from raw where {_is_wrong(columns, name, column)} order by _row"
    )


def _no_rows(path: Path, rejected: pa.Table) -> DataError:
    first = rejected.slice(0, 1).to_pylist()
    if not first:
        return DataError(
            f"{path.name} has a header but no rows.",
            file=path,
            found="0 rows",
            expected="at least one row",
            hint="Export it again.",
        )
    where = first[0]
    return DataError(
        f"No row of {path.name} can be used.",
        file=path,
        key=where["column"],
        found=f'row {where["row"]}: "{where["value"]}"',
        expected=where["reason"].removeprefix("expected "),
        hint="Correct the column's type in campaign.toml, or the file.",
    )


def empty_rows(columns: tuple[str, ...], expected: Mapping[str, Column]) -> pa.Table:
    """A table without rows, typed as :func:`read_rows` would: to try expressions on before there is data.

    >>> empty_rows(("id", "born"), {"born": Column("year")}).schema.field("born").type
    DataType(int32)
    """
    return pa.table(
        {"_row": pa.array([], pa.int64())}
        | {name: pa.array([], expected[name].arrow() if name in expected else pa.string()) for name in columns}
    )
