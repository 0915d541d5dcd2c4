"""The day in a text as SQL: read where it can be meant in one way only.

2026-11-30 is read with ``-``, ``/`` or ``.``, as 20261130, as Excel's 46356, and in words (30 Nov 2026, Nov 30, 2026, 30 de
noviembre de 2026). In 03/04/2026 the day or the month may stand first: what the other values of the column show decides it
for all of them, and where they show nothing, or both, such a value is refused: a wrong birthday is worse than none. Two
digits are no year.
"""

from __future__ import annotations

from typing import Literal

Order = Literal["dmy", "mdy"]

_HOUR = r"(?:[T ,]+[0-9]{1,2}[:.][0-9]{2}.*)?"
_PARTS = rf"^([0-9]{{1,2}})[./-]([0-9]{{1,2}})[./-]([1-9][0-9]{{3}}){_HOUR}$"
_YEAR_FIRST = rf"^([1-9][0-9]{{3}})\.([0-9]{{1,2}})\.([0-9]{{1,2}}){_HOUR}$"
_COMPACT = r"^([12][0-9]{3})([01][0-9])([0-3][0-9])$"
_SERIAL = r"[0-9]{5}(\.[0-9]+)?"
_LAST_SERIAL = 73_050  # the end of 2099; five digits begin in 1927
_MONTHS = (
    ("january", "jan", "enero", "ene"),
    ("february", "feb", "febrero"),
    ("march", "mar", "marzo"),
    ("april", "apr", "abril", "abr"),
    ("may", "mayo"),
    ("june", "jun", "junio"),
    ("july", "jul", "julio"),
    ("august", "aug", "agosto", "ago"),
    ("september", "sep", "sept", "septiembre", "setiembre"),
    ("october", "oct", "octubre"),
    ("november", "nov", "noviembre"),
    ("december", "dec", "diciembre", "dic"),
)
_NAMED = "|".join(sorted((name for names in _MONTHS for name in names), key=len, reverse=True))
_DAY_NAMED = (
    rf"^([0-9]{{1,2}})(?:st|nd|rd|th)?[ -]+(?:de +)?({_NAMED})\.?(?:[ -]+|,? +(?:de +|del +)?)([1-9][0-9]{{3}}){_HOUR}$"
)
_NAMED_DAY = rf"^({_NAMED})\.? +([0-9]{{1,2}})(?:st|nd|rd|th)?,? +([1-9][0-9]{{3}}){_HOUR}$"


def day_sql(text: str, order: Order | None = None) -> str:
    """SQL for the day in a text, NULL where there is none or it could be two.

    Args:
        text: SQL for the text, without blanks around it.
        order: whether the day or the month stands first in 03/04/2026; None: it is not known.

    >>> from groundswell.tables import Engine
    >>> def read(text, order=None):
    ...     with Engine() as engine:
    ...         return str(engine.value(f"select {day_sql('t', order)} from (select $t as t)", {"t": text}))
    >>> read("31/12/2026"), read("03/04/2026"), read("03/04/2026", "mdy"), read("1 de abril de 2026")
    ('2026-12-31', 'None', '2026-03-04', '2026-04-01')
    """
    day, month = _both(text)
    ordered = {
        "dmy": day,
        "mdy": month,
        None: f"case when {day} is null then {month} when {month} is null or {day} = {month} then {day} end",
    }[order]
    ways = [*map(_sane, (f"try_cast({text} as date)", f"try_cast(try_cast({text} as timestamp) as date)")), ordered]
    ways += [_joined(text, _YEAR_FIRST, 1, 2, 3), _joined(text, _COMPACT, 1, 2, 3), _serial(text), _worded(text)]
    return f"coalesce({', '.join(ways)})"  # what is written as a standard has it never comes to the slower ways


def doubt_sql(text: str) -> str:
    """SQL for the words that say how a text could be meant in two ways; NULL where it could not.

    >>> from groundswell.tables import Engine
    >>> with Engine() as engine:
    ...     engine.value(f"select {doubt_sql('t')} from (select '03/04/2026' as t)")
    'could be 3 April or 4 March 2026'
    """
    day, month = _both(text)
    first, second = f"strftime({day}, '%-d %B')", f"strftime({month}, '%-d %B %Y')"
    return f"case when {day} <> {month} then 'could be ' || {first} || ' or ' || {second} end"


def evidence_sql(text: str) -> tuple[str, str]:
    """SQL that is true where a text shows that the day stands first, and where it shows that the month does."""
    day, month = _both(text)
    return f"({day} is not null and {month} is null)", f"({month} is not null and {day} is null)"


def _both(text: str) -> tuple[str, str]:
    """The day in parts such as 03/04/2026, once with the day first and once with the month first."""
    return _joined(text, _PARTS, 3, 2, 1), _joined(text, _PARTS, 3, 1, 2)


def _joined(text: str, pattern: str, year: int, month: int, day: int) -> str:
    parts = " || '-' || ".join(f"regexp_extract({text}, '{pattern}', {place})" for place in (year, month, day))
    return f"try_cast({parts} as date)"


def _serial(text: str) -> str:
    whole = f"try_cast(left({text}, 5) as integer)"
    return (
        f"case when regexp_full_match({text}, '{_SERIAL}') and {whole} between 10000 and {_LAST_SERIAL} "
        f"then date '1899-12-30' + {whole} end"
    )


def _worded(text: str) -> str:
    low = f"lower({text})"
    names = [name for month in _MONTHS for name in month]
    numbers = [place for place, month in enumerate(_MONTHS, start=1) for _ in month]
    ways = []
    for pattern, day, month in ((_DAY_NAMED, 1, 2), (_NAMED_DAY, 2, 1)):
        part = {place: f"regexp_extract({low}, '{pattern}', {place})" for place in (1, 2, 3)}
        number = f"({numbers})[list_position({names}, {part[month]})]"
        ways.append(f"try_cast({part[3]} || '-' || {number} || '-' || {part[day]} as date)")
    return f"coalesce({', '.join(ways)})"


def _sane(day: str) -> str:
    return f"case when {day} between date '1000-01-01' and date '9999-12-31' then {day} end"
