"""An e-mail address has one form, whatever is wrapped around it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.people.emails import email_key, why_no_email
from people.cells import ODD, emails


@pytest.mark.parametrize(
    "typed",
    [
        "ann@x.org", " Ann@X.ORG ", "mailto:ann@x.org", "mailto:ann@x.org?subject=Hi", "Ann Smith <ann@x.org>",
        "<ann@x.org>",
        "ann@x.org.", "ann@x.org,", "'ann@x.org'", '"ann@x.org"', "(ann@x.org)", "ann@x.org; bob@x.org",
        "ann@x.org bob@x.org",
        "nobody, ann@x.org", "ann@x.org\u200b", '"Smith, Ann" <ann@x.org>',
    ],
)  # fmt: skip
def test_every_way_to_write_an_address_gives_one(typed):
    assert email_key(typed) == "ann@x.org"
    assert why_no_email(typed) is None


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "blank"),
        ("n/a", "blank"),
        ("ann.x.org", "no-at-sign"),
        ("ann@localhost", "no-domain"),
        ("ann@host.invalid", "unreachable"),
        ("ann@x..org", "not-possible"),
        (".ann@x.org", "not-possible"),
        ("a" * 300 + "@x.org", "not-possible"),
    ],
)
def test_what_is_no_address_is_none_and_says_why(typed, reason):
    assert email_key(typed) is None
    assert why_no_email(typed) == reason


def test_an_international_domain_has_one_form():
    assert email_key("ann@müller.example") == email_key("ann@MÜLLER.example") == email_key("ann@xn--mller-kva.example")


def test_a_tag_stays_because_whoever_wrote_it_meant_it():
    assert email_key("ann+news@x.org") == "ann+news@x.org"


def test_what_is_normalised_stays_as_it_is():
    found = [one for one in map(email_key, emails(random.Random(7), 2_000) + ODD) if one]
    assert len(found) > 300
    assert [email_key(one) for one in found] == found


@given(text=st.one_of(st.text(), st.emails(), st.from_regex(r"\A[^ ]{1,9}@[^ ]{1,9}\.[a-z]{2}\Z")))
def test_no_text_is_too_odd(text):
    found = email_key(text)
    assert (found is None) == (why_no_email(text) is not None)
    assert found is None or email_key(found) == found
