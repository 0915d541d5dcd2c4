"""A small made-up village with a past experiment and known effects: the world of ``groundswell demo``.

Three letters were drawn by household a year ago. One moves people who go now and then, and most where several live
together; one moves the young a little; one moves nobody. Nothing in it was taken from real people.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundswell.tables import write_text

OPTIONS = ("nothing", "neighbours/post", "new-faces/post", "calendar/post")
_SHARES = (0.4, 0.2, 0.2, 0.2)
_FIRST = (
    "Ada",
    "Ben",
    "Carla",
    "David",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Ines",
    "John",
    "Kira",
    "Luis",
    "Maria",
    "Nora",
)
_LAST = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Garcia",
    "Hazel",
    "Ivy",
    "Juniper",
    "Lopez",
    "Maple",
    "Oak",
)


@dataclass(frozen=True)
class Village:
    """People by household, what they received and did, and what is true of them.

    Attributes:
        household: (n,) number of each person's household.
        age: (n,) years.
        past: (n,) how many of the last five meetings they attended.
        district: (n,) ``north``, ``south`` or ``centre``.
        arm: (n,) index into ``OPTIONS``: what the household had received.
        acted: (n,) True for those who came.
        chance: (n, 4) the true probability of coming under each option.
        stop: (n,) True for those who asked not to be contacted.
    """

    household: NDArray[np.int64]
    age: NDArray[np.int64]
    past: NDArray[np.int64]
    district: NDArray[np.str_]
    arm: NDArray[np.int64]
    acted: NDArray[np.bool_]
    chance: NDArray[np.float64]
    stop: NDArray[np.bool_]


def make_village(*, people: int = 12_000, seed: int = 0, effect: float = 1.0) -> Village:
    """Make a village.

    Args:
        people: about how many live there.
        seed: another seed, another village.
        effect: scales all true effects; 0 makes a world without any.

    Returns:
        The village; members of a household are alike in what they would do anyway.

    >>> village = make_village(people=100, seed=1)
    >>> bool((village.chance[:, 3] == village.chance[:, 0]).all())
    True
    """
    draw = np.random.default_rng(seed)
    sizes = draw.choice([1, 2, 3, 4, 5], p=[0.32, 0.36, 0.15, 0.12, 0.05], size=max(int(people / 2.22), 2))
    household = np.repeat(np.arange(len(sizes)), sizes)
    centre = draw.integers(22, 85, len(sizes))
    age = np.clip(centre[household] + draw.integers(-6, 7, len(household)), 18, 99)
    habit = draw.normal(0, 0.9, len(sizes))[household]
    past = draw.binomial(5, 1 / (1 + np.exp(-(-0.9 + 0.015 * (age - 50) + habit))))
    district = draw.choice(["north", "south", "centre"], len(sizes))[household]
    arm = draw.choice(4, p=_SHARES, size=len(sizes))[household]
    base = np.clip(0.08 + 0.09 * past + 0.001 * (age - 50), 0.02, 0.9)
    now_and_then = np.clip(1 - np.abs(past - 2.0) / 2.5, 0, 1)
    gain = np.zeros((len(household), 4))
    gain[:, 1] = 0.02 + 0.13 * now_and_then
    gain[:, 2] = np.where(age < 40, 0.10, 0.0)
    chance = np.clip(base[:, None] + effect * gain, 0, 1)
    acted = draw.random(len(household)) < chance[np.arange(len(household)), arm]
    stop = draw.random(len(household)) < 0.02
    return Village(household, age, past, district, arm, acted, chance, stop)


def write_village(folder: Path, *, people: int = 12_000, seed: int = 0) -> None:
    """Write the village as a campaign's folder: people, last year's letters, messages, ``campaign.toml``.

    Args:
        folder: where to; made when missing.
        people: about how many live there.
        seed: another seed, another village.

    Raises:
        StorageError: when the folder cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_village(place, people=200)
    >>> sorted(path.name for path in place.iterdir())
    ['campaign.toml', 'data', 'messages']
    """
    village = make_village(people=people, seed=seed)
    write_text(_people_csv(village), folder / "data" / "people.csv")
    write_text(_past_csv(village), folder / "data" / "last_year.csv")
    write_text(_acted_csv(village), folder / "data" / "acted.csv")
    for name, text in _MESSAGES.items():
        write_text(text, folder / "messages" / f"{name}.md")
    write_text(_CAMPAIGN.format(budget=round(0.25 * len(np.unique(village.household)) * 0.8)), folder / "campaign.toml")


def _people_csv(village: Village) -> str:
    lines: list[list[object]] = []
    for place, home in enumerate(village.household.tolist()):
        last = _LAST[(home * 7) % len(_LAST)]
        name = f"{_FIRST[(place * 5 + home) % len(_FIRST)]} {last}"
        address = f"{home % 97 + 1} {('Mill', 'Church', 'Station', 'River')[home % 4]} Street, House {home}"
        stop = "yes" if village.stop[place] else ""
        row = [f"p{place}", f"h{home}", name, address, int(village.age[place]), int(village.past[place])]
        lines.append([*row, str(village.district[place]), stop])
    return _csv(["id", "home", "name", "address", "age", "meetings", "district", "stop"], lines)


def _past_csv(village: Village) -> str:
    lines: list[list[object]] = [
        [f"p{place}", OPTIONS[arm], _SHARES[arm], "2025-10-01"] for place, arm in enumerate(village.arm.tolist())
    ]
    return _csv(["person", "option", "propensity", "sent"], lines)


def _acted_csv(village: Village) -> str:
    lines: list[list[object]] = [
        [f"p{place}", "attend", "2025-10-15"] for place in np.flatnonzero(village.acted).tolist()
    ]
    return _csv(["person", "action", "when"], lines)


def _csv(header: list[str], lines: list[list[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *lines])
    return buffer.getvalue()


_CAMPAIGN = """\
# A made-up village. Change a number, run it again:  groundswell run .

