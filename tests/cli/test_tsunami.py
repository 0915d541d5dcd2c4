"""``groundswell tsunami``: any log in, a few calm lines and a page out, and errors that say which option to give."""

from __future__ import annotations

import csv
import json
import re

import pytest

import groundswell
from groundswell.vocabulary import DataError
from workbook import write_workbook

LOG = "To;Letter;Sent;Home\n" + "".join(
    f"p{person};schools;{5 + 7 * week:02}.01.2026;h{person // 2}\n" for week in range(3) for person in range(6)
)


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("groundswell.trust.tsunami_exhibits.plots.draw_bars", lambda *_: "<svg/>")

    def write(text=LOG, name="spring.csv"):
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return write


def told(done, code=1):
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)["error"]


def test_a_log_gives_lines_and_a_page_in_the_current_folder(shell, log, tmp_path):
    done = shell("tsunami", log())
    assert done.returncode == 0, done.stderr
    assert "18 sendings of 1 message to 6 people, from 5 January 2026 to 19 January 2026 (3 weeks)." in done.stdout
    assert "There is only one message in this log: everybody got the same." in done.stdout
    assert done.stdout.splitlines()[-1] == "spring-tsunami.html"
    assert (tmp_path / "spring-tsunami.html").read_text("utf-8").startswith("<!doctype html>")
    assert not (tmp_path / "spring-tsunami-rejected.csv").exists()


def test_json_is_one_object_and_writes_no_page_unless_one_is_wanted(shell, log, tmp_path):
    summary = json.loads(shell("tsunami", log(), "--json").stdout)
    assert (summary["format"], summary["file"], summary["page"]) == (1, "spring.csv", None)
    assert {role: taken["column"] for role, taken in summary["columns"].items()} == {
        "who": "To",
        "what": "Letter",
        "when": "Sent",
        "household": "Home",
    }
    assert summary["same"]["median"] == 1
    assert summary["households"]["hit"] == 3
    assert list(tmp_path.glob("*.html")) == []
    summary = json.loads(shell("tsunami", log(), "--json", "--page", tmp_path / "a" / "b.html").stdout)
    assert summary["page"] == str(tmp_path / "a" / "b.html")
    assert (tmp_path / "a" / "b.html").exists()


def test_a_cap_may_be_given_as_often_as_one_likes(shell, log):
    summary = json.loads(shell("tsunami", log(), "--json", "--cap", "4", "--cap", "2").stdout)
    assert [cap["cap"] for cap in summary["spared"]["caps"]] == [2, 4]
    assert shell("tsunami", log(), "--cap", "0").returncode == 2


def test_columns_can_be_named_and_left_out(shell, log):
    summary = json.loads(shell("tsunami", log(), "--json", "--what", "Home", "--household", "-", "--when", "-").stdout)
    assert summary["columns"]["what"] == {"column": "Home", "example": "h0", "how": "given"}
    assert summary["log"]["messages"] == 3
    assert summary["not_told"]["load"] == "when"


def test_rejected_rows_lie_beside_the_page_and_no_spreadsheet_takes_them_for_formulas(shell, log, tmp_path):
    done = shell(
        "tsunami", log(f"{LOG};schools;05.01.2026;h1\np1;schools;=1+1;h1\nragged\n"), "--page", "out/page.html"
    )
    assert "3 rows could not be used" in done.stdout
    with (tmp_path / "out" / "page-rejected.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["row"], row["column"], row["value"]) for row in rows] == [
        ("19", "To", ""),
        ("20", "Sent", "'=1+1"),
        ("21", "", "ragged"),
    ]


def test_the_page_and_the_lines_speak_spanish(shell, log, tmp_path):
    done = shell("tsunami", log(), "--language", "es")
    assert "18 envíos de 1 mensaje a 6 personas" in done.stdout
    assert '<html lang="es">' in (tmp_path / "spring-tsunami.html").read_text("utf-8")


def test_a_log_without_days_still_says_what_it_can(shell, log):
    done = shell("tsunami", log("to,message\nada,schools\nben,jobs\n"))
    assert done.returncode == 0, done.stderr
    assert "One person hears about 1 different messages; over all there are 2." in done.stdout
    assert "The log does not say when messages were sent" in done.stdout


def test_the_order_of_day_and_month_can_be_said(shell, log):
    path = log("to,message,sent\nada,schools,03/04/2026\nben,jobs,05/04/2026\n")
    assert "were read with the day first" in shell("tsunami", path).stdout
    summary = json.loads(shell("tsunami", path, "--dates", "month-first", "--json").stdout)
    assert (summary["log"]["first_day"], summary["log"]["last_day"]) == ("2026-03-04", "2026-05-04")


def test_a_workbook_is_read(shell, tmp_path):
    path = write_workbook(tmp_path / "log.xlsx", [("Person", "Message"), ("ada", "schools"), ("ben", "schools")])
    assert json.loads(shell("tsunami", path, "--json").stdout)["log"]["people"] == 2


@pytest.mark.parametrize(
    ("text", "name", "key", "hint"),
    [
        ("colour,size\nred,9\n", "log.csv", "--who", "--who COLUMN"),
        ("recipient,customer,message\n1,2,a\n", "log.csv", "--who", "--who recipient"),
        ("to,message,date\nada,a,soon\n", "log.csv", "--when", "--when -"),
        ("", "log.csv", None, "Export it again."),
        ("to,message\nada,a\n", "log.parquet", None, "export it again"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_to_do(shell, log, text, name, key, hint):
    path = log(text, name)
    error = told(shell("tsunami", path, "--json"))
    assert (error["code"], error["key"]) == ("data", key)
    assert hint in error["hint"]
    done = shell("tsunami", path)
    assert done.returncode == 1
    assert re.search(r"^error: ", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_a_misspelt_column_get_the_nearest_name(shell, log, tmp_path):
    log()
    assert told(shell("tsunami", tmp_path / "sprng.csv", "--json"))["hint"] == "Did you mean spring.csv?"
    assert (
        told(shell("tsunami", tmp_path / "spring.csv", "--what", "Leter", "--json"))["hint"] == 'Did you mean "Letter"?'
    )


def test_wrong_usage_is_told_with_exit_code_2(shell):
    assert shell("tsunami").returncode == 2
    assert shell("tsunami", "a.csv", "--language", "fr").returncode == 2


def test_python_gets_the_same_figures_as_the_command(shell, log):
    path = log()
    found = groundswell.tsunami(path)
    assert json.loads(shell("tsunami", path, "--json").stdout) == found.summary
    assert (found.page, found.rejected) == (None, None)
    assert found.lines[0].startswith("spring.csv: 18 sendings")
    with pytest.raises(DataError):
        groundswell.tsunami(path, who="nobody")
