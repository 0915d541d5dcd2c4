"""What people would do anyway, on average over the arms: one shallow boosted model for each pair of folds left out.

It only takes noise away. The design's propensities carry the proof, so a poor model costs width and never truth.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from groundswell.uplift.evidence import FOLDS, Evidence

if TYPE_CHECKING:
    import lightgbm as lgb

Predictions = Mapping[tuple[int, int], NDArray[np.float64]]

_SETTINGS = {
    "objective": "regression",
    "num_leaves": 8,
    "learning_rate": 0.15,
    "max_bin": 63,
    "bin_construct_sample_cnt": 100_000_000,  # all rows make the bins: a sample would hang on their order
    "min_data_in_leaf": 100,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # threads of LightGBM spin when cores are busy: we run whole fits side by side instead
    "verbose": -1,
}
_TREES = 50
_FEWEST = 1_000


def marginal_outcomes(evidence: Evidence, matrix: NDArray[np.float64]) -> Predictions:
    """Predict everybody's outcome from folds that hold neither them nor the fold kept aside.

    Args:
        evidence: n people.
        matrix: (n, traits) raw traits.

    Returns:
        ``(f, g)`` -> predictions for the people of fold ``g`` by a model that saw neither ``f`` nor ``g``; ``(g, g)`` is
        the one that saw all but ``g``.
    """
    rows = [np.flatnonzero(evidence.fold == fold) for fold in range(FOLDS)]
    pairs = [(f, g) for f in range(FOLDS) for g in range(f, FOLDS)]

    def fit(pair: tuple[int, int]) -> dict[tuple[int, int], NDArray[np.float64]]:
        f, g = pair
        kept = (evidence.fold != f) & (evidence.fold != g)
        model = _Model(matrix[kept], evidence.outcome[kept], evidence.weight[kept])
        return {(a, b): model.predict(matrix[rows[b]]) for a, b in {(f, g), (g, f)}}

    found: dict[tuple[int, int], NDArray[np.float64]] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for part in pool.map(fit, pairs):
            found |= part
    return found


class _Model:
    """A small boosted regression, or the mean where there is too little to learn from."""

    def __init__(self, matrix: NDArray[np.float64], outcome: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        self._mean = float(np.average(outcome, weights=weight)) if len(outcome) else 0.0
        self._booster: lgb.Booster | None = None
        if len(outcome) >= _FEWEST:
            import lightgbm as lgb  # noqa: PLC0415 - a quarter of a second that most commands need not wait for

            data = lgb.Dataset(matrix, outcome, weight=weight, params=_SETTINGS)
            self._booster = lgb.train(_SETTINGS, data, _TREES)

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._booster is None:
            return np.full(len(matrix), self._mean)
        return np.asarray(self._booster.predict(matrix, num_threads=1))
