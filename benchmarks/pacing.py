"""Visitors decided one after the other: what is lost against whoever had known them all, and that nothing is overspent.

A made-up village of 6,000 people was written to at random; its policy is planned for a quarter of the households. Then the
same households come one by one, in three orders. *First come* takes everybody for whom something helps, as long as there is
money. The bound that losses are told against is that of the allocation of all of them at once, hindsight included.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module

import numpy as np

from benchmarks.measuring import ROOT, machine, table

sys.path.insert(0, str(ROOT / "tests"))  # the village that has been learnt from, as the tests make it

DAY = date(2026, 11, 21)
_SEEDS = 3
_FIRST = "first come"
_START: tuple[tuple[str, float, float], ...] = (
    ("the plan's prices, kept", 1.0, 1.0),
    ("the plan's prices, within half and twice of them", 1.0, 0.5),
    ("the plan's prices, free to move", 1.0, 0.0),
    ("half of them, free to move", 0.5, 0.0),
    ("twice them, free to move", 2.0, 0.0),
    ("no prices, free to move", 0.0, 0.0),
)


def main() -> str:
    """Every start and order; the Markdown text for the results."""
    names = (*(name for name, _, _ in _START), _FIRST)
    found = [_village(seed) for seed in range(_SEEDS)]
    orders = ("by chance", "the best last", "the best first")
    rows = [[name, *(_span([one[name, order][0] for one in found]) for order in orders)] for name in names]
    over = max(one[name, order][1] for one in found for name in names for order in orders)
    each = np.median([one[name, order][2] for one in found for name, _, _ in _START for order in orders])
    told = (
        f"Lost of the bound, %: median of {_SEEDS} villages, and the extremes. Most ever spent, as a part of the limit (exact"
        f" sums): {over:.6f}. A decision with its effects takes {1000 * each:.2f} ms of CPU."
    )
    return "\n\n".join([machine("numpy", "highspy"), table(["prices", *orders], rows), told]) + "\n"


def _village(seed: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    from groundswell.policy import Pacer, plan_round

    world = import_module("policy_world").World(people=6_000, seed=seed)
    limits = world.limits()
    plan = plan_round(world.batch, world.draft(explore=0.0, holdout=0.0), limits, DAY)
    scores = plan.choices.scores
    best = np.where(scores.usable, scores.worth, -np.inf).max(axis=1)
    orders = {
        "by chance": np.random.default_rng(seed).permutation(len(best)),
        "the best last": np.argsort(best, kind="stable"),
        "the best first": np.argsort(-best, kind="stable"),
    }
    alone = [world.batch.only(place) for place in range(len(best))]
    amount, found = limits[0].at_most, {}
    for order, places in orders.items():
        for name, factor, trust in _START:
            policy = plan.policy.with_prices(replace(plan.policy.prices, prices=plan.policy.prices.prices * factor))
            pacer = Pacer(policy, {"budget": amount}, expected=len(best), trust=trust)
            start = time.process_time()
            options = [int(pacer.decide(alone[place], DAY).option[0]) for place in places.tolist()]
            spent = time.process_time() - start
            taken = [(place, option) for place, option in zip(places.tolist(), options, strict=True) if option]
            used = math.fsum(alone[place].use[0, option - 1, 0] for place, option in taken)
            found[name, order] = (pacer.hindsight().loss, used / amount, spent / len(best))
        helped = [place for place in places.tolist() if best[place] > 0][: int(amount)]  # a letter costs 1
        found[_FIRST, order] = (1.0 - float(best[helped].sum()) / pacer.hindsight().bound, len(helped) / amount, 0.0)
    return found


def _span(values: Sequence[float]) -> str:
    low, middle, high = (100 * part for part in (min(values), float(np.median(values)), max(values)))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    print(main())
