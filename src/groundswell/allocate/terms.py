"""What the allocation says: prices, and shares where scores tie. No arithmetic here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.allocate.problem import Bools, Floats, Ints


@dataclass(frozen=True)
class Share:
    """How the units tied between some options are divided among them.

    Attributes:
        options: the tied columns, ascending; -1 is `nothing`.
        shares: in the same order, summing to 1: the share of the tied units that gets each.
        use: empty for all units tied between `options`; else only for those whose options use exactly this of the
            limits, one row per option. Such finer shares come first, and only where the others could not fill a
            limit: large and small households tied between the same options may need different shares.
    """

    options: tuple[int, ...]
    shares: tuple[float, ...]
    use: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Prices:
    """What one more of each limit is worth, and what to do where scores tie.

    Attributes:
        prices: (m,) value per unit of the limit, 0 where a limit does not bind; below 0 where a floor does. A limit of 0
            gets a price at which no option that needs it is worth taking.
        shares: for every set of tied options, which share of the tied units gets which.
        tolerance: scores within this of the best are tied.
        bound: the dual value at `prices`, which no plan that keeps the limits exceeds; in value.
        iterations: small programs solved on the way.
    """

    prices: Floats
    shares: tuple[Share, ...]
    tolerance: float
    bound: float
    iterations: int


@dataclass(frozen=True)
class Allocation:
    """Who gets what, and the proof of how good that is.

    Attributes:
        option: (n,) the option's column, or -1 for `nothing`.
        prices: (m,) what one more of each limit is worth; below 0 where a floor binds: what meeting it costs.
        floors: (R,) what one unit more that a group's floor asks for costs, >= 0.
        margins: for every set of options that tie at the prices, which share of the tied units gets which.
        tolerance: scores within this of the best are tied.
        value: what the choice is worth in all, the exact sum rounded once.
        bound: the dual value at the prices: no plan that keeps limits and floors is worth more.
        gap: (bound - value) / max(|bound|, 1e-12).
        used: (m,) what the choice uses of every limit, the exact sum rounded once (`math.fsum`); never above it.
        met: (R,) how many units a group's floor counts; never below it.
        floored: (n,) who gets what it gets only because of a floor.
        proven: whether it is proven that no whole plan is worth more.
    """

    option: Ints | NDArray[np.int32]
    prices: Floats
    floors: Floats
    margins: tuple[Share, ...]
    tolerance: float
    value: float
    bound: float
    gap: float
    used: Floats
    met: Ints
    floored: Bools
    proven: bool


class ContradictionError(ValueError):
    """Limits and floors that cannot be kept together.

    Attributes:
        rows: their names, `limits[0]` or `at_least[2]`; without any one of them the others could be kept.
    """

    def __init__(self, rows: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.rows = rows


NO_WHOLE_PLAN = (
    "limits and floors could be kept by fractions of units, but no whole plan that keeps them was found; "
    "lower a floor by the use of a few units, or raise a limit by as much"
)


class NoWholePlanError(ValueError):
    """Limits and floors could be kept by fractions of units, but no whole plan that keeps them was found."""
