"""Estimates with intervals that respect who lives together.

Everything here is large-sample normal theory on sums by unit: people of one household are not independent witnesses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Estimate(NamedTuple):
    """A value and its interval, 95 % unless it says otherwise.

    >>> Estimate(0.2, 0.1, 0.3).as_json()
    {'value': 0.2, 'lower': 0.1, 'upper': 0.3}
    """

    value: float
    lower: float
    upper: float

    @classmethod
    def around(cls, value: float, error: float, level: float = 0.95) -> Estimate:
        """The symmetric interval ``value +- z * error``.

        >>> [round(number, 3) for number in Estimate.around(0.0, 1.0)]
        [0.0, -1.96, 1.96]
        """
        reach = z_value(1 - (1 - level) / 2) * error
        return cls(float(value), float(value - reach), float(value + reach))

    def as_json(self) -> dict[str, float]:
        """``{"value", "lower", "upper"}``."""
        return self._asdict()


def z_value(probability: float) -> float:
    """The standard normal quantile.

    >>> round(z_value(0.975), 3)
    1.96
    """
    from scipy.special import ndtri  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

    return float(ndtri(probability))


def t_value(probability: float, freedom: float) -> float:
    """The quantile of Student's t with ``freedom`` degrees of freedom, above 0.

    >>> round(t_value(0.975, 10), 3)
    2.228
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

    return float(stdtrit(freedom, probability))


FEW = 10
"""Where fewer units of an arm did anything but what most did, the arm's own spread is not believed to be that small."""


def units_apart(outcome: NDArray[np.float64], unit: NDArray[np.int64]) -> int:
    """How many units hold anybody who did anything but the commonest thing.

    >>> units_apart(np.array([0.0, 0.0, 1.0, 1.0, 0.0]), np.array([0, 1, 2, 2, 3]))
    1
    """
    if not len(outcome):
        return 0
    values, counts = np.unique(outcome, return_counts=True)
    return len(np.unique(unit[outcome != values[np.argmax(counts)]]))


def cluster_sums(values: NDArray[np.float64], unit: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Sum rows by unit.

    Args:
        values: (n,) or (n, k).
        unit: (n,) index of each row's unit, 0 to ``count - 1``.
        count: how many units there are.

    Returns:
        (count,) or (count, k); a unit without rows sums to 0.

    >>> cluster_sums(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 1]), 3).tolist()
    [1.0, 6.0, 0.0]
    """
    if values.ndim == 1:
        return np.asarray(np.bincount(unit, values, minlength=count), dtype=np.float64)
    return np.column_stack([np.bincount(unit, column, minlength=count) for column in values.T])


def clustered_mean(total: NDArray[np.float64], size: NDArray[np.float64], level: float = 0.95) -> Estimate:
    """A mean per person from sums by unit: the ratio of two sums, linearised.

    Args:
        total: (units,) sum of what is measured over the people of each unit.
        size: (units,) people in each unit.
        level: the interval's confidence.

    Returns:
        The mean per person with its unit-clustered interval.

    >>> clustered_mean(np.array([1.0, 1.0]), np.array([2.0, 2.0])).value
    0.5
    """
    people = size.sum()
    value = total.sum() / people
    psi = total - value * size
    return Estimate.around(value, float(np.sqrt(psi @ psi)) / people, level)


def difference_of_rates(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    unit: NDArray[np.int64],
    weight: NDArray[np.float64] | None = None,
    level: float = 0.95,
) -> Estimate:
    """The difference of two rates with a unit-clustered interval: unadjusted, or weighted where the draw was uneven.

    Args:
        outcome: (n,) what each person did.
        treated: (n,) True for the option, False for the baseline.
        unit: (n,) index of each person's unit; one that is in both adds its covariance.
        weight: (n,) what each person counts, such as one over the propensity (Hajek 1971); None: all the same.
        level: the interval's confidence.

    Returns:
        rate(treated) - rate(baseline); linearised (Taylor) standard error, as in Cochran (1977), section 6.

    >>> found = difference_of_rates([1, 1, 0, 0], [True, True, False, False], unit=np.array([0, 1, 2, 3]))
    >>> found.value
    1.0
    """
    outcome, treated = np.asarray(outcome, dtype=np.float64), np.asarray(treated, dtype=bool)
    weight = np.ones(len(outcome)) if weight is None else weight
    count = int(unit.max()) + 1 if len(unit) else 0
    value, psi = 0.0, np.zeros(count)
    for side, sign in ((True, 1.0), (False, -1.0)):
        rows = treated == side
        size = np.bincount(unit[rows], weight[rows], minlength=count)
        total = np.bincount(unit[rows], outcome[rows] * weight[rows], minlength=count)
        rate = total.sum() / size.sum()
        value += sign * rate
        psi += sign * (total - rate * size) / size.sum()
    return Estimate.around(value, float(np.sqrt(psi @ psi)), level)
