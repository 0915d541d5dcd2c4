"""What an experiment will be able to see, and what came of it: figures for the page, the terminal and JSON.

Everything is by intention to treat: who was drawn for an arm belongs to it, whatever became of the sending. Errors go by what
was drawn as one. All arms and all actions that are told are one family, and their intervals hold together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.experiments import (
    Comparison,
    compare,
    decay,
    holm,
    plan_power,
    randomise,
    sample_ratio,
    spill_by_share,
    spill_over,
)
from groundswell.listen import Answered
from groundswell.stats import Estimate
from groundswell.vocabulary import NOTHING, EvidenceError

ALPHA, POWER = 0.05, 0.8
_WEEK, _MOST_LEVELS, _LEAST_GROUPS = 7, 20, 100


def foresee(
    plan: Mapping[str, Any], tried: pa.Table, people: pa.Table, outcomes: pa.Table, *, rate: float | None
) -> dict[str, Any]:
    """How small an effect an experiment will find four times in five, told before it starts.

    Args:
        plan: what was written down.
        tried: contract ``policy.TRIALS``: who would take part today.
        people: contract ``people.PEOPLE``.
        outcomes: contract ``listen.OUTCOMES``: what is known of the goal action from before.
        rate: the share who do it anyway, as declared.

    Returns:
        ``visible`` (arm -> effect per person, None where no effect would be seen), ``units``, ``people``, ``needed`` (units
        for the effect that was asked for), and what it was reckoned with: ``rate`` or ``spread`` (None: the worst case),
        ``correlation``, ``comparisons``.
    """
    drawn = _place(people["unit"], tried["unit"])
    inside = drawn >= 0
    groups = np.unique(_texts(tried["drawn"])[drawn[inside]], return_inverse=True)[1]
    size = np.bincount(groups) if len(groups) else np.ones(1)
    goal = plan["actions"][0]
    known = _before(outcomes, people, tried)
    is_event = goal["kind"] == "event"
    mean = float(known[0].mean()) if len(known[0]) >= _LEAST_GROUPS else rate
    spread = float(known[0].std()) if len(known[0]) >= _LEAST_GROUPS else None
    rate = min(max(mean, 0.001), 0.999) if is_event and mean is not None else None
    correlation = _correlation(*known) if size.max() > 1 else 0.0
    comparisons = (len(plan["arms"]) - 1) * len(plan["actions"])
    found = plan_power(
        units=len(size),
        shares=plan["arms"],
        baseline=plan["baseline"],
        effect=plan["effect"],
        rate=rate,
        spread=None if is_event else spread or 1.0,
        size=size,
        correlation=correlation,
        alpha=ALPHA,
        power=POWER,
        comparisons=comparisons,
    )
    told = is_event or spread is not None  # of an amount that nobody has seen yet nothing can be said
    return {
        "visible": {arm: _finite(effect) if told else None for arm, effect in found.visible.items()},
        "units": found.units,
        "people": int(size.sum()),
        "needed": found.needed if told else None,
        "rate": rate,
        "spread": None if is_event else spread,
        "correlation": correlation,
        "comparisons": comparisons,
    }


def judge(
    plan: Mapping[str, Any],
    tried: pa.Table,
    answered: Mapping[str, Answered],
    members: pa.Table,
    people: pa.Table,
    traits: pa.Table,
    *,
    seen: int,
    smallest: int,
) -> dict[str, Any]:
    """What came of an experiment until now.

    Args:
        plan: what was written down.
        tried: contract ``policy.TRIALS``: who takes part.
        answered: action -> what came back of it for those who take part.
        members: ``person`` and ``unit`` as people lived when it was drawn.
        people: contract ``people.PEOPLE``, as people lived and worked together when it was drawn.
        traits: what was known of people when it was drawn.
        seen: days since the draw.
        smallest: the smallest group of which results may be shown. Where fewer are known of one arm, nothing is told of any:
            the others, and the whole, would tell of these few.

    Returns:
        ``redrawn`` (does the plan draw the same again?), ``counts`` by arm, ``actions`` (each with its comparisons, or with
        ``withheld``, the smallest group), and ``ratio`` of those whose result is known, ``pending`` people, ``decay`` and,
        of households and of teams, ``spill_over`` and ``spill_teams``, None where untold.
    """
    comparisons = (len(plan["arms"]) - 1) * len(plan["actions"])
    planned = len(set(tried["drawn"].to_pylist()))  # what was drawn as one, which is what intervals go by
    rows = {name: _Rows.of(found.outcomes, tried, traits, plan) for name, found in answered.items()}
    actions = [
        _withheld(action, smallest)
        if _too_few(plan, rows[action["name"]], smallest)
        else _action(plan, action, rows[action["name"]], comparisons, planned)
        for action in plan["actions"]
    ]
    _adjust(actions)
    goal = plan["actions"][0]
    told = "withheld" not in actions[0]
    beside = _Beside.of(plan, tried, members, people, rows[goal["name"]]) if told else None
    first = answered[goal["name"]]
    return {
        "redrawn": _redrawn(plan, tried),
        "counts": _counts(plan, tried, members, rows[goal["name"]], first),
        "actions": actions,
        "ratio": _ratio(plan, rows[goal["name"]]),
        "pending": max(found.pending for found in answered.values()),
        "decay": _decay(plan, goal, rows[goal["name"]], first, seen) if told else None,
        "spill_over": beside and _spill_over(beside, smallest),
        "spill_teams": beside and _spill_teams(beside, smallest),
    }


class _Rows:
    """The people whose result is known, as arrays."""

    def __init__(
        self,
        person: NDArray[np.object_],
        arm: NDArray[np.object_],
        outcome: NDArray[np.float64],
        share: NDArray[np.float64],
        drawn: NDArray[np.object_],
        past: NDArray[np.float64] | None,
    ) -> None:
        self.person, self.arm, self.outcome, self.share = person, arm, outcome, share
        self.drawn, self.past = drawn, past

    @classmethod
    def of(
        cls,
        outcomes: pa.Table,
        tried: pa.Table,
        traits: pa.Table,
        plan: Mapping[str, Any],
    ) -> _Rows:
        place = _place(outcomes["unit"], tried["unit"])
        outcomes, place = outcomes.filter(pa.array(place >= 0)), place[place >= 0]
        return cls(
            person=_texts(outcomes["person"]),
            arm=_texts(tried["option"])[place],
            outcome=outcomes["value"].to_numpy(),
            share=tried["share"].to_numpy()[place],
            drawn=_texts(tried["drawn"])[place],
            past=_past(outcomes["person"], traits, plan["past"]),
        )


def _action(
    plan: Mapping[str, Any], action: Mapping[str, Any], rows: _Rows, comparisons: int, planned: int
) -> dict[str, Any]:
    """One action: what each arm did to it."""
    there = set(rows.arm.tolist())
    shown = _blank(action) | {"people": len(rows.arm)}
    shown["rates"] = {arm: float(rows.outcome[rows.arm == arm].mean()) for arm in plan["arms"] if arm in there}
    if plan["baseline"] not in there or len(there) < 2:
        return shown
    try:
        found = compare(
            rows.arm.tolist(),
            rows.outcome,
            baseline=plan["baseline"],
            propensity=rows.share,
            unit=rows.drawn.tolist(),
            past=rows.past,
            alpha=ALPHA,
            comparisons=comparisons,
            planned=planned,
        )
    except EvidenceError as error:
        if error.key != "past":
            raise
        # So few have answered yet that what is known of them would explain chance.
        return _action(plan, action, _without_past(rows), comparisons, planned) | {"unadjusted_only": True}
    shown["explained"] = found.explained
    shown["arms"] = [_comparison(one) for one in found.comparisons]
    return shown


def _blank(action: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: action[name] for name in ("name", "kind", "shows", "within")}
    return {**kept, "people": 0, "arms": [], "rates": {}}


def _withheld(action: Mapping[str, Any], smallest: int) -> dict[str, Any]:
    return _blank(action) | {"withheld": smallest}


def _too_few(plan: Mapping[str, Any], rows: _Rows, smallest: int) -> bool:
    """Is anything known of an arm, but of too few people?"""
    return any(0 < int((rows.arm == arm).sum()) < smallest for arm in plan["arms"])


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "option": str(one.arm),
        "estimate": _estimate(one.estimate),
        "unadjusted": _estimate(one.unadjusted),
        "always": _estimate(one.always_valid),
        "p": one.p,
        "units": one.units,
        "people": one.people,
    }


def _without_past(rows: _Rows) -> _Rows:
    return _Rows(rows.person, rows.arm, rows.outcome, rows.share, rows.drawn, None)


def _adjust(actions: list[dict[str, Any]]) -> None:
    """Holm's p over all arms and actions that are told together."""
    every = [arm for action in actions for arm in action["arms"]]
    for arm, adjusted in zip(every, holm([arm["p"] for arm in every]).tolist(), strict=True):
        arm["p_adjusted"] = adjusted


