"""``groundswell restore``: a campaign's folder out of a backup, whole or not at all.

It is unpacked beside its place, every file is held against the manifest, the ledger is loaded, whoever said stop is taken off
the lists that were copied before, and only then the folder is renamed into its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import TextIOBase
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from groundswell.campaigns.archive import (
    FOLDER,
    FORMAT,
    HEAD,
    LEDGER,
    MANIFEST,
    Manifest,
    Member,
    damaged,
    members,
    shown,
)
from groundswell.campaigns.folder import HIDDEN, alone
from groundswell.campaigns.keeping import Said, ledger_place, left_alone, said_in
from groundswell.campaigns.settings import FILE, load_settings
from groundswell.campaigns.wishes import put_lists_right
from groundswell.ledger import Ledger, open_ledger
from groundswell.tables.files import storage_error
from groundswell.trust.figures import Figures
from groundswell.vocabulary import CampaignError, DataError, GroundswellError, StorageError, words

_LARGEST_TEXT = 1 << 28
_DUMP = ".ledger.jsonl.part"


@dataclass(frozen=True)
class Restored:
    """A campaign that was brought back.

    Attributes:
        path: its folder.
        when: the moment it is of.
        files: how many files that was.
        rounds: the numbers of its rounds.
        imports: how many imports.
        facts: how many facts of the ledger were brought back; None: there was none, or it was kept.
        kept: the ledger in the campaign's database was left as it is.
        taken_off: lines taken off lists, because the ledger knows of a stop that came after them.
        checked: False where that could not be seen to, because the settings have a mistake.
        notes: what was not in the backup as it was, as in :class:`groundswell.campaigns.backup.Backup`.
        language: what it is told in.
    """

    path: Path
    when: datetime
    files: int
    rounds: tuple[int, ...]
    imports: int
    facts: int | None
    kept: bool
    taken_off: int
    checked: bool
    notes: tuple[tuple[str, str], ...]
    language: str

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        told = asdict(self) | {"notes": [{"what": what, "why": why} for what, why in self.notes]}
        told.pop("language")
        return {"format": 1, "folder": str(told.pop("path")), **told, "when": self.when.isoformat()}

    @property
    def lines(self) -> list[str]:
        """What was brought back, and what to do next, a sentence a line."""
        say = words(self.language)
        figures = Figures(say)
        when = f"{self.when:%Y-%m-%d %H:%M %z}"
        return [
            say("restore.made", path=self.path, when=when),
            say("backup.holds", files=figures.count(self.files), rounds=len(self.rounds), imports=self.imports),
            say[f"restore.{'kept' if self.kept else 'no_ledger'}"]
            if self.facts is None
            else say("backup.ledger", facts=figures.count(self.facts)),
            *([say("restore.taken_off", lines=figures.count(self.taken_off))] if self.taken_off else []),
            *([] if self.checked else [say("restore.unchecked", path=self.path)]),
            *(say(f"backup.{why}", what=what) for what, why in self.notes),
            say("restore.since", when=when),
            say("restore.next", path=self.path),
        ]


def restore(file: Path, folder: Path, *, keep_ledger: bool = False) -> Restored:
    """Bring a campaign's folder back from a backup.

    Args:
        file: the backup.
        folder: a new or an empty folder.
        keep_ledger: the campaign's database holds its ledger still: leave that as it is.

    Raises:
        CampaignError: when the folder is not empty, or so is the database that the ledger would go to.
        DataError: when the file is damaged, cut short, of a newer version, or no backup; then nothing was changed.
        StorageError: when there is no room, or the folder cannot be written.

    >>> import tempfile
    >>> from groundswell.campaigns.backup import backup
    >>> from groundswell.worlds import write_village
    >>> place = Path(tempfile.mkdtemp())
    >>> write_village(place / "spring", people=200)
    >>> made = backup(place / "spring")
    >>> restore(made.path, place / "again").files == made.files
    True
    """
    _check_place(file, folder)
    with _told_of(file), _drafted(folder) as draft:
        dump = draft / HIDDEN / _DUMP
        manifest = _unpack(file, draft)
        _settle(draft, manifest)
        said = _said(draft)
        facts = _load(said, draft, manifest, dump, keep=keep_ledger)
        dump.unlink(missing_ok=True)
        taken_off, checked = _put_right(draft)
    files = sum(name.startswith(FOLDER) for name in manifest.files)
    return Restored(
        folder,
        manifest.when,
        files,
        tuple(manifest.rounds),
        len(manifest.imports),
        facts,
        keep_ledger,
        taken_off,
        checked,
        tuple(manifest.notes),
        said.language,
    )


def _check_place(file: Path, folder: Path) -> None:
    if not file.is_file():
        raise CampaignError(
            f"There is no backup {file}.",
            file=file,
            found="a folder" if file.is_dir() else "nothing",
            expected="a file that  groundswell backup  made",
            hint="Look where it was kept.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CampaignError(
            f"{folder} is not empty." if folder.is_dir() else f"{folder} is a file.",
            file=folder,
            found="files that are there already" if folder.is_dir() else "a file",
            expected="a new or an empty folder: nothing is ever restored over something else",
            hint="Give another folder, or move that one away first.",
        )


@contextmanager
def _drafted(folder: Path) -> Iterator[Path]:
    """A folder to unpack into; it takes its place if all went well, and is gone if not."""
    place = folder.resolve()
    draft = place.with_name(f".{place.name}.restored.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700, exist_ok=True)
        with alone(draft):
            try:
                _clear(draft)
                yield draft
                draft.rename(place)
                _flush(place.parent)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
    except OSError as error:
        raise storage_error(error, place) from error


def _clear(draft: Path) -> None:
    """Remove what a restore that was killed left; the lock is ours."""
    for path in [*draft.iterdir(), *(draft / HIDDEN).iterdir()]:
        if path.name in {HIDDEN, "lock"}:
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _unpack(file: Path, draft: Path) -> Manifest:
    """Write every file into the draft, and hold all against the manifest, which comes last."""
    found: dict[str, tuple[int, str]] = {}
    folders: list[str] = []
    manifest: Manifest | None = None
    with _opened(file) as handle:
        for member in members(handle):
            name = shown(member.name)
            if manifest is not None or name in found or name in folders:
                raise damaged(f"{name} once more, or after the manifest")
            if not found and name != HEAD:
                raise damaged(f"{name} at its beginning", f"{HEAD}, which says what it is")
            if name == HEAD:
                content = _whole(member)
                _check_head(content)
                found[name] = (len(content), hashlib.sha256(content).hexdigest())
            elif name == MANIFEST:
                manifest = _manifest(_whole(member))
            elif member.folder:
                _place_of(member.name, draft).mkdir(parents=True, exist_ok=True)
                folders.append(name if name.endswith("/") else f"{name}/")
            else:
                found[name] = _written(_place_of(member.name, draft), member.pieces)
    if manifest is None:
        raise damaged("a file without a manifest", "all of it: this one was cut short")
    _compare(manifest, found, folders)
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        handle = file.open("rb")
    except OSError as error:
        raise StorageError(
            f"{file.name} cannot be read.",
            file=file,
            found=error.strerror or str(error),
            expected="a file that you may read",
            hint=f"Give yourself read access to {file}.",
        ) from error
    with handle:
        yield handle


@contextmanager
def _told_of(file: Path) -> Iterator[None]:
    """Whatever is wrong with what the backup holds is told of the backup."""
    try:
        yield
    except DataError as error:
        error.file = str(file)
        raise


def _whole(member: Member) -> bytes:
    """A small file's content."""
    parts, size = [], 0
    for piece in member.pieces:
        size += len(piece)
        if size > _LARGEST_TEXT:
            raise damaged(f"{member.name} is far too large")
        parts.append(piece)
    return b"".join(parts)


