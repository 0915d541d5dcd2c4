"""How uniform it is what people hear: "one message for everybody is a tsunami".

Every figure is a count of a log of sendings; nothing is estimated and nothing is learnt. A week begins on Monday, and the
weeks of a log are all from its first sending to its last, those in which nothing was sent included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from groundswell.listen import waves
from groundswell.listen.days import Order
from groundswell.listen.sendlog import read_log
from groundswell.tables import Contract, Engine
from groundswell.vocabulary import DataError

LOG = Contract(
    "log",
    {
        "person": pa.string(),
        "message": pa.string(),
        "at": pa.date32(),
        "channel": pa.string(),
        "topic": pa.string(),
        "household": pa.string(),
        "responded": pa.bool_(),
    },
    nullable=frozenset({"at", "channel", "topic", "household", "responded"}),
)
"""A log of sendings, one row each. ``responded`` is true, false, or blank where that is not known."""

CAPS = (1, 2, 3)
MEMORY = "1000MB"


def measure(table: pa.Table, *, caps: Iterable[int] = CAPS) -> dict[str, Any]:
    """Say how uniform a log is.

    Args:
        table: contract ``LOG``; columns that may be blank may be missing, ``at`` may be a timestamp.
        caps: how many messages a person and week to try as a limit.

    Returns:
        The figures, ready for JSON; what the log cannot tell is None and stands in ``not_told`` with the column it would
        need. See ``docs/reference.md`` for every name.

    Raises:
        DataError: when there is no sending in it.

    >>> from datetime import date
    >>> table = pa.table({"person": ["ada", "ben"], "message": ["schools", "schools"], "at": [date(2026, 1, 5)] * 2})
    >>> found = measure(table)
    >>> found["same"]["median"], found["variety"]["all"]["effective"], found["not_told"]["interest"]
    (1.0, 1.0, 'response')
    """
    held = {
        name: table[name].cast(kind) if name in table.column_names else pa.nulls(table.num_rows, kind)
        for name, kind in LOG.columns.items()
    }
    log = LOG.check(pa.table(held))
    with tempfile.TemporaryDirectory() as spill, Engine(memory=MEMORY, spill=Path(spill)) as engine:
        engine.register(given=log)
        engine.run('create view log as select * exclude ("at"), "at" as day from given')
        return measure_log(engine, tuple(caps))


def measure_log(engine: Engine, caps: Sequence[int] = CAPS) -> dict[str, Any]:
    """Measure the view ``log`` of an engine: the columns of ``LOG``, with ``day`` for ``at``.

    Raises:
        DataError: when there is no sending in it.
    """
    waves.encode(engine)
    log = waves.totals(engine)
    if not log["sendings"]:
        raise DataError(
            "There is no sending in this log.",
            found="0 rows",
            expected="a row for each message that a person was sent",
            hint="Give a log of messages that were sent.",
        )
    weekly = log["weeks"] > 0
    interest = waves.interest(engine, log)
    households = waves.households(engine, log) if weekly else None
    return {
        "log": log,
        "variety": waves.variety(engine),
        "same": waves.same(engine) if weekly else None,
        "load": waves.load(engine, log) if weekly else None,
        "households": households,
        "interest": interest,
        "spared": {
            "caps": [waves.spared_by_cap(engine, cap, log) for cap in caps] if weekly else None,
            "household": households and households.pop("spared"),
            "matching": interest and interest.pop("spared"),
        },
        "top": {name: waves.top(engine, name, log) for name in ("message", "channel", "topic")},
        "not_told": _not_told(weekly, log, households, interest),
    }


def _not_told(weekly: bool, log: dict[str, Any], households: object, interest: object) -> dict[str, str]:
    """What cannot be said, and the role of the column that it would take."""
    found = {} if weekly else dict.fromkeys(("same", "load", "caps"), "when")
    if households is None:
        found["households"] = "when" if log["households"] else "household"
    if interest is None:
        found["interest"] = "response"
    return found


def measure_file(
    path: Path,
    *,
    given: Mapping[str, str | None] | None = None,
    order: Order | None = None,
    caps: Iterable[int] = CAPS,
    tell: Callable[[str], object] = lambda _: None,
) -> tuple[dict[str, Any], pa.Table]:
    r"""Read a log and say how uniform it is.

    Args:
        path: CSV, CSV.gz, TSV, Parquet or XLSX.
        given: role -> column where the user names it, see :func:`groundswell.listen.sendlog.read_log`.
        order: how dates such as 03/04/2026 are meant, where the user says it.
        caps: how many messages a person and week to try as a limit.
        tell: called with the name of each stage that begins: ``log``, ``figures``.

    Returns:
        What :func:`measure` gives, with ``columns``, ``rows``, ``dates`` and ``replies`` of how the file was read; and the
        rows that could not be used (contract ``REJECTED``).

    Raises:
        DataError: when the file is no table, it is not clear who was sent what and when, or no row can be used.

    >>> place = Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = place.write_text("to,message\nada@x.org,schools\nben@x.org,schools\n,schools\n")
    >>> found, rejected = measure_file(place)
    >>> found["variety"]["all"]["different"], found["rows"]["rejected"], rejected["row"].to_pylist()
    (1, 1, [3])
    """
    with tempfile.TemporaryDirectory() as folder, Engine(memory=MEMORY, spill=Path(folder)) as engine:
        tell("log")
        log = read_log(engine, path, Path(folder), given or {}, order)
        tell("figures")
        figures = measure_log(engine, tuple(caps))
    rows = {"rows": log.rows, "used": log.rows - log.rejected, "rejected": log.rejected, "reasons": log.reasons}
    columns = {role: asdict(taken) for role, taken in log.columns.items()}
    return {"columns": columns, "rows": rows, "dates": log.dates, "replies": log.replies, **figures}, log.told
