"""One arm against another: a difference of weighted means, and how far chance alone could have brought it.

Weights are one over the probability of what happened (Hajek 1971: divided by their own sum). Errors go by unit: what the
people of a unit did is added up before it is squared, so whoever lives or works together counts as one witness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import FEW, Estimate, t_value, units_apart

_SPREAD = 1e-24
_LEAST = 0.5


@dataclass(frozen=True)
class Contrast:
    """A difference, its standard error, and the degrees of freedom that the error rests on.

    Attributes:
        value: mean of the arm less mean of what it is compared with.
        error: its unit-clustered standard error; infinite where an arm has fewer than two units, or nothing differs at all.
        freedom: of Student's t (Satterthwaite 1946, on effective units).
        units, people: how many the arm has: without those it is compared with.
    """

    value: float
    error: float
    freedom: float
    units: int
    people: int

    def within(self, alpha: float, *, stretch: float = 1.0) -> Estimate:
        """The difference with its interval, wrong with probability ``alpha``.

        Args:
            alpha: of both sides together.
            stretch: how many times as wide.

        >>> Contrast(0.1, math.inf, 1.0, units=1, people=1).within(0.05)
        Estimate(value=0.1, lower=-inf, upper=inf)
        """
        if not math.isfinite(self.error):
            return Estimate(self.value, -math.inf, math.inf)
        reach = t_value(1 - alpha / 2, self.freedom) * self.error * stretch
        return Estimate(self.value, self.value - reach, self.value + reach)

    @property
    def p(self) -> float:
        """Two-sided: how likely a difference at least as large is where there is none.

        >>> round(Contrast(0.0392, 0.02, 1_000.0, units=500, people=900).p, 2)
        0.05
        """
        if not math.isfinite(self.error):
            return 1.0
        from scipy.special import stdtr  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

        return float(2 * stdtr(self.freedom, -abs(self.value) / self.error))


def contrast(
    outcome: NDArray[np.float64],
    treated: NDArray[np.bool_],
    *,
    unit: NDArray[np.int64],
    weight: NDArray[np.float64],
    told: NDArray[np.float64] | None = None,
    inflation: float = 1.0,
) -> Contrast:
    """The difference between those who were drawn for something and those who were not.

    Args:
        outcome: (n,) what each did, perhaps less what was to be expected of them.
        treated: (n,) True for the arm, False for what it is compared with; some of both.
        unit: (n,) index of each row's unit; one that is on both sides brings its covariance.
        weight: (n,) what each row counts, above 0.
        told: (n,) the outcome as it was told, where ``outcome`` is adjusted.
        inflation: how many times larger the variance is than it looks, for what the adjustment learnt from the same people.

    Returns:
        The difference. An arm in which fewer than ten units did anything but the commonest thing looks as if it had no noise:
        its variance is then at least that of a world in which the arm makes no difference.

    >>> found = contrast(
    ...     np.array([1.0, 0.0, 1.0, 0.0]), np.array([True, True, False, False]), unit=np.arange(4), weight=np.ones(4)
    ... )
    >>> found.value, round(found.error, 3), round(found.freedom, 3)
    (0.0, 0.707, 2.0)
    """
    told = outcome if told is None else told
    unit = np.unique(unit, return_inverse=True)[1]
    count = int(unit.max()) + 1
    sides = [_Side.of(outcome, treated == side, unit, weight, count) for side in (True, False)]
    one, other = sides
    noise = _noise(outcome, unit, weight, count)
    least = [
        noise * side.squares if units_apart(told[treated == which], unit[treated == which]) < FEW else 0.0
        for side, which in zip(sides, (True, False), strict=True)
    ]
    mine, theirs = (max(side.variance, floor) for side, floor in zip(sides, least, strict=True))
    shared = -2 * float(one.psi @ other.psi)
    error = math.sqrt(max(mine + theirs + shared, 0.0) * inflation)
    enough = min(one.units, other.units) >= 2 and noise > _SPREAD * float(outcome @ outcome) / len(outcome)
    freedom = 1.0
    if enough and mine + theirs > 0:
        parts = mine**2 / one.freedom + theirs**2 / other.freedom
        # Where units are on both sides, there are no more witnesses than units.
        freedom = max(min((mine + theirs) ** 2 / parts, count - 1) / inflation, _LEAST)
    return Contrast(
        value=one.mean - other.mean,
        error=error if enough and error > 0 else math.inf,
        freedom=freedom,
        units=one.units,
        people=int(treated.sum()),
    )


@dataclass(frozen=True)
class _Side:
    """One side of a contrast: its mean, and each unit's part in its error."""

    mean: float
    psi: NDArray[np.float64]
    variance: float
    squares: float
    units: int
    freedom: float

    @classmethod
    def of(
        cls,
        outcome: NDArray[np.float64],
        rows: NDArray[np.bool_],
        unit: NDArray[np.int64],
        weight: NDArray[np.float64],
        count: int,
    ) -> _Side:
        mine, its, counted = unit[rows], outcome[rows], weight[rows]
        whole = counted.sum()
        mean = float(counted @ its / whole)
        sums = np.bincount(mine, counted, minlength=count)
        units = int((sums > 0).sum())
        psi = np.bincount(mine, counted * (its - mean), minlength=count) / whole
        if units > 1:
            psi *= math.sqrt(units / (units - 1))
        effective = float(whole**2 / (sums @ sums))  # Kish 1965: units of uneven weight are worth fewer
        return cls(
            mean=mean,
            psi=psi,
            variance=float(psi @ psi),
            squares=float(counted @ counted / whole**2),
            units=units,
            freedom=max(effective - 1, _LEAST),
        )


def _noise(outcome: NDArray[np.float64], unit: NDArray[np.int64], weight: NDArray[np.float64], count: int) -> float:
    """Variance per person over both sides, with what people of one unit share, as if nothing made a difference."""
    mean = float(weight @ outcome / weight.sum())
    sums = np.bincount(unit, outcome - mean, minlength=count)
    return float(sums @ sums) / len(outcome)
