"""Whom a message concerns, and whom it would reach through what they share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.channels import Channel
from groundswell.messages.files import parse_message
from groundswell.people import PEOPLE
from groundswell.policy import RULES, Limit, Openness, earlier_contacts, open_options
from groundswell.policy.reach import endpoints, unit_interest

DAY = date(2026, 11, 21)
CHANNELS = {
    "phone": Channel("phone", "endpoint", {"*": 0.1}),
    "sms": Channel("sms", "endpoint", {"*": 0.1}),
    "email": Channel("email", "endpoint", {"*": 0.001}),
    "post": Channel("post", "person", {"*": 0.5}),
}


def message(name: str, *topics: str, more: str = "", channels: tuple[str, ...] = ("phone", "post")):
    said = ", ".join(f'"{topic}"' for topic in topics)
    texts = "\n".join(f"# {channel}\nHello" for channel in channels)
    return parse_message(f"+++\ntopics = [{said}]\n{more}\n+++\n{texts}", Path(f"{name}.md"))


HELLO = message("hello", channels=("phone", "sms", "email", "post"))


def people(*rows: dict[str, Any]) -> pa.Table:
    """People by ``person`` and whatever else; everybody is a unit of their own unless they say ``unit``."""
    full = []
    for place, row in enumerate(rows, start=1):
        mine = {
            "household": row["person"],
            "unit": row["person"],
            "cluster": row["person"],
            "row": place,
            "stop": False,
        }
        keys = {f"{role}_key": row.get(role) for role in ("phone", "email", "address")}
        keys["phone_key"] = "".join(mark for mark in keys["phone_key"] or "" if mark.isdigit()) or None
        full.append(mine | keys | row)
    return pa.table({name: pa.array([row.get(name) for row in full], kind) for name, kind in PEOPLE.columns.items()})


def one(person: str, phone: str | None = None, **more: Any) -> dict[str, Any]:
    return {"person": person, "phone": phone, **more}


def opened(table: pa.Table, *limits: Limit, option: str = "hello/phone", **changes: Any) -> Openness:
    given_ = {
        "options": (option,),
        "channels": CHANNELS,
        "messages": {"hello": HELLO},
        "limits": limits,
        "roles": ("phone", "email"),
        "contacts": earlier_contacts([]),
        "today": DAY,
        "file": "campaign.toml",
        "turn": "spring|1",
    }
    return open_options(table, pa.table({"_row": table["row"]}), **(given_ | changes))


def rules(found: Openness, place: int = 0) -> dict[str, str]:
    return {unit: RULES[code] for unit, code in zip(found.unit_ids, found.closed[:, place], strict=True)}


def contacts(*made: tuple[str, str, date | None]) -> pa.Table:
    units, options, days = zip(*made, strict=True)
    return pa.table({"unit": list(units), "option": list(options), "on": pa.array(days, pa.date32())})


# Topics


def cares(**topics: list[float | None]) -> pa.Table:
    count = len(next(iter(topics.values())))
    columns = {f"interest_{name}": np.array(values, dtype=float) for name, values in topics.items()}
    return pa.table({"person": [str(n) for n in range(count)], "unit": [str(n) for n in range(count)], **columns})


FOUR = people(*(one(str(n), f"55{n}") for n in range(4)))


def test_a_message_is_closed_to_whoever_is_known_not_to_care_and_open_where_nothing_is_known():
    said = {"hello": message("hello", "trade")}
    found = opened(FOUR, messages=said, traits=cares(trade=[5, 25, 90, None]), least_interest=25.0)
    assert rules(found) == {"0": "topic", "1": "open", "2": "open", "3": "open"}
    assert found.interest[:3, 0].tolist() == [5.0, 25.0, 90.0]
    assert np.isnan(found.interest[3, 0])


def test_of_several_topics_the_one_they_care_most_about_counts():
    said = {"hello": message("hello", "trade", "schools")}
    traits = cares(trade=[5, 5, None, None], schools=[90, 5, 5, None])
    assert list(rules(opened(FOUR, messages=said, traits=traits, least_interest=25.0)).values()) == [
        "open",
        "topic",
        "topic",
        "open",
    ]


def test_open_to_all_is_open_to_those_who_do_not_care_too_and_what_they_care_about_still_weights_the_draw():
    said = {"hello": message("hello", "trade", more='open_to = "all"')}
    found = opened(FOUR, messages=said, traits=cares(trade=[5, 25, 90, None]), least_interest=25.0)
    assert set(rules(found).values()) == {"open"}
    assert found.past_open.all()
    assert found.interest[:3, 0].tolist() == [5.0, 25.0, 90.0]


def test_a_message_without_a_topic_concerns_everybody():
    found = opened(FOUR, traits=cares(trade=[5, 25, 90, None]), least_interest=100.0)
    assert set(rules(found).values()) == {"open"}


def test_a_least_interest_of_zero_closes_nothing():
    said = {"hello": message("hello", "trade")}
    found = opened(FOUR, messages=said, traits=cares(trade=[0, 1, 2, None]), least_interest=0.0)
    assert set(rules(found).values()) == {"open"}


def test_in_a_household_one_who_cares_is_enough_and_so_is_one_of_whom_nothing_is_known():
    pairs = people(*(one(str(n), unit=f"h{n // 2}", household=f"h{n // 2}") for n in range(8)))
    said = {"hello": message("hello", "trade")}
    traits = cares(trade=[5, 90, 5, None, 5, 10, None, None])
    found = opened(pairs, messages=said, traits=traits, least_interest=25.0, option="hello/post")
    assert rules(found) == {"h0": "open", "h1": "open", "h2": "topic", "h3": "open"}
    assert found.interest[[0, 1, 2], 0].tolist() == [90.0, 50.0, 10.0]
    assert np.isnan(found.interest[3, 0])


def test_what_people_cared_about_when_the_past_was_drawn_decides_what_was_open_then():
    said = {"hello": message("hello", "trade")}
    found = opened(
        FOUR,
        messages=said,
        traits=cares(trade=[5, 5, 90, 90]),
        past_traits=cares(trade=[90, 5, 5, None]),
        least_interest=25.0,
    )
    assert found.is_open[:, 0].tolist() == [False, False, True, True]
    assert found.past_open[:, 0].tolist() == [True, False, False, True]


def test_stop_is_told_before_the_topic():
    table = people(one("0", "550", stop=True), one("1", "551"))
    said = {"hello": message("hello", "trade")}
    found = opened(table, messages=said, traits=cares(trade=[5, 5]), least_interest=25.0)
    assert rules(found) == {"0": "stop", "1": "topic"}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), st.floats(0, 100))), min_size=1, max_size=12))
def test_interest_of_a_unit_is_the_most_that_may_be_true_of_anybody_in_it(members):
    unit = np.unique([home for home, _ in members], return_inverse=True)[1]
    found = unit_interest(
        cares(trade=[value for _, value in members]),
        unit,
        ["hello/post"],
        {"hello": message("hello", "trade")},
        int(unit.max()) + 1,
    )
    for place in range(int(unit.max()) + 1):
        mine = [value for home, (_, value) in zip(unit, members, strict=True) if home == place]
        known = [value for value in mine if value is not None]
        doubt = [50.0] if len(known) < len(mine) else []
        assert found[place, 0] == (max(known + doubt) if known else pytest.approx(np.nan, nan_ok=True))


# What people share


def test_who_has_the_same_key_shares_an_endpoint_however_it_is_written():
    table = people(
        one("a", "(202) 555-0101", phone_key="+12025550101"),
        one("b", "202.555.0101", phone_key="+12025550101"),
        one("c", "202.555.0102", phone_key="+12025550102"),
        one("d", "ask his wife", phone_key=None),
    )
    assert endpoints(table, CHANNELS["phone"], "x").place.tolist() == [0, 0, 1, -1]


def test_one_stop_closes_the_telephone_for_all_who_share_it():
    table = people(one("a", "555 1", stop=True), one("b", "5551"), one("c", "5552"))
    assert rules(opened(table)) == {"a": "stop", "b": "stop", "c": "open"}


def test_the_stop_of_one_reaches_across_households_but_not_to_other_channels():
    table = people(one("a", "5551", stop=True, household="h1"), one("b", "5551", household="h2", email="b@example.org"))
    found = opened(table, options=("hello/phone", "hello/sms", "hello/email", "hello/post"))
    assert [rules(found, place)["b"] for place in range(4)] == ["stop", "stop", "open", "open"]


def test_a_stop_without_a_telephone_closes_nobody_elses():
    table = people(one("a", None, stop=True), one("b", None), one("c", "5552"))
    assert rules(opened(table)) == {"a": "stop", "b": "no-endpoint", "c": "open"}


def shared(count: int, turn: str) -> list[str]:
    """Who of ``count`` people at one telephone is spoken to."""
    found = rules(opened(people(*(one(f"p{n}", "5551") for n in range(count))), turn=turn))
    assert set(found.values()) <= {"open", "shared"}
    return [person for person, rule in found.items() if rule == "open"]


def test_one_person_at_a_telephone_is_spoken_to_in_a_round_and_each_has_their_turn():
    turns = [shared(3, f"spring|{number}") for number in range(1, 91)]
    assert all(len(turn) == 1 for turn in turns)
    counts = [sum(turn == [f"p{n}"] for turn in turns) for n in range(3)]
    assert min(counts) >= 18  # 30 are expected


def test_whose_turn_it_is_does_not_hang_on_who_else_is_in_the_file():
    couple = [one("a", "5551"), one("b", "5551")]
    others = [one(f"x{n}", f"556{n}") for n in range(30)]
    first = rules(opened(people(*couple, *others)))
    second = rules(opened(people(*others[::-1], *couple[::-1])))
    assert {name: first[name] for name in "ab"} == {name: second[name] for name in "ab"}


def test_who_has_a_telephone_alone_always_has_their_turn():
    for number in range(20):
        assert set(rules(opened(people(one("a", "5551"), one("b", "5552")), turn=f"spring|{number}")).values()) == {
            "open"
        }


def test_what_is_sent_person_by_person_is_not_shared():
    couple = people(one("a", "5551"), one("b", "5551"))
    assert set(rules(opened(couple, option="hello/post")).values()) == {"open"}


def test_whose_turn_it_is_is_closed_to_nobody_who_lives_with_them_by_the_past():
    """The past was drawn before there were turns: all of them were open then."""
    found = opened(people(one("a", "5551"), one("b", "5551")))
    assert sorted(rules(found).values()) == ["open", "shared"]
    assert found.past_open.all()


# Patience of an endpoint

WEEK = Limit("each_week", "contacts", 1.0, per="endpoint", within=7)


def test_a_contact_of_anybody_who_shares_it_counts_for_an_endpoint():
    table = people(one("a", "5551"), one("b", "555-1"), one("c", "5552"))
    earlier = contacts(("a", "hello/phone", DAY - timedelta(days=3)))
    found = rules(opened(table, WEEK, contacts=earlier))
    assert found["c"] == "open"
    # Whose turn it is not hears that first; the other has been called through somebody else.
    assert {found["a"], found["b"]} == {"shared", "patience"}


@pytest.mark.parametrize(
    ("option", "days", "closed"),
    [
        ("hello/phone", 6, True),
        ("hello/phone", 7, False),
        ("hello/sms", 6, True),
        ("hello/email", 1, False),
        ("hello/post", 1, False),
        ("gone/phone", 1, True),
    ],
)
def test_patience_counts_what_went_through_the_same_number_within_its_window(option, days, closed):
    table = people(one("a", "5551", email="a@example.org"), one("c", "5552"))
    earlier = contacts(("a", option, DAY - timedelta(days=days)))
    assert (rules(opened(table, WEEK, contacts=earlier))["a"] == "patience") is closed


def test_patience_of_two_leaves_room_for_one_more():
    table, twice = people(one("a", "5551"), one("b", "5551")), replace(WEEK, at_most=2.0)
    day = DAY - timedelta(days=1)
    once = contacts(("a", "hello/phone", day))
    often = contacts(("a", "hello/phone", day), ("b", "hello/phone", day))
    assert sorted(rules(opened(table, twice, contacts=once)).values()) == ["open", "shared"]
    assert sorted(rules(opened(table, twice, contacts=often)).values()) == ["patience", "shared"]


def test_contacts_of_whoever_left_the_file_or_had_no_number_count_for_nobody():
    table = people(one("a", "5551"), one("b", None))
    day = DAY - timedelta(days=1)
    found = rules(opened(table, WEEK, contacts=contacts(("gone", "hello/phone", day), ("b", "hello/phone", day))))
    assert found == {"a": "open", "b": "no-endpoint"}


def test_patience_of_an_endpoint_says_nothing_of_what_needs_none():
    table = people(one("a", "5551"))
    earlier = contacts(("a", "hello/phone", DAY - timedelta(days=1)))
    assert rules(opened(table, WEEK, contacts=earlier, option="hello/post")) == {"a": "open"}


def test_a_person_who_is_tired_is_so_whatever_the_channel():
    person = Limit("calm", "contacts", 1.0, per="person", within=7)
    table = people(one("a", "5551"), one("b", "5551"))
    earlier = contacts(("a", "hello/post", DAY - timedelta(days=1)))
    found = rules(opened(table, person, contacts=earlier, option="hello/post"))
    assert found == {"a": "patience", "b": "open"}


@settings(deadline=None, max_examples=60)
@given(
    numbers=st.lists(st.sampled_from([None, "5551", "5552", "5553"]), min_size=1, max_size=8),
    stops=st.lists(st.booleans(), min_size=8, max_size=8),
    called=st.lists(st.integers(0, 7), max_size=6),
    most=st.integers(0, 3),
    number=st.integers(1, 50),
)
def test_through_one_telephone_at_most_one_is_reached_and_none_who_stopped_or_was_called_too_often(
    numbers, stops, called, most, number
):
    table = people(*(one(f"p{n}", phone, stop=stops[n]) for n, phone in enumerate(numbers)))
    made = [(f"p{n}", "hello/phone", DAY - timedelta(days=1)) for n in called]
    earlier = contacts(*made) if made else earlier_contacts([])
    found = rules(opened(table, replace(WEEK, at_most=float(most)), contacts=earlier, turn=f"spring|{number}"))
    for phone in set(numbers) - {None}:
        mine = [f"p{n}" for n, own in enumerate(numbers) if own == phone]
        calls = sum(f"p{n}" in mine for n in called)
        may = not any(stops[int(name[1:])] for name in mine) and calls < most
        assert [found[name] for name in mine].count("open") == (1 if may else 0)
    assert all(found[f"p{n}"] in {"no-endpoint", "stop"} for n, phone in enumerate(numbers) if phone is None)
