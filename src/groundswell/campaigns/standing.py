"""What people said about being contacted: kept in the ledger, asked when a plan is made and again when it is carried out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, get_args

from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.settings import Settings
from groundswell.channels import kind_of
from groundswell.ledger import Consent, Ledger, Reason, SubjectKind, Suppression, open_ledger
from groundswell.people import barred, e164, email_key
from groundswell.purposes import Purpose, purpose_for
from groundswell.tables import Table, rejects
from groundswell.vocabulary import CampaignError

ASKED = "standing.json"
"""In a round's folder: of which revision of the ledger its plan is."""
ANY = "*"
"""Every channel."""
REASONS: tuple[str, ...] = get_args(Reason)
"""Why somebody must not be contacted."""


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """The campaign's ledger: a file in its folder, or the database that ``[ledger]`` names.

    Raises:
        CampaignError: when the variable with the database's URL is not set.
    """
    said = settings.spec.ledger.url
    if said is None:
        place = settings.folder / HIDDEN / "ledger.db"
        if not place.exists() and any((settings.folder / HIDDEN / "rounds").glob(f"*/{ASKED}")):
            raise CampaignError(
                "The ledger is gone: it knew who said stop.",
                file=place,
                found="rounds that were planned with a ledger, and no ledger",
                expected="the file that says who consented, and who must not be contacted",
                hint="Bring it back from a backup. Without one, remove .groundswell/rounds and import every stop again.",
            )
        with open_ledger(place) as ledger:
            yield ledger
        return
    url = os.environ.get(said.env)
    if not url:
        raise CampaignError(
            f"The ledger's database is not known: {said.env} is not set.",
            file=settings.file,
            key="ledger.url",
            found=f"no environment variable {said.env}",
            expected="a URL such as postgresql://user@host/database",
            hint="Set it, or leave [ledger] out: the ledger is then a file in the campaign's folder.",
        )
    with open_ledger(url) as ledger:
        yield ledger


def purpose_of(settings: Settings) -> Purpose:
    """The rules that hold for the campaign."""
    spec = settings.spec
    return purpose_for(spec.purpose, spec.place, overrides=spec.purposes.override)


def note_stops(settings: Settings, stops: Table, source: str, today: date) -> int:
    """Write down who said stop in a file; how many are new. What is written down is never taken back by a file.

    Args:
        settings: the campaign.
        stops: ``person`` and ``row``.
        source: where it was said.
        today: the day we learnt of it.
    """
    if stops.num_rows == 0:
        return 0
    at = datetime.combine(today, time(), UTC)
    with ledger_of(settings) as ledger:
        known = ledger.stopped("person", settings.spec.purpose)
        return ledger.note_consents(
            Consent("person", row["person"], settings.spec.purpose, ANY, False, at, f"{source} row {row['row']}", False)
            for row in stops.to_pylist()
            if row["person"] not in known
        )


def bars(settings: Settings, people: Table, also: Table | None = None) -> Table:
    """Which channels are closed to whom at this moment: contract ``people.BARRED``.

    Args:
        settings: the campaign.
        people: contract ``people.PEOPLE``.
        also: by what else people are known who have several ids: ``person, kind, subject``.
    """
    with ledger_of(settings) as ledger:
        return barred(
            people,
            ledger.standing(settings.spec.purpose),
            ledger.suppressed(),
            channels={name: kind_of(name).needs for name in settings.channels},
            opt_in=purpose_of(settings).needs_consent,
            also=also,
        )


def revision(settings: Settings) -> int:
    """A number that changes whenever anybody's standing does."""
    with ledger_of(settings) as ledger:
        return ledger.revision()


def subject_of(text: str, country: str) -> tuple[SubjectKind, str] | None:
    """The endpoint a text is: a telephone number or an e-mail address; None where it is neither.

    >>> subject_of("(202) 555-0123", "US"), subject_of("Ann@Example.org", "US"), subject_of("p17", "US")
    (('phone', '+12025550123'), ('email', 'ann@example.org'), None)
    """
    if "@" in text:
        email = email_key(text)
        return ("email", email) if email else None
    digits = sum(mark.isdigit() for mark in text)
    phone = e164(text, country) if digits >= 7 and not any(mark.isalpha() for mark in text) else None
    return ("phone", phone) if phone else None


