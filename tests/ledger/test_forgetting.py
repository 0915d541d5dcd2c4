"""Who is forgotten is gone, to the last byte of the file; and is known again by a keyed hash."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from random import Random

import pytest

from conftest import environment
from groundswell.ledger import keyed_hash, open_ledger
from groundswell.vocabulary import DataError, StorageError
from ledger.said import ADA, BEN, NOW, crowd, gave, shut, stopped

HASH = keyed_hash(b"k" * 32, ADA)
TRACE = b"xyzzy"
TRACES = [
    gave(1)._replace(source="xyzzy heard it", words="xyzzy " * 3_000),
    gave(1, who="xyzzy@example.org"),
    gave(1)._replace(kind="person", subject="xyzzy " * 20),
]


def traces(path) -> dict[str, int]:
    """How often the trace stands in the ledger's file and in those beside it."""
    return {file.name: found for file in path.parent.iterdir() if (found := file.read_bytes().count(TRACE))}


def put(ledger) -> None:
    ledger.note_consents([*crowd(3_000), *TRACES, *crowd(3_000, start=3_000)], now=NOW)
    ledger.suppress([shut(1, who="xyzzy@example.org")], now=NOW)
    ledger.lift("email", "xyzzy@example.org", reason="bounced", source="xyzzy", at=NOW, now=NOW)


def scattered(count: int) -> list:
    """People in no order, each tenth with the trace: an index copies them from page to page as it grows."""
    names = [f"{number:06d}{'-xyzzy' if number % 10 == 0 else ''}" for number in range(count)]
    Random(0).shuffle(names)
    return [gave(1)._replace(kind="person", subject=name) for name in names]


def forget(ledger) -> None:
    ledger.forget([(fact.kind, fact.subject) for fact in TRACES], [HASH], now=NOW)


def test_every_row_goes_and_the_hash_stays(ledger):
    ledger.note_consents([gave(1), stopped(2), gave(1, who=BEN)], now=NOW)
    ledger.suppress([shut(1), shut(1, who=BEN)], now=NOW)
    ledger.forget([("email", ADA), ("phone", "+14155550123")], [HASH], now=NOW)
    assert ledger.about("email", [ADA]) == ([], [], [])
    assert [len(part) for part in ledger.about("email", [BEN])] == [1, 1, 0]
    assert ledger.forgotten() == {HASH}


def test_a_subject_of_another_kind_with_the_same_name_stays(ledger):
    ledger.note_consents([gave(1), gave(1)._replace(kind="person")], now=NOW)
    ledger.forget([("email", ADA)], [], now=NOW)
    assert len(ledger.about("person", [ADA]).consents) == 1


def test_forgetting_twice_changes_nothing(ledger):
    ledger.note_consents([gave(1)], now=NOW)
    ledger.forget([("email", ADA)], [HASH], now=NOW)
    before = ledger.revision()
    ledger.forget([("email", ADA)], [HASH], now=NOW)
    assert (ledger.forgotten(), ledger.revision()) == ({HASH}, before)


def test_many_are_forgotten_at_once(ledger):
    ledger.note_consents(crowd(12_000), now=NOW)
    ledger.forget((("phone", fact.subject) for fact in crowd(11_999)), (f"{n:064x}" for n in range(11_999)), now=NOW)
    assert ledger.standing("voters").num_rows == 1
    assert len(ledger.forgotten()) == 11_999


def test_what_is_no_hash_is_not_kept_in_the_open_and_nothing_is_deleted(ledger):
    ledger.note_consents([gave(1)], now=NOW)
    with pytest.raises(DataError, match="no keyed hash") as caught:
        ledger.forget([("email", ADA)], [HASH, ADA], now=NOW)
    assert ADA not in str(caught.value)
    assert len(ledger.about("email", [ADA]).consents) == 1
    assert ledger.forgotten() == frozenset()


def test_no_byte_is_left_in_the_file_nor_in_those_beside_it(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger:
        put(ledger)
        assert sum(traces(path).values()) > 3_000
        forget(ledger)
        assert traces(path) == {}
        assert ledger.standing("voters").num_rows == 6_000
    with open_ledger(path) as ledger:  # and from the file proper, not only from its journal
        put(ledger)
    assert traces(path).keys() == {"ledger.sqlite"}
    with open_ledger(path) as ledger:
        forget(ledger)
        assert traces(path) == {}
    assert traces(path) == {}


def test_no_copy_is_left_that_the_file_made_for_itself_while_it_grew(tmp_path):
    path = tmp_path / "ledger.sqlite"
    people = scattered(8_000)
    with open_ledger(path) as ledger:
        for start in range(0, 8_000, 800):
            ledger.note_consents(people[start : start + 800], now=NOW)
        ledger.forget([(fact.kind, fact.subject) for fact in people if "xyzzy" in fact.subject], [], now=NOW)
        assert traces(path) == {}
        assert ledger.standing("voters").num_rows == 7_200


def test_no_byte_is_left_in_the_tables_of_a_server(server):
    def left() -> int:
        with ledger._place.bare() as connection:
            connection.exec_driver_sql("checkpoint")
        files = [path for path in (server.folder / "data" / "base").rglob("*") if path.is_file()]
        return sum(file.read_bytes().count(TRACE) for file in files)

    with open_ledger(server.database()) as ledger:
        put(ledger)
        assert left() > 0
        forget(ledger)
        assert left() == 0


def test_a_reader_who_keeps_the_bytes_is_told_of_and_the_next_to_open_wipes_them(tmp_path, monkeypatch):
    monkeypatch.setattr("groundswell.ledger.sqlite.PATIENCE", 0.2)
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger:
        put(ledger)
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from consents").fetchone()
        with pytest.raises(StorageError, match="somebody is reading") as caught:
            forget(ledger)
        assert "next one" in caught.value.hint
        assert ledger.about("email", ["xyzzy@example.org"]) == ([], [], [])
        assert traces(path)
        reader.close()
    open_ledger(path).close()
    assert traces(path) == {}


KILLED = """
import sys
from random import Random
from pathlib import Path
from groundswell.ledger import open_ledger
from groundswell.ledger.sqlite import SqliteFile
SqliteFile.wipe = lambda self: (print("deleted", flush=True), sys.stdin.read())
ledger = open_ledger(Path(sys.argv[1]))
ledger.forget([("email", "xyzzy@example.org"), ("email", "ada@example.org"), ("person", "xyzzy " * 20)], [], now=None)
"""


def test_what_a_killed_process_left_to_be_overwritten_is_overwritten_by_the_next(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger:
        put(ledger)
    words = [sys.executable, "-c", KILLED, path]
    with subprocess.Popen(words, env=environment(), stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout.readline() == "deleted\n"
        process.send_signal(signal.SIGKILL)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as found:
        assert found.execute("select wipe_due from ledger").fetchone() == (1,)
    assert traces(path)
    open_ledger(path).close()
    assert traces(path) == {}
