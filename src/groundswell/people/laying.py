"""A file of people becomes a layer: judged row by row, compared with what is known, and only what is new kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from groundswell.people.gathering import says_stop
from groundswell.people.identity import block, told_blocked
from groundswell.people.layers import DATE, HASH, NUMBER, PERSON, Layer, count_alive
from groundswell.people.normalising import normalise
from groundswell.sources import Column, Note, Staged, columns_of, settle_dates, stage
from groundswell.tables import REJECTED, Engine, quote_literal, quote_name
from groundswell.vocabulary import DataError

TWICE = "this id stands already in row "
"""How the reason of a second row of one person begins."""
LONGEST_ID = 400
"""Letters; more is no id but a mistake in the file."""
_MEMORY = "1200MB"


class Forgotten(NamedTuple):
    """By what those who were forgotten are known again: the campaign's key, and keyed hashes."""

    secret: bytes
    hashes: frozenset[str]


NOBODY_FORGOTTEN = Forgotten(b"", frozenset())


@dataclass(frozen=True)
class Reading:
    """How a file of people is read.

    Attributes:
        person: the file's column with the person's id.
        names: the file's column -> what the campaign calls it; the others keep their names.
        expected: what is expected of columns, by the campaign's names; the others are text.
        roles: role -> column, by the campaign's names.
        prefix: written before each id, for a list with ids of its own.
        country: two letters: how telephone numbers and addresses are written there.
        forgotten: who asked to be forgotten: their rows are turned away.
    """

    person: str
    names: Mapping[str, str]
    expected: Mapping[str, Column]
    roles: Mapping[str, str]
    prefix: str = ""
    country: str = "US"
    forgotten: Forgotten = NOBODY_FORGOTTEN


@dataclass(frozen=True)
class Laid:
    """What became of a file of people.

    Attributes:
        rows: people in it that can be used.
        changed: of these, those of whom it says anything new.
        rejected: the rows that cannot be used (contract ``REJECTED``).
        stops: ``person`` and ``row`` of everybody the file says must not be contacted, rejected rows included.
        signature: which columns it had.
        notes: how the file was read, where a person should hear of it.
    """

    rows: int
    changed: int
    rejected: pa.Table
    stops: pa.Table
    signature: str
    notes: tuple[Note, ...] = ()


def lay(
    file: Path, reading: Reading, before: Sequence[Layer], folder: Path, *, tell: Callable[[str], None] = lambda _: None
) -> Laid:
    r"""Write the layer of a file: ``rows.parquet`` and ``same.parquet``.

    The file is streamed: memory does not grow with it.

    Args:
        file: CSV, TSV, XLSX or Parquet, packed or not.
        reading: how it is read.
        before: the layers there are, oldest first.
        folder: where to write; what else is needed for the while lies there too and is removed.
        tell: called with the name of each step that begins: reading, judging, comparing, keeping.

    Raises:
        DataError: when the file cannot be read, has no column of ids, or no row of it can be used.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "may.csv").write_text("id,tel\nada,(202) 555-0123\nada,\n")
    >>> reading = Reading("id", {}, {"id": Column(required=True)}, {"phone": "tel"})
    >>> (folder / "0001").mkdir()
    >>> found = lay(folder / "may.csv", reading, [], folder / "0001")
    >>> found.rows, found.changed, found.rejected["reason"].to_pylist()
    (1, 1, ['this id stands already in row 1'])
    """
    columns = columns_of(file)
    own = {name: reading.names.get(name, name) for name in columns}
    places = {own[name]: f"c{place}" for place, name in enumerate(columns)}
    order = sorted(places)
    signature = hashlib.sha256("\n".join([reading.prefix, *order]).encode()).hexdigest()[:16]
    scratch = folder / "scratch"
    scratch.mkdir()
    with Engine(memory=_MEMORY, spill=scratch) as engine:
        tell("reading")
        staged = stage(engine, file, dict(zip(places.values(), columns, strict=True)), scratch)
        _number(engine, staged)
        who = f"{quote_literal(reading.prefix)} || {places[own[reading.person]]}"
        named = ", ".join(f"{places[name]} as {quote_name(name)}" for name in order)
        engine.run(
            f"create view every as select _row, {who} as {quote_name(PERSON)}, "
            f"hash({', '.join(places[name] for name in order)}) as {quote_name(HASH)}, {named} from numbered"
        )
        block(engine, "every", "raw", *reading.forgotten, PERSON)
        away = [told_blocked(engine, "raw", file.name)]
        expected = {name: column for name, column in reading.expected.items() if name in places}
        expected = settle_dates(engine, "raw", expected)
        tell("judging")
        rejected = _judge(engine, file.name, own[reading.person], expected)
        stops = _stops(engine, reading.roles.get("stop"), places)
        rows = int(engine.value("select count(*) from good"))
        if rows == 0:
            raise _nobody(file, [staged.broken, *rejected, *away])
        tell("comparing")
        like = [layer for layer in before if layer.signature == signature]
        _compare(engine, like, folder / "same.parquet")
        tell("keeping")
        normalise(engine, "changed", reading.roles, "made", country=reading.country)
        rows -= block(engine, "made", "kept", *reading.forgotten, PERSON)
        away.append(told_blocked(engine, "kept", file.name))
        stops = _without(engine, stops, away[-1])
        _write(engine, expected, folder / "rows.parquet")
        changed = int(engine.value(f"select count(*) from read_parquet({quote_literal(str(folder / 'rows.parquet'))})"))
    everything = pa.concat_tables([staged.broken, *rejected, *away]).sort_by(
        [("row", "ascending"), ("column", "ascending")]
    )
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    return Laid(rows, changed, REJECTED.check(everything), stops, signature, staged.notes)


