"""An experiment as a short paper: question, design, result with its interval, one sentence, and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from groundswell.stats import z_value
from groundswell.tables import write_text
from groundswell.trust import plots
from groundswell.trust.exhibits import Figure, figure_of
from groundswell.trust.figures import Interval, Verdict, scaled, verdict
from groundswell.trust.judging import POWER
from groundswell.trust.pages import page_of
from groundswell.trust.tabulating import Cell, Table, judged, number
from groundswell.trust.teller import PER, Teller, option_words, trait_words

_METHOD = ("estimate", "interval", "look", "several", "ratio")
_OWN = ("person", "household", "team")


class Paper:
    """An experiment, and the words for it.

    Attributes:
        found: what ``groundswell experiment --json`` shows of one.
        say, write: the words and numbers of its language.
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.found = found
        told = {"campaign": {"language": found.get("language", "en"), "currency": found.get("currency", "USD")}}
        goal = found["actions"][0] if "actions" in found else {"name": "", "kind": "event"}
        self._teller = Teller(told | {"goal": goal})
        self.say, self.write = self._teller.say, self._teller.write

    def teller(self, action: Mapping[str, Any]) -> Teller:
        """The words for effects on one action."""
        return Teller({"campaign": {"language": self.say.language}, "goal": action})

    def option(self, option: str) -> str:
        """An arm as people read it."""
        return self._teller.option(option)

    @cached_property
    def is_over(self) -> bool:
        """Closed, with every window over: then one look was planned, and the plain interval holds.

        Where an action has no window, whoever closed it chose the moment, and may have chosen it by what was seen.
        """
        return self.found["state"] == "closed" and not self.found["pending"] and self.found["over"] is not None

    def shown(self, arm: Mapping[str, Any]) -> Interval | None:
        """The interval that may be believed now; None where there is none yet."""
        found = arm["estimate"] if self.is_over else arm["always"]
        return None if found is None or found["lower"] is None or found["upper"] is None else found

    def units(self, count: float, *, word: bool = False) -> str:
        """9,000 households; or the word alone."""
        unit = str(self.found["unit"])
        key = unit if unit in _OWN else "other"
        if word:
            return self.say(f"experiment.unit_word.{key}", by=unit)
        form = "one" if round(count) == 1 else "many"
        return self.say(f"experiment.unit_{form}.{key}", n=self.write.count(count), by=unit)

    def size(self, per_person: float) -> str:
        """An effect per 1,000 people, never told too small."""
        return self._teller.size(per_person)

    @cached_property
    def comparisons(self) -> int:
        """How many comparisons are told together."""
        return max((len(self.found["arms"]) - 1) * len(self.found["actions"]), 1)


def plan_lines(plan: Mapping[str, Any], folder: Path) -> list[str]:
    """A plan in a few lines: who takes part, how small an effect will be seen, and what comes next."""
    paper = Paper(plan)
    say, entered = paper.say, plan["entered"]
    lines = [say("experiment.plan.done", name=plan["name"], mark=plan["sha256"][:12]), plan["question"], ""]
    arms = _arms(paper)
    units, people = paper.units(entered["drawn"]), paper.write.count(entered["people"])
    lines.append(say("experiment.plan.who", units=units, people=people, arms=paper.write.names(arms)))
    names = {"closed": "closed", "held_out": "held_out", "elsewhere": "elsewhere", "left": "left_over"}
    reasons = [
        say(f"experiment.plan.{word}", n=paper.write.count(entered[name]))
        for name, word in names.items()
        if entered[name]
    ]
    lines += [say("experiment.plan.left", reasons=paper.write.names(reasons))] if reasons else []
    used = [
        say("experiment.plan.cost", amount=paper.write.exact(amount), limit=limit.replace("_", " "))
        for limit, amount in entered["used"].items()
        if amount
    ]
    lines += [say("experiment.plan.costs", amounts=paper.write.names(used))] if used else []
    told = [*power_sentences(paper), *duration_sentences(paper)]
    return [*lines, "", *told, "", say("experiment.plan.next", folder=folder)]


def _arms(paper: Paper) -> list[str]:
    """50 % for nothing, and so on."""
    return [
        paper.say("experiment.plan.arm", share=paper.write.percent(share), option=paper.option(arm))
        for arm, share in paper.found["arms"].items()
    ]


