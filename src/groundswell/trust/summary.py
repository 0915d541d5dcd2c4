"""A round as one JSON object: everything the report shows, and nothing it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundswell.policy import REASONS, RULES, Batch, Limit, Openness, Plan, Replay, brought
from groundswell.profiles import trait_columns
from groundswell.stats import Estimate, z_value
from groundswell.trust.audit import audit
from groundswell.trust.gathering import BY_CHANCE, gather_groups
from groundswell.trust.ladder import ladder_with
from groundswell.trust.scarcity import told_floors, told_limits, told_margin, told_more
from groundswell.uplift import Evidence, Learnt
from groundswell.uplift.guard import GuardSpec, Proof
from groundswell.vocabulary import NOTHING

FORMAT = 1
VALUES = ("nothing", "broadcast", "mixture", "by_size", "stereotype", "single", "one_voice", "policy")


@dataclass(frozen=True)
class Told:
    """What the summary says of the campaign and of the people's file.

    Attributes:
        campaign: name, purpose, place, currency, language, decide.
        today: the day of the round.
        goal: the goal action: name, value, kind.
        messages: id, topics and channels of each message.
        limits: what is scarce.
        guard: how sure a proof must be.
        rejected: rejected rows, contract ``REJECTED``.
        missing: option -> people whose outcome is not known.
        unmatched: option -> actions outside the window of every decision.
        rounds: round -> people whose outcome is known; 0 is the past.
        earlier: this list of each earlier round, as its own summary has it under ``history``.
        scores: what is to be said of each declared score.
        from_whom: what is to be said of messengers; None where nobody carries anything.
        sendings: how alike is what the campaign sends; None where nobody is sent anything.
        pending: people whose window is still open.
        unsupported: people drawn where some option had no chance.
    """

    campaign: Mapping[str, str]
    today: str
    goal: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    limits: Sequence[Limit]
    guard: GuardSpec
    rejected: pa.Table
    missing: Mapping[str, int] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    rounds: Mapping[str, int] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, Any]] = ()
    scores: Sequence[Mapping[str, Any]] = ()
    from_whom: Mapping[str, Any] | None = None
    sendings: Mapping[str, Any] | None = None
    pending: int = 0
    unsupported: int = 0


@dataclass(frozen=True)
class Played:
    """What a round was made of, as the rooms gave it; the evidence and what follows from it may be missing."""

    people: pa.Table
    openness: Openness
    batch: Batch
    evidence: Evidence | None
    learnt: Learnt | None
    past: Replay | None
    plan: Plan


def summarise(told: Told, played: Played) -> dict[str, Any]:
    """Put a round into one JSON object.

    Args:
        told: what is known of the campaign and its files.
        played: what the round was made of.

    Returns:
        Plain numbers, texts, lists and dicts; estimates as ``{"value", "lower", "upper"}``, null where a value is refused
        or there is no past experiment.
    """
    people, openness, plan = played.people, played.openness, played.plan
    learnt, past, limits = played.learnt, played.past, told.limits
    used, proofs = told_limits(plan, limits), learnt.proofs if learnt else ()
    money = [limit.name for limit in limits if limit.of == "money" and limit.per is None]
    return {
        "format": FORMAT,
        "campaign": dict(told.campaign),
        "round": plan.policy.round,
        "seed": plan.policy.seed,
        "today": told.today,
        "goal": dict(told.goal),
        "messages": [dict(message) for message in told.messages],
        "people": people.num_rows,
        "households": pc.count_distinct(people["household"]).as_py(),
        "units": len(openness.unit_ids),
        "stopped": int(pc.sum(people["stop"]).as_py() or 0),
        "rejected": len({(row["file"], row["row"]) for row in told.rejected.select(["file", "row"]).to_pylist()}),
        "rejected_reasons": _rejected_reasons(told.rejected),
        "missing": dict(told.missing),
        "pending": told.pending,
        "unsupported": told.unsupported,
        "unmatched": dict(told.unmatched),
        "sendings": _sendings(told.sendings),
        "scores": [dict(one) for one in told.scores],
        "pilot": _pilot(plan),
        "history": _history(told, played),
        "arms": [
            {
                "option": arm.option,
                "people": arm.people,
                "units": arm.units,
                "rate": arm.rate,
                "uplift": arm.uplift.as_json(),
                "weighted": arm.weighted,
            }
            for arm in (past.arms if past else ())
        ],
        "audit": audit(played.evidence, told.missing, told.unmatched),
        "guard": {"alpha": told.guard.alpha},
        "proofs": [_proof(proof, told.guard.alpha / len(proofs)) for proof in proofs],
        "harms": [
            _proof(harm, told.guard.alpha / len(proofs)) for harm in (learnt.harms if learnt else ()) if harm.proven
        ],
        "curves": _curves(past),
        "values": {name: _estimate(past.values[name]) if past else None for name in _told_policies(past)},
        "differences": {name: _estimate(found) for name, found in past.differences.items()} if past else {},
        "from_whom": None if told.from_whom is None else dict(told.from_whom),
        "ladder": ladder_with(_ladder(past), told.from_whom),
        "refused": {name: why._asdict() for name, why in past.refused.items()} if past else {},
        "evaluation": _evaluation(past),
        "decisions": plan.counts(),
        "chosen": _chosen(plan),
        "reasons": plan.reasons(),
        "left_out": _left_out(openness, plan),
        "unlike": int(plan.choices.scores.unlike.sum()),
        "groups": gather_groups(played.batch, plan),
        "kinds": kinds_of(played.batch.traits),
        "expected": plan.expected,
        "questions": _questions(plan),
        "learning": {
            "explore": plan.policy.explore,
            "explore_asked": plan.explore_asked,
            "explored": int((plan.reason == REASONS.index("explored")).sum()),
            "tried": int((plan.reason == REASONS.index("experiment")).sum()),
            "holdout": plan.policy.holdout,
            "held_out": int((plan.reason == REASONS.index("holdout")).sum()),
            "without": plan.without_learning,
            "cost": max(plan.without_learning - plan.expected, 0.0),
        },
        "spent": sum(used[name]["used"] for name in money[:1]),
        "limits": used,
        "floors": told_floors(plan, limits, played.batch),
        "more": told_more(plan, limits),
        "margin": told_margin(played.batch, plan, limits),
        "prices": {name: entry["price"] for name, entry in used.items()},
        "bound": plan.settled.bound,
        "value": plan.settled.value,
        "gap": plan.settled.gap,
    }


def _questions(plan: Plan) -> dict[str, float] | None:
    """How many units are asked for what their answers tell, and what those are worth; None where nothing is a question."""
    if plan.asked is None or plan.choices.scores.told is None:
        return None
    return {"asked": int(plan.asked.sum()), "worth": plan.answers}


def _chosen(plan: Plan) -> dict[str, int]:
    """Option -> units that were chosen for it and not drawn by chance; for ``nothing``, neither drawn nor held out."""
    drawn = np.isin(plan.reason, BY_CHANCE)
    counts = np.bincount(plan.option[~drawn], minlength=len(plan.policy.options) + 1)
    return dict(zip((NOTHING, *plan.policy.options), counts.tolist(), strict=True))


def kinds_of(traits: pa.Table) -> dict[str, str]:
    """Trait -> ``yes/no`` where it is only ever 0 or 1, ``number`` or ``category``."""
    found = {}
    for name in trait_columns(traits):
        column = traits[name]
        if not pa.types.is_floating(column.type):
            found[name] = "category"
            continue
        values = set(pc.unique(column).to_pylist())
        found[name] = "yes/no" if {value for value in values if value == value} <= {0.0, 1.0} else "number"  # noqa: PLR0124
    return found


def _told_policies(past: Replay | None) -> list[str]:
    """Every policy that is valued; a stereotype and one voice only where there are such."""
    sometimes = {"stereotype", "one_voice"}
    return [name for name in VALUES if name not in sometimes or (past is not None and name in past.values)]


def _sendings(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Of all figures on how alike a campaign's sendings are, those that its report tells."""
    if found is None:
        return None
    same, load = found["same"] or {}, found["load"] or {}
    return {
        "sendings": found["log"]["sendings"],
        "people": found["log"]["people"],
        "messages": found["log"]["messages"],
        "effective": found["variety"]["all"]["effective"],
        "same": same.get("median"),
        "most_a_week": load.get("max"),
        "households_hit": (found["households"] or {}).get("hit"),
    }


