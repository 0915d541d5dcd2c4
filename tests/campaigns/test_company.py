"""A company from its first day: options with a messenger, briefings by team, and what the purpose keeps back."""

from __future__ import annotations

import csv
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

import groundswell
from conftest import once, without_pictures
from groundswell.tables import read, read_json
from groundswell.vocabulary import SettingsError
from groundswell.worlds import write_company

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def acme(tmp_path_factory) -> Path:
    """A company after two simulated rounds; nobody may write into it."""

    def make(folder: Path) -> None:
        write_company(folder, people=2_000, seed=1)
        with pytest.MonkeyPatch.context() as patch:
            without_pictures(patch)
            campaign = groundswell.open(folder)
            campaign.simulate(2, now=DAY)
            campaign.lists()

    return once(tmp_path_factory, "company-of-two-rounds", make)


def test_who_says_a_message_is_part_of_the_option_as_the_message_allows(acme):
    options = groundswell.open(acme).settings.options
    assert "near-miss/briefing/peer" in options
    assert "benefits/briefing/peer" not in options
    assert "benefits/email" in options
    assert len(options) == 18


def test_the_top_has_no_manager_and_nobody_else_is_without_a_voice(acme):
    table = read(acme / ".groundswell/rounds/0001/options.parquet").to_pylist()
    chief = next(row for row in table if row["unit"] == "e00001")
    assert chief["rule:near-miss/briefing/manager"] == "no-endpoint"
    assert chief["rule:near-miss/briefing/top"] == "open"
    open_to = sum(row["rule:near-miss/briefing/manager"] == "open" for row in table)
    assert open_to > 0.5 * len(table)


def test_a_messengers_time_is_a_limit(acme):
    for number in (1, 2):
        path = acme / f".groundswell/rounds/000{number}"
        decided = read(path / "decisions.parquet")["option"].to_pylist()
        limits = read_json(path / "summary.json")["limits"]
        for who, limit in (("manager", "managers_time"), ("top", "top_time")):
            count = sum(option.endswith(f"/{who}") for option in decided)
            assert count == limits[limit]["used"] <= limits[limit]["at_most"]


def test_the_report_compares_one_deck_with_whom_what_and_from_whom(acme):
    summary = read_json(acme / ".groundswell/rounds/0002/summary.json")
    assert [step["step"] for step in summary["ladder"]] == ["broadcast", "single", "policy", "voice"]
    assert "one_voice" in summary["values"]
    differences = summary["differences"]
    assert {"one_voice-single", "policy-one_voice"} <= differences.keys()


def test_every_briefing_names_its_teams_messages_and_no_persons_own(acme):
    folder = acme / ".groundswell/rounds/0002/lists"
    with (folder / "briefing-list.csv").open(encoding="utf-8-sig", newline="") as handle:
        lines = {line["person"]: line for line in csv.DictReader(handle)}
    people = {row["person"]: row for row in read(acme / ".groundswell/rounds/0002/people.parquet").to_pylist()}
    pages = sorted((folder / "by-messenger").glob("brief-*.html"))
    managers = {row["manager"] for row in people.values() if row["manager"]}
    assert {path.stem.removeprefix("brief-") for path in pages} <= managers
    assert len(pages) > 0.85 * len(managers)
    for path in pages:
        page = path.read_text("utf-8")
        said = re.findall(r"<h2>\d\. ([^<]+)</h2>", page)
        assert 1 <= len(said) <= 3
        team = [person for person, row in people.items() if row["manager"] == path.stem.removeprefix("brief-")]
        named = [people[person]["name"] for person in team if people[person]["name"] in page]
        voices = {lines[person]["messenger_name"] for person in lines if lines[person]["messenger"] == "peer"}
        assert set(named) <= voices  # a name is there because somebody speaks, never because of what they are to hear
        assert not any(person in page.replace(path.stem, "") for person in team)
        assert "interest" not in page and "score" not in page


def test_peers_are_of_the_team_managers_are_the_managers_and_nobody_speaks_to_themself(acme):
    path = acme / ".groundswell/rounds/0002"
    people = {row["person"]: row for row in read(path / "people.parquet").to_pylist()}
    with (path / "lists" / "briefing-list.csv").open(encoding="utf-8-sig", newline="") as handle:
        for line in csv.DictReader(handle):
            mine = people[line["person"]]
            if line["messenger"] == "manager":
                assert line["messenger_name"] == people[mine["manager"]]["name"]
            elif line["messenger"] == "peer":
                team = {row["name"] for row in people.values() if row["manager"] == mine["manager"]}
                assert line["messenger_name"] in team
            else:
                assert line["messenger"] == "top" and line["messenger_name"] == ""


