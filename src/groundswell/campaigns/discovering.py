"""``groundswell segments discover`` and ``adopt``: groups that nobody wrote down, and how one becomes a declared one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from groundswell.campaigns.folder import HIDDEN, round_path, rounds_of
from groundswell.campaigns.inputs import gather_evidence, look
from groundswell.campaigns.segmenting import FILE, read_segments, smallest_of
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.profiles import SCORE, blank_of_some, interest_column, trait_columns
from groundswell.segments import assign, discover, tell_apart
from groundswell.tables import Table, read, read_json, write_json, write_text
from groundswell.trust.discovered import coverage, keep_back, told_groups
from groundswell.trust.summary import kinds_of
from groundswell.uplift import halved, judge_groups, most_moved
from groundswell.vocabulary import CONTACTS, ID_PATTERN, CampaignError, nearest

KEPT = "segments.json"
"""In the hidden folder: what was discovered last."""


def discover_segments(
    settings: Settings, *, number: int, today: date, seed: int, of: tuple[str, ...], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Who people are, whom to talk to, and who has no fitting message.

    Args:
        settings: the campaign.
        number: the round whose knowledge is looked at.
        today: the day.
        seed: another seed draws other people.
        of: the traits that count; none: all of a person's own, what is only foretold left out.
        tell: called with the name of each step that begins.

    Returns:
        ``who`` and ``talk`` (None without results yet) as ``told_groups`` gives them, and ``gap`` (None without a round).

    Raises:
        CampaignError: for a trait that there is not.
        EvidenceError: for too few people, or people who are all alike.
    """
    purpose, language = purpose_of(settings), settings.spec.languages[0]
    with look(settings, number=number, today=today, seed=seed, tell=tell) as seen:
        traits, people = seen.known.traits, seen.arrived.people
        names = _names(traits, of)
        households = people["household"].to_pylist()
        tell("who they are")
        who = discover(traits, names, unit=households, seed=seed)
        evidence, guard = (
            gather_evidence(settings, seen.arrived, seen.known, seen.heard, seed=seed),
            seen.heard.guard(settings),
        )
        common: dict[str, Any] = {
            "kinds": kinds_of(traits),
            "language": language,
            "examples": purpose.individual is None,
            "blanks": blank_of_some(traits),
            "taken": {},
        }
        apart, judged, others = None, [], []
        if evidence is not None:
            tell("whom to talk to")
            halves = halved(evidence, guard)
            moved = most_moved(halves, traits, people["cluster"].to_pylist())
            apart = tell_apart(moved, traits, names, unit=households, seed=seed)
            places = [assign([one.rules for one in found.groups], evidence.traits) for found in (who, apart)]
            counts = [len(found.groups) for found in (who, apart)]
            judged, others = (
                judge_groups(evidence, halves, place, count, guard, together=sum(counts))
                for place, count in zip(places, counts, strict=True)
            )
        told = told_groups(who, people, judged=judged, **common)
        talk = None if apart is None else told_groups(apart, people, judged=others, **common)
        fewest = smallest_of(settings, names)
        keep_back([(told, who), (talk, apart)], fewest)
        last = _last_round(settings)
        gap = None
        if last is not None:
            summary = read_json(last / "summary.json")
            gap = coverage(
                traits,
                people,
                read(last / "decisions.parquet"),
                who,
                topics={topic.name: interest_column(topic.name) for topic in settings.topics},
                expected=summary["expected"],
                sent=sum(count for option, count in summary["chosen"].items() if option != "nothing"),
                value=settings.goal.value,
                smallest=fewest,
            )
    found = {"format": 1, "day": today.isoformat(), "people": traits.num_rows, "who": told, "talk": talk, "gap": gap}
    kept = [group for view in (told, talk) if view for group in view["groups"]]
    write_json(
        {"day": found["day"], "groups": [{name: one[name] for name in ("name", "say", "rule")} for one in kept]},
        settings.folder / HIDDEN / KEPT,
    )
    return found


def adopt(settings: Settings, name: str, *, called: str | None = None) -> dict[str, str]:
    """Write a discovered group into ``segments.toml``: from now on its rule stays put, whoever comes and goes.

    Args:
        settings: the campaign.
        name: of the group, as it was shown.
        called: the segment's id; None: the same.

    Returns:
        ``name``, ``say`` and ``rule``, as they are written.

    Raises:
        CampaignError: when nothing of that name was discovered, or a segment is called so already.
    """
    place, file = settings.folder / HIDDEN / KEPT, settings.folder / FILE
    groups = {one["name"]: one for one in read_json(place)["groups"]} if place.exists() else {}
    if name not in groups:
        near = nearest(name, groups)
        raise CampaignError(
            f"No group called {name} was discovered.",
            file=place,
            key="adopt",
            found=name,
            expected=f"one of: {', '.join(groups)}" if groups else "groups that were discovered before",
            hint=f"Did you mean {near}?" if near else "Find them with  groundswell segments discover.",
        )
    told = called or name
    if not ID_PATTERN.match(told) or told in read_segments(file):
        raise CampaignError(
            f"A segment cannot be called {told}.",
            file=file,
            key="--name",
            found="a segment of that name" if ID_PATTERN.match(told) else told,
            expected="small letters, digits and single dashes, and no name that is there already",
            hint="Give it another with  --name.",
        )
    group = groups[name]
    before = file.read_text("utf-8-sig").rstrip() + "\n\n" if file.exists() else ""
    text = f"{before}[{told}]\nsay = {_quoted(group['say'])}\nrule = {_quoted(group['rule'])}\n"
    tomllib.loads(text)  # what cannot be read again is not written
    write_text(text, file)
    return {"name": told, "say": group["say"], "rule": group["rule"]}


def _quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, but for one sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _names(traits: Table, of: tuple[str, ...]) -> list[str]:
    known = [name for name in trait_columns(traits) if name != CONTACTS]
    for name in of:
        if name not in known:
            raise CampaignError(
                f"There is no trait {name}.",
                key="--of",
                found=name,
                expected="one of: " + ", ".join(known),
                hint=f"Did you mean {near}?" if (near := nearest(name, known)) else "Name one of them.",
            )
    return list(of) or [name for name in known if not name.startswith(("household_", SCORE))]


def _last_round(settings: Settings) -> Path | None:
    paths = [round_path(settings.folder, number) for number in reversed(rounds_of(settings.folder))]
    return next((path for path in paths if (path / "summary.json").exists()), None)
