"""What a campaign has learnt, for the next one to start from: effects by topic, channel and trait, and nobody in it.

A lesson is three sums over people (the Gram sums of one cell, see :mod:`~groundswell.uplift.gram`): so lessons of several
rounds and campaigns are merged by adding, and each knows its interval. They enter the next campaign's model as one more
column an option, whose weight is estimated like that of any other column, and may be nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.stats import Estimate, may_be_told
from groundswell.uplift.evidence import About, Evidence
from groundswell.uplift.gram import pair_of
from groundswell.uplift.hints import Hint, Level
from groundswell.vocabulary import CONTACTS, EvidenceError

EVERYTHING = "*"
"""The topic of a message that has none."""
_PARTS = (0.2, 0.4, 0.6, 0.8)
_FEW = 8
_MOST_LEVELS = 30
_HEARD = 20
"""An option that fewer people of a level heard is left out there: of two topics that share all other options, what is of one
and not of the other would be those few."""
_FORMAT = 1


class Lesson(NamedTuple):
    """What one topic did, through one channel, to the people of one level of one trait.

    Attributes:
        source: which campaign and round says so.
        topic: of the message; ``*`` where it has none.
        channel: how it travelled.
        trait: which trait; "": everybody.
        level: which part of it.
        weight, score, square: sums over its people of ``c^2``, of ``c`` times the surprise, and over clusters of the square
            of what is left of that.
        people: how many had been drawn for it.
        others: how many for nothing, beside them, each counted once.
    """

    source: str
    topic: str
    channel: str
    trait: str
    level: Level
    weight: float
    score: float
    square: float
    people: int
    others: int

    @property
    def effect(self) -> Estimate:
        """Per person, against nothing, with its 95 % interval clustered by household."""
        if self.weight <= 0:
            return Estimate(0.0, -math.inf, math.inf)
        return Estimate.around(self.score / self.weight, math.sqrt(self.square) / self.weight)

    @property
    def variance(self) -> float:
        """Of the effect."""
        return self.square / self.weight**2 if self.weight > 0 else math.inf


def learn_lessons(
    evidence: Evidence, surprise: NDArray[np.float64], source: str, fresh: NDArray[np.float64] | None = None
) -> tuple[Lesson, ...]:
    """The lessons of some evidence: of every topic and channel, for everybody and for each level of each trait.

    Args:
        evidence: what was drawn and what came of it; it knows what each option is about.
        surprise: (n,) outcome less what was expected, by models that did not see the person.
        source: what to call it.
        fresh: (n,) what is left of an effect on each, for lessons are of rested people; None: all of it.

    >>> half = np.arange(400) % 2
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 400)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(400, 0.5), unit=np.arange(400), cluster=np.arange(400),
    ...     cluster_ids=tuple(map(str, range(400))), about={"hello/post": About(("schools",), "post")},
    ... )
    >>> whole, *_ = learn_lessons(past, past.outcome - 0.5, "spring, round 1")
    >>> whole.topic, whole.channel, whole.trait, round(whole.effect.value, 3), whole.people
    ('schools', 'post', '', 1.0, 200)
    """
    columns = {name: evidence.traits[name] for name in evidence.traits.column_names}
    levels = {name: levels_of(column) for name, column in columns.items()}
    groups: dict[tuple[str, str], list[int]] = {}
    for arm, option in enumerate(evidence.options[1:]):
        about = evidence.about.get(option)
        for topic in (about.topics or (EVERYTHING,)) if about else ():
            groups.setdefault((topic, about.channel), []).append(arm)  # type: ignore[union-attr]
    found = (
        lesson
        for (topic, channel), arms in sorted(groups.items())
        for lesson in _of_group(evidence, surprise, arms, columns, levels, (source, topic, channel), fresh)
    )
    return tuple(lesson for lesson in found if lesson.weight > 0)


def _of_group(
    evidence: Evidence,
    surprise: NDArray[np.float64],
    arms: Sequence[int],
    columns: Mapping[str, pa.ChunkedArray],
    levels: Mapping[str, tuple[Level, ...]],
    name: tuple[str, str, str],
    fresh: NDArray[np.float64] | None,
) -> Iterator[Lesson]:
    pairs = [pair_of(evidence, np.arange(len(evidence.arm)), arm, fresh) for arm in arms]
    rows = np.concatenate([pair.rows for pair in pairs])
    contrast = np.concatenate([pair.contrast for pair in pairs])
    factor = np.concatenate([pair.factor for pair in pairs])
    option = np.repeat(np.arange(len(pairs)), [len(pair.rows) for pair in pairs])
    cluster, drawn = evidence.cluster[evidence.unit[rows]], evidence.arm[rows] > 0

    def lesson(trait: str, level: Level, here: NDArray[np.bool_]) -> Lesson:
        heard = np.bincount(option[here & drawn], minlength=len(pairs))
        here = here & (heard >= _HEARD)[option]
        c, f, left = contrast[here], factor[here], surprise[rows[here]]
        weight, score = float(c @ f), float(f @ left)
        effect = score / weight if weight > 0 else 0.0
        sums = np.bincount(cluster[here], f * (left - c * effect), minlength=1)
        people, others = (len(np.unique(rows[here & side])) for side in (drawn, ~drawn))
        return Lesson(*name, trait, level, weight, score, float(sums @ sums), people, others)

    yield lesson("", Level(), np.ones(len(rows), dtype=bool))
    for trait, its in levels.items():
        for level in its:
            yield lesson(trait, level, level.holds(columns[trait])[rows])


def levels_of(column: pa.ChunkedArray) -> tuple[Level, ...]:
    """The levels of a trait: each of its texts, or of its few numbers, or fifths at round numbers.

    >>> levels_of(pa.chunked_array([[0.0, 1.0, 1.0]]))
    (Level(low=None, high=0.5, text=None), Level(low=0.5, high=None, text=None))
    """
    if pa.types.is_string(column.type):
        counts = pc.value_counts(column.drop_null()).to_pylist()
        ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))[:_MOST_LEVELS]
        return tuple(Level(text=entry["values"]) for entry in ranked)
    values = column.to_numpy()
    known = np.unique(values[~np.isnan(values)])
    if len(known) < 2:
        return ()
    cuts = (known[1:] + known[:-1]) / 2
    if len(known) > _FEW:
        cuts = np.unique([_round(cut) for cut in np.nanquantile(values, _PARTS)])
    ends = [None, *map(float, cuts), None]
    return tuple(Level(low, high) for low, high in pairwise(ends))


def _round(number: float) -> float:
    """Two figures, so that campaigns of like people cut alike."""
    return float(f"{number:.2g}")


def fit_to_share(lessons: Iterable[Lesson], smallest: int) -> tuple[Lesson, ...]:
    """The lessons that may leave the campaign: none of few people, and none from which few can be reckoned.

    Args:
        lessons: of one campaign.
        smallest: fewer people than this, drawn for it or for nothing, are no group that may be shown.

    Returns:
        Of each trait the whole less the levels that are told is of enough people, or of none. Those in no level, such as
        those whose trait is not known, count among them.

    >>> whole = Lesson("x", "schools", "post", "", Level(), 100.0, 1.0, 1.0, 500, 500)
    >>> young = whole._replace(trait="age", level=Level(None, 40.0), people=490)
    >>> ages = [young, young._replace(level=Level(40.0, None), people=10)]
    >>> [lesson.trait for lesson in fit_to_share([whole, *ages], smallest=20)]
    ['']
    """
    groups: dict[tuple[str, str, str, str], list[Lesson]] = {}
    for lesson in lessons:
        groups.setdefault((lesson.source, lesson.topic, lesson.channel, lesson.trait), []).append(lesson)
    found: list[Lesson] = []
    whole: dict[tuple[str, str, str], Lesson] = {}
    for (*name, trait), cells in groups.items():
        of = (name[0], name[1], name[2])
        if not trait:
            [cell] = cells
            if min(cell.people, cell.others) >= smallest:
                whole[of] = cell
                found.append(cell)
        elif of in whole:
            sides = np.array([[cell.people, cell.others] for cell in cells])
            rest = np.array([whole[of].people, whole[of].others]) - sides.sum(axis=0)
            told = may_be_told(sides, smallest, np.maximum(rest, 0)) & (sides >= smallest).all(axis=1)
            found += [cell for cell, one in zip(cells, told, strict=True) if one]
    return tuple(found)


def merge(*several: Iterable[Lesson]) -> tuple[Lesson, ...]:
    """The lessons of several campaigns or rounds, each once; where two of one source say the same, the later stands.

    >>> one = Lesson("x", "schools", "post", "", Level(), 100.0, 1.0, 1.0, 500, 500)
    >>> merge([one], [one._replace(score=2.0)])[0].score
    2.0
    """
    found = {lesson[:5]: lesson for lessons in several for lesson in lessons}
    return tuple(found[key] for key in sorted(found, key=repr))


def expect(lessons: Sequence[Lesson], about: About) -> Estimate | None:
    """What a message that nobody has heard yet may do to everybody, going by its topics and its channel.

    Args:
        lessons: those there are.
        about: what the new option is about.

    Returns:
        The mean of what its topics did through its channel (else through others), with the interval of *one more* message:
        messages differ. None where nothing is known of its topics.

    >>> one = Lesson("x", "schools", "post", "", Level(), 100.0, 5.0, 1.0, 500, 500)
    >>> round(expect([one, one._replace(source="y", score=7.0)], About(("schools",), "post")).value, 3)
    0.06
    """
    mains = [lesson for lesson in lessons if not lesson.trait and lesson.weight > 0]
    near = [lesson for lesson in _near(lessons, about) if not lesson.trait]
    if not near:
        return None
    between = _between(mains)
    precision = 1 / (np.array([lesson.variance for lesson in near]) + between + 1e-300)
    mean = float(precision @ np.array([lesson.effect.value for lesson in near]) / precision.sum())
    return Estimate.around(mean, math.sqrt(float(1 / precision.sum()) + between))


def _between(mains: Sequence[Lesson]) -> float:
    """Variance of true effects between messages (DerSimonian & Laird 1986), over all there are."""
    if len(mains) < 2:
        return 0.0
    value = np.array([lesson.effect.value for lesson in mains])
    precision = 1 / np.array([max(lesson.variance, 1e-300) for lesson in mains])
    mean = float(precision @ value / precision.sum())
    spread = float(precision @ (value - mean) ** 2)
    scale = float(precision.sum() - precision @ precision / precision.sum())
    return max((spread - (len(mains) - 1)) / scale, 0.0) if scale > 0 else 0.0


def hints_of(lessons: Sequence[Lesson], about: About) -> tuple[Hint, ...]:
    """What lessons say of whom an option moves more than others, drawn towards nothing by what they are unsure of.

    Args:
        lessons: of other campaigns.
        about: what the option is about.

    >>> whole = Lesson("x", "schools", "post", "", Level(), 1e6, 1e5, 1.0, 500, 500)
    >>> old = whole._replace(trait="age", level=Level(60.0, None), score=3e5)
    >>> young = whole._replace(trait="age", level=Level(None, 60.0), score=0.0)
    >>> [(hint.trait, round(hint.value, 2)) for hint in hints_of([whole, old, young], About(("schools",), "post"))]
    [('age', 0.2), ('age', -0.1)]
    """
    near = _near(lessons, about)
    mean = {lesson[:3]: lesson.effect.value for lesson in near if not lesson.trait}
    parts = [lesson for lesson in near if lesson.trait and lesson[:3] in mean]
    return tuple(_drawn_in([(lesson, lesson.effect.value - mean[lesson[:3]]) for lesson in parts]))


def _near(lessons: Sequence[Lesson], about: About) -> list[Lesson]:
    """Those of an option's topics, through its channel if there are any, else through others."""
    # How often somebody was contacted was a trait once; today it is a term of its own, and no lesson may count it again.
    told = [lesson for lesson in lessons if lesson.trait != CONTACTS and lesson.weight > 0]
    own = [lesson for lesson in told if lesson.topic in (about.topics or (EVERYTHING,))]
    return [lesson for lesson in own if lesson.channel == about.channel] or own


