"""The report of a round: one page that is complete in itself.

It needs no network, no script and no other file; it is read on a telephone, on a desk and on paper. The answer stands
first, the evidence below, the method last.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from groundswell.tables import write_text
from groundswell.trust import exhibits, tabulating, telling
from groundswell.trust.teller import PER, Teller, option_words

_SECTIONS = ("ladder", "plan", "groups", "left_out", "arms", "curves", "data", "method")


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
    """The report as HTML, in the campaign's language; the same summary gives the same bytes.

    >>> import json
    >>> from groundswell.trust import report
    >>> "default-src 'none'" in report.policy_of("body { margin: 0 }")
    True
    """
    page = files("groundswell.trust") / "page"
    style = (page / "style.css").read_text(encoding="utf-8")
    source = (page / "report.html").read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({"report.html": source}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    teller = Teller(summary)
    html = environment.get_template("report.html").render(
        say=teller.say,
        write=teller.write,
        teller=teller,
        summary=summary,
        style=style,
        policy=policy_of(style),
        sections=_SECTIONS,
        **_content(teller),
    )
    return html.rstrip() + "\n"


def policy_of(style: str) -> str:
    """What the page may load: its pictures, which stand in it, and this very style.

    >>> policy_of("")
    "default-src 'none'; img-src data:; style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; ..."
    """
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _content(teller: Teller) -> dict[str, Any]:
    summary = teller.summary
    return {
        "answer": telling.answer(teller),
        "answer_key": telling.answer_key(summary),
        "facts": _facts(teller),
        "notices": telling.notices(teller),
        "refusals": telling.refusals(teller),
        "ladder": exhibits.ladder_figure(teller),
        "steps": telling.step_sentences(teller),
        "compare": tabulating.compare_table(teller) if summary["differences"] else None,
        "plan": exhibits.plan_figure(teller),
        "expectation": telling.expectation(teller),
        "learning": telling.learning(teller),
        "limits": tabulating.limits_table(teller) if summary["limits"] else None,
        "lists": summary.get("files", {}).get("lists", []),
        "groups": exhibits.groups(teller),
        "left_out": tabulating.left_out_table(teller) if summary["left_out"] else None,
        "arms": exhibits.arms_figure(teller),
        "guard": tabulating.guard_table(teller) if summary["proofs"] else None,
        "curves": exhibits.curves_figure(teller),
        "data": _data(teller),
        "rejected": tabulating.rejected_table(teller) if summary["rejected_reasons"] else None,
        "method": _method(teller),
        "sent": telling.sent(summary),
        "per": PER,
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
        at_most = write.money(limit["at_most"], teller.currency)
        told = say("report.answer.fact_spent", currency=teller.currency)
        found.append((write.exact(limit["used"]), told, say("report.answer.fact_spent_of", at_most=at_most)))
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
    return [(say(f"report.data.{name}", units=teller.unit_name), write.count(number)) for name, number in found]


def _method(teller: Teller) -> list[tuple[str, list[str]]]:
    """The exact terms, last."""
    summary, say, write = teller.summary, teller.say, teller.write
    evaluation, proofs = summary["evaluation"], summary["proofs"]
    gap = "none" if summary["gap"] <= 0 else "small" if summary["gap"] < 1e-5 else "some"
    value, bound = (write.short(summary[name]) for name in ("value", "bound"))
    money = [say("report.number.money", n=amount, currency=teller.currency) for amount in (value, bound)]
    goal = option_words(str(summary["goal"]["name"]))
    parts = [("estimand", [say("report.method.estimand_text", goal=goal, unit=teller.unit_word)])]
    if evaluation is None:
        parts.append(("evaluation", [say["report.method.evaluation_none"]]))
    else:
        units, people = teller.units(evaluation["units"]), write.count(evaluation["people"])
        told = say("report.method.evaluation_text", people=people, units=units, seed=summary["seed"])
        parts.append(("evaluation", [told]))
        parts.append(("interval", [say("report.method.interval_text", unit=teller.unit_word)]))
        broadcast, single = (_in_folds(teller, evaluation[name]) for name in ("broadcast", "single"))
        parts.append(("rivals", [say("report.method.rivals_text", broadcast=broadcast, single=single)]))
    proven = sum(proof["proven"] for proof in proofs)
    guard = (
        say("report.method.guard_text", proven=proven, all=len(proofs)) if proofs else say["report.method.guard_none"]
    )
    parts += [("guard", [guard]), ("shrunk", [say["report.method.shrunk_text"]])]
    gap_told = say(f"report.method.gap_{gap}", gap=write.tiny_percent(summary["gap"]))
    parts.append(("gap", [gap_told, say("report.method.gap_exact", value=money[0], bound=money[1])]))
    repeat = say(
        "report.method.repeat_text",
        format=summary["format"],
        round=summary["round"],
        seed=summary["seed"],
        today=write.date(summary["today"]),
    )
    parts.append(("repeat", [repeat]))
    return [(say[f"report.method.{name}"], told) for name, told in parts]


def _in_folds(teller: Teller, options: list[str]) -> str:
    """The message of each fold; said once where all folds agree."""
    told = [teller.option(option) for option in options]
    return told[0] if len(set(told)) == 1 else teller.write.names(told)
