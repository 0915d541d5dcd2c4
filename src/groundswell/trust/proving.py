"""The tables of what the past proves: what each option did, which may be sent, and whom to contact first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundswell.trust.figures import Verdict, scaled, verdict
from groundswell.trust.tabulating import Cell, Table, judged, number, three
from groundswell.trust.teller import PER, Teller
from groundswell.trust.telling import by_effect, proven_for_everybody

_CURVE = (("value", "gain"), ("lower", "lower"), ("upper", "upper"))
_NEAR = 0.03
"""How far from a tenth of the people a point of a curve may lie to be told as that tenth."""
NO_POINT = "–"
"""What stands where a curve has no point nearby."""
_COLUMNS = 4
"""More options than this stand as rows, not as columns."""
_READ = (2, 5, 8, 10)
"""The tenths of the people that stand as columns then: more would not fit on a page."""


def arm_verdict(teller: Teller, arm: Mapping[str, Any]) -> Verdict:
    """What is said of an option: the guard's word for gains, its own interval for harm."""
    if arm["option"] in proven_for_everybody(teller.summary):
        return "gain"
    return "harm" if verdict(arm["uplift"]) == "harm" else "none"


def weighted(summary: Mapping[str, Any]) -> str:
    """Which rates are weighted by one over the propensity: ``none``, ``some`` or ``all``.

    >>> weighted({"arms": [{"weighted": True}, {"weighted": False}]})
    'some'
    """
    found = {arm["weighted"] for arm in summary["arms"]}
    return "some" if len(found) > 1 else "all" if True in found else "none"


def arms_table(teller: Teller) -> Table:
    """What each option did; ``nothing`` first, then the largest effect."""
    say = teller.say
    arms = teller.summary["arms"]
    baseline = [arm for arm in arms if arm["option"] == "nothing"]
    rate, more = say("report.goal.rate", goal=teller.goal), say("report.word.per_people", goal=teller.goal)
    weighting = weighted(teller.summary)
    rate, more = (say("report.arms.weighted_head", name=name) if weighting == "all" else name for name in (rate, more))
    told_so = say["report.arms.weighted_cell"] if weighting == "some" else ""
    units = [] if teller.unit == "person" else [teller.unit_name]
    rows, saved = [], []
    for arm in [*baseline, *by_effect([arm for arm in arms if arm["option"] != "nothing"])]:
        is_base = arm["option"] == "nothing"
        effect = None if is_base else scaled(arm["uplift"], PER)
        counts = [arm["people"], *([arm["units"]] if units else [])]
        rows.append(
            (
                Cell(teller.option(arm["option"]), say["report.arms.baseline"] if is_base else ""),
                Cell(teller.write.count(arm["people"]), teller.units(arm["units"]) if units else "", "number"),
                Cell(teller.write.short(arm["rate"] * PER), told_so if arm["weighted"] else "", "number"),
                Cell("") if is_base else number(teller, effect),
                Cell("") if is_base else judged(teller, arm_verdict(teller, arm)),
            )
        )
        saved.append((arm["option"], *counts, arm["rate"] * PER, *three(effect)))
    option, people = say["report.word.option"], say[f"report.word.people{'_rounds' if teller.heard > 1 else ''}"]
    head = (option, people, rate, more, say["report.word.verdict"])
    parts = [f"{more}: {say[f'report.word.{part}']}" for part in ("value", "lower", "upper")]
    return Table(say["report.section.arms"], head, tuple(rows), ((option, people, *units, rate, *parts), *saved))


