"""Proof, and silence: an option is used only where a group's effect is above zero beyond reasonable doubt.

A proof never refers to one person: in worlds without any effect, "this person's lower bound is above 0" contacts somebody
most of the time.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from groundswell.stats import Estimate, cluster_sums, z_value
from groundswell.uplift.evidence import FOLDS, Evidence

FEWEST_UNITS = 100
"""Fewer units than this in an arm, or in what it is compared with, prove nothing."""


class GuardSpec(BaseModel):
    """``[guard]``: how sure a proof must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alpha: float = Field(
        0.01, gt=0, le=0.2, description="the chance, over all options and rounds together, of a false proof"
    )

    def at_look(self, look: int) -> GuardSpec:
        """What of the chance may be spent when evidence is looked at for the k-th time: ``6 / (pi k)^2`` of it, 1 in all.

        >>> round(sum(GuardSpec().at_look(look).alpha for look in range(1, 10_000)), 4)
        0.01
        """
        return GuardSpec(alpha=self.alpha * 6 / (math.pi * look) ** 2)


class Scope(IntEnum):
    """For whom an option is proven."""

    NOBODY = 0
    EVERYBODY = 1
    UPPER_HALF = 2
    LOWER_HALF = 3


class Proof(NamedTuple):
    """One option tried on one group.

    Attributes:
        option: the arm.
        scope: the group: everybody, or the half of the units whose predicted effect is highest (for harm: lowest).
        effect: the group's effect per person with its 95 % interval.
        bound: the one-sided lower (for harm: upper) bound at the guard's level, shared out over all options and groups.
        people, units: how many the group has.
        proven: ``bound`` above (for harm: below) 0.
    """

    option: str
    scope: Scope
    effect: Estimate
    bound: float
    people: int
    units: int
    proven: bool


def prove(
    evidence: Evidence,
    residual: NDArray[np.float64],
    tau: NDArray[np.float64],
    among: NDArray[np.bool_],
    guard: GuardSpec,
    *,
    stands_for: float = 1.0,
) -> tuple[Proof, ...]:
    """Try every option on everybody, and on the half that the model ranks highest.

    Args:
        evidence: n people.
        residual: (n,) outcome less an out-of-fold prediction of it.
        tau: (n, K) out-of-fold effects; they only rank the units.
        among: (units,) the units that may be looked at.
        guard: the level.
        stands_for: how many times as much evidence is asked about: the bound is the one that so much would leave around the
            same effect. Other than 1 it proves nothing; it says what a guard of that much evidence would open.

    Returns:
        A proof (or none) for each option and group, over the units it was open to. Rounds count by their information. The
        error is the larger of two: the unit-clustered one, and that of a world in which the option does nothing.

    >>> import pyarrow as pa
    >>> half = np.arange(400) % 2
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 400)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(400, 0.5), unit=np.arange(400), cluster=np.arange(400),
    ...     cluster_ids=tuple(map(str, range(400))),
    ... )
    >>> proofs = prove(past, half - 0.5, np.zeros((400, 1)), np.ones(400, dtype=bool), GuardSpec())
    >>> proofs[0].proven, round(proofs[0].effect.value, 2)
    (True, 1.0)
    """
    arms = len(evidence.options) - 1
    seen = among[evidence.unit]
    share = guard.alpha / (2 * arms)
    baseline = (evidence.arm == 0) / evidence.propensity
    upper = upper_half(cluster_sums(tau * evidence.counted[:, None], evidence.unit, evidence.units), evidence)
    residual = residual * evidence.counted
    noise = noise_of(evidence, residual, seen)
    found = []
    for arm in range(arms):
        contrast = ((evidence.arm == arm + 1) / evidence.propensity - baseline) * residual * seen
        total = cluster_sums(contrast, evidence.unit, evidence.units)
        able = among & (evidence.unit_chances[:, [0, arm + 1]] > 0).all(axis=1)  # else there is nothing to compare with
        for scope, group in ((Scope.EVERYBODY, able), (Scope.UPPER_HALF, able & upper[:, arm])):
            found.append(_try(evidence, arm, total, scope, group, share, noise, stands_for))
    return tuple(found)


