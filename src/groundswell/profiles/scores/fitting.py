"""The multilevel logistic model without MCMC: every factor's levels are drawn from one spread, which the answers tell.

The spreads are those that make the answers most likely under a Laplace approximation (Fellner 1986, Schall 1991; the
updates of MacKay 1992), found together with the effects. What people of one unit share, and what weights cost, is a
dispersion that widens everything alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.profiles.scores.columns import Encoded
from groundswell.stats import cluster_sums
from groundswell.stats.ridge import relevant

_BLOCK = 8_192
_MOST_ROUNDS = 30
_STILL = 1e-3  # of the logit: a fit that moves nobody further has settled
_WIDEST = 9.0  # of a spread, on the logit: who is separated perfectly would be endlessly sure


class Fit(NamedTuple):
    """Effects on the logit.

    Attributes:
        effects: (p,) the intercept first.
        covariance: (p, p) of them.
        spread: (spreads,) variance each factor's effects are drawn from; 0: it tells nothing.
        dispersion: how many times the variance of independent answers.
    """

    effects: NDArray[np.float64]
    covariance: NDArray[np.float64]
    spread: NDArray[np.float64]
    dispersion: float


class Answers(NamedTuple):
    """What n people said.

    Attributes:
        outcome: (n,) 0 or 1.
        weight: (n,) what each counts, 1 on average.
        unit: (n,) whose answers hang together.
    """

    outcome: NDArray[np.float64]
    weight: NDArray[np.float64]
    unit: NDArray[np.int64]

    def rows(self, chosen: NDArray[np.int64]) -> Answers:
        """Some of the answers."""
        units = np.unique(self.unit[chosen], return_inverse=True)[1]
        return Answers(self.outcome[chosen], self.weight[chosen], units)

    @property
    def share(self) -> float:
        """How many said 1."""
        return float(self.weight @ self.outcome) / float(self.weight.sum())

    def by_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(units,) or (units, k) sums."""
        return cluster_sums(values, self.unit, int(self.unit.max()) + 1)


def fit_logistic(rows: Encoded, answers: Answers, owner: NDArray[np.int64], start: Fit | None = None) -> Fit:
    """Effects and spreads from answers.

    Args:
        rows: n rows.
        answers: of the same people.
        owner: (p,) which spread each column's effect is drawn from; -1: free.
        start: a fit to nearly the same rows.

    Returns:
        The fit.
    """
    width = len(owner)
    effects = np.zeros(width) if start is None else start.effects.copy()
    if start is None:
        effects[0] = np.log(answers.share / (1 - answers.share))
    spread = None if start is None else start.spread
    dispersion = 1.0 if start is None else start.dispersion
    inverse = np.zeros((width, width))
    for _ in range(_MOST_ROUNDS):
        normal, right, dispersion = _sums(rows, answers, effects)
        found = relevant(normal, right, owner, noise=dispersion, start=spread, widest=_WIDEST, mean=True)
        spread, inverse = found.variance, found.inverse
        step = found.coefficients - effects
        far = float(np.abs(step).max())
        effects = effects + step * min(
            1.0, 4.0 / max(far, 1e-12)
        )  # a logit that jumps by more is on its way to infinity
        if far < _STILL:
            break
    return Fit(effects, dispersion * inverse, np.zeros(0) if spread is None else spread, dispersion)


def _sums(
    rows: Encoded, answers: Answers, effects: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Sums of a Newton step, and the dispersion at these effects."""
    width, (outcome, weight, _) = len(effects), answers
    normal, right = np.zeros((width, width)), np.zeros(width)
    surprise = np.empty(len(outcome))
    expected = 0.0
    for start in range(0, len(outcome), _BLOCK):
        here = slice(start, start + _BLOCK)
        phi = dense(Encoded(rows.codes[here], rows.numbers[here]), width)
        logit = phi @ effects
        chance = 1.0 / (1.0 + np.exp(-logit))
        heavy = weight[here] * np.maximum(chance * (1.0 - chance), 1e-6)
        surprise[here] = weight[here] * (outcome[here] - chance)
        half = phi * np.sqrt(heavy)[:, None]  # a matrix times itself takes half the work
        normal += half.T @ half
        right += phi.T @ (heavy * logit + surprise[here])
        expected += float(heavy.sum())
    together = answers.by_unit(surprise)
    return normal, right, max(1.0, float(together @ together) / expected)


def dense(rows: Encoded, width: int) -> NDArray[np.float64]:
    """(n, width) the columns written out: an intercept, 1 at each row's levels, the numbers."""
    count = len(rows.codes)
    found = np.zeros((count, width + 1))  # what is not known goes to a last column that is cut off
    found[:, 0] = 1.0
    np.put_along_axis(found, np.where(rows.codes >= 0, rows.codes, width), 1.0, axis=1)
    found[:, width - rows.numbers.shape[1] : width] = rows.numbers
    return found[:, :width]
