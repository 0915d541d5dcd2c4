"""Rounds in a made-up town: planned by the campaign as any other, answered by the town's own truth."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from groundswell.campaigns.folder import decisions_of, read_card, round_path, rounds_of
from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.rounds import Watch
from groundswell.campaigns.settings import Settings
from groundswell.fieldwork import SPOKEN, all_through, assign, with_endless_hours
from groundswell.policy import true_gains
from groundswell.tables import Table, empty, read_json, write_json, write_text
from groundswell.tables.csv import as_csv
from groundswell.trust import Played
from groundswell.vocabulary import CampaignError
from groundswell.worlds import COMPANY_FILE, Company, Town, contacts_before, read_company, read_town

APART = 28
"""Days from one simulated round to the next: longer than a window of three weeks."""


def truth_of(folder: Path, number: int) -> dict[str, float] | None:
    """What a simulated round was truly worth; None in real life, where nobody knows."""
    path = round_path(folder, number) / "truth.json"
    found: dict[str, float] | None = read_json(path) if path.exists() else None
    return found


def today_of(settings: Settings) -> date:
    """Today in the campaign's time zone; where rounds were simulated ahead of it, the day of what came last."""
    today = datetime.now(settings.zone).date()
    played = [number for number in rounds_of(settings.folder) if truth_of(settings.folder, number)]
    if not played:
        return today
    cards = [read_card(round_path(settings.folder, number)) for number in played]
    days = [card["today"] for card in cards if card] + [one["on"] for one in imports_of(settings.folder)]
    return max(today, *map(date.fromisoformat, days))


World = Town | Company
"""A made-up place that answers by itself."""


def world_of(settings: Settings) -> World:
    """The place that a campaign's folder was made from.

    Raises:
        CampaignError: when it is no made-up place.
    """
    if settings.spec.decide != "person":
        raise CampaignError(
            "Only a made-up place can answer by itself.",
            file=settings.file,
            found=f'decide = "{settings.spec.decide}"',
            expected="a folder made by  groundswell new FOLDER --example town",
            hint="Make one, or run real rounds with  groundswell run.",
        )
    return read_company(settings.folder) if (settings.folder / COMPANY_FILE).exists() else read_town(settings.folder)


def watching(settings: Settings, world: World, path: Path, today: date) -> Watch:
    """What looks at a round while it is played, and notes down beside it what it is truly worth."""

    def watch(played: Played) -> None:
        number = played.plan.policy.round
        recent = contacts_before(decisions_of(settings.folder, before=number), world.person_ids, today)
        place = {person: at for at, person in enumerate(world.person_ids)}
        rows = [place[person] for person in played.people["person"].to_pylist()]
        messengers = None
        if isinstance(world, Town):
            nearest = everybodys_messenger(settings, world, played.people, played.batch.traits)
            speakers = dict(zip(nearest["person"].to_pylist(), nearest["messenger"].to_pylist(), strict=True))
            messengers = [speakers.get(person) for person in world.person_ids]
        chances = world.chances(settings.options, contacts=recent, messengers=messengers)[rows]
        found = true_gains(played.openness, played.plan, chances, limits=settings.limits, evidence=played.evidence)
        write_json(found, path / "truth.json")

    return watch


def everybodys_messenger(settings: Settings, town: Town, people: Table, traits: Table) -> Table:
    """The volunteer who would speak to each person if all had all the time in the world: contract ``SPOKEN``.

    Some are drawn by chance, as in any round: what is true is told of rounds as they are.
    """
    source = settings.spec.sources.messengers
    carried = next((name for name, channel in settings.channels.items() if channel.matched), None)
    if source is None or carried is None:
        return empty(SPOKEN)
    calls = all_through(people["unit"], carried)
    volunteers = with_endless_hours(town.volunteers)
    share, key = settings.spec.learning.from_whom, settings.spec.name
    return assign(people, traits, calls, volunteers, settings.channels, alike=source.alike, key=key, by_chance=share)


def answer(settings: Settings, world: World, decisions: Table, messengers: Table, *, number: int, today: date) -> Path:
    """Let the place answer a round's decisions; the file that comes back."""
    people = decisions["unit"].to_pylist()
    recent = contacts_before(decisions_of(settings.folder, before=number), people, today)
    spoken = dict(zip(messengers["person"].to_pylist(), messengers["messenger"].to_pylist(), strict=True))
    back = world.respond(
        decisions["option"].to_pylist(),
        person_ids=people,
        keys=decisions["key"].to_pylist(),
        on=today,
        round_number=number,
        contacts=recent,
        messengers=[spoken.get(person) for person in people],
    )
    file = settings.folder / "data" / f"came_back_{number:04d}.csv"
    write_text(as_csv(back), file)
    return file


def answers_to(settings: Settings, world: World, decisions: Table, *, number: int) -> Path | None:
    """Let those answer who were asked something; the file that comes back, or None where nobody answers."""
    if isinstance(world, Town):
        return None
    said = world.answers(decisions["option"].to_pylist(), person_ids=decisions["unit"].to_pylist(), round_number=number)
    if not said.num_rows:
        return None
    file = settings.folder / "data" / f"answers_{number:04d}.csv"
    write_text(as_csv(said), file)
    return file
