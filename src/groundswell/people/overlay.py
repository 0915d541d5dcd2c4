"""Rows that came later take the place of earlier ones of the same person; every row still leads to its file."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from groundswell.tables import Engine, quote_name

_EACH = 1_000_000_000


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


def overlay(rows: pa.Table, imports: Sequence[tuple[int, pa.Table]], *, person: str) -> pa.Table:
    """The campaign's own rows, with those of imports in their place or below them.

    Args:
        rows: typed rows with ``_row``.
        imports: number and typed rows of each import of people, oldest first.
        person: the column with the person's id.

    Returns:
        All rows of nobody that an import names, then the last row of each that one does. A column that only one side has is
        blank on the other.

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
        return engine.table(
            "select * from (select * from own "
            f"where {name} is null or {name} not in (select {name} from came where {name} is not null) union all by name "
            f"select * from came qualify row_number() over (partition by {name} order by _row desc) = 1) order by _row"
        )