def duration_sentences(paper: Paper) -> list[str]:
    """How long it takes: all are drawn in one round, and an action counts for as long as its window is."""
    actions = paper.found["actions"]
    endless = [option_words(action["name"]) for action in actions if not action["within"]]
    if endless:
        return [paper.say("experiment.plan.endless", actions=paper.write.names(endless))]
    return [paper.say("experiment.plan.lasts", days=max(action["within"] for action in actions))]


def power_sentences(paper: Paper) -> list[str]:
    """How small an effect an experiment will see, and what that was reckoned with."""
    say, plan, power = paper.say, paper.found, paper.found["power"]
    seen = {arm: effect for arm, effect in power["visible"].items() if effect is not None}
    is_event = plan["actions"][0]["kind"] == "event"
    if not is_event and power["spread"] is None:
        return [say["experiment.plan.visible_none"]]
    kind = "visible" if is_event else "visible_amount"
    lines = []
    if len(set(map(paper.size, seen.values()))) == 1 and len(seen) == len(power["visible"]):
        lines.append(say(f"experiment.plan.{kind}", effect=paper.size(max(seen.values()))))
    else:
        each = [
            say("experiment.plan.visible_arm", option=paper.option(arm), effect=paper.size(seen[arm]))
            if arm in seen
            else say("experiment.plan.visible_arm", option=paper.option(arm), effect=say["experiment.plan.not_seen"])
            for arm in power["visible"]
        ]
        if seen:
            lines.append(say(f"experiment.plan.{kind}", effect=paper.size(max(seen.values()))))
        lines += each
    if plan["effect"] is not None:
        asked, units = paper.size(plan["effect"]), paper.units(power["units"])
        if power["needed"] is None:
            lines.append(say("experiment.plan.needed_never", effect=asked))
        else:
            key = "needed_met" if power["needed"] <= power["units"] else "needed"
            lines.append(say(f"experiment.plan.{key}", effect=asked, needed=paper.units(power["needed"]), units=units))
    if is_event:
        rate = power["rate"]
        told = (
            say("experiment.plan.with_rate", rate=paper.write.percent(rate))
            if rate
            else say["experiment.plan.with_worst"]
        )
        lines.append(told)
    if power["people"] > power["units"]:
        worst = power["correlation"] == 1.0
        lines.append(
            say["experiment.plan.with_correlation_worst"]
            if worst
            else say("experiment.plan.with_correlation", correlation=paper.write.short(power["correlation"]))
        )
    past = [trait_words(trait) for trait in plan["past"]]
    return [*lines, say("experiment.plan.past", traits=paper.write.names(past))] if past else lines


def experiment_lines(found: Mapping[str, Any]) -> list[str]:
    """One experiment in a few lines, whatever its state."""
    say = Paper(found).say
    state = say[f"experiment.state.{found['state']}"]
    head = f"{found['name']} ({state}): {found['question']}"
    if found["state"] == "declared":
        return [head, f"  {say('experiment.declared_next', name=found['name'])}"]
    paper = Paper(found)
    if found["state"] == "planned":
        return [head, *(f"  {line}" for line in [*power_sentences(paper), *duration_sentences(paper)])]
    return [head, *(f"  {line}" for line in [*answer(paper), *_arm_lines(paper)])]


def answer(paper: Paper) -> list[str]:
    """What came of it: the first sentence says it all."""
    found, say = paper.found, paper.say
    goal = found["actions"][0]
    if found["ratio"] is not None and found["ratio"]["alarm"]:
        return [say("experiment.answer.unsound", arm=paper.option(found["ratio"]["arm"]))]
    if goal.get("withheld"):
        return [say("experiment.answer.withheld", n=paper.write.count(goal["withheld"]))]
    if not goal["arms"]:
        if goal["people"]:
            return [say("experiment.answer.no_baseline", baseline=paper.option(found["baseline"]))]
        if found["pending"]:
            return [say("experiment.answer.waiting", pending=paper.write.count(found["pending"]))]
        return [say["experiment.answer.nothing_back"]]
    proven = [
        (arm, shown) for arm in goal["arms"] if (shown := paper.shown(arm)) and verdict(shown) in {"gain", "harm"}
    ]
    ranked = sorted(proven, key=lambda one: -one[1]["value"])
    lines = [
        say(
            f"experiment.answer.{verdict(shown)}",
            option=paper.option(arm["option"]).capitalize(),
            effect=paper.teller(goal).effect(shown),
            baseline=paper.option(found["baseline"]),
        )
        for arm, shown in ranked
    ]
    if not lines:
        lines = [say("experiment.answer.none", seen=_would_have_seen(paper))]
    agreed = next(
        (action for action in found["actions"] if action["shows"] == "agreed" and _gained(paper, action)), None
    )
    if agreed is not None and not _gained(paper, goal):
        lines.append(say("experiment.answer.agreed", action=agreed["name"]))
    is_final = paper.found["state"] == "closed" and not paper.found["pending"]
    return lines if is_final else [*lines, say["experiment.answer.so_far"]]


