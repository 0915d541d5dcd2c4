"""What was typed, in one form: telephone numbers, e-mail addresses, names, addresses, homes.

Most values of a file are written as usual. Those are put in form by the engine, a million in seconds; only *distinct* values
that are not go through the libraries, in batches, and come back through a small table ``raw -> form`` that is joined. Both
ways give the same (a test holds them together), so what a value becomes never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from groundswell.people.pieces import Learnt, Piece, pieces
from groundswell.tables import Engine, quote_name

MADE = ("~phone", "~email", "~first", "~last", "~address", "~home", "~postcode")
"""The columns that normalising makes."""

BATCH = 50_000
"""How many distinct values are read by the libraries at a time."""


def normalise(
    engine: Engine, source: str, roles: Mapping[str, str], target: str, *, country: str, few: bool = False
) -> None:
    """Make a view of all columns of ``source``, and of what its contacts, names and addresses are in one form.

    Args:
        engine: where ``source`` is.
        source: a table or view of text columns, one row a person.
        roles: role -> column: ``phone``, ``email``, ``name``, ``first_name``, ``last_name``, ``address``, ``number`` (of the
            house), ``unit`` (the flat), ``city``, ``state``, ``postcode``; all may be absent, others are not looked at.
        target: what to call the view; small tables that it needs stand beside it, their names begin with its name.
        country: two letters: how numbers and addresses are read that do not say so themselves.
        few: there are so few rows that it is quicker to keep what is found on the way than to find it again.

    The view adds ``~phone``, ``~email``, ``~first``, ``~last``, ``~address``, ``~home`` (a key, the same for all who live
    there) and ``~postcode``; each is null where it cannot be made. ``source`` is read once now, and once
    whenever the view is.

    >>> with Engine() as engine:
    ...     _ = engine.register(rows=pa.table({"_row": [1], "tel": ["(202) 555-0123"], "who": ["BRANDT, WALTER"]}))
    ...     normalise(engine, "rows", {"phone": "tel", "name": "who"}, "made", country="US")
    ...     engine.table('select "~phone", "~first", "~last", "~home" from made').to_pylist()
    [{'~phone': '+12025550123', '~first': 'Walter', '~last': 'Brandt', '~home': None}]
    """
    columns = engine.table(f"select * from {quote_name(source)} limit 0").column_names
    kept = [name for name in columns if name not in MADE]
    found = pieces({role: name for role, name in roles.items() if name in columns}, country.upper())
    cut, odd = f"{target}~cut", f"{target}~odd"
    query = _nested(f"select {_listed(kept)} from {quote_name(source)}", found)
    engine.run(f"create or replace temp {'table' if few else 'view'} {quote_name(cut)} as {query}")
    learnt = [one for piece in found for one in piece.learnt]
    keys = [key for one in learnt for key in one.keys]
    engine.run(
        f"create or replace temp table {quote_name(odd)} as select {_listed(keys) or 'null'} from {quote_name(cut)}"
    )
    for one in learnt:
        _learn(engine, target, one, learnt)
    engine.run(f"drop table {quote_name(odd)}")
    made = [f"{sql} as {quote_name(name)}" for piece in found for name, sql in piece.made.items()]
    rows = ", ".join(f"c.{quote_name(name)}" for name in kept)
    joins = " ".join(_join(target, one, key, "c", learnt) for one in learnt for key in one.keys)
    engine.run(
        f"create or replace temp view {quote_name(target)} as "
        f"select {rows}, {', '.join(made)} from {quote_name(cut)} c {joins}"
    )


def with_made(rows: pa.Table, roles: Mapping[str, str], *, country: str) -> pa.Table:
    """Rows with what is made of their telephone numbers, addresses and names, in columns that begin with ``~``.

    Args:
        rows: with ``_row``.
        roles: role -> column.
        country: two letters.

    >>> table = pa.table({"_row": [1], "tel": ["(202) 555-0123"]})
    >>> with_made(table, {"phone": "tel"}, country="US")["~phone"].to_pylist()
    ['+12025550123']
    """
    with Engine() as engine:
        engine.register(rows=rows)
        normalise(engine, "rows", roles, "made", country=country)
        return engine.table("select * from made order by _row")


def _nested(query: str, found: Sequence[Piece]) -> str:
    """All steps of all pieces, one level inside the next."""
    for level in range(max(len(piece.steps) for piece in found)):
        new = {
            name: sql
            for piece in found
            for name, sql in (piece.steps[level] if level < len(piece.steps) else {}).items()
        }
        query = f"select *, {', '.join(f'{sql} as {quote_name(name)}' for name, sql in new.items())} from ({query})"
    return query


def _learn(engine: Engine, target: str, one: Learnt, learnt: Sequence[Learnt]) -> None:
    """Make the table ``raw -> forms`` of everything that one kind of reader has to read."""
    raw, forms, batch = f"{target}~raw", _table(target, one), f"{target}~batch"
    kinds = {"raw": pa.string()} | dict.fromkeys(one.forms, pa.string())
    engine.run(
        f"create or replace temp table {quote_name(forms)} ({', '.join(f'{quote_name(name)} varchar' for name in kinds)})"
    )
    rows = f"{quote_name(target + '~odd')} o {_needed(target, one, 'o', learnt)}"
    each = " union ".join(f"select {_key(one, key, 'o', learnt)} as raw from {rows}" for key in one.keys)
    engine.run(
        f"create or replace temp table {quote_name(raw)} as select distinct raw from ({each}) where raw is not null"
    )
    count = engine.value(f"select count(*) from {quote_name(raw)}")
    for start in range(0, count, BATCH):
        texts = engine.table(f"select raw from {quote_name(raw)} where rowid >= {start} and rowid < {start + BATCH}")[
            "raw"
        ]
        read = [(text, *one.read(text)) for text in texts.to_pylist()]
        columns = zip(kinds.items(), zip(*read, strict=True), strict=True)
        engine.register(**{batch: pa.table({name: pa.array(values, kind) for (name, kind), values in columns})})
        engine.run(f"insert into {quote_name(forms)} select * from {quote_name(batch)}")
    engine.run(f"drop table {quote_name(raw)}")
    if count:
        engine.run(f"drop view {quote_name(batch)}")


def _join(target: str, one: Learnt, key: str, rows: str, learnt: Sequence[Learnt]) -> str:
    return (
        f"left join {quote_name(_table(target, one))} {quote_name(key)} "
        f"on {quote_name(key)}.raw = {_key(one, key, rows, learnt)}"
    )


def _key(one: Learnt, key: str, rows: str, learnt: Sequence[Learnt]) -> str:
    """What is looked up: nothing, where another form makes it needless."""
    own = f"{rows}.{quote_name(key)}"
    other = next((other for other in learnt if one.unless in other.keys), None)
    return f"case when {quote_name(one.unless or '')}.{other.forms[0]} is null then {own} end" if other else own


def _needed(target: str, one: Learnt, rows: str, learnt: Sequence[Learnt]) -> str:
    other = next((other for other in learnt if one.unless in other.keys), None)
    return _join(target, other, one.unless or "", rows, learnt) if other else ""


def _table(target: str, one: Learnt) -> str:
    return f"{target}~{one.name}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quote_name(name) for name in names)
