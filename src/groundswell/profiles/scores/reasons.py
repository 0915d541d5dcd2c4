"""Why a person's score is what it is: the facts that moved it most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Reason(NamedTuple):
    """One fact about one person.

    Attributes:
        trait: the column.
        said: what it says of the person; empty where it is blank.
        points: by how many points (0-100) the score is higher than it were if only this were not known.
    """

    trait: str
    said: str
    points: float


def most_moving(
    traits: pa.Table, whole: NDArray[np.float64], without: Mapping[str, NDArray[np.float64]], most: int
) -> list[tuple[Reason, ...]]:
    """The facts that moved each score most, the largest first.

    Args:
        traits: n rows.
        whole: (n,) scores.
        without: trait -> (n,) scores if only this were not known.
        most: how many for each.

    >>> [(one,)] = most_moving(pa.table({"town": ["north"]}), np.array([0.7]), {"town": np.array([0.4])}, 3)
    >>> one.trait, one.said, round(one.points)
    ('town', 'north', 30)
    """
    if not without:
        return [()] * len(whole)
    names = list(without)
    points = 100.0 * (whole[:, None] - np.column_stack([without[name] for name in names]))
    order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :most]
    said = {name: traits[name].to_pylist() for name in names}
    return [
        tuple(Reason(names[one], _written(said[names[one]][row]), float(points[row, one])) for one in order[row])
        for row in range(len(whole))
    ]


def _written(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
