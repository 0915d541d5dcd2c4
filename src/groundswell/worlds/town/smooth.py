"""The truth called ``smooth``: every message pulls by bells and ramps of who people are, added up on the log-odds.

A channel makes the pull stronger or weaker, smoothly by person, too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from groundswell.worlds.town.interests import TOPICS
from groundswell.worlds.town.residents import Residents
from groundswell.worlds.town.shapes import bell, filling, ramp

_STRONGEST = 1.1  # no letter and no call moves anybody further than this
_Curve = Callable[[Residents], NDArray[np.float64]]


def pull(message: str, channel: str, people: Residents) -> NDArray[np.float64]:
    """(n,) what an option adds to the log-odds of attending.

    >>> from groundswell.worlds.town.residents import make_residents
    >>> float(abs(pull("clinic-hours", "post", make_residents(0, 0))).max())
    0.0
    """
    wanted = _MESSAGES[message](people) * _CHANNELS[channel](people)
    return _STRONGEST * np.tanh(wanted / _STRONGEST)


def _cares(people: Residents, topic: str) -> NDArray[np.float64]:
    return people.interest[:, TOPICS.index(topic)]


def _rooted(people: Residents) -> NDArray[np.float64]:
    """0 for tenants and newcomers, towards 1 for those who have owned their home for long."""
    return people.owner * filling(people.years, 8.0)


def _school_meals(people: Residents) -> NDArray[np.float64]:
    wanting = 0.55 * bell(people.age, 38, 11) + 0.6 * filling(people.children, 1.0)
    return wanting + 0.8 * ramp(_cares(people, "schools"), 20, 80) - 0.35 * ramp(people.age, 56, 72)


def _class_sizes(people: Residents) -> NDArray[np.float64]:
    wanting = 0.95 * ramp(_cares(people, "schools"), 30, 90) + 0.55 * filling(people.children, 1.0)
    return wanting + 0.25 * filling(people.meetings, 1.0) - 0.5 * bell(people.age, 23, 6)


def _pension_advice(people: Residents) -> NDArray[np.float64]:
    """Those who worry about their parents, not those who receive a pension."""
    return 1.75 * bell(people.age, 40, 9) + 0.1 * filling(people.meetings, 1.0) - 0.03


def _home_care(people: Residents) -> NDArray[np.float64]:
    caring = 0.6 * ramp(_cares(people, "health"), 25, 85) + 0.4 * bell(people.age, 55, 6)
    return 1.0 * ramp(people.age, 50, 66) + caring - 0.45 * bell(people.age, 21, 6)


def _rents(people: Residents) -> NDArray[np.float64]:
    young = 0.9 * (1.0 - ramp(people.age, 28, 66))
    return young + 0.75 * ramp(_cares(people, "housing"), 30, 80) - 1.5 * _rooted(people)


def _trade_deal(people: Residents) -> NDArray[np.float64]:
    return 1.2 * ramp(_cares(people, "trade"), 45, 95) - 0.3 * (1.0 - ramp(_cares(people, "trade"), 0, 30))


def _bus_line(people: Residents) -> NDArray[np.float64]:
    """Next to nothing, and not for those who talk about buses."""
    return 0.05 * np.cos(people.age / 7.0)


def _clinic_hours(people: Residents) -> NDArray[np.float64]:
    return np.zeros(len(people))


_MESSAGES: dict[str, _Curve] = {
    "bus-line": _bus_line,
    "class-sizes": _class_sizes,
    "clinic-hours": _clinic_hours,
    "home-care": _home_care,
    "pension-advice": _pension_advice,
    "rents": _rents,
    "school-meals": _school_meals,
    "trade-deal": _trade_deal,
}
_CHANNELS: dict[str, _Curve] = {
    "email": lambda people: 0.95 - 0.65 * ramp(people.age, 48, 80),
    "phone": lambda people: 0.70 + 0.50 * ramp(people.age, 30, 75),
    "door": lambda people: 1.15 - 0.50 * filling(people.meetings, 1.0),
    "post": lambda people: 0.55 + 0.25 * bell(people.age, 60, 15),
}
