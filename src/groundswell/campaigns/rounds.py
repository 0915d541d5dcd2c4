"""One round, in the order things happen. This file reads as the product; every line is a room's work."""

from __future__ import annotations

from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf, read_card, round_path
from groundswell.campaigns.inputs import hear_past, read_people
from groundswell.campaigns.settings import Settings
from groundswell.delivery import hand_over
from groundswell.listen import DECISIONS
from groundswell.policy import (
    Policy,
    draft_policy,
    earlier_contacts,
    open_options,
    plan_round,
    read_policy,
    replay,
    write_policy,
)
from groundswell.profiles import profile
from groundswell.tables import read, write_text
from groundswell.tables.csv import as_csv
from groundswell.trust import Told, summarise
from groundswell.trust.report import write_report
from groundswell.uplift import Evidence, learn, read_learnt, write_learnt

STAGES = ("rows", "people", "past", "traits", "learnt", "options", "policy", "decisions", "lists", "summary")
"""What a round is made of, in order: for progress."""


def play(settings: Settings, shelf: Shelf, *, number: int, seed: int, today: date) -> dict[str, Any]:
    """Play one round: import, profile, options, estimate, allocate, decide, lists, report.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept; what is there already is not made again.
        number: which round.
        seed: what folds, exploration and ties are drawn with.
        today: the day of the round.

    Returns:
        The summary.
    """
    # What came back, and who they are.
    arrived = read_people(settings, shelf)
    heard = hear_past(settings, shelf, arrived, today=today)
    traits = shelf.table(
        "traits", lambda: profile(arrived.people, arrived.rows, settings.traits, file=str(settings.file))
    )

    # What is open to each unit, and by which rule the rest is closed.
    openness = open_options(
        arrived.people,
        arrived.rows,
        options=settings.options,
        channels=settings.channels,
        messages=settings.messages,
        limits=settings.limits,
        roles=tuple(settings.spec.sources.people.roles()),
        contacts=earlier_contacts([heard.decisions, *_decided(settings, number)]),
        today=today,
        file=str(settings.file),
    )
    rules = shelf.table("options", openness.table)
    batch = openness.batch(traits)

    # What each option does, learnt on units that are not the ones it is used for.
    evidence = Evidence.gather(traits, arrived.people, heard.outcomes, settings.options, seed=seed)
    learnt = shelf.file(
        "learnt.gsw", lambda: learn(evidence, settings.spec.guard) if evidence else None, write_learnt, read_learnt
    )
    past = replay(evidence, learnt, openness=openness, limits=settings.limits, past=heard.decisions)

    # What it is worth, at which prices; then one choice for each unit.
    plan = plan_round(batch, _draft(settings, learnt, number, seed), settings.limits, today)
    shelf.file("policy.gsw", lambda: plan.policy, write_policy, read_policy)
    decisions = DECISIONS.check(shelf.table("decisions", lambda: plan.decisions(batch, today)))

    # Lists for people to use, and the page to look at.
    language = settings.spec.languages[0]
    handed = hand_over(
        shelf.path / "lists",
        people=arrived.people,
        rows=arrived.rows,
        traits=traits,
        decisions=decisions,
        rules=rules,
        channels=settings.channels,
        messages=settings.messages,
        campaign=settings.spec.name,
        language=language,
    )
    write_text(as_csv(arrived.rejected(heard.rejected)), shelf.path / "rejected.csv")
    told = Told(
        campaign={
            "name": settings.spec.name,
            "purpose": settings.spec.purpose,
            "place": settings.spec.place or "",
            "currency": settings.spec.currency,
            "language": language,
            "decide": settings.spec.decide,
        },
        round=number,
        seed=seed,
        today=today.isoformat(),
        goal={"name": settings.goal.name, "value": settings.goal.value, "kind": settings.goal.kind},
        messages=[
            {"id": message.id, "topics": list(message.topics), "channels": list(message.channels())}
            for message in settings.messages.values()
        ],
        rejected=shelf.table("rejected", lambda: arrived.rejected(heard.rejected)),
        missing=heard.missing,
        pending=heard.pending,
    )

    def told_in_full() -> dict[str, Any]:
        found = summarise(
            told,
            arrived.people,
            openness,
            batch,
            evidence,
            learnt,
            past,
            plan,
            settings.limits,
            settings.spec.guard,
        )
        lists = [
            {"channel": name, "file": f"lists/{file}", "rows": rows} for name, (file, rows) in handed.lists.items()
        ]
        found["files"] = {
            "folder": str(shelf.path),
            "report": "report.html",
            "decisions": "decisions.parquet",
            "policy": "policy.gsw",
            "rejected": "rejected.csv",
            "left_out": "lists/left-out.csv",
            "lists": lists,
        }
        found["withheld"] = handed.withheld
        write_report(found, shelf.path / "report.html")
        return found

    summary: dict[str, Any] = shelf.json("summary", told_in_full)
    return summary


def _draft(settings: Settings, learnt: Any, number: int, seed: int) -> Policy:  # noqa: ANN401 - Learnt or None
    return draft_policy(
        campaign=settings.spec.name,
        settings=settings.key,
        round_number=number,
        seed=seed,
        options=settings.options,
        messages=settings.messages,
        worth=settings.goal.value,
        limits=settings.limits,
        models=learnt.models if learnt else None,
        learning=settings.spec.learning,
    )


def _decided(settings: Settings, number: int) -> list[Any]:
    """The decisions of the rounds before this one."""
    paths = [round_path(settings.folder, earlier) for earlier in range(1, number)]
    return [read(path / "decisions.parquet") for path in paths if read_card(path) and (path / "summary.json").exists()]
