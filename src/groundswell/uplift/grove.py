"""The part of an effect that no sum of traits can tell: thresholds and what meets, by small boosted trees for each option.

They learn the same thing as the linear part, from the same contrast: where the draw put somebody against ``nothing``, and how
far what they did is from what was expected (the R-learner of Nie & Wager 2021). What is left of an outcome is nearly all
noise, so the trees are few, small and strongly held back, and how many of them count is left to cross-validation: six where
little is to be seen, all of them where effects are large. Before them comes what counts only together.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import cluster_sums
from groundswell.stats.boosting import Binned, Taste, boost
from groundswell.stats.trees import Trees
from groundswell.uplift.crossings import Cells, crossings
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.gram import Pair, pair_of

TASTE = Taste(trees=24, rate=0.3, ridge=2_000, least=500)
COUNTS = (12, 6, 24)
"""How many trees may count; the first where all are alike."""
ENOUGH = 2_000
"""Where fewer people than this were drawn for an option, nothing is looked for that counts only together."""


class Grown(NamedTuple):
    """One option's trees; they ask about bins.

    Attributes:
        crossed: two questions each, which only count together.
        trees: what they leave, each tree's mean 0, so that any number of them may be left off.
    """

    crossed: Trees
    trees: Trees

    @classmethod
    def none(cls) -> Grown:
        """Nothing grown."""
        return cls(Trees.none(), Trees.none())


class Grove(NamedTuple):
    """One option's trees with one fold kept aside.

    Attributes:
        own: of all other folds.
        inner: fold g -> of all folds that are neither the one kept aside nor g; empty where they were not asked for.
    """

    own: Grown
    inner: dict[int, Grown]


def plant(
    evidence: Evidence,
    binned: Binned,
    residual: NDArray[np.float64],
    *,
    inner: bool = True,
    taste: Taste = TASTE,
    lead: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    fresh: NDArray[np.float64] | None = None,
) -> tuple[tuple[Grove, ...], ...]:
    """Grow trees for each fold kept aside and each option, side by side.

    Args:
        evidence: n people.
        binned: their traits.
        residual: (folds, n) outcomes less what was expected, by a model that saw neither the fold nor the person's own.
        inner: also without each of the other folds.
        taste: how to learn.
        lead: (n, K) what lessons say of each person, and (folds, folds) how much of it holds: the trees learn what is left.
        fresh: (folds, n) what is left of an effect on each person, by the model of each fold; None: all of it.

    Returns:
        Fold kept aside -> option -> its trees.
    """
    arms = len(evidence.options) - 1
    everybody = np.arange(len(evidence.arm))
    cells = Cells.of(binned)

    def grow(place: tuple[int, int]) -> Grove:
        aside, arm = place
        kept = [fold for fold in range(FOLDS) if fold != aside]
        pair = pair_of(evidence, everybody[evidence.fold != aside], arm, None if fresh is None else fresh[aside])

        def learnt(folds: list[int]) -> Grown:
            if lead is None:
                return _learnt(evidence, binned, cells, residual[aside, pair.rows], pair, folds, taste)
            [left] = [fold for fold in kept if fold not in folds] or [aside]
            known = lead[1][aside, left] * pair.contrast * lead[0][pair.rows, arm]
            return _learnt(evidence, binned, cells, residual[aside, pair.rows] - known, pair, folds, taste)

        left_out = kept if inner else []
        return Grove(learnt(kept), {fold: learnt([other for other in kept if other != fold]) for fold in left_out})

    places = [(aside, arm) for aside in range(FOLDS) for arm in range(arms)]
    # Compiled loops on one thread each, several of them side by side.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        grown = list(pool.map(grow, places))
    return tuple(tuple(grown[aside * arms : (aside + 1) * arms]) for aside in range(FOLDS))


def _learnt(
    evidence: Evidence,
    binned: Binned,
    cells: Cells,
    residual: NDArray[np.float64],
    pair: Pair,
    folds: Sequence[int],
    taste: Taste,
) -> Grown:
    """What the people of some folds teach beyond their broadcast effect."""
    mine = np.isin(evidence.fold[pair.rows], folds)
    rows, factor = pair.rows[mine], pair.factor[mine]
    weight, slope = factor * pair.contrast[mine], factor * residual[mine]
    total = float(weight.sum())
    if total <= 0:
        return Grown.none()
    slope -= weight * (slope.sum() / total)
    crossed = Trees.none()
    if np.bincount(evidence.arm[rows] > 0, minlength=2).min() >= ENOUGH:
        cluster = evidence.cluster[evidence.unit[rows]]
        together = cluster_sums(slope, cluster, int(cluster.max()) + 1)
        noise = float(together @ together) / total
        del cluster, together  # of a million people, two threads hold each of these
        crossed = crossings(cells, rows, slope, weight, noise)
    asked = binned.bins[:, rows]
    if crossed.count:
        slope -= weight * crossed.of(asked)
    return Grown(crossed, boost(binned, rows, slope, weight, taste).centred(asked, weight))
