"""Decay: what is left of an effect on somebody who was contacted of late.

One number for all options, per contact: after the first and after each further one that much of what was left is left again.
It starts from a wide prior, Beta(3, 1), whose mean is three quarters, and moves as rounds show it. They show it where people
of one round had been contacted differently often: how much of what is expected of the rested happens in each of these groups,
held against each other among people of whom about as much is expected. Rounds are never held against each other, for seasons
differ, and an option that was lucky at first is used more in the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.stats import Estimate, cluster_sums
from groundswell.uplift.evidence import FOLDS, Evidence
from groundswell.uplift.gram import pair_of
from groundswell.vocabulary import CONTACTS

MOST_CONTACTS = 2
"""More recent contacts than this count as so many."""
_GRID = np.linspace(0.0, 1.0, 201)
_PRIOR = np.square(_GRID)
"""Beta(3, 1), but for a constant."""
_SEASON = 0.5
"""Standard deviation of how much of what is expected comes true, in one round or another and of more or less."""
_PARTS = 4
_SHOWN = 0.5
"""Log-likelihoods that differ by less than this over the whole grid show nothing worth a word."""
_LEAST = 1e-12
"""Of the square of the largest outcome: what is left of outcomes beyond this is more than rounding."""


class Freshness(NamedTuple):
    """What is left of an effect.

    Attributes:
        left: (folds, 3) after no recent contact, one, and more: what is to be expected after what the other folds show.
        once: after one contact, by all folds, with its 95 % credible interval of highest density.
        shown: True where some round's people had been contacted differently often; else the prior stands.
    """

    left: NDArray[np.float64]
    once: Estimate
    shown: bool

    @classmethod
    def assumed(cls) -> Freshness:
        """The prior alone.

        >>> Freshness.assumed().left[0].round(2).tolist()
        [1.0, 0.75, 0.6]
        """
        belief = _posterior(np.zeros(len(_GRID)))
        return cls(np.tile(_left(belief), (FOLDS, 1)), _once(belief), shown=False)

    @classmethod
    def learn(cls, evidence: Evidence, residual: NDArray[np.float64], told: NDArray[np.float64]) -> Freshness:
        """Learn from several rounds how fast effects wear off.

        Args:
            evidence: people of whom it is known how often they had been contacted.
            residual: (folds, n) outcomes less what was expected, by a model that saw neither the fold nor the person's own.
            told: (folds, n, K) effects to be expected if everybody were rested, learnt of rested people only, by models that
                saw neither the fold nor the person's own.
        """
        fold, everybody = evidence.fold, np.arange(len(evidence.arm))
        shown = [
            _likelihood(evidence, residual[aside], told[aside], everybody[fold != aside]) for aside in range(FOLDS)
        ]
        own = residual[fold, everybody], told[fold, everybody]
        whole = _likelihood(evidence, *own, everybody)
        return cls(
            np.stack([_left(_posterior(one)) for one in shown]),
            _once(_posterior(whole)),
            shown=bool(np.ptp(whole) > _SHOWN),
        )

    def of(self, contacts: NDArray[np.float64]) -> NDArray[np.float64]:
        """(folds, n) what is left of effects on people who were contacted so often, by the model of each fold."""
        return np.asarray(self.left[:, contact_levels(contacts)])

    def of_units(
        self, contacts: NDArray[np.float64], unit: NDArray[np.int64], unit_fold: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """(units,) what is left of effects on whole units, each by the model of its fold.

        Args:
            contacts: (n,) how often each person was contacted.
            unit: (n,) index of each person's unit.
            unit_fold: (units,) the fold of each.
        """
        return left_of(self.of(contacts)[unit_fold[unit], np.arange(len(unit))], unit, len(unit_fold))

    def as_json(self) -> dict[str, Any]:
        """For the header of a policy file."""
        return {"left": self.left.tolist(), "once": list(self.once), "shown": self.shown}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Freshness:
        """The inverse of :meth:`as_json`."""
        return cls(np.array(found["left"]), Estimate(*found["once"]), found["shown"])


def contact_levels(contacts: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) how often each was contacted of late, more than twice as twice.

    >>> contact_levels(np.array([0.0, 1.0, 5.0])).tolist()
    [0, 1, 2]
    """
    return np.clip(np.nan_to_num(contacts), 0, MOST_CONTACTS).astype(np.int64)


def left_of(fresh: NDArray[np.float64], unit: NDArray[np.int64], units: int) -> NDArray[np.float64]:
    """(units,) what is left of an effect on whole units, who are contacted together: of the most tired, where they differ.

    >>> left_of(np.array([1.0, 0.6, 1.0]), np.array([0, 0, 1]), 2).tolist()
    [0.6, 1.0]
    """
    found = np.ones(units)
    np.minimum.at(found, unit, fresh)
    return found


