"""What a round starts from: people, what they care about, and what came back of the past and of earlier rounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from groundswell.campaigns.beside import rounds_beside
from groundswell.campaigns.blocking import forgotten_hashes, read_own, secret_for, turned_away
from groundswell.campaigns.columns import (
    columns_of_lists,
    every_column,
    outcome_columns,
    past_file_columns,
    people_columns,
    shown_columns,
)
from groundswell.campaigns.folder import Shelf, round_path, rounds_of
from groundswell.campaigns.importing import file_names, imports_of, layers_of, mark_of, tables_of
from groundswell.campaigns.lessons import about_options, lessons_told
from groundswell.campaigns.linked import decisions_today, links_mark, links_of, members_today
from groundswell.campaigns.questioning import asking_of
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import ASKED, bars, note_stops, revision
from groundswell.campaigns.trials import too_coarse
from groundswell.listen import (
    ACTED,
    DECISIONS,
    OUTCOMES,
    Heard,
    as_acted,
    as_shown,
    decisions_table,
    hear,
    join_outcomes,
    of_known_people,
    refuse_late,
    who_acted,
)
from groundswell.people import (
    BARRED,
    BY_ADDRESS,
    PEOPLE,
    gather,
    lay_over,
    lead_to_files,
    with_blank,
    with_homes,
    with_made,
    with_teams,
)
from groundswell.people.linking.applying import as_people, subjects_of
from groundswell.policy import Openness, Policy, contacts_beside, draft_policy, earlier_contacts, open_options
from groundswell.profiles import (
    ANSWERS,
    INTERESTS,
    SCORES,
    foretell,
    interest_column,
    interests,
    profile,
    with_contacts,
    with_interests,
    with_scores,
    without_scores,
)
from groundswell.sources import Rows, split_path
from groundswell.tables import REJECTED, Table, concat, empty, keep, read, read_json, write, write_json
from groundswell.uplift import Evidence, GuardSpec, Learnt, hints_of, learn
from groundswell.vocabulary import CONTACTS, NOTHING
from groundswell.vocabulary.version import __version__


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
class CameBack:
    """What is known of the past and of earlier rounds, and what is not.

    Attributes:
        decisions: those of the past (round 0), then of each earlier round.
        outcomes: contract ``OUTCOMES``, of all of them.
        rejected: rows that fit nobody or no decision.
        missing: option -> people whose outcome should be known and is not.
        unmatched: option -> actions outside the window of every decision.
        pending: people whose window is still open.
        unsupported: people drawn where some option had no chance.
        rounds: how many outcomes each round has.
    """

    decisions: list[Table]
    outcomes: Table
    rejected: Table
    missing: dict[str, int]
    unmatched: dict[str, int]
    pending: int
    unsupported: int
    rounds: dict[str, int]

    def guard(self, settings: Settings) -> GuardSpec:
        """How sure a proof must be now: every round that is added to the evidence is one more look at it."""
        return settings.spec.guard.at_look(max(len(self.rounds), 1))


@dataclass(frozen=True)
class Known:
    """What is known of everybody today, and what was known when the past was drawn.

    Attributes:
        traits: of everybody, with interests and scores.
        interests: contract ``INTERESTS``.
        past_traits: the same people as they were known then.
        scores: contract ``SCORES``.
    """

    traits: Table
    interests: Table
    past_traits: Table
    scores: Table = field(default_factory=lambda: empty(SCORES))


def read_people(settings: Settings, shelf: Shelf) -> Arrived:
    """Read the file of people and what was imported since; what is finished already is not read again."""
    source = settings.spec.sources.people
    path = settings.source(source.path)

    key = _rows_key(settings)

    def rows() -> Table:
        found, rejected = rows_today(settings)
        write(rejected, shelf.path / "rows-rejected.parquet")
        return found

    typed = shelf.table("rows", rows)
    if not (shelf.path / _OF_WHAT).exists():
        write_json({"key": key}, shelf.path / _OF_WHAT)

    def people() -> Table:
        together = settings.spec.decide != "person" or (settings.past and settings.past.drawn_by == "household")
        agree = source.past.option if source.past and together else None
        rows = Rows(path.name, typed, empty(REJECTED))
        found = gather(rows, settings.people, decide=settings.spec.decide, agree=agree)
        write(lead_to_files(found.rejected, file_names(settings)), shelf.path / "people-rejected.parquet")
        return found.table

    table = PEOPLE.check(shelf.table("people", people))
    bad = (read(shelf.path / "rows-rejected.parquet"), read(shelf.path / "people-rejected.parquet"))
    return Arrived(path.name, typed, table, bad)


def rows_today(settings: Settings, *, as_of: date | None = None, apart: bool = False) -> tuple[Table, Table]:
    """The rows of the file of people with what was imported laid over, and the rejected rows of that file.

    Args:
        settings: the campaign.
        as_of: what was imported until then; None: everything.
        apart: True: one row an id, even where several are one person's.
    """
    if as_of is None and not apart and (known := _as_in_a_round(settings)) is not None:
        return known
    links = None if apart else links_of(settings.folder)
    source = settings.spec.sources.people
    path, roles = settings.source(source.path), settings.people.roles()
    found = read_own(settings, source, people_columns(settings), key="sources.people")
    own = with_made(found.table, source.roles(), country=settings.country)
    away = empty(REJECTED)
    if source.person != "#row":
        own, away = turned_away(settings, own, id_column=source.person, file=path.name)
    layers = layers_of(settings.folder, as_of=as_of)
    rows = lay_over(
        own,
        layers,
        person=source.person,
        expected=every_column(settings),
        roles=roles,
        links=links,
        country=settings.country,
    )
    rows = as_people(rows, settings.people.manager or "", links)
    rows = with_blank(rows, {name: column.arrow() for name, column in columns_of_lists(settings).items()})
    if settings.people.household == BY_ADDRESS:
        rows = with_homes(rows, settings.people)
    # A key is made where there is none: not for campaigns without teams.
    secret = secret_for(settings) if settings.people.manager else b""
    return with_teams(rows, settings.people, secret=secret), concat([found.rejected, away])


_OF_WHAT = "rows-of.json"
"""In a round's folder: what its rows were made of."""


