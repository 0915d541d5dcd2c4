"""``[limits]`` and ``[learning]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class LimitSpec(BaseModel):
    """Something scarce, in one grammar for all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str = Field(description="what is scarce: money, contacts, or a name from a channel's uses")
    at_most: float = Field(ge=0, description="the most there may be")
    per: Literal["person", "household", "endpoint"] | None = Field(
        None, description="for each person, household or endpoint: patience"
    )
    within: str | None = Field(None, description='with per: the window, such as "30 days"')
    where: str | None = Field(None, description="an SQL condition over the row: only these people count")
    channel: str | None = Field(None, description="only what goes through this channel counts")


@dataclass(frozen=True)
class Limit:
    """A checked limit; ``within`` in days."""

    name: str
    of: str
    at_most: float
    per: str | None = None
    within: int | None = None
    where: str | None = None
    channel: str | None = None


class LearningSpec(BaseModel):
    """How much of a round is drawn at random, so that it teaches the next one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pilot: float = Field(0.3, ge=0, le=1, description="the share of the money that a round without evidence may spend")
    least_interest: float = Field(
        25.0, ge=0, le=100, description="a message is closed to people who care less than this about all of its topics"
    )
    explore: float = Field(0.05, ge=0, lt=1, description="share of units whose option is drawn at random")
    holdout: float = Field(0.05, ge=0, lt=1, description="share of units never contacted, the same in each round")
