"""The examples run unchanged on the real mailing, where its file is beside the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import groundswell

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT.parent / "shared" / "data" / "gerber_green_larimer_2008.csv.gz"
PUBLISHED = {
    "nothing": 29.66,
    "civic-duty/post": 31.45,
    "hawthorne/post": 32.24,
    "self/post": 34.52,
    "neighbors/post": 37.79,
}
real = pytest.mark.skipif(not FILE.exists(), reason="the voter mailing is not beside this checkout")


def copy(example: str, place: Path) -> Path:
    return Path(
        shutil.copytree(ROOT / "examples" / example, place / example, ignore=shutil.ignore_patterns(".groundswell"))
    )


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    folder = copy("turnout-mail", tmp_path_factory.mktemp("real"))
    command = [sys.executable, "-m", "groundswell", "run", str(folder), "--json", "--now", "2026-11-21"]
    found = subprocess.run(
        [*command, "--set", f"sources.people.path={FILE}"], capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(found.stdout)


@real
def test_everybody_is_read_and_the_published_rates_are_found(summary):
    assert (summary["format"], summary["people"], summary["households"], summary["rejected"]) == (
        1,
        344_084,
        180_002,
        0,
    )
    rates = {arm["option"]: 100 * arm["rate"] for arm in summary["arms"]}
    for option, rate in PUBLISHED.items():
        assert rates[option] == pytest.approx(rate, abs=0.01), option


@real
def test_the_summary_holds_what_it_promises(summary):
    assert summary["values"].keys() >= {"nothing", "broadcast", "mixture", "by_size", "single", "policy"}
    assert summary["differences"].keys() >= {
        "policy-nothing",
        "policy-broadcast",
        "policy-single",
        "single-broadcast",
        "policy-mixture",
    }
    for found in [*summary["values"].values(), *summary["differences"].values()]:
        assert found["lower"] <= found["value"] <= found["upper"]
    assert summary["spent"] == 27_000.0
    assert summary["prices"].keys() == {"budget"}
    assert sum(summary["decisions"].values()) == 180_002
    assert 0 <= summary["gap"] <= 0.001


@real
def test_whom_is_proven_and_which_message_is_not(summary):
    differences = summary["differences"]
    assert differences["policy-nothing"]["value"] > 0.020
    assert differences["policy-broadcast"]["lower"] > 0
    assert differences["policy-single"]["lower"] <= 0 <= differences["policy-single"]["upper"]


@pytest.mark.parametrize("example", ["turnout-mail", "turnout-mail-costs"])
def test_an_example_has_nothing_wrong_but_its_missing_file(example, tmp_path):
    problems = groundswell.open(copy(example, tmp_path)).check()
    assert [problem.message for problem in problems] == ["There is no file gerber_green_larimer_2008.csv.gz."]


@real
@pytest.mark.parametrize("example", ["turnout-mail", "turnout-mail-costs"])
def test_an_example_is_sound_with_its_file(example, tmp_path):
    assert groundswell.open(copy(example, tmp_path), sets=(f"sources.people.path={FILE}",)).check() == []
