"""One round, in the order things happen. This file reads as the product; every line is a room's work."""

from __future__ import annotations

from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf
from groundswell.campaigns.inputs import draft, hear_past, opened, read_people
from groundswell.campaigns.outputs import tell, write_lists
from groundswell.campaigns.settings import Settings
from groundswell.listen import DECISIONS
from groundswell.policy import plan_round, read_policy, replay, write_policy
from groundswell.profiles import profile
from groundswell.trust import Played
from groundswell.uplift import Evidence, learn, read_learnt, write_learnt


def play(
    settings: Settings, shelf: Shelf, *, number: int, seed: int, today: date, what_if: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Play one round: import, profile, options, estimate, allocate, decide, lists, report.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept; what is there already is not made again.
        number: which round.
        seed: what folds, exploration and ties are drawn with.
        today: the day of the round.
        what_if: what was changed for this run only; it is told wherever the round is told.

    Returns:
        The summary.
    """
    # Who they are, and what came back.
    arrived = read_people(settings, shelf)
    heard = hear_past(settings, shelf, arrived, today=today)
    people, rows = arrived.people, arrived.rows
    traits = shelf.table("traits", lambda: profile(people, rows, settings.traits, file=str(settings.file)))

    # What is open to each unit, and by which rule the rest is closed.
    openness = opened(settings, people, rows, past=heard.decisions, number=number, today=today)
    rules = shelf.table("options", openness.table)
    batch = openness.batch(traits)

    # What each option does, learnt on units that are not the ones it is used for.
    evidence = Evidence.gather(traits, people, heard.outcomes, settings.options, seed=seed)
    learnt = shelf.file(
        "learnt.gsw", lambda: learn(evidence, settings.spec.guard) if evidence else None, write_learnt, read_learnt
    )
    past = replay(evidence, learnt, openness=openness, limits=settings.limits, past=heard.decisions)

    # What it is worth, at which prices; then one choice for each unit.
    plan = plan_round(batch, draft(settings, learnt, number=number, seed=seed), settings.limits, today)
    shelf.file("policy.gsw", lambda: plan.policy, write_policy, read_policy)
    decisions = DECISIONS.check(shelf.table("decisions", lambda: plan.decisions(batch, today)))

    # Lists for people to use, and a page to look at.
    handed = write_lists(settings, shelf, arrived, traits=traits, decisions=decisions, rules=rules)
    played = Played(people, openness, batch, evidence, learnt, past, plan)
    return tell(settings, shelf, played, arrived, heard, handed, today=today, what_if=what_if)
