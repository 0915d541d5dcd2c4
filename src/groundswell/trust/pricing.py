"""What prices say, in words: what more would bring, who stands at the margin, and what floors cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.grouping import mean_words
from groundswell.trust.tabulating import Cell, Table, amount_cell
from groundswell.trust.teller import Teller, trait_words

_MORE_CONTACTS = 10
_NOTHING = 0.01  # of a goal action


def floor_sentences(teller: Teller) -> list[str]:
    """Every floor: whether the plan meets it anyway, and what it costs where it does not."""
    summary, say, write = teller.summary, teller.say, teller.write
    found = []
    for name, floor in summary["floors"].items():
        limit = summary["limits"][name]
        amounts = {part: amount_cell(teller, limit["of"], floor[part]).text for part in ("at_least", "used")}
        told = {"name": name.replace("_", " "), "of": _of(teller, limit["of"]), **amounts}
        if floor["cost"] is None:
            found.append(say(f"report.floors.{'pilot_met' if floor['met'] else 'pilot'}", **told))
        elif floor["one_more"] <= 0:
            found.append(say("report.floors.free", **told))
        elif floor["cost"] < _NOTHING:
            found.append(say("report.floors.unproven", goal=teller.goal, **told))
        else:
            more = write.short(_MORE_CONTACTS * floor["one_more"])
            ten = write.count(_MORE_CONTACTS)
            cost = write.short(floor["cost"])
            found.append(say("report.floors.costs", cost=cost, goal=teller.goal, ten=ten, more=more, **told))
        if floor["by_floor"]:
            told = {"units": teller.units(floor["by_floor"]), "unproven": write.count(floor["unproven"])}
            found[-1] += " " + say(f"report.floors.by_floor{'_unproven' if floor['unproven'] else ''}", **told)
    return found


def _of(teller: Teller, of: str) -> str:
    """What a limit counts, in the reader's language where it is a word of ours."""
    return teller.say.get(f"report.floors.of_{of}", trait_words(of))


def more_title(teller: Teller, more: Mapping[str, Any]) -> str:
    """What half of something scarce, and twice as much, would bring."""
    say = teller.say
    at = {point["amount"]: point["actions"] for point in more["points"]}
    half, double = at.get(0.5 * more["at_most"]), at.get(2.0 * more["at_most"])
    top, name = more["points"][-1], more["limit"].replace("_", " ")
    if top["amount"] <= more["at_most"]:
        return say("report.more.title_enough", amount=_amount(teller, more, top["amount"]), name=name)
    told = {"now": teller.change(more["now"]), "name": name}
    if half is None:
        return say("report.more.title_now", **told)
    told["half"] = teller.write.short(half)
    if double is None:
        return say("report.more.title_top", most=teller.write.short(top["actions"]), **told)
    return say("report.more.title", double=teller.write.short(double), **told)


def more_table(teller: Teller, more: Mapping[str, Any]) -> Table:
    """Amounts of something scarce, what each would bring, and what the last of it adds."""
    say, write = teller.say, teller.write
    points = {(point["amount"], point["actions"]) for point in more["points"]} | {(more["at_most"], more["now"])}
    step = 1000 if teller.summary["limits"][more["limit"]]["of"] == "money" else 10
    rows: list[tuple[Cell, ...]] = []
    saved: list[tuple[object, ...]] = []
    before: tuple[float, float] | None = None
    for amount, actions in sorted(points):
        each = None if before is None else step * (actions - before[1]) / max(amount - before[0], 1e-12)
        told = Cell(_amount(teller, more, amount), say["report.more.today"] if amount == more["at_most"] else "")
        shown = ("" if number is None else write.short(number) for number in (actions, each))
        rows.append((told, *(Cell(text, kind="number") for text in shown)))
        saved.append((amount, actions, each))
        before = (amount, actions)
    brings = say("report.more.brings", goal=teller.goal)
    head = (more["limit"].replace("_", " "), brings, say("report.more.each", step=write.count(step)))
    return Table(say("report.more.heading", name=head[0]), head, tuple(rows), (head, *saved))


def _amount(teller: Teller, more: Mapping[str, Any], amount: float) -> str:
    return amount_cell(teller, teller.summary["limits"][more["limit"]]["of"], amount).text


def margin_sentences(teller: Teller) -> list[str]:
    """Who would be added with a little more of what binds, who would go first, and how they differ from who is in."""
    margin, say = teller.summary["margin"], teller.say
    if margin is None:
        return []
    told = {"share": teller.write.percent(margin["step"]), "name": margin["limit"].replace("_", " ")}
    found = [
        say(
            f"report.margin.{side}",
            **told,
            units=teller.units(sum(counts.values())),
            options=_named(teller, counts),
        )
        for side in ("joins", "leaves")
        if (counts := margin[side])
    ]
    if found and margin["means"]:
        compared = teller.write.names([mean_words(teller, mean) for mean in margin["means"]])
        found.append(say("report.margin.compared", compared=compared))
    return found or [say("report.margin.nobody", **told)]


def _named(teller: Teller, counts: Mapping[str, Any]) -> str:
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    return teller.write.names([f"{teller.option(option)} {teller.write.count(units)}" for option, units in ranked])
