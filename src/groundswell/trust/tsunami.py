"""The page of a log: how alike is what we send? One page that is complete in itself, like the report of a round.

The answer stands first, the evidence below, the method last. Whatever the log cannot tell is said in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.tables import write_text
from groundswell.trust import tsunami_exhibits as exhibits
from groundswell.trust import tsunami_tables as tables
from groundswell.trust import tsunami_words as telling
from groundswell.trust.pages import page_of
from groundswell.trust.tsunami_brief import tsunami_lines
from groundswell.trust.tsunami_words import Told

__all__ = ["render_tsunami", "tsunami_lines", "write_tsunami"]

_SECTIONS = ("same", "variety", "load", "households", "interest", "spared", "top", "data", "method")
_METHOD = ("unit", "week", "effective", "percentile", "household", "proof")


def write_tsunami(summary: Mapping[str, Any], path: Path) -> None:
    """Write the page of a log, whole or not at all.

    Args:
        summary: what :func:`render_tsunami` takes.
        path: the file, such as ``log-tsunami.html``.

    Raises:
        StorageError: when the file cannot be written.
    """
    write_text(render_tsunami(summary), path)


def render_tsunami(summary: Mapping[str, Any]) -> str:
    """The page of a log as HTML, in the summary's language; the same summary gives the same bytes.

    Args:
        summary: what ``groundswell tsunami --json`` prints, or ``file``, ``language`` and what ``measure`` gave.

    >>> import pyarrow as pa
    >>> from groundswell.listen.tsunami import measure
    >>> found = measure(pa.table({"person": ["ada", "ben"], "message": ["schools", "schools"]}))
    >>> "everybody got the same" in render_tsunami({"file": "own decisions", "language": "en", **found})
    True
    """
    told = Told(summary)
    return page_of(
        "tsunami.html",
        words="tsunami",
        say=told.say,
        write=told.write,
        summary=told.summary,
        log=told.log,
        sections=_SECTIONS,
        **_content(told),
    )


def _content(told: Told) -> dict[str, Any]:
    summary = told.summary
    same = summary["same"]
    return {
        "answer": telling.answer(told),
        "exact": telling.exact(told),
        "lead": telling.lead(told),
        "facts": telling.facts(told),
        "notices": telling.notices(told),
        "same": exhibits.same_figure(told),
        "worst": telling.worst(told) if same and same["worst"] and told.log["people"] > 1 else None,
        "variety": exhibits.variety_figure(told),
        "variety_table": tables.variety_table(told),
        "only_one": _only_one(told),
        "load": exhibits.load_figure(told),
        "households": telling.households(told),
        "household_pairs": _household_pairs(told),
        "interest": telling.interest(told),
        "interest_pairs": _interest_pairs(told),
        "interest_exact": _interest_exact(told),
        "spared": exhibits.spared_figure(told),
        "top": tables.top_tables(told),
        "columns": tables.columns_table(told),
        "rows": _rows(told),
        "rejected": tables.rejected_table(told) if summary["rows"]["rejected"] else None,
        "rejected_note": _rejected_note(told),
        "dates": [_date(told, way) for way in summary["dates"]],
        "method": [(told.say[f"tsunami.method.{name}"], told.say[f"tsunami.method.{name}_text"]) for name in _METHOD],
    }


def _only_one(told: Told) -> str:
    only = told.summary["variety"]["only_one"]
    if not only or told.log["messages"] == 1:
        return ""
    share = told.write.percent(only / told.log["people"])
    return told.say("tsunami.variety.only_one", people=told.count("person", only), share=share)


def _household_pairs(told: Told) -> list[tuple[str, str]]:
    found = told.summary["households"]
    if not found or not found["hit"]:
        return []
    names = {"with_several": "with_several", "hit": "households", "cases": "cases", "sendings": "sendings"}
    pairs = [(told.say[f"tsunami.households.{name}"], told.write.count(found[part])) for part, name in names.items()]
    return [*pairs, (told.say["tsunami.households.share"], told.write.percent(found["share"]))]


def _interest_pairs(told: Told) -> list[tuple[str, str]]:
    found = told.summary["interest"]
    names = {"known": "known", "responded": "responded", "judged": "judged", "no_interest": "sendings"}
    names |= {"late": "late", "people": "people"}
    return [
        (told.say(f"tsunami.interest.{name}", least=found["least"]), told.write.count(found[part]))
        for part, name in names.items()
        if found
    ]


def _interest_exact(told: Told) -> str:
    found = told.summary["interest"]
    if not found:
        return ""
    return told.say(f"tsunami.interest.exact_{found['by']}", least=found["least"], column=told.column("response"))


def _rows(told: Told) -> list[tuple[str, str]]:
    rows = told.summary["rows"]
    return [(told.say[f"tsunami.data.{name}"], told.write.count(rows[name])) for name in ("rows", "used", "rejected")]


def _rejected_note(told: Told) -> str:
    file = told.summary["rejected_file"]
    if not file:
        return told.say["tsunami.data.rejected_plain"]
    return told.say("tsunami.data.rejected_note", file=Path(file).name)


def _date(told: Told, way: Mapping[str, Any]) -> str:
    key = f"{way['order']}_{way['because']}" if way["form"] == "ordered" else way["form"]
    return told.say(f"tsunami.data.date_{key}", example=way["example"], rows=told.count("row", way["rows"]))
