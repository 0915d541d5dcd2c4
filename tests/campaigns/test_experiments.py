"""Experiments of a campaign: planned before anything is drawn, carried out by a round, looked at, closed for good."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import groundswell
from conftest import without_pictures
from groundswell.campaigns.trials import PLAN, RESULT, experiment_path
from groundswell.cli import app
from groundswell.tables import read, read_json
from groundswell.vocabulary import CampaignError, SettingsError
from groundswell.worlds import write_company, write_town
from spring import BACK, FIRST, answers, everybody, sheet, somebody, spring
from tiny import write_tiny

LETTERS = """
[experiments.letters]
question = "Does a letter bring people to the meeting?"
arms = { nothing = 0.5, "letter/post" = 0.5 }
past = ["age"]
effect = 0.1

[learning]
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    without_pictures(monkeypatch)


def asked(tiny, rows=None, *, toml: str = LETTERS, **replace: str) -> groundswell.Campaign:
    """The small campaign with an experiment; texts of the experiment replaced."""
    for old, new in replace.values() if replace else ():
        assert old in toml
        toml = toml.replace(old, new)
    return spring(tiny, rows or everybody(400), replace={"at_most = 200 }\n": f"at_most = 200 }}\n{toml}"})


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """After the round that drew the experiment; every fifth person has said stop. Look, change nothing."""
    folder = tmp_path_factory.mktemp("first") / "tiny"
    rows = [somebody(place, stop="yes" if place % 5 == 0 else "") for place in range(400)]
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        campaign = asked(lambda *given, **more: write_tiny(folder, *given, **more), rows)
        campaign.plan_experiment("letters", now=FIRST)
        campaign.run(now=FIRST)
    return folder


@pytest.fixture(scope="module")
def after(first, tmp_path_factory) -> Path:
    """The same when the results are in: of ten who had the letter seven came, of ten others one. Look, change nothing."""
    folder = Path(shutil.copytree(first, tmp_path_factory.mktemp("after") / "tiny"))
    campaign = groundswell.open(folder)
    mine = drawn(campaign.last)
    acted = {
        unit for place, (unit, option) in enumerate(mine.items()) if place % 10 < (7 if option != "nothing" else 1)
    }
    campaign.bring_in(sheet(campaign, "back.csv", answers(campaign.last, acted=acted)), "outcomes", now=BACK)
    return folder


@pytest.fixture
def answered(after, tmp_path) -> groundswell.Campaign:
    return groundswell.open(shutil.copytree(after, tmp_path / "answered"))


def drawn(done) -> dict[str, str]:
    """unit -> option of those who take part in a round's experiments."""
    table = read(done.path / "trials.parquet")
    return dict(zip(table["unit"].to_pylist(), table["option"].to_pylist(), strict=True))


def test_a_plan_is_written_down_before_anything_is_drawn_and_says_what_it_will_see(tiny):
    campaign = asked(tiny)
    plan = campaign.plan_experiment("letters", now=FIRST)
    assert plan == read_json(experiment_path(campaign.folder, "letters") / PLAN)
    assert (
        plan["entered"]["units"] + plan["entered"]["held_out"] + plan["entered"]["closed"] + plan["entered"]["left"]
        == 400
    )
    assert 0 < plan["power"]["visible"]["letter/post"] < 0.25
    assert plan["power"]["needed"] > plan["power"]["units"]
    assert not (campaign.folder / ".groundswell" / "rounds" / "0001").exists()
    assert campaign.experiments(now=FIRST)[0]["state"] == "planned"
    assert not any(person["id"] in json.dumps(plan) for person in everybody(400)[10:])


def test_the_round_gives_everybody_what_the_experiment_drew_with_its_propensity(first):
    campaign = groundswell.open(first)
    plan, done = read_json(experiment_path(first, "letters") / PLAN), campaign.last
    mine = drawn(done)
    rows = {row["unit"]: row for row in done.decisions.arrow().to_pylist()}
    assert len(mine) == plan["entered"]["units"]
    assert abs(sum(option == "nothing" for option in mine.values()) - len(mine) / 2) <= 1
    for unit, option in mine.items():
        assert rows[unit]["option"] == option
        assert rows[unit]["propensities"] == [0.5, 0.5]
        assert rows[unit]["reason"] == "experiment"
    assert all(row["reason"] != "experiment" for unit, row in rows.items() if unit not in mine)
    assert done.summary["limits"]["budget"]["used"] <= 200
    assert done.summary["learning"]["tried"] == len(mine)
    person = next(iter(mine))
    assert "experiment" in campaign.tell(campaign.why(person))


