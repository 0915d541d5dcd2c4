"""``groundswell new``, ``import`` and ``rounds``: a campaign from its first day on, in words and as JSON."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

import groundswell
from conftest import without_pictures
from spring import small_town, spring
from tiny import list_of, write_tiny

NOW = date(2026, 11, 22)
KEYS = {"code", "message", "file", "key", "found", "expected", "hint"}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Path:
    """A town of which two rounds were simulated."""
    folder = small_town(tmp_path_factory.mktemp("town") / "town")
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        groundswell.open(folder).simulate(2, now=NOW)
    return folder


@pytest.fixture
def town(simulated, tmp_path) -> Path:
    return Path(shutil.copytree(simulated, tmp_path / "town"))


def refused(done, code: int = 1) -> dict[str, str | None]:
    """The error that ``--json`` told, and nothing else."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    error = json.loads(done.stdout)["error"]
    assert error.keys() == KEYS
    assert error["message"]
    assert error["found"]
    assert error["expected"]
    assert error["hint"]
    return error


# new


def test_new_makes_a_town_and_says_what_to_do_next(shell, tmp_path):
    folder = tmp_path / "springfield"
    said = shell("new", folder, "--people", 1000, "--seed", 2, "--truth", "steps").stdout.splitlines()
    assert said[0] == f"{folder}: a made-up town of 1,000 people."
    assert "Maria Delgado" in said[1]
    assert f"groundswell run {folder}" in said[2]
    assert "--simulate 5" in said[3]
    assert (folder / "town.toml").read_text() == 'people = 1000\nseed = 2\ntruth = "steps"\n'
    assert len(list_of(folder / "data" / "people.csv")) == 1_000
    assert shell("check", folder).returncode == 0


def test_new_makes_a_village_too_and_tells_both_as_json(shell, tmp_path):
    found = json.loads(shell("new", tmp_path / "a", "--example", "village", "--people", 1000, "--json").stdout)
    assert found == {"format": 1, "folder": str(tmp_path / "a"), "example": "village"}
    assert (tmp_path / "a" / "campaign.toml").is_file()


