"""Ridge regression from sums alone, with a penalty for each trait that the sums themselves choose.

Of a dozen traits two or three say whom a message moves; one penalty for all columns either shrinks those away or lets the
others speak. Here every trait has a prior variance of its own, which is 0 for one that tells nothing (automatic relevance
determination; MacKay 1992, Bayesian interpolation).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_ROUNDS = 20
_WARM_ROUNDS = 4
_SLOW_ROUNDS = 3
_STILL = 0.1  # a variance that changes by less than this part of itself has settled
_IRRELEVANT = 1e-2  # of what an estimate is off by anyway: below it a trait is left out
_MEAN = 2.0  # the mean of a scaled inverse chi-squared is its squares over so many fewer degrees of freedom
_NEVER_MORE = 0.25  # a few levels tell no mean at all
_FREE = 1e-6  # a whisper on the intercept keeps what has no rows from being singular


class Ridge(NamedTuple):
    """What the sums say.

    Attributes:
        coefficients: (p,) 0 for columns of traits that tell nothing.
        inverse: (p, p) of the sums with the penalty added; 0 for those.
        variance: (traits,) of each trait's coefficients; 0: it tells nothing.
        penalty: (p,) what was added to the diagonal.
    """

    coefficients: NDArray[np.float64]
    inverse: NDArray[np.float64]
    variance: NDArray[np.float64]
    penalty: NDArray[np.float64]


def relevant(
    normal: NDArray[np.float64],
    right: NDArray[np.float64],
    owner: NDArray[np.int64],
    *,
    noise: float | None = None,
    square: float = 0.0,
    start: NDArray[np.float64] | None = None,
    widest: float = math.inf,
    mean: bool = False,
) -> Ridge:
    """Fit with a prior variance for each trait that makes the sums most likely.

    Args:
        normal: (p, p) sum of ``x x'``, weighted.
        right: (p,) sum of ``x y``.
        owner: (p,) the trait of each column; -1: not penalised.
        noise: variance of what is left of y; None: found along the way, from ``square`` and ``normal[0, 0]`` rows.
        square: sum of ``y^2``.
        start: (traits,) variances to start from, of sums that are nearly these; then a few rounds are enough.
        widest: no variance is larger.
        mean: take each variance at the mean of what it may be, not where it is likeliest: who asks how sure the coefficients
            are does not want it too small.

    Returns:
        The fit.

    >>> rng = np.random.default_rng(1)
    >>> x = np.column_stack([np.ones(2_000), rng.normal(size=(2_000, 2))])
    >>> y = 3 + x[:, 1] + rng.normal(size=2_000)
    >>> found = relevant(x.T @ x, x.T @ y, np.array([-1, 0, 1]), noise=1.0)
    >>> found.coefficients.round(1).tolist()
    [3.0, 1.0, 0.0]
    """
    traits = int(owner.max(initial=-1)) + 1
    rows = float(normal[0, 0])
    width = len(right)
    if rows <= 0:
        return Ridge(np.zeros(width), np.zeros((width, width)), np.zeros(traits), np.full(width, np.inf))
    penalised = (owner >= 0) & (np.diag(normal) > 0)  # a column of zeros is none
    size = np.bincount(owner[penalised], minlength=traits)
    usual = float(np.diag(normal)[penalised].mean()) if penalised.any() else rows
    known = noise if noise is not None else max(square / rows - (right[0] / rows) ** 2, 1e-12)
    first = known / max(usual, 1e-300)
    variance = (
        np.where(size > 0, first, 0.0) if start is None else start
    )  # a trait that is the same for all has no column
    found = _solve(normal, right, owner, variance, known)
    for turn in range(_MOST_ROUNDS) if start is None else range(_SLOW_ROUNDS, _SLOW_ROUNDS + _WARM_ROUNDS):
        mine = penalised & (found.penalty < np.inf)
        own = owner[mine]
        squares = np.bincount(own, found.coefficients[mine] ** 2, minlength=traits)
        doubt = np.bincount(own, known * np.diag(found.inverse)[mine], minlength=traits)
        alive = variance > 0
        new = np.zeros(traits)
        if turn < _SLOW_ROUNDS:
            new[alive] = (squares + doubt)[alive] / size[alive]
        else:
            told = size[alive] - doubt[alive] / variance[alive]
            if mean:
                told = np.maximum(told - _MEAN, told * _NEVER_MORE)
            new[alive] = squares[alive] / np.maximum(told, 1e-9)
        new = np.where(new > _IRRELEVANT * first, np.minimum(new, min(1e6 * first, widest)), 0.0)
        still = np.abs(new - variance) <= _STILL * np.maximum(variance, new)
        variance = new
        if noise is None:
            left = square - 2 * found.coefficients @ right + found.coefficients @ normal @ found.coefficients
            known = max(float(left) / rows, 1e-12)
        found = _solve(normal, right, owner, variance, known)
        if still.all():
            break
    return found


def _solve(
    normal: NDArray[np.float64],
    right: NDArray[np.float64],
    owner: NDArray[np.int64],
    variance: NDArray[np.float64],
    noise: float,
) -> Ridge:
    """The fit under given prior variances; columns of those that are 0 are left out."""
    own = np.append(variance, np.inf)[owner]  # -1 is the last: the intercept
    kept = np.flatnonzero(own > 0)
    penalty = np.full(len(right), np.inf)
    penalty[kept] = np.maximum(noise / own[kept], _FREE)
    inverse = np.zeros_like(normal)
    inverse[np.ix_(kept, kept)] = np.linalg.inv(normal[np.ix_(kept, kept)] + np.diag(penalty[kept]))
    return Ridge(inverse @ right, inverse, variance, penalty)
