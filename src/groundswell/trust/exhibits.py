"""What stands on the page: each figure with its sentence, its plot, its table and its two files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundswell.trust import plots, tabulating
from groundswell.trust.figures import Interval, Verdict, scaled, verdict
from groundswell.trust.tabulating import Table
from groundswell.trust.teller import PER, Teller, trait_words
from groundswell.trust.telling import (
    arms_title,
    by_effect,
    curves_title,
    ladder_title,
    plan_title,
    proven_for_everybody,
)

MOST_PANELS = 8


@dataclass(frozen=True)
class Figure:
    """One plot with what belongs to it.

    Attributes:
        name: of its files.
        title: what it says, as a sentence.
        wide, narrow, alone: the plot as data URIs: for a desk and paper, for a telephone, for saving.
        table: the same figures.
        csv: the table's figures as a data URI.
        exact: the exact terms, for the second line.
    """

    name: str
    title: str
    wide: str
    narrow: str
    alone: str
    table: Table
    csv: str
    exact: str


def _figure(name: str, title: str, exact: str, table: Table, draw: Callable[[int, str], str]) -> Figure:
    return Figure(
        name=name,
        title=title,
        wide=_uri(draw(plots.WIDE, ""), "image/svg+xml"),
        narrow=_uri(draw(plots.NARROW, ""), "image/svg+xml"),
        alone=_uri(draw(plots.WIDE, title), "image/svg+xml"),
        table=table,
        csv=_uri("\ufeff" + table.csv(), "text/csv"),
        exact=exact,
    )


def _uri(text: str, kind: str) -> str:
    charset = ";charset=utf-8" if kind.startswith("text/") else ""
    return f"data:{kind}{charset};base64,{b64encode(text.encode()).decode()}"


def ladder_figure(teller: Teller) -> Figure | None:
    """Nothing, broadcast, right people, right message: each step with its interval."""
    summary, say = teller.summary, teller.say
    if not summary["ladder"]:
        return None
    marks, start = [], 0.0
    for step in summary["ladder"]:
        gain = scaled(step["gain"], PER)
        marks.append(_mark(teller, say[f"report.ladder.short_{step['step']}"], gain, verdict(gain), start))
        start += gain["value"] if gain else 0.0
    total = scaled(summary["differences"].get("policy-nothing"), PER)
    marks.append(_mark(teller, say["report.ladder.short_total"], total, verdict(total)))
    axis, locale = say("report.goal.axis", goal=teller.goal), teller.write.locale()
    return _figure(
        "ladder",
        ladder_title(teller),
        say("report.ladder.exact", unit=teller.unit_word),
        tabulating.ladder_table(teller),
        lambda width, title: plots.draw_intervals(marks, axis, locale, width, title),
    )


def _mark(teller: Teller, name: str, estimate: Interval | None, judged: Verdict, start: float = 0.0) -> plots.Mark:
    word = f"{teller.say[f'report.sign.{judged}']} {teller.say[f'report.verdict.{judged}']}"
    cell = tabulating.number(teller, estimate)
    figure = f"{cell.text} {cell.more}".strip() if estimate is not None else ""
    return plots.Mark(name, figure, word, estimate, judged, start)


def arms_figure(teller: Teller) -> Figure | None:
    """What each option did."""
    say = teller.say
    arms = by_effect([arm for arm in teller.summary["arms"] if arm["option"] != "nothing"])
    if not arms:
        return None
    marks = [
        _mark(teller, teller.option(arm["option"]), scaled(arm["uplift"], PER), tabulating.arm_verdict(teller, arm))
        for arm in arms
    ]
    axis, locale = say("report.goal.axis", goal=teller.goal), teller.write.locale()
    return _figure(
        "options",
        arms_title(teller),
        say("report.arms.exact", unit=teller.unit_word),
        tabulating.arms_table(teller),
        lambda width, title: plots.draw_intervals(marks, axis, locale, width, title),
    )


def curves_figure(teller: Teller) -> Figure | None:
    """The gain of each option as more people are contacted, the highest ranked first."""
    say = teller.say
    options = tabulating.curve_options(teller.summary)
    if not options:
        return None
    proven = proven_for_everybody(teller.summary)
    lines = [_line(teller, option, "gain" if option in proven else "none") for option in options[:MOST_PANELS]]
    axes = (say["report.curves.axis_share"], say("report.curves.axis_gain", goal=teller.goal))
    exact = say("report.curves.exact", unit=teller.unit_word)
    if len(options) > MOST_PANELS:
        exact = f"{say('report.curves.more', n=MOST_PANELS)} {exact}"
    random, locale = say["report.curves.random"], teller.write.locale()
    return _figure(
        "curves",
        curves_title(teller, options),
        exact,
        tabulating.curves_table(teller),
        lambda width, title: plots.draw_curves(lines, axes, random, locale, width, title),
    )


def _line(teller: Teller, option: str, judged: Verdict) -> plots.Line:
    curve = teller.summary["curves"][option]
    places = tabulating.curve_places(curve)
    gain, lower, upper = ([curve[part][place] * PER for place in places] for part in ("gain", "lower", "upper"))
    return plots.Line(teller.option(option), [curve["share"][place] for place in places], gain, lower, upper, judged)


def plan_figure(teller: Teller) -> Figure:
    """How many units get what."""
    rows = tabulating.plan_rows(teller.summary)
    marks = [
        (teller.option(option), float(units), teller.write.count(units), option != "nothing") for option, units in rows
    ]
    axis, locale = teller.say("report.plan.axis", units=teller.unit_name), teller.write.locale()
    return _figure(
        "plan",
        plan_title(teller),
        teller.say["report.plan.exact"],
        tabulating.plan_table(teller),
        lambda width, title: plots.draw_bars(marks, axis, locale, width, title),
    )


@dataclass(frozen=True)
class Group:
    """Who gets one message, in plain words."""

    head: str
    split: str
    leaves: tuple[str, ...]
    compared: str = ""
    most: str = ""


def groups(teller: Teller) -> list[Group]:
    """Who gets each message."""
    summary, say = teller.summary, teller.say
    found, drawn = [], []
    for option, units in tabulating.plan_rows(summary):
        if option == "nothing" or not units:
            continue
        head = say("report.groups.head", units=teller.units(units), option=teller.option(option))
        group = summary["groups"].get(option)
        if group is None:
            drawn.append(head)
            continue
        write, chosen = teller.write, summary["chosen"].get(option, 0)
        split = say("report.groups.split", chosen=write.count(chosen), drawn=write.count(units - chosen))
        leaves = tuple(
            say(
                "report.groups.leaf",
                conditions=conditions_words(teller, leaf["conditions"]),
                units=teller.units(leaf["units"]),
                share=write.percent(leaf["share"]),
            )
            for leaf in group["leaves"]
        )
        means = [
            say(
                "report.groups.mean",
                trait=trait_words(mean["trait"]),
                mine=_mean(teller, mean, "mine"),
                everybody=_mean(teller, mean, "everybody"),
            )
            for mean in group["means"]
        ]
        found.append(Group(head, split, leaves, write.names(means), say["report.groups.most"]))
    if drawn:
        found.append(Group(say["report.groups.only_drawn"], say["report.groups.only_drawn_more"], tuple(drawn)))
    return found


def _mean(teller: Teller, mean: Mapping[str, Any], part: str) -> str:
    yes_no = teller.summary["kinds"].get(mean["trait"]) == "yes/no"
    return teller.write.percent(mean[part]) if yes_no else teller.write.short(mean[part])


def conditions_words(teller: Teller, conditions: Iterable[Mapping[str, Any]]) -> str:
    r"""The answers that a group has in common.

    >>> teller = Teller({"campaign": {"language": "en", "decide": "household"}, "kinds": {"woman": "yes/no"}})
    >>> conditions_words(teller, [{"trait": "woman", "at_least": 0.646, "below": None}])
    'woman for 65\xa0% of them or more'
    >>> conditions_words(teller, [{"trait": "household_size", "at_least": 2.5, "below": None}])
    'household size 3 or more'
    """
    said = [_condition(teller, condition) for condition in conditions]
    words = said[0] if said else teller.say["report.groups.all"]
    for more in said[1:]:
        words = teller.say("report.groups.and", first=words, last=more)
    return words


def _condition(teller: Teller, condition: Mapping[str, Any]) -> str:
    write = teller.write
    trait, lower, upper = str(condition["trait"]), condition["at_least"], condition["below"]
    if teller.summary["kinds"].get(trait) == "yes/no":
        return _yes_no(teller, trait, lower, upper)
    # Averages over people can lie anywhere; a cut half way between whole numbers of a person or of a household's own
    # trait separates whole numbers.
    own = teller.unit == "person" or trait.startswith(f"{teller.unit}_")
    whole = own and all(cut is None or cut % 1 == 0.5 for cut in (lower, upper))
    least = lower + 0.5 if whole and lower is not None else lower
    most = upper - 0.5 if whole and upper is not None else upper
    if least is None:
        key = "at_most" if whole else "below"
    elif most is None:
        key = "at_least"
    elif whole:
        key = "exactly" if least == most else "span"
    else:
        key = "between"
    ends = {name: "" if end is None else write.short(end) for name, end in (("lower", least), ("upper", most))}
    return teller.say(f"report.groups.{key}", trait=trait_words(trait), n=ends["lower"] or ends["upper"], **ends)


def _yes_no(teller: Teller, trait: str, lower: float | None, upper: float | None) -> str:
    """A trait that people have or have not: of one person it is told as such, of several as their share."""
    word = trait_words(trait)
    if teller.unit == "person":
        return teller.say("report.groups.yes" if lower is not None else "report.groups.no", trait=word)
    key = "share_below" if lower is None else "share_at_least" if upper is None else "share_between"
    ends = {
        name: "" if end is None else teller.write.percent(end) for name, end in (("lower", lower), ("upper", upper))
    }
    return teller.say(f"report.groups.{key}", trait=word, **ends)
