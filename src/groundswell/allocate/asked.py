"""What is asked of `solve`, checked once at the door; an error names argument, index and value, and says what to do."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.allocate.keys import ranked
from groundswell.allocate.problem import Bools, Floats
from groundswell.allocate.scan import Groups, Values
from groundswell.allocate.terms import ContradictionError
from groundswell.allocate.units import Rows, Units


class Asked(NamedTuple):
    """The units, what limits them, and how values are scaled."""

    units: Units
    rows: Rows
    worth: float  # the largest value on offer
    typical: float  # the mean positive value on offer
    mean_size: float
    named: tuple[str, ...]  # (m + R,) what the caller calls each row
    closing: Floats  # (m,) for a limit of 0 a price at which nothing that needs it is worth taking; else 0


def asked(
    value: ArrayLike,
    use: ArrayLike,
    limits: ArrayLike,
    *,
    at_least: ArrayLike | Sequence[dict[str, Any]] | None,
    allowed: ArrayLike | None,
    group: ArrayLike | None,
    size: ArrayLike | None,
    key: ArrayLike | None,
    seed: int,
) -> Asked:
    """Check everything; see `solve` for what is meant.

    Raises:
        ValueError: something cannot be meant.
        ContradictionError: a floor is above its own limit, or asks for more units than there are.
    """
    values = _values(value, allowed)
    k, n = values.shape
    uses, at_most = checked_uses(use, limits, (k, n), sized=size is not None)
    labels, codes = _labels(group, n)
    counts = np.bincount(codes, minlength=len(labels)).tolist() if labels else []
    rows, named = checked_rows(at_most, at_least, k, n, dict(zip(labels, counts, strict=True)))
    sizes = _sizes(size, n)
    closing = _close_what_needs_nothing_left(values, uses, sizes, rows)
    grouped = codes if len(rows.group) else np.empty(0, np.int32)
    units = Units(values, uses, sizes, grouped, max(len(labels), 1) if len(rows.group) else 0, ranked(key, n, seed))
    worth, typical = _scale(values)
    return Asked(units, rows, worth, typical, float(sizes.mean()) if len(sizes) else 1.0, named, closing)


def checked_rows(
    at_most: Floats,
    at_least: ArrayLike | Sequence[dict[str, Any]] | None,
    k: int,
    n: int,
    groups: dict[Any, int],
) -> tuple[Rows, tuple[str, ...]]:
    """Limits and floors, and what the caller calls each; `groups` says how many units have which label, in order."""
    m = len(at_most)
    named = tuple(f"limits[{limit}]" for limit in range(m))
    none = Rows(at_most, np.full(m, -np.inf), np.empty(0, np.int64), np.empty((0, k), np.bool_))
    if isinstance(at_least, dict):
        raise ValueError(f"at_least is one floor, {at_least!r}; expected a list of floors; put it into a list")  # noqa: TRY004
    floors = [one for one in at_least if isinstance(one, dict)] if isinstance(at_least, Sequence) else []
    if floors and len(floors) == len(at_least):  # type: ignore[arg-type]
        rows = _of_groups(floors, none, groups, k, n)
        return rows, (*named, *(f"at_least[{row}]" for row in range(len(rows.group))))
    if at_least is None or not np.size(at_least):  # type: ignore[arg-type]
        return none, named
    rows = none._replace(at_least=_floors(at_least, m))  # type: ignore[arg-type]
    for row in np.flatnonzero(rows.at_least > rows.at_most):
        raise ContradictionError(
            (named[row],),
            f"at_least[{row}] is {rows.at_least[row]:g} and limits[{row}] is {rows.at_most[row]:g}; "
            "expected a floor no higher than its limit; lower the one or raise the other",
        )
    return rows, named


def _scale(values: Values) -> tuple[float, float]:
    """The largest value on offer, and the mean of the positive ones."""
    worth, total, many = 0.0, 0.0, 0
    for row in values:
        offered = row[np.isfinite(row)]
        positive = offered[offered > 0]
        worth = max(worth, float(np.abs(offered).max(initial=0.0)))
        total, many = total + float(positive.sum(dtype=np.float64)), many + positive.size
    return worth or 1.0, total / many if many else 1.0


def name_of(given: Asked, row: int) -> str:
    """What the caller calls a row, with what it asks for."""
    rows, name = given.rows, given.named[row]
    if name.startswith("at_least"):
        return f"{name} (minimum {rows.at_least[row]:g})"
    floor = f", at least {rows.at_least[row]:g}" if np.isfinite(rows.at_least[row]) else ""
    most = f" (at most {rows.at_most[row]:g}{floor})" if np.isfinite(rows.at_most[row]) else f" ({floor[2:]})"
    return name + most


def _values(value: ArrayLike, allowed: ArrayLike | None) -> Values:
    """(k, n) float32, minus infinity where an option is closed."""
    given = np.asarray(value)
    if given.ndim != 2:
        raise ValueError(f"value has {given.ndim} dimensions; expected 2, (units, options); reshape it")
    if given.dtype.kind not in "fiu":
        raise ValueError(f"value has type {given.dtype}; expected numbers; cast it to float32")
    if not given.shape[1]:
        raise ValueError("value has no option; expected one column or more")
    with np.errstate(over="ignore"):
        found = np.array(given.T, dtype=np.float32, order="C") + np.float32(0.0)
    mask = None if allowed is None else np.asarray(allowed)
    if mask is not None:
        if mask.shape != given.shape:
            raise ValueError(f"allowed has shape {mask.shape}; expected {given.shape}, that of value")
        if mask.dtype != np.bool_:
            raise ValueError(f"allowed has type {mask.dtype}; expected booleans; write `allowed != 0` if you mean that")
    for option, row in enumerate(found):
        bad = ~np.isfinite(row) if mask is None else ~np.isfinite(row) & mask[:, option]
        if bad.any():
            unit = int(np.argmax(bad))
            raise ValueError(
                f"value[{unit}, {option}] is {given[unit, option]}; expected a finite number (of float32); "
                "close an option with allowed=False instead of NaN or infinity"
            )
        if mask is not None:
            row[~mask[:, option]] = -np.inf
    return found


def checked_uses(use: ArrayLike, limits: ArrayLike, shape: tuple[int, int], *, sized: bool) -> tuple[Floats, Floats]:
    """(1 or n, k, m) uses and (m,) limits, for a `shape` of (k, n)."""
    (k, n), at_most = shape, checked_limits(limits)
    m, found = len(at_most), np.asarray(use, dtype=np.float64)
    wanted = [(k, m), (n, k, m)]
    if found.shape not in wanted:
        raise ValueError(
            f"use has shape {found.shape}; expected {wanted[0]} (options, limits) or {wanted[1]} (units, options, limits)"
        )
    if found.ndim == 3 and sized:
        raise ValueError(
            "size is given, and use has uses of each unit; expected one of them; multiply use by size yourself"
        )
    bad = ~np.isfinite(found) | (found < 0)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"use{list(place)} is {found[place]}; expected a finite number, 0 or more; check its sign")
    return np.ascontiguousarray(found if found.ndim == 3 else found[None]), at_most


def checked_limits(limits: ArrayLike) -> Floats:
    """(m,) limits, in an array of their own."""
    found = _numbers("limits", limits, 1).copy()
    bad = np.isnan(found) | (found < 0)
    if bad.any():
        where = int(np.argmax(bad))
        raise ValueError(f"limits[{where}] is {found[where]}; expected 0 or more; infinity means no limit")
    return found


def _sizes(size: ArrayLike | None, n: int) -> Floats:
    if size is None:
        return np.empty(0)
    found = _numbers("size", size, 1)
    if found.shape != (n,):
        raise ValueError(f"size has shape {found.shape}; expected ({n},), one for each unit")
    bad = ~np.isfinite(found) | (found <= 0)
    if bad.any():
        where = int(np.argmax(bad))
        raise ValueError(f"size[{where}] is {found[where]}; expected a finite number above 0; leave such units out")
    return found


def _labels(group: ArrayLike | None, n: int) -> tuple[list[Any], Groups]:
    """The labels, sorted, and the number of each unit's."""
    if group is None:
        return [], np.zeros(n, dtype=np.int32)
    given = np.asarray(group)
    if given.shape != (n,):
        raise ValueError(f"group has shape {given.shape}; expected ({n},), one label for each unit")
    try:
        found, codes = np.unique(given, return_inverse=True)
    except TypeError:
        raise ValueError(
            "group mixes texts, numbers or None; expected labels of one type; turn them into texts"
        ) from None
    return found.tolist(), codes.astype(np.int32)


