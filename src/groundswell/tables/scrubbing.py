r"""Taking somebody out of files: whole records, single cells, words in a text; and every other byte stays as it is.

Nothing is edited in place: what is left of a file is written beside it and renamed, so a killed process leaves the file as
it was or as it should be. A text is read as UTF-8 whose broken bytes are kept, so any bytes can go through.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundswell.tables.files import storage_error, written

LONGEST = 1 << 27
"""A cell longer than this is nobody's."""

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_PAGES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp437", "cp850")
_PIECE = 1 << 20


class Layout(NamedTuple):
    """How a text file is laid out.

    Attributes:
        delimiter: between cells.
        skip: lines down to the end of the header.
        columns: how many there are.
    """

    delimiter: str
    skip: int
    columns: int


class Record(NamedTuple):
    """A record of a text file.

    Attributes:
        row: 1 for the first below the header; 0 for a blank line, which is no row.
        cells: None where it is not whole.
        raw: its text, line ends included.
    """

    row: int
    cells: list[str] | None
    raw: str


Edit = Callable[[Record], str | None]
"""What becomes of a record: its text, changed or not, or None where it goes."""


def edit_records(path: Path, edit: Edit, layout: Layout, *, dry: bool = False) -> list[int]:
    r"""Let records go, or change them, in a text file, plain or packed by gzip.

    Args:
        path: the file, in any encoding.
        edit: record -> its text; None: it goes.
        layout: how it is laid out.
        dry: only say which rows would go.

    Returns:
        The rows that went. A file that stays as it is is not written.

    Raises:
        StorageError: when the folder cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = place.write_bytes(b'id,name\r\n1,"Ann\r\nSmith"\r\n2,Ben')
    >>> edit_records(place, lambda record: None if record.cells[0] == "1" else record.raw, Layout(",", 1, 2))
    [1]
    >>> place.read_bytes()
    b'id,name\r\n2,Ben'
    """
    gone, changed = [], False
    for record in _read(path, layout):
        kept = edit(record) if record.row else record.raw
        gone += [record.row] if kept is None else []
        changed = changed or kept != record.raw
    if changed and not dry:
        codec, errors = codec_of(path)
        with written(path) as draft, _packed(path, draft) as target:
            for text in _edited(path, edit, layout):
                target.write(text.encode(codec, errors))
        _as_before(path)
    return gone


def _edited(path: Path, edit: Edit, layout: Layout) -> Iterator[str]:
    yield _header(path, layout)
    for record in _read(path, layout):
        kept = edit(record) if record.row else record.raw
        if kept is not None:
            yield kept


