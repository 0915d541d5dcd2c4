"""What came of calls, in the words of the field; and what may not be done any more because of it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from groundswell.listen import CAME, DISPOSITIONS, read_dispositions, settle
from groundswell.listen.dispositions import SUPPRESSES, disposition_of
from groundswell.sources import Rows
from groundswell.tables import rejects
from groundswell.vocabulary import words

DAY = date(2026, 11, 5)


def sheet(**columns) -> Rows:
    count = len(next(iter(columns.values())))
    return Rows("sheet.csv", pa.table({"_row": range(1, count + 1), **columns}), rejects("sheet.csv", []))


def came(*rows: tuple[str | None, str | None, str, date | None]) -> pa.Table:
    """Rows as ``(key, person, disposition, day)``."""
    cells = list(zip(*rows, strict=True))
    columns = {"file": ["s.csv"] * len(rows), "row": range(1, len(rows) + 1)}
    columns |= {"key": cells[0], "person": cells[1], "disposition": cells[2], "at": cells[3]}
    return pa.table({name: pa.array(list(columns[name]), kind) for name, kind in CAME.columns.items()})


PEOPLE = pa.table({"person": ["ada", "ben", "a:b"], "phone_key": ["+1555", None, "+1666"]})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Reached", "reached"),
        ("NOT HOME", "not-home"),
        ("nothome", "not-home"),
        ("goaway", "refused"),
        ("Do not call", "do-not-call"),
        ("wrong number", "wrong-number"),
        ("Disconnected", "wrong-number"),
        ("call_back", "call-back"),
        ("se mudó", "moved"),
        ("Fallecida", "deceased"),
    ],
)
def test_the_words_of_the_field_are_understood(said, meant):
    assert disposition_of(said) == meant


def test_every_disposition_has_words_in_both_languages_and_means_itself():
    for language in ("en", "es"):
        say = words(language)
        assert all(say[f"disposition.{name}"] for name in DISPOSITIONS)
    assert all(disposition_of(name) == name for name in DISPOSITIONS)


def test_a_list_that_came_back_tells_no_missing_outcomes():
    rows = sheet(id=["ada", "ben", "eve"], how=["reached", "not home", "reached"], came=[True, None, None])
    found = read_dispositions(rows, {"person": "id", "disposition": "how", "result": "came"})
    assert found.table["disposition"].to_pylist() == ["reached", "not-home", "reached"]
    assert found.outcomes.table["id"].to_pylist() == ["ada"]
    alone = read_dispositions(sheet(id=["ada"], how=["reached"]), {"person": "id", "disposition": "how"})
    assert alone.outcomes.table.num_rows == 0


def test_a_word_nobody_knows_is_told_and_its_outcome_still_counts():
    rows = sheet(id=["ada"], how=["hm"], came=[True])
    found = read_dispositions(rows, {"person": "id", "disposition": "how", "result": "came"})
    assert found.table.num_rows == 0
    assert found.outcomes.table.num_rows == 1
    assert "expected reached, not-home" in found.rejected["reason"].to_pylist()[0]


def test_what_must_not_be_done_any_more_is_noted_of_the_number_or_the_person():
    rows = [(None, "ada", name, DAY) for name in SUPPRESSES] + [("d3:ben", None, "wrong-number", None)]
    found = settle(came(*rows), PEOPLE, today=DAY)
    assert {(kind, subject, reason) for kind, subject, reason, _, _ in found.suppress} == {
        ("person", "ada", "refused"),
        ("person", "ada", "moved"),
        ("person", "ada", "deceased"),
        ("phone", "+1555", "wrong-number"),
        ("phone", "+1555", "do-not-call"),
        ("person", "ben", "wrong-number"),
    }
    quiet = [(None, "ada", name, DAY) for name in DISPOSITIONS if name not in SUPPRESSES]
    assert settle(came(*quiet), PEOPLE, today=DAY).suppress == []


def test_rows_of_nobody_and_of_tomorrow_are_kept_with_their_reason():
    rows = [(None, "zoe", "reached", None), (None, None, "reached", None), (None, "ada", "reached", date(2026, 11, 6))]
    found = settle(came(*rows, ("k:a%3Ab", None, "reached", None)), PEOPLE, today=DAY)
    assert found.table["person"].to_pylist() == ["a:b"]
    reasons = found.rejected["reason"].to_pylist()
    assert [reason.split(":")[0] for reason in reasons] == [
        "nobody has this id in the file of people",
        "has neither a person nor a key with one",
        "lies in the future",
    ]
