"""Each call to the volunteer who is most like the person called, as far as their hours go.

That people listen to their like is a hypothesis, and no more is made of it here: it decides who calls, never who is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.channels import Channel
from groundswell.profiles import INTEREST, SCORE, trait_columns
from groundswell.stats import draw
from groundswell.tables import Contract
from groundswell.vocabulary import NOTHING, split_option

SPOKEN = Contract(
    "spoken",
    {
        "unit": pa.string(),
        "person": pa.string(),
        "messenger": pa.string(),
        "name": pa.string(),
        "similarity": pa.float64(),
        "alike": pa.list_(pa.string()),
    },
    nullable=frozenset({"messenger", "name", "similarity"}),
)
"""Who is to speak to each person through a channel that somebody carries; blank where no volunteer has an hour left."""

_MOST_CANDIDATES = 500
_AT_ONCE = 256  # calls whose likeness to their candidates is reckoned together
_CLOSE = 0.5  # standard deviations within which two people are alike in a number


def assign(
    people: pa.Table,
    traits: pa.Table,
    decisions: pa.Table,
    volunteers: pa.Table,
    channels: Mapping[str, Channel],
    *,
    alike: Sequence[str] = (),
    key: str,
) -> pa.Table:
    """Find a volunteer for each person who is to be spoken to.

    Args:
        people: contract ``people.PEOPLE``.
        traits: everybody's traits, in the order of the people.
        decisions: contract ``DECISIONS``.
        volunteers: ``messenger``, ``person`` and ``hours``; who they are stands in the file of people.
        channels: by id; those with ``by`` are carried.
        alike: traits in which a volunteer should be like the person; empty: all but interests and scores.
        key: of the draw of who is served first.

    Returns:
        Contract ``SPOKEN``. Nobody speaks to their own household, and nobody longer than their hours.

    >>> people = pa.table({"person": ["ada", "ben", "eve"], "unit": ["ada", "ben", "eve"], "household": ["1", "2", "3"]})
    >>> people = people.append_column("name", pa.array(["Ada", "Ben", "Eve"])).append_column("stop", pa.array([False] * 3))
    >>> traits = pa.table({"person": ["ada", "ben", "eve"], "unit": ["ada", "ben", "eve"], "age": [86.0, 20.0, 90.0]})
    >>> made = pa.table({"unit": ["ada"], "option": ["hello/phone"]})
    >>> callers = pa.table({"messenger": ["v1", "v2"], "person": ["ben", "eve"], "hours": [1.0, 1.0]})
    >>> phone = Channel("phone", "endpoint", {}, {"caller_hours": 0.05}, ("volunteer",))
    >>> assign(people, traits, made, callers, {"phone": phone}, key="spring").select(["person", "name"]).to_pylist()
    [{'person': 'ada', 'name': 'Eve'}]
    """
    ids = people["person"].combine_chunks()
    who = pc.index_in(volunteers["person"], value_set=ids)
    known = volunteers.filter(pc.is_valid(who))
    speakers = who.drop_null().to_numpy().astype(np.int64)
    hours = known["hours"].to_numpy().astype(np.float64).copy()
    calls, need = _calls(people, decisions, channels)
    names = [name for name in (alike or trait_columns(traits)) if not name.startswith((INTEREST, SCORE))]
    faces = [_face(traits[name]) for name in names]
    home = people["household"].combine_chunks().dictionary_encode().indices.to_numpy()
    order = np.argsort(draw(ids.take(pa.array(calls)).to_pylist(), key=f"{key}|spoken"), kind="stable")
    chosen = np.full(len(calls), -1, dtype=np.int64)
    close = np.zeros(len(calls))
    # With very many volunteers, each call looks at as many as can be looked at, another part each time.
    width = min(len(speakers), _MOST_CANDIDATES)
    for start in range(0, len(order) if width else 0, _AT_ONCE):
        places = order[start : start + _AT_ONCE]
        near = ((start + np.arange(len(places)))[:, None] * width + np.arange(width)) % len(speakers)
        likeness = _likeness(faces, calls[places], speakers[near])
        likeness[home[speakers[near]] == home[calls[places]][:, None]] = -np.inf
        for place, candidates, like in zip(places, near, likeness, strict=True):
            like[hours[candidates] < need[place] - 1e-9] = -np.inf
            best = int(np.argmax(like))
            if like[best] > -np.inf:
                chosen[place], close[place] = candidates[best], like[best]
                hours[candidates[best]] -= need[place]
    return _spoken(people, calls, chosen, close, known, speakers, dict(zip(names, faces, strict=True)))


def all_through(units: pa.ChunkedArray, channel: str) -> pa.Table:
    """Decisions by which everybody would be spoken to through a channel: to ask who would speak to whom.

    >>> all_through(pa.chunked_array([["ada"]]), "phone").to_pylist()
    [{'unit': 'ada', 'option': 'any/phone'}]
    """
    return pa.table({"unit": units, "option": pa.repeat(pa.scalar(f"any/{channel}"), len(units))})


def with_endless_hours(volunteers: pa.Table) -> pa.Table:
    """Volunteers who never tire, for the same question; ``id`` or ``messenger``, and ``person_id`` or ``person``.

    >>> with_endless_hours(pa.table({"id": ["v1"], "person_id": ["eve"], "hours": [2.0]})).to_pylist()
    [{'messenger': 'v1', 'person': 'eve', 'hours': inf}]
    """
    ids = volunteers["id"] if "id" in volunteers.column_names else volunteers["messenger"]
    people = volunteers["person_id"] if "person_id" in volunteers.column_names else volunteers["person"]
    return pa.table({"messenger": ids, "person": people, "hours": pa.repeat(pa.scalar(float("inf")), len(ids))})


def _calls(
    people: pa.Table, decisions: pa.Table, channels: Mapping[str, Channel]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Whom somebody is to speak to, and the hours it takes."""
    need = {
        name: sum(hours for thing, hours in channel.uses.items() if thing.endswith("hours"))
        for name, channel in channels.items()
        if channel.by
    }
    mine = [
        option
        for option in pc.unique(decisions["option"]).to_pylist()
        if option != NOTHING and split_option(option)[1] in need
    ]
    wanted = decisions.filter(pc.is_in(decisions["option"], value_set=pa.array(mine, pa.string())))
    place = pc.index_in(people["unit"], value_set=wanted["unit"].combine_chunks())
    able = pc.and_(pc.is_valid(place), pc.invert(people["stop"]))
    rows = np.flatnonzero(able.to_numpy().astype(bool))
    options = wanted["option"].take(place.filter(able)).to_pylist()
    return rows, np.array([need[split_option(option)[1]] for option in options], dtype=np.float64)