def _number(engine: Engine, staged: Staged) -> None:
    """Make ``numbered``: rows under the number they have in the file, broken ones counted."""
    if not staged.before:
        engine.run("create view numbered as select * from staged")
        return
    count = pa.array(range(1, len(staged.before) + 1), pa.int64())
    engine.register(breaks=pa.table({"at": pa.array(staged.before, pa.int64()), "n": count}))
    # Of several breaks at one place the last one counts them all.
    engine.run("create table broken_at as select at, max(n) as n from breaks group by 1")
    engine.run(
        "create view numbered as select s.* replace (s._row + coalesce(b.n, 0) as _row) "
        "from staged s asof left join broken_at b on s._row > b.at"
    )


def _judge(engine: Engine, file: str, person: str, expected: Mapping[str, Column]) -> list[pa.Table]:
    """Make ``good``, the rows that can be used; the others with their reasons."""
    wrong = {name: test for name, column in expected.items() if (test := _is_wrong(name, column, expected))}
    wrong[person] = f"{quote_name(person)} is null or length({quote_name(PERSON)}) > {LONGEST_ID}"
    some = " or ".join(f"coalesce({test}, false)" for test in wrong.values())
    engine.run(f"create table broken as select _row from raw where {some or 'false'}")
    bad = []
    if engine.value("select count(*) from broken"):
        engine.run("create view odd as select * from raw where _row in (select _row from broken)")
        bad = [_told(engine, file, name, expected[name], test) for name, test in wrong.items()]
        engine.run("create view whole as select * from raw where _row not in (select _row from broken)")
    else:
        engine.run("create view whole as select * from raw")
    who = quote_name(PERSON)
    engine.run(
        f"create table twice as select {who} as who, min(_row) as first from whole group by 1 having count(*) > 1"
    )
    engine.run(
        f"create view second as select w._row, t.first from whole w join twice t on t.who = w.{who} and w._row > t.first"
    )
    engine.run("create table seconds as select * from second")
    if not engine.value("select count(*) from seconds"):
        engine.run("create view good as select * from whole")
        return bad
    engine.run("create view good as select * from whole where _row not in (select _row from seconds)")
    bad.append(
        engine.table(
            f"select {quote_literal(file)} as file, r._row as row, {quote_literal(person)} as column, "
            f"left(r.{quote_name(person)}, 200) as value, {quote_literal(TWICE)} || s.first as reason "
            "from raw r join seconds s using (_row) order by row"
        ).cast(pa.schema(REJECTED.columns))
    )
    return bad


