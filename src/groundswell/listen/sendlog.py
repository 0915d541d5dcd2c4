"""A log of what was sent, from wherever it comes: its columns guessed and shown, its rows made ready to be measured.

Nothing is asked of the log but who was sent what. Days, channels, topics, households and responses are used where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from groundswell.listen.days import Order, read_days, teach_days
from groundswell.listen.guessing import NONE, Guess, Seen, Torn, guess, likeness, look_at
from groundswell.listen.replies import reply_sql
from groundswell.sources import columns_of, unknown_column
from groundswell.sources.staging import Staged, head_of, stage
from groundswell.tables import REJECTED, Engine, concat, quote_literal
from groundswell.vocabulary import DataError

MOST_TOLD = 100_000
"""So many rejected rows are written one by one; all of them are counted."""

_HEAD = 5_000
_NAMES = {
    "who": "person",
    "what": "message",
    "when": "sent",
    "channel": "channel",
    "topic": "topic",
    "household": "household",
    "response": "reply",
}
_EXPECTED = {"person": "a person", "message": "a message", "sent": "a date from 1990 to 2099, such as 2026-11-30"}


@dataclass(frozen=True)
class SendLog:
    """What is known of a log; its good rows are the view ``log`` of the engine it was read with.

    Attributes:
        columns: role -> the column and how it was found.
        rows: rows of the file.
        rejected: how many of them cannot be used.
        reasons: why: ``reason``, ``column``, ``rows`` and ``first_row``, the most frequent first.
        told: the rejected rows (contract ``REJECTED``), at most ``MOST_TOLD`` a reason.
        dates: how days were read, see :func:`groundswell.listen.days.read_days`.
        replies: None without such a column; else ``blank`` (``no`` or ``unknown``), and the number and an example of those
            that are ``unclear``.
    """

    columns: dict[str, Guess]
    rows: int
    rejected: int
    reasons: list[dict[str, Any]]
    told: pa.Table
    dates: list[dict[str, Any]]
    replies: dict[str, Any] | None


def read_log(
    engine: Engine, path: Path, folder: Path, given: Mapping[str, str | None], order: Order | None = None
) -> SendLog:
    r"""Read a log: its good rows become the view ``log``, see :data:`groundswell.listen.tsunami.LOG`.

    Args:
        engine: where to make the view; it must be gone before the folder is.
        path: CSV, CSV.gz, TSV, Parquet or XLSX.
        folder: where columns may lie for the while.
        given: role -> column, where the user names it; ``-`` for a role that no column has.
        order: how dates such as 03/04/2026 are meant, where the user says it.

    Raises:
        DataError: when the file is no table, it is not clear who was sent what and when, or no row can be used.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "log.csv").write_text("To,Campaign,Sent\nada@x.org,schools,5/1/2026\n,schools,6/1/2026\n")
    >>> with Engine() as engine:
    ...     log = read_log(engine, folder / "log.csv", folder, {})
    ...     engine.table("select person, message, day from log").to_pylist(), log.rejected
    ([{'person': 'ada@x.org', 'message': 'schools', 'day': datetime.date(2026, 1, 5)}], 1)
    """
    columns = columns_of(path)
    for role, column in given.items():
        if column is not None and column != NONE and column not in columns:
            raise unknown_column(column, columns, path, f"--{role}")
    head = head_of(path, columns, rows=_HEAD)
    if not head.num_rows:
        raise _no_rows(path, stage(engine, path, {"person": columns[0]}, folder).broken)
    seen = look_at(head)
    found, torn = guess(seen, given)
    _refuse_unclear(path, seen, found, torn, given)
    wanted = {_NAMES[role]: taken.column for role, taken in found.items()}
    staged = stage(engine, path, wanted, folder)
    teach_days(engine)
    dates = read_days(engine, "staged", order) if "sent" in wanted else []
    replies = _read_replies(engine) if "reply" in wanted else None
    _make_views(engine, wanted, replies)
    return _counted(engine, path, found, staged, dates, replies)


def _refuse_unclear(
    path: Path, seen: Mapping[str, Seen], found: dict[str, Guess], torn: list[Torn], given: Mapping[str, str | None]
) -> None:
    columns = ", ".join(seen)
    for role, rivals in torn:
        raise DataError(
            f"Several columns of {path.name} could say {_SAYS[role]}: {', '.join(rivals)}.",
            file=path,
            key=f"--{role}",
            found=columns,
            expected="one of them",
            hint=f"Say which one it is:  --{role} {_quoted(rivals[0])}",
        )
    for role in ("who", "what"):
        if role not in found:
            raise DataError(
                f"No column of {path.name} looks as if it said {_SAYS[role]}.",
                file=path,
                key=f"--{role}",
                found=columns,
                expected=f"a column that says {_SAYS[role]}",
                hint=f"Say which one it is:  --{role} COLUMN",
            )
    if "when" not in found and given.get("when") is None:
        _refuse_undated(path, seen, {taken.column for taken in found.values()})


_SAYS = {"who": "who a message was sent to", "what": "which message was sent", "when": "when a message was sent"}


def _refuse_undated(path: Path, seen: Mapping[str, Seen], taken: set[str]) -> None:
    """A column that is called a date and holds none is a mistake somewhere; no such column is a log without days."""
    for column, looks in seen.items():
        named = likeness("when", column)
        if named is not None and named < 20 and looks.filled and looks.replies < 0.8 and column not in taken:
            raise DataError(
                f'The column "{column}" of {path.name} seems to say when, but cannot be read as dates.',
                file=path,
                key="--when",
                found=f'"{looks.example}"',
                expected=_EXPECTED["sent"],
                hint="Name another column with  --when COLUMN,  or go on without days with  --when -",
            )


def _quoted(column: str) -> str:
    return column if column.isidentifier() else f"'{column}'"


def _read_replies(engine: Engine) -> dict[str, Any]:
    """Make the table ``replies``: every different text, and whether it is a yes."""
    engine.run(
        f"create or replace table replies as select text, n, {reply_sql('text')} as yes from "
        "(select reply as text, count(*) as n from staged where reply is not null group by reply)"
    )
    counted = engine.table(
        "select coalesce(bool_or(not yes), false) as says_no, coalesce(sum(n) filter (yes is null), 0) as unclear, "
        "arg_max(text, (n, text)) filter (yes is null) as example from replies"
    ).to_pylist()[0]
    blank = "unknown" if counted["says_no"] else "no"
    return {"blank": blank, "unclear": int(counted["unclear"]), "example": counted["example"]}


def _make_views(engine: Engine, wanted: Mapping[str, str], replies: dict[str, Any] | None) -> None:
    """``checked`` has every row that is whole, ``log`` those that can be used."""
    texts = ", ".join(
        f"staged.{name}" if name in wanted else f"cast(null as varchar) as {name}"
        for name in ("person", "message", "channel", "topic", "household")
    )
    day = "days.day" if "sent" in wanted else "cast(null as date)"
    blank = "or staged.reply is null" if replies and replies["blank"] == "no" else ""
    responded = "cast(null as boolean)"
    if replies:
        responded = f"case when replies.yes then true when not replies.yes {blank} then false end"
    joins = "left join days on days.text = without_hour(staged.sent) " if "sent" in wanted else ""
    joins += "left join replies on replies.text = staged.reply" if replies else ""
    sent = "staged.sent" if "sent" in wanted else "cast(null as varchar) as sent"
    engine.run(
        f"create or replace view checked as select staged._row, {texts}, {sent}, {day} as day, {responded} as responded "
        f"from staged {joins}"
    )
    wrong = " or ".join(sql for _, sql in _problems(wanted))
    engine.run(f"create or replace view log as select * from checked where not ({wrong})")


def _problems(wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """What makes a row useless: where, and as SQL."""
    tests = [("person", "person is null"), ("message", "message is null"), ("sent", "sent is null")]
    tests.append(("sent", "(sent is not null and day is null)"))
    return [(name, test) for name, test in tests if name in wanted]


def _counted(
    engine: Engine,
    path: Path,
    found: dict[str, Guess],
    staged: Staged,
    dates: list[dict[str, Any]],
    replies: dict[str, Any] | None,
) -> SendLog:
    """Count what is good and what is not; only where something is not are rows looked at one by one."""
    wanted = {_NAMES[role]: taken.column for role, taken in found.items()}
    problems = _problems(wanted)
    each = ", ".join(f"count_if({sql}) as p{place}" for place, (_, sql) in enumerate(problems))
    either = " or ".join(sql for _, sql in problems)
    counts = engine.table(f"select count(*) as rows, count_if({either}) as bad, {each} from checked").to_pylist()[0]
    told, reasons = [staged.broken], _by_reason(staged.broken)
    for place, (name, sql) in enumerate(problems):
        if counts[f"p{place}"]:
            told.append(_rejects(engine, path.name, name, wanted[name], sql, staged))
            reasons += [{**reason, "rows": int(counts[f"p{place}"])} for reason in _by_reason(told[-1])]
    rejected = concat(told).sort_by([("row", "ascending"), ("column", "ascending")])
    if counts["rows"] == counts["bad"]:
        raise _no_rows(path, rejected)
    reasons.sort(key=lambda reason: (-reason["rows"], reason["first_row"]))
    broken = staged.broken.num_rows
    rows, bad = int(counts["rows"]) + broken, int(counts["bad"]) + broken
    return SendLog(found, rows, bad, reasons, REJECTED.check(rejected), dates, replies)


def _rejects(engine: Engine, file: str, name: str, column: str, wrong: str, staged: Staged) -> pa.Table:
    reason = quote_literal(f"expected {_EXPECTED[name]}")
    table = engine.table(
        f"select {quote_literal(file)} as file, cast(_row as bigint) as row, {quote_literal(column)} as column, "
        f"left({name}, 200) as value, case when {name} is null then 'is missing; ' else '' end || {reason} as reason "
        f"from checked where {wrong} order by _row limit {MOST_TOLD}"
    )
    rows = pa.array([staged.row_of(position) for position in table["row"].to_pylist()], pa.int64())
    return table.set_column(1, "row", rows)


def _by_reason(rejected: pa.Table) -> list[dict[str, Any]]:
    found = rejected.group_by(["reason", "column"]).aggregate([("row", "count"), ("row", "min")])
    return [
        {"reason": row["reason"], "column": row["column"], "rows": row["row_count"], "first_row": row["row_min"]}
        for row in found.to_pylist()
    ]


def _no_rows(path: Path, rejected: pa.Table) -> DataError:
    first = rejected.slice(0, 1).to_pylist()
    if not first:
        return DataError(
            f"{path.name} has a header but no rows.",
            file=path,
            found="0 rows",
            expected="at least one row",
            hint="Export it again.",
        )
    return DataError(
        f"No row of {path.name} can be used.",
        file=path,
        key=first[0]["column"],
        found=f'row {first[0]["row"]}: "{first[0]["value"]}"',
        expected=first[0]["reason"],
        hint="Name the right columns with  --who COLUMN --what COLUMN --when COLUMN",
    )
