"""What a policy is worth on people it was not learnt from, with the interval that units deserve.

A policy is a row of probabilities over the arms for each unit. Its value per person is the sum of those times the doubly
robust outcomes, over all people, contacted or not; a difference of two policies uses the difference of their rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import Estimate, cluster_sums
from groundswell.uplift.evidence import Evidence


def policy_value(
    policy: NDArray[np.float64],
    gamma: NDArray[np.float64],
    *,
    size: NDArray[np.float64],
    cluster: NDArray[np.int64] | None = None,
    against: NDArray[np.float64] | None = None,
) -> Estimate:
    """The value of a policy per person, or its difference to another.

    Args:
        policy: (units, arms) probabilities, fixed before these units' outcomes were looked at.
        gamma: (units, arms) doubly robust outcome summed over the people of each unit.
        size: (units,) people in each unit.
        cluster: (units,) what the interval is clustered by; None: the unit.
        against: (units, arms) another policy: the paired difference is estimated.

    Returns:
        The value with its 95 % interval: ``psi = sum_k pi gamma - value n``, ``SE = sqrt(sum psi^2) / sum n``.

    >>> value = policy_value(np.array([[0.0, 1.0]] * 2), np.array([[0.0, 1.0]] * 2), size=np.array([1.0, 1.0]))
    >>> value.value
    1.0
    """
    rows = policy if against is None else policy - against
    total = np.einsum("uk,uk->u", rows, gamma)
    people = size.sum()
    value = float(total.sum() / people)
    psi = total - value * size
    if cluster is not None:
        psi = cluster_sums(psi, cluster, int(cluster.max()) + 1)
    return Estimate.around(value, float(np.sqrt(psi @ psi)) / people)


def effective_units(policy: NDArray[np.float64], evidence: Evidence) -> float:
    """How many units' worth of evidence a policy's value rests on (Kish 1965).

    >>> policy_on_everybody = np.array([[1.0, 0.0]])
    >>> traits = __import__("pyarrow").table({"age": [1.0]})
    >>> one = Evidence(traits, ("nothing", "a/post"), *map(np.array, ([0], [1.0], [0.5], [0], [0])), ("h",))
    >>> effective_units(policy_on_everybody, one)
    1.0
    """
    weight = policy[np.arange(evidence.units), evidence.unit_arm] / evidence.unit_propensity
    squared = float(weight @ weight)
    return float(weight.sum() ** 2 / squared) if squared > 0 else 0.0


class Curve(NamedTuple):
    """Gain per person when the best-ranked share of people gets one option (an uplift or Qini curve).

    Attributes:
        share: (points,) share of people treated, best first.
        gain: (points,) gain over nothing, per person of all.
        error: (points,) its unit-clustered standard error.
    """

    share: NDArray[np.float64]
    gain: NDArray[np.float64]
    error: NDArray[np.float64]


def uplift_curve(
    effect: NDArray[np.float64],
    gain: NDArray[np.float64],
    *,
    size: NDArray[np.float64],
    cluster: NDArray[np.int64],
    points: int = 20,
) -> Curve:
    """The gain of one option over nothing when units are treated in the order of a model that did not see them.

    Args:
        effect: (units,) predicted effect per person: the ranking; units that tie are treated together.
        gain: (units,) doubly robust gain of each unit, summed over its people.
        size: (units,) people in each unit.
        cluster: (units,) what the interval is clustered by.
        points: how many steps.

    Returns:
        The curve from 0 to everybody.

    >>> curve = uplift_curve(np.array([2.0, 1.0]), np.array([1.0, 0.0]), size=np.ones(2), cluster=np.arange(2), points=2)
    >>> curve.gain.tolist()
    [0.0, 0.5, 0.5]
    """
    order = np.argsort(-effect, kind="stable")
    reached = np.cumsum(size[order]) / size.sum()
    shares, gains, errors = [0.0], [0.0], [0.0]
    count = int(cluster.max()) + 1
    for point in range(1, points + 1):
        last = min(int(np.searchsorted(reached, point / points - 1e-12)), len(order) - 1)
        treated = effect >= effect[order[last]]
        value = float((gain * treated).sum() / size.sum())
        psi = cluster_sums(gain * treated - value * size, cluster, count)
        shares.append(float(size[treated].sum() / size.sum()))
        gains.append(value)
        errors.append(float(np.sqrt(psi @ psi) / size.sum()))
    return Curve(np.array(shares), np.array(gains), np.array(errors))
