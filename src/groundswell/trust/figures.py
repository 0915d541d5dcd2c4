"""Numbers as people read them: at most three significant figures, with their unit and their interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from groundswell.vocabulary.words import Words

Verdict = Literal["gain", "harm", "none", "same", "unknown"]
Interval = Mapping[str, float]

_NOTHING = 1e-12


def verdict(estimate: Interval | None) -> Verdict:
    """What an interval allows us to say.

    Returns:
        ``gain`` or ``harm`` where the interval lies on one side of 0, ``none`` where it includes 0, ``same`` where two
        policies did the same, ``unknown`` where the value is refused.

    >>> verdict({"value": 1.0, "lower": 0.5, "upper": 1.5}), verdict({"value": 1.0, "lower": -0.5, "upper": 2.5})
    ('gain', 'none')
    """
    if estimate is None:
        return "unknown"
    lower, upper = estimate["lower"], estimate["upper"]
    if max(abs(lower), abs(upper)) < _NOTHING:
        return "same"
    if lower > 0:
        return "gain"
    return "harm" if upper < 0 else "none"


def scaled(estimate: Interval | None, factor: float) -> dict[str, float] | None:
    """The estimate in another unit.

    >>> scaled({"value": 0.5, "lower": 0.25, "upper": 0.75}, 1000)
    {'value': 500.0, 'lower': 250.0, 'upper': 750.0}
    """
    return None if estimate is None else {part: estimate[part] * factor for part in ("value", "lower", "upper")}


def decimals(size: float) -> int:
    """How many decimals a number of this size is shown with: never more than three significant figures.

    >>> [decimals(size) for size in (297, 20.1, 6.7, 0.31, 0.0031)]
    [0, 1, 1, 2, 4]
    """
    if size >= 99.95:
        return 0
    if size >= 0.995 or size < _NOTHING:
        return 1
    return min(8, 1 - math.floor(math.log10(size)))


class Figures:
    """Numbers in one language.

    >>> from groundswell.vocabulary.words import words
    >>> Figures(words("en")).count(344084), Figures(words("en")).short(8528.24)
    ('344,084', '8,530')
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._group = words["report.number.group"]
        self._decimal = words["report.number.decimal"]
        self._minus = words["report.number.minus"]

    def count(self, number: float) -> str:
        """A count, whole and exact."""
        return self._written(f"{round(number):,d}")

    def short(self, number: float) -> str:
        """At most three significant figures, without idle zeros.

        >>> from groundswell.vocabulary.words import words
        >>> [Figures(words("es")).short(number) for number in (0.30990, 20.0, -1234.5)]
        ['0,31', '20', '−1230']
        """
        size = abs(number)
        places = max(0, 2 - math.floor(math.log10(size))) if size >= _NOTHING else 0
        return self._written(_trimmed(self._fixed(number, min(places, 8))))

    def signed(self, number: float, like: float) -> str:
        """A number with as many decimals as one of the size ``like`` has."""
        return self._written(self._fixed(number, decimals(like)))

    def parts(self, estimate: Interval) -> tuple[str, str, str]:
        """Value, lower and upper with the same decimals.

        >>> from groundswell.vocabulary.words import words
        >>> Figures(words("en")).parts({"value": 20.14, "lower": 17.92, "upper": 22.3})
        ('20.1', '17.9', '22.3')
        """
        like = max(abs(estimate[part]) for part in ("value", "lower", "upper"))
        value, lower, upper = (self.signed(estimate[part], like) for part in ("value", "lower", "upper"))
        return value, lower, upper

    def interval(self, estimate: Interval) -> tuple[str, str]:
        """The value, and its interval in brackets."""
        value, lower, upper = self.parts(estimate)
        return value, self._words("report.number.interval", lower=lower, upper=upper)

    def percent(self, share: float) -> str:
        """A share as a per cent: whole, with a decimal below 10 %; never all or none of what is not.

        >>> from groundswell.vocabulary.words import words
        >>> [Figures(words("en")).percent(share).replace(chr(160), " ") for share in (0.9997, 0.984, 0.05, 0.00001)]
        ['99 %', '98 %', '5 %', 'under 0.1 %']
        """
        hundredths = round(share * 100, 9)  # a sum of weights may miss the whole by its last digit
        if 0 < hundredths < 0.095:
            return self._words("report.number.under", n=self.percent(0.001))
        whole = round(hundredths) if hundredths >= 100 or hundredths < 99 else 99
        text = f"{whole}" if hundredths >= 9.95 else _trimmed(f"{hundredths:.1f}")
        return self._words("report.number.percent", n=self._written(text))

    def tiny_percent(self, share: float) -> str:
        """A very small share as a per cent, at most three significant figures."""
        return self._words("report.number.percent", n=self.short(share * 100))

    def money(self, amount: float, currency: str) -> str:
        """An amount as it will be paid: exact, with its currency.

        >>> from groundswell.vocabulary.words import words
        >>> Figures(words("en")).money(2025022.5, "USD").replace(chr(160), " ")
        '2,025,022.50 USD'
        """
        text = f"{amount:,.2f}".removesuffix(".00")
        return self._words("report.number.money", n=self._written(text), currency=currency)

    def exact(self, amount: float) -> str:
        """What is used of something scarce: exact to the hundredth."""
        return self._written(_trimmed(f"{amount:,.2f}"))

    def names(self, names: Sequence[str]) -> str:
        """Names in a row: a, b and c."""
        if not names:
            return ""
        said = names[0]
        for name in names[1:-1]:
            said = self._words("report.number.list", first=said, last=name)
        return self._words("report.number.list_last", first=said, last=names[-1]) if len(names) > 1 else said

    def date(self, day: str) -> str:
        """An ISO date in words."""
        year, month, date = day.split("-")
        return self._words("report.date", day=int(date), month=self._words[f"report.month.m{month}"], year=year)

    def locale(self) -> dict[str, Any]:
        """How a plot's axis writes numbers."""
        return {
            "decimal": self._decimal,
            "thousands": self._group,
            "grouping": [3],
            "currency": ["", ""],
            "minus": self._minus,
        }

    def _fixed(self, number: float, places: int) -> str:
        if abs(number) >= 999.5:
            number = float(f"{number:.3g}")
        text = f"{number:,.{places}f}"
        return text.removeprefix("-") if not any(digit in text for digit in "123456789") else text

    def _written(self, text: str) -> str:
        whole = text.partition(".")[0].replace("-", "")
        # Where the group is a space, a number of four digits is written without it.
        group = "" if not self._group.strip() and len(whole.replace(",", "")) <= 4 else self._group
        marks = {",": group, ".": self._decimal, "-": self._minus}
        return "".join(marks.get(character, character) for character in text)


def _trimmed(text: str) -> str:
    """Without idle zeros after the point."""
    return text.rstrip("0").rstrip(".") if "." in text else text
