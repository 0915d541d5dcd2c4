"""What a caller hands in - names of arms, units, propensities, a table in any library - in one form, or a clear refusal."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from groundswell.vocabulary import NOTHING, EvidenceError

Label = Hashable
"""What a caller calls an arm or a unit: a text, or a whole number."""
_CLOSE = 1e-6


def labels_of(values: Iterable[Label], what: str, count: int | None = None) -> NDArray[Any]:
    """(n,) labels as one array of texts or of numbers.

    Args:
        values: a list, an array, or a column of pandas, polars or Arrow.
        what: what they are, for the error.
        count: how many there must be.

    Raises:
        EvidenceError: when there are more or fewer, or one is missing.

    >>> labels_of(["letter", "nothing"], "arm").tolist()
    ['letter', 'nothing']
    """
    found = np.asarray(values if hasattr(values, "__array__") else list(values))
    if found.ndim != 1:
        raise EvidenceError(f"{what} is one column.", found=f"an array of shape {found.shape}", expected="(n,)")
    of_length(found, what, count)
    if found.dtype.kind == "O":
        gaps = np.flatnonzero([one is None or one != one for one in found])  # noqa: PLR0124 - NaN is no label
        _refuse_gap(gaps, what)
        # Whole numbers that came as objects stay numbers; all else is a text.
        whole = all(isinstance(one, int) for one in found)
        return found.astype(np.int64) if whole else found.astype(str)
    if found.dtype.kind == "f":
        _refuse_gap(np.flatnonzero(np.isnan(found)), what)
    return found


def _refuse_gap(gaps: NDArray[np.int64], what: str) -> None:
    if len(gaps):
        raise EvidenceError(
            f"{what} is missing in {len(gaps)} rows.",
            found=f"nothing in row {gaps[0]} (counted from 0)",
            expected="a label in every row",
            hint="Leave these rows out.",
        )


def numbers_of(values: ArrayLike, what: str, count: int) -> NDArray[np.float64]:
    """(n,) finite numbers.

    Raises:
        EvidenceError: when there are more or fewer, or one is not finite.

    >>> numbers_of([True, False], "outcome", 2).tolist()
    [1.0, 0.0]
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise EvidenceError(f"{what} holds something that is no number.", hint="Give 0 and 1, or amounts.") from None
    if found.ndim != 1:
        raise EvidenceError(f"{what} is one column.", found=f"an array of shape {found.shape}", expected="(n,)")
    of_length(found, what, count)
    odd = np.flatnonzero(~np.isfinite(found))
    if len(odd):
        raise EvidenceError(
            f"{what} is no finite number in {len(odd)} rows.",
            found=f"{found[odd[0]]} in row {odd[0]} (counted from 0)",
            expected="a finite number in every row",
            hint="Leave these rows out, but first count them by arm: one that is recorded less often misleads.",
        )
    return found


def of_length(found: NDArray[Any], what: str, count: int | None) -> None:
    """Refuse what has another number of rows than the rest."""
    if count is not None and len(found) != count:
        raise EvidenceError(f"{what} has another number of rows.", found=str(len(found)), expected=str(count))


def arms_of(labels: NDArray[Any], first: Label = NOTHING) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The arms, ``first`` before the others and these in order, and (n,) the index of each row's.

    >>> arms_of(np.array(["post", "nothing", "door"]))
    (('nothing', 'door', 'post'), array([2, 0, 1]))
    """
    names, index = np.unique(labels, return_inverse=True)
    order = sorted(range(len(names)), key=lambda place: (bool(names[place] != first), place))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[place].item() for place in order), rank[index]


def units_of(unit: Iterable[Label] | None, count: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(n,) the index of each row's unit, and the units' labels; without units every row is its own.

    >>> units_of(["a", "b", "a"], 3)[0].tolist()
    [0, 1, 0]
    """
    if unit is None:
        return np.arange(count), np.arange(count)
    names, index = np.unique(labels_of(unit, "unit", count), return_inverse=True)
    return index.astype(np.int64), names


