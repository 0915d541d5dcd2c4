"""``groundswell purposes``: which rules hold for whom and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundswell.campaigns.settings import Settings, load_settings
from groundswell.campaigns.standing import purpose_of
from groundswell.purposes import PURPOSES, Purpose, purpose_for
from groundswell.purposes.telling import told_hours, told_labels


@dataclass(frozen=True)
class Purposes:
    """What holds, for one purpose or for all.

    Attributes:
        found: the purposes that were asked for.
        language: what they are told in.
    """

    found: tuple[Purpose, ...]
    language: str

    @property
    def lines(self) -> list[str]:
        """What holds, a sentence a line, a blank line between purposes."""
        blocks = [purpose.described(self.language) for purpose in self.found]
        return [line for number, block in enumerate(blocks) for line in ([""] if number else []) + block]

    def as_json(self) -> dict[str, object]:
        """Everything, ready for JSON."""
        return {"format": 1, "purposes": [purpose.as_json(self.language) for purpose in self.found]}


def reminders(settings: Settings) -> list[str]:
    """What the rules ask of the channels that a campaign uses: the hours they are open, and what each text carries."""
    found, language = purpose_of(settings), settings.spec.languages[0]
    hours = {name: hours for name, hours in found.hours.items() if name in settings.channels}
    labels = {name: labels for name, labels in found.labels.items() if name in settings.channels}
    return [*told_hours(hours, language), *told_labels(labels, language)]


def purposes(
    name: str | None = None, place: str | None = None, *, folder: Path | None = None, language: str = "en"
) -> Purposes:
    """The rules that hold for a purpose at a place.

    Args:
        name: ``voters``, ``workforce`` or ``customers``; left out: the campaign's, or all three without a campaign.
        place: such as ``US-MI``; left out: the campaign's, or what holds everywhere.
        folder: a campaign that says what is left out, or None.
        language: of the sentences.

    Raises:
        CampaignError: when there is no campaign in the folder.
        SettingsError: when there is no such purpose or place, or the campaign's settings are wrong.

    >>> purposes("workforce", "DE").found[0].minimum_group
    5
    >>> [purpose.name for purpose in purposes().found]
    ['voters', 'workforce', 'customers']
    """
    overrides: Mapping[str, str] = {}
    if folder is not None:
        spec = load_settings(folder).spec
        own = (name or spec.purpose, place or spec.place) == (spec.purpose, spec.place)
        name, place, overrides = name or spec.purpose, place or spec.place, spec.purposes.override if own else {}
    found = (purpose_for(one, place, overrides=overrides) for one in ((name,) if name else PURPOSES))
    return Purposes(tuple(found), language)
