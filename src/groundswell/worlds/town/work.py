"""What people do for a living."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import pick

_SHARES = {
    "": 0.12,  # unknown
    "teacher": 0.05,
    "teaching assistant": 0.03,
    "nurse": 0.05,
    "care worker": 0.06,
    "office worker": 0.19,
    "shop assistant": 0.12,
    "factory worker": 0.09,
    "dock worker": 0.05,
    "driver": 0.06,
    "farmer": 0.03,
    "self-employed": 0.08,
    "builder": 0.05,
    "cook": 0.04,
}
OCCUPATIONS = (*_SHARES, "student", "retired", "retired railwayman")
_PENSION_AGE, _STUDENT_AGE = 67, 24


def draw_occupations(draw: np.random.Generator, age: NDArray[np.int64], woman: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) index into ``OCCUPATIONS``; most of the old are retired, many of the young study.

    >>> found = draw_occupations(np.random.default_rng(0), np.array([20, 40, 90]), np.array([True, True, False]))
    >>> found.shape
    (3,)
    """
    found = pick(draw.random(len(age)), np.array([*_SHARES.values()]))
    other = draw.random(len(age))
    found = np.where((age < _STUDENT_AGE) & (other < 0.5), OCCUPATIONS.index("student"), found)
    found = np.where((age >= _PENSION_AGE) & (other < 0.9), OCCUPATIONS.index("retired"), found)
    railway = (age >= _PENSION_AGE) & ~woman & (other < 0.08)
    return np.where(railway, OCCUPATIONS.index("retired railwayman"), found)


def works_as(occupation: NDArray[np.int64], *names: str) -> NDArray[np.bool_]:
    """(n,) True for those with one of these occupations.

    >>> works_as(np.array([0, 1]), "teacher").tolist()
    [False, True]
    """
    return np.isin(occupation, [OCCUPATIONS.index(name) for name in names])
