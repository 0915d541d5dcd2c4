"""The arms of an experiment, in one order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.given import Label
from groundswell.vocabulary import NOTHING, EvidenceError


def arms_of(labels: NDArray[Any], first: Label = NOTHING) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The arms, ``first`` before the others and these in order, and (n,) the index of each row's.

    >>> arms_of(np.array(["post", "nothing", "door"]))
    (('nothing', 'door', 'post'), array([2, 0, 1]))
    """
    names, index = np.unique(labels, return_inverse=True)
    order = sorted(range(len(names)), key=lambda place: (bool(names[place] != first), place))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[place].item() for place in order), rank[index]


def no_propensities() -> EvidenceError:
    """Whoever weighs by propensities needs some: without them every arm would count as drawn for certain.

    >>> no_propensities().key
    'propensity'
    """
    return EvidenceError(
        "There are no propensities.",
        key="propensity",
        found="None",
        expected="(n,) the probability with which each row was drawn for its arm, or one number an arm",
        hint='Of an experiment with equal shares:  propensity={"nothing": 0.5, "letter": 0.5}',
    )
