"""A proposal in lines for a terminal: which column is what, how sure that is, and what would be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.vocabulary import Words, words

_WIDEST = {"column": 30, "examples": 44}


def mapping_lines(found: Mapping[str, Any], *, file: str, language: str = "en") -> list[str]:
    """A mapping as people read it.

    Args:
        found: the JSON object of ``groundswell map --json``.
        file: the file as the user wrote it, for the command to type.
        language: of the lines.
    """
    say = words(language)
    lines = [say("map.title", file=found["file"], rows=f"{found['rows']:,}"), _preset(found, say)]
    lines += [str(note) for note in found["notes"]]
    lines += ["", *aligned([_head(say), *(_line(one, say) for one in found["columns"])]), ""]
    if found["special"]:
        lines.append(say("map.special", columns=", ".join(found["special"])))
    if found["kind"] == "people" and "person" not in found["roles"]:
        lines.append(say["map.no_person"])
    return [*lines, *_written(found, file, say), *_preview(found, say)]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell; the last is never filled up.

    >>> aligned([["a", "b"], ["long", "c"]])
    ['a     b', 'long  c']
    """
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _preset(found: Mapping[str, Any], say: Words) -> str:
    preset, score = found["preset"]["name"], found["preset"]["score"]
    key = "map.preset_list" if preset == "list" and score < 0.3 else "map.preset"
    kind = say[f"map.kind.{found['kind']}"]
    return say(key, preset=say[f"map.preset_name.{preset}"], score=_percent(score), kind=kind)


def _head(say: Words) -> list[str]:
    return [say[f"map.head.{name}"] for name in ("column", "role", "type", "sure", "examples", "why")]


def _line(one: Mapping[str, Any], say: Words) -> list[str]:
    examples = " | ".join(" ".join(example.split()) for example in one["examples"])
    return [
        _cut(one["column"], _WIDEST["column"]),
        one["role"] or say["map.blank"],
        one["type"],
        _percent(one["sure"]),
        _cut(examples, _WIDEST["examples"]),
        why_in_words(one["why"], say),
    ]


def why_in_words(why: Mapping[str, str], say: Words) -> str:
    """The reason for a guess.

    >>> why_in_words({"key": "few", "n": "3"}, words("en"))
    '3 different values'
    """
    values = dict(why)
    key = values.pop("key")
    if key == "contradicts" and values["what"] == "other":
        key, values["what"] = "contradicts_other", values["role"]
    if "what" in values:
        values["what"] = say[f"map.what.{values['what']}"]
    return say(f"map.why.{key}", **values)


def _written(found: Mapping[str, Any], file: str, say: Words) -> list[str]:
    """What is, or would be, written; what stays as it is; and what is missing still."""
    plan = found["writes"]
    if plan["needs"]:
        needs = ", ".join(plan["needs"])
        return [say("map.unwritable", section=plan["section"], roles=needs, first=plan["needs"][0])]
    key = "map.nothing" if not plan["text"] else "map.written" if plan["written"] else "map.would"
    lines = [say(key, file=plan["file"], section=f"[{plan['section']}]")]
    lines += [f"    {line}".rstrip() for line in plan["text"].splitlines()]
    lines += [say("map.kept", name=one["key"], theirs=one["theirs"], proposed=one["proposed"]) for one in plan["kept"]]
    lines += [say("map.lacking", roles=", ".join(plan["lacking"]))] if plan["lacking"] else []
    if plan["missing"]:
        lines += [say["map.missing"], *(f"    {say[f'map.lacks.{name}']}" for name in plan["missing"])]
    if plan["text"] and not plan["written"]:
        lines.append(say("map.write", file=file))
    return lines


def _preview(found: Mapping[str, Any], say: Words) -> list[str]:
    people: Sequence[Mapping[str, str | None]] = found.get("preview") or ()
    lines = ["", say["map.preview"]] if people else []
    for place, person in enumerate(people, start=1):
        told = aligned([(role, value or say["map.blank"]) for role, value in person.items()])
        lines += [say("map.row", n=place), *(f"    {line}" for line in told)]
    return lines


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
