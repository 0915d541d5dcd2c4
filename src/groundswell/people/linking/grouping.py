"""People of linked records: every group of them is looked at as a whole, and cut where it holds more than one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from groundswell.people.linking.clustering import ALWAYS, LARGEST, NEVER, cut, groups_of
from groundswell.people.linking.learning import Floats, Ints, Weights
from groundswell.people.linking.scoring import score
from groundswell.tables import Engine

_HARDER = 2.0
"""By how much more, as log odds, base 2, each link of a group that is too large must say."""


@dataclass(frozen=True)
class Links:
    """Pairs of records: ``left``, ``right`` (the greater id), and the log odds, base 2, that they are one person."""

    left: Ints
    right: Ints
    odds: Floats

    @classmethod
    def answered(cls, answers: Mapping[tuple[int, int], bool]) -> Links:
        """What somebody said of pairs of records."""
        pairs = sorted(answers)
        odds = [ALWAYS if answers[pair] else NEVER for pair in pairs]
        left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
        return cls(left, right, np.array(odds, float))

    def only(self, those: np.typing.NDArray[np.bool_]) -> Links:
        """Some of them."""
        return Links(self.left[those], self.right[those], self.odds[those])

    def and_also(self, other: Links) -> Links:
        """These and others."""
        return Links(*(np.concatenate(both) for both in zip(self.columns(), other.columns(), strict=True)))

    def columns(self) -> tuple[Ints, Ints, Floats]:
        """``left``, ``right``, ``odds``."""
        return self.left, self.right, self.odds


@dataclass(frozen=True)
class Grouped:
    """Who is who.

    Attributes:
        label: of each record the least record of the same person.
        best: of each record the log odds, base 2, of its strongest link to another record of the person; -inf: alone.
        broken: records of groups that were too large to look at every pair.
    """

    label: Ints
    best: Floats
    broken: int


def with_odds(engine: Engine, table: str, weights: Weights, *, target: str) -> None:
    """Make a view of pairs with what their patterns are worth: ``l, r, pattern, odds``.

    Args:
        engine: where the pairs are.
        table: ``l, r, pattern``.
        weights: what was learnt.
        target: what to call it.
    """
    seen = engine.table(f"select distinct pattern from {table} order by pattern")["pattern"].to_numpy()
    odds = weights.log_odds(seen)
    engine.register(**{f"{target}_worth": pa.table({"pattern": seen, "odds": odds})})
    engine.run(f"create or replace temp view {target} as select * from {table} join {target}_worth using (pattern)")


def group(
    engine: Engine,
    records: int,
    weights: Weights,
    links: Links,
    *,
    least: float,
    answers: Mapping[tuple[int, int], bool] | None = None,
    known: Ints | None = None,
) -> Grouped:
    """Make people of links.

    Args:
        engine: where ``record`` is.
        records: how many there are.
        weights: what was learnt.
        links: those that say enough.
        least: the log odds of a link.
        answers: (lesser, greater) -> what somebody said of them: the same person or not.
        known: of each record the label it keeps, unless it is linked to one that has none (-1), or an answer is of its group.
    """
    said = Links.answered(answers or {})
    links = links.and_also(said.only(said.odds > 0))
    part = groups_of(records, links.left, links.right)
    label = np.arange(records)
    if known is not None:
        anew = np.zeros(records, bool)
        for those in (np.flatnonzero(known < 0), said.left, said.right):
            anew[part[those]] = True
        label = np.where(anew[part], label, known)
        part = np.where(anew[part], part, -1)
    part, broken = _small(part, links)
    inside = _inside(engine, weights, part, said, least)
    best = np.full(records, -np.inf)
    starts = np.flatnonzero(np.r_[True, inside.part[1:] != inside.part[:-1]]) if len(inside.part) else np.zeros(0, int)
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(inside.part)], strict=False):
        left, right, odds = (column[start:end].tolist() for column in inside.links.columns())
        if end - start == 1:
            label[right] = left if odds[0] >= least else right
            continue
        pairs = dict(zip(zip(left, right, strict=True), odds, strict=True))
        for its in cut(sorted({*left, *right}), pairs, least=least):
            label[its] = its[0]
    found = inside.links.only(label[inside.links.left] == label[inside.links.right])
    _keep_best(best, found)
    _keep_best(best, links.only(label[links.left] == label[links.right]))
    return Grouped(label, best, broken)


def _keep_best(best: Floats, links: Links) -> None:
    for side in (links.left, links.right):
        np.maximum.at(best, side, links.odds)


def _small(part: Ints, links: Links) -> tuple[Ints, int]:
    """Groups none of which is too large: where one is, its weakest links do not count; how many records were in such."""
    broken, least = 0, -np.inf
    while True:
        sizes = np.bincount(part[part >= 0], minlength=1)
        large = (part >= 0) & (sizes[part] > LARGEST)
        if not large.any():
            return part, broken
        broken = broken or int(large.sum())
        its = links.only(large[links.left] & large[links.right])
        least = max(least + _HARDER, float(its.odds.min()) + _HARDER)
        its = its.only(its.odds >= least)
        finer = groups_of(len(part), its.left, its.right)
        names, part = np.unique(np.where(large, finer + part.max() + 1, part), return_inverse=True)
        part -= int(names[0] < 0)  # who is in no group stays in none


@dataclass(frozen=True)
class _Inside:
    links: Links
    part: Ints


def _inside(engine: Engine, weights: Weights, part: Ints, said: Links, least: float) -> _Inside:
    """All pairs within groups, by group."""
    sizes = np.bincount(part[part >= 0], minlength=1)
    some = np.flatnonzero((part >= 0) & (sizes[part] > 1))
    engine.register(grouped=pa.table({"id": some, "part": part[some]}))
    engine.register(overruled=pa.table(dict(zip(("l", "r", "odds"), said.columns(), strict=True))))
    engine.run(
        "create or replace temp table inside as select a.id as l, b.id as r, a.part from grouped a "
        "join grouped b on a.part = b.part and a.id < b.id"
    )
    score(engine, "inside", "within", weights.comparisons)
    with_odds(engine, "within", weights, target="worth_within")
    found = engine.table(
        "select i.part, i.l, i.r, coalesce(s.odds, w.odds) as odds, pattern from worth_within w "
        "join inside i on i.l = w.l and i.r = w.r left join overruled s on s.l = i.l and s.r = i.r order by part, i.l, i.r"
    )
    of, left, right, odds, pattern = (found[name].to_numpy() for name in ("part", "l", "r", "odds", "pattern"))
    # Two that contradict each other are not one person by way of a third record either.
    odds = np.where((odds < least) & weights.contradict(pattern), NEVER, odds)
    return _Inside(Links(left, right, odds), of)
