"""The examples run unchanged on the real mailing, where its file is beside the checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
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


PAYROLL, CHART = (FILE.parent / name for name in ("employees_fictional.csv.gz", "company_reports_to.csv"))
payroll = pytest.mark.skipif(not PAYROLL.exists(), reason="the payroll is not beside this checkout")


def test_the_payroll_s_example_has_nothing_wrong_but_its_missing_file(tmp_path):
    problems = groundswell.open(copy("own-people", tmp_path)).check()
    assert [problem.message for problem in problems] == ["There is no file employees_fictional.csv.gz."]


@pytest.fixture(scope="module")
def own_people(tmp_path_factory):
    campaign = groundswell.open(
        copy("own-people", tmp_path_factory.mktemp("own")), sets=(f"sources.people.path={PAYROLL}",)
    )
    assert campaign.check() == []
    campaign.bring_in(CHART, "people", now=date(2026, 11, 29))
    campaign.run(now=date(2026, 11, 30))
    return campaign


@payroll
def test_own_people_have_teams_from_the_chart(own_people):
    found = own_people.people()
    assert found["people"] == 1_506
    assert found["teams"]["count"] == 34


@payroll
def test_own_people_fall_into_groups_that_a_colleague_would_recognise(own_people):
    counted = {one["name"]: one["people"] for one in own_people.segments(now=date(2026, 11, 30))["segments"]}
    assert counted == {"new-here": 215, "long-in-one-role": 485, "new-on-the-road": 36}
    who = own_people.discover_segments(now=date(2026, 11, 30))["who"]
    assert who["stable"]
    assert len(who["groups"]) >= 3
    assert min(group["people"] for group in who["groups"]) >= 20
    assert [group["examples"] for group in who["groups"]] == [[]] * len(who["groups"])


@payroll
def test_of_one_of_them_ordinary_facts_and_the_rule_are_shown(own_people):
    found = own_people.profile("1")
    assert {"age", "department", "leads"} <= {fact.trait for fact in found.facts}
    assert (found.interests, found.scores, found.sent) == ((), (), ())
    assert "workforce/no-individual-scores" in found.told("en")


CANVASS = ROOT.parent / "shared" / "data" / "canvass_2003.csv.gz"
CITIES = {
    # city: turnout without and with a visit, %, as published
    "Bridgeport": (9.9, 13.7),
    "DETROIT": (43.3, 45.9),
}


@pytest.mark.skipif(not CANVASS.exists(), reason="the canvass experiment is not beside this checkout")
def test_the_canvass_of_six_cities_agrees_with_what_was_published(tmp_path, pageless):
    folder = copy("canvass", tmp_path)
    campaign = groundswell.open(folder, sets=(f"sources.people.path={CANVASS}",))
    done = campaign.run(now=date(2026, 11, 21))
    assert (done.summary["people"], done.summary["rejected"]) == (18_933, 0)
    found = campaign.contacts(by="city", now=date(2026, 11, 21))
    (option,) = found["options"]
    by_city = {group["group"]: group for group in option["groups"]}
    for city, (without, visited) in CITIES.items():
        effect = by_city[city]["effect"]
        assert 100 * effect["value"] == pytest.approx(visited - without, abs=0.11)
        assert effect["lower"] < effect["value"] < effect["upper"]
        whole = by_city[city]["complier"]
        assert whole["value"] == pytest.approx(effect["value"] / by_city[city]["contact"]["value"])
    assert by_city["Bridgeport"]["complier"]["lower"] > 0
    assert sum(group["people"] for group in by_city.values()) == 18_933
    # Within cities, a third less uncertain than cities thrown together; and turfs have their contact rates.
    assert option["all"]["effect"]["lower"] > 0
    turfs = campaign.contacts(by="city || ' ' || turf", now=date(2026, 11, 21))["options"][0]["groups"]
    # Those of whom no turf is known are one group; six of 195 have fewer than five on one side.
    assert len(turfs) == 189
    reached = sum(one["contact"]["value"] * one["assigned"] for one in turfs if one["contact"])
    assert reached == pytest.approx(2_557 / 8_721 * sum(one["assigned"] for one in turfs), rel=0.01)
    told = campaign.tell_contacts(found)
    assert "On those who were reached" in " ".join(told)
