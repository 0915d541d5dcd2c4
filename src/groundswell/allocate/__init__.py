"""Who gets what when money, letters and hours are scarce: prices first, then whole choices.

Every limit gets a price. At fixed prices every unit decides by itself, `max(0, value - prices . use)`, and
`nothing` scores 0. `find_prices` solves for the prices and for the shares at the tied margin, `mixture` writes the
resulting policy as probabilities, and `settle` counts hard: whole choices that overrun no limit, with a proven gap.

Arrays only: this room knows no person and no clock. Its parts load when first used.

>>> import numpy as np
>>> from groundswell.allocate import find_prices, settle
>>> value = np.array([[5.0], [3.0], [2.0]])
>>> prices = find_prices(value, np.ones((3, 1, 1)), np.array([2.0]))
>>> settle(np.array([0, 0, 0]), value, np.ones((3, 1, 1)), np.array([2.0]), prices).choice
array([ 0,  0, -1])
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundswell.allocate.counter import Settled, settle
    from groundswell.allocate.finding import find_prices
    from groundswell.allocate.households import HouseholdAllocation, solve_households
    from groundswell.allocate.matching import Matching, match
    from groundswell.allocate.shares import mixture
    from groundswell.allocate.solving import solve
    from groundswell.allocate.streaming import solve_parquet
    from groundswell.allocate.terms import Allocation, ContradictionError, NoWholePlanError, Prices, Share

__all__ = [
    "Allocation",
    "ContradictionError",
    "HouseholdAllocation",
    "Matching",
    "NoWholePlanError",
    "Prices",
    "Settled",
    "Share",
    "find_prices",
    "match",
    "mixture",
    "settle",
    "solve",
    "solve_households",
    "solve_parquet",
]

# numba and highspy take a second to import; `import groundswell.allocate` should take none.
_HOMES = {
    "Allocation": "terms",
    "ContradictionError": "terms",
    "HouseholdAllocation": "households",
    "Matching": "matching",
    "NoWholePlanError": "terms",
    "Prices": "terms",
    "Settled": "counter",
    "Share": "terms",
    "find_prices": "finding",
    "match": "matching",
    "mixture": "shares",
    "settle": "counter",
    "solve": "solving",
    "solve_households": "households",
    "solve_parquet": "streaming",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
