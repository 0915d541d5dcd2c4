"""The people everybody who shows the town around should know; they live in every town, at the head of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.worlds.town.homes import DISTRICTS
from groundswell.worlds.town.interests import TOPICS
from groundswell.worlds.town.work import OCCUPATIONS

NOW = 2026

_NAMED: tuple[dict[str, Any], ...] = (
    {
        "id": "p000001",
        "full_name": "Maria Delgado",
        "district": "west",
        "born": 1988,
        "woman": "yes",
        "language": "es",
        "occupation": "teaching assistant",
        "school_age_children": 2,
        "phone": "+1 999 123 4567",
        "email": "maria.delgado1@example.org",
        "votes": 3,
        "meetings": 1,
        "cares_schools": 95,
        "cares_trade": 5,
        "do_not_contact": "",
    },
    {
        "id": "p000002",
        "full_name": "Tomás Delgado",
        "district": "west",
        "born": 1985,
        "woman": "no",
        "language": "es",
        "occupation": "driver",
        "school_age_children": 2,
        "phone": "+1 999 124 2486",
        "email": "tomas.delgado2@example.org",
        "votes": 1,
        "meetings": 0,
        "do_not_contact": "",
    },
    {
        "id": "p000003",
        "full_name": "Walter Brandt",
        "district": "harbour",
        "born": 1936,
        "woman": "no",
        "language": "en",
        "occupation": "retired railwayman",
        "school_age_children": 0,
        "phone": "+1 555 125 0405",
        "email": "walter.brandt3@example.org",
        "votes": 4,
        "meetings": 3,
        "cares_pensions": 80,
        "cares_transport": 70,
        "do_not_contact": "",
    },
    {
        "id": "p000004",
        "full_name": "Edith Sommer",
        "district": "harbour",
        "born": 1940,
        "woman": "yes",
        "language": "en",
        "occupation": "retired",
        "school_age_children": 0,
        "phone": "+1 555 125 8324",
        "email": None,
        "votes": 3,
        "meetings": 0,
        "cares_pensions": 90,
        "cares_health": 75,
        "do_not_contact": "",
    },
)

NAMED: Mapping[str, Mapping[str, Any]] = {person["full_name"]: person for person in _NAMED}
"""Full name -> what ``people.csv`` says about them."""

WALTER, WALTERS_HOURS = 2, 12
"""Walter's place in the town, from 0, and the hours a week he gives."""

EVENTS = (
    ("p000001", "2026-02-10", "school-board-meeting"),
    ("p000001", "2026-04-21", "parents-association"),
    ("p000001", "2026-06-09", "school-board-meeting"),
    ("p000001", "2026-09-08", "school-board-meeting"),
    ("p000001", "2026-09-15", "parents-association"),
    ("p000001", "2026-10-06", "parents-association"),
    ("p000001", "2026-10-13", "school-board-meeting"),
    ("p000003", "2026-05-12", "station-hearing"),
    ("p000003", "2026-09-22", "pension-clinic"),
    ("p000004", "2026-03-17", "pension-clinic"),
)
REMARKS = (
    ("p000001", "2026-10-14", "La escuela no puede esperar: en la clase de mi hija son treinta y un niños."),
    ("p000003", "2026-09-23", "I have a telephone, a laptop and time. Give me people of my age to call."),
    ("p000004", "2026-03-18", "Nobody could tell me what happens to my pension if I need care at home."),
)


def settle(columns: dict[str, NDArray[Any]]) -> None:
    """Make the first people of the town the named ones, in whichever columns there are."""
    for place, person in enumerate(_NAMED):
        for name, value in _facts(person).items():
            if name in columns:
                columns[name][place] = value


def settle_interests(interest: NDArray[np.float64], declared: NDArray[np.float64]) -> None:
    """The named people declared what they care about, and meant it."""
    for place, person in enumerate(_NAMED):
        for column, topic in enumerate(TOPICS):
            said = person.get(f"cares_{topic}")
            declared[place, column] = np.nan if said is None else said
            interest[place, column] = interest[place, column] if said is None else said


def _facts(person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "age": NOW - person["born"],
        "woman": person["woman"] == "yes",
        "spanish": person["language"] == "es",
        "heritage": person["language"] == "es",
        "district": DISTRICTS.index(person["district"]),
        "occupation": OCCUPATIONS.index(person["occupation"]),
        "children": person["school_age_children"],
        "votes": person["votes"],
        "meetings": person["meetings"],
        "mobile": person["phone"].startswith("+1 999"),
        "landline": person["phone"].startswith("+1 555"),
        "email": person["email"] is not None,
        "stop": person["do_not_contact"] == "yes",
    }
