"""The decisions as lists, one a channel, and who was left out and why.

A list is the last guard before people are contacted, so consent is asked once more here: whoever said stop is on no list,
whatever the plan says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.channels import Channel, kind_of
from groundswell.delivery.voices import Voices
from groundswell.messages import Message, Text, render, variables_of
from groundswell.policy import closed_by_rule, endpoints
from groundswell.profiles import trait_columns
from groundswell.sources import ROLES
from groundswell.tables import write_text
from groundswell.tables.csv import lines_as_csv
from groundswell.vocabulary import NOTHING, escaped, messenger_of, split_option, words

LEFT_OUT = "left-out.csv"
LEFT_OUT_HEADER = ["unit", "reason", "in words", "propensity"]


@dataclass(frozen=True)
class HandOver:
    """The lists that were written.

    Attributes:
        lists: channel -> (file name, rows).
        left_out: units on the list of those left out.
        withheld: people the plan would have contacted and the last guard did not.
    """

    lists: dict[str, tuple[str, int]]
    left_out: int
    withheld: int


def hand_over(
    folder: Path,
    *,
    people: pa.Table,
    rows: pa.Table,
    traits: pa.Table,
    decisions: pa.Table,
    rules: pa.Table,
    channels: Mapping[str, Channel],
    messages: Mapping[str, Message],
    campaign: str,
    language: str,
    spoken: pa.Table | None = None,
    barred: pa.Table | None = None,
    together: str = "household",
) -> HandOver:
    """Write one list a channel and the list of those left out.

    Args:
        folder: where to.
        people: contract ``PEOPLE``.
        rows: the typed rows of the file of people.
        traits: the people's traits.
        decisions: contract ``DECISIONS``, one row a unit.
        rules: the table of open and closed options, in the order of the decisions.
        channels: by id.
        messages: by id.
        campaign: the campaign's name.
        language: of the words on the list of those left out.
        spoken: who speaks to whom, with ``person``, ``messenger`` and ``name``; None: nobody has to.
        barred: contract ``people.BARRED``: which channels the ledger closes to whom, as it stands at this moment.
        together: what a text calls those who are decided for together: household or team.
    """
    book = _Book(people, rows, traits, campaign, spoken, together, Voices(people, barred, campaign))
    found: dict[str, tuple[str, int]] = {}
    withheld = 0
    listed: set[str] = set()
    for name, channel in channels.items():
        kind = kind_of(name)
        book.closed = closed_to(people, channel, barred)
        lines, units, stopped = _channel_lines(book, decisions, name, channel, messages)
        withheld += stopped
        listed |= units
        file = f"{kind.list_name}.csv"
        shows = [role for role in kind.shows if people[role].null_count < people.num_rows]
        caller = ["messenger", "messenger_name"] if channel.by else []
        header = ["key", "option", *caller, "household", "person", *shows, "subject", "text", "propensity"]
        write_text(lines_as_csv(header, lines), folder / file)
        found[name] = (file, len(lines))
    left = list(_left_out(decisions, rules, listed, language))
    write_text(lines_as_csv(LEFT_OUT_HEADER, left), folder / LEFT_OUT)
    return HandOver(found, len(left), withheld)


def closed_to(people: pa.Table, channel: Channel, barred: pa.Table | None) -> list[bool]:
    """For each of the people, True where nothing may be sent to them through a channel.

    Args:
        people: contract ``PEOPLE``.
        channel: the channel.
        barred: contract ``people.BARRED``, as the ledger has it at this moment.
    """
    shares = channel.reaches == "endpoint" and kind_of(channel.name).needs is not None
    shared = endpoints(people, channel, "", barred) if shares else None
    closed = closed_by_rule(people, channel, barred, shared)["consent"]
    if channel.reaches == "household":
        stopped = set(people.filter(pa.array(closed))["unit"].to_pylist())
        return [unit in stopped for unit in people["unit"].to_pylist()]
    found: list[bool] = closed.tolist()
    return found


class _Book:
    """Everybody's words, found by unit."""

    def __init__(
        self,
        people: pa.Table,
        rows: pa.Table,
        traits: pa.Table,
        campaign: str,
        spoken: pa.Table | None,
        together: str,
        voices: Voices,
    ) -> None:
        told = [] if spoken is None else spoken.select(["person", "messenger", "name"]).to_pylist()
        self.messenger = {row["person"]: (row["messenger"], row["name"]) for row in told}
        self.people, self.rows, self.traits, self.campaign = people, rows, traits, campaign
        self.together, self.voices = together, voices
        self.closed: Sequence[bool] = ()
        self.members: dict[str, list[int]] = {}
        for place, unit in enumerate(people["unit"].to_pylist()):
            self.members.setdefault(unit, []).append(place)
        self.row_of = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks()).to_pylist()
        self._columns: dict[str, list[Any]] = {}

    def speaker(self, option: str, place: int) -> tuple[str | None, str | None]:
        """Who says an option to somebody: a volunteer's id and name, or the part they play in the organisation and theirs."""
        who, person = messenger_of(option), self.role("person", place)
        return self.messenger.get(person, ("", "")) if who is None else (who, self.voices.of(option, person))

    def known(self) -> list[str]:
        """Every variable a text may use."""
        return template_variables(self.rows.column_names, trait_columns(self.traits), self.together)

    def role(self, name: str, place: int) -> Any:  # noqa: ANN401 - a cell
        return self._column(f"role {name}", self.people, name)[place]

    def words(self, paths: Sequence[str], place: int, members: list[int]) -> dict[str, Any]:
        """The values of a text's variables for one person of a unit."""
        return {path: self._value(path, place, members) for path in paths}

    def _value(self, path: str, place: int, members: list[int]) -> Any:  # noqa: ANN401 - a cell
        room, _, name = path.partition(".")
        if room == "campaign":
            return self.campaign
        if room == self.together:
            return self._of_all(name, members)
        if name == "first_name" and "first_name" not in self.rows.column_names:
            full = self.role("name", place)
            return full.split()[0] if full else None
        if name in ROLES and (name not in self.rows.column_names or self.role(name, place) is not None):
            return self.role(name, place)
        if name in trait_columns(self.traits):
            return _plain(self._column(f"trait {name}", self.traits, name)[place])
        return _plain(self._column(f"row {name}", self.rows, name)[self.row_of[place]])

    def _of_all(self, name: str, members: list[int]) -> Any:  # noqa: ANN401 - a cell
        if name == "size":
            return len(members)
        if name == "names":
            return ", ".join(full for member in members if (full := self.role("name", member)))
        values = [_plain(self._column(f"trait {name}", self.traits, name)[member]) for member in members]
        numbers = [value for value in values if isinstance(value, int | float)]
        return _plain(sum(numbers) / len(numbers)) if numbers else next((value for value in values if value), None)

    def _column(self, key: str, table: pa.Table, name: str) -> list[Any]:
        if key not in self._columns:
            self._columns[key] = table[name].to_pylist()
        return self._columns[key]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A number as people write it: 34, not 34.0; a blank where there is none."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def template_variables(columns: Sequence[str], traits: Sequence[str], together: str = "household") -> list[str]:
    """Every variable a message's text may use: of the person, the household or team, and the campaign.

    >>> template_variables(["town"], ["age"])[-6:]
    ['person.age', 'person.town', 'household.size', 'household.names', 'household.age', 'campaign.name']
    """
    person = dict.fromkeys([*ROLES, "first_name", *traits, *(name for name in columns if name != "_row")])
    of_all = ["size", "names", *(name for name in traits if not name.startswith("household_"))]
    return [*(f"person.{name}" for name in person), *(f"{together}.{name}" for name in of_all), "campaign.name"]


