# SPDX-License-Identifier: EUPL-1.2
"""The mailbox code: what an anonymous reporter keeps, and what leads to the mailbox from it."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
LENGTH = 26  # 130 bit
_GROUP = 4
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


class NoMailboxCode(Exception):
    """This is not a mailbox code, whoever typed it."""


def new_code() -> str:
    """A fresh code, grouped by four so that it can be read out."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def grouped(code: str) -> str:
    """The way a code is shown."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def folded(typed: str) -> str:
    """The code as meant: any case, any grouping, I and L as 1, O as 0; raises NoMailboxCode."""
    code = "".join(typed.upper().translate(_READ_AS).replace("-", " ").split())
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise NoMailboxCode("a mailbox code has 26 letters and digits")
    return code


def lookup_of(first_half: bytes) -> str:
    """The public handle of a mailbox; nothing leads back from it to the code."""
    return hashlib.sha256(first_half).hexdigest()


FROM_REPORTER, TO_REPORTER = "from_reporter", "to_reporter"
MESSAGE, CORRECTION, CONSENT, WITHDRAWAL, AFTERCARE = (
    "message",
    "correction",
    "consent",
    "withdrawal",
    "aftercare",
)
SHARINGS = ("superior", "police", "counselling", "staff_council")
"""With whom a report may be shared, each only with the consent of whoever it happened to."""
ON_BEHALF = "on_behalf"  # the affected person knows and agrees that somebody else reports
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=2)
AFTERCARE_AFTER: Mapping[str, timedelta] = {
    "d3": timedelta(days=3),
    "d14": timedelta(days=14),
    "w6": timedelta(weeks=6),
    "m3": timedelta(days=91),
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message between whoever reported and whoever is responsible; its text is sealed."""

    id: str
    incident_id: str
    direction: str
    kind: str
    sent_at: datetime
    text: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """The place its text is sealed to."""
        return f"message {self.id}"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody has come by a code; ends after half an hour without a sign, or after two hours."""

    token_hash: str
    incident_id: str
    opened_at: datetime
    seen_at: datetime

    def is_live(self, now: datetime) -> bool:
        """May it still open the mailbox?"""
        return now - self.seen_at < IDLE and now - self.opened_at < LONGEST


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What somebody has agreed to, and whether they have taken it back."""

    kind: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A question some time afterwards: strain often comes late."""

    incident_id: str
    name: str
    due_at: datetime
    asked_at: datetime | None = None
    answered_at: datetime | None = None


def token_hash(token: str) -> str:
    """What is kept of the token in a cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def aftercare_of(incident_id: str, registered_at: datetime) -> tuple[Contact, ...]:
    """The questions of one incident: after 3 days, 14 days, 6 weeks and 3 months."""
    return tuple(
        Contact(incident_id=incident_id, name=name, due_at=registered_at + after)
        for name, after in AFTERCARE_AFTER.items()
    )
