r"""Addresses in one line, and a key of the home behind it.

A line reads ``123 N MAIN ST APT 4, SPRINGFIELD, IL 62704``: capitals, no accents, no points, the post office's short forms,
the flat behind the street. In the USA a usual address is taken apart by its shape, an unusual one by a library
(``usaddress``), and what neither understands, as every address elsewhere, by a plain rule: the words of streets in Spanish,
German, French and English shortened, the number left where it stands, flats recognised (``3º B``, ``Flat 2``, ``Whg 3``).

Two people share a home when their lines are equal, the flat included. Without a number there is a line and no home: everybody
in ``MAIN ST`` would else live together.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

import usaddress  # type: ignore[import-untyped]

from groundswell.people.institutions import institution_in
from groundswell.people.plainly import plain_words
from groundswell.people.postcodes import postcode
from groundswell.people.states import state_code
from groundswell.people.streets import CITIES, street_words, us_standard, us_street
from groundswell.people.values import cleaned, folded, settled

US = frozenset({"US", "PR"})
"""Countries whose addresses are read as those of the US Postal Service."""

# Both are read here and by the engine, so they say only what the two regular expression libraries understand alike.
US_TAIL = r"^(.+?), *([A-Z][A-Z .'-]*), *([A-Z]{2})[ ,]+([0-9]{5})(?:-[0-9]{4})?$"
"""A whole address in one cell: street, town, state, ZIP code."""
US_SHAPE = (
    r"^([1-9][0-9]{0,5}) +([A-Z0-9][A-Z0-9 .'-]*?)"
    r"(?:[ ,]+(?:(APT|APARTMENT|UNIT|STE|SUITE)[ .]*#? *|(#) *)([A-Z]?-?[0-9]{1,5}[A-Z]?|[A-Z]))?[ .,]*$"
)
"""A usual US address: number, street, perhaps a flat."""
US_BOX = r"^P\.? ?O\.? ?BOX +#? ?([0-9]{1,6})$"

_UNITS = {
    **dict.fromkeys(("", "#", "APT", "APARTMENT", "UNIT", "FLAT", "NO", "NUMBER"), "APT"),
    "SUITE": "STE",
    "BUILDING": "BLDG",
    "FLOOR": "FL",
    "ROOM": "RM",
    "TRAILER": "TRLR",
    "SPACE": "SPC",
    "DEPARTMENT": "DEPT",
    "PENTHOUSE": "PH",
    "BASEMENT": "BSMT",
    "OFFICE": "OFC",
    "SLIP": "SLIP",
    "LOWER": "LOWR",
    "UPPER": "UPPR",
}
_LETTER = re.compile(r"[A-Z]")
_SIGNS = re.compile(r"[^A-Z0-9]+")


class Address(NamedTuple):
    """An address taken apart, all in the one form; what is not known is None.

    Attributes:
        street: number, street and flat.
        city: the town.
        state: its short form in the USA.
        postcode: as :func:`groundswell.people.postcodes.postcode` has it.
    """

    street: str
    city: str | None = None
    state: str | None = None
    postcode: str | None = None

    @property
    def line(self) -> str:
        """All of it in one line."""
        last = " ".join(part for part in (self.state, self.postcode) if part)
        return ", ".join(part for part in (self.street, self.city, last) if part)


def read_address(
    text: str | None,
    country: str,
    *,
    city: str | None = None,
    state: str | None = None,
    postcode: str | None = None,
) -> Address | None:
    """An address from its cells.

    Args:
        text: street, number and flat; perhaps all the rest.
        country: two letters.
        city: the town, where it has a cell of its own; that cell counts before what stands in ``text``.
        state: likewise.
        postcode: likewise.

    Returns:
        None where no street is given.

    >>> read_address("123 N. Main Street, Apt. 4", "US", city="Springfield").line
    '123 N MAIN ST APT 4, SPRINGFIELD'
    >>> read_address("Calle Mayor 5, 3º B", "ES", postcode="28013").line
    'CALLE MAYOR 5 3B, 28013'
    """
    country = country.upper()
    found = cleaned(text)
    line = settled(lambda one: _line(one, country), found) if found else None
    address = _step(line, country) if line and cleaned(line) else None  # what is left may say nothing: ":X"
    if address is None:
        return None
    return Address(
        address.street,
        city_form(city) or address.city,
        state_form(state, country) or address.state,
        _postcode(postcode, country) or address.postcode,
    )


_postcode = postcode


def home_key(address: Address | None) -> str | None:
    """The key of the home at an address; None without an address, and for a street without a number.

    >>> home_key(read_address("123 Main St #4", "US")) == home_key(read_address("123 MAIN STREET, APT 4", "US"))
    True
    >>> print(home_key(read_address("Main St", "US")))
    None
    """
    if address is None or not re.search("[0-9]", address.street):
        return None
    return hashlib.md5(address.line.encode(), usedforsecurity=False).hexdigest()


def city_form(text: str | None) -> str | None:
    """A town in capitals, without accents and points.

    >>> city_form("St. Louis"), city_form("Saint Louis"), city_form("A Coruña")
    ('ST LOUIS', 'ST LOUIS', 'A CORUNA')
    """
    found = cleaned(text)
    if not found:
        return None
    words = re.findall(r"[^\W_]+", folded(found).replace("'", ""))
    return " ".join([CITIES.get(words[0], words[0]), *words[1:]]) if words else None


def state_form(text: str | None, country: str) -> str | None:
    """A state: its two letters in the USA, elsewhere in capitals.

    >>> state_form("Illinois", "US"), state_form("il.", "US"), state_form("Baden-Württemberg", "DE")
    ('IL', 'IL', 'BADEN WURTTEMBERG')
    """
    found = city_form(text)
    return state_code(found) if found and country.upper() in US else found


def unit_form(text: str) -> str | None:
    """A US flat in the standard form; None where there is none.

    >>> unit_form("# 4-b"), unit_form("Suite 200"), unit_form("PH")
    ('APT 4B', 'STE 200', 'PH')
    """
    words = [word for word in _SIGNS.split(folded(text)) if word]
    if not words:
        return None
    kind = words[0] if len(words) > 1 and len(words[0]) > 1 and words[0].isalpha() else ""
    name = "".join(words[1:] if kind else words)
    if not kind and name in {*_UNITS, *_UNITS.values()} and len(name) > 1:
        return _UNITS.get(name, name)
    return f"{_UNITS.get(kind, kind)} {name.lstrip('0') or '0'}"


def usual_us(text: str) -> Address | None:
    """A US address of the usual shape, in capitals; None for any other.

    >>> usual_us("123 NORTH MAIN ST #4, SPRINGFIELD, IL 62704-1234")
    Address(street='123 N MAIN ST APT 4', city='SPRINGFIELD', state='IL', postcode='62704')
    """
    tail = re.match(US_TAIL, text)
    rest = (city_form(tail[2]), state_form(tail[3], "US"), _postcode(tail[4], "US")) if tail else (None, None, None)
    head = tail[1] if tail else text
    box = re.match(US_BOX, head)
    if box:
        return Address(f"PO BOX {box[1]}", *rest)
    shape = re.match(US_SHAPE, head)
    street = us_street(shape[2]) if shape else None
    if not shape or not street:
        return None
    unit = f" {unit_form(f'{shape[3] or shape[4]} {shape[5]}')}" if shape[5] else ""
    return Address(f"{shape[1]} {street}{unit}", *rest)


def us_by_library(text: str) -> Address | None:
    """A US address as the library takes it apart; None where it cannot.

    >>> us_by_library("APT 4, 123 MAIN ST, SPRINGFIELD IL").line
    '123 MAIN ST APT 4, SPRINGFIELD, IL'
    """
    try:
        parts, kind = usaddress.tag(text)
    except usaddress.RepeatedLabelError:
        return None

    def joined(*starts: str) -> str:
        return " ".join(value for label, value in parts.items() if label.startswith(starts))

    unit = unit_form(joined("Occupancy", "Subaddress"))
    if kind == "PO Box":
        group, box = joined("USPSBoxGroup"), parts.get("USPSBoxID")
        street = _spaced(f"{group} BOX {box}" if group else f"PO BOX {box}") if box else ""
    else:
        words = street_words(joined("StreetName"))
        number = _spaced(joined("AddressNumber"))
        street = (
            f"{number} {us_standard(words)}" if number and words and not joined("SecondStreet", "Intersection") else ""
        )
    if not street:
        return None
    house = joined("Recipient", "BuildingName", "LandmarkName")
    named = [_spaced(house)] if institution_in(house) else []
    return Address(
        " ".join([*named, street, *([unit] if unit else [])]),
        city_form(parts.get("PlaceName")),
        state_form(parts.get("StateName"), "US"),
        _postcode(parts.get("ZipCode"), "US"),
    )


def _spaced(text: str) -> str:
    return " ".join(word for word in re.split(r"[^A-Z0-9/-]+", text) if word)


def _line(text: str, country: str) -> str | None:
    found = _step(text, country)
    return found.line if found else None


def _step(text: str, country: str) -> Address | None:
    if country in US:
        plain = folded(text)
        found = usual_us(plain) or us_by_library(plain)
        if found:
            return found
    return _plain(text, country)


def _plain(text: str, country: str) -> Address | None:
    head, city, state, code = _cut(text, country)
    words = plain_words(head, country)
    return Address(" ".join(words), city_form(city), state_form(state, country), code) if words else None


def _cut(text: str, country: str) -> tuple[str, str | None, str | None, str | None]:
    """A cell that holds town and postcode as well, cut: ``..., 28013 Madrid`` or ``..., LONDON, SW1A 1AA``."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2:
        return text, None, None, None
    lead, _, town = parts[-1].partition(" ")
    if town and country not in US and _LETTER.search(folded(town)) and _code(lead, country):
        return ", ".join(parts[:-1]), town, None, _code(lead, country)
    if len(parts) > 2:
        for state, code in (("", parts[-1]), _last_word(parts[-1])):
            if _code(code, country):
                return ", ".join(parts[:-2]), parts[-2], state or None, _code(code, country)
    return text, None, None, None


def _last_word(text: str) -> tuple[str, str]:
    state, _, code = text.rpartition(" ")
    return state, code


def _code(text: str, country: str) -> str | None:
    """A postcode, where it is written out in full: a house number with noughts in front is none."""
    found = _postcode(text, country) if re.search("[0-9]", text) and len(text) > 2 else None
    whole = folded(text).replace(" ", "").replace("-", "")
    return found if found and whole.startswith(found.replace(" ", "").replace("-", "")) else None
