"""By what a person would be known again: the id, or the name together with a telephone, an e-mail address or a home.

A telephone alone is nobody: those who live together share it. Of who was forgotten only keyed hashes are kept, so the same
hash is reckoned of every row that comes in, by the engine: HMAC-SHA256 is two rounds of SHA-256 over blobs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256

import pyarrow as pa

from groundswell.tables import REJECTED, Engine, quote_literal, quote_name, rejects

FORGOTTEN = "this person asked to be forgotten"
"""The reason of a row that is turned away. The row's values are never told: they would be kept again."""

_ENDS = ("phone", "email", "home")
_BLOCK = 64
_ROW = "_row"


def identities(people: pa.Table, *, id_column: str) -> frozenset[str]:
    """The texts by which these people would be known again.

    Args:
        people: with the columns that :func:`groundswell.people.normalising.normalise` makes, as far as there are any.
        id_column: the column with the person's id.

    >>> ann = {"id": ["p1"], "~first": ["Ann"], "~last": ["O'Brien"], "~phone": ["+12025550123"], "~email": [None]}
    >>> sorted(identities(pa.table(ann), id_column="id"))
    ['id:p1', 'phone:ann obrien +12025550123']
    """
    with Engine() as engine:
        engine.register(people=people)
        texts = identity_list(people.column_names, id_column)
        found = engine.table(f"select distinct unnest({texts}) as said from people")["said"].to_pylist()
    return frozenset(text for text in found if text is not None)


def block(engine: Engine, source: str, target: str, secret: bytes, hashes: Collection[str], id_column: str) -> int:
    """Make a view of a table without the rows of those who were forgotten; how many rows these are.

    Args:
        engine: where ``source`` is.
        source: a table or view with ``_row``; whatever of ``~first ~last ~phone ~email ~home`` it has is looked at.
        target: what to call the view. Where anybody was forgotten, a table ``<target>~blocked`` (``_row``) stands beside it.
        secret: the campaign's key.
        hashes: of everybody who was forgotten. Where there are none, nothing is reckoned.
        id_column: the column of ``source`` with the person's id.

    >>> from groundswell.ledger import keyed_hash
    >>> gone = {keyed_hash(b"k" * 32, "id:p1")}
    >>> with Engine() as engine:
    ...     _ = engine.register(rows=pa.table({"_row": [1, 2], "id": ["p1", "p2"]}))
    ...     block(engine, "rows", "kept", b"k" * 32, gone, "id"), engine.table("select id from kept")["id"].to_pylist()
    (1, ['p2'])
    """
    if not hashes:
        engine.run(f"create or replace temp view {quote_name(target)} as select * from {quote_name(source)}")
        return 0
    columns = engine.table(f"select * from {quote_name(source)} limit 0").column_names
    known, keys, blocked = f"{target}~known", f"{target}~keys", f"{target}~blocked"
    inner, outer = pads(secret)
    # The key is a value, never part of a statement: a statement may be told in an error.
    engine.register(
        **{known: pa.table({"hash": sorted(hashes)}), keys: pa.table({"inner_pad": [inner], "outer_pad": [outer]})}
    )
    engine.run(
        f"create or replace temp table {quote_name(blocked)} as select distinct {_ROW} from ("
        f"select {_ROW}, unnest({identity_list(columns, id_column)}) as said from {quote_name(source)}) "
        f"where said is not null and {hmac_sql('said', quote_name(keys))} in (select hash from {quote_name(known)})"
    )
    engine.run(
        f"create or replace temp view {quote_name(target)} as select * from {quote_name(source)} "
        f"where {_ROW} not in (select {_ROW} from {quote_name(blocked)})"
    )
    return int(engine.value(f"select count(*) from {quote_name(blocked)}"))


def told_blocked(engine: Engine, target: str, file: str) -> pa.Table:
    """The rows that :func:`block` turned away, as contract ``REJECTED``: file, row and reason, and no value.

    Args:
        engine: where it was done.
        target: as for :func:`block`.
        file: the file's name.
    """
    there = engine.value(
        f"select count(*) from duckdb_tables() where table_name = {quote_literal(f'{target}~blocked')}"
    )
    if not there:
        return rejects(file, [])
    rows = engine.table(f"select {_ROW} from {quote_name(f'{target}~blocked')} order by {_ROW}")[_ROW].to_pylist()
    return rejects(file, [(row, "", None, FORGOTTEN) for row in rows]).set_column(2, "column", _blank(len(rows)))


