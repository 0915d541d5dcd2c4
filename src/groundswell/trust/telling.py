"""Which sentence is told for which case: pure functions from a round's summary to words.

No sentence stands here: each is a key of the catalogue. The rule of all rules: a step whose interval includes 0 is
"no proven gain", and the messages get no credit that belongs to the choice of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.trust.figures import Interval, Verdict, scaled, verdict
from groundswell.trust.teller import Teller, trait_words

MOST_CLOSED = 0.1
"""Where rules close more of the units than this, what the experiment said of everybody is not said of this round."""
_ROOM = 0.1
"""A price holds at the margin: it is told for at most this part of the limit."""


def steps(summary: Mapping[str, Any]) -> dict[str, tuple[Verdict, Interval | None]]:
    """What each step of the ladder is proven to do.

    >>> steps({"ladder": [{"step": "policy", "from": "single", "gain": None}]})
    {'policy': ('unknown', None)}
    """
    return {step["step"]: (verdict(step["gain"]), step["gain"]) for step in summary["ladder"]}


def ladder_title_keys(summary: Mapping[str, Any]) -> tuple[str, str] | None:
    """The two halves of the sentence over the ladder: whom, and which message.

    Returns:
        Keys of the catalogue; None where neither half can be told.
    """
    found = steps(summary)
    whom = found.get("single", ("unknown", None))[0]
    message = found.get("policy", ("unknown", None))[0]
    if whom == message == "unknown":
        return None
    ending = ""
    if message == "gain" and whom != "gain":
        ending = "_only"
    if message == "none" and whom != "gain":
        ending = "_plain" if whom == "none" else ""
    return f"report.ladder.whom_{whom}", f"report.ladder.message_{message}{ending}"


def ladder_title(teller: Teller) -> str:
    """Whom we contact matters; which message they get is not proven to."""
    keys = ladder_title_keys(teller.summary)
    if keys is None:
        return teller.say["report.ladder.title_unknown"]
    halves = {"whom": teller.say[keys[0]], "message": teller.say[keys[1]]}
    found = steps(teller.summary)
    if (spoken := found.get("voice") or found.get("messenger")) is None:
        return teller.say("report.ladder.title", **halves)
    return teller.say(
        "report.ladder.title_three", **halves, messenger=teller.say[f"report.ladder.messenger_{spoken[0]}"]
    )


def step_sentences(teller: Teller) -> list[str]:
    """One honest sentence for each step."""
    found = []
    for step, (judged, gain) in steps(teller.summary).items():
        said = teller.effect(gain) if gain is not None else ""
        found.append(teller.say(f"report.step.{step}_{judged}", gain=said))
    return found


def answer_key(summary: Mapping[str, Any]) -> str:
    """The first sentence of the page, by what is known."""
    drawn = "drawn" if summary["units"] > summary["decisions"].get("nothing", 0) else "silent"
    if summary["pilot"] is not None:
        return "pilot" if drawn == "drawn" else "pilot_silent"
    if summary["evaluation"] is None:
        return f"no_past_{drawn}"
    if not any(proof["proven"] for proof in summary["proofs"]):
        return f"unproven_{drawn}"
    judged = verdict(summary["differences"].get("policy-nothing"))
    if judged == "gain" and closed_share(summary) > MOST_CLOSED:
        return "gain_open"
    if judged == "gain" and summary["evaluation"].get("unseen", 0.0) > MOST_CLOSED:
        return "gain_unseen"
    return "refused" if judged == "unknown" else judged


def closed_share(summary: Mapping[str, Any]) -> float:
    """The share of units that rules close today; the past experiment was valued with them open.

    >>> closed_share({"units": 10, "left_out": {"patience": 4, "price": 5}})
    0.4
    """
    rules = ("stop", "suppressed", "consent", "expired", "no-endpoint", "patience", "limit")
    closed = sum(summary["left_out"].get(rule, 0) for rule in rules)
    return float(closed / summary["units"]) if summary["units"] else 0.0


def answer(teller: Teller) -> str:
    """The first sentence of the page."""
    summary = teller.summary
    key = answer_key(summary)
    gain = summary["differences"].get("policy-nothing")
    return teller.say(
        f"report.answer.{key}",
        units=teller.units(summary["reasons"].get("pilot", 0) if key == "pilot" else sent(summary)),
        gain=teller.effect(gain) if gain is not None else "",
    )


def leads(teller: Teller) -> list[str]:
    """What follows the first sentence: what is proven so far, or how large an effect would have been seen."""
    proofs = teller.summary["proofs"]
    options = list(dict.fromkeys(proof["option"] for proof in proofs))
    proven = [option for option in options if any(p["proven"] for p in proofs if p["option"] == option)]
    if not options:
        return []
    if not proven:
        return [_unseen(teller)]
    names = teller.write.names([teller.option(option) for option in proven])
    told = {"proven": teller.write.count(len(proven)), "all": teller.write.count(len(options)), "names": names}
    return [teller.say("report.answer.proven_all" if len(proven) == len(options) else "report.answer.proven", **told)]


def _unseen(teller: Teller) -> str:
    """The effect on everybody that would have been proven four times in five: no proof is not proof of nothing."""
    seen = sorted((p for p in teller.summary["proofs"] if p["scope"] == "everybody"), key=lambda p: float(p["visible"]))
    if not seen:
        return teller.say["report.answer.unseen_plain"]
    best, worst = (
        {"option": teller.option(proof["option"]), "n": teller.size(proof["visible"])} for proof in (seen[0], seen[-1])
    )
    key = "unseen" if best["n"] != worst["n"] else "unseen_one"
    told = {"best": best["option"], "least": best["n"], "worst": worst["option"], "most": worst["n"]}
    return teller.say(f"report.answer.{key}", goal=teller.goal, **told)


def sent(summary: Mapping[str, Any]) -> int:
    """Units that get a message."""
    return int(summary["units"] - summary["decisions"].get("nothing", 0))


def arms_title(teller: Teller) -> str:
    """What the past experiment proves, as a sentence; signs of harm are always told."""
    arms = [arm for arm in teller.summary["arms"] if arm["option"] != "nothing"]
    proven = proven_for_everybody(teller.summary)
    named = [teller.option(arm["option"]) for arm in by_effect(arms) if arm["option"] in proven]
    harmful = [teller.option(arm["option"]) for arm in arms if verdict(arm["uplift"]) == "harm"]
    key, first = "title_some" if len(named) > 1 else "title_some_one", by_effect(arms)[0]
    if not named:
        key = "title_none"
    elif len(named) == len(arms):
        rivals = [arm["uplift"]["upper"] for arm in by_effect(arms)[1:]]
        key = "title_all" if all(first["uplift"]["lower"] > upper for upper in rivals) else "title_all_unclear"
        key = "title_one" if len(arms) == 1 else key
    said = teller.say(
        f"report.arms.{key}",
        best=teller.option(first["option"]),
        proven=len(named),
        all=len(arms),
        names=teller.write.names(named),
    )
    return f"{said} {teller.say('report.arms.title_harm', names=teller.write.names(harmful))}" if harmful else said


def by_effect(arms: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Arms, the largest estimate first."""
    return sorted(arms, key=lambda arm: (-arm["uplift"]["value"], arm["option"]))


