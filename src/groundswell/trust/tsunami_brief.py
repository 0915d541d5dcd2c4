"""A log in a few lines, for a terminal: the same figures as on the page's first screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.tsunami_words import ROLES, Told, answer, cautions, households, interest, lead, rules


def tsunami_lines(summary: Mapping[str, Any]) -> list[str]:
    """A log in a few lines, for a terminal: the same figures as on the page's first screen.

    Args:
        summary: what ``groundswell tsunami --json`` prints, or ``file``, ``language`` and what ``measure`` gave.

    Returns:
        Lines in the summary's language.

    >>> import pyarrow as pa
    >>> from groundswell.listen.tsunami import measure
    >>> found = measure(pa.table({"person": ["ada"], "message": ["schools"]}))
    >>> tsunami_lines({"file": "own decisions", **found})[0]
    'own decisions: 1 sending of 1 message to 1 person; the log does not say when.'
    """
    told = Told(summary)
    say, write, summary = told.say, told.write, told.summary
    variety = summary["variety"]
    plain, all_of_it = write.count(variety["all"]["different"]), write.short(variety["all"]["effective"])
    mean = write.short(variety["person"]["effective"]["mean"])
    lines = [f"{summary['file']}: {lead(told)}", *_columns(told), "", answer(told)]
    lines.append(say("tsunami.brief.variety", effective=mean, different=plain, all=all_of_it))
    if summary["load"]:
        load = {name: write.count(summary["load"][name]) for name in ("median", "p99", "max")}
        lines.append(say("tsunami.brief.load", mean=write.short(summary["load"]["mean"]), **load))
    if summary["same"] and summary["same"]["worst"]:
        week = summary["same"]["worst"]
        date, share = write.date(week["week"]), write.percent(week["share"])
        lines.append(say("tsunami.brief.worst", date=date, share=share))
    lines += [households(told)] if summary["households"] else []
    lines += [interest(told)] if summary["interest"] else []
    return [*lines, *_spared(told), "", *cautions(told), *_rejected(told)]


def _columns(told: Told) -> list[str]:
    say, columns = told.say, told.summary["columns"]
    if not columns:
        return []
    wide = max(len(taken["column"]) for taken in columns.values())
    lines = [say("tsunami.brief.columns", role="who")]
    for role in ROLES:
        name = role.ljust(max(map(len, ROLES)))
        taken = columns.get(role)
        if taken is None:
            lines.append(say("tsunami.brief.no_column", role=name))
        else:
            example = taken["example"] if taken["example"] is not None else "-"
            lines.append(say("tsunami.brief.column", role=name, column=taken["column"].ljust(wide), example=example))
    return lines


def _spared(told: Told) -> list[str]:
    found = rules(told.summary)
    names = {(name, cap): told.rule(name, cap) for name, cap, _ in found}
    wide = max(map(len, names.values()), default=0)
    lines = [told.say["tsunami.brief.spared_title"]] if found else []
    for name, cap, spared in found:
        lines.append(
            told.say(
                "tsunami.brief.spared",
                rule=names[name, cap].ljust(wide),
                sendings=told.count("sending", spared["sendings"]),
                share=told.write.percent(spared["share"]),
                people=told.count("person", spared["people"]),
            )
        )
    return lines


def _rejected(told: Told) -> list[str]:
    rows, say = told.summary["rows"], told.say
    if not rows["rejected"]:
        return []
    most = rows["reasons"][0]
    count = told.count("row", rows["rejected"])
    lines = [say("tsunami.brief.rejected", rows=count, reason=most["reason"], row=told.write.count(most["first_row"]))]
    file = told.summary["rejected_file"]
    return [*lines, say("tsunami.brief.rejected_file", file=file)] if file else lines
