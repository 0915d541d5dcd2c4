"""What usual exports call their columns: one TOML file each in ``presets/``, in English and Spanish."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["people", "events", "outcomes"]


@dataclass(frozen=True)
class Preset:
    """One kind of export.

    Attributes:
        name: its file's name.
        kind: what a row of it is.
        marks: names of columns that only such an export has.
        roles: role -> names it is found under.
        types: name -> type.
        special: names of columns that say what the law protects most: religion, health, union, party ...
        names: all of these names, squeezed.
    """

    name: str
    kind: Kind
    marks: frozenset[str]
    roles: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]
    special: frozenset[str]
    names: frozenset[str]

    def knows(self, name: str) -> bool:
        """True for a plain name that stands anywhere in it."""
        return squeezed(name) in self.names


def squeezed(name: str) -> str:
    """A plain name without its blanks: ``firstname`` is ``first name``.

    >>> squeezed("first name")
    'firstname'
    """
    return name.replace(" ", "")


def plain_name(name: str) -> str:
    """A column's name as small plain words.

    >>> plain_name("Voter File VANID"), plain_name("firstName"), plain_name("Correo_electrónico*"), plain_name("v Zip5")
    ('voter file vanid', 'first name', 'correo electronico', 'v zip 5')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z]+|[0-9]+", plain))


@cache
def presets() -> tuple[Preset, ...]:
    """Every preset there is; ``list`` is the one for everything else.

    >>> [preset.name for preset in presets()]
    ['civicrm', 'hr', 'list', 'shop-orders', 'voter-file']
    """
    folder = files("groundswell.sources") / "presets"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(_read(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8"))) for entry in found)


def _read(name: str, content: Mapping[str, object]) -> Preset:
    sections: dict[str, Mapping[str, list[str]]] = {
        key: value for key, value in content.items() if isinstance(value, Mapping)
    }
    kind, marks = content["kind"], content["marks"]
    if kind not in ("people", "events", "outcomes") or not isinstance(marks, list):
        raise TypeError(f"presets/{name}.toml: kind is {kind}, marks are {marks}")
    roles = {role: tuple(names) for role, names in sections["roles"].items()}
    types = {one: kind_of for kind_of, names in sections["types"].items() for one in names}
    special = frozenset(sections["sensitivities"]["special"])
    names = [*marks, *types, *special, *(one for known in roles.values() for one in known)]
    return Preset(name, kind, frozenset(marks), roles, types, special, frozenset(map(squeezed, names)))


def best_preset(names: Collection[str]) -> tuple[Preset, float]:
    """The preset most like a file, and how like it is, 0 to 1.

    Args:
        names: the plain names of the file's columns.

    >>> preset, score = best_preset(["employee id", "department", "reports to"])
    >>> preset.name, score
    ('hr', 1.0)
    """
    scored = []
    for preset in presets():
        marks = sum(name in preset.marks for name in names)
        share = sum(preset.knows(name) for name in names) / max(1, len(names))
        if marks or preset.name == "list":
            rank = 0.5 * share + 0.25 * min(marks, 2) if preset.marks else 0.6 * share
            scored.append((rank, share if preset.name == "list" else rank, preset))
    _, score, preset = max(scored, key=lambda one: one[0])
    return preset, round(score, 2)
