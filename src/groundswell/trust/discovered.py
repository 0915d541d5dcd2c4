"""Discovered groups in words: a name made of the rule, a size, what sets it apart, the message that works, examples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles import trait_columns
from groundswell.segments import Apart, Discovered, Question, Rule, may_be_shown, sql_of
from groundswell.stats import draw
from groundswell.trust.figures import scaled
from groundswell.trust.grouping import conditions_words
from groundswell.trust.teller import PER, Teller
from groundswell.uplift import Judged
from groundswell.vocabulary import NOTHING

_EXAMPLES = 5
_LONGEST = 60
_UNSERVED = ("closed", "not-proven", "no-gain")
_CARES = 50.0


def told_groups(
    found: Discovered,
    people: pa.Table,
    *,
    judged: Sequence[Judged | None],
    kinds: Mapping[str, str],
    blanks: frozenset[str],
    language: str,
    examples: bool,
    taken: dict[str, str],
) -> dict[str, Any]:
    """What was found as plain numbers and texts.

    Args:
        found: the groups.
        people: contract ``people.PEOPLE``, in the order that the groups were found in.
        judged: for each group the message that was named for it; empty where nothing came back yet.
        kinds: trait -> ``yes/no``, ``number`` or ``category``.
        blanks: the traits that are blank of somebody: there the words say who is blank.
        language: of the words.
        examples: False: nobody is named.
        taken: name -> rule of groups that were told before; names of these are added.

    Returns:
        ``stable``, ``stability``, ``fidelity``, ``tried`` and ``groups``, each with ``name``, ``say``, ``rule``, ``people``,
        ``share``, ``apart``, ``mean``, ``message`` and ``examples``.
    """
    english = Teller({"campaign": {"language": "en", "decide": "person"}, "kinds": kinds})
    teller = Teller({"campaign": {"language": language, "decide": "person"}, "kinds": kinds})
    lots = draw(people["person"].to_pylist(), key="example") if examples else np.zeros(0)
    groups = []
    for place, group in enumerate(found.groups):
        message = judged[place] if judged else None
        groups.append(
            {
                "name": _name(rules_words(english, group.rules, blanks), sql_of(group.rules), taken),
                "say": rules_words(teller, group.rules, blanks),
                "rule": sql_of(group.rules),
                "people": group.people,
                "share": group.share,
                "apart": [_apart_words(teller, one) for one in group.apart],
                "mean": group.mean,
                "message": None if message is None else {**message._asdict(), "effect": message.effect.as_json()},
                "examples": _examples(people, found.place == place, lots) if examples else [],
            }
        )
    return {
        "stable": bool(found.groups),
        "stability": found.stability,
        "fidelity": found.fidelity,
        "tried": [one._asdict() for one in found.tried],
        "groups": groups,
    }


def keep_back(views: Sequence[tuple[dict[str, Any] | None, Discovered | None]], smallest: int) -> None:
    """Take out of what is told the counts that, added and taken off, would tell of too few people.

    Args:
        views: what is told of each view, and what was found.
        smallest: fewer people are not told of.
    """
    told = [group for one, found in views if one is not None and found is not None for group in one["groups"]]
    columns = [
        found.place == place
        for one, found in views
        if one is not None and found is not None
        for place in range(len(found.groups))
    ]
    if not columns:
        return
    for group, shown in zip(told, may_be_shown(np.column_stack(columns), smallest).tolist(), strict=True):
        if not shown:
            group["people"] = group["share"] = None


def coverage(
    traits: pa.Table,
    people: pa.Table,
    decisions: pa.Table,
    found: Discovered,
    *,
    topics: Mapping[str, str],
    expected: float,
    sent: int,
    value: float,
    smallest: int,
) -> list[dict[str, Any]]:
    """For whom there is no fitting message, and what one would be worth if it moved them as the plan's move theirs.

    Args:
        traits: everybody's, in the order of ``people``.
        people: contract ``people.PEOPLE``.
        decisions: of a round.
        found: groups of who people are.
        topics: topic -> the trait that holds the interest in it.
        expected: goal actions that the plan is expected to bring, by shrunken effects.
        sent: units that it chose a message for.
        value: of a goal action.
        smallest: fewer people are not told of.

    Returns:
        For each group and topic with anybody: ``group`` (its place) or ``topic``, ``people`` without a fitting message,
        ``of`` how many, ``actions`` and ``worth``; the most worth first.
    """
    nothing = pc.equal(decisions["option"], NOTHING)
    unserved = decisions.filter(pc.and_(nothing, pc.is_in(decisions["reason"], value_set=pa.array(_UNSERVED))))
    alone = np.asarray(
        pc.is_in(people["unit"], value_set=unserved["unit"].combine_chunks()).to_numpy(zero_copy_only=False)
    )
    each = expected / sent if sent else 0.0
    parts: list[tuple[dict[str, Any], NDArray[np.bool_]]] = [
        ({"group": place, "topic": None}, found.place == place) for place in range(len(found.groups))
    ]
    parts += [
        ({"group": None, "topic": topic}, traits[column].to_numpy() >= _CARES)
        for topic, column in topics.items()
        if column in trait_columns(traits)
    ]
    rows = []
    for named, mine in parts:
        without, count = int((mine & alone).sum()), int(mine.sum())
        if without >= smallest and (count == without or count - without >= smallest):
            rows.append(
                {**named, "people": without, "of": count, "actions": without * each, "worth": without * each * value}
            )
    return sorted(rows, key=lambda row: -row["people"])


def rules_words(teller: Teller, rules: Sequence[Rule], blanks: frozenset[str] = frozenset()) -> str:
    """Rules as people read them: any of them holds.

    Args:
        teller: whose words.
        rules: of one group.
        blanks: the traits that are blank of somebody.
    """
    told = [_rule_words(teller, rule, blanks) for rule in rules]
    said = told[0]
    for more in told[1:]:
        said = teller.say("segments.or", first=said, last=more)
    return said


def discovered_lines(found: Mapping[str, Any], *, language: str, goal: str, currency: str) -> list[str]:
    """Both views and what nobody says anything to, a few lines a group.

    Args:
        found: of ``campaigns.discovering``.
        language: of the words.
        goal: the goal action.
        currency: of its worth.
    """
    teller = Teller({"campaign": {"language": language}, "goal": {"name": goal}})
    lines = []
    for view in ("who", "talk"):
        lines += [teller.say[f"segments.view.{view}"], *_view_lines(teller, view, found[view]), ""]
    lines += [teller.say["segments.view.gap"], *_gap_lines(teller, found, currency)]
    return lines


def _view_lines(teller: Teller, view: str, found: Mapping[str, Any] | None) -> list[str]:
    say, write = teller.say, teller.write
    if found is None:
        return [f"  {say['segments.no_past']}"]
    if not found["tried"]:
        return [f"  {say['segments.alike']}"]
    if not found["stable"]:
        return [f"  {say('segments.unstable', stability=write.short(found['stability']))}"]
    lines = []
    for group in found["groups"]:
        named = {"name": group["name"], "say": group["say"]}
        if group["people"] is None:
            lines.append(f"  {say('segments.group_few', **named)}")
        else:
            people, share = write.count(group["people"]), write.percent(group["share"])
            lines.append(f"  {say('segments.group', people=people, share=share, **named)}")
        if group["apart"]:
            lines.append(f"      {say('segments.apart', apart='; '.join(group['apart']))}")
        lines.append(f"      {_message_words(teller, group['message'])}")
        if group["examples"]:
            lines.append(f"      {say('segments.examples', who=', '.join(group['examples']))}")
    key = "segments.how_who" if view == "who" else "segments.how_talk"
    told = {"stability": write.short(found["stability"]), "fidelity": write.percent(found["fidelity"])}
    return [*lines, f"  {say(key, **told)}"]


def _message_words(teller: Teller, message: Mapping[str, Any] | None) -> str:
    if message is None:
        return teller.say["segments.untried"]
    value, interval = teller.write.interval(scaled(message["effect"], PER) or {})
    told = {"option": teller.option(message["option"]), "effect": value, "interval": interval}
    return teller.say("segments.works" if message["proven"] else "segments.unproven", **told)


def _gap_lines(teller: Teller, found: Mapping[str, Any], currency: str) -> list[str]:
    say, write = teller.say, teller.write
    if found["gap"] is None:
        return [f"  {say['segments.no_round']}"]
    if not found["gap"]:
        return [f"  {say['segments.no_gap']}"]
    lines = []
    for row in found["gap"]:
        whom = (
            say("segments.gap_topic", topic=teller.trait(row["topic"].replace("-", "_")))
            if row["topic"] is not None
            else found["who"]["groups"][row["group"]]["say"]
        )
        people, of = write.count(row["people"]), write.count(row["of"])
        worth = say("segments.worth", actions=write.short(row["actions"]), worth=write.money(row["worth"], currency))
        told = {"whom": whom, "people": people, "of": of}
        lines.append(f"  {say('segments.gap', **told)}{f'; {worth}' if row['actions'] > 0 else ''}")
    return [*lines, f"  {say['segments.gap_exact']}"]


def _rule_words(teller: Teller, rule: Rule, blanks: frozenset[str]) -> str:
    if not rule:
        return teller.say["report.groups.all"]
    said = [_trait_words(teller, [one for one in rule if one.trait == name], blanks) for name in _traits_of(rule)]
    told = said[0]
    for more in said[1:]:
        told = teller.say("report.groups.and", first=told, last=more)
    return told


def _traits_of(rule: Rule) -> list[str]:
    return list(dict.fromkeys(one.trait for one in rule))


def _trait_words(teller: Teller, asked: Sequence[Question], blanks: frozenset[str]) -> str:
    """What a rule asks of one trait; where blanks answer it, too, it says so."""
    name = asked[0].trait
    blank = name in blanks and all(one.blank for one in asked)
    cuts = [one for one in asked if one.cut is not None]
    if cuts:
        least = max((one.cut for one in cuts if one.yes and one.cut is not None), default=None)
        below = min((one.cut for one in cuts if not one.yes and one.cut is not None), default=None)
        if blank and least is not None and below is not None and least >= below:
            return teller.say("segments.not_known", trait=teller.trait(name))
        said = conditions_words(teller, [{"trait": name, "at_least": least, "below": below}], exact=True)
    else:
        parts = [
            teller.say("segments.is" if one.yes else "segments.is_not", trait=teller.trait(name), level=one.level)
            for one in asked
        ]
        said = parts[0]
        for more in parts[1:]:
            said = teller.say("report.groups.and", first=said, last=more)
    return teller.say("segments.or_blank", said=said) if blank else said


def _apart_words(teller: Teller, one: Apart) -> str:
    trait = teller.trait(one.trait)
    if one.level is not None:
        share = {
            name: teller.write.percent(value) for name, value in (("mine", one.mine), ("everybody", one.everybody))
        }
        return teller.say("segments.apart_level", trait=trait, level=one.level, **share)
    yes_no = teller.summary["kinds"].get(one.trait) == "yes/no"
    write = teller.write.percent if yes_no else teller.write.short
    return teller.say("report.groups.mean", trait=trait, mine=write(one.mine), everybody=write(one.everybody))


def _name(words: str, rule: str, taken: dict[str, str]) -> str:
    """An id made of the rule's words; another group's only where the rule is the same."""
    plain = re.sub("[^a-z0-9]+", "-", words.lower()).strip("-") or "group"
    if len(plain) > _LONGEST:
        plain = plain[: plain.rindex("-", 0, _LONGEST)] if "-" in plain[:_LONGEST] else plain[:_LONGEST]
    plain = re.sub("(-(and|or|is|not|below|from|to))+$", "", plain)
    name, number = plain, 2
    while taken.get(name, rule) != rule:
        name, number = f"{plain}-{number}", number + 1
    taken[name] = rule
    return name


def _examples(people: pa.Table, mine: NDArray[np.bool_], lots: NDArray[np.float64]) -> list[str]:
    """A few people of a group, by chance: names, or ids where the file has none."""
    rows = np.flatnonzero(mine)
    chosen = np.sort(rows[np.argsort(lots[rows], kind="stable")[:_EXAMPLES]])
    some = people.take(pa.array(chosen))
    return [name or person for name, person in zip(some["name"].to_pylist(), some["person"].to_pylist(), strict=True)]
