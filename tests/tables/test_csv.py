"""A list that spreadsheets open as it is, and in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as some

from groundswell.tables.csv import lines_as_csv, neutral


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "=1+1",
        "@SUM(A1)",
        "+1+1",
        "+1",
        "-2",
        "-2+3+cmd|' /C calc'!A0",
        "\t=1",
        "\r=1",
        "\n=1",
        "|x",
        " =1+1",
        "\N{NO-BREAK SPACE}=1",
        "\N{FULLWIDTH EQUALS SIGN}1",
        "\N{FULLWIDTH PLUS SIGN}1",
        "+49 30 1234=1",
    ],
)
def test_what_a_spreadsheet_would_run_is_made_text(text):
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["Ada", "+49 30 123456", "+1 (555) 123-4567", "a=b", "1-2", "'", '"', "", "é"])
def test_everything_else_stays_as_it_is(text):
    assert neutral(text) == text


def test_numbers_are_written_plainly():
    assert [neutral(cell) for cell in (3, 3.0, 0.25, -2.5, None, True)] == ["3", "3", "0.25", "-2.5", "", "True"]
    assert [neutral(cell) for cell in (float("nan"), float("inf"))] == ["nan", "inf"]


@given(some.lists(some.lists(some.text(max_size=8), min_size=2, max_size=2), max_size=5))
def test_whatever_stands_in_a_cell_comes_back_out_of_it_and_is_no_formula(lines):
    written = lines_as_csv(["a", "b"], lines)
    assert written.startswith("\ufeff")
    back = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))[1:]
    assert back == [[neutral(cell) for cell in line] for line in lines]
    for was, now in zip(chain(*lines), chain(*back), strict=True):
        assert now in {was, "'" + was}
        assert not now.startswith(("=", "@", "\t", "\r"))
