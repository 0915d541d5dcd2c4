"""A campaign whose people stand on several lists: one person is spoken to once, stops hold, all of it can be taken back."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import groundswell
from groundswell.campaigns.inputs import people_today
from groundswell.campaigns.linked import ids_of_person, links_now, links_of
from groundswell.cli import app
from groundswell.tables import read
from groundswell.vocabulary import GroundswellError
from groundswell.worlds.lists import draw_lists

pytestmark = pytest.mark.usefixtures("pageless")

TOML = """\
format = 1
name = "Spring"
purpose = "voters"
place = "US"
decide = "person"

[actions]
vote = { goal = true, value = 40 }

[sources.people]
path = "people.csv"
person = "id"
first_name = "first_name"
last_name = "last_name"
phone = "phone"
email = "email"
address = "address"
postcode = "postcode"
stop = "stop"

[channels]
post = { reaches = "person", cost = 0.60 }

[limits]
budget = { of = "money", at_most = 1000 }
"""
LETTER = '+++\nask = "vote"\n+++\n# post\nPlease vote, {{ person.name }}.\n'
COLUMNS = (
    "id",
    "first_name",
    "last_name",
    "birth_date",
    "sex",
    "phone",
    "email",
    "address",
    "city",
    "postcode",
    "stop",
)
HOME = {"address": "12 Mill Lane", "city": "Barwick", "postcode": "60100"}
ADA = {"id": "v-ada", "first_name": "Margaret", "last_name": "Quillfeather", "birth_date": "1961-04-17", **HOME}
PEG = {
    "id": "s-peg",
    "first_name": "Peggy",
    "last_name": "Quillfeather",
    "birth_date": "1961-04-17",
    "email": "peg@example.org",
    **HOME,
}
TOM = {"id": "v-tom", "first_name": "Walter", "last_name": "Quillfeather", "birth_date": "1959-01-30", **HOME}


def write_csv(path: Path, rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        writer.writerows({name: row.get(name) or "" for name in COLUMNS} for row in rows)
    return path


def crowd(prefix: str, count: int = 200) -> list[dict[str, str]]:
    rows = draw_lists(count, seed=11, lists=1).tables["list-1"].to_pylist()
    return [{"id": f"{prefix}{place:03}", **row} for place, row in enumerate(rows)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Random pairs cost the most of a small link; a tenth of them tells as much about so few people."""
    monkeypatch.setattr("groundswell.people.linking.scoring._RANDOM", 30_000)


@pytest.fixture
def folder(tmp_path):
    """Voters, among them Margaret and Walter Quillfeather; Peggy is on the shop's list, which is still to come."""
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "letter.md").write_text(LETTER)
    (tmp_path / "campaign.toml").write_text(TOML)
    write_csv(tmp_path / "people.csv", [ADA, TOM, *crowd("v")])
    return tmp_path


@pytest.fixture
def shop(tmp_path_factory) -> Path:
    return write_csv(tmp_path_factory.mktemp("shop") / "shop.csv", [PEG])


def linked(folder: Path, *files: Path) -> groundswell.Campaign:
    campaign = groundswell.open(folder)
    for file in files:
        campaign.bring_in(file, "people")
    campaign.link()
    return campaign


def everybody(campaign) -> dict[str, dict]:
    return {row["person"]: row for row in people_today(campaign.settings).to_pylist()}


def cli(folder: Path, *arguments: str, keys: str | None = None):
    return CliRunner().invoke(app, [*arguments[:1], str(folder), *arguments[1:]], input=keys)


def test_one_person_on_two_lists_is_one_with_the_facts_of_both(folder, shop):
    campaign = groundswell.open(folder)
    before = len(everybody(campaign))
    campaign = linked(folder, shop)
    found = everybody(campaign)
    assert len(found) <= before
    assert "s-peg" not in found
    assert found["v-ada"]["email"] == "peg@example.org"
    assert {"v-ada", "v-tom"} <= set(found)
    assert ids_of_person(folder, "s-peg") == ["v-ada", "s-peg"]


def test_a_stop_under_either_id_closes_the_person_and_parting_them_gives_it_back_to_whose_it_was(folder, shop):
    campaign = groundswell.open(folder)
    campaign.bring_in(shop, "people")
    campaign.stop("s-peg")
    done = campaign.run()
    assert _rule(done, "v-ada") != "stop"
    campaign.link()
    assert _rule(campaign.run(), "v-ada") == "stop"
    campaign.answer("v-ada", "s-peg", same=False)
    campaign.link()
    again = campaign.run()
    assert _rule(again, "v-ada") != "stop"
    assert _rule(again, "s-peg") == "stop"


def _rule(done, person: str) -> str:
    """Why the letter is closed to somebody; "" where it is not."""
    assert person in set(done.decisions.arrow()["unit"].to_pylist())
    rules = {row["person"]: row["rule"] for row in read(done.path / "barred.parquet").to_pylist()}
    return rules.get(person, "")