def turn_away(
    table: pa.Table, secret: bytes, hashes: Collection[str], *, id_column: str, file: str, row: str = _ROW
) -> tuple[pa.Table, pa.Table]:
    """A table without the rows of those who were forgotten; and these rows as contract ``REJECTED``, without a value.

    Args:
        table: people, or anything that has a person's id in a column.
        secret: the campaign's key.
        hashes: of everybody who was forgotten.
        id_column: the column with the person's id.
        file: the file's name, for the rejected rows.
        row: the column with the row's number in it.

    >>> from groundswell.ledger import keyed_hash
    >>> gone = {keyed_hash(b"k" * 32, "id:p1")}
    >>> kept, away = turn_away(pa.table({"_row": [1, 2], "id": ["p1", "p2"]}), b"k" * 32, gone, id_column="id", file="a.csv")
    >>> kept.to_pylist(), away.select(["row", "value", "reason"]).to_pylist()
    ([{'_row': 2, 'id': 'p2'}], [{'row': 1, 'value': None, 'reason': 'this person asked to be forgotten'}])
    """
    if not hashes or not table.num_rows:
        return table, rejects(file, [])
    places = pa.array(range(table.num_rows), pa.int64())
    plain = table.drop_columns([_ROW]) if _ROW in table.column_names else table
    with Engine() as engine:
        engine.register(rows=plain.append_column(_ROW, places))
        block(engine, "rows", "kept", secret, hashes, id_column)
        gone = engine.table(f'select {_ROW} from "kept~blocked" order by {_ROW}')[_ROW].to_pylist()
    away = set(gone)
    kept = table.take(pa.array([place for place in range(table.num_rows) if place not in away], pa.int64()))
    numbers = table[row].to_pylist()
    told = rejects(file, [(numbers[place], "", None, FORGOTTEN) for place in gone])
    return kept, REJECTED.check(told.set_column(2, "column", _blank(len(gone))))


def hash_all(texts: Iterable[str], secret: bytes) -> frozenset[str]:
    """The keyed hashes of texts, reckoned by the engine as :func:`block` does.

    >>> from groundswell.ledger import keyed_hash
    >>> hash_all(["id:p1"], b"k" * 32) == {keyed_hash(b"k" * 32, "id:p1")}
    True
    """
    inner, outer = pads(secret)
    with Engine() as engine:
        engine.register(
            said=pa.table({"said": pa.array(list(texts), pa.string())}),
            keys=pa.table({"inner_pad": [inner], "outer_pad": [outer]}),
        )
        return frozenset(engine.table(f"select {hmac_sql('said', 'keys')} as hash from said")["hash"].to_pylist())


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """The two blobs that HMAC-SHA256 makes of a key.

    >>> [len(pad) for pad in pads(b"k" * 100)]
    [64, 64]
    """
    key = (sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def hmac_sql(text: str, keys: str) -> str:
    """SQL: HMAC-SHA256 of a text, as 64 hexadecimal digits.

    Args:
        text: SQL of the text.
        keys: a table of one row with ``inner_pad`` and ``outer_pad``.
    """
    inner = f"sha256((select inner_pad from {keys}) || encode({text}))"
    return f"sha256((select outer_pad from {keys}) || unhex({inner}))"


def identity_list(columns: Collection[str], id_column: str) -> str:
    """SQL of the list of a row's identities; null stands where one cannot be made.

    Args:
        columns: which columns there are.
        id_column: the one with the person's id.

    >>> print(identity_list(["id"], "id"))
    ['id:' || nullif(trim("id"::varchar), '')]
    """
    said = [f"'id:' || nullif(trim({quote_name(id_column)}::varchar), '')"]
    if {"~first", "~last"} <= set(columns):
        name = f"{_plain('~first')} || ' ' || {_plain('~last')}"
        said += [
            f"{quote_literal(end + ':')} || {name} || ' ' || {quote_name('~' + end)}"
            for end in _ENDS
            if f"~{end}" in columns
        ]
    return f"[{', '.join(said)}]"


def _plain(column: str) -> str:
    """SQL: letters and digits of a name, small and without accents; null where nothing is left."""
    folded = f"lower(strip_accents({quote_name(column)}))"
    return f"nullif(regexp_replace({folded}, '[^\\p{{L}}\\p{{N}}]+', '', 'g'), '')"


def _blank(count: int) -> pa.Array:
    return pa.nulls(count, pa.string())
