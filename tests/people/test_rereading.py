"""A file that says again what the last one said is read only where it differs; what comes of it is the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from groundswell.ledger import keyed_hash
from groundswell.people import laying
from groundswell.people.layers import Layer, keep_rows
from groundswell.people.laying import Forgotten, Laid, Reading, lay
from groundswell.sources import Column, staging
from groundswell.tables import read

EXPECTED = {"id": Column(required=True), "born": Column("year"), "stop": Column()}
HOW = Reading("id", {}, EXPECTED, {"phone": "phone", "name": "name", "stop": "stop"})
HEAD = "id,name,phone,born,stop\n"


class Shelf:
    """Files of people, one after the other; a thorough one reads all of each."""

    def __init__(self, folder: Path, *, thorough: bool = False) -> None:
        self.folder, self.thorough, self.layers = folder, thorough, []
        folder.mkdir()

    def bring(self, text: str | bytes, how: Reading = HOW) -> Laid:
        number = len(self.layers) + 1
        place = self.folder / f"{number:04d}"
        place.mkdir()
        file = self.folder / "list.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = lay(file, how, self.layers, place)
        way = "" if self.thorough else found.way
        self.layers.append(
            Layer(number, place, "list.csv", date(2026, 1, 1), found.signature, way=way, orders=found.orders)
        )
        return found

    def told(self, found: Laid) -> tuple[object, ...]:
        place = self.layers[-1].path
        rows = read(place / "rows.parquet").sort_by("_row").to_pylist()
        said = read(place / "said.parquet").drop_columns(["~line"]).sort_by("~person").to_pylist()
        counts = (found.rows, found.changed, found.signature, found.notes)
        return counts, found.rejected.to_pylist(), found.stops.to_pylist(), rows, said


@pytest.fixture
def quick(tmp_path) -> Shelf:
    return Shelf(tmp_path / "quick")


@pytest.fixture
def thorough(tmp_path) -> Shelf:
    return Shelf(tmp_path / "thorough", thorough=True)


@pytest.fixture
def left_out(monkeypatch) -> list[int]:
    """How many rows were left out, each time a file was laid out."""
    found: list[int] = []
    plain = laying.stage

    def noted(*arguments, **named):
        staged = plain(*arguments, **named)
        found.append(staged.left_out)
        return staged

    monkeypatch.setattr(laying, "stage", noted)
    return found


def line(person: int, name: str = "Ann Lee", born: str = "1950", stop: str = "") -> str:
    return f"p{person},{name},(202) 555-{person:04d},{born},{stop}\n"


def crowd(count: int) -> list[str]:
    return [line(person) for person in range(count)]


def test_only_the_lines_that_differ_are_read(quick, left_out):
    quick.bring(HEAD + "".join(crowd(100)))
    lines = crowd(100)
    lines[7] = line(7, "Ann Day")
    found = quick.bring(HEAD + "".join(reversed(lines)) + line(200))
    assert left_out == [0, 99]
    assert (found.rows, found.changed) == (101, 2)
    assert [row["_row"] for row in read(quick.layers[1].path / "rows.parquet").to_pylist()] == [93, 101]
    again = quick.bring(HEAD + "".join(lines) + line(200))
    assert (again.rows, again.changed, left_out[-1]) == (101, 0, 101)


def _odd(draw: random.Random, lines: list[str], *, wild: bool) -> str:
    """A file like the last one, and with whatever people do to files; in a wild one a row may have more lines than one."""
    lines = [text for text in lines if draw.random() > 0.03]
    for _ in range(draw.randint(0, 5)):
        what, place = draw.choice([*range(7), 8, 9, 11, *((7, 10) if wild else ())]), draw.randrange(len(lines))
        if what < 3:
            lines[place] = line(draw.randrange(60), draw.choice(["Bo Day", "Cy Fox"]))
        elif what == 3:
            lines.insert(draw.randrange(len(lines)), lines[place])  # twice
        elif what == 4:
            lines.insert(draw.randrange(len(lines)), line(draw.randrange(60), "Second Row"))
        elif what == 5:
            lines.insert(place, line(draw.randrange(60), born="of old"))  # rejected
        elif what == 6:
            lines.insert(place, "p9,ragged\n")
        elif what == 7:
            lines.insert(place, line(draw.randrange(60), '"Two\nLines"'))
        elif what == 8:
            lines.insert(place, draw.choice(["\n", "  \n", ",,,,\n"]))
        elif what == 9:
            lines[place] = line(draw.randrange(60), stop="yes")
        elif what == 10:
            lines.insert(place, line(draw.randrange(60), draw.choice(['"Quo""ted, Ann"', 'Qu"o', '"open'])))
        else:
            draw.shuffle(lines)
    return "".join(lines)


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.truth) for seed in range(6, 40))])
def test_any_run_of_files_gives_the_same_as_if_all_of_each_were_read(seed, quick, thorough, left_out, tmp_path):
    draw = random.Random(seed)
    key = b"k" * 32
    text = "".join(crowd(50))
    for turn in range(5):
        how = HOW
        if turn == 3:  # somebody was forgotten: taken out of all layers, and turned away from now on
            for path in tmp_path.glob("*/0*/*.parquet"):
                keep_rows(path, "\"~person\" <> 'p5'")
            how = replace(HOW, forgotten=Forgotten(key, frozenset({keyed_hash(key, "id:p5")})))
        one, other = quick.bring(HEAD + text, how), thorough.bring(HEAD + text, how)
        assert quick.told(one) == thorough.told(other)
        if turn in {1, 2} and draw.random() < 0.3:
            place = draw.randrange(len(quick.layers))
            for shelf in (quick, thorough):
                shelf.layers[place] = replace(shelf.layers[place], undone=True)
        text = _odd(draw, text.splitlines(keepends=True), wild=turn % 2 > 0)
    assert max(left_out) > 0


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_however_lines_end(ending, quick, left_out):
    lines = [text.removesuffix("\n") for text in (HEAD, *crowd(20))]
    quick.bring(ending.join(lines))
    found = quick.bring(ending.join([*lines, line(20).removesuffix("\n"), ""]))
    assert (left_out, found.rows, found.changed) == ([0, 20], 21, 1)


def test_the_same_line_under_another_delimiter_says_another_thing(quick, left_out):
    how = Reading("id", {}, {}, {})
    rows = "".join(f"p{n};a,b\n" for n in range(20))
    for head in ("id;name\n", "id,name\n"):
        quick.bring(head + rows, how)
    assert left_out == [0, 0]
    assert read(quick.layers[1].path / "rows.parquet")["id"].to_pylist()[0] == "p0;a"


def test_another_way_to_read_a_file_reads_all_of_it(quick, left_out):
    text = HEAD + "".join(line(n, born="50" if n == 3 else "1950") for n in range(20))
    assert quick.bring(text).rejected.num_rows == 1
    free = replace(HOW, expected={**EXPECTED, "born": Column()})
    assert quick.bring(text, free).rejected.num_rows == 0
    assert left_out == [0, 0]


def test_a_day_is_read_as_the_last_file_showed_it(quick, left_out):
    how = replace(HOW, expected={"id": Column(required=True), "born": Column("date")})
    lines = [line(n, born="31/12/1950") for n in range(20)]
    quick.bring(HEAD + "".join(lines), how)
    lines[3] = line(3, born="03/04/1950")
    quick.bring(HEAD + "".join(lines), how)
    assert left_out == [0, 19]
    assert read(quick.layers[1].path / "rows.parquet")["~date born"].to_pylist() == [date(1950, 4, 3)]


def test_a_line_that_shows_another_order_of_days_has_all_of_them_looked_at(quick, left_out):
    how = replace(HOW, expected={"id": Column(required=True), "born": Column("date")})
    lines = [line(n, born="03/04/1950") for n in range(20)]
    assert quick.bring(HEAD + "".join(lines), how=replace(how, expected={"id": Column(required=True)})).rows == 20
    lines[3] = line(3, born="31/12/1950")
    assert quick.bring(HEAD + "".join(lines), how).rows == 20
    lines[4] = line(4, born="12/31/1950")
    found = quick.bring(HEAD + "".join(lines), how)
    assert left_out == [0, 0, 19, 0]
    assert found.rows == 2  # both orders are seen: which one 03/04 has nobody can know


def test_one_who_was_taken_out_of_a_layer_is_read_and_turned_away(quick, left_out):
    quick.bring(HEAD + "".join(crowd(20)))
    said = quick.layers[0].path / "said.parquet"
    assert keep_rows(said, "\"~person\" <> 'p3'") == 1
    key = b"k" * 32
    gone = replace(HOW, forgotten=Forgotten(key, frozenset({keyed_hash(key, "id:p3")})))
    found = quick.bring(HEAD + "".join(crowd(20)), gone)
    assert (left_out[-1], found.rows) == (19, 19)
    assert found.rejected["value"].to_pylist() == [None]


def test_a_large_file_with_a_broken_row_is_read_whole(quick, left_out, monkeypatch):
    monkeypatch.setattr(staging, "LARGE", 100)
    text = HEAD + "".join(crowd(20))
    quick.bring(text + "ragged\n")
    found = quick.bring(text + "ragged\n" + line(30))
    assert (left_out, found.rows, found.changed, found.rejected["row"].to_pylist()) == ([0, 0], 21, 1, [21])
    assert read(quick.layers[1].path / "rows.parquet")["_row"].to_pylist() == [22]
