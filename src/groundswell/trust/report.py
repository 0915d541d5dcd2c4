"""The report of a round: one page that is complete in itself.

It needs no network, no script and no other file; it is read on a telephone, on a desk and on paper. The answer stands
first, the evidence below, the method last.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.tables import write_text
from groundswell.trust import (
    exhibits,
    foretelling,
    grouping,
    noticing,
    pricing,
    proving,
    reckoning,
    recounting,
    score_exhibits,
    scoring,
    speaking,
    tabulating,
    telling,
)
from groundswell.trust.pages import page_of
from groundswell.trust.teller import PER, Teller

_SECTIONS = (
    "pilot",
    "history",
    "ladder",
    "plan",
    "messengers",
    "groups",
    "left_out",
    "arms",
    "curves",
    "scores",
    "data",
    "method",
)
_OF_PROOF = ("ladder", "arms", "curves")
"""Sections about what the past proves: a pilot has none."""


def write_report(summary: Mapping[str, Any], path: Path) -> None:
    """Write the report of a round, whole or not at all.

    Args:
        summary: what ``summarise`` gave, or the same read back from JSON.
        path: the file, such as ``report.html``.

    Raises:
        StorageError: when the file cannot be written.
    """
    write_text(render_report(summary), path)


def render_report(summary: Mapping[str, Any]) -> str:
    """The report as HTML, in the campaign's language; the same summary gives the same bytes."""
    teller = Teller(summary)
    return page_of(
        "report.html",
        words="report",
        say=teller.say,
        write=teller.write,
        teller=teller,
        summary=summary,
        sections=sections_of(summary),
        **_content(teller),
    )


def sections_of(summary: Mapping[str, Any]) -> list[str]:
    """What the page has: a pilot tells what it will be able to see, a later round what was learnt round by round.

    >>> sections_of({"pilot": {}, "history": [{"round": 1}]})
    ['pilot', 'plan', 'groups', 'left_out', 'data', 'method']
    """
    away = {*(_OF_PROOF if summary["pilot"] is not None else ("pilot",))}
    away |= {"history"} if len(summary["history"]) < 2 else set()
    away |= set() if summary.get("scores") else {"scores"}
    away |= set() if summary.get("from_whom") else {"messengers"}
    return [name for name in _SECTIONS if name not in away]


def _content(teller: Teller) -> dict[str, Any]:
    summary, pilot = teller.summary, teller.summary["pilot"] is not None
    several = len(summary["history"]) > 1
    return {
        "answer": telling.answer(teller),
        "answer_key": telling.answer_key(summary),
        "facts": _facts(teller),
        "leads": telling.leads(teller),
        "pilot": exhibits.pilot_figure(teller),
        "pilot_told": foretelling.pilot_sentences(teller) if pilot else [],
        "seen": foretelling.see_sentences(teller) if pilot and summary["pilot"]["power"] else [],
        "next_steps": foretelling.next_steps(teller) if pilot else [],
        "history": exhibits.history_figure(teller),
        "history_title": recounting.history_title(teller) if several else "",
        "history_table": recounting.history_table(teller) if several else None,
        "history_notes": recounting.history_notes(teller) if several else [],
        "learnt": recounting.proof_sentences(teller) if several else [],
        "notices": noticing.notices(teller),
        "refusals": noticing.refusals(teller),
        "ladder": exhibits.ladder_figure(teller),
        "steps": telling.step_sentences(teller),
        "compare": tabulating.compare_table(teller) if summary["differences"] else None,
        "plan": exhibits.plan_figure(teller),
        "expectation": telling.expectation(teller),
        "learning": telling.learning(teller),
        "limits": (foretelling if pilot else tabulating).limits_table(teller) if summary["limits"] else None,
        "floors": pricing.floor_sentences(teller),
        "more": exhibits.more_figures(teller),
        "margin": pricing.margin_sentences(teller),
        "alike": recounting.alike(teller),
        "lists": summary.get("files", {}).get("lists", []),
        "messengers": speaking.messenger_sentences(teller) if summary.get("from_whom") else [],
        "fit": speaking.fit_table(teller) if summary.get("from_whom") else None,
        "groups": grouping.groups(teller),
        "left_out": tabulating.left_out_table(teller) if summary["left_out"] else None,
        "arms": exhibits.arms_figure(teller),
        "guard": proving.guard_table(teller) if summary["proofs"] else None,
        "curves": exhibits.curves_figure(teller),
        "curves_scroll": proving.scrolls(summary),
        "scores": [_score(teller, one) for one in summary.get("scores", ())],
        "data": _data(teller),
        "losses": tabulating.losses_table(teller) if noticing.many_losses(summary) else None,
        "rejected": tabulating.rejected_table(teller) if summary["rejected_reasons"] else None,
        "method": reckoning.method(teller),
        "sent": telling.sent(summary),
        "per": PER,
    }


def _score(teller: Teller, one: Mapping[str, Any]) -> dict[str, Any]:
    """One declared score: its sentences, its plot, its places."""
    return {
        "title": scoring.score_title(teller, one),
        "told": scoring.score_sentences(teller, one),
        "figure": score_exhibits.score_figure(teller, one),
        "areas": score_exhibits.area_tables(teller, one),
    }


def _facts(teller: Teller) -> list[tuple[str, str, str]]:
    """Three figures: who, what it costs, what it is expected to bring."""
    summary, say, write = teller.summary, teller.say, teller.write
    found = [
        (
            write.count(telling.sent(summary)),
            say("report.answer.fact_sent", units=teller.unit_name),
            say("report.answer.fact_sent_of", n=write.count(summary["units"])),
        )
    ]
    if teller.money is not None:
        limit = summary["limits"][teller.money]
        share = summary["pilot"]["money"] if summary["pilot"] is not None else 1.0
        at_most = write.money(limit["at_most"] * share, teller.currency)
        told = say("report.answer.fact_spent", currency=teller.currency)
        key = "fact_spent_of_pilot" if summary["pilot"] is not None else "fact_spent_of"
        found.append((write.exact(limit["used"]), told, say(f"report.answer.{key}", at_most=at_most)))
    if summary["pilot"] is not None:
        return [*found, *foretelling.facts(teller)]
    expected = write.short(summary["expected"])
    told = say("report.answer.fact_expected", goal=teller.goal)
    found.append((expected, told, say["report.answer.fact_expected_of"]))
    return found


def _data(teller: Teller) -> list[tuple[str, str]]:
    """What came in, and what could not be used."""
    summary, say, write = teller.summary, teller.say, teller.write
    found = [("people", summary["people"]), ("households", summary["households"]), ("units", summary["units"])]
    found += [("stopped", summary["stopped"]), ("rejected", summary["rejected"])]
    found += [("missing", sum(summary["missing"].values())), ("pending", summary["pending"])]
    strays = sum(summary["unmatched"].values())
    found += [("unmatched", strays)] if strays else []
    return [(say(f"report.data.{name}", units=teller.unit_name), write.count(number)) for name, number in found]