def guard_table(teller: Teller) -> Table:
    """The guard's verdict for each option: effect on everybody, on the half ranked highest."""
    say = teller.say
    options = list(dict.fromkeys(proof["option"] for proof in teller.summary["proofs"]))
    rows = []
    for option in options:
        proofs = {proof["scope"]: proof for proof in teller.summary["proofs"] if proof["option"] == option}
        cells = []
        for scope in ("everybody", "upper-half"):
            proof = proofs.get(scope)
            cells.append(number(teller, scaled(proof["effect"], PER) if proof else None))
        proven = [scope for scope in ("everybody", "upper-half") if scope in proofs and proofs[scope]["proven"]]
        key = {"everybody": "proven_everybody", "upper-half": "proven_upper"}.get(proven[0]) if proven else "not_proven"
        bound = proofs[proven[0]]["bound"] * PER if proven else 0.0
        kind = "gain" if proven else "none"
        more = say("report.verdict.at_least", bound=teller.write.signed(bound, abs(bound))) if proven else ""
        harm = next((harm for harm in teller.summary["harms"] if harm["option"] == option), None)
        if harm is not None:  # of everybody before the lower half: the wider one holds for both
            kind = kind if proven else "harm"
            told = say(
                f"report.verdict.harm_{harm['scope'].replace('-', '_')}", people=teller.write.count(harm["people"])
            )
            more = " · ".join(part for part in (more, told) if part)
            key = key if proven else "harm"
        rows.append(
            (
                Cell(teller.option(option)),
                *cells,
                Cell(teller.write.short(proofs["everybody"]["visible"] * PER), kind="number"),
                Cell(say[f"report.verdict.{key}"], more, kind, say[f"report.sign.{kind}"]),
            )
        )
    names = ("option", "everybody", "upper_half", "visible", "verdict")
    return Table(say["report.arms.guard_title"], tuple(say[f"report.word.{name}"] for name in names), tuple(rows))


def curve_places(curve: Mapping[str, Sequence[float]]) -> list[int]:
    """Where a curve is read: at every tenth of the people; where units tie it has no point near some tenths."""
    found = [nearest_place(curve["share"], tenth / 10) for tenth in range(11)]
    near = [place for tenth, place in enumerate(found) if abs(curve["share"][place] - tenth / 10) <= _NEAR]
    return list(dict.fromkeys(near))


def nearest_place(shares: Sequence[float], wanted: float) -> int:
    """The place of the share nearest to the wanted one.

    >>> nearest_place([0.0, 0.48, 1.0], 0.5)
    1
    """
    return min(range(len(shares)), key=lambda place: abs(shares[place] - wanted))


def curve_options(summary: Mapping[str, Any]) -> list[str]:
    """Options with a curve, the largest gain first."""
    curves = summary["curves"]
    return sorted((name for name in curves if curves[name]["gain"]), key=lambda name: (-curves[name]["gain"][-1], name))


def curves_table(teller: Teller) -> Table:
    """The curves at every tenth of the people; many options as rows, at some of them."""
    say, options = teller.say, curve_options(teller.summary)
    points = {(tenth, option): _point(teller, option, tenth) for tenth in range(11) for option in options}
    cells = {
        at: Cell(NO_POINT, kind="number") if point is None else number(teller, point[1]) for at, point in points.items()
    }
    names = {option: teller.option(option) for option in options}
    shares = {tenth: teller.write.percent(tenth / 10) for tenth in range(11)}
    if scrolls(teller.summary):
        head = (say["report.word.contacted"], *names.values())
        rows = tuple((Cell(shares[tenth]), *(cells[tenth, option] for option in options)) for tenth in shares)
    else:
        head = (say["report.word.option"], *(say("report.curves.at", share=shares[tenth]) for tenth in _READ))
        rows = tuple((Cell(names[option]), *(cells[tenth, option] for tenth in _READ)) for option in options)
    parts = [say["report.word.contacted"], *(say[f"report.word.{part}"] for part in ("value", "lower", "upper"))]
    saved: list[tuple[object, ...]] = [tuple(f"{option}: {part}" for option in options for part in parts)]
    for tenth in range(11):
        found = [points[tenth, option] for option in options]
        saved.append(
            tuple(size for point in found for size in ((point[0], *three(point[1])) if point else (None,) * 4))
        )
    return Table(say("report.curves.axis_gain", goal=teller.goal), head, rows, tuple(saved))


def scrolls(summary: Mapping[str, Any]) -> bool:
    """Is the table of curves as wide as its options, so that a telephone shows it in a box that scrolls?"""
    return len(curve_options(summary)) <= _COLUMNS


def _point(teller: Teller, option: str, tenth: int) -> tuple[float, dict[str, float]] | None:
    """The share that a curve is read at, and the gain there; None where it has no point nearby."""
    curve = teller.summary["curves"][option]
    place = nearest_place(curve["share"], tenth / 10)
    if abs(curve["share"][place] - tenth / 10) > _NEAR:
        return None
    return curve["share"][place] * 100, {part: curve[name][place] * PER for part, name in _CURVE}
