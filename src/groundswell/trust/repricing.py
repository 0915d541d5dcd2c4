"""A what-if in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import NOTHING, words


def what_if_lines(found: Mapping[str, Any], language: str, goal: str) -> list[str]:
    r"""A plan as it stands beside the same at other limits.

    Args:
        found: ``now`` and ``then``, as :meth:`Campaign.what_if` gives them.
        language: of the words.
        goal: the goal action.

    >>> plan = {"expected": 2.0, "sent": 1, "decisions": {"nothing": 3, "a/post": 1}, "limits": {}, "floors": {}}
    >>> found = {"what_if": ["learning.explore=0"], "round": 2, "pilot": False, "moved": 0, "now": plan, "then": plan}
    >>> print("\n".join(what_if_lines(found, "en", "vote")))
    What if learning.explore=0? Round 2 as it stands, and priced anew; nothing was changed.
      vote: 2 -> 2 (+0 expected)
      spoken to: 1 -> 1
      Nobody would get anything else.
    """
    say, now, then = words(language), found["now"], found["then"]
    write = Figures(say)
    lines = [say("what_if.title", what_if=", ".join(found["what_if"]), round=found["round"])]
    if found["pilot"]:
        lines.append(say["what_if.pilot"])
    else:
        both = {"now": write.short(now["expected"]), "then": write.short(then["expected"])}
        apart = then["expected"] - now["expected"]
        more = f"{'-' if apart < 0 else '+'}{write.short(abs(apart))}"
        lines.append(say("what_if.expected", goal=goal, more=more, **both))
    lines.append(say("what_if.sent", now=write.count(now["sent"]), then=write.count(then["sent"])))
    return [*lines, *_limits(found, language), *_options(found, language)]


def _limits(found: Mapping[str, Any], language: str) -> Iterator[str]:
    say, now, then = words(language), found["now"], found["then"]
    write = Figures(say)
    for name, limit in then["limits"].items():
        before = now["limits"].get(name)
        if limit["at_most"] is not None and before is not None and before["at_most"] is not None:
            told = {"now": write.exact(before["used"]), "then": write.exact(limit["used"])}
            told |= {"at_most": write.exact(before["at_most"]), "then_at_most": write.exact(limit["at_most"])}
            line = say("what_if.limit", name=name, **told)
            prices = [one["actions_for_one_more"] for one in (before, limit)]
            if not found["pilot"] and None not in prices:
                line += say("what_if.price", now=write.short(prices[0]), then=write.short(prices[1]))
            yield line
        if limit["at_least"] is not None:
            told = {"at_least": write.exact(limit["at_least"]), "then": write.exact(limit["used"])}
            cost = then["floors"].get(name)
            line = say("what_if.floor", name=name, **told)
            yield line if cost is None else line + say("what_if.cost", cost=write.short(cost))


def _options(found: Mapping[str, Any], language: str) -> Iterator[str]:
    say, write = words(language), Figures(words(language))
    now, then = (found[plan]["decisions"] for plan in ("now", "then"))
    moved = [option for option in then if option != NOTHING and now.get(option, 0) != then[option]]
    for option in moved:
        told = {"now": write.count(now.get(option, 0)), "then": write.count(then[option])}
        yield say("what_if.option", option=option, **told)
    yield say("what_if.moved", units=write.count(found["moved"])) if found["moved"] else say["what_if.same"]
