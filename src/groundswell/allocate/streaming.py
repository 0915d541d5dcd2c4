"""The same allocation for more units than fit into memory: a Parquet file, read twice from end to end.

The first pass draws the sample that says where the prices are; the second decides every unit for which they say enough, and
keeps only the others, which are solved as `solve` does. Should the prices lie outside, a third pass looks wider.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from groundswell.allocate.asked import Asked, checked_rows, checked_uses
from groundswell.allocate.keys import Ranks, ranked
from groundswell.allocate.margin import Range
from groundswell.allocate.problem import Bools, Floats
from groundswell.allocate.reducing import SAMPLED, Place, look, wider
from groundswell.allocate.scan import UNDECIDED, Groups
from groundswell.allocate.solving import Solved, anywhere, placed, priced_out, told, who_is_floored
from groundswell.allocate.terms import Allocation
from groundswell.allocate.units import Rows, Sums, Units, counted, fix, nothing_yet

_AT_ONCE = 1 << 18  # rows of a batch
_MORE = 4  # times as many units are sampled as of what fits into memory: the fewer stay undecided


class Columns(NamedTuple):
    """Where in a file everything is."""

    path: Path
    options: tuple[str, ...]
    size: str | None
    group: str | None
    key: str | None
    seed: int


class Outline(NamedTuple):
    """What is known of the file, and what is asked."""

    columns: Columns
    rows: Rows
    uses: Floats  # (1, k, m)
    closed: Bools  # (k,) what needs a limit of 0
    labels: dict[Any, int]  # how many units a group has


class Seen(NamedTuple):
    """What the first pass saw."""

    sample: Units
    labels: dict[Any, int]
    most: Floats  # (k,) the largest value of each option
    worth: float
    sizes: tuple[float, float]  # the smallest and the mean


def solve_parquet(
    path: str | Path,
    options: Sequence[str],
    use: ArrayLike,
    limits: ArrayLike,
    *,
    at_least: ArrayLike | list[dict[str, object]] | None = None,
    size: str | None = None,
    group: str | None = None,
    key: str | None = None,
    seed: int = 0,
    to: str | Path | None = None,
) -> Allocation:
    """`solve` for a Parquet file of units, in memory that hardly grows with it.

    Args:
        path: the file; a row is a unit.
        options: the columns that hold what each option brings; an empty cell closes the option.
        use: (k, m) what an option takes of each limit, times the unit's size.
        limits: (m,) how much there is of each.
        at_least: floors, as for `solve`.
        size: the column of sizes.
        group: the column of groups' labels.
        key: the column of ids, whole numbers or texts. That no id is there twice is not checked.
        seed: another seed breaks ties in another way.
        to: a Parquet file to be written: the ids, if `key` names them, and the chosen column's name, empty for `nothing`.

    Returns:
        As `solve`; `option` and `floored` in the order of the rows, 5 bytes a unit.

    Raises:
        ValueError: a column is missing or holds what cannot be meant; names column and row.
        ContradictionError: floors and limits cannot be kept together.
        NoWholePlanError: they could by fractions of units, but no whole plan was found.

    >>> import pyarrow as pa, pyarrow.parquet as pq, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> pq.write_table(pa.table({"letter": pa.array([5.0, 3.0, 2.0], pa.float32())}), f"{folder}/units.parquet")
    >>> solve_parquet(f"{folder}/units.parquet", ["letter"], [[1.0]], [2.0]).option
    array([ 0,  0, -1], dtype=int32)
    """
    columns = Columns(Path(path), tuple(options), size, group, key, seed)
    many = _checked(columns)
    if np.ndim(use) != 2:
        raise ValueError(
            f"use has {np.ndim(use)} dimensions; expected 2, (options, limits); a file's units differ by size only"
        )
    uses, at_most = checked_uses(use, limits, (len(options), 1), sized=True)
    seen = _first_pass(columns, many)
    rows, named = checked_rows(at_most, at_least, len(options), many, seen.labels)
    closed, closing = _closed(rows, uses, seen)
    outline = Outline(columns, rows, uses, closed, seen.labels)
    sample = _with_uses(seen.sample, outline)
    offered = sample.value[np.isfinite(sample.value) & (sample.value > 0)]
    typical = float(offered.mean(dtype=np.float64)) if offered.size else 1.0
    given = Asked(sample, rows, seen.worth, typical, seen.sizes[1], named, closing)
    choice = np.full(many, UNDECIDED, dtype=np.int32)
    solved, sums = _priced(outline, given, choice)
    given = given._replace(units=solved.units)
    own, proven = placed(given, solved, sums)
    choice[choice == UNDECIDED] = own
    floored = _floored(outline, solved.prices, choice)
    if to is not None:
        _write(columns, choice, Path(to))
    return told(given, solved, counted(given.units, rows, own, sums), choice, floored, proven=proven)


def _checked(columns: Columns) -> int:
    """How many rows there are, of a file that has all the columns."""
    if not columns.options:
        raise ValueError("options is empty; expected the names of the columns that hold what each option brings")
    if columns.key == "option":
        raise ValueError("key is the column 'option', which is what the chosen option is called; rename it")
    file = pq.ParquetFile(columns.path)
    there = {field.name: field.type for field in file.schema_arrow}
    for name in (*columns.options, columns.size, columns.group, columns.key):
        if name is not None and name not in there:
            raise ValueError(f"{columns.path}: there is no column {name!r}; expected one of {', '.join(sorted(there))}")
    for name in (*columns.options, *([columns.size] if columns.size else [])):
        if not (pa.types.is_floating(there[name]) or pa.types.is_integer(there[name])):
            raise ValueError(
                f"{columns.path}: column {name!r} has type {there[name]}; expected numbers; cast it to float32"
            )
    return int(file.metadata.num_rows)


def _batches(columns: Columns, *, ids: bool = False) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The file, some rows at a time, each with the number of its first row; with `ids` without what options bring."""
    others = [name for name in (columns.size, columns.group, columns.key) if name is not None]
    least = [columns.key or columns.options[0]]
    wanted = least if ids else list(dict.fromkeys([*columns.options, *others]))
    begin = 0
    for batch in pq.ParquetFile(columns.path, pre_buffer=False).iter_batches(
        _AT_ONCE, columns=wanted, use_threads=False
    ):
        yield begin, batch
        begin += batch.num_rows


