"""What a message does to each group: chosen on some units, and estimated on others that chose nothing.

Three folds of five learn; the other two judge. So neither the groups nor the message that is named for each was chosen by
the outcomes that say what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.stats import Estimate, clustered_mean, z_value
from groundswell.uplift.evidence import Evidence, fold_of
from groundswell.uplift.guard import GuardSpec, noise_of
from groundswell.uplift.learner import Learnt, learn

JUDGING = (3, 4)
"""The folds that only judge."""
_FEWEST = 100
_FEWEST_DRAWN = 30


@dataclass(frozen=True)
class Halves:
    """Evidence in two parts.

    Attributes:
        learnt: from the part that learns.
        seed: its folds'.
        judging: (units,) True where a unit only judges.
    """

    learnt: Learnt
    seed: int
    judging: NDArray[np.bool_]


class Judged(NamedTuple):
    """The message that was chosen for a group, and what it did to others of the same group.

    Attributes:
        option: the message and its channel.
        effect: per person, with a 95 % interval.
        proven: True where it is above 0 at the guard's alpha over all groups.
        units: how many judged it.
    """

    option: str
    effect: Estimate
    proven: bool
    units: int


def halved(evidence: Evidence, guard: GuardSpec | None = None) -> Halves:
    """Learn from three folds, and keep two to judge.

    Args:
        evidence: all of it.
        guard: how sure a proof must be.

    >>> import pyarrow as pa
    >>> half, ids = np.arange(500) % 2, tuple(map(str, range(500)))
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 500)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(500, 0.5), unit=np.arange(500), cluster=np.arange(500), cluster_ids=ids,
    ... )
    >>> bool(0.3 < halved(past).judging.mean() < 0.5)
    True
    """
    judging = np.isin(evidence.unit_fold, JUDGING)
    seed = evidence.seed + 1
    return Halves(learn(_part(evidence, ~judging, seed), guard), seed, judging)


def most_moved(halves: Halves, traits: pa.Table, ids: list[str]) -> NDArray[np.float64]:
    """(n,) what the option that moves each person most does to them when they are rested, as the learning part has it.

    Args:
        halves: of the evidence.
        traits: n people.
        ids: (n,) whom their folds go by.

    >>> half, ids = np.arange(500) % 2, list(map(str, range(500)))
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 500)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(500, 0.5), unit=np.arange(500), cluster=np.arange(500), cluster_ids=tuple(ids),
    ... )
    >>> most_moved(halved(past), past.traits, ids).round(1).tolist() == [1.0] * 500
    True
    """
    models = halves.learnt.models
    value = models.effects(traits, np.arange(len(ids)), fold_of(ids, halves.seed)).value
    return np.asarray(value.max(axis=1)) if value.shape[1] else np.zeros(len(ids))


def judge_groups(
    evidence: Evidence,
    halves: Halves,
    group: NDArray[np.int64],
    count: int,
    guard: GuardSpec,
    *,
    together: int | None = None,
) -> list[Judged | None]:
    """The best option for each group by the learning part, and its effect by the judging part.

    Effects are of persons, by inverse propensity about the means of the same group and arm in the learning part; who lives
    with somebody lends them nothing.

    Args:
        evidence: all of it.
        halves: which units learn, and which judge.
        group: (n,) the group of each row of the evidence.
        count: how many groups there are.
        guard: how sure a proof must be, over all groups.
        together: how many groups are told together, where others are beside these; None: these.

    Returns:
        For each group the option and its effect; None where too few units were drawn for any, or for nothing. The error is
        the larger of two, as the guard's: the clustered one, and that of a world in which the option does nothing.

    >>> import pyarrow as pa
    >>> half, age = np.arange(4_000) % 2, np.linspace(20, 80, 4_000)
    >>> came = half * (age > 50) * 0.4 + np.random.default_rng(0).normal(0, 0.2, 4_000)
    >>> ids = tuple(map(str, range(4_000)))
    >>> past = Evidence(
    ...     pa.table({"age": age}), ("nothing", "hello/post"), arm=half, outcome=came, propensity=np.full(4_000, 0.5),
    ...     unit=np.arange(4_000), cluster=np.arange(4_000), cluster_ids=ids,
    ... )
    >>> young, old = judge_groups(past, halved(past), (age > 50).astype(int), 2, GuardSpec())
    >>> young.proven, old.proven, old.effect.lower < 0.4 < old.effect.upper
    (False, True, True)
    """
    judging, clusters = halves.judging[evidence.unit], len(evidence.cluster_ids)
    found: list[Judged | None] = []
    for place in range(count):
        mine = group == place
        options = [
            (_told(evidence, mine & ~judging, arm)[1] - _told(evidence, mine & ~judging, 0)[1], arm)
            for arm in range(1, len(evidence.options))
            if _enough(evidence, mine & ~judging, arm)
        ]
        arm = max(options)[1] if options else 0
        if not arm or not _enough(evidence, mine & judging, arm):
            found.append(None)
            continue
        gain = np.zeros(len(mine))
        chance = evidence.unit_chances[evidence.unit]
        here = mine & judging & (chance[:, arm] > 0) & (chance[:, 0] > 0)
        for one, sign in ((arm, 1.0), (0, -1.0)):
            mean = _told(evidence, mine & ~judging, one)[1]
            drawn = here & (evidence.arm == one)
            gain[here] += sign * mean
            gain[drawn] += sign * (evidence.outcome[drawn] - mean) / evidence.propensity[drawn]
        of = evidence.cluster[evidence.unit[here]]
        total = np.bincount(of, (gain * evidence.counted)[here], minlength=clusters).astype(np.float64)
        size = np.bincount(of, evidence.counted[here], minlength=clusters).astype(np.float64)
        gained = clustered_mean(total[size > 0], size[size > 0])
        error = max((gained.upper - gained.lower) / (2 * z_value(0.975)), _least(evidence, here, arm))
        proven = gained.value > z_value(1 - guard.alpha / (together or count)) * error
        effect = Estimate.around(gained.value, error)
        found.append(Judged(evidence.options[arm], effect, bool(proven), len(np.unique(evidence.unit[here]))))
    return found


def _least(evidence: Evidence, here: NDArray[np.bool_], arm: int) -> float:
    """The standard error that an option's effect on some people has at least, in a world in which it does nothing."""
    counted = np.where(here, evidence.counted, 0.0)
    left = (evidence.outcome - counted @ evidence.outcome / counted.sum()) * evidence.counted
    both = here & ((evidence.arm == 0) | (evidence.arm == arm))
    drawn = noise_of(evidence, left, here) * float((1.0 / evidence.propensity[both] ** 2).sum())
    return float(np.sqrt(drawn) / counted.sum())


