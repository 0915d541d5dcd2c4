"""Experiments draw first: what they gave a unit is settled before anything is chosen for anybody.

Only units to whom every arm is open take part. Whether an option is open never hangs on what is drawn, so leaving the others
out favours no arm. Whoever is held out of the campaign is held out of its experiments as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.experiments import randomise
from groundswell.policy.batch import Trials
from groundswell.policy.held_out import Everywhere, held_out
from groundswell.policy.options import Openness
from groundswell.policy.settings import Limit, most_of
from groundswell.stats import draw
from groundswell.tables import Contract, evaluate
from groundswell.vocabulary import NOTHING

TRIALS = Contract(
    "trials",
    {
        "experiment": pa.string(),
        "unit": pa.string(),
        "drawn": pa.string(),
        "stratum": pa.string(),
        "option": pa.string(),
        "share": pa.float64(),
    },
)
"""Who takes part in which experiment of a round: ``drawn`` is what chance dealt with as one (the unit, its household, team or
place), ``share`` the probability of the option that it drew."""

DRAWN_BY = ("person", "household", "team")
"""What may be drawn as one, besides the values of a column."""


class Trial(NamedTuple):
    """An experiment that shall be drawn.

    Attributes:
        name: its name.
        key: what it is drawn with.
        shares: option, or ``nothing`` -> its share.
        by: ``person``, ``household``, ``team``, or an expression over the row; "": the unit.
        within: expressions over the row: the shares are kept within each of their values.
        where: a condition on the row; None: everybody.
        size: at most so many are drawn; None: all.
    """

    name: str
    key: str
    shares: Mapping[str, float]
    by: str = ""
    within: tuple[str, ...] = ()
    where: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Entered:
    """How many take part in an experiment, and why the others do not; in units, and ``drawn`` in what was drawn.

    Attributes:
        asked: those of whom somebody meets the condition.
        closed: of these, those to whom some arm is closed.
        held_out: those who are held out of the campaign.
        elsewhere: those who take part in another experiment of the round.
        left: those who are one too many for ``size`` or for a limit.
        units: those who take part.
        drawn: how many households, teams or places these are; units where they are drawn themselves.
        people: how many people.
        used: limit -> what it takes of it.
    """

    asked: int
    closed: int
    held_out: int
    elsewhere: int
    left: int
    units: int
    drawn: int
    people: int
    used: dict[str, float]


def draw_trials(
    trials: Sequence[Trial],
    openness: Openness,
    people: pa.Table,
    rows: pa.Table,
    *,
    limits: Sequence[Limit],
    campaign: str,
    holdout: float,
    everywhere: Everywhere | None = None,
    file: str,
) -> tuple[pa.Table, dict[str, Entered]]:
    """Draw the units of all experiments of a round, one experiment after the other.

    Args:
        trials: the experiments, those that were planned first first.
        openness: what is open to each unit.
        people: contract ``people.PEOPLE``, in the order of ``openness.unit``.
        rows: the typed rows of the people.
        limits: no experiment draws more units than every limit can carry.
        campaign: the campaign's name, by which the holdout is drawn.
        holdout: the share that is held out.
        everywhere: the part of it that other campaigns share.
        file: where expressions are declared, for errors.

    Returns:
        The units that take part (contract ``TRIALS``), and experiment -> how many do and do not.

    Raises:
        ExpressionError: when an expression fails on the rows.

    Four people to whom a letter is open, but for one of them:

    >>> people = pa.table({"person": list("abcd"), "row": [1, 2, 3, 4]})
    >>> is_open = np.array([[True], [True], [True], [False]])
    >>> ids, use = tuple("abcd"), np.ones((4, 1, 0))
    >>> openness = Openness(ids, ids, np.arange(4), ("letter/post",), (~is_open).astype(np.int8), use, use, is_open, use)
    >>> trial = Trial("letters", "spring", {"nothing": 0.5, "letter/post": 0.5})
    >>> rows = pa.table({"_row": [1, 2, 3, 4]})
    >>> drawn, entered = draw_trials([trial], openness, people, rows, limits=[], campaign="x", holdout=0.0, file="f")
    >>> drawn["unit"].to_pylist(), entered["letters"].closed
    (['a', 'b', 'c'], 1)
    """
    scarce = [limit for limit in limits if limit.per is None]
    room = most_of(limits) * (1 - 1e-6)  # sums are rounded
    held = held_out(openness.unit_ids, campaign=campaign, holdout=holdout, everywhere=everywhere)
    taken = np.zeros(len(held), dtype=bool)
    found, entered = [], {}
    for trial in trials:
        places = [openness.options.index(arm) for arm in trial.shares if arm != NOTHING]
        able = openness.is_open[:, places].all(axis=1)
        said = _said(trial, openness, people, rows, file)
        asked = said.asked & (said.drawn != "")
        free = asked & able & ~held
        inside = free & ~taken
        use = _uses(trial, openness)
        member, option = _members(trial, said, inside, use, room, openness.unit_ids)
        used = _used(option, use)
        room = room - used
        size = np.bincount(openness.unit, minlength=len(held))
        entered[trial.name] = Entered(
            asked=int(asked.sum()),
            closed=int((asked & ~able).sum()),
            held_out=int((asked & able & held).sum()),
            elsewhere=int((free & taken).sum()),
            left=int((inside & ~member).sum()),
            units=int(member.sum()),
            drawn=len(set(said.drawn[member].tolist())),
            people=int(size[member].sum()),
            used={limit.name: float(amount) for limit, amount in zip(scarce, used, strict=True)},
        )
        taken |= member
        arms, mine = np.array(list(trial.shares)), np.flatnonzero(member)
        found.append(
            pa.table(
                {
                    "experiment": pa.array([trial.name] * len(mine), pa.string()),
                    "unit": pa.array([openness.unit_ids[place] for place in mine], pa.string()),
                    "drawn": pa.array(said.drawn[mine].tolist(), pa.string()),
                    "stratum": pa.array(said.stratum[mine].tolist(), pa.string()),
                    "option": pa.array(arms[option[mine]].tolist(), pa.string()),
                    "share": pa.array([trial.shares[arms[arm]] for arm in option[mine]], pa.float64()),
                }
            )
        )
    none = pa.table({name: pa.array([], kind) for name, kind in TRIALS.columns.items()})
    return TRIALS.check(pa.concat_tables([none, *found])), entered


def as_trials(table: pa.Table, shares: Mapping[str, Mapping[str, float]], openness: Openness) -> Trials | None:
    """What experiments drew, for the units of a batch; None where they drew nothing for any of them.

    Args:
        table: contract ``TRIALS``.
        shares: experiment -> arm -> its share.
        openness: the units and options of the batch.

    >>> use, is_open = np.ones((1, 1, 0)), np.array([[True]])
    >>> openness = Openness(("a",), ("a",), np.arange(1), ("letter/post",), is_open * np.int8(0), use, use, is_open, use)
    >>> table = pa.table({"experiment": ["letters"], "unit": ["a"], "option": ["letter/post"]})
    >>> as_trials(table, {"letters": {"nothing": 0.5, "letter/post": 0.5}}, openness)
    Trials(option=array([1]), chances=array([[0.5, 0.5]]))
    """
    if not table.num_rows:
        return None
    place = pc.index_in(table["unit"], value_set=pa.array(openness.unit_ids)).to_pylist()
    names = (NOTHING, *openness.options)
    option = np.full(len(openness.unit_ids), -1, dtype=np.int64)
    chances = np.zeros((len(option), len(names)))
    for row, at in zip(table.select(["experiment", "option"]).to_pylist(), place, strict=True):
        if at is not None:
            option[at] = names.index(row["option"])
            for arm, share in shares[row["experiment"]].items():
                chances[at, names.index(arm)] = share
    return Trials(option, chances) if (option >= 0).any() else None


class _Said(NamedTuple):
    """What the rows say of each unit: whether it is asked for, what is drawn with it, and within what."""

    asked: NDArray[np.bool_]
    drawn: NDArray[np.object_]
    stratum: NDArray[np.object_]


def _said(trial: Trial, openness: Openness, people: pa.Table, rows: pa.Table, file: str) -> _Said:
    wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    count, units = len(openness.unit_ids), openness.unit
    first = np.unique(units, return_index=True)[1]
    sql = {f"within {place}": one for place, one in enumerate(trial.within)}
    sql |= {"where": trial.where} if trial.where else {}
    if trial.by and trial.by not in DRAWN_BY:
        sql |= {"by": trial.by}
    section = f"experiments.{trial.name}"
    told = evaluate(sql, rows, file=file, section=section).take(wanted) if sql else None
    asked = np.ones(count, dtype=bool)
    if told is not None and trial.where:
        holds = pc.fill_null(told["where"].cast(pa.bool_()), False).to_numpy().astype(bool)
        asked = np.bincount(units, holds, minlength=count) > 0
    drawn = np.array(openness.unit_ids, dtype=object)
    if trial.by in {"household", "person"}:
        drawn = _texts(people[trial.by])[first]
    elif trial.by == "team":
        drawn = _texts(rows["~team"].take(wanted))[first]
    elif told is not None and trial.by:
        drawn = _texts(told["by"])[first]
    parts = [_texts(told[f"within {place}"]) for place in range(len(trial.within))] if told is not None else []
    stratum = np.array([" | ".join(row) for row in zip(*parts, strict=True)], dtype=object) if parts else None
    by_unit = stratum[first] if stratum is not None else np.full(count, "", dtype=object)
    # What is drawn as one stands in one block: that of its first unit.
    names, where, place = np.unique(drawn.astype(str), return_index=True, return_inverse=True)
    return _Said(asked, drawn, by_unit[where][place] if len(names) else by_unit)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array([text or "" for text in column.cast(pa.string()).to_pylist()], dtype=object)


def _uses(trial: Trial, openness: Openness) -> NDArray[np.float64]:
    """(units, arms, limits) what each arm uses."""
    nothing = np.zeros((len(openness.unit_ids), openness.use.shape[2]))
    return np.stack(
        [nothing if arm == NOTHING else openness.use[:, openness.options.index(arm)] for arm in trial.shares], axis=1
    )


def _members(
    trial: Trial,
    said: _Said,
    inside: NDArray[np.bool_],
    use: NDArray[np.float64],
    room: NDArray[np.float64],
    unit_ids: Sequence[str],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Who takes part, and (units,) the arm of each; -1 for the others.

    So many take part, in the order of a draw, as the limits can carry: what they use on average and four standard deviations
    more. Should what was then drawn need more (once in 30,000), so many as can be carried whatever is drawn.
    """
    nobody = np.zeros(len(unit_ids), dtype=bool), np.full(len(unit_ids), -1, dtype=np.int64)
    candidates = np.flatnonzero(inside)
    if not len(candidates):
        return nobody
    names, place = np.unique(said.drawn[candidates].astype(str), return_inverse=True)
    together = np.zeros((len(names), *use.shape[1:]))
    np.add.at(together, place, use[candidates])
    ranked = np.argsort(draw(tuple(names.tolist()), key=f"{trial.key}|order"), kind="stable")[: trial.size]
    share = np.array(list(trial.shares.values()))[None, :, None]
    mean = (together[ranked] * share).sum(axis=1)
    spread = (together[ranked] ** 2 * share).sum(axis=1) - mean**2
    likely = np.cumsum(mean, axis=0) + 4 * np.sqrt(np.cumsum(spread, axis=0).clip(min=0.0))
    surely = np.cumsum(together[ranked].max(axis=1), axis=0)
    for need in (likely, surely):
        fits = (need <= room).all(axis=1)
        kept = ranked if fits.all() else ranked[: int(np.argmin(fits))]
        chosen = np.zeros(len(names), dtype=bool)
        chosen[kept] = True
        mine = candidates[chosen[place]]
        if not len(mine):
            continue
        drawn = randomise(
            said.drawn[mine].tolist(), trial.shares, key=trial.key, strata=said.stratum[mine].tolist()
        ).arm
        arms = {name: number for number, name in enumerate(trial.shares)}
        member, option = nobody[0].copy(), nobody[1].copy()
        member[mine], option[mine] = True, [arms[str(arm)] for arm in drawn]
        if (_used(option, use) <= room).all():
            return member, option
    return nobody


def _used(option: NDArray[np.int64], use: NDArray[np.float64]) -> NDArray[np.float64]:
    mine = np.flatnonzero(option >= 0)
    return np.array([math.fsum(column) for column in use[mine, option[mine]].T], dtype=np.float64)
