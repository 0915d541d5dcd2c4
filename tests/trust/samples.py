"""Made-up rounds for tests of what people read: one calm round, and every way in which it can be otherwise."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

OPTIONS = ("schools/post", "pensions/phone")


def estimate(value: float, reach: float) -> dict[str, float]:
    """An interval around a value."""
    return {"value": value, "lower": value - reach, "upper": value + reach}


def _curve(total: float, bend: float) -> dict[str, list[float]]:
    share = [tenth / 10 for tenth in range(11)]
    gain = [total * (x + bend * x * (1 - x)) for x in share]
    return {
        "share": share,
        "gain": gain,
        "lower": [value - 0.004 * x for value, x in zip(gain, share, strict=True)],
        "upper": [value + 0.004 * x for value, x in zip(gain, share, strict=True)],
    }


def _proof(option: str, scope: str, value: float, proven: bool) -> dict[str, Any]:
    effect = estimate(value, 0.011)
    return {
        "option": option,
        "scope": scope,
        "effect": effect,
        "bound": value - 0.0173,
        "people": 7012 if scope == "everybody" else 3508,
        "units": 4004,
        "proven": proven,
        "visible": 0.0213,
    }


def power(option: str, visible: float, drawn: float = 300.4) -> dict[str, Any]:
    """How small an effect a pilot will see of an option."""
    return {"option": option, "people": 4611, "drawn": drawn, "visible": visible}


def entry(number: int, brought: dict[str, float] | None, *proven: str, kind: str = "round") -> dict[str, Any]:
    """A round as the history has it; what brought something was answered."""
    return {
        "round": number,
        "today": f"2026-{number:02d}-09",
        "kind": kind,
        "units": 5003,
        "sent": 1603,
        "spent": 1000.0,
        "options": {"schools/post": 1500, "pensions/phone": 103},
        "proven": list(proven),
        "outcomes": 0 if brought is None else 8801,
        "brought": brought,
    }


def make_summary(**overrides: Any) -> dict[str, Any]:
    """A round where whom to contact is proven to matter, and which message is not; ``overrides`` replace whole keys."""
    summary: dict[str, Any] = {
        "format": 1,
        "campaign": {
            "name": "School vote",
            "purpose": "voters",
            "place": "US-MI",
            "currency": "EUR",
            "language": "en",
            "decide": "household",
        },
        "round": 2,
        "seed": 7,
        "today": "2026-03-09",
        "goal": {"name": "attend", "value": 25.0, "kind": "event"},
        "messages": [{"id": "schools", "topics": ["schools"], "channels": ["post"]}],
        "people": 9006,
        "households": 5003,
        "units": 5003,
        "stopped": 0,
        "rejected": 0,
        "rejected_reasons": [],
        "missing": {},
        "pending": 0,
        "unsupported": 0,
        "unmatched": {},
        "sendings": None,
        "pilot": None,
        "history": [entry(2, None, "pensions/phone", "schools/post")],
        "arms": [
            {
                "option": "nothing",
                "people": 3508,
                "units": 2003,
                "rate": 0.2013,
                "uplift": estimate(0.0, 0.0),
                "weighted": False,
            },
            {
                "option": "schools/post",
                "people": 1757,
                "units": 1001,
                "rate": 0.2637,
                "uplift": estimate(0.0624, 0.0213),
                "weighted": False,
            },
            {
                "option": "pensions/phone",
                "people": 1747,
                "units": 1000,
                "rate": 0.2089,
                "uplift": estimate(0.0076, 0.0199),
                "weighted": False,
            },
        ],
        "proofs": [
            _proof("schools/post", "everybody", 0.0611, True),
            _proof("schools/post", "upper-half", 0.0702, True),
            _proof("pensions/phone", "everybody", 0.0069, False),
            _proof("pensions/phone", "upper-half", 0.0321, True),
        ],
        "harms": [],
        "curves": {"schools/post": _curve(0.0611, 0.6), "pensions/phone": _curve(0.0069, 0.1)},
        "values": {
            "nothing": estimate(0.2011, 0.0131),
            "broadcast": estimate(0.2211, 0.0131),
            "mixture": estimate(0.2221, 0.0131),
            "by_size": estimate(0.2231, 0.0131),
            "single": estimate(0.2301, 0.0131),
            "policy": estimate(0.2313, 0.0131),
        },
        "differences": {
            "policy-nothing": estimate(0.0302, 0.0087),
            "policy-broadcast": estimate(0.0102, 0.0066),
            "policy-single": estimate(0.0012, 0.0031),
            "single-broadcast": estimate(0.009, 0.0052),
            "policy-mixture": estimate(0.0092, 0.0061),
            "policy-by_size": estimate(0.0082, 0.0093),
            "broadcast-nothing": estimate(0.02, 0.0071),
        },
        "refused": {},
        "audit": {
            "sample_ratio": {"p": 0.4, "suspicious": False},
            "missing": {"p": None, "suspicious": False},
            "unmatched": {"p": None, "suspicious": False},
            "uneven": False,
        },
        "guard": {"alpha": 0.01},
        "kinds": {"household_size": "number", "past_votes": "number", "woman": "yes/no"},
        "chosen": {"nothing": 3100, "schools/post": 1403, "pensions/phone": 0},
        "evaluation": {
            "people": 7012,
            "units": 4004,
            "unseen": 0.0,
            "left": None,
            "opened": {"folds": [1, 1, 1, 0, 1], "all": 1},
            "broadcast": ["schools/post"] * 5,
            "single": ["schools/post"] * 4 + ["pensions/phone"],
            "spend": {
                name: {"budget": 0.0 if name == "nothing" else 1000.0}
                for name in ("nothing", "broadcast", "mixture", "by_size", "single", "policy")
            },
        },
        "decisions": {"nothing": 3400, "schools/post": 1500, "pensions/phone": 103},
        "reasons": {"chosen": 1403, "explored": 251, "holdout": 249, "price": 3100},
        "left_out": {"explored": 51, "holdout": 249, "price": 3100},
        "unlike": 0,
        "groups": {
            "schools/post": {
                "units": 1403,
                "share": 0.31,
                "leaves": [
                    {
                        "conditions": [
                            {"trait": "household_size", "at_least": 2.5, "below": None},
                            {"trait": "past_votes", "at_least": None, "below": 3.756},
                        ],
                        "units": 1201,
                        "share": 0.9694,
                    },
                    {"conditions": [], "units": 300, "share": 0.5},
                ],
                "means": [{"trait": "household_size", "mine": 2.7123, "everybody": 1.8011}],
            }
        },
        "expected": 203.4,
        "learning": {
            "explore": 0.05,
            "explore_asked": 0.05,
            "explored": 251,
            "holdout": 0.05,
            "held_out": 249,
            "tried": 0,
            "without": 231.7,
            "cost": 28.3,
        },
        "spent": 1000.0,
        "limits": {
            "budget": {
                "of": "money",
                "used": 1000.0,
                "at_most": 1000.0,
                "at_least": None,
                "left": 0.0,
                "price": 0.78,
                "actions_for_one_more": 0.0312,
            }
        },
        "floors": {},
        "more": [
            {
                "limit": "budget",
                "at_most": 1000.0,
                "now": 203.4,
                "points": [
                    {"amount": amount, "actions": actions}
                    for amount, actions in (
                        (250.0, 88.1),
                        (500.0, 141.5),
                        (1000.0, 203.4),
                        (2000.0, 226.0),
                        (2400.0, 229.5),
                    )
                ],
            }
        ],
        "margin": {
            "limit": "budget",
            "step": 0.05,
            "joins": {"schools/post": 22, "pensions/phone": 3},
            "leaves": {"schools/post": 31},
            "means": [{"trait": "age", "mine": 41.2, "everybody": 55.9}],
        },
        "from_whom": None,
        "prices": {"budget": 0.78},
        "bound": 5085.1,
        "value": 5085.0,
        "gap": 0.0000196,
    }
    summary.update(deepcopy(overrides))
    if "ladder" not in summary:
        chain = (("broadcast", "nothing"), ("single", "broadcast"), ("policy", "single"))
        summary["ladder"] = [
            {"step": step, "from": before, "gain": summary["differences"].get(f"{step}-{before}")}
            for step, before in chain
        ]
    return summary


def with_step(step: str, gain: dict[str, float] | None) -> dict[str, Any]:
    """The calm round, one step of its ladder replaced."""
    before = {"broadcast": "nothing", "single": "broadcast", "policy": "single"}[step]
    return make_summary(differences={**make_summary()["differences"], f"{step}-{before}": gain})


def no_past() -> dict[str, Any]:
    """No experiment was made before."""
    return make_summary(
        arms=[],
        proofs=[],
        curves={},
        values=dict.fromkeys(make_summary()["values"]),
        differences={},
        ladder=[],
        evaluation=None,
        decisions={"nothing": 4801, "schools/post": 102, "pensions/phone": 100},
        reasons={"explored": 251, "holdout": 249, "not-proven": 4503},
        left_out={"explored": 49, "holdout": 249, "not-proven": 4503},
        groups={},
        expected=0.0,
    )


def nothing_proven() -> dict[str, Any]:
    """An experiment that proves nothing: silence, but for those drawn."""
    base = make_summary()
    flat = dict.fromkeys(base["differences"], estimate(0.0, 0.0))
    return make_summary(
        **{
            **{name: no_past()[name] for name in ("decisions", "reasons", "left_out", "groups", "expected")},
            "proofs": [{**proof, "proven": False, "bound": -0.01} for proof in base["proofs"]],
            "differences": {
                **flat,
                "broadcast-nothing": estimate(0.001, 0.004),
                "single-broadcast": estimate(0.0, 0.003),
            },
        }
    )


def refused() -> dict[str, Any]:
    """Values that are refused, with their reasons."""
    why = {"reason": "few-units", "amount": 42.0}
    base = make_summary()
    lost = {
        name: None if "policy" in name or "single" in name else found for name, found in base["differences"].items()
    }
    values = {**base["values"], "policy": None, "single": None}
    return make_summary(differences=lost, values=values, refused={"policy": why, "single": why})


def silent() -> dict[str, Any]:
    """Nobody gets anything, and nothing is drawn."""
    learning = {**make_summary()["learning"], "explore": 0.0, "explored": 0, "holdout": 0.0, "held_out": 0, "cost": 0.0}
    return {
        **no_past(),
        "learning": learning,
        "decisions": {"nothing": 5003, "schools/post": 0, "pensions/phone": 0},
        "reasons": {"closed": 5003},
        "left_out": {"stop": 3, "expired": 1000, "no-endpoint": 2000, "patience": 2000},
        "stopped": 5,
    }


def many_limits() -> dict[str, Any]:
    """Money that is not used up, a contact and hours that are."""
    spare = {
        "of": "money",
        "used": 712.5,
        "at_most": 1000.0,
        "at_least": None,
        "left": 287.5,
        "price": 0.0,
        "actions_for_one_more": 0.0,
    }
    calls = {
        "of": "contacts",
        "used": 400.0,
        "at_most": 400.0,
        "at_least": None,
        "left": 0.0,
        "price": 2.5,
        "actions_for_one_more": 0.1,
    }
    hours = {
        "of": "caller_hours",
        "used": 20.0,
        "at_most": 20.0,
        "at_least": None,
        "left": 0.0,
        "price": 45.1,
        "actions_for_one_more": 1.804,
    }
    full = {
        "of": "contacts",
        "used": 50.0,
        "at_most": 50.0,
        "at_least": None,
        "left": 0.0,
        "price": 0.0,
        "actions_for_one_more": 0.0,
    }
    return make_summary(limits={"budget": spare, "calls": calls, "caller_hours": hours, "north_side": full})


def floors() -> dict[str, Any]:
    """A floor that costs, one that is met anyway, one that only what is unproven can meet; and a pilot's."""
    money = make_summary()["limits"]["budget"]
    floor = {"of": "contacts", "used": 300.0, "at_most": None, "at_least": 300.0, "left": None, "price": -0.5}
    floor["actions_for_one_more"] = -0.02
    told = {
        "at_least": 300.0,
        "used": 300.0,
        "met": True,
        "by_floor": 41,
        "unproven": 0,
        "cost": 4.25,
        "one_more": 0.02,
    }
    anyway = {**told, "used": 320.0, "by_floor": 0, "cost": 0.0, "one_more": 0.0}
    unproven = {**told, "by_floor": 41, "unproven": 30, "cost": 0.0003, "one_more": 1e-6}
    return make_summary(
        limits={"budget": money, "north": floor, "south": {**floor, "used": 320.0}, "new_homes": floor},
        floors={"north": told, "south": anyway, "new_homes": unproven},
    )


