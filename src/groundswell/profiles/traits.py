"""Traits as a table: one row a person, numbers and categories only, household facts beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles.built_in import DAY, recent_events, topic_named
from groundswell.profiles.settings import Topic, Trait
from groundswell.tables import evaluate
from groundswell.vocabulary import CONTACTS, ExpressionError

CONTACTS_WITHIN = 60
"""Days for which a contact counts as recent."""
TEAM = "~team"
"""The column of rows that says who works together."""
SIZE = "household_size"
"""How many people of the file live together."""


def trait_columns(table: pa.Table) -> list[str]:
    """The trait columns of a profile table, without the ids.

    >>> trait_columns(pa.table({"person": ["a"], "unit": ["a"], "age": [3.0]}))
    ['age']
    """
    return [name for name in table.column_names if name not in {"person", "unit"}]


def profile(
    people: pa.Table,
    rows: pa.Table,
    traits: Sequence[Trait],
    *,
    file: str,
    day: date = date.max,
    events: pa.Table | None = None,
    topics: Sequence[Topic] = (),
) -> pa.Table:
    """Compute everybody's traits.

    Args:
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people, with ``_row``.
        traits: what to compute.
        file: where the traits are declared, for errors.
        day: as of when, for traits that are built in.
        events: ``person, at, what`` of what people did, for those that count events.
        topics: whose events these are.

    Returns:
        ``person``, ``unit``, then for each trait a float64 column (numbers; yes/no as 1 and 0) or a string column
        (categories). Where people live together also ``household_size`` and the household's mean of each number.

    Raises:
        ExpressionError: when an expression fails, or gives what is neither a number, a category nor yes/no.

    >>> people = pa.table({"person": ["a", "b"], "unit": ["h", "h"], "household": ["h", "h"], "row": [1, 2]})
    >>> rows = pa.table({"_row": [1, 2], "born": [1950, 1990]})
    >>> profile(people, rows, [Trait("age", "2026 - born")], file="campaign.toml").select([2, 3, 4]).to_pylist()[0]
    {'age': 76.0, 'household_size': 2.0, 'household_age': 56.0}
    """
    wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    said = {trait.name: trait.sql for trait in traits if trait.events is None}
    dated = rows.append_column(DAY, pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows)) if said else rows
    found = evaluate(said, dated, file=file, section="traits").take(wanted) if said else dated
    computed = {name: found[name] for name in said}
    for trait in traits:
        if trait.events is not None:
            topic, nobody = topic_named(topics, trait.events), np.zeros(people.num_rows)
            count = nobody if events is None else recent_events(people, events, topic, day)
            computed[trait.name] = pa.chunked_array([pa.array(count)])
    team = _teams(rows, wanted) if any(trait.share == "team" for trait in traits) else None
    house = people["household"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    columns: dict[str, pa.Array] = {"person": people["person"], "unit": people["unit"]}
    for trait in traits:
        columns[trait.name] = _plain(computed[trait.name], trait, house, team, file)
    size = np.bincount(house)
    if size.size and size.max() > 1:
        columns[SIZE] = pa.array(size[house].astype(np.float64))
        for trait in traits:
            if pa.types.is_floating(columns[trait.name].type):
                columns[f"household_{trait.name}"] = pa.array(
                    _household_mean(columns[trait.name].to_numpy(zero_copy_only=False), house)
                )
    return pa.table(columns)


def with_home_means(traits: pa.Table, people: pa.Table) -> pa.Table:
    """Traits whose means over the home follow those of its people, after some were changed.

    Args:
        traits: ``person``, ``unit`` and traits, in the order of the people.
        people: contract ``people.PEOPLE``.

    >>> people = pa.table({"household": ["h", "h"]})
    >>> told = pa.table({"person": ["a", "b"], "age": [70.0, 30.0], "household_age": [30.0, 30.0]})
    >>> with_home_means(told, people)["household_age"].to_pylist()
    [50.0, 50.0]
    """
    house = None
    for place, name in enumerate(traits.column_names):
        own = name.removeprefix("household_")
        if own != name and own in traits.column_names:
            if house is None:
                home = people["household"].combine_chunks().dictionary_encode()
                house = home.indices.to_numpy().astype(np.int64)
            mean = _household_mean(traits[own].to_numpy(), house)
            traits = traits.set_column(place, name, pa.array(mean))
    return traits


def with_contacts(traits: pa.Table, contacts: pa.Table, today: date) -> pa.Table:
    """Traits with ``recent_contacts``: contacts of the unit in the last 60 days. What is said often wears off.

    Args:
        traits: ``person``, ``unit`` and traits.
        contacts: ``unit`` and ``on`` of contacts.
        today: the day; contacts on it or later do not count.

    >>> traits = pa.table({"person": ["a", "b"], "unit": ["a", "b"]})
    >>> contacts = pa.table({"unit": ["a"], "on": [date(2026, 11, 1)]})
    >>> with_contacts(traits, contacts, date(2026, 11, 29))["recent_contacts"].to_pylist()
    [1.0, 0.0]
    """
    since, until = pa.scalar(today - timedelta(days=CONTACTS_WITHIN), pa.date32()), pa.scalar(today, pa.date32())
    recent = contacts.filter(pc.and_(pc.greater_equal(contacts["on"], since), pc.less(contacts["on"], until)))
    units = traits["unit"].combine_chunks().dictionary_encode()
    places = pc.index_in(recent["unit"], value_set=units.dictionary).drop_null().to_numpy()
    count = np.bincount(places, minlength=len(units.dictionary)).astype(np.float64)
    return traits.append_column(CONTACTS, pa.array(count[units.indices.to_numpy()]))


def _teams(rows: pa.Table, wanted: pa.ChunkedArray) -> NDArray[np.int64]:
    """(n,) the place of each person's team; whoever has none is one alone."""
    if TEAM not in rows.column_names:
        return np.arange(len(wanted))
    named = rows[TEAM].take(wanted).combine_chunks().dictionary_encode()
    place = np.asarray(pc.fill_null(named.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.where(place < 0, len(named.dictionary) + np.arange(len(place)), place)


def _plain(
    values: pa.ChunkedArray, trait: Trait, house: NDArray[np.int64], team: NDArray[np.int64] | None, file: str
) -> pa.Array:
    found = values.type
    try:
        if trait.type == "category" or (trait.type is None and pa.types.is_string(found)):
            if trait.share:
                raise pa.ArrowInvalid("a category cannot be shared")
            return values.cast(pa.string()).combine_chunks()
        if pa.types.is_boolean(found):
            values = values.cast(pa.int8())
        elif not (pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_decimal(found)):
            raise pa.ArrowInvalid(f"a value of type {found}")
        numbers = values.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False).copy()
    except pa.ArrowInvalid as error:
        raise ExpressionError(
            f"The trait {trait.name} cannot be used.",
            file=file,
            key=f"traits.{trait.name}",
            found=str(error),
            expected="an expression that gives a number, yes/no (true, false) or a category (text)",
            hint="A date becomes a number with  date_diff('year', born, DATE '2026-01-01').",
        ) from error
    numbers[~np.isfinite(numbers)] = np.nan
    if trait.share == "team" and team is not None:
        return pa.array(_household_mean(numbers, team))
    return pa.array(_any_of_household(numbers, house) if trait.share else numbers)


def _any_of_household(numbers: NDArray[np.float64], house: NDArray[np.int64]) -> NDArray[np.float64]:
    best = np.full(house.max() + 1, -np.inf)
    np.maximum.at(best, house, np.where(np.isnan(numbers), -np.inf, numbers))
    shared = best[house]
    return np.where(np.isinf(shared), np.nan, shared)


def _household_mean(numbers: NDArray[np.float64], house: NDArray[np.int64]) -> NDArray[np.float64]:
    known = ~np.isnan(numbers)
    count = np.bincount(house, known)
    total = np.bincount(house, np.where(known, numbers, 0.0))
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)[house])
