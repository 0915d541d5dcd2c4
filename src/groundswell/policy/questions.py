"""Messages that are questions: what their answers tell, of whom it is not known, and how many of those asked answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.vocabulary import split_option

_WEIGHT = 20.0
"""What a message says of its own answers counts as much as so many people who were asked."""


@dataclass(frozen=True)
class Asking:
    """A message that is a question.

    Attributes:
        columns: the traits that its answer fills in.
        shares: option -> the share of those asked that way who answer.
        known: of a score, whose column is blank of nobody: who answered its question. None: it fills in blank traits.
    """

    columns: tuple[str, ...]
    shares: Mapping[str, float]
    known: frozenset[str] | None = None

    def blank(self, traits: pa.Table) -> NDArray[np.bool_]:
        """(people, columns) what is not known of each.

        Args:
            traits: ``person`` and the traits of everybody.

        >>> some = pa.table({"person": ["a", "b"], "cares": [80.0, float("nan")], "team": [None, "red"]})
        >>> Asking(("cares", "team"), {}).blank(some).tolist()
        [[False, True], [True, False]]
        """
        if self.known is not None:
            said = pc.is_in(traits["person"], value_set=pa.array(sorted(self.known), pa.string()))
            return ~np.asarray(said.to_numpy(zero_copy_only=False), dtype=bool)[:, None]
        return np.column_stack([is_blank(traits[column]) for column in self.columns])

    def still_asked(self, traits: pa.Table) -> NDArray[np.bool_]:
        """(people,) True for those of whom something that it asks for is not known."""
        return np.asarray(self.blank(traits).any(axis=1))


def is_blank(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """(rows,) True where a trait is not known.

    >>> is_blank(pa.chunked_array([["red", None]])).tolist()
    [False, True]
    """
    if pa.types.is_floating(column.type):
        return np.asarray(np.isnan(column.to_numpy()))
    return np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), dtype=bool)


def share_answering(expected: float, asked: int, answered: int) -> float:
    """The share of those asked who answer: what is expected, moved by what came back.

    Args:
        expected: what the message says of itself.
        asked: units that were asked.
        answered: those of them of whom it is known now.

    >>> share_answering(0.5, 0, 0), share_answering(0.5, 180, 20)
    (0.5, 0.15)
    """
    return (_WEIGHT * expected + answered) / (_WEIGHT + asked)


def count_answers(
    decisions: pa.Table, then: pa.Table, now: pa.Table, before: Mapping[str, Asking], after: Mapping[str, Asking]
) -> dict[str, tuple[int, int]]:
    """Option -> units that an earlier round asked, and those of them of whom more is known now.

    Args:
        decisions: of the round, contract ``DECISIONS``.
        then: the traits as the round had them, with ``person`` and ``unit``.
        now: the traits of today.
        before: message -> what it asks, with who had answered as the round was planned.
        after: the same with who has answered today.

    >>> asking = {"poll": Asking(("cares",), {})}
    >>> who = pa.table({"person": ["a", "b", "c"], "unit": ["a", "b", "c"]})
    >>> then = who.append_column("cares", pa.array([float("nan")] * 3))
    >>> now = who.append_column("cares", pa.array([float("nan"), 60.0, 80.0]))
    >>> done = pa.table({"unit": ["a", "b", "c"], "option": ["poll/email", "poll/email", "nothing"]})
    >>> count_answers(done, then, now, asking, asking)
    {'poll/email': (2, 1)}
    """
    found: dict[str, tuple[int, int]] = {}
    given = {option: decisions.filter(pc.equal(decisions["option"], option)) for option in _asked(decisions, before)}
    for option, rows in given.items():
        message = split_option(option)[0]
        blank = _units_of(then, before[message].still_asked(then))
        today = now.filter(pc.is_in(now["person"], value_set=blank["person"].combine_chunks()))
        known = today.filter(pa.array(~after[message].blank(today).all(axis=1)))["person"].combine_chunks()
        told = blank.filter(pc.is_in(blank["person"], value_set=known))["unit"].combine_chunks()
        asked = set(rows["unit"].to_pylist()) & set(blank["unit"].to_pylist())
        found[option] = len(asked), len(asked & set(told.to_pylist()))
    return found


def _asked(decisions: pa.Table, before: Mapping[str, Asking]) -> list[str]:
    options = pc.unique(decisions["option"]).to_pylist()
    return sorted(option for option in options if "/" in option and split_option(option)[0] in before)


def _units_of(traits: pa.Table, some: NDArray[np.bool_]) -> pa.Table:
    return traits.select(["person", "unit"]).filter(pa.array(some))


def answers_table(unit_ids: tuple[str, ...], options: tuple[str, ...], told: NDArray[np.float64]) -> pa.Table:
    """What answers are worth, as a table: the unit, and a column for each option that asks something of somebody.

    Args:
        unit_ids: the units.
        options: the campaign's options, without ``nothing``.
        told: (units, K) of ``worth_of_answers``.

    >>> answers_table(("a",), ("hello/post", "poll/email"), np.array([[0.0, 2.5]])).to_pylist()
    [{'unit': 'a', 'worth:poll/email': 2.5}]
    """
    asked = np.flatnonzero(told.any(axis=0)).tolist()
    return pa.table(
        {"unit": pa.array(unit_ids), **{f"worth:{options[place]}": pa.array(told[:, place]) for place in asked}}
    )


def read_answers(table: pa.Table, unit_ids: tuple[str, ...], options: tuple[str, ...]) -> NDArray[np.float64] | None:
    """The same as an array again, for some of the units.

    Args:
        table: of :func:`answers_table`.
        unit_ids: of whom.
        options: the campaign's options, without ``nothing``.

    Returns:
        (units, K), or None where nothing is asked.

    >>> told = pa.table({"unit": ["a", "b"], "worth:poll/email": [2.5, 1.0]})
    >>> read_answers(told, ("b",), ("hello/post", "poll/email")).tolist()
    [[0.0, 1.0]]
    """
    names = [name for name in table.column_names if name != "unit"]
    if not names:
        return None
    rows = pc.index_in(pa.array(unit_ids), value_set=table["unit"].combine_chunks())
    told = np.zeros((len(unit_ids), len(options)))
    for name in names:
        told[:, options.index(name.removeprefix("worth:"))] = pc.fill_null(table[name].take(rows), 0.0).to_numpy()
    return told
