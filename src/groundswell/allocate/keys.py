"""An order of units that depends on their ids and a seed, and on nothing else: it breaks every tie and draws every sample."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.allocate import scan
from groundswell.allocate.problem import Ints

Ranks = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def ranked(key: ArrayLike | None, n: int, seed: int, *, part: bool = False) -> Ranks:
    """One number for each unit; the same id and seed always give the same, wherever the unit stands.

    Args:
        key: (n,) whole numbers or texts, no two equal; the positions where it is None.
        n: how many units there are.
        seed: another seed, another order.
        part: these are some of the units only, so that an id may be elsewhere too; it is not looked for.

    Returns:
        (n,) unsigned 64-bit numbers, as good as random (SplitMix64: Steele, Lea & Flood 2014).

    Raises:
        ValueError: `key` has another length, is of another type, or holds an id twice.

    >>> ranked(["a", "b"], 2, 0)[1] == ranked(["b", "c"], 2, 0)[0]
    np.True_
    """
    salt = _mixed(np.array([seed % 2**64], dtype=np.uint64))[0]
    if key is None:
        return _mixed(np.arange(n, dtype=np.uint64) ^ salt)
    found = np.asarray(key)
    if found.shape != (n,):
        raise ValueError(f"key has shape {found.shape}; expected ({n},), one id for each unit")
    if found.dtype.kind in "iu":
        ranks = _mixed(found.astype(np.int64).view(np.uint64) ^ salt)
    elif found.dtype.kind == "U" or all(isinstance(one, str) for one in found.tolist()):
        ranks = _of_texts(found.astype(np.str_), salt)
    else:
        raise ValueError(f"key has type {found.dtype}; expected whole numbers or texts; turn the ids into texts")
    if not part:
        _expect_no_twins(found, ranks)
    return ranks


def reranked(ranks: Ranks) -> Ranks:
    """Ranks as good as new: the lowest of several is low, and its new one is not."""
    return _mixed(ranks)


def by_rank(ranks: Ranks) -> Ints:
    """The units in the order of their ranks."""
    return np.argsort(ranks, kind="stable").astype(np.int64)


def _of_texts(texts: NDArray[np.str_], salt: np.uint64) -> Ranks:
    found = np.empty(len(texts), dtype=np.uint64)
    scan.mix_letters(np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1), salt, found)
    return found


def _mixed(numbers: Ranks) -> Ranks:
    with np.errstate(over="ignore"):
        found = numbers + _GOLDEN
        found = (found ^ (found >> np.uint64(30))) * _FIRST
        found = (found ^ (found >> np.uint64(27))) * _SECOND
    return found ^ (found >> np.uint64(31))


def _expect_no_twins(key: NDArray[np.generic], ranks: Ranks) -> None:
    order = by_rank(ranks)
    same = np.flatnonzero(ranks[order][1:] == ranks[order][:-1])
    ids: Sequence[object] = key.tolist()
    for place in same.tolist():
        first, second = sorted((int(order[place]), int(order[place + 1])))
        if ids[first] == ids[second]:
            raise ValueError(
                f"key[{first}] and key[{second}] are both {ids[first]!r}; expected every id once; "
                "merge the rows, or number them"
            )
