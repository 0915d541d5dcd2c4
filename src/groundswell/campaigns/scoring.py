"""``groundswell scores``: what can be told of everybody from those who were asked, and for whom it may be shown."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import Looked, look
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.profiles import ANSWERS, Reason, Score, foretells, hide_few, reasons_of
from groundswell.tables import Table, keep, read, read_json
from groundswell.tables.files import written
from groundswell.trust.scoring import reasons_words
from groundswell.vocabulary import CampaignError

_AT_ONCE = 20_000


def told_scores(settings: Settings, shelf: Shelf) -> list[dict[str, Any]]:
    """What a round has to say of each declared score, without places where so few live that it would tell of persons."""
    if not settings.scores:
        return []
    smallest = purpose_of(settings).minimum_group
    return [hide_few(one, smallest) for one in read_json(shelf.path / "scores.json")["scores"]]


def scores_of(
    settings: Settings, *, number: int, today: date, seed: int = 0, target: Path | None = None
) -> dict[str, Any]:
    """Every declared score over the people of today; nothing is written into the campaign.

    Args:
        settings: the campaign.
        number: the round whose knowledge is looked at.
        today: the day.
        seed: what folds are drawn with.
        target: a CSV file for everybody's scores and their reasons; None: none.

    Returns:
        ``scores``: what is to be said of each; ``rows``: how many were written.

    Raises:
        CampaignError: where the purpose lets nobody be shown what is foretold of one person.
    """
    rule = purpose_of(settings).individual
    if target is not None and rule is not None:
        raise CampaignError(
            f"{rule.sentence()} [{rule.source()}]",
            key=rule.id,
            found=f"--write {target}",
            expected="scores of groups and places",
            hint="Leave --write out.",
        )
    with look(settings, number=number, today=today, seed=seed) as seen:
        told = told_scores(settings, seen.shelf)
        rows = _write(settings, seen, seed, target) if target is not None else 0
    return {"format": 1, "day": today.isoformat(), "scores": told, "rows": rows}


def reasons_in(
    settings: Settings, path: Path, score: Score, rows: Table, traits: Table, people: list[str], *, seed: int
) -> dict[str, tuple[Reason, ...]]:
    """The facts that moved a score of some people most, as a round has it.

    Args:
        settings: the campaign.
        path: the round's folder.
        score: which.
        rows: the typed rows of the file of people.
        traits: everybody's, as the round has them.
        people: whose.
        seed: the round's.
    """
    answers = ANSWERS.check(keep(read(path / "answers.parquet"), "score", {score.name}))
    of = foretells(score, traits, rows, settings.traits, settings.topics, file=str(settings.file))
    return reasons_of(score, answers, traits, people, of=of, seed=seed)


def _write(settings: Settings, seen: Looked, seed: int, target: Path) -> int:
    """Everybody's scores with the three facts that moved each most."""
    language, count = settings.spec.languages[0], 0
    with written(target) as draft, draft.open("w", encoding="utf-8-sig", newline="") as handle:
        sheet = csv.writer(handle)
        sheet.writerow(["person", "score", "value", "lower", "upper", "because"])
        for score in settings.scores:
            mine = keep(seen.known.scores, "score", {score.name}).to_pylist()
            for start in range(0, len(mine), _AT_ONCE):
                some = mine[start : start + _AT_ONCE]
                people = [row["person"] for row in some]
                why = reasons_in(
                    settings, seen.shelf.path, score, seen.arrived.rows, seen.known.traits, people, seed=seed
                )
                for row in some:
                    figures = [f"{row[part]:.4f}" for part in ("value", "lower", "upper")]
                    sheet.writerow([row["person"], score.name, *figures, reasons_words(why[row["person"]], language)])
            count += len(mine)
    return count
