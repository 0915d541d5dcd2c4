"""A town's calling lists and walk lists: written, handed out, typed back in, and true to the ledger at every moment."""

from __future__ import annotations

import csv
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

import groundswell
from conftest import once, without_pictures
from groundswell.sources import read_rows
from groundswell.tables import read, read_json
from groundswell.vocabulary import CampaignError
from groundswell.worlds import write_town

DAY = date(2026, 11, 22)
LISTS = ".groundswell/rounds/0001/lists/by-messenger"


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """A town of two teams after its pilot's plan; nobody may write into it."""

    def make(folder: Path) -> None:
        write_town(folder, people=2_000, seed=0)
        volunteers = folder / "data" / "volunteers.csv"
        rows = list(csv.DictReader(volunteers.open(encoding="utf-8", newline="")))
        people = {row["id"]: row for row in csv.DictReader((folder / "data" / "people.csv").open(encoding="utf-8"))}
        half = {"north": "uptown", "east": "uptown"}
        for row in rows:
            row["team"] = half.get(people[row["person_id"]]["district"], "downtown")
            row["hours"] = "9"
        for team in ("uptown", "downtown"):
            first = next(row for row in rows if row["team"] == team and "door" in row["carries"])
            first["chief"] = "yes"
        with volunteers.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, ["id", "person_id", "hours", "carries", "team", "chief"])
            writer.writeheader()
            writer.writerows(rows)
        file = folder / "campaign.toml"
        said = file.read_text("utf-8").replace(
            'channels = "carries",',
            'channels = "carries", team = "team", organiser = "chief", '
            "team_of = \"case when district in ('north', 'east') then 'uptown' else 'downtown' end\",",
        )
        said = re.sub(
            r"walk_hours = \{ of = \"walk_hours\", at_most = \d+ \}",
            'walk_hours = { of = "walk_hours", at_most = 60 }',
            said,
        )
        file.write_text(said, "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            without_pictures(patch)
            campaign = groundswell.open(folder)
            campaign.run(now=DAY)
            campaign.lists()

    return once(tmp_path_factory, "town-of-lists", make)


@pytest.fixture
def campaign(town, tmp_path, pageless) -> groundswell.Campaign:
    shutil.copytree(town, tmp_path / "town")
    return groundswell.open(tmp_path / "town")


def lines(campaign, name: str) -> list[dict[str, str]]:
    with (campaign.folder / LISTS / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def on_lists(campaign) -> list[str]:
    return [
        line["person"]
        for path in sorted((campaign.folder / LISTS).glob("*.csv"))
        for line in lines(campaign, path.stem)
    ]


def own_calls(campaign) -> list[dict[str, str]]:
    """Lines of people who have a telephone of their own."""
    calls = [path.stem for path in sorted((campaign.folder / LISTS).glob("call-v*.csv"))]
    return [line for name in calls for line in lines(campaign, name) if line["phone"].startswith("+1 999")]


def walks(campaign) -> list[dict[str, object]]:
    return [one for one in campaign.lists()["lists"] if one["channel"] == "door"]


def test_everybody_who_is_called_or_visited_is_on_one_list_and_nobody_else_is(town):
    campaign = groundswell.open(town)
    round_path = town / ".groundswell/rounds/0001"
    wanted = set()
    for name in ("call-list", "walk-list"):
        with (round_path / "lists" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
            wanted |= {line["person"] for line in csv.DictReader(handle)}
    found = on_lists(campaign)
    assert len(found) == len(set(found))
    assert set(found) == wanted
    spoken = {row["person"]: row["messenger"] for row in read(round_path / "spoken.parquet").to_pylist()}
    for path in (town / LISTS).glob("call-v*.csv"):
        assert {spoken[line["person"]] for line in lines(campaign, path.stem)} == {path.stem.removeprefix("call-")}


def test_a_list_is_there_to_print_to_type_into_and_as_a_workbook(town):
    campaign = groundswell.open(town)
    path = town / LISTS / "call-v001"
    page = path.with_suffix(".html").read_text("utf-8")
    first = lines(campaign, "call-v001")[0]
    assert "Calls for Walter Brandt" in page
    assert first["name"] in page and first["phone"] in page
    assert page.count("<article>") == len(lines(campaign, "call-v001"))
    assert "never call again" in page
    assert "<script" not in page and "http" not in re.sub(r'data:[^"]*|http-equiv', "", page)
    workbook = read_rows(path.with_suffix(".xlsx"), {}, key="list").table
    assert workbook["person"].to_pylist() == [line["person"] for line in lines(campaign, "call-v001")]
    assert workbook["phone"].to_pylist()[0] == first["phone"]


def test_a_sheet_says_what_concerns_somebody_and_why_we_think_so(town):
    campaign = groundswell.open(town)
    told = [line["What concerns them"] for line in lines(campaign, "call-v001")]
    assert any("they said so" in one for one in told)
    known = read(town / ".groundswell/rounds/0001/interests.parquet").to_pylist()
    declared = {row["person"] for row in known if (row["declared"] or 0) >= 90}
    cold = {row["person"] for row in known} - {row["person"] for row in known if row["interest"] >= 50}
    for line in lines(campaign, "call-v001"):
        if line["person"] in declared:
            assert "they said so" in line["What concerns them"]
        if line["person"] in cold:
            assert line["What concerns them"] == ""


def test_walks_stay_within_their_team_have_a_map_and_at_most_so_many_doors(town):
    campaign = groundswell.open(town)
    district = {row["id"]: row["district"] for row in csv.DictReader((town / "data/people.csv").open(encoding="utf-8"))}
    for path in (town / LISTS).glob("walk-*.csv"):
        mine = lines(campaign, path.stem)
        north = {district[line["person"]] in {"north", "east"} for line in mine}
        assert len(north) == 1
        assert path.stem.startswith("walk-uptown-" if north == {True} else "walk-downtown-")
        assert len({line["address"] for line in mine}) <= 20
        page = path.with_suffix(".html").read_text("utf-8")
        assert "data:image/svg+xml;base64," in page
        places = [line["address"] for line in mine]
        assert places == sorted(places, key=places.index)


def test_whoever_says_stop_is_off_every_list_at_once(campaign):
    person = lines(campaign, "call-v001")[0]["person"]
    before = len(on_lists(campaign))
    campaign.stop(person)
    assert person not in on_lists(campaign)
    assert len(on_lists(campaign)) == before - 1
    page = (campaign.folder / LISTS / "call-v001.html").read_text("utf-8")
    assert len(lines(campaign, "call-v001")) == page.count("<article>")


def test_whoever_is_forgotten_is_on_no_list_and_in_no_file(campaign):
    line = own_calls(campaign)[0]
    campaign.forget(line["person"])
    campaign.lists()
    for path in campaign.folder.rglob("*"):
        if path.is_file() and path.suffix not in {".gsw", ".db"}:
            assert line["phone"].encode() not in path.read_bytes(), path


def test_dispositions_typed_back_in_take_people_off_and_are_told(campaign):
    mine = own_calls(campaign)
    said = ["reached", "wrong number", "refused", "deceased", "do not call", "not home", "hm", "call back"]
    mine = mine[: len(said)]
    for line, word in zip(mine, said, strict=True):
        line["disposition"] = word
    mine[0]["result"] = "yes"
    sheet = campaign.folder / "back.csv"
    with sheet.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(mine[0]))
        writer.writeheader()
        writer.writerows(mine)
    found = campaign.bring_in(sheet, "outcomes", now=DAY)
    assert found.dispositions["reached"] == 1 and sum(found.dispositions.values()) == 7
    assert found.suppressed == 4
    assert found.rejected == 1
    gone = {line["person"] for line in mine[1:5]}
    left = set(on_lists(campaign))
    assert not gone & left
    assert {mine[0]["person"], mine[5]["person"], mine[7]["person"]} <= left
    told = "\n".join(campaign.tell_import(found))
    assert "spoke with them 1" in told and "4 new reasons" in told
    assert campaign.bring_in(sheet, "outcomes", now=DAY).already
    # What they did counts in the next round; a call alone tells no outcome.
    acted = read(found.path / "rows.parquet").to_pylist()
    assert [(row["key"].rpartition(":")[2], row["result"]) for row in acted] == [(mine[0]["person"], True)]


def test_an_organiser_takes_a_walk_and_gives_it_back(campaign):
    chiefs = {
        row["team"]: row["id"]
        for row in csv.DictReader((campaign.folder / "data/volunteers.csv").open(encoding="utf-8"))
        if row["chief"]
    }
    mine = next(one for one in walks(campaign) if one["name"].startswith("walk-uptown"))
    with pytest.raises(CampaignError, match="another team's"):
        campaign.hand_out("take", mine["name"], by=chiefs["downtown"])
    campaign.hand_out("return", mine["name"], by=chiefs["uptown"], now=DAY)
    assert next(one for one in walks(campaign) if one["name"] == mine["name"])["messenger"] is None
    campaign.hand_out("take", mine["name"], by=chiefs["uptown"], now=DAY)
    assert next(one for one in walks(campaign) if one["name"] == mine["name"])["messenger"] == chiefs["uptown"]
    last = lines(campaign, mine["name"])[-1]["person"]
    campaign.hand_out("order", mine["name"], by=chiefs["uptown"], first=(last,), now=DAY)
    assert lines(campaign, mine["name"])[0]["person"] == last
    kept = read_json(campaign.folder / ".groundswell/rounds/0001/moves.json")["moves"]
    assert [one["what"] for one in kept] == ["return", "take", "order"]
    everybody = on_lists(campaign)
    assert len(everybody) == len(set(everybody))


def test_the_command_tells_the_lists_and_hands_them_out(campaign, shell):
    told = shell("lists", campaign.folder)
    assert told.returncode == 0
    assert re.search(r"call-v001 +Walter Brandt +\d+ people, \d+ minutes", told.stdout)
    assert "walk-uptown-01" in told.stdout
    as_json = shell("lists", campaign.folder, "--json", "--team", "uptown")
    assert (
        as_json.returncode == 0 and '"team": "uptown"' in as_json.stdout and '"team": "downtown"' not in as_json.stdout
    )
    assert shell("lists", campaign.folder, "--take", "walk-uptown-01").returncode == 2
    refused = shell("lists", campaign.folder, "--take", "walk-uptown-9", "--by", "v001")
    assert refused.returncode == 1 and "Did you mean" in refused.stderr


def test_messengers_that_cannot_be_used_are_told_and_the_round_goes_on(campaign):
    file = campaign.folder / "data" / "volunteers.csv"
    with file.open("a", encoding="utf-8") as handle:
        handle.write("v001,p000001,2,phone,,\nx1,p999999,2,phone,,\nx2,p000004,,phone,,\nx3,p000004,-1,phone,,\n")
    done = campaign.run(now=DAY)
    reasons = {(row["file"], row["column"]) for row in done.summary["rejected_reasons"]}
    assert {("volunteers.csv", "id"), ("volunteers.csv", "person_id"), ("volunteers.csv", "hours")} <= reasons
    assert done.summary["from_whom"]["made"] > 0


def test_places_that_cannot_be_are_told_and_nobody_is_lost_from_the_walks(campaign):
    file = campaign.folder / "data" / "people.csv"
    rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    before = sum(one["people"] for one in walks(campaign))
    visited = {line["person"] for one in walks(campaign) for line in lines(campaign, one["name"])}
    for row in rows:
        if row["id"] in sorted(visited)[:2]:
            row["lat"], row["lon"] = "0", "0"
        elif row["id"] in sorted(visited)[2:4]:
            row["lat"], row["lon"] = row["lon"], row["lat"]
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = campaign.run(now=DAY)
    reasons = {row["reason"]: row["rows"] for row in done.summary["rejected_reasons"]}
    assert reasons["0, 0 is no place where anybody lives"] == 2
    assert reasons["latitude and longitude are the wrong way round"] == 2
    found = campaign.lists()
    assert found["strays"] == 4
    assert sum(one["people"] for one in found["lists"] if one["channel"] == "door") == before
