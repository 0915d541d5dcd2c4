"""Files that came back, in one form whatever their columns are called: actions, and what shows interest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from groundswell.sources import Rows
from groundswell.tables import REJECTED, Contract, Engine, quote_literal, quote_name

ACTED = Contract(
    "acted",
    {
        "file": pa.string(),
        "row": pa.int64(),
        "key": pa.string(),
        "person": pa.string(),
        "action": pa.string(),
        "result": pa.bool_(),
        "at": pa.date32(),
        "amount": pa.float64(),
    },
    nullable=frozenset({"key", "person", "result", "at", "amount"}),
)
"""One row an answer to "did they act?": ``result`` is blank where somebody should have written it down and did not."""

SHOWN = Contract(
    "shown",
    {"file": pa.string(), "row": pa.int64(), "person": pa.string(), "at": pa.date32(), "what": pa.string()},
)
"""What a person did (the event) or said (the remark), and when."""


def who_acted(acted: pa.Table, people: pa.Table, *, today: date) -> dict[str, set[str]]:
    """Action -> the people who are known to have done it by a day.

    Args:
        acted: contract ``ACTED``; a row of a list that came back bears the person at the end of its key.
        people: contract ``people.PEOPLE``.
        today: the day.

    >>> sheet = {"file": ["s", "s"], "row": [1, 2], "key": ["f3:ada", None], "person": [None, "ben"], "action": ["vote"] * 2}
    >>> sheet |= {"result": [True, False], "at": [None, None], "amount": [None, None]}
    >>> acted = pa.table({name: pa.array(sheet[name], kind) for name, kind in ACTED.columns.items()})
    >>> who_acted(acted, pa.table({"person": ["ada", "ben"]}), today=date(2026, 11, 1))
    {'vote': {'ada'}}
    """
    with Engine() as engine:
        engine.register(acted=acted, people=people)
        found = engine.table(
            "select distinct action, person from (select action, coalesce(person, "
            "replace(replace(split_part(key, ':', -1), '%3A', ':'), '%25', '%')) as person from acted "
            f'where coalesce(result, false) and ("at" is null or "at" <= date {quote_literal(today.isoformat())})) '
            "where person in (select person from people)"
        )
    done: dict[str, set[str]] = {}
    for row in found.to_pylist():
        done.setdefault(row["action"], set()).add(row["person"])
    return done


def as_acted(rows: Rows, roles: Mapping[str, str], *, goal: str) -> pa.Table:
    """Outcomes as contract ``ACTED``.

    Args:
        rows: what was read.
        roles: ``key``, ``person``, ``action``, ``result``, ``at``, ``amount`` -> column, as far as there is one.
        goal: the action where no column names it.

    >>> rows = Rows("sheet.csv", pa.table({"_row": [1], "id": ["ada"], "came": [True]}), pa.table({}))
    >>> as_acted(rows, {"person": "id", "result": "came"}, goal="attend").select(["person", "action", "result"]).to_pylist()
    [{'person': 'ada', 'action': 'attend', 'result': True}]
    """

    def column(role: str, otherwise: str) -> str:
        return quote_name(roles[role]) if role in roles else otherwise

    with Engine() as engine:
        engine.register(rows=rows.table)
        found = engine.table(
            f"select {quote_literal(rows.file)} as file, cast(_row as bigint) as row, "
            f"cast({column('key', 'null')} as varchar) as key, cast({column('person', 'null')} as varchar) as person, "
            f"{column('action', quote_literal(goal))} as action, cast({column('result', 'true')} as boolean) as result, "
            f'cast({column("at", "null")} as date) as "at", cast({column("amount", "null")} as double) as amount '
            "from rows order by row"
        )
    return ACTED.check(found.cast(pa.schema(ACTED.columns)))


def as_shown(rows: Rows, roles: Mapping[str, str]) -> pa.Table:
    """Events or remarks as contract ``SHOWN``.

    Args:
        rows: what was read.
        roles: ``person``, ``at``, ``what`` -> column.

    >>> table = pa.table({"_row": [1], "id": ["ada"], "day": pa.array([0], pa.date32()), "said": ["Hello"]})
    >>> as_shown(Rows("r.csv", table, table), {"person": "id", "at": "day", "what": "said"})["what"].to_pylist()
    ['Hello']
    """
    person, at, what = (quote_name(roles[role]) for role in ("person", "at", "what"))
    with Engine() as engine:
        engine.register(rows=rows.table)
        found = engine.table(
            f"select {quote_literal(rows.file)} as file, cast(_row as bigint) as row, cast({person} as varchar) as person, "
            f'{at} as "at", cast({what} as varchar) as what from rows order by row'
        )
    return SHOWN.check(found.cast(pa.schema(SHOWN.columns)))


def of_known_people(shown: pa.Table, people: pa.Table) -> tuple[pa.Table, pa.Table]:
    """What was shown by people we know, each time once; and the rest, with its reason.

    Args:
        shown: contract ``SHOWN``.
        people: contract ``people.PEOPLE``.

    Returns:
        Good rows, and rejected ones (contract ``REJECTED``).

    >>> rows = {"file": ["e.csv"] * 2, "row": [1, 2], "person": ["ada", "eve"], "what": ["school-fair"] * 2}
    >>> shown = pa.table(rows | {"at": pa.array([0, 0], pa.date32())})
    >>> good, bad = of_known_people(shown, pa.table({"person": ["ada"]}))
    >>> good["person"].to_pylist(), bad["reason"].to_pylist()
    (['ada'], ['nobody has this id in the file of people'])
    """
    with Engine() as engine:
        engine.register(shown=shown, people=people)
        engine.run(
            "create view judged as select s.*, case when p.person is null then 'nobody has this id in the file of people' "
            "when row_number() over twice > 1 then 'stands already in row ' || first_value(s.row) over twice end as reason "
            "from shown s left join people p using (person) "
            'window twice as (partition by s.person, s."at", s.what order by s.row)'
        )
        good = engine.table('select file, row, person, "at", what from judged where reason is null order by row')
        bad = engine.table(
            "select file, row, 'person' as column, person as value, reason from judged where reason is not null order by row"
        )
    return SHOWN.check(good.cast(pa.schema(SHOWN.columns))), REJECTED.check(bad.cast(pa.schema(REJECTED.columns)))
