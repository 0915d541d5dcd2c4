"""Chances as they were given what a unit had been through.

Who is held out is drawn once and holds for all rounds; what a round logs are the chances before that draw. Whoever was
contacted before is surely not held out, and got nothing less often than was logged; whoever never was is the likelier held
out. Over all units that is right on average, and wherever something hangs on what they went through - how tired they are,
what a rule on frequency closes - it is not. Given the options a unit had before, the chances of the next are exact
(sequential randomisation: Robins 1986), and with these people who had been contacted are held against others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.vocabulary import NOTHING

_NEVER = 1e-12


def given_history(decisions: Sequence[pa.Table]) -> list[pa.Table]:
    """Decisions of several rounds, with the chances given what each unit had got in the rounds before.

    Args:
        decisions: contract ``listen.DECISIONS``, a round each; the share that was held out stands in the metadata of their
            ``propensities``. Whoever takes part in an experiment is not held out, and has its design's chances.

    Returns:
        The same tables in the same order. Where a unit got what it could not get, for the plan had to be changed, its logged
        chances stand.
    """
    shares = sorted({share for table in decisions if (share := held_out(table)) > 0})
    if not shares:
        return list(decisions)
    edges = np.array([0.0, *shares, 1.0])
    names = pa.chunked_array([chunk for table in decisions for chunk in table["unit"].chunks], pa.string()).unique()
    belief = np.tile(np.diff(edges), (len(names), 1))
    found = list(decisions)
    for place in sorted(range(len(found)), key=lambda one: pc.min(found[one]["round"]).as_py() or 0):
        table, share = found[place], held_out(found[place])
        if not share or table["propensities"].null_count:
            continue
        unit = pc.index_in(table["unit"], value_set=names).to_numpy().astype(np.int64)
        held = edges[1:] <= share + _NEVER
        logged, options = _logged(table)
        nothing, drawn = options.index(NOTHING), pc.index_in(table["option"], value_set=pa.array(options))
        design = pc.equal(table["reason"], "experiment").to_numpy().astype(bool)
        told = drawn.to_numpy().astype(np.int64)
        free = logged / (1.0 - share)
        free[:, nothing] = np.maximum(free[:, nothing] - share / (1.0 - share), 0.0)
        before = belief[unit]
        certain = before.sum(axis=1)
        kept = np.divide(before[:, held].sum(axis=1), certain, out=np.zeros(len(unit)), where=certain > 0)
        given = free * (1.0 - kept)[:, None]
        given[:, nothing] += kept
        odd = design | (given[np.arange(len(unit)), told] <= _NEVER)
        given[odd] = logged[odd]
        found[place] = _with(table, given)
        quiet = (told == nothing) & ~design
        before[:, ~held] *= np.where(quiet, free[:, nothing], 1.0)[:, None]
        before[:, held] *= quiet[:, None]
        belief[unit] = before
    return found


def held_out(table: pa.Table) -> float:
    """The share of units that a round's logged chances count as held out; 0 where nothing says so."""
    said = table.schema.field("propensities").metadata or {}
    return float(said.get(b"holdout", b"0"))


def _logged(table: pa.Table) -> tuple[NDArray[np.float64], list[str]]:
    """(units, options) the logged chances, and the options."""
    options = table.schema.field("propensities").metadata[b"options"].decode().split("\n")
    flat = table["propensities"].combine_chunks().flatten().to_numpy().reshape(-1, len(options))
    return flat.astype(np.float64), options


def _with(table: pa.Table, chances: NDArray[np.float64]) -> pa.Table:
    field = table.schema.field("propensities")
    offsets = pa.array(np.arange(0, chances.size + 1, chances.shape[1], dtype=np.int32))
    lists = pa.ListArray.from_arrays(offsets, pa.array(chances.ravel())).cast(field.type)
    return table.set_column(table.schema.get_field_index("propensities"), field, lists)
