"""The text for one person: a missing word is an error, and who has the same words shares one rendering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from groundswell.messages.files import Message, Text
from groundswell.vocabulary import SettingsError, nearest


class Rendered(NamedTuple):
    """What one person gets to read."""

    subject: str
    body: str


def variables_of(text: Text, message: Message, known: Sequence[str]) -> tuple[str, ...]:
    r"""The variables a text uses.

    Args:
        text: one text of the message.
        message: for the error.
        known: every variable there is, such as ``person.age``.

    Raises:
        SettingsError: when the text is not Liquid, or uses a variable there is not.

    >>> from pathlib import Path
    >>> from groundswell.messages.files import parse_message
    >>> hello = parse_message("# post\nDear {{ person.name }}", Path("hello.md"))
    >>> variables_of(hello.texts[0], hello, ["person.name"])
    ('person.name',)
    """
    from groundswell.messages.bounded import LiquidError, template  # noqa: PLC0415 - most commands need no Liquid

    key = _heading(text)
    try:
        paths = [path for part in (text.subject, text.body) for path in template(part).global_variable_paths()]
    except (LiquidError, RecursionError) as error:
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

    Raises:
        SettingsError: when a text cannot be finished: it loops too often, grows too long, or divides by zero.

    >>> from groundswell.messages.files import parse_message
    >>> from pathlib import Path
    >>> hello = parse_message("# post\nDear {{ person.name }}", Path("hello.md"))
    >>> [found.body for found in render(hello, hello.texts[0], [{"person.name": "Ann"}])]
    ['Dear Ann']
    """
    from groundswell.messages.bounded import MOST, LiquidError, template  # noqa: PLC0415 - most commands need no Liquid

    subject, body = template(text.subject), template(text.body)
    done: dict[tuple[object, ...], Rendered] = {}
    found = []
    for words in people:
        key = tuple(words.values())
        if key not in done:
            context = _context(words, message.fallback)
            try:
                done[key] = Rendered(subject.render(context), body.render(context))
            except (LiquidError, RecursionError) as error:
                raise SettingsError(
                    f"A text of {message.id} cannot be finished.",
                    file=message.file,
                    key=_heading(text),
                    found=str(error).splitlines()[0],
                    expected=f"a text of at most {MOST:,} letters, with known filters and few loops",
                    hint="Correct that place.",
                ) from error
        found.append(done[key])
    return found


def _heading(text: Text) -> str:
    return f"# {text.channel}" + (f" ({text.language})" if text.language else "")


def _context(words: Mapping[str, object], fallback: Mapping[str, str]) -> dict[str, dict[str, object]]:
    context: dict[str, dict[str, object]] = {}
    for path, value in words.items():
        room, _, name = path.partition(".")
        blank = value is None or value == ""
        context.setdefault(room, {})[name] = fallback.get(name, fallback.get(path, "")) if blank else value
    return context