def prove_harm(
    evidence: Evidence,
    residual: NDArray[np.float64],
    tau: NDArray[np.float64],
    among: NDArray[np.bool_],
    guard: GuardSpec,
    *,
    stands_for: float = 1.0,
) -> tuple[Proof, ...]:
    """What is proven to push a group away: everybody, or the half that the model ranks lowest. :func:`prove`, turned around.

    >>> import pyarrow as pa
    >>> half = np.arange(400) % 2
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 400)}), ("nothing", "hello/post"), arm=half, outcome=1.0 - half,
    ...     propensity=np.full(400, 0.5), unit=np.arange(400), cluster=np.arange(400),
    ...     cluster_ids=tuple(map(str, range(400))),
    ... )
    >>> harms = prove_harm(past, 0.5 - half, np.zeros((400, 1)), np.ones(400, dtype=bool), GuardSpec())
    >>> harms[0].proven, round(harms[0].effect.value, 2), harms[1].scope.name
    (True, -1.0, 'LOWER_HALF')
    """
    return tuple(
        proof._replace(
            scope=Scope.LOWER_HALF if proof.scope == Scope.UPPER_HALF else proof.scope,
            effect=Estimate(-proof.effect.value, -proof.effect.upper, -proof.effect.lower),
            bound=-proof.bound,
        )
        for proof in prove(evidence, -residual, -tau, among, guard, stands_for=stands_for)
    )


def upper_half(effect: NDArray[np.float64], evidence: Evidence) -> NDArray[np.bool_]:
    """(units, K) True for the half of each fold whose effect per person is highest.

    Within each fold, because every fold's effects come from a model of its own: between them, levels differ by chance.

    Args:
        effect: (units, K) out-of-fold effects of whole units.
        evidence: the experiment.
    """
    each = effect / np.maximum(evidence.size, 1.0)[:, None]
    found = np.zeros(each.shape, dtype=bool)
    for fold in range(FOLDS):
        here = evidence.unit_fold == fold
        if here.any():
            found[here] = each[here] >= np.median(each[here], axis=0)
    return found


def noise_of(evidence: Evidence, residual: NDArray[np.float64], seen: NDArray[np.bool_]) -> float:
    """Variance of the residual per person over all arms, with what people share who were drawn together.

    It is the least that an arm's outcomes vary in a world in which no option does anything: a small arm in which hardly
    anybody acted looks as if it had no noise.

    Args:
        evidence: n people.
        residual: (n,) outcome less what was expected.
        seen: (n,) whose.

    Where units of one cluster were drawn apart, what they share cancels in a world without effect; else it does not.
    """
    together = evidence.cluster[evidence.unit] if not _drawn_apart(evidence) else evidence.unit
    sums = cluster_sums(np.where(seen, residual, 0.0), together, int(together.max()) + 1 if len(together) else 0)
    return float(sums @ sums) / max(float(seen.sum()), 1.0)


def _drawn_apart(evidence: Evidence) -> bool:
    """Were units of one cluster given different arms in one round?"""
    waves = int(evidence.unit_wave.max()) + 1 if evidence.units else 1
    place = evidence.cluster * waves + evidence.unit_wave
    low = np.full(int(place.max()) + 1 if len(place) else 0, len(evidence.options))
    high = np.full(len(low), -1)
    np.minimum.at(low, place, evidence.unit_arm)
    np.maximum.at(high, place, evidence.unit_arm)
    return bool((high > low).any())


def _try(
    evidence: Evidence,
    arm: int,
    total: NDArray[np.float64],
    scope: Scope,
    group: NDArray[np.bool_],
    share: float,
    noise: float,
    stands_for: float,
) -> Proof:
    counted = np.where(group, evidence.information, 0.0)
    size = counted * evidence.size
    people = size.sum()
    clusters = int(evidence.cluster.max()) + 1 if evidence.units else 0
    value = float((total * counted).sum() / people) if people else 0.0
    psi = cluster_sums(total * counted - value * size, evidence.cluster, clusters)
    error = float("inf")
    if people:
        both = group & ((evidence.unit_arm == 0) | (evidence.unit_arm == arm + 1))
        least = noise * float((counted**2 * evidence.size / evidence.unit_propensity**2)[both].sum())
        error = float(np.sqrt(max(float(psi @ psi), least)) / people)
    counts = np.bincount(evidence.unit_arm[group], minlength=len(evidence.options))
    enough = min(counts[0], counts[arm + 1]) * stands_for >= FEWEST_UNITS
    bound = value - z_value(1 - share) * error / math.sqrt(stands_for)
    return Proof(
        option=evidence.options[arm + 1],
        scope=scope,
        effect=Estimate.around(value, error) if np.isfinite(error) else Estimate(0.0, -1.0, 1.0),
        bound=float(bound) if np.isfinite(bound) else -1.0,
        people=int(evidence.size[group].sum()),
        units=int(group.sum()),
        proven=bool(enough and bound > 0),
    )
