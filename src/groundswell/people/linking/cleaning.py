"""What two records are compared by, made of what stands in them: plain letters, digits, days; SQL, a row at a time.

Nothing here decides anything: a value that cannot be read is missing, and what is missing speaks neither for nor against.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

ROLES = (
    *("first_name", "last_name", "name", "birth_date", "birth_year", "sex", "phone", "email"),
    *("address", "number", "unit", "city", "state", "postcode"),
)
"""What a column may hold that tells who somebody is. ``number``: of the house, ``unit``: the second line of an address."""

CLEAN = (
    *("first", "first1", "last", "suffix", "dob", "year", "sex", "phone", "email"),
    *("street", "number", "unit", "city", "state", "postcode"),
)
"""The columns that are compared, all of text; each is null where nothing is known."""

_SUFFIX = "(jr|junior|sr|senior|ii|iii|iv)"
_TITLES = "(mr|mrs|ms|miss|dr|prof|sra|srta|herr|frau|mme|mlle)"
_GENERATIONS = {"junior": "jr", "senior": "sr"}
_BLANK = "('', 'na', 'none', 'null', 'nil', 'nan', 'unknown', 'unk', 'test', 'x', 'xx', 'xxx')"
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")
_AMERICAN = ("%m/%d/%Y", "%m-%d-%Y", "%d/%m/%Y", "%d-%m-%Y")
_EUROPEAN = ("%d/%m/%Y", "%d-%m-%Y", "%m/%d/%Y", "%m-%d-%Y")


def clean_sql(roles: Mapping[str, str], *, day_first: bool = False) -> dict[str, str]:
    """SQL of every column of ``CLEAN``, from SQL of the roles there are.

    Args:
        roles: role -> SQL of its text.
        day_first: how a day such as 03/04/1950 is read.

    >>> made = clean_sql({"phone": "tel"})
    >>> made["email"], "tel" in made["phone"]
    ('null::varchar', True)
    """
    first, last, whole = (
        _letters(roles[role]) if role in roles else None for role in ("first_name", "last_name", "name")
    )
    comma = f"contains({roles['name']}, ',')" if whole else "false"
    parts = _unspoilt(whole) if whole else ""
    front = _unspoilt(_letters(f"split_part({roles['name']}, ',', 1)")) if whole else ""
    behind = _unspoilt(_letters(f"split_part({roles['name']}, ',', 2)")) if whole else ""
    of_whole = (
        (
            f"case when {comma} then {behind} else {_all_but_last(parts)} end",
            f"case when {comma} then {front} else {_last(parts)} end",
        )
        if whole
        else (None, None)
    )
    given = _either(first, of_whole[0])
    family = _either(_unspoilt(last) if last else None, of_whole[1])
    everything = " || ' ' || ".join(f"coalesce({part}, '')" for part in (first, last, whole) if part)
    line = " || ' ' || ".join(f"coalesce({roles[role]}, '')" for role in ("number", "address") if role in roles)
    plain_line = f"trim(regexp_replace({_fold(line)}, '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))" if line else None
    digits = rf"regexp_replace({roles['phone']}, '\D+', '', 'g')" if "phone" in roles else None
    mail = f"lower(trim({roles['email']}))" if "email" in roles else None
    dob = _day(roles["birth_date"], day_first=day_first) if "birth_date" in roles else None
    year = rf"regexp_extract({roles['birth_year']}, '(?:18|19|20)\d\d')" if "birth_year" in roles else None
    found = {
        "first": _joined(given),
        "first1": f"nullif(split_part(trim({given}), ' ', 1), '')" if given else None,
        "last": _joined(family),
        "suffix": _generation(everything) if everything else None,
        "dob": dob,
        "year": _either(year, f"nullif(regexp_extract({dob}, '^(?:18|19|20)\\d\\d'), '')" if dob else None),
        "sex": _sex(roles["sex"]) if "sex" in roles else None,
        "phone": f"case when length({digits}) >= 6 then right({digits}, 9) end" if digits else None,
        "email": f"case when {mail} like '_%@_%' then {mail} end" if mail else None,
        "street": rf"nullif(trim(regexp_replace({plain_line}, '\s*\b\d+\w?\b\s*', ' ', 'g')), '')"
        if plain_line
        else None,
        "number": rf"nullif(regexp_extract({plain_line}, '\b\d+\w?\b'), '')" if plain_line else None,
        "unit": _known(_alnum(roles["unit"])) if "unit" in roles else None,
        "city": _known(_alnum(roles["city"])) if "city" in roles else None,
        "state": _known(_alnum(roles["state"])) if "state" in roles else None,
        "postcode": f"nullif({_alnum(roles['postcode'])}, '')" if "postcode" in roles else None,
    }
    return {name: found[name] or "null::varchar" for name in CLEAN}


def needed(columns: Collection[str]) -> frozenset[str]:
    """Which roles tell of a person: with none of these nobody can be told from anybody.

    >>> sorted(needed(["sex", "phone"]))
    ['phone']
    """
    return frozenset(columns) - {"sex", "state", "city", "number"}


def _fold(text: str) -> str:
    return f"lower(strip_accents({text}))"


def _letters(text: str) -> str:
    """SQL: the words of a name, small, without accents and points."""
    plain = f"regexp_replace({_fold(text)}, '[''’`.]+', '', 'g')"
    return f"trim(regexp_replace({plain}, '[^\\p{{L}}\\p{{M}}]+', ' ', 'g'))"


def _unspoilt(words: str) -> str:
    """SQL: the words without titles in front and generations behind."""
    return f"trim(regexp_replace(regexp_replace({words}, '^{_TITLES} ', ''), ' {_SUFFIX}$', ''))"


def _last(words: str) -> str:
    return f"case when contains({words}, ' ') then regexp_extract({words}, '[^ ]+$') else {words} end"


def _all_but_last(words: str) -> str:
    return f"regexp_replace({words}, ' ?[^ ]+$', '')"


def _joined(words: str | None) -> str | None:
    return _known(f"replace({words}, ' ', '')") if words else None


def _known(text: str) -> str:
    return f"case when {text} not in {_BLANK} then {text} end"


def _alnum(text: str) -> str:
    return f"regexp_replace({_fold(text)}, '[^\\p{{L}}\\p{{N}}]+', '', 'g')"


def _either(one: str | None, other: str | None) -> str | None:
    if one and other:
        return f"coalesce(nullif({one}, ''), {other})"
    return one or other


def _generation(text: str) -> str:
    found = f"regexp_extract(trim({text}), '(?:^| ){_SUFFIX}(?: |$)', 1)"
    cases = " ".join(f"when '{word}' then '{short}'" for word, short in _GENERATIONS.items())
    return f"nullif(case {found} {cases} else {found} end, '')"


def _sex(text: str) -> str:
    letter = f"{_fold(text)}[1]"
    return f"case when {letter} in ('f', 'w') then 'f' when {letter} in ('m', 'h') then 'm' end"


def _day(text: str, *, day_first: bool) -> str:
    """SQL: a day as eight digits, year first; a day there is not, such as 31 February, stays if it was written so."""
    plain = f"trim({text})"
    forms = ", ".join(f"'{form}'" for form in (*_DAYS, *(_EUROPEAN if day_first else _AMERICAN)))
    parsed = f"strftime(try_strptime(left({plain}, 10), [{forms}]), '%Y%m%d')"
    behind = f"{plain}[5:8] || " + (f"{plain}[3:4] || {plain}[1:2]" if day_first else f"{plain}[1:4]")
    return (
        rf"case when regexp_full_match({plain}, '(18|19|20)\d{{6}}') then {plain} "
        rf"when regexp_full_match({plain}, '\d{{4}}(18|19|20)\d\d') then {behind} "
        rf"when regexp_full_match({plain}, '\d{{8}}') then {plain} when regexp_matches({plain}, '\d') then {parsed} end"
    )
