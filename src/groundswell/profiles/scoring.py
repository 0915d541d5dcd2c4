"""The scores that a campaign declares: learnt from those of whom an answer is known, told of everybody.

A score that foretells answers it did not see no better than their mean is told as such, and is no trait of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.profiles.interests import interest_column
from groundswell.profiles.scores import Reason, ScoreModel, rake
from groundswell.profiles.settings import Score, Topic, Trait
from groundswell.profiles.traits import trait_columns
from groundswell.stats import Estimate, draw
from groundswell.tables import Contract, check_expression, evaluate
from groundswell.vocabulary import CONTACTS, EvidenceError, ExpressionError, nearest

SCORES = Contract(
    "scores",
    {
        "person": pa.string(),
        "score": pa.string(),
        "value": pa.float64(),
        "lower": pa.float64(),
        "upper": pa.float64(),
    },
)
"""The probability of every score that is worth something, for everybody whom it is told of, with a 95 % interval."""

ANSWERS = Contract(
    "answers",
    {
        "person": pa.string(),
        "score": pa.string(),
        "answer": pa.float64(),
        "weight": pa.float64(),
        "foretold": pa.float64(),
        "at": pa.date32(),
    },
    nullable=frozenset({"at"}),
)
"""What scores were learnt from: each answer, and what a model that did not see it says."""

SCORE = "score_"
"""How the trait that holds a score begins."""
TOO_FEW = "too few"
"""Said instead of a reason where the reason itself would tell of a few people."""
MOST_ANSWERS = 50_000
"""A score is learnt from so many answers at most; of more, chance takes as many."""
_BINS = 20
_FEWEST_IN_BIN = 20
_DRAWS = 400


class Foretold(NamedTuple):
    """What came of the declared scores.

    Attributes:
        scores: contract ``SCORES``.
        answers: contract ``ANSWERS``.
        told: what is to be said of each, as plain numbers and texts.
    """

    scores: pa.Table
    answers: pa.Table
    told: list[dict[str, Any]]


def score_column(score: str) -> str:
    """The trait that holds a score.

    >>> score_column("levy-support")
    'score_levy_support'
    """
    return SCORE + score.replace("-", "_")


def foretell(
    scores: Sequence[Score],
    people: pa.Table,
    rows: pa.Table,
    traits: pa.Table,
    *,
    declared: Sequence[Trait],
    topics: Sequence[Topic],
    acted: Mapping[str, set[str]],
    seed: int,
    file: str,
) -> Foretold:
    """Learn every declared score, and tell it of everybody.

    Args:
        scores: what to tell.
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people, with ``_row``.
        traits: what is known of everybody, in the order of ``people``.
        declared: how traits are made: what is made of an answer foretells nothing.
        topics: how interests are made.
        acted: action -> the people who did it.
        seed: another seed, other folds.
        file: where the scores are declared, for errors.

    Raises:
        ExpressionError: when an expression fails, an answer is neither yes nor no, or there is no trait of a name.

    >>> ids = [f"p{place}" for place in range(400)]
    >>> rows = pa.table({"_row": range(400), "age": range(400), "q1": [None, "for", "for", "no"] * 50 + ["no"] * 200})
    >>> people = pa.table({"person": ids, "unit": ids, "row": range(400)})
    >>> traits = people.select(["person", "unit"]).append_column("age", rows["age"].cast("double"))
    >>> levy, age = Score("levy", "would vote for the levy", answer="q1 = 'for'"), Trait("age", "age")
    >>> found = foretell([levy], people, rows, traits, declared=[age], topics=[], acted={}, seed=0, file="campaign.toml")
    >>> found.told[0]["useful"], found.told[0]["answers"], found.scores.num_rows
    (True, 350, 400)
    """
    found = [
        _Declared(
            one, people, rows, traits, foretells(one, traits, rows, declared, topics, file=file), acted, seed, file
        )
        for one in scores
    ]
    learnt = [one.learn() for one in found]
    nothing = Foretold(SCORES.check(_empty(SCORES)), ANSWERS.check(_empty(ANSWERS)), [])
    return Foretold(
        pa.concat_tables([nothing.scores, *(one.scores for one in learnt)]),
        pa.concat_tables([nothing.answers, *(one.answers for one in learnt)]),
        [told for one in learnt for told in one.told],
    )


def foretells(
    score: Score, traits: pa.Table, rows: pa.Table, declared: Sequence[Trait], topics: Sequence[Topic], *, file: str
) -> list[str]:
    """The traits that a score is learnt from: those it names, or all but what is made of the answer itself.

    Args:
        score: which.
        traits: what is known of everybody.
        rows: the typed rows of the file of people.
        declared: how traits are made.
        topics: how interests are made.
        file: where they are declared, for errors.

    Raises:
        ExpressionError: when it names a trait that there is not, or one that is made of the answer.

    >>> rows = pa.table({"_row": [1], "born": [1990], "q1": ["for"]})
    >>> traits = pa.table({"person": ["a"], "unit": ["a"], "age": [36.0], "against": [0.0]})
    >>> made = [Trait("age", "2026 - born"), Trait("against", "q1 = 'against'")]
    >>> foretells(Score("levy", "is for it", answer="q1 = 'for'"), traits, rows, made, [], file="campaign.toml")
    ['age']
    """
    columns = tuple(rows.column_names)

    def read(sql: str | None, key: str) -> frozenset[str]:
        return check_expression(sql, columns, file=file, key=key) if sql else frozenset()

    answer = read(score.answer, f"scores.{score.name}.answer")
    made = {
        one.name: frozenset(name for name, _ in one.columns) if one.built_in else read(one.sql, f"traits.{one.name}")
        for one in declared
    }
    made |= {interest_column(one.name): read(one.interest, f"topics.{one.name}.interest") for one in topics}
    known = [name for name in trait_columns(traits) if name != CONTACTS and not name.startswith(SCORE)]
    same = {name for name in known if made.get(name.removeprefix("household_"), made.get(name, frozenset())) & answer}
    for name in (*(score.of or ()), *(score.factors or ()), *score.rake, *score.margins, *score.areas):
        if name not in known:
            raise ExpressionError(
                f"There is no trait {name}.",
                file=file,
                key=f"scores.{score.name}",
                found=name,
                expected="one of: " + ", ".join(known),
                hint=f"Did you mean {near}?" if (near := nearest(name, known)) else "Declare it in [traits].",
            )
        if score.of is not None and name in same and name in score.of:
            raise ExpressionError(
                f"{name} is made of the answer that the score {score.name} is to foretell.",
                file=file,
                key=f"scores.{score.name}.of",
                found=name,
                expected="facts that are known of those who were not asked, too",
                hint="Leave it out.",
            )
    chosen = [name for name in known if name not in same] if score.of is None else list(score.of)
    if not chosen:
        raise ExpressionError(
            f"There is nothing that the score {score.name} could be learnt from.",
            file=file,
            key=f"scores.{score.name}.of",
            found="no trait",
            expected="traits that are not made of the answer",
            hint="Declare some in [traits].",
        )
    return chosen


def blank_of_some(traits: pa.Table) -> frozenset[str]:
    """The traits that are blank of somebody.

    >>> sorted(blank_of_some(pa.table({"a": [1.0, np.nan], "b": ["x", None], "c": ["x", "y"]})))
    ['a', 'b']
    """
    found = set()
    for name in trait_columns(traits):
        column = traits[name]
        if column.null_count or (pa.types.is_floating(column.type) and bool(np.isnan(column.to_numpy()).any())):
            found.add(name)
    return frozenset(found)


def with_scores(traits: pa.Table, found: pa.Table, also: Sequence[str] = ()) -> pa.Table:
    """Traits with a column ``score_<name>`` for each score that is worth something, NaN where it is not told.

    Args:
        traits: ``person``, ``unit`` and traits.
        found: contract ``SCORES``.
        also: scores that get a column, blank of everybody, if they are worth nothing.

    >>> known = {"person": ["ada"], "score": ["levy"], "value": [0.7], "lower": [0.5], "upper": [0.8]}
    >>> traits = pa.table({"person": ["ada", "ben"], "unit": ["ada", "ben"]})
    >>> with_scores(traits, pa.table(known))["score_levy"].to_pylist()
    [0.7, nan]
    """
    for name in pc.unique(found["score"]).to_pylist():
        mine = found.filter(pc.equal(found["score"], name))
        place = pc.index_in(traits["person"], value_set=mine["person"].combine_chunks()).combine_chunks()
        values = mine["value"].combine_chunks().take(place)
        traits = traits.append_column(score_column(name), pc.fill_null(values, np.nan))
    for name in also:
        if score_column(name) not in traits.column_names:
            traits = traits.append_column(score_column(name), pa.array(np.full(traits.num_rows, np.nan)))
    return traits


def without_scores(traits: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
    """Traits with scores blank, such as of a time before anybody was asked.

    Args:
        traits: ``person``, ``unit`` and traits.
        names: of which scores; None: of all.

    >>> without_scores(pa.table({"age": [3.0], "score_levy": [0.7]})).to_pylist()
    [{'age': 3.0, 'score_levy': nan}]
    """
    columns = [name for name in traits.column_names if name.startswith(SCORE)]
    columns = columns if names is None else [name for name in map(score_column, names) if name in columns]
    for name in columns:
        place = traits.column_names.index(name)
        traits = traits.set_column(place, name, pa.array(np.full(traits.num_rows, np.nan)))
    return traits


def hide_few(told: Mapping[str, Any], smallest: int) -> dict[str, Any]:
    """What is said of a score, without what would tell of a few people: so few answers, or places where so few live.

    Nor are places told that, taken off the whole, would give those away.

    Args:
        told: of one score.
        smallest: the fewest people that anything may be told of.

    >>> one = {"value": 0.5, "lower": 0.4, "upper": 0.6}
    >>> areas = {"town": {name: {**one, "people": many} for name, many in (("a", 3), ("b", 40), ("c", 90))}}
    >>> [place["value"] for place in hide_few({"areas": areas}, 5)["areas"]["town"].values()]
    [None, None, 0.5]
    """
    silent = told.get("people", smallest) - told.get("answers", smallest)
    if any(0 < count < smallest for count in (told.get("people", 0), told.get("answers", 0), silent)):
        kept = {name: told[name] for name in ("score", "say", "of")}
        return kept | {
            "answers": None,
            "people": None,
            "used": None,
            "share": None,
            "useful": False,
            "refused": TOO_FEW,
        }
    areas = {area: _hidden(places, smallest) for area, places in told.get("areas", {}).items()}
    return {**told, "areas": areas} if "areas" in told else dict(told)


def _hidden(places: Mapping[str, Mapping[str, Any]], smallest: int) -> dict[str, dict[str, Any]]:
    by_size = sorted(places, key=lambda name: (places[name]["people"], name))
    hidden = {name for name in by_size if places[name]["people"] < smallest}
    # The share of all and of all others but one is that one's: a single place is not hidden alone.
    while hidden and (len(hidden) == 1 or sum(places[name]["people"] for name in hidden) < smallest):
        more = [name for name in by_size if name not in hidden]
        if not more:
            break
        hidden.add(more[0])
    blank = {"value": None, "lower": None, "upper": None, "people": None}
    return {name: blank if name in hidden else dict(place) for name, place in places.items()}


def reasons_of(
    score: Score,
    answers: pa.Table,
    traits: pa.Table,
    chosen: Sequence[str],
    *,
    of: Sequence[str],
    seed: int,
    most: int = 3,
) -> dict[str, tuple[Reason, ...]]:
    """The facts that moved the score of some people most. The same model is learnt again from the same answers.

    Args:
        score: which.
        answers: contract ``ANSWERS``, of this score.
        traits: what was known of everybody when it was learnt.
        chosen: people.
        of: the traits that it was learnt from.
        seed: as it was then.
        most: how many facts for each.

    Returns:
        Person -> the facts, the one that moved most first.

    >>> ids = [f"p{place}" for place in range(400)]
    >>> traits = pa.table({"person": ids, "unit": ids, "age": [float(place) for place in range(400)]})
    >>> told = {"person": ids, "answer": [float(place < 200) for place in range(400)], "weight": [1.0] * 400}
    >>> found = reasons_of(Score("levy", "is for it"), pa.table(told), traits, ["p9"], of=["age"], seed=0)
    >>> found["p9"][0].trait, found["p9"][0].points > 20
    ('age', True)
    """
    asked = pc.index_in(answers["person"], value_set=traits["person"].combine_chunks()).combine_chunks()
    known = traits.take(asked)
    fitted = ScoreModel(factors=_factors(score, of, traits), seed=seed).fit(
        known.select(list(of)),
        answers["answer"].to_numpy(),
        weight=answers["weight"].to_numpy(),
        unit=known["unit"].to_pylist(),
    )
    place = pc.index_in(pa.array(chosen, pa.string()), value_set=traits["person"].combine_chunks())
    return dict(zip(chosen, fitted.reasons(traits.take(place).select(list(of)), most=most), strict=True))


class _Declared:
    """One declared score on its way to everybody."""

    def __init__(
        self,
        score: Score,
        people: pa.Table,
        rows: pa.Table,
        traits: pa.Table,
        of: list[str],
        acted: Mapping[str, set[str]],
        seed: int,
        file: str,
    ) -> None:
        self.score, self.people, self.traits, self.seed, self.file = score, people, traits, seed, file
        wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
        said = {
            name: sql
            for name, sql in (("answer", score.answer), ("where", score.where), ("weight", score.weight))
            if sql is not None
        }
        said |= {"at": f'"{score.at}"'} if score.at else {}
        self.values = evaluate(said, rows, file=file, section=f"scores.{score.name}").take(wanted) if said else None
        self.acted, self.of = acted, of

    def learn(self) -> Foretold:
        score = self.score
        answer, inside = self._answers(), self._inside()
        asked = np.flatnonzero(inside & ~np.isnan(answer))
        told: dict[str, Any] = {
            "score": score.name,
            "say": score.say,
            "answers": len(asked),
            "people": int(inside.sum()),
            "share": float(answer[asked].mean()) if len(asked) else None,
            "of": list(self.of),
            "used": len(asked),
            "useful": False,
            "refused": None,
        }
        if len(asked) > MOST_ANSWERS:
            lot = draw(self.people["person"].take(pa.array(asked)).to_pylist(), key=f"score|{score.name}|{self.seed}")
            asked = np.sort(asked[np.argsort(lot, kind="stable")[:MOST_ANSWERS]])
            told["used"] = len(asked)
        nothing = Foretold(_empty(SCORES), _empty(ANSWERS), [told])
        try:
            weight = self._weights(asked, inside)
            known = self.traits.take(pa.array(asked))
            fitted = ScoreModel(factors=_factors(score, self.of, self.traits), seed=self.seed).fit(
                known.select(self.of), answer[asked], weight=weight, unit=known["unit"].to_pylist()
            )
        except EvidenceError as error:
            told["refused"] = error.message
            return nothing
        answers = pa.table(
            {
                "person": known["person"],
                "score": pa.array([score.name] * len(asked), pa.string()),
                "answer": answer[asked],
                "weight": weight,
                "foretold": fitted.out_of_fold_,
                "at": self._days(asked),
            }
        )
        told |= _how_good(fitted, answer[asked], weight, key=f"calibration|{score.name}|{self.seed}")
        mine = np.flatnonzero(inside)
        everybody = self.traits.take(pa.array(mine)).select(self.of)
        told["areas"] = {area: self._areas(fitted, everybody, mine, area) for area in score.areas}
        if not fitted.useful_:
            return Foretold(nothing.scores, answers.cast(pa.schema(ANSWERS.columns)), [told])
        of_all = fitted.predict(everybody)
        found = pa.table(
            {
                "person": self.people["person"].take(pa.array(mine)),
                "score": pa.array([score.name] * len(mine), pa.string()),
                "value": of_all.value,
                "lower": of_all.lower,
                "upper": of_all.upper,
            }
        )
        return Foretold(found.cast(pa.schema(SCORES.columns)), answers.cast(pa.schema(ANSWERS.columns)), [told])

    def _answers(self) -> NDArray[np.float64]:
        """(people,) 1, 0, or NaN where nothing is known."""
        if self.score.answer is None:
            did = pa.array(sorted(self.acted.get(self.score.action or "", set())), pa.string())
            return np.asarray(
                pc.is_in(self.people["person"], value_set=did).to_numpy(zero_copy_only=False), dtype=float
            )
        found = self._numbers("answer", yes_no=True)
        odd = np.flatnonzero(~np.isnan(found) & (found != 0) & (found != 1))
        if len(odd):
            raise self._wrong("answer", f"{found[odd[0]]:g}", "true or false, and a blank for whoever was not asked")
        return found

    def _inside(self) -> NDArray[np.bool_]:
        if self.score.where is None:
            return np.ones(self.people.num_rows, dtype=bool)
        return np.asarray(self._numbers("where", yes_no=True) == 1.0)

    def _weights(self, asked: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        weight = np.ones(len(asked))
        if self.score.weight is not None:
            weight = self._numbers("weight")[asked]
            if np.isnan(weight).any():
                weight = np.where(np.isnan(weight), 0.0, weight)
        margins = {name: dict(margin) for name, margin in self.score.margins.items()}
        for name in self.score.rake:
            levels = pc.fill_null(self.traits[name].filter(pa.array(inside)).cast(pa.string()), "")
            of_asked = set(pc.fill_null(self.traits[name].take(pa.array(asked)).cast(pa.string()), "").to_pylist())
            counted = {str(one["values"]): float(one["counts"]) for one in pc.value_counts(levels).to_pylist()}
            # Where nobody answered, nobody can stand for those who live there.
            margins[name] = {level: count for level, count in counted.items() if level in of_asked}
        known = margins and len(asked) > 0
        return rake(self.traits.take(pa.array(asked)), margins, weight=weight) if known else weight

    def _days(self, asked: NDArray[np.int64]) -> pa.Array:
        if self.values is None or self.score.at is None:
            return pa.nulls(len(asked), pa.date32())
        return self.values["at"].take(pa.array(asked)).cast(pa.date32()).combine_chunks()

    def _areas(
        self, fitted: ScoreModel, everybody: pa.Table, mine: NDArray[np.int64], area: str
    ) -> dict[str, dict[str, float]]:
        count = everybody.num_rows
        cells = everybody.append_column("~people", pa.array(np.ones(count)))
        place = self.traits[area].take(pa.array(mine)).cast(pa.string())
        cells = cells.append_column("~area", place)
        found: dict[str, Estimate] = fitted.by_area(cells, "~area", "~people")
        sizes = {str(one["values"]): int(one["counts"]) for one in pc.value_counts(place.drop_null()).to_pylist()}
        return {name: {**one.as_json(), "people": sizes[name]} for name, one in sorted(found.items())}

    def _numbers(self, what: str, *, yes_no: bool = False) -> NDArray[np.float64]:
        assert self.values is not None
        column = self.values[what]
        try:
            if pa.types.is_boolean(column.type):
                column = column.cast(pa.int8())
            elif pa.types.is_string(column.type):
                raise pa.ArrowInvalid("texts")
            found = np.array(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
        except pa.ArrowInvalid as error:
            raise self._wrong(what, str(error), "true or false" if yes_no else "a number") from error
        return found

    def _wrong(self, what: str, found: str, expected: str) -> ExpressionError:
        sql = getattr(self.score, what)
        return ExpressionError(
            f"The {what} of the score {self.score.name} cannot be used.",
            file=self.file,
            key=f"scores.{self.score.name}.{what}",
            found=f"{found}, from  {sql}",
            expected=expected,
            hint="Compare a text with what it may say, such as  q3 = 'yes'.",
        )


def _factors(score: Score, of: Sequence[str], traits: pa.Table) -> list[str]:
    if score.factors is not None:
        return list(score.factors)
    return [name for name in of if not pa.types.is_floating(traits[name].type)]


def _how_good(
    fitted: ScoreModel, answer: NDArray[np.float64], weight: NDArray[np.float64], *, key: str
) -> dict[str, Any]:
    """How far the score comes true, on answers that its models did not see, beside a perfect forecast of the same rows."""
    chance = fitted.out_of_fold_
    bins = _equal_bins(chance)
    rows = []
    for number in range(int(bins.max()) + 1):
        here = bins == number
        held = weight[here].sum()
        if held <= 0:
            continue
        said, came = (float(weight[here] @ values[here] / held) for values in (chance, answer))
        effective = held**2 / np.square(weight[here]).sum()
        error = float(np.sqrt(max(said * (1 - said), 0.0) / effective))
        rows.append({"said": said, "came": came, "answers": int(here.sum()), "error": error})
    lots = np.random.default_rng(int(draw([key], key="score")[0] * 2**53))
    perfect = [_off(chance, (lots.random(len(chance)) < chance).astype(float), weight, bins) for _ in range(_DRAWS)]
    slope, intercept = fitted.calibration_
    return {
        "useful": fitted.useful_,
        "skill": fitted.skill_.as_json(),
        "calibration": {"slope": slope, "intercept": intercept, "off": _off(chance, answer, weight, bins)},
        "perfect_off": float(np.mean(perfect)),
        "bins": rows,
        "spread": fitted.spread_,
        "left_out": fitted.left_out_,
    }


def _equal_bins(chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) up to 20 bins of as many answers each, by what is said of them."""
    count = int(np.clip(len(chance) // _FEWEST_IN_BIN, 1, _BINS))
    order = np.argsort(chance, kind="stable")
    bins = np.empty(len(chance), dtype=np.int64)
    bins[order] = np.arange(len(chance)) * count // len(chance)
    return bins


def _off(
    chance: NDArray[np.float64], answer: NDArray[np.float64], weight: NDArray[np.float64], bins: NDArray[np.int64]
) -> float:
    """By how much what is said of a bin differs from what came, on average (ECE, equal-mass bins)."""
    differs = np.bincount(bins, weight * (answer - chance))
    return float(np.abs(differs).sum() / weight.sum())


def _empty(contract: Contract) -> pa.Table:
    return pa.schema(contract.columns).empty_table()