def _gained(paper: Paper, action: Mapping[str, Any]) -> bool:
    return any(verdict(paper.shown(arm)) == "gain" for arm in action["arms"])


def _would_have_seen(paper: Paper) -> str:
    """How large an effect would have been seen: what is not shown is not nothing."""
    visible = [
        (shown["upper"] - shown["lower"]) / 2 * (1 + z_value(POWER) / z_value(0.975))
        for arm in paper.found["actions"][0]["arms"]
        if (shown := paper.shown(arm))
    ]
    if not visible or len(visible) < len(paper.found["actions"][0]["arms"]):
        return paper.say["experiment.answer.none_small"]
    return paper.say("experiment.answer.none_seen", effect=paper.size(max(visible)))


def _arm_lines(paper: Paper) -> list[str]:
    lines = []
    for action in paper.found["actions"]:
        for arm in action["arms"]:
            shown = paper.shown(arm)
            told = paper.teller(action).effect(shown) if shown else paper.say["report.word.not_known"]
            lines.append(f"{paper.option(arm['option'])}, {option_words(action['name'])}: {told}")
    return lines


def design(paper: Paper) -> list[str]:
    """Who was drawn for what, by what, and what was written down beforehand."""
    found, say, write = paper.found, paper.say, paper.write
    arms = _arms(paper)
    goal = found["actions"][0]
    window = say("experiment.design.window", days=goal["within"]) if goal["within"] else ""
    lines = [say("experiment.design.drawn", unit=paper.units(1, word=True), arms=write.names(arms))]
    lines += [say("experiment.design.within", blocks=write.names(found["within"]))] if found["within"] else []
    lines += [say("experiment.design.where", where=found["where"])] if found["where"] else []
    lines.append(say["experiment.design.open"])
    days = {"day": write.date(found["registered"]), "drawn": write.date(found["drawn_on"])}
    lines.append(say("experiment.design.action", action=option_words(goal["name"]), window=window, **days))
    more = [option_words(action["name"]) for action in found["actions"][1:]]
    lines += [say("experiment.design.also", actions=write.names(more))] if more else []
    past = [trait_words(trait) for trait in found["past"]]
    lines += [say("experiment.design.past", traits=write.names(past))] if past else []
    return [*lines, say(f"experiment.design.{'again' if found['redrawn'] else 'not_again'}", mark=found["sha256"])]


def cannot_say(paper: Paper) -> list[str]:
    """What it would be wrong to read out of it."""
    found, say = paper.found, paper.say
    lines = [say["experiment.cannot.person"], say["experiment.cannot.others"]]
    lines += [say["experiment.cannot.later"]] if found["actions"][0]["within"] else []
    lines.append(say["experiment.cannot.intention"])
    whole = found["unit"] != "person"
    lines.append(
        say("experiment.cannot.whole", unit=paper.units(1, word=True)) if whole else say["experiment.cannot.homes"]
    )
    if found["state"] == "closed" and found["pending"]:
        lines.append(say("experiment.cannot.early", pending=paper.write.count(found["pending"])))
    elif found["state"] == "closed" and found["over"] is None:
        lines.append(say["experiment.cannot.endless"])
    return [*lines, say["experiment.cannot.why"]]


