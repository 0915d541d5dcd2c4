"""Who lives together: a row a home, and which of them are no household.

A home is an address with its flat. Many people at one address need not be a family: a dormitory, a care home, a block whose
flats are missing in the file. One message for all of them would reach one by chance, so everybody there counts alone.
"""

from __future__ import annotations

import pyarrow as pa

from groundswell.people.institutions import institution_in
from groundswell.tables import Contract, Engine, quote_name

MANY_SURNAMES = 4
"""From so many different family names on, a home is told to be shared."""
MANY_PEOPLE = 12
"""More people than this without a flat are no household."""
MANY_IN_A_BOX = 4
"""More people than this with one post-office box are no household."""

HOMES = Contract(
    "homes",
    {
        "home": pa.string(),
        "address": pa.string(),
        "members": pa.int64(),
        "surnames": pa.int64(),
        "youngest": pa.int64(),
        "oldest": pa.int64(),
        "kind": pa.string(),
        "many_surnames": pa.bool_(),
        "institution": pa.string(),
        "reason": pa.string(),
    },
    nullable=frozenset({"youngest", "oldest", "institution", "reason"}),
)
"""``kind`` is household, shared or institution; ``institution`` says which (``care home``, ``many-people``, ``box``) and
``reason`` the same in words; ``youngest`` and ``oldest`` are ages, null where no age is known."""


def homes(people: pa.Table, *, year: int | None = None) -> pa.Table:
    """A row a home.

    Args:
        people: a row a person: ``person``, ``~home``, ``~address``, ``~last``; ``age``, or ``born`` (a year or a date),
            if known; ``address`` (what was typed) is looked at for words like *nursing home* where it is there.
        year: this year, where ages have to be reckoned from ``born``.

    Returns:
        The homes (contract ``HOMES``), the largest first. ``shared`` is a home of ``MANY_SURNAMES`` family names or more, an
        ``institution`` one that says so in its name, or has more than ``MANY_PEOPLE`` people and no flat, or is a box of more
        than ``MANY_IN_A_BOX``.

    >>> people = pa.table({"person": ["a", "b"], "~home": ["h", "h"], "~address": ["5 OAK ST"] * 2, "~last": ["Ray", "RAY"]})
    >>> homes(people).select(["home", "members", "surnames", "kind"]).to_pylist()
    [{'home': 'h', 'members': 2, 'surnames': 1, 'kind': 'household'}]
    """
    with Engine() as engine:
        engine.register(people=people)
        found = engine.table(
            "select home, min(address) as address, count(distinct person) as members, "
            "count(distinct lower(strip_accents(last))) filter (last is not null) as surnames, "
            "min(age) as youngest, max(age) as oldest, "
            # A hundred people of a block can have typed its name; a few are enough to know what it is.
            f"list(distinct typed) filter (typed is not null)[:20] as typed from ({_people_sql(people, year)}) group by home"
        )
        engine.register(found=found, told=_told(found))
        table = engine.table(
            f"select f.* exclude (typed), case when t.institution is not null then 'institution' "
            f"when surnames >= {MANY_SURNAMES} then 'shared' else 'household' end as kind, "
            f"surnames >= {MANY_SURNAMES} as many_surnames, t.institution, coalesce(t.reason, "
            f"case when surnames >= {MANY_SURNAMES} then surnames || ' different family names at one address' end) as reason "
            "from found f join told t using (home) order by members desc, home"
        )
    return HOMES.check(table.select(list(HOMES.columns)).cast(pa.schema(HOMES.columns)))


def _people_sql(people: pa.Table, year: int | None) -> str:
    names = set(people.column_names)
    if "age" in names:
        age = "try_cast(age as bigint)"
    elif "born" in names and year is not None:
        age = f"{year} - try_cast(regexp_extract(born::varchar, '(?:18|19|20)[0-9]{{2}}') as bigint)"
    else:
        age = "null::bigint"
    address = quote_name("~address") if "~address" in names else "null::varchar"
    last = quote_name("~last") if "~last" in names else "null::varchar"
    typed = "address::varchar" if "address" in names else address
    return (
        f"select person, \"~home\" as home, coalesce({address}, '') as address, {last} as last, "
        f"case when {age} between 0 and 120 then {age} end as age, {typed} as typed "
        'from people where "~home" is not null'
    )


def _told(found: pa.Table) -> pa.Table:
    """Home -> which institution it is, and why; both null for all others."""
    rows = [
        (home, *_institution(address, members, typed or []))
        for home, address, members, typed in zip(
            *(found[name].to_pylist() for name in ("home", "address", "members", "typed")), strict=True
        )
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(
        {
            name: pa.array(values, pa.string())
            for name, values in zip(("home", "institution", "reason"), columns, strict=True)
        }
    )


def _institution(address: str, members: int, typed: list[str]) -> tuple[str | None, str | None]:
    for text in (address, *typed):
        named = institution_in(text)
        if named:
            return named, f"its address names a {named}"
    if address.startswith("PO BOX") and members > MANY_IN_A_BOX:
        return "box", f"{members} people have one post-office box"
    if members > MANY_PEOPLE and not _has_flat(address):
        return "many-people", f"{members} people at one address without a flat"
    return None, None


def _has_flat(address: str) -> bool:
    street = address.split(",", maxsplit=1)[0].split()
    numbered = [word for word in street if word[:1].isdigit()]
    return bool({"APT", "STE", "UNIT", "RM", "LOT", "TRLR", "FLAT"} & set(street)) or len(numbered) > 1 + (
        street[:1] == numbered[:1] and len(street) > 2 and street[1] in numbered
    )


def household_of(home_table: pa.Table, people: pa.Table) -> pa.Array:
    """The household of each person, in the order of ``people``.

    Args:
        home_table: what :func:`homes` gave.
        people: a row a person: ``person``, ``~home``.

    Returns:
        ``home:`` and 12 letters of the key for those who share a household, shared homes included; ``person:`` and the id for
        those in an institution and those without a home: they decide alone.

    >>> people = pa.table({"person": ["a", "b"], "~home": ["0123456789abcdef", None]})
    >>> household_of(homes(people), people).to_pylist()
    ['home:0123456789ab', 'person:b']
    """
    apart = {
        home
        for home, kind in zip(home_table["home"].to_pylist(), home_table["kind"].to_pylist(), strict=True)
        if kind == "institution"
    }
    return pa.array(
        [
            f"person:{person}" if home is None or home in apart else f"home:{home[:12]}"
            for person, home in zip(people["person"].to_pylist(), people["~home"].to_pylist(), strict=True)
        ],
        pa.string(),
    )
