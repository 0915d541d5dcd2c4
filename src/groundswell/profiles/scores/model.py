"""``ScoreModel``: from a small survey to everybody, in the manner of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from groundswell.profiles.scores import boosted
from groundswell.profiles.scores.areas import Area, shares_of
from groundswell.profiles.scores.boosted import NOTHING, WAYS, Asked, Way
from groundswell.profiles.scores.columns import Encoded, Layout, Meeting
from groundswell.profiles.scores.fitting import Answers, Fit, fit_logistic
from groundswell.profiles.scores.reasons import Reason, most_moving
from groundswell.stats import Estimate, clustered_mean, folds, numbers_of, table_of, units_of, z_value
from groundswell.stats.boosting import Binned
from groundswell.stats.given import Label
from groundswell.stats.trees import Trees
from groundswell.vocabulary import EvidenceError, NotFittedError

_FOLDS = 5
_FEWEST = 20
_BLOCK = 131_072
_MOST_MEETINGS = 3
_STANDS_OUT = 3.0  # standard errors by which two factors must count together before it is tried
_SUREST = 1.5  # times: answers that are told apart perfectly would make a score endlessly sure
_FLAT = np.pi / 8  # of a normal's variance by which the mean of its logistic is drawn to one half (MacKay 1992)


@dataclass(frozen=True)
class Scores:
    """A probability for every person.

    Attributes:
        value: (n,) probability, averaged over what is not known of the effects.
        lower, upper: (n,) 95 % interval of the probability itself, not of the answer.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


class _Part(NamedTuple):
    """One fit with what its trees add."""

    layout: Layout
    fit: Fit
    asked: Asked
    trees: Trees


