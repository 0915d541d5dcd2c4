"""The rule of what stands, against a model of it in plain Python that reads like the sentence; in both places."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.ledger import Consent, on_channel, open_ledger
from ledger.said import day

CHANNELS = ("sms", "post", "*")
FOREVER = datetime.max.replace(tzinfo=UTC)
NUMBERS = count()

instants = st.integers(1, 4).map(day) | st.datetimes(timezones=st.timezones(), allow_imaginary=False).filter(
    lambda at: 2 < at.year < 9998
)


def facts(**fixed):
    parts = {
        "kind": st.just("person"),
        "subject": st.just("someone"),
        "purpose": st.sampled_from(("voters", "customers", "*")),
        "channel": st.sampled_from(CHANNELS),
        "given": st.booleans(),
        "at": instants,
        "source": st.sampled_from(("here", "there")),
        "direct": st.booleans(),
        "words": st.sampled_from(("", "May we?")),
    }
    return st.builds(Consent, **parts | {name: st.just(value) for name, value in fixed.items()})


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request, tmp_path_factory):
    """A ledger for all examples; each has a subject of its own."""
    path = tmp_path_factory.mktemp("rule") / "ledger.sqlite"
    with open_ledger(path if request.param == "sqlite" else request.getfixturevalue("server").corner()) as ledger:
        yield ledger


def modelled(history, purpose, channel):
    """The facts that may hold there (several where they are of one instant), by the sentence of the rule."""
    # Python compares two times of one zone by their faces, and those of a clock put back as never equal; UTC has neither.
    history = [fact._replace(at=fact.at.astimezone(UTC)) for fact in history]
    bearing = [fact for fact in history if fact.purpose in {purpose, "*"} and fact.channel in {channel, "*"}]
    own_words = [fact for fact in bearing if fact.given and fact.direct]
    withdrawals = [fact for fact in bearing if not fact.given]
    unanswered = [stop for stop in withdrawals if not any(word.at > stop.at for word in own_words)]
    for candidates in (unanswered and withdrawals, own_words, [fact for fact in bearing if fact.given]):
        if candidates:
            newest = max(fact.at for fact in candidates)
            last = [fact for fact in candidates if fact.at == newest]
            return [fact for fact in last if fact.direct] or last
    return []


def found(ledger, subject, purpose):
    """Channel -> the row that holds there, or None."""
    standing = ledger.standing(purpose)
    mine = standing.filter(pc.equal(standing["subject"], subject))
    return {channel: next(iter(on_channel(mine, channel).to_pylist()), None) for channel in CHANNELS}


def told(row):
    return {name: value for name, value in row.items() if name != "channel"}


def noted(ledger, history, cuts=1):
    """Note a history under a new name, in as many acts; the name."""
    name = f"p{next(NUMBERS)}"
    mine = [fact._replace(subject=name) for fact in history]
    for part in range(cuts):
        ledger.note_consents(mine[part::cuts], now=FOREVER)
    return name


@settings(max_examples=80, deadline=None)
@given(history=st.lists(facts(), min_size=1, max_size=8), cuts=st.integers(1, 3))
def test_what_stands_is_what_the_model_says_for_any_history_in_any_order(shared, history, cuts):
    name = noted(shared, history, cuts)
    for purpose in ("voters", "*"):
        for channel, row in found(shared, name, purpose).items():
            expected = modelled(history, purpose, channel)
            if not expected:
                assert row is None
                continue
            assert row is not None
            mine = (row["given"], row["at"], row["direct"], row["source"], row["words"])
            assert mine in [(one.given, one.at, one.direct, one.source, one.words) for one in expected]
        everywhere = found(shared, name, purpose)["*"]
        assert (name in shared.stopped("person", purpose)) == (everywhere is not None and not everywhere["given"])
        assert name not in shared.stopped("address", purpose)


@settings(max_examples=80, deadline=None)
@given(
    history=st.lists(facts(), max_size=5),
    stop=facts(given=False),
    brought=st.lists(facts(given=True, direct=False), min_size=1, max_size=6),
)
def test_no_import_brings_back_who_opted_out(shared, history, stop, brought):
    name = noted(shared, [*history, stop])
    before = found(shared, name, "voters")
    shared.note_consents([fact._replace(subject=name) for fact in brought], now=FOREVER)
    after = found(shared, name, "voters")
    for channel, row in before.items():
        if row is not None and not row["given"]:
            assert told(after[channel]) == told(row)
