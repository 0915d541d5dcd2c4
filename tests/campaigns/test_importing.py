"""``groundswell import``: one door for what comes back, whole or not at all, and never twice."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

import groundswell
from conftest import without_pictures
from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.inputs import rows_today
from groundswell.tables import read
from groundswell.vocabulary import CampaignError, DataError, StorageError
from spring import BACK, FIRST, SECOND, answers, everybody, sheet, somebody, spring
from tiny import write_tiny

GIFTS = {"attend = { goal = true, value = 25": 'attend = { goal = true, kind = "amount", value = 1'}


@pytest.fixture
def campaign(tiny) -> groundswell.Campaign:
    return spring(tiny)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "spring"
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        spring(partial(write_tiny, folder)).run(now=FIRST)
    return folder


@pytest.fixture
def piloted(template, tmp_path, pageless) -> groundswell.Campaign:
    """The same, after its pilot."""
    return groundswell.open(shutil.copytree(template, tmp_path / "spring"))


def known(done, number: int) -> dict[str, float]:
    """Person -> what a round of the past brought of them, as a later round has it."""
    rows = read(done.path / "past.parquet").to_pylist()
    return {row["person"]: row["value"] for row in rows if row["round"] == number}


def everything(folder: Path) -> dict[str, bytes]:
    hidden = folder / ".groundswell"
    return {str(path.relative_to(hidden)): path.read_bytes() for path in sorted(hidden.rglob("*")) if path.is_file()}


def rejected(found) -> list[str]:
    return (found.path / "rejected.csv").read_text().splitlines()[1:]


# Each kind


def test_outcomes_by_key_reach_the_next_round(piloted):
    first = piloted.last
    found = piloted.bring_in(sheet(piloted, "back.csv", answers(first, acted={"p3", "p4"})), "outcomes", now=BACK)
    assert (found.number, found.rows, found.rejected, found.joined) == (1, 60, 0, {"1": 60})
    done = piloted.run(now=SECOND)
    assert {person for person, value in known(done, 1).items() if value} == {"p3", "p4"}
    assert len(known(done, 1)) == 60


def test_outcomes_by_person_and_day_reach_the_next_round(piloted):
    day = (FIRST + timedelta(days=21)).isoformat()
    found = piloted.bring_in(sheet(piloted, "came.csv", [{"id": "p3", "date": day}]), "outcomes", now=BACK)
    assert found.joined == {"1": 1}
    done = piloted.run(now=SECOND)
    assert {person for person, value in known(done, 1).items() if value} == {"p3"}


def test_events_and_remarks_show_what_people_care_about(piloted):
    day = FIRST.isoformat()
    went = sheet(piloted, "went.csv", [{"person": "p1", "when": day, "event": "school-fair"}] * 2)
    said = sheet(piloted, "said.csv", [{"person": "p2", "at": day, "text": "Our teachers leave."}])
    events = piloted.bring_in(went, "events", now=BACK)
    assert (events.rows, events.rejected, events.reasons) == (1, 1, {"stands already in row 1": 1})
    assert piloted.bring_in(said, "remarks", now=BACK).rows == 1
    done = piloted.run(now=FIRST)
    found = {row["person"]: row for row in read(done.path / "interests.parquet").to_pylist()}
    assert found.keys() == {"p1", "p2"}
    assert (found["p1"]["events"], found["p2"]["remarks"]) == (1, 1)


def test_people_are_replaced_and_added_and_the_next_run_sees_them(piloted):
    rows = [somebody(3, born="1920", name="Old Three"), somebody(99, home="h99")]
    found = piloted.bring_in(sheet(piloted, "new.csv", rows), "people", now=BACK)
    assert (found.rows, found.joined) == (2, {})
    done = piloted.run(now=FIRST)
    assert done.number == 1  # nothing came back of round 1: it is planned again in its place
    people = read(done.path / "people.parquet").to_pylist()
    assert len(people) == 61
    assert {row["name"] for row in people if row["person"] == "p3"} == {"Old Three"}
    ages = {row["person"]: row["age"] for row in read(done.path / "traits.parquet").to_pylist()}
    assert ages["p3"] == 106
    assert "p99" in ages


def test_the_last_import_of_a_person_counts(piloted):
    for place, name in enumerate(("Once", "Twice")):
        piloted.bring_in(sheet(piloted, f"new{place}.csv", [somebody(3, name=name)]), "people", now=BACK)
    done = piloted.run(now=FIRST)
    assert [row["name"] for row in read(done.path / "people.parquet").to_pylist() if row["person"] == "p3"] == ["Twice"]


def test_whoever_says_stop_in_an_import_is_spoken_to_no_more(piloted):
    piloted.bring_in(sheet(piloted, "stops.csv", [somebody(3, stop="yes")]), "people", now=BACK)
    piloted.run(now=FIRST)
    answer = piloted.why("p3")
    assert (answer.option, answer.closed) == ("nothing", {"letter/post": "stop"})


def test_a_stop_in_a_second_row_of_an_import_is_honoured(piloted):
    piloted.bring_in(sheet(piloted, "new.csv", [somebody(3), somebody(3, stop="yes")]), "people", now=BACK)
    piloted.run(now=FIRST)
    assert piloted.why("p3").closed == {"letter/post": "stop"}


def test_a_second_row_of_an_import_is_told_by_the_rows_of_its_own_file(piloted):
    found = piloted.bring_in(sheet(piloted, "new.csv", [somebody(3), somebody(3, stop="yes")]), "people", now=BACK)
    assert rejected(found) == ["new.csv,2,id,p3,this id stands already in row 1"]


def test_why_leads_to_the_file_and_row_that_were_imported(piloted):
    piloted.bring_in(sheet(piloted, "new.csv", [somebody(99), somebody(3, born="1920")]), "people", now=BACK)
    piloted.run(now=FIRST)
    sources = {fact.trait: fact.source for fact in piloted.why("p3").facts}
    assert sources["age"] == "new.csv, row 2"


# Once is enough


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("outcomes", [{"person": "p3", "at": "2026-11-04"}, {"person": "zoe", "at": "2026-11-04"}]),
        ("events", [{"person": "p3", "at": "2026-11-04", "event": "school-fair"}]),
        ("remarks", [{"person": "p3", "at": "2026-11-04", "text": "Our teachers leave."}]),
        ("people", [somebody(3, name="New")]),
    ],
)
def test_the_same_file_twice_does_nothing_twice(kind, rows, piloted):
    file = sheet(piloted, "file.csv", rows)
    first = piloted.bring_in(file, kind, now=BACK)
    before = everything(piloted.folder)
    again = piloted.bring_in(file.rename(file.with_name("another name.csv")), kind, now=BACK)
    assert again.already
    assert not first.already
    assert (again.number, again.rows, again.reasons, again.joined) == (1, first.rows, first.reasons, first.joined)
    assert everything(piloted.folder) == before
    assert len(imports_of(piloted.folder)) == 1


def test_the_same_answers_in_another_file_are_told_and_count_once(piloted):
    rows = answers(piloted.last, acted={"p3"})
    piloted.bring_in(sheet(piloted, "a.csv", rows), "outcomes", now=BACK)
    again = piloted.bring_in(sheet(piloted, "b.csv", [*rows[:5], {**rows[7], "result": "yes"}]), "outcomes", now=BACK)
    assert (again.rows, again.rejected, again.joined) == (1, 5, {"1": 1})
    assert "stands already in a.csv row 1" in again.reasons
    done = piloted.run(now=SECOND)
    assert {person for person, value in known(done, 1).items() if value} == {"p3", "p7"}


def test_a_longer_export_under_the_same_name_brings_what_is_new_in_it(piloted):
    piloted.bring_in(sheet(piloted, "back.csv", "person\np1\np2\n"), "outcomes", now=BACK)
    found = piloted.bring_in(sheet(piloted, "back.csv", "person\np2\np3\n"), "outcomes", now=BACK)
    assert (found.rows, found.rejected) == (1, 1)
    done = piloted.run(now=SECOND)
    assert {person for person, value in known(done, 1).items() if value} == {"p1", "p2", "p3"}


# Bad files


@pytest.mark.parametrize(
    ("kind", "header", "says"),
    [
        ("outcomes", "who,happened", "which decision it answers or who it was"),
        ("events", "who,at,event", "who it was"),
        ("events", "person,event", "when it was"),
        ("events", "person,at,thing", "what it was"),
        ("remarks", "person,at,thing", "what it was"),
    ],
)
def test_columns_that_are_not_there_are_named_beside_those_that_are(kind, header, says, piloted):
    with pytest.raises(DataError) as caught:
        piloted.bring_in(sheet(piloted, "odd.csv", f"{header}\np1,2026-11-04,x\n"), kind, now=BACK)
    assert caught.value.message == f"odd.csv does not say {says}."
    assert caught.value.found == ", ".join(header.split(","))
    assert caught.value.hint
    assert not imports_of(piloted.folder)


def test_people_without_a_column_that_the_campaign_names_are_refused(piloted):
    with pytest.raises(DataError, match='has no column "home"') as caught:
        piloted.bring_in(sheet(piloted, "odd.csv", "id,house,name,phone,stop,born\np1,h1,Ada,,,1950\n"), "people")
    assert caught.value.found == "id, house, name, phone, stop, born"


def test_people_without_ids_cannot_be_imported(tiny):
    campaign = tiny()
    with pytest.raises(CampaignError, match="People without ids"):
        campaign.bring_in(sheet(campaign, "new.csv", [somebody(1)]), "people")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("person,at\n", "has a header but no rows"),
        ("\n\n\n", "has no header line"),
        ("person,person\np1,p2\n", 'has two columns called "person"'),
        ("person,at\np1,soon\n", "No row of bad.csv can be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_clear_error(content, says, piloted):
    with pytest.raises(DataError) as caught:
        piloted.bring_in(sheet(piloted, "bad.csv", content), "outcomes", now=BACK)
    assert says in caught.value.message
    assert caught.value.hint
    assert caught.value.found
    assert not imports_of(piloted.folder)


def test_a_file_that_is_not_there_or_is_a_folder_is_a_clear_error(piloted):
    for path in (piloted.folder.parent / "gone.csv", piloted.folder):
        with pytest.raises(DataError, match="There is no file"):
            piloted.bring_in(path, "outcomes", now=BACK)


def test_bytes_that_are_no_table_are_a_clear_error(piloted):
    path = piloted.folder.parent / "noise.csv"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError):
        piloted.bring_in(path, "outcomes", now=BACK)


@pytest.mark.parametrize("kind", ["outcome", "peple", "", "votes"])
def test_a_kind_there_is_not_is_a_clear_error(kind, campaign):
    with pytest.raises(CampaignError, match="There is no kind of file") as caught:
        campaign.bring_in(sheet(campaign, "a.csv", "person\np1\n"), kind)
    assert caught.value.expected == "one of: people, events, remarks, outcomes, consents, suppressions"
    if kind == "outcome":
        assert caught.value.hint == 'Did you mean "outcomes"?'


def test_bad_rows_are_told_and_the_others_are_used(tiny):
    campaign = spring(tiny, replace=GIFTS)
    campaign.run(now=FIRST)
    lines = [
        "person,action,at,result,amount",
        "p1,attend,2026-11-04,yes,12.5",
        "p2,attend,2026-11-04,yes,-5",
        "p3,dance,2026-11-04,yes,1",
        "p4,attend,4th of November,yes,1",
        "p5,attend,2026-11-04,perhaps,1",
        "p6,attend,2026-11-04",
        "p7,attend,2026-11-04,yes,1,2,3",
        "zoe,attend,2026-11-04,yes,1",
        "p8,attend,1926-11-04,yes,1",
        "p9,attend,2026-11-04,yes,7",
    ]
    found = campaign.bring_in(sheet(campaign, "gifts.csv", "\n".join(lines) + "\n"), "outcomes", now=BACK)
    assert (found.rows, found.rejected) == (2, 8)
    assert {int(line.split(",")[1]) for line in rejected(found)} == {2, 3, 4, 5, 6, 7, 8, 9}
    assert "expected a number such as 1234.5, at least 0" in found.reasons
    assert "expected one of: attend" in found.reasons
    done = campaign.run(now=SECOND)
    assert {person: value for person, value in known(done, 1).items() if value} == {"p1": 12.5, "p9": 7.0}


def test_rows_that_answer_nothing_are_told_and_the_import_is_kept(piloted):
    rows = [
        {"key": "9:p1", "person": "", "at": ""},
        {"key": "", "person": "zoe", "at": "2026-11-04"},
        {"key": "", "person": "p1", "at": "2026-10-31"},
        {"key": "", "person": "p1", "at": "2026-11-23"},
        {"key": "", "person": "p1", "at": "2036-11-23"},
        {"key": "1:p1", "person": "p2", "at": ""},
    ]
    found = piloted.bring_in(sheet(piloted, "odd.csv", rows), "outcomes", now=BACK)
    assert (found.rows, found.rejected, found.joined) == (0, 6, {})
    assert set(found.reasons) == {
        "no decision has this key",
        "nobody has this id in the file of people",
        "happened before the decision: it counts for none",
        "too late: the last window closed on 2026-11-22; it counts for none",
        "lies in the future: today is 2026-11-29",
        "the key belongs to somebody else",
    }
    assert piloted.run(now=FIRST).number == 1


def test_before_any_round_outcomes_answer_nothing_and_the_first_round_is_still_a_pilot(campaign):
    rows = [{"key": "1:p1", "person": ""}, {"key": "", "person": "p2"}]
    found = campaign.bring_in(sheet(campaign, "early.csv", rows), "outcomes", now=FIRST)
    assert found.reasons == {"no decision has this key": 1, "nothing had been decided for this person": 1}
    done = campaign.run(now=FIRST)
    assert (done.number, done.summary["pilot"] is None) == (1, False)


# Whole or not at all


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "killed"])
def test_an_import_that_is_stopped_leaves_nothing_half(error, piloted, monkeypatch):
    file = sheet(piloted, "back.csv", answers(piloted.last, acted={"p3"}))
    whole = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if "imports" in str(target):
            raise error
        return whole(self, target)

    with monkeypatch.context() as patch, pytest.raises((StorageError, KeyboardInterrupt)):
        patch.setattr(Path, "rename", rename)
        piloted.bring_in(file, "outcomes", now=BACK)
    assert imports_of(piloted.folder) == []
    assert piloted.run(now=FIRST).number == 1
    found = piloted.bring_in(file, "outcomes", now=BACK)
    assert (found.number, found.already, found.joined) == (1, False, {"1": 60})
    assert not list((piloted.folder / ".groundswell" / "imports").glob(".*"))


@pytest.mark.parametrize("stage", ["rows.parquet", "rejected.csv", "import.json"])
def test_an_import_that_is_stopped_between_its_files_leaves_nothing_half(stage, piloted, monkeypatch):
    file = sheet(piloted, "back.csv", answers(piloted.last, acted={"p3"}))
    whole = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == stage and "imports" in str(target):
            raise KeyboardInterrupt
        return whole(self, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", replace)
        piloted.bring_in(file, "outcomes", now=BACK)
    assert imports_of(piloted.folder) == []
    assert piloted.bring_in(file, "outcomes", now=BACK).number == 1


# What an answered round is


def test_once_outcomes_came_back_the_next_run_makes_the_next_round_by_itself(piloted):
    first = piloted.last
    decided = (first.path / "decisions.parquet").read_bytes()
    assert piloted.run(now=FIRST).number == 1
    piloted.bring_in(sheet(piloted, "back.csv", answers(first, acted={"p3"})), "outcomes", now=BACK)
    second = piloted.run(now=SECOND)
    assert (second.number, piloted.run(now=SECOND, seed=5).number) == (2, 2)
    assert second.summary["pilot"] is None
    assert [row["outcomes"] for row in second.summary["history"]] == [60, 0]
    assert (first.path / "decisions.parquet").read_bytes() == decided


def test_late_outcomes_change_no_closed_report(piloted):
    first = piloted.last
    told = {name: (first.path / name).read_bytes() for name in ("report.html", "summary.json", "decisions.parquet")}
    rows = answers(first, acted={"p3"})
    piloted.bring_in(sheet(piloted, "back.csv", rows[:30]), "outcomes", now=BACK)
    second = piloted.run(now=SECOND)
    assert len(known(second, 1)) == 30
    assert sum(second.summary["missing"].values()) == 30
    late = piloted.bring_in(sheet(piloted, "late.csv", rows[30:]), "outcomes", now=SECOND + timedelta(days=90))
    assert late.joined == {"1": 30}
    again = piloted.run(now=SECOND)
    assert again.number == 2
    assert (len(known(again, 1)), again.summary["missing"]) == (60, {})
    assert {name: (first.path / name).read_bytes() for name in told} == told


def receivers(done) -> list[str]:
    return [row["unit"] for row in done.decisions.arrow().to_pylist() if row["option"] == "letter/post"]


def test_missing_outcomes_are_counted_by_option_and_tested(piloted):
    lost = receivers(piloted.last)[:20]
    piloted.bring_in(sheet(piloted, "back.csv", answers(piloted.last, blank=lost)), "outcomes", now=BACK)
    done = piloted.run(now=SECOND)
    assert done.summary["missing"] == {"letter/post": 20}
    assert done.summary["audit"]["missing"]["p"] < 0.01


def test_unmatched_outcomes_are_counted_by_option_and_tested(piloted):
    rows = [{"person": unit, "at": "2026-11-25"} for unit in receivers(piloted.last)[:20]]
    rows += [{"person": row["unit"], "at": "2026-11-05"} for row in piloted.last.decisions.arrow().to_pylist()[:5]]
    piloted.bring_in(sheet(piloted, "back.csv", rows), "outcomes", now=BACK)
    done = piloted.run(now=SECOND)
    assert done.summary["unmatched"] == {"letter/post": 20}
    assert done.summary["audit"]["unmatched"]["p"] < 0.01


def test_while_windows_are_open_a_run_counts_nobody_as_failed(piloted):
    piloted.bring_in(
        sheet(piloted, "soon.csv", [{"person": "p3", "at": "2026-11-04"}]), "outcomes", now=FIRST + timedelta(9)
    )
    done = piloted.run(now=FIRST + timedelta(days=10))
    assert done.number == 2
    assert done.summary["pending"] == 60
    assert known(done, 1) == {}
    assert done.summary["pilot"] is not None  # nothing is known yet: chance decides once more


def test_what_was_imported_for_a_round_still_counts_when_there_are_more_rounds(piloted):
    piloted.bring_in(sheet(piloted, "came.csv", [{"person": "p3"}, {"person": "p4"}]), "outcomes", now=BACK)
    second = piloted.run(now=SECOND)
    assert sum(known(second, 1).values()) == 2
    piloted.bring_in(sheet(piloted, "back.csv", answers(second)), "outcomes", now=SECOND + timedelta(days=28))
    third = piloted.run(now=SECOND + timedelta(days=29))
    assert third.number == 3
    assert sum(known(third, 1).values()) == 2


def test_whoever_moves_keeps_what_was_decided_where_they_lived(tiny):
    together = {'decide = "person"': 'decide = "household"', 'reaches = "person"': 'reaches = "household"'}
    campaign = spring(tiny, replace=together)
    got = {row["unit"]: row["option"] for row in campaign.run(now=FIRST).decisions.arrow().to_pylist()}
    quiet = next(unit for unit, option in got.items() if option == "nothing")
    written = next(unit for unit, option in got.items() if option != "nothing")
    mover = next(row for row in everybody() if row["home"] == quiet)
    campaign.bring_in(sheet(campaign, "moved.csv", [mover | {"home": written}]), "people", now=BACK)
    campaign.bring_in(sheet(campaign, "came.csv", [{"person": mover["id"], "at": "2026-11-04"}]), "outcomes", now=BACK)
    done = campaign.run(now=SECOND)
    rows = [row for row in read(done.path / "past.parquet").to_pylist() if row["person"] == mover["id"]]
    assert [(row["unit"], row["option"]) for row in rows] == [(quiet, "nothing")]


def test_what_changes_nothing_of_people_reads_nothing_of_them_again(piloted, monkeypatch):
    first = (piloted.last.path / "rows.parquet").read_bytes()

    def refused(*_, **__):
        pytest.fail("the file of people was read again")

    with monkeypatch.context() as patch:
        patch.setattr("groundswell.campaigns.inputs.lay_over", refused)
        piloted.bring_in(sheet(piloted, "back.csv", answers(piloted.last, acted={"p3"})), "outcomes", now=BACK)
        done = piloted.run(now=SECOND)
    assert (done.number, (done.path / "rows.parquet").read_bytes()) == (2, first)
    piloted.bring_in(sheet(piloted, "new.csv", [somebody(3, phone="2025550103")]), "people", now=SECOND)
    numbers = {row["id"]: row["phone"] for row in rows_today(piloted.settings)[0].to_pylist()}
    assert (numbers["p3"], numbers["p4"]) == ("2025550103", None)
    piloted.undo(2, now=SECOND)
    assert {row["phone"] for row in rows_today(piloted.settings)[0].to_pylist()} == {None}
    file = piloted.folder / "people.csv"
    file.write_text(file.read_text().replace("Name 3,", "Nora Vale,"))
    assert "Nora Vale" in rows_today(groundswell.open(piloted.folder).settings)[0]["name"].to_pylist()


REST = {"[limits]": '[limits]\nrest = { of = "contacts", per = "person", within = "60 days", at_most = 1 }'}
BY_HOME = {'decide = "person"': 'decide = "household"'}
TO_HOMES = BY_HOME | {'reaches = "person"': 'reaches = "household"'}


def rules_of(done) -> dict[str, str]:
    return {row["unit"]: row["rule:letter/post"] for row in read(done.path / "options.parquet").to_pylist()}


def told_in(done) -> set[str]:
    return set(receivers(done))


def test_whoever_moves_is_as_tired_in_the_new_home(tiny):
    campaign = spring(tiny, replace=TO_HOMES | REST)
    first = campaign.run(now=FIRST)
    quiet = next(unit for unit in rules_of(first) if unit not in told_in(first))
    mover = next(row for row in everybody() if row["home"] in told_in(first))
    campaign.bring_in(sheet(campaign, "moved.csv", [mover | {"home": quiet}]), "people", now=BACK)
    done = campaign.run(now=SECOND, next_round=True)
    assert {unit for unit, rule in rules_of(done).items() if rule == "patience"} == told_in(first) | {quiet}
    traits = read(done.path / "traits.parquet").to_pylist()
    assert {row["recent_contacts"] for row in traits if row["unit"] == quiet} == {1.0}


def test_a_home_is_as_tired_when_a_register_gives_its_people_new_ids(tiny):
    campaign = spring(tiny, replace=TO_HOMES | REST)
    first, file = campaign.run(now=FIRST), campaign.folder / "people.csv"
    file.write_text(file.read_text().replace("\np", "\nq"))
    done = groundswell.open(campaign.folder).run(now=SECOND, next_round=True)
    assert {unit for unit, rule in rules_of(done).items() if rule == "patience"} == told_in(first)


def test_where_people_have_no_ids_a_file_that_is_sorted_anew_moves_nobody(tiny):
    campaign = spring(tiny, replace=TO_HOMES | REST | {'person = "id"': 'person = "#row"'})
    first, file = campaign.run(now=FIRST), campaign.folder / "people.csv"
    head, *lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([head, *reversed(lines)]))
    done = groundswell.open(campaign.folder).run(now=SECOND, next_round=True)
    assert {unit for unit, rule in rules_of(done).items() if rule == "patience"} == told_in(first)


@pytest.mark.parametrize("homes_first", [True, False])
def test_whoever_was_told_stays_so_when_something_else_is_decided_about(tiny, homes_first):
    by_person, by_home = next(iter(BY_HOME.items()))
    campaign = spring(tiny, replace=(BY_HOME if homes_first else {}) | REST)
    first, file = campaign.run(now=FIRST), campaign.folder / "campaign.toml"
    people = {row["person"]: row for row in read(first.path / "people.parquet").to_pylist()}
    told = {person for person, row in people.items() if row["unit"] in told_in(first)}
    old, new = (by_home, by_person) if homes_first else (by_person, by_home)
    file.write_text(file.read_text().replace(old, new))
    done = groundswell.open(campaign.folder).run(now=SECOND, next_round=True)
    tired = {unit for unit, rule in rules_of(done).items() if rule == "patience"}
    assert tired == (told if homes_first else {people[person]["household"] for person in told})


def test_a_round_is_planned_again_for_people_of_whom_only_a_list_tells_that_said_nothing_new(tiny):
    campaign = spring(tiny)
    campaign.run(now=FIRST)
    for name in ("a.csv", "b.csv"):
        rows = [somebody(100), somebody(101)]
        campaign.bring_in(sheet(campaign, name, rows if name == "a.csv" else rows[::-1]), "people", now=FIRST)
    assert campaign.run(now=FIRST).summary["units"] == 62
    campaign.undo(1, now=FIRST)
    assert campaign.run(now=FIRST).summary["units"] == 62
    campaign.undo(2, now=FIRST)
    assert campaign.run(now=FIRST).summary["units"] == 60


def test_people_may_lie_in_a_zip_under_their_name(tiny):
    campaign = spring(tiny, replace={'path = "people.csv"': 'path = "people.zip/people.csv"'})
    with zipfile.ZipFile(campaign.folder / "people.zip", "w") as packed:
        packed.write(campaign.folder / "people.csv", "people.csv")
    (campaign.folder / "people.csv").unlink()
    assert groundswell.open(campaign.folder).run(now=FIRST).summary["units"] == 60
    assert groundswell.open(campaign.folder).run(now=SECOND, next_round=True).number == 2


def test_rows_of_a_round_that_are_gone_are_made_again(piloted):
    (piloted.last.path / "rows.parquet").unlink()
    assert piloted.run(now=SECOND, next_round=True).number == 2


def test_rows_of_the_declared_file_that_answer_nothing_are_told(tiny):
    source = '[sources.outcomes]\npath = "came.csv"\nperson = "who"\naction = "what"\nat = "on"\n\n[traits]'
    lines = "who,what,on\np1,attend,2026-11-04\nzoe,attend,2026-11-04\np2,dance,2026-11-04\np3,attend,soon\n"
    campaign = spring(tiny, replace={"[traits]": source}, files={"came.csv": lines})
    campaign.run(now=FIRST)
    done = campaign.run(now=SECOND, next_round=True)
    assert {person for person, value in known(done, 1).items() if value} == {"p1"}
    told = read(done.path / "rejected.parquet").to_pylist()
    assert {row["row"] for row in told if row["file"] == "came.csv"} == {2, 3, 4}


# Odd campaigns


def test_where_everybody_said_stop_a_pilot_and_its_answers_are_a_round(tiny):
    campaign = spring(tiny, [row | {"stop": "yes"} for row in everybody()])
    done = campaign.run(now=FIRST)
    assert done.decisions.arrow()["option"].unique().to_pylist() == ["nothing"]
    campaign.bring_in(sheet(campaign, "back.csv", answers(done, acted={"p3"})), "outcomes", now=BACK)
    again = campaign.run(now=SECOND)
    assert (again.number, again.summary["decisions"]) == (2, {"nothing": 60, "letter/post": 0})


def test_where_everybody_says_stop_after_the_pilot_the_next_round_is_silent(piloted):
    piloted.bring_in(sheet(piloted, "back.csv", answers(piloted.last, acted={"p3"})), "outcomes", now=BACK)
    stops = [row | {"stop": "yes"} for row in everybody()]
    piloted.bring_in(sheet(piloted, "stops.csv", stops), "people", now=BACK)
    done = piloted.run(now=SECOND)
    assert (done.number, done.summary["stopped"]) == (2, 60)
    assert done.summary["decisions"]["letter/post"] == 0


def test_a_campaign_of_one_person_has_rounds_too(tiny):
    campaign = spring(tiny, everybody(1))
    for number in (1, 2):
        now = FIRST + timedelta(days=28 * (number - 1))
        done = campaign.run(now=now)
        assert (done.number, done.summary["people"]) == (number, 1)
        rows = sheet(campaign, f"back{number}.csv", answers(done, acted={"p0"} if number > 1 else ()))
        assert campaign.bring_in(rows, "outcomes", now=now + timedelta(days=27)).joined == {str(number): 1}


def test_whoever_left_the_file_teaches_nothing_and_breaks_nothing(piloted):
    piloted.bring_in(sheet(piloted, "back.csv", answers(piloted.last, acted={"p3"})), "outcomes", now=BACK)
    people = piloted.folder / "people.csv"
    lines = people.read_text().splitlines()
    people.write_text("\n".join(line for line in lines if not line.startswith("p3,")) + "\n")
    done = piloted.run(now=SECOND)
    assert done.summary["people"] == 59
    assert "p3" not in known(done, 1)


# The command


def test_the_command_tells_what_was_imported_in_words_and_as_json(shell, piloted):
    rows = answers(piloted.last, acted={"p3"})
    rows.append({"key": "9:p1", "result": "yes", "at": ""})
    file = sheet(piloted, "back.csv", rows)
    words = ("import", file, piloted.folder, "--as", "outcomes", "--now", BACK.isoformat())
    said = shell(*words).stdout.splitlines()
    assert said[0] == "back.csv: 60 rows imported as outcomes (import 1)"
    assert said[1].strip() == "60 rows answer decisions of round 1"
    assert said[2].strip().startswith("1 rows could not be used; they stand in ")
    assert said[3].strip() == "1: no decision has this key"
    again = json.loads(shell(*words, "--json").stdout)
    assert (again["already"], again["number"], again["joined"]) == (True, 1, {"1": 60})
    assert "nothing was done twice" in shell(*words).stdout


@pytest.mark.parametrize(("order", "day"), [("dmy", date(1950, 4, 3)), ("mdy", date(1950, 3, 4))])
def test_what_stands_first_in_a_doubtful_day_can_be_said(order, day, tiny):
    rows = [{**row, "since": "03/04/1950"} for row in everybody()]
    campaign = spring(
        tiny, rows, replace={'types = { born = "year" }': f'types = {{ born = "year", since = "date {order}" }}'}
    )
    assert set(rows_today(campaign.settings)[0]["since"].to_pylist()) == {day}
    campaign.bring_in(sheet(campaign, "more.csv", [{**somebody(99), "since": "05/06/1950"}]), "people", now=FIRST)
    told = {row["id"]: row["since"] for row in rows_today(campaign.settings)[0].to_pylist()}
    assert told["p99"] == day.replace(month=day.month + 2, day=day.day + 2)
