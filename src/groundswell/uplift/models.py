"""What every fold learnt: enough to give anybody's effects, and portable.

A unit's effects come from the model of its fold, which did not see it; a batch of one gives the same bits as any batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.stats import Estimate
from groundswell.stats.trees import Trees
from groundswell.uplift.basis import relevance
from groundswell.uplift.features import Design
from groundswell.uplift.freshness import Freshness, contacts_in
from groundswell.uplift.guard import Scope
from groundswell.uplift.hints import Hint, Hints, hinted

_ARRAYS = ("coefficients", "slope", "covariance", "scope", "harm", "threshold", "level", "harmful")
_OF_HINTS = ("hint_centre", "hint_share")


class Foretold(NamedTuple):
    """What models say of some units.

    Attributes:
        value: (units, K) effects on whole units were they rested.
        error: (units, K) their standard errors; zeros unless asked for.
        unlike: (n,) people unlike all of the experiment.
        fresh: (units,) what is left of effects, for the unit was contacted of late.
    """

    value: NDArray[np.float64]
    error: NDArray[np.float64]
    unlike: NDArray[np.bool_]
    fresh: NDArray[np.float64]


@dataclass(frozen=True)
class Models:
    """What every fold learnt: enough to give anybody's effects, and portable.

    Attributes:
        options: the arms, ``nothing`` first; K = arms - 1 effects against it.
        design: traits -> columns.
        coefficients: (folds, K, p) effect of each column; column 0 is the broadcast effect.
        slope: (folds, K) the shrinkage of what differs from the broadcast effect.
        trees: (folds, K) ensembles that ask about the columns of ``design.asked``; what they say is added to the columns'.
        covariance: (folds, K, p, p) of the coefficients, unit-clustered.
        scope: (folds, K) ``Scope``: for whom the fold's own evidence would prove an option, were it as large as all.
        harm: (folds, K) ``Scope``: for whom it would prove that an option does harm.
        threshold: (folds, K) the effect per person from which on a unit is in the upper half, by each fold's own model.
        level: (K,) ``Scope`` proven by all folds together: what the plan may use.
        harmful: (K,) ``Scope`` of harm proven by all folds together: what the plan must not use.
        seed: what the folds were drawn with.
        topics: for each option but ``nothing`` the traits that say how much a person cares about what it says; where one
            has any, the last column is that interest.
        hints: for each option but ``nothing`` what lessons of other campaigns say of whom it moves.
        hint_centre: (K,) what they say of everybody.
        hint_share: (folds,) how much of what they say holds here.
        newcomers: option -> what a message that nobody has heard yet may do to everybody, going by its topics and channel.
        freshness: what is left of an effect on whoever was contacted of late; the effects here are on rested people. What is
            proven is of people as they were.
    """

    options: tuple[str, ...]
    design: Design
    coefficients: NDArray[np.float64]
    slope: NDArray[np.float64]
    trees: Trees
    covariance: NDArray[np.float64]
    scope: NDArray[np.int64]
    harm: NDArray[np.int64]
    threshold: NDArray[np.float64]
    level: NDArray[np.int64]
    harmful: NDArray[np.int64]
    seed: int = 0
    topics: tuple[tuple[str, ...], ...] = ()
    hints: Hints = ()
    hint_centre: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    hint_share: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    newcomers: Mapping[str, Estimate] = field(default_factory=dict)
    freshness: Freshness = field(default_factory=Freshness.assumed)

    def as_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON header and arrays: for a policy file."""
        header = {"options": list(self.options), "design": self.design.as_json(), "seed": self.seed}
        header["topics"] = [list(names) for names in self.topics]
        header["hints"] = [[hint.as_json() for hint in its] for its in self.hints]
        header["freshness"] = self.freshness.as_json()
        header["newcomers"] = {option: list(effect) for option, effect in self.newcomers.items()}
        return header, {name: getattr(self, name) for name in (*_ARRAYS, *_OF_HINTS)} | self.trees.as_arrays()

    @classmethod
    def from_parts(cls, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Models:
        """The inverse of :meth:`as_parts`; other arrays are left alone."""
        return cls(
            options=tuple(header["options"]),
            design=Design.from_json(header["design"]),
            seed=header["seed"],
            topics=tuple(map(tuple, header["topics"])),
            hints=tuple(tuple(map(Hint.from_json, its)) for its in header["hints"]),
            newcomers={option: Estimate(*effect) for option, effect in header["newcomers"].items()},
            trees=Trees.from_arrays(arrays),
            freshness=Freshness.from_json(header["freshness"]) if "freshness" in header else Freshness.assumed(),
            **{name: arrays[name] for name in (*_ARRAYS, *_OF_HINTS)},
        )

    def effects(
        self, traits: pa.Table, unit: NDArray[np.int64], unit_fold: NDArray[np.int64], *, errors: bool = False
    ) -> Foretold:
        """The effect of each option on whole units, summed over their people, and what is left of it.

        Args:
            traits: n people.
            unit: (n,) index of each person's unit.
            unit_fold: (units,) the fold whose model speaks of the unit: the one that did not see it.
            errors: also give standard errors (a small matrix product a unit).

        Returns:
            What is foretold; for people unlike all of the experiment the broadcast effect stands.
        """
        basis = self.design.basis(traits)
        unlike = self.design.unlike(traits)
        units, width = len(unit_fold), self.design.width
        # One column after the other, never a matrix product: a batch of one must give the same bits.
        columns = np.empty((units, width))
        for place in range(width):
            values = basis[:, place] if place == 0 else np.where(unlike, 0.0, basis[:, place])
            columns[:, place] = np.bincount(unit, values, minlength=units)
        cares = relevance(traits, self.topics)
        told = self._told(traits, unit_fold[unit], unlike)
        value = np.zeros((units, len(self.options) - 1))
        error = np.zeros_like(value)
        for arm in range(value.shape[1]):
            mine = columns
            if cares is not None:
                mine = np.column_stack(
                    [columns, np.bincount(unit, np.where(unlike, 0.0, cares[:, arm]), minlength=units)]
                )
            for place in range(mine.shape[1]):
                shrunk = self.coefficients[:, arm, place] * (1.0 if place == 0 else self.slope[:, arm])
                value[:, arm] += mine[:, place] * shrunk[unit_fold]
            value[:, arm] += np.bincount(unit, told[:, arm], minlength=units) * self.slope[unit_fold, arm]
            if errors:
                error[:, arm] = self._errors(arm, mine, unit_fold)
        return Foretold(value, error, unlike, self.freshness.of_units(contacts_in(traits), unit, unit_fold))

    def _told(self, traits: pa.Table, fold: NDArray[np.int64], unlike: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(n, K) what trees and lessons say of each person, by the fold that did not see them; 0 for those unlike all."""
        found = np.zeros((traits.num_rows, len(self.options) - 1))
        said = hinted(traits, self.hints)
        if said is not None:
            found += np.where(unlike, 0.0, self.hint_share[fold])[:, None] * (said - self.hint_centre)
        if not self.trees.count:
            return found
        columns = np.stack(list(self.design.asked(traits)))
        for aside in np.unique(fold):
            rows = np.flatnonzero((fold == aside) & ~unlike)
            mine = np.ascontiguousarray(columns[:, rows])
            for arm in range(found.shape[1]):
                found[rows, arm] += self.trees[aside, arm].of(mine)
        return found

    def _errors(self, arm: int, columns: NDArray[np.float64], unit_fold: NDArray[np.int64]) -> NDArray[np.float64]:
        # Not scaled by the slope: what shrinkage takes from the value stays in doubt.
        variance = np.einsum("up,upq,uq->u", columns, self.covariance[unit_fold, arm], columns)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def opened(self) -> tuple[tuple[int, ...], int]:
        """How many options each fold's own evidence lets through, and how many that of all folds does."""
        scope, harm = np.vstack([self.scope, self.level]), np.vstack([self.harm, self.harmful])
        *folds, whole = ((scope != Scope.NOBODY) & (harm != Scope.EVERYBODY)).sum(axis=1).tolist()
        return tuple(folds), whole

    def open_for(
        self,
        value: NDArray[np.float64],
        size: NDArray[np.float64],
        unit_fold: NDArray[np.int64],
        *,
        whole: bool,
        unlike: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]:
        """(units, K) where an option is proven for the group the unit belongs to, and proven to do harm to none such.

        Args:
            value: (units, K) effects of whole units were they rested: being tired makes nobody one of another group.
            size: (units,) people in each.
            unit_fold: (units,) each unit's fold.
            whole: True: all folds' evidence decides (the plan); False: only the fold's own (its evaluation).
            unlike: (units,) units unlike all of the experiment: they are in no upper half.
        """
        upper = self._upper(value, size, unit_fold, unlike)
        scope = np.broadcast_to(self.level, value.shape) if whole else self.scope[unit_fold]
        harm = np.broadcast_to(self.harmful, value.shape) if whole else self.harm[unit_fold]
        helps = (scope == Scope.EVERYBODY) | ((scope == Scope.UPPER_HALF) & upper)
        return np.asarray(helps & _spared(harm, upper))

    def harmless_for(
        self,
        value: NDArray[np.float64],
        size: NDArray[np.float64],
        unit_fold: NDArray[np.int64],
        *,
        unlike: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]:
        """(units, K) where an option is not proven to do harm to the group the unit belongs to, by all folds' evidence."""
        harm = np.broadcast_to(self.harmful, value.shape)
        return np.asarray(_spared(harm, self._upper(value, size, unit_fold, unlike)))

    def _upper(
        self,
        value: NDArray[np.float64],
        size: NDArray[np.float64],
        unit_fold: NDArray[np.int64],
        unlike: NDArray[np.bool_] | None,
    ) -> NDArray[np.bool_]:
        """(units, K) who is among the half that an option is expected to move most."""
        upper = value / np.maximum(size, 1.0)[:, None] >= self.threshold[unit_fold]
        return np.asarray(upper if unlike is None else upper & ~unlike[:, None])


def _spared(harm: NDArray[np.int64], upper: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray((harm != Scope.EVERYBODY) & ((harm != Scope.LOWER_HALF) | upper))
