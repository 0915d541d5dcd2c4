"""Taking a person out of tables, files and lists; what is told of everybody else stays as it is, to the byte."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.people.layers import PERSON
from groundswell.people.traces import Trace
from groundswell.people.tracing import ROWS_EACH
from groundswell.sources import columns_of, opened, read_rows
from groundswell.sources.dialect import look
from groundswell.tables import read, read_where
from groundswell.tables.csv import lines_as_csv, neutral
from groundswell.tables.scrubbing import Edit, Layout, Record, edit_records, edit_table, edit_text, seen_as, with_cells
from groundswell.vocabulary import DataError

_REJECTED = {"file", "row", "column", "value", "reason"}
_LEFT_OUT = "left-out.csv"


@dataclass(frozen=True)
class Standing:
    """Where a person stands in a table or a file.

    Attributes:
        ids: columns with a person's id.
        managers: columns with the id of somebody else, which become blank.
        keys: columns with the key of a decision.
        units: units of which nobody is left.
        gone: rows of the campaign's own file that went, where rows of the table are numbered as that file's are.
        numbers: the column with that number.
        files: that file's name, where the table tells of several.
    """

    ids: tuple[str, ...] = ("person", PERSON)
    managers: tuple[str, ...] = ("manager",)
    keys: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    gone: tuple[int, ...] = ()
    numbers: str | None = None
    file: str | None = None


def table_edit(trace: Trace, place: Standing) -> Callable[[pa.Table], pa.Table]:
    """What is left of a table without a person.

    >>> table = pa.table({"person": ["p1", "p2"], "manager": [None, "p1"], "what": ["hello", "Ann Lee is right"]})
    >>> table_edit(Trace("p1", ("Ann Lee",)), Standing())(table).to_pylist()
    [{'person': 'p2', 'manager': None, 'what': 'somebody is right'}]
    """

    def edit(table: pa.Table) -> pa.Table:
        if not table.num_rows:
            return table
        found = _kept(table, trace, place)
        for name in place.managers:
            if name in found.column_names:
                found = _put(found, name, pc.if_else(_is(found[name], trace.person), None, found[name]))
        if {"messenger", "similarity"} <= set(found.column_names) and trace.voices:
            found = _silenced(found, trace.voices)
        return _renumbered(_unnamed(found, trace), place)

    return edit


def _is(column: pa.ChunkedArray, person: str) -> pa.ChunkedArray:
    """Which cells are a person's id, as the readers of files see it."""
    if pa.types.is_floating(column.type):
        column = pa.chunked_array(
            [pa.array([None if cell is None else repr(cell) for cell in column.to_pylist()], pa.string())]
        )
    texts = pc.utf8_trim(column.cast(pa.string()), " ")
    return pc.fill_null(pc.equal(texts, person), fill_value=False)


def _kept(table: pa.Table, trace: Trace, place: Standing) -> pa.Table:
    none = pa.chunked_array([pa.array([False] * table.num_rows)])
    out, names = none, table.column_names
    for name in place.ids:
        if name in names:
            out = pc.or_(out, _is(table[name], trace.person))
    if "unit" in names and place.units:
        out = pc.or_(
            out, pc.fill_null(pc.is_in(table["unit"], value_set=pa.array(sorted(place.units))), fill_value=False)
        )
    for name in place.keys:
        if name in names:
            mine = [trace.has_key(key, place.units) for key in table[name].to_pylist()]
            out = pc.or_(out, pa.chunked_array([pa.array(mine, pa.bool_())]))
    if set(names) == _REJECTED:
        told = zip(table["value"].to_pylist(), table["reason"].to_pylist(), strict=True)
        out = pc.or_(out, pa.chunked_array([pa.array([trace.told_by(*one) for one in told], pa.bool_())]))
    return table if not pc.any(out).as_py() else table.filter(pc.invert(out))


