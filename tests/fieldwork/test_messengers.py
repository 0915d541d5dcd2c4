"""Who may speak to whom, and that likeness pays in a town where the truth is known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from groundswell.channels import Channel
from groundswell.fieldwork import SPOKEN, VOLUNTEERS, plan_calls, read_friends, read_volunteers, teams_of
from groundswell.fieldwork.calling import choose
from groundswell.fieldwork.calls import calls_of
from groundswell.fieldwork.fit import Fit
from groundswell.sources import Rows
from groundswell.tables import rejects
from groundswell.vocabulary import ExpressionError
from groundswell.worlds import make_town

PHONE = Channel("phone", "person", {}, {"caller_hours": 0.5}, ("volunteer",))
DOOR = Channel("door", "person", {}, {"walk_hours": 0.5}, ("volunteer",))
CHANNELS = {"phone": PHONE, "door": DOOR}


def folk(*rows: tuple[str, float, str | None]):
    names = [row[0] for row in rows]
    people = pa.table(
        {
            "person": names,
            "unit": names,
            "household": names,
            "name": [name.title() for name in names],
            "language": pa.array([row[2] for row in rows], pa.string()),
            "stop": [False] * len(names),
            "row": range(len(names)),
        }
    )
    return people, pa.table({"person": names, "unit": names, "age": [row[1] for row in rows]})


def crew(**columns) -> pa.Table:
    count = len(columns["messenger"])
    kinds = VOLUNTEERS.columns
    return pa.table(
        {
            name: pa.array(columns[name], kind) if name in columns else pa.nulls(count, kind)
            for name, kind in kinds.items()
        }
    )


def who(people, traits, option, volunteers, **more) -> dict[str, str | None]:
    wanted = more.pop("people_called", people["person"].to_pylist())
    decisions = pa.table({"unit": wanted, "option": [option] * len(wanted)})
    found = SPOKEN.check(plan_calls(people, traits, decisions, volunteers, CHANNELS, key="k", **more).spoken)
    return dict(zip(found["person"].to_pylist(), found["messenger"].to_pylist(), strict=True))


TOWN = folk(("ada", 80.0, "es"), ("ben", 80.0, "en"), ("cy", 80.0, None))


def test_nobody_is_called_in_a_language_that_is_not_theirs():
    volunteers = crew(messenger=["v1", "v2"], name=["Uma", "Vic"], hours=[9.0, 9.0], languages=["en", "en; ES"])
    assert who(*TOWN, "hello/phone", volunteers, language="en")["ada"] == "v2"
    only = crew(messenger=["v1"], name=["Uma"], hours=[9.0], languages=["en"])
    assert who(*TOWN, "hello/phone", only, language="en") == {"ada": None, "ben": "v1", "cy": "v1"}


def test_nobody_is_sent_where_they_do_not_go_and_nobody_to_more_than_they_wish():
    volunteers = crew(
        messenger=["v1", "v2"], name=["Uma", "Vic"], hours=[9.0, 9.0], channels=["phone", None], most=[9, 1]
    )
    found = who(*TOWN, "hello/door", volunteers)
    assert Counter(found.values()) == {"v2": 1, None: 2}


def test_from_door_to_door_nobody_leaves_the_own_team_and_on_the_telephone_they_may():
    volunteers = crew(messenger=["v1"], name=["Uma"], hours=[9.0], team=["north"])
    teams = ["north", "south", None]
    assert who(*TOWN, "hello/door", volunteers, teams=teams) == {"ada": "v1", "ben": None, "cy": "v1"}
    assert set(who(*TOWN, "hello/phone", volunteers, teams=teams).values()) == {"v1"}


def test_the_own_household_is_called_only_where_the_campaign_says_so():
    people, traits = folk(("ada", 80.0, None), ("ben", 30.0, None))
    volunteers = crew(messenger=["v1"], person=["ben"], hours=[9.0])
    assert who(people, traits, "hello/phone", volunteers)["ben"] is None
    assert who(people, traits, "hello/phone", volunteers, own_home=True)["ben"] == "v1"


def test_the_same_voice_again_is_preferred_where_nothing_else_tells_two_apart():
    people, traits = folk(("ada", 50.0, None), ("uma", 50.0, None), ("vic", 50.0, None))
    volunteers = crew(messenger=["v1", "v2"], person=["uma", "vic"], hours=[9.0, 9.0])
    for messenger in ("v1", "v2"):
        before = {1: pa.table({"person": ["ada"], "messenger": [messenger]})}
        assert who(people, traits, "hello/phone", volunteers, people_called=["ada"], earlier=before) == {
            "ada": messenger
        }


def test_whoever_knows_somebody_speaks_to_them():
    people, traits = folk(("ada", 80.0, None), ("uma", 79.0, None), ("vic", 20.0, None))
    volunteers = crew(messenger=["v1", "v2"], person=["uma", "vic"], hours=[9.0, 9.0])
    alone = who(people, traits, "hello/phone", volunteers, people_called=["ada"])
    assert alone == {"ada": "v1"}
    friends = pa.table({"person": ["ada"], "messenger": ["v2"]})
    assert who(people, traits, "hello/phone", volunteers, people_called=["ada"], knows=friends) == {"ada": "v2"}


def test_friends_of_nobody_are_told():
    table = pa.table({"_row": [1, 2, 3, 4], "p": ["ada", "ada", "zoe", "ada"], "m": ["v1", "v1", "v1", "v9"]})
    rows = Rows("f.csv", table, rejects("f.csv", []))
    good, bad = read_friends(rows, "p", "m", pa.table({"person": ["ada"]}), pa.table({"messenger": ["v1"]}))
    assert good.to_pylist() == [{"person": "ada", "messenger": "v1"}]
    assert [(row["row"], row["column"], row["value"]) for row in bad.to_pylist()] == [(3, "p", "zoe"), (4, "m", "v9")]


def test_nobody_is_on_two_lists_and_hours_hold_with_chance_and_choice_together():
    rng = np.random.default_rng(0)
    people, traits = folk(
        *((f"p{place}", float(rng.integers(18, 90)), rng.choice(["en", "es"])) for place in range(300))
    )
    ids = [f"v{place}" for place in range(30)]
    hours = rng.choice([0.0, 0.4, 1.0, 3.7, 8.0], 30)
    most = rng.integers(0, 9, 30).astype(float)
    speaks = rng.choice(["en", "es", "en es"], 30).tolist()
    volunteers = crew(
        messenger=ids, person=[f"p{place}" for place in range(30)], hours=hours, most=most, languages=speaks
    )
    wanted = people["person"].to_pylist()
    options = rng.choice(["hello/phone", "hello/door", "nothing"], 300).tolist()
    decisions = pa.table({"unit": wanted, "option": options})
    found = plan_calls(people, traits, decisions, volunteers, CHANNELS, key="k", by_chance=0.5).spoken
    rows = found.to_pylist()
    assert len({row["person"] for row in rows}) == len(rows) == sum(option != "nothing" for option in options)
    spoken = Counter(row["messenger"] for row in rows if row["messenger"])
    for place, name in enumerate(ids):
        assert spoken[name] * 0.5 <= hours[place] + 1e-9
        assert spoken[name] <= most[place]
    said = dict(zip(wanted, people["language"].to_pylist(), strict=True))
    assert all(said[row["person"]] in speaks[ids.index(row["messenger"])] for row in rows if row["messenger"])
    assert any(row["drawn"] for row in rows)


def rows_of(**columns) -> Rows:
    count = len(columns["id"])
    return Rows("callers.csv", pa.table({"_row": range(1, count + 1), **columns}), rejects("callers.csv", []))


def test_rows_that_cannot_be_used_say_why_and_the_others_go_on():
    rows = rows_of(
        id=["v1", "v2", "v1", "v4", "v5", "v6", "v7", "v8"],
        who=["ada", "zoe", "ben", None, None, "ben", "ben", "ben"],
        hours=[1.0] * 8,
        name=[None, None, None, None, "Guest", None, None, None],
        by=["phone", None, None, None, "phone,door", "fax", None, None],
        ok=[True, True, True, True, True, True, None, True],
        speak=["en-US; Español", None, None, None, None, None, None, "fluent"],
    )
    roles = {"messenger": "id", "person": "who", "hours": "hours", "name": "name", "channels": "by", "consent": "ok"}
    roles["languages"] = "speak"
    good, bad = read_volunteers(rows, roles, pa.table({"person": ["ada", "ben"]}), ["phone", "door"])
    assert good["messenger"].to_pylist() == ["v1", "v5"]
    assert [(row["row"], row["column"], row["value"]) for row in bad.to_pylist()] == [
        (2, "who", "zoe"),
        (3, "id", "v1"),
        (4, "who", None),
        (6, "by", "fax"),
        (7, "ok", None),
        (8, "speak", "fluent"),
    ]
    reasons = bad["reason"].to_pylist()
    assert "expected phone, door" in reasons[3]
    assert "must have agreed" in reasons[4]
    assert "fluent is no language" in reasons[5]


def test_whoever_did_not_agree_to_speak_speaks_to_nobody():
    rows = rows_of(id=["v1", "v2"], who=["ada", "ben"], hours=[1.0, 1.0], ok=[False, True])
    roles = {"messenger": "id", "person": "who", "hours": "hours", "consent": "ok"}
    good, bad = read_volunteers(rows, roles, pa.table({"person": ["ada", "ben"]}), ["phone"])
    assert good["messenger"].to_pylist() == ["v2"]
    assert bad.num_rows == 0


def test_an_expression_for_teams_that_fails_is_told():
    people, _ = TOWN
    rows = pa.table({"_row": range(3), "ward": ["north", "south", None]})
    assert teams_of(people, rows, "ward", "campaign.toml") == ["north", "south", None]
    with pytest.raises(ExpressionError, match="team_of"):
        teams_of(people, rows, "cast(ward as integer)", "campaign.toml")


def in_town(seed: int, people: int = 2_000):
    """A town, calls to 400 of its people, and its volunteers."""
    town = make_town(people=people, seed=seed)
    table = town.table
    ids = table["id"].to_pylist()
    shown = pa.table(
        {
            "person": ids,
            "unit": ids,
            "household": table["household_id"],
            "name": table["full_name"],
            "stop": [False] * len(ids),
        }
    )
    age = (2026 - table["born"].to_numpy()).astype(float)
    spanish = (np.array(table["language"].to_pylist()) == "es").astype(float)
    traits = pa.table({"person": ids, "unit": ids, "age": age, "district": table["district"], "spanish": spanish})
    rng = np.random.default_rng(seed)
    wanted = [ids[place] for place in rng.choice(len(ids), 400, replace=False)]
    decisions = pa.table({"unit": wanted, "option": ["pension-advice/phone"] * len(wanted)})
    hours = pa.array(town.volunteers["hours"].to_numpy().astype(float) * 2)
    volunteers = pa.table({"messenger": town.volunteers["id"], "person": town.volunteers["person_id"], "hours": hours})
    phone = {"phone": Channel("phone", "person", {}, {"caller_hours": 0.05}, ("volunteer",))}
    return town, calls_of(shown, traits, decisions, volunteers, phone)


def truly(town, calls, chosen) -> float:
    speaks = dict(zip(calls.ids, chosen.messenger.tolist(), strict=True))
    messengers = [calls.speakers.ids[speaks[one]] if speaks.get(one, -1) >= 0 else None for one in town.person_ids]
    chances = town.chances(["pension-advice/phone"], messengers=messengers)
    return float(chances[calls.row, 1].mean())


def test_matched_calls_beat_callers_drawn_by_chance_by_the_towns_own_truth():
    better = 0
    for seed in range(100):
        town, calls = in_town(seed)
        fit = Fit.believed(calls.names)
        matched, drawn = (choose(calls, fit, by_chance=share, key=str(seed)) for share in (0.0, 1.0))
        better += truly(town, calls, matched) > truly(town, calls, drawn)
    assert better >= 95


def test_walters_list_is_people_near_his_age():
    town, calls = in_town(0, people=20_000)
    chosen = choose(calls, Fit.believed(calls.names), key="x")
    walter = calls.speakers.ids.index("v001")
    ages = (2026 - town.table["born"].to_numpy())[calls.row]
    mine = ages[chosen.messenger == walter]
    assert len(mine) >= 3
    assert mine.min() >= 70


def test_candidates_of_very_many_are_found_as_well_as_if_all_pairs_were_looked_at(monkeypatch):
    _, calls = in_town(5, people=20_000)
    fit = Fit.believed(calls.names)
    everybody = choose(calls, fit, key="x")
    monkeypatch.setattr("groundswell.fieldwork.calls._ALL_PAIRS", 1)
    few = choose(calls, fit, key="x")
    assert (few.messenger >= 0).all()

    def worth(chosen) -> float:
        near = chosen.messenger[:, None]
        return float(fit.score(calls.like(np.arange(len(calls.ids)), near), np.zeros(near.shape)).sum())

    drawn = worth(choose(calls, fit, by_chance=1.0, key="x"))
    assert worth(few) - drawn >= 0.95 * (worth(everybody) - drawn)