class ScoreModel:
    """The probability of an answer or an action for everybody, learnt from those who were asked.

    A multilevel logistic model whose every factor has a spread of its own (empirical Bayes, without MCMC), pairs of factors
    where they help, and small trees where answers that neither part saw say so. Levels that nobody answered for fall back
    to their factor's middle.

    Args:
        factors: columns whose levels are drawn from one spread each, such as place, occupation or team; None: all columns of
            texts. Other columns of numbers are standardised main effects.
        seed: another seed splits the units into other folds.

    Attributes:
        useful_: True where the score foretells answers it did not see better than their mean does, beyond chance. Do not use
            it where this is False.
        skill_: how much less its squared error (Brier) is than that of the mean, per person, with a 95 % interval.
        calibration_: slope and intercept of the answers on the logits of models that did not see them: 1 and 0 are perfect.
        out_of_fold_: (n,) probabilities of those it was fitted on, by models that did not see their units.
        spread_: factor -> standard deviation of its levels' effects on the logit; 0: it tells nothing.
        meetings_: the pairs of factors that count together.
        trees_: how many trees count, and what they count beside the straight lines.
        left_out_: column -> why it has no effect.

    >>> rng = np.random.default_rng(1)
    >>> town = rng.choice(["north", "south", "west"], 2_000)
    >>> likes = rng.random(2_000) < np.where(town == "north", 0.7, 0.3)
    >>> score = ScoreModel().fit({"town": town}, likes)
    >>> score.predict({"town": ["north", "south"]}).value.round(1).tolist(), score.useful_
    ([0.7, 0.3], True)

    The model is that of multilevel regression and poststratification (Gelman & Little 1997; Park, Gelman & Bafumi 2004).
    """

    useful_: bool
    skill_: Estimate
    calibration_: tuple[float, float]
    out_of_fold_: NDArray[np.float64]
    spread_: dict[str, float]
    meetings_: tuple[tuple[str, str], ...]
    trees_: Way
    left_out_: dict[str, str]

    def __init__(self, factors: Sequence[str] | None = None, seed: int = 0) -> None:
        self.factors = factors
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        """The arguments it was made with."""
        return {"factors": self.factors, "seed": self.seed}

    def set_params(self, **changed: Any) -> ScoreModel:  # noqa: ANN401 - scikit-learn's signature
        """Change arguments; takes effect with the next ``fit``."""
        unknown = set(changed) - set(self.get_params())
        if unknown:
            raise EvidenceError("ScoreModel has no such argument.", found=", ".join(unknown), expected="factors, seed")
        for name, value in changed.items():
            setattr(self, name, value)
        return self

    def fit(
        self, X: object, y: ArrayLike, *, weight: ArrayLike | None = None, unit: Iterable[Label] | None = None
    ) -> ScoreModel:
        """Learn from those who answered.

        Args:
            X: their traits: Arrow, pandas, polars, a mapping of columns or an array of numbers.
            y: (n,) their answers, 0 or 1.
            weight: (n,) what each counts (see :func:`rake`), 0 or more; None: all the same.
            unit: (n,) whose answers hang together, such as the household; None: nobody's.

        Returns:
            Itself.

        Raises:
            EvidenceError: for answers that cannot be learnt from; it says why and in which row.
        """
        traits = table_of(X)
        count = traits.num_rows
        outcome = _answers(y, count)
        counted = _weights(weight, count)
        place, names = units_of(unit, count)
        if len(names) < _FEWEST:
            raise EvidenceError(
                f"{len(names)} answers are too few to learn from.",
                expected=f"{_FEWEST} at least, of different units",
                hint="Ask more people; a few hundred give a score that is worth something.",
            )
        self._refuse_factors(traits)
        layout = Layout.learn(traits, self.factors)
        fold = folds(map(str, names), count=_FOLDS, key=f"score|{self.seed}")[place]
        # Hundreds of small solves: BLAS threads would only spin for each other, and sums could differ with their number.
        with threadpool_limits(limits=1, user_api="blas"):
            self._learn(traits, Answers(outcome, counted, place), fold, layout)
        return self

    def _learn(
        self,
        traits: pa.Table,
        answers: Answers,
        fold: NDArray[np.int64],
        layout: Layout,
    ) -> None:
        rows = layout.encoded(traits)
        whole = fit_logistic(rows, answers, layout.owner)
        fits = _without_each_fold(layout, rows, answers, fold, whole)
        apart = _apart(layout, rows, fits, fold)
        met = _with_meetings(layout, rows, answers, whole)
        if met.meetings:
            richer = met.encoded(traits)
            other = fit_logistic(richer, answers, met.owner)
            others = _without_each_fold(met, richer, answers, fold, other)
            told = _apart(met, richer, others, fold)
            if _better(told, apart, answers):
                layout, rows, whole, fits, apart = met, richer, other, others, told
        asked = Asked.of(layout, rows)
        binned = Binned.of(asked.columns(rows), len(fold))
        way, apart = _with_trees(binned, layout, rows, fits, apart, answers, fold)
        trees = Trees.none()
        if way.trees:
            begins = _told(rows, layout, _scaled(whole, layout, 0.0))[0]
            grown = boosted.grow(binned, np.arange(len(fold)), answers, begins).first(way.trees)
            trees = binned.in_values(grown.scaled(way.share))
        fit = _scaled(whole, layout, 1.0 - way.share)
        centred = _level(apart.logit, answers.weight, fold)
        slope, intercept = _calibrated(centred, answers)
        self.calibration_ = _slope_of(centred, answers)[:2]
        self._part, self._slope, self._intercept = _Part(layout, fit, asked, trees), slope, intercept
        chance = _averaged(intercept + slope * apart.logit, slope**2 * apart.doubt)
        self._tell(layout, fit, way, chance, answers)

    def _tell(
        self,
        layout: Layout,
        fit: Fit,
        way: Way,
        chance: NDArray[np.float64],
        answers: Answers,
    ) -> None:
        outcome, weight, _ = answers
        less = weight * (np.square(outcome - answers.share) - np.square(outcome - chance))
        self.skill_ = clustered_mean(answers.by_unit(less), answers.by_unit(weight))
        self.useful_ = self.skill_.lower > 0
        self.out_of_fold_ = chance
        names = [factor.name for factor in layout.factors]
        both = [(names[one.first], names[one.second]) for one in layout.meetings]
        told = [*names, *(" x ".join(pair) for pair in both), "numbers"]
        self.spread_ = {name: float(np.sqrt(size)) for name, size in zip(told, fit.spread, strict=False)}
        self.meetings_ = tuple(both)
        self.trees_ = way
        self.left_out_ = layout.left_out

    def predict(self, X: object) -> Scores:
        """The probability of everybody, with an interval for each.

        Args:
            X: rows with the columns it was fitted on; others are left alone.

        Raises:
            NotFittedError: before ``fit``.
            EvidenceError: when a column is missing, or holds another kind of thing.
        """
        middle, variance = self._logits(self._same_columns(X))
        reach = z_value(0.975) * np.sqrt(variance)
        return Scores(_averaged(middle, variance), _chance(middle - reach), _chance(middle + reach))

    def predict_proba(self, X: object) -> NDArray[np.float64]:
        """(n, 2) the probability of 0 and of 1, as scikit-learn has it."""
        middle, variance = self._logits(self._same_columns(X))
        value = _averaged(middle, variance)
        return np.column_stack([1.0 - value, value])

    def by_area(self, cells: object, area: str, count: str, *, level: float = 0.95) -> dict[str, Estimate]:
        """The share of every area, from the numbers of people in each cell (poststratification).

        Args:
            cells: rows of traits, each with how many people are like that and where.
            area: the column that says where.
            count: the column that says how many.
            level: how sure the interval is.

        Returns:
            Area -> the share among those counted there, as it would be found if all of them were asked: the interval holds
            what is not known of the effects, and the chance that is in so many answers.

        Raises:
            NotFittedError: before ``fit``.
            EvidenceError: when a column is missing, or a number of people is below 0 or blank.
        """
        given = table_of(cells)
        traits = self._same_columns(given)
        for name in (area, count):
            if name not in given.column_names:
                raise EvidenceError(f"The cells have no column {name}.", key=name, found=", ".join(given.column_names))
        part = self._part
        rows = part.layout.encoded(traits)
        middle, variance = self._logits(traits)
        many = numbers_of(given[count].to_numpy(), count, given.num_rows)
        if (many < 0).any():
            raise EvidenceError(f"{count} is below 0.", key=count, found=f"{many.min():g}", expected="0 or more")
        slope = self._slope / np.sqrt(1 + _FLAT * variance)
        found = Area(rows, _averaged(middle, variance), slope, many)
        return shares_of(given[area], found, part.fit, part.layout, level)

    def reasons(self, X: object, *, most: int = 3) -> list[tuple[Reason, ...]]:
        """The facts that moved each person's score most, the largest first.

        Args:
            X: rows with the columns it was fitted on.
            most: how many for each.

        Returns:
            For each row its reasons: the trait, what it says of the person, and by how many points the score is higher or
            lower than it were if only this were not known.

        >>> rng = np.random.default_rng(1)
        >>> town = rng.choice(["north", "south", "west"], 2_000)
        >>> likes = rng.random(2_000) < np.where(town == "north", 0.7, 0.3)
        >>> [(reason,)] = ScoreModel().fit({"town": town}, likes).reasons({"town": ["north"]})
        >>> reason.trait, reason.said, reason.points > 20
        ('town', 'north', True)
        """
        traits = self._same_columns(X)
        layout = self._part.layout
        names = layout.names
        whole = self.predict(traits).value
        without = {name: self._chances_without(traits, name) for name in names}
        return most_moving(traits, whole, without, most)

    def _chances_without(self, traits: pa.Table, name: str) -> NDArray[np.float64]:
        """(n,) the probability if one trait were not known: a factor at its middle, a number at its mean."""
        layout = self._part.layout
        rows = layout.encoded(traits)
        codes, numbers = rows.codes.copy(), rows.numbers.copy()
        for place, factor in enumerate(layout.factors):
            if factor.name == name:
                codes[:, place] = -1
                for other, meeting in enumerate(layout.meetings):
                    if place in {meeting.first, meeting.second}:
                        codes[:, len(layout.factors) + other] = -1
        place = 0
        for number in layout.numbers:
            width = 1 + number.blanks
            if number.name == name:
                numbers[:, place : place + width] = 0.0
            place += width
        middle, variance = self._logits_of(Encoded(codes, numbers))
        return _averaged(middle, variance)

    def _logits(self, traits: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        middle, variance = np.empty(traits.num_rows), np.empty(traits.num_rows)
        for start in range(0, traits.num_rows, _BLOCK):
            here = slice(start, start + _BLOCK)
            middle[here], variance[here] = self._logits_of(self._part.layout.encoded(traits.slice(start, _BLOCK)))
        return middle, variance

    def _logits_of(self, rows: Encoded) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) each: the middle of every logit, and its variance."""
        layout, fit, asked, trees = self._part
        middle, variance = _told(rows, layout, fit)
        if trees.count:
            middle += trees.of(np.stack(list(asked.columns(rows))))
        return self._intercept + self._slope * middle, self._slope**2 * variance

    def _same_columns(self, X: object) -> pa.Table:
        if not hasattr(self, "_part"):
            raise NotFittedError("This ScoreModel has learnt nothing yet.", hint="Call fit first.")
        traits = table_of(X)
        layout = self._part.layout
        for name in layout.names:
            if name not in traits.column_names:
                raise EvidenceError(
                    f"X has no column {name}.",
                    key=name,
                    found=", ".join(traits.column_names),
                    expected="every column the model was fitted on",
                    hint="Give it, blank where it is not known.",
                )
        for number in layout.numbers:
            if pa.types.is_string(traits[number.name].type):
                raise EvidenceError(
                    f"The column {number.name} holds texts.",
                    key=number.name,
                    expected="numbers, as when the model was fitted",
                )
        return traits

    def _refuse_factors(self, traits: pa.Table) -> None:
        missing = [name for name in self.factors or () if name not in traits.column_names]
        if missing:
            raise EvidenceError(
                f"X has no column {missing[0]}, which factors names.",
                key=missing[0],
                found=", ".join(traits.column_names),
            )


class _Apart(NamedTuple):
    """What models that did not see an answer say of it, on the logit.

    Attributes:
        logit: (n,) the middle of it.
        doubt: (n,) its variance.
    """

    logit: NDArray[np.float64]
    doubt: NDArray[np.float64]


def _told(rows: Encoded, layout: Layout, fit: Fit) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from groundswell.profiles.scores import kernels  # noqa: PLC0415 - see there

    count = len(rows.codes)
    middle, variance = np.empty(count), np.empty(count)
    unknown = fit.spread[: rows.codes.shape[1]]
    kernels.foretell(
        rows.codes, rows.numbers, layout.first_number, fit.effects, fit.covariance, unknown, middle, variance
    )
    return middle, np.maximum(variance, 0.0)


def _scaled(fit: Fit, layout: Layout, share: float) -> Fit:
    """The same with what numbers say times a share."""
    scale = np.where(np.arange(layout.width) < layout.first_number, 1.0, share)
    return fit._replace(effects=fit.effects * scale, covariance=fit.covariance * scale[:, None] * scale)


def _without_each_fold(
    layout: Layout,
    rows: Encoded,
    answers: Answers,
    fold: NDArray[np.int64],
    start: Fit,
) -> list[Fit]:
    """A fit of all folds but one, for each of them."""
    found = []
    for aside in range(_FOLDS):
        seen = np.flatnonzero(fold != aside)
        found.append(fit_logistic(rows.rows(seen), answers.rows(seen), layout.owner, start=start))
    return found


def _apart(layout: Layout, rows: Encoded, fits: Sequence[Fit], fold: NDArray[np.int64]) -> _Apart:
    """Every answer's logit by the model that did not see it."""
    line, doubt = np.empty(len(fold)), np.empty(len(fold))
    for aside, fit in enumerate(fits):
        mine = np.flatnonzero(fold == aside)
        line[mine], doubt[mine] = _told(rows.rows(mine), layout, fit)
    return _Apart(line, doubt)