def troubled() -> dict[str, Any]:
    """Everything that must be told before the page is believed."""
    reason = "is not a year; found <b>19x4</b>"
    return make_summary(
        stopped=31,
        rejected=12,
        rejected_reasons=[{"file": "people.csv", "column": "yob", "reason": reason, "rows": 12, "first_row": 17}],
        missing={"nothing": 14, "schools/post": 21},
        pending=105,
        unlike=77,
        learning={**make_summary()["learning"], "explore": 0.013, "explore_asked": 0.05},
    )


def for_persons() -> dict[str, Any]:
    """Decided by person, for an amount."""
    campaign = {**make_summary()["campaign"], "decide": "person"}
    return make_summary(campaign=campaign, goal={"name": "donate", "value": 1.0, "kind": "amount"})


def hostile() -> dict[str, Any]:
    """Names that would like to be code."""
    campaign = {**make_summary()["campaign"], "name": "<script>alert(1)</script> & {sons}", "place": '"><img src=x>'}
    groups = deepcopy(make_summary()["groups"])
    groups["schools/post"]["leaves"][0]["conditions"][0]["trait"] = "<script>{0}</script>"
    groups["schools/post"]["means"][0]["trait"] = "' onmouseover='x"
    return make_summary(campaign=campaign, groups=groups)


