"""Where people vote, work and live, counted: one row a postcode, a precinct or a site."""

from __future__ import annotations

import pyarrow as pa

from groundswell.tables import Contract, Engine, quote_literal, quote_name

PLACES = Contract(
    "places",
    {"kind": pa.string(), "place": pa.string(), "people": pa.int64(), "homes": pa.int64()},
    nullable=frozenset({"homes"}),
)
"""``kind`` is the column that names the place; ``homes`` is null where nothing is known of homes."""


def places(people: pa.Table, *columns: str) -> pa.Table:
    """How many people, and homes, there are in each place.

    Small places are all here: who shows them decides how small a group may be shown.

    Args:
        people: a row a person, with ``~home`` where it is known.
        columns: what names places: ``~postcode``, ``precinct``, ``site``; those that people do not have are left out.

    Returns:
        A row a place (contract ``PLACES``), the largest first; people without a place are in none.

    >>> table = pa.table({"~postcode": ["02139", "02139", None], "~home": ["a", "a", "b"]})
    >>> places(table, "~postcode", "site").to_pylist()
    [{'kind': '~postcode', 'place': '02139', 'people': 2, 'homes': 1}]
    """
    found = [name for name in columns if name in people.column_names]
    if not found:
        return pa.table({name: pa.array([], kind) for name, kind in PLACES.columns.items()})
    homes = 'count(distinct "~home")' if "~home" in people.column_names else "null::bigint"
    parts = [
        f"select {quote_literal(name)} as kind, trim({quote_name(name)}::varchar) as place, count(*) as people, "
        f"{homes} as homes from people where nullif(trim({quote_name(name)}::varchar), '') is not null group by 2"
        for name in found
    ]
    with Engine() as engine:
        engine.register(people=people)
        table = engine.table(f"{' union all '.join(parts)} order by people desc, kind, place")
    return PLACES.check(table.cast(pa.schema(PLACES.columns)))
