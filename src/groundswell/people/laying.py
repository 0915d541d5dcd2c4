"""A file of people becomes a layer: judged row by row, compared with what is known, and only what is new kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from groundswell.people.gathering import says_stop
from groundswell.people.identity import block, told_blocked
from groundswell.people.layers import DATE, HASH, NUMBER, PERSON, Layer, count_alive
from groundswell.people.normalising import normalise
from groundswell.sources import Column, Note, Order, Staged, columns_of, date_orders, in_order, stage
from groundswell.tables import REJECTED, Engine, quote_literal, quote_name
from groundswell.vocabulary import DataError
from groundswell.vocabulary.version import __version__

TWICE = "this id stands already in row "
"""How the reason of a second row of one person begins."""
LONGEST_ID = 400
"""Letters; more is no id but a mistake in the file."""
_MEMORY = "1200MB"
_KNOWN = "known"
_MET = "met"


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
        way: how it was read: of the next file that is read in the same way only the lines that are new need be.
        orders: column of dates -> in which orders some of its values could be read and in no other.
        notes: how the file was read, where a person should hear of it.
    """

    rows: int
    changed: int
    rejected: pa.Table
    stops: pa.Table
    signature: str
    way: str
    orders: dict[str, tuple[Order, ...]]
    notes: tuple[Note, ...] = ()


