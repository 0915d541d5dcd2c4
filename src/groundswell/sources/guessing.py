"""Which column of a strange file is what: by its name and by its values, and where these contradict, by its values.

Names are looked up in the presets, in English and Spanish. Nothing is decided here: a proposal is shown to a person, each
part of it with examples, with how sure it is and with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from groundswell.sources.claiming import Claim, Why, claim_of, claim_to_manage, fitness, likeness, percent
from groundswell.sources.looking import Looks, look_at
from groundswell.sources.notes import Note
from groundswell.sources.opening import HEAD, opened
from groundswell.sources.presetting import Kind, Preset, best_preset, plain_name, presets, squeezed
from groundswell.sources.reading import columns_of
from groundswell.sources.staging import head_of
from groundswell.vocabulary import DataError, nearest

ROLES_OF: Mapping[Kind, tuple[str, ...]] = {
    "people": (
        "person", "household", "name", "first_name", "last_name", "phone", "email", "address", "city", "state", "postcode",
        "precinct", "site", "manager", "language", "stop",
    ),
    "events": ("person", "at", "event"),
    "outcomes": ("person", "action", "at", "amount"),
}  # fmt: skip
"""What a column can be, by what a row of the file is."""

NO_COLUMN = "-"
"""Given in place of a column: there is none for this role."""

Sensitivity = Literal["personal", "special"]

_ROWS = 5_000
_CELLS = 2_000_000
_YEARS = {"year", "yob", "born", "birth", "ano", "nacimiento"}


@dataclass(frozen=True)
class Found:
    """One column, and what it is taken for.

    Attributes:
        column: its name in the file.
        role: what it says of a person; None: nothing that we need by name.
        type: text, category, number, year, yes/no or date.
        sure: how sure the role is, or the type where there is no role; 0 to 1.
        examples: up to three of its values.
        why: the reason.
        sensitivity: ``special`` for what the law protects most.
    """

    column: str
    role: str | None
    type: str
    sure: float
    examples: tuple[str, ...]
    why: Why
    sensitivity: Sensitivity = "personal"


@dataclass(frozen=True)
class Proposal:
    """What a file seems to be.

    Attributes:
        file: its name.
        path: where it is.
        kind: what a row of it is.
        preset: the kind of export it is most like.
        score: how like, 0 to 1.
        rows: rows that were looked at.
        columns: every column, in the file's order.
        notes: how the file was read, where a person should hear of it.
    """

    file: str
    path: Path
    kind: Kind
    preset: str
    score: float
    rows: int
    columns: tuple[Found, ...]
    notes: tuple[Note, ...] = ()

    @property
    def roles(self) -> dict[str, str]:
        """Role -> column, in the order of the settings."""
        taken = {found.role: found.column for found in self.columns if found.role}
        return {role: taken[role] for role in ROLES_OF[self.kind] if role in taken}

    @property
    def types(self) -> dict[str, str]:
        """Column -> type, for those that are more than text and play no role."""
        return {found.column: found.type for found in self.columns if found.role is None and found.type != "text"}

    @property
    def special(self) -> tuple[str, ...]:
        """The columns that say what the law protects most."""
        return tuple(found.column for found in self.columns if found.sensitivity == "special")

    def given(self, roles: Mapping[str, str]) -> Proposal:
        """The same with roles that a person has said; ``-`` for a role that no column has.

        Raises:
            DataError: for a role or a column that there is not.
        """
        names = tuple(found.column for found in self.columns)
        for role, column in roles.items():
            if role not in ROLES_OF[self.kind]:
                raise _no_such("role", role, ROLES_OF[self.kind], self.path)
            if column != NO_COLUMN and column not in names:
                raise _no_such("column", column, names, self.path)
        said = {column: role for role, column in roles.items()}
        return replace(self, columns=tuple(_said(found, said, roles) for found in self.columns))


def _said(found: Found, said: Mapping[str, str], roles: Mapping[str, str]) -> Found:
    if found.column in said:
        return replace(found, role=said[found.column], sure=1.0, type="text", why=Why("given"))
    if found.role is not None and found.role in roles:
        return replace(found, role=None, sure=1.0, why=Why("other", {"column": roles[found.role]}))
    return found


def propose(path: Path) -> Proposal:
    r"""Look at a file and say which column is what.

    Args:
        path: any file that can be read.

    Raises:
        DataError: when it cannot, or has no rows.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "members.csv"
    >>> _ = place.write_text("No;Nombre;Correo;Movil\n17;Ana;ana@x.org;600 111 222\n18;Luis;luis@x.org;600 333 444\n")
    >>> propose(place).roles
    {'person': 'No', 'first_name': 'Nombre', 'phone': 'Movil', 'email': 'Correo'}
    """
    columns = columns_of(path)
    with opened(path, most=HEAD) as file:
        notes = file.notes
    head = head_of(path, columns, rows=max(100, min(_ROWS, _CELLS // len(columns))))
    if not head.num_rows:
        raise DataError(
            f"{path.name} has a header but no rows that are whole.",
            file=path,
            found="0 rows",
            expected="at least one row",
            hint="Export it again.",
        )
    plain = {name: plain_name(name) for name in columns}
    preset, score = best_preset(list(plain.values()))
    seen = look_at(head)
    kind = _kind(preset, plain, seen)
    guessed = _roles(kind, preset, plain, seen, head)
    found = tuple(_found(name, plain[name], seen[name], guessed, preset) for name in columns)
    return Proposal(path.name, path, kind, preset.name, score, head.num_rows, found, notes)


def _kind(preset: Preset, plain: Mapping[str, str], seen: Mapping[str, Looks]) -> Kind:
    """What a row is: a list in which people come again and again, each time with a day, holds what they did."""
    if preset.name != "list":
        return preset.kind
    named = [name for name in plain if likeness("person", plain[name], preset) >= 0.9 and seen[name].filled]
    again = any(seen[name].different < 0.5 * seen[name].filled for name in named)
    dated = any(looks["days"] > 0.9 and likeness("at", plain[name], preset) > 0 for name, looks in seen.items())
    return "events" if again and dated else "people"


class _Guessed(NamedTuple):
    """Role by column, and what speaks against a column's name."""

    roles: Mapping[str, Claim]
    against: Mapping[str, Why]


