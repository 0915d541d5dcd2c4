"""Messengers drawn by chance: the chance of each is exactly what is logged."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.channels import Channel
from groundswell.fieldwork.calling import choose
from groundswell.fieldwork.calls import calls_of
from groundswell.fieldwork.fit import Fit
from groundswell.fieldwork.slots import count_slots, deal

PHONE = {"phone": Channel("phone", "person", {}, {"caller_hours": 0.5}, ("volunteer",))}


def crowd(count: int, *, seed: int = 0, homes: int | None = None):
    rng = np.random.default_rng(seed)
    names = [f"p{place:03d}" for place in range(count)]
    home = rng.integers(0, homes, count) if homes else np.arange(count)
    people = pa.table(
        {
            "person": names,
            "unit": names,
            "household": [f"h{one}" for one in home],
            "name": names,
            "stop": [False] * count,
        }
    )
    traits = {"person": names, "unit": names, "age": rng.integers(18, 90, count).astype(float)}
    traits |= {"ward": rng.choice(["north", "south", "west"], count).tolist()}
    return people, pa.table(traits)


def callers(names, hours) -> pa.Table:
    ids = [f"v{place:03d}" for place in range(len(names))]
    return pa.table({"messenger": ids, "person": list(names), "hours": pa.array(list(hours), pa.float64())})


def test_each_slot_is_as_likely_for_everybody_and_nobody_is_dealt_more_often_than_there_are_slots():
    people, slots = [f"p{place}" for place in range(6)], np.array([1, 2, 5])
    count = np.zeros((6, 3))
    for number in range(4_000):
        for person, messenger in enumerate(deal(people, ["a", "b", "c"], slots, key=str(number)).tolist()):
            count[person, messenger] += messenger >= 0
    share = count / count.sum(axis=1, keepdims=True)
    assert np.abs(share - slots / 8).max() < 0.03
    many = deal([f"p{place}" for place in range(18)], ["a", "b", "c"], slots, key="x")
    assert (np.bincount(many + 1)[1:] == slots).all()


def test_the_slots_of_the_own_home_are_never_given_and_the_others_stay_as_likely_as_each_other():
    people, traits = crowd(8)
    volunteers = callers(people["person"].to_pylist()[:1] + people["person"].to_pylist()[6:], [0.5, 1.0, 2.5])
    wanted = people["person"].to_pylist()[:6]
    decisions = pa.table({"unit": wanted, "option": ["hello/phone"] * 6})
    calls = calls_of(people, traits, decisions, volunteers, PHONE)
    count = np.zeros((6, 3))
    for number in range(4_000):
        chosen = choose(calls, Fit.believed(calls.names), by_chance=1.0, key=str(number))
        drawn = np.flatnonzero(chosen.drawn)
        count[drawn, chosen.messenger[drawn]] += 1
    assert count[0, 0] == 0  # who lives there
    share = count / count.sum(axis=1, keepdims=True)
    assert np.abs(share[0] - [0, 2 / 7, 5 / 7]).max() < 0.03
    assert np.abs(share[1:] - np.array([1, 2, 5]) / 8).max() < 0.03


def test_fractions_of_slots_are_there_as_often_as_they_are_large():
    rng = np.random.default_rng(0)
    found = np.array([count_slots(np.array([0.25, 1.5]), 5, rng.random(2)) for _ in range(4_000)])
    assert np.abs(found.mean(axis=0) - [0.25, 1.5]).max() < 0.03


def test_many_more_slots_than_people_are_thinned_out_evenly():
    found = count_slots(np.full(100, 50.0), 20, np.random.default_rng(1).random(100))
    assert 60 <= found.sum() <= 2 * 4 * 20
    assert found.max() <= 1


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), homes=st.sampled_from([None, 9]), before=st.booleans())
def test_what_is_expected_of_chance_is_what_a_sum_over_all_slots_says(seed, homes, before):
    rng = np.random.default_rng(seed)
    people, traits = crowd(30, seed=seed, homes=homes)
    volunteers = callers(people["person"].to_pylist()[20:], rng.choice([0.0, 0.6, 2.0, 9.0], 10))
    decisions = pa.table({"unit": people["person"].to_pylist()[:20], "option": ["hello/phone"] * 20})
    earlier = pa.table({"person": ["p001", "p004"], "messenger": ["v003", "v009"]}) if before else None
    calls = calls_of(people, traits, decisions, volunteers, PHONE, before=earlier)
    slots = rng.integers(0, 4, (1, 10)).astype(float)
    voice = {"v001": 0.3, "v007": -0.2}
    fit = Fit(calls.names, rng.normal(size=len(calls.names)), voice)
    found, score = calls.expected(slots), calls.expected(slots, fit)
    near = np.broadcast_to(np.arange(10), (20, 10))
    like, allowed = calls.like(np.arange(20), near), calls.allowed(np.arange(20), near)
    weight = slots * allowed
    total = weight.sum(axis=1)
    brute = (weight[..., None] * like).sum(axis=1) / np.maximum(total, 1e-300)[:, None]
    assert np.allclose(found, np.where(total[:, None] > 0, brute, 0.0), atol=1e-9)
    own = fit.score(like, fit.voices(calls.speakers.ids)[near])
    assert np.allclose(
        score, np.where(total > 0, (weight * own).sum(axis=1) / np.maximum(total, 1e-300), 0.0), atol=1e-9
    )


def test_on_average_chance_gives_what_is_expected_of_it():
    people, traits = crowd(120, homes=50)
    names = people["person"].to_pylist()
    decisions = pa.table({"unit": names[:100], "option": ["hello/phone"] * 100})
    calls = calls_of(people, traits, decisions, callers(names[100:], np.full(20, 6.0)), PHONE)
    centred = []
    for number in range(300):
        chosen = choose(calls, Fit.believed(calls.names), by_chance=0.4, key=str(number))
        drawn = np.flatnonzero(chosen.drawn)
        like = calls.like(drawn, chosen.messenger[drawn][:, None])[:, 0]
        centred.append((like - calls.expected(chosen.slots)[drawn]).mean(axis=0))
    centred = np.array(centred)
    assert (np.abs(centred.mean(axis=0)) < 4 * centred.std(axis=0) / np.sqrt(len(centred))).all()
    assert centred.std(axis=0).min() > 0


def test_as_many_are_drawn_by_chance_as_was_asked_for_and_none_where_none_was():
    people, traits = crowd(600)
    names = people["person"].to_pylist()
    decisions = pa.table({"unit": names[:500], "option": ["hello/phone"] * 500})
    calls = calls_of(people, traits, decisions, callers(names[500:], np.full(100, 5.0)), PHONE)
    fit = Fit.believed(calls.names)
    share = choose(calls, fit, by_chance=0.3, key="a").drawn.mean()
    assert 0.22 < share < 0.38
    assert not choose(calls, fit, by_chance=0.0, key="a").drawn.any()
    assert choose(calls, fit, by_chance=1.0, key="a").drawn.all()
