"""What Alembic runs to bring a ledger's tables up to date, on the connection that ``migrating.py`` hands over."""

from __future__ import annotations

from alembic import context


def migrate() -> None:
    """Run the steps that are missing."""
    config = context.config
    context.configure(connection=config.attributes["connection"], version_table=config.attributes["version_table"])
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic runs this file; others (tests, linters) only read it
    migrate()