def _rows_key(settings: Settings) -> str:
    """The same as long as nothing changes the rows of people."""
    path = settings.source(settings.spec.sources.people.path)
    file = mark_of(path) if split_path(path)[0].is_file() else None
    imported = [
        (one["number"], one["sha256"], one["undone"])
        for one in imports_of(settings.folder, undone=True)
        if one["kind"] == "people"
    ]
    gone = sorted(forgotten_hashes(settings))
    said = [settings.key, __version__, file, imported, links_mark(settings.folder), gone]
    return sha256(json.dumps(said).encode()).hexdigest()


def _as_in_a_round(settings: Settings) -> tuple[Table, Table] | None:
    """Rows and rejected rows as a round made them, where nothing of people has changed since: they are not made again."""
    for number in reversed(rounds_of(settings.folder)):
        path = round_path(settings.folder, number)
        if not (path / _OF_WHAT).exists():
            continue
        tables = path / "rows.parquet", path / "rows-rejected.parquet"
        same = read_json(path / _OF_WHAT)["key"] == _rows_key(settings) and all(table.exists() for table in tables)
        return (read(tables[0]), read(tables[1])) if same else None
    return None


def people_today(settings: Settings, *, as_of: date | None = None) -> Table:
    """Everybody there is, read afresh: contract ``PEOPLE``."""
    return people_of(settings, rows_today(settings, as_of=as_of)[0])


def people_of(settings: Settings, rows: Table) -> Table:
    """The people of some rows: contract ``PEOPLE``."""
    file = settings.spec.sources.people.path
    return gather(Rows(file, rows, empty(REJECTED)), settings.people, decide=settings.spec.decide).table