def _floors(at_least: ArrayLike, m: int) -> Floats:
    found = _numbers("at_least", at_least, 1)
    if found.shape != (m,):
        raise ValueError(
            f"at_least has shape {found.shape}; expected ({m},), one floor for each limit (minus infinity for none), "
            'or a list of {"group": ..., "options": ..., "minimum": ...}'
        )
    bad = np.isnan(found) | (found == np.inf)
    if bad.any():
        where = int(np.argmax(bad))
        raise ValueError(f"at_least[{where}] is {found[where]}; expected a number, or minus infinity for no floor")
    return np.where(found > 0, found, -np.inf)  # `nothing` uses 0: less is no floor


def _of_groups(floors: Sequence[dict[str, Any]], rows: Rows, groups: dict[Any, int], k: int, n: int) -> Rows:
    found, options, minimum = [], [], []
    for place, floor in enumerate(floors):
        name = f"at_least[{place}]"
        unknown = sorted(set(floor) - {"group", "options", "minimum"})
        if unknown or "minimum" not in floor:
            raise ValueError(f"{name} has the keys {sorted(floor)}; expected group, options and minimum")
        label = floor.get("group")
        if not isinstance(label, str | int | float | np.generic | None):
            raise ValueError(f"{name} is for group {label!r}; expected one label; write a floor each")  # noqa: TRY004
        if label is not None and label not in groups:
            told = ", ".join(map(repr, list(groups)[:5])) or "none: the argument group is missing"
            raise ValueError(f"{name} is for group {label!r}, which no unit has; there are {told}")
        found.append(-1 if label is None else list(groups).index(label))
        options.append(_columns(name, floor.get("options"), k))
        least = floor["minimum"]
        if isinstance(least, bool) or not isinstance(least, int | np.integer) or least < 0:
            raise ValueError(f"{name} has minimum {least!r}; expected a whole number of units, 0 or more")
        there = n if label is None else groups[label]
        if least > there:
            raise ContradictionError(
                (name,), f"{name} asks for {least} units where its group has {there}; lower its minimum"
            )
        minimum.append(float(least) if least else -np.inf)
    return Rows(
        np.concatenate([rows.at_most, np.full(len(floors), np.inf)]),
        np.concatenate([rows.at_least, minimum]),
        np.array(found, dtype=np.int64),
        np.array(options, dtype=np.bool_),
    )


