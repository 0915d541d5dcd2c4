"""What comes back from the made-up town: as often as is true, alike in a household, and repeatable."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from groundswell.vocabulary import NOTHING, CampaignError
from groundswell.worlds import TOWN_OPTIONS
from worlds.springfield import DAY, MARIA, back, came, effect


def test_one_row_comes_back_for_each_person_within_three_weeks(town):
    found = back(town, "rents/email")
    assert found.column_names == ["key", "person", "action", "result", "at"]
    assert found["person"].to_pylist() == list(town.person_ids)
    assert set(found["result"].to_pylist()) == {"yes", "no", ""}
    days = found["at"].to_pylist()
    assert (min(days), max(days)) == (DAY, DAY + timedelta(days=21))


def test_people_come_as_often_as_their_chance_says(town):
    count = len(town.person_ids)
    given = np.random.default_rng(5).choice([NOTHING, *TOWN_OPTIONS], count)
    chances = town.chances(TOWN_OPTIONS)
    chance = chances[np.arange(count), [(NOTHING, *TOWN_OPTIONS).index(option) for option in given]]
    results = [back(town, list(given), round_number=k)["result"].to_numpy() for k in range(6)]
    seen = np.array([np.where(result == "", np.nan, result == "yes") for result in results], dtype=float)
    for low, high in ((0, 0.1), (0.1, 0.25), (0.25, 1)):
        among = (chance >= low) & (chance < high)
        error = np.nanmean(seen[:, among]) - chance[among].mean()
        assert abs(error) < 4 * np.sqrt(2.0 * high * (1 - low) / (6 * among.sum()))


def test_who_lives_together_does_alike_beyond_what_their_chances_say(town):
    chance = town.chances([])[:, 0]
    home = town.hidden.home
    pairs = np.flatnonzero(home[1:] == home[:-1])
    seen = np.array([came(town, NOTHING, round_number=k) for k in range(6)])
    rest = (seen - chance) / np.sqrt(chance * (1 - chance))
    assert 0.3 < (rest[:, pairs] * rest[:, pairs + 1]).mean() < 0.5
    strangers = np.flatnonzero(home[2:] != home[:-2])
    assert abs((rest[:, strangers] * rest[:, strangers + 2]).mean()) < 0.03


def test_luck_depends_on_the_round_and_the_person_alone(town):
    whole = came(town, "school-meals/email")
    chosen = [17, 4, 4_000, 19_999]
    ids = [town.person_ids[at] for at in chosen]
    said = {"person_ids": ids, "keys": ids, "on": DAY, "round_number": 1}
    few = town.respond(["school-meals/email"] * len(ids), **said)
    assert [result == "yes" for result in few["result"].to_pylist()] == list(whole[chosen] == 1)
    assert not np.array_equal(whole, came(town, "school-meals/email", round_number=2))


def test_two_policies_are_compared_on_the_same_luck(town):
    gain = effect(town, "school-meals/email")
    nothing, meals = came(town, NOTHING), came(town, "school-meals/email")
    assert (meals >= nothing)[gain >= 0].all()
    assert (meals <= nothing)[gain <= 0].all()


def test_contacts_and_messengers_count_in_what_comes_back(town):
    ids = town.person_ids
    fresh = came(town, "home-care/phone").mean()
    assert came(town, "home-care/phone", contacts=np.full(len(ids), 4)).mean() < fresh
    old = town.hidden.age > 80
    assert came(town, "home-care/phone", messengers=["v001"] * len(ids))[old].mean() > came(town, NOTHING)[old].mean()


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"options": ["rent/email"]}, "rent/email"),
        ({"person_ids": ["p00001"]}, "p00001"),
        ({"messengers": ["v999"]}, "v999"),
    ],
)
def test_what_the_town_does_not_have_is_refused_by_name(town, wrong, found):
    said = {"options": ["rents/email"], "person_ids": [MARIA], "messengers": None} | wrong
    options = said.pop("options")
    with pytest.raises(CampaignError) as refused:
        town.respond(options, **said, keys=["k"], on=DAY, round_number=1)
    assert refused.value.found == found


def test_nobody_is_asked_and_nothing_comes_back(town):
    assert town.respond([], person_ids=[], keys=[], on=DAY, round_number=1).num_rows == 0
