"""``groundswell forget`` and ``export``: what everybody may ask for who stands in a campaign's files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from groundswell.cli.commands import AsJson, _campaign, _show, _told, app
from groundswell.vocabulary import CampaignError, words

Person = Annotated[str, typer.Argument(help="The person's id, or the full name where only one has it.")]
In = Annotated[Path | None, typer.Option("-C", "--campaign", metavar="FOLDER", help="The campaign's folder.")]


@app.command()
def forget(
    person: Person,
    folder: In = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget somebody: gone from every file of the campaign, for good; no import brings them back."""
    with _told(as_json):
        from groundswell.campaigns.forgetting import forget as act  # noqa: PLC0415 - heavy
        from groundswell.campaigns.forgetting import whom  # noqa: PLC0415 - heavy
        from groundswell.trust.exporting import forgotten_lines  # noqa: PLC0415 - heavy

        campaign = _campaign(folder, None)
        who = whom(campaign.folder, person)
        if not yes:
            _confirm(who, campaign.folder, campaign.settings.spec.languages[0])
        found = act(campaign.folder, who).as_json()
        _show(found, as_json, lambda: forgotten_lines(found, campaign.settings.spec.languages[0]))


@app.command()
def export(
    person: Person,
    folder: In = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; left out: to the terminal.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write down everything that is held about somebody, with where it is from: for them to read."""
    with _told(as_json):
        from groundswell.campaigns.exporting import export as gather  # noqa: PLC0415 - heavy

        campaign = _campaign(folder, None)
        found = gather(campaign.folder, person)
        if out is None:
            typer.echo(json.dumps(found.held, ensure_ascii=False) if as_json else found.page)
            return
        found.write(out, as_json=as_json)
        say = words(campaign.settings.spec.languages[0])
        typer.echo(say("rights.exported", person=found.person, file=out), err=as_json)


def _confirm(person: str, folder: Path, language: str) -> None:
    """Ask for the id; whoever cannot be asked must say so beforehand."""
    if not sys.stdin.isatty():
        raise CampaignError(
            "Nobody is there to be asked whether this person shall really be forgotten.",
            key="--yes",
            found="no terminal",
            expected="--yes, or somebody who answers",
            hint=f"Say  groundswell forget {person} --yes : it cannot be taken back.",
        )
    answer = typer.prompt(
        words(language)("rights.ask", person=person, folder=folder), err=True, default="", show_default=False
    )
    if answer.strip() != person:
        raise CampaignError(
            "Nothing was changed.",
            found=answer.strip() or "no answer",
            expected=person,
            hint="Write the id exactly, or say --yes.",
        )
