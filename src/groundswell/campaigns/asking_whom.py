"""``groundswell ask``: what to ask, and whom, so that the next plan knows better."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import Known, bars_of, opened, see
from groundswell.campaigns.played import last_round, settings_of
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.policy import Batch, Ranked, rank_questions, read_policy
from groundswell.profiles import interest_column, with_home_means
from groundswell.tables import Table, keep
from groundswell.tables.files import written
from groundswell.vocabulary import CampaignError, nearest

MOST = 20_000
"""Of more units, chance takes so many to reckon with."""


def ask(folder: Path, *, question: str | None = None, most: int = 20, target: Path | None = None) -> dict[str, Any]:
    """Rank what could be asked by how many decisions of the last round the answers would change.

    Args:
        folder: the campaign's.
        question: the one whose people are listed; None: the first.
        most: how many people are listed.
        target: a CSV file for all of them.

    Returns:
        ``questions``, each with ``question``, ``kind`` (interest or trait), ``people``, ``decisions``, ``each`` and
        ``worth`` (None in a pilot); ``asked``: the one that is listed, and ``people``: whom to ask, first those whose answer
        changes most. ``reckoned`` units of ``units``.

    Raises:
        CampaignError: where there is no finished round, or no such question.
    """
    done = last_round(folder)
    settings = settings_of(folder, done)
    shelf, today = Shelf(done.path, lambda _: None), date.fromisoformat(done.summary["today"])
    seen = see(settings, shelf, number=done.number, today=today)
    people, rows, known = _some(settings, seen.arrived.people, seen.arrived.rows, seen.known)
    barred = bars_of(settings, shelf, seen.arrived.people, today=today)

    def reopen(traits: Table) -> Batch:
        traits = with_home_means(traits, people)
        openness = opened(
            settings,
            people,
            rows,
            known=replace(known, traits=traits),
            decisions=seen.heard.decisions,
            number=done.number,
            today=today,
            barred=barred,
        )
        return openness.batch(traits)

    found = rank_questions(
        known.traits,
        read_policy(done.path / "policy.gsw"),
        reopen,
        today,
        names=[*_may_be_asked(settings)],
    )
    named = {_may_be_asked(settings)[one.column][0]: one for one in found}
    if question is not None and question not in named:
        near = nearest(question, named)
        raise CampaignError(
            f"{question} is no question that can be asked.",
            key="--question",
            found=question,
            expected="one of: " + ", ".join(named),
            hint=f"Did you mean {near}?" if near else "Everybody has answered it, or nobody has.",
        )
    first = question or next(iter(named), None)
    whole, grown = seen.arrived.people.num_rows, seen.arrived.people.num_rows / max(people.num_rows, 1)
    chosen = _people(settings, seen.arrived.people, named[first]) if first is not None else []
    rule = purpose_of(settings).individual
    if target is not None and first is not None:
        _write(target, first, chosen, figures=rule is None)
    return {
        "format": 1,
        "round": done.number,
        "people": whole,
        "reckoned": people.num_rows,
        "questions": [_told(settings, name, one, grown) for name, one in named.items()],
        "asked": first,
        "whom": [row if rule is None else {**row, "change": None} for row in chosen[:most]],
    }


def _some(settings: Settings, people: Table, rows: Table, known: Known) -> tuple[Table, Table, Known]:
    """Everybody, or as many whole units as can be reckoned with in seconds."""
    units = sorted(set(people["unit"].to_pylist()))
    if len(units) <= MOST:
        return people, rows, known
    from groundswell.stats import draw  # noqa: PLC0415 - only for many

    lots = draw(units, key=f"ask|{settings.spec.name}").tolist()
    chosen = {unit for _, unit in sorted(zip(lots, units, strict=True))[:MOST]}
    some = keep(people, "unit", chosen)
    mine = set(some["row"].to_pylist())
    traits = keep(known.traits, "unit", chosen)
    return some, keep(rows, "_row", mine), replace(known, traits=traits, past_traits=traits)


def _may_be_asked(settings: Settings) -> dict[str, tuple[str, str]]:
    """Column of the traits -> what it is called, and its kind: what people can be asked for."""
    found = {interest_column(topic.name): (topic.name, "interest") for topic in settings.topics}
    found |= {trait.name: (trait.name, "trait") for trait in settings.traits if trait.events is None}
    return found


def _told(settings: Settings, name: str, one: Ranked, grown: float) -> dict[str, Any]:
    return {
        "question": name,
        "kind": _may_be_asked(settings)[one.column][1],
        "people": round(one.people * grown),
        "decisions": one.decisions * grown,
        "each": one.decisions / max(one.people, 1),
        "worth": None if one.worth is None else one.worth * grown,
    }


def _people(settings: Settings, people: Table, one: Ranked) -> list[dict[str, Any]]:
    """Whom to ask, who said stop left out; under a rule against it by id, so that the order tells nothing."""
    rows = {row["person"]: row for row in keep(people, "person", set(one.persons)).to_pylist()}
    hidden = purpose_of(settings).individual is not None
    pairs = list(zip(one.persons, one.change.tolist(), strict=True))
    found = []
    for person, change in sorted(pairs) if hidden else pairs:
        row = rows[person]
        if not row["stop"]:
            found.append({"person": person, "name": row["name"], "phone": row["phone"], "change": change})
    return found


def _write(target: Path, question: str, chosen: list[dict[str, Any]], *, figures: bool) -> None:
    with written(target) as draft, draft.open("w", encoding="utf-8-sig", newline="") as handle:
        sheet = csv.writer(handle)
        sheet.writerow(["person", "name", "phone", "question", *(["change"] if figures else [])])
        for row in chosen:
            more = [f"{row['change']:.4f}"] if figures else []
            sheet.writerow([row["person"], row["name"] or "", row["phone"] or "", question, *more])