def test_new_leaves_other_folders_and_files_alone(shell, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    assert "is not empty" in refused(shell("new", tmp_path / "taken", "--json"))["message"]
    assert "is a file" in refused(shell("new", tmp_path / "file", "--json"))["message"]
    assert refused(shell("new", tmp_path / "file" / "below", "--json"))["code"] == "storage"
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == ["letter.txt"]


@pytest.mark.parametrize(
    "words",
    [
        ("new",),
        ("new", "x", "--people", "999"),
        ("new", "x", "--example", "city"),
        ("new", "x", "--truth", "maybe"),
        ("import", "x.csv"),
        ("import", "x.csv", "--as", "votes"),
        ("import", "--as", "outcomes"),
        ("import", "x.csv", "--as", "outcomes", "--now", "soon"),
        ("rounds", "--simulate", "0"),
        ("rounds", "--simulate", "two"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(words, shell, tmp_path):
    done = shell(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "Usage" in done.stderr
    assert not done.stdout
    assert not (tmp_path / "x").exists()


def test_a_seed_there_is_not_is_a_clear_error(shell, tmp_path):
    error = refused(shell("new", tmp_path / "x", "--seed", "-1", "--json"))
    assert (error["code"], error["key"], error["found"]) == ("settings", "seed", "-1")


# import


def test_import_brings_in_what_came_back_and_the_next_run_is_the_next_round(shell, town):
    back = town / "data" / "came_back_0002.csv"
    again = json.loads(shell("import", back, town, "--as", "outcomes", "--json").stdout)
    assert again["already"] is True
    assert again["joined"] == {"2": 1_000}
    rows = back.read_text().splitlines()
    late = town.parent / "late.csv"
    late.write_text("\n".join([rows[0], *(row for row in rows[1:] if row.split(",")[3] == "")][:6]) + "\n")
    day = (NOW + timedelta(days=90)).isoformat()
    found = json.loads(shell("-C", town, "import", late, "--as", "outcomes", "--now", day, "--json").stdout)
    assert found.keys() == {
        "format",
        "number",
        "kind",
        "file",
        "rows",
        "changed",
        "rejected",
        "reasons",
        "joined",
        "already",
        "notes",
        "path",
        "dispositions",
        "suppressed",
    }
    assert (found["format"], found["number"], found["rejected"]) == (1, 3, 5)
    assert Path(found["path"], "rejected.csv").is_file()
    done = json.loads(shell("run", town, "--now", (NOW + timedelta(days=56)).isoformat(), "--json").stdout)
    assert done["round"] == 3


@pytest.mark.parametrize(
    ("content", "kind", "code", "says"),
    [
        (None, "outcomes", "data", "There is no file odd.csv."),
        ("", "outcomes", "data", "odd.csv is empty."),
        ("who,when\np1,now\n", "outcomes", "data", "odd.csv does not say which decision it answers or who it was."),
        ("person_id,text\np000001,x\n", "remarks", "data", "odd.csv does not say when it was."),
        ("person_id,when\np000001,2026-11-01\n", "events", "data", "odd.csv does not say what it was."),
        ("id,name\np000001,x\n", "people", "data", 'odd.csv has no column "born".'),
        ("key,at\n1:p000001,soon\n", "outcomes", "data", "No row of odd.csv can be used."),
        ("key,key\n1:p000001,2\n", "outcomes", "data", 'odd.csv has two columns called "key".'),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_in_full(content, kind, code, says, shell, town):
    path = town.parent / "odd.csv"
    if content is not None:
        path.write_text(content)
    error = refused(shell("import", path, town, "--as", kind, "--json"))
    assert (error["code"], error["message"]) == (code, says)
    words = shell("import", path, town, "--as", kind)
    assert words.returncode == 1
    assert words.stderr.startswith(f"error: {says}")
    assert "hint:" in words.stderr
    assert not words.stdout
    assert len(list((town / ".groundswell" / "imports").iterdir())) == 2


def test_without_a_campaign_there_is_nothing_to_import_into_and_no_rounds(shell, tmp_path):
    (tmp_path / "a.csv").write_text("person\np1\n")
    for words in (("import", tmp_path / "a.csv", "--as", "outcomes"), ("rounds",)):
        error = refused(shell("-C", tmp_path, *words, "--json"))
        assert error["code"] == "campaign"


def test_a_file_without_anything_new_to_say_is_kept_with_its_reasons(shell, town):
    path = town.parent / "strange.csv"
    path.write_text("person,at\nzoe,2026-12-01\nyan,2026-12-01\n")
    said = shell("import", path, town, "--as", "outcomes", "--now", "2027-02-01").stdout.splitlines()
    assert said[0] == "strange.csv: 0 rows imported as outcomes (import 3)"
    assert said[1].strip() == "none of them answers a decision of a round"
    assert said[2].strip().startswith("2 rows could not be used; they stand in ")
    assert said[3].strip() == "2: nobody has this id in the file of people"


# rounds


def test_rounds_are_listed_with_what_each_brought(shell, town):
    found = json.loads(shell("rounds", town, "--json").stdout)
    assert found["format"] == 1
    assert [row["round"] for row in found["rounds"]] == [1, 2]
    first, second = found["rounds"]
    assert (first["kind"], second["kind"]) == ("pilot", "round")
    assert first["brought"].keys() == {"value", "lower", "upper"}
    assert second["brought"] is None
    assert first["truth"].keys() >= {"decided", "oracle"}
    said = shell("rounds", cwd=town / "data").stdout.splitlines()
    assert said[0].startswith("1  2026-11-22  pilot: ")
    assert any("what it brought is not known yet" in line for line in said)


def test_before_the_first_round_that_is_said(shell, tmp_path):
    folder = write_tiny(tmp_path / "tiny").folder
    assert shell("rounds", folder).stdout == "There is no finished round yet.\n"
    assert json.loads(shell("rounds", folder, "--json").stdout) == {"format": 1, "rounds": []}


def test_simulating_as_many_rounds_as_there_are_plays_none(shell, town):
    before = {path: path.stat().st_mtime_ns for path in town.rglob("*.parquet")}
    done = shell("rounds", town, "--simulate", 2, "--json")
    assert done.stderr == ""
    assert len(json.loads(done.stdout)["rounds"]) == 2
    assert {path: path.stat().st_mtime_ns for path in town.rglob("*.parquet")} == before


def test_simulating_one_round_more_tells_its_stages_and_what_the_round_before_brought(shell, town):
    done = shell("rounds", town, "--simulate", 3, "--json")
    assert "round 3: decisions" in done.stderr
    assert "round 2" not in done.stderr
    rows = json.loads(done.stdout)["rounds"]
    assert [row["round"] for row in rows] == [1, 2, 3]
    assert rows[1]["brought"] is not None
    assert rows[2]["today"] == (NOW + timedelta(days=56)).isoformat()


def test_only_a_made_up_town_answers_by_itself(shell, village, tiny):
    error = refused(shell("rounds", village, "--simulate", 2, "--json"))
    assert (error["code"], error["message"]) == ("campaign", "Only a made-up place can answer by itself.")
    folder = spring(tiny).folder
    error = refused(shell("rounds", folder, "--simulate", 2, "--json"))
    assert (error["code"], error["message"]) == ("campaign", f"There is no made-up town in {folder}.")
    assert not (folder / ".groundswell" / "rounds").exists()


def test_help_names_the_commands(shell):
    said = shell("--help").stdout
    assert all(name in said for name in ("new", "import", "rounds"))