def proven_for_everybody(summary: Mapping[str, Any]) -> set[str]:
    """Options that the guard lets through for everybody."""
    return {proof["option"] for proof in summary["proofs"] if proof["proven"] and proof["scope"] == "everybody"}


def curves_title(teller: Teller, options: Sequence[str]) -> str:
    """Does the order matter, told for the proven option with the largest gain."""
    proven = proven_for_everybody(teller.summary)
    best = next((option for option in options if option in proven), None)
    if best is None:
        return teller.say["report.curves.title_flat"]
    curve = teller.summary["curves"][best]
    place = min(range(len(curve["share"])), key=lambda at: abs(curve["share"][at] - 0.5))
    straight = curve["share"][place] * curve["gain"][-1]
    if curve["gain"][-1] <= 0:
        return teller.say["report.curves.title_flat"]
    key = "title_gain" if curve["lower"][place] > straight else "title_none"
    half = teller.write.percent(curve["gain"][place] / curve["gain"][-1])
    return teller.say(f"report.curves.{key}", option=teller.option(best), half=half)


def plan_title(teller: Teller) -> str:
    """Who gets what, in one sentence."""
    summary = teller.summary
    counts = {name: count for name, count in summary["decisions"].items() if name != "nothing" and count}
    if not counts:
        return teller.say["report.plan.title_nobody"]
    number = sum(counts.values())
    if summary["pilot"] is not None:
        return teller.say(
            "report.plan.title_pilot", sent=teller.write.count(number), units=teller.units(summary["units"])
        )
    if (
        not set(summary["reasons"]) & {"chosen", "margin", "repaired", "floor", "floor-repaired", "asked"}
        or not summary["groups"]
    ):
        drawn = summary["learning"]["explored"] - summary["left_out"].get("explored", 0)
        drawn += summary["learning"]["tried"] - summary["left_out"].get("experiment", 0)
        if drawn >= number:
            return teller.say("report.plan.title_drawn", units=teller.units(number))
    best = max(counts, key=lambda name: counts[name])
    key = "title_most" if counts[best] * 2 > number else "title_several"
    key = "title_one" if len(counts) == 1 else key
    return teller.say(
        f"report.plan.{key}",
        sent=teller.write.count(number),
        units=teller.units(summary["units"]),
        option=teller.option(best),
    )


