"""Pairs and their patterns: of the candidates, and of random pairs, which tell how often strangers are alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from groundswell.people.linking.cleaning import CLEAN
from groundswell.people.linking.comparing import ALIKE, BITS, Comparison, pattern_sql
from groundswell.people.linking.learning import CODES, Floats, strangers_of
from groundswell.people.linking.records import VALUES, shares_of
from groundswell.tables import Engine

_SIDE = re.compile(r"\b([lr])\.(\w+)")
_COLUMNS = (*CLEAN, "source", "nicks", *(f"{name}_rarity" for name in VALUES))
# First and last name in each other's place; only where they are not alike as they stand.
_SWAPPED = (
    "l_first[1] = r_last[1] and l_last[1] = r_first[1] "
    "and least(jaro_winkler_similarity(l_first, r_last), jaro_winkler_similarity(l_last, r_first)) >= 0.88 "
    "and greatest(jaro_winkler_similarity(l_first, r_first), jaro_winkler_similarity(l_last, r_last)) < 0.8"
)
_TURNED = {"r_first": "r_last", "r_first1": "r_last", "r_last": "r_first"}
_RANDOM = 300_000


def score(engine: Engine, pairs: str, target: str, comparisons: Sequence[Comparison]) -> None:
    """Make a table of pairs with their patterns: ``l, r, pattern``.

    Args:
        engine: where ``record`` is.
        pairs: a table with ``l`` and ``r``, ids of records.
        target: what to call it.
        comparisons: in the order of a pattern's bits.
    """
    pattern = _SIDE.sub(r"\1_\2", pattern_sql(comparisons))
    alike = {name: _SIDE.sub(r"\1_\2", sql) for name, sql in ALIKE.items() if f"l_{name}" in pattern}
    asked = " ".join([pattern, *alike.values()])
    wanted = sorted({name for name in _COLUMNS if re.search(rf"[lr]_{name}\b", asked)} | {"first", "last"})
    both = ", ".join(f"{side}.{name} as {side}_{name}" for side in "lr" for name in wanted)
    turned = ", ".join(
        f"case when l_swapped then {other} else {name} end as {name}"
        for name, other in _TURNED.items()
        if name[2:] in wanted
    )
    also = "".join(f", {sql} as l_{name}" for name, sql in alike.items())
    engine.run(
        f"create or replace temp table {target} as select lid as l, rid as r, {pattern} as pattern from (select *{also} from "
        f"(select * replace ({turned}) from (select *, coalesce({_SWAPPED}, false) as l_swapped from ("
        f"select p.l as lid, p.r as rid, {both} from {pairs} p join record l on l.id = p.l join record r on r.id = p.r))))"
    )


def strangers(engine: Engine, records: int, comparisons: Sequence[Comparison], *, seed: int) -> Floats:
    """How often strangers have each code, from random pairs; one row a comparison.

    Args:
        engine: where ``record`` is.
        records: how many there are.
        comparisons: in the order of a pattern's bits.
        seed: of the draw.
    """
    every = records * (records - 1) // 2
    if every <= _RANDOM:
        left, right = np.triu_indices(records, 1)
    else:
        draw = np.random.default_rng([seed, records])
        left, right = draw.integers(0, records, _RANDOM), draw.integers(0, records, _RANDOM)
        left, right = left[left != right], right[left != right]
    engine.register(random=pa.table({"l": left.astype(np.int64), "r": right.astype(np.int64)}))
    score(engine, "random", "randomly", comparisons)
    found = np.ones((len(comparisons), CODES))
    for place, one in enumerate(comparisons):
        counted = engine.table(
            f"select (pattern >> {BITS * place}) & {CODES - 1} as code, count(*) as n from randomly group by code"
        ).to_pylist()
        counts = {int(row["code"]): int(row["n"]) for row in counted}
        found[place] = strangers_of(one, counts, shares_of(engine, one.value) if one.value else {})
    engine.run("drop table randomly")
    return found
