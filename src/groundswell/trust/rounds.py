"""Rounds and imports in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import words


def round_lines(rounds: Sequence[Mapping[str, Any]], *, language: str, goal: str, currency: str) -> list[str]:
    """The rounds as a small table: what each did, what it brought, and in a made-up town what is true.

    Args:
        rounds: oldest first, as ``history`` of a round's summary has them, each with its ``truth`` (or None).
        language: of the words.
        goal: the goal action.
        currency: of the money.

    >>> round_lines([], language="en", goal="attend", currency="USD")
    ['There is no finished round yet.']
    """
    say = words(language)
    write = Figures(say)
    if not rounds:
        return [say["rounds.none"]]
    lines = []
    for row in rounds:
        told = {
            "number": row["round"],
            "day": row["today"],
            "sent": write.count(row["sent"]),
            "units": write.count(row["units"]),
        }
        kind = say[f"rounds.{row['kind']}"]
        lines.append(say("rounds.line", kind=kind, spent=write.exact(row["spent"]), currency=currency, **told))
        found = row["brought"]
        if found is None:
            lines.append("   " + say["rounds.open"])
        else:
            shown = {part: write.short(found[part] * 1000) for part in ("value", "lower", "upper")}
            lines.append("   " + say("rounds.brought", goal=goal, outcomes=write.count(row["outcomes"]), **shown))
        proven = ", ".join(row["proven"]) or say["rounds.nothing_proven"]
        lines.append("   " + say("rounds.proven", options=proven))
        if row["truth"] is not None:
            lines.append("   " + _truth(row["truth"], language))
    return lines


def _truth(truth: Mapping[str, float], language: str) -> str:
    say = words(language)
    short = Figures(say).short
    gap = truth["oracle"] - truth["decided"]
    shown = {name: short(value * 1000) for name, value in (*truth.items(), ("gap", gap))}
    key = "rounds.truth_rivals" if "broadcast" in truth else "rounds.truth"
    return say(
        key, **{name: shown[name] for name in ("decided", "oracle", "gap", "policy", "broadcast") if name in shown}
    )


def import_lines(found: Any, language: str) -> list[str]:  # noqa: ANN401 - campaigns.importing.Imported, a floor above
    """What an import brought, and what could not be used.

    Args:
        found: what :meth:`groundswell.Campaign.bring_in` gives.
        language: of the words.
    """
    say = words(language)
    told = {"file": found.file, "rows": f"{found.rows:,}", "kind": found.kind, "number": found.number}
    if found.already:
        return [say("import.already", file=found.file, number=found.number)]
    lines = [say("import.done", **told), *(f"  {note}" for note in found.notes)]
    if found.kind == "people" and found.changed < found.rows:
        lines.append(say("import.changed", rows=f"{found.changed:,}"))
    if found.kind == "outcomes":
        lines += [
            say("import.joined", rows=f"{rows:,}", round=number) for number, rows in sorted(found.joined.items())
        ] or ([] if found.dispositions else [say["import.joined_none"]])
    if found.dispositions:
        came = ", ".join(f"{say[f'disposition.{name}']} {rows:,}" for name, rows in found.dispositions.items())
        lines.append(say("import.came", told=came))
    if found.suppressed:
        lines.append(say("import.suppressed", n=f"{found.suppressed:,}"))
    if found.rejected:
        lines.append(say("import.rejected", rows=f"{found.rejected:,}", path=found.path / "rejected.csv"))
        lines += [
            say("import.reason", rows=f"{rows:,}", reason=reason) for reason, rows in [*found.reasons.items()][:5]
        ]
    return lines
