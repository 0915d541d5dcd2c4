"""What a round ends with: lists, the rejected rows, the summary and the page."""

from __future__ import annotations

from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import Arrived, HeardPast
from groundswell.campaigns.settings import Settings
from groundswell.delivery import HandOver, hand_over
from groundswell.tables import Table, write_text
from groundswell.tables.csv import as_csv
from groundswell.trust import Played, Told, summarise
from groundswell.trust.report import write_report


def write_lists(
    settings: Settings, shelf: Shelf, arrived: Arrived, *, traits: Table, decisions: Table, rules: Table
) -> HandOver:
    """Write the lists, one a channel, and the list of those left out."""
    shelf.tell("lists")
    return hand_over(
        shelf.path / "lists",
        people=arrived.people,
        rows=arrived.rows,
        traits=traits,
        decisions=decisions,
        rules=rules,
        channels=settings.channels,
        messages=settings.messages,
        campaign=settings.spec.name,
        language=settings.spec.languages[0],
    )


def tell(
    settings: Settings,
    shelf: Shelf,
    played: Played,
    arrived: Arrived,
    heard: HeardPast,
    handed: HandOver,
    *,
    today: date,
    what_if: tuple[str, ...],
) -> dict[str, Any]:
    """Write the rejected rows, the page and, last of all, the summary: where it is, the round is finished."""
    rejected = shelf.table("rejected", lambda: arrived.rejected(heard.rejected))
    write_text(as_csv(rejected), shelf.path / "rejected.csv")

    def made() -> dict[str, Any]:
        found = summarise(_told(settings, heard, rejected, today), played)
        found |= {"files": _files(shelf, handed), "withheld": handed.withheld, "what_if": list(what_if)}
        write_report(found, shelf.path / "report.html")
        return found

    summary: dict[str, Any] = shelf.json("summary", made)
    return summary


def _told(settings: Settings, heard: HeardPast, rejected: Table, today: date) -> Told:
    spec, goal = settings.spec, settings.goal
    return Told(
        campaign={
            "name": spec.name,
            "purpose": spec.purpose,
            "place": spec.place or "",
            "currency": spec.currency,
            "language": spec.languages[0],
            "decide": spec.decide,
        },
        today=today.isoformat(),
        goal={"name": goal.name, "value": goal.value, "kind": goal.kind},
        messages=[
            {"id": message.id, "topics": list(message.topics), "channels": list(message.channels())}
            for message in settings.messages.values()
        ],
        limits=settings.limits,
        guard=spec.guard,
        rejected=rejected,
        missing=heard.missing,
        pending=heard.pending,
        unsupported=heard.unsupported,
    )


def _files(shelf: Shelf, handed: HandOver) -> dict[str, Any]:
    return {
        "folder": str(shelf.path),
        "report": "report.html",
        "decisions": "decisions.parquet",
        "policy": "policy.gsw",
        "rejected": "rejected.csv",
        "left_out": "lists/left-out.csv",
        "lists": [
            {"channel": name, "file": f"lists/{file}", "rows": rows} for name, (file, rows) in handed.lists.items()
        ],
    }
