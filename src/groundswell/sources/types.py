"""Declared types as SQL: text in, a typed value out, NULL where it cannot be one.

Files are read as text, and only what is declared is parsed: a guess turns yes/no into booleans and drops the zeros of
postcodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from groundswell.sources.dates import Order, day_sql, doubt_sql, evidence_sql
from groundswell.tables import Engine, quote_literal, quote_name

# A year or a yes with blanks beside it comes out of many a program as a decimal: 1950.0, 1.0.
YES = ("yes", "y", "true", "t", "1", "1.0", "x", "si", "sí")
NO = ("no", "n", "false", "f", "0", "0.0")

TYPES: dict[str, tuple[str, str, str]] = {
    # type: (SQL over {text}, SQL type, what to expect in words)
    "text": ("{text}", "VARCHAR", "text"),
    "category": ("{text}", "VARCHAR", "a category"),
    "number": (
        "CASE WHEN isfinite(try_cast({text} AS DOUBLE)) THEN try_cast({text} AS DOUBLE) END",
        "DOUBLE",
        "a number such as 1234.5",
    ),
    "year": (
        "CASE WHEN regexp_full_match({text}, '(1[89]|20)[0-9]{{2}}(\\.0+)?') THEN CAST(left({text}, 4) AS INTEGER) END",
        "INTEGER",
        "a year from 1800 to 2099",
    ),
    "yes/no": (
        "CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END",
        "BOOLEAN",
        "yes or no",
    ),
    "date": ("{day}", "DATE", "a date such as 2026-11-30"),
}

_ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """What is expected of one column.

    Args:
        type: a key of ``TYPES``.
        among: the only values there may be.
        required: True: a blank rejects the row.
        required_with: a blank rejects the row if this other column is filled in.
        lowest: the smallest number there may be.
        highest: the largest number there may be.
        order: for dates: what stands first in 03/04/2026, ``dmy`` or ``mdy``; None: what the column shows.

    >>> Column("number", lowest=0).expected()
    'a number such as 1234.5, at least 0'
    """

    type: str = "text"
    among: tuple[str, ...] = ()
    required: bool = False
    required_with: str | None = None
    lowest: float | None = None
    highest: float | None = None
    order: Order | None = None

    @classmethod
    def of(cls, said: str) -> Column:
        """The column of a type as it is said in ``campaign.toml``: a date may say what stands first.

        >>> Column.of("date dmy")
        Column(type='date', among=(), required=False, required_with=None, lowest=None, highest=None, order='dmy')
        """
        kind, _, order = said.partition(" ")
        return cls(kind, order="dmy" if order == "dmy" else "mdy" if order == "mdy" else None)

    def arrow(self) -> pa.DataType:
        """The Arrow type of the parsed column."""
        return _ARROW[TYPES[self.type][1]]

    def parsed(self, name: str) -> str:
        """SQL for the value, NULL where blank or wrong; ``name`` is the column as it stands in the file."""
        text = f"nullif(trim({quote_name(name)}), '')"
        template = TYPES[self.type][0]
        lists = {key: ", ".join(map(quote_literal, values)) for key, values in (("yes", YES), ("no", NO))}
        value = day_sql(text, self.order) if self.type == "date" else template.format(text=text, **lists)
        tests = []
        if self.among:
            tests.append(f"{text} IN ({', '.join(map(quote_literal, self.among))})")
        if self.lowest is not None:
            tests.append(f"({value}) >= {self.lowest!r}")
        if self.highest is not None:
            tests.append(f"({value}) <= {self.highest!r}")
        return f"CASE WHEN {' AND '.join(tests)} THEN {value} END" if tests else value

    def reason(self, name: str) -> str:
        """SQL for what is wrong with a value that cannot be used, in words.

        >>> with Engine() as engine:
        ...     engine.value(f"select {Column('date').reason('born')} from (select '03/04/1950' as born)")
        'could be 3 April or 4 March 1950; expected a date such as 2026-11-30'
        """
        text = f"nullif(trim({quote_name(name)}), '')"
        said = quote_literal(f"expected {self.expected()}")
        doubt = doubt_sql(text) if self.type == "date" and self.order is None else "null"
        return f"case when {text} is null then 'is missing; ' else coalesce({doubt} || '; ', '') end || {said}"

    def expected(self) -> str:
        """What a right value looks like, in words."""
        said = [f"one of: {', '.join(self.among)}" if self.among else TYPES[self.type][2]]
        if self.lowest is not None:
            said.append(f"at least {self.lowest:g}")
        if self.highest is not None:
            said.append(f"at most {self.highest:g}")
        return ", ".join(said)


def settle_dates(
    engine: Engine, rows: str, expected: Mapping[str, Column], places: Mapping[str, str] | None = None
) -> dict[str, Column]:
    """Say for each column of dates whether the day or the month stands first: as all of its values show it.

    Args:
        engine: where the rows are.
        rows: the table or view, every column as text.
        expected: what is expected of columns.
        places: column -> its name in ``rows``, where that is another.

    Returns:
        The same; dates with their ``order`` where some values can be read in one way only, and all of these agree.

    >>> with Engine() as engine:
    ...     engine.run("create table raw as select unnest(['03/04/1950', '31/12/1960']) as born")
    ...     settle_dates(engine, "raw", {"born": Column("date")})["born"].order
    'dmy'
    """
    return in_order(expected, date_orders(engine, rows, expected, places))


def date_orders(
    engine: Engine, rows: str, expected: Mapping[str, Column], places: Mapping[str, str] | None = None
) -> dict[str, tuple[Order, ...]]:
    """Column of dates -> in which orders some of its values can be read and in no other; arguments as for settle_dates.

    >>> with Engine() as engine:
    ...     engine.run("create table raw as select unnest(['03/04/1950', '31/12/1960']) as born")
    ...     date_orders(engine, "raw", {"born": Column("date")})
    {'born': ('dmy',)}
    """
    found: dict[str, tuple[Order, ...]] = {}
    for name, column in expected.items():
        if column.type == "date" and column.order is None:
            first, second = evidence_sql("said")
            text = f"nullif(trim({quote_name((places or {}).get(name, name))}), '')"
            seen = engine.table(
                f"select bool_or({first}) as dmy, bool_or({second}) as mdy from (select distinct {text} as said from {rows})"
            ).to_pylist()[0]
            orders: tuple[Order, ...] = ("dmy", "mdy")
            found[name] = tuple(order for order in orders if seen[order])
    return found


def in_order(expected: Mapping[str, Column], orders: Mapping[str, Sequence[Order]]) -> dict[str, Column]:
    """What is expected of columns; dates with their order where all that show one agree.

    >>> in_order({"born": Column("date")}, {"born": ("mdy",)})["born"].order
    'mdy'
    """
    return {
        name: replace(column, order=orders[name][0]) if len(orders.get(name, ())) == 1 else column
        for name, column in expected.items()
    }
