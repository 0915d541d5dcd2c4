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
