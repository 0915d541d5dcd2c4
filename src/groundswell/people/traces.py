"""How a forgotten person is found in a text, and what becomes of it: they are somebody."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from groundswell.vocabulary import escaped

_LEAST_DIGITS = 7
_BETWEEN = r"[ ().\-/]{0,3}"
_MARKS = str.maketrans("", "", " ().-/")


@dataclass(frozen=True)
class Trace:
    """What to look for, and what to write in its place.

    Attributes:
        person: the id.
        own: texts that only they have.
        shared: texts that others have as well: they count in rows of the person's own unit.
        voices: the ids under which they spoke for the campaign.
        word: what is written in their place.
    """

    person: str
    own: tuple[str, ...]
    shared: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    word: str = "somebody"

    @property
    def texts(self) -> tuple[str, ...]:
        """What tells this person from everybody else, wherever it stands; the id where it can be told from a number."""
        return (*(text for text in self.own if _tells(text)), *((self.person,) if self._id else ()))

    @cached_property
    def core(self) -> str | None:
        """The texts as an expression, without its edges."""
        forms = {form for text in self.own if _tells(text) for form in _forms(text)}
        return "|".join(sorted(forms, key=lambda form: (-len(form), form))) or None

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return re.compile(rf"(?<!\w)(?:{self.core})(?!\w)", re.IGNORECASE) if self.core else None

    @cached_property
    def _gate(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words and digits of which one stands in every text with a mention: most texts are looked at no further."""
        told = [text for text in self.own if _tells(text)]
        words = {max(form.split(), key=len).lower() for text in told for form in _written(text)}
        return tuple(sorted(words)), tuple(sorted({digits for text in told if (digits := _number(text))}))

    def _may_mention(self, text: str) -> bool:
        words, digits = self._gate
        low = text.lower()
        return any(word in low for word in words) or any(one in low.translate(_MARKS) for one in digits)

    @cached_property
    def _id(self) -> re.Pattern[str] | None:
        """The id as a word, where it can be told from a number or a word of ours."""
        letters, digits = re.search(r"[^\W\d]", self.person), re.search(r"\d", self.person)
        tells = (letters and digits and len(self.person) >= 3) or len(self.person) >= 6
        plain = re.escape(self.person)
        return re.compile(rf"(?<![\w.,%-]){plain}(?![\w%-]|[.,]\d)") if tells else None

    def mentions(self, text: str) -> bool:
        """True where a text tells something that only this person has."""
        return bool(self._pattern and self._may_mention(text) and self._pattern.search(text))

    def names(self, text: str) -> bool:
        """True where a text of the person's own unit names them; a namesake elsewhere is not meant there."""
        names = (one for one in (*self.own, *self.shared) if not re.search(r"[\d@]", one))
        return self.mentions(text) or any(_in(one, text) for one in names)

    def without(self, text: str) -> str:
        """A text in which the person is somebody.

        >>> Trace("p17", ("Ann Lee", "(202) 555-0123")).without("Ask ann lee, 202-555-0123, not Joann Lee.")
        'Ask somebody, somebody, not Joann Lee.'
        """
        return self._pattern.sub(self.word, text) if self._pattern and self._may_mention(text) else text

    def without_id(self, text: str) -> str:
        """The same for a text of ours, in which the id may stand as well."""
        found = self.without(text)
        return self._id.sub(self.word, found) if self._id else found

    def in_json(self, text: str) -> str:
        """The same for JSON, in which only what stands in quotes is a word.

        >>> print(Trace("100017", ()).in_json('{"rows": 100017, "seen": "100017"}'))
        {
          "rows": 100017,
          "seen": "somebody"
        }
        <BLANKLINE>
        """
        told = json.loads(text)
        found = self._words(told)
        return text if found == told else json.dumps(found, indent=2, ensure_ascii=False) + "\n"

    def _words(self, told: Any) -> Any:  # noqa: ANN401 - JSON is what it is
        if isinstance(told, dict):
            return {self.without_id(name): self._words(part) for name, part in told.items()}
        if isinstance(told, list):
            return [self._words(part) for part in told]
        return self.without_id(told) if isinstance(told, str) else told

    def in_page(self, text: str) -> str:
        """The same for a page: the id goes from what is read, never from what the page is made of.

        >>> Trace("h17", ("Ann Lee",)).in_page('<p id="h17">h17 and Ann Lee</p>')
        '<p id="h17">somebody and somebody</p>'
        """
        if not self._id:
            return self.without(text)
        pieces = re.split(r"(<script.*?</script>|<style.*?</style>|<[^>]*>)", self.without(text), flags=re.DOTALL)
        return "".join(piece if piece.startswith("<") else self._id.sub(self.word, piece) for piece in pieces)

    def told_by(self, value: object, reason: object) -> bool:
        """True where a rejected row is theirs, as far as one can tell by what is told of it."""
        said = str(value or "").strip()
        if said and (said == self.person or said in self.own):
            return True
        words = f"{said}\n{reason or ''}"
        return self.mentions(words) or bool(self._id and self._id.search(words))

    def has_key(self, key: str | None, units: Collection[str] = ()) -> bool:
        """True for the key of a decision of theirs: ``round:unit`` or ``round:unit:person``.

        >>> [Trace("p:1", ()).has_key(key, ["h5"]) for key in ("1:h4:p%3A1", "1:h5", "1:h4:p2", None)]
        [True, True, False, False]
        """
        parts = (key or "").split(":")
        if len(parts) == 3:
            return parts[2] == escaped(self.person)
        return len(parts) == 2 and parts[1] in {escaped(unit) for unit in (self.person, *units)}


def _tells(text: str) -> bool:
    """False for a text so short or plain that it may mean something else."""
    return len(text) >= 5 and ("@" in text or " " in text or len(re.sub(r"\D", "", text)) >= _LEAST_DIGITS)


def _in(one: str, text: str) -> bool:
    return len(one) > 1 and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE) is not None


def _written(text: str) -> set[str]:
    """A text as it stands in a file, in a page, and in JSON."""
    page = html.escape(text)
    return {text, page, page.replace("&#x27;", "&#39;"), json.dumps(text)[1:-1]}


def _number(text: str) -> str | None:
    """The digits of a telephone number; None for any other text."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) >= _LEAST_DIGITS and not re.search(r"[^\W\d]", text.partition(";")[0]) else None


def _forms(text: str) -> set[str]:
    """Expressions for a text however it is written: with other blanks, a number with other marks between its digits."""
    forms = {r"\s+".join(map(re.escape, one.split())) for one in _written(text)}
    digits = _number(text)
    return forms | {r"\+?" + _BETWEEN.join(digits)} if digits else forms
