"""The one place where an option is chosen: the same for a batch of millions and for one visitor.

    argmax over open options of   worth x uplift  -  sum of price x use        ("nothing" scores 0)

Experiments, holdout and exploration are drawn first, by keyed hash of the unit; a tie at the margin is settled by a keyed
hash against the policy's shares. The propensity that is logged is the marginal one: before any of these draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from groundswell import allocate
from groundswell.policy.batch import Batch, Trials
from groundswell.policy.file import Policy
from groundswell.policy.pilot import Pilot
from groundswell.policy.pilot import chances as pilot_chances
from groundswell.stats import draw, pick
from groundswell.uplift import fold_of

REASONS = (
    *("chosen", "margin", "explored", "holdout", "closed", "not-proven", "no-gain", "price", "repaired", "pilot"),
    *("experiment", "floor", "floor-repaired", "asked"),
)
"""Why a unit gets what it gets. ``margin``: its score ties at the margin and the draw decided; ``closed``: rules close every
option; ``not-proven``: no open option is proven; ``no-gain``: none is expected to help; ``price``: what it would use does
more elsewhere; ``repaired``: the planner moved it to keep a limit; ``pilot``: a first round, in which chance decides;
``experiment``: it takes part in one, which drew for it beforehand; ``floor``: only a floor asks for it;
``floor-repaired``: the same, and the planner moved it there; ``asked``: it gets a question, for what its answer tells."""
UNPROVEN = 1e-6
"""What is not proven counts as so much of a goal action less than nothing: a floor takes it last, and no more than asked."""


@dataclass(frozen=True)
class Scores:
    """What each option is expected to bring each unit.

    Attributes:
        effect: (units, K) goal actions it adds, summed over the unit's people.
        error: (units, K) standard error of that (zeros unless asked for).
        worth: (units, K) worth x effect; where only a floor pays for it, no more than a little less than nothing.
        priced: (units, K) sum of price x use.
        unfloored: (units, K) what it would score if there were no floors, at the prices of then; minus infinity where it
            would not be usable. None: no floor binds.
        usable: (units, K) open by the rules, and proven for the unit's group or paid for by a floor.
        proven: (units, K) open by the rules and proven for the unit's group.
        harmless: (units, K) open by the rules and not proven to do harm.
        open: (units, K) open by the rules, expiry included.
        unlike: (units,) True where somebody is unlike all people of the experiment.
        told: (units, K) what the answer to a question is worth where it may be asked; part of ``worth``. None: no questions.
        fresh: (units,) what is left of effects, for the unit was contacted of late; ``effect`` is with that.
    """

    effect: NDArray[np.float64]
    error: NDArray[np.float64]
    worth: NDArray[np.float64]
    priced: NDArray[np.float64]
    unfloored: NDArray[np.float64] | None
    usable: NDArray[np.bool_]
    proven: NDArray[np.bool_]
    harmless: NDArray[np.bool_]
    open: NDArray[np.bool_]
    unlike: NDArray[np.bool_]
    fresh: NDArray[np.float64]
    told: NDArray[np.float64] | None = None

    @property
    def score(self) -> NDArray[np.float64]:
        """(units, K) worth - priced."""
        return self.worth - self.priced

    @property
    def gain(self) -> NDArray[np.float64]:
        """(units, K) goal actions to count on: what is not proven counts as nothing."""
        return np.where(self.proven, self.effect, 0.0)

    @property
    def asks(self) -> NDArray[np.bool_]:
        """(units, K) where a question is worth asking for what its answer tells."""
        return np.zeros_like(self.open) if self.told is None else self.told > 0

    def answers(self, option: NDArray[np.int64]) -> NDArray[np.float64]:
        """(units,) what the answers are worth of what they do: 0 for ``nothing``, j + 1 for option j."""
        if self.told is None:
            return np.zeros(len(option))
        return np.where(option > 0, self.told[np.arange(len(option)), np.maximum(option - 1, 0)], 0.0)

    def by_floor(self, option: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(units,) who would do something else, or nothing, if there were no floors.

        Args:
            option: (units,) what they do: 0 for ``nothing``, j + 1 for option j.
        """
        if self.unfloored is None:
            return np.zeros(len(option), dtype=bool)
        best = np.maximum(self.unfloored.max(axis=1, initial=0.0), 0.0)
        own = np.where(option > 0, self.unfloored[np.arange(len(option)), np.maximum(option - 1, 0)], 0.0)
        return np.asarray((option > 0) & (own < best - 1e-9 * np.maximum(best, 1e-12)))