def lay(
    file: Path, reading: Reading, before: Sequence[Layer], folder: Path, *, tell: Callable[[str], None] = lambda _: None
) -> Laid:
    r"""Write the layer of a file: ``rows.parquet`` and ``said.parquet``.

    The file is streamed: memory does not grow with it. Of lines that the last like file had already nothing is read.

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
    way = hashlib.sha256(
        repr((__version__, columns, replace(reading, forgotten=NOBODY_FORGOTTEN))).encode()
    ).hexdigest()[:16]
    like = [layer for layer in before if layer.signature == signature]
    scratch = folder / "scratch"
    scratch.mkdir()
    with Engine(memory=_MEMORY, spill=scratch) as engine:
        tell("reading")
        last = next((layer for layer in reversed(like) if not layer.undone), None)
        known = _Known(engine, last if last and last.way == way else None)
        who = f"{quote_literal(reading.prefix)} || {places[own[reading.person]]}"
        named = ", ".join(f"{places[name]} as {quote_name(name)}" for name in order)
        every = (
            f"create or replace view every as select _row, {who} as {quote_name(PERSON)}, "
            f"hash({', '.join(places[name] for name in order)}) as {quote_name(HASH)}, {named} from numbered"
        )
        expected = {name: column for name, column in reading.expected.items() if name in places}
        while True:
            staged = stage(engine, file, dict(zip(places.values(), columns, strict=True)), scratch, known=_KNOWN)
            _number(engine, staged)
            engine.run(every)
            block(engine, "every", "raw", *reading.forgotten, PERSON)
            orders = date_orders(engine, "raw", expected)
            if not staged.left_out or known.still_hold(staged.left_out, orders):
                break
        orders = known.with_own(orders) if staged.left_out else orders
        away = [told_blocked(engine, "raw", file.name)]
        expected = in_order(expected, orders)
        tell("judging")
        rejected = _judge(engine, file.name, own[reading.person], expected)
        stops = _stops(engine, reading.roles.get("stop"), places, left_out=bool(staged.left_out))
        rows = int(engine.value("select count(*) from good")) + staged.left_out
        if rows == 0:
            raise _nobody(file, [staged.broken, *rejected, *away])
        tell("comparing")
        _compare(engine, like)
        tell("keeping")
        normalise(engine, "changed", reading.roles, "made", country=reading.country, few=bool(staged.left_out))
        rows -= block(engine, "made", "kept", *reading.forgotten, PERSON)
        away.append(told_blocked(engine, "kept", file.name))
        stops = _without(engine, stops, away[-1])
        _write(engine, expected, folder / "rows.parquet")
        _write_said(engine, reading.roles.get("stop"), staged, away[-1], folder / "said.parquet")
        changed = int(engine.value(f"select count(*) from read_parquet({quote_literal(str(folder / 'rows.parquet'))})"))
    everything = pa.concat_tables([staged.broken, *rejected, *away]).sort_by(
        [("row", "ascending"), ("column", "ascending")]
    )
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()
    return Laid(rows, changed, REJECTED.check(everything), stops, signature, way, orders, staged.notes)


class _Known:
    """The view ``known``: what the lines of the last like file said (``line, person, of, stop``), as far as that holds still.

    Those that stand in the new file again, and are not read, are the table ``met``.

    Where a new line speaks of somebody of whom a known one speaks as well, or a known one stands there twice, both have to be
    read; and all of them have to where a new line shows dates in an order that no known one does.
    """

    def __init__(self, engine: Engine, last: Layer | None) -> None:
        self._engine, self._last = engine, last
        engine.run("create table reread (person varchar)")
        self._look()

    def still_hold(self, left_out: int, orders: Mapping[str, Sequence[Order]]) -> bool:
        """May so many rows stay unread, where the others show these orders of dates? If not, less is known from now on."""
        last = self._last
        if last is None or any(not set(shown) <= set(last.orders.get(name, ())) for name, shown in orders.items()):
            self._last = None
            self._look()
            return False
        left = "select line from lines where text is null"
        self._engine.run(f"create or replace temp table {_MET} as select * from {_KNOWN} where line in ({left})")
        spoken = f"select {quote_name(PERSON)} from every"
        if self._engine.value(f"select count(*) from {_MET}") < left_out:
            twice = f"{left} group by line having count(*) > 1"
            spoken += f" union all select person from {_MET} where line in ({twice})"
        self._engine.run(f"create or replace table more as select person from {_MET} where person in ({spoken})")
        if not self._engine.value("select count(*) from more"):
            return True
        self._engine.run("insert into reread from more")
        self._look()
        return False

    def with_own(self, orders: Mapping[str, tuple[Order, ...]]) -> dict[str, tuple[Order, ...]]:
        """The orders of dates that new lines and known ones show."""
        return {
            name: tuple(self._last.orders.get(name, shown)) if self._last else shown for name, shown in orders.items()
        }

    def _look(self) -> None:
        sql = "select null::ubigint as line, null::varchar as person, null::int as of, null::boolean as stop limit 0"
        if self._last is not None:
            of = f"case when of = 0 then {self._last.number} else of end as of"
            again = "person in (from reread)" if self._engine.value("select count(*) from reread") else "false"
            said = f'select "~line" as line, {quote_name(PERSON)} as person, {of}, "~stop" as stop'
            sql = f"select * from ({said} from {self._last.sql('said.parquet')}) where line is not null and not {again}"
        self._engine.run(f"create or replace view {_KNOWN} as {sql}")


def _number(engine: Engine, staged: Staged) -> None:
    """Make ``numbered``: rows under the number they have in the file, broken ones counted."""
    if not staged.before:
        engine.run("create or replace view numbered as select * from staged")
        return
    count = pa.array(range(1, len(staged.before) + 1), pa.int64())
    engine.register(breaks=pa.table({"place": pa.array(staged.before, pa.int64()), "n": count}))
    # Of several breaks at one place the last one counts them all.
    engine.run("create or replace table broken_at as select place, max(n) as n from breaks group by 1")
    engine.run(
        "create or replace view numbered as select s.* replace (s._row + coalesce(b.n, 0) as _row) "
        "from staged s asof left join broken_at b on s._row > b.place"
    )


def _judge(engine: Engine, file: str, person: str, expected: Mapping[str, Column]) -> list[pa.Table]:
    """Make ``good``, the rows that can be used; the others with their reasons."""
    wrong = {name: test for name, column in expected.items() if (test := _is_wrong(name, column, expected))}
    wrong[person] = f"{quote_name(person)} is null or length({quote_name(PERSON)}) > {LONGEST_ID}"
    some = " or ".join(f"coalesce({test}, false)" for test in wrong.values())
    engine.run(f"create table unusable as select _row from raw where {some or 'false'}")
    bad = []
    if engine.value("select count(*) from unusable"):
        engine.run("create view odd as select * from raw where _row in (select _row from unusable)")
        bad = [_told(engine, file, name, expected[name], test) for name, test in wrong.items()]
        engine.run("create view whole as select * from raw where _row not in (select _row from unusable)")
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


def _stops(engine: Engine, column: str | None, places: Mapping[str, str], *, left_out: bool) -> pa.Table:
    """Whoever says stop in any row has said it, even in one that is rejected."""
    who = quote_name(PERSON)
    said = says_stop(quote_name(column)) if column in places and column else "false"
    rows = f"select {who} as person, _row from raw where {who} is not null and {said}"
    if left_out:
        rows += f" union all select k.person, l._row from {_MET} k join lines l using (line) where k.stop"
    return engine.table(f"select person, min(_row) as row from ({rows}) group by 1 order by 2")


def _compare(engine: Engine, like: Sequence[Layer]) -> None:
    """Make ``compared``: which layer holds what a good row says (``_row, of``), 0 for none; and ``changed``: those."""
    who, mark, number = quote_name(PERSON), quote_name(HASH), quote_name(NUMBER)
    if not (like and count_alive(engine, like)):
        engine.run("create view compared as select _row, 0 as of from good")
        engine.run("create view changed as select * from good")
        return
    theirs = f"{who} in (select {who} from good)"
    # Where its content lies: an undone layer may hold it still, for one that says the same.
    held = " union all ".join(
        f"select {who}, {mark}, {layer.number} as of from {layer.sql('rows.parquet')} where {theirs}" for layer in like
    )
    engine.run(f"create view held as {held}")
    engine.run(f"create table living as select {who}, {mark}, {number} from alive where {theirs}")
    engine.run(f"create table newest as select {who}, max_by({mark}, {number}) as {mark} from living group by 1")
    engine.run(
        f"create table holding as select n.{who}, n.{mark}, max(h.of) as of from newest n join held h "
        f"on h.{who} = n.{who} and h.{mark} = n.{mark} group by 1, 2"
    )
    engine.run(
        f"create table compared as select g._row, coalesce(h.of, 0) as of from good g "
        f"left join holding h on h.{who} = g.{who} and h.{mark} = g.{mark}"
    )
    engine.run("create view changed as select * from good where _row in (select _row from compared where of = 0)")


def _write_said(engine: Engine, column: str | None, staged: Staged, away: pa.Table, path: Path) -> None:
    """Write down of whom the file speaks, in which line, whether it says stop, and where what it says is kept."""
    who = quote_name(PERSON)
    there = column in engine.table("select * from good limit 0").column_names
    stop = says_stop(quote_name(column)) if column and there else "false"
    line = "l.line" if staged.marked else "null::ubigint"
    lines = "left join lines l using (_row)" if staged.marked else ""
    turned = f"where _row not in ({', '.join(map(str, away['row'].to_pylist()))})" if away.num_rows else ""
    said = (
        f'select g.{who}, c.of, {line} as "~line", coalesce({stop}, false) as "~stop" '
        f"from good g join compared c using (_row) {lines} {turned}"
    )
    if staged.left_out:
        said += f" union all select person, of, line, stop from {_MET}"
    engine.run(f"copy ({said}) to {quote_literal(str(path))} (format parquet)")


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
