"""A name has a given and a family part, in whatever order and capitals it was typed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.people.names import full_name, tidy
from people.cells import ODD, names


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Walter Brandt", ("Walter", "Brandt")),
        ("Brandt, Walter", ("Walter", "Brandt")),
        ("BRANDT, WALTER J.", ("Walter", "Brandt")),
        ("Dr. Walter van der Berg Jr.", ("Walter", "van der Berg")),
        ("VAN DER BERG, WALTER", ("Walter", "van der Berg")),
        ("Ann de la Cruz", ("Ann", "de la Cruz")),
        ("pat o'brien", ("Pat", "O'Brien")),
        ("MCDONALD, AL", ("Al", "McDonald")),
        ("Ann Smith-Jones PhD", ("Ann", "Smith-Jones")),
        ("Mr Smith", (None, "Smith")),
        ("Ann", ("Ann", None)),
        ("Ann King", ("Ann", "King")),
        ("Ann McDeVitt", ("Ann", "McDeVitt")),
        ("123", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_whole_name_is_cut_in_two(typed, expected):
    assert full_name(typed, "US") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("María García López", ("María", "García López")),
        ("GARCÍA LÓPEZ, MARÍA JOSÉ", ("María José", "García López")),
        ("María José García López", ("María José", "García López")),
        ("José Luis Pérez", ("José Luis", "Pérez")),
        ("Juan de la Cruz Pérez", ("Juan", "de la Cruz Pérez")),
        ("José Ortega y Gasset", ("José", "Ortega y Gasset")),
        ("Dña. Ana Ruiz", ("Ana", "Ruiz")),
        ("Don Pedro Gil Mas", ("Pedro", "Gil Mas")),
        ("Pedro", ("Pedro", None)),
    ],
)
def test_where_people_have_two_family_names_both_are_kept(typed, expected):
    assert full_name(typed, "ES") == expected


def test_a_title_and_a_suffix_are_no_part_of_a_name():
    assert [tidy(text) for text in ("Dr. Ann", "SMITH JR.", "Smith III", "Jr", " -- ", None)] == [
        "Ann",
        "Smith",
        "Smith",
        "Jr",
        None,
        None,
    ]


def test_what_is_normalised_stays_as_it_is():
    cells = names(random.Random(7), 1_000) + ODD
    found = [part for country in ("US", "ES") for cell in cells for part in full_name(cell, country) if part]
    assert len(found) > 2_000
    assert [tidy(part) for part in found] == found


@given(text=st.text(), country=st.sampled_from(["US", "ES"]))
def test_no_text_is_too_odd(text, country):
    for part in full_name(text, country):
        assert part is None or tidy(part) == part
