"""``groundswell export``: everything that is held about one person, with where each thing is from, in one file for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from groundswell.campaigns.asking import why
from groundswell.campaigns.folder import HIDDEN, alone, round_path, rounds_of
from groundswell.campaigns.forgetting import NOTE, find_person, finish_forgetting, nobody, own_rows, records_of
from groundswell.campaigns.importing import file_names, imports_of, layers_of
from groundswell.campaigns.linked import ids_of_person
from groundswell.campaigns.settings import Settings, load_settings
from groundswell.campaigns.standing import ledger_of
from groundswell.people import facts_of, import_of_row
from groundswell.people.forgetting import known_by
from groundswell.people.taking_out import lines_about, lines_of, without_others
from groundswell.people.traces import Trace
from groundswell.profiles import INTEREST
from groundswell.sources import columns_of
from groundswell.tables import Table, read_where
from groundswell.tables.files import written
from groundswell.trust.exporting import export_page
from groundswell.vocabulary import CampaignError, words

_TABLES = ("past", "interests", "scores", "answers", "spoken", "barred", "past-traits")
_SIZE = "household_size"
_OF_OTHERS = "household_"


@dataclass(frozen=True)
class Exported:
    """Everything that is held about somebody.

    Attributes:
        person: the id.
        held: all of it, as one JSON object.
        page: the same as a text to read.
    """

    person: str
    held: dict[str, Any]
    page: str

    def write(self, path: Path, *, as_json: bool = False) -> None:
        """Write it to a file that only its owner may read.

        Args:
            path: where to.
            as_json: as JSON, and not as a page.
        """
        text = json.dumps(self.held, indent=2, ensure_ascii=False) + "\n" if as_json else self.page
        with written(path) as draft:
            draft.touch(0o600)
            draft.write_text(text, encoding="utf-8", newline="")


def export(folder: Path, person: str, *, now: datetime | None = None) -> Exported:
    """Gather everything that is held about somebody; of the others only how many they are.

    Args:
        folder: the campaign's.
        person: the id, or the full name where only one has it.
        now: the time of the export; None: now.

    Raises:
        CampaignError: when there is no such person, or more than one.
    """
    settings = load_settings(folder)
    if (folder / HIDDEN / NOTE).exists():
        with alone(folder):
            finish_forgetting(folder)
    own = own_rows(settings)
    who = find_person(settings, own, person)
    if who is None:
        raise nobody(settings, own, person)
    ids, at = ids_of_person(folder, who), now or datetime.now(UTC)
    held = [_held(settings, own, one, at) for one in ids]
    page = "\n\n".join(export_page(each, settings.spec.languages[0]) for each in held)
    return Exported(ids[0], held[0] | ({"other_ids": held[1:]} if held[1:] else {}), page)


def _held(settings: Settings, own: Table, person: str, now: datetime) -> dict[str, Any]:
    source, layers = (
        settings.spec.sources.people,
        layers_of(
            settings.folder,
        ),
    )
    file, roles = settings.source(source.path).name, settings.people.roles()
    facts = facts_of(person, own, layers, column=source.person, file=file, roles=roles)
    earlier = [read_where(path, "person", [person]) for path in _tables(settings, "people")]
    known = known_by(person, own, layers, column=source.person, roles=roles, earlier=earlier)
    names = [row["name"] for table in earlier for row in table.to_pylist() if row["name"]]
    names += [fact.value for fact in facts if fact.column == roles.get("name")]
    return {
        "format": 1,
        "campaign": settings.spec.name,
        "purpose": settings.spec.purpose,
        "person": person,
        "name": names[-1] if names else None,
        "at": now.astimezone(settings.zone).isoformat(timespec="minutes"),
        "facts": [_plain(asdict(fact)) for fact in facts],
        "lives_with": _others(settings, person),
        "wishes": _wishes(settings, known.subjects, known.shared),
        "records": [*_records(settings, person), *_rejected(settings, Trace(person, known.own))],
        "effects": _effects(settings.folder, person),
        "rounds": [_round(settings, number, person) for number in _numbers(settings)],
        "imports": list(_imports(settings, person)),
    }


def _numbers(settings: Settings) -> list[int]:
    """The past, and every finished round."""
    folder = settings.folder
    done = [number for number in rounds_of(folder) if (round_path(folder, number) / "summary.json").exists()]
    return ([0] if (round_path(folder, 0) / "decisions.parquet").exists() else []) + done


def _tables(settings: Settings, stage: str) -> list[Path]:
    """One table of every finished round, oldest first, where there is one."""
    paths = [round_path(settings.folder, number) / f"{stage}.parquet" for number in _numbers(settings)]
    return [path for path in paths if path.exists()]


def _others(settings: Settings, person: str) -> int | None:
    """With how many they live, as of the last round; None where that is not known."""
    for path in reversed(_tables(settings, "people")):
        for row in read_where(path, "person", [person]).to_pylist():
            return int(read_where(path, "household", [row["household"]]).num_rows) - 1
    return None


def _wishes(settings: Settings, subjects: Any, shared: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - pairs of text
    """What was said about contacting them, and through endpoints of theirs; shared ones count for them as well."""
    asked: dict[str, list[str]] = {}
    for kind, subject in [*subjects, *((kind, text) for text in shared for kind in ("phone", "email"))]:
        asked.setdefault(kind, []).append(subject)
    told: list[dict[str, Any]] = []
    with ledger_of(settings) as ledger:
        for kind, some in asked.items():
            found = ledger.about(kind, some)  # type: ignore[arg-type]
            told += [{"is": "consent", **one._asdict()} for one in found.consents]
            told += [{"is": "suppression", **one._asdict()} for one in found.suppressions]
            told += [{"is": "lift", **one._asdict()} for one in found.lifts]
    return [_plain(one) for one in sorted(told, key=lambda one: one["at"])]


def _records(settings: Settings, person: str) -> Iterator[dict[str, Any]]:
    """What they did, said and received: the records of the campaign's own files and of imports."""
    for kind in ("past", "outcomes", "events", "remarks", "messengers", "friends"):
        source = getattr(settings.spec.sources, kind)
        if source is None or not settings.source(source.path).exists():
            continue
        path = settings.source(source.path)
        if source.person in columns_of(path, source.delimiter):
            rows = records_of(path, source.delimiter)
            mine = (row for row in rows if row[source.person] == person)
            yield from (_record(kind, path.name, None, row["_row"], row) for row in mine)
    units = {
        row["unit"] for path in _tables(settings, "people") for row in read_where(path, "person", [person]).to_pylist()
    }
    for one in imports_of(settings.folder):
        rows_of = one["path"] / "rows.parquet"
        if one["kind"] in {"events", "remarks", "outcomes"}:
            rows = read_where(rows_of, "person", [person]).to_pylist()
            if one["kind"] == "outcomes":
                rows += [row for row in lines_about(rows_of, Trace(person, ()), "key", units) if row not in rows]
            yield from (_record(one["kind"], one["file"], one["on"], row["row"], row) for row in rows)


