"""Why one person gets what they get: the facts, the open options with their figures, the rules that closed the rest.

The figures are the decision's own: they come out of the same scoring, for a batch of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa

from groundswell.people import import_of_row
from groundswell.policy import Batch, Policy, score
from groundswell.profiles import INTEREST, SCORE, Trait, trait_columns
from groundswell.stats import Estimate
from groundswell.trust.figures import Figures
from groundswell.trust.teller import trait_words
from groundswell.vocabulary import CONTACTS, NOTHING, words
from groundswell.vocabulary.words import Words

_FORETOLD = frozenset({"topic", "answered", "not-proven"})
"""Rules that say what somebody cares about, whether they told us, or what is thought to move them."""


_BY_CHANCE = frozenset({"pilot", "explored", "experiment", "holdout", "closed"})
"""Reasons that say nothing of what is foretold of somebody."""


@dataclass(frozen=True)
class Fact:
    """One thing we know.

    Attributes:
        trait: its name.
        value: what is known; None: a blank.
        source: the file and row it stands in.
        computed: the SQL that computed it; None: it follows from who lives together.
        on: the day it became known, where that is known.
        sensitivity: as it was declared; empty for what was not.
    """

    trait: str
    value: float | str | None
    source: str
    computed: str | None
    on: str | None = None
    sensitivity: str = ""


@dataclass(frozen=True)
class Interest:
    """How much the person cares about a topic, 0 to 100, and what shows it; ``declared`` None: they never said."""

    topic: str
    interest: float
    declared: float | None
    events: int
    remarks: int


@dataclass(frozen=True)
class Foretold:
    """What a declared score says of the person: a probability with its interval."""

    score: str
    say: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Messenger:
    """Who is to speak to a person, and the traits they have alike; ``name`` None: no volunteer has an hour left."""

    person: str
    messenger: str | None
    name: str | None
    alike: tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """What an option uses of one scarce thing: ``cost = price x amount``."""

    limit: str
    amount: float
    price: float
    cost: float


@dataclass(frozen=True)
class Standing:
    """One open option: ``score = worth - sum of costs``.

    Attributes:
        uplift: what it adds, summed over the people of the unit; None where nothing is known of its effect.
        expected: what it may add per person, going by its topics and channel; only where nobody has heard it yet.
        answer: of ``worth``, what the answer to a question is worth.
    """

    option: str
    uplift: Estimate | None
    worth: float
    uses: tuple[Use, ...]
    score: float
    proven: bool
    propensity: float
    expected: Estimate | None = None
    answer: float = 0.0


@dataclass(frozen=True)
class Why:
    """The whole answer.

    Attributes:
        person: who was asked about.
        unit: what the decision was about.
        members: the people of the unit.
        option: what they get.
        reason: the decision's reason.
        propensity: the marginal probability of the option; None where it is withheld.
        facts: what was known.
        open: the options no rule closes, best score first.
        closed: option -> rule.
        runner_up: the next best of the options that could be chosen, ``nothing`` included; None where there is none.
        margin: how far the best score is ahead of it.
        unlike: True where the experiment had nobody like somebody here.
        interests: what the person is known to care about, most first.
        scores: what is foretold of the person.
        messengers: who is to speak to each person of the unit, where somebody is.
        name: the person's full name, where the file has it.
        withheld: the rule by which what is foretold of one person is not shown, or None.
        left: what is left of an effect on them, for they were contacted of late; 1 where they are rested.
    """

    person: str
    unit: str
    members: tuple[str, ...]
    option: str
    reason: str
    propensity: float | None
    facts: tuple[Fact, ...]
    open: tuple[Standing, ...]
    closed: dict[str, str]
    runner_up: str | None
    margin: float | None
    unlike: bool
    interests: tuple[Interest, ...] = ()
    scores: tuple[Foretold, ...] = ()
    messengers: tuple[Messenger, ...] = ()
    name: str | None = None
    withheld: str | None = None
    left: float = 1.0

    def ordinary(self, rule: str) -> Why:
        """The same without anything that is foretold of the person: facts, the choice and the rules only.

        Args:
            rule: that asks for it, in a sentence.
        """
        return replace(
            self,
            reason=self.reason if self.reason in _BY_CHANCE else "planned",
            propensity=None,
            unlike=False,
            messengers=(),
            facts=self.declared(),
            open=(),
            closed={option: why for option, why in self.closed.items() if why not in _FORETOLD},
            runner_up=None,
            margin=None,
            interests=(),
            scores=(),
            left=1.0,
            withheld=rule,
        )

    def declared(self) -> tuple[Fact, ...]:
        """The facts that stand in a file or were worked out of one, and are nothing special; and how often we wrote."""
        ordinary = {"public", "personal"}
        return tuple(fact for fact in self.facts if fact.sensitivity in ordinary or fact.trait == CONTACTS)

    def as_json(self) -> dict[str, Any]:
        """The answer as one JSON object."""
        found = {"format": 1, **asdict(self)}
        for mine, standing in zip(found["open"], self.open, strict=True):
            mine["uplift"] = standing.uplift.as_json() if standing.uplift else None
            mine["expected"] = standing.expected.as_json() if standing.expected else None
        return found

    def told(self, *, language: str, currency: str, goal: str, policy: Policy) -> str:
        """The answer in words, a few lines of plain text."""
        say = words(language)
        who = f"{self.name} ({self.person})" if self.name else self.person
        lines = [say("why.title", person=who, option=self._shown(self.option, language)), ""]
        many, together = len(self.members), "team" if self.unit.startswith("team:") else "household"
        lines += [say(f"why.unit_{together}", n=many) if many > 1 else say("why.unit_person"), ""]
        lines += [say("why.choice"), f"  {self._choice(language, currency, policy)}"]
        if self.propensity is not None:
            lines += [f"  {say('why.propensity', p=Figures(say).short(self.propensity))}"]
        lines += [f"  {say('why.unlike')}"] if self.unlike else []
        lines += [f"  {say('why.left', left=Figures(say).percent(self.left))}"] if self.left < 1.0 else []
        for one in self.messengers:
            alike = ", ".join(trait_words(name) for name in one.alike) or say["why.by_hours"]
            told = say("why.by", messenger=one.name, reasons=alike) if one.name else say["why.by_nobody"]
            lines.append(f"  {told}")
        if self.withheld:
            return "\n".join([*lines, *self._plainly(say)])
        by_chance = self.reason in {"pilot", "experiment"}
        lines += ["", say["why.open_pilot"] if by_chance else say("why.open")]
        lines += [] if by_chance else [f"  {say('why.sums', goal=goal)}"]
        for standing in self.open:
            lines += [self._drawn(standing, say)] if by_chance else self._standing(standing, language, currency)
        if self.closed:
            lines += ["", say("why.closed")]
            lines += [f"  {option}: {say(f'rule.{rule}')}" for option, rule in self.closed.items()]
        if self.interests:
            lines += ["", say("why.interests"), f"  {say('why.topic_first')}", *self._cares(say)]
        if self.scores:
            lines += ["", say("why.scores"), *(f"  {self._foretold(one, say)}" for one in self.scores)]
        return "\n".join([*lines, "", say("why.facts"), *self._known(say)])

    def _plainly(self, say: Words) -> list[str]:
        """What is left where nothing may be shown that is foretold of one person."""
        lines = ["", say("why.closed")] if self.closed else []
        lines += [f"  {option}: {say(f'rule.{rule}')}" for option, rule in self.closed.items()]
        return [*lines, "", say("why.facts"), *self._known(say), "", str(self.withheld)]

    def _known(self, say: Words) -> list[str]:
        width, write = max((len(fact.trait) for fact in self.facts), default=0), Figures(say)
        lines = []
        for fact in self.facts:
            shown = write.short(fact.value) if isinstance(fact.value, float) else str(fact.value or "-")
            computed = fact.computed or say["why.fact_contacts" if fact.trait == CONTACTS else "why.fact_household"]
            lines.append(f"  {fact.trait:<{width}}  {shown:>6}   {fact.source}; {computed}")
        return lines

    def _shown(self, option: str, language: str) -> str:
        return words(language)("why.nothing") if option == NOTHING else option

    def _choice(self, language: str, currency: str, policy: Policy) -> str:
        say = words(language)
        drawn = {
            "pilot": say["why.pilot"],
            "explored": say("why.explored", option=self._shown(self.option, language), share=f"{policy.explore:.0%}"),
            "experiment": say("why.experiment", option=self._shown(self.option, language)),
            "holdout": say("why.holdout", share=f"{policy.holdout:.0%}"),
            "margin": say["why.tie"],
            "repaired": say["why.repaired"],
            "asked": say("why.asked", option=self._shown(self.option, language)),
            **dict.fromkeys(("floor", "floor-repaired"), say("why.floor", option=self._shown(self.option, language))),
        }
        if self.reason in drawn:
            return drawn[self.reason]
        if self.withheld:
            return say("why.plainly", option=self._shown(self.option, language))
        if self.runner_up is None or self.margin is None:
            return say("why.nothing_only")
        runner = self._shown(self.runner_up, language)
        margin = Figures(say).short(self.margin)
        if self.option == NOTHING:
            return say("why.nothing_best", runner=runner, margin=margin, currency=currency)
        best = next(standing.score for standing in self.open if standing.option == self.option)
        return say(
            "why.chosen",
            option=self.option,
            score=Figures(say).short(best),
            runner=runner,
            margin=margin,
            currency=currency,
        )

    def _drawn(self, standing: Standing, say: Words) -> str:
        return f"  {standing.option}: {say('why.drawn', p=Figures(say).short(standing.propensity))}"

    def _cares(self, say: Words) -> Iterator[str]:
        width, short = max(len(one.topic) for one in self.interests), Figures(say).short
        for one in self.interests:
            shows = [say("why.declared", n=short(one.declared))] if one.declared is not None else []
            shows += [say("why.shown_events", n=one.events)] if one.events else []
            shows += [say("why.shown_remarks", n=one.remarks)] if one.remarks else []
            told = say("why.interest", interest=f"{short(round(one.interest)):>4}", shows="; ".join(shows))
            yield f"  {one.topic:<{width}}  {told}"

    def _foretold(self, one: Foretold, say: Words) -> str:
        percent = Figures(say).percent
        told = {part: percent(getattr(one, part)) for part in ("value", "lower", "upper")}
        return say("why.score", say=one.say, **told)

    def _standing(self, standing: Standing, language: str, currency: str) -> list[str]:
        say = words(language)
        answer = say("why.answer", worth=Figures(say).short(standing.answer), currency=currency)
        return [*self._worth(standing, say, currency), *([f"    {answer}"] if standing.answer else [])]

    def _worth(self, standing: Standing, say: Words, currency: str) -> list[str]:
        if standing.uplift is None and not standing.answer:
            lines = [f"  {standing.option}: {say('why.unknown')}"]
            if standing.expected is not None:
                told = {
                    part: Figures(say).short(getattr(standing.expected, part)) for part in ("value", "lower", "upper")
                }
                lines.append(f"    {say('why.expected', **told)}")
            return lines
        short = Figures(say).short
        uses = "".join(
            f" {'-' if use.cost >= 0 else '+'} {short(abs(use.cost))} ({use.limit}: {short(use.amount)} x {short(use.price)})"
            for use in standing.uses
            if use.amount
        )
        lines = [f"  {standing.option}: {short(standing.worth)}{uses} = {short(standing.score)} {currency}"]
        if standing.uplift is not None:
            reach = f"{short(standing.uplift.lower)} .. {short(standing.uplift.upper)}"
            lines.append(f"    {say('why.uplift', value=short(standing.uplift.value), reach=reach)}")
        return lines if standing.proven else [*lines, f"    {say('why.unproven')}"]


def explain(
    person: str,
    *,
    people: pa.Table,
    batch: Batch,
    rules: Mapping[str, str],
    traits: Sequence[Trait],
    policy: Policy,
    decision: Mapping[str, Any],
    today: date,
    files: Mapping[int, str],
    shown: pa.Table,
    spoken: pa.Table,
    foretold: Sequence[Foretold] = (),
    known_on: Mapping[str, str] | None = None,
) -> Why:
    """Explain a decision.

    Args:
        person: whose.
        people: the people of the person's unit, contract ``PEOPLE``.
        batch: that unit, as a batch of one.
        rules: option -> rule (``open`` where none closes it).
        traits: how the traits are computed.
        policy: the round's.
        decision: the row of the round's decisions.
        today: the day of the round.
        files: the file of people (0) and those of imports by number, for the facts' sources.
        shown: what the person is known to care about, contract ``profiles.INTERESTS``.
        spoken: who is to speak to the people of the unit, contract ``fieldwork.SPOKEN``.
        foretold: what declared scores say of the person.
        known_on: trait -> the day it became known.

    Returns:
        The answer; its figures are those the decision was made with.
    """
    found = score(batch, policy, today, errors=True)
    learnt = policy.models.options if policy.models else ()
    usable = dict(zip(policy.options, found.usable[0].tolist(), strict=True))
    standings = []
    for place, option in enumerate(policy.options):
        if not found.open[0, place]:
            continue
        uses = tuple(
            Use(limit, float(batch.use[0, place, row]), float(price), float(price * batch.use[0, place, row]))
            for row, (limit, price) in enumerate(zip(policy.limits, policy.prices.prices, strict=True))
        )
        standings.append(
            Standing(
                option=option,
                uplift=Estimate.around(float(found.effect[0, place]), float(found.error[0, place]))
                if option in learnt
                else None,
                worth=float(found.worth[0, place]),
                uses=uses,
                score=float(found.score[0, place]),
                proven=bool(found.proven[0, place]),
                propensity=float(decision["propensities"][place + 1]),
                expected=policy.models.newcomers.get(option) if policy.models else None,
                answer=0.0 if found.told is None else float(found.told[0, place]),
            )
        )
    standings.sort(key=lambda standing: -standing.propensity if policy.pilot else -standing.score)
    ranked = sorted(
        [(0.0, NOTHING), *((standing.score, standing.option) for standing in standings if usable[standing.option])],
        key=lambda entry: -entry[0],
    )
    runner_up, margin = (ranked[1][1], ranked[0][0] - ranked[1][0]) if len(ranked) > 1 else (None, None)
    closed = {
        option: "expired" if rule == "open" else rule
        for place, (option, rule) in enumerate(rules.items())
        if not found.open[0, place]
    }
    return Why(
        person=person,
        unit=batch.unit_ids[0],
        members=tuple(people["person"].to_pylist()),
        option=decision["option"],
        reason=decision["reason"],
        propensity=float(decision["propensity"]),
        facts=_facts(person, people, batch.traits, traits, files, known_on or {}),
        open=tuple(standings),
        closed=closed,
        runner_up=runner_up,
        margin=margin,
        unlike=bool(found.unlike[0]),
        left=float(found.fresh[0]),
        scores=tuple(foretold),
        name=people["name"].to_pylist()[people["person"].to_pylist().index(person)],
        messengers=tuple(
            Messenger(row["person"], row["messenger"], row["name"], tuple(row["alike"])) for row in spoken.to_pylist()
        ),
        interests=tuple(
            sorted(
                (Interest(*(row[name] for name in Interest.__annotations__)) for row in shown.to_pylist()),
                key=lambda one: -one.interest,
            )
        ),
    )


def _facts(
    person: str,
    people: pa.Table,
    table: pa.Table,
    traits: Sequence[Trait],
    files: Mapping[int, str],
    known_on: Mapping[str, str],
) -> tuple[Fact, ...]:
    place = people["person"].to_pylist().index(person)
    number, row = import_of_row(people["row"].to_pylist()[place])
    file, home = files[number], people["household"].to_pylist()[place]
    computed = {trait.name: trait.sql or f"events: {trait.events}" for trait in traits}
    sensitivity = {trait.name: trait.sensitivity for trait in traits}
    found = []
    for name in trait_columns(table):
        if name.startswith((INTEREST, SCORE)):
            continue
        value = table[name].to_pylist()[place]
        if isinstance(value, float) and value != value:  # noqa: PLR0124 - a blank is NaN
            value = None
        source = f"{file}, row {row}" if name in computed else f"{file}, household {home}"
        source = "decisions.parquet" if name == CONTACTS else source
        found.append(Fact(name, value, source, computed.get(name), known_on.get(name), sensitivity.get(name, "")))
    return tuple(found)
