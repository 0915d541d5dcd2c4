"""``[scores]``: what some people said, told of everybody, and never used where it foretells nothing."""

from __future__ import annotations

import csv
import json
import math
from datetime import date
from random import Random

import pytest

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import hear_back, know_people, read_people
from groundswell.tables import read
from groundswell.trust.report import render_report
from groundswell.vocabulary import ExpressionError, SettingsError
from survey import LEVY, asked_people, chance

DAY = date(2026, 11, 10)


@pytest.fixture(scope="module")
def rows():
    return asked_people()


@pytest.fixture
def levy(tiny, rows):
    return lambda **changes: tiny(rows, replace={"[channels]": LEVY} | changes)


def told(campaign, name, **more):
    return next(one for one in campaign.scores(now=DAY, **more)["scores"] if one["score"] == name)


def test_it_tells_of_everybody_what_some_said_near_to_the_truth(levy, rows, tmp_path):
    target = tmp_path / "scores.csv"
    found = told(levy(), "levy", target=target)
    with target.open(encoding="utf-8-sig", newline="") as handle:
        said = {int(row["person"]): row for row in csv.DictReader(handle) if row["score"] == "levy"}
    assert found["useful"]
    assert found["people"] == len(rows) == len(said)
    assert found["answers"] == sum(row["q1"] != "" for row in rows)
    truth = {place: chance(row) for place, row in enumerate(rows, start=1)}
    off = [abs(float(said[place]["value"]) - truth[place]) for place in truth]
    assert sum(off) / len(off) < 0.05
    inside = [float(said[place]["lower"]) <= truth[place] <= float(said[place]["upper"]) for place in truth]
    assert 0.85 < sum(inside) / len(inside) <= 1.0
    old = next(place for place, row in enumerate(rows, start=1) if row["town"] == "Ash" and int(row["yob"]) < 1940)
    assert "town is Ash (+" in said[old]["because"]
    assert "luck" not in {row["score"] for row in csv.DictReader(target.open(encoding="utf-8-sig", newline=""))}


def test_places_are_told_by_who_lives_there(levy, rows):
    places = told(levy(), "levy")["areas"]["town"]
    for name, place in places.items():
        mine = [chance(row) for row in rows if row["town"] == name]
        assert place["people"] == len(mine)
        assert place["lower"] < sum(mine) / len(mine) < place["upper"]


def test_its_calibration_stands_beside_that_of_a_perfect_forecast(levy):
    found = told(levy(), "levy")
    assert len(found["bins"]) == 20
    assert found["calibration"]["off"] < 2 * found["perfect_off"]
    assert found["perfect_off"] > 0.01  # chance alone is not nothing with some nine hundred answers


def test_a_score_that_foretells_nothing_says_so_and_is_no_trait(levy, shell):
    campaign = levy()
    assert not told(campaign, "luck")["useful"]
    assert "nothing is decided by it" in shell("scores", campaign.folder, "--now", DAY.isoformat()).stdout
    done = campaign.run(now=DAY)
    traits = read(done.path / "traits.parquet")
    assert "score_levy" in traits.column_names
    assert "score_luck" not in traits.column_names
    page = render_report(done.summary)
    assert "would vote for the levy" in page
    assert "a perfect forecast of the same people" in page
    assert "no better than their mean" in page


def test_why_tells_the_score_with_its_interval(levy):
    campaign = levy()
    campaign.run(now=DAY)
    answer = campaign.why("1")
    assert [one.score for one in answer.scores] == ["levy"]
    assert "would vote for the levy: " in campaign.tell(answer)
    assert "score_levy" not in {fact.trait for fact in answer.facts}


def test_everybody_saying_the_same_stops_no_round(tiny, rows, shell):
    same = [row | {"q1": "for" if row["q1"] else ""} for row in rows[:600]]
    campaign = tiny(same, replace={"[channels]": LEVY})
    found = told(campaign, "levy")
    assert found["refused"] == "Everybody answered the same, so there is nothing to learn."
    assert campaign.run(now=DAY).summary["scores"][0]["refused"]
    assert "Nothing can be learnt" in shell("scores", campaign.folder).stdout


