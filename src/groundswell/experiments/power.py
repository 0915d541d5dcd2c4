"""What an experiment will be able to see, reckoned before it: the smallest effect it finds four times in five.

People of one household or team are not independent witnesses: a unit of n people whose outcomes correlate by rho tells as
much as n / (1 + (n - 1) rho) people (Kish 1965; Donner & Klar 2000). An experiment that forgets it promises too much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from groundswell.experiments.given import level_of, shares_of
from groundswell.stats import t_value
from groundswell.vocabulary import NOTHING, EvidenceError

_MOST = 10**12
_STEPS = 100


@dataclass(frozen=True)
class Power:
    """What a planned experiment sees.

    Attributes:
        visible: arm -> the smallest effect per person, against the baseline, that is found as often as ``power`` says;
            infinite where no effect there could be is large enough.
        units: how many units were planned with.
        needed: units that it takes to see ``effect`` in every arm; None where none was asked for, or no number is enough.
        days: how many days that takes, or the planned units where no effect was asked for; None without ``per_day``.
        design_effect: how many times larger the variance is than if all people were on their own.
        people: how many people the planned units hold.
    """

    visible: Mapping[str, float]
    units: int
    needed: int | None
    days: int | None
    design_effect: float
    people: float


def plan_power(
    *,
    units: int,
    shares: Mapping[str, float],
    baseline: str = NOTHING,
    effect: float | None = None,
    rate: float | None = None,
    spread: float | None = None,
    size: float | ArrayLike = 1.0,
    correlation: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
    comparisons: int = 1,
    explained: float = 0.0,
    per_day: float | None = None,
) -> Power:
    """The smallest effect an experiment can see, and how many units and days it takes to see a given one.

    Args:
        units: how many units are drawn, over all arms.
        shares: arm -> share of the units.
        baseline: the arm that the others are compared with.
        effect: an effect per person that should be seen; below 0: a loss.
        rate: probability of the action in the baseline, for a yes/no action.
        spread: standard deviation between people, for an amount. Neither: a yes/no action at the worst rate, 0.5.
        size: people in a unit: one number where all are alike, or (m,) sizes such as those of the units there are. One
            mean of sizes that differ promises too much, because large units count more.
        correlation: of the outcomes of two people of one unit (intra-class), 0 to 1.
        alpha: two-sided error of one family of comparisons, shared out equally (Bonferroni).
        power: how often the effect shall be found.
        comparisons: how many comparisons are told together; usually one for each arm and action.
        explained: share of the variance that what is known beforehand explains (R squared), as ``past`` of ``compare`` will.
        per_day: units that come a day.

    Returns:
        The visible effects: gains, or losses where ``effect`` is one. An arm's variance is the largest between the baseline's
        rate and that with the effect;
        Student's t with as many degrees of freedom as both arms have units, less two.

    Raises:
        EvidenceError: for numbers that cannot be.

    Nine thousand households of one to four people, every second one contacted, where 30 % act anyway:

    >>> half = {"nothing": 0.5, "letter": 0.5}
    >>> sizes = np.repeat([1, 2, 3, 4], [35, 40, 15, 10])
    >>> found = plan_power(units=9_000, shares=half, rate=0.3, size=sizes, correlation=0.48, effect=0.015)
    >>> round(found.visible["letter"], 3), found.needed
    (0.025, 25193)
    >>> round(plan_power(units=9_000, shares=half, rate=0.3, size=sizes).visible["letter"], 3)  # as if all lived alone
    0.019

    Bloom (1995) for minimum detectable effects; Hayes & Moulton (2017) for Student's t with few units; Deng, Xu, Kohavi &
    Walker (2013) for what past behaviour explains.
    """
    asked = _Asked.of(shares, baseline, rate, spread, size, correlation, explained, per_day)
    if not (1 <= comparisons < math.inf and 1 <= units < math.inf) or (
        effect is not None and not 0 < abs(effect) < math.inf
    ):
        raise EvidenceError(
            "This cannot be planned with.",
            found=f"comparisons={comparisons}, units={units}, effect={effect}",
            expected="at least one comparison and one unit, and an effect other than 0",
        )
    if effect is not None and rate is not None and not 0 <= rate + effect <= 1:
        raise EvidenceError(
            "There can be no such effect.",
            key="effect",
            found=f"{effect:+g} from a rate of {rate:g}",
            expected=f"between {-rate:g} and {1 - rate:+g}",
        )
    if effect is not None and effect < 0 and rate is not None:  # a loss of those who act is a gain of those who do not
        asked = replace(asked, rate=1 - rate)
    quantiles = 1 - level_of(alpha) / comparisons / 2, level_of(power, "power")
    if quantiles[1] <= 1 - quantiles[0]:
        raise EvidenceError(
            "Chance alone finds an effect as often as that.",
            key="power",
            found=f"{power:g}",
            expected=f"more than {1 - quantiles[0]:g}, usually 0.8",
        )
    visible = {arm: asked.visible(arm, units, quantiles) for arm in asked.shares if arm != baseline}
    needed = None if effect is None else _least(asked, abs(effect), quantiles)
    whole = units if effect is None else needed
    return Power(
        visible=visible,
        units=units,
        needed=needed,
        days=None if per_day is None or whole is None else math.ceil(whole / per_day),
        design_effect=asked.design_effect,
        people=units * asked.mean_size,
    )


@dataclass(frozen=True)
class _Asked:
    """A design, without its number of units."""

    shares: dict[str, float]
    baseline: str
    rate: float | None
    variance: float
    mean_size: float
    design_effect: float
    left: float

    @classmethod
    def of(
        cls,
        shares: Mapping[str, float],
        baseline: str,
        rate: float | None,
        spread: float | None,
        size: float | ArrayLike,
        correlation: float,
        explained: float,
        per_day: float | None,
    ) -> _Asked:
        parts = shares_of(shares)
        if baseline not in parts or len(parts) == 1:
            raise EvidenceError(
                "There is nothing to compare.",
                found=", ".join(parts),
                expected=f"{baseline!r} and at least one other arm",
            )
        if rate is not None and spread is not None:
            raise EvidenceError(
                "Both rate and spread are given.", expected="rate for yes/no actions, spread for amounts"
            )
        sizes = np.atleast_1d(np.asarray(size, dtype=np.float64))
        sound = {
            "rate": rate is None or 0 < rate < 1,
            "spread": spread is None or 0 < spread < math.inf,
            "size": bool(sizes.ndim == 1 and len(sizes) and (np.isfinite(sizes) & (sizes >= 1)).all()),
            "correlation": 0 <= correlation <= 1,
            "explained": 0 <= explained < 1,
            "per_day": per_day is None or 0 < per_day < math.inf,
        }
        if not all(sound.values()):
            raise EvidenceError(
                "This cannot be planned with.",
                key=next(name for name, right in sound.items() if not right),
                expected="a rate between 0 and 1, spread and per_day above 0, sizes of 1 or more, correlation 0 to 1, "
                "explained 0 up to, but not, 1",
            )
        alike = float(sizes @ sizes / sizes.sum())
        return cls(
            shares=parts,
            baseline=baseline,
            rate=rate,
            variance=spread**2 if spread is not None else 0.25 if rate is None else rate * (1 - rate),
            mean_size=float(sizes.mean()),
            design_effect=1 + (alike - 1) * correlation,
            left=1 - explained,
        )

    def visible(self, arm: str, units: int, quantiles: tuple[float, float]) -> float:
        """The smallest effect of one arm that so many units see."""
        mine, other = units * self.shares[arm], units * self.shares[self.baseline]
        freedom = mine + other - 2
        if freedom < 1:
            return math.inf
        reach = sum(t_value(probability, freedom) for probability in quantiles)
        each = self.left * self.design_effect / self.mean_size
        found = 0.0
        # The effect widens its own arm's variance: a few steps, each larger than the last, until it no longer moves.
        for _ in range(_STEPS):
            before, found = found, reach * math.sqrt(each * (self._with(found) / mine + self.variance / other))
            if self.rate is not None and self.rate + found > 1:
                return math.inf
            if found - before <= 1e-9 * found:
                break
        return found

    def _with(self, effect: float) -> float:
        """The largest variance between the baseline's rate and that with the effect; an amount's is as it was."""
        if self.rate is None:
            return self.variance
        raised = self.rate + effect
        return 0.25 if self.rate <= 0.5 <= raised else max(self.variance, raised * (1 - raised))


def _least(asked: _Asked, effect: float, quantiles: tuple[float, float]) -> int | None:
    """The smallest number of units that sees the effect in every arm."""

    def seen(units: int) -> bool:
        return all(asked.visible(arm, units, quantiles) <= effect for arm in asked.shares if arm != asked.baseline)

    if not seen(_MOST):
        return None
    low, high = 1, _MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle + 1, high)
    return low
