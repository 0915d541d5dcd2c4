"""What the policy would have been worth on the past experiment, beside simpler ways to spend the same.

Everything about a unit - effects, proofs, prices - comes from folds that did not see its outcome. A margin is a fraction,
valued as a mixture and not as one draw. The four simpler ways are chosen on the other folds, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.stats import rankdata

from groundswell.allocate import find_prices, mixture
from groundswell.policy.options import Openness
from groundswell.policy.settings import Limit
from groundswell.stats import Estimate, difference_of_rates
from groundswell.uplift import FOLDS, Curve, Evidence, Learnt, effective_units, policy_value, uplift_curve

POLICIES = ("nothing", "broadcast", "mixture", "by_size", "single", "policy")
DIFFERENCES = (
    ("policy", "nothing"),
    ("policy", "broadcast"),
    ("policy", "single"),
    ("single", "broadcast"),
    ("policy", "mixture"),
    ("policy", "by_size"),
    ("broadcast", "nothing"),
)
FEWEST_UNITS = 100
"""A value that rests on fewer effective units is refused."""
FEWEST_MOVED = 30
"""A difference that moves 1 % of the units or more rests on at least so many effective units on either side."""
MOST_OUTSIDE = 0.05
"""A value with more weight than this on what the experiment never drew is refused."""


@dataclass(frozen=True)
class Arm:
    """One option in the past experiment: plain counts and rates, nothing adjusted."""

    option: str
    people: int
    units: int
    rate: float
    uplift: Estimate


class Refusal(NamedTuple):
    """Why a value is refused: ``few-units`` (how many there are), or ``outside`` (the share never drawn)."""

    reason: str
    amount: float


@dataclass(frozen=True)
class Replay:
    """The past experiment, and what policies would have made of it.

    Attributes:
        arms: each option's rate and unadjusted uplift, household-clustered, intention to treat.
        values: policy -> value per person of all, contacted or not; None where it is refused.
        differences: ``a-b`` -> difference per person; None where either is refused.
        spend: policy -> limit -> expected use, scaled to all units of the plan.
        curves: option -> uplift curve.
        broadcast: fold -> the message that ``broadcast`` sends.
        single: fold -> the message that ``single`` sends.
        refused: policy -> why its value is refused: ``few-units`` with their number, or ``outside`` with the share.
        people, units: how many the values rest on.
        rows: policy -> (units, arms) its probabilities on the experiment's units: the policy as fitted.
    """

    arms: tuple[Arm, ...]
    values: dict[str, Estimate | None]
    differences: dict[str, Estimate | None]
    spend: dict[str, dict[str, float]]
    curves: dict[str, Curve]
    broadcast: tuple[str, ...]
    single: tuple[str, ...]
    refused: dict[str, Refusal]
    people: int
    units: int
    rows: dict[str, NDArray[np.float64]]


def replay(
    evidence: Evidence | None,
    learnt: Learnt | None,
    *,
    openness: Openness,
    limits: Sequence[Limit],
    past: pa.Table | None = None,
) -> Replay | None:
    """Value the policy and its rivals on the past experiment.

    Args:
        evidence: the experiment; None: there is none.
        learnt: what was learnt of it.
        openness: what was open to the units of the plan before anybody said stop or was contacted, and what it uses; the
            experiment's units are among them.
        limits: what is scarce; a fold's budget is the budget times its share of the plan's units.
        past: the experiment as decisions, with the propensities of all arms where they are known.

    Returns:
        What every policy would have been worth, or None where there is no experiment.
    """
    if evidence is None or learnt is None:
        return None
    columns = [openness.options.index(option) for option in evidence.options[1:]]
    place_of = {unit: place for place, unit in enumerate(openness.unit_ids)}
    units = np.array([place_of[unit] for unit in evidence.unit_ids])
    is_open, use = openness.past_open[units][:, columns], openness.past_use[units][:, columns]
    scarce = [limit for limit in limits if limit.per is None]
    at_most = np.array([limit.at_most for limit in scarce], dtype=np.float64)
    planned_units = len(openness.unit_ids)
    never_drawn = None if past is None else _never_drawn(evidence, past)
    rows = {name: np.zeros(learnt.gamma.shape) for name in POLICIES}
    broadcasts, singles = [], []
    for fold in range(FOLDS):
        here = np.flatnonzero(evidence.unit_fold == fold)
        if not len(here):
            continue
        field = _Field(evidence, learnt, fold, is_open[here], use[here], at_most * len(here) / planned_units)
        sent, ranked = field.fill(rows, here)
        broadcasts.append(evidence.options[sent + 1])
        singles.append(evidence.options[ranked + 1])
    refused = {name: why for name in POLICIES if (why := _refuse(rows[name], evidence, never_drawn)) is not None}
    values: dict[str, Estimate | None] = {}
    for name in POLICIES:
        values[name] = None if name in refused else _value(rows[name], evidence, learnt)
    differences: dict[str, Estimate | None] = {}
    for one, other in DIFFERENCES:
        lost = one in refused or other in refused
        lost = lost or _rests_on_few(rows[one] - rows[other], evidence, never_drawn)
        differences[f"{one}-{other}"] = None if lost else _value(rows[one], evidence, learnt, rows[other])
    names, scale = [limit.name for limit in scarce], planned_units / evidence.units
    spend = {
        name: dict(zip(names, (np.einsum("uk,ukm->m", rows[name][:, 1:], use) * scale).tolist(), strict=True))
        for name in POLICIES
    }
    return Replay(
        arms=_arms(evidence),
        values=values,
        differences=differences,
        spend=spend,
        curves=_curves(evidence, learnt),
        broadcast=tuple(broadcasts),
        single=tuple(singles),
        refused=refused,
        people=len(evidence.arm),
        units=evidence.units,
        rows=rows,
    )


def _never_drawn(evidence: Evidence, past: pa.Table) -> NDArray[np.bool_] | None:
    """(units, arms) True where the design gave an arm no chance; None where only what was drawn is known."""
    if past["propensities"].null_count:
        return None
    options = past.schema.field("propensities").metadata[b"options"].decode().split("\n")
    chances = np.stack(past["propensities"].combine_chunks().flatten().to_numpy().reshape(-1, len(options)))
    place = pc.index_in(pa.array(evidence.unit_ids), value_set=past["unit"].combine_chunks()).to_numpy()
    return np.asarray(chances[place][:, [options.index(option) for option in evidence.options]] <= 0)


def _value(
    rows: NDArray[np.float64], evidence: Evidence, learnt: Learnt, against: NDArray[np.float64] | None = None
) -> Estimate:
    return policy_value(rows, learnt.gamma, size=evidence.size, cluster=evidence.cluster, against=against)


class _Field:
    """One evaluated fold: what may be known of it without its outcomes."""

    def __init__(
        self,
        evidence: Evidence,
        learnt: Learnt,
        fold: int,
        is_open: NDArray[np.bool_],
        use: NDArray[np.float64],
        room: NDArray[np.float64],
    ) -> None:
        here = np.flatnonzero(evidence.unit_fold == fold)
        self.effect, self.size = learnt.effect[here], evidence.size[here]
        fold_of = np.full(len(here), fold)
        proven = learnt.models.open_for(self.effect, self.size, fold_of, whole=False)
        self.is_open, self.use, self.room = is_open, use, room
        self.usable = is_open & proven
        self.broadcast_effect = _broadcast_effects(evidence, fold)
        self.mean_use = np.where(is_open[:, :, None], use, 0.0).mean(axis=0)

    def fill(self, rows: dict[str, NDArray[np.float64]], here: NDArray[np.int64]) -> tuple[int, int]:
        """Write every policy's rows for this fold; the message of broadcast and of single."""
        sent, share = self._broadcast()
        rows["nothing"][here, 0] = 1.0
        rows["broadcast"][here] = self._spread(np.eye(len(share))[sent] * share[sent])
        rows["mixture"][here] = self._spread(self._mixture())
        rows["by_size"][here] = self._ranked(self.size * (share[sent] > 0), sent)
        ranked = self._best_single()
        rows["single"][here] = self._ranked(self.effect[:, ranked], ranked)
        prices = find_prices(self.effect, self.use, self.room, is_open=self.usable)
        rows["policy"][here] = mixture(self.effect, self.use, prices, is_open=self.usable)
        return sent, ranked

    def _broadcast(self) -> tuple[int, NDArray[np.float64]]:
        """The message with the largest gain when a random share as large as affordable gets it."""
        total = self.mean_use * len(self.size)
        ratio = np.divide(self.room, total, out=np.full(total.shape, np.inf), where=total > 0)
        share = np.minimum(1.0, ratio.min(axis=1, initial=1.0))
        # A message that harms is best sent to nobody: broadcast may be nothing, and so may the largest first.
        share = np.where(self.broadcast_effect > 0, share, 0.0)
        return int(np.argmax(self.broadcast_effect * share)), share

    def _mixture(self) -> NDArray[np.float64]:
        """The best untargeted mix: shares of units by message."""
        count = len(self.broadcast_effect)
        limits = np.vstack([self.mean_use.T * len(self.size), np.ones((1, count))])
        found = linprog(-self.broadcast_effect, A_ub=limits, b_ub=np.append(self.room, 1.0), bounds=(0, 1))
        return np.asarray(found.x)

    def _spread(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        sent = np.where(self.is_open, shares, 0.0)
        return np.column_stack([1.0 - sent.sum(axis=1), sent])

    def _ranked(self, gain: NDArray[np.float64], message: int) -> NDArray[np.float64]:
        """One message to the units with the largest gain, as far as the limits go."""
        use, is_open = self.use[:, [message]], self.is_open[:, [message]]
        prices = find_prices(gain[:, None], use, self.room, is_open=is_open)
        part = mixture(gain[:, None], use, prices, is_open=is_open)
        rows = np.zeros((len(gain), self.use.shape[1] + 1))
        rows[:, 0], rows[:, message + 1] = part[:, 0], part[:, 1]
        return rows

    def _best_single(self) -> int:
        foretold = [
            float((self._ranked(self.effect[:, message], message)[:, message + 1] * self.effect[:, message]).sum())
            for message in range(self.effect.shape[1])
        ]
        return int(np.argmax(foretold))


def _broadcast_effects(evidence: Evidence, fold: int) -> NDArray[np.float64]:
    """(K,) effect of each message on everybody, on the other folds, weighted by the design."""
    kept = evidence.fold != fold
    weight = kept / evidence.propensity
    rates = [
        np.average(evidence.outcome, weights=weight * (evidence.arm == arm))
        if (kept & (evidence.arm == arm)).any()
        else 0.0
        for arm in range(len(evidence.options))
    ]
    return np.array(rates[1:]) - rates[0]


def _refuse(rows: NDArray[np.float64], evidence: Evidence, never_drawn: NDArray[np.bool_] | None) -> Refusal | None:
    units = effective_units(rows, evidence)
    if units < FEWEST_UNITS:
        return Refusal("few-units", units)
    outside = float((rows * never_drawn).sum() / rows.sum()) if never_drawn is not None else 0.0
    if outside > MOST_OUTSIDE:
        return Refusal("outside", outside)
    return None


def _rests_on_few(moved: NDArray[np.float64], evidence: Evidence, never_drawn: NDArray[np.bool_] | None) -> bool:
    """Is a difference carried by a handful of units, or by what was never drawn?

    Args:
        moved: (units, arms) one policy's rows less the other's; the many units that both treat alike are 0.
        evidence: the experiment.
        never_drawn: (units, arms) True where the design gave an arm no chance.
    """
    mass = np.abs(moved)
    if mass.sum() / 2 < 0.01 * evidence.units:
        return False
    if never_drawn is not None and (mass * never_drawn).sum() > MOST_OUTSIDE * mass.sum():
        return True
    sides = (np.maximum(moved, 0.0), np.maximum(-moved, 0.0))
    return min(effective_units(side, evidence) for side in sides) < FEWEST_MOVED


def _arms(evidence: Evidence) -> tuple[Arm, ...]:
    cluster = evidence.cluster[evidence.unit]
    baseline = evidence.arm == 0
    found = []
    for arm, option in enumerate(evidence.options):
        mine = evidence.arm == arm
        both = mine | baseline
        uplift = Estimate(0.0, 0.0, 0.0)
        if arm and mine.any() and baseline.any():
            uplift = difference_of_rates(evidence.outcome[both], mine[both], unit=cluster[both])
        rate = float(evidence.outcome[mine].mean()) if mine.any() else 0.0
        found.append(Arm(option, int(mine.sum()), int((evidence.unit_arm == arm).sum()), rate, uplift))
    return tuple(found)


def _curves(evidence: Evidence, learnt: Learnt) -> dict[str, Curve]:
    size = np.maximum(evidence.size, 1.0)
    return {
        option: uplift_curve(
            _ranks(learnt.effect[:, place] / size, evidence.unit_fold),
            learnt.gamma[:, place + 1] - learnt.gamma[:, 0],
            size=evidence.size,
            cluster=evidence.cluster,
        )
        for place, option in enumerate(evidence.options[1:])
    }


def _ranks(effect: NDArray[np.float64], fold: NDArray[np.int64]) -> NDArray[np.float64]:
    """(units,) the place of each unit within its fold, 0 to 1: between folds, levels differ by chance."""
    found = np.zeros(len(effect))
    for here in (np.flatnonzero(fold == number) for number in range(FOLDS)):
        found[here] = rankdata(effect[here], method="average") / max(len(here), 1)
    return found
