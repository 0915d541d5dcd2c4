"""A withdrawal outweighs anything older, and anything newer that only an import brings."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta, timezone

import pytest

from groundswell.ledger import on_channel, open_ledger
from groundswell.ledger.consents import CHUNK
from groundswell.vocabulary import DataError
from ledger.said import ADA, BEN, NOW, crowd, day, gave, shut, stopped


def holds(ledger, channel, purpose="voters", who=ADA):
    """Whether the person may be spoken to there: True, False, or None when nobody ever said anything."""
    rows = on_channel(ledger.standing(purpose), channel).to_pylist()
    found = [row["given"] for row in rows if row["subject"] == who]
    assert len(found) <= 1
    return found[0] if found else None


def test_nothing_holds_where_nothing_was_said(ledger):
    assert ledger.standing("voters").num_rows == 0
    assert holds(ledger, "sms") is None


def test_a_consent_holds_and_leads_back_to_its_source_and_words(ledger):
    ledger.note_consents([gave(3, "sms")], now=NOW)
    [row] = ledger.standing("voters").to_pylist()
    assert row == {
        "kind": "email",
        "subject": ADA,
        "channel": "sms",
        "given": True,
        "at": day(3),
        "source": "import 3: members.csv row 17",
        "words": "May we write to you?",
        "direct": False,
    }


def test_a_withdrawal_outweighs_what_is_older(ledger):
    ledger.note_consents([gave(1, direct=True), stopped(2)], now=NOW)
    assert holds(ledger, "sms") is False


def test_a_withdrawal_outweighs_a_newer_consent_that_an_import_brings(ledger):
    ledger.note_consents([stopped(2)], now=NOW)
    ledger.note_consents([gave(3), gave(9, "sms")], now=NOW)
    assert holds(ledger, "sms") is False
    assert holds(ledger, "post") is False


def test_a_withdrawal_that_an_import_brings_counts_as_much(ledger):
    ledger.note_consents([gave(1, direct=True), stopped(2, direct=False), gave(3)], now=NOW)
    assert holds(ledger, "sms") is False


def test_the_person_themself_can_come_back(ledger):
    ledger.note_consents([stopped(2), gave(3, direct=True)], now=NOW)
    assert holds(ledger, "sms") is True


def test_an_old_stop_that_is_imported_late_does_not_undo_what_they_said_since(ledger):
    ledger.note_consents([gave(5, direct=True)], now=NOW)
    ledger.note_consents([stopped(2, direct=False)], now=NOW)
    assert holds(ledger, "sms") is True


def test_at_the_same_instant_the_withdrawal_wins(ledger):
    ledger.note_consents([gave(3, direct=True), stopped(3)], now=NOW)
    assert holds(ledger, "sms") is False


def test_one_microsecond_later_is_later_and_zones_do_not_matter(ledger):
    later = day(3) + timedelta(microseconds=1)
    in_tonga = later.astimezone(timezone(timedelta(hours=13)))
    ledger.note_consents([stopped(3), gave(3, direct=True)._replace(at=in_tonga)], now=NOW)
    assert holds(ledger, "sms") is True
    assert ledger.standing("voters")["at"].to_pylist() == [later]


def test_a_consent_on_one_channel_after_a_stop_on_all_restores_that_channel_only(ledger):
    ledger.note_consents([stopped(2), gave(3, "sms", direct=True)], now=NOW)
    assert holds(ledger, "sms") is True
    assert holds(ledger, "post") is False
    assert {row["channel"]: row["given"] for row in ledger.standing("voters").to_pylist()} == {"*": False, "sms": True}


def test_a_stop_on_one_channel_leaves_the_others(ledger):
    ledger.note_consents([gave(1), stopped(2, "sms")], now=NOW)
    assert holds(ledger, "sms") is False
    assert holds(ledger, "post") is True


def test_a_stop_on_all_channels_after_a_consent_on_one_closes_that_one(ledger):
    ledger.note_consents([gave(1, "sms", direct=True), stopped(2)], now=NOW)
    assert holds(ledger, "sms") is False


def test_a_stop_for_any_purpose_bears_on_each_and_a_stop_for_one_on_that_one(ledger):
    consents = [gave(1, purpose="*", direct=True), stopped(2, purpose="customers")]
    ledger.note_consents([*consents, stopped(2, purpose="*", who=BEN)], now=NOW)
    assert [holds(ledger, "sms", purpose) for purpose in ("voters", "customers", "*")] == [True, False, True]
    assert [holds(ledger, "sms", purpose, BEN) for purpose in ("voters", "customers", "*")] == [False] * 3


def test_a_consent_for_one_purpose_after_a_stop_for_any_restores_that_one_only(ledger):
    ledger.note_consents([stopped(2, purpose="*"), gave(3, direct=True)], now=NOW)
    assert holds(ledger, "sms", "voters") is True
    assert holds(ledger, "sms", "customers") is False


def test_of_consents_the_persons_own_word_is_shown_before_a_newer_import(ledger):
    ledger.note_consents([gave(2, direct=True), gave(5), gave(1, direct=True)], now=NOW)
    [row] = ledger.standing("voters").to_pylist()
    assert (row["direct"], row["at"]) == (True, day(2))


def test_the_same_fact_twice_is_noted_once(ledger):
    assert ledger.note_consents([gave(1), gave(1), gave(2)], now=NOW) == 2
    before = ledger.revision()
    assert ledger.note_consents([gave(1), gave(2)], now=NOW + timedelta(days=1)) == 0
    assert ledger.revision() == before
    assert len(ledger.about("email", [ADA]).consents) == 2


def test_facts_that_differ_in_one_thing_only_are_two(ledger):
    one = gave(1, "sms")
    others = [
        one._replace(kind="person"),
        one._replace(subject=BEN),
        one._replace(purpose="*"),
        one._replace(channel="*"),
        one._replace(given=False),
        one._replace(at=day(1) + timedelta(microseconds=1)),
        one._replace(source="elsewhere"),
        one._replace(direct=True),
        one._replace(words=""),
    ]
    assert ledger.note_consents([one, *others], now=NOW) == 10


def test_one_bad_fact_among_many_and_none_is_noted(ledger):
    many = [*crowd(CHUNK + 5), gave(1, who="Ada@Example.org")]
    before = ledger.revision()
    with pytest.raises(DataError, match="not an email"):
        ledger.note_consents(many, now=NOW)
    assert ledger.standing("voters").num_rows == 0
    assert ledger.revision() == before
    assert ledger.note_consents(many[:-1], now=NOW) == CHUNK + 5


def test_what_its_reader_cannot_go_on_with_is_not_noted_by_half(ledger):
    def torn():
        yield from crowd(CHUNK + 5)
        raise OSError("the stick was pulled")

    with pytest.raises(OSError, match="stick"):
        ledger.note_consents(torn(), now=NOW)
    assert ledger.standing("voters").num_rows == 0


def test_a_batch_of_any_length_takes_the_memory_of_a_chunk(tmp_path):
    def peak(count: int) -> int:
        with open_ledger(tmp_path / f"{count}.sqlite") as ledger:
            tracemalloc.start()
            ledger.note_consents(crowd(count), now=NOW)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    assert peak(5 * CHUNK) < 1.3 * peak(2 * CHUNK)


def test_a_large_batch_comes_back_whole_and_in_one_order(ledger):
    ledger.note_consents(crowd(CHUNK + 1), now=NOW)
    subjects = ledger.standing("voters")["subject"].to_pylist()
    assert subjects == sorted(subjects)
    assert len(subjects) == CHUNK + 1


def test_both_places_order_letters_alike(ledger):
    people = ["Zoë", "adam", "Ädam", "zoe", "Adam", "-", "ß", "日本"]
    ledger.note_consents([gave(1)._replace(kind="person", subject=name) for name in people], now=NOW)
    assert ledger.standing("voters")["subject"].to_pylist() == sorted(people, key=str.encode)


def test_any_letters_come_back_as_they_were(ledger):
    odd = 'O\'Neill "x" \\ % :y \t\n 😀 --; drop table consents'
    ledger.note_consents([gave(1)._replace(kind="person", subject=odd, source=odd, words=odd)], now=NOW)
    [held] = ledger.about("person", [odd]).consents
    assert (held.subject, held.source, held.words) == (odd, odd, odd)


def test_everything_held_about_somebody_can_be_shown_oldest_first(ledger):
    facts = [stopped(3), gave(1), gave(2, who=BEN), gave(1, purpose="customers")._replace(at=day(2))]
    ledger.note_consents(facts, now=NOW)
    ledger.suppress([shut(4), shut(5, who=BEN)], now=NOW)
    ledger.lift("email", ADA, reason="bounced", source="Ada wrote", at=day(6), now=NOW)
    held = ledger.about("email", [ADA, ADA, "nobody@example.org"])
    assert held.consents == [facts[1], facts[3], facts[0]]
    assert held.suppressions == [shut(4)]
    assert [(lift.source, lift.at) for lift in held.lifts] == [("Ada wrote", day(6))]
    assert ledger.about("phone", [ADA]) == ([], [], [])


def test_more_subjects_than_a_database_takes_at_once_can_be_asked_about(ledger):
    ledger.note_consents(crowd(1_203), now=NOW)
    asked = [consent.subject for consent in crowd(1_300)]
    assert len(ledger.about("phone", asked).consents) == 1_203
