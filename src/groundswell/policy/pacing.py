"""Visitors one after the other: each is decided as it comes, and no limit is overspent whatever the order of arrival.

The policy's prices are where it starts. While more is used than is left for those still to come, prices rise, else they
fall: dual descent with a rate that follows what is left (Balseiro, Lu and Mirrokni 2023). What does not fit any more is
closed before anything is drawn, so that logged propensities stay true.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell import allocate
from groundswell.policy.batch import Batch
from groundswell.policy.decide import Choices, decide, score
from groundswell.policy.file import Policy

_NATURAL = 0.05
"""A price that is 0 moves by this part of what a visitor is worth for a visitor's part of the limit."""


class Pace(NamedTuple):
    """How far a stream of visitors is: small enough to be kept anywhere, and enough to go on.

    Attributes:
        seen: visitors decided.
        spent: what was used of each limit, exactly.
        prices: (limits,) what one more of each is taken to be worth now.
        worth: what the best option of a visitor was worth on average.
        each: (limits,) what an option used of each on average, where it used any.
    """

    seen: int
    spent: tuple[Fraction, ...]
    prices: NDArray[np.float64]
    worth: float
    each: NDArray[np.float64]


class Hindsight(NamedTuple):
    """What the visitors that came could have brought to whoever had known them all beforehand.

    Attributes:
        value: what the decisions are worth, by the same effects.
        bound: no decisions that keep the limits are worth more.
        loss: 1 - value / bound; 0 where nothing could be gained.
    """

    value: float
    bound: float
    loss: float


