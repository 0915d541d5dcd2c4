"""Questions to the made-up town that several tests ask."""

from __future__ import annotations

from datetime import date

from groundswell.worlds import TOWN_NAMED, TOWN_OPTIONS

DAY = date(2026, 11, 21)
MARIA, WALTER, EDITH = (TOWN_NAMED[name]["id"] for name in ("Maria Delgado", "Walter Brandt", "Edith Sommer"))


def effects(town, *options, **said):
    """(n, options) what each option adds to each person's chance."""
    found = town.chances(options or TOWN_OPTIONS, **said)
    return found[:, 1:] - found[:, :1]


def effect(town, option, **said):
    """(n,) what one option adds to each person's chance."""
    return effects(town, option, **said)[:, 0]


def place(town, person):
    """Where a person stands in the town's arrays."""
    return town.person_ids.index(person)


def back(town, options, *, round_number=1, **said):
    """What comes back from everybody; one option for all, or one each."""
    ids = town.person_ids
    given = [options] * len(ids) if isinstance(options, str) else options
    return town.respond(given, person_ids=ids, keys=ids, on=DAY, round_number=round_number, **said)


def came(town, option, **said):
    """(n,) 1 for those of whom we hear that they came."""
    return (back(town, option, **said)["result"].to_numpy() == "yes").astype(float)