def _put(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    """A column in place of another, unless they are the same."""
    column = column.cast(table.schema.field(name).type)
    if column.equals(table[name]):
        return table
    return table.set_column(table.column_names.index(name), table.schema.field(name), column)


def _silenced(table: pa.Table, voices: Collection[str]) -> pa.Table:
    """Who was to be spoken to by the person is spoken to by nobody."""
    mine = pc.fill_null(pc.is_in(table["messenger"], value_set=pa.array(sorted(voices), pa.string())), fill_value=False)
    if not pc.any(mine).as_py():
        return table
    for name in ("messenger", "name", "similarity"):
        if name in table.column_names:
            table = _put(table, name, pc.if_else(mine, None, table[name]))
    for name in ("alike", "like"):
        if name in table.column_names:
            left = [[] if gone else told for gone, told in zip(mine.to_pylist(), table[name].to_pylist(), strict=True)]
            table = _put(table, name, pa.chunked_array([pa.array(left, table.schema.field(name).type)]))
    return table


def _unnamed(table: pa.Table, trace: Trace) -> pa.Table:
    """What others said, without the person's name."""
    if not trace.core:
        return table
    for told in table.schema:
        if not (pa.types.is_string(told.type) or pa.types.is_large_string(told.type)):
            continue
        column = table[told.name]
        hits = pc.match_substring_regex(column, f"(?i){trace.core}")
        if pc.any(hits).as_py():
            cells = [None if cell is None else trace.without(cell) for cell in column.to_pylist()]
            table = _put(table, told.name, pa.chunked_array([pa.array(cells, told.type)]))
    return table


def _renumbered(table: pa.Table, place: Standing) -> pa.Table:
    """Rows under the numbers they have in the file from now on."""
    if not place.gone or place.numbers is None or place.numbers not in table.column_names:
        return table
    gone, file = sorted(place.gone), place.file
    files = table["file"].to_pylist() if file and "file" in table.column_names else [file] * table.num_rows
    numbers = table[place.numbers].to_pylist()
    new = [
        number if number is None or name != file else number - _before(number, gone)
        for number, name in zip(numbers, files, strict=True)
    ]
    return _put(table, place.numbers, pa.chunked_array([pa.array(new, table.schema.field(place.numbers).type)]))


def _before(number: int, gone: Sequence[int]) -> int:
    """How many of the rows that went stood before this one; rows of imports have numbers of their own."""
    return 0 if number >= ROWS_EACH else sum(row < number for row in gone)


def layout_of(path: Path, delimiter: str | None) -> Layout | None:
    """How a text file is laid out; None for Parquet.

    Args:
        path: the file.
        delimiter: what separates the columns; None: found by looking.

    Raises:
        DataError: when it cannot be read; and for a workbook or a zip file, out of which only its owner can take somebody.
    """
    with opened(path) as found:
        if found.form == "parquet" and found.plain == path:
            return None
        if found.form != "text" or not path.is_file() or path.read_bytes()[:2] == b"PK":
            raise DataError(
                f"Nobody can be taken out of {path.name} by a program without changing the rest of it.",
                file=path,
                found="a workbook" if found.form == "workbook" else "a file inside another",
                expected="CSV or TSV, plain or packed by gzip; or Parquet",
                hint="Delete their rows by hand, or save the sheet as CSV UTF-8 and name that in campaign.toml. "
                "Then try again: nothing was changed.",
            )
        dialect = look(found.plain, delimiter, path=path)
        return Layout(dialect.delimiter, dialect.skip, len(dialect.columns))


def record_edit(trace: Trace, path: Path, layout: Layout, columns: Sequence[str], place: Standing) -> Edit:
    """What is left of the records of a text file without a person.

    Args:
        trace: who.
        path: the file, for its encoding.
        layout: of the file.
        columns: of the file.
        place: where the person stands in it.
    """
    ids = [columns.index(name) for name in place.ids if name in columns]
    keys = [columns.index(name) for name in place.keys if name in columns]
    managers = {columns.index(name) for name in place.managers if name in columns}
    who = seen_as(trace.person, path)
    seen = replace(trace, own=tuple(form for text in trace.own for form in seen_as(text, path)))

    def broken(raw: str) -> str | None:
        """A record that is not whole may hold others': their lines stay."""
        lines = io.StringIO(raw, newline="").readlines()
        told = [{cell.strip().strip('"').strip() for cell in line.split(layout.delimiter)} for line in lines]
        kept = [line for line, cells in zip(lines, told, strict=True) if not (cells & who or seen.mentions(line))]
        return "".join(kept) or None

    def edit(record: Record) -> str | None:
        if record.cells is None:
            return broken(record.raw)
        cells, raw = [cell.strip() for cell in record.cells], record.raw
        if any(cells[one] in who for one in ids) or any(trace.has_key(cells[one], place.units) for one in keys):
            return None
        if any(cells[one] in who for one in managers):
            raw = with_cells(
                raw, layout.delimiter, lambda one, cell: "" if one in managers and cell.strip() in who else None
            )
        return seen.without(raw)

    return edit


def edit_file(
    path: Path, trace: Trace, place: Standing, *, delimiter: str | None = None, dry: bool = False
) -> list[int]:
    """Take a person out of a file of the campaign; which rows these were.

    Args:
        path: the file.
        trace: who.
        place: where they stand in it.
        delimiter: what separates the columns; None: found by looking.
        dry: only say which rows would go.

    Raises:
        DataError: as :func:`layout_of`.
    """
    layout = layout_of(path, delimiter)
    if layout is not None:
        columns = columns_of(path, delimiter)
        return edit_records(path, record_edit(trace, path, layout, columns, place), layout, dry=dry)
    gone = [row for name in place.ids for row in _rows_with(path, name, trace)]
    if not dry:
        edit_table(path, table_edit(trace, place))
    return sorted(set(gone))


def _rows_with(path: Path, name: str, trace: Trace) -> list[int]:
    if name not in columns_of(path):
        return []
    mine = _is(read(path, [name])[name], trace.person).to_pylist()
    return [row for row, found in enumerate(mine, start=1) if found]


def edit_rejected(path: Path, trace: Trace) -> int:
    """Take a person out of a ``rejected.csv``; how many lines went."""
    if not path.exists():
        return 0

    def edit(record: Record) -> str | None:
        _, _, _, value, reason = record.cells or [""] * 5
        return None if trace.told_by(value.removeprefix("'"), reason) else record.raw

    return len(edit_records(path, edit, Layout(",", 1, len(_REJECTED))))


def edit_lists(folder: Path, trace: Trace, units: Collection[str], gone: Collection[str], *, say: str) -> int:
    """Take a person off the lists of a round; how many lines went.

    A line goes when it is theirs, or tells of them: a letter to a household names all of it. What is left of the household
    then stands on the list of those left out.

    Args:
        folder: where the lists are.
        trace: who.
        units: the units they belonged to.
        gone: those of which nobody is left.
        say: why the others are left out, in words.
    """
    left = folder / _LEFT_OUT
    lists = [_List(path, trace, frozenset(units), frozenset(gone)) for path in sorted(folder.glob("*.csv"))]
    for one in lists:
        one.edit(dry=True)
    listed = {unit for one in lists for unit in one.listed}
    off = {unit: chance for one in lists for unit, chance in one.off.items() if unit not in listed | set(gone)}
    if left.exists() and off:
        text = left.read_text("utf-8-sig")
        new: list[list[object]] = [
            [unit, "forgotten", say, chance] for unit, chance in off.items() if f"\n{neutral(unit)}," not in text
        ]
        # Before the line that went: whatever is killed when, nobody stands on no list at all.
        edit_text(left, lambda before: before + lines_as_csv(["unit"], new).partition("\r\n")[2])
    return sum(one.edit() for one in lists)


@dataclass(frozen=True)
class _List:
    """One list of a round; ``off`` and ``listed`` are noted as it is gone through."""

    path: Path
    trace: Trace
    units: frozenset[str]
    gone: frozenset[str]
    off: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)

    def edit(self, *, dry: bool = False) -> int:
        columns = columns_of(self.path, ",")
        places = {name: place for place, name in enumerate(columns)}
        voices = frozenset(places[name] for name in ("messenger", "messenger_name") if name in places)

        def of_line(record: Record) -> str | None:
            cells, raw = record.cells or [], record.raw
            if voices and cells and cells[places["messenger"]] in self.trace.voices:
                raw = with_cells(raw, ",", lambda place, _: "" if place in voices else None)
            return None if self._goes(cells, raw, places) else self.trace.without(raw)

        return len(edit_records(self.path, of_line, Layout(",", 1, len(columns)), dry=dry))

    def _goes(self, cells: Sequence[str], raw: str, places: Mapping[str, int]) -> bool:
        if "key" not in places:
            return bool(cells) and cells[0] in {neutral(unit) for unit in (self.trace.person, *self.gone)}
        key = cells[places["key"]]
        unit = _unit_of(key)
        goes = (
            cells[places["person"]] == neutral(self.trace.person)
            or self.trace.has_key(key, self.gone)
            or self.trace.mentions(raw)
            or (unit in self.units and self._tells(cells, places))
        )
        if unit in self.units and goes:
            self.off[unit] = cells[places["propensity"]]
        elif unit in self.units:
            self.listed.add(unit)
        return goes

    def _tells(self, cells: Sequence[str], places: Mapping[str, int]) -> bool:
        """A line of their own unit: the name that a namesake elsewhere has as well is theirs here."""
        said = [cells[places[name]] for name in ("name", "subject", "text") if name in places]
        return any(self.trace.names(text) for text in said)


