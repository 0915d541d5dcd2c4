"""``decide = "team"``: one message for everybody who has the same manager, and what that means for lists, stops and proof."""

from __future__ import annotations

from datetime import timedelta

import pytest

import groundswell
from groundswell.tables import read
from groundswell.trust.brief import brief
from groundswell.vocabulary import SettingsError
from spring import BACK, FIRST, SECOND, sheet
from tiny import list_of

TOML = """\
format = 1
name = "The new shifts"
purpose = "workforce"
place = "US"
decide = "team"

[actions]
volunteer = { goal = true, value = 25, within = "21 days" }

[sources.people]
path = "people.csv"
person = "id"
household = "home"
name = "name"
email = "email"
manager = "boss"
stop = "stop"

[channels]
email = { reaches = "person", cost = 0.5 }

[limits]
budget = { of = "money", at_most = 1000 }
patience = { of = "contacts", per = "person", within = "60 days", at_most = 1 }

[learning]
pilot = 1.0
"""
PAST = """
outcomes = { volunteer = "did" }
[sources.people.past]
option = "arm"
drawn = { by = "team" }
options = { none = "nothing", letter = "shifts/email" }
[channels]"""
TEXT = "# email\nSubject: Shifts\n{{ person.name }}, you are {{ team.size }}: {{ team.names }}."


def staff(teams: int = 20, each: int = 4) -> list[dict[str, str]]:
    """A director, managers, and ``each`` people below each of these; everybody lives with somebody of another team."""
    rows = [{"id": "d", "boss": ""}, *({"id": f"m{team}", "boss": "d"} for team in range(teams))]
    rows += [{"id": f"w{team}x{place}", "boss": f"m{team}"} for team in range(teams) for place in range(each)]
    return [
        row | {"home": f"h{at % 40}", "name": f"Name {row['id']}", "email": f"{row['id']}@example.org", "stop": ""}
        for at, row in enumerate(rows)
    ]


@pytest.fixture
def work(tiny):
    def made(rows=None, **more) -> groundswell.Campaign:
        return tiny(rows or staff(), toml=TOML, messages={"shifts": TEXT}, **more)

    return made


def team_of(done) -> dict[str, str]:
    return {row["person"]: row["unit"] for row in read(done.path / "people.parquet").to_pylist()}


def option_of(done) -> dict[str, str]:
    """Person -> what their team gets."""
    by_unit = {row["unit"]: row["option"] for row in done.decisions.arrow().to_pylist()}
    return {person: by_unit[unit] for person, unit in team_of(done).items()}


def test_all_of_a_team_get_the_same_and_each_by_the_own_address(work):
    done = work().run(now=FIRST)
    teams = team_of(done)
    assert len(set(teams.values())) == 21  # twenty, and that of the managers, with the director
    assert len({teams[f"m{number}"] for number in range(20)}) == 1
    rows = list_of(done.path / "lists" / "email-merge.csv")
    got = {person for person, option in option_of(done).items() if option != "nothing"}
    assert got
    assert {row["person"] for row in rows} == got
    said = next(row for row in rows if row["person"].startswith("w"))
    team = said["person"].split("x")[0]
    names = ", ".join(f"Name {team}x{place}" for place in range(4))
    assert said["text"] == f"Name {said['person']}, you are 4: {names}."
    assert done.summary["units"] == 21
    assert any("teams" in line for line in brief(done.summary))


def test_who_said_stop_is_left_out_and_the_others_of_the_team_are_not(work):
    rows = [row | {"stop": "yes"} if row["id"].endswith("x0") else row for row in staff()]
    done = work(rows).run(now=FIRST)
    listed = {row["person"] for row in list_of(done.path / "lists" / "email-merge.csv")}
    assert not [person for person in listed if person.endswith("x0")]
    assert {person for person, option in option_of(done).items() if option != "nothing"} == listed | {
        person for person, option in option_of(done).items() if option != "nothing" and person.endswith("x0")
    }


def test_who_changes_the_team_takes_the_contacts_along(work):
    campaign = work()
    got = option_of(campaign.run(now=FIRST))
    told = next(person for person, option in got.items() if person.startswith("w") and option != "nothing")
    quiet = next(person for person, option in got.items() if person.startswith("w") and option == "nothing")
    mover = next(row for row in staff() if row["id"] == told)
    calm = team_of(campaign.last)[quiet]
    campaign.bring_in(
        sheet(campaign, "moved.csv", [mover | {"boss": f"m{quiet[1:].split('x')[0]}"}]), "people", now=BACK
    )
    done = campaign.run(now=SECOND, next_round=True)
    assert team_of(done)[told] == calm
    rules = {row["unit"]: row["rule:shifts/email"] for row in read(done.path / "options.parquet").to_pylist()}
    assert rules[calm] == "patience"