def test_linking_takes_off_lists_who_turns_out_to_have_said_stop(folder, shop):
    campaign = groundswell.open(folder)
    campaign.run()
    lists = folder / ".groundswell" / "rounds" / "0001" / "lists"
    listed = [
        row["person"]
        for path in lists.glob("*.csv")
        if path.name != "left-out.csv"
        for row in csv.DictReader(path.open())
        if "person" in row
    ]
    campaign.bring_in(shop, "people")
    campaign.stop("s-peg")
    done = campaign.link()
    assert done.taken_off == ("v-ada" in listed)


def test_a_stop_of_one_person_holds_for_all_ids_even_when_they_are_parted(folder, shop):
    campaign = linked(folder, shop)
    noted = campaign.stop("s-peg")
    assert set(noted.subjects) == {("person", "v-ada"), ("person", "s-peg")}
    campaign.unlink()
    done = campaign.run()
    assert _rule(done, "v-ada") == _rule(done, "s-peg") == "stop"


def test_a_stop_in_the_campaigns_own_file_is_noted_for_the_id_that_said_it(folder):
    rows = [ADA, {**PEG, "stop": "yes"}, TOM, *crowd("v")]
    write_csv(folder / "people.csv", rows)
    campaign = linked(folder)
    assert _rule(campaign.run(), "v-ada") == "stop"
    campaign.answer("v-ada", "s-peg", same=False)
    campaign.link()
    again = campaign.run()
    assert _rule(again, "v-ada") != "stop"
    assert _rule(again, "s-peg") == "stop"


def test_what_comes_in_under_any_id_counts_for_the_person(folder, shop, tmp_path_factory):
    campaign = linked(folder, shop)
    events = tmp_path_factory.mktemp("came") / "events.csv"
    events.write_text("person,at,event\ns-peg,2026-11-01,meeting\nnobody,2026-11-01,meeting\n")
    found = campaign.bring_in(events, "events")
    assert (found.rows, found.rejected) == (1, 1)
    campaign.unlink()
    assert links_of(folder) is None


def test_undo_takes_back_the_last_link_and_no_more(folder, shop):
    campaign = linked(folder)
    first = links_now(folder)
    campaign.bring_in(shop, "people")
    campaign.link()
    assert ids_of_person(folder, "v-ada") == ["v-ada", "s-peg"]
    campaign.unlink()
    assert links_now(folder) == first
    assert ids_of_person(folder, "v-ada") == ["v-ada"]
    assert "s-peg" in everybody(campaign)


def test_a_round_is_planned_again_when_people_are_linked(folder, shop):
    campaign = groundswell.open(folder)
    campaign.bring_in(shop, "people")
    before = set(campaign.run().decisions.arrow()["unit"].to_pylist())
    campaign.link()
    assert "s-peg" in before - set(campaign.run().decisions.arrow()["unit"].to_pylist())


def test_a_round_is_planned_again_when_people_are_linked_otherwise_under_the_same_number(folder, shop):
    campaign = linked(folder, shop)
    before = set(campaign.run().decisions.arrow()["unit"].to_pylist())
    campaign.unlink()
    campaign.answer("v-ada", "s-peg", same=False)
    campaign.link()
    assert set(campaign.run().decisions.arrow()["unit"].to_pylist()) - before == {"s-peg"}


def test_who_is_forgotten_is_forgotten_under_all_ids(folder, shop):
    campaign = linked(folder, shop)
    campaign.run()
    campaign.answer("v-ada", "v-tom", same=False)
    campaign.link()
    campaign.forget("s-peg")
    assert not {"v-ada", "s-peg"} & set(everybody(campaign))
    links = folder / ".groundswell" / "links"
    held = b"".join(path.read_bytes() for path in links.rglob("*") if path.is_file())
    assert b"v-ada" not in held
    assert b"s-peg" not in held
    campaign.link()
    assert not {"v-ada", "s-peg"} & set(everybody(campaign))


def test_why_and_home_take_any_id(folder, shop):
    campaign = linked(folder, shop)
    campaign.run()
    assert campaign.home("s-peg") == campaign.home("v-ada")
    assert campaign.why("s-peg").person == campaign.why("v-ada").person == "v-ada"


def test_export_tells_what_is_held_under_all_ids(folder, shop):
    campaign = linked(folder, shop)
    found = campaign.export("s-peg")
    assert found.person == "v-ada"
    assert [held["person"] for held in found.held["other_ids"]] == ["s-peg"]
    assert "peg@example.org" in found.page


def test_a_backup_brings_the_links_and_answers_back(folder, shop, tmp_path_factory):
    campaign = linked(folder, shop)
    campaign.answer("v-ada", "v-tom", same=False)
    place = tmp_path_factory.mktemp("kept")
    file = campaign.backup(place).path
    result = CliRunner().invoke(app, ["restore", str(file), str(place / "again")])
    assert result.exit_code == 0, result.output
    assert ids_of_person(place / "again", "s-peg") == ["v-ada", "s-peg"]
    assert (place / "again" / ".groundswell" / "links" / "answers.json").exists()


