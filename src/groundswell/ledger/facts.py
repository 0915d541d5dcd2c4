"""What a ledger holds: facts that were said or noticed. A fact that could never be found again is refused here.

A stop noted for ``Ada@Example.org`` would not stop ``ada@example.org``; so a subject is only taken in its one form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, get_args

from groundswell.vocabulary import ID_PATTERN, DataError

SubjectKind = Literal["person", "phone", "email", "address"]
"""What a fact is about: a person's id, or an endpoint."""

Reason = Literal["do-not-call", "bounced", "deceased", "moved", "wrong-number", "refused", "complaint"]
"""Why a subject must not be contacted whatever it consented to."""

ANY = "*"
"""Stands for every channel, or every purpose."""

Row = dict[str, Any]
"""A fact as the columns of its table."""

LEEWAY = timedelta(minutes=5)
"""How far a clock elsewhere may be ahead of ours."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 500  # an index of PostgreSQL takes 2,704 bytes; a letter is four at most


class Consent(NamedTuple):
    """Somebody said that they may be spoken to, or that they may not.

    Args:
        kind: what ``subject`` is.
        subject: a person's id, an E.164 number, an e-mail address in lower case, or an address's key.
        purpose: what for (``voters``, ``workforce``, ``customers``), or ``*`` for anything.
        channel: a channel's id, or ``*`` for every channel.
        given: False when it was withdrawn.
        at: when it was said; aware.
        source: where we have it from ("import 3: members.csv row 17", "said to Walter Brandt").
        direct: they said it themselves, to us; False when only an import brings it.
        words: the words they were shown when they were asked.
    """

    kind: SubjectKind
    subject: str
    purpose: str
    channel: str
    given: bool
    at: datetime
    source: str
    direct: bool
    words: str = ""


class Suppression(NamedTuple):
    """A reason not to contact somebody, whatever they consented to; it stands until somebody lifts it.

    Args:
        kind: what ``subject`` is.
        subject: as for :class:`Consent`.
        reason: why.
        source: where we have it from.
        at: since when; aware.
    """

    kind: SubjectKind
    subject: str
    reason: Reason
    source: str
    at: datetime


class Lift(NamedTuple):
    """A suppression was a mistake, or is over: who says so, and when. It lifts those of that reason that are older.

    Args:
        kind: what ``subject`` is.
        subject: as for :class:`Consent`.
        reason: which suppression.
        source: who lifts it.
        at: when; aware.
    """

    kind: SubjectKind
    subject: str
    reason: Reason
    source: str
    at: datetime


class Held(NamedTuple):
    """Everything that is held about some subjects, oldest first."""

    consents: list[Consent]
    suppressions: list[Suppression]
    lifts: list[Lift]


def micros(at: datetime, key: str = "at") -> int:
    """A moment as it is stored: microseconds since 1970, UTC.

    >>> micros(datetime(1970, 1, 1, 1, tzinfo=UTC))
    3600000000
    """
    if at.utcoffset() is None:
        raise DataError(
            "A time without its zone could be any of 24 hours.",
            key=key,
            found=at.isoformat(),
            expected="a time with its distance to UTC",
            hint="Attach the campaign's zone before it is noted.",
        )
    found = (at - _EPOCH) // _MICROSECOND
    if not _FIRST <= found <= _LAST:
        raise DataError("This time is before the year 1 or after the year 9999 in UTC.", key=key, found=at.isoformat())
    return found


def moment(stored: int) -> datetime:
    """The inverse of :func:`micros`.

    >>> moment(3_600_000_000).isoformat()
    '1970-01-01T01:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=stored)


_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