def lines_about(path: Path, trace: Trace, column: str, units: Collection[str]) -> list[dict[str, Any]]:
    """The rows of a table that answer a decision for one person or their units, by the key of the decision."""
    table = read(path)
    mine = [trace.has_key(key, units) for key in table[column].to_pylist()]
    found: list[dict[str, Any]] = table.filter(pa.array(mine, pa.bool_())).to_pylist()
    return found


def without_others(folder: Path, trace: Trace, unit: str, word: str) -> Iterator[dict[str, str]]:
    """The lines of a round's lists that are one person's, or their unit's; of the others in it nothing is told.

    Args:
        folder: the round's.
        trace: who.
        unit: what was decided about.
        word: what stands in place of the others.
    """
    people = folder / "people.parquet"
    others = read_where(people, "unit", [unit]).to_pylist() if people.exists() else []
    told = {
        name for row in others if row["person"] != trace.person for name in (row["name"], row["phone"], row["email"])
    }
    mine = {row["name"] for row in others if row["person"] == trace.person}
    for path in sorted((folder / "lists").glob("*.csv")):
        for line in lines_of(path):
            key, person = line.get("key") or "", line.get("person")
            if person not in {None, neutral(trace.person)} and not _whole_unit(key, unit):
                continue
            if (line.get("unit") if "unit" in line else _unit_of(key)) != unit:
                continue
            shown = {name: str(cell) for name, cell in line.items() if name != "_row" and cell is not None}
            if person not in {None, neutral(trace.person)}:
                shown = {
                    name: shown[name] for name in ("key", "option", "subject", "text", "propensity") if name in shown
                }
            for name in sorted(filter(None, told - mine), key=len, reverse=True):
                shown = {
                    column: re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", word, cell) for column, cell in shown.items()
                }
            yield {"list": path.name, **shown}


def _unit_of(key: str) -> str:
    return key.split(":")[1].replace("%3A", ":").replace("%25", "%") if ":" in key else ""


def _whole_unit(key: str, unit: str) -> bool:
    """True for the key of a sending to all of a unit."""
    return key.count(":") == 1 and _unit_of(key) == unit


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a list of ours, by the names in its header."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        if not (handle.readline() and handle.readline()):
            return []
    found: list[dict[str, Any]] = read_rows(path, {}, key="lists", delimiter=",").table.to_pylist()
    return found