@dataclass(frozen=True)
class Choices:
    """What every unit gets.

    Attributes:
        option: (units,) 0 for ``nothing``, j + 1 for option j.
        reason: (units,) index into ``REASONS``.
        propensities: (units, K + 1) marginal probability of every option.
        scores: what they rest on.
    """

    option: NDArray[np.int64]
    reason: NDArray[np.int8]
    propensities: NDArray[np.float64]
    scores: Scores


def score(batch: Batch, policy: Policy, now: date, *, errors: bool = False) -> Scores:
    """Score every option for every unit of a batch; chooses nothing.

    Args:
        batch: the units.
        policy: models and prices.
        now: messages that expired before this day are closed.
        errors: also give standard errors.

    Returns:
        What each option is expected to bring each unit, and what it uses; see :func:`decide` for an example.
    """
    units, count = batch.is_open.shape
    effect, error = np.zeros((units, count)), np.zeros((units, count))
    proven, unlike = np.zeros((units, count), dtype=bool), np.zeros(units, dtype=bool)
    harmless, fresh = np.ones((units, count), dtype=bool), np.ones(units)
    if policy.models is not None:
        fold = fold_of(batch.cluster_ids, policy.models.seed)
        size = np.bincount(batch.unit, minlength=units).astype(np.float64)
        told = policy.models.effects(batch.traits, batch.unit, fold, errors=errors)
        unlike = np.bincount(batch.unit, told.unlike, minlength=units) > 0
        ready = policy.models.open_for(told.value, size, fold, whole=True, unlike=unlike)
        spared = policy.models.harmless_for(told.value, size, fold, unlike=unlike)
        fresh = told.fresh
        value, spread = told.value * fresh[:, None], told.error * fresh[:, None]
        for arm, option in enumerate(policy.models.options[1:]):
            if option in policy.options:
                place = policy.options.index(option)
                effect[:, place], error[:, place] = value[:, arm], spread[:, arm]
                proven[:, place], harmless[:, place] = ready[:, arm], spared[:, arm]
    current = np.array([day is None or day >= now for day in policy.expires], dtype=bool)
    is_open = batch.is_open & current
    priced, paid = np.zeros((units, count)), np.zeros((units, count))
    for row, price in enumerate(policy.prices.prices):
        priced += price * batch.use[:, :, row]
        paid += max(-price, 0.0) * batch.use[:, :, row]
    proven, harmless = is_open & proven, is_open & harmless
    usable = proven | (harmless & (paid > 0))
    worth = policy.worth * np.where(usable & ~proven, unproven(effect), effect)
    answers, asks = None, np.zeros_like(proven)
    if batch.told is not None:
        answers = np.where(harmless, batch.told, 0.0)
        asks = answers > 0
        usable |= asks
        worth = np.where(asks, with_answers(policy.worth * effect, proven, answers), worth)
    free = None
    if policy.unfloored is not None:
        free = np.where(proven | asks, worth - batch.use @ np.array(policy.unfloored), -np.inf)
    return Scores(effect, error, worth, priced, free, usable, proven, harmless, is_open, unlike, fresh, answers)


