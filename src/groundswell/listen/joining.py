"""What came back of our own rounds: actions joined to the decisions they followed.

An action joins a decision by the key that stands on the lists, or by person and window. It is judged once, here: who tells
of an import asks the same question as the round that learns from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.listen.past import DECISIONS, OUTCOMES
from groundswell.listen.settings import Action
from groundswell.tables import REJECTED, Engine, quote_literal


@dataclass(frozen=True)
class Answered:
    """What a campaign's own rounds brought.

    Attributes:
        outcomes: one row a person and round whose window is closed and whose result is known, contract ``OUTCOMES``.
        rejected: rows that belong to no decision, each with its reason.
        missing: option -> people whose result should be known and is not.
        unmatched: option -> actions before the decision or after its window, by what the person last received.
        outside: file and row of those.
        pending: people and rounds whose window is still open.
        joined: round -> rows that joined one of its decisions.
        first: ``round``, ``person`` and the days from the decision to the first action that says its day.
    """

    outcomes: pa.Table
    rejected: pa.Table
    missing: dict[str, int]
    unmatched: dict[str, int]
    outside: pa.Table
    pending: int
    joined: dict[int, int]
    first: pa.Table


def join_outcomes(
    people: pa.Table,
    decisions: Sequence[pa.Table],
    acted: pa.Table,
    action: Action,
    *,
    today: date,
    members: Mapping[int, pa.Table] | None = None,
) -> Answered:
    """Join what people did to what had been decided for them.

    A row with a key belongs to that decision. One without belongs to every decision for that person whose window it falls
    into: each decision is asked what happened after it, whatever else was sent meanwhile. Where a round's results were
    recorded as yes and no, a person without a row is missing; where only actions are recorded, they did not act.

    Args:
        people: contract ``people.PEOPLE``.
        decisions: the decisions of the campaign's rounds, contract ``DECISIONS``; the past is none of them.
        acted: contract ``ACTED``.
        action: the goal action; rows of other actions are left alone.
        today: windows that end after today are open, and what is said to have happened after today is refused.
        members: round -> the people as they lived then, ``person`` and ``unit``; None: as they live today.

    >>> people = pa.table({"person": ["ada"], "unit": ["ada"], "row": [1]})
    >>> told = {"round": [1], "unit": ["ada"], "option": ["hello/post"], "propensity": [0.5], "propensities": [[0.5, 0.5]]}
    >>> told |= {"reason": ["pilot"], "on": [date(2026, 11, 1)], "key": ["1:ada"]}
    >>> made = pa.table({name: pa.array(told[name], kind) for name, kind in DECISIONS.columns.items()})
    >>> sheet = {"file": ["sheet.csv"], "row": [1], "key": ["1:ada"], "person": [None], "action": ["attend"]}
    >>> sheet |= {"result": [True], "at": [date(2026, 11, 5)], "amount": [None]}
    >>> attend = Action("attend", True, 25.0, "event", 21)
    >>> found = join_outcomes(people, [made], pa.table(sheet), attend, today=date(2026, 12, 1))
    >>> found.outcomes.select(["round", "person", "option", "value"]).to_pylist()
    [{'round': 1, 'person': 'ada', 'option': 'hello/post', 'value': 1.0}]
    """
    columns = ["round", "unit", "option", "propensity", "reason", "on", "key"]
    none = pa.table({name: pa.array([], DECISIONS.columns[name]) for name in columns})
    with Engine() as engine:
        decided = pa.concat_tables([none, *(table.select(columns) for table in decisions)])
        engine.register(
            people=people, decided=decided, acted=acted.append_column("line", pa.array(range(acted.num_rows)))
        )
        _members(engine, people, pc.unique(decided["round"]).to_pylist(), members or {})
        _place(engine, action)
        _judge(engine, action, today)
        engine.run(f"create table result as {_results_sql(action, today)}")
        outcomes = engine.table(
            "select round, person, unit, option, propensity, value from result "
            "where not pending and value is not null and reason not in ('repaired', 'floor-repaired') order by round, row"
        )
        return Answered(
            outcomes=OUTCOMES.check(outcomes.cast(pa.schema(OUTCOMES.columns))),
            rejected=REJECTED.check(_rejected(engine)),
            missing=_counts(engine, "result where value is null and not pending"),
            unmatched=_counts(engine, "judged where option is not null and outside"),
            outside=engine.table(
                "select file, row from judged where option is not null and outside order by file, row"
            ),
            pending=int(engine.value("select count(*) from result where pending")),
            joined=_joined(engine),
            first=engine.table(
                'select round, person, cast(min("at" - "on") as double) as days from placed '
                'where result and "at" is not null group by round, person order by round, person'
            ),
        )


def keyed(
    acted: pa.Table, people: pa.Table, decisions: Sequence[pa.Table], members: Mapping[int, pa.Table] | None = None
) -> pa.Table:
    """Rows with neither key nor day get the key of the only round there is: when there are more, it is still theirs.

    Args:
        acted: contract ``ACTED``.
        people: contract ``people.PEOPLE``.
        decisions: the decisions of the campaign's rounds.
        members: round -> the people as they lived then.
    """
    if len(decisions) != 1 or not decisions[0].num_rows:
        return acted
    number = decisions[0]["round"].to_pylist()[0]
    with Engine() as engine:
        then = (members or {}).get(number, people).select(["person", "unit"])
        engine.register(acted=acted, decided=decisions[0].select(["unit", "key"]), lived=then)
        found = engine.table(
            'select a.* replace (case when a.key is null and a."at" is null and d.key is not null '
            "then d.key || ':' || replace(replace(a.person, '%', '%25'), ':', '%3A') else a.key end as key) "
            "from acted a left join lived l using (person) left join decided d using (unit) order by a.row"
        )
    return found.select(acted.column_names).cast(acted.schema)


def _members(engine: Engine, people: pa.Table, rounds: Sequence[int], then: Mapping[int, pa.Table]) -> None:
    """Make ``members``: whom each round's units were made of, as far as they are still there."""
    parts = []
    for number in rounds:
        table = then.get(number, people).select(["person", "unit"])
        parts.append(table.append_column("round", pa.array([number] * table.num_rows, pa.int64())))
    none = pa.table(
        {"person": pa.array([], pa.string()), "unit": pa.array([], pa.string()), "round": pa.array([], pa.int64())}
    )
    engine.register(lived=pa.concat_tables([none, *parts]))
    engine.run("create table members as select l.*, p.row from lived l join people p using (person)")