def _channel_lines(
    book: _Book, decisions: pa.Table, name: str, channel: Channel, messages: Mapping[str, Message]
) -> tuple[list[list[object]], set[str], int]:
    """The lines of one channel's list, in the order of the decisions; whose units; how many people were withheld."""
    mine = [option for option in pc.unique(decisions["option"]).to_pylist() if _goes_through(option, name)]
    wanted = decisions.filter(pc.is_in(decisions["option"], value_set=pa.array(mine, pa.string())))
    kind, known = kind_of(name), book.known()
    shows = [role for role in kind.shows if book.people[role].null_count < book.people.num_rows]
    groups: dict[tuple[str, Text], list[int]] = {}
    lines: list[list[object]] = []
    variables: list[dict[str, Any]] = []
    variables_by_text: dict[Text, tuple[str, ...]] = {}
    units: set[str] = set()
    withheld = 0
    for row in wanted.select(["unit", "option", "propensity", "key"]).to_pylist():
        members = book.members[row["unit"]]
        addressees, stopped = _addressees(book, members, channel, kind.needs)
        withheld += stopped
        message = messages[split_option(row["option"])[0]]
        for place in addressees:
            caller = book.speaker(row["option"], place) if channel.by else ()
            if messenger_of(row["option"]) and caller[-1:] == (None,):
                withheld += 1
                continue
            text = message.text_for(name, book.role("language", place))
            if text not in variables_by_text:
                variables_by_text[text] = variables_of(text, message, known)
            paths = variables_by_text[text]
            groups.setdefault((message.id, text), []).append(len(lines))
            variables.append(book.words(paths, place, members))
            key = (
                row["key"] if channel.reaches == "household" else f"{row['key']}:{escaped(book.role('person', place))}"
            )
            cells = [book.role(role, place) for role in shows]
            home = book.role("household", place)
            home = "" if home.startswith("person:") else home
            person = book.role("person", place)
            units.add(row["unit"])
            lines.append([key, row["option"], *caller, home, person, *cells, "", "", row["propensity"]])
    for (identity, text), places in groups.items():
        rendered = render(messages[identity], text, [variables[place] for place in places])
        for place, said in zip(places, rendered, strict=True):
            lines[place][-3:-1] = [said.subject, said.body]
    return lines, units, withheld


