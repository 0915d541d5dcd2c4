"""What a stage promises about its table: the columns, their types, and which may be blank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Contract:
    """The columns a table has at least.

    Args:
        name: whose contract it is, for the error.
        columns: name -> Arrow type.
        nullable: columns that may hold blanks; the others may not.

    >>> people = Contract("people", {"person": pa.string()})
    >>> people.check(pa.table({"person": ["a"]})).num_rows
    1
    >>> people.check(pa.table({"person": [1]}))
    Traceback (most recent call last):
    TypeError: people.person is int64, promised was string
    """

    name: str
    columns: dict[str, pa.DataType]
    nullable: frozenset[str] = field(default_factory=frozenset)

    def check(self, table: pa.Table) -> pa.Table:
        """Return the table if it keeps the contract.

        Raises:
            TypeError: naming the column that breaks it: a mistake of ours, never of the user's data.
        """
        for column, promised in self.columns.items():
            if column not in table.column_names:
                raise TypeError(f"{self.name}.{column} is missing")
            found = table.schema.field(column).type
            if found != promised:
                raise TypeError(f"{self.name}.{column} is {found}, promised was {promised}")
            if column not in self.nullable and table[column].null_count:
                raise TypeError(f"{self.name}.{column} has blanks")
        return table


REJECTED = Contract(
    "rejected",
    {
        "file": pa.string(),
        "row": pa.int64(),
        "column": pa.string(),
        "value": pa.string(),
        "reason": pa.string(),
    },
    nullable=frozenset({"column", "value"}),
)
"""Rows that could not be used: where they are, what was found, and why; ``row`` 1 is the first below the header."""


def rejects(file: str, rows: Sequence[tuple[int, str, str | None, str]]) -> pa.Table:
    """Rows that could not be used as contract ``REJECTED``.

    Args:
        file: the file's name.
        rows: row, column, value and reason.

    >>> rejects("a.csv", [(3, "born", "soon", "expected a year")])["row"].to_pylist()
    [3]
    """
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = [name for name in REJECTED.columns if name != "file"]
    found = {name: pa.array(values, REJECTED.columns[name]) for name, values in zip(names, columns, strict=True)}
    return REJECTED.check(pa.table({"file": pa.array([file] * len(rows), pa.string()), **found}))


def empty(contract: Contract) -> pa.Table:
    """A table without rows that keeps a contract.

    >>> empty(REJECTED).num_rows
    0
    """
    return pa.table({name: pa.array([], kind) for name, kind in contract.columns.items()})


def keep(table: pa.Table, column: str, values: Collection[object], *, others: bool = False) -> pa.Table:
    """The rows whose column holds one of some values; or all others.

    >>> keep(pa.table({"a": [1, 2]}), "a", {2}).to_pylist(), keep(pa.table({"a": [1, 2]}), "a", {2}, others=True).to_pylist()
    ([{'a': 2}], [{'a': 1}])
    """
    found = pc.is_in(table[column], value_set=pa.array(list(values), table[column].type))
    return table.filter(pc.invert(found) if others else found)


def with_text(table: pa.Table, column: str, text: str, *, within: Sequence[str] = (), instead: str = "") -> pa.Table:
    """The table with one text in a whole column, and in place of another text within others.

    >>> with_text(pa.table({"a": ["x"], "b": ["see x"]}), "a", "y", within=("b",), instead="x").to_pylist()
    [{'a': 'y', 'b': 'see y'}]
    """
    place = table.column_names.index(column)
    found = table.set_column(place, column, pa.array([text] * table.num_rows, pa.string()))
    for name in within:
        told = pc.replace_substring(found[name], pattern=instead, replacement=text)
        found = found.set_column(found.column_names.index(name), name, told)
    return found


def concat(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of the same columns, one below the other.

    >>> concat([pa.table({"a": [1]}), pa.table({"a": [2]})])["a"].to_pylist()
    [1, 2]
    """
    return pa.concat_tables(tables)
