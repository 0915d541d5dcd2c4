"""Effects of several options at once, each unit's learnt from folds that did not see it.

For each fold kept aside: ridge effects of all arms together. What an effect depends on is in part shared by all arms, in
part by those of one message or one channel, in part an arm's own; how much of each is chosen by cross-validation inside
the other folds. Then each arm's effects are shrunk by a cross-fitted calibration slope, clipped to 0..1, towards its
broadcast effect.
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
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.features import Design
from groundswell.uplift.gram import Basis, Sums, add_up
from groundswell.uplift.guard import GuardSpec, Proof, Scope, prove
from groundswell.uplift.nuisance import Predictions, marginal_outcomes
from groundswell.uplift.prior import choose_prior, kinships

_ARRAYS = ("coefficients", "slope", "covariance", "scope", "threshold", "level")


@dataclass(frozen=True)
class Models:
    """What every fold learnt: enough to give anybody's effects, and portable.

    Attributes:
        options: the arms, ``nothing`` first; K = arms - 1 effects against it.
        design: traits -> columns.
        coefficients: (folds, K, p) effect of each column; column 0 is the broadcast effect.
        slope: (folds, K) the shrinkage of what differs from the broadcast effect.
        covariance: (folds, K, p, p) of the coefficients, unit-clustered.
        scope: (folds, K) ``Scope``: for whom the fold's own evidence proves an option.
        threshold: (folds, K) the effect per person from which on a unit is in the upper half, by each fold's own model.
        level: (K,) ``Scope`` proven by all folds together: what the plan may use.
        seed: what the folds were drawn with.
        topics: for each option but ``nothing`` the traits that say how much a person cares about what it says; where one
            has any, the last column is that interest.
    """

    options: tuple[str, ...]
    design: Design
    coefficients: NDArray[np.float64]
    slope: NDArray[np.float64]
    covariance: NDArray[np.float64]
    scope: NDArray[np.int64]
    threshold: NDArray[np.float64]
    level: NDArray[np.int64]
    seed: int = 0
    topics: tuple[tuple[str, ...], ...] = ()

    def as_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON header and arrays: for a policy file."""
        header = {"options": list(self.options), "design": self.design.as_json(), "seed": self.seed}
        header["topics"] = [list(names) for names in self.topics]
        return header, {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_parts(cls, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Models:
        """The inverse of :meth:`as_parts`; other arrays are left alone."""
        return cls(
            options=tuple(header["options"]),
            design=Design.from_json(header["design"]),
            seed=header["seed"],
            topics=tuple(map(tuple, header["topics"])),
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
            if errors:
                error[:, arm] = self._errors(arm, mine, unit_fold)
        return value, error, unlike

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
        """(units, K) where an option is proven for the group the unit belongs to.

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
        return np.asarray((scope == Scope.EVERYBODY) | ((scope == Scope.UPPER_HALF) & upper))


@dataclass(frozen=True)
class Learnt:
    """What an experiment taught, and the sums that policies are valued with.

    Attributes:
        models: what every fold learnt.
        proofs: what is proven by all folds together, and what not.
        gamma: (units, arms) doubly robust outcome of each unit under each arm, from models that did not see it.
        effect: (units, K) effects of each unit, from models that did not see it.
        calibration: (folds, K) slopes before clipping.
    """

    models: Models
    proofs: tuple[Proof, ...]
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
    guard = guard or GuardSpec()
    interest = {name for names in evidence.topics for name in names}
    design = Design.learn(evidence.traits.drop_columns(sorted(interest & set(evidence.traits.column_names))))
    basis = Basis(design.basis(evidence.traits), relevance(evidence.traits, evidence.topics))
    predicted = marginal_outcomes(evidence, design.matrix(evidence.traits))
    # Hundreds of small solves: BLAS threads would only spin for each other, and sums could differ with their number.
    with threadpool_limits(limits=1, user_api="blas"):
        sums = add_up(evidence, basis, predicted)
        kin = kinships(evidence.options[1:])
        fits = [_fit(sums, aside, kin) for aside in range(FOLDS)]
        return _assemble(evidence, design, basis, predicted, fits, guard)


@dataclass(frozen=True)
class _Fit:
    """One fold kept aside: its coefficients, and those of each pair left out."""

    coefficients: NDArray[np.float64]  # (K, p)
    raw_slope: NDArray[np.float64]  # (K,)
    slope: NDArray[np.float64]  # (K,)
    covariance: NDArray[np.float64]  # (K, p, p)
    inner: dict[int, NDArray[np.float64]]  # g -> (K, p), having seen neither f nor g


def relevance(traits: pa.Table, topics: Sequence[Sequence[str]]) -> NDArray[np.float64] | None:
    """(n, K) how much each person cares about what each option says, in units of 25 points from the middle.

    Args:
        traits: n people.
        topics: for each option the traits that say so; the largest counts.

    Returns:
        0 where nothing is known, for the prior is no opinion there; None where no option has a topic.

    >>> relevance(pa.table({"interest_schools": [100.0, np.nan]}), [("interest_schools",), ()])
    array([[2., 0.],
           [0., 0.]])
    """
    known = set(traits.column_names)
    if not any(known & set(names) for names in topics):
        return None
    found = np.full((traits.num_rows, len(topics)), np.nan)
    for place, names in enumerate(topics):
        for name in names:
            if name in known:
                found[:, place] = np.fmax(found[:, place], traits[name].to_numpy())
    return np.nan_to_num((found - 50.0) / 25.0)


def _fit(sums: Sums, aside: int, kin: tuple[NDArray[np.float64], ...]) -> _Fit:
    arms, width = sums.normal.shape[1], sums.normal.shape[-1]
    kept = [fold for fold in range(FOLDS) if fold != aside]
    spread = choose_prior(sums.normal[kept], sums.right[aside, kept], kin)
    penalty = _penalty(spread, width)

    def solve(folds: list[int]) -> NDArray[np.float64]:
        total = _blocks(sums.normal[folds].sum(axis=0)) + penalty
        side = sums.right[aside, folds].sum(axis=0).ravel()
        return np.asarray(np.linalg.solve(total, side)).reshape(arms, width)

    inner = {fold: solve([other for other in kept if other != fold]) for fold in kept}
    raw = _calibration(sums, aside, inner)
    inverse = np.linalg.inv(_blocks(sums.normal[kept].sum(axis=0)) + penalty)
    covariance = inverse @ (_blocks(sums.meat[kept].sum(axis=0)) + sums.noise * penalty) @ inverse
    blocks = np.stack([covariance[k * width : (k + 1) * width, k * width : (k + 1) * width] for k in range(arms)])
    return _Fit(solve(kept), raw, np.clip(raw, 0.0, 1.0), blocks, inner)


def _blocks(by_arm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K p, K p) one block an arm."""
    arms, width = by_arm.shape[:2]
    found = np.zeros((arms * width, arms * width))
    for arm in range(arms):
        here = slice(arm * width, (arm + 1) * width)
        found[here, here] = by_arm[arm]
    return found


def _penalty(spread: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """(K p, K p) the prior's precision in units of the residual's variance; broadcast effects are free."""
    columns = np.eye(width)
    columns[0, 0] = 0.0
    # A whisper on the broadcast effects keeps an arm without people from making the matrix singular.
    free = np.zeros((width, width))
    free[0, 0] = 1e-6
    return np.asarray(np.kron(np.linalg.inv(spread), columns) + np.kron(np.eye(len(spread)), free))


def _calibration(sums: Sums, aside: int, inner: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(K,) slope of what happened on what folds that did not see it foretold, beyond the broadcast effect."""
    arms, width = sums.normal.shape[1], sums.normal.shape[-1]
    found = np.zeros(arms)
    for arm in range(arms):
        left, side = np.zeros((2, 2)), np.zeros(2)
        for fold, beta in inner.items():
            shape = np.zeros((width, 2))
            shape[0, 0], shape[1:, 1] = 1.0, beta[arm, 1:]
            left += shape.T @ sums.normal[fold, arm] @ shape
            side += shape.T @ sums.right[aside, fold, arm]
        # Of unit size each, so that neither the outcome's scale nor a hard penalty makes a slope look undetermined.
        scale = np.sqrt(np.diag(left))
        scale[scale == 0] = 1.0
        found[arm] = (np.linalg.lstsq(left / np.outer(scale, scale), side / scale, rcond=1e-10)[0] / scale)[1]
    return found


def _assemble(
    evidence: Evidence,
    design: Design,
    basis: Basis,
    predicted: Predictions,
    fits: list[_Fit],
    guard: GuardSpec,
) -> Learnt:
    arms = len(evidence.options) - 1
    rows = [np.flatnonzero(evidence.fold == fold) for fold in range(FOLDS)]
    people, residual = len(evidence.arm), np.zeros(len(evidence.arm))
    tau = np.zeros((people, arms))
    scope, threshold = np.zeros((FOLDS, arms), dtype=np.int64), np.zeros((FOLDS, arms))
    for aside, fit in enumerate(fits):
        tau[rows[aside]] = _effects(basis, rows[aside], fit.coefficients, fit.slope)
        residual[rows[aside]] = evidence.outcome[rows[aside]] - predicted[aside, aside]
        inner_tau, inner_residual = np.zeros((people, arms)), np.zeros(people)
        for fold, beta in fit.inner.items():
            inner_tau[rows[fold]] = _effects(basis, rows[fold], beta, fit.slope)
            inner_residual[rows[fold]] = evidence.outcome[rows[fold]] - predicted[aside, fold]
        seen = evidence.unit_fold != aside
        scope[aside] = _scopes(prove(evidence, inner_residual, inner_tau, seen, guard), evidence.options)
        threshold[aside] = _middle(evidence, tau, aside)
    proofs = prove(evidence, residual, tau, np.ones(evidence.units, dtype=bool), guard)
    models = Models(
        options=evidence.options,
        design=design,
        coefficients=np.stack([fit.coefficients for fit in fits]),
        slope=np.stack([fit.slope for fit in fits]),
        covariance=np.stack([fit.covariance for fit in fits]),
        scope=scope,
        threshold=threshold,
        level=_scopes(proofs, evidence.options),
        seed=evidence.seed,
        topics=evidence.topics,
    )
    return Learnt(
        models=models,
        proofs=proofs,
        gamma=_doubly_robust(evidence, residual, tau),
        effect=cluster_sums(tau, evidence.unit, evidence.units),
        calibration=np.stack([fit.raw_slope for fit in fits]),
    )


def _middle(evidence: Evidence, tau: NDArray[np.float64], fold: int) -> NDArray[np.float64]:
    """(K,) the effect per person in the middle of a fold, by its own model: where its upper half begins."""
    here = evidence.unit_fold == fold
    if not here.any():
        return np.zeros(tau.shape[1])
    each = cluster_sums(tau, evidence.unit, evidence.units)[here] / evidence.size[here, None]
    return np.asarray(np.median(each, axis=0))


def _effects(
    basis: Basis, rows: NDArray[np.int64], coefficients: NDArray[np.float64], slope: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(coefficients[:, 0] + basis.times(rows, coefficients) * slope)


def _scopes(proofs: tuple[Proof, ...], options: tuple[str, ...]) -> NDArray[np.int64]:
    found = np.zeros(len(options) - 1, dtype=np.int64)
    for proof in proofs:
        if proof.proven:
            place = options.index(proof.option) - 1
            # Proven for everybody outranks proven for the upper half.
            found[place] = proof.scope if found[place] == Scope.NOBODY else min(found[place], proof.scope)
    return found


def _doubly_robust(evidence: Evidence, residual: NDArray[np.float64], tau: NDArray[np.float64]) -> NDArray[np.float64]:
    """(units, arms) model plus the weighted surprise of the arm that was drawn."""
    marginal = evidence.outcome - residual
    base = marginal - tau @ evidence.share[1:]
    under = np.column_stack([base, base[:, None] + tau])
    here = np.arange(len(evidence.arm)), evidence.arm
    under[here] += (evidence.outcome - under[here]) / evidence.propensity
    return cluster_sums(under, evidence.unit, evidence.units)
