"""How many were really reached, and what that did: by option, and by any group of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.experiments import comply, with_both_sides
from groundswell.policy.rivals import compared
from groundswell.stats import may_be_told
from groundswell.trust.figures import scaled
from groundswell.trust.teller import PER, Teller
from groundswell.uplift import Evidence

FEWEST = 100
"""Fewer people in a group have a contact rate, and no effect."""
FEWEST_UNITS = 30
"""Nor have fewer units on either side: an interval by units would be too narrow."""
_SHOWN = 40


def told_contacts(
    evidence: Evidence | None,
    reached: Mapping[tuple[int, str], bool],
    *,
    within: Mapping[str, str],
    group: Mapping[str, str] | None = None,
    smallest: int = 0,
) -> list[dict[str, Any]]:
    """For each option of which it is known whether people were reached: contact, and its effect.

    Args:
        evidence: everything that was drawn and came back.
        reached: round and person -> whether they were reached; who is not there was not.
        within: person -> the block that the past was drawn within.
        group: person -> a group; None: all together only.
        smallest: nothing is told of fewer who were to be reached, nor of fewer they are compared with; nor of groups from
            which that could be reckoned.

    Returns:
        ``option``, ``all`` and ``groups``: each with ``people``, ``assigned``, ``contact``, ``effect``, ``complier``.
    """
    if evidence is None or evidence.wave is None:
        return []
    wave = evidence.wave[evidence.unit]
    met = np.array(
        [
            reached.get((number, person), False)
            for number, person in zip(wave.tolist(), evidence.person_ids, strict=True)
        ]
    )
    block = _codes(
        [
            f"{number}|{within.get(person, '') if number == 0 else ''}"
            for number, person in zip(wave.tolist(), evidence.person_ids, strict=True)
        ]
    )
    mine = None if group is None else np.array([group.get(person, "") for person in evidence.person_ids], dtype=np.str_)
    found = []
    for arm, option in enumerate(evidence.options):
        weight, both = compared(evidence, arm)
        if arm == 0 or not (met & (evidence.arm == arm)).any():
            continue
        rows = np.flatnonzero(both)
        treated = evidence.arm[rows] == arm
        if not names_told(treated, np.zeros(len(rows), dtype=np.str_), smallest):
            continue
        entry: dict[str, Any] = {"option": option, "all": _one(evidence, arm, rows, met, weight, block), "groups": []}
        names = [] if mine is None else names_told(treated, mine[rows], smallest)
        for name in names:
            part = rows[mine[rows] == name] if mine is not None else rows
            entry["groups"].append({"group": name, **_one(evidence, arm, part, met, weight, block)})
        found.append(entry)
    return found


def names_told(treated: NDArray[np.bool_], group: NDArray[np.str_], smallest: int) -> list[str]:
    """The groups that may be told beside the sum of all: of either side each holds nobody or enough, and so do the rest.

    Args:
        treated: (n,) True for those who were to be reached.
        group: (n,) whose each is.
        smallest: the fewest that anything may be told of; 0: there is no such number.

    >>> group = np.repeat(["east", "north", "west"], [12, 3, 9])
    >>> names_told(np.arange(24) % 2 == 0, group, 4)
    ['east']
    >>> names_told(np.arange(24) % 2 == 0, group, 0)
    ['east', 'north', 'west']
    """
    names, place = np.unique(group, return_inverse=True)
    sides = np.column_stack([np.bincount(place, side, minlength=len(names)) for side in (treated, ~treated)])
    return [str(name) for name in names[may_be_told(sides, smallest)]]


def _codes(texts: Sequence[str]) -> NDArray[np.int64]:
    return np.asarray(np.unique(np.array(texts, dtype=np.str_), return_inverse=True)[1], dtype=np.int64)


def _one(
    evidence: Evidence,
    arm: int,
    rows: NDArray[np.int64],
    met: NDArray[np.bool_],
    weight: NDArray[np.float64],
    block: NDArray[np.int64],
) -> dict[str, Any]:
    treated = evidence.arm[rows] == arm
    told: dict[str, Any] = {
        "people": len(rows),
        "assigned": int(treated.sum()),
        "contact": None,
        "effect": None,
        "complier": None,
    }
    if not treated.any():
        return told
    cluster = np.unique(evidence.cluster[evidence.unit][rows], return_inverse=True)[1]
    sides = with_both_sides(treated, block[rows])
    if not sides.any():
        told["contact"] = {"value": float(met[rows][treated].mean()), "lower": None, "upper": None}
        return told
    found = comply(evidence.outcome[rows], treated, met[rows], unit=cluster, weight=weight[rows], block=block[rows])
    told["contact"] = found.contact.as_json()
    units = min(len(np.unique(cluster[sides & side])) for side in (treated, ~treated))
    if sides.sum() >= FEWEST and units >= FEWEST_UNITS:
        told["effect"] = found.effect.as_json()
        told["complier"] = None if found.complier is None else found.complier.as_json()
    return told


def contact_lines(found: Mapping[str, Any], *, language: str, goal: str) -> list[str]:
    """The same in words.

    Args:
        found: what ``Campaign.contacts`` gives.
        language: of the words.
        goal: the goal action.

    >>> contact_lines({"options": []}, language="en", goal="vote")[0][:32]
    'It is not known who was really r'
    """
    teller = Teller({"campaign": {"language": language}, "goal": {"name": goal, "kind": "event"}})
    say = teller.say
    if not found["options"]:
        return [say["contacts.none"]]
    lines = []
    for one in found["options"]:
        lines.append(teller.option(one["option"]))
        lines += [f"  {line}" for line in _sentences(teller, one["all"])]
        wide = max((len(group["group"]) for group in one["groups"]), default=0)
        for group in one["groups"][:_SHOWN]:
            lines.append(f"  {group['group'].ljust(wide)}  {_short(teller, group)}")
        if len(one["groups"]) > _SHOWN:
            lines.append("  " + say("contacts.more", n=teller.write.count(len(one["groups"]) - _SHOWN)))
    return lines


def _sentences(teller: Teller, one: Mapping[str, Any]) -> list[str]:
    say, write = teller.say, teller.write
    if one["effect"] is None:
        return [_short(teller, one)]
    share = {part: write.percent(one["contact"][part]) for part in ("value", "lower", "upper")}
    counts = {"assigned": write.count(one["assigned"]), "people": write.count(one["people"])}
    lines = [say("contacts.reached", **share, **counts), say("contacts.effect", effect=teller.effect(one["effect"]))]
    key = "contacts.complier" if one["complier"] is not None else "contacts.no_complier"
    return [*lines, say(key, effect=teller.effect(one["complier"]) if one["complier"] is not None else "")]


def _short(teller: Teller, one: Mapping[str, Any]) -> str:
    """A group in one line: how many were reached, what the list did, what contact did."""
    say, write = teller.say, teller.write
    contact = one["contact"]
    parts = [say("contacts.of", assigned=write.count(one["assigned"]))]
    parts += [say("contacts.share", share=write.percent(contact["value"]))] if contact else []
    for name in ("effect", "complier"):
        if one[name] is not None:
            shown = scaled(one[name], PER) or {}
            value, lower, upper = write.parts(shown)
            parts.append(say(f"contacts.short_{name}", value=value, lower=lower, upper=upper))
    return "; ".join(parts)
