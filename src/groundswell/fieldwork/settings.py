"""``[fieldwork]``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FieldworkSpec(BaseModel):
    """How calls and visits become lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    doors: int = Field(60, ge=1, description="at most so many doors to a turf")
    latitude: str | None = Field(
        None, description="SQL over the row: degrees north of the door; with it walks have a map"
    )
    longitude: str | None = Field(None, description="SQL over the row: degrees east")
