"""How much of an effect's pattern options share: with all others, within a message, within a channel, and not at all.

An option is ``message/channel``: eight messages through four channels are not 32 strangers. The prior says, for one column
of the model, how its coefficients vary from option to option; its parts are chosen by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Standard deviations of a coefficient, in those of the residual; the first means "none".
_LEVELS = (1e-4, 0.001, 0.003, 0.01, 0.03, 0.1)
_START = 0.003
_MOST_SWEEPS = 3


def kinships(options: Sequence[str]) -> tuple[NDArray[np.float64], ...]:
    """Which options are alike: matrices of 0 and 1, first that of all, last that of each option alone.

    Args:
        options: ``message/channel`` and so on, without ``nothing``; K of them.

    Returns:
        (K, K) matrices; a part of the name that all options share, or none, gives none of its own.

    >>> [int(alike.sum()) for alike in kinships(["a/post", "a/phone", "b/phone"])]
    [9, 5, 5, 3]
    >>> len(kinships(["a/post", "b/post"]))
    2
    """
    parts = [option.split("/") for option in options]
    found = [np.ones((len(options), len(options)))]
    for place in range(max(map(len, parts))):
        names = [part[place] if place < len(part) else "" for part in parts]
        if 1 < len(set(names)) < len(names):
            found.append(np.array([[float(one == other) for other in names] for one in names]))
    return (*found, np.eye(len(options)))


def choose_prior(
    normal: NDArray[np.float64], right: NDArray[np.float64], kin: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Choose how coefficients vary from option to option, by what foretells the folds left out best.

    For the choice alone, the columns are taken to be spread alike in every option, so that one rotation makes them
    independent of each other and every trial is arithmetic on (K, K) matrices.

    Args:
        normal: (folds, K, p, p) sums of ``c^2 phi phi'``.
        right: (folds, K, p) sums of ``c phi residual``.
        kin: what options may share.

    Returns:
        (K, K) covariance of a column's coefficients, in units of the residual's variance.

    >>> normal = np.tile(np.eye(2) * 1e4, (4, 2, 1, 1))
    >>> right = np.tile([0.0, 1e3], (4, 2, 1))
    >>> choose_prior(normal, right, kinships(["a/post", "b/post"])).round(4).tolist()
    [[0.02, 0.01], [0.01, 0.02]]
    """
    weight, score = _rotated(normal, right)
    levels = [_START] * len(kin)
    least = _loss(weight, score, _spread(levels, kin))
    for _ in range(_MOST_SWEEPS):
        before = list(levels)
        for place in range(len(kin)):
            for level in _LEVELS:
                tried = [*levels[:place], level, *levels[place + 1 :]]
                loss = _loss(weight, score, _spread(tried, kin)) if tried != levels else least
                if loss < least:
                    levels, least = tried, loss
        if levels == before:
            break
    return _spread(levels, kin)


def _spread(levels: Sequence[float], kin: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.asarray(sum(level**2 * alike for level, alike in zip(levels, kin, strict=True)))


def _rotated(
    normal: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and scores (folds, p - 1, K) of columns that are independent of each other and of the broadcast effect."""
    total = normal.sum(axis=(0, 1))
    count = normal[:, :, 0, 0]
    mean = total[1:, 0] / max(total[0, 0], 1e-300)
    spread = total[1:, 1:] / max(total[0, 0], 1e-300) - np.outer(mean, mean)
    width, turn = np.linalg.eigh(spread)
    slope = np.divide(
        normal[:, :, 1:, 0], count[:, :, None], out=np.zeros_like(right[:, :, 1:]), where=count[:, :, None] > 0
    )
    own = right[:, :, 1:] - slope * right[:, :, :1]
    weight = np.maximum(width, 0.0)[None, :, None] * count[:, None, :]
    return weight, np.einsum("fkp,pq->fqk", own, turn)


def _loss(weight: NDArray[np.float64], score: NDArray[np.float64], spread: NDArray[np.float64]) -> float:
    """What is lost on each fold by coefficients from the other folds."""
    loss = 0.0
    every_weight, every_score = weight.sum(axis=0), score.sum(axis=0)
    for fold in range(len(weight)):
        seen, told = every_weight - weight[fold], every_score - score[fold]
        # (S^-1 + W)^-1 z as S (1 + W S)^-1 z, which needs no inverse of a prior that is almost none.
        inside = np.eye(len(spread)) + seen[:, :, None] * spread
        theta = np.linalg.solve(inside, told[:, :, None])[:, :, 0] @ spread
        loss += float((theta**2 * weight[fold] - 2 * theta * score[fold]).sum())
    return loss
