"""What was imported of people, in layers: each import keeps only what it brought that was new, and takes nothing away.

A layer is a folder that never changes: ``rows.parquet`` (the rows that were new or different, as they stood in the file,
with what was made of their telephone numbers, addresses and names in columns that begin with ``~``) and ``said.parquet``
(everybody whose row could be used: which layer holds what it says, 0 for this one, the mark of the row's line in a text file,
and whether it says stop). So an import that is undone leaves behind what later files said as well, and of a file that says
again what the last one said only the other lines are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from groundswell.people.normalising import with_made
from groundswell.people.tracing import ROWS_EACH
from groundswell.sources import Column, Order
from groundswell.tables import Engine, quote_literal, quote_name
from groundswell.tables.files import written

PERSON, HASH, NUMBER = "~person", "~hash", "~number"
"""Columns of a layer: whose row it is, a mark by which an equal row is known, and the import that says so."""
DATE = "~date "
"""Before the name of a column: the day that its text was read as."""
MADE = {
    "phone": ("~phone",),
    "email": ("~email",),
    "name": ("~first", "~last"),
    "first_name": ("~first",),
    "last_name": ("~last",),
    "address": ("~address", "~home", "~postcode"),
    "postcode": ("~postcode",),
}
"""Role -> what is made of it: it changes with its own column, and only then; a bare street is read with a known town."""
_PARTS = ("city", "state", "postcode")
_ELSEWHERE = "~elsewhere "


@dataclass(frozen=True)
class Layer:
    """One import of people.

    Attributes:
        number: 1 for the first import of the campaign.
        path: its folder.
        file: the name of the file.
        on: the day of the import.
        signature: which columns the file had: only rows of like files are compared.
        undone: it counts no more, but for what later files said as well.
        way: how the file was read: only a line of a file that was read in the same way says the same.
        orders: column of dates -> in which orders some of its values could be read and in no other.
    """

    number: int
    path: Path
    file: str
    on: date
    signature: str
    undone: bool = False
    way: str = ""
    orders: Mapping[str, Sequence[Order]] = field(default_factory=dict)

    def sql(self, name: str) -> str:
        """One of its tables as SQL."""
        return f"read_parquet({quote_literal(str(self.path / name))}, hive_partitioning = false)"


def count_alive(engine: Engine, layers: Sequence[Layer], *, target: str = "alive") -> bool:
    """Make a view of every row that counts, with ``~number``: the import that says it.

    Args:
        engine: where to make it.
        layers: all layers, undone ones too, oldest first.
        target: what to call the view.

    Returns:
        False, and no view, where nothing counts at all.
    """
    parts = []
    later = [layer for layer in layers if not layer.undone]
    for layer in layers:
        rows = layer.sql("rows.parquet")
        if not layer.undone:
            parts.append(f"select {layer.number} as {quote_name(NUMBER)}, * from {rows}")
            continue
        said = [
            f"select {quote_name(PERSON)}, {one.number} as {quote_name(NUMBER)} from {one.sql('said.parquet')} "
            f"where of = {layer.number}"
            for one in later
            if one.number > layer.number
        ]
        if said:
            parts.append(
                f"select s.{quote_name(NUMBER)}, r.* from {rows} r join (select {quote_name(PERSON)}, "
                f"min({quote_name(NUMBER)}) as {quote_name(NUMBER)} from ({' union all '.join(said)}) group by 1) s "
                f"using ({quote_name(PERSON)})"
            )
    if parts:
        engine.run(f"create or replace view {quote_name(target)} as {' union all by name '.join(parts)}")
    return bool(parts)


def lay_over(
    own: pa.Table,
    layers: Sequence[Layer],
    *,
    person: str,
    expected: Mapping[str, Column],
    roles: Mapping[str, str],
    links: pa.Table | None = None,
    country: str = "US",
) -> pa.Table:
    """The campaign's own rows, and over them what was imported: fact by fact, the last one that is not blank.

    Args:
        own: typed rows with ``_row``, and what was made of them.
        layers: oldest first.
        person: the column with the person's id.
        expected: what is expected of columns; the others are text.
        roles: role -> column.
        links: ``id, person`` of everybody who has more ids than one; what is said of any of them is said of the person.
        country: two letters: how addresses are read whose parts different rows say.

    Returns:
        One row a person of the imports, as typed as ``own``; the rows of ``own`` of everybody else, untouched. ``_row`` is
        the last row that said something of the person, as :func:`groundswell.people.row_of_import` has it.

    >>> own = pa.table({"_row": [1], "id": ["ada"], "town": ["Ely"]})
    >>> lay_over(own, [], person="id", expected={}, roles={}).to_pylist()
    [{'_row': 1, 'id': 'ada', 'town': 'Ely'}]
    """
    with Engine(memory="2GB") as engine:
        who, number = quote_name(person), quote_name(NUMBER)
        engine.register(linked=_NO_LINKS if links is None else links)
        engine.run('create view links as select id as "~of", person as "~by" from linked')
        if links is None:
            engine.register(own=own)
        else:
            engine.register(own_rows=own)
            mapped = f'coalesce("~by", {who}::varchar) as {who}'
            engine.run(
                f'create view own as select o.* replace ({mapped}) from own_rows o left join links on "~of" = o.{who}'
            )
        if not count_alive(engine, layers):
            if links is None:
                return own
            engine.run(
                f"create view alive as select {who} as {quote_name(PERSON)}, 0 as {number}, _row from own limit 0"
            )
        found = engine.table("select * from alive limit 0").column_names
        plain = [name for name in found if name not in {PERSON, HASH, NUMBER, "_row"} and not name.startswith(DATE)]
        typed = [
            f"{quote_name(DATE + name)} as {quote_name(name)}"
            if DATE + name in found
            else f"{expected[name].parsed(name)} as {quote_name(name)}"
            if name in expected
            else quote_name(name)
            for name in plain
            if name != person
        ]
        engine.run(
            f"create view came as select {number}, _row + {number}::bigint * {ROWS_EACH} as _row, "
            f'coalesce("~by", {quote_name(PERSON)}) as {", ".join([who, *typed])} '
            f'from alive left join links on "~of" = {quote_name(PERSON)}'
        )
        engine.run(f'create table named as select {who} as who from came union select "~by" from links')
        engine.run(
            f"create view stacked as select 0 as {number}, * from own where {who} in (select who from named) "
            "union all by name select * from came"
        )
        engine.run(
            f"create table several as select {who} as who from stacked group by 1 having count(*) > 1 and who is not null"
        )
        columns = [name for name in engine.table("select * from stacked limit 0").column_names if name != NUMBER]
        merged = _merged([name for name in columns if name != person], roles)
        merged += [f"{sql} as {quote_name(name)}" for name, sql in _elsewhere(columns, roles).items()]
        engine.run(
            f"create view laid as select * from own where {who} is null or {who} not in (select who from named) "
            f"union all by name select * exclude ({number}) from stacked where {who} not in (select who from several) "
            f"union all by name select {who}, {', '.join(merged)} from stacked where {who} in (select who from several) "
            f"group by {who}"
        )
        laid = engine.table("select * from laid order by _row")
    return _read_together(laid, roles, country)


def _read_together(laid: pa.Table, roles: Mapping[str, str], country: str) -> pa.Table:
    """The rows, with what is made of the address made anew for some: one file says the street only, another the town."""
    theirs = {role: f"{_ELSEWHERE}{role}" for role in _PARTS if f"{_ELSEWHERE}{role}" in laid.column_names}
    if not theirs:
        return laid
    told = laid.drop_columns([*theirs.values()])
    with Engine() as engine:
        engine.register(laid=laid)
        bare = '"~address" is not null and not contains("~address", \',\')'
        said = " or ".join(f"{quote_name(name)} is not null" for name in theirs.values())
        some = engine.table(
            f"select _row, {quote_name(roles['address'])} as address, "
            f"{', '.join(f'{quote_name(name)} as {role}' for role, name in theirs.items())} from laid "
            f"where {bare} and ({said})"
        )
        if not some.num_rows:
            return told
        engine.register(told=told, made=with_made(some, {name: name for name in ("address", *theirs)}, country=country))
        anew = ", ".join(
            f"coalesce(m.{quote_name(one)}, t.{quote_name(one)}) as {quote_name(one)}" for one in MADE["address"]
        )
        return engine.table(f"select t.* replace ({anew}) from told t left join made m using (_row) order by t._row")


_NO_LINKS = pa.table({"id": pa.array([], pa.string()), "person": pa.array([], pa.string())})


def lists_of(own: pa.Table, layers: Sequence[Layer], *, person: str) -> pa.Table:
    """Which list first said something of each id: ``id, list, since``, the oldest first.

    Args:
        own: the campaign's own rows.
        layers: oldest first.
        person: the column with the person's id in ``own``.

    >>> lists_of(pa.table({"_row": [1], "id": ["ada"]}), [], person="id").to_pylist()
    [{'id': 'ada', 'list': '', 'since': 1}]
    """
    with Engine() as engine:
        signatures = {"number": [layer.number for layer in layers], "list": [layer.signature for layer in layers]}
        engine.register(
            own=own,
            lists=pa.table(
                {
                    "number": pa.array(signatures["number"], pa.int64()),
                    "list": pa.array(signatures["list"], pa.string()),
                }
            ),
        )
        said = f"select {quote_name(person)}::varchar as id, 0 as number, _row from own"
        if count_alive(engine, layers):
            said += f" union all select {quote_name(PERSON)}, {quote_name(NUMBER)}, _row from alive"
        return engine.table(
            f"select id, coalesce(list, '') as list, row_number() over (order by number, _row) as since from (select id, "
            f"min(number) as number, arg_min(_row, number) as _row from ({said}) where id is not null group by id) "
            "left join lists using (number) order by since"
        )


def _elsewhere(columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, str]:
    """SQL of the town, state and postcode that rows without a street say: one with another street speaks of another home."""
    street = roles.get("address")
    if street not in columns or street is None or not set(MADE["address"]) <= set(columns):
        return {}
    if {"number", "unit"} & roles.keys():  # then a street is no address by itself
        return {}
    return {
        f"{_ELSEWHERE}{role}": f"max_by({quote_name(roles[role])}, ({quote_name(NUMBER)}, -_row)) filter "
        f"({quote_name(roles[role])} is not null and {quote_name(street)} is null)"
        for role in _PARTS
        if role in roles and roles[role] in columns
    }


def _merged(columns: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    """SQL of each column over all rows of a person; a row of the campaign's own file comes before any import."""
    order = f"({quote_name(NUMBER)}, -_row)"
    source = {made: roles[role] for role, names in MADE.items() if role in roles for made in names}
    if "address" in roles:
        source |= dict.fromkeys(MADE["address"], roles["address"])
    found = []
    for name in columns:
        column = quote_name(name)
        last = f"max_by({column}, {order}) filter ({column} is not null)"
        if name == "_row":
            found.append(f"arg_max(_row, {order}) as _row")
        elif name in source and source[name] in columns:
            its = quote_name(source[name])
            made = f"(max_by({{'made': {column}}}, {order}) filter ({its} is not null)).made"
            # Who has no street lives at the postcode of whichever row says one.
            found.append(f"case when count({its}) > 0 then {made} else {last} end as {column}")
        else:
            found.append(f"{last} as {column}")
    return found


