"""What the allocation says: prices, and shares where scores tie. No arithmetic here."""

from dataclasses import dataclass

from groundswell.allocate.problem import Floats


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
        prices: (m,), >= 0: value per unit of the limit, 0 where a limit does not bind. A limit of 0 gets a price
            at which no option that needs it is worth taking.
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
