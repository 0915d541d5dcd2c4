"""``groundswell profile``: one person as a page that a human can read, every number with its evidence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from groundswell.campaigns.asking import why_whole, withheld
from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import shown_today
from groundswell.campaigns.linked import decisions_today
from groundswell.campaigns.played import Round, last_round, settings_of
from groundswell.campaigns.scoring import reasons_in
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.profiles import Shown, shown_by
from groundswell.tables import keep, read, read_where
from groundswell.trust.profile import Cares, Evidence, Profile, Scored, Sent
from groundswell.trust.scoring import reasons_words
from groundswell.trust.why import Why


def profile_of(folder: Path, person: str) -> Profile:
    """One person as the last round knows them.

    Args:
        folder: the campaign's.
        person: the person's id, or their full name where only one has it.

    Raises:
        CampaignError: when there is no such person, or more than one, or no finished round.
    """
    done = last_round(folder)
    settings = settings_of(folder, done)
    known = why_whole(settings, done, person)
    rule, language = purpose_of(settings).individual, settings.spec.languages[0]
    me = read_where(done.path / "people.parquet", "person", [known.person]).to_pylist()[0]
    lives = read_where(done.path / "people.parquet", "household", [me["household"]]).num_rows
    whole = rule is None
    return Profile(
        campaign=settings.spec.name,
        person=known.person,
        name=known.name,
        day=done.summary["today"],
        round=done.number,
        household=lives - 1,
        facts=known.facts if whole else known.declared(),
        interests=_interests(settings, done, known) if whole else (),
        scores=_scores(settings, done, known) if whole else (),
        sent=_sent(settings, done, known) if whole else (),
        closed={
            row["channel"]: row["rule"]
            for row in read_where(done.path / "barred.parquet", "person", [known.person]).to_pylist()
        },
        yes_no=tuple(name for name, kind in done.summary["kinds"].items() if kind == "yes/no"),
        withheld=None if rule is None else withheld(rule, language),
    )


def _interests(settings: Settings, done: Round, known: Why) -> tuple[Cares, ...]:
    path = done.path / "interests.parquet"
    if not path.exists():
        return ()
    with TemporaryDirectory() as place:
        people = read(done.path / "people.parquet")
        events, remarks = shown_today(settings, Shelf(Path(place), lambda _: None), people)
    today = date.fromisoformat(done.summary["today"])
    shown = shown_by(known.person, settings.topics, events, remarks, today=today)
    rows = read_where(path, "person", [known.person]).to_pylist()
    found = [
        Cares(
            row["topic"],
            row["interest"],
            row["doubt"],
            row["position"],
            row["declared"],
            row["at_home"],
            tuple(_evidence(one) for one in shown if one.topic == row["topic"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (-one.interest, one.topic)))


def _evidence(one: Shown) -> Evidence:
    return Evidence(one.kind, one.at.isoformat(), one.what, one.source)


def _scores(settings: Settings, done: Round, known: Why) -> tuple[Scored, ...]:
    if not known.scores:
        return ()
    rows, traits = read(done.path / "rows.parquet"), read(done.path / "traits.parquet")
    declared = {one.name: one for one in settings.scores}
    found = []
    for one in known.scores:
        why = reasons_in(
            settings, done.path, declared[one.score], rows, traits, [known.person], seed=done.summary["seed"]
        )
        found.append(Scored(one, reasons_words(why[known.person], settings.spec.languages[0])))
    return tuple(found)


def _sent(settings: Settings, done: Round, known: Why) -> tuple[Sent, ...]:
    past = done.path / "past-decisions.parquet"
    tables = [*([read(past)] if past.exists() else []), *decisions_today(settings)]
    found = [
        Sent(row["round"], row["on"].isoformat() if row["on"] else None, row["option"], row["reason"])
        for table in tables
        for row in keep(table, "unit", {known.unit}).to_pylist()
    ]
    return tuple(sorted(found, key=lambda one: -one.round))
