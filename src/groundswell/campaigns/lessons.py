"""``groundswell lessons``: what a campaign has learnt, to be carried into the next one; no person is in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import HIDDEN, round_path, rounds_of
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.tables import read_json, write_json
from groundswell.uplift import (
    About,
    Lesson,
    fit_to_share,
    lessons_as_json,
    lessons_from_json,
    merge,
    read_learnt,
)
from groundswell.vocabulary import CampaignError, DataError, EvidenceError, StorageError, split_option


@dataclass(frozen=True)
class Lessons:
    """What is known.

    Attributes:
        own: what this campaign learnt; empty before anything came back.
        others: what was imported from other campaigns.
        withheld: how many lessons are about too few people to leave the campaign.
        smallest: the smallest group that the purpose allows to be shown.
    """

    own: tuple[Lesson, ...]
    others: tuple[Lesson, ...]
    withheld: int
    smallest: int

    def as_json(self) -> dict[str, Any]:
        """Everything that may be shown, as one JSON object."""
        return lessons_as_json(merge(self.others, self.own), self.smallest) | {"withheld": self.withheld}


def lessons_of(settings: Settings) -> Lessons:
    """What a campaign learnt until its last finished round, as far as it may be shown, and what it was told by others."""
    smallest = purpose_of(settings).minimum_group
    every: tuple[Lesson, ...] = ()
    for number in reversed(rounds_of(settings.folder)):
        path = round_path(settings.folder, number)
        if (path / "summary.json").exists() and (path / "learnt.gsw").exists():
            learnt = read_learnt(path / "learnt.gsw")
            every = learnt.lessons if learnt else ()
            break
    own = fit_to_share(every, smallest)
    return Lessons(own, lessons_told(settings), len(every) - len(own), smallest)


def lessons_told(settings: Settings) -> tuple[Lesson, ...]:
    """What other campaigns learnt; a campaign's own lessons, come home by way of others, are none of them."""
    found = merge(*(lessons_from_json(read_json(file), file.name) for file in _files(settings)))
    return tuple(lesson for lesson in found if lesson.source != settings.spec.name)


def lessons_mark(settings: Settings) -> list[str]:
    """A hash of each file of lessons: a round is planned anew when there is another."""
    files = _files(settings)
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def about_options(settings: Settings) -> dict[str, About]:
    """What each option is about: the topics of its message, and its channel."""
    return {
        option: About(tuple(settings.messages[split_option(option)[0]].topics), split_option(option)[1])
        for option in settings.options
    }


def export_lessons(settings: Settings, target: Path) -> Lessons:
    """Write the lessons that may leave the campaign into a file, those it was told included.

    Raises:
        CampaignError: when there is nothing to tell, or something at the target already.
    """
    found = lessons_of(settings)
    if not found.own and not found.others:
        raise CampaignError(
            "There is nothing to tell yet.",
            file=settings.folder,
            found="no round that learnt from outcomes" if not found.withheld else "only lessons about too few people",
            expected=f"effects on {found.smallest} people or more",
            hint="Import outcomes, then run the next round.",
        )
    if target.exists():
        raise CampaignError(
            f"{target.name} is there already.", file=target, expected="a new file", hint="Give another name."
        )
    write_json(lessons_as_json(merge(found.others, found.own), found.smallest), target)
    return found


def import_lessons(settings: Settings, file: Path) -> tuple[Lesson, ...]:
    """Take in what another campaign learnt; the next round weighs it against what it sees itself.

    Raises:
        DataError: when the file holds no lessons.
    """
    try:
        lessons = lessons_from_json(read_json(file), file.name)
    except (StorageError, EvidenceError) as error:
        raise DataError(
            f"{file.name} holds no lessons.",
            file=file,
            found=error.found or error.message,
            expected="a file that  groundswell lessons --export  wrote",
            hint="Export it again.",
        ) from error
    mark = hashlib.sha256(repr(sorted(map(repr, lessons))).encode()).hexdigest()[:12]
    there = _files(settings)
    if any(mark in one.stem.split("-") for one in there):
        return lessons  # it has its place already: what came after it is newer
    place = settings.folder / HIDDEN / "lessons" / f"{len(there) + 1:04}-{mark}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    write_json(lessons_as_json(lessons, 0), place)
    return lessons


def _files(settings: Settings) -> list[Path]:
    """The files of lessons as they came, the first one first; those of an older version, without a number, before all."""
    files = (settings.folder / HIDDEN / "lessons").glob("*.json")
    return sorted(files, key=lambda file: ("-" in file.stem, file.name))