def result_figure(paper: Paper, action: Mapping[str, Any]) -> Figure | None:
    """What each arm did to one action."""
    teller = paper.teller(action)
    marks = []
    for arm in action["arms"]:
        gain = scaled(paper.shown(arm), PER)
        cell, found = number(teller, gain), verdict(gain)
        word = f"{paper.say[f'report.sign.{found}']} {_word(paper, found)}"
        figure = f"{cell.text} {cell.more}".strip() if gain is not None else ""
        marks.append(plots.Mark(paper.option(arm["option"]), figure, word, gain, found))
    if not marks:
        return None
    axis, locale = paper.say("report.goal.axis", goal=teller.goal), paper.write.locale()
    kind, unit = "exact_fixed" if paper.is_over else "exact_always", paper.units(1, word=True)
    exact = (
        paper.say(f"experiment.result.{kind}", n=paper.comparisons, unit=unit)
        if paper.comparisons > 1
        else paper.say(f"experiment.result.{kind}_one", unit=unit)
    )
    return figure_of(
        f"{paper.found['name']}-{action['name']}",
        paper.say("experiment.result.title_one", action=option_words(action["name"])),
        f"{exact} {_unadjusted(paper, action)}".strip(),
        _result_table(paper, action),
        lambda width, title: plots.draw_intervals(marks, axis, locale, width, title),
    )


def _word(paper: Paper, found: Verdict) -> str:
    return paper.say[f"report.verdict.{found}"]


def _unadjusted(paper: Paper, action: Mapping[str, Any]) -> str:
    if not action.get("explained"):
        return ""
    teller = paper.teller(action)
    each = [
        f"{paper.option(arm['option'])} {number(teller, plain).text} {number(teller, plain).more}"
        for arm in action["arms"]
        if (plain := scaled(arm["unadjusted"], PER)) and plain["lower"] is not None
    ]
    return paper.say("experiment.result.unadjusted", effects=paper.write.names(each)) if each else ""


def _result_table(paper: Paper, action: Mapping[str, Any]) -> Table:
    say, teller, write = paper.say, paper.teller(action), paper.write
    names = ("arm", "rate", "difference", "people", "p")
    head = tuple(say(f"experiment.result.{name}", action=option_words(action["name"])) for name in names)
    head = (*head, say["report.word.verdict"])
    ends = [say[f"report.word.{part}"] for part in ("value", "lower", "upper")]
    saved: list[tuple[object, ...]] = [(*head[:2], *ends, head[4])]
    base = paper.found["baseline"]
    rows = [(Cell(paper.option(base)), _rate(paper, action, base), Cell(""), Cell(""), Cell(""), Cell(""))]
    for arm in action["arms"]:
        gain = scaled(paper.shown(arm), PER)
        rows.append(
            (
                Cell(paper.option(arm["option"])),
                _rate(paper, action, arm["option"]),
                number(teller, gain),
                Cell(write.count(arm["people"]), kind="number"),
                Cell(_chance(paper, arm["p_adjusted"]), kind="number"),
                judged(teller, verdict(gain)),
            )
        )
        parts = [gain[part] if gain else None for part in ("value", "lower", "upper")]
        saved.append((arm["option"], action["rates"].get(arm["option"]), *parts, arm["p_adjusted"]))
    return Table(say("experiment.result.caption", baseline=paper.option(base)), head, tuple(rows), tuple(saved))


def _chance(paper: Paper, p: float) -> str:
    """A p-value holds for one look: it is told at the end, and never where somebody chose the day."""
    if not paper.is_over:
        return paper.say["experiment.result.p_later"] if paper.found["state"] == "running" else ""
    return paper.write.short(p) if p >= 0.001 else "< 0.001"


def _rate(paper: Paper, action: Mapping[str, Any], arm: str) -> Cell:
    rate = action["rates"].get(arm)
    if rate is None:
        return Cell("", kind="number")
    shown = paper.write.percent(rate) if action["kind"] == "event" else paper.write.short(rate)
    return Cell(shown, kind="number")


def counts_table(paper: Paper) -> Table:
    """Who was drawn, and what came back."""
    say, write = paper.say, paper.write
    names = ("drawn", "people", "known", "missing", "outside")
    head = (say["experiment.result.arm"], *(say[f"experiment.data.{name}"] for name in names))
    rows = [
        (Cell(paper.option(one["option"])), *(Cell(write.count(one[name]), kind="number") for name in names))
        for one in paper.found["counts"]
    ]
    return Table(say["experiment.data.caption"], head, tuple(rows))


def course_table(paper: Paper) -> Table | None:
    """Week by week, when the effect came."""
    found, say = paper.found["decay"], paper.say
    if found is None:
        return None
    teller = paper.teller(paper.found["actions"][0])
    head = (say["experiment.result.arm"], *_weeks(paper, found["days"]))
    rows = [
        (
            Cell(paper.option(arm)),
            *(number(teller, scaled(each, PER) if each["lower"] is not None else None) for each in its),
        )
        for arm, its in found["arms"].items()
    ]
    return Table(say["experiment.course.caption"], head, tuple(rows))


