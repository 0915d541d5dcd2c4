"""What tests of many rooms start from: a village to run, one that was run, and campaigns small enough to write by hand."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

import groundswell
from groundswell.cli import app
from groundswell.worlds import write_town, write_village
from tiny import DAY, write_tiny

# The page takes longer than all the rest of a small round; only what looks at it needs it.
PAGELESS = """
import sys, groundswell.trust.report as report
report.render_report = lambda *_, **__: "a page"
sys.argv = ["groundswell", *sys.argv[1:]]
from groundswell.cli import main
main()
"""


def without_pictures(patch: pytest.MonkeyPatch) -> None:
    """Make rounds in this process quick."""
    patch.setattr("groundswell.trust.report.render_report", lambda *_, **__: "a page")


def played_town(place: Path, *, people: int, day: date) -> groundswell.Campaign:
    """A made-up town after its pilot, without the page."""
    write_town(place, people=people)
    campaign = groundswell.open(place)
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        campaign.run(now=day)
    return campaign


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that takes long to make, made by whichever worker comes first; look, change nothing.

    Args:
        factory: of temporary folders.
        name: what nobody else calls theirs.
        make: writes the folder whose path it is given.
    """
    own = factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once" / name
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "whole").exists():
            shutil.rmtree(shared / "made", ignore_errors=True)
            make(shared / "made")
            (shared / "whole").touch()
    return shared / "made"


@pytest.fixture(scope="session")
def village_template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "village"
    write_village(folder, people=2_000)
    return folder


@pytest.fixture
def village(village_template, tmp_path) -> Path:
    """A demo folder of about 2,000 people, nothing run in it yet."""
    return Path(shutil.copytree(village_template, tmp_path / "village"))


@pytest.fixture(scope="session")
def played_template(village_template, tmp_path_factory) -> Path:
    return _run(Path(shutil.copytree(village_template, tmp_path_factory.mktemp("played") / "village")))


def _run(folder: Path) -> Path:
    """Run the first round of a village, without pictures."""
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        groundswell.open(folder).run(now=DAY, seed=0)
    return folder


@pytest.fixture
def played(played_template, tmp_path) -> Path:
    """A village whose first round was run, on the day ``DAY`` with seed 0."""
    return Path(shutil.copytree(played_template, tmp_path / "played"))


@pytest.fixture(scope="session")
def large_template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "village"
    write_village(folder, people=6_000)
    return _run(folder)


@pytest.fixture
def large(large_template, tmp_path) -> Path:
    """A village so large that something is proven, whose first round was run."""
    return Path(shutil.copytree(large_template, tmp_path / "large"))


@pytest.fixture
def pageless(monkeypatch) -> None:
    """Rounds in this process make no pictures, and so are quick."""
    without_pictures(monkeypatch)


@pytest.fixture
def tiny(tmp_path, pageless) -> Callable[..., groundswell.Campaign]:
    """Write a tiny campaign of the rows you give; see ``tiny.write_tiny``."""
    return lambda *arguments, **words: write_tiny(tmp_path / "tiny", *arguments, **words)


class Said(NamedTuple):
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def shell(monkeypatch, pageless) -> Callable[..., Said]:
    """Run ``groundswell`` (without pictures); in a process of its own where words stand ``before`` it."""

    def run(*words: object, cwd: Path | None = None, before: tuple[str, ...] = ()) -> Said:
        said = [str(word) for word in words]
        if before:
            started = [*before, *command(), *said]
            done = subprocess.run(started, env=environment(), capture_output=True, text=True, timeout=120, check=False)
            return Said(done.returncode, done.stdout, done.stderr)
        if cwd is not None:
            monkeypatch.chdir(cwd)
        result = CliRunner().invoke(app, said)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # what a user would see as a traceback
        return Said(result.exit_code, result.stdout, result.stderr)

    return run


def command() -> list[str]:
    """The words that start ``groundswell`` (without pictures) in a process of its own."""
    return [sys.executable, "-c", PAGELESS]


def environment() -> dict[str, str]:
    """This process's environment, with groundswell to be found in it."""
    found = str(Path(groundswell.__file__).parents[1])
    return os.environ | {"PYTHONPATH": found, "COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"}
