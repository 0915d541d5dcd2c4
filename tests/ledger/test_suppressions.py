"""No import lifts a suppression; somebody can, and that is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from groundswell.vocabulary import DataError
from ledger.said import ADA, BEN, NOW, day, gave, shut


def who(ledger):
    return {(row["subject"], row["reason"]) for row in ledger.suppressed().to_pylist()}


def lift(ledger, at, reason="bounced"):
    return ledger.lift("email", ADA, reason=reason, source="Ada wrote from it", at=at, now=NOW)


def test_a_suppression_stands_whatever_is_consented_to(ledger):
    assert ledger.suppress([shut(2)], now=NOW) == 1
    ledger.note_consents([gave(5, direct=True)], now=NOW)
    assert ledger.suppressed().to_pylist() == [
        {"kind": "email", "subject": ADA, "reason": "bounced", "source": "import 1: bounces.csv row 2", "at": day(2)}
    ]


def test_the_same_suppression_twice_is_noted_once(ledger):
    assert ledger.suppress([shut(2), shut(2)], now=NOW) == 1
    before = ledger.revision()
    assert ledger.suppress([shut(2)], now=NOW) == 0
    assert ledger.revision() == before


def test_the_newest_of_each_reason_is_shown(ledger):
    ledger.suppress([shut(2), shut(4), shut(3), shut(1, "complaint"), shut(1, who=BEN)], now=NOW)
    rows = [(row["subject"], row["reason"], row["at"]) for row in ledger.suppressed().to_pylist()]
    assert rows == [(ADA, "bounced", day(4)), (ADA, "complaint", day(1)), (BEN, "bounced", day(1))]


def test_a_lift_undoes_what_is_older_of_that_reason_and_subject_only(ledger):
    ledger.suppress([shut(1), shut(2), shut(2, "complaint"), shut(2, who=BEN)], now=NOW)
    assert lift(ledger, day(3)) == 1
    assert who(ledger) == {(ADA, "complaint"), (BEN, "bounced")}


def test_a_lift_is_kept_beside_what_it_lifted(ledger):
    ledger.suppress([shut(1)], now=NOW)
    lift(ledger, day(3))
    held = ledger.about("email", [ADA])
    assert held.suppressions == [shut(1)]
    assert [(act.reason, act.source, act.at) for act in held.lifts] == [("bounced", "Ada wrote from it", day(3))]


def test_at_the_same_instant_the_suppression_stands(ledger):
    ledger.suppress([shut(3)], now=NOW)
    lift(ledger, day(3))
    assert who(ledger) == {(ADA, "bounced")}


def test_a_new_suppression_after_a_lift_stands_and_the_old_one_imported_again_does_not(ledger):
    ledger.suppress([shut(1)], now=NOW)
    lift(ledger, day(3))
    assert ledger.suppress([shut(1), shut(2, source="import 9: the same file again")], now=NOW) == 1
    assert who(ledger) == set()
    ledger.suppress([shut(4)], now=NOW)
    assert who(ledger) == {(ADA, "bounced")}


def test_a_lift_from_the_future_is_refused(ledger):
    ledger.suppress([shut(1)], now=NOW)
    with pytest.raises(DataError, match="outweigh every suppression"):
        lift(ledger, NOW + timedelta(days=1))
    assert who(ledger) == {(ADA, "bounced")}


def test_the_revision_changes_with_every_change_and_only_then(ledger):
    seen = [ledger.revision()]
    for act in (
        lambda: ledger.note_consents([gave(1)], now=NOW),
        lambda: ledger.suppress([shut(1)], now=NOW),
        lambda: lift(ledger, day(3)),
        lambda: ledger.forget([("email", ADA)], [], now=NOW),
        lambda: ledger.forget([], ["a" * 64], now=NOW),
    ):
        act()
        seen.append(ledger.revision())
        assert ledger.suppress([], now=NOW) == ledger.note_consents([], now=NOW) == 0
        ledger.forget([("email", "nobody@example.org")], [], now=NOW)
        assert ledger.revision() == seen[-1]
    assert len(set(seen)) == 6
    assert max(seen) < 2**52
