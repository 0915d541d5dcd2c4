"""What contact itself does, where not everybody was reached."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.experiments import comply
from groundswell.vocabulary import EvidenceError


def drawn(seed: int, *, reach=0.3, effect=0.1, homes=1_500, blocks=4, own_start=True):
    """Households of one to three, treated together; who is easily reached acts more often anyway."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 4, homes)
    unit = np.repeat(np.arange(homes), size)
    of_home = rng.integers(0, blocks, homes)
    share = np.array([0.3, 0.5, 0.6, 0.4])[of_home]
    treated, block, chance = (rng.random(homes) < share)[unit], of_home[unit], share[unit]
    easy = rng.random(len(unit)) < reach
    shared = rng.normal(scale=0.1, size=homes)[unit]
    base = np.array([0.1, 0.2, 0.4, 0.3])[block] + 0.15 * easy * own_start + shared
    acted = rng.random(len(unit)) < np.clip(base + effect * (treated & easy), 0, 1)
    return acted, treated, treated & easy, unit, block, 1 / np.where(treated, chance, 1 - chance)


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    held = np.zeros(2)
    for seed in range(300):
        acted, treated, met, unit, block, _ = drawn(seed)
        found = comply(acted, treated, met, unit=unit, block=block)
        held += (found.effect.lower <= 0.03 <= found.effect.upper, found.complier.lower <= 0.1 <= found.complier.upper)
    assert (held / 300 > 0.92).all() and (held / 300 < 0.98).all()


def test_it_holds_where_hardly_anybody_is_reached_or_says_nothing():
    held, told = 0, 0
    for seed in range(200):
        acted, treated, met, unit, block, _ = drawn(seed, reach=0.01, homes=400)
        found = comply(acted, treated, met, unit=unit, block=block)
        if found.complier is not None:
            told += 1
            held += found.complier.lower <= 0.1 <= found.complier.upper
    assert told > 20
    assert held / told > 0.9


def test_those_who_are_easily_reached_are_not_taken_for_the_effect():
    """Comparing those who were reached with everybody else would find an effect where there is none."""
    naive, found = [], []
    for seed in range(60):
        acted, treated, met, unit, block, _ = drawn(seed, effect=0.0)
        naive.append(acted[met].mean() - acted[~treated].mean())
        found.append(comply(acted, treated, met, unit=unit, block=block).complier.value)
    assert np.mean(naive) > 0.08
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(60)


def test_blocks_drawn_with_other_shares_are_compared_within_themselves():
    acted, treated, met, unit, block, weight = drawn(5, homes=20_000)
    within = comply(acted, treated, met, unit=unit, block=block)
    weighed = comply(acted, treated, met, unit=unit, weight=weight)
    plain = comply(acted, treated, met, unit=unit)
    assert within.effect.value == pytest.approx(weighed.effect.value, abs=0.01)
    assert abs(plain.effect.value - within.effect.value) > 0.02  # blocks with more treated act more often anyway
    assert np.ptp(within.effect[1:]) < np.ptp(weighed.effect[1:])


def test_a_block_with_only_one_side_compares_with_nobody():
    acted, treated, met, unit, block, _ = drawn(1)
    alone = comply(acted, treated | (block == 3), met, unit=unit, block=block)
    without = block != 3
    again = comply(acted[without], treated[without], met[without], unit=unit[without], block=block[without])
    assert alone.people == again.people
    assert alone.effect.value == pytest.approx(again.effect.value)


def test_without_anybody_to_compare_with_it_is_refused():
    for treated in ([1, 1], [0, 0]):
        with pytest.raises(EvidenceError, match="nobody to compare with"):
            comply([0, 1], treated, [0, 0], unit=np.arange(2))


@pytest.mark.parametrize("sides", [(1, 1), (1, 4), (1, 9), (2, 4), (3, 6)])
def test_the_intervals_hold_in_blocks_of_a_few_too(sides):
    mine, others = sides
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        block = np.repeat(np.arange(60), mine + others)
        treated = np.tile([True] * mine + [False] * others, 60)
        acted = rng.random(len(block)) < rng.uniform(0.1, 0.5, 60)[block]
        effect = comply(acted, treated, treated, unit=np.arange(len(block)), block=block).effect
        held += effect.lower <= 0 <= effect.upper
    assert 0.92 < held / 300 < 0.995


def test_one_unit_on_a_side_says_nothing_of_how_sure_it_is():
    found = comply([1, 0, 0], [1, 0, 0], [1, 0, 0], unit=np.arange(3))
    assert (found.effect.value, found.effect.lower, found.effect.upper) == (1.0, -np.inf, np.inf)
    assert found.complier is None


@pytest.mark.parametrize("wrong", [{"outcome": [1, np.nan]}, {"weight": np.array([1.0, 0.0])}])
def test_what_is_no_number_or_no_weight_is_refused(wrong):
    with pytest.raises(EvidenceError):
        comply(**({"outcome": [1, 0], "assigned": [1, 0], "reached": [1, 0], "unit": np.arange(2)} | wrong))


def test_where_nobody_was_reached_the_effect_of_contact_is_not_told():
    found = comply([0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], unit=np.arange(4))
    assert found.complier is None
    assert found.contact.value == 0.0
