"""Tables on disk and SQL over them: the only room that knows DuckDB.

Everything is written beside its place and renamed into it, so a file is whole or absent.
"""

from groundswell.tables.arrays import read_arrays, write_arrays
from groundswell.tables.contract import REJECTED, Contract, concat, empty, keep, rejects, with_text
from groundswell.tables.engine import Engine, SqlError, quote_literal, quote_name
from groundswell.tables.expressions import check_expression, column_name, evaluate
from groundswell.tables.files import Table, read, read_json, read_where, write, write_json, write_text, written

__all__ = [
    "REJECTED",
    "Contract",
    "Engine",
    "SqlError",
    "Table",
    "check_expression",
    "column_name",
    "concat",
    "empty",
    "evaluate",
    "keep",
    "quote_literal",
    "quote_name",
    "read",
    "read_arrays",
    "read_json",
    "read_where",
    "rejects",
    "with_text",
    "write",
    "write_arrays",
    "write_json",
    "write_text",
    "written",
]
