"""A summary in words: the units, effects and names that every sentence of the report is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from groundswell.profiles import INTEREST
from groundswell.trust.figures import Figures, Interval, scaled
from groundswell.vocabulary.words import Words, words

PER = 1000
"""Effects are told per so many people, households, or units of money."""


class Teller:
    """A summary, and the words for it.

    Attributes:
        summary: what ``summarise`` gave.
        say: the catalogue of the campaign's language.
        write: its numbers.
    """

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary
        self.say: Words = words(str(summary["campaign"].get("language", "en")))
        self.write = Figures(self.say)
        self.unit = str(summary["campaign"].get("decide", "person"))
        self.currency = str(summary["campaign"].get("currency", "USD"))

    @cached_property
    def goal(self) -> str:
        """The goal action in a neutral way: “vote” actions."""
        goal = self.summary["goal"]
        return self.say(f"report.goal.{goal.get('kind', 'event')}", goal=option_words(str(goal["name"])))

    @cached_property
    def unit_word(self) -> str:
        """What one decision is about: household."""
        return self.say[f"report.unit_word.{self.unit}"]

    @cached_property
    def unit_name(self) -> str:
        """Several of it: households."""
        return self.say[f"report.unit_name.{self.unit}"]

    @cached_property
    def money(self) -> str | None:
        """The name of the limit of money, if there is one."""
        limits = self.summary["limits"].items()
        return next((name for name, limit in limits if limit["of"] == "money" and limit["at_most"] is not None), None)

    @cached_property
    def heard(self) -> int:
        """How many of the campaign's own rounds something came back of."""
        return sum(entry["outcomes"] > 0 for entry in self.summary["history"])

    def units(self, number: float) -> str:
        """45,000 households."""
        form = "one" if round(number) == 1 else "many"
        return self.say(f"report.units.{self.unit}_{form}", n=self.write.count(number))

    def option(self, option: str) -> str:
        """An option's id as people read it."""
        if option == "nothing":
            return self.say["report.word.nothing"]
        message, *how = option.split("/")
        return option_words("/".join([message, *map(self.channel, how)]))

    def channel(self, channel: str) -> str:
        """A channel, or who speaks through it, as people read it; one of the campaign's own keeps its id."""
        return self.say.get(f"report.channel.{channel}", channel)

    def trait(self, trait: str) -> str:
        """A trait's id as people read it: interest in schools."""
        topic = trait.removeprefix(INTEREST)
        if topic == trait or not topic:
            return self.say.get(f"report.trait.{trait}", trait_words(trait))
        return self.say("report.groups.interest", topic=trait_words(topic))

    def size(self, per_person: float) -> str:
        """An effect as people count it, per 1,000 people: whole where it is ten or more, and never told too small.

        >>> Teller({"campaign": {"language": "en"}}).size(0.0403)
        '41'
        """
        size = per_person * PER
        return self.write.count(math.ceil(size - 1e-9)) if size >= 10 else self.write.short(size)

    def change(self, number: float) -> str:
        """8,530 more “vote” actions."""
        sign = "fewer" if number < 0 else "more"
        return self.say(f"report.goal.{sign}", n=self.write.short(abs(number)), goal=self.goal)

    def effect(self, estimate: Interval) -> str:
        """An effect per person as 20.1 more “vote” actions per 1,000 people (17.9 to 22.3)."""
        return self._sentence("report.goal.per_people", scaled(estimate, PER) or {})

    def total(self, estimate: Interval) -> str:
        """A number of actions with its interval."""
        return self._sentence("report.goal.total", estimate)

    def _sentence(self, key: str, shown: Interval) -> str:
        sign = -1.0 if shown["value"] < 0 else 1.0
        size = {part: abs(shown[part]) for part in ("value", "lower", "upper")}
        value, lower, upper = self.write.parts(size)
        if shown["lower"] < 0 < shown["upper"]:
            interval = self.say("report.goal.mixed", lower=lower, upper=upper)
        else:
            ends = (lower, upper) if sign > 0 else (upper, lower)
            interval = self.say("report.number.interval", lower=ends[0], upper=ends[1])
        change = self.say(f"report.goal.{'more' if sign > 0 else 'fewer'}", n=value, goal=self.goal)
        return self.say(key, change=change, interval=interval)

    def per_money(self, name: str, estimate: Interval | None) -> dict[str, float] | None:
        """A difference per person as actions per 1,000 of the currency that ``name`` spends.

        The gain of all people of the experiment stands over what their units would spend: the summary's spend is scaled
        to the units of the plan, and is scaled back here.
        """
        evaluation = self.summary["evaluation"]
        if evaluation is None or self.money is None or not self.summary["units"]:
            return None
        spend = evaluation["spend"].get(name, {}).get(self.money, 0.0)
        spent = spend * evaluation["units"] / self.summary["units"]
        return scaled(estimate, evaluation["people"] / spent * PER) if spent > 0 else None

    def per_units(self, estimate: Interval | None) -> dict[str, float] | None:
        """A difference per person as actions per 1,000 units."""
        evaluation = self.summary["evaluation"]
        if evaluation is None or not evaluation["units"]:
            return None
        return scaled(estimate, evaluation["people"] / evaluation["units"] * PER)


def option_words(option: str) -> str:
    """An id as people read it.

    >>> option_words("neighbors/post"), option_words("schools/phone/volunteer")
    ('neighbors (post)', 'schools (phone, volunteer)')
    """
    message, *how = option.split("/")
    return f"{message} ({', '.join(how)})" if how else message


def trait_words(trait: str) -> str:
    """A trait's id as people read it.

    >>> trait_words("household_size")
    'household size'
    """
    return trait.replace("_", " ").strip()
