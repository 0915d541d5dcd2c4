"""What people did and said in the last two years, and who of them volunteers."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.stats import pick
from groundswell.worlds.town.draws import BLOCK, Purpose, generator
from groundswell.worlds.town.interests import LOUD, TOPICS
from groundswell.worlds.town.named import EVENTS, NAMED, REMARKS, WALTER, WALTERS_HOURS
from groundswell.worlds.town.residents import Block
from groundswell.worlds.town.visible import numbered, person_ids

_LAST_DAY = (date(2026, 10, 31) - date(1970, 1, 1)).days
_DAYS = 730
_REMARKS = 0.25  # a person
_EACH = 100  # people for one volunteer
_STAIRS = 75  # years, up to which a volunteer goes from door to door

_KINDS: dict[str, tuple[str | None, float]] = {
    # what: (topic it tells of, how many a person in two years)
    "school-board-meeting": ("schools", 0.06),
    "parents-association": ("schools", 0.04),
    "pension-clinic": ("pensions", 0.05),
    "retirement-talk": ("pensions", 0.03),
    "trade-rally": ("trade", 0.04),
    "tenants-evening": ("housing", 0.05),
    "planning-hearing": ("housing", 0.02),
    "bus-petition": ("transport", 0.14),
    "station-hearing": ("transport", 0.04),
    "health-fair": ("health", 0.05),
    "blood-drive": ("health", 0.02),
    "street-festival": (None, 0.06),
}


def events_table(block: Block) -> pa.Table:
    """The rows of ``events.csv`` of one block: person_id, when, what. Who cares about a topic comes more often.

    >>> from groundswell.worlds.town.residents import blocks
    >>> events_table(next(blocks(20_000, seed=0))).slice(0, 1).to_pylist()
    [{'person_id': 'p000001', 'when': datetime.date(2026, 2, 10), 'what': 'school-board-meeting'}]
    """
    people, draw = block.whole, generator(block.seed, Purpose.EVENTS, block.number)
    keen = np.exp((people.interest - 45.0) / 22.0)
    taking_part = np.exp(0.5 * people.habit)
    rates = np.empty((len(people), len(_KINDS)))
    for place, (topic, each) in enumerate(_KINDS.values()):
        drive = taking_part * (1.0 if topic is None else keen[:, TOPICS.index(topic)])
        rates[:, place] = each * drive / drive.mean()
    times = draw.poisson(rates)
    rows, kind = (np.repeat(index, times[times > 0]) for index in np.nonzero(times))
    what = pa.array([*_KINDS]).take(pa.array(kind))
    return _as_table(draw, block, rows, {"what": what}, told=EVENTS)


def remarks_table(block: Block) -> pa.Table:
    """The rows of ``remarks.csv`` of one block: person_id, when, said; in the person's language, some about nothing.

    >>> from groundswell.worlds.town.residents import blocks
    >>> table = remarks_table(next(blocks(20_000, seed=0)))
    >>> table.column_names, 4_500 < len(table) < 5_500
    (['person_id', 'when', 'said'], True)
    """
    people, draw = block.whole, generator(block.seed, Purpose.REMARKS, block.number)
    talks = np.exp(0.4 * people.habit)
    rows = np.repeat(np.arange(len(people)), draw.poisson(_REMARKS * talks / talks.mean()))
    drive = np.exp(people.interest[rows] / 18.0 + 0.8 * (np.arange(len(TOPICS)) == LOUD))
    about = np.column_stack([drive, 0.25 * drive.sum(axis=1)])
    topic = pick(draw.random(len(rows)), about / about.sum(axis=1, keepdims=True))
    said = _phrase(draw, people.spanish[rows].astype(np.int64), topic)
    return _as_table(draw, block, rows, {"said": said}, told=REMARKS)


def volunteers_table(block: Block) -> pa.Table:
    """The rows of ``volunteers.csv`` of one block: id, person_id, hours a week, and what they carry.

    One among each hundred neighbours; from 75 years on nobody climbs stairs any more.

    >>> from groundswell.worlds.town.residents import blocks
    >>> table = volunteers_table(next(blocks(20_000, seed=0)))
    >>> len(table), table.slice(0, 1).to_pylist()
    (200, [{'id': 'v001', 'person_id': 'p000003', 'hours': 12, 'carries': 'phone'}])
    """
    people, draw = block.whole, generator(block.seed, Purpose.VOLUNTEERS, block.number)
    willing = people.habit + draw.gumbel(size=BLOCK) - 1_000.0 * people.stop
    hours = np.minimum(1 + draw.poisson(2.0 + 4.0 * (people.age >= 65)), 20)
    if block.number == 0:
        willing[WALTER], hours[WALTER] = np.inf, WALTERS_HOURS
    place = willing.reshape(-1, _EACH).argmax(axis=1) + np.arange(0, BLOCK, _EACH)
    place = place[: block.count // _EACH]
    start = block.number * (BLOCK // _EACH)
    return pa.table(
        {
            "id": numbered("v", start + np.arange(len(place)), 3),
            "person_id": person_ids(people.number[place]),
            "hours": pa.array(hours[place].astype(np.int8)),
            "carries": pa.array(np.where(people.age[place] >= _STAIRS, "phone", "phone, door").tolist()),
        }
    )


class _Phrases(NamedTuple):
    """Sentences in one list; where each part of it starts, and how many it holds.

    Parts by language: openings, endings, each topic, nothing.
    """

    sentences: pa.Array
    start: NDArray[np.int64]
    many: NDArray[np.int64]


@cache
def _phrases() -> _Phrases:
    found = tomllib.loads((files("groundswell.worlds.town") / "remarks.toml").read_text("utf-8"))
    parts = [
        [found[language][part] for part in ("openings", "endings", *TOPICS, "nothing")] for language in ("en", "es")
    ]
    many = np.array([[len(part) for part in spoken] for spoken in parts])
    start = np.cumsum([0, *many.ravel()])[:-1].reshape(many.shape)
    return _Phrases(pa.array([text for spoken in parts for part in spoken for text in part]), start, many)


def _phrase(draw: np.random.Generator, language: NDArray[np.int64], topic: NDArray[np.int64]) -> pa.Array:
    """An opening, a sentence and an ending, put together; who has nothing to say says no more than that."""
    texts, talks = _phrases(), topic < len(TOPICS)
    said = []
    for part, drawn in ((np.zeros_like(topic), talks), (2 + topic, 1), (np.ones_like(topic), talks)):
        which = drawn * draw.random(len(topic)) * texts.many[language, part]
        said.append(texts.sentences.take(pa.array(texts.start[language, part] + which.astype(np.int64))))
    return pc.binary_join_element_wise(*said, "")


def _as_table(
    draw: np.random.Generator,
    block: Block,
    rows: NDArray[np.int64],
    column: dict[str, pa.Array],
    *,
    told: tuple[tuple[str, str, str], ...],
) -> pa.Table:
    """By person and day; of the named people only what is told of them."""
    day = _LAST_DAY - draw.integers(0, _DAYS, len(rows))
    order = np.lexsort((day, rows))
    first = len(NAMED) if block.number == 0 else 0
    order = order[(rows[order] >= first) & (rows[order] < block.count)]
    days = pa.array(day.astype(np.int32)).cast(pa.date32())
    persons = person_ids(block.whole.number[rows])
    drawn = pa.table({"person_id": persons, "when": days, **column}).take(pa.array(order))
    return drawn if first == 0 else pa.concat_tables([_told(told, drawn.schema), drawn]).combine_chunks()


def _told(rows: tuple[tuple[str, str, str], ...], form: pa.Schema) -> pa.Table:
    cells: list[list[Any]] = [[person, date.fromisoformat(when), said] for person, when, said in rows]
    return pa.Table.from_pylist([dict(zip(form.names, row, strict=True)) for row in cells], form)
