"""Questions about one person: ``why`` they get what they get, and who is at ``home`` with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from groundswell.campaigns.home import home_of
from groundswell.campaigns.importing import file_names, imports_of
from groundswell.campaigns.inputs import Known, opened
from groundswell.campaigns.linked import ids_of_person
from groundswell.campaigns.played import Round, last_round, settings_of
from groundswell.campaigns.questioning import as_asked
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.campaigns.trials import DRAWN, trials_in
from groundswell.fieldwork import SPOKEN
from groundswell.people import import_of_row
from groundswell.policy import TRIALS, read_options, read_policy
from groundswell.profiles import INTERESTS, SCORES
from groundswell.purposes import Rule
from groundswell.tables import Contract, Table, empty, read, read_where
from groundswell.trust import Why, explain
from groundswell.trust.why import Foretold
from groundswell.vocabulary import CampaignError, nearest, words

_MANY = 50_000  # looking for a like name among more takes too long


def why(folder: Path, person: str) -> Why:
    """Why a person gets what they get in the last round, what they do not get, and why not.

    Args:
        folder: the campaign's.
        person: the person's id, or their full name where only one has it.

    Raises:
        CampaignError: when there is no such person, or more than one, or no finished round.
    """
    done = last_round(folder)
    settings = settings_of(folder, done)
    answer = why_whole(settings, done, person)
    rule = purpose_of(settings).individual
    return answer if rule is None else answer.ordinary(withheld(rule, settings.spec.languages[0]))


def withheld(rule: Rule, language: str) -> str:
    """Why part of what is known of somebody is not shown."""
    return words(language)("why.withheld", says=rule.sentence(language), rule=rule.id)


def why_whole(settings: Settings, done: Round, person: str) -> Why:
    """The same with all that the engine reckons with; not everybody may be shown that."""
    folder = settings.folder
    person = _as_then(folder, done, person)
    mine = _unit_of(done, person)
    name = _id_of(mine, person)
    today = date.fromisoformat(done.summary["today"])
    unit = mine["unit"].to_pylist()[0]
    traits = read_where(done.path / "traits.parquet", "unit", [unit])
    shown = _where(done.path / "interests.parquet", INTERESTS, "person", name)
    rows = read_where(done.path / "rows.parquet", "_row", mine["row"].to_pylist())
    openness = opened(
        settings,
        mine,
        rows,
        known=Known(traits, shown, traits),
        decisions=[],
        number=done.number,
        today=today,
    ).as_recorded(read_where(done.path / "options.parquet", "unit", [unit]))
    drawn = _where(done.path / f"{DRAWN}.parquet", TRIALS, "unit", unit)
    batch = openness.batch(traits, trials_in(settings, drawn, openness))
    return explain(
        name,
        people=mine,
        batch=as_asked(done.path, batch, openness.options),
        shown=shown,
        spoken=_where(done.path / "spoken.parquet", SPOKEN, "unit", unit),
        foretold=scores_in(settings, done.path, name),
        known_on=_known_on(settings, mine, rows, name),
        rules=read_options(openness.table(), unit),
        traits=settings.traits,
        policy=read_policy(done.path / "policy.gsw"),
        decision=read_where(done.path / "decisions.parquet", "unit", [unit]).to_pylist()[0],
        today=today,
        files=file_names(settings),
    )


def tell_why(folder: Path, answer: Why) -> str:
    """An answer of :func:`why` in words, in the campaign's first language."""
    done = last_round(folder)
    settings = settings_of(folder, done)
    return answer.told(
        language=settings.spec.languages[0],
        currency=settings.spec.currency,
        goal=settings.goal.name,
        policy=read_policy(done.path / "policy.gsw"),
    )


def scores_in(settings: Settings, path: Path, person: str) -> list[Foretold]:
    """What a round's scores say of a person."""
    said = {one.name: one.say for one in settings.scores}
    found = _where(path / "scores.parquet", SCORES, "person", person).to_pylist()
    return [Foretold(row["score"], said[row["score"]], row["value"], row["lower"], row["upper"]) for row in found]


def _known_on(settings: Settings, unit: Table, rows: Table, person: str) -> dict[str, str]:
    """Trait -> the day it became known: as it was declared, else that of the import it came with."""
    place = next(row["row"] for row in unit.to_pylist() if row["person"] == person)
    row = next(row for row in rows.to_pylist() if row["_row"] == place)
    number, _ = import_of_row(place)
    came = {one["number"]: one["on"] for one in imports_of(settings.folder, undone=True)}.get(number)
    days = {trait.name: row[trait.at] if trait.at else came for trait in settings.traits}
    return {name: str(day) for name, day in days.items() if day is not None}


def home(folder: Path, person: str) -> dict[str, Any]:
    """Who lives with a person, and what they care about, as the last round has it; arguments as for :func:`why`."""
    done = last_round(folder)
    person = _as_then(folder, done, person)
    hidden = purpose_of(settings_of(folder, done)).individual is not None
    return home_of(done.path, _id_of(_unit_of(done, person), person), interests=not hidden)


def _as_then(folder: Path, done: Round, person: str) -> str:
    """The id under which a round knows somebody who has more than one."""
    ids = [one for one in ids_of_person(folder, person) if one != person]
    there = read_where(done.path / "people.parquet", "person", [person, *ids])["person"].to_pylist() if ids else []
    return person if person in there or not there else str(there[0])


def _where(path: Path, contract: Contract, column: str, value: str) -> Table:
    """The rows of a table that not every round has."""
    return read_where(path, column, [value]) if path.exists() else empty(contract)


def _unit_of(done: Round, person: str) -> Table:
    """Everybody in the unit of one person, who is named by id or by full name."""
    path = done.path / "people.parquet"
    for column in ("person", "name"):
        found = read_where(path, column, [person])
        if found.num_rows == 1:
            return read_where(path, "unit", found["unit"].to_pylist())
        if found.num_rows > 1:
            raise CampaignError(
                f'There are {found.num_rows} people called "{person}".',
                key="person",
                found=", ".join(found["person"].to_pylist()[:10]),
                expected="one person",
                hint="Give the id of one of them.",
            )
    people = read(path)
    known = [*people["person"].to_pylist(), *filter(None, people["name"].to_pylist())]
    near = nearest(person, known) if len(known) < _MANY else None
    raise CampaignError(
        f'There is no person "{person}" in round {done.number}.',
        key="person",
        found=person,
        expected=f"one of {people.num_rows} ids, such as {known[0]}, or a full name",
        hint=f'Did you mean "{near}"?' if near else "Whoever was rejected is in rejected.csv.",
    )


def _id_of(unit: Table, person: str) -> str:
    """The id of somebody in a unit who is named by id or by full name."""
    ids: list[str] = unit["person"].to_pylist()
    return person if person in ids else ids[unit["name"].to_pylist().index(person)]
