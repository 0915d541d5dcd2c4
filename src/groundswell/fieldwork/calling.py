"""Who makes each call and visit: some by chance, so that it shows who fits; the others as fits best, as far as hours go.

That people listen to their like is where it starts; what calls drawn by chance show moves it (``fit``). It decides who calls,
never who is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.allocate import match
from groundswell.fieldwork.calls import Calls
from groundswell.fieldwork.fit import CARES, KNOWS, Fit, Spoke, block_means, learn_fit, shown_by
from groundswell.fieldwork.slots import count_slots, deal
from groundswell.stats import Estimate, draw, folds
from groundswell.tables import Contract

SPOKEN = Contract(
    "spoken",
    {
        "unit": pa.string(),
        "person": pa.string(),
        "option": pa.string(),
        "turf": pa.string(),
        "group": pa.string(),
        "messenger": pa.string(),
        "name": pa.string(),
        "similarity": pa.float64(),
        "alike": pa.list_(pa.string()),
        "drawn": pa.bool_(),
        "faces": pa.list_(pa.string()),
        "like": pa.list_(pa.float64()),
        "expected": pa.list_(pa.float64()),
    },
    nullable=frozenset({"turf", "messenger", "name", "similarity"}),
)
"""Who is to speak to each person through a channel that somebody carries; blank where no volunteer has an hour left.

