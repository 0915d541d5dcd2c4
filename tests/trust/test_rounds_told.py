"""Round by round: what was learnt is shown, and no round is told as better than another without proof."""

from __future__ import annotations

import html
import importlib.util
import re
from base64 import b64decode
from pathlib import Path

import pytest

from groundswell.trust import exhibits, recounting, telling
from groundswell.trust.brief import brief
from groundswell.trust.report import render_report, sections_of
from groundswell.trust.teller import Teller

_spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
samples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(samples)

gain = samples.estimate


def plain(said: str) -> str:
    return said.replace("\u00a0", " ")


def told(summary: dict, language: str = "en") -> str:
    """What a reader sees."""
    page = render_report(samples.in_language(summary, language))
    body = re.sub(r"<(style|title)>.*?</\1>", " ", page, flags=re.DOTALL)
    return plain(" ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split()))


def title(*brought: dict[str, float] | None, language: str = "en") -> str:
    return plain(recounting.history_title(Teller(samples.in_language(samples.after(*brought), language))))


# Honest titles


def test_a_later_round_that_is_proven_to_bring_more_is_told_so():
    assert title(gain(0.0122, 0.004), gain(0.0311, 0.006)) == (
        "Round 2 brought 31.1 more “attend” actions per 1,000 people; the pilot (round 1) brought 12.2. "
        "That the later round brought more is proven."
    )


@pytest.mark.parametrize("later", [0.0125, 0.0161, 0.0201])
def test_a_difference_whose_interval_includes_0_is_never_told_as_better(later):
    said = title(gain(0.0122, 0.004), gain(later, 0.009))
    assert said.endswith("They are not proven to differ.")
    assert "more is proven" not in said
    assert "better" not in said


def test_a_later_round_that_is_proven_to_bring_less_is_told_so_too():
    assert title(gain(0.0311, 0.004), gain(0.0122, 0.004)).endswith("That the later round brought less is proven.")


def test_a_round_that_is_not_proven_to_bring_anything_did_not_bring_its_estimate():
    said = title(gain(0.0122, 0.004), gain(0.0052, 0.0061))
    assert said.startswith("Round 2 is not proven to have brought anything (estimate: 5.2 more “attend” actions")
    assert title(gain(0.003, 0.004)).startswith("The pilot (round 1) is not proven to have brought anything")


def test_harm_is_told_as_harm():
    assert title(gain(-0.0122, 0.004)) == (
        "The pilot (round 1) is proven to have done harm: 12.2 fewer “attend” actions per 1,000 people (8.2 to 16.2)."
    )
    assert "is proven to have done harm: 12.2 fewer" in title(gain(0.002, 0.001), gain(-0.0122, 0.004))


def test_more_rounds_make_a_proof_harder():
    first, later = gain(0.01, 0.004), gain(0.0161, 0.0045)
    two = recounting.between(later, first)
    four = recounting.between(later, first, tests=3)
    assert two["value"] == four["value"] == pytest.approx(0.0061)
    assert two["lower"] > 0 > four["lower"]


def test_after_one_round_only_that_one_is_told():
    assert title(gain(0.0151, 0.0032)) == (
        "The pilot (round 1) brought 15.1 more “attend” actions per 1,000 people (11.9 to 18.3)."
    )


# The section


def test_the_first_round_has_no_history_to_tell():
    assert "history" not in sections_of(samples.make_summary())
    assert "Round by round" not in told(samples.make_summary())
    assert exhibits.history_figure(Teller(samples.make_summary())) is None


def test_what_is_not_known_yet_is_said_and_not_drawn_as_nothing():
    figure = exhibits.history_figure(Teller(samples.after(gain(0.0151, 0.0032))))
    picture = b64decode(figure.wide.partition("base64,")[2]).decode()
    assert "not known yet" in picture
    assert [row[4].text for row in figure.table.rows] == ["15.1", "not known yet"]
    assert [row[0].more for row in figure.table.rows] == ["pilot, 9 January 2026", "9 February 2026"]


def test_where_nothing_came_back_there_is_a_table_and_no_plot():
    summary = samples.CASES["nothing came back"]()
    assert exhibits.history_figure(Teller(summary)) is None
    page = told(summary)
    assert "What the rounds brought is not known yet: nothing has come back." in page
    assert "Round 3" in page
    assert "brought 0" not in page


def test_what_came_back_but_cannot_be_weighed_is_not_called_awaited():
    history = [{**samples.entry(1, None, kind="pilot"), "outcomes": 8801}, samples.entry(2, None)]
    teller = Teller(samples.make_summary(history=history))
    assert recounting.history_title(teller) == "What the rounds brought cannot be said."
    assert [row[4].text for row in recounting.history_table(teller).rows] == ["not known", "not known yet"]


def test_a_round_in_between_that_is_proven_to_differ_is_named():
    teller = Teller(samples.after(gain(0.0122, 0.004), gain(0.0401, 0.009), gain(0.0131, 0.01)))
    assert [plain(note) for note in recounting.history_notes(teller)] == [
        "Round 2 is proven to have brought more than the pilot (round 1): "
        "27.9 more “attend” actions per 1,000 people (16.6 to 39.2).",
        "What round 4 brings is not known before it is answered.",
    ]


def test_every_option_newly_proven_or_no_longer_proven_has_a_sentence():
    new, lost = recounting.proof_sentences(Teller(samples.after(gain(0.01, 0.004), gain(0.01, 0.004))))
    assert (
        new
        == "schools (post) is newly proven, for everybody: 61.1 more “attend” actions per 1,000 people (50.1 to 72.1)."
    )
    assert lost == (
        "pensions (phone) is no longer proven. Its effect on everybody is now estimated at "
        "6.9 more “attend” actions per 1,000 people (4.1 fewer to 17.9 more), which is not enough for the guard."
    )


def test_what_stays_proven_or_unproven_is_said_as_well():
    history = [samples.entry(1, None, "schools/post"), samples.entry(2, None, "schools/post")]
    assert recounting.proof_sentences(Teller(samples.make_summary(history=history))) == [
        "Still proven: schools (post)."
    ]
    silent = [samples.entry(1, None, kind="pilot"), samples.entry(2, None)]
    assert recounting.proof_sentences(Teller(samples.make_summary(history=silent))) == [
        "Nothing was proven before, and nothing is proven now."
    ]


def test_the_saved_figures_hold_the_difference_to_the_first_round():
    table = recounting.history_table(Teller(samples.after(gain(0.01, 0.004), gain(0.03, 0.004))))
    head, first, later, now = table.saved
    assert len({len(row) for row in table.saved}) == 1
    place = head.index("more than the first: estimate")
    assert (first[place], now[place]) == (None, None)
    assert later[place] == pytest.approx(20.0)


def test_each_round_is_told_with_what_was_newly_proven_then_and_what_no_longer():
    told_then = [row[-1] for row in recounting.history_table(Teller(samples.after(*[gain(0.01, 0.004)] * 3))).rows]
    assert [(cell.text, cell.more) for cell in told_then] == [
        ("nothing", ""),
        ("1 option", "new: pensions (phone)"),
        ("1 option", ""),
        ("1 option", "new: schools (post); no longer: pensions (phone)"),
    ]


def test_without_money_nothing_is_said_of_spending():
    table = recounting.history_table(Teller(samples.after(gain(0.01, 0.004), limits={}, prices={})))
    assert not [name for name in table.head if "spent" in name]


def test_it_is_told_in_spanish():
    assert title(gain(0.0122, 0.004), gain(0.0132, 0.006), language="es") == (
        "La ronda 2 aportó 13,2 acciones «attend» más por cada 1000 personas; el piloto (ronda 1) aportó 12,2. "
        "No está demostrado que sean distintas."
    )
    page = told(samples.after(gain(0.0122, 0.004), gain(0.0132, 0.006)), "es")
    assert "Ronda a ronda: qué se aprendió" in page
    assert "schools (carta): ahora con efecto demostrado en todas las personas" in page


# The answer, and everything else on the page


def test_the_page_begins_with_what_is_proven_and_what_the_rounds_brought():
    page = told(samples.after(gain(0.0122, 0.004), gain(0.0132, 0.006)))
    assert "Proven to help so far: schools (post) (1 of 2 options)." in page
    assert page.index("They are not proven to differ.") < page.index("Where the gain comes from")


def test_without_proof_the_size_of_effect_that_would_have_been_seen_is_told():
    proofs = [{**proof, "proven": False} for proof in samples.make_summary()["proofs"]]
    proofs[2]["visible"] = 0.0604
    unproven = samples.after(gain(0.0122, 0.004), proofs=proofs)
    assert telling.answer_key(unproven) == "unproven_drawn"
    assert telling.leads(Teller(unproven)) == [
        "An effect of 22 more “attend” actions per 1,000 people would have been shown four times in five "
        "for schools (post); for pensions (phone) only one of 61."
    ]


def test_weighted_rates_are_not_called_unadjusted():
    weighted = exhibits.arms_figure(Teller(samples.after(gain(0.0122, 0.004))))
    assert "unadjusted" not in weighted.exact
    assert "weighted by 1/propensity" in weighted.exact
    assert weighted.table.head[2].endswith("weighted by 1/propensity")
    plain = exhibits.arms_figure(Teller(samples.make_summary()))
    assert "unadjusted" in plain.exact
    arms = samples.make_summary()["arms"]
    mixed = exhibits.arms_figure(Teller(samples.make_summary(arms=[*arms[:2], {**arms[2], "weighted": True}])))
    assert [row[2].more for row in mixed.table.rows] == ["", "", "weighted by 1/propensity"]


def test_people_of_several_rounds_are_not_told_as_so_many_different_people():
    teller = Teller(samples.after(gain(0.0122, 0.004), gain(0.0132, 0.006)))
    assert exhibits.arms_figure(teller).table.head[1] == "people, once a round"
    assert "people of the rounds so far (counted once for each)" in told(teller.summary)


def test_a_stereotype_is_compared_only_where_a_message_declares_one():
    differences = {**samples.make_summary()["differences"], "policy-stereotype": gain(0.004, 0.003)}
    assert "to each what people like them are said to want" in told(samples.make_summary(differences=differences))
    assert "are said to want" not in told(samples.make_summary())
    refused = samples.make_summary(
        differences={**differences, "policy-stereotype": None},
        refused={"stereotype": {"reason": "few-units", "amount": 42.0}},
    )
    assert "A value is refused (stereotype)" in told(refused)


def test_many_options_stand_as_rows_of_the_curves_so_that_nothing_sticks_out():
    options = [f"message-{number}/post" for number in range(12)]
    curve = samples.make_summary()["curves"]["schools/post"]
    figure = exhibits.curves_figure(Teller(samples.make_summary(curves=dict.fromkeys(options, curve))))
    assert len(figure.table.rows) == 12
    assert len(figure.table.head) == 5
    assert len(figure.table.saved[0]) == 48


def test_the_terminal_tells_what_the_first_and_the_latest_round_brought():
    lines = brief(samples.after(gain(0.0122, 0.004), gain(0.04, 0.009), gain(0.0052, 0.0061)))
    [line] = [line for line in lines if "brought" in line]
    assert line.startswith('round 1 (pilot) brought 12.2 more "attend" per 1,000 people')
    assert "; round 3 5.2 (" in line
    assert line.endswith("no proven gain")
    assert not [line for line in brief(samples.after(None, None)) if "brought" in line]


def test_a_gain_measured_on_people_who_had_heard_less_is_told_as_that():
    summary = samples.make_summary()
    summary["evaluation"] = {**summary["evaluation"], "unseen": 0.34}
    assert telling.answer_key(summary) == "gain_unseen"
    summary["evaluation"]["unseen"] = 0.02
    assert telling.answer_key(summary) == "gain"
