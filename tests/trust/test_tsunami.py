"""The page of a log: complete in itself, the same figures in picture, table and file, and words for what cannot be told."""

from __future__ import annotations

import csv
import html
import io
import os
import re
from base64 import b64decode, b64encode
from datetime import date, timedelta
from hashlib import sha256
from string import Formatter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from groundswell.listen.tsunami import measure
from groundswell.trust import tsunami_exhibits as exhibits
from groundswell.trust import tsunami_words as telling
from groundswell.trust.tsunami import render_tsunami, tsunami_lines, write_tsunami
from groundswell.trust.tsunami_words import Told
from groundswell.vocabulary.words import words

MONDAY = date(2026, 1, 5)
GUESSES = {
    "who": {"column": "Recipient", "example": "ada@example.org", "how": "name"},
    "what": {"column": "Letter", "example": "schools", "how": "given"},
    "when": {"column": "Wann", "example": "05.01.2026", "how": "contents"},
    "response": {"column": "Clicked", "example": "no", "how": "name"},
}
READ = {"form": "ordered", "order": "day-first", "because": "assumed", "example": "05/01/2026", "rows": 9}


def summary_of(sendings, language="en", /, **changes):
    """The summary of a log of person, message, day, household, topic, responded."""
    kinds = {"person": pa.string(), "message": pa.string(), "at": pa.date32(), "household": pa.string()}
    kinds |= {"topic": pa.string(), "responded": pa.bool_()}
    rows = [(*row[:2], None if row[2] is None else MONDAY + timedelta(row[2]), *row[3:]) for row in sendings]
    columns = {name: pa.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(kinds.items())}
    read = {"rows": len(rows), "used": len(rows), "rejected": 0, "reasons": []}
    beside = {"page": None, "rejected_file": None, "columns": GUESSES, "rows": read, "dates": [], "replies": None}
    return {"format": 1, "file": "log.csv", "language": language, **beside, **measure(pa.table(columns)), **changes}


def calm(weeks=6, language="en", **changes):
    """Ten households of two; most weeks one letter for all, and some more for the first half."""
    rows = []
    for week in range(weeks):
        for person in range(20):
            topic = "schools" if week % 2 else "jobs"
            rows.append((f"p{person}", f"{topic} {week % 4}", 7 * week, f"h{person // 2}", topic, person % 5 == 0))
            if week > 3 and person < 10:
                rows.append((f"p{person}", "donate", 7 * week + 2, f"h{person // 2}", "money", False))
    return summary_of(rows, language, **changes)


def troubled(language="en"):
    reasons = [{"reason": "expected a date", "column": "Wann", "rows": 3, "first_row": 7}]
    rows = {"rows": 9, "used": 5, "rejected": 4, "reasons": reasons}
    replies = {"blank": "no", "unclear": 2, "example": "perhaps"}
    changes = {"rows": rows, "dates": [READ], "replies": replies, "rejected_file": "log-tsunami-rejected.csv"}
    return calm(2, language, **changes)


def undated(language="en"):
    return summary_of([("ada", "a", None, None, None, None), ("ben", "b", None, None, None, None)], language)


CASES = {
    "calm": lambda language="en": calm(6, language),
    "one year": lambda language="en": calm(60, language),
    "troubled": troubled,
    "no days": undated,
    "one person": lambda language="en": summary_of([("ada", "a", 0, None, None, None)], language),
    "one message": lambda language="en": summary_of([(p, "a", 0, None, None, None) for p in "abc"], language),
    "one week": lambda language="en": calm(1, language),
    "nobody responds": lambda language="en": summary_of(
        [("ada", "a", d, "h", None, False) for d in range(4)], language
    ),
    "a message each": lambda language="en": summary_of(
        [(f"p{n}", f"m{n}", n, "h", None, None) for n in range(30)], language
    ),
    "gaps": lambda language="en": summary_of(
        [("ada", "a", 0, "h", "t", True), ("ben", "a", 90, "h", "t", None)], language
    ),
    "all respond": lambda language="en": summary_of([("ada", "a", d, None, "t", True) for d in range(4)], language),
    "some undated": lambda language="en": summary_of(
        [("a", "a", 0, "h", None, None), ("b", "b", None, "h", None, None)], language
    ),
}


@pytest.fixture(scope="module")
def page() -> str:
    return render_tsunami(calm(20))


@pytest.fixture
def undrawn(monkeypatch):
    """Pages whose pictures are blank: the words are tried without drawing anything."""
    monkeypatch.setattr(exhibits.plots, "draw_bars", lambda *given, **named: "<svg/>")