def price(teller: Teller, name: str) -> str:
    """What a little more of something scarce would bring, in words."""
    limit = teller.summary["limits"][name]
    is_money = limit["of"] == "money"
    each = limit["actions_for_one_more"]
    if limit["at_least"] is not None and (limit["at_most"] is None or (each is not None and each < 0)):
        return teller.say["report.plan.price_floor"]
    if each is None:
        return teller.say["report.plan.price_zero"]
    if each <= 0:
        used_up = limit["left"] <= 1e-9 * max(1.0, abs(limit["at_most"]))
        return teller.say[f"report.plan.price_free{'_full' if used_up else '_money' if is_money else ''}"]
    step = 100.0 if is_money else 10.0
    while each * step < 1 and step * 10 <= limit["at_most"] * _ROOM:
        step *= 10
    said = teller.write.money(step, teller.currency) if is_money else teller.write.count(step)
    key = "money" if is_money else "other"
    return teller.say(
        f"report.plan.price_{key}", step=said, of=trait_words(limit["of"]), gain=teller.change(each * step)
    )


def expectation(teller: Teller) -> list[str]:
    """What the plan expects, beside what held-out people say."""
    summary, learning = teller.summary, teller.summary["learning"]
    if summary["pilot"] is not None:
        return [teller.say["report.plan.expected_pilot"]]
    found = [
        teller.say("report.plan.expected", expected=teller.change(summary["expected"])),
        teller.say("report.plan.without", without=teller.change(learning["without"])),
    ]
    if summary["evaluation"] is None:
        return [*found, teller.say["report.plan.held_out_empty"]]
    held_out = scaled(summary["differences"].get("policy-nothing"), summary["people"])
    if held_out is None:
        return [*found, teller.say["report.plan.held_out_refused"]]
    key = "held_out_below" if learning["without"] > held_out["upper"] else "held_out"
    if closed_share(summary) > MOST_CLOSED:
        key = "held_out_open"
    return [*found, teller.say(f"report.plan.{key}", held_out=teller.total(held_out))]


def learning(teller: Teller) -> list[str]:
    """What holdout and exploration cost this round, and what they are for."""
    found, say = teller.summary["learning"], teller.say
    holdout = (
        say("report.plan.holdout", units=teller.units(found["held_out"]))
        if found["held_out"]
        else say["report.plan.no_holdout"]
    )
    tried = [say("report.plan.tried", units=teller.units(found["tried"]))] if found["tried"] else []
    if teller.summary["pilot"] is not None:
        return [say["report.plan.learning_pilot"], holdout, *tried]
    costs, asked = found["cost"] > 0.05, teller.summary.get("questions")
    if asked:
        worth = teller.write.money(asked["worth"], teller.currency)
        tried.append(say("report.plan.asked", units=teller.units(asked["asked"]), worth=worth))
    return [
        say(
            "report.plan.learning_cost",
            cost=say("report.goal.plain", n=teller.write.short(found["cost"]), goal=teller.goal),
        )
        if costs
        else say["report.plan.learning_free"],
        holdout,
        say("report.plan.explored", units=teller.units(found["explored"]))
        if found["explored"]
        else say["report.plan.no_explored"],
        *tried,
    ]
