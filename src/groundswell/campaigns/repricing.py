"""What if there were more: the plan of a finished round at other limits, in seconds, and nothing is changed by it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.inputs import draft, see
from groundswell.campaigns.questioning import as_asked
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.trials import DRAWN, trials_in
from groundswell.policy import TRIALS, plan_round
from groundswell.tables import read, read_json
from groundswell.trust.scarcity import told_limits
from groundswell.uplift import read_learnt
from groundswell.vocabulary import NOTHING, SettingsError

_PRICED = re.compile(r"limits\..+|learning\.(explore|holdout|pilot|least_interest)|actions\.[^.]+\.value")
"""What a plan can be priced anew with; anything else changes whom there is, what is learnt, or what there is to decide."""


def reprice(settings: Settings, changed: Settings, card: dict[str, Any], what_if: tuple[str, ...]) -> dict[str, Any]:
    """Plan a finished round once more at other limits.

    Args:
        settings: the campaign as the round was played.
        changed: the same with what-ifs.
        card: the round's ``round.json``.
        what_if: what was changed.

    Returns:
        ``now`` and ``then``, each with ``expected``, ``sent``, ``decisions``, ``limits`` and ``floors``, and ``moved``: how
        many units would get something else. Nothing is written.

    Raises:
        SettingsError: a change that takes a round of its own, or floors that cannot be kept.
    """
    for text in what_if:
        key = text.partition("=")[0].strip()
        if not _PRICED.fullmatch(key):
            raise SettingsError(
                f'"{key}" changes more than prices.',
                key="--what-if",
                found=text,
                expected="a key of limits, learning, or the value of an action",
                hint=f"Plan a round with it:  groundswell run --set {text}",
            )
    number, seed = int(card["round"]), int(card["seed"])
    shelf = Shelf(round_path(settings.folder, number), lambda _: None)
    before, today = read_json(shelf.path / "summary.json"), date.fromisoformat(card["today"])
    seen = see(settings, shelf, number=number, today=today, under=changed)
    openness = seen.openness
    drawn = TRIALS.check(read(shelf.path / f"{DRAWN}.parquet"))
    batch = openness.batch(seen.known.traits, trials_in(settings, drawn, openness))
    batch = as_asked(shelf.path, batch, openness.options)
    policy = draft(changed, read_learnt(shelf.path / "learnt.gsw"), number=number, seed=seed)
    plan = plan_round(
        batch, policy, changed.limits, today, alpha=seen.heard.guard(settings).alpha, file=str(settings.file)
    )
    parts = ("expected", "decisions", "limits", "floors")
    then = {
        "expected": plan.expected,
        "decisions": plan.counts(),
        "limits": told_limits(plan, changed.limits),
        "floors": plan.floors,
    }
    found: dict[str, Any] = {"now": {part: before[part] for part in parts}, "then": then}
    found["now"]["floors"] = {name: floor["cost"] for name, floor in before["floors"].items()}
    for plans in (found["now"], found["then"]):
        plans["sent"] = sum(count for option, count in plans["decisions"].items() if option != NOTHING)
    decided = (read(shelf.path / "decisions.parquet"), plan.decisions(batch, today))
    moved = sum(one != other for one, other in zip(*(table["option"].to_pylist() for table in decided), strict=True))
    found |= {"moved": moved}
    return {"format": 1, "round": number, "what_if": list(what_if), "pilot": plan.policy.pilot is not None, **found}