def _is_wrong(name: str, column: Column, expected: Mapping[str, Column]) -> str | None:
    """SQL that is true where the text cannot be used; None for a column that takes anything."""
    text = quote_name(name)
    tests = []
    if column.type not in {"text", "category"} or column.among:
        tests.append(f"{text} is not null and ({column.parsed(name)}) is null")
    if column.required:
        tests.append(f"{text} is null")
    if column.required_with in expected:
        tests.append(f"{text} is null and {quote_name(column.required_with or '')} is not null")
    return " or ".join(f"({test})" for test in tests) or None


def _told(engine: Engine, file: str, name: str, column: Column, test: str) -> pa.Table:
    text = quote_name(name)
    reason = column.reason(name)
    return engine.table(
        f"select {quote_literal(file)} as file, _row as row, {quote_literal(name)} as column, "
        f"left({text}, 200) as value, {reason} as reason from odd where {test} order by row"
    ).cast(pa.schema(REJECTED.columns))


def _stops(engine: Engine, column: str | None, places: Mapping[str, str]) -> pa.Table:
    """Whoever says stop in any row has said it, even in one that is rejected."""
    said = says_stop(quote_name(column)) if column in places and column else "false"
    who = quote_name(PERSON)
    return engine.table(
        f"select {who} as person, min(_row) as row from raw where {who} is not null and {said} group by 1 order by 2"
    )


def _compare(engine: Engine, like: Sequence[Layer], same: Path) -> None:
    """Make ``changed``, and write down whose rows are as an earlier layer has them."""
    who, mark, number = quote_name(PERSON), quote_name(HASH), quote_name(NUMBER)
    known = f"select null::varchar as {who}, null::ubigint as {mark}, null::int as of limit 0"
    if like:
        # Where its content lies: an undone layer may hold it still, for one that says the same.
        held = " union all ".join(
            f"select {who}, {mark}, {layer.number} as of from {layer.sql('rows.parquet')}" for layer in like
        )
        engine.run(f"create view held as {held}")
        if count_alive(engine, like):
            engine.run(f"create table living as select {who}, {mark}, {number} from alive")
            known = f"select {who}, max_by({mark}, {number}) as {mark}, 0 as of from living group by 1"
            engine.run(f"create table newest as {known}")
            known = (
                f"select n.{who}, n.{mark}, max(h.of) as of from newest n join held h "
                f"on h.{who} = n.{who} and h.{mark} = n.{mark} group by 1, 2"
            )
    engine.run(f"create table known as {known}")
    engine.run(
        f"copy (select g.{who}, k.of from good g join known k on k.{who} = g.{who} and k.{mark} = g.{mark}) "
        f"to {quote_literal(str(same))} (format parquet)"
    )
    engine.run(
        f"create view changed as select * from good g where not exists "
        f"(select 1 from known k where k.{who} = g.{who} and k.{mark} = g.{mark})"
        if like
        else "create view changed as select * from good"
    )


def _without(engine: Engine, stops: pa.Table, away: pa.Table) -> pa.Table:
    """Nothing is written down of those who were turned away, not even that they said stop."""
    if away.num_rows == 0:
        return stops
    engine.register(stops=stops, away=away)
    who = quote_name(PERSON)
    return engine.table(
        f"select * from stops where person not in (select {who} from raw join away on raw._row = away.row) order by row"
    )


def _write(engine: Engine, expected: Mapping[str, Column], path: Path) -> None:
    # Whether the day or the month stands first is known while the file is read, and never again.
    days = "".join(
        f", {column.parsed(name)} as {quote_name(DATE + name)}"
        for name, column in expected.items()
        if column.type == "date"
    )
    engine.run(f"copy (select *{days} from kept) to {quote_literal(str(path))} (format parquet)")


def _nobody(file: Path, rejected: Sequence[pa.Table]) -> DataError:
    first = pa.concat_tables(rejected).sort_by("row").slice(0, 1).to_pylist()
    if not first:
        return DataError(
            f"{file.name} has a header but no rows.",
            file=file,
            found="0 rows",
            expected="at least one row",
            hint="Export it again.",
        )
    return DataError(
        f"No row of {file.name} can be used.",
        file=file,
        key=first[0]["column"],
        found=f'row {first[0]["row"]}: "{first[0]["value"]}"',
        expected=first[0]["reason"].removeprefix("expected "),
        hint="Correct the column's type in campaign.toml, or the file.",
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
