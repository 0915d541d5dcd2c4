"""A fact that would never be found again is refused, with the row's own words; so is one from the future."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from groundswell.ledger import Consent
from groundswell.ledger.facts import LEEWAY, Noting, consent_row, micros, moment
from groundswell.vocabulary import DataError
from ledger.said import NOW, day, gave, shut, stopped


def refused(consent: Consent) -> DataError:
    with pytest.raises(DataError) as caught:
        consent_row(consent, Noting.at(NOW))
    return caught.value


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("phone", "4155550123"),
        ("phone", "+1 415 555 0123"),
        ("phone", "+0155550123"),
        ("phone", "+1415555012345678"),
        ("phone", "+1415555٠123"),
        ("phone", "+14155550123\n"),
        ("email", "Ada@example.org"),
        ("email", "ada"),
        ("email", "@example.org"),
        ("email", "a@b@c"),
        ("email", "ada @example.org"),
        ("person", ""),
        ("person", "  "),
        ("person", "x" * 501),
        ("address", "\t"),
    ],
)
def test_a_subject_is_taken_in_its_one_form_only(kind, subject):
    error = refused(gave(1)._replace(kind=kind, subject=subject))
    assert error.key == "subject"
    assert "one form" in error.hint


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("phone", "+4930123456"), ("email", "josé+news@exämple.org"), ("person", "Row 7"), ("address", "10115 berlin|1")],
)
def test_what_is_in_its_one_form_is_taken(kind, subject):
    assert consent_row(gave(1)._replace(kind=kind, subject=subject), Noting.at(NOW))["subject"] == subject


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "fax"),
        ("purpose", "Voters"),
        ("purpose", ""),
        ("channel", "E Mail"),
        ("channel", "**"),
        ("source", " "),
    ],
)
def test_an_unknown_kind_purpose_channel_or_source_is_named(key, value):
    assert refused(gave(1)._replace(**{key: value})).key == key


def test_a_time_without_its_zone_is_refused():
    assert "zone" in refused(gave(1)._replace(at=datetime(2026, 11, 1))).hint  # noqa: DTZ001 - what is tested


def test_a_time_that_utc_has_no_year_for_is_refused():
    east = timezone(timedelta(hours=14))
    assert refused(stopped(1)._replace(at=datetime.min.replace(tzinfo=east))).key == "at"


@pytest.mark.parametrize("key", ["subject", "source", "words"])
@pytest.mark.parametrize("letter", ["\0", "\udc80"])
def test_what_no_database_takes_is_refused_by_name(key, letter):
    assert refused(gave(1)._replace(kind="person", **{key: f"a{letter}b"})).key == key


def test_a_consent_from_the_future_is_refused_where_it_would_outweigh_later_stops():
    ahead = NOW + LEEWAY + timedelta(microseconds=1)
    assert "in the future" in refused(gave(1, direct=True)._replace(at=ahead)).message
    assert consent_row(gave(1, direct=True)._replace(at=NOW + LEEWAY), Noting.at(NOW))
    assert consent_row(gave(1)._replace(at=ahead), Noting.at(NOW)), "an import outweighs no stop"
    assert consent_row(stopped(1)._replace(at=ahead), Noting.at(NOW)), "a stop is never refused for its date"


def test_a_fact_keeps_its_key_whenever_and_wherever_it_is_noted():
    east = day(1).astimezone(timezone(timedelta(hours=9)))
    one = consent_row(gave(1), Noting.at(NOW))["fact"]
    assert one == consent_row(gave(1)._replace(at=east), Noting.at(day(30)))["fact"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"])
def test_a_moment_comes_back_to_the_microsecond(at):
    assert moment(micros(datetime.fromisoformat(at))) == datetime.fromisoformat(at)


def test_an_unknown_reason_is_refused_before_anything_is_noted(ledger):
    with pytest.raises(DataError, match="no reason") as caught:
        ledger.suppress([shut(1), shut(1, "annoying")], now=NOW)
    assert "wrong-number" in caught.value.expected
    assert ledger.suppressed().num_rows == 0
