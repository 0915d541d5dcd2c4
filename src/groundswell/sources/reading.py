"""Read a file as text, parse what was declared, keep what cannot be used with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from groundswell.sources.dialect import look, require_file
from groundswell.sources.types import Column
from groundswell.tables import REJECTED, Engine, empty, quote_literal, quote_name
from groundswell.vocabulary import DataError, nearest

ROW = "_row"
"""The column that says which row of the file it was; 1 is the first below the header."""


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
    """The column names of a file.

    Raises:
        DataError: when the file is missing, empty or not a table.
    """
    require_file(path)
    if path.suffix == ".parquet":
        with Engine() as engine:
            return tuple(engine.table(f"select * from {_parquet(path)} limit 0").column_names)
    return look(path, delimiter).columns


def read_rows(path: Path, expected: Mapping[str, Column], *, key: str, delimiter: str | None = None) -> Rows:
    """Read a file; every column as text but those declared otherwise.

    Args:
        path: CSV, CSV.gz, TSV or Parquet.
        expected: what is expected of columns; the others are text.
        key: the section of ``campaign.toml`` that named the columns, for errors.
        delimiter: what separates the columns; None: found by looking.

    Returns:
        The good rows and the rejected ones; every row of the file is in exactly one of the two.

    Raises:
        DataError: when the file cannot be read at all, a column is missing, or no row is left.
    """
    columns = columns_of(path, delimiter)
    for name in expected:
        if name not in columns:
            raise unknown_column(name, columns, path, key)
    with Engine() as engine:
        rejected = _load(engine, path, columns, delimiter)
        _parse(engine, path.name, columns, expected)
        table = engine.table(
            f"select _row, {', '.join(map(quote_name, columns))} from parsed where problems = 0 order by _row"
        )
        bad = [rejected, *(_rejects(engine, path.name, name, column) for name, column in expected.items())]
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


def _parquet(path: Path) -> str:
    return f"read_parquet({quote_literal(str(path))})"


def _load(engine: Engine, path: Path, columns: tuple[str, ...], delimiter: str | None) -> pa.Table:
    """Put the file into ``raw`` as text with ``_row``; return the lines that are no rows."""
    texts = ", ".join(f"cast({quote_name(name)} as varchar) as {quote_name(name)}" for name in columns)
    if path.suffix == ".parquet":
        engine.run(f"create table raw as select row_number() over () as _row, {texts} from {_parquet(path)}")
        return empty(REJECTED)
    dialect = look(path, delimiter)
    # Every dialect setting is said: DuckDB's own guess may differ between two halves of one file.
    kinds = ", ".join(f"{quote_literal(name)}: 'VARCHAR'" for name in columns)
    reader = (
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = true, strict_mode = true, nullstr = '', "
        f"delim = {quote_literal(dialect.delimiter)}, quote = '\"', escape = '\"', store_rejects = true, "
        f"rejects_limit = 0, max_line_size = 16777216, "
        f"columns = {{{kinds}}})"
    )
    engine.run(f"create table good as select row_number() over () as place, * from {reader}")
    engine.run(
        "create table broken as select row, row_number() over (order by row) - 1 as earlier, problem, text from ("
        "select line - 1 as row, min(error_message) as problem, min(csv_line) as text from reject_errors group by line)"
    )
    # A good line stands below every broken one that left fewer good lines above it.
    shift = "(select count(*) from broken where broken.row - 1 - broken.earlier < good.place)"
    moved = f"place + {shift}" if engine.value("select count(*) from broken") else "place"
    engine.run(f"create table raw as select {moved} as _row, * exclude (place) from good; drop table good")
    return engine.table(
        f"select {quote_literal(path.name)} as file, cast(row as bigint) as row, cast(null as varchar) as column, "
        "left(text, 200) as value, 'not a whole row: ' || problem as reason from broken order by row"
    )


def _parse(engine: Engine, file: str, columns: tuple[str, ...], expected: Mapping[str, Column]) -> None:
    """Make ``parsed``: each declared column typed, ``problems`` counting what is wrong in the row."""
    del file
    values = [
        f"{expected[name].parsed(name)} as {quote_name(name)}"
        if name in expected
        else f"nullif(trim({quote_name(name)}), '') as {quote_name(name)}"
        for name in columns
    ]
    wrong = [f"coalesce(cast({_is_wrong(name, column)} as int), 0)" for name, column in expected.items()]
    problems = " + ".join(wrong) or "0"
    engine.run(f"create view parsed as select _row, {', '.join(values)}, {problems} as problems from raw")


def _is_wrong(name: str, column: Column) -> str:
    """SQL that is true where the column's text cannot be used."""
    text = f"nullif(trim(raw.{quote_name(name)}), '')"
    tests = [f"({text} is not null and ({column.parsed(name)}) is null)"]
    if column.required:
        tests.append(f"({text} is null)")
    if column.required_with:
        tests.append(f"({text} is null and nullif(trim(raw.{quote_name(column.required_with)}), '') is not null)")
    return "(" + " or ".join(tests) + ")"


def _rejects(engine: Engine, file: str, name: str, column: Column) -> pa.Table:
    text = f"nullif(trim({quote_name(name)}), '')"
    reason = quote_literal(f"expected {column.expected()}")
    return engine.table(
        f"select {quote_literal(file)} as file, cast(_row as bigint) as row, {quote_literal(name)} as column, "
        f"left({text}, 200) as value, case when {text} is null then 'is missing; ' else '' end || {reason} as reason "
        f"from raw where {_is_wrong(name, column)} order by _row"
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
        expected=where["reason"],
        hint="Correct the column's type in campaign.toml, or the file.",
    )


def empty_rows(columns: tuple[str, ...], expected: Mapping[str, Column]) -> pa.Table:
    """A table without rows, typed as :func:`read_rows` would: to try expressions on before there is data."""
    return pa.table(
        {"_row": pa.array([], pa.int64())}
        | {name: pa.array([], expected[name].arrow() if name in expected else pa.string()) for name in columns}
    )
