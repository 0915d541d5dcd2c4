"""Scores on the page: what was said of people beside what came, and the shares of places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust import plots
from groundswell.trust.exhibits import Figure, figure_of
from groundswell.trust.scoring import POINTS, share_words
from groundswell.trust.tabulating import Cell, Table
from groundswell.trust.teller import Teller


def score_figure(teller: Teller, one: Mapping[str, Any]) -> Figure | None:
    """What was said of people beside what came, from models that had not seen their answers."""
    if one["refused"] or len(one["bins"]) < 2:
        return None
    say, write = teller.say, teller.write
    points = [(row["said"] * POINTS, row["came"] * POINTS, row["error"] * POINTS) for row in one["bins"]]
    axes = (say["scores.axis_said"], say["scores.axis_came"])
    labels, locale = say["scores.perfect"], write.locale()
    return figure_of(
        f"score-{one['score']}",
        say(
            "scores.figure",
            name=teller.trait(one["score"].replace("-", "_")),
            off=write.short(one["calibration"]["off"] * POINTS),
            perfect=write.short(one["perfect_off"] * POINTS),
        ),
        say("scores.exact", bins=len(points)),
        _bins_table(teller, one),
        lambda width, title: plots.draw_calibration(points, axes, labels, locale, width, title),
    )


def area_tables(teller: Teller, one: Mapping[str, Any]) -> list[Table]:
    """The share of every place, with its interval."""
    say, write = teller.say, teller.write
    found = []
    for area, places in one.get("areas", {}).items():
        rows, saved = [], [(area, "people", "share", "lower", "upper")]
        for name, place in places.items():
            shown = name or say["scores.blank"]
            if place["value"] is None:
                rows.append((Cell(shown), Cell("", kind="number"), Cell(say["scores.withheld"], kind="number")))
                continue
            value, more = share_words(teller, place)
            rows.append((Cell(shown), Cell(write.count(place["people"]), kind="number"), Cell(value, more, "number")))
            saved.append((name, place["people"], place["value"], place["lower"], place["upper"]))
        head = (teller.trait(area), say["scores.people"], say["scores.share"])
        found.append(Table(say("scores.by", trait=teller.trait(area)), head, tuple(rows), tuple(saved)))
    return found


def _bins_table(teller: Teller, one: Mapping[str, Any]) -> Table:
    say, write = teller.say, teller.write
    head = (say["scores.axis_said"], say["scores.axis_came"], say["scores.answers"])
    rows, saved = [], [("said", "came", "answers", "error_of_a_perfect_forecast")]
    for row in one["bins"]:
        cells = [write.short(row[part] * POINTS) for part in ("said", "came")]
        count = write.count(row["answers"])
        rows.append((Cell(cells[0]), Cell(cells[1], kind="number"), Cell(count, kind="number")))
        saved.append((row["said"], row["came"], row["answers"], row["error"]))
    return Table(say["scores.table"], head, tuple(rows), tuple(saved))
