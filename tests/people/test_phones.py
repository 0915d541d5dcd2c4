"""A telephone number has one form, however it was typed, and what is none is told why."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.people.phones import USUAL, e164, shape_of, usual_phone, why_no_phone
from people.cells import ODD, phones

US = {
    "(202) 555-0123": "+12025550123",
    "202.555.0123": "+12025550123",
    "1-202-555-0123": "+12025550123",
    "+1 202 555 0123": "+12025550123",
    "tel:+1-202-555-0123": "+12025550123",
    "'2025550123": "+12025550123",
    "2025550123.0": "+12025550123",
    "2.025550123E+09": "+12025550123",
    "2,025550123E+09": "+12025550123",
    "1-800-FLOWERS": "+18003569377",
    "0044 20 7946 0958": "+442079460958",
    "011 44 20 7946 0958": "+442079460958",
    "202-555-0123 / 202-555-0199": "+12025550123",
    "2025550123/2025550199": "+12025550123",
    "202-555-0123; 202-555-0199": "+12025550123",
    "202-555-0123 or 202-555-0199": "+12025550123",
    "n/a, 202-555-0123": "+12025550123",
    "202-555-0123 x12": "+12025550123;ext=12",
    "202-555-0123 ext. 12": "+12025550123;ext=12",
    "202-555-0123, ext 12": "+12025550123;ext=12",
    "+12025550123;ext=12": "+12025550123;ext=12",
}
NONE = {
    "": "blank",
    "n/a": "blank",
    "None": "blank",
    "call me": "no-number",
    "555-0123": "no-area-code",
    "12345": "too-short",
    "20255501234567": "too-long",
    "999-999-9999": "filler",
    "123-456-7890": "filler",
    "2.03E+09": "digits-lost",
    "5.55E+09": "digits-lost",
}


@pytest.mark.parametrize(("typed", "expected"), US.items())
def test_every_way_to_write_a_number_gives_one(typed, expected):
    assert e164(typed, "US") == expected
    assert why_no_phone(typed, "US") is None


@pytest.mark.parametrize(("typed", "reason"), NONE.items())
def test_what_is_no_number_is_none_and_says_why(typed, reason):
    assert e164(typed, "US") is None
    assert why_no_phone(typed, "US") == reason


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("030/1234567", "DE", "+49301234567"),
        ("+49 (0)30 1234567", "US", "+49301234567"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("(+34) 612 345 678", "ES", "+34612345678"),
    ],
)
def test_a_number_is_read_as_its_country_dials(typed, country, expected):
    assert e164(typed, country) == expected


def test_an_extension_is_an_endpoint_of_its_own():
    assert len({e164(f"202-555-0123 x{n}", "US") for n in range(1, 4)}) == 3


def test_a_country_with_rules_of_its_own_has_no_usual_shape():
    assert shape_of("AR") is None
    assert usual_phone("p", "AR") == "null::varchar"
    assert all(shape_of(country) for country in USUAL)


def test_what_is_normalised_stays_as_it_is():
    for country in ("US", "DE", "GB", "IT"):
        found = [one for one in (e164(cell, country) for cell in phones(random.Random(7), 1_000) + ODD) if one]
        assert len(found) > 100
        assert [e164(one, country) for one in found] == found


@given(text=st.text(), country=st.sampled_from(["US", "DE", "ES", "IT", "ZZ", ""]))
def test_no_text_is_too_odd(text, country):
    found = e164(text, country)
    assert (found is None) == (why_no_phone(text, country) is not None)
    assert found is None or e164(found, country) == found
