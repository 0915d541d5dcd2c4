"""How two records are held against each other: for each thing known of both, one level of likeness, most alike first.

A level is SQL over ``l`` and ``r``. Where both have the same value, what it is worth depends on how many others have it, too:
equal values come in steps of rarity, so that Smith weighs less than Featherstonehaugh (term frequencies, as in Splink).
All levels of a pair make one whole number, its *pattern*; whatever is learnt is learnt of patterns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

BITS = 5
"""Bits of a pattern for each comparison."""
MISSING = 0
"""The code of a comparison where one side says nothing."""
STEPS = 14
"""Steps of rarity; with each step a value is held by a quarter as many."""
SAME = 32 - STEPS
"""The code of a value that is the same and that everybody has; one more for each step of rarity."""


@dataclass(frozen=True)
class Level:
    """One way in which two values may be alike.

    Attributes:
        name: its key in the catalogues.
        when: SQL that is true of it.
        same: how often it is seen in two records of one person, before anything is learnt.
        home: and in records of two people of one home; None: as often as in those of two strangers.
        most: the most that one person's records can be learnt to show it. Where nobody stands twice in a list, "same" would
            else come to mean husband and wife, who are alike in all but the first name.
    """

    name: str
    when: str
    same: float
    home: float | None = None
    most: float = 1.0


@dataclass(frozen=True)
class Comparison:
    """One thing that is compared.

    Attributes:
        name: its key in the catalogues.
        needs: columns of which at least one must be known of somebody.
        missing: SQL that is true where nothing can be compared.
        levels: from most to least alike; of the last, ``when`` is ``true``. Their codes are 1, 2 ...
        value: the column whose value is the same at the first level: that comes in steps of rarity. None: it does not.
        typical: the share of people who have the value of somebody, where a list is too short to tell.
        free: True: of strangers nothing is counted, because other comparisons tell already how rare it is.
    """

    name: str
    needs: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    value: str | None = None
    typical: float = 0.1
    free: bool = False

    @property
    def shared(self) -> bool:
        """True for what people of one home have in common."""
        return self.levels[0].home is not None


def _both(*columns: str) -> str:
    return " or ".join(f"l.{column} is null or r.{column} is null" for column in columns)


ALIKE = {
    f"{name}_alike": f"jaro_winkler_similarity(l.{name}, r.{name})" for name in ("first", "last", "street", "city")
}
"""Similarities that several levels ask for: name -> SQL; levels call them ``l.first_alike``."""


def _within(name: str, edits: int) -> str:
    """SQL: at most so many edits apart; asked only of what is alike at all."""
    return f"(l.{name}_alike >= 0.6 and damerau_levenshtein(l.{name}, r.{name}) <= {edits})"


def _one_edit(name: str) -> str:
    """SQL: at most one edit apart; that leaves the beginning or the end as it is."""
    return (
        f"(abs(length(l.{name}) - length(r.{name})) <= 1 and (l.{name}[1:4] = r.{name}[1:4] or right(l.{name}, 4) = "
        f"right(r.{name}, 4)) and damerau_levenshtein(l.{name}, r.{name}) <= 1)"
    )


_DIGITS = "regexp_replace({side}.email, '[^0-9]', '', 'g')"
# Namesakes are told apart by numbers: ann.lee27@ and ann.lee28@ are two people, however alike their addresses look.
_SLIP_IN_EMAIL = f"({_one_edit('email')} and {_DIGITS.format(side='l')} = {_DIGITS.format(side='r')})"
_DOB = "(hamming(l.dob, r.dob) <= 2 and damerau_levenshtein(l.dob, r.dob) <= 1)"
_PARTS = "(l.dob[1:4] = r.dob[1:4])::int + (l.dob[5:6] = r.dob[5:6])::int + (l.dob[7:8] = r.dob[7:8])::int"
_BORN = "l.dob is not null and r.dob is not null"
_YEARS = "abs(coalesce(try_cast(l.year as int), 0) - coalesce(try_cast(r.year as int), 9999))"
_PART_FIRST, _PART_LAST = (
    f"(least(length(l.{name}), length(r.{name})) > 2 and (starts_with(l.{name}, r.{name}) or starts_with(r.{name}, l.{name}) "
    f"or suffix(l.{name}, r.{name}) or suffix(r.{name}, l.{name})))"
    for name in ("first", "last")
)
_STREET = "l.street is not null and r.street is not null"
_NUMBER = "l.number is not null and r.number is not null"
_CLOSE_STREET = f"({_STREET} and ({_within('street', 2)} or l.street_alike >= 0.92))"
# The two lines of an address in each other's place.
_LINES = " or ".join(
    f"jaro_winkler_similarity(replace({one}.street, ' ', ''), {other}.unit) >= 0.92" for one, other in ("lr", "rl")
)
_CROSSED = f"(l.unit is not null and r.unit is not null and {_STREET} and not {_CLOSE_STREET} and ({_LINES}))"
_CITY = "(l.city is not null and r.city is not null)"
_CLOSE_CITY = f"({_CITY} and l.city_alike >= 0.9)"
_CODE = "(l.postcode is not null and r.postcode is not null)"

COMPARISONS = (
    Comparison(
        "first_name",
        ("first",),
        _both("first"),
        (
            Level("same", "l.first = r.first", 0.78),
            Level("nickname", f"l.first1 = r.first1 or list_has_any(l.nicks, r.nicks) or {_PART_FIRST}", 0.06),
            Level("initial", "least(length(l.first), length(r.first)) = 1 and l.first[1] = r.first[1]", 0.02),
            Level("close", f"l.first_alike >= 0.93 or {_within('first', 1)}", 0.08),
            Level("similar", f"l.first_alike >= 0.82 or {_within('first', 2)}", 0.03),
            Level("other", "true", 0.03, most=0.25),
        ),
        value="first",
        typical=0.005,
    ),
    Comparison(
        "last_name",
        ("last",),
        _both("last"),
        (
            Level("same", "l.last = r.last", 0.82, 0.75),
            Level("close", f"l.last_alike >= 0.94 or {_within('last', 1)}", 0.08, 0.03),
            Level("part", _PART_LAST, 0.02, 0.02),
            Level("similar", f"l.last_alike >= 0.85 or {_within('last', 2)}", 0.02, 0.01),
            Level("other", "true", 0.06, 0.19),
        ),
        value="last",
        typical=0.0008,
    ),
    Comparison(
        "order",
        ("first", "last"),
        _both("first", "last"),
        (Level("swapped", "l.swapped", 0.01, 0.01), Level("straight", "true", 0.99, 0.99)),
        free=True,
    ),
    Comparison(
        "generation",
        ("suffix",),
        _both("suffix"),
        (Level("same", "l.suffix = r.suffix", 0.97), Level("other", "true", 0.03)),
        typical=0.4,
    ),
    Comparison(
        "birth_date",
        ("dob",),
        _both("dob"),
        (
            Level("same", "l.dob = r.dob", 0.84),
            Level("close", f"{_DOB} or l.dob = r.dob[1:4] || r.dob[7:8] || r.dob[5:6]", 0.08),
            Level("two_parts", f"{_PARTS} = 2", 0.03),
            Level("same_year", "l.year = r.year", 0.01),
            Level("near_year", f"{_YEARS} <= 1", 0.01, most=0.1),
            Level("other", "true", 0.01, most=0.1),
        ),
        value="dob",
        typical=4e-5,
    ),
    Comparison(
        "birth_year",
        ("year",),
        f"l.year is null or r.year is null or ({_BORN})",
        (
            Level("same", "l.year = r.year", 0.92),
            Level("near", f"{_YEARS} <= 1", 0.04, most=0.1),
            Level("other", "true", 0.04, most=0.1),
        ),
        typical=0.015,
    ),
    Comparison(
        "sex",
        ("sex",),
        _both("sex"),
        (Level("same", "l.sex = r.sex", 0.98), Level("other", "true", 0.02)),
        typical=0.5,
    ),
    Comparison(
        "phone",
        ("phone",),
        _both("phone"),
        (
            Level("same", "l.phone = r.phone", 0.7, 0.5),
            Level("close", _one_edit("phone"), 0.03, 0.02),
            Level("other", "true", 0.27, 0.48),
        ),
        value="phone",
        typical=1e-5,
    ),
    Comparison(
        "email",
        ("email",),
        _both("email"),
        (
            Level("same", "l.email = r.email", 0.65, 0.2),
            Level("close", f"split_part(l.email, '@', 1) = split_part(r.email, '@', 1) or {_SLIP_IN_EMAIL}", 0.05, 0.02),
            Level("other", "true", 0.3, 0.78),
        ),
        value="email",
        typical=1e-5,
    ),
    Comparison(
        "address",
        ("street", "number"),
        f"not ({_STREET}) and not ({_NUMBER})",
        (
            Level("same", "l.street = r.street and l.number is not distinct from r.number", 0.65, 0.75),
            Level("close", f"{_CLOSE_STREET} and (not ({_NUMBER}) or l.number = r.number)", 0.15, 0.1),
            Level("neighbour", f"{_CLOSE_STREET}", 0.05, 0.05),
            Level("crossed", _CROSSED, 0.02, 0.02),
            Level("number", "l.number = r.number", 0.03, 0.02),
            Level("same_place", f"l.postcode = r.postcode or {_CLOSE_CITY}", 0.04, 0.02),
            Level("other", "true", 0.08, 0.06),
        ),
        value="line",
        typical=1e-5,
    ),
    Comparison(
        "unit",
        ("unit",),
        f"{_both('unit')} or {_CROSSED}",
        (
            Level("same", "l.unit = r.unit", 0.7, 0.7),
            Level("close", "jaro_winkler_similarity(l.unit, r.unit) >= 0.9", 0.1, 0.1),
            Level("other", "true", 0.2, 0.2),
        ),
        value="unit",
        typical=0.001,
    ),
    Comparison(
        "place",
        ("city", "postcode", "state"),
        f"(not {_CITY} and not {_CODE}) or ({_STREET} and not {_CLOSE_STREET} and not {_CROSSED})",
        (
            Level("same", f"l.postcode = r.postcode and (not {_CITY} or {_CLOSE_CITY})", 0.75, 0.85),
            Level("nearly", f"{_CLOSE_CITY} and {_CODE} and damerau_levenshtein(l.postcode, r.postcode) <= 1", 0.07, 0.03),
            Level("postcode", "l.postcode = r.postcode", 0.03, 0.02),
            Level("city", _CLOSE_CITY, 0.05, 0.04),
            Level("state", "l.state = r.state", 0.05, 0.03),
            Level("other", "true", 0.05, 0.03),
        ),
        value="postcode",
        typical=0.002,
    ),
    Comparison(
        "list",
        (),
        "false",
        (Level("same", "l.source = r.source", 0.5, 0.5), Level("other", "true", 0.5, 0.5)),
        typical=0.5,
    ),
)  # fmt: skip


def used(columns: Collection[str], sources: int) -> tuple[Comparison, ...]:
    """The comparisons that can be made.

    Args:
        columns: of ``CLEAN``, those in which anything is known.
        sources: how many lists there are.

    >>> [found.name for found in used(["phone"], 1)]
    ['phone']
    """
    there = [one for one in COMPARISONS if any(name in columns for name in one.needs)]
    lists = [one for one in COMPARISONS if not one.needs and sources > 1]
    return (*there, *lists)


def pattern_sql(comparisons: Sequence[Comparison]) -> str:
    """SQL of a pair's pattern.

    >>> pattern_sql(used(["sex"], 1))
    '((case when l.sex is null or r.sex is null then 0 when l.sex = r.sex then 1 else 2 end)::bigint << 0)'
    """
    return (
        " | ".join(f"(({_code_sql(one)})::bigint << {BITS * place})" for place, one in enumerate(comparisons))
        or "0::bigint"
    )


def _code_sql(one: Comparison) -> str:
    cases = [f"when {one.missing} then {MISSING}"]
    for number, level in enumerate(one.levels, 1):
        code = f"l.{rarity(one)}" if number == 1 and one.value else str(number)
        cases.append(f"else {code}" if number == len(one.levels) else f"when {level.when} then {code}")
    return f"case {' '.join(cases)} end"


def rarity(one: Comparison) -> str:
    """The column with the code of a value that is the same: ``SAME`` and the step of its rarity.

    >>> rarity(COMPARISONS[0])
    'first_rarity'
    """
    return f"{one.value}_rarity"


def level_of(code: int) -> int:
    """Which level a code is of, from 0; -1 where something is missing.

    >>> level_of(20), level_of(2), level_of(0)
    (0, 1, -1)
    """
    return 0 if code >= SAME else code - 1


def likeness(one: Comparison, code: int) -> tuple[str, float | None]:
    """The name of a code's level, and of a value that is the same about the share of people who have it.

    >>> likeness(COMPARISONS[0], 20), likeness(COMPARISONS[0], 2), likeness(COMPARISONS[0], 0)
    (('same', 0.03125), ('nickname', None), ('missing', None))
    """
    place = level_of(code)
    level = one.levels[place].name if place >= 0 else "missing"
    return level, 2.0 ** -(2 * (code - SAME) + 1) if code >= SAME else None  # the middle of the step
