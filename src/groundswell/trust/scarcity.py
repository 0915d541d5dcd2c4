"""What is scarce in a round: what is used and left, what more would bring, who is next, and what floors cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundswell.policy import STEP, Batch, Limit, Plan, margin, value_curve
from groundswell.segments import describe
from groundswell.trust.gathering import BY_CHANCE, BY_FLOOR, FEWEST, by_unit
from groundswell.vocabulary import NOTHING


def told_limits(plan: Plan, limits: Sequence[Limit]) -> dict[str, dict[str, Any]]:
    """What is scarce: how much is used and left, and what one more would bring; below 0 where a floor binds."""
    scarce = [limit for limit in limits if limit.per is None]
    return {
        limit.name: {
            "of": limit.of,
            "used": plan.used[limit.name],
            "at_most": limit.at_most if np.isfinite(limit.at_most) else None,
            "at_least": limit.at_least or None,
            "left": limit.at_most - plan.used[limit.name] if np.isfinite(limit.at_most) else None,
            # At a limit of 0 the price is a barrier that keeps everybody out, not what one more would bring.
            "price": float(price) if limit.at_most > 0 else None,
            "actions_for_one_more": float(price) / plan.policy.worth if limit.at_most > 0 else None,
        }
        for limit, price in zip(scarce, plan.policy.prices.prices, strict=True)
    }


def told_floors(plan: Plan, limits: Sequence[Limit], batch: Batch) -> dict[str, dict[str, Any]]:
    """Each floor: what it asks for, whether the plan meets it, who gets something only because of it, and what it costs."""
    prices = dict(zip(plan.policy.limits, plan.policy.prices.prices.tolist(), strict=True))
    asked = np.flatnonzero(np.isin(plan.reason, BY_FLOOR))
    chosen = plan.option[asked] - 1
    proven = plan.choices.scores.proven[asked, chosen]
    found = {}
    for limit in limits:
        if limit.per is not None or limit.at_least <= 0:
            continue
        counts = batch.use[asked, chosen, plan.policy.limits.index(limit.name)] > 0
        found[limit.name] = {
            "at_least": limit.at_least,
            "used": plan.used[limit.name],
            "met": plan.used[limit.name] >= limit.at_least,
            "by_floor": int(counts.sum()),
            "unproven": int((counts & ~proven).sum()),
            "cost": plan.floors.get(limit.name),
            "one_more": max(0.0, -prices[limit.name]) / plan.policy.worth if plan.offer is not None else None,
        }
    return found


def _binding(plan: Plan, limits: Sequence[Limit]) -> tuple[int, Limit] | None:
    """The limit whose price times its amount is largest, and its place among the scarce things."""
    scarce = [limit for limit in limits if limit.per is None]
    worth = [
        (float(price) * limit.at_most, place)
        for place, (limit, price) in enumerate(zip(scarce, plan.policy.prices.prices, strict=True))
        if price > 0 and 0 < limit.at_most < np.inf
    ]
    return None if not worth else (max(worth)[1], scarce[max(worth)[1]])


def told_more(plan: Plan, limits: Sequence[Limit]) -> list[dict[str, Any]]:
    """What the plan would bring with less money and with more, and with less and more of what binds it most."""
    if plan.offer is None:
        return []
    scarce = [limit for limit in limits if limit.per is None]
    planned = plan.settled.value - plan.choices.scores.answers(plan.option)[plan.offer.units].sum()
    by_chance = plan.expected - float(planned) / plan.policy.worth  # is the same for every amount
    money = [place for place, limit in enumerate(scarce) if limit.of == "money" and 0 < limit.at_most < np.inf]
    binding = _binding(plan, limits)
    found = []
    for place in dict.fromkeys([*money[:1], *([binding[0]] if binding else [])]):
        at_most = scarce[place].at_most
        taken = at_most - float(plan.offer.room[place])
        points = value_curve(plan.offer, place, at_most=at_most, taken=taken, worth=plan.policy.worth)
        found.append(
            {
                "limit": scarce[place].name,
                "at_most": at_most,
                "now": plan.offer.brings(plan.policy.prices) / plan.policy.worth + by_chance,
                "points": [{"amount": point.amount, "actions": point.actions + by_chance} for point in points],
            }
        )
    return found


def told_margin(batch: Batch, plan: Plan, limits: Sequence[Limit]) -> dict[str, Any] | None:
    """Who would be added with a little more of what binds most, who would go first, and how they differ from who is in."""
    found = _binding(plan, limits)
    if found is None or plan.offer is None:
        return None
    ends = margin(plan.offer, found[0], found[1].at_most)
    names = (NOTHING, *plan.policy.options)
    edge = np.zeros(len(plan.option), dtype=bool)
    edge[plan.offer.units] = (ends.joins > 0) | (ends.leaves > 0)
    inside = edge | ((plan.option > 0) & ~np.isin(plan.reason, BY_CHANCE))
    means = []
    if edge.sum() >= FEWEST:
        traits = {name: values[inside] for name, values in by_unit(batch).items()}
        means = [mean._asdict() for mean in describe(edge[inside], traits).means]
    counts = {
        side: {names[option]: int(count) for option, count in enumerate(np.bincount(units)) if option and count}
        for side, units in (("joins", ends.joins), ("leaves", ends.leaves))
    }
    return {"limit": found[1].name, "step": STEP, **counts, "means": means}