def text_of(page: str) -> str:
    body = re.sub(r"<(style|title)>.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def pictures(page: str) -> list[str]:
    return [
        b64decode(found).decode() for found in re.findall(r'(?:src|srcset)="data:image/svg\+xml;base64,([^"]+)"', page)
    ]


def saved_figures(page: str) -> dict[str, list[list[str]]]:
    found = re.findall(r'download="(\w+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    return {name: list(csv.reader(io.StringIO(b64decode(data).decode("utf-8-sig")))) for name, data in found}


# Complete in itself


def test_the_page_loads_nothing_and_runs_nothing(page):
    assert not re.search(r"https?://|<script| style=|\son\w+=|@import|url\(", page)
    assert all(link.startswith(("#", "data:")) for link in re.findall(r'(?:href|src|srcset)="([^"]*)"', page))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")


def test_its_pictures_have_no_small_letters(page):
    drawn = pictures(page)
    assert len(drawn) == 2 * 4
    for picture in drawn:
        assert min(map(float, re.findall(r'font-size="([\d.]+)px"', picture))) >= 14
        assert set(re.findall(r'font-family="([^"]+)"', picture)) == {"sans-serif"}


def test_the_same_log_gives_the_same_page(page, tmp_path):
    assert render_tsunami(calm(20)) == page
    write_tsunami(calm(20), tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text("utf-8") == page


# Every case, both languages


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_every_case_is_told_in_both_languages(case, language, undrawn):
    summary = CASES[case](language)
    told = render_tsunami(summary)
    for text in (text_of(told), "\n".join(tsunami_lines(summary))):
        assert "None" not in text
        assert "nan" not in text.split()
        assert "{" not in text
    assert f'<html lang="{language}">' in told


@pytest.mark.parametrize("case", CASES)
def test_every_case_can_be_drawn(case):
    assert all(picture.startswith("<svg") for picture in pictures(render_tsunami(CASES[case]())))


def test_the_languages_have_the_same_keys_and_the_same_gaps():
    english, spanish = words("en"), words("es")
    assert {key for key in english if key.startswith("tsunami.")} == {
        key for key in spanish if key.startswith("tsunami.")
    }
    for key in english:
        gaps = [{gap for _, gap, _, _ in Formatter().parse(said[key]) if gap} for said in (english, spanish)]
        assert gaps[0] == gaps[1], key


@pytest.mark.parametrize("language", ["en", "es"])
def test_names_of_rows_fit_into_the_smallest_picture(language, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        exhibits.plots, "draw_bars", lambda marks, *_: drawn.extend(mark[0] for mark in marks) or "<svg/>"
    )
    for case in CASES.values():
        render_tsunami(case(language))
    assert max(map(len, drawn)) <= 28, max(drawn, key=len)


def test_names_cannot_become_code(undrawn):
    rows = [("<script>alert(1)</script>", "<img src=x onerror='alert(1)'>", 0, "h", "{sons} & <b>", True)] * 3
    hostile = {**GUESSES, "what": {"column": "<i>", "example": "=1+1<script>", "how": "name"}}
    told = render_tsunami(summary_of(rows, columns=hostile))
    assert "<script" not in told
    assert "<img src=x" not in told
    assert "{sons} & <b>" in text_of(told)


# What is said


def answer_of(case, language="en"):
    return telling.answer(Told(CASES[case](language))).replace("\u00a0", " ")


def test_the_first_sentence_fits_the_case():
    assert answer_of("calm") == "In a typical week, everybody who hears from us gets exactly the same messages."
    assert answer_of("one message") == "There is only one message in this log: everybody got the same."
    assert answer_of("one person").startswith("This log holds one person")
    assert answer_of("no days") == "One person hears about 1 different messages; over all there are 2."
    shares = {"same": {**calm()["same"], "median": 0.874}}
    told = Told({**calm(), **shares})
    expected = "In a typical week, 87 % of those who hear from us get exactly the same messages."
    assert telling.answer(told).replace("\u00a0", " ") == expected


def test_what_the_log_cannot_tell_is_said_and_not_guessed(undrawn):
    told = text_of(render_tsunami(undated()))
    for said in (
        "The log does not say when messages were sent",
        "The log does not say who lives together",
        "The log does not say who responded",
        "Without dates it cannot be told how much a person gets in a week.",
        "this cannot be told, and it is not guessed",
        "no rule can be tried on this log",
    ):
        assert said in told


def test_what_was_assumed_and_what_looks_wrong_is_said(undrawn):
    told = text_of(render_tsunami(troubled())).replace("\u00a0", " ")
    for said in (
        "Dates such as 05/01/2026 were read with the day first",
        "4 rows of the file could not be used",
        "2 rows say something in the column “Clicked” that is neither yes nor no, such as “perhaps”",
        "A blank in the column “Clicked” is taken as no response",
        "log-tsunami-rejected.csv beside this page has them one by one",
    ):
        assert said in told
    assert "nobody ever responded" in text_of(render_tsunami(CASES["nobody responds"]()))
    assert "Nearly every sending has a message of its own" in text_of(render_tsunami(CASES["a message each"]()))
    assert "In 12 of 13 weeks nobody" not in text_of(render_tsunami(CASES["gaps"]()))
    assert "In 11 of 13 weeks nobody got anything" in text_of(render_tsunami(CASES["gaps"]())).replace("\u00a0", " ")


def test_what_the_spared_messages_would_have_done_is_not_claimed(undrawn):
    told = text_of(render_tsunami(calm()))
    assert "only a comparison drawn by chance can say" in told
    assert "they overlap, and their figures must not be added" in told


def test_an_address_does_not_stand_on_the_page_whole(undrawn):
    told = text_of(render_tsunami(calm()))
    assert "ada@example.org" not in told
    assert "ada…" in told


def test_the_terminal_shows_each_guess_with_an_example():
    lines = tsunami_lines(calm())
    assert any(re.match(r"  who +Recipient +e\.g\. ada@example\.org", line) for line in lines)
    assert any(re.match(r"  household +-", line) for line in lines)


def test_the_most_uniform_week_names_what_was_heard():
    assert "got exactly this: jobs 0." in telling.worst(Told(calm(1)))


# The same figures everywhere


def test_the_picture_the_table_and_the_file_have_the_same_figures(page):
    summary, saved = calm(20), saved_figures(page)
    assert set(saved) == {"same", "variety", "load", "spared"}
    told = Told(summary)
    load = exhibits.load_figure(told)
    assert [int(row[2]) for row in saved["load"][1:]] == [
        entry["person_weeks"] for entry in summary["load"]["histogram"]
    ]
    assert [row[1].text for row in load.table.rows] == [f"{int(row[2]):,}" for row in saved["load"][1:]]
    drawn = next(picture for picture in pictures(page) if "no message" in picture or "1 message" in picture)
    assert all(row[1].text in drawn for row in load.table.rows)
    spared = [spared for _, _, spared in telling.rules(summary)]
    assert [int(row[1]) for row in saved["spared"][1:]] == [rule["sendings"] for rule in spared]
    assert sum(int(row[2]) for row in saved["same"][1:]) == summary["same"]["compared"]


def test_few_weeks_are_shown_one_by_one():
    figure = exhibits.same_figure(Told(calm(6)))
    assert [row[0].text for row in figure.table.rows][:2] == ["week of 5 January 2026", "week of 12 January 2026"]
    assert figure.title == "In every week, half of the people or more got exactly the same messages."


@given(some.dictionaries(some.integers(0, 2000), some.integers(1, 10_000), min_size=1, max_size=60))
def test_bars_are_few_of_one_width_and_lose_nothing(counts):
    bars = exhibits.brackets(sorted(counts.items()))
    assert len(bars) <= exhibits.MOST_BARS
    assert sum(bar.many for bar in bars) == sum(counts.values())
    assert len({bar.high - bar.low for bar in bars if bar.high is not None}) <= 1
    for bar in bars:
        inside = (
            many for value, many in counts.items() if bar.low <= value and (bar.high is None or value <= bar.high)
        )
        assert bar.many == sum(inside)


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_sticks_out_on_any_screen(language, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    write_tsunami(troubled(language), tmp_path / "page.html")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=os.environ["GROUNDSWELL_CHROMIUM"], args=flags)
        tab = browser.new_context(java_script_enabled=False).new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto((tmp_path / "page.html").as_uri())
        for width in (320, 390, 1280):
            tab.set_viewport_size({"width": width, "height": 800})
            for box in tab.locator("main > section, figure, img, .facts div, .box, h1, .answer").all():
                found = box.bounding_box()
                assert found["x"] >= 0, width
                assert found["x"] + found["width"] <= width + 0.5
        browser.close()
    assert complaints == []
