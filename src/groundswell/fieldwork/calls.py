"""A round's calls and visits beside those who could make them: who may, how alike they are, and what chance makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.channels import VOLUNTEER, Channel, kind_of
from groundswell.fieldwork.fit import AGAIN, CARES, KNOWS, Fit
from groundswell.fieldwork.likeness import Faces
from groundswell.fieldwork.speakers import Speakers, language_of, speakers_of
from groundswell.profiles import INTEREST, SCORE, trait_columns
from groundswell.stats import draw
from groundswell.vocabulary import NOTHING, messenger_of, split_option

DOORS = "door"
"""The channel in which nobody leaves the own team's streets."""
_ALL_PAIRS = 4_000_000
_NEAR, _CHANCE = 32, 16  # candidates of a call where there are too many pairs: the most alike, and any

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Calls:
    """n calls, or turfs that are walked as one, to P people; and V messengers.

    Attributes:
        ids: (n,) persons, or turfs.
        first: (n + 1,) where the people of each begin.
        people: (P,) persons.
        row: (P,) their places among all.
        home: (P,) codes of their households; -2 where a household is nobody's obstacle.
        option: (P,) what is said.
        need: (n,) hours.
        group: (n,) channel, language and team together.
        channel: (G,) of each group.
        kinds: (G,) channel, language and team of each group, as a text.
        demand: (G,) hours of each group.
        may: (G, V) who may speak to whom.
        speakers: the messengers.
        faces: of everybody.
        ties: what binds single pairs: ``again`` (spoke to them before) and ``knows``, each with (pairs, 2) person, as a place
            among the P, and messenger.
        saying: (P,) the place of what is said among all options.
        cares: (options, V) how much each messenger cares about what an option says, 0 to 1, a half where it is not known;
            without options where nobody asks.
    """

    ids: tuple[str, ...]
    first: Ints
    people: tuple[str, ...]
    row: Ints
    home: Ints
    option: tuple[str, ...]
    need: Floats
    group: Ints
    channel: tuple[str, ...]
    kinds: tuple[str, ...]
    demand: Floats
    may: NDArray[np.bool_]
    speakers: Speakers
    faces: Faces
    ties: tuple[tuple[str, Ints], ...]
    saying: Ints
    cares: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """What is compared: the traits, what the messenger cares about, and what binds the two."""
        more = [CARES] if len(self.cares) else []
        return (*self.faces.names, *more, *(name for name, _ in self.ties))

    @property
    def size(self) -> Ints:
        """(n,) people in each."""
        return np.diff(self.first)

    @property
    def call(self) -> Ints:
        """(P,) the call of each person."""
        return np.repeat(np.arange(len(self.ids)), self.size)

    def like(self, calls: Ints, near: Ints) -> Floats:
        """(m, c, F) how alike the people of some calls are to their (m, c) candidates: the mean of a call's people."""
        members, start = self._members(calls)
        every = np.repeat(near, self.size[calls], axis=0)
        found = self.like_people(members, every)
        if len(members) == len(calls):
            return found
        return np.asarray(np.add.reduceat(found, start, axis=0) / self.size[calls][:, None, None])

    def like_people(self, members: Ints, near: Ints) -> Floats:
        """(m, c, F) the same for single people, by their places among the P."""
        found = self.faces.like(self.row[members][:, None], self.speakers.row[near])
        if len(self.cares):
            found = np.concatenate([found, self.cares[self.saying[members][:, None], near][..., None]], axis=2)
        mine = members[:, None] * len(self.speakers) + near
        bound = [np.isin(mine, pairs[:, 0] * len(self.speakers) + pairs[:, 1]) for _, pairs in self.ties]
        return np.concatenate([found, *(one[..., None].astype(np.float64) for one in bound)], axis=2)

    def allowed(self, calls: Ints, near: Ints) -> NDArray[np.bool_]:
        """(m, c) which candidates may speak to them."""
        members, start = self._members(calls)
        own = self.speakers.home[np.repeat(near, self.size[calls], axis=0)] == self.home[members][:, None]
        at_home = own if len(members) == len(calls) else np.logical_or.reduceat(own, start, axis=0)
        return np.asarray(self.may[self.group[calls][:, None], near] & ~at_home)

    def _members(self, calls: Ints) -> tuple[Ints, Ints]:
        """The people of some calls, one call after the other, and where each call's begin."""
        size = self.size[calls]
        start = np.cumsum(size) - size
        within = np.arange(int(size.sum())) - np.repeat(start, size)
        return np.repeat(self.first[calls], size) + within, start

    def shares(self) -> Floats:
        """(G, V) how each messenger's hours are divided: as the groups need them that they may speak to."""
        wanted = self.may * self.demand[:, None]
        total = wanted.sum(axis=0)
        return np.asarray(np.divide(wanted, total, out=np.zeros_like(wanted), where=total > 0))

    def room(self) -> Floats:
        """(G, V) how many calls of each group a messenger could make, fractions included."""
        groups = range(len(self.channel))
        each = np.array([self.need[self.group == group].min(initial=np.inf) for group in groups])
        size = np.array([self.size[self.group == group].min(initial=2**30) for group in groups])
        calls = np.bincount(self.group, minlength=len(self.channel)).astype(np.float64)
        hours = np.minimum(self.speakers.hours, 1e12)[None, :] / np.maximum(each, 1e-9)[:, None]
        most = np.minimum(self.speakers.most, 1e12)[None, :] / size[:, None]
        return np.asarray(np.minimum(np.minimum(hours, most) * self.shares(), calls[:, None]) * self.may)

    def expected(self, slots: Floats, fit: Fit | None = None) -> Floats:
        """(P, F) how alike messengers would be on average, were slots drawn by chance; or (P,) their score.

        Args:
            slots: (G, V) how many each lays into the draw of a group.
            fit: what makes a messenger fit; None: likeness itself is wanted.
        """
        voices = None if fit is None else fit.voices(self.speakers.ids)
        found = np.zeros((len(self.people), len(self.names)))
        spoken, total = np.zeros(len(self.people)), np.zeros(len(self.people))
        group_of = self.group[self.call]
        for group in range(len(self.channel)):
            mine, able = np.flatnonzero(group_of == group), np.flatnonzero(slots[group] > 0)
            weight = slots[group, able]
            likeness = self.faces.mean_like(self.row[mine], self.speakers.row[able], weight)
            found[mine, : len(self.faces.names)] = likeness
            if len(self.cares):
                found[mine, len(self.faces.names)] = self.cares[self.saying[mine]][:, able] @ weight
            total[mine] = weight.sum()
            spoken[mine] = 0.0 if voices is None else float(weight @ voices[able])
        for column, (_, pairs) in enumerate(self.ties, start=len(self.names) - len(self.ties)):
            person, one = pairs.T
            np.add.at(found[:, column], person, slots[group_of[person], one])
        self._without_home(found, total, spoken, slots, voices)
        there = np.maximum(total, 1e-300)
        mean = np.where(total[:, None] > 0, found / there[:, None], 0.0)
        return mean if fit is None else np.asarray(mean @ fit.weight + np.where(total > 0, spoken / there, 0.0))

    def _without_home(self, found: Floats, total: Floats, spoken: Floats, slots: Floats, voices: Floats | None) -> None:
        """Take out whoever lives there: they are never drawn, and for nobody of the same turf."""
        call = self.call
        for one in np.flatnonzero(self.speakers.home >= 0).tolist():
            homes = np.unique(call[self.home == self.speakers.home[one]])
            for mine in homes[slots[self.group[homes], one] > 0].tolist():
                weight = float(slots[self.group[mine], one])
                members = np.arange(self.first[mine], self.first[mine + 1])
                found[members] -= weight * self.like_people(members, np.full((len(members), 1), one))[:, 0]
                total[members] -= weight
                spoken[members] -= 0.0 if voices is None else weight * float(voices[one])

    def candidates(self, calls: Ints, fit: Fit) -> Ints:
        """(m, c) who is looked at for each call: all messengers, or those most alike and some by chance."""
        count = len(self.speakers)
        if len(calls) * count <= _ALL_PAIRS or count <= _NEAR + _CHANCE:
            return np.broadcast_to(np.arange(count), (len(calls), count))
        near = self._nearest(calls, fit)
        chance = draw([self.ids[one] for one in calls.tolist()], key="candidates")
        step = (np.arange(_CHANCE) + chance[:, None]) / _CHANCE * count
        return np.concatenate([near, step.astype(np.int64) % count], axis=1)

    def _nearest(self, calls: Ints, fit: Fit) -> Ints:
        """(m, _NEAR) the most alike of those who may speak to each, found exactly (faiss, Johnson et al. 2021)."""
        import faiss  # noqa: PLC0415 - heavy, and only for very many

        inside = _embedded(self.faces, fit)
        found = np.zeros((len(calls), _NEAR), dtype=np.int64)
        for group in np.unique(self.group[calls]).tolist():
            able = np.flatnonzero(self.may[group])
            mine = np.flatnonzero(self.group[calls] == group)
            if not len(able):
                continue
            index = faiss.IndexFlatL2(inside.shape[1])
            index.add(inside[self.speakers.row[able]])
            _, place = index.search(inside[self.row[self.first[calls[mine]]]], min(_NEAR, len(able)))
            found[mine] = able[np.resize(place, (len(mine), _NEAR)) if place.shape[1] < _NEAR else place]
        return found


