"""Consents, suppressions and their lifts, the forgotten, and the ledger's own row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    letters: TypeEngine[str] = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "consents",
        sa.Column("fact", sa.LargeBinary(16), primary_key=True),
        sa.Column("kind", letters, nullable=False),
        sa.Column("subject", letters, nullable=False),
        sa.Column("purpose", letters, nullable=False),
        sa.Column("channel", letters, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", letters, nullable=False),
        sa.Column("direct", sa.Boolean, nullable=False),
        sa.Column("words", letters, nullable=False),
        sa.Column("noted", sa.BigInteger, nullable=False),
    )
    op.create_index("consents_by_subject", "consents", ["subject", "kind"])
    for name in ("suppressions", "lifts"):
        op.create_table(
            name,
            sa.Column("fact", sa.LargeBinary(16), primary_key=True),
            sa.Column("kind", letters, nullable=False),
            sa.Column("subject", letters, nullable=False),
            sa.Column("reason", letters, nullable=False),
            sa.Column("source", letters, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("noted", sa.BigInteger, nullable=False),
        )
        op.create_index(f"{name}_by_subject", name, ["subject", "kind"])
    op.create_table(
        "forgotten",
        sa.Column("hash", letters, primary_key=True),
        sa.Column("noted", sa.BigInteger, nullable=False),
    )
    state = op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("wipe_due", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.bulk_insert(state, [{"id": 1, "revision": 0}])
