"""Tables from other libraries -> a file, so that everything after it sees one thing only.

Arrow, pandas, polars, a Parsons ``Table`` and lists of dicts: every column becomes text, written as a CSV would have it.
Nobody's library is imported: what they have in common is enough.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundswell.sources.dialect import refuse_names
from groundswell.tables import written
from groundswell.vocabulary import DataError

_CHUNK = 20_000


@runtime_checkable
class ArrowStream(Protocol):
    """Whatever gives Arrow batches: Arrow's own tables and readers, polars, pandas from version 2.2 on, DuckDB's results."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@runtime_checkable
class _Parsons(Protocol):
    """A Parsons ``Table``: rows as dicts, and the names of its columns."""

    table: Any

    @property
    def columns(self) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[Mapping[str, object]]: ...


Data = ArrowStream | Iterable[Mapping[str, object]]


def as_file(data: Data, folder: Path, name: str = "table") -> Path:
    """Write a table as Parquet, every column as text.

    Args:
        data: an Arrow table, record batch or reader, a pandas or polars data frame, a Parsons table, or dicts, one a row.
        folder: where to.
        name: what the file is called, without its ending.

    Returns:
        The file. Whole numbers have no decimals, days no hours; what is missing is blank.

    Raises:
        DataError: when it is none of these, has no columns, or holds values that no text can stand for.
        StorageError: when there is no room for it.

    >>> import tempfile
    >>> from groundswell.sources import read_rows
    >>> place = as_file([{"id": 1, "born": 1950.0}, {"id": 2}], Path(tempfile.mkdtemp()))
    >>> read_rows(place, {}, key="sources.people").table.to_pylist()
    [{'_row': 1, 'id': '1', 'born': '1950'}, {'_row': 2, 'id': '2', 'born': None}]
    """
    path = folder / f"{name}.parquet"
    names, batches = _batches(data, path)
    texts = [str(column).strip() or f"column {place}" for place, column in enumerate(names, start=1)]
    if not texts:
        raise _nothing(data, "no columns")
    refuse_names(tuple(texts), path)
    schema = pa.schema([(column, pa.string()) for column in texts])
    with written(path) as draft, pq.ParquetWriter(draft, schema) as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch(batch, schema=schema))
    return path


def _batches(data: Data, path: Path) -> tuple[Sequence[str], Iterator[list[pa.Array]]]:
    """The names of the columns, and the columns as text, some rows at a time."""
    if isinstance(data, ArrowStream):
        reader = pa.RecordBatchReader.from_stream(_without_index(data))
        return reader.schema.names, _of_arrow(reader, path)
    if isinstance(data, pa.RecordBatch):
        return data.schema.names, _of_arrow([data], path)
    if isinstance(data, _Parsons):
        return list(data.columns), _of_dicts(iter(data), list(data.columns), path)
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
        rows = list(data)
        if all(isinstance(row, Mapping) for row in rows):
            names = list(dict.fromkeys(name for row in rows for name in row))
            return [str(name) for name in names], _of_dicts(iter(rows), names, path)
    raise _nothing(data, type(data).__name__)


def _without_index(data: ArrowStream) -> ArrowStream:
    """A pandas data frame would take its index along, under a name of its own."""
    drop = getattr(data, "reset_index", None)
    return drop(drop=True) if callable(drop) else data


def _of_arrow(batches: Iterable[pa.RecordBatch], path: Path) -> Iterator[list[pa.Array]]:
    for batch in batches:
        if batch.num_rows:
            yield [_texts(batch.column(place), name, path) for place, name in enumerate(batch.schema.names)]


def _texts(column: pa.Array, name: str, path: Path) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(column.dictionary_decode(), name, path)
    if (
        pa.types.is_null(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_boolean(kind)
    ):
        return pc.cast(column, pa.string())
    if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_string_view(kind):
        return pc.cast(column, pa.string())
    return pa.array([_text(value, name, path) for value in column.to_pylist()], pa.string())


def _of_dicts(rows: Iterator[Mapping[str, object]], names: Sequence[str], path: Path) -> Iterator[list[pa.Array]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield [pa.array([_text(row.get(name), str(name), path) for row in chunk], pa.string()) for name in names]


def _text(value: Any, name: str, path: Path) -> str | None:  # noqa: ANN401 - whatever a library puts into a cell
    """A value as a CSV would have it."""
    if _is_blank(value):
        return None
    if isinstance(value, Mapping | list | tuple | set):
        raise DataError(
            f'The column "{name}" holds more than one value in a cell.',
            file=path,
            key=name,
            found=repr(value)[:100],
            expected="one text, number or date in each cell",
            hint="Make columns of its parts, or leave it out.",
        )
    return next((tell(value) for kind, tell in _TELLS if isinstance(value, kind)), str(value))


def _is_blank(value: object) -> bool:
    missing = value is None or type(value).__name__ in {"NaTType", "NAType"}
    return missing or (isinstance(value, float) and math.isnan(value))


def _moment(value: datetime) -> str:
    midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
    return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")


_TELLS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (str, lambda value: value.encode("utf-8", "replace").decode()),
    (bool, lambda value: "true" if value else "false"),
    (float, lambda value: str(int(value)) if value.is_integer() else repr(float(value))),
    (decimal.Decimal, lambda value: f"{value:f}"),
    (datetime, _moment),
    (date, lambda value: value.isoformat()),
    (bytes, lambda value: value.decode("utf-8", "replace")),
)
"""How a value of a type is told, the more special type first."""


def _nothing(data: object, found: str) -> DataError:
    return DataError(
        "This is no table.",
        found=found,
        expected="an Arrow table, a pandas or polars data frame, a Parsons table, or dicts, one a row",
        hint=f"Give the rows of the {type(data).__name__}, or the path of a file.",
    )