def _numbers(columns: Columns, batch: pa.RecordBatch, name: str, begin: int, *, kind: Any) -> NDArray[Any]:  # noqa: ANN401
    """A column as numbers; where it is empty, minus infinity."""
    column = batch.column(name)
    empty = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.asarray(column.to_numpy(zero_copy_only=False), dtype=kind)
    if empty is not None:
        found = np.where(empty, kind(0), found)
    # One NaN or infinity is in the sum of all; only then is it looked for.
    if not np.isfinite(found.sum(dtype=np.float64)):
        place = int(np.argmax(~np.isfinite(found)))
        raise ValueError(
            f"{columns.path}, row {begin + place}: column {name!r} is {found[place]}; expected a finite number; "
            "leave the cell empty to close the option"
        )
    return found if empty is None else np.where(empty, kind(-np.inf), found)


def _units(columns: Columns, batch: pa.RecordBatch, begin: int, labels: dict[Any, int] | None) -> Units:
    """A batch as units, without uses; `labels` numbers the groups, None where it does not matter."""
    n = batch.num_rows
    value = np.empty((len(columns.options), n), dtype=np.float32)
    for option, name in enumerate(columns.options):
        value[option] = _numbers(columns, batch, name, begin, kind=np.float32)
    size = np.empty(0)
    if columns.size is not None:
        size = _numbers(columns, batch, columns.size, begin, kind=np.float64)
        if (size <= 0).any():
            place = int(np.argmax(size <= 0))
            raise ValueError(
                f"{columns.path}, row {begin + place}: column {columns.size!r} is "
                f"{'empty' if np.isinf(size[place]) else size[place]}; expected a number above 0; leave such units out"
            )
    group = np.empty(0, dtype=np.int32)
    if labels is not None and columns.group is not None:
        encoded = batch.column(columns.group).dictionary_encode(null_encoding="encode")
        numbers = {label: place for place, label in enumerate(labels)}
        known = np.array([numbers[label] for label in encoded.dictionary.to_pylist()], dtype=np.int32)
        group = known[encoded.indices.to_numpy(zero_copy_only=False)]
    return Units(
        value, np.empty((1, len(columns.options), 0)), size, group, len(labels or {}), _ranks(columns, batch, begin)
    )


def _ranks(columns: Columns, batch: pa.RecordBatch, begin: int) -> Ranks:
    if columns.key is not None and batch.column(columns.key).null_count:
        place = int(np.argmax(batch.column(columns.key).is_null().to_numpy(zero_copy_only=False)))
        raise ValueError(
            f"{columns.path}, row {begin + place}: column {columns.key!r} is empty; expected an id; give the row one"
        )
    if columns.key is None:
        return ranked(np.arange(begin, begin + batch.num_rows), batch.num_rows, columns.seed, part=True)
    return ranked(batch.column(columns.key).to_numpy(zero_copy_only=False), batch.num_rows, columns.seed, part=True)


def _first_pass(columns: Columns, many: int) -> Seen:
    """The sample, the groups, and how large everything is."""
    below = np.uint64(min(int(_MORE * SAMPLED / max(many, 1) * 2.0**64), 2**64 - 1))
    parts: list[Units] = []
    labels: dict[Any, int] = {}
    most, worth, sizes = np.full(len(columns.options), -np.inf), 0.0, (np.inf, 0.0)
    for begin, batch in _batches(columns):
        if columns.group is not None:
            for one in batch.column(columns.group).value_counts().to_pylist():
                labels[one["values"]] = labels.get(one["values"], 0) + one["counts"]
        units = _units(columns, batch, begin, labels)
        most = np.maximum(most, units.value.max(axis=1, initial=-np.inf))
        worth = max(worth, *(float(np.abs(row[np.isfinite(row)]).max(initial=0.0)) for row in units.value))
        if len(units.size):
            sizes = min(sizes[0], float(units.size.min())), sizes[1] + float(units.size.sum())
        parts.append(units.only(np.flatnonzero(units.rank <= below)))
    mean = sizes[1] / many if sizes[1] else 1.0
    return Seen(
        _together(parts, columns, labels),
        labels,
        most,
        worth or 1.0,
        (min(sizes[0], 1.0) if not sizes[1] else sizes[0], mean),
    )