def test_a_new_manager_makes_nobody_forget_what_the_team_was_told(work):
    campaign = work()
    got = option_of(campaign.run(now=FIRST))
    told = next(person for person, option in got.items() if person.startswith("w") and option != "nothing")
    boss = f"m{told[1:].split('x')[0]}"
    rows = [row | {"boss": "d2"} if row["boss"] == boss else row for row in staff()]
    rows.append(staff()[0] | {"id": "d2", "boss": "d"})
    campaign.bring_in(sheet(campaign, "new.csv", rows), "people", now=BACK)
    done = campaign.run(now=SECOND, next_round=True)
    rules = {row["unit"]: row["rule:shifts/email"] for row in read(done.path / "options.parquet").to_pylist()}
    assert rules[team_of(done)[told]] == "patience"


def test_what_came_back_is_learnt_by_team(work):
    campaign = work(staff(teams=40))
    first = campaign.run(now=FIRST)
    acted = [{"person": person, "at": "2026-11-04"} for person in team_of(first) if person.endswith("x1")]
    campaign.bring_in(sheet(campaign, "came.csv", acted), "outcomes", now=BACK)
    done = campaign.run(now=SECOND + timedelta(days=60))
    arms = {arm["option"]: arm for arm in done.summary["arms"]}
    assert sum(arm["units"] for arm in arms.values()) == 41
    assert sum(arm["people"] for arm in arms.values()) == 201
    told = campaign.tell(campaign.why("Name w3x1"))
    assert "This is decided for the whole team of 4: one message for all of them." in told
    assert "decisions.parquet; how often they were contacted in the last 60 days" in told


def test_no_id_of_a_manager_who_is_forgotten_is_left_whatever_was_learnt_by_team(work):
    rows = [row | {"id": "zelda99"} if row["id"] == "m3" else row for row in _led_by("zelda99")]
    campaign = work(rows, replace={"[channels]": "[traits]\ncrew = '\"~team\"'\n[channels]"})
    campaign.run(now=FIRST)
    acted = [{"person": row["id"], "at": "2026-11-04"} for row in rows if row["id"].endswith("x1")]
    campaign.bring_in(sheet(campaign, "came.csv", acted), "outcomes", now=BACK)
    assert campaign.run(now=SECOND).number == 2
    campaign.forget("zelda99")
    hits = [path for path in campaign.folder.rglob("*") if path.is_file() and b"zelda99" in path.read_bytes()]
    assert hits == []


def test_the_mark_of_a_team_tells_nothing_without_the_key(work, tmp_path):
    marks = {team_of(work(staff(2)).run(now=FIRST))["w1x1"]}
    (tmp_path / "tiny" / ".groundswell" / "secret.key").unlink()
    with (tmp_path / "tiny" / "people.csv").open("a") as file:
        file.write("new,d,h1,Nora,nora@example.org,\n")
    marks.add(team_of(groundswell.open(tmp_path / "tiny").run(now=FIRST, next_round=True))["w1x1"])
    assert len(marks) == 2


def test_a_trait_that_shows_the_managers_id_is_refused(work):
    campaign = work(replace={"[channels]": "[traits]\ncrew = 'boss'\n[channels]"})
    assert [(error.key, error.message) for error in campaign.check()] == [
        ("traits.crew", "crew reads boss, the id of somebody else.")
    ]


def _led_by(name: str) -> list[dict[str, str]]:
    return [row | {"boss": name} if row["boss"] == "m3" else row for row in staff()]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('manager = "boss"\n', "", "sources.people.manager"),
        ('person = "id"', 'person = "#row"', "sources.people.person"),
        ('reaches = "person"', 'reaches = "household"', "channels.email.reaches"),
        ('reaches = "person"', 'reaches = "endpoint"', "channels.email.reaches"),
        ('per = "person"', 'per = "household"', "limits.patience.per"),
        (
            "[channels]",
            PAST.replace('by = "team"', 'by = "household"'),
            "sources.people.past.drawn.by",
        ),
        (
            "[learning]",
            '[experiments.ask]\nquestion = "?"\nby = "person"\narms = { nothing = 0.5, "shifts/email" = 0.5 }\n[learning]',
            "experiments.ask.by",
        ),
    ],
)
def test_what_does_not_go_with_teams_is_told_with_its_key(work, old, new, key):
    with pytest.raises(SettingsError) as error:
        work(replace={old: new}).run(now=FIRST)
    assert error.value.key == key


def test_a_past_that_was_drawn_by_team_is_learnt_from_and_one_that_was_not_is_refused_row_by_row(work):
    rows = [
        row | {"arm": "letter" if row["boss"] in {"", "d", "m2", "m4", "m6"} else "none", "did": "yes"}
        for row in staff()
    ]
    rows[-1] |= {"arm": "letter"}  # one of a team that was to hear nothing
    done = work(rows, replace={"[channels]": PAST}).run(now=FIRST)
    told = read(done.path / "rejected.parquet").to_pylist()
    assert {row["reason"] for row in told} == {"their team has conflicting treatments: letter and none"}
    assert len(told) == 4
    assert sum(arm["units"] for arm in done.summary["arms"]) == 20
