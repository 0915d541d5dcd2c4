"""The truth called ``steps``: thresholds and who-lives-with-whom, in probability; nothing bends, all of it jumps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from groundswell.worlds.town.homes import DISTRICTS, Role
from groundswell.worlds.town.interests import TOPICS
from groundswell.worlds.town.residents import Residents
from groundswell.worlds.town.work import works_as

_Points = Callable[[Residents], NDArray[np.float64]]


def points(message: str, channel: str, people: Residents) -> NDArray[np.float64]:
    """(n,) what an option adds to the probability of attending.

    >>> from groundswell.worlds.town.residents import make_residents
    >>> float(abs(points("clinic-hours", "post", make_residents(0, 0))).max())
    0.0
    """
    return _MESSAGES[message](people) * _CHANNELS[channel](people)


def _first_that_holds(people: Residents, *rules: tuple[NDArray[np.bool_], float]) -> NDArray[np.float64]:
    """The points of the first rule that holds for a person, 0 where none does."""
    return np.select([rule for rule, _ in rules], [worth for _, worth in rules], np.zeros(len(people)))


def _lives_in(people: Residents, *districts: str) -> NDArray[np.bool_]:
    return np.isin(people.district, [DISTRICTS.index(district) for district in districts])


def _school_meals(people: Residents) -> NDArray[np.float64]:
    near = _lives_in(people, "south", "east", "west")
    schoolchild = people.at_school > 0
    return _first_that_holds(
        people,
        (schoolchild & (people.role == Role.ELDER), -0.04),
        (schoolchild & near & (people.age < 50), 0.19),
    )


def _class_sizes(people: Residents) -> NDArray[np.float64]:
    teaches = works_as(people.occupation, "teacher", "teaching assistant")
    return _first_that_holds(
        people,
        (teaches, 0.12),
        ((people.children > 0) & (people.votes >= 2), 0.14),
        (people.age < 24, -0.04),
    )


def _pension_advice(people: Residents) -> NDArray[np.float64]:
    """Those who worry about their parents, not those who receive a pension."""
    return _first_that_holds(people, ((people.age >= 30) & (people.age <= 50), 0.15), (people.age >= 67, 0.005))


def _home_care(people: Residents) -> NDArray[np.float64]:
    tends = people.woman & (people.age >= 48)
    return _first_that_holds(people, (people.age >= 60, 0.17), (tends, 0.14), (people.age < 26, -0.04))


def _rents(people: Residents) -> NDArray[np.float64]:
    return _first_that_holds(
        people,
        (people.owner & (people.years > 12), -0.06),
        (~people.owner & (people.age < 45), 0.17),
        ((people.role == Role.CHILD) & people.owner, 0.12),
    )


def _trade_deal(people: Residents) -> NDArray[np.float64]:
    ships = works_as(people.occupation, "dock worker", "farmer")
    cares = people.interest[:, TOPICS.index("trade")]
    return _first_that_holds(people, (ships & ~_lives_in(people, "north"), 0.13), (cares < 10, -0.02))


def _bus_line(people: Residents) -> NDArray[np.float64]:
    """Next to nothing, and not for those who talk about buses."""
    return np.where(people.woman, 0.003, -0.003)


def _clinic_hours(people: Residents) -> NDArray[np.float64]:
    return np.zeros(len(people))


_MESSAGES: dict[str, _Points] = {
    "bus-line": _bus_line,
    "class-sizes": _class_sizes,
    "clinic-hours": _clinic_hours,
    "home-care": _home_care,
    "pension-advice": _pension_advice,
    "rents": _rents,
    "school-meals": _school_meals,
    "trade-deal": _trade_deal,
}
_CHANNELS: dict[str, _Points] = {
    "email": lambda people: np.where(people.age >= 60, 0.4, 0.95),
    "phone": lambda people: np.where(people.age >= 35, 0.95, 0.85),
    "door": lambda people: np.where(people.meetings == 0, 1.05, 0.7),
    "post": lambda people: np.where(people.votes >= 2, 0.75, 0.5),
}
