"""The arrays of one allocation, checked once at the door."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Problem(NamedTuple):
    """n units, k options each, m limits; `nothing` (value 0, use 0, always open) is implied.

    It may be part of a larger one, whose other units are decided already: what these use and bring counts.
    """

    value: Floats  # (n, k) what the option brings
    use: Floats  # (n, k, m) what it takes of each limit, >= 0
    at_most: Floats  # (m,) the limits, >= 0; infinite where there is none
    is_open: Bools  # (n, k) whether the option may be chosen
    at_least: Floats  # (m,) the floors; minus infinity where there is none
    number: Floats  # (n,) for how many equal units a row stands
    spent: Floats  # (m, 2) what decided units use, as pairs (high, low)
    earned: float  # what decided units bring

    @property
    def shape(self) -> tuple[int, int, int]:
        """n, k and m."""
        n, k, m = self.use.shape
        return n, k, m

    @property
    def room(self) -> Floats:
        """(m,) what decided units leave of the limits; may be negative."""
        left: Floats = self.at_most - self.spent.sum(axis=1)
        return left

    @property
    def owed(self) -> Floats:
        """(m,) what decided units leave of the floors to be met."""
        left: Floats = self.at_least - self.spent.sum(axis=1)
        return left

    def only(self, units: Ints, share: float) -> "Problem":
        """The same problem for some of the units, with their share of what there is."""
        m = len(self.at_most)
        return Problem(
            self.value[units],
            self.use[units],
            self.room * share,
            self.is_open[units],
            self.owed * share,
            self.number[units],
            np.zeros((m, 2)),
            0.0,
        )


def plain(value: Floats, use: Floats, at_most: Floats, is_open: Bools, at_least: Floats | None = None) -> Problem:
    """A whole problem: every row one unit, nothing decided yet."""
    n, m = len(value), len(at_most)
    floors = np.full(m, -np.inf) if at_least is None else at_least
    return Problem(value, use, at_most, is_open, floors, np.ones(n), np.zeros((m, 2)), 0.0)


def checked(
    value: ArrayLike,
    use: ArrayLike,
    at_most: ArrayLike,
    is_open: ArrayLike | None,
    at_least: ArrayLike | None = None,
) -> Problem:
    """Contiguous float64 arrays whose shapes agree and whose numbers are finite; only a limit may be infinite.

    Raises:
        ValueError: a shape, a number or a type that cannot be meant; says what was found and what to do.
    """
    worth = _floats("value", value, 2)
    n, k = worth.shape
    limits = _floats("at_most", at_most, 1, infinite=True)
    uses = _floats("use", use, 3)
    _expect_shape("use", uses, (n, k, len(limits)))
    _expect_not_negative("use", uses)
    _expect_not_negative("at_most", limits)
    return plain(worth, uses, limits, _mask(is_open, (n, k)), _checked_floors(at_least, limits))


def _checked_floors(at_least: ArrayLike | None, limits: Floats) -> Floats | None:
    """A floor for each limit, minus infinity where there is none."""
    if at_least is None:
        return None
    floors = _floats("at_least", at_least, 1, infinite=True)
    _expect_shape("at_least", floors, limits.shape)
    above = floors > limits
    if above.any():
        where = int(np.argmax(above))
        raise ValueError(
            f"at_least[{where}] is {floors[where]:g} and at_most[{where}] is {limits[where]:g}; "
            "expected a floor no higher than its limit; lower the one or raise the other"
        )
    return np.where(floors > 0, floors, -np.inf)  # `nothing` uses 0: less is no floor


def checked_choice(choice: ArrayLike, problem: Problem) -> Ints:
    """One whole number per unit: -1 for `nothing`, else the option's column."""
    n, k, _ = problem.shape
    found = np.asarray(choice)
    _expect_shape("choice", found, (n,))
    if found.size and not np.issubdtype(found.dtype, np.integer):
        raise ValueError(f"choice has type {found.dtype}; expected whole numbers, -1 for nothing; cast it to int64")
    if found.size and (found.min() < -1 or found.max() >= k):
        raise ValueError(
            f"choice runs from {found.min()} to {found.max()}; expected -1 (nothing) to {k - 1}; "
            "number the options by their column in `value`"
        )
    return found.astype(np.int64)


def checked_order(order: ArrayLike | None, n: int) -> Floats:
    """The tie-breaking order, one finite number per unit; by position where there is none."""
    if order is None:
        return np.arange(n, dtype=np.float64)
    found = _floats("order", order, 1)
    _expect_shape("order", found, (n,))
    return found


def checked_prices(prices: ArrayLike) -> Floats:
    """One finite price for each limit; below 0 where a floor binds."""
    return _floats("prices", prices, 1)


def _floats(name: str, given: ArrayLike, dimensions: int, *, infinite: bool = False) -> Floats:
    found = np.ascontiguousarray(given, dtype=np.float64)
    if np.ndim(given) != dimensions:
        raise ValueError(f"{name} has {np.ndim(given)} dimensions; expected {dimensions}; reshape it")
    bad = np.isnan(found) if infinite else ~np.isfinite(found)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name}{list(where)} is {found[where]}; expected finite numbers; "
            "close an option with is_open=False instead of NaN or infinity"
        )
    return found


def _mask(is_open: ArrayLike | None, shape: tuple[int, int]) -> Bools:
    if is_open is None:
        return np.ones(shape, dtype=np.bool_)
    found = np.ascontiguousarray(is_open)
    _expect_shape("is_open", found, shape)
    if found.dtype != np.bool_:
        raise ValueError(f"is_open has type {found.dtype}; expected booleans; write `is_open != 0` if you mean that")
    return found


def _expect_shape(name: str, found: NDArray[Any], expected: tuple[int, ...]) -> None:
    if found.shape != expected:
        raise ValueError(
            f"{name} has shape {found.shape}; expected {expected}; "
            "value is (units, options), use is (units, options, limits), at_most is (limits,)"
        )


def _expect_not_negative(name: str, found: Floats) -> None:
    if found.size and found.min() < 0:
        where = tuple(int(i) for i in np.argwhere(found < 0)[0])
        raise ValueError(f"{name}{list(where)} is {found[where]}; expected 0 or more; check its sign")