def seen_as(text: str, path: Path) -> frozenset[str]:
    """How a text may stand in a file of any encoding, as :func:`edit_records` shows it.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = place.write_bytes("Zoë".encode("cp1252"))
    >>> place.read_bytes().decode("utf-8", "surrogateescape") in seen_as("Zoë", place)
    True
    """
    if codec_of(path)[0] != "utf-8" or text.isascii():
        return frozenset({text})
    found = {text}
    for page in _PAGES:
        try:
            found.add(text.encode(page).decode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:
            continue
    return frozenset(found)


def with_cells(raw: str, delimiter: str, change: Callable[[int, str], str | None]) -> str:
    """A record with some of its cells changed, and all else as it was.

    Args:
        raw: the record's text.
        delimiter: between cells.
        change: place and content -> new content; None: it stays.

    >>> with_cells('1,"Smith, Ann",7', ",", lambda place, cell: "" if cell == "Smith, Ann" else None)
    '1,,7'
    """
    ending = raw[len(raw.rstrip("\r\n")) :]
    pieces = list(_pieces(raw.removesuffix(ending), delimiter))
    for place, piece in enumerate(pieces):
        cell = next(iter(csv.reader(io.StringIO(piece, newline=""), delimiter=delimiter)), [""])
        new = change(place, cell[0] if cell else "")
        if new is not None:
            quoted = any(mark in new for mark in (delimiter, '"', "\n", "\r"))
            pieces[place] = '"' + new.replace('"', '""') + '"' if quoted else new
    return delimiter.join(pieces) + ending


def _pieces(raw: str, delimiter: str) -> Iterator[str]:
    """The cells of a record as they are written, quotes and all."""
    start, state = 0, "before"  # then plain; or quoted and, behind a quote that may be the last, closed
    for place, sign in enumerate(raw):
        if sign == delimiter and state != "quoted":
            yield raw[start:place]
            start, state = place + 1, "before"
        elif sign == '"' and state in {"before", "closed"}:
            state = "quoted"
        elif sign == '"' and state == "quoted":
            state = "closed"
        elif state != "quoted":
            state = "plain"
    yield raw[start:]


def edit_table(path: Path, edit: Callable[[pa.Table], pa.Table], *, mark: str | None = None) -> int:
    """Let rows go, or change cells, in a Parquet file; row group by row group, so memory does not grow with it.

    Args:
        path: the file.
        edit: some rows -> what is left of them.
        mark: written into the file, and a file that bears it is left alone: for an edit that may be done once only.

    Returns:
        How many rows went. A file that stays as it is is not written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "t.parquet"
    >>> pq.write_table(pa.table({"a": [1, 2, 3]}), place)
    >>> edit_table(place, lambda table: table.filter(pc.equal(table["a"], 2)))
    2
    """
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        if mark and (schema.metadata or {}).get(b"scrubbed") == mark.encode():
            return 0
        parts = (
            [range(file.num_row_groups)]
            if not file.num_row_groups
            else [[place] for place in range(file.num_row_groups)]
        )
        before = file.metadata.num_rows
        if all(_same(edit(part := file.read_row_groups(list(groups))), part) for groups in parts):
            return 0
        codec = file.metadata.row_group(0).column(0).compression if file.num_row_groups else "ZSTD"
        if mark:
            schema = schema.with_metadata({**(schema.metadata or {}), b"scrubbed": mark.encode()})
        with written(path) as draft:
            with pq.ParquetWriter(draft, schema, compression="NONE" if codec == "UNCOMPRESSED" else codec) as writer:
                for groups in parts:
                    writer.write_table(edit(file.read_row_groups(list(groups))).cast(schema))
            shutil.copymode(path, draft)
    return int(before - pq.read_metadata(path).num_rows)


def _same(one: pa.Table, other: pa.Table) -> bool:
    return one is other or bool(one.equals(other))


def edit_text(path: Path, edit: Callable[[str], str]) -> bool:
    """Change a text file of ours; whether anything was changed.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = place.write_text("Ann was here")
    >>> edit_text(place, lambda text: text.replace("Ann", "somebody")), place.read_text()
    (True, 'somebody was here')
    """
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    new = edit(text)
    if new != text:
        with written(path) as draft:
            draft.write_bytes(new.encode("utf-8", "surrogateescape"))
            shutil.copymode(path, draft)
    return new != text


def table_values(path: Path, column: str) -> frozenset[str]:
    """What stands in a column of a Parquet table; nothing where there is no such file or column."""
    if not path.exists() or column not in pq.read_schema(path).names:
        return frozenset()
    found = pc.unique(pq.read_table(path, columns=[column])[column].cast(pa.string()))
    return frozenset(text for text in found.to_pylist() if text is not None)


def shred(path: Path) -> None:
    """Remove a small file, and overwrite first what it held.

    A disk may keep elsewhere what was overwritten (SSDs do, and file systems that copy on writing): no program prevents that.
    """
    if not path.exists():
        return
    try:
        with path.open("r+b") as handle:
            handle.write(b"\0" * path.stat().st_size)
            handle.flush()
            os.fsync(handle.fileno())
            handle.truncate(0)
            os.fsync(handle.fileno())
        path.unlink()
    except OSError as error:
        raise storage_error(error, path) from error


def holds(path: Path, texts: Iterable[str]) -> bool:
    """True where a file holds one of some texts, in whatever form it is packed; small and capital letters are alike.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.csv.gz"
    >>> _ = place.write_bytes(gzip.compress(b"ann smith"))
    >>> holds(place, ["Ann Smith"]), holds(place, ["Ben"])
    (True, False)
    """
    wanted = [form for text in texts for form in _forms(text)]
    if not wanted:
        return False
    search = re.compile(
        b"|".join(re.escape(form) for form in sorted(set(wanted), key=len, reverse=True)), re.IGNORECASE
    )
    longest = max(len(form) for form in wanted)
    try:
        return any(search.search(piece) for piece in _contents(path, longest))
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, pa.ArrowException):  # damaged: as it stands there
        with path.open("rb") as handle:
            return any(search.search(piece) for piece in _overlapping(handle, longest))


