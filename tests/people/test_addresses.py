"""An address has one line and one home, however it was typed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.addresses import home_key, read_address, us_by_library
from groundswell.people.postcodes import postcode
from groundswell.people.streets import SUFFIXES, WORDS, us_street
from people.cells import ODD, addresses, addresses_elsewhere


def line(text: str, country: str = "US") -> str | None:
    found = read_address(text, country)
    return found.line if found else None


@pytest.mark.parametrize(
    "typed",
    [
        "123 N. Main Street, Apt. 4", "123 North Main St #4", "123 N MAIN ST APT 4", "123 n main st., unit 4",
        "123  N  Main  St  # 04",
        "123 North Main Street Apartment 4", "Apt 4, 123 N Main St", "123 N Main St\nApt 4",
    ],
)  # fmt: skip
def test_every_way_to_write_an_address_gives_one_line(typed):
    assert line(typed) == "123 N MAIN ST APT 4"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("123 Main St", "123 MAIN ST"),
        ("1600 Pennsylvania Avenue Northwest", "1600 PENNSYLVANIA AVE NW"),
        ("5 Saint Charles Ave", "5 ST CHARLES AVE"),
        ("5 St. Charles Avenue", "5 ST CHARLES AVE"),
        ("20 Fifth Avenue", "20 5TH AVE"),
        ("12 Broadway", "12 BROADWAY"),
        ("9 County Road 12", "9 COUNTY RD 12"),
        ("P.O. Box 12", "PO BOX 12"),
        ("po box #12", "PO BOX 12"),
        ("RR 2 Box 5", "RR 2 BOX 5"),
        ("12 1/2 Oak St", "12 1/2 OAK ST"),
        ("12 Oak St Ste 200", "12 OAK ST STE 200"),
        ("12 Oak St, Boston, MA 02139-1234", "12 OAK ST, BOSTON, MA 02139"),
        ("12 Oak St Springfield IL 62704", "12 OAK ST, SPRINGFIELD, IL 62704"),
        ("John Smith, 12 Oak St", "12 OAK ST"),
    ],
)
def test_a_us_address_has_the_form_of_the_post_office(typed, expected):
    assert line(typed) == expected


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("C/ Mayor, nº 5, 3º B", "ES", "CALLE MAYOR 5 3B"),
        ("Calle Mayor 5 3ºB", "ES", "CALLE MAYOR 5 3B"),
        ("Calle Mayor 5, piso 3 puerta B", "ES", "CALLE MAYOR 5 3B"),
        ("Avda. de la Paz 7", "ES", "AV DE LA PAZ 7"),
        ("Hauptstraße 5 a", "DE", "HAUPTSTR 5A"),
        ("Haupt Str. 5a", "DE", "HAUPTSTR 5A"),
        ("Müllerweg 3, Whg 2", "DE", "MUELLERWEG 3 APT 2"),
        ("Flat 2, 12 High Street", "GB", "12 HIGH ST APT 2"),
        ("12 High St Flat 2", "GB", "12 HIGH ST APT 2"),
        ("12, bd Saint-Michel", "FR", "12 BD ST MICHEL"),
        ("Hauptstr. 5, 10115 Berlin", "DE", "HAUPTSTR 5, BERLIN, 10115"),
        ("12 High Street, London, SW1A 1AA", "GB", "12 HIGH ST, LONDON, SW1A 1AA"),
    ],
)
def test_elsewhere_what_is_written_alike_is_alike(typed, country, expected):
    assert line(typed, country) == expected


def test_two_addresses_that_the_library_finds_in_one_cell_still_have_a_line():
    both = "123 Main St Apt 4, 123 Main St"
    assert us_by_library(both) is None
    assert line(both) is not None


def test_flats_are_homes_of_their_own():
    homes = {
        home_key(read_address(f"123 Main St{flat}", "US")) for flat in ("", " Apt 1", " Apt 2", " Apt 2B", " Ste 2")
    }
    assert len(homes) == 5


def test_town_and_postcode_belong_to_a_home():
    places = [
        {"city": "Ely", "postcode": "89301"},
        {"city": "Ely", "postcode": "55731"},
        {"city": "Reno", "postcode": "89301"},
        {},
    ]
    assert len({home_key(read_address("12 Oak St", "US", **place)) for place in places}) == 4
    four = read_address("12 Oak St", "US", city="Ely", postcode="89301-1234")
    assert home_key(four) == home_key(read_address("12 Oak St", "US", city="ELY", postcode="89301"))


def test_a_cell_of_its_own_counts_before_what_stands_in_the_address():
    found = read_address("12 Oak St, Boston, MA 02139", "US", city="Cambridge")
    assert found.line == "12 OAK ST, CAMBRIDGE, MA 02139"


def test_a_street_without_a_number_is_nobodys_home():
    assert home_key(read_address("Main Street", "US")) is None
    assert home_key(read_address("unknown", "US")) is None


def test_an_institution_keeps_its_name_and_a_person_loses_it():
    assert "CONVENT" in line("St Mary's Convent, 12 Oak St")
    assert "SMITH" not in line("John Smith, 12 Oak St")


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("2139", "US", "02139"), ("02139-4307", "US", "02139"), ("021394307", "US", "02139"), ("2139.0", "US", "02139"),
        ("00000", "US", None), ("ABC", "US", None), ("sw1a1aa", "GB", "SW1A 1AA"), ("k1a-0b1", "CA", "K1A 0B1"),
        ("8001", "ES", "08001"), ("E-08001", "ES", "08001"), ("1067", "DE", "01067"), ("D 01067", "DE", "01067"),
        ("123456", "DE", None),
        ("n/a", "US", None), ("ab 12", "XX", "AB 12"),
    ],
)  # fmt: skip
def test_a_postcode_has_the_form_of_its_country(typed, country, expected):
    assert postcode(typed, country) == expected


def test_short_forms_are_short_forms_of_themselves():
    assert all(SUFFIXES[short] == short for short in SUFFIXES.values())
    assert all(WORDS.get(short, short) == short for short in WORDS.values())


def test_a_street_that_could_end_sooner_is_left_to_the_library():
    assert [us_street(text) for text in ("MAIN ST LAKE GROVE", "MAIN ST SPRINGFIELD", "ST", "NORTH AVE", "")] == [
        None
    ] * 5


@pytest.mark.parametrize("country", ["US", "ES", "DE", "GB"])
def test_what_is_normalised_stays_as_it_is(country):
    cells = (addresses if country == "US" else addresses_elsewhere)(random.Random(7), 1_500) + ODD
    found = [one for one in (line(cell, country) for cell in cells) if one]
    assert len(found) > 1_000
    assert [line(one, country) for one in found] == found


@settings(deadline=None)
@given(
    text=st.one_of(st.text(), st.from_regex(r"\A[0-9A-Za-z .,#/-]{0,40}\Z")),
    country=st.sampled_from(["US", "ES", "DE", "GB", "ZZ"]),
)
def test_no_text_is_too_odd(text, country):
    found = line(text, country)
    assert found is None or line(found, country) == found
    postcode(text, country)
