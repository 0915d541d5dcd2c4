"""The people of the town as numbers, the hidden ones included, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.worlds.town.draws import BLOCK, Purpose, generator
from groundswell.worlds.town.homes import Homes, Role, draw_homes
from groundswell.worlds.town.interests import declare, true_interests
from groundswell.worlds.town.named import settle, settle_interests
from groundswell.worlds.town.shapes import logistic, ramp
from groundswell.worlds.town.work import draw_occupations

#                    head, partner, grown child, elder, flatmate
_OLDER_BY = np.array([0, 0, -25, 27, 0])
_SPREAD = np.array([0.0, 3.0, 3.0, 3.0, 3.0])
_YOUNGEST = np.array([18, 19, 18, 58, 18])
_OLDEST = np.array([95, 97, 27, 97, 36])
_SPEAKS = np.array([0.85, 0.85, 0.35, 1.0, 0.7])  # Spanish, where the household does


@dataclass(frozen=True)
class Residents:
    """People as numbers; every attribute has one row for each of the n people.

    Attributes:
        number: place in the town, from 0.
        home: place of the household's first member.
        kind, role: of household, and in it.
        age, woman, spanish, district, occupation, children, votes, meetings: as in the file.
        at_school: school-age children in the household.
        owner, years: whether the household owns its home, and how long it has lived there.
        heritage: whether the household has Spanish-speaking members.
        habit, lasting: how much the person takes part anyway; what the household has in common.
        interest, declared: (n, topics) true, and said (NaN: never said).
        mobile, landline, email, stop: whether they have one; whether they asked not to be contacted.
    """

    number: NDArray[np.int64]
    home: NDArray[np.int64]
    kind: NDArray[np.int64]
    role: NDArray[np.int64]
    age: NDArray[np.int64]
    woman: NDArray[np.bool_]
    spanish: NDArray[np.bool_]
    district: NDArray[np.int64]
    occupation: NDArray[np.int64]
    children: NDArray[np.int64]
    votes: NDArray[np.int64]
    meetings: NDArray[np.int64]
    at_school: NDArray[np.int64]
    owner: NDArray[np.bool_]
    years: NDArray[np.int64]
    heritage: NDArray[np.bool_]
    habit: NDArray[np.float64]
    lasting: NDArray[np.float64]
    interest: NDArray[np.float64]
    declared: NDArray[np.float64]
    mobile: NDArray[np.bool_]
    landline: NDArray[np.bool_]
    email: NDArray[np.bool_]
    stop: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: NDArray[Any] | slice) -> Residents:
        """Some of the people."""
        return Residents(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def together(cls, parts: Sequence[Residents]) -> Residents:
        """The people of several blocks."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True)
class Block:
    """A part of a town: always made whole, and as many of its people as live in this one.

    Attributes:
        seed: the town's.
        number: from 0.
        whole: the ``BLOCK`` people of the block.
        count: the first so many of them live in the town.
    """

    seed: int
    number: int
    whole: Residents
    count: int

    @property
    def residents(self) -> Residents:
        """Those who live in the town."""
        return self.whole.take(slice(0, self.count))


def blocks(people: int, seed: int) -> Iterator[Block]:
    """Block by block, the people of a town of this size.

    >>> [block.count for block in blocks(45_000, seed=0)]
    [20000, 20000, 5000]
    """
    for number in range(-(-people // BLOCK)):
        yield Block(seed, number, make_residents(seed, number), min(BLOCK, people - number * BLOCK))


def make_residents(seed: int, block: int) -> Residents:
    """The people of one whole block.

    >>> found = make_residents(0, 0)
    >>> len(found), int(found.age[0])
    (20000, 38)
    """
    homes = draw_homes(seed, block)
    columns = _lives(generator(seed, Purpose.PEOPLE, block), homes)
    if block == 0:
        settle(columns)
    draw = generator(seed, Purpose.INTERESTS, block)
    traits = {name: columns[name] for name in ("age", "children", "owner", "occupation")}
    interest = true_interests(draw, **traits)
    declared = declare(draw, interest, columns["habit"])
    if block == 0:
        settle_interests(interest, declared)
    start = block * BLOCK
    return Residents(
        number=start + np.arange(BLOCK), home=start + homes.first, interest=interest, declared=declared, **columns
    )


def _lives(draw: np.random.Generator, homes: Homes) -> dict[str, NDArray[Any]]:
    age = np.rint(homes.head_age + _OLDER_BY[homes.role] + draw.standard_normal(BLOCK) * _SPREAD[homes.role])
    age = np.clip(age, _YOUNGEST[homes.role], _OLDEST[homes.role]).astype(np.int64)
    woman = _women(draw, homes, age)
    parent = np.isin(homes.role, (Role.HEAD, Role.PARTNER))
    habit = 0.55 * homes.lasting + 0.85 * draw.standard_normal(BLOCK)
    votes = draw.binomial(4, logistic(0.1 + 0.03 * (age - 45) + 0.8 * habit))
    columns = {
        "kind": homes.kind,
        "role": homes.role,
        "age": age,
        "woman": woman,
        "spanish": homes.heritage & (draw.random(BLOCK) < _SPEAKS[homes.role]),
        "district": homes.district,
        "occupation": draw_occupations(draw, age, woman),
        "children": np.where(parent, homes.at_school, 0),
        "votes": np.minimum(votes, (age - 16) // 2),  # the young had fewer elections
        "meetings": np.minimum(draw.poisson(np.exp(-1.4 + 0.012 * (age - 45) + 0.9 * habit)), 24),
        "owner": homes.owner,
        "years": homes.years,
        "heritage": homes.heritage,
        "habit": habit,
        "lasting": homes.lasting,
        **_contacts(draw, homes, age),
    }
    return columns | {"at_school": _at_home(homes, columns["children"])}


def _women(draw: np.random.Generator, homes: Homes, age: NDArray[np.int64]) -> NDArray[np.bool_]:
    woman = draw.random(BLOCK) < 0.49 + 0.15 * ramp(age, 60, 85)
    partner = homes.role == Role.PARTNER
    return np.where(partner, woman[homes.first] ^ (draw.random(BLOCK) > 0.05), woman)


def _contacts(draw: np.random.Generator, homes: Homes, age: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Landlines belong to households, the rest to people."""
    shared = draw.random(BLOCK)[homes.first] < 0.30 + 0.62 * ramp(homes.head_age, 30, 70)
    gives_landline = draw.random(BLOCK) < 0.55 + 0.35 * ramp(age, 50, 80)
    mobile = draw.random(BLOCK) < 0.95 - 0.65 * ramp(age, 45, 85)
    landline = shared & (gives_landline | ~mobile)
    return {
        "mobile": mobile & ~landline,
        "landline": landline,
        "email": draw.random(BLOCK) < 0.95 - 0.62 * ramp(age, 50, 88),
        "stop": draw.random(BLOCK) < 0.02,
    }


def _at_home(homes: Homes, children: NDArray[np.int64]) -> NDArray[np.int64]:
    """School-age children in the household, told to all its members."""
    return children[homes.first]
