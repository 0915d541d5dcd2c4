"""Looking every day without being fooled: an interval that holds at all looks together, however many there are.

Whoever looks at a 95 % interval every day and stops when it leaves 0 finds "effects" of nothing in more than a quarter of
all experiments. An always-valid interval (a confidence sequence) is wider, and ever wrong in 5 % of them at most.
"""

from __future__ import annotations

import math

from groundswell.experiments.contrast import Contrast
from groundswell.stats import Estimate, t_value, z_value


def reach(seen: float, planned: float, alpha: float) -> float:
    """How many standard errors an always-valid interval reaches to each side.

    Args:
        seen: units seen until now.
        planned: units at which it shall be tightest.
        alpha: the chance that it ever misses.

    >>> [round(reach(seen, 1_000, 0.05), 2) for seen in (100, 1_000, 10_000)]
    [3.86, 3.04, 3.24]

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Time-uniform central limit theory and asymptotic confidence
    sequences.
    """
    odds = -2 * math.log(alpha)
    known = seen / planned * (odds + math.log(1 + odds))
    return math.sqrt((1 + 1 / known) * (math.log1p(known) + odds))


def always_valid(found: Contrast, *, seen: int, planned: int, alpha: float) -> Estimate:
    """The difference with an interval that may be looked at whenever one likes.

    Args:
        found: the difference until now.
        seen: units seen until now, in all arms.
        planned: units planned, in all arms.
        alpha: the chance that the interval ever misses.

    Returns:
        The interval. It holds as the number of units grows; while there are few it is stretched as Student's t is.

    >>> now = Contrast(0.1, 0.02, 998.0, units=500, people=500)
    >>> [round(number, 3) for number in always_valid(now, seen=1_000, planned=1_000, alpha=0.05)]
    [0.1, 0.039, 0.161]
    """
    if not math.isfinite(found.error):
        return Estimate(found.value, -math.inf, math.inf)
    few = t_value(1 - alpha / 2, found.freedom) / z_value(1 - alpha / 2)
    wide = reach(seen, planned, alpha) * few * found.error
    return Estimate(found.value, found.value - wide, found.value + wide)
