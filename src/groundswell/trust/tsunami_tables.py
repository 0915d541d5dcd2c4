"""The tables of a log that stand without a plot: what was sent most, what columns were taken for, what could not be used."""

from __future__ import annotations

from groundswell.trust.tabulating import Cell, Table
from groundswell.trust.tsunami_words import ROLES, Told


def variety_table(told: Told) -> Table:
    """Plain and effective numbers, per person and over all."""
    say, write, variety = told.say, told.write, told.summary["variety"]
    names = ("mean", "p10", "median", "p90", "max")
    rows = []
    for kind, word in (("different", "plain"), ("effective", "effective")):
        figures = [variety["person"][kind][name] for name in names]
        cells = [Cell(write.short(figure), kind="number") for figure in (*figures, variety["all"][kind])]
        rows.append((Cell(say[f"tsunami.variety.{word}"]), *cells))
    head = (say["tsunami.variety.person"], *(say[f"tsunami.variety.{name}"] for name in (*names, "over_all")))
    return Table(say["tsunami.variety.table"], head, tuple(rows))


def top_tables(told: Told) -> list[tuple[str, str, Table]]:
    """The most frequent messages, channels and topics: heading, how many are shown, table."""
    say, write, found = told.say, told.write, []
    for kind, rows in told.summary["top"].items():
        if not rows:
            continue
        cells = tuple(
            (
                Cell(row["name"]),
                Cell(write.count(row["sendings"]), kind="number"),
                Cell(write.count(row["people"]), kind="number"),
                percent(told, row["reach"]),
            )
            for row in rows[:10]
        )
        heading, total = say[f"tsunami.top.{kind}"], told.log[f"{kind}s"]
        shown = say("tsunami.top.first", n=len(cells), all=write.count(total)) if total > len(cells) else ""
        head = (
            say[f"tsunami.top.name_{kind}"],
            *(say[f"tsunami.top.{part}"] for part in ("sendings", "people", "reach")),
        )
        found.append((heading, shown, Table(heading, head, cells)))
    return found


def columns_table(told: Told) -> Table | None:
    """What each column was taken for, with an example."""
    say, columns = told.say, told.summary["columns"]
    rows = tuple(
        (
            Cell(say[f"tsunami.data.{role}"], f"--{role}"),
            Cell(columns[role]["column"]),
            Cell(_example(role, columns[role]["example"] or "")),
            Cell(say[f"tsunami.data.how_{columns[role]['how']}"]),
        )
        for role in ROLES
        if role in columns
    )
    head = tuple(say[f"tsunami.data.{name}"] for name in ("role", "column", "example", "how"))
    return Table(say["tsunami.data.columns"], head, rows) if rows else None


def _example(role: str, example: str) -> str:
    """A page goes from hand to hand: nobody's address stands on it whole."""
    return f"{example[:3]}…" if role in ("who", "household") and example else example


def rejected_table(told: Told) -> Table:
    """Why rows could not be used, the most frequent reason first."""
    say, write = told.say, told.write
    rows = tuple(
        (
            Cell(reason["reason"], kind="foreign"),
            Cell(reason["column"] or ""),
            Cell(write.count(reason["rows"]), kind="number"),
            Cell(write.count(reason["first_row"]), kind="number"),
        )
        for reason in told.summary["rows"]["reasons"]
    )
    names = ("reason", "column", "rows", "first_row")
    return Table(say["report.data.rejected_title"], tuple(say[f"report.word.{name}"] for name in names), rows)


def percent(told: Told, share: float) -> Cell:
    """A share as a cell."""
    return Cell(told.write.percent(share), kind="number")
