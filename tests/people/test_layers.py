"""What is imported of people lies in layers: only what is new is kept, and an undo leaves what others say."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.layers import Layer, facts_of, forget_undone, lay_over
from groundswell.people.laying import Reading, lay
from groundswell.people.normalising import with_made
from groundswell.people.tracing import import_of_row, lead_to_files, row_of_import
from groundswell.sources import Column
from groundswell.tables import read
from groundswell.vocabulary import DataError

ROLES = {"phone": "phone"}
EXPECTED = {"id": Column(required=True), "born": Column("year")}
HOW = Reading("id", {}, EXPECTED, ROLES)
Row = Mapping[str, str]


def somebody(person: str, town: str = "Ely", phone: str = "", **more: str) -> dict[str, str]:
    return {"id": person, "town": town, "phone": phone, **more}


class Shelf:
    """Imports of people, one after the other, as the campaign keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.layers, self.laid = folder, [], []

    def bring(self, rows: Sequence[Row], *, how: Reading = HOW):
        number = len(self.layers) + 1
        file, place = self.folder / f"file{number}.csv", self.folder / f"{number:04d}-people"
        with file.open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        place.mkdir()
        found = lay(file, how, self.layers, place)
        self.layers.append(
            Layer(number, place, file.name, date(2026, 1, number), found.signature, way=found.way, orders=found.orders)
        )
        self.laid.append(found)
        return found

    def undo(self, number: int) -> None:
        self.layers[number - 1] = replace(self.layers[number - 1], undone=True)
        forget_undone(self.layers)

    def over(self, own: Sequence[Row] = (), *, until: int = 99) -> dict[str, dict[str, object]]:
        known = [layer for layer in self.layers if layer.number <= until]
        found = lay_over(made(own), known, person="id", expected=EXPECTED, roles=ROLES).to_pylist()
        return {row["id"]: {name: value for name, value in row.items() if value is not None} for row in found}


def made(rows: Sequence[Row]) -> pa.Table:
    names = ["id", "town", "phone"]
    table = pa.table(
        {"_row": pa.array(range(1, len(rows) + 1), pa.int64())}
        | {name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in names}
    )
    return with_made(table, ROLES, country="US")


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path)


def test_without_imports_the_file_stays_as_it_is():
    own = made([somebody("ada")])
    assert lay_over(own, [], person="id", expected={}, roles=ROLES) is own


def test_two_ids_of_one_person_are_laid_together_where_nothing_was_imported_or_all_of_it_was_undone():
    own = pa.table(
        {"_row": [1, 2], "id": ["a", "b"], "born": pa.array([1950, None], pa.int32()), "town": [None, "Ely"]}
    )
    links = pa.table({"id": ["a", "b"], "person": ["a", "a"]})
    found = lay_over(own, [], person="id", expected={"born": Column("year")}, roles={}, links=links)
    assert found.to_pylist() == [{"_row": 1, "id": "a", "born": 1950, "town": "Ely"}]


def test_an_imported_fact_takes_the_place_of_the_same_persons_and_a_new_person_is_added(shelf):
    shelf.bring([somebody("ben", "York"), somebody("zoe", "York")])
    found = shelf.over([somebody("ada"), somebody("ben")])
    assert {person: row["town"] for person, row in found.items()} == {"ada": "Ely", "ben": "York", "zoe": "York"}
    assert (found["ben"]["_row"], found["ada"]["_row"]) == (1_000_000_001, 1)


def test_a_list_that_does_not_know_is_no_list_that_says_no(shelf):
    shelf.bring([{"id": "ben", "member": "yes"}])
    shelf.bring([somebody("ben", "", "(202) 555-0123")])
    assert shelf.over([somebody("ben", "Ely")])["ben"] == {
        "_row": 2_000_000_001,
        "id": "ben",
        "town": "Ely",
        "member": "yes",
        "phone": "(202) 555-0123",
        "~phone": "+12025550123",
    }


def test_what_was_made_of_a_number_goes_with_the_number(shelf):
    shelf.bring([somebody("ben", phone="(202) 555-0123")])
    shelf.bring([somebody("ben", phone="ask his wife")])
    found = shelf.over()["ben"]
    assert found["phone"] == "ask his wife"
    assert "~phone" not in found


