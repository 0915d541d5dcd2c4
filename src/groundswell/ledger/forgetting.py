"""Forgetting: every row about somebody goes, and a keyed hash stays, so that the next file does not bring them back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select, update

from groundswell.ledger.consents import chunks
from groundswell.ledger.facts import Noting, Row, SubjectKind
from groundswell.ledger.layout import ABOUT_SUBJECTS, FORGOTTEN, STATE
from groundswell.ledger.places import Place
from groundswell.vocabulary import DataError

_HASH = re.compile(r"[0-9a-f]{64}\Z")


def forget_all(
    place: Place,
    connection: Connection,
    subjects: Iterable[tuple[SubjectKind, str]],
    hashes: Iterable[str],
    noting: Noting,
) -> int:
    """Delete every row about the subjects, keep the hashes; how many rows went and came."""
    changed = sum(_deleted(connection, some) for some in chunks(subjects))
    if changed:
        connection.execute(update(STATE).values(wipe_due=True))
    for some in chunks(hashes):
        changed += place.add(connection, FORGOTTEN, [hash_row(one, noting) for one in some])
    return changed


def all_forgotten(connection: Connection) -> frozenset[str]:
    """The keyed hashes of everybody who was forgotten."""
    return frozenset(connection.execute(select(FORGOTTEN.c.hash)).scalars())


def wipe(place: Place) -> None:
    """Overwrite what was deleted, if that is still to be done; what a stopped process left undone, the next one does."""
    with place.reading() as connection:
        due, seen = connection.execute(select(STATE.c.wipe_due, STATE.c.revision)).one()
    if due:
        place.wipe()
        with place.writing() as connection:  # whoever forgot somebody meanwhile has made another revision: it stays due
            connection.execute(update(STATE).where(STATE.c.revision == seen).values(wipe_due=False))


def _deleted(connection: Connection, subjects: list[tuple[SubjectKind, str]]) -> int:
    given = [{"its_kind": kind, "its_subject": subject} for kind, subject in subjects]
    gone = 0
    for table in ABOUT_SUBJECTS:
        match = (table.c.subject == bindparam("its_subject"), table.c.kind == bindparam("its_kind"))
        gone += connection.execute(delete(table).where(*match), given).rowcount
    return gone


def hash_row(hash_: str, noting: Noting) -> Row:
    """A checked keyed hash as a row.

    Raises:
        DataError: when it is none; what was meant to be forgotten is not repeated.
    """
    if not _HASH.match(hash_):
        raise DataError(
            "This is no keyed hash; what somebody is forgotten by must not be kept in the open.",
            key="hashes",
            expected="64 hexadecimal digits",
            hint="Use keyed_hash(secret_of(path), text).",
        )
    return {"hash": hash_, "noted": noting.noted}
