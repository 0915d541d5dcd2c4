"""Every command answers: with what was asked, or with words that say what is wrong."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys

import pytest

from conftest import command, environment
from tiny import DAY, as_csv, list_of, people, write_tiny


def told(done: subprocess.CompletedProcess[str], code: int = 1) -> dict[str, str]:
    """The error that ``--json`` told, and nothing else."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    assert set(found["error"]) >= {"code", "file", "key", "found", "expected", "hint"}
    return found["error"]


def test_help_imports_nothing_heavy():
    script = (
        "import sys\nfrom groundswell.cli import main\nsys.argv = ['groundswell', {!r}]\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {{'duckdb', 'lightgbm', 'numpy', 'pyarrow', 'numba', 'altair', 'pydantic'}} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", script.format(option)],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


@pytest.mark.parametrize(
    "words", [["fly"], ["run", "--fast"], ["run", "--now", "soon"], ["demo", "--people", "5"], ["why"]]
)
def test_wrong_usage_is_told_with_exit_code_2(words, shell, tmp_path):
    done = shell(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "Usage" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("words", [["run"], ["check"], ["report"], ["why", "p1"]])
def test_a_folder_without_a_campaign_is_refused(words, shell, tmp_path):
    done = shell(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: There is no campaign in")
    assert "hint:" in done.stderr
    assert not done.stdout
    assert told(shell("-C", tmp_path, *words, "--json"))["code"] == "campaign"


@pytest.mark.parametrize("words", [["report"], ["why", "p1"]])
def test_before_the_first_round_there_is_nothing_to_tell(words, shell, village):
    assert told(shell("-C", village, *words, "--json"))["message"] == "There is no finished round yet."


def test_check_says_that_all_is_well_or_everything_that_is_not(shell, village, tmp_path):
    assert "all is well" in shell("check", village).stdout
    assert json.loads(shell("check", village, "--json").stdout) == {"format": 1, "ok": True, "problems": []}
    wrong = write_tiny(tmp_path / "tiny", replace={'"home"': '"homes"', '"voted"': '"vote"'}).folder
    done = shell("check", wrong, "--json")
    assert done.returncode == 1
    assert [problem["hint"] for problem in json.loads(done.stdout)["problems"]]
    assert shell("check", wrong).stdout.count("error:") == 2


def test_why_finds_a_person_by_id_and_by_name_and_says_who_is_unknown(shell, played):
    assert json.loads(shell("why", played, "p17", "--json").stdout)["person"] == "p17"
    assert "p17" in shell("-C", played, "why", "p17").stdout
    unknown = told(shell("why", played, "p99999999", "--json"))
    assert unknown["found"] == "p99999999"
    assert unknown["hint"].startswith("Did you mean")
    many = told(
        shell("why", played, (played / "data" / "people.csv").read_text().splitlines()[1].split(",")[2], "--json")
    )
    assert many["hint"] == "Give the id of one of them."
    assert shell("why", played, "").returncode == 1


def test_a_campaign_that_changed_since_its_round_cannot_say_why(shell, played):
    (played / "messages" / "calendar.md").write_text("# post\nCome!")
    assert "has changed since its last round" in told(shell("why", played, "p17", "--json"))["message"]


@pytest.mark.parametrize("name", ["people.parquet", "decisions.parquet", "policy.gsw", "summary.json"])
def test_a_damaged_round_is_said_to_be_damaged(name, shell, played):
    (played / ".groundswell" / "rounds" / "0001" / name).write_bytes(b"damaged")
    error = told(shell("why", played, "p17", "--json"))
    assert error["code"] == "storage"
    assert "run again" in error["hint"]


def test_the_nearest_campaign_upwards_is_the_one_that_is_meant(shell, played):
    assert shell("report", cwd=played / "data").stdout.strip().endswith("report.html")


def test_the_demo_leaves_other_folders_and_files_alone(shell, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    assert "is not empty" in told(shell("demo", tmp_path / "taken", "--json"))["message"]
    assert "is a file" in told(shell("demo", tmp_path / "file", "--json"))["message"]
    assert "cannot be written" in told(shell("demo", tmp_path / "file" / "below", "--json"))["message"]


def test_a_what_if_that_is_wrong_is_refused(shell, village):
    assert told(shell("run", village, "--set", "limits.budget", "--json"))["key"] == "--set"


def test_bad_rows_are_rejected_and_the_round_goes_on(shell, tmp_path):
    rows = people(60)
    rows[3]["yob"] = "fifty"
    rows[8]["treatment"] = "Postcard"
    rows[10]["treatment"] = "Letter"  # its household had nothing
    rows[14]["voted"] = ""
    rows[20]["treatment"] = ""
    folder = write_tiny(
        tmp_path, files={"people.csv": as_csv(rows).encode() + b"ragged\n\xff,b1,Control,1950,yes\n"}
    ).folder
    done = shell("run", folder, "--now", DAY.isoformat(), "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    rejected = list_of(folder / ".groundswell" / "rounds" / "0001" / "rejected.csv")
    assert sorted((int(row["row"]), row["column"]) for row in rejected) == [
        (4, "yob"),
        (9, "treatment"),
        (11, "treatment"),
        (12, "treatment"),
        (15, "voted"),
        (61, ""),
        (62, ""),
    ]
    assert summary["people"] == 60 - 4  # a blank outcome and a blank treatment reject nobody


# Folders that cannot be written, disks that fill


def without_rights() -> tuple[str, ...]:
    """The words that take root's right to write everywhere, where there is ``setpriv``."""
    drop = "-dac_override,-dac_read_search,-fowner"
    words = ("setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}")
    able = (
        shutil.which("setpriv") and subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0
    )
    return words if able else ()


@pytest.mark.parametrize("place", [".", ".groundswell/rounds", ".groundswell/rounds/0001"])
def test_a_folder_that_may_not_be_written_is_a_clear_error(place, shell, village, played):
    drop = without_rights()
    if not drop:
        pytest.skip("there is no setpriv here")
    folder = village if place == "." else played
    (folder / place).chmod(0o555)
    try:
        error = told(shell("run", folder, "--now", DAY.isoformat(), "--seed", "5", "--json", before=drop))
    finally:
        (folder / place).chmod(0o755)
    assert error["code"] == "storage"
    assert "write access" in error["hint"]


def test_a_file_that_may_not_be_read_is_a_clear_error(shell, village):
    drop = without_rights()
    if not drop:
        pytest.skip("there is no setpriv here")
    for name in ("data/last_year.csv", "campaign.toml"):
        (village / name).chmod(0o000)
        error = told(shell("run", village, "--json", before=drop))
        (village / name).chmod(0o644)
        assert "cannot be read" in error["message"]
        assert error["hint"] == "Give yourself read access to it."


@pytest.mark.parametrize("name", [".groundswell", ".groundswell/rounds", ".groundswell/rounds/0001"])
def test_a_file_where_the_round_should_be_is_a_clear_error(name, shell, village):
    (village / name).parent.mkdir(parents=True, exist_ok=True)
    (village / name).write_text("a file")
    assert told(shell("run", village, "--json"))["code"] == "storage"


@pytest.mark.parametrize("size", [0, 1_000, 20_000, 60_000])
def test_a_disk_that_fills_is_a_clear_error_and_with_room_again_the_round_ends(size, shell, village):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        error = told(shell("run", village, "--now", DAY.isoformat(), "--json"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error["code"] == "storage"
    assert "no room left" in error["message"]
    assert not list(village.rglob("*.part"))
    done = shell("run", village, "--now", DAY.isoformat(), "--json")
    assert done.returncode == 0, done.stderr


def test_a_disk_that_fills_is_a_clear_error_in_a_process_of_its_own(village):
    full = subprocess.run(
        [*command(), "run", str(village), "--now", DAY.isoformat(), "--json"],
        env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000)),
    )
    assert "no room left" in told(full)["message"]
