"""The text for one person, by Liquid: no code runs, loops and output are bounded, a missing word is an error.

Liquid stopped every hostile template we tried; Jinja2's sandbox lets ``'a' * 10**9`` exhaust the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, NamedTuple

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import FilterArgumentError, LiquidError

from groundswell.messages.files import Message, Text
from groundswell.vocabulary import SettingsError, nearest

_MOST = 200_000
"""The most letters a text may have, whole or on its way through a filter."""


class _Bounded(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = _MOST
    local_namespace_limit = 100_000
    context_depth_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """The limits above hold between two filters, not inside one: bound these, too."""
        super().setup_tags_and_filters(extra=extra)
        for name, plain in list(self.filters.items()):
            self.add_filter(name, _bounded(name, plain))


def _bounded(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses to make more than a text may hold."""

    @wraps(plain)
    def bounded(*values: Any, **named: Any) -> Any:  # noqa: ANN401 - Liquid's own values
        if _would_make(name, values) > _MOST:
            raise FilterArgumentError(f"{name}: more than {_MOST:,} letters", token=None)
        try:
            return plain(*values, **named)
        except (ArithmeticError, ValueError, MemoryError) as error:
            raise FilterArgumentError(f"{name}: {error or type(error).__name__}", token=None) from error

    return bounded


def _would_make(name: str, values: Sequence[object]) -> int:
    """About how many letters a filter would make, at most."""
    sizes = [_size(value) for value in values]
    if name == "replace" and len(values) > 1 and isinstance(values[0], str):
        found = values[0].count(str(values[1])) if str(values[1]) else sizes[0] + 1
        return sizes[0] + found * sum(sizes[2:])
    if name == "join" and isinstance(values[0], list | tuple | range):
        return sizes[0] + len(values[0]) * (sizes[1] if len(sizes) > 1 else 1)
    return sum(sizes)


def _size(value: object) -> int:
    if isinstance(value, str | range):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(_size(part) + 1 for part in value)
    return value.bit_length() if isinstance(value, int) else 1


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
    key = _heading(text)
    try:
        paths = [path for part in (text.subject, text.body) for path in _template(part).global_variable_paths()]
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
    subject, body = _template(text.subject), _template(text.body)
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
                    expected=f"a text of at most {_MOST:,} letters, with known filters and few loops",
                    hint="Correct that place.",
                ) from error
        found.append(done[key])
    return found


def _heading(text: Text) -> str:
    return f"# {text.channel}" + (f" ({text.language})" if text.language else "")


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
