"""What to ask, and whom: how many decisions an answer would change, and what that would be worth.

A trait that is blank of somebody may be asked for. Some answers that they may give are tried on them (``donors``): what would
be open to them then, and what would be chosen? How much better the choice is that knows the answer than the one choice that
is best over all of them is the value of the information (Raiffa & Schlaifer 1961).
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
from groundswell.policy.donors import donors
from groundswell.policy.file import Policy
from groundswell.policy.questions import Asking
from groundswell.profiles import SCORE, trait_columns
from groundswell.uplift import contacts_in, fold_of
from groundswell.vocabulary import CONTACTS

_TRIED = 16
"""So many answers are tried on each."""
_PATIENCE = 2.0
"""People differ in whether they answer as if two answers of each were known (a beta distribution of that weight): whoever was
asked once in vain is taken to answer two thirds as likely, who was twice, half."""
_LEAST = 1e-4
"""An answer that is worth less of a goal action is worth nothing."""


class Question(NamedTuple):
    """Something that could be asked.

    Attributes:
        columns: the traits that it fills in.
        blank: (people, columns) what is not known of each.
        donors: (people, answers) whose answers may be theirs, each as likely.
    """

    columns: tuple[str, ...]
    blank: NDArray[np.bool_]
    donors: NDArray[np.int64]

    @property
    def open_to(self) -> NDArray[np.bool_]:
        """(people,) of whom something is not known."""
        return np.asarray(self.blank.any(axis=1))

    @property
    def answers(self) -> int:
        """How many answers are tried on each."""
        return int(self.donors.shape[1])

    def answered(self, traits: pa.Table, turn: int) -> pa.Table:
        """The traits as if everybody who is open to it had given one of their answers.

        Args:
            traits: of everybody.
            turn: which of their answers, from 0.
        """
        for name, blank in zip(self.columns, self.blank.T, strict=True):
            column = traits[name].combine_chunks()
            told = pc.if_else(pa.array(blank), column.take(pa.array(self.donors[:, turn])), column)
            traits = traits.set_column(traits.column_names.index(name), name, told)
        return traits


class Ranked(NamedTuple):
    """A question, and what its answers would change.

    Attributes:
        column: the trait that it fills in.
        people: of how many it is not known.
        decisions: how many of their decisions would be another, if all of them were asked.
        worth: what that would bring by shrunken effects, in the goal's worth; None in a pilot: nothing is known of effects.
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
    traits: pa.Table, policy: Policy, reopen: Callable[[pa.Table], Batch], today: date, *, names: Sequence[str]
) -> list[Ranked]:
    """Every question that could be asked, the one that changes most decisions first.

    Args:
        traits: ``person``, ``unit`` and traits of everybody.
        policy: of the round.
        reopen: from traits to the batch of their units: what is open changes with what is known.
        today: the day of the round.
        names: the columns that people can be asked for.
    """
    before = decide(reopen(traits), policy, today)
    found = [_ranked(question, traits, policy, reopen, before, today) for question in questions_of(traits, names=names)]
    return sorted(found, key=lambda one: (-one.decisions, one.column))


def questions_of(traits: pa.Table, *, names: Sequence[str]) -> list[Question]:
    """What is blank of some, and what they may say there.

    A score is no question: whoever answers what it is learnt from teaches it about everybody, and has the score of those who
    are like them, as before.

    Args:
        traits: of everybody, with ``person``.
        names: the columns that people can be asked for.

    >>> some = pa.table({"person": list(map(str, range(60))), "cares": [80.0, 20.0, float("nan")] * 20})
    >>> [question] = questions_of(some, names=["cares"])
    >>> int(question.open_to.sum()), sorted(set(some["cares"].to_numpy()[question.donors[2]].tolist()))
    (20, [20.0, 80.0])
    """
    wanted = [
        name for name in trait_columns(traits) if name in names and not name.startswith(SCORE) and name != CONTACTS
    ]
    found = [_question(traits, Asking((name,), {})) for name in wanted]
    return [question for question in found if question is not None and question.open_to.any()]


def _question(traits: pa.Table, asking: Asking) -> Question | None:
    blank = asking.blank(traits)
    whose = donors(traits, asking.columns, blank, _TRIED)
    return None if whose is None else Question(asking.columns, blank, whose)


