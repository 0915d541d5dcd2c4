"""``groundswell profile``: a person as a page, every number with its evidence; and what a workforce may not be shown."""

from __future__ import annotations

import json
from datetime import date
from html import unescape

import pytest

from conftest import played_town
from groundswell.policy import REASONS
from groundswell.vocabulary import GroundswellError, words
from survey import LEVY, asked_people

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return played_town(tmp_path_factory.mktemp("springfield"), people=1_000, day=DAY)


@pytest.fixture(scope="module")
def mother(town):
    return town.profile("Maria Delgado")


def test_what_she_cares_about_has_what_shows_it(mother):
    schools = mother.interests[0]
    assert (schools.topic, schools.declared) == ("schools", 95.0)
    assert any("son treinta y un niños" in one.what for one in schools.shown if one.kind == "remark")
    assert all(one.source.startswith(("events.csv, row ", "remarks.csv, row ")) for one in schools.shown)
    assert [one.at for one in schools.shown] == sorted((one.at for one in schools.shown), reverse=True)
    assert 0 < schools.doubt < next(one for one in mother.interests if one.topic == "trade").doubt


def test_every_fact_has_its_source(mother):
    age = next(fact for fact in mother.facts if fact.trait == "age")
    assert (age.value, age.source, age.computed, age.sensitivity) == (
        38.0,
        "people.csv, row 1",
        "2026 - born",
        "personal",
    )
    assert "woman: yes" in mother.told("en")
    assert "woman: sí" in mother.told("es")


def test_what_was_decided_is_told_with_its_reason(mother):
    [sent] = mother.sent
    assert (sent.round, sent.on, sent.reason) == (1, DAY.isoformat(), "pilot")
    assert "in which chance decides" in mother.told("en")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_reason_has_words(language):
    assert not [reason for reason in (*REASONS, "past") if f"profile.reason.{reason}" not in words(language)]


def test_the_page_is_whole_and_loads_nothing(mother):
    page = unescape(mother.page("en"))
    assert "default-src 'none'" in page
    assert "Maria Delgado" in page
    assert "remarks.csv, row" in page
    assert page.count("<h2") == 3


def test_the_command_shows_and_writes_it(town, shell, tmp_path):
    said = shell("profile", town.folder, "Maria Delgado", "--write", tmp_path / "maria.html")
    assert said.returncode == 0
    assert "What they care about" in said.stdout
    assert (tmp_path / "maria.html").read_text("utf-8").startswith("<!doctype html>")
    told = json.loads(shell("profile", town.folder, "p000001", "--json").stdout)
    assert (told["format"], told["name"]) == (1, "Maria Delgado")


def test_nobody_of_that_name_is_said_with_the_nearest(town, shell):
    said = shell("profile", town.folder, "Maria Delgato")
    assert said.returncode == 1
    assert "Maria Delgado" in said.stderr


@pytest.fixture
def scored(tiny):
    def made(**changes):
        campaign = tiny(asked_people(1_500), replace={"[channels]": LEVY} | changes)
        campaign.run(now=DAY)
        return campaign

    return made


def test_a_score_tells_what_moved_it(scored):
    found = scored().profile("3")
    [levy] = found.scores
    assert levy.score.lower < levy.score.value < levy.score.upper
    assert "points)" in levy.because
    assert "age is" in levy.because or "town is" in levy.because


def test_of_an_employee_only_ordinary_facts_and_the_rule_are_shown(scored, shell):
    special = 'faith = { sql = "town", type = "category", sensitivity = "special" }\n' + LEVY
    overriding = {"[channels]": special, '"voters"': '"workforce"'}
    with pytest.raises(GroundswellError, match="workforce/special-traits"):
        scored(**overriding)  # such a trait cannot even be there
    campaign = scored(**{'"voters"': '"workforce"'})
    found = campaign.profile("3")
    assert (found.interests, found.scores, found.sent) == ((), (), ())
    assert {fact.trait for fact in found.facts} == {"age", "town"}
    assert "workforce/no-individual-scores" in found.withheld
    told = campaign.tell(campaign.why("3"))
    assert "workforce/no-individual-scores" in told
    for hidden in ("uplift", "levy", "score", "probability"):
        assert hidden not in told.replace("workforce/no-individual-scores", "").replace("no score, no interest", "")
    answer = json.loads(shell("why", campaign.folder, "3", "--json").stdout)
    assert (answer["open"], answer["interests"], answer["scores"], answer["propensity"]) == ([], [], [], None)
    assert not {"not-proven", "topic"} & set(answer["closed"].values())
    assert answer["reason"] in {"planned", "explored", "holdout", "closed"}  # never what a model made of them
    assert (answer["unlike"], answer["messengers"]) == (False, [])
