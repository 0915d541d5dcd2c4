"""The report of a pilot: what it will be able to see is told before anything is sent."""

from __future__ import annotations

import html
import importlib.util
import re
from pathlib import Path

import pytest

from groundswell.trust import exhibits, foretelling, grouping, tabulating, telling
from groundswell.trust.brief import brief
from groundswell.trust.report import render_report, sections_of
from groundswell.trust.teller import Teller

_spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
samples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(samples)


def told(summary: dict, language: str = "en") -> str:
    """What a reader sees."""
    page = render_report(samples.in_language(summary, language))
    body = re.sub(r"<(style|title)>.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace("\u00a0", " ").replace("\u2011", "-")


@pytest.fixture(scope="module")
def page() -> str:
    return told(samples.pilot())


def test_the_first_sentence_says_that_it_is_a_pilot_and_that_chance_decides(page):
    assert telling.answer_key(samples.pilot()) == "pilot"
    assert "This is a pilot: nothing is proven yet, and chance decides what each of 8,503 people gets." in page


def test_how_small_an_effect_it_will_see_is_told_beforehand(page):
    assert "If schools (post) moves 41 or more in 1,000 people, this round will show it four times in five" in page
    assert "less than that it may miss" in page
    assert "pensions (phone) has to move 89 to be shown as surely." in page
    assert "“not proven” will not mean “does nothing”" in page


def test_the_smallest_effect_is_never_told_smaller_than_it_is():
    teller = Teller(samples.pilot())
    assert [teller.size(size) for size in (0.0401, 0.04, 0.0123, 0.00456)] == ["41", "40", "13", "4.56"]


def test_what_people_care_about_is_only_drawn_more_often(page):
    assert "What people care about is only drawn more often." in page
    assert "only drawn more often" not in told(samples.pilot(kinds={"age": "number"}))


def test_what_is_not_tried_is_named_with_the_reason(page):
    assert "Not tried: pensions (door)." in page
    assert "this would use more than a pilot may" in page
    assert "Not tried" not in told(samples.pilot(pilot={**samples.pilot()["pilot"], "untried": []}))


def test_how_much_of_the_money_it_spends_is_told(page):
    assert "A pilot may spend at most 30 % of the money, 300 EUR of 1,000 EUR; this one spends 281.50 EUR." in page
    assert "of 300 EUR for a pilot" in page


def test_it_says_what_happens_next(page):
    assert "groundswell import FILE --as outcomes" in page
    assert "Plan round 2 from what was learnt: groundswell run" in page


def test_nothing_is_expected_of_it_and_nothing_is_said_to_be_chosen(page):
    assert "Nothing is expected of a pilot" in page
    assert "expected by" not in page
    assert "Nothing is explored" not in page
    assert "more of it brings nothing" not in page
    assert tabulating.plan_table(Teller(samples.pilot())).head == ("option", "people", "share")
    assert telling.plan_title(Teller(samples.pilot())) == "Chance gives 403 of 9,006 people a message."


def test_sections_about_proofs_are_left_out_and_the_pilot_stands_first():
    assert sections_of(samples.pilot()) == ["pilot", "plan", "groups", "left_out", "data", "method"]
    assert "pilot" not in sections_of(samples.make_summary())


def test_the_plot_and_the_table_have_the_same_figures_the_best_option_first():
    teller = Teller(samples.pilot())
    figure = exhibits.pilot_figure(teller)
    assert (
        figure.title
        == "The smallest effect this pilot will see lies between 41 and 89 in 1,000 people, depending on the option."
    )
    assert [(row[0].text, row[-1].text) for row in figure.table.rows] == [
        ("schools (post)", "41"),
        ("pensions (phone)", "89"),
        ("pensions (door)", ""),
    ]
    assert figure.table.saved[1] == ("schools/post", 4611, 300.4, pytest.approx(40.4))


def test_one_option_alone_has_no_best_and_worst():
    alone = {"money": 0.3, "power": [samples.power("schools/post", 0.0404)], "untried": []}
    teller = Teller(samples.pilot(pilot=alone))
    assert foretelling.pilot_title(teller) == "The smallest effect this pilot will see is 41 in 1,000 people."
    assert len(foretelling.see_sentences(teller)) == 1


def test_a_pilot_that_can_try_nothing_says_so():
    silent = samples.CASES["a pilot that can try nothing"]()
    page = told(silent)
    assert "This is a pilot, but nothing can be tried, so nobody is contacted." in page
    assert "Nothing is tried (schools (post) and pensions (phone))." in page
    assert exhibits.pilot_figure(Teller(silent)) is None


def test_an_amount_is_not_told_as_people_who_move():
    page = told(samples.pilot(goal={"name": "donate", "value": 1.0, "kind": "amount"}))
    assert "If schools (post) brings 41 more “donate” (amount) per 1,000 people, this round will show it" in page
    assert "moves" not in page


def test_whoever_a_topic_or_a_shared_telephone_leaves_out_is_told_why(page):
    assert "what the messages are about does not concern them" in page
    assert "somebody else who shares their telephone is spoken to this time" in page
    assert "chance drew “nothing” for them, so that the others can be compared with them" in page


def test_an_interest_is_told_in_words_of_the_language():
    english, spanish = (Teller(samples.in_language(samples.pilot(), language)) for language in ("en", "es"))
    assert "interest in schools 64.3 on average instead of 48.2" in grouping.groups(english)[0].compared
    assert "interés en schools: 64,3 de media en vez de 48,2" in grouping.groups(spanish)[0].compared
    assert english.trait("interest_public_transport") == "interest in public transport"
    assert english.trait("past_votes") == "past votes"


def test_a_group_of_a_pilot_was_not_chosen():
    [schools, pensions] = grouping.groups(Teller(samples.pilot()))
    assert (schools.split, schools.leaves, pensions.compared) == ("", (), "")


def test_with_a_known_window_it_says_until_when_people_can_act():
    goal = {**samples.pilot()["goal"], "within": 21}
    assert "Wait until 30 March 2026" in told(samples.pilot(goal=goal))
    assert "Wait until people have had the time to act." in told(samples.pilot())


def test_it_is_told_in_spanish():
    page = told(samples.pilot(), "es")
    assert "Es un piloto: aún no hay nada demostrado, y el azar decide qué recibe cada una de 8503 personas." in page
    assert (
        "Si schools (carta) mueve a 41 o más de cada 1000 personas, esta ronda lo mostrará cuatro de cada cinco" in page
    )
    assert "No se prueba: pensions (visita)." in page
    assert "groundswell import ARCHIVO --as outcomes" in page


def test_the_terminal_says_it_too():
    lines = brief(samples.pilot())
    assert "This is a pilot: nothing is proven yet, and chance decides who gets what." in lines
    [seen] = [line for line in lines if "four times in five" in line]
    assert "41 more" in seen
    assert "(schools/post)" in seen
    assert "at worst 89 (pensions/phone)" in seen
    assert "  not tried: pensions/door" in lines
    assert not [line for line in lines if "There is no proof yet" in line]
