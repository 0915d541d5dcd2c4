"""Processes that write at once lose nothing; one that is killed leaves all of its act, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import environment
from groundswell.ledger import open_ledger
from groundswell.ledger.placing import make_once
from ledger.said import NOW, crowd

HEAD = """
import sys, time
from pathlib import Path
from groundswell.ledger import open_ledger, sqlite
from ledger.said import NOW, crowd, gave
where = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
"""

# A small cache makes SQLite write into its journal what is not yet committed.
TORN = (
    HEAD
    + """
sqlite._SETTINGS = (*sqlite._SETTINGS, "cache_size = -200")
def half():
    yield from crowd(25_000)
    print("half", flush=True)
    time.sleep(60)
    yield from crowd(25_000, start=25_000)
with open_ledger(where) as ledger:
    ledger.note_consents(half(), now=NOW)
"""
)

DONE = (
    HEAD
    + """
ledger = open_ledger(where)
ledger.note_consents(crowd(15_000), now=NOW)
print("done", flush=True)
time.sleep(60)
"""
)

# Each notes facts of its own, and all of those that both know, in opposite order.
BUSY = (
    HEAD
    + """
from datetime import timedelta
first, step = int(sys.argv[2]), int(sys.argv[3])
both = list(crowd(500))[::step]
print("ready", flush=True)
sys.stdin.readline()
for act in range(20):
    with open_ledger(where) as ledger:
        for part in range(3):
            mine = list(crowd(20, start=first + 60 * act + 20 * part))
            ledger.note_consents([*both, *mine], now=NOW + timedelta(seconds=act))
"""
)


def start(script: str, where: object, *words: object) -> subprocess.Popen[str]:
    env = environment()
    env["PYTHONPATH"] += os.pathsep + str(Path(__file__).parents[1])
    said = [sys.executable, "-c", script, where, *words]
    return subprocess.Popen([str(word) for word in said], env=env, stdin=-1, stdout=-1, stderr=-1, text=True)


def kill_when_it_says(word: str, process: subprocess.Popen[str]) -> None:
    with process:
        assert process.stdout.readline() == f"{word}\n", process.stderr.read()
        process.send_signal(signal.SIGKILL)


def test_one_killed_in_the_middle_of_noting_leaves_nothing_of_it(where):
    with open_ledger(where) as ledger:
        ledger.note_consents(crowd(10, start=90_000), now=NOW)
        revision = ledger.revision()
    kill_when_it_says("half", start(TORN, where))
    if isinstance(where, Path):
        assert where.with_name(f"{where.name}-wal").stat().st_size > 1_000_000, "nothing was written to be left"
    with open_ledger(where) as ledger:
        assert ledger.standing("voters").num_rows == 10
        assert ledger.revision() == revision
        assert ledger.note_consents(crowd(25_000), now=NOW) == 25_000


def test_one_killed_after_noting_leaves_all_of_it(where):
    kill_when_it_says("done", start(DONE, where))
    with open_ledger(where) as ledger:
        assert ledger.standing("voters").num_rows == 15_000


def test_two_processes_that_make_and_write_a_ledger_at_once_lose_nothing(where):
    others = [start(BUSY, where, 10_000, 1), start(BUSY, where, 20_000, -1)]
    for process in others:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in others:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in others:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    with open_ledger(where) as ledger:
        found = ledger.standing("voters")["subject"].to_pylist()
    expected = [*crowd(500), *crowd(1_200, start=10_000), *crowd(1_200, start=20_000)]
    assert found == [consent.subject for consent in expected]


@pytest.mark.parametrize("kills", [5])
def test_one_killed_while_making_a_ledger_leaves_a_whole_one_or_none(tmp_path, kills):
    for number in range(kills):
        path = tmp_path / str(number) / "ledger.sqlite"
        process = start("print('go', flush=True)\n" + DONE, path)
        with process:
            assert process.stdout.readline() == "go\n"
            while not path.parent.exists() and process.poll() is None:
                time.sleep(0.001)
            time.sleep(0.02 * number)
            process.send_signal(signal.SIGKILL)
        with open_ledger(path) as ledger:
            assert ledger.standing("voters").num_rows in {0, 15_000}
        assert not list(path.parent.glob(".*"))  # what the killed one had begun is cleared away


# Killed as it makes the file: before it has a name, or after that and before the draft is gone.
MAKING = """
import os, signal, sys
from pathlib import Path
from groundswell.ledger import placing
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "named":
    placing._flush, flush = (lambda path: kill() if path.is_dir() else flush(path)), placing._flush
placing.make_once(Path(sys.argv[1]), kill if sys.argv[2] == "drafted" else lambda draft: draft.write_text("all"))
"""


@pytest.mark.parametrize("at", ["drafted", "named"])
def test_a_file_whose_maker_was_killed_is_whole_or_absent_and_its_draft_is_cleared_away(tmp_path, at):
    path = tmp_path / "note"
    with start(MAKING, path, at) as process:
        process.wait()
    assert len(list(tmp_path.glob(".note.*.part"))) == 1
    assert path.exists() == (at == "named")
    theirs = tmp_path / f".note.{os.getppid()}-x.part"  # of somebody who is at work still
    theirs.touch()
    make_once(path, lambda draft: draft.write_text("all"))
    assert path.read_text() == "all"
    assert sorted(tmp_path.iterdir()) == sorted([path, theirs])
