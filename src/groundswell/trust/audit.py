"""Is the past experiment what it says it is? Two old tests that catch most broken ones.

A sample ratio that does not fit the propensities, or outcomes that are missing more often for one option, mean that the
groups are no longer alike: then no method mends what is learnt from them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from groundswell.stats import cluster_sums
from groundswell.uplift import Evidence

_EVEN = 0.05  # weights that differ by less than this part leave plain differences as they are
SUSPICIOUS = 0.001
"""Below this probability the report warns."""


def audit(
    evidence: Evidence | None, missing: Mapping[str, int], unmatched: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Test an experiment's sample ratio and its missing outcomes.

    Args:
        evidence: the experiment; None: there is none.
        missing: option -> people whose outcome is not known.
        unmatched: option -> actions outside the window of every decision.

    Returns:
        ``sample_ratio``, ``missing`` and ``unmatched``, each with ``p`` (the probability of a result at least as odd by
        chance, None where it cannot be told) and ``suspicious``; ``uneven``, True where people were drawn with such
        different probabilities that plain differences of rates compare unlike people.

    >>> audit(None, {})["missing"]["suspicious"]
    False
    """
    known = {} if evidence is None else dict(zip(evidence.options, np.bincount(evidence.arm).tolist(), strict=False))
    ratio = None if evidence is None else _sample_ratio(evidence)
    blanks, strays = _missing(known, missing), _missing(known, unmatched or {})
    return {
        "sample_ratio": {"p": ratio, "suspicious": ratio is not None and ratio < SUSPICIOUS},
        "missing": {"p": blanks, "suspicious": blanks is not None and blanks < SUSPICIOUS},
        "unmatched": {"p": strays, "suspicious": strays is not None and strays < SUSPICIOUS},
        "uneven": evidence is not None and float(evidence.weight.std()) > _EVEN * float(evidence.weight.mean()),
    }


def _sample_ratio(evidence: Evidence) -> float:
    """Units of an arm, each weighted by one over its propensity, should add up to all it was open to; Bonferroni."""
    least, clusters = 1.0, int(evidence.cluster.max()) + 1
    for arm in range(len(evidence.options)):
        able = evidence.unit_chances[:, arm] > 0
        odds = np.where(able, np.where(evidence.unit_arm == arm, 1 / evidence.unit_propensity, 0.0) - 1, 0.0)
        # By cluster: where households were drawn and people are decided for, a household is one draw.
        by_cluster = cluster_sums(odds, evidence.cluster, clusters)
        spread = float(np.sqrt(by_cluster @ by_cluster))
        if spread > 0:
            least = min(least, math.erfc(abs(float(by_cluster.sum())) / spread / math.sqrt(2)))
    return min(1.0, least * len(evidence.options))


def _missing(known: Mapping[str, int], missing: Mapping[str, int]) -> float | None:
    """Pearson's chi-squared test of missing outcomes against the option."""
    if not any(missing.values()):
        return None
    options = sorted(known.keys() | missing.keys())
    counts = np.array([[known.get(option, 0), missing.get(option, 0)] for option in options], dtype=np.float64)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    odd = float(((counts - expected) ** 2 / np.maximum(expected, 1e-12)).sum())
    from scipy.special import chdtrc  # noqa: PLC0415 - a tenth of a second, and hardly ever needed

    return float(chdtrc(max(len(options) - 1, 1), odd))
