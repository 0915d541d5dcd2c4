"""Declared types as SQL: text in, a typed value out, NULL where it cannot be one.

Files are read as text, and only what is declared is parsed: a guess turns yes/no into booleans and drops the zeros of
postcodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from groundswell.tables import quote_literal, quote_name

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
    "date": (
        "CASE WHEN coalesce(try_cast({text} AS DATE), try_cast(try_cast({text} AS TIMESTAMP) AS DATE)) "
        "BETWEEN DATE '1000-01-01' AND DATE '9999-12-31' "
        "THEN coalesce(try_cast({text} AS DATE), try_cast(try_cast({text} AS TIMESTAMP) AS DATE)) END",
        "DATE",
        "a date such as 2026-11-30",
    ),
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

    >>> Column("number", lowest=0).expected()
    'a number such as 1234.5, at least 0'
    """

    type: str = "text"
    among: tuple[str, ...] = ()
    required: bool = False
    required_with: str | None = None
    lowest: float | None = None
    highest: float | None = None

    def arrow(self) -> pa.DataType:
        """The Arrow type of the parsed column."""
        return _ARROW[TYPES[self.type][1]]

    def parsed(self, name: str) -> str:
        """SQL for the value, NULL where blank or wrong; ``name`` is the column as it stands in the file."""
        text = f"nullif(trim({quote_name(name)}), '')"
        template = TYPES[self.type][0]
        lists = {key: ", ".join(map(quote_literal, values)) for key, values in (("yes", YES), ("no", NO))}
        value = template.format(text=text, **lists)
        tests = []
        if self.among:
            tests.append(f"{text} IN ({', '.join(map(quote_literal, self.among))})")
        if self.lowest is not None:
            tests.append(f"({value}) >= {self.lowest!r}")
        if self.highest is not None:
            tests.append(f"({value}) <= {self.highest!r}")
        return f"CASE WHEN {' AND '.join(tests)} THEN {value} END" if tests else value

    def expected(self) -> str:
        """What a right value looks like, in words."""
        said = [f"one of: {', '.join(self.among)}" if self.among else TYPES[self.type][2]]
        if self.lowest is not None:
            said.append(f"at least {self.lowest:g}")
        if self.highest is not None:
            said.append(f"at most {self.highest:g}")
        return ", ".join(said)
