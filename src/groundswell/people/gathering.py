"""From typed rows to people: one row a person, in a household, with what they said about being contacted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from groundswell.people.consent import KEYS
from groundswell.sources import ROLES, PeopleSpec, Rows
from groundswell.tables import REJECTED, Contract, Engine, quote_literal, quote_name
from groundswell.vocabulary import DataError

PEOPLE = Contract(
    "people",
    {
        "person": pa.string(),
        "household": pa.string(),
        "unit": pa.string(),
        "cluster": pa.string(),
        "row": pa.int64(),
        "stop": pa.bool_(),
    }
    | dict.fromkeys((*ROLES, *KEYS.values(), "manager"), pa.string()),
    nullable=frozenset((*ROLES, *KEYS.values(), "manager")),
)
"""``unit`` is what one decision is about, ``cluster`` what statistics are clustered by; ``row`` leads to the source.
``phone`` is as the file has it; ``phone_key`` is the same for all who share it, and blank where it cannot be used."""

Unit = Literal["person", "household", "team"]
"""What one decision can be about."""
TOGETHER = "case when starts_with(unit, 'team:') then 'their team' else 'household ' || household end"
"""SQL that names who is decided for together, from columns of ``PEOPLE``."""

BY_ADDRESS = "#address"
"""What ``household`` says where those live together who have one address."""
HOUSEHOLD = "~household"
TEAM = "~team"
"""Which team somebody is in, as :func:`groundswell.people.with_teams` has it."""
_MADE = {"phone": "~phone", "email": "~email", "address": "~home"}

# Whatever is in the column means stop, unless it clearly says no: a doubt is settled for the person.
_GO = "('', 'no', 'n', 'false', 'f', '0')"


@dataclass(frozen=True)
class People:
    """The people of a campaign (contract ``PEOPLE``), and the rows that could not become people."""

    table: pa.Table
    rejected: pa.Table


def gather(
    rows: Rows,
    spec: PeopleSpec,
    *,
    decide: Unit,
    agree: str | None = None,
) -> People:
    """Make people of rows.

    Args:
        rows: what was read from the file of people.
        spec: which column plays which role.
        decide: what one decision is about.
        agree: a column in which all members of a household, or of a team that is decided for, must agree (their past
            treatment); where they do not, all of them are rejected.

    Returns:
        People in the order of the file, and rejected rows: a second row with the same id, and those who disagree.

    Raises:
        DataError: when nobody is left.

    >>> rows = Rows("p.csv", pa.table({"_row": [1, 2], "id": ["a", "a"]}), pa.table({}))
    >>> found = gather(rows, PeopleSpec(path="p.csv", person="id"), decide="person")
    >>> found.table["person"].to_pylist(), found.rejected["reason"].to_pylist()
    (['a'], ['this id stands already in row 1'])
    """
    with Engine() as engine:
        engine.register(rows=rows.table)
        engine.run(f"create table found as {_people_sql(spec, decide, agree, rows.table.column_names)}")
        # Whoever said stop in one row has said it, even if that row is rejected as a second one of the same id.
        engine.run(
            "create view single as select * replace (bool_or(stop) over (partition by person) as stop), "
            "case when row > min(row) over (partition by person) "
            "then min(row) over (partition by person) end as first_row from found"
        )
        engine.run(
            "create view judged as select *, first_row is null and "
            "count(distinct agree) filter (first_row is null) over together > 1 as torn, "
            "min(agree) filter (first_row is null) over together as one, "
            "max(agree) filter (first_row is null) over together as other from single "
            f"window together as (partition by {'unit' if decide == 'team' else 'household'})"
        )
        table = engine.table(
            f"select {', '.join(PEOPLE.columns)} from judged where first_row is null and not torn order by row"
        )
        rejected = _rejected(engine, rows.file, spec.person, agree)
    if table.num_rows == 0:
        raise DataError(
            f"Nobody is left of {rows.file}.",
            file=rows.file,
            found=f"{rejected.num_rows} rejected rows",
            expected="at least one person",
            hint="Look into rejected.csv: each row is there with its reason.",
        )
    return People(PEOPLE.check(table.cast(pa.schema(PEOPLE.columns))), REJECTED.check(rejected))


def says_stop(text: str) -> str:
    """SQL that is true where a text says stop."""
    return f"lower(coalesce({text}, '')) not in {_GO}"


def _people_sql(spec: PeopleSpec, decide: str, agree: str | None, columns: Collection[str]) -> str:
    def text(column: str | None, otherwise: str = "cast(null as varchar)") -> str:
        return f"cast({quote_name(column)} as varchar)" if column and column in columns else otherwise

    person = "cast(_row as varchar)" if spec.person == "#row" else text(spec.person)
    alone = f"'person:' || {person}"
    named = spec.household if spec.household != BY_ADDRESS else HOUSEHOLD
    household = f"coalesce({text(named)}, {alone})" if named else alone
    if together := [text(column) for column in spec.household_columns()]:
        known = " and ".join(f"{one} is not null" for one in together)
        household = f"case when {known} then concat_ws('|', {', '.join(together)}) else {alone} end"
    unit = {"household": household, "team": f"coalesce({text(TEAM)}, {alone})"}.get(decide, person)
    stop = says_stop(text(spec.stop)) if spec.stop else "false"
    roles = ", ".join(f"{text(getattr(spec, role))} as {role}" for role in (*ROLES, "manager") if role != "name")
    both = f"nullif(concat_ws(' ', {text(spec.first_name)}, {text(spec.last_name)}), '')"
    roles += f", {text(spec.name) if spec.name else both} as name"
    # As it stands in the file, where nothing was made of it.
    made = {key: _MADE[role] if _MADE[role] in columns else getattr(spec, role) for role, key in KEYS.items()}
    roles += "".join(f", {text(one)} as {key}" for key, one in made.items())
    return (
        f"select {person} as person, {household} as household, "
        f"{unit} as unit, {unit if decide == 'team' else household if spec.household else person} as cluster, "
        f"cast(_row as bigint) as row, {stop} as stop, {roles}, {text(agree)} as agree from rows"
    )


def _rejected(engine: Engine, file: str, person: str, agree: str | None) -> pa.Table:
    return engine.table(
        f"select {quote_literal(file)} as file, row, "
        f"case when torn then {quote_literal(agree or '')} else {quote_literal(person)} end as column, "
        "case when torn then agree else person end as value, "
        "case when first_row is not null then 'this id stands already in row ' || first_row "
        f"else {TOGETHER} || ' has conflicting treatments: ' || one || ' and ' || other end as reason "
        "from judged where first_row is not null or torn order by row"
    )
