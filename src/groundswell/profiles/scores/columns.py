"""Traits as the columns of a score: one for each level of a factor, one for each number.

What a level or a number is, is learnt from the rows that were answered for; a level that is not known there falls back to its
factor's middle, which is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MOST_LEVELS = 1_000
"""A factor has at most so many levels of its own: those with most answers."""
FEWEST = 2
"""A level with fewer answers falls back to its factor's middle."""
_BLANK = ""


class Encoded(NamedTuple):
    """Rows as a score reads them.

    Attributes:
        codes: (n, factors) the column of each row's level, -1 where it is not known.
        numbers: (n, numbers) standardised, 0 where blank; then a 1 for each blank of those that have any.
    """

    codes: NDArray[np.int64]
    numbers: NDArray[np.float64]

    def rows(self, chosen: NDArray[np.int64]) -> Encoded:
        """Some of the rows."""
        return Encoded(self.codes[chosen], self.numbers[chosen])


@dataclass(frozen=True)
class Factor:
    """A trait of which each level has an effect of its own, all drawn from one spread.

    Attributes:
        name: the column.
        levels: those with a column; blank is a level like any other.
    """

    name: str
    levels: tuple[str, ...]

    def codes(self, column: pa.ChunkedArray) -> NDArray[np.int64]:
        """(n,) the place of each row's level, -1 where it has none."""
        found = pc.index_in(_texts(column), value_set=pa.array(self.levels, pa.string()))
        return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


@dataclass(frozen=True)
class Number:
    """A trait that counts by how far it is from its mean.

    Attributes:
        name: the column.
        mean, deviation: what it is standardised by.
        blanks: True where some were blank: that is a fact of its own.
    """

    name: str
    mean: float
    deviation: float
    blanks: bool

    def columns(self, column: pa.ChunkedArray) -> list[NDArray[np.float64]]:
        """(n,) the standardised values, and who is blank."""
        values = np.asarray(column.to_numpy(), dtype=np.float64)
        blank = np.isnan(values)
        found = [np.where(blank, 0.0, (values - self.mean) / self.deviation)]
        return [*found, blank.astype(np.float64)] if self.blanks else found


@dataclass(frozen=True)
class Meeting:
    """Two factors whose levels count together beyond what each does alone.

    Attributes:
        first, second: their places among the factors.
        places: (levels + 1, levels + 1) the place of each two levels' own effect, -1 where there is none.
    """

    first: int
    second: int
    places: NDArray[np.int64]

    @property
    def width(self) -> int:
        """How many columns."""
        return int(self.places.max(initial=-1)) + 1

    @classmethod
    def learn(cls, first: int, second: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> Meeting:
        """Every two levels that came together often enough get a column.

        Args:
            first: one factor's place.
            second: the other's.
            one: (n,) places of each row's level of the first, -1 where not known.
            other: (n,) of the second.
        """
        shape = int(one.max(initial=-1)) + 2, int(other.max(initial=-1)) + 2
        known = (one >= 0) & (other >= 0)
        counts = np.zeros(shape, dtype=np.int64)
        np.add.at(counts, (one[known], other[known]), 1)
        places = np.full(shape, -1, dtype=np.int64)
        often = counts >= FEWEST
        places[often] = np.arange(int(often.sum()))
        return cls(first, second, places)

    def codes(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) the place of each row's two levels, -1 where they have none."""
        return np.asarray(self.places[np.minimum(one, self.places.shape[0] - 1), other], dtype=np.int64)


@dataclass(frozen=True)
class Layout:
    """All columns of a score: the intercept, then the factors' levels, the meetings', the numbers.

    Attributes:
        factors, numbers, meetings: in the order of their columns.
        left_out: why a trait of the rows has no column.
    """

    factors: tuple[Factor, ...]
    numbers: tuple[Number, ...]
    left_out: dict[str, str]
    meetings: tuple[Meeting, ...] = ()

    @classmethod
    def learn(cls, traits: pa.Table, factors: Sequence[str] | None) -> Layout:
        """What each column of the rows is: a factor where it is named or holds texts, else a number."""
        of, numbers, left_out = [], [], {}
        for name in traits.column_names:
            column = traits[name]
            if column.null_count == len(column) or (
                not pa.types.is_string(column.type) and bool(np.isnan(column.to_numpy()).all())
            ):
                left_out[name] = "always blank"
            elif pa.types.is_string(column.type) if factors is None else name in factors:
                factor = _factor(name, column)
                if len(factor.levels) < 2:
                    left_out[name] = "the same for everybody" if factor.levels else "no level has two answers"
                else:
                    of.append(factor)
            elif pa.types.is_string(column.type):
                left_out[name] = "texts, and not among the factors"
            else:
                number = _number(name, column)
                if number.deviation > 0:
                    numbers.append(number)
                else:
                    left_out[name] = "the same for everybody"
        return cls(tuple(of), tuple(numbers), left_out)

    @property
    def names(self) -> list[str]:
        """The traits that have a column."""
        return [factor.name for factor in self.factors] + [number.name for number in self.numbers]

    @property
    def sizes(self) -> list[int]:
        """How many columns each factor, each meeting and the numbers have; a blank number's column is its trait's."""
        own = [len(factor.levels) for factor in self.factors] + [meeting.width for meeting in self.meetings]
        return [*own, *(1 + number.blanks for number in self.numbers)]

    @property
    def width(self) -> int:
        """How many columns, the intercept included."""
        return 1 + sum(self.sizes)

    @property
    def owner(self) -> NDArray[np.int64]:
        """(width,) which spread each column's effect is drawn from; -1: the intercept, which is free.

        Each factor and meeting has its own; all numbers share one.
        """
        groups = len(self.factors) + len(self.meetings)
        place = [min(spread, groups) for spread, size in enumerate(self.sizes) for _ in range(size)]
        return np.array([-1, *place], dtype=np.int64)

    def encoded(self, traits: pa.Table) -> Encoded:
        """The rows as the score reads them."""
        own = [factor.codes(traits[factor.name]) for factor in self.factors]
        both = [meeting.codes(own[meeting.first], own[meeting.second]) for meeting in self.meetings]
        starts = 1 + np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        codes = [np.where(found >= 0, found + start, -1) for found, start in zip([*own, *both], starts, strict=False)]
        numbers = [column for number in self.numbers for column in number.columns(traits[number.name])]
        count = traits.num_rows
        return Encoded(
            np.column_stack(codes) if codes else np.zeros((count, 0), dtype=np.int64),
            np.column_stack(numbers) if numbers else np.zeros((count, 0)),
        )

    @property
    def first_number(self) -> int:
        """The column of the first number."""
        return self.width - sum(1 + number.blanks for number in self.numbers)


def _factor(name: str, column: pa.ChunkedArray) -> Factor:
    counts = pc.value_counts(_texts(column)).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return Factor(name, tuple(entry["values"] for entry in ranked[:MOST_LEVELS] if entry["counts"] >= FEWEST))


def _number(name: str, column: pa.ChunkedArray) -> Number:
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    blank = np.isnan(values)
    known = values[~blank]
    return Number(name, float(known.mean()), float(known.std()), bool(blank.any()))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Levels as texts: a blank is one, a number is written as briefly as it can be."""
    if pa.types.is_string(column.type):
        return pc.fill_null(column, _BLANK)
    values, place = np.unique(column.to_numpy(), return_inverse=True)
    names = pa.array([_BLANK if np.isnan(value) else f"{value:.12g}" for value in values])
    return pa.chunked_array([names.take(pa.array(place))])
