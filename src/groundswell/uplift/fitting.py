"""The linear part: effects of all options on the model's columns, averaged over two priors.

One lets options share what they depend on - all of them, those of a message, those of a channel - and treats all traits
alike. The other lets each option choose its traits. In worlds of either kind the average measured nearly as good as the
better of the two, and better than choosing one by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.ridge import Ridge, relevant
from groundswell.uplift.evidence import FOLDS
from groundswell.uplift.gram import Sums
from groundswell.uplift.prior import choose_prior


@dataclass(frozen=True)
class Line:
    """One fold kept aside: what the others say.

    Attributes:
        coefficients: (K, p) effect of each column; the first is the broadcast effect.
        covariance: (K, p, p) of them, unit-clustered; what the prior holds back stays in doubt.
        inner: fold g -> (K, p) from folds that are neither the one kept aside nor g; empty where they were not asked for.
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    inner: dict[int, NDArray[np.float64]]

    def all(self, aside: int) -> NDArray[np.float64]:
        """(folds, K, p) the coefficients for each fold's people: those that saw neither them nor the fold kept aside."""
        return np.stack([self.coefficients if fold == aside else self.inner[fold] for fold in range(FOLDS)])


def fit_line(
    sums: Sums, aside: int, kin: Sequence[NDArray[np.float64]], owner: NDArray[np.int64], *, inner: bool = True
) -> Line:
    """Fit the options' effects from the folds that are not kept aside.

    Args:
        sums: the experiment's sums.
        aside: the fold kept aside.
        kin: which options are alike (:func:`groundswell.uplift.prior.kinships`).
        owner: (p,) the trait of each column; -1: the intercept.
        inner: also without each of the other folds.
    """
    kept = [fold for fold in range(FOLDS) if fold != aside]
    left_out = kept if inner else []
    one, other = _by_kin(sums, aside, kept, left_out, kin), _by_trait(sums, aside, kept, left_out, owner)
    return Line(
        (one.coefficients + other.coefficients) / 2,
        (one.covariance + other.covariance) / 2,
        {fold: (one.inner[fold] + other.inner[fold]) / 2 for fold in one.inner},
    )


def _by_trait(sums: Sums, aside: int, kept: list[int], left_out: list[int], owner: NDArray[np.int64]) -> Line:
    """Each option by itself, with a prior variance for every trait."""

    def fit(folds: list[int], start: Sequence[Ridge] | None = None) -> list[Ridge]:
        noise = sums.noise(aside, folds)
        normal, right = (part.sum(axis=0) for part in sums.told(aside, folds))
        return [
            relevant(one, other, owner, noise=level, start=None if start is None else start[arm].variance)
            for arm, (one, other, level) in enumerate(zip(normal, right, noise.tolist(), strict=True))
        ]

    found = fit(kept)
    noise, meat = sums.noise(aside, kept), sums.meat[kept].sum(axis=0)
    doubt = [
        one.inverse @ (around + np.diag(level * np.where(np.isfinite(one.penalty), one.penalty, 0.0))) @ one.inverse
        for one, around, level in zip(found, meat, noise, strict=True)
    ]
    inner = {fold: _coefficients(fit([other for other in kept if other != fold], found)) for fold in left_out}
    return Line(_coefficients(found), np.stack(doubt), inner)


def _coefficients(fits: Sequence[Ridge]) -> NDArray[np.float64]:
    return np.stack([one.coefficients for one in fits])


def _by_kin(sums: Sums, aside: int, kept: list[int], left_out: list[int], kin: Sequence[NDArray[np.float64]]) -> Line:
    """All options together, sharing as much as cross-validation says; all traits alike."""
    arms, width = sums.normal.shape[1], sums.normal.shape[-1]
    normal, right = sums.told(aside, kept)
    penalty = _penalty(choose_prior(normal, right, kin), width)

    def solve(folds: list[int]) -> NDArray[np.float64]:
        total, side = (part.sum(axis=0) for part in sums.told(aside, folds))
        return np.asarray(np.linalg.solve(_blocks(total) + penalty, side.ravel())).reshape(arms, width)

    inner = {fold: solve([other for other in kept if other != fold]) for fold in left_out}
    inverse = np.linalg.inv(_blocks(normal.sum(axis=0)) + penalty)
    usual = float(sums.noise(aside, kept).mean())
    covariance = inverse @ (_blocks(sums.meat[kept].sum(axis=0)) + usual * penalty) @ inverse
    blocks = np.stack([covariance[k * width : (k + 1) * width, k * width : (k + 1) * width] for k in range(arms)])
    silent = normal.sum(axis=0)[:, np.arange(width), np.arange(width)].max(axis=0) == 0  # a column that was left out
    blocks[:, silent, :] = blocks[:, :, silent] = 0.0
    return Line(solve(kept), blocks, inner)


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
