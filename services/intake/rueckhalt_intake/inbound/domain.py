# SPDX-License-Identifier: EUPL-1.2
"""An arrival: a mail or an entry from elsewhere that a person makes a report, or dismisses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

EMAIL, OPEN311 = "email", "open311"
ORIGINS = (EMAIL, OPEN311)
WAITING, REPORTED, DISMISSED = "waiting", "reported", "dismissed"
REASONS = ("no_incident", "advertising", "reported_already", "elsewhere", "other")
DISMISSED_KEPT = timedelta(days=30)
LOOKED_AT_WITHIN = timedelta(hours=24)
MOST_WAITING = 2000  # from then on mails stay in their mailbox: a bomb fills no disk of ours
MOST_FILES = 30  # one arrival; what a mail holds beyond lies in the whole mail still
LONGEST_LINE, LONGEST_TEXT = 500, 200_000


class NoSuchArrival(Exception):
    """There is no such arrival, or it does not wait any more."""


@dataclass(frozen=True, kw_only=True)
class FileTold:
    """A file that came with it, in clear."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came in, in clear. `reference` is what its origin calls it: the same never comes twice.

    `attached` are the words of what it holds (heading, text), `answers` those to the
    questions of a report as far as they are certain, `notes` ids of sentences about what could not
    be taken, with their number where they have one.
    """

    municipality: str
    origin: str
    reference: str = field(repr=False)
    received_at: datetime | None = None
    subject: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    attached: Sequence[tuple[str, str]] = field(default=(), repr=False)
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    notes: Sequence[tuple[str, int]] = ()
    files: Sequence[FileTold] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """The same as it is kept: what it says is sealed with a key of its own.

    Its id becomes that of the incident, its key the incident's: what was sealed stays as it lies.
    """

    id: str
    municipality: str
    mode: str
    origin: str
    mark: str  # keyed hash of origin and reference
    key_id: str
    state: str
    received_at: datetime
    files: int
    content: bytes | None = field(default=None, repr=False)
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Has nobody looked at it in time?"""
        return self.state == WAITING and now - self.received_at >= LOOKED_AT_WITHIN