def test_nobody_who_is_held_out_or_said_stop_takes_part(first):
    done = groundswell.open(first).last
    mine = drawn(done)
    assert mine
    assert not {f"p{place}" for place in range(0, 400, 5)} & mine.keys()
    held = {row["unit"] for row in done.decisions.arrow().to_pylist() if row["reason"] == "holdout"}
    assert held
    assert not held & mine.keys()


def test_who_says_stop_between_plan_and_run_is_left_out_of_every_arm(first, tmp_path):
    campaign = groundswell.open(shutil.copytree(first, tmp_path / "stopped"))
    before = drawn(campaign.last)
    one = next(unit for unit, option in before.items() if option == "nothing")
    campaign.stop(one)
    now = drawn(campaign.run(now=FIRST))
    assert one not in now
    assert len(now) == len(before) - 1


def test_an_experiment_never_overruns_a_limit_and_says_how_many_that_leaves_out(tiny):
    campaign = asked(tiny)
    tight = groundswell.open(campaign.folder, sets=("limits.budget.at_most=20",))
    plan = tight.plan_experiment("letters", now=FIRST)
    assert plan["entered"]["left"] > 200
    assert plan["entered"]["used"]["budget"] <= 20


@pytest.mark.parametrize(("size", "units"), [("size = 100", 100), ("size = 7", 7)])
def test_no_more_take_part_than_were_asked_for(tiny, size, units):
    campaign = asked(tiny, more=("effect = 0.1", f"effect = 0.1\n{size}"))
    assert campaign.plan_experiment("letters", now=FIRST)["entered"]["units"] == units


def test_homes_are_drawn_whole_and_blocks_keep_their_shares(tiny):
    campaign = asked(tiny, more=("effect = 0.1", 'by = "household"\nwithin = "born >= 1970"'))
    campaign.plan_experiment("letters", now=FIRST)
    table = read(campaign.run(now=FIRST).path / "trials.parquet")
    arms: dict[str, set[str]] = {}
    for row in table.to_pylist():
        arms.setdefault(row["drawn"], set()).add(row["option"])
    assert all(len(options) == 1 for options in arms.values())
    assert max(len({row["unit"] for row in table.to_pylist() if row["drawn"] == home}) for home in arms) == 2
    for block in ("true", "false"):
        homes = {row["drawn"]: row["option"] for row in table.to_pylist() if row["stratum"] == block}
        assert abs(sum(option == "nothing" for option in homes.values()) - len(homes) / 2) < 1


def test_nothing_is_said_before_the_windows_are_over(first):
    campaign = groundswell.open(first)
    early, _ = campaign.show_experiment("letters", now=FIRST + timedelta(days=3))
    assert early["state"] == "running"
    assert early["pending"] == len(drawn(campaign.last))
    assert early["actions"][0]["arms"] == []


@pytest.mark.parametrize(("letters", "shown"), [(4, False), (5, True)])
def test_results_of_fewer_people_than_may_be_shown_are_not_nor_the_others_beside_them(first, tmp_path, letters, shown):
    campaign = groundswell.open(shutil.copytree(first, tmp_path / "few"))
    mine = drawn(campaign.last)
    told = [unit for unit, option in mine.items() if option == "letter/post"][:letters]
    told += [unit for unit, option in mine.items() if option == "nothing"][:60]
    rows = answers(campaign.last, acted=told, blank=set(mine) - set(told))
    campaign.bring_in(sheet(campaign, "few.csv", rows), "outcomes", now=BACK)
    found, page = campaign.show_experiment("letters", now=BACK)
    goal = found["actions"][0]
    assert {one["option"]: one["known"] for one in found["counts"]} == {"letter/post": letters, "nothing": 60}
    assert (bool(goal["arms"]), bool(goal["rates"]), goal.get("withheld")) == (shown, shown, None if shown else 5)
    assert page is not None
    assert ("Not shown: too few people." in page.read_text()) is not shown


