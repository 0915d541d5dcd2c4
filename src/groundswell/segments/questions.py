"""Rules made of a few questions, each about one trait: what a discovered group is, in SQL and for arrays.

Whoever is blank where a question asks answers it as the question says: so that everybody is in exactly one group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.tables import column_name, quote_literal

_CUTS = 12
_LEVELS = 8
_FEWEST = 0.01


class Question(NamedTuple):
    """Is a number at least so large, or is a text this one?

    Attributes:
        trait: the column.
        cut: for numbers: at least this.
        level: for texts: this one.
        yes: the answer that is meant.
        blank: True: a blank answers it, too.
    """

    trait: str
    cut: float | None
    level: str | None
    yes: bool
    blank: bool

    def sql(self) -> str:
        """As a condition.

        >>> Question("age", 64.5, None, True, False).sql(), Question("town", None, "Elm", False, True).sql()
        ('age >= 64.5', "coalesce(town <> 'Elm', true)")
        """
        name = column_name(self.trait)
        if self.cut is not None:
            told = f"{name} {'>=' if self.yes else '<'} {float(self.cut)!r}"
        else:
            told = f"{name} {'=' if self.yes else '<>'} {quote_literal(self.level or '')}"
        return f"coalesce({told}, true)" if self.blank else told


Rule = tuple[Question, ...]
"""All of these hold."""


def sql_of(rules: Iterable[Rule]) -> str:
    """Rules as one condition: any of them holds.

    >>> old, elm = Question("age", 64.5, None, True, False), Question("town", None, "Elm", True, False)
    >>> sql_of([(old, elm)]), sql_of([(old,), (elm,)])
    ("age >= 64.5 and town = 'Elm'", "age >= 64.5 or town = 'Elm'")
    """
    return " or ".join(" and ".join(question.sql() for question in rule) or "true" for rule in rules)


def simplified(rule: Rule) -> Rule:
    """The same with one question where two ask the same of a trait.

    >>> below = [Question("age", cut, None, False, True) for cut in (60.5, 36.5)]
    >>> [question.sql() for question in simplified(tuple(below))]
    ['coalesce(age < 36.5, true)']
    """
    found: dict[tuple[str, bool, str | None], Question] = {}
    for asked in rule:
        key = (asked.trait, asked.yes, asked.level)
        old = found.get(key)
        if old is not None and asked.cut is not None and old.cut is not None:
            nearer = max if asked.yes else min
            asked = asked._replace(cut=nearer(asked.cut, old.cut), blank=asked.blank and old.blank)  # noqa: PLW2901
        found[key] = asked
    return tuple(found.values())


def joined(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The same with one rule where two differ only in the answer to one question.

    >>> old, elm = Question("age", 64.5, None, True, False), Question("town", None, "Elm", True, False)
    >>> joined([(old, elm), (old, elm._replace(yes=False, blank=True))]) == ((old,),)
    True
    """
    found = list(rules)
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            same = [question for question in one if question in other]
            apart = [question for question in (*one, *other) if question not in same]
            if len(apart) == 2 and apart[0] == apart[1]._replace(yes=not apart[1].yes, blank=not apart[1].blank):
                rest = [rule for rule in found if rule not in {one, other}]
                return joined([*rest[:place], tuple(same), *rest[place:]])
    return tuple(found)


@dataclass(frozen=True)
class Answers:
    """The answers of everybody to every question that may be asked.

    Attributes:
        questions: those that may be asked, each with the answer yes.
        yes: (people, questions) who answers so.
    """

    questions: tuple[Question, ...]
    yes: NDArray[np.bool_]

    @classmethod
    def of(cls, traits: pa.Table, names: Sequence[str]) -> Answers:
        """What may be asked of some traits: a few cuts of each number, the most frequent texts.

        Args:
            traits: one row a person; numbers (NaN where blank) and texts.
            names: of the traits that may be asked about.
        """
        questions: list[Question] = []
        columns: list[NDArray[np.bool_]] = []
        for name in names:
            for question in _possible(traits[name], name):
                answer = holds((question,), {name: values_of(traits[name])}, traits.num_rows)
                if _FEWEST <= answer.mean() <= 1 - _FEWEST:
                    questions.append(question)
                    columns.append(answer)
        shape = (traits.num_rows, 0)
        return cls(tuple(questions), np.column_stack(columns) if columns else np.zeros(shape, dtype=bool))

    def no(self, place: int) -> Question:
        """The other answer to a question."""
        asked = self.questions[place]
        return asked._replace(yes=not asked.yes, blank=not asked.blank)


def holds(rule: Rule, columns: Mapping[str, NDArray[np.generic]], count: int) -> NDArray[np.bool_]:
    """(people,) for whom a rule holds.

    Args:
        rule: its questions.
        columns: trait -> (people,) as :func:`values_of` gives them.
        count: how many people there are.

    >>> rule = (Question("age", 64.5, None, True, False),)
    >>> holds(rule, {"age": np.array([70.0, 20.0, np.nan])}, 3).tolist()
    [True, False, False]
    """
    found = np.ones(count, dtype=bool)
    for asked in rule:
        values = columns[asked.trait]
        if asked.cut is not None:
            numbers = np.asarray(values, dtype=np.float64)
            blank, above = np.isnan(numbers), numbers >= asked.cut
        else:
            blank = np.asarray(values == None)  # noqa: E711 - element by element
            above = np.asarray(values == asked.level)
        found &= np.where(blank, asked.blank, above == asked.yes)
    return found


def values_of(column: pa.ChunkedArray) -> NDArray[np.generic]:
    """A trait as numbers (NaN where blank), or texts (None where blank)."""
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _possible(column: pa.ChunkedArray, name: str) -> list[Question]:
    values = values_of(column)
    if pa.types.is_floating(column.type):
        numbers = values.astype(np.float64)
        known = numbers[~np.isnan(numbers)]
        blanks = len(known) < len(numbers)
        return [
            Question(name, cut, None, True, blank)
            for cut in _cuts(known)
            for blank in ((False, True) if blanks else (False,))
        ]
    texts, counts = np.unique([text for text in values.tolist() if text is not None], return_counts=True)
    often = texts[np.argsort(-counts, kind="stable")][:_LEVELS]
    return [Question(name, None, str(text), True, False) for text in often]


def _cuts(known: NDArray[np.float64]) -> list[float]:
    """Between values, as many people apart as may be, written short."""
    distinct = np.unique(known)
    if len(distinct) < 2:
        return []
    if len(distinct) > _CUTS + 1:
        ends = np.quantile(known, np.arange(1, _CUTS + 1) / (_CUTS + 1))
        place = np.unique(np.clip(np.searchsorted(distinct, ends), 1, len(distinct) - 1))
    else:
        place = np.arange(1, len(distinct))
    whole = bool((distinct == np.round(distinct)).all())
    pairs = [(float(distinct[at - 1]), float(distinct[at])) for at in place]
    # Between whole numbers half way, so that words can say "3 or more" and "2 or less".
    return sorted({above - 0.5 if whole else _short(below, above) for below, above in pairs})


def _short(below: float, above: float) -> float:
    """The number with fewest digits that is above one and no more than the other."""
    for digits in range(1, 17):
        step = 10.0 ** (np.floor(np.log10(max(abs(below), abs(above), 1e-300))) + 1 - digits)
        found = float(f"{np.ceil(below / step + 1e-9) * step:.12g}")
        if below < found <= above:
            return found
    return above
