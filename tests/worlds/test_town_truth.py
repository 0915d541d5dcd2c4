"""What is true of the made-up town's people: whom what moves, and the traps that it sets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from groundswell.uplift.features import Design
from groundswell.vocabulary import NOTHING
from groundswell.worlds import TOWN_OPTIONS, make_town
from groundswell.worlds.town.homes import Role
from groundswell.worlds.town.interests import TOPICS
from worlds.springfield import EDITH, MARIA, back, came, effect, effects, place

GOOD = ("home-care/phone", "pension-advice/phone", "rents/email", "rents/door", "school-meals/email")


def test_without_us_about_twelve_in_a_hundred_come(town):
    nothing = town.chances([])[:, 0]
    assert 0.11 < nothing.mean() < 0.13
    assert nothing.min() >= 0.0199
    assert nothing.max() <= 0.501


def test_in_the_world_without_effects_nothing_has_any(towns):
    chances = towns["none"].chances(TOWN_OPTIONS)
    assert (chances == chances[:, :1]).all()
    assert np.array_equal(chances[:, 0], towns["smooth"].chances([])[:, 0])


@pytest.mark.parametrize("option", GOOD)
def test_good_options_help_on_average_and_the_right_people_much_more(town, option):
    gain = effect(town, option)
    assert 0.02 < gain.mean() < 0.06
    right = np.sort(gain)[-len(gain) // 10 :]
    assert 0.08 < right.mean() < 0.22


@pytest.mark.parametrize("seed", [1, 2])
def test_whom_we_speak_to_matters(seed):
    for truth in ("smooth", "steps"):
        gain = effects(make_town(seed=seed, truth=truth))
        broadcast = gain.mean(axis=0)
        assert (broadcast >= 0.045).sum() >= 2
        assert np.maximum(gain.max(axis=1), 0).mean() > 1.6 * broadcast.max()


def test_neither_truth_has_the_shape_of_our_learner(town, people):
    known = people.assign(age=2026 - people["born"])
    known = known[["age", "votes", "meetings", "school_age_children", *(f"cares_{topic}" for topic in TOPICS)]].astype(
        float
    )
    known = known.join(people[["woman", "language", "district", "occupation"]])
    traits = pa.Table.from_pandas(known, preserve_index=False)
    traits = traits.cast(
        pa.schema([(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in traits.schema])
    )
    basis = Design.learn(traits).basis(traits)
    for option in GOOD:
        gain = effect(town, option)
        rest = gain - basis @ np.linalg.lstsq(basis, gain, rcond=None)[0]
        assert rest.var() > 0.1 * gain.var()


def test_an_option_that_cannot_arrive_does_nothing(town, people):
    assert (effect(town, "rents/email")[people["email"].isna()] == 0).all()
    assert (effect(town, "home-care/phone")[people["phone"].isna()] == 0).all()


def test_effects_wear_off_with_every_contact(town):
    three = np.where(np.arange(len(town.person_ids)) % 2, 3, 0)
    fresh, tired = effect(town, "pension-advice/phone"), effect(town, "pension-advice/phone", contacts=three)
    assert np.array_equal(fresh[three == 0], tired[three == 0])
    assert (np.abs(tired[three == 3]) <= np.abs(fresh[three == 3])).all()
    assert tired[three == 3].mean() < 0.4 * fresh[three == 3].mean()


def test_walter_moves_edith_more_than_a_young_stranger_who_speaks_another_language(town):
    hidden, row = town.hidden, place(town, EDITH)
    volunteers = {row["id"]: place(town, row["person_id"]) for row in town.volunteers.to_pylist()}
    young = [
        name
        for name, at in volunteers.items()
        if hidden.age[at] < 30 and hidden.spanish[at] and hidden.district[at] != hidden.district[row]
    ]
    calls = {
        who: effect(town, "home-care/phone", messengers=[who if at == row else None for at in range(len(hidden))])[row]
        for who in ("v001", young[0], None)
    }
    assert calls["v001"] > 1.3 * calls[None] > 1.3 * calls[young[0]] > 0


def test_who_signs_makes_no_difference_to_what_is_read(town):
    everybody_walter = ["v001"] * len(town.person_ids)
    letters = ("school-meals/email", "pension-advice/post")
    assert np.array_equal(effects(town, *letters), effects(town, *letters, messengers=everybody_walter))


def test_maria_is_moved_by_schools_and_not_by_trade_and_edith_by_care_at_home(town):
    gain = dict(zip(TOWN_OPTIONS, effects(town)[place(town, MARIA)], strict=True))
    assert gain["school-meals/email"] == max(gain.values()) > 0.1
    assert gain["trade-deal/email"] < 0
    assert effect(town, "home-care/phone")[place(town, EDITH)] > 0.1


# The traps


def test_trap_pension_advice_moves_those_of_30_to_50_and_hardly_the_old(town):
    age = town.hidden.age
    for option in ("pension-advice/phone", "pension-advice/post"):
        gain = effect(town, option)
        assert gain[(age >= 30) & (age <= 50)].mean() > 0.08
        assert abs(gain[age >= 67].mean()) < 0.01


def test_trap_the_clinics_hours_move_nobody(town):
    assert (effect(town, "clinic-hours/post") == 0).all()


def test_trap_rents_drive_owners_away_and_bring_young_tenants(town):
    hidden = town.hidden
    rooted = hidden.owner & (hidden.years > 12) & (hidden.age > 50)
    for option in ("rents/email", "rents/door"):
        gain = effect(town, option)
        assert gain[rooted].mean() < -0.015
        assert (gain < -0.01).mean() > 0.15
        assert gain[~hidden.owner & (hidden.age < 40)].mean() > 0.08


def test_trap_generations_of_one_household_want_different_things(town):
    hidden, gain = town.hidden, effects(town)
    generations = np.flatnonzero((hidden.role == Role.ELDER) & (hidden.age > 70) & (hidden.at_school > 0))
    members = [np.flatnonzero(hidden.home == home) for home in np.unique(hidden.home[generations])[:300]]
    torn = [((gain[at] > 0.02).any(axis=0) & (gain[at] < -0.01).any(axis=0)).any() for at in members]
    assert np.mean(torn) > 0.4
    meals = TOWN_OPTIONS.index("school-meals/phone")
    assert np.mean([(gain[at, meals] > 0.02).any() and (gain[at, meals] < -0.01).any() for at in members]) > 0.25


def test_trap_everybody_talks_about_buses_and_buses_move_nobody(town):
    hidden, gain = town.hidden, effect(town, "bus-line/email")
    loud = TOPICS.index("transport")
    declared = (~np.isnan(hidden.declared)).mean(axis=0)
    assert declared[loud] > 1.5 * np.delete(declared, loud).max()
    assert np.abs(gain).max() < 0.02
    assert abs(gain.mean()) < 0.002
    assert abs(np.corrcoef(gain, hidden.interest[:, loud])[0, 1]) < 0.05


def test_trap_what_was_said_at_the_door_about_care_is_often_not_written_down(town):
    for option, share in (("home-care/door", 0.15), ("rents/door", 0.02), (NOTHING, 0.02)):
        results = back(town, option)["result"].to_numpy()
        assert abs((results == "").mean() - share) < 0.01
    once, again = back(town, "home-care/door")["result"].to_numpy(), came(town, "home-care/phone")
    assert abs(again[once == ""].mean() - again[once != ""].mean()) < 0.03  # whatever the result is
