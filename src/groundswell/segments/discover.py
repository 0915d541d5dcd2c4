"""Groups that nobody wrote down: who people are, and whom to talk to, each told by rules of at most three questions.

How many there are is chosen by stability: as many as the likelihood asks for (Schwarz's criterion), and then fewer, until
they come out again when the people are drawn anew (a bootstrap by unit), by the adjusted Rand index (Hubert & Arabie 1985).
Where not even two do, there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundswell.segments.classes import Classes, Levels, fit_classes, levels_of
from groundswell.segments.growing import MOST, Leaf, grow, place_of
from groundswell.segments.questions import Answers, Rule, holds, joined, simplified, values_of
from groundswell.stats import units_of
from groundswell.stats.given import Label
from groundswell.vocabulary import EvidenceError

STABLE = 0.70
"""The least mean adjusted Rand index of groups that are told."""
FAITHFUL = 0.85
"""The least share of people whom rules put where the classes do."""
_SAMPLE = 5_000
_DRAWS = 12
_STARTS = 2
_APART = 3
_NEAR = 0.03
_FEWEST = 100
_TOLD = 0.005


class Apart(NamedTuple):
    """What sets a group apart beside its rules.

    Attributes:
        trait: the column.
        level: for texts: which; None for numbers.
        mine: the mean, or the share of the level, in the group.
        everybody: the same among all.
    """

    trait: str
    level: str | None
    mine: float
    everybody: float


class Found(NamedTuple):
    """A group.

    Attributes:
        rules: any of them holds.
        people: how many belong to it.
        share: of all.
        apart: what else sets it apart, most first.
        mean: of what was told apart, in a group of those to talk to; None elsewhere.
    """

    rules: tuple[Rule, ...]
    people: int
    share: float
    apart: tuple[Apart, ...]
    mean: float | None = None


class Tried(NamedTuple):
    """One number of groups, and what came of it."""

    groups: int
    stability: float
    fidelity: float


@dataclass(frozen=True)
class Discovered:
    """What was found.

    Attributes:
        groups: the largest first; none where they are not stable.
        place: (people,) the group of each person; zeros where there are none.
        tried: every number of groups that was looked at.
    """

    groups: tuple[Found, ...]
    place: NDArray[np.int64]
    tried: tuple[Tried, ...]

    @property
    def stability(self) -> float:
        """The mean adjusted Rand index of what is told; of the best that was tried where nothing is."""
        told = [one for one in self.tried if one.groups == len(self.groups)] or list(self.tried)
        return max((one.stability for one in told), default=0.0)

    @property
    def fidelity(self) -> float:
        """The share of people whom the rules put where the classes do."""
        told = [one.fidelity for one in self.tried if one.groups == len(self.groups)]
        return told[0] if told else 0.0


def discover(
    traits: pa.Table, names: Sequence[str], *, unit: Iterable[Label] | None = None, seed: int = 0, most: int = MOST
) -> Discovered:
    """Who people are: latent classes on traits, told by at most eight rules.

    Args:
        traits: one row a person; float64 (NaN where blank) and string columns.
        names: of the traits that count.
        unit: (people,) who lives together and is drawn together; None: nobody.
        seed: another seed draws other people.
        most: groups.

    Returns:
        As many groups as are stable and told by rules for 85 % of the people, or none.

    Raises:
        EvidenceError: for fewer than 100 people, or without a trait that tells them apart.

    >>> rng = np.random.default_rng(0)
    >>> old = rng.random(2_000) < 0.5
    >>> age = np.where(old, rng.normal(70, 5, 2_000), rng.normal(30, 5, 2_000))
    >>> people = pa.table({"age": age, "cares": np.where(old, 90.0, 20.0) + rng.normal(0, 9, 2_000)})
    >>> found = discover(people, ["age", "cares"], most=3)
    >>> len(found.groups), found.stability > 0.9, found.fidelity > 0.95
    (2, True, True)
    """
    sample, unit_of = _drawn(traits, unit, seed)
    answers, levels = Answers.of(sample, names), levels_of(sample, names)
    _refuse_alike(answers)
    lots = np.random.default_rng(seed)
    draws = [_weights(unit_of, lots) for _ in range(_DRAWS)]
    with threadpool_limits(limits=1, user_api="blas"):
        whole = _Begun.of(levels, answers, np.ones(sample.num_rows))
        begun = [_Begun.of(levels, answers, weight) for weight in draws]
        tried, chosen = [], None
        fits = {many: fit for many in range(1, min(most, MOST) + 1) if (fit := whole.told(many, seed)) is not None}
        best = min(fits, key=lambda many: fits[many].criterion)
        for many in range(best, 1, -1):
            found = fits[many]
            again = [one.told(many, seed + 1 + place) for place, one in enumerate(begun)]
            alike = [rand_index(found.place, one.place) if one else 0.0 for one in again]
            tried.append(Tried(len(found.rules), float(np.mean(alike)), found.fidelity))
            if tried[-1].stability >= STABLE and found.fidelity >= FAITHFUL and len(found.rules) == many:
                chosen = found
                break
    if chosen is None:
        return Discovered((), np.zeros(traits.num_rows, dtype=np.int64), tuple(tried))
    return _told(traits, names, chosen.rules, tuple(tried), None)


def tell_apart(
    target: NDArray[np.float64],
    traits: pa.Table,
    names: Sequence[str],
    *,
    unit: Iterable[Label] | None = None,
    seed: int = 0,
    most: int = MOST,
) -> Discovered:
    """Whom to talk to: a shallow tree on what is foretold of people, its questions chosen by the mean over bootstraps.

    Args:
        target: (people,) an uplift or a score, from a model; NaN leaves somebody out of what is learnt.
        traits: one row a person.
        names: of the traits that rules may ask about.
        unit: (people,) who is drawn together.
        seed: another seed draws other people.
        most: groups.

    Returns:
        As many groups as are stable, each with the mean of the target; it is what the model says, and proves nothing.

    Raises:
        EvidenceError: as for :func:`discover`.

    >>> age = np.repeat([20.0, 40.0, 60.0, 80.0], 250)
    >>> found = tell_apart(np.where(age >= 60, 0.1, 0.0), pa.table({"age": age}), ["age"])
    >>> [(group.rules[0][0].yes, round(group.mean, 2)) for group in found.groups]
    [(True, 0.1), (False, 0.0)]
    """
    known = np.flatnonzero(~np.isnan(target))
    names_of = None if unit is None else [*unit]
    inside = None if names_of is None else [names_of[place] for place in known]
    sample, unit_of, rows = _drawn_with(traits.take(pa.array(known)), inside, seed)
    wanted = target[known][rows]
    answers = Answers.of(sample, names)
    _refuse_alike(answers)
    lots = np.random.default_rng(seed)
    draws = [_weights(unit_of, lots) for _ in range(_DRAWS)]
    with threadpool_limits(limits=1, user_api="blas"):
        trees = grow(answers, _squares(answers, wanted, np.stack(draws)), most=min(most, MOST))
        others = [
            grow(answers, _squares(answers, wanted, weight[None]), weight=weight, most=min(most, MOST))
            for weight in draws
        ]
    tried = []
    for leaves in reversed(trees[1:]):
        place = place_of(leaves)
        alike = [rand_index(place, place_of(one[min(len(leaves), len(one)) - 1])) for one in others]
        tried.append(Tried(len(leaves), float(np.mean(alike)), 1.0))
        if tried[-1].stability >= STABLE:
            return _told(traits, names, [(leaf.rule,) for leaf in leaves], tuple(tried), target)
    return Discovered((), np.zeros(traits.num_rows, dtype=np.int64), tuple(tried))


def assign(groups: Sequence[tuple[Rule, ...]], traits: pa.Table) -> NDArray[np.int64]:
    """(people,) the place of the group that each person belongs to.

    Args:
        groups: the rules of each; everybody is in one.
        traits: one row a person.

    >>> from groundswell.segments import Question
    >>> old = Question("age", 64.5, None, True, False)
    >>> assign([((old,),), ((old._replace(yes=False, blank=True),),)], pa.table({"age": [70.0, 20.0]})).tolist()
    [0, 1]
    """
    asked = {question.trait for rules in groups for rule in rules for question in rule}
    columns = {name: values_of(traits[name]) for name in asked}
    found = np.zeros(traits.num_rows, dtype=np.int64)
    for place, rules in enumerate(groups):
        for rule in rules:
            found[holds(rule, columns, traits.num_rows)] = place
    return found


def rand_index(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The adjusted Rand index of two ways to group the same people: 1 the same, 0 by chance.

    >>> one = np.array([0, 0, 1, 1])
    >>> rand_index(one, np.array([1, 1, 0, 0])), round(rand_index(one, np.array([0, 1, 0, 1])), 2)
    (1.0, -0.5)
    """
    both = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(both, (one, other), 1.0)

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    total = pairs(np.array([float(len(one))]))
    first, second, same = pairs(both.sum(axis=1)), pairs(both.sum(axis=0)), pairs(both.ravel())
    expected = first * second / total if total else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (same - expected) / (most - expected)


