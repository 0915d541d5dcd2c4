"""What people care about, and what shows it; and how often they were contacted of late."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.profiles import INTERESTS, Topic, interest_column, interests, of_topics, with_contacts, with_interests
from groundswell.profiles.interests import HALF_LIFE, word_patterns
from groundswell.vocabulary import ExpressionError

DAY = date(2026, 11, 21)
SCHOOLS = Topic("schools", "Money for schools and teachers", events=("school-fair",), interest="cares_schools")
TRADE = Topic("trade", "Trade deals and tariffs", words=("harbour",), events=("trade-rally",))
PEOPLE = pa.table({"person": ["ada", "ben", "eve"], "row": [1, 2, 3]})
ROWS = pa.table({"_row": [3, 1, 2], "cares_schools": [None, 10.0, 80.0]})


def shown(*rows: tuple[str, date, str]) -> pa.Table:
    people, days, what = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "person": pa.array(people, pa.string()),
            "at": pa.array(days, pa.date32()),
            "what": pa.array(what, pa.string()),
        }
    )


def found(events=(), remarks=(), topics=(SCHOOLS, TRADE), today=DAY, rows=ROWS):
    table = interests(
        PEOPLE, rows, topics, events=shown(*events), remarks=shown(*remarks), today=today, file="campaign.toml"
    )
    return {(row["person"], row["topic"]): row for row in INTERESTS.check(table).to_pylist()}


def test_what_people_declare_stands_as_they_declared_it():
    told = found()
    assert {key: row["interest"] for key, row in told.items()} == {("ada", "schools"): 10.0, ("ben", "schools"): 80.0}
    assert told["ada", "schools"]["declared"] == 10.0


def test_where_nothing_is_known_there_is_no_row():
    assert ("eve", "schools") not in found()
    assert ("ada", "trade") not in found()


def test_each_fresh_event_lifts_interest_half_of_the_way():
    told = found(
        events=[("ada", DAY, "school-fair"), ("eve", DAY, "school-fair"), ("eve", DAY - timedelta(1), "trade-rally")]
    )
    assert told["ada", "schools"]["interest"] == pytest.approx(55.0)
    assert told["eve", "schools"]["interest"] == pytest.approx(75.0)
    assert told["eve", "trade"]["interest"] == pytest.approx(75.0, abs=0.2)
    assert (told["eve", "schools"]["events"], told["eve", "schools"]["remarks"]) == (1, 0)
    twice = found(events=[("eve", DAY, "school-fair"), ("eve", DAY, "school-fair")])
    assert twice["eve", "schools"]["interest"] == pytest.approx(87.5)


def test_what_happened_long_ago_shows_less_and_never_lowers():
    old = found(events=[("eve", DAY - timedelta(days=HALF_LIFE), "school-fair")])["eve", "schools"]["interest"]
    assert old == pytest.approx(50 + 50 * (1 - 0.5**0.5))
    ancient = found(events=[("ada", date(1926, 1, 1), "school-fair")])["ada", "schools"]["interest"]
    assert ancient == pytest.approx(10.0)


def test_what_happens_later_counts_for_nothing_yet():
    told = found(events=[("eve", DAY + timedelta(days=1), "school-fair")])
    assert ("eve", "schools") not in told
    assert ("eve", "schools") in found(
        events=[("eve", DAY + timedelta(days=1), "school-fair")], today=DAY + timedelta(1)
    )


def test_events_of_no_topic_and_of_nobody_show_nothing():
    assert found(events=[("eve", DAY, "dance"), ("zoe", DAY, "school-fair")]).keys() == found().keys()


def test_an_event_that_two_topics_name_shows_both():
    both = [
        Topic("care", "Care at home", events=("health-fair",)),
        Topic("clinic", "Opening hours", events=("health-fair",)),
    ]
    told = found(events=[("eve", DAY, "health-fair")], topics=both)
    assert {topic for _, topic in told} == {"care", "clinic"}


# Remarks


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        ("The SCHOOLS are cold.", {"schools"}),
        ("My school is cold", {"schools"}),
        ("Teachers, teachers!", {"schools"}),
        ("The harbour is dying", {"trade"}),
        ("Tariffs hurt the schools by the harbour", {"schools", "trade"}),
        ("Preschool is another thing", set()),
        ("Nothing to say", set()),
        ("", set()),
    ],
)
def test_a_remark_shows_the_topics_whose_words_it_has(said, topics):
    told = found(remarks=[("eve", DAY, said)])
    assert {topic for person, topic in told if person == "eve"} == topics
    for topic in topics:
        assert (told["eve", topic]["remarks"], told["eve", topic]["events"]) == (1, 0)


def test_a_word_said_three_times_in_one_remark_is_one_remark():
    told = found(remarks=[("eve", DAY, "School, school, school and teachers")])
    assert told["eve", "schools"]["remarks"] == 1


def test_words_are_found_without_accents_and_capitals_in_any_language():
    topics = [
        Topic("pensions", "x", words=("pensión", "jubilación")),
        Topic("homes", "y", words=("dueño", "parents' association")),
    ]
    for said, topic in [
        ("LA PENSION no llega", "pensions"),
        ("Mi jubilación", "pensions"),
        ("El DUEÑO miente", "homes"),
        ("In the parents' association", "homes"),
    ]:
        assert {name for _, name in found(remarks=[("eve", DAY, said)], topics=topics)} == {topic}


def test_words_that_hold_signs_of_patterns_and_quotes_are_taken_as_they_stand():
    topics = [Topic("odd", "x", words=("c++", "a.b", "l'eau", "(x)"))]
    assert found(remarks=[("eve", DAY, "I like axb and lleau")], topics=topics) == {}
    assert ("eve", "odd") in found(remarks=[("eve", DAY, "de l'eau, s'il vous plaît")], topics=topics)


def test_a_word_is_not_found_inside_another():
    topics = [
        Topic("trade", "x", words=("import",)),
        Topic("transport", "y", words=("bus",)),
        Topic("health", "z", words=("care",)),
    ]
    said = "La escuela es muy importante. I am busy and careful, and school is important to me."
    assert found(remarks=[("eve", DAY, said)], topics=topics) == {}


def test_without_words_of_its_own_a_topic_is_found_by_what_only_its_description_says():
    patterns = word_patterns(
        [Topic("a", "Money for schools"), Topic("b", "Money for pensions"), Topic("c", "Some for all")]
    )
    assert patterns.keys() == {"a", "b"}
    assert "money" not in patterns["a"]


# What cannot be


@pytest.mark.parametrize(
    ("values", "sql"),
    [([101.0, 5.0, None], "cares"), ([-1.0, 5.0, None], "cares"), (["a lot", "5", None], "cares")],
)
def test_an_interest_that_is_no_number_from_0_to_100_is_a_clear_error(values, sql):
    rows = pa.table({"_row": [1, 2, 3], "cares": values})
    with pytest.raises(ExpressionError, match="The interest in schools cannot be used") as caught:
        found(topics=[Topic("schools", "x", interest=sql)], rows=rows)
    assert caught.value.key == "topics.schools.interest"
    assert caught.value.hint


def test_without_topics_that_anything_shows_nobody_cares_about_anything_we_know():
    assert found(topics=[Topic("schools", "x")]) == {}


@settings(deadline=None, max_examples=40)
@given(
    declared=st.one_of(st.none(), st.floats(0, 100)),
    ages=st.lists(st.integers(-30, 2_000), max_size=6),
)
def test_interest_stays_between_what_was_declared_and_100(declared, ages):
    rows = pa.table({"_row": [1, 2, 3], "cares_schools": pa.array([declared, None, None], pa.float64())})
    told = found(events=[("ada", DAY - timedelta(days=age), "school-fair") for age in ages], rows=rows)
    if declared is None and not any(age >= 0 for age in ages):
        assert told == {}
        return
    row = told["ada", "schools"]
    start = 50.0 if declared is None else declared
    strength = sum(0.5 ** (age / HALF_LIFE) for age in ages if age >= 0)
    assert row["interest"] == pytest.approx(start + (100 - start) * (1 - 0.5**strength))
    assert start - 1e-9 <= row["interest"] <= 100 + 1e-9
    assert row["events"] == sum(age >= 0 for age in ages)


# As traits


def test_interests_become_traits_and_nan_is_not_known():
    told = interests(PEOPLE, ROWS, [SCHOOLS], today=DAY, file="campaign.toml")
    traits = pa.table({"person": ["eve", "ben", "ada"], "unit": ["e", "b", "a"]})
    table = with_interests(traits, told, [SCHOOLS, TRADE])
    np.testing.assert_array_equal(table[interest_column("schools")].to_numpy(), [np.nan, 80.0, 10.0])
    assert np.isnan(table["interest_trade"].to_numpy()).all()
    np.testing.assert_array_equal(of_topics(table, ["schools", "trade"]), [np.nan, 80.0, 10.0])
    assert np.isnan(of_topics(table, ["unheard-of"])).all()


# Recent contacts


def contacts(*made: tuple[str, date | None]) -> pa.Table:
    units, days = zip(*made, strict=True)
    return pa.table({"unit": list(units), "on": pa.array(days, pa.date32())})


def test_contacts_of_the_last_sixty_days_count_and_those_of_today_do_not():
    traits = pa.table({"person": ["ada", "ben", "eve"], "unit": ["h1", "h1", "h2"]})
    made = contacts(
        ("h1", DAY - timedelta(days=60)),
        ("h1", DAY - timedelta(days=1)),
        ("h1", DAY - timedelta(days=61)),
        ("h1", DAY),
        ("h2", None),
        ("gone", DAY - timedelta(days=1)),
    )
    assert with_contacts(traits, made, DAY)["recent_contacts"].to_pylist() == [2.0, 2.0, 0.0]


def test_without_any_contact_everybody_had_none():
    traits = pa.table({"person": ["ada"], "unit": ["ada"]})
    assert with_contacts(traits, contacts(("ada", DAY)).slice(0, 0), date.max)["recent_contacts"].to_pylist() == [0.0]


def test_position_and_doubt_stand_apart_from_interest():
    stands = Topic("schools", "Schools", interest="cares_schools", position="stands")
    rows = ROWS.append_column("stands", pa.array([None, -80.0, 30.0]))
    table = interests(PEOPLE, rows, [stands], events=shown(), remarks=shown(), today=DAY, file="campaign.toml")
    known = {row["person"]: row for row in table.to_pylist()}
    assert (known["ada"]["interest"], known["ada"]["position"]) == (10.0, -80.0)
    assert (known["ben"]["interest"], known["ben"]["position"]) == (80.0, 30.0)
    assert "eve" not in known


def test_what_is_shown_more_often_is_less_in_doubt():
    once = found(events=[("eve", DAY, "school-fair")])["eve", "schools"]
    often = found(events=[("eve", DAY - timedelta(days=day), "school-fair") for day in range(9)])["eve", "schools"]
    declared = found()["ben", "schools"]
    assert 50 > once["doubt"] > declared["doubt"] > often["doubt"] > 0


def test_at_home_half_is_believed_of_whom_nothing_is_known():
    homely = Topic("schools", "Schools", interest="cares_schools", share="household")
    people = PEOPLE.append_column("household", pa.array(["h", "i", "h"]))
    table = interests(people, ROWS, [homely], events=shown(), remarks=shown(), today=DAY, file="campaign.toml")
    known = {row["person"]: row for row in table.to_pylist()}
    assert (known["eve"]["interest"], known["eve"]["at_home"], known["eve"]["declared"]) == (30.0, 10.0, None)
    assert known["ada"]["at_home"] is None  # her own word counts, not that of others


def test_a_position_is_kept_where_nothing_else_is_known():
    only = Topic("schools", "Schools", position="stands")
    rows = ROWS.append_column("stands", pa.array([80.0, -20.0, None]))
    table = interests(PEOPLE, rows, [only], events=shown(), remarks=shown(), today=DAY, file="campaign.toml")
    known = {row["person"]: (row["position"], row["interest"], row["doubt"]) for row in table.to_pylist()}
    assert known == {"eve": (80.0, 50.0, 50.0), "ada": (-20.0, 50.0, 50.0)}


def test_a_position_beyond_its_ends_is_refused():
    stands = Topic("schools", "Schools", position="cares_schools * 2")
    with pytest.raises(ExpressionError, match="position in schools") as refused:
        interests(PEOPLE, ROWS, [stands], events=shown(), remarks=shown(), today=DAY, file="campaign.toml")
    assert refused.value.key == "topics.schools.position"
