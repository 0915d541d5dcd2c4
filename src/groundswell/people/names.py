r"""Given and family names, from one column or two, and the same in SQL for names that are written as usual.

- ``Brandt, Walter``, titles and suffixes (``Dr.``, ``Jr.``), and particles (``van der Berg``, ``de la Cruz``) are understood.
- Where people have two family names (Spain and most of Latin America), both are kept: ``María García López`` is María, of the
  family García López; ``María José García`` is María José. Elsewhere what stands in the middle is neither.
- Names all in capitals, or all in small letters, get the usual ones (``MCDONALD`` -> ``McDonald``, ``O'BRIEN`` ->
  ``O'Brien``); other names stay as their owners write them. The raw value stays in its own column.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import nameparser

from groundswell.people.values import LONGEST, cleaned, settled, squeezed, words_in
from groundswell.tables import quote_literal

TWO_FAMILY_NAMES = words_in("ES MX AR CO CL PE VE EC GT CU BO DO HN PY SV NI CR PA UY PR")
"""Countries where a person has the names of two families."""

_PARTICLES = words_in(
    "van von der den de del della di da do dos das du la las le los el y e zu zum zur ter ten af av bin ibn al"
)
_TITLES = words_in("mr mrs ms miss dr dra prof rev hon sr sra srta dña herr frau mme mlle")
_DON = frozenset({"d", "don", "doña"})
_SUFFIXES = words_in("jr sr ii iii iv phd md esq")
# Names that follow another one and make one given name of the two.
_SECOND_GIVEN = words_in(
    "maría maria josé jose luis carlos antonio manuel ángel angel jesús jesus isabel carmen ana teresa pilar mar "
    "dolores rosario elena eugenia fernanda alejandra miguel javier ignacio francisco alberto eduardo enrique andrés "
    "andres pablo juan pedro ramón ramon"
)
_LETTERS = "A-Za-zÀ-ÖØ-öø-ž"
_SIMPLE = re.compile(rf"[{_LETTERS}'-]+")
_PIECE = re.compile(r"([\s'’\-]+)")


class Name(NamedTuple):
    """A person's given and family name; what is not known is None."""

    given: str | None
    family: str | None


def full_name(text: str | None, country: str) -> Name:
    """The given and the family name of a person's whole name.

    Args:
        text: a cell.
        country: two letters; in those of ``TWO_FAMILY_NAMES`` two family names are kept.

    >>> full_name("BRANDT, WALTER", "US"), full_name("Dr. Ann van der Berg Jr.", "US")
    (Name(given='Walter', family='Brandt'), Name(given='Ann', family='van der Berg'))
    >>> full_name("María García López", "ES")
    Name(given='María', family='García López')
    """
    parts = parts_of(text, country)
    return Name(tidy(parts.given), tidy(parts.family))


def parts_of(text: str | None, country: str) -> Name:
    """A whole name cut in two, as it was written.

    >>> parts_of("BRANDT, WALTER", "US")
    Name(given='WALTER', family='BRANDT')
    """
    found = cleaned(text)
    if not found or not any(letter.isalpha() for letter in found):
        return Name(None, None)
    if country.upper() in TWO_FAMILY_NAMES:
        return _with_two_families(found)
    parsed = nameparser.parse(found)
    return Name(parsed.given or None, parsed.family or None)


def tidy(text: str | None) -> str | None:
    """A given or a family name as one would write it on an envelope, without title and suffix.

    >>> tidy("VAN DER BERG"), tidy("o'brien-mcdonald"), tidy("SMITH JR."), tidy("deVries"), tidy("--")
    ('van der Berg', "O'Brien-McDonald", 'Smith', 'deVries', None)
    """
    return settled(_tidied, text) if text and len(text) <= LONGEST else None


def _tidied(text: str) -> str | None:
    words = squeezed(text).strip(" \"'`.,;:-_*()[]<>").split(" ")
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    while len(words) > 1 and _bare(words[-1]) in _SUFFIXES:
        words = words[:-1]
    found = " ".join(word.rstrip(".,") for word in words)
    if not any(letter.isalpha() for letter in found):
        return None
    return _cased(found) if found in {found.upper(), found.lower()} else found


def _bare(word: str) -> str:
    return word.strip(".,").lower()


def _cased(text: str) -> str:
    words = text.lower().split(" ")
    last = len(words) - 1
    return " ".join(
        word if word in _PARTICLES and place < last else "".join(map(_capital, _PIECE.split(word)))
        for place, word in enumerate(words)
    )


