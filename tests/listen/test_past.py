"""What the past says: propensities reckoned by hand, windows, amounts, and rows that fit nobody."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from groundswell.listen import Action, Past, hear
from groundswell.people import gather
from groundswell.sources import PeopleSpec, Rows

TODAY = date(2026, 11, 21)
OPTIONS = ("nothing", "letter/post", "call/phone")
VOTE = Action("vote", True, 1.0, "event", None)


def rows_of(name: str, *rows: dict[str, object]) -> Rows:
    columns = {key: [row.get(key) for row in rows] for key in dict.fromkeys(key for row in rows for key in row)}
    table = pa.table({"_row": list(range(1, len(rows) + 1)), **columns})
    for place, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.string()))
    return Rows(name, table, pa.table({}))


def heard(rows: Rows, past: Past, action: Action = VOTE, *, decide="household", **more):
    source = more.pop("people", rows)
    spec = PeopleSpec(path="p.csv", person="id", household="home" if "home" in source.table.column_names else None)
    people = gather(source, spec, decide=decide).table
    return hear(people, rows, past, action, options=OPTIONS, today=TODAY, source=source, **more)


def one(number: int, home: str, block: str | None, arm: str | None, voted: float | None = 1.0) -> dict[str, object]:
    return {"id": str(number), "home": home, "block": block, "arm": arm, "voted": voted}


NAMES = {"C": "nothing", "L": "letter/post", "T": "call/phone"}


def test_the_propensity_is_the_share_of_households_in_the_block():
    # Block a: four households, two of them nothing, one letter, one call; block b: three, one nothing, two letters.
    homes = [
        ("a1", "a", "C"),
        ("a2", "a", "C"),
        ("a3", "a", "L"),
        ("a4", "a", "T"),
        ("b1", "b", "C"),
        ("b2", "b", "L"),
        ("b3", "b", "L"),
    ]
    people = [one(n, home, block, arm) for n, (home, block, arm) in enumerate(homes)]
    people += [one(90 + n, "a1", "a", "C") for n in range(5)]  # a large household is one draw
    people += [one(99, "a1", "a", None)]  # not part of the experiment
    found = heard(
        rows_of("p.csv", *people), Past("arm", NAMES, drawn_by="household", within="block"), outcome_column="voted"
    )
    shares = {
        row["unit"]: (row["option"], row["propensity"], row["propensities"]) for row in found.decisions.to_pylist()
    }
    assert shares["a1"] == ("nothing", 0.5, [0.5, 0.25, 0.25])
    assert shares["a3"] == ("letter/post", 0.25, [0.5, 0.25, 0.25])
    assert shares["b2"] == ("letter/post", pytest.approx(2 / 3), pytest.approx([1 / 3, 2 / 3, 0.0]))
    assert "99" not in found.outcomes["person"].to_pylist()
    # Nobody of block b could have drawn a call: it says nothing of what one would have done there.
    assert (found.outcomes.num_rows, found.unsupported) == (9, 3)


def test_drawn_person_by_person_everybody_counts_once():
    people = [one(n, "h", None, arm) for n, arm in enumerate("CCCL")]
    found = heard(
        rows_of("p.csv", *people), Past("arm", NAMES, drawn_by="person"), decide="person", outcome_column="voted"
    )
    assert found.outcomes["propensity"].to_pylist() == [0.75, 0.75, 0.75, 0.25]


def test_a_propensity_of_the_file_is_taken_as_it_stands():
    people = [
        {"id": "1", "arm": "nothing", "p": 0.4, "voted": 1.0},
        {"id": "2", "arm": "letter/post", "p": 0.6, "voted": 0.0},
    ]
    found = heard(rows_of("p.csv", *people), Past("arm", propensity="p"), decide="person", outcome_column="voted")
    assert found.outcomes["propensity"].to_pylist() == [0.4, 0.6]
    assert found.decisions["propensities"].to_pylist() == [None, None]


def test_a_blank_outcome_is_listed_counted_and_not_learnt_from():
    people = [one(1, "a", "b", "C"), one(2, "c", "b", "L", None)]
    found = heard(
        rows_of("p.csv", *people), Past("arm", NAMES, drawn_by="household", within="block"), outcome_column="voted"
    )
    assert found.outcomes["person"].to_pylist() == ["1"]
    assert found.missing == {"letter/post": 1}
    assert [(row["row"], row["column"]) for row in found.rejected.to_pylist()] == [(2, "voted")]
    assert found.decisions.num_rows == 2


PEOPLE = rows_of("p.csv", *({"id": str(n), "home": f"h{n // 2}"} for n in range(6)))


def sent(person: int | str, option: str, on: str | None = "2026-10-01", **more: object) -> dict[str, object]:
    day = date.fromisoformat(on) if on else None
    return {"who": str(person), "option": option, "p": 0.5, "day": day, **more}


FILE = Past("option", propensity="p", at="day")


def heard_file(*rows: dict[str, object], action=VOTE, decide="person", past=FILE, **more):
    return heard(rows_of("past.csv", *rows), past, action, people=PEOPLE, decide=decide, past_person="who", **more)


def test_a_treatment_of_somebody_unknown_is_rejected():
    found = heard_file(sent(0, "nothing"), sent("nobody", "letter/post"))
    assert found.rejected.select(["file", "row", "column", "value"]).to_pylist() == [
        {"file": "past.csv", "row": 2, "column": "who", "value": "nobody"}
    ]


def test_of_two_treatments_the_last_one_counts():
    found = heard_file(
        sent(0, "call/phone", "2026-10-02"), sent(0, "letter/post", "2026-10-01"), sent(0, "nothing", None)
    )
    assert found.decisions["option"].to_pylist() == ["call/phone"]
    undated = heard_file(sent(0, "call/phone"), sent(0, "letter/post"), past=Past("option", propensity="p"))
    assert undated.decisions["option"].to_pylist() == ["letter/post"]


def test_a_column_called_sent_is_only_a_day_where_the_campaign_says_so():
    rows = [sent(0, "call/phone", "2026-10-02", sent="1"), sent(0, "letter/post", "2026-10-01", sent="2")]
    assert heard_file(*rows).decisions["option"].to_pylist() == ["call/phone"]


def test_a_household_that_received_different_things_is_rejected_from_the_past_only():
    found = heard_file(sent(0, "nothing"), sent(1, "letter/post"), sent(2, "letter/post"), decide="household")
    assert found.decisions["unit"].to_pylist() == ["h1"]
    assert [(row["row"], row["value"]) for row in found.rejected.to_pylist()] == [(1, "nothing"), (2, "letter/post")]
    assert "conflicting treatments" in found.rejected["reason"][0].as_py()


def acted(person: int | str, on: str, action: str = "vote", amount: float | None = None, **more) -> dict[str, object]:
    return {"who": str(person), "what": action, "on": date.fromisoformat(on), "sum": amount, **more}


COLUMNS = {"person": "who", "action": "what", "at": "on"}


def values(found) -> dict[str, float]:
    return dict(zip(found.outcomes["person"].to_pylist(), found.outcomes["value"].to_pylist(), strict=True))


def test_an_action_counts_within_its_window_only():
    week = Action("vote", True, 1.0, "event", 7)
    rows = [sent(n, "letter/post") for n in range(6)]
    happened = [
        acted(0, "2026-10-01"),
        acted(1, "2026-10-08"),
        acted(2, "2026-10-09"),
        acted(3, "2026-09-30"),
        acted(4, "2026-10-02", "donate"),
        acted(4, "2026-10-02", sent=date(2020, 1, 1)),
        acted(4, "2026-10-03"),
        acted("nobody", "2026-10-03"),
    ]
    found = heard_file(*rows, action=week, outcomes=rows_of("acted.csv", *happened), columns=COLUMNS)
    assert values(found) == {"0": 1, "1": 1, "2": 0, "3": 0, "4": 1, "5": 0}
    assert [(row["file"], row["row"]) for row in found.rejected.to_pylist()] == [("acted.csv", 8)]


def test_while_the_window_is_open_the_outcome_is_pending():
    month = Action("vote", True, 1.0, "event", 30)
    rows = [sent(0, "nothing", "2026-10-22"), sent(1, "letter/post", "2026-10-23"), sent(2, "letter/post", None)]
    found = heard_file(*rows, action=month, outcomes=rows_of("acted.csv", acted(1, "2026-10-24")), columns=COLUMNS)
    assert found.pending == 1
    assert values(found) == {"0": 0, "2": 0}
    assert found.decisions.num_rows == 3  # they were contacted all the same


def test_who_received_nothing_has_the_window_of_their_block():
    """Otherwise everything they ever did counts, and only what the others did in time."""
    week = Action("vote", True, 1.0, "event", 7)
    rows = [sent(0, "nothing", None), sent(1, "letter/post", "2026-10-01")]
    early = rows_of("acted.csv", acted(0, "2026-01-05"), acted(1, "2026-01-05"))
    found = heard_file(*rows, action=week, outcomes=early, columns=COLUMNS)
    assert values(found) == {"0": 0, "1": 0}
    late = rows_of("acted.csv", acted(0, "2026-10-03"), acted(1, "2026-10-03"))
    assert values(heard_file(*rows, action=week, outcomes=late, columns=COLUMNS)) == {"0": 1, "1": 1}


def test_amounts_are_summed():
    gift = Action("donate", True, 1.0, "amount", 7)
    happened = [
        acted(0, "2026-10-02", "donate", 10),
        acted(0, "2026-10-03", "donate", 2.5),
        acted(0, "2026-11-03", "donate", 99),
    ]
    happened += [acted(1, "2026-10-02", "donate", None), acted(2, "2026-10-02", "vote", 5)]
    found = heard_file(
        *(sent(n, "letter/post") for n in range(3)),
        action=gift,
        outcomes=rows_of("acted.csv", *happened),
        columns=COLUMNS | {"amount": "sum"},
    )
    assert values(found) == {"0": 12.5, "1": 0, "2": 0}
