"""Who is drawn for what: every arm gets exactly its share of every stratum, and anybody can repeat the draw.

Within a stratum the units stand in the order of a keyed hash. Marks at equal distances are laid over them from an offset
that is drawn, too, and each unit gets the arm in whose stretch its mark falls (systematic sampling, Madow & Madow 1944). So
the probability of an arm is its share exactly, whatever the stratum's size, and its count is never a whole unit off.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.experiments.given import shares_of
from groundswell.stats import draw, labels_of
from groundswell.stats.given import Label
from groundswell.vocabulary import EvidenceError

_WHOLE = 1e-9
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Drawn:
    """What was drawn, and what proves it afterwards.

    Attributes:
        arm: (n,) the arm of each row.
        propensity: (n,) the probability with which it was drawn.
        shares: arm -> share, in the order of the arms' names.
        key: what the draw was made with.
        fingerprint: SHA-256 of every unit, stratum and arm, the key and the shares. Made known before anything is sent, it
            proves afterwards that nobody was moved.
    """

    arm: NDArray[np.str_]
    propensity: NDArray[np.float64]
    shares: Mapping[str, float]
    key: str
    fingerprint: str


def randomise(
    unit: Iterable[Label],
    shares: Mapping[str, float],
    *,
    key: str,
    strata: Iterable[Label] | None = None,
) -> Drawn:
    """Draw an arm for every unit, by keyed hash, stratum by stratum.

    Args:
        unit: (n,) ids of what is drawn: a person, a household, a team, a place. Rows of one unit get the same arm.
        shares: arm -> the probability with which a unit is drawn for it: above 0, together 1.
        key: what the draw is for, such as the experiment's name and the day it was declared. Fix it before the units are
            known, or take it from somewhere nobody chooses: whoever may try many keys may choose the draw.
        strata: (n,) label of each unit's stratum (block), None: all are one. More strata, or more units in one, change
            nothing in another.

    Returns:
        The draw. In each stratum an arm's count differs from its share of the units by less than 1; over many small strata
        what is left over falls to all arms alike.

    Raises:
        EvidenceError: when there are no units, shares do not sum to 1, or one unit stands in two strata.

    >>> drawn = randomise(["a", "b", "c", "d"], {"nothing": 0.5, "letter": 0.5}, key="pilot, 1 May")
    >>> sorted(drawn.arm.tolist())
    ['letter', 'letter', 'nothing', 'nothing']
    >>> drawn.propensity.tolist()
    [0.5, 0.5, 0.5, 0.5]

    Madow & Madow (1944), On the theory of systematic sampling.
    """
    parts = shares_of(shares)
    names, index, stratum = _units_once(unit, strata)
    arm = _drawn(names, stratum, parts, key)
    arms = np.array(list(parts))
    return Drawn(
        arm=arms[arm][index],
        propensity=np.array(list(parts.values()))[arm][index],
        shares=parts,
        key=key,
        fingerprint=_fingerprint(names, stratum, arms[arm], parts, key),
    )


def verify(
    fingerprint: str,
    unit: Iterable[Label],
    arm: Iterable[Label],
    shares: Mapping[str, float],
    *,
    key: str,
    strata: Iterable[Label] | None = None,
) -> bool:
    """Is this what was drawn? The draw is made again, and nothing may differ.

    Args:
        fingerprint: of the draw, as it was made known.
        unit: (n,) all units of the draw, in any order.
        arm: (n,) what each is said to have been drawn for.
        shares: arm -> share, as drawn with.
        key: the draw's key.
        strata: (n,) labels, as drawn with.

    Returns:
        True where every arm is the one the key draws and the fingerprint is that of these units, strata, arms, key and
        shares; False when one arm was swapped, or one unit added or left out.

    Raises:
        EvidenceError: for what :func:`randomise` refuses, or another number of arms than units.

    >>> units, shares = ["a", "b", "c", "d"], {"nothing": 0.5, "letter": 0.5}
    >>> drawn = randomise(units, shares, key="pilot")
    >>> verify(drawn.fingerprint, units, drawn.arm, shares, key="pilot")
    True
    >>> verify(drawn.fingerprint, units, drawn.arm[::-1], shares, key="pilot")
    False
    """
    units = labels_of(unit, "unit")
    told = labels_of(arm, "arm", len(units)).astype(str)
    again = randomise(units, shares, key=key, strata=strata)
    return bool(again.fingerprint == fingerprint and (again.arm == told).all())


def _units_once(
    unit: Iterable[Label], strata: Iterable[Label] | None
) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.str_]]:
    """The units' ids in order, (n,) the index of each row's, and each unit's stratum."""
    ids = labels_of(unit, "unit").astype(str)
    if not len(ids):
        raise EvidenceError("There is nobody to draw.", found="no rows", expected="the ids of what is drawn")
    names, first, index = np.unique(ids, return_index=True, return_inverse=True)
    if strata is None:
        return names, index, np.full(len(names), "")
    labels = labels_of(strata, "strata", len(ids)).astype(str)
    stratum = labels[first]
    odd = np.flatnonzero(stratum[index] != labels)
    if len(odd):
        raise EvidenceError(
            "A unit stands in two strata.",
            key=str(ids[odd[0]]),
            found=f"{labels[odd[0]]!r} in row {odd[0]} (counted from 0), and {stratum[index[odd[0]]]!r}",
            expected="one stratum for all rows of a unit",
            hint="Stratify by what a whole household or team has in common.",
        )
    return names, index, stratum


