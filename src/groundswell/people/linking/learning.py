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
Flags = npt.NDArray[np.bool_]

CODES = 1 << BITS
_ROUNDS = 200
_STEADY = 1e-5
_PRIOR_PAIRS = 30.0
_PRIOR_SHARE = 0.05
_ANSWER = 5.0
"""How many pairs of its pattern one answer of a person counts for."""
_CONTACTS = ("phone", "email", "address", "unit", "place")
_NAMED_AFTER = 0.02
"""Of two of one home whose birth years are others, how often one was named after the other."""
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
        return self._odds(*self.ratios(patterns))

    def ratios(self, patterns: Ints) -> tuple[Floats, Floats]:
        """What each comparison adds: how much more often one person, and one home, shows it than strangers do.

        Each is (comparisons, patterns). To what was learnt two rules are added that keep relatives apart whose birth years
        are others: what a home shares speaks for one person no more than for one home, however rarely the homes of this list
        share it; and the same first name may be that of a parent and a child.
        """
        codes = codes_of(patterns, len(self.comparisons))
        same, home = self.learnt(patterns)
        _, born = _others(self.comparisons, codes)
        for place, one in enumerate(self.comparisons):
            if one.name in _CONTACTS:
                home[place] = np.where(born, np.maximum(same[place], home[place]), home[place])
            if one.name == "first_name":
                namesakes = _NAMED_AFTER / self.strangers[place][codes[place]] + (1.0 - _NAMED_AFTER)
                home[place] = np.where(born & (codes[place] >= SAME), namesakes, home[place])
        return same, home

    def contradict(self, patterns: Ints) -> Flags:
        """Where two records are not one person, unless they are linked for themselves: a third does not bring them together.

        First names and birth years are both others, or one is a junior and one a senior; the years are, and the two are
        likelier not one person; the first names are, and they are likelier two of one home.
        """
        codes = codes_of(patterns, len(self.comparisons))
        named, born = _others(self.comparisons, codes)
        same, home = self.odds(patterns)
        apart = (named & born) | _at(self.comparisons, codes, "generation", "other")
        return apart | (born & (same < home + 1.0)) | (named & (same < home))

    def learnt(self, patterns: Ints) -> tuple[Floats, Floats]:
        """:meth:`ratios` without the rules: learning with them would find homes where a list has none."""
        codes = codes_of(patterns, len(self.comparisons))
        same, home = np.ones((2, len(codes), *patterns.shape))  # also where nothing can be compared
        for place, its in enumerate(codes):
            same[place], home[place] = self.same[place][its], self.home[place][its]
        return same, home

    def learnt_odds(self, patterns: Ints) -> tuple[Floats, Floats]:
        """:meth:`odds` of :meth:`learnt`."""
        return self._odds(*self.learnt(patterns))

    def _odds(self, same: Floats, home: Floats) -> tuple[Floats, Floats]:
        rest = max(1.0 - sum(self.pairs), 1e-9)
        return np.maximum(self.pairs[0] * same.prod(axis=0) / rest, 1e-300), self.pairs[1] * home.prod(axis=0) / rest


def codes_of(patterns: Ints, count: int) -> list[Ints]:
    """Each comparison's code in each pattern.

    >>> [found.tolist() for found in codes_of(np.array([2 << 5 | 1]), 2)]
    [[1], [2]]
    """
    return [(patterns >> (BITS * place)) & (CODES - 1) for place in range(count)]


def _others(comparisons: Sequence[Comparison], codes: Sequence[Ints]) -> tuple[Flags, Flags]:
    """Where the first names are others, and where the birth years are."""
    born = _at(comparisons, codes, "birth_date", "other") | _at(comparisons, codes, "birth_year", "other")
    return _at(comparisons, codes, "first_name", "other"), born


def _at(comparisons: Sequence[Comparison], codes: Sequence[Ints], name: str, level: str) -> Flags:
    for one, its in zip(comparisons, codes, strict=True):
        if one.name == name:
            found: Flags = its == 1 + [each.name for each in one.levels].index(level)
            return found
    return np.zeros(codes[0].shape if codes else 0, bool)


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
        same, home = weights.learnt_odds(patterns)
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
        rates = _rates(one, codes[place], of_same, [level.same for level in one.levels])
        same[place] = _ratios(one, weights.strangers[place], _bounded(rates, [level.most for level in one.levels]))
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


def _bounded(rates: Floats, most: Sequence[float]) -> Floats:
    """Rates none of which is more than it can be; what that leaves over goes to those that have no bound, in proportion."""
    held = np.minimum(rates, most)
    free = np.array(most) >= 1.0
    held[free] *= 1.0 + (1.0 - held.sum()) / held[free].sum()
    return held


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
