"""Where the gain comes from: nothing, broadcast, the right people, the right message, the right messenger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.trust.figures import Interval


def ladder_with(steps: Sequence[Mapping[str, Any]], told: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The ladder with its step from whom, as far as that is known.

    What the messengers of earlier rounds added stands in the value of the messages already: it is taken off there.

    >>> steps = [{"step": "policy", "from": "single", "gain": {"value": 0.5, "lower": 0.25, "upper": 0.75}}]
    >>> told = {"gain": {"value": 0.25, "lower": 0.125, "upper": 0.375}, "already": 0.125}
    >>> [step["gain"]["value"] for step in ladder_with(steps, told)]
    [0.375, 0.25]
    """
    found = [dict(step) for step in steps]
    if told is None or told["gain"] is None or not found:
        return found
    last = found[-1]
    if last["gain"] is not None:
        last["gain"] = {part: value - told["already"] for part, value in last["gain"].items()}
    return [*found, {"step": "messenger", "from": "policy", "gain": dict(told["gain"])}]


def whole_ladder(gain: Interval | None, told: Mapping[str, Any] | None) -> dict[str, float] | None:
    """All steps together.

    Args:
        gain: the plan over nothing, with the messengers of earlier rounds.
        told: what is said of messengers.

    >>> told = {"gain": {"value": 0.25, "lower": 0.0, "upper": 0.5}, "already": 0.25}
    >>> whole_ladder({"value": 1.0, "lower": 1.0, "upper": 1.0}, told)
    {'value': 1.0, 'lower': 0.75, 'upper': 1.25}
    """
    if gain is None or told is None or told["gain"] is None:
        return None if gain is None else dict(gain)
    more = told["gain"]
    value = gain["value"] - told["already"] + more["value"]
    reach = {part: math.hypot(gain[part] - gain["value"], more[part] - more["value"]) for part in ("lower", "upper")}
    return {"value": value, "lower": value - reach["lower"], "upper": value + reach["upper"]}