class Noting(NamedTuple):
    """When facts are noted (in microseconds), and the last moment one may be of that opens a way to somebody."""

    noted: int
    latest: int

    @classmethod
    def at(cls, now: datetime) -> Noting:
        """Facts noted now.

        >>> Noting.at(datetime(1970, 1, 1, tzinfo=UTC))
        Noting(noted=0, latest=300000000)
        """
        noted = micros(now, "now")
        return cls(noted, min(noted + LEEWAY // _MICROSECOND, _LAST))


def consent_row(consent: Consent, noting: Noting) -> Row:
    """A checked consent as a row.

    Raises:
        DataError: naming what would never be found again, or could not be true.

    >>> said = Consent("phone", "+14155550123", "voters", "sms", False, moment(0), "reply STOP", direct=True)
    >>> consent_row(said, Noting.at(moment(9)))["at"]
    0
    >>> consent_row(said._replace(subject="(415) 555-0123"), Noting.at(moment(9)))
    Traceback (most recent call last):
    groundswell.vocabulary.errors.DataError: This is not a phone as the ledger knows it.
      key: subject
      found: (415) 555-0123
      expected: an E.164 number, +14155550123
      hint: Bring it into this one form first: a stop noted for another would stop nobody.
    """
    at = micros(consent.at)
    _check_subject(consent.kind, consent.subject)
    _check_place(consent.purpose, "purpose")
    _check_place(consent.channel, "channel")
    _check_source(consent.source)
    if consent.given and consent.direct:
        _check_not_ahead(at, noting, "consent given", "stop")
    row = consent._asdict() | {"at": at, "given": bool(consent.given), "direct": bool(consent.direct)}
    return {"fact": _fact("consent", row), "noted": noting.noted} | row


def suppression_row(suppression: Suppression, noting: Noting) -> Row:
    """A checked suppression as a row; raises as :func:`consent_row` does."""
    row = _reasoned(suppression)
    return {"fact": _fact("suppression", row), "noted": noting.noted} | row


def lift_row(lift: Lift, noting: Noting) -> Row:
    """A checked lift as a row; raises as :func:`consent_row` does."""
    row = _reasoned(lift)
    _check_not_ahead(row["at"], noting, "lift", "suppression")
    return {"fact": _fact("lift", row), "noted": noting.noted} | row


def _reasoned(fact: Suppression | Lift) -> Row:
    _check_subject(fact.kind, fact.subject)
    _check_source(fact.source)
    if fact.reason not in get_args(Reason):
        expected = ", ".join(get_args(Reason))
        raise DataError("This is no reason for a suppression.", key="reason", found=fact.reason, expected=expected)
    return fact._asdict() | {"at": micros(fact.at)}


def _is_address(text: str) -> bool:
    return text == text.lower() and text.count("@") == 1 and not re.search(r"\s|^@|@$", text)


_FORMS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "person": (str.strip, "a person's id"),
    "phone": (re.compile(r"\+[1-9][0-9]{4,14}(;ext=[0-9]{1,20})?\Z").match, "an E.164 number, +14155550123"),
    "email": (_is_address, "an e-mail address in lower case"),
    "address": (str.strip, "an address's key"),
}


def _check_subject(kind: str, subject: str) -> None:
    if kind not in _FORMS:
        raise DataError("A fact is about no such kind.", key="kind", found=kind, expected=", ".join(_FORMS))
    right, expected = _FORMS[kind]
    if not right(subject) or len(subject) > _LONGEST:
        raise DataError(
            f"This is not {'an' if kind[0] in 'ae' else 'a'} {kind} as the ledger knows it.",
            key="subject",
            found=subject[:_LONGEST],
            expected=f"{expected}" + (f" of at most {_LONGEST} letters" if len(subject) > _LONGEST else ""),
            hint="Bring it into this one form first: a stop noted for another would stop nobody.",
        )


@cache
def _is_place(text: str) -> bool:
    return text == ANY or ID_PATTERN.match(text) is not None


def _check_place(text: str, key: str) -> None:
    if not _is_place(text):
        raise DataError(f"This is no {key}.", key=key, found=text, expected=f"a {key}'s id, or {ANY} for any")


def _check_source(source: str) -> None:
    if not source.strip():
        raise DataError(
            "A fact without a source proves nothing.",
            key="source",
            found=repr(source),
            expected="where it comes from",
            hint="Name the file and row, or the person who heard it.",
        )


def _check_not_ahead(at: int, noting: Noting, what: str, outweighed: str) -> None:
    if at > noting.latest:
        raise DataError(
            f"A {what} in the future would outweigh every {outweighed} until then.",
            key="at",
            found=moment(at).isoformat(),
            expected=f"at most {moment(noting.latest).isoformat()}",
            hint="Look at the clock, or at the order of day and month, of where it comes from.",
        )


def _fact(word: str, row: Row) -> bytes:
    """128 bits that are the same whenever the same fact comes again, and never for two facts."""
    texts = [word, *(str(part) for part in row.values())]
    whole = "\0".join(texts)
    try:
        if whole.count("\0") >= len(texts):
            raise ValueError("NUL")
        return blake2b(whole.encode(), digest_size=16).digest()
    except ValueError:  # a lone surrogate is one, too
        broken = next(name for name, part in row.items() if not _is_text(str(part)))
        raise DataError(
            "This text holds what is no letter, and no database takes it.",
            key=broken,
            found=ascii(row[broken])[:_LONGEST],
            hint="Read the file again with the encoding that it was written in.",
        ) from None


def _is_text(text: str) -> bool:
    return not re.search("[\0\ud800-\udfff]", text)
