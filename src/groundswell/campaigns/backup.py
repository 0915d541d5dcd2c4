"""``groundswell backup``: the whole folder in one file, consistent while others work in it.

Nothing is locked, for a run may last hours. What makes the copy one that groundswell goes on with is the order:

1. The newest round, with the imports that were there when it was: what a round was made of is never missing. Its tables are
   only ever added to; where it was begun anew meanwhile (its ``round.json`` is another one), it is copied once more.
2. The rounds before it, then the imports, oldest first. They stay as they are, but that an import may be undone: then it is
   copied once more. Later ones lean on earlier ones, which only ever lose what no later one needs.
3. The ledger, after all that: an import notes who said stop before it takes its place, and a list is written after the ledger
   was asked. So no stop is missing of which anything else in the backup knows.
4. Everything else. Settings and data that are newer than the round only mean that it is planned again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast

from groundswell.campaigns.archive import FOLDER, FORMAT, HEAD, LEDGER, Archive, Manifest, shown, unreadable
from groundswell.campaigns.folder import HIDDEN, _locked, round_path, rounds_of
from groundswell.campaigns.keeping import SUFFIX, Said, ledger_place, left_alone, said_in
from groundswell.campaigns.settings import FILE, load_settings
from groundswell.ledger import open_ledger
from groundswell.tables.files import written
from groundswell.trust.figures import Figures
from groundswell.vocabulary import CampaignError, SettingsError, StorageError, words
from groundswell.vocabulary.version import __version__

_TRIES = 6
_PAUSE = 0.1
"""Seconds before something that just changed is copied again; twice as long each time."""


@dataclass(frozen=True)
class Backup:
    """A backup that was made.

    Attributes:
        path: where it is.
        files: how many of the campaign's files it holds.
        bytes: how large it is.
        rounds: the numbers of the rounds in it.
        imports: how many imports.
        facts: how many facts of the ledger; None: there is no ledger yet.
        notes: what is not in it as it stands in the folder, and why: ``again`` (a round that will be planned anew from its
            beginning), ``changing``, ``outside`` (of the folder), ``loop``, ``odd`` (neither a file nor a folder).
        language: what it is told in.
    """

    path: Path
    files: int
    bytes: int
    rounds: tuple[int, ...]
    imports: int
    facts: int | None
    notes: tuple[tuple[str, str], ...]
    language: str

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        told = asdict(self) | {"notes": [{"what": what, "why": why} for what, why in self.notes]}
        told.pop("language")
        return {"format": 1, "backup": str(told.pop("path")), **told}

    @property
    def lines(self) -> list[str]:
        """What is in it, and what is not, a sentence a line."""
        say = words(self.language)
        figures = Figures(say)
        size = figures.short(self.bytes / 1e6)
        return [
            say("backup.made", path=self.path, megabytes=size),
            say("backup.holds", files=figures.count(self.files), rounds=len(self.rounds), imports=self.imports),
            say["backup.no_ledger"] if self.facts is None else say("backup.ledger", facts=figures.count(self.facts)),
            *(say(f"backup.{why}", what=what) for what, why in self.notes),
            say("backup.private", path=self.path),
        ]


def backup(folder: Path, target: Path | None = None, *, now: datetime | None = None) -> Backup:
    """Copy a campaign's folder, its ledger included, into one file; others may go on working in it.

    Args:
        folder: the campaign's.
        target: a new file, or a folder for it; None: beside the campaign's folder.
        now: the moment that stands in its name; None: now.

    Raises:
        CampaignError: when there is no campaign, or there is something at the target already.
        SettingsError: when ``campaign.toml`` does not say where the ledger is.
        StorageError: when something cannot be read, or there is no room; then nothing is left at the target.

    >>> import tempfile
    >>> from groundswell.worlds import write_village
    >>> place = Path(tempfile.mkdtemp())
    >>> write_village(place / "spring", people=200)
    >>> made = backup(place / "spring", now=datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    >>> made.path.name, made.rounds, made.facts
    ('spring-2026-11-21T093000.gsbackup.tar.gz', (), None)
    """
    now = now or datetime.now(UTC).astimezone()
    ledger_place(_read_settings(folder)[0], folder)  # refused before anything is copied
    path = _place(folder, target, now)
    name, mtime = folder.resolve().name, int(now.timestamp()) * 10**9
    about = {"backup": FORMAT, "version": __version__, "campaign": name, "when": now.isoformat()}
    with written(path) as draft, _private(path, draft) as handle:
        archive = Archive(handle)
        archive.add_bytes(HEAD, json.dumps(about, indent=1).encode(), mtime=mtime)
        job = _Copying(folder, archive)
        rounds, imports = job.history()
        said = job.settings()
        facts = _copy_ledger(archive, ledger_place(said, folder), path.parent, mtime)
        job.rest()
        notes = (*job.notes, *((one, "outside") for one in _outside(folder, said)))
        manifest = Manifest(
            format=FORMAT,
            version=__version__,
            campaign=shown(name),
            when=now,
            rounds=rounds,
            imports=imports,
            facts=facts,
            notes=list(notes),
            folders=archive.folders,
            files=archive.files,
        )
        archive.finish(manifest, mtime=mtime)
    files = sum(one.startswith(FOLDER) for one in archive.files)
    return Backup(path, files, path.stat().st_size, tuple(rounds), len(imports), facts, notes, said.language)


class Item(NamedTuple):
    """One thing in a campaign's folder.

    Attributes:
        name: what it is called in a backup.
        path: where it is.
        kind: ``file``, ``folder`` (an empty one), ``loop`` (a link to a folder it lies in) or ``odd``.
    """

    name: str
    path: Path
    kind: str


def walk(folder: Path, name: str, above: tuple[tuple[int, int], ...] = ()) -> Iterator[Item]:
    """Everything in a folder that belongs into a backup; links are followed. What goes away meanwhile is left out.

    Args:
        folder: where.
        name: what it is called in the backup, with a slash at its end.
        above: the folders it lies in.

    Raises:
        StorageError: when it cannot be read.
    """
    try:
        stat = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(folder, error) from error
    here = (stat.st_dev, stat.st_ino)
    if here in above:
        yield Item(name, folder, "loop")
        return
    if not entries:
        yield Item(name, folder, "folder")
    for entry in entries:
        inner = f"{name}{entry.name}"
        if left_alone(inner.removeprefix(FOLDER)):
            continue
        if entry.is_dir():
            yield from walk(Path(entry.path), f"{inner}/", (*above, here))
        else:
            yield Item(inner, Path(entry.path), "file" if entry.is_file() else "odd")


class _Copying:
    """A campaign's folder on its way into an archive."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.folder = folder
        self.archive = archive
        self.notes: list[tuple[str, str]] = []
        self._done: set[str] = set()

    def history(self) -> tuple[list[int], list[str]]:
        """Copy rounds and imports; which they are."""
        rounds, imports = self._newest()
        for number in reversed(rounds[:-1]):
            if not any(self._round(number, self._card(number)) for _ in _patiently()):
                self._only_card(number)
        for one in imports:
            self._import(one)
        for item in walk(round_path(self.folder, 0), _name_of_round(0)):
            self._plain(item)
        self._done |= {f"{FOLDER}{HIDDEN}/rounds/", f"{FOLDER}{HIDDEN}/imports/"}
        return rounds, imports

    def settings(self) -> Said:
        """Copy ``campaign.toml``, as somebody who is writing it leaves it."""
        for attempt in _patiently():
            try:
                said, content, stat = _read_settings(self.folder)
            except (SettingsError, CampaignError):
                if attempt == _TRIES - 1:
                    raise
                continue
            self.archive.add_bytes(FOLDER + FILE, content, mtime=stat.st_mtime_ns, mode=stat.st_mode & 0o777)
            self._done.add(FOLDER + FILE)
            return said
        raise AssertionError  # the last attempt returns or raises

    def rest(self) -> None:
        """Copy everything that was not copied yet."""
        for item in walk(self.folder, FOLDER):
            if not any(item.name == one or (one.endswith("/") and item.name.startswith(one)) for one in self._done):
                self._plain(item)

    def _newest(self) -> tuple[list[int], list[str]]:
        """Copy the newest round; the numbers of all, and the imports that were there when it was."""
        rounds: list[int] = []
        imports: list[str] = []
        for _ in _patiently():
            rounds = rounds_of(self.folder)
            card = self._card(rounds[-1]) if rounds else None
            place = self.folder / HIDDEN / "imports"
            imports = sorted(path.name for path in place.glob("[0-9]*-*"))
            if rounds_of(self.folder) == rounds and (not rounds or self._round(rounds[-1], card)):
                return rounds, imports
        if rounds:
            self._only_card(rounds[-1])
        return rounds, imports

    def _round(self, number: int, card: object) -> bool:
        """Copy what is finished of a round; False, and nothing, where it was begun anew since its card was looked at."""
        mark = self.archive.mark()
        items = _steady(round_path(self.folder, number), _name_of_round(number))
        if not any(item.name.endswith("/summary.json") for item in items):
            # Lists of a round that is not finished are nobody's to use, and are written anew with it.
            items = [item for item in items if not item.name.startswith(f"{_name_of_round(number)}lists/")]
        if card is not None and self._all(items) and self._card(number) == card:
            return True
        self.archive.back(mark)
        return False

    def _only_card(self, number: int) -> None:
        """Of a round that does not hold still only keep that it was begun: it will be planned again in its place."""
        name = _name_of_round(number)
        if not self._copied(Item(f"{name}round.json", round_path(self.folder, number) / "round.json", "file")):
            self.archive.add_folder(name)
        self.notes.append((str(number), "again"))

    def _import(self, name: str) -> None:
        path = self.folder / HIDDEN / "imports" / name
        prefix = f"{FOLDER}{HIDDEN}/imports/{name}/"
        for _ in _patiently():
            mark = self.archive.mark()
            items = _steady(path, prefix)
            before = [_identity(item.path) for item in items]
            if self._all(items) and [_identity(item.path) for item in walk(path, prefix)] == before:
                return
            self.archive.back(mark)
        raise _restless(path)

    def _card(self, number: int) -> object:
        return _identity(round_path(self.folder, number) / "round.json")

    def _all(self, items: Iterable[Item]) -> bool:
        return all(self._copied(item) for item in items)

    def _copied(self, item: Item) -> bool:
        if item.kind == "folder":
            self.archive.add_folder(item.name)
            return True
        try:
            return item.kind != "file" or self.archive.add(item.path, item.name)
        except FileNotFoundError:
            return False

    def _plain(self, item: Item) -> None:
        """Copy what somebody may be changing, as it is at one moment if it can be had; what went away is not missed."""
        if item.kind in {"loop", "odd"}:
            self.notes.append((_told(item.name), item.kind))
            return
        if item.kind == "folder":
            self.archive.add_folder(item.name)
            return
        for attempt in _patiently():
            try:
                if self.archive.add(item.path, item.name):
                    return
                if attempt == _TRIES - 1 and self.archive.add(item.path, item.name, anyway=True):
                    self.notes.append((_told(item.name), "changing"))
                    return
            except FileNotFoundError:
                return
        raise _restless(item.path)


def _patiently() -> Iterator[int]:
    """0, 1, 2 ... and a longer pause before each."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        yield attempt


def _name_of_round(number: int) -> str:
    return f"{FOLDER}{HIDDEN}/rounds/{number:04d}/"


def _told(name: str) -> str:
    return shown(name.removeprefix(FOLDER))


def _steady(path: Path, name: str) -> list[Item]:
    """What is in a folder whose files are written one after the other: with each also all that were written before it."""
    items = list(walk(path, name))
    while (again := list(walk(path, name))) != items:
        items = again
    return items


def _identity(path: Path) -> tuple[int, ...] | None:
    """What is another one when a file was written anew; None where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def _restless(path: Path) -> StorageError:
    return StorageError(
        f"{path.name} does not hold still.",
        file=path,
        found="a file that was changed every time while it was copied",
        expected="a moment of rest",
        hint="Stop what is writing it, then make the backup again.",
    )


def _read_settings(folder: Path) -> tuple[Said, bytes, os.stat_result]:
    file = folder / FILE
    try:
        with file.open("rb") as handle:
            content, stat = handle.read(), os.fstat(handle.fileno())
    except (FileNotFoundError, NotADirectoryError):
        load_settings(folder)  # says that there is no campaign
        raise
    except OSError as error:
        raise unreadable(file, error) from error
    return said_in(content, file), content, stat


def _copy_ledger(archive: Archive, where: Path | str, spool: Path, mtime: int) -> int | None:
    """Add the ledger's dump; how many facts that is."""
    if isinstance(where, Path) and not where.exists():
        return None
    with open_ledger(where) as ledger, TemporaryFile("w+", encoding="utf-8", newline="\n", dir=spool) as handle:
        facts = ledger.dump(handle)
        handle.flush()
        archive.add_open(LEDGER, cast(BinaryIO, handle.buffer), mtime=mtime)
    return facts


def _outside(folder: Path, said: Said) -> list[str]:
    """The files of the campaign that do not lie in its folder."""
    home = folder.resolve()
    return [path for path in said.paths if not Path(os.path.normpath(home / path)).is_relative_to(home)]


def _place(folder: Path, target: Path | None, now: datetime) -> Path:
    home = folder.resolve()
    place = home.parent if target is None else target
    path = place / f"{home.name}-{now:%Y-%m-%dT%H%M%S}{SUFFIX}" if place.is_dir() else place
    if path.exists():
        raise CampaignError(
            f"{path.name} is there already.",
            file=path,
            found="a file that was there before",
            expected="a new name: no backup is written over another one",
            hint="Give another name, or a folder: the backup is then called by day and time.",
        )
    if path.resolve().is_relative_to(home) and not path.name.endswith(SUFFIX):
        raise CampaignError(
            f"{path.name} would become a part of the campaign.",
            file=path,
            found="a file inside the campaign's folder",
            expected=f"a place outside of it, or a name that ends in {SUFFIX}",
            hint=f"Call it {path.name.split('.')[0]}{SUFFIX}, or better keep it on another disk.",
        )
    return path


@contextmanager
def _private(path: Path, draft: Path) -> Iterator[BinaryIO]:
    """A draft that only its owner may read; drafts that killed backups left beside it are removed."""
    _sweep(path)
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as handle:
        _locked(handle.fileno())
        yield handle


def _sweep(path: Path) -> None:
    if os.name != "posix":  # pragma: no cover - elsewhere it cannot be told whether somebody is writing them
        return
    for left in {*path.parent.glob(f".*{SUFFIX}.*.part"), *path.parent.glob(f".{escape(path.name)}.*.part")}:
        # Somebody else's, or gone in the meantime: no reason to be without a backup.
        with suppress(OSError), left.open("rb") as handle:
            if _locked(handle.fileno()):
                left.unlink()
