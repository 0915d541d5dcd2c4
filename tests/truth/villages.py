"""What a village's campaign would give the planner: its letters, and everything open."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from groundswell.messages import Message
from groundswell.messages.files import parse_message
from groundswell.policy import Openness
from groundswell.uplift import Evidence


def letters() -> dict[str, Message]:
    """The three letters, without their texts."""
    names = ("neighbours", "new-faces", "calendar")
    return {name: parse_message("# post\nDear all", Path(f"{name}.md")) for name in names}


def openness_of(evidence: Evidence) -> Openness:
    """Every letter open to every household, each using one of the only limit."""
    shape = (evidence.units, len(evidence.options) - 1)
    return Openness(
        unit_ids=evidence.unit_ids,
        cluster_ids=evidence.cluster_ids,
        unit=evidence.unit,
        options=evidence.options[1:],
        closed=np.zeros(shape, dtype=np.int8),
        sendings=np.ones(shape),
        use=np.ones((*shape, 1)),
        past_open=np.ones(shape, dtype=bool),
        past_use=np.ones((*shape, 1)),
    )
