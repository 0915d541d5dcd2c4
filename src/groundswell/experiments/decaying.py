"""When it works, and how long: in which days after the decision an arm brings people to act who would not have then.

Each period has its own effect on the probability that somebody's *first* action falls into it. What only makes people act
sooner shows here: more of them at first, fewer afterwards, and a sum that goes back to 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.experiments.contrast import contrast
from groundswell.experiments.given import arms_of, level_of
from groundswell.experiments.waves import could_be_either, refuse_two_arms
from groundswell.stats import Chances, Estimate, chances_of, numbers_of, units_of
from groundswell.stats.given import Label
from groundswell.vocabulary import NOTHING, EvidenceError


@dataclass(frozen=True)
class Decay:
    """The effect of each arm, period by period.

    Attributes:
        edges: the last day of each period; the first begins with day 0, another on the day after the one before ends.
        period: arm -> for each period the effect on the probability that the first action falls into it.
        cumulative: arm -> for each period the effect on the probability that there was an action by its end.
        people: arm -> for each period the rows, of the arm and the baseline, that were observed to its end.
        pending: arm -> for each period the rows that were not: they count neither as acting nor as not.
        baseline: what the arms are compared with.
        alpha: what one interval may miss: the error asked for, over arms times periods.
    """

    edges: tuple[float, ...]
    period: Mapping[Any, tuple[Estimate, ...]]
    cumulative: Mapping[Any, tuple[Estimate, ...]]
    people: Mapping[Any, tuple[int, ...]]
    pending: Mapping[Any, tuple[int, ...]]
    baseline: Any
    alpha: float


def decay(
    arm: Iterable[Label],
    day: ArrayLike,
    *,
    edges: Sequence[float],
    baseline: Label = NOTHING,
    seen: ArrayLike | None = None,
    propensity: object = None,
    unit: Iterable[Label] | None = None,
    alpha: float = 0.05,
) -> Decay:
    """The effect of each arm, period by period, and up to the end of each.

    Args:
        arm: (n,) what each row's unit was drawn for.
        day: (n,) days from the decision to the first action, 0 on the same day; NaN where there was none yet.
        edges: last days of the periods, increasing: ``[7, 14]`` is days 0 to 7 and days 8 to 14, as "within 7 days" is meant
            everywhere. An edge of 0 or less in front is where the first begins.
        baseline: the arm the others are compared with.
        seen: (n,) days since each row's decision; None: all were observed to the last edge. It must hang on when somebody was
            drawn, never on what was drawn or done.
        propensity: as of :func:`~groundswell.experiments.compare`.
        unit: (n,) what was drawn: household, team; None: every row by itself.
        alpha: what all intervals of the periods together may miss (Bonferroni over arms and periods); and again all
            cumulative ones.

    Returns:
        The effects. A row counts in a period, and up to its end, only where it was observed to that end.

    Raises:
        EvidenceError: for edges that do not increase, days before the decision or after what was observed, a period to whose
            end nobody of an arm or the baseline was observed, and what ``compare`` refuses.

    >>> rng = np.random.default_rng(1)
    >>> drawn = rng.choice(["letter", "nothing"], 8_000)
    >>> day = np.where(rng.random(8_000) < 0.3, rng.integers(0, 28, 8_000), np.nan)
    >>> day[(drawn == "letter") & np.isnan(day) & (rng.random(8_000) < 0.1)] = 2
    >>> found = decay(drawn, day, edges=[7, 28])
    >>> first, then = found.period["letter"]
    >>> first.lower > 0, then.lower < 0 < then.upper, found.cumulative["letter"][1].lower > 0
    (True, True, True)
    """
    arms, index = arms_of(arm, baseline)
    count = len(index)
    ends = _ends(edges)
    days, watched = _days(day, seen, count)
    place, names = units_of(unit, count)
    refuse_two_arms(index, place, np.zeros(count, dtype=np.int64), names, arms)
    level = level_of(alpha) / (len(arms) - 1) / len(ends)
    asked = _Asked(arms, index, days, watched, place, chances_of(propensity, index, arms))
    found = {name: asked.periods(which, ends, level) for which, name in enumerate(arms[1:], start=1)}
    return Decay(
        edges=ends,
        period={name: tuple(one.effect for one in each) for name, each in found.items()},
        cumulative={name: tuple(one.until for one in each) for name, each in found.items()},
        people={name: tuple(one.people for one in each) for name, each in found.items()},
        pending={name: tuple(one.pending for one in each) for name, each in found.items()},
        baseline=baseline,
        alpha=level,
    )


def _ends(edges: Sequence[float]) -> tuple[float, ...]:
    """The last day of each period."""
    found = np.asarray(edges, dtype=np.float64)
    if found.ndim == 1 and len(found) and found[0] <= 0:
        found = found[1:]
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all() or not (np.diff(found, prepend=0.0) > 0).all():
        raise EvidenceError(
            "The edges of the periods do not increase.",
            key="edges",
            found=str(list(edges)),
            expected="days such as [7, 14, 28]",
        )
    return tuple(found.tolist())


def _days(day: ArrayLike, seen: ArrayLike | None, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) the day of the first action, infinite where there was none, and how many days were observed."""
    days = numbers_of(day, "day", count, blanks=True)
    days = np.where(np.isnan(days), np.inf, days)
    watched = np.full(count, np.inf) if seen is None else numbers_of(seen, "seen", count)
    odd = np.flatnonzero((days < 0) | (np.isfinite(days) & (days > watched)) | (watched < 0))
    if len(odd):
        raise EvidenceError(
            f"In {len(odd)} rows an action lies before the decision, or after what was observed.",
            found=f"day {days[odd[0]]:g} of {watched[odd[0]]:g} in row {odd[0]} (counted from 0)",
            expected="0 or more, and no more than the days since the decision",
            hint="An action before the decision is part of the past. Count the days up to the last import.",
        )
    return days, watched


@dataclass(frozen=True)
class _Period:
    """One arm in one period."""

    effect: Estimate
    until: Estimate
    people: int
    pending: int


@dataclass(frozen=True)
class _Asked:
    """An experiment in one form."""

    arms: tuple[Any, ...]
    arm: NDArray[np.int64]
    day: NDArray[np.float64]
    watched: NDArray[np.float64]
    unit: NDArray[np.int64]
    chances: Chances

    def periods(self, which: int, ends: tuple[float, ...], level: float) -> list[_Period]:
        """One arm in every period."""
        rows = (self.arm == which) | (self.arm == 0)
        rows &= could_be_either(self.arm, self.chances, np.zeros_like(self.arm), which)
        return [
            self._period(which, rows, start, end, level) for start, end in zip((-1.0, *ends[:-1]), ends, strict=True)
        ]

    def _period(self, which: int, rows: NDArray[np.bool_], start: float, end: float, level: float) -> _Period:
        whole = rows & (self.watched >= end)
        treated = self.arm[whole] == which
        if not treated.any() or treated.all():
            raise EvidenceError(
                f"Nobody of {self.arms[0 if treated.any() else which]!r} was observed for {end:g} days.",
                key="seen",
                found=f"{len(treated)} rows that were, of both arms",
                expected="some rows of the arm and of the baseline",
                hint="Leave out the last edges until their days are over.",
            )
        day = self.day[whole]
        effect, until = (
            contrast(
                acted.astype(np.float64), treated, unit=self.unit[whole], weight=1 / self.chances.own[whole]
            ).within(level)
            for acted in ((day > start) & (day <= end), day <= end)
        )
        return _Period(effect, until, people=len(treated), pending=int(rows.sum()) - len(treated))
