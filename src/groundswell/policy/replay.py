"""What the policy would have been worth on what was drawn before, beside simpler ways to spend the same.

Every round is a field of its own, with a round's limits and what was open in it; a round counts as much as its draw can
tell. Everything about a unit - effects, proofs, prices - comes from folds that did not see its outcome. A margin is a
fraction, valued as a mixture and not as one draw. The four simpler ways are chosen on the other folds, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.policy.options import Openness
from groundswell.policy.rivals import POLICIES, Field, average_effects, compared
from groundswell.policy.settings import Limit, most_of
from groundswell.stats import Estimate, difference_of_rates, draw
from groundswell.uplift import (
    FOLDS,
    Curve,
    Evidence,
    Freshness,
    Learnt,
    contact_levels,
    contacts_in,
    effective_units,
    uplift_curve,
    value_by_unit,
)
from groundswell.vocabulary import CONTACTS, messenger_of

DIFFERENCES = (
    ("policy", "nothing"),
    ("policy", "broadcast"),
    ("policy", "single"),
    ("single", "broadcast"),
    ("policy", "mixture"),
    ("policy", "by_size"),
    ("policy", "stereotype"),
    ("one_voice", "single"),
    ("policy", "one_voice"),
    ("broadcast", "nothing"),
)
FEWEST_UNITS = 100
"""A value that rests on fewer effective units is refused."""
FEWEST_MOVED = 30
"""A difference that moves 1 % of the units or more rests on at least so many effective units on either side."""
MOST_OUTSIDE = 0.05
"""A value with more weight than this on what the experiment never drew is refused."""
_PARTS = 10


@dataclass(frozen=True)
class Arm:
    """One option in what was drawn before: counts, and rates that are unadjusted wherever the draw was even.

    Attributes:
        weighted: True where people were drawn with such different probabilities that rates are weighted by one over them.
    """

    option: str
    people: int
    units: int
    rate: float
    uplift: Estimate
    weighted: bool


class Refusal(NamedTuple):
    """Why a value is refused: ``few-units`` (how many there are), or ``outside`` (the share never drawn)."""

    reason: str
    amount: float


@dataclass(frozen=True)
class Replay:
    """The past experiment, and what policies would have made of it.

    Attributes:
        arms: each option's rate and unadjusted uplift, household-clustered, intention to treat.
        values: policy -> value per person of all, contacted or not; None where it is refused. Where people were contacted of
            late more often than anybody in the evidence, the interval holds whatever is left of effects on them.
        differences: ``a-b`` -> difference per person; None where either is refused.
        spend: policy -> limit -> expected use, scaled to all units of the plan.
        curves: option -> uplift curve.
        broadcast: fold -> the message that ``broadcast`` sends.
        single: fold -> the message that ``single`` sends.
        refused: policy -> why its value is refused: ``few-units`` with their number, or ``outside`` with the share.
        people, units: how many the values rest on.
        rows: policy -> (units, arms) its probabilities on the experiment's units: the policy as fitted.
        opened: how many options the guard of each fold's evidence let through; beside it how many that of all evidence does.
        unseen: share of people contacted of late so often as nobody in the evidence was: nothing shows how much wore off.
        left: what is left of effects after contacts of late; None where such contacts are not counted yet.
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
    opened: tuple[tuple[int, ...], int]
    unseen: float = 0.0
    left: Freshness | None = None


