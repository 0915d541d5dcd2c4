"""Traits as numbers: splines for numbers, one column a level for categories.

Every column is computed element by element, never by a matrix product, so that a batch of one gives to the last bit what a
batch of a million gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_MANY_LEVELS = 30
_RARE = 0.01
_FEW = 8  # a number with at most so many values gets a column for each, others a spline
_REACH = 4.0  # standard deviations beyond which a number counts as its limit


@dataclass(frozen=True)
class Encoding:
    """How one trait becomes columns: learnt from covariates alone, never from outcomes.

    Attributes:
        name: the trait.
        kind: ``number`` or ``category``.
        centre, scale: a number is shifted and scaled by these; a blank counts as the centre.
        knots: where the spline bends, in scaled units.
        levels: values (numbers or texts) that get a column of their own.
        lowest, highest: the range seen; outside it nobody is like the people of the experiment.
        blanks: True when there were blanks: they get a column.
        seen: for a category, all levels seen.
    """

    name: str
    kind: str
    centre: float = 0.0
    scale: float = 1.0
    knots: tuple[float, ...] = ()
    levels: tuple[Any, ...] = ()
    lowest: float = 0.0
    highest: float = 0.0
    blanks: bool = False
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Design:
    """The columns of the model: an intercept, then each trait's, centred and of unit variance.

    >>> table = pa.table({"age": [20.0, 30.0, 40.0, 50.0], "town": ["a", "b", "a", "b"]})
    >>> design = Design.learn(table)
    >>> basis = design.basis(table)
    >>> basis.shape[0], float(basis[0, 0])
    (4, 1.0)
    >>> bool((design.basis(table.slice(2, 1))[0] == basis[2]).all())
    True
    """

    encodings: tuple[Encoding, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def learn(cls, traits: pa.Table) -> Design:
        """Learn encodings from a table of float64 and string columns; one that is always blank is left out."""
        encodings = tuple(found for name in traits.column_names if (found := _encoding(name, traits[name])) is not None)
        # One column at a time: of a million people all of them together would be most of what a fit holds.
        spread = [
            (float(column.mean()), float(column.std()) or 1.0)
            for encoding in encodings
            for column in _columns(encoding, traits)
        ]
        return cls(encodings, tuple(mean for mean, _ in spread), tuple(deviation for _, deviation in spread))

    @property
    def width(self) -> int:
        """How many columns, the intercept included."""
        return 1 + len(self.means)

    def basis(self, traits: pa.Table) -> NDArray[np.float64]:
        """(n, width) the columns of the model for these people."""
        out = np.empty((traits.num_rows, self.width), order="F")
        out[:, 0] = 1.0
        place = 1
        for encoding in self.encodings:
            for column in _columns(encoding, traits):
                out[:, place] = (column - self.means[place - 1]) / self.deviations[place - 1]
                place += 1
        return out

    def unlike(self, traits: pa.Table) -> NDArray[np.bool_]:
        """(n,) True for people unlike all those of the experiment: a number out of range, a category or a blank never seen.

        A trait that was the same for everybody there gives no column, but still tells who is unlike them.
        """
        out = np.zeros(traits.num_rows, dtype=bool)
        for encoding in self.encodings:
            column = traits[encoding.name]
            if encoding.kind == "number":
                values = _numbers(column)
                blank = np.isnan(values)
                out |= (values < encoding.lowest) | (values > encoding.highest)
            else:
                blank = pc.is_null(column).to_numpy().astype(bool)
                known = pc.is_in(column, value_set=pa.array(encoding.seen, pa.string()))
                out |= ~known.to_numpy().astype(bool) & ~blank
            out |= blank & (not encoding.blanks)
        return out

    @property
    def owner(self) -> NDArray[np.int64]:
        """(width,) the place of the trait each column tells of; -1 for the intercept."""
        counts = [_width(encoding) for encoding in self.encodings]
        return np.concatenate([[-1], np.repeat(np.arange(len(counts)), counts)]).astype(np.int64)

    @property
    def questions(self) -> tuple[str, ...]:
        """The trait that each column of :meth:`asked` is about."""
        counts = [1 if encoding.kind == "number" else _width(encoding) for encoding in self.encodings]
        return tuple(
            encoding.name for encoding, count in zip(self.encodings, counts, strict=True) for _ in range(count)
        )

    def asked(self, traits: pa.Table) -> Iterator[NDArray[np.float64]]:
        """What trees may ask about, a column (n,) each: numbers, blanks below all of them; of a category, is it this one?"""
        for encoding in self.encodings:
            if encoding.kind == "number":
                values = _numbers(traits[encoding.name])
                yield np.where(np.isnan(values), encoding.lowest - 1.0 - abs(encoding.lowest), values)
            else:
                yield from _columns(encoding, traits)

    def as_json(self) -> dict[str, Any]:
        """For the header of a policy file."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Design:
        """The inverse of :meth:`as_json`."""
        tuples = {"knots", "levels", "seen"}
        encodings = []
        for entry in found["encodings"]:
            said: dict[str, Any] = {key: tuple(value) if key in tuples else value for key, value in entry.items()}
            encodings.append(Encoding(**said))
        return cls(tuple(encodings), tuple(found["means"]), tuple(found["deviations"]))


