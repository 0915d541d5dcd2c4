"""What a campaign itself has sent, as a log like any other: how alike is it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from groundswell.listen.tsunami import measure
from groundswell.tables import Engine
from groundswell.vocabulary import NOTHING


def own_sendings(people: pa.Table, decisions: Sequence[pa.Table]) -> dict[str, Any] | None:
    """How uniform a campaign's own sendings are, this round's plan included.

    Args:
        people: contract ``people.PEOPLE``.
        decisions: the decisions of all rounds, the past and the plan among them.

    Returns:
        The figures of :func:`groundswell.listen.tsunami.measure`; None where nobody was sent anything.

    >>> from datetime import date
    >>> people = pa.table({"person": ["ada", "ben"], "unit": ["h", "h"], "household": ["h", "h"]})
    >>> made = pa.table({"unit": ["h"], "option": ["schools/post"], "on": [date(2026, 1, 5)]})
    >>> own_sendings(people, [made])["variety"]["all"]["effective"]
    1.0
    """
    with Engine() as engine:
        parts = [table.select(["unit", "option", "on"]) for table in decisions if table.num_rows]
        if not parts:
            return None
        engine.register(people=people, decided=pa.concat_tables(parts))
        sent = engine.table(
            "select p.person, split_part(d.option, '/', 1) as message, split_part(d.option, '/', 2) as channel, "
            'd."on" as "at", case when p.household like \'person:%\' then null else p.household end as household '
            f"from decided d join people p using (unit) where d.option <> '{NOTHING}' order by p.person, d.\"on\""
        )
    return measure(sent) if sent.num_rows else None
