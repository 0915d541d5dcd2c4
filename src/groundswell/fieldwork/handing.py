"""Lists of a round, one a messenger on the telephone and one a turf at the doors; and what organisers did with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.fieldwork.calls import DOORS
from groundswell.fieldwork.speakers import language_of as short_language
from groundswell.fieldwork.speakers import speakers_of
from groundswell.vocabulary import CampaignError, file_name, nearest

_OPEN = "open"
"""The list of those to whom nobody speaks yet."""


class Entry(NamedTuple):
    """One person on a list: the line of the channel's list, who speaks to them, and the door (contract ``TURFS``)."""

    line: Mapping[str, str]
    spoken: Mapping[str, Any]
    door: Mapping[str, Any]


class HandList(NamedTuple):
    """One list.

    Attributes:
        name: ``call-`` and the messenger, or the turf.
        channel: through which.
        messenger: who has it; None: nobody.
        people: who stands on it, in order.
        need: hours.
        metres: of the walk; None on the telephone, and where there is no map.
    """

    name: str
    channel: str
    messenger: str | None
    people: tuple[Entry, ...]
    need: float
    metres: float | None = None

    @property
    def persons(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(entry.line["person"] for entry in self.people)


class Crew(NamedTuple):
    """Who speaks for the campaign, as an organiser must know them.

    Attributes:
        name: what they are called.
        team: theirs, or None.
        hours: what they give to one round.
        most: people they speak to at most.
        channels: what they carry; None: everything.
        languages: what they speak; None: not known.
        organiser: True for whoever may hand out the lists of the own team.
        at_home: persons to whom they may not speak: themself and those they live with.
    """

    name: str
    team: str | None
    hours: float
    most: float
    channels: frozenset[str] | None
    languages: frozenset[str] | None
    organiser: bool
    at_home: frozenset[str] = frozenset()


class Move(NamedTuple):
    """What an organiser did with a list: ``take``, ``return`` or ``order``.

    Attributes:
        what: one of the three.
        name: the list.
        by: the organiser.
        messenger: who takes it; None: the organiser.
        first: persons who shall stand first, in this order.
        on: the day.
    """

    what: str
    name: str
    by: str
    messenger: str | None = None
    first: tuple[str, ...] = ()
    on: str = ""


def gather_lists(
    lines: Mapping[str, Sequence[Mapping[str, str]]], spoken: pa.Table, turfs: pa.Table, need: Mapping[str, float]
) -> list[HandList]:
    """The lists of a round, by name.

    Args:
        lines: channel that somebody carries -> the lines of its list, with ``person``.
        spoken: contract ``SPOKEN``.
        turfs: contract ``TURFS``.
        need: channel -> hours for one person.

    >>> from groundswell.fieldwork.doors import TURFS
    >>> from groundswell.tables import empty
    >>> spoken = pa.table({"person": ["ada"], "messenger": ["v1"]})
    >>> lists = gather_lists({"phone": [{"person": "ada"}]}, spoken, empty(TURFS), {"phone": 0.1})
    >>> [(one.name, one.persons) for one in lists]
    [('call-v1', ('ada',))]
    """
    who = {row["person"]: row for row in spoken.to_pylist()}
    where = {row["person"]: row for row in turfs.to_pylist()}
    called = _file_names({row["messenger"] for row in who.values() if row["messenger"] is not None})
    found: dict[str, list[Entry]] = {}
    channel_of: dict[str, str] = {}
    for channel, mine in lines.items():
        for line in mine:
            row, door = who.get(line["person"], {}), where.get(line["person"])
            stem = {"phone": "call", DOORS: "visit"}.get(channel, channel)
            name = f"{stem}-{called.get(row.get('messenger') or '', _OPEN)}"
            if channel == DOORS and door is not None:
                name = door["turf"]
            found.setdefault(name, []).append(Entry(line, row, door or {}))
            channel_of[name] = channel
    return [_list(name, channel_of[name], entries, need[channel_of[name]]) for name, entries in sorted(found.items())]


def _file_names(messengers: Collection[str]) -> dict[str, str]:
    """Messenger -> their part of a file's name; no two are one file where large and small letters are the same."""
    plain = {one: file_name(one).casefold() for one in messengers}
    count = Counter([_OPEN, *plain.values()])
    return {one: file_name(one, marked=count[plain[one]] > 1) for one in messengers}


def _list(name: str, channel: str, entries: Sequence[Entry], need: float) -> HandList:
    order = sorted(entries, key=lambda entry: entry.door.get("turn", 0))
    messenger = next((entry.spoken["messenger"] for entry in order if entry.spoken.get("messenger")), None)
    metres = order[0].door.get("metres")
    return HandList(name, channel, messenger, tuple(order), need * len(order), metres)


def crew_of(volunteers: pa.Table, people: pa.Table, *, own_home: bool = False) -> dict[str, Crew]:
    """Messenger -> what an organiser must know of them.

    Args:
        volunteers: contract ``VOLUNTEERS``.
        people: contract ``people.PEOPLE``.
        own_home: True where volunteers may speak to those they live with.

    >>> table = pa.table({"messenger": ["v1"], "person": ["eve"], "hours": [2.0], "team": ["north"], "organiser": [True]})
    >>> people = pa.table({"person": ["eve", "ben"], "name": ["Eve", "Ben"], "household": ["h", "h"]})
    >>> found = crew_of(table, people)["v1"]
    >>> found.name, found.team, found.organiser, sorted(found.at_home)
    ('Eve', 'north', True, ['ben', 'eve'])
    """
    home = np.asarray(people["household"].combine_chunks().dictionary_encode().indices, dtype=np.int64)
    members: dict[int, list[str]] = {}
    for person, code in zip(people["person"].to_pylist(), home.tolist(), strict=True):
        members.setdefault(code, []).append(person)
    speakers = speakers_of(volunteers, people, home)
    chief = dict(zip(volunteers["messenger"].to_pylist(), volunteers["organiser"].to_pylist(), strict=True))
    return {
        one: Crew(
            speakers.names[place] or one,
            speakers.teams[place],
            float(speakers.hours[place]),
            float(speakers.most[place]),
            speakers.channels[place],
            speakers.languages[place],
            bool(chief[one]),
            frozenset() if own_home else frozenset(members.get(int(speakers.home[place]), ())),
        )
        for place, one in enumerate(speakers.ids)
    }


def turf_places(one: HandList) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """(doors,) metres east and north of a turf's doors, in the order of the list, and the number each begins with there.

    >>> door = {"turn": 0, "east": 10.0, "north": 20.0}
    >>> entries = tuple(Entry({"person": one}, {}, door) for one in ("ada", "ben"))
    >>> turf_places(HandList("walk-01", "door", None, entries, 0.2))
    (array([10.]), array([20.]), ['1'])
    """
    doors: dict[int, tuple[float, float, int]] = {}
    for number, entry in enumerate(one.people, start=1):
        doors.setdefault(entry.door["turn"], (entry.door["east"], entry.door["north"], number))
    places = np.array(list(doors.values()), dtype=np.float64)
    return places[:, 0], places[:, 1], [str(number) for _, _, number in doors.values()]


def after(lists: Sequence[HandList], moves: Sequence[Move]) -> list[HandList]:
    """The lists as organisers left them.

    >>> entry = Entry({"person": "ada"}, {}, {})
    >>> lists = [HandList("walk-01", "door", "v1", (entry,), 1.0)]
    >>> [one.messenger for one in after(lists, [Move("return", "walk-01", "v9"), Move("take", "walk-01", "v9", "v2")])]
    ['v2']
    """
    found = {one.name: one for one in lists}
    for move in moves:
        one = found.get(move.name)
        if one is None:
            continue
        if move.what == "take":
            found[move.name] = one._replace(messenger=move.messenger or move.by)
        elif move.what == "return":
            found[move.name] = one._replace(messenger=None)
        else:
            place = {person: at for at, person in enumerate(move.first)}
            order = sorted(one.people, key=lambda entry: place.get(entry.line["person"], len(place)))
            found[move.name] = one._replace(people=tuple(order))
    return list(found.values())


def refuse_move(
    move: Move,
    lists: Sequence[HandList],
    crew: Mapping[str, Crew],
    team_of: Mapping[str, str | None],
    language_of: Mapping[str, str | None],
) -> None:
    """Refuse what an organiser may not do: an organiser acts for the own team, and within what everybody gives.

    Args:
        move: what is wanted.
        lists: as they stand.
        crew: messenger -> who they are.
        team_of: person -> whose they are.
        language_of: person -> their language, or None.

    Raises:
        CampaignError: saying what is wrong, and what to do.

    >>> ann = Crew("Ann", "north", 5.0, 99.0, None, None, organiser=True)
    >>> lists = [HandList("walk-01", "door", None, (Entry({"person": "ada"}, {}, {}),), 1.0)]
    >>> refuse_move(Move("take", "walk-01", "v1"), lists, {"v1": ann}, {"ada": "north"}, {})
    >>> refuse_move(Move("take", "walk-01", "v1"), lists, {"v1": ann}, {"ada": "south"}, {})
    Traceback (most recent call last):
    groundswell.vocabulary.errors.CampaignError: walk-01 is another team's...
    """
    mine = _one(lists, move.name)
    organiser = _known(crew, move.by, "--by")
    if not organiser.organiser or organiser.team is None:
        raise _refused(
            f"{organiser.name} hands out no lists.",
            "--by",
            move.by,
            "an organiser with a team: [sources.messengers] organiser and team",
            "Ask the team's organiser, or the campaign.",
        )
    strange = sorted(
        {
            str(team_of.get(person))
            for person in mine.persons
            if team_of.get(person) is not None and team_of[person] != organiser.team
        }
    )
    holder = crew.get(mine.messenger or "")
    if strange or (holder is not None and holder.team not in {None, organiser.team}):
        whose = ", ".join(strange) or str(holder.team if holder else "")
        raise _refused(
            f"{move.name} is another team's.",
            "--by",
            f"people of {whose}",
            f"a list of {organiser.team}",
            "Ask the organiser of that team.",
        )
    if move.what == "order":
        unknown = [person for person in move.first if person not in mine.persons]
        if unknown:
            near = nearest(unknown[0], mine.persons)
            raise _refused(
                f"{unknown[0]} is not on {move.name}.",
                "--first",
                unknown[0],
                "people of the list",
                f"Did you mean {near}?" if near else "See who is on it with  groundswell lists.",
            )
    if move.what == "take":
        _refuse_taker(move, mine, organiser, lists, crew, language_of)


def _refuse_taker(
    move: Move,
    mine: HandList,
    organiser: Crew,
    lists: Sequence[HandList],
    crew: Mapping[str, Crew],
    language_of: Mapping[str, str | None],
) -> None:
    taker = _known(crew, move.messenger or move.by, "--for")
    if taker.team != organiser.team:
        raise _refused(
            f"{taker.name} is not of this team.",
            "--for",
            str(taker.team),
            f"somebody of {organiser.team}",
            "Give it to somebody of the team.",
        )
    if taker.channels is not None and mine.channel not in taker.channels:
        raise _refused(
            f"{taker.name} does not carry {mine.channel}.",
            "--for",
            ", ".join(sorted(taker.channels)),
            mine.channel,
            "Give it to somebody who does.",
        )
    own = sorted(taker.at_home.intersection(mine.persons))
    if own:
        raise _refused(
            f"{taker.name} lives with somebody on {mine.name}.",
            "--for",
            own[0],
            "a list with nobody of the own home",
            "Give it to somebody else.",
        )
    spoken = {language for person in mine.persons if (language := short_language(language_of.get(person) or ""))}
    if taker.languages is not None and not spoken <= taker.languages:
        raise _refused(
            f"{taker.name} does not speak {', '.join(sorted(spoken - taker.languages))}.",
            "--for",
            ", ".join(sorted(taker.languages)),
            ", ".join(sorted(spoken)),
            "Give it to somebody who does.",
        )
    held = [one for one in lists if one.messenger == (move.messenger or move.by) and one.name != mine.name]
    hours, people = sum(one.need for one in held), sum(len(one.people) for one in held)
    if hours + mine.need > taker.hours + 1e-9:
        raise _refused(
            f"{taker.name} has not the hours for {move.name}.",
            "--for",
            f"{taker.hours:g} hours, {hours:.2g} of them given to other lists",
            f"{mine.need:.2g} hours more",
            "Give it to somebody else, or raise their hours in the file of messengers.",
        )
    if people + len(mine.people) > taker.most + 1e-9:
        raise _refused(
            f"{taker.name} speaks to {taker.most:g} people at most.",
            "--for",
            f"{people} on other lists",
            f"{len(mine.people)} more",
            "Give it to somebody else.",
        )


def _one(lists: Sequence[HandList], name: str) -> HandList:
    for one in lists:
        if one.name == name:
            return one
    near = nearest(name, [one.name for one in lists])
    raise _refused(
        f'There is no list "{name}".',
        "list",
        name,
        "one of the round's lists",
        f'Did you mean "{near}"?' if near else "See them with  groundswell lists.",
    )


def _known(crew: Mapping[str, Crew], messenger: str, key: str) -> Crew:
    if messenger in crew:
        return crew[messenger]
    near = nearest(messenger, crew)
    raise _refused(
        f'Nobody speaks for the campaign as "{messenger}".',
        key,
        messenger,
        "the id of a messenger",
        f'Did you mean "{near}"?' if near else "Look into the file of [sources.messengers].",
    )


def _refused(message: str, key: str, found: str, expected: str, hint: str) -> CampaignError:
    return CampaignError(message, key=key, found=found, expected=expected, hint=hint)
