"""A file that is made once: whole or absent, for its owner's eyes, and never over one that is there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from glob import escape
from pathlib import Path

from groundswell.vocabulary import StorageError

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def make_once(path: Path, fill: Callable[[Path], object]) -> None:
    """Make a file unless it is there; of several who try at once, one makes it and all find the same.

    Args:
        path: the file; its folder is made when absent.
        fill: writes the draft it is given the path of.

    Raises:
        StorageError: when the folder cannot be written.

    >>> place = Path(tempfile.mkdtemp()) / "note"
    >>> make_once(place, lambda draft: draft.write_text("first"))
    >>> make_once(place, lambda draft: draft.write_text("second"))
    >>> place.read_text(), oct(place.stat().st_mode)[-3:]
    ('first', '600')
    """
    _clear(path)
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.{os.getpid()}-", suffix=".part", dir=path.parent)
        os.close(handle)
        draft = Path(name)
        try:
            fill(draft)
            _flush(draft)
            _name_it(draft, path)
            _flush(path.parent)
        finally:
            for left in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm")):
                left.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_be_written(path, error.strerror or str(error)) from error


def cannot_be_written(path: Path, found: str) -> StorageError:
    """The clear error for a file or folder that does not take what has to be written."""
    name = path.name[1:].rsplit(".", 2)[0] if path.name.endswith(".part") else path.name
    said = found.lower()
    message = f"{name} cannot be written."
    if any(words in said for words in ("no space", "too large", "is full")):
        message = f"There is no room left to write {name}."
    elif "i/o error" in said:  # all that SQLite says of a disk that takes no more
        message = f"There is no room left to write {name}, or the disk is failing."
    return StorageError(
        message,
        file=path,
        found=found,
        expected="room on the disk, and a folder you may write to",
        hint=f"Give yourself write access to {path.parent}, free some space, or copy the campaign's folder elsewhere.",
    )


def _clear(path: Path) -> None:
    """Remove what processes left that were killed while they made the file."""
    for left in path.parent.glob(f".{escape(path.name)}.*-*.part*"):
        maker = left.name.removeprefix(f".{path.name}.").partition("-")[0]
        if maker.isdecimal() and not _lives(int(maker)):
            left.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Is it at work still? Where that cannot be asked without harm, yes."""
    if os.name != "posix":  # pragma: no cover - on Windows the question would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's, or no number of a process
        return True
    return True


def _name_it(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike a rename, never over what is there
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if not path.exists():  # a disk without links (a memory stick): the moment in between has to be risked
            draft.rename(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
