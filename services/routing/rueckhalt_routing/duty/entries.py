# SPDX-License-Identifier: EUPL-1.2
"""What people enter about who is there: absences, changes of a rota, crises, departures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rueckhalt_routing.duty import domain
from rueckhalt_routing.duty.domain import SWAP, Away, Change

KEPT = timedelta(days=90)
"""How long what is over stays, then it is erased: employee data."""

PAGE, CSV, ICAL, COMMAND, FEED = "page", "csv", "ical", "command", "feed"
FROM_CALENDARS = frozenset({ICAL, FEED})
"""Calendars may say the same as often as they like; what somebody types twice is a mistake."""
ASKED, AGREED, REFUSED, WITHDRAWN = "asked", "agreed", "refused", "withdrawn"
LAPSED = "lapsed"
REMIND_BEFORE = (28 * 24, 14 * 24, 7 * 24, 3 * 24, 24, 12)
"""Hours before an open swap lapses at which whoever has not answered is reminded of it."""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Somebody is away from `start_at` until before `end_at`; where that is known from."""

    id: str
    municipality: str
    person: str
    start_at: datetime
    end_at: datetime
    source: str
    import_uid: str | None = None
    noted_by: str
    noted_at: datetime
    feed: str | None = None

    @property
    def away(self) -> Away:
        """What counts of it."""
        return Away(person=self.person, start=self.start_at, end=self.end_at)


@dataclass(frozen=True, kw_only=True)
class RotaChange:
    """Somebody takes over a duty; a swap counts once both persons agree.

    With `back_…` whoever gives the duty away takes that stretch in return.
    """

    id: str
    municipality: str
    rota: str
    kind: str
    state: str
    start_at: datetime
    end_at: datetime
    person: str
    instead_of: str | None = None
    back_start_at: datetime | None = None
    back_end_at: datetime | None = None
    giver_agreed_at: datetime | None = None
    taker_agreed_at: datetime | None = None
    noted_by: str
    noted_at: datetime
    ended_at: datetime | None = None
    asked_by: str | None = None
    """The key of whoever asked or set, if the plan names them."""
    reminded_hours: int | None = None
    """The last reminder that was sent, as hours before it lapses."""

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Who has not agreed yet, while somebody must."""
        if self.state != ASKED:
            return ()
        agreed = ((self.person, self.taker_agreed_at), (self.instead_of, self.giver_agreed_at))
        return tuple(key for key, at in agreed if key is not None and at is None)

    @property
    def involved(self) -> tuple[str | None, ...]:
        """Whoever takes, whoever gives, and whoever asked."""
        return (self.person, self.instead_of, self.asked_by)

    @property
    def lapses_at(self) -> datetime:
        """When an answer is too late: one of the two times begins, or the running one ends."""
        marks = (self.start_at, self.back_start_at, self.end_at, self.back_end_at)
        return min(mark for mark in marks if mark is not None and mark > self.noted_at)

    def reminder_due(self, now: datetime) -> int | None:
        """The next reminder, if its time has come: each is sent once."""
        left = (self.lapses_at - now) / timedelta(hours=1)
        step = min((hours for hours in REMIND_BEFORE if left <= hours), default=None)
        if step is None or (self.reminded_hours is not None and step >= self.reminded_hours):
            return None
        return step

    @property
    def changes(self) -> Iterator[Change]:
        """What counts of it: nothing before it is agreed."""
        if self.state != AGREED:
            return
        yield Change(
            rota=self.rota,
            start=self.start_at,
            end=self.end_at,
            person=self.person,
            instead_of=self.instead_of,
            kind=self.kind,
        )
        if self.back_start_at is not None and self.back_end_at is not None and self.instead_of:
            yield Change(
                rota=self.rota,
                start=self.back_start_at,
                end=self.back_end_at,
                person=self.instead_of,
                instead_of=self.person,
                kind=SWAP,
            )


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """A crisis somebody declared, and who ended it."""

    id: str
    municipality: str
    start_at: datetime
    end_at: datetime | None = None
    reason: str = ""
    declared_by: str
    ended_by: str | None = None

    @property
    def counted(self) -> domain.Crisis:
        """What counts of it."""
        return domain.Crisis(start=self.start_at, end=self.end_at)


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Somebody left, or will, before a new plan says so."""

    municipality: str
    person: str
    left_at: datetime
    noted_by: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One way to somebody, as far as it is known whether it works."""

    key: str
    ends_at: datetime | None
    """From when on it cannot be used; None: no end is known."""


def unreachable(contacts: Sequence[Contact]) -> tuple[domain.Unreachable, ...]:
    """Who cannot be reached, and since when: whoever has contacts of which none lasts.

    Of whom no contact is known nothing is said: notify may not be there.
    """
    ends: dict[str, list[datetime | None]] = {}
    for contact in contacts:
        ends.setdefault(contact.key, []).append(contact.ends_at)
    found = []
    for key, each in sorted(ends.items()):
        known = [end for end in each if end is not None]
        if len(known) == len(each):
            found.append(domain.Unreachable(person=key, since=max(known)))
    return tuple(found)
