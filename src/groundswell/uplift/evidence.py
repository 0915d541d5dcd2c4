"""What was drawn for whom, with which propensity, and what they did: one experiment, or several rounds of a campaign.

A round is never pooled with another by plain means: who is drawn for what hangs on what earlier rounds taught. Everything
here carries the propensities that were logged, and a round counts as much as its draw can tell (its *information*).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.stats import folds
from groundswell.uplift.hints import Hint
from groundswell.uplift.history import given_history
from groundswell.vocabulary import CONTACTS, NOTHING, EvidenceError

FOLDS = 5
"""How many parts the units fall into; what is said of a unit was learnt from the other four."""


class About(NamedTuple):
    """What an option says, and how: its topics and its channel."""

    topics: tuple[str, ...]
    channel: str


def fold_of(cluster_ids: Iterable[str], seed: int) -> NDArray[np.int64]:
    """The fold of each cluster, known or new: whose model may speak of it.

    >>> fold_of(["17", "18"], seed=0).tolist() == fold_of(["17", "18"], seed=0).tolist()
    True
    """
    return folds(cluster_ids, count=FOLDS, key=f"fold|{seed}")


@dataclass(frozen=True)
class Evidence:
    """What was done and what came of it, a row a person and round.

    Attributes:
        traits: n rows; float64 and string columns, as they were known when the round was drawn.
        options: names of the arms, ``nothing`` first.
        arm: (n,) index into ``options``.
        outcome: (n,) the goal action: 0/1, or an amount.
        propensity: (n,) probability that the person's unit was drawn for its arm, > 0.
        unit: (n,) index of the person's unit: what a decision was about, in one round.
        cluster: (units,) index of the unit's cluster: what statistics are clustered by, over all rounds.
        cluster_ids: the cluster's ids; the fold hangs on them and on the seed alone.
        seed: another seed splits the units into other folds.
        unit_ids: the units' ids, where they have any; a unit of several rounds stands there several times.
        chances: (units, arms) logged probability of every arm, 0 where it was closed; a row of NaN where only that of the
            arm that was drawn is known. None: nowhere more than that.
        given: (units, arms) the same given what the unit had been through (:mod:`~groundswell.uplift.history`); None: as it
            was logged.
        wave: (units,) the round each unit was drawn in; None: there is one.
        topics: for each option but ``nothing`` the traits that say how much a person cares about what it says.
        counts: (n,) how much a row counts, above 0; None: all the same.
        about: what options are about, also such as nobody has heard yet; needed for lessons only.
        hints: option -> what lessons of other campaigns say of whom it moves.
        source: what its own lessons are called.
        person_ids: (n,) whose each row is, where that is known.
        contacts: (n,) how often each had been contacted of late when the round was drawn; None: nobody had been.
    """

    traits: pa.Table
    options: tuple[str, ...]
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    propensity: NDArray[np.float64]
    unit: NDArray[np.int64]
    cluster: NDArray[np.int64]
    cluster_ids: Sequence[str]
    seed: int = 0
    unit_ids: tuple[str, ...] = ()
    chances: NDArray[np.float64] | None = None
    wave: NDArray[np.int64] | None = None
    topics: tuple[tuple[str, ...], ...] = ()
    counts: NDArray[np.float64] | None = None
    about: Mapping[str, About] = field(default_factory=dict)
    hints: Mapping[str, tuple[Hint, ...]] = field(default_factory=dict)
    source: str = ""
    person_ids: tuple[str, ...] = ()
    contacts: NDArray[np.float64] | None = None
    given: NDArray[np.float64] | None = None

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
        cls,
        traits: Mapping[int, pa.Table],
        people: pa.Table,
        outcomes: pa.Table,
        decisions: Sequence[pa.Table],
        options: Sequence[str],
        *,
        topics: Mapping[str, tuple[str, ...]] | None = None,
        seed: int = 0,
        about: Mapping[str, About] | None = None,
        hints: Mapping[str, tuple[Hint, ...]] | None = None,
        source: str = "",
    ) -> Evidence | None:
        """Bring the tables of all rounds together.

        Args:
            traits: round -> ``person``, ``unit`` and the trait columns as they were known then; ``recent_contacts`` is no
                trait, but says how tired each was.
            people: ``person`` and ``cluster`` of everybody there is today; whoever is gone teaches nothing any more.
            outcomes: ``round``, ``person``, ``option``, ``propensity``, ``value`` of those whose outcome is known.
            decisions: the decisions of those rounds, for the propensities of all options.
            options: the campaign's options, without ``nothing``; those without anybody in them are left out.
            topics: option -> the traits that say how much a person cares about what it says.
            seed: what the folds are drawn with.
            about: option -> its topics and its channel.
            hints: option -> what lessons of other campaigns say of whom it moves.
            source: what lessons of this evidence are called.

        Returns:
            The evidence, or None where nobody received nothing, or nobody anything else.
        """
        known = pc.is_in(outcomes["person"], value_set=people["person"].combine_chunks())
        known = pc.and_(known, pc.is_in(outcomes["option"], value_set=pa.array([NOTHING, *options])))
        outcomes = outcomes.filter(known)
        counts = {row["values"]: row["counts"] for row in pc.value_counts(outcomes["option"]).to_pylist()}
        arms = (NOTHING, *(option for option in options if counts.get(option)))
        if not counts.get(NOTHING) or len(arms) == 1:
            return None
        given = given_history(decisions)
        as_logged = all(one is other for one, other in zip(given, decisions, strict=True))  # nobody was held out
        parts = [
            _one_round(traits[wave], outcomes.filter(pc.equal(outcomes["round"], wave)), decisions, given, arms, wave)
            for wave in sorted(pc.unique(outcomes["round"]).to_pylist())
        ]
        rows = pa.concat_tables([part.rows for part in parts], promote_options="default")
        rows, starts = _blanks_filled(rows), np.cumsum([0, *(len(part.unit_ids) for part in parts)])
        unit = np.concatenate([part.unit + start for part, start in zip(parts, starts[:-1], strict=True)])
        place = pc.index_in(rows["person"], value_set=people["person"].combine_chunks())
        cluster = people["cluster"].take(place).combine_chunks().dictionary_encode()
        cluster_of_unit = np.zeros(starts[-1], dtype=np.int64)
        cluster_of_unit[unit] = cluster.indices.to_numpy()
        counted = CONTACTS in rows.column_names
        return cls(
            traits=rows.drop_columns(["person", "unit", *([CONTACTS] if counted else [])]),
            options=arms,
            arm=np.concatenate([part.arm for part in parts]),
            outcome=np.concatenate([part.outcome for part in parts]),
            propensity=np.concatenate([part.propensity for part in parts]),
            unit=unit,
            cluster=cluster_of_unit,
            cluster_ids=tuple(cluster.dictionary.to_pylist()),
            seed=seed,
            unit_ids=tuple(name for part in parts for name in part.unit_ids),
            chances=np.vstack([part.chances for part in parts]),
            wave=np.repeat([part.wave for part in parts], np.diff(starts)),
            topics=tuple((topics or {}).get(option, ()) for option in arms[1:]),
            about=about or {},
            hints=hints or {},
            source=source,
            person_ids=tuple(rows["person"].to_pylist()),
            contacts=np.nan_to_num(rows[CONTACTS].to_numpy()) if counted else None,
            given=None if as_logged else np.vstack([part.given for part in parts]),
        )

    @property
    def units(self) -> int:
        """How many units there are, each counted once a round."""
        return len(self.cluster)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """(units,) people in each unit, as they count."""
        return np.bincount(self.unit, self.counted, minlength=self.units).astype(np.float64)

    @cached_property
    def counted(self) -> NDArray[np.float64]:
        """(n,) how much each row counts."""
        return np.broadcast_to(1.0, len(self.arm)) if self.counts is None else self.counts

    @cached_property
    def contacted(self) -> NDArray[np.float64]:
        """(n,) how often each had been contacted of late."""
        return np.zeros(len(self.arm)) if self.contacts is None else np.nan_to_num(self.contacts)

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
        return self.counted * self.share[self.arm] / self.propensity

    @cached_property
    def unit_chances(self) -> NDArray[np.float64]:
        """(units, arms) the logged probability of every arm; the arms' shares where only that of the drawn one is known."""
        if self.chances is None:
            return np.broadcast_to(self.share, (self.units, len(self.share)))
        return self._told(self.chances)

    @cached_property
    def unit_given(self) -> NDArray[np.float64]:
        """(units, arms) the probability of every arm, given what the unit had been through where that is known."""
        return self.unit_chances if self.given is None else self._told(self.given)

    def _told(self, chances: NDArray[np.float64]) -> NDArray[np.float64]:
        """(units, arms) the same; the arms' shares where only that of the drawn one is known."""
        if not self._untold.any():
            return chances
        return np.where(np.isnan(chances), self._untold_share, chances)

    @cached_property
    def _untold_share(self) -> NDArray[np.float64]:
        """(arms,) share of people in each arm where only the drawn arm's propensity is known."""
        mine = self.arm[self._untold[self.unit]]
        return np.bincount(mine, minlength=len(self.options)) / max(len(mine), 1)

    @cached_property
    def _untold(self) -> NDArray[np.bool_]:
        """(units,) True where only the drawn arm's propensity is known."""
        return np.ones(self.units, dtype=bool) if self.chances is None else np.isnan(self.chances[:, 0])

    @cached_property
    def learning_weight(self) -> NDArray[np.float64]:
        """(n,) what a person counts in a regression on what was drawn: 1 where all propensities are known."""
        if not self._untold.any():
            return self.counted
        return self.counted * np.where(self._untold[self.unit], self._untold_share[self.arm] / self.propensity, 1.0)

    @cached_property
    def unit_wave(self) -> NDArray[np.int64]:
        """(units,) the place of each unit's round, 0 for the first there is."""
        if self.wave is None:
            return np.zeros(self.units, dtype=np.int64)
        return np.unique(self.wave, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def information(self) -> NDArray[np.float64]:
        """(units,) what a unit of each round counts: the inverse of the variance that the round's draw alone brings.

        One number a round, for all options alike, made of propensities and never of outcomes. A number for each option would
        keep the bad luck of an option that was dropped for it: its later rounds, which would put it right, would count least.
        """
        chance = self.unit_chances
        told = np.divide(1.0, chance, out=np.zeros_like(chance), where=chance > 0)
        odd = told.sum(axis=1) / np.maximum((chance > 0).sum(axis=1), 1)
        waves = int(self.unit_wave.max()) + 1 if self.units else 0
        total = np.bincount(self.unit_wave, self.size * odd, minlength=waves)
        people = np.bincount(self.unit_wave, self.size, minlength=waves)
        worth = np.divide(people, total, out=np.zeros(waves), where=total > 0)
        top = worth.max(initial=0.0)
        return np.asarray((worth / top if top else worth)[self.unit_wave])

    @cached_property
    def unit_fold(self) -> NDArray[np.int8]:
        """(units,) the fold of each unit, by keyed hash of its cluster's id: the same in every round."""
        return fold_of(self.cluster_ids, self.seed).astype(np.int8)[self.cluster]

    @cached_property
    def fold(self) -> NDArray[np.int8]:
        """(n,) the fold of each person."""
        return self.unit_fold[self.unit]


@dataclass(frozen=True)
class _Round:
    """One round's part of the evidence."""

    wave: int
    rows: pa.Table
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    propensity: NDArray[np.float64]
    unit: NDArray[np.int64]
    unit_ids: list[str]
    chances: NDArray[np.float64]
    given: NDArray[np.float64]


def _one_round(
    traits: pa.Table,
    outcomes: pa.Table,
    decisions: Sequence[pa.Table],
    given: Sequence[pa.Table],
    arms: Sequence[str],
    wave: int,
) -> _Round:
    place = pc.index_in(outcomes["person"], value_set=traits["person"].combine_chunks())
    outcomes = outcomes.filter(pc.is_valid(place))
    rows = traits.take(place.drop_null())
    unit = outcomes["unit"].combine_chunks().dictionary_encode()
    return _Round(
        wave=wave,
        rows=rows,
        arm=pc.index_in(outcomes["option"], value_set=pa.array(arms)).to_numpy().astype(np.int64),
        outcome=outcomes["value"].to_numpy(),
        propensity=outcomes["propensity"].to_numpy(),
        unit=unit.indices.to_numpy().astype(np.int64),
        unit_ids=unit.dictionary.to_pylist(),
        chances=_chances(unit.dictionary, decisions, arms, wave),
        given=_chances(unit.dictionary, given, arms, wave),
    )


def _chances(units: pa.Array, decisions: Sequence[pa.Table], arms: Sequence[str], wave: int) -> NDArray[np.float64]:
    """(units, arms) what was logged for every arm of today; an option that did not exist then had no chance."""
    found = np.full((len(units), len(arms)), np.nan)
    for table in decisions:
        mine = table.filter(pc.equal(table["round"], wave))
        if not mine.num_rows or mine["propensities"].null_count:
            continue
        options = table.schema.field("propensities").metadata[b"options"].decode().split("\n")
        flat = mine["propensities"].combine_chunks().flatten().to_numpy().reshape(-1, len(options))
        place = pc.index_in(units, value_set=mine["unit"].combine_chunks()).to_numpy(zero_copy_only=False)
        for column, arm in enumerate(arms):
            found[:, column] = flat[place.astype(np.int64), options.index(arm)] if arm in options else 0.0
    return found


def _blanks_filled(rows: pa.Table) -> pa.Table:
    """A trait that was not declared yet in an early round is a blank there, as everywhere: NaN."""
    for place, name in enumerate(rows.column_names):
        if pa.types.is_floating(rows[name].type) and rows[name].null_count:
            rows = rows.set_column(place, name, pc.fill_null(rows[name], np.nan))
    return rows
