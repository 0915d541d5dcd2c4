"""Contacts of other campaigns, by person and by endpoint."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from groundswell.policy import RoundBeside, contacts_beside

DAY = date(2026, 11, 1)


def lived(*rows: tuple[str, str, str | None]) -> pa.Table:
    """Person, unit, telephone."""
    people, units, phones = zip(*rows, strict=True)
    keys = {"email_key": pa.nulls(len(rows), pa.string()), "address_key": pa.nulls(len(rows), pa.string())}
    return pa.table({"person": list(people), "unit": list(units), "phone_key": pa.array(phones, pa.string()), **keys})


def decided(**options: str) -> pa.Table:
    return pa.table(
        {"unit": list(options), "option": list(options.values()), "on": pa.array([DAY] * len(options), pa.date32())}
    )


def test_a_household_that_was_spoken_to_counts_for_each_of_its_people():
    theirs = lived(("ann", "home", None), ("ben", "home", None))
    ours = lived(("ann", "ann", None), ("ben", "ben", None), ("cid", "cid", None))
    found = contacts_beside([RoundBeside(decided(home="hello/post"), theirs, True)], ours)
    assert found.people.to_pylist() == [
        {"unit": "ann", "option": "hello/post", "on": DAY},
        {"unit": "ben", "option": "hello/post", "on": DAY},
    ]
    assert not found.endpoints.num_rows


def test_ids_of_people_who_have_none_are_nobodys():
    theirs, ours = lived(("1", "1", None)), lived(("1", "1", None))
    assert not contacts_beside([RoundBeside(decided(**{"1": "hello/phone"}), theirs, False)], ours).people.num_rows


def test_a_telephone_that_rang_counts_once_whoever_answers_it_here():
    theirs = lived(("x", "x", "+1555"))
    ours = lived(("ann", "ann", "+1555"), ("ben", "ben", "+1555"), ("cid", "cid", "+1556"))
    found = contacts_beside([RoundBeside(decided(x="hello/phone"), theirs, True)], ours)
    assert found.endpoints["unit"].to_pylist() == ["ann"]
    letter = contacts_beside([RoundBeside(decided(x="hello/post"), theirs, True)], ours)
    assert not letter.endpoints.num_rows


def test_several_rounds_add_up_and_nothing_is_nothing():
    theirs, ours = lived(("x", "x", "+1555")), lived(("x", "x", "+1555"))
    rounds = [RoundBeside(decided(x=option), theirs, True) for option in ("hello/phone", "nothing", "bye/sms")]
    found = contacts_beside(rounds, ours)
    assert found.people["option"].to_pylist() == ["hello/phone", "bye/sms"]
    assert found.endpoints["unit"].to_pylist() == ["x", "x"]
