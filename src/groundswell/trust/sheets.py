"""A list as a sheet to print: large type, what to say to whom and why, boxes for what came of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from groundswell.trust.figures import Figures
from groundswell.trust.pages import page_of
from groundswell.trust.teller import Teller
from groundswell.vocabulary import words

PHONE_BOXES = ("reached", "not-home", "left-message", "call-back", "refused", "wrong-number", "do-not-call", "deceased")
DOOR_BOXES = ("reached", "not-home", "inaccessible", "language", "refused", "moved", "deceased")
_CARES = 50  # of 100, from which something concerns somebody
_SHOWN = 3  # things that show what somebody cares about


class Line(NamedTuple):
    """One person on a sheet.

    Attributes:
        number: the place on the list.
        name: theirs.
        reach: the telephone number; blank at a door.
        told: what is told of them: a term, and what is said to it.
        text: the words to say.
    """

    number: int
    name: str
    reach: str
    told: tuple[tuple[str, tuple[str, ...]], ...]
    text: str


class Door(NamedTuple):
    """People at one door; ``place`` is blank on the telephone."""

    place: str
    people: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """A list as it is printed.

    Attributes:
        campaign: its name.
        when: the round and its day.
        title: whose list it is.
        lead: sentences above the list.
        doors: the people, door by door.
        boxes: what may come of it.
        map: an SVG; blank where there is none.
        pictured: what the map shows, in words.
    """

    campaign: str
    when: str
    title: str
    lead: tuple[str, ...]
    doors: tuple[Door, ...]
    boxes: tuple[str, ...]
    map: str = ""
    pictured: str = ""

    @property
    def picture(self) -> str:
        """The map as it stands in the page."""
        return f"data:image/svg+xml;base64,{b64encode(self.map.encode()).decode()}" if self.map else ""

    def page(self, language: str) -> str:
        """The sheet as HTML, complete in itself.

        Args:
            language: of the words.
        """
        return page_of("sheet.html", words="sheet", say=words(language), sheet=self, styles=("style.css", "sheet.css"))


class SheetWords:
    """What is said on sheets, in one language."""

    def __init__(self, language: str) -> None:
        self.teller = Teller({"campaign": {"language": language}})
        self.say, self.write = self.teller.say, Figures(self.teller.say)

    def why_you(self, spoken: Mapping[str, Any]) -> tuple[str, ...]:
        """Why this messenger: a row of who speaks to whom."""
        if spoken.get("messenger") is None:
            return (self.say["sheet.open"],)
        if spoken.get("drawn"):
            return (self.say["sheet.by_chance"],)
        same = list(spoken.get("alike") or ())
        alike = [self.teller.trait(name) for name in same if name != "knows"]
        found = [self.say["sheet.knows"]] if "knows" in same else []
        found += [self.say("sheet.alike", traits=", ".join(alike))] if alike else []
        faces = dict(zip(spoken.get("faces") or (), spoken.get("like") or (), strict=False))
        found += [self.say["sheet.again"]] if faces.get("again") else []
        return tuple(found) or (self.say["sheet.hours_only"],)

    def concerns(self, interests: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """What somebody cares about, the most first, and what shows it.

        Args:
            interests: rows of contract ``INTERESTS`` of one person.
            shown: ``topic, kind, what, at`` of one person, the latest first.
        """
        found = []
        cared = [row for row in interests if row["interest"] >= _CARES]
        for row in sorted(cared, key=lambda one: (-one["interest"], one["topic"]))[:_SHOWN]:
            topic = self.teller.trait(row["topic"].replace("-", "_"))
            told = [self.say("sheet.cares", topic=topic, interest=round(row["interest"]))]
            told += [self.say("sheet.declared", n=round(row["declared"]))] if row["declared"] is not None else []
            told += [self.say("sheet.at_home", n=round(row["at_home"]))] if row["at_home"] is not None else []
            for one in [one for one in shown if one["topic"] == row["topic"]][:_SHOWN]:
                said = {"what": one["what"], "day": self.write.date(one["at"].isoformat())}
                told.append(self.say(f"sheet.{one['kind']}", **said))
            found.append(f"{told[0]} ({', '.join(told[1:])})" if told[1:] else told[0])
        return tuple(found)

    def boxes(self, channel: str) -> tuple[str, ...]:
        """What may come of it."""
        return tuple(self.say[f"disposition.{one}"] for one in (DOOR_BOXES if channel == "door" else PHONE_BOXES))

    def people(self, count: int) -> str:
        """12 people."""
        return self.say["sheet.people_one"] if count == 1 else self.say("sheet.people_many", n=self.write.count(count))
