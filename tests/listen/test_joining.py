"""What came back belongs to the decision it answers, or has a reason why it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.listen import ACTED, DECISIONS, join_outcomes
from groundswell.listen.joining import Answered, keyed
from groundswell.listen.settings import Action
from groundswell.vocabulary import escaped

SENT, LATER, TODAY = date(2026, 11, 1), date(2026, 11, 29), date(2027, 3, 1)
ATTEND = Action("attend", True, 25.0, "event", 21)
GIVE = Action("give", True, 1.0, "amount", 21)


def people(*members: tuple[str, str] | str) -> pa.Table:
    """People as ``(person, unit)``; a name alone is a unit of its own."""
    pairs = [(one, one) if isinstance(one, str) else one for one in members]
    return pa.table(
        {
            "person": pa.array([person for person, _ in pairs], pa.string()),
            "unit": pa.array([unit for _, unit in pairs], pa.string()),
            "row": pa.array(range(1, len(pairs) + 1), pa.int64()),
        }
    )


def decided(number: int, *rows: tuple[str, str] | tuple[str, str, str], on: date = SENT) -> pa.Table:
    """A round's decisions as ``(unit, option)`` or ``(unit, option, reason)``."""
    made = [
        {
            "round": number,
            "unit": row[0],
            "option": row[1],
            "propensity": 0.5,
            "propensities": [0.5, 0.5],
            "reason": row[2] if len(row) > 2 else "pilot",
            "on": on,
            "key": f"{number}:{escaped(row[0])}",
        }
        for row in rows
    ]
    return pa.table({name: pa.array([row[name] for row in made], kind) for name, kind in DECISIONS.columns.items()})


def acted(*rows: dict[str, Any], action: str = "attend") -> pa.Table:
    """What came back: rows of ``sheet.csv``, numbered, unless they say otherwise."""
    nothing = {"key": None, "person": None, "action": action, "result": True, "at": None, "amount": None}
    full = [{"file": "sheet.csv", "row": place} | nothing | row for place, row in enumerate(rows, start=1)]
    return pa.table({name: pa.array([row[name] for row in full], kind) for name, kind in ACTED.columns.items()})


def yes(person: str | None = None, at: date | None = None, **more: Any) -> dict[str, Any]:
    return {"person": person, "at": at, **more}


def values(found: Answered, number: int = 1) -> dict[str, float]:
    rows = [row for row in found.outcomes.to_pylist() if row["round"] == number]
    return {row["person"]: row["value"] for row in rows}


def reasons(found: Answered) -> list[str]:
    return [row["reason"] for row in found.rejected.to_pylist()]


DAY = timedelta(days=1)
TWO = people("ada", "ben")
BOTH = decided(1, ("ada", "hello/post"), ("ben", "nothing"))


# Every reason for which a row belongs to nothing


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        (yes(key="1:zoe"), "key", "1:zoe", "no decision has this key"),
        (yes(key="7:ada"), "key", "7:ada", "no decision has this key"),
        (yes("zoe", SENT), "person", "zoe", "nobody has this id in the file of people"),
        (yes("carl", SENT), "person", "carl", "nothing had been decided for this person"),
        (yes("ada", SENT - DAY), "person", "ada", "happened before the decision: it counts for none"),
        (
            yes("ada", SENT + 22 * DAY),
            "person",
            "ada",
            "too late: the last window closed on 2026-11-22; it counts for none",
        ),
        (
            yes(key="1:ada", at=date(2029, 1, 1) - 700 * DAY),
            "key",
            "1:ada",
            "too late: the last window closed on 2026-11-22; it counts for none",
        ),
        (yes("ada", TODAY + DAY), "person", "ada", "lies in the future: today is 2027-03-01"),
        (yes("ben", SENT, key="1:ada"), "key", "1:ada", "the key belongs to somebody else"),
        (yes("zoe", SENT, key="1:ada"), "key", "1:ada", "the key belongs to somebody else"),
        (yes(at=SENT), "person", None, "has neither a key nor a person"),
    ],
)
def test_a_row_that_belongs_to_no_decision_says_why(row, column, value, reason):
    found = join_outcomes(people("ada", "ben", "carl"), [BOTH], acted(row), ATTEND, today=TODAY)
    assert found.rejected.to_pylist() == [
        {"file": "sheet.csv", "row": 1, "column": column, "value": value, "reason": reason}
    ]
    assert values(found) == {"ada": 0.0, "ben": 0.0}
    assert found.joined == {}


