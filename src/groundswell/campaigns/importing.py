"""``groundswell import``: the one door for what comes back, or comes new; and ``groundswell undo``, the way out again.

A file is read once, what it says is kept under ``.groundswell/imports`` in one form, and every later round starts with it.
The same file twice is told and done once. An import that is undone stays as a folder that says so: no number is used twice.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from groundswell.campaigns.blocking import forgotten_by, turned_away
from groundswell.campaigns.columns import people_columns
from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.linked import decisions_today, links_of, members_today
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import ANY, REASONS, note_came, note_stops, note_wishes, take_back
from groundswell.listen import as_acted, as_shown, join_outcomes, keyed, of_known_people, read_dispositions, settle
from groundswell.people import Layer, Reading, forget_undone, lay
from groundswell.people.linking.applying import as_people
from groundswell.sources import Column, ListSpec, Rows, columns_of, read_rows, split_path, unknown_column
from groundswell.tables import (
    REJECTED,
    Table,
    concat,
    empty,
    keep,
    read,
    read_json,
    with_text,
    write,
    write_json,
    write_text,
)
from groundswell.tables.csv import as_csv
from groundswell.tables.files import storage_error
from groundswell.vocabulary import CampaignError, DataError, nearest

Kind = Literal["people", "events", "remarks", "outcomes", "consents", "suppressions"]
KINDS: tuple[Kind, ...] = ("people", "events", "remarks", "outcomes", "consents", "suppressions")

_WHO = ("person", "person_id", "id", "persona")
_WHEN = ("at", "when", "date", "day", "on", "fecha", "cuando")
_ENDS: dict[str, tuple[str, ...]] = {
    "person": _WHO,
    "phone": ("phone", "telephone", "number", "telefono", "teléfono"),
    "email": ("email", "e-mail", "mail", "correo"),
}
_GIVEN = ("given", "consent", "opt_in", "optin", "consiente")
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "outcomes": {
        "key": ("key", "clave"),
        "person": _WHO,
        "action": ("action", "what", "accion"),
        "result": ("result", "acted", "resultado"),
        "disposition": ("disposition", "disposición"),
        "at": _WHEN,
        "amount": ("amount", "sum", "importe"),
    },
    "events": {"person": _WHO, "at": _WHEN, "what": ("event", "what", "evento")},
    "remarks": {"person": _WHO, "at": _WHEN, "what": ("text", "said", "remark", "texto")},
    "consents": {
        **_ENDS,
        "channel": ("channel", "canal"),
        "given": _GIVEN,
        "at": _WHEN,
        "words": ("words", "palabras"),
    },
    "suppressions": {**_ENDS, "reason": ("reason", "status", "motivo"), "at": _WHEN},
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
        changed: for people: of these, those of whom it said anything new.
        rejected: rows that cannot be.
        reasons: reason -> rows, the most frequent first.
        joined: for outcomes: round -> rows that joined one of its decisions.
        notes: how the file was read, where a person should hear of it.
        dispositions: what came of calls and visits -> rows.
        suppressed: reasons not to contact somebody that were not known before.
        already: the same file had been imported before; nothing was done.
        path: where it is kept, with ``rejected.csv``.
    """

    number: int
    kind: str
    file: str
    rows: int
    changed: int
    rejected: int
    reasons: dict[str, int]
    joined: dict[str, int]
    already: bool
    path: Path
    notes: tuple[str, ...] = ()
    dispositions: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"format": 1, **asdict(self), "path": str(self.path)}


def imports_of(folder: Path, *, undone: bool = False) -> list[dict[str, Any]]:
    """Every import of a campaign, oldest first, as it was noted down; ``path`` is where it is kept.

    Args:
        folder: the campaign's.
        undone: those that were undone as well.
    """
    place = folder / HIDDEN / "imports"
    found = sorted(place.glob("[0-9]*-*")) if place.is_dir() else []
    cards = [read_json(path / "import.json") | {"path": path} for path in found if (path / "import.json").exists()]
    for card in cards:
        card["undone"] = (card["path"] / UNDONE).exists()
    return [card for card in cards if undone or not card["undone"]]


