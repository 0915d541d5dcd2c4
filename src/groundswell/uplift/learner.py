"""Effects of several options at once, each unit's learnt from folds that did not see it.

For each fold kept aside: ridge effects of all arms together, where the arms share a common pattern and differ from it
(both penalties chosen by cross-validation inside the other folds); then shrunk by a cross-fitted calibration slope for
each arm, clipped to 0..1, towards the arm's broadcast effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundswell.stats import cluster_sums
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.features import Design
from groundswell.uplift.gram import Sums, add_up
from groundswell.uplift.guard import GuardSpec, Proof, Scope, prove
from groundswell.uplift.nuisance import Predictions, marginal_outcomes

# Prior spread of the effects along one column, in standard deviations of the residual: what the arms share, and
# what one arm has of its own. The first of each means "none".
_COMMON = (1e-6, 0.003, 0.01, 0.03, 0.1)
_OWN = (1e-6, 0.001, 0.003, 0.01, 0.03, 0.1)

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

    def as_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON header and arrays: for a policy file."""
        header = {"options": list(self.options), "design": self.design.as_json(), "seed": self.seed}
        return header, {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_parts(cls, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Models:
        """The inverse of :meth:`as_parts`; other arrays are left alone."""
        return cls(
            options=tuple(header["options"]),
            design=Design.from_json(header["design"]),
            seed=header["seed"],
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
        value = np.zeros((units, len(self.options) - 1))
        error = np.zeros_like(value)
        for arm in range(value.shape[1]):
            for place in range(width):
                shrunk = self.coefficients[:, arm, place] * (1.0 if place == 0 else self.slope[:, arm])
                value[:, arm] += columns[:, place] * shrunk[unit_fold]
            if errors:
                error[:, arm] = self._errors(arm, columns, unit_fold)
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
    design = Design.learn(evidence.traits)
    basis = design.basis(evidence.traits)
    predicted = marginal_outcomes(evidence, design.matrix(evidence.traits))
    # Hundreds of small solves: BLAS threads would only spin for each other, and sums could differ with their number.
    with threadpool_limits(limits=1, user_api="blas"):
        sums = add_up(evidence, basis, predicted)
        fits = [_fit(sums, aside) for aside in range(FOLDS)]
        return _assemble(evidence, design, basis, predicted, fits, guard)


@dataclass(frozen=True)
class _Fit:
    """One fold kept aside: its coefficients, and those of each pair left out."""

    coefficients: NDArray[np.float64]  # (K, p)
    raw_slope: NDArray[np.float64]  # (K,)
    slope: NDArray[np.float64]  # (K,)
    covariance: NDArray[np.float64]  # (K, p, p)
    inner: dict[int, NDArray[np.float64]]  # g -> (K, p), having seen neither f nor g


def _fit(sums: Sums, aside: int) -> _Fit:
    arms, width = sums.contrast.shape[1], sums.gram.shape[-1]
    kept = [fold for fold in range(FOLDS) if fold != aside]
    normal = {fold: sums.normal([fold]) for fold in kept}
    right = {fold: sums.right(aside, [fold]) for fold in kept}

    def solve(folds: list[int], penalty: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.asarray(sum(normal[fold] for fold in folds)) + penalty
        return np.asarray(np.linalg.solve(total, np.asarray(sum(right[fold] for fold in folds))))

    best: tuple[float, NDArray[np.float64], dict[int, NDArray[np.float64]]] | None = None
    for common, own in product(_COMMON, _OWN):
        penalty = _penalty(arms, width, common, own)
        inner = {fold: solve([other for other in kept if other != fold], penalty) for fold in kept}
        loss = sum(float(inner[g] @ normal[g] @ inner[g] - 2 * inner[g] @ right[g]) for g in kept)
        if best is None or loss < best[0]:
            best = (loss, penalty, inner)
    assert best is not None
    _, penalty, inner = best
    coefficients = solve(kept, penalty)
    raw = _calibration(normal, right, inner, arms, width)
    inverse = np.linalg.inv(np.asarray(sum(normal.values())) + penalty)
    covariance = inverse @ (sums.middle(kept) + sums.noise * penalty) @ inverse
    blocks = np.stack([covariance[k * width : (k + 1) * width, k * width : (k + 1) * width] for k in range(arms)])
    shaped = {fold: beta.reshape(arms, width) for fold, beta in inner.items()}
    return _Fit(coefficients.reshape(arms, width), raw, np.clip(raw, 0.0, 1.0), blocks, shaped)


def _penalty(arms: int, width: int, common: float, own: float) -> NDArray[np.float64]:
    """(K p, K p) the prior's precision in units of the residual's variance; broadcast effects are free."""
    spread = np.full((arms, arms), common**2) + np.eye(arms) * own**2
    columns = np.eye(width)
    columns[0, 0] = 0.0
    # A whisper on the broadcast effects keeps an arm without people from making the matrix singular.
    free = np.zeros((width, width))
    free[0, 0] = 1e-6
    return np.asarray(np.kron(np.linalg.inv(spread), columns) + np.kron(np.eye(arms), free))


def _calibration(
    normal: dict[int, NDArray[np.float64]],
    right: dict[int, NDArray[np.float64]],
    inner: dict[int, NDArray[np.float64]],
    arms: int,
    width: int,
) -> NDArray[np.float64]:
    """(K,) slope of what happened on what folds that did not see it foretold, beyond the broadcast effect."""
    left, side = np.zeros((2 * arms, 2 * arms)), np.zeros(2 * arms)
    for fold, beta in inner.items():
        fold_to = np.zeros((arms * width, 2 * arms))
        for arm in range(arms):
            fold_to[arm * width, 2 * arm] = 1.0
            own = slice(arm * width + 1, (arm + 1) * width)
            fold_to[own, 2 * arm + 1] = beta[own]
        left += fold_to.T @ normal[fold] @ fold_to
        side += fold_to.T @ right[fold]
    # Of unit size each, so that neither the outcome's scale nor a hard penalty makes a slope look undetermined.
    scale = np.sqrt(np.diag(left))
    scale[scale == 0] = 1.0
    found = np.linalg.lstsq(left / np.outer(scale, scale), side / scale, rcond=1e-10)[0] / scale
    return np.asarray(found[1::2])


def _assemble(
    evidence: Evidence,
    design: Design,
    basis: NDArray[np.float64],
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
        tau[rows[aside]] = _effects(basis[rows[aside]], fit.coefficients, fit.slope)
        residual[rows[aside]] = evidence.outcome[rows[aside]] - predicted[aside, aside]
        inner_tau, inner_residual = np.zeros((people, arms)), np.zeros(people)
        for fold, beta in fit.inner.items():
            inner_tau[rows[fold]] = _effects(basis[rows[fold]], beta, fit.slope)
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
    basis: NDArray[np.float64], coefficients: NDArray[np.float64], slope: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(coefficients[:, 0] + (basis[:, 1:] @ coefficients[:, 1:].T) * slope)


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