def contacts_in(traits: pa.Table) -> NDArray[np.float64]:
    """(n,) recent contacts of these people; none where nobody counted them.

    >>> contacts_in(pa.table({"recent_contacts": [1.0, None]})).tolist(), contacts_in(pa.table({"age": [30.0]})).tolist()
    ([1.0, 0.0], [0.0])
    """
    if CONTACTS not in traits.column_names:
        return np.zeros(traits.num_rows)
    return np.asarray(np.nan_to_num(traits[CONTACTS].to_numpy().astype(np.float64)))


def _left(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([float(belief @ _GRID**count) for count in range(MOST_CONTACTS + 1)])


def _once(belief: NDArray[np.float64]) -> Estimate:
    likely = np.argsort(-belief, kind="stable")
    kept = _GRID[likely[: 1 + int(np.searchsorted(np.cumsum(belief[likely]), 0.95))]]
    return Estimate(float(belief @ _GRID), float(kept.min()), float(kept.max()))


def _posterior(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = _PRIOR * np.exp(likelihood - likelihood.max())
    return np.asarray(found / found.sum())


def _likelihood(
    evidence: Evidence, residual: NDArray[np.float64], told: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-likelihood of each value of the grid; 0 everywhere where nothing is shown.

    In round w, of those contacted l times and of whom about so much was expected, a f^l of it happens, and noise that is
    clustered by household and shared by all that a person was compared for.
    """
    parts = _parted(told, rows)
    weight, score = np.zeros((2, len(evidence.arm), _PARTS))
    for arm in range(told.shape[1]):
        pair = pair_of(evidence, rows, arm, by_history=True)
        expected = told[pair.rows, arm]
        here = pair.rows, np.searchsorted(parts, expected)
        weight[here] += pair.contrast * pair.factor * expected**2
        score[here] += pair.factor * residual[pair.rows] * expected
    usual = float(np.square(residual[rows]).mean()) if len(rows) else 0.0
    least = _LEAST * float(np.square(evidence.outcome).max(initial=0.0))
    found = np.zeros(len(_GRID))
    if usual <= least:  # what everybody did alike shows nothing but the rounding of numbers
        return found
    wave, level = evidence.unit_wave[evidence.unit][rows], contact_levels(evidence.contacted)[rows]
    for one in np.unique(wave):
        groups = [
            _Group.of(evidence, often, mine, weight, score, usual)
            for often in range(MOST_CONTACTS + 1)
            if len(mine := rows[(wave == one) & (level == often)])
        ]
        groups = [group for group in groups if group.weight.any()]
        if len(groups) > 1:
            found += _of_round(groups)
    return found


def _parted(told: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where effects that are to be expected are cut into parts of about as many comparisons each."""
    return np.asarray(np.quantile(told[rows], np.arange(1, _PARTS) / _PARTS)) if len(rows) else np.zeros(_PARTS - 1)


class _Group(NamedTuple):
    """Those of one round who had been contacted so often.

    Attributes:
        often: how often.
        weight: (parts,) sum of squares of what was expected.
        score: (parts,) sum of what happened times what was expected.
        noise: (parts, parts) covariance of the scores.
    """

    often: int
    weight: NDArray[np.float64]
    score: NDArray[np.float64]
    noise: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        often: int,
        rows: NDArray[np.int64],
        weight: NDArray[np.float64],
        score: NDArray[np.float64],
        usual: float,
    ) -> _Group:
        names, cluster = np.unique(evidence.cluster[evidence.unit[rows]], return_inverse=True)
        by_cluster, total = cluster_sums(score[rows], cluster, len(names)), weight[rows].sum(axis=0)
        noise = by_cluster.T @ by_cluster
        short = np.maximum(usual * total - np.diag(noise), 0.0)  # of a few clusters the squares say little
        return cls(often, total, by_cluster.sum(axis=0), noise + np.diag(short))


def _of_round(groups: Sequence[_Group]) -> NDArray[np.float64]:
    """Log-likelihood of each value of the grid by one round.

    Scores are normal, of mean G 1 and covariance V + s^2 G G', with G f^l times the weights: in each part a is N(1, s^2).
    """
    told = np.concatenate([group.weight > 0 for group in groups])
    score = np.concatenate([group.score for group in groups])[told]
    noise, given = np.zeros((len(told), len(told))), np.zeros((len(_GRID), len(told), _PARTS))
    for place, group in enumerate(groups):
        mine = slice(place * _PARTS, (place + 1) * _PARTS)
        noise[mine, mine] = group.noise
        given[:, mine] = _GRID[:, None, None] ** group.often * np.diag(group.weight)
    noise, given = noise[np.ix_(told, told)], given[:, told]
    around = noise + _SEASON**2 * given @ given.transpose(0, 2, 1)
    off = score - given.sum(axis=2)
    size = np.sqrt(np.diag(noise))  # in standard errors, for the weights of rare parts are tiny
    around, off = around / np.outer(size, size), off / size
    return np.asarray(
        -0.5 * (np.linalg.slogdet(around)[1] + (off * np.linalg.solve(around, off[..., None])[..., 0]).sum(axis=1))
    )