class _Partition(NamedTuple):
    """Classes told by rules: those of each, the class of each person by them, how many are where they belong, and BIC."""

    rules: list[tuple[Rule, ...]]
    place: NDArray[np.int64]
    fidelity: float
    criterion: float


class _Begun(NamedTuple):
    """A drawing of people, and the trees that their classes begin from."""

    levels: Levels
    answers: Answers
    weight: NDArray[np.float64]
    trees: list[list[Leaf]]

    @classmethod
    def of(cls, levels: Levels, answers: Answers, weight: NDArray[np.float64]) -> _Begun:
        return cls(levels, answers, weight, grow(answers, _likeness(answers, levels, weight), weight=weight))

    def told(self, many: int, seed: int) -> _Partition | None:
        """So many classes, told by rules; None where there are not so many."""
        if len(self.trees) < many:
            return None
        lots, fits = np.random.default_rng(seed), []
        begin = np.eye(many)[place_of(self.trees[many - 1])] * 0.9 + 0.1 / many
        for start in range(_STARTS):
            wanted = begin if start == 0 else lots.dirichlet(np.ones(many), size=len(begin))
            fits.append(fit_classes(self.levels, wanted, weight=self.weight))
        fits.sort(key=lambda fit: -fit.likelihood)
        found = [self._ruled(fit, fits[0].criterion) for fit in fits]
        return next((one for one in found if one.fidelity >= FAITHFUL), found[0])

    def _ruled(self, fit: Classes, criterion: float) -> _Partition:
        """The fewest rules that tell the classes nearly as well as most do."""
        mine = fit.belongs.argmax(axis=1)
        trees = grow(self.answers, _purity(self.answers, fit.belongs, self.weight), weight=self.weight)
        told = []
        for leaves in trees:
            named = [int((fit.belongs[leaf.here].T @ self.weight[leaf.here]).argmax()) for leaf in leaves]
            place = np.array(named)[place_of(leaves)]
            told.append((float(self.weight @ (place == mine)) / float(self.weight.sum()), leaves, named, place))
        best = max(share for share, *_ in told)
        share, leaves, named, place = next(one for one in told if one[0] >= best - _NEAR)
        kept = sorted(set(named))
        rules = [tuple(leaf.rule for leaf, name in zip(leaves, named, strict=True) if name == one) for one in kept]
        return _Partition(rules, np.searchsorted(kept, place), share, criterion)