def _pilot(plan: Plan) -> dict[str, Any] | None:
    """A round without evidence: what it may spend, how small an effect it will see, and what it cannot afford to try."""
    pilot = plan.policy.pilot
    if pilot is None:
        return None
    seen = {power.option for power in plan.power}
    return {
        "money": pilot.money,
        "power": [asdict(power) for power in plan.power],
        "untried": [option for option in plan.policy.options if option not in seen],
    }


def _history(told: Told, played: Played) -> list[dict[str, Any]]:
    """Each earlier round and this one, oldest first: what it did, and what came of it.

    ``brought`` is what a round's decisions as they were logged, chance included, brought over nothing per person. They were
    fixed before any of its outcomes was known, so that these judge them before anything is learnt from them.
    """
    rows: list[dict[str, Any]] = []
    for earlier in told.earlier:
        known = told.rounds.get(str(earlier["round"]), 0)
        gain = brought(played.evidence, played.learnt, earlier["round"])
        rows.append(dict(earlier) | {"outcomes": known, "brought": _estimate(gain)})
    now = {"round": played.plan.policy.round, "today": told.today, "outcomes": 0, "brought": None}
    proofs = played.learnt.proofs if played.learnt else ()
    counts = played.plan.counts()
    now |= {
        "kind": "pilot" if played.plan.policy.pilot else "round",
        "units": len(played.openness.unit_ids),
        "sent": sum(counts.values()) - counts[NOTHING],
        "spent": sum(
            played.plan.used[limit.name] for limit in told.limits if limit.of == "money" and limit.per is None
        ),
        "options": {option: count for option, count in counts.items() if option != NOTHING},
        "proven": sorted({proof.option for proof in proofs if proof.proven}),
    }
    return [*rows, now]