def test_in_a_file_without_ids_nobody_is_linked(folder):
    (folder / "campaign.toml").write_text(TOML.replace('person = "id"', 'person = "#row"'))
    with pytest.raises(GroundswellError, match="without ids"):
        groundswell.open(folder).link()


def test_review_shows_two_records_side_by_side_and_remembers_the_answer(folder, shop):
    linked(folder, shop)
    shown = cli(folder, "review", "--pair", "v-ada", "v-tom", keys="n\n")
    assert shown.exit_code == 0, shown.output
    assert "Margaret" in shown.output
    assert "other first names" in shown.output
    assert "Answers: 1" in shown.output
    answers = json.loads((folder / ".groundswell" / "links" / "answers.json").read_text())["answers"]
    assert [(one["one"], one["other"], one["same"]) for one in answers] == [("v-ada", "v-tom", False)]


def test_an_answer_outlives_the_list_coming_again(folder, shop):
    campaign = linked(folder, shop)
    assert cli(folder, "review", "--pair", "v-ada", "s-peg", "--answer", "n").exit_code == 0
    assert ids_of_person(folder, "s-peg") == ["s-peg"]
    write_csv(shop, [{**PEG, "phone": "(312) 555-0142"}])
    campaign.bring_in(shop, "people")
    campaign.link()
    assert ids_of_person(folder, "s-peg") == ["s-peg"]
    campaign.link(afresh=True)
    assert ids_of_person(folder, "s-peg") == ["s-peg"]


def test_review_goes_back_and_skips(folder):
    write_csv(folder / "people.csv", [ADA, TOM, *crowd("v"), *crowd("w", 230)])
    campaign = linked(folder)
    waiting = campaign.questions()
    assert len(waiting) > 2
    done = cli(folder, "review", "--most", "3", keys="x\nn\nu\ns\ny\nq\n")
    assert done.exit_code == 0, done.output
    assert "Please type" in done.output
    assert "Taken back" in done.output
    answers = json.loads((folder / ".groundswell" / "links" / "answers.json").read_text())["answers"]
    assert [(one["one"], one["other"], one["same"]) for one in answers] == [
        (waiting[1]["one"], waiting[1]["other"], True)
    ]
    asked = {(one["one"], one["other"]) for one in campaign.questions()}
    assert (waiting[1]["one"], waiting[1]["other"]) not in asked


def test_the_command_tells_in_words_and_in_json_and_draws_what_was_learnt(folder, shop):
    groundswell.open(folder).bring_in(shop, "people")
    told = cli(folder, "link", "--chart", str(folder / "weights.svg"))
    assert told.exit_code == 0, told.output
    assert "ids are" in told.output
    assert (folder / "weights.svg").read_text().startswith("<svg")
    again = json.loads(cli(folder, "link", "--json").output)
    assert again["new"] == again["joined"] == again["parted"] == 0
    assert again["trace"] == []


def test_the_trace_says_who_went_by_what(folder, shop):
    linked(folder, shop)
    trace = read(links_now(folder) / "changes.parquet").to_pylist()
    assert {"id": "s-peg", "before": "s-peg", "after": "v-ada"} in trace


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_at_any_moment_the_old_links_hold_or_the_new_ones(folder, shop):
    linked(folder)
    before = links_now(folder)
    groundswell.open(folder).bring_in(shop, "people")
    code = f"import groundswell; print('go', flush=True); groundswell.open({str(folder)!r}).link()"
    for wait in (0.2, 0.6, 1.0, 1.4, 1.8):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        now = links_now(folder)
        assert ids_of_person(folder, "s-peg") == (["s-peg"] if now == before else ["v-ada", "s-peg"])
    done = groundswell.open(folder).link()
    assert done.found.rows == 203
    assert ids_of_person(folder, "s-peg") == ["v-ada", "s-peg"]
    assert not list((folder / ".groundswell" / "links").glob("*.new"))


def test_a_spanish_campaign_is_told_in_spanish_what_could_not_be_done(folder):
    toml = TOML.replace('place = "US"\n', 'place = "US"\nlanguages = ["es"]\n')
    (folder / "people.csv").write_text("id,stop\n" + "".join(f"x{place},\n" for place in range(5)))
    (folder / "campaign.toml").write_text(
        "\n".join(
            line
            for line in toml.splitlines()
            if not line.startswith(("first_name", "last_name", "phone", "email", "address", "postcode"))
        )
    )
    shown = CliRunner().invoke(app, ["link", str(folder)])
    assert "No se pudo unir a nadie" in shown.output
    told = json.loads(CliRunner().invoke(app, ["link", str(folder), "--json"]).output)["told"]
    assert {"kind": "no_column", "records": 0} in told