UNDONE = "undone.json"
GIVEN = "given.json"
"""In an import of consents: who gave one."""


def file_names(settings: Settings) -> dict[int, str]:
    """The file of people (0), and those of imports by number."""
    own = settings.source(settings.spec.sources.people.path).name
    return {0: own, **{one["number"]: one["file"] for one in imports_of(settings.folder, undone=True)}}


def layers_of(folder: Path, *, as_of: date | None = None) -> list[Layer]:
    """The imports of people as layers, oldest first; only those of a day and before, where one is given."""
    return [
        Layer(
            one["number"],
            one["path"],
            one["file"],
            day,
            one["signature"],
            one["undone"],
            one.get("way", ""),
            one.get("orders", {}),
        )
        for one in imports_of(folder, undone=True)
        if one["kind"] == "people" and ((day := date.fromisoformat(one["on"])) <= (as_of or date.max))
    ]


def tables_of(folder: Path, kind: Kind) -> list[tuple[int, Table]]:
    """Number and rows of every import of a kind, oldest first."""
    return [(one["number"], read(one["path"] / "rows.parquet")) for one in imports_of(folder) if one["kind"] == kind]


def bring_in(
    settings: Settings,
    people: Table | None,
    file: Path,
    kind: Kind,
    *,
    today: date,
    named: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Imported:
    """Import a file.

    Args:
        settings: the campaign.
        people: everybody there is, contract ``people.PEOPLE``; not needed for people.
        file: the file.
        kind: what it is.
        today: the day of the import: nothing can have happened later.
        named: which of ``[sources.lists]`` it is; None: the one whose ``path`` fits its name, if any.
        tell: called with the name of each step that begins.

    Raises:
        DataError: when the file cannot be read, or has not the columns it needs.
    """
    known, size = imports_of(settings.folder, undone=True), _size(file)
    number = max((one["number"] for one in known), default=0) + 1
    place = settings.folder / HIDDEN / "imports" / f"{number:04d}-{kind}"
    card: dict[str, Any] = {"number": number, "kind": kind, "file": file.name, "bytes": size, "on": today.isoformat()}
    with ThreadPoolExecutor(1) as other:
        mark = other.submit(mark_of, file)  # beside the reading, unless an import of as many bytes could be the same
        for one in known:
            alike = one["kind"] == kind and not one["undone"] and one.get("bytes", size) == size
            if alike and one["sha256"] == mark.result():
                said = {name: one[name] for name in Imported.__dataclass_fields__ if name in one and name != "path"}
                return Imported(**said, already=True, path=one["path"])
        with _draft(place) as draft:
            if kind == "people":
                told = _people(settings, file, draft, number, today, named, tell)
            elif kind in {"consents", "suppressions"}:
                told = _wishes(settings, file, kind, draft, number, today)
            else:
                told = _answers(settings, people, file, kind, today, draft, number)
            card |= {"sha256": mark.result()} | told
            write_json(card, draft / "import.json")
    return Imported(
        **{name: card[name] for name in Imported.__dataclass_fields__ if name in card}, already=False, path=place
    )


def undo(settings: Settings, number: int, *, today: date) -> dict[str, Any]:
    """Take back an import: from now on it counts as if it had never come. Who said stop in it has said so all the same.

    Args:
        settings: the campaign.
        number: which import.
        today: the day it is taken back.

    Returns:
        Its card: ``number``, ``kind``, ``file``, ``rows``.

    Raises:
        CampaignError: when there is no such import, or it is undone already.
    """
    known = {one["number"]: one for one in imports_of(settings.folder, undone=True)}
    if number not in known or known[number]["undone"]:
        there = [f"{one['number']} ({one['file']})" for one in known.values() if not one["undone"]]
        raise CampaignError(
            f"Import {number} is undone already." if number in known else f"There is no import {number}.",
            key="import",
            found=number,
            expected="one of: " + ", ".join(there) if there else "an import; there is none",
            hint="See them with  groundswell imports.",
        )
    card = known[number]
    if card["kind"] == "consents":
        given = read_json(card["path"] / GIVEN) if (card["path"] / GIVEN).exists() else []
        take_back(settings, given, f"undo of import {number}", today)
    write_json({"on": today.isoformat()}, card["path"] / UNDONE)
    tidy(settings.folder)
    return card


def tidy(folder: Path) -> None:
    """Remove what undone imports hold and nobody else says; and what a killed import left."""
    for one in imports_of(folder, undone=True):
        if one["undone"] and one["kind"] != "people":
            for name in ("rows.parquet", "came.parquet", "rejected.csv", GIVEN):
                (one["path"] / name).unlink(missing_ok=True)
    forget_undone(layers_of(folder))
    for draft in (folder / HIDDEN / "imports").glob(".*.part"):
        shutil.rmtree(draft, ignore_errors=True)


_WHOLE = 1 << 30


def _outside(rows: Table, rejected: Table) -> int:
    """Rows that are kept only to be counted."""
    number = "row" if "row" in rows.column_names else "_row"
    return int(keep(rows, number, set(rejected["row"].to_pylist())).num_rows)


def _size(file: Path) -> int:
    """How many bytes a file has, the packing included."""
    outer, _ = split_path(file)
    if not outer.is_file():
        columns_of(file)  # says what is wrong
    return outer.stat().st_size


def mark_of(file: Path) -> str:
    """The same for the same bytes, wherever they lie."""
    outer, inner = split_path(file)
    try:
        if outer.stat().st_size >= _WHOLE:
            found = hashlib.sha256(_sampled(outer))
        else:
            with outer.open("rb") as handle:
                found = hashlib.file_digest(handle, "sha256")
    except OSError as error:
        raise storage_error(error, outer) from error
    if inner:
        found.update(inner.encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _sampled(file: Path) -> bytes:
    """A very large file's size, time and ends: reading it all twice would take minutes."""
    stat = file.stat()
    with file.open("rb") as handle:
        first = handle.read(1 << 20)
        handle.seek(-(1 << 20), 2)
        return f"{stat.st_size} {stat.st_mtime_ns}".encode() + first + handle.read()


@contextmanager
def _draft(place: Path) -> Iterator[Path]:
    """A folder to write an import to; it takes its place whole, or is not there at all."""
    draft = place.with_name(f".{place.name}.part")
    try:
        for left in draft.parent.glob(".*.part"):
            shutil.rmtree(left)
        draft.mkdir(parents=True)
        yield draft
        draft.rename(place)
    except OSError as error:
        raise storage_error(error, place) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _counted(rejected: Table) -> dict[str, Any]:
    reasons = Counter(rejected["reason"].to_pylist())
    return {"rejected": len(set(rejected["row"].to_pylist())), "reasons": dict(reasons.most_common())}


def _people(
    settings: Settings,
    file: Path,
    draft: Path,
    number: int,
    today: date,
    named: str | None,
    tell: Callable[[str], None],
) -> dict[str, Any]:
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
    found = lay(file, _reading(settings, file, named), layers_of(settings.folder), draft, tell=tell)
    write_text(as_csv(found.rejected), draft / "rejected.csv")
    # Noted before the import takes its place: whatever is killed when, a stop is never lost.
    note_stops(settings, found.stops, f"import {number}: {file.name}", today)
    return {
        "rows": found.rows,
        "changed": found.changed,
        "joined": {},
        "signature": found.signature,
        "way": found.way,
        "orders": found.orders,
        "notes": [note.told(settings.spec.languages[0]) for note in found.notes],
        **_counted(found.rejected),
    }


def _reading(settings: Settings, file: Path, named: str | None) -> Reading:
    """How a file of people is read: as one of ``[sources.lists]``, or as the campaign's own."""
    lists, own = settings.spec.sources.lists, settings.people
    fits = [name for name, one in lists.items() if fnmatch(file.name, one.path)] if named is None else [named]
    if len(fits) > 1 or (named is not None and named not in lists):
        near = nearest(named, lists) if named else None
        raise CampaignError(
            f'There is no list "{named}".' if named else f"{file.name} could be any of {len(fits)} lists.",
            file=settings.file,
            key="sources.lists",
            found=named or ", ".join(fits),
            expected="one of: " + ", ".join(lists) if lists else "a list of [sources.lists]; there is none",
            hint=f'Did you mean "{near}"?' if near else "Say which with  --list NAME.",
        )
    expected, columns = people_columns(settings), columns_of(file)
    forgotten = forgotten_by(settings)
    if not fits:
        for name in expected:
            if name not in columns:
                raise unknown_column(name, columns, file, "sources.people")
        return Reading(own.person, {}, expected, own.roles(), country=settings.country, forgotten=forgotten)
    one: ListSpec = lists[fits[0]]
    key = f"sources.lists.{fits[0]}"
    names = {
        one.person: own.person,
        **{column: own.roles().get(role, column) for role, column in one.roles().items()},
        **one.columns,
    }
    for name in names:
        if name not in columns:
            raise unknown_column(name, columns, file, key)
    prefix = f"{fits[0]}:" if one.ids == "own" else ""
    return Reading(one.person, names, expected, own.roles(), prefix, settings.country, forgotten)


def _wishes(settings: Settings, file: Path, kind: Kind, draft: Path, number: int, today: date) -> dict[str, Any]:
    """Consents and suppressions: they go to the ledger, and stay there."""
    roles = roles_of(settings, kind, file)
    found = read_rows(file, _expected(settings, kind, roles), key=f"sources.{kind}")
    rows, away = found.table, empty(REJECTED)
    if "person" in roles:
        rows, away = turned_away(settings, rows, id_column=roles["person"], file=file.name)
    noted = note_wishes(
        settings, rows.to_pylist(), roles, kind=kind, source=f"import {number}: {file.name}", today=today
    )
    write_json([list(subject) for subject in noted.given], draft / GIVEN)
    rejected = concat([found.rejected, away, noted.rejected(file.name)])
    write_text(as_csv(rejected), draft / "rejected.csv")
    return {"rows": noted.rows, "changed": noted.new, "joined": {}, **_counted(rejected)}


def _answers(
    settings: Settings, people: Table | None, file: Path, kind: Kind, today: date, draft: Path, number: int
) -> dict[str, Any]:
    roles = roles_of(settings, kind, file)
    found = read_rows(file, _expected(settings, kind, roles), key=f"sources.{kind}")
    if "disposition" in roles:
        return _carried_out(settings, people, file, found, roles, today, draft, number)
    return _kept(settings, people, file, kind, found, roles, today, draft)


def _carried_out(
    settings: Settings,
    people: Table | None,
    file: Path,
    found: Rows,
    roles: Mapping[str, str],
    today: date,
    draft: Path,
    number: int,
) -> dict[str, Any]:
    """A list that came back: what came of each call or visit, and outcomes where they are told as well."""
    came = read_dispositions(found, roles)
    ours, away = turned_away(settings, came.table, id_column="person", file=file.name, row="row")
    known = settle(as_people(ours, "person", links_of(settings.folder)), people, today=today)
    suppressed = note_came(settings, known.suppress, f"import {number}: {file.name}", today)
    write(known.table, draft / "came.parquet")
    outcomes = {role: column for role, column in roles.items() if role != "disposition"}
    bad = concat([came.rejected, away, known.rejected])
    told = _kept(settings, people, file, "outcomes", came.outcomes, outcomes, today, draft, bad)
    used = known.table.num_rows
    return told | {
        "rows": max(told["rows"], used),
        "dispositions": dict(Counter(known.table["disposition"].to_pylist()).most_common()),
        "suppressed": suppressed,
    }


def _kept(
    settings: Settings,
    people: Table | None,
    file: Path,
    kind: Kind,
    found: Rows,
    roles: Mapping[str, str],
    today: date,
    draft: Path,
    bad: Table | None = None,
) -> dict[str, Any]:
    rows, rejected, joined = _told(settings, people, file, kind, found, roles, today)
    rejected = rejected if bad is None else concat([rejected, bad])
    write(rows, draft / "rows.parquet")
    write_text(as_csv(rejected), draft / "rejected.csv")
    counted = _counted(rejected)
    return {
        "rows": rows.num_rows - _outside(rows, rejected),
        "changed": rows.num_rows,
        "joined": {str(one): count for one, count in joined.items()},
        **counted,
    }


_NEW = "/new"
"""How a file is called while it is judged."""


def _told(
    settings: Settings,
    people: Table | None,
    file: Path,
    kind: Kind,
    found: Rows,
    roles: Mapping[str, str],
    today: date,
) -> tuple[Table, Table, dict[int, int]]:
    links = links_of(settings.folder)
    if kind != "outcomes":
        ours, away = turned_away(settings, as_shown(found, roles), id_column="person", file=file.name, row="row")
        shown, strangers = of_known_people(as_people(ours, "person", links), people)
        # Kept as it was said: of an id, whoever it is found to be.
        shown = keep(ours, "row", set(shown["row"].to_pylist()))
        return shown, concat([found.rejected, away, strangers]), {}
    decisions, members = decisions_today(settings), members_today(settings)
    # Judged under a name that no file can have: an earlier file may have had the same.
    acted = as_people(as_acted(replace(found, file=_NEW), roles, goal=settings.goal.name), "person", links)
    acted = keyed(acted, people, decisions, members)
    acted, away = turned_away(settings, acted, id_column="person", file=file.name, row="row")
    before = [as_people(table, "person", links) for _, table in tables_of(settings.folder, "outcomes")]
    judged = join_outcomes(people, decisions, concat([*before, acted]), settings.goal, today=today, members=members)
    mine = keep(judged.rejected, "file", {_NEW})
    outside = set(keep(judged.outside, "file", {_NEW})["row"].to_pylist())
    # What is outside every window counts for nothing, but it is counted, by option: it stays.
    stays = keep(acted, "row", set(mine["row"].to_pylist()) - outside, others=True)
    alone = join_outcomes(people, decisions, stays, settings.goal, today=today, members=members)
    told = with_text(mine, "file", file.name, within=("reason",), instead=_NEW)
    return with_text(stays, "file", file.name), concat([found.rejected, away, told]), alone.joined


def roles_of(settings: Settings, kind: Kind, file: Path) -> dict[str, str]:
    """Role -> column: as the campaign names them if the file has these columns, else by their names.

    Raises:
        DataError: when a column that is needed is not there.
    """
    columns = columns_of(file)
    declared = getattr(settings.spec.sources, kind, None)
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
    needed = _NEEDED.get(kind, [("person",), ("at",), ("what",)])
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


_NEEDED: dict[str, list[tuple[str, ...]]] = {
    "outcomes": [("key", "person")],
    "consents": [("person", "phone", "email"), ("given",)],
    "suppressions": [("person", "phone", "email"), ("reason",)],
}
_DECLARED = {("events", "what"): "event", ("remarks", "what"): "text"}
_SAYS = {
    "phone": "through which telephone",
    "email": "through which e-mail address",
    "given": "whether consent was given",
    "reason": "why",
    "key": "which decision it answers",
    "person": "who it was",
    "at": "when it was",
    "what": "what it was",
}


def _expected(settings: Settings, kind: Kind, roles: Mapping[str, str]) -> dict[str, Column]:
    if kind in {"consents", "suppressions"}:
        wishes = {
            "channel": Column("category", among=(ANY, *settings.channels)),
            "given": Column("yes/no", required=True),
            "reason": Column("category", among=REASONS, required=True),
            "at": Column("date"),
        }
        return {column: wishes.get(role, Column()) for role, column in roles.items()}
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
        "disposition": Column(),
        "at": Column("date"),
        "amount": Column("number", lowest=0.0),
    }
    return {column: kinds[role] for role, column in roles.items()}