def _face(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A trait as numbers: in standard deviations, or the code of a category and a mark that it is one (infinity apart)."""
    if pa.types.is_floating(column.type):
        values = column.to_numpy()
        spread = float(np.nanstd(values)) if (~np.isnan(values)).any() else 0.0
        return np.asarray(values / (spread or 1.0))
    codes = column.combine_chunks().dictionary_encode().indices
    found = pc.cast(codes, pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(found * 1e6)


def _likeness(
    faces: Sequence[NDArray[np.float64]], people: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, m): 1 where a person and each of the others are the same, less the further apart; a half where it is not known."""
    found = np.zeros(others.shape)
    for face in faces:
        like = np.exp(-np.abs(face[others] - face[people][:, None]))
        found += np.where(np.isnan(like), 0.5, like)
    return found / len(faces) if faces else found + 1.0


def _spoken(
    people: pa.Table,
    calls: NDArray[np.int64],
    chosen: NDArray[np.int64],
    close: NDArray[np.float64],
    volunteers: pa.Table,
    speakers: NDArray[np.int64],
    faces: Mapping[str, NDArray[np.float64]],
) -> pa.Table:
    ids, names = volunteers["messenger"].to_pylist(), people["name"].to_pylist()
    told: dict[str, list[object]] = {name: [] for name in SPOKEN.columns}
    person_ids, units = people["person"].to_pylist(), people["unit"].to_pylist()
    for person, messenger, likeness in zip(calls.tolist(), chosen.tolist(), close.tolist(), strict=True):
        speaker = int(speakers[messenger]) if messenger >= 0 else None
        told["unit"].append(units[person])
        told["person"].append(person_ids[person])
        told["messenger"].append(None if speaker is None else ids[messenger])
        told["name"].append(None if speaker is None else names[speaker])
        told["similarity"].append(None if speaker is None else likeness)
        same = (
            []
            if speaker is None
            else [name for name, face in faces.items() if abs(face[speaker] - face[person]) <= _CLOSE]
        )
        told["alike"].append(same)
    return SPOKEN.check(pa.table({name: pa.array(told[name], kind) for name, kind in SPOKEN.columns.items()}))
