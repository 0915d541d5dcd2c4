"""When a channel is open: windows of the week on the clock of the person who is called.

Every time here is a wall clock's. Public holidays are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

from groundswell.purposes.rules import Rule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)\Z")


class Window(NamedTuple):
    """A part of some days of the week.

    Attributes:
        first: the first day, 0 for Monday.
        last: the last day, itself included; never before the first.
        earliest: from when on, itself included.
        latest: until when, itself left out.
    """

    first: int
    last: int
    earliest: time
    latest: time

    def holds(self, local: datetime) -> bool:
        """Whether a moment lies inside."""
        return self.first <= local.weekday() <= self.last and self.earliest <= local.time() < self.latest


@dataclass(frozen=True)
class Hours:
    """When one channel is open, and the rule that says so."""

    rule: Rule
    windows: tuple[Window, ...]

    def open_at(self, local: datetime) -> bool:
        """Whether it is open at a moment on the person's clock."""
        return any(window.holds(local) for window in self.windows)

    def next_opening(self, local: datetime) -> datetime:
        """The first moment from here on at which it is open: ``local`` itself where it is open now."""
        return local if self.open_at(local) else min(start for start in self._starts(local) if start > local)

    def _starts(self, local: datetime) -> Iterable[datetime]:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for ahead in range(8):  # a week on is the same day again, from its first minute
            day = midnight + timedelta(days=ahead)
            for window in self.windows:
                if window.first <= day.weekday() <= window.last:
                    yield day.replace(hour=window.earliest.hour, minute=window.earliest.minute)


def parse_window(text: str) -> Window:
    """Read ``mon-fri 10:00-13:00``.

    Raises:
        ValueError: when it is not written like that, or ends before it begins.

    >>> parse_window("mon-fri 10:00-13:00").latest
    datetime.time(13, 0)
    >>> parse_window("sun 10:00-13:00").first
    6
    """
    found = _WINDOW.match(text)
    if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
        raise ValueError(f'"{text}" is no window such as "mon-fri 09:00-20:00"')
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    earliest, latest = time.fromisoformat(found[3]), time.fromisoformat(found[4])
    if first > last or earliest >= latest:
        raise ValueError(f'"{text}" ends before it begins')
    return Window(first, last, earliest, latest)
