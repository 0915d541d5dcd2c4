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


@dataclass(frozen=True)
class Trait:
    """A checked trait."""

    name: str
    sql: str
    type: str | None = None
    share: str | None = None
    at: str | None = None
    sensitivity: Sensitivity = "personal"
