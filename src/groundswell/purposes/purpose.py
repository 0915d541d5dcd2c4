"""A purpose at a place: which rules hold, and what they answer when they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from groundswell.purposes import telling
from groundswell.purposes.hours import Hours
from groundswell.purposes.reading import EVERYWHERE
from groundswell.purposes.rules import SENSITIVITIES, USES, Override, PurposeName, Rule, Sensitivity, Use, in_language
from groundswell.purposes.telling import sentence
from groundswell.vocabulary import SettingsError


class Refusal(NamedTuple):
    """A use that is not allowed, and the rule that forbids it."""

    rule: Rule
    use: Use
    sensitivity: Sensitivity

    def sentence(self, language: str = "en", *, trait: str | None = None) -> str:
        """What is refused, by which rule, and what that rule says.

        Args:
            language: of the sentence.
            trait: the trait's name, where it is about one.
        """
        kind = sentence(f"sensitivity_one.{self.sensitivity}", language)
        about = (
            sentence("trait", language, sensitivity=kind)
            if trait is None
            else sentence("trait_named", language, name=trait, sensitivity=kind)
        )
        use = sentence(f"use.{self.use}", language)
        return sentence("refused", language, trait=about, use=use, rule=self.rule.id, says=self.rule.sentence(language))

    def hint(self, language: str = "en") -> str:
        """What to do about it."""
        if self.rule.unless is None:
            return sentence("leave_out", language)
        unless = in_language(self.rule.unless, language)
        return sentence("leave_out_unless", language, unless=unless, rule=self.rule.id)


@dataclass(frozen=True)
class Purpose:
    """Which rules hold for voters, workforce or customers at a place. Ask ``purpose_for`` for one.

    Attributes:
        name: ``voters``, ``workforce`` or ``customers``.
        place: such as ``US-MI``; None for no place.
        within: the tables it is made of, the narrowest first; the last is ``everywhere``.
        hours: channel -> when it is open; a channel that is missing always is.
        consent: channel -> the rule that asks for consent beforehand.
        labels: channel -> what its messages must carry.
        forbids: (sensitivity, use) -> the rule that forbids it; what is missing is allowed.
        private: the rule for endpoints that are the person's own and not the employer's, or None.
        individual: the rule that keeps what is foretold of one person from being shown to others, or None.
        group: the rule of ``minimum_group``, or None.
        minimum_group: results for fewer people are not shown.
        minimum_remarks: nor of what fewer people said in their own words.
        reminders: rules that no code checks.
        overridden: what the campaign set aside, and why.
    """

    name: PurposeName
    place: str | None
    within: tuple[str, ...]
    hours: Mapping[str, Hours]
    consent: Mapping[str, Rule]
    labels: Mapping[str, tuple[Rule, ...]]
    forbids: Mapping[tuple[Sensitivity, Use], Rule]
    private: Rule | None
    individual: Rule | None
    group: Rule | None
    minimum_group: int
    minimum_remarks: int
    reminders: tuple[Rule, ...] = ()
    overridden: tuple[Override, ...] = ()

    @property
    def needs_consent(self) -> frozenset[str]:
        """The channels that need consent beforehand."""
        return frozenset(self.consent)

    @property
    def sensitivities(self) -> dict[Use, frozenset[Sensitivity]]:
        """Use -> the sensitivities that are allowed for it."""
        return {use: frozenset(one for one in SENSITIVITIES if (one, use) not in self.forbids) for use in USES}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that holds, by id; those that were set aside are not among them."""
        single = (*(hours.rule for hours in self.hours.values()), *self.consent.values(), *self.forbids.values())
        labels = (rule for rules in self.labels.values() for rule in rules)
        found = {
            *single,
            *labels,
            *self.reminders,
            *(rule for rule in (self.private, self.individual, self.group) if rule),
        }
        return tuple(sorted(found, key=lambda rule: rule.id))

    def knows(self, channel: str) -> bool:
        """Whether any rule speaks of a channel; of another one nothing is checked."""
        return channel in self.hours or channel in self.consent or channel in self.labels

    def may(self, use: Use, sensitivity: Sensitivity) -> Refusal | None:
        """None where a use is allowed, else why not."""
        rule = self.forbids.get((sensitivity, use))
        return None if rule is None else Refusal(rule, use, sensitivity)

    def refuse_trait(self, name: str, sensitivity: Sensitivity, use: Use) -> SettingsError | None:
        """The error for a use of a trait that is not allowed; None where it is.

        Args:
            name: the trait's name.
            sensitivity: what it was declared as.
            use: what it is wanted for.
        """
        refusal = self.may(use, sensitivity)
        if refusal is None:
            return None
        allowed = [one for one in SENSITIVITIES if one in self.sensitivities[use]]
        rule = refusal.rule
        return SettingsError(
            f"{refusal.sentence(trait=name)} [{sentence(f'basis.{rule.basis}', 'en')}: {rule.source()}]",
            key=f"traits.{name}",
            found=f'sensitivity = "{sensitivity}"',
            expected=f"traits that are {telling.joined(allowed, 'and', 'en')}" if allowed else "no trait at all",
            hint=refusal.hint(),
        )

    def open_at(self, channel: str, local: datetime) -> bool:
        """Whether a channel is open at a moment on the person's own clock."""
        return channel not in self.hours or self.hours[channel].open_at(local)

    def next_opening(self, channel: str, local: datetime) -> datetime:
        """The first moment from here on, on the person's own clock, at which a channel is open."""
        return self.hours[channel].next_opening(local) if channel in self.hours else local

    def consent_rule(self, channel: str, *, private: bool = False) -> Rule | None:
        """The rule that asks for consent before a channel is used, or None.

        Args:
            channel: the channel's id.
            private: the endpoint is the person's own; tells apart the channels of a workforce only.
        """
        return self.consent.get(channel) or (self.private if private else None)

    def label_rules(self, channel: str) -> tuple[Rule, ...]:
        """What a message through a channel must carry."""
        return self.labels.get(channel, ())

    def group_rule(self, people: int) -> Rule | None:
        """The rule that keeps results of so few people from being shown, or None."""
        return self.group if people < self.minimum_group else None

    def without(self, rule: Rule, reason: str) -> Purpose:
        """The same purpose with one rule set aside. It does not ask whether that is allowed; ``purpose_for`` does."""
        return replace(
            self,
            hours={channel: hours for channel, hours in self.hours.items() if hours.rule != rule},
            consent={channel: one for channel, one in self.consent.items() if one != rule},
            labels={channel: left for channel, rules in self.labels.items() if (left := _less(rules, rule))},
            forbids={what: one for what, one in self.forbids.items() if one != rule},
            private=None if self.private == rule else self.private,
            individual=None if self.individual == rule else self.individual,
            group=None if self.group == rule else self.group,
            minimum_group=1 if self.group == rule else self.minimum_group,
            minimum_remarks=1 if self.group == rule else self.minimum_remarks,
            reminders=_less(self.reminders, rule),
            overridden=(*self.overridden, Override(rule, reason)),
        )

    def described(self, language: str = "en") -> list[str]:
        """What holds here and why, in plain sentences: what it is, each rule with its source, what was set aside."""
        lines = [self._heading(language)]
        lines += telling.told_consent(self.consent, language)
        if self.private:
            lines.append(f"{sentence('private', language)} {telling.told_rule(self.private, language)}")
        if self.individual:
            lines.append(f"{sentence('individual', language)} {telling.told_rule(self.individual, language)}")
        lines += telling.told_hours(self.hours, language)
        lines += telling.told_labels(self.labels, language)
        lines += telling.told_forbidden(self.forbids, language)
        if self.group:
            few = sentence("group", language, n=self.minimum_group)
            if self.minimum_remarks > self.minimum_group:
                few = f"{few} {sentence('group_remarks', language, n=self.minimum_remarks)}"
            lines.append(f"{few} {telling.told_rule(self.group, language)}")
        lines += [f"{sentence('reminder', language)} {telling.told_rule(rule, language)}" for rule in self.reminders]
        lines += [sentence("overridden", language, rule=rule.id, reason=why) for rule, why in self.overridden]
        return [*lines, sentence("no_advice", language)]

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The purpose as one object; rules are named by id and told whole under ``rules``."""
        return {
            "purpose": self.name,
            "place": self.place,
            "within": list(self.within),
            "hours": {
                channel: {
                    "rule": hours.rule.id,
                    "open": [
                        {
                            "days": [window.first + 1, window.last + 1],
                            "from": f"{window.earliest:%H:%M}",
                            "to": f"{window.latest:%H:%M}",
                        }
                        for window in hours.windows
                    ],
                }
                for channel, hours in self.hours.items()
            },
            "consent": {channel: rule.id for channel, rule in self.consent.items()},
            "private": self.private.id if self.private else None,
            "individual": self.individual.id if self.individual else None,
            "labels": {channel: [rule.id for rule in rules] for channel, rules in self.labels.items()},
            "allowed": {
                use: [one for one in SENSITIVITIES if one in allowed] for use, allowed in self.sensitivities.items()
            },
            "forbidden": [
                {"sensitivity": sensitivity, "use": use, "rule": rule.id}
                for (sensitivity, use), rule in self.forbids.items()
            ],
            "minimum_group": self.minimum_group,
            "minimum_remarks": self.minimum_remarks,
            "reminders": [rule.id for rule in self.reminders],
            "overridden": [{"rule": rule.id, "reason": reason} for rule, reason in self.overridden],
            "rules": [rule.as_json(language) for rule in self.rules],
            "described": self.described(language),
        }

    def _heading(self, language: str) -> str:
        purpose = sentence(f"purpose.{self.name}", language)
        if self.place is None:
            return sentence("heading_everywhere", language, purpose=purpose)
        own = [place for place in self.within if place != EVERYWHERE]
        within = sentence("within", language, places=", ".join(own)) if own else sentence("within_none", language)
        return sentence("heading", language, purpose=purpose, place=self.place, within=within)


def _less(rules: tuple[Rule, ...], rule: Rule) -> tuple[Rule, ...]:
    return tuple(one for one in rules if one != rule)
