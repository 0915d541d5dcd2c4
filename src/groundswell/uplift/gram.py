"""The memory of an experiment: sums by fold and arm, from which every fit, choice and interval is arithmetic.

Each option is compared with ``nothing`` among the people who could have got either (Robinson 1988; Nie & Wager 2021). Person
i of one of the two has the row ``c phi_i`` with ``c = 1{drawn for it} - p_i``, where ``p_i`` is the logged probability of the
option given that it was one of the two. ``c`` has mean 0 whatever the person is like, so that rounds whose draw hung on what
earlier rounds taught add up without bias; one pass over the people is enough, whatever is asked afterwards. Where people had
been contacted of late, what is left of an effect on them (:mod:`~groundswell.uplift.freshness`) is a factor of ``c``: all
that is learnt of whom an option moves is of rested people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import cluster_sums
from groundswell.uplift.basis import Basis
from groundswell.uplift.evidence import FOLDS, Evidence

_HEARD = 2.0  # standard errors by which those who care must be moved more


@dataclass(frozen=True)
class Sums:
    """Sums over the people of each option and of ``nothing``, by fold.

    Attributes:
        normal: (folds, K, p, p) sum of ``c^2 phi phi'``.
        right: (folds, folds, K, p): ``[f, g]`` is the sum over fold g of ``c phi residual``, the residual's model having
            seen neither f nor g.
        score: (folds, folds, K): likewise, the sum over clusters of the square of their ``c residual``.
        meat: (folds, K, p, p) sum over clusters of the outer product of their ``c phi residual``.
        guess: (folds, K, p) sum of ``c^2 phi`` times what lessons say of each; zeros without lessons.
        share: (folds, folds) how much of that holds, without the folds f and g.
        relevance: the last column says how much people care about what an option says.
    """

    normal: NDArray[np.float64]
    right: NDArray[np.float64]
    score: NDArray[np.float64]
    meat: NDArray[np.float64]
    guess: NDArray[np.float64]
    share: NDArray[np.float64]
    relevance: bool = False

    def told(self, aside: int, folds: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(len(folds), K, p, p) and (len(folds), K, p): both sides of some folds, one kept aside.

        What people care about is a hypothesis: its column is 0 unless, over all options together, those who care are moved
        more, by two standard errors of these folds. A column that tells nothing costs every option a part of its evidence.
        """
        normal, side = self.normal[folds], self.side(aside, folds)
        if self.relevance and not self._relevant(aside, folds):
            normal, side = normal.copy(), side.copy()
            normal[..., -1, :] = normal[..., :, -1] = side[..., -1] = 0.0
        return normal, side

    def _relevant(self, aside: int, folds: list[int]) -> bool:
        normal, side = self.normal[folds].sum(axis=0), self.side(aside, folds).sum(axis=0)
        meat, count = self.meat[folds].sum(axis=0), np.maximum(normal[:, 0, 0], 1e-300)
        mean = normal[:, -1, 0] / count  # beside the effect on everybody, which is each option's own
        told = float((side[:, -1] - mean * side[:, 0]).sum())
        noise = float((meat[:, -1, -1] - 2 * mean * meat[:, -1, 0] + mean**2 * meat[:, 0, 0]).sum())
        return told > _HEARD * float(np.sqrt(max(noise, 0.0)))

    def side(self, aside: int, folds: list[int]) -> NDArray[np.float64]:
        """(len(folds), K, p) the right sides of some folds, one kept aside: what lessons explain is taken off."""
        # Without the fold aside and at most one other: the lessons' share was estimated without that, too.
        [left] = [fold for fold in range(FOLDS) if fold != aside and fold not in folds] or [aside]
        found: NDArray[np.float64] = self.right[aside, folds] - self.share[aside, left] * self.guess[folds]
        return found

    def noise(self, aside: int, folds: list[int]) -> NDArray[np.float64]:
        """(K,) variance of what is left of an outcome, as its estimates feel it: people who are alike count as fewer."""
        weight = self.normal[folds, :, 0, 0].sum(axis=0)
        score = self.score[aside, folds].sum(axis=0)
        usual = score.sum() / max(float(weight.sum()), 1e-300)
        found = np.divide(score, weight, out=np.full(len(weight), usual), where=weight > 0)
        # Of few people the square of a sum says little; that of all options together is the least there is.
        return np.asarray(np.maximum(np.maximum(found, usual), 1e-12))