def _embedded(faces: Faces, fit: Fit) -> NDArray[np.float32]:
    """(people + 1, D) faces as points that lie the nearer the more alike; a category is a direction of its own."""
    parts = []
    for row, values in enumerate(faces.values):
        weight = float(np.sqrt(max(fit.weight[row], 1e-6)))
        known = np.nan_to_num(values)
        if float(np.abs(known).max(initial=0.0)) < 1e5:
            parts.append((known * weight)[:, None])
            continue
        codes = np.unique(known, return_inverse=True)[1]
        directions = np.random.default_rng(row).standard_normal((int(codes.max()) + 1, 12))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        parts.append(directions[codes] * weight)
    return np.ascontiguousarray(np.column_stack(parts), dtype=np.float32)


def calls_of(
    people: pa.Table,
    traits: pa.Table,
    decisions: pa.Table,
    volunteers: pa.Table,
    channels: Mapping[str, Channel],
    *,
    alike: Sequence[str] = (),
    language: str | None = None,
    teams: Sequence[str | None] | None = None,
    before: pa.Table | None = None,
    knows: pa.Table | None = None,
    own_home: bool = False,
    turfs: Mapping[str, str] | None = None,
    topics: Mapping[str, Sequence[str]] | None = None,
) -> Calls:
    """The calls and visits that decisions ask for.

    Args:
        people: contract ``people.PEOPLE``.
        traits: everybody's traits, in the order of the people.
        decisions: contract ``DECISIONS``.
        volunteers: as :func:`groundswell.fieldwork.speakers.speakers_of`.
        channels: by id; those with ``by`` are carried.
        alike: traits that are compared; empty: all but interests and scores.
        language: of those whose own is not known.
        teams: (people,) whose each is.
        before: ``person`` and ``messenger`` of earlier rounds.
        knows: the same of those who know each other.
        own_home: True where volunteers may speak to those they live with.
        turfs: person -> the turf that they are visited with: all of one turf by the same messenger.
        topics: option -> the interests (columns of the traits) of what it is about; None: nobody asks what messengers care
        about.
    """
    home = people["household"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    speakers = speakers_of(volunteers, people, home)
    rows, options = _wanted(people, decisions, channels)
    ids = people["person"].take(pa.array(rows)).to_pylist()
    through = [split_option(option)[1] for option in options]
    turfs = turfs or {}
    bundle = [turfs.get(one, one) if channel == DOORS else one for one, channel in zip(ids, through, strict=True)]
    order = sorted(range(len(ids)), key=_first_seen(bundle))
    rows, ids, options, through, bundle = (
        rows[order],
        *([column[place] for place in order] for column in (ids, options, through, bundle)),
    )
    first = np.flatnonzero([place == 0 or bundle[place - 1] != one for place, one in enumerate(bundle)])
    ends = np.append(first, len(ids)).astype(np.int64)
    spoken = people["language"].to_pylist() if "language" in people.column_names else [None] * people.num_rows
    kinds = [
        (
            through[start],
            _all_of([language_of(spoken[row] or language or "") for row in rows[start:end].tolist()]),
            _most([teams[row] for row in rows[start:end].tolist()]) if teams else None,
        )
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    groups = {kind: place for place, kind in enumerate(sorted(set(kinds), key=str))}
    group = np.array([groups[kind] for kind in kinds], dtype=np.int64)
    each = np.array([_hours(channels[kind[0]]) for kind in kinds], dtype=np.float64)
    need = each * np.diff(ends)
    may = [speakers.may(channel, said, team, bound=channel == DOORS) for channel, said, team in groups]
    said = sorted(set(options))
    names = [name for name in (alike or trait_columns(traits)) if not name.startswith((INTEREST, SCORE))]
    return Calls(
        ids=tuple(bundle[start] for start in first.tolist()),
        first=ends,
        people=tuple(ids),
        row=rows,
        home=np.full(len(rows), -2) if own_home else home[rows],
        option=tuple(options),
        need=need,
        group=group,
        channel=tuple(kind[0] for kind in groups),
        kinds=tuple("|".join(part or "" for part in kind) for kind in groups),
        demand=np.bincount(group, need, minlength=len(groups)).astype(np.float64),
        may=np.array(may, dtype=bool).reshape(len(groups), len(speakers)),
        speakers=speakers,
        faces=Faces.of(traits, names),
        ties=tuple(
            (name, pairs)
            for name, table in ((AGAIN, before), (KNOWS, knows))
            if len(pairs := _pairs(table, ids, speakers.ids))
        ),
        saying=np.array([said.index(option) for option in options], dtype=np.int64),
        cares=_cares(traits, speakers, [topics.get(option, ()) for option in said]) if topics else np.zeros((0, 0)),
    )


def _cares(traits: pa.Table, speakers: Speakers, topics: Sequence[Sequence[str]]) -> Floats:
    """(options, V) the most that each messenger is known to care about one of an option's topics, 0 to 1."""
    found = np.full((len(topics), len(speakers)), np.nan)
    for place, columns in enumerate(topics):
        for name in columns:
            values = np.append(traits[name].to_numpy(), np.nan)[speakers.row]
            found[place] = np.fmax(found[place], values / 100.0)
    return np.where(np.isnan(found), 0.5, found)


def _first_seen(bundle: Sequence[str]) -> Callable[[int], tuple[int, int]]:
    """Sorts places so that what belongs together stands together, in the order in which each is first seen."""
    seen: dict[str, int] = {}
    for place, one in enumerate(bundle):
        seen.setdefault(one, place)
    return lambda place: (seen[bundle[place]], place)


def _all_of(languages: Sequence[str | None]) -> str | None:
    """All languages that are spoken behind some doors: whoever walks there speaks each of them."""
    return "+".join(sorted({one for one in languages if one})) or None


def _most(found: Sequence[str | None]) -> str | None:
    """What most of them have; among equals the first."""
    return Counter(found).most_common(1)[0][0]


def _wanted(people: pa.Table, decisions: pa.Table, channels: Mapping[str, Channel]) -> tuple[Ints, list[str]]:
    """Places of those whom somebody is to speak to, and what is said."""
    mine = [
        option
        for option in pc.unique(decisions["option"]).to_pylist()
        if option != NOTHING and channels[split_option(option)[1]].matched and messenger_of(option) in {None, VOLUNTEER}
    ]
    wanted = decisions.filter(pc.is_in(decisions["option"], value_set=pa.array(mine, pa.string())))
    place = pc.index_in(people["unit"], value_set=wanted["unit"].combine_chunks())
    able = pc.and_(pc.is_valid(place), pc.invert(people["stop"]))
    rows = np.flatnonzero(able.to_numpy().astype(bool)).astype(np.int64)
    options = wanted["option"].take(place.filter(able)).to_pylist()
    kept = addressed(people, rows, [channels[split_option(option)[1]] for option in options])
    return rows[kept], [option for option, mine in zip(options, kept.tolist(), strict=True) if mine]


def addressed(people: pa.Table, rows: Ints, channels: Sequence[Channel]) -> NDArray[np.bool_]:
    """(n,) who is really spoken to: whoever has what the channel needs, and one of a household that is reached as one.

    Args:
        people: contract ``people.PEOPLE``.
        rows: (n,) places of those who might be.
        channels: (n,) through which.
    """
    units = people["unit"].take(pa.array(rows)).to_pylist()
    ends: dict[str, list[str | None]] = {}
    for name in {channel.name for channel in channels}:
        needs = kind_of(name).needs
        if needs and f"{needs}_key" in people.column_names and people[needs].null_count < people.num_rows:
            ends[name] = people[f"{needs}_key"].take(pa.array(rows)).to_pylist()
    seen: set[str] = set()
    kept = []
    for place, (channel, unit) in enumerate(zip(channels, units, strict=True)):
        there = channel.name not in ends or ends[channel.name][place] is not None
        first = channel.reaches != "household" or unit not in seen
        kept.append(there and first)
        seen |= {unit} if there else set()
    return np.array(kept, dtype=bool)


def _hours(channel: Channel) -> float:
    return sum(hours for thing, hours in channel.uses.items() if thing.endswith("hours"))


def _pairs(bound: pa.Table | None, ids: Sequence[str], messengers: Sequence[str]) -> Ints:
    """(pairs, 2) places of persons and messengers whom something binds."""
    if bound is None or not bound.num_rows:
        return np.zeros((0, 2), dtype=np.int64)
    call = pc.index_in(bound["person"], value_set=pa.array(ids, pa.string()))
    one = pc.index_in(bound["messenger"], value_set=pa.array(messengers, pa.string()))
    there = pc.and_(pc.is_valid(call), pc.is_valid(one))
    pairs = np.column_stack([call.filter(there).to_numpy(), one.filter(there).to_numpy()]).astype(np.int64)
    return np.unique(pairs.reshape(-1, 2), axis=0)
