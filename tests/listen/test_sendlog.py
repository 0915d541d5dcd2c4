"""Any log is understood, or it is said what is not: columns are guessed and shown, days are read, bad rows are told."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from groundswell.listen.days import read_days, teach_days
from groundswell.listen.guessing import guess, likeness, look_at
from groundswell.listen.replies import reply_sql
from groundswell.listen.sendlog import read_log
from groundswell.tables import Engine
from groundswell.vocabulary import DataError
from workbook import write_workbook

# Columns


def guessed(given=None, **columns) -> dict[str, str]:
    """Role -> column, for columns with these first values."""
    table = pa.table({name.replace("__", " "): pa.array(values, pa.string()) for name, values in columns.items()})
    found, torn = guess(look_at(table), given or {})
    assert not torn
    return {role: taken.column for role, taken in found.items()}


DAYS, PEOPLE, LETTERS = ["2026-01-05", "2026-01-06"], ["ada@x.org", "ben@x.org"], ["schools", "schools"]


@pytest.mark.parametrize(
    ("who", "what", "when"),
    [
        ("person", "message", "sent"),
        ("recipient_id", "template", "sent_at"),
        ("To", "Subject", "Date"),
        ("memberId", "campaignName", "sendDate"),
        ("user_email", "newsletter title", "timestamp"),
        ("CustomerID", "creative", "delivery_date"),
        ("userid", "msg", "when"),
        ("destinatario", "mensaje", "fecha de envío"),
        ("Correo electrónico", "Asunto", "Fecha_envio"),
        ("ID_PERSONA", "campaña", "Día"),
        ("empleado", "boletín", "enviado el"),
    ],
)
def test_columns_are_known_by_their_names_in_both_languages(who, what, when):
    columns = {when: DAYS, "sender": ["we", "we"], what: LETTERS, who: PEOPLE}
    assert guessed(**columns) == {"who": who, "what": what, "when": when}


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("channel", ["channel", "Medium", "canal", "delivery method", "tipo"]),
        ("topic", ["topic", "Theme", "tema", "category", "interés"]),
        ("household", ["household", "hh_id", "HHID", "hogar", "family", "postal address", "dirección"]),
        ("response", ["responded", "has_clicked", "opened_at", "clicks", "abierto", "respuesta", "status"]),
    ],
)
def test_what_else_a_log_may_say_is_known_by_its_name_too(role, names):
    values = {"channel": ["email", "sms"], "topic": ["jobs", "jobs"], "household": ["12 High St", "9 High St"]}
    for name in names:
        columns = {"to": PEOPLE, "message": LETTERS, "sent": DAYS, name: values.get(role, ["yes", "no"])}
        assert guessed(**columns).get(role) == name, name


def test_of_two_names_the_plainer_one_is_taken():
    assert guessed(email=PEOPLE, person_id=["1", "2"], subject=["a", "b"], message=LETTERS)["who"] == "person_id"
    assert guessed(to=PEOPLE, subject=["a", "b"], campaign=["x", "x"])["what"] == "campaign"
    assert guessed(to=PEOPLE, message=LETTERS, created_at=DAYS, sent_at=DAYS)["when"] == "sent_at"
    both = guessed(to=PEOPLE, message=LETTERS, opened=["1", "0"], clicked=["0", "0"], responded=["0", "0"])
    assert both["response"] == "responded"


def test_contents_speak_where_names_do_not():
    found = guessed(wer=PEOPLE, was=LETTERS, wann=["31.12.2025", "1.1.2026"])
    assert found == {"who": "wer", "what": "was", "when": "wann"}


def test_contents_speak_against_a_name():
    assert "when" not in guessed(to=PEOPLE, message=LETTERS, sent=["yes", "no"])
    assert "channel" not in guessed(to=PEOPLE, message=LETTERS, type=["gold", "silver"])
    assert guessed(address=PEOPLE, message=LETTERS) == {"who": "address", "what": "message"}
    assert "response" not in guessed(to=PEOPLE, message=LETTERS, response=["Thank you!", "Never again."])
    assert guessed(to=PEOPLE, message_date=DAYS, message=LETTERS)["what"] == "message"


def test_a_number_for_each_sending_is_no_message():
    numbers = [str(number) for number in range(60)]
    found = guessed(to=["ada@x.org"] * 60, message_id=numbers, subject=["schools"] * 60)
    assert found["what"] == "subject"


def test_what_is_given_is_not_guessed():
    columns = {"to": PEOPLE, "message": LETTERS, "subject": ["a", "b"], "sent": DAYS, "home": ["h1", "h2"]}
    found = guessed({"what": "subject", "household": "-"}, **columns)
    assert found == {"what": "subject", "who": "to", "when": "sent"}


def test_equally_good_columns_are_not_chosen_between():
    table = pa.table({"customer_id": ["1"], "recipient": ["2"], "message": ["a"]})
    assert guess(look_at(table), {})[1][0].columns == ("customer_id", "recipient")


@settings(max_examples=200, deadline=None)
@given(some.text(max_size=20))
def test_any_name_can_be_looked_at(name):
    for role in ("who", "what", "when", "channel", "topic", "household", "response"):
        assert likeness(role, name) is None or likeness(role, name) >= 0


# Days


def days_of(*texts, order=None):
    with Engine() as engine:
        teach_days(engine)
        engine.register(given=pa.table({"sent": pa.array(texts, pa.string())}))
        engine.run("create table log as select * from given")
        told = read_days(engine, "log", order)
        found = engine.table("select sent, day from log left join days on days.text = without_hour(sent)").to_pylist()
    by_text = {row["sent"]: row["day"] for row in found}
    return [by_text[text] and by_text[text].isoformat() for text in texts], told


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2025-12-31",
            "2025/12/31",
            "2025.12.31",
            "2025-12-31 23:59",
            "2025-12-31T23:59:59.123",
            "2025-12-31T23:59:59Z",
        ),
        *("2025-12-31 23:59:59+02:00", "31.12.2025", "31.12.25", "31.12.2025 14:05", "31/12/2025", "12/31/2025"),
        *("12/31/25 3:04 PM", "31-12-2025", "20251231", "46022", "46022.75", "1767139200", "1767139200000"),
        *("31 Dec 2025", "31-Dec-25", "Dec 31, 2025", "December 31, 2025", "Wed, 31 Dec 2025 23:59:59 +0000"),
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    assert days_of(text)[0] == ["2025-12-31"]


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "",
        "31.13.2025",
        "32/12/2025",
        "2025-02-30",
        "0001-01-01",
        "1970-01-01",
        "9999-12-31",
        "12",
        "1/2",
        "10:30",
    ],
)
def test_what_is_no_day_or_none_of_our_time_is_not_read(text):
    assert days_of(text)[0] == [None]


def test_one_date_that_can_only_be_read_one_way_settles_the_others():
    found, told = days_of("03/04/2026", "12/31/2025", "03/04/2026")
    assert found == ["2026-03-04", "2025-12-31", "2026-03-04"]
    assert told == [
        {"form": "ordered", "order": "month-first", "because": "contents", "example": "12/31/2025", "rows": 3}
    ]
    assert days_of("03/04/2026", "31/12/2025")[0] == ["2026-04-03", "2025-12-31"]


def test_where_nothing_settles_it_the_day_is_first_and_that_is_told_unless_the_user_knows():
    found, told = days_of("03/04/2026", "05/04/2026")
    assert found == ["2026-04-03", "2026-04-05"]
    assert told[0]["because"] == "assumed"
    found, told = days_of("03/04/2026", "05/04/2026", order="month-first")
    assert found == ["2026-03-04", "2026-05-04"]
    assert told[0]["because"] == "given"


def test_each_separator_has_an_order_of_its_own():
    assert days_of("03/04/2026", "12/31/2025", "03.04.2026")[0] == ["2026-03-04", "2025-12-31", "2026-04-03"]


def test_a_column_that_mixes_both_orders_is_read_in_the_one_that_more_rows_need():
    found, _ = days_of("12/31/2025", "12/30/2025", "29/12/2025", "01/02/2026")
    assert found == ["2025-12-31", "2025-12-30", None, "2026-01-02"]


def test_ways_of_writing_may_be_mixed_and_all_are_told():
    found, told = days_of("2025-12-31", "31.12.2025 10:00", "46022")
    assert found == ["2025-12-31"] * 3
    assert sorted(way["form"] for way in told) == ["iso", "number", "ordered"]


@settings(max_examples=100, deadline=None)
@given(some.dates(date(1990, 1, 1), date(2099, 12, 31)))
@example(date(2000, 2, 29))
def test_every_day_of_our_time_comes_back(day):
    texts = [day.isoformat(), f"{day:%d.%m.%Y %H:%M}", f"{day:%Y%m%d}", f"{day:%d %b %Y}"]
    assert days_of(*texts, order="day-first")[0] == [day.isoformat()] * 4


# Responses


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *((text, True) for text in ("yes", "Sí", "1", "3", "TRUE", "clicked", "Abierto", "2026-01-05 10:00", "0.5")),
        *((text, False) for text in ("no", "0", "false", "Not opened", "delivered", "no abierto", "0.0")),
        *((text, None) for text in ("perhaps", "-1", "?", "nan")),
    ],
)
def test_a_response_is_a_yes_a_no_or_not_known(text, meant):
    with Engine() as engine:
        teach_days(engine)
        engine.register(log=pa.table({"said": [text]}))
        assert engine.value(f"select {reply_sql('said')} from log") is meant


# Whole logs


@pytest.fixture
def read(tmp_path):
    def read_it(content, given=None, order=None, name="log.csv"):
        path = tmp_path / name
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        elif isinstance(content, list):
            write_workbook(path, content)
        else:
            path.write_text(content, "utf-8")
        with Engine() as engine:
            log = read_log(engine, path, tmp_path, given or {}, order)
            wanted = "person, message, day, channel, topic, household, responded"
            return log, [
                tuple(row.values()) for row in engine.table(f"select {wanted} from log order by 1, 2").to_pylist()
            ]

    return read_it


def test_a_whole_log_is_read(read):
    log, rows = read(
        "Recipient;Household;Message;Topic;Sent;Channel;Clicked\n"
        "ada;h1;our schools;schools;31.12.2025 10:00;email;yes\n"
        "ben; ;our schools;schools;01.01.2026;sms;no\n"
    )
    assert rows == [
        ("ada", "our schools", date(2025, 12, 31), "email", "schools", "h1", True),
        ("ben", "our schools", date(2026, 1, 1), "sms", "schools", None, False),
    ]
    assert (log.rows, log.rejected, log.reasons) == (2, 0, [])
    assert log.columns["who"].example == "ada"
    assert log.replies == {"blank": "unknown", "unclear": 0, "example": None}


@pytest.mark.parametrize("name", ["log.parquet", "log.xlsx"])
def test_days_of_parquet_and_excel_are_days(read, name):
    sent = [datetime.fromisoformat(text) for text in ("2025-12-31 23:30", "2026-01-01")]
    opened = [True, False]
    content = pa.table({"person": [1, 2], "message": ["a", "b"], "sent_at": sent, "opened": opened})
    if name.endswith("xlsx"):
        content = [("person", "message", "sent_at", "opened"), (1, "a", sent[0], True), (2, "b", sent[1], False)]
    _, rows = read(content, name=name)
    assert rows == [
        ("1", "a", date(2025, 12, 31), None, None, None, True),
        ("2", "b", date(2026, 1, 1), None, None, None, False),
    ]


def test_rows_that_cannot_be_used_are_told_and_the_others_go_on(read):
    log, rows = read(
        "to,message,sent\nada,a,2026-01-05\n,a,2026-01-05\nben,,2026-01-05\ncem,a,soon\ndot,a,\nragged\neve,a,2026-01-06\n,,\n"
    )
    assert [row[0] for row in rows] == ["ada", "eve"]
    assert (log.rows, log.rejected) == (8, 6)
    told = [(row["row"], row["column"]) for row in log.told.to_pylist()]
    expected = [(2, "to"), (3, "message"), (4, "sent"), (5, "sent"), (6, None), (8, "message"), (8, "sent"), (8, "to")]
    assert sorted(told, key=str) == sorted(expected, key=str)
    assert sum(reason["rows"] for reason in log.reasons) == len(told)
    soon = next(reason for reason in log.reasons if reason["first_row"] == 4)
    assert soon == {
        "reason": "expected a date from 1990 to 2099, such as 2026-11-30",
        "column": "sent",
        "rows": 1,
        "first_row": 4,
    }


def test_a_blank_is_a_no_only_where_nothing_else_says_no(read):
    log, rows = read("to,message,opened\nada,a,2026-01-05\nben,a,\n")
    assert [row[-1] for row in rows] == [True, False]
    assert log.replies["blank"] == "no"
    log, rows = read("to,message,opened\nada,a,yes\nben,a,\ncem,a,no\ndot,a,perhaps\neve,a,0\nfay,a,1\n")
    assert [row[-1] for row in rows] == [True, None, False, None, False, True]
    assert log.replies == {"blank": "unknown", "unclear": 1, "example": "perhaps"}


def test_a_log_without_days_is_read_without_days(read):
    log, rows = read("to,message\nada,a\n")
    assert rows == [("ada", "a", None, None, None, None, None)]
    assert log.dates == []


def test_a_column_that_is_called_a_date_and_is_none_is_refused(read):
    with pytest.raises(DataError, match="seems to say when") as caught:
        read("to,message,date\nada,a,soon\n")
    assert caught.value.key == "--when"
    assert "--when -" in caught.value.hint
    assert read("to,message,date\nada,a,soon\n", {"when": "-"})[1] == [("ada", "a", None, None, None, None, None)]


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        ("colour,size\nred,9\n", "--who", "No column of log.csv looks as if it said who"),
        ("to,colour,size\nada,red,9\n", "--what", "No column of log.csv looks as if it said which"),
        ("recipient,customer,message\n1,2,a\n", "--who", "Several columns of log.csv could say who"),
        ("to,message,wann,wo\nada,a,2026-01-05,2026-01-06\n", "--when", "Several columns of log.csv could say when"),
    ],
)
def test_a_log_that_is_not_clear_is_refused_with_its_columns_and_the_option_to_give(read, content, key, message):
    with pytest.raises(DataError, match=message) as caught:
        read(content)
    assert caught.value.key == key
    assert caught.value.found == ", ".join(content.splitlines()[0].split(","))
    assert key in caught.value.hint


def test_a_column_that_is_not_there_gets_the_nearest_one_as_a_suggestion(read):
    with pytest.raises(DataError, match='has no column "reciever"') as caught:
        read("receiver,message\nada,a\n", {"who": "reciever"})
    assert (caught.value.key, caught.value.hint) == ("--who", 'Did you mean "receiver"?')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("to,message,sent\n", "has a header but no rows"),
        ("to,message\nragged\n", "No row of log.csv can be used"),
        ("to,message\n,a\n", "No row of log.csv can be used"),
    ],
)
def test_a_log_of_which_nothing_is_left_is_refused(read, content, message):
    with pytest.raises(DataError, match=message):
        read(content, {"who": "to"})


def test_columns_may_bear_any_name_and_none_is_run_as_sql(read):
    name = 'it\'s "_row"; drop view staged'
    log, rows = read(f'person,"{name.replace(chr(34), chr(34) * 2)}"\nada,a\n', {"what": name})
    assert rows == [("ada", "a", None, None, None, None, None)]
    assert log.columns["what"].column == name
