"""How alike a person and a messenger are, trait by trait: 1 the same, less the further apart, a half where not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

CLOSE = 0.5
"""Standard deviations within which two people are alike in a number."""
_APART = 1e6  # between two categories
_UNKNOWN = 0.5


@dataclass(frozen=True)
class Faces:
    """What people show of themselves to each other.

    Attributes:
        names: F traits.
        values: (F, people + 1) numbers in standard deviations, categories as codes far apart; NaN where it is not known, and
            in the last place: somebody of whom nothing is known is at -1.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, traits: pa.Table, names: Sequence[str]) -> Faces:
        """The faces of everybody.

        >>> Faces.of(pa.table({"age": [20.0, 40.0]}), ["age"]).values.tolist()
        [[2.0, 4.0, nan]]
        """
        values = np.full((len(names), traits.num_rows + 1), np.nan)
        for row, name in enumerate(names):
            values[row, :-1] = _face(traits[name])
        return cls(tuple(names), values)

    def like(self, people: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
        """(..., F) likeness of people and others whose places broadcast against each other.

        >>> faces = Faces.of(pa.table({"age": [20.0, 40.0, 20.0]}), ["age"])
        >>> faces.like(np.array([0]), np.array([2, -1])).tolist()
        [[1.0], [0.5]]
        """
        shape = np.broadcast_shapes(people.shape, others.shape)
        found = np.empty((*shape, len(self.names)))
        for row, face in enumerate(self.values):
            found[..., row] = _like(face[others], face[people])
        return found

    def mean_like(
        self, people: NDArray[np.int64], others: NDArray[np.int64], weight: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(n, F) the sum over others of weight times likeness; each value that people have is reckoned once."""
        found = np.empty((len(people), len(self.names)))
        for row, face in enumerate(self.values):
            own, place = np.unique(face[people], return_inverse=True)
            for start in range(0, len(own), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                mine = (place >= part.start) & (place < part.stop)
                sums = _like(face[others][None, :], own[part, None]) @ weight
                found[mine, row] = sums[place[mine] - start]
        return found

    def alike(self, person: int, other: int) -> list[str]:
        """In which traits two are alike."""
        apart = np.abs(self.values[:, person] - self.values[:, other])
        return [name for name, distance in zip(self.names, apart.tolist(), strict=True) if distance <= CLOSE]


_AT_ONCE = 256


def _like(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    like = np.exp(-np.abs(one - other))
    return np.asarray(np.where(np.isnan(like), _UNKNOWN, like))


def _face(column: pa.ChunkedArray) -> NDArray[np.float64]:
    if pa.types.is_floating(column.type):
        values = column.to_numpy()
        spread = float(np.nanstd(values)) if (~np.isnan(values)).any() else 0.0
        return np.asarray(values / (spread or 1.0))
    codes = column.combine_chunks().dictionary_encode().indices
    return np.asarray(pc.cast(codes, pa.float64()).to_numpy(zero_copy_only=False) * _APART)
