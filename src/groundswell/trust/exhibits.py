"""What stands on the page: each figure with its sentence, its plot, its table and its two files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundswell.trust import foretelling, plots, pricing, proving, recounting, tabulating
from groundswell.trust.figures import Interval, Verdict, scaled, verdict
from groundswell.trust.ladder import whole_ladder
from groundswell.trust.tabulating import Table
from groundswell.trust.teller import PER, Teller
from groundswell.trust.telling import (
    arms_title,
    by_effect,
    curves_title,
    ladder_title,
    plan_title,
    proven_for_everybody,
)

MOST_PANELS = 8
_EXACT = {"none": "exact", "some": "exact_some_weighted", "all": "exact_weighted"}


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


def figure_of(name: str, title: str, exact: str, table: Table, draw: Callable[[int, str], str]) -> Figure:
    """One plot, drawn for every width, with what belongs to it.

    Args:
        name: of its files.
        title: what it says, as a sentence.
        exact: the exact terms.
        table: the same figures.
        draw: draws it, given its width and the title that stands inside it.
    """
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
    total = scaled(whole_ladder(summary["differences"].get("policy-nothing"), summary.get("from_whom")), PER)
    marks.append(_mark(teller, say["report.ladder.short_total"], total, verdict(total)))
    axis, locale = say("report.goal.axis", goal=teller.goal), teller.write.locale()
    return figure_of(
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


def pilot_figure(teller: Teller) -> Figure | None:
    """How small an effect a pilot will be able to see."""
    summary, say = teller.summary, teller.say
    if summary["pilot"] is None or not summary["pilot"]["power"]:
        return None
    marks = [
        (teller.option(power["option"]), power["visible"] * PER, teller.size(power["visible"]))
        for power in foretelling.powered(summary)
    ]
    axis = say("report.goal.axis", goal=teller.goal)
    labels, locale = (say["report.pilot.dark"], say["report.pilot.light"]), teller.write.locale()
    return figure_of(
        "pilot",
        foretelling.pilot_title(teller),
        say["report.pilot.exact"],
        foretelling.power_table(teller),
        lambda width, title: plots.draw_reach(marks, labels, axis, locale, width, title),
    )


def history_figure(teller: Teller) -> Figure | None:
    """What each round brought."""
    summary, say = teller.summary, teller.say
    if len(summary["history"]) < 2 or not recounting.known_rounds(summary):
        return None
    marks = []
    for entry in summary["history"]:
        gain = scaled(entry["brought"], PER)
        mark = _mark(teller, recounting.round_label(teller, entry), gain, verdict(gain))
        waiting = gain is None and not entry["outcomes"]
        marks.append(replace(mark, word=say["report.history.not_yet"]) if waiting else mark)
    axis, locale = say("report.goal.axis", goal=teller.goal), teller.write.locale()
    return figure_of(
        "rounds",
        recounting.history_title(teller),
        say("report.history.exact", unit=teller.unit_word),
        recounting.history_table(teller),
        lambda width, title: plots.draw_intervals(marks, axis, locale, width, title),
    )


def arms_figure(teller: Teller) -> Figure | None:
    """What each option did."""
    say = teller.say
    arms = by_effect([arm for arm in teller.summary["arms"] if arm["option"] != "nothing"])
    if not arms:
        return None
    marks = [
        _mark(teller, teller.option(arm["option"]), scaled(arm["uplift"], PER), proving.arm_verdict(teller, arm))
        for arm in arms
    ]
    axis, locale = say("report.goal.axis", goal=teller.goal), teller.write.locale()
    return figure_of(
        "options",
        arms_title(teller),
        say(f"report.arms.{_EXACT[proving.weighted(teller.summary)]}", unit=teller.unit_word),
        proving.arms_table(teller),
        lambda width, title: plots.draw_intervals(marks, axis, locale, width, title),
    )


def curves_figure(teller: Teller) -> Figure | None:
    """The gain of each option as more people are contacted, the highest ranked first."""
    say = teller.say
    options = proving.curve_options(teller.summary)
    if not options:
        return None
    proven = proven_for_everybody(teller.summary)
    lines = [_line(teller, option, "gain" if option in proven else "none") for option in options[:MOST_PANELS]]
    axes = (say["report.curves.axis_share"], say("report.curves.axis_gain", goal=teller.goal))
    exact = say("report.curves.exact", unit=teller.unit_word)
    if len(options) > MOST_PANELS:
        exact = f"{say('report.curves.more', n=MOST_PANELS)} {exact}"
    if any(cell.text == proving.NO_POINT for row in proving.curves_table(teller).rows for cell in row):
        exact = f"{exact} {say['report.curves.no_point']}"
    random, locale = say["report.curves.random"], teller.write.locale()
    return figure_of(
        "curves",
        curves_title(teller, options),
        exact,
        proving.curves_table(teller),
        lambda width, title: plots.draw_curves(lines, axes, random, locale, width, title),
    )


def _line(teller: Teller, option: str, judged: Verdict) -> plots.Line:
    curve = teller.summary["curves"][option]
    places = proving.curve_places(curve)
    gain, lower, upper = ([curve[part][place] * PER for place in places] for part in ("gain", "lower", "upper"))
    return plots.Line(teller.option(option), [curve["share"][place] for place in places], gain, lower, upper, judged)


def more_figures(teller: Teller) -> list[tuple[str, Figure]]:
    """What the plan would bring with less and with more of money, and of what binds it most: heading and figure."""
    # A line has two ends.
    return [_growth(teller, more) for more in teller.summary["more"] if len(more["points"]) > 1]


def _growth(teller: Teller, more: Mapping[str, Any]) -> tuple[str, Figure]:
    say, name = teller.say, more["limit"].replace("_", " ")
    points = sorted((point["amount"], point["actions"]) for point in more["points"])
    axes = (say("report.more.axis", name=name), say("report.goal.axis_total", goal=teller.goal))
    locale, today = teller.write.locale(), (more["at_most"], more["now"], say["report.more.today"])
    drawn = figure_of(
        f"more-{more['limit']}",
        pricing.more_title(teller, more),
        say["report.more.exact"],
        pricing.more_table(teller, more),
        lambda width, title: plots.draw_growth(points, today, axes, locale, width, title),
    )
    return say("report.more.heading", name=name), drawn


def plan_figure(teller: Teller) -> Figure:
    """How many units get what."""
    rows = tabulating.plan_rows(teller.summary)
    marks = [
        (teller.option(option), float(units), teller.write.count(units), option != "nothing") for option, units in rows
    ]
    axis, locale = teller.say("report.plan.axis", units=teller.unit_name), teller.write.locale()
    return figure_of(
        "plan",
        plan_title(teller),
        teller.say[f"report.plan.exact{'_pilot' if teller.summary['pilot'] is not None else ''}"],
        tabulating.plan_table(teller),
        lambda width, title: plots.draw_bars(marks, axis, locale, width, title),
    )
