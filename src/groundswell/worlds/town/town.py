"""The town in memory: what everybody sees, and what only the town knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.vocabulary import NOTHING, CampaignError, nearest
from groundswell.worlds.possible import refuse_impossible
from groundswell.worlds.town.doings import volunteers_table
from groundswell.worlds.town.draws import BLOCK, Purpose, generator
from groundswell.worlds.town.residents import Residents, blocks
from groundswell.worlds.town.truth import SPOKEN, TRUTHS, chance, chance_of_nothing, freshness, similarity
from groundswell.worlds.town.visible import people_table

SIZES = (1_000, 10_000_000)
_WINDOW = 21  # days
_TOGETHER = 0.75  # what members of a household share of the luck of a round; about 0.45 in what they then do
_UNRECORDED = 0.02
_OFTEN_UNRECORDED = ("home-care/door", 0.15)


@dataclass(frozen=True, eq=False)
class Town:
    """A made-up town.

    Attributes:
        table: what the file shows of each of the n people, one row a person.
        person_ids: their ids, in the same order.
        volunteers: those who speak for the campaign: id, person_id, hours, carries.
        hidden: the people as they truly are.
        seed: what it was made from.
        truth: one of ``TRUTHS``.
    """

    table: pa.Table = field(repr=False)
    person_ids: tuple[str, ...] = field(repr=False)
    volunteers: pa.Table = field(repr=False)
    hidden: Residents = field(repr=False)
    seed: int
    truth: str

    def chances(
        self,
        options: Sequence[str],
        *,
        contacts: NDArray[Any] | None = None,
        messengers: Sequence[str | None] | None = None,
    ) -> NDArray[np.float64]:
        """The true probability that each person attends within 21 days.

        Args:
            options: what each person might be given now.
            contacts: (n,) how often each was contacted in the last 60 days; effects wear off with it.
            messengers: (n,) the volunteer who would call or knock; None: anybody.

        Returns:
            (n, 1 + len(options)): given nothing, then given each option.

        Raises:
            CampaignError: for an option or a volunteer there is not.

        >>> town = make_town(people=1_000)
        >>> town.chances(["school-meals/phone"]).shape
        (1000, 2)
        """
        everybody = np.arange(len(self.hidden))
        fresh, alike = self._strengths(everybody, contacts, messengers)
        columns = [chance_of_nothing(self.hidden)]
        columns += [self._given(self.hidden, option, fresh, alike) for option in options]
        return np.column_stack(columns)

    def respond(
        self,
        options: Sequence[str],
        *,
        person_ids: Sequence[str],
        keys: Sequence[str],
        on: date,
        round_number: int,
        contacts: NDArray[Any] | None = None,
        messengers: Sequence[str | None] | None = None,
    ) -> pa.Table:
        """What comes back for people who were given something.

        The luck of a person depends on the town's seed, the round and the person alone, so two policies may be compared on
        the same luck. Who lives together is lucky together.

        Args:
            options: what each was given, ``nothing`` included.
            person_ids: who they are; all arguments that follow are in this order, too.
            keys: the keys of the decisions.
            on: the day.
            round_number: another round, another luck.
            contacts: how often each had been contacted in the 60 days before.
            messengers: the volunteer who called or knocked; None: anybody.

        Returns:
            key, person, action (``attend``), result (``yes``, ``no``, or blank where nobody wrote it down), at.

        Raises:
            CampaignError: for an option, a person or a volunteer there is not.

        >>> town = make_town(people=1_000)
        >>> day = date(2026, 11, 21)
        >>> back = town.respond(["rents/door"], person_ids=["p000001"], keys=["k1"], on=day, round_number=1)
        >>> back.select(["key", "person", "action"]).to_pylist()
        [{'key': 'k1', 'person': 'p000001', 'action': 'attend'}]
        """
        rows = _places(person_ids, self.table["id"], what="person")
        fresh, alike = self._strengths(rows, contacts, messengers)
        probability = np.empty(len(rows))
        unrecorded = np.empty(len(rows))
        given = np.asarray(options, dtype=np.str_)
        for option in np.unique(given):
            mine = given == option
            people = self.hidden.take(rows[mine])
            probability[mine] = self._given(people, str(option), fresh[mine], alike[mine])
            unrecorded[mine] = _OFTEN_UNRECORDED[1] if option == _OFTEN_UNRECORDED[0] else _UNRECORDED
        luck, written, day = self._luck(round_number)
        acted = np.where(luck[rows] < probability, "yes", "no")
        start = np.datetime64(on)
        return pa.table(
            {
                "key": pa.array(keys, pa.string()),
                "person": pa.array(person_ids, pa.string()),
                "action": pa.repeat(pa.scalar("attend"), len(rows)),
                "result": pa.array(np.where(written[rows] < unrecorded, "", acted)),
                "at": pa.array(start + day[rows]),
            }
        )

    def _given(
        self, people: Residents, option: str, fresh: NDArray[np.float64], alike: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if option == NOTHING:
            return chance_of_nothing(people)
        spoken = option.rpartition("/")[2] in SPOKEN
        return chance(people, option, truth=self.truth, strength=fresh * alike if spoken else fresh)

    def _strengths(
        self, rows: NDArray[np.int64], contacts: NDArray[Any] | None, messengers: Sequence[str | None] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each person's effects are multiplied by: for what they heard lately, and for who speaks to them."""
        fresh = np.ones(len(rows)) if contacts is None else freshness(np.asarray(contacts, dtype=np.float64))
        alike = np.ones(len(rows))
        if messengers is not None:
            named = np.flatnonzero([messenger is not None for messenger in messengers])
            who = _places(
                [messenger for messenger in messengers if messenger is not None],
                self.volunteers["id"],
                what="volunteer",
            )
            theirs = _places(self.volunteers["person_id"].take(who).to_pylist(), self.table["id"], what="person")
            alike[named] = similarity(self.hidden.take(theirs), self.hidden.take(rows[named]))
        return fresh, alike

    def _luck(self, round_number: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """(n,) each person's luck (uniform, alike in a household), whether it is written down, and the day."""
        from scipy.special import ndtr  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

        parts: list[tuple[NDArray[Any], ...]] = []
        for block in range(-(-len(self.hidden) // BLOCK)):
            draw = generator(self.seed, Purpose.ROUND, block, round_number)
            home = self.hidden.home[block * BLOCK : (block + 1) * BLOCK] - block * BLOCK
            own, shared = draw.standard_normal((2, BLOCK))
            luck = ndtr(np.sqrt(_TOGETHER) * shared[home] + np.sqrt(1.0 - _TOGETHER) * own[: len(home)])
            parts.append((luck, draw.random(BLOCK)[: len(home)], draw.integers(0, _WINDOW + 1, BLOCK)[: len(home)]))
        luck, written, day = (np.concatenate(part) for part in zip(*parts, strict=True))
        return luck, written, day


def make_town(*, people: int = 20_000, seed: int = 0, truth: str = "smooth") -> Town:
    """Make the town.

    Args:
        people: how many live there, 1,000 to 10,000,000.
        seed: another seed, another town; the named people are the same in all.
        truth: ``smooth`` or ``steps``: two forms that effects may have; ``none``: nothing has any effect.

    Raises:
        SettingsError: for a size or a truth there is not.

    >>> town = make_town(people=1_000, truth="none")
    >>> found = town.chances(["rents/email"])
    >>> bool((found[:, 0] == found[:, 1]).all())
    True
    """
    refuse_impossible("town", people=people, sizes=SIZES, seed=seed, truth=truth, truths=TRUTHS)
    parts = list(blocks(people, seed))
    table = pa.concat_tables([people_table(part) for part in parts])
    hidden = Residents.together([part.residents for part in parts])
    volunteers = pa.concat_tables([volunteers_table(part) for part in parts])
    return Town(table, tuple(table["id"].to_pylist()), volunteers, hidden, seed, truth)


def _places(wanted: Sequence[str], known: pa.ChunkedArray, *, what: str) -> NDArray[np.int64]:
    """Where each id stands among the known ones.

    Raises:
        CampaignError: for the first id that is not among them.
    """
    found = pc.index_in(pa.array(wanted, pa.string()), value_set=known.combine_chunks())
    if found.null_count:
        missing = wanted[pc.index(pc.is_null(found), True).as_py()]
        near = nearest(missing, known.slice(0, 1_000).to_pylist())
        raise CampaignError(
            f"There is no such {what} in the town.",
            found=missing,
            expected=f"the id of a {what}, such as {known[0].as_py()}",
            hint=f"Did you mean {near}?" if near else "Use the ids of the town's files.",
        )
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
