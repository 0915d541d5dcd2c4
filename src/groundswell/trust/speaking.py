"""Who speaks to whom, in words: what makes a messenger fit, and what choosing them is worth."""

from __future__ import annotations

from groundswell.trust.figures import scaled, verdict
from groundswell.trust.tabulating import Cell, Table, number, three
from groundswell.trust.teller import PER, Teller

AGAIN = "again"


def messenger_sentences(teller: Teller) -> list[str]:
    """Who has a messenger, and what choosing them is worth."""
    told, say, write = teller.summary["from_whom"], teller.say, teller.write
    counts = {name: write.count(told[name]) for name in ("made", "calls", "messengers", "drawn")}
    lines = [say("report.messengers.made", **counts)]
    if told["made"] < told["calls"]:
        lines.append(say("report.messengers.left", n=write.count(told["calls"] - told["made"])))
    if told["gain"] is not None:
        key = verdict(told["gain"])
        lines.append(say(f"report.messengers.{key}", gain=teller.effect(told["gain"])))
    if told["learnt_from"]:
        lines.append(say("report.messengers.learnt", n=write.count(told["learnt_from"])))
    else:
        lines.append(say["report.messengers.believed"])
    return lines


def fit_table(teller: Teller) -> Table | None:
    """What makes a messenger fit, trait by trait; None before anything is known."""
    told, say = teller.summary["from_whom"], teller.say
    if not told["learnt_from"] or not told["fit"]:
        return None
    effect = say("report.messengers.effect", goal=teller.goal)
    head = (say["report.messengers.face"], effect, say["report.messengers.counted"])
    parts = [say[f"report.word.{part}"] for part in ("value", "lower", "upper")]
    saved: list[tuple[object, ...]] = [(head[0], *(f"{effect}: {part}" for part in parts), head[2])]
    rows = []
    for one in told["fit"]:
        name = say["report.messengers.again"] if one["face"] == AGAIN else teller.trait(one["face"])
        seen, weight = scaled(one["effect"], PER), one["weight"] * PER
        rows.append((Cell(name), number(teller, seen), Cell(teller.write.short(weight), kind="number")))
        saved.append((name, *three(seen), weight))
    return Table(say["report.messengers.table"], head, tuple(rows), tuple(saved))
