"""Every command: its words, its options, and the one call it makes."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.vocabulary import GroundswellError
from groundswell.vocabulary.version import __version__

if TYPE_CHECKING:
    from rich.status import Status

    from groundswell.campaigns import Campaign

app = typer.Typer(
    name="groundswell",
    help="Which message each person should hear, through which channel, or nothing at all - and whether they acted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[
    Path | None, typer.Argument(help="The campaign's folder; left out: the nearest one with a campaign.toml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout; everything else goes to stderr.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A what-if for this run, such as limits.budget.at_most=+10%."),
]

_here: dict[str, Path] = {}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _everywhere(
    folder: Annotated[Path | None, typer.Option("-C", metavar="FOLDER", help="Work in this campaign's folder.")] = None,
    version: Annotated[  # noqa: ARG001 - typer calls it back
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    _here.clear()
    if folder is not None:
        _here["folder"] = folder


@app.command()
def run(
    folder: Folder = None,
    sets: Sets = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Price the last round anew, in seconds; nothing is changed by it."),
    ] = None,
    seed: Annotated[int, typer.Option(help="What folds, exploration and ties are drawn with.")] = 0,
    now: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Plan for this day; left out: today.")
    ] = None,
    next_round: Annotated[
        bool, typer.Option("--next", help="The last round's lists were used: count its contacts and plan the next.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play a round: import, profile, options, estimate, allocate, decide, report, lists."""
    with _told(as_json):
        campaign = _campaign(folder, sets)
        if what_if:
            if sets or now or next_round or seed:
                raise typer.BadParameter("give --what-if alone: it prices the last round as it was played")
            priced = campaign.what_if(*what_if)
            _show(priced, as_json, lambda: campaign.tell_what_if(priced))
            return
        done = campaign.run(now=now.date() if now else None, seed=seed, next_round=next_round, tell=_progress())
        _show(done.summary, as_json, lambda: _summary_lines(done.summary, done.report))


@app.command()
def check(folder: Folder = None, sets: Sets = None, as_json: AsJson = False) -> None:
    """Check everything without running; a misspelt key or column gets the nearest one as a suggestion."""
    with _told(as_json):
        campaign = _campaign(folder, sets)
        wrong = campaign.check()
        found = {"format": 1, "ok": not wrong, "problems": [error.as_json() for error in wrong]}
        _show(found, as_json, lambda: _problem_lines(wrong, campaign))
        if wrong:
            raise typer.Exit(1)


@app.command()
def why(
    folder_or_person: Annotated[str, typer.Argument(metavar="[FOLDER] PERSON", help="The person's id or full name.")],
    person: Annotated[str | None, typer.Argument(hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a person gets what they get, what they do not get, and why not."""
    with _told(as_json):
        folder, who = (Path(folder_or_person), person) if person is not None else (None, folder_or_person)
        campaign = _campaign(folder, None)
        answer = campaign.why(who)
        _show(answer.as_json(), as_json, lambda: [campaign.tell(answer)])


@app.command()
def report(folder: Folder = None, as_json: AsJson = False) -> None:
    """Say where the last round's page is."""
    with _told(as_json):
        path = _campaign(folder, None).report()
        _show({"format": 1, "report": str(path)}, as_json, lambda: [str(path)])


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make the campaign.")] = Path("demo"),
    people: Annotated[int, typer.Option(min=200, help="About how many people live there.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed, another village.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Make a made-up village and play a round in it."""
    with _told(as_json):
        from groundswell.campaigns import make_demo, open_campaign  # noqa: PLC0415 - heavy

        make_demo(folder, people=people, seed=seed)
        done = open_campaign(folder).run(seed=seed, tell=_progress())
        _show(done.summary, as_json, lambda: _summary_lines(done.summary, done.report))


def main() -> None:
    """The entry point: exit codes 0 done, 1 refused, 2 usage."""
    app()


def _campaign(folder: Path | None, sets: list[str] | None) -> Campaign:
    from groundswell.campaigns import open_campaign  # noqa: PLC0415 - heavy
    from groundswell.campaigns.settings import find_folder  # noqa: PLC0415 - heavy

    chosen = folder or _here.get("folder") or find_folder(Path.cwd())
    return open_campaign(chosen, sets=tuple(sets or ()))


@contextmanager
def _told(as_json: bool) -> Iterator[None]:
    """Errors as words, or as JSON; exit code 1."""
    try:
        yield
    except GroundswellError as error:
        if as_json:
            typer.echo(json.dumps({"error": error.as_json()}, ensure_ascii=False))
        else:
            for one in (error, *getattr(error, "others", ())):
                typer.echo(f"error: {one}", err=True)
        raise typer.Exit(1) from None


def _show(found: object, as_json: bool, lines: Callable[[], list[str]]) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        for line in lines():
            typer.echo(line)


def _progress() -> Callable[[str], None]:
    """Stages as they begin, on stderr: a line each, or one that changes where somebody is looking."""
    start = monotonic()
    status: list[Status] = []

    def tell(stage: str) -> None:
        if not sys.stderr.isatty():
            typer.echo(f"{monotonic() - start:6.1f} s  {stage}", err=True)
        elif status:
            status[0].update(stage)
        else:
            from rich.console import Console  # noqa: PLC0415 - only where somebody is looking

            status.append(Console(stderr=True).status(stage))
            status[0].start()
            atexit.register(status[0].stop)

    return tell


def _summary_lines(summary: dict[str, Any], page: Path) -> list[str]:
    from groundswell.trust.brief import brief  # noqa: PLC0415 - heavy

    return [*brief(summary), str(page)]


def _problem_lines(wrong: list[GroundswellError], campaign: Campaign) -> list[str]:
    if not wrong:
        well = f"{campaign.folder}: all is well. Run it with  groundswell run {campaign.folder}"
        return [well, *campaign.reminders()]
    return [f"error: {error}" for error in wrong]
