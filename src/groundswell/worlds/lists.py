"""Lists of one town's people that overlap, with the errors lists have, and the truth: who is the same person.

What makes it hard is what makes it hard in life: people of a home share telephones, e-mail addresses and of course their
address; a father and a son may share the whole name, twins the day of birth; people move, marry, misspell, and leave things
out.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pyarrow as pa

_THIS_YEAR = 2026
_PHONES = 7_880_000
_SHORT_NAMES = (
    "william:bill robert:bob james:jim john:jack richard:dick thomas:tom charles:charlie michael:mike joseph:joe "
    "edward:ted daniel:dan matthew:matt anthony:tony stephen:steve samuel:sam benjamin:ben andrew:andy david:dave "
    "christopher:chris francisco:paco jose:pepe alexander:alex nicholas:nick elizabeth:liz margaret:peggy "
    "catherine:kate patricia:pat susan:sue barbara:barb jennifer:jenny rebecca:becky deborah:debbie dolores:lola "
    "victoria:vicky nancy:nan"
)
_SHORT = dict(pair.split(":") for pair in _SHORT_NAMES.split())
_WOMEN = frozenset(list(_SHORT)[list(_SHORT).index("elizabeth") :])
_MENS = (
    "Al Bren Cas Dev Er Fin Gar Har Is Jor Kel Lor Mar Nor Or Per Quin Ros Sal Tor",
    "an den ric lan mar ton vin bert dan ek iel ius on or us vald win yn ard is",
)
_WOMENS = (
    "Ad Bri Cel Dar El Fen Gal Hel Ir Jos Kar Lil Mar Nel Or Pet Ros Sel Tal Viv",
    "a ina elle issa wen ia ora ette ana ise yn ara ita eth ola una ianne ica ova ylla",
)
_LASTS = (
    "Bar Cal Dor Fen Gal Har Kel Lan Mar Nor Ost Pel Quin Ros Sal Tan Ul Var Wes Yar Zel Bru Cra Dun",
    " en ar ol is um et ad or in al ev ub ig op as ir un am ek",
    "son er man ton ley field ez ski berg wood well ford ham sen ini ova ard ick ow ell",
)


class Lists(NamedTuple):
    """Lists and their truth.

    Attributes:
        tables: name -> rows of text: ``first_name, last_name, birth_date, sex, phone, email, address, city, postcode``.
        truth: for each row of all tables, one after the other, the number of the person.
    """

    tables: dict[str, pa.Table]
    truth: np.ndarray[tuple[int], np.dtype[np.int64]]


class _Person(NamedTuple):
    first: str
    last: str
    maiden: str | None
    born: str
    sex: str
    home: int


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """``m`` and ``f``: first names, ``last``; the most common first."""
    town = tomllib.loads((files("groundswell.worlds.town") / "names.toml").read_text("utf-8"))
    short = {"m": [name for name in _SHORT if name not in _WOMEN], "f": [name for name in _SHORT if name in _WOMEN]}
    found = {}
    for sex, group, (starts, ends) in (("m", "men", _MENS), ("f", "women", _WOMENS)):
        made = [start + end for end in ends.split() for start in starts.split()]
        found[sex] = [*(name.title() for name in short[sex]), *town["en"][group], *town["es"][group], *made]
    heads, middles, tails = (part.split(" ") for part in _LASTS)
    made = [head + middle + tail for middle in middles for head in heads for tail in tails]
    found["last"] = [*town["en"]["last"], *town["es"]["last"], *made]
    return {kind: tuple(dict.fromkeys(names)) for kind, names in found.items()}


def draw_lists(rows: int = 10_000, *, seed: int = 0, lists: int = 2) -> Lists:
    """Draw lists of people.

    15 to 30 in a hundred telephones and e-mail addresses are the home's, shared by all of it; a quarter of the days of birth,
    two fifths of the telephones and as many of the e-mail addresses are missing, and 15 in a hundred postal addresses. About
    half of the rows are of somebody who stands in another row, too.

    Args:
        rows: of all lists together.
        seed: the same seed, the same lists.
        lists: how many.

    >>> found = draw_lists(1000)
    >>> list(found.tables), sum(table.num_rows for table in found.tables.values()), len(found.truth)
    (['list-1', 'list-2'], 1000, 1000)
    """
    draw = np.random.default_rng([seed, rows, lists])
    people = _people(draw, int(rows * 0.72))
    town = _Town(draw, people)
    order = draw.permutation(np.r_[np.arange(len(people)), draw.integers(0, len(people), rows - len(people))])
    where = draw.integers(0, lists, rows)
    tables, truth = {}, []
    for number in range(lists):
        mine = order[where == number]
        tables[f"list-{number + 1}"] = pa.Table.from_pylist([town.row(int(who)) for who in mine], schema=_SCHEMA)
        truth.append(mine)
    return Lists(tables, np.concatenate(truth).astype(np.int64))


_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("first_name", "last_name", "birth_date", "sex", "phone", "email", "address", "city", "postcode")
    ]
)


def _zipf(draw: np.random.Generator, count: int, flat: float) -> int:
    """A place in a list whose first entries are the most common."""
    return min(int(flat * (np.exp(draw.random() * np.log(1 + count / flat)) - 1)), count - 1)


def _people(draw: np.random.Generator, count: int) -> list[_Person]:
    people: list[_Person] = []
    home = 0
    while len(people) < count:
        people += _household(draw, home)
        home += 1
    return people[:count]


def _household(draw: np.random.Generator, home: int) -> list[_Person]:
    kind, last = draw.random(), _a_last(draw)
    age = int(draw.integers(24, 88))
    he = _Person(_a_first(draw, "m"), last, None, _a_day(draw, _THIS_YEAR - age), "m", home)
    she_was = _a_last(draw)
    she = _Person(
        _a_first(draw, "f"), last, she_was, _a_day(draw, _THIS_YEAR - age + int(draw.integers(-4, 7))), "f", home
    )
    if kind < 0.3:
        return [he if draw.random() < 0.5 else she._replace(maiden=None)]
    if kind < 0.4:  # people who share a flat
        others = (
            _Person(_a_first(draw, sex), _a_last(draw), None, _a_day(draw, _THIS_YEAR - age + 1), sex, home)
            for sex in "mf"
        )
        return [he, *others]
    young = [_child(draw, he, she, age) for _ in range(int(draw.integers(1, 4)))] if age > 42 and kind > 0.62 else []
    if young and draw.random() < 0.03:  # twins
        young.append(_Person(_a_first(draw, "f"), last, None, young[0].born, "f", home))
    return [he, she, *young]


def _child(draw: np.random.Generator, he: _Person, she: _Person, age: int) -> _Person:
    sex = "m" if draw.random() < 0.5 else "f"
    parent = he if sex == "m" else she
    first = parent.first if draw.random() < (0.04 if sex == "m" else 0.005) else _a_first(draw, sex)
    return _Person(first, he.last, None, _a_day(draw, _THIS_YEAR - age + int(draw.integers(22, 36))), sex, he.home)


def _a_first(draw: np.random.Generator, sex: str) -> str:
    return _names()[sex][_zipf(draw, len(_names()[sex]), 25.0)]


def _a_last(draw: np.random.Generator) -> str:
    return _names()["last"][_zipf(draw, len(_names()["last"]), 60.0)]


def _a_day(draw: np.random.Generator, year: int) -> str:
    return f"{year}-{int(draw.integers(1, 13)):02}-{int(draw.integers(1, 29)):02}"


class _Town:
    """Where people live and how they are reached: what is the home's, and what is one's own."""

    def __init__(self, draw: np.random.Generator, people: list[_Person]) -> None:
        self.draw, self.people = draw, people
        homes = people[-1].home + 1
        self.numbers = 0
        self.streets = [
            f"{name} {kind}" for name in _names()["last"][:400] for kind in ("Street", "Avenue", "Road", "Lane")
        ]
        self.shares = draw.uniform(0.15, 0.30)
        self.at = [self._address() for _ in range(homes)]
        self.home_phone = [self._phone() for _ in range(homes)]
        self.home_mail = [f"{last.lower()}.family{place}@example.org" for place, last in enumerate(self._lasts(homes))]
        self.phone = [self._phone() for _ in people]
        self.mail = [self._mail(who, place) for place, who in enumerate(people)]

    def _lasts(self, homes: int) -> list[str]:
        found = [""] * homes
        for who in self.people:
            found[who.home] = who.last
        return found

    def _address(self) -> tuple[str, str, str]:
        area = int(self.draw.integers(0, 120))
        street = self.streets[int(self.draw.integers(0, len(self.streets)))]
        return (
            f"{int(self.draw.integers(1, 400))} {street}",
            f"{_names()['last'][area // 4]}ville",
            f"{60000 + area * 7:05}",
        )

    def _phone(self) -> str:
        self.numbers += 1
        number = (self.numbers * 3_654_321 + 1_234_567) % _PHONES  # no two the same
        return f"({201 + number // 10_000}) 555-{number % 10_000:04}"

    def _mail(self, who: _Person, place: int) -> str:
        return f"{who.first[0].lower()}{who.last.lower()}{place * 7919 % 10_000}@example.org"

    def row(self, place: int) -> dict[str, str | None]:
        """One row of somebody, with what lists do to it."""
        who, draw = self.people[place], self.draw
        chance = draw.random(24)
        first, last, born = who.first, who.last, who.born
        if chance[0] < 0.10 and first.lower() in _SHORT:
            first = _SHORT[first.lower()].title()
        if chance[1] < 0.02:
            first = first[0]
        if who.maiden and chance[2] < 0.10:
            last = who.maiden
        first, last = self._typo(first, chance[3] < 0.03), self._typo(last, chance[4] < 0.04)
        if chance[5] < 0.01:
            first, last = last, first
        if chance[6] < 0.03:
            born = self._other_digit(born)
        elif chance[6] < 0.035:
            born = f"{born[:4]}-{born[8:]}-{born[5:7]}" if int(born[8:]) <= 12 else born
        address = self.at[who.home] if chance[7] > 0.10 else self._address()
        line = self._typo(address[0], chance[8] < 0.05)
        line = line.replace("Street", "St").replace("Avenue", "Ave") if chance[9] < 0.3 else line
        phone = self.phone[place] if chance[11] > 0.08 else self._phone()
        mail = self.mail[place] if chance[13] > 0.08 else f"x{int(draw.integers(0, 10**9))}@example.com"
        phone = self.home_phone[who.home] if chance[10] < self.shares else phone
        mail = self.home_mail[who.home] if chance[12] < self.shares else mail
        return {
            "first_name": first,
            "last_name": last,
            "birth_date": None if chance[14] < 0.25 else born,
            "sex": None if chance[15] < 0.2 else who.sex,
            "phone": None if chance[16] < 0.4 else phone,
            "email": None if chance[17] < 0.4 else mail,
            "address": None if chance[18] < 0.15 else line,
            "city": None if chance[18] < 0.15 and chance[19] < 0.5 else address[1],
            "postcode": None if chance[18] < 0.15 else address[2],
        }

    def _typo(self, text: str, there: bool) -> str:
        if not there or len(text) < 3:
            return text
        at, letter = int(self.draw.integers(1, len(text) - 1)), chr(97 + int(self.draw.integers(0, 26)))
        before, one, other, behind = text[:at], text[at], text[at + 1], text[at + 2 :]
        kinds = (other, letter + one + other, letter + other, other + one)  # left out, put in, put wrong, turned round
        return before + kinds[int(self.draw.integers(0, 4))] + behind

    def _other_digit(self, day: str) -> str:
        at = int(self.draw.choice([2, 3, 6, 9]))
        return day[:at] + str(int(self.draw.integers(0, 10))) + day[at + 1 :]
