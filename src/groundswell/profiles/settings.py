"""``[traits]``, ``[topics]`` and ``[scores]`` of a campaign's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Sensitivity = Literal["public", "personal", "special"]


class TraitSpec(BaseModel):
    """A declared fact about a person, in its long form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str = Field(description="one SQL expression over the row of the file of people")
    type: Literal["number", "category", "yes/no"] | None = Field(None, description="left out: what the SQL gives")
    share: Literal["household"] | None = Field(None, description="household: all members have what one of them has")
    at: str | None = Field(None, description="the column with the day it became known: none after the past was sent")
    sensitivity: Sensitivity = Field("personal", description="public, personal or special")


class TopicSpec(BaseModel):
    """What messages are about, and what shows that somebody cares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = Field(min_length=1, description="a sentence that describes it; its words are looked for in remarks")
    words: list[str] = Field([], description="further words that show it in a remark, in any language")
    events: list[str] = Field([], description="events that show it")
    interest: str | None = Field(None, description="an SQL expression over the row: declared interest, 0 to 100")


class ScoreSpec(BaseModel):
    """The probability of an answer or an action, for everybody, from those of whom it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str = Field(min_length=1, description="what it is the chance of, such as  would vote for the levy")
    answer: str | None = Field(None, description="an SQL condition over the row; blank for whoever was not asked")
    action: str | None = Field(None, description="instead of an answer: an action, which people did or did not")
    where: str | None = Field(None, description="an SQL condition over the row: of whom it is told")
    of: list[str] | None = Field(None, description="the traits that it is learnt from; left out: all of them")
    factors: list[str] | None = Field(
        None, description="traits whose levels have one spread; left out: those that are texts"
    )
    weight: str | None = Field(None, description="an SQL expression over the row: what an answer counts")
    rake: list[str] = Field([], description="traits by which those who answered are weighted to be like everybody")
    margins: dict[str, dict[str, float]] = Field({}, description="trait -> level -> its share, known from elsewhere")
    areas: list[str] = Field([], description="traits by whose levels it is told as well, such as a district")
    at: str | None = Field(None, description="the column with the day of the answer")
    sensitivity: Sensitivity = Field("personal", description="public, personal or special")


@dataclass(frozen=True)
class Topic:
    """A checked topic; see ``TopicSpec``."""

    name: str
    about: str
    words: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    interest: str | None = None


@dataclass(frozen=True)
class Trait:
    """A checked trait."""

    name: str
    sql: str
    type: str | None = None
    share: str | None = None
    at: str | None = None
    sensitivity: Sensitivity = "personal"


@dataclass(frozen=True)
class Score:
    """A checked score; see ``ScoreSpec``."""

    name: str
    say: str
    answer: str | None = None
    action: str | None = None
    where: str | None = None
    of: tuple[str, ...] | None = None
    factors: tuple[str, ...] | None = None
    weight: str | None = None
    rake: tuple[str, ...] = ()
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    areas: tuple[str, ...] = ()
    at: str | None = None
    sensitivity: Sensitivity = "personal"
