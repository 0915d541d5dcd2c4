"""``[traits]``: one SQL expression over the row each."""

from __future__ import annotations

from dataclasses import dataclass
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
