"""What is for a person to decide: pairs of which neither is sure, with what speaks for and against, field by field."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from groundswell.people.linking.comparing import MISSING, likeness
from groundswell.people.linking.keeping import Answer, Kept
from groundswell.people.linking.learning import Weights, codes_of
from groundswell.people.linking.linking import MEMORY
from groundswell.people.linking.records import Part, take_in
from groundswell.people.linking.scoring import score
from groundswell.sources import as_file
from groundswell.tables import Engine, quote_name
from groundswell.vocabulary import DataError

_LEAST = 0.05
"""Probability; a pair of which less is said is not worth anybody's time."""


@dataclass(frozen=True)
class Evidence:
    """What one comparison says of a pair.

    Attributes:
        comparison: what is compared, such as ``last_name``.
        level: how alike the two are, such as ``same`` or ``close``.
        share: of a value that is the same, the share of people who have it; None: it is not the same, or that is not counted.
        times: how much more likely it makes it that they are one person; below 1: less.
    """

    comparison: str
    level: str
    share: float | None
    times: float


@dataclass(frozen=True)
class Question:
    """Two ids that may be one person.

    Attributes:
        one: an id; of several, the one they go by.
        other: another.
        probability: that they are the same person.
        evidence: what speaks for it and against it.
    """

    one: str
    other: str
    probability: float
    evidence: tuple[Evidence, ...]


def evidence_of(pattern: int, weights: Weights) -> tuple[Evidence, ...]:
    """What each comparison adds, beside all the others: what a home shares says little where everything else says home.

    Args:
        pattern: a pair's levels of likeness.
        weights: what was learnt.
    """
    found = np.array([pattern], np.int64)
    codes = [int(code[0]) for code in codes_of(found, len(weights.comparisons))]
    same, home = (float(part[0]) for part in weights.odds(found))
    ratios = [kind[:, 0].tolist() for kind in weights.ratios(found)]
    told = []
    for place, (one, code) in enumerate(zip(weights.comparisons, codes, strict=True)):
        if code == MISSING:
            continue
        for_same, for_home = ratios[0][place], ratios[1][place]
        times = (same / (home + 1.0)) / ((same / for_same) / (home / for_home + 1.0))
        told.append(Evidence(one.name, *likeness(one, code), times))
    return tuple(told)


def waiting(path: Path, answers: Sequence[Answer], *, most: int | None = None) -> list[Question]:
    """The pairs that are for a person to decide, those first of which nobody can know.

    Args:
        path: a folder of :func:`groundswell.people.linking.keeping.link_again`.
        answers: what was answered; it is not asked again.
        most: how many; None: all.

    Returns:
        One pair for each two people who may be one.
    """
    kept = Kept.of(path)
    pairs = kept.table("pairs")
    patterns = np.unique(pairs["pattern"].to_numpy())
    with Engine() as engine:
        engine.register(
            pairs=pairs,
            records=kept.table("records"),
            people=kept.table("people"),
            worth=pa.table({"pattern": patterns, "p": kept.weights.probability(patterns)}),
            answers=pa.table(
                {
                    "one": pa.array([min(answer.one, answer.other) for answer in answers], pa.string()),
                    "other": pa.array([max(answer.one, answer.other) for answer in answers], pa.string()),
                }
            ),
        )
        rows = engine.table(
            "select one, other, pattern, p from (select least(a.id, b.id) as one, greatest(a.id, b.id) as other, pattern, p, "
            "coalesce(x.person, a.id) as first, coalesce(y.person, b.id) as second from pairs join worth using (pattern) "
            "join records a on a.uid = pairs.one join records b on b.uid = pairs.other "
            "left join people x on x.id = a.id left join people y on y.id = b.id) "
            f"where first <> second and p >= {_LEAST} and (one, other) not in (select (one, other) from answers) "
            "qualify row_number() over (partition by least(first, second), greatest(first, second) order by p desc, one, "
            f"other) = 1 order by abs(p - 0.5), one, other {'' if most is None else f'limit {most}'}"
        ).to_pylist()
    return [Question(row["one"], row["other"], row["p"], evidence_of(row["pattern"], kept.weights)) for row in rows]


def compared(
    path: Path, rows: pa.Table, roles: Mapping[str, str], pair: tuple[str, str], *, person: str, source: str
) -> Question:
    """Two ids that somebody names, with what speaks for and against.

    Args:
        path: a folder of :func:`groundswell.people.linking.keeping.link_again`.
        rows: as that had them.
        roles: role -> column.
        pair: two ids.
        person: the column of ids.
        source: the column that names the list a row is from.

    Raises:
        DataError: when one of them is nobody's, or both are one.
    """
    known = set(rows[person].to_pylist())
    for one in pair:
        if one not in known or pair[0] == pair[1]:
            raise DataError(
                f'There is nobody with the id "{one}".' if one not in known else "These are not two ids.",
                key="--pair",
                found=one,
                expected="two ids of people of the campaign",
                hint="groundswell review  without --pair shows those of which neither is sure.",
            )
    kept = Kept.of(path)
    with tempfile.TemporaryDirectory() as place, Engine(memory=MEMORY, spill=Path(place)) as engine:
        take_in(engine, [Part(as_file(rows, Path(place)), roles, quote_name(source), quote_name(person))])
        engine.register(named=pa.table({"key": list(pair)}))
        engine.run(
            "create temp table two as select min(record) as l, max(record) as r from line where key in (from named)"
        )
        score(engine, "two", "scored", kept.weights.comparisons)
        pattern = int(engine.value("select pattern from scored"))
    likely = float(kept.weights.probability(np.array([pattern]))[0])
    return Question(min(pair), max(pair), likely, evidence_of(pattern, kept.weights))


def weights_of(path: Path) -> list[Evidence]:
    """What every likeness is worth by itself, as it was learnt: how much more often one person shows it than strangers.

    Args:
        path: a folder of :func:`groundswell.people.linking.keeping.link_again`.
    """
    kept = Kept.of(path)
    seen = codes_of(kept.table("patterns")["pattern"].to_numpy(), len(kept.weights.comparisons))
    return [
        Evidence(one.name, *likeness(one, code), float(kept.weights.same[place][code]))
        for place, one in enumerate(kept.weights.comparisons)
        for code in sorted({*seen[place].tolist()} - {MISSING})
    ]
