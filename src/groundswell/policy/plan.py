"""A round's plan: experiments, exploration and holdout first, then prices for the rest, then a hard count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell import allocate
from groundswell.listen import decisions_table
from groundswell.policy.batch import Batch
from groundswell.policy.decide import (
    REASONS,
    Choices,
    decide,
    explore_order,
    random_draws,
    score,
    unproven,
    with_answers,
)
from groundswell.policy.file import Policy
from groundswell.policy.pilot import LEAST_PROPENSITY, Pilot, Power, foretell, overrun, plan_pilot
from groundswell.policy.pricing import Offer, counted, floor_costs, told_in_words
from groundswell.policy.settings import Limit, least_of, most_of
from groundswell.stats import draw
from groundswell.vocabulary import NOTHING, SettingsError, escaped


@dataclass(frozen=True)
class Plan:
    """What a round will do.

    Attributes:
        policy: models, prices, shares: with it every unit could decide by itself.
        choices: what the policy chose, before the hard count.
        option: (units,) what each unit gets: 0 for ``nothing``, j + 1 for option j.
        reason: (units,) index into ``REASONS``.
        used: limit -> how much of it the plan uses.
        settled: the hard count over the units that were neither held out nor explored.
        expected: goal actions the plan adds, by shrunken effects; what is not proven counts as nothing.
        without_learning: goal actions it would add without holdout and exploration.
        explore_asked: the share of exploration that was asked for.
        floors: floor -> goal actions that keeping it costs in all, by shrunken effects.
        asked: (units,) True where a unit gets a question for what its answer tells, and not by chance.
        offer: what the units that were neither held out nor drawn could be given; None in a pilot.
        power: how small an effect a pilot will see; empty where it is none.
    """

    policy: Policy
    choices: Choices
    option: NDArray[np.int64]
    reason: NDArray[np.int8]
    used: dict[str, float]
    settled: allocate.Settled
    expected: float
    without_learning: float
    explore_asked: float
    floors: dict[str, float]
    offer: Offer | None
    power: tuple[Power, ...] = ()
    asked: NDArray[np.bool_] | None = None

    @property
    def answers(self) -> float:
        """What the answers of those who are asked are worth beside what is expected, in the goal's worth."""
        return 0.0 if self.asked is None else float(self.choices.scores.answers(self.option)[self.asked].sum())

    def counts(self) -> dict[str, int]:
        """Option -> units, ``nothing`` included."""
        names = (NOTHING, *self.policy.options)
        found = np.bincount(self.option, minlength=len(names))
        return {name: int(count) for name, count in zip(names, found, strict=True)}

    def reasons(self) -> dict[str, int]:
        """Reason -> units."""
        found = np.bincount(self.reason, minlength=len(REASONS))
        return {name: int(count) for name, count in zip(REASONS, found, strict=True) if count}

    def decisions(self, batch: Batch, now: date) -> pa.Table:
        """As a table, contract ``DECISIONS``: it never changes once it is written."""
        names = (NOTHING, *self.policy.options)
        chances = self.choices.propensities
        flat = pa.array(chances.ravel())
        offsets = pa.array(np.arange(0, chances.size + 1, chances.shape[1], dtype=np.int32))
        return decisions_table(
            {
                "round": pa.array(np.full(len(self.option), self.policy.round, dtype=np.int64)),
                "unit": pa.array(batch.unit_ids),
                "option": pa.array(names).take(pa.array(self.option)),
                "propensity": pa.array(chances[np.arange(len(self.option)), self.option]),
                "propensities": pa.ListArray.from_arrays(offsets, flat),
                "reason": pa.array(REASONS).take(pa.array(self.reason)),
                "on": pa.array([now] * len(self.option), pa.date32()),
                "key": pa.array([f"{self.policy.round}:{escaped(unit)}" for unit in batch.unit_ids]),
            },
            names,
            holdout=self.policy.holdout,
        )