class Pacer:
    """Decides visitors as they come.

    Args:
        policy: with prices: those of the batch are a good start, any are a start.
        limits: limit -> how much there is of it; the policy's limits that are not named have no end.
        expected: how many visitors are expected in all. More may come: they get what is left.
        trust: how far the policy's own prices are trusted, 0 to 1: prices stay between ``trust`` and ``1 / trust`` times
            them. Where the policy was planned for those who come, 1 loses least whatever the order; else 0 does.
        pace: where an earlier pacer stopped; None: nobody has come yet.
        remember: keep what was offered to everybody, for :meth:`hindsight`.

    Raises:
        ValueError: a limit that the policy does not know, a negative amount, nobody expected, or no such trust.

    >>> from groundswell.allocate import Prices
    >>> import pyarrow as pa
    >>> batch = Batch(("a",), ("a",), np.array([0]), pa.table({"age": [30.0]}), np.array([[True]]), np.ones((1, 1, 1)))
    >>> free = Prices(np.zeros(1), (), 0.0, 0.0, 0)
    >>> always = Policy("spring", "", 1, 0, ("a/email",), (None,), 25.0, ("letters",), free, None, 0.9, 0.0)
    >>> pacer = Pacer(always, {"letters": 2.0}, expected=100)
    >>> used = [float(pacer.decide(batch, date(2026, 11, 21)).option[0]) for _ in range(50)]
    >>> sum(used) <= 2.0, pacer.pace.seen
    (True, 50)
    """

    def __init__(
        self,
        policy: Policy,
        limits: Mapping[str, float],
        *,
        expected: int,
        trust: float = 0.0,
        pace: Pace | None = None,
        remember: bool = True,
    ) -> None:
        unknown = sorted(set(limits) - set(policy.limits))
        if unknown:
            known = ", ".join(policy.limits) or "none"
            raise ValueError(f"limits names {unknown[0]!r}; expected limits of the policy: {known}; correct the name")
        wrong = [name for name, amount in limits.items() if not amount >= 0]
        if wrong:
            raise ValueError(f"limits[{wrong[0]!r}] is {limits[wrong[0]]}; expected 0 or more; infinity means no end")
        if expected < 1:
            raise ValueError(f"expected is {expected}; expected 1 or more visitors; estimate from an earlier week")
        if not 0 <= trust <= 1:
            raise ValueError(f"trust is {trust}; expected 0 (prices find their own way) to 1 (they stay as they are)")
        self._policy = policy
        self._trust = trust
        self._expected = expected
        self._amount = np.array([limits.get(name, math.inf) for name in policy.limits], dtype=np.float64)
        self._start = policy.prices.prices.copy()
        self._pace = pace or Pace(
            0, (Fraction(0),) * len(self._start), self._start.copy(), 0.0, np.zeros(len(self._start))
        )
        self._seen: list[tuple[NDArray[np.float32], NDArray[np.float64], int]] | None = [] if remember else None

    @property
    def pace(self) -> Pace:
        """How far it is."""
        return self._pace

    @property
    def left(self) -> NDArray[np.float64]:
        """(limits,) what is left of each."""
        return np.asarray(self._amount - np.array([float(spent) for spent in self._pace.spent]))

    def _fits(self, use: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(K,) which options can still be afforded: the exact sum, rounded once, is no more than there is."""
        spent = self._pace.spent
        return np.array(
            [
                all(
                    float(spent[row] + Fraction(amount)) <= self._amount[row]
                    for row, amount in enumerate(option)
                    if amount > 0 and math.isfinite(self._amount[row])
                )
                for option in use.tolist()
            ]
        )

    def decide(self, batch: Batch, now: date) -> Choices:
        """Decide for the next visitor.

        Args:
            batch: one unit.
            now: messages that expired before this day are closed.

        Returns:
            As :func:`groundswell.policy.decide`, at the prices of this moment; what does not fit any more is closed.

        Raises:
            ValueError: the batch has not one unit, or the unit takes part in an experiment, which drew for it beforehand.
        """
        if len(batch.unit_ids) != 1:
            raise ValueError(f"batch has {len(batch.unit_ids)} units; expected 1; take them with batch.only(place)")
        if batch.tried.any():
            raise ValueError("the unit takes part in an experiment; expected a visitor; give it what was drawn")
        seen, spent, prices, worth, each = self._pace
        fits = self._fits(batch.use[0])
        policy = self._policy.with_prices(replace(self._policy.prices, prices=prices, shares=()))
        choices = decide(replace(batch, is_open=batch.is_open & fits), policy, now)
        option = int(choices.option[0])
        use = batch.use[0, option - 1] if option else np.zeros(len(prices))
        # Whoever comes when nothing is left was offered nothing, but could have been: that is what hindsight is about.
        scores = choices.scores if fits.all() else score(batch, policy, now)
        offered = np.where(scores.usable[0], scores.worth[0], -np.inf)
        best = max(float(offered.max(initial=0.0)), 0.0)
        worth += (best - worth) / (seen + 1)
        taking = batch.use[0] > 0
        mean = batch.use[0].sum(axis=0) / np.maximum(taking.sum(axis=0), 1)
        each = np.where(taking.any(axis=0), np.where(each > 0, each + (mean - each) / (seen + 1), mean), each)
        if self._seen is not None:
            self._seen.append((offered.astype(np.float32), batch.use[0], option))
        spent = tuple(before + Fraction(more) for before, more in zip(spent, use.tolist(), strict=True))
        after = Pace(seen + 1, spent, prices, worth, each)
        self._pace = after._replace(prices=self._moved(after, use))
        return choices

    def _moved(self, pace: Pace, use: NDArray[np.float64]) -> NDArray[np.float64]:
        """Prices after a visitor: up where more was used than is left for each still to come, down where less was."""
        there = np.isfinite(self._amount) & (self._amount > 0) & (self._start >= 0)  # a floor keeps its price
        usual = np.where(there, self._amount, 1.0) / self._expected
        left = np.where(there, self._amount - np.array([float(spent) for spent in pace.spent]), 1.0)
        over = use - left / max(self._expected - pace.seen, 1)
        # What few use moves by chance far more than its average: steps are by its spread (of a count: its root).
        spread = np.sqrt(usual * np.where(pace.each > 0, pace.each, usual))
        scale = np.maximum(np.maximum(self._start, pace.prices), _NATURAL * pace.worth / usual)
        moved = pace.prices + scale / math.sqrt(self._expected) * over / spread
        moved = np.maximum(moved, self._trust * self._start)
        most = np.where((self._start > 0) | (self._trust == 1), self._start, math.inf)  # a price of 0 says nothing yet
        return np.where(there, np.minimum(moved, most / self._trust) if self._trust > 0 else moved, pace.prices)

    def hindsight(self) -> Hindsight:
        """What was lost by not knowing who would come; holdout and exploration are part of the loss.

        Raises:
            ValueError: nobody came, or it was not to be remembered.
        """
        if not self._seen:
            raise ValueError("nothing is remembered; expected visitors, and remember=True when the pacer was made")
        worth, use, option = (np.array(part) for part in zip(*self._seen, strict=True))
        is_open = np.isfinite(worth)
        best = allocate.solve(np.where(is_open, worth, 0.0), use, self._amount, allowed=is_open)
        taken = np.flatnonzero(option)
        value = math.fsum(np.where(is_open, worth, 0.0)[taken, option[taken] - 1].tolist())
        return Hindsight(value, best.bound, 1.0 - value / best.bound if best.bound > 0 else 0.0)
