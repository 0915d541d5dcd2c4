"""Round by round: what was learnt, and whether later rounds are proven to bring more than the first.

A difference between rounds whose interval includes 0 is told as "not proven to differ", whichever estimate is larger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.stats import z_value
from groundswell.trust.figures import Interval, scaled, verdict
from groundswell.trust.tabulating import Cell, Table, count, number, three
from groundswell.trust.teller import PER, Teller


def known_rounds(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rounds of which it is known what they brought, oldest first.

    >>> known_rounds({"history": [{"round": 1, "brought": None}]})
    []
    """
    return [entry for entry in summary["history"] if entry["brought"] is not None]


def between(later: Interval, first: Interval, tests: int = 1) -> dict[str, float]:
    """How much more a later round brought than the first, from the errors of both.

    Args:
        later: its gain per person, with its 95 % interval.
        first: the same of the first round.
        tests: how many rounds are compared with the first: all intervals together hold at 95 % (Bonferroni).

    >>> one = {"value": 0.03, "lower": 0.02, "upper": 0.04}
    >>> {part: round(size, 4) for part, size in between(one, {"value": 0.0, "lower": -0.01, "upper": 0.01}).items()}
    {'value': 0.03, 'lower': 0.0159, 'upper': 0.0441}
    """
    errors = [(gain["upper"] - gain["lower"]) / (2 * z_value(0.975)) for gain in (later, first)]
    value, reach = later["value"] - first["value"], z_value(1 - 0.025 / tests) * math.hypot(*errors)
    return {"value": value, "lower": value - reach, "upper": value + reach}