def replay(
    evidence: Evidence | None,
    learnt: Learnt | None,
    *,
    openness: Openness,
    limits: Sequence[Limit],
    traits: pa.Table | None = None,
) -> Replay | None:
    """Value the policy and its rivals on what was drawn before.

    Args:
        evidence: an experiment, or several rounds; None: there is none.
        learnt: what was learnt of it.
        openness: what was open to the units of the plan before anybody said stop or was contacted, and what it uses. In
            the campaign's own rounds, what had a chance was open.
        limits: what is scarce; a fold's budget is the budget times its share of the plan's units, in each round.
        traits: the people's traits today. What is said wears off: where rounds of our own contacted people, everybody is
            decided for, and what options did is counted, as tired as they are today.

    Returns:
        What every policy would have been worth, or None where there is no experiment.
    """
    if evidence is None or learnt is None:
        return None
    columns = [openness.options.index(option) for option in evidence.options[1:]]
    place_of = {unit: place for place, unit in enumerate(openness.unit_ids)}
    units = np.array([place_of.get(unit, -1) for unit in evidence.unit_ids])
    wear = _Wear.of(evidence, learnt, traits, openness, units)
    is_open, use = _open_then(evidence, openness, units, columns), openness.past_use[units][:, columns]
    habit = None if openness.habit is None else openness.habit[units][:, columns] & is_open
    habit = habit if habit is not None and habit.any() else None
    voice = voices_of(evidence.options[1:])
    away = {*(() if habit is not None else ("stereotype",)), *(() if voice is not None else ("one_voice",))}
    told = [name for name in POLICIES if name not in away]
    scarce = [limit for limit in limits if limit.per is None]
    at_most = most_of(limits)
    planned_units = len(openness.unit_ids)
    never_drawn = None if evidence.chances is None else evidence.chances <= 0
    rows = {name: np.zeros(learnt.gamma.shape) for name in told}
    broadcasts, singles = [], []
    for fold, wave in product(range(FOLDS), range(int(evidence.unit_wave.max()) + 1)):
        here = np.flatnonzero((evidence.unit_fold == fold) & (evidence.unit_wave == wave))
        if not len(here):
            continue
        room = at_most * len(here) / planned_units
        rested, size = learnt.effect[here], evidence.size[here]
        proven = learnt.models.open_for(rested, size, np.full(len(here), fold), whole=False)
        field = Field(
            effect=rested * wear.fresh[here, None],
            size=size,
            is_open=is_open[here],
            usable=is_open[here] & proven,
            use=use[here],
            room=room,
            average=average_effects(evidence, fold),
            habit=None if habit is None else habit[here],
            voice=voice,
        )
        found = field.rivals()
        for name in told:
            rows[name][here] = found.rows[name]
        broadcasts.append(evidence.options[found.broadcast + 1])
        singles.append(evidence.options[found.single + 1])
    refused = {name: why for name in told if (why := _refuse(rows[name], evidence, never_drawn)) is not None}
    ends = [{name: _worn(row, left) for name, row in rows.items()} for left in wear.ends]

    def valued(one: str, other: str | None = None) -> Estimate:
        """As tired as people are today, whatever that may leave of effects."""
        found = [_value(each[one], evidence, learnt, None if other is None else each[other]) for each in ends]
        return _holding(found) if wear.unseen > 0 else _widened(found)

    values = {name: None if name in refused else valued(name) for name in told}
    differences: dict[str, Estimate | None] = {}
    for one, other in [pair for pair in DIFFERENCES if {*pair} <= {*told}]:
        lost = one in refused or other in refused
        lost = lost or _rests_on_few(rows[one] - rows[other], evidence, never_drawn)
        differences[f"{one}-{other}"] = None if lost else valued(one, other)
    names, scale = [limit.name for limit in scarce], planned_units / evidence.units
    spend = {
        name: dict(zip(names, (np.einsum("uk,ukm->m", rows[name][:, 1:], use) * scale).tolist(), strict=True))
        for name in told
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
        opened=learnt.models.opened(),
        unseen=wear.unseen,
        left=learnt.models.freshness if traits is not None and CONTACTS in traits.column_names else None,
    )


def voices_of(options: Sequence[str]) -> NDArray[np.int64] | None:
    """(K,) who says each option, a number a messenger, -1 where nobody is part of it; None where no two may say a message.

    >>> voices_of(["a/briefing/peer", "a/briefing/top", "b/email"]).tolist(), voices_of(["a/post"])
    ([0, 1, -1], None)
    """
    who = [messenger_of(option) or "" for option in options]
    names = sorted({*who} - {""})
    if len(names) < 2:
        return None
    return np.array([names.index(one) if one else -1 for one in who], dtype=np.int64)


def brought(evidence: Evidence | None, learnt: Learnt | None, wave: int) -> Estimate | None:
    """What one round's decisions, as they were logged, brought over nothing: per person, chance included.

    Args:
        evidence: several rounds.
        learnt: what was learnt of them; a unit's outcomes are centred on models that did not see it.
        wave: the round.

    Returns:
        The gain with its interval; None where the round is not among the evidence, or did not log all propensities.
    """
    if evidence is None or learnt is None or evidence.wave is None or evidence.chances is None:
        return None
    mine = evidence.wave == wave
    if not mine.any() or np.isnan(evidence.chances[mine]).any():
        return None
    rows = evidence.chances[mine]
    nothing = np.zeros_like(rows)
    nothing[:, 0] = rows.sum(axis=1)
    size, cluster = evidence.size[mine], evidence.cluster[mine]
    return value_by_unit(rows, learnt.gamma[mine], size=size, cluster=cluster, against=nothing)


