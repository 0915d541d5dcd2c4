"""What a policy is worth on people it was not learnt from, with the interval that units deserve.

A policy is a row of probabilities over the arms. Its value per person is the sum of those times the outcome under each arm,
over all people, contacted or not; a difference of two policies uses the difference of their rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.stats import (
    Estimate,
    chances_of,
    cluster_sums,
    labels_of,
    matrix_of,
    numbers_of,
    of_length,
    t_value,
    units_of,
)
from groundswell.stats.given import Label
from groundswell.uplift.evidence import Evidence
from groundswell.uplift.given import arms_of, no_propensities
from groundswell.vocabulary import EvidenceError

Method = Literal["ips", "snips", "dm", "dr"]
FEWEST = 100
"""A value that rests on fewer effective units is warned of."""
MOST_OUTSIDE = 0.05
"""A policy with more weight than this on what could not be drawn is refused."""


class EvidenceWarning(UserWarning):
    """What was asked for is given, and rests on little."""


def policy_value(
    choice: object,
    arm: Iterable[Label],
    outcome: ArrayLike,
    *,
    propensity: object,
    unit: Iterable[Label] | None = None,
    outcome_model: object = None,
    against: object = None,
    method: Method | None = None,
) -> Estimate:
    """The value of a policy per person, or its paired difference to another, from what was drawn at random.

    Args:
        choice: what the policy would do, fixed before these outcomes were looked at: (n,) names of arms, or (n, arms)
            probabilities in the order of the arms (``"nothing"`` first, the others in order), or a table whose columns bear
            their names.
        arm: (n,) the arm each row was drawn for.
        outcome: (n,) what came of it.
        propensity: (n,) the probability with which each row was drawn for its arm; or (n, arms), of every arm.
        unit: (n,) whom the interval is clustered by: household, team; None: every row by itself.
        outcome_model: (n, arms) outcome expected under each arm, from models that did not see the row.
        against: another policy, as ``choice``: the difference is estimated.
        method: ``"ips"`` inverse propensity (without a model), ``"dr"`` doubly robust (with one), ``"snips"`` inverse
            propensity divided by the sum of the weights, ``"dm"`` the model alone, whose interval knows nothing of its bias.

    Returns:
        The value (or difference) per row with its 95 % interval; Student's t with as many degrees of freedom as there are
        effective units (Kish 1965), less one.

    Raises:
        EvidenceError: for propensities that are none, columns that do not fit the arms, and for a policy of which more than
            5 % is outside what could have been drawn, nothing was drawn, or little: fewer than 100 effective units.

    Warns:
        EvidenceWarning: when all did the same, and the interval has no end.

    >>> rng = np.random.default_rng(1)
    >>> drawn = np.where(rng.random(4_000) < 0.5, "letter", "nothing")
    >>> acted = rng.random(4_000) < np.where(drawn == "letter", 0.3, 0.2)
    >>> found = policy_value(["letter"] * 4_000, drawn, acted, propensity=np.full(4_000, 0.5), against=["nothing"] * 4_000)
    >>> found.lower < 0.1 < found.upper
    True

    Horvitz & Thompson (1952); Swaminathan & Joachims (2015) for the self-normalised, Dudík, Langford & Li (2011) for the
    doubly robust estimator.
    """
    drawn = labels_of(arm, "arm")
    count = len(drawn)
    if not count:
        raise EvidenceError(
            "There is nothing to value a policy with.", found="no rows", expected="rows of an experiment"
        )
    arms, index = _all_arms(drawn, choice, against, propensity)
    y = numbers_of(outcome, "outcome", count)
    place, names = units_of(unit, count)
    if propensity is None and method != "dm":
        raise no_propensities()
    chance, every = chances_of(propensity, index, arms, place)
    model = None if outcome_model is None else matrix_of(outcome_model, arms, "outcome_model")
    if model is not None:
        of_length(model, "outcome_model", count)
    way = method or ("ips" if model is None else "dr")
    _refuse_method(way, model)
    mine = _Sums(index, y, chance, model, way)
    policy = _rows(choice, arms, count, "choice")
    value, psi = mine.value(policy, every, "choice")
    if against is not None:
        other = _rows(against, arms, count, "against")
        less, psi_less = mine.value(other, every, "against")
        value, psi = value - less, psi - psi_less
        policy = policy - other
    if against is not None and not policy.any():
        return Estimate(0.0, 0.0, 0.0)  # the same policy twice differs by nothing, whatever it rests on
    by_unit = cluster_sums(psi, place, len(names))
    error = float(np.sqrt(by_unit @ by_unit)) / count
    units = float(len(names)) if way == "dm" else _effective(policy, index, chance, place, len(names))
    if not units:
        raise EvidenceError(
            "Nobody was drawn for what the policy would do.",
            found="no row in whose arm it has a probability",
            expected="some overlap of choice (and against) with what was drawn",
            hint="A policy can be valued only on what was tried.",
        )
    if units < FEWEST:
        raise EvidenceError(
            "This value would rest on too little.",
            found=f"{units:.0f} effective units",
            expected=f"{FEWEST} or more that were drawn for what the policy would do",
            hint="Draw more for it, or value a policy that is nearer to what was tried.",
        )
    if error == 0.0:
        warnings.warn(
            "What came of it is the same in all rows that tell something, so nobody can say how sure this value is.",
            EvidenceWarning,
            stacklevel=2,
        )
        return Estimate(value, float("-inf"), float("inf"))
    reach = t_value(0.975, units - 1) * error
    return Estimate(value, value - reach, value + reach)


def _all_arms(
    drawn: NDArray[Any], choice: object, against: object, propensity: object
) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """The arms: those drawn; and whole numbers that name the columns of a matrix, where it has more than were drawn."""
    arms, index = arms_of(drawn)
    columns = max(
        (one.shape[1] for one in (choice, against, propensity) if isinstance(one, np.ndarray) and one.ndim == 2),
        default=0,
    )
    if columns > len(arms) and drawn.dtype.kind in "iu" and drawn.min() >= 0 and drawn.max() < columns:
        return tuple(range(columns)), drawn.astype(np.int64)
    return arms, index


def _refuse_method(way: str, model: NDArray[np.float64] | None) -> None:
    if way not in get_args(Method):
        raise EvidenceError("There is no such method.", found=repr(way), expected=", ".join(get_args(Method)))
    if model is None and way in {"dm", "dr"}:
        raise EvidenceError(
            f"The method {way} needs a model of the outcome.",
            expected="outcome_model: (n, arms) expected outcomes, from models that did not see the row",
        )


def _rows(given: object, arms: tuple[Any, ...], count: int, what: str) -> NDArray[np.float64]:
    """(n, arms) probabilities of a policy that was given as such, or as names."""
    if np.ndim(given) == 1 and not hasattr(given, "column_names"):  # type: ignore[arg-type]
        chosen = labels_of(given, what, count)  # type: ignore[arg-type]
        found = np.zeros((count, len(arms)))
        known = np.zeros(count, dtype=bool)
        for column, name in enumerate(arms):
            found[:, column] = chosen == name
            known |= found[:, column] > 0
        if not known.all():
            odd = chosen[~known]
            raise EvidenceError(
                f"{what} names an arm that was never drawn.",
                found=f"{odd[0]!r}, in {len(odd)} rows",
                expected=", ".join(map(repr, arms)),
                hint="A policy can be valued only on what was tried.",
            )
        return found
    found = matrix_of(given, arms, what)
    of_length(found, what, count)
    off = np.flatnonzero(~((found >= 0).all(axis=1) & (np.abs(found.sum(axis=1) - 1.0) <= 1e-6)))
    if len(off):
        raise EvidenceError(
            f"The probabilities of {what} are none in {len(off)} rows.",
            found=f"{found[off[0]].tolist()} in row {off[0]} (counted from 0)",
            expected="0 or more in every column, 1 in all",
        )
    return found


class _Sums:
    """What was drawn, and how it is turned into a value."""

    def __init__(
        self,
        arm: NDArray[np.int64],
        outcome: NDArray[np.float64],
        chance: NDArray[np.float64],
        model: NDArray[np.float64] | None,
        way: str,
    ) -> None:
        self._here = np.arange(len(arm)), arm
        self._outcome, self._chance, self._model, self._way = outcome, chance, model, way

    def value(
        self, policy: NDArray[np.float64], every: NDArray[np.float64] | None, what: str
    ) -> tuple[float, NDArray[np.float64]]:
        """The value per row, and (n,) each row's share in its error."""
        if every is not None and self._way != "dm":
            outside = float(policy[every <= 0].sum()) / len(policy)
            if outside > MOST_OUTSIDE:
                raise EvidenceError(
                    f"{100 * outside:.1f} % of {what} is on what could not have been drawn.",
                    found="arms with propensity 0",
                    expected=f"at most {100 * MOST_OUTSIDE:.0f} %",
                    hint="Value the policy on those people only who could have got what it gives them.",
                )
        weight = policy[self._here] / self._chance
        if self._way == "snips":
            total = weight.sum()
            if total <= 0:
                raise EvidenceError(f"Nobody was drawn for what {what} would do.", expected="some overlap")
            value = float(weight @ self._outcome / total)
            return value, weight * (self._outcome - value) * len(weight) / total
        each = weight * self._outcome
        if self._model is not None and self._way != "ips":
            expected = np.einsum("nk,nk->n", policy, self._model)
            each = expected if self._way == "dm" else expected + weight * (self._outcome - self._model[self._here])
        value = float(each.mean())
        return value, each - value