def no_limits() -> dict[str, Any]:
    """Nothing is scarce."""
    evaluation = {**make_summary()["evaluation"], "spend": {name: {} for name in make_summary()["values"]}}
    return make_summary(limits={}, prices={}, more=[], margin=None, evaluation=evaluation)


def explore_cut_to_nothing() -> dict[str, Any]:
    """The limits could not pay for any exploration."""
    return make_summary(learning={**make_summary()["learning"], "explore": 0.0, "explored": 0})


def pilot(**overrides: Any) -> dict[str, Any]:
    """A first round: chance decides, and what it will be able to see is told beforehand."""
    people = {**make_summary()["campaign"], "decide": "person"}
    base = {
        "campaign": people,
        "round": 1,
        "units": 9006,
        "pilot": {
            "money": 0.3,
            "power": [power("schools/post", 0.0404), power("pensions/phone", 0.0883, 105.0)],
            "untried": ["pensions/door"],
        },
        "history": [entry(1, None, kind="pilot")],
        "decisions": {"nothing": 8603, "schools/post": 298, "pensions/phone": 105, "pensions/door": 0},
        "chosen": {"nothing": 8153, "schools/post": 298, "pensions/phone": 105, "pensions/door": 0},
        "reasons": {"pilot": 8503, "holdout": 450, "closed": 53},
        "left_out": {"pilot": 8100, "holdout": 450, "topic": 33, "shared": 20},
        "groups": {
            "schools/post": {
                "units": 298,
                "share": 0.03,
                "leaves": [],
                "means": [{"trait": "interest_schools", "mine": 64.3, "everybody": 48.2}],
            }
        },
        "kinds": {"age": "number", "interest_schools": "number"},
        "learning": {
            "explore": 0.0,
            "explore_asked": 0.0,
            "explored": 0,
            "holdout": 0.05,
            "held_out": 450,
            "tried": 0,
            "without": 0.0,
            "cost": 0.0,
        },
        "limits": {
            "budget": {
                "of": "money",
                "used": 281.5,
                "at_most": 1000.0,
                "at_least": None,
                "left": 718.5,
                "price": 0.0,
                "actions_for_one_more": 0.0,
            }
        },
        "more": [],
        "margin": None,
        "spent": 281.5,
    }
    return {**no_past(), **base, **deepcopy(overrides)}