def test_nobody_asked_stops_no_round_either(tiny, rows):
    campaign = tiny([row | {"q1": "", "luck": ""} for row in rows[:200]], replace={"[channels]": LEVY})
    found = told(campaign, "levy")
    assert (found["answers"], found["share"]) == (0, None)
    assert "too few" in found["refused"]
    assert campaign.run(now=DAY).summary["people"] == 200


def test_what_is_made_of_the_answer_foretells_nothing(levy, tiny, rows):
    said = "for = \"q1 = 'for'\"\n" + LEVY
    campaign = tiny(rows, replace={"[channels]": said})
    assert set(told(campaign, "levy")["of"]).isdisjoint({"for", "household_for"})
    named = said.replace("rake", 'of = ["age", "for"]\nrake')
    with pytest.raises(ExpressionError, match="made of the answer") as refused:
        tiny(rows, replace={"[channels]": named}).scores(now=DAY)
    assert refused.value.key == "scores.levy.of"


def test_a_trait_that_there_is_not_is_refused_with_the_nearest(tiny, rows):
    campaign = tiny(
        rows, replace={"[channels]": LEVY.replace('areas = ["town"]', 'areas = ["twon"]\nof = ["age", "town"]')}
    )
    with pytest.raises(ExpressionError, match="There is no trait twon") as refused:
        campaign.scores(now=DAY)
    assert "town" in refused.value.hint


def test_an_action_is_foretold_but_not_to_the_past_that_it_came_from(tiny, rows):
    voted = [row | {"voted": "yes" if Random(place).random() < chance(row) else "no"} for place, row in enumerate(rows)]
    said = (
        'town = { sql = "town", type = "category" }\n\n[scores.turnout]\nsay = "votes"\naction = "vote"\n\n[channels]'
    )
    campaign = tiny(voted, replace={"[channels]": said})
    done = campaign.run(now=DAY)
    assert done.summary["scores"][0]["useful"]
    assert done.summary["scores"][0]["answers"] == len(rows)
    assert "score_turnout" in read(done.path / "traits.parquet").column_names
    # Whoever votes is known by it: had the past known that, the letter's effect would have been told by its own result.
    learnt = done.summary["groups"].get("letter/post", {"means": []})
    assert "score_turnout" not in {mean["trait"] for mean in learnt["means"]}


def test_answers_from_after_the_past_are_none_of_its_facts(tiny, rows):
    dated = [row | {"sent": "2026-05-01", "asked": "2026-06-01" if row["q1"] else ""} for row in rows]
    replace = {
        "[channels]": LEVY.replace("rake", 'at = "asked"\nrake'),
        'option = "treatment"': 'option = "treatment"\nat = "sent"',
    }
    blank = []
    for then in ("2026-06-01", "2026-04-01", ""):
        campaign = tiny([row | {"asked": then if row["q1"] else ""} for row in dated], replace=replace)
        place = campaign.folder / f"looked-{then}"
        place.mkdir()
        shelf, settings = Shelf(place, lambda _: None), campaign.settings
        arrived = read_people(settings, shelf)
        heard = hear_back(settings, shelf, arrived, number=1, today=DAY)
        known = know_people(settings, shelf, arrived, heard, today=DAY)
        assert not any(map(math.isnan, known.traits["score_levy"].to_pylist()))
        blank.append(all(map(math.isnan, known.past_traits["score_levy"].to_pylist())))
    assert blank == [True, False, True]  # a day that nobody wrote down may be any


def test_under_the_purpose_workforce_no_score_of_one_person_leaves(tiny, rows, shell, tmp_path):
    campaign = tiny(rows, replace={"[channels]": LEVY, '"voters"': '"workforce"'})
    said = shell("scores", campaign.folder, "--write", tmp_path / "scores.csv")
    assert said.returncode == 1
    assert "workforce/no-individual-scores" in said.stderr
    assert not (tmp_path / "scores.csv").exists()
    assert json.loads(shell("scores", campaign.folder, "--json").stdout)["scores"][0]["useful"]


