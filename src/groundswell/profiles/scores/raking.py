"""Survey weights: what each answer must count so that those who answered are like those who could have been asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from groundswell.stats import numbers_of, table_of
from groundswell.vocabulary import EvidenceError

_MOST_ROUNDS = 500
_CLOSE = 1e-8


def rake(
    X: object,
    margins: Mapping[str, Mapping[str, float]],
    *,
    weight: ArrayLike | None = None,
    at_most: float | None = None,
) -> NDArray[np.float64]:
    """Weights under which each trait is spread as it is known to be (Deming & Stephan 1940, iterative proportional fitting).

    Args:
        X: (n, columns) those who answered.
        margins: trait -> level -> its share (or number) in the population; a blank's level is ``""``.
        weight: (n,) weights to begin with, such as one over the chance to be asked.
        at_most: no weight is larger than so many times the mean; margins then hold only nearly.

    Returns:
        (n,) weights, 1 on average.

    Raises:
        EvidenceError: for a level that nobody answered for, or one without a share.

    >>> rake({"sex": ["f", "f", "f", "m"]}, {"sex": {"f": 50, "m": 50}}).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    traits = table_of(X)
    count = traits.num_rows
    found = np.ones(count) if weight is None else numbers_of(weight, "weight", count).copy()
    if (found < 0).any() or not found.sum() > 0:
        raise EvidenceError("The weights to begin with cannot be used.", expected="0 or more, and not all of them 0")
    found *= count / found.sum()
    places, shares = [], []
    for name, margin in margins.items():
        if name not in traits.column_names:
            raise EvidenceError(f"X has no column {name}.", key=name, found=", ".join(traits.column_names))
        wanted = {str(level): float(share) for level, share in margin.items() if share > 0}
        said = pc.fill_null(traits[name].cast("string"), "")
        place = np.asarray(
            pc.fill_null(pc.index_in(said, value_set=pa.array(list(wanted), pa.string())), -1).to_numpy()
        )
        if (place < 0).any():
            raise EvidenceError(
                f"The margin of {name} has no share for {said[int(np.argmax(place < 0))].as_py()!r}.",
                key=name,
                found=", ".join(wanted),
                expected="a share above 0 for every level that somebody answered for",
            )
        empty = sorted(set(range(len(wanted))) - set(place.tolist()))
        if empty:
            raise EvidenceError(
                f"Nobody answered for {list(wanted)[empty[0]]!r} of {name}.",
                key=name,
                expected="an answer for every level of a margin",
                hint="Put it together with another level, in the margin and in the answers.",
            )
        places.append(place)
        total = np.array(list(wanted.values()))
        shares.append(total / total.sum())
    for _ in range(_MOST_ROUNDS):
        before = found.copy()
        for place, share in zip(places, shares, strict=True):
            held = np.bincount(place, found, minlength=len(share))
            found *= (share * count / np.maximum(held, 1e-300))[place]
        if at_most is not None:
            found = np.minimum(found, at_most * found.mean())
            found *= count / found.sum()
        if np.abs(found - before).max() < _CLOSE:
            break
    return np.asarray(found)
