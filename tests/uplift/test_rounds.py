"""Several rounds of one campaign: who is drawn for what hangs on what earlier rounds taught, and the estimates must not.

Five greedy rounds between three options that all do the same: whatever looked worst by bad luck is hardly drawn again, so
its bad luck stays. Pooled means believe it; what carries the logged propensities need not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from groundswell.listen import decisions_table
from groundswell.policy.replay import _arms, brought
from groundswell.stats import Estimate
from groundswell.uplift import Evidence, GuardSpec, learn, prove, value_by_unit
from groundswell.uplift.basis import Basis
from groundswell.uplift.gram import add_up
from groundswell.uplift.guard import Scope
from groundswell.uplift.nuisance import surprises
from groundswell.vocabulary import NOTHING

Rng = np.random.Generator
PEOPLE, ROUNDS, ARMS = 300, 5, 3
BASE, EFFECT = 0.3, 0.05
LEAST, QUIET = 0.01, 0.25
OPTIONS = tuple(f"m{arm}/post" for arm in range(1, 10))


def evidence_of(
    arm: NDArray[np.int64], outcome: NDArray[np.float64], chances: NDArray[np.float64], wave: NDArray[np.int64]
) -> Evidence:
    """A row a person and round; the same people in each round, every one a cluster."""
    count = len(arm)
    person = np.concatenate([np.arange((wave == number).sum()) for number in np.unique(wave)])
    return Evidence(
        traits=pa.table({"age": np.zeros(count)}),
        options=(NOTHING, *OPTIONS[: chances.shape[1] - 1]),
        arm=arm,
        outcome=outcome.astype(np.float64),
        propensity=chances[np.arange(count), arm],
        unit=np.arange(count),
        cluster=person,
        cluster_ids=tuple(map(str, range(int(person.max()) + 1))),
        chances=chances,
        wave=wave,
    )


def drawn(chances: NDArray[np.float64], rng: Rng) -> NDArray[np.int64]:
    """(n,) an arm for each row of probabilities."""
    return (rng.random(len(chances))[:, None] > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)


def greedy(rng: Rng, options: int = ARMS) -> Evidence:
    """Five rounds; from the second on nearly everybody gets what looked best so far."""
    arms, outcomes, chances = [], [], []
    share = np.full(options + 1, 0.6 / options)
    share[0] = 0.4
    for number in range(ROUNDS):
        if number:
            arm, outcome = np.concatenate(arms), np.concatenate(outcomes)
            rates = np.bincount(arm, outcome, options + 1) / np.maximum(np.bincount(arm, minlength=options + 1), 1)
            best = 1 + int(np.argmax(rates[1:]))
            share = np.full(options + 1, LEAST)
            share[0] = QUIET
            share[best] = 1 - QUIET - LEAST * (options - 1)
        chances.append(np.tile(share, (PEOPLE, 1)))
        arms.append(drawn(chances[-1], rng))
        outcomes.append(rng.random(PEOPLE) < BASE + EFFECT * (arms[-1] > 0))
    return evidence_of(
        np.concatenate(arms), np.concatenate(outcomes), np.vstack(chances), np.repeat(np.arange(1, ROUNDS + 1), PEOPLE)
    )


# What is said of every option


def pooled(evidence: Evidence) -> list[Estimate]:
    """Plain means over all rounds, as if there had been one."""
    found = []
    for arm in range(1, len(evidence.options)):
        one, other = (evidence.outcome[evidence.arm == side] for side in (arm, 0))
        found.append(
            Estimate.around(one.mean() - other.mean(), np.sqrt(one.var() / len(one) + other.var() / len(other)))
        )
    return found


def centred(evidence: Evidence) -> NDArray[np.float64]:
    return evidence.outcome - np.average(evidence.outcome, weights=evidence.weight)


def guarded(evidence: Evidence, guard: GuardSpec | None = None):
    everybody = np.ones(evidence.units, dtype=bool)
    tau = np.zeros((len(evidence.arm), len(evidence.options) - 1))
    return prove(evidence, centred(evidence), tau, everybody, guard or GuardSpec())


def proofs(evidence: Evidence) -> list[Estimate]:
    """What the guard says of everybody."""
    return [proof.effect for proof in guarded(evidence) if proof.scope == Scope.EVERYBODY]


def differences(evidence: Evidence) -> list[Estimate]:
    """What the report says of every option."""
    return [arm.uplift for arm in _arms(evidence)[1:]]


def valued(evidence: Evidence, counted: NDArray[np.float64]) -> list[Estimate]:
    """The value of sending one option to everybody, over nothing; a unit counts what it is said to count."""
    centre = np.average(evidence.outcome, weights=evidence.weight)
    gamma = np.full((evidence.units, len(evidence.options)), centre)
    here = np.arange(evidence.units), evidence.unit_arm
    gamma[here] += (evidence.outcome - centre) / evidence.unit_propensity
    found = []
    for arm in range(1, len(evidence.options)):
        rows, nothing = np.zeros(gamma.shape), np.zeros(gamma.shape)
        rows[:, arm], nothing[:, 0] = 1.0, 1.0
        size = evidence.size * counted
        found.append(
            value_by_unit(rows, gamma * counted[:, None], size=size, cluster=evidence.cluster, against=nothing)
        )
    return found


def plain_values(evidence: Evidence) -> list[Estimate]:
    """Every round counts by its people alone."""
    return valued(evidence, np.ones(evidence.units))


def replayed_values(evidence: Evidence) -> list[Estimate]:
    """Every round counts by what its draw can tell, as the report counts it."""
    return valued(evidence, evidence.information)


WAYS = {
    "pooled": pooled,
    "proofs": proofs,
    "differences": differences,
    "plain values": plain_values,
    "replayed values": replayed_values,
}


class Seen(NamedTuple):
    """Of many campaigns: how far off each way was of every option, and whether its interval held the truth."""

    off: NDArray[np.float64]
    covered: NDArray[np.bool_]
    least_used: NDArray[np.bool_]

    @property
    def bias(self) -> float:
        """By how much it is off on average, over all options."""
        return float(self.off.mean())

    @property
    def error(self) -> float:
        """Of the bias, by simulation; the options of a campaign are not independent of each other."""
        return float(self.off.mean(axis=1).std() / np.sqrt(len(self.off)))


@cache
def campaigns(count: int, seed: int) -> dict[str, Seen]:
    rng = np.random.default_rng(seed)
    found: dict[str, list[list[Estimate]]] = {name: [] for name in WAYS}
    least = []
    for _ in range(count):
        evidence = greedy(rng)
        used = np.bincount(evidence.arm, minlength=ARMS + 1)[1:]
        least.append(np.arange(ARMS) == np.argmin(used))
        for name, way in WAYS.items():
            found[name].append(way(evidence))
    return {
        name: Seen(
            np.array([[one.value - EFFECT for one in row] for row in rows]),
            np.array([[one.lower <= EFFECT <= one.upper for one in row] for row in rows]),
            np.array(least),
        )
        for name, rows in found.items()
    }


FEW = (300, 20261122)


def test_pooled_means_are_biased_and_most_of_all_for_the_option_that_is_used_least():
    seen = campaigns(*FEW)["pooled"]
    assert seen.bias < -0.010
    assert seen.bias < -5 * seen.error
    assert seen.off[seen.least_used].mean() < -0.020


def test_the_pooled_rate_of_the_least_used_option_covers_too_rarely_and_errs_to_one_side():
    rng, off, low, high = np.random.default_rng(1), [], 0, 0
    for _ in range(400):
        evidence = greedy(rng, options=6)
        arm = 1 + int(np.argmin(np.bincount(evidence.arm, minlength=7)[1:]))
        mine = evidence.outcome[evidence.arm == arm]
        found = Estimate.around(mine.mean(), mine.std() / np.sqrt(len(mine)))
        low += found.upper < BASE + EFFECT
        high += found.lower > BASE + EFFECT
        off.append(found.value - BASE - EFFECT)
    assert np.mean(off) < -0.03
    assert low + high > 0.065 * 400
    assert low > 4 * high


@pytest.mark.parametrize("way", ["proofs", "differences", "plain values", "replayed values"])
def test_whoever_carries_the_logged_propensities_covers_the_truth(way):
    seen = campaigns(*FEW)[way]
    assert 0.90 <= seen.covered.mean() <= 0.99


@pytest.mark.parametrize("way", ["proofs", "differences", "plain values", "replayed values"])
def test_whoever_carries_the_logged_propensities_is_unbiased(way):
    """Rounds count alike for all options: weights of an option's own would keep two thirds of the bias of pooled means."""
    seen = campaigns(*FEW)[way]
    assert abs(seen.bias) < 3 * seen.error