def _estimate(found: Estimate | None) -> dict[str, float] | None:
    return None if found is None else found.as_json()


def _proof(proof: Proof, share: float) -> dict[str, Any]:
    """A proof of gain or harm, and the smallest effect that would have been proven four times in five."""
    error = (proof.effect.upper - proof.effect.lower) / (2 * z_value(0.975))
    return {
        **proof._asdict(),
        "scope": proof.scope.name.lower().replace("_", "-"),
        "effect": proof.effect.as_json(),
        "visible": (z_value(1 - share) + z_value(0.8)) * error,
    }


def _ladder(past: Replay | None) -> list[dict[str, Any]]:
    if past is None:
        return []
    steps = [("broadcast", "broadcast", "nothing"), ("single", "single", "broadcast"), ("policy", "policy", "single")]
    if "one_voice" in past.values:  # right message from one voice; then each from whom it helps most
        steps[2:] = [("policy", "one_voice", "single"), ("voice", "policy", "one_voice")]
    before = {"broadcast": "nothing", "single": "broadcast", "policy": "single", "voice": "policy"}
    return [
        {"step": name, "from": before[name], "gain": _estimate(past.differences[f"{one}-{other}"])}
        for name, one, other in steps
    ]


def _evaluation(past: Replay | None) -> dict[str, Any] | None:
    if past is None:
        return None
    return {
        "people": past.people,
        "units": past.units,
        "unseen": past.unseen,
        "left": None if past.left is None else {**past.left.once.as_json(), "shown": past.left.shown},
        "opened": {"folds": list(past.opened[0]), "all": past.opened[1]},
        "broadcast": list(past.broadcast),
        "single": list(past.single),
        "spend": past.spend,
    }


def _curves(past: Replay | None) -> dict[str, Any]:
    if past is None:
        return {}
    return {
        option: {
            "share": curve.share.tolist(),
            "gain": curve.gain.tolist(),
            "lower": (curve.gain - 1.959964 * curve.error).tolist(),
            "upper": (curve.gain + 1.959964 * curve.error).tolist(),
        }
        for option, curve in past.curves.items()
    }


def _left_out(openness: Openness, plan: Plan) -> dict[str, int]:
    """Reason -> units that get nothing; where rules closed everything, the rule."""
    nothing = plan.option == 0
    found: dict[str, int] = {}
    for place, reason in enumerate(REASONS):
        units = nothing & (plan.reason == place)
        if not units.any():
            continue
        if reason != "closed":
            found[reason] = int(units.sum())
            continue
        first = openness.closed[units].max(axis=1)
        for rule in np.unique(first):
            name = RULES[rule] if rule else "expired"
            found[name] = found.get(name, 0) + int((first == rule).sum())
    return found


def _rejected_reasons(rejected: pa.Table) -> list[dict[str, Any]]:
    if rejected.num_rows == 0:
        return []
    counts = rejected.group_by(["file", "column", "reason"]).aggregate([("row", "count"), ("row", "min")]).to_pylist()
    counts.sort(key=lambda entry: (-entry["row_count"], entry["row_min"]))
    return [
        {
            "file": entry["file"],
            "column": entry["column"],
            "reason": entry["reason"],
            "rows": entry["row_count"],
            "first_row": entry["row_min"],
        }
        for entry in counts[:50]
    ]
