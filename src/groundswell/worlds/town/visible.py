"""What the files show of the people: numbers as words."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.worlds.town.draws import BLOCK, Purpose, generator
from groundswell.worlds.town.homes import DISTRICTS, Role
from groundswell.worlds.town.interests import TOPICS
from groundswell.worlds.town.named import NAMED, NOW
from groundswell.worlds.town.residents import Block, Residents
from groundswell.worlds.town.work import OCCUPATIONS

_DIGITS = 10_000_000
_SCRAMBLE = 7_919  # shares no factor with _DIGITS or BLOCK, so no number and no house is given twice

_ORIGIN = (39.80, -89.64)
_METRES = 111_320.0  # one degree of latitude
_CENTRE = np.array([[0.0, 1_600.0], [0.0, -1_600.0], [1_800.0, 0.0], [-1_800.0, 0.0], [1_900.0, -1_900.0]])  # metres
_FRONT, _APART, _QUARTER = 3.0, 70.0, 8_000.0


def people_table(block: Block) -> pa.Table:
    """The columns of ``people.csv`` for the people of one block, in their order.

    >>> from groundswell.worlds.town.residents import blocks
    >>> table = people_table(next(blocks(1_000, seed=0)))
    >>> table.slice(0, 1).select(["id", "full_name", "district"]).to_pylist()
    [{'id': 'p000001', 'full_name': 'Maria Delgado', 'district': 'west'}]
    """
    people = block.residents
    first, last = _draw_names(block, people)
    columns: dict[str, Any] = {
        "id": person_ids(people.number),
        "full_name": _joined(" ", _words(_names().first, first), _words(_names().last, last)),
        "household_id": numbered("h", people.home, 6),
        "address": _addresses(people),
        "lat": (places := _places(people))[0],
        "lon": places[1],
        "district": _words(DISTRICTS, people.district),
        "born": pa.array((NOW - people.age).astype(np.int16)),
        "woman": _words(("no", "yes"), people.woman),
        "language": _words(("en", "es"), people.spanish),
        "occupation": _words([name or None for name in OCCUPATIONS], people.occupation),
        "school_age_children": _small(people.children),
        "phone": _phones(people),
        "email": _emails(people, first, last),
        "votes": _small(people.votes),
        "meetings": _small(people.meetings),
    }
    for column, topic in enumerate(TOPICS):
        said = people.declared[:, column]
        unknown = np.isnan(said)
        columns[f"cares_{topic}"] = pa.array(np.where(unknown, 0, said).astype(np.int8), mask=unknown)
    columns["do_not_contact"] = _words((None, "yes"), people.stop)
    return pa.table(columns)


def person_ids(number: NDArray[np.int64]) -> pa.Array:
    """The ids of the people at these places of the town.

    >>> person_ids(np.array([0, 9_999_999])).to_pylist()
    ['p000001', 'p10000000']
    """
    return numbered("p", number, 6)


def numbered(letter: str, place: NDArray[np.int64], width: int) -> pa.Array:
    """Ids made of a letter and a number from 1.

    >>> numbered("v", np.array([0]), 3).to_pylist()
    ['v001']
    """
    return _joined("", letter, _padded(place + 1, width))


class _Names(NamedTuple):
    """All names in two lists; the parts (who may bear them) are drawn from, the named people's are not."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    first_parts: NDArray[np.int64]
    last_parts: NDArray[np.int64]
    streets: tuple[str, ...]


@cache
def _names() -> _Names:
    found = tomllib.loads((files("groundswell.worlds.town") / "names.toml").read_text("utf-8"))
    first = [found[language][who] for language in ("en", "es") for who in ("men", "women")]
    last = [found[language]["last"] for language in ("en", "es")]
    mine = [name.split() for name in NAMED]
    streets = [
        f"{name} {kind}"
        for district in DISTRICTS
        for kind in found["streets"]["kinds"]
        for name in found["streets"][district]
    ]
    return _Names(
        (*(name for part in first for name in part), *(name for name, _ in mine)),
        (*(name for part in last for name in part), *(name for _, name in mine)),
        np.cumsum([0, *map(len, first)]),
        np.cumsum([0, *map(len, last)]),
        tuple(streets),
    )