def worth_of_answers(
    traits: pa.Table,
    policy: Policy,
    reopen: Callable[[pa.Table], Batch],
    today: date,
    asking: Mapping[str, Asking],
    vain: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What the answers to a plan's questions are worth: how much better those who answer could be chosen for next time.

    An answer counts once, for the next round, at the prices of this one; and less by how many of those asked do not answer,
    and by the share of the next round that chance takes. Who is asked is contacted: next time so much less is left of all
    effects, and of what knowing their answer gains. One worth less than a ten-thousandth of a goal action is nothing.

    Args:
        traits: ``person``, ``unit`` and traits of everybody.
        policy: of the round, with the prices it has where nobody is asked.
        reopen: from traits to the batch of their units.
        today: the day of the round.
        asking: the messages that are questions.
        vain: (units,) how often each was asked already and did not answer; None: nobody was.

    Returns:
        (units, K) in the goal's worth; 0 for what is no question, and everywhere in a pilot or where too few have answered
        to know what may come.
    """
    batch = reopen(traits)
    told = np.zeros(batch.is_open.shape)
    if policy.pilot is not None:
        return told
    before, rest = decide(batch, policy, today), 1 - policy.holdout - policy.explore
    left = rest * _left_of_asking(traits, batch, policy)
    patient = 1.0 if vain is None else _PATIENCE / (_PATIENCE + vain)
    for one in asking.values():
        question = _question(traits, one)
        if question is None:
            continue
        gain = _Gain(before)
        for turn in range(question.answers):
            gain.add(decide(reopen(question.answered(traits, turn)), policy, today))
        asked = np.bincount(batch.unit, question.open_to, minlength=len(told)) > 0
        worth = np.where(asked, gain.worth, 0.0)
        worth[worth < _LEAST * policy.worth] = 0.0
        for option, answering in one.shares.items():
            told[:, policy.options.index(option)] = left * answering * patient * worth
    return told


def _left_of_asking(traits: pa.Table, batch: Batch, policy: Policy) -> NDArray[np.float64]:
    """(units,) what one contact more leaves next time of what is left now."""
    if policy.models is None:
        return np.ones(len(batch.unit_ids))
    contacts, fold = contacts_in(traits), fold_of(batch.cluster_ids, policy.models.seed)
    now, then = (policy.models.freshness.of_units(each, batch.unit, fold) for each in (contacts, contacts + 1.0))
    return np.asarray(then / now)


class _Gain:
    """What choices are worth that know the answer, beside the one choice that is best over all answers."""

    def __init__(self, before: Choices) -> None:
        self.usable = before.scores.usable
        self.total = np.zeros(self.usable.shape)
        self.best = np.zeros(len(self.usable))
        self.count = 0

    def add(self, after: Choices) -> None:
        """Add what is known if one answer is given."""
        scores = after.scores
        self.total += np.where(scores.usable, scores.worth, 0.0) - scores.priced
        self.best += np.maximum(np.where(scores.usable, scores.score, -np.inf).max(axis=1, initial=-np.inf), 0.0)
        self.count += 1

    @property
    def worth(self) -> NDArray[np.float64]:
        """(units,) the mean of the best, less the best of the means; what is not usable now cannot be chosen now."""
        unasked = np.where(self.usable, self.total, -np.inf).max(axis=1, initial=-np.inf)
        return np.asarray(np.maximum(self.best - np.maximum(unasked, 0.0), 0.0) / max(self.count, 1))


def _ranked(
    question: Question,
    traits: pa.Table,
    policy: Policy,
    reopen: Callable[[pa.Table], Batch],
    before: Choices,
    today: date,
) -> Ranked:
    """Try each answer on all of whom it is not known."""
    moved, gain = np.zeros(len(before.option)), _Gain(before)
    for turn in range(question.answers):
        batch = reopen(question.answered(traits, turn))
        after = decide(batch, policy, today)
        moved += np.abs(after.propensities - before.propensities).sum(axis=1) / (2 * question.answers)
        gain.add(after)
    # A home is one decision: those of it who are asked share in its change.
    asked = np.bincount(batch.unit, question.open_to, minlength=len(moved))
    each = moved / np.maximum(asked, 1)
    change = np.where(question.open_to, each[batch.unit], 0.0)
    order = np.argsort(-change, kind="stable")
    order = order[question.open_to[order]]
    persons = traits["person"].take(pa.array(order)).to_pylist()
    worth = None if policy.pilot else float(gain.worth[asked > 0].sum())
    return Ranked(question.columns[0], len(order), float(change.sum()), worth, tuple(persons), change[order])