def also_known(settings: Settings) -> tuple[Table | None, Table | None]:
    """By what else the ledger knows people with several ids, and a row for each id; None where nobody has."""
    links = links_of(settings.folder)
    if links is None:
        return None, None
    apart = people_of(settings, rows_today(settings, apart=True)[0])
    return subjects_of(apart, links), apart


def know_people(
    settings: Settings, shelf: Shelf, arrived: Arrived, heard: CameBack, *, today: date, seed: int = 0
) -> Known:
    """Traits, interests and scores of everybody, as of today and as of the past."""
    people, rows, file = arrived.people, arrived.rows, str(settings.file)
    shown = cache(lambda: shown_today(settings, shelf, people))
    counts_events = any(trait.events for trait in settings.traits)

    def plain(day: date, *, dated: bool = True) -> Table:
        """Traits without interests, scores and contacts, as they were on a day; what is not dated counts no event."""
        events = shown()[0] if counts_events else None
        events = events if dated or events is None else keep(events, "person", set())
        return profile(people, rows, settings.traits, file=file, day=day, events=events, topics=settings.topics)

    def contacted() -> Table:
        # Before a second round nobody was contacted by us: the trait would say nothing.
        told = heard.decisions if len(heard.decisions) > 1 else []
        return with_contacts(plain(today), _contacts(settings, people, told), today) if told else plain(today)

    topics = [topic for topic in settings.topics if topic.interest or topic.position or _listens(settings)]

    def known(day: date) -> Table:
        return interests(people, rows, topics, events=shown()[0], remarks=shown()[1], today=day, file=file)

    found = INTERESTS.check(shelf.table("interests", lambda: known(today))) if topics else empty(INTERESTS)
    bare = cache(lambda: with_interests(contacted(), found, topics))
    scores = _foretold(settings, shelf, arrived, bare, today=today, seed=seed)
    traits = shelf.table("traits", lambda: with_scores(bare(), scores))
    if settings.past is None:
        return Known(traits, found, traits, scores)
    first = min((day for day in heard.decisions[0]["on"].to_pylist() if day is not None), default=None)
    if not topics and not any(trait.built_in for trait in settings.traits):
        return Known(traits, found, _scores_then(settings, shelf, _of_past(traits), heard), scores)

    def earlier() -> Table:
        # What people did after the past was sent may be its effect: it says nothing of whom they were then.
        then = plain(first or today, dated=first is not None)
        then = with_contacts(then, earlier_contacts([]), date.max) if CONTACTS in traits.column_names else then
        return with_scores(with_interests(then, known(first or date.min), topics), scores)

    past = shelf.table("past-traits", earlier)
    return Known(traits, found, _scores_then(settings, shelf, past, heard), scores)


def _foretold(
    settings: Settings, shelf: Shelf, arrived: Arrived, traits: Callable[[], Table], *, today: date, seed: int
) -> Table:
    """The scores that are worth something, of everybody; what is to be said of each stands beside."""
    if not settings.scores:
        return empty(SCORES)

    def made() -> Table:
        acted = as_people(acted_by(settings), "person", links_of(settings.folder))
        found = foretell(
            settings.scores,
            arrived.people,
            arrived.rows,
            traits(),
            declared=settings.traits,
            topics=settings.topics,
            acted=who_acted(acted, arrived.people, today=today),
            seed=seed,
            file=str(settings.file),
        )
        write(found.answers, shelf.path / "answers.parquet")
        write_json({"scores": found.told}, shelf.path / "scores.json")
        return found.scores

    return SCORES.check(shelf.table("scores", made))


def _scores_then(settings: Settings, shelf: Shelf, traits: Table, heard: CameBack) -> Table:
    """Traits of the past, without what people said or did only later."""
    if not settings.scores:
        return traits
    days = [day for day in heard.decisions[0]["on"].to_pylist() if day is not None]
    told = read(shelf.path / "answers.parquet", list(ANSWERS.columns)).to_pylist()
    # Only what is known to have been said before counts: of a day that nobody wrote down nobody knows that.
    late = {row["score"] for row in told if not days or row["at"] is None or row["at"] >= min(days)}
    return without_scores(traits, [one.name for one in settings.scores if one.action or one.name in late])