def against_first(summary: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    """Round -> how much more it brought than the first of which that is known."""
    known = known_rounds(summary)
    return {entry["round"]: between(entry["brought"], known[0]["brought"], len(known) - 1) for entry in known[1:]}


def round_name(teller: Teller, entry: Mapping[str, Any]) -> str:
    """Round 3, or the pilot (round 1)."""
    return teller.say(f"report.history.{entry['kind']}", n=teller.write.count(entry["round"]))


def round_label(teller: Teller, entry: Mapping[str, Any]) -> str:
    """The same as the name of a row: Round 1 (pilot)."""
    return teller.say(f"report.history.label_{entry['kind']}", n=teller.write.count(entry["round"]))


def history_title(teller: Teller) -> str:
    """What the latest round brought beside the first, and whether that is proven to be more.

    >>> waiting = {"round": 1, "kind": "pilot", "outcomes": 0, "brought": None}
    >>> history_title(Teller({"campaign": {"language": "en"}, "history": [waiting]}))
    'What the rounds brought is not known yet: nothing has come back.'
    """
    say, known = teller.say, known_rounds(teller.summary)
    if not known:
        return say[f"report.history.title_{'unsaid' if teller.heard else 'waiting'}"]
    if len(known) == 1:
        return say("report.history.title_one", latest=_capital(_said(teller, "only", known[0])))
    latest, first = _said(teller, "latest", known[-1]), _said(teller, "first", known[0])
    judged = verdict(against_first(teller.summary)[known[-1]["round"]])
    return say(f"report.history.title_{judged}", latest=_capital(latest), first=first)


def _said(teller: Teller, place: str, entry: Mapping[str, Any]) -> str:
    """What a round brought: ``only`` with its interval, ``latest`` and ``first`` beside each other without."""
    size = {part: abs(value) * PER for part, value in entry["brought"].items()}
    return teller.say(
        f"report.history.{place}_{verdict(entry['brought'])}",
        round=round_name(teller, entry),
        n=teller.write.parts(size)[0],
        effect=teller.effect(entry["brought"]),
        goal=teller.goal,
    )


def _capital(told: str) -> str:
    return told[:1].upper() + told[1:]


def history_notes(teller: Teller) -> list[str]:
    """Rounds between the first and the latest that are proven to differ from the first, and what is still open."""
    known, found = known_rounds(teller.summary), []
    differences = against_first(teller.summary)
    for entry in known[1:-1]:
        judged = verdict(differences[entry["round"]])
        if judged in {"gain", "harm"}:
            first = round_name(teller, known[0])
            size = {part: abs(value) * PER for part, value in differences[entry["round"]].items()}
            size |= {"lower": min(size["lower"], size["upper"]), "upper": max(size["lower"], size["upper"])}
            value, interval = teller.write.interval(size)
            told = teller.say(
                f"report.history.between_{judged}",
                round=round_name(teller, entry),
                first=first,
                n=value,
                interval=interval,
                goal=teller.goal,
            )
            found.append(_capital(told))
    waiting = [entry for entry in teller.summary["history"] if not entry["outcomes"]]
    names = teller.write.names([teller.write.count(entry["round"]) for entry in waiting])
    key = "waiting_one" if len(waiting) == 1 else "waiting"
    return [*found, teller.say(f"report.history.{key}", rounds=names)] if waiting and known else found


def proof_sentences(teller: Teller) -> list[str]:
    """One sentence for each option that is newly proven, or no longer proven, since the round before."""
    before, now = (set(entry["proven"]) for entry in teller.summary["history"][-2:])
    found = [_proof(teller, "new", option) for option in sorted(now - before)]
    found += [_proof(teller, "lost", option) for option in sorted(before - now)]
    kept = teller.write.names([teller.option(option) for option in sorted(now & before)])
    if now & before:
        found.append(teller.say("report.history.kept", names=kept))
    return found or [teller.say["report.history.none_proven"]]


def _proof(teller: Teller, key: str, option: str) -> str:
    """An option's proof with the effect it rests on; of one no longer proven, the effect on everybody as it stands now."""
    mine = [proof for proof in teller.summary["proofs"] if proof["option"] == option]
    wanted = [proof for proof in mine if proof["proven"] == (key == "new")]
    name = teller.option(option)
    if not wanted:
        return teller.say(f"report.history.{key}_plain", option=name)
    proof = next((proof for proof in wanted if proof["scope"] == "everybody"), wanted[0])
    group = teller.say[f"report.word.{proof['scope'].replace('-', '_')}"]
    return teller.say(f"report.history.{key}", option=name, group=group, effect=teller.effect(proof["effect"]))


def history_table(teller: Teller) -> Table:
    """Each round: its day and kind, what it sent and spent, what came back, what it brought, and what was proven then."""
    say, money, history = teller.say, teller.money is not None, teller.summary["history"]
    before: list[list[str]] = [[], *(entry["proven"] for entry in history)]
    rows = [_row(teller, entry, earlier) for entry, earlier in zip(history, before, strict=False)]
    spent = [say("report.history.spent", currency=teller.currency)] if money else []
    brought = say("report.history.brought", goal=teller.goal)
    names = [say["report.history.came_back"], brought, say["report.history.proven"]]
    head = (say["report.history.which"], say["report.history.sent"], *spent, *names)
    saved = [_saved(entry, against_first(teller.summary).get(entry["round"]), money) for entry in history]
    return Table(say["report.section.history"], head, tuple(rows), (_saved_head(teller, head), *saved))


def _row(teller: Teller, entry: Mapping[str, Any], earlier: Sequence[str]) -> tuple[Cell, ...]:
    say, write, gain = teller.say, teller.write, scaled(entry["brought"], PER)
    day = say(f"report.history.day_{entry['kind']}", day=write.date(entry["today"]))
    return (
        Cell(say("report.history.label_round", n=write.count(entry["round"])), day),
        count(teller, entry["sent"]),
        *([Cell(write.exact(entry["spent"]), kind="number")] if teller.money is not None else []),
        count(teller, entry["outcomes"]),
        _not_known(teller, entry) if gain is None else number(teller, gain),
        _proven_then(teller, entry["proven"], earlier),
    )


def _proven_then(teller: Teller, proven: Sequence[str], earlier: Sequence[str]) -> Cell:
    """How many options were proven, and which of them newly or no longer."""
    say, changes = teller.say, []
    for key, options in (("added", {*proven} - {*earlier}), ("taken", {*earlier} - {*proven})):
        if options:
            names = teller.write.names([teller.option(option) for option in sorted(options)])
            changes.append(say(f"report.history.{key}", names=names))
    more = say("report.history.both", added=changes[0], taken=changes[1]) if len(changes) > 1 else "".join(changes)
    if not proven:
        return Cell(say["report.history.nothing_proven"], more, "none")
    key = "proven_one" if len(proven) == 1 else "proven_many"
    return Cell(say(f"report.history.{key}", n=teller.write.count(len(proven))), more)


def _saved(entry: Mapping[str, Any], more: Interval | None, money: bool) -> tuple[object, ...]:
    own = (entry["round"], entry["today"], entry["kind"], entry["sent"], *([entry["spent"]] if money else []))
    gains = (*three(scaled(entry["brought"], PER)), *three(scaled(more, PER)))
    return (*own, entry["outcomes"], *gains, ", ".join(entry["proven"]))


def _not_known(teller: Teller, entry: Mapping[str, Any]) -> Cell:
    key = "report.word.not_known" if entry["outcomes"] else "report.history.not_yet"
    return Cell(teller.say[key], kind="number")


def _saved_head(teller: Teller, head: tuple[str, ...]) -> tuple[str, ...]:
    say = teller.say
    parts = [say[f"report.word.{part}"] for part in ("value", "lower", "upper")]
    kinds = (say["report.history.column_day"], say["report.history.column_kind"])
    more = say["report.history.more_than_first"]
    brought = [f"{name}: {part}" for name in (head[-2], more) for part in parts]
    return (head[0], *kinds, *head[1:-2], *brought, head[-1])


def alike(teller: Teller) -> list[str]:
    """How uniform the campaign's own sendings are, this plan included: is it one message for everybody?"""
    found, say, write = teller.summary.get("sendings"), teller.say, teller.write
    if not found:
        return []
    told = [
        say(
            "report.alike.different",
            sendings=write.count(found["sendings"]),
            messages=write.count(found["messages"]),
            effective=write.short(found["effective"]),
        )
    ]
    if found["same"] is not None:
        told.append(say("report.alike.same", share=write.percent(found["same"])))
    if found["most_a_week"] is not None:
        told.append(say("report.alike.load", most=write.count(found["most_a_week"])))
    if found["households_hit"]:
        told.append(say("report.alike.households", n=write.count(found["households_hit"])))
    return told
