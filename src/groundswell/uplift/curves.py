"""How much a ranking brings: uplift (Qini) curves of each arm, and the cost curve of all arms together.

A ranking must come from models that did not see the people it is judged on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.stats import (
    FEW,
    Estimate,
    chances_of,
    cluster_sums,
    labels_of,
    matrix_of,
    numbers_of,
    of_length,
    t_value,
    units_apart,
    units_of,
)
from groundswell.stats.given import Label
from groundswell.uplift.given import arms_of, no_propensities
from groundswell.vocabulary import NOTHING, EvidenceError


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


class CostCurve(NamedTuple):
    """Gain per person when each gets the best of all arms that a price allows, from the highest price to none.

    Attributes:
        spend: (points,) cost per person of all.
        gain: (points,) gain over the baseline, per person of all.
        error: (points,) its unit-clustered standard error, of the policy at that price as it stands; infinite from where an
            arm counts of which nobody can say how sure it is.
    """

    spend: NDArray[np.float64]
    gain: NDArray[np.float64]
    error: NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """What a ranking of people for one arm is worth.

    Attributes:
        curve: gain by the share treated.
        auuc: area under the curve: the gain per person, on average over all shares from nobody to everybody.
        qini: the part of that area above the straight line, which is what a random order gives.
    """

    curve: Curve
    auuc: Estimate
    qini: Estimate


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


def qini(
    effect: object,
    arm: Iterable[Label],
    outcome: ArrayLike,
    *,
    propensity: object,
    unit: Iterable[Label] | None = None,
    outcome_model: object = None,
    baseline: Label = NOTHING,
    fold: Iterable[Label] | None = None,
    points: int = 20,
) -> dict[Any, Ranked]:
    """Uplift curve, area under it (AUUC) and Qini coefficient of every arm, with unit-clustered intervals.

    Args:
        effect: (n, arms - 1) predicted effects against the baseline, in the order of the arms; or ``Effects``, or a table
            whose columns bear their names; or (n,) where there is one arm.
        arm: (n,) the arm each row was drawn for.
        outcome: (n,) what came of it.
        propensity: (n,) the probability with which each row was drawn for its arm; or (n, arms), of every arm.
        unit: (n,) whom intervals are clustered by; None: every row by itself.
        outcome_model: (n, arms) outcome expected under each arm, from models that did not see the row; None: 0.
        baseline: the arm the others are compared with.
        fold: (n,) the fold of each row, where effects are of several models, none of which saw its own fold
            (``UpliftModel.out_of_fold_``, ``.fold_``). Rows are ranked within theirs: a model that did not see a lucky fold
            says less of it, and across folds that would turn the order around.
        points: how many steps of the curve.

    Returns:
        Arm -> what the ranking is worth, per person of all who could have got the arm and the baseline. The area's interval
        counts both what came of whom and who happened to be there (the projection of a U-statistic, Hoeffding 1948); rows
        that tie are taken in a random order. Student's t with as many degrees of freedom as the arm, or the baseline, has
        effective units (Kish 1965), less one; infinite where fewer than ten of either did anything but the commonest thing.

    Raises:
        EvidenceError: for columns that do not fit the arms, propensities that are none, or an arm that nobody could have got.

    >>> rng = np.random.default_rng(1)
    >>> keen = rng.random(4_000) < 0.5
    >>> drawn = np.where(rng.random(4_000) < 0.5, "letter", "nothing")
    >>> acted = rng.random(4_000) < np.where((drawn == "letter") & keen, 0.5, 0.2)
    >>> found = qini(keen.astype(float), drawn, acted, propensity=np.full(4_000, 0.5))["letter"]
    >>> found.qini.lower < 0.3 / 8 < found.qini.upper
    True
    """
    every = _Asked.of(effect, arm, outcome, propensity, unit, outcome_model, baseline, fold)
    found: dict[Any, Ranked] = {}
    for column, name in enumerate(every.arms[1:]):
        asked = every.among(every.open[:, column])
        rank, gain = asked.rank(column), asked.gain[:, column]
        ones = np.ones(len(rank))
        curve = uplift_curve(rank, gain, size=ones, cluster=asked.unit, points=points)
        before, reached = _places(rank, gain)
        area = float(gain @ (1.0 - before)) / len(rank)
        psi = gain * (1.0 - before) + reached - 2.0 * area
        whole = float(gain.mean())
        freedom = asked.freedom(column)
        found[name] = Ranked(
            curve,
            asked.around(area, psi, freedom),
            asked.around(area - whole / 2, psi - (gain - whole) / 2, freedom),
        )
    return found


def _places(rank: NDArray[np.float64], gain: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) the share of rows before each one, and the gain by then; in the middle of those it ties with."""
    count = len(rank)
    _, group = np.unique(-rank, return_inverse=True)
    rows = np.bincount(group)
    gains = np.bincount(group, gain)
    before = (np.cumsum(rows) - rows / 2) / count
    reached = (np.cumsum(gains) - gains / 2) / count
    return before[group], reached[group]


