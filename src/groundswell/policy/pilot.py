"""A first round has no proof, so it is a pilot: relevance weights the draw, chance decides, and power is told beforehand.

Relevance never counts as evidence of effect. It only makes likelier what people care about, by a factor of two at most, so
that what was drawn rarely still teaches something: a wrong idea of who cares costs the round hardly anything, and what is
learnt of it, in Springfield, 1 % of the evidence; a factor of three would cost 2 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.policy.batch import Batch
from groundswell.policy.settings import Limit
from groundswell.stats import z_value

QUIET = 0.4
"""At least this share of those who are not held out is drawn for nothing: what everything else is compared with."""
LEAST_PROPENSITY = 0.01
"""An option drawn more rarely than this teaches nothing that a later round could use."""
_ROUNDS = 200


@dataclass(frozen=True)
class Pilot:
    """How a pilot draws.

    Attributes:
        scale: (K,) how much of its share each option keeps, so that the limits hold; 0: too dear to be tried.
        money: the share of the money it may spend.
    """

    scale: tuple[float, ...]
    money: float

    def as_json(self) -> dict[str, Any]:
        """For the header of a policy file."""
        return {"scale": list(self.scale), "money": self.money}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Pilot:
        """The inverse of :meth:`as_json`."""
        return cls(tuple(found["scale"]), found["money"])


@dataclass(frozen=True)
class Power:
    """How small an effect a pilot will be able to see.

    Attributes:
        option: what is tried.
        people: to whom it is open.
        drawn: how many people it is expected to be drawn for.
        visible: the smallest effect on everybody that would be proven four times in five, per person.
    """

    option: str
    people: int
    drawn: float
    visible: float


def chances(batch: Batch, is_open: NDArray[np.bool_], pilot: Pilot, holdout: float) -> NDArray[np.float64]:
    """(units, K + 1) probability of every option among those who are not held out.

    Args:
        batch: the units.
        is_open: (units, K) what is open to them today.
        pilot: how it draws.
        holdout: the share of units that are held out: what is logged is shared with them.

    >>> both = np.array([[True, True]])
    >>> batch = Batch(("a",), ("a",), np.array([0]), None, both, np.ones((1, 2, 0)), np.array([[90.0, 30.0]]))
    >>> chances(batch, batch.is_open, Pilot((1.0, 1.0), 0.3), 0.0).round(3).tolist()
    [[0.4, 0.356, 0.244]]
    """
    weight = np.where(is_open, _weights(batch), 0.0)
    total = weight.sum(axis=1, keepdims=True)
    share = (1 - QUIET) * np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    scale = np.asarray(pilot.scale)
    tried = is_open & (scale > 0)
    # What is left below the least that teaches is lifted to it; what an option gives up goes to nothing, and nothing keeps
    # its part: where much is lifted, what lies above is lowered.
    most = (1 - QUIET) / np.maximum(tried.sum(axis=1, keepdims=True), 1)
    floor = np.where(tried, np.minimum(_floor(holdout), most), 0.0)
    above = np.where(tried, np.maximum(share * scale - floor, 0.0), 0.0)
    room, total = 1 - QUIET - floor.sum(axis=1, keepdims=True), above.sum(axis=1, keepdims=True)
    drawn = floor + above * np.minimum(1.0, np.divide(room, total, out=np.ones_like(total), where=total > 0))
    return np.column_stack([1.0 - drawn.sum(axis=1), drawn])


def plan_pilot(
    batch: Batch,
    is_open: NDArray[np.bool_],
    pilot: Pilot,
    holdout: float,
    limits: Sequence[Limit],
    at_most: NDArray[np.float64],
) -> Pilot:
    """How far a pilot may go so that it overruns no limit, and spends no more than its share of the money.

    It is settled before anything is drawn: what is used on average and four standard deviations more must fit. An option
    that cannot be drawn often enough to teach anything is not tried.

    Args:
        batch: all units.
        is_open: (units, K) what is open to them today.
        pilot: the draft; its ``money`` is the share of the money.
        holdout: the share of units that are held out.
        limits: all limits; those with ``per`` have closed options already.
        at_most: (limits without ``per``,) the most there may be.
    """
    money = pilot.money
    scarce = [limit for limit in limits if limit.per is None]
    share = np.array([money if limit.of == "money" else 1.0 for limit in scarce])
    room = at_most * share * (1 - 1e-6)
    live = _few_enough(batch, is_open, holdout)
    while True:
        scale = _scaled(batch, is_open, live, room, holdout)
        if scale is not None or not live.any():
            return replace(pilot, scale=tuple((scale if scale is not None else np.zeros(len(live))).tolist()))
        # Not even the least of everything fits: give up what takes most of the limit that is overrun furthest.
        least = _need(batch, is_open, Pilot(tuple(np.where(live, 1e-9, 0.0)), money), holdout)
        over = int(np.argmax(_most(least) / np.maximum(room, 1e-300)))
        live[int(np.argmax(least[0][:, over]))] = False


def overrun(
    option: NDArray[np.int64], use: NDArray[np.float64], room: NDArray[np.float64], order: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(units,) whose drawn option must be taken back so that no limit is overrun: the last in the order of their draws.

    >>> overrun(np.array([1, 1]), np.ones((2, 1, 1)), np.array([1.0]), np.array([0.7, 0.2])).tolist()
    [True, False]
    """
    lost = np.zeros(len(option), dtype=bool)
    drawn = np.flatnonzero(option > 0)
    ranked = drawn[np.argsort(order[drawn], kind="stable")]
    rows = use[ranked, option[ranked] - 1]
    for limit in range(use.shape[2]):
        users = ranked[(rows[:, limit] > 0) & ~lost[ranked]]
        # Exact sums: the last is taken back until what is left fits to the cent.
        while math.fsum(use[users, option[users] - 1, limit]) > room[limit]:
            lost[users[-1]] = True
            users = users[:-1]
    return lost


