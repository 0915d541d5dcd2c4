"""Are there as many of each arm as were drawn? Where not, something went wrong on the way, and no effect can be believed.

Lists that were cut, outcomes that come back more often from one arm, a link that works for half: all of it shows here
first. Units drawn in blocks are as many as they should be almost to the unit, so there the test errs to the side of
silence; what it is mainly for is what came back: of whom an outcome is known, who is on the list that was carried out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.experiments.given import shares_of
from groundswell.stats.given import Label
from groundswell.vocabulary import EvidenceError

ALARM = 0.001
"""Below this something is wrong; above it, one look in a thousand at a sound experiment is called unsound."""
_FEW = 5.0
_DRAWS = 100_000
_SPREADS = np.array([100.0, 1_000.0, 10_000.0, 100_000.0])
"""Units that the prior is worth: from shares that are off by some in a hundred to some in a thousand."""


@dataclass(frozen=True)
class SampleRatio:
    """Whether counts are as drawn.

    Attributes:
        p: how likely counts at least this far off are where all is well; always valid where that was asked for.
        expected: arm -> how many there should be.
        arm: the arm that is furthest off, measured in its standard errors.
    """

    p: float
    expected: Mapping[Any, float]
    arm: Any

    @property
    def alarm(self) -> bool:
        """Is p below 0.001? Then find out what happened before any effect is told."""
        return self.p < ALARM


def sample_ratio(
    counts: Mapping[Label, int], shares: Mapping[Any, float], *, always_valid: bool = False, seed: int = 0
) -> SampleRatio:
    """Compare how many there are of each arm with how many were to be drawn.

    Args:
        counts: arm -> how many units; or how many of them have a known outcome, were reached, came back.
        shares: arm -> share that was drawn with.
        always_valid: True where it is looked at again and again: p then holds over all looks together.
        seed: of the simulated draws, for small counts of three arms and more.

    Returns:
        Pearson's chi-squared test where 5 or more are expected in every arm; else the exact one for two arms, or 100,000
        simulated draws for more. Always valid: one over the Bayes factor of shares that are off against those drawn with,
        averaged over four priors that differ in how far off they expect them.

    Raises:
        EvidenceError: for an arm without a share, counts that are none, or nobody at all.

    >>> found = sample_ratio({"nothing": 5_210, "letter": 4_790}, {"nothing": 0.5, "letter": 0.5})
    >>> found.alarm, found.expected["letter"]
    (True, 5000.0)
    >>> sample_ratio({"nothing": 5_010, "letter": 4_990}, {"nothing": 0.5, "letter": 0.5}).alarm
    False

    Fabijan et al. (2019), Diagnosing sample ratio mismatch; Lindon & Malek (2022), Anytime-valid inference for multinomial
    count data.
    """
    names = {str(arm): arm for arm in shares}
    share = np.array(list(shares_of({name: shares[arm] for name, arm in names.items()}).values()))
    arms = [names[name] for name in sorted(names)]
    found = _counted(counts, arms)
    total = float(found.sum())
    expected = total * share
    p = _always(found, share) if always_valid else _once(found, share, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = np.nan_to_num(np.abs(found - expected) / np.sqrt(expected * (1 - share)))
    return SampleRatio(p=p, expected=dict(zip(arms, expected.tolist(), strict=True)), arm=arms[int(np.argmax(off))])


def _counted(counts: Mapping[Label, int], arms: list[Any]) -> NDArray[np.float64]:
    """(arms,) the counts in the order of the arms; one that is not told is 0."""
    strange = [arm for arm in counts if arm not in arms]
    if strange:
        raise EvidenceError(
            f"There is no share for {strange[0]!r}.",
            found=", ".join(map(repr, arms)),
            expected="a share for every arm that was counted",
        )
    found = np.array([counts.get(arm, 0) for arm in arms], dtype=np.float64)
    sound = np.isfinite(found) & (found >= 0) & (found == np.floor(found))
    if not sound.all() or not found.any():
        raise EvidenceError(
            "These are no counts." if not sound.all() else "There is nobody to count.",
            found=str(dict(counts)),
            expected="whole numbers, 0 or more, not all 0",
        )
    return found


def _once(found: NDArray[np.float64], share: NDArray[np.float64], seed: int) -> float:
    """The p-value of one look."""
    if len(found) == 1:
        return 1.0
    total = int(found.sum())
    expected = total * share
    statistic = float(((found - expected) ** 2 / expected).sum())
    if expected.min() >= _FEW:
        from scipy.special import chdtrc  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

        return float(chdtrc(len(found) - 1, statistic))
    near = statistic * (1 - 1e-9)  # what is as far off counts as at least as far, whatever the last bit says
    if len(found) == 2:
        one = np.arange(total + 1)
        far = (one - expected[0]) ** 2 / expected[0] + (total - one - expected[1]) ** 2 / expected[1] >= near
        return min(1.0, float(_binomial(total, share[0])[far].sum()))
    draws = np.random.default_rng(seed).multinomial(total, share / share.sum(), size=_DRAWS)
    far = ((draws - expected) ** 2 / expected).sum(axis=1) >= near
    return float((1 + far.sum()) / (1 + _DRAWS))


def _binomial(total: int, share: float) -> NDArray[np.float64]:
    """(total + 1,) the probability of each count."""
    from scipy.special import gammaln  # noqa: PLC0415

    one = np.arange(total + 1)
    ways = gammaln(total + 1) - gammaln(one + 1) - gammaln(total - one + 1)
    return np.asarray(np.exp(ways + one * math.log(share) + (total - one) * math.log1p(-share)), dtype=np.float64)


def _always(found: NDArray[np.float64], share: NDArray[np.float64]) -> float:
    """One over the Bayes factor of Dirichlet-multinomial counts against multinomial ones, at most 1.

    Under the shares drawn with, the factor is a martingale that starts at 1: it ever passes 1 / a with probability a at most
    (Ville 1939); a mean of such factors is one, too.
    """
    from scipy.special import gammaln  # noqa: PLC0415

    total = found.sum()
    prior = np.outer(_SPREADS, share)
    logs = gammaln(_SPREADS) - gammaln(_SPREADS + total) + (gammaln(prior + found) - gammaln(prior)).sum(axis=1)
    factor = float(np.logaddexp.reduce(logs)) - math.log(len(_SPREADS)) - float(found @ np.log(share))
    return math.exp(-max(factor, 0.0))
