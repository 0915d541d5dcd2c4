"""How well people were linked, where the truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def people(found) -> list[str]:
    """The person of each row, in order."""
    return found["person_id"].to_pylist()


def together(found) -> set[frozenset[int]]:
    """The rows of each person, whatever the person is called."""
    rows: dict[str, set[int]] = {}
    for place, person in enumerate(people(found)):
        rows.setdefault(person, set()).add(place)
    return {frozenset(its) for its in rows.values()}


def precision_and_recall(truth: Sequence[object], said: Sequence[object]) -> tuple[float, float]:
    """Of pairs of rows: the share of those said to be one person that are, and of those that are that are said to be."""
    pairs = [_pairs(Counter(each)) for each in (zip(truth, said, strict=True), truth, said)]
    return pairs[0] / max(pairs[2], 1), pairs[0] / pairs[1]


def _pairs(counts: Counter[object]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
