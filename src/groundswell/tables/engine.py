"""SQL over files and Arrow tables, on one machine, with DuckDB.

An ``Engine`` sees a private in-memory database; locked ones share one that they keep nothing in.
Nothing durable is kept in it, so a killed process loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from groundswell.tables.files import storage_error
from groundswell.vocabulary import StorageError

SqlError = duckdb.Error
"""What a statement that cannot be done raises."""


def quote_name(name: str) -> str:
    """A column or table name as SQL.

    >>> print(quote_name('the "best" column'))
    "the ""best"" column"
    """
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """A text as an SQL literal.

    >>> quote_literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


class Engine:
    """A private database that reads files, and gives Arrow tables.

    Args:
        locked: True shuts out files, networks, extensions and settings for good: for expressions a campaign wrote, which see
            nothing but the tables that are registered. Make none in it.
        memory: the most memory DuckDB may use before it spills; 1 GB where it is locked.
        spill: a folder for what does not fit.

    >>> with Engine() as engine:
    ...     engine.table("select 1 + 1 as two")["two"].to_pylist()
    [2]
    """

    def __init__(self, *, locked: bool = False, memory: str = "1GB", spill: Path | None = None) -> None:
        if locked:
            self._connection = _locked(os.getpid()).cursor()
        else:
            self._connection = _database(memory_limit=memory, temp_directory=str(spill) if spill else "")

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def register(self, **tables: pa.Table) -> Engine:
        """Make Arrow tables known by name."""
        for name, table in tables.items():
            self._connection.register(name, table)
        return self

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run statements whose result nobody needs."""
        with _clear_errors():
            self._connection.execute(sql, dict(parameters) if parameters else None)

    def table(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query; its result as one Arrow table."""
        with _clear_errors():
            return self._connection.sql(sql, params=dict(parameters) if parameters else None).to_arrow_table()

    def value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - any SQL value
        """Run a query with one row and one column; that value."""
        with _clear_errors():
            rows = self._connection.execute(sql, dict(parameters) if parameters else None).fetchall()
        return rows[0][0] if rows else None


def _database(**settings: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": str(os.cpu_count() or 1),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            **settings,
        },
    )
    connection.execute("set enable_progress_bar = false")  # what takes long would draw into our output
    return connection


@cache
def _locked(_process: int) -> duckdb.DuckDBPyConnection:
    """One database for all expressions: they keep nothing in it, and a new one takes longer than most of them.

    Args:
        _process: a child that was forked needs its own.
    """
    connection = _database(memory_limit="1GB", temp_directory="")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


@contextmanager
def _clear_errors() -> Iterator[None]:
    """A full disk or memory in our own words; the rest is for the caller."""
    try:
        yield
    except duckdb.IOException as error:
        if "space" in str(error) or "too large" in str(error).lower():
            raise storage_error(OSError(str(error)), Path("temporary file")) from error
        raise
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            "The machine's memory does not hold this step, and the disk could not take the rest.",
            found=str(error).splitlines()[0],
            expected="room on the disk for what does not fit into memory",
            hint="Free some space and run again.",
        ) from error
