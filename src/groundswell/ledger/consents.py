"""Consents: noted once and kept; what holds is worked out of all of them, each time.

The rule: a withdrawal stands until the person says otherwise, themselves and later. It outweighs anything older, anything of
the same instant, and anything newer that only an import brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from groundswell.ledger.facts import ANY, Consent, Noting, SubjectKind, consent_row
from groundswell.ledger.layout import CONSENTS
from groundswell.ledger.places import Place

T = TypeVar("T")

CHUNK = 10_000
"""As many rows as are in memory at once."""

MOMENT = pa.timestamp("us", tz="UTC")

_STANDING = pa.schema(
    {
        "kind": pa.string(),
        "subject": pa.string(),
        "channel": pa.string(),
        "given": pa.bool_(),
        "at": MOMENT,
        "source": pa.string(),
        "words": pa.string(),
        "direct": pa.bool_(),
    }
)

# `bearing`: what bears on a channel is what was said of it and what was said of all. `stopped` is the last withdrawal among
# it, `renewed` the last consent that the person gave themselves; no import is asked for either side of that comparison.
_HOLDS = text("""
with said as (
    select * from consents where purpose in (:purpose, '*')
), named as (
    select distinct kind, subject, channel from said where channel <> '*'
), bearing as (
    select said.*, said.channel as on_channel from said
    union all
    select said.*, named.channel from said join named on said.kind = named.kind and said.subject = named.subject
    where said.channel = '*'
), weighed as (
    select
        *,
        max(case when not given then at end) over (partition by subject, kind, on_channel) as stopped,
        max(case when given and direct then at end) over (partition by subject, kind, on_channel) as renewed
    from bearing
), placed as (
    select *, row_number() over (
        partition by subject, kind, on_channel
        order by case when given and direct then 0 else 1 end, at desc, case when direct then 0 else 1 end, fact
    ) as place
    from weighed
    where case when given then 1 else 0 end = case when stopped is null or stopped < renewed then 1 else 0 end
)
select
    kind, subject, on_channel, case when given then 1 else 0 end, at, source, words, case when direct then 1 else 0 end
from placed where place = 1 order by subject, kind, on_channel
""")


def chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most ``size``.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some


def note(place: Place, connection: Connection, consents: Iterable[Consent], noting: Noting) -> int:
    """Add the consents that are not noted yet; how many these were."""
    return sum(
        place.add(connection, CONSENTS, [consent_row(consent, noting) for consent in some]) for some in chunks(consents)
    )


def what_stands(connection: Connection, purpose: str) -> pa.Table:
    """What holds for a purpose: a row for each kind, subject and channel that a fact names."""
    found = connection.execution_options(yield_per=CHUNK).execute(_HOLDS, {"purpose": purpose})
    return tabled(found.partitions(CHUNK), _STANDING)


# Of all channels only what was said of all channels bears, so no window is needed; the rule is the one above.
_STOPPED = text("""
select subject from consents
where kind = :kind and channel = '*' and purpose in (:purpose, '*')
group by subject
having max(case when not given then at end) >= coalesce(
    max(case when given and direct then at end), max(case when not given then at end)
)
""")


def who_stopped(connection: Connection, kind: SubjectKind, purpose: str) -> frozenset[str]:
    """The subjects of a kind whose withdrawal from all channels stands."""
    found = connection.execution_options(yield_per=CHUNK).execute(_STOPPED, {"kind": kind, "purpose": purpose})
    return frozenset(subject for (subject,) in found)


def tabled(parts: Iterable[Iterable[Iterable[object]]], columns: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; yes and no come as 1 and 0.

    >>> tabled([[("a", 1), ("b", 0)]], pa.schema({"subject": pa.string(), "given": pa.bool_()})).to_pylist()
    [{'subject': 'a', 'given': True}, {'subject': 'b', 'given': False}]
    """
    numbers = {pa.bool_(): pa.int8(), MOMENT: pa.int64()}
    batches = []
    for part in parts:
        arrays = [
            pa.array(values, numbers.get(column.type, column.type)).cast(column.type)
            for values, column in zip(zip(*part, strict=True), columns, strict=True)
        ]
        batches.append(pa.record_batch(arrays, schema=columns))
    return pa.Table.from_batches(batches, schema=columns)


def on_channel(standing: pa.Table, channel: str) -> pa.Table:
    """What holds on one channel.

    A row of that channel has everything weighed that bears on it, what was said of all channels included; where a subject
    has none, the row of all channels (``*``) holds; who has neither never said anything about it.

    Args:
        standing: of :meth:`Ledger.standing`.
        channel: a channel's id.

    Returns:
        A row for each kind and subject with a word on it, with the columns of ``standing``.

    >>> rows = {"kind": ["person"] * 3, "subject": ["ada", "ada", "ben"], "channel": ["*", "sms", "*"]}
    >>> table = pa.table(rows | {"given": [False, True, True]})
    >>> on_channel(table, "sms").select(["subject", "given"]).to_pylist()
    [{'subject': 'ada', 'given': True}, {'subject': 'ben', 'given': True}]
    >>> on_channel(table, "post").select(["subject", "given"]).to_pylist()
    [{'subject': 'ada', 'given': False}, {'subject': 'ben', 'given': True}]
    """
    own = standing.filter(pc.equal(standing["channel"], channel))
    general = standing.filter(pc.equal(standing["channel"], ANY))
    keys = ["kind", "subject"]
    rest = general.join(own.select(keys), keys, join_type="left anti")
    together = pa.concat_tables([own, rest.select(own.column_names)])
    return together.sort_by([("subject", "ascending"), ("kind", "ascending")])
