"""Whom a message would reach through what they share, and what it would mean to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.channels import Channel, kind_of
from groundswell.messages import Message
from groundswell.policy.settings import Limit
from groundswell.profiles import of_topics
from groundswell.stats import draw
from groundswell.vocabulary import split_option


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of one channel.

    Attributes:
        place: (people,) index of each person's endpoint; -1 without one.
        mine: (people,) True for whose turn it is at their endpoint in this round.
    """

    place: NDArray[np.int64]
    mine: NDArray[np.bool_]

    def any_of(self, said: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(people,) True for everybody who shares an endpoint with somebody of whom it is true, and for these."""
        count = int(self.place.max(initial=-1)) + 1
        has = self.place >= 0
        by_endpoint = np.bincount(self.place[has], said[has], minlength=count) > 0
        found = said.copy()
        found[has] |= by_endpoint[self.place[has]]
        return found


def closed_by_rule(
    people: pa.Table, channel: Channel, barred: pa.Table | None, shared: Endpoints | None
) -> dict[str, NDArray[np.bool_]]:
    """Whom a channel is closed to, rule by rule; each rule holds the ones before it as well.

    Args:
        people: contract ``people.PEOPLE``.
        channel: the channel.
        barred: contract ``people.BARRED``; None: nobody but those who said stop in their own row.
        shared: the channel's endpoints where a stop counts for all who share one.

    Returns:
        ``stop``, ``suppressed`` and ``consent`` -> (people,) True where it is closed.

    >>> people = pa.table({"person": ["a", "b"], "stop": [True, False]})
    >>> rows = {"person": ["b"], "channel": ["sms"], "rule": ["consent"], "source": [""]}
    >>> found = closed_by_rule(people, Channel("sms", "person", {}), pa.table(rows), None)
    >>> {rule: closed.tolist() for rule, closed in found.items()}
    {'stop': [True, False], 'suppressed': [True, False], 'consent': [True, True]}
    """
    closed = people["stop"].to_numpy(zero_copy_only=False).astype(bool)
    found = {}
    for rule in ("stop", "suppressed", "consent"):
        if barred is not None and barred.num_rows:
            mine = barred.filter(pc.and_(pc.equal(barred["channel"], channel.name), pc.equal(barred["rule"], rule)))
            closed = closed | pc.is_in(people["person"], value_set=mine["person"].combine_chunks()).to_numpy(
                zero_copy_only=False
            )
        # Nobody has to be asked for somebody else's consent; a stop and a bounce are everybody's at that endpoint.
        if shared is not None and rule != "consent":
            closed = shared.any_of(closed)
        found[rule] = closed
    return found


def endpoints(people: pa.Table, channel: Channel, turn: str, barred: pa.Table | None = None) -> Endpoints:
    """Who shares an endpoint, and whose turn it is: one person is spoken to through it in a round.

    Args:
        people: contract ``people.PEOPLE``.
        channel: one that reaches endpoints.
        turn: the key of the draw.
        barred: contract ``people.BARRED``: whom the channel is closed to.

    Returns:
        Everybody's endpoint, as its key says.

    >>> people = pa.table({"person": ["a", "b"], "phone_key": ["+12025550101"] * 2, "stop": [False, False]})
    >>> found = endpoints(people, Channel("phone", "endpoint", {}), turn="spring|1")
    >>> found.place.tolist(), int(found.mine.sum())
    ([0, 0], 1)
    """
    role = kind_of(channel.name).needs
    assert role is not None
    texts = people[f"{role}_key"]
    encoded = texts.combine_chunks().dictionary_encode()
    place = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    drawn = draw(people["person"].to_pylist(), key=f"{turn}|endpoint")
    # Whom it is closed to is never next.
    drawn = np.where(closed_by_rule(people, channel, barred, None)["consent"], 2.0, drawn)
    first = np.full(max(int(place.max(initial=-1)) + 1, 1), np.inf)
    np.minimum.at(first, place[place >= 0], drawn[place >= 0])
    return Endpoints(place, (place < 0) | (drawn <= first[np.maximum(place, 0)]))


def recent_contacts(contacts: pa.Table, limit: Limit, today: date) -> pa.Table:
    """The contacts that a limit counts today.

    >>> made = pa.table({"unit": ["a"], "option": ["hello/post"], "on": pa.array([date(2026, 11, 1)])})
    >>> recent_contacts(made, Limit("calm", "contacts", 1, "person", 7), date(2026, 11, 8)).num_rows
    0
    """
    if limit.within is None:
        return contacts
    since = pa.scalar(today - timedelta(days=limit.within), pa.date32())
    return contacts.filter(pc.greater(contacts["on"], since))


def used_endpoints(
    people: pa.Table,
    unit: NDArray[np.int64],
    unit_ids: Sequence[str],
    channel: Channel,
    contacts: pa.Table,
    limits: Sequence[Limit],
    today: date,
) -> NDArray[np.bool_]:
    """(units,) True where one more contact through a channel would be one too many for an endpoint, whoever was spoken to.

    Args:
        people: contract ``people.PEOPLE``.
        unit: (people,) index of each person's unit.
        unit_ids: the units.
        channel: the channel.
        contacts: ``unit``, ``option`` and ``on`` of earlier contacts.
        limits: those ``per = "endpoint"`` count.
        today: for windows.
    """
    found = np.zeros(len(unit_ids), dtype=bool)
    mine = [limit for limit in limits if limit.per == "endpoint"]
    role = kind_of(channel.name).needs
    if not mine or role is None or people[role].null_count == people.num_rows:
        return found
    place = endpoints(people, channel, "").place
    same = {name for name in pc.unique(contacts["option"]).to_pylist() if kind_of(split_option(name)[1]).needs == role}
    through = contacts.filter(pc.is_in(contacts["option"], value_set=pa.array(sorted(same), pa.string())))
    for limit in mine:
        recent = recent_contacts(through, limit, today)
        units = pc.index_in(recent["unit"], value_set=pa.array(unit_ids)).drop_null().to_numpy()
        spoken = np.bincount(units, minlength=len(unit_ids))[unit] * (place >= 0)
        count = np.bincount(np.maximum(place, 0), spoken, minlength=int(place.max(initial=0)) + 1)
        often = (place >= 0) & (count[np.maximum(place, 0)] + 1 > limit.at_most)
        found |= np.bincount(unit, often, minlength=len(unit_ids)) > 0
    return found


def unit_interest(
    traits: pa.Table | None,
    unit: NDArray[np.int64],
    options: Sequence[str],
    messages: Mapping[str, Message],
    units: int,
) -> NDArray[np.float64]:
    """(units, K) the most that anybody in a unit is known to care about what an option says; NaN where it is not known.

    Somebody of whom nothing is known keeps it unknown, unless another member is known to care a lot: doubt leaves a message
    open. A message without a topic concerns nobody in particular.

    Args:
        traits: the people's traits, with their interests; None: nothing is known.
        unit: (people,) index of each person's unit.
        options: ``message/channel``, K of them.
        messages: by id.
        units: how many units there are.
    """
    found = np.full((units, len(options)), np.nan)
    if traits is None:
        return found
    for place, option in enumerate(options):
        topics = messages[split_option(option)[0]].topics
        if not topics:
            continue
        cares = of_topics(traits, topics)
        most = np.full(units, -np.inf)
        np.maximum.at(most, unit, np.nan_to_num(cares, nan=50.0))
        known = np.bincount(unit, ~np.isnan(cares), minlength=units) > 0
        found[:, place] = np.where(known, most, np.nan)
    return found
