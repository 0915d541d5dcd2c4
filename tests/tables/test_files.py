"""A file is whole or absent; what is damaged is said to be."""

from __future__ import annotations

import errno
import os

import numpy as np
import pyarrow as pa
import pytest

from groundswell.tables import read, read_arrays, read_json, read_where, write, write_arrays, write_json, write_text
from groundswell.tables.files import storage_error, written
from groundswell.vocabulary import StorageError


def test_the_same_table_gives_the_same_bytes(tmp_path):
    table = pa.table({"a": list(range(1000)), "b": ["x"] * 1000})
    write(table, tmp_path / "one.parquet")
    write(table, tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_what_is_stopped_in_the_middle_leaves_the_old_file_and_no_draft(tmp_path):
    place = tmp_path / "a.txt"
    write_text("old", place)
    with pytest.raises(KeyboardInterrupt), written(place) as draft:
        draft.write_text("half")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert place.read_text() == "old"


def test_a_file_where_a_folder_should_be_is_a_clear_error(tmp_path):
    (tmp_path / "lists").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        write_text("x", tmp_path / "lists" / "a.csv")
    assert "write access" in caught.value.hint


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_from_a_folder_that_may_not_be_written(tmp_path, number):
    error = storage_error(OSError(number, os.strerror(number)), tmp_path / "a.parquet")
    assert "no room left" in error.message
    assert "room left" not in storage_error(OSError(errno.EACCES, "no"), tmp_path / "a").message


def test_missing_and_damaged_files_are_clear_errors(tmp_path):
    place = tmp_path / "file"
    readers = (read, read_json, read_arrays, lambda path: read_where(path, "a", [1]))
    for reader in readers:
        with pytest.raises(StorageError, match="is gone") as caught:
            reader(place)
        assert "run again" in caught.value.hint
    place.write_bytes(b"\xff not what we wrote")
    for reader in readers:
        with pytest.raises(StorageError, match="damaged"):
            reader(place)


def test_a_file_of_numbers_that_was_cut_short_is_damaged(tmp_path):
    place = tmp_path / "model.gsw"
    write_arrays({"format": 1}, {"a": np.arange(100.0)}, place)
    whole = place.read_bytes()
    for length in range(0, len(whole), 37):
        place.write_bytes(whole[:length])
        with pytest.raises(StorageError, match="damaged"):
            read_arrays(place)


def test_json_keeps_its_order_and_refuses_what_is_no_number(tmp_path):
    write_json({"b": 1, "a": "é"}, tmp_path / "a.json")
    assert list(read_json(tmp_path / "a.json")) == ["b", "a"]
    with pytest.raises(ValueError, match="JSON"):
        write_json({"a": float("nan")}, tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()
