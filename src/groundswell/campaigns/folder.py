"""A round's folder: finished tables are kept, so that whatever is killed when, running again goes on where it stopped.

``round.json`` says what the round is made of. Tables are only trusted beside a ``round.json`` with the same key; it is
written before the first table and removed before the first is thrown away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from groundswell.tables import Table, read, read_json, write, write_json
from groundswell.tables.files import storage_error
from groundswell.vocabulary import CampaignError, StorageError

HIDDEN = ".groundswell"
BY_MESSENGER = "by-messenger"
"""In a round's ``lists``: a calling list for each messenger and a walk list for each turf."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Shelf:
    """Where one round keeps what is finished.

    Attributes:
        path: the round's folder.
        tell: called with a stage's name when it is about to be made.
    """

    path: Path
    tell: Callable[[str], None]

    def table(self, name: str, make: Callable[[], Table]) -> Table:
        """A table that is made once; read back even when just made, so that both ways give the same bytes."""
        return self.file(f"{name}.parquet", make, write, read)

    def json(self, name: str, make: Callable[[], object]) -> Any:  # noqa: ANN401 - JSON is what it is
        """A JSON file that is made once."""
        return self.file(f"{name}.json", make, write_json, read_json)

    def file(
        self, name: str, make: Callable[[], _T], save: Callable[[_T, Path], None], load: Callable[[Path], _T]
    ) -> _T:
        """Any file that is made once."""
        path = self.path / name
        if not path.exists():
            self.tell(path.stem)
            save(make(), path)
        return load(path)


def rounds_of(folder: Path) -> list[int]:
    """The numbers of the rounds there are, 0 (the past) left out."""
    rounds = folder / HIDDEN / "rounds"
    found = [int(path.name) for path in rounds.glob("[0-9][0-9][0-9][0-9]") if path.is_dir()] if rounds.is_dir() else []
    return sorted(number for number in found if number > 0)


def round_path(folder: Path, number: int) -> Path:
    """The folder of a round.

    >>> round_path(Path("spring"), 1).as_posix()
    'spring/.groundswell/rounds/0001'
    """
    return folder / HIDDEN / "rounds" / f"{number:04d}"


def decisions_of(folder: Path, *, before: int | None = None) -> list[Table]:
    """The decisions of the finished rounds, the past left out; only those before a round where one is given."""
    numbers = [number for number in rounds_of(folder) if before is None or number < before]
    paths = [round_path(folder, number) for number in numbers]
    return [read(path / "decisions.parquet") for path in paths if (path / "summary.json").exists()]


def members_of(folder: Path, *, before: int | None = None) -> dict[int, Table]:
    """Round -> who its units were made of, as people lived then."""
    numbers = [number for number in rounds_of(folder) if before is None or number < before]
    found = {number: round_path(folder, number) for number in numbers}
    return {
        number: read(path / "people.parquet", ["person", "unit"])
        for number, path in found.items()
        if (path / "summary.json").exists()
    }


def read_card(path: Path) -> dict[str, Any] | None:
    """The round's ``round.json``, or None where it is not there or not whole: then nothing beside it is trusted."""
    try:
        found: dict[str, Any] | None = read_json(path / "round.json")
    except StorageError:
        return None
    return found if isinstance(found, dict) else None


def forget_card(path: Path) -> None:
    """Trust nothing of a round any more."""
    (path / "round.json").unlink(missing_ok=True)


def open_round(path: Path, card: dict[str, Any]) -> None:
    """Make ready a round's folder; what another key made is thrown away.

    Raises:
        StorageError: when the folder cannot be written.
    """
    try:
        if read_card(path) != card:
            (path / "round.json").unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=False) if path.exists() else None
            path.mkdir(parents=True)
            write_json(card, path / "round.json")
        for draft in path.parent.rglob(".*.part"):  # the round of the past stands beside it
            draft.unlink()
    except OSError as error:
        raise storage_error(error, path) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep everybody else out of a campaign's folder while a round is made.

    Raises:
        CampaignError: when another run is at it.
        StorageError: when the folder cannot be written.
    """
    hidden = folder / HIDDEN
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        handle = (hidden / "lock").open("a")
    except OSError as error:
        raise storage_error(error, hidden) from error
    with handle:
        if not _locked(handle.fileno()):
            raise CampaignError(
                "Another run is at work in this folder.",
                file=folder,
                found="a locked folder",
                expected="one run at a time",
                hint="Wait until it is done.",
            )
        yield


def _locked(descriptor: int) -> bool:
    """Take the lock; it is gone with the process, however that ends."""
    if os.name != "posix":  # pragma: no cover - other systems have no flock
        return True
    import fcntl  # noqa: PLC0415 - only there on POSIX

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
