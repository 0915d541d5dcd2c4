"""The report: complete in itself, honest about each step, and readable anywhere."""

from __future__ import annotations

import csv
import html
import importlib.util
import io
import os
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from string import Formatter

import pytest

from groundswell.trust import exhibits, figures, grouping, pricing, proving, tabulating, telling
from groundswell.trust.report import render_report, write_report
from groundswell.trust.teller import Teller
from groundswell.vocabulary.words import words

_spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
samples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(samples)


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(samples.make_summary())


@pytest.fixture
def undrawn(monkeypatch):
    """Pages whose pictures are blank: the words are tried without drawing anything."""
    for name in ("draw_intervals", "draw_bars", "draw_curves", "draw_reach"):
        monkeypatch.setattr(exhibits.plots, name, lambda *given, **named: "<svg/>")


def text_of(page: str) -> str:
    """What a reader sees."""
    body = re.sub(r"<(style|title)>.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def pictures(page: str) -> list[str]:
    return [b64decode(found).decode() for found in re.findall(r'img src="data:image/svg\+xml;base64,([^"]+)"', page)]


def saved_figures(page: str) -> dict[str, list[list[str]]]:
    found = re.findall(r'download="(\w+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    return {name: list(csv.reader(io.StringIO(b64decode(data).decode("utf-8-sig")))) for name, data in found}


# Complete in itself


def test_the_page_loads_nothing_and_runs_nothing(page):
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert "@import" not in page
    assert "url(" not in page
    assert all(link.startswith(("#", "data:")) for link in re.findall(r'(?:href|src|srcset)="([^"]*)"', page))


def test_its_policy_lets_in_this_style_and_pictures_and_nothing_else(page):
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")


def test_its_pictures_load_nothing_either_and_have_no_small_letters(page):
    drawn = pictures(page)
    assert len(drawn) == 5
    for picture in drawn:
        assert not re.search(r"(?:href|src)=|@font-face|<script|url\(", picture.replace("url(#", ""))
        assert min(map(float, re.findall(r'font-size="([\d.]+)px"', picture))) >= 14
        assert set(re.findall(r'font-family="([^"]+)"', picture)) == {"sans-serif"}


def test_it_is_lean(page):
    assert len(page.encode()) < 1_500_000


def test_the_same_summary_gives_the_same_bytes(page):
    assert render_report(samples.make_summary()) == page


def test_it_is_written_whole(tmp_path, undrawn):
    write_report(samples.make_summary(), tmp_path / "round" / "report.html")
    assert (tmp_path / "round" / "report.html").read_text("utf-8").startswith("<!doctype html>")


# Every case, both languages


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", samples.CASES)
def test_every_case_is_told_in_both_languages(case, language, undrawn):
    told = render_report(samples.in_language(samples.CASES[case](), language))
    assert f'<html lang="{language}">' in told
    assert "None" not in text_of(told)
    assert "nan" not in text_of(told).split()


@pytest.mark.parametrize(
    "case", ["no past experiment", "values refused", "harm", "nobody contacted", "a pilot", "after four rounds"]
)
def test_pictures_are_drawn_for_the_odd_cases_too(case):
    for picture in pictures(render_report(samples.CASES[case]())):
        assert picture.startswith("<svg")
        assert min(map(float, re.findall(r'font-size="([\d.]+)px"', picture))) >= 14


def test_the_languages_have_the_same_keys_and_the_same_gaps():
    english, spanish = words("en"), words("es")
    assert set(english) == set(spanish)
    for key in english:
        gaps = [{gap for _, gap, _, _ in Formatter().parse(said[key]) if gap} for said in (english, spanish)]
        assert gaps[0] == gaps[1], key


def test_names_cannot_become_code(undrawn):
    told = render_report(samples.hostile())
    assert "<script" not in told
    assert "<img src=x" not in told
    assert not re.search(r"\sonmouseover='", re.sub(r">[^<]*<", "><", told))
    assert "<script>alert(1)</script> & {sons}" in text_of(told)
    assert "is not a year; found <b>19x4</b>" in text_of(render_report(samples.troubled()))


# Honest sentences


def test_the_gain_is_credited_to_the_people_and_not_to_the_messages():
    summary = samples.make_summary()
    assert telling.ladder_title_keys(summary) == ("report.ladder.whom_gain", "report.ladder.message_none")
    assert telling.ladder_title(Teller(summary)) == "Whom we contact matters; which message they get is not proven to."
    assert "we do not credit the messages" in telling.step_sentences(Teller(summary))[2]


@pytest.mark.parametrize("reach", [0.0013, 0.004, 0.05])
def test_messages_get_no_credit_wherever_the_interval_includes_zero(reach):
    summary = samples.with_step("policy", samples.estimate(0.0012, reach))
    assert telling.ladder_title_keys(summary)[1] == "report.ladder.message_none"
    rows = tabulating.ladder_table(Teller(summary)).rows
    assert rows[2][-1].text == "no proven gain"
    assert "no proven gain" in telling.step_sentences(Teller(summary))[2]


@pytest.mark.parametrize(
    ("whom", "message", "said"),
    [
        ((0.009, 0.005), (0.004, 0.001), "Whom we contact matters; which message they get matters, too."),
        ((0.001, 0.005), (0.004, 0.001), "Whom we contact is not proven to matter; which message they get matters."),
        ((0.001, 0.005), (0.001, 0.004), "Whom we contact is not proven to matter; nor is which message they get."),
        ((0.009, 0.005), (0.0, 0.0), "Whom we contact matters; choosing between messages adds nothing."),
        (
            (-0.009, 0.005),
            (-0.004, 0.001),
            "Contacting the people ranked first is proven to do worse than chance; "
            "choosing between messages is proven to do worse than one message.",
        ),
    ],
)
def test_the_title_of_the_ladder_is_chosen_by_the_data(whom, message, said):
    steps = {"single-broadcast": samples.estimate(*whom), "policy-single": samples.estimate(*message)}
    summary = samples.make_summary(differences={**samples.make_summary()["differences"], **steps})
    assert telling.ladder_title(Teller(summary)) == said


@pytest.mark.parametrize("step", ["broadcast", "single", "policy"])
@pytest.mark.parametrize(
    ("gain", "judged"),
    [
        (samples.estimate(0.02, 0.01), "gain"),
        (samples.estimate(-0.02, 0.01), "harm"),
        (samples.estimate(0.0, 0.01), "none"),
        (samples.estimate(0.0, 0.0), "same"),
        (None, "unknown"),
    ],
)
def test_every_step_has_a_sentence_for_every_outcome(step, gain, judged):
    summary = samples.with_step(step, gain)
    assert telling.steps(summary)[step][0] == judged
    for language in ("en", "es"):
        assert len(telling.step_sentences(Teller(samples.in_language(summary, language)))) == 3


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("calm", "gain"),
        ("no past experiment", "no_past_drawn"),
        ("nothing proven", "unproven_drawn"),
        ("nobody contacted", "no_past_silent"),
        ("values refused", "refused"),
    ],
)
def test_the_first_sentence_fits_the_case(case, key):
    assert telling.answer_key(samples.CASES[case]()) == key