def test_types_are_those_of_the_campaign_and_a_row_that_breaks_them_is_rejected(shelf):
    found = shelf.bring([somebody("ada", born="1950"), somebody("ben", born="soon"), somebody("", born="1950")])
    assert (found.rows, found.changed) == (1, 1)
    assert [(row["row"], row["column"]) for row in found.rejected.to_pylist()] == [(2, "born"), (3, "id")]
    assert shelf.over()["ada"]["born"] == 1950


def test_a_second_row_of_somebody_is_rejected_with_the_row_that_was_first(shelf):
    found = shelf.bring([somebody("ada"), somebody("ben"), somebody("ada", "York")])
    assert [row["reason"] for row in found.rejected.to_pylist()] == ["this id stands already in row 1"]
    assert shelf.over()["ada"]["town"] == "Ely"


def test_a_stop_in_any_row_is_told_even_in_one_that_is_rejected(shelf):
    how = replace(HOW, roles={**ROLES, "stop": "stop"})
    rows = [somebody("ada", stop=""), somebody("ada", stop="yes"), somebody("ben", born="soon", stop="please")]
    found = shelf.bring([{"born": "", **row} for row in rows], how=how)
    assert found.stops.to_pylist() == [{"person": "ada", "row": 2}, {"person": "ben", "row": 3}]


def test_a_file_that_comes_again_brings_only_what_changed(shelf):
    first = [somebody("ada"), somebody("ben"), somebody("eve")]
    shelf.bring(first)
    found = shelf.bring([first[0], somebody("ben", "York"), first[2], somebody("zoe")])
    assert (found.rows, found.changed) == (4, 2)
    assert read(shelf.layers[1].path / "rows.parquet")["id"].to_pylist() == ["ben", "zoe"]
    assert shelf.bring([somebody("ben", "York")]).changed == 0


def test_the_same_columns_in_another_order_are_the_same_file(shelf):
    shelf.bring([somebody("ada")])
    assert shelf.bring([dict(reversed(somebody("ada").items()))]).changed == 0


def test_an_old_value_that_comes_back_is_news(shelf):
    for town in ("Ely", "York", "Ely"):
        shelf.bring([somebody("ada", town)])
    assert shelf.over()["ada"]["town"] == "Ely"
    assert shelf.over(until=2)["ada"]["town"] == "York"


def test_a_list_that_repeats_itself_does_not_outweigh_a_newer_one(shelf):
    shelf.bring([somebody("ada", "Ely")])
    shelf.bring([{"id": "ada", "town": "York"}])
    shelf.bring([somebody("ada", "Ely")])
    assert shelf.over()["ada"]["town"] == "York"


def test_what_is_undone_is_gone_from_the_disk(shelf):
    shelf.bring([somebody("ada", "Xanadu")])
    shelf.undo(1)
    assert shelf.over([somebody("ben")]).keys() == {"ben"}
    assert not any(b"Xanadu" in path.read_bytes() for path in shelf.layers[0].path.iterdir())


def test_an_undo_leaves_what_a_later_file_says_as_well(shelf):
    shelf.bring([somebody("ada", "York"), somebody("ben", "York")])
    shelf.bring([somebody("ada", "York")])
    shelf.undo(1)
    found = shelf.over([somebody("ada"), somebody("ben")])
    assert (found["ada"]["town"], found["ben"]["town"]) == ("York", "Ely")
    assert found["ada"]["_row"] == row_of_import(2, 1)
    shelf.undo(2)
    assert shelf.over([somebody("ada")])["ada"]["town"] == "Ely"


