"""The memory of an experiment: sums by fold and arm, from which every fit, choice and interval is arithmetic.

Each option is compared with ``nothing`` among the people who could have got either (Robinson 1988; Nie & Wager 2021). Person
i of one of the two has the row ``c phi_i`` with ``c = 1{drawn for it} - p_i``, where ``p_i`` is the logged probability of the
option given that it was one of the two. ``c`` has mean 0 whatever the person is like, so that rounds whose draw hung on
what earlier rounds taught add up without bias; one pass over the people is enough, whatever is asked afterwards.
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
class Basis:
    """The model's columns: those that all options share, and one that says how much a person cares about each.

    Attributes:
        columns: (n, p - 1) or (n, p) where no option has a topic.
        relevance: (n, K) how much each person cares about what each option says, 0 where it is not known; None: no topics.
    """

    columns: NDArray[np.float64]
    relevance: NDArray[np.float64] | None

    @property
    def width(self) -> int:
        """How many columns an option has."""
        return int(self.columns.shape[1]) + (self.relevance is not None)

    def of(self, arm: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(len(rows), p) the columns of one option (counted without ``nothing``)."""
        found = self.columns[rows]
        return found if self.relevance is None else np.column_stack([found, self.relevance[rows, arm]])

    def times(self, rows: NDArray[np.int64], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """(len(rows), K) the columns of each option times its (K, p) coefficients, the first column left out."""
        shared = self.columns.shape[1]
        found = self.columns[rows, 1:] @ coefficients[:, 1:shared].T
        return np.asarray(found if self.relevance is None else found + self.relevance[rows] * coefficients[:, shared])


@dataclass(frozen=True)
class Sums:
    """Sums over the people of each option and of ``nothing``, by fold.

    Attributes:
        normal: (folds, K, p, p) sum of ``c^2 phi phi'``.
        right: (folds, folds, K, p): ``[f, g]`` is the sum over fold g of ``c phi residual``, the residual's model having
            seen neither f nor g.
        meat: (folds, K, p, p) sum over clusters of the outer product of their ``c phi residual``.
        noise: mean squared residual.
    """

    normal: NDArray[np.float64]
    right: NDArray[np.float64]
    meat: NDArray[np.float64]
    noise: float


def add_up(evidence: Evidence, basis: Basis, predicted: Predictions) -> Sums:
    """Add up the evidence.

    Args:
        evidence: n people.
        basis: the model's columns.
        predicted: what people would do anyway, by pair of folds left out.
    """
    arms, width = len(evidence.options) - 1, basis.width
    normal = np.zeros((FOLDS, arms, width, width))
    right = np.zeros((FOLDS, FOLDS, arms, width))
    meat = np.zeros((FOLDS, arms, width, width))
    noise = 0.0
    cluster = evidence.cluster[evidence.unit]
    for fold in range(FOLDS):
        rows = np.flatnonzero(evidence.fold == fold)
        residual = np.stack([evidence.outcome[rows] - predicted[aside, fold] for aside in range(FOLDS)])
        noise += float(residual[fold] @ residual[fold])
        for arm in range(arms):
            here, contrast, weight = _pair(evidence, rows, arm)
            if not len(here):
                continue
            phi = basis.of(arm, rows[here])
            factor = contrast * weight
            for start in range(0, len(here), _BLOCK):
                block = slice(start, start + _BLOCK)
                normal[fold, arm] += phi[block].T @ (phi[block] * (contrast * factor)[block, None])
            right[:, fold, arm] = (residual[:, here] * factor) @ phi
            clusters = np.unique(cluster[rows[here]], return_inverse=True)[1]
            sums = cluster_sums(phi * (residual[fold, here] * factor)[:, None], clusters, int(clusters.max()) + 1)
            meat[fold, arm] = sums.T @ sums
    return Sums(normal, right, meat, noise / max(len(evidence.arm), 1))


def _pair(
    evidence: Evidence, rows: NDArray[np.int64], arm: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Who of ``rows`` got an option or nothing and could have got either; their contrast, and what they count."""
    drawn = evidence.arm[rows]
    chance = evidence.unit_chances[evidence.unit[rows]]
    either = ((drawn == 0) | (drawn == arm + 1)) & (chance[:, 0] > 0) & (chance[:, arm + 1] > 0)
    here = np.flatnonzero(either)
    mine, nothing = chance[here, arm + 1], chance[here, 0]
    contrast = (drawn[here] == arm + 1) - mine / (mine + nothing)
    return here, contrast, evidence.learning_weight[rows[here]]
