"""A ledger in one SQLite file beside the campaign: many read while one writes, and a power cut takes nothing back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError

from groundswell.ledger.facts import Row
from groundswell.ledger.places import PATIENCE, Place, busy, first_line
from groundswell.ledger.placing import cannot_be_written
from groundswell.vocabulary import StorageError

OURS = int.from_bytes(b"gswl")
"""Stands in the file's header, so that another program's database is never taken for a ledger."""

_SETTINGS = (
    "journal_mode = wal",
    "synchronous = full",
    "foreign_keys = on",
    "secure_delete = on",
    "trusted_schema = off",
    "cache_size = -65536",  # keys are hashes: with less, a million of them are written over and over
)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TAKEN = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SHUT = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class SqliteFile(Place):
    """A ledger in a file.

    Args:
        path: the file, which is there.
    """

    reads: ClassVar[dict[str, Any]] = {"begin": "begin"}
    writes: ClassVar[dict[str, Any]] = {"begin": "begin immediate"}
    bares: ClassVar[dict[str, Any]] = {"begin": None}

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        url = URL.create("sqlite", database=str(self._path))
        pool = create_engine(url, hide_parameters=True, connect_args={"timeout": PATIENCE})
        event.listen(pool, "connect", _settle)
        event.listen(pool, "begin", _begin)
        super().__init__(path.name, pool)

    def check_file(self) -> None:
        """Refuse a file that is no ledger, before anything is written to it.

        Raises:
            StorageError: when it is another program's, damaged, or cannot be read.
        """
        try:
            with self._path.open("rb") as handle:
                header = handle.read(100)
        except OSError as error:
            raise StorageError(
                f"{self.name} cannot be read.",
                file=self._path,
                found=error.strerror,
                expected="a file that you may read",
                hint=f"Give yourself access to {self._path}.",
            ) from error
        if header[:16] != b"SQLite format 3\0" or int.from_bytes(header[68:72]) != OURS:
            raise self.foreign("an empty file" if not header else "something else")

    def foreign(self, found: str) -> StorageError:
        """The clear error for a file that no ledger is in."""
        return StorageError(
            f"{self.name} is not a ledger, or is damaged.",
            file=self._path,
            found=found,
            expected="a ledger that groundswell made",
            hint="Bring it back from a backup; a new one would have forgotten who said stop.",
        )

    def told(self, error: DBAPIError) -> StorageError:  # noqa: D102 - as Place says
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _TAKEN:
            return busy(self.name)
        if code in _SHUT:
            return cannot_be_written(self._path, first_line(error))
        if code in _DAMAGED:
            return self.foreign(first_line(error))
        return StorageError(f"{self.name} did not take what was asked.", file=self._path, found=first_line(error))

    def queue(self, connection: Connection) -> None:
        """Nothing to do: the transaction began by taking the only pen."""

    def check_new(self, connection: Connection) -> None:  # noqa: D102
        connection.exec_driver_sql(f"pragma application_id = {OURS}")

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:  # noqa: D102
        adding = insert(table).on_conflict_do_nothing()
        done = connection.execute(adding, rows, execution_options={"preserve_rowcount": True})
        return done.rowcount

    def wipe(self) -> None:
        """Write the file anew without what was deleted, and empty the journal that still had it."""
        with self.bare() as connection:
            connection.exec_driver_sql("vacuum")
            held, _, _ = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()
        if held:
            raise StorageError(
                f"What was deleted can still be found in {self.name}-wal, because somebody is reading it.",
                file=self._path,
                expected="nobody who has been reading the ledger for half a minute",
                hint="Stop the other command; the next one that opens the ledger wipes it.",
            )


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # `_begin` begins, or the driver would do it too late
    for setting in (f"busy_timeout = {PATIENCE * 1000}", *_SETTINGS):
        connection.execute(f"pragma {setting}").fetchall()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options()["begin"]
    if statement is not None:
        connection.exec_driver_sql(statement)
