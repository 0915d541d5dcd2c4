"""What people want: stop, consent, and the lists of those who must not be contacted.

Whatever is noted here is asked for again whenever a plan is made or carried out; lists that were written are put right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from groundswell.campaigns.folder import round_path, rounds_of
from groundswell.campaigns.inputs import also_known, people_of, people_today, rows_today
from groundswell.campaigns.linked import ids_of_person
from groundswell.campaigns.listing import write_again
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import ANY, REASONS, bars, ledger_of, subject_of
from groundswell.delivery import take_off
from groundswell.ledger import Consent, Reason, SubjectKind, Suppression
from groundswell.people import counted
from groundswell.tables import keep, read
from groundswell.vocabulary import CampaignError, nearest


@dataclass(frozen=True)
class Noted:
    """What was written down.

    Attributes:
        subjects: kind and subject, such as ``("phone", "+12025550123")``.
        people: how many people it concerns: all who share it.
        new: how many facts were new.
        taken_off: lines that were taken off lists because of it.
    """

    subjects: tuple[tuple[SubjectKind, str], ...]
    people: int
    new: int
    taken_off: int

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        subjects = [{"kind": kind, "subject": subject} for kind, subject in self.subjects]
        counts = {"people": self.people, "new": self.new, "taken_off": self.taken_off}
        return {"format": 1, "subjects": subjects, **counts}


def say(
    settings: Settings,
    who: str,
    *,
    given: bool,
    channel: str = ANY,
    source: str,
    words: str = "",
    now: datetime | None = None,
) -> Noted:
    """Note that somebody said, themself, that they may (or may no longer) be spoken to.

    Args:
        settings: the campaign.
        who: a person's id or full name, a telephone number or an e-mail address.
        given: False: they said stop.
        channel: a channel's id, or ``*`` for all.
        source: who heard it, and where.
        words: the words they were shown.
        now: when it was said; None: now.

    Raises:
        CampaignError: when nobody is meant by ``who``, or there is no such channel.
    """
    if channel != ANY and channel not in settings.channels:
        near = nearest(channel, settings.channels)
        raise CampaignError(
            f'There is no channel "{channel}".',
            key="--channel",
            found=channel,
            expected="one of: " + ", ".join(settings.channels),
            hint=f'Did you mean "{near}"?' if near else "Leave it out for all channels.",
        )
    subjects, touched = _meant(settings, who)
    at = now or datetime.now(UTC)
    with ledger_of(settings) as ledger:
        new = ledger.note_consents(
            Consent(*subject, settings.spec.purpose, channel, given, at, source, direct=True, words=words)
            for subject in subjects
        )
    return Noted(subjects, touched, new, put_lists_right(settings))


def suppress(settings: Settings, who: str, reason: str, *, source: str, now: datetime | None = None) -> Noted:
    """Put somebody on the list of those who must not be contacted.

    Args:
        settings: the campaign.
        who: a person's id or full name, a telephone number or an e-mail address.
        reason: one of ``REASONS``.
        source: where we have it from.
        now: since when; None: now.

    Raises:
        CampaignError: when nobody is meant by ``who``, or there is no such reason.
    """
    subjects, touched = _meant(settings, who)
    known, at = known_reason(reason), now or datetime.now(UTC)
    with ledger_of(settings) as ledger:
        new = ledger.suppress([Suppression(*subject, known, source, at) for subject in subjects])
    return Noted(subjects, touched, new, put_lists_right(settings))


def lift(settings: Settings, who: str, reason: str, *, source: str, now: datetime | None = None) -> Noted:
    """Take somebody off that list again: it was a mistake, or is over. It stays written down that they were on it.

    Args and errors as for :func:`suppress`.
    """
    subjects, touched = _meant(settings, who)
    at = now or datetime.now(UTC)
    with ledger_of(settings) as ledger:
        new = sum(ledger.lift(*subject, reason=known_reason(reason), source=source, at=at) for subject in subjects)
    return Noted(subjects, touched, new, 0)


def known_reason(reason: str) -> Reason:
    """The reason, if there is such a one.

    Raises:
        CampaignError: naming the nearest.
    """
    if reason not in REASONS:
        near = nearest(reason, REASONS)
        raise CampaignError(
            f'There is no reason "{reason}".',
            key="--reason",
            found=reason,
            expected="one of: " + ", ".join(REASONS),
            hint=f'Did you mean "{near}"?' if near else "Name one of them.",
        )
    found: Reason = reason  # type: ignore[assignment]
    return found


def count_people(settings: Settings, *, as_of: date | None = None) -> dict[str, Any]:
    """Who there is, and how many each channel is closed to.

    Args:
        settings: the campaign.
        as_of: as it was known at the end of that day; None: today.
    """
    rows, rejected = rows_today(settings, as_of=as_of)
    day = as_of or datetime.now(settings.zone).date()
    found = counted(rows, settings.people, country=settings.country, year=day.year)
    people = people_of(settings, rows)
    closed: dict[str, dict[str, int]] = {name: {} for name in settings.channels}
    for row in bars(settings, people, also_known(settings)[0]).to_pylist():
        rules = closed[row["channel"]]
        rules[row["rule"]] = rules.get(row["rule"], 0) + 1
    return {"format": 1, "as_of": day.isoformat(), "rejected": rejected.num_rows, **found, "closed": closed}


def put_lists_right(settings: Settings) -> int:
    """Take off every list that was written whom the ledger closes its channel to; how many lines went."""
    taken, also = 0, also_known(settings)[0]
    for number in rounds_of(settings.folder):
        path = round_path(settings.folder, number)
        if not (path / "lists" / "left-out.csv").exists():
            continue
        people = read(path / "people.parquet")
        taken += take_off(
            path / "lists",
            people=people,
            channels=settings.channels,
            barred=bars(settings, people, also),
            language=settings.spec.languages[0],
            campaign=settings.spec.name,
        )
        write_again(settings, path, number)
    return taken


def _meant(settings: Settings, who: str) -> tuple[tuple[tuple[SubjectKind, str], ...], int]:
    """Whom a text means, all of a person's ids, and how many people that is."""
    people = people_today(settings)
    who = ids_of_person(settings.folder, who)[0]
    for column in ("person", "name"):
        found = keep(people, column, {who})
        if found.num_rows > 1:
            raise CampaignError(
                f'There are {found.num_rows} people called "{who}".',
                key="who",
                found=", ".join(found["person"].to_pylist()[:10]),
                expected="one person",
                hint="Give the id of one of them.",
            )
        if found.num_rows:
            return tuple(("person", one) for one in ids_of_person(settings.folder, found["person"].to_pylist()[0])), 1
    endpoint = subject_of(who, settings.country)
    if endpoint is None:
        known = [*people["person"].to_pylist()[:_MANY], *filter(None, people["name"].to_pylist()[:_MANY])]
        near = nearest(who, known)
        raise CampaignError(
            f'Nobody is called "{who}".',
            key="who",
            found=who,
            expected="a person's id or full name, a telephone number, or an e-mail address",
            hint=f'Did you mean "{near}"?' if near else "Write it as it stands in the file of people.",
        )
    # It need not be anybody's yet: whoever comes with it later is not contacted through it either.
    return (endpoint,), keep(people, f"{endpoint[0]}_key", {endpoint[1]}).num_rows


_MANY = 20_000
"""Looking for a like name among more takes too long."""
