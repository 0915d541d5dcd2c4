"""Read a file as text, parse what was declared, keep what cannot be used with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from groundswell.sources.dialect import Dialect, is_packed, look, reading, refuse_names, require_file
from groundswell.sources.slowly import LONGEST, read_row_by_row
from groundswell.sources.types import Column
from groundswell.sources.xlsx import is_workbook, read_sheet
from groundswell.tables import REJECTED, Engine, SqlError, empty, quote_literal, quote_name
from groundswell.vocabulary import DataError, nearest


@dataclass(frozen=True)
class Rows:
    """What was read from one file.

    Attributes:
        file: the file's name.
        table: the good rows, typed, in the file's order, with ``_row``.
        rejected: the bad ones (contract ``REJECTED``), one line a problem.
    """

    file: str
    table: pa.Table
    rejected: pa.Table


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
    require_file(path)
    if is_workbook(path):
        return read_sheet(path).columns
    if is_parquet(path):
        try:
            with reading(path), Engine() as engine:
                path.open("rb").close()
                columns = tuple(engine.table(f"select * from {parquet_sql(path)} limit 0").column_names)
        except SqlError as error:
            raise not_parquet(path, error) from error
        refuse_names(columns, path)
        return columns
    return look(path, delimiter).columns


def read_rows(path: Path, expected: Mapping[str, Column], *, key: str, delimiter: str | None = None) -> Rows:
    r"""Read a file; every column as text but those declared otherwise.

    Args:
        path: CSV, CSV.gz, TSV, Parquet, or XLSX (its first sheet).
        expected: what is expected of columns; the others are text.
        key: the section of ``campaign.toml`` that named the columns, for errors.
        delimiter: what separates the columns; None: found by looking.

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
    columns = columns_of(path, delimiter)
    for name in expected:
        if name not in columns:
            raise unknown_column(name, columns, path, key)
    with Engine() as engine:
        rejected = _load(engine, path, columns, delimiter)
        _parse(engine, columns, expected)
        named = ", ".join(f"c{place} as {quote_name(name)}" for place, name in enumerate(columns))
        table = engine.table(f"select _row, {named} from parsed where problems = 0 order by _row")
        bad = [rejected, *(_rejects(engine, path.name, columns, name, column) for name, column in expected.items())]
    everything = pa.concat_tables(bad).sort_by([("row", "ascending"), ("column", "ascending")])
    if table.num_rows == 0:
        raise _no_rows(path, everything)
    return Rows(path.name, table, REJECTED.check(everything))


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


def is_parquet(path: Path) -> bool:
    """True for a Parquet file, by its name.

    >>> is_parquet(Path("log.parquet"))
    True
    """
    return path.suffix.lower() == ".parquet"


def parquet_sql(path: Path, more: str = "") -> str:
    """A Parquet file as SQL.

    >>> print(parquet_sql(Path("a.parquet")))
    read_parquet('a.parquet', hive_partitioning = false)
    """
    return f"read_parquet({_place(path)}, hive_partitioning = false{more})"


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
    packed = "gzip" if is_packed(path) else "none"
    return (
        f"read_csv({_place(path)}, auto_detect = false, header = false, skip = {dialect.skip}, strict_mode = true, "
        f"nullstr = '', delim = {quote_literal(dialect.delimiter)}, quote = '\"', escape = '\"', "
        f"compression = '{packed}', max_line_size = {LONGEST}, hive_partitioning = false, columns = {{{kinds}}}{more})"
    )


def _place(path: Path) -> str:
    """The path as SQL; DuckDB would take a star or a bracket in it for a pattern."""
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


def _load(engine: Engine, path: Path, columns: tuple[str, ...], delimiter: str | None) -> pa.Table:
    """Put the file into ``raw`` as text, with ``_row``; return the rows that are not whole."""
    # The columns are called c0, c1 and so on in here: no name of theirs meets one of ours.
    if is_workbook(path):
        engine.register(sheet=read_sheet(path).table)
        engine.run("create table raw as select * from sheet")
        return empty(REJECTED)
    if is_parquet(path):
        texts = ", ".join(f"cast({quote_name(name)} as varchar) as c{place}" for place, name in enumerate(columns))
        try:
            engine.run(f"create table raw as select row_number() over () as _row, {texts} from {parquet_sql(path)}")
        except SqlError as error:
            raise not_parquet(path, error) from error
        return empty(REJECTED)
    dialect = look(path, delimiter)
    try:
        engine.run(f"create table raw as select row_number() over () as _row, * from {csv_sql(path, dialect)}")
    except SqlError:
        # Something in it is not as it should be: read again, slowly, to say of every row whether it can be used.
        found = read_row_by_row(path, dialect)
        engine.register(whole=found.whole)
        engine.run("create or replace table raw as select * from whole")
        return found.broken
    return empty(REJECTED)


def _parse(engine: Engine, columns: tuple[str, ...], expected: Mapping[str, Column]) -> None:
    """Make ``parsed``: each declared column typed, ``problems`` counting what is wrong in the row."""
    values = [
        f"{expected[name].parsed(f'c{place}')} as c{place}"
        if name in expected
        else f"nullif(trim(c{place}), '') as c{place}"
        for place, name in enumerate(columns)
    ]
    wrong = [f"coalesce(cast({_is_wrong(columns, name, column)} as int), 0)" for name, column in expected.items()]
    problems = " + ".join(wrong) or "0"
    engine.run(f"create view parsed as select _row, {', '.join(values)}, {problems} as problems from raw")


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
    text = f"nullif(trim(c{columns.index(name)}), '')"
    reason = quote_literal(f"expected {column.expected()}")
    return engine.table(
        f"select {quote_literal(file)} as file, cast(_row as bigint) as row, {quote_literal(name)} as column, "
        f"left({text}, 200) as value, case when {text} is null then 'is missing; ' else '' end || {reason} as reason "
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