def _counts(
    plan: Mapping[str, Any], tried: pa.Table, members: pa.Table, rows: _Rows, answered: Answered
) -> list[dict[str, Any]]:
    options, groups = _texts(tried["option"]), _texts(tried["drawn"])
    place = _place(members["unit"], tried["unit"])
    lived = options[place[place >= 0]]
    return [
        {
            "option": arm,
            "share": share,
            "drawn": len(set(groups[options == arm].tolist())),
            "people": int((lived == arm).sum()),
            "known": int((rows.arm == arm).sum()),
            "missing": answered.missing.get(arm, 0),
            "outside": answered.unmatched.get(arm, 0),
        }
        for arm, share in plan["arms"].items()
    ]


def _redrawn(plan: Mapping[str, Any], tried: pa.Table) -> bool:
    """Does the plan's key draw the same again?"""
    drawn, stratum = tried["drawn"].to_pylist(), tried["stratum"].to_pylist()
    again = randomise(drawn, plan["arms"], key=plan["key"], strata=stratum)
    return bool((again.arm == _texts(tried["option"]).astype(str)).all())


def _ratio(plan: Mapping[str, Any], rows: _Rows) -> dict[str, Any] | None:
    """Do the results come back as evenly as was drawn? Looked at as often as one likes."""
    known = {arm: len(set(rows.drawn[rows.arm == arm].tolist())) for arm in plan["arms"]}
    if not any(known.values()):
        return None
    found = sample_ratio(known, plan["arms"], always_valid=True)
    return {"p": found.p, "alarm": found.alarm, "arm": str(found.arm), "known": known}


