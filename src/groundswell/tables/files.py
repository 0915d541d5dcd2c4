"""Files that are whole or absent: written beside their place, flushed, renamed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
        with suppress(OSError):  # where there is no such folder there is no draft
            draft.unlink()


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
    """Read a Parquet table, or some of its columns.

    Raises:
        StorageError: when it is gone or damaged.
    """
    with _found(path):
        return pq.read_table(path, columns=columns)


def read_where(path: Path, column: str, values: Sequence[object]) -> pa.Table:
    """Read the rows whose column holds one of some values, in the order of the file.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "t.parquet"
    >>> write(pa.table({"a": [1, 2, 3]}), place)
    >>> read_where(place, "a", [3])["a"].to_pylist()
    [3]
    """
    with _found(path):
        return pq.read_table(path, filters=[(column, "in", list(values))])


def write_text(text: str, path: Path) -> None:
    """Write a text file whole, in UTF-8."""
    with written(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")


def write_json(content: object, path: Path) -> None:
    """Write JSON that people can read, keys in the order given.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.json"
    >>> write_json({"units": 3}, place)
    >>> read_json(place)
    {'units': 3}
    """
    write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is what it is
    """Read a JSON file.

    Raises:
        StorageError: when it is gone or damaged.
    """
    with _found(path):
        return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def _found(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> StorageError:
    """The clear error for a file of ours that is gone or is not what we wrote."""
    gone = isinstance(error, FileNotFoundError)
    return StorageError(
        f"{path.name} is {'gone' if gone else 'damaged or cannot be read'}.",
        file=path,
        found="nothing" if gone else str(error).splitlines()[0][:200],
        expected="a file that groundswell wrote",
        hint=f"Remove the folder {path.parent} and run again.",
    )