def cost_curve(
    effect: object,
    cost: ArrayLike,
    arm: Iterable[Label],
    outcome: ArrayLike,
    *,
    propensity: object,
    unit: Iterable[Label] | None = None,
    outcome_model: object = None,
    baseline: Label = NOTHING,
    fold: Iterable[Label] | None = None,
    points: int = 20,
) -> CostCurve:
    """What several arms with different costs bring together, by what may be spent on them.

    Args:
        effect: (n, arms - 1) predicted effects, as of :func:`qini`.
        cost: (arms - 1,) or (n, arms - 1), above 0; the baseline costs nothing.
        arm: (n,) the arm each row was drawn for.
        outcome: (n,) what came of it.
        propensity: (n,) the probability with which each row was drawn for its arm; or (n, arms), of every arm.
        unit: (n,) whom errors are clustered by; None: every row by itself.
        outcome_model: (n, arms) outcome expected under each arm, from models that did not see the row; None: 0.
        baseline: the arm that costs nothing.
        fold: (n,) the fold of each row, as of :func:`qini`: every fold spends the same share of its own.
        points: how many steps.

    Returns:
        The curve from nothing to all that is worth its cost by the predictions. Every row climbs the upper convex hull of the
        (cost, effect) pairs of the arms it could have got, and the steepest steps of all rows are taken first; the last one
        in part. Whoever could not have got the baseline, or nothing else, is left out.

    Raises:
        EvidenceError: for costs that are not above 0.

    >>> rng = np.random.default_rng(1)
    >>> drawn = rng.choice(["nothing", "post", "door"], 9_000)
    >>> acted = rng.random(9_000) < np.select([drawn == "post", drawn == "door"], [0.3, 0.4], 0.2)
    >>> curve = cost_curve(np.tile([0.2, 0.1], (9_000, 1)), [3.0, 1.0], drawn, acted, propensity=np.full(9_000, 1 / 3))
    >>> curve.spend[[0, -1]].tolist(), bool(abs(curve.gain[-1] - 0.2) < 3 * curve.error[-1])
    ([0.0, 3.0], True)

    Sverdrup, Wu, Athey & Wager (2023), Qini curves for multi-armed treatment rules.
    """
    every = _Asked.of(effect, arm, outcome, propensity, unit, outcome_model, baseline, fold)
    price = _prices(cost, every.effect.shape)
    some = np.asarray(every.open.any(axis=1))
    asked = every.among(some)
    count = len(asked.effect)
    row, steep, dearer, more, taken = _steps(np.where(asked.open, asked.effect, -np.inf), price[some], asked.gain)
    order = np.argsort(-steep, kind="stable")
    if fold is not None:
        order = order[np.argsort(_spent_by_fold(asked.fold[row[order]], dearer[order]), kind="stable")]
    row, dearer, more, taken = row[order], dearer[order], more[order], taken[order]
    unsure = [column for column in range(asked.effect.shape[1]) if asked.freedom(column) <= 0]
    vague = np.logical_or.accumulate(np.isin(taken, unsure))  # from the first step on to an arm nobody can say much of
    spent = np.cumsum(dearer) / count
    grid = np.linspace(0.0, spent[-1] if len(spent) else 0.0, points + 1)
    gains, errors = [0.0], [0.0]
    done, total = 0, np.zeros(count)
    for budget in grid[1:]:
        upto = min(int(np.searchsorted(spent, budget * (1 + 1e-12), side="right")), len(spent))
        total += np.bincount(row[done:upto], more[done:upto], minlength=count)
        done, each = upto, total
        left = budget - (spent[upto - 1] if upto else 0.0)
        if upto < len(spent) and left > 0:
            each = total.copy()
            each[row[upto]] += more[upto] * min(1.0, left * count / dearer[upto])
        gains.append(float(each.mean()))
        last = min(upto, len(spent) - 1)
        errors.append(np.inf if last >= 0 and vague[last] else asked.error(each - each.mean()))
    return CostCurve(grid, np.array(gains), np.array(errors))


