"""Any tables -> one table of cleaned records: what is the same to the last letter is one record with many rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from groundswell.people.linking.cleaning import CLEAN, clean_sql
from groundswell.people.linking.comparing import COMPARISONS, SAME, STEPS
from groundswell.people.linking.nicknames import groups
from groundswell.people.linking.roles import check, guess
from groundswell.sources import Data, as_file
from groundswell.tables import Engine, quote_literal, quote_name

Tables = Data | Sequence[Data] | Mapping[str, Data]
VALUES = tuple(dict.fromkeys(one.value for one in COMPARISONS if one.value))
_USUAL = 200.0
"""How many records the usual share of a value counts for beside the list's own."""
_SEEN = 10
"""With more records than these the list's own share of a value counts the more."""


@dataclass(frozen=True)
class Taken:
    """What was taken in.

    Attributes:
        sources: how many lists.
        rows: how many rows.
        records: how many different records.
        columns: of ``CLEAN``, those in which anything is known.
    """

    sources: int
    rows: int
    records: int
    columns: tuple[str, ...]


def named(tables: Tables) -> dict[str, Data]:
    """One table or several, by name; those without are called "1", "2" and so on.

    >>> list(named([{"id": 1}])), list(named([[{"id": 1}], [{"id": 2}]])), list(named({"a": [], "b": []}))
    (['1'], ['1', '2'], ['a', 'b'])
    """
    if isinstance(tables, Mapping):
        return {str(name): table for name, table in tables.items()}
    if isinstance(tables, list | tuple) and tables and not isinstance(tables[0], Mapping):
        return {str(place): table for place, table in enumerate(tables, 1)}
    return {"1": tables}  # type: ignore[dict-item]


@dataclass(frozen=True)
class Part:
    """One table of rows.

    Attributes:
        file: Parquet, all columns of text.
        roles: role -> column.
        source: SQL of the name of the list that a row is from.
        key: SQL of what a row is called.
    """

    file: Path
    roles: Mapping[str, str]
    source: str
    key: str = "null::varchar"


def parts_of(engine: Engine, tables: Tables, columns: Mapping[str, str] | None, folder: Path) -> list[Part]:
    """Tables as parts.

    Args:
        engine: reads their columns.
        tables: one table or several.
        columns: role -> column, for all tables that have it; None: by the columns' names.
        folder: for what passes through.

    Raises:
        DataError: when something is no table, or a role or column is named that there is not.
    """
    given = named(tables)
    files = [as_file(table, folder, f"table{place}") for place, table in enumerate(given.values())]
    heads = [engine.table(f"select * from {_read(file)} limit 0").column_names for file in files]
    if columns is not None:
        check(columns, {name for head in heads for name in head})
    roles = [guess(head) if columns is None else _given(columns, head) for head in heads]
    return [Part(*one) for one in zip(files, roles, map(quote_literal, given), strict=True)]


def _given(columns: Mapping[str, str], head: Sequence[str]) -> dict[str, str]:
    texts = {str(name).strip(): str(name) for name in head}
    return {role: texts[column.strip()] for role, column in columns.items() if column.strip() in texts}


def _read(file: Path) -> str:
    return f"read_parquet({quote_literal(str(file))}, file_row_number = true)"


