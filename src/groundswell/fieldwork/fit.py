"""What makes a messenger fit: learnt from those whose messenger was drawn by chance.

Among them the messenger's likeness less what chance makes of it on average is as good as an experiment: it hangs on nothing
else (a randomised slot with known probabilities; Robinson 1988 for the centred regression). That people listen to their like
is where it starts, with a weight that gives way to any evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import Estimate, cluster_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AGAIN = "again"
"""Beside the traits: the same messenger as in an earlier round. Chance gives that so rarely that it is not valued."""
KNOWS = "knows"
"""The two know each other. Not valued either."""
CARES = "cares"
"""How much the messenger cares about what is said."""
BELIEF = 0.02
"""What full likeness in everything is thought to add before anything is known, in standard deviations of the outcome."""
_SPREADS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)  # how far effects may lie from that, in the same measure
_FEWEST = 30  # drawn calls, below which nothing is learnt
_A_TRAIT = 10  # drawn calls for each trait, below which a choice of messengers is not valued
_NOT_SEEN = Estimate(0.0, -np.inf, np.inf)


@dataclass(frozen=True)
class Spoke:
    """Calls and visits whose messenger was drawn by chance, and what came of them; n of them, F traits.

    Attributes:
        names: the traits.
        like: (n, F) how alike the messenger was.
        expected: (n, F) how alike messengers would have been on average, by the same draw.
        value: (n,) what the person did of the goal action.
        block: (n,) round and option: what is compared.
        unit: (n,) whose outcomes hang together: households.
        messenger: (n,) the messenger's id.
    """

    names: tuple[str, ...]
    like: Floats
    expected: Floats
    value: Floats
    block: Ints
    unit: Ints
    messenger: Sequence[str] = ()

    def part(self, rows: NDArray[np.bool_]) -> Spoke:
        """Some of them."""
        ids = [one for one, mine in zip(self.messenger, rows.tolist(), strict=True) if mine]
        like, expected, value = self.like[rows], self.expected[rows], self.value[rows]
        return Spoke(self.names, like, expected, value, self.block[rows], self.unit[rows], ids)


def block_means(values: Floats, block: Ints, wanted: Ints) -> Floats:
    """(m,) the mean of values in each wanted block; 0 where a block has none."""
    count = int(max(block.max(initial=-1), wanted.max(initial=-1))) + 1
    many = np.bincount(block, minlength=count)
    return np.asarray((np.bincount(block, values, minlength=count) / np.maximum(many, 1))[wanted])


@dataclass(frozen=True)
class Fit:
    """What a messenger adds to a person's outcome.

    Attributes:
        names: F traits.
        weight: (F,) what full likeness in each is taken to add: shrunken.
        voice: messenger -> what they add to anybody: shrunken.
        effects: (F,) the same without any belief, each with its interval; where nothing can be seen, all of the line.
        calls: drawn calls it rests on.
    """

    names: tuple[str, ...]
    weight: Floats
    voice: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[Estimate, ...] = ()
    calls: int = 0

    @classmethod
    def believed(cls, names: Sequence[str], spread: float = 1.0) -> Fit:
        """Where nothing is known: likeness, each trait as much as the others.

        >>> Fit.believed(["age", "district"]).weight.tolist()
        [0.01, 0.01]
        """
        return cls(tuple(names), np.full(len(names), BELIEF * spread / max(len(names), 1)))

    def told(self) -> list[tuple[str, float, Estimate | None]]:
        """Trait, weight, and what full likeness in it was seen to add; None where nothing could be seen."""
        seen = self.effects or (_NOT_SEEN,) * len(self.names)
        return [
            (name, float(weight), effect if np.isfinite(effect.upper) else None)
            for name, weight, effect in zip(self.names, self.weight, seen, strict=True)
        ]

    def score(self, like: Floats, voices: Floats) -> Floats:
        """(...,) what a messenger adds, from (..., F) likeness and what each adds to anybody."""
        return np.asarray(like @ self.weight + voices)

    def voices(self, messengers: Sequence[str]) -> Floats:
        """(messengers,) what each adds to anybody; 0 where nothing is known."""
        return np.array([self.voice.get(one, 0.0) for one in messengers], dtype=np.float64)


def learn_fit(spoke: Spoke) -> Fit:
    """Learn what makes a messenger fit.

    Args:
        spoke: calls whose messenger was drawn by chance.

    Returns:
        Likeness alone where there are too few. Effects are ordinary least squares of the outcome, less what its round,
        option and the person's own chance of likeness foretell, on centred likeness, with an interval by unit; weights draw
        them towards likeness by as much as chance alone makes them differ (empirical Bayes by marginal likelihood).

    >>> rng = np.random.default_rng(0)
    >>> like = rng.random((4000, 1))
    >>> value = (rng.random(4000) < 0.1 + 0.2 * like[:, 0]).astype(float)
    >>> here = np.arange(4000)
    >>> found = learn_fit(Spoke(("age",), like, np.full((4000, 1), 0.5), value, here * 0, here, ["v"] * 4000))
    >>> bool(0.15 < found.weight[0] < 0.25), found.effects[0].lower > 0
    (True, True)
    """
    spread = float(spoke.value.std()) if len(spoke.value) else 1.0
    start = Fit.believed(spoke.names, spread or 1.0)
    if len(spoke.value) < _FEWEST or spread == 0.0:
        return Fit(start.names, start.weight, {}, tuple([_NOT_SEEN] * len(start.names)), len(spoke.value))
    centred, rest, lost = centre(spoke)
    seen = np.flatnonzero(centred.std(axis=0) > 1e-9)
    weight = start.weight.copy()
    effects = [_NOT_SEEN] * len(weight)
    if len(seen):
        theta, spread_of = _least_squares(centred[:, seen], rest, spoke.unit, lost)
        weight[seen] = _shrunken(theta, spread_of, start.weight[seen], spread)
        for place, value, variance in zip(seen.tolist(), theta, np.diag(spread_of), strict=True):
            effects[place] = Estimate.around(float(value), float(np.sqrt(variance)))
    return Fit(start.names, weight, _voices(spoke, rest - centred @ weight), tuple(effects), len(rest))


def centre(spoke: Spoke) -> tuple[Floats, Floats, int]:
    """Likeness less what chance makes of it, outcomes less what is known without the messenger, and what that took.

    Returns:
        (n, F), (n,), and how many numbers were estimated for it.
    """
    blocks, place = np.unique(spoke.block, return_inverse=True)
    known = np.column_stack([np.eye(len(blocks))[place], spoke.expected])
    rest = spoke.value - known @ np.linalg.lstsq(known, spoke.value, rcond=None)[0]
    return spoke.like - spoke.expected, rest, len(blocks) + len(spoke.names)


def _least_squares(centred: Floats, rest: Floats, unit: Ints, lost: int) -> tuple[Floats, Floats]:
    """(F,) effects and their (F, F) variance by unit (Liang and Zeger 1986), corrected for what was estimated."""
    gram = np.linalg.pinv(centred.T @ centred)
    theta = gram @ (centred.T @ rest)
    units, place = np.unique(unit, return_inverse=True)
    left = centred * (rest - centred @ theta)[:, None]
    sums = np.column_stack([cluster_sums(column, place, len(units)) for column in left.T])
    count = len(rest)
    few = len(units) / max(len(units) - 1, 1) * count / max(count - lost - centred.shape[1], 1)
    return theta, gram @ (sums.T @ sums) @ gram * few


def _shrunken(theta: Floats, variance: Floats, belief: Floats, spread: float) -> Floats:
    """Effects drawn towards what was believed: how far, and how much alike traits are, is what makes the data likeliest."""
    count = len(theta)
    away = theta - belief
    found, best = np.zeros(count), -np.inf
    for common, own in product(_SPREADS, _SPREADS):
        prior = spread**2 * (common**2 * np.ones((count, count)) + own**2 * np.eye(count))
        whole = variance + prior + 1e-15 * np.eye(count)
        solved = np.linalg.solve(whole, away)
        likelihood = -0.5 * (np.linalg.slogdet(whole)[1] + away @ solved)
        if likelihood > best:
            best, found = likelihood, prior @ solved
    return np.asarray(belief + found)


def _voices(spoke: Spoke, rest: Floats) -> dict[str, float]:
    """What each messenger adds to anybody, shrunken by a variance of moments (as DerSimonian and Laird 1986)."""
    if not len(spoke.messenger):
        return {}
    ids, place = np.unique(np.asarray(spoke.messenger, dtype=np.str_), return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    total = np.bincount(place, rest)
    noise = float(rest.var())
    between = (float((total**2 / count).sum()) - len(ids) * noise) / max(
        len(rest) - float((count**2).sum()) / len(rest), 1e-9
    )
    if between <= 0 or len(ids) < 2:
        return {}
    return dict(zip(ids.tolist(), (total * between / (count * between + noise)).tolist(), strict=True))


class Shown(NamedTuple):
    """What some calls show of messengers, by ordinary least squares.

    Attributes:
        effect: (F + 1,) what likeness in each trait adds, and one unit of what a fit says of the messenger alone.
        variance: (F + 1, F + 1) by unit.
    """

    effect: Floats
    variance: Floats

    def worth(self, shift: Floats) -> tuple[float, float]:
        """The value of a (F + 1,) shift, and its variance."""
        return float(self.effect @ shift), float(shift @ self.variance @ shift)


def shown_by(spoke: Spoke, fit: Fit) -> Shown | None:
    """What calls show that a fit was not learnt from; None where there are too few.

    Args:
        spoke: drawn calls that the fit does not know.
        fit: learnt elsewhere: what it says of each messenger alone is put to the test as one more trait.
    """
    size = len(spoke.names) + 1
    if len(spoke.value) < max(_FEWEST, _A_TRAIT * size):
        return None
    centred, rest, lost = centre(spoke)
    voices = fit.voices(spoke.messenger)
    told = np.column_stack([centred, voices - block_means(voices, spoke.block, spoke.block)])
    told[:, [name in {AGAIN, KNOWS} for name in (*spoke.names, "")]] = 0.0
    seen = np.flatnonzero(told.std(axis=0) > 1e-12)
    effect, variance = np.zeros(size), np.zeros((size, size))
    if len(seen):
        effect[seen], variance[np.ix_(seen, seen)] = _least_squares(told[:, seen], rest, spoke.unit, lost)
    return Shown(effect, variance)