def plan_round(
    batch: Batch,
    policy: Policy,
    limits: Sequence[Limit],
    now: date,
    *,
    alpha: float = 0.01,
    rate: float | None = None,
    file: str = "campaign.toml",
) -> Plan:
    """Plan for all units under the limits.

    Args:
        batch: all units.
        policy: without prices; its ``explore`` is what was asked for.
        limits: the most there may be of each scarce thing; those with ``per`` have closed options already.
        now: the day of the plan.
        alpha: the guard's level, for the power of a pilot.
        rate: the share of people who act anyway, as far as it is known; for the same.
        file: where the limits are written, for errors.

    Returns:
        The plan; no limit is overrun by any amount. Floors hold from the first round with evidence on: in a pilot chance
        decides.

    Raises:
        SettingsError: floors and limits cannot be kept together; names a set of them none of which could be left out.

    >>> from groundswell.allocate import Prices
    >>> batch = Batch(("h1",), ("h1",), np.array([0]), pa.table({"age": [30.0]}), np.array([[True]]), np.ones((1, 1, 1)))
    >>> free = Prices(np.zeros(1), (), 0.0, 0.0, 0)
    >>> draft = Policy("spring", "", 1, 0, ("a/post",), (None,), 25.0, ("budget",), free, None, 0.0, 0.0)
    >>> plan_round(batch, draft, [Limit("budget", "money", 9.0)], date(2026, 11, 21)).counts()
    {'nothing': 1, 'a/post': 0}
    """
    at_most, at_least = most_of(limits), least_of(limits)
    asked = policy.explore
    scores = score(batch, policy, now)
    tried = batch.tried  # experiments come first: the others share what these leave
    trial = _used(np.maximum(batch.trials.option, 0), batch.use) if batch.trials else np.zeros(len(at_most))
    _refuse_what_experiments_overrun(trial, at_most, policy.limits, file)
    left = at_most - trial
    free = scores.open & ~tried[:, None]
    if policy.pilot is not None:
        pilot = plan_pilot(batch, free, policy.pilot, policy.holdout, limits, left)
        power = foretell(batch, free, pilot, options=policy.options, holdout=policy.holdout, alpha=alpha, rate=rate)
        return _drawn(batch, replace(policy, explore=0.0, pilot=pilot), pilot, limits, left, now, power)
    able = scores.proven | scores.asks | (scores.harmless & counted(batch.use, at_least))
    worth = policy.worth * np.where(scores.proven, scores.effect, unproven(scores.effect))
    if scores.told is not None:
        worth = np.where(scores.asks, with_answers(policy.worth * scores.effect, scores.proven, scores.told), worth)
    told = scores.told
    everybody = Offer(np.arange(len(tried)), worth, batch.use, able, left, at_least - trial, told)
    policy = replace(policy, explore=affordable(batch, free, policy, left))
    policy = replace(policy, explore=_leaving_floors(batch, free, policy, everybody))
    holdout, explored, drawn = random_draws(batch.unit_ids, free, policy)
    explored &= ~tried
    spent = _used(np.where(explored, drawn, 0), batch.use)
    rest = ~holdout & ~explored & ~tried
    offer = everybody.only(rest, np.maximum(left - spent, 0.0), at_least - trial - spent)
    with told_in_words(offer, limits, policy.limits, file):
        prices = offer.prices()
        prices = replace(prices, shares=_learnable(prices.shares, 1 - policy.holdout - policy.explore))
        bare = tuple(offer.without_floor().prices().prices.tolist()) if (prices.prices < 0).any() else None
        policy = replace(policy.with_prices(prices), unfloored=bare)
        choices = decide(batch, policy, now)
        order = draw(batch.unit_ids, key=f"{policy.campaign}|order|{policy.round}|{policy.seed}")
        settled = allocate.settle(
            choices.option[rest] - 1,
            offer.worth,
            offer.use,
            offer.room,
            prices,
            at_least=offer.owed,
            is_open=offer.is_open,
            order=order[rest],
        )
        option, reason = choices.option.copy(), choices.reason.copy()
        option[rest] = settled.choice + 1
        moved = np.flatnonzero(rest)[settled.repaired]
        by_floor = choices.scores.by_floor(option)[moved]
        reason[moved] = np.where(by_floor, REASONS.index("floor-repaired"), REASONS.index("repaired"))
        # Explorers may have met a floor with what nobody would be sent on purpose.
        meets = np.column_stack([np.ones(len(option), dtype=bool), able])[np.arange(len(option)), option]
        met = np.minimum(at_least, _used(np.where(meets, option, 0), batch.use))
        whole = everybody._replace(room=at_most, owed=met)
        without_learning = whole.brings(whole.prices()) / policy.worth
        floors = floor_costs(offer, prices, policy.limits, policy.worth)
    gains = np.column_stack([np.zeros(len(option)), choices.scores.gain])[np.arange(len(option)), option]
    answers = choices.scores.answers(option)
    return Plan(
        policy=policy,
        choices=choices,
        option=option,
        reason=reason,
        used=dict(zip(policy.limits, _used(option, batch.use).tolist(), strict=True)),
        settled=settled,
        # By chance somebody may get what is not proven: that counts as nothing, good or bad.
        expected=(settled.value - float(answers[rest].sum())) / policy.worth + float(gains[~rest].sum()),
        without_learning=without_learning,
        explore_asked=asked,
        floors=floors,
        offer=offer,
        asked=rest & (answers > 0),
    )


