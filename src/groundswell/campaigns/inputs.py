"""What a round starts from: people, and what came back of the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from groundswell.campaigns.columns import outcome_columns, past_file_columns, people_columns
from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.settings import Settings
from groundswell.listen import DECISIONS, OUTCOMES, decisions_table, hear, refuse_late
from groundswell.people import PEOPLE, gather
from groundswell.policy import Openness, Policy, draft_policy, earlier_contacts, open_options
from groundswell.sources import Rows, read_rows
from groundswell.tables import REJECTED, Table, concat, empty, read, write, write_json
from groundswell.uplift import Learnt
from groundswell.vocabulary import NOTHING


@dataclass(frozen=True)
class Arrived:
    """The people's file: its typed rows, the people, and what could not be used."""

    file: str
    rows: Table
    people: Table
    bad: tuple[Table, ...]

    def rejected(self, *more: Table) -> Table:
        """Everything that could not be used, from this file and others."""
        return concat([*self.bad, *more])


@dataclass(frozen=True)
class HeardPast:
    """The past as tables, and what is not known of it."""

    decisions: Table
    outcomes: Table
    rejected: Table
    missing: dict[str, int]
    pending: int
    unsupported: int


def read_people(settings: Settings, shelf: Shelf) -> Arrived:
    """Read the file of people; what is finished already is not read again."""
    source = settings.spec.sources.people
    path = settings.source(source.path)

    def rows() -> Table:
        found = read_rows(path, people_columns(settings), key="sources.people", delimiter=source.delimiter)
        write(found.rejected, shelf.path / "rows-rejected.parquet")
        return found.table

    typed = shelf.table("rows", rows)

    def people() -> Table:
        together = settings.spec.decide == "household" or (settings.past and settings.past.drawn_by == "household")
        agree = source.past.option if source.past and together else None
        found = gather(Rows(path.name, typed, empty(REJECTED)), source, decide=_decide(settings), agree=agree)
        write(found.rejected, shelf.path / "people-rejected.parquet")
        return found.table

    table = PEOPLE.check(shelf.table("people", people))
    bad = (read(shelf.path / "rows-rejected.parquet"), read(shelf.path / "people-rejected.parquet"))
    return Arrived(path.name, typed, table, bad)


def hear_past(settings: Settings, shelf: Shelf, arrived: Arrived, *, today: date) -> HeardPast:
    """Past treatments as decisions of round 0, and their outcomes; empty tables where there is no past."""

    def outcomes() -> Table:
        found = _hear(settings, arrived, today)
        dated = {trait.name: trait.at for trait in settings.traits if trait.at}
        refuse_late(dated, arrived.people, arrived.rows, found.decisions, file=str(settings.file))
        write(found.decisions, shelf.path / "past-decisions.parquet")
        write(found.decisions, round_path(settings.folder, 0) / "decisions.parquet")
        write(found.rejected, shelf.path / "past-rejected.parquet")
        counts = {"missing": found.missing, "pending": found.pending, "unsupported": found.unsupported}
        write_json(counts, shelf.path / "past.json")
        return found.outcomes

    known = OUTCOMES.check(shelf.table("past", outcomes))
    counts = shelf.json("past", dict)
    return HeardPast(
        decisions=read(shelf.path / "past-decisions.parquet"),
        outcomes=known,
        rejected=read(shelf.path / "past-rejected.parquet"),
        missing=counts["missing"],
        pending=counts["pending"],
        unsupported=counts["unsupported"],
    )


def _hear(settings: Settings, arrived: Arrived, today: date) -> HeardPast:
    options = [NOTHING, *settings.options]
    if settings.past is None:
        nothing = {name: empty(DECISIONS)[name] for name in DECISIONS.columns}
        return HeardPast(decisions_table(nothing, options), empty(OUTCOMES), empty(REJECTED), {}, 0, 0)
    sources = settings.spec.sources
    rows, bad = Rows(arrived.file, arrived.rows, empty(REJECTED)), []
    if sources.past is not None:
        path = settings.source(sources.past.path)
        rows = read_rows(path, past_file_columns(settings), key="sources.past", delimiter=sources.past.delimiter)
        bad.append(rows.rejected)
    acted, columns = None, None
    if sources.outcomes is not None:
        source = sources.outcomes
        path = settings.source(source.path)
        acted = read_rows(path, outcome_columns(settings), key="sources.outcomes", delimiter=source.delimiter)
        bad.append(acted.rejected)
        roles: dict[str, Any] = {"person": source.person, "action": source.action, "at": source.at}
        roles["amount"] = source.amount
        columns = {role: column for role, column in roles.items() if column}
    found = hear(
        arrived.people,
        rows,
        settings.past,
        settings.goal,
        options=options,
        today=today,
        source=Rows(arrived.file, arrived.rows, empty(REJECTED)),
        outcome_column=sources.people.outcomes.get(settings.goal.name),
        outcomes=acted,
        columns=columns,
        past_person=sources.past.person if sources.past else None,
    )
    rejected = concat([*bad, found.rejected])
    return HeardPast(found.decisions, found.outcomes, rejected, found.missing, found.pending, found.unsupported)


def _decide(settings: Settings) -> Any:  # noqa: ANN401 - a Literal of the spec
    return settings.spec.decide


def opened(settings: Settings, people: Table, rows: Table, *, past: Table, number: int, today: date) -> Openness:
    """Open and close every option for some people of the campaign: all of them, or one unit."""
    folders = [round_path(settings.folder, earlier) for earlier in range(1, number)]
    decided = [read(path / "decisions.parquet") for path in folders if (path / "summary.json").exists()]
    return open_options(
        people,
        rows,
        options=settings.options,
        channels=settings.channels,
        messages=settings.messages,
        limits=settings.limits,
        roles=tuple(settings.spec.sources.people.roles()),
        contacts=earlier_contacts([past, *decided]),
        today=today,
        file=str(settings.file),
    )


def draft(settings: Settings, learnt: Learnt | None, *, number: int, seed: int) -> Policy:
    """The policy of a round before it has prices."""
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