def test_the_first_and_the_last_day_of_a_window_count():
    found = join_outcomes(TWO, [BOTH], acted(yes("ada", SENT), yes("ben", SENT + 21 * DAY)), ATTEND, today=TODAY)
    assert values(found) == {"ada": 1.0, "ben": 1.0}
    assert found.joined == {1: 2}


def test_what_happens_today_is_not_in_the_future():
    rows = acted(yes("ada", SENT + 21 * DAY))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=SENT + 21 * DAY)
    assert reasons(found) == []
    assert found.joined == {1: 1}


def test_a_row_without_a_day_belongs_to_the_only_round_there_was_and_to_no_one_of_several():
    rows = acted(yes("ada"), yes("ben", SENT))
    one = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert values(one) == {"ada": 1.0, "ben": 1.0}
    two = join_outcomes(TWO, [BOTH, decided(2, ("ada", "nothing"), on=LATER)], rows, ATTEND, today=TODAY)
    assert reasons(two) == ["has neither a key nor a day, and there was more than one round"]
    assert values(two) == {"ada": 0.0, "ben": 1.0}


def test_a_key_needs_no_day_however_many_rounds_there_were():
    rounds = [BOTH, decided(2, ("ada", "nothing"), on=LATER)]
    found = join_outcomes(TWO, rounds, acted(yes(key="2:ada")), ATTEND, today=TODAY)
    assert values(found, 1)["ada"] == 0.0
    assert values(found, 2)["ada"] == 1.0


def test_before_any_round_everything_says_that_nothing_had_been_decided():
    found = join_outcomes(TWO, [], acted(yes("ada", SENT), yes(key="1:ada")), ATTEND, today=TODAY)
    assert reasons(found) == ["nothing had been decided for this person", "no decision has this key"]
    assert found.outcomes.num_rows == found.pending == 0


def test_actions_other_than_the_goal_are_left_alone():
    rows = acted(yes("zoe", SENT, action="dance"), yes("ada", SENT, action="dance"), yes("ben", SENT))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert reasons(found) == []
    assert values(found) == {"ada": 0.0, "ben": 1.0}


# The same row twice


def test_a_row_that_stands_there_twice_counts_once_and_says_where_it_stood_first():
    row = yes("ada", SENT, amount=5.0)
    found = join_outcomes(TWO, [decided(1, ("ada", "hello/post"))], acted(row, row, action="give"), GIVE, today=TODAY)
    assert values(found) == {"ada": 5.0}
    assert [(row["row"], row["reason"]) for row in found.rejected.to_pylist()] == [
        (2, "stands already in sheet.csv row 1")
    ]


def test_a_row_that_came_in_an_earlier_file_counts_once():
    rows = acted(yes("ada", SENT, file="a.csv", row=7), yes("ada", SENT, file="b.csv", row=1))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert found.rejected.select(["file", "row", "reason"]).to_pylist() == [
        {"file": "b.csv", "row": 1, "reason": "stands already in a.csv row 7"}
    ]


def test_what_came_first_stays_whatever_the_files_are_called():
    rows = acted(yes("ada", SENT, file="monday.csv", row=1), yes("ada", SENT, file="friday.csv", row=1))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert found.rejected["file"].to_pylist() == ["friday.csv"]


def test_two_gifts_on_different_days_or_of_different_sums_are_two():
    rows = acted(
        yes("ada", SENT, amount=5.0), yes("ada", SENT + DAY, amount=5.0), yes("ada", SENT, amount=2.5), action="give"
    )
    found = join_outcomes(TWO, [decided(1, ("ada", "hello/post"))], rows, GIVE, today=TODAY)
    assert values(found) == {"ada": 12.5}


# Yes, no, and nobody wrote it down


def test_yes_beats_no_and_no_beats_a_blank():
    rows = acted(
        yes("ada", SENT, result=False),
        yes("ada", SENT + DAY),
        yes("ada", SENT + 2 * DAY, result=None),
        yes("ben", SENT, result=None),
        yes("ben", SENT + DAY, result=False),
    )
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert values(found) == {"ada": 1.0, "ben": 0.0}
    assert found.missing == {}


