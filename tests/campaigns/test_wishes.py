"""Stop, consent, suppression and undo in a campaign: what was said holds for plans, for lists, and against every file."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import groundswell
from groundswell.campaigns.importing import imports_of
from groundswell.tables import read
from groundswell.vocabulary import CampaignError
from spring import BACK, FIRST, LETTER, TOML, everybody, sheet, somebody, spring

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
EMAILS = TOML.replace("[limits]", '[channels.email]\nreaches = "person"\ncost = 0.1\n\n[limits]').replace(
    'phone = "phone"', 'phone = "phone"\nemail = "email"'
)


@pytest.fixture
def campaign(tiny, pageless) -> groundswell.Campaign:
    return spring(tiny)


def listed(campaign) -> set[str]:
    """Everybody on any list of any round."""
    found: set[str] = set()
    for file in (campaign.folder / ".groundswell" / "rounds").glob("*/lists/*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as handle:
            found |= {line["person"] for line in csv.DictReader(handle) if "person" in line}
    return found


def why(campaign, person: str) -> str:
    """Why the letter is closed to somebody."""
    return campaign.why(person).closed.get("letter/post", "open")


def test_who_says_stop_is_off_the_lists_at_once_and_out_of_the_next_plan(campaign):
    campaign.run(now=FIRST)
    person = sorted(listed(campaign))[0]
    found = campaign.stop(person, now=NOON, words="no more letters")
    assert (found.people, found.new, found.taken_off) == (1, 1, 1)
    assert person not in listed(campaign)
    campaign.run(now=FIRST)
    assert why(campaign, person) == "stop"


def test_the_unit_that_was_taken_off_stands_among_those_left_out(campaign):
    done = campaign.run(now=FIRST)
    person = sorted(listed(campaign))[0]
    campaign.stop(person, now=NOON)
    with (done.path / "lists" / "left-out.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert {line["unit"]: line["reason"] for line in csv.DictReader(handle)}[person] == "stop"


def test_stop_can_be_said_by_name_and_the_same_stop_twice_is_one(campaign):
    assert campaign.stop("Name 3", now=NOON).subjects == (("person", "p3"),)
    assert campaign.stop("p3", now=NOON).new == 0


def test_nobody_of_that_name_is_a_clear_error_with_the_nearest(campaign):
    with pytest.raises(CampaignError, match='Nobody is called "Nane 3"') as caught:
        campaign.stop("Nane 3")
    assert caught.value.hint == 'Did you mean "Name 3"?'
    with pytest.raises(CampaignError, match='There is no channel "pots"') as caught:
        campaign.stop("p3", channel="pots")
    assert caught.value.hint == 'Did you mean "post"?'
    with pytest.raises(CampaignError, match='There is no reason "dead"'):
        campaign.suppress("p3", "dead")


def test_a_file_cannot_bring_back_who_said_stop_but_they_can(campaign):
    campaign.stop("p3", now=NOON)
    later = FIRST + timedelta(days=9)
    campaign.bring_in(sheet(campaign, "new.csv", [somebody(3, stop="no")]), "people", now=later)
    given = [{"person": "p3", "given": "yes", "at": later.isoformat(), "words": "We may write to you."}]
    campaign.bring_in(sheet(campaign, "given.csv", given), "consents", now=later)
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "stop"
    campaign.consent("p3", now=NOON + timedelta(days=1), words="Please write to me again.")
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "open"


def test_a_stop_of_a_file_outlives_the_undo_of_that_file(campaign):
    found = campaign.bring_in(sheet(campaign, "new.csv", [somebody(3, stop="yes")]), "people", now=FIRST)
    campaign.undo(found.number, now=FIRST)
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "stop"


def test_a_stop_of_the_campaigns_own_file_outlives_its_being_taken_out(tiny, pageless):
    rows = everybody()
    campaign = spring(tiny, [row | {"stop": "yes"} if row["id"] == "p3" else row for row in rows])
    campaign.run(now=FIRST)
    campaign = spring(tiny, rows)
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "stop"


def test_a_finished_round_of_which_nobodys_standing_changed_is_given_back_as_it_stands(campaign):
    done = campaign.run(now=FIRST)
    before = (done.path / "decisions.parquet").stat().st_mtime_ns
    campaign.run(now=FIRST)
    assert (done.path / "decisions.parquet").stat().st_mtime_ns == before
    campaign.stop("p3", now=NOON)
    campaign.run(now=FIRST)
    assert (done.path / "decisions.parquet").stat().st_mtime_ns != before


def test_the_dead_are_written_to_no_more_and_a_mistake_can_be_lifted(campaign):
    campaign.suppress("p3", "deceased", now=NOON)
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "suppressed"
    assert campaign.lift("p3", "deceased", now=NOON + timedelta(hours=1)).new == 1
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "open"


def test_a_file_of_suppressions_is_taken_in_row_by_row(campaign):
    rows = [
        {"person": "p3", "phone": "", "reason": "deceased"},
        {"person": "", "phone": "(202) 555-0101", "reason": "do-not-call"},
        {"person": "", "phone": "12", "reason": "do-not-call"},
        {"person": "", "phone": "", "reason": "moved"},
        {"person": "p4", "phone": "", "reason": "angry"},
    ]
    found = campaign.bring_in(sheet(campaign, "list.csv", rows), "suppressions", now=FIRST)
    assert (found.rows, found.rejected, found.changed) == (2, 3, 2)
    assert set(found.reasons) == {
        "is no telephone number",
        "says nobody: neither a person nor a telephone nor an e-mail",
        "expected one of: do-not-call, bounced, deceased, moved, wrong-number, refused, complaint",
    }
    campaign.run(now=FIRST)
    assert why(campaign, "p3") == "suppressed"


def test_a_file_of_consents_that_is_undone_gives_nothing_any_more_and_what_it_withdrew_stays(tiny, pageless):
    campaign = tiny(
        [row | {"email": f"{row['id']}@example.org"} for row in everybody()],
        toml=EMAILS.replace('place = "US"', 'place = "DE"'),
        messages={"letter": f"{LETTER}\n# email\nSubject: Thursday\nThe meeting is on Thursday."},
    )
    rows = [{"person": f"p{place}", "given": "no" if place == 4 else "yes", "at": ""} for place in range(3, 6)]
    found = campaign.bring_in(sheet(campaign, "given.csv", rows), "consents", now=FIRST)
    campaign.run(now=FIRST)
    told = {person: campaign.why(person).closed.get("letter/email", "open") for person in ("p3", "p4", "p6")}
    assert told == {"p3": "open", "p4": "stop", "p6": "consent"}
    campaign.undo(found.number, now=FIRST + timedelta(days=1))
    campaign.run(now=FIRST)
    told = {person: campaign.why(person).closed.get("letter/email", "open") for person in ("p3", "p4", "p6")}
    assert told == {"p3": "stop", "p4": "stop", "p6": "consent"}


def test_an_undone_import_is_told_and_cannot_be_undone_twice(campaign):
    found = campaign.bring_in(sheet(campaign, "new.csv", [somebody(99)]), "people", now=FIRST)
    campaign.undo(found.number, now=FIRST)
    assert [(one["number"], one["undone"]) for one in campaign.imports()] == [(1, True)]
    with pytest.raises(CampaignError, match="Import 1 is undone already"):
        campaign.undo(1)
    with pytest.raises(CampaignError, match="There is no import 7"):
        campaign.undo(7)
    again = campaign.bring_in(sheet(campaign, "new.csv", [somebody(99)]), "people", now=FIRST)
    assert (again.number, again.already) == (2, False)


@pytest.mark.parametrize("kind", ["events", "outcomes"])
def test_what_an_undone_file_said_counts_no_more_and_its_rows_may_come_again(kind, campaign):
    campaign.run(now=FIRST)
    rows = [{"person": "p3", "at": (FIRST + timedelta(days=3)).isoformat(), "event": "school-fair"}]
    found = campaign.bring_in(sheet(campaign, "a.csv", rows), kind, now=BACK)
    campaign.undo(found.number, now=BACK)
    assert not (found.path / "rows.parquet").exists()
    again = campaign.bring_in(sheet(campaign, "a.csv", rows), kind, now=BACK)
    assert (again.rows, again.rejected, again.already) == (1, 0, False)


def test_an_import_that_brought_nothing_new_does_not_plan_anew(campaign):
    done = campaign.run(now=FIRST)
    campaign.bring_in(sheet(campaign, "a.csv", [somebody(99)]), "people", now=FIRST)
    campaign.run(now=FIRST)
    before = (done.path / "decisions.parquet").stat().st_mtime_ns
    found = campaign.bring_in(sheet(campaign, "b.csv", [somebody(99), {}]), "people", now=FIRST)
    assert found.changed == 0
    campaign.run(now=FIRST)
    assert (done.path / "decisions.parquet").stat().st_mtime_ns == before


def test_another_list_has_columns_of_its_own(tiny, pageless):
    more = '[sources.lists.club]\npath = "club-*.csv"\nperson = "Nr"\nids = "own"\nname = "Wer"\nemail = "Mail"\n\n[traits]'
    campaign = spring(tiny, replace={"[traits]": more})
    rows = [{"Nr": "7", "Wer": "Zoe Ray", "Mail": "Zoe@Example.org"}]
    found = campaign.bring_in(sheet(campaign, "club-may.csv", rows), "people", now=FIRST)
    assert found.rows == 1
    campaign.run(now=FIRST)
    people = {row["person"]: row for row in read(campaign.last.path / "people.parquet").to_pylist()}
    assert people["club:7"]["name"] == "Zoe Ray"
    assert people["club:7"]["email_key"] == "zoe@example.org"
    assert people["p3"]["email_key"] is None


def test_a_table_in_memory_and_a_query_are_files_like_any_other(campaign, tmp_path):
    import sqlite3

    rows = [somebody(99, name="Ninety Nine")]
    assert campaign.bring_in(pa.Table.from_pylist(rows), "people", now=FIRST).rows == 1
    with sqlite3.connect(tmp_path / "office.db") as office:
        office.execute("create table staff (id, home, name, phone, stop, born)")
        office.execute("insert into staff values ('p98', 'h98', 'Ninety Eight', '', '', '1950')")
    found = campaign.bring_in(f"sqlite:///{tmp_path}/office.db", "people", query="select * from staff", now=FIRST)
    assert found.rows == 1
    campaign.run(now=FIRST)
    names = set(read(campaign.last.path / "people.parquet")["name"].to_pylist())
    assert {"Ninety Nine", "Ninety Eight"} <= names


def test_who_there_is_can_be_asked_as_of_a_day(campaign):
    for place, day in ((98, 1), (99, 20)):
        file = sheet(campaign, f"f{place}.csv", [somebody(place, phone="(202) 555-0101")])
        campaign.bring_in(file, "people", now=date(2026, 11, day))
    assert [campaign.people(as_of=date(2026, 11, day))["people"] for day in (1, 2, 20)] == [61, 61, 62]
    told = campaign.people()
    assert told["phone"]["shared"] == [{"by": 2, "endpoints": 1}]
    assert campaign.tell_people(told)[0].startswith("62 people, as of ")


_WORK = """
import sys
from datetime import date
import groundswell
campaign = groundswell.open(sys.argv[1])
known = {one["file"] for one in campaign.imports()}
for number, file in enumerate(sys.argv[2:], start=1):
    if file.split("/")[-1] not in known:
        campaign.bring_in(file, "people", now=date(2026, 11, number))
