r"""Telephone numbers in one form (E.164), and the same in SQL for those that are written as usual.

A number counts when it *could* be one (its length fits its country): numbers of films and examples pass, and whether anybody
answers is known only by calling. What is kept apart or refused:

- An extension stays with its number (``+12025550123;ext=12``): many people share a switchboard, not an extension.
- Of several numbers in a cell the first that could be one is taken.
- A number without area code (``555-0123``) is None: nobody knows whose it is. So are fillers (``999-999-9999``,
  ``123-456-7890``), which a hundred people would else seem to share.
- What a spreadsheet made of a number is undone only when no digit was lost (``2025550123.0``, ``2.025550123E+09``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from groundswell.people.values import cleaned, settled, words_in

FILLERS = frozenset({"1234567890", "0123456789", "123456789", "12345678", "9876543210", "0987654321", "12345678901"})
"""Digits that people type to get past a form."""

_EXPONENT = re.compile(r"([1-9])[.,](\d+)[eE]\+?(\d{1,2})")
_SPREADSHEET = re.compile(r"'?(\+?\d{5,})[.,]0+")
_BETWEEN = re.compile(
    r"[;,|]+(?!\s*(?:e?xt|#|x\s*\d|int\b))|\s+(?:or|and|o|y|u|oder|und|ou|et|&|//?)\s+", re.IGNORECASE
)
_DIGITS = re.compile(r"\D+")


def e164(text: str | None, country: str) -> str | None:
    """A telephone number as +, the country and the digits; ``;ext=`` and the extension behind it where there is one.

    Args:
        text: a cell.
        country: two letters; whose number it is where it does not say so.

    Returns:
        None where the text is no number that could be called: :func:`why_no_phone` says why.

    >>> e164("(202) 555-0123 x12", "US"), e164("0049 30 901820", "US"), e164("555-0123", "US")
    ('+12025550123;ext=12', '+4930901820', None)
    """
    found = cleaned(text)
    return settled(lambda one: _first(one, country.upper()), found) if found else None


def why_no_phone(text: str | None, country: str) -> str | None:
    """Why a cell is no telephone number: ``blank``, ``no-number``, ``no-area-code``, ``too-short``, ``too-long``, ``filler``,
    ``digits-lost`` or ``not-possible``; None where it is one.

    >>> why_no_phone("555-0123", "US"), why_no_phone("2.03E+09", "US"), why_no_phone("2025550123", "US")
    ('no-area-code', 'digits-lost', None)
    """  # noqa: D205 - one list
    if e164(text, country):
        return None
    found = cleaned(text)
    if not found:
        return "blank" if not text or len(text) < 50 else "too-long"
    return "digits-lost" if _EXPONENT.fullmatch(found) else _fault(found, country.upper())


def _fault(found: str, country: str) -> str:
    digits = _DIGITS.sub("", found)
    if len(digits) < 3:
        return "no-number"
    if _is_filler(digits):
        return "filler"
    number = _parsed(found, country)
    if number is None:
        return "no-number"
    return _REASONS.get(phonenumbers.is_possible_number_with_reason(number), "not-possible")


_REASONS = {
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "no-area-code",
    phonenumbers.ValidationResult.TOO_SHORT: "too-short",
    phonenumbers.ValidationResult.TOO_LONG: "too-long",
}


def _first(text: str, country: str) -> str | None:
    """The first number of a cell: the cell as a whole if it can be one, for some write 030/123456."""
    damaged = _repaired(text)
    if damaged is None:
        return None
    parts = [part for part in _BETWEEN.split(damaged) if part and part.strip()]
    for part in parts:
        for one in [part, *(part.split("/") if "/" in part else ())]:
            found = _one(one.strip(), country)
            if found:
                return found
    return None


def _repaired(text: str) -> str | None:
    """What a spreadsheet made of a number, undone; None where it lost digits."""
    exponent = _EXPONENT.fullmatch(text)
    if exponent:
        lead, rest, power = exponent.groups()
        return lead + rest if len(rest) == int(power) else None
    plain = _SPREADSHEET.fullmatch(text)
    return plain[1] if plain else text


def _one(text: str, country: str) -> str | None:
    number = _parsed(text, country)
    if number is None or phonenumbers.is_possible_number_with_reason(number) != _POSSIBLE:
        return None
    if _is_filler(phonenumbers.national_significant_number(number)):
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{found};ext={number.extension}" if number.extension else found


_POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    # Two noughts say "abroad" in most of the world, and in lists everywhere.
    if text.startswith("00"):
        text = "+" + text[2:].lstrip()
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _is_filler(digits: str) -> bool:
    return digits in FILLERS or len(set(digits)) == 1


class Shape(NamedTuple):
    """How a usual number of a country looks.

    Attributes:
        code: of the country, without +.
        prefix: what is dialled before an area code at home: ``0``, or nothing.
        lengths: how many digits follow the code.
    """

    code: str
    prefix: str
    lengths: tuple[int, ...]


# Where a usual number says by its first digits alone what is code, prefix and number; a test holds each to the library.
USUAL = words_in("US CA GB DE FR ES NL AT BE CH PT IE NZ ZA DK PL SE FI AU PE")


@lru_cache
def shape_of(country: str) -> Shape | None:
    """The usual shape of a country's numbers; None where only the library can tell.

    >>> shape_of("ES"), shape_of("AR")
    (Shape(code='34', prefix='', lengths=(9,)), None)
    """
    known = phonenumbers.PhoneMetadata.metadata_for_region(country.upper()) if country.upper() in USUAL else None
    if known is None or known.general_desc is None:
        return None
    prefix = "0" if known.national_prefix == "0" else ""
    lengths = (10,) if known.country_code == 1 else tuple(n for n in known.general_desc.possible_length if n >= 8)
    return Shape(str(known.country_code), prefix, lengths)


def usual_phone(cell: str, country: str) -> str:
    """SQL: the number of a cell that is written as usual, as :func:`e164` gives it; null for all others.

    Args:
        cell: SQL of the text.
        country: two letters.

    >>> usual_phone("p", "AR")
    'null::varchar'
    """
    shape = shape_of(country)
    if shape is None:
        return "null::varchar"
    digits = f"translate({cell}, ' +().-/', '')"
    if shape.code == "1":
        pattern = (
            r"^ {0,9}(\+?1[ .-]{0,2})?(\([2-9][0-9]{2}\)|[2-9][0-9]{2})[ .-]{0,2}[0-9]{3}[ .-]{0,2}[0-9]{4} {0,9}$"
        )
        return _checked(f"case when regexp_matches({cell}, '{pattern}') then right({digits}, 10) end", shape)
    home = rf"\(?{shape.prefix}[1-9]" if shape.prefix else f"[{''.join(d for d in '123456789' if d != shape.code[0])}]"
    separated = "([ ./()-]{0,2}[0-9]){7,14}"
    abroad = rf"^ {{0,9}}\+{shape.code}[ .-]{{0,2}}[1-9]([ .-]{{0,2}}[0-9]){{7,14}} {{0,9}}$"
    national = (
        f"case when regexp_matches({cell}, '{abroad}') then {digits}[{len(shape.code) + 1}:] "
        f"when regexp_matches({cell}, '^ {{0,9}}{home}{separated} {{0,9}}$') then {digits}[{len(shape.prefix) + 1}:] end"
    )
    return _checked(national, shape)


def _checked(national: str, shape: Shape) -> str:
    """Of SQL that gives a national number or null: E.164, or null where its length does not fit or it is a filler."""
    fillers = ", ".join(f"'{digits}'" for digits in sorted(FILLERS))
    lengths = ", ".join(map(str, shape.lengths))
    return (
        f"list_transform([{national}], lambda n: case when length(n) in ({lengths}) and n not in ({fillers}) "
        f"and replace(n, n[1], '') <> '' then '+{shape.code}' || n end)[1]"
    )