def test_whoever_said_stop_speaks_to_nobody(tmp_path):
    write_company(tmp_path, people=500)
    file, payroll = tmp_path / "campaign.toml", tmp_path / "data" / "payroll.csv"
    head, *lines = payroll.read_text("utf-8-sig").splitlines()
    manager = head.split(",").index("manager_id")
    managers = sorted({line.split(",")[manager] for line in lines} - {"", "e00001"})
    stopped = {*managers[::2], "e00400"}
    told = [f"{line},{'yes' if line.split(',')[0] in stopped else ''}" for line in lines]
    payroll.write_text("\n".join([f"{head},stop", *told]) + "\n", "utf-8")
    file.write_text(file.read_text("utf-8").replace('person = "id"\n', 'person = "id"\nstop = "stop"\n', 1), "utf-8")
    done = groundswell.open(tmp_path).run(now=DAY)
    people = {row["person"]: row for row in read(done.path / "people.parquet").to_pylist()}
    with (done.path / "lists" / "briefing-list.csv").open(encoding="utf-8-sig", newline="") as handle:
        spoken = [line for line in csv.DictReader(handle) if line["messenger"] in {"manager", "peer"}]
    for line in spoken:
        manager = people[line["person"]]["manager"]
        team = {row["name"] for one, row in people.items() if row["manager"] == manager and one not in stopped}
        assert line["person"] not in stopped
        assert line["messenger_name"] in (
            {people[manager]["name"]} - {None} if line["messenger"] == "manager" else team
        )
        assert line["messenger"] == "peer" or manager not in stopped
    assert {line["messenger"] for line in spoken} == {"manager", "peer"}
    table = read(done.path / "options.parquet").to_pylist()
    bound = [row for row in table if people[row["unit"]]["manager"] in stopped]
    assert bound
    assert {row["rule:near-miss/briefing/manager"] for row in bound} <= {"no-endpoint", "stop"}


def test_whoever_says_stop_afterwards_speaks_to_nobody_either(tmp_path):
    """The lists were handed over: another colleague says it then, and nobody what only a manager could say."""
    write_company(tmp_path, people=500)
    campaign = groundswell.open(tmp_path)
    done = campaign.run(now=DAY)
    groundswell.open(tmp_path).lists()
    people = {row["person"]: row for row in read(done.path / "people.parquet").to_pylist()}

    def spoken():
        with (done.path / "lists" / "briefing-list.csv").open(encoding="utf-8-sig", newline="") as handle:
            return {line["person"]: line for line in csv.DictReader(handle)}

    before = spoken()
    by_manager = next(line for line in before.values() if line["messenger"] == "manager")
    boss = people[by_manager["person"]]["manager"]
    by_peer = next(
        line for line in before.values() if line["messenger"] == "peer" and people[line["person"]]["manager"] != boss
    )
    team = [one for one, row in people.items() if row["manager"] == people[by_peer["person"]]["manager"]]
    [peer, *_] = [one for one in team if people[one]["name"] == by_peer["messenger_name"]]
    campaign.stop(boss, source="said so")
    campaign.stop(peer, source="said so")
    after = spoken()
    assert by_manager["person"] not in after
    assert after[by_peer["person"]]["messenger_name"] in {people[one]["name"] for one in team if one != peer}
    same = [one for one in after if people[one]["manager"] not in {boss, people[peer]["manager"]}]
    assert same
    assert all(after[one] == before[one] for one in same)
    with (done.path / "lists" / "left-out.csv").open(encoding="utf-8-sig", newline="") as handle:
        left = {line["unit"]: line["reason"] for line in csv.DictReader(handle)}
    assert left[by_manager["person"]] == "no-endpoint"
    for page in (done.path / "lists" / "by-messenger").glob("brief-*.html"):
        if page.stem in {f"brief-{boss}", f"brief-{people[peer]['manager']}"}:
            assert by_peer["messenger_name"] not in page.read_text("utf-8") or page.stem == f"brief-{boss}"


def test_pay_may_not_be_used_and_a_voice_that_is_nobodys_is_refused(tmp_path):
    write_company(tmp_path, people=500)
    file = tmp_path / "campaign.toml"
    good = file.read_text("utf-8")
    file.write_text(good.replace('by = ["peer", "manager", "top"]', 'by = ["peer", "boss"]'), "utf-8")
    with pytest.raises(SettingsError, match=r"channels\.briefing\.by"):
        _ = groundswell.open(tmp_path).settings
    file.write_text(good.replace('messenger = "top"', 'messenger = "boss"'), "utf-8")
    with pytest.raises(SettingsError, match="boss"):
        _ = groundswell.open(tmp_path).settings
    file.write_text(good.replace('manager = "manager_id"\n', ""), "utf-8")
    with pytest.raises(SettingsError, match="Nobody is there to carry briefing"):
        _ = groundswell.open(tmp_path).settings
    message = tmp_path / "messages" / "near-miss.md"
    file.write_text(good, "utf-8")
    message.write_text(message.read_text("utf-8").replace('"peer", "manager", "top"', '"boss"'), "utf-8")
    with pytest.raises(SettingsError, match="messenger"):
        _ = groundswell.open(tmp_path).settings


def test_where_what_people_said_counts_nothing_is_told_of_fewer_than_ten(tmp_path):
    write_company(tmp_path, people=500)
    campaign = groundswell.open(tmp_path)
    assert campaign.segments(now=DAY)["smallest_group"] == 5
    file = tmp_path / "segments.toml"
    rules = [f'[keen-{least}]\nrule = "interest_time >= {least}"\n' for least in range(40, 100, 5)]
    file.write_text("".join(rules), "utf-8")
    found = campaign.segments(now=DAY)
    assert found["smallest_group"] == 10
    told = sorted({one["people"] for one in found["segments"] if one["people"]} | {found["people"]})
    assert all(later - one >= 10 for one, later in pairwise(told))
    assert any(one["people"] is None for one in found["segments"])
