"""Lessons of a campaign: effects by topic, channel and trait that the next one can start from, and nobody in them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import groundswell
from conftest import without_pictures
from groundswell.campaigns.lessons import lessons_told
from groundswell.campaigns.simulating import APART
from groundswell.cli import app
from groundswell.tables import read
from groundswell.vocabulary import CampaignError, DataError
from spring import FIRST, small_town


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A town after two rounds: the second has learnt from what came back of the first."""
    folder = small_town(tmp_path_factory.mktemp("taught") / "town", people=4_000, seed=5)
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        groundswell.open(folder).simulate(2, now=FIRST)
    return folder


@pytest.fixture
def town(taught, tmp_path) -> groundswell.Campaign:
    return groundswell.open(shutil.copytree(taught, tmp_path / "town"))


@pytest.fixture
def exported(town, tmp_path) -> Path:
    town.export_lessons(tmp_path / "lessons.json")
    return tmp_path / "lessons.json"


def test_what_leaves_the_campaign_names_nobody_and_no_small_group(town, exported):
    said = json.loads(exported.read_text())
    assert said["smallest_group"] > 1
    assert said["lessons"]
    for lesson in said["lessons"]:
        assert min(lesson["people"], lesson["others"]) >= said["smallest_group"]
        assert lesson["lower"] <= lesson["effect"] <= lesson["upper"]
    text = exported.read_text()
    people = read(town.last.path / "people.parquet", ["person", "name"]).to_pylist()
    assert not any(row["person"] in text or row["name"] in text for row in people)


def test_they_speak_of_each_topic_channel_and_trait(exported):
    said = json.loads(exported.read_text())["lessons"]
    cells = {(lesson["topic"], lesson["channel"]) for lesson in said}
    assert ("schools", "phone") in cells
    assert {lesson["trait"] for lesson in said} >= {"", "age", "district"}


def test_the_same_file_twice_counts_once_and_what_comes_home_counts_not_at_all(town, exported, tmp_path):
    other = groundswell.open(small_town(tmp_path / "other", seed=6))
    toml = other.folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('name = "Town meeting, Springfield"', 'name = "Another town"'))
    count = other.import_lessons(exported)
    assert other.import_lessons(exported) == count
    assert len(lessons_told(other.settings)) == count
    assert town.import_lessons(exported) == count
    assert lessons_told(town.settings) == ()


def test_of_two_files_of_one_campaign_the_newer_stands(exported, tmp_path):
    """Whatever their names and hashes: the one that came later, and the older one again changes nothing."""
    other = groundswell.open(small_town(tmp_path / "other", seed=6))
    toml = other.folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('name = "Town meeting, Springfield"', 'name = "Another town"'))
    files = []
    for turn in range(6):
        told = json.loads(exported.read_text())
        for lesson in told["lessons"]:
            lesson["score"] += turn
        files.append(tmp_path / f"turn{9 - turn}.json")
        files[-1].write_text(json.dumps(told))
    for turn, file in enumerate(files):
        other.import_lessons(file)
        mine = sum(lesson["score"] for lesson in json.loads(file.read_text())["lessons"])
        assert sum(lesson.score for lesson in lessons_told(other.settings)) == pytest.approx(mine), turn
    other.import_lessons(files[0])
    assert sum(lesson.score for lesson in lessons_told(other.settings)) == pytest.approx(mine)


def test_the_next_campaign_carries_them_on(exported, tmp_path):
    other = groundswell.open(small_town(tmp_path / "other", seed=6))
    toml = other.folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('name = "Town meeting, Springfield"', 'name = "Another town"'))
    other.import_lessons(exported)
    other.export_lessons(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text())["lessons"] == json.loads(exported.read_text())["lessons"]


def test_a_new_message_starts_from_what_its_topics_did_and_proves_nothing(town, monkeypatch):
    without_pictures(monkeypatch)
    (town.folder / "messages" / "new-school.md").write_text('+++\ntopics = ["schools"]\n+++\n# phone\nA new school.\n')
    done = town.run(now=FIRST + timedelta(days=3 * APART), next_round=True)
    rows = done.decisions.arrow().to_pylist()
    options = done.decisions.arrow().schema.field("propensities").metadata[b"options"].decode().split("\n")
    place = options.index("new-school/phone")
    open_to = [row["unit"] for row in rows if row["propensities"][place] > 0]
    assert open_to
    answer = town.why(open_to[0])
    [mine] = [one for one in answer.open if one.option == "new-school/phone"]
    assert mine.uplift is None
    assert not mine.proven
    assert mine.expected is not None
    known = {(lesson.topic, lesson.channel): lesson for lesson in town.lessons().own if not lesson.trait}
    assert mine.expected.lower < known["schools", "phone"].effect.value < mine.expected.upper
    assert "proves nothing" in town.tell(answer)


def test_before_anything_came_back_there_is_nothing_to_tell(tmp_path):
    fresh = groundswell.open(small_town(tmp_path / "fresh"))
    with pytest.raises(CampaignError, match="nothing to tell"):
        fresh.export_lessons(tmp_path / "none.json")
    assert not (tmp_path / "none.json").exists()


def test_a_file_that_holds_no_lessons_is_refused(town, tmp_path):
    for number, text in enumerate(("not json", "[]", '{"format": 2}', '{"format": 1, "lessons": [{"topic": "x"}]}')):
        file = tmp_path / f"odd{number}.json"
        file.write_text(text)
        with pytest.raises(DataError, match="holds no lessons"):
            town.import_lessons(file)


def test_the_command_shows_exports_and_imports(town, tmp_path):
    runner, place = CliRunner(), str(town.folder)
    shown = runner.invoke(app, ["lessons", place])
    assert "schools" in shown.output
    assert "learnt here" in shown.output
    file = tmp_path / "out.json"
    assert runner.invoke(app, ["lessons", place, "--export", str(file)]).exit_code == 0
    assert runner.invoke(app, ["lessons", place, "--export", str(file)]).exit_code == 1
    assert runner.invoke(app, ["lessons", place, "--import", str(file), "--json"]).exit_code == 0
    assert json.loads(runner.invoke(app, ["lessons", place, "--json"]).output)["lessons"]
    assert runner.invoke(app, ["lessons", place, "--import", str(file), "--export", str(file)]).exit_code == 2
