"""The file of messengers: whoever can speak, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.fieldwork.speakers import language_of, words_of
from groundswell.sources import Rows
from groundswell.tables import REJECTED, Contract, evaluate, rejects

VOLUNTEERS = Contract(
    "volunteers",
    {
        "messenger": pa.string(),
        "person": pa.string(),
        "hours": pa.float64(),
        "name": pa.string(),
        "most": pa.float64(),
        "channels": pa.string(),
        "languages": pa.string(),
        "team": pa.string(),
        "organiser": pa.bool_(),
    },
    nullable=frozenset({"person", "name", "most", "channels", "languages", "team", "organiser"}),
)
"""Who speaks for the campaign: ``most`` people, through some channels, in some languages; blank: no end, any, not known."""


def read_volunteers(
    rows: Rows, roles: Mapping[str, str], people: pa.Table, channels: Sequence[str]
) -> tuple[pa.Table, pa.Table]:
    """Whoever can speak to somebody, and the rows that cannot be used.

    Args:
        rows: the typed rows of the file.
        roles: column of ``VOLUNTEERS``, or ``consent`` -> column of the file.
        people: contract ``people.PEOPLE``.
        channels: those that somebody carries.

    Returns:
        Contract ``VOLUNTEERS`` without those who did not agree; and contract ``REJECTED``.

    >>> table = pa.table({"_row": [1, 2], "id": ["v1", "v1"], "who": ["ada", "ada"], "hours": [2.0, 1.0]})
    >>> rows = Rows("callers.csv", table, rejects("callers.csv", []))
    >>> roles = {"messenger": "id", "person": "who", "hours": "hours"}
    >>> good, bad = read_volunteers(rows, roles, pa.table({"person": ["ada"]}), ["phone"])
    >>> good["hours"].to_pylist(), bad["reason"].to_pylist()
    ([2.0], ['stands already in row 1'])
    """
    known = set(people["person"].to_pylist())
    wrong: list[tuple[int, str, str | None, str]] = []
    seen: dict[str, int] = {}
    keep: list[bool] = []
    cells = {role: rows.table[column].to_pylist() for role, column in roles.items()}
    for place, number in enumerate(rows.table["_row"].to_pylist()):
        row = {role: column[place] for role, column in cells.items()}
        problem = _problem(row, known, seen, channels)
        if problem:
            role, reason = problem
            found = row.get(role)
            wrong.append((number, roles[role], None if found is None else str(found), reason))
        seen.setdefault(row["messenger"], number)
        keep.append(problem is None and row.get("consent", True) is True)
    mine = rows.table.filter(pa.array(keep, pa.bool_()))
    found_columns = {
        name: pc.cast(mine[roles[name]], kind) if name in roles else pa.nulls(mine.num_rows, kind)
        for name, kind in VOLUNTEERS.columns.items()
    }
    bad = pa.concat_tables([rows.rejected, rejects(rows.file, wrong)])
    return VOLUNTEERS.check(pa.table(found_columns)), REJECTED.check(bad)


def read_friends(
    rows: Rows, person: str, messenger: str, people: pa.Table, volunteers: pa.Table
) -> tuple[pa.Table, pa.Table]:
    """Who knows which messenger, and the rows that cannot be used.

    Args:
        rows: the typed rows of the file.
        person: the column with the person's id.
        messenger: the column with the messenger's.
        people: contract ``people.PEOPLE``.
        volunteers: contract ``VOLUNTEERS``.

    Returns:
        ``person`` and ``messenger``, each pair once; and contract ``REJECTED``.

    >>> table = pa.table({"_row": [1, 2], "a": ["ada", "zed"], "b": ["v1", "v1"]})
    >>> rows = Rows("friends.csv", table, rejects("friends.csv", []))
    >>> good, bad = read_friends(rows, "a", "b", pa.table({"person": ["ada"]}), pa.table({"messenger": ["v1"]}))
    >>> good.to_pylist(), bad["row"].to_pylist()
    ([{'person': 'ada', 'messenger': 'v1'}], [2])
    """
    known, speak = set(people["person"].to_pylist()), set(volunteers["messenger"].to_pylist())
    wrong: list[tuple[int, str, str | None, str]] = []
    pairs: dict[tuple[str, str], None] = {}
    cells = zip(*(rows.table[name].to_pylist() for name in ("_row", person, messenger)), strict=True)
    for row, one, other in cells:
        if one not in known:
            wrong.append((row, person, one, "nobody has this id in the file of people"))
        elif other not in speak:
            wrong.append((row, messenger, other, "nobody speaks for the campaign under this id"))
        else:
            pairs.setdefault((one, other))
    table = pa.table(
        {
            "person": pa.array([one for one, _ in pairs], pa.string()),
            "messenger": pa.array([other for _, other in pairs], pa.string()),
        }
    )
    return table, pa.concat_tables([rows.rejected, rejects(rows.file, wrong)])


def teams_of(people: pa.Table, rows: pa.Table, sql: str, file: str) -> list[str | None]:
    """The team whose each of the people is.

    Args:
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people.
        sql: an expression over a row.
        file: where it stands, for errors.

    >>> teams_of(pa.table({"row": [7]}), pa.table({"_row": [7], "ward": ["north"]}), "ward", "campaign.toml")
    ['north']
    """
    found = evaluate({"team_of": sql}, rows, file=file, section="sources.messengers")["team_of"]
    place = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    told: list[str | None] = pc.cast(found, pa.string()).take(place).to_pylist()
    return told


def _problem(
    row: Mapping[str, object], known: set[str], seen: Mapping[str, int], channels: Sequence[str]
) -> tuple[str, str] | None:
    """What is wrong first with a messenger: the role, and why."""
    return next(_problems(row, known, seen, channels), None)


def _problems(
    row: Mapping[str, object], known: set[str], seen: Mapping[str, int], channels: Sequence[str]
) -> Iterator[tuple[str, str]]:
    messenger, person = str(row["messenger"]), row["person"]
    if messenger in seen:
        yield "messenger", f"stands already in row {seen[messenger]}"
    if person is not None and person not in known:
        yield "person", "nobody has this id in the file of people"
    if person is None and not row.get("name"):
        yield "person", "is blank, and no name is given: nobody could be told who calls"
    if "consent" in row and row["consent"] is None:
        yield "consent", "is blank: whoever speaks must have agreed to it"
    unknown = [one for one in words_of(row.get("languages")) if language_of(one) is None]
    if unknown:
        yield "languages", f"{unknown[0]} is no language; expected two letters, such as en or es"
    said = str(row.get("channels") or "").replace(",", " ").replace(";", " ").lower().split()
    strange = [one for one in said if one not in channels]
    if strange:
        yield "channels", f"{strange[0]} is no channel that somebody carries; expected {', '.join(channels)}"
