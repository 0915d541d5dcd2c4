"""What to ask, and whom, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.teller import Teller


def ask_lines(found: Mapping[str, Any], *, language: str, currency: str) -> list[str]:
    """What to ask and whom, a few lines.

    Args:
        found: of ``campaigns.asking_whom``.
        language: of the words.
        currency: of what answers are worth.
    """
    teller = Teller({"campaign": {"language": language}})
    say, write = teller.say, teller.write
    if not found["questions"]:
        return [say["ask.none"]]
    lines = [say["ask.title"]]
    for one in found["questions"]:
        told = {
            "question": say(f"ask.{one['kind']}", name=teller.trait(one["question"].replace("-", "_"))),
            "people": write.count(one["people"]),
            "decisions": write.short(one["decisions"]),
            "each": write.short(100 * one["each"]),
        }
        worth = "" if one["worth"] is None else say("ask.worth", worth=write.money(one["worth"], currency))
        lines.append(f"  {say('ask.line', **told)}{worth}")
    lines += ["", say("ask.whom", question=teller.trait(found["asked"].replace("-", "_")))]
    for row in found["whom"]:
        name = f"{row['name']} ({row['person']})" if row["name"] else row["person"]
        phone = f"  {row['phone']}" if row["phone"] else ""
        change = "" if row["change"] is None else f"  {say('ask.change', change=write.percent(row['change']))}"
        lines.append(f"  {name}{phone}{change}")
    return [*lines, "", say["ask.exact"]]
