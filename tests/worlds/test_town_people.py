"""Who lives in the made-up town: as many as asked for, the named ones among them, as patchy as in real files."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from groundswell.vocabulary import SettingsError
from groundswell.worlds import TOWN_NAMED, TOWN_OPTIONS, make_town
from groundswell.worlds.town.interests import TOPICS
from worlds.springfield import WALTER


@pytest.mark.parametrize("size", [1_000, 1_234, 20_000, 23_000])
@pytest.mark.parametrize("name", TOWN_NAMED)
def test_the_named_people_live_in_every_town(size, name):
    table = make_town(people=size, seed=3).table
    assert table.num_rows == size
    row = table.filter(pc.equal(table["id"], TOWN_NAMED[name]["id"])).to_pylist()[0]
    unknown = {"", None}
    for column, said in TOWN_NAMED[name].items():
        assert row[column] == said or {row[column], said} == unknown, column


def test_walter_lives_alone_and_has_twelve_hours_a_week(towns, people):
    assert (people["household_id"] == TOWN_NAMED["Walter Brandt"]["id"].replace("p", "h")).sum() == 1
    row = towns["smooth"].volunteers.to_pylist()[0]
    assert row == {"id": "v001", "person_id": WALTER, "hours": 12, "carries": "phone"}


def test_nobody_else_has_a_named_persons_name(people):
    for name in TOWN_NAMED:
        assert (people["full_name"] == name).sum() == 1


def test_the_first_people_are_the_same_in_a_town_of_any_size():
    small, large = make_town(people=1_000), make_town(people=45_000)
    assert small.table.equals(large.table.slice(0, 1_000))
    assert small.volunteers.equals(large.volunteers.slice(0, len(small.volunteers)))
    assert np.array_equal(small.chances(TOWN_OPTIONS), large.chances(TOWN_OPTIONS)[:1_000])


def test_another_seed_is_another_town():
    assert not make_town(people=1_000).table.equals(make_town(people=1_000, seed=1).table)


def test_ids_are_unique_and_every_household_has_one_address_of_its_own(people):
    assert people["id"].is_unique
    homes = people.groupby("household_id")["address"].agg(["nunique", "first"])
    assert (homes["nunique"] == 1).all()
    assert homes["first"].is_unique
    assert 8_500 < len(homes) < 9_700


def test_one_telephone_often_stands_for_a_whole_household(people):
    numbers = people[people["phone"].notna()].groupby("phone")
    assert (numbers["household_id"].nunique() == 1).all()
    shared = numbers.size() > 1
    assert shared.sum() > 1_500
    several = people.groupby("household_id").filter(lambda home: len(home) > 1)
    assert 0.2 < (several["phone"].isin(shared[shared].index)).mean() < 0.6


def test_many_of_the_old_have_no_email(people):
    old = people["born"] <= 1950
    assert people["email"][old].isna().mean() > 0.45
    assert people["email"][~old].isna().mean() < 0.15
    assert people["email"].dropna().is_unique


def test_most_people_never_said_what_they_care_about_and_others_named_two_to_four_topics(people):
    said = people[[f"cares_{topic}" for topic in TOPICS]].notna().sum(axis="columns").iloc[len(TOWN_NAMED) :]
    assert 0.55 < (said == 0).mean() < 0.65
    assert set(said[said > 0]) == {2, 3, 4}


def test_what_people_say_they_care_about_is_a_noisy_reading_of_what_they_do(towns):
    hidden = towns["smooth"].hidden
    for topic in range(len(TOPICS)):
        known = ~np.isnan(hidden.declared[:, topic])
        assert 0.6 < np.corrcoef(hidden.declared[known, topic], hidden.interest[known, topic])[0, 1] < 0.95


def test_few_said_stop_and_some_occupations_are_unknown(people):
    assert 0.015 < (people["do_not_contact"] == "yes").mean() < 0.025
    assert 0.05 < people["occupation"].isna().mean() < 0.15
    assert set(people["district"]) == {"north", "south", "east", "west", "harbour"}
    assert set(people["language"]) == {"en", "es"}
    assert people["votes"].between(0, 4).all()


@pytest.mark.parametrize(
    ("said", "key"), [({"people": 999}, "people"), ({"people": 10_000_001}, "people"), ({"truth": "linear"}, "truth")]
)
def test_a_town_that_cannot_be_is_refused(said, key):
    with pytest.raises(SettingsError) as refused:
        make_town(**said)
    assert refused.value.key == key
