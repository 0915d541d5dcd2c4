"""Organisers hand out the lists of their own team, within what everybody gives; nobody is on two lists."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from groundswell.fieldwork import TURFS, Crew, Entry, HandList, Move, after, gather_lists, refuse_move
from groundswell.tables import empty
from groundswell.vocabulary import CampaignError


def crew(name: str, team: str | None, hours: float = 5.0, **more) -> Crew:
    facts = {"most": 99.0, "channels": None, "languages": None, "organiser": False} | more
    return Crew(name, team, hours, **facts)


CREW = {
    "v1": crew("Ann", "north", organiser=True),
    "v2": crew("Ben", "north", hours=1.0, channels=frozenset({"phone"}), languages=frozenset({"en"})),
    "v3": crew("Cy", "south", organiser=True),
    "v4": crew("Dee", "north", most=1.0),
    "v5": crew("Flo", "north", at_home=frozenset({"flo", "eve"})),
}
TEAM = {"ada": "north", "eve": "north", "gil": "south"}
SPEAK = {"ada": "en", "eve": "es", "gil": None}


def hand(name: str, *people: str, channel: str = "phone", messenger: str | None = None, need: float = 0.5) -> HandList:
    entries = tuple(Entry({"person": one}, {}, {}) for one in people)
    return HandList(name, channel, messenger, entries, need * len(people))


LISTS = [
    hand("call-v2", "ada", messenger="v2"),
    hand("walk-north-01", "ada", "eve", channel="door"),
    hand("call-v3", "gil", messenger="v3"),
]


def refusal(move: Move, lists=LISTS) -> str:
    with pytest.raises(CampaignError) as error:
        refuse_move(move, lists, CREW, TEAM, SPEAK)
    return str(error.value)


def test_nobody_is_given_a_list_with_those_they_live_with():
    assert "Flo lives with somebody on walk-north-01" in refusal(Move("take", "walk-north-01", "v1", "v5"))
    refuse_move(Move("take", "call-v2", "v1", "v5"), LISTS, CREW, TEAM, SPEAK)


def test_a_list_of_a_messenger_with_any_id_is_a_file_on_any_machine():
    ids = ["ann/lee@x.example", "../../etc", "open", "con:", "é", "a" * 300, "V1", "v1", None]
    spoken = pa.table({"person": [f"p{at}" for at in range(len(ids))], "messenger": ids})
    lines = {"phone": [{"person": f"p{at}"} for at in range(len(ids))]}
    names = [one.name for one in gather_lists(lines, spoken, empty(TURFS), {"phone": 0.1})]
    assert len({name.casefold() for name in names}) == len(ids)
    assert "call-open" in names
    assert all(re.fullmatch(r"call-[A-Za-z0-9_.-]{1,60}", name) for name in names)


def test_an_organiser_takes_gives_back_and_puts_in_order():
    for move in (
        Move("take", "walk-north-01", "v1"),
        Move("return", "call-v2", "v1"),
        Move("order", "walk-north-01", "v1", first=("eve",)),
        Move("take", "call-v2", "v1", "v1"),
    ):
        refuse_move(move, LISTS, CREW, TEAM, SPEAK)
    moves = [
        Move("take", "walk-north-01", "v1"),
        Move("order", "walk-north-01", "v1", first=("eve",)),
        Move("return", "call-v2", "v1"),
    ]
    found = {one.name: one for one in after(LISTS, moves)}
    assert found["walk-north-01"].messenger == "v1"
    assert found["walk-north-01"].persons == ("eve", "ada")
    assert found["call-v2"].messenger is None
    assert found["call-v3"] == LISTS[2]
    assert after(LISTS, [Move("take", "walk-99", "v1")]) == LISTS  # a list that is gone


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (Move("take", "walk-north-1", "v1"), "Did you mean"),
        (Move("take", "walk-north-01", "v9"), 'Nobody speaks for the campaign as "v9"'),
        (Move("take", "walk-north-01", "v2"), "hands out no lists"),
        (Move("take", "walk-north-01", "v3"), "another team's"),
        (Move("return", "call-v3", "v1"), "another team's"),
        (Move("take", "walk-north-01", "v1", "v3"), "not of this team"),
        (Move("take", "walk-north-01", "v1", "v2"), "does not carry door"),
        (Move("take", "walk-north-01", "v1", "v4"), "1 people at most"),
        (Move("order", "walk-north-01", "v1", first=("gil",)), "gil is not on"),
    ],
)
def test_what_an_organiser_may_not_is_refused_with_its_reason(move, why):
    assert why in refusal(move)


def test_the_centres_limits_hold_hours_and_languages():
    spanish = [hand("call-v1", "eve", messenger="v1"), hand("call-v2", "ada", messenger="v2")]
    assert "does not speak es" in refusal(Move("take", "call-v1", "v1", "v2"), spanish)
    long = [hand("call-v1", "ada", messenger="v1", need=0.8), hand("call-v2", "ada", messenger="v2", need=0.3)]
    assert "has not the hours" in refusal(Move("take", "call-v1", "v1", "v2"), long)
    refuse_move(Move("take", "call-v2", "v1", "v2"), long, CREW, TEAM, SPEAK)  # who has it already


def test_lists_are_made_of_what_is_on_the_channels_lists_and_of_nothing_else():
    spoken = pa.table({"person": ["ada", "eve", "gil"], "messenger": ["v1", None, "v1"]})
    turfs = pa.table({"person": ["gil"], "turf": ["walk-01"], "turn": [0], "metres": [10.0]})
    lines = {"phone": [{"person": "ada"}, {"person": "eve"}], "door": [{"person": "gil"}], "sms": [{"person": "zed"}]}
    found = gather_lists(lines, spoken, turfs, {"phone": 0.1, "door": 0.2, "sms": 0.0})
    assert [(one.name, one.messenger, one.persons) for one in found] == [
        ("call-open", None, ("eve",)),
        ("call-v1", "v1", ("ada",)),
        ("sms-open", None, ("zed",)),
        ("walk-01", "v1", ("gil",)),
    ]
    everybody = [person for one in found for person in one.persons]
    assert len(everybody) == len(set(everybody))
    assert gather_lists({"phone": []}, spoken, empty(TURFS), {"phone": 0.1}) == []
