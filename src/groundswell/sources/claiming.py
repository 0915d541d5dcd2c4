"""A column's claim on a role: by its name where its values do not speak against it, or by its values alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pyarrow as pa

from groundswell.sources.looking import Looks, share_within
from groundswell.sources.presetting import Kind, Preset, presets, squeezed

# Words that make of a telephone number the kind of a number, or somebody else's.
_ASIDE = re.compile(
    "type|kind|status|count|date|opt|source|valid|verified|consent|flag|spouse|partner|emergency|manager|"
    "supervisor|parent|guardian|father|mother|billing|shipping|employer|company|organization|organisation|"
    "middle|maiden|suffix|prefix|previous|former|work|owner|tipo|estado|fecha|conyuge|emergencia|jefe|"
    "padre|madre|empresa|anterior|segundo"
)


class Why(NamedTuple):
    """The reason for a guess: a key of the catalogues under ``map.why``, and what fills it."""

    key: str
    values: Mapping[str, str] = {}


class Claim(NamedTuple):
    """A column that could play a role."""

    sure: float
    role: str
    column: str
    why: Why


def likeness(role: str, name: str, preset: Preset) -> float:
    """How well a column's name fits a role: 1 in the file's own preset, less in others or where it says more."""
    if squeezed(name) in map(squeezed, preset.roles.get(role, ())):
        return 1.0
    best = 0.0
    words = name.split()
    for other in presets():
        for phrase in other.roles.get(role, ()):
            if squeezed(phrase) == squeezed(name):
                return 0.9
            parts = phrase.split()
            apart = set(words) - set(parts)
            within = any(words[at : at + len(parts)] == parts for at in range(len(words)))
            if (
                within
                and len(squeezed(phrase)) >= 4
                and len(apart) <= len(parts)
                and not any(map(_ASIDE.fullmatch, apart))
            ):
                best = max(best, 0.6)
    return best


def fitness(role: str, looks: Looks, kind: Kind) -> float:
    """How well a column's values fit a role."""
    if not looks.filled:
        return 0.6
    test = _FITS.get(role)
    if test is not None:
        return test(looks)
    if role == "person":
        if looks["days"] > 0.5 or looks["addresses"] > 0.5:
            return 0.0
        return looks.filled / looks.rows * (looks.different / looks.filled if kind == "people" else 1.0)
    return 0.0 if max(looks["emails"], looks["days"], looks["phones_written"]) > 0.5 else 0.9


def _household(looks: Looks) -> float:
    crowds = looks.different < 0.05 * looks.filled  # twenty under one roof are no household
    other = max(
        looks["emails"], looks["days"], looks["yes"], looks["streets"]
    )  # an address as written is no key to a home
    return 0.0 if crowds or other > 0.5 else 0.7 if looks.unique else 1.0


def _letters(looks: Looks) -> float:
    return looks["letters"] * (looks["emails"] < 0.5) * (looks["languages"] < 0.9 or looks.different > 20)


_FITS: Mapping[str, Callable[[Looks], float]] = {
    "household": _household,
    "name": lambda looks: looks["letters"] * (1.0 if looks.words >= 1.5 else 0.7),
    "first_name": lambda looks: _letters(looks) * (looks.words < 3),
    "last_name": lambda looks: _letters(looks) * (looks.words < 3.5),
    "phone": lambda looks: looks["phones"],
    "email": lambda looks: looks["emails"],
    "address": lambda looks: max(looks["addresses"], 0.7 * looks["letters"]),
    "city": _letters,
    "state": lambda looks: max(looks["states"], looks["letters"]),
    "postcode": lambda looks: max(looks["postcodes"], looks["postcodes_bare"]),
    "language": lambda looks: looks["languages"],
    "stop": lambda looks: looks["yes"] * (looks.different <= 4),
    "at": lambda looks: max(looks["days"], looks["compact"]),
    "amount": lambda looks: looks["numbers"],
}


