"""What a round ends with: lists, the rejected rows, the summary and the page."""

from __future__ import annotations

from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.inputs import Arrived, CameBack, also_known
from groundswell.campaigns.scoring import told_scores
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.speaking import find_messengers, rejected_messengers, told_from_whom
from groundswell.campaigns.standing import bars
from groundswell.delivery import HandOver, hand_over
from groundswell.listen import own_sendings
from groundswell.tables import Table, read, read_json, write_text
from groundswell.tables.csv import as_csv
from groundswell.trust import Played, Told, summarise


def write_lists(
    settings: Settings,
    shelf: Shelf,
    arrived: Arrived,
    heard: CameBack,
    *,
    traits: Table,
    decisions: Table,
    rules: Table,
) -> HandOver:
    """Write the lists, one a channel, and the list of those left out."""
    spoken = find_messengers(settings, shelf, arrived, heard, traits=traits, decisions=decisions)
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
        spoken=spoken,
        barred=bars(settings, arrived.people, also_known(settings)[0]),
        together=settings.together,
    )


def tell(
    settings: Settings,
    shelf: Shelf,
    played: Played,
    arrived: Arrived,
    heard: CameBack,
    handed: HandOver,
    *,
    today: date,
    what_if: tuple[str, ...],
) -> dict[str, Any]:
    """Write the rejected rows, the page and, last of all, the summary: where it is, the round is finished."""
    # A quarter of a second for the plots that most commands need not wait for.
    from groundswell.trust.report import write_report  # noqa: PLC0415

    rejected = shelf.table("rejected", lambda: _rejected(shelf, arrived, heard))
    write_text(as_csv(rejected), shelf.path / "rejected.csv")

    def made() -> dict[str, Any]:
        decisions = read(shelf.path / "decisions.parquet")
        sendings = own_sendings(arrived.people, [*heard.decisions, decisions])
        scores = told_scores(settings, shelf)
        found = summarise(_told(settings, heard, rejected, today, sendings, scores, told_from_whom(shelf)), played)
        found |= {"files": _files(shelf, handed), "withheld": handed.withheld, "what_if": list(what_if)}
        write_report(found, shelf.path / "report.html")
        return found

    summary: dict[str, Any] = shelf.json("summary", made)
    return summary


def _earlier(settings: Settings, heard: CameBack) -> list[dict[str, Any]]:
    """What each earlier round's own summary said of itself."""
    numbers = [table["round"].to_pylist()[0] for table in heard.decisions[1:] if table.num_rows]
    return [read_json(round_path(settings.folder, number) / "summary.json")["history"][-1] for number in numbers]


def _rejected(shelf: Shelf, arrived: Arrived, heard: CameBack) -> Table:
    shown = shelf.path / "shown-rejected.parquet"
    return arrived.rejected(heard.rejected, *([read(shown)] if shown.exists() else []), *rejected_messengers(shelf))


def _told(
    settings: Settings,
    heard: CameBack,
    rejected: Table,
    today: date,
    sendings: dict[str, Any] | None,
    scores: list[dict[str, Any]],
    from_whom: dict[str, Any] | None,
) -> Told:
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
        goal={"name": goal.name, "value": goal.value, "kind": goal.kind, "within": goal.within},
        messages=[
            {"id": message.id, "topics": list(message.topics), "channels": list(message.channels())}
            for message in settings.messages.values()
        ],
        limits=settings.limits,
        guard=heard.guard(settings),
        rejected=rejected,
        missing=heard.missing,
        unmatched=heard.unmatched,
        rounds=heard.rounds,
        scores=scores,
        from_whom=from_whom,
        sendings=sendings,
        earlier=_earlier(settings, heard),
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
