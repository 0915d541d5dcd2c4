"""Whoever is forgotten: what they are known by in all files of a campaign, and what others have as well.

What only they have (a name, a number, an address) is taken out wherever it stands, even in what others said. What they share
with somebody who stays goes with their own rows only: it is the other's as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from groundswell.people.identity import identity_list
from groundswell.people.layers import PERSON, Layer
from groundswell.tables import Engine, quote_literal, quote_name, read_where

_SAID = ("name", "phone", "email", "address")
_STREET = re.compile(r"[^,]*\d[^,]*[^\W\d]{3}[^,]*,|[^,]*[^\W\d]{3}[^,]*\d[^,]*,")
"""A number and a name before the first comma."""
_ENDS = {"phone": "~phone", "email": "~email", "address": "~home"}


@dataclass(frozen=True)
class Known:
    """What somebody is known by.

    Attributes:
        person: the id.
        own: texts that nobody else has: names, numbers and addresses, as they were written and in one form.
        shared: texts that others have as well.
        subjects: kind and subject of what the ledger may hold of them: the id, and endpoints that nobody else has.
        identities: the texts by which they would be known again, those left out that fit somebody who stays.
        alike: ids of others who would be known by the same.
    """

    person: str
    own: tuple[str, ...]
    shared: tuple[str, ...]
    subjects: tuple[tuple[str, str], ...]
    identities: tuple[str, ...]
    alike: tuple[str, ...]


def known_by(
    person: str,
    own: pa.Table,
    layers: Sequence[Layer],
    *,
    column: str,
    roles: Mapping[str, str],
    earlier: Sequence[pa.Table] = (),
) -> Known:
    """Find what a person is known by, in all files of people there are.

    Args:
        person: the id.
        own: the rows of the campaign's own file, with what was made of them.
        layers: what was imported of people, undone or not.
        column: the column of the ids in ``own``.
        roles: role -> column.
        earlier: the person's rows in tables of earlier rounds, contract ``PEOPLE``.

    >>> rows = {"id": ["p1", "p2"], "name": ["Ann Lee", "Ben Lee"], "tel": ["555", "555"], "~phone": ["+1202", "+1202"]}
    >>> found = known_by("p1", pa.table(rows), [], column="id", roles={"name": "name", "phone": "tel"})
    >>> found.own, found.shared, found.subjects
    (('Ann Lee',), ('+1202', '555'), (('person', 'p1'),))
    """
    with Engine() as engine:
        there, who = _everything(engine, own, layers, column), quote_name(PERSON)
        engine.run(f"create table mine as select * from everything where {who} = $who", {"who": person})
        engine.run(f"create view others as select * from everything where {who} <> {quote_literal(person)}")
        said = [*(roles[role] for role in (*_SAID, "first_name", "last_name") if roles.get(role) in there)]
        said += [name for name in ("~phone", "~email", "~address") if name in there]
        mine = engine.table("select * from mine").to_pylist()
        texts = _texts(mine, roles) | {
            text for table in earlier for row in table.to_pylist() for text in _of_round(row)
        }
        shared = _shared(engine, texts, said)
        ends = {(kind, row[made]) for row in mine for kind, made in _ENDS.items() if row.get(made)}
        ends |= {
            (kind, row[f"{kind}_key"])
            for table in earlier
            for row in table.to_pylist()
            for kind in _ENDS
            if row.get(f"{kind}_key")
        }
        alone = [
            (kind, end)
            for kind, end in sorted(ends)
            if not (_ENDS[kind] in there and _others(engine, f"{quote_name(_ENDS[kind])} = $text", end))
        ]
        identities, alike = _identities(engine, there)
    return Known(
        person,
        tuple(sorted(texts - shared)),
        tuple(sorted(shared)),
        (("person", person), *alone),
        tuple(sorted({f"id:{person}", *identities})),
        alike,
    )


def _texts(mine: Sequence[Mapping[str, Any]], roles: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for row in mine:
        found |= {str(row[roles[role]]) for role in _SAID if role in roles and row.get(roles[role])}
        found |= {row[name] for name in ("~phone", "~email", "~address") if row.get(name)}
        pairs = [("~first", "~last"), (roles.get("first_name", ""), roles.get("last_name", ""))]
        for first, last in pairs:
            if row.get(first) and row.get(last):
                found |= {f"{row[first]} {row[last]}", f"{row[last]}, {row[first]}", f"{row[last]} {row[first]}"}
    found |= {text.partition(",")[0] for text in found if _STREET.match(text)}
    return {text.strip() for text in found if text.strip()}


def _of_round(row: Mapping[str, Any]) -> set[str]:
    names = (*_SAID, "phone_key", "email_key")
    return {str(row[name]).strip() for name in names if row.get(name)}


def _shared(engine: Engine, texts: Collection[str], columns: Sequence[str]) -> set[str]:
    """The texts that stand in somebody else's row as well, alone or inside another."""
    if not texts or not columns:
        return set()
    engine.register(texts=pa.table({"text": sorted(texts)}))
    words = ", ".join(f"{quote_name(name)}::varchar" for name in columns)
    found = engine.table(
        f"select distinct text from texts t, (select lower(concat_ws(chr(10), {words})) as words from others) o "
        "where contains(o.words, lower(t.text))"
    )
    return set(found["text"].to_pylist())