def test_a_blank_alone_is_missing_by_option_and_never_a_failure():
    found = join_outcomes(TWO, [BOTH], acted(yes("ada", SENT, result=None)), ATTEND, today=TODAY)
    assert values(found) == {"ben": 0.0}
    assert found.missing == {"hello/post": 1}


def test_where_only_actions_are_recorded_whoever_is_absent_did_not_act():
    found = join_outcomes(TWO, [BOTH], acted(yes("ada", SENT)), ATTEND, today=TODAY)
    assert values(found) == {"ada": 1.0, "ben": 0.0}


def test_where_a_round_was_recorded_both_ways_whoever_is_absent_is_missing_in_that_round_only():
    rounds = [BOTH, decided(2, ("ada", "nothing"), ("ben", "hello/post"), on=LATER)]
    rows = acted(yes("ada", SENT, result=False, key="1:ada"), yes(key="2:ada", at=LATER))
    found = join_outcomes(TWO, rounds, rows, ATTEND, today=TODAY)
    assert values(found, 1) == {"ada": 0.0}
    assert values(found, 2) == {"ada": 1.0, "ben": 0.0}
    assert found.missing == {"nothing": 1}


def test_a_no_that_belongs_to_nothing_does_not_make_a_round_recorded_both_ways():
    rows = acted(yes("ada", SENT - DAY, result=False))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert values(found) == {"ada": 0.0, "ben": 0.0}
    assert found.missing == {}


# Windows


def test_one_action_in_the_windows_of_two_rounds_counts_for_both():
    rounds = [BOTH, decided(2, ("ada", "nothing"), on=SENT + 7 * DAY)]
    found = join_outcomes(TWO, rounds, acted(yes("ada", SENT + 10 * DAY)), ATTEND, today=TODAY)
    assert (values(found, 1)["ada"], values(found, 2)["ada"]) == (1.0, 1.0)
    assert found.joined == {1: 1, 2: 1}
    assert reasons(found) == []


def test_before_the_second_decision_it_counts_for_the_first_alone():
    rounds = [BOTH, decided(2, ("ada", "nothing"), on=SENT + 7 * DAY)]
    found = join_outcomes(TWO, rounds, acted(yes("ada", SENT + 3 * DAY)), ATTEND, today=TODAY)
    assert (values(found, 1)["ada"], values(found, 2)["ada"]) == (1.0, 0.0)


def test_what_lies_between_two_windows_is_unmatched_by_what_was_last_received():
    rounds = [BOTH, decided(2, ("ada", "call/phone"), on=SENT + 60 * DAY)]
    rows = acted(yes("ada", SENT + 40 * DAY), yes("ada", SENT - DAY), yes("ada", SENT + 90 * DAY))
    found = join_outcomes(TWO, rounds, rows, ATTEND, today=TODAY)
    assert found.unmatched == {"hello/post": 2, "call/phone": 1}
    assert values(found, 1)["ada"] == 0.0


def test_too_late_for_all_names_the_window_that_closed_last():
    rounds = [BOTH, decided(2, ("ada", "call/phone"), on=LATER)]
    found = join_outcomes(TWO, rounds, acted(yes("ada", LATER + 50 * DAY)), ATTEND, today=TODAY)
    assert reasons(found) == ["too late: the last window closed on 2026-12-20; it counts for none"]


def test_while_the_window_is_open_nobody_has_failed_and_whoever_acted_waits_too():
    rows = acted(yes("ada", SENT), yes("ben", SENT, result=None))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=SENT + 20 * DAY)
    assert found.outcomes.num_rows == 0
    assert (found.pending, found.missing) == (2, {})
    assert found.joined == {1: 2}
    closed = join_outcomes(TWO, [BOTH], rows, ATTEND, today=SENT + 21 * DAY)
    assert closed.pending == 0
    assert closed.missing == {"nothing": 1}


def test_an_action_without_a_window_is_never_late_and_never_pending():
    ever = Action("attend", True, 25.0, "event", None)
    rows = acted(yes("ada", SENT + 3000 * DAY), yes("ben", SENT - DAY))
    found = join_outcomes(TWO, [BOTH], rows, ever, today=SENT + 4000 * DAY)
    assert values(found) == {"ada": 1.0, "ben": 0.0}
    assert reasons(found) == ["happened before the decision: it counts for none"]


