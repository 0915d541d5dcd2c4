"""What a caller hands in - arms, units, outcomes, shares, propensities - in one form, or a clear refusal."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.vocabulary import EvidenceError

Label = Hashable
"""What a caller calls an arm, a unit, a stratum or a round: a text, or a whole number."""
_CLOSE = 1e-6
_SUM = 1e-9


class Chances(NamedTuple):
    """How likely each row was drawn for its arm, and what could have been drawn instead.

    Attributes:
        own: (n,) the propensity of each row's own arm; 1 where none was given.
        every: (n, arms) the propensity of every arm, where it is known.
    """

    own: NDArray[np.float64]
    every: NDArray[np.float64] | None


def labels_of(values: Iterable[Label], what: str, count: int | None = None) -> NDArray[Any]:
    """(n,) labels as one array of texts or of whole numbers.

    Args:
        values: a list, an array, or a column of pandas, polars or Arrow.
        what: what they are, for the error.
        count: how many there must be.

    Raises:
        EvidenceError: when there are more or fewer, or one is missing or a fraction.

    >>> labels_of(["letter", "nothing"], "arm").tolist()
    ['letter', 'nothing']
    """
    found = np.asarray(values if hasattr(values, "__array__") else list(values))
    found = _one_column(found, what, count)
    if found.dtype.kind == "O":
        # None, NaN and pandas' NA: what is missing is not equal to itself, or will not say.
        _refuse_gap(np.flatnonzero([one is None or not _itself(one) for one in found]), what)
        whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in found)
        return found.astype(np.int64) if whole else found.astype(str)
    if found.dtype.kind == "f":
        _refuse_gap(np.flatnonzero(np.isnan(found)), what)
        if len(found) and (found != np.floor(found)).any():
            raise EvidenceError(f"{what} holds fractions.", found=str(found[0]), expected="texts or whole numbers")
        return found.astype(np.int64)
    return found


def _itself(one: object) -> bool:
    try:
        return bool(one == one)  # noqa: PLR0124
    except TypeError:
        return False


def _refuse_gap(gaps: NDArray[np.intp], what: str) -> None:
    if len(gaps):
        raise EvidenceError(
            f"{what} is missing in {len(gaps)} rows.",
            found=f"nothing in row {gaps[0]} (counted from 0)",
            expected="a label in every row",
            hint="Leave these rows out, or give them a label of their own.",
        )


def numbers_of(values: ArrayLike, what: str, count: int, *, blanks: bool = False) -> NDArray[np.float64]:
    """(n,) finite numbers; NaN too, where ``blanks`` may be.

    Raises:
        EvidenceError: when there are more or fewer, or one is not finite.

    >>> numbers_of([True, False], "outcome", 2).tolist()
    [1.0, 0.0]
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise EvidenceError(f"{what} holds something that is no number.", hint="Give 0 and 1, or amounts.") from None
    found = _one_column(found, what, count)
    odd = np.flatnonzero(np.isinf(found) if blanks else ~np.isfinite(found))
    if len(odd):
        raise EvidenceError(
            f"{what} is no finite number in {len(odd)} rows.",
            found=f"{found[odd[0]]} in row {odd[0]} (counted from 0)",
            expected="a finite number in every row",
            hint="Leave these rows out, but first count them by arm (sample_ratio): one that is known less often misleads.",
        )
    return found


def _one_column(found: NDArray[Any], what: str, count: int | None) -> NDArray[Any]:
    if found.ndim != 1:
        raise EvidenceError(f"{what} is one column.", found=f"an array of shape {found.shape}", expected="(n,)")
    if count is not None and len(found) != count:
        raise EvidenceError(f"{what} has another number of rows.", found=str(len(found)), expected=str(count))
    return found


def arms_of(arm: Iterable[Label], baseline: Label) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The arms, the baseline first and the others in order, and (n,) the index of each row's.

    Raises:
        EvidenceError: where there is nothing to compare: no rows, none of the baseline, or none of anything else.

    >>> arms_of(["post", "nothing", "door"], "nothing")
    (('nothing', 'door', 'post'), array([2, 0, 1]))
    """
    labels = labels_of(arm, "arm")
    names, index = np.unique(labels, return_inverse=True)
    listed = names.tolist()
    if not listed or baseline not in listed or len(listed) == 1:
        raise EvidenceError(
            "There is nothing to compare." if baseline in listed else f"There are no rows of {baseline!r}.",
            found="the arms " + ", ".join(map(repr, listed)) if listed else "no rows",
            expected=f"{baseline!r} and at least one other arm",
            hint="Name the arm without a message: baseline=...",
        )
    order = [listed.index(baseline), *(place for place, name in enumerate(listed) if name != baseline)]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return tuple(listed[place] for place in order), rank[index]


def units_of(unit: Iterable[Label] | None, count: int, what: str = "unit") -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(n,) the index of each row's unit, and the units' labels; without units every row is its own.

    >>> units_of(["a", "b", "a"], 3)[0].tolist()
    [0, 1, 0]
    """
    if unit is None:
        return np.arange(count), np.arange(count)
    names, index = np.unique(labels_of(unit, what, count), return_inverse=True)
    return index.astype(np.int64), names