def foretell(
    batch: Batch,
    is_open: NDArray[np.bool_],
    pilot: Pilot,
    *,
    options: Sequence[str],
    holdout: float,
    alpha: float,
    rate: float | None,
) -> tuple[Power, ...]:
    """The smallest effect of each option that this pilot would prove four times in five.

    Args:
        batch: all units.
        is_open: (units, K) what is open to them today.
        pilot: how it draws.
        options: the campaign's options, K of them.
        holdout: the share of units that are held out.
        alpha: the guard's level over all options together.
        rate: the share who act anyway; None: not known, so the worst case (a half) is taken.

    Returns:
        For each option that is tried: ``visible = (z(1 - alpha / 2K) + z(0.8)) sqrt(v (1/e + 1/e_0) d / n)``, where the
        guard tries K options on two groups each, v is the variance of the action, e the propensities and d what people of
        one unit share at worst, their number (Kish 1965).
    """
    logged = chances(batch, is_open, pilot, holdout) * (1 - holdout)
    logged[:, 0] += holdout
    size = np.bincount(batch.unit, minlength=len(batch.unit_ids)).astype(np.float64)
    noise = rate * (1 - rate) if rate is not None else 0.25
    tried = [place for place in range(is_open.shape[1]) if pilot.scale[place] > 0 and is_open[:, place].any()]
    reach = z_value(1 - alpha / (2 * max(len(tried), 1))) + z_value(0.8)
    found = []
    for place in tried:
        here = is_open[:, place]
        people = size[here].sum()
        # Everybody of a unit gets the same, and may well act alike: a unit of three is then one witness, three times.
        odds = (size[here] ** 2 * (1 / logged[here, place + 1] + 1 / logged[here, 0])).sum() / people**2
        visible = reach * math.sqrt(noise * odds)
        drawn = float((size[here] * logged[here, place + 1]).sum())
        found.append(Power(options[place], int(people), drawn, float(visible)))
    return tuple(found)


def _floor(holdout: float) -> float:
    """The least an option is drawn with among those who are not held out."""
    return LEAST_PROPENSITY / (1 - holdout)


def _few_enough(batch: Batch, is_open: NDArray[np.bool_], holdout: float) -> NDArray[np.bool_]:
    """(K,) so many options that each can be drawn often enough to teach; those that concern people least are not tried."""
    live = np.ones(is_open.shape[1], dtype=bool)
    most = int((1 - QUIET) / _floor(holdout) + 1e-9)
    concern = np.where(is_open, _weights(batch), 0.0).sum(axis=0)
    while (is_open & live).sum(axis=1).max(initial=0) > most:
        live[int(np.argmin(np.where(live, concern, np.inf)))] = False
    return live


def _weights(batch: Batch) -> NDArray[np.float64]:
    """(units, K) 2/3 where nobody cares, 4/3 where somebody cares most, 1 where it is not known."""
    if batch.interest is None:
        return np.ones(batch.is_open.shape)
    return np.asarray((100.0 + np.where(np.isnan(batch.interest), 50.0, batch.interest)) / 150.0)


def _need(
    batch: Batch, is_open: NDArray[np.bool_], pilot: Pilot, holdout: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K, limits) what each option uses on average, and (limits,) the variance of all."""
    drawn = chances(batch, is_open, pilot, holdout)[:, 1:] * (1 - holdout)
    mean = np.einsum("uk,ukl->kl", drawn, batch.use)
    square = np.einsum("uk,ukl->l", drawn, batch.use**2)
    each = np.einsum("uk,ukl->ul", drawn, batch.use)
    return mean, np.maximum(square - (each**2).sum(axis=0), 0.0)


def _most(need: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.asarray(need[0].sum(axis=0) + 4 * np.sqrt(need[1]))


def _scaled(
    batch: Batch,
    is_open: NDArray[np.bool_],
    live: NDArray[np.bool_],
    room: NDArray[np.float64],
    holdout: float,
) -> NDArray[np.float64] | None:
    """(K,) scales at which everything fits; None where not even the least of every live option does.

    What an option uses makes it rarer by the square root of its price, which tells most for what there is (Neyman 1934, with
    costs: Cochran 1977, section 5.5); what hardly uses anything keeps its share.
    """
    mine = np.where(is_open[:, :, None], batch.use, 0.0)
    each = mine.sum(axis=0) / np.maximum(is_open.sum(axis=0), 1)[:, None]
    price = np.divide(
        1e-6, each.max(axis=0, initial=0.0), out=np.zeros(len(room)), where=each.max(axis=0, initial=0.0) > 0
    )
    for _ in range(_ROUNDS):
        scale = np.maximum(1.0 / np.sqrt(np.maximum(each @ price, 1.0)), 1e-9)
        pilot = Pilot(tuple(np.where(live, scale, 0.0)), 1.0)
        most = _most(_need(batch, is_open, pilot, holdout))
        over = np.divide(most, room, out=np.where(most > 0, np.inf, 0.0), where=room > 0)
        if (over <= 1).all():
            return np.asarray(pilot.scale)
        # A price that does not bite yet is first lifted to where it begins to.
        bites = (each * price).max(axis=0, initial=0.0) >= 1 - 1e-9  # a price of 1 / use rarely gives a whole 1
        price = np.where(over > 1, price * np.where(bites, np.clip(over, 1.02, 10.0), 1e6), price)
        price = np.where(
            (over > 1) & ~bites, np.minimum(price, 1.0 / np.maximum(each.max(axis=0, initial=0.0), 1e-300)), price
        )
    return None
