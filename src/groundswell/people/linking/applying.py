"""Links applied to tables: ids become people, and of people all their ids and contacts are known."""

from __future__ import annotations

import pyarrow as pa

from groundswell.people.consent import KEYS
from groundswell.tables import Engine, quote_literal, quote_name


def as_people(table: pa.Table, column: str, links: pa.Table | None) -> pa.Table:
    """A table in which a column of ids names people.

    Args:
        table: any.
        column: the column; where it is missing nothing changes.
        links: contract ``keeping.PEOPLE``; None: nobody has two ids.

    >>> links = pa.table({"id": ["a", "b"], "person": ["a", "a"]})
    >>> as_people(pa.table({"who": ["b", "c", None]}), "who", links)["who"].to_pylist()
    ['a', 'c', None]
    """
    if links is None or column not in table.column_names:
        return table
    known = dict(zip(links["id"].to_pylist(), links["person"].to_pylist(), strict=True))
    place = table.schema.get_field_index(column)
    ids = pa.array([known.get(one, one) for one in table[column].to_pylist()], pa.string())
    return table.set_column(place, table.schema.field(place), ids)


def one_a_person(decisions: pa.Table, links: pa.Table | None) -> pa.Table:
    """Decisions about people, where an id was then taken for a person of its own: the person's own stands, else the first.

    Args:
        decisions: with ``unit``.
        links: contract ``keeping.PEOPLE``.

    >>> links = pa.table({"id": ["a", "b"], "person": ["a", "a"]})
    >>> one_a_person(pa.table({"unit": ["b", "a", "c"], "option": ["x", "y", "z"]}), links).to_pylist()
    [{'unit': 'a', 'option': 'y'}, {'unit': 'c', 'option': 'z'}]
    """
    if links is None:
        return decisions
    before, after = decisions["unit"].to_pylist(), as_people(decisions, "unit", links)
    stands: dict[str, int] = {}
    for place, (was, unit) in enumerate(zip(before, after["unit"].to_pylist(), strict=True)):
        if was == unit or unit not in stands:
            stands[unit] = place
    found: pa.Table = after.take(sorted(stands.values()))
    return found


def subjects_of(people: pa.Table, links: pa.Table) -> pa.Table:
    """By what those with several ids are known to the ledger: ``person, kind, subject``, for each of their ids all of it.

    Args:
        people: contract ``groundswell.people.PEOPLE``, a row an id.
        links: contract ``keeping.PEOPLE``.

    >>> columns = {"phone_key": ["+1202", None], "email_key": [None, None], "address_key": [None, None]}
    >>> people = pa.table({"person": ["a", "b"]} | {name: pa.array(its, pa.string()) for name, its in columns.items()})
    >>> found = subjects_of(people, pa.table({"id": ["a", "b"], "person": ["a", "a"]}))
    >>> [row["subject"] for row in found.to_pylist() if row["person"] == "b"]
    ['a', 'b', '+1202']
    """
    with Engine() as engine:
        engine.register(people=people, links=links)
        parts = ["select person as one, 'person' as kind, id as subject from links"]
        parts += [
            f"select l.person, {quote_literal(kind)}, {column} from links l join people p on p.person = l.id "
            f"where {column} is not null"
            for kind, column in KEYS.items()
        ]
        return engine.table(
            f"select distinct id as person, kind, subject from links l join ({' union all '.join(parts)}) on one = l.person "
            "order by person, kind = 'person' desc, kind, subject"
        )


def with_lists(rows: pa.Table, lists: pa.Table, *, person: str, into: str) -> pa.Table:
    """Rows, the oldest first, with the list that each is from.

    Args:
        rows: with a column of ids.
        lists: of :func:`groundswell.people.lists_of`.
        person: the column of ids.
        into: what to call the column with the list.
    """
    with Engine() as engine:
        engine.register(rows=rows, lists=lists)
        return engine.table(
            f"select r.* exclude (_row), l.list as {quote_name(into)} from rows r "
            f"join lists l on l.id = r.{quote_name(person)} "
            "qualify row_number() over (partition by l.id order by _row) = 1 order by since"
        )
