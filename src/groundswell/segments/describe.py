"""Who gets an option, in words: a tree of at most three questions, and the traits that set them apart.

A description of choices already made. It says nothing of effects: it was not estimated on units that chose otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DEPTH = 3
_CUTS = 24
_SMALLEST = 0.01
"""No leaf holds fewer than this share of all units: a small group would name people."""
_FEWEST = 20


class Condition(NamedTuple):
    """One answer: the trait is at least, or below, a number."""

    trait: str
    at_least: float | None
    below: float | None


class Leaf(NamedTuple):
    """Units that answer alike: the share of them that gets the option."""

    conditions: tuple[Condition, ...]
    units: int
    share: float


class Mean(NamedTuple):
    """A trait's average among those who get the option and among all."""

    trait: str
    mine: float
    everybody: float


@dataclass(frozen=True)
class Group:
    """Who gets one option.

    Attributes:
        units: how many.
        share: of all units.
        leaves: the groups most of whose units get it, largest first; together they hold most of ``units``.
        means: the traits that set them apart most.
    """

    units: int
    share: float
    leaves: tuple[Leaf, ...]
    means: tuple[Mean, ...]


def describe(chosen: NDArray[np.bool_], traits: Mapping[str, NDArray[np.float64]]) -> Group:
    """Describe the units that were chosen.

    Args:
        chosen: (units,) True where the unit gets the option.
        traits: name -> (units,) numbers; blanks are NaN.

    Returns:
        A group; no leaf is smaller than 1 % of the units or 20 units.

    >>> size = np.repeat([1.0, 4.0], 50)
    >>> group = describe(size > 2, {"household_size": size})
    >>> [(leaf.conditions[0].at_least, leaf.share) for leaf in group.leaves]
    [(2.5, 1.0)]
    """
    units = len(chosen)
    fewest = max(_FEWEST, int(_SMALLEST * units))
    grown = _grow(chosen, traits, np.ones(units, dtype=bool), (), fewest)
    leaves = [leaf for leaf in grown if leaf.share >= 0.5 and leaf.conditions]
    leaves.sort(key=lambda leaf: -leaf.units * leaf.share)
    means = []
    for name, values in traits.items():
        known = ~np.isnan(values)
        spread = float(values[known].std()) if known.any() else 0.0
        if spread > 0 and (chosen & known).any():
            mine, everybody = float(values[chosen & known].mean()), float(values[known].mean())
            means.append((abs(mine - everybody) / spread, Mean(name, mine, everybody)))
    means.sort(key=lambda entry: -entry[0])
    return Group(
        units=int(chosen.sum()),
        share=float(chosen.mean()) if units else 0.0,
        leaves=tuple(leaves[:4]),
        means=tuple(mean for apart, mean in means[:3] if apart >= 0.1),
    )


def _grow(
    chosen: NDArray[np.bool_],
    traits: Mapping[str, NDArray[np.float64]],
    here: NDArray[np.bool_],
    path: tuple[Condition, ...],
    fewest: int,
) -> list[Leaf]:
    share = float(chosen[here].mean()) if here.any() else 0.0
    best = _best_cut(chosen, traits, here, fewest) if len(path) < _DEPTH and 0.02 < share < 0.98 else None
    if best is None:
        return [Leaf(_merged(path), int(here.sum()), share)]
    name, cut = best
    above = here & (traits[name] >= cut)
    return [
        *_grow(chosen, traits, above, (*path, Condition(name, cut, None)), fewest),
        *_grow(chosen, traits, here & ~above, (*path, Condition(name, None, cut)), fewest),
    ]


def _best_cut(
    chosen: NDArray[np.bool_], traits: Mapping[str, NDArray[np.float64]], here: NDArray[np.bool_], fewest: int
) -> tuple[str, float] | None:
    best, gain = None, 1e-3
    total, hits = int(here.sum()), int(chosen[here].sum())
    for name, values in traits.items():
        mine, hit = values[here], chosen[here]
        for cut in _cuts(mine):
            above = mine >= cut
            count = int(above.sum())
            if min(count, total - count) < fewest:
                continue
            inside = int(hit[above].sum())
            found = (
                _impurity(hits, total)
                - (count * _impurity(inside, count) + (total - count) * _impurity(hits - inside, total - count)) / total
            )
            if found > gain:
                best, gain = (name, float(cut)), found
    return best


def _cuts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    distinct = np.unique(values[~np.isnan(values)])
    middles = (distinct[1:] + distinct[:-1]) / 2
    if len(middles) > _CUTS:
        middles = middles[np.linspace(0, len(middles) - 1, _CUTS).astype(int)]
    return middles


def _impurity(hits: int, total: int) -> float:
    share = hits / total
    return 2 * share * (1 - share)


def _merged(path: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Two answers about one trait become one range."""
    found: dict[str, Condition] = {}
    for name, at_least, below in path:
        old = found.get(name, Condition(name, None, None))
        low = at_least if old.at_least is None else old.at_least if at_least is None else max(old.at_least, at_least)
        high = below if old.below is None else old.below if below is None else min(old.below, below)
        found[name] = Condition(name, low, high)
    return tuple(found.values())
