"""What to ask, and whom: how many decisions an answer would change, and what that would be worth.

A trait that is blank of somebody may be asked for. Each answer that others gave is tried on those who have not: what would
be open to them then, and what would be chosen? Expected over the answers, that is the value of the information (Raiffa &
Schlaifer 1961).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.policy.batch import Batch
from groundswell.policy.decide import Choices, decide
from groundswell.policy.file import Policy
from groundswell.policy.questions import Asking, is_blank
from groundswell.profiles import CONTACTS, SCORE, trait_columns
from groundswell.stats import draw

_PARTS = 4
_LEVELS = 5
_FEWEST = 20
_TOGETHER = 16
_LEAST = 1e-4


class Answer(NamedTuple):
    """One thing that may be answered.

    Attributes:
        values: a number or a text for each trait.
        share: (people,) how likely each is to answer so.
    """

    values: tuple[float | str, ...]
    share: NDArray[np.float64]


class Question(NamedTuple):
    """Something that could be asked.

    Attributes:
        columns: the traits that it fills in.
        blank: (people, columns) what is not known of each.
        answers: what may come of it.
    """

    columns: tuple[str, ...]
    blank: NDArray[np.bool_]
    answers: tuple[Answer, ...]

    @property
    def open_to(self) -> NDArray[np.bool_]:
        """(people,) of whom something is not known."""
        return np.asarray(self.blank.any(axis=1))


class Ranked(NamedTuple):
    """A question, and what its answers would change.

    Attributes:
        column: the trait that it fills in.
        people: of how many it is not known.
        decisions: how many of their decisions would be another, if all of them were asked.
        worth: what that would bring by shrunken effects, in money; None in a pilot, where nothing is known of effects.
        persons: (people,) those of whom it is not known, who would change most first.
        change: (people,) how likely the answer of each is to change what they get.
    """

    column: str
    people: int
    decisions: float
    worth: float | None
    persons: tuple[str, ...]
    change: NDArray[np.float64]


def rank_questions(
    traits: pa.Table,
    policy: Policy,
    reopen: Callable[[pa.Table], Batch],
    today: date,
    *,
    asked: Mapping[str, frozenset[str]],
    names: Sequence[str],
) -> list[Ranked]:
    """Every question that could be asked, the one that changes most decisions first.

    Args:
        traits: ``person``, ``unit`` and traits of everybody.
        policy: of the round.
        reopen: from traits to the batch of their units: what is open changes with what is known.
        today: the day of the round.
        asked: the column of a score -> who answered what it is learnt from; the others can still be asked.
        names: the columns that people can be asked for.
    """
    before = decide(reopen(traits), policy, today)
    found = [
        _ranked(question, traits, policy, reopen, before, today)
        for question in questions_of(traits, asked=asked, names=names)
    ]
    return sorted(found, key=lambda one: (-one.decisions, one.column))


def questions_of(traits: pa.Table, *, asked: Mapping[str, frozenset[str]], names: Sequence[str]) -> list[Question]:
    """What is blank of some, and what the others say there.

    Args:
        traits: of everybody.
        asked: as for :func:`rank_questions`.
        names: the columns that people can be asked for.

    >>> some = pa.table({"person": list("abc") * 20, "unit": list("abc") * 20, "cares": [80.0, 20.0, float("nan")] * 20})
    >>> [question] = questions_of(some, asked={}, names=["cares"])
    >>> int(question.open_to.sum()), [(one.values, float(one.share[2])) for one in question.answers]
    (20, [((20.0,), 0.5), ((80.0,), 0.5)])
    """
    found = []
    for column in trait_columns(traits):
        if column.startswith(SCORE):
            if column in asked:
                found.append(_of_score(traits, column, asked[column]))
        elif column in names and column != CONTACTS:
            question = _of_trait(traits, column)
            if question is not None:
                found.append(question)
    return [question for question in found if question.open_to.any()]


def _of_score(traits: pa.Table, column: str, answered: frozenset[str]) -> Question:
    """The question that a score is learnt from: its answer is yes as likely as the score says."""
    chance = traits[column].to_numpy()
    known = pc.is_in(traits["person"], value_set=pa.array(sorted(answered), pa.string()))
    open_to = ~np.isnan(chance) & ~np.asarray(known.to_numpy(zero_copy_only=False), dtype=bool)
    sure = np.nan_to_num(chance)
    return Question((column,), open_to[:, None], (Answer((1.0,), sure), Answer((0.0,), 1 - sure)))


def _of_trait(traits: pa.Table, column: str) -> Question | None:
    values, blank = traits[column], is_blank(traits[column])
    told: Sequence[tuple[float | str, float]]
    told = _numbers(values.to_numpy()[~blank]) if pa.types.is_floating(values.type) else _texts(values.drop_null())
    if (~blank).sum() < _FEWEST or not told:
        return None
    answers = tuple(Answer((value,), np.full(len(blank), share)) for value, share in told)
    return Question((column,), blank[:, None], answers)


def _together(traits: pa.Table, asking: Asking) -> Question | None:
    """A question of several traits: of those who told all of them, some whom chance takes answer for the others."""
    blank = asking.blank(traits)
    complete = np.flatnonzero(~blank.any(axis=1))
    if len(complete) < _FEWEST:
        return None
    persons = traits["person"].take(pa.array(complete)).to_pylist()
    some = complete[np.argsort(draw(persons, key="answers"), kind="stable")[:_TOGETHER]]
    told = traits.select(asking.columns).take(pa.array(some)).to_pylist()
    share = np.full(len(blank), 1 / len(told))
    return Question(asking.columns, blank, tuple(Answer(tuple(row.values()), share) for row in told))


def _numbers(known: NDArray[np.float64]) -> list[tuple[float, float]]:
    values, counts = np.unique(known, return_counts=True)
    if len(values) <= _PARTS:
        return [(float(value), float(count / len(known))) for value, count in zip(values, counts, strict=True)]
    ends = np.quantile(known, (np.arange(_PARTS) + 0.5) / _PARTS)
    values, counts = np.unique(ends, return_counts=True)
    return [(float(value), float(count / _PARTS)) for value, count in zip(values, counts, strict=True)]


def _texts(known: pa.ChunkedArray) -> list[tuple[str, float]]:
    counts = sorted(pc.value_counts(known).to_pylist(), key=lambda one: (-one["counts"], one["values"]))[:_LEVELS]
    total = sum(one["counts"] for one in counts)
    return [(one["values"], one["counts"] / total) for one in counts]


def worth_of_answers(
    traits: pa.Table, policy: Policy, reopen: Callable[[pa.Table], Batch], today: date, asking: Mapping[str, Asking]
) -> NDArray[np.float64]:
    """What the answers to a plan's questions are worth: how much better those who answer could be chosen for next time.

    A home answers as one. An answer counts once, for the next round, at the prices of this one; and less by how many of those
    asked do not answer, and by the share of the next round that chance takes. One worth less than a ten-thousandth of a goal
    action counts as nothing.

    Args:
        traits: ``person``, ``unit`` and traits of everybody.
        policy: of the round, with the prices it has where nobody is asked.
        reopen: from traits to the batch of their units.
        today: the day of the round.
        asking: the messages that are questions.

    Returns:
        (units, K) in the goal's worth; 0 for what is no question, and everywhere in a pilot or where too few have answered
        to know what may come.
    """
    batch = reopen(traits)
    told = np.zeros(batch.is_open.shape)
    if policy.pilot is not None:
        return told
    before, rest = decide(batch, policy, today), 1 - policy.holdout - policy.explore
    for one in asking.values():
        question = _asked_by(traits, one)
        if question is None:
            continue
        asked = np.bincount(batch.unit, question.open_to, minlength=len(told))
        gain = np.zeros(len(told))
        for answer in question.answers:
            after = decide(reopen(_with_answer(traits, question, answer)), policy, today)
            share = np.bincount(batch.unit, question.open_to * answer.share, minlength=len(told))
            gain += share / np.maximum(asked, 1) * _gained(after, before, policy)
        gain[gain < _LEAST * policy.worth] = 0.0
        for option, answering in one.shares.items():
            told[:, policy.options.index(option)] = rest * answering * gain
    return told


def _asked_by(traits: pa.Table, asking: Asking) -> Question | None:
    if not set(asking.columns) <= set(traits.column_names):
        return None  # a score that foretells nothing, so that its answer changes nothing
    if asking.known is not None:
        return _of_score(traits, asking.columns[0], asking.known)
    return _of_trait(traits, asking.columns[0]) if len(asking.columns) == 1 else _together(traits, asking)


def _ranked(
    question: Question,
    traits: pa.Table,
    policy: Policy,
    reopen: Callable[[pa.Table], Batch],
    before: Choices,
    today: date,
) -> Ranked:
    """Try each answer on all of whom it is not known."""
    change, gain = np.zeros(traits.num_rows), np.zeros(traits.num_rows)
    for answer in question.answers:
        batch = reopen(_with_answer(traits, question, answer))
        after = decide(batch, policy, today)
        # A home is one decision: those of it who are asked share in its change.
        people = np.maximum(np.bincount(batch.unit, question.open_to, minlength=len(batch.unit_ids)), 1)[batch.unit]
        moved = np.abs(after.propensities - before.propensities).sum(axis=1) / 2
        change += answer.share * moved[batch.unit] / people
        gain += answer.share * _gained(after, before, policy)[batch.unit] / people
    change, gain = np.where(question.open_to, change, 0.0), np.where(question.open_to, gain, 0.0)
    order = np.argsort(-change, kind="stable")
    order = order[question.open_to[order]]
    persons = traits["person"].take(pa.array(order)).to_pylist()
    worth = None if policy.pilot else float(gain.sum())
    return Ranked(question.columns[0], len(order), float(change.sum()), worth, tuple(persons), change[order])


def _gained(after: Choices, before: Choices, policy: Policy) -> NDArray[np.float64]:
    """(units,) by how much what would be chosen then scores higher, as it is known then, than what is chosen now."""
    scores = after.scores
    told = np.where(scores.usable, scores.worth - scores.priced, np.where(scores.open, -scores.priced, 0.0))
    best = np.maximum(np.where(scores.usable, told, -np.inf).max(axis=1, initial=-np.inf), 0.0)
    rest = max(1 - policy.holdout - policy.explore, 1e-12)
    free = before.propensities[:, 1:] - (policy.explore * _uniform_of(before))
    return np.asarray(best - (np.maximum(free, 0.0) / rest * told).sum(axis=1))


def _uniform_of(choices: Choices) -> NDArray[np.float64]:
    """(units, K) what an explorer gets of each option."""
    allowed = choices.scores.open
    return np.asarray(allowed / (1 + allowed.sum(axis=1, keepdims=True)))


def _with_answer(traits: pa.Table, question: Question, answer: Answer) -> pa.Table:
    for name, value, blank in zip(question.columns, answer.values, question.blank.T, strict=True):
        column = traits[name]
        told = pc.if_else(pa.array(blank), pa.scalar(value, column.type), column.combine_chunks())
        traits = traits.set_column(traits.column_names.index(name), name, told)
    return traits