def _weeks(paper: Paper, days: list[int]) -> list[str]:
    """Day 0 to 7, day 8 to 14 ..."""
    return [
        paper.say("experiment.course.week", first=before + 1 if before else 0, last=day)
        for before, day in zip([0, *days], days, strict=False)
    ]


def spill_sentences(paper: Paper) -> list[str]:
    """What reached those beside whom somebody was spoken to: at home, then in their team."""
    say = paper.say
    if paper.found["unit"] != "person":
        return [say("experiment.spill.unseen_whole", unit=paper.units(1, word=True))]
    home, team = paper.found["spill_over"], paper.found.get("spill_teams")  # closed before teams were told: none
    lines = _spilled(paper, home, ("direct", "spilled"), by=("spilled",), where="")
    more = _spilled(paper, team, ("untold", "told"), by=("untold", "told"), where="teams_")
    if team is not None and more:
        share, spread = (paper.write.percent(team[name]) for name in ("share", "spread"))
        more = [*more, say("experiment.spill.teams_moved", share=share, spread=spread)]
    return [*lines, *more, *one_look(paper)] if lines or more else []


def one_look(paper: Paper) -> list[str]:
    """What is no always-valid interval is believed once: at the end, on a day that nobody chose by what they saw."""
    if paper.is_over:
        return []
    return [paper.say["experiment.one_look" if paper.found["state"] == "running" else "experiment.closed_early"]]


def _spilled(
    paper: Paper, found: Mapping[str, Any] | None, names: tuple[str, ...], *, by: tuple[str, ...], where: str
) -> list[str]:
    """Each effect that there is, and whether what travels is proven."""
    teller, say = paper.teller(paper.found["actions"][0]), paper.say
    shown = {name: found[name] for name in names if found[name]["lower"] is not None} if found else {}
    if not shown:
        return []
    proven = any(name in shown and verdict(shown[name]) in {"gain", "harm"} for name in by)
    told = [say(f"experiment.spill.{where}{name}", effect=teller.effect(one)) for name, one in shown.items()]
    return [*told, say[f"experiment.spill.{where}{'proven' if proven else 'not_proven'}"]]


def write_paper(found: Mapping[str, Any], path: Path) -> None:
    """Write the page of an experiment, whole or not at all.

    Raises:
        StorageError: when the file cannot be written.
    """
    write_text(render_paper(found), path)


def render_paper(found: Mapping[str, Any]) -> str:
    """The page of an experiment as HTML; the same figures give the same bytes.

    Args:
        found: what ``groundswell experiment --json`` shows of one that has drawn.
    """
    paper = Paper(found)
    say = paper.say
    told, goal = answer(paper), found["actions"][0]
    return page_of(
        "paper.html",
        words="experiment",
        say=say,
        write=paper.write,
        found=found,
        answer=told[0],
        answer_key=_tone(paper),
        leads=told[1:],
        design=design(paper),
        results=_results(paper),
        empty=say["experiment.result.withheld" if goal.get("withheld") else "experiment.result.nothing_yet"],
        course=course_table(paper),
        once=one_look(paper),
        spill=spill_sentences(paper),
        cannot=cannot_say(paper),
        counts=counts_table(paper),
        even=found["ratio"] is not None and not found["ratio"]["alarm"],
        method=[(say[f"experiment.method.{name}"], say[f"experiment.method.{name}_text"]) for name in _METHOD],
    )


def _results(paper: Paper) -> list[tuple[str, list[Figure]]]:
    """What people did, apart from what they agreed to and what they opened."""
    found = []
    for shows in ("acted", "agreed", "opened"):
        figures = [
            figure
            for action in paper.found["actions"]
            if action["shows"] == shows and (figure := result_figure(paper, action)) is not None
        ]
        if figures:
            found.append((paper.say[f"experiment.result.shows_{shows}"], figures))
    return found


def _tone(paper: Paper) -> str:
    found = [verdict(paper.shown(arm)) for arm in paper.found["actions"][0]["arms"]]
    return "gain" if "gain" in found else "harm" if "harm" in found else "none"
