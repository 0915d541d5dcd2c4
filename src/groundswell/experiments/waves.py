"""Rounds of one experiment, where who is drawn for what may hang on what earlier rounds brought.

Pooled means lie there: an option with bad luck in the first round is hardly drawn again, so its bad luck is never put right.
Weights of one over the propensity put it right. A round counts as a whole by its *information*, the inverse of the variance
that its draw alone brings. That is one number for all arms alike, made of propensities and never of outcomes: a number for
each arm would again let an arm's early bad luck count most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import Chances
from groundswell.vocabulary import EvidenceError


def information(arm: NDArray[np.int64], chances: Chances, wave: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) what a row of each round counts, 1 in the round that tells most.

    Args:
        arm: (n,) index of each row's arm.
        chances: the propensities of that round.
        wave: (n,) index of each row's round.

    Returns:
        For each round one over the mean, over its open arms, of 1 / propensity. Where only the propensity of the arm drawn
        is known, an arm's mean is taken over those who were drawn for it, weighted so that they stand for all.

    >>> own = np.array([0.5, 0.5, 0.9, 0.1])
    >>> told = information(np.array([0, 1, 0, 1]), Chances(own, None), np.array([0, 0, 1, 1]))
    >>> told.round(3).tolist()
    [1.0, 1.0, 0.36, 0.36]
    """
    waves, arms = int(wave.max()) + 1, int(arm.max()) + 1
    if chances.every is not None:
        possible = chances.every > 0
        odd = np.divide(1.0, chances.every, out=np.zeros_like(chances.every), where=possible)
        each = odd.sum(axis=1) / possible.sum(axis=1)
        mean = np.bincount(wave, each, minlength=waves) / np.bincount(wave, minlength=waves)
    else:
        place = wave * arms + arm
        stands = np.bincount(place, 1 / chances.own, minlength=waves * arms).reshape(waves, arms)
        total = np.bincount(place, 1 / chances.own**2, minlength=waves * arms).reshape(waves, arms)
        odds = np.divide(total, stands, out=np.zeros_like(total), where=stands > 0)
        mean = odds.sum(axis=1) / (stands > 0).sum(axis=1)
    worth = 1 / mean
    return np.asarray((worth / worth.max())[wave], dtype=np.float64)


def could_be_either(arm: NDArray[np.int64], chances: Chances, wave: NDArray[np.int64], which: int) -> NDArray[np.bool_]:
    """(n,) True for rows that could have been drawn for the arm and for the baseline, both.

    An arm that was closed in a round, or to some people, is compared among the others only. Where not all propensities
    are known, a round counts as open to the arms that somebody was drawn for in it.

    >>> arm, wave = np.array([0, 1, 0, 0]), np.array([0, 0, 1, 1])
    >>> could_be_either(arm, Chances(np.full(4, 0.5), None), wave, 1).tolist()
    [True, True, False, False]
    """
    if chances.every is not None:
        return np.asarray((chances.every[:, which] > 0) & (chances.every[:, 0] > 0))
    waves = int(wave.max()) + 1
    there = [np.bincount(wave[arm == one], minlength=waves) > 0 for one in (which, 0)]
    return np.asarray((there[0] & there[1])[wave])


def refuse_two_arms(
    arm: NDArray[np.int64],
    unit: NDArray[np.int64],
    wave: NDArray[np.int64],
    names: NDArray[np.generic],
    arms: tuple[object, ...],
) -> None:
    """Refuse a unit that was drawn for two arms in one round.

    Raises:
        EvidenceError: names the first such unit and its arms.
    """
    place = np.unique(unit * (int(wave.max()) + 1) + wave, return_inverse=True)[1]
    first = np.empty(int(place.max()) + 1, dtype=np.int64)
    first[place] = arm
    odd = np.flatnonzero(first[place] != arm)
    if len(odd):
        row = odd[0]
        raise EvidenceError(
            "A unit is in two arms.",
            key=str(names[unit[row]]),
            found=f"{arms[arm[row]]!r} and {arms[first[place[row]]]!r}",
            expected="one arm for all rows of a unit",
            hint="Say which round each row is of (wave=), or compare by what was drawn: a person, where people were.",
        )