def _contacts(settings: Settings, people: Table, decisions: list[Table]) -> Table:
    """Earlier contacts, by the units of today: who moves to another home or team is as tired there."""
    told = earlier_contacts(decisions)
    if settings.spec.sources.people.person == "#row" or not told.num_rows:  # a row's number is nobody
        return told
    if (
        settings.spec.decide == "person"
        and not keep(told, "unit", set(people["person"].to_pylist()), others=True).num_rows
    ):
        return told
    return earlier_contacts(decisions, people, members_today(settings))


def _of_past(traits: Table) -> Table:
    """Traits of the past: nobody had been contacted by us."""
    if CONTACTS not in traits.column_names:
        return traits
    return with_contacts(traits.drop_columns([CONTACTS]), earlier_contacts([]), date.max)


def _listens(settings: Settings) -> bool:
    sources = settings.spec.sources
    imported = tables_of(settings.folder, "events") or tables_of(settings.folder, "remarks")
    return sources.events is not None or sources.remarks is not None or bool(imported)


def shown_today(settings: Settings, shelf: Shelf, people: Table) -> tuple[Table, Table]:
    """Events and remarks: the campaign's own files and all imports; what cannot be used goes to the rejected."""
    found, bad, links = [], [], links_of(settings.folder)
    for kind in ("events", "remarks"):
        source = getattr(settings.spec.sources, kind)
        parts = [as_people(table, "person", links) for _, table in tables_of(settings.folder, kind)]
        if source is not None:
            rows = read_own(settings, source, shown_columns(source), key=f"sources.{kind}")
            what = source.event if kind == "events" else source.text
            told = as_shown(rows, {"person": source.person, "at": source.at, "what": what})
            ours, away = turned_away(settings, told, id_column="person", file=rows.file, row="row")
            parts.insert(0, as_people(ours, "person", links))
            bad += [rows.rejected, away]
        good, strangers = of_known_people(concat(parts), people) if parts else (None, empty(REJECTED))
        found.append(good)
        bad.append(strangers)
    write(concat(bad), shelf.path / "shown-rejected.parquet")
    return found[0], found[1]


def hear_back(settings: Settings, shelf: Shelf, arrived: Arrived, *, number: int, today: date) -> CameBack:
    """Past treatments and earlier rounds as decisions, and what people did after them."""
    links = links_of(settings.folder)
    earlier = decisions_today(settings, before=number)

    def outcomes() -> Table:
        past = _hear(settings, arrived, today)
        dated = {trait.name: trait.at for trait in settings.traits if trait.at}
        refuse_late(dated, arrived.people, arrived.rows, past.decisions, file=str(settings.file))
        acted, unread = _acted(settings)
        acted = as_people(acted, "person", links)
        members = members_today(settings, before=number)
        own = join_outcomes(arrived.people, earlier, acted, settings.goal, today=today, members=members)
        imported = concat([empty(ACTED), *(table for _, table in tables_of(settings.folder, "outcomes"))])
        mine = keep(own.rejected, "file", set(imported["file"].to_pylist()))
        if settings.past is None:
            # Nothing of an older experiment stands in the campaign's own file: all that answers nothing is told.
            mine = concat([own.rejected, unread]) if earlier else unread
        write(past.decisions, shelf.path / "past-decisions.parquet")
        write(past.decisions, round_path(settings.folder, 0) / "decisions.parquet")
        write(concat([past.rejected, mine]), shelf.path / "past-rejected.parquet")
        both = concat([past.outcomes, own.outcomes])
        counts: dict[str, Any] = {
            "missing": _added(past.missing, own.missing),
            "unmatched": own.unmatched,
            "pending": past.pending + own.pending,
            "unsupported": past.unsupported,
            "rounds": _counted(both["round"].to_pylist()),
        }
        write_json(counts, shelf.path / "past.json")
        return both

    known = OUTCOMES.check(shelf.table("past", outcomes))
    counts = shelf.json("past", dict)
    return CameBack(
        decisions=[read(shelf.path / "past-decisions.parquet"), *earlier],
        outcomes=known,
        rejected=read(shelf.path / "past-rejected.parquet"),
        **counts,
    )


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {option: one.get(option, 0) + other.get(option, 0) for option in {**one, **other}}