@dataclass(frozen=True)
class Fact:
    """One thing that a file says of a person.

    Attributes:
        column: what it is.
        value: what stands there.
        made: what was made of it, where something was.
        file: which file says so.
        row: the row in it.
        on: since when we know; None for the campaign's own file.
        holds: True where nothing later says otherwise.
    """

    column: str
    value: str
    made: str | None
    file: str
    row: int
    on: date | None
    holds: bool


def facts_of(
    person: str, own: pa.Table, layers: Sequence[Layer], *, column: str, file: str, roles: Mapping[str, str]
) -> list[Fact]:
    """Everything any file says of one person, with source and day, the oldest first.

    Args:
        person: the id.
        own: the rows of the campaign's own file.
        layers: oldest first.
        column: the column of the ids in ``own``.
        file: the name of the campaign's own file.
        roles: role -> column.

    >>> own = pa.table({"_row": [1], "id": ["ada"], "town": ["Ely"]})
    >>> [fact.value for fact in facts_of("ada", own, [], column="id", file="people.csv", roles={})]
    ['ada', 'Ely']
    """
    by_number = {layer.number: layer for layer in layers}
    with Engine() as engine:
        engine.register(own=own)
        rows = engine.table(
            f"select * from own where {quote_name(column)} = $who order by _row limit 1", {"who": person}
        ).to_pylist()
        if count_alive(engine, layers):
            found = engine.table(
                f"select * from alive where {quote_name(PERSON)} = $who order by {quote_name(NUMBER)}, _row",
                {"who": person},
            )
            rows += found.to_pylist()
    told: list[Fact] = []
    last: dict[str, int] = {}
    for row in rows:
        layer = by_number.get(row.get(NUMBER) or 0)
        for name, value in row.items():
            if value is None or name.startswith("~") or name == "_row":
                continue
            made = [
                str(row[one])
                for role, own_name in roles.items()
                if own_name == name
                for one in MADE.get(role, ())
                if row.get(one) is not None and one != "~home"
            ]
            last[name] = len(told)
            told.append(
                Fact(
                    name,
                    str(value),
                    ", ".join(made) or None,
                    layer.file if layer else file,
                    row["_row"],
                    layer.on if layer else None,
                    holds=False,
                )
            )
    return [
        Fact(fact.column, fact.value, fact.made, fact.file, fact.row, fact.on, holds=last[fact.column] == place)
        for place, fact in enumerate(told)
    ]


