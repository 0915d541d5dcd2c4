"""A day is read where it can be meant in one way only; where it can be two, it is said which."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.sources import Column, read_rows
from groundswell.sources.dates import day_sql
from groundswell.tables import Engine
from groundswell.vocabulary import DataError


@pytest.fixture
def born(tmp_path):
    """The column as it was read, blank where a row was rejected; and the reasons."""

    def read(*texts: str, order=None):
        path = tmp_path / "people.csv"
        path.write_text("id,born\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(texts, start=1)), "utf-8")
        rows = read_rows(path, {"born": Column("date", order=order)}, key="sources.people")
        days = dict(zip(rows.table["_row"].to_pylist(), rows.table["born"].to_pylist(), strict=True))
        return [days.get(row) for row in range(1, len(texts) + 1)], rows.rejected["reason"].to_pylist()

    return read


DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30", "2026/11/30", "2026.11.30", "20261130", "2026-11-30T10:00:00Z", "2026-11-30 10:00",
        "30/11/2026", "30.11.2026", "30-11-2026", "11/30/2026", "30/11/2026 23:59", "11/30/2026 2:05:00 PM",
        "30 Nov 2026", "30-nov-2026", "30 November 2026", "Nov 30, 2026", "november 30th, 2026", "30th Nov. 2026",
        "30 de noviembre de 2026", "30 noviembre 2026", "46356", "46356.5",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text, born):
    assert born(text)[0] == [DAY]


@pytest.mark.parametrize(
    "text",
    ["30/11/26", "31/11/2026", "13/13/2026", "2026-13-01", "30 Foo 2026", "1234", "999999", "00000000", "20261131"],
)
def test_what_is_no_day_is_rejected(text, born):
    assert born(text, "2026-11-30")[0] == [None, DAY]


def test_one_value_that_can_be_read_in_one_way_only_settles_the_column(born):
    assert born("03/04/1950", "31/12/1960", "1961-01-02")[0] == [date(1950, 4, 3), date(1960, 12, 31), date(1961, 1, 2)]
    assert born("03/04/1950", "12/31/1960")[0] == [date(1950, 3, 4), date(1960, 12, 31)]


def test_where_nothing_settles_it_each_such_row_is_refused_with_both_readings(born):
    days, reasons = born("03/04/1950", "1960-12-31", "05/05/1970")
    assert days == [None, date(1960, 12, 31), date(1970, 5, 5)]  # the fifth of the fifth is the same either way
    assert reasons == ["could be 3 April or 4 March 1950; expected a date such as 2026-11-30"]


def test_where_values_contradict_each_other_only_the_doubtful_ones_are_refused(born):
    days, reasons = born("31/12/1960", "12/31/1960", "03/04/1950")
    assert days == [date(1960, 12, 31), date(1960, 12, 31), None]
    assert reasons[0].startswith("could be 3 April or 4 March 1950")


def test_who_says_the_order_is_believed(born):
    assert born("03/04/1950", order="dmy")[0] == [date(1950, 4, 3)]
    assert born("03/04/1950", order="mdy")[0] == [date(1950, 3, 4)]
    assert born("12/31/1960", "03/04/1950", order="dmy")[0] == [None, date(1950, 4, 3)]


def test_a_column_in_which_every_day_is_doubtful_says_so(born):
    with pytest.raises(DataError, match="No row of people") as caught:
        born("03/04/1950", "05/06/1950")
    assert "could be 3 April or 4 March" in caught.value.expected


FORMS = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y"]


@settings(max_examples=25, deadline=None)
@given(some.lists(some.dates(date(1000, 1, 1), date(2999, 12, 31)), min_size=1, max_size=20), some.sampled_from(FORMS))
def test_a_day_that_is_read_is_the_day_that_was_written(days, form):
    order = {"%d/%m/%Y": "dmy", "%m/%d/%Y": "mdy", "%d.%m.%Y": "dmy"}.get(form)
    with Engine() as engine:
        engine.register(days=pa.table({"t": [day.strftime(form) for day in days]}))
        found = engine.table(f"select {day_sql('t', order)} as said, {day_sql('t')} as unsaid from days").to_pylist()
    assert [row["said"] for row in found] == days
    assert all(row["unsaid"] in {day, None} for row, day in zip(found, days, strict=True))


def test_a_day_of_excel_is_counted_from_its_first_one():
    numbers = range(10_000, 73_051)
    with Engine() as engine:
        engine.register(days=pa.table({"t": [str(number) for number in numbers]}))
        found = engine.table(f"select {day_sql('t')} as day from days")["day"].to_pylist()
    assert found == [date(1899, 12, 30) + timedelta(days=number) for number in numbers]