def _effective(
    policy: NDArray[np.float64],
    arm: NDArray[np.int64],
    chance: NDArray[np.float64],
    place: NDArray[np.int64],
    units: int,
) -> float:
    """Kish's effective number of units; of a difference, those on which two policies differ."""
    weight = cluster_sums(np.abs(policy[np.arange(len(arm)), arm]) / chance, place, units)
    squared = float(weight @ weight)
    return float(weight.sum() ** 2 / squared) if squared > 0 else 0.0


def value_by_unit(
    policy: NDArray[np.float64],
    gamma: NDArray[np.float64],
    *,
    size: NDArray[np.float64],
    cluster: NDArray[np.int64] | None = None,
    against: NDArray[np.float64] | None = None,
) -> Estimate:
    """The value per person of a policy for units, from sums by unit; or its difference to another.

    Args:
        policy: (units, arms) probabilities, fixed before these units' outcomes were looked at.
        gamma: (units, arms) doubly robust outcome summed over the people of each unit.
        size: (units,) people in each unit.
        cluster: (units,) what the interval is clustered by; None: the unit.
        against: (units, arms) another policy: the paired difference is estimated.

    Returns:
        The value with its 95 % interval: ``psi = sum_k pi gamma - value n``, ``SE = sqrt(sum psi^2) / sum n``.

    >>> value = value_by_unit(np.array([[0.0, 1.0]] * 2), np.array([[0.0, 1.0]] * 2), size=np.array([1.0, 1.0]))
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
    """How many clusters' worth of evidence a policy's value rests on (Kish 1965), rounds by their information.

    >>> policy_on_everybody = np.array([[1.0, 0.0]])
    >>> traits = __import__("pyarrow").table({"age": [1.0]})
    >>> one = Evidence(traits, ("nothing", "a/post"), *map(np.array, ([0], [1.0], [0.5], [0], [0])), ("h",))
    >>> effective_units(policy_on_everybody, one)
    1.0
    """
    each = policy[np.arange(evidence.units), evidence.unit_arm] / evidence.unit_propensity * evidence.information
    weight = cluster_sums(each, evidence.cluster, int(evidence.cluster.max(initial=0)) + 1)
    squared = float(weight @ weight)
    return float(weight.sum() ** 2 / squared) if squared > 0 else 0.0
