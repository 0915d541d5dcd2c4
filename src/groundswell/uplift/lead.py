"""A head start from other campaigns, as far as this one bears it out.

What lessons say of each person is a guess at how an option's effect on them differs from its effect on everybody. One number,
estimated from this campaign's own draws for all options together and clipped to 0..1, says how much of the guess holds here;
both parts of the model then learn what is left. Without lessons there is nothing to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.gram import pair_of
from groundswell.uplift.hints import Hints, hinted


@dataclass(frozen=True)
class Lead:
    """The head start.

    Attributes:
        hints: for each option but ``nothing`` what lessons say of whom it moves.
        centre: (K,) the mean of what they say over the people of the experiment.
        share: (folds, folds) how much of it holds; ``[f, g]`` is estimated without the folds f and g.
    """

    hints: Hints
    centre: NDArray[np.float64]
    share: NDArray[np.float64]

    @classmethod
    def weigh(
        cls, evidence: Evidence, residual: NDArray[np.float64], fresh: NDArray[np.float64] | None = None
    ) -> Lead | None:
        """Hold what lessons say against the evidence; None where they say nothing.

        Args:
            evidence: n people.
            residual: (folds, n) outcomes less what was expected, by a model that saw neither the fold nor the person's own.
            fresh: (folds, n) what is left of an effect on each person, by the model of each fold; None: all of it.
        """
        hints = tuple(tuple(evidence.hints.get(option, ())) for option in evidence.options[1:])
        said = hinted(evidence.traits, hints)
        if said is None:
            return None
        centre = said.mean(axis=0)
        weight, score = np.zeros((FOLDS, FOLDS)), np.zeros((FOLDS, FOLDS))
        for aside, arm in product(range(FOLDS), range(len(hints))):
            left_of_it = None if fresh is None else fresh[aside]
            pair = pair_of(evidence, np.arange(len(evidence.arm)), arm, left_of_it)
            guess, fold = said[pair.rows, arm] - centre[arm], evidence.fold[pair.rows]
            # The effect on everybody is the option's own to learn: only what differs from it is held against the guess.
            total = float(pair.contrast @ pair.factor)
            guess = guess - (float((pair.contrast * pair.factor) @ guess) / total if total > 0 else 0.0)
            weight[aside] += np.bincount(fold, pair.contrast * pair.factor * guess**2, minlength=FOLDS)
            score[aside] += np.bincount(fold, pair.factor * residual[aside, pair.rows] * guess, minlength=FOLDS)
        share = np.zeros((FOLDS, FOLDS))
        for aside in range(FOLDS):
            for left in range(FOLDS):
                kept = [fold for fold in range(FOLDS) if fold not in {aside, left}]
                whole = weight[aside, kept].sum()
                share[aside, left] = np.clip(score[aside, kept].sum() / whole, 0.0, 1.0) if whole > 0 else 0.0
        return cls(hints, centre, share)

    def guess(self, traits: pa.Table) -> NDArray[np.float64]:
        """(n, K) what lessons say of these people, above or below what they say of everybody."""
        said = hinted(traits, self.hints)
        return np.zeros((traits.num_rows, len(self.hints))) if said is None else said - self.centre
