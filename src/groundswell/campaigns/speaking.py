"""Who speaks to whom in a round, and what earlier rounds showed of who fits."""

from __future__ import annotations

from typing import Any

from groundswell.campaigns.blocking import read_own, turned_away
from groundswell.campaigns.columns import friend_columns, messenger_columns
from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.inputs import Arrived, CameBack, topic_columns
from groundswell.campaigns.settings import Settings
from groundswell.fieldwork import (
    SPOKEN,
    TURFS,
    VOLUNTEERS,
    Planned,
    plan_calls,
    read_friends,
    read_volunteers,
    teams_of,
    turfs_of,
)
from groundswell.sources import Rows
from groundswell.tables import REJECTED, Table, concat, empty, read, write, write_json

FROM_WHOM = "from-whom"
"""In a round's folder: what the choice of messengers is worth, and what makes one fit."""
_REJECTED = "messengers-rejected.parquet"
STRAYS = "strays.parquet"
"""Places on the map that cannot be; whoever lives there is visited all the same."""


def carried(settings: Settings) -> list[str]:
    """The channels for which a volunteer is found."""
    return [name for name, channel in settings.channels.items() if channel.matched]


def volunteers_of(settings: Settings, people: Table) -> tuple[Table, Table]:
    """Whoever can speak for the campaign, contract ``VOLUNTEERS``, and the rows that cannot be used."""
    source = settings.spec.sources.messengers
    if source is None:
        return empty(VOLUNTEERS), empty(REJECTED)
    rows = read_own(settings, source, messenger_columns(source), key="sources.messengers")
    table, away = turned_away(settings, rows.table, id_column=source.person, file=rows.file)
    kept = Rows(rows.file, table, concat([rows.rejected, away]))
    return read_volunteers(kept, source.roles(), people, carried(settings))


def friends_of(settings: Settings, people: Table, volunteers: Table) -> tuple[Table | None, Table]:
    """``person`` and ``messenger`` of those who know each other, and the rows that cannot be used."""
    source = settings.spec.sources.friends
    if source is None:
        return None, empty(REJECTED)
    rows = read_own(settings, source, friend_columns(source), key="sources.friends")
    table, away = turned_away(settings, rows.table, id_column=source.person, file=rows.file)
    kept = Rows(rows.file, table, concat([rows.rejected, away]))
    return read_friends(kept, source.person, source.messenger, people, volunteers)


def find_messengers(
    settings: Settings, shelf: Shelf, arrived: Arrived, heard: CameBack, *, traits: Table, decisions: Table
) -> Table:
    """Who speaks to whom, where a channel is carried by somebody: contract ``SPOKEN``."""
    source = settings.spec.sources.messengers
    if source is None or not carried(settings):
        return empty(SPOKEN)

    teams = whose(settings, arrived)
    turfs = find_turfs(settings, shelf, arrived, decisions=decisions, teams=teams)

    def made() -> Table:
        volunteers, bad = volunteers_of(settings, arrived.people)
        friends, strangers = friends_of(settings, arrived.people, volunteers)
        write(concat([bad, strangers]), shelf.path / _REJECTED)
        number = decisions["round"].to_pylist()[0]
        planned = plan_calls(
            arrived.people,
            traits,
            decisions,
            volunteers,
            settings.channels,
            key=f"{settings.spec.name}|{number}",
            alike=source.alike,
            by_chance=settings.spec.learning.from_whom,
            earlier=_spoken_before(settings, number),
            outcomes=heard.outcomes,
            language=settings.spec.languages[0],
            teams=teams,
            own_home=source.own_home,
            knows=friends,
            topics=topic_columns(settings, traits),
            turfs=dict(zip(turfs["person"].to_pylist(), turfs["turf"].to_pylist(), strict=True)),
        )
        write_json(_told(planned, arrived.people.num_rows), shelf.path / f"{FROM_WHOM}.json")
        return planned.spoken

    return SPOKEN.check(shelf.table("spoken", made))


def whose(settings: Settings, arrived: Arrived) -> list[str | None] | None:
    """The team whose each of the people is; None where there are no teams."""
    source = settings.spec.sources.messengers
    if source is None or source.team_of is None:
        return None
    return teams_of(arrived.people, arrived.rows, source.team_of, str(settings.file))


def find_turfs(
    settings: Settings, shelf: Shelf, arrived: Arrived, *, decisions: Table, teams: list[str | None] | None
) -> Table:
    """The doors of a round in turfs: contract ``TURFS``."""
    said = settings.spec.fieldwork

    def made() -> Table:
        table, strays = turfs_of(
            arrived.people,
            arrived.rows,
            decisions,
            settings.channels,
            doors=said.doors,
            latitude=said.latitude,
            longitude=said.longitude,
            teams=teams,
            file=arrived.file,
        )
        write(strays, shelf.path / STRAYS)
        return table

    return TURFS.check(shelf.table("turfs", made))


def told_from_whom(shelf: Shelf) -> dict[str, Any] | None:
    """What a round says of its messengers; None where nobody carries anything."""
    path = shelf.path / f"{FROM_WHOM}.json"
    found: dict[str, Any] | None = shelf.json(FROM_WHOM, dict) if path.exists() else None
    return found


def rejected_messengers(shelf: Shelf) -> list[Table]:
    """Rows of the file of messengers, and places on the map, that could not be used."""
    paths = (shelf.path / _REJECTED, shelf.path / STRAYS)
    return [read(path) for path in paths if path.exists()]


def _spoken_before(settings: Settings, number: int) -> dict[int, Table]:
    paths = {earlier: round_path(settings.folder, earlier) / "spoken.parquet" for earlier in range(1, number)}
    return {earlier: read(path) for earlier, path in paths.items() if path.exists()}


def _told(planned: Planned, people: int) -> dict[str, Any]:
    """Gains are per person of all, as everywhere; what each messenger adds alone is told nobody."""
    spoken = planned.spoken
    calls = spoken.num_rows - spoken["messenger"].null_count
    worth = planned.worth
    return {
        "calls": spoken.num_rows,
        "made": calls,
        "drawn": sum(spoken["drawn"].to_pylist()),
        "messengers": len(set(spoken["messenger"].to_pylist()) - {None}),
        "learnt_from": planned.fit.calls,
        "gain": None if worth is None else {name: value / people for name, value in worth.gain.as_json().items()},
        "already": 0.0 if worth is None else worth.already * calls / people,
        "fit": [
            {"face": name, "weight": float(weight), "effect": None if effect is None else effect.as_json()}
            for name, weight, effect in planned.fit.told()
        ],
    }
