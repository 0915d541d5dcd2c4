"""Segments that somebody wrote down: a rule and a sentence each, counted over the people of today.

A rule is one SQL condition over a person's traits, and may name other segments: so they nest and combine. Who is blank where
a rule asks is in no segment by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from groundswell.tables import check_expression, evaluate
from groundswell.vocabulary import ExpressionError, nearest

_SECTION = "segments"


class SegmentSpec(BaseModel):
    """One table of ``segments.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(min_length=1, description="an SQL condition over the traits; other segments may be named in it")
    say: str | None = Field(None, description="the sentence that a human recognises them by; left out: the rule")
    within: str | None = Field(None, description="the segment it is part of")


class Segment(NamedTuple):
    """A checked segment.

    Attributes:
        name: its id.
        rule: the condition, that of the segment around it not included.
        say: the sentence.
        within: the segment it is part of.
    """

    name: str
    rule: str
    say: str
    within: str | None = None

    @property
    def column(self) -> str:
        """What other rules call it."""
        return column_of(self.name)


def column_of(segment: str) -> str:
    """What rules call a segment.

    >>> column_of("school-parents")
    'school_parents'
    """
    return segment.replace("-", "_")


def in_order(specs: Mapping[str, SegmentSpec], traits: Sequence[str], *, file: str) -> tuple[Segment, ...]:
    """The segments, each after those that it names.

    Args:
        specs: name -> what was written.
        traits: the columns that rules may ask about.
        file: where they stand, for errors.

    Raises:
        ExpressionError: for a rule that is not one condition over traits and segments, a segment that names itself by way of
            others, or one that bears a trait's name.

    >>> specs = {"old-parents": SegmentSpec(rule="parents and age > 50"), "parents": SegmentSpec(rule="children > 0")}
    >>> [segment.name for segment in in_order(specs, ["age", "children"], file="segments.toml")]
    ['parents', 'old-parents']
    """
    found = {name: Segment(name, one.rule, one.say or one.rule, one.within) for name, one in specs.items()}
    for name in found:
        if column_of(name) in traits:
            raise ExpressionError(
                f"The segment {name} bears the name of a trait.",
                file=file,
                key=name,
                found=column_of(name),
                expected="a name that no trait has",
                hint="Call one of the two something else.",
            )
    columns = (*traits, *(column_of(name) for name in found))
    needs = {name: _needs(one, found, columns, file) for name, one in found.items()}
    done: dict[str, Segment] = {}
    while len(done) < len(found):
        ready = [name for name in found if name not in done and needs[name] <= done.keys()]
        if not ready:
            stuck = sorted(found.keys() - done.keys())
            raise ExpressionError(
                f"The segments {', '.join(stuck)} name each other in a circle.",
                file=file,
                key=stuck[0],
                found=found[stuck[0]].rule,
                expected="rules that end at traits",
                hint="Write out one of them.",
            )
        done |= {name: found[name] for name in ready}
    return tuple(done.values())


def _needs(segment: Segment, others: Mapping[str, Segment], columns: tuple[str, ...], file: str) -> set[str]:
    used = check_expression(segment.rule, columns, file=file, key=f"{segment.name}.rule")
    needs = {name for name in others if column_of(name) in used}
    if segment.within is not None:
        if segment.within not in others:
            near = nearest(segment.within, others)
            raise ExpressionError(
                f"There is no segment {segment.within}.",
                file=file,
                key=f"{segment.name}.within",
                found=segment.within,
                expected="the name of another segment",
                hint=f"Did you mean {near}?" if near else f"There are: {', '.join(others)}.",
            )
        needs.add(segment.within)
    return needs