def _goes_through(option: str, channel: str) -> bool:
    return option != NOTHING and split_option(option)[1] == channel


def _addressees(book: _Book, members: list[int], channel: Channel, needs: str | None) -> tuple[list[int], int]:
    """Whom a sending is addressed to; and how many the last guard withholds."""
    stopped = sum(book.closed[place] for place in members)
    reachable = [place for place in members if not book.closed[place]]
    if needs and book.people[needs].null_count < book.people.num_rows:
        reachable = [place for place in reachable if book.role(f"{needs}_key", place)]
    if channel.reaches == "household":
        return (reachable[:1], 0) if not stopped else ([], len(members))
    return reachable, 0 if reachable else stopped


def _left_out(decisions: pa.Table, rules: pa.Table, listed: set[str], language: str) -> Iterator[list[object]]:
    """Every unit that is on no list, and why."""
    say = words(language)
    closing = [name for name in rules.column_names if name.startswith("rule:")]
    by_option = [rules[name].to_pylist() for name in closing]
    nothing = zip(
        decisions["unit"].to_pylist(),
        decisions["option"].to_pylist(),
        decisions["reason"].to_pylist(),
        decisions["propensity"].to_pylist(),
        strict=True,
    )
    for place, (unit, option, reason, propensity) in enumerate(nothing):
        if unit in listed:
            continue
        told = reason
        if option != NOTHING:  # the last guard found what the plan did not
            told = "stop"
        elif reason == "closed":
            told = next((column[place] for column in by_option if column[place] != "open"), "expired")
        yield [unit, told, say(f"left_out.{told}"), propensity]
