"""Who may be spoken to through which channel, from what the ledger holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.people.consent import CLOSES, barred

START = datetime(2026, 1, 1, tzinfo=UTC)
WAYS = {"phone": "phone", "sms": "phone", "email": "email", "post": "address", "door": "address"}
HOME = {"phone": "+12025550123", "email": "home@example.org", "address": "abc"}


def people(*rows: tuple[str, str | None, str | None, str | None]) -> pa.Table:
    """``(person, phone, email, address)``."""
    names = ("person", "phone_key", "email_key", "address_key")
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)})


TWO = people(("ada", HOME["phone"], "ada@example.org", "abc"), ("ben", HOME["phone"], HOME["email"], "abc"))


def said(*rows: tuple[str, str, str, bool, bool, int]) -> pa.Table:
    """``(kind, subject, channel, given, direct, hours)``."""
    return pa.table(
        {
            "kind": pa.array([row[0] for row in rows], pa.string()),
            "subject": pa.array([row[1] for row in rows], pa.string()),
            "channel": pa.array([row[2] for row in rows], pa.string()),
            "given": pa.array([row[3] for row in rows], pa.bool_()),
            "direct": pa.array([row[4] for row in rows], pa.bool_()),
            "at": pa.array([START + timedelta(hours=row[5]) for row in rows], pa.timestamp("us", "UTC")),
            "source": pa.array(["said"] * len(rows), pa.string()),
        }
    )


def listed(*rows: tuple[str, str, str]) -> pa.Table:
    """``(kind, subject, reason)``."""
    names = ("kind", "subject", "reason")
    found = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
    return pa.table(found | {"source": pa.array(["list"] * len(rows), pa.string())})


def closed(standing: pa.Table, suppressed: pa.Table = listed(), *, opt_in=(), of: pa.Table = TWO):  # noqa: B008
    found = barred(of, standing, suppressed, channels=WAYS, opt_in=opt_in)
    return {(row["person"], row["channel"]): row["rule"] for row in found.to_pylist()}


def test_where_nobody_said_anything_nothing_is_closed():
    assert closed(said()) == {}


def test_who_says_stop_is_closed_everywhere_and_nobody_else_is():
    found = closed(said(("person", "ada", "*", False, False, 0)))
    assert found == {("ada", channel): "stop" for channel in WAYS}


def test_a_stop_for_one_channel_closes_this_one():
    assert closed(said(("person", "ada", "sms", False, True, 0))) == {("ada", "sms"): "stop"}


def test_a_stop_at_a_shared_telephone_holds_for_all_who_share_it():
    found = closed(said(("phone", HOME["phone"], "*", False, True, 0)))
    assert found == {(person, channel): "stop" for person in ("ada", "ben") for channel in ("phone", "sms")}


def test_what_they_say_themselves_later_opens_the_channel_they_said_it_for_and_no_other():
    found = closed(said(("person", "ada", "*", False, False, 0), ("person", "ada", "email", True, True, 1)))
    assert found == {("ada", channel): "stop" for channel in WAYS if channel != "email"}


@pytest.mark.parametrize(("direct", "hours"), [(False, 1), (False, 999), (True, 0), (True, -1)])
def test_neither_a_later_import_nor_an_earlier_word_outweighs_a_stop(direct, hours):
    found = closed(said(("person", "ada", "*", False, False, 0), ("person", "ada", "email", True, direct, hours)))
    assert ("ada", "email") in found


def test_a_consent_of_ones_own_does_not_open_what_somebody_closed_for_the_whole_telephone():
    found = closed(said(("phone", HOME["phone"], "*", False, True, 0), ("person", "ada", "*", True, True, 1)))
    assert {("ada", "phone"), ("ada", "sms"), ("ben", "phone"), ("ben", "sms")} == set(found)


@pytest.mark.parametrize(
    ("kind", "subject", "reason", "who", "what"),
    [
        ("phone", HOME["phone"], "do-not-call", {"ada", "ben"}, {"phone", "sms"}),
        ("phone", HOME["phone"], "wrong-number", {"ada", "ben"}, {"phone", "sms"}),
        ("email", "ada@example.org", "bounced", {"ada"}, {"email"}),
        ("address", "abc", "bounced", {"ada", "ben"}, {"post", "door"}),
        ("person", "ada", "deceased", {"ada"}, set(WAYS)),
        ("person", "ada", "moved", {"ada"}, {"post", "door"}),
        ("person", "ada", "do-not-call", {"ada"}, {"phone", "sms"}),
        ("person", "ada", "complaint", {"ada"}, set(WAYS)),
    ],
)
def test_a_suppression_closes_what_it_is_about(kind, subject, reason, who, what):
    found = closed(said(), listed((kind, subject, reason)))
    assert found == {(person, channel): "suppressed" for person in who for channel in what}


def test_every_reason_closes_something():
    assert all(ends for ends in CLOSES.values())


def test_a_channel_that_needs_consent_is_closed_to_whoever_gave_none():
    found = closed(said(("person", "ada", "sms", True, False, 0)), opt_in={"sms"})
    assert found == {("ben", "sms"): "consent"}


def test_a_consent_for_the_telephone_counts_for_whoever_has_it():
    assert closed(said(("phone", HOME["phone"], "sms", True, False, 0)), opt_in={"sms"}) == {}


def test_a_stop_is_told_before_a_suppression_and_this_before_a_missing_consent():
    standing = said(("person", "ada", "sms", False, True, 0))
    found = closed(standing, listed(("phone", HOME["phone"], "do-not-call")), opt_in={"sms"})
    assert (found["ada", "sms"], found["ben", "sms"]) == ("stop", "suppressed")


SUBJECTS = st.sampled_from([("person", "ada"), ("person", "ben"), *((kind, text) for kind, text in HOME.items())])
FACTS = st.lists(
    st.tuples(SUBJECTS, st.sampled_from(["*", *WAYS]), st.booleans(), st.booleans(), st.integers(0, 3)), max_size=6
)


@settings(deadline=None, max_examples=60)
@given(facts=FACTS)
def test_it_agrees_with_the_rule_said_in_plain_words(facts):
    rows = [(*subject, channel, given, direct, hours) for subject, channel, given, direct, hours in facts]
    found = closed(said(*rows))
    for person, phone, email, address in (tuple(row.values()) for row in TWO.to_pylist()):
        for channel, needs in WAYS.items():
            mine = {("person", person), (needs, {"phone": phone, "email": email, "address": address}[needs])}
            about = [row for row in rows if (row[0], row[1]) in mine and row[2] in {"*", channel}]
            stopped = any(
                not any(yes[3] and yes[4] and yes[5] > no[5] and (yes[0], yes[1]) == (no[0], no[1]) for yes in about)
                for no in about
                if not no[3]
            )
            assert ((person, channel) in found) == stopped


SAME_AS_ADA = pa.table(
    {
        "person": ["ada"] * 3,
        "kind": ["person", "person", "email"],
        "subject": ["ada", "shop-7", "old@example.org"],
    }
)


def closed_with_ids(standing: pa.Table, suppressed: pa.Table = listed(), *, opt_in=()) -> set[tuple[str, str]]:  # noqa: B008
    found = barred(TWO, standing, suppressed, channels=WAYS, opt_in=opt_in, also=SAME_AS_ADA)
    return {(row["person"], row["channel"]) for row in found.to_pylist()}


def test_a_stop_under_another_id_or_e_mail_of_the_person_holds():
    assert closed_with_ids(said(("person", "shop-7", "*", False, True, 0))) == {("ada", way) for way in WAYS}
    assert closed_with_ids(said(("email", "old@example.org", "*", False, True, 0))) == {("ada", "email")}


def test_it_is_opened_again_only_under_the_same_id():
    stop = ("person", "shop-7", "*", False, True, 0)
    assert closed_with_ids(said(stop, ("person", "ada", "*", True, True, 1))) == {("ada", way) for way in WAYS}
    assert closed_with_ids(said(stop, ("person", "shop-7", "*", True, True, 1))) == set()


def test_what_is_wrong_with_another_e_mail_of_theirs_closes_nothing_and_a_complaint_does():
    assert closed_with_ids(said(), listed(("email", "old@example.org", "bounced"))) == set()
    assert closed_with_ids(said(), listed(("email", "old@example.org", "complaint"))) == {("ada", "email")}


def test_a_consent_under_any_id_is_the_persons_but_not_one_for_another_e_mail():
    assert ("ada", "email") not in closed_with_ids(
        said(("person", "shop-7", "email", True, True, 0)), opt_in=("email",)
    )
    assert ("ada", "email") in closed_with_ids(
        said(("email", "old@example.org", "email", True, True, 0)), opt_in=("email",)
    )
