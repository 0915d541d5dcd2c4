"""Everything that is held about one person, as a page of text for them; and what became of somebody who was forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.trust.teller import option_words, trait_words
from groundswell.vocabulary import NOTHING, words
from groundswell.vocabulary.words import Words


def export_page(held: Mapping[str, Any], language: str) -> str:
    """The page: Markdown that reads well as plain text, the plainest first.

    Args:
        held: of :class:`groundswell.campaigns.exporting.Exported`.
        language: of the campaign.

    >>> held = {"campaign": "Spring", "person": "p1", "name": "Ann", "at": "2026-11-23T10:00+00:00", "lives_with": None}
    >>> held |= {part: [] for part in ("facts", "wishes", "records", "rounds", "imports")}
    >>> held |= {"effects": {"known": False, "reason": "There is no round yet."}}
    >>> print(export_page(held, "en").splitlines()[0])
    # What “Spring” holds about Ann
    """
    return _Page(held, language).text()


def forgotten_lines(found: Mapping[str, Any], language: str) -> list[str]:
    """What became of somebody who asked to be forgotten, for a terminal.

    >>> told = {"person": "p1", "already": False, "rows": 1200, "files": ["people.csv"], "left": [], "alike": []}
    >>> print(forgotten_lines(told, "en")[0])
    p1 is forgotten. Rows about them that are gone: 1,200; files that were changed: 1.
    """
    say = words(language)
    count = Figures(say).count
    if found["already"]:
        return [say("rights.already", person=found["person"])]
    lines = [say("rights.done", person=found["person"], rows=count(found["rows"]), files=count(len(found["files"])))]
    lines += [say["rights.blocked"], say["rights.outside"]]
    if found["left"]:
        lines += [say["rights.left"], *(f"  {name}" for name in found["left"])]
    if found["alike"]:
        lines.append(say("rights.alike", people=", ".join(found["alike"])))
    return lines


class _Page:
    def __init__(self, held: Mapping[str, Any], language: str) -> None:
        self.held, self.say = held, words(language)
        self.figures = Figures(self.say)

    def text(self) -> str:
        held, say = self.held, self.say
        who = held["name"] or held["person"]
        lines = [f"# {say('export.title', campaign=held['campaign'], who=who)}", ""]
        lines += [say("export.what", person=held["person"], day=self._day(held["at"])), "", say["export.ask"], ""]
        parts = {
            "facts": self._facts(),
            "home": self._home(),
            "wishes": self._wishes(),
            "records": self._records(),
            "concluded": self._concluded(),
            "decided": self._decided(),
            "lists": self._lists(),
            "imports": self._imports(),
        }
        for name, told in parts.items():
            lines += [f"## {say[f'export.section.{name}']}", "", *(list(told) or [say["export.none"]]), ""]
        return "\n".join([*lines, f"## {say['export.section.rest']}", "", say["export.rest"], ""])

    def _day(self, day: str | None) -> str:
        return self.figures.date(day[:10]) if day else self.say["export.no_day"]

    def _facts(self) -> Iterator[str]:
        """Each file and row, and what stands there."""
        today = {fact["column"]: fact["value"] for fact in self.held["facts"] if fact["holds"]}
        for (file, row, on), facts in groupby(self.held["facts"], key=lambda one: (one["file"], one["row"], one["on"])):
            when = self.say("export.since", day=self._day(on)) if on else ""
            yield self.say("export.row", file=file, row=row, when=when)
            for fact in facts:
                made = self.say("export.read_as", made=fact["made"]) if fact["made"] else ""
                late = "" if fact["value"] == today[fact["column"]] else self.say["export.replaced"]
                yield _item(fact["column"], f"{fact['value']}{made}{late}")
            yield ""

    def _home(self) -> Iterator[str]:
        count = self.held["lives_with"]
        if count is None:
            yield self.say["export.home_unknown"]
        else:
            yield self.say["export.alone"] if not count else self.say("export.home", n=self.figures.count(count))

    def _wishes(self) -> Iterator[str]:
        for one in self.held["wishes"]:
            kind = one["is"] if one["is"] != "consent" else "consent" if one["given"] else "stop"
            about = self.say(f"export.kind.{one['kind']}", subject=one["subject"])
            channel = one.get("channel") or ""
            where = self.say["export.any_channel"] if channel == "*" else channel
            reason = one.get("reason") or where
            said = self.say("export.words", words=one["words"]) if one.get("words") else ""
            direct = self.say["export.direct"] if one.get("direct") else ""
            told = self.say(f"export.wish.{kind}", about=about, reason=reason)
            yield f"- {self._day(one['at'])}: {told}{direct}{said} ({one['source']})"

    def _records(self) -> Iterator[str]:
        for one in self.held["records"]:
            when = self.say("export.since", day=self._day(one["imported"])) if one["imported"] else ""
            yield self.say("export.row", file=one["file"], row=one["row"], when=when)
            yield from (_item(name, cell) for name, cell in one["cells"].items())
            yield ""

    def _concluded(self) -> Iterator[str]:
        yield self.say["export.concluded"]
        yield ""
        for one in self.held["rounds"]:
            told = [*self._interests(one["interests"]), *self._traits(one["traits"])]
            told += [line for line in self._traits(one["past_traits"]) if line not in told]
            if told:
                yield self._name(one)
                yield from told
                yield ""
        effects = self.held["effects"]
        if not effects["known"]:
            yield self.say("export.no_effects", reason=effects["reason"])
            return
        yield self.say("export.effects", n=self.figures.count(effects["people"]))
        for standing in effects["open"]:
            yield f"- {standing['option']}: {self._effect(standing)}"
        for option, rule in effects["closed"].items():
            yield f"- {option}: {self.say('export.closed', rule=self.say[f'rule.{rule}'])}"

    def _effect(self, standing: Mapping[str, Any]) -> str:
        if standing["uplift"] is None:
            return self.say["why.unknown"]
        value, lower, upper = (self.figures.short(standing["uplift"][part]) for part in ("value", "lower", "upper"))
        told = self.say("why.uplift", value=value, reach=f"{lower} .. {upper}")
        return told if standing["proven"] else f"{told}; {self.say['why.unproven']}"

    def _interests(self, interests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for one in interests:
            shows = (
                [self.say("why.declared", n=self.figures.short(one["declared"]))] if one["declared"] is not None else []
            )
            shows += [self.say("why.shown_events", n=one["events"])] if one["events"] else []
            shows += [self.say("why.shown_remarks", n=one["remarks"])] if one["remarks"] else []
            because = ", ".join(shows) or self.say["export.nothing_shows"]
            yield self.say("export.interest", topic=one["topic"], interest=round(one["interest"]), shows=because)

    def _traits(self, traits: Mapping[str, Any]) -> Iterator[str]:
        for name, value in traits.items():
            hidden = name.startswith("household_") and value is None
            shown = self.say["export.of_others"] if hidden else self._value(value)
            yield f"- {trait_words(name)}: {shown}"

    def _value(self, value: Any) -> str:  # noqa: ANN401 - any cell
        if value is None:
            return "-"
        return self.figures.exact(value) if isinstance(value, float) else str(value)

    def _decided(self) -> Iterator[str]:
        for one in self.held["rounds"]:
            if one["decisions"] or one["past"]:
                yield self._name(one)
            for made in one["decisions"]:
                yield from self._decision(made, one)
            for came in one["past"]:
                yield self.say("export.outcome", round=came["round"], value=self.figures.short(came["value"]))
            for barred in one["barred"]:
                rule = self.say[f"rule.{barred['rule']}"] if f"rule.{barred['rule']}" in self.say else barred["rule"]
                yield self.say("export.barred", channel=barred["channel"], rule=rule, source=barred["source"])
            for spoken in one["spoken"]:
                if spoken["name"] or spoken["messenger"]:
                    alike = ", ".join(trait_words(name) for name in spoken["alike"]) or self.say["why.by_hours"]
                    yield f"- {self.say('why.by', messenger=spoken['name'] or spoken['messenger'], reasons=alike)}"
            if one["decisions"] or one["past"]:
                yield ""

    def _decision(self, made: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[str]:
        short = self.figures.short
        option = self.say["why.nothing"] if made["option"] == NOTHING else option_words(made["option"])
        about = "" if one["unit"] is not None else self.say["export.for_all"]
        yield self.say(
            "export.decision", option=option, day=self._day(made["on"]), p=short(made["propensity"]), about=about
        )
        yield f"- {_reason(self.say, made['reason'])} ({self.say('export.key', mark=made['key'])})"
        if made["propensities"]:
            chances = ", ".join(f"{name} {short(chance)}" for name, chance in made["propensities"].items())
            yield self.say("export.chances", chances=chances)

    def _lists(self) -> Iterator[str]:
        for one in self.held["rounds"]:
            for line in one["lists"]:
                yield f"{self._name(one)}, {line['list']}"
                for name, cell in line.items():
                    if name == "text":
                        yield from ("", *(f"    {part}" for part in cell.splitlines()), "")
                    elif name != "list":
                        yield _item(name, cell)
                yield ""

    def _imports(self) -> Iterator[str]:
        for one in self.held["imports"]:
            row = self.say("export.import_row", row=one["row"]) if one["row"] is not None else ""
            same = self.say("export.same", number=one["same_as"]) if one["same_as"] else ""
            undone = self.say["imports.undone"] if one["undone"] else ""
            told = self.say(
                "export.import", number=one["number"], file=one["file"], kind=one["kind"], day=self._day(one["on"])
            )
            yield f"- {told}{row}{same}{undone}"

    def _name(self, one: Mapping[str, Any]) -> str:
        return self.say("export.round", n=one["round"]) if one["round"] else self.say["export.past"]


def _reason(say: Words, reason: str) -> str:
    return say.get(f"export.reason.{reason}", reason)


def _item(name: str, value: object) -> str:
    """One line of a list, and more where the value has more."""
    return f"- {name}: " + "\n  ".join(str(value).splitlines())
