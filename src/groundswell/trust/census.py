"""Who there is, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary import Words, words


def census_lines(found: Mapping[str, Any], language: str) -> list[str]:
    """People, homes, contacts, teams, places and whom each channel is closed to.

    Args:
        found: what :meth:`groundswell.Campaign.people` gives.
        language: of the words.

    >>> told = {"people": 2, "as_of": "2026-11-23", "homes": None, "phone": None, "email": None, "teams": None}
    >>> census_lines(told | {"places": [], "closed": {"post": {"stop": 1}}}, "en")
    ['2 people, as of 2026-11-23', 'post: closed to 1 people (1 said stop)']
    """
    say = words(language)
    count = Figures(say).count
    lines = [say("census.people", n=count(found["people"]), day=found["as_of"])]
    if found["homes"]:
        lines += _homes(found["homes"], say)
    for kind in ("phone", "email"):
        if found[kind]:
            lines += _contact(kind, found[kind], say)
    if found["teams"]:
        lines += _teams(found["teams"], say)
    for place in found["places"]:
        largest = ", ".join(
            say("census.place", place=one["place"], people=count(one["people"])) for one in place["largest"][:3]
        )
        kind = place["kind"].removeprefix("~")
        lines.append(say("census.places", n=count(place["count"]), kind=kind, largest=largest))
    closed = {name: rules for name, rules in found["closed"].items() if rules}
    for name, rules in closed.items():
        told = ", ".join(f"{count(n)} {say[f'census.rule.{rule}']}" for rule, n in sorted(rules.items()))
        lines.append(say("census.closed", channel=name, n=count(sum(rules.values())), rules=told))
    return lines if closed else [*lines, say["census.nothing_closed"]]


def _homes(homes: Mapping[str, Any], say: Words) -> Iterator[str]:
    count = Figures(say).count
    sizes = ", ".join(
        say("census.by_size", homes=count(one["homes"]), members=one["members"], more="+" if one["or_more"] else "")
        for one in homes["by_size"]
    )
    yield say("census.homes", n=count(homes["count"])) + (f" ({sizes})" if sizes else "")
    if homes["people_without"]:
        yield "  " + say("census.without_home", n=count(homes["people_without"]))
    for kind in ("shared", "institutions"):
        told = homes[kind]
        if told["count"]:
            largest = [say("census.largest", address=one["address"], members=one["members"]) for one in told["largest"]]
            shown = "; ".join(largest[:1] if kind == "shared" else largest[:3])
            yield "  " + say(
                f"census.{kind}", n=count(told["count"]), people=count(told["people"]), least=4, largest=shown
            )


def _contact(kind: str, told: Mapping[str, Any], say: Words) -> Iterator[str]:
    count = Figures(say).count
    name = say[f"census.kind.{kind}"]
    yield say("census.contact", kind=name, n=count(told["people_with"]), ends=count(told["endpoints"]))
    shared = sum(one["endpoints"] for one in told["shared"])
    if shared:
        yield "  " + say("census.shared_ends", n=count(shared))
    if told["people_without"]:
        reasons = ", ".join(
            say(
                "census.reason",
                n=count(one["people"]),
                reason=say[f"census.why.{one['reason']}"],
                example=say("census.example", text=one["example"]) if one["example"] else "",
            )
            for one in told["reasons"]
        )
        yield "  " + say("census.without", n=count(told["people_without"]), reasons=reasons or say["census.why.blank"])


def _teams(told: Mapping[str, Any], say: Words) -> Iterator[str]:
    count = Figures(say).count
    if told["widest"]:
        yield say("census.teams", n=count(told["count"]), depth=told["depth"], **told["widest"])
    else:
        yield say["census.no_teams"]
    for one in told["problems"]:
        yield "  " + say("census.problem", n=count(one["count"]), kind=one["kind"], example=one["examples"][0])


def home_lines(found: Mapping[str, Any], language: str) -> list[str]:
    """Who lives in a home, a line each, and what all of them care about.

    >>> ada = {"person": "p1", "name": "Ada", "age": 40, "role": "adult", "stop": False, "cares": {"schools": 90}}
    >>> told = {"household": "h1", "address": None, "members": [ada]}
    >>> home_lines(told | {"cares": {"schools": {"interest": 90, "person": "p1"}}}, "en")
    ['h1: 1 people', '  Ada (p1), 40, adult: schools 90', 'All of them: schools 90 (p1)']
    """
    say = words(language)
    place = f", {found['address']}" if found["address"] else ""
    lines = [say("census.home", household=found["household"] + place, n=len(found["members"]))]
    for one in found["members"]:
        age = f", {one['age']}" if one["age"] is not None else ""
        stop = f", {say['census.rule.stop']}" if one["stop"] else ""
        cares = ", ".join(f"{topic} {interest}" for topic, interest in one["cares"].items()) or say["census.unknown"]
        role = say[f"census.role.{one['role']}"]
        lines.append(f"  {one['name'] or one['person']} ({one['person']}){age}, {role}{stop}: {cares}")
    most = ", ".join(f"{topic} {one['interest']} ({one['person']})" for topic, one in found["cares"].items())
    return [*lines, say("census.all", cares=most)] if most else lines