def _open_then(
    evidence: Evidence, openness: Openness, units: NDArray[np.int64], columns: Sequence[int]
) -> NDArray[np.bool_]:
    """(units, K) what was open: in a round of our own what had a chance, in an older experiment what would be open today."""
    today = openness.past_open[units][:, columns] & (units >= 0)[:, None]
    if evidence.chances is None or evidence.wave is None:
        return np.asarray(today)
    return np.asarray(
        np.where((evidence.wave > 0)[:, None], (evidence.chances[:, 1:] > 0) & (units >= 0)[:, None], today)
    )


class _Wear(NamedTuple):
    """How tired people are today, and what that makes of what happened then.

    How tired a unit is today hangs on what it was drawn for: whoever was contacted is more tired than whoever was not.
    Weighed by its own, what came of those who were contacted would count less than what came of the others, and a difference
    of both would be one of weights. So each stands for another: one of whom about as much is expected, drawn by chance.

    Attributes:
        fresh: (units,) what is left today of effects on those each stands for.
        ends: (units,) each, how much that is of what was left then, on average over units of whom about as much is expected:
            as it is thought to be; and the least and the most that it may be.
        unseen: share of people who were contacted of late more often than anybody in the evidence.
    """

    fresh: NDArray[np.float64]
    ends: tuple[NDArray[np.float64], ...]
    unseen: float

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        learnt: Learnt,
        traits: pa.Table | None,
        openness: Openness,
        units: NDArray[np.int64],
    ) -> _Wear:
        """Compare then with today.

        Args:
            evidence: the experiment.
            learnt: what was learnt of it.
            traits: the people's traits today.
            openness: the units of today.
            units: (units of the evidence,) their places among those of today; -1: gone.
        """
        if traits is None or CONTACTS not in traits.column_names:
            return cls(learnt.fresh, (np.ones(evidence.units),), 0.0)
        then, today = np.zeros(evidence.units, dtype=np.int64), np.zeros(len(openness.unit_ids), dtype=np.int64)
        np.maximum.at(then, evidence.unit, contact_levels(evidence.contacted))
        levels = contact_levels(contacts_in(traits))
        np.maximum.at(today, openness.unit, levels)
        alike = _alike(evidence, learnt)
        now = np.where(units >= 0, today[units], then)[_others(alike, evidence)]
        freshness, most, fold = learnt.models.freshness, int(then.max(initial=0)), evidence.unit_fold
        fresh, unseen = freshness.left[fold, now], float((levels > most).mean())
        if not (then.any() or now.any()):
            return cls(fresh, (np.ones(evidence.units),), unseen)

        here, levels_then = np.arange(evidence.units), range(freshness.left.shape[1])
        people = np.column_stack([np.bincount(alike, evidence.size * (then == level)) for level in levels_then])
        share = (people / np.maximum(people.sum(axis=1, keepdims=True), 1e-300))[alike]

        def end(left: NDArray[np.float64], now: NDArray[np.int64]) -> NDArray[np.float64]:
            """(units,) what (units, levels) of effects after so many contacts make of now, beside then."""
            left, over = np.maximum(left, 1e-9), np.zeros(len(now))
            for level in levels_then:
                over += (
                    share[:, level] * left[here, np.maximum(level - now, 0)] / left[here, np.maximum(now - level, 0)]
                )
            return np.asarray(1.0 / over)

        once = freshness.once
        least, largest = (
            np.tile(one ** np.array(levels_then), (evidence.units, 1)) for one in (once.lower, once.upper)
        )
        tired = now > most
        ends = (
            end(freshness.left[fold], now),
            np.where(tired, 0.0, end(least, now)),
            end(largest, np.where(tired, 0, now)),
        )
        return cls(fresh, ends, unseen)


def _alike(evidence: Evidence, learnt: Learnt) -> NDArray[np.int64]:
    """(units,) groups of one round of whom about as much is expected, by models that did not see them."""
    best = learnt.effect.max(axis=1, initial=0.0) / np.maximum(evidence.size, 1.0)
    parts = _PARTS if evidence.units >= 20 * _PARTS * (int(evidence.unit_wave.max(initial=0)) + 1) else 1
    place = np.minimum((_ranks(best, evidence.unit_fold) * parts).astype(np.int64), parts - 1)
    return np.asarray(evidence.unit_wave * parts + place)