def test_results_come_in_are_looked_at_and_are_closed_for_good(answered):
    mine = drawn(answered.last)
    found, page = answered.show_experiment("letters", now=BACK)
    [letter] = found["actions"][0]["arms"]
    assert found["pending"] == 0
    assert letter["estimate"]["lower"] < 0.6 < letter["estimate"]["upper"]
    assert letter["always"]["lower"] < letter["estimate"]["lower"]
    assert letter["p_adjusted"] < 0.001
    assert found["redrawn"]
    assert found["ratio"]["alarm"] is False
    assert {one["option"]: one["people"] for one in found["counts"]} == {
        option: sum(each == option for each in mine.values()) for option in ("nothing", "letter/post")
    }
    assert page is not None
    assert page.exists()

    closed, page = answered.close_experiment("letters", now=BACK)
    assert closed["state"] == "closed"
    path = experiment_path(answered.folder, "letters")
    before = (path / RESULT).read_bytes(), page.read_bytes()
    late = [row | {"result": "yes"} for row in answers(answered.last)]
    answered.bring_in(sheet(answered, "late.csv", late), "outcomes", now=BACK + timedelta(days=1))
    again, _ = answered.show_experiment("letters", now=BACK + timedelta(days=2))
    assert again == closed
    assert (path / RESULT).read_bytes() == before[0]
    assert (path / "report.html").read_bytes() == before[1]


def test_the_next_round_learns_from_an_experiment_with_its_own_propensities(answered):
    second = answered.run(now=BACK + timedelta(days=1))
    assert {arm["option"] for arm in second.summary["arms"]} == {"nothing", "letter/post"}
    assert drawn(second) == {}


def test_what_was_drawn_by_place_is_told_by_itself_and_teaches_the_learner_nothing(tiny):
    campaign = asked(tiny, more=("effect = 0.1", 'by = "born"'))
    campaign.plan_experiment("letters", now=FIRST)
    done = campaign.run(now=FIRST)
    campaign.bring_in(sheet(campaign, "back.csv", answers(done, acted=list(drawn(done))[::3])), "outcomes", now=BACK)
    found, _ = campaign.show_experiment("letters", now=BACK)
    assert sum(one["drawn"] for one in found["counts"]) <= 40
    second = campaign.run(now=BACK + timedelta(days=1))
    people = sum(arm["people"] for arm in second.summary["arms"])
    assert people <= 400 - len(drawn(done))


def test_a_plan_that_was_changed_by_hand_is_refused(tiny):
    campaign = asked(tiny)
    campaign.plan_experiment("letters", now=FIRST)
    path = experiment_path(campaign.folder, "letters") / PLAN
    path.write_text(path.read_text().replace("bring people", "bring everybody"), encoding="utf-8")
    with pytest.raises(CampaignError, match="changed after it was written down"):
        campaign.show_experiment("letters", now=FIRST)


def test_a_plan_is_withdrawn_before_it_is_drawn_and_never_planned_again_afterwards(tiny, after):
    campaign = asked(tiny)
    with pytest.raises(CampaignError, match="not planned yet"):
        campaign.close_experiment("letters", now=FIRST)
    campaign.plan_experiment("letters", now=FIRST)
    assert campaign.close_experiment("letters", now=FIRST)[0]["state"] == "withdrawn"
    assert campaign.experiments(now=FIRST)[0]["state"] == "declared"
    with pytest.raises(CampaignError, match="was drawn in round 1"):
        groundswell.open(after).plan_experiment("letters", now=BACK)


def test_a_forgotten_person_is_in_no_table_of_an_experiment(answered):
    one = next(iter(drawn(answered.last)))
    answered.forget(one)
    assert one not in drawn(answered.last)
    found, _ = answered.show_experiment("letters", now=BACK)
    assert sum(arm["people"] for arm in found["counts"]) == len(drawn(answered.last))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"letter/post" = 0.5', '"leter/post" = 0.5', 'Did you mean "letter/post"'),
        ("nothing = 0.5", "nothing = 0.6", "shares"),
        ("nothing = 0.5", 'nothing = 0.5, "letter/door" = 0.0', "letter/door"),
        ('past = ["age"]', 'past = ["ag"]', 'Did you mean "age"'),
        ("effect = 0.1", 'action = "atend"', 'Did you mean "attend"'),
        ("effect = 0.1", 'baseline = "post"', "no arm"),
        ("effect = 0.1", 'window = "three weeks"', "not a window"),
        ("effect = 0.1", 'by = "team"', "works together"),
        ("effect = 0.1", "effect = -0.1", "effect"),
    ],
)
def test_a_mistake_in_an_experiment_is_told_with_its_key(tiny, old, new, told):
    campaign = asked(tiny, more=(old, new))
    wrong = campaign.check()
    assert wrong
    assert isinstance(wrong[0], SettingsError)
    assert told in "\n".join(map(str, wrong))
    assert "experiments.letters" in "\n".join(map(str, wrong))


@pytest.mark.parametrize("line", ['where = "bron > 3"', 'within = "bron"', 'by = "bron"'])
def test_a_condition_on_a_column_that_is_not_there_is_told(tiny, line):
    wrong = asked(tiny, more=("effect = 0.1", line)).check()
    assert "bron" in str(wrong[0])


