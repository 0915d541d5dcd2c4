"""``UpliftModel``: what each of several options does to whom, for anybody's experiment, in the manner of scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from groundswell.stats import chances_of, labels_of, numbers_of, t_value, table_of, units_of
from groundswell.stats.given import Label
from groundswell.stats.trees import Trees
from groundswell.uplift.calibration import Moments
from groundswell.uplift.crossings import DOUBT
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.given import arms_of
from groundswell.uplift.grove import COUNTS
from groundswell.uplift.guard import GuardSpec, Proof, Scope, prove, prove_harm
from groundswell.uplift.learner import WAYS, Own, Parts, Way, learn_parts
from groundswell.vocabulary import NOTHING, EvidenceError, NotFittedError

_BLOCK = 32_768
_LARGEST = 1e15  # whose squares still have a place in single precision
_SHARES = (0.5, 0.0, 0.25, 0.75, 1.0)
_SMALL = 1e-3  # of the largest variance: what is below it is left out of an interval


@dataclass(frozen=True)
class Effects:
    """The effect of every arm but the baseline, on every person.

    Attributes:
        value: (n, arms - 1) change of the outcome against the baseline.
        lower, upper: (n, arms - 1) 95 % interval for each single one; whoever is chosen by it is chosen by luck.
        arms: names of the columns.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    arms: tuple[Any, ...]


class _Names(Sequence[str]):
    """The units' labels as texts, each made when it is asked for: a million of them would be most of what a fit holds."""

    def __init__(self, labels: NDArray[Any]) -> None:
        self._labels = labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - a text, or several
        return list(map(str, self._labels[place].tolist())) if isinstance(place, slice) else str(self._labels[place])

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self[start : start + _BLOCK] for start in range(0, len(self), _BLOCK))


