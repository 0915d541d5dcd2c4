"""Simpler ways to spend the same: what a policy is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell import allocate
from groundswell.uplift import Evidence

POLICIES = ("nothing", "broadcast", "mixture", "by_size", "stereotype", "single", "one_voice", "policy")
"""``stereotype`` only where messages declare one, ``one_voice`` only where several may say one message."""


class Rivals(NamedTuple):
    """Policy -> (units, K + 1) what it would do, ``nothing`` first; the message of ``broadcast`` and of ``single``."""

    rows: dict[str, NDArray[np.float64]]
    broadcast: int
    single: int


@dataclass(frozen=True)
class Field:
    """Some units, their limits, and what may be known of them without their outcomes.

    Attributes:
        effect: (units, K) what a model that did not see them says each option adds, over the unit's people.
        size: (units,) people in each.
        is_open: (units, K) what is open.
        usable: (units, K) what is open and proven.
        use: (units, K, limits) what it uses.
        room: (limits,) the most there may be.
        average: (K,) the effect of each option on everybody it was open to, per person; from other units.
        habit: (units, K) whom a stereotype would send it to; None: there is none.
        voice: (K,) who says each option, a number a messenger, -1: nobody is part of it; None: nobody is of any.
    """

    effect: NDArray[np.float64]
    size: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    use: NDArray[np.float64]
    room: NDArray[np.float64]
    average: NDArray[np.float64]
    habit: NDArray[np.bool_] | None = None
    voice: NDArray[np.int64] | None = None

    def rivals(self) -> Rivals:
        """What each policy would do with these units."""
        sent, share = self.broadcast()
        ranked = self.best_single()
        found = {
            "nothing": self._spread(np.zeros(len(share))),
            "broadcast": self._spread(np.eye(len(share))[sent] * share[sent]),
            "mixture": self._spread(self._mixture()),
            "by_size": self._ranked(self.size * (share[sent] > 0), sent),
            "single": self._ranked(self.effect[:, ranked], ranked),
            "policy": self._priced(self.effect, self.usable),
        }
        if self.habit is not None:
            found["stereotype"] = self._stereotype(self.habit)
        if self.voice is not None:
            found["one_voice"] = self._one_voice(self.voice)
        return Rivals(found, sent, ranked)

    def best(self, effect: NDArray[np.float64]) -> NDArray[np.float64]:
        """(units, K + 1) the best there is within the limits, for effects that are known."""
        return self._priced(effect, self.is_open)

    def _priced(self, effect: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        prices = allocate.find_prices(effect, self.use, self.room, is_open=usable)
        return allocate.mixture(effect, self.use, prices, is_open=usable)

    @property
    def _mean_use(self) -> NDArray[np.float64]:
        return np.asarray(np.where(self.is_open[:, :, None], self.use, 0.0).mean(axis=0))

    def broadcast(self) -> tuple[int, NDArray[np.float64]]:
        """The message with the largest gain when a random share as large as affordable gets it; (K,) those shares."""
        total = self._mean_use * len(self.size)
        ratio = np.divide(self.room, total, out=np.full(total.shape, np.inf), where=total > 0)
        share = np.minimum(1.0, ratio.min(axis=1, initial=1.0))
        # A message that harms is best sent to nobody: broadcast may be nothing, and so may the largest first.
        share = np.where(self.average > 0, share, 0.0)
        return int(np.argmax(self.average * share * self.is_open.mean(axis=0))), share

    def best_single(self) -> int:
        """The one message that would do most if it went to the units the model ranks first."""
        # Without any limit a message does at most this: whoever cannot win any more need not be priced.
        most = np.where(self.is_open, np.maximum(self.effect, 0.0), 0.0).sum(axis=0)
        best, found = -np.inf, 0
        for message in np.argsort(-most, kind="stable").tolist():
            if most[message] < best:
                break
            foretold = float(
                (self._ranked(self.effect[:, message], message)[:, message + 1] * self.effect[:, message]).sum()
            )
            if foretold > best:
                best, found = foretold, message
        return found

    def _one_voice(self, voice: NDArray[np.int64]) -> NDArray[np.float64]:
        """The policy, were all that is spoken said by one messenger: the one that the model takes for the best."""
        tried = [
            self._priced(self.effect, self.usable & ((voice == one) | (voice < 0)))
            for one in np.unique(voice[voice >= 0]).tolist()
        ]
        return max(tried, key=lambda rows: float((rows[:, 1:] * self.effect).sum()))

    def _stereotype(self, habit: NDArray[np.bool_]) -> NDArray[np.float64]:
        """To everybody what people like them are thought to want; to a random part where the limits do not reach."""
        best = np.argmax(np.where(habit, self.average, -np.inf), axis=1)
        sent = np.zeros(habit.shape)
        sent[np.arange(len(best)), best] = habit.any(axis=1)
        need = np.einsum("uk,ukl->l", sent, self.use)
        share = np.divide(self.room, need, out=np.ones(len(need)), where=need > self.room).min(initial=1.0)
        return np.column_stack([1.0 - share * sent.sum(axis=1), share * sent])

    def _mixture(self) -> NDArray[np.float64]:
        """The best untargeted mix: shares of units by message."""
        from scipy.optimize import linprog  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

        count = len(self.average)
        there = np.isfinite(self.room)
        limits = np.vstack([(self._mean_use.T * len(self.size))[there], np.ones((1, count))])
        gain = self.average * self.is_open.mean(axis=0)
        found = linprog(-gain, A_ub=limits, b_ub=np.append(self.room[there], 1.0), bounds=(0, 1))
        return np.asarray(found.x)

    def _spread(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        sent = np.where(self.is_open, shares, 0.0)
        return np.column_stack([1.0 - sent.sum(axis=1), sent])

    def _ranked(self, gain: NDArray[np.float64], message: int) -> NDArray[np.float64]:
        """One message to the units with the largest gain, as far as the limits go."""
        use, is_open = self.use[:, [message]], self.is_open[:, [message]]
        prices = allocate.find_prices(gain[:, None], use, self.room, is_open=is_open)
        part = allocate.mixture(gain[:, None], use, prices, is_open=is_open)
        rows = np.zeros((len(gain), self.use.shape[1] + 1))
        rows[:, 0], rows[:, message + 1] = part[:, 0], part[:, 1]
        return rows


def average_effects(evidence: Evidence, fold: int | None = None) -> NDArray[np.float64]:
    """(K,) effect of each message on everybody it was open to, weighted by the design.

    Args:
        evidence: what was drawn, and what came of it.
        fold: learnt on the other folds; None: on all.
    """
    kept = evidence.fold != (-1 if fold is None else fold)
    found = np.zeros(len(evidence.options) - 1)
    for arm in range(len(found)):
        weight, both = compared(evidence, arm + 1)
        sides = [both & kept & (evidence.arm == side) for side in (arm + 1, 0)]
        if all(weight[side].sum() > 0 for side in sides):
            rates = [np.average(evidence.outcome[side], weights=weight[side]) for side in sides]
            found[arm] = rates[0] - rates[1]
    return found


def compared(evidence: Evidence, arm: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n,) what each person counts when an arm is compared with nothing, and who got one of the two and could both."""
    able: NDArray[np.bool_] = np.asarray((evidence.unit_chances[:, [0, arm]] > 0).all(axis=1))
    weight = (evidence.information * able)[evidence.unit] / evidence.propensity
    return weight, able[evidence.unit] & ((evidence.arm == arm) | (evidence.arm == 0))
