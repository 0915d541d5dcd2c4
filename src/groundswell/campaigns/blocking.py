"""Whoever was forgotten stays so: their rows are turned away from every file that comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import ledger_of
from groundswell.ledger import secret_of
from groundswell.people import Forgotten
from groundswell.people.identity import turn_away
from groundswell.sources import Column, Rows, read_rows
from groundswell.tables import Table

SECRET = "secret.key"  # noqa: S105 - the name of its file


def secret_for(settings: Settings) -> bytes:
    """The key by which the campaign knows again whom it forgot; made when there is none yet."""
    return secret_of(settings.folder / HIDDEN / SECRET)


def forgotten_hashes(settings: Settings) -> frozenset[str]:
    """The keyed hashes of everybody the campaign forgot."""
    with ledger_of(settings) as ledger:
        return ledger.forgotten()


def forgotten_by(settings: Settings) -> Forgotten:
    """By what those whom the campaign forgot are known again."""
    hashes = forgotten_hashes(settings)
    return Forgotten(secret_for(settings) if hashes else b"", hashes)


class OwnFile(Protocol):
    """What a section of ``[sources]`` says of its file."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def delimiter(self) -> str | None: ...  # noqa: D102


def read_own(settings: Settings, source: OwnFile, expected: Mapping[str, Column], *, key: str) -> Rows:
    """Read a file of the campaign's own. Once somebody was forgotten only its header may be left; before, that is a mistake.

    Args:
        settings: the campaign.
        source: the file, as its section of ``campaign.toml`` says.
        expected: what is expected of columns.
        key: that section's name, for errors.

    Raises:
        DataError: as :func:`groundswell.sources.read_rows`.
    """
    return read_rows(
        settings.source(source.path),
        expected,
        key=key,
        delimiter=source.delimiter,
        header_only=bool(forgotten_hashes(settings)),
        padded=getattr(source, "short_rows", "reject") == "blank",
    )


def turned_away(
    settings: Settings, table: Table, *, id_column: str, file: str, row: str = "_row"
) -> tuple[Table, Table]:
    """A table without those who were forgotten; and their rows as contract ``REJECTED``, without a value.

    Args:
        settings: the campaign.
        table: people with what was made of their names and numbers, or anything with a person's id.
        id_column: the column with that id.
        file: the file's name.
        row: the column with the row's number in it.
    """
    return turn_away(table, *forgotten_by(settings), id_column=id_column, file=file, row=row)