def chances_of(
    propensity: object, arm: NDArray[np.int64], arms: Sequence[Label]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """(n,) the propensity of each row's own arm, and (n, arms) that of all, where it was given.

    Args:
        propensity: (n,) of the arm drawn; (n, arms) in the order of ``arms``, or a table whose columns bear their names;
            or a mapping of arm to one number for everybody.
        arm: (n,) index into ``arms``.
        arms: their names.

    Raises:
        EvidenceError: when one is not above 0 and at most 1, or those of a row do not sum to 1.

    >>> drawn, every = chances_of({"nothing": 0.75, "post": 0.25}, np.array([1, 0]), ("nothing", "post"))
    >>> drawn.tolist(), every.tolist()
    ([0.25, 0.75], [[0.75, 0.25], [0.75, 0.25]])
    """
    count = len(arm)
    if isinstance(propensity, Mapping) and all(np.ndim(propensity[name]) == 0 for name in propensity):
        propensity = np.tile([_of_name(propensity, name) for name in arms], (count, 1))
    found = matrix_of(propensity, arms, "propensity") if _two_sided(propensity) else None
    if found is None:
        drawn = numbers_of(propensity, "propensity", count)  # type: ignore[arg-type]
        _refuse_chance(drawn)
        return drawn, None
    of_length(found, "propensity", count)
    if not np.isfinite(found).all() or (found < 0).any():
        raise EvidenceError(
            "A propensity is below 0, or no number.", expected="probabilities: 0 or more in every column"
        )
    off = np.flatnonzero(np.abs(found.sum(axis=1) - 1.0) > _CLOSE)
    if len(off):
        raise EvidenceError(
            f"The propensities of {len(off)} rows do not sum to 1.",
            found=f"{found[off[0]].sum():.6g} in row {off[0]} (counted from 0)",
            expected="the probability of every arm, nothing's too, before it was drawn: together 1",
            hint="Log the probabilities of all options, also of those that were not drawn.",
        )
    drawn = found[np.arange(count), arm]
    _refuse_chance(drawn)
    return drawn, found


def _of_name(mapping: Mapping[Any, Any], name: Label) -> float:
    if name not in mapping:
        raise EvidenceError(
            f"There is no propensity for {name!r}.",
            found=", ".join(map(repr, mapping)),
            expected="one number for each arm",
            hint="Name every arm that occurs in arm.",
        )
    return float(mapping[name])


def _refuse_chance(drawn: NDArray[np.float64]) -> None:
    odd = np.flatnonzero(~((drawn > 0) & (drawn <= 1)))
    if len(odd):
        raise EvidenceError(
            f"A propensity is not above 0 and at most 1, in {len(odd)} rows.",
            found=f"{drawn[odd[0]]:g} in row {odd[0]} (counted from 0)",
            expected="the probability with which each unit was drawn for what it received",
            hint="Leave out the rows whose propensity is not known: what could not be drawn cannot be learnt from.",
        )


def _two_sided(values: object) -> bool:
    if isinstance(values, Mapping) or hasattr(values, "columns") or isinstance(values, pa.Table):
        return True
    return np.ndim(values) == 2  # type: ignore[arg-type]


def matrix_of(values: object, arms: Sequence[Label], what: str) -> NDArray[np.float64]:
    """(n, arms) numbers: an array in the order of ``arms``, or a table whose columns bear their names.

    >>> matrix_of({"post": [0.25], "nothing": [0.75]}, ("nothing", "post"), "choice").tolist()
    [[0.75, 0.25]]
    """
    names = getattr(values, "column_names", None) or getattr(values, "columns", None)
    if isinstance(values, Mapping):
        names = list(values)
    if names is not None:
        missing = [name for name in arms if name not in list(names)]
        if missing:
            raise EvidenceError(
                f"{what} has no column for {missing[0]!r}.",
                found=", ".join(map(str, names)),
                expected="a column for each arm: " + ", ".join(map(str, arms)),
            )
        found = np.column_stack([np.asarray(values[name], dtype=np.float64) for name in arms])  # type: ignore[index]
    else:
        found = np.asarray(values, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(arms):
        raise EvidenceError(
            f"{what} has {found.shape[1] if found.ndim == 2 else 'no'} columns for {len(arms)} arms.",
            found=f"shape {found.shape}",
            expected=f"(n, {len(arms)}): " + ", ".join(map(str, arms)),
            hint="Give a table whose columns are named after the arms, when not all of them were drawn.",
        )
    odd = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(odd):
        raise EvidenceError(
            f"{what} holds no finite number in row {odd[0]} (counted from 0).", found=found[odd[0]].tolist()
        )
    return found


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
