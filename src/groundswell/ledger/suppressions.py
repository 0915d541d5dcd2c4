"""Suppressions: reasons not to contact somebody at all.

An import adds some and never takes one away; an explicit lift does, and is kept beside what it lifted.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from sqlalchemy import Connection, text

from groundswell.ledger.consents import CHUNK, MOMENT, chunks, tabled
from groundswell.ledger.facts import Lift, Noting, Suppression, lift_row, suppression_row
from groundswell.ledger.layout import LIFTS, SUPPRESSIONS
from groundswell.ledger.places import Place

_SUPPRESSED = pa.schema(
    {"kind": pa.string(), "subject": pa.string(), "reason": pa.string(), "source": pa.string(), "at": MOMENT}
)

# Of the same instant, the suppression stands: a lift is of something that was known before.
_STANDS = text("""
with lifted as (
    select kind, subject, reason, max(at) as at from lifts group by kind, subject, reason
), placed as (
    select
        suppressions.*,
        row_number() over (
            partition by suppressions.subject, suppressions.kind, suppressions.reason
            order by suppressions.at desc, suppressions.fact
        ) as place
    from suppressions left join lifted
        on lifted.kind = suppressions.kind and lifted.subject = suppressions.subject and lifted.reason = suppressions.reason
    where lifted.at is null or suppressions.at >= lifted.at
)
select kind, subject, reason, source, at from placed where place = 1 order by subject, kind, reason
""")


def add_suppressions(place: Place, connection: Connection, suppressions: Iterable[Suppression], noting: Noting) -> int:
    """Add the suppressions that are not noted yet; how many these were."""
    return sum(
        place.add(connection, SUPPRESSIONS, [suppression_row(one, noting) for one in some])
        for some in chunks(suppressions)
    )


def add_lift(place: Place, connection: Connection, act: Lift, noting: Noting) -> int:
    """Add a lift unless it is noted; whether it was new."""
    return place.add(connection, LIFTS, [lift_row(act, noting)])


def what_is_suppressed(connection: Connection) -> pa.Table:
    """The newest suppression that stands, for each kind, subject and reason."""
    found = connection.execution_options(yield_per=CHUNK).execute(_STANDS)
    return tabled(found.partitions(CHUNK), _SUPPRESSED)
