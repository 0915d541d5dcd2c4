"""Lessons: what one campaign learnt, without anybody in it, and what the next one makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.uplift import (
    About,
    Evidence,
    expect,
    fit_to_share,
    hints_of,
    learn,
    lessons_as_json,
    lessons_from_json,
    merge,
)
from groundswell.uplift.hints import Level
from groundswell.uplift.lessons import Lesson, learn_lessons
from groundswell.uplift.models import Models
from groundswell.vocabulary import EvidenceError

ABOUT = {"class/phone": About(("schools",), "phone"), "doctor/phone": About(("health",), "phone")}
WHOLE = Lesson("x", "schools", "phone", "", Level(), 100.0, 5.0, 1.0, 500, 500)


def world(seed: int, people: int = 4_000, *, hints=None, source: str = "one") -> tuple[Evidence, np.ndarray]:
    """Two options: one moves the young, the other those of the north; and the true effects (n, 2)."""
    rng = np.random.default_rng(seed)
    age, north = rng.uniform(18, 90, people), rng.random(people) < 0.3
    traits = pa.table(
        {
            "age": age,
            "district": pa.array(np.where(north, "north", "south").tolist()),
            **{f"other_{place}": rng.normal(size=people) for place in range(6)},
        }
    )
    truth = np.column_stack([np.where(age < 40, 0.2, 0.0), np.where(north, 0.2, 0.02)])
    arm = rng.choice(3, people, p=[0.4, 0.3, 0.3])
    home = np.arange(people) // 2
    found = Evidence(
        traits,
        ("nothing", *ABOUT),
        arm=arm[home * 2],
        outcome=(
            rng.random(people) < 0.2 + np.column_stack([np.zeros(people), truth])[np.arange(people), arm[home * 2]]
        )
        * 1.0,
        propensity=np.array([0.4, 0.3, 0.3])[arm[home * 2]],
        unit=home,
        cluster=np.arange(people // 2),
        cluster_ids=tuple(f"{seed}-{place}" for place in range(people // 2)),
        about=ABOUT,
        hints=hints or {},
        source=source,
    )
    return found, truth


def known(evidence: Evidence) -> tuple[Lesson, ...]:
    return learn(evidence).lessons


def error(evidence: Evidence, truth: np.ndarray) -> float:
    """Root mean square error of effects out of fold."""
    return float(np.sqrt(((learn(evidence).effect - _by_unit(evidence, truth)) ** 2).mean()))


def _by_unit(evidence: Evidence, truth: np.ndarray) -> np.ndarray:
    return np.column_stack([np.bincount(evidence.unit, column) for column in truth.T])


def test_a_lesson_of_everybody_and_of_each_level_holds_the_true_effect_most_of_the_time():
    inside = total = 0
    for seed in range(12):
        evidence, truth = world(seed, 3_000)
        age = evidence.traits["age"]
        for lesson in known(evidence):
            if lesson.trait in {"", "age"} and lesson.topic == "schools":
                here = np.ones(len(truth), dtype=bool) if not lesson.trait else lesson.level.holds(age)
                inside += lesson.effect.lower < truth[here, 0].mean() < lesson.effect.upper
                total += 1
    assert 0.88 <= inside / total <= 0.99


def test_whose_lessons_are_good_errs_less_and_whose_are_wrong_hardly_more():
    """Three thousand people learn little by themselves; forty thousand of another campaign know whom it moves."""
    rich = known(world(100, 40_000, source="another")[0])
    swapped = {"schools": "health", "health": "schools"}
    wrong = [lesson._replace(topic=swapped[lesson.topic]) for lesson in rich]
    errors = []
    for seed in range(8):
        plain, truth = world(seed, 3_000)
        helped = replace(plain, hints={option: hints_of(rich, one) for option, one in ABOUT.items()})
        misled = replace(plain, hints={option: hints_of(wrong, one) for option, one in ABOUT.items()})
        errors.append([error(evidence, truth) for evidence in (plain, helped, misled)])
    plain, helped, misled = np.mean(errors, axis=0)
    assert helped < 0.8 * plain
    assert misled < 1.1 * plain


def test_one_person_alone_gets_the_same_effect_as_in_a_batch_and_after_a_file():
    rich = known(world(100, 8_000, source="another")[0])
    evidence, _ = world(1, 3_000)
    evidence = replace(evidence, hints={option: hints_of(rich, one) for option, one in ABOUT.items()})
    models = learn(evidence).with_newcomers(ABOUT | {"new/post": About(("health",), "post")}, rich).models
    assert any(models.hints)
    assert set(models.newcomers) == {"new/post"}
    header, arrays = models.as_parts()
    again = Models.from_parts(json.loads(json.dumps(header)), arrays)
    assert again.newcomers == dict(models.newcomers)
    every, *_ = models.effects(evidence.traits, np.arange(3_000), np.zeros(3_000, dtype=np.int64))
    for place in (0, 17, 2_999):
        one, *_ = again.effects(
            evidence.traits.slice(place, 1), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        )
        assert one.tobytes() == every[[place]].tobytes()


def test_sums_of_two_levels_are_those_of_both():
    evidence, _ = world(3, 2_000)
    lessons = learn_lessons(evidence, evidence.outcome - 0.2, "one")
    whole = next(lesson for lesson in lessons if not lesson.trait)
    for trait in ("age", "district"):
        parts = [lesson for lesson in lessons if lesson.trait == trait and lesson[:3] == whole[:3]]
        assert sum(lesson.weight for lesson in parts) == pytest.approx(whole.weight)
        assert sum(lesson.score for lesson in parts) == pytest.approx(whole.score)
        assert sum(lesson.people for lesson in parts) == whole.people


@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=6), blank=st.integers(0, 60), smallest=st.integers(2, 30)
)
@settings(deadline=None)
def test_no_small_group_leaves_and_none_can_be_reckoned_from_the_rest(counts, blank, smallest):
    cells = [
        WHOLE._replace(trait="age", level=Level(float(place), place + 1.0), people=count)
        for place, count in enumerate(counts)
    ]
    whole = WHOLE._replace(people=sum(counts) + blank, others=WHOLE.others * len(cells))
    shared = fit_to_share([whole, *cells], smallest)
    assert all(min(lesson.people, lesson.others) >= smallest for lesson in shared)
    told = [lesson for lesson in shared if lesson.trait]
    for side in ("people", "others"):
        left = getattr(whole, side) - sum(getattr(lesson, side) for lesson in told)
        assert not told or left == 0 or left >= smallest


def test_what_few_heard_cannot_be_reckoned_from_two_topics_that_share_the_rest():
    half = np.arange(2_000) % 2
    few = (np.arange(2_000) < 12) & (half == 1)
    evidence = Evidence(
        pa.table({"age": np.linspace(20, 80, 2_000)}),
        ("nothing", "both/post", "one/post"),
        arm=np.where(few, 2, half),
        outcome=half * 1.0,
        propensity=np.where(half == 1, 0.25, 0.5),
        unit=np.arange(2_000),
        cluster=np.arange(2_000),
        cluster_ids=tuple(map(str, range(2_000))),
        about={"both/post": About(("schools", "roads"), "post"), "one/post": About(("schools",), "post")},
    )
    lessons = learn_lessons(evidence, evidence.outcome - 0.5, "one")
    roads, schools = ([one[3:] for one in lessons if one.topic == topic] for topic in ("roads", "schools"))
    assert roads == schools
    assert max(lesson.others for lesson in lessons) == 1_000


def test_files_go_round_and_merging_is_adding_once():
    lessons = known(world(4, 2_000)[0])
    again = lessons_from_json(json.loads(json.dumps(lessons_as_json(lessons, 10), allow_nan=False)))
    assert again == lessons
    assert merge(lessons, again) == merge(lessons)
    assert len(merge(lessons, [lesson._replace(source="two") for lesson in lessons])) == 2 * len(lessons)


def test_one_more_message_is_less_sure_than_the_mean_of_those_there_are():
    apart = [
        WHOLE._replace(source=str(place), score=100 * effect) for place, effect in enumerate((0.00, 0.30, -0.10, 0.20))
    ]
    found = expect(apart, About(("schools",), "phone"))
    assert found is not None
    assert found.upper - found.lower > 2 * 0.1
    assert expect(apart, About(("trade",), "phone")) is None
    other = expect(apart, About(("schools",), "post"))
    assert other is not None  # through another channel is better than nothing


@pytest.mark.parametrize(
    "found", [None, [], {}, {"format": 1}, {"format": 1, "lessons": [{}]}, {"format": 9, "lessons": []}]
)
def test_what_is_no_file_of_lessons_is_refused(found):
    with pytest.raises(EvidenceError, match="no lessons"):
        lessons_from_json(found)
