"""Other campaigns of the same people: what they said counts for our patience, too."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import read_card, round_path, rounds_of
from groundswell.campaigns.linked import links_of
from groundswell.campaigns.settings import FILE, Settings
from groundswell.campaigns.whatif import questions
from groundswell.people.linking.applying import as_people
from groundswell.policy import RoundBeside
from groundswell.tables import read
from groundswell.vocabulary import SettingsError


def wrong_beside(settings: Settings) -> Iterator[SettingsError]:
    """Folders named in ``beside`` that hold no campaign, or this one."""
    for path in settings.spec.beside:
        folder = settings.folder / path
        if not (folder / FILE).is_file() or folder.resolve() == settings.folder.resolve():
            yield SettingsError(
                f'"{path}" is no other campaign.',
                file=settings.file,
                key="beside",
                found="this campaign itself" if (folder / FILE).is_file() else f"no {FILE} in it",
                expected="the folder of another campaign, from this one's folder",
                hint='Write it like  beside = ["../spring"], or leave it out.',
            )


def rounds_beside(settings: Settings) -> list[RoundBeside]:
    """The finished rounds of other campaigns; a what-if is nothing that anybody hears."""
    links = links_of(settings.folder)
    found = []
    for folder, path, _ in _finished(settings):
        people = as_people(read(path / "people.parquet"), "person", links)
        found.append(
            RoundBeside(read(path / "decisions.parquet"), people, _has_ids(folder) and _has_ids(settings.folder))
        )
    return found


def mark_beside(settings: Settings) -> list[object]:
    """The same as long as other campaigns have said the same."""
    return [
        (folder.name, path.name, card["key"], (stat := (path / "decisions.parquet").stat()).st_size, stat.st_mtime_ns)
        for folder, path, card in _finished(settings)
    ]


def _finished(settings: Settings) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    for name in settings.spec.beside:
        folder = settings.folder / name
        for number in rounds_of(folder):
            path = round_path(folder, number)
            card = read_card(path)
            if card and (path / "summary.json").exists() and not questions(card.get("sets", ())):
                yield folder, path, card


def _has_ids(folder: Path) -> bool:
    """Whether the people of a campaign have ids; a row's number is nobody elsewhere."""
    people = tomllib.loads((folder / FILE).read_text("utf-8")).get("sources", {}).get("people", {})
    return isinstance(people, dict) and people.get("person", "#row") != "#row"
