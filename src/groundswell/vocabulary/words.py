"""Sentences people read, one catalogue a language, so that no text is inside code.

A catalogue is the TOML files ``catalogue/<language>.toml`` and ``catalogue/<language>.*.toml`` beside this module. Every
language has the same keys and the same placeholders (a test holds it). ``words("es")["left_out.stop"]`` is a format string;
calling ``words("es")(key, **values)`` fills it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


class Words(Mapping[str, str]):
    """The sentences of one language by dotted key.

    >>> words("en")("unit.person", n=2)
    '2 people'
    """

    def __init__(self, language: str, sentences: dict[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    def __getitem__(self, key: str) -> str:
        return self._sentences[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its placeholders filled; a missing key or value is an error, never a blank."""
        return self._sentences[key].format(**values)


def languages() -> tuple[str, ...]:
    """The languages there is a catalogue for.

    >>> languages()
    ('en', 'es')
    """
    return tuple(sorted({entry.name.split(".")[0] for entry in _catalogue()}))


@cache
def words(language: str = "en") -> Words:
    """The catalogue of a language; English where there is none for it."""
    known = language if language in languages() else "en"
    sentences: dict[str, str] = {}
    for entry in _catalogue():
        if entry.name.split(".")[0] == known:
            sentences |= dict(_flatten(tomllib.loads(entry.read_text(encoding="utf-8"))))
    return Words(known, sentences)


def _catalogue() -> list[Traversable]:
    folder = files("groundswell.vocabulary") / "catalogue"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return sorted(found, key=lambda entry: entry.name)


def _flatten(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
