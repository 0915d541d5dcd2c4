"""How the engine puts each kind of cell in form: what it does itself, and what it looks up because a library read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundswell.people.addresses import US, US_BOX, US_SHAPE, US_TAIL, city_form, read_address, state_form, unit_form
from groundswell.people.emails import email_key, usual_email
from groundswell.people.names import full_name, tidy, usual_name, words_of_name
from groundswell.people.phones import e164, usual_phone
from groundswell.people.plainly import BEFORE, BEHIND, street_only
from groundswell.people.postcodes import postcode, usual_postcode
from groundswell.people.streets import us_street
from groundswell.people.values import BLANKS, LONGEST
from groundswell.tables import quote_literal, quote_name

NOTHING = "null::varchar"
Forms = tuple[str | None, ...]


@dataclass(frozen=True)
class Learnt:
    """Values that Python reads, each distinct one once.

    Attributes:
        name: of the table ``raw -> forms``.
        keys: columns that hold such values, null where there is nothing to read.
        read: text -> its forms.
        forms: what the forms are called.
        unless: another key: where its first form is known, this one need not be read.
    """

    name: str
    keys: tuple[str, ...]
    read: Callable[[str], Forms]
    forms: tuple[str, ...] = ("form",)
    unless: str | None = None


@dataclass(frozen=True)
class Piece:
    """What one kind of cell needs.

    Attributes:
        steps: name -> SQL, in levels: each may use the names of those before it.
        learnt: what Python reads; its keys are names of ``steps``.
        made: column -> SQL over names of ``steps``, and over ``"key".form`` of what was learnt.
    """

    steps: Sequence[Mapping[str, str]]
    learnt: Sequence[Learnt]
    made: Mapping[str, str]


def pieces(roles: Mapping[str, str], country: str) -> list[Piece]:
    """What the columns of a file need; columns that cannot be made are null.

    >>> [list(piece.made) for piece in pieces({}, "US")]
    [['~phone'], ['~email'], ['~first', '~last'], ['~address', '~home', '~postcode']]
    """
    cells = {role: quote_name(name) for role, name in roles.items()}
    return [
        _contact(
            "phone", cells.get("phone"), lambda cell: usual_phone(cell, country), lambda text: (e164(text, country),)
        ),
        _contact("email", cells.get("email"), usual_email, lambda text: (email_key(text),)),
        _names(cells, country),
        _address(cells, country),
    ]


def _contact(kind: str, cell: str | None, usual: Callable[[str], str], read: Callable[[str], Forms]) -> Piece:
    if cell is None:
        return Piece((), (), {f"~{kind}": NOTHING})
    key = f"~?{kind}"
    return Piece(
        ({f"~{kind}!": usual(cell)}, {key: f"case when {quote_name(f'~{kind}!')} is null then {_bounded(cell)} end"}),
        (Learnt(kind, (key,), read),),
        {f"~{kind}": f"coalesce({quote_name(f'~{kind}!')}, {quote_name(key)}.form)"},
    )


def _names(cells: Mapping[str, str], country: str) -> Piece:
    whole = cells.get("name")
    given, family = _said(cells.get("first_name")), _said(cells.get("last_name"))
    nobody = "null::struct(given varchar, family varchar)"
    steps = (
        {"~words": words_of_name(whole) if whole else NOTHING},
        {"~name!": usual_name('"~words"', country) if whole else nobody},
        {
            "~given": f"coalesce({given}, struct_extract(\"~name!\", 'given'))",
            "~family": f"coalesce({family}, struct_extract(\"~name!\", 'family'))",
            "~?name": f'case when "~name!" is null and ({given} is null or {family} is null) then {_bounded(whole)} end',
        },
        # One word with one capital is as it should be.
        {
            f"~?{part}": f"case when not regexp_matches({quote_name(f'~{part}')}, '^[A-Z][a-z]+$') "
            f"then {_bounded(quote_name(f'~{part}'))} end"
            for part in ("given", "family")
        },
    )

    def made(part: str) -> str:
        own, key = quote_name(f"~{part}"), quote_name(f"~?{part}")
        return f'case when {own} is null then "~?name".{part} when {key}.raw is null then {own} else {key}.form end'

    return Piece(
        steps,
        (
            Learnt("name", ("~?name",), lambda text: full_name(text, country), ("given", "family")),
            Learnt("word", ("~?given", "~?family"), lambda text: (tidy(text),)),
        ),
        {"~first": made("given"), "~last": made("family")},
    )


def _address(cells: Mapping[str, str], country: str) -> Piece:
    """The address, cut by its shape into number, street, flat and what follows."""
    code = cells.get("postcode")
    first = {
        "~whole": _bounded(_whole(cells)),
        "~code!": usual_postcode(code, country) if code else NOTHING,
        "~?city": _bounded(cells.get("city")),
        "~?state": _bounded(cells.get("state")),
    }
    second = {"~?code": f'case when "~code!" is null then {_bounded(code)} end'}
    last = {"~?address": 'case when "~box" is null then "~whole" end'}
    shaped = _us_shape() if country in US else _plain_shape()

    def read_street(text: str) -> Forms:
        return (us_street(text) if country in US else street_only(text, country),)

    return Piece(
        (first, second | shaped[0], *shaped[1:], last),
        (
            Learnt("street", ("~?street",), read_street),
            Learnt("unit", ("~?unit",), lambda text: (unit_form(text),)),
            Learnt("city", ("~?city", "~?town"), lambda text: (city_form(text),)),
            Learnt("state", ("~?state",), lambda text: (state_form(text, country),)),
            Learnt("code", ("~?code",), lambda text: (postcode(text, country),)),
            Learnt(
                "address",
                ("~?address",),
                lambda text: read_address(text, country) or (None, None, None, None),
                ("street", "city", "state", "postcode"),
                unless="~?street",
            ),
        ),
        _address_made(_us_street() if country in US else _plain_street()),
    )


def _address_made(usual: str) -> dict[str, str]:
    street = f'coalesce({usual}, "~?address".street)'

    def known(own: str, tail: str, read: str) -> str:
        return f'coalesce({own}, case when {usual} is not null then {tail} else "~?address".{read} end)'

    city = known('"~?city".form', '"~?town".form', "city")
    state = known('"~?state".form', '"~region"', "state")
    code = known('coalesce("~code!", "~?code".form)', '"~zip"', "postcode")
    line = f"concat_ws(', ', {street}, {city}, nullif(concat_ws(' ', {state}, {code}), ''))"
    return {
        "~address": f"case when {street} is not null then {line} end",
        "~home": f"case when regexp_matches({street}, '[0-9]') then md5({line}) end",
        "~postcode": code,
    }


def _whole(cells: Mapping[str, str]) -> str | None:
    """The address with the number and the flat that stand in columns of their own."""
    street = cells.get("address")
    if street is None:
        return None
    number, unit = _said(cells.get("number")), _said(cells.get("unit"))
    named = f"case when regexp_matches({unit}, '^ *([A-Za-z]+[. ]|#)') then trim({unit}) else '# ' || trim({unit}) end"
    return f"coalesce(trim({number}) || ' ', '') || {street} || coalesce(', ' || {named}, '')"


def _us_shape() -> list[dict[str, str]]:
    shape, tail, box = (quote_literal(pattern) for pattern in (US_SHAPE, US_TAIL, US_BOX))
    return [
        {"~upper": 'case when length("~whole") = strlen("~whole") then upper(trim("~whole")) end'},
        {
            "~tail": f"case when contains(\"~upper\", ',') then regexp_extract(\"~upper\", {tail}, ['h', 'c', 's', 'z']) end"
        },
        {"~head": f'coalesce({_of("~tail", "h")}, "~upper")'},
        {
            "~shape": f"regexp_extract(\"~head\", {shape}, ['n', 's', 'k', 'q', 'i'])",
            "~box": f"case when starts_with(\"~head\", 'P') then nullif(regexp_extract(\"~head\", {box}, 1), '') end",
        },
        {
            "~number": _of("~shape", "n"),
            "~?street": _of("~shape", "s"),
            "~?unit": f"coalesce({_of('~shape', 'k')}, {_of('~shape', 'q')}, '') || ' ' || {_of('~shape', 'i')}",
            "~?town": _of("~tail", "c"),
            "~zip": f"nullif({_of('~tail', 'z')}, '00000')",
            "~region": _of("~tail", "s"),
        },
    ]


def _us_street() -> str:
    unit = "coalesce(' ' || \"~?unit\".form, '')"
    return f'coalesce(\'PO BOX \' || "~box", "~number" || \' \' || "~?street".form || {unit})'


def _plain_shape() -> list[dict[str, str]]:
    before, behind = quote_literal(BEFORE), quote_literal(BEHIND)
    return [
        {"~trimmed": 'trim("~whole")'},
        {
            "~before": f"case when \"~trimmed\" < ':' then regexp_extract(\"~trimmed\", {before}, ['n', 's']) end",
            "~behind": f"case when \"~trimmed\" >= ':' then "
            f"regexp_extract(\"~trimmed\", {behind}, ['s', 'n', 'l', 'f', 'd']) end",
        },
        {
            "~number": _of("~before", "n"),
            "~?street": f"coalesce({_of('~before', 's')}, {_of('~behind', 's')})",
            "~after": f"{_of('~behind', 'n')} || upper(struct_extract(\"~behind\", 'l')) || "
            f"coalesce(' ' || {_of('~behind', 'f')} || upper(struct_extract(\"~behind\", 'd')), '')",
            **dict.fromkeys(("~?unit", "~?town", "~zip", "~region", "~box"), NOTHING),
        },
    ]


def _plain_street() -> str:
    street = '"~?street".form'
    return f"coalesce(\"~number\" || ' ' || {street}, {street} || ' ' || \"~after\")"


def _of(struct: str, part: str) -> str:
    """A part of what an expression found; null where it found nothing."""
    return f"nullif(struct_extract({quote_name(struct)}, '{part}'), '')"


def _said(cell: str | None) -> str:
    if cell is None:
        return NOTHING
    blank = ", ".join(quote_literal(word) for word in ["", *sorted(BLANKS)])
    return f"case when length({cell}) <= {LONGEST} and lower(trim({cell})) not in ({blank}) then {cell} end"


def _bounded(cell: str | None) -> str:
    return NOTHING if cell is None else f"case when length({cell}) <= {LONGEST} then {cell} end"
