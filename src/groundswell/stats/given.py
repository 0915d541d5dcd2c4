"""What a caller hands in - labels of arms and units, numbers, propensities - in one form, or a clear refusal."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.vocabulary import EvidenceError

Label = Hashable
"""What a caller calls an arm, a unit, a stratum or a round: a text, or a whole number."""
_CLOSE = 1e-6
_ODD = 6.0
_MOST_CLOSED = 0.05
"""Of the people, how many an arm may have been closed to without its propensities being refused."""
"""Standard errors by which a draw may differ from its propensities: beyond that they are not those of the draw."""
_UNHEARD = -20.0
"""Logarithm of a probability that nobody will ever see come true."""


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
    listed = values if hasattr(values, "__array__") else list(values)
    found = np.asarray(listed)
    if found.dtype.kind in "US" and isinstance(listed, list):  # numpy made a text of everything, of NaN too
        found = np.asarray(listed, dtype=object)
    _refuse_shape(found, what, count)
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
    _refuse_shape(found, what, count)
    odd = np.flatnonzero(np.isinf(found) if blanks else ~np.isfinite(found))
    if len(odd):
        raise EvidenceError(
            f"{what} is no finite number in {len(odd)} rows.",
            found=f"{found[odd[0]]} in row {odd[0]} (counted from 0)",
            expected="a finite number in every row",
            hint="Leave these rows out, but first count them by arm (sample_ratio): one that is known less often misleads.",
        )
    return found


def of_length(found: NDArray[Any], what: str, count: int | None) -> None:
    """Refuse what has another number of rows than the rest.

    >>> of_length(np.zeros(2), "weight", 2)
    """
    if count is not None and len(found) != count:
        raise EvidenceError(f"{what} has another number of rows.", found=str(len(found)), expected=str(count))


def _refuse_shape(found: NDArray[Any], what: str, count: int | None) -> None:
    if found.ndim != 1:
        raise EvidenceError(f"{what} is one column.", found=f"an array of shape {found.shape}", expected="(n,)")
    of_length(found, what, count)


def units_of(unit: Iterable[Label] | None, count: int, what: str = "unit") -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(n,) the index of each row's unit, and the units' labels; without units every row is its own.

    >>> units_of(["a", "b", "a"], 3)[0].tolist()
    [0, 1, 0]
    """
    if unit is None:
        own = np.arange(count)
        return own, own
    names, index = np.unique(labels_of(unit, what, count), return_inverse=True)
    return index.astype(np.int64), names


def chances_of(
    propensity: object, arm: NDArray[np.int64], arms: Sequence[Label], unit: NDArray[np.int64] | None = None
) -> Chances:
    """The propensities of a column, of a matrix of all arms, or of one number an arm.

    Args:
        propensity: (n,) of the arm drawn; (n, arms) in the order of ``arms``, or a table whose columns bear their names, also
            those of arms that nobody was drawn for; a mapping of arm to one number for everybody; or None.
        arm: (n,) index into ``arms``.
        arms: their names.
        unit: (n,) index of who was drawn together: propensities are held against what was drawn. None: they are not, as where
            rows were lost since, and are counted elsewhere.

    Raises:
        EvidenceError: when one is not above 0 and at most 1, those of a row do not sum to 1, or they cannot be what was drawn
            with: an arm was drawn far more or less often than they say. A column says that everybody could have got
            every arm.

    >>> drawn, every = chances_of({"nothing": 0.75, "post": 0.25}, np.array([1, 0]), ("nothing", "post"))
    >>> drawn.tolist(), every.tolist()
    ([0.25, 0.75], [[0.75, 0.25], [0.75, 0.25]])
    """
    count = len(arm)
    if propensity is None:
        return Chances(np.ones(count), None)
    if isinstance(propensity, Mapping) and all(np.ndim(one) == 0 for one in propensity.values()):
        missing = [name for name in arms if name not in propensity]
        if missing:
            raise EvidenceError(
                f"There is no propensity for {missing[0]!r}.",
                found=", ".join(map(repr, propensity)),
                expected="one number for each arm",
                hint="Name every arm that occurs in arm.",
            )
        propensity = {name: np.full(count, float(one)) for name, one in propensity.items()}
    names = _columns_of(propensity)
    if names is None and np.ndim(propensity) != 2:  # type: ignore[arg-type]
        own = numbers_of(propensity, "propensity", count)  # type: ignore[arg-type]
        _refuse_chance(own)
        if unit is not None:
            _refuse_unlikely(own, arm, arms, unit)
        return Chances(own, None)
    _refuse_missing(names, arms, "propensity")
    names = list(arms) if names is None else names
    every = matrix_of(propensity, names, "propensity")
    of_length(every, "propensity", count)
    off = np.flatnonzero((every < 0).any(axis=1) | (np.abs(every.sum(axis=1) - 1.0) > _CLOSE))
    if len(off):
        raise EvidenceError(
            f"The propensities of {len(off)} rows do not sum to 1, or one is below 0.",
            found=f"{every[off[0]].tolist()} in row {off[0]} (counted from 0)",
            expected="the probability of every arm, nothing's too, before it was drawn: together 1",
            hint="Log the probabilities of all options, also of those that were not drawn.",
        )
    every = every[:, [names.index(name) for name in arms]]
    if unit is not None:
        _refuse_unlike(every, arm, arms, unit)
    return Chances(_refuse_chance(every[np.arange(count), arm]), every)


