"""``groundswell contacts``: who was really reached of those who should be, and what that did."""

from __future__ import annotations

from datetime import date
from typing import Any

from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.inputs import gather_evidence, look
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.fieldwork import teams_of
from groundswell.listen import reached_in, reached_then
from groundswell.tables import check_expression, read
from groundswell.trust.contacts import told_contacts


def contacts_of(settings: Settings, *, number: int, today: date, by: str | None = None) -> dict[str, Any]:
    """Contact, and its effect on all who were to be spoken to and on those who were.

    Args:
        settings: the campaign.
        number: the round before which things came back.
        today: the day.
        by: SQL over the row of a person: told for each of its values, too.

    Raises:
        ExpressionError: for an expression that is none.
    """
    past = settings.spec.sources.people.past
    came = [read(path) for one in imports_of(settings.folder) if (path := one["path"] / "came.parquet").exists()]
    with look(settings, number=number, today=today) as seen:
        arrived = seen.arrived
        people, rows, file = arrived.people, arrived.rows, str(settings.file)
        reached = reached_in(came)
        if past is not None and past.reached:
            reached |= reached_then(people, rows, past.reached)
        group = None
        if by is not None:
            check_expression(by, tuple(rows.column_names), file="--by", key="by")
            group = _told(people["person"].to_pylist(), teams_of(people, rows, by, file))
        column = past.drawn.within if past is not None and past.drawn is not None else None
        within = teams_of(people, rows, f'"{column}"', file) if column else []
        evidence = gather_evidence(settings, arrived, seen.known, seen.heard, seed=0)
        options = told_contacts(
            evidence,
            reached,
            within=_told(people["person"].to_pylist(), within),
            group=group,
            smallest=purpose_of(settings).minimum_group,
        )
    return {"format": 1, "day": today.isoformat(), "by": by, "options": options}


def _told(people: list[str], values: list[str | None]) -> dict[str, str]:
    return {person: value or "" for person, value in zip(people, values, strict=False)}
