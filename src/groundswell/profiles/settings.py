"""``[traits]``, ``[topics]`` and ``[scores]`` of a campaign's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Sensitivity = Literal["public", "personal", "special"]


class NearSpec(BaseModel):
    """How far somebody lives from a place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latitude: str = Field(description="the column with the degrees north")
    longitude: str = Field(description="the column with the degrees east")
    of: tuple[float, float] = Field(description="degrees north and east of the place")


class TraitSpec(BaseModel):
    """A declared fact about a person, in its long form: SQL, or one of the facts that need none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str | None = Field(None, description="one SQL expression over the row of the file of people")
    events: str | None = Field(
        None, description="instead: a topic; how often somebody did of late what shows interest in it"
    )
    since: str | None = Field(None, description="instead: a column with a date; the years since then")
    age_band: str | None = Field(None, description="instead: a column with a year or date of birth; 25 to 34, say")
    near: NearSpec | None = Field(None, description="instead: the kilometres from a place")
    type: Literal["number", "category", "yes/no"] | None = Field(None, description="left out: what the SQL gives")
    share: Literal["household", "team"] | None = Field(
        None, description="household: all members have what one of them has; team: the mean of the team"
    )
    at: str | None = Field(None, description="the column with the day it became known: none after the past was sent")
    sensitivity: Sensitivity = Field("personal", description="public, personal or special")


class TopicSpec(BaseModel):
    """What messages are about, and what shows that somebody cares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = Field(min_length=1, description="a sentence that describes it; its words are looked for in remarks")
    words: list[str] = Field([], description="further words that show it in a remark, in any language")
    events: list[str] = Field([], description="events that show it")
    interest: str | None = Field(None, description="an SQL expression over the row: declared interest, 0 to 100")
    position: str | None = Field(
        None, description="an SQL expression over the row: where somebody stands, -100 (against) to 100 (for)"
    )
    share: Literal["household"] | None = Field(
        None, description="household: of whom nothing is known, half of what is known of those at home"
    )


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
    position: str | None = None
    share: str | None = None


@dataclass(frozen=True)
class Trait:
    """A checked trait.

    Attributes:
        name: its id.
        sql: the expression; empty where ``events`` says what is counted.
        type: ``number``, ``category``, ``yes/no``; None: what the SQL gives.
        share: ``household`` or ``team``.
        at: the column with the day it became known.
        sensitivity: how careful to be with it.
        events: the topic whose events are counted.
        columns: those of the file that a built-in trait reads, and their types where the file does not say.
    """

    name: str
    sql: str
    type: str | None = None
    share: str | None = None
    at: str | None = None
    sensitivity: Sensitivity = "personal"
    events: str | None = None
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def built_in(self) -> bool:
        """Needs no SQL of the campaign's, and changes with the day."""
        return self.events is not None or bool(self.columns)


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
