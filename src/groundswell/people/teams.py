"""Who works for whom: each person's manager, the way to the top, and what is wrong with the chart.

A person's *team* is named by the direct manager; whoever stands at the top leads a team of the same name as the own id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from groundswell.tables import Contract

TEAMS = Contract(
    "teams",
    {
        "person": pa.string(),
        "manager": pa.string(),
        "team": pa.string(),
        "top": pa.string(),
        "depth": pa.int64(),
        "span": pa.int64(),
        "below": pa.int64(),
        "path": pa.list_(pa.string()),
    },
    nullable=frozenset({"manager"}),
)
"""``depth`` is 0 at the top, ``span`` counts direct reports, ``below`` everybody underneath; ``path`` leads from the person
to the top, both included, and holds at most ``LONGEST_WAY`` of them."""

LONGEST_WAY = 50
"""Nobody works for fifty people one above the other; a file that says so is wrong, and must not fill the memory."""

PROBLEMS = Contract("team problems", {"kind": pa.string(), "person": pa.string(), "detail": pa.string()})
"""``kind``: cycle, orphan, two-bosses, self, unknown-manager, several-tops or no-managers."""

_BLANK = frozenset({"", "-", "none", "null", "nan", "n/a", "na", "0"})
_UNKNOWN = frozenset({"?", "unknown", "tbd", "vacant", "to be decided", "desconocido", "vacante"})


@dataclass(frozen=True)
class Teams:
    """The teams of an organisation (contract ``TEAMS``), and what is wrong with its chart (``PROBLEMS``)."""

    table: pa.Table
    problems: pa.Table


def teams(people: pa.Table, *, person: str = "person", manager: str = "manager") -> Teams:
    """Read an organisation's chart.

    Args:
        people: a row a person, or several; ids are compared as text, without blanks around them.
        person: the column with the person's id.
        manager: the column with the id of the person's manager; blank at the top.

    Returns:
        A row a person in the order of the file, and the problems. Of two bosses the first is taken. A manager who is not in
        the file (*orphan*), oneself (*self*), or *unknown* leaves the person at the top of what is below. A circle is cut
        above the first of the file that stands in it.

    >>> found = teams(pa.table({"person": ["a", "b", "c"], "manager": [None, "a", "b"]}))
    >>> found.table.select(["person", "team", "depth", "below"]).to_pylist()[1:]
    [{'person': 'b', 'team': 'a', 'depth': 1, 'below': 1}, {'person': 'c', 'team': 'b', 'depth': 2, 'below': 0}]
    >>> teams(pa.table({"person": ["a"], "manager": ["a"]})).problems.to_pylist()
    [{'kind': 'self', 'person': 'a', 'detail': 'a is said to be the manager of a'}]
    """
    problems: list[tuple[str, str, str]] = []
    if manager not in people.column_names:
        ids = [one for one in map(_id, people[person].to_pylist()) if one]
        bosses: dict[str, str | None] = dict.fromkeys(ids)
        if ids:
            problems.append(("no-managers", ids[0], f"there is no column {manager}: nobody's manager is known"))
    else:
        bosses = _bosses(people[person].to_pylist(), people[manager].to_pylist(), problems)
        _cut_circles(bosses, problems)
        _tell_tops(bosses, problems)
    columns = list(zip(*problems, strict=True)) or [(), (), ()]
    told = {name: pa.array(values, pa.string()) for name, values in zip(PROBLEMS.columns, columns, strict=True)}
    return Teams(TEAMS.check(_table(bosses)), PROBLEMS.check(pa.table(told)))


def _id(value: object) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None


def _bosses(
    people: list[object], managers: list[object], problems: list[tuple[str, str, str]]
) -> dict[str, str | None]:
    """Person -> manager, the first that is said; who is not in the file is nobody's manager."""
    said: dict[str, str | None] = {}
    twice: set[str] = set()
    ids = {one for one in map(_id, people) if one}
    for raw, boss_raw in zip(people, managers, strict=True):
        person, boss = _id(raw), _id(boss_raw)
        if person is None:
            continue
        if boss is not None and boss not in ids and boss.lower() in _BLANK:
            boss = None
        first = said.get(person)
        if first is None:
            said[person] = boss
        elif boss is not None and boss != first and person not in twice:
            twice.add(person)
            problems.append(("two-bosses", person, f"{person} has the managers {first} and {boss}; {first} is taken"))
    return {person: _known(person, boss, ids, problems) for person, boss in said.items()}