def _rejected(settings: Settings, trace: Trace) -> Iterator[dict[str, Any]]:
    """Rows about them that could not be used, as far as one can tell."""
    last = _tables(settings, "people")[-1:]
    for folder, on in [
        *((one["path"], one["on"]) for one in imports_of(settings.folder)),
        *((one.parent, None) for one in last),
    ]:
        path = folder / "rejected.csv"
        for row in lines_of(path) if path.exists() else ():
            if trace.told_by(row["value"], row["reason"]):
                cells = {name: row[name] for name in ("column", "value", "reason")}
                yield _record("rejected", row["file"], on, int(row["row"]), cells)


def _record(kind: str, file: str, on: str | None, row: int, cells: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: cell for name, cell in cells.items() if name not in {"_row", "row", "file"} and cell is not None}
    return {"kind": kind, "file": file, "row": row, "imported": on, "cells": _plain(shown)}


def _effects(folder: Path, person: str) -> dict[str, Any]:
    """What each option is expected to do for them, as ``why`` has it; or the reason why that cannot be told."""
    try:
        found = why(folder, person).as_json()
    except CampaignError as error:
        return {"known": False, "reason": error.message, "open": [], "closed": {}}
    shown = ("option", "uplift", "answer", "worth", "score", "proven", "propensity")
    return {
        "known": True,
        "reason": None,
        "people": len(found["members"]),
        "open": [{name: one[name] for name in shown} for one in found["open"]],
        "closed": found["closed"],
    }