def _counted(rounds: list[int]) -> dict[str, int]:
    return {str(number): rounds.count(number) for number in sorted(set(rounds))}


def acted_by(settings: Settings) -> Table:
    """What people did, of all actions: contract ``ACTED``."""
    return _acted(settings)[0]


def _acted(settings: Settings) -> tuple[Table, Table]:
    """What people did: all imports, and the campaign's own file of outcomes; and the rows of that which cannot be read."""
    parts = [empty(ACTED), *(table for _, table in tables_of(settings.folder, "outcomes"))]
    unread = empty(REJECTED)
    source = settings.spec.sources.outcomes
    if source is not None:
        rows = read_own(settings, source, outcome_columns(settings), key="sources.outcomes")
        roles = {role: getattr(source, role) for role in ("key", "person", "action", "result", "at", "amount")}
        parts.append(as_acted(rows, {role: name for role, name in roles.items() if name}, goal=settings.goal.name))
        unread = rows.rejected
    return concat(parts), unread


def _hear(settings: Settings, arrived: Arrived, today: date) -> Heard:
    options = [NOTHING, *settings.options]
    if settings.past is None:
        nothing = {name: empty(DECISIONS)[name] for name in DECISIONS.columns}
        return Heard(decisions_table(nothing, options), empty(OUTCOMES), empty(REJECTED), {}, 0, 0)
    sources, links = settings.spec.sources, links_of(settings.folder)
    rows, bad = Rows(arrived.file, arrived.rows, empty(REJECTED)), []
    if sources.past is not None:
        rows = read_own(settings, sources.past, past_file_columns(settings), key="sources.past")
        rows = replace(rows, table=as_people(rows.table, sources.past.person, links))
        bad.append(rows.rejected)
    acted, columns = None, None
    if sources.outcomes is not None:
        source = sources.outcomes
        acted = read_own(settings, source, outcome_columns(settings), key="sources.outcomes")
        acted = replace(acted, table=as_people(acted.table, source.person or "", links))
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
    return Heard(found.decisions, found.outcomes, rejected, found.missing, found.pending, found.unsupported)


def bars_of(settings: Settings, shelf: Shelf, people: Table, *, today: date) -> Table:
    """Which channels are closed to whom as the plan is made; a stop in the campaign's own file is noted for good."""

    def now() -> Table:
        also, apart = also_known(settings)
        stops = people if apart is None else apart  # whose id it was that said stop, not whom it goes by
        note_stops(settings, keep(stops, "stop", {True}), settings.spec.sources.people.path, today)
        write_json({"revision": revision(settings)}, shelf.path / ASKED)
        return bars(settings, people, also)

    return BARRED.check(shelf.table("barred", now))


def up_to_date(settings: Settings, shelf: Shelf) -> bool:
    """False where somebody's standing has changed since the plan of a round asked for it."""
    asked = shelf.path / ASKED
    return not asked.exists() or read_json(asked)["revision"] == revision(settings)


def opened(
    settings: Settings,
    people: Table,
    rows: Table,
    *,
    known: Known,
    decisions: list[Table],
    number: int,
    today: date,
    barred: Table | None = None,
) -> Openness:
    """Open and close every option for some people of the campaign: all of them, or one unit."""
    return open_options(
        people,
        rows,
        options=settings.options,
        channels=settings.channels,
        messages=settings.messages,
        limits=settings.limits,
        roles=tuple(settings.people.roles()),
        contacts=_contacts(settings, people, decisions),
        beside=contacts_beside(rounds_beside(settings), people) if settings.spec.beside else None,
        today=today,
        file=str(settings.file),
        traits=known.traits,
        past_traits=known.past_traits,
        least_interest=settings.spec.learning.least_interest,
        turn=f"{settings.spec.name}|{number}",
        barred=barred,
        asking=asking_of(settings),
    )