# What is no evidence


def test_a_decision_that_the_planner_repaired_is_no_evidence():
    made = decided(1, ("ada", "nothing", "repaired"), ("ben", "nothing", "holdout"))
    found = join_outcomes(TWO, [made], acted(yes("ada", SENT), yes("ben", SENT)), ATTEND, today=TODAY)
    assert values(found) == {"ben": 1.0}


# Households


HOME = people(("ada", "h1"), ("ben", "h1"), ("eve", "h2"))
HOMES = decided(1, ("h1", "hello/post"), ("h2", "nothing"))


def test_everybody_in_a_household_counts_on_their_own():
    found = join_outcomes(HOME, [HOMES], acted(yes("ben", SENT)), ATTEND, today=TODAY)
    assert values(found) == {"ada": 0.0, "ben": 1.0, "eve": 0.0}
    assert [row["unit"] for row in found.outcomes.to_pylist()] == ["h1", "h1", "h2"]


def test_a_households_key_is_that_of_its_first_person_unless_a_person_is_named():
    rows = acted(yes(key="1:h1"), yes("ben", key="1:h1"))
    found = join_outcomes(HOME, [HOMES], rows, ATTEND, today=TODAY)
    assert values(found) == {"ada": 1.0, "ben": 1.0, "eve": 0.0}
    only = join_outcomes(HOME, [HOMES], acted(yes("ben", key="1:h1")), ATTEND, today=TODAY)
    assert values(only) == {"ada": 0.0, "ben": 1.0, "eve": 0.0}


def test_a_persons_key_on_a_list_is_theirs_whatever_letters_their_id_has():
    odd = people(("a:b", "h:1"), ("c%3Ad", "h:1"), ("c:d", "h:1"))
    made = decided(1, ("h:1", "hello/post"))
    for key, who in (("1:h%3A1:a%3Ab", "a:b"), ("1:h%3A1:c%253Ad", "c%3Ad"), ("1:h%3A1:c%3Ad", "c:d")):
        found = join_outcomes(odd, [made], acted(yes(key=key)), ATTEND, today=TODAY)
        assert [person for person, value in values(found).items() if value] == [who]


def test_one_key_is_never_that_of_two_people():
    both = decided(1, ("a", "hello/post"), ("a:a", "nothing"))
    found = join_outcomes(people("a", "a:a"), [both], acted(yes(key="1:a:a")), ATTEND, today=TODAY)
    assert sum(values(found).values()) == 1.0


def test_the_key_of_one_member_is_not_that_of_another():
    found = join_outcomes(HOME, [HOMES], acted(yes("ben", key="1:h1:ada")), ATTEND, today=TODAY)
    assert reasons(found) == ["the key belongs to somebody else"]


def test_whoever_moved_answers_what_was_decided_where_they_lived_then():
    then = {1: people(("ada", "h1"), ("ben", "h2"), ("eve", "h2"))}
    found = join_outcomes(HOME, [HOMES], acted(yes("ben", SENT)), ATTEND, today=TODAY, members=then)
    assert [(row["person"], row["unit"], row["option"], row["value"]) for row in found.outcomes.to_pylist()] == [
        ("ada", "h1", "hello/post", 0.0),
        ("ben", "h2", "nothing", 1.0),
        ("eve", "h2", "nothing", 0.0),
    ]


def test_whoever_came_after_a_round_has_no_part_in_it():
    then = {1: people(("ada", "h1"), ("eve", "h2"))}
    found = join_outcomes(HOME, [HOMES], acted(yes("ben", SENT)), ATTEND, today=TODAY, members=then)
    assert values(found) == {"ada": 0.0, "eve": 0.0}
    assert reasons(found) == ["nothing had been decided for this person"]


def test_what_is_outside_every_window_is_listed_apart_so_that_it_can_be_counted():
    rows = acted(yes("ada", SENT - DAY), yes("zoe", SENT), yes("ben", SENT + 30 * DAY), yes("ben", SENT))
    found = join_outcomes(TWO, [BOTH], rows, ATTEND, today=TODAY)
    assert found.outside.to_pylist() == [{"file": "sheet.csv", "row": 1}, {"file": "sheet.csv", "row": 3}]
    assert found.unmatched == {"hello/post": 1, "nothing": 1}