def _decay(
    plan: Mapping[str, Any], goal: Mapping[str, Any], rows: _Rows, answered: Answered, seen: int
) -> dict[str, Any] | None:
    """Week by week, when the effect came."""
    weeks = min(goal["within"] or seen, seen) // _WEEK
    if goal["kind"] != "event" or weeks < 2 or len(set(rows.arm.tolist())) < 2 or plan["baseline"] not in rows.arm:
        return None
    days = dict(zip(answered.first["person"].to_pylist(), answered.first["days"].to_pylist(), strict=True))
    day = np.array([days.get(person, np.nan) for person in rows.person.tolist()])
    if np.isnan(day[rows.outcome > 0]).mean() > 0.1 if (rows.outcome > 0).any() else True:
        return None  # of too many actions nobody wrote down the day
    edges = [_WEEK * (week + 1) for week in range(weeks)]
    found = decay(
        rows.arm.tolist(),
        day,
        baseline=plan["baseline"],
        edges=edges,
        propensity=rows.share,
        unit=rows.drawn.tolist(),
        alpha=ALPHA,
    )
    return {
        "days": edges,
        "arms": {str(arm): [_estimate(one) for one in each] for arm, each in found.period.items()},
    }


class _Beside(NamedTuple):
    """Everybody there was at the draw, with those they lived and worked with then.

    Also who takes no part, and whose result is not known (NaN): the former were told nothing by the experiment, and what the
    latter were drawn for reached the others all the same.
    """

    option: list[str]
    outcome: NDArray[np.float64]
    quiet: NDArray[np.float64]
    household: list[str]
    team: list[str]
    stratum: list[str]

    @classmethod
    def of(
        cls, plan: Mapping[str, Any], tried: pa.Table, members: pa.Table, people: pa.Table, rows: _Rows
    ) -> _Beside | None:
        """None where it cannot be seen: whole groups were drawn, or nobody for nothing."""
        if plan["unit"] != "person" or plan["baseline"] != NOTHING or not len(rows.arm):
            return None
        once = np.sort(np.unique(_texts(people["person"]).astype(str), return_index=True)[1])
        people = people.take(once)  # whom several lists turned out to mean by several ids is one
        person = _texts(people["person"]).tolist()
        there = _place(people["person"], members["person"])
        place = np.where(there >= 0, _place(members["unit"], tried["unit"])[there], -1)
        takes = place >= 0
        known = dict(zip(rows.person.tolist(), rows.outcome.tolist(), strict=True))
        manager = _texts(people["manager"]).tolist()
        return cls(
            option=np.where(takes, _texts(tried["option"])[place], NOTHING).tolist(),
            outcome=np.array([known.get(one, np.nan) for one in person]),
            quiet=np.where(takes, plan["arms"][NOTHING], 1.0),
            household=_texts(people["household"]).tolist(),
            team=[boss or one for boss, one in zip(manager, person, strict=True)],  # who has none leads their own
            # Who takes no part is in a block of their own, where nobody is told.
            stratum=np.where(takes, np.char.add("in ", _texts(tried["stratum"]).astype(str))[place], "").tolist(),
        )