def _refuse_what_experiments_overrun(
    trial: NDArray[np.float64], at_most: NDArray[np.float64], names: Sequence[str], file: str
) -> None:
    """An experiment that was drawn under other limits is not drawn again."""
    for row in np.flatnonzero(trial > at_most).tolist():
        raise SettingsError(
            f"The experiments of this round use more of {names[row]} than there is.",
            file=file,
            key=f"limits.{names[row]}.at_most",
            found=f"{at_most[row]:g}",
            expected=f"{trial[row]:g} or more: that is drawn already",
            hint="Raise the limit, or close the experiment.",
        )


def _leaving_floors(batch: Batch, is_open: NDArray[np.bool_], policy: Policy, everybody: Offer) -> float:
    """The share of exploration that leaves room for the floors: they go before it.

    It is settled before the draws are looked at, by what explorers use on average and four standard deviations, as if no
    explorer met a floor.
    """
    explore = policy.explore
    if not np.isfinite(everybody.owed).any():
        return explore
    able = ~batch.tried & ~policy.held_out(batch.unit_ids)
    use = np.where(is_open[able, :, None], batch.use[able], 0.0) / (1.0 + is_open[able].sum(axis=1))[:, None, None]
    most = int(is_open.sum(axis=1).max(initial=0)) + 1
    while explore > 0:
        share = explore / (1 - policy.holdout)
        need = share * use.sum(axis=(0, 1)) + 4 * np.sqrt(share * (use**2).sum(axis=(0, 1)))
        lost = 4 * np.sqrt(np.maximum(everybody.owed, 0.0) * share * batch.use.max(axis=(0, 1), initial=0.0))
        room, owed = (everybody.room - need) / (1 - share), (everybody.owed + lost) / (1 - share)
        if (room >= np.maximum(owed, 0.0)).all():
            try:
                everybody.only(able, room, owed).prices()
            except allocate.ContradictionError:
                pass
            else:
                break
        explore = explore / 2 if explore / 2 / most >= LEAST_PROPENSITY * (1 - 1e-9) else 0.0
    return explore