def with_answers(
    worth: NDArray[np.float64], proven: NDArray[np.bool_], told: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What a question is worth: its answer, and what it does itself where that is proven."""
    return np.asarray(np.where(proven, worth, 0.0) + told)


def unproven(effect: NDArray[np.float64]) -> NDArray[np.float64]:
    """Goal actions that are counted where nothing is proven: a little less than none, or the harm that is expected."""
    return np.asarray(np.minimum(effect, 0.0) - UNPROVEN)


def decide(batch: Batch, policy: Policy, now: date) -> Choices:
    """Choose for every unit of a batch: the only argmax there is.

    Args:
        batch: whom to decide for, and what is open to them.
        policy: models, prices, shares.
        now: messages that expired before this day are closed.

    Returns:
        The option, the reason and all marginal propensities of each unit; the same for a unit alone as in any batch.

    Nothing is known of any effect yet, so nobody is contacted but by chance:

    >>> import pyarrow as pa
    >>> from groundswell.allocate import Prices
    >>> batch = Batch(("h1",), ("h1",), np.array([0]), pa.table({"age": [30.0]}), np.array([[True]]), np.ones((1, 1, 1)))
    >>> free = Prices(np.zeros(1), (), 0.0, 0.0, 0)
    >>> policy = Policy("spring", "", 1, 0, ("a/post",), (None,), 25.0, ("money",), free, None, 0.04, 0.1)
    >>> found = decide(batch, policy, date(2026, 11, 21))
    >>> REASONS[found.reason[0]], found.propensities.round(2).tolist()
    ('not-proven', [[0.98, 0.02]])
    """
    found = score(batch, policy, now)
    choices = _decide_by_chance(batch, policy, policy.pilot, found) if policy.pilot else _decide(batch, policy, found)
    return choices if batch.trials is None else _as_drawn(choices, batch.trials)


def _decide(batch: Batch, policy: Policy, found: Scores) -> Choices:
    """A round with evidence: the best option, but for those who are held out or explore."""
    chances = allocate.mixture(found.worth, batch.use, policy.prices, is_open=found.usable)
    tie = draw(batch.unit_ids, key=f"{policy.campaign}|tie|{policy.round}|{policy.seed}")
    option = pick(tie, chances)
    reason = _reasons(found, chances, option)
    holdout, explored, drawn = random_draws(batch.unit_ids, found.open, policy)
    option = np.where(explored, drawn, np.where(holdout, 0, option))
    # Where rules close everything there is nothing to draw from: that is the reason, not chance.
    told = explored & found.open.any(axis=1)
    reason = np.where(told, REASONS.index("explored"), np.where(holdout, REASONS.index("holdout"), reason))
    return Choices(option, reason.astype(np.int8), marginal(chances, found.open, policy), found)


def _as_drawn(choices: Choices, trials: Trials) -> Choices:
    """The same, but for those who take part in an experiment."""
    inside = trials.option >= 0
    return Choices(
        np.where(inside, trials.option, choices.option),
        np.where(inside, REASONS.index("experiment"), choices.reason).astype(np.int8),
        np.where(inside[:, None], trials.chances, choices.propensities),
        choices.scores,
    )


def _decide_by_chance(batch: Batch, policy: Policy, pilot: Pilot, found: Scores) -> Choices:
    """A round without evidence: chance decides for everybody who is not held out."""
    shares = pilot_chances(batch, found.open, pilot, policy.holdout)
    drawn = pick(draw(batch.unit_ids, key=f"{policy.campaign}|pilot|{policy.round}|{policy.seed}"), shares)
    holdout = policy.held_out(batch.unit_ids)
    reason = np.where(found.open.any(axis=1), REASONS.index("pilot"), REASONS.index("closed"))
    reason = np.where(holdout, REASONS.index("holdout"), reason)
    logged = shares * (1 - policy.holdout)
    logged[:, 0] += policy.holdout
    return Choices(np.where(holdout, 0, drawn), reason.astype(np.int8), logged, found)


def random_draws(
    unit_ids: tuple[str, ...], is_open: NDArray[np.bool_], policy: Policy
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """Who is held out, who explores, and what an explorer gets: uniform over ``nothing`` and what is open."""
    holdout = policy.held_out(unit_ids)
    explored = explore_order(unit_ids, policy) < policy.explore / (1 - policy.holdout)
    uniform = draw(unit_ids, key=f"{policy.campaign}|explored|{policy.round}|{policy.seed}")
    return holdout, explored & ~holdout, pick(uniform, _uniform(is_open))


def explore_order(unit_ids: tuple[str, ...], policy: Policy) -> NDArray[np.float64]:
    """(units,) the draw that makes explorers: those below the share explore."""
    return draw(unit_ids, key=f"{policy.campaign}|explore|{policy.round}|{policy.seed}")


def marginal(chances: NDArray[np.float64], is_open: NDArray[np.bool_], policy: Policy) -> NDArray[np.float64]:
    """(units, K + 1) probability of each option before holdout, exploration and ties are drawn."""
    held = np.zeros(chances.shape[1])
    held[0] = policy.holdout
    rest = 1 - policy.holdout - policy.explore
    return np.asarray(rest * chances + policy.explore * _uniform(is_open) + held)


def _uniform(is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
    allowed = np.column_stack([np.ones(len(is_open), dtype=bool), is_open])
    return np.asarray(allowed / allowed.sum(axis=1, keepdims=True))


def _reasons(found: Scores, chances: NDArray[np.float64], option: NDArray[np.int64]) -> NDArray[np.int64]:
    tied = (chances > 0).sum(axis=1) > 1
    helps = (found.usable & (found.worth > 0)).any(axis=1)
    silent = np.select(
        [~found.open.any(axis=1), ~(found.proven | found.asks).any(axis=1), ~helps],
        [REASONS.index("closed"), REASONS.index("not-proven"), REASONS.index("no-gain")],
        REASONS.index("price"),
    )
    reason = np.where(option == 0, silent, REASONS.index("chosen"))
    reason = np.where(found.answers(option) > 0, REASONS.index("asked"), reason)
    reason = np.where(tied, REASONS.index("margin"), reason)
    return np.where(found.by_floor(option), REASONS.index("floor"), reason)