def test_a_row_with_neither_key_nor_day_is_given_the_key_of_the_only_round():
    rows = acted(yes("ada"), yes("ben", SENT), yes(key="1:ben"), yes("c:d"), yes("zoe"), yes())
    everybody = people("ada", "ben", "c:d")
    made = decided(1, ("ada", "hello/post"), ("ben", "nothing"), ("c:d", "nothing"))
    assert keyed(rows, everybody, [made])["key"].to_pylist() == [
        "1:ada:ada",
        None,
        "1:ben",
        "1:c%3Ad:c%3Ad",
        None,
        None,
    ]
    for rounds in ([], [made, decided(2, ("ada", "nothing"), on=LATER)], [made.slice(0, 0)]):
        assert keyed(rows, everybody, rounds)["key"].to_pylist() == rows["key"].to_pylist()


# Against a slow reference in plain Python


def slowly(
    everybody: Sequence[tuple[str, str]],
    decisions: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    action: Action,
    today: date,
    lived: Mapping[int, Mapping[str, str]],
) -> dict[str, Any]:
    """The same as ``join_outcomes``, one row after the other, as its docstring says it."""
    today_unit = dict(everybody)

    def members_of(made: dict[str, Any]) -> list[str]:
        """Whom a decision was about, as far as they are still there, in the order of the file."""
        then = lived.get(made["round"], today_unit)
        return [person for person, _ in everybody if then.get(person) == made["unit"]]

    rounds = {made["round"] for made in decisions}
    answers: dict[tuple[int, str], list[dict[str, Any]]] = {}
    rejected: dict[int, str] = {}
    unmatched: Counter[str] = Counter()
    joined: Counter[int] = Counter()
    seen: set[tuple[Any, ...]] = set()
    for place, row in enumerate(rows):
        same = tuple(row[name] for name in ("key", "person", "action", "result", "at", "amount"))
        again, _ = same in seen, seen.add(same)
        if row["action"] != action.name:
            continue
        key, person, at = row["key"], row["person"], row["at"]
        could: list[tuple[dict[str, Any], str | None]] = []
        for made in decisions:
            members = members_of(made)
            own = {f"{made['key']}:{escaped(name)}": name for name in members}
            if key is None:
                could += [(made, person)] if person in members else []
            elif key in own:
                could.append((made, own[key] if person in {None, own[key]} else None))
            elif key == made["key"] and members:
                could.append((made, members[0] if person is None else person if person in members else None))
        early = [at is not None and at < made["on"] for made, _ in could]
        late = [
            at is not None and action.within is not None and at > made["on"] + action.within * DAY for made, _ in could
        ]
        if again:
            rejected[place] = "again"
        elif at is not None and at > today:
            rejected[place] = "future"
        elif key is not None and not could:
            rejected[place] = "no key"
        elif could and all(who is None for _, who in could):
            rejected[place] = "other's"
        elif key is None and person is None:
            rejected[place] = "neither"
        elif key is None and person not in today_unit:
            rejected[place] = "unknown"
        elif not could:
            rejected[place] = "undecided"
        elif key is None and at is None and len(rounds) > 1:
            rejected[place] = "which round"
        else:
            fitting = [
                (made, who)
                for (made, who), soon, over in zip(could, early, late, strict=True)
                if who is not None and not soon and not over
            ]
            for made, who in fitting:
                answers.setdefault((made["round"], str(who)), []).append(row)
                joined[made["round"]] += 1
            if not fitting:
                rejected[place] = "early" if all(early) else "late"
                after = [made for (made, _), soon in zip(could, early, strict=True) if not soon]
                told = max(after, key=lambda made: made["on"]) if after else min((one for one, _ in could), key=_on)
                unmatched[told["option"]] += 1
    both_ways = {number for (number, _), mine in answers.items() for row in mine if row["result"] is False}
    outcomes, missing, pending = [], Counter(), 0
    for made in decisions:
        for person in members_of(made):
            mine = answers.get((made["round"], person))
            if action.within is not None and made["on"] + action.within * DAY > today:
                pending += 1
                continue
            said = [row["result"] for row in mine or []]
            if True in said:
                sums = [row["amount"] or 0.0 for row in mine or [] if row["result"]]
                value = sum(sums) if action.kind == "amount" else 1.0
            elif False in said or (mine is None and made["round"] not in both_ways):
                value = 0.0
            else:
                missing[made["option"]] += 1
                continue
            if made["reason"] != "repaired":
                outcomes.append((made["round"], person, made["option"], value))
    return {
        "outcomes": sorted(outcomes),
        "rejected": sorted(rejected),
        "missing": dict(missing),
        "unmatched": dict(unmatched),
        "pending": pending,
        "joined": dict(joined),
    }