def take_in(engine: Engine, parts: Sequence[Part], *, known: pa.Table | None = None) -> Taken:
    """Make the tables ``line`` (a row each: ``nth, source, row, key, record``) and ``record`` (``id``, what is compared).

    Args:
        engine: where to.
        parts: the rows.
        known: ``uid`` of records that were seen before; the others are ``new``.
    """
    selects, rows = [], 0
    for part in parts:
        texts = {role: f"nullif(trim({quote_name(column)}), '')" for role, column in part.roles.items()}
        made = clean_sql(texts, day_first=_day_first(engine, part.file, texts.get("birth_date")))
        listed = ", ".join(f"{sql} as {column}" for column, sql in made.items())
        selects.append(
            f"select {part.source} as source, {part.key} as key, file_row_number as row, file_row_number + {rows} as nth, "
            f"{listed} from {_read(part.file)}"
        )
        rows += int(engine.value(f"select count(*) from {_read(part.file)}"))
    content = " || chr(31) || ".join(f"coalesce({name}, '')" for name in CLEAN)
    engine.run(f"create temp table marked as select *, md5({content}) as mark from ({' union all '.join(selects)})")
    engine.register(seen=known if known is not None else pa.table({"uid": pa.array([], pa.string())}))
    # Numbered by what stands in them: the order in which rows and tables come changes nothing.
    kept = ", ".join(f"any_value({name}) as {name}" for name in CLEAN)
    engine.run(
        "create temp table plain as select * exclude (of), of is null as new from (select row_number() over (order by mark, "
        "source, key) - 1 as id, md5(concat_ws(chr(31), mark, source, key)) as uid, * from (select mark, source, key, "
        f"count(*) as lines, {kept} from marked group by mark, source, key)) "
        "left join (select distinct uid as of from seen) on of = uid"
    )
    engine.run(
        "create temp table line as select nth, m.source, row, m.key, id as record from marked m join plain p "
        "on p.mark = m.mark and p.source = m.source and p.key is not distinct from m.key"
    )
    engine.run("drop table marked")
    held = engine.table(f"select {', '.join(f'count({name}) as {name}' for name in CLEAN)} from plain").to_pylist()[0]
    _with_rarity(engine)
    count, sources = (int(engine.value(f"select count({what}) from record")) for what in ("*", "distinct source"))
    return Taken(sources, rows, count, tuple(name for name in CLEAN if held[name]))


def _day_first(engine: Engine, file: Path, text: str | None) -> bool:
    """True where more days can be read only with the day before the month than only the other way round."""
    if text is None:
        return False
    parts = rf"regexp_extract({text}, '^(\d{{1,2}})[/-](\d{{1,2}})[/-]\d{{4}}', ['a', 'b'])"
    found = engine.table(
        f"select count(*) filter (try_cast(p.a as int) > 12) as first, count(*) filter (try_cast(p.b as int) > 12) as second "
        f"from (select {parts} as p from {_read(file)})"
    ).to_pylist()[0]
    return bool(found["first"] > found["second"])


def _with_rarity(engine: Engine) -> None:
    """Make ``record``: with the nicknames of first names, and how rare each value is."""
    firsts = engine.table(
        "select distinct first from plain where first is not null union select distinct first1 from plain"
    )
    names = [name for name in firsts["first"].to_pylist() if name]
    sets = [groups(name) for name in names]
    known = [(name, found) for name, found in zip(names, sets, strict=True) if found]
    engine.register(
        nick=pa.table(
            {
                "name": pa.array([name for name, _ in known], pa.string()),
                "sets": pa.array([sorted(found) for _, found in known], pa.list_(pa.string())),
            }
        )
    )
    engine.run("create temp view whole as select *, nullif(concat_ws(' ', number, street), '') as line from plain")
    typical = {one.value: one.typical for one in COMPARISONS if one.value}
    steps = []
    for name in VALUES:
        # The share of others who have it: the value of somebody's own second record would make a rare value common.
        usual = f"{_USUAL} * least(1.0, {_SEEN} / count(*))"
        share = f"(count(*) - 1 + {usual} * {typical[name]}) / (sum(count(*)) over () - 1 + {usual})"
        step = f"least({STEPS - 1}, greatest(0, floor(-log2(share) / 2)))::int + {SAME}"
        engine.run(
            f"create temp table {name}_rare as select {name}, share, {step} as step, n from (select {name}, {share} as share"
            f", count(*) as n from whole where {name} is not null group by {name})"
        )
        steps.append(f"{name}_rare.step as {name}_rarity")
    joins = " ".join(f"left join {name}_rare on {name}_rare.{name} = w.{name}" for name in VALUES)
    engine.run(
        f"create temp table record as select w.*, coalesce(a.sets, []) || coalesce(b.sets, []) as nicks, {', '.join(steps)} "
        "from whole w left join nick a on a.name = w.first left join nick b on b.name = w.first1 and w.first1 <> w.first "
        f"{joins}"
    )


def shares_of(engine: Engine, value: str) -> dict[int, float]:
    """Code of a value that is the same -> the mean share of people who have such a value.

    Args:
        engine: where :func:`take_in` was.
        value: the column.
    """
    found = engine.table(f"select step, sum(n * share) / sum(n) as share from {value}_rare group by step").to_pylist()
    return {int(row["step"]): float(row["share"]) for row in found}
