"""What-ifs: ``--set limits.budget.at_most=+10%`` changes a value for one run and leaves the file alone."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundswell.vocabulary import SettingsError, nearest

_RELATIVE = re.compile(r"([+-]\d+(?:\.\d+)?)%\Z")


def apply_sets(content: dict[str, Any], sets: tuple[str, ...]) -> dict[str, Any]:
    """Apply what-ifs to the parsed file.

    Args:
        content: the parsed TOML.
        sets: ``key.path=value``; the value is TOML, a bare text, or a change such as ``+10%``.

    Raises:
        SettingsError: when one is not ``key=value``, or changes what is no number.

    >>> apply_sets({"limits": {"budget": {"at_most": 100}}}, ("limits.budget.at_most=+10%",))
    {'limits': {'budget': {'at_most': 110.0}}}
    """
    changed = copy.deepcopy(content)
    for text in sets:
        key, mark, value = text.partition("=")
        if not mark or not key.strip():
            raise SettingsError(
                f'"{text}" is not a what-if.',
                key="--set",
                found=text,
                expected="key=value, such as limits.budget.at_most=+10%",
                hint="Write the key, an equals sign and the value without blanks.",
            )
        _set(changed, key.strip().split("."), value.strip(), text)
    return changed


def _set(content: dict[str, Any], path: list[str], value: str, text: str) -> None:
    place = content
    for depth, part in enumerate(path[:-1]):
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SettingsError(
                f'"{".".join(path[: depth + 1])}" has nothing below it.',
                key="--set",
                found=text,
                expected="the key of a value",
                hint=f"Set {'.'.join(path[: depth + 1])} itself.",
            )
        place = inner
    old = place.get(path[-1])
    change = _RELATIVE.match(value)
    if change:
        if not isinstance(old, int | float) or isinstance(old, bool):
            near = None if path[-1] in place else nearest(path[-1], place)
            raise SettingsError(
                f'"{".".join(path)}" is no number that could change by {value}.',
                key="--set",
                found=str(old),
                expected="the key of a number",
                hint=f'Did you mean "{near}"?' if near else "Give the whole value.",
            )
        place[path[-1]] = round(old * (1 + float(change[1]) / 100), 10)
        return
    place[path[-1]] = _value(value)


def _value(text: str) -> Any:  # noqa: ANN401 - any TOML value
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def absolute_sets(sets: tuple[str, ...]) -> tuple[str, ...]:
    """A path typed in a shell counts from where one stands: make it whole, so that it means the same anywhere.

    >>> absolute_sets(("limits.budget.at_most=5",))
    ('limits.budget.at_most=5',)
    """
    found = []
    for text in sets:
        key, mark, value = text.partition("=")
        there = key.strip().endswith(".path") and Path(value.strip()).exists()
        found.append(f"{key}={Path(value.strip()).resolve()}" if mark and there else text)
    return tuple(found)


def questions(sets: Sequence[str]) -> tuple[str, ...]:
    """The what-ifs that change the plan; where a file is, is no question.

    >>> questions(("sources.people.path=p.csv", "limits.budget.at_most=+10%"))
    ('limits.budget.at_most=+10%',)
    """
    return tuple(text for text in sets if not text.partition("=")[0].strip().endswith(".path"))