def _draw_names(block: Block, people: Residents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in the lists of first and last names; most of a household share the last."""
    draw, names = generator(block.seed, Purpose.NAMES, block.number), _names()
    given, own, shared, keeps = draw.random((4, BLOCK))[:, : len(people)]
    home = people.home - people.number[0]
    whose = np.where((keeps < 0.2) | (people.role == Role.MATE), own, shared[home])
    first = _from_part(given, names.first_parts, 2 * people.heritage + people.woman)
    last = _from_part(whose, names.last_parts, people.heritage.astype(np.int64))
    if block.number == 0:
        first[: len(NAMED)] = names.first_parts[-1] + np.arange(len(NAMED))
        last[: len(NAMED)] = names.last_parts[-1] + np.arange(len(NAMED))
    return first, last


def _from_part(drawn: NDArray[np.float64], parts: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.int64]:
    low, high = parts[part], parts[part + 1]
    return (low + drawn * (high - low)).astype(np.int64)


def _plots(people: Residents) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The plot of each person's home, never given twice; its number in the street, and the street in its district."""
    each = len(_names().streets) // len(DISTRICTS)
    plot = people.home - people.home % BLOCK + people.home * _SCRAMBLE % BLOCK
    return plot, plot // each + 1, plot % each


def _addresses(people: Residents) -> pa.Array:
    """One address a household, never given twice."""
    streets = _names().streets
    _, number, street = _plots(people)
    return _joined(" ", _text(number), _words(streets, people.district * (len(streets) // len(DISTRICTS)) + street))


def _places(people: Residents) -> tuple[pa.Array, pa.Array]:
    """Degrees north and east: streets lie side by side, odd numbers on one side of them; each block is a quarter."""
    each = len(_names().streets) // len(DISTRICTS)
    plot, number, street = _plots(people)
    east = _CENTRE[people.district, 0] + ((number - 1) % (BLOCK // each + 1)) // 2 * _FRONT - 700.0
    north = _CENTRE[people.district, 1] + (street - each / 2) * _APART + np.where(number % 2, 9.0, -9.0)
    quarter = plot // BLOCK
    side = np.ceil(np.sqrt(quarter + 1.0)).astype(np.int64) - 1  # quarters grow around the first as squares do
    along = quarter - side**2
    east = east + _QUARTER * np.where(along < side, side, 2 * side - along)
    north = north + _QUARTER * np.minimum(along, side)
    lat = _ORIGIN[0] + north / _METRES
    lon = _ORIGIN[1] + east / (_METRES * np.cos(np.radians(_ORIGIN[0])))
    return pa.array(lat.round(6)), pa.array(lon.round(6))


def _phones(people: Residents) -> pa.Array:
    """Area codes that nobody has: 555 for the landline of a household, 999 for a mobile of one's own."""
    digits = _padded((np.where(people.landline, people.home, people.number) * _SCRAMBLE + 1_234_567) % _DIGITS, 7)
    code = _words(("999", "555"), people.landline)
    number = _joined(" ", "+1", code, pc.utf8_slice_codeunits(digits, 0, 3), pc.utf8_slice_codeunits(digits, 3, 7))
    return _blank(number, ~(people.landline | people.mobile))


def _emails(people: Residents, first: NDArray[np.int64], last: NDArray[np.int64]) -> pa.Array:
    names = _names()
    box = _joined(".", _words(_plain(names.first), first), _words(_plain(names.last), last))
    return _blank(_joined("", box, _text(people.number + 1), "@example.org"), ~people.email)


def _plain(names: Sequence[str]) -> list[str]:
    """Names as they stand in an e-mail address."""
    return [unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() for name in names]


def _words(words: Sequence[str | None], code: NDArray[Any]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(code.astype(np.int32)))


def _small(values: NDArray[np.int64]) -> pa.Array:
    return pa.array(values.astype(np.int8))


def _text(values: NDArray[np.int64]) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def _padded(values: NDArray[np.int64], width: int) -> pa.Array:
    return pc.utf8_lpad(_text(values), width, padding="0")


def _joined(between: str, *parts: Any) -> pa.Array:  # noqa: ANN401 - texts and columns of texts
    return pc.binary_join_element_wise(*parts, between)


def _blank(texts: pa.Array, where: NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(where), pa.scalar(None, pa.string()), texts)
