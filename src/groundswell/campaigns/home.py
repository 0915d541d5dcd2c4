"""``groundswell home``: who lives with somebody, and what each of them and all of them care about."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from groundswell.tables import read_where

GROWN = 18
"""Years from which on somebody is no child."""


def home_of(done: Path, person: str, *, interests: bool = True) -> dict[str, Any]:
    """The home of a person as a round has it.

    Args:
        done: the round's folder.
        person: a person's id.
        interests: False: what they care about is not told.

    Returns:
        ``household``; ``members``, each with id, name, age (where a trait is called so), role (child, parent, adult) and
        what they care about; ``cares``: topic -> the most that anybody there does, and who.
    """
    [me] = read_where(done / "people.parquet", "person", [person]).to_pylist()
    people = read_where(done / "people.parquet", "household", [me["household"]]).to_pylist()
    ids = [row["person"] for row in people]
    traits = {row["person"]: row for row in read_where(done / "traits.parquet", "person", ids).to_pylist()}
    ages = {one: _whole(traits.get(one, {}).get("age")) for one in ids}
    file = done / "interests.parquet"
    known = read_where(file, "person", ids).to_pylist() if interests and file.exists() else []
    grown = {one for one, age in ages.items() if age is None or age >= GROWN}
    members: list[dict[str, Any]] = []
    cares: dict[str, dict[str, Any]] = {}
    for row in people:
        mine = {one["topic"]: round(one["interest"]) for one in known if one["person"] == row["person"]}
        child = row["person"] not in grown
        role = "child" if child else "parent" if len(grown) < len(ids) else "adult"
        members.append(
            {"person": row["person"], "name": row["name"], "age": ages[row["person"]], "role": role}
            | {"stop": row["stop"], "cares": dict(sorted(mine.items(), key=lambda one: (-one[1], one[0])))}
        )
        for topic, interest in mine.items():
            if interest > cares.get(topic, {"interest": -1})["interest"]:
                cares[topic] = {"interest": interest, "person": row["person"]}
    most = dict(sorted(cares.items(), key=lambda one: (-one[1]["interest"], one[0])))
    return {"format": 1, "household": me["household"], "address": me["address"], "members": members, "cares": most}


def _whole(number: object) -> int | None:
    """A number as people say an age; None where there is none."""
    return int(number) if isinstance(number, int | float) and math.isfinite(number) else None
