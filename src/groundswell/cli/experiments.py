"""``groundswell experiment``: plan a question, look at its answer as often as you like, close it for good."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import words

if TYPE_CHECKING:
    from groundswell.campaigns import Campaign


@app.command()
def experiment(
    folder: Folder = None,
    plan: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Write its plan down: who, what, and how small an effect it sees."),
    ] = None,
    show: Annotated[str | None, typer.Option(metavar="NAME", help="Show one and write its page.")] = None,
    close: Annotated[
        str | None, typer.Option(metavar="NAME", help="Close it for good; one that drew nobody is withdrawn.")
    ] = None,
    now: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; left out: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan, show and close experiments: what chance was asked, and what it answered."""
    given = [one for one in (plan, show, close) if one is not None]
    if len(given) > 1:
        raise typer.BadParameter("Say one of  --plan, --show, --close.")
    with _told(as_json):
        campaign, day = _campaign(folder, None), now.date() if now else None
        if plan is not None:
            _plan(campaign, plan, day, as_json)
        elif show is not None:
            _one(*campaign.show_experiment(show, now=day), as_json)
        elif close is not None:
            _one(*campaign.close_experiment(close, now=day), as_json)
        else:
            found = campaign.experiments(now=day)
            _show({"format": 1, "experiments": found}, as_json, lambda: _all_lines(campaign, found))


def _plan(campaign: Campaign, name: str, day: date | None, as_json: bool) -> None:
    from groundswell.trust.paper import plan_lines  # noqa: PLC0415 - heavy

    found = campaign.plan_experiment(name, now=day)
    _show(found, as_json, lambda: plan_lines(found, campaign.folder))


def _one(found: dict[str, Any], page: Path | None, as_json: bool) -> None:
    from groundswell.trust.paper import experiment_lines  # noqa: PLC0415 - heavy

    say = words(found.get("language", "en"))
    told = [say("experiment.page", page=page)] if page else []
    if found["state"] == "withdrawn":
        _show(found, as_json, lambda: [say("experiment.withdrawn", name=found["name"])])
    else:
        _show(found | {"page": str(page) if page else None}, as_json, lambda: [*experiment_lines(found), *told])


def _all_lines(campaign: Campaign, found: list[dict[str, Any]]) -> list[str]:
    from groundswell.trust.paper import experiment_lines  # noqa: PLC0415 - heavy

    if not found:
        return [words(campaign.settings.spec.languages[0])["experiment.none"]]
    return [line for one in found for line in experiment_lines(one)]
