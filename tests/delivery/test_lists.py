"""The lists people carry out: nobody who said stop, everybody's own words, and everybody accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.channels import Channel
from groundswell.delivery import hand_over
from groundswell.messages.files import parse_message
from groundswell.people import gather
from groundswell.policy import open_options
from groundswell.policy.settings import Limit
from groundswell.profiles import Trait, profile
from groundswell.sources import PeopleSpec, Rows
from tiny import list_of

LETTER = parse_message(
    "# post\nDear {{ household.names }}\n# phone\nAsk for {{ person.first_name }}", Path("letter.md")
)
CHANNELS = {"post": Channel("post", "household", {"*": 1.0}), "phone": Channel("phone", "person", {"*": 1.0})}
ROLES = {"name": "name", "phone": "phone", "address": "address", "language": "language"}
OPTIONS = ("nothing", "letter/post", "letter/phone")


def handed(
    folder,
    people: list[dict[str, str | None]],
    options: list[str],
    *,
    message=LETTER,
    decide="household",
    left_open=False,
):
    names = ("id", "home", "stop", "name", "phone", "address", "language", "age")
    columns = {name: pa.array([person.get(name) for person in people], pa.string()) for name in names}
    rows = pa.table({"_row": list(range(1, len(people) + 1)), **columns})
    spec = PeopleSpec(path="p.csv", person="id", household="home", stop="stop", **ROLES)
    who = gather(Rows("p.csv", rows, pa.table({})), spec, decide=decide).table
    traits = profile(who, rows, [Trait("age", "try_cast(age as double)")], file="campaign.toml")
    openness = open_options(
        who,
        rows,
        options=OPTIONS[1:],
        channels=CHANNELS,
        messages={"letter": message},
        limits=[Limit("budget", "money", 100.0)],
        roles=tuple(ROLES),
        contacts=pa.table({"unit": pa.array([], pa.string()), "on": pa.array([], pa.date32())}),
        today=date(2026, 11, 21),
        file="campaign.toml",
    )
    chosen = [options[place % len(options)] for place in range(len(openness.unit_ids))]
    if not left_open:  # as a plan would: only what is open
        places = [OPTIONS.index(option) - 1 for option in chosen]
        chosen = [
            option if place >= 0 and openness.is_open[unit, place] else "nothing"
            for unit, (option, place) in enumerate(zip(chosen, places, strict=True))
        ]
    decisions = pa.table(
        {
            "unit": list(openness.unit_ids),
            "option": chosen,
            "reason": ["closed"] * len(chosen),
            "propensity": [0.25 + place / 1000 for place in range(len(chosen))],
            "key": [f"1:{unit}" for unit in openness.unit_ids],
        }
    )
    done = hand_over(
        folder,
        people=who,
        rows=rows,
        traits=traits,
        decisions=decisions,
        rules=openness.table(),
        channels=CHANNELS,
        messages={"letter": message},
        campaign="Spring",
        language="en",
    )
    lists = {name: list_of(folder / f"{name}.csv") for name in ("mail-merge", "call-list", "left-out")}
    return done, lists, decisions, who


IDS = some.text(some.sampled_from('ab:%=+-@ "é/'), min_size=1, max_size=5).map(str.strip).filter(bool)


@settings(max_examples=25, deadline=None)
@given(
    people=some.lists(
        some.fixed_dictionaries(
            {
                "id": IDS,
                "home": some.sampled_from(["h1", "h2", "h3", "h:4", None]),
                "stop": some.sampled_from([None, "no", "0", "yes", "maybe"]),
                "name": some.sampled_from([None, "Ada Elm", "=HYPERLINK(1)"]),
                "phone": some.sampled_from([None, "+49 30 123456"]),
                "address": some.sampled_from([None, "1 Mill Street"]),
            }
        ),
        min_size=1,
        max_size=10,
        unique_by=lambda person: person["id"],
    ),
    options=some.lists(some.sampled_from(OPTIONS), min_size=1, max_size=4),
    decide=some.sampled_from(["household", "person"]),
    plan_is_wrong=some.booleans(),
)
def test_nobody_who_said_stop_is_on_any_list_and_every_unit_is_accounted_for(
    tmp_path_factory, people, options, decide, plan_is_wrong
):
    if decide == "person":
        options = [option for option in options if option != "letter/post"] or ["letter/phone"]
    folder = tmp_path_factory.mktemp("lists")
    _, lists, decisions, who = handed(folder, people, options, decide=decide, left_open=plan_is_wrong)
    stopped = {row["person"] for row in who.to_pylist() if row["stop"]}
    closed = {row["household"] for row in who.to_pylist() if row["stop"]}
    row_of = {row["person"]: row for row in who.to_pylist()}
    listed = [*lists["mail-merge"], *lists["call-list"]]
    written = {neutralised(person): person for person in row_of}
    on_list = [written[row["person"]] for row in listed]
    assert not stopped & set(on_list)
    assert not closed & {row_of[written[row["person"]]]["household"] for row in lists["mail-merge"]}
    for name, rows in lists.items():
        keys = [row["key"] if "key" in row else row["unit"] for row in rows]
        assert len(keys) == len(set(keys)), name
    units = {row_of[person]["unit"] for person in on_list}
    left = [row["unit"] for row in lists["left-out"]]
    assert len(left) + len(units) == decisions.num_rows
    assert not {neutralised(unit) for unit in units} & set(left)
    chance = dict(zip(decisions["unit"].to_pylist(), decisions["propensity"].to_pylist(), strict=True))
    for person, row in zip(on_list, listed, strict=True):
        assert float(row["propensity"]) == pytest.approx(chance[row_of[person]["unit"]])
        assert not row.get("name", "").startswith("=")
    for row in lists["left-out"]:
        assert row["in words"]


def neutralised(text: str) -> str:
    from groundswell.tables.csv import neutral

    return neutral(text)


ADA = {"id": "a", "home": "h", "name": "Ada Elm", "phone": "+49 30 123456", "address": "1 Mill Street", "age": "34"}
BEN = {"id": "b", "home": "h", "name": "Ben Elm", "phone": None, "address": None, "age": None}


def test_a_letter_goes_to_a_member_with_an_address_and_names_everybody(tmp_path):
    _, lists, *_ = handed(tmp_path, [BEN, ADA], ["letter/post"])
    (row,) = lists["mail-merge"]
    assert (row["key"], row["household"], row["person"], row["address"]) == ("1:h", "h", "a", "1 Mill Street")
    assert row["text"] == "Dear Ben Elm, Ada Elm"


def test_a_call_goes_to_each_member_with_a_telephone(tmp_path):
    _, lists, *_ = handed(tmp_path, [BEN, ADA], ["letter/phone"])
    (row,) = lists["call-list"]
    assert (row["key"], row["person"], row["phone"], row["text"]) == ("1:h:a", "a", "+49 30 123456", "Ask for Ada")


def test_the_same_decisions_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        handed(tmp_path / name, [BEN, ADA], ["letter/post"])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_numbers_are_said_as_people_say_them_and_blanks_fall_back(tmp_path):

    said = parse_message(
        '+++\nfallback = { age = "some" }\n+++\n# post\n{{ person.age }} years, {{ household.age }} on average\n'
        "# phone\n{{ person.age }} years\n# phone (es)\n{{ person.age }} años",
        Path("letter.md"),
    )
    people = [ADA | {"language": "es"}, BEN | {"phone": "1", "language": "en"}]
    _, lists, *_ = handed(tmp_path, people, ["letter/phone"], message=said)
    assert [row["text"] for row in lists["call-list"]] == ["34 años", "some years"]
    _, lists, *_ = handed(tmp_path, people, ["letter/post"], message=said)
    assert lists["mail-merge"][0]["text"] == "34 years, 34 on average"


def test_what_the_plan_overlooked_is_withheld_and_said(tmp_path):
    done, lists, *_ = handed(tmp_path, [ADA | {"stop": "yes"}], ["letter/post"], left_open=True)
    assert (done.withheld, lists["mail-merge"]) == (1, [])
    assert [(row["unit"], row["reason"]) for row in lists["left-out"]] == [("h", "stop")]
