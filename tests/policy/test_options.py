"""What is open, by which rule the rest is closed, and what was open before anybody said stop."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from groundswell.channels import Channel
from groundswell.messages.files import parse_message
from groundswell.people import PEOPLE
from groundswell.policy import RULES, Limit, earlier_contacts, open_options

DAY = date(2026, 11, 21)
MESSAGES = {"hello": parse_message("# post\nHello\n# phone\nHello", Path("hello.md"))}
CHANNELS = {
    "post": Channel("post", "household", {"*": 0.5}),
    "phone": Channel("phone", "person", {"*": 0.1}, {"hours": 0.25}),
}
OPTIONS = ("hello/post", "hello/phone")


def people(*rows: tuple[str, str, bool, str | None]) -> pa.Table:
    table = {
        "person": [row[0] for row in rows],
        "household": [row[1] for row in rows],
        "unit": [row[1] for row in rows],
        "cluster": [row[1] for row in rows],
        "row": list(range(1, len(rows) + 1)),
        "stop": [row[2] for row in rows],
        "phone": [row[3] for row in rows],
        "phone_key": [row[3] for row in rows],
    }
    full = {name: table.get(name, [None] * len(rows)) for name in PEOPLE.columns}
    return pa.table({name: pa.array(full[name], kind) for name, kind in PEOPLE.columns.items()})


def opened(table: pa.Table, *limits: Limit, contacts: pa.Table | None = None, **changes):
    given = {
        "options": OPTIONS,
        "channels": CHANNELS,
        "messages": MESSAGES,
        "limits": limits,
        "roles": ("phone",),
        "contacts": earlier_contacts([]) if contacts is None else contacts,
        "today": DAY,
        "file": "campaign.toml",
    }
    rows = pa.table(
        {"_row": table["row"], "town": ["north" if row % 2 else "south" for row in table["row"].to_pylist()]}
    )
    return open_options(table, rows, **(given | changes))


def rules(openness) -> list[list[str]]:
    return [[RULES[code] for code in row] for row in openness.closed]


TWO = people(("a", "h1", False, "1"), ("b", "h1", True, "2"), ("c", "h2", False, None))


def test_one_stop_closes_the_letter_box_of_all_and_only_ones_own_telephone():
    found = opened(TWO)
    assert rules(found) == [["stop", "open"], ["open", "no-endpoint"]]
    assert found.sendings.tolist() == [[0, 1], [1, 0]]


def test_the_past_is_valued_as_if_nobody_had_said_stop_since():
    found = opened(TWO, Limit("money", "money", 100.0))
    assert found.past_open.tolist() == [[True, True], [True, False]]
    np.testing.assert_allclose(found.past_use[:, :, 0], [[0.5, 0.2], [0.5, 0.0]])
    np.testing.assert_allclose(found.use[:, :, 0], [[0.0, 0.1], [0.5, 0.0]])


def test_what_one_contact_alone_would_overrun_is_closed_and_the_rest_stays_open():
    found = opened(TWO, Limit("hours", "hours", 0.0), Limit("money", "money", 10.0))
    assert rules(found) == [["stop", "limit"], ["open", "no-endpoint"]]


def test_a_limit_counts_only_those_it_is_for():
    found = opened(
        TWO, Limit("north", "contacts", 5.0, where="town = 'north'"), Limit("calls", "contacts", 5.0, channel="phone")
    )
    assert found.use[:, :, 0].tolist() == [[0, 1], [1, 0]]
    assert found.use[:, :, 1].tolist() == [[0, 1], [0, 0]]


def test_a_quota_counts_only_its_message():
    found = opened(
        TWO, Limit("hello", "contacts", 5.0, message="hello"), Limit("other", "contacts", 5.0, message="bye")
    )
    assert found.use[:, :, 0].tolist() == [[0, 1], [1, 0]]
    assert not found.use[:, :, 1].any()


@pytest.mark.parametrize(("on", "closed"), [(date(2026, 11, 1), True), (date(2026, 10, 1), False), (None, False)])
def test_patience_counts_contacts_of_its_window(on, closed):
    past = pa.table({"unit": ["h2"], "option": ["hello/post"], "on": pa.array([on], pa.date32())})
    found = opened(TWO, Limit("patience", "contacts", 1.0, per="person", within=30), contacts=earlier_contacts([past]))
    assert (rules(found)[1][0] == "patience") is closed


def test_patience_without_a_window_counts_every_contact_there_ever_was():
    past = pa.table({"unit": ["h2"], "option": ["hello/post"], "on": pa.array([None], pa.date32())})
    found = opened(TWO, Limit("once", "contacts", 1.0, per="person"), contacts=earlier_contacts([past]))
    assert rules(found)[1][0] == "patience"


def test_who_moves_takes_the_contacts_along_and_each_round_counts_once():
    """Two of one home were written to; one of them lives now with somebody who was written to in the same round."""
    then = pa.table({"person": ["a", "b", "c"], "unit": ["old", "old", "new"]})
    told = pa.table(
        {"round": [1, 1], "unit": ["old", "new"], "option": ["hello/post"] * 2, "on": pa.array([DAY] * 2, pa.date32())}
    )
    today = people(("a", "old", False, None), ("b", "new", False, None), ("c", "new", False, None))
    found = earlier_contacts([told], today, {1: then})
    assert [row["unit"] for row in found.to_pylist()] == ["new", "old"]
    elsewhere = people(("a", "third", False, None), ("b", "new", False, None), ("c", "new", False, None))
    assert [row["unit"] for row in earlier_contacts([told], elsewhere, {1: then}).to_pylist()] == ["new", "third"]
    assert earlier_contacts([told], today, {}).num_rows == 2  # nobody knows who lived there: as the units are today


def test_a_message_out_of_date_is_closed():
    old = {"hello": parse_message("+++\nexpires = 2026-11-20\n+++\n# post\nHello", Path("hello.md"))}
    assert rules(opened(TWO, options=("hello/post",), messages=old)) == [["stop"], ["expired"]]
