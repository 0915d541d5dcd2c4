"""A shallow tree of questions: whichever answer makes the two sides most alike in themselves is asked next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.segments.questions import Answers, Rule

DEPTH = 3
"""The most questions of a rule."""
MOST = 8
"""The most rules."""
_SMALLEST = 0.02
_FEWEST = 20

Gain = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Of people, by how much each question makes its two sides more alike in themselves."""


@dataclass
class Leaf:
    """People who answered alike.

    Attributes:
        rule: their answers.
        here: (people,) who they are.
        best: the place of the question to ask next; -1 where there is none.
        gain: what it would bring.
    """

    rule: Rule
    here: NDArray[np.bool_]
    best: int = -1
    gain: float = 0.0


def grow(
    answers: Answers, gain: Gain, *, weight: NDArray[np.float64] | None = None, most: int = MOST
) -> list[list[Leaf]]:
    """Trees of one leaf, two, and so on, each made of the one before by the question that brings most.

    Args:
        answers: of everybody to every question.
        gain: what each question brings among some people.
        weight: (people,) what each counts for the smallest size of a leaf; None: all the same.
        most: leaves.

    Returns:
        The leaves of every tree, beginning with the one that has a single leaf.
    """
    count = len(answers.yes)
    counts = np.ones(count) if weight is None else weight
    fewest = max(_FEWEST, _SMALLEST * float(counts.sum()))
    leaves = [_asked(Leaf((), np.ones(count, dtype=bool)), answers, gain, counts, fewest)]
    trees = [list(leaves)]
    while len(leaves) < most:
        place = int(np.argmax([leaf.gain for leaf in leaves]))
        chosen = leaves[place]
        if chosen.best < 0:
            break
        yes = answers.yes[:, chosen.best]
        sides = (
            Leaf((*chosen.rule, answers.questions[chosen.best]), chosen.here & yes),
            Leaf((*chosen.rule, answers.no(chosen.best)), chosen.here & ~yes),
        )
        leaves[place : place + 1] = [_asked(side, answers, gain, counts, fewest) for side in sides]
        trees.append(list(leaves))
    return trees


def _asked(leaf: Leaf, answers: Answers, gain: Gain, counts: NDArray[np.float64], fewest: float) -> Leaf:
    """The leaf with the best question to ask next."""
    if len(leaf.rule) >= DEPTH or not answers.questions:
        return leaf
    mine = np.flatnonzero(leaf.here)
    held = counts[mine] @ answers.yes[mine]
    possible = np.minimum(held, counts[mine].sum() - held) >= fewest
    if not possible.any():
        return leaf
    found = np.where(possible, gain(leaf.here), -np.inf)
    best = int(np.argmax(found))
    if found[best] > 0:
        leaf.best, leaf.gain = best, float(found[best])
    return leaf


def place_of(leaves: list[Leaf]) -> NDArray[np.int64]:
    """(people,) the place of each person's leaf."""
    found = np.zeros(len(leaves[0].here), dtype=np.int64)
    for place, leaf in enumerate(leaves):
        found[leaf.here] = place
    return found
