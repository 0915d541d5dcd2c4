"""Who lives together is told; where too many live to be a household, each counts alone."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.homes import HOMES, MANY_IN_A_BOX, MANY_PEOPLE, MANY_SURNAMES, homes, household_of
from groundswell.people.institutions import institution_in


def people(*rows: tuple[str | None, str | None, str | None], **more: list[object]) -> pa.Table:
    """``(home, address, family name)``; ids are p0, p1, ..."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    text = {
        name: pa.array(values, pa.string())
        for name, values in zip(("~home", "~address", "~last"), columns, strict=True)
    }
    return pa.table({"person": [f"p{n}" for n in range(len(rows))]} | text | more)


def only(table: pa.Table, **words) -> dict[str, object]:
    (row,) = homes(table, **words).to_pylist()
    return row


def test_a_family_is_a_household():
    row = only(
        people(("h", "5 OAK ST", "Ray"), ("h", "5 OAK ST", "RAY"), ("h", "5 OAK ST", "Peña"), ("h", "5 OAK ST", None))
    )
    assert (row["members"], row["surnames"], row["kind"], row["reason"]) == (4, 2, "household", None)


def test_many_family_names_make_a_shared_home_and_it_stays_a_household():
    table = people(*(("h", "5 OAK ST", name) for name in "ABCD"[:MANY_SURNAMES]))
    row = only(table)
    assert (row["kind"], row["many_surnames"], row["reason"]) == (
        "shared",
        True,
        "4 different family names at one address",
    )
    assert len(set(household_of(homes(table), table).to_pylist())) == 1


def test_more_people_than_a_household_has_are_an_institution_only_without_a_flat():
    crowd = [("h", "5 OAK ST, ELY, NV 89301", "Ray")] * (MANY_PEOPLE + 1)
    flat = [("h", "5 OAK ST APT 4, ELY", "Ray")] * (MANY_PEOPLE + 1)
    spanish = [("h", "CALLE MAYOR 5 3B, MADRID", "Ray")] * (MANY_PEOPLE + 1)
    assert only(people(*crowd))["reason"] == "13 people at one address without a flat"
    assert only(people(*crowd[1:]))["kind"] == "household"
    assert only(people(*flat))["kind"] == only(people(*spanish))["kind"] == "household"


def test_a_box_of_many_is_no_household():
    box = [("h", "PO BOX 12, ELY", "Ray")] * (MANY_IN_A_BOX + 1)
    assert (only(people(*box))["institution"], only(people(*box[1:]))["institution"]) == ("box", None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sunny Hills Nursing Home, 5 Oak St", "care home"), ("RESIDENCIA DE ANCIANOS SAN JOSE 5", "care home"),
        ("SMITH RESIDENCE HALL 2", "dormitory"), ("Residencia Universitaria Sur", "dormitory"),
        ("FORT HOOD BARRACKS", "barracks"),
        ("State Prison", "prison"), ("Centro Penitenciario Madrid III", "prison"), ("ST MARYS CONVENT 12 OAK ST", "convent"),
        ("CONVENTO DE SANTA ANA", "convent"), ("5 HOSPITAL RD", None), ("CALLE CONVENTO 5", None), ("5 PRISON HILL LN", None),
        ("5 CONVENT ST", None), ("12 OAK ST", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_an_institution_is_known_by_its_name_and_a_street_called_after_one_is_not(text, kind):
    assert institution_in(text) == kind


def test_two_in_a_care_home_decide_alone():
    table = people(("h", "5 OAK ST", "Ray"), ("h", "5 OAK ST", "Fox"), ("k", "6 OAK ST", "Ray"), (None, None, "Ray"))
    table = table.append_column("address", [["Oak Nursing Home, 5 Oak St", "5 Oak St", "6 Oak St", None]])
    found = homes(table)
    assert [row["reason"] for row in found.to_pylist()] == ["its address names a care home", None]
    assert household_of(found, table).to_pylist() == ["person:p0", "person:p1", "home:k", "person:p3"]


def test_ages_are_told_where_they_are_known():
    pair = (("h", "5 OAK ST", "Ray"), ("h", "5 OAK ST", "Ray"))
    aged = only(people(*pair, age=["34", "x"]))
    born = only(people(*pair, born=["1950-02-01", "1990"]), year=2026)
    assert (aged["youngest"], aged["oldest"], born["youngest"], born["oldest"]) == (34, 34, 36, 76)
    assert only(people(*pair))["oldest"] is None


def test_nobody_has_no_home():
    assert homes(people()).num_rows == 0
    assert household_of(homes(people()), people()).to_pylist() == []


ROW = st.tuples(
    st.sampled_from(["h", "k", None]),
    st.one_of(st.none(), st.text(max_size=20)),
    st.one_of(st.none(), st.text(max_size=9)),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(ROW, max_size=20))
def test_everybody_with_a_home_is_counted_once(rows):
    table = people(*rows)
    found = HOMES.check(homes(table))
    assert sum(found["members"].to_pylist()) == sum(row[0] is not None for row in rows)
    assert len(household_of(found, table)) == len(rows)
