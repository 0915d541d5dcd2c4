"""The columns of the linear part, made some rows at a time so that a million people need no room for them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.features import Design

_BLOCK = 32_768
_HELD = 10_000_000
"""Up to so many numbers the columns are made once and kept."""


@dataclass(frozen=True)
class Basis:
    """The model's columns: those that all options share, and one that says how much a person cares about each.

    Attributes:
        shared: rows -> (rows, q) columns, the first of them 1.
        owner: (p,) the trait of each column, -1 for the intercept; p is q, or q + 1 where options have topics.
        relevance: (n, K) how much each person cares about what each option says, 0 where it is not known; None: no topics.
    """

    shared: Callable[[NDArray[np.int64]], NDArray[np.float64]]
    owner: NDArray[np.int64]
    relevance: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, design: Design, traits: pa.Table, relevance: NDArray[np.float64] | None = None) -> Basis:
        """The columns of a design for these people."""
        owner = design.owner
        if relevance is not None:
            owner = np.append(owner, owner.max() + 1)
        if traits.num_rows * design.width <= _HELD:
            held = np.empty((traits.num_rows, design.width))  # by rows, which is how it is asked
            for start in range(0, len(held), _BLOCK):
                held[start : start + _BLOCK] = design.basis(traits.slice(start, _BLOCK))
            return cls(held.__getitem__, owner, relevance)
        return cls(lambda rows: design.basis(traits.take(pa.array(rows))), owner, relevance)

    @property
    def width(self) -> int:
        """How many columns an option has: p."""
        return len(self.owner)

    @property
    def shared_width(self) -> int:
        """How many of them are the same for all options: q."""
        return self.width - (self.relevance is not None)

    def own(self, rows: NDArray[np.int64], arm: int) -> NDArray[np.float64]:
        """(rows, p) the columns of one option (counted without ``nothing``)."""
        found = self.shared(rows)
        return found if self.relevance is None else np.column_stack([found, self.relevance[rows, arm]])

    def patterns(self, rows: NDArray[np.int64], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows, ..., K) what (..., K, p) coefficients make of these rows, the first column (broadcast) left out."""
        flat = coefficients.reshape(-1, self.width)
        found = self.shared(rows)[:, 1:] @ flat[:, 1 : self.shared_width].T
        found = found.reshape(len(rows), *coefficients.shape[:-1])
        if self.relevance is not None:
            cares = self.relevance[rows].reshape(len(rows), *([1] * (coefficients.ndim - 2)), -1)
            found = found + cares * coefficients[..., -1]
        return np.asarray(found)

    @staticmethod
    def blocks(evidence: Evidence) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Everybody's rows, some thousands of one fold at a time; whoever is of one cluster comes in one block."""
        cluster = evidence.cluster[evidence.unit]
        for fold in range(FOLDS):
            rows = np.flatnonzero(evidence.fold == fold)
            rows = rows[np.argsort(cluster[rows], kind="stable")]
            yield from ((fold, block) for block in _whole(rows, cluster[rows]))


def _whole(rows: NDArray[np.int64], cluster: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut sorted rows between two clusters."""
    start = 0
    while start < len(rows):
        stop = min(start + _BLOCK, len(rows))
        if stop < len(rows):
            stop = int(np.searchsorted(cluster, cluster[stop - 1], side="right"))
        yield rows[start:stop]
        start = stop


def relevance(traits: pa.Table, topics: Sequence[Sequence[str]]) -> NDArray[np.float64] | None:
    """(n, K) how much each person cares about what each option says, in units of 25 points from the middle.

    Args:
        traits: n people.
        topics: for each option the traits that say so; the largest counts.

    Returns:
        0 where nothing is known, for the prior is no opinion there; None where no option has a topic.

    >>> relevance(pa.table({"interest_schools": [100.0, np.nan]}), [("interest_schools",), ()])
    array([[2., 0.],
           [0., 0.]])
    """
    known = set(traits.column_names)
    if not any(known & set(names) for names in topics):
        return None
    found = np.full((traits.num_rows, len(topics)), np.nan)
    for place, names in enumerate(topics):
        for name in names:
            if name in known:
                found[:, place] = np.fmax(found[:, place], traits[name].to_numpy())
    return np.nan_to_num((found - 50.0) / 25.0)