def _columns(name: str, options: object, k: int) -> Bools:
    found = np.zeros(k, dtype=np.bool_)
    if options is None:
        return ~found
    wanted = np.atleast_1d(np.asarray(options))
    if wanted.dtype.kind not in "iu" or not wanted.size or wanted.min() < 0 or wanted.max() >= k:
        raise ValueError(f"{name} has options {options!r}; expected columns of value, 0 to {k - 1}")
    found[wanted] = True
    return found


def _close_what_needs_nothing_left(values: Values, uses: Floats, sizes: Floats, rows: Rows) -> Floats:
    """Close all that needs a limit of 0, which then limits nothing more, and price it out for whoever decides later."""
    m = rows.limits
    closing = np.zeros(m)
    least = float(sizes.min()) if sizes.size else 1.0
    for limit in np.flatnonzero(rows.at_most[:m] == 0):
        for option, row in enumerate(values):
            needs = uses[:, option, limit] > 0
            if needs.any():
                worth = np.maximum(row[np.broadcast_to(needs, row.shape)], 0.0).max(initial=0.0)
                closing[limit] = max(
                    closing[limit], 2.0 * (float(worth) or 1.0) / (uses[needs, option, limit].min() * least)
                )
                row[np.broadcast_to(needs, row.shape)] = -np.inf
        rows.at_most[limit] = np.inf
    return closing


def _numbers(name: str, given: ArrayLike, dimensions: int) -> NDArray[np.float64]:
    found = np.asarray(given)
    if found.dtype.kind not in "fiu" and found.size:
        raise ValueError(f"{name} has type {found.dtype}; expected numbers")
    if found.ndim != dimensions:
        raise ValueError(f"{name} has {found.ndim} dimensions; expected {dimensions}; reshape it")
    return np.ascontiguousarray(found, dtype=np.float64)
