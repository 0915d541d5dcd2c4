"""Who lives with whom: kinds of household, and the part each member has in them."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import pick
from groundswell.worlds.town.draws import BLOCK, Purpose, generator

DISTRICTS = ("north", "south", "east", "west", "harbour")
_DISTRICT_SHARES = np.array([0.20, 0.22, 0.20, 0.22, 0.16])
_SPANISH = np.array([0.10, 0.28, 0.50, 0.22, 0.15])  # of households, by district


class Role(IntEnum):
    """A member's part in the household."""

    HEAD = 0
    PARTNER = 1
    CHILD = 2  # a grown one
    ELDER = 3  # a parent of the head's or the partner's
    MATE = 4


class Kind(NamedTuple):
    """A kind of household: its share, the age of its head, its grown members, its school-age children."""

    share: float
    youngest: int
    oldest: int
    roles: tuple[Role, ...]
    owns: float
    at_school: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    frequent_in: str = ""


_PAIR = (Role.HEAD, Role.PARTNER)
_KINDS = (
    Kind(0.10, 22, 44, (Role.HEAD,), 0.15, frequent_in="south"),
    Kind(0.05, 45, 66, (Role.HEAD,), 0.50),
    Kind(0.10, 67, 95, (Role.HEAD,), 0.60, frequent_in="harbour"),
    Kind(0.08, 22, 40, _PAIR, 0.30, frequent_in="south"),
    Kind(0.07, 41, 66, _PAIR, 0.70, frequent_in="north"),
    Kind(0.08, 67, 92, _PAIR, 0.75, frequent_in="harbour"),
    Kind(0.05, 24, 52, (Role.HEAD,), 0.25, (0.10, 0.50, 0.30, 0.10), "south"),
    Kind(0.15, 26, 50, _PAIR, 0.50, (0.15, 0.35, 0.37, 0.13), "west"),
    Kind(0.06, 43, 58, (*_PAIR, Role.CHILD), 0.60, (0.50, 0.35, 0.15, 0.0), "west"),
    Kind(0.05, 20, 30, (Role.MATE,) * 3, 0.0, frequent_in="south"),
    Kind(0.04, 20, 30, (Role.MATE,) * 4, 0.0, frequent_in="south"),
    Kind(0.06, 30, 54, (*_PAIR, Role.ELDER), 0.60, (0.10, 0.40, 0.40, 0.10), "east"),
    Kind(0.05, 30, 54, (*_PAIR, Role.ELDER, Role.ELDER), 0.60, (0.10, 0.40, 0.40, 0.10), "east"),
    Kind(0.06, 43, 57, (*_PAIR, Role.CHILD, Role.ELDER), 0.60, (0.30, 0.45, 0.25, 0.0), "east"),
)
OLD_ALONE, TWO_PARENTS = 2, 7
FIRST_KINDS = (TWO_PARENTS, OLD_ALONE, OLD_ALONE)  # where the named people live
_OFTEN = 1.6


class Homes(NamedTuple):
    """Households, repeated for each of the block's members.

    Attributes:
        first: (BLOCK,) the place of the household's first member.
        role: (BLOCK,) a ``Role``.
        kind: (BLOCK,) the kind of household.
        district: (BLOCK,) index into ``DISTRICTS``.
        head_age: (BLOCK,) years.
        at_school: (BLOCK,) school-age children in the household.
        owner: (BLOCK,) True where the household owns its home.
        years: (BLOCK,) how long it has lived there.
        heritage: (BLOCK,) True where Spanish is spoken by somebody.
        lasting: (BLOCK,) standard normal: what its members always have in common.
    """

    first: NDArray[np.int64]
    role: NDArray[np.int64]
    kind: NDArray[np.int64]
    district: NDArray[np.int64]
    head_age: NDArray[np.int64]
    at_school: NDArray[np.int64]
    owner: NDArray[np.bool_]
    years: NDArray[np.int64]
    heritage: NDArray[np.bool_]
    lasting: NDArray[np.float64]


def draw_homes(seed: int, block: int) -> Homes:
    """The households of a block; the last one loses the members that do not fit.

    >>> homes = draw_homes(0, 0)
    >>> len(homes.first), homes.first[:4].tolist()
    (20000, [0, 0, 2, 3])
    """
    draw = generator(seed, Purpose.HOMES, block)
    district = pick(draw.random(BLOCK), _DISTRICT_SHARES)
    kind = pick(draw.random(BLOCK), _kind_shares()[district])
    if block == 0:
        kind[: len(FIRST_KINDS)] = FIRST_KINDS
    facts = {"kind": kind, "district": district, **_facts(draw, kind, district)}
    sizes = np.array([len(each.roles) for each in _KINDS])[kind]
    home = np.repeat(np.arange(BLOCK), sizes)[:BLOCK]
    first = (np.cumsum(sizes) - sizes)[home]
    role = _role_table()[kind[home], np.arange(BLOCK) - first]
    return Homes(first=first, role=role, **{name: fact[home] for name, fact in facts.items()})


def _facts(draw: np.random.Generator, kind: NDArray[np.int64], district: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """What is true of each household, by the attributes of ``Homes``."""
    youngest = np.array([each.youngest for each in _KINDS])[kind]
    oldest = np.array([each.oldest for each in _KINDS])[kind]
    head_age = draw.integers(youngest, oldest + 1)
    owner = draw.random(BLOCK) < np.array([each.owns for each in _KINDS])[kind]
    stay = draw.gamma(1.6, np.where(owner, 14.0, 4.0))
    return {
        "head_age": head_age,
        "at_school": pick(draw.random(BLOCK), np.array([each.at_school for each in _KINDS])[kind]),
        "owner": owner,
        "years": np.minimum(stay, head_age - 19).astype(np.int64),
        "heritage": draw.random(BLOCK) < _SPANISH[district],
        "lasting": draw.standard_normal(BLOCK),
    }


def _kind_shares() -> NDArray[np.float64]:
    """(districts, kinds): some kinds are frequent in one district."""
    tilt = [[_OFTEN if kind.frequent_in == district else 1.0 for kind in _KINDS] for district in DISTRICTS]
    return np.asarray(np.array(tilt) * np.array([kind.share for kind in _KINDS]))


def _role_table() -> NDArray[np.int64]:
    """(kinds, 4) the roles of each kind's members."""
    return np.array([[*kind.roles, *[0] * (4 - len(kind.roles))] for kind in _KINDS])