def _with_meetings(layout: Layout, rows: Encoded, answers: Answers, fit: Fit) -> Layout:
    """The layout with the pairs of factors whose levels' surprises spread most beyond chance (a score test of a variance)."""
    outcome, weight, _ = answers
    chance = _chance(_told(rows, layout, fit)[0])
    surprise, heavy = weight * (outcome - chance), weight * chance * (1 - chance)
    own = [factor.levels for factor in layout.factors]
    starts = 1 + np.concatenate([[0], np.cumsum([len(levels) for levels in own])]).astype(np.int64)
    found = []
    for first in range(len(own)):
        for second in range(first):
            one, other = (
                np.where(rows.codes[:, place] >= 0, rows.codes[:, place] - starts[place], -1)
                for place in (first, second)
            )
            meeting = Meeting.learn(first, second, one, other)
            codes = meeting.codes(one, other)
            if meeting.width < 4:
                continue
            known = codes >= 0
            told, weighs = (
                np.bincount(codes[known], each[known], minlength=meeting.width) for each in (surprise, heavy)
            )
            beyond = float((told**2 / fit.dispersion - weighs).sum() / np.sqrt(2 * np.square(weighs).sum()))
            found.append((beyond, meeting))
    found.sort(key=lambda one: -one[0])
    return replace(layout, meetings=tuple(meeting for z, meeting in found[:_MOST_MEETINGS] if z > _STANDS_OUT))


