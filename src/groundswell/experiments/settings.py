"""An experiment as ``campaign.toml`` declares it: said before anything is drawn, so that nobody can choose afterwards."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ExperimentSpec(BaseModel):
    """One question that chance shall answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, description="what it shall answer, in one sentence")
    arms: dict[str, float] = Field(min_length=2, description='option, or "nothing" -> the share that is drawn for it')
    baseline: str | None = Field(
        None, description='what the others are compared with; left out: "nothing", or the first'
    )
    by: str | None = Field(
        None, description="what is drawn: person, household, team, or a column; left out: what one decision is about"
    )
    within: str | list[str] = Field(
        [], description="the shares are kept within each value of these, such as a district"
    )
    where: str | None = Field(
        None, description="who may take part: a condition on the person's row; left out: everybody"
    )
    size: int | None = Field(
        None, ge=2, description="at most so many are drawn; left out: all to whom every arm is open"
    )
    action: str | None = Field(None, description="the action that decides; left out: the goal")
    window: str | None = Field(
        None, description="how long after the draw an action counts; left out: as the action has it"
    )
    also: list[str] = Field([], description="further actions to report, corrected for their number")
    past: list[str] = Field(
        [], description="traits known before the draw that foretell the action: they narrow the interval"
    )
    effect: float | None = Field(None, gt=0, description="the smallest effect per person that would matter")

    @property
    def compared_with(self) -> str:
        """The baseline."""
        return self.baseline or ("nothing" if "nothing" in self.arms else next(iter(self.arms)))

    @property
    def blocks(self) -> tuple[str, ...]:
        """Within what the shares are kept."""
        return (self.within,) if isinstance(self.within, str) else tuple(self.within)
