"""Does what one person was told reach the others at home? Where members of a household were drawn apart, it can be seen.

Everybody falls into one of four kinds (exposures, Aronow & Samii 2017): *quiet*, nothing for oneself nor for the others;
*spilled*, nothing for oneself but something for another; *told alone*, something for oneself only; and told together. Large
families are spilled on more often than small ones, so plain means compare unlike people; weights of one over the probability
of the kind make them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundswell.experiments.contrast import contrast
from groundswell.experiments.given import arms_of, chance_of_baseline, level_of
from groundswell.stats import Estimate, numbers_of, units_of
from groundswell.stats.given import Label
from groundswell.vocabulary import NOTHING, EvidenceError


@dataclass(frozen=True)
class SpillOver:
    """What reached whom.

    Attributes:
        direct: told alone less quiet: what it does to a person when nobody else at home is told.
        spilled: nothing oneself but another told, less quiet: what reaches people by way of others.
        mixed: groups in which some were drawn for something and some for nothing.
        people: rows that one of the two differences rests on.
    """

    direct: Estimate
    spilled: Estimate
    mixed: int
    people: int


def spill_over(
    arm: Iterable[Label],
    outcome: ArrayLike,
    group: Iterable[Label],
    *,
    baseline: Label = NOTHING,
    propensity: ArrayLike,
    alpha: float = 0.05,
) -> SpillOver:
    """The direct effect, and the one that travels within households or other small groups (large: ``spill_by_share``).

    Args:
        arm: (n,) what each person was drawn for, one row a person; everything but the baseline counts as something.
        outcome: (n,) what each person did; NaN where it is not known, which still tells what the others were exposed to.
        group: (n,) who lives or works together; all members must be there, also those who could not be drawn.
        baseline: the arm that is nothing.
        propensity: (n,) probability with which each *person* would be drawn for the baseline, or one number for all. Members
            must have been drawn independently of each other, as ``randomise`` draws people within strata that are much
            larger than a household; not with the household as a stratum.
        alpha: what each of the two intervals may miss.

    Returns:
        Both effects, in means weighted by one over the probability of what a person was exposed to, with errors by group.
        Whoever could not be in both kinds compared is left out of that difference: for ``spilled`` people who live alone, and
        those whose others could not be drawn; for ``direct`` those who could not be drawn themselves.

    Raises:
        EvidenceError: where no group is mixed, because whole households were drawn: what travels within them cannot be seen;
            and where nobody is quiet, or exposed.

    >>> rng = np.random.default_rng(1)
    >>> home = np.arange(8_000) // 2
    >>> told = rng.random(8_000) < 0.5
    >>> other = told.reshape(-1, 2)[:, ::-1].ravel()
    >>> came = rng.random(8_000) < 0.2 + 0.1 * told + 0.05 * (other & ~told)
    >>> found = spill_over(np.where(told, "letter", "nothing"), came, home, propensity=0.5)
    >>> found.direct.lower < 0.1 < found.direct.upper, found.spilled.lower < 0.05 < found.spilled.upper
    (True, True)

    Aronow & Samii (2017), Estimating average causal effects under general interference.
    """
    _, index = arms_of(arm, baseline)
    count = len(index)
    y = numbers_of(outcome, "outcome", count, blanks=True)
    place, names = units_of(group, count, "group")
    told = index > 0
    quiet = chance_of_baseline(propensity, told)
    level_of(alpha)
    groups = len(names)
    some = np.bincount(place, told, minlength=groups)
    size = np.bincount(place, minlength=groups)
    mixed = int(((some > 0) & (some < size)).sum())
    if not mixed:
        raise EvidenceError(
            "No group is mixed: what travels within a group cannot be seen.",
            found=f"{groups} groups, everybody in each drawn alike",
            expected="groups in which some were drawn for something and some for nothing",
            hint="Draw people, not households or teams; or compare whole groups: what travels within is part of that.",
        )
    others = some[place] - told
    # Products over the others of a group, without dividing by one's own, which may be small.
    still = np.exp(np.bincount(place, np.log(quiet), minlength=groups)[place] - np.log(quiet))
    still = np.where(size[place] == 1, 1.0, still)
    exposure = _Exposure(place, y, told, others > 0, quiet, np.minimum(still, 1.0))
    direct, spilled = exposure.direct(), exposure.spilled()
    return SpillOver(
        direct=direct.estimate(exposure, alpha, "direct"),
        spilled=spilled.estimate(exposure, alpha, "spilled"),
        mixed=mixed,
        people=int((direct.counts | spilled.counts).sum()),
    )


@dataclass(frozen=True)
class _Kinds:
    """Two kinds of exposure that are compared: who is which, and how likely each was."""

    counts: NDArray[np.bool_]
    exposed: NDArray[np.bool_]
    chance: NDArray[np.float64]

    def estimate(self, exposure: _Exposure, alpha: float, what: str) -> Estimate:
        rows = self.counts
        exposed = self.exposed[rows]
        if not exposed.any() or exposed.all():
            missing = (
                "quiet: nothing drawn for anybody in their group" if exposed.any() or not len(exposed) else "exposed"
            )
            raise EvidenceError(
                f"Nobody is there to compare with, for {what}.",
                found=f"no person who was {missing}",
                expected="some of both",
                hint="In a team of thirty somebody is always told something: spill_by_share goes by how many.",
            )
        found = contrast(exposure.outcome[rows], exposed, unit=exposure.group[rows], weight=1 / self.chance[rows])
        return found.within(alpha)


@dataclass(frozen=True)
class _Exposure:
    """Who was exposed to what, and the chances of it."""

    group: NDArray[np.int64]
    outcome: NDArray[np.float64]
    told: NDArray[np.bool_]
    by_others: NDArray[np.bool_]
    quiet: NDArray[np.float64]
    still: NDArray[np.float64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) True where it is known what they did."""
        return ~np.isnan(self.outcome)

    def direct(self) -> _Kinds:
        """Told alone, or quiet: all the others have nothing; whoever could have been drawn."""
        return _Kinds(
            counts=~self.by_others & (self.quiet < 1) & self.known,
            exposed=self.told,
            chance=np.where(self.told, 1 - self.quiet, self.quiet) * self.still,
        )

    def spilled(self) -> _Kinds:
        """Spilled, or quiet: nothing for oneself; among those who have others who could have been drawn."""
        return _Kinds(
            counts=~self.told & (self.still < 1) & self.known,
            exposed=self.by_others,
            chance=np.where(self.by_others, 1 - self.still, self.still) * self.quiet,
        )
