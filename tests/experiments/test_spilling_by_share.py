"""What travels within a team is told by how many of the others were told, and nothing else about a team moves it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.experiments import spill_by_share
from groundswell.vocabulary import EvidenceError

TRAVELS = 0.3


class Teams:
    """Teams of two to fifteen; large ones act more often, and their members act alike. Half are told, within sites."""

    def __init__(self, seed: int = 1, teams: int = 600, *, within: str = "site") -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(2, 16, teams)
        self.team = np.repeat(np.arange(teams), sizes)
        self.size = sizes[self.team]
        self.site = np.array(["north", "south", "east"])[self.team % 3]
        stratum = self.site if within == "site" else self.team
        self.told = np.zeros(len(self.team), dtype=bool)
        for name in np.unique(stratum):
            rows = rng.permutation(np.flatnonzero(stratum == name))
            self.told[rows[: len(rows) // 2 + int(rng.random() < len(rows) % 2 / 2)]] = True
        self.arm = np.where(self.told, "call", "nothing")
        self.share = (np.bincount(self.team, self.told)[self.team] - self.told) / (self.size - 1)
        base = 0.1 + 0.02 * self.size + 0.1 * (rng.random(teams) < 0.5)[self.team]
        self.acted = rng.random(len(self.team)) < base + 0.1 * self.told + TRAVELS * self.share


@pytest.fixture(scope="module")
def teams():
    return Teams()


def test_it_is_what_going_from_person_to_person_gives():
    few = Teams(seed=3, teams=40)
    found = spill_by_share(few.arm, few.acted, few.team, propensity=0.5, strata=few.site)
    rows, moved = [], []
    for me in np.flatnonzero(~few.told):
        beside = [you for you in np.flatnonzero(few.team == few.team[me]) if you != me]
        mates = np.flatnonzero(few.site == few.site[me])
        chance = few.told[mates].sum() / (len(mates) - 1)  # of each other one of the site, as I am not told
        rows.append(float(few.acted[me]))
        moved.append(few.share[me] - chance if beside else 0.0)
    away = np.array(rows) - np.mean(rows)
    assert found.untold.value == pytest.approx(float(away @ moved) / float(np.square(moved).sum()))
    assert found.groups == 40
    assert found.people == len(few.team)


def test_it_is_found_among_those_who_were_told_and_those_who_were_not(teams):
    found = spill_by_share(teams.arm, teams.acted, teams.team, propensity=0.5, strata=teams.site)
    for one in (found.untold, found.told):
        assert 0 < one.lower < TRAVELS < one.upper
    assert found.share == pytest.approx(0.5, abs=0.01)
    assert found.spread == pytest.approx(float(np.std(teams.share - 0.5)), rel=0.02)


def test_the_size_of_a_team_and_who_is_in_it_are_not_taken_for_what_travels():
    """Large teams act more often by far and nothing travels: each interval holds 0 about as often as it says."""
    holds = 0
    for seed in range(60):
        many = Teams(seed=100 + seed, teams=120)
        acted = np.random.default_rng(seed).random(len(many.team)) < 0.05 + 0.05 * many.size
        found = spill_by_share(many.arm, acted, many.team, propensity=0.5, strata=many.site)
        holds += found.untold.lower < 0 < found.untold.upper
    assert holds >= 53


def test_whose_result_is_not_known_still_tells_what_the_others_were_exposed_to(teams):
    known = np.random.default_rng(7).random(len(teams.team)) < 0.6
    outcome = np.where(known, teams.acted, np.nan)
    found = spill_by_share(teams.arm, outcome, teams.team, propensity=0.5, strata=teams.site)
    assert found.untold.lower < TRAVELS < found.untold.upper
    assert found.people == int(known.sum())
    assert found.spread == pytest.approx(
        spill_by_share(teams.arm, teams.acted, teams.team, propensity=0.5, strata=teams.site).spread, rel=0.02
    )


def test_people_with_unlike_chances_are_taken_and_any_order_of_rows():
    rng = np.random.default_rng(5)
    team = np.arange(9_000) // 9
    quiet = np.where(team % 2 == 0, 0.4, 0.8)
    quiet[rng.random(9_000) < 0.2] = 1.0  # who could not be drawn hears of it all the same
    told = rng.random(9_000) >= quiet
    share = (np.bincount(team, told)[team] - told) / 8
    acted = rng.random(9_000) < 0.2 + 0.2 * (team % 2) + 0.1 * told + TRAVELS * share
    arm = np.where(told, "call", "nothing")
    one = spill_by_share(arm, acted, team, propensity=quiet)
    assert one.untold.lower < TRAVELS < one.untold.upper
    order = rng.permutation(9_000)
    other = spill_by_share(arm[order], acted[order], [f"t{name}" for name in team[order]], propensity=quiet[order])
    assert other.untold == pytest.approx(one.untold)
    assert other.told == pytest.approx(one.told)


def test_where_each_team_kept_the_shares_or_was_drawn_whole_it_says_that_nothing_can_be_seen():
    kept = Teams(teams=100, within="team")
    with pytest.raises(EvidenceError, match="as many were told as was to be expected"):
        spill_by_share(kept.arm, kept.acted, kept.team, propensity=0.5, strata=kept.team)
    alone = np.arange(len(kept.team))
    with pytest.raises(EvidenceError, match="as many were told as was to be expected"):
        spill_by_share(kept.arm, kept.acted, alone, propensity=0.5)


def test_where_few_did_anything_nothing_is_believed(teams):
    acted = np.zeros(len(teams.team))
    acted[np.flatnonzero(~teams.told)[:5]] = 1
    found = spill_by_share(teams.arm, acted, teams.team, propensity=0.5, strata=teams.site)
    assert (found.untold.lower, found.untold.upper) == (-math.inf, math.inf)
    assert (found.told.lower, found.told.upper) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"propensity": 0.0}, "not above 0"),
        ({"propensity": 1.0}, "could be drawn for nothing only"),
        ({"outcome": np.full(8, np.inf)}, "no finite number"),
        ({"outcome": [1.0]}, "another number of rows"),
        ({"group": [1, 2]}, "another number of rows"),
        ({"strata": ["a", "b"]}, "another number of rows"),
        ({"arm": ["nothing"] * 8}, "nothing to compare"),
        ({"outcome": np.full(8, np.nan)}, "as many were told as was to be expected"),
        ({"alpha": 1.0}, "no probability"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed, words):
    told = {
        "arm": ["letter", "nothing"] * 4,
        "outcome": [0, 1] * 4,
        "group": [0, 0, 1, 1, 2, 2, 3, 3],
        "propensity": 0.5,
    } | changed
    with pytest.raises(EvidenceError, match=words):
        spill_by_share(told.pop("arm"), told.pop("outcome"), told.pop("group"), **told)
