"""A finished round: what it is made of, what it left, and the last one there is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundswell.campaigns.beside import mark_beside
from groundswell.campaigns.folder import read_card, round_path, rounds_of
from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.lessons import lessons_mark
from groundswell.campaigns.linked import links_mark
from groundswell.campaigns.settings import Settings, load_settings
from groundswell.campaigns.trials import plans_for
from groundswell.policy import read_policy
from groundswell.sources import split_path
from groundswell.tables import Table, read, read_json
from groundswell.vocabulary import CampaignError
from groundswell.vocabulary.version import __version__


class Decisions:
    """The decisions of a round, for whichever library you like."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def arrow(self) -> Table:
        """As an Arrow table."""
        return read(self.path)

    def df(self) -> Any:  # noqa: ANN401 - pandas is not a dependency
        """As a pandas DataFrame; needs pandas."""
        return self.arrow().to_pandas()

    def pl(self) -> Any:  # noqa: ANN401 - polars is not a dependency
        """As a polars DataFrame; needs polars."""
        import polars  # noqa: PLC0415 - only who asks for it needs it

        return polars.from_arrow(self.arrow())


@dataclass(frozen=True)
class Round:
    """A finished round.

    Attributes:
        number: 1 for the first.
        path: its folder.
        summary: the JSON object of ``groundswell run --json``.
    """

    number: int
    path: Path
    summary: dict[str, Any]

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.path / "report.html"

    @property
    def decisions(self) -> Decisions:
        """What every unit gets: ``.arrow()``, ``.df()``, ``.pl()``."""
        return Decisions(self.path / "decisions.parquet")


def round_key(settings: Settings, seed: int, number: int) -> str:
    """Hash of everything a round is made of: settings, messages, files, seed, version, experiments that wait for it."""
    sources = settings.spec.sources
    parts = (sources.past, sources.outcomes, sources.events, sources.remarks, sources.messengers)
    paths = [sources.people.path, *(part.path for part in parts if part)]
    # An import of people that brought nothing new changes nothing, unless it says what one says that was undone.
    undone = any(one["undone"] and one["kind"] == "people" for one in imports_of(settings.folder, undone=True))
    imported = [
        one["sha256"] for one in imports_of(settings.folder) if one["changed"] or one["kind"] != "people" or undone
    ]
    outer = {path: split_path(settings.source(path))[0] for path in paths}
    files = [(path, (stat := outer[path].stat()).st_size, stat.st_mtime_ns) for path in paths]
    linked = links_mark(settings.folder)
    waiting = [plan["sha256"] for plan in plans_for(settings.folder, number)]
    others = [*lessons_mark(settings), *mark_beside(settings)]
    said = json.dumps([settings.key, seed, __version__, files, imported, *linked, *waiting, *others])
    return hashlib.sha256(said.encode()).hexdigest()


def last_round(folder: Path) -> Round:
    """The last finished round of a campaign.

    Raises:
        CampaignError: when there is none.
    """
    for number in reversed(rounds_of(folder)):
        path = round_path(folder, number)
        if (path / "summary.json").exists():
            return Round(number, path, read_json(path / "summary.json"))
    raise CampaignError(
        "There is no finished round yet.",
        file=folder,
        found="no summary of a round",
        expected="a round that was run to its end",
        hint=f"Run it with  groundswell run {folder}.",
    )


def settings_of(folder: Path, done: Round) -> Settings:
    """The settings a round was run with.

    Raises:
        CampaignError: when the campaign has changed since.
    """
    card = read_card(done.path) or {}
    settings = load_settings(folder, tuple(card.get("sets", ())))
    if read_policy(done.path / "policy.gsw").settings != settings.key:
        raise CampaignError(
            "The campaign has changed since its last round.",
            file=settings.file,
            found="other settings or messages than those of the round",
            expected="the settings that made the decision",
            hint=f"Run it again with  groundswell run {folder}.",
        )
    return settings
