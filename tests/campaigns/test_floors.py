"""Floors in a campaign's file: met, told, priced, refused in words; and what-ifs that price the last round anew."""

from __future__ import annotations

import json
from datetime import date

import pytest

import groundswell
from groundswell.vocabulary import CampaignError, SettingsError

DAY = date(2026, 11, 21)
OLD = 'where = "age >= 60"'


def with_limit(folder, line: str) -> groundswell.Campaign:
    """The village with one more limit."""
    path = folder / "campaign.toml"
    path.write_text(path.read_text("utf-8").replace("[limits]\n", f"[limits]\n{line}\n", 1), "utf-8")
    return groundswell.open(folder)


def test_a_floor_is_met_and_told(large, pageless):
    free = groundswell.open(large).run(now=DAY).summary
    campaign = with_limit(large, f'old = {{ of = "contacts", {OLD}, at_least = 1 }}')
    had = campaign.run(now=DAY).summary["limits"]["old"]["used"]
    assert had >= 1
    assert campaign.last.summary["decisions"] == free["decisions"]
    text = (large / "campaign.toml").read_text("utf-8").replace("at_least = 1 ", f"at_least = {had + 40:.0f} ")
    (large / "campaign.toml").write_text(text, "utf-8")
    done = groundswell.open(large).run(now=DAY).summary
    floor = done["floors"]["old"]
    assert done["limits"]["old"]["used"] >= had + 40
    assert done["limits"]["old"]["at_most"] is None
    assert floor["met"]
    assert floor["cost"] > 0
    assert floor["one_more"] > 0
    told = done["reasons"].get("floor", 0) + done["reasons"].get("floor-repaired", 0)
    assert told == floor["by_floor"] > 0
    assert done["limits"]["budget"]["used"] <= done["limits"]["budget"]["at_most"]


def test_a_limit_with_both_ends_is_planned_and_drawn(large, pageless):
    path = large / "campaign.toml"
    path.write_text(path.read_text("utf-8").replace("at_most = 540", "at_most = 540, at_least = 500"), "utf-8")
    done = groundswell.open(large).run(now=DAY).summary
    assert 500 <= done["limits"]["budget"]["used"] <= 540
    assert all(point["amount"] >= 500 for point in done["more"][0]["points"])


def test_what_the_curve_says_of_today_is_what_the_plan_expects(large):
    done = groundswell.open(large).last.summary
    (more,) = done["more"]
    assert more["now"] == pytest.approx(done["expected"], rel=0.01)
    twice = groundswell.open(large).what_if("limits.budget.at_most=+100%")
    at = {point["amount"]: point["actions"] for point in more["points"]}
    assert at[2 * more["at_most"]] == pytest.approx(twice["then"]["expected"], rel=0.01)


def test_whoever_gets_something_for_a_floor_is_told_so(large, pageless):
    campaign = with_limit(large, f'old = {{ of = "contacts", {OLD}, at_least = 600 }}')
    done = campaign.run(now=DAY)
    assert done.summary["floors"]["old"]["by_floor"] > 0
    table = done.decisions.arrow()
    unit = next(row["unit"] for row in table.to_pylist() if row["reason"] == "floor")
    people = groundswell.tables.read(done.path / "people.parquet").to_pylist()
    person = next(row["person"] for row in people if row["unit"] == unit)
    answer = campaign.why(person)
    assert answer.reason == "floor"
    assert "only because a floor asks for it" in campaign.tell(answer)
    json.dumps(answer.as_json())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('old = { of = "contacts" }', "The limit old limits nothing."),
        ('old = { of = "contacts", at_most = 5, at_least = 9 }', "The limit old asks for more than it allows."),
        (
            'old = { of = "contacts", per = "person", within = "30 days", at_least = 1 }',
            "The limit old is for each person, so it cannot have a floor.",
        ),
        ('old = { of = "contacts", at_most = 9, message = "calender" }', 'There is no message "calender".'),
        ('old = { of = "contacts", at_least = -1 }', '"limits.old.at_least" is wrong'),
    ],
)
def test_a_floor_that_cannot_be_meant_is_told(village, line, said):
    wrong = with_limit(village, line).check()
    assert said in str(wrong[0])
    assert wrong[0].key.startswith("limits.old")


