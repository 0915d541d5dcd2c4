"""What no sum of traits can tell of an answer: small trees beside the multilevel model's straight lines.

They begin from what the factors say, so that places and occupations keep their shrunken effects, and learn from numbers and
frequent levels what a line cannot tell. How many of them count, and how much beside the lines, is told by answers that
neither part saw; often that is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.profiles.scores.columns import Encoded, Layout
from groundswell.profiles.scores.fitting import Answers
from groundswell.stats.boosting import Binned, Taste, boost
from groundswell.stats.trees import Trees

_STAGE = Taste(trees=4, rate=0.1, ridge=100, least=50)
_STAGES = (15, 30, 60)
_SHARES = (0.5, 1.0)


class Way(NamedTuple):
    """How much of the trees counts.

    Attributes:
        trees: how many of them.
        share: what they count beside the lines, 0 to 1.
    """

    trees: int
    share: float


NOTHING = Way(0, 0.0)
WAYS = (NOTHING, *(Way(stages * _STAGE.trees, share) for share in _SHARES for stages in _STAGES))
"""Those that answers choose from."""


class Asked(NamedTuple):
    """What trees may ask about: every number, and of every frequent level, is it this one?

    Attributes:
        levels: the columns of levels with answers enough.
        numbers: how many columns numbers have.
    """

    levels: NDArray[np.int64]
    numbers: int

    @classmethod
    def of(cls, layout: Layout, rows: Encoded) -> Asked:
        """Levels that could be a leaf by themselves."""
        own = rows.codes[:, : len(layout.factors)]
        counts = np.bincount(own[own >= 0], minlength=layout.width)
        return cls(np.flatnonzero(counts >= _STAGE.least), rows.numbers.shape[1])

    def columns(self, rows: Encoded) -> Iterator[NDArray[np.float64]]:
        """(n,) each."""
        for level in self.levels:
            yield (rows.codes == level).any(axis=1).astype(np.float64)
        for number in range(self.numbers):
            yield rows.numbers[:, number]


def grow(
    binned: Binned,
    rows: NDArray[np.int64],
    answers: Answers,
    start: NDArray[np.float64],
) -> Trees:
    """Trees, asking about bins, whose sum is added to a logit: four for each Newton step (Friedman et al. 2000).

    Args:
        binned: what they may ask about, of everybody.
        rows: (m,) those to learn from.
        answers: of everybody.
        start: (n,) the logit they begin from.
    """
    outcome, weight, _ = answers.rows(rows)
    logit, steps = start[rows].copy(), [Trees.none()]
    for _ in range(_STAGES[-1]):
        chance = 1.0 / (1.0 + np.exp(-logit))
        heavy = weight * np.maximum(chance * (1.0 - chance), 1e-6)
        trees = boost(binned, rows, weight * (outcome - chance), heavy, _STAGE)
        if not trees.count:
            break
        logit += trees.of(binned.bins[:, rows])
        steps.append(trees)
    return Trees.joined(steps)
