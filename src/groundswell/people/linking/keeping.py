"""Who is who in a campaign, kept: new rows are linked to people already known, ids stay, and every merge leaves a trace.

What is kept is a folder that never changes: ``people.parquet`` (who has more ids than one), ``records.parquet`` (what was
seen), ``pairs.parquet`` (pairs that may be one person, with their patterns), ``patterns.parquet`` and ``weights.json`` (what
was learnt, of how many pairs), ``changes.parquet`` (who became somebody else's id, or stopped being it). No name, address or
number is in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from groundswell.people.layers import keep_rows
from groundswell.people.linking.comparing import COMPARISONS, Comparison, used
from groundswell.people.linking.grouping import group, with_odds
from groundswell.people.linking.learning import Floats, Ints, Weights
from groundswell.people.linking.linking import (
    MEMORY,
    Shortfall,
    learn_counted,
    least_odds,
    links_of,
    look,
    not_done,
    place_rows,
    probability_sql,
    too_large,
)
from groundswell.people.linking.records import Part, take_in
from groundswell.people.linking.scoring import score, strangers
from groundswell.sources import as_file
from groundswell.tables import Contract, Engine, quote_literal, quote_name, read, read_json, write, write_json

PEOPLE = Contract("linked people", {"id": pa.string(), "person": pa.string(), "probability": pa.float64()})
"""Everybody with more ids than one: each of them, the one they go by, and how sure its best link is."""
CHANGES = Contract("changes of links", {"id": pa.string(), "before": pa.string(), "after": pa.string()})
_RECORDS = Contract("linked records", {"uid": pa.string(), "id": pa.string()})
_PAIRS = Contract("pairs", {"one": pa.string(), "other": pa.string(), "pattern": pa.int64()})
_PATTERNS = Contract("patterns", {"pattern": pa.int64(), "n": pa.int64()})
_PROMISING = -7.0
"""Log odds, base 2; a pair of which less is said is not kept."""


@dataclass(frozen=True)
class Answer:
    """What somebody said of two ids.

    Attributes:
        one: an id.
        other: another.
        same: True: they are one person.
    """

    one: str
    other: str
    same: bool


@dataclass(frozen=True)
class Linking:
    """What became of linking.

    Attributes:
        rows: rows there are.
        new: records that were not known.
        people: people they are.
        joined: ids that became somebody else's.
        parted: ids that no longer are.
        learnt: the weights were learnt, not taken from last time.
        told: what could not be done.
    """

    rows: int
    new: int
    people: int
    joined: int
    parted: int
    learnt: bool
    told: tuple[Shortfall, ...]


@dataclass(frozen=True)
class Kept:
    """What was kept last time.

    Attributes:
        path: the folder.
        weights: what was learnt.
        answers: what people had said.
        threshold: the least probability of a link.
    """

    path: Path
    weights: Weights
    answers: tuple[Answer, ...]
    threshold: float

    @classmethod
    def of(cls, path: Path) -> Kept:
        """Read it.

        Args:
            path: the folder.

        Raises:
            StorageError: when it is not there or not whole.
        """
        said = read_json(path / "weights.json")
        comparisons = {one.name: one for one in COMPARISONS}
        apart, same, home = (np.array(said[name], float) for name in ("strangers", "same", "home"))
        compared = tuple(comparisons[name] for name in said["comparisons"])
        weights = Weights(compared, apart, same, home, (said["pairs"][0], said["pairs"][1]))
        return cls(path, weights, tuple(Answer(*answer) for answer in said["answers"]), said["threshold"])

    def table(self, name: str) -> pa.Table:
        """One of its tables."""
        return read(self.path / f"{name}.parquet")


def link_again(
    rows: pa.Table,
    roles: Mapping[str, str],
    *,
    person: str,
    source: str,
    into: Path,
    before: Path | None = None,
    answers: Sequence[Answer] = (),
    threshold: float = 0.9,
    afresh: bool = False,
    seed: int = 0,
) -> Linking:
    """Link the people of a campaign, and keep who is who.

    Args:
        rows: one row an id, the oldest first: of a person's ids the first goes on.
        roles: role -> column.
        person: the column of ids.
        source: the column that names the list a row is from.
        into: the folder to write to, which is empty.
        before: what was kept last time: only what is new since is compared. None: everything is, and the weights are learnt.
        answers: what people said of two ids; it outweighs everything, and answers that are new teach the weights.
        threshold: the least probability of a link.
        afresh: compare everybody and learn the weights anew; people keep their ids all the same.
        seed: of the random pairs that tell how often strangers are alike.

    >>> rows = pa.table({"id": ["v1", "s7"], "who": ["Ann Bell"] * 2, "tel": ["2025550101"] * 2, "list": ["voters", "shop"]})
    >>> place = Path(tempfile.mkdtemp())
    >>> done = link_again(rows, {"name": "who", "phone": "tel"}, person="id", source="list", into=place)
    >>> done.people, read(place / "people.parquet")["person"].to_pylist()
    (1, ['v1', 'v1'])
    """
    with tempfile.TemporaryDirectory() as place, Engine(memory=MEMORY, spill=Path(place)) as engine:
        part = Part(as_file(rows, Path(place)), roles, quote_name(source), quote_name(person))
        kept = None if before is None else Kept.of(before)
        taken = take_in(engine, [part], known=kept.table("records").select(["uid"]) if kept else None)
        comparisons = used(taken.columns, taken.sources)
        # Other columns than last time: what was kept cannot be held against what is new.
        fresh = afresh or kept is None or kept.weights.comparisons != comparisons
        _remember(engine, kept, fresh=fresh)
        looked = look(engine, taken, only_new=not fresh)
        engine.run(
            "create temp table counted as select pattern, sum(n)::bigint as n from "
            "(select pattern, n from were_patterns union all select pattern, count(*) from scored group by pattern) "
            "group by pattern order by pattern"
        )
        _answered(engine, answers, looked.comparisons)
        learnt = fresh or kept is None or set(kept.answers) != set(answers)
        if kept is None or learnt:
            old = None if kept is None or fresh else kept.weights.strangers
            apart = strangers(engine, taken.records, comparisons, seed=seed) if old is None else old
            weights = _learn(engine, taken.records, comparisons, apart)
        else:
            weights = kept.weights
        _gather(engine, weights)
        least = least_odds(threshold)
        said = engine.table("select l, r, same from answered order by id").to_pylist()
        found = group(
            engine,
            taken.records,
            weights,
            links_of(engine, "promising", least),
            least=least,
            answers={(row["l"], row["r"]): row["same"] for row in said if row["l"] != row["r"]},
            known=None if learnt or kept is None or kept.threshold != threshold else _labels(engine),
        )
        place_rows(engine, found, weights, threshold)
        _name(engine, threshold)
        _write(engine, weights, answers, threshold, into)
        new, people, joined, parted = (
            int(engine.value(sql))
            for sql in (
                f"select count(*) from plain{'' if fresh else ' where new'}",
                "select count(distinct person) from called",
                "select count(*) from changes where after <> id",
                "select count(*) from changes where after = id",
            )
        )
        told = (*not_done([roles], looked), *too_large(found))
    return Linking(taken.rows, new, people, joined, parted, learnt, told)


def _remember(engine: Engine, kept: Kept | None, *, fresh: bool) -> None:
    """Make tables of what was kept: ``were_people``, ``were_records``; where usable ``were_pairs, were_patterns``."""
    tables = {"people": PEOPLE, "records": _RECORDS, "pairs": _PAIRS, "patterns": _PATTERNS}
    for name, contract in tables.items():
        there = kept is not None and (not fresh or name in {"people", "records"})
        schema = pa.schema(contract.columns)
        found = kept.table(name) if kept is not None and there else schema.empty_table()
        engine.register(**{f"kept_{name}": found.cast(schema)})
        engine.run(f"create temp table were_{name} as select * from kept_{name}")


def _answered(engine: Engine, answers: Sequence[Answer], comparisons: Sequence[Comparison]) -> None:
    """Make ``answered``: ``l, r`` (records), ``same``, ``pattern``, ``id``; the last answer of two ids holds."""
    engine.register(
        answers=pa.table(
            {
                "id": pa.array(range(len(answers)), pa.int64()),
                "one": pa.array([answer.one for answer in answers], pa.string()),
                "other": pa.array([answer.other for answer in answers], pa.string()),
                "same": pa.array([answer.same for answer in answers], pa.bool_()),
            }
        )
    )
    engine.run(
        "create temp table asked as select least(a.record, b.record) as l, greatest(a.record, b.record) as r, id, same "
        "from answers join line a on a.key = one join line b on b.key = other "
        "qualify row_number() over (partition by least(one, other), greatest(one, other) order by id desc) = 1"
    )
    engine.run("create temp table asked_pairs as select distinct l, r from asked")
    score(engine, "asked_pairs", "asked_scored", comparisons)
    engine.run("create temp table answered as select a.*, s.pattern from asked a join asked_scored s using (l, r)")


def _learn(engine: Engine, records: int, comparisons: Sequence[Comparison], apart: Floats) -> Weights:
    said: dict[int, tuple[float, float]] = {}
    for row in engine.table(
        "select pattern, count(*) filter (same) as yes, count(*) filter (not same) as no from answered group by pattern"
    ).to_pylist():
        said[row["pattern"]] = (float(row["yes"]), float(row["no"]))
    engine.run(
        "insert into counted select distinct pattern, 0 from answered where pattern not in (select pattern from counted)"
    )
    return learn_counted(engine, records, comparisons, apart, said=said)


def _gather(engine: Engine, weights: Weights) -> None:
    """Make ``promising`` (``l, r, pattern, odds``): of all pairs seen now or earlier, those that may be one person."""
    engine.run(
        "create temp table every_pair as select l, r, pattern from scored union all "
        "select least(a.id, b.id), greatest(a.id, b.id), pattern from were_pairs join plain a on a.uid = one "
        "join plain b on b.uid = other"
    )
    with_odds(engine, "every_pair", weights, target="every_odds")
    engine.run(
        f"create temp table promising as select distinct l, r, pattern, odds from every_odds where odds >= {_PROMISING}"
    )


def _labels(engine: Engine) -> Ints:
    """Of each record the label it had; -1 for what is new, and for people of whom something is gone or changed."""
    engine.run(
        "create temp table stood as select record, coalesce(w.person, l.key) as person, p.new or r.uid is null as anew "
        "from line l join plain p on p.id = l.record left join were_people w on w.id = l.key "
        "left join were_records r on r.id = l.key and r.uid = p.uid"
    )
    engine.run(
        "create temp table shaken as select person from stood where anew union select person from were_people w "
        "where not exists (select 1 from line where key = w.id)"
    )
    found = engine.table(
        "select record, case when bool_or(anew or person in (from shaken)) then -1 else min(least) end as label from "
        "(select *, min(record) over (partition by person) as least from stood) group by record order by record"
    )
    labels: Ints = found["label"].to_numpy().astype(np.int64)
    return labels


def _name(engine: Engine, threshold: float) -> None:
    """Make ``called`` (``id, person, probability``) of every id, and ``changes``: of a person's ids the oldest goes on."""
    engine.run(
        "create temp table called as select key as id, first_value(key) over (partition by label, again order by "
        "r.id is null, w.person is not null and w.person <> key, nth) as person, "
        f"{probability_sql(threshold)} as probability from placed left join (select distinct id from were_records) r "
        "on r.id = key left join were_people w on w.id = key"
    )
    engine.run(
        "create temp table changes as select c.id, coalesce(w.person, c.id) as before, c.person as after from called c "
        "left join were_people w on w.id = c.id where coalesce(w.person, c.id) <> c.person"
    )


