"""What kind of file it is: looked at once, in its first bytes, so that a wrong file gets a clear word."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

from groundswell.vocabulary import DataError, nearest

_HEAD = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Dialect:
    """How a text file is laid out: its delimiter and the names in its header."""

    delimiter: str
    columns: tuple[str, ...]


def require_file(path: Path) -> None:
    """Refuse a path where there is no file, or an empty one.

    Raises:
        DataError: naming the file most like it in the same folder.
    """
    if not path.is_file():
        near = nearest(path.name, [entry.name for entry in path.parent.iterdir()]) if path.parent.is_dir() else None
        raise DataError(
            f"There is no file {path.name}.",
            file=path,
            found="a folder" if path.is_dir() else "nothing",
            expected="a CSV, CSV.gz, TSV or Parquet file",
            hint=f"Did you mean {near}?" if near else f"Put it into {path.parent}, or correct the path.",
        )
    if path.stat().st_size == 0:
        raise DataError(
            f"{path.name} is empty.",
            file=path,
            found="0 bytes",
            expected="a header line and at least one row",
            hint="Export it again.",
        )


def look(path: Path, delimiter: str | None = None) -> Dialect:
    """Find the delimiter and the column names of a CSV or TSV file.

    Args:
        path: the file; ``.gz`` is unpacked on the way.
        delimiter: said by the user; None: the one that splits the header most.

    Raises:
        DataError: when the header is blank, not text, or names a column twice.
    """
    header = _first_line(path)
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark))))
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    columns = tuple(name or f"column {index + 1}" for index, name in enumerate(names))
    twice = sorted({name for name in columns if [other.casefold() for other in columns].count(name.casefold()) > 1})
    if twice:
        raise DataError(
            f'{path.name} has two columns called "{twice[0]}".',
            file=path,
            key=twice[0],
            found=", ".join(columns),
            expected="a different name for each column",
            hint="Rename one of them in the header line.",
        )
    return Dialect(delimiter, columns)


def _first_line(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            head = handle.read(_HEAD)
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(
            f"{path.name} is not a whole gzip file.",
            file=path,
            found=str(error),
            expected="a file packed by gzip",
            hint="Copy or export it again, or remove .gz from its name if it is plain text.",
        ) from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        raise _not_text(path, "UTF-16 or binary data")
    line = next((line for line in head.splitlines() if line.strip()), b"")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(path, f"the byte 0x{line[error.start]:02x} at place {error.start + 1} of the header") from error
    if not text.strip():
        raise DataError(
            f"{path.name} has no header line.",
            file=path,
            found="blank lines only",
            expected="the names of the columns in the first line",
            hint="Export it again with a header.",
        )
    return text


def _not_text(path: Path, found: str) -> DataError:
    return DataError(
        f"{path.name} is not a UTF-8 text file.",
        file=path,
        found=found,
        expected="CSV in UTF-8",
        hint='Save it again as "CSV UTF-8".',
    )