def _drawn_in(own: Sequence[tuple[Lesson, float]]) -> Iterator[Hint]:
    """Differences of one option, each by what its trait's differ beyond chance, averaged over sources."""
    traits = {lesson.trait for lesson, _ in own}
    for trait in sorted(traits):
        mine = [(lesson, value) for lesson, value in own if lesson.trait == trait]
        beyond = float(np.mean([value**2 - lesson.variance for lesson, value in mine]))
        if beyond <= 0:
            continue
        by_level: dict[Level, list[tuple[Lesson, float]]] = {}
        for lesson, value in mine:
            by_level.setdefault(lesson.level, []).append((lesson, value))
        for level, told in by_level.items():
            precision = np.array([1 / max(lesson.variance, 1e-300) for lesson, _ in told])
            mean = float(precision @ np.array([value for _, value in told]) / precision.sum())
            yield Hint(trait, level, mean * beyond / (beyond + 1 / float(precision.sum())))


def lessons_as_json(lessons: Iterable[Lesson], smallest: int) -> dict[str, Any]:
    """A file of lessons; ``effect`` and its ends are for people, the sums for the next campaign.

    >>> one = Lesson("spring", "schools", "post", "age", Level(60.0, None), 100.0, 5.0, 1.0, 500, 500)
    >>> found = lessons_as_json([one], 20)["lessons"][0]
    >>> found["level"], found["effect"]
    ({'low': 60.0}, 0.05)
    """
    return {
        "format": _FORMAT,
        "smallest_group": smallest,
        "lessons": [
            {
                **lesson._asdict(),
                "level": {name: end for name, end in lesson.level._asdict().items() if end is not None},
                **{name: getattr(lesson.effect, part) for name, part in _TOLD.items()},
            }
            for lesson in lessons
        ],
    }


