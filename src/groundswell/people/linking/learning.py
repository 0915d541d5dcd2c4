"""What likeness is worth, learnt without anybody's answers, and better with them.

Every pair is of one of three kinds: the *same* person, two people of one *home*, or two *strangers*. Fellegi and Sunter
(1969) and Splink know two; but then whatever people of a home share - a name, an address, a telephone - counts as evidence
that they are one. Here the kinds compete: a shared telephone speaks for "same" and for "home" alike, and only what is a
person's own (first name, day of birth, sex) tells these two apart. How often strangers are alike is counted in random pairs;
the rest is found by expectation maximisation (Dempster, Laird and Rubin 1977) over *all* pairs there are: those not looked at
count as strangers, so that looking only where something is shared does not mislead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from groundswell.people.linking.comparing import BITS, SAME, Comparison, level_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CODES = 1 << BITS
_ROUNDS = 200
_STEADY = 1e-5
_PRIOR_PAIRS = 30.0
_PRIOR_SHARE = 0.05
_ANSWER = 5.0
"""How many pairs of its pattern one answer of a person counts for."""
_TWIN = 0.01
"""How often people of one home have the first name or the day of birth of each other by more than chance."""


@dataclass(frozen=True)
class Weights:
    """What was learnt.

    Attributes:
        comparisons: in the order of a pattern's bits.
        strangers: comparison by code: how often strangers are so.
        same: comparison by code: how much more often records of one person are so than strangers.
        home: the same of two people of one home.
        pairs: of all pairs, the share that is the same person, and the share that is of one home.
    """

    comparisons: tuple[Comparison, ...]
    strangers: Floats
    same: Floats
    home: Floats
    pairs: tuple[float, float]

    def probability(self, patterns: Ints) -> Floats:
        """How likely pairs of these patterns are of the same person."""
        same, home = self.odds(patterns)
        return same / (same + home + 1.0)

    def log_odds(self, patterns: Ints) -> Floats:
        """Log odds, base 2, that pairs of these patterns are of the same person."""
        same, home = self.odds(patterns)
        return np.log2(same) - np.log2(home + 1.0)

    def odds(self, patterns: Ints) -> tuple[Floats, Floats]:
        """How much more likely pairs of these patterns are of the same person, and of one home, than of strangers."""
        codes = codes_of(patterns, len(self.comparisons))
        same = np.full(patterns.shape, self.pairs[0])
        home = np.full(patterns.shape, self.pairs[1])
        for place in range(len(self.comparisons)):
            same *= self.same[place][codes[place]]
            home *= self.home[place][codes[place]]
        rest = max(1.0 - sum(self.pairs), 1e-9)
        return np.maximum(same / rest, 1e-300), home / rest


def codes_of(patterns: Ints, count: int) -> list[Ints]:
    """Each comparison's code in each pattern.

    >>> [found.tolist() for found in codes_of(np.array([2 << 5 | 1]), 2)]
    [[1], [2]]
    """
    return [(patterns >> (BITS * place)) & (CODES - 1) for place in range(count)]


def contradicts(comparisons: Sequence[Comparison], patterns: Ints) -> npt.NDArray[np.bool_]:
    """Where a pair cannot be one person: other first names and other birth years, or a junior and a senior.

    >>> from groundswell.people.linking.comparing import used
    >>> contradicts(used(["suffix"], 1), np.array([0, 1, 2])).tolist()
    [False, False, True]
    """
    codes = dict(zip((one.name for one in comparisons), codes_of(patterns, len(comparisons)), strict=True))
    levels = {one.name: {level.name: place for place, level in enumerate(one.levels, 1)} for one in comparisons}

    def at(name: str, level: str) -> npt.NDArray[np.bool_]:
        return codes[name] == levels[name][level] if name in codes else np.zeros(patterns.shape, bool)

    named, born = at("first_name", "other"), at("birth_date", "other") | at("birth_year", "other")
    return (named & born) | at("generation", "other")


def strangers_of(
    comparison: Comparison, counts: Mapping[int, int], shares: Mapping[int, float], *, prior: float = 20.0
) -> Floats:
    """How often strangers have each code.

    Args:
        comparison: the one.
        counts: code -> random pairs that have it.
        shares: code of a value that is the same -> the mean share of people who have such a value.
        prior: how many pairs what is typical counts for.
    """
    levels = len(comparison.levels)
    if comparison.free:
        return np.ones(CODES)
    seen = np.zeros(levels)
    for code, count in counts.items():
        if level_of(code) >= 0:
            seen[level_of(code)] += count
    usual = np.full(levels, 1e-3)
    usual[0], usual[-1] = comparison.typical, 0.0
    usual[-1] = max(1.0 - usual.sum(), 0.1)
    rate = (seen + prior * usual) / (seen.sum() + prior * usual.sum())
    found = np.ones(CODES)
    for place in range(levels):
        found[place + 1] = rate[place]
    if comparison.value:
        found[SAME:] = 2.0 ** -(2.0 * np.arange(CODES - SAME) + 1.0)
    for code, share in shares.items():
        found[code] = share
    return found


def learn(
    comparisons: Sequence[Comparison],
    strangers: Floats,
    patterns: Ints,
    counts: Ints,
    *,
    everything: float,
    said: Mapping[int, tuple[float, float]] | None = None,
) -> Weights:
    """Learn from how often each pattern is seen.

    Args:
        comparisons: in the order of a pattern's bits.
        strangers: of :func:`strangers_of`, one row a comparison.
        patterns: those that were looked at.
        counts: how many pairs of each.
        everything: how many pairs there are at all.
        said: pattern -> how many people said "the same", and how many "not"; each counts for some pairs.
    """
    codes = codes_of(patterns, len(comparisons))
    weights = _start(comparisons, strangers, everything)
    yes = np.array([_ANSWER * (said or {}).get(int(pattern), (0.0, 0.0))[0] for pattern in patterns])
    no = np.array([_ANSWER * (said or {}).get(int(pattern), (0.0, 0.0))[1] for pattern in patterns])
    looked = counts.astype(float)
    for _ in range(_ROUNDS):
        same, home = weights.odds(patterns)
        total = same + home + 1.0
        of_same = looked * same / total + yes
        of_home = looked * home / total + no * home / (home + 1.0)
        new = _better(weights, comparisons, codes, of_same, of_home, everything)
        change = np.max(np.abs(np.log(new.same) - np.log(weights.same)), initial=0.0)
        weights = new
        if change < _STEADY:
            break
    return weights


def _start(comparisons: Sequence[Comparison], strangers: Floats, everything: float) -> Weights:
    same, home = np.ones((len(comparisons), CODES)), np.ones((len(comparisons), CODES))
    for place, one in enumerate(comparisons):
        same[place] = _ratios(one, strangers[place], np.array([level.same for level in one.levels]))
        home[place] = _of_home(one, strangers[place], None)
    count = max((1.0 + np.sqrt(1.0 + 8.0 * everything)) / 2.0, 2.0)
    return Weights(tuple(comparisons), strangers, same, home, (0.05 / count, 0.5 / count))


def _better(
    weights: Weights,
    comparisons: Sequence[Comparison],
    codes: Sequence[Ints],
    of_same: Floats,
    of_home: Floats,
    everything: float,
) -> Weights:
    same, home = weights.same.copy(), weights.home.copy()
    for place, one in enumerate(comparisons):
        same[place] = _ratios(
            one, weights.strangers[place], _rates(one, codes[place], of_same, [level.same for level in one.levels])
        )
        if one.shared:
            rates = _rates(one, codes[place], of_home, [level.home or 0.0 for level in one.levels])
            home[place] = _of_home(one, weights.strangers[place], rates)
    shares = ((of_same.sum() + 0.1) / (everything + 1.0), (of_home.sum() + 0.1) / (everything + 1.0))
    return replace(weights, same=same, home=home, pairs=shares)


def _rates(one: Comparison, codes: Ints, mass: Floats, prior: Sequence[float]) -> Floats:
    """How often each level is seen, drawn a little towards what is usual."""
    by_code = np.bincount(codes, mass, minlength=CODES)
    seen = np.zeros(len(one.levels))
    for code in np.flatnonzero(by_code):
        if level_of(int(code)) >= 0:
            seen[level_of(int(code))] += by_code[code]
    strength = _PRIOR_PAIRS + _PRIOR_SHARE * seen.sum()
    usual = np.array(prior) / sum(prior)
    rates: Floats = (seen + strength * usual) / (seen.sum() + strength)
    return rates


def _ratios(one: Comparison, strangers: Floats, rates: Floats) -> Floats:
    """How much more often a code is seen than among strangers, by code."""
    found = np.ones(CODES)
    for place, rate in enumerate(rates):
        found[place + 1] = rate / strangers[place + 1]
    if one.value:
        found[SAME:] = rates[0] / strangers[SAME:] + (1.0 - rates[0])
    return found


def _of_home(one: Comparison, strangers: Floats, rates: Floats | None) -> Floats:
    if one.shared:
        usual = np.array([level.home or 0.0 for level in one.levels])
        return _ratios(one, strangers, usual / usual.sum() if rates is None else rates)
    found = np.ones(CODES)
    if one.value:
        found[SAME:] = _TWIN / strangers[SAME:] + (1.0 - _TWIN)
    return found
