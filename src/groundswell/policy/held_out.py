"""Who is never contacted: a share of a campaign's own, and one that is the same in all campaigns of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.stats import draw


class Everywhere(NamedTuple):
    """The holdout that several campaigns share: what all of them together bring can be held against it.

    Attributes:
        key: what these campaigns have in common; the same key holds out the same units.
        share: of the units.
    """

    key: str
    share: float


def held_out(
    unit_ids: Sequence[str], *, campaign: str, holdout: float, everywhere: Everywhere | None = None
) -> NDArray[np.bool_]:
    """(units,) who is held out, by keyed hash: the same in every round.

    Args:
        unit_ids: the units.
        campaign: the campaign's name, the key of its own holdout.
        holdout: the share held out in all, both together.
        everywhere: the part of it that is the same in other campaigns; None: there is none.

    >>> ids = [f"h{number}" for number in range(10_000)]
    >>> both = held_out(ids, campaign="spring", holdout=0.0595, everywhere=Everywhere("acme", 0.01))
    >>> shared = held_out(ids, campaign="autumn", holdout=0.01, everywhere=Everywhere("acme", 0.01))
    >>> bool((both | ~shared).all()), bool(0.05 < both.mean() < 0.07)
    (True, True)
    """
    if everywhere is None:
        return draw(unit_ids, key=f"{campaign}|holdout") < holdout
    own = 1 - (1 - holdout) / (1 - everywhere.share)
    return held_out(unit_ids, campaign=campaign, holdout=own) | (
        draw(unit_ids, key=f"{everywhere.key}|holdout everywhere") < everywhere.share
    )