@dataclass(frozen=True)
class Wishes:
    """What became of a file of consents or suppressions.

    Attributes:
        rows: rows that were used.
        new: facts that were not known before.
        given: kind, subject and channel of those who gave their consent.
        wrong: row, column, value and reason of the others.
    """

    rows: int
    new: int
    given: tuple[tuple[str, str, str], ...]
    wrong: tuple[tuple[int, str, str | None, str], ...]

    def rejected(self, file: str) -> Table:
        """The rows that cannot be used: contract ``REJECTED``."""
        return rejects(file, self.wrong)


def note_wishes(
    settings: Settings,
    rows: Sequence[Mapping[str, Any]],
    roles: Mapping[str, str],
    *,
    kind: str,
    source: str,
    today: date,
) -> Wishes:
    """Write down consents or suppressions that a file brings.

    Args:
        settings: the campaign.
        rows: typed, with ``_row``.
        roles: role -> column.
        kind: consents or suppressions.
        source: where they come from.
        today: the day of rows without one; nothing can have been said later.
    """
    wrong: list[tuple[int, str, str | None, str]] = []
    consents, suppressions = [], []
    for row in rows:
        told = {role: row[column] for role, column in roles.items()}
        day = told.get("at") or today
        subjects, problem = _meant_by(told, settings.country)
        if day > today:
            problem = ("at", day.isoformat(), f"lies in the future: today is {today.isoformat()}")
        if problem:
            role, value, reason = problem
            wrong.append((row["_row"], roles.get(role, role), value, reason))
            continue
        at, where = datetime.combine(day, time(), UTC), f"{source} row {row['_row']}"
        for subject in subjects:
            if kind == "suppressions":
                suppressions.append(Suppression(*subject, told["reason"], where, at))
            else:
                channel, words = told.get("channel") or ANY, told.get("words") or ""
                purpose, given = settings.spec.purpose, told["given"]
                consents.append(Consent(*subject, purpose, channel, given, at, where, direct=False, words=words))
    with ledger_of(settings) as ledger:
        new = ledger.note_consents(consents) + ledger.suppress(suppressions)
    given = tuple((one.kind, one.subject, one.channel) for one in consents if one.given)
    return Wishes(len(rows) - len(wrong), new, given, tuple(wrong))


def note_came(settings: Settings, suppress: Sequence[tuple[Any, ...]], source: str, today: date) -> int:
    """Write down whom a call or a visit showed that they must not be contacted any more; how many are new.

    Args:
        settings: the campaign.
        suppress: kind, subject, reason, row and day (None: today) of each.
        source: where it was told.
        today: the day we learnt of it.
    """
    facts = [
        Suppression(kind, subject, reason, f"{source} row {row}", datetime.combine(day or today, time(), UTC))
        for kind, subject, reason, row, day in suppress
    ]
    with ledger_of(settings) as ledger:
        return ledger.suppress(facts)


def _meant_by(
    told: Mapping[str, Any], country: str
) -> tuple[list[tuple[SubjectKind, str]], tuple[str, str | None, str] | None]:
    """Whom a row means; or the role that is wrong, what stands there, and why."""
    found: list[tuple[SubjectKind, str]] = [("person", told["person"])] if told.get("person") else []
    for role, what in (("phone", "telephone number"), ("email", "e-mail address")):
        text = told.get(role)
        if text:
            one = subject_of(text, country)
            if one is None or one[0] != role:
                return [], (role, text, f"is no {what}")
            found.append(one)
    if not found:
        return [], ("person", None, "says nobody: neither a person nor a telephone nor an e-mail")
    return found, None


def take_back(settings: Settings, given: Sequence[Sequence[Any]], source: str, today: date) -> None:
    """A file of consents is undone: what it gave is withdrawn. What it withdrew stays so.

    Args:
        settings: the campaign.
        given: kind, subject and channel of each consent.
        source: what is written down as the reason.
        today: the day.
    """
    at = datetime.combine(today, time(), UTC)
    with ledger_of(settings) as ledger:
        ledger.note_consents(
            Consent(kind, subject, settings.spec.purpose, channel, False, at, source, False)
            for kind, subject, channel in given
        )
