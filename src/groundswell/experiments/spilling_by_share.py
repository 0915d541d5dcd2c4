"""Does what the others of a team were told reach a person? In a large group nobody is alone with it, so it goes by how many.

Where members were drawn one by one, chance alone says how many of somebody's others were told more than was to be expected.
If what they hear travels, people act more where more of the others were told. That is a slope, and it is told as one: what
would come of all the others being told instead of none, if each of them added as much as the last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.experiments.given import arms_of, chance_of_baseline, level_of
from groundswell.stats import FEW, Estimate, labels_of, numbers_of, t_value, units_apart, units_of
from groundswell.stats.given import Label
from groundswell.vocabulary import NOTHING, EvidenceError

_LEAST = 1e-6
"""Where shares differ from what was to be expected by less than a thousandth (squared), there is nothing to see."""


@dataclass(frozen=True)
class SpillByShare:
    """What reached whom, by how many of their others were told.

    Attributes:
        untold: what more those who were drawn for nothing do when all of their others are told instead of none.
        told: the same of those who were drawn for something themselves.
        share: of their others, how many were told on average.
        spread: how far that share was moved by chance (standard deviation): beyond a few of it nothing was seen.
        groups, people: with others beside them and a known outcome.
    """

    untold: Estimate
    told: Estimate
    share: float
    spread: float
    groups: int
    people: int


def spill_by_share(
    arm: Iterable[Label],
    outcome: ArrayLike,
    group: Iterable[Label],
    *,
    baseline: Label = NOTHING,
    propensity: ArrayLike,
    strata: Iterable[Label] | None = None,
    alpha: float = 0.05,
) -> SpillByShare:
    """What travels within teams or other groups too large for ``spill_over``.

    Args:
        arm: (n,) what each person was drawn for, one row a person; everything but the baseline counts as something.
        outcome: (n,) what each person did; NaN where it is not known, which still tells what the others were exposed to.
        group: (n,) who works or lives together; all members must be there, also those who could not be drawn.
        baseline: the arm that is nothing.
        propensity: (n,) probability with which each *person* would be drawn for the baseline, or one number for all.
        strata: (n,) within what the shares were kept; None: members were drawn independently, or within much larger strata.
        alpha: what each of the two intervals may miss.

    Returns:
        Both slopes, of means weighted by one over the probability of what a person was drawn for. The share is taken less
        what was to be expected of it given the draw's own numbers, so that neither the size of a group nor what kind of
        people are in it moves an estimate; one that is not the same for all is averaged by how much chance moved the share.
        Errors leave out one group after the other. Where fewer than ten groups hold anybody who did anything but the
        commonest thing, an interval is infinite.

    Raises:
        EvidenceError: where in every group as many were told as was to be expected, as when groups were drawn whole or each
            kept its own shares.

    >>> rng = np.random.default_rng(1)
    >>> team = np.arange(8_000) // 10
    >>> told = rng.random(8_000) < 0.5
    >>> others = (np.bincount(team, told)[team] - told) / 9
    >>> came = rng.random(8_000) < 0.2 + 0.1 * told + 0.3 * others
    >>> found = spill_by_share(np.where(told, "call", "nothing"), came, team, propensity=0.5)
    >>> found.untold.lower < 0.3 < found.untold.upper, found.told.lower < 0.3 < found.told.upper, found.groups
    (True, True, 800)

    Hudgens & Halloran (2008), Toward causal inference with interference, for exposure by the share of others; Aronow & Samii
    (2017) for what is to be expected of it by design.
    """
    _, index = arms_of(arm, baseline)
    count = len(index)
    y = numbers_of(outcome, "outcome", count, blanks=True)
    place, names = units_of(group, count, "group")
    told = index > 0
    quiet = chance_of_baseline(propensity, told)
    level_of(alpha)
    size = np.bincount(place, minlength=len(names))[place]
    beside = size > 1
    others = np.bincount(place, told, minlength=len(names))[place] - told
    expected = _independent(place, quiet) if strata is None else _within(place, told, strata)
    share = others / np.maximum(size - 1, 1)
    moved = np.where(beside, (others - expected) / np.maximum(size - 1, 1), 0.0)
    known = beside & ~np.isnan(y)
    if not known.any() or float(np.mean(moved[known] ** 2)) < _LEAST:
        raise EvidenceError(
            "In every group as many were told as was to be expected: what travels within cannot be seen.",
            found=f"{len(set(place[beside].tolist()))} groups of two or more",
            expected="groups in which chance told more of some than of others",
            hint="Draw people, not groups, and not within each group.",
        )
    sides = [
        _Slope.of(y[rows], moved[rows], place[rows], 1 / (1 - quiet if side else quiet)[rows])
        for side in (False, True)
        for rows in [known & (told == side)]
    ]
    return SpillByShare(
        untold=sides[0].within(alpha),
        told=sides[1].within(alpha),
        share=float(share[known].mean()),
        spread=float(np.sqrt(np.mean(moved[known] ** 2))),
        groups=len(set(place[known].tolist())),
        people=int(known.sum()),
    )


def _independent(place: NDArray[np.int64], quiet: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) how many of each one's others were to be told, each drawn on their own."""
    return np.asarray(np.bincount(place, 1 - quiet)[place] - (1 - quiet), dtype=np.float64)


def _within(place: NDArray[np.int64], told: NDArray[np.bool_], strata: Iterable[Label]) -> NDArray[np.float64]:
    """(n,) the same where each stratum kept its number: whoever was told leaves one less for the others of the stratum."""
    labels = labels_of(strata, "strata")
    if len(labels) != len(place):
        raise EvidenceError("strata has another number of rows.", found=f"{len(labels)}", expected=f"{len(place)}")
    stratum = np.unique(labels, return_inverse=True)[1]
    people, drawn = np.bincount(stratum), np.bincount(stratum, told)
    rate = drawn / people
    both = np.unique(place * len(people) + stratum, return_inverse=True)[1]
    same = np.bincount(both)[both]
    left = (same - 1) * (drawn[stratum] - told) / np.maximum(people[stratum] - 1, 1)
    return np.asarray(np.bincount(place, rate[stratum])[place] - same * rate[stratum] + left, dtype=np.float64)


@dataclass(frozen=True)
class _Slope:
    """How much more is done for one share more, with the error that leaving out each group in turn shows."""

    value: float
    error: float
    freedom: float

    @classmethod
    def of(
        cls,
        outcome: NDArray[np.float64],
        moved: NDArray[np.float64],
        group: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> _Slope:
        group = np.unique(group, return_inverse=True)[1]
        squares = np.bincount(group, weight * moved**2)
        whole = float(squares.sum()) if len(squares) else 0.0
        if whole <= 0:
            return cls(math.nan, math.inf, 1.0)
        away = outcome - float(weight @ outcome / weight.sum())
        together = np.bincount(group, weight * moved * away)
        value, part = float(together.sum() / whole), squares / whole
        count = int((squares > 0).sum())
        if units_apart(outcome, group) < FEW or count < 2 or part.max() >= 1:
            return cls(value, math.inf, 1.0)
        without = (together - value * squares) / whole / (1 - part)
        error = math.sqrt((count - 1) / count * float(without @ without))
        return cls(value, error if error > 0 else math.inf, max(1 / float(part @ part) - 1, 0.5))

    def within(self, alpha: float) -> Estimate:
        """The slope with its interval."""
        if not math.isfinite(self.error):
            return Estimate(self.value, -math.inf, math.inf)
        reach = t_value(1 - alpha / 2, self.freedom) * self.error
        return Estimate(self.value, self.value - reach, self.value + reach)
