"""``groundswell import``: the one door for what comes back, or comes new.

A file is read once, what it says is kept under ``.groundswell/imports`` in one form, and every later round starts with it.
The same file twice is told and done once.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from groundswell.campaigns.columns import people_columns
from groundswell.campaigns.folder import HIDDEN, decisions_of, members_of
from groundswell.campaigns.settings import Settings
from groundswell.listen import as_acted, as_shown, join_outcomes, keyed, of_known_people
from groundswell.people import gather
from groundswell.sources import Column, Rows, columns_of, read_rows
from groundswell.tables import Table, concat, keep, read, read_json, with_text, write, write_json, write_text
from groundswell.tables.csv import as_csv
from groundswell.tables.files import storage_error
from groundswell.vocabulary import CampaignError, DataError

Kind = Literal["people", "events", "remarks", "outcomes"]
KINDS: tuple[Kind, ...] = ("people", "events", "remarks", "outcomes")

_WHO = ("person", "person_id", "id", "persona")
_WHEN = ("at", "when", "date", "day", "on", "fecha", "cuando")
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "outcomes": {
        "key": ("key", "clave"),
        "person": _WHO,
        "action": ("action", "what", "accion"),
        "result": ("result", "acted", "resultado"),
        "at": _WHEN,
        "amount": ("amount", "sum", "importe"),
    },
    "events": {"person": _WHO, "at": _WHEN, "what": ("event", "what", "evento")},
    "remarks": {"person": _WHO, "at": _WHEN, "what": ("text", "said", "remark", "texto")},
}
"""Role -> names of columns it is found under where the campaign does not name one."""


@dataclass(frozen=True)
class Imported:
    """What an import brought.

    Attributes:
        number: 1 for the first import of the campaign.
        kind: people, events, remarks or outcomes.
        file: the file's name.
        rows: rows that are used.
        rejected: rows that cannot be.
        reasons: reason -> rows, the most frequent first.
        joined: for outcomes: round -> rows that joined one of its decisions.
        already: the same file had been imported before; nothing was done.
        path: where it is kept, with ``rejected.csv``.
    """

    number: int
    kind: str
    file: str
    rows: int
    rejected: int
    reasons: dict[str, int]
    joined: dict[str, int]
    already: bool
    path: Path

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"format": 1, **asdict(self), "path": str(self.path)}


def imports_of(folder: Path) -> list[dict[str, Any]]:
    """Every import of a campaign, oldest first, as it was noted down; ``path`` is where it is kept."""
    place = folder / HIDDEN / "imports"
    found = sorted(place.glob("[0-9]*-*")) if place.is_dir() else []
    return [read_json(path / "import.json") | {"path": path} for path in found if (path / "import.json").exists()]


def file_names(settings: Settings) -> dict[int, str]:
    """The file of people (0), and those of imports by number."""
    own = settings.source(settings.spec.sources.people.path).name
    return {0: own, **{one["number"]: one["file"] for one in imports_of(settings.folder)}}


def tables_of(folder: Path, kind: Kind) -> list[tuple[int, Table]]:
    """Number and rows of every import of a kind, oldest first."""
    return [(one["number"], read(one["path"] / "rows.parquet")) for one in imports_of(folder) if one["kind"] == kind]


def bring_in(settings: Settings, people: Table | None, file: Path, kind: Kind, *, today: date) -> Imported:
    """Import a file.

    Args:
        settings: the campaign.
        people: everybody there is, contract ``people.PEOPLE``; not needed for people.
        file: the file.
        kind: what it is.
        today: the day of the import: nothing can have happened later.

    Raises:
        DataError: when the file cannot be read, or has not the columns it needs.
    """
    known = imports_of(settings.folder)
    if not file.is_file():
        columns_of(file)
    mark = hashlib.sha256(file.read_bytes() if file.stat().st_size < _WHOLE else _sampled(file)).hexdigest()
    for one in known:
        if one["sha256"] == mark and one["kind"] == kind:
            said = {name: value for name, value in one.items() if name not in {"sha256", "on"}}
            return Imported(**said | {"already": True})
    rows, rejected, joined = _people(settings, file) if kind == "people" else _told(settings, people, file, kind, today)
    reasons: dict[str, int] = {}
    for reason in rejected["reason"].to_pylist():
        reasons[reason] = reasons.get(reason, 0) + 1
    number = max((one["number"] for one in known), default=0) + 1
    place = settings.folder / HIDDEN / "imports" / f"{number:04d}-{kind}"
    card = {
        "number": number,
        "kind": kind,
        "file": file.name,
        "rows": rows.num_rows - _outside(rows, rejected),
        "rejected": len(set(rejected["row"].to_pylist())),
        "reasons": dict(sorted(reasons.items(), key=lambda entry: -entry[1])),
        "joined": {str(one): count for one, count in joined.items()},
    }
    _keep(place, rows, rejected, card | {"sha256": mark, "on": today.isoformat()})
    return Imported(**card, already=False, path=place)


_WHOLE = 1 << 30


def _outside(rows: Table, rejected: Table) -> int:
    """Rows that are kept only to be counted."""
    number = "row" if "row" in rows.column_names else "_row"
    return int(keep(rows, number, set(rejected["row"].to_pylist())).num_rows)


def _sampled(file: Path) -> bytes:
    """A very large file's size, time and ends: reading it all twice would take minutes."""
    stat = file.stat()
    with file.open("rb") as handle:
        first = handle.read(1 << 20)
        handle.seek(-(1 << 20), 2)
        return f"{stat.st_size} {stat.st_mtime_ns}".encode() + first + handle.read()


