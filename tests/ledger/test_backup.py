"""A dump is one moment of the whole ledger; only an empty ledger takes it, whole or not at all."""

from __future__ import annotations

import io
import json

import pytest

from groundswell.ledger import open_ledger
from groundswell.vocabulary import DataError, StorageError
from ledger.said import ADA, BEN, NOW, crowd, day, gave, shut, stopped


@pytest.fixture
def full(ledger):
    odd = gave(4)._replace(kind="person", subject="Zoë\n\u2028😀", words="«Ja?»")
    ledger.note_consents([gave(1), stopped(2), gave(3, "sms", direct=True), odd], now=NOW)
    ledger.suppress([shut(1), shut(2, "complaint", who=BEN)], now=NOW)
    ledger.lift("email", ADA, reason="bounced", source="Ada wrote", at=day(5), now=NOW)
    ledger.forget([], ["f" * 64, "a" * 64], now=NOW)
    return ledger


def dumped(ledger) -> str:
    handle = io.StringIO()
    ledger.dump(handle)
    return handle.getvalue()


def test_what_was_dumped_comes_back_the_same_from_either_place_to_either(full, another):
    text = dumped(full)
    for back in (another(), another()):
        assert back.load(io.StringIO(text)) == 9
        assert dumped(back) == text
        assert back.standing("voters").equals(full.standing("voters"))
        assert back.suppressed().equals(full.suppressed())
        assert back.about("email", [ADA]) == full.about("email", [ADA])
        assert back.forgotten() == full.forgotten()
        assert back.revision() == full.revision()


def test_what_came_back_knows_the_facts_it_has(full, another):
    back = another()
    back.load(io.StringIO(dumped(full)))
    assert back.note_consents([gave(1), stopped(2)], now=NOW) == 0
    assert back.note_consents([stopped(9)], now=NOW) == 1


def test_two_that_go_on_from_one_dump_never_have_the_same_revision_for_different_things(full, another):
    one, two = another(), another()
    for back in (one, two):
        back.load(io.StringIO(dumped(full)))
    one.note_consents([gave(9)], now=day(10))
    two.note_consents([stopped(9)], now=day(11))
    assert len({full.revision(), one.revision(), two.revision()}) == 3


def test_every_line_is_json_that_a_person_can_read(full):
    head, first, *_, end = (json.loads(line) for line in dumped(full).splitlines())
    assert head == {"ledger": 1, "revision": full.revision()}
    assert first == {
        "is": "consent",
        "kind": "email",
        "subject": ADA,
        "purpose": "voters",
        "channel": "*",
        "given": True,
        "at": "2026-11-01T12:00:00+00:00",
        "source": "import 3: members.csv row 17",
        "direct": False,
        "words": "May we write to you?",
        "noted": "2026-11-20T12:00:00+00:00",
    }
    assert end == {"end": 9}


def test_a_ledger_that_is_not_empty_takes_none(full, another):
    text = dumped(full)
    before = dumped(full)
    with pytest.raises(StorageError, match="not empty"):
        full.load(io.StringIO(text))
    assert dumped(full) == before
    only_forgotten = another()
    only_forgotten.forget([], ["b" * 64], now=NOW)
    with pytest.raises(StorageError, match="not empty"):
        only_forgotten.load(io.StringIO(text))


def test_a_dump_is_one_moment_whatever_is_noted_meanwhile(where):
    with open_ledger(where) as ledger, open_ledger(where) as other:
        ledger.note_consents(crowd(25_000), now=NOW)
        before = dumped(ledger)

        class Slow(io.StringIO):
            def write(self, text: str) -> int:
                if self.tell() == 0:
                    other.note_consents([gave(1)], now=NOW)
                    other.suppress([shut(1)], now=NOW)
                    other.forget([("phone", "+14150024999")], ["a" * 64], now=NOW)
                return super().write(text)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("groundswell.ledger.ledger.wipe", lambda place: None)  # it would wait for the dump to end
            handle = Slow()
            ledger.dump(handle)
        assert handle.getvalue() == before
        assert dumped(ledger) != before


def lines(text: str, start: int = 0, end: int | None = None) -> str:
    return "".join(text.splitlines(keepends=True)[start:end])


DAMAGED = {
    "nothing": lambda text: "",
    "another file": lambda text: "id,name\n1,Ada\n",
    "another JSON": lambda text: "[1]\n",
    "no head": lambda text: lines(text, 1),
    "a newer format": lambda text: text.replace('"ledger": 1', '"ledger": 2', 1),
    "no end": lambda text: lines(text, 0, -1),
    "half a line": lambda text: text[: len(text) // 2],
    "a line missing": lambda text: lines(text, 0, 2) + lines(text, 3),
    "something after the end": lambda text: text + lines(text, 1, 2),
    "two dumps": lambda text: text + text,
    "an unknown kind": lambda text: text.replace('"is": "lift"', '"is": "gift"', 1),
    "an unknown column": lambda text: text.replace('"words"', '"word"', 1),
    "a word for yes": lambda text: text.replace('"given": true', '"given": "yes"', 1),
    "a subject in another form": lambda text: text.replace(ADA, ADA.upper(), 1),
    "a time without a zone": lambda text: text.replace("2026-11-01T12:00:00+00:00", "2026-11-01T12:00:00", 1),
    "a bare address for a hash": lambda text: text.replace("f" * 64, ADA, 1),
    "no moment of noting": lambda text: text.replace('"noted"', '"notes"', 1),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_dump_is_refused_by_its_line_and_nothing_of_it_is_taken(damage, full, another):
    back = another()
    with pytest.raises(DataError, match="not the dump of a ledger") as caught:
        back.load(io.StringIO(damage(dumped(full))))
    assert caught.value.key.startswith("line ")
    assert dumped(back).splitlines() == ['{"ledger": 1, "revision": 0}', '{"end": 0}']