def _drawn(
    batch: Batch,
    policy: Policy,
    pilot: Pilot,
    limits: Sequence[Limit],
    left: NDArray[np.float64],
    now: date,
    power: tuple[Power, ...],
) -> Plan:
    """The plan of a pilot: what chance drew, less what would overrun a limit."""
    choices = decide(batch, policy, now)
    scarce = [limit for limit in limits if limit.per is None]
    room = left * np.array([pilot.money if limit.of == "money" else 1.0 for limit in scarce])
    turn = draw(batch.unit_ids, key=f"{policy.campaign}|order|{policy.round}|{policy.seed}")
    lost = overrun(np.where(batch.tried, 0, choices.option), batch.use, room, turn)
    option = np.where(lost, 0, choices.option)
    used = _used(option, batch.use)
    return Plan(
        policy=policy,
        choices=choices,
        option=option,
        reason=np.where(lost, REASONS.index("repaired"), choices.reason).astype(np.int8),
        used=dict(zip(policy.limits, used.tolist(), strict=True)),
        settled=allocate.Settled(option - 1, lost, 0.0, 0.0, 0.0, used, proven=True),
        expected=0.0,
        without_learning=0.0,
        explore_asked=0.0,
        floors={},
        offer=None,
        power=power,
    )


def _learnable(shares: tuple[allocate.Share, ...], rest: float) -> tuple[allocate.Share, ...]:
    """Shares at a tie without the tiny ones: a propensity between 0 and 0.01 is of no use to anybody."""
    found = []
    for share in shares:
        kept = np.array([part if part * rest >= LEAST_PROPENSITY else 0.0 for part in share.shares])
        kept[int(np.argmax(kept))] += 1.0 - kept.sum()
        found.append(replace(share, shares=tuple(kept.tolist())))
    return tuple(found)


def affordable(batch: Batch, is_open: NDArray[np.bool_], policy: Policy, at_most: NDArray[np.float64]) -> float:
    """The share of units that can explore without any limit being overrun.

    It is settled before the draws are looked at, so that they stay as probable as logged: what explorers use on average
    and four standard deviations more must fit. Should that fail (once in 30,000 rounds), the worst case must fit.

    Returns:
        ``policy.explore``, or what the limits leave of it; 0 when that little would teach nothing.
    """
    if policy.explore == 0 or not is_open.any():
        return policy.explore
    order = explore_order(batch.unit_ids, policy)
    holdout = policy.held_out(batch.unit_ids)
    ranked = np.flatnonzero(~holdout & (order < policy.explore / (1 - policy.holdout)))
    ranked = ranked[np.argsort(order[ranked], kind="stable")]
    use = np.where(is_open[ranked, :, None], batch.use[ranked], 0.0)
    chance = 1.0 / (1.0 + is_open[ranked].sum(axis=1))[:, None]
    mean = use.sum(axis=1) * chance
    spread = np.sqrt(np.cumsum((use**2).sum(axis=1) * chance - mean**2, axis=0).clip(min=0.0))
    explore = _longest(np.cumsum(mean, axis=0) + 4 * spread, order[ranked], at_most, policy)
    _, explored, drawn = random_draws(batch.unit_ids, is_open, replace(policy, explore=explore))
    if (_used(np.where(explored, drawn, 0), batch.use) > at_most).any():
        explore = _longest(np.cumsum(use.max(axis=1, initial=0.0), axis=0), order[ranked], at_most, policy)
    most = int(is_open.sum(axis=1).max()) + 1
    return explore if explore / most >= LEAST_PROPENSITY * (1 - 1e-9) else 0.0


def _longest(
    need: NDArray[np.float64], order: NDArray[np.float64], at_most: NDArray[np.float64], policy: Policy
) -> float:
    """The largest share whose explorers, taken in the order of their draws, need no more than there is."""
    # A millionth stays unused, so that rounding in the sums can never overrun.
    fits = (need <= at_most * (1 - 1e-6)).all(axis=1)
    return policy.explore if fits.all() else float(order[np.argmin(fits)]) * (1 - policy.holdout)


def _used(option: NDArray[np.int64], use: NDArray[np.float64]) -> NDArray[np.float64]:
    """(limits,) exact sums of what the chosen options use."""
    chosen = np.flatnonzero(option > 0)
    rows = use[chosen, option[chosen] - 1]
    return np.array([math.fsum(column) for column in rows.T], dtype=np.float64)