def _keep(place: Path, rows: Table, rejected: Table, card: dict[str, Any]) -> None:
    """Write an import whole or not at all: its folder is made beside its place and renamed."""
    draft = place.with_name(f".{place.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write(rows, draft / "rows.parquet")
        write_text(as_csv(rejected), draft / "rejected.csv")
        write_json(card, draft / "import.json")
        draft.rename(place)
    except OSError as error:
        raise storage_error(error, place) from error


def _people(settings: Settings, file: Path) -> tuple[Table, Table, dict[int, int]]:
    source = settings.spec.sources.people
    if source.person == "#row":
        raise CampaignError(
            "People without ids cannot be brought up to date.",
            file=settings.file,
            key="sources.people.person",
            found='person = "#row"',
            expected="a column with the person's id",
            hint="Name the column, or put all people into one file.",
        )
    found = read_rows(file, people_columns(settings), key="sources.people")
    whole = gather(Rows(file.name, found.table, found.rejected), source, decide="person")
    # A second row of somebody is not used, but kept: whoever says stop in it has said stop.
    return found.table, concat([found.rejected, whole.rejected]), {}


_NEW = "/new"
"""How a file is called while it is judged."""


def _told(
    settings: Settings, people: Table | None, file: Path, kind: Kind, today: date
) -> tuple[Table, Table, dict[int, int]]:
    roles = roles_of(settings, kind, file)
    found = read_rows(file, _expected(settings, kind, roles), key=f"sources.{kind}")
    if kind != "outcomes":
        shown, strangers = of_known_people(as_shown(found, roles), people)
        return shown, concat([found.rejected, strangers]), {}
    decisions, members = decisions_of(settings.folder), members_of(settings.folder)
    # Judged under a name that no file can have: an earlier file may have had the same.
    acted = keyed(as_acted(replace(found, file=_NEW), roles, goal=settings.goal.name), people, decisions, members)
    before = [table for _, table in tables_of(settings.folder, "outcomes")]
    judged = join_outcomes(people, decisions, concat([*before, acted]), settings.goal, today=today, members=members)
    mine = keep(judged.rejected, "file", {_NEW})
    outside = set(keep(judged.outside, "file", {_NEW})["row"].to_pylist())
    # What is outside every window counts for nothing, but it is counted, by option: it stays.
    stays = keep(acted, "row", set(mine["row"].to_pylist()) - outside, others=True)
    alone = join_outcomes(people, decisions, stays, settings.goal, today=today, members=members)
    told = with_text(mine, "file", file.name, within=("reason",), instead=_NEW)
    return with_text(stays, "file", file.name), concat([found.rejected, told]), alone.joined


def roles_of(settings: Settings, kind: Kind, file: Path) -> dict[str, str]:
    """Role -> column: as the campaign names them if the file has these columns, else by their names.

    Raises:
        DataError: when a column that is needed is not there.
    """
    columns = columns_of(file)
    declared = getattr(settings.spec.sources, kind)
    said: Mapping[str, str] = {}
    if declared is not None:
        named = {role: getattr(declared, _DECLARED.get((kind, role), role), None) for role in _NAMES[kind]}
        said = {role: column for role, column in named.items() if column is not None and column in columns}
    found = dict(said)
    plain = {column.strip().lower(): column for column in columns}
    for role, names in _NAMES[kind].items():
        match = next((plain[name] for name in names if name in plain and plain[name] not in found.values()), None)
        if role not in found and match is not None:
            found[role] = match
    needed = [("key", "person")] if kind == "outcomes" else [("person",), ("at",), ("what",)]
    for either in needed:
        if not any(role in found for role in either):
            known = ", ".join(name for role in either for name in _NAMES[kind][role])
            raise DataError(
                f"{file.name} does not say {' or '.join(_SAYS[role] for role in either)}.",
                file=file,
                key=f"sources.{kind}",
                found=", ".join(columns),
                expected=f"a column called {known}",
                hint=f"Rename the column, or name it in [sources.{kind}].",
            )
    return found


_DECLARED = {("events", "what"): "event", ("remarks", "what"): "text"}
_SAYS = {"key": "which decision it answers", "person": "who it was", "at": "when it was", "what": "what it was"}


def _expected(settings: Settings, kind: Kind, roles: Mapping[str, str]) -> dict[str, Column]:
    if kind != "outcomes":
        return {
            roles["person"]: Column(required=True),
            roles["at"]: Column("date", required=True),
            roles["what"]: Column(required=True),
        }
    kinds = {
        "key": Column(),
        "person": Column(),
        "action": Column("category", among=tuple(settings.actions), required=True),
        "result": Column("yes/no"),
        "at": Column("date"),
        "amount": Column("number", lowest=0.0),
    }
    return {column: kinds[role] for role, column in roles.items()}
