"""What a file of people is made of: how many, in how many homes, with which contacts, teams and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from groundswell.people.emails import why_no_email
from groundswell.people.homes import homes
from groundswell.people.phones import why_no_phone
from groundswell.people.places import places
from groundswell.people.teams import teams
from groundswell.tables import Engine, quote_name

SHOWN = 5
"""How many of the largest homes, and of other examples, are told."""
LOOKED_AT = 20_000
"""Of how many different unusable contacts, the most frequent first, the reason is looked for."""
_SIZES = 7


def census(
    people: pa.Table,
    roles: Mapping[str, str],
    *,
    country: str,
    manager: str | None = None,
    by: Sequence[str] = ("~postcode",),
    year: int | None = None,
) -> dict[str, Any]:
    """Count what there is, for ``groundswell people``; all of it can be written as JSON.

    Args:
        people: a row a person, normalised: ``person``, what :func:`groundswell.people.normalising.normalise` made, and the
            columns it was made from.
        roles: role -> the column it was made from; ``phone`` and ``email`` are looked at for what is missing or unusable.
        country: two letters.
        manager: the column with the id of a person's manager, if there is one.
        by: columns that name places.
        year: this year, where ages are to be reckoned from ``born``.

    Returns:
        ``people`` (how many), ``homes``, ``phone``, ``email``, ``teams`` (None without ``manager``) and ``places``.

    >>> told = census(pa.table({"person": ["a", "b"], "~phone": ["+12025550123"] * 2}), {}, country="US")
    >>> told["people"], told["phone"]["shared"], told["teams"]
    (2, [{'by': 2, 'endpoints': 1}], None)
    """
    return {
        "people": people.num_rows,
        "homes": _homes(people, year),
        "phone": _contact(people, "~phone", roles.get("phone"), lambda text: why_no_phone(text, country)),
        "email": _contact(people, "~email", roles.get("email"), why_no_email),
        "teams": _teams(people, manager) if manager else None,
        "places": _places(people, by),
    }


def _homes(people: pa.Table, year: int | None) -> dict[str, Any] | None:
    if "~home" not in people.column_names:
        return None
    found = homes(people, year=year).to_pylist()
    housed = sum(home["members"] for home in found)
    sizes = Counter(min(home["members"], _SIZES) for home in found if home["kind"] != "institution")
    return {
        "count": len(found),
        "people_without": people.num_rows - housed,
        "by_size": [{"members": size, "or_more": size == _SIZES, "homes": sizes[size]} for size in sorted(sizes)],
        "shared": _flagged([home for home in found if home["kind"] == "shared"]),
        "institutions": _flagged([home for home in found if home["kind"] == "institution"]),
    }


def _flagged(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "count": len(found),
        "people": sum(home["members"] for home in found),
        "by_kind": dict(Counter(home["institution"] for home in found if home["institution"]).most_common()),
        "largest": [
            {name: home[name] for name in ("home", "address", "members", "surnames", "reason")}
            for home in found[:SHOWN]
        ],
    }


def _contact(
    people: pa.Table, made: str, raw: str | None, why: Callable[[str | None], str | None]
) -> dict[str, Any] | None:
    if made not in people.column_names:
        return None
    column = quote_name(made)
    with Engine() as engine:
        engine.register(people=people)
        shared = engine.table(
            f'select n as "by", count(*) as endpoints from (select count(*) as n from people where {column} is not null '
            f"group by {column}) where n > 1 group by 1 order by 1"
        ).to_pylist()
        endpoints = engine.value(f"select count(distinct {column}) from people")
        having = engine.value(f"select count({column}) from people")
        odd = _unusable(engine, column, raw) if raw in people.column_names else []
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for text, count in odd:
        reason = why(text) or "not-possible"
        reasons[reason] += count
        if text and reason != "blank":
            examples.setdefault(reason, text[:40])
    return {
        "people_with": having,
        "people_without": people.num_rows - having,
        "endpoints": endpoints,
        "shared": shared,
        "reasons": [
            {"reason": reason, "people": count, "example": examples.get(reason)}
            for reason, count in reasons.most_common(3)
        ],
    }


def _unusable(engine: Engine, made: str, raw: str | None) -> list[tuple[str | None, int]]:
    """What stands where nothing could be made of it, and how often."""
    cell = f"{quote_name(raw or '')}::varchar"
    rows = engine.table(
        f"select {cell} as text, count(*) as n from people where {made} is null group by 1 "
        f"order by n desc, text limit {LOOKED_AT}"
    ).to_pylist()
    return [(row["text"], row["n"]) for row in rows]


def _teams(people: pa.Table, manager: str) -> dict[str, Any]:
    found = teams(people, manager=manager)
    rows = found.table.select(["person", "team", "depth", "span", "below"]).to_pylist()
    widest = max(rows, key=lambda row: row["span"], default=None)
    problems = found.problems.to_pylist()
    kinds = Counter(problem["kind"] for problem in problems)
    return {
        "count": sum(row["span"] > 0 for row in rows),
        "depth": max((row["depth"] for row in rows), default=0),
        "widest": {"person": widest["person"], "span": widest["span"]} if widest and widest["span"] else None,
        "problems": [
            {
                "kind": kind,
                "count": count,
                "examples": [problem["detail"] for problem in problems if problem["kind"] == kind][:3],
            }
            for kind, count in kinds.most_common()
        ],
    }


def _places(people: pa.Table, by: Sequence[str]) -> list[dict[str, Any]]:
    found = places(people, *by).to_pylist()
    kinds = dict.fromkeys(place["kind"] for place in found)
    return [
        {
            "kind": kind,
            "count": sum(place["kind"] == kind for place in found),
            "people": sum(place["people"] for place in found if place["kind"] == kind),
            "largest": [
                {name: place[name] for name in ("place", "people", "homes")} for place in found if place["kind"] == kind
            ][:SHOWN],
        }
        for kind in kinds
    ]
