"""A campaign small enough to write by hand: people and past in one file, drawn by household within a block."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import groundswell

DAY = date(2026, 11, 21)

TOML = """\
format = 1
name = "Tiny"
purpose = "voters"
place = "US"
decide = "household"

[actions]
vote = { goal = true, value = 40 }

[sources.people]
path = "people.csv"
person = "#row"
household = "home"
types = { yob = "year" }
outcomes = { vote = "voted" }

[sources.people.past]
option = "treatment"
drawn = { by = "household", within = "block" }
options = { Control = "nothing", Letter = "letter/post" }

[traits]
age = "2006 - yob"

[channels]
post = { reaches = "household", cost = 0.60 }

[limits]
budget = { of = "money", at_most = 10 }
patience = { of = "contacts", per = "person", within = "30 days", at_most = 1 }
"""

PERSON = {"home": "h1", "block": "b1", "treatment": "Control", "yob": "1950", "voted": "yes"}


def people(count: int = 40, **changes: str) -> list[dict[str, str]]:
    """``count`` people in homes of two; every fourth home had the letter."""
    return [
        PERSON
        | {
            "home": f"h{place // 2}",
            "treatment": "Letter" if place // 2 % 4 == 0 else "Control",
            "yob": str(1930 + place % 60),
            "voted": "yes" if place % 3 else "no",
        }
        | changes
        for place in range(count)
    ]


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV, columns in the order of the first row."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_tiny(
    folder: Path,
    rows: Sequence[Mapping[str, str]] | None = None,
    *,
    toml: str = TOML,
    replace: Mapping[str, str] | None = None,
    messages: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
) -> groundswell.Campaign:
    """Write a tiny campaign and open it.

    Args:
        folder: where to.
        rows: the file of people; None: forty of them.
        toml: ``campaign.toml``.
        replace: old -> new in it; every old text must be there.
        messages: message -> its file; None: one letter.
        files: further files, or others in place of those above.
    """
    for old, new in (replace or {}).items():
        assert old in toml, old
        toml = toml.replace(old, new)
    found: dict[str, str | bytes] = {"campaign.toml": toml, "people.csv": as_csv(rows or people())}
    said = {"letter": "# post\nDear neighbour,"} if messages is None else messages
    found |= {f"messages/{name}.md": textwrap.dedent(text) for name, text in said.items()}
    for name, content in (found | dict(files or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return groundswell.open(folder)


def list_of(path: Path) -> list[dict[str, str]]:
    """A list that was handed over, as a spreadsheet would read it."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))
