"""The memory of an experiment: sums by fold and arm, from which every fit, choice and interval is arithmetic.

The residual-on-residual regression of several arms (Robinson 1988; Nie & Wager 2021) has for person i of arm a the row
``c_a (x) phi_i`` with ``c_ak = 1{a = k} - share_k``. That factor hangs on the arm alone, so sums of ``phi phi'`` and
``phi residual`` by arm are enough: one pass over the people, whatever is asked afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import cluster_sums
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.nuisance import Predictions

_BLOCK = 65_536


@dataclass(frozen=True)
class Sums:
    """Sums over people by fold and arm, weighted by stabilised weights.

    Attributes:
        gram: (folds, arms, p, p) sum of ``phi phi'``.
        score: (folds, folds, arms, p): ``[f, g]`` is the sum over fold g of ``phi residual``, the residual's model
            having seen neither f nor g.
        meat: (folds, arms, p, p) sum over clusters of the outer product of their ``phi residual``.
        contrast: (arms, K) the factor ``c`` of each arm; K = arms - 1.
        noise: mean squared residual.
    """

    gram: NDArray[np.float64]
    score: NDArray[np.float64]
    meat: NDArray[np.float64]
    contrast: NDArray[np.float64]
    noise: float

    def normal(self, folds: list[int]) -> NDArray[np.float64]:
        """(K p, K p) the normal matrix of some folds."""
        return self._spread(self.gram[folds].sum(axis=0))

    def middle(self, folds: list[int]) -> NDArray[np.float64]:
        """(K p, K p) the clustered variance of the score of some folds."""
        return self._spread(self.meat[folds].sum(axis=0))

    def right(self, aside: int, folds: list[int]) -> NDArray[np.float64]:
        """(K p,) the right-hand side of some folds, seen with ``aside`` kept aside."""
        return np.asarray(np.einsum("ak,ap->kp", self.contrast, self.score[aside, folds].sum(axis=0)).ravel())

    def _spread(self, by_arm: NDArray[np.float64]) -> NDArray[np.float64]:
        size = self.contrast.shape[1] * by_arm.shape[-1]
        spread = np.einsum("ak,al,apq->kplq", self.contrast, self.contrast, by_arm, optimize=True)
        return np.asarray(spread.reshape(size, size))


def add_up(evidence: Evidence, basis: NDArray[np.float64], predicted: Predictions) -> Sums:
    """Add up an experiment.

    Args:
        evidence: n people.
        basis: (n, p) the model's columns.
        predicted: what people would do anyway, by pair of folds left out.
    """
    arms, width = len(evidence.options), basis.shape[1]
    gram = np.zeros((FOLDS, arms, width, width))
    score = np.zeros((FOLDS, FOLDS, arms, width))
    meat = np.zeros((FOLDS, arms, width, width))
    noise = 0.0
    for fold in range(FOLDS):
        rows = np.flatnonzero(evidence.fold == fold)
        residual = {
            aside: (evidence.outcome[rows] - predicted[aside, fold]) * evidence.weight[rows] for aside in range(FOLDS)
        }
        noise += float(residual[fold] @ residual[fold])
        for arm in range(arms):
            here = np.flatnonzero(evidence.arm[rows] == arm)
            phi = basis[rows[here]]
            weight = evidence.weight[rows[here]]
            for start in range(0, len(here), _BLOCK):
                block = slice(start, start + _BLOCK)
                gram[fold, arm] += phi[block].T @ (phi[block] * weight[block, None])
            for aside in range(FOLDS):
                score[aside, fold, arm] = phi.T @ residual[aside][here]
            clusters = np.unique(evidence.cluster[evidence.unit[rows[here]]], return_inverse=True)[1]
            if len(clusters):
                sums = cluster_sums(phi * residual[fold][here, None], clusters, int(clusters.max()) + 1)
                meat[fold, arm] = sums.T @ sums
    contrast = (np.eye(arms) - evidence.share)[:, 1:]
    return Sums(gram, score, meat, contrast, noise / max(len(evidence.arm), 1))