def _together(parts: Sequence[Units], columns: Columns, labels: dict[Any, int]) -> Units:
    value = [np.empty((len(columns.options), 0), np.float32), *(part.value for part in parts)]
    return Units(
        np.concatenate(value, axis=1),
        np.empty((1, len(columns.options), 0)),
        np.concatenate([np.empty(0), *(part.size for part in parts)]),
        np.concatenate([np.empty(0, np.int32), *(part.group for part in parts)]),
        len(labels),
        np.concatenate([np.empty(0, np.uint64), *(part.rank for part in parts)]),
    )


def _closed(rows: Rows, uses: Floats, seen: Seen) -> tuple[Bools, Floats]:
    """The options that need a limit of 0, which then limits nothing more; and the prices that close them."""
    closed, closing = np.zeros(uses.shape[1], dtype=np.bool_), np.zeros(rows.limits)
    for limit in np.flatnonzero(rows.at_most[: rows.limits] == 0):
        needs = uses[0, :, limit] > 0
        closed |= needs
        if needs.any():
            worth = max(float(seen.most[needs].max()), 0.0) or 1.0
            closing[limit] = 2.0 * worth / (uses[0, needs, limit].min() * seen.sizes[0])
        rows.at_most[limit] = np.inf
    return closed, closing


def _with_uses(units: Units, outline: Outline) -> Units:
    """The units with what options use, and without what is closed."""
    units.value[outline.closed] = -np.inf
    if not len(outline.rows.group):
        return units._replace(use=outline.uses, group=np.empty(0, np.int32), groups=0)
    group = units.group if len(units.group) else np.zeros(units.many, dtype=np.int32)
    return units._replace(use=outline.uses, group=group, groups=max(len(outline.labels), 1))


def _priced(outline: Outline, given: Asked, choice: Groups) -> tuple[Solved, Sums]:
    """The prices, what they leave open, and what the others come to, whose options are in `choice` then."""
    rows, many, nobody = outline.rows, len(choice), nothing_yet(outline.rows)
    if given.units.many == many:  # the sample is all there is
        return priced_out(given), nobody
    within = anywhere(given, rows)
    start = np.clip(np.zeros(len(rows.at_most)), *within)
    place: Place | None = look(given.units, rows, nobody, within, start, given.typical, many)
    while place is not None:
        box = place.box(within)
        active, sums = _second_pass(outline, place.middle, box, choice)
        solved = priced_out(given._replace(units=active), box, sums)
        place = wider(solved.prices, box, within)
    return solved, sums


def _second_pass(outline: Outline, middle: Floats, box: Range, choice: Groups) -> tuple[Units, Sums]:
    """Fill `choice` (n,) with what is the same anywhere in the box; the other units, and what the decided ones use."""
    parts, sums = [], nothing_yet(outline.rows)
    for begin, batch in _batches(outline.columns):
        units = _with_uses(_units(outline.columns, batch, begin, outline.labels), outline)
        found = fix(units, outline.rows, middle, box)
        sums = counted(units, outline.rows, found, sums)
        choice[begin : begin + units.many] = found
        parts.append(units.only(np.flatnonzero(found == UNDECIDED)))
    return _with_uses(_together(parts, outline.columns, outline.labels), outline), sums


def _floored(outline: Outline, prices: Floats, choice: Groups) -> Bools:
    """(n,) who gets what it gets only because of a floor; another pass where floors have a price."""
    found = np.zeros(len(choice), dtype=np.bool_)
    if (prices < 0).any():
        for begin, batch in _batches(outline.columns):
            units = _with_uses(_units(outline.columns, batch, begin, outline.labels), outline)
            here = slice(begin, begin + units.many)
            found[here] = who_is_floored(units, outline.rows, prices, choice[here])
    return found


def _write(columns: Columns, choice: Groups, to: Path) -> None:
    """Ids, if there are any, and the chosen columns' names."""
    names = pa.array(columns.options)
    ids = pq.read_schema(columns.path).field(columns.key) if columns.key is not None else None
    schema = pa.schema([*([ids] if ids is not None else []), pa.field("option", pa.string())])
    part = to.with_name(f"{to.name}.part")
    writer = pq.ParquetWriter(part, schema)
    for begin, batch in _batches(columns, ids=True):
        found = choice[begin : begin + batch.num_rows]
        chosen = names.take(pa.array(found, mask=found < 0))
        named = {columns.key: batch.column(columns.key)} if columns.key is not None else {}
        writer.write_table(pa.table({**named, "option": chosen}, schema=schema))
    writer.close()
    part.replace(to)