def timid(rng: Rng) -> Evidence:
    """After rounds that went well much is tried, after others hardly anything."""
    arms, outcomes, chances = [], [], []
    share = np.array([0.4, 0.2, 0.2, 0.2])
    for number in range(ROUNDS):
        if number:
            arm, outcome = np.concatenate(arms), np.concatenate(outcomes)
            well = outcome[arm > 0].mean() - outcome[arm == 0].mean() > EFFECT
            share = np.array([0.4, 0.2, 0.2, 0.2] if well else [0.97, LEAST, LEAST, LEAST])
        chances.append(np.tile(share, (PEOPLE, 1)))
        arms.append(drawn(share * np.ones((PEOPLE, 1)), rng))
        outcomes.append(rng.random(PEOPLE) < BASE + EFFECT * (arms[-1] > 0))
    return evidence_of(
        np.concatenate(arms), np.concatenate(outcomes), np.vstack(chances), np.repeat(np.arange(1, ROUNDS + 1), PEOPLE)
    )


@pytest.mark.parametrize("way", ["proofs", "differences", "plain values", "replayed values"])
def test_where_how_much_is_tried_hangs_on_how_well_it_went_intervals_still_cover_the_truth(way):
    """Only what counts every round by its people alone is unbiased here; the rest errs downwards, within its interval."""
    rng = np.random.default_rng(8)
    found = [one for _ in range(150) for one in WAYS[way](timid(rng))]
    assert 0.90 <= np.mean([one.lower <= EFFECT <= one.upper for one in found]) <= 0.99