def test_an_address_is_read_with_the_town_that_another_list_says(shelf):
    """One list has streets, another towns; a third has both, and whoever lives there is at home with them."""
    roles = {"address": "street", "city": "city", "postcode": "zip"}

    def people() -> dict[str, dict[str, object]]:
        own = with_made(pa.table({"_row": [1], "id": ["z"], "street": ["2 Elm St"]}), roles, country="US")
        found = lay_over(own, shelf.layers, person="id", expected={}, roles=roles, country="US").to_pylist()
        return {row["id"]: row for row in found}

    how = Reading("id", {}, {}, roles)
    shelf.bring([{"id": "a", "street": "5 Oak Street"}, {"id": "b", "street": "5 Oak Street"}], how=how)
    before = people()
    assert before["a"]["~address"] == "5 OAK ST"
    shelf.bring([{"id": "a", "city": "Ely", "zip": "60100"}, {"id": "z", "city": "Ely", "zip": "60100"}], how=how)
    shelf.bring([{"id": "c", "street": "5 Oak St.", "city": "Ely", "zip": "60100"}], how=how)
    after = people()
    assert after["a"]["~address"] == after["c"]["~address"] == "5 OAK ST, ELY, 60100"
    assert after["a"]["~home"] == after["c"]["~home"] != after["b"]["~home"] == before["b"]["~home"]
    assert (after["a"]["~postcode"], after["z"]["~address"]) == ("60100", "2 ELM ST, ELY, 60100")
    shelf.undo(2)
    assert people()["a"] == before["a"] | {"city": None, "zip": None}


def test_who_moves_does_not_live_in_the_new_street_of_the_old_town(shelf):
    """A row with a street speaks of one home, and what another row says with another street speaks of another."""
    roles = {"address": "street", "city": "city", "postcode": "zip"}
    how = Reading("id", {}, {}, roles)
    home = {"street": "5 Oak St", "city": "Ely", "zip": "60100"}
    shelf.bring(
        [{"id": one, **home} for one in "abc"] + [{"id": "d", "street": "", "city": "Ely", "zip": "60100"}], how=how
    )
    shelf.bring(
        [
            {"id": "a", "street": "9 Elm St, York, PA 17401", "city": "", "zip": ""},
            {"id": "b", "street": "9 Elm St", "city": "York", "zip": ""},
            {"id": "c", "street": "9 Elm St", "city": "", "zip": ""},
        ],
        how=how,
    )
    shelf.bring([{"id": "d", "phone": "(202) 555-0101"}], how=how)
    own = with_made(pa.table({"_row": pa.array([], pa.int64()), "id": pa.array([], pa.string())}), roles, country="US")
    rows = lay_over(own, shelf.layers, person="id", expected={}, roles=roles, country="US").to_pylist()
    found = {row["id"]: (row["~address"], row["~postcode"]) for row in rows}
    assert found["a"] == ("9 ELM ST, YORK, PA 17401", "17401")
    assert found["b"] == ("9 ELM ST, YORK", None)
    assert found["c"] == ("9 ELM ST", None)
    assert found["d"] == (None, "60100")


def test_after_an_undo_the_same_file_is_news_again(shelf):
    shelf.bring([somebody("ada", "York")])
    shelf.undo(1)
    assert shelf.bring([somebody("ada", "York")]).changed == 1


def test_a_list_may_call_its_columns_otherwise_and_have_ids_of_its_own(shelf):
    how = Reading("Nr", {"Nr": "id", "Ort": "town", "Tel": "phone"}, EXPECTED, ROLES, prefix="club:")
    shelf.bring([{"Nr": "7", "Ort": "York", "Tel": "202-555-0123"}], how=how)
    assert shelf.over()["club:7"]["~phone"] == "+12025550123"


def test_every_fact_knows_its_file_its_row_and_its_day(shelf):
    shelf.bring([somebody("ben"), somebody("ada", "York", "(202) 555-0123")])
    shelf.bring([{"id": "ada", "town": "Bath"}])
    found = facts_of("ada", made([somebody("ada")]), shelf.layers, column="id", file="people.csv", roles=ROLES)
    told = [(fact.value, fact.made, fact.file, fact.row, fact.on, fact.holds) for fact in found if fact.column != "id"]
    assert told == [
        ("Ely", None, "people.csv", 1, None, False),
        ("(202) 555-0123", "+12025550123", "file1.csv", 2, date(2026, 1, 1), True),
        ("York", None, "file1.csv", 2, date(2026, 1, 1), False),
        ("Bath", None, "file2.csv", 1, date(2026, 1, 2), True),
    ]