def test_what_the_purpose_forbids_enters_no_score(tiny, rows):
    special = LEVY.replace("[scores.luck]", 'sensitivity = "special"\n\n[scores.luck]')
    campaign = tiny(rows, replace={"[channels]": special, '"voters"': '"workforce"'})
    wrong = [error for error in campaign.check() if error.key == "scores.levy"]
    assert "workforce/special-traits" in str(wrong[0])


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("answer = \"q1 = 'for'\"", "", "scores.levy", "not said what the score levy foretells"),
        ('say = "would vote', 'action = "vote"\nsay = "would vote', "scores.levy", "foretells two things"),
        ("answer = \"q1 = 'for'\"", 'action = "sing"', "scores.levy.action", "no action"),
        ("answer = \"q1 = 'for'\"", 'answer = "q1"', None, "cannot be used"),
        ("answer = \"q1 = 'for'\"", "answer = \"voted = 'yes'\"", "scores.levy.answer", "the outcome of vote"),
        (
            "answer = \"q1 = 'for'\"",
            "answer = \"q1 in (select q1 from read_csv('/etc/passwd'))\"",
            "scores.levy.answer",
            "",
        ),
        ('rake = ["town"]', "margins = { town = { Ash = -1 } }", "scores.levy.margins.town", "cannot be used"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tiny, rows, old, new, key, said):
    campaign = tiny(rows[:300], replace={"[channels]": LEVY.replace(old, new, 1)})
    with pytest.raises((SettingsError, ExpressionError)) as refused:
        campaign.scores(now=DAY)
    assert said in str(refused.value)
    assert key is None or refused.value.key == key


def test_a_margin_without_an_answer_is_told_and_not_guessed(tiny, rows):
    campaign = tiny(
        rows[:600], replace={"[channels]": LEVY.replace('rake = ["town"]', "margins = { town = { Ash = 1, Oak = 1 } }")}
    )
    assert "has no share for" in told(campaign, "levy")["refused"]


def test_whoever_is_forgotten_goes_from_scores_and_answers_too(tiny, rows):
    named = [{"id": f"person{place}x"} | row for place, row in enumerate(rows[:600])]
    campaign = tiny(named, replace={"[channels]": LEVY, 'person = "#row"': 'person = "id"'})
    done = campaign.run(now=DAY)
    who = read(done.path / "answers.parquet")["person"].to_pylist()[5]
    held = campaign.export(who).held["rounds"][-1]
    assert held["scores"][0]["score"] == "levy"
    assert {one["score"] for one in held["answers"]} == {"levy", "luck"}
    campaign.forget(who)
    for table in ("scores", "answers", "traits"):
        assert who not in read(done.path / f"{table}.parquet")["person"].to_pylist()
    left = [path for path in campaign.folder.rglob("*") if path.is_file() and who.encode() in path.read_bytes()]
    assert left == []


def test_a_score_that_is_worth_nothing_today_stops_no_segment(levy):
    campaign = levy()
    rules = '[fans]\nrule = "score_levy > 0.6"\n\n[lucky]\nrule = "score_luck > 0.5"\n'
    (campaign.folder / "segments.toml").write_text(rules, encoding="utf-8")
    fans, lucky = campaign.segments(now=DAY)["segments"]
    assert fans["people"] > 100
    assert lucky["people"] == 0


def test_few_answers_are_not_told_not_even_in_the_reason(tiny, rows):
    few = [row | {"q1": "for" if place == 7 else ""} for place, row in enumerate(rows[:400])]
    campaign = tiny(few, replace={"[channels]": LEVY})
    found = told(campaign, "levy")
    assert (found["answers"], found["share"], found["refused"]) == (None, None, "too few")
    assert "Everybody answered" not in " ".join(campaign.tell_scores(campaign.scores(now=DAY)))


def test_nothing_to_learn_from_is_said_before_it_is_tried(tiny, rows):
    campaign = tiny(rows[:300], replace={"[channels]": LEVY.replace("rake", "of = []\nrake")})
    with pytest.raises(ExpressionError, match="nothing that the score levy could be learnt from"):
        campaign.scores(now=DAY)
