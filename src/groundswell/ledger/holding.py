"""What is held about somebody, for the person who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, Table, select

from groundswell.ledger.consents import chunks
from groundswell.ledger.facts import Consent, Held, Lift, Row, SubjectKind, Suppression, moment
from groundswell.ledger.layout import CONSENTS, LIFTS, SUPPRESSIONS

_AT_ONCE = 500
Fact = TypeVar("Fact", Consent, Suppression, Lift)


def held(connection: Connection, kind: SubjectKind, subjects: Iterable[str]) -> Held:
    """All facts about some subjects of a kind."""
    asked = list(chunks(dict.fromkeys(subjects), _AT_ONCE))
    return Held(
        _facts(connection, Consent, CONSENTS, kind, asked),
        _facts(connection, Suppression, SUPPRESSIONS, kind, asked),
        _facts(connection, Lift, LIFTS, kind, asked),
    )


def _facts(
    connection: Connection, fact: type[Fact], table: Table, kind: SubjectKind, asked: list[list[str]]
) -> list[Fact]:
    found: list[Row] = []
    for some in asked:
        about = select(table).where(table.c.subject.in_(some), table.c.kind == kind)
        found += [dict(row) for row in connection.execute(about).mappings()]
    found.sort(key=lambda row: (row["at"], row["fact"]))
    columns = [name for name in fact._fields if name != "at"]
    return [fact(**{name: row[name] for name in columns}, at=moment(row["at"])) for row in found]