class Looked(NamedTuple):
    """What is known today, without a round of it."""

    shelf: Shelf
    arrived: Arrived
    heard: CameBack
    known: Known


@contextmanager
def look(
    settings: Settings, *, number: int, today: date, seed: int = 0, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Looked]:
    """Who people are and what is known of them, on a shelf that is gone afterwards: nothing is written into the campaign.

    Args:
        settings: the campaign.
        number: the round whose knowledge is looked at.
        today: the day.
        seed: what folds are drawn with.
        tell: called with the name of each step that begins.
    """
    with TemporaryDirectory() as place:
        shelf = Shelf(Path(place), tell)
        arrived = read_people(settings, shelf)
        heard = hear_back(settings, shelf, arrived, number=number, today=today)
        yield Looked(shelf, arrived, heard, know_people(settings, shelf, arrived, heard, today=today, seed=seed))


class Seen(NamedTuple):
    """A round up to what is open to whom."""

    arrived: Arrived
    heard: CameBack
    known: Known
    openness: Openness


def see(settings: Settings, shelf: Shelf, *, number: int, today: date, under: Settings | None = None) -> Seen:
    """Who people are, what came back, what they care about and what is open to them.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept.
        number: which round.
        today: the day of the round.
        under: the same campaign with other limits, by which options are opened; None: its own.
    """
    arrived = read_people(settings, shelf)
    heard = hear_back(settings, shelf, arrived, number=number, today=today)
    known = know_people(settings, shelf, arrived, heard, today=today)
    openness = opened(
        under or settings,
        arrived.people,
        arrived.rows,
        known=known,
        decisions=heard.decisions,
        number=number,
        today=today,
        barred=bars_of(settings, shelf, arrived.people, today=today),
    )
    return Seen(arrived, heard, known, openness)


def gather_evidence(
    settings: Settings, arrived: Arrived, known: Known, heard: CameBack, *, seed: int
) -> Evidence | None:
    """Everything that was drawn and came back, each round with what was known of people then."""
    rounds = {int(number) for number in heard.rounds}
    parts = [_by_household(settings, keep(heard.outcomes, "round", {number}), number) for number in sorted(rounds)]
    outcomes = concat([empty(OUTCOMES), *parts])
    traits = {number: _as_then(settings, number) for number in rounds if number > 0}
    topics = topic_columns(settings, known.traits)
    about, told = about_options(settings), lessons_told(settings)
    return Evidence.gather(
        {0: known.past_traits, **traits},
        arrived.people,
        outcomes,
        heard.decisions,
        settings.options,
        topics=topics,
        seed=seed,
        about=about,
        hints={option: hints_of(told, one) for option, one in about.items()},
        source=settings.spec.name,
    )


def topic_columns(settings: Settings, traits: Table) -> dict[str, tuple[str, ...]]:
    """Option -> the columns of interests in what it is about."""
    return {
        option: tuple(
            column
            for topic in settings.messages[option.split("/")[0]].topics
            if (column := interest_column(topic)) in traits.column_names
        )
        for option in settings.options
    }


def learn_effects(settings: Settings, evidence: Evidence | None, guard: GuardSpec) -> Learnt | None:
    """What each option does; of those that nobody has heard yet, what their topics and channels say beforehand."""
    if evidence is None:
        return None
    return learn(evidence, guard).with_newcomers(about_options(settings), lessons_told(settings))


def _by_household(settings: Settings, outcomes: Table, number: int) -> Table:
    """A round's outcomes without those of whole teams or places that were drawn as one: intervals here are by household."""
    coarse = too_coarse(settings, number) if number else set()
    return keep(outcomes, "unit", coarse, others=True) if coarse else outcomes


def _as_then(settings: Settings, number: int) -> Table:
    """Everybody's traits as a round had them."""
    found = read(round_path(settings.folder, number) / "traits.parquet")
    return found if CONTACTS in found.column_names else with_contacts(found, earlier_contacts([]), date.max)


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