def _better(
    one: _Apart,
    other: _Apart,
    answers: Answers,
) -> bool:
    """Does one foretell the answers better than the other, by more than a standard error?"""
    less = answers.weight * (_loss(other.logit, answers.outcome) - _loss(one.logit, answers.outcome))
    total = answers.by_unit(less)
    return float(total.sum()) > float(np.sqrt(total @ total))


def _with_trees(
    binned: Binned,
    layout: Layout,
    rows: Encoded,
    fits: Sequence[Fit],
    apart: _Apart,
    answers: Answers,
    fold: NDArray[np.int64],
) -> tuple[Way, _Apart]:
    """The best way to count trees, and what is said with them; none, unless it is better by more than a standard error."""
    said = {way: np.empty(len(fold)) for way in WAYS}
    for aside, fit in enumerate(fits):
        seen, mine = np.flatnonzero(fold != aside), np.flatnonzero(fold == aside)
        begins = _told(rows, layout, _scaled(fit, layout, 0.0))[0]
        trees = boosted.grow(binned, seen, answers, begins)
        bins = binned.bins[:, mine]
        for way in WAYS:
            more = way.share * trees.first(way.trees).of(bins) if way.trees and trees.count else 0.0
            said[way][mine] = begins[mine] + (1.0 - way.share) * (apart.logit[mine] - begins[mine]) + more
    tried = {way: apart._replace(logit=logit) for way, logit in said.items()}
    best = min(WAYS, key=lambda way: float(answers.weight @ _loss(tried[way].logit, answers.outcome)))
    if best != NOTHING and _better(tried[best], apart, answers):
        return best, tried[best]
    return NOTHING, apart


