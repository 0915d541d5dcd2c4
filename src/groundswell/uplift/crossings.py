"""Two traits that count only together: whoever asks about one of them learns nothing, so that no greedy tree asks at all.

For every pair of traits a table of eight by eight cells is added up, what each trait says by itself is taken off, and the cut
in four is sought whose double difference stands out most (Lou, Caruana, Gehrke & Hooker 2013, fast interaction detection).
Only what chance would hardly show among all pairs and cuts becomes a tree, and what stood out is held back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import z_value
from groundswell.stats.boosting import BINS, Binned
from groundswell.stats.trees import Trees

CELLS = 8
"""A trait is cut into at most so many parts of about as many people each."""
_MOST = 3
_ALPHA = 0.05  # how often, over all pairs and cuts, chance alone may show one
_LEAST = 0.03  # of the weight is in each of the four parts at least
DOUBT = 0.4
"""Standard error of what a crossing says, as a part of it, where it only just stood out."""
_HELD_BACK = 8.0  # the largest of thousands says too much: what it says is lowered by this over its z squared


class Cells(NamedTuple):
    """Traits as whole numbers below 8.

    Attributes:
        cells: (n, traits) which cell each value is in.
        last: for each trait the last bin of each of its cells.
    """

    cells: NDArray[np.uint8]
    last: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, binned: Binned) -> Cells:
        """Cells of about as many people each; a cell never cuts a bin.

        >>> Cells.of(Binned.of([np.arange(64.0)], 64)).last[0].tolist()
        [7, 15, 23, 31, 39, 47, 55, 63]
        """
        cells = np.zeros(binned.bins.shape[::-1], dtype=np.uint8)
        last = []
        for trait, bins in enumerate(binned.bins):
            counts = np.bincount(bins, minlength=BINS)
            share = (np.cumsum(counts) - counts / 2) / max(len(bins), 1)  # the middle of each bin, in ranks
            there = np.flatnonzero(counts)
            place = np.minimum((share * CELLS).astype(np.int64), CELLS - 1)
            names, index = np.unique(place[there], return_inverse=True)
            every = np.zeros(BINS, dtype=np.uint8)
            every[there] = index
            cells[:, trait] = every[bins]
            last.append(np.array([there[index == name][-1] for name in range(len(names))], dtype=np.int64))
        return cls(cells, tuple(last))


def crossings(
    found: Cells, rows: NDArray[np.int64], slope: NDArray[np.float64], weight: NDArray[np.float64], noise: float
) -> Trees:
    """At most three trees, asking about bins, each of two questions that only count together.

    Args:
        found: traits of everybody.
        rows: (m,) those to learn from.
        slope: (m,) weight times target; the target has no constant.
        weight: (m,) 0 or more.
        noise: variance of what is left of the outcome: that of the slopes' sum over some rows is this times their weight.

    Returns:
        The trees; none where nothing stands out.

    >>> rng = np.random.default_rng(0)
    >>> marks = rng.normal(size=(2, 4_000))
    >>> effect = np.sign(marks[0] * marks[1])
    >>> cells = Cells.of(Binned.of(list(marks), 4_000))
    >>> trees = crossings(cells, np.arange(4_000), effect + rng.normal(size=4_000), np.ones(4_000), 1.0)
    >>> trees.value[0, :4].round(1).tolist()
    [1.0, -1.0, -1.0, 1.0]
    """
    traits = found.cells.shape[1]
    pairs = traits * (traits - 1) // 2
    trees: list[Trees] = []
    if not pairs:
        return Trees.none()
    least_z = z_value(1 - _ALPHA / (2 * pairs * (CELLS - 1) ** 2))
    from groundswell.uplift import kernels  # noqa: PLC0415 - see there

    cells, left = found.cells[rows], slope.copy()
    table = np.zeros((traits, traits, CELLS, CELLS, 2))
    while len(trees) < _MOST:
        kernels.cross(cells, left, weight, table)
        one, other, first, second, z = kernels.cut_in_four(table, noise, _LEAST * float(weight.sum()))
        if abs(z) < least_z:
            break
        tree, told = _tree(found, (one, other), (first, second), table[one, other], z)
        trees.append(tree)
        left -= weight * told[(cells[:, one] >= first).astype(np.int64) + 2 * (cells[:, other] >= second)]
    return Trees.joined(trees) if trees else Trees.none()


def _tree(
    found: Cells,
    traits: tuple[int, int],
    cuts: tuple[int, int],
    table: NDArray[np.float64],
    z: float,
) -> tuple[Trees, NDArray[np.float64]]:
    """One tree, and (4,) what it says: the first answer counts 1, the second 2."""
    parts = [
        (slice(None, cuts[0]) if answers & 1 == 0 else slice(cuts[0], None),
         slice(None, cuts[1]) if answers & 2 == 0 else slice(cuts[1], None))
        for answers in range(4)
    ]  # fmt: skip
    slope, weight = (np.array([table[part][..., which].sum() for part in parts]) for which in (0, 1))
    told = slope / weight * max(0.0, 1.0 - _HELD_BACK / z**2)
    told -= float(told @ weight) / weight.sum()
    last = [float(found.last[trait][cut - 1]) for trait, cut in zip(traits, cuts, strict=True)]
    never = np.zeros(len(told))  # there is no third question
    asks = np.array([[*traits, 0]], dtype=np.int32), np.array([[*last, np.inf]])
    return Trees(*asks, np.concatenate([told, never])[None]), told
