"""What a past experiment says: who was drawn for what, with which propensity, and what they did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.stats import folds
from groundswell.vocabulary import NOTHING, EvidenceError

FOLDS = 5
"""How many parts the units fall into; what is said of a unit was learnt from the other four."""


def fold_of(cluster_ids: Iterable[str], seed: int) -> NDArray[np.int64]:
    """The fold of each cluster, known or new: whose model may speak of it.

    >>> fold_of(["17", "18"], seed=0).tolist() == fold_of(["17", "18"], seed=0).tolist()
    True
    """
    return folds(cluster_ids, count=FOLDS, key=f"fold|{seed}")


@dataclass(frozen=True)
class Evidence:
    """One past experiment, a row a person.

    Attributes:
        traits: n rows; float64 and string columns.
        options: names of the arms, ``nothing`` first.
        arm: (n,) index into ``options``.
        outcome: (n,) the goal action: 0/1, or an amount.
        propensity: (n,) probability that the person's unit was drawn for its arm, > 0.
        unit: (n,) index of the person's unit: what a decision is about.
        cluster: (units,) index of the unit's cluster: what statistics are clustered by.
        cluster_ids: the cluster's ids; the fold hangs on them and on the seed alone.
        seed: another seed splits the units into other folds.
        unit_ids: the units' ids, where they have any.
    """

    traits: pa.Table
    options: tuple[str, ...]
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    propensity: NDArray[np.float64]
    unit: NDArray[np.int64]
    cluster: NDArray[np.int64]
    cluster_ids: tuple[str, ...]
    seed: int = 0
    unit_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt from.

        Raises:
            EvidenceError: for propensities outside (0, 1], or a unit with two arms.
        """
        if len(self.propensity) and not (self.propensity.min() > 0 and self.propensity.max() <= 1):
            raise EvidenceError(
                "A propensity is not above 0 and at most 1.",
                found=f"{self.propensity.min():g} to {self.propensity.max():g}",
                expected="the probability with which each unit was drawn for what it received",
                hint="Reject the rows whose propensity is not known.",
            )
        first = np.full(self.units, -1, dtype=np.int64)
        first[self.unit] = self.arm
        if (first[self.unit] != self.arm).any():
            raise EvidenceError(
                "A unit has two treatments.",
                found=f"{int((first[self.unit] != self.arm).sum())} people whose unit had another treatment",
                expected="one treatment for everybody in a unit",
                hint="Decide by person, or reject those households.",
            )

    @classmethod
    def gather(
        cls, traits: pa.Table, people: pa.Table, outcomes: pa.Table, options: Sequence[str], *, seed: int = 0
    ) -> Evidence | None:
        """Bring the tables of a round together.

        Args:
            traits: ``person``, ``unit`` and the trait columns, one row a person.
            people: ``person`` and ``cluster`` in the same order.
            outcomes: ``person``, ``option``, ``propensity``, ``value`` of those whose outcome is known.
            options: the campaign's options, without ``nothing``; those without anybody in them are left out.
            seed: what the folds are drawn with.

        Returns:
            The evidence, or None where nobody received nothing, or nobody anything else.
        """
        counts = {row["values"]: row["counts"] for row in pc.value_counts(outcomes["option"]).to_pylist()}
        arms = [option for option in options if counts.get(option)]
        if not counts.get(NOTHING) or not arms:
            return None
        place = pc.index_in(outcomes["person"], value_set=traits["person"].combine_chunks())
        rows = traits.take(place)
        unit = rows["unit"].combine_chunks().dictionary_encode()
        cluster = people["cluster"].take(place).combine_chunks().dictionary_encode()
        cluster_of_unit = np.zeros(len(unit.dictionary), dtype=np.int64)
        cluster_of_unit[unit.indices.to_numpy()] = cluster.indices.to_numpy()
        return cls(
            traits=rows.drop_columns(["person", "unit"]),
            options=(NOTHING, *arms),
            arm=pc.index_in(outcomes["option"], value_set=pa.array([NOTHING, *arms])).to_numpy().astype(np.int64),
            outcome=outcomes["value"].to_numpy(),
            propensity=outcomes["propensity"].to_numpy(),
            unit=unit.indices.to_numpy().astype(np.int64),
            cluster=cluster_of_unit,
            cluster_ids=tuple(cluster.dictionary.to_pylist()),
            seed=seed,
            unit_ids=tuple(unit.dictionary.to_pylist()),
        )

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.cluster)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """(units,) people in each unit."""
        return np.bincount(self.unit, minlength=self.units).astype(np.float64)

    @cached_property
    def unit_arm(self) -> NDArray[np.int64]:
        """(units,) the arm of each unit."""
        arms = np.zeros(self.units, dtype=np.int64)
        arms[self.unit] = self.arm
        return arms

    @cached_property
    def unit_propensity(self) -> NDArray[np.float64]:
        """(units,) the propensity of each unit's arm."""
        found = np.ones(self.units)
        found[self.unit] = self.propensity
        return found

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """(arms,) share of people in each arm: the design that stabilised weights lead back to."""
        return np.bincount(self.arm, minlength=len(self.options)) / max(len(self.arm), 1)

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """(n,) stabilised weight: share of the arm over the propensity; 1 where the design is the same for all."""
        return self.share[self.arm] / self.propensity

    @cached_property
    def unit_fold(self) -> NDArray[np.int64]:
        """(units,) the fold of each unit, by keyed hash of its cluster's id."""
        return fold_of(self.cluster_ids, self.seed)[self.cluster]

    @cached_property
    def fold(self) -> NDArray[np.int64]:
        """(n,) the fold of each person."""
        return self.unit_fold[self.unit]
