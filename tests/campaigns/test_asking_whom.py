"""``groundswell ask``: what to ask, and whom, so that the next plan knows better."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from conftest import played_town
from groundswell.vocabulary import CampaignError
from survey import LEVY, asked_people

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return played_town(tmp_path_factory.mktemp("asking"), people=2_000, day=DAY)


@pytest.fixture(scope="module")
def found(town):
    return town.ask(most=5)


def test_what_people_care_about_is_what_a_pilot_does_not_know(found):
    first = found["questions"][0]
    assert (first["kind"], first["worth"]) == ("interest", None)  # nothing is known of effects yet
    assert first["decisions"] > 0
    assert [one["decisions"] for one in found["questions"]] == sorted(
        (one["decisions"] for one in found["questions"]), reverse=True
    )
    changes = [row["change"] for row in found["whom"]]
    assert len(changes) == 5
    assert changes == sorted(changes, reverse=True)


def test_whoever_said_stop_is_asked_nothing(town, tmp_path):
    target = tmp_path / "ask.csv"
    town.ask(question="schools", target=target)
    with target.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    with (town.folder / "data" / "people.csv").open(encoding="utf-8", newline="") as handle:
        people = {row["id"]: row for row in csv.DictReader(handle)}
    assert rows
    assert not [row for row in rows if people[row["person"]]["do_not_contact"]]
    assert not [row for row in rows if people[row["person"]]["cares_schools"]]
    assert {row["question"] for row in rows} == {"schools"}


def test_the_command_tells_it_in_words_and_as_json(town, shell):
    said = shell("ask", town.folder, "--most", "2")
    assert said.returncode == 0
    assert "how much they care about" in said.stdout
    assert said.stdout.count("of the answers") == 2
    assert json.loads(shell("ask", town.folder, "--json").stdout)["format"] == 1


def test_a_question_that_there_is_not_is_refused_with_the_nearest(town):
    with pytest.raises(CampaignError, match="no question") as refused:
        town.ask(question="school")
    assert "schools" in refused.value.hint


def test_a_score_is_not_asked_for_its_answer_never_reaches_who_gave_it(tiny):
    campaign = tiny(asked_people(1_500), replace={"[channels]": LEVY})
    campaign.run(now=DAY)
    assert "levy" not in [one["question"] for one in campaign.ask()["questions"]]


def test_of_a_workforce_the_order_tells_nothing(tiny, tmp_path):
    rows = [row | ({"yob": ""} if place % 3 else {}) for place, row in enumerate(asked_people(1_500))]
    campaign = tiny(rows, replace={"[channels]": LEVY, '"voters"': '"workforce"'})
    campaign.run(now=DAY)
    found = campaign.ask(question="age", target=tmp_path / "ask.csv")
    assert [row["change"] for row in found["whom"]] == [None] * 20
    with (tmp_path / "ask.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["person"] for row in rows] == sorted(row["person"] for row in rows)
    assert "change" not in rows[0]


def test_without_a_round_it_says_what_to_do_first(tiny):
    with pytest.raises(CampaignError, match="round"):
        tiny().ask()
