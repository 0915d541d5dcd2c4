"""What kind of file it is: looked at once, in its first bytes, so that a wrong file gets a clear word."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundswell.vocabulary import DataError, nearest

ROW = "_row"
"""The column that says which row of the file it was; 1 is the first below the header."""

_HEAD = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Dialect:
    """How a text file is laid out: its delimiter, the names in its header, and the lines down to the header's end.

    ``padded``: a row that ends before its last columns has blanks there.
    """

    delimiter: str
    columns: tuple[str, ...]
    skip: int
    padded: bool = False


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
            expected="a file: CSV, TSV, XLSX or Parquet, plain or packed by zip or gzip",
            hint=f"Did you mean {near}?" if near else f"Put it into {path.parent}, or correct the path.",
        )
    if path.stat().st_size == 0:
        raise nothing_in(path)


def nothing_in(path: Path) -> DataError:
    """The error for an empty file."""
    return DataError(
        f"{path.name} is empty.",
        file=path,
        found="0 bytes",
        expected="a header line and at least one row",
        hint="Export it again.",
    )


def look(plain: Path, delimiter: str | None = None, *, path: Path | None = None) -> Dialect:
    """Find the delimiter and the column names of a CSV or TSV file.

    Args:
        plain: the file as UTF-8.
        delimiter: said by the user; None: the one that splits the header most.
        path: what the user calls it, for errors.

    Raises:
        DataError: when the file cannot be read, the header is blank or not text, or names a column twice.
    """
    path = path or plain
    lines = list(io.StringIO(_head(plain), newline=""))
    blank = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise DataError(
            f'"{delimiter}" cannot separate columns.',
            file=path,
            key="delimiter",
            found=delimiter,
            expected='one character, such as "," or ";" or "\\t"',
            hint="Leave delimiter out: it is found by looking.",
        )
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=lambda mark: len(_header(lines[blank:], mark)[0]))
    names, used = _header(lines[blank:], delimiter)
    names = [name.strip() for name in names]
    if blank + used >= len(lines) and plain.stat().st_size > _HEAD:
        raise DataError(
            f"The header line of {path.name} does not end.",
            file=path,
            found=f"more than {_HEAD:,} bytes",
            expected="the names of the columns in the first line",
            hint="Look for a quote that is not closed, or export it again.",
        )
    if not any(names):
        raise DataError(
            f"{path.name} has no header line.",
            file=path,
            found="blank lines only",
            expected="the names of the columns in the first line",
            hint="Export it again with a header.",
        )
    if any(_is_broken(name) for name in names):
        raise not_text(path, "a header line that cannot be read")
    columns = tuple(name or f"column {index + 1}" for index, name in enumerate(names))
    refuse_names(columns, path)
    return Dialect(delimiter, columns, blank + used)


def refuse_names(columns: tuple[str, ...], path: Path) -> None:
    """Refuse columns that cannot be told apart, or that bear the one name we need ourselves.

    Raises:
        DataError: naming the column.
    """
    folded = Counter(name.casefold() for name in columns)
    twice = sorted({name for name in columns if folded[name.casefold()] > 1})
    if twice:
        raise DataError(
            f'{path.name} has two columns called "{twice[0]}".',
            file=path,
            key=twice[0],
            found=", ".join(columns),
            expected="a different name for each column",
            hint="Rename one of them in the header line.",
        )
    if ROW in folded:
        raise DataError(
            f'{path.name} has a column called "{ROW}", a name that groundswell needs.',
            file=path,
            key=ROW,
            found=", ".join(columns),
            expected=f"any other name than {ROW}",
            hint="Rename it in the header line.",
        )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say clearly what is wrong when a file cannot be read.

    Raises:
        DataError: for a damaged gzip file, or one that we may not read.
    """
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name} is not a whole gzip file.",
            file=path,
            found=str(error),
            expected="a file packed by gzip",
            hint="Copy or export it again, or remove .gz from its name if it is plain text.",
        ) from error
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read.",
            file=path,
            found=error.strerror or str(error),
            expected="a file you may read",
            hint="Give yourself read access to it.",
        ) from error


def _head(path: Path) -> str:
    """The first megabyte as text; bytes that are not UTF-8 become lone surrogates."""
    with reading(path), path.open("rb") as handle:
        head = handle.read(_HEAD)
    return head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")


def _header(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """The cells of the first record, and how many lines it takes: a quoted name may hold a line break."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        return next(reader, []), reader.line_num
    except csv.Error:  # a cell beyond all measure: no header
        return [], 1


def _is_broken(text: str) -> bool:
    return any("\ud800" <= mark <= "\udfff" or mark == "\0" for mark in text)


def not_text(path: Path, found: str) -> DataError:
    """The error for a file that holds no text."""
    return DataError(
        f"{path.name} is not a text file.",
        file=path,
        found=found,
        expected="a table: CSV, TSV, XLSX or Parquet",
        hint='Save it again as "CSV UTF-8".',
    )
