"""Liquid, bounded: no code runs, loops and output have an end.

Liquid stopped every hostile template we tried; Jinja2's sandbox lets ``'a' * 10**9`` exhaust the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import FilterArgumentError, LiquidError

__all__ = ["MOST", "LiquidError", "template"]

MOST = 200_000
"""The most letters a text may have, whole or on its way through a filter."""


class _Bounded(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = MOST
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
        if _would_make(name, values) > MOST:
            raise FilterArgumentError(f"{name}: more than {MOST:,} letters", token=None)
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


@cache
def _environment() -> Environment:
    return _Bounded(undefined=StrictUndefined)


@cache
def template(source: str) -> BoundTemplate:
    """A text as a template.

    Raises:
        LiquidError: when it is not one.

    >>> template("Dear {{ name }}").render(name="Ann")
    'Dear Ann'
    """
    return _environment().from_string(source)
