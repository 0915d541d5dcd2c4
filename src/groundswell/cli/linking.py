"""``groundswell link`` and ``review``: who is the same person, and what only a person can decide."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli.commands import AsJson, Folder, _campaign, _show, _told, app
from groundswell.vocabulary import words

if TYPE_CHECKING:
    from groundswell.campaigns import Campaign


@app.command()
def link(
    folder: Folder = None,
    threshold: Annotated[float, typer.Option(min=0.5, max=0.9999, help="The least probability of a link.")] = 0.9,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Compare everybody again and learn the weights anew; ids and answers stay.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last link, as if it had not been.")] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw what the weights learnt, as an SVG picture.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What the random pairs are drawn with.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Find who is the same person, on one list and across lists; relatives stay two."""
    with _told(as_json):
        from groundswell.trust.linking import link_lines  # noqa: PLC0415 - heavy

        campaign = _campaign(folder, None)
        language = campaign.settings.spec.languages[0]
        if undo:
            found: dict[str, Any] = {"format": 1, "taken_off": campaign.unlink()}
            _show(found, as_json, lambda: [words(language)["link.undone"]])
            return
        found = campaign.link(threshold=threshold, afresh=afresh, seed=seed).as_json()
        waiting = campaign.waiting()
        if chart is not None:
            campaign.draw_weights(chart)
        told = [words(language)("link.chart", file=chart)] if chart is not None else []
        _show(
            found | {"waiting": waiting},
            as_json,
            lambda: [*link_lines(found, waiting, campaign.folder, language), *told],
        )


@app.command()
def review(
    folder: Folder = None,
    most: Annotated[int | None, typer.Option(min=1, help="How many pairs; left out: all.")] = None,
    pair: Annotated[
        tuple[str, str] | None, typer.Option(metavar="ID ID", help="These two, whatever is said of them.")
    ] = None,
    answer: Annotated[
        str | None, typer.Option(metavar="y|n", help="The answer to --pair, where nobody is to be asked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide of two records, side by side, whether they are one person; the weights learn from it."""
    with _told(as_json):
        campaign = _campaign(folder, None)
        questions = campaign.questions(most=most, pair=pair)
        if answer is not None:
            if pair is None or answer not in {"y", "n"}:
                raise typer.BadParameter("Say  --pair ID ID --answer y  (or n).", param_hint="--answer")
            campaign.answer(*pair, same=answer == "y")
            found = campaign.link().as_json()
            _show(found, as_json, lambda: [words(campaign.settings.spec.languages[0])("review.answered", n=1)])
        elif as_json:
            typer.echo(json.dumps({"format": 1, "questions": questions}, ensure_ascii=False))
        else:
            _ask(campaign, questions)


def _ask(campaign: Campaign, questions: list[dict[str, Any]]) -> None:
    """Show one question after the other; each answer is kept at once."""
    from groundswell.trust.linking import link_lines, question_lines  # noqa: PLC0415 - heavy

    language = campaign.settings.spec.languages[0]
    say = words(language)
    place, given = 0, list[int]()
    if not questions:
        typer.echo(say["review.none"])
        return
    typer.echo(say["review.keys"])
    while place < len(questions):
        one = questions[place]
        for line in ["", *question_lines(one, (place + 1, len(questions)), language)]:
            typer.echo(line)
        key = _key(say["review.ask"])
        if key == "q":
            break
        if key == "u":
            if not given:
                typer.echo(say["review.nothing_to_undo"])
                continue
            campaign.take_back_answer()
            place = given.pop()
            typer.echo(say("review.undone", one=questions[place]["one"], other=questions[place]["other"]))
            continue
        if key in {"y", "n"}:
            campaign.answer(one["one"], one["other"], same=key == "y")
            given.append(place)
        elif key != "s":
            typer.echo(say["review.unknown"])
            continue
        place += 1
    typer.echo(say("review.answered", n=len(given)))
    if given:
        found = campaign.link().as_json()
        for line in link_lines(found, campaign.waiting(), campaign.folder, language):
            typer.echo(line)


def _key(ask: str) -> str:
    """One key where somebody sits, else the first letter of a line; the end of the input ends it."""
    typer.echo(f"{ask} ", nl=False)
    if sys.stdin.isatty():
        key = typer.getchar().lower()
        typer.echo(key)
        return key
    line = sys.stdin.readline()
    return line.strip().lower()[:1] if line else "q"