@pytest.mark.truth
@pytest.mark.parametrize("way", ["proofs", "differences", "plain values", "replayed values"])
def test_over_rounds_every_interval_covers_the_truth_in_93_to_97_of_100(way):
    seen = campaigns(2_000, 7)[way]
    print(
        f"{way}: bias {1000 * seen.bias:.1f} +- {1000 * seen.error:.1f} per thousand, covers {seen.covered.mean():.3f}"
    )
    assert 0.93 <= seen.covered.mean() <= 0.97


# Rounds that differ by plan, not by what was learnt


def drifting(rng: Rng) -> Evidence:
    """More are spoken to in each round, and more would come anyway: pooled means credit the messages with the season."""
    arms, outcomes, chances = [], [], []
    for number in range(ROUNDS):
        share = np.array([0.8 - 0.15 * number, *[(0.2 + 0.15 * number) / ARMS] * ARMS])
        chances.append(np.tile(share, (PEOPLE, 1)))
        arms.append(drawn(chances[-1], rng))
        outcomes.append(rng.random(PEOPLE) < 0.1 + 0.1 * number + EFFECT * (arms[-1] > 0))
    return evidence_of(
        np.concatenate(arms), np.concatenate(outcomes), np.vstack(chances), np.repeat(np.arange(1, ROUNDS + 1), PEOPLE)
    )


