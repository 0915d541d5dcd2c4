"""``groundswell lists``: a calling list for each volunteer and a walk list for each turf, and who has which."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from groundswell.campaigns.folder import BY_MESSENGER, Shelf
from groundswell.campaigns.inputs import Arrived, shown_today
from groundswell.campaigns.played import Round, last_round, settings_of
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.speaking import STRAYS, carried, volunteers_of, whose
from groundswell.campaigns.standing import purpose_of
from groundswell.channels import kind_of
from groundswell.delivery import read_list, template_variables
from groundswell.fieldwork import (
    SPOKEN,
    TURFS,
    Crew,
    Entry,
    HandList,
    Move,
    after,
    crew_of,
    draw_turf,
    gather_lists,
    refuse_move,
    teams_of,
    turf_places,
    walk_words,
)
from groundswell.messages import render, variables_of
from groundswell.profiles import shown_by_all
from groundswell.tables import Contract, Table, empty, read, read_json, write_json, write_text
from groundswell.tables.csv import lines_as_csv
from groundswell.tables.xlsx import write_xlsx
from groundswell.trust.briefing import Briefing, Said, choose_messages
from groundswell.trust.sheets import Door, Line, Sheet, SheetWords
from groundswell.vocabulary import file_name, messenger_of, split_option

_MOVES = "moves.json"


@dataclass(frozen=True)
class Lists:
    """A round's lists, as they stand.

    Attributes:
        round: its number.
        lists: one entry each: name, channel, messenger, called, team, people, doors, minutes, kilometres, file.
        folder: where they were written.
        strays: places on the map that cannot be.
    """

    round: int
    lists: list[dict[str, Any]]
    folder: Path
    strays: int

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "format": 1,
            "round": self.round,
            "lists": self.lists,
            "folder": str(self.folder),
            "strays": self.strays,
        }


def lists_of(folder: Path, *, team: str | None = None) -> Lists:
    """Write the last round's lists, as the ledger and the organisers have them now.

    Args:
        folder: the campaign's.
        team: only those of one team are told; all are written.

    Raises:
        CampaignError: when there is no finished round.
    """
    done = last_round(folder)
    settings = settings_of(folder, done)
    field = _Field(settings, done)
    told = field.write()
    shown = [one for one in told if team is None or one["team"] == team]
    return Lists(done.number, shown, field.place, field.strays)


def hand_out(folder: Path, move: Move) -> tuple[str, str]:
    """Take, return or put in order a list, as its team's organiser.

    Args:
        folder: the campaign's.
        move: what is done.

    Returns:
        The list, and the name of who has it.

    Raises:
        CampaignError: when the organiser may not, or whoever shall take it cannot.
    """
    done = last_round(folder)
    settings = settings_of(folder, done)
    field = _Field(settings, done)
    people = field.arrived.people
    teams = dict(zip(people["person"].to_pylist(), whose(settings, field.arrived) or (), strict=False))
    languages = dict(zip(people["person"].to_pylist(), people["language"].to_pylist(), strict=True))
    refuse_move(move, field.lists, field.crew, teams, languages)
    write_json({"format": 1, "moves": [one._asdict() for one in (*field.moves, move)]}, done.path / _MOVES)
    _Field(settings, done).write()
    taker = move.messenger or move.by
    return move.name, field.crew[taker].name if move.what == "take" else ""


def write_again(settings: Settings, path: Path, number: int) -> None:
    """Bring the lists of a round up to date that were written: somebody was taken off one."""
    if (path / "lists" / BY_MESSENGER).exists():
        _Field(settings, Round(number, path, read_json(path / "summary.json"))).write()


class _Shown(NamedTuple):
    """What is known of people, by id."""

    interests: Mapping[str, list[dict[str, Any]]]
    did: Mapping[str, list[dict[str, Any]]]


class _Field:
    """A round's lists, and all that their sheets say."""

    def __init__(self, settings: Settings, done: Round) -> None:
        self.settings, self.done = settings, done
        self.language = settings.spec.languages[0]
        self.words = SheetWords(self.language)
        self.place = done.path / "lists" / BY_MESSENGER
        self.people, rows = read(done.path / "people.parquet"), read(done.path / "rows.parquet")
        self.arrived = Arrived("", rows, self.people, ())
        source = settings.spec.sources.messengers
        self.crew: dict[str, Crew] = crew_of(
            volunteers_of(settings, self.people)[0], self.people, own_home=source is not None and source.own_home
        )
        self.moves = [Move(**(one | {"first": tuple(one["first"])})) for one in _moves(done.path)]
        strays = done.path / STRAYS
        self.strays = read(strays).num_rows if strays.exists() else 0
        ids = self.people["person"].to_pylist()
        lines = {
            name: read_list(done.path / "lists" / f"{kind_of(name).list_name}.csv", ids) for name in carried(settings)
        }
        need = {name: _hours(settings, name) for name in lines}
        spoken, turfs = _table(done.path / "spoken.parquet", SPOKEN), _table(done.path / "turfs.parquet", TURFS)
        gathered = gather_lists(
            lines, empty(SPOKEN) if spoken is None else spoken, empty(TURFS) if turfs is None else turfs, need
        )
        self.lists = after(gathered, self.moves)

    def write(self) -> list[dict[str, Any]]:
        """Write every list anew; what is said of each."""
        draft = self.place.with_name(f".{BY_MESSENGER}.part")
        shutil.rmtree(draft, ignore_errors=True)
        shown = self._shown()
        told = []
        for one in self.lists:
            told.append(self._told(one))
            sheet = self._sheet(one, shown)
            write_text(sheet.page(self.language), draft / f"{one.name}.html")
            header, lines = self._lines(one, sheet)
            write_text(lines_as_csv(header, lines), draft / f"{one.name}.csv")
            write_xlsx(header, lines, draft / f"{one.name}.xlsx", sheet=one.name)
        for page in self._briefings():
            name = f"brief-{file_name(page.manager)}"
            write_text(page.page(self.language), draft / f"{name}.html")
            told.append(self._told_briefing(name, page))
        shutil.rmtree(self.place, ignore_errors=True)
        if draft.exists():
            draft.rename(self.place)
        return told

    def _briefings(self) -> Iterator[Briefing]:
        """One page a team, for channels that a colleague, a manager or the top carries."""
        ids = self.people["person"].to_pylist()
        lines: dict[str, dict[str, str]] = {}
        for name, channel in self.settings.channels.items():
            if channel.by and not channel.matched:
                path = self.done.path / "lists" / f"{kind_of(name).list_name}.csv"
                lines |= {line["person"]: line for line in read_list(path, ids)}
        if not lines:
            return
        managers = dict(zip(ids, self.people["manager"].to_pylist(), strict=True))
        team = {person: manager for person, manager in managers.items() if manager is not None}
        called = dict(zip(ids, self.people["name"].to_pylist(), strict=True))
        site = self._sites(ids)
        options = {person: line["option"] for person, line in lines.items()}
        chosen = choose_messages(options, team, site, smallest=purpose_of(self.settings).minimum_group)
        when = self.words.say(
            "sheet.round", round=self.done.number, day=self.words.write.date(self.done.summary["today"])
        )
        for manager, brought in chosen.items():
            mine = [person for person, of in team.items() if of == manager]
            if brought:
                yield Briefing(
                    self.settings.spec.name,
                    when,
                    called.get(manager) or manager,
                    manager,
                    len(mine),
                    site.get(manager, ""),
                    tuple(self._said(option, mine, lines, called.get(manager) or "") for option in brought),
                )

    def _said(self, option: str, team: list[str], lines: Mapping[str, Mapping[str, str]], manager: str) -> Said:
        message, channel = split_option(option)
        who = messenger_of(option) or ""
        said = self.settings.messages[message]
        text = said.text_for(channel, self.language)
        known = template_variables([], [], self.settings.together)
        body = render(said, text, [dict.fromkeys(variables_of(text, said, known))])[0].body
        heard = [lines[one]["messenger_name"] for one in team if one in lines and lines[one]["option"] == option]
        name = manager if who == "manager" else (heard[0] if heard else "")
        return Said(message, who, name, _unwrapped(body))

    def _sites(self, ids: list[str]) -> dict[str, str]:
        column = self.settings.people.roles().get("site")
        if column is None or column not in self.arrived.rows.column_names:
            return {}
        told = teams_of(self.people, self.arrived.rows, f'"{column}"', str(self.settings.file))
        return {person: place or "" for person, place in zip(ids, told, strict=True)}

    def _told_briefing(self, name: str, one: Briefing) -> dict[str, Any]:
        empty_of = dict.fromkeys(("team", "doors", "minutes", "kilometres"))
        told = {"name": name, "channel": "briefing", "messenger": one.manager, "called": one.team, "people": one.people}
        return (
            told
            | empty_of
            | {"messages": [said.message for said in one.said], "file": f"lists/{BY_MESSENGER}/{name}.html"}
        )

    def _shown(self) -> _Shown:
        """What people care about and what shows it; nothing where the purpose keeps that from others."""
        path = self.done.path / "interests.parquet"
        if purpose_of(self.settings).individual is not None or not path.exists() or not self.lists:
            return _Shown({}, {})
        wanted = {person for one in self.lists for person in one.persons}
        with TemporaryDirectory() as place:
            events, remarks = shown_today(self.settings, Shelf(Path(place), lambda _: None), self.people)
        today = date.fromisoformat(self.done.summary["today"])
        did = shown_by_all(wanted, self.settings.topics, events, remarks, today=today)
        return _Shown(_by_person(read(path), wanted), did)

    def _told(self, one: HandList) -> dict[str, Any]:
        has = self.crew.get(one.messenger or "")
        return {
            "name": one.name,
            "channel": one.channel,
            "messenger": one.messenger,
            "called": has.name if has else one.messenger,
            "team": has.team if has else None,
            "people": len(one.people),
            "doors": len({entry.door.get("turn") for entry in one.people}) if one.people[0].door else None,
            "minutes": self._minutes(one),
            "kilometres": None if one.metres is None else walk_words(one.metres)[0],
            "file": f"lists/{BY_MESSENGER}/{one.name}.html",
        }

    def _minutes(self, one: HandList) -> int:
        return round(one.need * 60)

    def _sheet(self, one: HandList, shown: _Shown) -> Sheet:
        say, words, write = self.words.say, self.words, self.words.write
        told = self._told(one)
        day = write.date(self.done.summary["today"])
        lead = [words.people(told["people"])]
        picture, pictured = "", ""
        if told["doors"]:
            number = one.name.removeprefix("walk-")
            title = say("sheet.walk_for" if told["called"] else "sheet.walk", list=number, name=told["called"] or "")
            if one.metres is None:
                lead.append(say["sheet.no_map"])
            else:
                counts = {"doors": write.count(told["doors"]), "people": write.count(told["people"])}
                lead = [say("sheet.doors", km=write.short(told["kilometres"]), **counts)]
                pictured = say("sheet.map", list=number, doors=told["doors"])
                east, north, labels = turf_places(one)
                picture = draw_turf(east, north, title=pictured, labels=labels, north_is=say["sheet.north"])
        else:
            title = say("sheet.calls", name=told["called"]) if told["called"] else say["sheet.calls_open"]
        lead.append(say("sheet.hours", n=told["minutes"]))
        return Sheet(
            campaign=self.settings.spec.name,
            when=say("sheet.round", round=self.done.number, day=day),
            title=title,
            lead=tuple(lead),
            doors=tuple(self._doors(one, shown)),
            boxes=words.boxes(one.channel),
            map=picture,
            pictured=pictured,
        )

    def _doors(self, one: HandList, shown: _Shown) -> Iterator[Door]:
        behind: list[tuple[str, list[Line]]] = []
        for number, entry in enumerate(one.people, start=1):
            place = (entry.door.get("door") or entry.line.get("address") or "") if one.channel == "door" else ""
            if not behind or behind[-1][0] != place or not place:
                behind.append((place, []))
            behind[-1][1].append(self._line(number, one, entry, shown))
        for place, lines in behind:
            yield Door(place, tuple(lines))

    def _line(self, number: int, one: HandList, entry: Entry, shown: _Shown) -> Line:
        say, person = self.words.say, entry.line["person"]
        said: list[tuple[str, tuple[str, ...]]] = []
        concerns = self.words.concerns(shown.interests.get(person, ()), shown.did.get(person, ()))
        said += [(say["sheet.concerns"], concerns)] if concerns else []
        mine = entry.spoken.get("messenger") == one.messenger and one.messenger is not None
        why = self.words.why_you(entry.spoken) if mine else ()
        said += [(say["sheet.why"], why)] if why and purpose_of(self.settings).individual is None else []
        language = entry.line.get("language")
        told = say.get(f"sheet.speaks.{language}", language or "")
        said += [(say["sheet.language"], (told,))] if language and len(self.settings.spec.languages) > 1 else []
        reach = entry.line.get("phone", "") if one.channel != "door" else ""
        return Line(number, entry.line.get("name") or person, reach, tuple(said), _unwrapped(entry.line["text"]))

    def _lines(self, one: HandList, sheet: Sheet) -> tuple[list[str], list[list[object]]]:
        """The same as a table to type results into: ``groundswell import FILE --as outcomes`` reads it."""
        contact = [name for name in ("phone", "address", "language") if name in one.people[0].line]
        terms = [self.words.say[f"sheet.{name}"] for name in ("concerns", "why")]
        header = ["key", "person", "name", *contact, *terms, "text", "disposition", "result", "note"]
        told = [line for door in sheet.doors for line in door.people]
        lines: list[list[object]] = []
        for entry, line in zip(one.people, told, strict=True):
            facts = dict(line.told)
            said = ["; ".join(facts.get(term, ())) for term in terms]
            row = [entry.line["key"], entry.line["person"], line.name, *(entry.line[name] for name in contact)]
            lines.append([*row, *said, line.text, "", "", ""])
        return header, lines


def _unwrapped(text: str) -> str:
    """A text as it is spoken: lines broken for the file are joined, paragraphs stay."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _hours(settings: Settings, channel: str) -> float:
    return sum(hours for thing, hours in settings.channels[channel].uses.items() if thing.endswith("hours"))


def _moves(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json(path / _MOVES)["moves"] if (path / _MOVES).exists() else []
    return found


def _table(path: Path, contract: Contract) -> Table:
    return read(path) if path.exists() else empty(contract)


def _by_person(table: Table, wanted: set[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        if row["person"] in wanted:
            found.setdefault(row["person"], []).append(row)
    return found