def _others(engine: Engine, where: str, text: str) -> bool:
    return bool(engine.value(f"select count(*) from (select 1 from others where {where} limit 1)", {"text": text}))


def _identities(engine: Engine, columns: Sequence[str]) -> tuple[set[str], tuple[str, ...]]:
    """What the person alone would be known by, and the ids of those who would be known by the same."""
    texts = identity_list(columns, PERSON)
    who = quote_name(PERSON)
    engine.run(
        f"create table known as select distinct said from (select unnest({texts}) as said from mine) where said is not null"
    )
    same = engine.table(
        f"select distinct {who} as person, said from (select {who}, unnest({texts}) as said from others) "
        "where said in (select said from known) order by 1"
    )
    known = set(engine.table("select said from known")["said"].to_pylist())
    return known - set(same["said"].to_pylist()), tuple(dict.fromkeys(same["person"].to_pylist()))


def ids_of(who: str, own: pa.Table, layers: Sequence[Layer], *, column: str, roles: Mapping[str, str]) -> list[str]:
    """Whom a text means in files of people: the id, or everybody of that full name.

    Args:
        who: an id or a full name.
        own: the rows of the campaign's own file, with what was made of them.
        layers: what was imported of people, undone or not.
        column: the column of the ids in ``own``.
        roles: role -> column.

    >>> rows = pa.table({"id": ["p1", "p2"], "name": ["Ann Lee", "Ann Lee"]})
    >>> [ids_of(who, rows, [], column="id", roles={"name": "name"}) for who in ("p2", "ann lee", "p3")]
    [['p2'], ['p1', 'p2'], []]
    """
    with Engine() as engine:
        there = _everything(engine, own, layers, column)
        person = quote_name(PERSON)
        if engine.value(f"select count(*) from everything where {person} = $who", {"who": who}):
            return [who]
        names = [quote_name(roles["name"])] if roles.get("name") in there else []
        pairs = [("~first", "~last"), (roles.get("first_name", ""), roles.get("last_name", ""))]
        names += [f"{quote_name(one)} || ' ' || {quote_name(two)}" for one, two in pairs if {one, two} <= set(there)]
        if not names:
            return []
        same = " or ".join(f"lower(trim({name}::varchar)) = lower(trim($who))" for name in names)
        found = engine.table(f"select distinct {person} as who from everything where {same} order by 1", {"who": who})
    return [one for one in found["who"].to_pylist() if one is not None]


def units_of(path: Path, person: str) -> tuple[frozenset[str], frozenset[str]]:
    """The units of a round that a person belonged to, and those of them of which nobody else is left.

    Args:
        path: the round's ``people.parquet``.
        person: the id.
    """
    units = read_where(path, "person", [person])["unit"].to_pylist()
    lived = read_where(path, "unit", units).select(["person", "unit"]).to_pylist() if units else []
    left = {row["unit"] for row in lived if row["person"] != person}
    return frozenset(units), frozenset(units) - left


def _everything(engine: Engine, own: pa.Table, layers: Sequence[Layer], column: str) -> list[str]:
    """Make ``everything``: all rows of all files of people, with ``~person``; its columns."""
    engine.register(own=own)
    parts = [f"select {quote_name(column)}::varchar as {quote_name(PERSON)}, * from own"]
    parts += [
        f"select * from {layer.sql('rows.parquet')}" for layer in layers if (layer.path / "rows.parquet").exists()
    ]
    engine.run(f"create view everything as {' union all by name '.join(parts)}")
    found: list[str] = engine.table("select * from everything limit 0").column_names
    return found