def _place(engine: Engine, action: Action) -> None:
    """Make ``numbered`` (every row) and ``near`` (every row beside each decision it could belong to)."""
    last = f'"on" + {action.within}' if action.within else "date '9999-12-31'"
    # The key of a list is that of the decision, and the person's after it where a person is spoken to.
    engine.run(
        'create table aimed as select d.round, d.unit, d.option, d."on", '
        "d.key || ':' || replace(replace(p.person, '%', '%25'), ':', '%3A') as key, p.person, true as own "
        "from decided d join members p using (round, unit) union all "
        'select d.round, d.unit, d.option, d."on", d.key, p.person, false as own from decided d '
        "join (select round, unit, arg_min(person, row) as person from members group by all) p using (round, unit)"
    )
    engine.run(
        "create table numbered as select *, "
        "first_value(file || ' row ' || row) over twice as first_place, row_number() over twice as copy "
        'from acted window twice as (partition by key, person, action, result, "at", amount order by line)'
    )
    engine.run(
        'create table near as select *, coalesce("at" < "on", false) as early, coalesce("at" > last, false) as late, '
        f'case when "at" > last then last end as closed from (select *, {last} as last from ('
        'select n.line, a.round, a.unit, coalesce(k.person, a.person) as person, a.option, a."on", n."at", '
        "n.person is not null and (k.person is null or (a.own and a.person <> n.person)) as other "
        "from numbered n join aimed a on n.key = a.key "
        "left join members k on k.person = n.person and k.unit = a.unit and k.round = a.round union all "
        'select n.line, d.round, d.unit, n.person, d.option, d."on", n."at", false as other '
        "from numbered n join members p using (person) join decided d using (round, unit) where n.key is null))"
    )


