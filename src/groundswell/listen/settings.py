"""``[actions]``: what people may do, and what the past is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ActionSpec(BaseModel):
    """One action people may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    goal: bool = Field(False, description="true for exactly one action: the one that counts")
    value: float = Field(1.0, gt=0, description="what one action (or one unit of its amount) is worth, in money")
    kind: Literal["event", "amount"] = Field("event", description="event: it happened or not; amount: how much")
    within: str | None = Field(None, description='how long after a contact it still counts, such as "21 days"')
    rate: float | None = Field(
        None, gt=0, lt=1, description="the share who do it anyway, where known: for a pilot's power"
    )
    shows: Literal["acted", "agreed", "opened"] = Field(
        "acted",
        description="what it is evidence of: they acted, they only agreed, or they only opened; the goal is acted",
    )


@dataclass(frozen=True)
class Action:
    """A checked action; ``within`` in days, None without a window; ``rate`` as declared."""

    name: str
    goal: bool
    value: float
    kind: Literal["event", "amount"]
    within: int | None
    rate: float | None = None
    shows: Literal["acted", "agreed", "opened"] = "acted"


@dataclass(frozen=True)
class Past:
    """Where past treatments stand, whichever file they are in.

    Attributes:
        option: the column that says what was received.
        options: what the file calls it -> our option.
        propensity: the column with the probability of what was received; None: taken from ``drawn``.
        drawn_by: ``person``, ``household`` or ``team``: the unit that was drawn.
        within: the column of the randomisation block; None: one block.
        at: the column with the day it was sent.
    """

    option: str
    options: dict[str, str] = field(default_factory=dict)
    propensity: str | None = None
    drawn_by: Literal["person", "household", "team"] = "person"
    within: str | None = None
    at: str | None = None
