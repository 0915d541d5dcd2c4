"""A round ends well, or with a clear error, whatever the people, the past and the limits are like."""

from __future__ import annotations

import json

import pytest

import groundswell
from groundswell.tables import read
from groundswell.vocabulary import DataError
from tiny import DAY, TOML, list_of, people


def played(campaign: groundswell.Campaign, seed: int = 0):
    done = campaign.run(now=DAY, seed=seed)
    lists = done.path / "lists"
    listed = list_of(lists / "mail-merge.csv")
    left = list_of(lists / "left-out.csv")
    assert len({row["household"] or row["person"] for row in listed}) + len(left) == done.decisions.arrow().num_rows
    assert json.loads((done.path / "summary.json").read_text()) == done.summary
    return done, listed, left


@pytest.mark.parametrize(
    "rows",
    [
        people(40),
        people(1),
        people(2),
        people(40, treatment="Control"),
        people(40, treatment="Letter"),
        people(40, treatment=""),
        people(40, voted=""),
        people(40, voted="yes"),
        people(40, home=""),
        people(40, home="one house", treatment="Control"),
        people(40, block=""),
        people(40, yob=""),
        [row | {"block": str(place)} for place, row in enumerate(people(40, home=""))],
    ],
    ids=[
        "plain",
        "one person",
        "one household",
        "all had nothing",
        "all had the letter",
        "no past for anybody",
        "no outcome known",
        "all voted",
        "no household known",
        "one house for all",
        "no block known",
        "no year known",
        "a block each",
    ],
)
def test_a_round_ends_well_or_with_a_clear_error(rows, tiny):
    try:
        done, listed, _ = played(tiny(rows))
    except DataError as error:
        assert error.found
        assert error.hint
        return
    assert done.summary["people"] <= len(rows)
    assert len(listed) * 0.6 <= 10


def test_where_everybody_said_stop_nobody_is_contacted(tiny):
    rows = [row | {"stop": "yes"} for row in people(40)]
    done, listed, left = played(tiny(rows, replace={'household = "home"': 'household = "home"\nstop = "stop"'}))
    assert listed == []
    assert {row["reason"] for row in left} <= {"stop", "holdout", "explored"}
    assert done.summary["limits"]["budget"]["used"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {'of = "money", at_most = 10': 'of = "money", at_most = 0'},
        {'of = "money", at_most = 10': 'of = "contacts", at_most = 0'},
        {"at_most = 1 }": "at_most = 0 }"},
        {"[limits]": "[learning]\nexplore = 0.5\n[limits]", 'of = "money", at_most = 10': 'of = "money", at_most = 0'},
    ],
    ids=["money", "contacts", "patience", "exploration"],
)
def test_a_limit_of_zero_means_nobody(change, tiny):
    done, listed, _ = played(tiny(people(400), replace=change))
    assert listed == []
    assert done.decisions.arrow()["option"].unique().to_pylist() == ["nothing"]
    assert done.summary["limits"]["budget"]["used"] == 0


def test_no_limit_at_all_is_a_round_too(tiny):
    lines = (
        'budget = { of = "money", at_most = 10 }\n',
        'patience = { of = "contacts", per = "person", within = "30 days", at_most = 1 }\n',
    )
    played(tiny(people(400), replace=dict.fromkeys(lines, "")))


def test_a_round_without_a_past_contacts_only_whom_chance_draws(tiny):
    past = "[sources.people.past]" + TOML.split("[sources.people.past]")[1].split("[traits]")[0]
    done, *_ = played(tiny(people(400), replace={past: "", "[limits]": "[learning]\nexplore = 0.2\n[limits]"}))
    found = done.decisions.arrow().to_pylist()
    assert {row["reason"] for row in found if row["option"] != "nothing"} <= {"explored"}


def test_a_propensity_of_zero_rejects_the_row(tiny):
    rows = [row | {"p": "0.5"} for row in people(40)]
    for place, wrong in enumerate(["0", "-0.5", "1.5", "0.001", "half", ""]):
        rows[place]["p"] = wrong
    change = {'drawn = { by = "household", within = "block" }': 'propensity = "p"'}
    done, *_ = played(tiny(rows, replace=change))
    rejected = read(done.path / "rejected.parquet")
    assert rejected.select(["row", "column", "value"]).to_pylist() == [
        {"row": place + 1, "column": "p", "value": value or None}
        for place, value in enumerate(["0", "-0.5", "1.5", "0.001", "half", ""])
    ]
    assert done.summary["people"] == 34


def test_every_row_is_a_person_or_rejected(tiny):
    rows = people(60)
    rows[5]["yob"] = "x"
    rows[9]["treatment"] = "?"
    rows[20]["treatment"] = "Control"  # the other one at home had the letter
    rows[16]["treatment"] = "Control"
    done, *_ = played(tiny(rows))
    rejected = set(read(done.path / "rejected.parquet")["row"].to_pylist())
    kept = set(read(done.path / "people.parquet")["row"].to_pylist())
    assert rejected | kept == set(range(1, 61))
    assert not rejected & kept


def test_a_file_with_semicolons_marks_and_odd_names_plays_a_round(tiny):
    rows = [
        row | {"person": str(n), "unit": "u", "row": "r", "value": "v", "problems": "p", "option": "o"}
        for n, row in enumerate(people(40))
    ]
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    content = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    text = "# post\n" + "".join(f"{{{{ person.{name} }}}}" for name in ("row", "unit", "value", "problems", "option"))
    text += " {{ person.person }}"
    done, listed, _ = played(
        tiny(
            rows,
            files={"people.csv": content},
            messages={"letter": text},
            replace={'person = "#row"': 'person = "person"', "[limits]": "[learning]\nexplore = 0.5\n[limits]"},
        )
    )
    assert done.summary["people"] == 40
    assert listed
    assert {row["text"].split()[0] for row in listed} == {"ruvpo"}
    assert all(row["text"].split()[1] == row["person"] for row in listed)