def forget_undone(layers: Sequence[Layer]) -> None:
    """Take out of undone layers whatever no later file says as well.

    >>> forget_undone([])
    """
    for layer in layers:
        if not layer.undone:
            continue
        for name in ("rejected.csv", "said.parquet"):
            (layer.path / name).unlink(missing_ok=True)
        later = [one for one in layers if one.number > layer.number and not one.undone]
        said = " union all ".join(
            f"select {quote_name(PERSON)} from {one.sql('said.parquet')} where of = {layer.number}" for one in later
        )
        keep_rows(layer.path / "rows.parquet", f"{quote_name(PERSON)} in ({said})" if said else "false")


def keep_rows(path: Path, where: str) -> int:
    """Keep the rows of a Parquet file for which some SQL holds; how many went. A file that loses none is left alone.

    >>> import tempfile
    >>> from groundswell.tables import write
    >>> place = Path(tempfile.mkdtemp()) / "t.parquet"
    >>> write(pa.table({"a": [1, 2, 3]}), place)
    >>> keep_rows(place, "a > 1")
    1
    """
    rows = f"read_parquet({quote_literal(str(path))}, hive_partitioning = false)"
    with Engine() as engine:
        gone = int(engine.value(f"select count(*) from {rows} where not coalesce({where}, false)"))
        if gone:
            with written(path) as draft:
                engine.run(f"copy (select * from {rows} where {where}) to {quote_literal(str(draft))} (format parquet)")
    return gone
