"""Who gets what, by the traits of units: what words about groups are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.policy import REASONS, Batch, Plan
from groundswell.profiles import trait_columns
from groundswell.segments import describe

BY_CHANCE = [REASONS.index(reason) for reason in ("explored", "holdout", "experiment")]
BY_FLOOR = [REASONS.index(reason) for reason in ("floor", "floor-repaired")]
FEWEST = 20
"""Fewer units are not described."""


def gather_groups(batch: Batch, plan: Plan) -> dict[str, Any]:
    """Option -> who gets it, in a form that words can be made of; explorers are left out, they were drawn."""
    traits = by_unit(batch)
    drawn = np.isin(plan.reason, BY_CHANCE)
    found = {}
    for place, option in enumerate(plan.policy.options):
        chosen = (plan.option == place + 1) & ~drawn
        if chosen.sum() >= FEWEST:
            group = describe(chosen[~drawn], {name: values[~drawn] for name, values in traits.items()})
            found[option] = {
                "units": group.units,
                "share": group.share,
                "leaves": [
                    {
                        "conditions": [condition._asdict() for condition in leaf.conditions],
                        "units": leaf.units,
                        "share": leaf.share,
                    }
                    for leaf in group.leaves
                ],
                "means": [mean._asdict() for mean in group.means],
            }
    return found


def by_unit(batch: Batch) -> dict[str, NDArray[np.float64]]:
    """Trait -> (units,) the mean over each unit's people, as far as it is known."""
    size = np.bincount(batch.unit, minlength=len(batch.unit_ids)).astype(np.float64)
    traits = {}
    for name in trait_columns(batch.traits):
        column = batch.traits[name]
        if pa.types.is_floating(column.type):
            values = column.to_numpy()
            known = ~np.isnan(values)
            count = np.bincount(batch.unit, known, minlength=len(size))
            total = np.bincount(batch.unit, np.where(known, values, 0.0), minlength=len(size))
            # A household's mean of a trait says the same as the mean over its people: once is enough.
            if not (name.startswith("household_") and name.removeprefix("household_") in traits):
                traits[name] = np.divide(total, count, out=np.full(len(size), np.nan), where=count > 0)
    return traits
