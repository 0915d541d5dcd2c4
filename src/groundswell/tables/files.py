"""Files that are whole or absent: written beside their place, flushed, renamed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from groundswell.vocabulary import StorageError

Table = pa.Table
"""A table in memory; rooms that only pass it on need not know whose it is."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of ``path`` only if all went well.

    Raises:
        StorageError: when the disk is full or the folder cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with written(place) as draft:
    ...     _ = draft.write_text("whole")
    >>> place.read_text()
    'whole'
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        with draft.open("rb") as handle:
            os.fsync(handle.fileno())
        draft.replace(path)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        draft.unlink(missing_ok=True)


def storage_error(error: OSError, path: Path) -> StorageError:
    """The clear error for what the operating system said about ``path``."""
    if error.errno in _FULL or "too large" in str(error).lower() or "no space" in str(error).lower():
        return StorageError(
            f"There is no room left to write {path.name}.",
            file=path,
            found=error.strerror or str(error),
            expected="room on the disk, and no limit on the size of a file",
            hint="Free some space and run again: what was finished before is kept, nothing is half written.",
        )
    return StorageError(
        f"{path.name} cannot be written.",
        file=path,
        found=error.strerror or str(error),
        expected="a folder you may write to",
        hint=f"Give yourself write access to {path.parent}, or copy the campaign's folder elsewhere.",
    )


def write(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet; the same table gives the same bytes.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "t.parquet"
    >>> write(pa.table({"a": [1, 2]}), place)
    >>> read(place)["a"].to_pylist()
    [1, 2]
    """
    with written(path) as draft:
        pq.write_table(table, draft, compression="zstd", row_group_size=122_880)


def read(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet table, or some of its columns."""
    return pq.read_table(path, columns=columns)


def read_where(path: Path, column: str, values: Sequence[object]) -> pa.Table:
    """Read the rows whose column holds one of some values, in the order of the file.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "t.parquet"
    >>> write(pa.table({"a": [1, 2, 3]}), place)
    >>> read_where(place, "a", [3])["a"].to_pylist()
    [3]
    """
    return pq.read_table(path, filters=[(column, "in", list(values))])


def write_text(text: str, path: Path) -> None:
    """Write a text file whole, in UTF-8."""
    with written(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")


def write_json(content: object, path: Path) -> None:
    """Write JSON that people can read, keys in the order given."""
    write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is what it is
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
