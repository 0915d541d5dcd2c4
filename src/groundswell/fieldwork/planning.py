"""A round's calls, from what earlier rounds showed: who fits, who calls whom, and what that choice is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundswell.channels import Channel
from groundswell.fieldwork.calling import SPOKEN, Worth, choose, from_whom, spoken_table
from groundswell.fieldwork.calls import calls_of
from groundswell.fieldwork.fit import Fit, Spoke, learn_fit
from groundswell.tables import Engine


class Planned(NamedTuple):
    """Who speaks to whom, and why.

    Attributes:
        spoken: contract ``SPOKEN``.
        fit: what makes a messenger fit.
        worth: what the choice is worth; None where too little is known.
    """

    spoken: pa.Table
    fit: Fit
    worth: Worth | None


def plan_calls(
    people: pa.Table,
    traits: pa.Table,
    decisions: pa.Table,
    volunteers: pa.Table,
    channels: Mapping[str, Channel],
    *,
    key: str,
    alike: Sequence[str] = (),
    by_chance: float = 0.0,
    earlier: Mapping[int, pa.Table] | None = None,
    outcomes: pa.Table | None = None,
    language: str | None = None,
    teams: Sequence[str | None] | None = None,
    own_home: bool = False,
    turfs: Mapping[str, str] | None = None,
    topics: Mapping[str, Sequence[str]] | None = None,
    knows: pa.Table | None = None,
) -> Planned:
    """Find a messenger for each person who is to be spoken to.

    Args:
        people: contract ``people.PEOPLE``.
        traits: everybody's traits, in the order of the people.
        decisions: contract ``DECISIONS``.
        volunteers: ``messenger``, ``person`` and ``hours``, and where they are there ``name``, ``most``, ``channels``,
            ``languages``, ``team``; who they are stands in the file of people.
        channels: by id; those with ``by`` are carried.
        key: of the draws.
        alike: traits in which a volunteer should be like the person; empty: all but interests and scores.
        by_chance: the share of calls whose messenger is drawn by chance.
        earlier: round -> its contract ``SPOKEN``.
        outcomes: contract ``OUTCOMES`` of those rounds.
        language: of those whose own is not known.
        teams: (people,) whose each is; from door to door nobody leaves the own team.
        own_home: True where volunteers may speak to those they live with.
        turfs: person -> the turf that they are visited with: all of one turf by the same messenger.
        topics: option -> the interests (columns of the traits) of what it is about: who cares about it speaks of it.
        knows: ``person`` and ``messenger`` of those who know each other.

    Returns:
        Nobody speaks to their own household, and nobody longer than their hours.

    >>> people = pa.table({"person": ["ada", "ben", "eve"], "unit": ["ada", "ben", "eve"], "household": ["1", "2", "3"]})
    >>> people = people.append_column("name", pa.array(["Ada", "Ben", "Eve"])).append_column("stop", pa.array([False] * 3))
    >>> traits = pa.table({"person": ["ada", "ben", "eve"], "unit": ["ada", "ben", "eve"], "age": [86.0, 20.0, 90.0]})
    >>> made = pa.table({"unit": ["ada"], "option": ["hello/phone"]})
    >>> callers = pa.table({"messenger": ["v1", "v2"], "person": ["ben", "eve"], "hours": [1.0, 1.0]})
    >>> phone = Channel("phone", "endpoint", {}, {"caller_hours": 0.05}, ("volunteer",))
    >>> found = plan_calls(people, traits, made, callers, {"phone": phone}, key="spring")
    >>> found.spoken.select(["person", "name"]).to_pylist()
    [{'person': 'ada', 'name': 'Eve'}]
    """
    earlier = earlier or {}
    spoke_before = [table.select(["person", "messenger"]) for table in earlier.values()]
    calls = calls_of(
        people,
        traits,
        decisions,
        volunteers,
        channels,
        alike=alike,
        language=language,
        teams=teams,
        before=pa.concat_tables(spoke_before) if spoke_before else None,
        own_home=own_home,
        turfs=turfs,
        topics=topics,
        knows=knows,
    )
    everything, spoke = spoke_of(earlier, outcomes, people, calls.names)
    fit = learn_fit(spoke) if len(spoke.value) else Fit.believed(calls.names)
    chosen = choose(calls, fit, by_chance=by_chance, key=key)
    worth = from_whom(calls, spoke, everything, by_chance=by_chance, key=key)
    return Planned(spoken_table(calls, chosen, people["unit"].to_pylist()), fit, worth)


def assign(
    people: pa.Table,
    traits: pa.Table,
    decisions: pa.Table,
    volunteers: pa.Table,
    channels: Mapping[str, Channel],
    *,
    alike: Sequence[str] = (),
    key: str,
    by_chance: float = 0.0,
    topics: Mapping[str, Sequence[str]] | None = None,
) -> pa.Table:
    """The same where nothing is known of what makes a messenger fit: contract ``SPOKEN``, arguments as :func:`plan_calls`.

    >>> people = pa.table({"person": ["ada"], "unit": ["ada"], "household": ["1"], "name": ["Ada"], "stop": [False]})
    >>> traits = pa.table({"person": ["ada"], "unit": ["ada"], "age": [86.0]})
    >>> nobody = pa.table({"messenger": pa.array([], pa.string()), "person": pa.array([], pa.string())})
    >>> nobody = nobody.append_column("hours", pa.array([], pa.float64()))
    >>> phone = Channel("phone", "endpoint", {}, {"caller_hours": 0.05}, ("volunteer",))
    >>> made = pa.table({"unit": ["ada"], "option": ["hello/phone"]})
    >>> assign(people, traits, made, nobody, {"phone": phone}, key="spring")["messenger"].to_pylist()
    [None]
    """
    planned = plan_calls(
        people, traits, decisions, volunteers, channels, alike=alike, key=key, by_chance=by_chance, topics=topics
    )
    return planned.spoken


def spoke_of(
    earlier: Mapping[int, pa.Table], outcomes: pa.Table | None, people: pa.Table, names: Sequence[str]
) -> tuple[Spoke, Spoke]:
    """What came of the calls of earlier rounds: of all of them, and of those whose messenger was drawn by chance.

    Args:
        earlier: round -> contract ``SPOKEN``; a round that did not write down what was compared is left out.
        outcomes: contract ``OUTCOMES``.
        people: contract ``people.PEOPLE``: who lives together.
        names: what is compared today.
    """
    parts = [
        table.append_column("round", pa.array([number] * table.num_rows, pa.int64()))
        for number, table in sorted(earlier.items())
        if {*SPOKEN.columns} <= {*table.column_names}
    ]
    if not parts or outcomes is None:
        none = _spoke(pa.table({"like": pa.array([], pa.list_(pa.float64()))}), names)
        return none, none
    with Engine() as engine:
        engine.register(
            spoken=pa.concat_tables(parts),
            outcomes=outcomes.select(["round", "person", "option", "value"]),
            people=people.select(["person", "household"]),
        )
        found = engine.table(
            'select s.faces, s."like", s.expected, s.drawn, s.messenger, o.value, '
            "s.round || ' ' || s.option || ' ' || s.\"group\" as block, "
            "coalesce(s.round || '|' || s.turf, p.household, s.person) as home from spoken s "
            "join outcomes o on o.round = s.round and o.person = s.person and o.option = s.option "
            "left join people p on p.person = s.person where s.messenger is not null order by s.round, s.person"
        )
    everything = _spoke(found, names)
    return everything, everything.part(found["drawn"].to_numpy(zero_copy_only=False).astype(bool))


def _spoke(table: pa.Table, names: Sequence[str]) -> Spoke:
    count, faces = table.num_rows, len(names)
    like, expected = np.zeros((count, faces)), np.zeros((count, faces))
    if not count:
        none = np.zeros(0, dtype=np.int64)
        return Spoke(tuple(names), like, expected, np.zeros(0), none, none)
    place_of = {name: place for place, name in enumerate(names)}
    rows = zip(table["faces"].to_pylist(), table["like"].to_pylist(), table["expected"].to_pylist(), strict=True)
    for row, (then, own, others) in enumerate(rows):
        # What nobody compared yet in a round is as expected there: nothing is learnt of it.
        for name, one, other in zip(then, own, others, strict=True):
            if (place := place_of.get(name)) is not None:
                like[row, place], expected[row, place] = one, other
    codes = [
        pc.fill_null(table[name].combine_chunks().dictionary_encode().indices, -1).to_numpy().astype(np.int64)
        for name in ("block", "home")
    ]
    value = table["value"].to_numpy().astype(np.float64)
    return Spoke(tuple(names), like, expected, value, codes[0], codes[1], table["messenger"].to_pylist())
