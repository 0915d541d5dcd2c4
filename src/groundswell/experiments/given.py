"""What a caller hands in to an experiment - arms and a baseline, shares, a level - in one form, or a clear refusal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.stats import labels_of, numbers_of
from groundswell.stats.given import Label
from groundswell.vocabulary import EvidenceError

_SUM = 1e-9


def arms_of(arm: Iterable[Label], baseline: Label) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The arms, the baseline first and the others in order, and (n,) the index of each row's.

    Raises:
        EvidenceError: where there is nothing to compare: no rows, none of the baseline, or none of anything else.

    >>> arms_of(["post", "nothing", "door"], "nothing")
    (('nothing', 'door', 'post'), array([2, 0, 1]))
    """
    labels = labels_of(arm, "arm")
    names, index = np.unique(labels, return_inverse=True)
    listed = names.tolist()
    if not listed or baseline not in listed or len(listed) == 1:
        raise EvidenceError(
            "There is nothing to compare." if baseline in listed else f"There are no rows of {baseline!r}.",
            found="the arms " + ", ".join(map(repr, listed)) if listed else "no rows",
            expected=f"{baseline!r} and at least one other arm",
            hint="Name the arm without a message: baseline=...",
        )
    order = [listed.index(baseline), *(place for place, name in enumerate(listed) if name != baseline)]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return tuple(listed[place] for place in order), rank[index]


def shares_of(shares: Mapping[str, float]) -> dict[str, float]:
    """Arm -> share, in the order of the arms' names.

    Raises:
        EvidenceError: when there is no arm, a share is not above 0, or they do not sum to 1.

    >>> shares_of({"nothing": 0.75, "letter": 0.25})
    {'letter': 0.25, 'nothing': 0.75}
    """
    found = {str(arm): float(shares[arm]) for arm in sorted(shares, key=str)}
    odd = next((arm for arm, share in found.items() if not 0 < share <= 1), None)
    if odd is not None:
        raise EvidenceError(
            "A share is not above 0 and at most 1.",
            key=odd,
            found=f"{found[odd]:g}",
            expected="the probability with which a unit is drawn for the arm",
            hint="Leave out an arm that nobody is drawn for.",
        )
    total = math.fsum(found.values())
    if abs(total - 1) > _SUM:
        raise EvidenceError(
            "The shares do not sum to 1.",
            found=f"{total:.9g}" if found else "no arm",
            expected="1: every unit is drawn for exactly one arm, nothing's too",
        )
    return found


def chance_of_baseline(propensity: ArrayLike, told: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) probability of being drawn for nothing, of one number for all or one for each.

    Raises:
        EvidenceError: where one is not above 0 and at most 1, or is 1 of whoever was drawn for something.

    >>> chance_of_baseline(0.5, np.array([True, False]))
    array([0.5, 0.5])
    """
    given = np.full(len(told), propensity) if np.ndim(propensity) == 0 else propensity
    found = numbers_of(given, "propensity", len(told))
    odd = np.flatnonzero(~((found > 0) & (found <= 1)))
    if len(odd):
        raise EvidenceError(
            f"A propensity is not above 0 and at most 1, in {len(odd)} rows.",
            found=f"{found[odd[0]]:g} in row {odd[0]} (counted from 0)",
            expected="the probability with which each person would have been drawn for nothing",
        )
    never = np.flatnonzero((found == 1) & told)
    if len(never):
        raise EvidenceError(
            f"Who could be drawn for nothing only was drawn for something, in {len(never)} rows.",
            found=f"1 in row {never[0]} (counted from 0)",
            expected="the probability with which each person would have been drawn for nothing",
        )
    return found


def level_of(alpha: float, what: str = "alpha") -> float:
    """A probability strictly between 0 and 1.

    >>> level_of(0.05)
    0.05
    """
    if not 0 < alpha < 1:
        raise EvidenceError(f"{what} is no probability.", found=f"{alpha}", expected="above 0 and below 1")
    return float(alpha)
