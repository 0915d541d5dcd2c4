"""What each arm did, against the baseline: by unit, over many arms, over rounds, and at every look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.experiments.adjusting import Adjusted, adjust
from groundswell.experiments.contrast import Contrast, contrast
from groundswell.experiments.given import arms_of, level_of
from groundswell.experiments.looking import always_valid
from groundswell.experiments.many import holm
from groundswell.experiments.waves import could_be_either, information, refuse_two_arms
from groundswell.stats import Chances, Estimate, chances_of, numbers_of, units_of
from groundswell.stats.given import Label
from groundswell.vocabulary import NOTHING, EvidenceError


@dataclass(frozen=True)
class Comparison:
    """One arm against the baseline, as it was drawn (intention to treat), per person.

    Attributes:
        arm: the arm.
        estimate: the difference; less what the past explains, where it was given.
        unadjusted: the plain difference, weighted where the draw was uneven.
        p: two-sided, of ``estimate``, by itself.
        p_adjusted: the same among all arms (Holm 1979).
        always_valid: ``estimate`` with the interval for looking at any time; None where it was not planned.
        units: how many units of the arm were compared.
        people: how many rows they have.
    """

    arm: Any
    estimate: Estimate
    unadjusted: Estimate
    p: float
    p_adjusted: float
    always_valid: Estimate | None
    units: int
    people: int


@dataclass(frozen=True)
class Result:
    """What an experiment found: ``result["letter"]`` is one arm's comparison, a loop goes over all.

    Attributes:
        comparisons: one for each arm but the baseline, in the order of their names.
        baseline: what they are compared with.
        counts: arm -> units there are, the baseline's too: what ``sample_ratio`` takes.
        alpha: what one interval may miss: the error asked for, over the number of comparisons.
        explained: share of the variance between people of one arm that the past explains.
    """

    comparisons: tuple[Comparison, ...]
    baseline: Any
    counts: Mapping[Any, int]
    alpha: float
    explained: float

    def __getitem__(self, arm: Label) -> Comparison:
        """The comparison of one arm."""
        for one in self.comparisons:
            if one.arm == arm:
                return one
        raise KeyError(arm)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.comparisons)

    def __len__(self) -> int:
        return len(self.comparisons)


def compare(
    arm: Iterable[Label],
    outcome: ArrayLike,
    *,
    baseline: Label = NOTHING,
    propensity: object = None,
    unit: Iterable[Label] | None = None,
    wave: Iterable[Label] | None = None,
    past: object = None,
    alpha: float = 0.05,
    comparisons: int | None = None,
    planned: int | None = None,
) -> Result:
    """Compare every arm with the baseline.

    Args:
        arm: (n,) the arm each row's unit was drawn for, whatever became of it.
        outcome: (n,) what each person did: 0 and 1, or an amount. Leave out rows that are not known yet, and count them.
        baseline: the arm that the others are compared with.
        propensity: the probability each row was drawn with: (n,) of its arm, as ``Drawn.propensity``; (n, arms) of all arms,
            the baseline first and the others in order, or a table whose columns bear their names, 0 where one was closed; or
            arm -> one number for everybody. None: the same for all.
        unit: (n,) what was drawn: household, team, place; None: every row by itself.
        wave: (n,) the round of each row, where there were several; needs ``propensity``. A unit may have another arm in each.
        past: (n,) or (n, k) numbers known before the draw, or a table of them, such as the same action last year; NaN where
            not known. Takes away the noise that they explain (CUPED).
        alpha: what all intervals together may miss.
        comparisons: over how many comparisons alpha is shared out equally (Bonferroni); None: over the arms.
        planned: units planned, over all arms: adds intervals that hold at all looks together, tightest at that number.

    Returns:
        The comparisons. Errors go by unit (linearised), Student's t by effective units. Where an arm has fewer than two
        units, or everybody did the same, the interval is infinite: nothing can be said yet.

    Raises:
        EvidenceError: for no rows, no baseline or nothing else, outcomes that are no finite numbers, propensities that are
            none, a unit with two arms in one round, and rounds without propensities.

    >>> rng = np.random.default_rng(1)
    >>> home = np.arange(6_000) // 2
    >>> drawn = rng.choice(["letter", "nothing"], 3_000)[home]
    >>> last_year = rng.random(6_000) < 0.5
    >>> came = rng.random(6_000) < 0.2 + 0.4 * last_year + 0.1 * (drawn == "letter")
    >>> found = compare(drawn, came, unit=home, past=last_year)
    >>> letter = found["letter"]
    >>> letter.estimate.lower < 0.1 < letter.estimate.upper, letter.p < 0.001
    (True, True)
    >>> round(found.explained, 1), letter.units + found.counts["nothing"]
    (0.2, 3000)

    Hajek (1971); Deng, Xu, Kohavi & Walker (2013) for the past; Hadad et al. (2021) on weights for rounds; Waudby-Smith et
    al. (2024) for looking at any time.
    """
    asked = _Asked.of(arm, outcome, baseline, propensity, unit, wave)
    level = level_of(alpha) / _at_least_one(comparisons, len(asked.arms) - 1, "comparisons")
    left = asked.less(past)
    plain = [asked.contrast(which, asked.outcome) for which in range(1, len(asked.arms))]
    found = plain
    if past is not None:
        found = [asked.contrast(which, left.outcome, left.inflation) for which in range(1, len(asked.arms))]
    ps = [one.p for one in found]
    adjusted = holm(ps, comparisons=comparisons or 0)
    seen = asked.draws
    return Result(
        comparisons=tuple(
            Comparison(
                arm=name,
                estimate=one.within(level),
                unadjusted=bare.within(level),
                p=one.p,
                p_adjusted=float(among),
                always_valid=None
                if planned is None
                else always_valid(one, seen=seen, planned=_at_least_one(planned, 1, "planned"), alpha=level),
                units=one.units,
                people=one.people,
            )
            for name, one, bare, among in zip(asked.arms[1:], found, plain, adjusted, strict=True)
        ),
        baseline=baseline,
        counts=asked.counts,
        alpha=level,
        explained=left.explained,
    )


def _at_least_one(given: int | None, usual: int, what: str) -> int:
    if given is not None and not 1 <= given < float("inf"):
        raise EvidenceError(f"{what} is below 1.", found=str(given), expected="a whole number, 1 or more")
    return usual if given is None else given


class _Asked(NamedTuple):
    """An experiment in one form: indices, weights and what was open."""

    arms: tuple[Any, ...]
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    unit: NDArray[np.int64]
    wave: NDArray[np.int64]
    chances: Chances
    weight: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        arm: Iterable[Label],
        outcome: ArrayLike,
        baseline: Label,
        propensity: object,
        unit: Iterable[Label] | None,
        wave: Iterable[Label] | None,
    ) -> _Asked:
        arms, index = arms_of(arm, baseline)
        count = len(index)
        y = numbers_of(outcome, "outcome", count)
        place, names = units_of(unit, count)
        chances = chances_of(propensity, index, arms)
        rounds = np.zeros(count, dtype=np.int64) if wave is None else units_of(wave, count, "wave")[0]
        if wave is not None and propensity is None and rounds.any():
            raise EvidenceError(
                "Rounds cannot be put together without the propensities they drew with.",
                expected="propensity: (n,) the probability with which each row was drawn for its arm in its round",
                hint="Pooled means would credit the arms with what hung on earlier outcomes, and with the season.",
            )
        refuse_two_arms(index, place, rounds, names, arms)
        weight = information(index, chances, rounds) / chances.own
        return cls(arms, index, y, place, rounds, chances, weight)

    @property
    def draws(self) -> int:
        """How many units were drawn, each counted once a round."""
        return len(self._drawn[0])

    @property
    def counts(self) -> dict[Any, int]:
        """Arm -> units drawn for it, each counted once a round."""
        found = np.bincount(self.arm[self._drawn[0]], minlength=len(self.arms))
        return dict(zip(self.arms, found.tolist(), strict=True))

    @property
    def _drawn(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """The first row of each draw, and the draws."""
        draws, first = np.unique(self.unit * (int(self.wave.max()) + 1) + self.wave, return_index=True)
        return first, draws

    def less(self, past: object) -> Adjusted:
        """The outcomes less what the past explains of them."""
        if past is None:
            return Adjusted(self.outcome, 1.0, 0.0)
        units = int(self.unit.max()) + 1
        return adjust(self.outcome, self.arm, past, weight=self.weight, units=units)

    def contrast(self, which: int, outcome: NDArray[np.float64], inflation: float = 1.0) -> Contrast:
        """One arm against the baseline, among those who could have been drawn for either."""
        rows = (self.arm == which) | (self.arm == 0)
        rows &= could_be_either(self.arm, self.chances, self.wave, which)
        treated = self.arm[rows] == which
        if not treated.any() or treated.all():
            raise EvidenceError(
                f"Nobody could have been drawn for either of {self.arms[which]!r} and {self.arms[0]!r}.",
                found="no round, or no row, in which both were open",
                expected="some rows of each that could have been drawn for the other",
            )
        return contrast(
            outcome[rows],
            treated,
            unit=self.unit[rows],
            weight=self.weight[rows],
            told=self.outcome[rows],
            inflation=inflation,
        )