def test_floors_that_contradict_the_money_are_refused_with_the_most_there_can_be(village, pageless):
    campaign = with_limit(village, 'all = { of = "contacts", at_least = 100_000 }')
    with pytest.raises(SettingsError, match=r"No plan can keep .*limits\.all \(at least 100000 of contacts\)") as told:
        campaign.run(now=DAY)
    assert told.value.key == "limits.all.at_least"
    most = int(told.value.expected.split(" ")[0].replace(",", ""))
    text = (village / "campaign.toml").read_text("utf-8").replace("100_000", str(most - 2))
    (village / "campaign.toml").write_text(text, "utf-8")
    assert groundswell.open(village).run(now=DAY).summary["limits"]["all"]["used"] >= most - 2


def test_a_what_if_is_what_the_round_itself_would_be_and_changes_nothing(large):
    campaign = groundswell.open(large)
    before = {path: path.read_bytes() for path in campaign.last.path.rglob("*") if path.is_file()}
    found = campaign.what_if("limits.budget.at_most=+50%")
    assert {path: path.read_bytes() for path in campaign.last.path.rglob("*") if path.is_file()} == before
    assert found["now"]["expected"] == campaign.last.summary["expected"]
    same = campaign.what_if("limits.budget.at_most=+0%")
    assert same["then"] == same["now"]
    assert same["moved"] == 0
    assert "Nobody would get anything else." in "\n".join(campaign.tell_what_if(same))
    assert found["then"]["expected"] > found["now"]["expected"]
    told = "\n".join(campaign.tell_what_if(found))
    assert told.startswith("What if limits.budget.at_most=+50%? Round 1 as it stands")


def test_a_what_if_equals_a_round_of_its_own(large, pageless):
    found = groundswell.open(large).what_if("limits.budget.at_most=+50%", "learning.explore=0.1")
    sets = ("limits.budget.at_most=+50%", "learning.explore=0.1")
    real = groundswell.open(large, sets=sets).run(now=DAY).summary
    assert found["then"]["decisions"] == real["decisions"]
    assert found["then"]["expected"] == real["expected"]


def test_a_what_if_that_moves_people_says_so_even_where_counts_stay(large):
    """One message only: a floor moves letters from some to others."""
    found = groundswell.open(large).what_if('limits.old={of="contacts", where="age >= 60", at_least=500}')
    assert found["moved"] > 0
    told = "\n".join(groundswell.open(large).tell_what_if(found))
    assert "would get something else, or nothing." in told
    assert "Nobody would get anything else." not in told


def test_a_price_that_is_not_known_is_not_told(large):
    none = groundswell.open(large).what_if("limits.budget.at_most=0")
    assert none["then"]["limits"]["budget"]["actions_for_one_more"] is None
    assert "one more would bring" not in "\n".join(groundswell.open(large).tell_what_if(none))


@pytest.mark.parametrize("change", ["actions.join.within=1 days", "sources.people.path=x.csv", "limits", "nonsense"])
def test_what_takes_a_round_of_its_own_is_refused(large, change):
    with pytest.raises(SettingsError) as told:
        groundswell.open(large).what_if(change)
    assert told.value.key == "--what-if"


def test_a_what_if_about_more_than_prices_is_refused(large):
    with pytest.raises(SettingsError, match="changes more than prices") as told:
        groundswell.open(large).what_if("channels.post.cost=2")
    assert "run --set channels.post.cost=2" in told.value.hint


def test_a_what_if_needs_the_round_it_is_about(village, large):
    with pytest.raises(CampaignError, match="There is no finished round yet"):
        groundswell.open(village).what_if("limits.budget.at_most=+50%")
    path = large / "campaign.toml"
    path.write_text(path.read_text("utf-8").replace("holdout = 0.05", "holdout = 0.04"), "utf-8")
    with pytest.raises(CampaignError, match="The campaign has changed since its last round"):
        groundswell.open(large).what_if("limits.budget.at_most=+50%")
