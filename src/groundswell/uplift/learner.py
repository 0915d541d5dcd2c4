"""Effects of several options at once, each unit's learnt from folds that did not see it.

For each fold kept aside: a linear part (:mod:`~groundswell.uplift.fitting`) and small boosted trees
(:mod:`~groundswell.uplift.grove`), averaged. Then each arm's effects are shrunk by a cross-fitted calibration slope, clipped
to 0..1, towards its broadcast effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundswell.stats import cluster_sums
from groundswell.uplift.basis import Basis, relevance
from groundswell.uplift.boosting import Binned
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.features import Design
from groundswell.uplift.fitting import Line, fit_line
from groundswell.uplift.gram import add_up, pair_of
from groundswell.uplift.grove import Grove, plant
from groundswell.uplift.guard import GuardSpec, Proof, Scope, prove, prove_harm
from groundswell.uplift.nuisance import surprises
from groundswell.uplift.prior import kinships
from groundswell.uplift.trees import Trees

_ARRAYS = ("coefficients", "slope", "covariance", "scope", "harm", "threshold", "level", "harmful")


@dataclass(frozen=True)
class Models:
    """What every fold learnt: enough to give anybody's effects, and portable.

    Attributes:
        options: the arms, ``nothing`` first; K = arms - 1 effects against it.
        design: traits -> columns.
        coefficients: (folds, K, p) effect of each column; column 0 is the broadcast effect.
        slope: (folds, K) the shrinkage of what differs from the broadcast effect.
        trees: (folds, K) ensembles that ask about the columns of ``design.asked``; what they say is added to the columns'.
        covariance: (folds, K, p, p) of the coefficients, unit-clustered.
        scope: (folds, K) ``Scope``: for whom the fold's own evidence proves an option.
        harm: (folds, K) ``Scope``: for whom the fold's own evidence proves that an option does harm.
        threshold: (folds, K) the effect per person from which on a unit is in the upper half, by each fold's own model.
        level: (K,) ``Scope`` proven by all folds together: what the plan may use.
        harmful: (K,) ``Scope`` of harm proven by all folds together: what the plan must not use.
        seed: what the folds were drawn with.
        topics: for each option but ``nothing`` the traits that say how much a person cares about what it says; where one
            has any, the last column is that interest.
    """

    options: tuple[str, ...]
    design: Design
    coefficients: NDArray[np.float64]
    slope: NDArray[np.float64]
    trees: Trees
    covariance: NDArray[np.float64]
    scope: NDArray[np.int64]
    harm: NDArray[np.int64]
    threshold: NDArray[np.float64]
    level: NDArray[np.int64]
    harmful: NDArray[np.int64]
    seed: int = 0
    topics: tuple[tuple[str, ...], ...] = ()

    def as_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON header and arrays: for a policy file."""
        header = {"options": list(self.options), "design": self.design.as_json(), "seed": self.seed}
        header["topics"] = [list(names) for names in self.topics]
        return header, {name: getattr(self, name) for name in _ARRAYS} | self.trees.as_arrays()

    @classmethod
    def from_parts(cls, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Models:
        """The inverse of :meth:`as_parts`; other arrays are left alone."""
        return cls(
            options=tuple(header["options"]),
            design=Design.from_json(header["design"]),
            seed=header["seed"],
            topics=tuple(map(tuple, header["topics"])),
            trees=Trees.from_arrays(arrays),
            **{name: arrays[name] for name in _ARRAYS},
        )

    def effects(
        self, traits: pa.Table, unit: NDArray[np.int64], unit_fold: NDArray[np.int64], *, errors: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """The effect of each option on whole units, summed over their people.

        Args:
            traits: n people.
            unit: (n,) index of each person's unit.
            unit_fold: (units,) the fold whose model speaks of the unit: the one that did not see it.
            errors: also give standard errors (a small matrix product a unit).

        Returns:
            (units, K) effects, (units, K) standard errors (zeros unless asked for), (n,) people unlike all of the
            experiment, for whom the broadcast effect stands.
        """
        basis = self.design.basis(traits)
        unlike = self.design.unlike(traits)
        units, width = len(unit_fold), self.design.width
        # One column after the other, never a matrix product: a batch of one must give the same bits.
        columns = np.empty((units, width))
        for place in range(width):
            values = basis[:, place] if place == 0 else np.where(unlike, 0.0, basis[:, place])
            columns[:, place] = np.bincount(unit, values, minlength=units)
        cares = relevance(traits, self.topics)
        told = self._told(traits, unit_fold[unit], unlike)
        value = np.zeros((units, len(self.options) - 1))
        error = np.zeros_like(value)
        for arm in range(value.shape[1]):
            mine = columns
            if cares is not None:
                mine = np.column_stack(
                    [columns, np.bincount(unit, np.where(unlike, 0.0, cares[:, arm]), minlength=units)]
                )
            for place in range(mine.shape[1]):
                shrunk = self.coefficients[:, arm, place] * (1.0 if place == 0 else self.slope[:, arm])
                value[:, arm] += mine[:, place] * shrunk[unit_fold]
            value[:, arm] += np.bincount(unit, told[:, arm], minlength=units) * self.slope[unit_fold, arm]
            if errors:
                error[:, arm] = self._errors(arm, mine, unit_fold)
        return value, error, unlike

    def _told(self, traits: pa.Table, fold: NDArray[np.int64], unlike: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(n, K) what the trees say of each person, by the fold that did not see them; 0 for those unlike all others."""
        found = np.zeros((traits.num_rows, len(self.options) - 1))
        if not self.trees.count:
            return found
        columns = np.stack(list(self.design.asked(traits)))
        for aside in np.unique(fold):
            rows = np.flatnonzero((fold == aside) & ~unlike)
            mine = np.ascontiguousarray(columns[:, rows])
            for arm in range(found.shape[1]):
                found[rows, arm] = self.trees[aside, arm].of(mine)
        return found

    def _errors(self, arm: int, columns: NDArray[np.float64], unit_fold: NDArray[np.int64]) -> NDArray[np.float64]:
        # Not scaled by the slope: what shrinkage takes from the value stays in doubt.
        variance = np.einsum("up,upq,uq->u", columns, self.covariance[unit_fold, arm], columns)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def open_for(
        self,
        value: NDArray[np.float64],
        size: NDArray[np.float64],
        unit_fold: NDArray[np.int64],
        *,
        whole: bool,
        unlike: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]:
        """(units, K) where an option is proven for the group the unit belongs to, and proven to do harm to none such.

        Args:
            value: (units, K) effects of whole units.
            size: (units,) people in each.
            unit_fold: (units,) each unit's fold.
            whole: True: all folds' evidence decides (the plan); False: only the fold's own (its evaluation).
            unlike: (units,) units unlike all of the experiment: they are in no upper half.
        """
        upper = value / np.maximum(size, 1.0)[:, None] >= self.threshold[unit_fold]
        if unlike is not None:
            upper &= ~unlike[:, None]
        scope = np.broadcast_to(self.level, value.shape) if whole else self.scope[unit_fold]
        harm = np.broadcast_to(self.harmful, value.shape) if whole else self.harm[unit_fold]
        helps = (scope == Scope.EVERYBODY) | ((scope == Scope.UPPER_HALF) & upper)
        return np.asarray(helps & (harm != Scope.EVERYBODY) & ((harm != Scope.LOWER_HALF) | upper))


@dataclass(frozen=True)
class Learnt:
    """What an experiment taught, and the sums that policies are valued with.

    Attributes:
        models: what every fold learnt.
        proofs: what is proven by all folds together, and what not.
        harms: what is proven by all folds together to do harm, and what not.
        gamma: (units, arms) doubly robust outcome of each unit under each arm, from models that did not see it.
        effect: (units, K) effects of each unit, from models that did not see it.
        calibration: (folds, K) slopes before clipping.
    """

    models: Models
    proofs: tuple[Proof, ...]
    harms: tuple[Proof, ...]
    gamma: NDArray[np.float64]
    effect: NDArray[np.float64]
    calibration: NDArray[np.float64]


def learn(evidence: Evidence, guard: GuardSpec | None = None) -> Learnt:
    """Learn the effect of each arm against ``nothing``.

    Args:
        evidence: one past experiment; two arms at least.
        guard: how sure a proof must be.

    Returns:
        Models by fold, proofs, and each unit's doubly robust outcomes.

    >>> from groundswell.uplift import Evidence
    >>> half = np.arange(400) % 2
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 400)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(400, 0.5), unit=np.arange(400), cluster=np.arange(400),
    ...     cluster_ids=tuple(map(str, range(400))),
    ... )
    >>> found = learn(past)
    >>> [(proof.scope.name, round(proof.effect.value, 1), proof.proven) for proof in found.proofs]
    [('EVERYBODY', 1.0, True), ('UPPER_HALF', 1.0, True)]

    The regression is the R-learner of Nie & Wager (2021) with several arms and known propensities; the outcomes under
    each arm are those of Robins, Rotnitzky & Zhao (1994), centred on out-of-fold predictions.
    """
    return learn_parts(evidence).assembled(guard or GuardSpec())


def learn_parts(evidence: Evidence, *, inner: bool = True) -> Parts:
    """Learn both parts of every fold.

    Args:
        evidence: one past experiment; two arms at least.
        inner: also without each of the other folds: only so can be said what a fold's own evidence proves.
    """
    interest = {name for names in evidence.topics for name in names}
    traits = evidence.traits.drop_columns(sorted(interest & set(evidence.traits.column_names)))
    design = Design.learn(traits)
    basis = Basis.of(design, evidence.traits, relevance(evidence.traits, evidence.topics))
    # Hundreds of small solves: BLAS threads would only spin for each other, and sums could differ with their number.
    with threadpool_limits(limits=1, user_api="blas"):
        residual = surprises(evidence, basis)
        sums = add_up(evidence, basis, residual)
        kin = kinships(evidence.options[1:])
        lines = [fit_line(sums, aside, kin, basis.owner, inner=inner) for aside in range(FOLDS)]
        patterns = _patterns(evidence, basis, lines, inner=inner)
    binned = Binned.of(design.asked(evidence.traits), len(evidence.arm))
    return Parts(evidence, design, residual, lines, patterns, plant(evidence, binned, residual, inner=inner), binned)


def _patterns(evidence: Evidence, basis: Basis, lines: Sequence[Line], *, inner: bool) -> NDArray[np.float64]:
    """(folds or 1, n, K) what the linear part says beyond the broadcast effect, by models that did not see the person.

    With ``inner`` for each fold kept aside, by models that did not see that either; else by the model of the person's fold.
    """
    if inner:
        every = np.stack([line.all(aside) for aside, line in enumerate(lines)])
    else:
        every = np.stack([line.coefficients for line in lines])[None]
    found = np.empty((len(every), len(evidence.arm), every.shape[2]))
    for fold, rows in basis.blocks(evidence):
        found[:, rows] = basis.patterns(rows, every[:, fold]).transpose(1, 0, 2)
    return found


@dataclass(frozen=True)
class Parts:
    """Both parts of every fold, before anything is shrunk or proven."""

    evidence: Evidence
    design: Design
    residual: NDArray[np.float64]
    lines: Sequence[Line]
    patterns: NDArray[np.float64]
    groves: Sequence[Sequence[Grove]]
    binned: Binned

    def assembled(self, guard: GuardSpec) -> Learnt:
        """The models of every fold, and what is proven: by all folds, and by each fold's own evidence."""
        evidence = self.evidence
        arms, people = len(evidence.options) - 1, len(evidence.arm)
        tau, surprise = np.zeros((people, arms)), np.zeros(people)
        scope, harm = np.zeros((FOLDS, arms), dtype=np.int64), np.zeros((FOLDS, arms), dtype=np.int64)
        threshold, raw = np.zeros((FOLDS, arms)), np.zeros((FOLDS, arms))
        for aside, line in enumerate(self.lines):
            pattern = self._averaged(aside)
            kept = [fold for fold in range(FOLDS) if fold != aside]
            raw[aside] = self.moments(pattern, self.residual[aside]).slopes(kept)
            each = line.all(aside)[:, :, 0][evidence.fold] + pattern * np.clip(raw[aside], 0.0, 1.0)
            mine = evidence.fold == aside
            tau[mine], surprise[mine] = each[mine], self.residual[aside, mine]
            # What the fold's own evidence proves: the other folds', by models that did not see them.
            inner, left = np.where(mine[:, None], 0.0, each), np.where(mine, 0.0, self.residual[aside])
            seen = evidence.unit_fold != aside
            scope[aside] = scopes(prove(evidence, left, inner, seen, guard), evidence.options)
            harm[aside] = scopes(prove_harm(evidence, left, inner, seen, guard), evidence.options)
            threshold[aside] = _middle(evidence, tau, aside)
        everybody = np.ones(evidence.units, dtype=bool)
        proofs, harms = (each(evidence, surprise, tau, everybody, guard) for each in (prove, prove_harm))
        coefficients, trees = self.portable()
        models = Models(
            options=evidence.options,
            design=self.design,
            coefficients=coefficients,
            slope=np.clip(raw, 0.0, 1.0),
            trees=trees,
            covariance=np.stack([line.covariance for line in self.lines]),
            scope=scope,
            harm=harm,
            threshold=threshold,
            level=scopes(proofs, evidence.options),
            harmful=scopes(harms, evidence.options),
            seed=evidence.seed,
            topics=evidence.topics,
        )
        return Learnt(
            models=models,
            proofs=proofs,
            harms=harms,
            gamma=_doubly_robust(evidence, surprise, tau),
            effect=cluster_sums(tau, evidence.unit, evidence.units),
            calibration=raw,
        )

    def portable(self) -> tuple[NDArray[np.float64], Trees]:
        """(folds, K, p) coefficients and (folds, K) trees that ask about values, each at what it counts in the average."""
        share = np.array([[self._share(grove) for grove in row] for row in self.groves])
        coefficients = np.stack([line.coefficients for line in self.lines])
        coefficients[:, :, 1:] *= (1.0 - share)[:, :, None]
        trees = [
            Trees.stack([self.binned.in_values(grove.trees.scaled(self._share(grove))) for grove in row])
            for row in self.groves
        ]
        return coefficients, Trees.stack(trees)

    @staticmethod
    def _share(grove: Grove) -> float:
        """What the trees count in the average: half, or nothing where there are none."""
        return 0.5 if grove.trees.count else 0.0

    def own(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """(n, K) broadcast effect and (n, K) pattern of each person's own fold; (n,) outcome less what was expected."""
        fold = self.evidence.fold
        broadcast = np.stack([line.coefficients[:, 0] for line in self.lines])[fold]
        found = self.patterns[0].copy()
        for aside, row in enumerate(self.groves):
            rows = np.flatnonzero(fold == aside)
            mine = self.binned.bins[:, rows]
            for arm, grove in enumerate(row):
                if grove.trees.count:
                    found[rows, arm] = 0.5 * (found[rows, arm] + grove.trees.of(mine))
        return broadcast, found, self.residual[fold, np.arange(len(fold))]

    def _averaged(self, aside: int) -> NDArray[np.float64]:
        """(n, K) the pattern of everybody, by models that saw neither them nor the fold kept aside."""
        found: NDArray[np.float64] = self.patterns[aside].copy()
        rows_of = [np.flatnonzero(self.evidence.fold == fold) for fold in range(FOLDS)]
        bins = [self.binned.bins[:, rows] for rows in rows_of]
        for arm, grove in enumerate(self.groves[aside]):
            if grove.trees.count:
                for fold, trees in ({aside: grove.trees} | grove.inner).items():
                    rows = rows_of[fold]
                    found[rows, arm] = 0.5 * (found[rows, arm] + trees.of(bins[fold]))
        return found

    def moments(self, pattern: NDArray[np.float64], residual: NDArray[np.float64]) -> Moments:
        """What slopes are made of, by fold and option.

        Args:
            pattern: (n, K) what was foretold of each person, by models that did not see them.
            residual: (n,) outcome less what was expected.
        """
        fold, cluster = self.evidence.fold, self.evidence.cluster[self.evidence.unit]
        found = np.zeros((FOLDS, pattern.shape[1], 8))
        for arm in range(pattern.shape[1]):
            pair = pair_of(self.evidence, np.arange(len(fold)), arm)
            weight, told, side = pair.contrast * pair.factor, pattern[pair.rows, arm], pair.factor * residual[pair.rows]
            place = fold[pair.rows]
            rows = [weight, weight * told, weight * told**2, side, side * told]
            found[:, arm, :5] = np.stack([np.bincount(place, row, minlength=FOLDS) for row in rows], axis=1)
            plain, with_told = (np.bincount(cluster[pair.rows], row, minlength=1) for row in (side, side * told))
            of_cluster = np.zeros(len(plain), dtype=np.int64)
            of_cluster[cluster[pair.rows]] = place
            squares = [with_told**2, with_told * plain, plain**2]
            found[:, arm, 5:] = np.stack([np.bincount(of_cluster, row, minlength=FOLDS) for row in squares], axis=1)
        return Moments(found)


@dataclass(frozen=True)
class Moments:
    """Sums over people and clusters from which the slope of what happened on what was foretold is arithmetic.

    Attributes:
        sums: (folds, K, 8) of ``w``, ``w t``, ``w t^2``, ``s``, ``s t``, and over clusters of the products of their sums of
            ``s t`` and ``s``: with t what was foretold, w the weight ``c^2``, s the score ``c residual``.
    """

    sums: NDArray[np.float64]

    def slopes(self, folds: Sequence[int]) -> NDArray[np.float64]:
        """(K,) slopes from the people of some folds.

        Each by itself is far off where little was foretold; so they are drawn towards each other, by as much as they differ
        no more than chance lets them (DerSimonian & Laird 1986).
        """
        total = self.sums[list(folds)].sum(axis=0)
        found, doubt = np.zeros(len(total)), np.full(len(total), np.inf)
        for arm, (weight, first, second, score, cross, both, mixed, plain) in enumerate(total.tolist()):
            mean = first / weight if weight > 0 else 0.0
            spread = second - mean * first
            if spread > 1e-12 * second:
                found[arm] = (cross - mean * score) / spread
                doubt[arm] = max(both - 2 * mean * mixed + mean**2 * plain, 0.0) / spread**2
        return _drawn_together(found, doubt)


def _drawn_together(value: NDArray[np.float64], doubt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimates with their variances, each drawn towards the mean of all."""
    known = np.isfinite(doubt) & (doubt > 0)
    if known.sum() < 2:
        return value
    weight = 1.0 / doubt[known]
    mean = float(weight @ value[known]) / weight.sum()
    beyond = float(weight @ (value[known] - mean) ** 2) - (len(weight) - 1)
    between = max(0.0, beyond / (weight.sum() - float(weight @ weight) / weight.sum()))
    mean = float((value[known] / (doubt[known] + between)).sum() / (1.0 / (doubt[known] + between)).sum())
    out = value.copy()
    out[known] = (value[known] * between + mean * doubt[known]) / (between + doubt[known])
    return out


def _middle(evidence: Evidence, tau: NDArray[np.float64], fold: int) -> NDArray[np.float64]:
    """(K,) the effect per person in the middle of a fold, by its own model: where its upper half begins."""
    here = evidence.unit_fold == fold
    if not here.any():
        return np.zeros(tau.shape[1])
    each = cluster_sums(tau, evidence.unit, evidence.units)[here] / evidence.size[here, None]
    return np.asarray(np.median(each, axis=0))


def scopes(proofs: tuple[Proof, ...], options: tuple[str, ...]) -> NDArray[np.int64]:
    """(K,) ``Scope`` for which each option is proven."""
    found = np.zeros(len(options) - 1, dtype=np.int64)
    for proof in proofs:
        if proof.proven:
            place = options.index(proof.option) - 1
            # Proven for everybody outranks proven for a half.
            found[place] = proof.scope if found[place] == Scope.NOBODY else min(found[place], proof.scope)
    return found


def _doubly_robust(evidence: Evidence, residual: NDArray[np.float64], tau: NDArray[np.float64]) -> NDArray[np.float64]:
    """(units, arms) model plus the weighted surprise of the arm that was drawn."""
    marginal = evidence.outcome - residual
    base = marginal - tau @ evidence.share[1:]
    under = np.column_stack([base, base[:, None] + tau])
    here = np.arange(len(evidence.arm)), evidence.arm
    under[here] += (evidence.outcome - under[here]) / evidence.propensity
    return cluster_sums(under * evidence.counted[:, None], evidence.unit, evidence.units)
