"""A person as a page that a human can read: what is known, what is foretold, what was sent, and the evidence of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.trust.pages import page_of
from groundswell.trust.teller import Teller, option_words
from groundswell.trust.why import Fact, Foretold
from groundswell.vocabulary import NOTHING, words

_SHOWN = 5  # of a topic, the latest


@dataclass(frozen=True)
class Evidence:
    """One event or remark that shows interest."""

    kind: str
    at: str
    what: str
    source: str


@dataclass(frozen=True)
class Cares:
    """What somebody cares about: how much, how sure that is, where they stand, and what shows it.

    Attributes:
        topic: in what.
        interest: 0 to 100.
        doubt: how far off it may be, either way.
        position: from -100 (against) to 100 (for); None: they never said.
        declared: what they said themself; None: nothing.
        at_home: what those at home care, where nothing else is known.
        shown: what they did and said, the latest first.
    """

    topic: str
    interest: float
    doubt: float
    position: float | None
    declared: float | None
    at_home: float | None
    shown: tuple[Evidence, ...]


@dataclass(frozen=True)
class Scored:
    """A score, and the facts that moved it most."""

    score: Foretold
    because: str


@dataclass(frozen=True)
class Sent:
    """What was decided in one round."""

    round: int
    on: str | None
    option: str
    reason: str


@dataclass(frozen=True)
class Profile:
    """One person.

    Attributes:
        campaign: the campaign's name.
        person: the id.
        name: the full name, where the file has it.
        day: of when this is known.
        round: the round whose knowledge it is.
        household: with how many others they live.
        facts: what is known, each with its source.
        interests: what they care about, most first.
        scores: what is foretold of them.
        sent: what was decided for them, the latest first.
        closed: channel -> the rule that closes it to them.
        yes_no: the traits that one has or has not.
        withheld: why part of this is not shown, or None.
    """

    campaign: str
    person: str
    name: str | None
    day: str
    round: int
    household: int
    facts: tuple[Fact, ...]
    interests: tuple[Cares, ...]
    scores: tuple[Scored, ...]
    sent: tuple[Sent, ...]
    closed: dict[str, str]
    yes_no: tuple[str, ...] = ()
    withheld: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"format": 1, **asdict(self)}

    def told(self, language: str) -> str:
        """The same in words, as plain text.

        Args:
            language: of the words.
        """
        page, say = _Page(self, language), words(language)
        lines = [page.title, page.kind, ""]
        for name, rows in page.sections():
            lines += [say[f"profile.section.{name}"], *(f"  {first}\n      {more}" for first, more in rows), ""]
        if self.withheld:
            lines += [self.withheld, ""]
        return "\n".join(lines).rstrip()

    def page(self, language: str) -> str:
        """The same as HTML, complete in itself.

        Args:
            language: of the words.
        """
        page, say = _Page(self, language), words(language)
        return page_of("profile.html", words="profile", say=say, shown=page, profile=self, sections=page.sections())


class _Page:
    """A profile in the words of one language."""

    def __init__(self, profile: Profile, language: str) -> None:
        self.profile = profile
        self.teller = Teller({"campaign": {"language": language}})
        self.say, self.write = self.teller.say, Figures(self.teller.say)

    @property
    def title(self) -> str:
        return self.profile.name or self.profile.person

    @property
    def kind(self) -> str:
        others = self.profile.household
        home = self.say["profile.alone"] if others == 0 else self.say("profile.home", n=self.write.count(others))
        day = self.write.date(self.profile.day)
        told = {"person": self.profile.person, "day": day, "round": self.profile.round}
        if self.profile.withheld:
            return self.say("profile.kind_work", **told)
        return self.say("profile.kind", home=home, **told)

    def sections(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What there is to say: the name of each part, and its lines with what shows them."""
        parts = {
            "interests": list(self._interests()),
            "scores": [self._score(one) for one in self.profile.scores],
            "facts": [self._fact(fact) for fact in self.profile.facts],
            "sent": [self._sent(one) for one in self.profile.sent],
            "closed": [
                (self.teller.channel(channel), self.say[f"rule.{rule}"])
                for channel, rule in self.profile.closed.items()
            ],
        }
        return [(name, rows) for name, rows in parts.items() if rows]

    def _interests(self) -> Iterator[tuple[str, str]]:
        short = self.write.short
        for one in self.profile.interests:
            ends = (max(0, round(one.interest - one.doubt)), min(100, round(one.interest + one.doubt)))
            told = self.say(
                "profile.cares",
                topic=self.teller.trait(one.topic.replace("-", "_")),
                interest=round(one.interest),
                lower=ends[0],
                upper=ends[1],
            )
            if one.position is not None:
                side = "for" if one.position > 0 else "against" if one.position < 0 else "between"
                told = f"{told}; {self.say(f'profile.{side}', n=abs(round(one.position)))}"
            shows = [self.say("why.declared", n=short(one.declared))] if one.declared is not None else []
            shows += [self.say("profile.at_home", n=round(one.at_home))] if one.at_home is not None else []
            for shown in one.shown[:_SHOWN]:
                said = {"what": shown.what, "day": self.write.date(shown.at), "source": shown.source}
                shows.append(self.say(f"profile.{shown.kind}", **said))
            if len(one.shown) > _SHOWN:
                shows.append(self.say("profile.more", n=self.write.count(len(one.shown) - _SHOWN)))
            yield told, "; ".join(shows)

    def _score(self, one: Scored) -> tuple[str, str]:
        share = {part: self.write.percent(getattr(one.score, part)) for part in ("value", "lower", "upper")}
        return self.say("why.score", say=one.score.say, **share), self.say("profile.because", because=one.because)

    def _fact(self, fact: Fact) -> tuple[str, str]:
        shown = self._value(fact)
        source = [fact.source, *([fact.computed] if fact.computed else [])]
        source += [self.say("profile.since", day=self.write.date(fact.on))] if fact.on else []
        source += [self.say[f"profile.sensitivity.{fact.sensitivity}"]] if fact.sensitivity else []
        return f"{self.teller.trait(fact.trait)}: {shown}", "; ".join(source)

    def _value(self, fact: Fact) -> str:
        if fact.value is None:
            return self.say["profile.blank"]
        if fact.trait in self.profile.yes_no and fact.value in {0.0, 1.0}:
            return self.say["profile.yes" if fact.value else "profile.no"]
        return self.write.short(fact.value) if isinstance(fact.value, float) else fact.value

    def _sent(self, one: Sent) -> tuple[str, str]:
        option = self.say["why.nothing"] if one.option == NOTHING else option_words(one.option)
        when = self.write.date(one.on) if one.on else self.say["export.no_day"]
        place = self.say("export.round", n=one.round) if one.round else self.say["export.past"]
        reason = self.say.get(f"profile.reason.{one.reason}", one.reason)
        return option, f"{place}, {when}: {reason}"