def members(segments: Sequence[Segment], traits: pa.Table, *, file: str) -> pa.Table:
    """Who belongs to each segment.

    Args:
        segments: as :func:`in_order` gives them.
        traits: one row a person; numbers (NaN where blank) and texts.
        file: where the segments stand, for errors.

    Returns:
        A column of true and false for each segment, by its name, in the order of the rows.

    >>> parents = in_order({"parents": SegmentSpec(rule="children > 0")}, ["children"], file="segments.toml")
    >>> members(parents, pa.table({"children": [2.0, float("nan")]}), file="segments.toml")["parents"].to_pylist()
    [True, False]
    """
    rows = pa.table({name: _known(column) for name, column in zip(traits.column_names, traits.columns, strict=True)})
    found: dict[str, pa.Array] = {}
    for segment in segments:
        holds = evaluate({segment.name: segment.rule}, rows, file=file, section=_SECTION)[segment.name]
        mine = _yes(holds, segment, file)
        if segment.within is not None:
            mine = pc.and_(mine, found[segment.within])
        found[segment.name] = mine
        rows = rows.append_column(segment.column, mine)
    return pa.table(found) if found else pa.table({"": pa.nulls(traits.num_rows)}).select([])


def members_again(
    segments: Sequence[Segment], traits: pa.Table, before: pa.Table, then: pa.Table, *, file: str
) -> tuple[pa.Table, int]:
    """The same, evaluated only for those whose traits have changed, and for how many that was.

    Args:
        segments: as they were then.
        traits: everybody's, with ``person``.
        before: who belonged to each segment, in the order of ``then``.
        then: the traits of that time, with ``person``.
        file: where the segments stand, for errors.

    >>> parents = in_order({"parents": SegmentSpec(rule="children > 0")}, ["children"], file="segments.toml")
    >>> then = pa.table({"person": ["a", "b"], "children": [0.0, 1.0]})
    >>> now = pa.table({"person": ["b", "a", "c"], "children": [1.0, 1.0, 0.0]})
    >>> found, changed = members_again(parents, now, members(parents, then, file=""), then, file="")
    >>> found["parents"].to_pylist(), changed
    ([True, True, False], 2)
    """
    place = pc.index_in(traits["person"], value_set=then["person"].combine_chunks())
    same = np.asarray(pc.is_valid(place).to_numpy(zero_copy_only=False)).copy()
    known = np.asarray(pc.fill_null(place, 0).to_numpy())
    alike = traits.column_names == then.column_names and traits.schema.types == then.schema.types and then.num_rows > 0
    if not alike:
        return members(segments, traits, file=file), traits.num_rows
    in_place = bool((known == np.arange(len(known))).all()) and len(known) == then.num_rows
    for name in traits.column_names:
        other = then[name] if in_place else then[name].take(pa.array(known))
        same &= _equal(traits[name], other)
    changed = np.flatnonzero(~same)
    fresh = members(segments, traits.take(pa.array(changed)), file=file)
    columns = {}
    for segment in segments:
        old = np.asarray(before[segment.name].to_numpy(zero_copy_only=False), dtype=bool)[known]
        old[changed] = fresh[segment.name].to_numpy(zero_copy_only=False)
        columns[segment.name] = pa.array(old)
    return pa.table(columns), len(changed)


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    """(n,) True where both hold the same, two blanks too."""
    if pa.types.is_floating(one.type):
        mine, theirs = one.to_numpy(), other.to_numpy()
        return np.asarray((mine == theirs) | (np.isnan(mine) & np.isnan(theirs)))
    told = pc.fill_null(pc.equal(one, other), False)
    both = pc.and_(pc.is_null(one), pc.is_null(other))
    return np.asarray(pc.or_(told, both).to_numpy(zero_copy_only=False))


def _known(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Blank numbers as SQL's null: NaN would be above every number there."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _yes(values: pa.ChunkedArray, segment: Segment, file: str) -> pa.Array:
    kind = values.type
    if pa.types.is_boolean(kind):
        held = values
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        held = pc.not_equal(values.cast(pa.float64()), 0.0)
    elif pa.types.is_null(kind):
        held = values.cast(pa.bool_())
    else:
        raise ExpressionError(
            f"The rule of {segment.name} says neither yes nor no.",
            file=file,
            key=f"{segment.name}.rule",
            found=f"{segment.rule}, which gives {kind}",
            expected="a condition, such as  age > 60",
            hint="Compare it with something.",
        )
    return pc.fill_null(held, False).combine_chunks()