def _spill_over(beside: _Beside, smallest: int) -> dict[str, Any] | None:
    """What an arm does to those of the home who were drawn for nothing."""
    try:
        found = spill_over(beside.option, beside.outcome, beside.household, **_beside_how(beside))
    except EvidenceError:
        return None  # nobody was drawn for nothing beside somebody who was not
    if found.people < smallest:
        return None
    return {
        "direct": _estimate(found.direct),
        "spilled": _estimate(found.spilled),
        "mixed": found.mixed,
        "people": found.people,
    }


def _spill_teams(beside: _Beside, smallest: int) -> dict[str, Any] | None:
    """What each tenth more of their team does to people, by what they were drawn for themselves."""
    try:
        found = spill_by_share(beside.option, beside.outcome, beside.team, strata=beside.stratum, **_beside_how(beside))
    except EvidenceError:
        return None  # nobody works with anybody, or each team kept the shares
    if found.people < smallest:
        return None
    return {
        "untold": _estimate(_tenth(found.untold)),
        "told": _estimate(_tenth(found.told)),
        "share": found.share,
        "spread": found.spread,
        "teams": found.groups,
        "people": found.people,
    }


def _beside_how(beside: _Beside) -> dict[str, Any]:
    """How both are told: two effects each, which hold together."""
    return {"baseline": NOTHING, "propensity": beside.quiet, "alpha": ALPHA / 2}


def _tenth(whole: Estimate) -> Estimate:
    """Of the others being told instead of none, what a tenth of them brings."""
    return Estimate(*(end / 10 for end in whole))


def _before(outcomes: pa.Table, people: pa.Table, tried: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What is known from before of those who would take part and had received nothing, and with whom they are drawn."""
    silent = outcomes.filter(pc.equal(outcomes["option"], NOTHING))
    lives = _place(silent["person"], people["person"])
    unit = np.where(lives >= 0, _texts(people["unit"])[lives], "")
    place = _place(pa.chunked_array([pa.array(unit.tolist(), pa.string())]), tried["unit"])
    groups = np.unique(_texts(tried["drawn"])[place[place >= 0]], return_inverse=True)[1]
    return silent["value"].to_numpy()[place >= 0], groups.astype(np.int64)


def _correlation(values: NDArray[np.float64], group: NDArray[np.int64]) -> float:
    """Of two people of one group (analysis of variance; Donner & Klar 2000); 1, the worst, where too few groups tell."""
    size = np.bincount(group) if len(group) else np.zeros(1)
    several = int((size > 1).sum())
    if several < _LEAST_GROUPS or values.std() == 0:
        return 1.0
    count, rows = len(size), len(values)
    mean = np.bincount(group, values) / size
    between = float(size @ (mean - values.mean()) ** 2) / (count - 1)
    within = float(((values - mean[group]) ** 2).sum()) / (rows - count)
    usual = (rows - float(size @ size) / rows) / (count - 1)
    return float(np.clip((between - within) / (between + (usual - 1) * within), 0.0, 1.0))


def _past(person: pa.ChunkedArray, traits: pa.Table, wanted: list[str]) -> NDArray[np.float64] | None:
    """(n, columns) numbers that were known before the draw; of a category one column a level."""
    if not wanted:
        return None
    place = _place(person, traits["person"])
    columns = []
    for name in wanted:
        column = traits[name]
        if pa.types.is_floating(column.type):
            columns.append(np.where(place >= 0, column.to_numpy()[place], np.nan))
            continue
        texts = np.where(place >= 0, _texts(column)[place], "")
        levels, counts = np.unique(texts.astype(str), return_counts=True)
        common = levels[np.argsort(-counts, kind="stable")][1:_MOST_LEVELS]
        columns += [(texts == level).astype(np.float64) for level in common]
    return np.column_stack(columns) if columns else None


def _place(of: pa.ChunkedArray, among: pa.ChunkedArray) -> NDArray[np.int64]:
    """(n,) where each stands among others; -1 where it does not."""
    found = pc.fill_null(pc.index_in(of, value_set=among.combine_chunks()), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array([text if text is not None else "" for text in column.cast(pa.string()).to_pylist()], dtype=object)


def _estimate(found: Estimate | None) -> dict[str, float | None] | None:
    """As JSON, in which nothing is infinite: an end that is nowhere is null."""
    if found is None:
        return None
    return {"value": _finite(found.value), "lower": _finite(found.lower), "upper": _finite(found.upper)}


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
