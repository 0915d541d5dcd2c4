"""Curves between 0 and 1 that the town's truth is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def bell(values: NDArray[Any], centre: float, width: float) -> NDArray[np.float64]:
    """1 at the centre, 0.6 one width away, 0.14 two.

    >>> bell(np.array([40, 50]), 40, 10).round(2).tolist()
    [1.0, 0.61]
    """
    return np.asarray(np.exp(-0.5 * ((values - centre) / width) ** 2))


def ramp(values: NDArray[Any], low: float, high: float) -> NDArray[np.float64]:
    """0 up to ``low``, 1 from ``high`` on, smoothly up between.

    >>> ramp(np.array([50, 60, 70]), 50, 70).tolist()
    [0.0, 0.5, 1.0]
    """
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), dtype=np.float64)


def filling(values: NDArray[Any], half: float) -> NDArray[np.float64]:
    """0 at 0, a half at ``half``, towards 1 for many.

    >>> filling(np.array([0, 1, 3]), 1.0).tolist()
    [0.0, 0.5, 0.75]
    """
    return np.asarray(values / (values + half), dtype=np.float64)


def logistic(values: NDArray[Any]) -> NDArray[np.float64]:
    """Log-odds as a probability.

    >>> logistic(np.array([0.0])).tolist()
    [0.5]
    """
    return np.asarray(1.0 / (1.0 + np.exp(-values)))