def _drawn(traits: pa.Table, unit: Iterable[Label] | None, seed: int) -> tuple[pa.Table, NDArray[np.int64]]:
    sample, unit_of, _ = _drawn_with(traits, unit, seed)
    return sample, unit_of


def _drawn_with(
    traits: pa.Table, unit: Iterable[Label] | None, seed: int
) -> tuple[pa.Table, NDArray[np.int64], NDArray[np.int64]]:
    """Some people by chance, the unit of each, and their rows."""
    count = traits.num_rows
    if count < _FEWEST:
        raise EvidenceError(
            f"{count} people are too few to find groups among.",
            expected=f"{_FEWEST} at least",
            hint="Write rules yourself.",
        )
    rows = np.arange(count)
    if count > _SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(count, _SAMPLE, replace=False))
    place, _ = units_of(unit, count)
    return traits.take(pa.array(rows)), np.unique(place[rows], return_inverse=True)[1], rows


def _weights(unit_of: NDArray[np.int64], lots: np.random.Generator) -> NDArray[np.float64]:
    """(people,) how often each is drawn, whole units together."""
    return lots.poisson(1.0, int(unit_of.max()) + 1)[unit_of].astype(np.float64)


def _refuse_alike(answers: Answers) -> None:
    if not answers.questions:
        raise EvidenceError(
            "There is no trait that tells people apart.",
            found="traits that are blank, or the same for nearly everybody",
            expected="a trait that at least 1 % have and 1 % have not",
            hint="Name other traits.",
        )