@cache
def drifts(count: int = 200) -> dict[str, Seen]:
    rng = np.random.default_rng(5)
    worlds = [drifting(rng) for _ in range(count)]
    return {
        name: Seen(
            np.array([[one.value - EFFECT for one in way(world)] for world in worlds]),
            np.array([[one.lower <= EFFECT <= one.upper for one in way(world)] for world in worlds]),
            np.zeros((count, ARMS), dtype=bool),
        )
        for name, way in WAYS.items()
    }


def test_pooled_means_take_a_season_for_an_effect():
    seen = drifts()["pooled"]
    assert seen.bias > 0.05
    assert seen.covered.mean() < 0.6


@pytest.mark.parametrize("way", ["proofs", "differences", "plain values", "replayed values"])
def test_a_season_is_no_effect_where_each_round_is_compared_with_itself(way):
    seen = drifts()[way]
    assert abs(seen.bias) < 3 * seen.error
    assert 0.90 <= seen.covered.mean() <= 0.99


# Options that are closed to some


def half_closed(rng: Rng, count: int = 1_200) -> Evidence:
    """The second option is closed to the keen, who come anyway, in the first round; it helps them half as much."""
    keen = np.arange(count) % 2 == 0
    arms, outcomes, chances = [], [], []
    for number in range(2):
        share = np.tile([0.5, 0.25, 0.25], (count, 1))
        share[keen & (number == 0)] = [0.75, 0.25, 0.0]
        chances.append(share)
        arms.append(drawn(share, rng))
        helped = np.where(keen, 0.10, 0.20) * (arms[-1] == 2)
        outcomes.append(rng.random(count) < np.where(keen, 0.6, 0.1) + helped)
    return evidence_of(np.concatenate(arms), np.concatenate(outcomes), np.vstack(chances), np.repeat([1, 2], count))


def test_an_option_is_compared_among_those_to_whom_it_was_open():
    rng = np.random.default_rng(9)
    worlds = [half_closed(rng) for _ in range(200)]
    truth = (2 * 0.20 + 0.10) / 3  # the keen were asked once, the others twice
    for way in (proofs, differences):
        found = [way(world)[1] for world in worlds]
        off = np.array([one.value - truth for one in found])
        assert abs(off.mean()) < 3 * off.std() / np.sqrt(200)
        assert 0.90 <= np.mean([one.lower <= truth <= one.upper for one in found]) <= 0.99
    assert next(proof.units for proof in guarded(worlds[0]) if proof.option == OPTIONS[1]) == 1_800
    naive = np.array([pooled(world)[1].value - truth for world in worlds])
    assert naive.mean() < -10 * naive.std() / np.sqrt(200)  # everybody's "nothing" has more of the keen in it


def test_an_option_that_was_open_to_nobody_is_proven_for_nobody_and_breaks_nothing():
    world = half_closed(np.random.default_rng(2))
    chances = world.chances.copy()
    chances[:, 0] += chances[:, 2]
    chances[:, 2] = 0.0
    arm = np.where(world.arm == 2, 0, world.arm)
    again = evidence_of(arm, world.outcome, chances, world.wave)
    found = [proof for proof in guarded(again) if proof.option == OPTIONS[1]]
    assert not any(proof.proven for proof in found)
    assert [proof.people for proof in found] == [0, 0]
    assert all(np.isfinite(proof.bound) for proof in found)


# Proof over rounds


