"""``groundswell segments discover`` and ``adopt``: from a group that nobody wrote down to one that stays put."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from random import Random

import numpy as np
import pytest

from groundswell.vocabulary import CampaignError
from survey import asked_people

DAY = date(2026, 11, 10)
TRAITS = """town = { sql = "town", type = "category" }
cares = "cares"

[channels]"""
TYPES = {"[channels]": TRAITS, 'types = { yob = "year" }': 'types = { yob = "year", cares = "number" }'}


@pytest.fixture(scope="module")
def rows():
    lot = Random(3)
    found = asked_people(2_400)
    for place, row in enumerate(found):
        old = place // 2 % 8 < 4
        row |= {
            "yob": str((1935 if old else 1980) + lot.randrange(10)),
            "cares": str((80 if old else 20) + lot.randrange(-9, 10)),
        }
        letter = row["treatment"] == "Letter"
        row["voted"] = "yes" if lot.random() < (0.3 + 0.5 * (letter and old)) else "no"
    return found


@pytest.fixture
def campaign(tiny, rows):
    return tiny(rows, replace=TYPES)


def test_it_finds_who_they_are_and_what_works_for_each(campaign):
    found = campaign.discover_segments(now=DAY)
    who = found["who"]
    assert who["stable"]
    assert who["stability"] >= 0.7
    assert who["fidelity"] >= 0.85
    assert {group["people"] for group in who["groups"]} == {1_200}
    by_rule = {("40" in group["say"]) or group["rule"]: group for group in who["groups"]}
    assert len(by_rule) == 2
    proven = [group for group in who["groups"] if group["message"]["proven"]]
    assert len(proven) == 1  # the letter moves the old ones only
    effect = proven[0]["message"]["effect"]
    assert effect["lower"] < 0.5 < effect["upper"]
    assert all(len(group["examples"]) == 5 for group in who["groups"])
    assert found["talk"]["stable"]


def test_an_adopted_group_is_counted_as_a_declared_one_and_stays_put(campaign, shell):
    found = campaign.discover_segments(now=DAY)
    group = found["who"]["groups"][0]
    said = shell("segments", "adopt", group["name"], campaign.folder, "--name", "the-first")
    assert said.returncode == 0
    assert "the-first stands in segments.toml" in said.stdout
    written = tomllib.loads((campaign.folder / "segments.toml").read_text("utf-8"))
    assert written == {"the-first": {"say": group["say"], "rule": group["rule"]}}
    [counted] = campaign.segments(now=DAY)["segments"]
    assert counted["people"] == group["people"]
    campaign.run(now=DAY)
    assert campaign.segments(now=DAY)["segments"][0]["rounds"] == [{"round": 1, "share": group["share"]}]
    assert "was 50.0 % in round 1" in shell("segments", campaign.folder).stdout


def test_what_stands_in_the_file_already_is_kept(campaign):
    before = '# ours\n[young]\nrule = "age < 50"\n'
    (campaign.folder / "segments.toml").write_text(before, encoding="utf-8")
    name = campaign.discover_segments(now=DAY)["who"]["groups"][0]["name"]
    campaign.adopt_segment(name)
    text = (campaign.folder / "segments.toml").read_text("utf-8")
    assert text.startswith(before.rstrip())
    assert [one["name"] for one in campaign.segments(now=DAY)["segments"]] == ["young", name]
    with pytest.raises(CampaignError, match="cannot be called"):
        campaign.adopt_segment(name)


def test_a_name_that_nobody_found_is_refused_with_the_nearest(campaign):
    with pytest.raises(CampaignError, match="No group called"):
        campaign.adopt_segment("anything")
    name = campaign.discover_segments(now=DAY)["who"]["groups"][0]["name"]
    with pytest.raises(CampaignError, match="No group called") as refused:
        campaign.adopt_segment(name[:-1])
    assert name in refused.value.hint


def test_the_command_tells_it_in_words_and_as_json(campaign, shell):
    said = shell("segments", "discover", campaign.folder, "--now", DAY.isoformat())
    assert said.returncode == 0
    for words in (
        "Who they are",
        "message that works: letter (post)",
        "Whom to talk to",
        "Who has no fitting message",
        "There is no round yet",
    ):
        assert words in said.stdout
    told = json.loads(shell("segments", "discover", campaign.folder, "--of", "age,cares", "--json").stdout)
    assert told["format"] == 1
    wrong = shell("segments", "discover", campaign.folder, "--of", "aeg")
    assert wrong.returncode == 1
    assert "age" in wrong.stderr
    assert shell("segments", "adopt").returncode == 2


def test_who_has_no_fitting_message_is_told_after_a_round(tiny, rows):
    campaign = tiny(
        [row | {"voted": Random(place).choice(["yes", "no"])} for place, row in enumerate(rows)], replace=TYPES
    )
    campaign.run(now=DAY)
    gap = campaign.discover_segments(now=DAY)["gap"]
    assert gap
    assert [row["people"] for row in gap] == sorted((row["people"] for row in gap), reverse=True)
    assert all(row["people"] <= row["of"] and row["actions"] >= 0 for row in gap)


def test_of_a_workforce_nobody_is_an_example(tiny, rows):
    campaign = tiny(rows, replace=TYPES | {'"voters"': '"workforce"'})
    groups = campaign.discover_segments(now=DAY)["who"]["groups"]
    assert [group["examples"] for group in groups] == [[]] * len(groups)


def test_people_who_differ_by_chance_only_have_no_groups_and_it_says_so(tiny, shell):
    lot = Random(1)
    same = [row | {"cares": str(lot.randrange(100))} for row in asked_people(1_000)]
    campaign = tiny(same, replace=TYPES)
    assert not campaign.discover_segments(now=DAY)["who"]["stable"]
    assert "do not fall into groups" in shell("segments", "discover", campaign.folder).stdout


def test_a_name_means_the_group_it_was_shown_for(tiny):
    lot = Random(8)
    rows = asked_people(2_000)
    for place, row in enumerate(rows):
        cares = (85 if place % 4 < 2 else 15) + lot.randrange(9)
        row["cares"] = "" if lot.random() < 0.2 else str(cares)
    for row in rows:
        row["voted"] = (
            "yes" if lot.random() < 0.3 + 0.5 * (row["treatment"] == "Letter" and row["cares"] > "80") else "no"
        )
    campaign = tiny(rows, replace=TYPES)
    found = campaign.discover_segments(of=("age", "cares"), now=DAY)
    groups = [group for view in ("who", "talk") for group in found[view]["groups"]]
    named = {}
    for group in groups:
        assert named.setdefault(group["name"], group["rule"]) == group["rule"]
    for group in groups:
        if "coalesce(cares" in group["rule"] and "cares" not in re.sub(r"coalesce\([^)]*\)", "", group["rule"]):
            assert "not known" in group["say"]
        campaign.adopt_segment(group["name"], called=f"g{groups.index(group)}")
    counted = {one["name"]: one["people"] for one in campaign.segments(now=DAY)["segments"]}
    for place, group in enumerate(groups):
        assert counted[f"g{place}"] in {group["people"], None}


def test_levels_with_odd_signs_and_traits_with_names_of_sql_can_be_adopted(tiny):
    lot = Random(9)
    rows = asked_people(1_200)
    for row in rows:
        old = lot.random() < 0.5
        row |= {
            "town": 'A\nx "q" \\ ñ' if old else "B",
            "cares": str(90 if old else 10),
            "yob": str(1940 if old else 1990),
        }
    campaign = tiny(rows, replace={**TYPES, "[channels]": TRAITS.replace("town = {", '"group" = {')})
    groups = campaign.discover_segments(of=("group",), now=DAY)
    groups = groups["who"]["groups"] or groups["talk"]["groups"] or campaign.discover_segments(now=DAY)["who"]["groups"]
    for place, group in enumerate(groups):
        campaign.adopt_segment(group["name"], called=f"g{place}")
    assert [one["people"] for one in campaign.segments(now=DAY)["segments"]] == [group["people"] for group in groups]


def test_counts_of_both_views_together_tell_of_no_few_people():
    from groundswell.segments import Discovered
    from groundswell.trust.discovered import keep_back

    first = np.arange(100) < 60
    second = np.arange(100) < 58  # the difference is two people
    found = [Discovered(((), ()), np.where(mine, 0, 1), ()) for mine in (first, second)]
    told = []
    for mine in (first, second):
        counts = [int(mine.sum()), int((~mine).sum())]
        told.append({"groups": [{"people": count, "share": count / 100} for count in counts]})
    keep_back(list(zip(told, found, strict=True)), 5)
    shown = [group["people"] for one in told for group in one["groups"]]
    assert None in shown
    known = {count for count in shown if count is not None}
    assert not {abs(one - other) for one in known for other in known} & {1, 2, 3, 4}