class UpliftModel:
    """The effects of several options at once, learnt from one experiment with known propensities.

    A linear part whose traits are chosen by what they tell, and small boosted trees for what no sum of traits can tell,
    each fitted on what the draw moved (the R-learner of Nie & Wager 2021); their average, and what counts only together,
    is shrunk by a cross-fitted calibration slope towards the effect on everybody.

    Args:
        baseline: the arm the others are compared with.
        seed: another seed splits the units into other folds.
        stack: let cross-validation choose what the trees count from nothing to all, instead of from a quarter and a half.

    Attributes:
        share_: what the trees count, where there are any.
        trees_: how many trees count.
        crossed_: arm -> the pairs of traits that in most folds were found to count only together.
        arms_: the arms, the baseline first.
        proofs_: for whom each arm is proven to work: everybody, or the half that the model ranks highest.
        harms_: for whom each arm is proven to do harm: everybody, or the half that the model ranks lowest.
        calibration_: (folds, arms - 1) slopes before they were clipped to 0..1, each from the people of the other folds.
        out_of_fold_: (n, arms - 1) effects on the people it was fitted on, for ``qini`` and ``cost_curve`` with ``fold``. The
            order of a fold's people is of a model that did not see them; how far they are apart, and the share of the two
            parts, were fitted on the other folds, with patterns that had seen this one.
        fold_: (n,) the fold of each.

    >>> rng = np.random.default_rng(1)
    >>> age = rng.uniform(18, 90, 8_000)
    >>> drawn = rng.choice(["nothing", "letter"], 8_000)
    >>> acted = rng.random(8_000) < 0.3 + np.where((drawn == "letter") & (age > 54), 0.3, 0.0)
    >>> model = UpliftModel().fit({"age": age}, drawn, acted)
    >>> abs(model.effects({"age": [30.0, 75.0]}).value - [[0.0], [0.3]]).max() < 0.05
    np.True_
    >>> model.choose({"age": [30.0, 75.0]}, worth=10, cost=[1.0]).tolist()
    ['nothing', 'letter']
    """

    share_: float
    trees_: int
    crossed_: dict[Any, list[tuple[str, str]]]
    arms_: tuple[Any, ...]
    proofs_: tuple[Proof, ...]
    harms_: tuple[Proof, ...]
    calibration_: NDArray[np.float64]
    out_of_fold_: NDArray[np.float64]
    fold_: NDArray[np.int64]

    def __init__(self, baseline: Label = NOTHING, seed: int = 0, *, stack: bool = False) -> None:
        self.baseline = baseline
        self.seed = seed
        self.stack = stack

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        """The arguments it was made with."""
        return {"baseline": self.baseline, "seed": self.seed, "stack": self.stack}

    def set_params(self, **changed: Any) -> UpliftModel:  # noqa: ANN401 - scikit-learn's signature
        """Change arguments; takes effect with the next ``fit``."""
        unknown = set(changed) - set(self.get_params())
        if unknown:
            raise EvidenceError(
                "UpliftModel has no such argument.", found=", ".join(unknown), expected="baseline, seed, stack"
            )
        for name, value in changed.items():
            setattr(self, name, value)
        return self

    def fit(
        self,
        X: object,
        arm: Iterable[Label],
        outcome: ArrayLike,
        *,
        unit: Iterable[Label] | None = None,
        propensity: object = None,
        weight: ArrayLike | None = None,
    ) -> UpliftModel:
        """Learn from an experiment.

        Args:
            X: n rows of traits as they were before the draw: Arrow, pandas, polars, a mapping of columns, or an array of
                numbers; numbers, yes/no and texts, blanks allowed.
            arm: (n,) the arm each row was drawn for.
            outcome: (n,) what came of it: 0/1, or an amount.
            unit: (n,) who was drawn together: household, team; None: every row by itself.
            propensity: (n,) the probability with which each row was drawn for its arm; or (n, arms), or a table or mapping
                by arm; None: the same for everybody, as the shares of the units say.
            weight: (n,) how much a row counts, above 0; None: all the same.

        Returns:
            Itself.

        Raises:
            EvidenceError: for an experiment that cannot be learnt from; it says why and in which row.
        """
        traits = table_of(X)
        if not traits.num_columns:
            raise EvidenceError("X has no columns.", expected="one at least: what is known of people before the draw")
        labels = labels_of(arm, "arm", traits.num_rows)
        arms, index = arms_of(labels, self.baseline)
        if len(arms) < 2 or arms[0] != self.baseline:
            raise EvidenceError(
                f"There is nothing to compare: the arms are {', '.join(map(repr, arms)) or 'none'}.",
                expected=f"{self.baseline!r} and at least one other",
                hint="Name the arm without a message: UpliftModel(baseline=...).",
            )
        y = numbers_of(outcome, "outcome", len(labels))
        if np.abs(y).max() > _LARGEST:
            raise EvidenceError(
                "An outcome is too large to reckon with.",
                found=f"{np.abs(y).max():g}",
                expected=f"{_LARGEST:g} at most, in whatever unit amounts are told",
                hint="Give the outcome in a larger unit.",
            )
        if y.min() == y.max():
            raise EvidenceError(
                "Everybody did the same, so there is nothing to learn.",
                found=f"{y[0]:g} in all {len(y)} rows",
                expected="an outcome that differs",
                hint="Wait until somebody acted, or look whether outcomes were joined to the wrong people.",
            )
        place, names = units_of(unit, len(labels))
        _refuse_two_arms(index, place, names, arms)
        drawn, chances = _chances(propensity, index, place, arms)
        counts = None if weight is None else _weights(weight, len(labels))
        evidence = Evidence(
            traits=traits,
            options=tuple(map(str, arms)),
            arm=index,
            outcome=y,
            propensity=drawn,
            unit=place,
            cluster=place if unit is None else np.arange(len(names)),
            cluster_ids=_Names(names),
            seed=self.seed,
            chances=chances,
            counts=counts,
        )
        parts = learn_parts(evidence, inner=False)
        own = parts.own()
        parts = replace(parts, residual=own.surprise[None])  # nothing more is learnt of the others
        ways = [Way(share, count) for share in _SHARES for count in COUNTS] if self.stack else WAYS
        blends = [_Blend(way, parts.moments(parts.own_pattern(way), own.surprise)) for way in ways]
        chosen = min(blends, key=partial(_Blend.loss, folds=range(FOLDS)))
        effect, self.calibration_ = _effects_of(parts, own, blends)
        surprise, everybody = own.surprise, np.ones(evidence.units, dtype=bool)
        self.proofs_, self.harms_ = (
            each(evidence, surprise, effect, everybody, GuardSpec()) for each in (prove, prove_harm)
        )
        self.arms_, self._design = arms, parts.design
        self._middle = np.median(effect, axis=0)
        units = np.bincount(evidence.unit_arm, minlength=len(arms))
        self._reach = np.array([t_value(0.975, max(min(units[0], mine) - 1, 1)) for mine in units[1:]])
        self.share_, self.trees_ = chosen.way
        self._gather(parts, np.clip(chosen.moments.slopes(range(FOLDS)), 0.0, 1.0))
        self.out_of_fold_, self.fold_ = effect, evidence.fold.astype(np.int64)
        return self

    def _gather(self, parts: Parts, slope: NDArray[np.float64]) -> None:
        """Make one model of the folds': the mean of their coefficients, and all their trees."""
        coefficients, *grown = parts.portable([Way(self.share_, self.trees_)] * FOLDS)
        self._line, self._slope = coefficients.mean(axis=0), slope
        self._trees, self._crossed = (
            [Trees.joined([trees[fold, arm].scaled(1.0 / FOLDS) for fold in range(FOLDS)]) for arm in range(len(slope))]
            for trees in grown
        )
        self.crossed_ = {name: pairs for arm, name in enumerate(self.arms_[1:]) if (pairs := self._met(grown[1], arm))}
        # Of the covariance only what matters is multiplied out: most traits were found to tell nothing.
        self._roots, self._spread = [], np.zeros(len(slope))
        for arm in range(len(slope)):
            covariance = np.mean([line.covariance[arm] for line in parts.lines], axis=0)
            size, turn = np.linalg.eigh((covariance + covariance.T) / 2)
            kept = size > _SMALL * max(float(size[-1]), 1e-300)
            self._roots.append(turn[:, kept] * np.sqrt(size[kept]))
            self._spread[arm] = float(np.square(self._line[arm, 1:]).sum() + np.diag(covariance)[1:].sum())

    def _met(self, crossed: Trees, arm: int) -> list[tuple[str, str]]:
        """The pairs of traits that an arm's models of most folds hold to count only together."""
        about = self._design.questions
        folds = Counter[tuple[str, str]]()
        for fold in range(FOLDS):
            mine = crossed[fold, arm]
            told = mine.trait[mine.value.any(axis=1)]  # others only fill up
            folds.update({(about[min(one, other)], about[max(one, other)]) for one, other, _ in told.tolist()})
        return sorted(pair for pair, count in folds.items() if count > FOLDS / 2)

    def effects(self, X: object) -> Effects:
        """The effect of every arm but the baseline on these people, with an interval for each.

        Args:
            X: rows with the columns it was fitted on; others are left alone. Whoever is unlike all of the experiment (a
                number out of its range, a text never seen) gets the effect on everybody, and a wide interval.

        Raises:
            NotFittedError: before ``fit``.
            EvidenceError: when a column is missing, or holds another kind of thing.
        """
        return self._around(*self._effects(self._same_columns(X)))

    def _effects(self, traits: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, K) effects and their standard errors.

        An error holds what the coefficients are unsure of, how far the two parts are from each other, and what shrinkage took
        away.
        """
        value = np.empty((traits.num_rows, len(self._line)))
        error = np.empty_like(value)
        with threadpool_limits(limits=1, user_api="blas"):
            for start in range(0, traits.num_rows, _BLOCK):
                rows, block = slice(start, start + _BLOCK), traits.slice(start, _BLOCK)
                basis, unlike = self._design.basis(block), self._design.unlike(block)
                line = basis[:, 1:] @ self._line[:, 1:].T
                coarse = basis.astype(np.float32)  # an error needs no more digits
                asked = np.stack(list(self._design.asked(block))) if self._asks else None
                for arm, (trees, crossed, root) in enumerate(zip(self._trees, self._crossed, self._roots, strict=True)):
                    doubts = coarse @ root.astype(np.float32)
                    doubt = np.einsum("nr,nr->n", doubts, doubts).astype(np.float64)
                    told = line[:, arm]
                    if asked is not None and trees.count:
                        says = trees.of(asked)
                        doubt += np.square(self._slope[arm] * self._apart(told, says))
                        told = told + says
                    if asked is not None and crossed.count:
                        says = crossed.of(asked)
                        doubt += np.square(self._slope[arm] * DOUBT * says)
                        told = told + says
                    doubt += np.square((1.0 - self._slope[arm]) * told)
                    apart = float(np.square(root[0]).sum()) + self._spread[arm]
                    value[rows, arm] = self._line[arm, 0] + np.where(unlike, 0.0, self._slope[arm] * told)
                    error[rows, arm] = np.sqrt(np.where(unlike, apart, doubt))
        return value, error

    @property
    def _asks(self) -> bool:
        """Is there anything that asks about traits?"""
        return any(trees.count for trees in (*self._trees, *self._crossed))

    def _apart(self, line: NDArray[np.float64], trees: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) standard deviation of the two parts, each given at what it counts."""
        share = self.share_
        if not 0.0 < share < 1.0:
            return np.zeros(len(line))
        return np.asarray(np.sqrt(share * (1.0 - share)) * (line / (1.0 - share) - trees / share))

    def _around(self, value: NDArray[np.float64], error: NDArray[np.float64]) -> Effects:
        return Effects(value, value - self._reach * error, value + self._reach * error, self.arms_[1:])

    def choose(
        self,
        X: object,
        *,
        worth: ArrayLike = 1.0,
        cost: ArrayLike | Mapping[Any, float] | None = None,
        guard: bool = True,
    ) -> NDArray[Any]:
        """The arm whose effect is worth most after its cost, for each of these people; the baseline where none is.

        Args:
            X: rows with the columns it was fitted on.
            worth: of one unit of the outcome; a number, or (n,).
            cost: (arms - 1,) or (n, arms - 1) in the order of ``arms_[1:]``, or a mapping by arm; None: nothing costs.
            guard: choose only what is proven for a group the person belongs to (at a family-wise error of 1 % over all arms
                and groups), and nothing that is proven to do harm to one.

        Returns:
            (n,) names of arms.

        Raises:
            NotFittedError: before ``fit``.
            EvidenceError: for columns that are missing, and costs that fit neither arms nor rows.
        """
        effect = self.effects(X).value
        paid = numbers_of(np.broadcast_to(worth, len(effect)) if np.ndim(worth) == 0 else worth, "worth", len(effect))
        gain = paid[:, None] * effect - self._costs(cost, len(effect))
        if guard:
            gain = np.where(self._proven(effect), gain, -np.inf)
        best = np.argmax(np.column_stack([np.zeros(len(effect)), gain]), axis=1)
        chosen: NDArray[np.generic] = np.array(self.arms_)[best]
        return chosen

    def _costs(self, cost: ArrayLike | Mapping[Any, float] | None, count: int) -> NDArray[np.float64]:
        arms = self.arms_[1:]
        if cost is None:
            return np.zeros((count, len(arms)))
        if isinstance(cost, Mapping):
            missing = [name for name in arms if name not in cost]
            if missing:
                raise EvidenceError(f"There is no cost for {missing[0]!r}.", expected=", ".join(map(repr, arms)))
            cost = [cost[name] for name in arms]
        found = np.asarray(cost, dtype=np.float64)
        if found.shape not in {(), (len(arms),), (count, len(arms))} or not np.isfinite(found).all():
            raise EvidenceError(
                "These are no costs of the arms.",
                found=f"shape {found.shape}",
                expected=f"({len(arms)},) or ({count}, {len(arms)}) finite numbers: " + ", ".join(map(str, arms)),
            )
        return np.broadcast_to(found, (count, len(arms)))

    def proven(self, X: object) -> NDArray[np.bool_]:
        """(n, arms - 1) True where ``choose`` may give an arm to a person with the guard on."""
        return self._proven(self.effects(X).value)

    def _proven(self, effect: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n, arms - 1) True where an arm is proven to help a group the person is in, and to harm none."""
        upper = effect >= self._middle
        found = np.zeros(effect.shape, dtype=bool)
        names = list(map(str, self.arms_[1:]))
        for proof in self.proofs_:
            if proof.proven:
                arm = names.index(proof.option)
                found[:, arm] |= True if proof.scope == Scope.EVERYBODY else upper[:, arm]
        for proof in self.harms_:
            if proof.proven:
                arm = names.index(proof.option)
                found[:, arm] &= False if proof.scope == Scope.EVERYBODY else upper[:, arm]
        return found

    def _same_columns(self, X: object) -> pa.Table:
        if not hasattr(self, "_line"):
            raise NotFittedError("This UpliftModel has learnt nothing yet.", hint="Call fit first.")
        traits = table_of(X)
        for encoding in self._design.encodings:
            if encoding.name not in traits.column_names:
                raise EvidenceError(
                    f"X has no column {encoding.name}.",
                    key=encoding.name,
                    found=", ".join(traits.column_names),
                    expected="every column the model was fitted on",
                    hint="Give it, blank where it is not known.",
                )
            given, place = traits[encoding.name], traits.column_names.index(encoding.name)
            texts = pa.types.is_string(given.type)
            if not texts and encoding.kind == "category" and pc.all(pc.is_nan(given)).as_py():
                # Where all is blank nobody can tell what it would hold.
                traits = traits.set_column(place, encoding.name, pa.nulls(traits.num_rows, pa.string()))
            elif texts != (encoding.kind == "category") and given.null_count < traits.num_rows:
                raise EvidenceError(
                    f"The column {encoding.name} holds {'texts' if texts else 'numbers'}.",
                    key=encoding.name,
                    expected="texts" if encoding.kind == "category" else "numbers, as when the model was fitted",
                )
        return traits


@dataclass(frozen=True)
class _Blend:
    """One way to put the two parts together, and how far what it foretold came true."""

    way: Way
    moments: Moments

    def loss(self, folds: Sequence[int]) -> float:
        """What is lost on the people of some folds; less is better."""
        return self.moments.loss(folds)


def _effects_of(parts: Parts, own: Own, blends: Sequence[_Blend]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, K) effects on each person, put together and shrunk as the people of other folds say; (folds, K) those slopes."""
    fold, effect, ways, slopes = parts.evidence.fold, own.broadcast[parts.evidence.fold], [], []
    for aside in range(FOLDS):
        others = [other for other in range(FOLDS) if other != aside]
        best = min(blends, key=partial(_Blend.loss, folds=others))
        ways.append(best.way)
        slopes.append(best.moments.slopes(others))
    for way in dict.fromkeys(ways):
        mine = np.isin(fold, [aside for aside in range(FOLDS) if ways[aside] == way])
        effect[mine] += parts.own_pattern(way)[mine] * np.clip(np.stack(slopes), 0.0, 1.0)[fold[mine]]
    return effect, np.stack(slopes)