def test_an_experiment_nobody_can_take_part_in_says_why(tiny):
    campaign = asked(tiny, more=("effect = 0.1", 'where = "born > 2100"'))
    with pytest.raises(CampaignError, match="Nobody can take part") as refused:
        campaign.plan_experiment("letters", now=FIRST)
    assert "asked: 0" in str(refused.value)


def test_agreement_without_action_is_told_apart(tiny):
    campaign = spring(
        tiny,
        everybody(400),
        replace={
            'within = "21 days" }': 'within = "21 days" }\npledge = { within = "21 days", shows = "agreed" }',
            "at_most = 200 }\n": f"at_most = 200 }}\n{LETTERS}".replace("effect = 0.1", 'also = ["pledge"]'),
        },
    )
    campaign.plan_experiment("letters", now=FIRST)
    done = campaign.run(now=FIRST)
    mine = drawn(done)
    rows = answers(done, acted=list(mine)[::4])
    agreed = [
        {"key": row["key"], "result": "yes" if mine.get(row["key"].split(":")[1]) == "letter/post" else "no"}
        | {"at": row["at"], "action": "pledge"}
        for row in rows
    ]
    campaign.bring_in(sheet(campaign, "acts.csv", rows), "outcomes", now=BACK)
    campaign.bring_in(sheet(campaign, "pledges.csv", agreed), "outcomes", now=BACK)
    found, page = campaign.show_experiment("letters", now=BACK)
    acted, pledged = found["actions"]
    assert (acted["shows"], pledged["shows"]) == ("acted", "agreed")
    assert pledged["arms"][0]["always"]["lower"] > 0
    assert acted["arms"][0]["always"]["lower"] < 0
    assert page is not None
    text = page.read_text()
    assert "Agreement without action is not success" in text
    assert "What people agreed to" in text


def test_the_goal_may_not_be_mere_agreement(tiny):
    campaign = spring(tiny, replace={'within = "21 days" }': 'within = "21 days", shows = "agreed" }'})
    assert "Agreement without action" in str(campaign.check()[0])


def said(campaign: groundswell.Campaign, *words: str) -> str:
    """What the command says."""
    found = CliRunner().invoke(app, ["experiment", str(campaign.folder), *words])
    assert found.exit_code == 0, found.output
    return found.output


def test_the_command_lists_shows_and_closes(answered):
    assert "letters (running)" in said(answered, "--now", BACK.isoformat())
    shown = json.loads(said(answered, "--show", "letters", "--now", BACK.isoformat(), "--json"))
    assert shown["state"] == "running"
    assert "made people act" in said(answered, "--close", "letters", "--now", BACK.isoformat())
    assert json.loads(said(answered, "--json"))["experiments"][0]["state"] == "closed"
    place = str(answered.folder)
    assert CliRunner().invoke(app, ["experiment", place, "--plan", "a", "--close", "a"]).exit_code == 2
    assert CliRunner().invoke(app, ["experiment", place, "--show", "letter"]).exit_code == 1


def test_the_command_plans_in_the_campaigns_language(tiny):
    campaign = asked(tiny)
    file = campaign.folder / "campaign.toml"
    file.write_text(file.read_text().replace('decide = "person"', 'decide = "person"\nlanguages = ["es"]'))
    assert "declarado" in said(campaign)
    assert "Verá un efecto" in said(campaign, "--plan", "letters", "--now", FIRST.isoformat())


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """A made-up town with an experiment, planned and answered by the town itself."""
    folder = tmp_path_factory.mktemp("asked") / "town"
    write_town(folder, people=4_000, seed=3)
    with (folder / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[experiments.meals]\nquestion = "Which way?"\nby = "person"\nwithin = "district"\n'
            'past = ["meetings", "district"]\n'
            'arms = { nothing = 0.4, "school-meals/email" = 0.3, "school-meals/phone" = 0.3 }\n'
        )
    campaign = groundswell.open(folder)
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        campaign.plan_experiment("meals", now=FIRST)
        campaign.simulate(1, now=FIRST)
    return folder


