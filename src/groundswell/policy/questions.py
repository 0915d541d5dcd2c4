"""Messages that are questions: what their answers tell, of whom it is not known, and how many of those asked answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_WEIGHT = 20.0
"""What a message says of its own answers counts as much as so many people who were asked."""


@dataclass(frozen=True)
class Asking:
    """A message that is a question.

    Attributes:
        columns: the traits that its answer fills in.
        shares: option -> the share of those asked that way who answer.
    """

    columns: tuple[str, ...]
    shares: Mapping[str, float]

    def blank(self, traits: pa.Table) -> NDArray[np.bool_]:
        """(people, columns) what is not known of each.

        Args:
            traits: of everybody.

        >>> some = pa.table({"cares": [80.0, float("nan")], "team": [None, "red"]})
        >>> Asking(("cares", "team"), {}).blank(some).tolist()
        [[False, True], [True, False]]
        """
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


class Came(NamedTuple):
    """What came of one earlier round's questions.

    Attributes:
        asked: option -> units of whom something was not known.
        answered: option -> those of them of whom more is known now.
        vain: the units that were asked and of whom nothing more is known.
    """

    asked: Counter[str]
    answered: Counter[str]
    vain: frozenset[str]


def count_answers(decisions: pa.Table, then: pa.Table, now: pa.Table, asking: Mapping[str, Asking]) -> Came:
    """Whom an earlier round asked, and of whom more is known now.

    Args:
        decisions: of the round, contract ``DECISIONS``.
        then: the traits as the round had them, with ``person`` and ``unit``; what a message asks for today and nobody had
            declared then is left out.
        now: the traits of today.
        asking: message -> what it asks.

    >>> asking = {"poll": Asking(("cares",), {})}
    >>> who = pa.table({"person": ["a", "b", "c"], "unit": ["a", "b", "c"]})
    >>> then = who.append_column("cares", pa.array([float("nan")] * 3))
    >>> now = who.append_column("cares", pa.array([float("nan"), 60.0, 80.0]))
    >>> done = pa.table({"unit": ["a", "b", "c"], "option": ["poll/email", "poll/email", "nothing"]})
    >>> came = count_answers(done, then, now, asking)
    >>> dict(came.asked), dict(came.answered), sorted(came.vain)
    ({'poll/email': 2}, {'poll/email': 1}, ['a'])
    """
    asked, answered, vain = Counter[str](), Counter[str](), set[str]()
    there = pc.index_in(then["person"], value_set=now["person"].combine_chunks())
    still, today = then.filter(pc.is_valid(there)), now.take(there.drop_null())
    for message, one in asking.items():
        columns = tuple(column for column in one.columns if column in then.column_names)
        if not columns:
            continue
        mine = Asking(columns, {})
        before, after = mine.blank(still), mine.blank(today)
        open_then, told = (_units(still, each) for each in (before, before & ~after))
        for option, units in _given(decisions, message).items():
            asked[option] += len(units & open_then)
            answered[option] += len(units & told)
            vain |= (units & open_then) - told
    return Came(asked, answered, frozenset(vain))


def times_in_vain(vain: Sequence[frozenset[str]], unit_ids: Sequence[str]) -> NDArray[np.float64]:
    """(units,) how often each was asked and did not answer.

    Args:
        vain: of each round, the units that were asked in vain.
        unit_ids: the units.

    >>> times_in_vain([frozenset("ab"), frozenset("b")], ("a", "b", "c")).tolist()
    [1.0, 2.0, 0.0]
    """
    times = Counter(unit for units in vain for unit in units)
    return np.array([times[unit] for unit in unit_ids], dtype=np.float64)


def _given(decisions: pa.Table, message: str) -> dict[str, set[str]]:
    """Option -> the units that got it, of all options of one message."""
    options = [one for one in pc.unique(decisions["option"]).to_pylist() if one.startswith(f"{message}/")]
    rows = {option: decisions.filter(pc.equal(decisions["option"], option)) for option in sorted(options)}
    return {option: set(table["unit"].to_pylist()) for option, table in rows.items()}


def _units(traits: pa.Table, some: NDArray[np.bool_]) -> set[str]:
    """The units in which a cell of (people, columns) is True."""
    return set(traits["unit"].filter(pa.array(some.any(axis=1))).to_pylist())


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


def read_answers(table: pa.Table, unit_ids: tuple[str, ...], options: tuple[str, ...]) -> NDArray[np.float64]:
    """The same as an array again, for some of the units.

    Args:
        table: of :func:`answers_table`.
        unit_ids: of whom.
        options: the campaign's options, without ``nothing``.

    Returns:
        (units, K).

    >>> told = pa.table({"unit": ["a", "b"], "worth:poll/email": [2.5, 1.0]})
    >>> read_answers(told, ("b",), ("hello/post", "poll/email")).tolist()
    [[0.0, 1.0]]
    """
    names = [name for name in table.column_names if name != "unit"]
    rows = pc.index_in(pa.array(unit_ids), value_set=table["unit"].combine_chunks())
    told = np.zeros((len(unit_ids), len(options)))
    for name in names:
        told[:, options.index(name.removeprefix("worth:"))] = pc.fill_null(table[name].take(rows), 0.0).to_numpy()
    return told
