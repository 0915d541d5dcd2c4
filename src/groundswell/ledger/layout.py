"""The tables of a ledger as they are now; ``migrations/versions`` is how they came to be.

Times are microseconds since 1970 in UTC: the same exact number in either database, and Arrow's own. A text is compared
by its bytes in both (``C`` in PostgreSQL), so that both put rows into the same order.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

TEXT: TypeEngine[str] = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

METADATA = MetaData()

CONSENTS = Table(
    "consents",
    METADATA,
    Column("fact", LargeBinary(16), primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("purpose", TEXT, nullable=False),
    Column("channel", TEXT, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("words", TEXT, nullable=False),
    Column("noted", BigInteger, nullable=False),
    Index("consents_by_subject", "subject", "kind"),
)


def _reasoned(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("fact", LargeBinary(16), primary_key=True),
        Column("kind", TEXT, nullable=False),
        Column("subject", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("source", TEXT, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("noted", BigInteger, nullable=False),
        Index(f"{name}_by_subject", "subject", "kind"),
    )


SUPPRESSIONS = _reasoned("suppressions")
LIFTS = _reasoned("lifts")

FORGOTTEN = Table(
    "forgotten",
    METADATA,
    Column("hash", TEXT, primary_key=True),
    Column("noted", BigInteger, nullable=False),
)

STATE = Table(
    "ledger",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("wipe_due", Boolean, nullable=False, server_default=text("false")),
)
"""One row: what the ledger is as a whole. Who writes holds it until done, so writers come one after the other."""

ABOUT_SUBJECTS = (CONSENTS, SUPPRESSIONS, LIFTS)
