"""``groundswell segments``: the groups that somebody wrote down in ``segments.toml``, counted over the people of today."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from groundswell.campaigns.folder import round_path, rounds_of
from groundswell.campaigns.importing import tables_of
from groundswell.campaigns.inputs import look
from groundswell.campaigns.settings import Settings, read_toml
from groundswell.campaigns.standing import purpose_of
from groundswell.profiles import INTEREST, SCORES, trait_columns, with_scores
from groundswell.segments import Segment, SegmentSpec, count_members, in_order, members
from groundswell.tables import check_expression, empty, read
from groundswell.vocabulary import ID_PATTERN, SettingsError, nearest

FILE = "segments.toml"


def segments_of(settings: Settings, *, number: int, today: date) -> dict[str, Any]:
    """Every declared segment with its rule, its sentence and how many belong to it today.

    Args:
        settings: the campaign.
        number: the round whose knowledge is looked at.
        today: the day.

    Returns:
        ``people`` (all of them), ``smallest_group``, and ``segments`` in the order of the file: ``name``, ``say``, ``rule``,
        ``within``, ``people`` and ``share``, both None where so few may not be told of; and ``rounds``, the ``share`` that
        belonged to it in each finished round, as far as its traits were known then and it may be told.

    Raises:
        SettingsError: a file that cannot be read, or a segment that is none.
        ExpressionError: a rule that cannot be used.
    """
    file = settings.folder / FILE
    specs = read_segments(file)
    with look(settings, number=number, today=today) as seen:
        # A score that is worth nothing today is blank of everybody: no rule that asks for it is wrong for that.
        traits = with_scores(seen.known.traits, empty(SCORES), [one.name for one in settings.scores])
    segments = in_order(specs, trait_columns(traits), file=str(file))
    told = {one.name: one for one in segments}
    columns = (*trait_columns(traits), *(one.column for one in segments))
    read_in = {name for one in segments for name in check_expression(one.rule, columns, file=str(file), key=one.name)}
    fewest = smallest_of(settings, read_in)
    counted = {one.name: one for one in count_members(members(segments, traits, file=str(file)), fewest)}
    shares = _by_round(settings, segments, columns, fewest, str(file))
    return {
        "format": 1,
        "people": traits.num_rows,
        "smallest_group": fewest,
        "segments": [
            {**told[name]._asdict(), "people": counted[name].people, "share": counted[name].share}
            | {"rounds": _apart_enough(counted[name].people, shares.get(name, []), fewest)}
            for name in specs
        ],
    }


def smallest_of(settings: Settings, traits: Collection[str]) -> int:
    """The fewest people that a count by some traits may tell of: more where what people said in their own words counts."""
    purpose = purpose_of(settings)
    said = settings.spec.sources.remarks is not None or bool(tables_of(settings.folder, "remarks"))
    spoken = said and any(name.startswith(INTEREST) for name in traits)
    return purpose.minimum_remarks if spoken else purpose.minimum_group


def _by_round(
    settings: Settings, segments: Sequence[Segment], today: tuple[str, ...], smallest: int, file: str
) -> dict[str, list[dict[str, Any]]]:
    """Segment -> its share in each finished round: how it drifts while its rule stays put."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number in rounds_of(settings.folder):
        path = round_path(settings.folder, number)
        if not (path / "summary.json").exists():
            continue
        then = read(path / "traits.parquet")
        traits = with_scores(then, empty(SCORES), [one.name for one in settings.scores])
        # A segment about a trait that was not known then, or about such a segment, had nobody yet.
        known: list[Segment] = []
        for one in segments:
            there = {*trait_columns(traits), *(other.column for other in known)}
            around = one.within is None or one.within in {other.name for other in known}
            if around and check_expression(one.rule, today, file=file, key=one.name) <= there:
                known.append(one)
        for counted in count_members(members(known, traits, file=file), smallest):
            if counted.share is not None:
                row = {"round": number, "share": counted.share, "people": counted.people}
                found.setdefault(counted.name, []).append(row)
    return found


def _apart_enough(today: int | None, rounds: list[dict[str, Any]], smallest: int) -> list[dict[str, Any]]:
    """The rounds whose count may stand beside that of today: what two of them differ by would tell of so few people."""
    if today is None:
        return []
    shown: list[dict[str, Any]] = []
    counts = [today]
    for one in reversed(rounds):
        if all(abs(one["people"] - count) >= smallest or one["people"] == count for count in counts):
            counts.append(one["people"])
            shown.insert(0, {"round": one["round"], "share": one["share"]})
    return shown


def read_segments(file: Path) -> dict[str, SegmentSpec]:
    """What ``segments.toml`` says; nothing where there is no such file.

    Raises:
        SettingsError: the first thing wrong; ``.others`` holds the rest.
    """
    if not file.is_file():
        return {}
    found, wrong = {}, []
    for name, said in read_toml(file).items():
        if not re.fullmatch(ID_PATTERN, name):
            wrong.append(_no_name(name, file))
            continue
        try:
            found[name] = SegmentSpec.model_validate(said)
        except ValidationError as error:
            # A key that nobody knows is why another is missing, so it is told first.
            told = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
            wrong += [_wrong(name, one, file) for one in told]
    if wrong:
        wrong[0].others = tuple(wrong[1:])
        raise wrong[0]
    return found


def _no_name(name: str, file: Path) -> SettingsError:
    return SettingsError(
        f"{name} is no name of a segment.",
        file=file,
        key=name,
        found=name,
        expected="small letters, digits and hyphens",
        hint="Such as  school-parents.",
    )


def _wrong(name: str, error: Any, file: Path) -> SettingsError:  # noqa: ANN401 - pydantic's ErrorDetails
    keys = tuple(SegmentSpec.model_fields)
    key = str(error["loc"][0]) if error["loc"] else ""
    where = f"{name}.{key}" if key else name
    if error["type"] == "extra_forbidden":
        near = nearest(key, keys)
        return SettingsError(
            f"A segment has no {key}.",
            file=file,
            key=where,
            found=key,
            expected=", ".join(keys),
            hint=f"Did you mean {near}?" if near else "Leave it out.",
        )
    if error["type"] == "missing":
        return SettingsError(
            f"The segment {name} has no {key}.",
            file=file,
            key=where,
            found="nothing",
            expected="a condition over the traits",
            hint='Such as  rule = "age > 60".',
        )
    return SettingsError(
        f'"{where}" is wrong: {error["msg"]}.', file=file, key=where, found=str(error["input"])[:200], expected="a text"
    )