def _write(engine: Engine, weights: Weights, answers: Sequence[Answer], threshold: float, into: Path) -> None:
    several = "person in (select person from called group by person having count(*) > 1)"
    tables = {
        "people": f"select id, person, coalesce(probability, 1.0) as probability from called where {several} order by id",
        "changes": "select * from changes order by id",
        "records": "select uid, line.key as id from line join plain p on p.id = line.record order by id",
        "pairs": "select a.uid as one, b.uid as other, pattern from promising join plain a on a.id = l "
        "join plain b on b.id = r order by one, other",
        "patterns": "select pattern, n from counted order by pattern",
    }
    for name, sql in tables.items():
        write(engine.table(sql), into / f"{name}.parquet")
    told = {name: getattr(weights, name).tolist() for name in ("strangers", "same", "home")}
    told["comparisons"] = [one.name for one in weights.comparisons]
    told["pairs"] = [float(share) for share in weights.pairs]
    said = [[answer.one, answer.other, answer.same] for answer in answers]
    write_json({"format": 1, **told, "threshold": threshold, "answers": said}, into / "weights.json")


def forget_id(path: Path, one: str) -> int:
    """Take an id out of what is kept; how many rows went.

    Args:
        path: a folder of :func:`link_again`.
        one: the id.
    """
    uids = {row["uid"] for row in read(path / "records.parquet").to_pylist() if row["id"] == one}
    said = quote_literal(one)
    gone = keep_rows(path / "people.parquet", f"id <> {said} and person <> {said}")
    gone += keep_rows(path / "changes.parquet", f"id <> {said} and before <> {said} and after <> {said}")
    gone += keep_rows(path / "records.parquet", f"id <> {said}")
    if uids:
        listed = ", ".join(quote_literal(uid) for uid in sorted(uids))
        gone += keep_rows(path / "pairs.parquet", f"one not in ({listed}) and other not in ({listed})")
    told = read_json(path / "weights.json")
    left = [answer for answer in told["answers"] if one not in answer[:2]]
    if len(left) < len(told["answers"]):
        write_json(told | {"answers": left}, path / "weights.json")
    return gone
