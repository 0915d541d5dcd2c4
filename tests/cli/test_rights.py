"""``groundswell forget`` and ``export``, as somebody types them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundswell.cli import app
from rights import HERS, WHO, found_in, rich


@pytest.fixture
def folder(tiny) -> Path:
    return rich(tiny).folder


def say(*words: object, into: str | None = None):
    return CliRunner().invoke(app, [str(word) for word in words], input=into)


def typed(folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    """What comes of ``forget`` at a terminal at which somebody answers."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode() + b"\n")
    command = [sys.executable, "-m", "groundswell", "forget", "Zoltana Quixley", "-C", str(folder)]
    try:
        return subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=300, check=False)
    finally:
        os.close(theirs)
        os.close(ours)


def test_where_nobody_can_be_asked_nothing_is_done(folder):
    done = say("forget", WHO, "-C", folder, into=f"{WHO}\n")
    assert done.exit_code == 1
    assert "--yes" in done.stderr
    assert found_in(folder)
    told = json.loads(say("forget", WHO, "-C", folder, "--json").stdout)
    assert told["error"]["key"] == "--yes"


def test_at_a_terminal_the_id_must_be_written(folder):
    refused = typed(folder, "yes")
    assert refused.returncode == 1
    assert f"Write the id ({WHO}) to go on" in refused.stderr
    assert found_in(folder)
    done = typed(folder, WHO)
    assert (done.returncode, found_in(folder)) == (0, [])
    assert f"{WHO} is forgotten." in done.stdout


def test_with_yes_it_is_done_at_once_and_told(folder):
    (folder / "notes.txt").write_text("call Zoltana Quixley")
    done = say("-C", folder, "forget", "Zoltana Quixley", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "Delete the files you exported or imported from" in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "These files still tell of them, or may (backups do); they are yours to change or delete:",
        "  notes.txt",
    ]
    again = say("forget", WHO, "-C", folder, "--yes", "--json")
    assert json.loads(again.stdout)["already"] is True


def test_for_a_name_that_nobody_has_there_is_a_hint(folder):
    done = say("forget", "Zoltana Quixly", "-C", folder, "--yes", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "campaign"


def test_everything_is_shown_or_written_to_a_file_for_its_owner(folder, tmp_path):
    shown = say("export", "Zoltana Quixley", "-C", folder)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("# What “Spring” holds about")
    assert HERS["phone"] in shown.stdout
    file = tmp_path / "her.md"
    done = say("export", WHO, "-C", folder, "--out", file)
    assert str(file) in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert HERS["email"] in file.read_text("utf-8")


def test_as_json_it_is_one_object(folder, tmp_path):
    held = json.loads(say("export", WHO, "-C", folder, "--json").stdout)
    assert (held["format"], held["person"]) == (1, WHO)
    file = tmp_path / "her.json"
    done = say("export", WHO, "-C", folder, "--json", "--out", file)
    assert done.stdout == ""
    assert json.loads(file.read_text("utf-8"))["facts"] == held["facts"]
