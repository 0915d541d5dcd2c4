"""Rows that came later take the place of earlier ones of the same person; every row still leads to its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from groundswell.people.gathering import says_stop
from groundswell.tables import Engine, quote_name

_EACH = 1_000_000_000
_LONG = re.compile(r"\b\d{10,12}\b")


def row_of_import(number: int, row: int) -> int:
    """The number under which a row of an import is known; rows of the campaign's own file keep theirs.

    >>> row_of_import(2, 17), row_of_import(0, 17)
    (2000000017, 17)
    """
    return number * _EACH + row


def import_of_row(row: int) -> tuple[int, int]:
    """The inverse of :func:`row_of_import`: the import (0: the campaign's own file) and the row in it.

    >>> import_of_row(2_000_000_017)
    (2, 17)
    """
    return divmod(row, _EACH)


def lead_to_files(rejected: pa.Table, files: Mapping[int, str]) -> pa.Table:
    """Rejected rows under the names of the files they stand in, and the rows' numbers there.

    >>> bad = {"file": ["people.csv"], "row": [1_000_000_007], "reason": ["stands already in row 1000000001"]}
    >>> lead_to_files(pa.table(bad), {0: "people.csv", 1: "new.csv"}).to_pylist()
    [{'file': 'new.csv', 'row': 7, 'reason': 'stands already in row 1'}]
    """
    rows = [import_of_row(row) for row in rejected["row"].to_pylist()]
    names = rejected["file"].to_pylist()
    told = [files[number] if number else name for (number, _), name in zip(rows, names, strict=True)]
    reasons = [
        _LONG.sub(lambda row: str(import_of_row(int(row[0]))[1]), text) for text in rejected["reason"].to_pylist()
    ]
    found = rejected.set_column(rejected.column_names.index("file"), "file", pa.array(told, pa.string()))
    found = found.set_column(found.column_names.index("reason"), "reason", pa.array(reasons, pa.string()))
    return found.set_column(found.column_names.index("row"), "row", pa.array([row for _, row in rows], pa.int64()))


def overlay(
    rows: pa.Table, imports: Sequence[tuple[int, pa.Table]], *, person: str, stop: str | None = None
) -> pa.Table:
    """The campaign's own rows, with those of imports in their place or below them.

    Args:
        rows: typed rows with ``_row``.
        imports: number and typed rows of each import of people, oldest first.
        person: the column with the person's id.
        stop: the column that says who must not be contacted; who ever said so has said so, whatever came later.

    Returns:
        The rows of everybody whom no import names, and those that the last import has of each whom one does. A column that
        only one side has is blank on the other.

    >>> own = pa.table({"_row": [1, 2], "id": ["ada", "ben"], "town": ["Ely", "Ely"]})
    >>> new = pa.table({"_row": [1], "id": ["ben"], "town": ["York"]})
    >>> overlay(own, [(1, new)], person="id").select(["_row", "town"]).to_pylist()
    [{'_row': 1, 'town': 'Ely'}, {'_row': 1000000001, 'town': 'York'}]
    """
    if not imports:
        return rows
    name = quote_name(person)
    with Engine() as engine:
        engine.register(own=rows)
        parts = []
        for place, (number, table) in enumerate(imports):
            engine.register(**{f"import{place}": table})
            parts.append(f"select * replace (_row + {number * _EACH} as _row) from import{place}")
        engine.run(f"create view came as {' union all by name '.join(parts)}")
        engine.run(
            "create view laid as select * from own "
            f"where {name} is null or {name} not in (select {name} from came where {name} is not null) union all by name "
            f"select * from came qualify _row // {_EACH} = max(_row // {_EACH}) over (partition by {name})"
        )
        if stop is None:
            return engine.table("select * from laid order by _row")
        said = quote_name(stop)
        engine.run(
            f"create view stopped as select {name} as who, first({said}) as said from "
            f"(select {name}, {said} from own union all by name select {name}, {said} from came) "
            f"where {says_stop(said)} group by 1"
        )
        return engine.table(
            f"select laid.* replace (coalesce(stopped.said, laid.{said}) as {said}) from laid "
            f"left join stopped on stopped.who = laid.{name} order by _row"
        )
