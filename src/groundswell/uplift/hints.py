"""What lessons of other campaigns say of whom an option moves more: steps over traits.

Like every column of the model they are computed element by element, so that a batch of one gives the same bits as any batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


class Level(NamedTuple):
    """Part of a trait: numbers from ``low`` to below ``high`` (None: no end), or one text; none of these: everybody."""

    low: float | None = None
    high: float | None = None
    text: str | None = None

    def holds(self, column: pa.ChunkedArray) -> NDArray[np.bool_]:
        """(n,) who belongs to it; a blank belongs to none.

        >>> Level(30.0, None).holds(pa.chunked_array([[20.0, 30.0, float("nan")]])).tolist()
        [False, True, False]
        """
        if self.text is not None:
            return np.asarray(
                pc.fill_null(pc.equal(column, self.text), False).to_numpy(zero_copy_only=False), dtype=bool
            )
        values = column.to_numpy()
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return np.asarray((values >= low) & (values < high))


class Hint(NamedTuple):
    """What lessons add to an option's effect for the people of one level."""

    trait: str
    level: Level
    value: float

    def as_json(self) -> list[Any]:
        """For the header of a policy file."""
        return [self.trait, list(self.level), self.value]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> Hint:
        """The inverse of :meth:`as_json`."""
        return cls(found[0], Level(*found[1]), found[2])


Hints = tuple[tuple[Hint, ...], ...]
"""For each option but ``nothing`` what lessons say of it; an empty one says nothing."""


def hinted(traits: pa.Table, hints: Hints) -> NDArray[np.float64] | None:
    """(n, K) what lessons say of each person and option, each element by itself; None where they say nothing of any.

    >>> hinted(pa.table({"age": [30.0, 70.0]}), ((Hint("age", Level(60.0, None), 0.2),),)).tolist()
    [[0.0], [0.2]]
    """
    if not any(hints):
        return None
    found = np.zeros((traits.num_rows, len(hints)))
    for arm, its in enumerate(hints):
        for hint in its:
            if hint.trait in traits.column_names:
                column = traits[hint.trait]
                if pa.types.is_string(column.type) == (hint.level.text is not None):
                    found[:, arm] += np.where(hint.level.holds(column), hint.value, 0.0)
    return found
