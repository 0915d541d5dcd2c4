"""Postcodes in one form, and the same in SQL for those that are written as usual."""

from __future__ import annotations

import re

from groundswell.people.values import cleaned, folded
from groundswell.tables import quote_literal

# How many digits a country's postcode has; lists lose the noughts in front.
_DIGITS = {"US": 5, "PR": 5, "ES": 5, "DE": 5, "FR": 5, "IT": 5, "MX": 5, "FI": 5, "AU": 4, "AT": 4, "BE": 4, "CH": 4,
           "DK": 4, "NO": 4, "NZ": 4, "ZA": 4}  # fmt: skip
_LOSES = frozenset({"US", "PR", "ES", "DE", "FR", "IT", "MX", "FI", "AU"})
_UK = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_CANADA = re.compile(r"([A-Z][0-9][A-Z])[ -]?([0-9][A-Z][0-9])")
_US = re.compile(r"([0-9]{3,5})(?:\.0+)?(?:[- ]?[0-9]{4})?")
_COUNTRY = re.compile(r"^(?:[A-Z]{1,2}[- ])(?=[0-9])")


def postcode(text: str | None, country: str) -> str | None:
    """A postcode in one form: US ZIP codes to five digits, British and Canadian ones with their blank.

    Where a spreadsheet took the noughts in front away, they are put back. Where we know nothing of a country's postcodes
    they are only put in capitals.

    Args:
        text: a cell.
        country: two letters.

    Returns:
        None for what is no postcode there.

    >>> postcode("2139-4307", "US"), postcode("sw1a1aa", "GB"), postcode("D-01067", "DE"), postcode("K1A 0B1", "CA")
    ('02139', 'SW1A 1AA', '01067', 'K1A 0B1')
    """
    found = cleaned(text)
    if not found:
        return None
    return _postcode(folded(found).strip(" .,'"), country.upper())


def _postcode(text: str, country: str) -> str | None:
    if country in {"GB", "UK", "IM", "JE", "GG"}:
        match = _UK.fullmatch(text)
        return f"{match[1]} {match[2]}" if match else None
    if country == "CA":
        match = _CANADA.fullmatch(text)
        return f"{match[1]} {match[2]}" if match else None
    if country in {"US", "PR"}:
        nine = re.fullmatch(r"[0-9]{9}", text)
        match = _US.fullmatch(text)
        if not match or (len(match[1]) < 5 and re.fullmatch(r"[0-9]{6,8}", text)):
            return None
        return nine[0][:5] if nine else _full(match[1], 5)
    digits = _DIGITS.get(country)
    if digits is None:
        return text or None
    bare = re.sub(r"\.0+$", "", _COUNTRY.sub("", text))
    short = digits - 1 if country in _LOSES else digits
    return _full(bare, digits) if re.fullmatch(rf"[0-9]{{{short},{digits}}}", bare) else None


def _full(text: str, digits: int) -> str | None:
    found = text.zfill(digits)
    return None if set(found) == {"0"} else found


def usual_postcode(cell: str, country: str) -> str:
    """SQL: the postcode of a cell that is written as usual, as :func:`postcode` gives it; null for all others.

    Args:
        cell: SQL of the text.
        country: two letters.

    >>> usual_postcode("p", "GB")
    'null::varchar'
    """
    digits = _DIGITS.get(country.upper())
    if digits is None:
        return "null::varchar"
    more = "(-[0-9]{4})?" if country.upper() in {"US", "PR"} else ""
    none = quote_literal("0" * digits)
    return (
        f"case when regexp_matches({cell}, '^[0-9]{{{digits}}}{more}$') and left({cell}, {digits}) <> {none} "
        f"then left({cell}, {digits}) end"
    )
