"""What a plan is truly worth, where the truth is known: only in made-up places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundswell.policy.options import Openness
from groundswell.policy.plan import Plan
from groundswell.policy.rivals import Field, average_effects
from groundswell.policy.settings import Limit, most_of
from groundswell.uplift import Evidence


def true_gains(
    openness: Openness,
    plan: Plan,
    chances: NDArray[np.float64],
    *,
    limits: Sequence[Limit],
    evidence: Evidence | None = None,
) -> dict[str, float]:
    """The true gain over nothing, per person, of the plan, of its rivals under the same limits, and of the oracle.

    Args:
        openness: what is open to the units of the plan.
        plan: what was decided.
        chances: (people, K + 1) the true probability of the goal action given nothing, and given each option.
        limits: what is scarce.
        evidence: what rivals are chosen by; without any only plan and oracle are told.

    Returns:
        ``decided``: the plan as it is carried out, holdout and exploration included. ``oracle``: the best there is within
        the limits for whoever knows the truth, what rules close left closed. With evidence also ``policy`` (before holdout
        and exploration are taken out) and its rivals, with all units and the whole of every limit.
    """
    units, count = len(openness.unit_ids), openness.is_open.shape[1]
    size = np.bincount(openness.unit, minlength=units).astype(np.float64)
    effect = np.column_stack(
        [np.bincount(openness.unit, chances[:, place + 1] - chances[:, 0], minlength=units) for place in range(count)]
    ).astype(np.float64)
    known = evidence is not None and plan.policy.models is not None
    average = np.zeros(count)
    if known:
        assert evidence is not None
        for option, value in zip(evidence.options[1:], average_effects(evidence), strict=True):
            average[openness.options.index(option)] = value
    scores = plan.choices.scores
    field = Field(
        effect=scores.effect,
        size=size,
        is_open=openness.is_open,
        usable=scores.proven,
        use=openness.use,
        room=most_of(limits),
        average=average,
        habit=openness.habit & openness.is_open if openness.habit is not None and openness.habit.any() else None,
    )
    rows = {"oracle": field.best(effect), **(field.rivals().rows if known else {})}
    decided = np.zeros((units, count + 1))
    decided[np.arange(units), plan.option] = 1.0
    rows["decided"] = decided
    return {name: float((row[:, 1:] * effect).sum() / size.sum()) for name, row in rows.items()}
