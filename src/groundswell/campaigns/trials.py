"""Which experiments are planned, which have drawn, and what a round draws for them.

A plan is written down before anything is drawn (``experiments/NAME/plan.json``, with its hash), and what was drawn stands in
the round that carried it out. Nothing else says how far an experiment has come.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import HIDDEN, round_path, rounds_of
from groundswell.campaigns.settings import Settings
from groundswell.policy import TRIALS, Entered, Openness, Trial, Trials, as_trials, draw_trials
from groundswell.tables import Table, empty, keep, read, read_json
from groundswell.vocabulary import NOTHING, CampaignError

PLAN, RESULT, PAGE = "plan.json", "result.json", "report.html"
DRAWN = "trials"
"""The table of a round in which it is written who takes part in what."""


def experiment_path(folder: Path, name: str) -> Path:
    """Where an experiment keeps its plan, its result and its page.

    >>> experiment_path(Path("spring"), "doors").as_posix()
    'spring/.groundswell/experiments/doors'
    """
    return folder / HIDDEN / "experiments" / name


def plans_of(folder: Path) -> list[dict[str, Any]]:
    """Every plan that is written down, the first one first."""
    found = [read_json(path) for path in (folder / HIDDEN / "experiments").glob(f"*/{PLAN}")]
    return sorted(found, key=lambda plan: (plan["registered"], plan["name"]))


def seal_of(plan: Mapping[str, Any]) -> str:
    """The hash of a plan, which is part of it: who changes the plan afterwards breaks it.

    >>> seal_of({"name": "doors"}) == seal_of({"name": "doors", "sha256": "of an older one"})
    True
    """
    said = {name: value for name, value in plan.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def drawn_in(folder: Path, name: str, *, before: int | None = None) -> int | None:
    """The finished round that drew for an experiment; None where none has."""
    for number in rounds_of(folder):
        path = round_path(folder, number)
        table = path / f"{DRAWN}.parquet"
        done = (path / "summary.json").exists() and table.exists()
        if (
            (before is None or number < before)
            and done
            and name in read(table, ["experiment"])["experiment"].to_pylist()
        ):
            return number
    return None


def plans_for(folder: Path, number: int) -> list[dict[str, Any]]:
    """The plans that a round draws for: those that no round before it has drawn for."""
    return [plan for plan in plans_of(folder) if drawn_in(folder, plan["name"], before=number) is None]


def draw_for(
    settings: Settings, people: Table, rows: Table, openness: Openness, number: int
) -> tuple[Table, dict[str, Entered]]:
    """Draw for the experiments that a round carries out: contract ``TRIALS``, and how many take part in each."""
    plans = plans_for(settings.folder, number)
    return draw_plans(settings, people, rows, openness, plans) if plans else (empty(TRIALS), {})


def draw_plans(
    settings: Settings, people: Table, rows: Table, openness: Openness, plans: list[dict[str, Any]]
) -> tuple[Table, dict[str, Entered]]:
    """Draw for some plans, one after the other.

    Raises:
        CampaignError: when an arm is no option of the campaign any more.
    """
    for plan in plans:
        for arm in plan["arms"].keys() - {NOTHING, *openness.options}:
            raise CampaignError(
                f"The experiment {plan['name']} needs an option that is gone.",
                file=settings.file,
                key=f"experiments.{plan['name']}.arms",
                found=f"no {arm} in the campaign",
                expected="the options it was planned with",
                hint=f"Bring it back, or withdraw the experiment:  groundswell experiment --close {plan['name']}",
            )
    return draw_trials(
        [trial_of(plan) for plan in plans],
        openness,
        people,
        rows,
        limits=settings.limits,
        campaign=settings.spec.name,
        holdout=settings.spec.learning.held,
        everywhere=settings.spec.learning.everywhere,
        file=str(settings.file),
    )


def trial_of(plan: Mapping[str, Any]) -> Trial:
    """What is drawn for a plan."""
    return Trial(
        plan["name"], plan["key"], plan["arms"], plan["by"], tuple(plan["within"]), plan["where"], plan["size"]
    )


def trials_in(settings: Settings, table: Table, openness: Openness) -> Trials | None:
    """What the experiments of a round drew, for the units of a batch; None where there are none."""
    plans = {plan["name"]: plan["arms"] for plan in plans_of(settings.folder)} if table.num_rows else {}
    return as_trials(table, plans, openness)


def tried_in(path: Path) -> Table:
    """Who took part in what in a round; nobody in a round of an older version."""
    table = path / f"{DRAWN}.parquet"
    return read(table) if table.exists() else empty(TRIALS)


def too_coarse(settings: Settings, number: int) -> set[str]:
    """The units of a round that were drawn together with others of other households: what they teach is told by itself."""
    fine, folder = {"", "person", "household", settings.spec.decide}, settings.folder
    coarse = {plan["name"] for plan in plans_of(folder) if plan["by"] not in fine}
    return set(keep(tried_in(round_path(folder, number)), "experiment", coarse)["unit"].to_pylist())
