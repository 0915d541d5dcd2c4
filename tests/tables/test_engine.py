"""An engine is private, and a locked one reaches nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from groundswell.tables import Engine
from groundswell.tables.engine import SqlError


@pytest.mark.parametrize("locked", [False, True])
def test_what_one_engine_knows_no_other_does(locked):
    with Engine(locked=locked) as one, Engine(locked=locked) as other:
        one.register(rows=pa.table({"a": [1]}))
        other.register(rows=pa.table({"a": [2]}))
        assert one.value("select a from rows") == 1
        assert other.value("select a from rows") == 2
    with Engine(locked=locked) as later, pytest.raises(SqlError, match="rows"):
        later.value("select a from rows")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to '/tmp/never.csv'",
        "set enable_external_access = true",
        "set memory_limit = '9GB'",
        "reset lock_configuration",
        "install httpfs",
        "load httpfs",
        "attach '/tmp/never.db'",
    ],
)
def test_a_locked_engine_reaches_nothing(sql):
    with Engine(locked=True) as engine, pytest.raises(SqlError):
        engine.run(sql)


def test_a_locked_engine_goes_on_after_one_that_failed():
    with Engine(locked=True) as engine, pytest.raises(SqlError):
        engine.value("select cast('x' as int)")
    with Engine(locked=True) as engine:
        assert engine.value("select 1 + 1") == 2