def campaign_without_effects(rng: Rng, alpha: float, count: int = 1_500, rounds: int = 8) -> list[bool]:
    """Round by round: is anything proven? What is proven is then sent to nearly everybody, as a plan would."""
    arms, outcomes, chances, told = [], [], [], []
    share = np.array([0.4, *[0.6 / ARMS] * ARMS])
    for number in range(rounds):
        chances.append(np.tile(share, (count, 1)))
        arms.append(drawn(chances[-1], rng))
        outcomes.append(rng.random(count) < 0.12)
        waves = np.repeat(np.arange(1, number + 2), count)
        evidence = evidence_of(np.concatenate(arms), np.concatenate(outcomes), np.vstack(chances), waves)
        tau = rng.random((len(waves), ARMS))
        found = prove(
            evidence,
            centred(evidence),
            tau,
            np.ones(evidence.units, dtype=bool),
            GuardSpec(alpha=alpha).at_look(number + 1),
        )
        told.append(any(proof.proven for proof in found))
        share = np.array([0.13 / (ARMS + 1) + 0.05, *[0.13 / (ARMS + 1)] * ARMS])
        best = [proof.effect.value if proof.proven else -1.0 for proof in found if proof.scope == Scope.EVERYBODY]
        share[1 + int(np.argmax(best)) if max(best) > 0 else 0] += 0.82
    return told


WORLDS = 120
MOST = 0.2 + 2.6 * np.sqrt(0.2 * 0.8 / WORLDS)


@cache
def null_campaigns() -> NDArray[np.bool_]:
    rng = np.random.default_rng(3)
    return np.array([campaign_without_effects(rng, 0.2) for _ in range(WORLDS)])


def test_in_each_round_a_false_proof_is_no_likelier_than_alpha():
    assert (null_campaigns().mean(axis=0) <= MOST).all()


def test_over_all_rounds_of_a_campaign_a_false_proof_is_no_likelier_than_alpha():
    assert null_campaigns().any(axis=1).mean() <= MOST


def test_rounds_that_tell_little_do_not_destroy_what_the_pilot_showed():
    """After it four rounds that draw every option one time in a hundred."""
    rng = np.random.default_rng(6)
    pilot, later = np.array([0.4, 0.2, 0.2, 0.2]), np.array([0.97, 0.01, 0.01, 0.01])
    chances = np.vstack([np.tile(pilot, (2_000, 1)), np.tile(later, (4 * 2_000, 1))])
    wider, kept = [], []
    for _ in range(40):
        arm = drawn(chances, rng)
        outcome = rng.random(len(arm)) < 0.2 + 0.12 * (arm == 1)
        waves = np.repeat(np.arange(1, 6), 2_000)
        alone = evidence_of(arm[:2_000], outcome[:2_000], chances[:2_000], waves[:2_000])
        one, end = (guarded(evidence)[0] for evidence in (alone, evidence_of(arm, outcome, chances, waves)))
        wider.append((end.effect.upper - end.effect.lower) / (one.effect.upper - one.effect.lower))
        if one.proven:
            kept.append(end.proven)
    assert np.mean(wider) <= 1.0
    assert len(kept) >= 30
    assert np.mean(kept) >= 0.95


def test_two_rounds_like_the_first_see_what_one_could_not():
    rng = np.random.default_rng(6)
    chances = np.tile([0.4, 0.2, 0.2, 0.2], (4_000, 1))
    counts = np.zeros(2)
    for _ in range(40):
        arm = drawn(chances, rng)
        outcome, waves = rng.random(4_000) < 0.2 + 0.075 * (arm == 1), np.repeat([1, 2], 2_000)
        one = guarded(evidence_of(arm[:2_000], outcome[:2_000], chances[:2_000], waves[:2_000]))[0]
        both = guarded(evidence_of(arm, outcome, chances, waves))[0]
        counts += one.proven, both.proven
        assert both.effect.upper - both.effect.lower == pytest.approx(
            (one.effect.upper - one.effect.lower) / np.sqrt(2), rel=0.1
        )
    assert counts[1] > counts[0] + 5


# The evidence itself


