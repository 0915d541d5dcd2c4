"""The tables of the report: what stands beside each plot, with the same figures, and what can be saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundswell.trust.figures import Interval, Verdict, scaled, verdict
from groundswell.trust.ladder import whole_ladder
from groundswell.trust.teller import PER, Teller
from groundswell.trust.telling import price

RIVALS = ("nothing", "broadcast", "by_size", "mixture", "stereotype", "single", "one_voice")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: what it says.
        more: a second line, such as the interval.
        kind: ``text``, ``number``, or a verdict.
        sign: the verdict's sign, so that colour never speaks alone.
    """

    text: str
    more: str = ""
    kind: str = "text"
    sign: str = ""


@dataclass(frozen=True)
class Table:
    """A table as it is shown, and as it is saved.

    Attributes:
        caption: what it shows.
        head: names of the columns.
        rows: cells; the first of each row names it.
        saved: the same figures as numbers, the first row their names.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    saved: tuple[tuple[object, ...], ...] = field(default=())

    def csv(self) -> str:
        r"""As a CSV file; figures with six significant digits.

        >>> Table("", (), (), (("a", "b"), ("x", 0.125))).csv()
        'a,b\r\nx,0.125\r\n'
        """
        text = io.StringIO()
        writer = csv.writer(text)
        for row in self.saved:
            writer.writerow(
                [f"{cell:.6g}" if isinstance(cell, float) else "" if cell is None else cell for cell in row]
            )
        return text.getvalue()


def judged(teller: Teller, found: Verdict) -> Cell:
    """A verdict as a cell: sign, word and colour say the same."""
    return Cell(teller.say[f"report.verdict.{found}"], kind=found, sign=teller.say[f"report.sign.{found}"])


def number(teller: Teller, estimate: Interval | None) -> Cell:
    """An estimate as a cell, its interval on the second line."""
    if estimate is None:
        return Cell(teller.say["report.word.not_known"], kind="number")
    if verdict(estimate) == "same":
        return Cell(teller.write.count(0), kind="number")
    value, interval = teller.write.interval(estimate)
    return Cell(value, interval, "number")


def count(teller: Teller, value: float) -> Cell:
    """A count as a cell."""
    return Cell(teller.write.count(value), kind="number")


def ladder_table(teller: Teller) -> Table:
    """The steps from nothing to the plan, and all together."""
    say = teller.say
    rows = [
        (
            step["step"],
            Cell(say[f"report.ladder.short_{step['step']}"], say[f"report.ladder.{step['step']}"]),
            step["gain"],
        )
        for step in teller.summary["ladder"]
    ]
    total = Cell(say["report.ladder.short_total"], say["report.ladder.total"])
    whole = whole_ladder(teller.summary["differences"].get("policy-nothing"), teller.summary.get("from_whom"))
    rows.append(("policy", total, whole))
    return _gains(teller, say["report.section.ladder"], say["report.word.step"], rows)


def compare_table(teller: Teller) -> Table:
    """The plan against each simpler way."""
    say, differences = teller.say, teller.summary["differences"]
    rows = []
    for rival in RIVALS:
        if rival == "by_size" and teller.unit == "person":
            continue  # one person is as large as another
        if rival in {"stereotype", "one_voice"} and f"policy-{rival}" not in differences:
            continue  # no message says whom it is meant for; nothing may be said by several
        told = Cell(say[f"report.compare.{rival}"], say(f"report.compare.{rival}_more", units=teller.unit_name))
        rows.append(("policy", told, differences.get(f"policy-{rival}")))
    return _gains(teller, say["report.compare.title"], say["report.word.compared_with"], rows)


def _gains(teller: Teller, caption: str, first: str, rows: Iterable[tuple[str, Cell, Interval | None]]) -> Table:
    """Rows of gains: per 1,000 people, per 1,000 units where they are not people, per 1,000 of the money."""
    say = teller.say
    by_unit, by_money = teller.unit != "person", teller.money is not None
    units = say("report.word.per_units", units=teller.unit_name)
    money = say("report.word.per_money", currency=teller.currency)
    people = say("report.word.per_people", goal=teller.goal)
    head = [first, people, *([units] if by_unit else []), *([money] if by_money else []), say["report.word.verdict"]]
    parts = [say[f"report.word.{part}"] for part in ("value", "lower", "upper")]
    scales = [people, *([units] if by_unit else []), *([money] if by_money else [])]
    saved: list[tuple[object, ...]] = [(first, *(f"{scale}: {part}" for scale in scales for part in parts))]
    shown = []
    for spender, told, gain in rows:
        estimates = [scaled(gain, PER)]
        estimates += [teller.per_units(gain)] if by_unit else []
        estimates += [teller.per_money(spender, gain)] if by_money else []
        shown.append((told, *(number(teller, found) for found in estimates), judged(teller, verdict(gain))))
        saved.append((told.text, *(value for found in estimates for value in three(found))))
    return Table(caption, tuple(head), tuple(shown), tuple(saved))


def three(estimate: Interval | None) -> tuple[float | None, ...]:
    """Value, lower and upper as they are saved.

    >>> three({"value": 2.0, "lower": 1.0, "upper": 3.0})
    (2.0, 1.0, 3.0)
    """
    return (None, None, None) if estimate is None else (estimate["value"], estimate["lower"], estimate["upper"])


def plan_table(teller: Teller) -> Table:
    """How many units get what: chosen, and drawn by chance; in a pilot chance draws everything."""
    summary, say, pilot = teller.summary, teller.say, teller.summary["pilot"] is not None
    rows, saved = [], []
    for option, units in plan_rows(summary):
        share = units / summary["units"] if summary["units"] else 0.0
        chosen = summary["chosen"].get(option, 0)
        split = () if pilot else (teller.write.count(chosen), teller.write.count(units - chosen))
        told = (teller.write.count(units), teller.write.percent(share), *split)
        rows.append((Cell(teller.option(option)), *(Cell(text, kind="number") for text in told)))
        saved.append((option, units, share * 100, *(() if pilot else (chosen, units - chosen))))
    split_names = () if pilot else (say["report.word.chosen"], say["report.word.drawn"])
    head = (say["report.word.option"], teller.unit_name, say["report.word.share"], *split_names)
    return Table(say["report.section.plan"], head, tuple(rows), (head, *saved))


def plan_rows(summary: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Options by how many units get them, ``nothing`` last."""
    counts = summary["decisions"]
    named = sorted((name for name in counts if name != "nothing"), key=lambda name: (-counts[name], name))
    return [(name, int(counts[name])) for name in (*named, "nothing") if name in counts]