def test_a_file_of_which_no_row_can_be_used_is_a_clear_error(shelf):
    with pytest.raises(DataError, match=r"No row of file1\.csv can be used"):
        shelf.bring([somebody("ada", born="soon")])


def test_rejected_rows_lead_to_the_file_they_stand_in_and_so_do_their_reasons():
    said = ["expected a year", "this id stands already in row 1000000002", "this id stands already in row 12"]
    bad = pa.table({"file": ["people.csv"] * 3, "row": [7, 1_000_000_007, 2_000_000_001], "reason": said})
    assert lead_to_files(bad, {0: "people.csv", 1: "may.csv", 2: "june.csv"}).to_pylist() == [
        {"file": "people.csv", "row": 7, "reason": "expected a year"},
        {"file": "may.csv", "row": 7, "reason": "this id stands already in row 2"},
        {"file": "june.csv", "row": 1, "reason": "this id stands already in row 12"},
    ]


@given(st.integers(0, 10_000), st.integers(1, 999_999_999))
def test_a_row_leads_back_to_its_import(number, row):
    assert import_of_row(row_of_import(number, row)) == (number, row)


FILES = st.lists(
    st.dictionaries(
        st.sampled_from("abcd"), st.tuples(st.sampled_from(["", "Ely", "York"]), st.booleans()), min_size=1
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=12)
@given(files=FILES, undone=st.sets(st.integers(1, 4)), own=st.sets(st.sampled_from("abcd")))
def test_the_facts_that_hold_are_those_of_the_files_that_count(files, undone, own, tmp_path_factory):
    """The rule in plain words: of each fact the last news; a file that says what it said before says nothing new."""
    folder = tmp_path_factory.mktemp("layers")
    shelf = Shelf(folder)
    for number, content in enumerate(files, start=1):
        # Two kinds of files: with a column more, and without.
        more = number % 2 == 0
        rows = [
            somebody(person, town) | ({"member": "yes" if said else ""} if more else {})
            for person, (town, said) in content.items()
        ]
        shelf.bring(rows)
    for number in sorted(undone):
        if number <= len(files):
            shelf.undo(number)
    found = shelf.over([somebody(person, "Bath") for person in sorted(own)])
    expected = {person: {"town": "Bath"} for person in own}
    last: dict[tuple[str, bool], tuple[str, bool]] = {}
    for number, content in enumerate(files, start=1):
        for person, (town, said) in content.items():
            kind = (person, number % 2 == 0)
            row = (town, said and number % 2 == 0)
            if number in undone:
                continue
            expected.setdefault(person, {})
            if last.get(kind) == row:
                continue
            last[kind] = row
            if town:
                expected[person]["town"] = town
            if row[1]:
                expected[person]["member"] = "yes"
    told = {person: {name: row[name] for name in ("town", "member") if name in row} for person, row in found.items()}
    shutil.rmtree(folder)
    assert told == expected


def test_a_day_can_be_asked_for(shelf):
    for town in ("Ely", "York"):
        shelf.bring([somebody("ada", town)])
    assert shelf.layers[1].on - shelf.layers[0].on == timedelta(days=1)
    assert [shelf.over(until=number)["ada"]["town"] for number in (1, 2)] == ["Ely", "York"]


def test_the_day_is_read_as_the_whole_file_shows_it_and_the_text_stays_beside_it(shelf):
    how = replace(HOW, expected={"id": Column(required=True), "since": Column("date")})
    shelf.bring([{"id": "ada", "since": "03/04/2020"}, {"id": "ben", "since": "31/12/2020"}], how=how)
    shelf.bring([{"id": "eve", "since": "04/03/2020"}, {"id": "zoe", "since": "12/31/2020"}], how=how)
    found = lay_over(made([]), shelf.layers, person="id", expected=how.expected, roles={}).to_pylist()
    assert [(row["id"], row["since"].isoformat()) for row in found] == [
        ("ada", "2020-04-03"),
        ("ben", "2020-12-31"),
        ("eve", "2020-04-03"),
        ("zoe", "2020-12-31"),
    ]
    facts = facts_of("ada", made([]), shelf.layers, column="id", file="people.csv", roles={})
    assert "03/04/2020" in {fact.value for fact in facts}