@pytest.mark.parametrize(("scope", "said"), [("everybody", "nobody is sent it"), ("lower-half", "ranked lowest away")])
def test_what_is_proven_to_push_people_away_is_told_and_counted(scope, said):
    harm = {**samples.make_summary()["proofs"][2], "scope": scope, "people": 3_508, "proven": True}
    table = proving.guard_table(Teller(samples.make_summary(harms=[harm])))
    told = [row[-1].more for row in table.rows]
    assert any(said in more and "3,508" in more for more in told)
    assert sum(said in more for more in told) == 1


def test_an_effect_is_told_with_its_unit_and_its_interval():
    teller = Teller(samples.make_summary())
    assert (
        teller.effect(samples.estimate(0.0201, 0.0022)) == "20.1 more “attend” actions per 1,000 people (17.9 to 22.3)"
    )
    assert (
        teller.effect(samples.estimate(-0.001, 0.004))
        == "1.0 fewer “attend” actions per 1,000 people (5.0 fewer to 3.0 more)"
    )
    assert teller.effect(samples.estimate(-0.01, 0.004)) == "10.0 fewer “attend” actions per 1,000 people (6.0 to 14.0)"


def test_spanish_numbers_are_written_as_spanish_numbers():
    teller = Teller(samples.in_language(samples.make_summary(), "es"))
    assert teller.effect(samples.estimate(0.0201, 0.0022)) == (
        "20,1 acciones «attend» más por cada 1000 personas (de 17,9 a 22,3)"
    )
    assert teller.write.count(5003) == "5003"
    assert teller.write.count(180002) == "180\u00a0002"


