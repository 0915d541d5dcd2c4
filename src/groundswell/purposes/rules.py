"""A rule: a sentence, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

PurposeName = Literal["voters", "workforce", "customers"]
Use = Literal["open", "learn", "segment", "message", "report"]
Sensitivity = Literal["public", "personal", "special"]
Basis = Literal["law", "practice"]

PURPOSES: tuple[PurposeName, ...] = get_args(PurposeName)
USES: tuple[Use, ...] = get_args(Use)
SENSITIVITIES: tuple[Sensitivity, ...] = get_args(Sensitivity)


@dataclass(frozen=True)
class Rule:
    """One rule that a refusal can name.

    Attributes:
        id: what it is called, such as ``workforce/special-traits``.
        basis: ``law``, or ``practice`` that we hold to anyway.
        cites: language -> where to look it up.
        says: language -> the rule as a sentence.
        unless: language -> when a campaign may set it aside; None where it may not.
        wording: language -> what it may look like; only labels have one.

    >>> rule = Rule("a/b", "practice", {"en": "courtesy", "es": "cortesía"}, {"en": "Be kind.", "es": "Sea amable."})
    >>> rule.sentence("es"), rule.source()
    ('Sea amable.', 'courtesy')
    """

    id: str
    basis: Basis
    cites: Mapping[str, str] = field(compare=False)
    says: Mapping[str, str] = field(compare=False)
    unless: Mapping[str, str] | None = field(default=None, compare=False)
    wording: Mapping[str, str] | None = field(default=None, compare=False)

    @property
    def can_be_overridden(self) -> bool:
        """Whether a campaign may set it aside, with its reason in writing."""
        return self.unless is not None

    def sentence(self, language: str = "en") -> str:
        """The rule as a sentence; English where a language has none."""
        return in_language(self.says, language)

    def source(self, language: str = "en") -> str:
        """Where to look it up; English where a language has none."""
        return in_language(self.cites, language)

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The rule as one flat object."""
        return {
            "id": self.id,
            "says": self.sentence(language),
            "basis": self.basis,
            "source": self.source(language),
            "unless": None if self.unless is None else in_language(self.unless, language),
            "wording": None if self.wording is None else in_language(self.wording, language),
        }


class Override(NamedTuple):
    """A rule that a campaign set aside, and why."""

    rule: Rule
    reason: str


def in_language(said: Mapping[str, str], language: str) -> str:
    """What is said in a language; English where there is nothing in it.

    >>> in_language({"en": "law", "es": "ley"}, "es")
    'ley'
    """
    return said.get(language) or said["en"]