def claim_of(role: str, column: str, looks: Looks, named: float, fit: float) -> Claim | None:
    """A column's claim on a role, by its name where its values do not speak against it, or by its values alone."""
    if named and fit >= 0.5:
        key = "blank" if not looks.filled else "named_share" if fit < 0.995 and role in _SHARES else "named"
        why = Why(key, {"role": role, "share": percent(fit), "what": role})
        return Claim(round(named * (0.5 + 0.5 * fit), 2), role, column, why)
    alone = _ALONE.get(role)
    if not looks.filled or alone is None:
        return None
    sure = alone(looks)
    if sure <= 0:
        return None
    return Claim(round(sure, 2), role, column, Why(f"alone_{role}", {"share": percent(fitness(role, looks, "people"))}))


def _alone_household(looks: Looks) -> float:
    """Ids that stand in neighbouring rows, a few times each."""
    several = 1.2 <= looks.filled / looks.different <= 6 and looks.most <= 20
    plain = looks["codes"] > 0.9 and looks["letters"] < 0.5 and looks["decimals"] == 0 and looks["days"] == 0
    return 0.5 if several and plain and looks.adjacent >= 0.2 and looks.different >= 20 else 0.0


def _alone_name(looks: Looks) -> float:
    """Two to four words with capitals, hardly one of them twice."""
    several = 1.8 <= looks.words <= 4 and looks.different >= 0.7 * looks.filled and looks.filled >= 5
    return 0.5 * looks["titles"] if several and looks["titles"] > 0.8 and looks["streets"] < 0.1 else 0.0


def _alone_person(looks: Looks) -> float:
    """Something without blanks that is different in every row."""
    plain = (
        looks["codes"] > 0.99
        and looks["decimals"] == 0
        and max(looks["emails"], looks["days"], looks["phones_written"]) < 0.1
    )
    return 0.5 if looks.unique and plain and looks["letters"] < 0.5 else 0.0


def _alone_language(looks: Looks) -> float:
    known = looks["languages"] > 0.95 and 2 <= looks.different <= 20
    return 0.6 if known and looks["states"] < 0.5 else 0.0


_SHARES = {"phone", "email", "postcode", "language", "at", "amount"}
"""Roles whose fit is the share of values that are such."""

_ALONE: Mapping[str, Callable[[Looks], float]] = {
    "person": _alone_person,
    "household": _alone_household,
    "name": _alone_name,
    "phone": lambda looks: 0.75 * looks["phones_written"] if looks["phones_written"] > 0.8 else 0.0,
    "email": lambda looks: 0.8 * looks["emails"] if looks["emails"] > 0.8 else 0.0,
    "address": lambda looks: 0.7 * looks["streets"] if looks["streets"] > 0.7 and looks.words >= 2.5 else 0.0,
    "postcode": lambda looks: 0.7 * looks["postcodes"] if looks["postcodes"] > 0.9 else 0.0,
    "state": lambda looks: 0.5 if looks["states"] > 0.95 and looks.different >= 5 else 0.0,
    "language": _alone_language,
    "at": lambda looks: 0.5 * looks["days"] if looks["days"] > 0.9 else 0.0,
}


def claim_to_manage(column: str, name: str, ids: str, preset: Preset, head: pa.Table) -> Claim | None:
    """A column whose values are ids of others; a few small numbers prove nothing, so it must be called so too, or be long."""
    named = likeness("manager", name, preset)
    if column == ids:
        return None
    share = share_within(head, column, ids)
    if named and share >= 0.5:
        return Claim(
            round(named * (0.5 + 0.5 * share), 2), "manager", column, Why("manager", {"share": percent(share)})
        )
    values = {value for value in head[column].to_pylist() if value is not None}
    long = len(values) >= 3 and all(len(value) >= 4 for value in values)
    if share >= 0.95 and long and len(values) < 0.5 * head.num_rows:
        return Claim(0.5, "manager", column, Why("manager", {"share": percent(share)}))
    return None


def percent(share: float) -> str:
    """A share as people read it, never rounded up.

    >>> percent(0.999)
    '99 %'
    """
    return f"{int(share * 100)} %"
