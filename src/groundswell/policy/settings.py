"""``[limits]`` and ``[learning]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from groundswell.policy.held_out import Everywhere


class LimitSpec(BaseModel):
    """Something scarce, in one grammar for all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str = Field(description="what is scarce: money, contacts, or a name from a channel's uses")
    at_most: float | None = Field(None, ge=0, description="the most there may be")
    at_least: float | None = Field(None, ge=0, description="the least there must be: a floor, met even where it costs")
    per: Literal["person", "household", "endpoint"] | None = Field(
        None, description="for each person, household or endpoint: patience"
    )
    within: str | None = Field(None, description='with per: the window, such as "30 days"')
    where: str | None = Field(None, description="an SQL condition over the row: only these people count")
    channel: str | None = Field(None, description="only what goes through this channel counts")
    message: str | None = Field(None, description="only what says this message counts: a quota")
    messenger: str | None = Field(None, description="only what this messenger says counts: somebody's time")


@dataclass(frozen=True)
class Limit:
    """A checked limit; ``within`` in days, ``at_most`` infinite and ``at_least`` 0 where there is none."""

    name: str
    of: str
    at_most: float
    per: str | None = None
    within: int | None = None
    where: str | None = None
    channel: str | None = None
    at_least: float = 0.0
    message: str | None = None
    messenger: str | None = None


def most_of(limits: Sequence[Limit]) -> NDArray[np.float64]:
    """(limits without ``per``,) the most there may be of each scarce thing.

    >>> most_of([Limit("budget", "money", 9.0), Limit("patience", "contacts", 1, "person", 30)])
    array([9.])
    """
    return np.array([limit.at_most for limit in limits if limit.per is None], dtype=np.float64)


def least_of(limits: Sequence[Limit]) -> NDArray[np.float64]:
    """(limits without ``per``,) the least there must be of each, minus infinity where there is no floor.

    >>> least_of([Limit("budget", "money", 9.0), Limit("north", "contacts", np.inf, at_least=300.0)])
    array([-inf, 300.])
    """
    floors = np.array([limit.at_least for limit in limits if limit.per is None], dtype=np.float64)
    return np.where(floors > 0, floors, -np.inf)


class LearningSpec(BaseModel):
    """How much of a round is drawn at random, so that it teaches the next one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pilot: float = Field(0.3, ge=0, le=1, description="the share of the money that a round without evidence may spend")
    least_interest: float = Field(
        25.0, ge=0, le=100, description="a message is closed to people who care less than this about all of its topics"
    )
    explore: float = Field(0.05, ge=0, lt=1, description="share of units whose option is drawn at random")
    holdout: float = Field(0.05, ge=0, lt=1, description="share of units never contacted, the same in each round")
    holdout_everywhere: float = Field(
        0.0, ge=0, lt=1, description="share of units never contacted by any campaign with the same holdout_key"
    )
    holdout_key: str | None = Field(None, description="what the campaigns have in common that share holdout_everywhere")
    from_whom: float = Field(
        0.25, ge=0, le=1, description="share of calls and visits whose messenger is drawn by chance: it shows who fits"
    )

    @property
    def everywhere(self) -> Everywhere | None:
        """The holdout shared with other campaigns; None where there is none."""
        return Everywhere(self.holdout_key or "", self.holdout_everywhere) if self.holdout_everywhere else None

    @property
    def held(self) -> float:
        """The share that is held out in all: the two are drawn apart."""
        return 1 - (1 - self.holdout) * (1 - self.holdout_everywhere) if self.holdout_everywhere else self.holdout
