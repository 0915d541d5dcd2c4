"""A ledger in a PostgreSQL database: for many who write at once, or a server that somebody already looks after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    URL,
    Column,
    ColumnClause,
    Connection,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from groundswell.ledger.facts import Row
from groundswell.ledger.layout import ABOUT_SUBJECTS, METADATA
from groundswell.ledger.places import PATIENCE, Place, busy, first_line
from groundswell.vocabulary import StorageError

_ALONE = int.from_bytes(b"gswledgr")  # a name for the lock under which tables are made
_LOCK_NOT_AVAILABLE, _DISK_FULL = "55P03", "53100"


class PostgresqlDatabase(Place):
    """A ledger in a database.

    Args:
        url: ``postgresql://user:password@host/database``, psycopg 3's words in the query.

    Raises:
        StorageError: when the URL is none, names another kind of database, or psycopg is not installed.
    """

    reads: ClassVar[dict[str, Any]] = {"isolation_level": "REPEATABLE READ"}
    writes: ClassVar[dict[str, Any]] = {"isolation_level": "READ COMMITTED"}
    bares: ClassVar[dict[str, Any]] = {"isolation_level": "AUTOCOMMIT"}

    def __init__(self, url: str) -> None:
        found = _url(url)
        patience: dict[str, Any] = {} if "connect_timeout" in found.query else {"connect_timeout": 10}
        try:
            pool = create_engine(found, hide_parameters=True, pool_pre_ping=True, connect_args=patience)
        except (ModuleNotFoundError, NoSuchModuleError):
            raise StorageError(
                "The package that speaks to PostgreSQL is not installed.",
                expected="psycopg 3",
                hint='Run: pip install "groundswell[postgresql]"',
            ) from None
        event.listen(pool, "connect", _settle)
        super().__init__(_name(found), pool)

    def told(self, error: DBAPIError) -> StorageError:  # noqa: D102 - as Place says
        state = getattr(error.orig, "sqlstate", None)
        if state == _LOCK_NOT_AVAILABLE:
            return busy(self.name)
        if state == _DISK_FULL:
            return StorageError(f"There is no room left on the disk of {self.name}.", hint="Free some space there.")
        if state is None:
            return StorageError(
                f"{self.name} cannot be reached.",
                found=first_line(error),
                expected="a server that answers",
                hint="Is it running, and do host, port, user and password fit? Nothing of this was written.",
            )
        return StorageError(f"{self.name} did not take what was asked.", found=f"{first_line(error)} ({state})")

    def queue(self, connection: Connection) -> None:  # noqa: D102
        connection.execute(text("select pg_advisory_xact_lock(:alone)"), {"alone": _ALONE})

    def check_new(self, connection: Connection) -> None:  # noqa: D102
        encoding = connection.exec_driver_sql("show server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StorageError(
                f"{self.name} does not take every letter.",
                found=str(encoding),
                expected="UTF8",
                hint="Make the database with: createdb --encoding UTF8 --template template0",
            )
        there = sorted(set(inspect(connection).get_table_names()) & METADATA.tables.keys())
        if there:
            raise StorageError(
                f"{self.name} has tables of that name that are not a ledger's.",
                found=", ".join(there),
                expected="a database, or a search path, without them",
                hint="Make a database for the ledger alone.",
            )

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:  # noqa: D102
        columns = [table.c[name] for name in rows[0]]
        # One text for all rows: five times as quick as a list of values for each.
        told = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
        row = told.table_valued(*(_sent(one) for one in columns)).render_derived(with_types=True)
        each = [func.decode(row.c[one.name], "hex") if _is_bytes(one) else row.c[one.name] for one in columns]
        adding = insert(table).from_select(columns, select(*each)).on_conflict_do_nothing()
        sent = {"rows": json.dumps(rows, default=bytes.hex)}
        return connection.execute(adding, sent, execution_options={"preserve_rowcount": True}).rowcount

    def wipe(self) -> None:
        """Write the tables anew without what was deleted. The server's own log and its backups are not ours to wipe."""
        with self.bare() as connection:
            for table in ABOUT_SUBJECTS:
                connection.exec_driver_sql(f"vacuum (full, analyze) {table.name}")


def _is_bytes(one: Column[Any]) -> bool:
    return isinstance(one.type, LargeBinary)


def _sent(one: Column[Any]) -> ColumnClause[Any]:
    return column(one.name, Text() if isinstance(one.type, LargeBinary | Text) else one.type)


def _url(url: str) -> URL:
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise _not_understood() from None  # its text may hold the password
    if "@" in (found.host or ""):
        raise _not_understood()
    if found.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise StorageError(
            "A ledger is in an SQLite file or a PostgreSQL database.",
            found=f"{found.drivername}://",
            expected="a path, or postgresql://",
        )
    return found.set(drivername="postgresql+psycopg")


def _not_understood() -> StorageError:
    return StorageError(
        "The ledger's URL cannot be understood.",
        expected="postgresql://user:password@host:port/database",
        hint="Letters like @ / : in a password are written as %40 %2F %3A.",
    )


def _name(url: URL) -> str:
    where = url.host or url.query.get("host") or "this machine"
    return f"PostgreSQL database {url.database or url.username} at {where}" + (f":{url.port}" if url.port else "")


def _settle(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg need not be installed
    connection.execute(f"set lock_timeout = '{PATIENCE}s'")
    connection.commit()