def _on(made: dict[str, Any]) -> date:
    found: date = made["on"]
    return found


EVERYBODY = [("ada", "h1"), ("ben", "h1"), ("c:d", "h:2"), ("e%f", "h%3A2"), ("gil", "h4")]
DAYS = st.one_of(st.none(), st.integers(-3, 75).map(lambda days: SENT + days * DAY))
UNITS = ("h1", "h:2", "h%3A2")


@st.composite
def worlds(
    draw: st.DrawFn,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Action, date, dict[int, dict[str, str]]]:
    numbers = draw(st.sampled_from([(), (1,), (1, 2), (1, 2, 3)]))
    decisions = []
    for number in numbers:
        on = SENT + (number - 1) * draw(st.sampled_from([10, 28])) * DAY
        for unit in UNITS:
            if draw(st.integers(0, 3)):
                option, reason = draw(
                    st.sampled_from([("a/post", "pilot"), ("nothing", "pilot"), ("nothing", "repaired")])
                )
                decisions.append(
                    {
                        "round": number,
                        "unit": unit,
                        "option": option,
                        "reason": reason,
                        "on": on,
                        "key": f"{number}:{escaped(unit)}",
                    }
                )
    who = st.one_of(st.none(), st.sampled_from([*(person for person, _ in EVERYBODY), "zoe"]))
    units = st.sampled_from([*UNITS, "h4"]).map(escaped)
    keys = st.builds("{}:{}".format, st.integers(1, 3), units)
    mine = st.builds(
        "{}:{}:{}".format, st.integers(1, 3), units, st.sampled_from([escaped(name) for name, _ in EVERYBODY])
    )
    rows = draw(
        st.lists(
            st.one_of(
                st.fixed_dictionaries({"key": st.one_of(st.none(), keys, mine), "person": who}),
                st.fixed_dictionaries({"key": mine, "person": st.none()}),
            ).flatmap(
                lambda row: st.fixed_dictionaries(
                    {name: st.just(value) for name, value in row.items()}
                    | {
                        "action": st.sampled_from(["attend", "attend", "attend", "dance"]),
                        "result": st.sampled_from([True, True, False, None]),
                        "at": DAYS,
                        "amount": st.sampled_from([None, 0.0, 2.5, 10.0]),
                    }
                )
            ),
            max_size=8,
        )
    )
    action = Action(
        "attend", True, 25.0, draw(st.sampled_from(["event", "amount"])), draw(st.sampled_from([None, 7, 21]))
    )
    lived = {
        number: {person: draw(st.sampled_from(UNITS)) for person, _ in EVERYBODY if draw(st.integers(0, 4))}
        for number in numbers
        if draw(st.booleans())
    }
    return decisions, rows, action, SENT + draw(st.integers(0, 90)) * DAY, lived


@settings(deadline=None, max_examples=80)
@given(worlds())
def test_it_says_what_a_slow_reading_says(world):
    made, rows, action, today, lived = world
    full = [one | {"propensity": 0.5, "propensities": [0.5, 0.5]} for one in made]
    table = pa.table({name: pa.array([one[name] for one in full], kind) for name, kind in DECISIONS.columns.items()})
    then = {number: people(*homes.items()) for number, homes in lived.items()}
    found = join_outcomes(people(*EVERYBODY), [table], acted(*rows), action, today=today, members=then)
    expected = slowly(EVERYBODY, made, rows, action, today, lived)
    assert {
        "outcomes": sorted(
            (row["round"], row["person"], row["option"], row["value"]) for row in found.outcomes.to_pylist()
        ),
        "rejected": [row["row"] - 1 for row in found.rejected.to_pylist()],
        "missing": found.missing,
        "unmatched": found.unmatched,
        "pending": found.pending,
        "joined": found.joined,
    } == expected
