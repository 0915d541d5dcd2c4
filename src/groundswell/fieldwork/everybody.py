"""To ask who would speak to whom, had everybody all the time in the world."""

from __future__ import annotations

import pyarrow as pa


def all_through(units: pa.ChunkedArray, channel: str) -> pa.Table:
    """Decisions by which everybody would be spoken to through a channel: to ask who would speak to whom.

    >>> all_through(pa.chunked_array([["ada"]]), "phone").to_pylist()
    [{'unit': 'ada', 'option': 'any/phone'}]
    """
    return pa.table({"unit": units, "option": pa.repeat(pa.scalar(f"any/{channel}"), len(units))})


def with_endless_hours(volunteers: pa.Table) -> pa.Table:
    """Volunteers who never tire, for the same question; ``id`` or ``messenger``, and ``person_id`` or ``person``.

    >>> with_endless_hours(pa.table({"id": ["v1"], "person_id": ["eve"], "hours": [2.0]})).to_pylist()
    [{'messenger': 'v1', 'person': 'eve', 'hours': inf}]
    """
    ids = volunteers["id"] if "id" in volunteers.column_names else volunteers["messenger"]
    people = volunteers["person_id"] if "person_id" in volunteers.column_names else volunteers["person"]
    endless = pa.repeat(pa.scalar(float("inf")), len(ids))
    return pa.table({"messenger": ids, "person": people, "hours": endless})
