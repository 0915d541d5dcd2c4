"""What travels within a household is told apart from what it does to a person alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.experiments import spill_over
from groundswell.vocabulary import EvidenceError


class Homes:
    """Households of one to four whose members were drawn by themselves, with unlike chances."""

    def __init__(self, seed: int = 1, homes: int = 3_000) -> None:
        rng = np.random.default_rng(seed)
        self.home = np.repeat(np.arange(homes), rng.integers(1, 5, homes))
        self.quiet = rng.choice([0.5, 0.7], len(self.home))
        self.told = rng.random(len(self.home)) >= self.quiet
        self.arm = np.where(self.told, np.where(rng.random(len(self.home)) < 0.5, "letter", "call"), "nothing")
        self.others = np.bincount(self.home, self.told)[self.home] - self.told
        self.size = np.bincount(self.home)[self.home]
        base = 0.1 + 0.05 * self.size
        self.acted = rng.random(len(self.home)) < base + np.where(self.told, 0.15, 0.08 * (self.others > 0))


@pytest.fixture(scope="module")
def homes():
    return Homes()


def by_hand(homes: Homes) -> tuple[float, float]:
    """Both differences, person by person."""
    means = {kind: [0.0, 0.0] for kind in ("alone", "quiet", "spilled", "quiet with others")}
    for me in range(len(homes.home)):
        beside = [you for you in np.flatnonzero(homes.home == homes.home[me]) if you != me]
        still = math.prod(homes.quiet[you] for you in beside)
        own, reached = homes.told[me], any(homes.told[you] for you in beside)
        kinds = []
        if not reached:
            kinds.append(("alone", (1 - homes.quiet[me]) * still) if own else ("quiet", homes.quiet[me] * still))
        if beside and not own:
            chance = homes.quiet[me] * ((1 - still) if reached else still)
            kinds.append(("spilled" if reached else "quiet with others", chance))
        for kind, chance in kinds:
            means[kind][0] += homes.acted[me] / chance
            means[kind][1] += 1 / chance
    mean = {kind: total / weight for kind, (total, weight) in means.items()}
    return mean["alone"] - mean["quiet"], mean["spilled"] - mean["quiet with others"]


def test_it_is_what_going_from_person_to_person_gives():
    few = Homes(seed=4, homes=150)
    found = spill_over(few.arm, few.acted, few.home, propensity=few.quiet)
    assert (found.direct.value, found.spilled.value) == pytest.approx(by_hand(few))


def test_both_effects_are_found(homes):
    found = spill_over(homes.arm, homes.acted, homes.home, propensity=homes.quiet)
    assert found.direct.lower < 0.15 < found.direct.upper
    assert found.spilled.lower < 0.08 < found.spilled.upper
    assert found.spilled.lower > 0
    told = np.bincount(homes.home, homes.told)
    assert found.mixed == int(((told > 0) & (told < np.bincount(homes.home))).sum())
    assert found.people == int((~homes.told | (homes.others == 0)).sum()) - int(
        (~homes.told & (homes.others > 0) & (homes.size == 1)).sum()
    )


def test_one_propensity_for_all_and_any_order_of_rows_are_taken(homes):
    order = np.random.default_rng(0).permutation(len(homes.home))
    one = spill_over(homes.arm, homes.acted, homes.home, propensity=0.6)
    other = spill_over(
        homes.arm[order],
        homes.acted[order],
        [f"h{home}" for home in homes.home[order]],
        propensity=np.full(len(order), 0.6),
    )
    assert one.direct == pytest.approx(other.direct)
    assert one.spilled == pytest.approx(other.spilled)


def test_people_who_live_alone_say_nothing_of_what_travels(homes):
    with_them = spill_over(homes.arm, homes.acted, homes.home, propensity=homes.quiet)
    several = homes.size > 1
    without = spill_over(homes.arm[several], homes.acted[several], homes.home[several], propensity=homes.quiet[several])
    assert with_them.spilled == pytest.approx(without.spilled)
    assert with_them.direct.value != without.direct.value


def test_whoever_could_not_be_drawn_still_hears_of_it_at_home():
    rng = np.random.default_rng(6)
    home = np.repeat(np.arange(2_000), 2)
    quiet = np.tile([0.5, 1.0], 2_000)
    told = rng.random(4_000) >= quiet
    other = told.reshape(-1, 2)[:, ::-1].ravel()
    acted = rng.random(4_000) < 0.2 + 0.2 * told + 0.1 * other
    found = spill_over(np.where(told, "letter", "nothing"), acted, home, propensity=quiet)
    assert found.direct.lower < 0.2 < found.direct.upper
    assert found.spilled.lower < 0.1 < found.spilled.upper


def test_whose_result_is_not_known_still_tells_what_the_others_were_exposed_to(homes):
    rng = np.random.default_rng(7)
    known = rng.random(len(homes.home)) < 0.7
    found = spill_over(homes.arm, np.where(known, homes.acted, np.nan), homes.home, propensity=homes.quiet)
    assert found.spilled.lower < 0.08 < found.spilled.upper
    assert found.direct.lower < 0.15 < found.direct.upper
    whole = spill_over(homes.arm, homes.acted, homes.home, propensity=homes.quiet)
    assert found.people < whole.people
    assert found.mixed == whole.mixed


def test_where_whole_households_were_drawn_it_says_that_nothing_can_be_seen(homes):
    together = homes.told[np.unique(homes.home, return_index=True)[1]][homes.home]
    with pytest.raises(EvidenceError, match="No group is mixed"):
        spill_over(np.where(together, "letter", "nothing"), homes.acted, homes.home, propensity=0.5)


def test_in_a_large_team_nobody_is_quiet_and_it_says_so():
    rng = np.random.default_rng(1)
    arm = np.where(rng.random(300) < 0.5, "call", "nothing")
    with pytest.raises(EvidenceError, match="Nobody is there to compare with"):
        spill_over(arm, rng.random(300) < 0.5, np.arange(300) // 30, propensity=0.5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"propensity": 0.0}, "not above 0"),
        ({"propensity": 1.2}, "not above 0"),
        ({"propensity": np.nan}, "no finite number"),
        ({"propensity": [0.5, 0.5]}, "another number of rows"),
        ({"outcome": np.full(8, np.inf)}, "no finite number"),
        ({"outcome": [1.0]}, "another number of rows"),
        ({"group": [1, 2]}, "another number of rows"),
        ({"arm": ["nothing"] * 8}, "nothing to compare"),
        ({"arm": [], "outcome": [], "group": []}, "no rows of 'nothing'"),
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
        spill_over(told.pop("arm"), told.pop("outcome"), told.pop("group"), **told)