def _judge(engine: Engine, action: Action, today: date) -> None:
    """Make ``judged`` (every row with what is wrong with it) and ``placed`` (a good row and a decision it belongs to)."""
    day = f"date {quote_literal(today.isoformat())}"
    engine.run(
        "create table judged as with seen as (select line, bool_or(not early and not late and not other) as fits, "
        "bool_and(other) as other, bool_and(early) as early, max(closed) as closed, "
        'coalesce(arg_max(option, "on") filter (not early), arg_min(option, "on")) as option from near group by line), '
        "told as (select n.*, coalesce(s.fits, false) as fits, s.early, s.closed, s.option, case "
        "when copy > 1 then 'stands already in ' || first_place "
        f"when \"at\" > {day} then 'lies in the future: today is ' || {day} "
        "when key is not null and s.line is null then 'no decision has this key' "
        "when coalesce(s.other, false) then 'the key belongs to somebody else' "
        "when key is null and person is null then 'has neither a key nor a person' "
        "when key is null and person not in (select person from people) then 'nobody has this id in the file of people' "
        "when s.line is null then 'nothing had been decided for this person' "
        'when key is null and "at" is null and (select count(distinct round) from decided) > 1 '
        "then 'has neither a key nor a day, and there was more than one round' "
        f"end as problem from numbered n left join seen s using (line) where action = {quote_literal(action.name)}) "
        "select *, fits and problem is null as good, problem is null and not fits as outside from told"
    )
    engine.run(
        "create table placed as select near.*, judged.result, judged.amount from near join judged using (line) "
        "where judged.good and not near.early and not near.late and not near.other"
    )


def _results_sql(action: Action, today: date) -> str:
    """SQL of every person and round: the value (blank: not known) and whether the window is open."""
    worth = "sum(coalesce(amount, 0)) filter (result)" if action.kind == "amount" else "1.0"
    pending = f'd."on" + {action.within} > date {quote_literal(today.isoformat())}' if action.within else "false"
    return (
        "with told as (select round, person, bool_or(result) as yes, bool_or(not result) as no, "
        f"{worth} as worth from placed group by 1, 2), "
        "recorded as (select round, bool_or(no) as both_ways from told group by 1) "
        "select d.round, d.unit, d.option, d.propensity, d.reason, p.person, p.row, "
        "case when yes then cast(worth as double) when no then 0.0 "
        "when told.person is null and not coalesce(both_ways, false) then 0.0 end as value, "
        f"{pending} as pending from decided d join members p using (round, unit) "
        "left join told on told.round = d.round and told.person = p.person left join recorded on recorded.round = d.round"
    )


def _rejected(engine: Engine) -> pa.Table:
    found = engine.table(
        "select file, row, case when key is null then 'person' else 'key' end as column, coalesce(key, person) as value, "
        "case when problem is not null then problem "
        "when early then 'happened before the decision: it counts for none' "
        "else 'too late: the last window closed on ' || closed || '; it counts for none' end as reason "
        "from judged where not good order by file, row"
    )
    return found.cast(pa.schema(REJECTED.columns))


def _counts(engine: Engine, where: str) -> dict[str, int]:
    found = engine.table(f"select option, count(*) as n from {where} group by 1 order by 1").to_pylist()
    return {row["option"]: row["n"] for row in found}


def _joined(engine: Engine) -> dict[int, int]:
    found = engine.table("select round, count(distinct line) as n from placed group by 1 order by 1").to_pylist()
    return {row["round"]: row["n"] for row in found}