``turf``: the doors that are walked as one. ``group``: channel, language and team, within which chance draws. ``drawn``: by
chance. ``faces``: what was compared; ``like``: how alike the two are in each; ``expected``: how alike a messenger drawn by
chance would have been on average.
"""

_FOLDS, _TWICE = 5, 2.0
_AT_ONCE = 256
_HAIR = 1e-9
_CARING = 0.6  # of 1, from which a messenger is said to care about what is said


class Chosen(NamedTuple):
    """Who makes each call.

    Attributes:
        messenger: (n,) places among the messengers; -1: nobody has an hour left.
        drawn: (n,) True where chance decided.
        slots: (G, V) how many slots each messenger laid into the draw of a group.
    """

    messenger: NDArray[np.int64]
    drawn: NDArray[np.bool_]
    slots: NDArray[np.float64]


def choose(calls: Calls, fit: Fit, *, by_chance: float = 0.0, key: str) -> Chosen:
    """Find a messenger for each call.

    Args:
        calls: the calls, and who could make them.
        fit: what makes a messenger fit.
        by_chance: the share of calls whose messenger is drawn by chance, each slot of each messenger as likely.
        key: of the draws.

    Returns:
        Nobody speaks to their own household, or longer than their hours; nobody is left whom somebody could still speak to.
    """
    left = _Left(calls)
    chosen = np.full(len(calls.ids), -1, dtype=np.int64)
    slots = calls.room()
    wanted = draw(calls.ids, key=f"{key}|by chance") < by_chance
    if wanted.any():
        slots = _by_chance(calls, wanted, slots, by_chance, chosen, left, key)
    drawn = chosen >= 0
    for channel in sorted(set(calls.channel), key=lambda name: (-_need_of(calls, name), name)):
        _match(calls, fit, channel, chosen, left)
    _fill(calls, fit, chosen, left, key)
    return Chosen(chosen, drawn, slots)


def shift(calls: Calls, fit: Fit, chosen: Chosen) -> NDArray[np.float64]:
    """(F + 1,) how much more alike than by chance messengers are, over all people, and how much better their voices."""
    near = chosen.messenger[calls.call]
    there = np.flatnonzero(near >= 0)
    like = calls.like_people(there, near[there][:, None])[:, 0] - calls.expected(chosen.slots)[there]
    voices = fit.voices(calls.speakers.ids)
    by_chance = calls.expected(chosen.slots, Fit(calls.names, np.zeros(len(calls.names)), fit.voice))[there]
    return np.append(like.sum(axis=0), float((voices[near[there]] - by_chance).sum()))


class Worth(NamedTuple):
    """What a choice of messengers is worth, over messengers drawn by chance.

    Attributes:
        gain: what it adds to the outcomes of all calls of the round together.
        already: what the choices of the rounds before added for each of their calls.
    """

    gain: Estimate
    already: float


def from_whom(calls: Calls, spoke: Spoke, earlier: Spoke, *, by_chance: float, key: str) -> Worth | None:
    """What the choice of messengers adds to the outcomes of a round's calls.

    Args:
        calls: the round's.
        spoke: calls of earlier rounds whose messenger was drawn by chance, and what came of them.
        earlier: all calls of those rounds.
        by_chance: the share of calls whose messenger is drawn by chance.
        key: of the draws, as the round's own.

    Returns:
        For each fifth of the households a choice made by what the others show, valued by what that fifth shows, and the mean
        of the five; None where there are too few calls.
    """
    if not len(spoke.value) or not len(calls.ids) or not len(calls.speakers):
        return None
    fold = folds([str(unit) for unit in spoke.unit.tolist()], count=_FOLDS, key="from whom")
    value, variance, before = 0.0, 0.0, 0.0
    for number in range(_FOLDS):
        fit = learn_fit(spoke.part(fold != number))
        shown = shown_by(spoke.part(fold == number), fit)
        if shown is None:
            return None
        moved, spread = shown.worth(shift(calls, fit, choose(calls, fit, by_chance=by_chance, key=key)))
        value, variance = value + moved / _FOLDS, variance + spread / _FOLDS**2
        before += shown.worth(_shift_before(earlier, spoke, fit))[0] / _FOLDS
    # What one fold shows is in the choice that another values, and the other way round: each product is counted twice.
    return Worth(Estimate.around(value, float(np.sqrt(_TWICE * variance))), before)


def _shift_before(earlier: Spoke, spoke: Spoke, fit: Fit) -> NDArray[np.float64]:
    """The same for the calls of earlier rounds, for each call; what chance makes of voices is seen where it decided."""
    voices = fit.voices(earlier.messenger)
    by_chance = block_means(fit.voices(spoke.messenger), spoke.block, earlier.block)
    return np.append((earlier.like - earlier.expected).mean(axis=0), float((voices - by_chance).mean()))


def spoken_table(calls: Calls, chosen: Chosen, units: Sequence[str]) -> pa.Table:
    """Who speaks to whom, contract ``SPOKEN``.

    Args:
        calls: the calls.
        chosen: who makes them.
        units: (people,) the unit of each person.
    """
    ids, count, call = calls.speakers.ids, len(calls.faces.names), calls.call
    near = chosen.messenger[call]
    like = np.zeros((len(near), len(calls.names)))
    there = np.flatnonzero(near >= 0)
    like[there] = calls.like_people(there, near[there][:, None])[:, 0]
    expected = calls.expected(chosen.slots)
    told: dict[str, list[object]] = {name: [] for name in SPOKEN.columns}
    for place, one in enumerate(near.tolist()):
        known, row = one >= 0, int(calls.row[place])
        turf = calls.ids[call[place]]
        cells = {
            "unit": units[row],
            "person": calls.people[place],
            "option": calls.option[place],
            "turf": None if turf == calls.people[place] else turf,
            "group": calls.kinds[calls.group[call[place]]],
            "messenger": ids[one] if known else None,
            "name": calls.speakers.names[one] if known else None,
            "similarity": (float(like[place, :count].mean()) if count else 1.0) if known else None,
            "alike": _alike(calls, place, one, row) if known else [],
            "drawn": bool(chosen.drawn[call[place]]),
            "faces": calls.names,
            "like": like[place].tolist() if known else [],
            "expected": expected[place].tolist(),
        }
        for name, value in cells.items():
            told[name].append(value)
    return SPOKEN.check(pa.table({name: pa.array(told[name], kind) for name, kind in SPOKEN.columns.items()}))


def _alike(calls: Calls, place: int, one: int, row: int) -> list[str]:
    """In what a person and their messenger are alike; whether they know each other, and whether the messenger cares."""
    cares = len(calls.cares) and calls.cares[calls.saying[place], one] >= _CARING
    known = any(name == KNOWS and ((pairs == (place, one)).all(axis=1)).any() for name, pairs in calls.ties)
    return [
        *([KNOWS] if known else []),
        *calls.faces.alike(row, int(calls.speakers.row[one])),
        *([CARES] if cares else []),
    ]


class _Left:
    """What is left of everybody's hours and patience."""

    def __init__(self, calls: Calls) -> None:
        self.hours, self.most = calls.speakers.hours.copy(), calls.speakers.most.copy()

    def take(self, calls: Calls, messenger: NDArray[np.int64], made: NDArray[np.int64]) -> None:
        np.subtract.at(self.hours, messenger, calls.need[made])
        np.subtract.at(self.most, messenger, calls.size[made].astype(np.float64))

    def able(self, need: float, size: int) -> NDArray[np.bool_]:
        return np.asarray((self.hours >= need - _HAIR) & (self.most >= size - _HAIR))


def _need_of(calls: Calls, channel: str) -> float:
    return float(calls.need[_through(calls, channel)].max(initial=0.0))