if not campaign.imports()[1]["undone"]:
    campaign.undo(2, now=date(2026, 11, 9))
print("done", flush=True)
"""


def test_imports_and_undos_that_are_killed_at_any_instant_end_the_same(tiny, tmp_path):
    campaign = spring(tiny)
    files = [
        sheet(campaign, f"f{turn}.csv", [somebody(place, name=f"Turn {turn}") for place in range(turn, 900, turn)])
        for turn in (1, 2, 3)
    ]
    sheet_of_stops = sheet(campaign, "f4.csv", [somebody(5, stop="yes")])
    work = [sys.executable, "-c", _WORK]
    told = [str(file) for file in (*files, sheet_of_stops)]

    def worked(folder: Path, after: float | None) -> bool:
        run = subprocess.Popen([*work, str(folder), *told], stdout=subprocess.PIPE, text=True)
        if after is not None:
            time.sleep(after)
            run.send_signal(signal.SIGKILL)
        out, _ = run.communicate()
        return "done" in out

    whole = shutil.copytree(campaign.folder, tmp_path / "whole")
    start = time.perf_counter()
    assert worked(whole, None)
    takes = time.perf_counter() - start
    draw = random.Random(int(os.environ.get("PYTEST_SEED", "3")))
    broken = shutil.copytree(campaign.folder, tmp_path / "broken")
    for _ in range(3):
        if worked(broken, takes * draw.uniform(0.3, 1.0)):
            break
    worked(broken, None)
    found = [groundswell.open(folder) for folder in (whole, broken)]
    names = ("number", "kind", "file", "rows", "changed", "undone")
    first, second = ([{name: one[name] for name in names} for one in each.imports()] for each in found)
    assert first == second
    from groundswell.campaigns.inputs import people_today

    assert people_today(found[0].settings).equals(people_today(found[1].settings))
    assert not list((broken / ".groundswell").rglob("*.part"))
    assert len(imports_of(broken, undone=True)) == 4
    found[1].run(now=date(2026, 11, 10))
    assert why(found[1], "p5") == "stop"


def test_what_the_purpose_forbids_is_refused_with_the_rule(tiny):
    church = '[traits]\nchurch = { sql = "home", sensitivity = "special" }'
    campaign = spring(tiny, replace={"[traits]": church, 'purpose = "voters"': 'purpose = "workforce"'})
    [error] = campaign.check()
    assert (error.code, error.key) == ("settings", "traits.church")
    assert "[" in error.message
    assert "workforce" in error.message or "special" in error.message
    with pytest.raises(type(error)):
        campaign.run(now=FIRST)


def test_a_special_trait_is_never_shown_in_a_text(tiny):
    church = '[traits]\nchurch = { sql = "home", sensitivity = "special" }'
    campaign = spring(tiny, replace={"[traits]": church})
    letter = campaign.folder / "messages" / "letter.md"
    assert campaign.check() == []
    letter.write_text(letter.read_text().replace("Dear {{ person.name }}", "Dear {{ person.church }}"))
    [error] = campaign.check()
    assert error.key == "traits.church"


def test_a_chart_of_an_organisation_gives_traits(tiny, pageless):
    rows = [{**row, "boss": "" if row["id"] == "p0" else "p0"} for row in everybody()]
    more = {'stop = "stop"': 'stop = "stop"\nmanager = "boss"', 'age = "2026 - born"': "leads = '\"~span\"'"}
    campaign = spring(tiny, rows, replace=more)
    assert campaign.check() == []
    done = campaign.run(now=FIRST)
    leads = dict(
        zip(*(read(done.path / "traits.parquet")[name].to_pylist() for name in ("unit", "leads")), strict=True)
    )
    assert (leads["p0"], leads["p1"]) == (59, 0)
    assert campaign.people()["teams"]["widest"] == {"person": "p0", "span": 59}


def test_who_has_one_address_lives_together_and_a_care_home_is_no_household(tiny, pageless):
    homes = {"0": "5 Oak St Apt 1", "1": "5 Oak Street #1", "2": "5 Oak St Apt 2"}
    rows = [{**row, "address": homes.get(row["id"][1:], "Sunny Hill Nursing Home, 9 Elm Rd")} for row in everybody(20)]
    more = {'household = "home"': 'household = "#address"\naddress = "address"'}
    campaign = spring(tiny, rows, replace=more)
    campaign.run(now=FIRST)
    home = {row["person"]: row["household"] for row in read(campaign.last.path / "people.parquet").to_pylist()}
    assert home["p0"] == home["p1"] != home["p2"]
    assert {home[f"p{place}"] for place in range(3, 20)} == {f"person:p{place}" for place in range(3, 20)}


def test_a_ledger_that_is_gone_is_an_error_and_never_an_empty_one(campaign):
    campaign.run(now=FIRST)
    for path in (campaign.folder / ".groundswell").glob("ledger.db*"):
        path.unlink()
    with pytest.raises(CampaignError, match="The ledger is gone"):
        campaign.run(now=FIRST)
    with pytest.raises(CampaignError, match="The ledger is gone"):
        campaign.stop("p3")


# No file brings them back


def test_no_import_brings_back_who_was_forgotten_and_a_relative_at_their_telephone_may_come(tiny, pageless):
    ours = "(202) 555-0142"
    campaign = spring(tiny, [row | {"name": f"Ann Nr{row['id']}", "phone": ours} for row in everybody(12)])
    campaign.run(now=FIRST)
    campaign.forget("p3")
    back = [
        somebody(3, name="Ann Nrp3", phone=ours, stop="yes"),
        somebody(3, name="Somebody Else", stop="yes"),
        somebody(77, name="ANN NRP3", phone="202-555-0142", stop="yes"),
        somebody(78, name="Ben Nrp3", phone=ours),
    ]
    found = campaign.bring_in(sheet(campaign, "again.csv", back), "people", now=BACK)
    assert (found.rows, found.rejected) == (1, 3)
    assert found.reasons == {"this person asked to be forgotten": 3}
    told = [{"person": "p3", "at": FIRST.isoformat(), "event": "school-fair"}] * 2
    assert campaign.bring_in(sheet(campaign, "went.csv", told), "events", now=BACK).reasons == found.reasons | {
        "this person asked to be forgotten": 2
    }
    given = [{"person": "p3", "given": "yes", "at": ""}]
    assert campaign.bring_in(sheet(campaign, "given.csv", given), "consents", now=BACK).rows == 0
    done = campaign.run(now=BACK)
    people = set(read(done.path / "people.parquet")["person"].to_pylist())
    assert "p78" in people
    assert not {"p3", "p77"} & people
    for path in (campaign.folder / ".groundswell").rglob("*.csv"):
        assert "Nrp3" not in path.read_text("utf-8-sig").replace("Ben Nrp3", ""), path
    number = found.number
    campaign.undo(number, now=BACK)
    assert "p3" not in set(read(campaign.run(now=BACK).path / "people.parquet")["person"].to_pylist())


def test_the_campaigns_own_file_does_not_bring_them_back_either(tiny, pageless):
    campaign = spring(tiny)
    campaign.run(now=FIRST)
    campaign.forget("p3")
    campaign = spring(tiny)  # the file is put back as it was
    done = campaign.run(now=FIRST)
    assert "p3" not in set(read(done.path / "people.parquet")["person"].to_pylist())
    assert [row["reason"] for row in done.summary["rejected_reasons"]] == ["this person asked to be forgotten"]
