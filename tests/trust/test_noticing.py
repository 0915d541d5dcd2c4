"""What a reader must know first: told in words, named by option, and never an alarm without reason."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from groundswell.trust import noticing, tabulating
from groundswell.trust.teller import Teller

_spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
samples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(samples)


def notices(summary: dict, language: str = "en") -> str:
    return " ".join(noticing.notices(Teller(samples.in_language(summary, language)))).replace("\u00a0", " ")


def test_drawing_unevenly_is_no_alarm_in_rounds_of_our_own():
    assert notices(samples.after(samples.estimate(0.01, 0.004))) == ""
    uneven = {**samples.make_summary()["audit"], "uneven": True}
    assert "Plain differences between options compare unlike people" in notices(samples.make_summary(audit=uneven))
    arms = [{**arm, "weighted": True} for arm in samples.make_summary()["arms"]]
    weighted = notices(samples.make_summary(audit=uneven, arms=arms))
    assert "every difference between options is weighted for it" in weighted
    assert "Plain differences" not in weighted


def test_an_option_whose_outcomes_are_lost_more_often_is_named_with_its_share():
    said = notices(samples.lost())
    assert "more often not known for some options (rents (post): 100 % and schools (post): 19 %)" in said
    assert "than for all others together (2 %)" in said


def test_an_option_that_lost_a_few_more_by_chance_is_not_named():
    odd = {**samples.make_summary()["audit"], "missing": {"p": 1e-9, "suspicious": True}}
    missing = {"nothing": 71, "schools/post": 413, "pensions/phone": 35, "rents/post": 4}
    arms = [
        *samples.make_summary()["arms"],
        {**samples.make_summary()["arms"][2], "option": "rents/post", "people": 21},
    ]
    said = notices(samples.make_summary(missing=missing, audit=odd, arms=arms))
    assert "(schools (post): 19 %)" in said
    assert "rents" not in said


def test_lost_outcomes_of_many_options_stand_in_a_table_the_worst_first():
    said = notices(samples.lost())
    assert "520 outcomes are not known; “What came in” says for which options." in said
    rows = tabulating.losses_table(Teller(samples.lost())).rows
    assert [row[0].text for row in rows[:2]] == ["rents (post)", "schools (post)"]


def test_answers_that_match_no_decision_are_told_with_the_options_they_crowd_at():
    said = notices(samples.lost())
    assert "415 “attend” actions answer no decision" in said
    assert "They are more frequent for some options (pensions (phone): 19 %)" in said


def test_where_no_option_stands_out_the_warning_still_stands():
    odd = {**samples.make_summary()["audit"], "missing": {"p": 1e-9, "suspicious": True}}
    said = notices(samples.make_summary(missing={"nothing": 1}, audit=odd, arms=[]))
    assert "Outcomes are missing more often for some options than for others." in said


def test_pending_people_are_told_with_their_round_and_the_day_before_which_nothing_is_learnt():
    waiting = {"pending": 5003, "history": [samples.entry(1, None, kind="pilot"), samples.entry(2, None)]}
    assert "the window is open (round 1). Before it closes nothing can be learnt" in notices(
        samples.make_summary(**waiting)
    )
    goal = {**samples.make_summary()["goal"], "within": 21}
    dated = notices(samples.make_summary(**waiting, goal=goal))
    assert "5,003 people can still act until 30 January 2026 (round 1)." in dated


def test_people_contacted_more_often_than_anybody_before_are_told_with_their_share():
    evaluation = {**samples.make_summary()["evaluation"], "unseen": 0.21}
    assert "21 % of the people were contacted of late more often than anybody" in notices(
        samples.make_summary(evaluation=evaluation)
    )
    assert "contacted of late" not in notices(samples.make_summary())


def test_what_is_left_after_a_contact_is_told_with_its_interval_and_whether_it_was_seen():
    def told(**left):
        evaluation = {**samples.make_summary()["evaluation"], "left": left or None}
        return notices(samples.make_summary(evaluation=evaluation))

    assumed = {"value": 0.7519, "lower": 0.37, "upper": 1.0}
    assert "after one contact within 60 days 62 % of an effect is left (45 % to 81 %), as the rounds show" in told(
        value=0.62, lower=0.45, upper=0.81, shown=True
    )
    assert "It is assumed that 75 % of an effect is left after one contact within 60 days (37 % to 100 %)." in told(
        **assumed, shown=False
    )
    assert "of an effect is left" not in told()


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_row_is_not_told_as_1_rows(language):
    said = notices(samples.make_summary(rejected=1, stopped=1), language)
    assert "1 " not in said
