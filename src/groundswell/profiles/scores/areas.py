"""From persons to places: the share of each area, by how many people of each kind live there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles.scores.columns import Encoded, Layout
from groundswell.profiles.scores.fitting import Fit, dense
from groundswell.stats import Estimate


class Area(NamedTuple):
    """Cells: people who are alike, and how many of them there are.

    Attributes:
        rows: what the score reads of each.
        chance: (n,) probability.
        slope: (n,) how a logit of the multilevel part moves the logit of the probability.
        people: (n,) how many.
    """

    rows: Encoded
    chance: NDArray[np.float64]
    slope: NDArray[np.float64]
    people: NDArray[np.float64]


def shares_of(area: pa.ChunkedArray, cells: Area, fit: Fit, layout: Layout, level: float) -> dict[str, Estimate]:
    """The share of every area with a predictive interval.

    Args:
        area: (n,) where each cell is; cells without a place are left out.
        cells: n cells.
        fit: the multilevel part, whose effects are not known for sure.
        layout: its columns.
        level: how sure the interval is.
    """
    names = pc.unique(area.drop_null()).to_pylist()
    place = pc.index_in(area, value_set=pa.array(names, area.type))
    where = np.asarray(pc.fill_null(place, -1).to_numpy())
    found = {}
    for number, name in enumerate(names):
        mine = np.flatnonzero((where == number) & (cells.people > 0))
        people = float(cells.people[mine].sum())
        if people <= 0:
            continue
        chance, share = cells.chance[mine], cells.people[mine] / people
        value = float(share @ chance)
        moved = share * chance * (1 - chance) * cells.slope[mine]
        rows = cells.rows.rows(mine)
        gradient = dense(rows, layout.width).T @ moved
        variance = float(gradient @ fit.covariance @ gradient)
        # A level that nobody answered for is one draw from its factor's spread, the same for all who share it.
        unknown = np.array([float(moved[rows.codes[:, factor] < 0].sum()) for factor in range(rows.codes.shape[1])])
        variance += float(np.square(unknown) @ fit.spread[: len(unknown)])
        variance += float((cells.people[mine] * chance * (1 - chance)).sum()) / people**2
        whole = Estimate.around(value, float(np.sqrt(variance)), level)
        found[str(name)] = Estimate(value, max(whole.lower, 0.0), min(whole.upper, 1.0))
    return found