def test_the_value_is_told_per_person_per_unit_and_per_money():
    people, households, money = tabulating.ladder_table(Teller(samples.make_summary())).rows[3][1:4]
    assert people.text == "30.2"
    assert households.text == "52.9"  # 30.2 x 7,012 people / 4,004 households
    # 0.0302 x 7,012 people over the 1,000 EUR x 4,004 / 5,003 that their households would get
    assert money.text == "265"


def test_prices_are_told_in_words():
    teller = Teller(samples.many_limits())
    assert telling.price(teller, "budget") == "the money is not used up: more of it brings nothing"
    assert telling.price(teller, "calls") == "10 more contacts would bring 1 more “attend” actions"
    assert telling.price(teller, "caller_hours") == "10 more caller hours would bring 18 more “attend” actions"
    assert telling.price(teller, "north_side") == "used up, but more of it brings nothing"
    calm = telling.price(Teller(samples.make_summary()), "budget").replace("\u00a0", " ")
    assert calm == "100 EUR more would bring 3.12 more “attend” actions"


def test_every_floor_is_told_with_what_it_costs():
    told = pricing.floor_sentences(Teller(samples.floors()))
    assert told == [
        "north: at least 300 (contacts) are asked for, and the plan has 300. Keeping this floor costs 4.25 “attend” actions "
        "in all; 10 more would cost 0.2. 41 households get a message only because of it: without it they would get something "
        "else, or nothing.",
        "south: at least 300 (contacts) are asked for, and the plan has 320 anyway. The floor costs nothing.",
        "new homes: at least 300 (contacts) are asked for, and the plan has 300. Keeping this floor costs nothing that could "
        "be counted on (“attend” actions). 41 households get a message only because of it, and for 30 of them nothing is "
        "proven to help: without it they would get something else, or nothing.",
    ]
    spanish = pricing.floor_sentences(Teller(samples.in_language(samples.floors(), "es")))
    assert spanish[0].startswith("north: se piden al menos 300 (contactos)")


def test_a_pilot_says_that_floors_do_not_hold_yet():
    floor = {
        "at_least": 300.0,
        "used": 120.0,
        "met": False,
        "by_floor": 0,
        "unproven": 0,
        "cost": None,
        "one_more": None,
    }
    summary = samples.pilot()
    summary["limits"]["north"] = {**summary["limits"]["budget"], "of": "contacts", "at_most": None, "at_least": 300.0}
    summary["floors"] = {"north": floor}
    assert "The floor holds from the next round on." in pricing.floor_sentences(Teller(summary))[0]
    summary["floors"]["north"] = {**floor, "used": 310.0, "met": True}
    assert pricing.floor_sentences(Teller(summary))[0].endswith("chance gave 310.")


