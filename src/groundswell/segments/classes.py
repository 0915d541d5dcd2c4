"""Latent classes: people who are alike in many traits at once (Lazarsfeld & Henry 1968; Goodman 1974), by EM.

Within a class the traits are independent; what is blank of somebody is left out of what speaks for a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from groundswell.segments.questions import values_of

_PARTS = 8
_LEVELS = 12
_ROUNDS = 60
_CLOSE = 1e-5
_PRIOR = 1.0


class Levels(NamedTuple):
    """Everybody's traits as levels: which of a few values each has.

    Attributes:
        shown: (people, levels) 1 where somebody has a level.
        trait: (levels,) the trait each belongs to.
    """

    shown: csr_array
    trait: NDArray[np.int64]

    def rows(self, chosen: NDArray[np.int64]) -> Levels:
        """Some of the people."""
        return Levels(self.shown[chosen], self.trait)


class Classes(NamedTuple):
    """A fit.

    Attributes:
        belongs: (people, classes) how likely each person is of each class.
        likelihood: the logarithm, with the prior.
        parameters: how many numbers it has.
    """

    belongs: NDArray[np.float64]
    likelihood: float
    parameters: int

    @property
    def criterion(self) -> float:
        """Schwarz's (BIC): the smaller the better."""
        return self.parameters * float(np.log(len(self.belongs))) - 2 * self.likelihood


def levels_of(traits: pa.Table, names: Sequence[str]) -> Levels:
    """Numbers in eighths (or as they are, where there are few), texts as they are, the rare ones together.

    Args:
        traits: one row a person.
        names: of the traits that count.

    >>> levels_of(pa.table({"town": ["Elm", None, "Ash"]}), ["town"]).shown.toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """
    rows, columns, owner, start = [], [], [], 0
    for place, name in enumerate(names):
        codes = _codes(traits[name])
        width = int(codes.max(initial=-1)) + 1
        known = np.flatnonzero(codes >= 0)
        rows.append(known)
        columns.append(codes[known] + start)
        owner += [place] * width
        start += width
    at = (np.concatenate(rows), np.concatenate(columns)) if rows else (np.zeros(0, int), np.zeros(0, int))
    shown = csr_array((np.ones(len(at[0])), at), shape=(traits.num_rows, start))
    return Levels(shown, np.array(owner, dtype=np.int64))


def fit_classes(
    levels: Levels, begin: NDArray[np.float64], *, weight: NDArray[np.float64] | None = None, rounds: int = _ROUNDS
) -> Classes:
    """Classes by EM from where they are said to begin.

    Args:
        levels: everybody's.
        begin: (people, classes) how likely each person is of each class.
        weight: (people,) what each counts; None: all the same.
        rounds: of EM at most.
    """
    counts = np.ones(len(begin)) if weight is None else weight
    belongs, before, many = begin, -np.inf, begin.shape[1]
    traits = int(levels.trait.max()) + 1 if len(levels.trait) else 0
    each = np.bincount(levels.trait, minlength=traits)
    likelihood = -np.inf
    for _ in range(rounds):
        heavy = belongs * counts[:, None]
        share = (heavy.sum(axis=0) + _PRIOR) / (counts.sum() + _PRIOR * many)
        had = levels.shown.T @ heavy + _PRIOR / each[levels.trait][:, None]
        total = np.zeros((traits, many))
        np.add.at(total, levels.trait, had)
        chance = np.log(had / total[levels.trait])
        told = levels.shown @ chance + np.log(share)
        top = told.max(axis=1, keepdims=True)
        whole = top[:, 0] + np.log(np.exp(told - top).sum(axis=1))
        belongs = np.exp(told - whole[:, None])
        likelihood = float(counts @ whole)
        if likelihood - before < _CLOSE * abs(likelihood):
            break
        before = likelihood
    return Classes(belongs, likelihood, many - 1 + many * int(np.maximum(each - 1, 0).sum()))


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """(people,) the level of each person, -1 where blank."""
    values = values_of(column)
    if pa.types.is_floating(column.type):
        numbers = values.astype(np.float64)
        known = ~np.isnan(numbers)
        distinct = np.unique(numbers[known])
        if len(distinct) <= _PARTS + 1:
            found = np.searchsorted(distinct, numbers)
        else:
            ends = np.unique(np.quantile(numbers[known], np.arange(1, _PARTS) / _PARTS))
            found = np.searchsorted(ends, numbers, side="right")
        return np.where(known, found, -1).astype(np.int64)
    texts = np.array([text if text is not None else "" for text in values.tolist()])
    names, place, counts = np.unique(texts, return_inverse=True, return_counts=True)
    rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    found = np.minimum(rank, _LEVELS - 1)
    used = np.unique(found[names != ""])
    packed = np.searchsorted(used, found)
    return np.where(texts == "", -1, packed[place]).astype(np.int64)
