"""What all normalising starts from: a cell as somebody typed it, and when it says nothing at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

LONGEST = 500
"""Letters of a cell that is still read as a telephone number, address or name; a longer one is somebody's notes."""

# Also what a spreadsheet, a database or a form writes where nobody wrote anything.
BLANKS = frozenset({
    "-", "--", ".", "?", "/", "n/a", "n.a.", "n.a", "na", "none", "null", "nil", "nan", "#n/a", "unknown", "unk", "not known",
    "not given", "no address", "no fixed address", "no phone", "no email", "no tiene", "ninguno", "ninguna", "desconocido",
    "sin datos", "s/d", "keine", "keiner", "unbekannt", "inconnu", "x", "xx", "xxx", "tbd",
})  # fmt: skip


def words_in(text: str) -> frozenset[str]:
    """The words of a text, as a set.

    >>> sorted(words_in("one two"))
    ['one', 'two']
    """
    return frozenset(text.split())


def squeezed(text: str) -> str:
    r"""The text with one blank wherever there were blanks, line ends, control or invisible signs; none at its ends.

    >>> squeezed("  Ann\u00a0\n Smith\u200f ")
    'Ann Smith'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = "".join(
        " " if unicodedata.category(sign)[0] in "CZ" else sign for sign in unicodedata.normalize("NFC", text)
    )
    return " ".join(plain.split())


def cleaned(text: str | None) -> str | None:
    """What stands in a cell, squeezed; None where it says nothing, or is longer than ``LONGEST``.

    >>> cleaned(" 5 Oak  St "), cleaned("n/a"), cleaned("x" * 1000)
    ('5 Oak St', None, None)
    """
    if text is None or len(text) > LONGEST:
        return None
    found = squeezed(text)
    return None if not found or found.casefold() in BLANKS else found


def settled(step: Callable[[str], str | None], text: str | None) -> str | None:
    """Repeat a step until it changes nothing more, so that what is normalised stays as it is.

    Args:
        step: text -> normalised text, or None.
        text: where to begin.

    Returns:
        The text at which the step stays. Where it goes round in a circle, the first in the alphabet of the circle.

    >>> settled(lambda text: text.replace("--", "-"), "a----b")
    'a-b'
    """
    seen: list[str] = []
    while text is not None and text not in seen:
        seen.append(text)
        text = step(text)
    if text is None:
        return None
    return min(seen[seen.index(text) :])


def folded(text: str) -> str:
    """The text in capital letters without accents, for comparing.

    >>> folded("Peña, Straße, Ørsted")
    'PENA, STRASSE, ORSTED'
    """
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).upper()
    return unicodedata.normalize("NFC", plain)


_LETTERS = str.maketrans({"ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l",
                          "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"})  # fmt: skip
