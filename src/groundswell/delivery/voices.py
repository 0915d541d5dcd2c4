"""Who says a message in an organisation: a colleague or the manager of whoever hears it, and nobody who said stop."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.stats import draw
from groundswell.vocabulary import messenger_of, split_option


class Voices:
    """Who may speak.

    A team hears a message from one of its own: who, is drawn for the team and the message, so that whoever stops speaking is
    followed by the next one drawn, and the others speak on.
    """

    def __init__(self, people: pa.Table, barred: pa.Table | None, campaign: str) -> None:
        """Who there is, and who does not speak.

        Args:
            people: contract ``PEOPLE``.
            barred: contract ``people.BARRED``, as the ledger has it at this moment.
            campaign: the campaign's name, the key of the draw.
        """
        ids, managers = people["person"].to_pylist(), people["manager"].to_pylist()
        self.silent = set(people.filter(people["stop"])["person"].to_pylist())
        if barred is not None:
            self.silent |= set(barred.filter(pc.equal(barred["rule"], "stop"))["person"].to_pylist())
        self.campaign = campaign
        self.names = {one: name or one for one, name in zip(ids, people["name"].to_pylist(), strict=True)}
        self.manager = dict(zip(ids, managers, strict=True))
        self.teams: dict[str, list[str]] = {}
        for person, manager in self.manager.items():
            if manager is not None and person not in self.silent:
                self.teams.setdefault(manager, []).append(person)

    def of(self, option: str, person: str) -> str | None:
        """The name of who says an option to somebody; empty for the top, None where nobody may.

        >>> people = pa.table(
        ...     {"person": ["m", "a", "b"], "name": ["Mo", "Al", None], "manager": [None, "m", "m"], "stop": [False] * 3}
        ... )
        >>> voices = Voices(people, None, "spring")
        >>> voices.of("safety/briefing/manager", "a"), voices.of("safety/briefing/peer", "a")
        ('Mo', 'b')
        """
        who, manager = messenger_of(option), self.manager[person]
        if who == "manager":
            return None if manager is None or manager in self.silent else self.names.get(manager, manager)
        if who == "peer":
            others = [one for one in self.teams.get(manager or "", []) if one != person]
            chance = draw(others, key=f"{self.campaign}|{split_option(option)[0]}|{manager}|peer")
            return self.names[others[int(chance.argmin())]] if others else None
        return ""