def _told(evidence: Evidence, some: NDArray[np.bool_], arm: int) -> tuple[int, float]:
    """How many units of some people were drawn for an arm, and their mean outcome, by inverse propensity."""
    mine = some & (evidence.arm == arm)
    weight = evidence.counted[mine] / evidence.propensity[mine]
    units = len(np.unique(evidence.unit[mine]))
    return units, float(weight @ evidence.outcome[mine] / weight.sum()) if units else 0.0


def _enough(evidence: Evidence, some: NDArray[np.bool_], arm: int) -> bool:
    """Were enough units of a group drawn for an option and for nothing? A model alone says nothing of what it did."""
    drawn = [_told(evidence, some, one)[0] for one in (0, arm)]
    return min(drawn) >= _FEWEST_DRAWN and sum(drawn) >= _FEWEST


def _part(evidence: Evidence, units: NDArray[np.bool_], seed: int) -> Evidence:
    """The evidence of some units only."""
    rows = units[evidence.unit]
    place = np.cumsum(units) - 1
    cluster, names = evidence.cluster[units], np.asarray(evidence.cluster_ids, dtype=object)
    used, again = np.unique(cluster, return_inverse=True)
    return replace(
        evidence,
        traits=evidence.traits.filter(pa.array(rows)),
        arm=evidence.arm[rows],
        outcome=evidence.outcome[rows],
        propensity=evidence.propensity[rows],
        unit=place[evidence.unit[rows]],
        cluster=again.astype(np.int64),
        cluster_ids=tuple(names[used].tolist()),
        seed=seed,
        unit_ids=tuple(np.asarray(evidence.unit_ids, dtype=object)[units].tolist()) if evidence.unit_ids else (),
        chances=None if evidence.chances is None else evidence.chances[units],
        given=None if evidence.given is None else evidence.given[units],
        wave=None if evidence.wave is None else evidence.wave[units],
        counts=None if evidence.counts is None else evidence.counts[rows],
        contacts=None if evidence.contacts is None else evidence.contacts[rows],
    )