format = 1
name = "The village meeting"
purpose = "voters"                 # voters | workforce | customers
place = "US"                       # whose hours, labels and consents hold: see  groundswell purposes
timezone = "UTC"
currency = "EUR"
decide = "household"               # one letter for everybody behind one letter box

[actions]
attend = {{ goal = true, value = 25, within = "21 days" }}

[sources.people]
path = "data/people.csv"
person = "id"
household = "home"
name = "name"
address = "address"
stop = "stop"                      # whoever has anything but "no" here is on no list
types = {{ age = "number", meetings = "number" }}

[sources.past]                     # what was sent last year, and with which probability it was drawn
path = "data/last_year.csv"
person = "person"
option = "option"
propensity = "propensity"
at = "sent"

[sources.outcomes]                 # who then did what
path = "data/acted.csv"
person = "person"
action = "action"
at = "when"

[topics]
village = "What is decided in the village"

[traits]                           # one SQL expression over the row
age = "age"
meetings = "meetings"
district = {{ sql = "district", type = "category" }}

[channels]
post = {{ reaches = "household", cost = 0.80 }}

[limits]
budget = {{ of = "money", at_most = {budget} }}          # a letter for about a quarter of the households
patience = {{ of = "contacts", per = "person", within = "30 days", at_most = 1 }}

[learning]
explore = 0.05                     # drawn at random, so that this round teaches the next
holdout = 0.05                     # never contacted, the same households each round
"""

_MESSAGES = {
    "neighbours": """\
+++
topics = ["village"]
ask = "attend"
fallback = { names = "all of you" }
+++
# post
Dear {{ household.names }},

the village meeting decides next month, and your neighbours will be there. Last year people in your house came to
{{ household.meetings | round: 1 }} of five meetings. Will we see you?
""",
    "new-faces": """\
+++
topics = ["village"]
ask = "attend"
fallback = { names = "all of you" }
+++
# post
Dear {{ household.names }},

the village meeting needs new faces. It takes an hour, there is coffee, and you can speak or just listen.
""",
    "calendar": """\
+++
topics = ["village"]
ask = "attend"
+++
# post
The next village meeting is on the first Thursday of the month, at seven, in the old school.
""",
}
