"""How far what was foretold came true: the slope that effects are shrunk by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
        spread, told, noise = self._centred(folds)
        known = spread > 0
        found = np.divide(told, spread, out=np.zeros_like(told), where=known)
        doubt = np.divide(noise, spread**2, out=np.full_like(noise, np.inf), where=known)
        return _drawn_together(found, doubt)

    def loss(self, folds: Sequence[int]) -> float:
        """What is lost on the people of some folds by what was foretold, shrunk by the slopes of the same; less is better."""
        spread, told, _ = self._centred(folds)
        slope = np.clip(self.slopes(folds), 0.0, 1.0)
        return float((slope**2 * spread - 2 * slope * told).sum())

    def _centred(self, folds: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """(K,) each: sums of ``w t^2``, of ``s t`` and of the squares of clusters' ``s t``, all with t less its mean."""
        weight, first, second, score, cross, both, mixed, plain = self.sums[list(folds)].sum(axis=0).T
        mean = np.divide(first, weight, out=np.zeros_like(first), where=weight > 0)
        spread = second - mean * first
        spread = np.where(spread > 1e-12 * second, spread, 0.0)  # what is the same for all foretells nothing
        return spread, cross - mean * score, np.maximum(both - 2 * mean * mixed + mean**2 * plain, 0.0)


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
