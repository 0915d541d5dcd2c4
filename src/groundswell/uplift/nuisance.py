"""What people would do anyway, on average over the arms: from one pass of sums, for every pair of folds left out.

It only takes noise away. The design's propensities carry the proof, so a poor model costs width and never truth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.ridge import relevant
from groundswell.uplift.basis import Basis
from groundswell.uplift.evidence import FOLDS, Evidence


def surprises(evidence: Evidence, basis: Basis) -> NDArray[np.float64]:
    """How far everybody's outcome is from what was expected of them.

    Args:
        evidence: n people.
        basis: the model's columns.

    Returns:
        (folds, n): ``[f, i]`` is the outcome of person i less the prediction of a model that saw neither fold f nor the
        person's own.
    """
    width = basis.shared_width
    normal, right, square = np.zeros((FOLDS, width, width)), np.zeros((FOLDS, width)), np.zeros(FOLDS)
    for fold, rows in basis.blocks(evidence):
        phi, weight, outcome = basis.shared(rows), evidence.weight[rows], evidence.outcome[rows]
        heavy = phi * weight[:, None]
        normal[fold] += phi.T @ heavy
        right[fold] += outcome @ heavy
        square[fold] += outcome @ (weight * outcome)
    models = np.zeros((FOLDS, FOLDS, width))
    for one in range(FOLDS):
        for other in range(one, FOLDS):
            kept = [fold for fold in range(FOLDS) if fold not in {one, other}]
            sums = normal[kept].sum(axis=0), right[kept].sum(axis=0)
            found = relevant(*sums, basis.owner[:width], square=float(square[kept].sum()))
            models[one, other] = models[other, one] = found.coefficients
    left = np.empty((FOLDS, len(evidence.arm)))
    for fold, rows in basis.blocks(evidence):
        left[:, rows] = evidence.outcome[rows] - models[:, fold] @ basis.shared(rows).T
    return left
