"""Small boosted trees as plain arrays: portable, and the same to the last bit for one row or a million.

A tree of four leaves asks at most three questions - is this trait above that threshold? - and the answers, read as a number
from 0 to 7, say which of eight values is its own. So an ensemble is three arrays, and a tree costs three comparisons a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUESTIONS = 3
_ANSWERS = 2**QUESTIONS
_PARTS = ("trait", "threshold", "value")


@dataclass(frozen=True)
class Trees:
    """One ensemble, or many of the same length stacked in leading dimensions.

    Attributes:
        trait: (..., trees, 3) the column each question is about.
        threshold: (..., trees, 3) is it above this? Infinity: never.
        value: (..., trees, 8) what a row gets: its answers, the first one counting 1, the second 2, the third 4.
    """

    trait: NDArray[np.int32]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]

    @classmethod
    def none(cls, *shape: int) -> Trees:
        """Ensembles without any tree.

        >>> Trees.none(2, 3).value.shape
        (2, 3, 0, 8)
        """
        return cls(
            np.zeros((*shape, 0, QUESTIONS), dtype=np.int32),
            np.zeros((*shape, 0, QUESTIONS)),
            np.zeros((*shape, 0, _ANSWERS)),
        )

    @classmethod
    def stack(cls, many: Sequence[Trees]) -> Trees:
        """Several, in a new first dimension; shorter ones get trees that add nothing.

        >>> one = Trees(np.zeros((1, 3), dtype=np.int32), np.zeros((1, 3)), np.ones((1, 8)))
        >>> Trees.stack([one, Trees.none()]).value.shape
        (2, 1, 8)
        """
        most = max(trees.value.shape[-2] for trees in many)

        def filled(array: NDArray[np.generic]) -> NDArray[np.generic]:
            blank = [(0, 0)] * array.ndim
            blank[-2] = (0, most - array.shape[-2])
            return np.pad(array, blank)

        return cls(*(np.stack([filled(getattr(trees, name)) for trees in many]) for name in _PARTS))

    @classmethod
    def joined(cls, many: Sequence[Trees]) -> Trees:
        """One after the other, as one ensemble: their sum."""
        return cls(*(np.concatenate([getattr(trees, name) for trees in many], axis=-2) for name in _PARTS))

    @property
    def count(self) -> int:
        """How many trees an ensemble has."""
        return int(self.value.shape[-2])

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """For a file of arrays."""
        return {f"tree_{name}": getattr(self, name) for name in _PARTS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Trees:
        """The inverse of :meth:`as_arrays`; other arrays are left alone."""
        return cls(**{name: arrays[f"tree_{name}"] for name in _PARTS})

    def first(self, count: int) -> Trees:
        """The first of an ensemble's trees."""
        return Trees(*(getattr(self, name)[..., :count, :] for name in _PARTS))

    def scaled(self, factor: float) -> Trees:
        """The same questions with every value times a factor."""
        return Trees(self.trait, self.threshold, self.value * factor)

    def __getitem__(self, place: int | tuple[int, ...]) -> Trees:
        """One of those stacked."""
        return Trees(self.trait[place], self.threshold[place], self.value[place])

    def centred(self, columns: NDArray[Any], weight: NDArray[np.float64]) -> Trees:
        """One ensemble, each of its trees moved so that its mean over some rows is 0.

        Args:
            columns: (traits, n) what the trees ask about.
            weight: (n,) what each row counts.
        """
        total = float(weight.sum())
        each = [Trees(*(getattr(self, name)[place, None] for name in _PARTS)) for place in range(self.count)]
        means = [float(tree.of(columns) @ weight) / total for tree in each]
        return Trees(self.trait, self.threshold, self.value - np.array(means).reshape(-1, 1))

    def of(self, columns: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) the sum of one ensemble's trees.

        Args:
            columns: (traits, n) values, or bins where the trees ask about bins.

        >>> tree = Trees(np.array([[0, 1, 0]]), np.array([[5.0, 0.0, np.inf]]), np.array([[1.0, 2, 3, 4, 0, 0, 0, 0]]))
        >>> tree.of(np.array([[4.0, 6.0], [1.0, 1.0]])).tolist()
        [3.0, 4.0]
        """
        out = np.zeros(columns.shape[1])
        from groundswell.stats import kernels  # noqa: PLC0415 - see there

        kernels.add(columns, self.trait, self.threshold, self.value, out)
        return out