def _level(logit: NDArray[np.float64], weight: NDArray[np.float64], fold: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logits with every fold's mean that of all: a fold with many yeses is foretold fewer by the others, by chance."""
    held, total = np.bincount(fold, weight, minlength=_FOLDS), np.bincount(fold, weight * logit, minlength=_FOLDS)
    own = np.divide(total, held, out=np.zeros(_FOLDS), where=held > 0)
    return np.asarray(logit - own[fold] + total.sum() / held.sum())


def _calibrated(logit: NDArray[np.float64], answers: Answers) -> tuple[float, float]:
    """Slope and intercept to correct by: 1 and 0, unless answers say otherwise beyond chance."""
    outcome, weight, _ = answers
    slope, intercept, inverse = _slope_of(logit, answers)
    surprise = (weight * (outcome - _chance(intercept + slope * logit)))[:, None] * np.column_stack(
        [np.ones(len(logit)), logit]
    )
    meat = answers.by_unit(surprise)
    covariance = inverse @ (meat.T @ meat) @ inverse
    off = np.array([intercept, slope - 1.0])
    far = float(off @ np.linalg.solve(covariance + 1e-12 * np.eye(2), off))
    if far <= 5.99:  # the 95 % point of chi-squared with two degrees of freedom
        return 1.0, 0.0
    if slope <= 0:  # a score that says the contrary is worth nothing
        return 0.0, float(np.log(answers.share / (1 - answers.share)))
    return min(slope, _SUREST), intercept if slope <= _SUREST else 0.0


def _slope_of(logit: NDArray[np.float64], answers: Answers) -> tuple[float, float, NDArray[np.float64]]:
    """Slope and intercept of answers on logits, and the inverse of their information (Cox 1958)."""
    outcome, weight, _ = answers
    columns, found = np.column_stack([np.ones(len(logit)), logit]), np.array([0.0, 1.0])
    inverse: NDArray[np.float64] = np.eye(2)
    for _ in range(25):
        chance = _chance(columns @ found)
        heavy = weight * np.maximum(chance * (1 - chance), 1e-9)
        normal = columns.T @ (columns * heavy[:, None]) + 1e-9 * len(logit) * np.eye(2)
        inverse = np.asarray(np.linalg.inv(normal), dtype=np.float64)
        step = inverse @ (columns.T @ (weight * (outcome - chance)))
        found += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return float(found[1]), float(found[0]), inverse


def _loss(logit: NDArray[np.float64], outcome: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) minus the logarithm of the probability of each answer."""
    return np.asarray(np.logaddexp(0.0, np.where(outcome > 0, -logit, logit)))


def _averaged(middle: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the probability over what is not known of its logit."""
    return _chance(middle / np.sqrt(1 + _FLAT * variance))


def _chance(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -700, 700))))


def _answers(y: ArrayLike, count: int) -> NDArray[np.float64]:
    found = numbers_of(y, "y", count)
    odd = np.flatnonzero((found != 0) & (found != 1))
    if len(odd):
        raise EvidenceError(
            f"y is neither 0 nor 1 in {len(odd)} rows.",
            found=f"{found[odd[0]]:g} in row {odd[0]} (counted from 0)",
            expected="1 for whoever said or did it, 0 for the others",
            hint="Leave out who did not answer.",
        )
    if count and found.min() == found.max():
        raise EvidenceError(
            "Everybody answered the same, so there is nothing to learn.",
            found=f"{found[0]:g} in all {count} rows",
            expected="some who did and some who did not",
        )
    return found


def _weights(weight: ArrayLike | None, count: int) -> NDArray[np.float64]:
    if weight is None or not count:
        return np.ones(count)
    found = numbers_of(weight, "weight", count)
    if (found < 0).any() or not found.sum() > 0:
        raise EvidenceError(
            "The weights cannot be used.",
            found=f"{found.min():g}" if (found < 0).any() else "0 everywhere",
            expected="0 or more, and not all of them 0",
        )
    return np.asarray(found * (count / found.sum()))
