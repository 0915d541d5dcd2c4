"""Who has more ids than one, as the last ``groundswell link`` found it; where nobody ever linked, every id is a person."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from groundswell.campaigns.folder import HIDDEN, decisions_of, members_of
from groundswell.campaigns.settings import Settings
from groundswell.people.linking.applying import as_people, one_a_person
from groundswell.people.linking.keeping import Answer, forget_id
from groundswell.tables import Table, read, read_json, write_json

ANSWERS = "answers.json"
_WHOLE = "weights.json"
"""The last file of what is kept of a link."""


def links_path(folder: Path) -> Path:
    """Where links and answers are kept."""
    return folder / HIDDEN / "links"


def links_now(folder: Path) -> Path | None:
    """The folder of the links that hold; None where there are none."""
    found = [path for path in links_path(folder).glob("[0-9][0-9][0-9][0-9]") if (path / _WHOLE).exists()]
    return max(found, default=None)


def links_mark(folder: Path) -> list[object]:
    """The same as long as the same links hold; empty where there are none."""
    now = links_now(folder)
    return [] if now is None else [now.name, sha256((now / "people.parquet").read_bytes()).hexdigest()]


def links_of(folder: Path) -> Table | None:
    """``id, person, probability`` of everybody with more ids than one; None where nobody has."""
    now = links_now(folder)
    found = read(now / "people.parquet") if now is not None else None
    return found if found is not None and found.num_rows else None


def ids_of_person(folder: Path, person: str) -> list[str]:
    """All ids of a person, whichever of them is given; the one they go by is the first."""
    links = links_of(folder)
    rows = links.to_pylist() if links is not None else []
    goes_by = next((row["person"] for row in rows if row["id"] == person), person)
    return [goes_by, *(row["id"] for row in rows if row["person"] == goes_by and row["id"] != goes_by)]


def answers_of(folder: Path) -> list[Answer]:
    """What was answered, in order."""
    place = links_path(folder) / ANSWERS
    said = read_json(place)["answers"] if place.exists() else []
    return [Answer(row["one"], row["other"], row["same"]) for row in said]


def note_answer(folder: Path, one: str, other: str, *, same: bool, on: str) -> None:
    """Write an answer down, for good: a later one about the same two outweighs it.

    Args:
        folder: the campaign's.
        one: an id.
        other: another.
        same: they are one person.
        on: the day.
    """
    place = links_path(folder) / ANSWERS
    said = read_json(place)["answers"] if place.exists() else []
    said.append({"one": one, "other": other, "same": same, "on": on})
    write_json({"format": 1, "answers": said}, place)


def take_back_answer(folder: Path) -> None:
    """Strike out the last answer."""
    place = links_path(folder) / ANSWERS
    write_json({"format": 1, "answers": read_json(place)["answers"][:-1]}, place)


def forget_links(folder: Path, one: str) -> Iterator[tuple[str, int]]:
    """Take an id out of links and answers; each file's name and how many rows went."""
    place = links_path(folder)
    for path in place.glob("*"):
        if path.is_dir() and not path.name.isdigit():  # a link that was killed
            shutil.rmtree(path)
        elif path.is_dir() and (path / _WHOLE).exists():
            yield path.relative_to(folder).as_posix(), forget_id(path, one)
    said = read_json(place / ANSWERS)["answers"] if (place / ANSWERS).exists() else []
    left = [answer for answer in said if one not in {answer["one"], answer["other"]}]
    if len(left) < len(said):
        write_json({"format": 1, "answers": left}, place / ANSWERS)
    yield f"{HIDDEN}/links/{ANSWERS}", len(said) - len(left)


def decisions_today(settings: Settings, *, before: int | None = None) -> list[Table]:
    """The decisions of earlier rounds, about people as they are known today."""
    links = links_of(settings.folder) if settings.spec.decide == "person" else None
    return [one_a_person(table, links) for table in decisions_of(settings.folder, before=before)]


def members_today(settings: Settings, *, before: int | None = None) -> dict[int, Table]:
    """Round -> who its units were made of, as they are known today."""
    links = links_of(settings.folder)
    units = links if settings.spec.decide == "person" else None
    return {
        number: as_people(as_people(table, "person", links), "unit", units)
        for number, table in members_of(settings.folder, before=before).items()
    }