def _forms(text: str) -> Iterator[bytes]:
    for codec in ("utf-8", "utf-16-le", "utf-16-be", *_PAGES):
        try:
            yield text.encode(codec)
        except UnicodeEncodeError:
            continue


def _contents(path: Path, longest: int) -> Iterator[bytes]:
    """What is in a file, unpacked, in pieces that overlap."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=10_000):
                for column in batch.columns:
                    yield "\n".join(map(str, column.to_pylist())).encode("utf-8", "replace")
            yield str(file.schema_arrow.metadata).encode()
    elif head.startswith(b"\x1f\x8b"):
        with gzip.open(path) as source:
            yield from _overlapping(source, longest)
    elif head.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode()
                with archive.open(entry) as source:
                    yield from _overlapping(source, longest)
    else:
        with path.open("rb") as handle:
            yield from _overlapping(handle, longest)


def _overlapping(source: IO[bytes] | gzip.GzipFile, longest: int) -> Iterator[bytes]:
    rest = b""
    while piece := source.read(_PIECE):
        yield rest + piece
        rest = (rest + piece)[-longest:]


def codec_of(path: Path) -> tuple[str, str]:
    """The codec a text file is taken apart with, and how bytes that fit it not are kept.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = place.write_bytes("id,name".encode("utf-16"))
    >>> codec_of(place)
    ('utf-16-le', 'surrogatepass')
    """
    with _unpacked(path) as source:
        head = source.read(4096)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec, "surrogatepass"
    half, even, odd = len(head) // 2, head[0::2].count(0), head[1::2].count(0)
    if half >= 4 and odd > half * 0.6 and even < half * 0.05:
        return "utf-16-le", "surrogatepass"
    if half >= 4 and even > half * 0.6 and odd < half * 0.05:
        return "utf-16-be", "surrogatepass"
    return "utf-8", "surrogateescape"


def is_gzip(path: Path) -> bool:
    """True for a file packed by gzip, whatever its name says."""
    return _head(path).startswith(b"\x1f\x8b")


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(8)


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    if is_gzip(path):
        with gzip.open(path) as packed:
            yield packed
    else:
        with path.open("rb") as plain:
            yield plain


@contextmanager
def _packed(path: Path, draft: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A draft to write to, packed as the file is."""
    with draft.open("wb") as handle:
        if is_gzip(path):
            with gzip.GzipFile(path.name.removesuffix(".gz"), "wb", fileobj=handle, mtime=0) as packed:
                yield packed
        else:
            yield handle
    shutil.copymode(path, draft)


def _as_before(path: Path) -> None:
    """The folder is told, so that the rename is not lost with the power."""
    if os.name != "posix":  # pragma: no cover - others cannot
        return
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    codec, errors = codec_of(path)
    with _unpacked(path) as source:
        yield io.TextIOWrapper(source, encoding=codec, errors=errors, newline="")


def _header(path: Path, layout: Layout) -> str:
    with _text(path) as text:
        return "".join(text.readline() for _ in range(layout.skip))


def _read(path: Path, layout: Layout) -> Iterator[Record]:
    """The records below the header, numbered as those who read the file number them."""
    before = csv.field_size_limit(LONGEST)
    try:
        with _text(path) as text:
            for _ in range(layout.skip):
                text.readline()
            yield from _records(text, layout)
    finally:
        csv.field_size_limit(before)


def _records(text: TextIO, layout: Layout) -> Iterator[Record]:
    lines: list[str] = []

    def noted() -> Iterator[str]:
        while line := text.readline():
            lines.append(line)
            yield line

    reader, row = csv.reader(noted(), delimiter=layout.delimiter, strict=True), 0
    while True:
        lines.clear()
        cells: Sequence[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            pass
        if cells is not None and not cells and layout.columns > 1:
            yield Record(0, [], "".join(lines))
            continue
        row += 1
        cells = [""] if cells == [] else cells
        whole = cells is not None and len(cells) >= layout.columns
        yield Record(row, list(cells) if cells is not None and whole else None, "".join(lines))
