"""What is true of the town's people: their chance of attending, given nothing or any option."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.vocabulary import CampaignError, nearest, split_option
from groundswell.worlds.town.residents import Residents
from groundswell.worlds.town.shapes import bell, filling, logistic
from groundswell.worlds.town.smooth import pull
from groundswell.worlds.town.steps import points

TRUTHS = ("smooth", "steps", "none")
OPTIONS = (
    "bus-line/email",
    "class-sizes/email",
    "clinic-hours/post",
    "home-care/phone",
    "home-care/door",
    "pension-advice/phone",
    "pension-advice/post",
    "rents/email",
    "rents/door",
    "school-meals/email",
    "school-meals/phone",
    "trade-deal/email",
)
SPOKEN = ("phone", "door")
"""Channels where it matters who speaks."""

_LEAST, _MOST = math.log(0.02 / 0.98), 0.0  # log-odds of 0.02 and 0.5
_TIRING = 0.6  # what is left of an effect after each contact of the last 60 days


def chance_of_nothing(people: Residents) -> NDArray[np.float64]:
    """(n,) the chance that each person attends without hearing anything from us: 0.02 to 0.5, 0.12 on average."""
    return logistic(_leaning(people))


def chance(
    people: Residents,
    option: str,
    *,
    truth: str,
    strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The chance that each person attends, given one option.

    Args:
        people: n people.
        option: one of ``OPTIONS``; to whom it cannot get (no address, no number), it does nothing.
        truth: one of ``TRUTHS``.
        strength: (n,) what each person's effect is multiplied by.

    Raises:
        CampaignError: for an option the town does not have.
    """
    if option not in OPTIONS:
        near = nearest(option, OPTIONS)
        raise CampaignError(
            "The town knows no truth about this option.",
            found=option,
            expected=", ".join(OPTIONS),
            hint=f"Did you mean {near}?" if near else "Use one of those.",
        )
    message, channel = split_option(option)
    strength = np.where(reached(people, channel), strength, 0.0)
    if truth == "smooth":
        return logistic(_leaning(people) + strength * pull(message, channel, people))
    if truth == "steps":
        return np.clip(chance_of_nothing(people) + strength * points(message, channel, people), 0.005, 0.95)
    return chance_of_nothing(people)


def reached(people: Residents, channel: str) -> NDArray[np.bool_]:
    """(n,) True for those to whom a channel can get."""
    if channel == "phone":
        return people.mobile | people.landline
    return people.email if channel == "email" else np.ones(len(people), dtype=bool)


def freshness(contacts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is left of an effect after so many contacts in the last 60 days.

    >>> freshness(np.array([0.0, 2.0])).tolist()
    [1.0, 0.36]
    """
    return np.asarray(_TIRING**contacts)


def similarity(messengers: Residents, people: Residents) -> NDArray[np.float64]:
    """(n,) how much stronger a spoken message is from each person's messenger than from anybody: 0.5 to 1.5.

    People of one age, one language and one district believe each other.
    """
    age = bell(messengers.age - people.age, 0, 12)
    language = messengers.spanish == people.spanish
    district = messengers.district == people.district
    return np.asarray(0.5 + 0.5 * age + 0.25 * language + 0.25 * district)


def _leaning(people: Residents) -> NDArray[np.float64]:
    doing = 1.1 * filling(people.meetings, 1.0) + 0.18 * (people.votes - 2)
    leaning = -2.6 + doing + 0.35 * bell(people.age, 60, 16) + 0.2 * people.habit + 0.42 * people.lasting
    return np.clip(leaning, _LEAST, _MOST)
