"""``groundswell experiment``: a question is planned, shown while its answer comes in, and closed for good."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundswell.campaigns.folder import Shelf, round_path, rounds_of
from groundswell.campaigns.inputs import acted_by, people_today, see
from groundswell.campaigns.linked import decisions_today, links_of, members_today
from groundswell.campaigns.settings import Settings, days_of
from groundswell.campaigns.standing import purpose_of
from groundswell.campaigns.trials import (
    PAGE,
    PLAN,
    RESULT,
    draw_plans,
    drawn_in,
    experiment_path,
    plans_for,
    plans_of,
    seal_of,
    tried_in,
)
from groundswell.experiments.settings import ExperimentSpec
from groundswell.listen import Action, join_outcomes
from groundswell.people.linking.applying import as_people, one_a_person
from groundswell.tables import keep, read, read_json, write_json
from groundswell.trust.judging import foresee, judge
from groundswell.vocabulary import CampaignError, nearest
from groundswell.vocabulary.version import __version__


def plan_experiment(settings: Settings, name: str, *, number: int, today: date) -> dict[str, Any]:
    """Write down what an experiment asks, of whom and how, before anything is drawn; the next run carries it out.

    Args:
        settings: the campaign.
        name: of the experiment in ``campaign.toml``.
        number: the round that will carry it out.
        today: the day of the plan.

    Returns:
        The plan, how many would take part today, and how small an effect that would show.

    Raises:
        CampaignError: when there is no such experiment, it has drawn already, or nobody can take part in it.
    """
    spec = _declared(settings, name)
    if (done := drawn_in(settings.folder, name, before=number)) is not None:
        raise CampaignError(
            f"The experiment {name} was drawn in round {done}: what it asks cannot be changed any more.",
            file=settings.file,
            key=f"experiments.{name}",
            found=f"a draw in round {done}",
            expected="a question that was not asked yet",
            hint="Declare another experiment under another name.",
        )
    plan = _plan_of(settings, spec, name, today)
    with TemporaryDirectory() as place:
        shelf = Shelf(Path(place), lambda _: None)
        arrived, heard, _, openness = see(settings, shelf, number=number, today=today)
        others = [one for one in plans_for(settings.folder, number) if one["name"] != name]
        drawn, entered = draw_plans(settings, arrived.people, arrived.rows, openness, [*others, plan])
        mine = keep(drawn, "experiment", {name})
        if not mine.num_rows:
            raise _nobody(settings, name, asdict(entered[name]))
        plan["entered"] = asdict(entered[name])
        plan["power"] = foresee(plan, mine, arrived.people, heard.outcomes, rate=settings.goal.rate)
    plan["sha256"] = seal_of(plan)
    write_json(plan, experiment_path(settings.folder, name) / PLAN)
    return plan


def experiments_of(settings: Settings, *, today: date) -> list[dict[str, Any]]:
    """Every experiment that is declared or planned: its name, its state and, where it was drawn, its result so far."""
    planned = {plan["name"]: plan for plan in plans_of(settings.folder)}
    names = [*settings.spec.experiments, *(name for name in planned if name not in settings.spec.experiments)]
    return [experiment_of(settings, name, today=today) for name in names]


def experiment_of(settings: Settings, name: str, *, today: date) -> dict[str, Any]:
    """One experiment as it stands: ``state`` is declared, planned, running or closed.

    Raises:
        CampaignError: when there is no such experiment.
    """
    path = experiment_path(settings.folder, name)
    if (path / RESULT).exists():
        found: dict[str, Any] = read_json(path / RESULT)
        return found
    if not (path / PLAN).exists():
        spec = _declared(settings, name)
        told = {"name": name, "question": spec.question, "language": settings.spec.languages[0]}
        return {"format": 1, "state": "declared", **told}
    plan = _sealed(path / PLAN, name)
    number = drawn_in(settings.folder, name)
    if number is None:
        return {**plan, "state": "planned"}
    return _result(settings, plan, number, today=today)


def close_experiment(settings: Settings, name: str, *, today: date) -> tuple[dict[str, Any], Path | None]:
    """Close an experiment: its result is written down and never changes again. One that has drawn nothing is withdrawn.

    Returns:
        The result and its page; of one that is withdrawn its plan and None.

    Raises:
        CampaignError: when there is no such experiment, or it is no experiment yet.
    """
    from groundswell.trust.paper import write_paper  # noqa: PLC0415 - slow to load, for its plots

    path = experiment_path(settings.folder, name)
    found = experiment_of(settings, name, today=today)
    if found["state"] == "declared":
        raise CampaignError(
            f"The experiment {name} was not planned yet.",
            file=settings.file,
            key=f"experiments.{name}",
            found="a question that nothing was drawn for",
            expected="an experiment that runs",
            hint=f"Plan it first:  groundswell experiment --plan {name}",
        )
    if found["state"] == "planned":
        shutil.rmtree(path)
        return {**found, "state": "withdrawn"}, None
    if found["state"] == "running":
        found = {**found, "state": "closed", "closed": today.isoformat()}
        write_paper(found, path / PAGE)
        write_json(found, path / RESULT)  # last of all: where it is, the experiment is closed
    return found, path / PAGE


def page_of(settings: Settings, found: Mapping[str, Any]) -> Path:
    """Write the page of an experiment that is running; where it is."""
    from groundswell.trust.paper import write_paper  # noqa: PLC0415 - slow to load, for its plots

    page = experiment_path(settings.folder, found["name"]) / PAGE
    if found["state"] == "running" or not page.exists():
        write_paper(found, page)
    return page


def _declared(settings: Settings, name: str) -> ExperimentSpec:
    declared = settings.spec.experiments
    if name not in declared:
        near = nearest(name, declared)
        raise CampaignError(
            f"There is no experiment {name}.",
            file=settings.file,
            key="experiments",
            found=name,
            expected="one of: " + ", ".join(declared) if declared else f"[experiments.{name}] in campaign.toml",
            hint=f'Did you mean "{near}"?' if near else f"Declare it: [experiments.{name}], with question and arms.",
        )
    return declared[name]


def _plan_of(settings: Settings, spec: ExperimentSpec, name: str, today: date) -> dict[str, Any]:
    """What is written down; no person stands in it."""
    goal = spec.action or settings.goal.name
    window = days_of(spec.window)
    actions = [_action(settings, action, window) for action in dict.fromkeys([goal, *spec.also])]
    return {
        "format": 1,
        "name": name,
        "question": spec.question,
        "arms": dict(spec.arms),
        "baseline": spec.compared_with,
        "by": spec.by or "",
        "unit": spec.by or settings.spec.decide,
        "within": list(spec.blocks),
        "where": spec.where,
        "size": spec.size,
        "actions": actions,
        "past": list(spec.past),
        "effect": spec.effect,
        "campaign": settings.spec.name,
        "language": settings.spec.languages[0],
        "currency": settings.spec.currency,
        "key": f"{settings.spec.name}|experiment|{name}",
        "registered": today.isoformat(),
        "version": __version__,
    }


def _action(settings: Settings, name: str, window: int | None) -> dict[str, Any]:
    action = settings.actions[name]
    return {"name": name, "kind": action.kind, "shows": action.shows, "within": window or action.within}


def _sealed(path: Path, name: str) -> dict[str, Any]:
    plan: dict[str, Any] = read_json(path)
    if plan.get("sha256") != seal_of(plan):
        raise CampaignError(
            f"The plan of the experiment {name} was changed after it was written down.",
            file=path,
            found="a plan that does not fit its hash",
            expected="the plan as it was registered",
            hint="Bring the file back from a backup; a question that changes with its answer proves nothing.",
        )
    return plan


def _result(settings: Settings, plan: dict[str, Any], number: int, *, today: date) -> dict[str, Any]:
    """What came of an experiment until today."""
    path, links = round_path(settings.folder, number), links_of(settings.folder)
    tried = keep(tried_in(path), "experiment", {plan["name"]})
    tried = one_a_person(tried, links if settings.spec.decide == "person" else None)
    before = (rounds_of(settings.folder)[-1] if rounds_of(settings.folder) else 0) + 1
    [decisions] = [
        table for table in decisions_today(settings, before=before) if number in table["round"].to_pylist()[:1]
    ]
    decisions = keep(decisions, "unit", set(tried["unit"].to_pylist()))
    members = members_today(settings, before=before)
    people = people_today(settings)
    acted = as_people(acted_by(settings), "person", links)
    answered = {}
    for one in plan["actions"]:
        action = Action(one["name"], False, 1.0, one["kind"], one["within"])
        answered[one["name"]] = join_outcomes(people, [decisions], acted, action, today=today, members=members)
    day = date.fromisoformat(read_json(path / "round.json")["today"])
    traits = read(path / "traits.parquet")
    smallest = purpose_of(settings).minimum_group
    seen = (today - day).days
    then = as_people(read(path / "people.parquet"), "person", links)
    found = judge(plan, tried, answered, members[number], then, traits, seen=seen, smallest=smallest)
    windows = [one["within"] for one in plan["actions"] if one["within"]]
    over = day + timedelta(days=max(windows)) if len(windows) == len(plan["actions"]) else None
    return {
        **plan,
        **found,
        "state": "running",
        "round": number,
        "drawn_on": day.isoformat(),
        "today": today.isoformat(),
        "over": over and over.isoformat(),
    }


def _nobody(settings: Settings, name: str, entered: Mapping[str, Any]) -> CampaignError:
    shown = ("asked", "closed", "held_out", "elsewhere", "left")
    told = ", ".join(f"{word}: {entered[word]}" for word in shown)
    return CampaignError(
        f"Nobody can take part in the experiment {name}.",
        file=settings.file,
        key=f"experiments.{name}",
        found=told,
        expected="units to whom every arm is open, and room under the limits",
        hint="Look at where, at the arms' channels, and at the limits.",
    )
