"""Traits that need no SQL: how often somebody did something of late, how long they have been with us, how old, how far.

They are as of a day: today for a plan, and the day before the first sending for what is learnt from the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles.settings import NearSpec, Topic, Trait, TraitSpec
from groundswell.tables import Engine, quote_literal, quote_name

DAY = "_day"
"""The column that these expressions read the day from."""
HALF_LIFE = 180
"""Days after which an event counts half."""
_BANDS = ((18, "under 18"), (25, "18 to 24"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64"))
_BANDS_END = ((75, "65 to 74"), (130, "75 and older"))
_EARTH = 6_371.0


def trait_of(name: str, said: TraitSpec, types: Mapping[str, str]) -> Trait:
    """A trait as it was declared, built in or not.

    Args:
        name: its id.
        said: what stands in the file; one of ``sql``, ``events``, ``since``, ``age_band`` and ``near``.
        types: column -> its declared type.

    >>> trait_of("years", TraitSpec(since="joined"), {}).columns
    (('joined', 'date'),)
    """
    plain = Trait(name, said.sql or "", said.type, said.share, said.at, said.sensitivity)
    if said.events is not None:
        return replace(plain, events=said.events)
    if said.since is not None:
        return replace(plain, sql=years_since(said.since), columns=((said.since, "date"),))
    if said.age_band is not None:
        is_year = types.get(said.age_band, "year") in {"year", "number"}
        columns = ((said.age_band, "year" if is_year else "date"),)
        return replace(plain, sql=age_band(said.age_band, is_year=is_year), type="category", columns=columns)
    if said.near is not None:
        both = ((said.near.latitude, "number"), (said.near.longitude, "number"))
        return replace(plain, sql=kilometres(said.near), columns=both)
    return plain


def years_since(column: str) -> str:
    """SQL: the years since a date, 0 where it lies ahead, blank where there is none.

    >>> years_since("joined")
    'case when "joined" <= _day then (_day - "joined") / 365.25 when "joined" > _day then 0 end'
    """
    name = quote_name(column)
    return f"case when {name} <= {DAY} then ({DAY} - {name}) / 365.25 when {name} > {DAY} then 0 end"


def age_band(column: str, *, is_year: bool) -> str:
    """SQL: the age band of a year or a date of birth, as a text.

    Args:
        column: of the birth.
        is_year: True: it holds a year only.
    """
    born = quote_name(column)
    age = f"(year({DAY}) - {born})" if is_year else f"date_part('year', age({DAY}, {born}))"
    bands = (*_BANDS, *_BANDS_END)
    cases = " ".join(f"when {age} < {above} then {quote_literal(name)}" for above, name in bands)
    return f"case when {age} < 0 then null {cases} end"


def kilometres(near: NearSpec) -> str:
    """SQL: the distance from a place as the crow flies (haversine), blank where there are no coordinates or impossible ones.

    Args:
        near: the columns, and the place.
    """
    lat, lon = quote_name(near.latitude), quote_name(near.longitude)
    there_lat, there_lon = near.of
    half = (
        f"pow(sin(radians({lat} - {there_lat}) / 2), 2) + cos(radians({lat})) * cos(radians({there_lat})) "
        f"* pow(sin(radians({lon} - {there_lon}) / 2), 2)"
    )
    possible = f"abs({lat}) <= 90 and abs({lon}) <= 180 and not ({lat} = 0 and {lon} = 0)"
    return f"case when {possible} then {2 * _EARTH} * asin(sqrt(least({half}, 1))) end"


def recent_events(people: pa.Table, events: pa.Table, topic: Topic, day: date) -> NDArray[np.float64]:
    """(n,) how often each person did what shows interest in a topic, each time counted half for every 180 days since.

    Args:
        people: ``person``, n rows.
        events: ``person, at, what`` of what people did.
        topic: whose events are counted.
        day: what happened later counts for nothing.

    >>> went = pa.table({"person": ["ada", "ada"], "at": [date(2026, 11, 1), date(2026, 5, 5)], "what": ["fair", "fair"]})
    >>> schools = Topic("schools", "Schools", events=("fair",))
    >>> recent_events(pa.table({"person": ["ada", "ben"]}), went, schools, date(2026, 11, 1)).tolist()
    [1.5, 0.0]
    """
    named = ", ".join(map(quote_literal, topic.events)) or "null"
    on = f"date {quote_literal(day.isoformat())}"
    with Engine() as engine:
        engine.register(did=events)
        found = engine.table(
            f"select person, sum(pow(0.5, date_diff('day', \"at\", {on}) / {HALF_LIFE}.0)) as strength from did "
            f'where what in ({named}) and "at" <= {on} group by person'
        )
    place = pc.index_in(people["person"], value_set=found["person"].combine_chunks()).combine_chunks()
    return np.asarray(pc.fill_null(found["strength"].combine_chunks().take(place), 0.0).to_numpy(zero_copy_only=False))


def topic_named(topics: Sequence[Topic], name: str) -> Topic:
    """The topic of a name that is known to be there.

    >>> topic_named([Topic("schools", "Schools")], "schools").about
    'Schools'
    """
    return next(topic for topic in topics if topic.name == name)