class Pair(NamedTuple):
    """People who got one option or ``nothing``, and could have got either.

    Attributes:
        rows: who they are.
        contrast: ``c``, which has mean 0, times what is left of an effect on each: what is learnt is of rested people.
        factor: ``c`` times what each counts.
    """

    rows: NDArray[np.int64]
    contrast: NDArray[np.float64]
    factor: NDArray[np.float64]


def pair_of(
    evidence: Evidence,
    rows: NDArray[np.int64],
    arm: int,
    fresh: NDArray[np.float64] | None = None,
    *,
    by_history: bool = False,
) -> Pair:
    """Those of ``rows`` who got an option (counted without ``nothing``) or nothing, and could have got either.

    Args:
        evidence: n people.
        rows: some of them.
        arm: the option, counted without ``nothing``.
        fresh: (n,) what is left of an effect on each; None: all of it.
        by_history: go by the chances given what each had been through; else by the logged ones.
    """
    drawn = evidence.arm[rows]
    rows = rows[(drawn == 0) | (drawn == arm + 1)]
    unit = evidence.unit[rows]
    chance = evidence.unit_given if by_history else evidence.unit_chances
    mine, nothing = chance[unit, arm + 1], chance[unit, 0]
    able = (mine > 0) & (nothing > 0)
    rows, mine, nothing = rows[able], mine[able], nothing[able]
    contrast = (evidence.arm[rows] == arm + 1) - mine / (mine + nothing)
    if fresh is not None:
        contrast *= fresh[rows]
    return Pair(rows, contrast, contrast * evidence.learning_weight[rows])


def add_up(
    evidence: Evidence,
    basis: Basis,
    residual: NDArray[np.float64],
    guess: NDArray[np.float64] | None = None,
    share: NDArray[np.float64] | None = None,
    fresh: NDArray[np.float64] | None = None,
) -> Sums:
    """Add up the evidence.

    Args:
        evidence: n people.
        basis: the model's columns.
        residual: (folds, n) outcomes less what was expected, by a model that saw neither the fold nor the person's own.
        guess: (n, K) what lessons of other campaigns say of each person.
        share: (folds, folds) how much of it holds.
        fresh: (n,) what is left of an effect on each; None: all of it.
    """
    arms, width = len(evidence.options) - 1, basis.width
    normal = np.zeros((FOLDS, arms, width, width))
    right, score = np.zeros((FOLDS, FOLDS, arms, width)), np.zeros((FOLDS, FOLDS, arms))
    meat, guessed = np.zeros((FOLDS, arms, width, width)), np.zeros((FOLDS, arms, width))
    for fold, rows in basis.blocks(evidence):
        for arm in range(arms):
            here, contrast, factor = pair_of(evidence, rows, arm, fresh)
            if not len(here):
                continue
            phi, left = basis.own(here, arm), residual[:, here] * factor
            normal[fold, arm] += phi.T @ (phi * (contrast * factor)[:, None])
            right[:, fold, arm] += left @ phi
            if guess is not None:
                guessed[fold, arm] += (contrast * factor * guess[here, arm]) @ phi
            cluster = evidence.cluster[evidence.unit[here]]
            clusters = np.concatenate([[0], np.cumsum(np.diff(cluster) != 0)])  # a block is sorted by cluster
            count = int(clusters[-1]) + 1
            score[:, fold, arm] += (cluster_sums(left.T, clusters, count) ** 2).sum(axis=0)
            own = phi * left[fold][:, None]
            sums = own if count == len(here) else cluster_sums(own, clusters, count)
            meat[fold, arm] += sums.T @ sums
    held = np.zeros((FOLDS, FOLDS)) if share is None else share
    return Sums(normal, right, score, meat, guessed, held, basis.relevance is not None)
