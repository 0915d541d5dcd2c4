"""The day in a text, however it is written: 2025-12-31, 31.12.2025, 12/31/2025, Excel's 46022, seconds since 1970.

Whether the day or the month stands first is decided by what the whole column holds, for each separator apart: one 31/12
settles it. Where nothing settles it the day is taken to stand first, and that is told. The hour is left aside; the day is the
one that is written, whatever the zone.
"""

from __future__ import annotations

from typing import Any, Literal

from groundswell.tables import Engine, quote_literal

Order = Literal["day-first", "month-first"]

_PARTS = r"^(\d{1,4})([./-])(\d{1,2})[./-](\d{1,4})\.?(?:[T ,]+\d{1,2}(?:[:.h].*)?)?$"
_SPELLED = ("%d %b %Y", "%d %B %Y", "%d-%b-%y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%a, %d %b %Y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S %z")
_FORMATS = ", ".join(quote_literal(day + hour) for day in _SPELLED for hour in _HOURS)
# A bare number is 20251231, a day in Excel, or seconds or thousandths of a second since 1970: its length says which.
_MACROS = rf"""
create or replace macro parts_of(t) as regexp_extract(t, '{_PARTS}', ['a', 's', 'b', 'c']);
create or replace macro day_of_parts(p, month_first) as try_cast(
    case when length(p.a) = 4 and length(p.c) <= 2 then concat_ws('-', p.a, p.b, p.c)
         when length(p.a) <= 2 and length(p.c) in (2, 4) then concat_ws('-',
              case when length(p.c) = 2 then '20' || p.c else p.c end,
              case when month_first then p.a else p.b end, case when month_first then p.b else p.a end) end as date);
create or replace macro days_on(n) as date '1970-01-01' + cast(n as int);
create or replace macro day_of_number(t) as
    case when regexp_full_match(t, '[0-9]{{8}}') then try_cast(try_strptime(t, '%Y%m%d') as date)
         when regexp_full_match(t, '[0-9]{{5}}([.][0-9]+)?') then date '1899-12-30' + try_cast(left(t, 5) as int)
         when regexp_full_match(t, '[0-9]{{10}}([.][0-9]+)?') then days_on(try_cast(left(t, 10) as bigint) // 86400)
         when regexp_full_match(t, '[0-9]{{13}}') then days_on(try_cast(t as bigint) // 86400000) end;
create or replace macro day_at_all(t, month_first) as coalesce(
    day_of_parts(parts_of(t), month_first), day_of_number(t), try_cast(try_strptime(t, [{_FORMATS}]) as date));
create or replace macro day_of(t, month_first) as
    case when day_at_all(t, month_first) between date '1990-01-01' and date '2099-12-31' then day_at_all(t, month_first) end;
create or replace macro is_day(t) as coalesce(day_of(t, false), day_of(t, true)) is not null;
create or replace macro without_hour(t) as
    case when length(t) <= 10 then t when substr(t, 11, 1) in ('T', ' ') then left(t, 10)
         when regexp_full_match(t, '[0-9]{{1,4}}[./-][0-9]{{1,2}}[./-][0-9]{{1,4}}[T ,].*') then regexp_extract(t, '^[^T ,]+')
         else t end;
"""
"""``is_day(text)``, ``day_of(text, month_first)`` and, to have fewer different texts to read, ``without_hour(text)``."""


def teach_days(engine: Engine) -> None:
    """Let an engine read days: the SQL macros ``is_day``, ``day_of`` and ``without_hour``.

    >>> with Engine() as engine:
    ...     teach_days(engine)
    ...     engine.value("select day_of('03/04/2025', true)"), engine.value("select is_day('soon')")
    (datetime.date(2025, 3, 4), False)
    """
    engine.run(_MACROS)


def read_days(engine: Engine, source: str, given: Order | None = None) -> list[dict[str, Any]]:
    """Make the table ``days``: every different text of the column ``sent`` without its hour, its day, how often it is there.

    Args:
        engine: which was taught days.
        source: the table or view with ``sent``.
        given: the order where the user says it.

    Returns:
        How texts were read, the most frequent way first: ``form`` (``iso``, ``ordered``, ``number`` or ``words``), and where
        day and month could be mixed up ``order`` and ``because`` (``given``, ``contents`` or ``assumed``), with an
        ``example`` and the number of ``rows``.

    >>> with Engine() as engine:
    ...     teach_days(engine)
    ...     engine.run("create table log as select unnest(['03/04/2025 10:00', '12/31/2025']) as sent")
    ...     read_days(engine, "log")
    [{'form': 'ordered', 'order': 'month-first', 'because': 'contents', 'example': '12/31/2025', 'rows': 2}]
    """
    engine.run(
        "create or replace table spelled as select text, count(*) as n, parts_of(text) as p from "
        f"(select without_hour(sent) as text from {source} where sent is not null) group by text"
    )
    orders = {row["mark"]: _order(row, given) for row in engine.table(_EVIDENCE).to_pylist()}
    first = [mark for mark, (order, _) in orders.items() if order == "month-first"]
    month_first = f"p.s in ({', '.join(map(quote_literal, first))})" if first else "false"
    engine.run(
        f"create or replace table days as select text, n, day_of(text, {month_first}) as day, "
        f"case when {_ORDERED} then p.s when p.a <> '' then 'iso' when regexp_full_match(text, '[0-9.]+') then 'number' "
        f"else 'words' end as form, {_SETTLES} as settles from spelled"
    )
    found = engine.table(
        "select form, sum(n) as rows, arg_max(text, (settles, n, text)) as example from days where day is not null "
        "group by form order by rows desc, form"
    )
    return [_told(row, orders) for row in found.to_pylist()]


_ORDERED = "(p.a <> '' and length(p.a) <= 2)"
_DAY_FIRST, _MONTH_FIRST = (
    f"(try_cast({day} as int) between 13 and 31 and try_cast({month} as int) between 1 and 12)"
    for day, month in (("p.a", "p.b"), ("p.b", "p.a"))
)
_SETTLES = f"coalesce({_ORDERED} and ({_DAY_FIRST} or {_MONTH_FIRST}), false)"
_EVIDENCE = (
    f"select p.s as mark, coalesce(sum(n) filter ({_DAY_FIRST}), 0) as day_first, "
    f"coalesce(sum(n) filter ({_MONTH_FIRST}), 0) as month_first from spelled where {_ORDERED} group by p.s"
)


def _order(evidence: dict[str, Any], given: Order | None) -> tuple[Order, str]:
    """Which stands first, and how we know."""
    if given is not None:
        return given, "given"
    day, month = evidence["day_first"], evidence["month_first"]
    if not day and not month:
        return "day-first", "assumed"
    return ("month-first" if month > day else "day-first"), "contents"


def _told(row: dict[str, Any], orders: dict[str, tuple[Order, str]]) -> dict[str, Any]:
    said = {"example": row["example"], "rows": int(row["rows"])}
    if row["form"] not in orders:
        return {"form": row["form"], "order": None, "because": None, **said}
    order, because = orders[row["form"]]
    return {"form": "ordered", "order": order, "because": because, **said}