def shares_of(shares: Mapping[str, float]) -> dict[str, float]:
    """Arm -> share, in the order of the arms' names.

    Raises:
        EvidenceError: when there is no arm, a share is not above 0, or they do not sum to 1.

    >>> shares_of({"nothing": 0.75, "letter": 0.25})
    {'letter': 0.25, 'nothing': 0.75}
    """
    found = {str(arm): float(shares[arm]) for arm in sorted(shares, key=str)}
    odd = next((arm for arm, share in found.items() if not 0 < share <= 1), None)
    if odd is not None:
        raise EvidenceError(
            "A share is not above 0 and at most 1.",
            key=odd,
            found=f"{found[odd]:g}",
            expected="the probability with which a unit is drawn for the arm",
            hint="Leave out an arm that nobody is drawn for.",
        )
    total = math.fsum(found.values())
    if abs(total - 1) > _SUM:
        raise EvidenceError(
            "The shares do not sum to 1.",
            found=f"{total:.9g}" if found else "no arm",
            expected="1: every unit is drawn for exactly one arm, nothing's too",
        )
    return found


def chances_of(propensity: object, arm: NDArray[np.int64], arms: Sequence[Label]) -> Chances:
    """The propensities of a column, of a matrix of all arms, or of one number an arm.

    Args:
        propensity: (n,) of the arm drawn; (n, arms) in the order of ``arms``, or a table whose columns bear their names; a
            mapping of arm to one number; or None.
        arm: (n,) index into ``arms``.
        arms: their names, the baseline first.

    Raises:
        EvidenceError: when one is not above 0 and at most 1, or those of a row do not sum to 1.

    >>> chances_of({"nothing": 0.75, "post": 0.25}, np.array([1, 0]), ("nothing", "post")).own.tolist()
    [0.25, 0.75]
    """
    count = len(arm)
    if propensity is None:
        return Chances(np.ones(count), None)
    if isinstance(propensity, Mapping):
        missing = [name for name in arms if name not in propensity]
        if missing:
            raise EvidenceError(
                f"There is no propensity for {missing[0]!r}.",
                found=", ".join(map(repr, propensity)),
                expected="one number for each arm",
            )
        propensity = np.array([float(propensity[name]) for name in arms])[arm]
    named: list[Any] = list(getattr(propensity, "column_names", getattr(propensity, "columns", arms)))
    if np.ndim(propensity) != 2 and named == list(arms):  # type: ignore[arg-type]
        own = numbers_of(propensity, "propensity", count)  # type: ignore[arg-type]
        return Chances(_refuse_chance(own), None)
    every = np.asarray(propensity, dtype=np.float64)
    if every.shape != (count, len(named)) or not set(arms) <= set(named):
        raise EvidenceError(
            "propensity has another shape than rows by arms.",
            found=f"shape {every.shape}: " + ", ".join(map(str, named)),
            expected=f"({count}, {len(arms)}): " + ", ".join(map(str, arms)),
            hint="Give a table whose columns are named after the arms, when not all of them were drawn.",
        )
    off = np.flatnonzero(~((every >= 0).all(axis=1) & (np.abs(every.sum(axis=1) - 1) < _CLOSE)))
    if len(off):
        raise EvidenceError(
            f"The propensities of {len(off)} rows do not sum to 1, or are none.",
            found=f"{every[off[0]].tolist()} in row {off[0]} (counted from 0)",
            expected="the probability of every arm, nothing's too, before it was drawn: together 1",
        )
    every = every[:, [named.index(name) for name in arms]]
    return Chances(_refuse_chance(every[np.arange(count), arm]), every)


def _refuse_chance(own: NDArray[np.float64]) -> NDArray[np.float64]:
    odd = np.flatnonzero(~((own > 0) & (own <= 1)))
    if len(odd):
        raise EvidenceError(
            f"A propensity is not above 0 and at most 1, in {len(odd)} rows.",
            found=f"{own[odd[0]]:g} in row {odd[0]} (counted from 0)",
            expected="the probability with which each unit was drawn for what it received",
            hint="Leave out the rows whose propensity is not known: what could not be drawn cannot be learnt from.",
        )
    return own


def level_of(alpha: float, what: str = "alpha") -> float:
    """A probability strictly between 0 and 1.

    >>> level_of(0.05)
    0.05
    """
    if not 0 < alpha < 1:
        raise EvidenceError(f"{what} is no probability.", found=f"{alpha}", expected="above 0 and below 1")
    return float(alpha)
