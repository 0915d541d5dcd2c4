"""``[channels]``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VOLUNTEER = "volunteer"
Reach = Literal["person", "household", "endpoint"]


class ChannelSpec(BaseModel):
    """One way a message can travel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reaches: Reach = Field(description="whom one sending reaches: person, household or endpoint")
    cost: float | dict[str, float] = Field(0.0, description="money for one sending, or message -> money")
    uses: dict[str, float] = Field({}, description="other scarce things one sending uses, such as caller_hours")
    by: list[Literal["volunteer", "peer", "manager", "top"]] = Field(
        [],
        description="who carries it: volunteer, from [sources.messengers]; peer, manager, top: of the own organisation",
    )


@dataclass(frozen=True)
class Channel:
    """A checked channel.

    Attributes:
        name: its id.
        reaches: whom one sending reaches; through an ``endpoint`` it reaches one person, and a stop or a contact counts
            for all who share it.
        cost: money for one sending of each message; ``*`` for those not named.
        uses: scarce thing -> how much one sending uses.
        by: who carries it; empty where nobody has to.
    """

    name: str
    reaches: Reach
    cost: dict[str, float]
    uses: dict[str, float] = field(default_factory=dict)
    by: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Is there a volunteer to be found for each sending?"""
        return VOLUNTEER in self.by

    def speakers(self, said_by: tuple[str, ...] = ()) -> tuple[str | None, ...]:
        """Who may say a message through it, as parts of its options; None: nobody is part of them.

        >>> Channel("briefing", "person", {}, by=("peer", "top")).speakers()
        ('peer', 'top')
        >>> Channel("phone", "person", {}, by=("volunteer",)).speakers()
        (None,)
        """
        if not set(self.by) - {VOLUNTEER}:
            return (None,)
        return tuple(one for one in self.by if not said_by or one in said_by)

    def money(self, message: str) -> float:
        """What one sending of a message costs.

        >>> Channel("post", "household", {"*": 0.6, "self": 0.9}).money("self")
        0.9
        """
        return self.cost.get(message, self.cost.get("*", 0.0))
