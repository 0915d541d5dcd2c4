"""What somebody may answer who has not: what people answered of whom as much was to be expected.

Predictive mean matching (Rubin 1986; Little 1988): each answer is foretold from all other traits, and who has not answered
may answer what one of those said of whom nearly the same was foretold. So answers come as they do in life, several
of one card together, and nobody is thought to answer what people like them never do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles import trait_columns
from groundswell.stats import draw
from groundswell.stats.ridge import relevant
from groundswell.uplift.features import Design
from groundswell.vocabulary import CONTACTS

FEWEST = 20
"""Of fewer who answered everything nobody else's answers are foretold."""
_DONORS = 32
_LEVELS = 5
_BLOCK = 32_768
_GOLDEN = (5**0.5 - 1) / 2
_APART = 0.1  # standard deviations: those of whom nearly the same is foretold are all alike


def donors(traits: pa.Table, columns: Sequence[str], blank: NDArray[np.bool_], count: int) -> NDArray[np.int64] | None:
    """Whose answers may be theirs.

    Args:
        traits: ``person`` and the traits of n people.
        columns: those that are asked for.
        blank: (n, columns) where the answer is not known.
        count: how many answers are tried on each.

    Returns:
        (n, count) rows of people who answered everything, each as likely; whoever did has their own. None where too few did.

    >>> age = np.arange(200.0)
    >>> owns = np.where(np.arange(200) % 2, np.where(age < 100, 0.0, 1.0), np.nan)
    >>> people = pa.table({"person": [str(one) for one in range(200)], "age": age, "owns": owns})
    >>> found = donors(people, ["owns"], np.isnan(owns)[:, None], 8)
    >>> owns[found[20]].mean(), owns[found[180]].mean()
    (np.float64(0.0), np.float64(1.0))
    """
    complete = np.flatnonzero(~blank.any(axis=1))
    if len(complete) < FEWEST:
        return None
    from scipy.spatial import cKDTree  # noqa: PLC0415 - a third of a second that most commands need not wait for

    lot = draw(traits["person"].to_pylist(), key="answers")
    place = np.column_stack([_foretold(traits, columns, complete), _APART * lot])
    wanted, most = np.flatnonzero(blank.any(axis=1)), min(_DONORS, len(complete))
    near = complete[cKDTree(place[complete]).query(place[wanted], k=most)[1]]
    # By their answers, and then each of equal parts of them: a few draws at random would make some look worth asking by luck.
    rank = _ranks(traits[columns[0]])[near]
    near = np.take_along_axis(near, np.argsort(rank, axis=1, kind="stable"), axis=1)
    part = np.floor((np.arange(count) + lot[wanted, None]) * most / count).astype(np.int64)
    # Those of one home may have the same around them: in an order of their own, so that they answer apart.
    order = np.argsort(lot[wanted, None] * 1e6 * _GOLDEN * np.arange(1, count + 1) % 1.0, axis=1, kind="stable")
    found = np.tile(np.arange(traits.num_rows)[:, None], (1, count))
    found[wanted] = np.take_along_axis(near, np.take_along_axis(part, order, axis=1), axis=1)
    return found


def _ranks(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """(n,) an order of the answers: numbers as they are, texts as they are written."""
    if pa.types.is_floating(column.type):
        return np.asarray(column.to_numpy())
    return np.asarray(pc.rank(column.combine_chunks(), tiebreaker="dense").to_numpy().astype(np.float64))


def _foretold(traits: pa.Table, columns: Sequence[str], complete: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, targets) what is foretold of each answer from everything else, in standard deviations of what is foretold."""
    told = {*columns, *(f"household_{name}" for name in columns), CONTACTS}
    others = traits.select([name for name in trait_columns(traits) if name not in told])
    if not others.num_columns:
        return np.zeros((traits.num_rows, 1))
    targets = np.column_stack(
        [target for name in columns for target in _targets(traits[name].take(pa.array(complete)))]
    )
    design = Design.learn(others)
    normal, right = np.zeros((design.width, design.width)), np.zeros((design.width, targets.shape[1]))
    for start in range(0, len(complete), _BLOCK):
        rows = complete[start : start + _BLOCK]
        basis = design.basis(others.take(pa.array(rows)))
        normal += basis.T @ basis
        right += basis.T @ targets[start : start + _BLOCK]
    fits = [
        relevant(normal, side, design.owner, square=float(target @ target)).coefficients
        for side, target in zip(right.T, targets.T, strict=True)
    ]
    found = np.concatenate(
        [design.basis(others.slice(start, _BLOCK)) @ np.array(fits).T for start in range(0, traits.num_rows, _BLOCK)]
    )
    spread = found[complete].std(axis=0)
    apart = found - found[complete].mean(axis=0)
    return np.asarray(np.divide(apart, spread, out=np.zeros_like(found), where=spread > 1e-9))


def _targets(column: pa.ChunkedArray) -> Iterator[NDArray[np.float64]]:
    """What is foretold of a trait: a number itself, of a category whether it is each of the five most frequent."""
    if pa.types.is_floating(column.type):
        yield column.to_numpy()
        return
    counts = sorted(pc.value_counts(column).to_pylist(), key=lambda one: (-one["counts"], one["values"]))
    for one in counts[:_LEVELS]:
        yield pc.equal(column, one["values"]).to_numpy(zero_copy_only=False).astype(np.float64)
