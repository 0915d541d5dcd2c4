"""A ledger as lines of JSON: one snapshot of all of it, which only an empty ledger takes back, whole or not at all.

First a line that says what this is, then a line for each fact, last a line with their number: a file cut short is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection, Table, func, select, update

from groundswell.ledger.consents import CHUNK, chunks
from groundswell.ledger.facts import (
    Consent,
    Lift,
    Noting,
    Row,
    Suppression,
    consent_row,
    lift_row,
    moment,
    suppression_row,
)
from groundswell.ledger.forgetting import hash_row
from groundswell.ledger.layout import CONSENTS, FORGOTTEN, LIFTS, STATE, SUPPRESSIONS
from groundswell.ledger.places import Place
from groundswell.vocabulary import DataError, StorageError

_FORMAT = 1
_TIMES = ("at", "noted")
_ANSWERS = {"given", "direct"}
_KINDS: dict[str, tuple[Table, Callable[[Row, Noting], Row]]] = {
    "consent": (CONSENTS, lambda told, noting: consent_row(Consent(**told), noting)),
    "suppression": (SUPPRESSIONS, lambda told, noting: suppression_row(Suppression(**told), noting)),
    "lift": (LIFTS, lambda told, noting: lift_row(Lift(**told), noting)),
    "forgotten": (FORGOTTEN, lambda told, noting: hash_row(told["hash"], noting)),
}


def dump(connection: Connection, handle: TextIO) -> int:
    """Write everything; how many facts that was."""
    revision = connection.execute(select(STATE.c.revision)).scalar_one()
    handle.write(json.dumps({"ledger": _FORMAT, "revision": revision}) + "\n")
    count = 0
    for name, (table, _) in _KINDS.items():
        columns = [column for column in table.columns if column.name != "fact"]
        order = [table.c[part] for part in ("noted", "at", "fact", "hash") if part in table.c]
        found = connection.execution_options(yield_per=CHUNK).execute(select(*columns).order_by(*order))
        for row in found.mappings():
            times = {part: moment(row[part]).isoformat() for part in _TIMES if part in row}
            handle.write(json.dumps({"is": name, **row, **times}) + "\n")
            count += 1
    handle.write(json.dumps({"end": count}) + "\n")
    return count


def load(place: Place, connection: Connection, handle: TextIO) -> int:
    """Take back what :func:`dump` wrote; how many facts that was.

    Raises:
        StorageError: when the ledger is not empty.
        DataError: when the file is not such a dump, or not all of it.
    """
    _check_empty(place, connection)
    lines = _lines(handle)
    number, head = next(lines, (1, {}))
    if head.get("ledger") != _FORMAT or type(head.get("revision")) is not int:
        raise _broken(number, "what the dump of a ledger begins with")
    count = 0
    for some in chunks(_facts(lines)):
        for name, (table, _) in _KINDS.items():
            rows = [row for kind, row in some if kind == name]
            if rows:
                place.add(connection, table, rows)
        count += len(some)
    connection.execute(update(STATE).values(revision=head["revision"]))
    return count


def _check_empty(place: Place, connection: Connection) -> None:
    if any(connection.execute(select(func.count()).select_from(table)).scalar_one() for table, _ in _KINDS.values()):
        raise StorageError(
            f"{place.name} is not empty.",
            expected="a new ledger: what was noted there since would be mixed with what is brought back",
            hint="Restore into a new place, or move this ledger away first.",
        )


def _lines(handle: TextIO) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(handle, 1):
        try:
            content = json.loads(line)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise _broken(number, "one JSON object a line")
        yield number, content


def _facts(lines: Iterator[tuple[int, Row]]) -> Iterator[tuple[str, Row]]:
    number = 1
    for count, (number, content) in enumerate(lines):
        if "end" in content:
            if content["end"] != count or next(lines, None):
                raise _broken(number, "an end that counts the facts before it")
            return
        yield _fact(number, content)
    raise _broken(number, "the end of a dump: this one was cut short")


def _fact(number: int, content: Row) -> tuple[str, Row]:
    name = content.pop("is", None)
    if name not in _KINDS or not all(
        isinstance(part, bool if key in _ANSWERS else str) for key, part in content.items()
    ):
        raise _broken(number, "a consent, a suppression, a lift or a keyed hash")
    try:
        noted = datetime.fromisoformat(content.pop("noted"))
        if "at" in content:
            content["at"] = datetime.fromisoformat(content["at"])
        return name, _KINDS[name][1](content, Noting.at(noted))
    except (TypeError, KeyError, ValueError, DataError):
        raise _broken(number, f"a {name} as it was dumped") from None


def _broken(number: int, expected: str) -> DataError:
    return DataError(
        "This is not the dump of a ledger, or it is damaged.",
        key=f"line {number}",
        expected=expected,
        hint="Nothing of it was taken. Use another backup.",
    )
