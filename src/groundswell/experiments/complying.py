"""What contact itself does, where not everybody who should be spoken to was reached.

By intention to treat, whoever was to be called counts as called. Divided by the share that was really reached it is the
effect on those who can be reached (the complier average causal effect: Angrist, Imbens and Rubin 1996), as long as being
on the list does nothing by itself. Its interval is Fieller's (1954), which holds however few were reached; where it has no
end, none is told.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.stats import Estimate, numbers_of, t_value
from groundswell.vocabulary import EvidenceError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Complied(NamedTuple):
    """What came of a list.

    Attributes:
        people: all who are compared.
        assigned: those of them who were to be spoken to.
        contact: the share of these who were reached, beyond what was reached of the others.
        effect: on all who were to be spoken to (intention to treat).
        complier: on those who were reached; None where too few were.
    """

    people: int
    assigned: int
    contact: Estimate
    effect: Estimate
    complier: Estimate | None


def comply(
    outcome: ArrayLike,
    assigned: ArrayLike,
    reached: ArrayLike,
    *,
    unit: Ints,
    weight: Floats | None = None,
    block: Ints | None = None,
    level: float = 0.95,
) -> Complied:
    """Contact, its effect by intention to treat, and its effect on those who were reached.

    Args:
        outcome: (n,) what each person did.
        assigned: (n,) True for those who were to be spoken to.
        reached: (n,) True for those who were.
        unit: (n,) index of each person's unit: intervals go by it.
        weight: (n,) what each counts, such as one over the propensity; None: all the same.
        block: (n,) within which people were drawn: compared within each; None: all together.
        level: of the intervals.

    Returns:
        Estimates within blocks. Their errors are of the units of a block's side about its mean; where one unit stands alone
        there, about the mean of all such (which is never too small), so they hold in blocks of any size, pairs included.
        Student's t with as many degrees of freedom as the smaller side has units, less one.

    Raises:
        EvidenceError: where no block holds some who were assigned and some who were not, for outcomes that are not finite,
            and weights that are not above 0.

    >>> found = comply([1, 1, 0, 0, 1, 0, 0, 0], [1] * 4 + [0] * 4, [1, 1, 0, 0] + [0] * 4, unit=np.arange(8))
    >>> found.contact.value, found.effect.value
    (0.5, 0.25)
    """
    treated = np.asarray(assigned).astype(bool)
    acted, met = numbers_of(outcome, "outcome", len(treated)), numbers_of(reached, "reached", len(treated))
    counts = np.ones(len(acted)) if weight is None else numbers_of(weight, "weight", len(acted))
    if (counts <= 0).any():
        raise EvidenceError("A weight is not above 0.", found=f"{counts.min():g}", expected="above 0")
    blocks = np.zeros(len(acted), dtype=np.int64) if block is None else np.unique(block, return_inverse=True)[1]
    both = with_both_sides(treated, blocks)
    if not both.any():
        raise EvidenceError(
            "There is nobody to compare with.",
            found="no block with people of both sides",
            expected="some who were to be spoken to, and in their block some who were not",
        )
    acted, met, treated, counts, blocks = acted[both], met[both], treated[both], counts[both], blocks[both]
    unit = np.asarray(unit, dtype=np.int64)[both]
    size = int(unit.max()) + 1
    effect, told = _difference(acted, treated, counts, blocks, unit, size)
    contact, shown = _difference(met, treated, counts, blocks, unit, size)
    units = min(len(np.unique(unit[side])) for side in (treated, ~treated))
    if units < 2:
        ends = -np.inf, np.inf
        return Complied(len(acted), int(treated.sum()), Estimate(contact, *ends), Estimate(effect, *ends), None)
    reach = t_value(1 - (1 - level) / 2, units - 1)
    return Complied(
        len(acted),
        int(treated.sum()),
        _around(contact, float(shown @ shown), reach),
        _around(effect, float(told @ told), reach),
        _fieller(effect, contact, float(told @ told), float(shown @ shown), float(told @ shown), reach),
    )


def _around(value: float, variance: float, reach: float) -> Estimate:
    return Estimate(value, value - reach * float(np.sqrt(variance)), value + reach * float(np.sqrt(variance)))


def with_both_sides(treated: NDArray[np.bool_], block: Ints) -> NDArray[np.bool_]:
    """(n,) who is in a block with some of either side: the others compare with nobody.

    Args:
        treated: (n,) True for those who were to be spoken to.
        block: (n,) index of the block each was drawn within.

    >>> with_both_sides(np.array([True, False, True]), np.array([0, 0, 1])).tolist()
    [True, True, False]
    """
    some = np.bincount(block, treated) > 0
    others = np.bincount(block, ~treated) > 0
    return np.asarray((some & others)[block])


def _difference(
    value: Floats, treated: NDArray[np.bool_], weight: Floats, block: Ints, unit: Ints, units: int
) -> tuple[float, Floats]:
    """The difference of means within blocks, each as its weight among all, and (units,) what each unit adds to its error."""
    count = int(block.max()) + 1
    share = np.bincount(block, weight, minlength=count) / weight.sum()
    found, told = 0.0, np.zeros(units)
    for side, sign in ((treated, 1.0), (~treated, -1.0)):
        rows = np.flatnonzero(side)
        total = np.bincount(block[rows], weight[rows], minlength=count)
        there = np.maximum(total, 1e-300)
        mean = np.bincount(block[rows], weight[rows] * value[rows], minlength=count) / there
        own = float((share * mean).sum())
        found += sign * own
        many = np.bincount(np.unique(block[rows] * units + unit[rows]) // units, minlength=count)
        alone = many == 1
        part = float(share[alone].sum()) if alone.sum() > 1 else 0.0
        centre = np.where(alone, float((share * mean)[alone].sum()) / part if part else own, mean)
        many = np.where(alone, max(int(alone.sum()), 2), np.maximum(many, 2))
        each = np.sqrt(many / (many - 1)) * share / there
        left = weight[rows] * (value[rows] - centre[block[rows]]) * each[block[rows]]
        told += sign * np.bincount(unit[rows], left, minlength=units)
    return found, told


def _fieller(effect: float, contact: float, error: float, other: float, both: float, reach: float) -> Estimate | None:
    """The ratio of two estimates with Fieller's interval; None where it has no end."""
    first = contact**2 - reach**2 * other
    middle = effect * contact - reach**2 * both
    last = effect**2 - reach**2 * error
    under = middle**2 - first * last
    if contact <= 0 or first <= 0 or under < 0:
        return None
    root = float(np.sqrt(under))
    return Estimate(effect / contact, (middle - root) / first, (middle + root) / first)