def _width(encoding: Encoding) -> int:
    """How many columns a trait becomes."""
    nobody = pa.table({encoding.name: pa.array([], pa.float64() if encoding.kind == "number" else pa.string())})
    return sum(1 for _ in _columns(encoding, nobody))


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _encoding(name: str, column: pa.ChunkedArray) -> Encoding | None:
    if pa.types.is_string(column.type):
        counts = pc.value_counts(column.drop_null()).to_pylist()
        ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
        common = [entry["values"] for entry in ranked if entry["counts"] >= _RARE * len(column)]
        if not ranked:
            return None
        return Encoding(
            name,
            "category",
            levels=tuple(common[1:_MANY_LEVELS]),
            seen=tuple(sorted(entry["values"] for entry in ranked)),
            blanks=column.null_count > 0,
        )
    values = _numbers(column)
    known = values[~np.isnan(values)]
    distinct, counts = np.unique(known, return_counts=True)
    if not len(distinct):
        return None
    scale = float(known.std()) if len(distinct) > 1 else 0.0
    most_first = distinct[np.argsort(-counts, kind="stable")]
    levels: list[float] = []
    knots: list[float] = []
    if 2 < len(distinct) <= _FEW:
        levels = [float(value) for value in most_first[1:] if (known == value).mean() >= _RARE]
    elif len(distinct) > _FEW:
        places = np.quantile(known, (0.1, 0.3, 0.5, 0.7, 0.9))
        knots = [float(knot) for knot in np.unique((places - known.mean()) / scale)]
    return Encoding(
        name,
        "number",
        centre=float(known.mean()),
        scale=scale,
        knots=tuple(knots),
        levels=tuple(levels),
        lowest=float(distinct[0]),
        highest=float(distinct[-1]),
        blanks=bool(np.isnan(values).any()),
    )


def _columns(encoding: Encoding, traits: pa.Table) -> Iterator[NDArray[np.float64]]:
    """The columns of a trait, one by one."""
    column = traits[encoding.name]
    if encoding.kind == "category":
        for level in encoding.levels:
            yield pc.fill_null(pc.equal(column, level), False).to_numpy().astype(np.float64)
        if encoding.blanks:
            yield pc.is_null(column).to_numpy().astype(np.float64)
        return
    values = _numbers(column)
    if encoding.scale > 0:
        scaled = np.clip((values - encoding.centre) / encoding.scale, -_REACH, _REACH)
        scaled = np.where(np.isnan(scaled), 0.0, scaled)
        yield scaled
        for knot in encoding.knots:
            yield np.maximum(scaled - knot, 0.0)
    for level in encoding.levels:
        yield (values == level).astype(np.float64)
    if encoding.blanks:
        yield np.isnan(values).astype(np.float64)
