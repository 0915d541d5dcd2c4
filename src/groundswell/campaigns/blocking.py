"""Whoever was forgotten stays so: their rows are turned away from every file that comes in."""

from __future__ import annotations

from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import ledger_of
from groundswell.ledger import secret_of
from groundswell.people import Forgotten
from groundswell.people.identity import turn_away
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