def limits_table(teller: Teller) -> Table:
    """What is scarce: used, at most, left, and its price in words."""
    say, rows, floors = teller.say, [], teller.summary["floors"]
    parts = ("used", *(("at_least",) if floors else ()), "at_most", "left")
    for name, limit in teller.summary["limits"].items():
        cells = [amount_cell(teller, limit["of"], limit[part]) for part in parts]
        rows.append((Cell(name.replace("_", " ")), *cells, Cell(price(teller, name))))
    names = ("limit", *parts, "one_more")
    return Table(say["report.plan.limits_title"], tuple(say[f"report.word.{name}"] for name in names), tuple(rows))


def amount_cell(teller: Teller, of: str, amount: float | None) -> Cell:
    """How much there is of something scarce; blank where there is no end to it."""
    if amount is None:
        return Cell("", kind="number")
    told = teller.write.money(amount, teller.currency) if of == "money" else teller.write.exact(amount)
    return Cell(told, kind="number")


def left_out_table(teller: Teller) -> Table:
    """Why units get nothing, the most frequent reason first."""
    say, summary = teller.say, teller.summary
    rows = []
    for reason, units in sorted(summary["left_out"].items(), key=lambda entry: (-entry[1], entry[0])):
        told = say.get(f"report.left_out.{reason}", reason)
        share = units / summary["units"] if summary["units"] else 0.0
        rows.append((Cell(told, reason), count(teller, units), Cell(teller.write.percent(share), kind="number")))
    head = (say["report.word.reason"], teller.unit_name, say["report.word.share"])
    return Table(say["report.section.left_out"], head, tuple(rows))


def losses_table(teller: Teller) -> Table:
    """Outcomes that are not known, option by option, the largest part first."""
    say, missing = teller.say, teller.summary["missing"]
    known = {arm["option"]: arm["people"] for arm in teller.summary["arms"]}
    shares = {option: lost / (lost + known.get(option, 0)) for option, lost in missing.items() if lost}
    rows = []
    for option in sorted(shares, key=lambda name: (-shares[name], name)):
        cells = [count(teller, known.get(option, 0)), count(teller, missing[option])]
        rows.append((Cell(teller.option(option)), *cells, Cell(teller.write.percent(shares[option]), kind="number")))
    names = ("option", "known", "not_known", "lost")
    return Table(say["report.data.losses_title"], tuple(say[f"report.word.{name}"] for name in names), tuple(rows))


def rejected_table(teller: Teller) -> Table:
    """Rows that could not be used, by reason."""
    say = teller.say
    rows = tuple(
        (
            Cell(str(entry["reason"]), kind="foreign"),
            Cell(str(entry["file"])),
            Cell(str(entry["column"] or "")),
            count(teller, entry["rows"]),
            count(teller, entry["first_row"]),
        )
        for entry in teller.summary["rejected_reasons"]
    )
    names = ("reason", "file", "column", "rows", "first_row")
    return Table(say["report.data.rejected_title"], tuple(say[f"report.word.{name}"] for name in names), rows)
