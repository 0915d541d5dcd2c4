"""What the values of each column look like, counted in one pass over the first rows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from groundswell.sources.dates import day_sql, doubt_sql
from groundswell.sources.types import NO, YES
from groundswell.tables import Engine, quote_literal

_LANGUAGES = [
    "en",
    "es",
    "fr",
    "de",
    "pt",
    "it",
    "zh",
    "vi",
    "ko",
    "tl",
    "ar",
    "ru",
    "pl",
    "ht",
    "hi",
    "ja",
    "en-us",
    "en-gb",
    "es-mx",
    "es-es",
    "en_us",
    "en_gb",
    "es_es",
    "es_mx",
    "eng",
    "spa",
    "english",
    "spanish",
    "french",
    "german",
    "portuguese",
    "italian",
    "chinese",
    "vietnamese",
    "korean",
    "tagalog",
    "arabic",
    "russian",
    "polish",
    "espanol",
    "español",
    "castellano",
    "catalan",
    "catalán",
    "ca",
    "gl",
    "eu",
    "ingles",
    "inglés",
    "frances",
    "francés",
    "aleman",
    "alemán",
]
_STATES = [
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "DC",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
    "MI",
    "MN",
    "MS",
    "MO",
    "MT",
    "NE",
    "NV",
    "NH",
    "NJ",
    "NM",
    "NY",
    "NC",
    "ND",
    "OH",
    "OK",
    "OR",
    "PA",
    "PR",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VT",
    "VA",
    "WA",
    "WV",
    "WI",
    "WY",
]
_STREET = (
    r"\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|place|pl|blvd|boulevard|way|circle|close|terrace|highway|"
    r"hwy|square|sq|apt|unit|box|calle|avenida|avda|av|plaza|pza|paseo|camino|carretera|ctra|ronda|via)\b"
)
_TITLE = r"(\p{Lu}[\p{L}.,''’\-]*|de|del|la|van|von|der|y|bin|al)"
_DIGITS = "length(regexp_replace(v, '[^0-9]', '', 'g'))"
_NUMBER = "coalesce(isfinite(try_cast(v as double)), false)"
_DAY = f"(not {_NUMBER} and coalesce({day_sql('v', 'dmy')}, {day_sql('v', 'mdy')}) is not null)"
_PHONE = (
    r"(regexp_full_match(v, '(tel:)?[+(]?[0-9][0-9 ().\-/]*[0-9]( ?(x|ext\.?) ?[0-9]+)?') "
    f"and {_DIGITS} between 7 and 15 and not {_DAY})"
)
_ADDRESS = r"(regexp_matches(v, '[0-9]') and regexp_matches(v, '\p{L}{2}') and contains(v, ' '))"


def _among(texts: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(quote_literal, texts))


_TESTS: Mapping[str, str] = {
    "emails": r"regexp_full_match(v, '[^@\s,;]+@[^@\s,;]+\.[^@\s,;]{2,}')",
    "phones": _PHONE,
    "phones_written": rf"{_PHONE} and regexp_matches(v, '[+()\-. /]') and (not {_NUMBER} or v like '+%')",
    "days": _DAY,
    "compact": "regexp_full_match(v, '(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])')",
    "years": r"regexp_full_match(v, '(19|20)[0-9]{2}(\.0+)?')",
    "yes": f"lower(v) in ({_among([*YES, *NO])})",
    "numbers": f"{_NUMBER} and not regexp_matches(v, '^[+-]?0[0-9]')",
    "decimals": f"{_NUMBER} and contains(v, '.')",
    "letters": r"regexp_full_match(v, '\p{L}[\p{L} .,''’\-]*')",
    "titles": rf"regexp_full_match(v, '{_TITLE}( {_TITLE})+')",
    "addresses": _ADDRESS,
    "streets": rf"{_ADDRESS} and (regexp_matches(lower(v), '{_STREET}') or regexp_matches(v, '^[0-9]+[a-zA-Z]? \p{{L}}'))",
    "postcodes": "regexp_full_match(upper(v), '[0-9]{5}-[0-9]{4}|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|"
    "[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]')",
    "postcodes_bare": "regexp_full_match(v, '[0-9]{3,6}')",
    "languages": f"lower(v) in ({_among(_LANGUAGES)})",
    "states": f"upper(v) in ({_among(_STATES)})",
    "codes": r"regexp_full_match(v, '[A-Za-z0-9._:/#\-]+')",
    "doubts": f"{doubt_sql('v')} is not null",
    "day_first": f"{day_sql('v', 'dmy')} is not null and {day_sql('v', 'mdy')} is null",
    "month_first": f"{day_sql('v', 'mdy')} is not null and {day_sql('v', 'dmy')} is null",
}


@dataclass(frozen=True)
class Looks:
    """What the values of a column look like; ``shares`` are of those that are not blank.

    Attributes:
        rows: rows that were looked at.
        filled: of these, those that are not blank.
        different: different values.
        most: how often the most frequent of them is there.
        adjacent: the share of rows that say the same as the row before.
        words: how many words a value has.
        examples: up to three different values, shortened.
        shares: test -> share of the values that pass it.
    """

    rows: int
    filled: int
    different: int
    most: int
    adjacent: float
    words: float
    examples: tuple[str, ...]
    shares: Mapping[str, float]

    def __getitem__(self, test: str) -> float:
        return self.shares[test]

    @property
    def unique(self) -> bool:
        """No value is there twice, and none is blank."""
        return bool(self.filled) and self.different == self.filled == self.rows


_BLANK = Looks(0, 0, 0, 0, 0.0, 0.0, (), dict.fromkeys(_TESTS, 0.0))


def look_at(head: pa.Table) -> dict[str, Looks]:
    """What each column looks like.

    Args:
        head: the first rows, every column as text.

    >>> looks = look_at(pa.table({"to": ["ada@x.org", None, "ben@x.org"]}))["to"]
    >>> looks.filled, looks["emails"], looks.unique, looks.examples
    (2, 1.0, False, ('ada@x.org', 'ben@x.org'))
    """
    names = head.column_names
    plain = head.rename_columns([f"c{place}" for place in range(len(names))])
    passed = ((test, f"sum(n * cast(coalesce({sql}, false) as int)) / sum(n)") for test, sql in _TESTS.items())
    weighed = ", ".join(f"{sql} as {test}" for test, sql in passed)
    with Engine() as engine:
        engine.register(head=plain)
        engine.run(
            "create table vs as select c, v, r from (unpivot (select *, row_number() over () as r from head) "
            "on columns(* exclude r) into name c value v)"
        )
        engine.run("create table counts as select c, v, count(*) as n, min(r) as first from vs group by c, v")
        # Each different value is tested once, and weighs as often as it is there.
        tested = engine.table(
            f"select c, sum(n) as filled, count(*) as different, max(n) as most, "
            f"sum(n * (1 + length(v) - length(replace(v, ' ', '')))) / sum(n) as words, "
            f"list(left(v, 40) order by first)[1:3] as examples, {weighed} from counts group by c"
        ).to_pylist()
        beside = engine.table(
            "select c, avg(cast(same as int)) as adjacent from "
            "(select c, v = lag(v) over (partition by c order by r) as same from vs) where same is not null group by c"
        ).to_pylist()
    adjacent = {row["c"]: float(row["adjacent"]) for row in beside}
    found = dict.fromkeys(names, _BLANK)
    for row in tested:
        found[names[int(row["c"][1:])]] = Looks(
            rows=head.num_rows,
            filled=int(row["filled"]),
            different=int(row["different"]),
            most=int(row["most"]),
            adjacent=adjacent.get(row["c"], 0.0),
            words=float(row["words"]),
            examples=tuple(row["examples"]),
            shares={test: float(row[test]) for test in _TESTS},
        )
    return found


def share_within(head: pa.Table, column: str, ids: str) -> float:
    """The share of a column's different values that stand in another column too.

    >>> share_within(pa.table({"id": ["1", "2", "3"], "boss": ["1", None, "9"]}), "boss", "id")
    0.5
    """
    known = set(head[ids].to_pylist())
    values = {value for value in head[column].to_pylist() if value is not None}
    return len(values & known) / len(values) if values else 0.0