def test_what_more_money_would_bring_is_told_with_half_and_twice_of_it():
    summary = samples.make_summary()
    (more,) = summary["more"]
    teller = Teller(summary)
    assert pricing.more_title(teller, more) == (
        "This plan brings 203 more “attend” actions. Twice as much of “budget” would bring 226, half of it 142."
    )
    capped = {**more, "points": [*more["points"][:3], {"amount": 1400.0, "actions": 215.0}]}
    assert "it would not be above 215; half of it would bring 142." in pricing.more_title(teller, capped)
    enough = {**more, "points": [*more["points"][:2], {"amount": 720.0, "actions": 203.4}]}
    assert (
        pricing.more_title(teller, enough)
        == "720\u00a0EUR of “budget” are enough: more of it would bring nothing more."
    )
    table = pricing.more_table(teller, more)
    assert [row[1].text for row in table.rows] == ["88.1", "142", "203", "226", "230"]
    assert table.saved[3] == (1000.0, 203.4, pytest.approx(1000 * (203.4 - 141.5) / 500))


def test_who_stands_at_the_margin_is_told_in_counts_and_averages():
    assert pricing.margin_sentences(Teller(samples.make_summary())) == [
        "With 5\u00a0% more of “budget”, a message would also go to 25 households: schools (post) 22 and pensions (phone) 3.",
        "With 5\u00a0% less of it, 31 households would be the first to go without: schools (post) 31.",
        "Compared with all who get a message or would be next: age 41.2 on average instead of 55.9.",
    ]
    nobody = {**samples.make_summary()["margin"], "joins": {}, "leaves": {}}
    told = pricing.margin_sentences(Teller(samples.make_summary(margin=nobody)))
    assert told == ["With 5\u00a0% more of “budget” or less the same people would get a message."]


def test_the_held_out_figure_stands_beside_the_expectation():
    told = " ".join(telling.expectation(Teller(samples.make_summary())))
    assert "203 more" in told
    assert "272 more “attend” actions (194 to 350)" in told


def test_a_plan_that_expects_more_than_the_experiment_says_is_not_believed():
    learning = {**samples.make_summary()["learning"], "without": 900.0}
    told = " ".join(telling.expectation(Teller(samples.make_summary(learning=learning))))
    assert "believe the experiment" in told


def test_everything_that_must_be_known_first_is_told(undrawn):
    told = text_of(render_report(samples.troubled()))
    for said in (
        "105 people can still act",
        "The outcome of 35 people is not known (nothing: 14 and schools (post): 21)",
        "77 households have somebody unlike",
        "Exploration was cut from 5 % to 1.3 %",
        "12 rows of the files could not be used",
        "31 people said stop",
    ):
        assert said in told
    assert "it rests on 42 effective units" in text_of(render_report(samples.refused()))


def test_groups_are_told_in_plain_words():
    [group] = [group for group in grouping.groups(Teller(samples.make_summary())) if group.most]
    assert group.head == "1,500 households get schools (post)."
    assert group.leaves[0].replace("\u00a0", " ") == (
        "household size 3 or more and past votes below 3.76 (1,201 households, 97 % of these get it)"
    )
    assert group.compared == "household size 2.71 on average instead of 1.8"


def test_only_whole_numbers_are_rounded_up():
    say = grouping.conditions_words
    half = [{"trait": "past_votes", "at_least": 2.5, "below": None}]
    assert say(Teller(samples.make_summary()), half) == "past votes 2.5 or more"
    assert say(Teller(samples.for_persons()), half) == "past votes 3 or more"
    span = [{"trait": "household_size", "at_least": 1.5, "below": 3.5}]
    assert say(Teller(samples.make_summary()), span) == "household size 2 to 3"


@pytest.mark.parametrize("reason", ["stop", "expired", "no-endpoint", "patience", "not-proven", "no-gain", "price"])
def test_whoever_gets_nothing_is_told_why(reason):
    rows = tabulating.left_out_table(Teller(samples.make_summary(left_out={reason: 9}))).rows
    assert rows[0][0].text == words("en")[f"report.left_out.{reason}"]
    assert rows[0][0].more == reason


def test_an_option_whose_interval_lies_below_zero_is_named():
    arms = [
        *samples.make_summary()["arms"][:2],
        {**samples.make_summary()["arms"][2], "uplift": samples.estimate(-0.03, 0.01)},
    ]
    assert "pensions (phone): the interval lies below zero" in telling.arms_title(
        Teller(samples.make_summary(arms=arms))
    )


