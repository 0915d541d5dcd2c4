"""An interval for any time: the formula of its paper, tightest about where it was planned."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.experiments.contrast import Contrast
from groundswell.experiments.looking import always_valid, reach


def paper(count: float, planned: float, alpha: float) -> float:
    """Waudby-Smith et al. (2024), equation of the asymptotic confidence sequence, in standard errors of the mean."""
    rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned)
    inner = 2 * (count * rho**2 + 1) / (count**2 * rho**2) * math.log(math.sqrt(count * rho**2 + 1) / alpha)
    return math.sqrt(inner) * math.sqrt(count)


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.2])
@pytest.mark.parametrize("count", [3, 100, 1_000, 50_000])
def test_it_reaches_as_far_as_the_paper_says(count, alpha):
    assert reach(count, 1_000, alpha) == pytest.approx(paper(count, 1_000, alpha), rel=1e-12)


def test_it_is_tightest_about_where_it_was_planned():
    width = {planned: reach(1_000, planned, 0.05) for planned in (10, 100, 1_000, 10_000, 100_000)}
    assert min(width, key=width.get) == 1_000
    assert width[1_000] < 1.6 * 1.96


def test_with_few_units_it_is_stretched_as_students_t_is():
    few, many = (Contrast(0.0, 1.0, freedom, units=5, people=5) for freedom in (8.0, 1e9))
    wide, narrow = (always_valid(one, seen=10, planned=100, alpha=0.05).upper for one in (few, many))
    assert wide / narrow == pytest.approx(2.306 / 1.95996, rel=1e-4)


def test_what_is_not_known_stays_unknown():
    assert always_valid(Contrast(0.2, math.inf, 1.0, 1, 1), seen=3, planned=9, alpha=0.05).upper == np.inf