def _roles(kind: Kind, preset: Preset, plain: Mapping[str, str], seen: Mapping[str, Looks], head: pa.Table) -> _Guessed:
    """The surest claim first, each role and each column once."""
    claims: list[Claim] = []
    against: dict[str, Why] = {}
    for column, name in plain.items():
        looks = seen[column]
        for role in ROLES_OF[kind]:
            if role == "manager":
                continue  # needs the column of ids
            named, fit = likeness(role, name, preset), fitness(role, looks, kind)
            claim = claim_of(role, column, looks, named, fit)
            if claim is not None:
                claims.append(claim)
            elif named >= 0.6 and fit < 0.5:
                against.setdefault(column, Why("contradicts", {"role": role, **_mostly(looks)}))
    taken = _settled(claims)
    if kind == "people" and "person" in taken:
        managers = [
            claim_to_manage(column, name, taken["person"].column, preset, head) for column, name in plain.items()
        ]
        taken = _settled([*claims, *(claim for claim in managers if claim is not None)])
    stops = [claim.column for claim in claims if claim.role == "stop" and claim is not taken.get("stop")]
    against |= {column: Why("second_stop", {"column": taken["stop"].column}) for column in stops if "stop" in taken}
    if {"first_name", "last_name"} <= taken.keys() and taken.get("name") and taken["name"].sure < 0.6:
        del taken["name"]
    return _Guessed({claim.column: claim for claim in taken.values()}, against)


def _settled(claims: list[Claim]) -> dict[str, Claim]:
    taken: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda one: -one.sure):
        if claim.role not in taken and claim.column not in {other.column for other in taken.values()}:
            taken[claim.role] = claim
    return taken


def _found(column: str, name: str, looks: Looks, guessed: _Guessed, preset: Preset) -> Found:
    special: Sensitivity = "special" if _is_special(name) else "personal"
    claim = guessed.roles.get(column)
    if claim is not None:
        return Found(column, claim.role, "text", claim.sure, looks.examples, claim.why, special)
    kind, sure, why = _type(name, looks, preset)
    return Found(column, None, kind, sure, looks.examples, guessed.against.get(column, why), special)


