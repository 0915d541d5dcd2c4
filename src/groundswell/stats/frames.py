"""A table in any library as one of numbers and texts, or a clear refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundswell.vocabulary import EvidenceError


def table_of(rows: object) -> pa.Table:
    """Traits as an Arrow table of numbers (float64; NaN where blank) and texts (null where blank).

    Args:
        rows: an Arrow table, a pandas or polars data frame, anything with Arrow's C stream, a mapping of columns, or an
            array (n, columns), whose columns are then called x0, x1 and so on.

    Raises:
        EvidenceError: when it is none of these, or a column holds neither numbers nor texts, or something infinite.

    >>> table_of(np.array([[1.0, np.nan]])).to_pylist()
    [{'x0': 1.0, 'x1': nan}]
    """
    if isinstance(rows, pa.Table):
        table = rows
    elif isinstance(rows, Mapping):
        table = pa.table({str(name): _column(values) for name, values in rows.items()})
    elif hasattr(rows, "__arrow_c_stream__"):
        drop = getattr(rows, "reset_index", None)  # a pandas data frame would take its index along
        table = pa.table(drop(drop=True) if callable(drop) else rows)
    else:
        array = np.asarray(rows)
        if array.ndim != 2:
            raise EvidenceError(
                "X is no table.",
                found=f"{type(rows).__name__} of shape {array.shape}",
                expected="(n, columns): Arrow, pandas, polars, a mapping of columns, or an array of numbers",
            )
        table = pa.table({f"x{place}": _column(array[:, place]) for place in range(array.shape[1])})
    if len(set(table.column_names)) != len(table.column_names):
        twice = next(name for name in table.column_names if table.column_names.count(name) > 1)
        raise EvidenceError("X has two columns of one name.", key=twice, hint="Rename or drop one.")
    columns = [_trait(table[name], name) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def _column(values: Any) -> pa.Array:  # noqa: ANN401 - a list, an array or a series
    array = np.asarray(values)
    if array.dtype.kind == "O":
        return pa.array(list(array), from_pandas=True)
    return pa.array(array, from_pandas=True)


def _trait(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _trait(column.cast(kind.value_type), name)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        if pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        values = pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))
        endless = pc.sum(pc.is_inf(values)).as_py() or 0
        if endless:
            raise EvidenceError(
                f"The column {name} is infinite in {endless} rows.",
                key=name,
                found=f"row {pc.index(pc.is_inf(values), True).as_py()} (counted from 0)",
                expected="finite numbers, or blanks",
                hint="Make them blanks (NaN, null): those are a value of their own here.",
            )
        return values
    if pa.types.is_decimal(kind):
        return _trait(column.cast(pa.float64()), name)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    raise EvidenceError(
        f"The column {name} holds neither numbers nor texts.",
        key=name,
        found=str(kind),
        expected="numbers, yes/no, texts or categories",
        hint="Make a number of it, such as days since a date; or leave it out.",
    )
