"""Brings a ledger's tables to what this version knows; a ledger of a newer version is refused, never guessed at."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, Text, column, inspect, select, table

from groundswell.ledger.places import Place
from groundswell.vocabulary import StorageError

STEPS = ("0001",)
"""The files of ``migrations/versions``, in order."""

SCRIPTS = "groundswell.ledger:migrations"
"""Where the steps are: inside the package, so that an installed wheel has them."""

_VERSION_TABLE = "ledger_version"
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a module


def bring_up(place: Place, *, steps: tuple[str, ...] = STEPS, scripts: str = SCRIPTS) -> None:
    """Make or bring up to date the tables at a place, in one transaction.

    Args:
        place: where.
        steps: the ids of the steps there are, in order.
        scripts: Alembic's ``script_location`` of them.

    Raises:
        StorageError: when the ledger was made by a newer version, or something else is there.
    """
    with place.reading() as connection:
        if _version(connection) == steps[-1]:
            return
    with _ONE_AT_A_TIME, place.writing() as connection:
        place.queue(connection)
        found = _version(connection)
        if found is None:
            place.check_new(connection)
        elif found not in steps:
            raise _newer(place, found, steps[-1])
        if found != steps[-1]:
            _upgrade(connection, scripts)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    version = select(column("version_num", Text)).select_from(table(_VERSION_TABLE))
    return connection.execute(version).scalar_one()


def _upgrade(connection: Connection, scripts: str) -> None:
    from alembic import command  # noqa: PLC0415 - a third of a second, and hardly ever needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection, "version_table": _VERSION_TABLE})
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    command.upgrade(config, "head")


def _newer(place: Place, found: str, known: str) -> StorageError:
    return StorageError(
        f"{place.name} was made by a newer version of groundswell.",
        found=f"version {found}",
        expected=f"version {known} or older",
        hint="Update groundswell; this one would not understand everything that is noted there.",
    )
