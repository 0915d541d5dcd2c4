"""What could be done for each unit, and by which rule the rest is closed.

Rules are tried in the order of ``RULES``; the first that closes an option is the one that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.channels import Channel, kind_of
from groundswell.messages import Message
from groundswell.policy.batch import Batch, Trials
from groundswell.policy.beside import Beside
from groundswell.policy.questions import Asking
from groundswell.policy.reach import closed_by_rule, endpoints, recent_contacts, unit_interest, used_endpoints
from groundswell.policy.settings import Limit, most_of
from groundswell.tables import Engine, evaluate
from groundswell.vocabulary import NOTHING, messenger_of, split_option

RULES = (
    *("open", "stop", "suppressed", "consent", "expired", "no-endpoint", "topic", "answered", "shared", "patience"),
    "limit",
)
"""What an option can be: open, or closed because somebody said stop, stands on a list of those who must not be contacted,
never gave the consent that the channel needs, the message expired, there is no way to reach the unit, nobody there cares
about its topics, the answer to its question is known of all, somebody else's turn it is at an endpoint they share, it was
contacted often enough, or this one use would overrun a limit."""


@dataclass(frozen=True)
class Openness:
    """What is open to each unit.

    Attributes:
        unit_ids: the units, in the order in which they first stand in the file of people.
        cluster_ids: the cluster of each.
        unit: (people,) index of each person's unit.
        options: the campaign's options, without ``nothing``; K of them.
        closed: (units, K) index into ``RULES``; 0 is open.
        sendings: (units, K) how many sendings the option takes: one for a household, one for each person reached.
        use: (units, K, limits) what it uses of each scarce thing.
        past_open, past_use: the same as ``is_open`` and ``use`` had nobody said stop or been contacted: what a policy is
            valued with on the past. Both happened after the past was drawn, so they must not choose whom it is valued on.
        interest: (units, K) 0 to 100, the most that anybody in the unit is known to care about what an option says; NaN
            where nothing is known.
        habit: (units, K) True where the message's stereotype holds for somebody in the unit.
    """

    unit_ids: tuple[str, ...]
    cluster_ids: tuple[str, ...]
    unit: NDArray[np.int64]
    options: tuple[str, ...]
    closed: NDArray[np.int8]
    sendings: NDArray[np.float64]
    use: NDArray[np.float64]
    past_open: NDArray[np.bool_]
    past_use: NDArray[np.float64]
    interest: NDArray[np.float64] | None = None
    habit: NDArray[np.bool_] | None = None

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """(units, K) True where no rule closes the option."""
        return np.asarray(self.closed == 0)

    def batch(self, traits: pa.Table, trials: Trials | None = None, told: NDArray[np.float64] | None = None) -> Batch:
        """The units as a batch to decide for.

        Args:
            traits: the people's traits, in the order of the people.
            trials: what experiments drew already.
            told: (units, K) what answers to questions are worth; None: nothing is asked for the sake of its answer.
        """
        known = (self.unit_ids, self.cluster_ids, self.unit, traits)
        return Batch(*known, self.is_open, self.use, self.interest, trials, told)

    def as_recorded(self, table: pa.Table) -> Openness:
        """The same units as a round's own table left them: who shares an endpoint with them may not be among these.

        Args:
            table: what :meth:`table` gave for them in the round.
        """
        closed = np.array(
            [[RULES.index(row[f"rule:{option}"]) for option in self.options] for row in table.to_pylist()],
            dtype=np.int8,
        )
        return replace(self, closed=closed)

    def table(self) -> pa.Table:
        """As a table: the unit, and for each option the rule and the number of sendings."""
        columns: dict[str, pa.Array] = {"unit": pa.array(self.unit_ids)}
        for place, option in enumerate(self.options):
            rules = pa.DictionaryArray.from_arrays(pa.array(self.closed[:, place]), pa.array(RULES))
            columns[f"rule:{option}"] = rules.cast(pa.string())
            columns[f"sendings:{option}"] = pa.array(self.sendings[:, place])
        return pa.table(columns)


def open_options(
    people: pa.Table,
    rows: pa.Table,
    *,
    options: Sequence[str],
    channels: Mapping[str, Channel],
    messages: Mapping[str, Message],
    limits: Sequence[Limit],
    roles: Sequence[str],
    contacts: pa.Table,
    today: date,
    file: str,
    beside: Beside | None = None,
    traits: pa.Table | None = None,
    past_traits: pa.Table | None = None,
    least_interest: float = 0.0,
    turn: str = "",
    barred: pa.Table | None = None,
    asking: Mapping[str, Asking] | None = None,
) -> Openness:
    """Open and close every option for every unit.

    Args:
        people: contract ``PEOPLE``.
        rows: the typed rows of the file of people, for conditions.
        options: the campaign's options, without ``nothing``.
        channels: by id.
        messages: by id.
        limits: all limits; those with ``per`` close options, the others are used.
        roles: the roles the file of people has; a channel needs an endpoint only where the file could have one.
        contacts: ``unit``, ``option`` and ``on`` of earlier contacts.
        today: for expiry and windows.
        file: where conditions are declared, for errors.
        beside: what other campaigns said to these people; None: there are none.
        traits: the people's traits, for what they care about; None: nothing is known.
        past_traits: the same as it was when the past was drawn.
        least_interest: who is known to care less about all topics of a message does not get it.
        turn: the key of the draw of whose turn it is at a shared endpoint.
        barred: contract ``people.BARRED``: which channels the ledger closes to whom.
        asking: the messages that are questions, and what their answers tell.
    """
    encoded = people["unit"].combine_chunks().dictionary_encode()
    unit = encoded.indices.to_numpy().astype(np.int64)
    unit_ids = tuple(encoded.dictionary.to_pylist())
    first = np.unique(unit, return_index=True)[1]
    stop = people["stop"].to_numpy().astype(bool)
    through = contacts if beside is None else pa.concat_tables([contacts, beside.endpoints])
    contacts = contacts if beside is None else pa.concat_tables([contacts, beside.people])
    tired = _tired(unit_ids, contacts, limits, today)
    shared = {
        name: endpoints(people, channel, turn, barred)
        for name, channel in channels.items()
        if channel.reaches == "endpoint" and kind_of(name).needs in roles
    }
    interest = unit_interest(traits, unit, options, messages, len(unit_ids))
    past_interest = (
        interest if past_traits is None else unit_interest(past_traits, unit, options, messages, len(unit_ids))
    )
    scarce = [limit for limit in limits if limit.per is None]
    counted = _conditions(people, rows, scarce, file)
    at_most = most_of(limits)
    nobody, nobody_asked = np.zeros_like(stop), np.zeros(len(unit_ids), dtype=bool)
    answered = {
        name: np.bincount(unit, one.still_asked(traits), minlength=len(unit_ids)) == 0
        for name, one in (asking or {}).items()
        if traits is not None
    }
    closed = np.zeros((len(unit_ids), len(options)), dtype=np.int8)
    past_open = np.zeros(closed.shape, dtype=bool)
    sendings = np.zeros(closed.shape)
    use, past_use = np.zeros((*closed.shape, len(scarce))), np.zeros((*closed.shape, len(scarce)))
    for place, option in enumerate(options):
        message, name = split_option(option)
        channel = channels[name]
        expires, picky = messages[message].expires, messages[message].open_to != "all"
        expired = expires is not None and expires < today
        by_rule = closed_by_rule(people, channel, barred, shared.get(name))
        told_stop = by_rule["consent"]
        spoken_to = _has_messenger(people, messenger_of(option))
        for said, uses in ((nobody, past_use), (told_stop, use)):
            reached = _reached(people, channel, said, unit, roles) & spoken_to
            sent = _sendings(reached, unit, channel, len(unit_ids))
            for row, limit in enumerate(scarce):
                counts = _sendings(reached & counted[limit.name], unit, channel, len(unit_ids))
                uses[:, place, row] = _use_of_one(limit, channel, option) * counts
            if said is nobody:
                carried = ~(uses[:, place] > at_most).any(axis=1) & ~(
                    (past_interest[:, place] < least_interest) & picky
                )
                past_open[:, place] = (sent > 0) & (not expired) & carried
        sendings[:, place] = sent
        rules = {
            **{rule: _stopped(said, unit, channel, len(unit_ids)) for rule, said in by_rule.items()},
            "expired": np.full(len(unit_ids), expired),
            "no-endpoint": sent == 0,
            "topic": (interest[:, place] < least_interest) & picky,
            "answered": answered.get(message, nobody_asked),
            "shared": np.bincount(unit, shared[name].mine, minlength=len(unit_ids)) == 0
            if name in shared
            else np.zeros(len(unit_ids), dtype=bool),
            "patience": tired | used_endpoints(people, unit, unit_ids, channel, through, limits, today),
            "limit": (use[:, place] > at_most).any(axis=1),
        }
        for rule in reversed(RULES[1:]):
            closed[rules[rule], place] = RULES.index(rule)
    return Openness(
        unit_ids=unit_ids,
        cluster_ids=tuple(people["cluster"].take(pa.array(first)).to_pylist()),
        unit=unit,
        options=tuple(options),
        closed=closed,
        sendings=sendings,
        use=use,
        past_open=past_open,
        past_use=past_use,
        interest=interest,
        habit=_habits(people, rows, unit, options, messages, file),
    )


def earlier_contacts(
    decisions: Sequence[pa.Table], people: pa.Table | None = None, members: Mapping[int, pa.Table] | None = None
) -> pa.Table:
    """``unit``, ``option`` and ``on`` of every contact of earlier rounds; ``on`` is blank where the day is not known.

    Args:
        decisions: the decisions of earlier rounds, contract ``DECISIONS``.
        people: contract ``people.PEOPLE``: whoever moved, or has another manager, takes the contacts along to the unit of
            today, and a unit that is still there keeps its own; each round counts once. None: the units are what they were.
        members: round -> the people as they lived then, ``person`` and ``unit``; of rounds that are not there, as today.

    >>> day = pa.array([date(2026, 11, 1)] * 2)
    >>> earlier_contacts([pa.table({"unit": ["a", "b"], "option": ["nothing", "hello/post"], "on": day})]).to_pylist()
    [{'unit': 'b', 'option': 'hello/post', 'on': datetime.date(2026, 11, 1)}]
    """
    found = [
        table.filter(pc.not_equal(table["option"], NOTHING)).select(["unit", "option", "on"]) for table in decisions
    ]
    none = pa.table(
        {"unit": pa.array([], pa.string()), "option": pa.array([], pa.string()), "on": pa.array([], pa.date32())}
    )
    if people is None or not any(table.num_rows for table in found):
        return pa.concat_tables([none, *found])
    moved = [_as_today(table, people, lived) for table, lived in zip(found, _lived(decisions, members), strict=True)]
    return pa.concat_tables([none, *moved])


def _lived(decisions: Sequence[pa.Table], members: Mapping[int, pa.Table] | None) -> Iterator[pa.Table | None]:
    """Who the units of each round were made of; None where they are the units of today."""
    for table in decisions:
        yield (members or {}).get(table["round"][0].as_py()) if table.num_rows else None


def _as_today(contacts: pa.Table, people: pa.Table, lived: pa.Table | None) -> pa.Table:
    """The contacts of one round by the units of today: those that were told, and those whom somebody joined who was."""
    if lived is None:
        return contacts
    with Engine() as engine:
        engine.register(contacts=contacts, people=people.select(["person", "unit"]), lived=lived)
        found = engine.table(
            'select unit, min(option) as option, max("on") as "on" from (select p.unit, c.option, c."on" from contacts c '
            "join lived l using (unit) join people p using (person) union all "
            "select * from contacts where unit in (select unit from people)) group by unit order by unit"
        )
    return found.cast(contacts.schema)


def read_options(table: pa.Table, unit: str) -> dict[str, str]:
    """Option -> rule for one unit, from the table of a round.

    >>> read_options(pa.table({"unit": ["a"], "rule:hello/post": ["stop"], "sendings:hello/post": [0.0]}), "a")
    {'hello/post': 'stop'}
    """
    row = table.filter(pc.equal(table["unit"], unit)).to_pylist()[0]
    return {name.removeprefix("rule:"): value for name, value in row.items() if name.startswith("rule:")}


def _reached(
    people: pa.Table,
    channel: Channel,
    stop: NDArray[np.bool_],
    unit: NDArray[np.int64],
    roles: Sequence[str],
) -> NDArray[np.bool_]:
    """(people,) whom a sending would reach."""
    needs = kind_of(channel.name).needs
    has = np.ones(people.num_rows, dtype=bool)
    if needs and needs in roles:
        key = f"{needs}_key"
        has = (
            pc.is_valid(people[key if key in people.column_names else needs])
            .to_numpy(zero_copy_only=False)
            .astype(bool)
        )
    if channel.reaches == "household":
        # One address is enough, and one stop holds for the letter box of all.
        return np.asarray((np.bincount(unit, has) > 0)[unit] & (np.bincount(unit, stop) == 0)[unit])
    return np.asarray(has & ~stop)


def _sendings(reached: NDArray[np.bool_], unit: NDArray[np.int64], channel: Channel, units: int) -> NDArray[np.float64]:
    count = np.bincount(unit, reached, minlength=units)
    return np.asarray(np.minimum(count, 1) if channel.reaches == "household" else count, dtype=np.float64)


def _stopped(stop: NDArray[np.bool_], unit: NDArray[np.int64], channel: Channel, units: int) -> NDArray[np.bool_]:
    said = np.bincount(unit, stop, minlength=units)
    size = np.bincount(unit, minlength=units)
    return (said > 0) if channel.reaches == "household" else (said == size)


def _has_messenger(people: pa.Table, who: str | None) -> NDArray[np.bool_]:
    """(people,) who has such a messenger: a manager, or somebody else with the same, who did not say stop."""
    if who not in {"manager", "peer"}:
        return np.ones(people.num_rows, dtype=bool)
    manager = people["manager"].combine_chunks().dictionary_encode()
    known = pc.is_valid(manager).to_numpy(zero_copy_only=False).astype(bool)
    speaks = pc.invert(people["stop"]).to_numpy().astype(bool)
    if who == "manager":
        stopped = people.filter(people["stop"])["person"].combine_chunks()
        return np.asarray(known & ~pc.is_in(people["manager"], value_set=stopped).to_numpy().astype(bool))
    team = pc.fill_null(manager.indices, -1).to_numpy().astype(np.int64)
    others = np.bincount(team + 1, speaks)[team + 1] - speaks
    return np.asarray(known & (others > 0))


def _use_of_one(limit: Limit, channel: Channel, option: str) -> float:
    message = split_option(option)[0]
    if limit.messenger not in {None, messenger_of(option)}:
        return 0.0
    if limit.channel not in {None, channel.name} or limit.message not in {None, message}:
        return 0.0
    if limit.of == "money":
        return channel.money(message)
    return 1.0 if limit.of == "contacts" else channel.uses.get(limit.of, 0.0)


def _conditions(people: pa.Table, rows: pa.Table, limits: Sequence[Limit], file: str) -> dict[str, NDArray[np.bool_]]:
    """(people,) for each limit, who counts for it."""
    wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    found = {}
    for limit in limits:
        if limit.where is None:
            found[limit.name] = np.ones(people.num_rows, dtype=bool)
            continue
        holds = evaluate({f"{limit.name}.where": limit.where}, rows, file=file, section="limits")
        values = holds[f"{limit.name}.where"].cast(pa.bool_()).take(wanted)
        found[limit.name] = pc.fill_null(values, False).to_numpy().astype(bool)
    return found


def _habits(
    people: pa.Table,
    rows: pa.Table,
    unit: NDArray[np.int64],
    options: Sequence[str],
    messages: Mapping[str, Message],
    file: str,
) -> NDArray[np.bool_]:
    """(units, K) True where a message's stereotype holds for somebody in the unit."""
    said = {name: message.stereotype for name, message in messages.items() if message.stereotype}
    found = np.zeros((int(unit.max()) + 1 if len(unit) else 0, len(options)), dtype=bool)
    if not said:
        return found
    wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    holds = evaluate(said, rows, file=file, section="messages").take(wanted)
    for place, option in enumerate(options):
        message = split_option(option)[0]
        if message in said:
            mine = pc.fill_null(holds[message].cast(pa.bool_()), False).to_numpy().astype(bool)
            found[:, place] = np.bincount(unit, mine, minlength=len(found)) > 0
    return found


def _tired(unit_ids: Sequence[str], contacts: pa.Table, limits: Sequence[Limit], today: date) -> NDArray[np.bool_]:
    """(units,) True where one more contact would be one too many."""
    found = np.zeros(len(unit_ids), dtype=bool)
    for limit in limits:
        if limit.per is None or limit.per == "endpoint":
            continue
        recent = recent_contacts(contacts, limit, today)
        places = pc.index_in(recent["unit"], value_set=pa.array(unit_ids)).drop_null().to_numpy()
        found |= np.bincount(places, minlength=len(unit_ids)) + 1 > limit.at_most
    return found