def after(*brought: dict[str, float] | None, **overrides: Any) -> dict[str, Any]:
    """A round after others: what the first, a pilot, and the later ones brought; the last is planned now."""
    history = [
        entry(number, gain, *(["pensions/phone"] if number > 1 else []), kind="round" if number > 1 else "pilot")
        for number, gain in enumerate(brought, 1)
    ]
    now = entry(len(brought) + 1, None, "schools/post")
    arms = [{**arm, "weighted": True} for arm in make_summary()["arms"]]
    proofs = [{**proof, "proven": proof["option"] == "schools/post"} for proof in make_summary()["proofs"]]
    audit = {**make_summary()["audit"], "uneven": True}
    known = {"arms": arms, "proofs": proofs, "audit": audit, "round": len(history) + 1, "history": [*history, now]}
    return make_summary(**{**known, **overrides})


def lost(**overrides: Any) -> dict[str, Any]:
    """Outcomes that are lost more often for one option, and actions outside every window."""
    odd = {"p": 1e-9, "suspicious": True}
    return make_summary(
        missing={"nothing": 71, "schools/post": 413, "pensions/phone": 35, "rents/post": 1},
        unmatched={"schools/post": 12, "pensions/phone": 403},
        audit={**make_summary()["audit"], "missing": odd, "unmatched": odd},
        **overrides,
    )


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "calm": make_summary,
    "no past experiment": no_past,
    "nothing proven": nothing_proven,
    "values refused": refused,
    "nobody contacted": silent,
    "many limits": many_limits,
    "floors": floors,
    "no limits": no_limits,
    "troubled data": troubled,
    "persons and amounts": for_persons,
    "hostile names": hostile,
    "exploration cut to nothing": explore_cut_to_nothing,
    "a pilot": pilot,
    "a pilot that can try nothing": lambda: pilot(
        pilot={"money": 0.3, "power": [], "untried": list(OPTIONS)},
        decisions={"nothing": 9006, "schools/post": 0, "pensions/phone": 0},
        reasons={"pilot": 9006},
        left_out={"pilot": 9006},
        groups={},
    ),
    "after a pilot": lambda: after(estimate(0.0151, 0.0032)),
    "after four rounds": lambda: after(
        estimate(0.0122, 0.004), estimate(0.0301, 0.009), None, estimate(0.0052, 0.0061)
    ),
    "nothing came back": lambda: after(None, None),
    "outcomes lost": lost,
    "harm": lambda: with_step("policy", estimate(-0.0052, 0.0021)),
    "one message": lambda: with_step("policy", estimate(0.0, 0.0)),
}


def in_language(summary: dict[str, Any], language: str) -> dict[str, Any]:
    """The same round, told in another language."""
    return {**summary, "campaign": {**summary["campaign"], "language": language}}
