"""Where a ledger is kept: how one reads there, writes there, and wipes what was deleted.

What SQLite and PostgreSQL do differently stands in their two files, and nowhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from groundswell.ledger.facts import Row
from groundswell.vocabulary import StorageError

PATIENCE = 30
"""Seconds one waits for somebody else who is writing."""


class Place(ABC):
    """A database that a ledger is in.

    Args:
        name: what to call it in an error; never with a password.
        pool: its connections.
    """

    reads: ClassVar[dict[str, Any]]
    writes: ClassVar[dict[str, Any]]
    bares: ClassVar[dict[str, Any]]

    def __init__(self, name: str, pool: Engine) -> None:
        self.name = name
        self._pool = pool

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot: whatever others write meanwhile, it does not change."""
        with self._clear_errors(), self._pool.connect().execution_options(**self.reads) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, all or nothing, that no other writes beside."""
        open_ = self._pool.connect
        with self._clear_errors(), open_().execution_options(**self.writes) as connection, connection.begin():
            yield connection

    @contextmanager
    def bare(self) -> Iterator[Connection]:
        """A connection without a transaction, each statement for itself."""
        with self._clear_errors(), self._pool.connect().execution_options(**self.bares) as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._pool.dispose()

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self.told(error) from None  # the driver's error may hold a person's data

    @abstractmethod
    def told(self, error: DBAPIError) -> StorageError:
        """The database's error in our words."""

    @abstractmethod
    def queue(self, connection: Connection) -> None:
        """Wait until nobody else makes this ledger's tables."""

    @abstractmethod
    def check_new(self, connection: Connection) -> None:
        """Refuse a database that cannot hold a ledger, before its tables are made."""

    @abstractmethod
    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """Insert rows (all with the same columns) unless they are there; how many were not."""

    @abstractmethod
    def wipe(self) -> None:
        """Overwrite what was deleted, in the tables' own files."""


def busy(name: str) -> StorageError:
    """The clear error for a ledger that somebody else holds for too long."""
    return StorageError(
        f"Somebody else has been writing to {name} for over {PATIENCE} seconds.",
        expected="a ledger that is free",
        hint="Let the other command finish, then run again: nothing of this was written.",
    )


def first_line(error: DBAPIError) -> str:
    """What the driver said, without its statement and details."""
    return (str(error.orig).splitlines() or ["nothing"])[0][:200]