def _refuse_unlikely(
    own: NDArray[np.float64], arm: NDArray[np.int64], arms: Sequence[Label], unit: NDArray[np.int64]
) -> None:
    """Refuse a column of propensities with which nobody would have drawn what was drawn.

    Over the rows of one arm their inverses add up to all rows that could get it, on average; so never to many more than there
    are. And where every unit was drawn for what was likelier than not, that is as likely as the product of all.
    """
    units = int(unit.max()) + 1 if len(unit) else 0
    each = np.ones(units)
    each[unit] = own
    if units and own.min() > 0.5 and np.log(each).sum() < _UNHEARD:
        raise EvidenceError(
            "Every row was drawn for an arm that was likelier than all others together.",
            found=f"propensities from {own.min():.4g} to {own.max():.4g} in all {len(own)} rows",
            expected="those of one draw: where one arm had 0.9, another had 0.1 at most",
            hint="A row's propensity is the probability, before the draw, of the arm it was drawn for.",
        )
    for place, name in enumerate(arms):
        mine = arm == place
        if not mine.any():
            continue
        beyond = np.bincount(unit, mine / own - 1.0, minlength=units)
        off, odds = beyond.sum(), float((1.0 / own[mine]).mean())
        # Of few rows the spread is not what they show by luck, but what drawing with such propensities gives.
        spread = np.sqrt(max(float(beyond @ beyond), len(own) ** 2 / units * (odds - 1.0)))
        if off > _ODD * spread:
            raise EvidenceError(
                f"The arm {name!r} was drawn far more often than its propensities say.",
                found=f"{mine.sum()} of {len(own)} rows, with propensities of {1 / odds:.3g} on (harmonic) average",
                expected="the probability, before the draw, with which each row was drawn for its arm",
                hint="Give one column for every arm where they differ between rows: (n, arms).",
            )
        if -off > max(_ODD * spread, _MOST_CLOSED * len(own)):
            raise EvidenceError(
                f"The arm {name!r} was drawn far less often than its propensities say, if everybody could have got it.",
                found=f"{mine.sum()} of {len(own)} rows, with propensities of {1 / odds:.3g} on (harmonic) average",
                expected="the probability, before the draw, with which each row was drawn for its arm",
                hint="Where an arm was closed to some, give one column for every arm, with 0 there: (n, arms).",
            )


def _refuse_unlike(
    every: NDArray[np.float64], arm: NDArray[np.int64], arms: Sequence[Label], unit: NDArray[np.int64]
) -> None:
    """Refuse propensities of all arms with which nobody would have drawn what was drawn: one far more or less often."""
    units = int(unit.max()) + 1 if len(unit) else 0
    rows = np.bincount(unit, minlength=units).astype(np.float64)
    for place, name in enumerate(arms):
        mine = arm == place
        due = np.bincount(unit, every[:, place], minlength=units)
        beyond = np.bincount(unit, mine, minlength=units) - due
        off, spread = abs(beyond.sum()), np.sqrt(max(float(beyond @ beyond), float(due @ (rows - due))))
        if off > max(_ODD * spread, _MOST_CLOSED * max(due.sum(), mine.sum())):
            raise EvidenceError(
                f"The arm {name!r} was drawn far {'more' if beyond.sum() > 0 else 'less'} often than its propensities say.",
                found=f"{mine.sum()} of {len(every)} rows, where {due.sum():.0f} were to be expected",
                expected="the probability of every arm, before the draw",
                hint="Look whether the columns are in the order of the arms, and whether rows were lost (sample_ratio).",
            )


def matrix_of(values: object, arms: Sequence[Label], what: str) -> NDArray[np.float64]:
    """(n, arms) numbers: an array in the order of ``arms``, or a table whose columns bear their names.

    >>> matrix_of({"post": [0.25], "nothing": [0.75]}, ("nothing", "post"), "choice").tolist()
    [[0.75, 0.25]]
    """
    names = _columns_of(values)
    _refuse_missing(names, arms, what)
    if names is not None:
        found = np.column_stack([np.asarray(values[name], dtype=np.float64) for name in arms])  # type: ignore[index]
    else:
        found = np.asarray(values, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(arms):
        raise EvidenceError(
            f"{what} has {found.shape[1] if found.ndim == 2 else 'no'} columns for {len(arms)} arms.",
            found=f"shape {found.shape}",
            expected=f"(n, {len(arms)}): " + ", ".join(map(str, arms)),
            hint="Give a table whose columns are named after the arms, when not all of them were drawn.",
        )
    odd = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(odd):
        raise EvidenceError(
            f"{what} holds no finite number in row {odd[0]} (counted from 0).", found=found[odd[0]].tolist()
        )
    return found


def _columns_of(values: object) -> list[Any] | None:
    """The names of a table's columns; None: it has none."""
    if isinstance(values, Mapping):
        return list(values)
    names = getattr(values, "column_names", getattr(values, "columns", None))
    return None if names is None else list(names)


def _refuse_missing(names: list[Any] | None, arms: Sequence[Label], what: str) -> None:
    missing = [name for name in arms if names is not None and name not in names]
    if missing:
        raise EvidenceError(
            f"{what} has no column for {missing[0]!r}.",
            found=", ".join(map(str, names or [])),
            expected="a column for each arm: " + ", ".join(map(str, arms)),
        )


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