def _check_head(content: bytes) -> None:
    try:
        told = json.loads(content)
        number = told["backup"]
    except (ValueError, KeyError, TypeError, RecursionError):
        number = None
    if type(number) is not int:
        raise damaged("a beginning that does not say what it is")
    if number > FORMAT:
        raise DataError(
            "The backup was made by a newer version of groundswell.",
            found=f"format {number}, by version {told.get('version')}",
            expected=f"format {FORMAT}",
            hint="Update groundswell, then restore it.",
        )


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise damaged(str(error).splitlines()[0], "a manifest as groundswell wrote it") from error
    if manifest.format != FORMAT:
        raise damaged(f"a manifest of format {manifest.format}", f"format {FORMAT}, as its beginning says")
    return manifest


def _place_of(name: str, draft: Path) -> Path:
    """Where something goes; only ever into the draft, and never to where groundswell keeps its own state."""
    if name == LEDGER:
        return draft / HIDDEN / _DUMP
    inner = name.removeprefix(FOLDER).removesuffix("/")
    parts = inner.split("/")
    path = draft.joinpath(*parts)
    outside = any(part in {"", ".", ".."} or "\0" in part for part in parts) or not path.is_relative_to(draft)
    if not name.startswith(FOLDER) or outside or len(path.parts) != len(draft.parts) + len(parts):
        raise damaged(shown(name), f"names within {FOLDER}")
    if any(left_alone("/".join(parts[: place + 1])) for place in range(len(parts))):
        raise damaged(shown(name), "no locks, drafts, databases or other backups")
    return path


