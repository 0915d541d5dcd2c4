"""A round's lists in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import words


def list_lines(found: Mapping[str, Any], language: str) -> list[str]:
    """Every list: who has it, how many people, how long.

    Args:
        found: what ``Campaign.lists`` gives.
        language: of the words.

    >>> list_lines({"round": 1, "lists": [], "folder": "", "strays": 0}, "en")[0][:27]
    'Round 1 has no calls or vis'
    """
    say = words(language)
    write = Figures(say)
    if not found["lists"]:
        return [say("lists.none", round=found["round"])]
    wide = max(len(one["name"]) for one in found["lists"])
    lines = [say("lists.title", round=found["round"], lists=write.count(len(found["lists"])))]
    for one in found["lists"]:
        counts = {name: write.count(one[name]) for name in ("people", "doors", "minutes") if one[name] is not None}
        kind = "briefing" if "messages" in one else "door" if one["doors"] is not None else "phone"
        what = say(f"lists.{kind}", **counts, messages=len(one.get("messages", ())))
        who = one["called"] or say["lists.nobody"]
        lines.append(say("lists.line", list=one["name"].ljust(wide), who=who, what=what))
    if found["strays"]:
        lines.append(say("lists.strays", n=write.count(found["strays"]), file="rejected.csv"))
    return [*lines, say("lists.where", folder=found["folder"])]
