"""Facts to note in tests, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from groundswell.ledger import Consent, Suppression

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA, BEN = "ada@example.org", "ben@example.org"


def day(number: float) -> datetime:
    """Some day of this November, noon."""
    return datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=number - 1)


def gave(at: float, channel: str = "*", purpose: str = "voters", *, who: str = ADA, direct: bool = False) -> Consent:
    source = "said to Walter Brandt" if direct else "import 3: members.csv row 17"
    return Consent("email", who, purpose, channel, True, day(at), source, direct, "May we write to you?")


def stopped(at: float, channel: str = "*", purpose: str = "voters", *, who: str = ADA, direct: bool = True) -> Consent:
    source = "replied STOP" if direct else "import 2: stops.csv row 4"
    return Consent("email", who, purpose, channel, False, day(at), source, direct)


def shut(
    at: float, reason: str = "bounced", *, who: str = ADA, source: str = "import 1: bounces.csv row 2"
) -> Suppression:
    return Suppression("email", who, reason, source, day(at))


def crowd(count: int, *, start: int = 0):
    """As many consents of as many people, one at a time."""
    for number in range(start, start + count):
        phone = f"+1415{number:07d}"
        yield Consent("phone", phone, "voters", "sms", True, day(1), f"import 3: members.csv row {number}", False)