def _known(person: str, boss: str | None, ids: set[str], problems: list[tuple[str, str, str]]) -> str | None:
    if boss is None:
        return None
    if boss == person:
        problems.append(("self", person, f"{person} is said to be the manager of {person}"))
        return None
    if boss not in ids:
        unknown = boss.lower() in _UNKNOWN
        detail = f"the manager of {person} is {boss}" + (", nobody we know" if unknown else ", who is not in the file")
        problems.append(("unknown-manager" if unknown else "orphan", person, detail))
        return None
    return boss


def _cut_circles(bosses: dict[str, str | None], problems: list[tuple[str, str, str]]) -> None:
    """Let nobody be above oneself: the first of the file in each circle has no manager any more."""
    place = {person: number for number, person in enumerate(bosses)}
    done: set[str] = set()
    for start in list(bosses):
        way: dict[str, None] = {}
        one: str | None = start
        while one is not None and one not in done and one not in way:
            way[one] = None
            one = bosses[one]
        if one is not None and one in way:
            steps = list(way)
            circle = steps[steps.index(one) :]
            first = min(circle, key=place.__getitem__)
            turn = circle.index(first)
            round_trip = [*circle[turn:], *circle[:turn], first]
            shown = round_trip if len(round_trip) <= 9 else [*round_trip[:7], "...", first]
            problems.append(("cycle", first, f"{' reports to '.join(shown)}; {first} is taken as the top"))
            bosses[first] = None
        done.update(way)


def _tell_tops(bosses: Mapping[str, str | None], problems: list[tuple[str, str, str]]) -> None:
    """More than one person without a manager, of those who lead somebody: which of them is the top?"""
    named = {person for kind, person, _ in problems if kind != "two-bosses"}
    leads = {boss for boss in bosses.values() if boss is not None}
    tops = [person for person, boss in bosses.items() if boss is None and person not in named]
    if len(tops) < 2:
        return
    if not leads:
        problems.append(("no-managers", tops[0], "nobody has a manager in this file"))
        return
    problems.extend(
        ("several-tops", person, f"{person} has no manager, as {len(tops) - 1} others have none") for person in tops
    )


def _table(bosses: Mapping[str, str | None]) -> pa.Table:
    reports: dict[str, list[str]] = defaultdict(list)
    for person, boss in bosses.items():
        if boss is not None:
            reports[boss].append(person)
    order = [person for person, boss in bosses.items() if boss is None]
    for person in order:  # grows while it is read: everybody stands behind the own manager
        order.extend(reports.get(person, ()))
    path: dict[str, list[str]] = {}
    depth: dict[str, int] = {}
    top: dict[str, str] = {}
    below = dict.fromkeys(bosses, 0)
    for person in order:
        boss = bosses[person]
        path[person] = [person] if boss is None else [person, *path[boss][: LONGEST_WAY - 1]]
        depth[person] = 0 if boss is None else depth[boss] + 1
        top[person] = person if boss is None else top[boss]
    for person in reversed(order):
        boss = bosses[person]
        if boss is not None:
            below[boss] += 1 + below[person]
    ids = list(bosses)
    return pa.table(
        {
            "person": ids,
            "manager": pa.array([bosses[one] for one in ids], pa.string()),
            "team": [bosses[one] or one for one in ids],
            "top": [top[one] for one in ids],
            "depth": [depth[one] for one in ids],
            "span": [len(reports.get(one, ())) for one in ids],
            "below": [below[one] for one in ids],
            "path": [path[one] for one in ids],
        },
        schema=pa.schema(TEAMS.columns),
    )
