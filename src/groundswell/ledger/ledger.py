"""The ledger: the one door to all that is held. Each act is one transaction; each reading is one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TextIO

import pyarrow as pa
from sqlalchemy import Connection, select, update

from groundswell.ledger import backup
from groundswell.ledger.consents import note, what_stands, who_stopped
from groundswell.ledger.facts import Consent, Held, Lift, Noting, Reason, SubjectKind, Suppression
from groundswell.ledger.forgetting import all_forgotten, forget_all, wipe
from groundswell.ledger.holding import held
from groundswell.ledger.layout import STATE
from groundswell.ledger.migrating import bring_up
from groundswell.ledger.places import Place
from groundswell.ledger.placing import make_once
from groundswell.ledger.postgresql import PostgresqlDatabase
from groundswell.ledger.sqlite import SqliteFile
from groundswell.ledger.suppressions import add_lift, add_suppressions, what_is_suppressed
from groundswell.vocabulary import StorageError


def open_ledger(where: Path | str) -> Ledger:
    """Open a ledger, or make it.

    Args:
        where: a path (an SQLite file, made when absent, readable by its owner only), or the URL of a PostgreSQL database
            (``postgresql://user:password@host/database``). Its tables are brought up to date.

    Raises:
        StorageError: when it cannot be reached, read or written, is damaged or something else, or was made by a newer
            version. It never holds a password.

    >>> import tempfile
    >>> with open_ledger(Path(tempfile.mkdtemp()) / "ledger.sqlite") as ledger:
    ...     ledger.revision()
    0
    """
    place = _place(where)
    try:
        bring_up(place)
        with suppress(StorageError):  # then it is still due, and who only wants to read is not kept from it
            wipe(place)
    except BaseException:
        place.close()
        raise
    return Ledger(place)


def _place(where: Path | str) -> Place:
    if isinstance(where, str) and "://" in where and not where.startswith("sqlite:///"):
        return PostgresqlDatabase(where)
    path = Path(where.removeprefix("sqlite:///") if isinstance(where, str) else where)
    make_once(path, _fill)
    place = SqliteFile(path)
    place.check_file()
    return place


def _fill(draft: Path) -> None:
    place = SqliteFile(draft)
    try:
        bring_up(place)
    finally:
        place.close()


class Ledger:
    """What a campaign must never lose: consents, suppressions, and who was forgotten.

    Closes its connections when used in a ``with``. Threads may share it. ``now`` is the clock's where it is not given; it is
    kept with each fact, and a fact that would open a way to somebody from the future on is refused.

    >>> import tempfile
    >>> ledger = open_ledger(Path(tempfile.mkdtemp()) / "ledger.sqlite")
    >>> monday, tuesday = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3))
    >>> stop = Consent("email", "ada@example.org", "voters", "*", False, monday, "replied STOP", direct=True)
    >>> bought = stop._replace(given=True, at=tuesday, source="import 4: bought.csv row 7", direct=False)
    >>> ledger.note_consents([stop, bought, stop], now=tuesday)
    2
    >>> ledger.standing("voters").select(["subject", "channel", "given", "source"]).to_pylist()
    [{'subject': 'ada@example.org', 'channel': '*', 'given': False, 'source': 'replied STOP'}]
    >>> ledger.close()
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._place.close()

    def note_consents(self, consents: Iterable[Consent], *, now: datetime | None = None) -> int:
        """Note consents and withdrawals, all or none of them, in bounded memory.

        Args:
            consents: the facts; nobody else writes while they are read.
            now: when they are noted.

        Returns:
            How many were new: the same fact twice is noted once.

        Raises:
            DataError: when one of them would never be found again (a subject not in its one form), has no zone or no source,
                or is a consent given to us in the future.
        """
        return self._write(lambda connection, at: note(self._place, connection, consents, at), now)

    def suppress(self, suppressions: Iterable[Suppression], *, now: datetime | None = None) -> int:
        """Note reasons not to contact somebody, all or none; how many were new. No import takes one away.

        Raises:
            DataError: as :meth:`note_consents`.
        """
        return self._write(lambda connection, at: add_suppressions(self._place, connection, suppressions, at), now)

    def lift(
        self,
        kind: SubjectKind,
        subject: str,
        *,
        reason: Reason,
        source: str,
        at: datetime,
        now: datetime | None = None,
    ) -> int:
        """Lift the suppressions of a subject that are for this reason and older; the act is kept, and so are they.

        Args:
            kind: what ``subject`` is.
            subject: whose.
            reason: which suppression.
            source: who says so.
            at: when.
            now: when it is noted.

        Returns:
            1, or 0 when the same act was noted before.
        """
        act = Lift(kind, subject, reason, source, at)
        return self._write(lambda connection, noting: add_lift(self._place, connection, act, noting), now)

    def standing(self, purpose: str) -> pa.Table:
        """What holds now for a purpose, by the rule: a withdrawal stands until a *direct* consent that is strictly newer.

        What was said for any purpose (``*``) bears on each, what was said of every channel (``*``) bears on each: a row of a
        channel has both weighed. So a reader takes the row of the channel; where a subject has none, its row of ``*``; where
        it has neither, nobody ever said anything (:func:`on_channel` does this for a whole table). A consent given directly
        on one channel after a withdrawal on all therefore restores that channel, and leaves ``*`` withdrawn.

        Args:
            purpose: which; ``*`` gives only what was said for any purpose.

        Returns:
            A row for each ``kind``, ``subject`` and ``channel`` that was named, with ``given``, ``at``, ``source``, ``words``
            and ``direct`` of the fact that holds: the last withdrawal; else the last consent the person gave themselves;
            else the last that was imported. Ordered by subject, kind and channel.
        """
        with self._place.reading() as connection:
            return what_stands(connection, purpose)

    def stopped(self, kind: SubjectKind, purpose: str) -> frozenset[str]:
        """Whose withdrawal from all channels stands for a purpose.

        They are the subjects of the rows of :meth:`standing` that say so, at a small part of its cost.

        Args:
            kind: which subjects.
            purpose: which; ``*`` gives only what was said for any purpose.
        """
        with self._place.reading() as connection:
            return who_stopped(connection, kind, purpose)

    def suppressed(self) -> pa.Table:
        """Who must not be contacted: ``kind``, ``subject``, ``reason``, ``source`` and ``at`` of what stands.

        One row, the newest, for each subject and reason. A lift undoes what is strictly older.
        """
        with self._place.reading() as connection:
            return what_is_suppressed(connection)

    def about(self, kind: SubjectKind, subjects: Iterable[str]) -> Held:
        """Everything held about some subjects of one kind, oldest first: what a person may ask to see."""
        with self._place.reading() as connection:
            return held(connection, kind, subjects)

    def forget(
        self,
        subjects: Iterable[tuple[SubjectKind, str]],
        hashes: Iterable[str],
        *,
        now: datetime | None = None,
    ) -> None:
        """Delete every row about the subjects, and keep keyed hashes to know them by when they come again.

        In an SQLite file nothing of the rows is left afterwards, in the tables of a PostgreSQL database neither; the log and
        the backups of a database server are its keeper's.

        Args:
            subjects: kind and subject of all that the person was known by.
            hashes: of :func:`keyed_hash`.
            now: when.

        Raises:
            DataError: when a hash is none; then nothing was deleted.
            StorageError: when rows were deleted, but somebody who is reading keeps them from being overwritten.
        """
        self._write(lambda connection, at: forget_all(self._place, connection, subjects, hashes, at), now)
        wipe(self._place)

    def forgotten(self) -> frozenset[str]:
        """The keyed hashes of everybody who was forgotten."""
        with self._place.reading() as connection:
            return all_forgotten(connection)

    def revision(self) -> int:
        """A number that is another one after anything changed: a plan made at another revision is stale.

        It is made from the one before, so two ledgers of one origin that went different ways do not meet in it again.
        """
        with self._place.reading() as connection:
            return int(connection.execute(select(STATE.c.revision)).scalar_one())

    def dump(self, handle: TextIO) -> int:
        """Write all of it, at one moment, as lines of JSON; how many facts that was."""
        with self._place.reading() as connection:
            return backup.dump(connection, handle)

    def load(self, handle: TextIO) -> int:
        """Take a dump into an empty ledger, all or nothing, its revision too; how many facts that was.

        Raises:
            StorageError: when this ledger is not empty.
            DataError: when it is no dump, or not a whole one.
        """
        with self._place.writing() as connection:
            connection.execute(select(STATE.c.revision).with_for_update())
            return backup.load(self._place, connection, handle)

    def _write(self, act: Callable[[Connection, Noting], int], now: datetime | None) -> int:
        noting = Noting.at(now or datetime.now(UTC))
        with self._place.writing() as connection:
            before = connection.execute(select(STATE.c.revision).with_for_update()).scalar_one()
            changed = act(connection, noting)
            if changed:
                connection.execute(update(STATE).values(revision=_next(before, noting, changed)))
        return changed


def _next(revision: int, noting: Noting, changed: int) -> int:
    """52 bits: no more fit into a number of JavaScript."""
    digest = blake2b(f"{revision}|{noting.noted}|{changed}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 12) or 1
