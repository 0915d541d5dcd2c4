"""The doors of a round: who lives behind each, where it is, and the turf it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.channels import Channel
from groundswell.fieldwork.calls import DOORS, addressed
from groundswell.fieldwork.turfs import cut_turfs, flat, stray
from groundswell.tables import Contract, evaluate, rejects
from groundswell.vocabulary import NOTHING, split_option

TURFS = Contract(
    "turfs",
    {
        "person": pa.string(),
        "turf": pa.string(),
        "turn": pa.int64(),
        "door": pa.string(),
        "east": pa.float64(),
        "north": pa.float64(),
        "metres": pa.float64(),
    },
    nullable=frozenset({"east", "north", "metres"}),
)
"""Who is visited in which turf: ``turn`` is the door's place in the walk, ``door`` its address. ``metres`` is the length
of the walk; blank, as ``east`` and ``north``, where the doors have no place on the map and stand street by street."""


def turfs_of(
    people: pa.Table,
    rows: pa.Table,
    decisions: pa.Table,
    channels: Mapping[str, Channel],
    *,
    doors: int,
    latitude: str | None = None,
    longitude: str | None = None,
    teams: Sequence[str | None] | None = None,
    file: str = "",
) -> tuple[pa.Table, pa.Table]:
    """Cut the doors that are to be knocked at into turfs.

    Args:
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people.
        decisions: contract ``DECISIONS``.
        channels: by id; nothing is cut unless somebody carries ``door``.
        doors: at most so many to a turf.
        latitude: SQL over the row: degrees north; None: there is no map, and doors stand street by street.
        longitude: degrees east.
        teams: (people,) whose each is: no turf holds people of two teams.
        file: where the expressions stand, for errors.

    Returns:
        Contract ``TURFS``, and contract ``REJECTED`` of places that cannot be: these doors stand street by street.

    >>> people = {"person": ["ada", "ben"], "unit": ["ada", "ben"], "household": ["1", "1"], "row": [1, 2]}
    >>> people |= {"address": ["4 Elm St"] * 2, "address_key": ["4 ELM ST"] * 2, "stop": [False] * 2}
    >>> made = pa.table({"unit": ["ada"], "option": ["hello/door"]})
    >>> door = {"door": Channel("door", "person", {}, {"walk_hours": 0.1}, ("volunteer",))}
    >>> found, _ = turfs_of(pa.table(people), pa.table({"_row": [1, 2]}), made, door, doors=20)
    >>> found.select(["person", "turf", "door"]).to_pylist()
    [{'person': 'ada', 'turf': 'walk-01', 'door': '4 Elm St'}]
    """
    door = channels.get(DOORS)
    mine = _visited(people, decisions, door) if door and door.matched else np.zeros(0, dtype=np.int64)
    if not len(mine):
        return _nothing(), rejects("", [])
    wanted = people.take(pa.array(mine))
    where = _places(wanted, rows, latitude, longitude, file)
    wrong, why = stray(*where) if latitude else (np.zeros(0, np.int64), [])
    told = rejects(
        file,
        [
            (row, "latitude, longitude", f"{where[0][place]:g}, {where[1][place]:g}", reason)
            for row, place, reason in zip(wanted["row"].take(pa.array(wrong)).to_pylist(), wrong, why, strict=True)
        ],
    )
    where[:, wrong] = np.nan
    names = [teams[at] for at in mine.tolist()] if teams else [None] * len(mine)
    behind = _behind(wanted)
    return TURFS.check(_cut(wanted, behind, where, names, doors)), told


def number_and_street(address: str) -> tuple[int | None, str]:
    """The number of a house, and its street, in one form.

    >>> number_and_street("12 Elm Street, Apt 3"), number_and_street("Calle Mayor 7"), number_and_street("The Mill")
    ((12, 'elm street'), (7, 'calle mayor'), (None, 'the mill'))
    """
    first = address.split(",", maxsplit=1)[0].strip().lower()
    found = re.match(r"(\d+)\S*\s+(.+)", first) or re.match(r"(.+?)\s+(\d+)\S*$", first)
    if found is None:
        return None, first
    one, other = found.groups()
    return (int(one), other) if one.isdigit() else (int(other), one)


def _visited(people: pa.Table, decisions: pa.Table, channel: Channel) -> NDArray[np.int64]:
    """Places of those who are visited."""
    options = [
        option
        for option in pc.unique(decisions["option"]).to_pylist()
        if option != NOTHING and split_option(option)[1] == DOORS
    ]
    units = decisions.filter(pc.is_in(decisions["option"], value_set=pa.array(options, pa.string())))["unit"]
    able = pc.and_(pc.is_in(people["unit"], value_set=units.combine_chunks()), pc.invert(people["stop"]))
    rows = np.flatnonzero(able.to_numpy().astype(bool)).astype(np.int64)
    return rows[addressed(people, rows, [channel] * len(rows))]


def _places(
    people: pa.Table, rows: pa.Table, latitude: str | None, longitude: str | None, file: str
) -> NDArray[np.float64]:
    """(2, n) degrees; NaN where they are not known."""
    if latitude is None or longitude is None:
        return np.full((2, people.num_rows), np.nan)
    said = {name: f"try_cast({sql} as double)" for name, sql in (("latitude", latitude), ("longitude", longitude))}
    found = evaluate(said, rows, file=file, section="fieldwork")
    place = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    return np.array([found[name].take(place).to_numpy(zero_copy_only=False).astype(np.float64) for name in said])


def _behind(people: pa.Table) -> list[str]:
    """What tells one door from another: the address in one form, else who lives together."""
    addresses = people["address_key"].to_pylist() if "address_key" in people.column_names else [None] * people.num_rows
    return [address or home for address, home in zip(addresses, people["household"].to_pylist(), strict=True)]


def _cut(
    people: pa.Table,
    behind: Sequence[str],
    where: NDArray[np.float64],
    teams: Sequence[str | None],
    most: int,
) -> pa.Table:
    told = people["address"].to_pylist()
    first: dict[tuple[str | None, str], int] = {}
    for place, key in enumerate(zip(teams, behind, strict=True)):
        first.setdefault(key, place)
    spots = np.array(list(first.values()), dtype=np.int64)
    keys = sorted({team for team, _ in first}, key=lambda team: (team is None, team or ""))
    team = np.array([keys.index(one) for one, _ in first], dtype=np.int64)
    numbers = [number_and_street(told[spot] or "") for spot in spots.tolist()]
    mapped = np.isfinite(where[:, spots]).all(axis=0)
    on, off = np.flatnonzero(mapped), np.flatnonzero(~mapped)
    east, north = flat(where[0, spots[on]], where[1, spots[on]])
    odd = np.array([(numbers[spot][0] or 0) % 2 for spot in on.tolist()], dtype=np.int64) == 1
    walks = cut_turfs(east, north, doors=most, odd=odd, team=team[on])
    turf = np.zeros(len(spots), dtype=np.int64)
    turn, metres, spread = turf.copy(), np.full(len(spots), np.nan), np.full((2, len(spots)), np.nan)
    turf[on], turn[on], metres[on] = walks.turf, walks.turn, walks.metres[walks.turf] if len(on) else 0.0
    spread[:, on] = east, north
    turf[off], turn[off] = _by_street(off, team, numbers, most, start=len(walks.metres))
    names = _names(turf, team, keys)
    door_of = {key: spot for spot, key in enumerate(first)}
    rows = [door_of[key] for key in zip(teams, behind, strict=True)]
    found = pa.table(
        {
            "person": people["person"],
            "turf": [names[int(turf[row])] for row in rows],
            "turn": turn[rows],
            "door": pa.array([told[spots[row]] or "" for row in rows], pa.string()),
            "east": pa.array(spread[0, rows], from_pandas=True),
            "north": pa.array(spread[1, rows], from_pandas=True),
            "metres": pa.array(metres[rows], from_pandas=True),
        }
    )
    return found.cast(pa.schema(TURFS.columns)).sort_by(
        [("turf", "ascending"), ("turn", "ascending"), ("person", "ascending")]
    )


def _by_street(
    spots: NDArray[np.int64],
    team: NDArray[np.int64],
    numbers: Sequence[tuple[int | None, str]],
    most: int,
    start: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turfs of doors without a place on the map: street by street, one side up and the other down again."""

    def along(spot: int) -> tuple[int, str, int, int]:
        number, street = numbers[spot]
        side = (number or 0) % 2
        return int(team[spot]), street, side, -(number or 0) if side else (number or 0)

    order = sorted(range(len(spots)), key=lambda place: along(int(spots[place])))
    turf, turn = np.zeros(len(spots), dtype=np.int64), np.zeros(len(spots), dtype=np.int64)
    number, count, last = start - 1, most, -1
    for place in order:
        mine = int(team[spots[place]])
        if count == most or mine != last:
            number, count, last = number + 1, 0, mine
        turf[place], turn[place] = number, count
        count += 1
    return turf, turn


def _names(turf: NDArray[np.int64], team: NDArray[np.int64], keys: Sequence[str | None]) -> dict[int, str]:
    """Turf -> what it is called: walk-north-03."""
    found: dict[int, str] = {}
    counted: dict[str, int] = {}
    for number, whose in _first_of(turf, team):
        name = re.sub(r"[^a-z0-9]+", "-", (keys[whose] or "").lower()).strip("-")
        stem = f"walk-{name}" if name else "walk"
        counted[stem] = counted.get(stem, 0) + 1
        found[number] = f"{stem}-{counted[stem]:02d}"
    return found


def _first_of(turf: NDArray[np.int64], team: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    numbers, place = np.unique(turf, return_index=True)
    for number, at in zip(numbers.tolist(), place.tolist(), strict=True):
        yield number, int(team[at])


def _nothing() -> pa.Table:
    return pa.table({name: pa.array([], kind) for name, kind in TURFS.columns.items()})
