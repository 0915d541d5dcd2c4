"""What a pilot says beforehand: that chance decides, how small an effect it will see, and what happens next.

It is told before anything is sent, so that nobody takes "not shown" for "does nothing" afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from groundswell.profiles import INTEREST
from groundswell.trust.tabulating import Cell, Table, amount_cell
from groundswell.trust.teller import PER, Teller


def powered(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a pilot tries, the option that shows the smallest effect first.

    >>> powered({"pilot": {"power": [{"option": "a", "visible": 0.09}, {"option": "b", "visible": 0.04}]}})[0]["option"]
    'b'
    """
    return sorted(summary["pilot"]["power"], key=lambda power: (power["visible"], power["option"]))


def pilot_title(teller: Teller) -> str:
    """How small an effect this pilot will be able to see, as a sentence.

    >>> pilot = {"power": [{"option": "schools/post", "visible": 0.0403}]}
    >>> goal = {"name": "attend", "kind": "event"}
    >>> pilot_title(Teller({"campaign": {"language": "en"}, "goal": goal, "pilot": pilot}))
    'The smallest effect this pilot will see is 41 in 1,000 people.'
    """
    found = powered(teller.summary)
    least, most = teller.size(found[0]["visible"]), teller.size(found[-1]["visible"])
    key = "title" if least != most else "title_one"
    kind = teller.summary["goal"]["kind"]
    return teller.say(f"report.pilot.{key}_{kind}", least=least, most=most, goal=teller.goal)


def see_sentences(teller: Teller) -> list[str]:
    """The smallest effect that will be seen: of the option that shows most, and of the one that shows least."""
    found = powered(teller.summary)
    told = [_see(teller, "see", power) for power in found[:1]]
    if len(found) > 1 and teller.size(found[0]["visible"]) != teller.size(found[-1]["visible"]):
        told.append(_see(teller, "see_worst", found[-1]))
    return told


def _see(teller: Teller, key: str, power: Mapping[str, Any]) -> str:
    key = f"report.pilot.{key}_{teller.summary['goal']['kind']}"
    return teller.say(key, option=teller.option(power["option"]), n=teller.size(power["visible"]), goal=teller.goal)


def facts(teller: Teller) -> list[tuple[str, str, str]]:
    """The figure that a pilot has instead of what it expects: the smallest effect it will see."""
    say, found = teller.say, powered(teller.summary)
    if not found:
        return []
    least, most = teller.size(found[0]["visible"]), teller.size(found[-1]["visible"])
    size = least if least == most else say("report.pilot.span", least=least, most=most)
    told = say(f"report.pilot.fact_{teller.summary['goal']['kind']}", goal=teller.goal)
    return [(size, told, say["report.pilot.fact_of"])]


def pilot_sentences(teller: Teller) -> list[str]:
    """What a pilot is, how it draws, what it leaves untried and why, and what it spends."""
    summary, say = teller.summary, teller.say
    found = [say["report.pilot.chance"]]
    found += [say["report.pilot.interest"]] if any(name.startswith(INTEREST) for name in summary["kinds"]) else []
    if summary["pilot"]["untried"]:
        names = teller.write.names([teller.option(option) for option in summary["pilot"]["untried"]])
        key = "untried" if summary["pilot"]["power"] else "untried_all"
        found.append(say(f"report.pilot.{key}", names=names))
    if teller.money is not None:
        limit, share = summary["limits"][teller.money], summary["pilot"]["money"]
        money = {"room": limit["at_most"] * share, "at_most": limit["at_most"], "used": limit["used"]}
        told = {name: teller.write.money(amount, teller.currency) for name, amount in money.items()}
        found.append(say("report.pilot.money", share=teller.write.percent(share), **told))
    return found


def next_steps(teller: Teller) -> list[tuple[str, str]]:
    """What happens next: each step, and its command where it has one."""
    summary, say = teller.summary, teller.say
    within = summary["goal"].get("within")
    wait = say["report.next.wait"]
    if within is not None:
        day = date.fromisoformat(summary["today"]) + timedelta(days=int(within))
        wait = say("report.next.wait_until", day=teller.write.date(day.isoformat()))
    return [
        (say["report.next.lists"], ""),
        (wait, ""),
        (say["report.next.bring"], say["report.next.bring_command"]),
        (say("report.next.run", round=summary["round"] + 1), say["report.next.run_command"]),
    ]


def power_table(teller: Teller) -> Table:
    """To whom each option is open, how many will get it, and the smallest effect that will be seen."""
    say, write = teller.say, teller.write
    rows: list[tuple[Cell, ...]] = []
    saved: list[tuple[object, ...]] = []
    for power in powered(teller.summary):
        told = (write.count(power["people"]), write.count(power["drawn"]), teller.size(power["visible"]))
        rows.append((Cell(teller.option(power["option"])), *(Cell(text, kind="number") for text in told)))
        saved.append((power["option"], power["people"], float(power["drawn"]), power["visible"] * PER))
    for option in teller.summary["pilot"]["untried"]:
        rows.append((Cell(teller.option(option), say["report.pilot.not_tried"]), *(Cell("", kind="number"),) * 3))
        saved.append((option, None, None, None))
    names = ("word.option", "pilot.open_to", "pilot.will_get", "pilot.visible")
    head = tuple(say[f"report.{name}"] for name in names)
    return Table(say["report.section.pilot"], head, tuple(rows), (head, *saved))


def limits_table(teller: Teller) -> Table:
    """What is scarce, and how much of it a pilot may use."""
    say, rows = teller.say, []
    for name, limit in teller.summary["limits"].items():
        share = teller.summary["pilot"]["money"] if limit["of"] == "money" else 1.0
        most = limit["at_most"]
        amounts = (limit["used"], None if most is None else most * share, most)
        rows.append((Cell(name.replace("_", " ")), *(amount_cell(teller, limit["of"], amount) for amount in amounts)))
    names = ("word.limit", "word.used", "pilot.may_use", "pilot.in_all")
    return Table(say["report.plan.limits_title"], tuple(say[f"report.{name}"] for name in names), tuple(rows))


def method(teller: Teller) -> list[tuple[str, str]]:
    """The exact terms of a pilot."""
    summary, say = teller.summary, teller.say
    alpha, tests = teller.write.percent(summary["guard"]["alpha"]), 2 * len(summary["pilot"]["power"])
    return [
        ("drawing", say["report.method.drawing_text"]),
        ("power", say("report.method.power_text", alpha=alpha, tests=teller.write.count(tests))),
    ]
