# SPDX-License-Identifier: EUPL-1.2
"""What a contact is, which one is asked first, and what its bounces do to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

USABLE_STATES = frozenset({"usable", "unverified"})
CHANNEL_ORDER = ("mail", "sms")
PROVED_FOR = timedelta(days=180)
_PROVE_AGAIN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a contact reaches: a person, a partner organisation, or an office without routing."""

    kind: str  # person, partner or office
    id: str

    @property
    def person(self) -> str | None:
        """The person's id, if it is one."""
        return self.id if self.kind == "person" else None

    @property
    def partner(self) -> str | None:
        """The partner's id, if it is one."""
        return self.id if self.kind == "partner" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One address on one channel."""

    id: str
    municipality: str
    owner_kind: str
    owner_id: str
    channel: str
    address: str = field(repr=False)
    language: str = "de"
    state: str = "usable"
    max_level: int = 0
    rank: int = 0  # the owner's own order, the smaller the earlier
    soft_bounces: int = 0
    verified_until_at: datetime | None = None
    version: int = 1

    @property
    def owner(self) -> Owner:
        """Whom it reaches."""
        return Owner(kind=self.owner_kind, id=self.owner_id)

    @property
    def is_usable(self) -> bool:
        """May a notice be sent to it?"""
        return self.state in USABLE_STATES

    def hears_of(self, municipality: str) -> bool:
        """Is it there for what happens in this municipality: its own, or one of its region?"""
        return municipality.startswith(self.municipality)


def in_order(contacts: Iterable[Contact]) -> list[Contact]:
    """The usable ones: the owner's order, mail before SMS."""
    usable = [contact for contact in contacts if contact.is_usable]
    return sorted(usable, key=lambda c: (c.rank, CHANNEL_ORDER.index(c.channel), c.id))


def changed_state(contact: Contact, state: str) -> Contact:
    """The contact in another state; the same object where nothing changes."""
    if contact.state == state:
        return contact
    return replace(contact, state=state, version=contact.version + 1)


def answered(contact: Contact, now: datetime, *, renews: bool = False) -> Contact:
    """An answer proves the contact, but is worth an event only now and then."""
    until = contact.verified_until_at
    is_fresh = until is not None and until - now > _PROVE_AGAIN
    if is_fresh and not renews and contact.state == "usable":
        return contact
    return replace(
        contact, state="usable", verified_until_at=now + PROVED_FOR, version=contact.version + 1
    )


def is_doubtful(contact: Contact, asked_at: datetime) -> bool:
    """Did nobody answer from there since a drill asked? Its answers prove a contact anew."""
    until = contact.verified_until_at
    is_proved = until is not None and until >= asked_at + PROVED_FOR
    return contact.state == "usable" and not is_proved