def _prices(cost: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """(n, arms - 1) costs, all above 0."""
    given = np.asarray(cost, dtype=np.float64)
    if given.shape not in {(), shape[1:], shape}:
        raise EvidenceError(
            "There is not one cost for each arm.",
            key="cost",
            found=f"shape {given.shape}",
            expected=f"({shape[1]},) or ({shape[0]}, {shape[1]}): every arm but the baseline, in order",
        )
    odd = given[~(np.isfinite(given) & (given > 0))]
    if odd.size:
        raise EvidenceError(
            "A cost is not above 0 and finite.",
            key="cost",
            found=f"{odd[0]:g}",
            expected="a cost above 0 for every arm",
        )
    return np.broadcast_to(given, shape)


def _spent_by_fold(fold: NDArray[np.int64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """(steps,) the share of its fold's whole cost that is spent when each step is taken, the steepest first."""
    found = np.zeros(len(cost))
    for one in np.unique(fold):
        mine = fold == one
        found[mine] = np.cumsum(cost[mine]) / cost[mine].sum()
    return found


def _steps(
    effect: NDArray[np.float64], cost: NDArray[np.float64], gain: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """All rows' steps up their hulls: row, effect by cost, cost, the gain that was measured of it, and the arm reached."""
    count, options = effect.shape
    at = np.full(count, -1)
    rows, slopes, costs, gains, arms = [], [], [], [], []
    for _ in range(options):
        here = np.arange(count)
        paid = np.where(at >= 0, cost[here, at], 0.0)
        won = np.where(at >= 0, effect[here, at], 0.0)
        had = np.where(at >= 0, gain[here, at], 0.0)
        up, over = effect - won[:, None], cost - paid[:, None]
        slope = np.where((over > 0) & (up > 0), up / np.where(over > 0, over, 1.0), -np.inf)
        # Among equally steep ones the furthest, so that no step is left over between them.
        best = np.lexsort((over, slope), axis=1)[:, -1]
        on = np.flatnonzero(slope[here, best] > 0)
        if not len(on):
            break
        rows.append(on)
        slopes.append(slope[on, best[on]])
        costs.append(over[on, best[on]])
        gains.append(gain[on, best[on]] - had[on])
        arms.append(best[on])
        at[on] = best[on]
    if not rows:
        nothing, none = np.zeros(0), np.zeros(0, dtype=np.int64)
        return none, nothing, nothing, nothing, none
    found = np.concatenate(slopes), np.concatenate(costs), np.concatenate(gains)
    return np.concatenate(rows), *found, np.concatenate(arms)


@dataclass(frozen=True)
class _Asked:
    """What both curves need: predictions, and each row's doubly robust gain of every arm over the baseline."""

    arms: tuple[Any, ...]
    effect: NDArray[np.float64]
    gain: NDArray[np.float64]
    unit: NDArray[np.int64]
    open: NDArray[np.bool_]
    fold: NDArray[np.int64]
    index: NDArray[np.int64]
    outcome: NDArray[np.float64]
    chance: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        effect: object,
        arm: Iterable[Label],
        outcome: ArrayLike,
        propensity: object,
        unit: Iterable[Label] | None,
        outcome_model: object,
        baseline: Label,
        fold: Iterable[Label] | None,
    ) -> _Asked:
        drawn = labels_of(arm, "arm")
        count = len(drawn)
        arms, index = arms_of(drawn, baseline)
        if len(arms) < 2 or arms[0] != baseline:
            raise EvidenceError(
                f"There is nothing to compare: the arms are {', '.join(map(repr, arms)) or 'none'}.",
                expected=f"{baseline!r} and at least one other",
                hint="Name the arm without a message: baseline=...",
            )
        given = getattr(effect, "value", effect)
        if isinstance(given, np.ndarray | list) and np.ndim(given) == 1:
            given = np.asarray(given, dtype=np.float64)[:, None]
        predicted = matrix_of(given, arms[1:], "effect")
        of_length(predicted, "effect", count)
        y = numbers_of(outcome, "outcome", count)
        place, _ = units_of(unit, count)
        if propensity is None:
            raise no_propensities()
        chance, every = chances_of(propensity, index, arms, place)
        under = np.zeros((count, len(arms)))
        if outcome_model is not None:
            under = matrix_of(outcome_model, arms, "outcome_model").copy()
            of_length(under, "outcome_model", count)
        here = np.arange(count), index
        under[here] += (y - under[here]) / chance
        able = np.ones(under.shape, dtype=bool) if every is None else every > 0
        together = able[:, 1:] & able[:, :1]
        for column in np.flatnonzero(~together.any(axis=0)):
            raise EvidenceError(
                f"Nobody could have got {arms[1 + column]!r} or {baseline!r}, so they cannot be compared.",
                found="no row with a propensity of both",
                expected="some who could have been drawn for either",
            )
        where = np.zeros(count, dtype=np.int64) if fold is None else units_of(fold, count, "fold")[0]
        return cls(arms, predicted, under[:, 1:] - under[:, :1], place, together, where, index, y, chance)

    def among(self, some: NDArray[np.bool_]) -> _Asked:
        """The same of some rows."""
        if some.all():
            return self
        place = np.unique(self.unit[some], return_inverse=True)[1].astype(np.int64)
        return replace(
            self,
            effect=self.effect[some],
            gain=self.gain[some],
            unit=place,
            open=self.open[some],
            fold=self.fold[some],
            index=self.index[some],
            outcome=self.outcome[some],
            chance=self.chance[some],
        )

    def rank(self, column: int) -> NDArray[np.float64]:
        """(n,) what rows are ordered by for one arm: predictions; where they are of several models, the place in the fold."""
        predicted = self.effect[:, column]
        if not self.fold.any():
            return predicted
        found = np.zeros(len(predicted))
        for one in np.unique(self.fold):
            mine = self.fold == one
            found[mine] = -_places(predicted[mine], np.zeros(int(mine.sum())))[0]
        return found

    def error(self, psi: NDArray[np.float64]) -> float:
        by_unit = cluster_sums(psi, self.unit, int(self.unit.max()) + 1)
        return float(np.sqrt(by_unit @ by_unit)) / len(psi)

    def freedom(self, column: int) -> float:
        """Degrees of freedom of what one arm is told to bring: those of its smaller side; 0 where nobody can say."""
        found = []
        for side in (0, column + 1):
            rows = self.index == side
            if units_apart(self.outcome[rows], self.unit[rows]) < FEW:
                return 0.0
            weight = np.bincount(self.unit[rows], 1 / self.chance[rows])
            found.append(float(weight.sum() ** 2 / (weight @ weight)) - 1)
        return max(min(found), 0.0)

    def around(self, value: float, psi: NDArray[np.float64], freedom: float) -> Estimate:
        reach = t_value(0.975, freedom) * self.error(psi) if freedom > 0 else float("inf")
        return Estimate(value, value - reach, value + reach)
