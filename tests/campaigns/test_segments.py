"""``groundswell segments``: the groups that somebody wrote down, counted over the people of today."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise

import pytest

from groundswell.vocabulary import SettingsError
from tiny import as_csv, people

DAY = date(2026, 11, 10)
TWO = """
[young]
say = "The younger ones"
rule = "age < 50"

[young-in-a-home]
within = "young"
rule = "household_size > 1"
"""


def test_every_segment_is_counted_with_its_sentence(tiny):
    campaign = tiny(files={"segments.toml": TWO})
    found = campaign.segments(now=DAY)
    rows = people()
    young = sum(2006 - int(row["yob"]) < 50 for row in rows)
    first, second = found["segments"]
    assert (first["name"], first["say"], first["people"]) == ("young", "The younger ones", young)
    assert first["share"] == pytest.approx(young / len(rows))
    assert (second["within"], second["say"]) == ("young", "household_size > 1")
    assert second["people"] <= young
    assert not (campaign.folder / ".groundswell" / "rounds" / "0001").exists()  # looking begins no round


def test_the_command_tells_it_in_words_and_as_json(tiny, shell):
    campaign = tiny(files={"segments.toml": TWO + '\n[nobody]\nrule = "age > 300"\n'})
    said = shell("segments", campaign.folder, "--now", "2026-11-10")
    assert said.returncode == 0
    assert "The younger ones" in said.stdout
    assert "part of young" in said.stdout
    assert "nobody; look whether the rule is meant so" in said.stdout
    told = json.loads(shell("segments", campaign.folder, "--json").stdout)
    assert told["format"] == 1
    assert [one["name"] for one in told["segments"]] == ["young", "young-in-a-home", "nobody"]


def test_without_a_file_it_says_what_to_write(tiny, shell):
    said = shell("segments", tiny().folder)
    assert said.returncode == 0
    assert "segments.toml" in said.stdout


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[young\n", None, "cannot be read as TOML"),
        ('[young]\nrul = "age < 50"\n', "young.rul", "Did you mean rule?"),
        ('[young]\nsay = "x"\n', "young.rule", "has no rule"),
        ('[Young_Ones]\nrule = "true"\n', "Young_Ones", "no name of a segment"),
        ("[young]\nrule = 3\n", "young.rule", "is wrong"),
        ("young = 3\n", "young", "is wrong"),
    ],
)
def test_a_file_that_is_wrong_names_file_and_key(tiny, text, key, said):
    campaign = tiny(files={"segments.toml": text})
    with pytest.raises(SettingsError) as told:
        campaign.segments(now=DAY)
    assert told.value.key == key
    assert str(told.value.file).endswith("segments.toml")
    assert said in str(told.value)


def test_a_rule_that_reads_files_is_refused(tiny, shell):
    campaign = tiny(files={"segments.toml": "[young]\nrule = \"read_text('people.csv') is not null\"\n"})
    said = shell("segments", campaign.folder, "--json")
    assert said.returncode == 1
    assert json.loads(said.stdout)["error"]["key"] == "young.rule"


def test_under_purpose_workforce_nothing_is_told_of_few(tiny, shell):
    rows = people()
    ages = sorted({2006 - int(row["yob"]) for row in rows})
    few = "".join(f'[above-{age}]\nrule = "age > {age}"\n' for age in ages[:11])
    campaign = tiny(rows, replace={'purpose = "voters"': 'purpose = "workforce"'}, files={"segments.toml": few})
    found = campaign.segments(now=DAY)
    assert found["smallest_group"] >= 5
    shown = [one["people"] for one in found["segments"] if one["people"] is not None]
    told = sorted([*shown, found["people"]])
    assert all(later - one == 0 or later - one >= 5 for one, later in pairwise(told))
    assert len(shown) < len(found["segments"])
    assert "not shown" in shell("segments", campaign.folder, "--now", "2026-11-10").stdout


def test_what_a_count_differs_by_from_a_round_s_tells_of_no_few_people(tiny):
    campaign = tiny(files={"segments.toml": '[young]\nrule = "age < 50"\n'})
    campaign.run(now=DAY)
    told = []
    for more in (0, 2, 9):  # so many more young people today than in the round
        rows = [*people(), *people(more, home="new", yob="1990")] if more else people()
        (campaign.folder / "people.csv").write_text(as_csv(rows), encoding="utf-8")
        [young] = campaign.segments(now=DAY)["segments"]
        told.append([one["round"] for one in young["rounds"]])
    assert told == [[1], [], [1]]
