"""What a policy would have been worth is told by units it was not made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from groundswell.policy import replay
from groundswell.policy.replay import _alike, _others
from groundswell.uplift import learn
from groundswell.vocabulary import CONTACTS


@pytest.fixture(scope="module")
def found(world):
    return replay(world.evidence, world.learnt, openness=world.openness, limits=world.limits())


def test_no_policy_of_a_fold_knows_the_folds_own_outcomes(world, found):
    evidence = world.evidence
    turned = replace(evidence, outcome=np.where(evidence.fold == 3, 1 - evidence.outcome, evidence.outcome))
    again = replay(turned, learn(turned), openness=world.openness, limits=world.limits())
    mine = evidence.unit_fold == 3
    for name in found.rows:
        assert (again.rows[name][mine] == found.rows[name][mine]).all(), name
    assert again.broadcast[3] == found.broadcast[3]
    assert again.values["policy"] != found.values["policy"]


def test_every_policy_spends_the_same_money_and_no_more(world, found):
    budget = world.limits()[0].at_most
    for name in ("broadcast", "mixture", "by_size", "single", "policy"):
        assert found.spend[name]["budget"] == pytest.approx(budget, rel=1e-6), name
    assert found.spend["nothing"]["budget"] == 0


def test_rates_are_plain_counts(world, found):
    for place, arm in enumerate(found.arms):
        mine = world.evidence.arm == place
        assert arm.people == mine.sum()
        assert arm.rate == pytest.approx(world.evidence.outcome[mine].mean())


def test_differences_are_paired(found):
    gain, against = found.differences["policy-nothing"], found.differences["policy-broadcast"]
    assert gain.value == pytest.approx(found.values["policy"].value - found.values["nothing"].value)
    width = against.upper - against.lower
    apart = (found.values["policy"].upper - found.values["policy"].lower) + (
        found.values["broadcast"].upper - found.values["broadcast"].lower
    )
    assert width < apart


def test_here_it_pays_to_choose_whom(found):
    assert found.differences["policy-nothing"].lower > 0
    assert found.differences["policy-broadcast"].value > 0


def test_a_message_that_harms_is_broadcast_to_nobody(world):
    """Otherwise choosing nobody would look like choosing well."""
    evidence = replace(world.evidence, outcome=np.where(world.evidence.arm > 0, 0.0, world.evidence.outcome))
    found = replay(evidence, learn(evidence), openness=world.openness, limits=world.limits())
    for name in ("single-broadcast", "broadcast-nothing", "policy-nothing", "policy-by_size"):
        assert abs(found.differences[name].value) < 1e-3, name


def test_who_said_stop_later_still_counts_in_the_past(world):
    """Who is angry enough to say stop is who did not act: leaving them out would credit the letter with their silence."""
    closed = world.openness.closed.copy()
    closed[(world.evidence.unit_arm > 0) & (np.arange(world.evidence.units) % 3 == 0)] = 1
    stopped = replace(world.openness, closed=closed)
    again = replay(world.evidence, world.learnt, openness=stopped, limits=world.limits())
    usual = replay(world.evidence, world.learnt, openness=world.openness, limits=world.limits())
    assert again.values == usual.values


def test_a_difference_that_a_handful_of_units_carries_is_refused(world):
    found = replay(world.evidence, world.learnt, openness=world.openness, limits=world.limits(0.02))
    assert found.values["policy"] is not None
    assert found.differences["policy-nothing"] is None


def test_a_value_outside_what_was_ever_drawn_is_refused(world):
    chances = np.tile([0.4, 0.2, 0.2, 0.2], (world.evidence.units, 1))
    chances[::2, 1] = 0.0
    evidence = replace(world.evidence, chances=chances)
    found = replay(evidence, world.learnt, openness=world.openness, limits=world.limits())
    assert "policy" in found.refused
    assert found.values["policy"] is None
    assert found.differences["policy-nothing"] is None
    assert found.values["nothing"] is not None


def test_a_value_that_rests_on_few_units_is_refused(world):
    from policy_world import World

    tiny = World(people=200, seed=3)
    found = replay(tiny.evidence, tiny.learnt, openness=tiny.openness, limits=tiny.limits(1.0))
    assert found.refused
    assert all(found.values[name] is None for name in found.refused)


def test_where_people_were_contacted_as_nobody_before_the_interval_holds_all_and_nothing_of_the_effect_on_them(
    world, found
):
    """Half of the town heard from us since: what a second message does to them no evidence shows."""
    evidence = replace(world.evidence, contacts=np.zeros(len(world.evidence.arm)))
    lately = (world.openness.unit % 2).astype(np.float64)
    told = {"openness": world.openness, "limits": world.limits()}

    def valued(contacts):
        return replay(evidence, world.learnt, traits=pa.table({CONTACTS: contacts}), **told)

    rested, half = valued(np.zeros(len(lately))), valued(lately)
    assert (rested.unseen, half.unseen) == (0.0, pytest.approx(lately.mean()))
    assert rested.differences == found.differences
    fresh, wide = found.differences["broadcast-nothing"], half.differences["broadcast-nothing"]
    assert wide.upper == pytest.approx(fresh.upper)
    assert 0.8 < wide.value / fresh.value < 0.95  # three quarters are thought to be left on half of the people
    # About half of the gain is on the other half; that part has an interval of its own.
    assert 0 < wide.lower < 0.65 * fresh.lower
    assert tuple(half.values["nothing"]) == pytest.approx(tuple(found.values["nothing"]))
    every = valued(np.ones(len(lately)))
    assert (every.unseen, every.differences["broadcast-nothing"].lower) == (1.0, 0.0)
    assert every.differences["broadcast-nothing"].value == pytest.approx(fresh.value * every.left.once.value)
    assert half.values["policy"].lower < found.values["policy"].lower


@pytest.mark.parametrize(("then", "now", "left"), [(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.75), (1, 2, 0.75), (0, 2, 0.6)])
def test_what_options_did_is_counted_as_tired_as_people_are_today(world, found, then, now, left):
    """Somebody in the evidence was as tired, so that the interval is no longer of all or nothing, but of what is likely."""
    contacts = np.full(len(world.evidence.arm), float(then))
    contacts[world.evidence.unit == 0] = 2.0
    evidence = replace(world.evidence, contacts=contacts)
    learnt = replace(world.learnt, fresh=np.ones(evidence.units))
    today = pa.table({CONTACTS: np.full(len(world.openness.unit), float(now))})
    told = replay(evidence, learnt, traits=today, openness=world.openness, limits=world.limits())
    gain, rested = told.differences["broadcast-nothing"], found.differences["broadcast-nothing"]
    assert told.unseen == 0.0
    assert gain.value == pytest.approx(left * rested.value, rel=0.01)
    assert (gain.upper - gain.lower > 1.2 * left * (rested.upper - rested.lower)) == (now > then)


def test_who_is_tired_because_of_the_round_itself_is_not_weighed_by_that(world, found):
    """Whoever was drawn for something is tired since, and nobody else: a value must not weigh the two differently."""
    evidence = replace(world.evidence, contacts=np.zeros(len(world.evidence.arm)))
    since = (evidence.arm > 0).astype(np.float64)
    told = replay(
        evidence, world.learnt, traits=pa.table({CONTACTS: since}), openness=world.openness, limits=world.limits()
    )
    left = 1 - 0.25 * float((evidence.unit_arm > 0).mean())  # three quarters are thought to be left on those
    for difference in ("policy-nothing", "broadcast-nothing"):
        rested = found.differences[difference]
        error = (rested.upper - rested.lower) / 4
        assert abs(told.differences[difference].value - left * rested.value) < error / 3, difference


def test_each_stands_for_another_of_whom_about_as_much_is_expected(world):
    alike = _alike(world.evidence, world.learnt)
    other = _others(alike, world.evidence)
    assert sorted(other.tolist()) == list(range(world.evidence.units))
    assert (alike[other] == alike).all()
    assert (other != np.arange(world.evidence.units)).all()
    assert len(np.unique(alike)) == 10