def _written(path: Path, pieces: Iterator[bytes]) -> tuple[int, str]:
    """Write a file; its size and hash."""
    size, digest = 0, hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise damaged(f"{path.name} as a file and as a folder, or twice") from error
    with handle:
        for piece in pieces:
            handle.write(piece)
            digest.update(piece)
            size += len(piece)
        handle.flush()
        os.fsync(handle.fileno())
    return size, digest.hexdigest()


def _compare(manifest: Manifest, found: dict[str, tuple[int, str]], folders: list[str]) -> None:
    for name in sorted(found.keys() ^ manifest.files.keys()):
        raise damaged(f"{name} {'is not in the manifest' if name in found else 'is missing'}")
    for name, (size, sha256) in found.items():
        told = manifest.files[name]
        if (size, sha256) != (told.size, told.sha256):
            raise damaged(f"{name} is not what was packed", f"{told.size} bytes with the SHA-256 {told.sha256}")
    if sorted(folders) != sorted(manifest.folders):
        raise damaged("other folders than the manifest has")
    if (LEDGER in found) != (manifest.facts is not None):
        raise damaged("a ledger, and a manifest that says otherwise")


def _settle(draft: Path, manifest: Manifest) -> None:
    """Give every file its time and its mode."""
    for path in draft.rglob("*"):
        told = manifest.files.get(shown(FOLDER + path.relative_to(draft).as_posix()))
        if told is not None:
            path.chmod(told.mode & 0o755 | 0o600)
            os.utime(path, ns=(told.mtime, told.mtime))


def _said(draft: Path) -> Said:
    file = draft / FILE
    if not file.is_file():
        raise damaged(f"no {FILE}", "a campaign's folder")
    return said_in(file.read_bytes(), Path(FILE))


def _load(said: Said, draft: Path, manifest: Manifest, dump: Path, *, keep: bool) -> int | None:
    """Load the ledger; how many facts that was, or None where there was nothing to load."""
    where = ledger_place(said, draft)
    if isinstance(where, Path):
        if keep:
            raise _nothing_to_keep("a campaign whose ledger is a file in its folder, and so in the backup")
        if manifest.facts is None:
            return None
    with open_ledger(where) as ledger:
        empty = ledger.revision() == 0
        if keep:
            if empty and manifest.facts:
                raise _nothing_to_keep("a database without any ledger")
            return None
        if manifest.facts is None:
            return None
        # A restore that was killed after this comes back here: what it loaded is there already, and is the same.
        if empty:
            with dump.open(encoding="utf-8") as handle:
                return ledger.load(handle)
        if _mark(ledger) != manifest.files[LEDGER].sha256:
            raise CampaignError(
                "The campaign's database has a ledger in it already.",
                key="ledger.url",
                found=f"other facts than those of the backup in the database of {said.env}",
                expected="an empty database",
                hint="If it is this campaign's own and newer, keep it:  --keep-ledger. If not, name an empty database.",
            )
    return manifest.facts


def _nothing_to_keep(found: str) -> CampaignError:
    return CampaignError(
        "There is no ledger to keep.",
        key="--keep-ledger",
        found=found,
        expected="a database that holds this campaign's ledger",
        hint="Leave --keep-ledger out: the ledger of the backup is then brought back.",
    )


class _Hashing(TextIOBase):
    """A text that is not kept, only its hash."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, text: str) -> int:
        self.digest.update(text.encode())
        return len(text)


def _mark(ledger: Ledger) -> str:
    sink = _Hashing()
    ledger.dump(sink)  # type: ignore[arg-type]
    return sink.digest.hexdigest()


def _put_right(draft: Path) -> tuple[int, bool]:
    """Take off the lists who said stop after they were copied; how many lines, and whether that could be seen to."""
    try:
        return put_lists_right(load_settings(draft)), True
    except GroundswellError:  # a mistake that stood in the settings is no reason to be without the campaign: it is told
        return 0, False


def _flush(folder: Path) -> None:
    if os.name != "posix":  # pragma: no cover - elsewhere folders cannot be flushed
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
