"""The measures of a log: by hand where it is small, against a slow reckoning in plain Python where it is drawn by chance."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from statistics import median

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.listen.tsunami import measure
from groundswell.vocabulary import DataError

MONDAY = date(2026, 1, 5)


def log(*rows, **kinds) -> pa.Table:
    """Rows of person, message, day (of the first week: 0 is Monday), and what else there is by name."""
    names = ("person", "message", "at", *kinds)
    columns = list(zip(*rows, strict=True))
    days = [None if day is None else MONDAY + timedelta(day) for day in columns[2]]
    table = {"person": columns[0], "message": columns[1], "at": pa.array(days, pa.date32())}
    return pa.table(table | {name: pa.array(columns[place]) for place, name in enumerate(names) if place > 2})


EVERYBODY = log(*[(person, "schools", 7 * week) for week in range(3) for person in ("ada", "ben", "cem", "dot")])


# By hand


def test_everybody_got_everything():
    found = measure(EVERYBODY)
    assert found["log"] == {
        "sendings": 12,
        "people": 4,
        "messages": 1,
        "channels": 0,
        "topics": 0,
        "households": 0,
        "first_day": "2026-01-05",
        "last_day": "2026-01-19",
        "weeks": 3,
        "silent_weeks": 0,
        "undated": 0,
    }
    assert found["variety"]["all"] == {"different": 1, "effective": 1.0}
    assert found["variety"]["only_one"] == 4
    assert found["same"]["median"] == 1
    assert found["load"]["histogram"] == [{"messages": 1, "person_weeks": 12}]
    assert found["spared"]["caps"][0] == {"cap": 1, "sendings": 0, "share": 0.0, "people": 0, "people_share": 0.0}


def test_an_effective_number_counts_a_rare_message_for_little():
    found = measure(log(*[("ada", "schools", 0)] * 9, ("ada", "jobs", 1)))["variety"]
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert found["all"] == {"different": 2, "effective": round(math.exp(entropy), 4)}
    assert found["person"]["effective"]["mean"] == round(math.exp(entropy), 4)
    assert found["histogram"] == [{"effective": 1, "people": 1}]


def test_people_who_each_hear_one_thing_are_uniform_though_the_log_is_not():
    found = measure(log(("ada", "a", 0), ("ben", "b", 0), ("cem", "c", 0), ("dot", "d", 0)))
    assert found["variety"]["all"] == {"different": 4, "effective": 4.0}
    assert found["variety"]["person"]["effective"]["mean"] == 1.0
    assert found["same"]["median"] == 0.25


def test_the_same_week_is_the_same_set_whatever_the_order_the_day_and_the_number():
    found = measure(
        log(
            *[("ada", "a", 0), ("ada", "b", 1), ("ada", "b", 2)],
            *[("ben", "b", 5), ("ben", "a", 6)],
            *[("cem", "a", 3)],
            *[("dot", "a", 7)],  # a week of one's own is compared with nobody
            *[("ada", "c", 15), ("ben", "c", 15), ("cem", "c", 16), ("dot", "d", 14)],
        )
    )["same"]
    assert [(week["week"], week["people"], week["same"]) for week in found["weeks"]] == [
        ("2026-01-05", 3, 2),
        ("2026-01-12", 1, 1),
        ("2026-01-19", 4, 3),
    ]
    assert found["compared"] == 2
    assert found["median"] == pytest.approx((2 / 3 + 3 / 4) / 2, abs=1e-6)
    assert found["worst"]["week"] == "2026-01-19"
    assert found["worst"]["messages"] == ["c"]


def test_weeks_of_nothing_count_for_everybody():
    found = measure(log(("ada", "a", 0), ("ada", "b", 1), ("ben", "a", 21)))
    assert found["log"]["weeks"] == 4
    assert found["log"]["silent_weeks"] == 2
    assert found["load"] == {
        "person_weeks": 8,
        "mean": 0.375,
        "median": 0,
        "p90": 2,
        "p99": 2,
        "max": 2,
        "histogram": [
            {"messages": 0, "person_weeks": 6},
            {"messages": 1, "person_weeks": 1},
            {"messages": 2, "person_weeks": 1},
        ],
    }


def test_a_week_begins_on_monday():
    assert measure(log(("ada", "a", -1), ("ada", "a", 0)))["log"]["weeks"] == 2
    assert measure(log(("ada", "a", 0), ("ada", "a", 6)))["log"]["weeks"] == 1


def test_a_limit_spares_what_goes_beyond_it():
    found = measure(log(*[("ada", "a", day) for day in range(4)], *[("ben", "b", 0)] * 2), caps=(1, 2, 3, 9))["spared"][
        "caps"
    ]
    assert [(cap["cap"], cap["sendings"], cap["people"]) for cap in found] == [
        (1, 4, 2),
        (2, 2, 1),
        (3, 1, 1),
        (9, 0, 0),
    ]
    assert found[0]["share"] == pytest.approx(4 / 6, abs=1e-6)


def test_one_per_household_leaves_the_first_of_the_week():
    found = measure(
        log(
            *[("ada", "a", 1, "h1"), ("ben", "a", 0, "h1"), ("ben", "a", 2, "h1")],  # ben's first stays
            *[("cem", "a", 0, "h2"), ("dot", "a", 7, "h2")],  # two weeks
            *[("eve", "a", 0, None), ("fay", "a", 0, None)],  # who knows where they live
            *[("gus", "b", 0, "h3"), ("gus", "b", 1, "h3")],  # alone, twice
            household=str,
        )
    )
    assert found["households"] == {"with_several": 2, "hit": 1, "cases": 1, "sendings": 3, "share": round(3 / 9, 6)}
    assert found["spared"]["household"]["sendings"] == 3
    assert found["spared"]["household"]["people"] == 3  # ada, ben's second, gus's second


def test_no_interest_is_shown_by_who_received_a_topic_three_times_and_never_responded():
    rows = [("ada", "m1", 0, "schools", False), ("ada", "m2", 1, "schools", False), ("ada", "m3", 2, "schools", False)]
    rows += [("ada", "m4", 3, "schools", False), ("ada", "m5", 4, "jobs", False), ("ada", "m6", 5, "jobs", False)]
    rows += [("ben", "m1", 0, "schools", False), ("ben", "m2", 0, "schools", True), ("ben", "m3", 0, "schools", False)]
    rows += [("cem", "m1", 0, "schools", None)] * 3
    found = measure(log(*rows, topic=str, responded=bool))
    assert found["interest"] == {
        "by": "topic",
        "least": 3,
        "known": 9,
        "responded": 1,
        "judged": 7,
        "no_interest": 4,
        "share": round(4 / 12, 6),
        "late": 1,
        "people": 1,
    }
    assert found["spared"]["matching"]["sendings"] == 4


def test_without_topics_interest_is_judged_by_message():
    found = measure(log(*[("ada", "a", day, False) for day in range(3)], ("ada", "b", 0, True), responded=bool))
    assert (found["interest"]["by"], found["interest"]["no_interest"]) == ("message", 3)


# What a log cannot tell


def test_without_days_nothing_is_said_of_weeks():
    found = measure(
        log(("ada", "a", None, "h1", False), ("ben", "a", None, "h1", False), household=str, responded=bool)
    )
    assert (found["same"], found["load"], found["households"], found["spared"]["caps"]) == (None, None, None, None)
    assert found["spared"]["household"] is None
    assert found["not_told"] == {"same": "when", "load": "when", "caps": "when", "households": "when"}
    assert found["variety"]["all"]["different"] == 1


def test_without_households_and_responses_that_is_said():
    assert measure(EVERYBODY)["not_told"] == {"households": "household", "interest": "response"}


def test_sendings_without_a_day_count_where_weeks_do_not_matter():
    found = measure(log(("ada", "a", 0), ("ada", "b", None), ("ben", "a", None)))
    assert (found["log"]["sendings"], found["log"]["undated"]) == (3, 2)
    assert found["variety"]["all"]["different"] == 2
    assert found["load"]["histogram"] == [{"messages": 0, "person_weeks": 1}, {"messages": 1, "person_weeks": 1}]


def test_one_person_alone_is_compared_with_nobody():
    found = measure(log(("ada", "a", 0), ("ada", "b", 7)))["same"]
    assert (found["median"], found["compared"], found["worst"]) == (None, 0, None)


def test_a_log_without_a_sending_is_refused():
    with pytest.raises(DataError, match="no sending in this log"):
        measure(EVERYBODY.slice(0, 0))


def test_a_table_that_is_no_log_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="has blanks"):
        measure(pa.table({"person": pa.array(["ada", None]), "message": ["a", "b"]}))


def test_moments_numbers_and_dictionaries_are_taken_as_they_come():
    table = pa.table(
        {
            "person": pa.array([1, 2]),
            "message": pa.array(["a", "a"]).dictionary_encode(),
            "at": [datetime.fromisoformat(text) for text in ("2026-01-05 23:59", "2026-01-06")],
        }
    )
    assert measure(table)["same"]["median"] == 1


# Against plain Python

some_rows = some.lists(
    some.tuples(
        some.sampled_from(["ada", "ben", "cem", "dot", "Eve", "éve"]),
        some.sampled_from(["a", "b", "c", "A"]),
        some.integers(-3, 25) | some.none(),
        some.sampled_from(["h1", "h2", None]),
        some.sampled_from(["schools", "jobs", None]),
        some.sampled_from([True, False, False, None]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(some_rows, some.booleans())
def test_every_figure_is_what_plain_python_reckons(rows, with_topics):
    rows = [row if with_topics else (*row[:4], None, row[5]) for row in rows]
    table = log(*rows, household=str, topic=str, responded=bool)
    found = measure(table, caps=(1, 2))
    assert_alike(found["variety"], variety_of(rows))
    assert_alike(found["interest"], interest_of(rows))
    dated = [row for row in rows if row[2] is not None]
    if not dated:
        assert found["load"] is None
        return
    assert_alike(found["load"], load_of(rows, dated))
    assert_alike({name: found["same"][name] for name in ("median", "compared")}, same_of(dated))
    assert_alike(found["spared"]["caps"], [cap_of(cap, rows, dated) for cap in (1, 2)])
    households, spared = households_of(rows, dated)
    assert_alike(found["households"], households)
    assert_alike(found["spared"]["household"], spared)


def assert_alike(found, expected):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_alike(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other)
    else:
        assert found == (pytest.approx(expected, abs=2e-4) if isinstance(expected, float) else expected)


def effective(counts: Counter) -> float:
    whole = sum(counts.values())
    return math.exp(-sum(n / whole * math.log(n / whole) for n in counts.values()))


def ranked(values, share):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def spread(values):
    ranks = {"p10": 0.1, "median": 0.5, "p90": 0.9}
    quantiles = {name: ranked(values, rank) for name, rank in ranks.items()}
    return {"mean": sum(values) / len(values), **quantiles, "max": max(values)}


def week_of(day):
    return (MONDAY + timedelta(day)).isocalendar()[:2]


def variety_of(rows):
    mine = defaultdict(Counter)
    for person, message, *_ in rows:
        mine[person][message] += 1
    plain, effectively = [len(counts) for counts in mine.values()], [effective(counts) for counts in mine.values()]
    everything = Counter(row[1] for row in rows)
    bars = Counter(round(value) for value in effectively)
    return {
        "all": {"different": len(everything), "effective": effective(everything)},
        "person": {"different": spread(plain), "effective": spread(effectively)},
        "only_one": plain.count(1),
        "histogram": [{"effective": value, "people": bars[value]} for value in sorted(bars)],
    }


def load_of(rows, dated):
    people = {row[0] for row in rows}
    first, last = (MONDAY + timedelta(end(row[2] for row in dated)) for end in (min, max))
    weeks = ((last - timedelta(last.weekday())) - (first - timedelta(first.weekday()))).days // 7 + 1
    heard = Counter((row[0], week_of(row[2])) for row in dated)
    values = list(heard.values()) + [0] * (len(people) * weeks - len(heard))
    bars = Counter(values)
    return {
        "person_weeks": len(values),
        "mean": sum(values) / len(values),
        "median": ranked(values, 0.5),
        "p90": ranked(values, 0.9),
        "p99": ranked(values, 0.99),
        "max": max(values),
        "histogram": [{"messages": value, "person_weeks": bars[value]} for value in sorted(bars)],
    }


def same_of(dated):
    heard = defaultdict(lambda: defaultdict(set))
    for person, message, day, *_ in dated:
        heard[week_of(day)][person].add(message)
    shares = []
    for people in heard.values():
        sets = Counter(frozenset(messages) for messages in people.values())
        if len(people) > 1:
            shares.append(max(sets.values()) / len(people))
    return {"median": median(shares) if shares else None, "compared": len(shares)}


def relief(rows, sendings, people):
    everybody = {row[0] for row in rows}
    return {
        "sendings": sendings,
        "share": sendings / len(rows),
        "people": len(people),
        "people_share": len(people) / len(everybody),
    }


def cap_of(cap, rows, dated):
    heard = Counter((row[0], week_of(row[2])) for row in dated)
    beyond = {key: n - cap for key, n in heard.items() if n > cap}
    return {"cap": cap, **relief(rows, sum(beyond.values()), {person for person, _ in beyond})}


def households_of(rows, dated):
    if not any(row[3] for row in rows):
        return None, None
    groups, members = defaultdict(list), defaultdict(set)
    for row in rows:
        members[row[3]].add(row[0])
    for person, message, day, household, *_ in dated:
        if household:
            groups[household, week_of(day), message].append((day, person))
    members.pop(None, None)
    hit = {key: group for key, group in groups.items() if len({person for _, person in group}) > 1}
    part = sum(len(group) for group in hit.values())
    spared = [person for group in groups.values() for _, person in sorted(group)[1:]]
    return {
        "with_several": sum(len(people) > 1 for people in members.values()),
        "hit": len({key[0] for key in hit}),
        "cases": len(hit),
        "sendings": part,
        "share": part / len(rows),
    }, relief(rows, len(spared), set(spared))


def interest_of(rows):
    place = 4 if any(row[4] for row in rows) else 1
    pairs = defaultdict(list)
    for row in rows:
        if row[5] is not None and row[place] is not None:
            pairs[row[0], row[place]].append(row[5])
    if not pairs:
        return None
    judged = {key: answers for key, answers in pairs.items() if len(answers) >= 3}
    none = {key: len(answers) for key, answers in judged.items() if not any(answers)}
    return {
        "by": "topic" if place == 4 else "message",
        "least": 3,
        "known": sum(map(len, pairs.values())),
        "responded": sum(map(sum, pairs.values())),
        "judged": sum(map(len, judged.values())),
        "no_interest": sum(none.values()),
        "share": sum(none.values()) / len(rows),
        "late": sum(n - 3 for n in none.values()),
        "people": len({person for person, _ in none}),
    }