def _through(calls: Calls, channel: str) -> NDArray[np.int64]:
    mine = np.array([name == channel for name in calls.channel], dtype=bool)
    return np.flatnonzero(mine[calls.group]) if len(mine) else np.zeros(0, dtype=np.int64)


def _by_chance(
    calls: Calls,
    wanted: NDArray[np.bool_],
    room: NDArray[np.float64],
    share: float,
    chosen: NDArray[np.int64],
    left: _Left,
    key: str,
) -> NDArray[np.float64]:
    """Draw messengers for those who are wanted; (G, V) the slots that were in the draws."""
    slots = np.zeros(room.shape)
    ids = calls.speakers.ids
    for group in range(len(calls.channel)):
        mine = np.flatnonzero(wanted & (calls.group == group))
        each = f"{key}|{calls.channel[group]}|{group}"
        count = count_slots(room[group] * share, len(mine), draw(ids, key=f"{each}|fraction"))
        # A fraction is rounded up only where the hours are really there.
        need = float(calls.need[mine].max(initial=0.0))
        size = int(calls.size[mine].max(initial=1))
        while (over := (count * need > left.hours + _HAIR) | (count * size > left.most + _HAIR)).any():
            count = np.where(over, count - 1, count)
        slots[group] = count
        found = deal([calls.ids[at] for at in mine], ids, count, key=each)
        got = found >= 0
        got[got] = calls.allowed(mine[got], found[got][:, None])[:, 0]  # no slot of somebody who lives there
        chosen[mine[got]] = found[got]
        left.take(calls, found[got], mine[got])
    # Where nothing was drawn in a group, chance is what the hours make of it.
    return np.where(slots.sum(axis=1, keepdims=True) > 0, slots, room)


def _match(calls: Calls, fit: Fit, channel: str, chosen: NDArray[np.int64], left: _Left) -> None:
    """The best match of all calls through a channel that nobody makes yet."""
    mine = np.array([at for at in _through(calls, channel).tolist() if chosen[at] < 0], dtype=np.int64)
    if not len(mine) or not len(calls.speakers):
        return
    need = float(calls.need[mine].max())
    share = calls.shares()[[name == channel for name in calls.channel]].sum(axis=0)
    hours = np.where(np.isfinite(left.hours), left.hours * share, np.inf)
    most = left.most * np.maximum(share, _HAIR) / int(calls.size[mine].max())
    room = np.minimum(np.minimum(hours / max(need, 1e-9), most), len(mine))
    near = calls.candidates(mine, fit)
    able = calls.allowed(mine, near)
    if not able.any():
        return
    score = np.where(able, fit.score(calls.like(mine, near), fit.voices(calls.speakers.ids)[near]), np.nan)
    # Speaking to one more counts more than any better match.
    floor = 2.0 * max(float(np.nanmax(score) - np.nanmin(score)), 1e-9)
    place, at = np.nonzero(able)
    edges = np.column_stack([place, near[place, at]])
    edges, first = np.unique(edges, axis=0, return_index=True)
    weights = (score[place, at] - np.nanmin(score) + floor)[first]
    capacity = np.floor(np.maximum(room, 0.0) + _HAIR).astype(np.int64)
    found = edges[match(edges, weights, capacity, key=[calls.ids[at] for at in mine.tolist()]).edge]
    chosen[mine[found[:, 0]]] = found[:, 1]
    left.take(calls, found[:, 1], mine[found[:, 0]])


def _fill(calls: Calls, fit: Fit, chosen: NDArray[np.int64], left: _Left, key: str) -> None:
    """Whoever is left: the best of those who still have time, one after the other."""
    voices = fit.voices(calls.speakers.ids)
    rest = np.flatnonzero(chosen < 0)
    rest = rest[np.argsort(draw([calls.ids[at] for at in rest.tolist()], key=f"{key}|spoken"), kind="stable")]
    for start in range(0, len(rest), _AT_ONCE):
        part = rest[start : start + _AT_ONCE]
        free = np.flatnonzero(left.able(float(calls.need[part].min()), int(calls.size[part].min())))
        if not len(free):
            continue
        near = np.broadcast_to(free, (len(part), len(free)))
        score = np.where(calls.allowed(part, near), fit.score(calls.like(part, near), voices[near]), -np.inf)
        for place, own in zip(part.tolist(), score, strict=True):
            own[~left.able(float(calls.need[place]), int(calls.size[place]))[free]] = -np.inf
            best = int(np.argmax(own))
            if own[best] > -np.inf:
                chosen[place] = free[best]
                left.take(calls, free[[best]], np.array([place]))