def _round(settings: Settings, number: int, person: str) -> dict[str, Any]:
    """What a round held and decided about them."""
    path = round_path(settings.folder, number)
    mine = read_where(path / "people.parquet", "person", [person]).to_pylist() if number else []
    unit = mine[0]["unit"] if mine else _unit(settings, person)
    decisions = read_where(path / "decisions.parquet", "unit", [unit])
    options = _options(decisions)
    found: dict[str, Any] = {
        "round": number,
        "unit": unit if unit == person else None,
        "source": _source(settings, mine[0]["row"]) if mine else None,
        "decisions": [_decision(row, options) for row in decisions.to_pylist()],
        "people": read_where(path / "people.parquet", "unit", [unit]).num_rows if mine else None,
    }
    for stage in _TABLES:
        table = path / f"{stage}.parquet"
        rows = read_where(table, "person", [person]).to_pylist() if table.exists() else []
        found[stage.replace("-", "_")] = [_plain(_own(row)) for row in rows]
    traits = path / "traits.parquet"
    known = read_where(traits, "person", [person]).to_pylist() if traits.exists() else []
    found["traits"] = _plain(_own(known[0])) if known else {}
    found["past_traits"] = found["past_traits"][0] if found["past_traits"] else {}
    found["lists"] = [
        _plain(line)
        for line in without_others(path, Trace(person, ()), unit, words(settings.spec.languages[0])["rights.other"])
    ]
    return found


def _own(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what it says of those they live with: of two people, one and the mean tell the other."""
    kept = {
        name: cell for name, cell in row.items() if name not in {"person", "unit"} and not name.startswith(INTEREST)
    }
    return {name: None if name.startswith(_OF_OTHERS) and name != _SIZE else cell for name, cell in kept.items()}


def _unit(settings: Settings, person: str) -> str:
    """The unit of somebody in the past: as they lived when it was first read."""
    for path in _tables(settings, "people"):
        for row in read_where(path, "person", [person]).to_pylist():
            return str(row["unit"])
    return person


def _options(decisions: Table) -> list[str]:
    said = decisions.schema.field("propensities").metadata or {}
    return [name for name in said.get(b"options", b"").decode().split("\n") if name]


def _decision(row: Mapping[str, Any], options: list[str]) -> dict[str, Any]:
    chances = row["propensities"]
    shown = {name: row[name] for name in ("option", "propensity", "reason", "on", "key")}
    return _plain(shown | {"propensities": dict(zip(options, chances, strict=False)) if chances else None})


def _source(settings: Settings, row: int) -> dict[str, Any]:
    number, place = import_of_row(row)
    return {"file": file_names(settings)[number], "row": place}


def _imports(settings: Settings, person: str) -> Iterator[dict[str, Any]]:
    """By which files they came, and with which rows."""
    for one in imports_of(settings.folder, undone=True):
        for name in ("rows.parquet", "said.parquet"):
            path = one["path"] / name
            column = "~person" if one["kind"] == "people" else "person"
            if not path.exists():
                continue
            for row in read_where(path, column, [person]).to_pylist():
                if row.get("of") == 0:
                    continue  # of the row itself
                where = row.get("_row", row.get("row"))
                shown = {"number": one["number"], "kind": one["kind"], "file": one["file"], "on": one["on"]}
                yield shown | {"row": where, "same_as": row.get("of"), "undone": one["undone"]}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Ready for JSON: days as text, blanks as null."""

    def plain(value: Any) -> Any:  # noqa: ANN401 - any cell
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, float) and value != value:  # noqa: PLR0124 - a blank is NaN
            return None
        return value

    return {name: plain(value) for name, value in row.items()}
