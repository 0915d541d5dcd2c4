"""What was noted of people's wishes, and what was imported, in a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import words


def noted_lines(noted: Mapping[str, Any], language: str) -> list[str]:
    """What was written down, whom it concerns, and what happened to the lists.

    >>> told = {"subjects": [{"kind": "phone", "subject": "+12025550123"}], "people": 2, "new": 1, "taken_off": 3}
    >>> print(*noted_lines(told, "en"), sep=chr(10))
    phone +12025550123: written down.
    It concerns 2 of the people we know.
    Lines taken off lists: 3.
    """
    say = words(language)
    count = Figures(say).count
    subjects = ", ".join(f"{one['kind']} {one['subject']}" for one in noted["subjects"])
    lines = [say("noted.new" if noted["new"] else "noted.known", subjects=subjects)]
    people = noted["people"]
    lines.append(
        say["noted.nobody"] if not people else say["noted.one"] if people == 1 else say("noted.people", n=count(people))
    )
    if noted["taken_off"]:
        lines.append(say("noted.taken_off", n=count(noted["taken_off"])))
    return lines


def imports_lines(imports: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Every import, a line each.

    >>> imports_lines([], "en")
    ['Nothing was imported yet. Bring something in with  groundswell import FILE --as people']
    """
    say = words(language)
    count = Figures(say).count
    if not imports:
        return [say["imports.none"]]
    return [
        say(
            "imports.line",
            number=one["number"],
            on=one["on"],
            kind=one["kind"],
            rows=count(one["rows"]),
            changed=count(one["changed"] or 0),
            rejected=count(one["rejected"]),
            file=one["file"],
            undone=say["imports.undone"] if one["undone"] else "",
        )
        for one in imports
    ]


def undone_lines(card: Mapping[str, Any], language: str) -> list[str]:
    """That an import counts no more.

    >>> undone_lines({"number": 2, "file": "may.csv"}, "en")
    ['Import 2 (may.csv) counts no more. Who said stop in it has said so all the same.']
    """
    return [words(language)("imports.took_back", number=card["number"], file=card["file"])]