def _drawn(names: NDArray[np.str_], stratum: NDArray[np.str_], parts: dict[str, float], key: str) -> NDArray[np.int64]:
    """(units,) the index of each unit's arm."""
    strata, place, size = np.unique(stratum, return_inverse=True, return_counts=True)
    order, edges = _stretches(strata, size, parts, key)
    offset = draw(strata.tolist(), key=f"offset|{key}")
    # Ids are in order and the sort is stable, so two units with one hash stand in the order of their ids.
    sequence = np.lexsort((draw(names.tolist(), key=key), place))
    start = np.cumsum(size) - size
    rank = np.empty(len(names), dtype=np.int64)
    rank[sequence] = np.arange(len(names)) - start[place[sequence]]
    mark = rank + offset[place]
    stretch = np.minimum((mark[:, None] >= edges[place]).sum(axis=1), len(parts) - 1)
    return np.asarray(order[place, stretch], dtype=np.int64)


def _stretches(
    strata: NDArray[np.str_], size: NDArray[np.int64], parts: dict[str, float], key: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(strata, arms) which arm has which stretch, and where each stretch ends, counted in units.

    The order of the arms is drawn for each stratum: with one order for all, arms that are not neighbours in it would
    always, and neighbours never, stand beside each other in strata of two.
    """
    drawn = np.column_stack([draw(strata.tolist(), key=f"order|{arm}|{key}") for arm in parts])
    order = np.argsort(drawn, axis=1, kind="stable")
    edges = np.cumsum(np.array(list(parts.values()))[order], axis=1) * size[:, None]
    whole = np.rint(edges)
    # 0.1 + 0.2 is not 0.3: an edge that is a whole unit is exactly that.
    return order, np.where(np.abs(edges - whole) < _WHOLE * size[:, None], whole, edges)


def _fingerprint(
    names: NDArray[np.str_], stratum: NDArray[np.str_], arm: NDArray[np.str_], parts: dict[str, float], key: str
) -> str:
    found = sha256(_line(key, parts))
    for line in zip(names.tolist(), stratum.tolist(), arm.tolist(), strict=True):
        found.update(_line(*line))
    return found.hexdigest()


def _line(*said: Any) -> bytes:  # noqa: ANN401 - what JSON can say
    return _JSON.encode(said).encode() + b"\n"
