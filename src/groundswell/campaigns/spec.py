"""``campaign.toml`` as it is written: a mirror of the file that knows every key there may be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundswell.channels import ChannelSpec
from groundswell.experiments.settings import ExperimentSpec
from groundswell.fieldwork.settings import FieldworkSpec
from groundswell.listen import ActionSpec
from groundswell.people import Unit
from groundswell.policy import LearningSpec, LimitSpec
from groundswell.profiles import ScoreSpec, TopicSpec, TraitSpec
from groundswell.sources import SourcesSpec
from groundswell.uplift import GuardSpec
from groundswell.vocabulary import SettingsError, nearest

FORMAT = 1


class SecretSpec(BaseModel):
    """A value that stands in an environment variable, never in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str = Field(min_length=1, description="the name of the environment variable")


class LedgerSpec(BaseModel):
    """Where consents and suppressions are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretSpec | None = Field(None, description="a PostgreSQL database; left out: a file in the campaign's folder")


class PurposesSpec(BaseModel):
    """Which rules of the purpose are set aside, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    override: dict[str, str] = Field({}, description="rule -> why it does not hold here")


class CampaignSpec(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = Field(description="the version of this format: 1")
    name: str = Field(min_length=1, description="the campaign's name, as people read it")
    purpose: Literal["voters", "workforce", "customers"] = Field(description="voters, workforce or customers")
    place: str | None = Field(None, description="whose hours, labels and limits hold, such as US-MI")
    timezone: str = Field("UTC", description="whose calendar days count, such as America/Detroit")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="three letters, such as USD")
    decide: Unit = Field("person", description="what one decision is about")
    languages: list[str] = Field(["en"], min_length=1, description="the first one is the report's")
    actions: dict[str, ActionSpec] = Field(min_length=1, description="what people may do; one has goal = true")
    sources: SourcesSpec = Field(description="the files, and what their columns mean")
    beside: list[str] = Field(
        [], description="folders of other campaigns of the same people, whose contacts count, too"
    )
    topics: dict[str, str | TopicSpec] = Field({}, description="topic -> a sentence that describes it, or a table")
    traits: dict[str, str | TraitSpec] = Field({}, description="trait -> one SQL expression over the row")
    scores: dict[str, ScoreSpec] = Field({}, description="probabilities for everybody, from those who were asked")
    channels: dict[str, ChannelSpec] = Field(min_length=1, description="how messages travel")
    fieldwork: FieldworkSpec = Field(FieldworkSpec(), description="how calls and visits become lists")
    limits: dict[str, LimitSpec] = Field({}, description="what is scarce")
    learning: LearningSpec = Field(LearningSpec(), description="how much of a round is drawn at random")
    experiments: dict[str, ExperimentSpec] = Field({}, description="questions that chance shall answer")
    guard: GuardSpec = Field(GuardSpec(), description="how sure a proof must be")
    purposes: PurposesSpec = Field(PurposesSpec(), description="rules of the purpose that are set aside")
    ledger: LedgerSpec = Field(LedgerSpec(), description="where consents and suppressions are kept")


def parse_spec(content: dict[str, Any], file: str) -> CampaignSpec:
    """Check the shape of a campaign file.

    Args:
        content: the parsed TOML.
        file: its path, for errors.

    Raises:
        SettingsError: the first thing wrong; ``.others`` holds the rest.
    """
    endless = [_endless(path, value, file) for path, value in _numbers(content) if not math.isfinite(value)]
    try:
        spec = CampaignSpec.model_validate(content)
        if not endless:
            return spec
        found = endless
    except ValidationError as error:
        found = [*endless, *(_explain(wrong, content, file) for wrong in error.errors())]
    # A trait may be a text or a table: pydantic tells both failures, the more telling one is enough.
    found.sort(key=lambda one: (not one.message.startswith("There is no"), "is wrong" in one.message))
    distinct = list({one.key: one for one in reversed(found)}.values())[::-1]
    first = distinct[0]
    first.others = tuple(distinct[1:])
    raise first


def _numbers(content: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every decimal number in the file, with its key."""
    if isinstance(content, float):
        yield path.removeprefix("."), content
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, part in parts:
        yield from _numbers(part, f"{path}.{name}")


def _endless(key: str, value: float, file: str) -> SettingsError:
    return SettingsError(
        f'"{key}" is no number that can be reckoned with.',
        file=file,
        key=key,
        found=value,
        expected="a plain number",
        hint="Write a large number where there should be no end, or leave the key out.",
    )


def _path(loc: Sequence[str | int], content: object) -> list[str]:
    """Where an error is in the file; pydantic adds the names of its types to the way."""
    found: list[str] = []
    place: Any = content
    for step, part in enumerate(loc):
        inside = part in place if isinstance(place, dict) else isinstance(place, list) and part in range(len(place))
        if inside:
            place = place[part]
        elif step < len(loc) - 1 or str(part) not in _keys_at(found):
            continue
        found.append(str(part))
    return found


def _explain(wrong: Any, content: object, file: str) -> SettingsError:  # noqa: ANN401 - pydantic's ErrorDetails
    path = _path(wrong["loc"], content)
    key, name = ".".join(path), path[-1] if path else ""
    if wrong["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        near = nearest(name, known)
        return SettingsError(
            f'There is no key "{key}".',
            file=file,
            key=key,
            found=name,
            expected="one of: " + ", ".join(known),
            hint=f'Did you mean "{near}"?' if near else "Leave it out.",
        )
    if wrong["type"] == "missing":
        return SettingsError(
            f'"{key}" is missing.',
            file=file,
            key=key,
            expected=_description(path),
            hint=f"Add {name} = ... to {'[' + '.'.join(path[:-1]) + ']' if path[:-1] else 'the top of the file'}.",
        )
    return SettingsError(
        f'"{key}" is wrong: {wrong["msg"][0].lower()}{wrong["msg"][1:]}.',
        file=file,
        key=key,
        found=str(wrong["input"])[:100],
        expected=_description(path) or wrong["msg"],
        hint="Correct the value.",
    )


def _model_at(path: list[str]) -> type[BaseModel] | None:
    """The model whose keys stand at a path of the file."""
    model: type[BaseModel] | None = CampaignSpec
    named = False  # the next part is a name of the user's
    for part in path:
        if named:
            named = False
        elif model is not None:
            entry = model.model_fields.get(part)
            model = _inner(entry.annotation) if entry else None
            named = entry is not None and str(entry.annotation).startswith("dict[")
    return None if named else model


def _inner(annotation: Any) -> Any:  # noqa: ANN401 - type annotations
    """The pydantic model inside an annotation such as ``dict[str, X]`` or ``X | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _inner(part)
        if found is not None:
            return found
    return None


def _keys_at(path: list[str]) -> list[str]:
    model = _model_at(path)
    return list(model.model_fields) if model else []


def _description(path: list[str]) -> str | None:
    model = _model_at(path[:-1])
    field = model.model_fields.get(path[-1]) if model and path else None
    return field.description if field else None


def documented_keys() -> dict[str, str]:
    """Every key of the format with what it means; ``*`` stands for a name of the user's.

    >>> documented_keys()["limits.*.at_most"]
    'the most there may be'
    """
    found: dict[str, str] = {}

    def walk(model: type[BaseModel], prefix: str) -> None:
        for name, field in model.model_fields.items():
            found[prefix + name] = field.description or ""
            inner = _inner(field.annotation)
            if inner is not None:
                many = str(field.annotation).startswith("dict[")
                walk(inner, f"{prefix}{name}.*." if many else f"{prefix}{name}.")

    walk(CampaignSpec, "")
    return found
