"""A campaign without any past, small enough to follow by eye: its first round is a pilot, and what comes back is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import groundswell
from groundswell.campaigns import Round
from groundswell.worlds import write_town
from tiny import as_csv

FIRST = date(2026, 11, 1)
BACK = FIRST + timedelta(days=28)
SECOND = BACK + timedelta(days=1)

TOML = """\
format = 1
name = "Spring"
purpose = "voters"
place = "US"
decide = "person"

[actions]
attend = { goal = true, value = 25, within = "21 days" }

[sources.people]
path = "people.csv"
person = "id"
household = "home"
name = "name"
phone = "phone"
stop = "stop"
types = { born = "year" }

[topics.schools]
about = "Money for schools and teachers"
events = ["school-fair"]

[traits]
age = "2026 - born"

[channels]
post = { reaches = "person", cost = 0.5 }

[limits]
budget = { of = "money", at_most = 200 }
"""

LETTER = '+++\ntopics = ["schools"]\n+++\n# post\nDear {{ person.name }}, the meeting is on Thursday.'


def somebody(place: int, **changes: str) -> dict[str, str]:
    """The person ``p<place>``; every two live together."""
    mine = {"id": f"p{place}", "home": f"h{place // 2}", "name": f"Name {place}", "phone": "", "stop": ""}
    return mine | {"born": str(1950 + place % 40)} | changes


def everybody(count: int = 60) -> list[dict[str, str]]:
    """``p0`` and so on."""
    return [somebody(place) for place in range(count)]


def spring(
    tiny, rows: Sequence[Mapping[str, str]] | None = None, *, replace: Mapping[str, str] | None = None, **more
) -> groundswell.Campaign:
    """Write the campaign with the fixture ``tiny``."""
    return tiny(rows or everybody(), toml=TOML, replace=replace, messages={"letter": LETTER}, **more)


def sheet(campaign: groundswell.Campaign, name: str, rows: Iterable[Mapping[str, str]] | str) -> Path:
    """A file that came back, beside the campaign's folder; ready text or rows."""
    path = campaign.folder.parent / name
    path.write_text(rows if isinstance(rows, str) else as_csv([*rows]), encoding="utf-8")
    return path


def answers(done: Round, *, acted: Iterable[str] = (), blank: Iterable[str] = ()) -> list[dict[str, str]]:
    """A sheet that says yes or no (or nothing) for every decision of a round, by its key, on the day after it."""
    yes, unknown = set(acted), set(blank)
    return [
        {
            "key": row["key"],
            "result": "" if row["unit"] in unknown else "yes" if row["unit"] in yes else "no",
            "at": (row["on"] + timedelta(days=1)).isoformat(),
        }
        for row in done.decisions.arrow().to_pylist()
    ]


def small_town(folder: Path, *, people: int = 1_000, seed: int = 0, truth: str = "smooth") -> Path:
    """A made-up town with seven of its options: rounds in it take half as long."""
    write_town(folder, people=people, seed=seed, truth=truth)
    for name in ("bus-line", "class-sizes", "clinic-hours", "rents"):
        (folder / "messages" / f"{name}.md").unlink()
    return folder
