"""The text for one person, by Liquid: no code runs, loops and output are bounded, a missing word is an error.

Liquid stopped every hostile template we tried; Jinja2's sandbox lets ``'a' * 10**9`` exhaust the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from groundswell.messages.files import Message, Text
from groundswell.vocabulary import SettingsError, nearest


class _Bounded(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = 200_000
    local_namespace_limit = 100_000
    context_depth_limit = 20


class Rendered(NamedTuple):
    """What one person gets to read."""

    subject: str
    body: str


def variables_of(text: Text, message: Message, known: Sequence[str]) -> tuple[str, ...]:
    """The variables a text uses.

    Args:
        text: one text of the message.
        message: for the error.
        known: every variable there is, such as ``person.age``.

    Raises:
        SettingsError: when the text is not Liquid, or uses a variable there is not.
    """
    key = f"# {text.channel}" + (f" ({text.language})" if text.language else "")
    try:
        paths = [path for part in (text.subject, text.body) for path in _template(part).global_variable_paths()]
    except LiquidError as error:
        raise SettingsError(
            f"A text of {message.id} is not a Liquid template.",
            file=message.file,
            key=key,
            found=str(error).splitlines()[0],
            expected="Liquid, such as {{ person.name }}",
            hint="Correct that place.",
        ) from error
    for path in paths:
        if path not in known and path.split(".")[0] not in known:
            near = nearest(path, known)
            raise SettingsError(
                f"A text of {message.id} uses {{{{ {path} }}}}, which there is not.",
                file=message.file,
                key=key,
                found=path,
                expected=", ".join(known),
                hint=f"Did you mean {{{{ {near} }}}}?" if near else "Use one of those.",
            )
    return tuple(dict.fromkeys(paths))


def render(message: Message, text: Text, people: Iterable[Mapping[str, object]]) -> list[Rendered]:
    r"""Render one text for many people; people with the same words share one rendering.

    Args:
        message: whose fallbacks fill blanks.
        text: one of its texts.
        people: for each, the values of the variables the text uses, by path such as ``person.name``.

    Returns:
        One rendering each, in order.

    >>> from groundswell.messages.files import parse_message
    >>> from pathlib import Path
    >>> hello = parse_message("# post\nDear {{ person.name }}", Path("hello.md"))
    >>> [found.body for found in render(hello, hello.texts[0], [{"person.name": "Ann"}])]
    ['Dear Ann']
    """
    subject, body = _template(text.subject), _template(text.body)
    done: dict[tuple[object, ...], Rendered] = {}
    found = []
    for words in people:
        key = tuple(words.values())
        if key not in done:
            context = _context(words, message.fallback)
            done[key] = Rendered(subject.render(context), body.render(context))
        found.append(done[key])
    return found


@cache
def _environment() -> Environment:
    return _Bounded(undefined=StrictUndefined)


@cache
def _template(source: str) -> BoundTemplate:
    return _environment().from_string(source)


def _context(words: Mapping[str, object], fallback: Mapping[str, str]) -> dict[str, dict[str, object]]:
    context: dict[str, dict[str, object]] = {}
    for path, value in words.items():
        room, _, name = path.partition(".")
        blank = value is None or value == ""
        context.setdefault(room, {})[name] = fallback.get(name, fallback.get(path, "")) if blank else value
    return context
