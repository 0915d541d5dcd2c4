"""From a name and a place to the rules that hold there: a narrower place goes before the wider one it lies in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

from groundswell.purposes.hours import Hours
from groundswell.purposes.purpose import Purpose
from groundswell.purposes.reading import EVERYWHERE, Book, PlaceSpec, book, unknown_rule
from groundswell.purposes.rules import PURPOSES, Override, PurposeName, Rule, Sensitivity, Use
from groundswell.vocabulary import SettingsError, nearest

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z")
_OVERRIDE = "purposes.override"

_Key = TypeVar("_Key")
_Said = TypeVar("_Said")


def purpose_for(name: str, place: str | None = None, *, overrides: Mapping[str, str] | None = None) -> Purpose:
    """The rules that hold for a purpose at a place.

    Args:
        name: ``voters``, ``workforce`` or ``customers``.
        place: a country's two letters, ``EU``, or a part of a country such as ``US-MI``; None for what holds everywhere.
        overrides: id of a rule -> why the campaign sets it aside; it must hold here, and allow it.

    Raises:
        SettingsError: when there is no such purpose, place or rule, or a rule cannot be set aside.

    >>> michigan = purpose_for("voters", "US-MI")
    >>> michigan.within
    ('US', 'everywhere')
    >>> sorted(michigan.needs_consent)
    ['chat', 'robocall', 'sms']
    >>> purpose_for("workforce", "DE").may("segment", "special").rule.id
    'workforce/eu-special-traits'
    """
    return find_purpose(book(), name, place, overrides=overrides)


def rules_for(name: str, place: str | None = None, *, overrides: Mapping[str, str] | None = None) -> tuple[Rule, ...]:
    """The rules of ``purpose_for``, by id.

    >>> [rule.id for rule in rules_for("workforce", "DE") if rule.basis == "law"]
    ['workforce/de-works-council', 'workforce/eu-special-traits']
    """
    return purpose_for(name, place, overrides=overrides).rules


def known_rules() -> tuple[Rule, ...]:
    """Every rule there is, by id.

    >>> known_rules()[0].id
    'all/ask-first'
    """
    rules = book().rules
    return tuple(rules[name] for name in sorted(rules))


def find_purpose(
    rules: Book, name: str, place: str | None = None, *, overrides: Mapping[str, str] | None = None
) -> Purpose:
    """``purpose_for``, from a book of one's own."""
    if name not in PURPOSES:
        near = nearest(name, PURPOSES)
        raise SettingsError(
            f'There is no purpose "{name}".',
            key="purpose",
            found=name,
            expected=", ".join(PURPOSES),
            hint=f'Did you mean "{near}"?' if near else "Choose one of them.",
        )
    chosen = next(one for one in PURPOSES if one == name)
    code = _code(rules, place)
    within = tuple(one for one in _outwards(rules, code) if one in rules.tables[chosen])
    found = _laid(rules, chosen, code, within)
    for rule, reason in (overrides or {}).items():
        found = found.without(*_allowed(rules, found, rule, reason))
    return found


def _code(rules: Book, place: str | None) -> str | None:
    """A place as we write it; None stays None."""
    if place is None:
        return None
    code = place.strip().upper()
    country, dash, part = code.partition("-")
    meant = rules.instead.get(country)
    if meant is None and _PLACE.match(code):
        return code
    raise SettingsError(
        f'"{place}" is no place that we know how to look up.',
        key="place",
        found=place,
        expected="a country's two letters, EU, or a part of a country such as US-MI",
        hint=f'Write "{meant}{dash}{part}".' if meant else "See ISO 3166 for the codes of countries and their parts.",
    )


def _outwards(rules: Book, code: str | None) -> Iterator[str]:
    """A place, the places it lies in, and everywhere."""
    place = code
    while place is not None:
        yield place
        place = place.split("-")[0] if "-" in place else rules.inside.get(place)
    yield EVERYWHERE


def _laid(rules: Book, name: PurposeName, place: str | None, within: tuple[str, ...]) -> Purpose:
    """The tables laid over each other, the widest first."""
    tables = [rules.tables[name][one] for one in reversed(within)]
    hours = _over(table.hours for table in tables)
    consent = _over(table.consent for table in tables)
    labels = _over(table.labels for table in tables)
    forbids = _over(_flat(table) for table in tables)
    [*_, group] = (table.minimum_group for table in tables if table.minimum_group)
    private = [table.private for table in tables if table.private]
    individual = [table.individual for table in tables if table.individual]
    reminders = [table.reminders for table in tables if table.reminders is not None]
    return Purpose(
        name=name,
        place=place,
        within=within,
        hours={channel: Hours(rules.rules[said.rule], said.open) for channel, said in hours.items() if said},
        consent={channel: rules.rules[rule] for channel, rule in consent.items() if rule},
        labels={channel: tuple(rules.rules[rule] for rule in said) for channel, said in labels.items() if said},
        forbids={what: rules.rules[rule] for what, rule in forbids.items() if rule},
        private=rules.rules[private[-1]] if private else None,
        individual=rules.rules[individual[-1]] if individual else None,
        group=rules.rules[group.rule],
        minimum_group=group.people,
        minimum_remarks=max(group.people, group.remarks or 0),
        reminders=tuple(rules.rules[rule] for rule in reminders[-1]) if reminders else (),
    )


def _flat(table: PlaceSpec) -> dict[tuple[Sensitivity, Use], str | Literal[False]]:
    return {(sensitivity, use): rule for sensitivity, uses in table.forbids.items() for use, rule in uses.items()}


def _over(tables: Iterator[Mapping[_Key, _Said]]) -> dict[_Key, _Said]:
    """What each key comes to when later tables go before earlier ones."""
    found: dict[_Key, _Said] = {}
    for table in tables:
        found |= table
    return found


def _allowed(rules: Book, purpose: Purpose, name: str, reason: str) -> Override:
    """A rule that may be set aside, with its reason."""
    key = f"{_OVERRIDE}.{name}"
    rule = rules.rules.get(name)
    if rule is None:
        raise unknown_rule(name, rules.rules, key=key)
    if rule not in purpose.rules:
        raise SettingsError(
            f"{name} does not hold for {purpose.name} in {purpose.place or 'a place that is not named'}.",
            key=key,
            found=name,
            expected="one of the rules that hold here",
            hint="Leave it out; see  groundswell purposes  for those that hold.",
        )
    if rule.unless is None:
        raise SettingsError(
            f"{name} cannot be set aside: {rule.sentence()} [{rule.source()}]",
            key=key,
            found=name,
            expected="a rule that says when it may be set aside",
            hint="Keep to it, and leave the override out.",
        )
    if not reason.strip():
        raise SettingsError(
            f"{name} cannot be set aside without a reason.",
            key=key,
            found=repr(reason),
            expected="why it does not hold for this campaign, as a sentence",
            hint=f"It may be set aside when {rule.unless['en']}.",
        )
    return Override(rule, reason.strip())
