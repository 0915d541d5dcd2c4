"""A campaign's own SQL: one expression over the row, and nothing else.

Two walls. First the text is parsed and refused unless it is exactly one expression without subqueries, aggregates, windows
or functions whose value changes from call to call. Then it runs where files, networks and settings are out of reach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from groundswell.tables.engine import Engine, quote_literal, quote_name
from groundswell.vocabulary import ExpressionError, StorageError, nearest

_BARRED = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window function",
    "STAR": "a star",
    "PARAMETER": "a parameter",
    "LAMBDA": "a function of its own",
}
_LONGEST = 10_000
_SHOWN = 200


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@cache
def _reserved() -> frozenset[str]:
    """The words that SQL keeps for itself."""
    with Engine() as engine:
        found = engine.table(
            "select keyword_name as word from duckdb_keywords() where keyword_category <> 'unreserved'"
        )
    return frozenset(found["word"].to_pylist())


def column_name(name: str) -> str:
    """A column as people would write it in an expression: in quotes only where SQL asks for them.

    >>> column_name("age"), column_name("group"), column_name("Years here")
    ('age', '"group"', '"Years here"')
    """
    return name if _PLAIN.match(name) and name not in _reserved() else quote_name(name)


def check_expression(sql: str, columns: tuple[str, ...], *, file: str, key: str) -> frozenset[str]:
    """Refuse what is not one plain expression over the row.

    Args:
        sql: the campaign's text.
        columns: what the row holds.
        file: where the text stands, for the error.
        key: its key there.

    Returns:
        The columns it reads.

    Raises:
        ExpressionError: for anything else than one expression over known columns.

    >>> sorted(check_expression("2006 - yob", ("yob", "sex"), file="campaign.toml", key="traits.age"))
    ['yob']
    >>> check_expression("yob); attach 'x'; --", ("yob",), file="campaign.toml", key="traits.age")
    Traceback (most recent call last):
    groundswell.vocabulary.errors.ExpressionError: "yob); attach 'x'; --" is not one SQL expression.
      ...
    """

    def refuse(message: str, found: str, hint: str) -> ExpressionError:
        return ExpressionError(
            message,
            file=file,
            key=key,
            found=found,
            expected="one SQL expression over the columns of the row",
            hint=hint,
        )

    short = sql if len(sql) <= _SHOWN else f"{sql[:_SHOWN]}..."
    if len(sql) > _LONGEST:
        raise refuse(f'"{short}" is too long.', f"{len(sql):,} letters", "Compute it before, as a column of the file.")
    node = _parse(sql)
    if node is None:
        raise refuse(f'"{short}" is not one SQL expression.', short, "Write an expression such as  2006 - yob.")
    used = set()
    for part in _walk(node):
        if part.get("class") in _BARRED:
            raise refuse(
                f"A trait may not hold {_BARRED[part['class']]}.",
                short,
                "Use only the columns of the person's own row.",
            )
        if part.get("class") == "FUNCTION":
            reason = _barred_function(part)
            if reason:
                raise refuse(f"{part['function_name']}() is not allowed here: {reason}.", short, "Leave it out.")
        if part.get("class") == "COLUMN_REF":
            used.add(_column(part["column_names"], columns, refuse))
    return frozenset(used)


def evaluate(expressions: Mapping[str, str], rows: pa.Table, *, file: str, section: str) -> pa.Table:
    """Evaluate checked expressions over rows, where nothing else can be reached.

    Args:
        expressions: name -> SQL, each passed by :func:`check_expression`.
        rows: the table they read.
        file: where the expressions stand, for errors.
        section: the section there, such as ``traits``.

    Returns:
        A table with one column for each expression, in the order of the rows.

    Raises:
        ExpressionError: when one fails on the data, naming it.

    >>> evaluate({"age": "2006 - yob"}, pa.table({"yob": [1950]}), file="f", section="traits")["age"].to_pylist()
    [56]
    """
    with Engine(locked=True) as engine:
        engine.register(rows=rows)
        columns = []
        for name, sql in expressions.items():
            try:
                columns.append(engine.table(f"select ({sql}\n) as value from rows")["value"])
            except (duckdb.Error, StorageError) as error:
                raise ExpressionError(
                    f"{name} cannot be computed.",
                    file=file,
                    key=f"{section}.{name}",
                    found=re.sub(r"\s+", " ", str(error).split("\n\n")[0])[:300],
                    expected="an expression that works on every row",
                    hint="Declare the column's type under types, or use try_cast(...).",
                ) from error
    return pa.table(dict(zip(expressions, columns, strict=True)))


def _parse(sql: str) -> dict[str, Any] | None:
    """The parsed expression, or None when the text is anything else."""
    if not sql.strip() or "\0" in sql:
        return None
    # The line break keeps a trailing comment from swallowing the bracket.
    statement = quote_literal(f"select ({sql}\n) as value from rows")
    try:
        with Engine(locked=True) as engine:
            parsed = json.loads(engine.value(f"select json_serialize_sql({statement})"))
    except (duckdb.Error, RecursionError):  # nested beyond all measure
        return None
    if parsed.get("error") or len(parsed["statements"]) != 1:
        return None
    node = parsed["statements"][0]["node"]
    if node.get("type") != "SELECT_NODE" or len(node["select_list"]) != 1 or node["modifiers"]:
        return None
    source = node["from_table"]
    if any(node.get(name) for name in _CLAUSES) or (source["type"], source.get("table_name")) != ("BASE_TABLE", "rows"):
        return None
    found: dict[str, Any] = node["select_list"][0]
    several = found.get("function_name") == "row"  # a comma makes a row of it, and so does nothing at all
    return found if found.get("alias") == "value" and not several else None


_CLAUSES = {"where_clause", "group_expressions", "having", "sample", "qualify"}


def _walk(node: object) -> Iterator[dict[str, Any]]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


@cache
def _functions() -> dict[str, frozenset[tuple[str, str]]]:
    """Function -> every (kind, stability) it has."""
    with Engine(locked=True) as engine:
        found = engine.table("select function_name, function_type, stability from duckdb_functions()").to_pylist()
    known: dict[str, set[tuple[str, str]]] = {}
    for row in found:
        known.setdefault(row["function_name"].lower(), set()).add(
            (row["function_type"], row["stability"] or "CONSISTENT")
        )
    return {name: frozenset(kinds) for name, kinds in known.items()}


def _barred_function(part: Mapping[str, Any]) -> str | None:
    """Why a function may not be called, or None."""
    name = part["function_name"].lower()
    kinds = _functions().get(name)
    if kinds is None:
        # Operators and what the grammar makes of a text (a cast, a list) have no entry under their name.
        return None if name in _GRAMMAR or part.get("is_operator") else "there is no such function"
    if any(kind == "aggregate" for kind, _ in kinds):
        return "it looks at more than one row"
    if (name in _RESTLESS and (name != "age" or len(part["arguments"]) == 1)) or any(
        stability != "CONSISTENT" for kind, stability in kinds if kind == "scalar"
    ):
        return "its value changes from call to call, or from day to day"
    if all(kind not in {"scalar", "macro"} for kind, _ in kinds) or name in _WIDE:
        return "it does not give one value"
    return None


_GRAMMAR = {"row", "list_value", "struct_pack", "array_value", "coalesce", "try"}
_RESTLESS = {"age", "current_localtimestamp", "current_localtime", "current_query", "hash", "version", "alias"}
_WIDE = {"unnest", "unlist"}


def _column(path: list[str], columns: tuple[str, ...], refuse: Any) -> str:  # noqa: ANN401 - the caller's closure
    name = path[-1] if path[0].casefold() == "rows" and len(path) > 1 else path[0]
    by_fold = {column.casefold(): column for column in columns}
    if name.casefold() in by_fold:
        return by_fold[name.casefold()]
    near = nearest(name, columns)
    raise refuse(
        f'There is no column "{name}".',
        name,
        f'Did you mean "{near}"?' if near else f"The columns are: {', '.join(map(quote_name, columns))}.",
    )