def _others(alike: NDArray[np.int64], evidence: Evidence) -> NDArray[np.int64]:
    """(units,) for each another unit that is alike, every one of them once, drawn by chance; itself where it is alone."""
    ids = evidence.unit_ids or tuple(map(str, range(evidence.units)))
    order = np.lexsort((draw(ids, key=f"{evidence.seed}|stands for"), alike))
    first = np.flatnonzero(np.diff(alike[order], prepend=-1))
    following = np.append(order[1:], -1)
    following[np.append(first[1:], len(order)) - 1] = order[first]
    found = np.empty(len(order), dtype=np.int64)
    found[order] = following
    return found


def _worn(rows: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """A policy of whose effects on each unit so much is left: as if it did nothing for the rest of them."""
    if (left == 1.0).all():
        return rows
    found = rows * left[:, None]
    found[:, 0] += rows.sum(axis=1) - found.sum(axis=1)
    return found


def _holding(ends: Sequence[Estimate]) -> Estimate:
    """The first estimate, with an interval that holds those of all.

    Where nobody in the evidence was as tired as people are today, everything is left of an effect at one end and nothing at
    the other (partial identification: Manski 2003).
    """
    return Estimate(ends[0].value, min(end.lower for end in ends), max(end.upper for end in ends))


def _widened(ends: Sequence[Estimate]) -> Estimate:
    """The first estimate, with the doubt of what is left of effects beside that of the draw, as two that are independent."""
    value, lower, upper = ends[0]
    least, most = (pick(end.value for end in ends) for pick in (min, max))
    return Estimate(
        value, value - math.hypot(value - lower, value - least), value + math.hypot(upper - value, most - value)
    )


def _value(
    rows: NDArray[np.float64],
    evidence: Evidence,
    learnt: Learnt,
    against: NDArray[np.float64] | None = None,
) -> Estimate:
    gamma, size = learnt.gamma * evidence.information[:, None], evidence.size * evidence.information
    return value_by_unit(rows, gamma, size=size, cluster=evidence.cluster, against=against)


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
    found = []
    for arm, option in enumerate(evidence.options):
        mine = evidence.arm == arm
        weight, both = compared(evidence, arm)
        # Plain counts where everybody was as likely to be drawn; a weight that hardly varies is none.
        even = all(_even(weight[both & (evidence.arm == side)]) for side in {0, arm})
        weight = np.ones(len(weight)) if even else weight
        uplift = Estimate(0.0, 0.0, 0.0)
        if arm and (both & mine).any() and (both & ~mine).any():
            uplift = difference_of_rates(evidence.outcome[both], mine[both], unit=cluster[both], weight=weight[both])
        rate = float(np.average(evidence.outcome[mine], weights=weight[mine])) if weight[mine].sum() > 0 else 0.0
        units = int((evidence.unit_arm == arm).sum())
        found.append(Arm(option, int(mine.sum()), units, rate, uplift, not even))
    return tuple(found)


def _even(weight: NDArray[np.float64]) -> bool:
    return not len(weight) or float(weight.std()) <= 0.05 * float(weight.mean())


def _curves(evidence: Evidence, learnt: Learnt) -> dict[str, Curve]:
    counted, size = evidence.information, np.maximum(evidence.size, 1.0)
    found = {}
    for place, option in enumerate(evidence.options[1:]):
        able = np.flatnonzero(evidence.unit_chances[:, place + 1] > 0)
        if len(able):
            found[option] = uplift_curve(
                _ranks((learnt.effect[:, place] * learnt.fresh)[able] / size[able], evidence.unit_fold[able]),
                ((learnt.gamma[:, place + 1] - learnt.gamma[:, 0]) * counted)[able],
                size=(evidence.size * counted)[able],
                cluster=evidence.cluster[able],
            )
    return found


def _ranks(effect: NDArray[np.float64], fold: NDArray[np.int8]) -> NDArray[np.float64]:
    """(units,) the place of each unit within its fold, 0 to 1: between folds, levels differ by chance."""
    from scipy.stats import rankdata  # noqa: PLC0415 - a third of a second that most commands need not wait for

    found = np.zeros(len(effect))
    for here in (np.flatnonzero(fold == number) for number in range(FOLDS)):
        found[here] = rankdata(effect[here], method="average") / max(len(here), 1)
    return found