def _capital(piece: str) -> str:
    if piece.startswith("mc") and len(piece) > 3:
        return "Mc" + piece[2].upper() + piece[3:]
    return piece[:1].upper() + piece[1:]


def _with_two_families(text: str) -> Name:
    before, comma, after = text.partition(",")
    if comma and before.strip() and after.strip():
        given = after.partition(",")[0]
        return Name(" ".join(_untitled(given.split())) or None, before.strip())
    words = _untitled(before.split())
    if len(words) < 2:
        return Name(" ".join(words) or None, None)
    units = _joined(words)
    count = 1
    while count < len(units) - 1 and units[count].lower() in _SECOND_GIVEN:
        count += 1
    if len(units) > 3:
        count = max(count, len(units) - 2)
    return Name(" ".join(units[:count]) or None, " ".join(units[count:]) or None)


def _untitled(words: list[str]) -> list[str]:
    while len(words) > 1 and (_bare(words[0]) in _TITLES or _bare(words[0]) in _DON):
        words = words[1:]
    return words


def _joined(words: list[str]) -> list[str]:
    """Words with their particles: ``de la Cruz`` is one, and so is ``Ortega y Gasset``."""
    units: list[str] = []
    open_end = False
    for word in words:
        if units and (open_end or (word.lower() in {"y", "e", "i"} and len(units) > 1)):
            units[-1] += " " + word
        else:
            units.append(word)
        open_end = word.lower() in _PARTICLES
    return units


def _words_of_the_parser(*kinds: str) -> frozenset[str]:
    known = nameparser.Lexicon.default()
    return frozenset(word.lower() for kind in kinds for word in getattr(known, kind) if _SIMPLE.fullmatch(word.lower()))


# Words that could be something else than a name where they stand; a name with one of them is read by the library.
_NOT_LAST = _words_of_the_parser(
    *(
        "suffix_acronyms",
        "suffix_words",
        "suffix_acronyms_ambiguous",
        "particles",
        "particles_ambiguous",
        "conjunctions",
    ),
    *("conjunctions_ambiguous", "bound_given_names", "maiden_markers", "honorific_tails"),
)
_NOT_BEFORE = (
    _NOT_LAST | _words_of_the_parser("titles", "given_name_titles", "after_given_titles") | _PARTICLES | _TITLES
)

_WORD = f"[{_LETTERS}]+(?:[''-][{_LETTERS}]+)*".replace("''", "'")
USUAL_NAME = rf"^ *({_WORD})(,?) +({_WORD}|[A-Z]\.)(?: +({_WORD}|[A-Z]\.))? *$"
"""A usual name: two or three words, with a comma behind the first or without."""


def words_of_name(cell: str) -> str:
    """SQL: the words of a name that is written as usual as ``{'a', 'k', 'b', 'c'}``; ``k`` is the comma behind the first.

    Args:
        cell: SQL of the text.
    """
    found = f"regexp_extract({cell}, {quote_literal(USUAL_NAME)}, ['a', 'k', 'b', 'c'])"
    return f"case when length({cell}) <= 120 then {found} end"


def usual_name(words: str, country: str) -> str:
    """SQL: ``{'given', 'family'}`` of the words of a usual name, as :func:`parts_of` gives them; null for all others.

    Args:
        words: SQL of what :func:`words_of_name` gives.
        country: two letters.
    """
    a, k, b, c = (f"struct_extract({words}, '{slot}')" for slot in "akbc")

    def outside(slot: str, known: frozenset[str]) -> str:
        return f"lower({slot}) not in ({', '.join(map(quote_literal, sorted(known)))})"

    two = f"{outside(a, _NOT_BEFORE)} and {outside(b, _NOT_LAST)} and length({b}) > 2"
    three = f"{outside(a, _NOT_BEFORE)} and {outside(b, _NOT_BEFORE)} and {outside(c, _NOT_LAST)} and length({c}) > 2"
    comma = f"{outside(b, _NOT_BEFORE)} and {outside(c, _NOT_BEFORE)} and length({b}) > 2"
    if country.upper() in TWO_FAMILY_NAMES:
        usual = f"{k} = '' and {c} = '' and {two} and {outside(a, _DON)}"
    else:
        usual = f"case when {k} = ',' then {comma} when {c} = '' then {two} else {three} end"
    given = f"case when {k} = ',' then {b} else {a} end"
    family = f"case when {k} = ',' then {a} when {c} = '' then {b} else {c} end"
    return f"case when length({a}) > 1 and {usual} then {{'given': {given}, 'family': {family}}} end"
