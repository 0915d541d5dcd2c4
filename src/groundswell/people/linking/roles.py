"""Which column of a table tells what of a person: by its name, in the words of the presets and some of our own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from groundswell.people.linking.cleaning import ROLES
from groundswell.sources.presetting import presets, squeezed
from groundswell.vocabulary import DataError

_OURS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("given name", "forename", "fname", "first", "christian name"),
    "last_name": ("surname", "family name", "lname", "last"),
    "name": ("full name", "name"),
    "birth_date": (
        "birth date",
        "date of birth",
        "dob",
        "birthday",
        "born on",
        "fecha nacimiento",
        "fecha de nacimiento",
    ),
    "birth_year": ("birth year", "year of birth", "yob", "born", "ano nacimiento"),
    "sex": ("sex", "gender", "sexo", "geschlecht"),
    "phone": ("phone", "telephone", "mobile", "cell", "phone number"),
    "email": ("email", "e mail", "email address", "mail"),
    "address": ("address", "address 1", "address1", "street", "street address", "address line 1", "addr"),
    "number": ("street number", "house number", "number"),
    "unit": ("address 2", "address2", "address line 2", "unit", "apartment"),
    "city": ("city", "town", "suburb", "locality", "municipality"),
    "state": ("state", "province", "region"),
    "postcode": ("postcode", "zip", "zip code", "postal code", "zipcode", "plz"),
}


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Role -> column, for the columns whose names say it; each role goes to the first that has it.

    Args:
        columns: the table's, in order.

    >>> guess(["rec_id", " given_name", "Surname", "date_of_birth"])
    {'first_name': ' given_name', 'last_name': 'Surname', 'birth_date': 'date_of_birth'}
    """
    names: dict[str, str] = {}
    for column in columns:
        names.setdefault(_plain(column), column)
    found: dict[str, str] = {}
    for role in ROLES:
        said = [phrase for preset in presets() for phrase in preset.roles.get(role, ())]
        for phrase in (*_OURS[role], *said):
            named = names.get(_plain(phrase))
            if named is not None and named not in found.values():
                found[role] = named
                break
    return found


def check(columns: Mapping[str, str], there: Collection[str]) -> None:
    """See that what somebody said of columns can be.

    Raises:
        DataError: for a role there is not, or a column that no table has.

    >>> check({"phone": "tel"}, ["tel"])
    """
    for role, column in columns.items():
        what, given, known = ("role", role, ROLES) if role not in ROLES else ("column", column, tuple(there))
        if given in known:
            continue
        near = get_close_matches(given, known, 1)
        raise DataError(
            f'There is no {what} "{given}".',
            key="columns",
            found=given,
            expected=", ".join(known),
            hint=f'Did you mean "{near[0]}"?' if near else "Use one of those.",
        )


def _plain(text: str) -> str:
    return squeezed(text.strip().lower().replace("_", " ").replace("-", " "))
