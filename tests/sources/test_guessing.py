"""Which column is what, in the exports people really have; and where a name and the values contradict, the values win."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from groundswell.sources import propose
from groundswell.sources.guessing import ROLES_OF, proposal_as_json
from groundswell.sources.presetting import best_preset, plain_name, presets
from groundswell.sources.settings import ListSpec, PeopleSpec
from groundswell.vocabulary import DataError
from groundswell.vocabulary.words import words

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FIRST = [
    "Ana",
    "Luis",
    "José",
    "María",
    "Zoë",
    "Ben",
    "Carla",
    "Dan",
    "Eva",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Joy",
    "Kim",
    "Lea",
]
LAST = ["García", "López", "Smith", "Jones", "Núñez", "Brown", "Ortiz", "Klein", "Weiss", "Romero", "Davis", "Moore"]
STREETS = ["Main St", "Oak Avenue", "Elm Rd", "2nd Street", "Park Lane", "Hill Drive"]


def write(path, header, rows, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def person(number, draw):
    return {
        "id": 4_000_000 + number * 7,
        "first": draw.choice(FIRST),
        "last": draw.choice(LAST),
        "phone": f"({draw.randint(200, 989)}) 555-{draw.randint(1000, 9999)}",
        "email": f"person{number}@example.org" if draw.random() < 0.8 else "",
        "street": f"{draw.randint(1, 999)} {draw.choice(STREETS)}",
        "zip": f"{draw.randint(501, 99950):05d}",
        "born": f"{draw.randint(1, 12):02d}/{draw.randint(1, 28):02d}/{draw.randint(1930, 2005)}",
    }


@pytest.fixture
def crowd():
    draw = random.Random(7)
    return [person(number, draw) for number in range(300)], draw


def roles_of(path):
    return propose(path).roles


def test_an_export_of_a_voter_file_is_known(tmp_path, crowd):
    people, draw = crowd
    header = [
        "Voter File VANID",
        "LastName",
        "FirstName",
        "MiddleName",
        "Suffix",
        "vAddress",
        "vCity",
        "vState",
        "vZip5",
    ]
    header += [
        "Preferred Phone",
        "PreferredEmail",
        "DOB",
        "Age",
        "Sex",
        "Party",
        "PrecinctName",
        "Household ID",
        "Spouse Phone",
    ]
    rows = [
        [one["id"], one["last"], one["first"], "J", "", one["street"], "Flint", "MI", one["zip"], one["phone"], one["email"],
         one["born"], draw.randint(18, 90), draw.choice("MF"), draw.choice("DRI"), f"Ward {draw.randint(1, 9)}", place // 2,
         one["phone"]]
        for place, one in enumerate(people)
    ]  # fmt: skip
    found = propose(write(tmp_path / "export.txt", header, rows, "\t"))
    assert (found.preset, found.kind) == ("voter-file", "people")
    assert found.roles == {
        "person": "Voter File VANID", "household": "Household ID", "first_name": "FirstName", "last_name": "LastName",
        "phone": "Preferred Phone", "email": "PreferredEmail", "address": "vAddress", "city": "vCity", "state": "vState",
        "postcode": "vZip5", "precinct": "PrecinctName",
    }  # fmt: skip
    assert found.types["DOB"] == "date"
    assert found.types["Age"] == "number"
    assert found.special == ("Party",)


def test_contacts_of_civicrm_are_known_and_every_wish_not_to_be_contacted_is_told(tmp_path, crowd):
    people, draw = crowd
    header = [
        "Contact ID",
        "Contact Type",
        "Sort Name",
        "First Name",
        "Last Name",
        "Do Not Phone",
        "No Bulk Emails (User Opt Out)",
    ]
    header += [
        "Street Address",
        "City",
        "State",
        "Postal Code",
        "Phone",
        "Email",
        "Preferred Language",
        "Do Not Contact",
    ]
    rows = [
        [one["id"], "Individual", f"{one['last']}, {one['first']}", one["first"], one["last"], draw.choice(["Yes", "No"]),
         draw.choice(["Yes", "No"]), one["street"], "Flint", "Michigan", one["zip"], one["phone"], one["email"],
         draw.choice(["en_US", "es_MX"]), "No"]
        for one in people
    ]  # fmt: skip
    found = propose(write(tmp_path / "contacts.csv", header, rows))
    assert found.preset == "civicrm"
    assert found.roles["person"] == "Contact ID"
    assert found.roles["language"] == "Preferred Language"
    assert {
        "first_name",
        "last_name",
        "phone",
        "email",
        "address",
        "city",
        "state",
        "postcode",
        "stop",
    } <= found.roles.keys()
    other = {"No Bulk Emails (User Opt Out)", "Do Not Contact"} - {found.roles["stop"]}
    [second] = [one for one in found.columns if one.column in other]
    assert second.why.key == "second_stop"
    assert second.role is None


def test_an_export_of_employees_is_known_with_who_leads_whom(tmp_path, crowd):
    people, draw = crowd
    header = [
        "Emp ID",
        "Employee Name",
        "Work Email",
        "Job Title",
        "Department",
        "Reports To",
        "Office Location",
        "Hire Date",
    ]
    header += ["Union Member", "Manager Name"]
    rows = [
        [f"E{place:04d}", f"{one['first']} {one['last']}", f"p{place}@firm.com", draw.choice(["Welder", "Clerk"]),
         draw.choice(["Sales", "Plant"]), "" if place < 5 else f"E{draw.randrange(0, 40):04d}",
         draw.choice(["Flint", "Lansing"]), f"{draw.randint(2001, 2025)}-0{draw.randint(1, 9)}-11", draw.choice(["Y", "N"]),
         draw.choice(FIRST)]
        for place, one in enumerate(people)
    ]  # fmt: skip
    found = propose(write(tmp_path / "staff.csv", header, rows, ";"))
    assert found.preset == "hr"
    assert found.roles == {
        "person": "Emp ID", "name": "Employee Name", "email": "Work Email", "site": "Office Location", "manager": "Reports To"
    }  # fmt: skip
    assert found.types["Hire Date"] == "date"
    assert found.types["Department"] == "category"
    assert found.special == ("Union Member",)


def test_orders_of_a_shop_are_known_and_are_no_list_of_people(tmp_path, crowd):
    people, draw = crowd
    header = ["Order ID", "Customer ID", "Billing Email", "Order Date", "Order Total", "Payment Method"]
    rows = [
        [9000 + place, draw.choice(people)["id"], "a@x.org", f"2026-03-{draw.randint(1, 28):02d}",
         f"{draw.random() * 90:.2f}",
         draw.choice(["card", "cash"])]
        for place in range(400)
    ]  # fmt: skip
    found = propose(write(tmp_path / "orders.csv", header, rows))
    assert (found.preset, found.kind) == ("shop-orders", "outcomes")
    assert found.roles == {"person": "Customer ID", "at": "Order Date", "amount": "Order Total"}


def test_a_list_in_spanish_with_untidy_headers_is_understood(tmp_path, crowd):
    people, _ = crowd
    header = [
        " Nº socio*",
        "NOMBRE ",
        "Apellidos",
        "E-mail",
        "Tel. móvil",
        "Dirección postal",
        "Cód. Postal",
        "Fecha Nacimiento",
    ]
    rows = [
        [n, one["first"], one["last"], one["email"], "600 11 22 33", "Calle Mayor 5, 2º", one["zip"], "31/12/1960"]
        for n, one in enumerate(people, start=1)
    ]
    assert roles_of(write(tmp_path / "socios.csv", header, rows, ";")) == {
        "person": "Nº socio*", "first_name": "NOMBRE", "last_name": "Apellidos", "phone": "Tel. móvil", "email": "E-mail",
        "address": "Dirección postal", "postcode": "Cód. Postal",
    }  # fmt: skip


# Values against names


def test_a_column_called_phone_that_holds_addresses_is_no_phone(tmp_path, crowd):
    people, _ = crowd
    rows = [[place, f"p{place}@x.org", one["phone"]] for place, one in enumerate(people)]
    found = propose(write(tmp_path / "list.csv", ["id", "phone", "contact"], rows))
    assert found.roles == {"person": "id", "phone": "contact", "email": "phone"}
    assert {one.column: one.why.key for one in found.columns} == {
        "id": "named",
        "phone": "alone_email",
        "contact": "alone_phone",
    }


def test_a_column_that_is_not_what_it_is_called_says_what_it_holds(tmp_path, crowd):
    people, _ = crowd
    rows = [[place, f"p{place}@x.org", f"q{place}@x.org"] for place, _ in enumerate(people)]
    found = propose(write(tmp_path / "list.csv", ["id", "email", "phone"], rows))
    assert found.roles == {"person": "id", "email": "email"}
    wrong = found.columns[2]
    assert wrong.why.key == "contradicts"
    assert dict(wrong.why.values) == {"role": "phone", "what": "email", "share": "100 %"}


def test_columns_without_telling_names_are_known_by_their_values(tmp_path, crowd):
    people, _ = crowd
    header = ["c1", "c2", "c3", "c4", "c5"]
    rows = [
        [f"K-{place}", f"{one['first']} {one['last']} {place}".replace(str(place), "X" * (place % 9) + "Yz"), one["phone"],
         f"p{place}@x.org", one["street"]]
        for place, one in enumerate(people)
    ]  # fmt: skip
    found = propose(write(tmp_path / "list.csv", header, rows))
    assert found.roles == {"person": "c1", "name": "c2", "phone": "c3", "email": "c4", "address": "c5"}
    assert all(one.sure <= 0.8 for one in found.columns)  # a name would make it surer


def test_households_are_known_by_neighbouring_rows_and_random_numbers_are_none(tmp_path, crowd):
    people, draw = crowd
    rows = [[place, place // 2 + 70_000, draw.randint(100, 320)] for place, _ in enumerate(people)]
    assert roles_of(write(tmp_path / "list.csv", ["id", "h", "rate"], rows)) == {"person": "id", "household": "h"}


def test_a_column_called_home_that_holds_addresses_is_the_address(tmp_path, crowd):
    people, _ = crowd
    rows = [[place, one["street"]] for place, one in enumerate(people)]
    assert roles_of(write(tmp_path / "list.csv", ["id", "home"], rows)) == {"person": "id", "address": "home"}


def test_somebody_elses_telephone_is_not_taken(tmp_path, crowd):
    people, _ = crowd
    rows = [[place, one["phone"], one["phone"]] for place, one in enumerate(people)]
    found = propose(write(tmp_path / "list.csv", ["id", "emergency contact phone", "mobile"], rows))
    assert found.roles["phone"] == "mobile"


def test_a_file_without_ids_has_no_person(tmp_path):
    rows = [["a", "x"], ["b", "y"], ["a", "x"]]
    assert "person" not in roles_of(write(tmp_path / "list.csv", ["letter", "mark"], rows * 9))


def test_what_comes_again_and_again_with_a_day_is_what_people_did(tmp_path, crowd):
    people, draw = crowd
    rows = [
        [draw.choice(people[:40])["id"], f"2026-03-{draw.randint(1, 28):02d}", draw.choice(["meeting", "call"])]
        for _ in people
    ]
    found = propose(write(tmp_path / "events.csv", ["member id", "date", "event"], rows))
    assert found.kind == "events"
    assert found.roles == {"person": "member id", "at": "date", "event": "event"}


# Types


def test_a_type_is_only_proposed_where_every_value_is_of_it(tmp_path):
    both = [["1950", "yes", "3", "2026-01-02", "00501", "0"], ["1960", "", "4.5", "03/04/2026", "10001", "1"]]
    rows = [list(row) for row in both * 30]
    rows[7][2] = "many"
    header = ["born", "active", "children", "day", "code", "flag"]
    found = propose(write(tmp_path / "list.csv", header, rows))
    kinds = {one.column: one.type for one in found.columns}
    assert kinds == {
        "born": "year", "active": "yes/no", "children": "text", "day": "date", "code": "category", "flag": "number"
    }  # fmt: skip
    why = {one.column: one.why for one in found.columns}
    assert why["children"].key == "nearly"
    assert why["day"].key == "doubtful"


def test_what_the_law_protects_most_is_marked(tmp_path):
    header = [
        "id",
        "Religion",
        "Afiliación sindical",
        "health_status",
        "Party",
        "Race/Ethnicity",
        "dob",
        "color",
    ]
    found = propose(write(tmp_path / "list.csv", header, [["1", *"abcdefg"], ["2", *"abcdefg"]]))
    assert set(found.special) == set(header[1:6])


# What a person knows better


def test_a_person_has_the_last_word(tmp_path, crowd):
    people, _ = crowd
    rows = [[place, one["phone"], one["phone"]] for place, one in enumerate(people)]
    found = propose(write(tmp_path / "list.csv", ["id", "phone", "mobile"], rows)).given(
        {"phone": "mobile", "person": "-"}
    )
    assert found.roles == {"phone": "mobile"}
    assert [one.why.key for one in found.columns] == ["other", "other", "given"]
    for roles, message in (({"phon": "mobile"}, 'no role "phon"'), ({"phone": "mobil"}, 'no column "mobil"')):
        with pytest.raises(DataError, match=message) as caught:
            found.given(roles)
        assert caught.value.hint.startswith("Did you mean")


def test_every_role_is_played_once_and_by_one_column(tmp_path, crowd):
    people, _ = crowd
    header = ["email", "e-mail", "Email address", "mail", "id", "ID 2"]
    rows = [[one["email"] or "x@y.org"] * 4 + [place, place] for place, one in enumerate(people)]
    found = propose(write(tmp_path / "list.csv", header, rows))
    played = [one.role for one in found.columns if one.role]
    assert len(played) == len(set(played))
    assert proposal_as_json(found)["roles"] == {"person": "id", "email": "email"}


# Real files


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")
@pytest.mark.parametrize(
    ("file", "roles"),
    [
        ("company_reports_to.csv", {"person": "ID", "manager": "ReportsToID"}),
        ("employees_fictional.csv.gz", {"person": "EmployeeNumber"}),
        ("gerber_green_larimer_2008.csv.gz", {"household": "hh_id"}),
        (
            "febrl/dataset1.csv.gz",
            {
                "person": "rec_id",
                "first_name": "given_name",
                "last_name": "surname",
                "address": "address_1",
                "city": "suburb",
                "state": "state",
                "postcode": "postcode",
            },
        ),
    ],
)
def test_real_files_are_understood(file, roles):
    assert roles_of(SHARED / file) == roles


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")
def test_the_types_of_a_real_voter_file_are_those_its_campaign_declares():
    found = propose(SHARED / "gerber_green_larimer_2008.csv.gz")
    declared = dict.fromkeys(["g2000", "g2002", "p2000", "p2002", "p2004", "voted"], "yes/no") | {"yob": "year"}
    assert declared.items() <= found.types.items()


# The presets themselves


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_a_preset_is_written_plainly_and_names_roles_that_there_are(preset):
    known = {role for roles in ROLES_OF.values() for role in roles}
    assert preset.roles.keys() <= known
    assert set(preset.types.values()) <= {"text", "category", "number", "year", "yes/no", "date"}
    for name in [
        *preset.marks,
        *preset.types,
        *preset.special,
        *(one for names in preset.roles.values() for one in names),
    ]:
        assert plain_name(name) == name
    assert words()[f"map.preset_name.{preset.name}"]


@pytest.mark.parametrize("preset", [one for one in presets() if one.marks], ids=lambda preset: preset.name)
def test_a_file_with_the_marks_of_a_preset_is_known_by_them(preset):
    assert best_preset(sorted(preset.marks))[0] == preset


def test_the_roles_are_those_of_the_settings():
    roles = set(ROLES_OF["people"])
    assert roles - {"person"} == {"household", *ListSpec.model_fields} - {
        "path",
        "person",
        "ids",
        "columns",
        "delimiter",
    }
    assert roles <= PeopleSpec.model_fields.keys()
