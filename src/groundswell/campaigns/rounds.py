"""One round, in the order things happen. This file reads as the product; every line is a room's work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import (
    bars_of,
    draft,
    gather_evidence,
    hear_back,
    know_people,
    learn_effects,
    opened,
    read_people,
)
from groundswell.campaigns.outputs import tell, write_lists
from groundswell.campaigns.questioning import with_worth_of_answers
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.trials import DRAWN, draw_for, trials_in
from groundswell.listen import DECISIONS
from groundswell.policy import TRIALS, Openness, plan_round, read_policy, replay, write_policy
from groundswell.tables import Table
from groundswell.trust import Played
from groundswell.uplift import read_learnt, write_learnt

Watch = Callable[[Played], None]


def play(
    settings: Settings,
    shelf: Shelf,
    *,
    number: int,
    seed: int,
    today: date,
    what_if: tuple[str, ...] = (),
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Play one round: import, profile, options, estimate, allocate, decide, lists, report.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept; what is there already is not made again.
        number: which round.
        seed: what folds, exploration and ties are drawn with.
        today: the day of the round.
        what_if: what was changed for this run only; it is told wherever the round is told.
        watch: is shown what the round was made of; a simulation holds it against the truth.

    Returns:
        The summary.
    """
    # Who they are, what came back, and what they care about.
    arrived = read_people(settings, shelf)
    heard = hear_back(settings, shelf, arrived, number=number, today=today)
    known = know_people(settings, shelf, arrived, heard, today=today, seed=seed)
    people, traits = arrived.people, known.traits

    # What is open to each unit, and by which rule the rest is closed.
    barred = bars_of(settings, shelf, people, today=today)

    def knowing(traits: Table) -> Openness:
        return opened(
            settings,
            people,
            arrived.rows,
            known=replace(known, traits=traits),
            decisions=heard.decisions,
            number=number,
            today=today,
            barred=barred,
        )

    openness = knowing(traits)
    rules = shelf.table("options", openness.table)

    # Experiments draw first: whoever takes part in one gets what chance gave them.
    drawn = shelf.table(DRAWN, lambda: draw_for(settings, people, arrived.rows, openness, number)[0])
    batch = openness.batch(traits, trials_in(settings, TRIALS.check(drawn), openness))

    # What each option does, learnt on units that are not the ones it is used for.
    evidence, guard = gather_evidence(settings, arrived, known, heard, seed=seed), heard.guard(settings)
    learnt = shelf.file("learnt.gsw", lambda: learn_effects(settings, evidence, guard), write_learnt, read_learnt)
    past = replay(evidence, learnt, openness=openness, limits=settings.limits, traits=traits)

    # What it is worth, at which prices, or a pilot where nothing is known yet; then one choice for each unit.
    policy = draft(settings, learnt, number=number, seed=seed)
    batch = with_worth_of_answers(
        settings,
        shelf,
        batch,
        policy,
        lambda told: knowing(told).batch(told),
        people=people,
        decisions=heard.decisions,
        today=today,
    )
    plan = plan_round(
        batch, policy, settings.limits, today, alpha=guard.alpha, rate=settings.goal.rate, file=str(settings.file)
    )
    shelf.file("policy.gsw", lambda: plan.policy, write_policy, read_policy)
    decisions = DECISIONS.check(shelf.table("decisions", lambda: plan.decisions(batch, today)))

    # Lists for people to use, and a page to look at.
    handed = write_lists(settings, shelf, arrived, heard, traits=traits, decisions=decisions, rules=rules)
    played = Played(people, openness, batch, evidence, learnt, past, plan)
    if watch is not None:
        watch(played)
    return tell(settings, shelf, played, arrived, heard, handed, today=today, what_if=what_if)
