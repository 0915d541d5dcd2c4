"""What a reader must know before believing the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from groundswell.profiles import CONTACTS_WITHIN
from groundswell.trust.teller import Teller

_MOST_NAMED = 3
"""The outcomes that are not known are told option by option where so few options have any."""
_ODD = 1.5
_SPREAD = 3.0
"""An option is named where it loses so many times the share of all together, and so many standard errors more."""


def notices(teller: Teller) -> list[str]:
    """What a reader must know before believing the page; refusals are told apart, with their reasons."""
    summary, say, write = teller.summary, teller.say, teller.write
    found = [say("report.notice.what_if", sets=", ".join(summary["what_if"]))] if summary.get("what_if") else []
    found += [*_missing(teller), *_unmatched(teller)]
    if summary["audit"]["sample_ratio"]["suspicious"]:
        found.append(say["report.notice.audit_sample_ratio"])
    # Rounds of our own are drawn unevenly on purpose, and everything is weighted for it: no reason to warn.
    if summary["audit"]["uneven"] and not teller.heard:
        weighted = any(arm["weighted"] for arm in summary["arms"])
        found.append(say[f"report.notice.audit_uneven{'_weighted' if weighted else ''}"])
    if summary["pending"]:
        found.append(_pending(teller))
    if summary["unsupported"]:
        found.append(say("report.notice.unsupported", n=write.count(summary["unsupported"])))
    left = (summary["evaluation"] or {}).get("left")
    if left:
        ends = {end: write.percent(left[end]) for end in ("lower", "upper")}
        key = f"report.notice.left{'' if left['shown'] else '_assumed'}"
        found.append(say(key, left=write.percent(left["value"]), days=write.count(CONTACTS_WITHIN), **ends))
    unseen = (summary["evaluation"] or {}).get("unseen", 0.0)
    if unseen > 0:
        found.append(say("report.notice.unseen", share=write.percent(unseen)))
    if summary["unlike"]:
        found.append(say("report.notice.unlike", units=teller.units(summary["unlike"])))
    learning = summary["learning"]
    if learning["explore"] < learning["explore_asked"] - 1e-9:
        key = "explore_cut" if learning["explore"] > 0 else "explore_none"
        asked, explore = write.percent(learning["explore_asked"]), write.percent(learning["explore"])
        found.append(say(f"report.notice.{key}", asked=asked, explore=explore, units=teller.unit_name))
    if summary["rejected"]:
        key = "rejected_one" if summary["rejected"] == 1 else "rejected"
        found.append(say(f"report.notice.{key}", n=write.count(summary["rejected"])))
    if summary["stopped"]:
        key = "stopped_one" if summary["stopped"] == 1 else "stopped"
        found.append(say(f"report.notice.{key}", n=write.count(summary["stopped"])))
    return found


def many_losses(summary: Mapping[str, Any]) -> bool:
    """Are the outcomes of so many options not known that they are told in a table?

    >>> many_losses({"missing": {"nothing": 2, "schools/post": 0}})
    False
    """
    return len([option for option, people in summary["missing"].items() if people]) > _MOST_NAMED


def _missing(teller: Teller) -> list[str]:
    """Outcomes that are not known, and for which options they are more often so."""
    summary, say, write = teller.summary, teller.say, teller.write
    missing = {option: people for option, people in summary["missing"].items() if people}
    if not missing:
        return []
    total = write.count(sum(missing.values()))
    if not many_losses(summary):
        options = [f"{teller.option(option)}: {write.count(people)}" for option, people in missing.items()]
        found = [say("report.notice.missing", n=total, options=write.names(options))]
    else:
        found = [say("report.notice.missing_many", n=total)]
    if summary["audit"]["missing"]["suspicious"]:
        found.append(_odd(teller, "audit_missing", missing))
    return found


def _unmatched(teller: Teller) -> list[str]:
    """Actions that fall outside every window, and for which options they do so more often."""
    summary = teller.summary
    strays = {option: actions for option, actions in summary["unmatched"].items() if actions}
    if not strays:
        return []
    found = [teller.say("report.notice.unmatched", n=teller.write.count(sum(strays.values())), goal=teller.goal)]
    return [*found, _odd(teller, "audit_unmatched", strays)] if summary["audit"]["unmatched"]["suspicious"] else found


def _odd(teller: Teller, key: str, lost: Mapping[str, int]) -> str:
    """Which options lose more than the others, and what that means for what is said of them."""
    say, write = teller.say, teller.write
    known = {arm["option"]: arm["people"] for arm in teller.summary["arms"]}
    every = {option: known.get(option, 0) + lost.get(option, 0) for option in known.keys() | lost.keys()}
    shares = {option: lost.get(option, 0) / people for option, people in every.items() if people}
    usual = sum(lost.values()) / max(sum(every.values()), 1)
    most = {
        option: usual + _SPREAD * math.sqrt(usual * (1 - usual) / people) for option, people in every.items() if people
    }
    odd = [option for option in shares if shares[option] > max(_ODD * usual, most[option])]
    odd.sort(key=lambda option: (-shares[option], option))
    others = [option for option in every if option not in odd]
    people = sum(every[option] for option in others)
    if not odd or not people:
        return say[f"report.notice.{key}"]
    rest = write.percent(sum(lost.get(option, 0) for option in others) / people)
    options = write.names([f"{teller.option(option)}: {write.percent(shares[option])}" for option in odd])
    return say(f"report.notice.{key}_of", options=options, rest=rest)


def _pending(teller: Teller) -> str:
    """Who can still act, in which round, and until when: before that nothing can be learnt of it."""
    summary, say, write = teller.summary, teller.say, teller.write
    people = write.count(summary["pending"])
    waiting = [entry for entry in summary["history"][:-1] if not entry["outcomes"]]
    if not waiting:
        return say("report.notice.pending", n=people)
    rounds = write.names([write.count(entry["round"]) for entry in waiting])
    within = summary["goal"].get("within")
    if within is None:
        return say("report.notice.pending_rounds", n=people, rounds=rounds)
    last = max(date.fromisoformat(entry["today"]) for entry in waiting) + timedelta(days=int(within))
    return say("report.notice.pending_until", n=people, rounds=rounds, day=write.date(last.isoformat()))


def refusals(teller: Teller) -> list[tuple[str, str]]:
    """Each policy whose value is refused, and why."""
    found = []
    for name, why in teller.summary["refused"].items():
        few = why["reason"] == "few-units"
        amount = teller.write.count(why["amount"]) if few else teller.write.percent(why["amount"])
        found.append(
            (teller.say[f"report.compare.{name}"], teller.say(f"report.refused.{why['reason']}", amount=amount))
        )
    return found
