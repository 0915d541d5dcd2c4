"""The file that a backup is: a tar packed by gzip, which any computer opens without groundswell.

``backup.json`` comes first and says what it is; then ``folder/...``, the campaign's files, and ``ledger.jsonl``; last
``manifest.json`` with the size and the SHA-256 of each: an archive that was cut short has none. Every file is packed by
itself, as gzip allows, so that one that changed while it was read is cut off again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from groundswell.vocabulary import DataError, StorageError

FORMAT = 1
HEAD, FOLDER, LEDGER, MANIFEST = "backup.json", "folder/", "ledger.jsonl", "manifest.json"

_PIECE = 1 << 20
_QUICK = 1  # most of a campaign is Parquet, which is packed already
_END = b"\0" * 2 * tarfile.BLOCKSIZE
_CENTURIES = 9 * 10**18  # in nanoseconds, either side of 1970: what a file system takes


class Packed(BaseModel):
    """What the manifest says of a file."""

    model_config = ConfigDict(frozen=True)

    size: int = Field(ge=0, description="bytes")
    sha256: str = Field(description="of its content, in hexadecimal digits")
    mtime: int = Field(ge=-_CENTURIES, le=_CENTURIES, description="nanoseconds: a round knows its files by it")
    mode: int = Field(ge=0, le=0o777, description="who may do what with it")


class Manifest(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True)

    format: int = Field(description="1")
    version: str = Field(description="of groundswell")
    campaign: str = Field(description="the name of its folder")
    when: AwareDatetime = Field(description="when it was begun")
    rounds: list[int] = Field(description="their numbers")
    imports: list[str] = Field(description="their folders")
    facts: int | None = Field(description="in the ledger; None: there was none yet")
    notes: list[tuple[str, str]] = Field(description="what is not as it was, and why")
    folders: list[str] = Field(description="folders that are empty")
    files: dict[str, Packed] = Field(description="every file but this one")


def shown(name: str) -> str:
    r"""A file's name as it can be printed and stands in the manifest: what is not UTF-8 in it is spelt out.

    >>> shown("a\udcf1o.csv")
    'a\\xf1o.csv'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Mark(NamedTuple):
    """How far an archive had come."""

    offset: int
    files: int
    folders: int


class Archive:
    """An archive that is being written.

    >>> from io import BytesIO
    >>> archive = Archive(BytesIO())
    >>> before = archive.mark()
    >>> archive.add_bytes("folder/a.txt", b"said", mtime=0)
    >>> list(archive.files)
    ['folder/a.txt']
    >>> archive.back(before)
    >>> list(archive.files)
    []
    """

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.files: dict[str, Packed] = {}
        self.folders: list[str] = []

    def mark(self) -> Mark:
        """How far it has come."""
        return Mark(self._handle.tell(), len(self.files), len(self.folders))

    def back(self, mark: Mark) -> None:
        """Cut off all that was added since."""
        self._handle.seek(mark.offset)
        self._handle.truncate()
        for name in list(self.files)[mark.files :]:
            del self.files[name]
        del self.folders[mark.folders :]

    def add(self, path: Path, name: str, *, anyway: bool = False) -> bool:
        """Add a file as it is now.

        Args:
            path: the file.
            name: what it is called in the archive.
            anyway: also when it was changed while it was read, unless it became shorter.

        Returns:
            False, and nothing was added, where it was changed while it was read.

        Raises:
            FileNotFoundError: when it is gone.
            StorageError: when it cannot be read.
        """
        mark = self.mark()
        with _opened(path) as source:
            before = os.fstat(source.fileno())
            pieces = _pieces(source, before.st_size, path)
            read = self._pack(name, pieces, before.st_size, before.st_mtime_ns, before.st_mode & 0o777)
            after = os.fstat(source.fileno())
        steady = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        if read == before.st_size and (steady or anyway):
            return True
        self.back(mark)
        return False

    def add_open(self, name: str, source: BinaryIO, *, mtime: int) -> None:
        """Add what a file that nobody else has holds, from its beginning."""
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        self._pack(name, _pieces(source, size, Path(name)), size, mtime, 0o600)

    def add_bytes(self, name: str, content: bytes, *, mtime: int, mode: int = 0o600) -> None:
        """Add a small file."""
        self._pack(name, iter([content]), len(content), mtime, mode)

    def add_folder(self, name: str) -> None:
        """Add an empty folder; its name ends in a slash."""
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, 0o700
        with self._packing() as packing:
            packing.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))
        self.folders.append(shown(name))

    def finish(self, manifest: Manifest, *, mtime: int) -> None:
        """Write the manifest and the end."""
        self.add_bytes(MANIFEST, json.dumps(manifest.model_dump(mode="json"), indent=1).encode(), mtime=mtime)
        with self._packing() as packing:
            packing.write(_END)

    def _packing(self) -> gzip.GzipFile:
        return gzip.GzipFile("", "wb", _QUICK, self._handle, mtime=0)

    def _pack(self, name: str, pieces: Iterator[bytes], size: int, mtime: int, mode: int) -> int:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, mtime // 10**9, mode
        digest, read = hashlib.sha256(), 0
        with self._packing() as packing:
            packing.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))
            for piece in pieces:
                digest.update(piece)
                packing.write(piece)
                read += len(piece)
            packing.write(b"\0" * (-read % tarfile.BLOCKSIZE))
        self.files[shown(name)] = Packed(size=read, sha256=digest.hexdigest(), mtime=mtime, mode=mode)
        return read


