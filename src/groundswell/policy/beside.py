"""What other campaigns said to the same people: it tires them as much as what we said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.channels import kind_of
from groundswell.tables import Engine
from groundswell.vocabulary import NOTHING, split_option


class RoundBeside(NamedTuple):
    """One round of another campaign.

    Attributes:
        decisions: contract ``DECISIONS``.
        people: contract ``PEOPLE``, as they were then.
        known: whether its people go by the same ids as ours.
    """

    decisions: pa.Table
    people: pa.Table
    known: bool


class Beside(NamedTuple):
    """Contacts by our own units: ``unit``, ``option``, ``on``.

    Attributes:
        people: who was spoken to, by id.
        endpoints: through which telephone, e-mail address or letter box somebody was, whoever it is there; of the units that
            share one only the first stands for it.
    """

    people: pa.Table
    endpoints: pa.Table


_BY_PERSON = """
select p.unit, d.option, max(d."on") as "on" from decided d join lived l using (unit) join people p using (person)
group by p.unit, d.unit, d.option order by all
"""
_BY_ENDPOINT = """
select min(p.unit) as unit, d.option, max(d."on") as "on" from decided d join lived l using (unit)
join people p on p.{key} = l.{key} where d.option in (select option from through)
group by l.{key}, d.unit, d.option order by all
"""


def contacts_beside(rounds: Iterable[RoundBeside], people: pa.Table) -> Beside:
    """What other campaigns' rounds said, by the units of today.

    Args:
        rounds: theirs.
        people: contract ``PEOPLE``: ours.

    >>> from datetime import date
    >>> day = pa.array([date(2026, 11, 1)] * 2)
    >>> theirs = pa.table({"unit": ["x", "y"], "option": ["hello/phone", "nothing"], "on": day})
    >>> keys = {"email_key": pa.nulls(2, pa.string()), "address_key": pa.nulls(2, pa.string())}
    >>> lived = pa.table({"person": ["x", "y"], "unit": ["x", "y"], "phone_key": ["+1555", "+1556"], **keys})
    >>> ours = pa.table({"person": ["x", "b"], "unit": ["x", "b"], "phone_key": ["+1557", "+1555"], **keys})
    >>> found = contacts_beside([RoundBeside(theirs, lived, True)], ours)
    >>> found.people["unit"].to_pylist(), found.endpoints["unit"].to_pylist()
    (['x'], ['b'])
    """
    none = pa.table(
        {"unit": pa.array([], pa.string()), "option": pa.array([], pa.string()), "on": pa.array([], pa.date32())}
    )
    by_person, by_endpoint = [none], [none]
    for one in rounds:
        decided = one.decisions.filter(pc.not_equal(one.decisions["option"], NOTHING)).select(["unit", "option", "on"])
        needs = {name: kind_of(split_option(name)[1]).needs for name in pc.unique(decided["option"]).to_pylist()}
        with Engine() as engine:
            engine.register(decided=decided, people=people, lived=one.people)
            if one.known:
                by_person.append(engine.table(_BY_PERSON).cast(none.schema))
            for role in sorted({role for role in needs.values() if role}):
                named = [name for name, needed in needs.items() if needed == role]
                engine.register(through=pa.table({"option": named}))
                by_endpoint.append(engine.table(_BY_ENDPOINT.format(key=f"{role}_key")).cast(none.schema))
    return Beside(pa.concat_tables(by_person), pa.concat_tables(by_endpoint))
