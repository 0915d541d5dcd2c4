"""What holds, in plain sentences: the words around the rules' own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TypeVar

from groundswell.purposes.hours import DAYS, Hours, Window
from groundswell.purposes.rules import Rule, Sensitivity, Use, in_language

_Name = TypeVar("_Name")
_Alike = TypeVar("_Alike")


def sentence(key: str, language: str, **values: object) -> str:
    """A sentence of ``data/words.toml``, filled.

    >>> sentence("group", "es", n=5)
    'Un grupo de menos de 5 personas es muy pequeño.'
    """
    said: Mapping[str, object] = _sentences()
    for part in key.split("."):
        said = said[part]  # type: ignore[assignment]
    return in_language(said, language).format(**values)  # type: ignore[arg-type]


@cache
def _sentences() -> dict[str, object]:
    file = files("groundswell.purposes") / "data" / "words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def told_rule(rule: Rule, language: str) -> str:
    """A rule's sentence with its id and its source."""
    basis = sentence(f"basis.{rule.basis}", language)
    return sentence(
        "rule", language, says=rule.sentence(language), rule=rule.id, basis=basis, source=rule.source(language)
    )


def told_hours(hours: Mapping[str, Hours], language: str) -> list[str]:
    """One line for the channels that are open alike."""
    return [
        f"{sentence('hours', language, channels=', '.join(channels), hours=told_windows(alike.windows, language))} "
        f"{told_rule(alike.rule, language)}"
        for alike, channels in _together(hours)
    ]


def told_labels(labels: Mapping[str, Sequence[Rule]], language: str) -> list[str]:
    """One line for each label, with the channels that carry it."""
    carried: dict[Rule, list[str]] = {}
    for channel, rules in labels.items():
        for rule in rules:
            carried.setdefault(rule, []).append(channel)
    return [_told_label(rule, channels, language) for rule, channels in carried.items()]


def _told_label(rule: Rule, channels: Sequence[str], language: str) -> str:
    parts = [sentence("label", language, channels=", ".join(channels)), told_rule(rule, language)]
    if rule.wording:
        parts.append(sentence("such_as", language, wording=in_language(rule.wording, language)))
    return " ".join(parts)


def told_consent(consent: Mapping[str, Rule], language: str) -> list[str]:
    """One line for the channels that one rule asks consent for."""
    return [
        f"{sentence('consent', language, channels=', '.join(channels))} {told_rule(rule, language)}"
        for rule, channels in _together(consent)
    ]


def told_forbidden(forbids: Mapping[tuple[Sensitivity, Use], Rule], language: str) -> list[str]:
    """One line for the uses of a sensitivity that one rule forbids."""
    lines = []
    for (sensitivity, rule), uses in _together({(s, u): (s, r) for (s, u), r in forbids.items()}):
        said = joined([sentence(f"use.{use}", language) for _, use in uses], "or", language)
        name = sentence(f"sensitivity.{sensitivity}", language)
        first = sentence("forbids", language, sensitivity=name, uses=said)
        lines.append(f"{first[:1].upper()}{first[1:]} {told_rule(rule, language)}")
    return lines


def told_windows(windows: Iterable[Window], language: str) -> str:
    """Windows of the week as people say them.

    >>> from groundswell.purposes.hours import parse_window
    >>> told_windows([parse_window("mon-fri 10:00-13:00"), parse_window("mon-fri 14:00-20:00")], "en")
    'Monday to Friday 10:00-13:00 and 14:00-20:00'
    """
    said = []
    for (first, last), alike in groupby(windows, key=lambda window: window[:2]):
        clocks = [f"{window.earliest:%H:%M}-{window.latest:%H:%M}" for window in alike]
        said.append(f"{_days(first, last, language)} {joined(clocks, 'and', language)}")
    return "; ".join(said)


def joined(words: Sequence[str], with_word: str, language: str) -> str:
    """A list as people say it.

    >>> joined(["a", "b", "c"], "or", "en")
    'a, b or c'
    """
    if len(words) < 2:
        return "".join(words)
    return sentence(with_word, language, first=", ".join(words[:-1]), last=words[-1])


def _days(first: int, last: int, language: str) -> str:
    if (first, last) == (0, 6):
        return sentence("daily", language)
    names = [sentence(f"day.{DAYS[day]}", language) for day in (first, last)]
    return names[0] if first == last else sentence("days", language, first=names[0], last=names[1])


def _together(said: Mapping[_Name, _Alike]) -> list[tuple[_Alike, list[_Name]]]:
    """What has the same said of it, in the order of the first of each."""
    found: dict[_Alike, list[_Name]] = {}
    for name, what in said.items():
        found.setdefault(what, []).append(name)
    return list(found.items())