def test_in_a_town_the_interval_holds_the_true_effect(town):
    """The town knows what everybody would do under every option: the true mean over those who took part is known."""
    from groundswell.campaigns.settings import load_settings
    from groundswell.campaigns.simulating import everybodys_messenger  # noqa: F401 - the truth of a call hangs on who calls
    from groundswell.worlds import contacts_before, read_town

    campaign = groundswell.open(town)
    found, _ = campaign.show_experiment("meals", now=BACK)
    place = read_town(town)
    settings = load_settings(town)
    table = read(town / ".groundswell" / "rounds" / "0001" / "trials.parquet")
    rows = [place.person_ids.index(unit) for unit in table["unit"].to_pylist()]
    recent = contacts_before([], place.person_ids, FIRST)
    chances = place.chances(settings.options, contacts=recent)[rows]
    at = {"nothing": 0, **{option: number + 1 for number, option in enumerate(settings.options)}}
    email = next(arm for arm in found["actions"][0]["arms"] if arm["option"] == "school-meals/email")
    truth = float((chances[:, at["school-meals/email"]] - chances[:, 0]).mean())
    assert email["estimate"]["lower"] < truth < email["estimate"]["upper"]
    assert found["spill_over"] is not None
    assert found["spill_over"]["mixed"] > 50
    assert found["decay"]["days"] == [7, 14, 21]
    total = np.sum([each["value"] for each in found["decay"]["arms"]["school-meals/email"]])
    assert abs(total - email["unadjusted"]["value"]) < 0.03


def values_of(campaign: groundswell.Campaign, units) -> dict[str, float]:
    """Person -> what they did, of those whose units are given."""
    from groundswell.campaigns.inputs import acted_by, people_today
    from groundswell.campaigns.linked import decisions_today, members_today
    from groundswell.listen import Action, join_outcomes

    settings = campaign.settings
    goal = settings.goal
    action = Action(goal.name, False, 1.0, goal.kind, goal.within)
    [decisions] = decisions_today(settings, before=2)
    members = members_today(settings, before=2)
    people, acted = people_today(settings), acted_by(settings)
    back = join_outcomes(people, [decisions], acted, action, today=BACK, members=members).outcomes
    return {row["person"]: row["value"] for row in back.to_pylist() if row["unit"] in units}


def test_in_a_company_what_travels_within_teams_is_told_by_how_many_of_a_team_were_told(tmp_path):
    from groundswell.experiments import spill_by_share
    from groundswell.trust.paper import plan_lines

    folder = tmp_path / "acme"
    write_company(folder, people=700, seed=2)
    with (folder / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[experiments.mail]\nquestion = "Does it?"\nby = "person"\nwithin = "site"\npast = ["site"]\n'
            'arms = { nothing = 0.5, "benefits/email" = 0.5 }\n'
        )
    campaign = groundswell.open(folder)
    lines = plan_lines(campaign.plan_experiment("mail", now=FIRST), folder)
    assert any(line.startswith("It takes 28 days") for line in lines)
    assert "What was known before (site) is not reckoned in: it will narrow the interval." in lines
    campaign.simulate(1, now=FIRST)
    found, page = campaign.show_experiment("mail", now=BACK)
    told = found["spill_teams"]
    first = folder / ".groundswell" / "rounds" / "0001"
    tried = {row["unit"]: row for row in read(first / "trials.parquet").to_pylist()}
    people = read(first / "people.parquet").to_pylist()
    assert len(tried) < 0.8 * len(people)  # many take no part, and are of the team all the same
    acted = values_of(campaign, tried)
    again = spill_by_share(
        [tried[row["unit"]]["option"] if row["unit"] in tried else "nothing" for row in people],
        [acted.get(row["person"], np.nan) for row in people],
        [row["manager"] or row["person"] for row in people],
        propensity=[0.5 if row["unit"] in tried else 1.0 for row in people],
        strata=[tried[row["unit"]]["stratum"] if row["unit"] in tried else "none" for row in people],
        alpha=0.025,
    )
    assert told["teams"] == again.groups > 20
    for name in ("untold", "told"):
        assert list(told[name].values()) == pytest.approx([end / 10 for end in getattr(again, name)])
    payroll = folder / "data" / "payroll.csv"
    with payroll.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    bosses = {row["manager_id"] for row in rows}
    others = [row for row in rows if row["id"] not in bosses]
    moved = [row["manager_id"] for row in others]
    for row, boss in zip(others, [*moved[200:], *moved[:200]], strict=True):
        row["manager_id"] = boss
    with payroll.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert campaign.show_experiment("mail", now=BACK)[0]["spill_teams"] == told  # teams are those of the draw
    text = page.read_text()
    assert "for each tenth more of their team" in text
    assert "believe them when the experiment is over" in text


def test_the_page_says_what_a_short_paper_says(town):
    found, page = groundswell.open(town).show_experiment("meals", now=BACK)
    text = page.read_text()
    for part in (
        "The question",
        "The design",
        "The result",
        "What this cannot say",
        "How this was reckoned",
        found["sha256"],
    ):
        assert part in text
    assert "default-src" in text
    assert "<script" not in text
