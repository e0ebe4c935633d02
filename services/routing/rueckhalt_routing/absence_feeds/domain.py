# SPDX-License-Identifier: EUPL-1.2
"""A calendar that is fetched: when again, how it stands, and what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PERSON, UNIT = "person", "unit"
KINDS = (PERSON, UNIT)
MOST_FEEDS = 400
"""Of one municipality: each is fetched in turn, and none may wait for hours."""
RED_AFTER = timedelta(hours=6)
"""From then on it is said aloud that a calendar cannot be read, or says nothing any more."""
WHOLE_AFTER = timedelta(hours=24)
"""A calendar that has not changed is read again after a day: the time it is read for moves on."""
LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=2)
MOST_TOLD = 5
NOBODY = "nobody"
"""The trouble of a calendar whose person or unit the plan does not name."""
WAITING, FINE, LATE, EMPTY, RED = "waiting", "fine", "late", "empty", "red"
TROUBLED = frozenset({LATE, EMPTY, RED})


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a calendar was not taken: line and field where it is the calendar, and what is allowed.

    What the calendar says there is not kept.
    """

    code: str
    line: int = 0
    field: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The calendar of a person or a unit. The address is sealed: whoever knows it reads along."""

    id: str
    municipality: str
    kind: str
    whose: str
    host: str
    sealed: str
    counts: str
    made_by: str
    made_at: datetime
    next_at: datetime
    etag: str | None = None
    modified: str | None = None
    people: tuple[str, ...] = ()
    """Whom it was last read for: a unit changes with the plan."""
    read_at: datetime | None = None
    whole_at: datetime | None = None
    """When it was last read and not only found to be the same."""
    failing_at: datetime | None = None
    """Since when it fails."""
    failures: int = 0
    troubles: tuple[Trouble, ...] = ()
    empty_at: datetime | None = None
    """Since when it names nothing, although it had: what it had counts until somebody agrees."""

    def light(self, now: datetime) -> str:
        """How it stands: one word for page, command and probe."""
        since = self.troubled_since
        if since is not None and now - since >= RED_AFTER:
            return RED
        if self.failing_at is not None:
            return LATE
        if self.empty_at is not None:
            return EMPTY
        return FINE if self.read_at is not None else WAITING

    @property
    def troubled_since(self) -> datetime | None:
        """Since when it cannot be believed."""
        told = [each for each in (self.failing_at, self.empty_at) if each is not None]
        return min(told, default=None)

    def is_nobodys(self, since: datetime) -> bool:
        """Has the plan named nobody for it, from this instant on?"""
        names_nobody = any(each.code == NOBODY for each in self.troubles)
        return names_nobody and self.failing_at is not None and self.failing_at < since

    def knows(self, people: Sequence[str], now: datetime) -> bool:
        """May the other side say that nothing has changed?"""
        is_fresh = self.whole_at is not None and now - self.whole_at < WHOLE_AFTER
        return is_fresh and self.people == tuple(people) and self.failing_at is None

    def was_read(self, now: datetime, every: timedelta) -> "Feed":
        """It was there, and could be read or had not changed."""
        return replace(
            self,
            read_at=now,
            next_at=now + every,
            failing_at=None,
            failures=0,
            troubles=(),
        )

    def has_failed(self, troubles: Sequence[Trouble], now: datetime, every: timedelta) -> "Feed":
        """It was not there, or not as it should be: again later, and later each time."""
        pause = min(every * 2 ** min(self.failures, 10), max(LONGEST_PAUSE, every))
        return replace(
            self,
            next_at=now + pause,
            failing_at=self.failing_at or now,
            failures=self.failures + 1,
            troubles=tuple(troubles[:MOST_TOLD]),
        )
