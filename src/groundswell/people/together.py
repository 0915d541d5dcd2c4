"""Who lives and works together, where only an address or a manager's id says so; and all of it counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.ledger import keyed_hash
from groundswell.people.census import census
from groundswell.people.gathering import HOUSEHOLD, TEAM
from groundswell.people.homes import homes, household_of
from groundswell.people.normalising import with_made
from groundswell.people.teams import teams
from groundswell.sources import PeopleSpec


def with_blank(rows: pa.Table, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows with further columns, blank in all of them; those that are there stay, and so do ours that begin with ``~``.

    >>> with_blank(pa.table({"a": [1]}), {"a": pa.string(), "b": pa.string()}).to_pylist()
    [{'a': 1, 'b': None}]
    """
    for name, kind in columns.items():
        if name not in rows.column_names and not name.startswith("~"):
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
    return rows


def with_homes(rows: pa.Table, spec: PeopleSpec) -> pa.Table:
    """Rows with the household that their address makes them, in the column ``HOUSEHOLD``.

    Args:
        rows: with what was made of addresses (:func:`groundswell.people.with_made`).
        spec: which column plays which role.

    Returns:
        The same rows; in an institution, and without an address, everybody is a household of their own.

    >>> table = pa.table({"_row": [1, 2], "id": ["a", "b"], "~home": ["0123456789abcdef"] * 2})
    >>> with_homes(table, PeopleSpec(path="p.csv", person="id"))[HOUSEHOLD].to_pylist()
    ['home:0123456789ab', 'home:0123456789ab']
    """
    found = {"person": rows["_row"].cast(pa.string()) if spec.person == "#row" else rows[spec.person]}
    found |= {name: rows[name] for name in ("~home", "~address", "~last") if name in rows.column_names}
    if spec.address in rows.column_names:
        found["address"] = rows[spec.address]
    # Whose id is missing is rejected later, with the reason.
    found["person"] = pc.fill_null(found["person"], "")
    people = pa.table(found)
    return rows.append_column(HOUSEHOLD, household_of(homes(people), people))


def with_teams(rows: pa.Table, spec: PeopleSpec, *, secret: bytes) -> pa.Table:
    """Rows with where everybody stands in their organisation, in columns that traits may use.

    Args:
        rows: the rows of the file of people.
        spec: which column plays which role; without ``manager`` nothing is added.
        secret: the campaign's key.

    Returns:
        The same rows with ``~team`` (a keyed hash, the same for all who have one manager: the manager's id would outlive a
        forgetting in tables and models), ``~depth`` (0 at the top), ``~span`` (direct reports) and ``~below``.

    >>> table = pa.table({"_row": [1, 2], "id": ["a", "b"], "boss": [None, "a"]})
    >>> found = with_teams(table, PeopleSpec(path="p.csv", person="id", manager="boss"), secret=b"k" * 32)
    >>> found.select(["~team", "~span"]).to_pylist()
    [{'~team': 'team:663a25a517b9', '~span': 1}, {'~team': 'team:663a25a517b9', '~span': 0}]
    """
    if spec.manager is None or spec.manager not in rows.column_names or spec.person == "#row":
        return rows
    found = teams(rows, person=spec.person, manager=spec.manager).table
    place = pc.index_in(rows[spec.person], value_set=found["person"].combine_chunks())
    names = found["team"].combine_chunks().dictionary_encode()
    marks = [f"team:{keyed_hash(secret, f'team {one}')[:12]}" for one in names.dictionary.to_pylist()]
    keys = pa.array(marks, pa.string())
    rows = rows.append_column(TEAM, keys.take(names.indices).take(place.combine_chunks()))
    for name in ("depth", "span", "below"):
        rows = rows.append_column(f"~{name}", found[name].take(place))
    return rows


def counted(rows: pa.Table, spec: PeopleSpec, *, country: str, year: int) -> dict[str, Any]:
    """What there is of people, homes, contacts, teams and places: see :func:`groundswell.people.census.census`.

    Args:
        rows: with what was made of their contacts.
        spec: which column plays which role.
        country: two letters.
        year: this year, for ages.

    >>> table = pa.table({"_row": [1], "id": ["ada"], "~phone": ["+12025550123"]})
    >>> counted(table, PeopleSpec(path="p.csv", person="id"), country="US", year=2026)["phone"]["people_with"]
    1
    """
    person = rows["_row"].cast(pa.string()) if spec.person == "#row" else rows[spec.person]
    table = pa.table({"person": person, **{name: rows[name] for name in rows.column_names if name != "person"}})
    roles = {role: column for role, column in spec.roles().items() if column in rows.column_names}
    places = tuple(roles[role] for role in ("precinct", "site") if role in roles)
    manager = roles.get("manager")
    return census(table, roles, country=country, manager=manager, by=("~postcode", *places), year=year)


def as_stored(head: pa.Table, roles: Mapping[str, str], *, country: str) -> list[dict[str, str | None]]:
    """Some rows role by role, and behind an arrow what is made of them.

    Args:
        head: rows as text.
        roles: role -> column.
        country: two letters.

    >>> as_stored(pa.table({"id": ["1"], "tel": ["(202) 555-0123"]}), {"person": "id", "phone": "tel"}, country="US")
    [{'person': '1', 'phone': '(202) 555-0123 -> +12025550123'}]
    """
    numbered = head.append_column("_row", pa.array(range(head.num_rows), pa.int64()))
    shown = []
    for row in with_made(numbered, roles, country=country).to_pylist():
        told: dict[str, str | None] = {}
        for role, column in roles.items():
            text, made = row[column], " ".join(row[name] for name in _SHOWN.get(role, ()) if row.get(name))
            told[role] = (
                text if not text or role not in _SHOWN else f"{text} -> {made or '?'}" if made != text else text
            )
        shown.append(told)
    return shown


_SHOWN = {
    "phone": ("~phone",),
    "email": ("~email",),
    "name": ("~first", "~last"),
    "first_name": ("~first",),
    "last_name": ("~last",),
    "address": ("~address",),
    "postcode": ("~postcode",),
}