# Numbers


def test_the_picture_and_the_table_and_the_file_have_the_same_figures(page):
    saved, drawn = saved_figures(page), pictures(page)
    assert set(saved) == {"ladder", "plan", "options", "curves"}
    ladder = next(picture for picture in drawn if "All steps together" in picture)
    for row in tabulating.ladder_table(Teller(samples.make_summary())).rows:
        assert f"{row[1].text} {row[1].more}" in ladder
    assert [float(row[1]) for row in saved["ladder"][1:]] == pytest.approx([20.0, 9.0, 1.2, 30.2])
    options = next(picture for picture in drawn if "pensions (phone)" in picture and "62.4" in picture)
    assert "62.4 (41.1 to 83.7)" in options
    assert saved["options"][2][4:] == ["62.4", "41.1", "83.7"]


def test_a_curve_is_read_only_where_it_has_points():
    curve = {part: [0.0, 0.01, 0.05] for part in ("gain", "lower", "upper")}
    summary = samples.make_summary(curves={"schools/post": {"share": [0.0, 0.31, 1.0], **curve}})
    column = [row[1].text for row in proving.curves_table(Teller(summary)).rows]
    assert column == ["0", "–", "–", "10.0", *["–"] * 6, "50.0"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_figure_but_a_count_has_more_than_three_significant_digits(language, undrawn):
    told = text_of(render_report(samples.in_language(samples.make_summary(), language)))
    decimal = "." if language == "en" else ","
    numbers = re.findall(rf"(?<![\d{decimal}])\d+\{decimal}\d+(?![\d{decimal}])", told)
    grouped = rf"\d{{1,3}}\{decimal}\d{{3}}"
    for number in numbers:
        if language == "en" or not re.fullmatch(grouped, number):
            digits = number.replace(decimal, "").lstrip("0")
            assert len(digits) <= 3, number


def test_every_option_and_reason_adds_up_to_all_units():
    for case in samples.CASES.values():
        summary = case()
        assert sum(summary["decisions"].values()) == summary["units"]
        assert sum(summary["left_out"].values()) == summary["decisions"]["nothing"]


def test_a_share_is_never_rounded_to_all_or_none():
    write = figures.Figures(words("en"))
    assert write.percent(0.9999).startswith("99")
    assert write.percent(0.00001).startswith("under 0.1")
    assert write.percent(1.0).startswith("100")


# In a browser


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=os.environ["GROUNDSWELL_CHROMIUM"],
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
            ],
        )
        yield chromium
        chromium.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", ["troubled data", "a pilot", "after four rounds"])
def test_nothing_sticks_out_on_any_screen_without_javascript(browser, case, language, tmp_path):
    place = tmp_path / "report.html"
    write_report(samples.in_language(samples.CASES[case](), language), place)
    tab = browser.new_context(java_script_enabled=False).new_page()
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(place.as_uri())
    assert tab.locator("h1").inner_text() == "School vote"
    for width in (320, 360, 720, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        body = tab.locator("body").bounding_box()
        assert body["x"] + body["width"] <= width
        for box in tab.locator("main > section, figure, img, .facts div, .box").all():
            found = box.bounding_box()
            assert found["x"] >= 0, width
            assert found["x"] + found["width"] <= width + 0.5
        drawn = tab.locator("img").first.bounding_box()
        assert drawn["width"] >= (719 if width > 719 + 40 else 285)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []


@pytest.mark.browser
def test_on_paper_the_links_go_and_the_figures_stay(browser, tmp_path):
    place = tmp_path / "report.html"
    write_report(samples.make_summary(), place)
    tab = browser.new_context(viewport={"width": 700, "height": 1000}, java_script_enabled=False).new_page()
    tab.goto(place.as_uri())
    tab.emulate_media(media="print", color_scheme="dark")
    assert not tab.locator("nav").is_visible()
    assert not tab.locator(".save").first.is_visible()
    assert tab.locator("figure table").first.is_visible()
    assert tab.pdf(format="A4")[:4] == b"%PDF"
