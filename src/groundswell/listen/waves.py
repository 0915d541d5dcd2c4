"""The counting behind :mod:`groundswell.listen.tsunami`, in SQL: a log of ten million sendings never comes into Python.

``encode`` gives persons, messages and the rest numbers in the order of their names, so that the same log gives the same
figures. Two sets of messages are the same where the bitwise sum of their messages' 128-bit digests is.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from groundswell.tables import Engine

LEAST = 3
"""Who received a topic less often has not had the chance to show no interest in it."""

MOST = 20
"""How many messages, channels or topics are listed."""

_MONDAY = date(1, 1, 1)
_KEYS = {"person": "p", "message": "m", "channel": "c", "topic": "t", "household": "h"}


def encode(engine: Engine) -> None:
    """Make ``sends``: the log in numbers, with ``w`` the week and ``d`` the day; and a table of names for each number."""
    joins = []
    for name, key in _KEYS.items():
        engine.run(
            f"create or replace table names_{key} as select {name} as name, "
            f"cast(row_number() over (order by {name}) as int) as {key} "
            f"from (select distinct {name} from log where {name} is not null)"
        )
        joins.append(f"left join names_{key} on names_{key}.name = log.{name}")
    engine.run("set preserve_insertion_order = false")
    day = "cast(date_diff('day', date '0001-01-01', log.day) as int)"
    engine.run(
        f"create or replace table sends as select p, m, c, t, h, {day} as d, {day} // 7 as w, log.responded as r "
        f"from log {' '.join(joins)}"
    )
    engine.run("create or replace table heard as select p, w, m, count(*) as n from sends group by p, w, m")
    engine.run(
        "create or replace table digests as select m, md5_number(name) as digest from names_m;"
        "create or replace table weekly as select p, w, cast(sum(n) as bigint) as n, bit_xor(digest) as heard "
        "from heard join digests using (m) where w is not null group by p, w"
    )


def totals(engine: Engine) -> dict[str, Any]:
    """How much there is of everything."""
    row = _row(
        engine,
        "select count(*) as sendings, min(d) as first, max(d) as last, count(*) - count(d) as undated from sends",
    )
    first, last = (None if row[end] is None else _MONDAY + timedelta(row[end]) for end in ("first", "last"))
    weeks = 0 if row["first"] is None else row["last"] // 7 - row["first"] // 7 + 1
    counts = {name: int(engine.value(f"select count(*) from names_{key}")) for name, key in _KEYS.items()}
    silent = weeks - int(engine.value("select count(distinct w) from weekly"))
    return {
        "sendings": row["sendings"],
        "people": counts["person"],
        "messages": counts["message"],
        "channels": counts["channel"],
        "topics": counts["topic"],
        "households": counts["household"],
        "first_day": first and first.isoformat(),
        "last_day": last and last.isoformat(),
        "weeks": weeks,
        "silent_weeks": silent,
        "undated": row["undated"],
    }


def variety(engine: Engine) -> dict[str, Any]:
    """How many different messages there are, plainly and effectively, over all and for each person."""
    everything = _row(
        engine,
        "with shares as (select sum(n) / sum(sum(n)) over () as share from heard group by m) "
        "select count(*) as different, round(exp(-sum(share * ln(share))), 4) as effective from shares",
    )
    engine.run(
        "create or replace table persons as with counts as (select p, m, sum(n) as n from heard group by p, m) "
        "select p, count(*) as different, round(exp(greatest(ln(sum(n)) - sum(n * ln(n)) / sum(n), 0)), 4) as effective "
        "from counts group by p"
    )
    return {
        "all": everything,
        "person": {name: _spread(engine, name) for name in ("different", "effective")},
        "only_one": int(engine.value("select count(*) from persons where different = 1")),
        "histogram": _pairs(
            engine,
            "select cast(round(effective) as int) as effective, count(*) as people from persons group by 1 order by 1",
        ),
    }


def _spread(engine: Engine, name: str) -> dict[str, Any]:
    quantiles = ", ".join(
        f"quantile_disc({name}, {q}) as {word}" for word, q in (("p10", 0.1), ("median", 0.5), ("p90", 0.9))
    )
    return _row(engine, f"select round(avg({name}), 4) as mean, {quantiles}, max({name}) as max from persons")


def same(engine: Engine) -> dict[str, Any]:
    """For each week, who heard exactly what most others heard; one person alone is compared with nobody."""
    engine.run(
        "create or replace table sets as select w, heard, count(*) as n from weekly group by w, heard;"
        "create or replace table common as select w, sum(n) as people, max(n) as same, "
        "arg_max(heard, (n, heard)) as heard from sets group by w"
    )
    rows = engine.table("select w, people, same from common order by w").to_pylist()
    weeks = [
        {
            "week": _monday(row["w"]),
            "people": int(row["people"]),
            "same": row["same"],
            "share": _share(row["same"], row["people"]),
        }
        for row in rows
    ]
    compared = [week for week in weeks if week["people"] > 1]
    worst = max(compared, key=lambda week: (week["share"], week["people"]), default=None)
    return {
        "median": _median([week["share"] for week in compared]),
        "compared": len(compared),
        "worst": worst and {**worst, **_heard_in(engine, worst["week"])},
        "weeks": weeks,
    }


def _heard_in(engine: Engine, week: str) -> dict[str, Any]:
    """What the most common set of a week holds."""
    number = (date.fromisoformat(week) - _MONDAY).days // 7
    names = engine.table(
        f"with one as (select min(p) as p from weekly join common using (w, heard) where w = {number}) "
        f"select name from heard join one using (p) join names_m using (m) where w = {number} order by name"
    )["name"].to_pylist()
    return {"messages": names[:MOST], "different": len(names)}


def load(engine: Engine, totals: dict[str, Any]) -> dict[str, Any]:
    """Messages a person and week, weeks without any included."""
    histogram = _pairs(engine, "select n as messages, count(*) as person_weeks from weekly group by n order by n")
    heard = sum(entry["person_weeks"] for entry in histogram)
    all_weeks = totals["people"] * totals["weeks"]
    silent = [{"messages": 0, "person_weeks": all_weeks - heard}] if all_weeks > heard else []
    histogram = silent + histogram
    sendings = totals["sendings"] - totals["undated"]
    return {
        "person_weeks": all_weeks,
        "mean": round(sendings / all_weeks, 4),
        "median": _ranked(histogram, 0.5, all_weeks),
        "p90": _ranked(histogram, 0.9, all_weeks),
        "p99": _ranked(histogram, 0.99, all_weeks),
        "max": histogram[-1]["messages"],
        "histogram": histogram,
    }


def spared_by_cap(engine: Engine, cap: int, totals: dict[str, Any]) -> dict[str, Any]:
    """What a limit of so many messages a person and week would have left out."""
    row = _row(
        engine,
        f"select coalesce(sum(n - {cap}), 0) as sendings, count(distinct p) as people from weekly where n > {cap}",
    )
    return {"cap": cap, **_spared(row, totals)}


def households(engine: Engine, totals: dict[str, Any]) -> dict[str, Any] | None:
    """Households whose members got the same message in the same week, and what one a household would have spared."""
    if not totals["households"]:
        return None
    # Of each message the first in the week stays; on one day the first by name.
    engine.run(
        "create or replace table shared as select h, w, m, count(*) as n, count(distinct p) as members, "
        "arg_min(p, (d, p)) as first from sends where h is not null and w is not null group by h, w, m having count(*) > 1"
    )
    hit = _row(
        engine,
        "select count(distinct h) as hit, count(*) as cases, coalesce(sum(n), 0) as sendings from shared where members > 1",
    )
    spared = _row(
        engine,
        "select (select coalesce(sum(n - 1), 0) from shared) as sendings, count(distinct p) as people from "
        "(select h, w, m, p, count(*) as mine from sends where h is not null group by h, w, m, p) "
        "join shared using (h, w, m) where p <> first or mine > 1",
    )
    several = "select count(*) from (select h from sends where h is not null group by h having min(p) < max(p))"
    return {
        "with_several": int(engine.value(several)),
        **{name: int(value) for name, value in hit.items()},
        "share": _share(hit["sendings"], totals["sendings"]),
        "spared": _spared(spared, totals),
    }


def interest(engine: Engine, totals: dict[str, Any]) -> dict[str, Any] | None:
    """Sendings on what a person never responded to; only where the log says who responded."""
    by = "t" if totals["topics"] else "m"
    engine.run(
        f"create or replace table shown as select p, {by} as about, count(*) as n, count_if(r) as yes from sends "
        f"where r is not null and {by} is not null group by p, {by}"
    )
    row = _row(
        engine,
        "select cast(coalesce(sum(n), 0) as bigint) as known, cast(coalesce(sum(yes), 0) as bigint) as responded, "
        f"cast(coalesce(sum(n) filter (n >= {LEAST}), 0) as bigint) as judged, "
        f"coalesce(sum(n) filter (n >= {LEAST} and yes = 0), 0) as sendings, "
        f"coalesce(sum(n - {LEAST}) filter (n >= {LEAST} and yes = 0), 0) as late, "
        f"count(distinct p) filter (n >= {LEAST} and yes = 0) as people from shown",
    )
    if not row["known"]:
        return None
    spared = _spared(row, totals)
    return {
        "by": "topic" if by == "t" else "message",
        "least": LEAST,
        "known": row["known"],
        "responded": row["responded"],
        "judged": row["judged"],
        "no_interest": spared["sendings"],
        "share": spared["share"],
        "late": int(row["late"]),
        "people": spared["people"],
        "spared": spared,
    }


def top(engine: Engine, name: str, totals: dict[str, Any]) -> list[dict[str, Any]]:
    """The most frequent messages, channels or topics: how many sendings, and whom they reached."""
    key = _KEYS[name]
    rows = _pairs(
        engine,
        f"with most as (select {key}, count(*) as sendings, count(distinct p) as people from sends where {key} is not null "
        f"group by {key} order by sendings desc, {key} limit {MOST}) "
        f"select name, sendings, people from most join names_{key} using ({key}) order by sendings desc, {key}",
    )
    return [{**row, "reach": _share(row["people"], totals["people"])} for row in rows]


def _spared(row: dict[str, Any], totals: dict[str, Any]) -> dict[str, Any]:
    return {
        "sendings": int(row["sendings"]),
        "share": _share(row["sendings"], totals["sendings"]),
        "people": row["people"],
        "people_share": _share(row["people"], totals["people"]),
    }


def _share(part: float, whole: float) -> float:
    return round(int(part) / int(whole), 6)


def _median(values: list[float]) -> float | None:
    """The middle value; of two in the middle their mean."""
    ordered, half = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else round((ordered[half - 1] + ordered[half]) / 2, 6)


def _ranked(histogram: list[dict[str, Any]], share: float, whole: int) -> int:
    """The least number of messages that so many of all person-weeks do not exceed."""
    seen = 0
    for entry in histogram:
        seen += entry["person_weeks"]
        if seen >= share * whole - 1e-9:
            return int(entry["messages"])
    return int(histogram[-1]["messages"])


def _monday(week: int) -> str:
    return (_MONDAY + timedelta(7 * week)).isoformat()


def _row(engine: Engine, sql: str) -> dict[str, Any]:
    found: dict[str, Any] = engine.table(sql).to_pylist()[0]
    return found


def _pairs(engine: Engine, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.table(sql).to_pylist()
    return rows