_TOLD = {"effect": "value", "lower": "lower", "upper": "upper"}


def lessons_from_json(found: object, name: str = "lessons") -> tuple[Lesson, ...]:
    """The inverse of :func:`lessons_as_json`.

    Raises:
        EvidenceError: for anything else.

    >>> one = Lesson("spring", "schools", "post", "age", Level(60.0, None), 100.0, 5.0, 1.0, 500, 500)
    >>> lessons_from_json(lessons_as_json([one], 20)) == (one,)
    True
    """
    try:
        if not isinstance(found, dict) or found["format"] != _FORMAT:
            raise TypeError("format")
        lessons = [
            Lesson(**{key: entry[key] for key in Lesson._fields if key != "level"}, level=Level(**entry["level"]))
            for entry in found["lessons"]
        ]
        sound = all(
            math.isfinite(lesson.weight) and lesson.weight > 0 and math.isfinite(lesson.score) and lesson.square >= 0
            for lesson in lessons
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(
            f"{name} holds no lessons.",
            found=str(error),
            expected="a file that  groundswell lessons --export  wrote",
            hint="Export it again.",
        ) from error
    if not sound:
        raise EvidenceError(
            f"{name} holds lessons that say nothing.", expected="sums that are numbers, weights above 0"
        )
    return tuple(lessons)
