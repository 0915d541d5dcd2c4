"""Who is the same person, within a list and across lists."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from groundswell.people.linking.blocking import candidates
from groundswell.people.linking.cleaning import needed
from groundswell.people.linking.comparing import Comparison, used
from groundswell.people.linking.grouping import Grouped, Links, group, with_odds
from groundswell.people.linking.learning import Floats, Weights, learn
from groundswell.people.linking.nicknames import available
from groundswell.people.linking.records import Tables, Taken, parts_of, take_in
from groundswell.people.linking.scoring import score, strangers
from groundswell.tables import Contract, Engine
from groundswell.vocabulary import DataError, words

LINKED = Contract(
    "linked",
    {"source": pa.string(), "row": pa.int64(), "person_id": pa.string(), "match_probability": pa.float64()},
    nullable=frozenset({"match_probability"}),
)
"""One row a row that was given, in the same order. ``row`` counts from 0 in each table."""
MEMORY = "1500MB"
_SOME = 100_000
"""Pairs that one rule may bring, beside as many as there are records."""


class LinkWarning(UserWarning):
    """Something could not be done for lack of columns, of the extra ``link``, or because too many share a value."""


def link(
    tables: Tables, *, columns: Mapping[str, str] | None = None, threshold: float = 0.9, seed: int = 0
) -> pa.Table:
    """Say of every row who it is: rows with the same ``person_id`` are the same person.

    Nothing has to be labelled or set: what likeness is worth is learnt from the rows (Fellegi and Sunter 1969; Winkler 2000),
    with people of one home as a kind of their own, so that what a home shares does not make one of two. Every group of linked
    rows is then looked at as a whole, and cut where it holds two who cannot be one. The order of rows and of tables changes
    nothing.

    Args:
        tables: one table or several, by name or in a list: Arrow, pandas, polars, a DuckDB relation, dicts.
        columns: what a column tells (``first_name, last_name, name, birth_date, birth_year, sex, phone, email, address,
            number, unit, city, state, postcode``) -> its name, the same in all tables that have it; None: as their names say.
        threshold: the least probability of a link.
        seed: of the random pairs that tell how often strangers are alike.

    Returns:
        ``source, row, person_id, match_probability`` (contract ``LINKED``) in the order of the input; the probability is that
        of the row's strongest link, null where it has none. Without names, tables are called "1", "2" and so on.

    Raises:
        DataError: when something is no table, a role or column is named that there is not, or the threshold is none.

    >>> shop = [{"name": "Ann Bell", "dob": "1950-02-03", "tel": "202 555 0101"}, {"name": "Bob Stone", "dob": "1961-07-12"}]
    >>> club = [{"name": "Bell, Ann", "dob": "02/03/1950"}, {"name": "Robert Stone", "dob": "1961-07-12"}]
    >>> found = link({"shop": shop, "club": club})["person_id"].to_pylist()
    >>> found[0] == found[2], found[1] == found[3], found[0] == found[1]
    (True, True, False)
    """
    if not 0.0 < threshold < 1.0:
        raise DataError(
            "The threshold of links is no probability.",
            key="threshold",
            found=str(threshold),
            expected="more than 0 and less than 1",
            hint="0.9 is usual: lower finds more, and joins more who are two.",
        )
    with tempfile.TemporaryDirectory() as place, Engine(memory=MEMORY, spill=Path(place)) as engine:
        parts = parts_of(engine, tables, columns, Path(place))
        taken = take_in(engine, parts)
        looked = look(engine, taken)
        weights = train(engine, taken, looked, seed=seed)
        found = grouped(engine, taken, weights, threshold)
        for one in (*not_done([dict(part.roles) for part in parts], looked), *too_large(found)):
            warnings.warn(one.told(), LinkWarning, stacklevel=2)
        return LINKED.check(_answer(engine, found, weights, threshold))


@dataclass(frozen=True)
class Shortfall:
    """Something that could not be done.

    Attributes:
        kind: what: the last part of ``link.told.<kind>`` in the catalogues.
        records: how many it is about; 0 where that says nothing.
    """

    kind: str
    records: int = 0

    def told(self) -> str:
        """As a sentence, for whoever calls :func:`link`.

        >>> Shortfall("large_groups", 5000).told()
        '5,000 records hung together in groups too large to compare every pair: only their surest links were followed.'
        """
        kind = "no_role" if self.kind == "no_column" else self.kind
        return words()(f"link.told.{kind}", records=f"{self.records:,}")


@dataclass(frozen=True)
class Looked:
    """Which pairs were looked at.

    Attributes:
        comparisons: what they were compared by.
        left: records that were compared with nobody, because too many share what they have.
    """

    comparisons: tuple[Comparison, ...]
    left: int


def look(engine: Engine, taken: Taken, *, only_new: bool = False) -> Looked:
    """Make ``scored`` (``l, r, pattern``): the pairs that have something rare in common, and how alike they are."""
    comparisons = used(taken.columns, taken.sources)
    left = candidates(engine, taken.columns, budget=taken.records + _SOME, only_new=only_new)
    score(engine, "pair", "scored", comparisons)
    return Looked(comparisons, left)


def train(engine: Engine, taken: Taken, looked: Looked, *, seed: int) -> Weights:
    """Learn what likeness is worth from the pairs in ``scored``, and from random ones."""
    apart = strangers(engine, taken.records, looked.comparisons, seed=seed)
    engine.run("create or replace temp table counted as select pattern, count(*) as n from scored group by pattern")
    return learn_counted(engine, taken.records, looked.comparisons, apart)


def learn_counted(
    engine: Engine,
    records: int,
    comparisons: Sequence[Comparison],
    apart: Floats,
    *,
    said: Mapping[int, tuple[float, float]] | None = None,
) -> Weights:
    """Learn from how many pairs there are of each pattern, in ``counted``, and from what people said of patterns."""
    seen = engine.table("select pattern, n from counted order by pattern")
    everything = max(records * (records - 1) / 2, 1.0)
    patterns, counts = seen["pattern"].to_numpy(), seen["n"].to_numpy()
    return learn(comparisons, apart, patterns, counts, everything=everything, said=said)


def least_odds(threshold: float) -> float:
    """A probability as log odds, base 2.

    >>> least_odds(0.5)
    0.0
    """
    return float(np.log2(threshold / (1.0 - threshold)))


def links_of(engine: Engine, table: str, least: float) -> Links:
    """The links among pairs that have ``odds``."""
    found = engine.table(f"select l, r, odds from {table} where odds >= {least} order by l, r")
    left, right, odds = (found[name].to_numpy() for name in ("l", "r", "odds"))
    return Links(left, right, odds)


def grouped(engine: Engine, taken: Taken, weights: Weights, threshold: float) -> Grouped:
    """Who is who among the records."""
    least = least_odds(threshold)
    with_odds(engine, "scored", weights, target="worth")
    return group(engine, taken.records, weights, links_of(engine, "worth", least), least=least)


def not_done(roles: Sequence[Mapping[str, str]], looked: Looked) -> list[Shortfall]:
    """What could not be done."""
    told = []
    if not any(needed(one) for one in roles):
        told.append(Shortfall("no_column"))
    if not available() and any("first_name" in one or "name" in one for one in roles):
        told.append(Shortfall("no_nicknames"))
    if looked.left:
        told.append(Shortfall("compared_with_nobody", looked.left))
    return told


def too_large(found: Grouped) -> list[Shortfall]:
    """Says where groups were too large to look at every pair."""
    return [Shortfall("large_groups", found.broken)] if found.broken else []


def place_rows(engine: Engine, found: Grouped, weights: Weights, threshold: float) -> None:
    """Make ``placed``: a row each with ``label`` and ``again``, which name the person, and ``odds`` of the best link.

    Of one record many rows: each is its own person where nothing ties them, neither what they say nor another record.
    """
    records = pa.table({"id": np.arange(len(found.label)), "label": found.label, "odds": found.best})
    engine.register(person=records)
    engine.run("create or replace temp table itself as select id as l, id as r from plain where lines > 1")
    score(engine, "itself", "own", weights.comparisons)
    with_odds(engine, "own", weights, target="alike")
    engine.run(
        "create or replace temp table placed as select nth, l.source, row, l.key, p.label, r.mark, "
        f"greatest(p.odds, a.odds) as odds, case when lines > 1 and greatest(p.odds, a.odds) < {least_odds(threshold)} "
        "then row_number() over (partition by l.record order by nth) else 1 end as again "
        "from line l join person p on p.id = l.record join plain r on r.id = l.record "
        "left join alike a on a.l = l.record"
    )


def probability_sql(threshold: float) -> str:
    """SQL of the probability of a row's best link; null where it has none."""
    return f"case when odds >= {least_odds(threshold)} then 1 / (1 + pow(2.0, -odds)) end"


def _answer(engine: Engine, found: Grouped, weights: Weights, threshold: float) -> pa.Table:
    """The rows in order, each with its person."""
    place_rows(engine, found, weights, threshold)
    engine.run(
        "create or replace temp table called as select *, row_number() over (partition by first order by label, again) as n "
        "from (select label, again, min(mark) as first from placed group by label, again)"
    )
    return engine.table(
        "select source, row, left(case when n = 1 then first else md5(first || '#' || n) end, 16) as person_id, "
        f"{probability_sql(threshold)} as match_probability from placed join called using (label, again) order by nth"
    )