def _is_special(name: str) -> bool:
    words = f" {name} "
    return any(
        squeezed(one) == squeezed(name) or (len(squeezed(one)) >= 5 and f" {one} " in words)
        for preset in presets()
        for one in preset.special
    )


def _type(name: str, looks: Looks, preset: Preset) -> tuple[str, float, Why]:
    """What all values are, to the last: one that is not would reject its row."""
    known = preset.types.get(name) or next((one.types[name] for one in presets() if name in one.types), None)
    if not looks.filled:
        return "text", 0.0, Why("empty")
    kind = _parsed(name, looks, known)
    if kind == "date":
        return "date", *_order(looks)
    if kind is not None:
        return kind, 0.95, Why("all", {"type": kind})
    nearly = _nearly(looks, known)
    if nearly is None and (
        known == "category" or (looks.filled >= 20 and looks.different <= min(50, 0.1 * looks.filled))
    ):
        return "category", 0.8, Why("few", {"n": str(looks.different)})
    return "text", 0.5, nearly or Why("plain")


def _parsed(name: str, looks: Looks, known: str | None) -> str | None:
    """The type that all values parse as; numbers where it could be more, for they lose nothing."""
    if looks["yes"] == 1 and looks.different <= 4 and (looks["numbers"] < 1 or known == "yes/no"):
        return "yes/no"
    if looks["years"] == 1 and (known == "year" or _YEARS & set(name.split())):
        return "year"
    if looks["days"] == 1 or (looks["compact"] == 1 and known == "date"):
        return "date"
    mostly_days = known == "date" and looks["compact"] > 0.8
    return "number" if looks["numbers"] == 1 and not looks.unique and not mostly_days else None


def _order(looks: Looks) -> tuple[float, Why]:
    """How days are written, as far as it shows."""
    shown = [order for order in ("day_first", "month_first") if looks[order] > 0]
    if looks["doubts"] and len(shown) != 1:
        return 0.4, Why("doubtful", {"share": percent(looks["doubts"])})
    return 0.95, Why(shown[0]) if looks["doubts"] and shown else Why("all", {"type": "date"})


def _nearly(looks: Looks, known: str | None) -> Why | None:
    """Most values are of a type and some are not: said, and left as text."""
    tests = (("days", "date"), ("numbers", "number"), ("yes", "yes/no"))
    for test, kind in (("compact", "date"), *tests) if known == "date" else tests:
        if 0.8 <= looks[test] < 1:
            return Why("nearly", {"type": kind, "share": percent(looks[test])})
    return None


def _mostly(looks: Looks) -> dict[str, str]:
    """What the values of a column are instead of what it is called."""
    for test, role in (
        ("emails", "email"),
        ("phones_written", "phone"),
        ("days", "date"),
        ("yes", "yes/no"),
        ("streets", "address"),
    ):
        if looks[test] > 0.5:
            return {"what": role, "share": percent(looks[test])}
    return {"what": "other", "share": ""}


def _no_such(what: str, name: str, known: tuple[str, ...], path: Path) -> DataError:
    near = nearest(name, known)
    return DataError(
        f'There is no {what} "{name}".',
        file=path,
        key="--role",
        found=name,
        expected="one of: " + ", ".join(known[:40]),
        hint=f'Did you mean "{near}"?' if near else "Write it as  --role phone=Mobile",
    )


def proposal_as_json(found: Proposal) -> dict[str, Any]:
    """A proposal as one flat object, without the words for its reasons."""
    return {
        "file": found.file,
        "kind": found.kind,
        "preset": {"name": found.preset, "score": found.score},
        "rows": found.rows,
        "roles": found.roles,
        "types": found.types,
        "special": list(found.special),
        "columns": [
            {
                "column": one.column,
                "role": one.role,
                "type": one.type,
                "sure": one.sure,
                "examples": list(one.examples),
                "why": {"key": one.why.key, **one.why.values},
                "sensitivity": one.sensitivity,
            }
            for one in found.columns
        ],
    }
