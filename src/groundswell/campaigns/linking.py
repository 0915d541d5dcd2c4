"""``groundswell link``: who of the campaign's people is the same person."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundswell.campaigns.blocking import read_own
from groundswell.campaigns.columns import people_columns
from groundswell.campaigns.importing import layers_of
from groundswell.campaigns.inputs import rows_today
from groundswell.campaigns.linked import answers_of, links_now, links_path
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.wishes import put_lists_right
from groundswell.people import lists_of
from groundswell.people.linking.applying import with_lists
from groundswell.people.linking.cleaning import ROLES
from groundswell.people.linking.keeping import Linking, link_again
from groundswell.people.linking.reviewing import compared, waiting, weights_of
from groundswell.people.linking.roles import guess
from groundswell.tables import Table, keep, read, write_text
from groundswell.trust.linking import weights_chart
from groundswell.vocabulary import CampaignError

_LIST = "~list"
_NEW = "new"


@dataclass(frozen=True)
class Linked:
    """What became of linking a campaign's people.

    Attributes:
        found: what was found.
        ids: everybody's ids.
        taken_off: lines taken off lists, because somebody turned out to be one who said stop.
        trace: ``id, before, after`` of every id that goes by another now.
    """

    found: Linking
    ids: int
    taken_off: int
    trace: tuple[dict[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "format": 1,
            "ids": self.ids,
            "taken_off": self.taken_off,
            **asdict(self.found),
            "trace": list(self.trace),
        }


def link_campaign(settings: Settings, *, threshold: float, afresh: bool, seed: int) -> Linked:
    """Find who is the same person, beginning with what was found before.

    Whatever is killed when, either the old links hold or the new ones: they are written beside, and renamed.

    Args:
        settings: the campaign; whoever calls it keeps everybody else out of the folder.
        threshold: the least probability of a link.
        afresh: learn the weights anew and compare everybody again; ids and answers stay.
        seed: of the draw of random pairs.

    Raises:
        CampaignError: where the file of people has no ids.
    """
    rows, roles = link_rows(settings)
    place, now = links_path(settings.folder), links_now(settings.folder)
    place.mkdir(parents=True, exist_ok=True)
    for left in place.glob(f"*.{_NEW}"):
        shutil.rmtree(left)
    number = int(now.name) + 1 if now is not None else 1
    into = place / f"{number:04}.{_NEW}"
    into.mkdir()
    found = link_again(
        rows,
        roles,
        person=settings.spec.sources.people.person,
        source=_LIST,
        into=into,
        before=now,
        answers=answers_of(settings.folder),
        threshold=threshold,
        seed=seed,
        afresh=afresh,
    )
    into.rename(place / f"{number:04}")
    for older in sorted(path for path in place.glob("[0-9][0-9][0-9][0-9]"))[:-2]:
        shutil.rmtree(older)
    trace = read(place / f"{number:04}" / "changes.parquet").to_pylist()
    return Linked(found, rows.num_rows, put_lists_right(settings), tuple(trace))


def unlink_campaign(settings: Settings) -> int:
    """Take back the last link, as if it had not been; how many lines were taken off lists.

    Args:
        settings: the campaign; whoever calls it keeps everybody else out of the folder.

    Raises:
        CampaignError: where nothing was linked.
    """
    now = links_now(settings.folder)
    if now is None:
        raise _not_linked(settings)
    gone = now.with_name(f"{now.name}.{_NEW}")
    now.rename(gone)
    shutil.rmtree(gone)
    return put_lists_right(settings)


def questions_of(
    settings: Settings, *, most: int | None = None, pair: tuple[str, str] | None = None
) -> list[dict[str, Any]]:
    """The pairs that are for a person to decide, each with both rows and what speaks for and against.

    Args:
        settings: the campaign.
        most: how many; None: all.
        pair: two ids; None: those of which neither is sure.

    Returns:
        ``one, other, probability, evidence, rows``; the surest to be unsure first.

    Raises:
        CampaignError: where nothing was linked yet, or an id is nobody's.
    """
    now = links_now(settings.folder)
    if now is None:
        raise _not_linked(settings)
    rows, roles = link_rows(settings)
    person = settings.spec.sources.people.person
    found = waiting(now, answers_of(settings.folder), most=most)
    if pair is not None:
        found = [compared(now, rows, roles, pair, person=person, source=_LIST)]
    ids = {one for question in found for one in (question.one, question.other)}
    columns = list(dict.fromkeys([person, *roles.values()]))
    told = {
        row[person]: {name: str(row[name]) for name in columns if row.get(name) not in {None, ""}}
        for row in keep(rows, person, ids).to_pylist()
    }
    return [asdict(question) | {"rows": [told[question.one], told[question.other]]} for question in found]


def count_waiting(settings: Settings) -> int:
    """How many pairs are for a person to decide.

    Args:
        settings: the campaign.
    """
    now = links_now(settings.folder)
    return len(waiting(now, answers_of(settings.folder))) if now is not None else 0


def draw_weights(settings: Settings, target: Path) -> None:
    """Draw what the weights learnt, as an SVG picture.

    Args:
        settings: the campaign.
        target: the file.

    Raises:
        CampaignError: where nothing was linked yet.
    """
    now = links_now(settings.folder)
    if now is None:
        raise _not_linked(settings)
    write_text(weights_chart([asdict(each) for each in weights_of(now)], settings.spec.languages[0]), target)


def _not_linked(settings: Settings) -> CampaignError:
    return CampaignError(
        "Nobody was linked yet.",
        file=settings.folder,
        found="no links",
        expected="an earlier  groundswell link",
        hint=f"Link with  groundswell link {settings.folder}.",
    )


def link_rows(settings: Settings) -> tuple[Table, dict[str, str]]:
    """The campaign's rows, one an id, the oldest first; and role -> column of what tells who somebody is.

    Raises:
        CampaignError: where the file of people has no ids.
    """
    source = settings.spec.sources.people
    if source.person == "#row":
        raise CampaignError(
            "People without ids cannot be linked: a row's number is another's tomorrow.",
            file=settings.file,
            key="sources.people.person",
            found='person = "#row"',
            expected="a column with the person's id",
            hint="Give the file a column of ids and name it in campaign.toml.",
        )
    rows, _ = rows_today(settings, apart=True)
    own = read_own(settings, source, people_columns(settings), key="sources.people").table
    lists = lists_of(own, layers_of(settings.folder), person=source.person)
    rows = with_lists(rows, lists, person=source.person, into=_LIST)
    named = {role: column for role, column in settings.people.roles().items() if role in ROLES and column}
    return rows, {**guess([name for name in rows.column_names if not name.startswith("~")]), **named}
