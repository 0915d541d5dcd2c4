"""Past treatments become decisions of round 0; what people did afterwards becomes outcomes.

A propensity is never guessed: it is a column of the file, or the share of an option among the units of a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from groundswell.listen.settings import Action, Past
from groundswell.people import TOGETHER
from groundswell.sources import Rows
from groundswell.tables import REJECTED, Contract, Engine, quote_literal, quote_name
from groundswell.vocabulary import escaped

DECISIONS = Contract(
    "decisions",
    {
        "round": pa.int64(),
        "unit": pa.string(),
        "option": pa.string(),
        "propensity": pa.float64(),
        "propensities": pa.list_(pa.float64()),
        "reason": pa.string(),
        "on": pa.date32(),
        "key": pa.string(),
    },
    nullable=frozenset({"propensities", "on"}),
)
"""What should be (or was) sent to whom. ``propensity`` belongs to ``option``; ``propensities`` to all options in the order
of the column's metadata ``options``. They are those before the plan's hard count, so a decision whose reason is ``repaired``
is never evidence. ``key`` is the same whenever the same decision is carried out again."""

OUTCOMES = Contract(
    "outcomes",
    {
        "round": pa.int64(),
        "person": pa.string(),
        "unit": pa.string(),
        "option": pa.string(),
        "propensity": pa.float64(),
        "value": pa.float64(),
    },
)
"""What each person did of the goal action after a round (0: the past), beside what they had received."""


@dataclass(frozen=True)
class Heard:
    """The past, as tables.

    Attributes:
        decisions: one row a treated (or control) unit, contract ``DECISIONS``.
        outcomes: one row a person whose window is closed, contract ``OUTCOMES``.
        rejected: rows of the past's own files that fit nobody.
        missing: option -> people of the past experiment whose outcome is not known.
        pending: people whose window is still open.
        unsupported: people drawn where some option had no chance: nothing is learnt from them.
    """

    decisions: pa.Table
    outcomes: pa.Table
    rejected: pa.Table
    missing: dict[str, int]
    pending: int
    unsupported: int


def decisions_table(columns: dict[str, pa.Array], options: Sequence[str], *, holdout: float = 0.0) -> pa.Table:
    r"""A decisions table whose ``propensities`` know their options.

    Args:
        columns: one array for each column of ``DECISIONS``.
        options: the option of each place in ``propensities``.
        holdout: the share of units that ``propensities`` count as held out, in this round as in all.

    >>> past = {"round": [0], "unit": ["h1"], "option": ["nothing"], "propensity": [0.5], "propensities": [[0.5, 0.5]]}
    >>> past |= {"reason": ["past"], "on": [None], "key": ["0:h1"]}
    >>> columns = {name: pa.array(past[name], kind) for name, kind in DECISIONS.columns.items()}
    >>> table = decisions_table(columns, ["nothing", "a/post"])
    >>> table.schema.field("propensities").metadata
    {b'options': b'nothing\na/post'}
    """
    fields = [pa.field(name, kind) for name, kind in DECISIONS.columns.items()]
    fields[4] = fields[4].with_metadata(
        {"options": "\n".join(options), **({"holdout": repr(holdout)} if holdout else {})}
    )
    return DECISIONS.check(pa.table([columns[name] for name in DECISIONS.columns], schema=pa.schema(fields)))


def hear(
    people: pa.Table,
    rows: Rows,
    past: Past,
    action: Action,
    *,
    options: Sequence[str],
    today: date,
    source: Rows | None = None,
    outcome_column: str | None = None,
    outcomes: Rows | None = None,
    columns: dict[str, str] | None = None,
    past_person: str | None = None,
) -> Heard:
    """Read the past from the people's own file, or from files of its own.

    Args:
        people: contract ``PEOPLE``.
        rows: the rows that say what was received; the people's own file, or another.
        past: which of its columns say what.
        action: the goal action.
        options: all options of the campaign, ``nothing`` first: the order of the propensities.
        today: outcomes whose window ends after today are pending.
        source: the people's own file, where ``rows`` is another.
        outcome_column: the column of the people's own file that says whether the goal action happened.
        outcomes: a file of actions that happened, instead.
        columns: its columns by role: ``person``, ``action``, ``at``, ``amount``.
        past_person: the column of ``rows`` with the person's id when it is a file of its own; None: its row.

    Returns:
        Decisions of round 0 and the outcomes that are known.
    """
    with Engine() as engine:
        engine.register(people=people, past=rows.table, own=(source or rows).table)
        known = f"people.person = past.{quote_name(past_person)}" if past_person else "people.row = past._row"
        engine.run(f"create table everybody as {_treated_sql(past, known, outcome_column)}")
        engine.run(f"create table treated as select * from everybody where not {_TORN}")
        unknown = _torn(engine, rows.file, past.option)
        if past_person:
            unknown = pa.concat_tables([unknown, _unknown(engine, rows.file, past_person, "past")])
        engine.run(f"create table design as {_design_sql(past)}")
        if outcomes is not None and columns is not None:
            engine.register(acted=outcomes.table)
            unknown = pa.concat_tables([unknown, _unknown(engine, outcomes.file, columns["person"], "acted")])
            engine.run(f"create table result as {_acted_sql(columns, action)}")
        else:
            engine.run("create table result as select *, outcome as value from treated join design using (person)")
        if outcome_column is not None and outcomes is None:
            unknown = pa.concat_tables([unknown, _unfinished(engine, (source or rows).file, outcome_column)])
        due = f"sent + {action.within or 0} > date {quote_literal(today.isoformat())}"
        pending = f"coalesce({due}, false)" if action.within else "false"
        # Where the design gave an option no chance, nothing there says what it would have done.
        arms = int(engine.value("select count(distinct option) from result"))
        supported = f"coalesce(cardinality(chances) = {arms}, true)"
        known_result = f"value is not null and not {pending}"
        found = engine.table(
            "select 0 as round, person, unit, option, propensity, value from result "
            f"where {known_result} and {supported} order by row"
        )
        missing = engine.table(
            f"select option, count(*) as n from result where value is null and not {pending} group by 1 order by 1"
        )
        return Heard(
            decisions=_decisions(engine, options),
            outcomes=OUTCOMES.check(found.cast(pa.schema(OUTCOMES.columns))),
            rejected=REJECTED.check(unknown),
            missing={row["option"]: row["n"] for row in missing.to_pylist()},
            unsupported=int(engine.value(f"select count(*) from result where {known_result} and not {supported}")),
            pending=int(engine.value(f"select count(*) from result where {pending}")),
        )


def _treated_sql(past: Past, known: str, outcome: str | None) -> str:
    names = past.options or {}
    cases = " ".join(f"when {quote_literal(theirs)} then {quote_literal(ours)}" for theirs, ours in names.items())
    option = quote_name(past.option)
    ours = f"case past.{option} {cases} end" if names else f"past.{option}"
    block = f"past.{quote_name(past.within)}" if past.within else "''"
    received = f"past.{quote_name(past.propensity)}" if past.propensity else "cast(null as double)"
    at = f"past.{quote_name(past.at)}" if past.at else "cast(null as date)"
    value = f"cast(own.{quote_name(outcome)} as double)" if outcome else "cast(null as double)"
    # Teams are drawn only where they are decided for: there the unit is the team.
    drawn = "people.unit" if past.drawn_by == "team" else f"people.{past.drawn_by}"
    # The last treatment counts where a file of its own names a person more than once.
    last = (
        f"select people.person, people.unit, people.household, people.row, {drawn} as drawn, "
        f"past._row as past_row, past.{option} as said, {ours} as option, "
        f"coalesce({block}, '') as block, {received} as received, {at} as sent, {value} as outcome "
        f"from people join past on {known} join own on own._row = people.row where past.{option} is not null "
        f"qualify row_number() over (partition by people.person order by {at} desc nulls last, past._row desc) = 1"
    )
    # Who received nothing has no day of sending; their window is that of the block they were drawn in.
    day = "coalesce(sent, min(sent) over (partition by block), min(sent) over ()) as sent"
    return f"select * replace ({day}), {_spread('unit')} as torn, {_spread('drawn')} as torn_draw from ({last})"


def _spread(column: str) -> str:
    """SQL that is true where those who were drawn, or are decided for, together received different things."""
    return f"min(option) over (partition by {column}) <> max(option) over (partition by {column})"


_TORN = "(torn or torn_draw)"


def _torn(engine: Engine, file: str, option: str) -> pa.Table:
    """Rows of households, or teams, whose members received different things: nothing can be learnt from them."""
    return engine.table(
        f"select {quote_literal(file)} as file, cast(past_row as bigint) as row, {quote_literal(option)} as column, "
        f"said as value, {TOGETHER} || ' has conflicting treatments; nothing is learnt from it' as reason "
        f"from everybody where {_TORN} order by past_row"
    )


def _design_sql(past: Past) -> str:
    """The propensity of what each person received, and of every option in their block where that is known."""
    if past.propensity:
        return "select person, received as propensity, cast(null as map(varchar, double)) as chances from treated"
    return (
        "with units as (select distinct drawn, block, option from treated), "
        "arms as (select block, option, count(*) as n from units group by all), "
        "blocks as (select block, map_from_entries(list((option, n / total))) as chances from "
        "(select *, sum(n) over (partition by block) as total from arms) group by block) "
        "select person, chances[option] as propensity, chances from treated join blocks using (block)"
    )


def _acted_sql(columns: dict[str, str], action: Action) -> str:
    who, what = quote_name(columns["person"]), quote_name(columns["action"])
    worth = f"coalesce(acted.{quote_name(columns['amount'])}, 0)" if "amount" in columns else "1"
    total = f"sum({worth})" if action.kind == "amount" else "max(1)"
    timely = ["true"]
    if "at" in columns:
        at = f"acted.{quote_name(columns['at'])}"
        timely.append(f"({at} >= treated.sent or treated.sent is null)")
        if action.within:
            timely.append(f"({at} <= treated.sent + {action.within} or treated.sent is null)")
    return (
        "select treated.*, design.propensity, design.chances, coalesce(value, 0.0) as value "
        "from treated join design using (person) left join ("
        f"select treated.person, cast({total} as double) as value from treated join acted on acted.{who} = treated.person "
        f"where acted.{what} = {quote_literal(action.name)} and {' and '.join(timely)} group by 1) using (person)"
    )


def _unknown(engine: Engine, file: str, person: str, table: str) -> pa.Table:
    column = quote_name(person)
    return engine.table(
        f"select {quote_literal(file)} as file, cast(_row as bigint) as row, {quote_literal(person)} as column, "
        f"{table}.{column} as value, 'nobody has this id in the file of people' as reason from {table} "
        f"anti join people on people.person = {table}.{column} order by _row"
    )


def _unfinished(engine: Engine, file: str, column: str) -> pa.Table:
    """People of the experiment whose outcome is blank: they stay people, but nothing is learnt from them."""
    reason = "the outcome is missing; this person can be contacted, but nothing is learnt from them"
    return engine.table(
        f"select {quote_literal(file)} as file, row, {quote_literal(column)} as column, cast(null as varchar) as value, "
        f"{quote_literal(reason)} as reason from result where value is null order by row"
    )


def _decisions(engine: Engine, options: Sequence[str]) -> pa.Table:
    places = ", ".join(f"coalesce(chances[{quote_literal(option)}], 0.0)" for option in options)
    found = engine.table(
        "select unit, arg_min(option, row) as option, arg_min(propensity, row) as propensity, "
        f"arg_min(case when chances is not null then [{places}] end, row) as propensities, arg_min(sent, row) as sent "
        "from result group by unit order by min(row)"
    )
    count = found.num_rows
    return decisions_table(
        {
            "round": pa.array([0] * count, pa.int64()),
            "unit": found["unit"],
            "option": found["option"],
            "propensity": found["propensity"],
            "propensities": found["propensities"],
            "reason": pa.array(["past"] * count),
            "on": found["sent"].cast(pa.date32()),
            "key": pa.array([f"0:{escaped(unit)}" for unit in found["unit"].to_pylist()]),
        },
        options,
    )