def unreadable(path: Path, error: OSError) -> StorageError:
    """The clear error for a file or folder that cannot be copied."""
    return StorageError(
        f"{path.name} cannot be read.",
        file=path,
        found=error.strerror or str(error),
        expected="files that you may read: without this one the backup would not be whole",
        hint=f"Give yourself read access to {path}, or move it out of the campaign's folder.",
    )


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error


def _pieces(source: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    while size:
        try:
            piece = source.read(min(size, _PIECE))
        except OSError as error:
            raise unreadable(path, error) from error
        if not piece:
            return
        size -= len(piece)
        yield piece


class Member(NamedTuple):
    """One thing in an archive.

    Attributes:
        name: what it is called.
        folder: it is one, and empty.
        pieces: its content.
    """

    name: str
    folder: bool
    pieces: Iterator[bytes]


def members(handle: BinaryIO) -> Iterator[Member]:
    """What an archive holds, one after the other, in bounded memory; whoever does not read one skips it.

    Raises:
        DataError: when it is damaged or cut short, or holds anything but files and folders.
    """
    source = _Guarded(handle)
    with _as_damage():
        tar = tarfile.open(fileobj=cast(Any, source), mode="r:", encoding="utf-8")  # noqa: SIM115 - closed below
    with tar:
        while True:
            with _as_damage():
                found = tar.next()
            if found is None:
                return
            tar.members = []  # type: ignore[attr-defined] # or it would remember all of them
            if not (found.isreg() or found.isdir()) or found.issparse():
                raise damaged(f"{found.name}: neither a file nor a folder", "files and folders, without links")
            yield Member(found.name, found.isdir(), _content(source, found.size))


def damaged(found: object, expected: str = "a backup as groundswell wrote it") -> DataError:
    """The clear error for a file that is no backup, or no more."""
    return DataError(
        "The backup is damaged, or is not one.",
        found=found,
        expected=expected,
        hint="Nothing of it was used. Copy it once more from where it was kept, or take another one.",
    )


class _Guarded:
    """A packed stream, read forward only and in small pieces: no header makes it take much memory, or go round in circles."""

    def __init__(self, handle: BinaryIO) -> None:
        self._source = gzip.GzipFile(fileobj=handle, mode="rb")

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, place: int) -> int:
        if place < self.tell():
            raise damaged("an entry that leads backwards")
        with _as_damage():
            return self._source.seek(place)

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _PIECE:
            raise damaged(f"a header of {size} bytes")
        with _as_damage():
            return self._source.read(size)


def _content(source: _Guarded, size: int) -> Iterator[bytes]:
    while size:
        piece = source.read(min(size, _PIECE))
        if not piece:
            raise damaged("the file ends too early")
        size -= len(piece)
        yield piece


class _as_damage:  # noqa: N801 - used as a word in a with
    """Whatever gzip and tar say of bytes that make no sense is one error of ours."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _SENSELESS):
            raise damaged(str(error).splitlines()[0][:200] if str(error) else "bytes that make no sense") from error


_SENSELESS = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, ArithmeticError, LookupError, RecursionError)