def _sides(total: NDArray[np.float64], yes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return yes, np.maximum(total[:, None] - yes, 0.0)


def _likeness(
    answers: Answers, levels: Levels, weight: NDArray[np.float64]
) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """By how much a question raises the likelihood of all traits, if those of each side were independent."""
    asked = answers.yes.astype(np.float64)
    traits = int(levels.trait.max()) + 1 if len(levels.trait) else 0

    def informed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.zeros((traits, counts.shape[1]))
        np.add.at(whole, levels.trait, counts)
        return np.asarray(_log(counts).sum(axis=0) - _log(whole).sum(axis=0))

    def gain(here: NDArray[np.bool_]) -> NDArray[np.float64]:
        mine = np.flatnonzero(here)
        shown, counts = levels.shown[mine].T, weight[mine]
        total = np.asarray(shown @ counts)
        yes, no = _sides(total, np.asarray(shown @ (asked[mine] * counts[:, None])))
        return informed(yes) + informed(no) - informed(total[:, None])

    return gain


def _purity(
    answers: Answers, belongs: NDArray[np.float64], weight: NDArray[np.float64]
) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """By how much a question sorts classes (Gini)."""
    asked, heavy = answers.yes.astype(np.float64), belongs * weight[:, None]

    def pure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.square(counts).sum(axis=0) / np.maximum(counts.sum(axis=0), 1e-12))

    def gain(here: NDArray[np.bool_]) -> NDArray[np.float64]:
        mine = np.flatnonzero(here)
        total = heavy[mine].sum(axis=0)
        yes, no = _sides(total, heavy[mine].T @ asked[mine])
        found = pure(yes) + pure(no) - pure(total[:, None])
        return np.asarray(np.where(found > _TOLD * float(weight[mine].sum()), found, 0.0))

    return gain


def _squares(
    answers: Answers, target: NDArray[np.float64], draws: NDArray[np.float64]
) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """By how much a question takes from the squares of a target about the means of its sides, on average over drawings."""
    asked = answers.yes.astype(np.float64)
    centred = target - target.mean()
    whole = float(draws.sum(axis=1).mean()) * float(np.square(centred).mean())

    def gain(here: NDArray[np.bool_]) -> NDArray[np.float64]:
        mine = np.flatnonzero(here)
        weight = draws[:, mine]
        count, total = weight.sum(axis=1, keepdims=True), (weight * centred[mine]).sum(axis=1, keepdims=True)
        held, yes = weight @ asked[mine], (weight * centred[mine]) @ asked[mine]
        parts = ((yes, held), (total - yes, count - held), (-total, -count))
        found = sum(np.square(part) / np.where(np.abs(size) > 0, size, np.inf) for part, size in parts)
        mean = np.asarray(np.mean(found, axis=0))
        return np.asarray(np.where(mean > _TOLD * whole, mean, 0.0))

    return gain


def _log(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(counts * np.log(np.where(counts > 0, counts, 1.0)))


def _told(
    traits: pa.Table,
    names: Sequence[str],
    rules: Sequence[tuple[Rule, ...]],
    tried: tuple[Tried, ...],
    target: NDArray[np.float64] | None,
) -> Discovered:
    """The groups over everybody, the largest first."""
    rules = [tuple(simplified(rule) for rule in joined(some)) for some in rules]
    place = assign(rules, traits)
    size = np.bincount(place, minlength=len(rules))
    order = np.argsort(-size, kind="stable")
    place = np.argsort(order)[place]
    groups = []
    for number, old in enumerate(order):
        mine = place == number
        used = {question.trait for rule in rules[old] for question in rule}
        mean = None if target is None or np.isnan(target[mine]).all() else float(np.nanmean(target[mine]))
        apart = _apart(traits, [name for name in names if name not in used], mine)
        groups.append(Found(tuple(rules[old]), int(size[old]), float(size[old] / len(place)), apart, mean))
    return Discovered(tuple(groups), place, tried)


def _apart(traits: pa.Table, names: Sequence[str], mine: NDArray[np.bool_]) -> tuple[Apart, ...]:
    found = []
    for name in names:
        values = values_of(traits[name])
        if pa.types.is_floating(traits[name].type):
            numbers = values.astype(np.float64)
            known = ~np.isnan(numbers)
            if not (known & mine).any() or not numbers[known].std() > 0:
                continue
            inside, everybody = float(numbers[known & mine].mean()), float(numbers[known].mean())
            found.append((abs(inside - everybody) / float(numbers[known].std()), Apart(name, None, inside, everybody)))
            continue
        texts = np.array([text if text is not None else "" for text in values.tolist()])
        levels, code = np.unique(texts, return_inverse=True)
        share, own = (
            np.bincount(code[some], minlength=len(levels)) / max(some.sum(), 1) for some in (np.ones_like(mine), mine)
        )
        away = np.where(levels == "", 0.0, (own - share) / np.sqrt(np.maximum(share * (1 - share), 1e-12)))
        best = int(np.argmax(away))
        found.append((float(away[best]), Apart(name, str(levels[best]), float(own[best]), float(share[best]))))
    found.sort(key=lambda one: -one[0])
    return tuple(apart for size, apart in found[:_APART] if size >= 0.2)
