"""Traits that need no SQL: as of a day, so that the past does not know what came after it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from groundswell.profiles import Topic, TraitSpec, profile, trait_of
from groundswell.profiles.settings import NearSpec

DAY = date(2026, 11, 30)
PEOPLE = pa.table({"person": ["a", "b", "c"], "unit": ["a", "b", "c"], "household": ["h", "h", "i"], "row": [1, 2, 3]})


def made(spec: TraitSpec, rows: dict[str, object], types: dict[str, str] | None = None, **more: object) -> list[object]:
    table = pa.table({"_row": [1, 2, 3], **rows})
    trait = trait_of("it", spec, types or {})
    return profile(PEOPLE, table, [trait], file="campaign.toml", **{"day": DAY, **more})["it"].to_pylist()


def test_how_long_somebody_has_been_with_us():
    joined = [date(2016, 11, 30), date(2026, 12, 24), None]
    ten, ahead, blank = made(TraitSpec(since="joined"), {"joined": joined})
    assert ten == pytest.approx(10, abs=0.01)
    assert ahead == 0
    assert blank != blank


def test_it_is_as_of_the_day_that_is_asked_for():
    joined = [date(2016, 11, 30)] * 3
    then = made(TraitSpec(since="joined"), {"joined": joined}, day=date(2020, 11, 30))
    assert then[0] == pytest.approx(4, abs=0.01)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (2010, "under 18"),
        (2008, "18 to 24"),
        (1992, "25 to 34"),
        (1952, "65 to 74"),
        (1936, "75 and older"),
        (None, None),
    ],
)
def test_age_bands_by_year(born, band):
    assert made(TraitSpec(age_band="born"), {"born": pa.array([born] * 3, pa.int64())})[0] == band


def test_age_bands_by_date_know_the_birthday():
    born = [date(2001, 12, 1), date(2001, 11, 30), None]
    assert made(TraitSpec(age_band="born"), {"born": born}, {"born": "date"}) == ["18 to 24", "25 to 34", None]


def test_distance_from_a_place_and_nothing_from_nowhere():
    near = NearSpec(latitude="lat", longitude="lon", of=(52.52, 13.405))  # Berlin
    lat, lon = [48.137, 0.0, 95.0], [11.575, 0.0, 13.0]  # Munich, nowhere, impossible
    munich, nowhere, impossible = made(TraitSpec(near=near), {"lat": lat, "lon": lon})
    assert munich == pytest.approx(504, abs=2)
    assert nowhere != nowhere
    assert impossible != impossible


def test_what_somebody_did_of_late_counts_more():
    went = {
        "person": ["a", "a", "b"],
        "at": [DAY, date(2026, 6, 3), date(2027, 1, 1)],
        "what": ["fair", "fair", "fair"],
    }
    schools = Topic("schools", "Schools", events=("fair",))
    found = made(TraitSpec(events="schools"), {"x": [1, 1, 1]}, events=pa.table(went), topics=[schools])
    assert found == pytest.approx([1.5, 0, 0])  # what lies ahead counts for nothing


def test_a_team_has_its_mean_and_whoever_has_none_is_alone():
    rows = {"x": [1.0, 4.0, 7.0], "~team": ["t", "t", None]}
    assert made(TraitSpec(sql="x", share="team"), rows) == [2.5, 2.5, 7.0]


def test_a_household_has_what_one_of_it_has():
    assert made(TraitSpec(sql="x", share="household"), {"x": [0.0, 1.0, 0.0]}) == [1.0, 1.0, 0.0]