def _refuse_two_arms(
    index: NDArray[np.int64], place: NDArray[np.int64], names: NDArray[Any], arms: tuple[Any, ...]
) -> None:
    low, high = np.full(len(names), len(arms)), np.full(len(names), -1)
    np.minimum.at(low, place, index)
    np.maximum.at(high, place, index)
    odd = np.flatnonzero(high > low)
    if len(odd):
        raise EvidenceError(
            f"{len(odd)} units are in two arms.",
            found=f"unit {names[odd[0]]}: {arms[low[odd[0]]]} and {arms[high[odd[0]]]}",
            expected="one arm for everybody in a unit: a unit is what was drawn together",
            hint="Give as unit what was drawn, or leave these units out.",
        )


def _weights(weight: ArrayLike, count: int) -> NDArray[np.float64]:
    found = numbers_of(weight, "weight", count)
    if (found <= 0).any():
        raise EvidenceError(
            "A weight is not above 0.",
            found=f"{found.min():g}",
            expected="above 0",
            hint="Leave out rows that do not count.",
        )
    return np.asarray(found * (count / found.sum()))


def _chances(
    propensity: object, index: NDArray[np.int64], place: NDArray[np.int64], arms: tuple[Any, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """(n,) the propensity of each row's own arm, and (units, arms) that of all, where it is known."""
    units = int(place.max()) + 1
    first = np.zeros(units, dtype=np.int64)
    first[place] = np.arange(len(place))
    if propensity is None:
        share = np.bincount(index[first], minlength=len(arms)) / units
        return share[index], np.broadcast_to(share, (units, len(arms)))
    drawn, every = chances_of(propensity, index, arms, place)
    told = drawn[:, None] if every is None else every
    if np.abs(told - told[first][place]).max() > 1e-9:
        raise EvidenceError(
            "People of one unit have different propensities.",
            expected="one draw for a unit, with one propensity for each arm",
            hint="Give as unit what was drawn together.",
        )
    if every is None:
        # One number an arm, together 1: that is the whole design, though only the drawn arm's was given.
        low, high = np.full(len(arms), np.inf), np.zeros(len(arms))
        np.minimum.at(low, index, drawn)
        np.maximum.at(high, index, drawn)
        if (high - low <= 1e-9).all() and abs(high.sum() - 1.0) <= 1e-6:
            return drawn, np.broadcast_to(high, (units, len(arms)))
        return drawn, None
    return drawn, every[first]