def test_information_is_one_number_a_round_made_of_propensities_alone():
    world = greedy(np.random.default_rng(4))
    other = evidence_of(world.arm, 1 - world.outcome, world.chances, world.wave)
    found = world.information
    assert (found == other.information).all()
    by_round = [set(found[world.wave == number]) for number in range(1, ROUNDS + 1)]
    assert all(len(one) == 1 for one in by_round)
    assert max(found) == 1.0
    odds = [1 / (1 / world.chances[world.wave == number][0]).sum() for number in range(1, ROUNDS + 1)]
    np.testing.assert_allclose([one.pop() for one in by_round], np.array(odds) / max(odds))


def test_which_option_was_the_lucky_one_has_no_part_in_what_a_round_counts():
    """A number for each option would keep the bad luck of one that was dropped for it."""
    world = greedy(np.random.default_rng(4))
    other = evidence_of(world.arm, world.outcome, world.chances[:, [0, 2, 3, 1]], world.wave)
    np.testing.assert_allclose(other.information, world.information)


def test_whoever_could_get_only_one_of_two_options_tells_nothing_of_their_difference():
    world = half_closed(np.random.default_rng(4))
    closed = world.chances[:, 2] == 0
    proof = next(one for one in guarded(world) if one.option == OPTIONS[1])
    turned = evidence_of(world.arm, np.where(closed, 1 - world.outcome, world.outcome), world.chances, world.wave)
    residual = centred(world)
    again = prove(
        turned,
        np.where(closed, residual + 0.3, residual),
        np.zeros((len(residual), 2)),
        np.ones(turned.units, dtype=bool),
        GuardSpec(),
    )
    same = next(one for one in again if one.option == OPTIONS[1])
    assert same.effect.value == pytest.approx(proof.effect.value)


def flat(columns: NDArray[np.float64]) -> Basis:
    return Basis(columns.__getitem__, np.arange(columns.shape[1]) - 1)


def test_sums_of_two_rounds_are_the_sums_of_each():
    world = half_closed(np.random.default_rng(4))
    columns = np.column_stack([np.ones(len(world.arm)), np.linspace(-1, 1, len(world.arm))])
    residual = np.tile(world.outcome - 0.3, (5, 1))
    together = add_up(world, flat(columns), residual)
    parts = []
    for number in (1, 2):
        mine = world.wave == number
        one = evidence_of(world.arm[mine], world.outcome[mine], world.chances[mine], world.wave[mine])
        parts.append(add_up(one, flat(columns[mine]), residual[:, mine]))
    np.testing.assert_allclose(together.normal, parts[0].normal + parts[1].normal)
    np.testing.assert_allclose(together.right, parts[0].right + parts[1].right)


def test_who_could_not_get_an_option_has_no_part_in_what_is_learnt_of_it():
    world = half_closed(np.random.default_rng(4))
    closed = world.chances[:, 2] == 0
    basis = flat(np.ones((len(world.arm), 1)))
    residual = np.tile(world.outcome - 0.3, (5, 1))
    one, other = add_up(world, basis, residual), add_up(world, basis, np.where(closed, 0.4 - residual, residual))
    assert (one.right[:, :, 1] == other.right[:, :, 1]).all()
    assert (one.right[:, :, 0] != other.right[:, :, 0]).any()


def test_who_was_drawn_more_often_for_being_keen_makes_no_effect():
    """No trait tells who is keen; only the logged chances keep their keenness from being credited to the message."""
    rng = np.random.default_rng(4)
    keen = rng.random(6_000) < 0.5
    chances = np.where(keen[:, None], [[0.2, 0.8]], [[0.8, 0.2]])
    arm = drawn(chances, rng)
    outcome = rng.random(6_000) < np.where(keen, 0.7, 0.2)
    learnt = learn(evidence_of(arm, outcome, chances, np.repeat([1, 2, 3], 2_000)))
    assert outcome[arm == 1].mean() - outcome[arm == 0].mean() > 0.25
    assert np.abs(learnt.models.coefficients[:, 0, 0]).max() < 0.05
    assert not any(proof.proven for proof in learnt.proofs)


