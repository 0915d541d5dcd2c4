"""An address outside the USA, or one that nobody understands: a plain rule that treats alike what is written alike."""

from __future__ import annotations

import re

from groundswell.people.names import TWO_FAMILY_NAMES
from groundswell.people.streets import short_word
from groundswell.people.values import folded, words_in

# Read by the engine alone: a street with its number in front, and one with it behind, perhaps with floor and door.
_LETTER = "A-Za-zÀ-ÖØ-öø-ž"
BEFORE = rf"^([0-9]{{1,5}}),? +([{_LETTER}][{_LETTER} .'-]*)$"
"""``12 High Street``."""
BEHIND = (
    rf"^([{_LETTER}][{_LETTER} .'/-]*?),? +([0-9]{{1,5}})(?: ?([A-Za-z]))?(?:,? +([0-9]{{1,2}}) ?[ºª°] ?([A-Za-z]))?$"
)
"""``Hauptstraße 12a``, ``Calle Mayor 5, 3º B``."""

_FLATS = words_in(
    "FLAT APARTMENT APT APPT APPARTEMENT APARTAMENTO APTO UNIT WHG WOHNUNG DPTO DEPTO DEPARTAMENTO STE SUITE"
)
_FLOORS = words_in("PISO PLANTA PUERTA PTA")
_NUMBERS = words_in("NO N NR NRO NUM NUMERO NUMBER NUMMER")
_SIDES = {"IZQUIERDA": "IZQ", "IZQDA": "IZQ", "IZDA": "IZQ", "DERECHA": "DCHA", "DCH": "DCHA"}
_ORDINAL = re.compile(r"(?<=[0-9])\s*[ºª°]\s*|(?<=[0-9])\s*\.(?:[ºª°])\s*")
_WORDS = re.compile(r"[0-9]+(?:[/-][0-9]+)+(?![^\W_])|[^\W_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE"})
_GERMAN = frozenset({"DE", "AT", "CH", "LI"})


def plain_words(text: str, country: str) -> list[str]:
    """The words of an address in the order they stand in, shortened; a flat that is named comes last.

    >>> plain_words("Flat 2, 12 High Street", "GB"), plain_words("C/ Mayor, nº 5, 3º B", "ES")
    (['12', 'HIGH', 'ST', 'APT', '2'], ['CALLE', 'MAYOR', '5', '3B'])
    """
    german = country in _GERMAN
    spelled = text.translate(_UMLAUTS) if german else text
    plain = folded(_ORDINAL.sub(" ", spelled)).replace("'", "").replace("’", "").replace("#", " APT ")
    words = [_SIDES.get(word) or short_word(word) for word in _WORDS.findall(plain)]
    if len(words) > 1 and words[0] == "C" and country in TWO_FAMILY_NAMES:  # C/ Mayor
        words[0] = "CALLE"
    return _flat_last(_together(words, german=german))


def street_only(text: str, country: str) -> str | None:
    """The words of a street that stands beside its number; None where a word could belong to the number or name a flat.

    >>> street_only("Calle Mayor", "ES"), street_only("Mayor n", "ES")
    ('CALLE MAYOR', None)
    """
    words = plain_words(text, country)
    clear = (
        bool(words)
        and all(word.isalpha() for word in words)
        and not any(word in _FLATS | _FLOORS | _NUMBERS for word in words)
        # A letter behind a number would belong to it: 12 C MAYOR is 12C, MAYOR.
        and min(len(words[0]), len(words[-1])) > 1
    )
    return " ".join(words) if clear else None


def _together(words: list[str], *, german: bool) -> list[str]:
    """``12 a`` is ``12A``; ``nº 5`` is 5; ``piso 3`` is 3; ``Haupt Str`` is ``HAUPTSTR``."""
    found: list[str] = []
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        if word in _NUMBERS and after[:1].isdigit():
            continue
        if word in _FLOORS and after and (after[:1].isdigit() or len(after) == 1 or after in _SIDES.values()):
            continue
        if (found and found[-1].isdigit() and len(word) == 1 and word.isalpha()) or (
            german and word == "STR" and found and found[-1].isalpha() and len(found[-1]) > 1
        ):
            found[-1] += word
        else:
            found.append(word)
    return found


def _flat_last(words: list[str]) -> list[str]:
    for place, word in enumerate(words[:-1]):
        name = words[place + 1]
        if word in _FLATS and (name[:1].isdigit() or len(name) == 1):
            return [*words[:place], *words[place + 2 :], "APT", name]
    return words
