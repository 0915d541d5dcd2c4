"""What README shows of Springfield is what whoever types it sees."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from conftest import once, played_town

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
SHOWN = re.findall(r"^    \$ groundswell (.+)\n((?:    .+\n)+)", README, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def springfield(tmp_path_factory) -> Path:
    return once(
        tmp_path_factory, "springfield", lambda place: played_town(place, people=20_000, day=date(2026, 11, 22))
    )


def test_readme_shows_what_two_people_get():
    assert [shlex.split(command)[:2] for command, _ in SHOWN] == [["why", "springfield"]] * 2


@pytest.mark.parametrize(("command", "lines"), SHOWN, ids=[command for command, _ in SHOWN])
def test_every_line_that_readme_shows_is_said_in_that_order(shell, springfield, command, lines):
    what, _, *others = shlex.split(command)
    said = iter(shell(what, springfield, *others).stdout.splitlines())
    for line in lines.splitlines():
        shown = line.removeprefix("    ")
        assert shown.strip() == "..." or shown in said, f"not said, or not in this place: {shown}"