def test_the_models_of_what_people_do_anyway_never_saw_the_person_in_any_round():
    """The same people in each round: a person's other rounds would tell what they do."""
    world = greedy(np.random.default_rng(4))
    assert all(len(set(world.fold[world.cluster == person])) == 1 for person in range(PEOPLE))
    columns = np.column_stack([np.ones(len(world.arm)), np.random.default_rng(0).random(len(world.arm))])
    turned = evidence_of(
        world.arm, np.where(world.fold == 2, 1 - world.outcome, world.outcome), world.chances, world.wave
    )
    one, other = (each.outcome - surprises(each, flat(columns)) for each in (world, turned))
    second, third = world.fold == 2, world.fold == 3
    np.testing.assert_allclose(one[2, second], other[2, second], atol=1e-12)
    np.testing.assert_allclose(one[2, third], other[2, third], atol=1e-12)
    assert np.abs(one[3, third] - other[3, third]).max() > 0.01


# From tables


def decisions(number: int, options: Sequence[str], rows: Sequence[tuple[str, str, Sequence[float] | None]]) -> pa.Table:
    names = list(options)
    count = len(rows)
    return decisions_table(
        {
            "round": pa.array([number] * count, pa.int64()),
            "unit": pa.array([row[0] for row in rows]),
            "option": pa.array([row[1] for row in rows]),
            "propensity": pa.array([0.5 if row[2] is None else row[2][names.index(row[1])] for row in rows]),
            "propensities": pa.array(
                [None if row[2] is None else list(row[2]) for row in rows], pa.list_(pa.float64())
            ),
            "reason": pa.array(["pilot"] * count),
            "on": pa.array([date(2026, 11, 1 + number)] * count, pa.date32()),
            "key": pa.array([f"{number}:{row[0]}" for row in rows]),
        },
        names,
    )


def outcomes(*rows: tuple[int, str, str, float, float]) -> pa.Table:
    names = ("round", "person", "option", "propensity", "value")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return pa.table(columns | {"unit": columns["person"]})


def traits(*names: str, **columns: list[object]) -> pa.Table:
    return pa.table({"person": list(names), "unit": list(names), **columns})


ADA_BEN = pa.table({"person": ["ada", "ben"], "cluster": ["h", "h"]})


def test_every_round_brings_what_was_known_and_logged_then():
    first = decisions(1, ["nothing", "a/post"], [("ada", "a/post", [0.6, 0.4]), ("ben", "nothing", [0.7, 0.3])])
    second = decisions(
        2,
        ["nothing", "b/post", "a/post"],
        [("ben", "b/post", [0.5, 0.2, 0.3]), ("ada", "nothing", [1.0, 0.0, 0.0])],
    )
    found = Evidence.gather(
        {1: traits("ada", "ben", age=[30.0, 40.0]), 2: traits("ben", "ada", age=[41.0, 31.0], member=[1.0, 0.0])},
        ADA_BEN,
        outcomes(
            (1, "ada", "a/post", 0.4, 1.0),
            (1, "ben", "nothing", 0.7, 0.0),
            (2, "ada", "nothing", 1.0, 0.0),
            (2, "ben", "b/post", 0.2, 1.0),
        ),
        [first, second],
        ["a/post", "b/post", "c/post"],
    )
    assert found.options == ("nothing", "a/post", "b/post")
    assert found.unit_ids == ("ada", "ben", "ada", "ben")
    assert found.wave.tolist() == [1, 1, 2, 2]
    assert found.chances.tolist() == [[0.6, 0.4, 0.0], [0.7, 0.3, 0.0], [1.0, 0.0, 0.0], [0.5, 0.3, 0.2]]
    assert found.traits["age"].to_pylist() == [30.0, 40.0, 31.0, 41.0]
    np.testing.assert_array_equal(found.traits["member"].to_numpy(), [np.nan, np.nan, 0.0, 1.0])
    assert found.cluster_ids == ("h",)
    assert len(set(found.fold)) == 1


