"""A fact that became known after the message was sent cannot explain what the message did."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from groundswell.tables import Engine, quote_name
from groundswell.vocabulary import DataError


def refuse_late(dated: Mapping[str, str], people: pa.Table, rows: pa.Table, decisions: pa.Table, *, file: str) -> None:
    """Refuse traits that carry a date after the past they would be learnt from.

    Args:
        dated: trait -> the column with the day it became known.
        people: contract ``PEOPLE``.
        rows: the typed rows of the file of people.
        decisions: the past, contract ``DECISIONS``.
        file: where the traits are declared, for the error.

    Raises:
        DataError: naming the trait, how many people it is too late for, and the first of their rows.
    """
    with Engine() as engine:
        engine.register(people=people, own=rows, past=decisions)
        for trait, column in dated.items():
            known = f"own.{quote_name(column)}"
            late = engine.table(
                f"select people.row, {known} as known, past.on as sent from past join people using (unit) "
                f"join own on own._row = people.row where {known} > past.on order by people.row"
            )
            if late.num_rows:
                first = late.slice(0, 1).to_pylist()[0]
                raise DataError(
                    f"{trait} became known after the past was sent, so nothing can be learnt with it.",
                    file=file,
                    key=f"traits.{trait}.at",
                    found=f"{late.num_rows} people; row {first['row']}: {first['known']}, sent {first['sent']}",
                    expected="facts from before the experiment",
                    hint="Leave the trait out, or use what was known then.",
                )
