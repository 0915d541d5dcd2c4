"""The rules as data: what stands in ``data/*.toml``, read once and checked whole.

A mistake in these files is told with its file and key; nothing of them is used until all is right.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from groundswell.purposes.hours import Window, parse_window
from groundswell.purposes.rules import PURPOSES, Basis, PurposeName, Rule, Sensitivity, Use
from groundswell.vocabulary import SettingsError, languages, nearest

EVERYWHERE = "everywhere"

Channel = Literal["email", "sms", "chat", "phone", "robocall", "post", "door", "social"]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$")]


def _in_every_language(said: dict[str, str]) -> dict[str, str]:
    if sorted(said) != sorted(languages()):
        raise ValueError(f"a sentence in each of {', '.join(languages())}, no more and no less")
    return said


def _alike_in_all(said: object) -> object:
    return dict.fromkeys(languages(), said) if isinstance(said, str) else said


Said = Annotated[dict[str, Text], AfterValidator(_in_every_language)]
Cited = Annotated[Said, BeforeValidator(_alike_in_all)]
ReadWindow = Annotated[Window, PlainValidator(lambda text: parse_window(str(text)))]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleSpec(_Spec):
    """A rule as it is written."""

    basis: Basis
    source: Cited
    says: Said
    unless: Said | None = None
    wording: Said | None = None


class HoursSpec(_Spec):
    """When a channel is open, as it is written."""

    rule: RuleId
    open: Annotated[tuple[ReadWindow, ...], Field(min_length=1)]


class GroupSpec(_Spec):
    """The fewest people whose results are shown; of what they said in their own words, more may have to be."""

    rule: RuleId
    people: Annotated[int, Field(ge=1)]
    remarks: Annotated[int, Field(ge=1)] | None = None


class PlaceSpec(_Spec):
    """What one place says; what it leaves out, the wider place says."""

    minimum_group: GroupSpec | None = None
    private: RuleId | None = None
    individual: RuleId | None = None
    hours: dict[Channel, HoursSpec | Literal[False]] = {}
    consent: dict[Channel, RuleId | Literal[False]] = {}
    labels: dict[Channel, list[RuleId]] = {}
    forbids: dict[Sensitivity, dict[Use, RuleId | Literal[False]]] = {}
    reminders: list[RuleId] | None = None

    def named(self) -> Iterator[tuple[str, str]]:
        """Every rule that it names, with its key."""
        if self.minimum_group:
            yield "minimum_group.rule", self.minimum_group.rule
        if self.private:
            yield "private", self.private
        if self.individual:
            yield "individual", self.individual
        yield from ((f"hours.{name}.rule", hours.rule) for name, hours in self.hours.items() if hours)
        yield from ((f"consent.{name}", rule) for name, rule in self.consent.items() if rule)
        yield from ((f"labels.{name}", rule) for name, rules in self.labels.items() for rule in rules)
        for sensitivity, uses in self.forbids.items():
            yield from ((f"forbids.{sensitivity}.{use}", rule) for use, rule in uses.items() if rule)
        yield from (("reminders", rule) for rule in self.reminders or ())


class PlacesSpec(_Spec):
    """Which place lies inside which, and what people write instead of its code."""

    inside: dict[Place, list[Place]]
    instead: dict[str, Place] = {}


@dataclass(frozen=True)
class Book:
    """All the rules, checked.

    Attributes:
        rules: by id.
        tables: purpose -> place -> what is said for it.
        inside: place -> the wider place it lies in.
        instead: what people write -> the code that is meant.
    """

    rules: Mapping[str, Rule]
    tables: Mapping[PurposeName, Mapping[str, PlaceSpec]]
    inside: Mapping[str, str]
    instead: Mapping[str, str]


@cache
def book() -> Book:
    """The rules that come with groundswell."""
    return read_book(files("groundswell.purposes") / "data")


def read_book(folder: Traversable) -> Book:
    """Read and check a folder of rules.

    Args:
        folder: with ``rules.toml``, ``places.toml`` and a file for each purpose.

    Raises:
        SettingsError: the first thing wrong, with file and key.
    """
    rules: dict[str, RuleSpec] = _read(folder / "rules.toml", dict[RuleId, RuleSpec])
    places: PlacesSpec = _read(folder / "places.toml", PlacesSpec)
    tables = {name: _read_tables(folder / f"{name}.toml", rules) for name in PURPOSES}
    return Book(
        {
            name: Rule(name, said.basis, said.source, said.says, said.unless, said.wording)
            for name, said in rules.items()
        },
        tables,
        {place: wider for wider, narrow in places.inside.items() for place in narrow},
        places.instead,
    )


def _read_tables(file: Traversable, rules: Mapping[str, RuleSpec]) -> dict[str, PlaceSpec]:
    tables: dict[str, PlaceSpec] = _read(file, dict[Place | Literal["everywhere"], PlaceSpec])
    if EVERYWHERE not in tables or tables[EVERYWHERE].minimum_group is None:
        raise SettingsError(
            "What holds everywhere is missing.",
            file=file.name,
            key=EVERYWHERE,
            expected=f"a table [{EVERYWHERE}] with at least minimum_group",
            hint="Write it first: every place begins with it.",
        )
    for place, table in tables.items():
        for key, rule in table.named():
            if rule not in rules:
                raise unknown_rule(rule, rules, file=file.name, key=f"{place}.{key}")
            if key.startswith("labels.") and rules[rule].wording is None:
                raise SettingsError(
                    f"{rule} is a label without a wording.",
                    file=file.name,
                    key=f"{place}.{key}",
                    found=rule,
                    expected="a rule that shows what its label may look like",
                    hint="Give it wording.en, wording.es ... in rules.toml.",
                )
    return tables


def unknown_rule(rule: str, known: Mapping[str, object], *, file: str | None = None, key: str) -> SettingsError:
    """The error for a rule that there is not, with the nearest one there is.

    >>> unknown_rule("all/smal-groups", {"all/small-groups": 0}, key="override").hint
    'Did you mean "all/small-groups"?'
    """
    near = nearest(rule, known)
    return SettingsError(
        f'There is no rule "{rule}".',
        file=file,
        key=key,
        found=rule,
        expected="the id of a rule",
        hint=f'Did you mean "{near}"?' if near else "See  groundswell purposes  for all there are.",
    )


def _read(file: Traversable, shape: Any) -> Any:  # noqa: ANN401 - whatever the shape makes of it
    try:
        return TypeAdapter(shape).validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        wrong = error.errors()[0]
        raise SettingsError(
            f"The rules in {file.name} are not right.",
            file=file.name,
            key=".".join(str(part) for part in wrong["loc"]),
            found=str(wrong["input"])[:100],
            expected=wrong["msg"],
            hint="Correct that key.",
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The rules in {file.name} cannot be read.",
            file=file.name,
            found=str(error),
            expected="a file of TOML in UTF-8",
            hint="Correct that file.",
        ) from error