def test_whoever_is_gone_teaches_nothing_and_an_option_without_anybody_is_none():
    made = decisions(1, ["nothing", "a/post"], [(name, "nothing", [0.5, 0.5]) for name in ("ada", "ben", "eve")])
    rows = outcomes((1, "ada", "nothing", 0.5, 1.0), (1, "ben", "nothing", 0.5, 0.0), (1, "eve", "a/post", 0.5, 1.0))
    found = Evidence.gather({1: traits("ada", "ben", "eve", age=[1.0, 2.0, 3.0])}, ADA_BEN, rows, [made], ["a/post"])
    assert found is None


def test_where_only_what_was_drawn_is_logged_the_rest_is_the_share_of_those_rounds():
    old = decisions(0, ["nothing", "a/post"], [("ada", "a/post", None), ("ben", "nothing", None)])
    new = decisions(1, ["nothing", "a/post"], [("ada", "a/post", [0.9, 0.1]), ("ben", "nothing", [0.9, 0.1])])
    rows = outcomes(
        (0, "ada", "a/post", 0.5, 1.0),
        (0, "ben", "nothing", 0.5, 0.0),
        (1, "ada", "a/post", 0.1, 1.0),
        (1, "ben", "nothing", 0.9, 0.0),
    )
    known = traits("ada", "ben", age=[1.0, 2.0])
    found = Evidence.gather({0: known, 1: known}, ADA_BEN, rows, [old, new], ["a/post"])
    assert np.isnan(found.chances[:2]).all()
    np.testing.assert_allclose(found.unit_chances, [[0.5, 0.5], [0.5, 0.5], [0.9, 0.1], [0.9, 0.1]])
    np.testing.assert_allclose(found.learning_weight, [1.0, 1.0, 1.0, 1.0])


def test_an_empty_past_is_no_evidence():
    rows = outcomes((1, "ada", "nothing", 0.5, 1.0)).slice(0, 0)
    assert Evidence.gather({}, ADA_BEN, rows, [], ["a/post"]) is None


# All of it together, once


def two_rounds(rng: Rng, count: int = 1_500) -> Evidence:
    """A pilot, then most get the one message that works; half of the people come more often anyway."""
    keen = rng.random(count) < 0.5
    arms, acted, chances = [], [], []
    for share in ([0.5, 0.25, 0.25], [0.3, 0.68, 0.02]):
        chances.append(np.tile(share, (count, 1)))
        arms.append(drawn(chances[-1], rng))
        acted.append(rng.random(count) < np.where(keen, 0.6, 0.2) + 0.15 * (arms[-1] == 1))
    return evidence_of(np.concatenate(arms), np.concatenate(acted), np.vstack(chances), np.repeat([1, 2], count))


def test_what_each_round_brought_comes_near_the_truth():
    truth, seen = {1: 0.25 * 0.15, 2: 0.68 * 0.15}, []
    for seed in range(40):
        evidence = two_rounds(np.random.default_rng(seed))
        learnt = learn(evidence)
        found = {number: brought(evidence, learnt, number) for number in truth}
        seen.append(
            [(found[number].value - truth[number]) / (found[number].upper - found[number].lower) for number in truth]
        )
        assert brought(evidence, learnt, 3) is None
    seen = np.array(seen) * 2 * 1.96
    assert (np.abs(seen) <= 1.96).mean() >= 0.88
    assert (np.abs(seen.mean(axis=0)) < 3 / np.sqrt(40)).all()
    assert brought(None, None, 1) is None


def test_what_was_learnt_of_two_rounds_finds_what_works_and_only_that():
    learnt = learn(two_rounds(np.random.default_rng(1), count=4_000))
    assert [Scope(level) for level in learnt.models.level] == [Scope.EVERYBODY, Scope.NOBODY]
