"""A policy is one file: models, prices, rules and shares; given a unit, it chooses.

Small enough for a volunteer's laptop, and never pickle: whoever reads it runs nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.allocate import Prices, Share
from groundswell.messages import Message
from groundswell.policy.held_out import Everywhere, held_out
from groundswell.policy.pilot import Pilot
from groundswell.policy.settings import LearningSpec, Limit
from groundswell.tables import read_arrays, write_arrays
from groundswell.uplift import Models
from groundswell.vocabulary import StorageError, split_option

FORMAT = 4


@dataclass(frozen=True)
class Policy:
    """Everything a decision needs but the unit itself.

    Attributes:
        campaign: the campaign's name: the key of its holdout.
        settings: hash of the settings it was made from.
        round: number of the round.
        seed: what exploration and ties are drawn with.
        options: the campaign's options, without ``nothing``; K of them.
        expires: for each option the last day it may be sent.
        worth: what one goal action is worth.
        limits: names of the scarce things.
        prices: their prices, and what to do where scores tie.
        models: what every fold learnt; None when there is no evidence at all.
        explore: share of units drawn at random, as it could be afforded.
        holdout: share of units never contacted, ``everywhere`` included.
        pilot: how a round without evidence draws; None where there is evidence.
        unfloored: the prices if there were no floors: who gets something only because of one; None where none binds.
        everywhere: the part of the holdout that other campaigns share.
    """

    campaign: str
    settings: str
    round: int
    seed: int
    options: tuple[str, ...]
    expires: tuple[date | None, ...]
    worth: float
    limits: tuple[str, ...]
    prices: Prices
    models: Models | None
    explore: float
    holdout: float
    pilot: Pilot | None = None
    unfloored: tuple[float, ...] | None = None
    everywhere: Everywhere | None = None

    def held_out(self, unit_ids: Sequence[str]) -> NDArray[np.bool_]:
        """(units,) who is never contacted."""
        return held_out(unit_ids, campaign=self.campaign, holdout=self.holdout, everywhere=self.everywhere)

    def with_prices(self, prices: Prices) -> Policy:
        """The same policy at other prices."""
        return replace(self, prices=prices)


def draft_policy(
    *,
    campaign: str,
    settings: str,
    round_number: int,
    seed: int,
    options: Sequence[str],
    messages: Mapping[str, Message],
    worth: float,
    limits: Sequence[Limit],
    models: Models | None,
    learning: LearningSpec,
) -> Policy:
    r"""A policy that has no prices yet: where a round's plan starts.

    >>> from groundswell.messages.files import parse_message
    >>> draft = draft_policy(
    ...     campaign="spring", settings="", round_number=1, seed=0, options=["hello/post"],
    ...     messages={"hello": parse_message("# post\nHello", Path("hello.md"))}, worth=25.0, limits=[], models=None,
    ...     learning=LearningSpec(),
    ... )
    >>> draft.holdout, draft.prices.prices.tolist()
    (0.05, [])
    """
    scarce = tuple(limit.name for limit in limits if limit.per is None)
    return Policy(
        campaign=campaign,
        settings=settings,
        round=round_number,
        seed=seed,
        options=tuple(options),
        expires=tuple(messages[split_option(option)[0]].expires for option in options),
        worth=worth,
        limits=scarce,
        prices=Prices(np.zeros(len(scarce)), (), 0.0, 0.0, 0),
        models=models,
        explore=learning.explore,
        holdout=learning.held,
        everywhere=learning.everywhere,
        pilot=Pilot((1.0,) * len(options), learning.pilot) if models is None and learning.pilot > 0 else None,
    )


def write_policy(policy: Policy, path: Path) -> None:
    """Write a policy; its hash in the header covers everything else in it.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "policy.gsw"
    >>> none = Prices(np.zeros(0), (), 0.0, 0.0, 0)
    >>> write_policy(Policy("spring", "", 1, 0, (), (), 25.0, (), none, None, 0.05, 0.05), place)
    >>> read_policy(place).worth
    25.0
    """
    header: dict[str, Any] = {
        "format": FORMAT,
        "kind": "groundswell policy",
        "campaign": policy.campaign,
        "settings": policy.settings,
        "round": policy.round,
        "seed": policy.seed,
        "options": list(policy.options),
        "expires": [day.isoformat() if day else None for day in policy.expires],
        "worth": policy.worth,
        "limits": list(policy.limits),
        "shares": [asdict(share) for share in policy.prices.shares],
        "tolerance": policy.prices.tolerance,
        "bound": policy.prices.bound,
        "iterations": policy.prices.iterations,
        "explore": policy.explore,
        "holdout": policy.holdout,
        "everywhere": policy.everywhere,
        "pilot": policy.pilot.as_json() if policy.pilot else None,
        "unfloored": policy.unfloored,
    }
    arrays: dict[str, NDArray[Any]] = {"prices": policy.prices.prices}
    if policy.models is not None:
        header["model"], model_arrays = policy.models.as_parts()
        arrays |= model_arrays
    header["hash"] = _hash(header, arrays)
    write_arrays(header, arrays, path)


def read_policy(path: Path) -> Policy:
    """Read a policy and check that it is whole.

    Raises:
        StorageError: when it is damaged, was changed by hand, or has a newer format.
    """
    header, arrays = read_arrays(path)
    said = header.pop("hash", None)
    if header.get("format") != FORMAT or said != _hash(header, arrays):
        raise StorageError(
            f"{path.name} is not a policy this version can trust.",
            file=path,
            found=f"format {header.get('format')}, hash {str(said)[:12]}",
            expected=f"format {FORMAT} with the hash of its own content",
            hint="Run the round again.",
        )
    models = Models.from_parts(header["model"], arrays) if "model" in header else None
    shares = tuple(
        Share(tuple(entry["options"]), tuple(entry["shares"]), tuple(map(tuple, entry["use"])))
        for entry in header["shares"]
    )
    return Policy(
        campaign=header["campaign"],
        settings=header["settings"],
        round=header["round"],
        seed=header["seed"],
        options=tuple(header["options"]),
        expires=tuple(date.fromisoformat(day) if day else None for day in header["expires"]),
        worth=header["worth"],
        limits=tuple(header["limits"]),
        prices=Prices(arrays["prices"], shares, header["tolerance"], header["bound"], header["iterations"]),
        models=models,
        explore=header["explore"],
        holdout=header["holdout"],
        pilot=Pilot.from_json(header["pilot"]) if header["pilot"] else None,
        unfloored=tuple(header["unfloored"]) if header.get("unfloored") is not None else None,
        everywhere=Everywhere(*header["everywhere"]) if header.get("everywhere") else None,
    )


def _hash(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> str:
    state = hashlib.sha256(json.dumps(header, sort_keys=True, ensure_ascii=False).encode())
    for name in sorted(arrays):
        state.update(np.ascontiguousarray(arrays[name]).tobytes())
    return state.hexdigest()
