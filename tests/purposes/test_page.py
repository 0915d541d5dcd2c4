"""docs/purposes.md says what the data say. ``python tests/purposes/test_page.py`` writes its tables anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundswell.purposes import PURPOSES, known_rules
from groundswell.purposes.reading import EVERYWHERE, PlaceSpec, book
from groundswell.purposes.telling import told_windows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "purposes.md"
TABLE = re.compile(r"<!-- (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def table_of(purpose: str) -> str:
    """Everything that a purpose's file says, a row for each place, thing and rule."""
    lines = ["| place | what | the rule | where it comes from |", "|---|---|---|---|"]
    tables = book().tables[purpose]
    for place in (EVERYWHERE, *sorted(set(tables) - {EVERYWHERE})):
        for what, rule in together(said_of(tables[place])):
            lines.append(f"| {place} | {what} | {told(rule)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def told(name: str | None) -> str:
    if name is None:
        return "not here, unlike in the wider place | none"
    rule = book().rules[name]
    unless = f" *May be set aside when {rule.unless['en']}.*" if rule.unless else ""
    wording = f" “{rule.wording['en']}”" if rule.wording else ""
    basis = "law" if rule.basis == "law" else "good practice"
    return f"{rule.sentence()}{wording} `{name}`{unless} | {basis}: {rule.source()}"


def said_of(table: PlaceSpec) -> Iterator[tuple[str, str, str | None]]:
    """(what, for which channel or use, the rule or None for what is taken away)."""
    for channel, rule in table.consent.items():
        yield "consent before", channel, rule or None
    if table.private:
        yield "consent before", "endpoints of a person's own", table.private
    if table.individual:
        yield "hidden", "what is foretold of one person", table.individual
    for channel, hours in table.hours.items():
        yield (f"open {told_windows(hours.open, 'en')}", channel, hours.rule) if hours else ("hours", channel, None)
    for channel, rules in table.labels.items():
        yield from (("label on", channel, rule) for rule in rules or (None,))
    for sensitivity, uses in table.forbids.items():
        yield from ((f"{sensitivity} traits not to", use, rule or None) for use, rule in uses.items())
    if table.minimum_group:
        few = table.minimum_group
        more = f", under {few.remarks} where what they said counts" if few.remarks else ""
        yield "hidden", f"groups under {few.people} people{more}", few.rule
    yield from (("yours to check", "", rule) for rule in table.reminders or ())


def together(said: Iterator[tuple[str, str, str | None]]) -> list[tuple[str, str | None]]:
    found: dict[tuple[str, str | None], list[str]] = {}
    for what, name, rule in said:
        found.setdefault((what, rule), []).append(name)
    return [(f"{what}: {', '.join(names)}".removesuffix(": "), rule) for (what, rule), names in found.items()]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_table_of_a_purpose_is_that_of_the_data(purpose):
    written = dict(TABLE.findall(PAGE.read_text("utf-8")))
    assert written[purpose] == table_of(purpose), "write it anew: python tests/purposes/test_page.py"


@pytest.mark.parametrize("rule", known_rules(), ids=lambda rule: rule.id)
def test_each_rule_stands_on_the_page_with_its_sentence_and_source(rule):
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if f"`{rule.id}`" in line and line.startswith("|")]
    assert rows
    assert all(rule.sentence() in row and rule.source() in row for row in rows)


def test_no_rule_stands_on_the_page_that_there_is_not():
    named = re.findall(r"`([a-z]+/[a-z-]+)`", PAGE.read_text("utf-8"))
    assert set(named) == {rule.id for rule in known_rules()}


if __name__ == "__main__":
    PAGE.write_text(
        TABLE.sub(lambda found: f"<!-- {found[1]} -->\n{table_of(found[1])}<!-- end -->\n", PAGE.read_text("utf-8")),
        "utf-8",
    )
