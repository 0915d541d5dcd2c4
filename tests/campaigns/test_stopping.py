"""Whatever is killed when: running again ends with the bytes of a run that nobody disturbed."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import groundswell
from conftest import command, environment
from groundswell.vocabulary import CampaignError
from groundswell.worlds import write_village
from tiny import DAY, list_of

KILLS = int(os.environ.get("PYTEST_KILLS", "3"))
"""How often a run is killed; more find more."""


def start(folder: Path) -> subprocess.Popen[str]:
    words = [*command(), "run", str(folder), "--now", DAY.isoformat(), "--seed", "0", "--json"]
    return subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def results(folder: Path) -> dict[str, bytes]:
    """What people use of a round, and what the next one starts from."""
    rounds = folder / ".groundswell" / "rounds"
    found = [
        *rounds.glob("*/*.parquet"),
        *rounds.glob("*/lists/*"),
        *rounds.glob("*/*.csv"),
        *rounds.glob("*/policy.gsw"),
    ]
    return {str(path.relative_to(rounds)): path.read_bytes() for path in found}


def test_a_run_that_is_killed_at_any_instant_goes_on_to_the_same_bytes(tmp_path):
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    write_village(calm, people=3_000)
    shutil.copytree(calm, stormy)
    undisturbed = start(calm)
    said, problems = undisturbed.communicate(timeout=120)
    assert undisturbed.returncode == 0, problems
    began = time.monotonic()
    start(shutil.copytree(stormy, tmp_path / "timed")).communicate(timeout=120)
    took = time.monotonic() - began  # the first run of all may have compiled what later ones find compiled
    draw = random.Random(0)
    killed = 0
    for attempt in range(4 * KILLS):
        if killed == KILLS:
            break
        run = start(stormy)
        # The first fraction is Python waking up; from there on the instants are spread over the whole run.
        time.sleep(took * (0.3 + 0.7 * (killed + draw.random()) / KILLS))
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
            killed += 1
        else:
            took *= 0.8  # the first run had been a slow one
        run.communicate()
        if attempt % 3 == 2 or run.returncode == 0:  # from the beginning once more, so that early stages are hit, too
            shutil.rmtree(stormy / ".groundswell", ignore_errors=True)
    assert killed == KILLS
    again = start(stormy)
    told, problems = again.communicate(timeout=120)
    assert again.returncode == 0, problems
    assert results(stormy) == results(calm)
    assert told.replace(str(stormy), str(calm)) == said
    assert not list(stormy.rglob("*.part"))


@pytest.mark.parametrize("stage", ["people", "past", "learnt", "decisions"])
def test_a_run_that_is_killed_inside_a_stage_goes_on_to_the_same_bytes(stage, played_template, village, pageless):
    script = f"""
import os, signal
from groundswell.tables import files
whole = os.fsync
def fsync(descriptor):
    if "/.{stage}." in os.readlink(f"/proc/self/fd/{{descriptor}}"):
        os.kill(os.getpid(), signal.SIGKILL)
    whole(descriptor)
files.os.fsync = fsync
"""
    python, flag, code = command()
    words = [python, flag, script + code, "run", str(village), "--now", DAY.isoformat()]
    run = subprocess.run(words, env=environment(), capture_output=True, check=False, timeout=120)
    assert run.returncode == -signal.SIGKILL
    left = list(village.rglob("*.part"))
    assert [path for path in left if f".{stage}." in path.name]
    groundswell.open(village).run(now=DAY, seed=0)
    assert results(village) == results(played_template)
    assert not list(village.rglob("*.part"))


def test_a_second_run_in_the_same_folder_is_refused(village):
    hidden = village / ".groundswell"
    hidden.mkdir()
    with (hidden / "lock").open("a") as handle:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX)
        with pytest.raises(CampaignError, match="Another run is at work") as caught:
            groundswell.open(village).run(now=DAY)
    assert caught.value.hint == "Wait until it is done."


def test_a_round_of_which_nothing_changed_is_given_back_as_it_stands(played):
    before = {path: path.stat().st_mtime_ns for path in played.rglob("*.parquet")}
    stages: list[str] = []
    done = groundswell.open(played).run(now=DAY, seed=0, tell=stages.append)
    # The copy's files are as old as the originals', so the round is still theirs.
    assert done.number == 1
    assert stages == []
    assert {path: path.stat().st_mtime_ns for path in played.rglob("*.parquet")} == before


@pytest.mark.parametrize("change", ["seed", "day", "budget", "message", "data"])
def test_a_round_is_planned_anew_in_its_place_when_anything_changed(change, played, pageless):
    sets = ("limits.budget.at_most=-50%",) if change == "budget" else ()
    if change == "message":
        with (played / "messages" / "calendar.md").open("a") as handle:
            handle.write("Come!\n")
    if change == "data":
        os.utime(played / "data" / "people.csv", (1, 1))
    stages: list[str] = []
    day = DAY.replace(day=22) if change == "day" else DAY
    done = groundswell.open(played, sets=sets).run(now=day, seed=1 if change == "seed" else 0, tell=stages.append)
    assert done.number == 1
    assert "decisions" in stages


def test_a_stopped_round_keeps_its_day_and_a_damaged_card_begins_it_anew(played, pageless):
    rounds = played / ".groundswell" / "rounds" / "0001"
    (rounds / "summary.json").unlink()
    assert groundswell.open(played).run(seed=0).summary["today"] == DAY.isoformat()
    (rounds / "round.json").write_text('{"half')
    assert groundswell.open(played).run(now=DAY, seed=0).summary["today"] == DAY.isoformat()


def test_the_next_round_counts_the_contacts_of_the_last_one(played, pageless):
    campaign = groundswell.open(played)
    first = campaign.last
    contacted = {row["household"] for row in list_of(first.path / "lists" / "mail-merge.csv")}
    soon = campaign.run(now=DAY.replace(day=28), seed=0, next_round=True)
    assert soon.number == 2
    assert contacted
    assert not contacted & {row["household"] for row in list_of(soon.path / "lists" / "mail-merge.csv")}
    patient = {row["unit"] for row in list_of(soon.path / "lists" / "left-out.csv") if row["reason"] == "patience"}
    assert patient
    assert patient <= contacted
    late = campaign.run(now=DAY.replace(year=2027), seed=0)  # the same round on a later day: nobody is tired any more
    assert late.number == 2
    assert "patience" not in late.summary["left_out"]
    assert results(played)["0001/decisions.parquet"] == (first.path / "decisions.parquet").read_bytes()
